"""A few numbers about a column, from which drift can be told later: missing, distinct, range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scitypes import tables
from scitypes.lattice import Never, Scitype, nonmissing
from scitypes.pools import as_categorical


@dataclass(frozen=True)
class Profile:
    """What is kept of a column's values."""

    missing: int | None = None
    distinct: int | None = None
    low: Any = None
    high: Any = None


def profile(values: Any, scitype: Scitype) -> Profile:
    """The numbers about a column of that scitype."""
    raise NotImplementedError


def distinct(values: Any, scitype: Scitype) -> int | None:
    """How many different present elements there are; None if they can't be compared."""
    if hasattr(type(values), "__scitype__"):
        return None
    if nonmissing(scitype) == Never:
        return 0
    categorical = as_categorical(values)
    if categorical is not None:
        codes = np.unique(np.asarray(categorical.codes))
        return int((codes >= 0).sum())
    if tables.is_foreign_series(values):
        values = tables.narwhal(values).to_list()
    try:
        return int(pd.Series(values).nunique())
    except TypeError:
        return None
