"""Data and networks of the rows that time epochs: the same for every side."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

LEARNING_RATE = 1e-3
EPSILON = 1e-7
"""Of every side's Adam: Keras' values."""


@dataclass(frozen=True, eq=False)
class Work:
    """A network and what it learns.

    Attributes:
        name: what the row is called.
        title: what is printed.
        X: `(n_rows, n_columns)` float32, or grey images `(n_rows, height, width)` uint8.
        y: `(n_rows,)` classes, counted from 0.
        batch: rows per step.
        hidden: units of the hidden layer, of tables.
        channels: of the convolutions of 3 × 3, each followed by a maximum of 2 × 2, of images.
        activation: of the hidden layer.
        dropout: of the hidden layer.
        epochs: after these, losses are compared.
    """

    name: str
    title: str
    X: np.ndarray
    y: np.ndarray
    batch: int
    hidden: int = 0
    channels: tuple[int, ...] = ()
    activation: str = "relu"
    dropout: float = 0.0
    epochs: int = 3

    @property
    def n_classes(self) -> int:
        return int(self.y.max()) + 1

    @property
    def floats(self) -> np.ndarray:
        """What peers take: images as float32 in [0, 1] with a channel."""
        return self.X[..., None] / np.float32(255) if self.channels else self.X

    def loss(self, probabilities: np.ndarray) -> float:
        """Mean cross-entropy of predictions for the training rows, in float64."""
        chosen = np.asarray(probabilities, np.float64)[np.arange(len(self.y)), self.y]
        return float(-np.log(np.clip(chosen, 1e-12, None)).mean())


def iris() -> Work:
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    title = "iris, 150 × 4: Short(n_hidden=3, dropout=0.5), batch 1, no scaling"
    options = {"hidden": 3, "activation": "sigmoid", "dropout": 0.5, "epochs": 60}
    return Work("iris", title, X.astype(np.float32), y.astype(np.int32), 1, **options)


def table(
    n_rows: int, n_columns: int = 30, batch: int = 32, hidden: int = 64, dropout: float = 0.3
) -> Work:
    """A table of three classes that depend on the columns, with noise."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(n_rows, n_columns)).astype(np.float32)
    scores = np.tanh(X @ draw.normal(size=(n_columns, 8))) @ draw.normal(size=(8, 3))
    y = (scores + draw.gumbel(size=scores.shape)).argmax(axis=1).astype(np.int32)
    title = f"{n_rows:,} × {n_columns}, {hidden} hidden, dropout {dropout:g}, batch {batch}"
    return Work(f"table-{batch}", title, X, y, batch, hidden=hidden, dropout=dropout)


def digits(n_images: int) -> Work | str:
    """MNIST from the folder that `KERASFLUX_DATA` names, or why it is left out."""
    folder = os.environ.get("KERASFLUX_DATA", "")
    path = Path(folder) / "mnist-10k.npz"
    if not folder or not path.is_file():
        return "KERASFLUX_DATA names no folder with mnist-10k.npz"
    with np.load(path) as file:
        X, y = file["images"][:n_images], file["labels"][:n_images].astype(np.int32)
    title = f"MNIST, {n_images:,} images: convolutions 16-32-32, batch 50"
    return Work("mnist", title, X, y, 50, channels=(16, 32, 32), epochs=5)


def part(work: Work, n_rows: int) -> Work:
    """The first rows of a work."""
    return replace(work, X=work.X[:n_rows], y=work.y[:n_rows])
