"""Plain predictions in the kind of container that the data came in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

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
    owner = _owner(X)
    if owner is None:
        return np.asarray(values)
    if owner.__name__ == "pyarrow":
        return owner.array(np.asarray(values))
    return owner.Series("" if name is None else str(name), np.asarray(values))


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
    owner = _owner(X)
    if owner is None:
        return np.asarray(values)
    columns = dict(zip(map(str, names), np.asarray(values).T, strict=True))
    return owner.table(columns) if owner.__name__ == "pyarrow" else owner.DataFrame(columns)


def _owner(X: Any) -> Any:
    """The library of polars and Arrow data, which is loaded where there is such data, else None."""
    return sys.modules[library(X)] if library(X) in ("polars", "pyarrow") else None
