"""Spaces: ranges side by side, some of them in use only where conditions hold. Pure.

A point is a dict of values by dotted path. It has a value for each range that is in use there, and
none for the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerasflux.errors import HyperparameterError, UnknownHyperparameter
from kerasflux.fields import offered
from kerasflux.hyperparameters import same
from kerasflux.search.conditions import met
from kerasflux.search.kinds import Range


@dataclass(frozen=True)
class Dimension:
    """A range of a space.

    Attributes:
        range: the range, with its path.
        resolution: how many values a grid takes of it, None for as many as of the others.
    """

    range: Range
    resolution: int | None = None

    @property
    def path(self) -> str:
        """The dotted path of the hyperparameter."""
        return str(self.range.path)

    def within(self, other: Dimension) -> bool:
        """Whether this is a hyperparameter of the record that the other one ranges over."""
        return self.path.startswith(f"{other.path}.")


@dataclass(frozen=True, init=False)
class Space:
    """Where a search looks.

    Args:
        dimensions: ranges with paths.
        listed: points written out, instead of ranges.
        resource: the path of the iteration parameter and its value in the model, None where the
            model leaves it open; None for a model that does not iterate.

    Attributes:
        in_order: the dimensions, each after those that its conditions and its place depend on.

    Raises:
        HyperparameterError: no range, one without a path, two of one path, conditions that depend
            on each other in a circle, or on a path that is not ranged over.

    Example:
        >>> from kerasflux.search import range
        >>> space = Space([
        ...     range(None, "optimiser", values=["sgd", "adam"]),
        ...     range(None, "momentum", lower=0.0, upper=0.9, when={"optimiser": "sgd"}),
        ... ])
        >>> space.at([0.9, 0.5]), space.at([0.1, 0.5])
        ({'optimiser': 'adam'}, {'optimiser': 'sgd', 'momentum': 0.45})
        >>> {"optimiser": "adam", "momentum": 0.45} in space
        False
    """

    dimensions: tuple[Dimension, ...] = ()
    listed: tuple[dict[str, Any], ...] | None = None
    resource: tuple[str, int | None] | None = None
    in_order: tuple[Dimension, ...] = field(default=(), repr=False, compare=False)

    def __init__(
        self,
        dimensions: Iterable[Dimension | Range] = (),
        listed: Iterable[Mapping[str, Any]] | None = None,
        resource: tuple[str, int | None] | None = None,
    ) -> None:
        made = tuple(d if isinstance(d, Dimension) else Dimension(d) for d in dimensions)
        points = None if listed is None else tuple(dict(point) for point in listed)
        for name, value in (("dimensions", made), ("listed", points), ("resource", resource)):
            object.__setattr__(self, name, value)
        _refuse_empty(made, points)
        _refuse_doubles(made)
        _refuse_unknown_conditions(made)
        object.__setattr__(self, "in_order", tuple(_sorted(made)))

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that are ranged over, in the order given."""
        return tuple(d.path for d in self.dimensions)

    @property
    def conditional(self) -> bool:
        """Whether some ranges are not in use everywhere."""
        return any(d.range.when for d in self.dimensions)

    @property
    def size(self) -> float:
        """How many points there are at most, infinity with numbers that are not whole."""
        if self.listed is not None:
            return len(self.listed)
        return math.prod(d.range.n_values for d in self.dimensions)

    def at(self, coordinates: Sequence[float]) -> dict[str, Any]:
        """The point at coordinates from 0 to 1, one for each dimension.

        Those of ranges that are not in use there have no influence.
        """
        both = zip(self.dimensions, coordinates, strict=True)
        return self.active({d.path: d.range.value(float(u)) for d, u in both})

    def active(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the ranges that are in use, given one for each of them.

        A range whose condition is about a range that is not in use is not in use either.
        """
        chosen: dict[str, Any] = {}
        for d in self.in_order:
            if d.path in values and met(d.range.when, chosen):
                chosen[d.path] = values[d.path]
        return {path: chosen[path] for path in self.paths if path in chosen}

    def __contains__(self, point: Mapping[str, Any]) -> bool:
        """Whether a point is in the space: its values, their types, and which there are."""
        if self.listed is not None:
            return any(same(dict(point), own) for own in self.listed)
        chosen: dict[str, Any] = {}
        for d in self.in_order:
            in_use = met(d.range.when, chosen)
            if in_use is not (d.path in point) or (in_use and point[d.path] not in d.range):
                return False
            if in_use:
                chosen[d.path] = point[d.path]
        return chosen.keys() == point.keys()


def _refuse_empty(dimensions: tuple[Dimension, ...], points: Any) -> None:
    if points == () or (points is None and not dimensions):
        raise HyperparameterError(
            "There is nothing to search.",
            expected="one or more ranges, or points",
            received="none",
            remedy='`range={"epochs": kf.log_range(1, 100)}`, for instance.',
        )
    for d in dimensions:
        if d.range.path is None:
            raise no_path(d.range)


def no_path(made: Range) -> HyperparameterError:
    """The error for a range that does not say of which hyperparameter it is."""
    return HyperparameterError(
        "A range does not say of which hyperparameter.",
        expected="a path: `{path: range}`, or `kf.range(model, path, ...)`",
        received=repr(made),
        remedy='`range={"epochs": kf.log_range(1, 100)}`, for instance.',
    )


def _refuse_doubles(dimensions: tuple[Dimension, ...]) -> None:
    paths = [d.path for d in dimensions]
    for d in dimensions:
        same = [repr(other.range) for other in dimensions if other.path == d.path]
        if len(same) > 1:
            raise HyperparameterError(
                f"`{d.path}` is ranged over twice.",
                expected="one range of each hyperparameter",
                received=" and ".join(same),
                remedy=f"Keep one of them, or write its values out: {{{d.path!r}: [...]}}.",
                paths=paths,
            )


def _refuse_unknown_conditions(dimensions: tuple[Dimension, ...]) -> None:
    paths = [d.path for d in dimensions]
    for d in dimensions:
        for path in d.range.when or {}:
            if path not in paths:
                raise UnknownHyperparameter(
                    f"The range of `{d.path}` is in use when `{path}` has some value, but "
                    f"`{path}` is not ranged over.",
                    expected=f"one of {', '.join(p for p in paths if p != d.path) or 'none'}",
                    received=path,
                    remedy=offered(path, paths) or f"Give `{path}` a range, or leave it out.",
                    name=path,
                )


def _sorted(dimensions: tuple[Dimension, ...]) -> list[Dimension]:
    """Each after its parents, else in the order given."""
    placed: list[Dimension] = []
    left = list(dimensions)
    while left:
        waiting = {d.path for d in left}
        free = [d for d in left if not any(p in waiting for p in _parents(d, left))]
        if not free:
            raise _circular(left)
        placed.append(free[0])
        left.remove(free[0])
    return placed


def _parents(d: Dimension, others: Iterable[Dimension]) -> list[str]:
    return [*(d.range.when or {}), *(other.path for other in others if d.within(other))]


def _circular(left: list[Dimension]) -> HyperparameterError:
    """The error for conditions of which none can be judged first; it shows one circle."""
    by_path = {d.path: d for d in left}
    way = [left[0].path]
    while len(set(way)) == len(way):
        way.append(next(p for p in _parents(by_path[way[-1]], left) if p in by_path))
    circle = way[way.index(way[-1]) :]
    return HyperparameterError(
        "Ranges are in use when each other has some value, in a circle.",
        expected="conditions that can be judged one after the other",
        received=" when ".join(f"`{path}`" for path in circle),
        remedy=f"Take `when=` from one of them, for instance from `{circle[0]}`.",
        paths=circle[:-1],
    )
