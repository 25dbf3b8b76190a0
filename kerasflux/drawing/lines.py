"""Losses against epochs, and measurements against values of a hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflux.drawing.canvas import axes_of, finished, style_of, whole_ticks, wrapped
from kerasflux.drawing.errors import DrawingError


def loss_curves(
    history: Any,
    *,
    title: str = "",
    ylabel: str = "loss",
    log_scale: bool = False,
    ax: Any = None,
) -> Any:
    """Training loss, and validation loss where there is one, against epochs.

    Args:
        history: a data frame or mapping with `training_loss`, and optionally `epoch` (else 0, 1,
            ...) and `validation_loss` (missing where it was not measured), each `(n_epochs,)`.
        title: above the picture.
        ylabel: what the loss is.
        log_scale: a logarithmic axis of losses.
        ax: matplotlib axes to draw on; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: there is no training loss.

    >>> figure = loss_curves({"training_loss": [1.1, 0.6, 0.4]})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['training']
    """
    columns = {str(name): np.asarray(history[name]) for name in _names(history)}
    if not columns.get("training_loss", np.empty(0)).size:
        raise DrawingError("There are no losses to draw.", expected="`training_loss`, some values")
    epochs = columns.get("epoch", np.arange(columns["training_loss"].size))
    axes = axes_of(ax)
    for i, name in enumerate(("training", "validation")):
        losses = np.asarray(columns.get(f"{name}_loss", ()), dtype=float)
        if np.isfinite(losses).any():
            _curve(axes, epochs, losses, style_of(i), name)
    _last_values(axes)
    whole_ticks(axes)
    return finished(axes, title=title, xlabel="epoch", ylabel=ylabel, log_y=log_scale)


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
    """A measurement against values of a hyperparameter, one line per seed or candidate.

    Args:
        x: the values, `(n_values,)`; numbers, or anything else as names along the axis.
        losses: `(n_values,)`, or `(n_values, n_lines)`.
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
    if table.ndim != 2 or len(x) != len(table) or (labels and len(labels) != table.shape[1]):
        raise DrawingError(
            "The learning curves can't be drawn.",
            expected="one row of losses per value, one label per line",
            received=f"{len(x)} values, losses {table.shape}, {len(labels or ())} labels",
        )
    axes = axes_of(ax)
    numeric = all(isinstance(value, (int, float, np.number)) for value in x)
    places = np.asarray(x) if numeric else np.arange(len(table))
    for i, column in enumerate(table.T):
        label = wrapped(labels[i]) if labels else None
        _curve(axes, places, column, style_of(i), label)
    if not numeric:
        axes.set_xticks(places, [str(value) for value in x])
    elif not log_x and all(float(value).is_integer() for value in x):
        whole_ticks(axes)
    return finished(
        axes, title=title, xlabel=xlabel, ylabel=ylabel, log_x=log_x and numeric, log_y=log_y
    )


# shared parts


def _curve(axes: Any, x: Any, y: np.ndarray, style: dict[str, Any], label: str | None) -> None:
    finite = np.isfinite(y)
    axes.plot(
        np.asarray(x)[finite],
        y[finite],
        label=label,
        marker="o" if len(x) <= 30 else "",
        markersize=3.2,
        linewidth=1.6,
        **style,
    )


def _last_values(axes: Any) -> None:
    """Write each line's last value beside it, the higher one above and the lower one below."""
    ends = [(line.get_ydata()[-1], line.get_xdata()[-1], line) for line in axes.lines]
    ends.sort(key=lambda end: end[0])
    for place, (y, x, line) in enumerate(ends):
        above = "center" if len(ends) == 1 else ("bottom" if place else "top")
        axes.annotate(
            f"{y:.3g}",
            (x, y),
            xytext=(5, 0),
            textcoords="offset points",
            va=above,
            color=line.get_color(),
            fontsize=8.5,
        )


def _names(history: Any) -> list[Any]:
    return list(history) if isinstance(history, Mapping) else list(history.columns)
