"""Side by side: an epoch of the training core and of `keras.Model.fit`, in milliseconds.

    python benchmarks/training.py [--quick]

Each pair runs in this process, one after the other, on the same data: the minimum over repeats is
reported for both, so that other work on the machine weighs little. MNIST is read from the folder
that `KERASFLUX_DATA` names; without it those rows are left out, and said to be.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import kerasflux as kf

kf.quiet()

import keras  # noqa: E402

from kerasflux.training.core import Arrays, initial_state, train  # noqa: E402
from kerasflux.training.losses import Objective  # noqa: E402
from kerasflux.training.optimisers import as_optimiser  # noqa: E402
from kerasflux.training.programs import Architecture  # noqa: E402


@dataclass
class Work:
    """A network, its data and a batch size."""

    name: str
    build: Callable[[], keras.Model]
    inputs: np.ndarray
    target: np.ndarray
    batch: int
    epochs: int


def dense(n_in: int, hidden: int, n_out: int, dropout: float) -> Callable[[], keras.Model]:
    def build() -> keras.Model:
        return keras.Sequential(
            [
                keras.Input((n_in,)),
                keras.layers.Dense(hidden, "relu"),
                keras.layers.Dropout(dropout),
                keras.layers.Dense(n_out),
            ]
        )

    return build


def convolutions() -> keras.Model:
    layers = [
        layer
        for channels in (16, 32, 32)
        for layer in (
            keras.layers.Conv2D(channels, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
        )
    ]
    flat = [keras.layers.Flatten(), keras.layers.Dense(10)]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers, *flat])


def works() -> list[Work]:
    draw = np.random.default_rng(0)
    iris = draw.normal(size=(150, 4)).astype("float32"), draw.integers(0, 3, 150).astype("int32")
    table = draw.normal(size=(20_000, 30)).astype("float32")
    label = draw.integers(0, 3, 20_000).astype("int32")
    found = [
        Work("iris, 4-3-3 with dropout, batch 1", dense(4, 3, 3, 0.5), *iris, 1, 10),
        Work("20,000 x 30, 64 hidden, batch 32", dense(30, 64, 3, 0.3), table, label, 32, 4),
        Work("20,000 x 30, 64 hidden, batch 256", dense(30, 64, 3, 0.3), table, label, 256, 10),
    ]
    path = Path(os.environ.get("KERASFLUX_DATA", "")) / "mnist-10k.npz"
    if not path.is_file():
        print("MNIST left out: KERASFLUX_DATA names no folder with mnist-10k.npz")
        return found
    with np.load(path) as data:
        images = data["images"].reshape(-1, 28, 28, 1)
        labels = data["labels"].astype("int32")
    name = "MNIST, three convolutions, batch"
    found.append(Work(f"1,000 {name} 50", convolutions, images[:1000], labels[:1000], 50, 4))
    found.append(Work(f"700 {name} 1", convolutions, images[:700], labels[:700], 1, 2))
    return found


def ours(work: Work, repeats: int) -> tuple[float, float]:
    """Milliseconds per epoch, and of the rest of a cold fit whose program is cached."""
    objective = Objective("cross_entropy", "softmax", "codes")
    architecture = Architecture(work.build, work.name, objective, as_optimiser("adam"), work.batch)
    arrays = Arrays((work.inputs,), work.target)
    train(architecture, initial_state(architecture, 1), arrays, epochs=1, learning_rate=1e-3)
    fits, epochs = [], []
    for seed in range(repeats):
        started = time.perf_counter()
        state = initial_state(architecture, seed)
        state = train(architecture, state, arrays, epochs=work.epochs, learning_rate=1e-3)
        fits.append(time.perf_counter() - started)
        epochs.append(min(state.seconds))
    return 1e3 * min(epochs), 1e3 * (min(fits) - work.epochs * min(epochs))


def theirs(work: Work, repeats: int) -> float:
    """Milliseconds per epoch of `keras.Model.fit`, after a first epoch that traces."""
    network = work.build()
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    inputs = work.inputs / np.float32(255) if work.inputs.dtype == np.uint8 else work.inputs
    network.fit(inputs, work.target, batch_size=work.batch, epochs=1, verbose=0)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        network.fit(inputs, work.target, batch_size=work.batch, epochs=2, verbose=0)
        times.append((time.perf_counter() - started) / 2)
    return 1e3 * min(times)


def main(repeats: int) -> None:
    print(f"{'work':44}{'keras.fit':>11}{'ours':>9}{'ratio':>8}{'rest of a fit':>15}   (ms)")
    for work in works():
        epoch, rest = ours(work, repeats)
        other = theirs(work, repeats)
        print(
            f"{work.name:44}{other:11.1f}{epoch:9.2f}{other / epoch:8.1f}{rest:15.1f}", flush=True
        )


if __name__ == "__main__":
    main(repeats=2 if "--quick" in sys.argv else 5)
