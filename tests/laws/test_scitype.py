"""Laws of `scitype`: it is the union over the elements, whatever stores them."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as s
from PIL import Image

from scitypes import inference, missingness, tables
from scitypes import strategies as sts
from scitypes.inference import column_scitypes, described, elscitype, scitype
from scitypes.lattice import (
    Array,
    Continuous,
    Count,
    Finite,
    Missing,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
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
from scitypes.tables import selectrows

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


# What all of these libraries hold: the dtype in each, and cells.
SHARED = {
    Count: (pl.Int64, pa.int64(), "Int64", s.none() | INTEGERS),
    Continuous: (pl.Float64, pa.float64(), "Float64", s.none() | FLOATS),
    Textual: (pl.String, pa.string(), "string", s.none() | TEXTS),
    ScientificDate: (pl.Date, pa.date32(), "object", s.none() | s.dates()),
    ScientificTime: (pl.Time, pa.time64("us"), "object", s.none() | s.times()),
    ScientificDateTime: (pl.Datetime("us"), pa.timestamp("us"), "M8[us]", s.none() | MOMENTS),
}


def in_each(kind, values):
    """The same values in a polars, an Arrow and two pandas columns, an Arrow chunk and a list."""
    polars, arrow, pandas, _ = SHARED[kind]
    array = pa.array(values, arrow)
    return [
        pl.Series(values, dtype=polars),
        array,
        pa.chunked_array([array[:1], array[1:]]),
        pd.Series(values, dtype=pandas),
        pd.Series(values, dtype=pd.ArrowDtype(arrow)),
        values,
    ]


@s.composite
def shared(draw, min_size=1, max_size=5):
    kind = draw(s.sampled_from(sorted(SHARED, key=repr)))
    return kind, draw(s.lists(SHARED[kind][3], min_size=min_size, max_size=max_size))


@given(shared())
def test_pandas_polars_arrow_and_lists_of_the_same_data_have_one_scitype(drawn):
    kind, values = drawn
    gone = values.count(None)
    expected = Missing if gone == len(values) else kind | Missing if gone else kind
    for x in in_each(kind, values):
        assert scitype(x) == Vector[expected]
        assert elscitype(x) == expected
        assert described(x) in ((expected, gone), (expected, None))


@given(shared(), s.data())
def test_subsets_and_concatenations_in_polars_and_arrow_are_as_in_pandas(drawn, data):
    kind, values = drawn
    at = data.draw(s.lists(s.integers(0, len(values) - 1), min_size=1))
    for x in in_each(kind, values)[:3]:
        part = selectrows(x, at)
        assert elscitype(part) <= elscitype(x)
        both = x.append(part) if isinstance(x, pl.Series) else _joined(x, part)
        assert elscitype(both) == elscitype(x) | elscitype(part)


def _joined(x, other):
    chunks = [chunk for one in (x, other) for chunk in getattr(one, "chunks", [one])]
    return pa.chunked_array(chunks)


@given(s.lists(SCALARS, max_size=6) | s.lists(TEXTS | s.just(None), max_size=6), s.booleans())
def test_the_short_way_for_strings_gives_what_the_elements_give(values, nan):
    x = np.fromiter((np.nan if nan and v is None else v for v in values), object, len(values))
    expected = over_elements(x) if len(x) else Unknown
    assert described(x).scitype == elscitype(x) == expected
    assert described(x).gaps in (None, np.count_nonzero(pd.isna(x)))
    if described(x).gaps is None:
        assert pd.isna(x).any()


@given(columns() | sts.columns(Finite | Missing) | shared().map(lambda drawn: pl.Series(drawn[1])))
def test_a_description_is_the_scitype_and_the_number_of_missing_cells(x):
    found = described(x)
    gaps = int(np.count_nonzero(missingness.missing_mask(x)))
    assert found.scitype == elscitype(x)
    assert missingness.n_missing(x) == gaps
    assert found.gaps in (None, gaps)
    assert found.gaps is not None or gaps


@given(s.lists(INTEGERS, min_size=1, max_size=5), s.data())
def test_a_masked_array_has_the_scitype_of_a_list_with_gaps(values, data):
    mask = data.draw(s.lists(s.booleans(), min_size=len(values), max_size=len(values)))
    x = np.ma.masked_array(values, mask)
    gaps = [None if m else v for v, m in zip(values, mask, strict=True)]
    assert scitype(x) == scitype(gaps)
    assert described(x) == (elscitype(gaps), sum(mask))


@given(frames())
def test_a_structured_array_has_the_scitype_of_a_frame_of_its_fields(X):
    X = X.set_axis(list(map(str, range(X.shape[1]))), axis=1).assign(row=range(len(X)))
    X = X.loc[:, [isinstance(dtype, np.dtype) and dtype.kind != "O" for dtype in X.dtypes]]
    x = X.to_records(index=False)
    assert scitype(x) == scitype(X)
    assert column_scitypes(x) == column_scitypes(X)


class Watched(np.ndarray):
    """An array that counts whenever one of its elements is taken out."""

    taken = 0

    def __getitem__(self, key):
        if isinstance(key, int | np.integer):
            Watched.taken += 1
        return super().__getitem__(key)

    def __iter__(self):
        Watched.taken += self.size
        return super().__iter__()


@pytest.mark.parametrize("dtype", ["i8", "f8", "?", "M8[s]", "U3", "c16"])
def test_elements_are_read_of_object_columns_only(dtype, monkeypatch):
    def never(*args):
        raise AssertionError("elements were read")

    monkeypatch.setattr(inference, "_elements", never)
    x = np.zeros(3, dtype=dtype)
    Watched.taken = 0
    stored = [x, x.view(Watched), np.ma.masked_array(x, [1, 0, 0])]
    if x.dtype.kind != "U":  # which pandas turns into objects before version 3
        stored += [pd.Series(x), pd.Index(x)]
    for values in stored:
        assert inference._of(values, ()) == scitype(values)
    assert Watched.taken == 0
    texts = pd.Series(["a"], dtype="string")
    for values in (pd.Categorical(["a"]), texts, pl.Series(["a"]), pa.array([1.5])):
        assert inference._of(values, ()) == scitype(values)
    with pytest.raises(AssertionError, match="were read"):
        inference._of(pd.Series(["a"], dtype=object), ())


@given(columns(min_size=1), s.data())
def test_a_subset_of_rows_has_a_scitype_below(x, data):
    at = data.draw(s.lists(s.integers(0, len(x) - 1), min_size=1))
    assert elscitype(x.iloc[at]) <= elscitype(x)


@given(sts.columns(Finite | Missing), s.data())
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


@pytest.mark.parametrize("library", ["pandas", "dict", "polars", "pyarrow"])
@given(s.data())
def test_the_scitype_of_a_table_of_any_library_is_made_of_those_of_its_columns(library, data):
    X = data.draw(sts.tables(library=library))
    if not tables.is_table(X):
        return  # An empty dict is no table.
    found = column_scitypes(X)
    assert found == [elscitype(x) for _, x in tables.columns(X)]
    assert scitype(X) == Table(*found)
    assert schema(X).scitypes == found


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
