"""Predictions of a network for any number of rows: compiled, in blocks of one size.

Matrix products of different sizes differ in the last bits, and a row's prediction must not depend
on its neighbours; so rows are predicted in blocks of one size, the last one filled up. Network and
finaliser are one compiled function of a block. A single block is one call of it; many are a loop
over it in a second graph, which is given slabs of blocks, so that what is copied to the device
stays bounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.neural.outputs import finish
from kerasflux.training.feeding import Inputs, chunks, is_lazy
from kerasflux.training.graphs import SMALL_ROW, kind_of, logits_of
from kerasflux.training.programs import Architecture, Program, checkout

if TYPE_CHECKING:
    from kerasflux.neural.learned import Learned

SMALL_ROWS_BLOCK, LARGE_ROWS_BLOCK = 256, 32
"""Rows that are predicted at once: of up to `SMALL_ROW` values each, and of more."""

SLAB = 2**26
"""Bytes of inputs that are given to the device at once, about."""


def answers(architecture: Architecture, state: Learned, inputs: Inputs) -> np.ndarray:
    """What network and finaliser give for some rows, `(n_rows, n_outputs)` float32.

    Args:
        architecture: as it was trained.
        state: what was learned.
        inputs: the arrays that the network takes, each `(n_rows, ...)`; images in files are read
            slab by slab, one ahead.
    """
    n_rows, size = len(inputs[0]), _block_size(inputs)
    with checkout(architecture) as program, architecture.placement.on_device():
        program.load(state.training.network)
        with _slabs(inputs, size) as slabs:
            parts = [_of_slab(program, state, slab, size) for slab in slabs]
    return (parts[0] if len(parts) == 1 else np.concatenate(parts))[:n_rows]


def _block_size(inputs: Inputs) -> int:
    return SMALL_ROWS_BLOCK if math.prod(inputs[0].shape[1:]) <= SMALL_ROW else LARGE_ROWS_BLOCK


@contextmanager
def _slabs(inputs: Inputs, size: int) -> Iterator[Iterator[tuple[np.ndarray, ...]]]:
    """The rows in whole blocks: rows of zeros after the last, and one block where there is none."""
    if is_lazy(inputs):
        with chunks(inputs, np.arange(len(inputs[0])), size) as parts:
            yield (tuple(_filled_up(x, size) for x in part.inputs) for part in parts)
    else:
        yield _cut(inputs, size)


def _cut(inputs: Inputs, size: int) -> Iterator[tuple[np.ndarray, ...]]:
    per_row = sum(math.prod(x.shape[1:]) * x.dtype.itemsize for x in inputs)
    step = size * max(1, SLAB // (size * per_row))
    for start in range(0, max(1, len(inputs[0])), step):
        yield tuple(_filled_up(x[start : start + step], size) for x in inputs)


def _filled_up(x: np.ndarray, size: int) -> np.ndarray:
    lacking = -len(x) % size if len(x) else size
    return np.concatenate([x, np.zeros((lacking, *x.shape[1:]), x.dtype)]) if lacking else x


def _of_slab(program: Program, state: Learned, slab: Inputs, size: int) -> np.ndarray:
    key = (state.target.kind, kind_of(slab), size)
    function = program.function(("block", *key), partial(_block_function, state, slab, size))
    if len(slab[0]) > size:
        loop = partial(_loop_function, function, slab, size)
        function = program.function(("blocks", *key), loop)
    return np.asarray(program.call(function, *slab))


def _block_function(state: Learned, slab: Inputs, size: int, program: Program) -> Any:
    """Network and finaliser on one block, as a concrete function: the quickest to call.

    The finaliser is in the graph because eager execution differs from exports in the last bits.
    """
    import tensorflow as tf

    logits = logits_of(program, slab)

    def predict(*block: Any) -> Any:
        return finish(state.target, state.objective, logits(*block))

    signature = [tf.TensorSpec([size, *x.shape[1:]], x.dtype) for x in slab]
    return tf.function(predict, input_signature=signature, autograph=False).get_concrete_function()


def _loop_function(block: Any, slab: Inputs, size: int, program: Program) -> Any:
    """A block's function on many blocks, one after the other, since layers may keep counters."""
    import tensorflow as tf

    def predict(*slab: Any) -> Any:
        blocks = tuple(tf.reshape(x, [-1, size, *x.shape[1:]]) for x in slab)
        answer = tf.TensorSpec(block.output_shapes, block.output_dtypes)
        done = tf.map_fn(
            lambda one: block(*one), blocks, parallel_iterations=1, fn_output_signature=answer
        )
        return tf.reshape(done, [-1, *done.shape[2:]])

    signature = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in slab]
    return tf.function(predict, input_signature=signature, autograph=False).get_concrete_function()
