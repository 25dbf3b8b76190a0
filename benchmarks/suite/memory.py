"""Memory of a process over many fits, each measurement in a fresh one: resident set size in MB."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

import numpy as np

from suite import child, works
from suite.records import Below, Comparison, LeftOut, Line
from suite.timing import Effort, missing

ARCHITECTURES, FITS = 10, 200
MANY, ROUNDS, EACH, SETTLED = 60, 2, 2, 20
KERAS_FITS = 40
FIT = "200 rows × 5, 2 epochs, each repetition in a fresh process."


def reuse(effort: Effort) -> list[Comparison | LeftOut]:
    """200 fits of ten architectures, after the first ten."""
    fits, theirs = effort.part(FITS, ARCHITECTURES), effort.part(KERAS_FITS, 10)
    title = f"Memory over {fits} fits of {ARCHITECTURES} architectures, after the first ten fits"
    if missing("psutil"):
        return [LeftOut(title, missing("psutil"))]
    repeats = min(3, effort.repeats)
    ours = [child.run("reuse", fits=fits)["growth"] for _ in range(repeats)]
    keras = [child.run("keras_fits", fits=theirs)["growth"] for _ in range(repeats)]
    lines = [
        Line(f"kerasflux, {fits} fits", ours, bar=Below(20, "MB")),
        Line(f"keras.Model.fit, {theirs} fits", keras, note="a new network each"),
    ]
    note = f"Growth of resident memory. {FIT}"
    return [Comparison(title, "MB", lines, note)]


def evicted(effort: Effort) -> list[Comparison | LeftOut]:
    """60 architectures through a cache of 16, 240 fits."""
    n = effort.part(MANY, 30)
    title = f"Memory over {n} architectures through a cache of 16, {n * ROUNDS * EACH} fits"
    if missing("psutil"):
        return [LeftOut(title, missing("psutil"))]
    found = [child.run("evicted", architectures=n) for _ in range(min(3, effort.repeats))]
    lines = [
        Line("a fit that compiles", [f["compiling"] for f in found], bar=Below(1, "MB")),
        Line("a fit that does not", [f["between"] for f in found], bar=Below(0.05, "MB")),
    ]
    note = (
        f"Growth of resident memory per fit. {ROUNDS} rounds over the architectures; in each, each "
        "is fitted twice in a row: once it compiles, once it does not. Counted from the "
        f"{SETTLED}th on, when the cache is full. {FIT}"
    )
    return [Comparison(title, "MB/fit", lines, note)]


def job_reuse(fits: int) -> dict[str, Any]:
    fit = _fits()
    for width in range(1, ARCHITECTURES + 1):
        fit(width)
    before = _resident()
    for k in range(fits):
        fit(k % ARCHITECTURES + 1)
    return {"growth": _resident() - before}


def job_evicted(architectures: int) -> dict[str, Any]:
    fit = _fits()
    growths: list[list[float]] = [[], []]
    for width in _rounds(architectures):
        for k in range(EACH):
            before = _resident()
            fit(width)
            growths[k].append(_resident() - before)
    skipped = min(SETTLED, architectures // 3)
    compiling, between = (float(np.mean(g[skipped:])) for g in growths)
    return {"compiling": compiling, "between": between}


def _rounds(architectures: int) -> Iterable[int]:
    return [width for _ in range(ROUNDS) for width in range(1, architectures + 1)]


def job_keras_fits(fits: int) -> dict[str, Any]:
    import keras

    work = works.table(200, 5)

    def fit() -> None:
        network = keras.Sequential(
            [keras.Input((5,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3)]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        network.compile("adam", loss)
        network.fit(work.X, work.y, epochs=2, verbose=0)

    for _ in range(ARCHITECTURES):
        fit()
    before = _resident()
    for _ in range(fits):
        fit()
    return {"growth": _resident() - before}


def _fits() -> Any:
    import kerasflux as kf

    work = works.table(200, 5)
    y = kf.coerce(work.y, kf.Multiclass, verbosity=0)

    def fit(width: int) -> None:
        model = kf.NeuralNetworkClassifier(builder=kf.MLP(hidden=(width,)), epochs=2)
        kf.machine(model, work.X, y).fit(verbosity=0)

    return fit


def _resident() -> float:
    import psutil

    gc.collect()
    return float(psutil.Process().memory_info().rss) / 2**20
