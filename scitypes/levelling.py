"""The verbs over levels: looking at a column's pool, and giving the column another one.

Values never change unless `recode` is asked to; a column of every library is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError
from scitypes.messages import in_rows, listed
from scitypes.pools import Pool, as_categorical


def levels(x: object) -> list[Any]:
    """The labels of a categorical column, seen or not, in their order.

    Raises:
        NotCategorical: the column has no levels.

    Source: `levels` of CategoricalArrays.jl.

    >>> levels(pd.Categorical(["b", "b"], categories=["a", "b"]))
    ['a', 'b']
    """
    return list(Pool.of(x).levels)


def set_levels(x: Any, new: Iterable[Any], *, ordered: bool | None = None) -> Any:
    """The same categorical column with other levels: reordered, extended, or unused ones dropped.

    Values never change; only the pool does.

    Args:
        x: a categorical Series, Index or `pandas.Categorical`, `(n_rows,)`; it is not modified.
        new: all labels of the new pool, in their order.
        ordered: whether the order has a meaning; None keeps what it was.

    Returns:
        the same kind of container, index and name kept.

    Raises:
        LevelError: a level in use would be lost (its label and rows are named), or one is repeated.
        NotCategorical: the column has no levels.

    Source: `levels!` of CategoricalArrays.jl, which changes its argument.

    >>> sizes = pd.Series(["S", "L", "S"], dtype="category")
    >>> levels(set_levels(sizes, ["S", "M", "L"], ordered=True))
    ['S', 'M', 'L']
    """
    old = Pool.of(x)
    pool = Pool(tuple(new), old.ordered if ordered is None else ordered)
    codes, strangers = pool.match(x)
    if strangers:
        label, rows = strangers[0]
        raise LevelError(
            f"The level {label!r} is in use and can't be removed.",
            expected=f"a list with {listed([label for label, _ in strangers])} among the levels",
            received=listed(pool.levels, 10),
            remedy=f"it occurs in {in_rows(rows.tolist())}; recode those values first",
            labels=tuple(label for label, _ in strangers),
        )
    return _like(x, pool.decode(codes))


def add_levels(
    x: Any,
    new: Iterable[Any],
    *,
    before: Any = None,
    after: Any = None,
    ordered: bool | None = None,
) -> Any:
    """The same categorical column with further levels, at the end or beside one of the old."""
    raise NotImplementedError


def drop_levels(x: Any, labels: Iterable[Any] | None = None) -> Any:
    """The same categorical column without these levels, or without all unused ones."""
    raise NotImplementedError


def recode(x: Any, changes: Mapping[Any, Any] | Callable[[Any], Any]) -> Any:
    """The categorical column with its labels renamed; equal new labels become one level."""
    raise NotImplementedError


def concat(parts: Sequence[Any]) -> Any:
    """Vectors, tables or image vectors one after another, their pools merged."""
    raise NotImplementedError


def codes(x: Any) -> Any:
    """The position of each element's level, counted from 0; missing where the element is."""
    raise NotImplementedError


def decoder(x: Any) -> Callable[[Any], Any]:
    """A function from codes to the labels they stand for in the pool of `x`, or in the pool `x`."""
    raise NotImplementedError


def unwrap(x: Any) -> Any:
    """A categorical column as plain labels; any other column as it is.

    Args:
        x: a column, `(n_rows,)`; it is not modified.

    Returns:
        a Series for a Series and an Index for an Index (index and name kept), an array for a
        `pandas.Categorical`, an Arrow dictionary or a polars column. Integers and booleans with
        missing cells become `Int64` and `boolean`, so that no digit is lost.

    Source: `unwrap` of CategoricalArrays.jl.

    >>> unwrap(pd.Series([3, 1, 3], dtype="category")).tolist()
    [3, 1, 3]
    """
    categorical = as_categorical(x)
    if categorical is None:
        return x
    return _like(x, _labels(categorical))


def _labels(categorical: Any) -> Any:
    index, codes = categorical.categories, np.asarray(categorical.codes)
    plain = isinstance(index.dtype, np.dtype)
    labels = index.to_numpy() if plain else index.array
    if not (codes < 0).any():
        return labels.take(codes)
    name = {"i": "Int64", "u": "UInt64", "b": "boolean"}.get(index.dtype.kind) if plain else None
    if name:
        labels = pd.array(labels, dtype=name)
    return pd.api.extensions.take(labels, codes, allow_fill=True)


def _like(x: Any, values: Any) -> Any:
    if isinstance(x, pd.Series):
        return pd.Series(values, index=x.index, name=x.name)
    return pd.Index(values, name=x.name) if isinstance(x, pd.Index) else values
