"""What may be the probabilities and the levels of a distribution, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.errors import DataError
from scitypes.messages import counted, listed
from scitypes.pools import Pool

_PER_LEVEL = "Give one number per level, in the order of the levels."
_WHOLE = "Leave these rows out, or give them probabilities."
_NO_LOGITS = "Of logits, `scipy.special.softmax(x, axis=-1)` makes probabilities."
_NORMALISED = "Divide by the sums: `p / p.sum(axis=-1, keepdims=True)`."


def pool_of(levels: Any, ordered: bool) -> Pool:
    """The pool of levels; one that is given as such stays as it is."""
    if isinstance(levels, Pool):
        return levels
    pool = Pool(tuple(levels), ordered)
    if not len(pool):
        raise DataError(
            "A distribution needs levels.",
            expected="one label or more",
            received="none",
            remedy="Give one label for each column of probabilities: levels=[...].",
        )
    return pool


def checked(probabilities: Any, levels: tuple[Any, ...], ndim: int) -> np.ndarray:
    """A read-only float copy, or a DataError that says which rows are wrong and how."""
    try:
        values = np.array(probabilities)
        values = values if values.dtype.kind == "f" else values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise _bad(
            "They are not an array of numbers.", levels, ndim, str(error), _PER_LEVEL
        ) from error
    if values.ndim != ndim or values.shape[-1] != len(levels):
        raise _bad("They have the wrong shape.", levels, ndim, f"shape {values.shape}", _PER_LEVEL)
    _no_rows(values, ~np.isfinite(values), "They hold missing or infinite values", levels, _WHOLE)
    _no_rows(values, values < 0, "They hold negative numbers", levels, _NO_LOGITS)
    off = np.abs(values.sum(axis=-1, keepdims=True, dtype=np.float64) - 1) > _slack(values.dtype)
    _no_rows(values, off, "They don't sum to one", levels, _NORMALISED)
    values.flags.writeable = False
    return values


def _slack(dtype: np.dtype[Any]) -> float:
    return max(1e-4, float(np.sqrt(np.finfo(dtype).eps)))


def _no_rows(
    values: np.ndarray, wrong: np.ndarray, what: str, levels: tuple[Any, ...], remedy: str
) -> None:
    if not wrong.any():
        return
    if values.ndim == 1:
        shown = np.array2string(values, precision=4, threshold=8)
        raise _bad(f"{what}.", levels, 1, shown, remedy)
    rows = np.flatnonzero(wrong.any(axis=1))
    first = np.array2string(values[rows[0]], precision=4, threshold=8)
    received = f"{counted(len(rows), 'such row')}; row {rows[0]} is {first}"
    raise _bad(f"{what}.", levels, 2, received, remedy, rows=rows)


def _bad(
    what: str, levels: tuple[Any, ...], ndim: int, received: str, remedy: str, **data: Any
) -> DataError:
    shape = f"({'n_rows, ' if ndim == 2 else ''}{len(levels)})"
    return DataError(
        f"These can't be probabilities of {listed(levels, 10)}. {what}",
        expected=f"non-negative numbers of shape {shape} that sum to one in each row",
        received=received,
        remedy=remedy,
        **data,
    )
