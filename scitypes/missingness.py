"""Which cells are missing, and what can be known of whole blocks of numbers at one look.

None, NaN, NA and NaT are missing alike, whatever holds them; this module owns that for vectors and
tables of every library. Nothing here modifies its argument.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scitypes.labels import objects
from scitypes.libraries import is_foreign_series, narwhal

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_NAT = np.iinfo(np.int64).min


def missing_mask(x: Any) -> Mask:
    """Which elements of a vector are missing: None, NaN, NA and NaT alike, whatever the dtype.

    Args:
        x: a vector, `(n_rows,)`.

    Returns:
        booleans, `(n_rows,)`.

    >>> missing_mask(["a", None, float("nan")])
    array([False,  True,  True])
    """
    if is_foreign_series(x):
        return _foreign_missing(x)
    if isinstance(x, (list, tuple)):
        return np.asarray(pd.isna(objects(x)))
    if isinstance(x, np.ndarray):
        if _is_masked(x):
            return _array_missing(np.ma.getdata(x)) | np.ma.getmaskarray(x)
        return _array_missing(x)
    if isinstance(x, (pd.Series, pd.Index)) and isinstance(x.dtype, np.dtype):
        return _array_missing(x.to_numpy())
    if isinstance(x, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        mask = np.asarray(pd.isna(x))
        return mask | _hidden_nan(x) if _is_float(x.dtype) else mask
    return np.zeros(len(x), dtype=bool)


def n_missing(x: Any) -> int:
    """How many elements of a vector are missing: None, NaN, NA and NaT, whatever the dtype.

    Nothing is looked at where the dtype says that none can be.

    >>> n_missing(["a", None, float("nan")])
    2
    """
    if is_foreign_series(x):
        return _foreign_gaps(x)
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):
        values: Any = x.array if isinstance(x, (pd.Series, pd.Index)) else x
        return int(np.count_nonzero(values.codes < 0))
    if isinstance(dtype, np.dtype) and dtype.kind in "biuSUV" and not _is_masked(x):
        return 0
    return int(np.count_nonzero(missing_mask(x)))


def complete(x: Any) -> bool:
    """Whether every cell is known to hold a label or a finite number, by one look at whole blocks.

    Checks that name what is missing or infinite need not look any further then. False also says
    that nothing is known: of text, extension dtypes, data of other libraries.

    >>> complete(pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})), complete(np.array([np.inf]))
    (True, False)
    """
    if all_numeric(x):
        return bool(np.isfinite(x.to_numpy(dtype=np.float64)).all())
    if isinstance(x, pd.DataFrame):
        return all(complete(column) for _, column in x.items())
    if isinstance(x, pd.Series):
        x = x.to_numpy() if isinstance(x.dtype, np.dtype) else x.array
    if isinstance(x, pd.Categorical):
        return bool((x.codes >= 0).all())
    numeric = isinstance(x, np.ndarray) and x.dtype.kind in "biuf"
    return numeric and not isinstance(x, np.ma.MaskedArray) and bool(np.isfinite(x).all())


def all_numeric(X: Any) -> bool:
    """Whether this is a DataFrame whose columns all have NumPy's dtypes of numbers.

    >>> all_numeric(pd.DataFrame({"a": [1, 2]})), all_numeric({"a": [1, 2]})
    (True, False)
    """
    return isinstance(X, pd.DataFrame) and all(
        isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in X.dtypes
    )


def integers_of(x: Any) -> Any:
    """The integers of a vector of an integer dtype, missing ones left out; None for any other.

    >>> integers_of(pd.Series([1, None], dtype="Int64")), integers_of(np.array([0.5]))
    (array([1]), None)
    """
    if is_foreign_series(x):
        series = narwhal(x)
        return np.asarray(series.drop_nulls().to_numpy()) if series.dtype.is_integer() else None
    vectors = (np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
    kind = getattr(x.dtype, "kind", "O") if isinstance(x, vectors) else "O"
    if kind not in "iu":
        return None
    if isinstance(x, np.ndarray):
        return np.ma.compressed(x)
    return pd.Series(x).dropna().to_numpy(dtype=np.uint64 if kind == "u" else np.int64)


def rounded_as(integers: Any, dtype: Any) -> list[int]:
    """The places of integers that are other numbers in a dtype of floats.

    >>> rounded_as(np.array([1, 2**53 + 1]), np.dtype("float64"))
    [1]
    """
    exact = 2.0 ** (np.finfo(dtype).nmant + 1)
    with np.errstate(over="ignore"):
        values = integers.astype(dtype)
        large = np.flatnonzero(np.abs(values) >= exact)
    return [
        int(row)
        for row in large
        if not np.isfinite(values[row]) or int(values[row]) != int(integers[row])
    ]


def _array_missing(x: np.ndarray[Any, Any]) -> Mask:
    if x.dtype.kind in "biuSUV":
        return np.zeros(x.shape, dtype=bool)
    if x.dtype.kind in "fc":
        return np.asarray(np.isnan(x))
    if x.dtype.kind in "mM":
        # Four times as fast as np.isnat, where the bytes are in this machine's order.
        return np.asarray(x.view(np.int64) == _NAT if x.dtype.isnative else np.isnat(x))
    return np.asarray(pd.isna(x.astype(object)))


def _is_float(dtype: Any) -> bool:
    arrow = getattr(dtype, "pyarrow_dtype", None)
    if arrow is not None:  # pandas can't tell of each type of Arrow
        return str(arrow) in ("halffloat", "float", "double")
    return bool(pd.api.types.is_float_dtype(dtype))


def _hidden_nan(x: Any) -> Mask | bool:
    """NaN beside NA: before pandas 3 a `Float64` or Arrow column can hold NaN that is not NA."""
    if isinstance(x.dtype, (np.dtype, pd.SparseDtype)):
        return False
    return np.asarray(np.isnan(pd.Series(x).to_numpy(dtype=float, na_value=np.nan)))


def _foreign_missing(x: Any) -> Mask:
    series = narwhal(x)
    mask = series.is_null()
    if series.dtype.is_float():
        mask = mask | series.is_nan().fill_null(True)
    return np.asarray(mask.to_numpy(), dtype=bool)


def _foreign_gaps(x: Any) -> int:
    series = narwhal(x)
    gaps = int(series.null_count())
    return gaps + int(series.is_nan().sum() or 0) if series.dtype.is_float() else gaps


def _is_masked(x: object) -> bool:
    return isinstance(x, np.ma.MaskedArray) and x.dtype.names is None
