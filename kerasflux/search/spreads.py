"""How the values of a range are spread over the unit interval.

A spread gives the value at a coordinate `u` between 0 and 1 and the coordinate of a value. Samplers
draw `u` evenly, hypercubes cut it in strata, and Optuna searches it, so that one place says what
"uniform" means for a range. Whole numbers own equally wide cells: the ends too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from kerasflux.search.scales import Scale, scale_of

_EDGE = 1e-9  # of the mass of a distribution whose end is infinite
_HALVINGS = 200  # more than the bits of a float


class Spread(Protocol):
    """What a range asks of its spread."""

    def value(self, u: float) -> Any:
        """The value at a coordinate."""

    def coordinate(self, value: Any) -> float:
        """The coordinate of a value."""

    def values_at(self, resolution: int) -> list[Any]:
        """Values from end to end, evenly spread, rising."""


@dataclass(frozen=True)
class Even:
    """Evenly on a scale, between two ends; whole numbers between the ends of their cells."""

    lower: float
    upper: float
    scale: str
    integer: bool

    @property
    def _half(self) -> float:
        return 0.5 if self.integer else 0.0

    @cached_property
    def _between(self) -> tuple[Scale, float, float]:
        lower, upper = self.lower, self.upper
        scale = scale_of(self.scale, lower, upper)
        return scale, scale.forward(lower - self._half), scale.forward(upper + self._half)

    def value(self, u: float) -> Any:
        scale, first, last = self._between
        found = scale.back(first * (1 - u) + last * u)
        if self.integer:
            return int(min(max(np.rint(found), self.lower), self.upper))
        ends = {0.0: self.lower, 1.0: self.upper}  # free of rounding
        return float(ends.get(u, min(max(found, self.lower), self.upper)))

    def coordinate(self, value: Any) -> float:
        scale, first, last = self._between
        at = scale.forward(value)
        span = last - first
        if math.isinf(span):  # ends whose distance no float holds
            return (at / 2 - first / 2) / (last / 2 - first / 2)
        return min(max((at - first) / span, 0.0), 1.0) if span else 0.5

    def values_at(self, resolution: int) -> list[Any]:
        scale = scale_of(self.scale, self.lower, self.upper)
        first, last = scale.forward(self.lower), scale.forward(self.upper)
        inner = [scale.back(t) for t in _steps(first, last, resolution)[1:-1]]
        within = [min(max(x, self.lower), self.upper) for x in inner]
        return _python([self.lower, *within, self.upper], self.integer)


@dataclass(frozen=True)
class Mapped:
    """A function of numbers that are evenly spread; of whole ones if `whole`."""

    lower: float
    upper: float
    function: Callable[[Any], Any]
    integer: bool
    whole: bool

    @property
    def _raw(self) -> Even:
        return Even(self.lower, self.upper, "linear", self.whole)

    def value(self, u: float) -> Any:
        return self._mapped([self._raw.value(u)])[0]

    def coordinate(self, value: Any) -> float:
        """By bisection; the function has to be monotone."""
        low, high = 0.0, 1.0
        rising = self.value(1.0) >= self.value(0.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if middle in (low, high):
                break
            found = self.value(middle)
            if found == value and (self.integer or self.whole):
                return middle
            below = found < value if rising else found > value
            low, high = (middle, high) if below else (low, middle)
        return min((low, high), key=lambda u: abs(self.value(u) - value))

    def values_at(self, resolution: int) -> list[Any]:
        return list(dict.fromkeys(self._mapped(self._raw.values_at(resolution))))

    def _mapped(self, numbers: list[Any]) -> list[Any]:
        return _python([self.function(number) for number in numbers], self.integer)


@dataclass(frozen=True)
class Quantiles:
    """As a distribution says, cut off at the ends; `ppf` and `cdf` as in `scipy.stats`."""

    lower: float
    upper: float
    ppf: Callable[[float], float]
    cdf: Callable[[float], float]
    integer: bool

    @cached_property
    def _between(self) -> tuple[float, float]:
        half = 0.5 if self.integer else 0.0
        below = 0.0 if math.isinf(self.lower) else float(self.cdf(self.lower - half))
        upto = 1.0 if math.isinf(self.upper) else float(self.cdf(self.upper + half))
        return below, upto

    @property
    def mass(self) -> float:
        """The probability between the ends."""
        below, upto = self._between
        return upto - below

    def value(self, u: float) -> Any:
        below, upto = self._between
        at = below * (1 - u) + upto * u
        found = float(self.ppf(at))
        if math.isinf(found):
            found = float(self.ppf(min(max(at, _EDGE), 1 - _EDGE)))
        found = float(np.rint(found)) if self.integer else found
        return _python([min(max(found, self.lower), self.upper)], self.integer)[0]

    def coordinate(self, value: Any) -> float:
        below, upto = self._between
        return min(max((float(self.cdf(value)) - below) / (upto - below), 0.0), 1.0)

    def values_at(self, resolution: int) -> list[Any]:
        """The middles of as many parts of equal probability."""
        middles = (np.arange(resolution) + 0.5) / resolution
        return list(dict.fromkeys(self.value(float(u)) for u in middles))


def _steps(first: float, last: float, n: int) -> list[float]:
    if math.isinf(last - first):
        return [float(first * (1 - u) + last * u) for u in np.linspace(0, 1, n)]
    return [float(t) for t in np.linspace(first, last, n)]


def _python(numbers: list[Any], integer: bool) -> list[Any]:
    """As floats, or as whole numbers, of which those that coincide are given once."""
    if integer:
        return list(dict.fromkeys(int(np.rint(number)) for number in numbers))
    return [float(number) for number in numbers]
