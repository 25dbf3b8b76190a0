"""What probabilities are worth: ROC, precision and recall, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflux.drawing import canvas
from kerasflux.drawing.errors import DrawingError

_SIZE = (4.6, 4.4)
_WITHIN = "95 % interval"


def roc(
    false_positive_rate: Any,
    true_positive_rate: Any,
    *,
    labels: Sequence[object] | None = None,
    areas: Sequence[float] | None = None,
    positive: object = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """True against false positive rates, one line per curve, with the line that chance gives.

    Args:
        false_positive_rate: `(n_points,)`, or a list of these, one per curve.
        true_positive_rate: likewise, of the same lengths.
        labels: a name per curve.
        areas: the area under each curve, written after its name.
        positive: the label whose rates these are, for the names of the axes.
        title: above the picture.
        ax: matplotlib axes to draw on, beside what is there; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: curves, labels or areas that don't fit each other.

    >>> figure = roc([0, 0.5, 1], [0, 0.9, 1], areas=[0.7])
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['chance', 'AUC 0.700']
    """
    curves = _curves(false_positive_rate, true_positive_rate, labels, areas, "ROC curves")
    axes = canvas.axes_of(ax, _SIZE)
    if not _drawn(axes, "chance"):
        axes.plot([0, 1], [0, 1], gid="chance", label="chance", **_reference(axes))
    for x, y, label in _named(curves, labels, areas, "AUC"):
        _line(axes, x, y, label)
    of = "" if positive is None else f" of {canvas.wrapped(positive, 24, 1)}"
    names = f"false positive rate{of}", f"true positive rate{of}"
    return _unit_square(axes, title, *names, empty="lower right")


def precision_recall(
    recall: Any,
    precision: Any,
    *,
    labels: Sequence[object] | None = None,
    areas: Sequence[float] | None = None,
    share: float | None = None,
    positive: object = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """Precision against recall in steps, with the share of positives, which guessing reaches.

    Args:
        recall: `(n_points,)`, or a list of these, one per curve.
        precision: likewise, of the same lengths.
        labels: a name per curve.
        areas: the average precision of each curve, written after its name.
        share: the share of positive rows, drawn as a level; None where curves have several.
        positive: the label that is to be found, for the names of the axes.
        title: above the picture.
        ax: matplotlib axes to draw on, beside what is there; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: curves, labels or areas that don't fit each other.

    >>> figure = precision_recall([1, 0.5, 0], [0.4, 0.8, 1], labels=["net"], share=0.4)
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['share of positives (0.4)', 'net']
    """
    curves = _curves(recall, precision, labels, areas, "precision-recall curves")
    axes = canvas.axes_of(ax, _SIZE)
    if share is not None and not _drawn(axes, "share"):
        axes.plot(
            [0, 1],
            [share] * 2,
            gid="share",
            label=f"share of positives ({share:.3g})",
            **_reference(axes),
        )
    for x, y, label in _named(curves, labels, areas, "AP"):
        _line(axes, x, y, label, drawstyle="steps-post")
    of = "" if positive is None else f" of {canvas.wrapped(positive, 24, 1)}"
    return _unit_square(axes, title, f"recall{of}", f"precision{of}", empty="lower left")


def calibration(
    predicted: Any,
    observed: Any,
    *,
    intervals: Any = None,
    edges: Any = None,
    counts: Any = None,
    labels: Sequence[object] | None = None,
    positive: object = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """Observed shares against predicted probabilities, over a histogram of the probabilities.

    Args:
        predicted: `(n_bins,)` the mean probability of each bin, or a list of these, one per curve.
        observed: likewise, the share of positives in each bin.
        intervals: likewise, `(2, n_bins)` lower and upper ends of an interval around the shares.
        edges: likewise, `(n_edges,)` the borders of all bins, empty ones included.
        counts: likewise, `(n_edges - 1,)` the rows (or weight) in each.
        labels: a name per curve.
        positive: the label whose probabilities these are, for the names of the axes.
        title: above the picture.
        ax: matplotlib axes to draw on, without the histogram then; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: curves, labels, intervals or counts that don't fit each other.

    >>> figure = calibration([0.2, 0.8], [0.1, 0.7], edges=[0, 0.5, 1], counts=[30, 12])
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['observed share', 'rows']
    """
    curves = _curves(predicted, observed, labels, None, "calibration curves")
    bars = _several(intervals) if intervals is not None else [None] * len(curves)
    parts = _histograms(edges, counts, len(curves))
    if len(bars) != len(curves):
        raise _unfit("calibration curves", "an interval per curve", f"{len(bars)} intervals")
    axes, below = _two(ax, bool(parts))
    if not _drawn(axes, "calibrated"):
        axes.plot([0, 1], [0, 1], gid="calibrated", label="calibrated", **_reference(axes))
    first = _n_drawn(axes)
    for (x, y, label), bar in zip(_named(curves, labels, None, ""), bars, strict=True):
        _dots(axes, x, y, bar, label)
    of = "" if positive is None else f" of {canvas.wrapped(positive, 24, 1)}"
    under = "" if below is not None else f"predicted probability{of}"
    drawn = _unit_square(axes, title, under, f"observed share{of}", empty="upper left")
    if below is not None:
        axes.set_box_aspect(None)  # as wide as the histogram under it
        axes.tick_params(labelbottom=False)
        for i, (borders, numbers) in enumerate(parts):
            _histogram(below, borders, numbers, canvas.style_of(first + i), len(parts))
        canvas.finished(
            below, title="", xlabel=f"predicted probability{of}", ylabel="rows", legend=False
        )
        canvas.plain_numbers(below.yaxis, 3, whole=all((n % 1 == 0).all() for _, n in parts))
    return drawn


# shared parts


def _several(arrays: Any) -> list[Any]:
    """A list of arrays, from one array or several."""
    first = arrays[0] if len(arrays) else 0.0
    return [arrays] if np.ndim(first) == 0 else list(arrays)


def _curves(
    xs: Any, ys: Any, labels: Sequence[object] | None, areas: Sequence[float] | None, what: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    first, second = _several(xs), _several(ys)
    n = len(first)
    sizes = {
        n,
        len(second),
        n if labels is None else len(labels),
        n if areas is None else len(areas),
    }
    pairs = [
        (np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        for x, y in zip(first, second, strict=False)
    ]
    wrong = [(x.shape, y.shape) for x, y in pairs if x.shape != y.shape or not x.size]
    if len(sizes) > 1 or not n or wrong:
        raise _unfit(
            what,
            "two arrays of one length per curve, one label and one number for each",
            f"{n} and {len(second)} arrays"
            + (f" of shapes {wrong[0][0]} and {wrong[0][1]}" if wrong else "")
            + (f", {len(labels)} labels" if labels is not None else "")
            + (f", {len(areas)} numbers" if areas is not None else ""),
        )
    return pairs


def _unfit(what: str, expected: str, received: str) -> DrawingError:
    return DrawingError(f"The {what} can't be drawn.", expected=expected, received=received)


def _named(
    curves: list[tuple[np.ndarray, np.ndarray]],
    labels: Sequence[object] | None,
    areas: Sequence[float] | None,
    sign: str,
) -> list[tuple[np.ndarray, np.ndarray, str]]:
    names = [""] * len(curves) if labels is None else [canvas.wrapped(name) for name in labels]
    if areas is not None:
        values = [f"{sign} {area:.3f}" for area in areas]
        names = [
            f"{name} ({value})" if name else value
            for name, value in zip(names, values, strict=True)
        ]
    return [(x, y, name) for (x, y), name in zip(curves, names, strict=True)]


def _line(axes: Any, x: np.ndarray, y: np.ndarray, label: str, **how: Any) -> None:
    axes.plot(
        x,
        y,
        gid="curve",
        label=label or "_unnamed",
        linewidth=1.8,
        clip_on=False,
        **canvas.style_of(_n_drawn(axes)),
        **how,
    )


def _dots(axes: Any, x: np.ndarray, y: np.ndarray, interval: Any, label: str) -> None:
    style = canvas.style_of(_n_drawn(axes))
    if interval is not None:
        low, high = np.asarray(interval, dtype=float)
        axes.vlines(
            x,
            low,
            high,
            color=style["color"],
            linewidth=3,
            alpha=0.45,
            label=f"{_WITHIN} of {label}" if label else _WITHIN,
        )
    axes.plot(
        x,
        y,
        gid="curve",
        label=label or "_unnamed",
        linewidth=1.5,
        marker="o",
        markersize=4.5,
        clip_on=False,
        **style,
    )


def _n_drawn(axes: Any) -> int:
    """How many curves are on these axes already: the next one takes the next colour."""
    return sum(line.get_gid() == "curve" for line in axes.lines)


def _drawn(axes: Any, gid: str) -> bool:
    return any(line.get_gid() == gid for line in axes.lines)


def _reference(axes: Any) -> dict[str, Any]:
    return {"color": canvas.ink_of(axes), "linewidth": 1.0, "linestyle": (0, (4, 3)), "alpha": 0.8}


def _unit_square(axes: Any, title: str, xlabel: str, ylabel: str, empty: str) -> Any:
    """Both axes from 0 to 1; the legend of a single curve in the corner that it leaves empty."""
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_box_aspect(1)
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    canvas.finished(axes, title=title, xlabel=xlabel, ylabel=ylabel, legend=False)
    if _n_drawn(axes) == 1:
        canvas.legend_within(axes, empty)
    else:
        canvas.legend_beside(axes, within=empty)
    return axes.figure


def _two(ax: Any, histogram: bool) -> tuple[Any, Any]:
    """Axes for the curves, and axes under them for the histogram, or None."""
    if ax is not None or not histogram:
        return canvas.axes_of(ax, _SIZE), None
    drawn = canvas.figure((_SIZE[0], 5.6))
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    return canvas.dressed(above), canvas.dressed(below)


def _histograms(edges: Any, counts: Any, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    if edges is None or counts is None:
        return []
    pairs = [
        (np.asarray(e, dtype=float), np.asarray(c, dtype=float))
        for e, c in zip(_several(edges), _several(counts), strict=False)
    ]
    if len(pairs) != n or any(len(e) != len(c) + 1 for e, c in pairs):
        raise _unfit(
            "calibration curves",
            "one more border than counts, per curve",
            f"{n} curves, borders and counts of {[(len(e), len(c)) for e, c in pairs]}",
        )
    return pairs


def _histogram(
    axes: Any, edges: np.ndarray, counts: np.ndarray, style: dict[str, Any], n: int
) -> None:
    axes.stairs(counts, edges, color=style["color"], linewidth=1.4)
    if n == 1:
        axes.stairs(counts, edges, color=style["color"], fill=True, alpha=0.35)
