"""Scales: the coordinates in which the values of a range are evenly spread."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from kerasflux.errors import HyperparameterError
from scitypes.errors import nearest


class Scale(NamedTuple):
    """A coordinate of numbers: `back(forward(x)) == x` on its domain, and `forward` is monotone."""

    forward: Callable[[float], float]
    back: Callable[[float], float]


def _power(base: float) -> Callable[[float], float]:
    """Powers of a base, infinite where they overflow (next to the largest end of a range)."""

    def power(x: float) -> float:
        try:
            return math.exp(x) if base == math.e else math.pow(base, x)
        except OverflowError:
            return math.inf

    return power


_LOGARITHMS = {
    "log": Scale(math.log, _power(math.e)),
    "log2": Scale(math.log2, _power(2.0)),
    "log10": Scale(math.log10, _power(10.0)),
}
_SIGNS = {
    "linear": 0,
    **dict.fromkeys((*_LOGARITHMS, "reverse_log"), 1),
    **dict.fromkeys(("logminus", "log10minus"), -1),
}
NAMES = tuple(_SIGNS)


def sign(name: str) -> int:
    """The sign that numbers have on a scale: 1, -1, or 0 for any.

    >>> sign("log2"), sign("log10minus"), sign("linear")
    (1, -1, 0)
    """
    return _SIGNS[name]


def scale_of(name: str, lower: float, upper: float) -> Scale:
    """The scale of a name between two ends, which only `reverse_log` looks at.

    >>> scale_of("log2", 1, 8).forward(8), scale_of("log10minus", -100, -1).forward(-100)
    (3.0, -2.0)
    """
    if name == "linear":
        return Scale(float, float)
    if name in _LOGARITHMS:
        return _LOGARITHMS[name]
    if name == "reverse_log":
        return _mirrored(_LOGARITHMS["log"], lower + upper, lower / 2)
    return _mirrored(_LOGARITHMS[name.removesuffix("minus")], 0.0, 0.0)


def _mirrored(scale: Scale, total: float, floor: float) -> Scale:
    """A scale of `total - x`, which rounding may bring below the least that there can be."""
    return Scale(
        lambda x: -scale.forward(max(total - x, floor, math.ulp(0.0))),
        lambda t: total - scale.back(-t),
    )


def usual(lower: float | None, upper: float | None) -> str:
    """The scale of a range that says nothing of it, and has these ends or none.

    >>> usual(1, 2), usual(1, None), usual(0, None), usual(None, -1)
    ('linear', 'log10', 'linear', 'log10minus')
    """
    if upper is None and lower is not None and lower > 0:
        return "log10"
    if lower is None and upper is not None and upper < 0:
        return "log10minus"
    return "linear"


def named(scale: object) -> str:
    """The name of a scale that has one.

    Raises:
        HyperparameterError: no such scale.
    """
    if isinstance(scale, str) and scale in _SIGNS:
        return scale
    raise HyperparameterError(
        f"A range has no scale {scale!r}.",
        expected=f"one of {', '.join(map(repr, NAMES))}, or a function",
        received=repr(scale),
        remedy=nearest(scale, NAMES) or "The default is 'linear'; 'log' is the natural logarithm.",
    )
