"""Small networks, data and comparisons that the tests of training share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasflux.training.core import Arrays, initial_state, train
from kerasflux.training.graphs import kind_of, logits_function
from kerasflux.training.losses import Objective
from kerasflux.training.optimisers import as_optimiser
from kerasflux.training.programs import Architecture, checkout

CLASSES = Objective("cross_entropy", "softmax", "codes")
VALUES = Objective("l2")


def layers():
    import keras

    return keras.layers


def sequential(shape, *parts):
    import keras

    return keras.Sequential([keras.Input(shape), *parts])


def dense():
    return sequential((4,), layers().Dense(5, "relu"), layers().Dense(3))


def noisy():
    return sequential(
        (4,),
        layers().Dense(6, "relu"),
        layers().BatchNormalization(),
        layers().Dropout(0.3),
        layers().Dense(3),
    )


def recurrent():
    return sequential((5, 2), layers().GRU(4, dropout=0.2), layers().Dense(3))


def embedding():
    parts = layers().Embedding(7, 3), layers().Flatten(), layers().Dense(3)
    return sequential((4,), *parts)


def convolutional():
    return sequential(
        (6, 6, 1),
        layers().RandomFlip("horizontal"),
        layers().RandomTranslation(0.2, 0.2),
        layers().Conv2D(3, 3, activation="relu"),
        layers().MaxPooling2D(),
        layers().Flatten(),
        layers().Dense(3),
    )


NETWORKS = {
    "dense": dense,
    "noisy": noisy,
    "recurrent": recurrent,
    "embedding": embedding,
    "convolutional": convolutional,
}


def inputs(name, n_rows=43):
    draw = np.random.default_rng(7)
    if name == "recurrent":
        return draw.normal(size=(n_rows, 5, 2)).astype("float32")
    if name == "embedding":
        return draw.integers(0, 7, (n_rows, 4)).astype("int32")
    if name == "convolutional":
        return draw.integers(0, 256, (n_rows, 6, 6, 1)).astype("uint8")
    return draw.normal(size=(n_rows, 4)).astype("float32")


def data(name="dense", n_rows=43, weight=None):
    labels = np.random.default_rng(8).integers(0, 3, n_rows).astype("int32")
    return Arrays((inputs(name, n_rows),), labels, weight)


def architecture(build=dense, optimiser="adam", key="", batch_size=8, objective=CLASSES, **rest):
    """An architecture keyed by the function that builds; `key=None`: never shared."""
    key = (build.__module__, build.__qualname__) if key == "" else key
    spec = as_optimiser(optimiser)
    return Architecture(build, key, objective, spec, batch_size, **rest)


def trained(arch, arrays, epochs, seed=1, learning_rate=0.01, **rest):
    state = initial_state(arch, seed)
    return train(arch, state, arrays, epochs=epochs, learning_rate=learning_rate, **rest)


def identical(a, b):
    """Whether two states agree in every bit of weights, slots and losses."""
    pairs = [*zip(a.network, b.network, strict=True), *zip(a.optimiser, b.optimiser, strict=True)]
    same = all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in pairs)
    return same and a.epoch == b.epoch and np.array_equal(a.losses, b.losses)


@dataclass
class Recorder:
    """A run that keeps rows, and ends training or interrupts it after an epoch."""

    each_epoch = True
    stop_after: int | None = None
    interrupt_after: int | None = None
    rows: list = field(default_factory=list)

    def epoch(self, row):
        self.rows.append(row)
        if len(self.rows) == self.interrupt_after:
            raise KeyboardInterrupt
        return len(self.rows) == self.stop_after


def infer(arch, state, inputs, batch=1024):
    """A network's logits for some rows, in inference mode, `(n_rows, ...)`."""
    with checkout(arch) as program, arch.placement.on_device():
        program.load(state.network)
        function = program.function(
            ("infer", kind_of(inputs)), lambda p: logits_function(p, inputs)
        )
        steps = range(0, len(inputs[0]), batch)
        return np.concatenate([function(*(x[i : i + batch] for x in inputs)) for i in steps])
