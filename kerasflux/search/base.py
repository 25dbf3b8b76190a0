"""What a search strategy is: it proposes points, is told what they gave, and proposes further ones.

A strategy is a record of hyperparameters and pure functions of an explicit state: `init`, `ask`,
`tell`. It knows a space and losses, and nothing of models, data or training. The state need not be
stored: `init`, then `ask` and `tell` with the recorded results, give the same trials again.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from kerasflux.errors import ArgumentError
from kerasflux.hyperparameters import Hyperparameters
from kerasflux.resampling.base import drawn_seed
from kerasflux.search.spaces import Space


@dataclass(frozen=True)
class Trial:
    """A point to be tried.

    Attributes:
        number: 0 for the first of the search, and so on.
        point: values by dotted path; a whole model is the value at the empty path.
        resource: what the iteration parameter (epochs) is to be; None leaves it as it is.
        parent: the number of an earlier trial of the same point that this one goes on from, with a
            larger `resource`: what that one has learned is continued, not learned again.
    """

    number: int
    point: dict[str, Any]
    resource: int | None = None
    parent: int | None = None


@dataclass(frozen=True)
class Told:
    """What a trial gave.

    Attributes:
        trial: the trial.
        measurements: of each measure, in its own sign.
        loss: the first of them, such that smaller is better; NaN where the trial failed.
        intermediate: `(step, loss)` of what was reported before the end, in order.
        status: `"ok"`, `"failed"` (it raised or diverged) or `"pruned"` (it was given up early).
    """

    trial: Trial
    measurements: tuple[float, ...]
    loss: float
    intermediate: tuple[tuple[int, float], ...] = ()
    status: Literal["ok", "failed", "pruned"] = "ok"

    @property
    def failed(self) -> bool:
        """Whether there is nothing to rank: the status says so, or the loss is NaN."""
        return self.status == "failed" or math.isnan(self.loss)


class Strategy(Hyperparameters, positional=True):
    """The base of search strategies; a subclass defines `init`, `ask` and, if it learns, `tell`.

    States are values: `ask` and `tell` return a new one and leave the old one as it is. A strategy
    that draws has a field `rng`, the seed; where it is None, one is drawn when the strategy is made
    and shown in its `repr`. One that proposes everything beforehand is shorter as a `Planned`.

    Attributes:
        adaptive: whether proposals depend on results.
        prefix_stable: whether the first proposals stay as they are when `n` is raised, results
            being the same.
        distinct: whether no point comes twice, so that a small space runs out.
        ends: whether it has no more trials than `default_n`, however many are asked for.

    Example:
        >>> from kerasflux.search import Space, range
        >>> class Halves(Strategy):  # bisection towards the smaller side, one trial at a time
        ...     adaptive = True
        ...     def init(self, space, n):
        ...         return space, n, 0, 0.5
        ...     def ask(self, state):
        ...         space, n, k, u = state
        ...         return ([Trial(k, space.at([u]))] if k < n else []), (space, n, k + 1, u)
        ...     def tell(self, state, results):
        ...         space, n, k, u = state
        ...         return space, n, k, u / 2 if results[0].loss > 0 else 1 - u / 2
        >>> from kerasflux.search import Searching
        >>> search = Searching(Halves(), Space([range(None, "x", lower=0.0, upper=8.0)]), n=3)
        >>> while search.pending:
        ...     for trial in search.pending:
        ...         search.record(Told(trial, (), loss=trial.point["x"] - 1))
        >>> [told.trial.point["x"] for told in search.told]
        [4.0, 2.0, 1.0]

    Source: MLJTuning's interface of `setup` and `models!`; here without a state that is changed in
    place.
    """

    adaptive: ClassVar[bool] = False
    prefix_stable: ClassVar[bool] = True
    distinct: ClassVar[bool] = False
    ends: ClassVar[bool] = False

    def __post_init__(self) -> None:
        draws = "rng" in type(self)._fields and getattr(self, "shuffle", True)
        if draws and self.__dict__["rng"] is None:
            self.__dict__["rng"] = drawn_seed()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.__post_init__()

    def default_n(self, space: Space) -> int | None:
        """How many trials there are where nobody says; None if the strategy has no opinion."""
        return None

    @abstractmethod
    def init(self, space: Space, n: int) -> Any:
        """The state before any trial, of a search of at most `n` trials in all.

        Raises:
            HyperparameterError, ArgumentError: a space that the strategy can't search.
        """

    @abstractmethod
    def ask(self, state: Any) -> tuple[list[Trial], Any]:
        """The next trials, all of which are told before the next call; none if that was all.

        How many depends on the strategy alone, so that trials are the same however many are
        evaluated at once.
        """

    def tell(self, state: Any, results: Sequence[Told]) -> Any:
        """The state after the results of the trials last asked for, in the order of their numbers.

        Strategies that do not learn have nothing to define here.
        """
        return state

    @property
    def prunes(self) -> bool:
        """Whether `prune` may say yes."""
        return False

    @property
    def every(self) -> int:
        """How many iterations go by between two questions to `prune`."""
        return 1

    def prune(self, state: Any, trial: Trial, step: int, loss: float) -> bool:
        """Whether to give a trial up, given its loss after `step` iterations."""
        return False


class Planned(Strategy):
    """The base of strategies that propose everything beforehand; a subclass defines `points`.

    Example:
        >>> from kerasflux.search import Searching, Space, range
        >>> class Diagonal(Planned):
        ...     def points(self, space, n):
        ...         return [space.at([u] * len(space.dimensions)) for u in (0.25, 0.5, 0.75)]
        >>> space = Space([range(None, "x", lower=0.0, upper=8.0)])
        >>> [trial.point for trial in Searching(Diagonal(), space, n=2).pending]
        [{'x': 2.0}, {'x': 4.0}]
    """

    @abstractmethod
    def points(self, space: Space, n: int) -> Iterable[dict[str, Any]]:
        """At most `n` points of a space."""

    def init(self, space: Space, n: int) -> tuple[Trial, ...]:
        listed = list(self.points(space, n))[:n]
        return tuple(Trial(k, point) for k, point in enumerate(listed))

    def ask(self, state: tuple[Trial, ...]) -> tuple[list[Trial], tuple[Trial, ...]]:
        return list(state), ()


def needs_ranges(strategy: Strategy, space: Space) -> None:
    """Refuse a space of points written out, which only `Explicit` visits."""
    if space.listed is not None:
        raise ArgumentError(
            f"{type(strategy).__name__} searches ranges.",
            expected='a dict such as {"epochs": kf.log_range(1, 100)}, or kf.range(...)',
            received=f"{len(space.listed)} points or models written out",
            remedy="`tuning=Explicit()` tries what is written out.",
        )
