"""What all pictures share: a figure of their own, colours for light and dark, axes made ready."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from kerasflux.drawing.errors import DrawingNotInstalled

COLOURS = ("#2f7fb8", "#d9722e", "#2e9464", "#9a66c2", "#cf4474", "#a38322", "#138f9c", "#8f6f5e")
"""The colours of lines: each has a contrast of 3 or more with white and with #111."""

RIGHT, WRONG = "#2e9464", "#d43d42"
INK = "#7a7a7a"
"""Text and axes on an unknown background: a contrast above 4 with white and with #111."""

_STYLES = ("-", "--", ":", "-.")
_MOST_NAMED = 16
_MOST_WITHIN = 3


def figure(size: tuple[float, float]) -> Any:
    """A figure of ours, in inches, transparent unless the user's style says otherwise."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError as error:
        raise DrawingNotInstalled(
            "Pictures need matplotlib, which is not installed.",
            remedy="pip install 'kerasflux[plot]'",
        ) from error
    made = picture()(figsize=size, dpi=150, layout="constrained", facecolor=_colours()[0])
    made.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    FigureCanvasAgg(made)
    return made


@cache
def picture() -> Any:
    """Matplotlib's figure, but one that notebooks show although pyplot was never used."""
    from matplotlib.figure import Figure

    class Picture(Figure):
        def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
            """Twice the pixels, and the size to show them at: sharp on every screen."""
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=220, bbox_inches="tight", pad_inches=0.1)
            data = buffer.getvalue()
            width, height = struct.unpack(">II", data[16:24])  # PNG's first chunk is its header
            return data, {"width": width // 2, "height": height // 2}

    return Picture


def axes_of(ax: Any, size: tuple[float, float] = (6.0, 3.7)) -> Any:
    """The given axes, or those of a new figure."""
    return dressed(figure(size).add_subplot()) if ax is None else ax


def dressed(axes: Any) -> Any:
    """Axes of a new figure in our ink."""
    ink = _colours()[1]
    axes.set_facecolor("none")
    axes.tick_params(which="both", colors=ink, labelsize=9.5)
    axes.spines[:].set_color(ink)
    axes.spines[:].set_alpha(0.6)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(ink)
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_offset_text().set_color(ink)
    return axes


def ink_of(axes: Any) -> Any:
    """The colour of the text of these axes, ours or the user's."""
    return axes.xaxis.label.get_color()


def _colours() -> tuple[Any, Any]:
    """Background and ink: the user's where their matplotlib style has colours, else ours."""
    from matplotlib import rcParams, rcParamsDefault
    from matplotlib.colors import to_rgba

    face, ink = rcParams["figure.facecolor"], rcParams["text.color"]
    own_face = to_rgba(face)[3] == 1 and to_rgba(face) != to_rgba(
        rcParamsDefault["figure.facecolor"]
    )
    own_ink = to_rgba(ink) != to_rgba(rcParamsDefault["text.color"])
    return (face, ink) if own_face or own_ink else ((1, 1, 1, 0), INK)


def finished(
    axes: Any,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
    plain: bool = False,
    legend: bool = True,
) -> Any:
    """Names, grid, scales and legend; the figure of the axes."""
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title, fontsize=11, loc="left", color=ink_of(axes))
    if plain:
        return axes.figure
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=ink_of(axes), alpha=0.2, linewidth=0.6)
    axes.set_axisbelow(True)
    if log_x:
        logarithmic(axes.xaxis, axes.set_xscale)
    if log_y:
        logarithmic(axes.yaxis, axes.set_yscale)
    named = len(axes.get_legend_handles_labels()[1])
    if legend and named > _MOST_WITHIN:
        legend_beside(axes)
    elif legend and named > 1:
        legend_within(axes, "best")
    return axes.figure


def legend_within(axes: Any, place: str) -> None:
    """A legend in a corner of the axes that is likely to be empty."""
    axes.legend(loc=place, frameon=False, fontsize=9, labelcolor=ink_of(axes))


def legend_beside(axes: Any, within: str = "best") -> None:
    """A legend to the right of the axes, for which a figure of ours is made wider.

    In figures of others, where nothing is known of the room beside the axes, it lies within them,
    in this corner.
    """
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > _MOST_NAMED:
        more = len(labels) - _MOST_NAMED
        handles, labels = handles[:_MOST_NAMED], labels[:_MOST_NAMED]
        labels[-1] += f"\n... {more} more"
    if not isinstance(axes.figure, picture()):
        how = {"frameon": False, "fontsize": 8, "labelcolor": ink_of(axes)}
        axes.legend(handles, labels, loc=within, **how)
        return
    before = axes.get_legend()
    beside = before is not None and before.get_gid() == "beside"
    room = before.get_window_extent().width if beside else 0.0
    made = axes.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=9,
        labelcolor=ink_of(axes),
        borderaxespad=0,
    )
    made.set_gid("beside")
    drawn = axes.figure
    wider = max((made.get_window_extent().width - room) / drawn.dpi, 0)
    width, height = drawn.get_size_inches()
    drawn.set_size_inches(width + wider, height)


def legend_below(drawn: Any, axes: Any) -> None:
    """The legend of one of several axes, or of axes with a colour bar, under the figure."""
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        how = {"frameon": False, "fontsize": 9, "labelcolor": ink_of(axes)}
        drawn.legend(handles, labels, loc="outside lower left", ncols=len(labels), **how)


def titled(drawn: Any, title: str) -> None:
    """A title at the left of the whole figure."""
    if title:
        ink = ink_of(drawn.axes[0])
        drawn.suptitle(title, fontsize=11, color=ink, x=0.01, ha="left")


def style_of(i: int) -> dict[str, Any]:
    """Colour and dashes of the i-th line; dashes change when the colours are used up."""
    return {
        "color": COLOURS[i % len(COLOURS)],
        "linestyle": _STYLES[i // len(COLOURS) % len(_STYLES)],
    }


def fading() -> Any:
    """A scale of one colour from faint to full, for densities on any background."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    low, high = to_rgba(COLOURS[0], 0.35), to_rgba(COLOURS[0], 1.0)
    return LinearSegmentedColormap.from_list("kerasflux", [low, high])


def whole_ticks(axes: Any) -> None:
    """Ticks at whole numbers: there is no epoch 1.2."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def logarithmic(axis: Any, set_scale: Any, base: int = 10) -> None:
    """A logarithmic axis with plain numbers on it, at 1, 2 and 5 where few decades are shown."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    set_scale("log", base=base)
    low, high = sorted(axis.get_view_interval())
    decades = float(np.log10(high / max(low, 1e-300)))
    most = int(np.clip(_inches(axis) / 0.45, 2, 6))
    written = short if base == 10 else "{:,.6g}".format  # 16,384 is a power of 2, 16.4k is none
    few = base == 10 and decades < 2.5 and 3 * decades <= most + 1.5
    axis.set_major_locator(LogLocator(base, subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=most))
    axis.set_major_formatter(FuncFormatter(lambda value, _: written(value)))
    axis.set_minor_formatter(NullFormatter())


def plain_numbers(axis: Any, most: int = 5, *, whole: bool = False) -> None:
    """Round numbers along an axis, as many decimals for all of them, and no offset in a corner."""
    from matplotlib.ticker import Formatter, MaxNLocator

    class Plain(Formatter):
        def __call__(self, value: float, pos: int | None = None) -> str:
            return short(value)

        def format_ticks(self, values: Any) -> list[str]:
            return alike(list(values))

    most = min(most, max(int(_inches(axis) / 0.5), 1))
    axis.set_major_locator(
        MaxNLocator(nbins=most, min_n_ticks=2, integer=whole, steps=[1, 2, 2.5, 5, 10])
    )
    axis.set_major_formatter(Plain())


def _inches(axis: Any) -> float:
    """How long an axis is; one that goes up has room for twice as many numbers."""
    box = axis.axes.get_window_extent()
    length = box.width if axis.axis_name == "x" else 2 * box.height
    return float(length / axis.axes.figure.dpi)


def short(value: float) -> str:
    """A number alone, in few signs.

    >>> [short(value) for value in (0.02, 5.0, 2000.0, 50000.0, 3e6, 1e9, 2e-7)]
    ['0.02', '5', '2,000', '50k', '3M', '1e9', '2e-7']
    """
    size = abs(value)
    if 1e4 <= size < 1e9:
        return f"{value / 1e6:g}M" if size >= 1e6 else f"{value / 1e3:g}k"
    if 1e3 <= size < 1e4:
        return f"{value:,.4g}" if value % 1 else f"{value:,.0f}"
    return re.sub(r"e([+-])0*(\d)", lambda e: f"e{e[1].strip('+')}{e[2]}", f"{value:.4g}")


def alike(values: Sequence[float]) -> list[str]:
    """Numbers at equal distances, with equal decimals.

    >>> alike([0.3, 0.306, 0.312]), alike([0.0, 100.0]), alike([-0.0, 2.5e6]), alike([1e4, 2e4])
    (['0.300', '0.306', '0.312'], ['0', '100'], ['0', '2.5M'], ['10,000', '20,000'])
    """
    size = max(map(abs, values), default=0.0)
    if not 1e-4 <= size < 1e9:
        return ["0" if value == 0 else short(value) for value in values]
    unit, sign = (1e6, "M") if size >= 1e6 else (1.0, "")
    scaled = [value / unit for value in values]
    places = next(
        (d for d in range(8) if all(abs(round(v, d) - v) < 1e-6 * size / unit for v in scaled)), 8
    )
    return ["0" if abs(v) < 1e-9 * size else f"{v:,.{places}f}{sign}" for v in scaled]


def wrapped(text: object, width: int = 28, lines: int = 3) -> str:
    """A long label in a few lines, cut where it is longer still; long words are broken.

    >>> wrapped("a gradient boosting of trees with early stopping", 24)
    'a gradient boosting of\\ntrees with early\\nstopping'
    """
    import textwrap

    return "\n".join(
        textwrap.wrap(str(text).replace("$", r"\$"), width, max_lines=lines, placeholder=" ...")
    )
