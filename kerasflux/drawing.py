"""Plain arrays to pictures: loss curves, learning curves, matrices, grids of images.

Every function gives a matplotlib figure of its own and leaves pyplot, its settings and its list of
open figures alone; with `ax=` it draws there instead. Needs the extra `plot`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from kerasflux.errors import KerasfluxError

COLOURS = ("#1f6f8b", "#e07a3f", "#3a7d44", "#8e5aa8", "#b8336a", "#7a6a53", "#2b4570", "#c9a227")
"""The colours of lines, told apart in grey and by the colour-blind as far as eight can be."""

_RIGHT, _WRONG = "#3a7d44", "#c1292e"


class DrawingError(KerasfluxError, ValueError):
    """A picture can't be drawn of what was given."""


class DrawingNotInstalled(KerasfluxError, ImportError):
    """Pictures need matplotlib, which is not installed."""


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
    axes = _axes(ax)
    for name, colour in (("training", COLOURS[0]), ("validation", COLOURS[1])):
        losses = np.asarray(columns.get(f"{name}_loss", ()), dtype=float)
        if np.isfinite(losses).any():
            _curve(axes, epochs, losses, colour, name)
    _last_values(axes)
    _whole_ticks(axes)
    return _finished(axes, title=title, xlabel="epoch", ylabel=ylabel, log_y=log_scale)


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
    axes = _axes(ax)
    numeric = all(isinstance(value, (int, float, np.number)) for value in x)
    places = np.asarray(x) if numeric else np.arange(len(table))
    for i, column in enumerate(table.T):
        label = str(labels[i]) if labels else None
        _curve(axes, places, column, COLOURS[i % len(COLOURS)], label)
    if not numeric:
        axes.set_xticks(places, [str(value) for value in x])
    elif not log_x and all(float(value).is_integer() for value in x):
        _whole_ticks(axes)
    return _finished(
        axes, title=title, xlabel=xlabel, ylabel=ylabel, log_x=log_x and numeric, log_y=log_y
    )


def heatmap(
    matrix: Any,
    labels: Sequence[object],
    *,
    title: str = "",
    xlabel: str = "predicted",
    ylabel: str = "true",
    ax: Any = None,
) -> Any:
    """A confusion matrix: true classes in rows, predicted ones in columns, counts in the cells.

    The shade of a cell is its share of its row, so that rare classes are seen; zeros stay blank.

    Args:
        matrix: `(K, K)` counts, or sums of weights.
        labels: the K classes.
        title: above the picture.
        xlabel: under the columns.
        ylabel: beside the rows.
        ax: matplotlib axes to draw on; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: the matrix is not `(K, K)`.

    >>> figure = heatmap([[5, 1], [0, 4]], ["no", "yes"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['5', '1', '4']
    """
    counts = np.asarray(matrix, dtype=float)
    k = len(labels)
    if counts.shape != (k, k) or not k:
        raise DrawingError(
            "The confusion matrix can't be drawn.",
            expected=f"a matrix ({k}, {k}), as there are {k} labels",
            received=f"a matrix {counts.shape}",
        )
    side = min(max(3.4, 1.3 + 0.52 * k), 14)
    axes = _axes(ax, size=(side, side))
    shares = counts / np.where(counts.sum(1, keepdims=True) > 0, counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap=_blues(), vmin=0, vmax=1)
    _cells(axes, counts, shares, size=min(11.0, 190 / k))
    names = [str(label) for label in labels]
    steep = max(map(len, names)) > 3
    axes.set_xticks(range(k), names, rotation=45 if steep else 0, ha="right" if steep else "center")
    axes.set_yticks(range(k), names)
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    return _finished(axes, title=title, xlabel=xlabel, ylabel=ylabel, plain=True)


def image_grid(
    images: Any,
    titles: Sequence[object] = (),
    *,
    wrong: Any = None,
    columns: int = 8,
    title: str = "",
) -> Any:
    """Images in a grid, each with a title; wrong ones framed in red, titles in green and red.

    Args:
        images: `(n, h, w)`, `(n, h, w, 1)` or `(n, h, w, 3)`: uint8, or floats in [0, 1].
        titles: one per image, such as its predicted label.
        wrong: `(n,)` booleans, for colours.
        columns: images in a row.
        title: above the picture.

    Returns:
        the figure.

    Raises:
        DrawingError: these are not images, or titles or colours are of another number.

    >>> figure = image_grid(np.zeros((3, 8, 8), "uint8"), [0, 1, 2], wrong=[False, True, False])
    >>> [axes.get_title() for axes in figure.axes]
    ['0', '1', '2']
    """
    pixels = _pixels(images, titles, wrong)
    n, across = len(pixels), max(1, min(columns, len(pixels)))
    down = -(-n // across)
    head = 0.45 if title else 0.05
    height = down * (1.27 if len(titles) else 1.1) + head
    figure = _figure((max(across * 1.1, 0.09 * len(title)), height))
    for i in range(n):
        axes = figure.add_subplot(down, across, i + 1)
        axes.imshow(pixels[i], cmap="gray", vmin=0, vmax=255 if pixels.dtype == np.uint8 else 1)
        colour = None if wrong is None else (_WRONG if wrong[i] else _RIGHT)
        _frame(axes, str(titles[i]) if len(titles) else "", colour, bold=colour == _WRONG)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


# shared parts


def _figure(size: tuple[float, float]) -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError as error:
        raise DrawingNotInstalled(
            "Pictures need matplotlib, which is not installed.",
            remedy="pip install 'kerasflux[plot]'",
        ) from error
    figure = _picture()(figsize=size, dpi=150, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    FigureCanvasAgg(figure)
    return figure


@cache
def _picture() -> Any:
    """Matplotlib's figure, but one that notebooks show although pyplot was never used."""
    from matplotlib.figure import Figure

    class Picture(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=110)
            return buffer.getvalue()

    return Picture


def _axes(ax: Any, size: tuple[float, float] = (6.0, 3.7)) -> Any:
    return _figure(size).add_subplot() if ax is None else ax


def _curve(axes: Any, x: Any, y: np.ndarray, colour: str, label: str | None) -> None:
    finite = np.isfinite(y)
    axes.plot(
        np.asarray(x)[finite],
        y[finite],
        color=colour,
        label=label,
        marker="o" if len(x) <= 30 else "",
        markersize=3.2,
        linewidth=1.6,
    )


def _whole_ticks(axes: Any) -> None:
    """Ticks at whole numbers: there is no epoch 1.2."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


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


def _logarithmic(axis: Any, set_scale: Any) -> None:
    """A logarithmic axis with plain numbers on it, at 1, 2 and 5 where few decades are shown."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    set_scale("log")
    low, high = sorted(axis.get_view_interval())
    few = high / max(low, 1e-300) < 300
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _finished(
    axes: Any,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
    plain: bool = False,
) -> Any:
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title, fontsize=11, loc="left")
    if plain:
        return axes.figure
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#d9d9d9", linewidth=0.6)
    axes.set_axisbelow(True)
    if log_x:
        _logarithmic(axes.xaxis, axes.set_xscale)
    if log_y:
        _logarithmic(axes.yaxis, axes.set_yscale)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(frameon=False, fontsize=9)
    return axes.figure


def _names(history: Any) -> list[Any]:
    return list(history) if isinstance(history, Mapping) else list(history.columns)


def _cells(axes: Any, counts: np.ndarray, shares: np.ndarray, size: float) -> None:
    for row, column in zip(*np.nonzero(counts), strict=True):
        count = counts[row, column]
        axes.text(
            column,
            row,
            f"{count:.0f}" if count == round(count) else f"{count:.3g}",
            ha="center",
            va="center",
            fontsize=size,
            color="white" if shares[row, column] > 0.55 else "#12303b",
        )


def _blues() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("kerasflux", ["#f1f5f6", "#7fb0bf", "#14566d"])


def _pixels(images: Any, titles: Sequence[object], wrong: Any) -> np.ndarray:
    pixels = np.asarray(images)
    if pixels.ndim == 4 and pixels.shape[3] == 1:
        pixels = pixels[..., 0]
    image_like = pixels.ndim == 3 or (pixels.ndim == 4 and pixels.shape[3] == 3)
    sizes = {len(pixels)} if pixels.ndim else set()
    sizes |= {len(titles)} if len(titles) else set()
    sizes |= {len(wrong)} if wrong is not None else set()
    if not image_like or len(sizes) != 1 or sizes == {0}:
        raise DrawingError(
            "The images can't be drawn.",
            expected="images (n, h, w) or (n, h, w, 3), n titles, n booleans",
            received=f"images {pixels.shape}, {len(titles)} titles"
            + ("" if wrong is None else f", {len(wrong)} booleans"),
        )
    return pixels


def _frame(axes: Any, text: str, colour: str | None, bold: bool) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(
        text, fontsize=9, pad=3, color=colour or "black", fontweight="bold" if bold else "normal"
    )
    axes.spines[:].set_color(colour if bold else "#bbbbbb")
    axes.spines[:].set_linewidth(1.8 if bold else 0.6)
