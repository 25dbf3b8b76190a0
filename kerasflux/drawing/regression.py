"""Residuals: what a regression missed, and where."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.drawing import canvas
from kerasflux.drawing.errors import DrawingError

_MANY = 20_000


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

    Beside the residuals stands their histogram. Many points are drawn as a density.

    Args:
        true: `(n_rows,)` numbers.
        predicted: `(n_rows,)` numbers.
        log: logarithmic axes of truth and prediction. None: where all are positive and the largest
            is a thousand times the smallest.
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
    of = f" {canvas.wrapped(name, 24, 1)}" if name else ""
    if ax is not None:
        _missed(ax, y, yhat, log, of)
        return canvas.finished(
            ax, title=title, xlabel=f"predicted{of}", ylabel="residual (true - predicted)"
        )
    drawn = canvas.figure((9.2, 4.1))
    left, right, beside = (
        canvas.dressed(axes) for axes in drawn.subplots(1, 3, width_ratios=[4, 4, 1])
    )
    _against(left, y, yhat, log)
    canvas.finished(left, title=title, xlabel=f"predicted{of}", ylabel=f"true{of}")
    _missed(right, y, yhat, log, of)
    canvas.finished(right, title="", xlabel=f"predicted{of}", ylabel="residual (true - predicted)")
    _spread(beside, y - yhat, right.get_ylim())
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


def _against(axes: Any, y: np.ndarray, yhat: np.ndarray, log: bool) -> None:
    """Truth over prediction on equal scales, with the diagonal."""
    low, high = min(y.min(), yhat.min()), max(y.max(), yhat.max())
    ends = _ends(low, high, log)
    _cloud(axes, yhat, y, (log, log))
    axes.plot(ends, ends, color=canvas.ink_of(axes), linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_box_aspect(1)
    _scaled(axes.xaxis, axes.set_xscale, log)
    _scaled(axes.yaxis, axes.set_yscale, log)


def _missed(axes: Any, y: np.ndarray, yhat: np.ndarray, log: bool, of: str) -> None:
    """Residuals over prediction, with the line of none."""
    _cloud(axes, yhat, y - yhat, (log, False))
    axes.axhline(0, color=canvas.ink_of(axes), linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_xlim(*_ends(yhat.min(), yhat.max(), log))
    reach = np.abs(y - yhat).max() * 1.06 or 1.0
    axes.set_ylim(-reach, reach)
    _scaled(axes.xaxis, axes.set_xscale, log)
    canvas.plain_numbers(axes.yaxis)


def _spread(axes: Any, missed: np.ndarray, limits: tuple[float, float]) -> None:
    """The histogram of the residuals, beside them and on their scale."""
    bins = int(np.clip(np.sqrt(len(missed)), 10, 60))
    counts, edges = np.histogram(missed, bins=bins, range=limits)
    axes.stairs(
        counts, edges, orientation="horizontal", fill=True, color=canvas.COLOURS[0], alpha=0.6
    )
    axes.set_ylim(*limits)
    canvas.finished(axes, title="", xlabel="rows", ylabel="", legend=False)
    axes.tick_params(labelleft=False)
    canvas.plain_numbers(axes.xaxis)


def _cloud(axes: Any, x: np.ndarray, y: np.ndarray, logs: tuple[bool, bool]) -> None:
    """Points, the fainter the more there are; beyond some number how many there are where."""
    if len(x) > _MANY:
        scales = ["log" if log else "linear" for log in logs]
        axes.hexbin(
            x, y, gridsize=70, bins="log", mincnt=1, cmap=canvas.fading(), linewidths=0,
            xscale=scales[0], yscale=scales[1],
        )  # fmt: skip
        return
    faint = float(np.clip(12 / np.sqrt(len(x)), 0.2, 0.8))
    size = 16 if len(x) < 500 else 9
    axes.scatter(x, y, s=size, color=canvas.COLOURS[0], alpha=faint, linewidths=0)


def _ends(low: float, high: float, log: bool) -> tuple[float, float]:
    if log:
        room = (high / low) ** 0.04
        return low / room, high * room
    margin = 0.04 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def _scaled(axis: Any, set_scale: Any, log: bool) -> None:
    if log:
        canvas.logarithmic(axis, set_scale)
    else:
        canvas.plain_numbers(axis)
