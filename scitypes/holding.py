"""A categorical column in the library of another: pandas, polars or Arrow.

Owns how codes and a pool become a column of the library that a column came from, and codes of each
library integers again. Whether a library can hold a pool shows here: it raises where it can't.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError
from scitypes.labels import objects
from scitypes.libraries import is_foreign_series, library
from scitypes.messages import listed
from scitypes.pools import Codes, Pool


def held(x: Any, positions: Codes, pool: Pool) -> Any:
    """A categorical column of the library of `x`, its index and name kept."""
    if not is_foreign_series(x):
        return like(x, pool.decode(positions))
    return (
        _in_arrow(x, positions, pool) if library(x) == "pyarrow" else _in_polars(x, positions, pool)
    )


def like(x: Any, values: Any) -> Any:
    """The values as a Series or Index like `x`, its index and name kept; else as they are."""
    if isinstance(x, pd.Series):
        return pd.Series(values, index=x.index, name=x.name)
    return pd.Index(values, name=x.name) if isinstance(x, pd.Index) else values


def labels_of_cells(categorical: Any) -> Any:
    """The label of each cell of a `pandas.Categorical`, with a dtype that loses no digit."""
    index, codes = categorical.categories, np.asarray(categorical.codes)
    plain = isinstance(index.dtype, np.dtype)
    labels = index.to_numpy() if plain else index.array
    if not (codes < 0).any():
        return labels.take(codes)
    name = {"i": "Int64", "u": "UInt64", "b": "boolean"}.get(index.dtype.kind) if plain else None
    if name:
        labels = pd.array(labels, dtype=name)
    return pd.api.extensions.take(labels, codes, allow_fill=True)


def foreign_codes(x: Any, positions: Codes, gone: Any) -> Any:
    """Codes as a column of the library of `x`, missing where `gone` says so."""
    if library(x) == "polars":
        import polars as pl

        every = pl.Series(x.name, [*range(len(Pool.of(x))), None], dtype=pl.Int32)
        return every.gather(np.where(gone, len(every) - 1, positions))
    import pyarrow as pa

    return pa.array(positions, mask=gone, type=pa.int32())


def foreign_cells(x: Any) -> Any:
    """Integers, -1 where missing; anything else as objects."""
    kind = str(x.type if library(x) == "pyarrow" else x.dtype)
    if kind.lower() in ("int8", "int16", "int32", "int64"):
        return x.fill_null(-1).to_numpy()
    return objects(x.to_pylist() if library(x) == "pyarrow" else x.to_list())


def _in_arrow(x: Any, positions: Codes, pool: Pool) -> Any:
    import pyarrow as pa

    kind = getattr(x.type, "value_type", None)
    try:
        labels = _arrow_labels(pool, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise LevelError(
            "Arrow can't hold these levels.",
            expected="labels of one type that Arrow knows",
            received=listed(pool.levels, 10),
            remedy="x = x.to_pandas() first, or make them labels of one type",
        ) from error
    places = pa.array(positions, mask=positions < 0, type=pa.int32())
    column = pa.DictionaryArray.from_arrays(places, labels, ordered=pool.ordered)
    return pa.chunked_array([column]) if hasattr(x, "chunks") else column


def _arrow_labels(pool: Pool, kind: Any) -> Any:
    import pyarrow as pa

    try:
        typed = pa.array(list(pool.levels), type=kind)
        if typed.to_pylist() == list(pool.levels):
            return typed
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError):
        kind = None  # other labels than before need another type
    return pa.array(list(pool.levels))


def _in_polars(x: Any, positions: Codes, pool: Pool) -> Any:
    import polars as pl

    if all(isinstance(label, str) for label in pool.levels):
        dtype = pl.Enum(list(pool.levels)) if pool.ordered else pl.Categorical
        labels = pl.Series(x.name, [*pool.levels, None], dtype=dtype)
        column = labels.gather(np.where(positions < 0, len(pool), positions))
        if pool.ordered or Pool.of(column) == pool:
            return column
    raise LevelError(
        "polars can't hold these levels.",
        expected="ordered levels that are strings, or unordered strings, sorted, that all occur",
        received=f"{listed(pool.levels, 10)}, {'ordered' if pool.ordered else 'unordered'}",
        remedy="x = x.to_pandas() first, or give them an order: ordered=True",
    )
