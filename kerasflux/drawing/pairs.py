"""Candidates of a search over two axes, coloured by what was measured, and triangles of these."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.drawing import canvas, marks, parameters
from kerasflux.drawing.found import Found, Orientation, singled_out
from kerasflux.drawing.parameters import Axis
from kerasflux.drawing.single import against

_SIZES, _ROOM = (16.0, 62.0), 4.0


def pair(axes_of: list[Axis], found: Found, title: str, ax: Any) -> Any:
    across, up = axes_of
    axes = canvas.axes_of(ax, (6.4, 4.6))
    points = _coloured(axes, across, up, found, axes_of)
    parameters.lay_out(axes, "x", across)
    parameters.lay_out(axes, "y", up)
    under, beside = (canvas.wrapped(parameters.label_of(a, a.name), 40, 2) for a in axes_of)
    canvas.finished(axes, title=title, xlabel=under, ylabel=beside, legend=False)
    if points is not None:
        how = {"ax": axes, "aspect": 30, "pad": 0.02}
        _colour_bar(axes.figure, points, found, "vertical", how)
    if ax is None:
        canvas.legend_below(axes.figure, axes)
    elif axes.get_legend_handles_labels()[1]:
        canvas.legend_within(axes, "best")
    return axes.figure


def triangle(axes_of: list[Axis], found: Found, title: str) -> Any:
    """Pairs below the diagonal, each hyperparameter against the measurement along it."""
    k = len(axes_of)
    side = {3: 2.5, 4: 2.2}.get(k, 1.9)
    drawn = canvas.figure((k * side + 0.6, 0.9 * k * side + 0.5))
    grid = drawn.add_gridspec(k, k)
    names = parameters.short_names([axis.name for axis in axes_of])
    labels = [
        canvas.wrapped(parameters.label_of(axis, name), 22, 2)
        for axis, name in zip(axes_of, names, strict=True)
    ]
    points = None
    for row, up in enumerate(axes_of):
        for column, across in enumerate(axes_of[:row]):
            axes = canvas.dressed(drawn.add_subplot(grid[row, column]))
            points = _coloured(axes, across, up, found, axes_of) or points
            parameters.lay_out(axes, "y", up, named=column == 0)
            parameters.lay_out(axes, "x", across, named=row == k - 1)
            under = labels[column] if row == k - 1 else ""
            beside = labels[row] if column == 0 else ""
            canvas.finished(axes, title="", xlabel=under, ylabel=beside, legend=False)
        axes = canvas.dressed(drawn.add_subplot(grid[row, row]))
        _on_the_diagonal(axes, up, found, axes_of, labels[row] if row == k - 1 else "")
    _corner(drawn, grid, k, points, found)
    canvas.titled(drawn, title)
    return drawn


def _on_the_diagonal(axes: Any, axis: Axis, found: Found, axes_of: list[Axis], label: str) -> None:
    """Against the measurement, whose axis is on the right, where nothing else stands."""
    against(axes, axis, found, axes_of)
    parameters.lay_out(axes, "x", axis, named=bool(label))
    canvas.finished(axes, title="", xlabel=label, ylabel=found.measure, legend=False)
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.spines["right"].set_visible(True)
    axes.spines["left"].set_visible(False)


def _corner(drawn: Any, grid: Any, k: int, points: Any, found: Found) -> None:
    """Colour bar and legend in the empty corner above the diagonal."""
    named = drawn.axes[0]  # on the diagonal
    corner = drawn.add_subplot(grid[0, 1:] if k < 5 else grid[:2, 2:])
    corner.set_axis_off()
    handles, labels = named.get_legend_handles_labels()
    corner.legend(
        handles,
        labels,
        loc="upper right",
        ncols=2,
        frameon=False,
        fontsize=9,
        labelcolor=canvas.ink_of(named),
        borderaxespad=0,
    )
    if points is not None:
        how = {"cax": corner.inset_axes((0.3, 0.2, 0.68, 0.07 if k < 5 else 0.045))}
        _colour_bar(drawn, points, found, "horizontal", how)


def _coloured(axes: Any, across: Axis, up: Axis, found: Found, axes_of: list[Axis]) -> Any:
    """Candidates over two axes, the better the larger and the nearer to one end of the colours.

    Returns the points that have colours, or None.
    """
    x, y = _apart(across, up)
    for status, draw in (("pruned", marks.pruned), ("failed", marks.failed)):
        of = found.of(status)
        if of.any():
            draw(axes, x[of], y[of], f"{status} ({of.sum()})")
    for i, draw, label in singled_out(found, axes_of):
        draw(axes, x[i], y[i], label)
    ok = found.ok & np.isfinite(x) & np.isfinite(y)
    if not ok.any():
        return None
    values, window = found.values[ok], found.colours
    good = _goodness(values, window, found.orientation)
    order = np.argsort(good)  # the better ones on top
    return axes.scatter(
        x[ok][order],
        y[ok][order],
        c=values[order],
        s=_sizes(axes, good[order]),
        cmap=_colours(found.orientation),
        norm=_norm(window),
        edgecolors=canvas.ink_of(axes),
        linewidths=0.6,
        gid="ok",
    )


def _sizes(axes: Any, good: np.ndarray) -> np.ndarray:
    """Areas of points, smaller in small panels."""
    room = axes.get_window_extent().width / axes.figure.dpi / _ROOM
    return np.asarray(np.interp(good, [0, 1], _SIZES) * np.clip(room, 0.4, 1.0))


def _apart(across: Axis, up: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Places of candidates; along nominal axes those in one place lie a little apart."""
    x, y = across.at.copy(), up.at.copy()
    seen: dict[tuple[float, float], int] = {}
    for i, place in enumerate(zip(across.at.tolist(), up.at.tolist(), strict=True)):
        k = seen[place] = seen.get(place, -1) + 1
        away, turn = min(0.09 * np.sqrt(k), 0.34), 2.4 * k
        x[i] += away * np.cos(turn) * (across.scale == "none")
        y[i] += away * np.sin(turn) * (up.scale == "none")
    return x, y


def _goodness(values: np.ndarray, window: marks.Window, orientation: Orientation) -> np.ndarray:
    """From 0, the worst, to 1, the best; a half where none is better than another."""
    share = window.share(values)
    good = {"loss": 1 - share, "score": share, "unoriented": np.full(len(share), 0.5)}
    return good[orientation]


def _norm(window: marks.Window) -> Any:
    from matplotlib.colors import LogNorm, Normalize

    kind = LogNorm if window.scale == "log" else Normalize
    return kind(window.low, window.high)


def _colours(orientation: Orientation) -> Any:
    """From dark blue to yellow, told apart by all eyes; the best ones are yellow."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    ends = (1.0, 0.1) if orientation == "loss" else (0.1, 1.0)  # the darkest drowns on black
    found = colormaps["viridis"](np.linspace(*ends, 256))
    return ListedColormap(found, "kerasflux")


def _colour_bar(drawn: Any, points: Any, found: Found, along: str, where: dict[str, Any]) -> None:
    beyond = found.colours.beyond(found.values[found.ok])
    extend = {(True, False): "min", (False, True): "max", (False, False): "neither"}[
        bool((beyond < 0).any()), bool((beyond > 0).any())
    ]
    bar = drawn.colorbar(points, orientation=along, extend=extend, **where)
    bar.outline.set_visible(False)
    canvas.dressed(bar.ax)
    axis = bar.ax.yaxis if along == "vertical" else bar.ax.xaxis
    if found.colours.scale == "log":
        canvas.logarithmic(axis, lambda *_, **__: None)  # the bar has its scale by now
    else:
        canvas.plain_numbers(axis, 5)
    bar.set_label(found.name)
