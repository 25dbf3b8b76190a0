"""`coerce(x, schema)`: new data read as that of the schema was.

What a fitted machine does with every later table, vector, matrix or image vector: columns by name
in any order, labels matched by label to the schema's pools, numbers of any dtype. Everything that
is wrong is told in one `SchemaMismatch`. Missing cells stay missing: whether they may be there is
not this module's to judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scitypes import foreign, libraries, tables
from scitypes.columnreading import read_column
from scitypes.containers import (
    is_vector,
    like,
    row_labels,
    series_of,
    with_columns,
)
from scitypes.conversions import kept
from scitypes.errors import ImageError, SchemaMismatch
from scitypes.images import ImageVector, as_images
from scitypes.lattice import (
    Infinite,
    nonmissing,
    union,
)
from scitypes.messages import listed, shortened, warn
from scitypes.outcomes import Converted, Failure, Refusal, mismatch
from scitypes.schemas import Schema


def read(x: Any, schema: Schema, *, missing: Any = None, verbosity: int = 1) -> Any:
    """The data as the schema says, in the same kind of container, index kept.

    Arrow stays Arrow and polars polars where they can hold every pool of the schema; where they
    can't (polars: an unordered pool, labels that are no strings), a table becomes a pandas
    DataFrame and a vector a pandas array.

    Args:
        x: a table, vector, matrix or images, as `schema.container` says.
        schema: what earlier data was.
        missing: values that stand for missing, as in `coerce`.
        verbosity: -1 silences the warning about integers that are rounded.

    Raises:
        SchemaMismatch: the data can't be read so; `columns` maps each column to the reason.

    >>> from scitypes.schemas import schema
    >>> old = pd.DataFrame({"age": [31.5, 40.0], "sex": pd.Categorical(["f", "m"])})
    >>> read(pd.DataFrame({"sex": ["m"], "age": [7]}), schema(old))
       age sex
    0  7.0   m
    """
    readers = {"table": _table, "vector": _vector, "matrix": _matrix, "images": _images}
    return readers[schema.container](x, schema, missing, verbosity)


@dataclass(frozen=True)
class Examined:
    """Data beside the schema through which it is read.

    Attributes:
        columns: its columns by name, the first one of each name.
        absent: names of the schema that no column has.
        extra: names of columns that the schema does not have.
        doubled: names of the schema that several columns have.
        done: the columns as they are read, by name.
        failures: the columns that can't be read.
    """

    columns: dict[Any, Any]
    absent: list[Any]
    extra: list[Any]
    doubled: list[Any]
    done: dict[Any, Converted]
    failures: list[Failure]

    def demand_read(self, schema: Schema) -> None:
        """Refuse what can't be read, with one error about all of it."""
        if self.absent or self.extra or self.doubled or self.failures:
            raise mismatch(schema.names, self.absent, self.extra, self.doubled, self.failures)


def examined(X: Any, schema: Schema, missing: Any = None) -> Examined:
    """What is in a table that is to be read through a schema, with all that keeps it from that.

    Raises:
        SchemaMismatch: `X` is no table.
    """
    if not tables.is_table(X):
        raise _no_table(X, schema)
    every = tables.columns(X)
    times = Counter(name for name, _ in every)
    columns = dict(reversed(every))
    absent = [name for name in schema.names if name not in times]
    extra = [name for name, _ in every if name not in set(schema.names)]
    doubled = [name for name in schema.names if times[name] > 1]
    done, failures = _read_columns(X, columns, schema, missing, {*absent, *doubled})
    return Examined(columns, absent, extra, doubled, done, failures)


def examined_vector(x: Any, schema: Schema, missing: Any = None) -> Examined:
    """The same of a vector, as a table of one column that is called as the schema says.

    Raises:
        SchemaMismatch: `x` is no vector.
    """
    name = schema.names[0]
    if not is_vector(x):
        raise SchemaMismatch(
            "The data can't be read as the schema says: it is no vector.",
            expected=f"a vector of {schema.scitypes[0]}",
            received=_brief(x),
            remedy=_vector_remedy(x),
            columns={name: "no vector"},
        )
    done, failures = _read_columns(x, {name: x}, schema, missing, set())
    return Examined({name: x}, [], [], [], done, failures)


def _read_columns(
    x: Any, columns: Mapping[Any, Any], schema: Schema, missing: Any, without: set[Any]
) -> tuple[dict[Any, Converted], list[Failure]]:
    foreigner = libraries.is_foreign_frame(x) or libraries.is_foreign_series(x)
    back = not foreigner or _held(x, schema)
    if isinstance(missing, dict):
        missing = {tables.plain_name(name): values for name, values in missing.items()}
    done, failures = {}, []
    for name, kind, pool in zip(schema.names, schema.scitypes, schema.pools, strict=True):
        if name in without:
            continue
        sentinels = missing.get(name) if isinstance(missing, dict) else missing
        try:
            done[name] = read_column(columns[name], kind, pool, sentinels, back)
        except Refusal as refusal:
            failures.append(Failure(name, "", refusal, row_labels(columns[name], refusal.rows)))
    return done, failures


def _table(X: Any, schema: Schema, missing: Any, verbosity: int) -> Any:
    if missing is None and _unchanged(X, schema):
        return X
    seen = examined(X, schema, missing)
    seen.demand_read(schema)
    _warn(seen.done, verbosity)
    return _assembled(X, schema, seen)


def _held(x: Any, schema: Schema) -> bool:
    """Whether the library of polars or Arrow data can hold each pool of the schema."""
    return all(pool is None or foreign.holds(pool, x) for pool in schema.pools)


def _vector(x: Any, schema: Schema, missing: Any, verbosity: int) -> Any:
    seen = examined_vector(x, schema, missing)
    seen.demand_read(schema)
    _warn(seen.done, verbosity)
    result = seen.done[schema.names[0]].column
    return x if result is x else like(result, x)


def _matrix(x: Any, schema: Schema, missing: Any, verbosity: int) -> Any:
    width = len(schema.names)
    if not isinstance(x, np.ndarray) or x.ndim != 2 or x.shape[1] != width:
        raise SchemaMismatch(
            f"The data can't be read as the schema says: it is no matrix of {width} columns.",
            expected=f"an array (n_rows, {width})",
            received=_brief(x),
            remedy=_matrix_remedy(x, width),
            columns={},
        )
    kind = nonmissing(union(schema.scitypes))
    if not kind <= Infinite:
        return x
    flat = x.ravel()
    try:
        result = read_column(flat, kind, None, missing)
    except Refusal as refusal:
        cells = [tuple(map(int, np.unravel_index(row, x.shape))) for row in refusal.rows]
        failure = Failure(None, "", refusal, cells, "matrix")
        raise mismatch(schema.names, [], [], [], [failure]) from None
    _warn({"the matrix": result}, verbosity)
    return x if result.column is flat else np.asarray(like(result.column, flat)).reshape(x.shape)


def _images(x: Any, schema: Schema, missing: Any, verbosity: int) -> Any:
    name, kind = schema.names[0], schema.scitypes[0]
    try:
        images = as_images(x, kind)
    except ImageError as error:
        raise SchemaMismatch(
            f"The data can't be read as the schema says: {error.failed}.",
            expected=error.expected,
            received=error.received,
            remedy=error.remedy,
            columns={name: error.failed},
        ) from error
    if not isinstance(images, ImageVector):
        raise SchemaMismatch(
            "The data can't be read as the schema says: it is one image, not a vector of images.",
            expected=f"a vector of {kind}",
            received=_brief(x),
            remedy="array[None] makes an array of one image, [image] a list",
            columns={name: "one image"},
        )
    return images


def _unchanged(X: Any, schema: Schema) -> bool:
    """Whether names and dtypes of a frame say by themselves that it is as the schema says."""
    return (
        isinstance(X, pd.DataFrame)
        and X.columns.is_unique
        and tables.names(X) == schema.names
        and all(map(kept, X.dtypes, schema.scitypes))
    )


def _assembled(X: Any, schema: Schema, seen: Examined) -> Any:
    if libraries.is_foreign_frame(X) and not _held(X, schema):
        return pd.DataFrame({name: series_of(seen.done[name].column) for name in schema.names})
    names = tables.names(X)
    changed = {
        i: seen.done[name].column
        for i, name in enumerate(schema.names)
        if seen.done[name].column is not seen.columns[name]
    }
    order = [names.index(name) for name in schema.names]
    return with_columns(X if names == schema.names else tables.take(X, order), changed)


def _warn(done: Mapping[Any, Converted], verbosity: int) -> None:
    texts = [f"column {name!r}: {text}" for name, c in done.items() for text in c.warnings]
    if texts:
        warn("\n".join(texts), verbosity=verbosity, level=-1)


def _no_table(X: Any, schema: Schema) -> SchemaMismatch:
    width = len(schema.names)
    remedy = "give a DataFrame, or a dict of columns"
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == width:
        remedy = "if its columns are in the order of the schema, table(x, names=schema.names)"
    elif how := libraries.collecting(X):
        remedy = how
    elif isinstance(X, dict):
        remedy = "one row is {name: [value], ...}, with a list for each column"
    elif isinstance(X, pd.Series):
        remedy = "one row of a DataFrame stays a table as X.iloc[[i]]"
    elif isinstance(X, list) and X and isinstance(X[0], dict):
        remedy = "pandas.DataFrame(rows) makes a table of a list of dicts"
    return SchemaMismatch(
        "The data can't be read as the schema says: it is no table.",
        expected=f"a table with the columns {listed(schema.names, 20)}",
        received=_brief(X),
        remedy=remedy,
        columns={},
    )


def _vector_remedy(x: Any) -> str:
    if tables.is_table(x):
        return f"name the column: X[{next(iter(tables.names(x)), 'y')!r}]"
    if isinstance(x, np.ndarray) and x.ndim == 2 and 1 in x.shape:
        return "x.ravel() makes a vector of it"
    return "give a Series, an array (n_rows,) or a list"


def _matrix_remedy(x: Any, width: int) -> str:
    if isinstance(x, np.ndarray) and x.shape == (width,):
        return "one row is x[None, :]"
    if tables.is_table(x):
        return "matrix(X), with the columns in the order of before"
    return "give the columns of before, in their order"


def _brief(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"an array of shape {x.shape}, dtype {x.dtype}"
    return f"a {type(x).__name__}: {shortened(repr(x))}"
