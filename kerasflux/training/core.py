"""Step, epoch, loop: how a state moves through epochs.

Whole epochs are one call of one compiled function over data that lies on the device: permutations
go in, losses and the new values of all variables come out, of one epoch where somebody has to be
asked after each, else of as many as make a call worth while. What happens between calls (history,
validation, hooks, checkpoints, interrupts) happens in `train`. The permutation of an epoch is a
function of the shuffling seed and the epoch's number, so that 5 + 5 epochs are 10, bit for bit.
"""

from __future__ import annotations

import math
import time
import zlib
from contextlib import nullcontext
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from kerasflux import log
from kerasflux.training import sources
from kerasflux.training.carrying import carry_over
from kerasflux.training.compat import interrupts_told
from kerasflux.training.execution import environment
from kerasflux.training.graphs import Arrays
from kerasflux.training.initialisation import initial_values
from kerasflux.training.losses import causes_kept
from kerasflux.training.optimisers import Rate
from kerasflux.training.programs import UNCOMPILABLE, Architecture, Program, checkout, program_key
from kerasflux.training.sources import Descent, NotCompiled, source_of
from kerasflux.training.state import State, named_seeds

__all__ = [
    "Arrays",
    "TrainingInterrupted",
    "carry_over",
    "initial_state",
    "mean_loss",
    "permutation",
    "train",
]


class Observer(Protocol):
    """Who is told of finished epochs.

    Attributes:
        each_epoch: whether `epoch` has to be called before the next epoch begins.
    """

    each_epoch: bool

    def compiles(self) -> None:
        """Something is traced and compiled now, before the next epoch."""

    def epoch(self, row: dict[str, float]) -> bool:
        """A finished epoch's row of the history; a true answer ends training there."""

    def due(self, epoch: int) -> bool:
        """Whether the state after this epoch is wanted."""

    def keep(self, state: State) -> None:
        """The state after an epoch that was due, as if training had ended there."""


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
        mode=architecture.mode,
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
        run: who is told of finished epochs: an `Observer`, or part of one.

    Returns:
        the state of the last finished epoch; `stopped` says why there are fewer than asked for.

    Raises:
        TrainingInterrupted: a keyboard interrupt, with the state of the last finished epoch.
    """
    architecture = architecture.executable()
    session = _Session(architecture, _undone(state), penalty, run)
    try:
        placed = architecture.placement.on_device()
        with interrupts_told(), causes_kept(), checkout(architecture) as program, placed:
            _refuse_differences(architecture, state, arrays, (epochs, *penalty))
            session.start(program, arrays, validation, epochs)
            while session.epoch < epochs and not session.stopped:
                session.advance(epochs, learning_rate)
            return session.end()
    except NotCompiled as failure:
        _say_graph(architecture, failure)
        graph = replace(architecture, mode="graph")
        told = {"penalty": penalty, "validation": validation, "run": run}
        return train(graph, state, arrays, epochs=epochs, learning_rate=learning_rate, **told)
    except KeyboardInterrupt:
        raise TrainingInterrupted(session.state()) from None


def mean_loss(architecture: Architecture, state: State, arrays: Arrays) -> float:
    """The weighted mean loss Σ wᵢlᵢ / Σ wᵢ of some rows, in inference mode, without penalty."""
    placed = architecture.placement.on_device()
    with causes_kept(), checkout(architecture) as program, placed:
        program.load(state.network)
        return sources.mean_loss(program, arrays)


def permutation(seed: int, epoch: int, n_rows: int) -> np.ndarray:
    """The order of rows in an epoch (counted from 1): a function of its arguments alone."""
    return (_short_permutation if n_rows <= SHORT else _permutation)(seed, epoch, n_rows)


def _permutation(seed: int, epoch: int, n_rows: int) -> np.ndarray:
    key = np.random.SeedSequence([seed, epoch])
    order = np.random.Generator(np.random.Philox(key)).permutation(n_rows).astype(np.int32)
    order.flags.writeable = False
    return order


_short_permutation = lru_cache(maxsize=256)(_permutation)  # folds of a size have the same orders


def _refuse_differences(
    architecture: Architecture, state: State, arrays: Arrays, asked: tuple[float, ...]
) -> None:
    """Refuse to begin where the workers of a cluster were given different things."""
    if architecture.placement.cluster is None:
        return
    told = (state.batch_size, state.epoch, sorted(state.seeds.items()), *asked)
    parts = [*state.network, *state.optimiser, arrays.target, *arrays.inputs]
    parts += [] if arrays.weight is None else [arrays.weight]
    digest = zlib.crc32(repr(told).encode())
    for part in parts:
        if isinstance(part, np.ndarray):  # files are read later, in each process
            digest = zlib.crc32(np.ascontiguousarray(part).tobytes(), digest)
    architecture.placement.refuse_differences(digest)


# what XLA can't compile


def _say_graph(architecture: Architecture, failure: NotCompiled) -> None:
    UNCOMPILABLE.get(program_key(architecture), lambda: str(failure))
    log.warn(
        f"XLA can't compile this network ({failure}), so it trains in the graph loop. "
        'acceleration=kf.Acceleration(jit="graph") asks for that.'
    )


# one call of `train`


SHORT = 1024
"""Rows up to which orders are kept."""

MOST_SECONDS, MOST_WORK = 1.0, 1e9
"""About how long a call of many epochs may take, and before any was timed, how many floating point
operations: meanwhile nothing is shown, and an interrupt has to wait and undoes it all."""


class _Row(NamedTuple):
    """An epoch's part of the history."""

    training_loss: float
    validation_loss: float
    learning_rate: float
    seconds: float


class _Session:
    """One call of `train`: what is finished so far, always consistent.

    `_latest` is replaced as a whole at the end of a call, so that an interrupt at any moment finds
    either the old one or the new one.
    """

    def __init__(
        self, architecture: Architecture, state: State, penalty: tuple[float, float], run: Any
    ) -> None:
        self.architecture, self.before, self.run = architecture, state, run
        self.penalty = penalty
        self.epoch, self.stopped = state.epoch, ""
        self._singly = False
        self._first: list[tuple[float, float]] = []
        self._rows: list[_Row] = []
        self._latest: tuple[int, list[Any], list[Any]] | None = None

    def start(
        self, program: Program, arrays: Arrays, validation: Arrays | None, epochs: int
    ) -> None:
        self.program = program
        self._measure = None if validation is None else sources.measure(program, validation)
        program.load(self.before.network, self.before.optimiser)
        descent = Descent(self.before.batch_size, self.penalty)
        tell = getattr(self.run, "compiles", sources.untold)
        self.source = source_of(program, arrays, descent)
        trains = self.epoch < epochs
        with self.source.compiled(tell) if trains else nullcontext(False) as new:
            if not len(self.before.losses):
                self._first = [(self.source.mean_loss(), self._validation_loss())]
            elif new:
                self._validation_loss()  # traced here, outside the seconds of the first epoch
        self.stopped = _reason(self._loss_so_far(), self.epoch)

    def advance(self, epochs: int, learning_rate: Rate) -> None:
        """Some epochs in one call, their rows of the history, and the caller's hooks."""
        started = time.perf_counter()
        numbers = range(self.epoch + 1, self.epoch + self._span(epochs) + 1)
        rates = [_rate_after(learning_rate, e - 1) for e in numbers]
        orders = [self._order(e) for e in numbers]
        self.program.changes()
        done = self.source.epochs(orders, rates)
        if len(numbers) > 1 and not (done.finite.all() and np.isfinite(done.losses).all()):
            self._go_back()
            return
        losses = done.losses.tolist()
        if self._measure is not None:
            self.program.follow()
        measured = self._validation_loss()
        seconds = (time.perf_counter() - started) / len(numbers)
        rows = [_Row(x, measured, rate, seconds) for x, rate in zip(losses, rates, strict=True)]
        self._rows += rows
        self.stopped = _reason(losses[-1], numbers[-1]) or ("" if done.finite[-1] else _OVERFLOW)
        if self.stopped:
            return
        self._latest = (len(self._rows), done.network, done.slots)
        self.program.at_rest = True
        for row in rows:
            self.epoch += 1
            self._tell(row)
        self.program.at_rest = False

    def _tell(self, row: _Row) -> None:
        if self.run is None:
            return
        if self.run.epoch({"epoch": self.epoch, **row._asdict()}):
            self.stopped = "on_epoch"
        if self._due(self.epoch):
            self.run.keep(self.state())

    def _span(self, epochs: int) -> int:
        """How many epochs the next call runs: one, where somebody wants to know in between."""
        asked = self.run is not None and getattr(self.run, "each_epoch", True)
        if asked or self._measure is not None or self._singly:
            return 1
        ahead = range(1, min(epochs - self.epoch, self.source.most_epochs, self._in_time()) + 1)
        return next((k for k in ahead if self._due(self.epoch + k)), ahead[-1])

    def _in_time(self) -> int:
        """How many epochs a call has time for, so that interrupts are soon heard.

        By how long the last took; before the first by the work of it, where layers tell that.
        """
        if self._rows:
            return max(1, int(MOST_SECONDS / max(self._rows[-1].seconds, 1e-9)))
        network = self.architecture.plan().anatomy
        work = max(1.0, network.flops_per_row * self.source.n_rows)
        return max(1, int(MOST_WORK / work)) if network.row_wise else 1

    def _due(self, epoch: int) -> bool:
        due = getattr(self.run, "due", None)
        return due is not None and bool(due(epoch))

    def _go_back(self) -> None:
        """Take back a call in which something became infinite, to find the epoch one by one."""
        self._singly = True
        before = self.before
        if self._latest is None:
            self.program.load(before.network, before.optimiser)
        else:
            self.program.load(*self.program.values(*self._latest[1:]))

    def end(self) -> State:
        """The state of the last finished epoch, which the program holds unless a later failed."""
        state = self.state()
        if self.stopped in ("", "on_epoch"):
            self.program.holds(state.network, state.optimiser)
        return state

    def state(self) -> State:
        """The state of the last finished epoch."""
        count, network, slots = self._latest or (0, [], [])
        rows = self._rows[: count + 1 if self.stopped and self.stopped != "on_epoch" else count]
        before = self.before
        if self._latest is not None:
            values = self.program.values(network, slots)
            before = replace(
                before,
                network=tuple(values[0]),
                optimiser=tuple(values[1]),
                optimiser_identity=self.architecture.optimiser.identity(),
                mode=self.architecture.mode,
                environment=environment(self.architecture.placement),
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

    def _order(self, epoch: int) -> np.ndarray:
        n = self.source.n_rows
        if self.architecture.shuffle:
            return permutation(self.before.seeds["shuffle"], epoch, n)
        return np.arange(n, dtype=np.int32)

    def _validation_loss(self) -> float:
        return math.nan if self._measure is None else self._measure()

    def _loss_so_far(self) -> float:
        return self._first[0][0] if self._first else float(self.before.losses[-1])


_OVERFLOW = "the weights are not finite any more"


def _reason(loss: float, epoch: int) -> str:
    if math.isfinite(loss):
        return ""
    when = f"in epoch {epoch}" if epoch else "before training"
    return f"the loss {when} is {loss}"


def _rate_after(learning_rate: Rate, finished: int) -> float:
    """The learning rate of the epoch after so many finished ones."""
    return float(learning_rate(finished) if callable(learning_rate) else learning_rate)


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
