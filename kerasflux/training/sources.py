"""Where the rows of epochs come from: all on the device, or read chunk by chunk.

Both hand rows to a program's compiled functions and give sums on the host. Batches are the same
either way, so weights are, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from kerasflux.training.feeding import Chunk, chunk_length, chunks, is_lazy, kept
from kerasflux.training.graphs import (
    NOTHING,
    Arrays,
    Rows,
    Sums,
    epochs_function,
    inference_batch,
    lengthened,
)
from kerasflux.training.programs import Program

MOST_EPOCHS, MOST_ROWS = 64, 2**14
"""At most so many epochs, and about so many rows of them, in one call of a compiled function."""


def untold() -> None:
    """Where nobody wants to know that something is compiled."""


class NotCompiled(Exception):
    """XLA refused a program; the message is what it said."""


@dataclass(frozen=True)
class Descent:
    """What a step needs beside its rows.

    Attributes:
        batch_size: rows per step.
        penalty: λ and α.
    """

    batch_size: int
    penalty: tuple[float, float] = (0.0, 0.0)


class Done(NamedTuple):
    """Some epochs that are done: their mean losses, and whether weights were finite after each.

    `network` and `slots` are the variables' values after the last one, still on the device.
    """

    losses: np.ndarray
    finite: np.ndarray
    network: list[Any]
    slots: list[Any]


class Resident:
    """Rows that lie on the device as a whole."""

    def __init__(self, program: Program, arrays: Arrays, descent: Descent) -> None:
        self.n_rows = arrays.n_rows
        self.rows = Rows(arrays, program.batch_size)
        self.most_epochs = _most_epochs(self.rows.width)
        self._program, self._descent = program, descent

    def compiled(self, tell: Callable[[], None] = untold) -> AbstractContextManager[bool]:
        """What epochs need is compiled when this ends; its body runs meanwhile.

        Gives whether there is anything to compile.

        Args:
            tell: called before something is compiled, if something is.

        Raises:
            NotCompiled: XLA refuses the program.
        """
        return _compiled(self._program, self.rows, self._descent, tell)

    def epochs(self, orders: Sequence[np.ndarray], rates: Sequence[float]) -> Done:
        """Some epochs, each with its order of the rows and its learning rate."""
        told = _call(self._program, self.rows, self._descent, orders, rates, self.n_rows)
        totals, masses, finite = (x.numpy()[: len(orders)] for x in told[:3])
        return Done(_mean(totals, masses), finite, *told[3:])

    def mean_loss(self) -> float:
        return _measured(self._program, self.rows)


class Streamed:
    """Rows whose inputs are read, a chunk ahead, in the order in which an epoch needs them."""

    def __init__(self, program: Program, arrays: Arrays, descent: Descent) -> None:
        self.n_rows, self.most_epochs = arrays.n_rows, 1
        self._program, self._arrays, self._descent = program, arrays, descent

    @contextmanager
    def compiled(self, tell: Callable[[], None] = untold) -> Iterator[bool]:
        """What epochs need is compiled when this ends; its body runs meanwhile."""
        with self._pieces(np.arange(1)) as pieces:
            rows = next(pieces)
        with _compiled(self._program, rows, self._descent, tell) as new:
            yield new

    def epochs(self, orders: Sequence[np.ndarray], rates: Sequence[float]) -> Done:
        """One epoch, with its order of the rows and its learning rate."""
        (order,), sums, finite = orders, NOTHING, True
        told: Any = None
        with self._pieces(order) as pieces:
            for rows in pieces:
                in_order = [np.arange(rows.n_rows, dtype=np.int32)]
                told = _call(self._program, rows, self._descent, in_order, rates, self.n_rows, sums)
                sums = Sums(told.totals.numpy()[0], told.masses.numpy()[0])
                finite = finite and bool(told.finite.numpy()[0])
        losses = np.array([_mean(*sums)])
        return Done(losses, np.array([finite]), told.network, told.slots)

    def _pieces(self, order: np.ndarray) -> AbstractContextManager[Iterator[Rows]]:
        """All of one length under XLA, the last one too, so that one program serves all of them."""
        size, program = self._descent.batch_size, self._program
        longest = chunk_length(self._arrays.inputs, size)
        return _pieces(self._arrays, order, size, program.batch_size, min(longest, self.n_rows))

    def mean_loss(self) -> float:
        return mean_loss(self._program, self._arrays)


def source_of(program: Program, arrays: Arrays, descent: Descent) -> Resident | Streamed:
    """The rows to train on, for a program that holds the state to train from.

    Args:
        program: what trains.
        arrays: the rows.
        descent: what a step needs beside them.
    """
    arrays = replace(arrays, inputs=kept(arrays.inputs))
    kind = Streamed if is_lazy(arrays.inputs) else Resident
    return kind(program, arrays, descent)


def mean_loss(program: Program, arrays: Arrays) -> float:
    """The weighted mean loss Σ wᵢlᵢ / Σ wᵢ, in inference mode."""
    return measure(program, arrays)()


def measure(program: Program, arrays: Arrays) -> Callable[[], float]:
    """What measures the mean loss of rows, which lie on the device meanwhile if they can."""
    if is_lazy(arrays.inputs):
        return lambda: _measured_in_pieces(program, arrays)
    rows = Rows(arrays)
    return lambda: _measured(program, rows)


def _measured(program: Program, rows: Rows) -> float:
    return float(_mean(*rows.losses(program, inference_batch(rows.columns[2:]))))


def _measured_in_pieces(program: Program, arrays: Arrays) -> float:
    size, sums = inference_batch(arrays.inputs), NOTHING
    with _pieces(arrays, np.arange(arrays.n_rows), size) as pieces:
        for rows in pieces:
            sums = rows.losses(program, size, sums)
    return float(_mean(*sums))


def _mean(totals: Any, masses: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.divide(totals, masses)


@contextmanager
def _pieces(
    arrays: Arrays,
    order: np.ndarray,
    size: int,
    batch_size: int | None = None,
    longest: int = 0,
) -> Iterator[Iterator[Rows]]:
    """Rows in an order, chunk by chunk, each on the device while it is worked on."""

    def on_device(chunk: Chunk) -> Rows:
        weight = None if arrays.weight is None else arrays.weight[chunk.rows]
        part = Arrays(chunk.inputs, arrays.target[chunk.rows], weight)
        return Rows(part, batch_size, longest)

    with chunks(arrays.inputs, order, size) as read:
        yield map(on_device, read)


@contextmanager
def _compiled(
    program: Program, rows: Rows, descent: Descent, tell: Callable[[], None]
) -> Iterator[bool]:
    """Trace, and compile by a call of no epochs, what epochs of such rows need.

    The compilers of TensorFlow leave Python's lock to others, so the body, which traces something
    else, runs at the same time; several devices take turns.
    """
    shape = (rows.width, len(rows.columns[0])) if program.mode == "xla" else None
    key = ("epochs", rows.kind, shape)
    if program.traced.is_ready(key):
        yield False
        return
    tell()
    with _refusals_told(program):
        _function(program, rows)  # traced here, where the scopes of devices and names are

    def compile() -> None:
        with program.placement.on_device(), _refusals_told(program):
            program.traced.ready(key, lambda: _call(program, rows, descent, [], [], rows.n_rows))

    if program.replicated:
        compile()
        yield True
        return
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(compile)
        yield True
    done.result()


@contextmanager
def _refusals_told(program: Program) -> Iterator[None]:
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        if program.mode != "xla":
            raise
        raise NotCompiled(_told(error)) from error


def _told(error: Any) -> str:
    """What XLA names as the cause, without the path to it."""
    line = str(error.message).partition("\n")[0].rpartition("_JIT: ")[2]
    return line.partition(" (No registered")[0].partition("{{")[0].strip()


def _call(
    program: Program,
    rows: Rows,
    descent: Descent,
    orders: Sequence[np.ndarray],
    rates: Sequence[float],
    n_in_epoch: int,
    begun: Sums = NOTHING,
) -> Any:
    """Call the compiled function of epochs; under XLA its arguments are of fixed shapes."""
    function = _function(program, rows)
    order = np.stack(orders) if orders else np.zeros((0, rows.n_rows), np.int32)
    rate = np.array(rates, np.float32)
    if program.mode == "xla":
        capacity = _most_epochs(rows.width)
        order = lengthened(lengthened(order, capacity), rows.width, axis=1)
        rate = lengthened(rate, capacity)
    lambda_, alpha = map(np.float32, descent.penalty)
    per_batch = lambda_ / np.float32(-(-n_in_epoch // descent.batch_size))
    size = np.int32(descent.batch_size)
    counts = (np.int32(len(orders)), np.int32(rows.n_rows))
    scalars = (size, per_batch, alpha, *begun)
    return program.call(function, *counts, order, rate, *scalars, *rows.columns)


def _function(program: Program, rows: Rows) -> Any:
    return program.function(("epochs", rows.kind, rows.size), lambda p: epochs_function(p, rows))


def _most_epochs(width: int) -> int:
    return min(max(1, MOST_ROWS // max(1, width)), MOST_EPOCHS)
