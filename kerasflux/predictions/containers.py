"""Plain predictions in the kind of container that the data came in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.libraries import library


def index_of(X: Any) -> pd.Index | None:
    """The index of pandas data, None for any other: what a vector of predictions keeps of its data.

    >>> list(index_of(pd.Series([1.5], index=["a"])))
    ['a']
    >>> index_of(np.zeros(3)) is None
    True
    """
    return X.index if isinstance(X, pd.DataFrame | pd.Series) else None


def other_index(one: Any, other: Any, names: tuple[str, str]) -> dict[str, str] | None:
    """How the indexes of two pandas objects of one length differ, as the parts of an error.

    Rows are paired by position everywhere. Two indexes that differ say that the positions may not
    belong together: one of the two was sorted, shuffled or filtered alone.

    Args:
        one: what gives the order.
        other: what should be in the same order.
        names: how the two are called in code, for messages.

    Returns:
        `expected`, `received` and `remedy` of an error; None where the two are equal, or where one
        of the two has no index.

    >>> X, y = pd.DataFrame({"a": [1, 2]}), pd.Series([3, 4], index=[1, 0])
    >>> other_index(X, y, ("X", "y"))["remedy"]
    'Bring them into one order, `y = y.loc[X.index]`; or pair them by position, \
`y = y.set_axis(X.index)`.'
    >>> other_index(X, [3, 4], ("X", "y")) is None
    True
    """
    first, second = _index(one), _index(other)
    if first is None or second is None or len(first) != len(second) or first.equals(second):
        return None
    a, b = names
    remedy = f"pair them by position, `{b} = {b}.set_axis({a}.index)`."
    if first.is_unique and second.is_unique and first.isin(second).all():
        remedy = f"Bring them into one order, `{b} = {b}.loc[{a}.index]`; or {remedy}"
    else:
        common = int(first.isin(second).sum())
        remedy = (
            f"{common} of {len(first)} row labels of {a} are in {b}. Select the same rows of both; "
            f"or, if they belong together as they stand, {remedy}"
        )
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    unlike = [i for i, pair in enumerate(pairs) if not _same(*pair)]
    where = unlike[0] if unlike else 0
    return {
        "expected": f"{b} with the index of {a}, which has {pairs[where][0]!r} in row {where}",
        "received": f"{pairs[where][1]!r} in row {where} of {b}; {len(unlike)} rows differ",
        "remedy": remedy,
    }


def _index(data: Any) -> pd.Index | None:
    index = getattr(data, "index", None)
    return index if isinstance(index, pd.Index) else None


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (one != one and other != other)  # NaN is no label of its own


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
