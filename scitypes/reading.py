"""`coerce(x, schema)`: new data read as that of the schema was.

What a fitted machine does with every later table, vector, matrix or image vector: columns by name
in any order, labels matched by label to the schema's pools, numbers of any dtype. Everything that
is wrong is told in one `SchemaMismatch`. Missing cells stay missing: whether they may be there is
not this module's to judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes import tables
from scitypes.containers import is_vector, like, row_labels, series_of, with_columns
from scitypes.conversions import convert, image_column
from scitypes.errors import ImageError, SchemaMismatch, nearest
from scitypes.factors import series_like, unseen
from scitypes.images import ImageVector, as_images
from scitypes.inference import elscitype, scitype
from scitypes.lattice import (
    Continuous,
    Count,
    Image,
    Infinite,
    Missing,
    Never,
    Scitype,
    Unknown,
    nonmissing,
    union,
)
from scitypes.messages import counted, listed, shortened, warn
from scitypes.numerals import NotExact, exact_integers
from scitypes.outcomes import Converted, Failure, Refusal, explained, picked
from scitypes.pools import Pool
from scitypes.schemas import Schema
from scitypes.sentinels import Sentinels, without


def read(x: Any, schema: Schema, *, missing: Any = None, verbosity: int = 1) -> Any:
    """The data as the schema says, in the same kind of container, index kept.

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


def _table(X: Any, schema: Schema, missing: Any, verbosity: int) -> Any:
    if not tables.is_table(X):
        raise _no_table(X, schema)
    if missing is None and _unchanged(X, schema):
        return X
    columns = tables.columns(X)
    names = [name for name, _ in columns]
    places = _places(names)
    absent = [name for name in schema.names if name not in places]
    extra = [name for name in names if name not in set(schema.names)]
    doubled = [name for name in schema.names if len(places.get(name, ())) > 1]
    done: dict[Any, tuple[Any, Converted]] = {}
    failures = []
    for name, kind, pool in zip(schema.names, schema.scitypes, schema.pools, strict=True):
        if name in absent or name in doubled:
            continue
        column = columns[places[name][0]][1]
        sentinels = missing.get(name) if isinstance(missing, dict) else missing
        try:
            done[name] = (column, _column(column, kind, pool, sentinels))
        except Refusal as refusal:
            failures.append(Failure(name, "", refusal, row_labels(column, refusal.rows)))
    if absent or extra or doubled or failures:
        raise _mismatch(schema, names, absent, extra, doubled, failures) from None
    _warn({name: converted for name, (_, converted) in done.items()}, verbosity)
    order = [places[name][0] for name in schema.names]
    return _assembled(X, order, [done[name] for name in schema.names])


def _vector(x: Any, schema: Schema, missing: Any, verbosity: int) -> Any:
    name, kind, pool = schema.names[0], schema.scitypes[0], schema.pools[0]
    if not is_vector(x):
        raise SchemaMismatch(
            "The data can't be read as the schema says: it is no vector.",
            expected=f"a vector of {kind}",
            received=_brief(x),
            remedy=_vector_remedy(x),
            columns={name: "no vector"},
        )
    sentinels = missing.get(name) if isinstance(missing, dict) else missing
    try:
        result = _column(x, kind, pool, sentinels)
    except Refusal as refusal:
        failure = Failure(name, "", refusal, row_labels(x, refusal.rows))
        raise _mismatch(schema, [name], [], [], [], [failure]) from None
    _warn({name: result}, verbosity)
    return x if result.column is x else like(result.column, x)


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
        result = _column(flat, kind, None, missing)
    except Refusal as refusal:
        cells = [tuple(map(int, np.unravel_index(row, x.shape))) for row in refusal.rows]
        raise _mismatch(
            schema, [], [], [], [], [Failure(None, "", refusal, cells, "matrix")]
        ) from None
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
        and all(map(_kept, X.dtypes, schema.scitypes))
    )


def _kept(dtype: Any, kind: Scitype) -> bool:
    """Whether a column of this dtype is as it was whatever it holds: numbers of one kind."""
    known = _KEPT.get(dtype.kind) if isinstance(dtype, np.dtype) else None
    return known is not None and kind <= known


_KEPT = {"f": Continuous | Missing, **dict.fromkeys("biu", Count | Missing)}
"""By kind of a NumPy dtype: the scitypes as which its columns are read unchanged."""


def _column(column: Any, kind: Scitype, pool: Pool | None, sentinels: Sentinels) -> Converted:
    """One column as it was: the very column if nothing has to change."""
    wanted = nonmissing(kind)
    if pool is None and wanted <= Image and wanted != Never:
        return Converted(image_column(column, wanted))
    series = series_of(column)
    cleaned = without(series, sentinels)
    result = _levelled(cleaned, pool) if pool is not None else _converted(cleaned, wanted)
    return Converted(column if result.column is series else result.column, result.warnings)


def _levelled(series: Any, pool: Pool) -> Converted:
    if isinstance(series.dtype, pd.CategoricalDtype) and Pool.of(series) == pool:
        return Converted(series)
    codes, strangers = pool.match(series)
    if strangers:
        otherwise = "mend or drop these rows, or learn anew from data with these levels"
        raise unseen(pool, strangers, series, "the levels known from before", otherwise)
    return Converted(pd.Series(pool.decode(codes), index=series.index, name=series.name))


def _converted(series: Any, wanted: Scitype) -> Converted:
    if _kept(series.dtype, wanted):
        return Converted(series)
    found = nonmissing(elscitype(series))
    if wanted in (Never, Unknown) or (len(series) == 0 and not wanted <= Infinite):
        return Converted(series)
    if not wanted <= Infinite:
        return convert(series, found, wanted)
    if not found <= Infinite and len(series):
        raise _no_numbers(series, found, wanted)
    if wanted <= Continuous:
        return convert(series, found if len(series) else Never, Continuous)
    return _whole(series, found, wanted)


def _whole(series: Any, found: Scitype, wanted: Scitype) -> Converted:
    """Numbers where integers were: as integers if they are, else as the numbers they are."""
    if found <= wanted and found != Never and series.dtype != object:
        return Converted(series)
    if wanted <= Count and found != Never:
        try:
            return Converted(series_like(exact_integers(series), series))
        except NotExact:
            return convert(series, found, Continuous)
    return convert(series, found, Count if wanted <= Count else Continuous)


def _no_numbers(series: Any, found: Scitype, wanted: Scitype) -> Refusal:
    gone = tables.missing_mask(series)
    strange = [
        row
        for row, (cell, absent) in enumerate(zip(series, gone, strict=True))
        if not absent and not scitype(cell) <= Infinite
    ]
    return Refusal(
        f"it holds {found} where {wanted} was",
        "numbers of any dtype",
        strange,
        picked(series, strange),
        f"if these are numerals, coerce to {wanted} first; missing=[...] says what stands for "
        "missing",
    )


def _places(names: Sequence[Any]) -> dict[Any, list[int]]:
    places: dict[Any, list[int]] = {}
    for i, name in enumerate(names):
        places.setdefault(name, []).append(i)
    return places


def _assembled(X: Any, order: Sequence[int], done: Sequence[tuple[Any, Converted]]) -> Any:
    if tables.is_foreign_frame(X):
        names = tables.names(X)
        columns = [series_of(converted.column) for _, converted in done]
        return pd.DataFrame({names[i]: column for i, column in zip(order, columns, strict=True)})
    same = list(order) == list(range(len(tables.names(X))))
    changed = {
        i: converted.column
        for i, (given, converted) in enumerate(done)
        if converted.column is not given
    }
    return with_columns(X if same else tables.take(X, order), changed)


def _warn(done: Mapping[Any, Converted], verbosity: int) -> None:
    texts = [f"column {name!r}: {text}" for name, c in done.items() for text in c.warnings]
    if texts:
        warn("\n".join(texts), verbosity=verbosity, level=-1)


def _mismatch(
    schema: Schema,
    names: Sequence[Any],
    absent: Sequence[Any],
    extra: Sequence[Any],
    doubled: Sequence[Any],
    failures: Sequence[Failure],
) -> SchemaMismatch:
    """One error about everything that keeps the data from being read."""
    others = {
        **dict.fromkeys(absent, "absent"),
        **dict.fromkeys(extra, "not in the schema"),
        **dict.fromkeys(doubled, "several columns have this name"),
    }
    if not others:
        error = explained(
            SchemaMismatch,
            failures,
            what="can't be read as the schema says",
            plural="can't be read as the schema says.",
        )
        assert isinstance(error, SchemaMismatch)
        return error
    spare = [name for name in names if name in extra]
    near = {name: nearest(name, spare) for name in absent}
    lines = [_told_absent(absent, near)] if absent else []
    lines += [f"extra: {listed(extra, 12)}"] if extra else []
    lines += [f"more than one column: {listed(doubled, 12)}"] if doubled else []
    lines += [f"column {failure.name!r}: {failure.reason}" for failure in failures]
    counts = [
        (absent, "absent"),
        (extra, "extra"),
        (doubled, "ambiguous"),
        (failures, "unreadable"),
    ]
    told = ", ".join(f"{counted(len(some), 'column')} {kind}" for some, kind in counts if some)
    return SchemaMismatch(
        f"The table can't be read as the schema says: {told}.",
        expected=_expected(schema, absent, extra),
        received="\n".join(lines),
        remedy=_remedy(absent, extra, doubled, near, failures),
        columns=others | {failure.name: failure.reason for failure in failures},
        absent=tuple(absent),
        extra=tuple(extra),
    )


def _expected(schema: Schema, absent: Sequence[Any], extra: Sequence[Any]) -> str:
    """The columns of the schema: all of a few, or those that make a difference."""
    if len(schema.names) <= 12:
        return f"the columns {listed(schema.names, 12)}, in any order"
    added = f", among them {listed(absent, 12)}" if absent else ""
    only = ", and no others" if extra else ""
    return f"the {len(schema.names)} columns of the schema in any order{added}{only}"


def _told_absent(absent: Sequence[Any], near: Mapping[Any, str]) -> str:
    told = [f"{name!r}" + (f" ({near[name]})" if near[name] else "") for name in absent[:12]]
    more = f" and {len(absent) - 12} more" if len(absent) > 12 else ""
    return f"absent: {', '.join(told)}{more}"


_CUT = "X[schema.names], with the schema that the data is read through"


def _remedy(
    absent: Sequence[Any],
    extra: Sequence[Any],
    doubled: Sequence[Any],
    near: Mapping[Any, str],
    failures: Sequence[Failure],
) -> str:
    lines = [f"column {f.name!r}: {f.refusal.remedy}" for f in failures if f.refusal.remedy]
    if any(near.values()):
        lines.insert(0, "rename: X.rename(columns={...})")
    if extra and not absent:
        dropped = f"X.drop(columns={list(extra)!r})"
        lines.insert(0, "leave what is extra out: " + (dropped if len(extra) <= 12 else _CUT))
    if doubled:
        lines.insert(0, "give each column a name of its own")
    return "\n".join(lines) or "give all columns of the schema, and no others"


def _no_table(X: Any, schema: Schema) -> SchemaMismatch:
    width = len(schema.names)
    remedy = "give a DataFrame, or a dict of columns"
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == width:
        remedy = "if its columns are in the order of the schema, table(x, names=schema.names)"
    elif how := tables.collecting(X):
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
