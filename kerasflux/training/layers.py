"""Layers whose computation depends on how a training step is executed.

Stock layers of Keras assume that a batch is a whole: that all of its rows are real and that it is
on one device. They also draw random numbers in the same way everywhere, which is 60 times slower
than necessary under XLA. The networks of programs therefore have their `Dropout` and
`BatchNormalization` layers replaced, in place, by subclasses that look at the step being traced.
They have the same variables and the same configuration, and outside a step they are the stock ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kerasflux.training import compat

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Step:
    """How the training step that is being traced is executed.

    Attributes:
        xla: whether XLA compiles it.
        real: bool, `(batch_size,)`: which rows of the batch are real and not padding; None: all.
    """

    xla: bool = False
    real: Any = None


_STEP: ContextVar[Step] = ContextVar("step", default=Step())  # noqa: B039 (frozen)


@contextmanager
def during(step: Step) -> Iterator[None]:
    """Trace layers in here as parts of this step."""
    token = _STEP.set(step)
    try:
        yield
    finally:
        _STEP.reset(token)


def adapt(network: keras.Model) -> None:
    """Let the layers of a program's own network look at the step that they are traced in."""
    replacements = _replacements()
    for layer in compat.layers_of(network):
        kind = replacements.get(type(layer))
        if kind is not None:
            layer.__class__ = kind


@contextmanager
def as_stock(network: keras.Model) -> Iterator[None]:
    """Give an adapted network the classes of Keras in here, by which configurations are written."""
    adapted = [(layer, type(layer)) for layer in compat.layers_of(network)]
    try:
        for layer, kind in adapted:
            layer.__class__ = vars(kind).get("adapted_from", kind)
        yield
    finally:
        for layer, kind in adapted:
            layer.__class__ = kind


@lru_cache(maxsize=1)
def _replacements() -> dict[type, type]:
    import keras

    return {
        keras.layers.Dropout: _dropout(),
        keras.layers.BatchNormalization: _batch_normalization(),
    }


def _dropout() -> type:
    import keras
    import tensorflow as tf

    class Dropout(keras.layers.Dropout):
        """Draws by Threefry under XLA, where Keras' default takes 60 to 150 times as long.

        Threefry does not run outside XLA (tensorflow#100252).
        """

        adapted_from = keras.layers.Dropout

        def call(self, inputs: Any, training: bool = False) -> Any:
            if not (training and self.rate > 0 and _STEP.get().xla):
                return super().call(inputs, training=training)
            seed = tf.bitcast(tf.cast(self.seed_generator.next(), tf.uint32), tf.int32)
            return tf.nn.experimental.stateless_dropout(
                inputs, self.rate, seed, noise_shape=self.noise_shape, rng_alg="threefry"
            )

    return Dropout


def _batch_normalization() -> type:
    import keras
    import tensorflow as tf

    class BatchNormalization(keras.layers.BatchNormalization):
        """Leaves rows of padding out of the means and variances."""

        adapted_from = keras.layers.BatchNormalization

        def _moments(self, inputs: Any, mask: Any) -> Any:
            real = _STEP.get().real
            if real is None:
                return super()._moments(inputs, mask)
            if mask is not None:  # of steps within rows
                return super()._moments(inputs, mask & _broadcastable(real, mask))
            ones = tf.ones_like(inputs)
            weights = ones * tf.cast(_broadcastable(real, inputs), inputs.dtype)
            axes = self._reduction_axes
            return tf.nn.weighted_moments(inputs, axes=axes, frequency_weights=weights)

    return BatchNormalization


def _broadcastable(rows: Any, inputs: Any) -> Any:
    """`(n_rows,)` as `(n_rows, 1, ...)`, for a tensor of more dimensions."""
    import tensorflow as tf

    return tf.reshape(rows, [-1] + [1] * (len(inputs.shape) - 1))
