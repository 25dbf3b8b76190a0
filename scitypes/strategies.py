"""Hypothesis strategies: scitypes, labels, pools, columns, tables and image vectors.

The one module that imports hypothesis; it is imported by those who test.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis.strategies import SearchStrategy

from scitypes.images import ImageVector
from scitypes.lattice import Image, Scitype
from scitypes.pools import Pool


def scitypes(max_leaves: int = 4) -> SearchStrategy[Scitype]:
    """Scitypes of every shape."""
    raise NotImplementedError


def labels() -> SearchStrategy[Any]:
    """Labels that a pool can hold."""
    raise NotImplementedError


def pools(ordered: bool | None = None, min_levels: int = 0) -> SearchStrategy[Pool]:
    """Pools of levels."""
    raise NotImplementedError


def columns(
    scitype: Scitype | None = None, *, dtype: Any = None, min_size: int = 0, max_size: int = 8
) -> SearchStrategy[pd.Series]:
    """Columns of a scitype, of any dtype that can hold it."""
    raise NotImplementedError


def tables(
    spec: Any = None, *, min_rows: int = 0, max_rows: int = 8, library: str = "pandas"
) -> SearchStrategy[Any]:
    """Tables of a schema, or of a dict from names to scitypes."""
    raise NotImplementedError


def image_vectors(
    scitype: Scitype = Image, *, min_size: int = 0, max_size: int = 4
) -> SearchStrategy[ImageVector]:
    """Vectors of images of one size."""
    raise NotImplementedError
