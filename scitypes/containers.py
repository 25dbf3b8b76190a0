"""Columns in and out of what holds them: Series, arrays, lists, data frames, dicts, polars, Arrow.

`series_of` gives any vector as a Series without changing an element, `given_back` and `like` put a
Series back into the kind of container it came from, `with_columns` gives a table with some columns
exchanged. What polars and Arrow can hold is `foreign.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes import foreign, libraries, missingness, tables
from scitypes.labels import objects
from scitypes.lattice import Scitype


def is_vector(x: object) -> bool:
    """Whether `x` is a vector that `series_of` takes."""
    if isinstance(x, np.ndarray):
        return x.ndim == 1 and x.dtype.names is None  # a structured array is a table
    return isinstance(x, list | tuple | range | _PANDAS) or libraries.is_foreign_series(x)


def series_of(x: Any) -> Any:
    """A vector as a Series; elements of lists and object arrays stay the objects they are.

    Masked elements of a masked array are missing ones of the Series.

    >>> series_of([1, None]).tolist()
    [1, None]
    >>> series_of(np.ma.masked_array([1, 2], [False, True])).tolist()
    [1, <NA>]
    """
    x = libraries.readable(x)
    if isinstance(x, pd.Series):
        return x
    if isinstance(x, list | tuple):
        return pd.Series(objects(x), dtype=object)
    if isinstance(x, np.ma.MaskedArray):
        return pd.Series(_unmasked(x))
    if isinstance(x, np.ndarray) and x.dtype == object:
        return pd.Series(x, dtype=object)
    if libraries.is_foreign_series(x):
        return foreign.to_series(x, getattr(x, "name", None))
    return pd.Series(np.asarray(x) if isinstance(x, range) else x)


def given_back(column: Any, target: Scitype, x: Any) -> Any:
    """A Series made from `x` as a column of the library of `x`: of polars or Arrow, else itself.

    Raises:
        Refusal: that library can't hold it.
    """
    return foreign.from_series(column, target, x) if libraries.is_foreign_series(x) else column


def like(column: Any, x: Any) -> Any:
    """A column, as `given_back` gives it, as the kind of container that `x` is.

    Series and Index stay so, with index and name, polars and Arrow columns are there already.
    Arrays, lists and tuples give an array: NumPy's where it can hold the values, else pandas'
    (`pandas.Categorical` for Finite).
    """
    if isinstance(x, pd.Series) or libraries.is_foreign_series(column):
        return column
    if isinstance(x, pd.Index):
        return pd.Index(column, name=x.name)
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(copy=True)
    if isinstance(column.dtype, pd.StringDtype) and not isinstance(x, _EXTENSION):
        return column.to_numpy(dtype=object)
    return column.array


def with_columns(X: Any, new: Mapping[int, Any]) -> Any:
    """The table with the columns at some positions exchanged; `X` itself if there are none.

    Nothing written into the result reaches `X`: with Copy-on-Write that is free, without it the
    other columns are copied. A structured array gives a DataFrame, since it holds no levels.
    """
    if not new:
        return X
    if libraries.is_foreign_frame(X):
        return foreign.with_columns(X, new)
    if isinstance(X, np.ndarray):
        every = [new[i] if i in new else series_of(x) for i, (_, x) in enumerate(tables.columns(X))]
        return pd.DataFrame(dict(zip(tables.names(X), every, strict=True)))
    if isinstance(X, dict):
        return {
            name: like(new[i], x) if i in new and is_vector(x) else new.get(i, x)
            for i, (name, x) in enumerate(X.items())
        }
    result = X.copy(deep=not _copies_on_write())
    for i, column in new.items():
        result.isetitem(i, column)
    return result


def row_labels(x: Any, rows: Sequence[int]) -> list[Any]:
    """How the user names these rows: by index label in pandas, else by position."""
    if isinstance(x, pd.Series | pd.DataFrame):
        return list(x.index[list(rows)])
    return list(rows)


def tightened(column: Any) -> Any:
    """A nullable numeric column without missing cells as the NumPy dtype of the same numbers."""
    dtype = column.dtype
    plain = getattr(dtype, "numpy_dtype", None)
    nullable = not isinstance(dtype, np.dtype) and plain is not None and plain.kind in "biuf"
    if not nullable or missingness.missing_mask(column).any():
        return column
    return column.astype(plain)


def _unmasked(x: Any) -> Any:
    """A masked array as one that pandas knows to have missing elements; a copy."""
    mask = np.ma.getmaskarray(x)
    kind = x.dtype.kind
    if not mask.any():
        return np.array(x.data)
    if kind in "biu":
        masked: Any = pd.arrays.BooleanArray if kind == "b" else pd.arrays.IntegerArray
        return masked(x.filled(0), mask.copy())
    if kind in "fmM":
        return np.where(mask, np.array("nan" if kind == "f" else "NaT", dtype=x.dtype), x.data)
    return objects([None if gone else cell for cell, gone in zip(x.data, mask, strict=True)])


def _copies_on_write() -> bool:
    return int(pd.__version__.split(".")[0]) >= 3


_EXTENSION = pd.api.extensions.ExtensionArray
_PANDAS = pd.Series | pd.Index | pd.api.extensions.ExtensionArray
