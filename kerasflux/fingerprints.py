"""Fingerprints of data: a digest by value, for "is this the data of the last fit?".

The digest is of what a model could learn from, not of how it is stored: names, numbers and labels
through their pools. A column of integers and the same column of floats are the same data; other
values, names, levels, or another order of rows or columns are not.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from scitypes import tables
from scitypes.pools import Pool, as_categorical

_CHUNK = 16 * 2**20  # bytes of images that are digested at once, since they may lie in files


def fingerprint(*parts: Any) -> str:
    """A digest of data.

    Args:
        *parts: tables, vectors, matrices, image vectors, arrays, or None, in a fixed order.

    Returns:
        32 hexadecimal digits.

    >>> import pandas as pd
    >>> fingerprint(pd.DataFrame({"a": [1, 2]})) == fingerprint(pd.DataFrame({"a": [1.0, 2.0]}))
    True
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        _add(digest, part)
    return digest.hexdigest()


def _add(digest: Any, part: Any) -> None:
    if part is None:
        return _note(digest, "nothing")
    if isinstance(part, st.ImageVector):
        return _add_images(digest, part)
    if tables.is_table(part):
        _note(digest, "table")
        for name, column in tables.columns(part):
            _note(digest, str(name))
            _add_vector(digest, column)
        return None
    return _add_vector(digest, part)


def _add_images(digest: Any, images: Any) -> None:
    """Pixels alone count: files elsewhere, or of another format, may hold the same images."""
    _note(digest, "images", images.dtype.str, *images.shape)
    n_rows, *size = images.shape
    length = max(1, _CHUNK // max(1, math.prod(size) * images.dtype.itemsize))
    for start in range(0, n_rows, length):
        rows = np.arange(start, min(start + length, n_rows))
        digest.update(np.ascontiguousarray(images.array(rows)))


def _add_vector(digest: Any, column: Any) -> None:
    if as_categorical(column) is None:
        return _add_array(digest, column)
    pool = Pool.of(column)
    _note(digest, json.dumps(pool.to_json(), sort_keys=True, default=str))
    return _add_array(digest, pool.codes(column))


def _add_array(digest: Any, values: Any) -> None:
    _digest(digest, _plain(values))


def _digest(digest: Any, array: np.ndarray) -> None:
    _note(digest, array.dtype.str, *array.shape)
    digest.update(np.ascontiguousarray(array).tobytes())


def _plain(values: Any) -> np.ndarray:
    """Numbers as float64 where that is exact, anything else as text."""
    if isinstance(getattr(values, "dtype", None), pd.api.extensions.ExtensionDtype):
        values = _from_pandas(values)
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    if array.dtype.kind in "iub":
        small = array.size == 0 or (array.max() <= 2**53 and array.min() >= -(2**53))
        return array.astype(np.float64) if small else array
    return np.asarray([f"{type(v).__name__} {v}" for v in array.ravel().tolist()], dtype=str)


def _from_pandas(values: Any) -> Any:
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        missing = bool(pd.isna(values).any())
        return values.to_numpy(dtype=np.float64, na_value=np.nan) if missing else values.to_numpy()
    return values.to_numpy()


def _note(digest: Any, *facts: object) -> None:
    digest.update(repr(facts).encode())
