"""How clocks are read: repetitions in turn, calls long enough for the clock, medians later."""

from __future__ import annotations

import importlib
import importlib.util
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Side = TypeVar("Side")


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        name: added to the names of files unless empty.
        repeats: repetitions of each side.
        seconds: least length of a timed call.
        fraction: of rows, fits and candidates.
    """

    name: str = ""
    repeats: int = 5
    seconds: float = 0.5
    fraction: float = 1.0

    def part(self, n: int, least: int = 1) -> int:
        """So many of `n`."""
        return max(least, round(n * self.fraction))


FULL = Effort()
QUICK = Effort("quick", repeats=2, seconds=0.1, fraction=0.2)


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def per_epoch(train: Callable[[int], object], least: float) -> float:
    """Seconds per epoch of one call that trains for at least so many seconds.

    The call is repeated with more epochs until it is long enough; only the last one counts.
    """
    epochs = 1
    while True:
        started = time.perf_counter()
        train(epochs)
        taken = time.perf_counter() - started
        if taken >= least:
            return taken / epochs
        epochs = min(100 * epochs, math.ceil(1.3 * epochs * least / max(taken, 1e-9)))


def in_turn(sides: Sequence[Side], repeats: int) -> Iterator[tuple[int, Side]]:
    """`(repetition, side)`, counted from 1: every repetition begins with another side."""
    for k in range(repeats):
        first = k % max(1, len(sides))
        for side in (*sides[first:], *sides[:first]):
            yield k + 1, side


def missing(*modules: str) -> str:
    """What to print of a side whose libraries are not installed; empty if they are."""
    absent = [m for m in modules if importlib.util.find_spec(m) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""
