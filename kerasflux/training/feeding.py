"""Inputs that stay where they are until a step needs them: read in an epoch's order, a chunk ahead.

A *lazy* input has `shape`, `dtype` and a length like an array, and `read(rows)` gives some of its
rows as one. `chunks` cuts the order of an epoch into pieces of whole batches and reads each piece
in a thread while the one before is worked on. How long a piece is depends on shapes and batch size
alone, and batches are what they would be had all rows been in memory: so are weights, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

BUDGET = 64 * 2**20
"""Bytes of a fit's inputs that may be in memory at once: half of it here, in the chunk that is
worked on and in the one that is read ahead, the other half in the copies of them on the device. At
least one batch is read whatever its size. Lazy inputs that fit as a whole are read once and kept.
"""

_COPIES = 4


class Lazy(Protocol):
    """Rows that are read when they are needed.

    Attributes:
        shape: `(n_rows, ...)`.
        dtype: what `read` gives.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __len__(self) -> int: ...

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Rows by number, in the order asked for: `(len(rows), ...)`. Called in another thread."""


Inputs = tuple[Any, ...]
"""A network's inputs: each an array or `Lazy`."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """Rows that are next in an epoch.

    Attributes:
        rows: their numbers, `(n,)`; targets and weights are taken by them.
        inputs: their inputs as arrays, each `(n, ...)`, in the order of `rows`.
    """

    rows: np.ndarray
    inputs: tuple[np.ndarray, ...]


def is_lazy(inputs: Inputs) -> bool:
    """Whether some input is read when it is needed.

    >>> is_lazy((np.zeros((3, 2)),))
    False
    """
    return any(hasattr(x, "read") for x in inputs)


def kept(inputs: Inputs) -> Inputs:
    """The inputs, as arrays if they are no larger than the budget.

    >>> kept((np.zeros((3, 2)),))[0].shape
    (3, 2)
    """
    if not is_lazy(inputs) or len(inputs[0]) * _row_bytes(inputs) > BUDGET:
        return inputs
    return _read(inputs, np.arange(len(inputs[0])))


def chunk_length(inputs: Inputs, batch_size: int) -> int:
    """Rows per chunk: as many whole batches as a quarter of the budget holds, at least one.

    >>> chunk_length((np.zeros((5, 512, 512, 3), "uint8"),), batch_size=8)
    16
    """
    batch_bytes = batch_size * _row_bytes(inputs)
    return batch_size * max(1, BUDGET // _COPIES // max(1, batch_bytes))


@contextmanager
def chunks(inputs: Inputs, order: np.ndarray, batch_size: int) -> Iterator[Iterator[Chunk]]:
    """The rows of an epoch, in order, read ahead for as long as the context lasts.

    Args:
        inputs: the network's inputs.
        order: numbers of rows, a permutation or part of one.
        batch_size: rows per step; each chunk but the last holds a whole number of batches.

    Returns:
        A context whose value gives at least one chunk (of no rows, if there are none). No more than
        two exist at a time. Leaving the context, in whatever way, ends the thread that reads.

    Raises:
        Exception: whatever reading raises, when the chunk that failed is asked for.

    >>> with chunks((np.arange(5) * 10,), np.array([4, 0, 2]), batch_size=2) as parts:
    ...     [chunk.inputs[0].tolist() for chunk in parts]
    [[40, 0, 20]]
    """
    length = chunk_length(inputs, batch_size)
    pieces = [order[i : i + length] for i in range(0, max(len(order), 1), length)]
    reader = ThreadPoolExecutor(1, thread_name_prefix="kerasflux-reader")
    try:
        yield _ahead(reader, inputs, pieces)
    finally:
        reader.shutdown(cancel_futures=True)


def _ahead(reader: ThreadPoolExecutor, inputs: Inputs, pieces: list[np.ndarray]) -> Iterator[Chunk]:
    pending: Future[Any] = reader.submit(_read, inputs, pieces[0])
    for rows, following in zip(pieces, [*pieces[1:], None], strict=True):
        arrays = pending.result()
        if following is not None:
            pending = reader.submit(_read, inputs, following)
        yield Chunk(rows, arrays)


def _read(inputs: Inputs, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(x.read(rows) if hasattr(x, "read") else x[rows] for x in inputs)


def _row_bytes(inputs: Inputs) -> int:
    return sum(math.prod(x.shape[1:]) * np.dtype(x.dtype).itemsize for x in inputs)
