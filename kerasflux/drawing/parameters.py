"""Hyperparameters along an axis: where their values lie, on which scale, under which names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasflux.drawing import canvas

_LOGARITHMIC = {"log": 10, "log10": 10, "log2": 2}
_NEGATIVE = {"logminus", "log10minus"}
NOT_USED = "not used"
DECADES = 100.0
"""What spans so much is drawn on a logarithmic axis where nothing says which it should be."""
_MARGIN, _FEW = 0.05, 20.0


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter, and its value in each candidate of a search.

    Attributes:
        name: its dotted path.
        values: `(n_candidates,)` numbers or anything else; None or NaN where a candidate has none.
        scale: of the axis: `"linear"`, `"log"`, `"log2"`, `"log10"`, `"reverse_log"`, `"logminus"`
            or `"log10minus"` (negative numbers), `"none"` for values written out. Anything else is
            guessed from the values.
        choices: the values of a nominal one in their order; None among them is a value like others.
    """

    name: str
    values: Sequence[Any]
    scale: Any = "linear"
    choices: Sequence[Any] | None = None


@dataclass(frozen=True)
class Axis:
    """A hyperparameter as it is drawn.

    Attributes:
        name: its dotted path.
        at: `(n_candidates,)` float64 places on the axis, NaN where a candidate has none.
        scale: `"linear"`, `"log"`, `"log2"`, `"reverse_log"`, `"logminus"` or `"none"`.
        ticks: the names of the places 0, 1, ... of a nominal one.
        texts: `(n_candidates,)`, each value as it is written.
    """

    name: str
    at: np.ndarray
    scale: str
    ticks: tuple[str, ...]
    texts: tuple[str, ...]


def axis_of(parameter: Parameter) -> Axis:
    """Places of values: numbers where they are, anything else side by side in order.

    >>> axis_of(Parameter("units", [(8,), (64,), (8,)])).at.tolist()
    [0.0, 1.0, 0.0]
    >>> axis_of(Parameter("rate", [0.001, 1.0, None], scale=None)).scale
    'log'
    """
    values = list(parameter.values)
    named = [] if parameter.choices is None else list(parameter.choices)
    absent = [_is_absent(v, any(c is None for c in named)) for v in values]
    numbers = all(gone or is_number(v) for v, gone in zip(values, absent, strict=True))
    texts = tuple(NOT_USED if gone else text(v) for v, gone in zip(values, absent, strict=True))
    if parameter.scale == "none" or named or not numbers or all(absent):
        return _nominal(parameter.name, texts, [text(choice) for choice in named])
    at = np.array([np.nan if gone else float(v) for v, gone in zip(values, absent, strict=True)])
    return Axis(parameter.name, at, scale_of(parameter.scale, at), (), texts)


def scale_of(wanted: Any, values: Any) -> str:
    """The scale of an axis for these numbers: the one that is wanted if they have a place on it.

    >>> scale_of("log10", [1, 10]), scale_of("log2", [0, 1]), scale_of(None, [-100.0, -0.1])
    ('log', 'linear', 'logminus')
    """
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size or wanted == "linear":
        return "linear"
    positive, negative = bool(numbers.min() > 0), bool(numbers.max() < 0)
    if wanted in _LOGARITHMIC and positive:
        return "log2" if wanted == "log2" else "log"
    if wanted == "reverse_log" and positive:
        return "reverse_log"
    if wanted in _NEGATIVE and negative:
        return "logminus"
    sizes = np.abs(numbers)
    if (positive or negative) and sizes.max() >= DECADES * sizes.min():
        return "log" if positive else "logminus"
    return "linear"


def lay_out(axes: Any, which: Literal["x", "y"], axis: Axis, *, named: bool = True) -> None:
    """Scale, ticks and limits of one axis, after all is drawn; without numbers if not `named`."""
    drawn = axes.xaxis if which == "x" else axes.yaxis
    set_scale = axes.set_xscale if which == "x" else axes.set_yscale
    if axis.scale == "none":
        _name_ticks(axes, which, axis.ticks)
    else:
        (axes.set_xlim if which == "x" else axes.set_ylim)(*_limits(axis))
        scale_axis(drawn, set_scale, axis.scale, whole=_whole(axis.at))
    axes.tick_params(axis=which, **{("labelbottom" if which == "x" else "labelleft"): named})


def scale_axis(drawn: Any, set_scale: Any, scale: str, *, whole: bool = False) -> None:
    """Put an axis that shows its data on one of our scales."""
    if scale in ("log", "log2"):
        canvas.logarithmic(drawn, set_scale, base=2 if scale == "log2" else 10)
    elif scale == "logminus":
        _mirrored(drawn, set_scale, 0.0)
    elif scale == "reverse_log":
        _mirrored(drawn, set_scale, float(sum(drawn.get_data_interval())))
    else:
        canvas.plain_numbers(drawn, 7, whole=whole)


def label_of(axis: Axis, name: str) -> str:
    """The name under an axis, with how many candidates are not on it."""
    without = int(np.isnan(axis.at).sum())
    return f"{name} ({without} without)" if without else name


def short_names(paths: Sequence[str]) -> list[str]:
    """The ends of dotted paths, as long as it takes to tell them apart.

    >>> short_names(["model.optimiser.learning_rate", "model.epochs", "net.epochs"])
    ['learning_rate', 'model.epochs', 'net.epochs']
    """
    return [_end(path, [other for other in paths if other != path]) for path in paths]


def text(value: Any) -> str:
    """A value as it is written beside others: numbers short, functions and classes by name.

    >>> text(0.00123456), text(10), text((64, 64)), text("relu"), text(len), text(None)
    ('0.001235', '10', '(64, 64)', 'relu', 'len', 'None')
    """
    if isinstance(value, bool | np.bool_) or not is_number(value):
        return str(getattr(value, "__name__", value))
    if isinstance(value, int | np.integer) and abs(int(value)) < 1e6:
        return f"{value:,}"
    return canvas.short(float(value))


def is_number(value: Any) -> bool:
    """Whether a value has a place on an axis of numbers; True and False have none."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


# shared parts


def _is_absent(value: Any, none_counts: bool) -> bool:
    if value is None:
        return not none_counts
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _nominal(name: str, texts: tuple[str, ...], choices: list[str]) -> Axis:
    seen = dict.fromkeys([*choices, *(t for t in texts if t != NOT_USED)])
    ticks = (*seen, *([NOT_USED] if NOT_USED in texts else []))
    at = np.array([ticks.index(t) for t in texts], dtype=float)
    return Axis(name, at, "none", ticks, texts)


def _name_ticks(axes: Any, which: str, names: tuple[str, ...]) -> None:
    places = range(len(names))
    shown = [canvas.wrapped(name, 30, 2) for name in names]
    longest = max((len(line) for name in shown for line in name.split("\n")), default=0)
    if which == "y":
        axes.set_yticks(places, shown)
        axes.set_ylim(-0.6, len(names) - 0.4)
        return
    room = axes.get_window_extent().width / axes.figure.dpi / max(len(names), 1)
    steep = 0.09 * longest + 0.1 > room
    how = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if steep else {}
    axes.set_xticks(places, shown, **how)
    axes.set_xlim(-0.6, len(names) - 0.4)


def _mirrored(drawn: Any, set_scale: Any, total: float) -> None:
    """Numbers spread by the logarithms of how far they are below `total`."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    low, high = sorted(drawn.get_data_interval())
    least, most = max(total - high, 1e-300), max(total - low, 1e-300)
    set_scale(
        "function",
        functions=(
            lambda x: -np.log10(np.maximum(total - np.asarray(x, dtype=float), least * 1e-3)),
            lambda u: total - np.power(10.0, -np.asarray(u, dtype=float)),
        ),
    )
    if most > _FEW * least:
        first, last = int(np.ceil(np.log10(least) - 1e-9)), int(np.floor(np.log10(most) + 1e-9))
        powers = range(first, last + 1, max(1, -(-(last - first) // 5)))
        drawn.set_major_locator(FixedLocator([total - 10.0**k for k in powers]))
        drawn.set_major_formatter(FuncFormatter(lambda value, _: canvas.short(value)))
    else:
        canvas.plain_numbers(drawn, 6)
    drawn.set_minor_locator(NullLocator())
    grown = (most / least) ** _MARGIN if most > least else 1.5
    ends = total - most * grown, total - least / grown
    (drawn.axes.set_xlim if drawn.axis_name == "x" else drawn.axes.set_ylim)(*ends)


def _limits(axis: Axis) -> tuple[float, float]:
    """A little beyond the outermost values, as far as the scale has it."""
    finite = axis.at[np.isfinite(axis.at)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if axis.scale in ("log", "log2"):
        grown = (high / low) ** _MARGIN if high > low else 1.5
        return low / grown, high * grown
    grown = _MARGIN * (high - low) or 0.1 * abs(high) or 1.0
    return low - grown, high + grown


def _whole(at: np.ndarray) -> bool:
    finite = at[np.isfinite(at)]
    return bool(finite.size and (finite % 1 == 0).all())


def _end(path: str, others: Sequence[str]) -> str:
    parts = path.split(".")
    for n in range(1, len(parts)):
        end = ".".join(parts[-n:])
        if not any(re.search(rf"(^|\.){re.escape(end)}$", other) for other in others):
            return end
    return path
