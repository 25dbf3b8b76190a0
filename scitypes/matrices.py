"""Tables to matrices and back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import NotATable
from scitypes.levelling import unwrap
from scitypes.libraries import is_foreign_series, narwhal
from scitypes.messages import counted, listed, warn
from scitypes.missingness import integers_of, rounded_as
from scitypes.tables import columns, nrows


def table(matrix: Any, names: Sequence[Hashable] | None = None) -> pd.DataFrame:
    """A matrix as a table.

    Args:
        matrix: an array, or what makes one, `(n_rows, n_columns)`.
        names: one name per column; `None` means "x1", "x2", ...

    Returns:
        a DataFrame of the same dtype and its own memory.

    Raises:
        NotATable: it has no two axes, or the number of names differs from that of columns.

    Source: `table` of MLJ (Tables.jl).

    >>> table(np.zeros((2, 3))).columns.tolist()
    ['x1', 'x2', 'x3']
    """
    # pandas makes NaN of masked cells.
    values = matrix if isinstance(matrix, np.ma.MaskedArray) else np.asarray(matrix)
    if values.ndim != 2:
        raise NotATable(
            "Only a matrix can be made a table.",
            expected="two axes, (n_rows, n_columns)",
            received=f"an array of shape {values.shape}",
            remedy="reshape it, or coerce images to GrayImage or ColorImage",
        )
    labels = default_names(values.shape[1]) if names is None else list(names)
    if len(labels) != values.shape[1]:
        raise NotATable(
            "The names don't fit the matrix.",
            expected=counted(values.shape[1], "name"),
            received=counted(len(labels), "name"),
            remedy="give a name for each column, or none: they are x1, x2, ... then",
        )
    return pd.DataFrame(values.copy(), columns=pd.Index(labels, tupleize_cols=False))


def default_names(n: int) -> list[Hashable]:
    """The names that a matrix of n columns gets: "x1", "x2", ...

    >>> default_names(2)
    ['x1', 'x2']
    """
    return [f"x{i}" for i in range(1, n + 1)]


def matrix(X: Any) -> np.ndarray[Any, Any]:
    """A table as a matrix, `(n_rows, n_columns)`; a matrix is returned as it is.

    Numeric columns get the dtype that NumPy promotes them to, missing ones becoming NaN, with a
    warning where integers beyond 2^53 are rounded; with any other column among them the result is
    an array of objects (labels for categorical ones).

    Raises:
        NotATable: `X` is neither.

    Source: `matrix` of MLJ (Tables.jl).

    >>> matrix({"a": [1, 2], "b": [0.5, 1.0]})
    array([[1. , 0.5],
           [2. , 1. ]])
    """
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return X
    every = columns(X)
    arrays = [_dense(values) for _, values in every]
    if any(values.dtype.kind not in "biuf" for values in arrays):
        arrays = [values.astype(object) for values in arrays]
    if not arrays:
        return np.empty((nrows(X), 0))
    whole = np.column_stack(arrays)
    if whole.dtype.kind == "f":
        _tell_rounded(every, whole.dtype)
    return whole


def _tell_rounded(every: Sequence[tuple[Hashable, Any]], dtype: Any) -> None:
    told = []
    for name, values in every:
        plain = unwrap(values)
        integers = integers_of(pd.Series(plain) if isinstance(plain, list) else plain)
        rounded = [] if integers is None else rounded_as(integers, dtype)
        if rounded:
            verb = "is" if len(rounded) == 1 else "are"
            shown = listed([int(integers[row]) for row in rounded], 3)
            told.append(
                f"column {name!r}: {counted(len(rounded), 'integer')} {verb} rounded to {dtype} "
                f"({shown}): if they are identifiers, leave the column out"
            )
    if told:
        warn("\n".join(told))


def _dense(values: Any) -> np.ndarray[Any, Any]:
    plain = unwrap(values)
    if isinstance(plain, (list, np.ma.MaskedArray)):
        return np.asarray(pd.Series(plain)) if len(plain) else np.empty(0)
    if is_foreign_series(plain):
        return np.asarray(narwhal(plain).to_numpy())
    dtype = getattr(plain, "dtype", None)
    if isinstance(dtype, np.dtype) or dtype is None or not pd.api.types.is_numeric_dtype(dtype):
        return np.asarray(plain)
    series = pd.Series(plain)
    if series.isna().any():
        return series.to_numpy(dtype=float, na_value=np.nan)
    return series.to_numpy(dtype=getattr(dtype, "numpy_dtype", None))
