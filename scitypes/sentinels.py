"""Values that stand for missing, such as "?" and -999, turned into missing ones.

Never implicit: only what the user lists. A text stands for texts only, a number for numbers only,
a boolean for booleans only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.labels import objects
from scitypes.outcomes import Refusal
from scitypes.pools import Pool, as_categorical

Sentinels = Sequence[Any] | None


def without(column: Any, sentinels: Sentinels) -> Any:
    """The Series with the sentinels missing; itself if it has none of them.

    The sentinels are no levels of a categorical any more. Integers stay integers (`Int64`).

    >>> without(pd.Series([3, -999]), [-999]).tolist()
    [3, <NA>]
    """
    if sentinels is None:
        return column
    if isinstance(sentinels, str) or not hasattr(sentinels, "__iter__"):
        raise Refusal(
            f"missing={sentinels!r} is no list",
            "a list of values that stand for missing",
            remedy=f"missing=[{sentinels!r}]",
        )
    values = [s for s in sentinels if not (np.ndim(s) == 0 and pd.isna(s))]
    if not values:
        return column
    pool = Pool(tuple(dict.fromkeys(values)))
    categorical = as_categorical(column)
    if categorical is not None:
        return _without_levels(column, categorical, pool)
    mask = pool.match(column)[0] >= 0
    return _masked(column, mask) if mask.any() else column


def _without_levels(column: Any, categorical: Any, pool: Pool) -> Any:
    gone = pool.match(objects(list(categorical.categories)))[0] >= 0
    if not gone.any():
        return column
    kept = categorical.remove_categories(list(categorical.categories[gone]))
    return pd.Series(kept, index=column.index, name=column.name)


def _masked(column: Any, mask: Any) -> Any:
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        values: Any = pd.array(column.to_numpy(), dtype=f"{'U' if dtype.kind == 'u' else ''}Int64")
        column = pd.Series(values, index=column.index, name=column.name)
    elif isinstance(dtype, np.dtype) and dtype.kind == "b":
        column = column.astype("boolean")
    return column.mask(pd.Series(mask, index=column.index))
