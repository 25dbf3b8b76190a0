"""Searches at random: points drawn one by one, and a plan in which each range is well covered."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from kerasflux.hyperparameters import field
from kerasflux.search.base import Planned, needs_ranges
from kerasflux.search.nominal import NominalRange
from kerasflux.search.spaces import Space

_VAIN = 1000  # draws in a row that gave only points that came before


class RandomSearch(Planned):
    """Points drawn at random, none twice.

    Values are uniform in the coordinate of a range (`Range.sample`): on a logarithmic scale each
    factor of ten is as likely as the next, whole numbers on a linear scale are equally likely, ends
    included, and so are values written out. `(range, distribution)`, a distribution of
    `scipy.stats` alone, and `(values, probabilities)` say otherwise. Where all values are whole
    numbers or written out, a search ends when (almost) no point is left.

    Args:
        rng: the seed; drawn, and shown, if None. The first points stay as they are when `n` is
            raised.

    Example:
        >>> from kerasflux.search import Searching, log_range, space_of
        >>> from kerasflux.resampling import CV
        >>> space = space_of({"nfolds": log_range(2, 100)}, CV())
        >>> [t.point["nfolds"] for t in Searching(RandomSearch(rng=0), space, n=5).pending]
        [22, 5, 2, 46, 70]

    Source: `RandomSearch` of MLJTuning.jl, which draws on a linear scale whatever the range says,
    gives whole numbers at the ends half their share, and draws points again.
    """

    distinct = True

    rng: int | None = field(None, doc="the seed")

    def points(self, space: Space, n: int) -> Iterator[dict[str, Any]]:
        needs_ranges(self, space)
        return drawn(space, n, np.random.default_rng(self.rng))


def drawn(space: Space, n: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """At most `n` different points drawn at random; the first do not depend on `n`."""
    seen: set[Hashable] = set()
    vain = 0
    while len(seen) < n and vain < _VAIN:
        point = space.at(rng.random(len(space.dimensions)).tolist())
        key = _key(space, point)
        if key in seen:
            vain += 1
            continue
        vain = 0
        seen.add(key)
        yield point


def _key(space: Space, point: dict[str, Any]) -> Hashable:
    """What tells points apart: numbers, and the places of values written out."""
    return tuple(
        None
        if d.path not in point
        else d.range.coordinate(point[d.path])
        if isinstance(d.range, NominalRange)
        else point[d.path]
        for d in space.dimensions
    )


class LatinHypercube(Planned):
    """A plan of `n` points that covers each range evenly.

    The coordinate of each range is cut into `n` equal parts, and each part has one point. Which
    parts go together is drawn, then improved by exchanges that lower the centred discrepancy. With
    another `n` the whole plan is another one. Points that come out twice, as they do where all
    ranges are lists of values, are tried once.

    Args:
        rng: the seed; drawn, and shown, if None.

    Example:
        >>> from kerasflux.search import Searching, Space, range
        >>> space = Space([
        ...     range(None, "a", lower=0.0, upper=4.0), range(None, "b", values=["x", "y"]),
        ... ])
        >>> plan = Searching(LatinHypercube(rng=1), space, n=4).pending
        >>> sorted(int(trial.point["a"]) for trial in plan)
        [0, 1, 2, 3]
        >>> sorted(trial.point["b"] for trial in plan)
        ['x', 'x', 'y', 'y']

    Source: `LatinHypercube` of MLJTuning.jl, which improves the plan by a genetic search;
    `scipy.stats.qmc.LatinHypercube` with `optimization="random-cd"`.
    """

    prefix_stable = False
    distinct = True

    rng: int | None = field(None, doc="the seed")

    def points(self, space: Space, n: int) -> list[dict[str, Any]]:
        needs_ranges(self, space)
        made = _hypercube(n, len(space.dimensions), self.rng)
        found = {_key(space, point): point for point in (space.at(row.tolist()) for row in made)}
        return list(found.values())


def _hypercube(n: int, d: int, seed: int | None) -> np.ndarray:
    """Coordinates, `(n, d)`."""
    from scipy.stats import qmc

    known = inspect.signature(qmc.LatinHypercube.__init__).parameters
    seeded = {"rng" if "rng" in known else "seed": np.random.default_rng(seed)}  # SciPy < 1.15
    made = qmc.LatinHypercube(d=d, optimization="random-cd", **seeded)
    return np.asarray(made.random(n))
