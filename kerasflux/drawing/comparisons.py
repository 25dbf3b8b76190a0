"""Evaluations side by side: a point per model, its interval, its folds, its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasflux.drawing import canvas
from kerasflux.drawing.errors import DrawingError

_FAR = 50.0
_DIRECTIONS = {"loss": " (less is better)", "score": " (more is better)", "unoriented": ""}


@dataclass(frozen=True)
class Measured:
    """What one measure found for several models: one panel of a comparison.

    Attributes:
        measure: its name, under the axis.
        values: `(n_models,)` numbers; NaN and infinity are written and not drawn.
        radii: `(n_models,)` half widths of intervals; None, NaN and infinity where not known.
        per_fold: for each model its values on the folds, any number of them; or None.
        orientation: which end of the axis is the good one, and so which model the best.
        texts: `(n_models,)`, what is written beside each model; None: value and radius.
    """

    measure: str
    values: Any
    radii: Any = None
    per_fold: Any = None
    orientation: Literal["loss", "score", "unoriented"] = "unoriented"
    texts: Sequence[str] | None = None


def comparison(
    names: Sequence[object],
    values: Any,
    radii: Any = None,
    per_fold: Any = None,
    *,
    measure: str = "",
    orientation: Literal["loss", "score", "unoriented"] = "unoriented",
    texts: Sequence[str] | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """Several models by one measure: all folds as a point, with its interval; each fold as a dot.

    The first model is on top, the best one in colour. Where a loss of one model is more than fifty
    times that of another, the axis is logarithmic; other values far off are drawn as a triangle at
    the edge. The number itself is always written beside the model.

    Args:
        names: one per model; long ones are wrapped.
        values, radii, per_fold, measure, orientation, texts: see `Measured`.
        title: above the picture.
        ax: matplotlib axes to draw on (without a legend then); a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: no model, or as many names as there are not values, radii, folds or texts.

    >>> figure = comparison(
    ...     ["net", "trees"], [0.31, 0.28], [0.03, 0.02], [[0.33, 0.29], [0.27, 0.29]],
    ...     measure="log_loss", orientation="loss",
    ... )
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.310 ± 0.030', '0.280 ± 0.020']
    """
    panel = Measured(measure, values, radii, per_fold, orientation, texts)
    if ax is None:
        return comparisons(names, [panel], title=title)
    (read,) = _checked(names, [panel])
    _panel(ax, [canvas.wrapped(name) for name in names], read)
    return canvas.finished(ax, title=title, xlabel=_axis_name(panel), ylabel="", plain=True)


def comparisons(
    names: Sequence[object],
    panels: Sequence[Measured],
    *,
    title: str = "",
) -> Any:
    """Several models by several measures: a panel per measure, as `comparison` draws one.

    The panels of several models are side by side, at most three in a row; those of a single model
    lie under one another, named by their measures.

    Args:
        names: one per model.
        panels: one per measure.
        title: above the picture.

    Returns:
        the figure.

    Raises:
        DrawingError: no model, no measure, or lengths that differ.

    >>> figure = comparisons(
    ...     ["net"], [Measured("accuracy", [0.9]), Measured("log_loss", [0.3], [0.1])]
    ... )
    >>> [axes.get_yticklabels()[0].get_text() for axes in figure.axes]
    ['accuracy', 'log_loss']
    """
    read = _checked(names, panels)
    labels = [canvas.wrapped(name) for name in names]
    alone = len(names) == 1
    across = 1 if alone else min(len(panels), 3)
    down = -(-len(panels) // across)
    rows = [_axis_name(panel) for panel in panels] if alone else labels
    drawn = canvas.figure((_width(rows, across), down * _height(labels, alone) + 0.6))
    for i, panel in enumerate(read):
        axes = canvas.dressed(drawn.add_subplot(down, across, i + 1))
        first = labels if i % across == 0 else [""] * len(labels)
        _panel(axes, [rows[i]] if alone else first, panel)
        under = "" if alone else _axis_name(panel)
        canvas.finished(axes, title="", xlabel=under, ylabel="", plain=True)
    if title or alone:
        text = title or canvas.wrapped(names[0], 60, 1)
        ink = canvas.ink_of(drawn.axes[0])
        drawn.suptitle(text, fontsize=11, color=ink, x=0.01, ha="left")
    _legend(drawn, read)
    return drawn


# what is drawn


def _checked(names: Sequence[object], panels: Sequence[Measured]) -> list[Measured]:
    if not len(names) or not len(panels):
        raise DrawingError(
            "There is nothing to compare.",
            expected="one model and one measure, or more",
            received=f"{len(names)} models, {len(panels)} measures",
        )
    return [_read(panel, len(names)) for panel in panels]


def _read(panel: Measured, n: int) -> Measured:
    """A panel with arrays of floats: radii are NaN where there is none."""
    folds = [()] * n if panel.per_fold is None else panel.per_fold
    radii = [None] * n if panel.radii is None else panel.radii
    sizes = {"values": len(panel.values), "radii": len(radii), "per_fold": len(folds)}
    sizes |= {} if panel.texts is None else {"texts": len(panel.texts)}
    if set(sizes.values()) != {n}:
        raise DrawingError(
            f"The comparison by `{panel.measure}` can't be drawn.",
            expected=f"one entry per model, as there are {n} names",
            received=", ".join(f"{size} {name}" for name, size in sizes.items()),
        )
    values, radii = _floats(panel.values), _floats(radii)
    folds = [_floats(f) for f in folds]
    texts = panel.texts or _texts(values, radii)
    return Measured(panel.measure, values, radii, folds, panel.orientation, texts)


def _floats(values: Any) -> np.ndarray:
    return np.array([np.nan if v is None else float(v) for v in values], dtype=float)


def _texts(values: np.ndarray, radii: np.ndarray) -> list[str]:
    """Values and radii with the decimals of the most exact one, if they are of about one size."""
    places = [_places(value, radius) for value, radius in zip(values, radii, strict=True)]
    known = [p for p in places if p is not None]
    if known and max(known) - min(known) <= 2:
        places = [None if p is None else max(known) for p in places]
    return [_text(v, r, p) for v, r, p in zip(values, radii, places, strict=True)]


def _places(value: float, radius: float) -> int | None:
    """Decimals: two digits of the radius, three of the value at least; None for an exponent.

    >>> _places(0.31, 0.03), _places(27218.3, 4031.0), _places(0.5, float("nan")), _places(1e-9, 0)
    (3, -2, 4, None)
    """
    if not np.isfinite(value) or not (value == 0 or 1e-4 <= abs(value) < 1e9):
        return None
    size = int(np.floor(np.log10(abs(value)))) if value else 0
    if not np.isfinite(radius) or radius <= 0:
        return 3 - size
    return min(max(1 - int(np.floor(np.log10(radius))), 2 - size), 5 - size)


def _text(value: float, radius: float, places: int | None) -> str:
    """Value and radius.

    >>> _text(0.31, 0.03, 3), _text(27218.3, 4031.0, -2), _text(1e-9, 0.0, None)
    ('0.310 ± 0.030', '27,200 ± 4,000', '1e-09')
    """
    if places is None:
        return f"{value:.3g}"
    around = [radius] if np.isfinite(radius) else []
    return " ± ".join(
        f"{round(float(v), places) + 0.0:,.{max(places, 0)}f}" for v in (value, *around)
    )


def _axis_name(panel: Measured) -> str:
    return canvas.wrapped(panel.measure + _DIRECTIONS[panel.orientation], 34)


def _best(panel: Measured) -> list[int]:
    """The positions of the best models; several are equally good, or none can be told."""
    finite = panel.values[np.isfinite(panel.values)]
    if panel.orientation == "unoriented" or len(finite) < 2:
        return []
    best = finite.min() if panel.orientation == "loss" else finite.max()
    return np.flatnonzero(panel.values == best).tolist()


# how it is drawn


def _panel(axes: Any, labels: Sequence[str], panel: Measured) -> None:
    best = _best(panel)
    low, high, log = _limits(panel)
    axes.set_xlim(low, high)
    if log:
        canvas.logarithmic(axes.xaxis, axes.set_xscale)
    else:
        canvas.plain_numbers(axes.xaxis)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    for i in range(len(labels)):
        colour = canvas.COLOURS[0] if i in best or not best else canvas.ink_of(axes)
        _model(axes, i, panel, colour, i in best)
    for value in panel.values[best][:1]:
        axes.axvline(value, color=canvas.COLOURS[0], linewidth=0.8, alpha=0.5, zorder=0)
    axes.set_yticks(range(len(labels)), labels)
    for i, text in enumerate(axes.get_yticklabels()):
        text.set_fontweight("bold" if i in best else "normal")
    axes.tick_params(axis="y", length=0, pad=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=canvas.ink_of(axes), alpha=0.2, linewidth=0.6)
    axes.set_axisbelow(True)


def _model(axes: Any, i: int, panel: Measured, colour: Any, bold: bool) -> None:
    value, radius, folds = panel.values[i], panel.radii[i], panel.per_fold[i]
    assert panel.texts is not None  # as `_read` gives it
    low, high = axes.get_xlim()
    inside = folds[(folds >= low) & (folds <= high)] if len(folds) > 1 else folds[:0]
    axes.scatter(
        inside, np.full(len(inside), i + 0.2), s=13, color=colour, alpha=0.75, linewidths=0
    )
    if np.isfinite(value):
        off = -1 if value < low else (1 if value > high else 0)
        if np.isfinite(radius) and not off:
            ends = np.clip([value - radius, value + radius], low, high)
            axes.plot(ends, [i, i], color=colour, linewidth=3.4, alpha=0.5, solid_capstyle="round")
        axes.plot(
            [np.clip(value, low, high)],
            [i],
            marker={-1: "<", 0: "o", 1: ">"}[off],
            markersize=7,
            color=colour,
            linestyle="",
            clip_on=False,
        )
    axes.text(
        1.02,
        i,
        panel.texts[i],
        transform=axes.get_yaxis_transform(),
        va="center_baseline",
        fontsize=9.5,
        color=colour,
        fontweight="bold" if bold else "normal",
    )


def _limits(panel: Measured) -> tuple[float, float, bool]:
    """The ends of the axis, and whether it is logarithmic."""
    radii = np.where(np.isfinite(panel.radii), panel.radii, 0)
    values = panel.values[np.isfinite(panel.values)]
    every = np.concatenate([panel.values - radii, panel.values + radii, *panel.per_fold])
    every = every[np.isfinite(every)]
    if not len(values) or not len(every):
        return 0.0, 1.0, False
    positive = np.concatenate([panel.values, *panel.per_fold])
    positive = positive[np.isfinite(positive)]
    if panel.orientation == "loss" and positive.min() > 0 and values.max() > _FAR * values.min():
        low, high = positive.min(), every.max()
        return float(low / (high / low) ** 0.05), float(high * (high / low) ** 0.05), True
    near = _near(panel, values)
    every = every[(every >= near[0]) & (every <= near[1])]
    low, high = float(every.min()), float(every.max())
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin, False


def _near(panel: Measured, values: np.ndarray) -> tuple[float, float]:
    """Between which numbers values are drawn in their place; beyond, they would press the rest."""
    best = panel.values[_best(panel)]
    centre = float(best[0] if len(best) else np.median(values))
    around = np.sort(np.abs(values - centre))[: len(values) // 2 + 1]
    reach = _FAR * (abs(centre) + float(around.max(initial=0.0)) * (len(values) > 2))
    return (centre - reach, centre + reach) if reach else (-np.inf, np.inf)


def _width(rows: Sequence[str], across: int) -> float:
    longest = max(len(line) for row in rows for line in row.split("\n"))
    return 0.4 + 0.08 * longest + across * (4.6 if across == 1 else 3.4)


def _height(labels: Sequence[str], alone: bool) -> float:
    """Inches for a panel: a row per model, more of it for names of several lines."""
    rows = sum(0.36 + 0.16 * label.count("\n") for label in labels)
    return 0.85 if alone else min(rows + 0.75, 14.0)


def _legend(drawn: Any, panels: Sequence[Measured]) -> None:
    """What point, bar and dot are, under the picture."""
    from matplotlib.lines import Line2D

    ink = canvas.ink_of(drawn.axes[0])
    point = Line2D([], [], color=ink, marker="o", markersize=7, linestyle="")
    handles, names = [point], ["all folds"]
    if any(np.isfinite(panel.radii).any() for panel in panels):
        handles.append(Line2D([], [], color=ink, linewidth=3.4, alpha=0.5))
        names.append("rough 95 % interval")
    if any(len(folds) > 1 for panel in panels for folds in panel.per_fold):
        handles.append(
            Line2D([], [], color=ink, marker="o", markersize=3.6, alpha=0.75, linestyle="")
        )
        names.append("one fold")
    if len(handles) > 1:
        drawn.legend(
            handles,
            names,
            loc="outside lower right",
            ncols=len(names),
            frameon=False,
            fontsize=9,
            labelcolor=ink,
            handlelength=1.2,
        )
