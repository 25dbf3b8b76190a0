"""A search as it goes on: what is to be tried now, and what was told so far.

Who owns what: the strategy owns which trials come, in which batches; `Searching` owns the order in
which results reach it, whatever the order in which they came in, and the replay of recorded ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflux.errors import ArgumentError
from kerasflux.hyperparameters import same
from kerasflux.search.base import Strategy, Told, Trial
from kerasflux.search.spaces import Space


class Searching:
    """A strategy on its way through a space.

    Results may be recorded in any order. When the last one of a batch is there, all of them are
    told in the order of their numbers, and the next batch is asked for.

    Args:
        strategy: how to search.
        space: where.
        n: the most trials in all.
        recorded: results of an earlier search with the same strategy and space, which ended early
            or with a smaller `n`; they are told again, not tried again.

    Raises:
        ArgumentError: recorded trials are not those that the strategy asks for.

    Example:
        >>> from kerasflux.search import Grid, Space, Told, range
        >>> space = Space([range(None, "x", values=[1, 2, 3])])
        >>> search = Searching(Grid(shuffle=False), space, n=2)
        >>> [trial.point for trial in search.pending]
        [{'x': 1}, {'x': 2}]
        >>> search.record(Told(search.pending[1], (0.5,), 0.5))
        >>> again = Searching(Grid(shuffle=False), space, n=3, recorded=search.told)
        >>> [trial.number for trial in again.pending]
        [0, 2]
    """

    def __init__(
        self, strategy: Strategy, space: Space, n: int, recorded: Iterable[Told] = ()
    ) -> None:
        self.strategy = strategy
        self.state = strategy.init(space, n)
        self._recorded = {told.trial.number: told for told in recorded}
        self._told: dict[int, Told] = {}
        self._open: dict[int, Trial] = {}
        self._ask()

    @property
    def pending(self) -> list[Trial]:
        """The trials to be tried now, in order; none when the search is over."""
        return [trial for k, trial in self._open.items() if k not in self._told]

    @property
    def told(self) -> list[Told]:
        """The results so far, in the order of their numbers."""
        return [self._told[k] for k in sorted(self._told)]

    def record(self, told: Told) -> None:
        """Take in the result of a pending trial.

        Raises:
            ArgumentError: no such trial is pending.
        """
        number = told.trial.number
        if number not in self._open or number in self._told:
            raise ArgumentError(
                f"Trial {number} is not waited for.",
                expected=f"one of {', '.join(str(t.number) for t in self.pending) or 'none'}",
                received=str(number),
                remedy="Record each of `pending` once.",
            )
        self._told[number] = told
        if not self.pending:
            self._tell()
            self._ask()

    def prune(self, trial: Trial, step: int, loss: float) -> bool:
        """Whether to give a pending trial up, given its loss after `step` iterations."""
        return self.strategy.prunes and self.strategy.prune(self.state, trial, step, loss)

    def _ask(self) -> None:
        """Ask for batches until one has a trial that is not recorded, or none come."""
        while True:
            batch, self.state = self.strategy.ask(self.state)
            self._open = {trial.number: trial for trial in batch}
            for number, trial in self._open.items():
                if number in self._recorded:
                    self._told[number] = _of_trial(self._recorded.pop(number), trial)
            if not batch or self.pending:
                return
            self._tell()

    def _tell(self) -> None:
        results = [self._told[number] for number in sorted(self._open)]
        self.state = self.strategy.tell(self.state, results)


def _of_trial(told: Told, trial: Trial) -> Told:
    old = told.trial
    kept = (old.resource, old.parent) == (trial.resource, trial.parent)
    if kept and same(old.point, trial.point):
        return told
    raise ArgumentError(
        f"Trial {trial.number} that was recorded is not the one that the search asks for now.",
        expected=_described(trial),
        received=_described(old),
        remedy="Search on with the strategy (its rng, too) and the ranges of the recorded search "
        "and the same versions of the libraries, or start anew.",
    )


def _described(trial: Trial) -> Any:
    text = ", ".join(f"{path}={value!r}" for path, value in trial.point.items())
    return text if trial.resource is None else f"{text}, resource={trial.resource}"
