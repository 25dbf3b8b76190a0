"""Candidates of a search over one axis, against what was measured of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.drawing import canvas, marks, parameters
from kerasflux.drawing.found import Found, singled_out
from kerasflux.drawing.parameters import Axis

_MOST_JOINED = 30


def alone(axis: Axis, found: Found, title: str, ax: Any) -> Any:
    axes = canvas.axes_of(ax)
    against(axes, axis, found, [axis], joined=True)
    parameters.lay_out(axes, "x", axis)
    return finished(axes, found, title, parameters.label_of(axis, axis.name))


def in_rows(axes_of: list[Axis], found: Found, title: str) -> Any:
    """Each hyperparameter against the measurement, three in a row."""
    down = -(-len(axes_of) // 3)
    drawn = canvas.figure((9.6, 2.7 * down + 0.7))
    names = parameters.short_names([axis.name for axis in axes_of])
    for i, (axis, name) in enumerate(zip(axes_of, names, strict=True)):
        axes = canvas.dressed(drawn.add_subplot(down, 3, i + 1))
        against(axes, axis, found, axes_of)
        parameters.lay_out(axes, "x", axis)
        under = canvas.wrapped(parameters.label_of(axis, name), 30, 2)
        beside = found.name if i % 3 == 0 else ""
        canvas.finished(axes, title="", xlabel=under, ylabel=beside, legend=False)
    canvas.titled(drawn, title)
    canvas.legend_below(drawn, drawn.axes[0])
    return drawn


def against(
    axes: Any, axis: Axis, found: Found, axes_of: list[Axis], *, joined: bool = False
) -> None:
    """Candidates over one axis: measured, pruned and failed ones, the best and the chosen one."""
    window = _with_intervals(found)
    lost = _lost(found)
    _measured(axes, axis, found, window, joined)
    for status, draw in (("pruned", marks.pruned), ("failed", marks.failed)):
        of = found.of(status)
        if of.any():
            places = np.where(lost[of], np.nan, window.clipped(found.values[of]))
            draw(axes, axis.at[of], places, f"{status} ({of.sum()})")
            _at_the_bad_end(axes, axis.at[of & lost], found, draw)
    for i, draw, label in singled_out(found, axes_of):
        draw(axes, axis.at[i], window.clipped(found.values[i]), label)
    window.lay_out(axes, 0.05 if lost.any() else 0.0)


def _with_intervals(found: Found) -> marks.Window:
    """The window, and in it the whole intervals of what lies within, and pruned ones that led."""
    window = found.window
    led = found.values[found.of("pruned")]
    if found.orientation != "unoriented":
        led = np.fmin(led, window.high) if found.orientation == "loss" else np.fmax(led, window.low)
    within = found.ok & (window.beyond(found.values) == 0)
    values, radii = found.values[within], found.radii[within]
    return window.widened(np.concatenate([values - radii, values + radii, led]))


def _lost(found: Found) -> np.ndarray:
    """Candidates without a measurement to be drawn at."""
    return np.asarray(found.of("failed") | ~np.isfinite(found.values))


def _measured(axes: Any, axis: Axis, found: Found, window: marks.Window, joined: bool) -> None:
    x, y, colour = axis.at[found.ok], found.values[found.ok], canvas.COLOURS[0]
    placed = np.isfinite(x)
    if joined and _one_each(axis, x[placed]):
        order = np.argsort(x[placed])
        line = x[placed][order], window.clipped(y[placed][order])
        axes.plot(*line, color=colour, linewidth=1.2, alpha=0.45, label="_line")
    _intervals(axes, x, y, found.radii[found.ok], window)
    beyond = window.beyond(y)
    for side, marker in ((0, "o"), (-1, "v"), (1, "^")):
        at = beyond == side
        if at.any():
            name = "candidates" if side == 0 else "far worse"
            axes.plot(
                x[at],
                window.clipped(y[at]),
                marker=marker,
                markersize=4.5 if found.n > 60 else 5.5,
                linestyle="",
                color=colour,
                alpha=0.75,
                clip_on=side == 0,
                label=f"{name} ({at.sum()})",
                gid="ok",
            )


def _one_each(axis: Axis, x: np.ndarray) -> bool:
    """Whether candidates may be joined by a line: numbers, each tried once, and not too many."""
    return axis.scale != "none" and 1 < len(x) <= _MOST_JOINED and len(np.unique(x)) == len(x)


def _intervals(
    axes: Any, x: np.ndarray, y: np.ndarray, radii: np.ndarray, window: marks.Window
) -> None:
    known = np.isfinite(radii) & np.isfinite(x) & (window.beyond(y) == 0)
    if known.any():
        low, high = y[known] - radii[known], y[known] + radii[known]
        axes.vlines(
            x[known],
            window.clipped(low),
            window.clipped(high),
            color=canvas.COLOURS[0],
            linewidth=2.4,
            alpha=0.35,
            label="interval over folds",
        )


def _at_the_bad_end(axes: Any, x: np.ndarray, found: Found, draw: Any) -> None:
    """Where a very bad measurement would be: above losses, below scores."""
    if len(x):
        height = np.full(len(x), 0.97 if found.orientation == "loss" else 0.03)
        draw(axes, x, height, "_lost", transform=axes.get_xaxis_transform())


def so_far(axes: Any, found: Found) -> None:
    """The best measurement up to each candidate, in steps."""
    if found.orientation == "unoriented" or not found.ok.any():
        return
    keep, worst = (np.fmin, np.inf) if found.orientation == "loss" else (np.fmax, -np.inf)
    best = keep.accumulate(np.where(found.ok, found.values, worst))
    known = np.isfinite(best)
    axes.plot(
        np.flatnonzero(known),
        best[known],
        drawstyle="steps-post",
        color=canvas.COLOURS[0],
        linewidth=1.8,
        label="best so far",
    )


def finished(axes: Any, found: Found, title: str, xlabel: str) -> Any:
    drawn = canvas.finished(axes, title=title, xlabel=xlabel, ylabel=found.name, legend=False)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        canvas.legend_beside(axes)
    return drawn
