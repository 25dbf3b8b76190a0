"""Levels, codes by label, and refusals."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from scitypes.errors import LevelError, NotCategorical, UnseenLevel
from scitypes.inference import scitype
from scitypes.labels import label_from_json, label_to_json
from scitypes.lattice import Missing, Multiclass, OrderedFactor, Vector
from scitypes.levelling import levels, set_levels, unwrap
from scitypes.pools import Pool

POOL = Pool((1, 2, 3))


@pytest.mark.parametrize(
    "column",
    [
        [3, 1, None],
        [3.0, 1.0, float("nan")],
        np.array([3, 1, np.nan]),
        pd.Series([3, 1, None], dtype="Int64"),
        pd.Series([3, 1, None], dtype="int64[pyarrow]"),
        pd.Series([3, 1, pd.NA], dtype=object),
        pd.Categorical([3, 1, None], categories=[9, 3, 1]),
        pl.Series([3, 1, None]),
        pa.array([3, 1, None]),
        pa.array([3, 1, None]).dictionary_encode(),
    ],
)
def test_numbers_match_by_value_whatever_stores_them(column):
    assert POOL.codes(column).tolist() == [2, 0, -1]


@pytest.mark.parametrize("strange", [True, "1", 7, 1.5, [1], dt.date(2024, 1, 1)])
def test_a_label_of_another_type_or_value_is_a_stranger(strange):
    with pytest.raises(UnseenLevel) as caught:
        POOL.codes([2, strange, 3])
    assert caught.value.rows == (1,)
    assert caught.value.labels == (strange,)


def test_strangers_are_all_named_with_their_rows_and_a_remedy():
    with pytest.raises(UnseenLevel) as caught:
        Pool(("red", "green")).codes(["red", "gren", "blue", "gren"])
    assert caught.value.received == "'gren' (rows 1, 3), 'blue' (row 2)"
    assert caught.value.remedy == "did you mean 'green'?"
    assert caught.value.rows == (1, 3, 2)


def test_text_where_numbers_are_levels_is_told_as_such():
    with pytest.raises(UnseenLevel, match="'1' is text and the level 1 an integer"):
        POOL.codes(["1"])


def test_unused_categories_of_the_data_are_no_strangers():
    assert POOL.codes(pd.Categorical([1], categories=[1, 99])).tolist() == [0]


def test_a_pool_knows_its_scitype():
    assert POOL.scitype == Multiclass[3]
    assert Pool(("a", "b"), ordered=True).scitype == OrderedFactor[2]


def test_order_and_kind_of_labels_are_part_of_a_pool():
    assert Pool(("a", "b")) != Pool(("b", "a"))
    assert Pool(("a", "b")) != Pool(("a", "b"), ordered=True)
    assert Pool((1, 2)) != Pool((1.0, 2.0))
    assert Pool((1, 0)) != Pool((True, False))


@pytest.mark.parametrize("bad", [("a", "a"), (1, True), (1, 1.0), ("a", None), ([],), (np.nan,)])
def test_labels_are_distinct_hashable_and_present(bad):
    with pytest.raises(LevelError):
        Pool(bad)


def test_numpy_labels_become_plain_ones():
    pool = Pool((np.int64(1), np.str_("a"), np.float64(0.5)))
    assert list(map(type, pool.levels)) == [int, str, float]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a"])),
        pd.Series(pd.Categorical(["b", None, "a"], categories=["b", "a"], ordered=True)),
        pd.CategoricalIndex(["b", None, "a"], categories=["b", "a"], ordered=True),
        pa.DictionaryArray.from_arrays([0, None, 1], ["b", "a"], ordered=True),
    ],
)
def test_ordered_pools_come_from_every_library(column):
    assert Pool.of(column) == Pool(("b", "a"), ordered=True)
    assert levels(column) == ["b", "a"]


def test_arrow_dictionaries_may_differ_from_chunk_to_chunk():
    chunks = [pa.array(part).dictionary_encode() for part in (["x", "y"], ["z", None, "x"])]
    column = pa.chunked_array(chunks)
    assert levels(column) == ["x", "y", "z"]
    assert Pool.of(column).codes(column).tolist() == [0, 1, 2, -1, 0]
    typed = pd.Series(column, dtype=pd.ArrowDtype(column.type))
    assert levels(typed) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("column", "labels", "positions"),
    [
        (pa.DictionaryArray.from_arrays([0, 1, None], ["a", None]), ["a"], [0, -1, -1]),
        (pa.DictionaryArray.from_arrays([0, 1, 2], ["a", "a", "b"]), ["a", "b"], [0, 0, 1]),
        (pa.DictionaryArray.from_arrays([2, 1], pa.array([1, None, 3])), [1, 3], [1, -1]),
        (
            pa.chunked_array(
                [
                    pa.DictionaryArray.from_arrays([0, 1], ["a", None]),
                    pa.DictionaryArray.from_arrays([1, 0], ["a", "b"]),
                ]
            ),
            ["a", "b"],
            [0, -1, 1, 0],
        ),
    ],
)
def test_missing_and_repeated_labels_of_arrow_dictionaries_are_missing_cells_and_one_level(
    column, labels, positions
):
    assert levels(column) == labels
    assert Pool.of(column).codes(column).tolist() == positions
    assert (
        scitype(column)
        == Vector[Multiclass[len(labels)] | Missing if -1 in positions else Multiclass[len(labels)]]
    )


def test_a_polars_categorical_has_the_values_used_as_its_levels():
    assert levels(pl.Series(["b", "a", "b"], dtype=pl.Categorical)) == ["a", "b"]


@pytest.mark.parametrize("cells", [[], [None], ["b", None, "a", "b"], ["é", "Z", "a", "ab", "A"]])
@pytest.mark.parametrize("cut", [0, 1])
def test_columns_of_polars_are_read_by_label_whatever_numbers_them(cells, cut):
    pl.Series(["first", "zz", "b"], dtype=pl.Categorical)  # takes numbers where they are shared
    present = cells[cut:]
    used = sorted({cell for cell in present if cell is not None})
    column = pl.Series(cells, dtype=pl.Categorical)[cut:]
    assert levels(column) == used
    order = [*used[::-1], "unused"]
    enum = pl.Series(
        [None, *cells], dtype=pl.Enum([*dict.fromkeys([*order, *filter(None, cells)])])
    )
    for polars, pool in ((column, Pool.of(column)), (enum[cut + 1 :], Pool.of(enum))):
        codes = pool.codes(polars).tolist()
        assert [None if code < 0 else pool.levels[code] for code in codes] == present
    assert Pool.of(enum).ordered


@pytest.mark.parametrize("plain", [["a"], np.zeros(2), pd.Series([1]), "abc", 5, None])
def test_levels_of_a_plain_column_are_refused(plain):
    with pytest.raises(NotCategorical, match="Multiclass"):
        levels(plain)


def test_set_levels_extends_reorders_and_drops_unused():
    sizes = pd.Series(pd.Categorical(["S", None, "L"]), index=[5, 6, 7], name="size")
    changed = set_levels(sizes, ["S", "M", "L"], ordered=True)
    assert changed.astype(object).tolist()[::2] == ["S", "L"]
    assert (changed.name, changed.index.tolist(), changed.cat.ordered) == ("size", [5, 6, 7], True)
    assert levels(set_levels(changed, ["L", "S"])) == ["L", "S"]
    assert isinstance(set_levels(sizes.array, ["L", "S"]), pd.Categorical)
    assert isinstance(set_levels(pd.CategoricalIndex(["a"]), ["a", "b"]), pd.CategoricalIndex)


def test_a_level_in_use_can_not_be_removed():
    with pytest.raises(LevelError, match="'L' is in use") as caught:
        set_levels(pd.Series(["S", "L"], dtype="category"), ["S", "M"])
    assert "row 1" in caught.value.remedy


@pytest.mark.parametrize(
    ("labels", "dtype"), [([1, 2], "Int64"), ([True, False], "boolean"), ([0.5, 1.5], "float64")]
)
def test_unwrapping_keeps_numbers_exact_beside_missing_ones(labels, dtype):
    column = pd.Series(pd.Categorical.from_codes([1, -1, 0], labels), index=[3, 4, 5], name="x")
    plain = unwrap(column)
    assert str(plain.dtype) == dtype
    assert plain.dropna().tolist() == [labels[1], labels[0]]
    assert plain.index.tolist() == [3, 4, 5]


def test_unwrapping_a_plain_column_gives_it_back():
    x = [1, 2]
    assert unwrap(x) is x


def test_codes_that_are_no_positions_are_refused():
    for codes in ([3], [-2], [0.5]):
        with pytest.raises(LevelError):
            POOL.decode(codes)
    assert len(POOL.decode([])) == 0


@pytest.mark.parametrize(
    "label",
    [
        *("a", 1, 2**70, True, 1.5, float("inf"), dt.date(2024, 2, 29), dt.time(1, 2, 3)),
        dt.datetime(2024, 2, 29, 1),
        pd.Timestamp("2024-02-29 01:02:03.000000004"),
        pd.Timestamp("2024-02-29", tz="Europe/Paris"),
        pd.Timedelta("1 day 2 s"),
        pd.Interval(0, 1.5, "left"),
        (1, "a"),
        *(b"\x00\xff", Decimal("1.50")),
        *(pd.Period("2024-05-03", freq) for freq in ("D", "W-WED", "M", "Q-FEB", "2h")),
    ],
)
def test_labels_survive_json_with_their_types(label):
    again = label_from_json(label_to_json(label))
    assert again == label
    assert type(again) is type(label)


def test_a_label_without_json_form_is_refused():
    with pytest.raises(LevelError, match="strings"):
        label_to_json(object())


def test_intervals_are_levels_as_cut_makes_them():
    binned = pd.cut(pd.Series([1, 5, 9]), 2)
    pool = Pool.of(binned)
    assert pool.codes(binned).tolist() == [0, 0, 1]
    assert Pool.from_json(pool.to_json()) == pool
