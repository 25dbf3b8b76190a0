"""What was measured, and what it says beside the bars: plain records without any printing."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import Any

OURS = "kerasflux"
NOISE = 0.02
"""Mean losses may differ by this fraction of themselves, whatever the noise."""
SURPRISE = 0.001
"""Beyond that, they differ if chance brings such a difference less often (Welch's test)."""


@dataclass(frozen=True)
class Faster:
    """kerasflux has to be so many times faster than this side."""

    times: float

    @property
    def text(self) -> str:
        return f"≥ {self.times:g} × faster"

    def measured(self, ours: float, theirs: float) -> str:
        return f"{short(theirs / ours)} × faster"

    def holds(self, ours: float, theirs: float) -> bool:
        return theirs / ours >= self.times


@dataclass(frozen=True)
class NotSlower:
    """kerasflux may take so many times as long as this side."""

    times: float

    @property
    def text(self) -> str:
        return f"≤ {self.times:g} × its time"

    def measured(self, ours: float, theirs: float) -> str:
        return f"{short(ours / theirs)} × its time"

    def holds(self, ours: float, theirs: float) -> bool:
        return ours / theirs <= self.times


@dataclass(frozen=True)
class Below:
    """The figure itself has to be smaller than this."""

    bound: float
    unit: str

    @property
    def text(self) -> str:
        return f"< {self.bound:g} {self.unit}"

    def measured(self, ours: float, theirs: float) -> str:
        return f"{short(theirs)} {self.unit}"

    def holds(self, ours: float, theirs: float) -> bool:
        return theirs < self.bound


Bar = Faster | NotSlower | Below


@dataclass
class Line:
    """One side of a comparison.

    Attributes:
        side: its name.
        values: one per repetition, in the comparison's unit; none where the side is missing.
        losses: what was learned, one per seed: compared with those of kerasflux.
        bar: what the project promises.
        note: why there are no values or no losses.
    """

    side: str
    values: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    bar: Bar | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values) if self.values else math.nan


@dataclass
class Comparison:
    """The sides of one piece of work, measured in turn in one run.

    Attributes:
        title, note: what was done, and how.
        unit: of the values.
        lines: the sides.
        loss: what the losses are; empty if nothing is learned.
        noise: the fraction of themselves by which losses may differ.
    """

    title: str
    unit: str
    lines: list[Line]
    note: str = ""
    loss: str = ""
    noise: float = NOISE

    @property
    def ours(self) -> Line | None:
        return next((line for line in self.lines if line.side == OURS), None)

    def ratio(self, line: Line) -> float:
        """How many times as long as kerasflux a side takes; NaN where there is nothing to say."""
        if self.ours is None or line is self.ours or not (self.ours.values and line.values):
            return math.nan
        return line.median / self.ours.median

    def same(self, line: Line) -> bool | None:
        """Whether a side learned what kerasflux learned; None where that is not compared."""
        if self.ours is None or line is self.ours or not (line.losses and self.ours.losses):
            return None
        return within_noise(self.ours.losses, line.losses, self.noise)

    def measured(self, line: Line) -> str:
        """A side's figure in the words of its bar."""
        ours = math.nan if self.ours is None else self.ours.median
        return line.bar.measured(ours, line.median) if line.bar and line.values else ""

    def met(self, line: Line) -> bool | None:
        """Whether a side's bar is met; None without a bar or values."""
        if line.bar is None or not line.values:
            return None
        ours = math.nan if self.ours is None else self.ours.median
        return line.bar.holds(ours, line.median)


@dataclass
class Growth:
    """How a cost grows along an axis: one comparison per point.

    Attributes:
        title, axis, note: what grows, along what, and how it was measured.
        points: the comparison at each value of the axis.
    """

    title: str
    axis: str
    points: list[tuple[float, Comparison]]
    note: str = ""


@dataclass
class LeftOut:
    """Work that could not be measured, and why."""

    title: str
    why: str


Result = Comparison | Growth | LeftOut


def comparisons(results: list[Result]) -> list[Comparison]:
    """All comparisons, those of growths too."""
    found: list[Comparison] = []
    for result in results:
        if isinstance(result, Comparison):
            found.append(result)
        elif isinstance(result, Growth):
            found += [comparison for _, comparison in result.points]
    return found


def within_noise(one: list[float], other: list[float], noise: float = NOISE) -> bool:
    """Whether two means differ by no more than a fraction of themselves, or than chance explains.

    A single loss on a side tells nothing about chance: it has to be within the fraction.
    """
    from scipy.stats import ttest_ind

    if not all(map(math.isfinite, (*one, *other))):
        return False
    means = statistics.fmean(one), statistics.fmean(other)
    if abs(means[0] - means[1]) <= noise * max(map(abs, means)):
        return True
    if min(len(one), len(other)) < 2 or statistics.stdev(one) + statistics.stdev(other) == 0:
        return False
    return float(ttest_ind(one, other, equal_var=False).pvalue) >= SURPRISE


def short(value: float) -> str:
    """Three significant digits at most, thousands apart."""
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.3g}" if value >= 10 else f"{value:.2f}"


def as_record(comparison: Comparison) -> dict[str, Any]:
    """A comparison as values that JSON can hold, with what follows from the figures."""
    lines = [
        {
            "side": line.side,
            "values": line.values,
            "median": _finite(line.median),
            "times_ours": _finite(comparison.ratio(line)),
            "losses": line.losses,
            "same_loss": comparison.same(line),
            "bar": line.bar.text if line.bar else None,
            "met": comparison.met(line),
            "note": line.note,
        }
        for line in comparison.lines
    ]
    head = {"title": comparison.title, "unit": comparison.unit, "note": comparison.note}
    return {**head, "loss": comparison.loss, "lines": lines}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
