"""Each side in a process of its own, asked in turn.

In one process the thread pools of TensorFlow, PyTorch and JAX wait for work on the same cores: a
PyTorch epoch was seen to take fifty times as long beside TensorFlow as alone. A process that is not
asked sleeps.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from suite.frameworks import JAX, TORCH
from suite.sides import KERAS, KERAS_BEST, KERAS_STEPS, KERASFLUX, SCIKIT_LEARN, Side
from suite.timing import per_epoch
from suite.works import Work

SIDES = (KERASFLUX, KERAS, KERAS_STEPS, KERAS_BEST, TORCH, JAX, SCIKIT_LEARN)
SHARED_GPU = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""Otherwise the first process takes all of a GPU's memory."""


@dataclass(frozen=True)
class Lap:
    """One repetition of one side: seconds per epoch, and what was learned before the clock."""

    seconds: float
    loss: float


def lap(name: str, work: Work, seed: int, least: float) -> Lap:
    """Train a new network, take its loss, then the time of further epochs."""
    side = next(side for side in SIDES if side.name == name)
    trainer = side.make(work, seed)
    trainer.train(work.epochs)
    loss = work.loss(trainer.probabilities())
    return Lap(per_epoch(trainer.train, least), loss)


@contextmanager
def workers(sides: Sequence[Side]) -> Iterator[dict[Side, ProcessPoolExecutor]]:
    """A waiting process for each side."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        make = lambda: ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        yield {side: stack.enter_context(make()) for side in sides}


def _begin() -> None:
    import kerasflux as kf

    os.environ.update(SHARED_GPU)
    kf.quiet()
