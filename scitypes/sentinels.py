"""Values that stand for missing, such as "?" and -999, turned into missing ones.

Never implicit: only what the user lists. A text stands for texts only, a number for numbers only,
a boolean for booleans only.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import CoercionError
from scitypes.labels import objects
from scitypes.messages import in_rows, listed
from scitypes.outcomes import Refusal
from scitypes.pools import Pool, as_categorical

Sentinels = Sequence[Any] | None


def without(column: Any, sentinels: Sentinels) -> Any:
    """The Series with the sentinels missing; itself if it has none of them.

    The sentinels are no levels of a categorical any more. Integers stay integers (`Int64`).

    >>> without(pd.Series([3, -999]), [-999]).tolist()
    [3, <NA>]
    """
    _demand_quiet(column)
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
    strange = [s for s in values if not isinstance(s, Hashable)]
    if strange:
        raise Refusal(
            f"missing has {listed(strange)}, which no cell can be",
            "a list of values that stand for missing, such as texts and numbers",
            data={"received": listed(values, 10)},
            remedy="name the values themselves, such as missing=['?', -999]",
        )
    pool = Pool(tuple(dict.fromkeys(values)))
    categorical = as_categorical(column)
    if categorical is not None:
        return _without_levels(column, categorical, pool)
    mask = pool.match(column)[0] >= 0
    return _masked(column, mask) if mask.any() else column


def _demand_quiet(column: Any) -> None:
    """Refuse signalling NaNs of `decimal`, for which pandas can't even say what is missing."""
    if column.dtype != object:
        return
    try:
        pd.isna(column)
    except InvalidOperation:
        rows = [i for i, x in enumerate(column) if isinstance(x, Decimal) and x.is_snan()]
        named = in_rows(column.index[rows])
        where = "The vector" if column.name is None else f"Column {column.name!r}"
        raise CoercionError(
            f"{where} can't be coerced: it holds signalling NaNs of decimal.",
            expected="numbers, or None where they are missing",
            received=f"Decimal('sNaN') in {named}",
            remedy="put None in their place",
            columns={column.name: f"signalling NaNs in {named}"},
        ) from None


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
