"""Losses against epochs, and measurements against values of a hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from kerasflux.drawing import canvas, marks, parameters
from kerasflux.drawing.errors import DrawingError

Orientation = Literal["loss", "score", "unoriented"]

_RING = canvas.COLOURS[3]
"""Of the best point: a colour that none of the lines has."""


def loss_curves(
    history: Any,
    *,
    stopped: float | None = None,
    reason: str = "",
    best: float | None = None,
    measure: str = "",
    orientation: Orientation = "loss",
    title: str = "",
    ylabel: str = "loss",
    unit: str = "epoch",
    log_scale: bool | None = None,
    ax: Any = None,
) -> Any:
    """Training loss, and validation loss where there is one, against epochs.

    Where training ended early there is a dashed line, and a ring around the point that is kept.
    What was watched instead of a loss has a panel of its own under the losses.

    Args:
        history: a data frame or mapping with `training_loss`, and optionally `epoch` (else 0, 1,
            ...), `validation_loss` and `measurement`, what was watched instead (both missing where
            they were not measured), each `(n_epochs,)`.
        stopped: the epoch at which training was ended; None: it was not.
        reason: why, for the legend.
        best: the epoch that is kept; None: the last one. The ring is around the measurement there,
            else the validation loss, else the training loss.
        measure: the name of the measure of the column `measurement`.
        orientation: which end of it is the good one.
        title: above the picture.
        ylabel: what the loss is.
        unit: what one iteration is called.
        log_scale: a logarithmic axis of losses. None: where they are positive and the largest is a
            hundred times the smallest.
        ax: matplotlib axes to draw the losses on, without the other panel then; a new figure
            without.

    Returns:
        the figure.

    Raises:
        DrawingError: there is no training loss.

    >>> figure = loss_curves({"training_loss": [1.1, 0.6, 0.4]})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['training']
    >>> both = {"training_loss": [1.1, 0.6, 0.4], "validation_loss": [1.0, 0.7, 0.8]}
    >>> figure = loss_curves(both, stopped=2, reason="no better one", best=1)
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['training', 'validation', 'stopped: no better one', 'best: 0.7 at epoch 1']
    """
    columns = {str(name): np.asarray(history[name]) for name in _names(history)}
    if not columns.get("training_loss", np.empty(0)).size:
        raise DrawingError("There are no losses to draw.", expected="`training_loss`, some values")
    epochs = np.asarray(columns.get("epoch", np.arange(columns["training_loss"].size)), dtype=float)
    watched = np.asarray(columns.get("measurement", ()), dtype=float)
    axes, below = _stacked(ax, bool(np.isfinite(watched).any()))
    for i, name in enumerate(("training", "validation")):
        losses = np.asarray(columns.get(f"{name}_loss", ()), dtype=float)
        if np.isfinite(losses).any():
            _curve(axes, epochs, losses, canvas.style_of(i), name)
    drawn = [line.get_ydata() for line in axes.lines]
    log_y = parameters.scale_of(None, np.concatenate([*drawn, []])) == "log"
    _last_values(axes)
    if below is not None:
        _watched(below, epochs, watched, measure, orientation, unit)
        _last_values(below)
    _marks(axes, below, stopped, reason, best, unit)
    canvas.whole_ticks(axes if below is None else below)
    if below is not None:
        axes.tick_params(labelbottom=False)
    return canvas.finished(
        axes,
        title=title,
        xlabel=unit if below is None else "",
        ylabel=ylabel,
        log_y=log_y if log_scale is None else log_scale,
    )


def learning_curves(
    x: Any,
    losses: Any,
    *,
    labels: Sequence[str] | None = None,
    xlabel: str = "epochs",
    ylabel: str = "out-of-sample loss",
    title: str = "",
    log_x: bool = False,
    log_y: bool = False,
    ax: Any = None,
) -> Any:
    """A measurement against values of a hyperparameter, one line per candidate.

    Of several seeds each has a thin line, and their mean a thick one; the mean is left out where a
    seed has no finite measurement.

    Args:
        x: the values, `(n_values,)`; numbers, or anything else as names along the axis.
        losses: `(n_values,)`, `(n_values, n_lines)`, or `(n_values, n_lines, n_seeds)`.
        labels: a name per line; a legend appears where they are given.
        xlabel: the hyperparameter.
        ylabel: the measure.
        title: above the picture.
        log_x: a logarithmic axis of values.
        log_y: a logarithmic axis of measurements.
        ax: matplotlib axes to draw on; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: `x`, `losses` and `labels` are not of one size.

    >>> figure = learning_curves([1, 2, 4], [[0.9, 1.0], [0.5, 0.6], [0.3, 0.4]], labels=["1", "2"])
    >>> len(figure.axes[0].lines)
    2
    """
    table = np.asarray(losses, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    table = table[..., None] if table.ndim == 2 else table
    if table.ndim != 3 or len(x) != len(table) or (labels and len(labels) != table.shape[1]):
        raise DrawingError(
            "The learning curves can't be drawn.",
            expected="one row of losses per value, one label per line",
            received=f"{len(x)} values, losses {np.shape(losses)}, {len(labels or ())} labels",
        )
    axes = canvas.axes_of(ax)
    axis = _values_axis(x, xlabel, "log" if log_x else "linear")
    for i in range(table.shape[1]):
        label = canvas.wrapped(labels[i]) if labels else None
        _seeded(axes, axis.at, table[:, i], canvas.style_of(i), label, first=i == 0)
    parameters.lay_out(axes, "x", axis)
    return canvas.finished(axes, title=title, xlabel=xlabel, ylabel=ylabel, log_y=log_y)


def learning_panels(
    x: Any,
    measurements: Any,
    measures: Sequence[str],
    *,
    orientations: Sequence[Orientation] | None = None,
    xlabel: str = "epochs",
    scale: Any = "linear",
    title: str = "",
) -> Any:
    """Measurements by several measures against values of a hyperparameter: a panel per measure.

    The best value of each measure has a ring around it (of several seeds, their mean).

    Args:
        x: the values, `(n_values,)`; numbers, or anything else as names along the axis.
        measurements: `(n_values, n_measures)`, or `(n_values, n_measures, n_seeds)`.
        measures: their names.
        orientations: for each, which end is the good one; None: not known.
        xlabel: the hyperparameter.
        scale: of its axis, as `Parameter` has it.
        title: above the picture.

    Returns:
        the figure.

    Raises:
        DrawingError: sizes that don't fit each other.

    >>> table = [[0.9, 0.5], [0.4, 0.8]]
    >>> figure = learning_panels([1, 10], table, ["log_loss", "accuracy"], scale="log")
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['log_loss', 'accuracy']
    """
    table = np.asarray(measurements, dtype=float)
    table = table[..., None] if table.ndim == 2 else table
    known: list[Orientation] = list(orientations or ["unoriented"] * len(measures))
    sizes = (len(x), len(measures), len(known))
    if table.ndim != 3 or not table.size or sizes != (*table.shape[:2], table.shape[1]):
        raise DrawingError(
            "The learning curves can't be drawn.",
            expected="measurements (n_values, n_measures) or (n_values, n_measures, n_seeds)",
            received=f"{sizes[0]} values, {sizes[1]} measures, {sizes[2]} orientations, "
            f"measurements {np.shape(measurements)}",
        )
    axis = _values_axis(x, xlabel, scale)
    n = len(measures)
    drawn = canvas.figure((6.0, 3.7 if n == 1 else 0.6 + 2.1 * n))
    panels = [canvas.dressed(drawn.add_subplot(n, 1, i + 1)) for i in range(n)]
    for i, axes in enumerate(panels):
        _seeded(axes, axis.at, table[:, i], canvas.style_of(i), None, first=True)
        _best_value(axes, axis, _mean(table[:, i]), known[i])
        parameters.lay_out(axes, "x", axis, named=i == n - 1)
        canvas.plain_numbers(axes.yaxis, 5)
        canvas.finished(
            axes,
            title=title if i == 0 else "",
            xlabel=xlabel if i == n - 1 else "",
            ylabel=marks.axis_name(measures[i], known[i], 24),
        )
    return drawn


# shared parts


def _stacked(ax: Any, two: bool) -> tuple[Any, Any]:
    """Axes for the losses, and axes under them for what was watched, or None."""
    if ax is not None or not two:
        return canvas.axes_of(ax), None
    above, below = canvas.figure((6.0, 5.2)).subplots(2, 1, sharex=True, height_ratios=[3, 2])
    return canvas.dressed(above), canvas.dressed(below)


def _watched(
    axes: Any,
    epochs: np.ndarray,
    values: np.ndarray,
    measure: str,
    orientation: Orientation,
    unit: str,
) -> None:
    _curve(axes, epochs, values, canvas.style_of(2), "_watched")
    canvas.finished(
        axes,
        title="",
        xlabel=unit,
        ylabel=marks.axis_name(measure, orientation, 18),
        legend=False,
    )
    canvas.plain_numbers(axes.yaxis, 4)


def _marks(axes: Any, below: Any, stopped: Any, reason: str, best: Any, unit: str) -> None:
    """The end in every panel, named once; the best point on the line that was watched."""
    watched = [*axes.lines, *(() if below is None else below.lines)][-1:]
    if stopped is not None:
        label = f"stopped: {reason}" if reason else f"stopped at {unit} {stopped:g}"
        marks.end(axes, stopped, canvas.wrapped(label, 34, 4))
        if below is not None:
            marks.end(below, stopped, "_end")
    if best is None or not watched:
        return
    x, y = watched[0].get_data()
    (where,) = np.nonzero(np.asarray(x) == best)
    if len(where):
        value = float(y[where[0]])
        label = canvas.wrapped(f"best: {canvas.short(value)} at {unit} {best:g}")
        marks.ring(watched[0].axes, best, value, label, _RING)
        if below is not None:  # named in the legend of the losses
            marks.ring(axes, np.nan, np.nan, label, _RING)


def _values_axis(x: Any, name: str, scale: Any) -> parameters.Axis:
    """The values of a hyperparameter along an axis, each in a place of its own."""
    values = list(x)
    numbers = all(map(parameters.is_number, values))  # even if they were written out
    wanted = None if numbers and scale == "none" else scale
    choices = None if numbers else values
    found = parameters.axis_of(parameters.Parameter(name, values, wanted, choices))
    if found.scale != "none":
        return found
    return parameters.Axis(name, np.arange(float(len(x))), "none", found.texts, found.texts)


def _seeded(
    axes: Any, x: np.ndarray, runs: np.ndarray, style: dict[str, Any], label: Any, *, first: bool
) -> None:
    """One line, or a thin one per seed under a thick one of their mean."""
    n = runs.shape[1]
    if n == 1:
        _curve(axes, x, runs[:, 0], style, label)
        return
    for k, run in enumerate(runs.T):
        finite = np.isfinite(run)
        name = "one seed" if first and k == 0 else "_one seed"
        axes.plot(x[finite], run[finite], label=name, linewidth=0.9, alpha=0.6, **style)
    mean = f"mean of {n} seeds"
    named = f"{label}, {mean}" if label else mean
    _curve(axes, x, _mean(runs), style, named, linewidth=2.6, markersize=4.5)


def _mean(runs: np.ndarray) -> np.ndarray:
    """Over seeds; NaN or infinite where a seed is."""
    with np.errstate(invalid="ignore"):  # infinities of both signs
        return np.asarray(runs.mean(1))


def _best_value(
    axes: Any, axis: parameters.Axis, values: np.ndarray, orientation: Orientation
) -> None:
    best = marks.best_of(values, orientation)
    if best is not None:
        written = f"best: {canvas.short(float(values[best]))} at {axis.texts[best]}"
        marks.ring(axes, axis.at[best], values[best], canvas.wrapped(written), _RING)


def _curve(
    axes: Any, x: Any, y: np.ndarray, style: dict[str, Any], label: str | None, **how: Any
) -> None:
    finite = np.isfinite(y)
    axes.plot(
        np.asarray(x)[finite],
        y[finite],
        label=label,
        marker="o" if len(x) <= 30 else "",
        **{"markersize": 3.2, "linewidth": 1.6, **how},
        **style,
    )


def _last_values(axes: Any) -> None:
    """Write each line's last value beside it, the higher one above and the lower one below."""
    ends = [(line.get_ydata()[-1], line.get_xdata()[-1], line) for line in axes.lines]
    ends.sort(key=lambda end: end[0])
    for place, (y, x, line) in enumerate(ends):
        above = "center" if len(ends) == 1 else ("bottom" if place else "top")
        axes.annotate(
            canvas.short(float(f"{y:.3g}")),
            (x, y),
            xytext=(5, 0),
            textcoords="offset points",
            va=above,
            color=line.get_color(),
            fontsize=8.5,
        )


def _names(history: Any) -> list[Any]:
    return list(history) if isinstance(history, Mapping) else list(history.columns)
