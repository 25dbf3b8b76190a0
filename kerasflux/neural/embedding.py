"""Tables with each categorical column replaced by the columns of its learned embedding."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from kerasflux.neural.encoding import ImageEncoding
from kerasflux.neural.frontend import Features
from kerasflux.neural.learned import Learned
from scitypes import tables


def embedded(learned: Learned, features: Features, X: Any) -> Any:
    """`X` with each categorical column `f` replaced in place by `f_1`, ..., `f_d`.

    Where one of these names is taken the separator grows (`f__1`). Other columns stay as they are,
    and so does the kind of table; without categorical columns `X` itself is returned.

    Source: `transform` of MLJFlux' models.
    """
    if isinstance(learned.encoding, ImageEncoding) or not learned.encoding.categories.names:
        return X
    categories = learned.encoding.categories
    codes = categories(features)
    values = {
        name: place.of(learned.training.network)[codes[:, i]]
        for i, (name, place) in enumerate(zip(categories.names, learned.embeddings, strict=True))
    }
    return _table(_columns(X, values), X)


def _columns(X: Any, values: dict[str, np.ndarray]) -> list[tuple[Any, Any]]:
    taken = {str(name) for name in tables.names(X)}
    columns: list[tuple[Any, Any]] = []
    for name, column in tables.columns(X):
        if str(name) not in values:
            columns.append((name, column))
            continue
        new = _free_names(str(name), values[str(name)].shape[1], taken)
        taken.update(new)
        columns += zip(new, values[str(name)].T, strict=True)
    return columns


def _free_names(name: str, size: int, taken: set[str]) -> list[str]:
    separator = "_"
    while taken & set(new := [f"{name}{separator}{i + 1}" for i in range(size)]):
        separator += "_"
    return new


def _table(columns: list[tuple[Any, Any]], X: Any) -> Any:
    if isinstance(X, pd.DataFrame):
        series = [pd.Series(column, X.index, name=name) for name, column in columns]
        return pd.concat(series, axis=1)
    if isinstance(X, dict):
        return dict(columns)
    backend = nw.get_native_namespace(nw.from_native(X, eager_only=True))
    return nw.from_dict(dict(columns), backend=backend).to_native()
