"""Laws of `scitype`: it is the union over the elements, whatever stores them."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as s
from PIL import Image

from scitypes import inference
from scitypes.inference import column_scitypes, elscitype, scitype
from scitypes.lattice import (
    Array,
    Count,
    Finite,
    Missing,
    Scitype,
    Table,
    Textual,
    Unknown,
    Vector,
    members,
    nonmissing,
    union,
)
from scitypes.levelling import levels
from scitypes.schemas import schema

INTEGERS = s.integers(-(2**40), 2**40)
FLOATS = s.floats(allow_nan=False, width=64)
TEXTS = s.text(max_size=3)
MOMENTS = s.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2100, 1, 1))
SCALARS = s.one_of(
    *(INTEGERS, s.booleans(), FLOATS, TEXTS, MOMENTS, s.dates(), s.times(), s.none()),
    *(s.just(np.nan), s.just(pd.NA), s.just(pd.NaT), s.binary(max_size=2), s.complex_numbers()),
    s.sampled_from([Decimal("1.5"), Decimal("NaN"), Fraction(1, 3), np.bool_(True), np.int8(3)]),
    s.sampled_from(
        [np.float32(1.5), np.str_("a"), np.timedelta64(1, "s"), pd.Timedelta(1), object()]
    ),
)
PLAIN = {
    "int64": INTEGERS,
    "float64": FLOATS,
    "bool": s.booleans(),
    "Int64": s.none() | INTEGERS,
    "Float64": s.none() | FLOATS,
    "boolean": s.none() | s.booleans(),
    "string": s.none() | TEXTS,
    "str": TEXTS,
    "object": SCALARS,
    "datetime64[ns]": s.none() | MOMENTS,
}


def column(values, dtype):
    if dtype == "object":
        return pd.Series(np.fromiter(values, dtype=object, count=len(values)), dtype=object)
    return pd.Series(values, dtype=dtype)


@s.composite
def columns(draw, min_size=0, max_size=6):
    dtype = draw(s.sampled_from(sorted(PLAIN)))
    return column(draw(s.lists(PLAIN[dtype], min_size=min_size, max_size=max_size)), dtype)


@s.composite
def categoricals(draw):
    labels = draw(
        s.lists(TEXTS, max_size=4, unique=True) | s.lists(INTEGERS, max_size=4, unique=True)
    )
    codes = draw(s.lists(s.integers(-1, len(labels) - 1), max_size=6))
    return pd.Series(pd.Categorical.from_codes(codes, labels, ordered=draw(s.booleans())))


@s.composite
def frames(draw):
    n = draw(s.integers(0, 4))
    made = []
    for _ in range(draw(s.integers(0, 3))):
        dtype = draw(s.sampled_from(sorted(PLAIN)))
        made.append(column(draw(s.lists(PLAIN[dtype], min_size=n, max_size=n)), dtype))
    frame = pd.concat(made, axis=1) if made else pd.DataFrame(index=range(n))
    frame.columns = draw(
        s.lists(s.sampled_from(["a", "b", 0, (1, 2)]), min_size=len(made), max_size=len(made))
    )
    return frame


def over_elements(values) -> Scitype:
    single = [np.fromiter([value], dtype=object, count=1) for value in values]
    return union(elscitype(one) for one in single)


@given(columns(min_size=1))
def test_the_scitype_of_a_column_is_the_union_over_its_elements(x):
    assert elscitype(x) == over_elements(x)


@given(columns(min_size=1))
def test_a_list_of_the_elements_has_the_same_scitype(x):
    assert scitype(x.tolist()) == scitype(x)


@given(columns(min_size=1), s.randoms(use_true_random=False))
def test_order_and_repetition_of_elements_do_not_matter(x, random):
    at = [random.randrange(len(x)) for _ in range(3)] + list(range(len(x)))
    assert scitype(x.iloc[at]) == scitype(x)


@given(s.sampled_from(sorted(PLAIN)).flatmap(
    lambda dtype: s.tuples(s.just(dtype), *[s.lists(PLAIN[dtype], min_size=1, max_size=4)] * 2)
))  # fmt: skip
def test_concatenation_is_union(drawn):
    dtype, a, b = drawn
    both = elscitype(column(a, dtype)) | elscitype(column(b, dtype))
    assert elscitype(column(a + b, dtype)) == both


@given(s.lists(INTEGERS, min_size=1, max_size=5))
def test_integers_have_one_scitype_whatever_stores_them(values):
    array = np.array(values, dtype="int64")
    stored = [values, array, *(pd.Series(values, dtype=d) for d in ("int64", "Int64", "object"))]
    stored += [pd.Index(values, dtype="int64"), pd.array(values, dtype="Int64")]
    stored += [pd.Series(values, dtype="int64[pyarrow]")]
    assert {scitype(x) for x in stored} == {Vector[Count]}


@given(s.lists(TEXTS | s.none(), min_size=1, max_size=5).filter(any))
def test_texts_have_one_scitype_whatever_stores_them(values):
    stored = [values, *(pd.Series(values, dtype=d) for d in ("str", "string", "object"))]
    if None in values:
        stored[1] = pd.Series(values)
    expected = Vector[Textual | Missing if None in values else Textual]
    assert {scitype(x) for x in stored} == {expected}


@given(columns(min_size=1), s.data())
def test_a_subset_of_rows_has_a_scitype_below(x, data):
    at = data.draw(s.lists(s.integers(0, len(x) - 1), min_size=1))
    assert elscitype(x.iloc[at]) <= elscitype(x)


@given(categoricals(), s.data())
def test_any_subset_of_rows_of_a_categorical_keeps_levels_order_and_number(x, data):
    mask = np.array(data.draw(s.lists(s.booleans(), min_size=len(x), max_size=len(x))), dtype=bool)
    part = x[mask]
    assert levels(part) == levels(x)
    assert nonmissing(elscitype(part)) == nonmissing(elscitype(x))
    assert nonmissing(elscitype(x)) <= Finite[len(x.cat.categories)]
    assert (Missing in members(elscitype(part))) == bool(part.isna().any())


@given(frames())
def test_the_scitype_of_a_table_is_made_of_those_of_its_columns(X):
    found = column_scitypes(X)
    assert found == [elscitype(X.iloc[:, i]) for i in range(X.shape[1])]
    assert scitype(X) == Table(*found)
    assert schema(X).scitypes == found
    assert schema(X).names == list(X.columns)


@given(frames(), s.randoms(use_true_random=False))
def test_the_scitype_of_a_table_depends_on_neither_order_nor_names(X, random):
    at = random.sample(range(X.shape[1]), X.shape[1])
    rows = random.sample(range(len(X)), len(X))
    other = X.iloc[rows, at].reset_index(drop=True)
    other.columns = range(len(at))
    assert scitype(other) == scitype(X)
    assert schema(X.iloc[:, at]).columns == tuple(schema(X).columns[i] for i in at)
    assert all(scitype(X.iloc[:, at[:k]]) <= scitype(X) for k in range(len(at)))


@given(
    s.recursive(
        SCALARS,
        lambda inner: s.one_of(
            s.lists(inner, max_size=3),
            s.lists(inner, max_size=3).map(tuple),
            s.dictionaries(TEXTS, inner, max_size=2),
            s.lists(inner, max_size=3).map(lambda x: np.fromiter(x, dtype=object, count=len(x))),
            s.lists(inner, max_size=3).map(lambda x: pd.Series(x, dtype=object)),
        ),
        max_leaves=8,
    )
)
def test_every_object_has_a_scitype(x):
    # Not through `scitype`, which would answer Unknown for a fault of ours.
    assert inference._of(x, ()) == scitype(x)
    assert scitype([x]) == Vector[elscitype([x])]


def _cyclic():
    x = []
    x += [x, x]
    return x


def _deep():
    x = []
    for _ in range(10_000):
        x = [x]
    return x


class Raises:
    def __scitype__(self):
        raise RuntimeError("half built")

    __eq__ = __hash__ = __len__ = __iter__ = __getitem__ = __bool__ = __scitype__


class Liar:
    def __scitype__(self):
        return "Continuous"


@pytest.mark.parametrize(
    "make",
    [_cyclic, _deep, Raises, Liar, lambda: [Raises()], lambda: {"a": Raises()}, lambda: type,
     lambda: iter([1]), lambda: np.zeros((0, 0), dtype=object), lambda: pd.DataFrame(),
     lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]), lambda: [[[]]],
     lambda: pd.MultiIndex.from_tuples([(1, 2)]),
     lambda: np.array(None, dtype=object), lambda: np.ma.masked_array([1, 2], [0, 1]),
     lambda: Image.new("HSV", (2, 2)), lambda: pd.interval_range(0, 2), lambda: {1: {2: 3}}],
)  # fmt: skip
def test_no_object_makes_it_raise(make):
    assert isinstance(scitype(make()), Scitype)
    assert isinstance(elscitype(make()), Scitype)


def test_what_contains_itself_is_unknown_inside():
    assert scitype(_cyclic()) == Vector[Unknown]


@given(frames())
def test_nothing_is_modified(X):
    before = X.copy(deep=True)
    scitype(X), schema(X)
    pd.testing.assert_frame_equal(X, before)


@given(s.sampled_from(["uint8", "float32"]), s.integers(0, 4))
def test_an_array_is_never_an_image(dtype, ndim):
    x = np.zeros((2,) * ndim, dtype=dtype)
    assert scitype(x) == Array[elscitype(x.ravel()), ndim]
