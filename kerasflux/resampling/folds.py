"""Whatever says how to split, as pairs of rows: strategies, splitters, pairs written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kerasflux.errors import ResamplingError
from kerasflux.hyperparameters import copied
from kerasflux.resampling import splitters
from kerasflux.resampling.base import Pairs, Strategy, no_use_of_groups, row_numbers


def pairs(strategy: Any, rows: Any, y: Any = None, *, X: Any = None, groups: Any = None) -> Pairs:
    """The training and test rows of a strategy, of a splitter, or of pairs written out.

    Args:
        strategy: a `Strategy`, a splitter of scikit-learn, or a sequence of `(train, test)` row
            numbers.
        rows: row numbers, `(n,)`, distinct; or the number of rows. Pairs written out have to stay
            within them; a splitter is asked about them alone.
        y: the target of all rows of the data, for stratified strategies.
        X: the inputs of all rows of the data, for strategies that look at times.
        groups: the group of each row of the data, for splitters that keep groups together.

    Returns:
        A list of `(train, test)`, arrays of row numbers.

    Raises:
        ResamplingError: as the strategy says; groups that it would ignore; or something that says
            nothing about rows.

    Example:
        >>> pairs([([0, 1], [2])], 3)
        [(array([0, 1]), array([2]))]
        >>> from sklearn.model_selection import LeaveOneGroupOut
        >>> pairs(LeaveOneGroupOut(), 3, groups=["a", "b", "a"])
        [(array([1]), array([0, 2])), (array([0, 2]), array([1]))]
    """
    if isinstance(strategy, Strategy):
        return strategy.pairs(rows, y, X=X, groups=groups)
    known = row_numbers(rows)
    if splitters.is_splitter(strategy):
        return splitters.split(strategy, known, y, X, groups)
    if isinstance(strategy, type) or not _are_pairs(strategy):
        raise ResamplingError(
            "This is no resampling strategy.",
            expected="Holdout(...), CV(...), StratifiedCV(...), TimeSeriesCV(...), a splitter of "
            "scikit-learn, or a list of (train, test) rows",
            received=repr(strategy)[:80],
            remedy=_instead_of(strategy),
        )
    if groups is not None:
        raise no_use_of_groups("A list of rows")
    return [
        (_within(train, known, i), _within(test, known, i))
        for i, (train, test) in enumerate(strategy)
    ]


def shuffles(strategy: Any) -> bool:
    """Whether a strategy or splitter draws at random, so that another seed gives other folds.

    >>> from kerasflux.resampling.blocks import CV
    >>> shuffles(CV(rng=0)), shuffles(CV()), shuffles([([0], [1])])
    (True, False, False)
    """
    if isinstance(strategy, Strategy):
        return strategy.shuffles
    return splitters.is_splitter(strategy) and splitters.shuffles(strategy)


def settled(strategy: Any) -> Any:
    """What gives the same folds each time that it is asked.

    A splitter of scikit-learn that draws at random but has no seed gets one; what can be gone
    through once, as the pairs that `splitter.split(X, y)` gives, becomes a list.

    >>> settled(pair for pair in [([0], [1])])
    [([0], [1])]
    """
    if isinstance(strategy, Iterator):
        return list(strategy)
    return splitters.settled(strategy) if splitters.is_splitter(strategy) else strategy


def again(strategy: Any, k: int) -> Any:
    """The strategy of the k-th repetition: the strategy itself for 0, then with other seeds."""
    if not k or not shuffles(strategy):
        return strategy
    if not isinstance(strategy, Strategy):
        return splitters.again(strategy, k)
    new = copied(strategy)
    seed = np.random.SeedSequence([getattr(strategy, "rng", 0), k])
    setattr(new, "rng", int(seed.generate_state(1)[0]))  # noqa: B010
    return new


def _instead_of(strategy: Any) -> str:
    if isinstance(strategy, type):
        return f"{strategy.__name__}()"
    if isinstance(strategy, int) and not isinstance(strategy, bool) and strategy > 1:
        return f"`kf.CV(nfolds={strategy}, rng=0)` makes {strategy} folds of shuffled rows."
    if isinstance(strategy, float) and 0 < strategy < 1:
        return f"`kf.Holdout(fraction_train={strategy}, rng=0)` trains on that share of the rows."
    return "`kf.CV(nfolds=6, rng=0)` makes six folds of shuffled rows."


def _are_pairs(given: Any) -> bool:
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        return False
    return all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in given)


def _within(rows: Any, known: np.ndarray, fold: int) -> np.ndarray:
    numbers = row_numbers(list(rows))
    strangers = numbers[~np.isin(numbers, known)]
    if len(strangers) or not len(numbers):
        raise ResamplingError(
            f"Pair {fold} can't be used.",
            expected="one or more of the given rows on both sides",
            received=f"row {strangers[0]}" if len(strangers) else "no rows on one side",
            remedy="Take it out of the pairs, or let `rows=` of `evaluate` have it too."
            if len(strangers)
            else "Leave that pair out.",
        )
    return numbers
