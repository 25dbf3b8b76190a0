"""Laws of one answer: the same cells held by pandas, Arrow and polars, drawn by kind."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitypes import (
    CoercionError,
    Continuous,
    Count,
    Finite,
    Found,
    Infinite,
    Missing,
    Multiclass,
    OrderedFactor,
    SchemaMismatch,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    ScientificTimeType,
    ScitypeWarning,
    Textual,
    Vector,
    coerce,
    elscitype,
    plan,
    schema,
    scitype,
    selectrows,
)
from scitypes import strategies as sts
from scitypes.foreign import from_series, holds, to_series
from scitypes.missingness import missing_mask
from scitypes.pools import Pool

small = st.integers(-5, 5)
LEVELS = ["c", "unused", "a", "b"]
CELLS = {
    "integer": small,
    "large": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "float": st.one_of(small.map(float), st.floats(allow_infinity=False, allow_nan=False)),
    "text": st.one_of(small.map(str), st.sampled_from(["1.5", " 3", "x", "", "2024-05-31"])),
    "date": st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    "time": st.times(),
    "moment": st.one_of(
        st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)),
        st.dates(dt.date(2000, 1, 1), dt.date(2001, 1, 1)).map(
            lambda day: dt.datetime(day.year, day.month, day.day)
        ),
    ),
    "ordered": st.sampled_from(["c", "a", "b"]),
    "unordered": st.sampled_from(["c", "a", "b"]),
}
PANDAS = {
    "integer": "Int64",
    "large": "Int64",
    "boolean": "boolean",
    "float": "float64",
    "moment": "datetime64[us]",
    "ordered": pd.CategoricalDtype(LEVELS, ordered=True),
}
ARROW = {
    "integer": pa.int64(),
    "large": pa.int64(),
    "boolean": pa.bool_(),
    "float": pa.float64(),
    "text": pa.string(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "moment": pa.timestamp("us"),
}
POLARS = {
    "integer": pl.Int64,
    "large": pl.Int64,
    "boolean": pl.Boolean,
    "float": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "time": pl.Time,
    "moment": pl.Datetime("us"),
    "ordered": pl.Enum(LEVELS),
    "unordered": pl.Categorical,
}
TARGETS = (
    *(Continuous, Count, Infinite, Multiclass, OrderedFactor, Finite, Textual),
    *(ScientificDate, ScientificTime, ScientificDateTime),
)


def in_pandas(kind, cells):
    if kind == "unordered":
        return pd.Series(pd.Categorical(cells, categories=used(cells)), name="x")
    if kind == "text":
        return pd.Series(cells, name="x", dtype="str" if pd.__version__ >= "3" else object)
    return pd.Series(cells, name="x", dtype=PANDAS.get(kind, object))


def in_arrow(kind, cells):
    if kind in ("ordered", "unordered"):
        labels = LEVELS if kind == "ordered" else used(cells)
        codes = pa.array([None if c is None else labels.index(c) for c in cells], pa.int8())
        dictionary = pa.array(labels, pa.string())
        array = pa.DictionaryArray.from_arrays(codes, dictionary, ordered=kind == "ordered")
    else:
        array = pa.array(cells, ARROW[kind])
    return pa.chunked_array([array])


def in_polars(kind, cells):
    return pl.Series("x", cells, dtype=POLARS[kind])


def used(cells):
    return sorted({cell for cell in cells if cell is not None})


MAKERS = {"pandas": in_pandas, "pyarrow": in_arrow, "polars": in_polars}


@st.composite
def data(draw, kinds=tuple(CELLS), min_size=0, max_size=7):
    """A kind and cells of it, some of them None."""
    kind = draw(st.sampled_from(kinds))
    cell = st.one_of(st.none(), CELLS[kind]) if draw(st.booleans()) else CELLS[kind]
    return kind, draw(st.lists(cell, min_size=min_size, max_size=max_size))


def attempted(column, target, **options):
    """The coerced column, or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScitypeWarning)
        try:
            return coerce(column, target, **options)
        except CoercionError as error:
            return error


def plain(column):
    cells = column.to_pylist() if isinstance(column, pa.ChunkedArray) else list(column)
    gone = missing_mask(column)
    return [None if g else python(cell) for cell, g in zip(cells, gone, strict=True)]


def python(cell):
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime()
    return cell.item() if isinstance(cell, np.generic) else cell


def reason(error):
    """Why, in words that do not depend on how a library shows a moment."""
    (text,) = error.columns.values()
    return text.split(":")[0]


def refused_by_polars(answer):
    return isinstance(answer, CoercionError) and "polars can't hold" in str(answer)


@given(data())
def test_the_three_libraries_say_the_same_scitype(drawn):
    kind, cells = drawn
    found = {elscitype(make(kind, cells)) for make in MAKERS.values()}
    assert len(found) == 1 or not cells


@given(data(min_size=1), st.sampled_from(TARGETS))
def test_coerced_they_hold_the_same_values_or_refuse_them_alike(drawn, target):
    kind, cells = drawn
    one, *others = (attempted(make(kind, cells), target) for make in MAKERS.values())
    for other in others:
        if refused_by_polars(other):
            assert not holds(Pool.of(one), pl.Series())
        elif isinstance(one, CoercionError):
            assert reason(other) == reason(one)
        else:
            assert elscitype(other) == elscitype(one)
            assert plain(other) == plain(one)
            if target <= Finite:
                assert Pool.of(other) == Pool.of(one)


@given(data(), st.sampled_from(TARGETS), st.sampled_from(["pyarrow", "polars"]))
def test_the_result_is_of_the_library_and_of_the_scitype(drawn, target, library):
    kind, cells = drawn
    column = MAKERS[library](kind, cells)
    before = plain(column)
    result = attempted(column, target)
    assert plain(column) == before
    if isinstance(result, CoercionError):
        return
    assert type(result) is type(column)
    assert (missing_mask(result) == missing_mask(column)).all()
    if not missing_mask(result).all():
        assert scitype(result) <= Vector[target | Missing]
        assert attempted(result, target) is result
    if library == "polars":
        assert result.name == column.name


@given(data(), st.sampled_from(["pyarrow", "polars"]))
def test_a_column_goes_to_pandas_and_back_unchanged(drawn, library):
    kind, cells = drawn
    column = MAKERS[library](kind, cells)
    series = to_series(column, "x")
    found = elscitype(series)
    assert found == elscitype(column) or not cells
    assert (missing_mask(series) == missing_mask(column)).all()
    if cells and found != Missing:
        back = from_series(series, found, column)
        assert plain(back) == plain(column)
        assert elscitype(back) == found


@given(data(kinds=("integer", "large", "boolean")), st.sampled_from(["pyarrow", "polars"]))
def test_integers_are_never_wrapped_nor_rounded_unsaid(drawn, library):
    kind, cells = drawn
    column = MAKERS[library](kind, cells)
    labels = attempted(column, Multiclass)
    if library == "pyarrow":
        assert plain(labels) == cells
        assert plain(attempted(labels.cast(labels.type.value_type), Count)) == cells
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        floats = plain(coerce(column, Continuous | Missing))
    exact = all(x == y for x, y in zip(floats, cells, strict=True))
    assert bool(caught) == (not exact)


@given(data(kinds=("text", "integer", "float", "unordered", "ordered"), min_size=1), st.data())
def test_pools_survive_a_choice_of_rows(drawn, draws):
    kind, cells = drawn
    whole = attempted(in_arrow(kind, cells), Multiclass)
    rows = draws.draw(st.lists(st.integers(0, len(cells) - 1), max_size=5))
    part = selectrows(whole, rows)
    assert Pool.of(part) == Pool.of(whole)
    assert plain(part) == [plain(whole)[i] for i in rows]


@st.composite
def frames(draw):
    """Two columns of as many cells, by kind."""
    n = draw(st.integers(1, 5))
    return {name: draw(data(min_size=n, max_size=n)) for name in ("a", "b")}


def held(drawn, library):
    columns = {name: MAKERS[library](*one) for name, one in drawn.items()}
    return {"pandas": pd.DataFrame, "pyarrow": pa.table, "polars": pl.DataFrame}[library](columns)


@given(frames(), st.sampled_from(TARGETS), st.sampled_from(TARGETS))
def test_tables_are_coerced_iff_each_column_is_and_plans_say_so(drawn, first, second):
    rules = {"a": first, "b": second}
    for library in MAKERS:
        X = held(drawn, library)
        before = [plain(X[name]) for name in rules]
        single = {name: attempted(X[name], target) for name, target in rules.items()}
        bad = [name for name, result in single.items() if isinstance(result, CoercionError)]
        result = attempted(X, rules)
        planned = plan(X, rules)
        assert [step.name for step in planned if not step.ok] == bad
        assert planned.ok == (not bad)
        if bad:
            assert list(result.columns) == bad
            assert [step.reason for step in planned if not step.ok] == list(result.columns.values())
        else:
            assert type(result) is type(X)
            for step in planned:
                assert plain(result[step.name]) == plain(single[step.name])
                assert step.result == elscitype(result[step.name])
        assert [plain(X[name]) for name in rules] == before


PLAIN = Infinite | Finite | Textual | ScientificTimeType | Missing
tables = st.sampled_from(["dict", "pandas", "pyarrow", "polars"]).flatmap(
    lambda library: sts.tables({"a": PLAIN, "b": PLAIN}, library=library, min_rows=1)
)


@given(tables, st.sampled_from(TARGETS))
def test_any_table_is_coerced_or_refused_as_planned_and_read_as_itself(X, target):
    rules = {Found: target | Missing}
    planned, result = plan(X, rules), attempted(X, rules)
    assert planned.ok == (not isinstance(result, CoercionError))
    if not planned.ok:
        assert set(result.columns) == {step.name for step in planned if not step.ok}
        return
    assert type(result) is type(X)
    assert all(kind <= target | Missing for kind in schema(result).scitypes)
    assert [step.result for step in planned] == schema(result).scitypes
    read = coerce(result, schema(result))
    assert schema(read).pools == schema(result).pools
    assert schema(read).scitypes == schema(result).scitypes


@given(frames(), st.booleans())
def test_the_three_libraries_are_read_alike_through_a_schema(drawn, labels):
    train = held(drawn, "pandas")
    if labels:
        train = attempted(train, dict.fromkeys(train, Multiclass))
    fitted = schema(train)
    expected = coerce(held(drawn, "pandas"), fitted)
    for library in ("pyarrow", "polars"):
        X = held(drawn, library)
        result = coerce(X, fitted)
        assert schema(result).names == fitted.names
        assert schema(result).pools == schema(expected).pools
        for name in fitted.names:
            assert plain(result[name]) == plain(expected[name])
        hold = all(pool is None or holds(pool, X) for pool in fitted.pools)
        assert type(result) is (type(X) if hold else pd.DataFrame)


@given(frames())
def test_columns_that_are_absent_or_extra_are_told_alike(drawn):
    fitted = schema(held({"a": drawn["a"], "c": drawn["b"]}, "pandas"))
    told = set()
    for library in MAKERS:
        X = held(drawn, library)
        with pytest.raises(SchemaMismatch) as caught:
            coerce(X, fitted)
        told.add((caught.value.absent, caught.value.extra))
        assert not plan(X, fitted)
    assert told == {(("c",), ("b",))}
