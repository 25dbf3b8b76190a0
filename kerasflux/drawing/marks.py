"""What stands out in a picture: the best point, the point chosen, the end, what failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from kerasflux.drawing import canvas
from kerasflux.drawing.parameters import DECADES, scale_axis

_DIRECTIONS = {"loss": "(less is better)", "score": "(more is better)", "unoriented": ""}
_BEYOND = 1.2
_MARGIN = 0.07

Orientation = Literal["loss", "score", "unoriented"]


def axis_name(measure: str, orientation: Orientation, width: int = 34) -> str:
    """The name of a measure, and which end of it is the good one."""
    name, direction = measure or "measurement", _DIRECTIONS[orientation]
    between = "\n" if direction and len(name) + len(direction) >= width else " "
    return f"{canvas.wrapped(name, width)}{between}{direction}".strip()


def best_of(values: np.ndarray, orientation: Orientation) -> int | None:
    """The position of the best finite value, the first of equals; None where none can be told.

    >>> best_of(np.array([np.nan, 2.0, 1.0]), "loss"), best_of(np.array([1.0]), "unoriented")
    (2, None)
    """
    finite = np.isfinite(values)
    if orientation == "unoriented" or not finite.any():
        return None
    signed = np.where(finite, values if orientation == "loss" else -values, np.inf)
    return int(signed.argmin())


def ring(axes: Any, x: Any, y: Any, label: str, colour: str = canvas.COLOURS[1]) -> None:
    """Around the best point."""
    _hollow(axes, x, y, label, marker="o", markersize=11, color=colour, markeredgewidth=2)


def frame(axes: Any, x: Any, y: Any, label: str) -> None:
    """Around a point that was chosen although it is not the best one."""
    colour = canvas.COLOURS[2]
    _hollow(axes, x, y, label, marker="s", markersize=11, color=colour, markeredgewidth=2)


def pruned(axes: Any, x: Any, y: Any, label: str, **how: Any) -> None:
    """Points of candidates that were not trained to the end."""
    colour = canvas.ink_of(axes)
    _hollow(axes, x, y, label, marker="D", markersize=4.5, color=colour, markeredgewidth=1.1, **how)


def failed(axes: Any, x: Any, y: Any, label: str, **how: Any) -> None:
    """Points of candidates without a measurement."""
    fixed = {"marker": "x", "markersize": 6, "markeredgewidth": 1.6, "linestyle": "", "zorder": 3}
    axes.plot(x, y, label=label, color=canvas.WRONG, clip_on=False, **fixed, **how)


def end(axes: Any, x: float, label: str) -> None:
    """Where something was stopped."""
    colour, dashes = canvas.ink_of(axes), (0, (4, 3))
    axes.axvline(x, label=label, gid="stopped", color=colour, linewidth=1.2, linestyle=dashes)


@dataclass(frozen=True)
class Window:
    """The part of an axis of measurements that is drawn; what lies beyond is put on its edge.

    Attributes:
        low, high: the ends, measurements that are on the edge included.
        scale: `"linear"` or `"log"`.
    """

    low: float
    high: float
    scale: str

    def clipped(self, values: np.ndarray) -> np.ndarray:
        return np.clip(values, self.low, self.high)

    def beyond(self, values: np.ndarray) -> np.ndarray:
        """-1 below, 0 within, 1 above; NaN is 0."""
        return np.where(values < self.low, -1, np.where(values > self.high, 1, 0))

    def share(self, values: np.ndarray) -> np.ndarray:
        """From 0 at the lower end to 1 at the upper one."""
        to = np.log if self.scale == "log" else np.asarray
        low, high = float(to(self.low)), float(to(self.high))
        return np.asarray((to(self.clipped(values)) - low) / ((high - low) or 1.0))

    def widened(self, values: np.ndarray) -> Window:
        """With room for these too, as far as the scale has it."""
        inside = values[np.isfinite(values) & ((values > 0) | (self.scale == "linear"))]
        return replace(self, low=min([self.low, *inside]), high=max([self.high, *inside]))

    def lay_out(self, axes: Any, room: float = 0.0) -> None:
        """Scale and limits of the y axis, with a share of it left free at both ends."""
        margin = _MARGIN + room
        if self.scale == "log":
            grown = (self.high / self.low) ** margin if self.high > self.low else 1.5
            axes.set_ylim(self.low / grown, self.high * grown)
        else:
            grown = margin * (self.high - self.low) or 0.1 * abs(self.high) or 1.0
            axes.set_ylim(self.low - grown, self.high + grown)
        if self.scale == "log":
            scale_axis(axes.yaxis, axes.set_yscale, "log")
        else:
            canvas.plain_numbers(axes.yaxis, 6)


def window(values: np.ndarray, orientation: Orientation, *, tight: bool = False) -> Window:
    """What is drawn of these measurements.

    Positive losses of which the largest is a hundred times the smallest have a logarithmic axis.
    Of others, those four times as far from the best as the third quartile are beyond the end, if
    some are twice as far again: a few very bad ones would press the rest into a line. A `tight`
    one, for colours, of which fewer can be told apart, ends at three times that in any case.

    >>> window(np.array([0.1, 0.2, np.nan, 30.0]), "loss")
    Window(low=0.1, high=30.0, scale='log')
    >>> window(np.array([1.0, 0.75, 0.5, 0.875, -60.0]), "score")
    Window(low=0.4, high=1.0, scale='linear')
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Window(0.0, 1.0, "linear")
    low, high = float(finite.min()), float(finite.max())
    if orientation == "unoriented":
        return Window(low, high, "linear")
    if orientation == "loss" and low > 0 and high >= DECADES * low:
        return Window(low, high, "log")
    best = low if orientation == "loss" else high
    away = np.abs(finite - best)
    share, slack = (3.0, 1.0) if tight else (4.0, 2.0)
    reach = share * float(np.quantile(away, 0.75))
    if reach and away.max() > slack * reach:
        far = _BEYOND * float(away[away <= reach].max())
        ends = (best, best + far) if orientation == "loss" else (best - far, best)
        return Window(*ends, "linear")
    return Window(low, high, "linear")


def _hollow(axes: Any, x: Any, y: Any, label: str, *, color: Any, **how: Any) -> None:
    x, y = np.atleast_1d(x), np.atleast_1d(y)
    fixed = {"linestyle": "", "markerfacecolor": "none", "clip_on": False, "zorder": 4}
    axes.plot(x, y, label=label, color=color, markeredgecolor=color, **fixed, **how)
