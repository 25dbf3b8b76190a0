"""Successive halving: many candidates trained a little, the best of them trained on.

A candidate that survives is a trial whose `parent` is its last one: it goes on from what that one
has learned, up to its new `resource`, and nothing is trained twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.errors import ArgumentError, HyperparameterError
from kerasflux.hyperparameters import AtLeast, field
from kerasflux.search.base import Strategy, Told, Trial, needs_ranges
from kerasflux.search.sampling import drawn
from kerasflux.search.spaces import Space

Rung = tuple[int, int]
"""How many candidates, and up to which resource each is trained."""


@dataclass(frozen=True)
class Ladders:
    """The state: rungs of one or more halvings, and how far they have been climbed.

    Attributes:
        ladders: the rungs of each halving.
        points: those not tried yet, in their order.
        limit: the most trials in all.
        number: of the next trial.
        at: the next halving and the next rung of it.
        ranked: the trials of the last rung, best first, without those that failed.
    """

    ladders: tuple[tuple[Rung, ...], ...]
    points: tuple[dict[str, Any], ...]
    limit: int
    number: int = 0
    at: tuple[int, int] = (0, 0)
    ranked: tuple[Trial, ...] = ()


class _Halving(Strategy):
    """What both searches share."""

    adaptive = True
    ends = True

    if TYPE_CHECKING:  # a field of each, behind its own
        rng: int | None

    def ladders(self, space: Space) -> tuple[tuple[Rung, ...], ...]:
        """The rungs of each halving."""
        raise NotImplementedError

    def default_n(self, space: Space) -> int:
        needs_ranges(self, space)
        return sum(count for rungs in self.ladders(space) for count, _ in rungs)

    def init(self, space: Space, n: int) -> Ladders:
        needs_ranges(self, space)
        ladders = self.ladders(space)
        _refuse_ranged(self, space)
        starting = sum(rungs[0][0] for rungs in ladders)
        points = drawn(space, starting, np.random.default_rng(self.rng))
        return Ladders(ladders, tuple(points), n)

    def ask(self, state: Ladders) -> tuple[list[Trial], Ladders]:
        ladder, rung = state.at
        if ladder == len(state.ladders) or state.number >= state.limit:
            return [], state
        count, resource = state.ladders[ladder][rung]
        last = rung + 1 == len(state.ladders[ladder])
        after = replace(state, at=(ladder + 1, 0) if last else (ladder, rung + 1))
        if rung == 0:
            chosen: list[tuple[dict[str, Any], int | None]]
            chosen = [(point, None) for point in state.points[:count]]
            after = replace(after, points=state.points[count:])
        else:
            chosen = [(trial.point, trial.number) for trial in state.ranked[:count]]
        trials = [
            Trial(number, point, resource, parent)
            for number, (point, parent) in enumerate(chosen, start=state.number)
        ][: state.limit - state.number]
        if not trials:  # all failed: nobody is left for the rungs above
            return self.ask(replace(after, ranked=()))
        return trials, replace(after, number=state.number + len(trials), ranked=())

    def tell(self, state: Ladders, results: Sequence[Told]) -> Ladders:
        good = sorted((told for told in results if not told.failed), key=lambda told: told.loss)
        return replace(state, ranked=tuple(told.trial for told in good))


class SuccessiveHalving(_Halving):
    """Many candidates for few iterations; the best of them go on for more, and so on.

    The first rung trains `n` candidates, drawn as by `RandomSearch`, each rung above the best
    `1/factor` of those below for `factor` times as many iterations, and the last rung for
    `max_resource`. Ties go to the earlier trial, failed trials never go on. Survivors go on from
    what they have learned. The best trial of all rungs wins: one that was given fewer iterations,
    if more of them did harm.

    Args:
        n: how many candidates start, at least 2.
        factor: by how much their number falls from rung to rung, above 1.
        min_resource: the least number of iterations of the first rung.
        max_resource: the number of iterations of the last rung; None for that of the model.
        rng: the seed; drawn, and shown, if None.

    Raises:
        ArgumentError: a model that does not iterate; no `max_resource`, where the model has no
            number of iterations either.
        HyperparameterError: a range over the iteration parameter; `max_resource` below
            `min_resource`.

    Example:
        >>> from kerasflux.search import Space, range
        >>> space = Space([range(None, "x", lower=0.0, upper=1.0)], resource=("epochs", 20))
        >>> halving = SuccessiveHalving(n=9, rng=1)
        >>> halving.ladders(space), halving.default_n(space)
        ((((9, 2), (3, 7), (1, 20)),), 13)

    Source: Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
    Optimization" (2016). MLJ has none.
    """

    n: int = field(27, allowed=AtLeast(2), doc="how many candidates start")
    factor: float = field(3.0, allowed=AtLeast(1.1), doc="by how much their number falls")
    min_resource: int = field(1, allowed=AtLeast(1), doc="iterations of the first rung, at least")
    max_resource: int | None = field(None, allowed=AtLeast(1), doc="iterations of the last rung")
    rng: int | None = field(None, doc="the seed")

    def ladders(self, space: Space) -> tuple[tuple[Rung, ...], ...]:
        top = _top(self, space, self.max_resource, self.min_resource)
        steps = min(_steps(top, self.min_resource, self.factor), _steps(self.n, 1, self.factor))
        return (_rungs(self.n, steps, top, self.factor),)


class Hyperband(_Halving):
    """Successive halvings one after the other, from many short trials to few long ones.

    How many iterations tell candidates apart is not known beforehand: one halving starts with
    `min_resource` iterations, the next with `factor` times as many, and so on; the last trains each
    of its candidates for `max_resource`. Each has about the same cost.

    Args:
        factor: by how much the number of candidates falls from rung to rung, above 1.
        min_resource: the least number of iterations of a trial.
        max_resource: the number of iterations of the last rungs; None for that of the model.
        rng: the seed; drawn, and shown, if None.

    Raises:
        ArgumentError: a model that does not iterate; no `max_resource`, where the model has no
            number of iterations either.
        HyperparameterError: a range over the iteration parameter; `max_resource` below
            `min_resource`.

    Example:
        >>> from kerasflux.search import Space, range
        >>> space = Space([range(None, "x", lower=0.0, upper=1.0)], resource=("epochs", 9))
        >>> Hyperband(rng=1).ladders(space)
        (((9, 1), (3, 3), (1, 9)), ((5, 3), (1, 9)), ((3, 9),))

    Source: Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization",
    JMLR 18 (2018), algorithm 1.
    """

    factor: float = field(3.0, allowed=AtLeast(1.1), doc="by how much their number falls")
    min_resource: int = field(1, allowed=AtLeast(1), doc="the least iterations of a trial")
    max_resource: int | None = field(None, allowed=AtLeast(1), doc="iterations of the last rungs")
    rng: int | None = field(None, doc="the seed")

    def ladders(self, space: Space) -> tuple[tuple[Rung, ...], ...]:
        top = _top(self, space, self.max_resource, self.min_resource)
        most = _steps(top, self.min_resource, self.factor)
        return tuple(
            _rungs(math.ceil((most + 1) / (s + 1) * self.factor**s), s, top, self.factor)
            for s in reversed(range(most + 1))
        )


def _steps(most: float, least: float, factor: float) -> int:
    """How often `most` can be divided by `factor` without falling below `least`."""
    steps = 0
    while most / factor ** (steps + 1) >= least * (1 - 1e-12):
        steps += 1
    return steps


def _rungs(n: int, steps: int, top: int, factor: float) -> tuple[Rung, ...]:
    return tuple(
        (max(1, math.floor(n / factor**k)), max(1, round(top / factor ** (steps - k))))
        for k in range(steps + 1)
    )


def _top(strategy: Strategy, space: Space, own: int | None, least: int) -> int:
    """The number of iterations of the last rung."""
    name = type(strategy).__name__
    if space.resource is None:
        raise ArgumentError(
            f"{name} trains candidates for some iterations first; this model has none to spare.",
            expected="a model with an iteration parameter, such as `epochs`",
            received="no iteration parameter, or one within a model that ends by itself",
            remedy="`tuning=RandomSearch()` trains every candidate in full; a model within "
            "`early_stopping` or another `IteratedModel` can be searched without that.",
        )
    top = space.resource[1] if own is None else own
    if top is None:
        raise ArgumentError(
            f"{name} has to know how many iterations its last rung has; the model leaves it open.",
            expected=f"`max_resource`, or `{space.resource[0]}` of the model, as a whole number",
            received=f"max_resource=None, {space.resource[0]}=None",
            remedy=f"`{name}(max_resource=27)`, for instance.",
        )
    if top < least:
        raise HyperparameterError(
            f"{name} can't begin with more iterations than it ends with.",
            expected=f"max_resource of at least {least}, the `min_resource`",
            received=f"{top}{'' if own is not None else ', from the model'}",
            remedy=f"`max_resource={least * 9}`, or raise the model's iterations.",
        )
    return top


def _refuse_ranged(strategy: Strategy, space: Space) -> None:
    if space.resource is not None and space.resource[0] in space.paths:
        path = space.resource[0]
        raise HyperparameterError(
            f"{type(strategy).__name__} itself says how many iterations there are.",
            expected=f"ranges of other hyperparameters than `{path}`",
            received=f"a range of `{path}`",
            remedy=f"Leave `{path}` out of the ranges, and say `max_resource`.",
            name=path,
        )
