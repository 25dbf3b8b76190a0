"""Coercing columns and tables of polars and Arrow: the same answers, in the same library."""

import datetime as dt
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

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
    ScitypeWarning,
    Table,
    Textual,
    Unknown,
    Vector,
    coerce,
    elscitype,
    levels,
    schema,
    scitype,
)
from scitypes.foreign import holds, to_series
from scitypes.pools import Pool

DAY, OTHER = dt.date(2024, 5, 31), dt.date(2023, 1, 1)
MOMENT = dt.datetime(2024, 5, 31, 17, 30)
MIDNIGHT = dt.datetime(2024, 5, 31)


class Refused(str):
    """A part of the text of the error."""


UNORDERED = Refused("polars can't hold an unordered pool of levels")
NO_STRINGS = Refused("polars can't hold levels that are no strings")


class Case(NamedTuple):
    values: list[Any]
    target: Any
    result: Any  # the values that come out, or how all libraries refuse
    arrow: str = ""  # the type that comes out of an Arrow array
    polars: str = ""  # the dtype that comes out of a polars Series, or how polars refuses
    options: Mapping[str, Any] = MappingProxyType({})


def dictionary(values, ordered=0):
    return f"dictionary<values={values}, indices=int32, ordered={ordered}>"


def moment(unit="us", zone=None):
    return f"Datetime(time_unit={unit!r}, time_zone={zone!r})"


SIZES = {"levels": ["S", "M", "L"]}
CASES = [
    # to Continuous
    Case([1, None, 3], Continuous, [1.0, None, 3.0], "double", "Float64"),
    Case([1, None, 3], Continuous | Missing, [1.0, None, 3.0], "double", "Float64"),
    Case([True, None, False], Continuous, [1.0, None, 0.0], "double", "Float64"),
    Case(["1.5", " 2", None], Continuous, [1.5, 2.0, None], "double", "Float64"),
    Case([1.5, None], Continuous, [1.5, None], "double", "Float64"),
    Case([None, None], Continuous, [None, None], "double", "Float64"),
    Case([], Continuous, [], "double", "Float64"),
    Case(["1", "x", None], Continuous, Refused("1 of 3 values is not a number")),
    Case([DAY], Continuous, Refused("1 of 1 value is not a number")),
    Case(["1,200"], Continuous, Refused("'1,200' (row 0)")),
    # to Count and Infinite
    Case([1, None, 3], Count, [1, None, 3], "int64", "Int64"),
    Case([True, None], Count, [True, None], "bool", "Boolean"),
    Case([1.0, None, 3.0], Count, [1, None, 3], "int64", "Int64"),
    Case(["7", None], Count, [7, None], "int64", "Int64"),
    Case([str(2**63), "1"], Count, [2**63, 1], "uint64", "UInt64"),
    Case([None, None], Count, [None, None], "int64", "Int64"),
    Case([1.5, 2.0], Count, Refused("1.5 (row 0)")),
    Case(["1", "2"], Infinite, [1, 2], "int64", "Int64"),
    Case(["1", "2.5"], Infinite, [1.0, 2.5], "double", "Float64"),
    Case([1, None], Infinite, [1, None], "int64", "Int64"),
    # to Finite
    Case(["b", "a", None], Multiclass, ["b", "a", None], dictionary("string"), UNORDERED),
    Case(["b", "a"], Finite, ["b", "a"], dictionary("string"), UNORDERED),
    Case(["S"], Multiclass, ["S"], dictionary("string"), UNORDERED, SIZES),
    Case([2, None, 1], Multiclass, [2, None, 1], dictionary("int64"), NO_STRINGS),
    Case([2, 1], OrderedFactor, [2, 1], dictionary("int64", 1), NO_STRINGS),
    Case([1.5, 1.0], Multiclass, [1.5, 1.0], dictionary("double"), NO_STRINGS),
    Case([True, False], OrderedFactor, [True, False], dictionary("bool", 1), NO_STRINGS),
    Case([DAY, OTHER], Multiclass, [DAY, OTHER], dictionary("date32[day]"), NO_STRINGS),
    Case([], OrderedFactor, [], dictionary("string", 1), "Enum(categories=[])"),
    Case(
        ["b", None, "a"],
        OrderedFactor,
        ["b", None, "a"],
        dictionary("string", 1),
        "Enum(categories=['a', 'b'])",
    ),
    Case(
        ["S", "L"],
        OrderedFactor | Missing,
        ["S", "L"],
        dictionary("string", 1),
        "Enum(categories=['S', 'M', 'L'])",
        SIZES,
    ),
    Case(["S", "XL"], OrderedFactor, Refused("'XL' (row 1)"), options=SIZES),
    Case(["a", "b"], Multiclass[3], Refused("2 levels, not as many as Multiclass[3] says")),
    Case([1], Continuous, Refused("Continuous has no levels"), options=SIZES),
    # to Textual
    Case(["a", None], Textual, ["a", None], "string", "String"),
    Case([None], Textual, [None], "string", "String"),
    Case([1, 2], Textual, Refused("Count is not turned into text")),
    # to dates and times
    Case(["2024-05-31", None], ScientificDate, [DAY, None], "date32[day]", "Date"),
    Case([MIDNIGHT], ScientificDate, [DAY], "date32[day]", "Date"),
    Case([MOMENT], ScientificDate, Refused("is not a date")),
    Case(["31.5.2024"], ScientificDate, Refused("'31.5.2024' (row 0)")),
    Case([None], ScientificDate, [None], "date32[day]", "Date"),
    Case(["17:30", None], ScientificTime, [dt.time(17, 30), None], "time64[us]", "Time"),
    Case([dt.time(1)], ScientificTime, [dt.time(1)], "time64[us]", "Time"),
    Case([DAY, None], ScientificDateTime, [MIDNIGHT, None], "timestamp[us]", moment()),
    Case(["2024-05-31 17:30"], ScientificDateTime, [MOMENT], "timestamp[us]", moment()),
    Case(
        ["2024-05-31T17:30Z"],
        ScientificDateTime,
        [MOMENT.replace(tzinfo=dt.UTC)],
        "timestamp[us, tz=UTC]",
        moment(zone="UTC"),
    ),
    Case(
        ["2024-05-31T17:30+02:00"],
        ScientificDateTime,
        [MOMENT.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))],
        "timestamp[us, tz=+02:00]",
        Refused("polars can't hold the time zone UTC+02:00"),
    ),
    # to nothing
    Case([1], Unknown, Refused("nothing is coerced to Unknown")),
]
IDS = [f"{case.values} to {case.target}" for case in CASES]
LIBRARIES = {
    "pandas": lambda values: pd.Series(values, name="x", dtype=object),
    "pyarrow": lambda values: pa.chunked_array([pa.array(values)]),
    "polars": lambda values: pl.Series("x", values),
}


def quietly(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScitypeWarning)
        return coerce(*args, **options)


def refusal(*args, **options):
    with pytest.raises(CoercionError) as caught:
        quietly(*args, **options)
    return caught.value


def plain(column):
    return column.to_pylist() if isinstance(column, pa.ChunkedArray | pa.Array) else list(column)


def kind(column):
    return str(column.type if isinstance(column, pa.ChunkedArray | pa.Array) else column.dtype)


@pytest.mark.parametrize("library", ["pyarrow", "polars"])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_column_becomes_what_was_asked_for_in_its_own_library(case, library):
    column = LIBRARIES[library](case.values)
    wanted = case.polars if library == "polars" else case.arrow
    refused = next((text for text in (case.result, wanted) if isinstance(text, Refused)), None)
    if refused:
        assert refused in str(refusal(column, case.target, **case.options))
        return
    result = quietly(column, case.target, **case.options)
    assert type(result) is type(column)
    assert kind(result) == wanted
    assert plain(result) == case.result
    assert plain(column) == case.values
    again = quietly(result, case.target, **case.options)
    assert (kind(again), plain(again)) == (kind(result), plain(result))
    if any(value is not None for value in case.values):
        assert again is result
        assert scitype(result) <= Vector[case.target | Missing]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_three_libraries_give_one_answer(case):
    """In scitype, levels and values where they can hold it, and in what they refuse."""
    answers = []
    for library, make in LIBRARIES.items():
        if library == "polars" and isinstance(case.polars, Refused):
            continue
        try:
            result = quietly(make(case.values), case.target, **case.options)
        except CoercionError as error:
            text = error.columns["x" if library != "pyarrow" else None]
            answers.append(text.replace(repr(pd.Timestamp(MOMENT)), repr(MOMENT)))
            continue
        found = elscitype(result) if len(result) else None
        answers.append((found, levels(result) if case.target <= Finite | Missing else None))
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("target", [Count, Count | Missing, Infinite])
def test_what_it_already_is_stays_the_very_column(target):
    for column in (pl.Series("a", [1, None]), pa.array([1, 2]), pa.chunked_array([[1], [2]])):
        assert quietly(column, target) is column
    X = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert coerce(X, {"a": target, Textual: Textual}) is X
    Y = X.to_arrow()
    assert coerce(Y, {"a": target, Textual: Textual}) is Y


def test_arrays_stay_arrays_and_chunks_become_one():
    assert isinstance(coerce(pa.array([1]), Continuous), pa.Array)
    chunked = pa.chunked_array([["a"], ["b", None]])
    result = coerce(chunked, Multiclass | Missing)
    assert isinstance(result, pa.ChunkedArray)
    assert (result.num_chunks, result.to_pylist()) == (1, ["a", "b", None])


def test_whole_tables_of_arrow_and_polars():
    X = pa.table({"age": [31, None], "sex": ["f", "m"]})
    result = coerce(X, {"age": Continuous | Missing, Textual: Multiclass})
    assert isinstance(result, pa.Table)
    assert scitype(result) == Table(Continuous | Missing, Multiclass[2])
    F = pl.DataFrame({"size": ["S", "L"], "n": [1, 2], "rest": [True, False]})
    result = coerce(F, {"size": OrderedFactor, "n": Continuous}, levels={"size": ["S", "M", "L"]})
    assert result.schema == {
        "size": pl.Enum(["S", "M", "L"]),
        "n": pl.Float64,
        "rest": pl.Boolean,
    }
    assert result.rows() == [("S", 1.0, True), ("L", 2.0, False)]
    assert F.schema["size"] == pl.String


def test_record_batches_stay_record_batches():
    X = pa.RecordBatch.from_pydict({"a": [1, 2], "b": ["x", "y"]})
    result = coerce(X, {Textual: Multiclass, "a": Continuous})
    assert isinstance(result, pa.RecordBatch)
    assert scitype(result) == Table(Continuous, Multiclass[2])


def test_dicts_keep_their_columns_of_other_libraries():
    X = {"a": pl.Series([1, 2]), "b": pa.array(["x", "y"]), "c": [1, 2]}
    result = coerce(X, {Count: Continuous, Textual: Multiclass})
    assert result["a"].dtype == pl.Float64
    assert isinstance(result["b"], pa.DictionaryArray)
    assert isinstance(result["c"], np.ndarray)


def test_all_columns_that_fail_are_told_in_one_error_with_values_and_rows():
    data = {"a": ["1", "x", "y"], "b": [1.5, 2.0, None], "c": ["u", "v", "u"], "d": [1, 2, 3]}
    rules = {"a": Count, "b": Count, "c": Multiclass, "d": Continuous}
    assert str(refusal(pa.table(data), {**rules, "c": Multiclass[3]})) == (
        "3 columns can't be coerced, and none was.\n"
        "  expected: column 'a': numbers, or numerals such as '12', '-0.5' or '1e3'\n"
        "    column 'b': whole numbers, such as 3, 3.0 or '3'\n"
        "    column 'c': Multiclass[3]\n"
        "  received: column 'a': from Textual to Count: 2 of 3 values are not numbers: 'x' (row 1),"
        " 'y' (row 2)\n"
        "    column 'b': from Continuous | Missing to Count: 1 of 3 values is not a whole number "
        "within 64 bits: 1.5 (row 0)\n"
        "    column 'c': from Textual to Multiclass[3]: 2 levels, not as many as Multiclass[3] "
        "says\n"
        "  to do: column 'a': if these stand for missing: coerce(..., missing=['x', 'y'])\n"
        "    column 'b': round them first, x.round(), or coerce to Continuous\n"
        "    column 'c': the levels are 'u', 'v'; name all of them in levels=[...] if some do not "
        "occur, or drop the number"
    )
    error = refusal(pl.DataFrame(data), rules)
    assert list(error.columns) == ["a", "b", "c"]
    assert error.rows == {"a": [1, 2], "b": [0], "c": []}


def test_what_polars_cannot_hold_is_refused_with_the_calls_to_make():
    X = pl.DataFrame({"sex": ["f", "m"], "n": [1, 2]})
    error = refusal(X, {"sex": Multiclass})
    assert str(error) == (
        "Column 'sex' can't be coerced from Textual to Multiclass: polars can't hold an unordered "
        "pool of levels.\n"
        "  expected: OrderedFactor with levels that are strings, which a polars Enum holds\n"
        "  to do: convert first, .to_pandas() or .to_arrow(), then coerce; or coerce to "
        "OrderedFactor with levels=[...] in their order"
    )
    for other in (X.to_pandas(), X.to_arrow()):
        assert scitype(coerce(other, {Found: Multiclass})) == Table(Multiclass[2])
    assert coerce(X, {"sex": OrderedFactor}, levels={"sex": ["m", "f"]})["sex"].dtype == pl.Enum(
        ["m", "f"]
    )
    error = refusal(X, {"n": OrderedFactor})
    assert ".cast(polars.String)" in error.remedy
    cast = X.with_columns(pl.col("n").cast(pl.String))
    assert elscitype(quietly(cast, {"n": OrderedFactor})["n"]) == OrderedFactor[2]


def test_enums_and_categoricals_of_polars():
    sizes = pl.Series("size", ["S", None, "L"], dtype=pl.Enum(["S", "M", "L"]))
    assert coerce(sizes, OrderedFactor | Missing) is sizes
    assert coerce(sizes, Finite | Missing) is sizes
    assert coerce(sizes, Count | Missing).to_list() == [0, None, 2]
    assert coerce(sizes, Textual | Missing).to_list() == ["S", None, "L"]
    assert "unordered pool" in str(refusal(sizes, Multiclass))
    other = coerce(sizes, OrderedFactor | Missing, levels=["L", "S"])
    assert (other.dtype, other.to_list()) == (pl.Enum(["L", "S"]), ["S", None, "L"])
    kinds = pl.Series("kind", ["b", "a", "?"], dtype=pl.Categorical)
    assert coerce(kinds, Multiclass) is kinds
    assert coerce(kinds, Multiclass[3]) is kinds
    assert quietly(kinds, OrderedFactor).dtype == pl.Enum(["?", "a", "b"])
    without = coerce(kinds, Multiclass | Missing, missing=["?"])
    assert (without.dtype, without.to_list()) == (pl.Categorical, ["b", "a", None])
    assert "unordered pool" in str(refusal(kinds, Multiclass, levels=["a", "b", "?", "unused"]))


def test_dictionaries_of_arrow():
    labels = pa.array(["b", "a", "unused"])
    array = pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), labels)
    assert coerce(array, Multiclass | Missing) is array
    ordered = coerce(array, OrderedFactor | Missing)
    assert (levels(ordered), ordered.type.ordered) == (["b", "a", "unused"], True)
    assert coerce(array, Count | Missing).to_pylist() == [0, None, 1]
    assert coerce(array, Textual | Missing).to_pylist() == ["b", None, "a"]
    without = coerce(array, Multiclass | Missing, missing=["a"])
    assert (levels(without), without.to_pylist()) == (["b", "unused"], ["b", None, None])


def test_types_that_need_not_change_stay_where_values_become_missing():
    small = pa.array([1, -9, 3], pa.int8())
    result = coerce(small, Count | Missing, missing=[-9])
    assert (result.type, result.to_pylist()) == (pa.int8(), [1, None, 3])
    texts = pa.array(["a", "?"], pa.large_string())
    result = coerce(texts, Textual | Missing, missing=["?"])
    assert (result.type, result.to_pylist()) == (pa.large_string(), ["a", None])
    assert coerce(texts, Multiclass).type.value_type == pa.large_string()
    short = pl.Series("a", [1, -9], dtype=pl.Int16)
    result = coerce(short, Count | Missing, missing=[-9])
    assert (result.dtype, result.to_list()) == (pl.Int16, [1, None])
    single = pl.Series("a", [1.5, -9.0], dtype=pl.Float32)
    result = coerce(single, Continuous | Missing, missing=[-9])
    assert (result.dtype, result.to_list()) == (pl.Float32, [1.5, None])


def test_nanoseconds_are_not_cut_and_zones_stay():
    text = "2024-05-31T17:30:00.000000001"
    assert coerce(pa.array([text]), ScientificDateTime).type == pa.timestamp("ns")
    assert coerce(pl.Series([text]), ScientificDateTime).dtype == pl.Datetime("ns")
    berlin = pl.Series("t", [MOMENT, None]).dt.replace_time_zone("Europe/Berlin")
    again = coerce(berlin, ScientificDateTime | Missing, missing=["never"])
    assert again is berlin
    series = to_series(berlin, "t")
    assert series[0] == pd.Timestamp(MOMENT, tz="Europe/Berlin")
    assert pd.isna(series[1])


def test_times_with_nanoseconds_stay_or_are_refused_but_not_cut():
    for column in (pa.array([1000, 1001], pa.time64("ns")), pl.Series([1000, 1001], dtype=pl.Time)):
        assert coerce(column, ScientificTime) is column
        error = refusal(column, OrderedFactor)
        assert "'1001 ns' (row 1)" in error.received
        assert "nanoseconds" in error.failed
    whole = pa.array([1000, None], pa.time64("ns"))
    assert levels(coerce(whole, Multiclass | Missing)) == [dt.time(microsecond=1)]


def test_dates_in_milliseconds_become_dates_in_days():
    column = pa.array([DAY, None], pa.date64())
    result = coerce(column, ScientificDate | Missing)
    assert elscitype(result) == ScientificDate | Missing
    assert result.to_pylist() == [DAY, None]


def test_levels_beyond_the_signed_integers_stay_what_they_are():
    column = pa.array([2**63, 1], pa.uint64())
    result = coerce(column, Multiclass)
    assert result.type.value_type == pa.uint64()
    assert levels(result) == [1, 2**63]


def test_nan_in_a_float_column_is_missing_in_both():
    numbers = [1.0, float("nan")]
    assert coerce(pl.Series("a", numbers), Count | Missing).to_list() == [1, None]
    assert coerce(pa.array(numbers), Count | Missing).to_pylist() == [1, None]


def test_missing_values_and_guessed_orders_are_told():
    with pytest.warns(ScitypeWarning, match=r"column 'a': 1 missing value of 2: .*\| Missing"):
        coerce(pl.DataFrame({"a": [1, None]}), {"a": Continuous})
    with pytest.warns(ScitypeWarning, match="alphabetical order, 'L', 'S'"):
        coerce(pa.table({"a": ["S", "L"]}), {"a": OrderedFactor})


@pytest.mark.parametrize(
    "labels", [[1, "1"], [1, 2.5], [pd.Interval(0, 1)], [(1, 2)]], ids=["types", "1", "ends", "2"]
)
def test_levels_that_arrow_cannot_hold_exactly_are_refused(labels):
    column = pa.array([None, None])
    error = refusal(column, Multiclass | Missing, levels=labels)
    assert "Arrow can't hold the levels" in error.failed
    assert "one type" in error.expected
    assert ".to_pandas()" in error.remedy
    assert levels(coerce(column.to_pandas(), Multiclass | Missing, levels=labels)) == labels


def test_what_arrow_keeps_beside_the_data_stays_and_does_not_mislead_pandas():
    df = pd.DataFrame({"n": pd.array([1, None], "Int64"), "s": ["a", "b"], "rest": [1, 2]})
    X = pa.Table.from_pandas(df)
    X = X.replace_schema_metadata({**X.schema.metadata, b"source": b"here"})
    result = coerce(X, {"n": Continuous | Missing, "s": Multiclass})
    assert result.schema.metadata[b"source"] == b"here"
    back = result.to_pandas()
    assert [str(dtype) for dtype in back.dtypes] == ["float64", "category", "int64"]
    field = pa.field("a", pa.int64(), metadata={b"unit": b"kg"})
    Y = pa.table([pa.array([1])], schema=pa.schema([field]))
    assert coerce(Y, {"a": Continuous}).schema.field("a").metadata == {b"unit": b"kg"}
    assert coerce(Y, {"a": Continuous}).schema.metadata is None


@pytest.mark.parametrize(
    ("pool", "arrow", "polars"),
    [
        (Pool(("a", "b"), ordered=True), True, True),
        (Pool(("a", "b")), True, False),
        (Pool((1, 2), ordered=True), True, False),
        (Pool((1, "1"), ordered=True), False, False),
        (Pool((), ordered=True), True, True),
    ],
)
def test_what_a_library_holds(pool, arrow, polars):
    assert holds(pool, pa.table({})) is arrow
    assert holds(pool, pl.DataFrame()) is polars


# through a schema


TRAIN = pd.DataFrame(
    {
        "age": [31.5, 44.0],
        "size": pd.Categorical(["S", "L"], categories=["S", "M", "L"], ordered=True),
        "on": [True, False],
    }
)
NEW = {"on": [True, True], "age": [7, None], "size": ["M", "S"]}


def test_arrow_tables_are_read_through_a_schema_as_arrow_tables():
    fitted = schema(TRAIN.assign(sex=pd.Categorical(["f", "m"])))
    result = coerce(pa.table({**NEW, "sex": ["m", "m"]}), fitted)
    assert isinstance(result, pa.Table)
    assert result.column_names == fitted.names
    assert schema(result).pools == fitted.pools
    assert result.column("age").to_pylist() == [7.0, None]
    assert coerce(result, fitted) is not None
    assert coerce(result, fitted).equals(result)


def test_polars_frames_are_read_as_polars_where_polars_holds_each_pool():
    fitted = schema(TRAIN)
    result = coerce(pl.DataFrame(NEW), fitted)
    assert isinstance(result, pl.DataFrame)
    assert result.columns == fitted.names
    assert result.schema["size"] == pl.Enum(["S", "M", "L"])
    assert result["age"].to_list() == [7.0, None]


def test_polars_frames_become_pandas_where_polars_does_not_hold_a_pool():
    fitted = schema(TRAIN.assign(sex=pd.Categorical(["f", "m"])))
    result = coerce(pl.DataFrame({**NEW, "sex": ["m", None]}), fitted)
    assert isinstance(result, pd.DataFrame)
    assert schema(result).pools == fitted.pools
    assert result["sex"].tolist()[0] == "m"
    assert result["age"].tolist()[0] == 7.0
    mixed = schema({"a": pd.Categorical([1, "1"], categories=[1, "1"])})
    assert isinstance(coerce(pa.table({"a": ["1"]}), mixed), pd.DataFrame)


def test_vectors_of_both_are_read_through_a_schema():
    numbers = schema(pd.Series([1.5], name="y"))
    assert coerce(pl.Series("y", [1, None]), numbers).dtype == pl.Float64
    assert coerce(pa.array([1, 2]), numbers).type == pa.float64()
    labels = schema(pd.Series(["f", "m"], name="y", dtype="category"))
    assert coerce(pa.array(["m"]), labels).to_pylist() == ["m"]
    assert levels(coerce(pa.array(["m"]), labels)) == ["f", "m"]
    assert isinstance(coerce(pl.Series("y", ["m"]), labels), pd.Categorical)


def test_all_that_keeps_foreign_data_from_being_read_is_told_at_once():
    fitted = schema(TRAIN)
    for X in (pl.DataFrame({**NEW, "size": ["M", "XL"]}), pa.table({**NEW, "size": ["M", "XL"]})):
        other = X.drop("on") if isinstance(X, pl.DataFrame) else X.drop_columns(["on"])
        with pytest.raises(SchemaMismatch) as caught:
            coerce(other, fitted)
        assert list(caught.value.columns) == ["on", "size"]
        assert "'XL' (row 1)" in caught.value.columns["size"]
