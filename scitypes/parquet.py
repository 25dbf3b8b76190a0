"""Parquet files that keep pools whole: levels, order, unused ones, and the types of labels.

The file is an ordinary one, which any reader reads: labels stand in it as the texts, numbers or
dates that they are. What Parquet has no place for, the schema of the table, stands as JSON in the
metadata under the key `scitypes`. Labels that Arrow has no type for (intervals, periods, labels of
several types) are written as codes. pyarrow is imported when a function is called.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np
import pandas as pd

from scitypes import arrowcells
from scitypes.containers import series_of
from scitypes.errors import CoercionError, SchemaFileError, nearest
from scitypes.foreign import to_series
from scitypes.inference import elscitype
from scitypes.labels import objects
from scitypes.lattice import Unknown, nonmissing
from scitypes.levelling import decoder
from scitypes.libraries import library
from scitypes.messages import listed
from scitypes.pools import Pool
from scitypes.schemas import Schema, schema
from scitypes.tables import columns, names

_KEY = b"scitypes"
_LIBRARIES = ("pandas", "polars", "pyarrow")


def write_parquet(X: Any, path: str | PathLike[str]) -> None:
    """Write a table with its schema, from which `read_parquet` makes an equal one.

    Args:
        X: a table of any library, `(n_rows, n_columns)`; its columns have different names.
        path: the file, which is replaced if it is there.

    Raises:
        NotATable: `X` is no table.
        CoercionError: Parquet can't hold a column, or would change its cells (dates beside
            datetimes, tuples, sets); or names are the same once they are texts.
        LevelError: labels are of a type that has no form in JSON.
        ImportError: pyarrow is not installed.

    >>> import tempfile
    >>> df = pd.DataFrame({"size": pd.Categorical([3, 1], categories=[1, 2, 3], ordered=True)})
    >>> path = tempfile.mkdtemp() + "/typed.parquet"
    >>> write_parquet(df, path)
    >>> read_parquet(path)["size"].cat.categories.tolist()
    [1, 2, 3]
    """
    arrow = _pyarrow()
    titles = _titles(names(X))
    found = schema(X)
    table = _plain_table(X, titles, found)
    coded = []
    for i, (pool, (_, column)) in enumerate(zip(found.pools, columns(X), strict=True)):
        if pool is not None:
            labels = _labels(pool)
            coded += [titles[i]] if labels is None else []
            positions = pool.codes(column)
            places = arrow.array(positions, mask=positions < 0, type=arrow.int32())
            values = places if labels is None else labels.take(places)
            table = table.set_column(i, titles[i], values)
    record = {"format": 1, "schema": found.to_json(), "titles": titles, "coded": coded}
    metadata = {**(table.schema.metadata or {}), _KEY: json.dumps(record).encode()}
    import pyarrow.parquet

    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), fspath(path))


def read_parquet(path: str | PathLike[str], *, library: str = "pandas") -> Any:
    """The table that `write_parquet` wrote; any other Parquet file as it is.

    Args:
        path: the file.
        library: "pandas", "polars" or "pyarrow", whose table the result is.

    Returns:
        the table, every categorical column with its whole pool.

    Raises:
        FileNotFoundError: there is no such file.
        SchemaFileError: it is no Parquet file, or was changed so that its schema does not fit.
        LevelError: polars or Arrow can't hold a pool; pandas holds every one.
        CoercionError: there is no such library.
        ImportError: pyarrow (or polars) is not installed.

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/plain.parquet"
    >>> pd.DataFrame({"a": ["x", "y"]}).to_parquet(path)
    >>> read_parquet(path)["a"].tolist()
    ['x', 'y']
    """
    if library not in _LIBRARIES:
        raise CoercionError(
            f"There is no library {library!r} to read into.",
            expected=f"one of {listed(_LIBRARIES)}",
            received=repr(library),
            remedy=nearest(library, _LIBRARIES),
        )
    table = _table(fspath(path))
    record = (table.schema.metadata or {}).get(_KEY)
    if record is None:
        return _frame(table, library)
    metadata = {key: text for key, text in table.schema.metadata.items() if key != _KEY}
    table = table.replace_schema_metadata(metadata)
    try:
        told = json.loads(record)
        found, titles, coded = Schema.from_json(told["schema"]), told["titles"], told["coded"]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaFileError(
            f"The schema in {str(path)!r} can't be read.",
            expected="what write_parquet writes",
            received=f"{type(error).__name__}: {error}",
            remedy="pandas.read_parquet(path) reads the values without it",
        ) from error
    table = _with_rows(table, found.nrows)
    typed = {
        title: (pool, _positions(table.column(title), pool, title, title in coded))
        for title, pool in zip(titles, found.pools, strict=True)
        if pool is not None and title in table.column_names
    }
    if library == "pandas":
        return _pandas(table, found, titles, typed)
    return _foreign(table, typed, library)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise ImportError("pyarrow is needed: pip install pyarrow") from error
    return pyarrow


def _titles(found: list[Hashable]) -> list[str]:
    """The names of columns as Parquet has them, texts that differ."""
    titles = [str(name) for name in found]
    repeated = [name for name, title in zip(found, titles, strict=True) if titles.count(title) > 1]
    if repeated:
        raise CoercionError(
            f"The columns can't be written: {listed(repeated)} have one name in Parquet.",
            expected="names that differ as texts",
            received=listed(found, 10),
            remedy="rename them first",
        )
    return titles


def _plain_table(X: Any, titles: list[str], found: Schema) -> Any:
    """The table in Arrow, numbers in the place of columns that have levels."""
    arrow = _pyarrow()
    if library(X) == "polars":
        arrowcells.demand_no_objects(X)
        return X.to_arrow()
    if library(X) == "pyarrow":
        return _whole_table(X)
    frame = _numbered(X, titles, found)
    try:
        table = arrow.Table.from_pandas(frame)
    except _faults() as error:
        raise _refused(X, frame, error) from error
    named = names(X)
    for i, values in enumerate(table.columns[: len(named)]):
        arrowcells.demand_kept(X, named[i], frame.iloc[:, i], values)
    if table.num_columns == len(named) + frame.index.nlevels:
        for level, values in enumerate(table.columns[len(named) :]):
            index = frame.index.get_level_values(level)
            arrowcells.demand_kept(X, f"index {level}", index, values)
    return _readable(table)


def _faults() -> tuple[type[Exception], ...]:
    """What Arrow raises where it does not take a column."""
    return _pyarrow().ArrowException, TypeError, ValueError, NotImplementedError, OverflowError


def _refused(X: Any, frame: pd.DataFrame, error: Exception) -> CoercionError:
    """The error that names the column for which Arrow takes no table."""
    named = names(X)
    for i in range(frame.shape[1]):
        column = frame.iloc[:, i]
        try:
            _pyarrow().Table.from_pandas(frame.iloc[:, [i]], preserve_index=False)
        except _faults() as cause:
            return arrowcells.refused(X, named[i], column, cause)
    return arrowcells.refused(X, "index", frame.index, error)


def _readable(table: Any) -> Any:
    """The table without the names of nested dtypes of Arrow, at which pandas fails in reading."""
    metadata = dict(table.schema.metadata or {})
    told = json.loads(metadata.get(b"pandas", b"{}"))
    for column in told.get("columns", []):
        if column["numpy_type"].endswith(">[pyarrow]"):
            column["numpy_type"] = "object"
    if told:
        metadata[b"pandas"] = json.dumps(told).encode()
    return table.replace_schema_metadata(metadata)


def _numbered(X: Any, titles: list[str], found: Schema) -> pd.DataFrame:
    if isinstance(X, pd.DataFrame):
        frame = X.copy(deep=False)
    else:
        frame = pd.DataFrame({i: _series(X, *pair) for i, pair in enumerate(columns(X))})
    for i, pool in enumerate(found.pools):
        if pool is not None:
            frame.isetitem(i, np.zeros(len(frame), dtype=np.int32))
    if [*frame.columns] != titles:
        frame.columns = pd.Index(titles)
    return frame


def _series(X: Any, name: Hashable, column: Any) -> Any:
    try:
        return series_of(column)
    except (TypeError, ValueError) as error:
        raise arrowcells.refused(X, name, column, error) from error


def _labels(pool: Pool) -> Any:
    """The labels in Arrow, None where they would be other ones there."""
    arrow = _pyarrow()
    try:
        labels = arrow.array(list(pool.levels))
        positions, strangers = pool.match(labels.to_pylist())
    except (arrow.ArrowException, TypeError, ValueError, OverflowError):
        return None
    same = not strangers and positions.tolist() == list(range(len(pool)))
    return labels if same and len(pool) else None


def _table(path: str) -> Any:
    arrow = _pyarrow()
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path).read()
    except arrow.ArrowInvalid as error:
        raise SchemaFileError(
            f"{path!r} is no Parquet file.",
            expected="a file that write_parquet, or another writer of Parquet, wrote",
            received=str(error),
            remedy="name the file that was saved; a table of text is read by pandas.read_csv(path)",
        ) from error


def _positions(column: Any, pool: Pool, title: str, coded: bool) -> Any:
    if coded:
        return column.fill_null(-1).to_numpy().astype(np.int32)
    encoded = column if hasattr(column.type, "index_type") else column.dictionary_encode()
    positions, strangers = pool.match(encoded)
    if strangers:
        raise pool.unseen(strangers, f" that the file gives for column {title!r}")
    return positions


def _frame(table: Any, library: str) -> Any:
    if library == "pyarrow":
        return table
    if library == "pandas":
        return table.to_pandas()
    import polars

    return polars.from_arrow(table)


def _pandas(
    table: Any, found: Schema, titles: list[str], typed: Mapping[str, tuple[Pool, Any]]
) -> pd.DataFrame:
    for title, (_, positions) in typed.items():
        i = table.column_names.index(title)
        table = table.set_column(i, title, _pyarrow().array(positions))
    frame = table.to_pandas()
    told = zip(found.names, found.scitypes, found.types, strict=True)
    known = dict(zip(titles, told, strict=True))
    for i, title in enumerate(map(str, frame.columns)):
        if title in typed:
            pool, positions = typed[title]
            frame.isetitem(i, pool.decode(positions))
        elif title in known and _pyarrow().types.is_nested(table.column(title).type):
            frame.isetitem(i, _nested(table.column(title), known[title][2]))
        elif title in known and not _is_still(frame.iloc[:, i], known[title][1]):
            column = to_series(table.column(title), title)
            frame.isetitem(i, column.array)
    wanted = [known[title][0] if title in known else title for title in map(str, frame.columns)]
    if [*frame.columns] != wanted:
        frame.columns = pd.Index(wanted, tupleize_cols=False)
    return frame  # type: ignore[no-any-return]


def _with_rows(table: Any, nrows: int | None) -> Any:
    """A table without columns with its rows, which Parquet does not count."""
    if table.num_columns or not nrows:
        return table
    rows = _pyarrow().table({"rows": _pyarrow().nulls(nrows)})
    # In this order: without columns a table loses its rows when its metadata is exchanged.
    return rows.replace_schema_metadata(table.schema.metadata).select([])


def _nested(column: Any, dtype: str) -> Any:
    """Lists and records as the objects they were, or in the dtype of Arrow that they had."""
    if dtype.endswith("[pyarrow]"):
        return pd.array(column, dtype=pd.ArrowDtype(column.type))
    return objects(column.to_pylist())


def _is_still(column: Any, scitype: Any) -> bool:
    return elscitype(column) == scitype or nonmissing(scitype) == Unknown


def _foreign(table: Any, typed: Mapping[str, tuple[Pool, Any]], library: str) -> Any:
    arrow = _pyarrow()
    for title, (pool, positions) in typed.items():
        i = table.column_names.index(title)
        if library == "polars":
            continue
        places = arrow.array(positions, mask=positions < 0, type=arrow.int32())
        table = table.set_column(i, title, decoder(pool)(places))
    if library == "pyarrow":
        return table
    frame = _frame(table, library)
    import polars

    for title, (pool, positions) in typed.items():
        places = polars.Series(title, [None if i < 0 else int(i) for i in positions])
        frame = frame.with_columns(decoder(pool)(places.cast(polars.Int32)))
    return frame


def _whole_table(X: Any) -> Any:
    arrow = _pyarrow()
    return arrow.Table.from_batches([X]) if isinstance(X, arrow.RecordBatch) else X
