"""Fingerprints of data: a digest by value, for "is this the data of the last fit?".

A digest does not say what differs; `differences` says it as far as the schemas of both tell.

The digest is of what a model could learn from, not of how it is stored: names, numbers and labels
through their pools. A column of integers and the same column of floats are the same data; other
values, names, levels, or another order of rows or columns are not.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from scitypes import tables
from scitypes.messages import counted, listed
from scitypes.pools import Pool, as_categorical

_MOST = 4  # differences that are named one by one
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


def differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    """How data with another fingerprint differs from what was there, as far as schemas tell.

    Args:
        old: by the name of an argument (`"X"`, `"y"`), its schema as it was, or None.
        new: the same of the data that there is now.

    >>> import pandas as pd, scitypes as st
    >>> old, new = pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"b": [3, 4, 5]})
    >>> differences({"X": st.schema(old)}, {"X": st.schema(new)})
    "X has no 'a'; 3 rows instead of 2"
    >>> differences({"X": st.schema(old)}, {"X": st.schema(old + 1)})
    'the same columns and number of rows, other values or weights'
    """
    found = [told for name in old for told in _other_columns(name, old[name], new[name])]
    rows = {s.nrows: t.nrows for s, t in zip(old.values(), new.values(), strict=True) if s and t}
    found += [
        f"{counted(m, 'row')} instead of {n:,}" for n, m in rows.items() if n not in (None, m)
    ]
    if not found:
        return "the same columns and number of rows, other values or weights"
    return "; ".join(found[:_MOST]) + (f"; {len(found) - _MOST} more" * (len(found) > _MOST))


def _other_columns(what: str, old: Any, new: Any) -> Iterator[str]:
    if old is None or new is None:
        if old is not new:
            yield f"{what} is {'absent' if new is None else 'there'} now"
        return
    if old.container != new.container:
        yield f"{what} is a {new.container} now, it was a {old.container}"
        return
    if old.container == "vector":  # whose name is of no account
        yield from _other_column(what, old.columns[0], new.columns[0])
        return
    if gone := [name for name in old.names if name not in new.names]:
        yield f"{what} has no {listed(gone)}"
    if more := [name for name in new.names if name not in old.names]:
        yield f"{what} has {listed(more)} in addition"
    if not gone and not more and old.names != new.names:
        yield f"the columns of {what} are in another order"
    now = {column.name: column for column in new.columns}
    for column in old.columns:
        if column.name in now:
            yield from _other_column(f"{what}[{column.name!r}]", column, now[column.name])


def _other_column(where: str, old: Any, new: Any) -> Iterator[str]:
    if old.pool is not None and new.pool is not None and old.pool != new.pool:
        yield f"{where} has {_other_levels(old.pool, new.pool)}"
    elif old.scitype != new.scitype and not _both_numbers(old.scitype, new.scitype):
        yield f"{where} is {new.scitype}, it was {old.scitype}"


def _other_levels(old: Any, new: Any) -> str:
    gone = [level for level in old.levels if level not in new.levels]
    more = [level for level in new.levels if level not in old.levels]
    told = [f"the level{'s' * (len(more) > 1)} {listed(more)} in addition"] if more else []
    told += [f"no level{'s' * (len(gone) > 1)} {listed(gone)}"] if gone else []
    if not told and old.ordered != new.ordered:
        return "levels with an order now" if new.ordered else "levels without an order now"
    return " and ".join(told) or "its levels in another order"


def _both_numbers(old: Any, new: Any) -> bool:
    """Whether two scitypes are of numbers, with gaps or without, which may be the same data."""
    gaps = [st.Missing <= scitype for scitype in (old, new)]
    return gaps[0] == gaps[1] and all(st.nonmissing(s) <= st.Infinite for s in (old, new))


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
