"""Verbs over levels: what each gives, in which library, and what it refuses."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image as pillow

from scitypes.errors import BadSelection, LevelError, NotCategorical
from scitypes.images import ImageVector
from scitypes.levelling import (
    add_levels,
    codes,
    concat,
    decoder,
    drop_levels,
    levels,
    recode,
    set_levels,
    unwrap,
)
from scitypes.pools import Pool

SIZES = Pool(("S", "M", "L"), ordered=True)


def sizes(cells=("S", None, "L"), pool=SIZES):
    categorical = pd.Categorical(cells, dtype=pool.dtype)
    return pd.Series(categorical, index=range(5, 5 + len(cells)), name="size")


def arrow(cells=("S", None, "L"), labels=("S", "M", "L"), ordered=True):
    places = [None if cell is None else labels.index(cell) for cell in cells]
    return pa.DictionaryArray.from_arrays(
        pa.array(places, pa.int8()), pa.array(list(labels)), ordered=ordered
    )


def enum(cells=("S", None, "L"), labels=("S", "M", "L")):
    return pl.Series("size", cells, dtype=pl.Enum(list(labels)))


EVERY = [sizes, arrow, enum, lambda: sizes().array, lambda: pd.Index(sizes().array, name="size")]


def cells(x):
    if isinstance(x, pa.Array | pa.ChunkedArray):
        return x.to_pylist()
    return [None if pd.isna(cell) else cell for cell in x]


def alike(x, like):
    """Whether a column is of the container that another is, index and name kept."""
    if isinstance(like, pd.Series):
        return x.index.equals(like.index) and x.name == like.name
    return type(x) is type(like) and getattr(x, "name", None) == getattr(like, "name", None)


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda x: set_levels(x, ["L", "S"]), ["L", "S"]),
        (lambda x: add_levels(x, ["XL"]), ["S", "M", "L", "XL"]),
        (lambda x: add_levels(x, ["XS", "XXS"], before="S"), ["XS", "XXS", "S", "M", "L"]),
        (lambda x: add_levels(x, ["ML"], after="M"), ["S", "M", "ML", "L"]),
        (drop_levels, ["S", "L"]),
        (lambda x: drop_levels(x, ["M"]), ["S", "L"]),
        (lambda x: recode(x, {}), ["S", "M", "L"]),
        (lambda x: concat([x]), ["S", "M", "L"]),
    ],
)
def test_verbs_change_the_pool_and_no_value_in_every_library(make, act, expected):
    x = make()
    changed = act(x)
    assert alike(changed, x)
    assert Pool.of(changed) == Pool(tuple(expected), ordered=True)
    assert cells(changed) == ["S", None, "L"]
    assert Pool.of(x) == SIZES


@pytest.mark.parametrize("make", EVERY)
def test_labels_are_renamed_and_merged_in_every_library(make):
    changed = recode(make(), {"M": "large", "L": "large"})
    assert alike(changed, make())
    assert levels(changed) == ["S", "large"]
    assert cells(changed) == ["S", None, "large"]


def test_recoding_takes_a_function():
    assert cells(recode(sizes(), str.lower)) == ["s", None, "l"]


def test_recoding_to_none_makes_cells_missing():
    changed = recode(sizes(), {"S": None})
    assert cells(changed) == [None, None, "L"]
    assert levels(changed) == ["M", "L"]


def test_recoded_labels_may_be_of_another_type():
    assert levels(recode(arrow(), {"S": 1, "M": 2, "L": 3})) == [1, 2, 3]
    assert cells(recode(sizes(), {"S": 1, "M": 2, "L": 3})) == [1, None, 3]


def test_merged_levels_stand_where_the_first_of_them_stood():
    x = pd.Categorical(["a", "b", "c"])
    assert levels(recode(x, {"c": "a"})) == ["a", "b"]
    assert levels(recode(x, {"a": "c"})) == ["c", "b"]


def test_levels_that_are_no_neighbours_are_not_merged_in_an_order():
    with pytest.raises(LevelError, match=r"'S' and 'L' can't become one level.*not neighbours"):
        recode(sizes(), {"S": "other", "L": "other"})
    unordered = set_levels(sizes(), ["S", "M", "L"], ordered=False)
    assert levels(recode(unordered, {"S": "other", "L": "other"})) == ["other", "M"]
    between_gone = recode(drop_levels(sizes()), {"S": "other", "L": "other"})
    assert levels(between_gone) == ["other"]


def test_a_change_of_what_is_no_level_names_the_nearest_one():
    with pytest.raises(LevelError, match="no level 'Medium'"):
        recode(sizes(), {"Medium": "M"})
    with pytest.raises(LevelError, match="did you mean 'large'"):
        recode(pd.Categorical(["large"]), {"larg": "big"})


def test_levels_are_added_once_and_beside_levels_only():
    with pytest.raises(LevelError, match="'M' can't be added: there already"):
        add_levels(sizes(), ["XL", "M"])
    with pytest.raises(LevelError, match="no level 'XL'"):
        add_levels(sizes(), ["XXL"], after="XL")
    with pytest.raises(LevelError, match="both given"):
        add_levels(sizes(), ["XL"], after="L", before="S")


@pytest.mark.parametrize("act", [set_levels, add_levels, drop_levels])
def test_one_text_is_no_list_of_labels(act):
    with pytest.raises(LevelError, match=r"\['XL'\] names it alone"):
        act(sizes(), "XL")


def test_levels_in_use_are_not_dropped():
    with pytest.raises(LevelError, match="'L' is in use") as caught:
        drop_levels(sizes(), ["M", "L"])
    assert "row 7" in caught.value.remedy
    with pytest.raises(LevelError, match="no level 'XL'"):
        drop_levels(sizes(), ["XL"])


@pytest.mark.parametrize(
    "act", [codes, decoder, drop_levels, lambda x: recode(x, {}), lambda x: add_levels(x, ["b"])]
)
def test_verbs_refuse_what_has_no_levels(act):
    with pytest.raises(NotCategorical):
        act(["a"])


def test_polars_refuses_pools_that_it_can_not_hold():
    for act in (
        lambda: recode(enum(), {"S": 1, "M": 2, "L": 3}),
        lambda: set_levels(enum(), ["L", "M", "S"], ordered=False),
    ):
        with pytest.raises(LevelError, match="polars can't hold") as caught:
            act()
        assert "to_pandas()" in caught.value.remedy


def test_a_polars_categorical_stays_one_where_all_levels_occur():
    x = pl.Series("c", ["b", "a", None], dtype=pl.Categorical)
    renamed = recode(x, {"b": "c"})
    assert renamed.dtype == pl.Categorical
    assert renamed.to_list() == ["c", "a", None]
    assert Pool.of(set_levels(x, ["b", "a"], ordered=True)) == Pool(("b", "a"), ordered=True)


def test_arrow_refuses_labels_of_several_types():
    with pytest.raises(LevelError, match="Arrow can't hold"):
        recode(arrow(), {"S": 1})


def test_arrow_keeps_the_type_of_its_labels_and_its_chunks():
    labels = pa.array(["S", "M", "L"], pa.large_string())
    x = pa.chunked_array([pa.DictionaryArray.from_arrays([0, 2], labels, ordered=True)])
    changed = add_levels(x, ["XL"])
    assert isinstance(changed, pa.ChunkedArray)
    assert changed.type == pa.dictionary(pa.int32(), pa.large_string(), ordered=True)


def test_codes_count_from_zero_and_are_missing_where_the_element_is():
    found = codes(sizes())
    assert (str(found.dtype), found.name, found.index.tolist()) == ("Int32", "size", [5, 6, 7])
    assert found.tolist() == [0, pd.NA, 2]
    assert codes(sizes().array).tolist() == [0, pd.NA, 2]
    whole = codes(sizes(["L", "S"]).array)
    assert isinstance(whole, np.ndarray)
    assert (whole.dtype, whole.tolist()) == (np.int32, [2, 0])
    assert codes(enum()).dtype == pl.Int32
    assert codes(enum()).to_list() == codes(arrow()).to_pylist() == [0, None, 2]


@pytest.mark.parametrize("make", EVERY)
def test_decoded_codes_are_the_column(make):
    x = make()
    again = decoder(x)(codes(x))
    assert Pool.of(again) == SIZES
    assert cells(again) == cells(x)


def test_a_decoder_takes_one_code_or_a_pool():
    decode = decoder(SIZES)
    assert decode(1) == decode(np.int32(1)) == "M"
    assert cells(decode([2, None, -1])) == ["L", None, None]
    assert cells(decode(np.array([0, 2]))) == ["S", "L"]
    assert cells(decode([])) == []
    assert cells(decode([None])) == [None]


@pytest.mark.parametrize("wrong", [3, [3], [-2], ["S"], "S", [0.5], [True], True, 1.0, ["S", 1]])
def test_what_is_no_position_is_not_decoded(wrong):
    with pytest.raises(LevelError, match="do not stand for levels"):
        decoder(SIZES)(wrong)


# Joining


def ordered(*labels):
    return Pool(labels, ordered=True)


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ([ordered("a", "b"), ordered("b", "c")], ordered("a", "b", "c")),
        ([ordered("S", "L"), ordered("S", "M", "L")], ordered("S", "M", "L")),
        ([ordered("a", "c"), ordered("b", "c")], Pool(("a", "b", "c"))),  # a or b: undecided
        ([ordered("a", "b"), Pool(("a", "b"))], Pool(("a", "b"))),
        ([Pool(("b", "a")), Pool(("a", "b"))], Pool(("b", "a"))),
        ([Pool(("x", "b")), Pool(("a", "b", "c"))], Pool(("x", "a", "b", "c"))),
        ([Pool((1, 2)), Pool(("1",))], Pool((1, 2, "1"))),
        ([Pool((1,)), Pool((1.0, 2.5))], Pool((1, 2.5))),
        ([ordered("a", "b"), ordered()], ordered("a", "b")),
        ([ordered("b", "a"), Pool(("a", "b"))], Pool(("b", "a"))),
        ([Pool(("x",)), Pool(("a", "b", "x")), Pool(("b", "a"))], Pool(("a", "b", "x"))),
        ([], Pool(())),
    ],
)
def test_merged_pools_keep_the_orders_of_all(pools, expected):
    assert Pool.merged(*pools) == expected


def test_orders_that_contradict_each_other_are_refused():
    with pytest.raises(LevelError, match="'a' < 'b' and 'b' < 'a'") as caught:
        Pool.merged(ordered("a", "b"), ordered("b", "a"))
    assert caught.value.received == "'a', 'b'; 'b', 'a'"
    with pytest.raises(LevelError, match="contradict"):
        Pool.merged(ordered("a", "b"), ordered("b", "c"), ordered("c", "a"))


@pytest.mark.parametrize("make", [sizes, enum, lambda **kw: sizes(**kw).array])
def test_categorical_columns_are_joined_with_one_pool(make):
    both = concat([make(), make(cells=["M"])])
    assert cells(both) == ["S", None, "L", "M"]
    assert Pool.of(both) == SIZES
    assert type(both) is type(make())


def test_joined_arrow_columns_merge_their_dictionaries():
    both = concat([arrow(["b"], ["a", "b"], False), arrow(["c", None], ["b", "c"], False)])
    assert isinstance(both, pa.DictionaryArray)
    assert (both.to_pylist(), levels(both)) == (["b", "c", None], ["a", "b", "c"])


def test_a_joined_series_keeps_the_index_and_a_common_name():
    both = concat([sizes(), sizes()])
    assert (both.index.tolist(), both.name) == ([5, 6, 7, 5, 6, 7], "size")
    assert concat([sizes(), sizes().rename("other")]).name is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[1], ["a"]], [1, "a"]),
        ([np.array([1]), np.array(["a"])], [1, "a"]),
        ([np.array([1]), np.array([2.5])], [1.0, 2.5]),
        ([pd.Series([1.5]), pd.Series([2])], [1.5, 2.0]),
        ([pd.array([1, None]), pd.array([2])], [1, None, 2]),
        ([pl.Series([1]), pl.Series([2.5])], [1.0, 2.5]),
        ([pa.array([1]), pa.array([2, None])], [1, 2, None]),
        ([pd.Index([1]), pd.Index([2])], [1, 2]),
        ([(1,), (2,)], [1, 2]),
    ],
)
def test_plain_vectors_are_joined_by_their_own_library(parts, expected):
    both = concat(parts)
    assert type(both) is type(parts[0])
    assert cells(both) == expected


def frame(kind, cells, n):
    if kind == "dict":
        return {"n": n, "size": sizes(cells).array}
    if kind == "pandas":
        return pd.DataFrame({"n": n, "size": sizes(cells).array}, index=range(len(n)))
    if kind == "polars":
        return pl.DataFrame({"n": n, "size": enum(cells)})
    return pa.table({"n": n, "size": arrow(cells)})


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow"])
def test_tables_are_joined_by_the_names_of_their_columns(kind):
    first, second = frame(kind, ["S", None], [1, 2]), frame(kind, ["L"], [3])
    if kind == "pandas":
        second = second[["size", "n"]]
    both = concat([first, second])
    assert type(both) is type(first)
    assert cells(both["size"]) == ["S", None, "L"]
    assert [int(str(x)) for x in both["n"]] == [1, 2, 3]
    assert Pool.of(both["size"]) == SIZES


def test_tables_with_names_of_any_kind_are_joined():
    X = pd.DataFrame([[1, "a"]], columns=[0, ("x", 1)])
    pd.testing.assert_frame_equal(concat([X, X]), pd.concat([X, X]))


def test_tables_of_other_columns_are_refused():
    with pytest.raises(BadSelection, match="part 2 lacks 'size' and has 'weight'"):
        concat([{"n": [1], "size": [2]}, {"n": [1], "weight": [2]}])
    with pytest.raises(BadSelection, match="repeat"):
        concat([pd.DataFrame([[1, 2]], columns=["a", "a"])] * 2)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([], "at least one part"),
        ([sizes(), sizes().array], "parts of kind Series, Categorical"),
        ([1, 2], "vectors, tables or image vectors"),
        ([np.zeros((1, 2)), np.zeros((1, 3))], "one shape"),
        (sizes(), "one of them"),
        ({"a": [1]}, "one of them"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, told):
    with pytest.raises(BadSelection, match=told):
        concat(parts)


def test_columns_with_and_without_levels_are_not_joined():
    with pytest.raises(LevelError, match="Part 2 has no levels"):
        concat([sizes(), pd.Series(["S"])])
    with pytest.raises(LevelError, match="Part 1 of column 'size' has no levels"):
        concat([pd.DataFrame({"size": ["S"]}), pd.DataFrame({"size": sizes().array})])


def test_contradicting_columns_of_a_table_are_named():
    first = pd.DataFrame({"size": sizes().array})
    second = pd.DataFrame({"size": set_levels(sizes().array, ["L", "M", "S"])})
    with pytest.raises(LevelError) as caught:
        concat([first, second])
    assert "'size'" in caught.value.__notes__[0]


def test_image_vectors_are_joined_and_floats_stay_exact():
    dark, half = np.zeros((2, 3, 4), "uint8"), np.full((1, 3, 4), 0.5, "float32")
    both = concat([ImageVector(dark + 255), ImageVector(half)])
    assert both.shape == (3, 3, 4, 1)
    assert both.array()[:, 0, 0, 0].tolist() == [1.0, 1.0, 0.5]
    with pytest.raises(BadSelection, match="one size"):
        concat([ImageVector(dark), ImageVector(np.zeros((1, 4, 4), "uint8"))])


def test_image_files_are_joined_without_being_read(tmp_path):
    paths = []
    for i in range(3):
        paths.append(tmp_path / f"{i}.png")
        pillow.new("RGB", (4, 3), (i, 0, 0)).save(paths[-1])
    both = concat([ImageVector(paths[:2]), ImageVector(paths[2:])])
    assert both.files == tuple(map(str, paths))
    mixed = concat([ImageVector(paths[:2]), ImageVector(np.zeros((1, 3, 4, 3), "uint8"))])
    assert (mixed.files, len(mixed)) == (None, 3)


def test_unwrapping_arrow_and_polars_gives_plain_arrays():
    assert list(unwrap(enum(["S", "L"]))) == ["S", "L"]
    assert list(unwrap(arrow(["S", "L"]))) == ["S", "L"]


def test_levels_in_use_are_named_by_the_rows_that_the_index_names():
    column = pd.Series(["a", "b", "b"], index=["r0", "r1", "r2"], dtype="category")
    for attempt in (lambda: set_levels(column, ["a"]), lambda: drop_levels(column, ["b"])):
        with pytest.raises(LevelError, match="'b' is in use") as caught:
            attempt()
        assert "rows 'r1', 'r2'" in caught.value.remedy


@pytest.mark.parametrize("new", [{"a", "b"}, "ab", 3, {"a": 1, "b": 2}])
def test_only_a_list_says_the_order_of_new_levels(new):
    with pytest.raises(LevelError) as caught:
        set_levels(pd.Series(["a", "b"], dtype="category"), new)
    assert caught.value.expected == "a list of labels"
    assert caught.value.failed.startswith("new")
    with pytest.raises(LevelError, match="levels"):
        Pool(new)
