"""Candidates of a search sorted by what became of them, and those that stand out among them."""

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


@dataclass(frozen=True)
class Found:
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
    def colours(self) -> marks.Window:
        """The window of colours, in which those are told apart that are worth it."""
        return marks.window(self.values[self.ok], self.orientation, tight=True)

    @property
    def name(self) -> str:
        return marks.axis_name(self.measure, self.orientation)


def found_of(
    measurements: Any,
    measure: str,
    orientation: Orientation,
    statuses: Sequence[str] | None,
    radii: Any,
    chosen: int | None,
) -> Found:
    values = np.asarray(measurements, dtype=float)
    n = len(values) if values.ndim == 1 else 0
    finite = np.isfinite(values)
    given = np.where(finite, "ok", "failed") if statuses is None else np.asarray(statuses)
    around = np.full(n, np.nan) if radii is None else np.asarray(radii, dtype=float)
    if not n or given.shape != (n,) or around.shape != (n,):
        raise unfit(
            "a measurement, a status and a radius for each of one or more candidates",
            f"measurements {values.shape}, statuses {given.shape}, radii {around.shape}",
        )
    if unknown := set(given.tolist()) - set(_STATUSES):
        raise unfit(f"statuses {', '.join(_STATUSES)}", ", ".join(map(repr, sorted(unknown))))
    if chosen is not None and not 0 <= chosen < n:
        raise unfit(f"a chosen candidate from 0 to {n - 1}", f"chosen={chosen}")
    read = np.where((given == "ok") & ~finite, "failed", given)
    best = marks.best_of(np.where(read == "ok", values, np.nan), orientation)
    return Found(values, read, around, measure, orientation, best, chosen)


def placed(given: Sequence[Parameter], n: int) -> list[Axis]:
    wrong = [f"{len(p.values)} of {p.name}" for p in given if len(p.values) != n]
    if not given or wrong:
        raise unfit(
            f"one hyperparameter or more, {n} values of each",
            ", ".join(wrong) or "no hyperparameter",
        )
    return [parameters.axis_of(p) for p in given]


def unfit(expected: str, received: str) -> DrawingError:
    return DrawingError("The search can't be drawn.", expected=expected, received=received)


def singled_out(found: Found, axes_of: list[Axis]) -> list[tuple[int, Any, str]]:
    """`(position, how it is marked, its name in the legend)` of the best and the chosen one."""
    marked: list[tuple[int, Any, str]] = []
    if found.best is not None:
        marked.append((found.best, marks.ring, _label("best", found.best, found, axes_of)))
    if found.chosen is not None and found.chosen != found.best:
        label = _label("chosen", found.chosen, found, axes_of)
        marked.append((found.chosen, marks.frame, label))
    return marked


def _label(word: str, i: int, found: Found, axes_of: list[Axis]) -> str:
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
