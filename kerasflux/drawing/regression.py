"""Residuals: what a regression missed, and where."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.drawing import canvas
from kerasflux.drawing.errors import DrawingError

_MANY = 20_000
_FEW = 20


def residuals(
    true: Any,
    predicted: Any,
    *,
    log: bool | None = None,
    name: str = "",
    title: str = "",
    ax: Any = None,
) -> Any:
    """Truth against prediction, and residuals (truth - prediction) against prediction.

    Beside the residuals stands their histogram. On logarithmic axes a residual is a ratio, truth /
    prediction. Many points are drawn as a density; points very far from all others are crosses at
    the edge, and are counted above the picture.

    Args:
        true: `(n_rows,)` numbers.
        predicted: `(n_rows,)` numbers.
        log: logarithmic axes. None: where all numbers are positive and the largest is a thousand
            times the smallest.
        name: what is predicted, for the names of the axes.
        title: above the picture.
        ax: matplotlib axes to draw the residuals on, without truth and histogram then; a new
            figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: other lengths, no finite pair, or logarithms of what is not positive.

    >>> figure = residuals([1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    >>> [axes.get_ylabel() for axes in figure.axes[:2]]
    ['true', 'residual (true - predicted)']
    """
    y, yhat, log = _checked(true, predicted, log)
    missed = y / yhat if log else y - yhat
    what = "ratio (true / predicted)" if log else "residual (true - predicted)"
    of = f" {canvas.wrapped(name, 24, 1)}" if name else ""
    if ax is not None:
        _missed(ax, yhat, missed, log)
        return canvas.finished(ax, title=title, xlabel=f"predicted{of}", ylabel=what)
    drawn = canvas.figure((9.4, 4.2))
    grid = drawn.subplots(1, 3, width_ratios=[4, 4, 1])
    left, right, beside = (canvas.dressed(axes) for axes in grid)
    _against(left, yhat, y, log)
    canvas.finished(left, title=title, xlabel=f"predicted{of}", ylabel=f"true{of}")
    _missed(right, yhat, missed, log)
    canvas.finished(right, title="", xlabel=f"predicted{of}", ylabel=what)
    _spread(beside, missed, right.get_ylim(), log)
    return drawn


def _checked(true: Any, predicted: Any, log: bool | None) -> tuple[np.ndarray, np.ndarray, bool]:
    y, yhat = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    if y.ndim != 1 or y.shape != yhat.shape:
        raise _unfit("two vectors of one length", f"shapes {y.shape} and {yhat.shape}")
    keep = np.isfinite(y) & np.isfinite(yhat)
    if not keep.any():
        raise _unfit("one row or more with finite numbers", f"none of {len(y)}")
    y, yhat = y[keep], yhat[keep]
    low, high = min(y.min(), yhat.min()), max(y.max(), yhat.max())
    if log and low <= 0:
        raise _unfit("positive numbers, of which there are logarithms", f"{low:.6g}")
    return y, yhat, bool(low > 0 and high > 1000 * low) if log is None else log


def _unfit(expected: str, received: str) -> DrawingError:
    return DrawingError("The residuals can't be drawn.", expected=expected, received=received)


def _against(axes: Any, yhat: np.ndarray, y: np.ndarray, log: bool) -> None:
    """Truth over prediction on equal scales, with the diagonal."""
    ends = _ends(np.concatenate([y, yhat]), log)
    _cloud(axes, yhat, y, ends, ends, (log, log))
    axes.plot(ends, ends, **_reference(axes))
    _scaled(axes, (log, log), ends, ends)


def _missed(axes: Any, yhat: np.ndarray, missed: np.ndarray, log: bool) -> None:
    """Residuals over prediction, as far up as down, with the line of none."""
    low, high = _ends(missed, log)
    reach = max(1 / low, high) if log else max(-low, high)
    across, up = _ends(yhat, log), ((1 / reach, reach) if log else (-reach, reach))
    _cloud(axes, yhat, missed, across, up, (log, log))
    axes.axhline(1 if log else 0, **_reference(axes))
    _scaled(axes, (log, log), across, up)


def _spread(axes: Any, missed: np.ndarray, limits: tuple[float, float], log: bool) -> None:
    """The histogram of the residuals, beside them and on their scale."""
    n = int(np.clip(np.sqrt(len(missed)), 10, 60))
    edges = np.geomspace(*limits, n) if log else np.linspace(*limits, n)
    counts, _ = np.histogram(missed, bins=edges)
    axes.stairs(
        counts, edges, orientation="horizontal", fill=True, color=canvas.COLOURS[0], alpha=0.6
    )
    axes.set_ylim(*limits)
    if log:
        canvas.logarithmic(axes.yaxis, axes.set_yscale)
    axes.set_xlim(0, max(counts.max(), 1) * 1.05)
    axes.set_box_aspect(4)
    canvas.plain_numbers(axes.xaxis, 1, whole=True)
    canvas.finished(axes, title="", xlabel="rows", ylabel="", legend=False)
    axes.tick_params(labelleft=False, which="both", left=False)


# shared parts


def _ends(values: np.ndarray, log: bool) -> tuple[float, float]:
    """Between which numbers values are drawn: all of them, but for a few very far from the rest."""
    scaled = np.log(values) if log else values
    low, high = float(scaled.min()), float(scaled.max())
    if len(scaled) >= _FEW:
        first, lower, upper, last = np.percentile(scaled, [2, 25, 75, 98])
        reach = 20 * (upper - lower) or 4 * (last - first)
        reach += 1e-9 * max(abs(first), abs(last))
        near = (scaled >= lower - reach) & (scaled <= upper + reach)
        low, high = float(scaled[near].min()), float(scaled[near].max())
    alike = high - low <= 1e-9 * max(abs(low), abs(high))
    margin = (0.1 if log else 0.1 * abs(high) or 1.0) if alike else 0.04 * (high - low)
    ends = low - margin, high + margin
    return (float(np.exp(ends[0])), float(np.exp(ends[1]))) if log else ends


def _cloud(
    axes: Any,
    x: np.ndarray,
    y: np.ndarray,
    across: tuple[float, float],
    up: tuple[float, float],
    logs: tuple[bool, bool],
) -> None:
    """Points, the fainter the more there are, or their density; those far off as crosses."""
    inside = (x >= across[0]) & (x <= across[1]) & (y >= up[0]) & (y <= up[1])
    if inside.sum() > _MANY:
        _density(axes, x[inside], y[inside], logs)
    else:
        faint = float(np.clip(12 / np.sqrt(len(x)), 0.2, 0.8))
        size = 16 if len(x) < 500 else 9
        colour = canvas.COLOURS[0]
        axes.scatter(x[inside], y[inside], s=size, color=colour, alpha=faint, linewidths=0)
    if inside.all():
        return
    off = np.clip(x[~inside], *across), np.clip(y[~inside], *up)
    axes.scatter(*off, marker="x", s=26, color=canvas.COLOURS[1], linewidths=1.4, clip_on=False)
    n = int((~inside).sum())
    axes.set_title(
        f"x  {n:,} of {len(x):,} beyond the edge",
        fontsize=8.5,
        loc="right",
        color=canvas.COLOURS[1],
    )


def _density(axes: Any, x: np.ndarray, y: np.ndarray, logs: tuple[bool, bool]) -> None:
    scales = ["log" if log else "linear" for log in logs]
    axes.hexbin(
        x,
        y,
        gridsize=70,
        bins="log",
        mincnt=1,
        cmap=canvas.fading(),
        linewidths=0,
        xscale=scales[0],
        yscale=scales[1],
    )


def _scaled(
    axes: Any, logs: tuple[bool, bool], across: tuple[float, float], up: tuple[float, float]
) -> None:
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_box_aspect(1)
    for axis, set_scale, log in (
        (axes.xaxis, axes.set_xscale, logs[0]),
        (axes.yaxis, axes.set_yscale, logs[1]),
    ):
        if log:
            canvas.logarithmic(axis, set_scale)
        else:
            canvas.plain_numbers(axis)


def _reference(axes: Any) -> dict[str, Any]:
    return {"color": canvas.ink_of(axes), "linewidth": 1.0, "linestyle": (0, (4, 3))}
