"""Predictions of one target by several models, as numbers that can be averaged, and back.

Who owns what: a `Reading` says how predictions of a target are numbers, a column for each level or
target: probabilities, votes (1 for the label that was predicted), or the numbers themselves; and
how averages of them are a prediction again, in memory and in a graph. `combined` averages. Models
that learn from predictions get the same columns.

Averages are taken in float64, one prediction after the other, so that they do not depend on how
many rows are predicted at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.errors import NotSupported
from kerasflux.interface import Model
from kerasflux.neural.frontend import quantities
from kerasflux.neural.tensors import as_tensor, lookup
from kerasflux.portraits import distinct
from kerasflux.predictions import UnivariateFiniteVector, index_of, like, like_table
from scitypes import tables
from scitypes.pools import Pool


class Reading(ABC):
    """How predictions of a target are read as numbers, `(n_rows, n_columns)` float64, and back."""

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """What tells the columns apart: levels, or names of targets; one `""` for a single one."""

    @abstractmethod
    def numbers(self, prediction: Any) -> np.ndarray:
        """A prediction as numbers."""

    @abstractmethod
    def prediction(self, numbers: np.ndarray, X: Any, example: Any) -> Any:
        """The prediction of the rows of `X` that averages stand for.

        Args:
            numbers: averages of what `numbers` gave.
            X: the inputs, whose container predictions have.
            example: a prediction of one of the models, whose name and precision are kept.
        """

    @abstractmethod
    def in_graph(self) -> Graph:
        """The same of what exported modules answer."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The reading as JSON values."""


@dataclass(frozen=True)
class Graph:
    """A reading in a graph.

    Attributes:
        numbers: from a module's answer to float64 `(n_rows, n_columns)`.
        answer: from averages of them, and an answer of one of the modules, to an answer.
        owner: what both need to be saved with them, or None.
    """

    numbers: Any
    answer: Any
    owner: Any = None


@dataclass(frozen=True)
class Probabilities(Reading):
    """Distributions over the levels of a pool."""

    pool: Pool

    @property
    def columns(self) -> list[str]:
        return distinct(map(str, self.pool.levels))

    def numbers(self, prediction: Any) -> np.ndarray:
        return np.asarray(prediction, np.float64)

    def prediction(self, numbers: np.ndarray, X: Any, example: Any) -> UnivariateFiniteVector:
        rows = numbers.astype(np.asarray(example).dtype)
        return UnivariateFiniteVector(rows, self.pool, index=index_of(X), name=example.name)

    def in_graph(self) -> Graph:
        import tensorflow as tf

        classes = as_tensor(self.pool, "the target")

        def answer(average: Any, example: Mapping[str, Any]) -> dict[str, Any]:
            return {
                "labels": tf.gather(classes, tf.argmax(average, axis=1)),
                "probabilities": tf.cast(average, example["probabilities"].dtype),
                "classes": tf.identity(classes),
            }

        return Graph(lambda found: tf.cast(found["probabilities"], tf.float64), answer)

    def to_json(self) -> dict[str, Any]:
        return {"kind": "probabilities", "pool": self.pool.to_json()}


@dataclass(frozen=True)
class Votes(Reading):
    """Labels of a pool, each as a vote; of levels with as many votes the first one is taken."""

    pool: Pool

    @property
    def columns(self) -> list[str]:
        return distinct(map(str, self.pool.levels))

    def numbers(self, prediction: Any) -> np.ndarray:
        codes = np.asarray(self.pool.codes(prediction))
        return np.asarray(codes[:, None] == np.arange(len(self.pool)), np.float64)

    def prediction(self, numbers: np.ndarray, X: Any, example: Any) -> Any:
        labels, index = self.pool.decode(numbers.argmax(axis=1)), index_of(X)
        name = getattr(example, "name", None)
        return labels if index is None else pd.Series(labels, index, name=name)

    def in_graph(self) -> Graph:
        import tensorflow as tf

        classes, place_of = as_tensor(self.pool, "the target"), lookup(self.pool, "the target")

        def numbers(found: Mapping[str, Any]) -> Any:
            return tf.one_hot(place_of(found["labels"]), len(self.pool), dtype=tf.float64)

        def answer(average: Any, example: Mapping[str, Any]) -> dict[str, Any]:
            labels = tf.gather(classes, tf.argmax(average, axis=1))
            return {"labels": labels, "classes": tf.identity(classes)}

        return Graph(numbers, answer, place_of)

    def to_json(self) -> dict[str, Any]:
        return {"kind": "votes", "pool": self.pool.to_json()}


@dataclass(frozen=True)
class Numbers(Reading):
    """Numbers, of one target or of several.

    Attributes:
        names: of the targets.
        several: whether predictions are tables, which they also are of a single column of one.
    """

    names: tuple[str, ...]
    several: bool

    @property
    def columns(self) -> list[str]:
        return list(self.names) if self.several else [""]

    def numbers(self, prediction: Any) -> np.ndarray:
        return quantities(prediction).values

    def prediction(self, numbers: np.ndarray, X: Any, example: Any) -> Any:
        if not self.several:
            return like(numbers[:, 0], X, getattr(example, "name", None))
        names = tables.names(example) if tables.is_table(example) else self.names
        return like_table(numbers, names, X)

    def in_graph(self) -> Graph:
        import tensorflow as tf

        def numbers(found: Mapping[str, Any]) -> Any:
            values = tf.cast(found["predictions"], tf.float64)
            return values if self.several else tf.reshape(values, [-1, 1])

        def answer(average: Any, example: Mapping[str, Any]) -> dict[str, Any]:
            return {"predictions": average if self.several else average[:, 0]}

        return Graph(numbers, answer)

    def to_json(self) -> dict[str, Any]:
        return {"kind": "numbers", "names": list(self.names), "several": self.several}


def reading_of(model: Model, y: Any) -> Reading:
    """How a model's predictions of a target are read.

    Raises:
        NotSupported: they are neither labels, nor distributions over labels, nor numbers.

    >>> import kerasflux as kf
    >>> reading_of(kf.ConstantRegressor(), [1.5, 2.5])
    Numbers(names=('y',), several=False)
    """
    found = st.scitype(y)
    if found <= st.Vector[st.Finite]:
        pool = Pool.of(y)
        return Probabilities(pool) if model.prediction_type == "probabilistic" else Votes(pool)
    several = tables.is_table(y) or np.ndim(y) == 2
    numeric = found <= (st.Table(st.Infinite) | st.Matrix[st.Infinite] | st.Vector[st.Infinite])
    if not numeric or model.prediction_type == "probabilistic":
        raise NotSupported(
            f"Predictions of {type(model).__name__} for this target can't be combined.",
            expected="labels, distributions over labels, or numbers",
            received=f"{model.prediction_type} predictions of {found}",
            remedy="Coerce the target to labels or numbers."
            if not numeric
            else "A deterministic model predicts numbers.",
        )
    return Numbers(tuple(map(str, quantities(y).names)), several)


def reading_from_json(record: Mapping[str, Any]) -> Reading:
    """The reading that `to_json` wrote."""
    if record["kind"] == "numbers":
        return Numbers(tuple(record["names"]), bool(record["several"]))
    pool = Pool.from_json(record["pool"])
    return Probabilities(pool) if record["kind"] == "probabilities" else Votes(pool)


def combined(reading: Reading, predictions: Iterable[Any], weights: Sequence[float], X: Any) -> Any:
    """The weighted mean of distributions or numbers; of labels the one with the most votes.

    `Σ w_i p_i / Σ w_i` over the models i, where p_i are the probabilities, the numbers, or 1 for
    the label that was predicted and 0 for the others.

    Args:
        reading: how the predictions are read.
        predictions: one of each model, of the rows of `X`.
        weights: one for each, not negative, not all zero.
        X: the inputs that were predicted for.

    Example:
        >>> reading = Votes(Pool(("no", "yes")))
        >>> said = [["no", "yes"], ["no", "no"], ["yes", "no"]]
        >>> list(combined(reading, said, [1, 1, 1], np.zeros((2, 1))))
        ['no', 'no']
        >>> list(combined(reading, said, [1, 1, 3], np.zeros((2, 1))))
        ['yes', 'no']
    """
    total: Any = 0.0
    example = None
    for weight, example in zip(weights, predictions, strict=True):
        total = total + weight * reading.numbers(example)
    return reading.prediction(total / np.sum(weights), X, example)


def combined_in_graph(reading: Reading, modules: Sequence[Any], weights: Sequence[float]) -> Any:
    """A `tf.Module` that combines what others answer, as `combined` does.

    Args:
        reading: how their answers are read.
        modules: as `Model.serving` gives them.
        weights: one for each.
    """
    import tensorflow as tf

    class Combined(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="combined")
            self.members = list(modules)  # owns their variables and tables
            self.reading = reading.in_graph()
            self.owner = self.reading.owner

        def __call__(self, columns: Any) -> Any:
            answers = [dict(member(columns)) for member in self.members]
            total: Any = 0.0
            for weight, answer in zip(weights, answers, strict=True):
                total = total + tf.constant(weight, tf.float64) * self.reading.numbers(answer)
            average = total / tf.constant(float(np.sum(weights)), tf.float64)
            return self.reading.answer(average, answers[-1])

    return Combined()
