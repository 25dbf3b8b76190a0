"""What a search found: its candidates over their hyperparameters, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasflux.drawing import canvas, marks, parameters
from kerasflux.drawing.errors import DrawingError
from kerasflux.drawing.parameters import Axis, Parameter

Orientation = Literal["loss", "score", "unoriented"]
_STATUSES = ("ok", "pruned", "failed")
_MOST_IN_A_MATRIX = 6
_MOST_JOINED = 30
_SIZES, _ROOM = (16.0, 62.0), 4.0


def tuning_results(
    parameters: Sequence[Parameter],
    measurements: Any,
    *,
    measure: str = "",
    orientation: Orientation = "loss",
    statuses: Sequence[str] | None = None,
    radii: Any = None,
    chosen: int | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """The candidates of a search, over one hyperparameter or several.

    One hyperparameter is drawn against the measurement. Of two, candidates lie where their values
    are, coloured by the measurement, larger the better. Of three to six there is a picture for each
    pair, in a triangle, and one for each against the measurement, along its diagonal; of more,
    each is drawn against the measurement only. The best candidate has a ring; failed ones are red
    crosses, pruned ones hollow. Measurements that are much worse than most are put at the edge, as
    triangles.

    Args:
        parameters: the hyperparameters, one or more.
        measurements: `(n_candidates,)`, NaN where there is none.
        measure: its name.
        orientation: which end of it is the good one.
        statuses: `"ok"`, `"failed"` or `"pruned"`, one per candidate. None: those without a finite
            measurement have failed.
        radii: `(n_candidates,)` half widths of intervals, drawn of one hyperparameter.
        chosen: the position of the candidate that was chosen; it has a square if it isn't the best.
        title: above the picture.
        ax: matplotlib axes for one or two hyperparameters; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: no hyperparameter or no candidate, lengths that differ, an unknown status, a
            chosen one that is not there, or `ax` for more than two hyperparameters.

    >>> rate = Parameter("learning_rate", [0.001, 0.01, 0.1], "log10")
    >>> figure = tuning_results([rate], [0.7, 0.4, float("nan")], measure="log_loss")
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['candidates (2)', 'failed (1)', 'best: 0.4 at 0.01']
    """
    found = _found(measurements, measure, orientation, statuses, radii, chosen)
    axes_of = _axes(parameters, found.n)
    if ax is not None and len(axes_of) > 2:
        raise _unfit("one or two hyperparameters on axes that are given", f"{len(axes_of)}")
    if len(axes_of) == 1:
        return _single(axes_of[0], found, title, ax)
    if len(axes_of) == 2:
        return _pair(axes_of, found, title, ax)
    if len(axes_of) <= _MOST_IN_A_MATRIX:
        return _matrix(axes_of, found, title)
    return _rows(axes_of, found, title)


def tuning_progress(
    measurements: Any,
    *,
    measure: str = "",
    orientation: Orientation = "loss",
    statuses: Sequence[str] | None = None,
    chosen: int | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """The candidates of a search by number, from 0 on as in its history, with the best so far.

    Args:
        measurements, measure, orientation, statuses, chosen, title, ax: as for `tuning_results`.

    Returns:
        the figure.

    Raises:
        DrawingError: no candidate, lengths that differ, or an unknown status.

    >>> figure = tuning_progress([0.7, 0.9, 0.4], measure="log_loss")
    >>> figure.axes[0].lines[0].get_ydata().tolist()
    [0.7, 0.7, 0.4]
    """
    found = _found(measurements, measure, orientation, statuses, None, chosen)
    numbers = np.arange(float(found.n))
    texts = tuple(f"candidate {n}" for n in range(found.n))
    axis = Axis("candidate", numbers, "linear", (), texts)
    axes = canvas.axes_of(ax)
    _so_far(axes, found)
    _against(axes, axis, found, [axis])
    canvas.whole_ticks(axes)
    return _finished(axes, found, title, "candidate")


# what is drawn


@dataclass(frozen=True)
class _Found:
    """Candidates sorted by what became of them; masks and values are `(n_candidates,)`."""

    values: np.ndarray
    statuses: np.ndarray
    radii: np.ndarray
    measure: str
    orientation: Orientation
    best: int | None
    chosen: int | None

    @property
    def n(self) -> int:
        return len(self.values)

    def of(self, status: str) -> np.ndarray:
        return np.asarray(self.statuses == status)

    @property
    def ok(self) -> np.ndarray:
        return self.of("ok")

    @property
    def window(self) -> marks.Window:
        return marks.window(self.values[self.ok], self.orientation)

    @property
    def name(self) -> str:
        return marks.axis_name(self.measure, self.orientation)


def _found(
    measurements: Any,
    measure: str,
    orientation: Orientation,
    statuses: Sequence[str] | None,
    radii: Any,
    chosen: int | None,
) -> _Found:
    values = np.asarray(measurements, dtype=float)
    n = len(values) if values.ndim == 1 else 0
    finite = np.isfinite(values)
    given = np.where(finite, "ok", "failed") if statuses is None else np.asarray(statuses)
    around = np.full(n, np.nan) if radii is None else np.asarray(radii, dtype=float)
    if not n or given.shape != (n,) or around.shape != (n,):
        raise _unfit(
            "a measurement, a status and a radius for each of one or more candidates",
            f"measurements {values.shape}, statuses {given.shape}, radii {around.shape}",
        )
    if unknown := set(given.tolist()) - set(_STATUSES):
        raise _unfit(f"statuses {', '.join(_STATUSES)}", ", ".join(map(repr, sorted(unknown))))
    if chosen is not None and not 0 <= chosen < n:
        raise _unfit(f"a chosen candidate from 0 to {n - 1}", f"chosen={chosen}")
    read = np.where((given == "ok") & ~finite, "failed", given)
    best = marks.best_of(np.where(read == "ok", values, np.nan), orientation)
    return _Found(values, read, around, measure, orientation, best, chosen)


def _axes(given: Sequence[Parameter], n: int) -> list[Axis]:
    wrong = [f"{len(p.values)} of {p.name}" for p in given if len(p.values) != n]
    if not given or wrong:
        raise _unfit(
            f"one hyperparameter or more, {n} values of each",
            ", ".join(wrong) or "no hyperparameter",
        )
    return [parameters.axis_of(p) for p in given]


def _unfit(expected: str, received: str) -> DrawingError:
    return DrawingError("The search can't be drawn.", expected=expected, received=received)


# one hyperparameter


def _single(axis: Axis, found: _Found, title: str, ax: Any) -> Any:
    axes = canvas.axes_of(ax)
    _against(axes, axis, found, [axis], joined=True)
    parameters.lay_out(axes, "x", axis)
    return _finished(axes, found, title, parameters.label_of(axis, axis.name))


def _rows(axes_of: list[Axis], found: _Found, title: str) -> Any:
    """Each hyperparameter against the measurement, three in a row."""
    down = -(-len(axes_of) // 3)
    drawn = canvas.figure((9.6, 2.7 * down + 0.7))
    names = parameters.short_names([axis.name for axis in axes_of])
    for i, (axis, name) in enumerate(zip(axes_of, names, strict=True)):
        axes = canvas.dressed(drawn.add_subplot(down, 3, i + 1))
        _against(axes, axis, found, axes_of)
        parameters.lay_out(axes, "x", axis)
        under = canvas.wrapped(parameters.label_of(axis, name), 30, 2)
        beside = found.name if i % 3 == 0 else ""
        canvas.finished(axes, title="", xlabel=under, ylabel=beside, legend=False)
    _title(drawn, title)
    _named_below(drawn, drawn.axes[0])
    return drawn


def _against(
    axes: Any, axis: Axis, found: _Found, axes_of: list[Axis], *, joined: bool = False
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
    for i, draw, label in _singled_out(found, axes_of):
        draw(axes, axis.at[i], window.clipped(found.values[i]), label)
    window.lay_out(axes, 0.05 if lost.any() else 0.0)


def _with_intervals(found: _Found) -> marks.Window:
    """The window, and in it the whole intervals of what lies within, and pruned ones that led."""
    window = found.window
    led = found.values[found.of("pruned")]
    if found.orientation != "unoriented":
        led = np.fmin(led, window.high) if found.orientation == "loss" else np.fmax(led, window.low)
    within = found.ok & (window.beyond(found.values) == 0)
    values, radii = found.values[within], found.radii[within]
    return window.widened(np.concatenate([values - radii, values + radii, led]))


def _lost(found: _Found) -> np.ndarray:
    """Candidates without a measurement to be drawn at."""
    return np.asarray(found.of("failed") | ~np.isfinite(found.values))


def _measured(axes: Any, axis: Axis, found: _Found, window: marks.Window, joined: bool) -> None:
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


def _at_the_bad_end(axes: Any, x: np.ndarray, found: _Found, draw: Any) -> None:
    """Where a very bad measurement would be: above losses, below scores."""
    if len(x):
        height = np.full(len(x), 0.97 if found.orientation == "loss" else 0.03)
        draw(axes, x, height, "_lost", transform=axes.get_xaxis_transform())


def _singled_out(found: _Found, axes_of: list[Axis]) -> list[tuple[int, Any, str]]:
    """`(position, how it is marked, its name in the legend)` of the best and the chosen one."""
    marked: list[tuple[int, Any, str]] = []
    if found.best is not None:
        marked.append((found.best, marks.ring, _label("best", found.best, found, axes_of)))
    if found.chosen is not None and found.chosen != found.best:
        label = _label("chosen", found.chosen, found, axes_of)
        marked.append((found.chosen, marks.frame, label))
    return marked


def _label(word: str, i: int, found: _Found, axes_of: list[Axis]) -> str:
    value = canvas.short(float(found.values[i]))
    if len(axes_of) == 1:
        at = f"at {axes_of[0].texts[i]}"
        between = "\n" if len(value) + len(at) > 24 else " "
        return f"{word}: {value}{between}{canvas.wrapped(at, 34, 2)}"
    names = parameters.short_names([axis.name for axis in axes_of])
    lines = [
        canvas.wrapped(f"{name} {axis.texts[i]}", 34, 1)
        for name, axis in zip(names, axes_of, strict=True)
        if axis.texts[i] != parameters.NOT_USED
    ]
    return "\n".join([f"{word}: {value}", *lines])


def _so_far(axes: Any, found: _Found) -> None:
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


# two and more


def _pair(axes_of: list[Axis], found: _Found, title: str, ax: Any) -> Any:
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
        _named_below(axes.figure, axes)
    elif axes.get_legend_handles_labels()[1]:
        canvas.legend_within(axes, "best")
    return axes.figure


def _matrix(axes_of: list[Axis], found: _Found, title: str) -> Any:
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
    _title(drawn, title)
    return drawn


def _on_the_diagonal(axes: Any, axis: Axis, found: _Found, axes_of: list[Axis], label: str) -> None:
    """Against the measurement, whose axis is on the right, where nothing else stands."""
    _against(axes, axis, found, axes_of)
    parameters.lay_out(axes, "x", axis, named=bool(label))
    canvas.finished(axes, title="", xlabel=label, ylabel=found.measure, legend=False)
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.spines["right"].set_visible(True)
    axes.spines["left"].set_visible(False)


def _corner(drawn: Any, grid: Any, k: int, points: Any, found: _Found) -> None:
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


def _coloured(axes: Any, across: Axis, up: Axis, found: _Found, axes_of: list[Axis]) -> Any:
    """Candidates over two axes, the better the larger and the nearer to one end of the colours.

    Returns the points that have colours, or None.
    """
    x, y = _apart(across, up)
    for status, draw in (("pruned", marks.pruned), ("failed", marks.failed)):
        of = found.of(status)
        if of.any():
            draw(axes, x[of], y[of], f"{status} ({of.sum()})")
    for i, draw, label in _singled_out(found, axes_of):
        draw(axes, x[i], y[i], label)
    ok = found.ok & np.isfinite(x) & np.isfinite(y)
    if not ok.any():
        return None
    values, window = found.values[ok], found.window
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


def _colour_bar(drawn: Any, points: Any, found: _Found, along: str, where: dict[str, Any]) -> None:
    beyond = found.window.beyond(found.values[found.ok])
    extend = {(True, False): "min", (False, True): "max", (False, False): "neither"}[
        bool((beyond < 0).any()), bool((beyond > 0).any())
    ]
    bar = drawn.colorbar(points, orientation=along, extend=extend, **where)
    bar.outline.set_visible(False)
    canvas.dressed(bar.ax)
    axis = bar.ax.yaxis if along == "vertical" else bar.ax.xaxis
    if found.window.scale == "log":
        canvas.logarithmic(axis, lambda *_, **__: None)  # the bar has its scale by now
    else:
        canvas.plain_numbers(axis, 5)
    bar.set_label(found.name)


# names


def _finished(axes: Any, found: _Found, title: str, xlabel: str) -> Any:
    drawn = canvas.finished(axes, title=title, xlabel=xlabel, ylabel=found.name, legend=False)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        canvas.legend_beside(axes)
    return drawn


def _named_below(drawn: Any, axes: Any) -> None:
    """The legend of one of several axes, or of axes with a colour bar, under the figure."""
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        how = {"frameon": False, "fontsize": 9, "labelcolor": canvas.ink_of(axes)}
        drawn.legend(handles, labels, loc="outside lower left", ncols=len(labels), **how)


def _title(drawn: Any, title: str) -> None:
    if title:
        ink = canvas.ink_of(drawn.axes[0])
        drawn.suptitle(title, fontsize=11, color=ink, x=0.01, ha="left")
