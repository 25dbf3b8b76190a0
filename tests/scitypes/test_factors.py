"""New pools: the quick ways give, on every dtype, the pool and codes of the plain definition."""

import datetime as dt
import decimal
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as s

from scitypes.factors import finite
from scitypes.labels import key, plain
from scitypes.lattice import Multiclass, OrderedFactor
from scitypes.outcomes import Refusal
from scitypes.pools import Pool

INTEGERS = s.integers(-(2**63), 2**63 - 1) | s.integers(-3, 3)
FLOATS = s.floats(allow_nan=True) | s.sampled_from([0.0, -0.0, 1.0, 2.0])
TEXTS = s.text(max_size=3) | s.sampled_from(["a", "b", "é", "Z", "z", "\U0001f600", "\uffff"])


def plainly(column, ordered):
    """The definition, cell by cell: the distinct labels sorted, each cell matched by label."""
    found = [None if pd.isna(cell) else key(plain(cell)) for cell in column]
    labels = sorted({label[1]: None for label in found if label is not None})
    places = {key(label): i for i, label in enumerate(labels)}
    return Pool(tuple(labels), ordered), [-1 if x is None else places[x] for x in found]


def cells(values, missing=None):
    return s.lists(values if missing is None else values | s.just(missing), max_size=8)


COLUMNS = s.one_of(
    cells(INTEGERS).map(lambda x: pd.Series(x, dtype="int64")),
    cells(s.integers(0, 2**64 - 1)).map(lambda x: pd.Series(x, dtype="uint64")),
    cells(s.integers(-128, 127)).map(lambda x: pd.Series(x, dtype="int8")),
    cells(INTEGERS, pd.NA).map(lambda x: pd.Series(x, dtype="Int64")),
    cells(s.integers(0, 255), pd.NA).map(lambda x: pd.Series(x, dtype="UInt8")),
    cells(INTEGERS, pd.NA).map(lambda x: pd.Series(x, dtype="int64[pyarrow]")),
    cells(FLOATS).map(lambda x: pd.Series(x, dtype="float64")),
    cells(s.floats(width=32)).map(lambda x: pd.Series(x, dtype="float32")),
    cells(s.floats(width=16)).map(lambda x: pd.Series(x, dtype="float16")),
    cells(s.floats(allow_nan=False), pd.NA).map(lambda x: pd.Series(x, dtype="Float64")),
    cells(s.floats(width=32, allow_nan=False), pd.NA).map(lambda x: pd.Series(x, dtype="Float32")),
    cells(s.booleans()).map(lambda x: pd.Series(x, dtype="bool")),
    cells(s.booleans(), pd.NA).map(lambda x: pd.Series(x, dtype="boolean")),
    cells(s.booleans(), pd.NA).map(lambda x: pd.Series(x, dtype="bool[pyarrow]")),
    cells(TEXTS, None).map(lambda x: pd.Series(x, dtype=object)),
    cells(TEXTS, None).map(lambda x: pd.Series(x, dtype="str")),
    cells(TEXTS, None).map(lambda x: pd.Series(x, dtype="string[python]")),
    cells(TEXTS, None).map(lambda x: pd.Series(x, dtype="string[pyarrow]")),
    cells(TEXTS, None).map(lambda x: pd.Series(x, dtype=pd.ArrowDtype(pa.large_string()))),
    cells(INTEGERS, None).map(lambda x: pd.Series(x, dtype=object)),
    cells(s.booleans(), None).map(lambda x: pd.Series(x, dtype=object)),
    cells(s.integers() | s.floats(allow_nan=False), None).map(lambda x: pd.Series(x, dtype=object)),
    cells(s.decimals(allow_nan=False, allow_infinity=False), None).map(
        lambda x: pd.Series(x, dtype=object)
    ),
    cells(s.dates(), None).map(lambda x: pd.Series(x, dtype=object)),
    cells(s.times(), None).map(lambda x: pd.Series(x, dtype=object)),
    cells(s.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)), None).map(
        lambda x: pd.Series(x, dtype="datetime64[ns]")
    ),
    cells(s.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)), None).map(
        lambda x: pd.Series(x, dtype="datetime64[us]").dt.tz_localize("Europe/Paris")
    ),
    cells(s.integers(0, 9), None).map(lambda x: pd.Series(x, dtype="timedelta64[s]")),
    cells(s.tuples(s.integers(), TEXTS), None).map(lambda x: pd.Series(x, dtype=object)),
    cells(s.binary(max_size=2), None).map(lambda x: pd.Series(x, dtype=object)),
)


@given(COLUMNS, s.booleans())
@example(pd.Series([0.0, -0.0]), False)
@example(pd.Series([-0.0, 0.0]), False)
@example(pd.Series([1, 2**63], dtype="uint64"), False)
@example(pd.Series([pd.NA], dtype="Int64"), True)
@example(pd.Series([], dtype="str"), True)
@example(pd.Series([7, 7], dtype="int8"), True)
@example(pd.Series([], dtype="float16"), False)
@example(pd.Series(np.arange(-128, 128)[::-1], dtype="int8"), False)
@example(pd.Series([2**63 - 1, 2**63 - 2], dtype="uint64"), False)
@example(pd.Series([-(2**63), -(2**63) + 3, 2**63 - 1]), False)
@example(pd.Series(["b", "a", 1.5, None][:2] * 3, dtype=object), True)
def test_a_new_pool_is_the_sorted_distinct_labels_on_every_dtype(column, ordered):
    column.index = range(5, 5 + len(column))
    column.name = "x"
    before = column.copy()
    pool, codes = plainly(column, ordered)
    result = finite(column, OrderedFactor if ordered else Multiclass, None)
    made = result.column
    assert Pool.of(made) == pool
    assert made.cat.codes.tolist() == codes
    assert made.dtype == pool.dtype
    assert made.cat.categories.dtype == pool.dtype.categories.dtype
    assert repr(made.cat.categories.tolist()) == repr(pool.dtype.categories.tolist())
    assert (made.index.tolist(), made.name) == (before.index.tolist(), "x")
    assert result.warnings == ()
    texts = bool(pool.levels) and isinstance(pool.levels[0], str)
    assert result.alphabetical == (pool.levels if ordered and texts and len(pool) > 1 else ())
    pd.testing.assert_series_equal(column, before)


@pytest.mark.parametrize("n", [126, 127, 128, 129, 32_767, 32_768, 32_769])
def test_codes_are_right_where_their_type_grows(n):
    labels = np.random.default_rng(0).permutation(n)
    for column in (pd.Series(labels), pd.Series(labels).map("{:06}".format)):
        made = finite(column, Multiclass, None).column
        assert made.astype(object).tolist() == column.tolist()
        assert made.cat.codes.tolist() == labels.tolist()


def test_labels_that_sort_nowhere_are_taken_as_they_appear():
    column = pd.Series([2j, 1j, 2j])
    result = finite(column, Multiclass, None)
    assert result.column.cat.categories.tolist() == [2j, 1j]
    assert "as they appear" in result.warnings[0]


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        ([1, "a", None], ["1", "a"]),
        ([True, 2, False], ["2", "False", "True"]),
        ([1, 2.5, decimal.Decimal("7")], ["1", "2.5", "7"]),
    ],
)
def test_labels_of_several_types_become_strings_with_a_warning(cells, levels):
    result = finite(pd.Series(cells, dtype=object), Multiclass, None)
    assert result.column.cat.categories.tolist() == levels
    assert "turned into strings" in result.warnings[0]


@pytest.mark.parametrize("bad", [[1], ("a", [1]), {}])
def test_what_can_not_be_hashed_is_no_label(bad):
    with pytest.raises(Refusal) as caught:
        finite(pd.Series(["a", bad, None], dtype=object), Multiclass, None)
    assert caught.value.rows == [1]


def test_the_number_of_levels_is_held_against_the_target():
    with pytest.raises(Refusal) as caught:
        finite(pd.Series(["a", "b"]), Multiclass[3], None)
    assert caught.value.reason == "2 levels, not as many as Multiclass[3] says"
    assert finite(pd.Series(["a", "b"]), OrderedFactor[2], None).column.cat.ordered


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        (["True", "False", None], [False, True]),
        ([True, False], ["False", "True"]),
        (["1", "10"], [1, 10]),
        ([1.5, 2.5], ["1.5", "2.5"]),
    ],
)
def test_the_remedy_for_labels_of_another_type_gives_the_levels_meant(cells, levels):
    column = pd.Series(cells)
    with pytest.raises(Refusal) as caught:
        finite(column, OrderedFactor, levels)
    code = re.search(r"\.map\(.*\)(?= of pandas)", caught.value.remedy)
    mended = finite(eval(f"column{code[0]}"), OrderedFactor, levels).column
    assert list(map(str, mended.dropna())) == list(map(str, column.dropna()))
    assert list(mended.cat.categories) == levels


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        (["2024-01-01 00:00:00"], [pd.Timestamp("2024-01-01")]),
        (["2024-01-01"], [dt.date(2024, 1, 1)]),
        (["(0, 1]"], [pd.Interval(0, 1)]),
        (["inf"], [float("inf")]),
        (["True", "no"], [False, True]),
        ([1, "2"], [1, 2]),
    ],
)
def test_the_remedy_for_labels_of_another_type_is_words_where_code_might_lose_some(cells, levels):
    with pytest.raises(Refusal) as caught:
        finite(pd.Series(cells, dtype=object), OrderedFactor, levels)
    assert caught.value.remedy.endswith("give the labels of the column and the levels one type")


@pytest.mark.parametrize("levels", [{"a", "b"}, frozenset("ab"), "ab", b"ab", 3, Pool(("a", "b"))])
def test_only_a_list_says_the_order_of_levels(levels):
    with pytest.raises(Refusal, match="the levels given are no pool") as caught:
        finite(pd.Series(["a", "b"]), OrderedFactor, levels)
    assert caught.value.expected == "a list of labels"
    assert type(levels).__name__ in caught.value.data["received"]
    assert caught.value.remedy
