"""The compiled functions of a program, and the rows on the device that they take.

Epochs are one function: permutations go in, losses and the new values of all variables come out, of
one epoch or of many. Loops are `tf.while_loop` without autograph, so that no source text is needed.
There are two ways to cut an epoch's rows into batches. In the graph loop every step takes a dynamic
slice, the last one short; a trace serves any number of rows and any batch size. XLA needs static
shapes: rows are padded to a bucket, every step takes a slice of the batch size, and rows of padding
weigh nothing.

TensorFlow translates operations such as `tf.sign` and `tf.math.is_finite` for XLA by a compiler of
its own, which takes 6 ms for each that occurs, and comparisons directly: these are used here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from kerasflux.training import compat, replicas
from kerasflux.training.execution import bucket
from kerasflux.training.layers import Step, during
from kerasflux.training.programs import Program

SMALL_ROW = 4096
"""Values per row up to which many rows are worked on at once where nothing is learned."""

INFERENCE_BATCH, LARGE_ROWS_BATCH = 1024, 32
"""Rows per step where nothing is learned: of up to `SMALL_ROW` values each, and of more."""


class Sums(NamedTuple):
    """Σ wᵢlᵢ and Σ wᵢ of the rows so far, float64."""

    total: np.float64
    mass: np.float64


NOTHING = Sums(np.float64(0), np.float64(0))


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
    """Rows on the device, padded to a bucket where XLA wants static shapes.

    Args:
        arrays: the rows.
        batch_size: for XLA, the program's; None: no padding.
        least: how many rows the padding allows for, if there are fewer.

    Attributes:
        n_rows: how many rows are real.
        size: for XLA, rows per step: the batch size, or all rows where these are fewer.
        width: the length of a permutation as the compiled functions take it.
        columns: targets, weights and inputs.
        kind: what a trace depends on.
    """

    def __init__(self, arrays: Arrays, batch_size: int | None = None, least: int = 0) -> None:
        import tensorflow as tf

        weight = np.ones(arrays.n_rows) if arrays.weight is None else arrays.weight
        columns = (arrays.target, np.asarray(weight, np.float32), *arrays.inputs)
        self.n_rows = self.width = arrays.n_rows
        self.size = None
        if batch_size is not None:
            padded = bucket(max(self.n_rows, least))
            self.size = min(batch_size, padded)
            self.width = -(-padded // self.size) * self.size
            columns = tuple(lengthened(column, padded) for column in columns)
        self.columns = tuple(tf.constant(column) for column in columns)
        self.kind = kind_of(columns)

    def losses(self, program: Program, size: int, begun: Sums = NOTHING) -> Sums:
        """Σ wᵢlᵢ and Σ wᵢ in inference mode, in steps of a size, added to those so far."""
        few = self.n_rows <= size
        function = program.function(("loss", self.kind, few), lambda p: loss_function(p, self, few))
        counts = (np.int32(self.n_rows), np.int32(size))
        sums = program.call(function, *counts, *begun, *self.columns)
        return Sums(*(x.numpy() for x in sums))


def inference_batch(inputs: Sequence[Any]) -> int:
    """Rows per step where nothing is learned: a function of the shape of inputs alone."""
    large = any(math.prod(x.shape[1:]) > SMALL_ROW for x in inputs)
    return LARGE_ROWS_BATCH if large else INFERENCE_BATCH


def lengthened(array: np.ndarray, length: int, axis: int = 0) -> np.ndarray:
    """An array with zeros after its last row, up to a length."""
    shape = (*array.shape[:axis], length, *array.shape[axis + 1 :])
    longer = np.zeros(shape, array.dtype)
    longer[tuple(map(slice, array.shape))] = array
    return longer


def kind_of(arrays: Sequence[Any]) -> tuple[Hashable, ...]:
    """What a trace depends on: shapes without rows, and dtypes."""
    return tuple((tuple(a.shape[1:]), _dtype(a)) for a in arrays)


def _dtype(array: Any) -> str:
    return np.dtype(getattr(array.dtype, "as_numpy_dtype", array.dtype)).name


def _spec(array: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec([None, *array.shape[1:]], array.dtype)


# batches


class Batch(NamedTuple):
    """Some rows in a graph, and how many of them are real (float32)."""

    target: Any
    weight: Any
    inputs: tuple[Any, ...]
    n_rows: Any
    step: Step = Step()


Cut = Callable[[Any], Batch]
"""Gives the batch of a step's number."""


def _ragged(columns: Sequence[Any], rows: Any, n_rows: Any, size: Any) -> Cut:
    """Batches of dynamic size, the last one short."""
    import tensorflow as tf

    def cut(i: Any) -> Batch:
        chosen = rows[i * size : tf.minimum((i + 1) * size, n_rows)]
        target, weight, *inputs = (tf.gather(column, chosen) for column in columns)
        return Batch(target, weight, tuple(inputs), tf.cast(tf.shape(chosen)[0], tf.float32))

    return cut


def _padded(columns: Sequence[Any], rows: Any, n_rows: Any, size: int) -> Cut:
    """Batches of static size; what is missing in the last one are rows that weigh nothing.

    Rows are brought into order once: slices in the loop are cheaper than gathering.
    """
    import tensorflow as tf

    ordered = [tf.gather(column, rows) for column in columns]

    def cut(i: Any) -> Batch:
        start = i * size
        target, weight, *inputs = (
            tf.slice(c, [start] + [0] * (len(c.shape) - 1), [size, *c.shape[1:]]) for c in ordered
        )
        if size == 1:  # no batch is short
            return Batch(target, weight, tuple(inputs), tf.constant(1.0), Step(xla=True))
        real = tf.range(size) < n_rows - start
        count = tf.cast(tf.minimum(size, n_rows - start), tf.float32)
        weight = tf.where(real, weight, 0)
        return Batch(target, weight, tuple(inputs), count, Step(xla=True, real=real))

    return cut


def _over_batches(
    cut: Cut, step: Callable[[Batch], Any], n_batches: Any, begun: tuple[Any, Any]
) -> tuple[Any, Any]:
    """Run a step, which gives a batch's Σ wᵢlᵢ, on all batches: Σ wᵢlᵢ and Σ wᵢ in float64.

    They are added to sums of earlier batches, so that an epoch may come in several calls.
    """
    import tensorflow as tf

    def body(i: Any, total: Any, mass: Any) -> tuple[Any, Any, Any]:
        return i + 1, *_added(cut(i), step, (total, mass))

    _, total, mass = tf.while_loop(lambda i, *_: i < n_batches, body, (0, *begun))
    return total, mass


def _added(batch: Batch, step: Callable[[Batch], Any], sums: tuple[Any, Any]) -> tuple[Any, Any]:
    import tensorflow as tf

    total, mass = sums
    total += tf.cast(step(batch), tf.float64)
    return total, mass + tf.cast(tf.reduce_sum(batch.weight), tf.float64)


# inference


def _prepared(x: Any) -> Any:
    import tensorflow as tf

    return tf.cast(x, tf.float32) / 255 if x.dtype == tf.uint8 else x


def _logits(program: Program, inputs: Sequence[Any], training: bool) -> Any:
    import tensorflow as tf

    compat.settle(program.network)
    prepared = [_prepared(x) for x in inputs]
    logits = program.network(prepared if len(prepared) > 1 else prepared[0], training=training)
    return tf.cast(logits, tf.float32)


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


def logits_function(program: Program, inputs: Sequence[Any]) -> Any:
    import tensorflow as tf

    def logits(*inputs: Any) -> Any:
        with _counters_kept(program):
            return _logits(program, inputs, training=False)

    return tf.function(logits, input_signature=[_spec(x) for x in inputs], autograph=False)


def logits_of(program: Program, inputs: Sequence[Any]) -> Any:
    """The one function of a program that gives logits of such inputs: traced once for all uses."""

    def make(program: Program) -> Any:
        return logits_function(program, inputs).get_concrete_function()

    return program.function(("logits", kind_of(inputs)), make)


def loss_function(program: Program, data: Rows, few: bool) -> Any:
    """Σ wᵢlᵢ and Σ wᵢ of rows in inference mode, in steps of a size, added to those so far.

    Few rows are one step, without the loop that takes longer to trace than all the rest.
    """
    import tensorflow as tf

    logits = logits_of(program, data.columns[2:])

    def loss(n_rows: Any, size: Any, total: Any, mass: Any, *columns: Any) -> Any:
        def step(batch: Batch) -> Any:
            losses = program.objective.per_row(batch.target, logits(*batch.inputs))
            return tf.reduce_sum(losses * batch.weight)

        cut = _ragged(columns, tf.range(n_rows), n_rows, size)
        if few:
            return _added(cut(0), step, (total, mass))
        return _over_batches(cut, step, -(-n_rows // size), (total, mass))

    count, total = tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.float64)
    signature = [count, count, total, total, *map(_spec, data.columns)]
    return tf.function(loss, input_signature=signature, autograph=False).get_concrete_function()


# training


class Epochs(NamedTuple):
    """What the compiled function gives of some epochs.

    Attributes:
        totals, masses: Σ wᵢlᵢ and Σ wᵢ of each epoch, float64.
        finite: whether all variables of the network were finite at the end of each epoch.
        network, slots: the values of `Program.moving` and `Program.slots` after the last one. They
            are reads, which share their memory with the variables until these are written to again:
            what is kept of the last finished epoch costs one copy, made when it is needed.
    """

    totals: Any
    masses: Any
    finite: Any
    network: Any
    slots: Any


def epochs_function(program: Program, data: Rows) -> Any:
    """Some epochs, one after the other, as one function that returns `Epochs`.

    Its arguments: the number of epochs; the number of rows; their order in each epoch, `(epochs,
    width)`; the learning rate of each epoch; the batch size; λ per batch and α; the sums that an
    epoch begins with, zeros unless it goes on; the columns. Where XLA compiles it, the rows per
    step are a constant of the function, and there may be more orders and rates than epochs.
    """
    import tensorflow as tf

    xla = program.mode == "xla"
    batches, static_size = (_padded, data.size) if xla else (_ragged, None)

    def epochs(
        n_epochs: Any,
        n_rows: Any,
        orders: Any,
        rates: Any,
        size: Any,
        per_batch: Any,
        alpha: Any,
        total: Any,
        mass: Any,
        *columns: Any,
    ) -> Epochs:
        size = static_size or size
        step = _descending(program, (per_batch, alpha))

        def epoch(e: Any, *told: Any) -> Any:
            program.rate.assign(tf.gather(rates, e))
            cut = batches(columns, tf.gather(orders, e), n_rows, size)
            sums = _over_batches(cut, step, -(-n_rows // size), (total, mass))
            news = (*sums, _all_finite(program.moving))
            return e + 1, *(
                tf.tensor_scatter_nd_update(t, [[e]], [n]) for t, n in zip(told, news, strict=True)
            )

        count = tf.shape(rates)[:1]
        nothing = (tf.zeros(count, t) for t in (tf.float64, tf.float64, tf.bool))
        _, totals, masses, finite = tf.while_loop(lambda e, *_: e < n_epochs, epoch, (0, *nothing))
        network = [v.read_value() for v in program.moving]
        slots = [v.read_value() for v in program.slots]
        return Epochs(totals, masses, finite, network, slots)

    count, number = tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.float32)
    orders, rates = tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.float32)
    sums = [tf.TensorSpec([], tf.float64)] * 2
    scalars = [count, count, orders, rates, count, number, number, *sums]
    signature = [*scalars, *map(_spec, data.columns)]
    compiled = tf.function(epochs, input_signature=signature, autograph=False, jit_compile=xla)
    with compat.short_traces() if xla else nullcontext():
        return compiled.get_concrete_function()  # the quickest to call


def _descending(program: Program, penalty: tuple[Any, Any]) -> Callable[[Batch], Any]:
    """One step of training: moves the variables, and gives the batch's Σ wᵢlᵢ before it."""
    import tensorflow as tf

    def step(batch: Batch) -> Any:
        with tf.GradientTape() as tape, during(batch.step), program.in_place():
            logits = _logits(program, batch.inputs, training=True)
            losses = program.objective.per_row(batch.target, logits)
            total = tf.reduce_sum(losses * batch.weight)
            objective = _regularised(program, total / batch.n_rows)
        gradients = _gradients(program, tape, objective)
        if program.replicated:
            gradients, total = replicas.summed(gradients, total)
        _descend(program, gradients, penalty)
        return total

    return replicas.on_each(program.placement.strategy, step) if program.replicated else step


def _regularised(program: Program, mean: Any) -> Any:
    """The mean loss, and what regularisers of layers add to it, as plain Keras does."""
    import tensorflow as tf

    network = program.network
    extra = replicas.part_of_extra_losses(network) if program.replicated else network.losses
    if program.mode == "xla" and len(extra) > _regularised_weights(network):
        raise tf.errors.UnimplementedError(
            None, None, "its layers add losses of what they compute, rows of padding included"
        )
    return program.optimizer.scale_loss(tf.add_n([mean, *extra]) if extra else mean)


def _regularised_weights(network: Any) -> int:
    return sum(v.regularizer is not None for v in network.trainable_variables)


def _gradients(program: Program, tape: Any, objective: Any) -> list[Any]:
    """A dense gradient of each trainable variable.

    A tape gives those of embeddings row by row, a row for each time that a code occurs. Optimizers
    of Keras, and their clipping, square these one by one, as if each were a gradient of its own:
    Adam then divides g₁ + g₂ by √(g₁² + g₂²). Here rows of one code are summed before.
    """
    import tensorflow as tf

    variables = [v.value for v in program.trained]
    if not variables:
        return []
    zero = tf.UnconnectedGradients.ZERO
    gradients = tape.gradient(objective, variables, unconnected_gradients=zero)
    return [tf.convert_to_tensor(gradient) for gradient in gradients]


def _descend(program: Program, gradients: list[Any], penalty: tuple[Any, Any]) -> None:
    """A step of the optimizer; a penalty of 0 is added too, so that all λ share a program."""
    variables = program.trained
    if not variables:
        return
    scale = compat.loss_scale(program.optimizer)
    gradients = [
        g + scale * _slope(v.value, *penalty) for g, v in zip(gradients, variables, strict=True)
    ]
    program.optimizer.apply(gradients, variables)


def _slope(weight: Any, lambda_: Any, alpha: Any) -> Any:
    """The gradient of λ[(1-α)w² + α|w|]."""
    import tensorflow as tf

    lambda_, alpha = tf.cast(lambda_, weight.dtype), tf.cast(alpha, weight.dtype)
    sign = tf.cast(weight > 0, weight.dtype) - tf.cast(weight < 0, weight.dtype)
    return lambda_ * (2 * (1 - alpha) * weight + alpha * sign)


def _all_finite(variables: Sequence[Any]) -> Any:
    import tensorflow as tf

    def finite(v: Any) -> Any:
        return tf.reduce_all((v > -math.inf) & (v < math.inf))

    return tf.reduce_all([finite(v) for v in variables if v.dtype.is_floating] or [True])
