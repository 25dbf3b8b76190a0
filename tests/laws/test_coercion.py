"""Laws of `coerce`, over columns drawn by dtype, with masks, permuted pools and odd indexes."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scitypes import (
    CoercionError,
    ColorImage,
    Continuous,
    Count,
    Finite,
    GrayImage,
    Infinite,
    Missing,
    Multiclass,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    ScientificTimeType,
    ScitypeWarning,
    Textual,
    Vector,
    coerce,
    elscitype,
    levels,
    schema,
    scitype,
    set_levels,
)
from scitypes import strategies as sts
from scitypes.missingness import missing_mask

TARGETS = (
    *(Continuous, Count, Infinite, Multiclass, OrderedFactor, Finite, Textual),
    *(ScientificDate, ScientificTime, ScientificDateTime),
)

small = st.integers(-5, 5)
numerals = st.one_of(small.map(str), st.sampled_from(["1.5", "1e2", " 3", "x", ""]))
CELLS = {
    "int64": small,
    "uint8": st.integers(0, 5),
    "bool": st.booleans(),
    "float64": st.one_of(small.map(float), st.floats(-3, 3)),
    "float32": small.map(float),
    "Int64": small,
    "Float64": st.floats(-3, 3),
    "boolean": st.booleans(),
    "string": numerals,
    "text": numerals,
    "category": st.sampled_from(["c", "a", "b"]),
    "ordered": st.sampled_from([3, 1, 2]),
    "object": st.one_of(small, st.floats(-3, 3), st.booleans(), numerals),
}
CANNOT_MISS = {"int64", "uint8", "bool"}


@st.composite
def columns(draw, dtypes=tuple(CELLS), min_size=0):
    """A Series of some dtype with some missing cells, an index that repeats, and a name."""
    dtype = draw(st.sampled_from(dtypes))
    cells = draw(st.lists(CELLS[dtype], min_size=min_size, max_size=7))
    if dtype not in CANNOT_MISS:
        gone = draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
        cells = [None if g else cell for cell, g in zip(cells, gone, strict=True)]
    index = draw(st.lists(st.sampled_from("pqr"), min_size=len(cells), max_size=len(cells)))
    return pd.Series(made(cells, dtype), index=pd.Index(index, dtype=object), name="column")


def made(cells, dtype):
    if dtype == "category":
        return pd.Categorical(cells, categories=["c", "unused", "a", "b"])
    if dtype == "ordered":
        return pd.Categorical(cells, categories=[3, 0, 1, 2], ordered=True)
    return pd.Series(cells, dtype={"text": None if cells else object}.get(dtype, dtype)).array


every_kind = st.one_of(
    columns(), sts.columns(Infinite | Finite | Textual | ScientificTimeType | Missing)
)


def attempted(column, target, **options):
    """The coerced column, or nothing to test if its values do not convert."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScitypeWarning)
        try:
            return coerce(column, target, **options)
        except CoercionError:
            assume(False)


def assert_equal(a, b):
    pd.testing.assert_series_equal(a, b, check_exact=True)


@given(every_kind, st.sampled_from(TARGETS))
def test_the_result_has_the_scitype_and_is_missing_where_the_column_was(column, target):
    result = attempted(column, target)
    if len(result) and not missing_mask(result).all():
        assert scitype(result) <= Vector[target | Missing]
        assert (scitype(result) <= Vector[target]) == (not missing_mask(column).any())
    assert (missing_mask(result) == missing_mask(column)).all()


@given(every_kind, st.sampled_from(TARGETS))
def test_coercing_again_changes_nothing(column, target):
    result = attempted(column, target)
    again = attempted(result, target)
    assert_equal(again, result)
    if not missing_mask(result).all():
        assert again is result


@given(every_kind, st.sampled_from(TARGETS))
def test_length_index_and_name_are_kept_and_the_column_is_not_touched(column, target):
    before = column.copy(deep=True)
    result = attempted(column, target)
    assert result.index.equals(column.index)
    assert result.name == column.name
    if len(result) and result is not column:
        try:
            result.iloc[0] = result.iloc[-1] if not missing_mask(result)[-1] else None
        except (TypeError, ValueError):  # no missing value in this dtype
            result.iloc[:] = result.iloc[::-1].to_numpy()
    assert_equal(column, before)


@given(columns(dtypes=("int64", "uint8", "Int64", "float64", "text", "category", "ordered")))
def test_finite_columns_hold_the_labels_they_were_made_from(column):
    result = attempted(column, Multiclass)
    kept = ~missing_mask(column)
    assert [str(x) for x in result[kept]] == [str(x) for x in column[kept]]


@given(columns(dtypes=("int64", "uint8", "bool", "Int64", "boolean", "float32", "float64")))
def test_continuous_columns_hold_the_same_numbers_and_come_back_from_counts(column):
    result = attempted(column, Continuous)
    kept = ~missing_mask(column)
    assert [float(x) for x in column[kept]] == result[kept].tolist()
    if elscitype(column) <= Count | Missing:
        back = attempted(result, Count)
        assert back[kept].tolist() == [int(x) for x in column[kept]]


@given(st.lists(st.floats(allow_nan=False), max_size=6))
def test_floats_become_counts_exactly_or_not_at_all(cells):
    fits = all(np.isfinite(x) and x == int(x) and abs(x) < 2**63 for x in cells)
    if fits:
        assert coerce(np.array(cells), Count).tolist() == [int(x) for x in cells]
    else:
        with pytest.raises(CoercionError):
            coerce(np.array(cells), Count)


@given(columns(dtypes=("int64", "float64", "text", "boolean")), st.randoms())
def test_levels_are_the_sorted_labels_in_whatever_order_the_rows_come(column, random):
    rows = list(range(len(column)))
    random.shuffle(rows)
    result = attempted(column, Multiclass)
    assert levels(result) == sorted(set(column.dropna().tolist()))
    assert levels(attempted(column.iloc[rows], Multiclass)) == levels(result)


@given(columns(dtypes=("category", "ordered")), st.data())
def test_the_pool_survives_a_change_of_order_and_any_choice_of_rows(column, data):
    there = attempted(column, OrderedFactor)
    assert levels(there) == levels(attempted(there, Multiclass)) == levels(column)
    rows = data.draw(
        st.lists(st.integers(0, len(column) - 1), max_size=5) if len(column) else st.just([])
    )
    part = there.iloc[rows]
    assert levels(part) == levels(there)
    assert attempted(part, OrderedFactor) is part or missing_mask(part).all()


@given(columns(dtypes=("category", "ordered")), st.randoms())
def test_other_levels_change_codes_and_no_value(column, random):
    new = levels(column)
    random.shuffle(new)
    for result in (set_levels(column, new), attempted(column, Finite, levels=new)):
        assert result.dropna().tolist() == column.dropna().tolist()
        assert levels(result) == new
    codes = attempted(column, Count)
    kept = ~missing_mask(column)
    assert [levels(column)[i] for i in codes[kept]] == column[kept].tolist()


@given(every_kind, every_kind, st.sampled_from(TARGETS), st.sampled_from(TARGETS))
def test_a_table_is_coerced_iff_each_column_is_and_stays_whole_otherwise(a, b, first, second):
    n = min(len(a), len(b))
    X = pd.DataFrame(
        {"a": a.iloc[:n].reset_index(drop=True), "b": b.iloc[:n].reset_index(drop=True)}
    )
    before = X.copy(deep=True)
    bad = [name for name, T in (("a", first), ("b", second)) if not converts(X[name], T)]
    if bad:
        with pytest.raises(CoercionError) as caught:
            coerce(X, {"a": first, "b": second}, verbosity=-1)
        assert list(caught.value.columns) == bad
    else:
        result = coerce(X, {"a": first, "b": second}, verbosity=-1)
        turned = coerce(X, {"b": second, "a": first}, verbosity=-1)
        pd.testing.assert_frame_equal(result, turned)
        assert_equal(result["a"], coerce(X["a"], first, verbosity=-1))
    pd.testing.assert_frame_equal(X, before)
    assert coerce(X, {}) is X


def converts(column, target):
    try:
        coerce(column, target, verbosity=-1)
    except CoercionError:
        return False
    return True


@given(columns(dtypes=("int64", "float64", "Int64", "text", "category")), st.booleans())
def test_missing_is_told_once_and_only_where_the_target_does_not_say_it(column, said):
    target = Multiclass | Missing if said else Multiclass
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        coerce(column, target)
        told = len(caught)
        coerce(column, target, verbosity=0)
    assert told == len(caught) == (not said and bool(missing_mask(column).any()))


@given(columns(min_size=1), st.data())
def test_rows_are_read_through_the_schema_as_the_whole_table_was(column, data):
    X = pd.DataFrame({"a": column.reset_index(drop=True)})
    fitted = schema(X)
    rows = data.draw(st.lists(st.integers(0, len(X) - 1), min_size=1, max_size=5))
    part = X.iloc[rows]
    result = coerce(part, fitted)
    pd.testing.assert_index_equal(result.index, part.index)
    assert schema(result).pools == fitted.pools
    labels = pd.DataFrame({"a": pd.Series(part["a"].tolist(), index=part.index, dtype=object)})
    same = coerce(labels, fitted)["a"]
    kept = ~missing_mask(part["a"])
    assert same[kept].tolist() == result["a"][kept].tolist()
    assert schema(same.to_frame()).pools == fitted.pools


pixels = st.integers(0, 2**32 - 1).map(np.random.default_rng)
shapes = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6))


@given(pixels, shapes, st.booleans())
def test_images_keep_their_pixels_number_and_sides(rng, shape, colour):
    kind = ColorImage if colour else GrayImage
    array = rng.integers(0, 256, (*shape, 3) if colour else shape, dtype=np.uint8)
    images = coerce(array, kind)
    n, height, width = shape
    assert len(images) == n
    assert scitype(images) == Vector[kind[height, width]]
    assert (images.array().reshape(array.shape) == array).all()
    assert (np.stack([np.asarray(image) for image in images]) == array).all()
    again = coerce(list(images), kind)
    assert (again.array() == images.array()).all()
    floats = coerce(array / 255, kind)
    assert floats.dtype == np.uint8
    assert (floats.array() == images.array()).all()
    assert coerce(images, kind) is images
