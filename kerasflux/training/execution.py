"""How epochs are executed: the rule that chooses between XLA and the graph loop.

The two differ in the last bits and in their dropout masks, so the choice is part of a result. It is
a function of the network, the loss, the optimiser, the batch size and the device alone, never of
timing or of what happens to be compiled, and is recorded in the state (`State.mode`).
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasflux.training import compat
from kerasflux.training.losses import Objective
from kerasflux.training.optimisers import Custom, Optimiser
from kerasflux.training.placements import Placement

if TYPE_CHECKING:
    import keras

WORTH_XLA = 5e8
"""Floating point operations per training step up to which XLA's loop was measured to win on CPUs:
above, kernels of the graph loop that use all cores win."""

ROW_WISE = frozenset(
    {"InputLayer", "Sequential", "Functional", "Identity", "Dropout"}
    | {"Dense", "EinsumDense", "Embedding", "MultiHeadAttention"}
    | {"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"}
    | {"BatchNormalization", "LayerNormalization", "RMSNormalization", "GroupNormalization"}
    | {"UnitNormalization", "Normalization", "Rescaling"}
    | {"Flatten", "Reshape", "Permute", "RepeatVector"}
    | {"Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"}
)
"""Keras layers that XLA compiles well on CPUs, and that compute each row by itself once rows of
padding are left out of batch statistics. Convolutions are 30 times slower in XLA's loops than in
the graph loop; other random layers than `Dropout` draw 60 times slower."""

OPERATIONS = frozenset({"Take", "Add", "Subtract", "Multiply", "Divide"})
"""Operations between layers of which the same is true, unless they work along the rows."""


@dataclass(frozen=True)
class Anatomy:
    """What the rule looks at in a network.

    Attributes:
        row_wise: whether all layers, and the operations between them, are of the kinds that XLA is
            for.
        flops_per_row: floating point operations that training takes per row.
    """

    row_wise: bool
    flops_per_row: float


def anatomy(network: keras.Model, told: bool) -> Anatomy:
    """Look at a network.

    Args:
        network: freshly built.
        told: whether its configuration tells all that it computes: no functions or classes of the
            user's.
    """
    return Anatomy(told and compiles_well(network), flops_per_row(network))


def mode_of(
    jit: str,
    network: Anatomy,
    objective: Objective,
    optimiser: Optimiser,
    batch_size: int,
    placement: Placement,
) -> str:
    """The mode that `Acceleration.jit` means.

    `"auto"` is `"xla"` where all of this holds, else `"graph"`:

    - the device is a CPU;
    - the network is of Keras' own layers, all of them `ROW_WISE`, without functions of the user's,
      and without activity regularisers, whose mean would count rows of padding;
    - the loss and the optimiser are Keras' own;
    - a training step takes at most `WORTH_XLA` floating point operations.
    """
    if jit != "auto":
        return jit
    stock = objective.stock and not isinstance(optimiser, Custom)
    small = batch_size * network.flops_per_row <= WORTH_XLA
    return "xla" if placement.on_cpu and network.row_wise and stock and small else "graph"


def compiles_well(network: keras.Model) -> bool:
    """Whether all layers, and the operations between them, are of the kinds that XLA is for."""
    layers = compat.layers_of(network)
    return all(map(_row_wise, layers)) and all(map(_along_features, _operations(layers)))


def _row_wise(layer: Any) -> bool:
    regularised = getattr(layer, "activity_regularizer", None) is not None
    return type(layer).__name__ in ROW_WISE and not regularised and not _on_rows(layer)


def _operations(layers: list[Any]) -> list[Any]:
    """The operations of functional models that are no layers."""
    import keras

    found = [op for layer in layers for op in getattr(layer, "operations", [])]
    return [op for op in found if not isinstance(op, keras.layers.Layer)]


def _along_features(operation: Any) -> bool:
    return type(operation).__name__ in OPERATIONS and not _on_rows(operation)


def _on_rows(operation: Any) -> bool:
    axis = getattr(operation, "axis", -1)
    if type(operation).__name__ == "Take" and axis is None:
        return True
    rows = {0, -len(operation.output.shape)} if hasattr(operation, "output") else {0}
    return not rows.isdisjoint(axis if isinstance(axis, (list, tuple)) else (axis,))


def flops_per_row(network: keras.Model) -> float:
    """About how many floating point operations training takes per row, layers with kernels counted.

    Six per weight and output position: two for the product and sum, forward and twice backward.
    """
    return 6.0 * sum(map(_products, compat.layers_of(network)))


def _products(layer: Any) -> float:
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return 0.0
    output = getattr(layer, "output", None)
    positions = () if output is None else output.shape[1:-1]
    return float(math.prod(kernel.shape) * math.prod(size or 1 for size in positions))


def bucket(n_rows: int) -> int:
    """How many rows data is padded to under XLA, so that folds share a compiled program.

    The next power of two up to 4096 rows, from there the next of eight steps between two powers of
    two: at most an eighth is padding. A function of the number of rows alone.

    >>> [bucket(n) for n in (1, 125, 150, 4096, 4097, 20_000)]
    [1, 128, 256, 4096, 4608, 20480]
    """
    power = 1 << max(0, n_rows - 1).bit_length()
    if power <= 4096:
        return power
    step = power // 16
    return -(-n_rows // step) * step


def environment(placement: Placement) -> str:
    """What else bits depend on: versions, the kind of device and the number of threads, as JSON."""
    return json.dumps({**_process(), "device": placement.kind}, sort_keys=True)


def changed_environment(before: str) -> str:
    """In words, what of a recorded environment is otherwise in this process; "" for nothing.

    >>> changed_environment("")
    ''
    """
    recorded = json.loads(before) if before else {}
    return ", ".join(
        f"{name} {recorded[name]} -> {now}"
        for name, now in _process().items()
        if recorded.get(name, now) != now
    )


def _process() -> dict[str, Any]:
    import keras
    import tensorflow as tf

    threads = tf.config.threading.get_intra_op_parallelism_threads() or _cores()
    return {"tensorflow": tf.__version__, "keras": keras.__version__, "threads": threads}


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
