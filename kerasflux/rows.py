"""Rows as a user says them, as an array of row numbers: slices, ranges, masks, index arrays, lists.

Rows in another form are the same rows once they are numbers: `slice(0, 3)`, `range(3)`,
`[0, 1, 2]` and a mask with its first three entries true. Negative numbers count from the end, as in
NumPy, and a row may be named more than once (a bootstrap sample). Unlike in NumPy a slice that
reaches past the end is refused like any other row that is not there: a fit on fewer rows than were
asked for is a surprise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import RowsError
from scitypes.messages import listed
from scitypes.tables import is_table


def row_numbers(rows: Any, n_rows: int, index: pd.Index | None = None) -> np.ndarray:
    """The numbers of the rows that were asked for.

    Args:
        rows: `"all"`, None (all), a slice, a range, a boolean mask of `n_rows` entries, or an
            array, list or Series of integers.
        n_rows: how many rows there are.
        index: the labels of the rows, where they have some: rows are numbers and not labels, so a
            pandas index, or a mask with another index, is refused where the two could differ.

    Returns:
        Row numbers, `(n_selected,)` int64, each from 0 to `n_rows - 1`, in the order asked for.

    Raises:
        RowsError: rows that are not there, labels of rows, a mask of another length or index, or
            something that is no rows.

    >>> row_numbers(slice(-2, None), 5)
    array([3, 4])
    >>> row_numbers([True, False, True], 3)
    array([0, 2])
    """
    if rows is None or (isinstance(rows, str) and rows == "all"):
        return np.arange(n_rows)
    if isinstance(rows, slice):
        return _sliced(rows, n_rows)
    if index is not None:
        _refuse_labels(rows, index)
    numbers = _array(rows)
    if numbers.dtype == bool:
        return _masked(numbers, n_rows)
    if numbers.size == 0:
        return np.zeros(0, dtype=np.int64)
    if numbers.dtype.kind not in "iu":
        raise _no_rows(rows)
    return _indexed(numbers.astype(np.int64), n_rows)


def _refuse_labels(rows: Any, index: pd.Index) -> None:
    """Refuse what pandas would look up by label."""
    if isinstance(rows, pd.Index) and not index.equals(pd.RangeIndex(len(index))):
        raise RowsError(
            "Rows are numbered by position, but an index holds labels.",
            expected="positions, from 0 on",
            received=f"a pandas {type(rows).__name__} that starts with {listed(rows[:3], 3)}",
            remedy="Look the positions up: `rows = X.index.get_indexer(labels)`.",
        )
    mask = isinstance(rows, pd.Series) and rows.dtype == bool
    if mask and len(rows) == len(index) and not rows.index.equals(index):
        raise RowsError(
            "A mask of rows has another index than the data.",
            expected="a mask with the index of X, or without one",
            received=f"a Series whose index starts with {listed(rows.index[:3], 3)}",
            remedy="Bring it into the order of X: `mask.loc[X.index]`; or `mask.to_numpy()`.",
        )


def _sliced(rows: slice, n_rows: int) -> np.ndarray:
    bounds = [b for b in (rows.start, rows.stop, rows.step) if b is not None]
    if not all(isinstance(b, (int, np.integer)) for b in bounds) or rows.step == 0:
        raise _no_rows(rows)
    outside = [b for b in (rows.start, rows.stop) if b is not None and not -n_rows <= b <= n_rows]
    if outside:
        raise _out_of_range(outside, n_rows, f"a slice bound {outside[0]}")
    return np.arange(n_rows)[rows]


def _array(rows: Any) -> np.ndarray:
    if isinstance(rows, (str, bytes, dict, int, float, np.generic)):
        raise _no_rows(rows)
    try:
        numbers = np.asarray(rows)
    except (TypeError, ValueError):
        raise _no_rows(rows) from None
    if numbers.dtype == object and numbers.size and all(isinstance(v, bool) for v in numbers.flat):
        numbers = numbers.astype(bool)
    if numbers.ndim != 1:
        raise _no_rows(rows)
    return numbers


def _masked(mask: np.ndarray, n_rows: int) -> np.ndarray:
    if len(mask) != n_rows:
        raise RowsError(
            "A mask of rows has another length than the data.",
            expected=f"{n_rows} booleans, one per row",
            received=f"{len(mask)} booleans",
            remedy="Make the mask from the data that the machine is bound to.",
        )
    return np.flatnonzero(mask)


def _indexed(numbers: np.ndarray, n_rows: int) -> np.ndarray:
    outside = numbers[(numbers >= n_rows) | (numbers < -n_rows)]
    if outside.size:
        shown = ", ".join(map(str, outside[:5].tolist())) + (", ..." if outside.size > 5 else "")
        raise _out_of_range(outside.tolist(), n_rows, f"row {shown}")
    return np.where(numbers < 0, numbers + n_rows, numbers)


def _out_of_range(outside: list[int], n_rows: int, received: str) -> RowsError:
    return RowsError(
        "Rows were asked for that the data does not have.",
        expected=f"rows 0 to {n_rows - 1} (or {-n_rows} to -1, from the end)",
        received=received,
        remedy='`rows="all"` means every row.',
        outside=outside,
        n_rows=n_rows,
    )


def _no_rows(rows: Any) -> RowsError:
    return RowsError(
        "This can't be read as rows.",
        expected='"all", a slice, a range, a boolean mask, or a list or array of row numbers',
        received=_received(rows),
        remedy=_as_rows(rows),
    )


def _received(rows: Any) -> str:
    shape = getattr(rows, "shape", ())
    if len(shape) > 1:
        return f"a {type(rows).__name__} of shape {tuple(shape)}"
    return " ".join(repr(rows).split())[:60]


def _as_rows(rows: Any) -> str:
    if is_table(rows) or np.ndim(rows) > 1:
        return (
            "Data is bound by `mach = kf.machine(model, X, y)` and learned from by `mach.fit()`; "
            "`mach.with_data(X, y)` binds other data."
        )
    if isinstance(rows, str):
        return 'Every row is `"all"`.'
    if isinstance(rows, (int, np.integer)):
        return f"A single row is a list of one: `[{int(rows)}]`."
    if isinstance(rows, (float, np.floating)):
        return "A fraction of the rows: `train, test = kf.partition(range(n_rows), 0.7)`."
    return "Row numbers are whole numbers in one dimension, counted from 0."
