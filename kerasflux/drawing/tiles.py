"""Matrices of counts, and grids of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from kerasflux.drawing.canvas import (
    RIGHT,
    WRONG,
    axes_of,
    dressed,
    figure,
    finished,
    ink_of,
    wrapped,
)
from kerasflux.drawing.errors import DrawingError

_MOST_WRITTEN = 30
_DARK = 0.57  # the share whose shade white is read on as well as dark text
_MOST_NAMED = 40


def heatmap(
    matrix: Any,
    labels: Sequence[object],
    *,
    show: Literal["counts", "shares", "both"] = "counts",
    title: str = "",
    xlabel: str = "predicted",
    ylabel: str = "true",
    ax: Any = None,
) -> Any:
    """A confusion matrix: true classes in rows, predicted ones in columns, counts in the cells.

    The shade of a cell is its share of its row, so that rare classes are seen; zeros stay blank.
    Of more than thirty classes nothing is written into the cells, and a scale says what a shade is.

    Args:
        matrix: `(K, K)` counts, or sums of weights.
        labels: the K classes.
        show: what is written: counts, shares of the row in percent, or both.
        title: above the picture.
        xlabel: under the columns.
        ylabel: beside the rows.
        ax: matplotlib axes to draw on; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: the matrix is not `(K, K)`, or `show` is something else.

    >>> figure = heatmap([[5, 1], [0, 4]], ["no", "yes"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['5', '1', '4']
    """
    counts = _counts(matrix, labels, show)
    k = len(labels)
    names = [wrapped(label, 20, 2) for label in labels]
    shares = counts / np.where(counts.sum(1, keepdims=True) > 0, counts.sum(1, keepdims=True), 1)
    axes = axes_of(ax, size=_size(counts, names, show))
    shades = axes.imshow(shares, cmap=_blues(), vmin=0, vmax=1)
    if k <= _MOST_WRITTEN:
        _cells(axes, counts, shares, show)
        _gaps(axes, k)
    elif ax is None:
        _scale(axes, shades, ylabel)
    _named(axes, names)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    return finished(axes, title=title, xlabel=xlabel, ylabel=ylabel, plain=True)


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
    drawn = figure((max(across * 1.1, 0.09 * len(title)), height))
    for i in range(n):
        axes = dressed(drawn.add_subplot(down, across, i + 1))
        axes.imshow(pixels[i], cmap="gray", vmin=0, vmax=255 if pixels.dtype == np.uint8 else 1)
        colour = None if wrong is None else (WRONG if wrong[i] else RIGHT)
        _frame(axes, str(titles[i]) if len(titles) else "", colour, bold=colour == WRONG)
    if title:
        drawn.suptitle(title, fontsize=11, color=ink_of(drawn.axes[0]))
    return drawn


# shared parts


def _counts(matrix: Any, labels: Sequence[object], show: str) -> np.ndarray:
    counts = np.asarray(matrix, dtype=float)
    k = len(labels)
    if counts.shape != (k, k) or not k:
        raise DrawingError(
            "The confusion matrix can't be drawn.",
            expected=f"a matrix ({k}, {k}), as there are {k} labels",
            received=f"a matrix {counts.shape}",
        )
    if show not in ("counts", "shares", "both"):
        raise DrawingError(
            "The confusion matrix can't be drawn.",
            expected="show='counts', 'shares' or 'both'",
            received=f"show={show!r}",
        )
    return counts


def _size(counts: np.ndarray, names: list[str], show: str) -> tuple[float, float]:
    """Inches: cells that hold their numbers, and room for names and a scale."""
    k, longest = len(counts), len(_text(counts.max(), 1.0, show).split("\n")[0])
    cell = float(np.clip(0.2 + 0.085 * longest, 0.52 if show == "both" else 0.34, 0.9))
    side = float(np.clip(cell * k, 1.7, 7.5)) if k <= _MOST_WRITTEN else 6.5
    room = 0.075 * max(len(line) for name in names for line in name.split("\n"))
    return side + room + (0.7 if k <= _MOST_WRITTEN else 1.6), side + 0.75 * room + 0.9


def _cells(axes: Any, counts: np.ndarray, shares: np.ndarray, show: str) -> None:
    texts = {
        cell: _text(counts[cell], shares[cell], show)
        for cell in zip(*np.nonzero(counts), strict=True)
    }
    longest = max((len(line) for text in texts.values() for line in text.split("\n")), default=1)
    size = _font_size(axes, len(counts), longest)
    for (row, column), text in texts.items():
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            fontsize=size,
            color="white" if shares[row, column] > _DARK else "#12303b",
        )


def _font_size(axes: Any, k: int, longest: int) -> float:
    """So that the longest text fits into a cell, from 5 to 11 points."""
    box = axes.get_window_extent()
    cell = 72 / axes.figure.dpi * min(box.width, box.height) / k
    return float(np.clip(cell * 0.8 / (0.62 * longest), 5, 11))


def _text(count: float, share: float, show: str) -> str:
    """A cell's text; thousands are set apart, and a share is never rounded to nothing.

    >>> _text(12000, 0.25, "both"), _text(1, 0.0004, "shares")
    ('12,000\\n25 %', '<1 %')
    """
    number = f"{count:,.0f}" if count == round(count) else f"{count:.3g}"
    percent = "<1 %" if share < 0.005 else f"{100 * share:.0f} %"
    return {"counts": number, "shares": percent, "both": f"{number}\n{percent}"}[show]


def _gaps(axes: Any, k: int) -> None:
    """Lines between the cells."""
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.2)


def _named(axes: Any, names: list[str]) -> None:
    """Names of rows and columns, every n-th of too many."""
    k = len(names)
    places = range(0, k, -(-k // _MOST_NAMED))
    steep = max(map(len, names)) > 3 or k > _MOST_WRITTEN
    size = float(np.clip(330 / len(places), 6.5, 9.5))
    kept = [names[i] for i in places]
    axes.set_xticks(
        places,
        kept,
        rotation=45 if steep else 0,
        ha="right" if steep else "center",
        rotation_mode="anchor",
        fontsize=size,
    )
    axes.set_yticks(places, kept, fontsize=size)


def _scale(axes: Any, shades: Any, ylabel: str) -> None:
    """What the shades mean, beside a matrix without numbers."""
    from matplotlib.ticker import PercentFormatter

    bar = axes.figure.colorbar(shades, ax=axes, shrink=0.6, aspect=24)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    dressed(bar.ax)
    bar.set_label(f"share of the {ylabel} class")


def _blues() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("kerasflux", ["#e9f0f5", "#6fa9cf", "#17517c"])


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
        text,
        fontsize=9,
        pad=3,
        color=colour or ink_of(axes),
        fontweight="bold" if bold else "normal",
    )
    axes.spines[:].set_alpha(None)
    axes.spines[:].set_color(colour if bold else "#bbbbbb")
    axes.spines[:].set_linewidth(1.8 if bold else 0.6)
