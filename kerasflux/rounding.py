"""Numbers as tables write them: so many digits as mean something, the same in each column."""

from __future__ import annotations

from typing import Any

import numpy as np


def decimals(value: Any, radius: float | None) -> int | None:
    """How many decimals a measurement is written with; negative ones round before the point.

    Two digits of the radius but three of the value at least; four of the value where there is no
    radius; None for numbers so large or
    small that they are written with an exponent.

    >>> decimals(0.4471, 0.0352), decimals(27218.3, 4031.0), decimals(1.0, 0.0)
    (3, -2, 3)
    """
    size = abs(float(value))
    known = radius is not None and np.isfinite(radius) and radius > 0
    if not np.isfinite(size) or size >= 1e9 or 0 < size < 1e-4:
        return None
    most = 5 - _exponent(size)  # six digits of the value are enough
    if not known:
        return 3 - _exponent(size)
    return min(max(1 - _exponent(float(radius or 0)), 2 - _exponent(size)), most)


def _exponent(size: float) -> int:
    return int(np.floor(np.log10(size))) if size > 0 else 0


def rounded(value: Any, places: int | None) -> str:
    """A number with a number of decimals, thousands set apart.

    >>> rounded(27218.3, -2), rounded(1.0, 3), rounded(3e-9, None)
    ('27,200', '1.000', '3e-09')
    """
    if places is None or not np.isfinite(value):
        return f"{value:.3g}"
    return f"{round(float(value), places) + 0.0:,.{max(places, 0)}f}"


def with_radius(value: Any, radius: float | None, places: int | None) -> str:
    """A measurement with the radius of its interval, if there is one.

    >>> with_radius(0.4471, 0.0352, 3)
    '0.447 ± 0.035'
    """
    if radius is None or not np.isfinite(radius):
        return rounded(value, places)
    return f"{rounded(value, places)} ± {rounded(radius, places)}"
