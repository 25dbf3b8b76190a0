"""Searches of points that are known beforehand: a grid, and points or models written out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from kerasflux.errors import ArgumentError
from kerasflux.hyperparameters import AtLeast, field
from kerasflux.search.base import Planned, needs_ranges
from kerasflux.search.nominal import NominalRange
from kerasflux.search.spaces import Space

_MOST = 10**6  # points of a grid: their order is drawn as a whole


class Grid(Planned):
    """All combinations of values of the ranges.

    Each range of numbers gives at most `resolution` values from end to end (`values_at`), each list
    its values. Ranges that are not in use have no values, and the combinations that differ in
    nothing else are one. All points are visited if `n` does not say otherwise.

    Args:
        resolution: how many values of each range of numbers, at least 2; `(range, n)` says it for
            one range.
        goal: about how many points there are to be, instead of a resolution: that is
            `(goal / number of combinations of the lists) ** (1 / number of other ranges)`.
        shuffle: whether they come in a random order, so that a search cut short by `n` has looked
            everywhere; otherwise the first range varies fastest.
        rng: the seed of the order; drawn, and shown, if None.

    Raises:
        ArgumentError: more than a million points.

    Example:
        >>> from kerasflux.search import Searching, range, log_range, space_of
        >>> from kerasflux.resampling import CV
        >>> space = space_of({"nfolds": log_range(2, 8), "shuffle": [True, False]}, CV())
        >>> search = Searching(Grid(resolution=3, shuffle=False), space, n=4)
        >>> [(trial.point["nfolds"], trial.point["shuffle"]) for trial in search.pending]
        [(2, True), (4, True), (8, True), (2, False)]

    Source: `Grid` of MLJTuning.jl, where a hyperparameter may have two ranges.
    """

    distinct = True

    resolution: int = field(10, allowed=AtLeast(2), doc="values of each range of numbers")
    goal: int | None = field(None, allowed=AtLeast(1), doc="about how many points, instead")
    shuffle: bool = field(True, doc="whether points come in a random order")
    rng: int | None = field(None, doc="the seed of the order")

    def default_n(self, space: Space) -> int:
        needs_ranges(self, space)
        if not space.conditional:
            return math.prod(map(len, self._axes(space)))
        return sum(1 for _ in self._points(space))

    def points(self, space: Space, n: int) -> Iterator[dict[str, Any]]:
        needs_ranges(self, space)
        return islice(self._points(space), n)

    def _points(self, space: Space) -> Iterator[dict[str, Any]]:
        """All points in their order, each once."""
        axes = self._axes(space)
        sizes = [len(axis) for axis in axes]
        total = math.prod(sizes)
        if total > _MOST:
            raise _too_many(total, sizes, space)
        order = np.random.default_rng(self.rng).permutation(total) if self.shuffle else range(total)
        seen = set()
        for number in order:
            places = np.unravel_index(int(number), sizes, order="F")
            values = {
                path: axis[int(k)] for path, axis, k in zip(space.paths, axes, places, strict=True)
            }
            point = space.active(values)
            key = tuple(
                int(k) if path in point else -1 for path, k in zip(space.paths, places, strict=True)
            )
            if key not in seen:
                yield point
            if space.conditional:
                seen.add(key)

    def _axes(self, space: Space) -> list[list[Any]]:
        resolution = self.resolution if self.goal is None else self._aimed(space, self.goal)
        return [d.range.values_at(d.resolution or resolution) for d in space.dimensions]

    def _aimed(self, space: Space, goal: int) -> int:
        """The resolution that gives about as many points."""
        fixed, free = 1, 0
        for d in space.dimensions:
            if isinstance(d.range, NominalRange) or d.resolution:
                fixed *= len(d.range.values_at(d.resolution or 2))
            else:
                free += 1
        return max(2, round((goal / fixed) ** (1 / free))) if free else 2


def _too_many(total: int, sizes: list[int], space: Space) -> ArgumentError:
    shape = " x ".join(f"{n} of {path}" for path, n in zip(space.paths, sizes, strict=True))
    return ArgumentError(
        f"The grid has {total} points.",
        expected=f"at most {_MOST}",
        received=shape,
        remedy="`tuning=RandomSearch()` or `LatinHypercube()` with `n=` visit some of them; "
        "`Grid(goal=1000)` takes fewer values.",
    )


class Explicit(Planned):
    """Points, or whole models, that are written out: `range=` is the list of them.

    Example:
        >>> from kerasflux.search import Searching, space_of
        >>> from kerasflux.resampling import CV
        >>> space = space_of([{"nfolds": 3}, {"nfolds": 5, "rng": 1}], CV())
        >>> [trial.point for trial in Searching(Explicit(), space, n=9).pending]
        [{'nfolds': 3}, {'nfolds': 5, 'rng': 1}]

    Source: `Explicit` of MLJTuning.jl.
    """

    distinct = True

    def default_n(self, space: Space) -> int:
        return len(self._listed(space))

    def points(self, space: Space, n: int) -> list[dict[str, Any]]:
        return list(self._listed(space))[:n]

    def _listed(self, space: Space) -> tuple[dict[str, Any], ...]:
        if space.listed is None:
            raise ArgumentError(
                "Explicit tries points or models that are written out.",
                expected="a list of dicts of values by path, or of models",
                received=f"ranges of {', '.join(space.paths)}",
                remedy="`tuning=Grid()` or `RandomSearch()` search ranges.",
            )
        return space.listed
