"""Cells that a network can't train on, named by column and row.

Machines check scitypes before they fit; these are the last line behind them (folds, wrappers,
models used without a machine), so that nothing ever trains on NaN in silence.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kerasflux.errors import DataError

EXACT = 2.0**24
"""Whole numbers beyond this are rounded by float32."""


def refuse_infinite(values: np.ndarray, names: tuple[str, ...], what: str = "inputs") -> None:
    """Refuse infinite values in `(n_rows, n_columns)` numbers."""
    if np.isfinite(values).all():
        return
    bad = np.isinf(values)
    if bad.any():
        raise DataError(
            f"Columns of the {what} hold infinite values: {_places(bad, names)}.",
            expected="finite numbers",
            received=f"{int(bad.sum())} infinite values",
            remedy="Replace them by finite numbers, or by missing values.",
            columns=_columns(bad, names, "infinite"),
        )


def refuse_missing(gaps: np.ndarray, names: tuple[str, ...], what: str = "inputs") -> None:
    """Refuse missing values, given as `(n_rows, n_columns)` bool."""
    if gaps.any():
        remedy = "Drop these rows, or fill the values in"
        raise DataError(
            f"Columns of the {what} have missing values: {_places(gaps, names)}.",
            expected="a value in every cell",
            received=f"{int(gaps.sum())} missing values",
            remedy=remedy + (', or set missing="impute".' if what == "inputs" else "."),
            columns=_columns(gaps, names, "missing"),
        )


def refuse_rounded(values: np.ndarray, counts: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse whole numbers that float32 would round, in the columns that `counts` marks."""
    large = (np.abs(values) > EXACT) & counts
    if not large.any():
        return
    with np.errstate(over="ignore"):
        bad = large & (values.astype(np.float32).astype(np.float64) != values)
    if bad.any():
        raise DataError(
            f"float32 can't hold whole numbers of these columns: {_places(bad, names)}.",
            expected=f"whole numbers up to 2^24 = {EXACT:.0f} with scaling=None",
            received=f"{int(bad.sum())} numbers that would be rounded",
            remedy='Set scaling="robust" or scaling="standard", which scale in float64 first.',
            columns=_columns(bad, names, "rounded"),
        )


def refuse_overflow(values: np.ndarray, encoded: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse finite values whose encoding is not finite in float32."""
    if np.isfinite(encoded).all():
        return
    bad = ~np.isfinite(encoded)
    raise DataError(
        f"Values of these columns are too large for float32: {_places(bad, names)}.",
        expected="magnitudes below 3.4e38 after scaling",
        received=f"{int(bad.sum())} values, for instance {values[bad][0]:g}",
        remedy='Set scaling="robust", which clips, or take logarithms.',
        columns=_columns(bad, names, "overflow"),
    )


def refuse_huge(bad: np.ndarray, values: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse finite targets that a loss can't be computed from; `bad` marks them."""
    if not bad.any():
        return
    largest = float(np.abs(values[bad]).max())
    raise DataError(
        f"Targets are too large to train on: {_places(bad, names)}.",
        expected="numbers whose squares are finite, as float32 where they are not scaled",
        received=f"{int(bad.sum())} values, the largest of magnitude {largest:.3g}",
        remedy="Give the target in a larger unit, `y / 1e6`, or its logarithm.",
        columns=_columns(bad, names, "too large"),
    )


def listed(names: Iterable[object], most: int = 12) -> str:
    """Names in a sentence, the first dozen of many."""
    names = list(names)
    return ", ".join(map(str, names[:most])) + (f", ... {len(names)}" if len(names) > most else "")


def _places(bad: np.ndarray, names: tuple[str, ...]) -> str:
    """`'age' (positions 3, 7, 12, ... 40 in all)` for each column that has a bad cell."""
    parts = []
    for i in np.flatnonzero(bad.any(axis=0)):
        rows = np.flatnonzero(bad[:, i])
        shown = ", ".join(map(str, rows[:3]))
        more = f", ... {len(rows)} in all" if len(rows) > 3 else ""
        parts.append(f"{names[i]!r} (position{'s' if len(rows) > 1 else ''} {shown}{more})")
    return listed(parts)


def _columns(bad: np.ndarray, names: tuple[str, ...], reason: str) -> dict[str, str]:
    return {names[i]: reason for i in np.flatnonzero(bad.any(axis=0))}
