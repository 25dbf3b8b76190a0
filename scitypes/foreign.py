"""Columns of polars and Arrow: as a Series of pandas, and back into their own library.

Owns what the two libraries can hold. The conversions themselves are those of pandas columns, so
that the three libraries give one answer: a column comes in with `to_series`, which changes no
value, no scitype and no level, and goes back with `from_series`, which refuses what the library
can't hold exactly. polars and pyarrow are imported by the functions that make their columns, and
only for data that came from them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scitypes import libraries, missingness
from scitypes.factors import as_text
from scitypes.labels import objects
from scitypes.lattice import ScientificDate, ScientificTime, Scitype, Textual, nonmissing
from scitypes.messages import listed
from scitypes.outcomes import Refusal
from scitypes.pools import Pool, as_categorical


def to_series(column: Any, name: Hashable) -> pd.Series[Any]:
    """A polars or Arrow column as a Series that keeps scitype, levels and missing cells.

    Integers and booleans with missing cells get pandas' nullable dtypes, so that they stay
    integers and booleans; dates and times are Python's.

    Raises:
        Refusal: times of day with nanoseconds, which Python's do not have.

    >>> import pyarrow
    >>> to_series(pyarrow.array([31, None]), "age").tolist()
    [31, <NA>]
    """
    categorical = as_categorical(column)
    if categorical is not None:
        return pd.Series(categorical, name=name)
    read = _arrow_values if libraries.library(column) == "pyarrow" else _polars_values
    return pd.Series(read(column), name=name)


def from_series(series: pd.Series[Any], target: Scitype, like: Any) -> Any:
    """A Series as a column of the library that `like` is of.

    Arrow: double, int64, dictionary (int32 positions, all levels, the order flag), string, date32,
    time64, timestamp. polars: Float64 with nulls for missing, Int64, Enum, String, Date, Time,
    Datetime. What was of that kind before keeps its type, such as int8 or large_string.

    Args:
        series: the values, `(n_rows,)`.
        target: the scitype they were converted to, which types columns without any value.
        like: the column they come from.

    Raises:
        Refusal: the library can't hold them.

    >>> import pyarrow
    >>> from scitypes.lattice import Continuous
    >>> from_series(pd.Series([1.5, np.nan]), Continuous, pyarrow.array(["1.5", None])).to_pylist()
    [1.5, None]
    """
    write = _to_arrow if libraries.library(like) == "pyarrow" else _to_polars
    return write(series, nonmissing(target), like)


def with_columns(X: Any, new: Mapping[int, Any]) -> Any:
    """The polars or Arrow table with the columns at some positions exchanged.

    >>> import pyarrow
    >>> X = pyarrow.table({"a": [1], "b": [2]})
    >>> with_columns(X, {1: pyarrow.chunked_array([[2.5]])}).to_pydict()
    {'a': [1], 'b': [2.5]}
    """
    if not new:
        return X
    if libraries.library(X) == "polars":
        return X.with_columns([values.alias(X.columns[i]) for i, values in new.items()])
    import pyarrow

    fields = [
        pyarrow.field(old.name, new[i].type, metadata=old.metadata) if i in new else old
        for i, old in enumerate(X.schema)
    ]
    columns = [new.get(i, old) for i, old in enumerate(X.columns)]
    if type(X).__name__ == "RecordBatch":
        columns = [_whole(column) for column in columns]
    schema = pyarrow.schema(fields, metadata=_metadata(X.schema, [fields[i].name for i in new]))
    return type(X).from_arrays(columns, schema=schema)


def holds(pool: Pool, like: Any) -> bool:
    """Whether the library of a column or table can hold each column with this pool.

    >>> import polars
    >>> holds(Pool(("a", "b")), polars.DataFrame()), holds(Pool(("a", "b"), True), polars.Series())
    (False, True)
    """
    if libraries.library(like) == "polars":
        return pool.ordered and all(isinstance(level, str) for level in pool.levels)
    return _dictionary(pool, None) is not None


# from Arrow


def _arrow_values(column: Any) -> Any:
    import pyarrow
    from pyarrow import types

    kind = column.type
    if types.is_integer(kind) or types.is_boolean(kind):
        gone = np.asarray(missingness.missing_mask(column))
        filled = column.fill_null(False if types.is_boolean(kind) else 0)
        return _nullable(_numpy(filled), gone)
    if types.is_floating(kind):
        values = _numpy(column.cast(pyarrow.float32()) if types.is_float16(kind) else column)
        return values.copy() if len(values) else values.astype(kind.to_pandas_dtype())
    if types.is_timestamp(kind):
        return column.to_pandas().array
    if types.is_time64(kind) and kind.unit == "ns":
        nanoseconds = _numpy(column.cast(pyarrow.int64()).fill_null(0))
        _demand_microseconds(nanoseconds)
    if _family_of_arrow(kind) != "text":
        return objects(column.to_pylist())
    texts: Any = pd.Series(as_text([])).dtype
    read = isinstance(texts, pd.StringDtype)  # without a copy; before pandas 3 texts are objects
    return texts.__from_arrow__(column) if read else as_text(column.to_pylist())


def _numpy(column: Any) -> Any:
    chunked = hasattr(column, "chunks")
    return column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False)


def _nullable(values: Any, gone: Any) -> Any:
    if not gone.any():
        return np.array(values)
    boolean = values.dtype.kind == "b"
    kind: Any = pd.arrays.BooleanArray if boolean else pd.arrays.IntegerArray
    return kind(np.array(values), gone)


def _family_of_arrow(kind: Any) -> str:
    from pyarrow import types

    tests: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        ("boolean", types.is_boolean),
        ("integer", types.is_integer),
        ("float", types.is_floating),
        ("text", types.is_string),
        ("text", types.is_large_string),
        ("text", getattr(types, "is_string_view", lambda kind: False)),  # pyarrow 16 has it
        ("date", types.is_date32),
        ("time", types.is_time),
        ("moment", types.is_timestamp),
    )
    return next((family for family, test in tests if test(kind)), "")


# from polars


def _polars_values(column: Any) -> Any:
    family = _family_of_polars(column.dtype)
    gone = column.is_null().to_numpy()
    if family in ("integer", "boolean"):
        filled = column.fill_null(False) if family == "boolean" else column.fill_null(0)
        return _nullable(filled.to_numpy(), gone)
    if family == "float":
        return np.array(column.to_numpy(), dtype=np.float64)
    if family == "moment":
        moments = pd.Series(np.array(column.dt.replace_time_zone(None).to_numpy()))
        zone = column.dtype.time_zone
        if zone is None:
            return moments.array
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return pd.Series(np.array(utc.to_numpy())).dt.tz_localize("UTC").dt.tz_convert(zone).array
    if family == "time":
        _demand_microseconds(column.to_physical().fill_null(0).to_numpy())
    return as_text(column.to_list()) if family == "text" else objects(column.to_list())


def _demand_microseconds(nanoseconds: Any) -> None:
    rows = np.flatnonzero(nanoseconds % 1000).tolist()
    if rows:
        raise Refusal(
            "times of day are read to the microsecond, and these have nanoseconds",
            "times of whole microseconds",
            rows,
            [f"{nanoseconds[row]} ns" for row in rows],
            "round them first, in their own library",
        )


def _family_of_polars(dtype: Any) -> str:
    name = type(dtype).__name__ if not isinstance(dtype, type) else dtype.__name__
    if name.startswith(("Int", "UInt")):
        return "" if name.endswith("128") else "integer"
    if name.startswith("Float"):
        return "float"
    names = {"Boolean": "boolean", "String": "text", "Date": "date", "Time": "time"}
    return {**names, "Datetime": "moment"}.get(name, "")


# to either


def _family(series: Any, target: Scitype) -> str:
    """What the values of a Series are; object columns are what they were converted to."""
    kind = getattr(series.dtype, "kind", "O")
    families = {"b": "boolean", "i": "integer", "u": "integer", "f": "float", "M": "moment"}
    if kind in families:
        return families[kind]
    by_target = ((Textual, "text"), (ScientificDate, "date"), (ScientificTime, "time"))
    return next((family for whole, family in by_target if target <= whole), "")


def _cells(series: Any) -> list[Any]:
    """The values as a list, None where missing."""
    gone = missingness.missing_mask(series)
    return [None if g else cell for cell, g in zip(series, gone, strict=True)]


# to Arrow


def _to_arrow(series: Any, target: Scitype, like: Any) -> Any:
    import pyarrow

    categorical = as_categorical(series)
    if categorical is not None:
        array = _arrow_levels(categorical, like)
    else:
        array = _arrow_array(series, target, like)
    return pyarrow.chunked_array([array]) if hasattr(like, "chunks") else array


def _arrow_levels(categorical: Any, like: Any) -> Any:
    import pyarrow

    pool = Pool.of(categorical)
    dictionary = _dictionary(pool, like)
    if dictionary is None:
        raise Refusal(
            f"Arrow can't hold the levels {listed(pool.levels, 10)}",
            "levels of one type that Arrow has, such as strings, integers or dates",
            remedy="make strings of the labels first, or convert to pandas, .to_pandas(), and "
            "coerce there",
        )
    codes = np.asarray(categorical.codes)
    indices = pyarrow.array(codes.astype(np.int32), mask=codes < 0)
    return pyarrow.DictionaryArray.from_arrays(indices, dictionary, ordered=pool.ordered)


def _dictionary(pool: Pool, like: Any) -> Any:
    """The levels as an Arrow array from which the same pool is read, or None."""
    import pyarrow
    from pyarrow import types

    labels = list(pool.levels)
    kind = None
    if all(isinstance(label, str) for label in labels):
        given = getattr(like, "type", None)
        given = getattr(given, "value_type", given)
        large = given is not None and types.is_large_string(given)
        kind = pyarrow.large_string() if large else pyarrow.string()
    elif all(type(label) is int and label >= 0 for label in labels) and max(labels) >= 2**63:
        kind = pyarrow.uint64()
    try:
        values = pyarrow.array(labels, kind)
        indices = pyarrow.array(np.arange(len(labels), dtype=np.int32))
        whole = pyarrow.DictionaryArray.from_arrays(indices, values, ordered=pool.ordered)
        return values if Pool.of(whole) == pool else None
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _arrow_array(series: Any, target: Scitype, like: Any) -> Any:
    import pyarrow

    family = _family(series, target)
    kept = like.type if family and _family_of_arrow(like.type) == family else None
    if family == "moment":
        return _arrow_moments(series, kept)
    if family in ("integer", "boolean"):
        gone = np.asarray(missingness.missing_mask(series))
        array = pyarrow.array(_unmasked(series, gone), mask=gone)
    elif family == "float":
        array = pyarrow.array(series.to_numpy(), from_pandas=True)
    else:
        natural = {"text": pyarrow.string(), "date": pyarrow.date32(), "time": pyarrow.time64("us")}
        return pyarrow.array(_cells(series), kept or natural.get(family))
    natural = {"integer": array.type, "boolean": array.type, "float": pyarrow.float64()}
    return array.cast(kept or natural[family])


def _unmasked(series: Any, gone: Any) -> Any:
    plain = getattr(series.dtype, "numpy_dtype", series.dtype)
    return series.to_numpy(dtype=plain, na_value=0) if gone.any() else series.to_numpy(dtype=plain)


def _arrow_moments(series: Any, kept: Any) -> Any:
    import pyarrow

    array = pyarrow.array(series.array, from_pandas=True)
    if kept is not None:
        return array.cast(kept)
    try:
        return array.cast(pyarrow.timestamp("us", array.type.tz))
    except pyarrow.ArrowInvalid:  # nanoseconds
        return array


def _whole(column: Any) -> Any:
    import pyarrow

    return pyarrow.concat_arrays(column.chunks) if hasattr(column, "chunks") else column


def _metadata(schema: Any, changed: list[str]) -> Any:
    """The metadata of a table, without what pandas has written there about columns that changed.

    pandas would give these their old dtypes again.
    """
    metadata = dict(schema.metadata or {})
    if b"pandas" in metadata:
        record = json.loads(metadata[b"pandas"])
        record["columns"] = [
            column for column in record["columns"] if column.get("field_name") not in changed
        ]
        metadata[b"pandas"] = json.dumps(record).encode()
    return metadata or None


# to polars


def _to_polars(series: Any, target: Scitype, like: Any) -> Any:
    import polars

    categorical = as_categorical(series)
    if categorical is not None:
        return _polars_levels(categorical, like)
    family = _family(series, target)
    kept = like.dtype if family and _family_of_polars(like.dtype) == family else None
    if family == "moment":
        return _polars_moments(series, like, kept)
    if family in ("integer", "boolean"):
        gone = np.asarray(missingness.missing_mask(series))
        column = polars.Series(like.name, _unmasked(series, gone), dtype=kept)
        return column.scatter(np.flatnonzero(gone), None) if gone.any() else column
    if family == "float":
        values = series.to_numpy(dtype=np.float64)
        return polars.Series(like.name, values, nan_to_null=True).cast(kept or polars.Float64)
    natural = {"text": polars.String, "date": polars.Date, "time": polars.Time}
    return polars.Series(like.name, _cells(series), dtype=kept or natural.get(family))


def _polars_levels(categorical: Any, like: Any) -> Any:
    import polars

    pool = Pool.of(categorical)
    if not all(isinstance(level, str) for level in pool.levels):
        raise _not_in_polars(
            "levels that are no strings",
            "make strings of them, .cast(polars.String), for OrderedFactor",
        )
    if pool.ordered:
        return _polars_labels(categorical, pool, like.name, polars.Enum(list(pool.levels)))
    if type(like.dtype).__name__ == "Categorical":
        column = _polars_labels(categorical, pool, like.name, like.dtype)
        if Pool.of(column) == pool:
            return column
    raise _not_in_polars(
        "an unordered pool of levels", "coerce to OrderedFactor with levels=[...] in their order"
    )


def _polars_labels(categorical: Any, pool: Pool, name: str, dtype: Any) -> Any:
    import polars

    labels = polars.Series(name, [*pool.levels, None], dtype=dtype)
    codes = np.asarray(categorical.codes, dtype=np.int64)
    return labels.gather(np.where(codes < 0, len(pool), codes))


def _not_in_polars(what: str, otherwise: str) -> Refusal:
    return Refusal(
        f"polars can't hold {what}",
        "OrderedFactor with levels that are strings, which a polars Enum holds",
        remedy=f"convert first, .to_pandas() or .to_arrow(), then coerce; or {otherwise}",
    )


def _polars_moments(series: Any, like: Any, kept: Any) -> Any:
    import polars

    zone = getattr(series.dtype, "tz", None)
    values = series if zone is None else series.dt.tz_convert("UTC").dt.tz_localize(None)
    values = values.to_numpy()
    whole = values.astype("M8[us]")
    exact = bool((whole.astype(values.dtype) == values)[~np.isnat(values)].all())
    column = polars.Series(like.name, whole if exact else values.astype("M8[ns]"))
    try:
        if zone is not None:
            column = column.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
    except polars.exceptions.PolarsError:
        raise Refusal(
            f"polars can't hold the time zone {zone}",
            "no time zone, or the name of a region such as Europe/Berlin",
            remedy="convert first, .to_pandas() or .to_arrow(), then coerce",
        ) from None
    return column if kept is None else column.cast(kept)
