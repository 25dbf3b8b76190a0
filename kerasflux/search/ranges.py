"""One-dimensional ranges of hyperparameters.

A range says where values lie and how they are spread; it never searches. `values_at(resolution)` is
a pure function that gives Python values which a hyperparameter takes as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import copied, get_path, set_path
from scitypes.errors import nearest

_SCALES: dict[str, tuple[Callable[[float], float], Callable[[Any], Any]]] = {
    "linear": (float, lambda x: x),
    "log": (math.log, np.exp),
    "log2": (math.log2, np.exp2),
    "log10": (math.log10, lambda x: np.power(10.0, x)),
}


@dataclass(frozen=True)
class NumericRange:
    """Numbers from `lower` to `upper`, both included.

    Attributes:
        path: the dotted path of the hyperparameter, None if not said yet.
        lower, upper: the ends.
        scale: `"linear"`, `"log"`, `"log2"` or `"log10"`: what the values are evenly spread on.
        integer: whether the values are whole numbers.
        owner: the class of the model that it was made for, as `repr` shows it.
    """

    path: str | None
    lower: float
    upper: float
    scale: str = "linear"
    integer: bool = False
    owner: str = field(default="None", compare=False)

    def values_at(self, resolution: int = 10) -> list[Any]:
        """At most `resolution` values from end to end, evenly spread on the scale, rising.

        Whole numbers are rounded (halves to even) and those that coincide are given once, so that
        there may be fewer.

        Args:
            resolution: how many, at least 2.

        Raises:
            HyperparameterError: a resolution below 2.

        Example:
            >>> log_range(1, 100).values_at(5)
            [1, 3, 10, 32, 100]
            >>> range(None, "dropout", lower=0.0, upper=0.5).values_at(3)
            [0.0, 0.25, 0.5]
        """
        forward, back = _SCALES[self.scale]
        n = _resolution(resolution)
        spread = back(np.linspace(forward(self.lower), forward(self.upper), n))
        spread[0], spread[-1] = self.lower, self.upper  # the ends, free of rounding
        if self.integer:
            return list(dict.fromkeys(int(value) for value in np.rint(spread)))
        return [float(value) for value in spread]

    def bound_to(self, model: Any, path: str) -> NumericRange:
        """This range as one of a hyperparameter of a model; `range` says what is checked.

        Example:
            >>> from kerasflux.resampling import CV
            >>> log_range(2, 10).bound_to(CV(), "nfolds").values_at(3)
            [2, 4, 10]
        """
        integer = _is_integer(model, path, self.lower, self.upper)
        new = replace(self, path=path, integer=integer, owner=_owner(model))
        _try(model, path, new.values_at(2))
        return new

    def __repr__(self) -> str:
        scale = "" if self.scale == "linear" else f", scale={self.scale!r}"
        return f"range({self.owner}, {self.path!r}, lower={self.lower}, upper={self.upper}{scale})"


@dataclass(frozen=True)
class NominalRange:
    """Values written out.

    Attributes:
        path: the dotted path of the hyperparameter, None if not said yet.
        values: the values, in the order given.
        owner: the class of the model that it was made for, as `repr` shows it.
    """

    path: str | None
    values: tuple[Any, ...]
    scale: str = "none"
    owner: str = field(default="None", compare=False)

    def values_at(self, resolution: int = 10) -> list[Any]:
        """All values, whatever the resolution.

        Example:
            >>> range(None, "batch_size", values=[16, 64, 256]).values_at(2)
            [16, 64, 256]
        """
        return list(self.values)

    def bound_to(self, model: Any, path: str) -> NominalRange:
        """This range as one of a hyperparameter of a model, which has to take every value."""
        _try(model, path, self.values)
        return replace(self, path=path, owner=_owner(model))

    def __repr__(self) -> str:
        return f"range({self.owner}, {self.path!r}, values={list(self.values)!r})"


def range(
    model: Any,
    path: str | None,
    *,
    values: Iterable[Any] | None = None,
    lower: float | None = None,
    upper: float | None = None,
    scale: str = "linear",
) -> NumericRange | NominalRange:
    """A one-dimensional range of a hyperparameter: values written out, or numbers between two ends.

    Args:
        model: the model, or None. With a model the path has to exist, the values (of numbers: the
            ends) have to be allowed, and a hyperparameter that is a whole number gets whole
            numbers. Without one, numbers are whole if both ends are ints.
        path: the dotted path of the hyperparameter, such as `"optimiser.learning_rate"`.
        values: the values; one or more.
        lower, upper: the ends, finite, `lower < upper`, both positive on a logarithmic scale.
        scale: `"linear"`, `"log"`, `"log2"` or `"log10"` (the logarithmic ones give the same
            values).

    Returns:
        A range with `.path`, `.scale` and `.values_at(resolution)`.

    Raises:
        HyperparameterError: neither or both of values and ends, ends that make no range, an unknown
            scale, a value that the hyperparameter can't have.
        UnknownHyperparameter: no such path.

    Example:
        >>> r = range(None, "optimiser.learning_rate", lower=1e-4, upper=1e-1, scale="log10")
        >>> [round(value, 6) for value in r.values_at(4)]
        [0.0001, 0.001, 0.01, 0.1]

    Source: `range` and `iterator` of MLJBase.jl. Unbounded ranges and scales that are functions are
    not supported.
    """
    new: NumericRange | NominalRange
    if values is None:
        new = _numeric(path, lower, upper, scale)
    else:
        new = _nominal(path, values, lower, upper)
    return new if model is None or path is None else new.bound_to(model, path)


def log_range(lower: float, upper: float) -> NumericRange:
    """Numbers between two positive ends, evenly spread on a logarithmic scale.

    Whole numbers if both ends are ints, as for epochs. It has no path: what it ranges over is said
    where it is used.

    Args:
        lower, upper: the ends, `0 < lower < upper`, both included.

    Raises:
        HyperparameterError: ends that make no such range.

    Example:
        >>> log_range(1, 100).values_at(4)
        [1, 5, 22, 100]
        >>> [round(value, 6) for value in log_range(1e-4, 1e-1).values_at(4)]
        [0.0001, 0.001, 0.01, 0.1]
    """
    return _numeric(None, lower, upper, "log10")


def _nominal(path: str | None, values: Iterable[Any], lower: Any, upper: Any) -> NominalRange:
    listed = () if isinstance(values, str) else tuple(values)
    if not listed or lower is not None or upper is not None:
        raise _no_range(
            path,
            "a list of one or more values, or both ends",
            f"values={values!r}, lower={lower}, upper={upper}",
            "Give either: `values=[1, 3, 10]`, or `lower=1, upper=10`.",
        )
    return NominalRange(path, listed)


def _numeric(path: str | None, lower: Any, upper: Any, scale: str) -> NumericRange:
    if scale not in _SCALES:
        raise HyperparameterError(
            f"A range has no scale {scale!r}.",
            expected=f"one of {', '.join(map(repr, _SCALES))}",
            received=repr(scale),
            remedy=nearest(scale, _SCALES),
        )
    ends = [_number(end) for end in (lower, upper)]
    finite = all(end is not None and math.isfinite(end) for end in ends)
    if not finite or not ends[0] < ends[1] or (scale != "linear" and ends[0] <= 0):
        positive = "" if scale == "linear" else "0 < "
        raise _no_range(
            path,
            f"finite numbers, {positive}lower < upper",
            f"lower={lower!r}, upper={upper!r}",
            _mended(ends, scale),
        )
    return NumericRange(path, ends[0], ends[1], scale, all(isinstance(e, int) for e in ends))


def _number(end: Any) -> Any:
    plain = end.item() if isinstance(end, np.generic) else end
    return plain if isinstance(plain, int | float) and not isinstance(plain, bool) else None


def _mended(ends: list[Any], scale: str) -> str:
    lower, upper = ends
    if lower is None or upper is None or not (math.isfinite(lower) and math.isfinite(upper)):
        return "Give both ends as numbers: `lower=1, upper=100`."
    if lower > upper:
        return f"Swap the ends: `lower={upper}, upper={lower}`."
    if lower == upper:
        return f"A single value is a list of one: `values=[{lower}]`."
    low = "1" if isinstance(lower, int) and isinstance(upper, int) and upper > 1 else "1e-6"
    return f'Start above 0, for instance at {low}; `scale="linear"` takes any numbers.'


def _no_range(path: str | None, expected: str, received: str, remedy: str) -> HyperparameterError:
    return HyperparameterError(
        f"This is no range{f' of `{path}`' if path else ''}.",
        expected=expected,
        received=received,
        remedy=remedy,
    )


def _resolution(resolution: Any) -> int:
    number = _number(resolution)
    if not isinstance(number, int) or number < 2:
        raise HyperparameterError(
            "The resolution of a range is a number of values.",
            expected="an int of at least 2",
            received=repr(resolution),
            remedy="`resolution=10`, for instance.",
        )
    return number


def _is_integer(model: Any, path: str, lower: float, upper: float) -> bool:
    current = get_path(model, path)
    if isinstance(current, float):
        return False
    ints = isinstance(lower, int) and isinstance(upper, int)
    return ints or (isinstance(current, int) and not isinstance(current, bool))


def _owner(model: Any) -> str:
    return f"{type(model).__name__}(...)"


def _try(model: Any, path: str, values: Iterable[Any]) -> None:
    """Set each value on a copy, so that a value that is not allowed is told now."""
    trial = copied(model)
    for value in values:
        set_path(trial, path, value)
