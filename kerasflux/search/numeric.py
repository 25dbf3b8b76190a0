"""Ranges of numbers."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from kerasflux.allowed import source
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import get_path
from kerasflux.search.kinds import Range, no_range, owner_of, stored, tried
from kerasflux.search.scales import usual
from kerasflux.search.spreads import Even, Mapped, Quantiles, Spread


class NumericRange(Range):
    """Numbers from `lower` to `upper`, both included.

    Attributes:
        path: the dotted path of the hyperparameter, None if not said yet.
        lower, upper: the ends; None where there is none.
        scale: the name of the scale or a function: what the values are evenly spread on.
        integer: whether the values are whole numbers.
        origin, unit: where an open side begins, and how far it goes.
        distribution: of `scipy.stats`, if the values are spread by one.
        when: conditions, as for `range`, or None.
        owner: the class of the model that it was made for, as `repr` shows it.
    """

    path: str | None = None
    lower: int | float | None = None
    upper: int | float | None = None
    scale: Any = "linear"
    integer: bool = False
    origin: int | float | None = None
    unit: int | float | None = None
    distribution: Any = None
    when: Any = None
    owner: str = "None"

    def values_at(self, resolution: int = 10) -> list[Any]:
        """At most `resolution` values from end to end, evenly spread on the scale, rising.

        Whole numbers are rounded (halves to even) and those that coincide are given once, so that
        there may be fewer. Where an end is open, values go two units from the end that there is, or
        a unit to both sides of the origin. A distribution gives the middles of parts of equal
        probability. A function gives its values in the order of its arguments.

        Args:
            resolution: how many, at least 2.

        Raises:
            HyperparameterError: a resolution below 2.

        Example:
            >>> from kerasflux.search import log_range, range
            >>> log_range(1, 100).values_at(5)
            [1, 3, 10, 32, 100]
            >>> range(None, "dropout", lower=0.0, upper=0.5).values_at(3)
            [0.0, 0.25, 0.5]
            >>> range(None, "width", lower=4, upper=6, scale=lambda k: 2**k).values_at(9)
            [16, 32, 64]
        """
        n = _resolution(resolution)
        if self.distribution is None and not self.bounded:
            return self._limited.values_at(n)
        return self._spread.values_at(n)

    def value(self, u: float) -> Any:
        """The value at a coordinate from 0 to 1, in which values are evenly spread.

        Whole numbers own equally wide parts of it on a linear scale. Where an end is open, values
        have a gamma distribution if they are positive, else a normal one, of mean `origin` and
        standard deviation `unit`, cut off at the end that there is.

        Example:
            >>> from kerasflux.search import range
            >>> round(range(None, "rate", lower=0.01, upper=1.0, scale="log").value(0.5), 6)
            0.1
            >>> [range(None, "depth", lower=1, upper=4).value(u) for u in (0.0, 0.2, 0.3, 1.0)]
            [1, 1, 2, 4]
        """
        return self._spread.value(u)

    def coordinate(self, value: Any) -> float:
        if value not in self:
            raise self._outside(value)
        return self._spread.coordinate(value)

    def __contains__(self, value: Any) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole if self.integer else isinstance(value, float)) or value != value:
            return False
        lower, upper = self.ends
        if callable(self.scale):
            lower, upper = sorted((self.value(0.0), self.value(1.0)))
        return bool(lower <= value <= upper)

    @property
    def n_values(self) -> float:
        if not self.integer or not self.bounded:
            return math.inf
        if callable(self.scale):
            return len(self._spread.values_at(int(self.ends[1] - self.ends[0]) + 1))
        return int(self.ends[1] - self.ends[0]) + 1

    @property
    def bounded(self) -> bool:
        """Whether there are both ends."""
        return self.lower is not None and self.upper is not None

    def bound_to(self, model: Any, path: str) -> NumericRange:
        integer = _is_integer(self, model, path)
        new = self.with_fields(path=path, integer=integer, owner=owner_of(model))
        holds_any(new)
        tried(model, path, new.values_at(2))
        return new

    @property
    def ends(self) -> tuple[Any, Any]:
        """The ends, infinite where open; of whole numbers the outermost ones."""
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        if self.integer and not callable(self.scale):
            lower = lower if math.isinf(lower) else math.ceil(lower)
            upper = upper if math.isinf(upper) else math.floor(upper)
        return lower, upper

    @property
    def _limited(self) -> NumericRange:
        """The part of a range with an open end that `values_at` covers."""
        assert self.origin is not None
        assert self.unit is not None
        lower, upper = self.origin - self.unit, self.origin + self.unit
        if self.lower is not None:
            lower, upper = self.lower, self.lower + 2 * self.unit
        elif self.upper is not None:
            lower, upper = self.upper - 2 * self.unit, self.upper
        return self.with_fields(lower=lower, upper=upper)

    @cached_property
    def _spread(self) -> Spread:
        lower, upper = self.ends
        if self.distribution is not None:
            return _quantiles(self.distribution, lower, upper, self.integer)
        if not self.bounded:
            made = _open_ended(self.origin, self.unit, lower)
            return _quantiles(made, lower, upper, self.integer)
        if callable(self.scale):
            whole = self.integer and isinstance(lower, int) and isinstance(upper, int)
            return Mapped(lower, upper, self.scale, self.integer, whole)
        return Even(lower, upper, self.scale, self.integer)

    def __repr__(self) -> str:
        plain = self.path is None and self.distribution is None and self.bounded
        if not plain or self.scale != "log10":
            return super().__repr__()
        when = "" if self.when is None else f", when={source(self.when)}"
        return f"log_range({self.lower}, {self.upper}{when})"

    def _shown(self) -> list[tuple[str, Any]]:
        shown = [(name, self.__dict__[name]) for name in ("lower", "upper")]
        if not self.bounded:
            shown = [(name, value) for name, value in shown if value is not None]
            shown += [("origin", self.origin), ("unit", self.unit)]
        if self.scale != usual(self.lower, self.upper):
            shown.append(("scale", self.scale))
        rest = [(name, self.__dict__[name]) for name in ("distribution", "when")]
        return shown + [(name, value) for name, value in rest if value is not None]


def is_distribution(value: Any) -> bool:
    """Whether something has quantiles and a distribution function, as those of `scipy.stats` do.

    >>> is_distribution([0.5, 0.5])
    False
    """
    made = not isinstance(value, type)
    return made and callable(_ppf(value)) and callable(getattr(value, "cdf", None))


def _ppf(distribution: Any) -> Any:
    return getattr(distribution, "ppf", None) or getattr(distribution, "icdf", None)


def _quantiles(distribution: Any, lower: float, upper: float, integer: bool) -> Quantiles:
    return Quantiles(lower, upper, _ppf(distribution), distribution.cdf, integer)


def _open_ended(origin: Any, unit: Any, lower: float) -> Any:
    """The distribution of values with an open end: gamma if all are positive, else normal."""
    from scipy import stats

    if lower >= 0 and origin > 0:
        return stats.gamma((origin / unit) ** 2, scale=unit**2 / origin)
    return stats.norm(origin, unit)


def holds_any(new: NumericRange) -> None:
    """Refuse a range that holds no value of its kind."""
    lower, upper = new.ends
    spread = new._spread
    empty = isinstance(spread, Quantiles) and not spread.mass > 0
    if lower > upper or empty:
        kind = "whole number" if lower > upper else "probability of the distribution"
        raise no_range(
            new.path,
            f"a {kind} between the ends",
            f"lower={new.lower}, upper={new.upper}",
            "Set the ends further apart.",
        )


def as_number(end: Any) -> Any:
    """A number as Python's, None for what is none (NaN included)."""
    plain = end.item() if isinstance(end, np.generic) else end
    is_one = isinstance(plain, int | float) and not isinstance(plain, bool)
    return plain if is_one and plain == plain else None


def _resolution(resolution: Any) -> int:
    number = as_number(resolution)
    if not isinstance(number, int) or number < 2:
        raise HyperparameterError(
            "The resolution of a range is a number of values.",
            expected="an int of at least 2",
            received=repr(resolution),
            remedy="`resolution=10`, for instance.",
        )
    return number


def _is_integer(new: NumericRange, model: Any, path: str) -> bool:
    """Whether a hyperparameter gets whole numbers: it keeps them as such, or takes no others."""
    current = get_path(model, path)
    if isinstance(current, float):
        return False
    if new.integer:
        return not isinstance(stored(model, path, new.values_at(2)[0]), float)
    if not isinstance(current, int) or isinstance(current, bool):
        return False
    first, last = new.values_at(2)[0], new.values_at(2)[-1]
    try:
        return not isinstance(stored(model, path, first + 0.4137 * (last - first)), float)
    except HyperparameterError:
        return True
