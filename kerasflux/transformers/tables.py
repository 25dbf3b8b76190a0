"""Columns read as arrays, and tables made of what became of them.

`rebuilt` is that of `kerasflux.predictions`, which neural models need as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.predictions import like
from kerasflux.predictions.rebuilding import rebuilt
from scitypes import schemas, tables
from scitypes.containers import series_of

__all__ = ["columns_by_name", "numbers", "reassembled", "rebuilt"]


def numbers(column: Any) -> np.ndarray:
    """A column of numbers as float64 `(n_rows,)`, NaN where it has none.

    >>> numbers([1, None])
    array([ 1., nan])
    """
    plain = isinstance(column, np.ndarray) and not isinstance(column, np.ma.MaskedArray)
    if plain and column.dtype.kind in "iubf":
        return np.asarray(column, dtype=np.float64)
    return np.asarray(series_of(column).to_numpy(dtype=np.float64, na_value=np.nan))


def columns_by_name(X: Any) -> dict[Any, Any]:
    """The columns of a table, of a matrix (`x1`, `x2`, ...), or of a vector (one, by its name).

    >>> list(columns_by_name(np.zeros((3, 2))))
    ['x1', 'x2']
    """
    return dict(schemas.parts(X, schemas.container(X)))


def reassembled(X: Any, columns: list[tuple[Any, Any]]) -> Any:
    """`rebuilt` for tables and matrices; of a vector, its one new column as such a vector.

    >>> reassembled([1, 2], [("y", np.array([0.5, 1.5]))])
    array([0.5, 1.5])
    """
    if tables.is_table(X) or np.ndim(X) == 2:
        return rebuilt(X, columns)
    [(_, values)] = columns
    return values if values is X else like(values, X, getattr(X, "name", None))
