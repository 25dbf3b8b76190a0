"""Tables of other columns, in the kind of table that the data came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from scitypes import foreign, libraries, tables
from scitypes.containers import series_of


def rebuilt(X: Any, columns: Sequence[tuple[Any, Any]]) -> Any:
    """A table or matrix of the rows of `X` that has these columns, in the same kind of container.

    Args:
        X: the table that the columns were made from; what is kept of it is its kind, and the index.
        columns: name and values of each, `(n_rows,)`: columns of `X` as they are, arrays,
            `pandas.Categorical`.

    Returns:
        A DataFrame with the index of `X` for pandas data (and for structured arrays, which hold no
        categories), a table of the same library for polars and Arrow data, a dict for a dict, an
        array `(n_rows, n_columns)` for a matrix.

    Example:
        >>> X = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
        >>> rebuilt(X, [("a", X["a"]), ("b", np.array([0.5, 1.5]))])
           a    b
        x  1  0.5
        y  2  1.5
    """
    if isinstance(X, pd.DataFrame):
        return _frame(X.index, columns)
    if tables.is_structured(X):
        return _frame(pd.RangeIndex(len(X)), columns)
    if isinstance(X, np.ndarray):
        empty = np.empty((len(X), 0))
        return np.column_stack([_array(values) for _, values in columns]) if columns else empty
    if isinstance(X, dict):
        return dict(columns)
    return _foreign(X, columns)


def _array(values: Any) -> np.ndarray:
    """A column of a matrix; cells that a masked array hides are NaN."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))
    return np.asarray(values)


def _frame(index: pd.Index, columns: Sequence[tuple[Any, Any]]) -> pd.DataFrame:
    if not columns:
        return pd.DataFrame(index=index)
    frame = pd.concat([_series(values, index) for _, values in columns], axis=1)
    frame.columns = pd.Index([name for name, _ in columns])
    return frame


def _series(values: Any, index: pd.Index) -> Any:
    if isinstance(values, pd.Series):
        return values if values.index is index else values.set_axis(index)
    return pd.Series(values, index)


def _foreign(X: Any, columns: Sequence[tuple[Any, Any]]) -> Any:
    """A polars or Arrow table of columns that are its own, or that its library can hold."""
    library = libraries.library(X)
    native = {str(name): _native(values, library) for name, values in columns}
    if library == "polars":
        import polars

        return polars.DataFrame(native)
    import pyarrow

    if isinstance(X, pyarrow.RecordBatch):
        native = {name: _unchunked(values) for name, values in native.items()}
    return type(X).from_arrays(list(native.values()), names=list(native))


def _native(values: Any, library: str) -> Any:
    if libraries.is_foreign_series(values):
        return values
    if library == "polars":
        import polars

        nothing: Any = polars.Series([], dtype=polars.Null)
    else:
        import pyarrow

        nothing = pyarrow.nulls(0)
    return foreign.from_series(series_of(values), st.elscitype(values), nothing)


def _unchunked(values: Any) -> Any:
    return values.combine_chunks() if hasattr(values, "chunks") else values
