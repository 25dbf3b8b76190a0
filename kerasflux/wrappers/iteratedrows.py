"""Which rows of its data an iterated model trains on, and which it is looked at with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import scitypes as st
from kerasflux.doubts import blocks, lacking, overlap
from kerasflux.errors import HyperparameterError, ResamplingError
from kerasflux.forwarding import Rows
from kerasflux.resampling import CV, InSample, Pairs, StratifiedCV, TimeSeriesCV, pairs
from kerasflux.resampling.base import Strategy
from scitypes.messages import counted

TRAINING = "training"
"""As `resampling`: all rows train, and the training losses alone are looked at."""

SHARE, SEED = 0.7, 0  # of the rows that train where nothing is said, and of their shuffling
_SEVERAL = (CV, StratifiedCV, TimeSeriesCV)


@dataclass(frozen=True)
class Split:
    """Rows by their position among those of a fit.

    Attributes:
        train: those that train; None for all.
        test: those that predictions are measured on; None to look at training losses only.
        strategy: what made them, for evaluations.
        note: what was chosen for a caller who left it open, or `""`.
        doubts: what is doubtful about them.
    """

    train: np.ndarray | None
    test: np.ndarray | None
    strategy: Any = None
    note: str = ""
    doubts: tuple[str, ...] = ()


def as_resampling(value: Any) -> Any:
    """What the hyperparameter `resampling` may be.

    Raises:
        HyperparameterError: what has several folds, or is none of the kinds.

    >>> as_resampling(0.8)
    0.8
    """
    if value is None or isinstance(value, InSample):
        return value
    if isinstance(value, str) and value == TRAINING:
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    if isinstance(value, Strategy) and not isinstance(value, _SEVERAL):
        return value
    if _is_pair(value):
        return [tuple(np.asarray(rows) for rows in value)]
    if isinstance(value, Sequence) and len(value) == 1 and _is_pair(value[0]):
        return [tuple(np.asarray(rows) for rows in value[0])]
    raise _refused(value)


def _is_pair(value: Any) -> bool:
    two = isinstance(value, (tuple, list)) and len(value) == 2
    return two and all(_is_rows(rows) for rows in value)


def _is_rows(value: Any) -> bool:
    if isinstance(value, str) or not isinstance(value, (Sequence, np.ndarray, range)):
        return False
    numbers = np.asarray(value)
    return numbers.ndim == 1 and len(numbers) > 0 and numbers.dtype.kind in "iu"


def _refused(value: Any) -> HyperparameterError:
    several = isinstance(value, _SEVERAL) or hasattr(value, "get_n_splits")
    return HyperparameterError(
        "An iterated model is looked at with one set of rows, not with several folds."
        if several
        else "This can't say which rows an iterated model is looked at with.",
        expected="None, the share of rows that train (0.7), `Holdout(...)`, `InSample()`, one pair "
        '`(train, test)` of row numbers, or "training" (its training losses)',
        received=f"{value!r}"[:80],
        remedy="`resampling=None` holds 30 % of the rows out, shuffled, stratified for labels; "
        "`kf.evaluate(IteratedModel(...), X, y, resampling=...)` takes any strategy around it.",
        name="resampling",
        value=value,
    )


def split(resampling: Any, rows: Rows) -> Split:
    """The rows to train on and to look at, of a fit's rows.

    Args:
        resampling: as `as_resampling` gave it.
        rows: the rows of the fit.

    Raises:
        ResamplingError: too few rows, rows that there are not, several pairs, or a class of which
            no row trains.
    """
    if isinstance(resampling, str):
        return Split(None, None)
    if isinstance(resampling, InSample):
        return Split(None, np.arange(len(rows)), resampling)
    if resampling is None or isinstance(resampling, float):
        return _held_out(SHARE if resampling is None else resampling, rows)
    target = rows.observations
    found = pairs(resampling, len(rows), target.y, X=target.X)
    if len(found) != 1:
        raise ResamplingError(
            f"{type(resampling).__name__} gives {len(found)} pairs of rows.",
            expected="one pair: an iterated model is looked at with one set of rows",
            received=f"{len(found)} pairs",
            remedy="`resampling=None`, or `kf.Holdout(fraction_train=0.7, rng=0)`.",
        )
    return Split(*found[0], resampling, doubts=_doubts(resampling, found, target, len(rows)))


def _held_out(share: float, rows: Rows) -> Split:
    """Shuffled by a fixed seed, and stratified for labels."""
    y = rows.y
    finite = bool(st.scitype(y) <= st.Vector[st.Finite])
    n = len(rows)
    if not 0 < round(share * n) < n:
        raise ResamplingError(
            f"{counted(n, 'row')} can't be divided into those that train and those looked at.",
            expected="one row at least on either side",
            received=f"{100 * share:.6g} % of {counted(n, 'row')} to train",
            remedy='`resampling="training"` looks at the training losses, and holds no row out.',
        )
    train, test = st.partition(
        np.arange(n), share, shuffle=True, rng=SEED, stratify=y if finite else None
    )
    how = f"shuffled{', stratified' if finite else ''}, seed {SEED}"
    note = f"resampling: {100 * share:.3g} % of the rows train, the rest test ({how})"
    return Split(train, test, [(train, test)], note)


def _doubts(strategy: Any, found: Pairs, data: Any, n_rows: int) -> tuple[str, ...]:
    return (
        *blocks(strategy, data, np.arange(n_rows)),
        *overlap(strategy, found),
        *lacking(strategy, found, _Counted(data.X, data.y, n_rows)),
    )


@dataclass(frozen=True)
class _Counted:
    """Data as refusals name it."""

    X: Any
    y: Any
    n_rows: int
