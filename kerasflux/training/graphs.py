"""The compiled functions of a program, and the rows on the device that they take.

An epoch is one function: a permutation goes in, the mean loss and the new values of all variables
come out. Loops are `tf.while_loop` without autograph, so that no source text is needed. Every step
takes a dynamic slice, the last one short; a trace serves any number of rows and any batch size.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux.training import compat
from kerasflux.training.programs import Program

INFERENCE_BATCH = 1024
"""Rows per step where nothing is learned."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """Rows of data as the network and the objective take them, on the host.

    Attributes:
        inputs: the network's inputs, each `(n_rows, ...)`: float32, int32 codes, or uint8 images,
            which stay uint8 on the device and are divided by 255 in the graph.
        target: what the objective's kind says, `(n_rows, ...)`.
        weight: non-negative, `(n_rows,)`, or None for equal weights.
    """

    inputs: tuple[np.ndarray, ...]
    target: np.ndarray
    weight: np.ndarray | None = None

    @property
    def n_rows(self) -> int:
        return len(self.target)


class Rows:
    """Rows on the device."""

    def __init__(self, arrays: Arrays) -> None:
        import tensorflow as tf

        weight = np.ones(arrays.n_rows) if arrays.weight is None else arrays.weight
        self.n_rows = arrays.n_rows
        self.inputs = tuple(tf.constant(x) for x in arrays.inputs)
        self.target = tf.constant(arrays.target)
        self.weight = tf.constant(np.asarray(weight, np.float32))
        self.kind = (kind_of(arrays.inputs), *kind_of((arrays.target,)))

    def mean_loss(self, program: Program) -> float:
        function = program.function(("loss", self.kind), lambda p: loss_function(p, self))
        return float(function(np.int32(INFERENCE_BATCH), self.target, self.weight, *self.inputs))


def kind_of(arrays: tuple[Any, ...]) -> tuple[Hashable, ...]:
    """What a trace depends on: shapes without rows, and dtypes."""
    return tuple((tuple(a.shape[1:]), np.dtype(a.dtype).name) for a in arrays)


def _spec(array: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec([None, *array.shape[1:]], array.dtype)


def _prepared(x: Any) -> Any:
    import tensorflow as tf

    return tf.cast(x, tf.float32) / 255 if x.dtype == tf.uint8 else x


def _logits(program: Program, inputs: list[Any], training: bool) -> Any:
    compat.settle(program.network)
    prepared = [_prepared(x) for x in inputs]
    return program.network(prepared if len(prepared) > 1 else prepared[0], training=training)


@contextmanager
def _counters_kept(program: Program) -> Iterator[None]:
    """Put back, in the graph, what inference must not change: the states of seed generators.

    Recurrent layers with dropout draw their masks in inference as well, and then don't use them.
    """
    counters = [v for v in program.variables if v.dtype.is_integer]
    before = [v.read_value() for v in counters]
    yield
    for variable, value in zip(counters, before, strict=True):
        variable.assign(value)


def logits_function(program: Program, inputs: tuple[np.ndarray, ...]) -> Any:
    import tensorflow as tf

    def logits(*inputs: Any) -> Any:
        with _counters_kept(program):
            return _logits(program, list(inputs), training=False)

    return tf.function(logits, input_signature=[_spec(x) for x in inputs], autograph=False)


def loss_function(program: Program, data: Rows) -> Any:
    """The weighted mean loss of rows in inference mode, in steps of a given size."""
    import tensorflow as tf

    def loss(size: Any, target: Any, weight: Any, *inputs: Any) -> Any:
        def step(rows: Any) -> tuple[Any, Any]:
            y, w, *xs = (tf.gather(a, rows) for a in (target, weight, *inputs))
            return program.objective.per_row(y, _logits(program, xs, training=False)), w

        with _counters_kept(program):
            return _mean_over_batches(step, tf.range(tf.shape(weight)[0]), size)

    signature = [tf.TensorSpec([], tf.int32), *map(_spec, (data.target, data.weight, *data.inputs))]
    return tf.function(loss, input_signature=signature, autograph=False)


def epoch_function(program: Program, data: Rows, penalised: bool) -> Any:
    """A whole epoch: mean loss, whether all is finite, and the variables' new values.

    The values are reads of the variables, which share their memory until the next epoch writes to
    them: what is kept of the last finished epoch costs one copy, made when it is needed.
    """
    import tensorflow as tf

    def epoch(
        rows: Any, size: Any, lambda_: Any, alpha: Any, target: Any, weight: Any, *inputs: Any
    ) -> Any:
        n_batches = -(-tf.shape(rows)[0] // size)
        per_batch = lambda_ / tf.cast(n_batches, tf.float32)

        def step(chosen: Any) -> tuple[Any, Any]:
            y, w, *xs = (tf.gather(a, chosen) for a in (target, weight, *inputs))
            with tf.GradientTape() as tape:
                losses = program.objective.per_row(y, _logits(program, xs, training=True))
                objective = _objective(program, losses * w)
            _descend(program, tape, objective, (per_batch, alpha) if penalised else None)
            return losses, w

        loss = _mean_over_batches(step, rows, size)
        network = [v.read_value() for v in program.variables]
        slots = [v.read_value() for v in program.slots]
        return loss, _all_finite(network), network, slots

    scalars = [tf.TensorSpec([], t) for t in (tf.int32, tf.float32, tf.float32)]
    columns = map(_spec, (data.target, data.weight, *data.inputs))
    signature = [tf.TensorSpec([None], tf.int32), *scalars, *columns]
    return tf.function(epoch, input_signature=signature, autograph=False)


def _objective(program: Program, weighted: Any) -> Any:
    """Σ wᵢlᵢ / number of rows, and what regularisers of layers add, as plain Keras does."""
    import tensorflow as tf

    mean = tf.reduce_mean(weighted)
    extra = program.network.losses
    return program.optimizer.scale_loss(tf.add_n([mean, *extra]) if extra else mean)


def _descend(program: Program, tape: Any, objective: Any, penalty: tuple[Any, Any] | None) -> None:
    import tensorflow as tf

    variables = program.network.trainable_variables
    if not variables:
        return
    zero = tf.UnconnectedGradients.ZERO
    gradients = tape.gradient(objective, [v.value for v in variables], unconnected_gradients=zero)
    if penalty is not None:
        scale = program.optimizer.loss_scale_factor or 1.0
        gradients = [
            g + scale * _slope(v.value, *penalty) for g, v in zip(gradients, variables, strict=True)
        ]
    program.optimizer.apply(gradients, variables)


def _slope(weight: Any, lambda_: Any, alpha: Any) -> Any:
    """The gradient of λ[(1-α)w² + α|w|]."""
    import tensorflow as tf

    lambda_, alpha = tf.cast(lambda_, weight.dtype), tf.cast(alpha, weight.dtype)
    return lambda_ * (2 * (1 - alpha) * weight + alpha * tf.sign(weight))


def _mean_over_batches(step: Any, rows: Any, size: Any) -> Any:
    """Run a step on each batch of rows, the last one short: Σ wᵢlᵢ / Σ wᵢ in float64."""
    import tensorflow as tf

    n = tf.shape(rows)[0]
    n_batches = -(-n // size)

    def body(i: Any, total: Any, mass: Any) -> tuple[Any, Any, Any]:
        losses, w = step(rows[i * size : tf.minimum((i + 1) * size, n)])
        total += tf.cast(tf.reduce_sum(losses * w), tf.float64)
        return i + 1, total, mass + tf.cast(tf.reduce_sum(w), tf.float64)

    zero = tf.constant(0.0, tf.float64)
    _, total, mass = tf.while_loop(lambda i, *_: i < n_batches, body, (0, zero, zero))
    return total / mass


def _all_finite(values: list[Any]) -> Any:
    import tensorflow as tf

    floats = [v for v in values if v.dtype.is_floating]
    return tf.reduce_all([tf.reduce_all(tf.math.is_finite(v)) for v in floats] or [True])
