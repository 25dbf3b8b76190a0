"""What an epoch costs, and how that grows with rows, width and batch size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from suite import works
from suite.frameworks import JAX, TORCH
from suite.records import Bar, Comparison, Faster, Growth, LeftOut, Line, NotSlower
from suite.sides import KERAS, KERASFLUX, Side
from suite.timing import Effort, in_turn
from suite.workers import SIDES, lap, workers
from suite.works import Work

FEW = (KERASFLUX, KERAS, JAX)
HOW = """One public call that trains for {seconds:g} s or longer, divided by its epochs, on a
compiled network; each side in its own process. Losses after {epochs} epochs, of a new network per
repetition. "Epoch per call" is steps_per_execution, "XLA" jit_compile=True; PyTorch has one
thread or all, whichever is faster."""


def compare(
    work: Work, sides: Sequence[Side], effort: Effort, bars: dict[Side, Bar] | None = None
) -> Comparison:
    """Milliseconds per epoch, every side in turn."""
    sides = [side for side in sides if side.trains(work)]
    with workers([side for side in sides if not side.missing]) as lent:
        return _compared(work, sides, lent, effort, bars or {})


def _compared(
    work: Work,
    sides: Sequence[Side],
    lent: Mapping[Side, Executor],
    effort: Effort,
    bars: Mapping[Side, Bar],
) -> Comparison:
    lines = {side: Line(side.name, bar=bars.get(side), note=side.missing) for side in sides}
    for seed, side in in_turn(list(lent), effort.repeats):
        found = lent[side].submit(lap, side.name, work, seed, effort.seconds).result()
        lines[side].values.append(1e3 * found.seconds)
        lines[side].note = side.unable(work)
        if not lines[side].note:
            lines[side].losses.append(found.loss)
    how = " ".join(HOW.format(seconds=effort.seconds, epochs=work.epochs).split())
    loss = "mean log loss of training rows"
    return Comparison(work.title, "ms/epoch", list(lines.values()), how, loss)


def iris(effort: Effort) -> list[Comparison]:
    return [compare(works.iris(), SIDES, effort, {KERAS: Faster(100), JAX: NotSlower(1.2)})]


def table_32(effort: Effort) -> list[Comparison]:
    work = works.table(effort.part(20_000, 64))
    return [compare(work, SIDES, effort, {KERAS: Faster(40), JAX: NotSlower(1.2)})]


def table_256(effort: Effort) -> list[Comparison]:
    return [compare(works.table(effort.part(20_000, 64), batch=256), SIDES, effort)]


def mnist(effort: Effort) -> list[Comparison | LeftOut]:
    work = works.digits(effort.part(1000, 100))
    if isinstance(work, str):
        return [LeftOut("MNIST, convolutions", work)]
    return [compare(work, SIDES, effort, {KERAS: Faster(2), TORCH: Faster(1)})]


def _growth(
    axis: str, values: Sequence[int], make: Callable[[int], Work], effort: Effort, title: str
) -> list[Growth]:
    with workers([side for side in FEW if not side.missing]) as lent:
        points = [(float(v), _point(axis, make(v), v, lent, effort)) for v in values]
    note = "Losses are compared at every point."
    return [Growth(f"Milliseconds per epoch by {axis}: {title}", axis, points, note)]


def _point(
    axis: str, work: Work, value: int, lent: Mapping[Side, Executor], effort: Effort
) -> Comparison:
    work = replace(work, title=f"{axis} {value:,}")
    return _compared(work, FEW, lent, effort, {})


def _few(effort: Effort) -> Effort:
    """Fewer repetitions: the points of an axis stand for each other."""
    return Effort(effort.name, min(3, effort.repeats), effort.seconds / 2, effort.fraction)


def by_rows(effort: Effort) -> list[Growth]:
    counts = [effort.part(10**k, 64) for k in (3, 4, 5, 6)]
    whole = works.table(counts[-1], batch=256)
    title = "30 columns, 64 hidden, dropout 0.3, batch 256"
    return _growth("rows", counts, lambda n: works.part(whole, n), _few(effort), title)


def by_width(effort: Effort) -> list[Growth]:
    n_rows = effort.part(10_000, 64)
    title = f"{n_rows:,} rows, 30 columns, one hidden layer, dropout 0.3, batch 32"
    widths = (16, 64, 256, 1024)
    return _growth("width", widths, lambda w: works.table(n_rows, hidden=w), _few(effort), title)


def by_batch(effort: Effort) -> list[Growth]:
    n_rows = effort.part(4096, 64)
    sizes = np.unique(np.minimum((1, 8, 64, 512, 4096), n_rows)).tolist()
    title = f"{n_rows:,} rows, 30 columns, 64 hidden, dropout 0.3"
    make = lambda size: works.table(n_rows, batch=size)
    return _growth("batch size", sizes, make, _few(effort), title)
