"""Splitters of scikit-learn, and whatever has a `split` like theirs, as strategies.

A splitter is asked with the rows that are given, and what it says are positions among them. One
whose seed is a generator is copied first, so that the same call gives the same folds.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import ResamplingError
from kerasflux.resampling.base import Pairs, drawn_seed, no_use_of_groups
from scitypes.tables import selectrows


def is_splitter(value: Any) -> bool:
    """Whether something splits as scikit-learn's splitters do.

    >>> is_splitter("text"), is_splitter(5)
    (False, False)
    """
    own = not isinstance(value, type | str | bytes)
    return own and callable(getattr(value, "split", None))


def split(splitter: Any, rows: np.ndarray, y: Any, X: Any, groups: Any) -> Pairs:
    """The pairs of rows that a splitter makes.

    Raises:
        ResamplingError: it refuses these rows, needs groups or ignores those given, or gives
            positions that are not there.
    """
    given = {} if not _takes_groups(splitter) else {"groups": _of(groups, rows)}
    if groups is not None and (not given or _ignores_groups(splitter)):
        raise no_use_of_groups(_brief(splitter))
    try:
        made = copy.deepcopy(splitter) if _has_generator(splitter) else splitter
        found = [tuple(pair) for pair in made.split(_inputs(X, rows), _labels(y, rows), **given)]
    except (ValueError, TypeError) as error:
        raise _refused(splitter, error, groups) from error
    if not found:
        raise _no_folds(splitter)
    return [_pair(splitter, k, pair, rows) for k, pair in enumerate(found)]


def shuffles(splitter: Any) -> bool:
    """Whether a splitter draws at random."""
    if not hasattr(splitter, "random_state"):
        return False
    return bool(getattr(splitter, "shuffle", True))


def settled(splitter: Any) -> Any:
    """A splitter that gives the same folds each time: a seed is drawn for one that has none."""
    if not shuffles(splitter) or splitter.random_state is not None:
        return splitter
    return reseeded(splitter, drawn_seed())


def again(splitter: Any, k: int) -> Any:
    """The splitter of the k-th repetition: another seed, made from its own."""
    own = splitter.random_state
    seed = own if isinstance(own, int | np.integer) else copy.deepcopy(own).randint(2**31 - 1)
    drawn = np.random.SeedSequence([int(seed), k]).generate_state(1)[0]
    return reseeded(splitter, int(drawn >> 1))


def reseeded(splitter: Any, seed: int) -> Any:
    """A copy of a splitter with a seed."""
    new = copy.copy(splitter)
    new.random_state = seed
    return new


def _has_generator(splitter: Any) -> bool:
    state = getattr(splitter, "random_state", None)
    return state is not None and not isinstance(state, int | np.integer)


def _takes_groups(splitter: Any) -> bool:
    return "groups" in inspect.signature(splitter.split).parameters


def _ignores_groups(splitter: Any) -> bool:
    """Whether a splitter of scikit-learn says that it does not look at groups."""
    told = getattr(splitter, "get_metadata_routing", None)
    return told is not None and not told().split.requests.get("groups")


def _of(values: Any, rows: np.ndarray) -> Any:
    return None if values is None else np.asarray(selectrows(values, rows))


def _inputs(X: Any, rows: np.ndarray) -> Any:
    """The rows of X where scikit-learn can count them, else as many zeros."""
    if isinstance(X, pd.DataFrame | pd.Series | np.ndarray):
        return selectrows(X, rows)
    return np.zeros((len(rows), 1))


def _labels(y: Any, rows: np.ndarray) -> Any:
    return _of(y, rows) if y is not None and np.ndim(y) == 1 else None


def _pair(
    splitter: Any, k: int, pair: tuple[Any, ...], rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sides = [np.asarray(side) for side in pair]
    known = len(sides) == 2 and all(
        side.ndim == 1
        and side.size
        and side.dtype.kind in "iu"
        and side.min() >= 0
        and side.max() < len(rows)
        for side in sides
    )
    if not known:
        raise ResamplingError(
            f"Fold {k + 1} of {_brief(splitter)} can't be used.",
            expected=f"two arrays of positions from 0 to {len(rows) - 1}, neither empty",
            received=", ".join(f"{s.dtype} of shape {s.shape}" for s in sides),
            remedy="`list(splitter.split(X, y))` shows what it makes.",
        )
    train, test = (rows[side] for side in sides)
    return train, test


def _refused(splitter: Any, error: Exception, groups: Any) -> ResamplingError:
    wanted = groups is None and "groups" in str(error)
    return ResamplingError(
        f"{_brief(splitter)} can't split these rows: {error}",
        expected="`groups=`, one per row of the data" if wanted else "rows that it can split",
        received="no groups" if wanted else f"{type(error).__name__} of its `split`",
        remedy="`evaluate(..., groups=X['patient'])`, for instance; a model that makes folds of "
        "its own takes them written out: `resampling=list(splitter.split(X, y, groups))`."
        if wanted
        else "Give more rows, or fewer splits.",
    )


def _no_folds(splitter: Any) -> ResamplingError:
    return ResamplingError(
        f"{_brief(splitter)} made no folds.",
        expected="one pair of training and test rows, or more",
        received="none",
        remedy="`list(splitter.split(X, y))` shows what it makes.",
    )


def _brief(splitter: Any) -> str:
    text = " ".join(repr(splitter).split())[:80]
    return f"A {type(splitter).__name__}" if " at 0x" in text else text
