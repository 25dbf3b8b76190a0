"""Step, epoch, loop: how a state moves through epochs.

A whole epoch is one call of one compiled function over data that lies on the device: a permutation
goes in, the mean loss and the new values of all variables come out. What happens between epochs
(history, validation, hooks, interrupts) happens in `train`. The permutation of an epoch is a
function of the shuffling seed and the epoch's number, so that 5 + 5 epochs are 10, bit for bit.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np

from kerasflux.training.carrying import carry_over
from kerasflux.training.graphs import (
    INFERENCE_BATCH,
    Arrays,
    Rows,
    epoch_function,
    kind_of,
    logits_function,
)
from kerasflux.training.initialisation import initial_values
from kerasflux.training.losses import causes_kept
from kerasflux.training.optimisers import Rate
from kerasflux.training.programs import Architecture, Program, checkout
from kerasflux.training.state import State, named_seeds

__all__ = [
    "Arrays",
    "TrainingInterrupted",
    "carry_over",
    "infer",
    "initial_state",
    "mean_loss",
    "permutation",
    "train",
]


class TrainingInterrupted(KeyboardInterrupt):
    """A keyboard interrupt during training; `state` is that of the last finished epoch."""

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__("interrupted")


def initial_state(architecture: Architecture, seed: int, arrays: Arrays | None = None) -> State:
    """The state before the first epoch.

    Args:
        architecture: what is trained.
        seed: the machine's seed; equal seeds give equal networks, permutations and dropout.
        arrays: if given, the loss before training is measured on them.
    """
    seeds = named_seeds(seed)
    network = initial_values(architecture.plan(), architecture.build, seeds)
    with checkout(architecture) as program:
        slots = program.fresh_slots(network)
    state = State(
        network=network,
        optimiser=slots,
        seeds=seeds,
        batch_size=architecture.batch_size,
        optimiser_identity=architecture.optimiser.identity(),
    )
    if arrays is None:
        return state
    first = np.array([mean_loss(architecture, state, arrays)])
    return replace(state, losses=first, validation_losses=np.array([np.nan]))


def train(
    architecture: Architecture,
    state: State,
    arrays: Arrays,
    *,
    epochs: int,
    learning_rate: Rate,
    penalty: tuple[float, float] = (0.0, 0.0),
    validation: Arrays | None = None,
    run: Any = None,
) -> State:
    """Train on, until a state of `epochs` epochs in all.

    Args:
        architecture: what is trained; its batch size is that of the state.
        state: where to go on from; it is not changed.
        arrays: the rows to train on.
        epochs: the number of epochs of the result, those of `state` included.
        learning_rate: a number, or a function of the number of finished epochs.
        penalty: λ and α: `λ[(1-α)Σw² + αΣ|w|] / n_batches` over trainable variables is added to the
            objective. So is what Keras regularisers of layers add, as in plain Keras. Reported
            losses hold neither.
        validation: rows to measure a loss on before training and after each epoch, in inference
            mode.
        run: anything with `epoch(row) -> bool`; gets each finished epoch's row of the history, a
            true answer ends training there. Where it has `due(epoch) -> bool`, it is asked after
            that, and if it wants it `keep(state)` gets the state, as if training had ended there.

    Returns:
        the state of the last finished epoch; `stopped` says why there are fewer than asked for.

    Raises:
        TrainingInterrupted: a keyboard interrupt, with the state of the last finished epoch.
    """
    session = _Session(architecture, _undone(state), penalty, run)
    try:
        placed = architecture.placement.on_device()
        with causes_kept(), checkout(architecture) as program, placed:
            session.start(program, arrays, validation)
            while session.epoch < epochs and not session.stopped:
                session.advance(learning_rate)
        return session.state()
    except KeyboardInterrupt:
        raise TrainingInterrupted(session.state()) from None


def mean_loss(architecture: Architecture, state: State, arrays: Arrays) -> float:
    """The weighted mean loss Σ wᵢlᵢ / Σ wᵢ of some rows, in inference mode, without penalty."""
    placed = architecture.placement.on_device()
    with causes_kept(), checkout(architecture) as program, placed:
        program.load(state.network)
        return Rows(arrays).mean_loss(program)


def infer(
    architecture: Architecture,
    state: State,
    inputs: tuple[np.ndarray, ...],
    batch: int = INFERENCE_BATCH,
) -> np.ndarray:
    """The network's logits for some rows, in inference mode, `(n_rows, ...)`.

    Args:
        architecture: as it was trained.
        state: the trained state.
        inputs: as `Arrays.inputs`.
        batch: rows per step.
    """
    n_rows = len(inputs[0])
    if not n_rows:  # TensorFlow's convolutions fail on none
        one = tuple(np.zeros((1, *x.shape[1:]), x.dtype) for x in inputs)
        return infer(architecture, state, one)[:0]
    with checkout(architecture) as program, architecture.placement.on_device():
        program.load(state.network)
        logits = program.function(("infer", kind_of(inputs)), lambda p: logits_function(p, inputs))
        steps = range(0, n_rows, batch)
        parts = [logits(*(x[i : i + batch] for x in inputs)).numpy() for i in steps]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def permutation(seed: int, epoch: int, n_rows: int) -> np.ndarray:
    """The order of rows in an epoch (counted from 1): a function of its arguments alone."""
    key = np.random.SeedSequence([seed, epoch])
    return np.random.Generator(np.random.Philox(key)).permutation(n_rows).astype(np.int32)


class _Session:
    """One call of `train`: what is finished so far, always consistent.

    `_latest` is replaced as a whole at the end of an epoch, so that an interrupt at any moment
    finds either the old one or the new one.
    """

    def __init__(
        self, architecture: Architecture, state: State, penalty: tuple[float, float], run: Any
    ) -> None:
        self.architecture, self.before, self.run = architecture, state, run
        self.penalty = penalty
        self.epoch, self.stopped = state.epoch, ""
        self._first: list[tuple[float, float]] = []
        self._rows: list[tuple[float, float, float, float]] = []
        self._latest: tuple[int, list[Any], list[Any]] | None = None

    def start(self, program: Program, arrays: Arrays, validation: Arrays | None) -> None:
        self.program = program
        self.data = Rows(arrays)
        self.validation = None if validation is None else Rows(validation)
        program.load(self.before.network, self.before.optimiser)
        key = ("epoch", self.data.kind, bool(self.penalty[0]))
        self.function = program.function(
            key, lambda p: epoch_function(p, self.data, bool(self.penalty[0]))
        )
        if not len(self.before.losses):
            self._first = [(self.data.mean_loss(program), self._validation_loss())]
        self.stopped = _reason(self._loss_so_far(), self.epoch)

    def advance(self, learning_rate: Rate) -> None:
        """One epoch, its row of the history, and the caller's hook."""
        started = time.perf_counter()
        rate = float(learning_rate(self.epoch) if callable(learning_rate) else learning_rate)
        self.program.set_learning_rate(rate)
        self.program.changes()
        loss, finite, network, slots = self.function(*self._inputs())
        loss, finite = float(loss), bool(finite)
        row = (loss, self._validation_loss(), rate, time.perf_counter() - started)
        self._rows.append(row)
        self.stopped = _reason(loss, self.epoch + 1) or ("" if finite else _OVERFLOW)
        if self.stopped:
            return
        self._latest = (len(self._rows), network, slots)
        self.epoch += 1
        if self.run is None:
            return
        if self.run.epoch(_named(self.epoch, row)):
            self.stopped = "on_epoch"
        elif hasattr(self.run, "due") and self.run.due(self.epoch):
            self.run.keep(self.state())

    def state(self) -> State:
        """The state of the last finished epoch."""
        count, network, slots = self._latest or (0, [], [])
        rows = self._rows[: count + 1 if self.stopped and self.stopped != "on_epoch" else count]
        before = self.before
        if self._latest is not None:
            before = replace(
                before,
                network=tuple(v.numpy() for v in network),
                optimiser=tuple(v.numpy() for v in slots),
                optimiser_identity=self.architecture.optimiser.identity(),
            )
        columns = np.array(rows, np.float64).reshape(-1, 4).T
        first = np.array(self._first, np.float64).reshape(-1, 2).T
        return replace(
            before,
            losses=np.concatenate([before.losses, first[0], columns[0]]),
            validation_losses=np.concatenate([before.validation_losses, first[1], columns[1]]),
            learning_rates=np.concatenate([before.learning_rates, columns[2]]),
            seconds=np.concatenate([before.seconds, columns[3]]),
            epoch=before.epoch + count,
            stopped=self.stopped,
        )

    def _inputs(self) -> tuple[Any, ...]:
        data, n = self.data, self.data.n_rows
        if self.architecture.shuffle:
            rows = permutation(self.before.seeds["shuffle"], self.epoch + 1, n)
        else:
            rows = np.arange(n, dtype=np.int32)
        size = np.int32(self.before.batch_size)
        lambda_, alpha = map(np.float32, self.penalty)
        return rows, size, lambda_, alpha, data.target, data.weight, *data.inputs

    def _validation_loss(self) -> float:
        return math.nan if self.validation is None else self.validation.mean_loss(self.program)

    def _loss_so_far(self) -> float:
        return self._first[0][0] if self._first else float(self.before.losses[-1])


_OVERFLOW = "the weights are not finite any more"


def _reason(loss: float, epoch: int) -> str:
    if math.isfinite(loss):
        return ""
    when = f"in epoch {epoch}" if epoch else "before training"
    return f"the loss {when} is {loss}"


def _named(epoch: int, row: tuple[float, ...]) -> dict[str, float]:
    names = ("training_loss", "validation_loss", "learning_rate", "seconds")
    return {"epoch": epoch, **dict(zip(names, row, strict=True))}


def _undone(state: State) -> State:
    """A state without the entry of an epoch that was undone."""
    n = state.epoch
    if len(state.seconds) <= n:
        return state
    return replace(
        state,
        losses=state.losses[: n + 1],
        validation_losses=state.validation_losses[: n + 1],
        learning_rates=state.learning_rates[:n],
        seconds=state.seconds[:n],
    )
