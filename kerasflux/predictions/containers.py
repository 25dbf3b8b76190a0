"""Plain predictions in the kind of container that the data came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from scitypes.tables import library


def index_of(X: Any) -> pd.Index | None:
    """The index of pandas data, None for any other: what a vector of predictions keeps of its data.

    >>> list(index_of(pd.Series([1.5], index=["a"])))
    ['a']
    >>> index_of(np.zeros(3)) is None
    True
    """
    return X.index if isinstance(X, pd.DataFrame | pd.Series) else None


def like(values: Any, X: Any, name: Any = None) -> Any:
    """Plain predictions in the kind of container that the data came in.

    Args:
        values: `(n_rows,)`, the predictions for the rows of `X`.
        X: the data.
        name: the name of the target.

    Returns:
        A Series with the index of `X` for pandas data, a series of the same library for polars and
        Arrow data, else an ndarray.

    Example:
        >>> like([1.0, 2.0], pd.DataFrame({"x": [5, 6]}, index=["a", "b"]), name="y")
        a    1.0
        b    2.0
        Name: y, dtype: float64
        >>> like([1.0, 2.0], np.zeros((2, 3)))
        array([1., 2.])
    """
    index = index_of(X)
    if index is not None:
        return pd.Series(np.asarray(values), index, name=name)
    backend = _backend(X)
    if backend is not None:
        text = "" if name is None else str(name)
        return nw.new_series(text, np.asarray(values), backend=backend).to_native()
    return np.asarray(values)


def like_table(values: Any, names: Sequence[Any], X: Any) -> Any:
    """Predictions of several targets in the kind of container that the data came in.

    Args:
        values: `(n_rows, n_targets)`.
        names: the name of each target.
        X: the data.

    Returns:
        A DataFrame with the index of `X` for pandas data, a table of the same library for polars
        and Arrow data, else an ndarray `(n_rows, n_targets)`.

    Example:
        >>> like_table([[1.0, 2.0]], ["u", "v"], pd.DataFrame({"x": [5]}))
             u    v
        0  1.0  2.0
    """
    index = index_of(X)
    if index is not None:
        return pd.DataFrame(np.asarray(values), index, list(names))
    backend = _backend(X)
    if backend is not None:
        columns = dict(zip(map(str, names), np.asarray(values).T, strict=True))
        return nw.from_dict(columns, backend=backend).to_native()
    return np.asarray(values)


def _backend(X: Any) -> Any:
    """The implementation that narwhals knows for polars and Arrow data; None for anything else."""
    if library(X) not in ("polars", "pyarrow"):
        return None
    return getattr(nw.from_native(X, allow_series=True, pass_through=True), "implementation", None)
