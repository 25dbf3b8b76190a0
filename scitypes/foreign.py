"""Columns of polars and Arrow: as a Series of pandas, and back into their own library."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from scitypes.lattice import Scitype


def to_series(column: Any, name: Hashable) -> pd.Series:
    """A polars or Arrow column as a Series that keeps scitype, levels and missing cells."""
    raise NotImplementedError


def from_series(series: pd.Series, target: Scitype, like: Any) -> Any:
    """A Series as a column of the library that `like` is of."""
    raise NotImplementedError


def with_columns(X: Any, new: Mapping[int, Any]) -> Any:
    """The polars or Arrow table with the columns at some positions exchanged."""
    raise NotImplementedError
