"""Drawn networks with data: stacks of layers that fit each other, for laws of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from training_toys import layers, sequential

from kerasflux.training.core import Arrays
from kerasflux.training.optimisers import SGD, Adam, AdamW, RMSprop

ROWS = 40
SHAPES = {"numbers": (5,), "codes": (4,), "sequence": (6, 2), "image": (6, 6, 1)}

_hidden = st.sampled_from(["dense", "dropout", "batch", "layer"])
_parts = {
    "numbers": st.just(()),
    "codes": st.sampled_from([("embedding",), ("embedding", "batch")]),
    "sequence": st.sampled_from(
        [("conv1d",), ("conv1d", "batch", "pool1d"), ("dropout", "conv1d", "layer")]
    ),
    "image": st.sampled_from(
        [("conv2d", "pool2d"), ("conv2d", "batch"), ("pool2d", "dropout", "conv2d")]
    ),
}


@dataclass(frozen=True)
class Drawn:
    """A network to be: what it reads, and its layers by name.

    Attributes:
        kind: a key of `SHAPES`.
        parts: names of layers, in order; a flattening and the last `Dense` come after `first`.
        first: how many parts see the unflattened input.
    """

    kind: str
    parts: tuple[str, ...]
    first: int

    def __call__(self) -> Any:
        made = [_LAYERS[name]() for name in self.parts]
        stack = [*made[: self.first], layers().Flatten(), *made[self.first :], layers().Dense(3)]
        return sequential(SHAPES[self.kind], *stack)

    @property
    def draws(self) -> bool:
        """Whether masks of dropout are drawn."""
        return "dropout" in self.parts

    def rows(self, n_rows: int = ROWS, weighted: bool = False) -> Arrays:
        draw = np.random.default_rng([7, n_rows])
        labels = draw.integers(0, 3, n_rows).astype("int32")
        weight = draw.uniform(0.25, 2, n_rows) if weighted else None
        return Arrays((_DATA[self.kind](draw, n_rows),), labels, weight)


_LAYERS: dict[str, Any] = {
    "dense": lambda: layers().Dense(5, "tanh"),
    "dropout": lambda: layers().Dropout(0.3),
    "batch": lambda: layers().BatchNormalization(momentum=0.8),
    "layer": lambda: layers().LayerNormalization(),
    "embedding": lambda: layers().Embedding(7, 2),
    "conv1d": lambda: layers().Conv1D(3, 3, activation="relu"),
    "pool1d": lambda: layers().MaxPooling1D(2),
    "conv2d": lambda: layers().Conv2D(2, 3, activation="relu"),
    "pool2d": lambda: layers().AveragePooling2D(2),
}
_DATA: dict[str, Any] = {
    "numbers": lambda draw, n: draw.normal(size=(n, 5)).astype("float32"),
    "codes": lambda draw, n: draw.integers(0, 7, (n, 4)).astype("int32"),
    "sequence": lambda draw, n: draw.normal(size=(n, 6, 2)).astype("float32"),
    "image": lambda draw, n: draw.integers(0, 256, (n, 6, 6, 1)).astype("uint8"),
}


@st.composite
def networks(draw: Any, noisy: bool = True) -> Drawn:
    """Networks over every kind of input.

    Args:
        draw: Hypothesis' own.
        noisy: whether dropout may be among the layers.
    """
    kind = draw(st.sampled_from(sorted(SHAPES)))
    first = draw(_parts[kind])
    rest = draw(st.lists(_hidden, max_size=3))
    parts = tuple(name for name in (*first, *rest) if noisy or name != "dropout")
    return Drawn(kind, parts, sum(noisy or name != "dropout" for name in first))


_optimisers = st.sampled_from([SGD(momentum=0.9), Adam(), AdamW(), RMSprop(), Adam(clipnorm=1.0)])
_batch_sizes = st.sampled_from([1, 3, 8, ROWS, ROWS + 9])
_row_counts = st.sampled_from([1, 2, 17, ROWS])


@dataclass(frozen=True)
class Case:
    """What is compiled: a network, its optimiser, a batch size, and two numbers of rows."""

    network: Drawn
    optimiser: Any
    batch_size: int
    rows: tuple[int, int]


def _case(kind: str, first: str, rest: str, *others: Any) -> Case:
    parts = (*first.split(), *rest.split())
    return Case(Drawn(kind, parts, len(first.split())), *others)


FEW = [
    _case("numbers", "", "dense dropout batch", Adam(clipnorm=1.0), 8, (ROWS, 35)),
    _case("codes", "embedding batch", "dense", SGD(momentum=0.9), 3, (17, 31)),
    _case("sequence", "conv1d batch pool1d", "layer", RMSprop(), ROWS + 9, (ROWS, 35)),
    _case("image", "pool2d dropout conv2d", "", AdamW(), 8, (17, 31)),
    _case("numbers", "", "layer dense", Adam(), 1, (1, 2)),
]
"""What ordinary runs draw from, as each is compiled; all of a case's rows are padded to one size by
XLA, but where they are one and two."""


def cases(noisy: bool = True) -> Any:
    """Some of `FEW`; of all that can be drawn where a profile asks for many examples.

    Args:
        noisy: whether dropout may be among the layers.
    """
    if settings.default.max_examples <= 50:
        return st.sampled_from([c for c in FEW if noisy or not c.network.draws])
    rows = st.tuples(_row_counts, _row_counts)
    return st.builds(Case, networks(noisy), _optimisers, _batch_sizes, rows)


seeds = st.integers(0, 2**31)
penalties = st.sampled_from([(0.0, 0.0), (0.1, 0.3)])
