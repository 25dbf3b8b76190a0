"""Doing a candidate of a search: fit on the training rows of each fold, predict, measure.

A `Bench` is what all candidates of a search share, made once: rows, folds, measures, test rows. A
`Candidate` is a task that can be done in another thread or process; `tried` does it, and gives an
`Attempt` whatever happens: what fails is told, not raised, as only the search knows what to do
about it.
"""

from __future__ import annotations

import math
import os
import pickle
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasflux import interface
from kerasflux.binding import Binding, kind_of
from kerasflux.checks import check_data, check_parts
from kerasflux.errors import Halted, Interrupted
from kerasflux.fits import iterations_done
from kerasflux.folding import Stop, Watched, is_quiet, judge, operated
from kerasflux.forwarding import Rows
from kerasflux.interface import Fitted, Model, Row, Run
from kerasflux.log import KerasfluxWarning
from kerasflux.planning import Plan
from kerasflux.resampling import Pairs
from kerasflux.scoring.base import Measure
from kerasflux.structure import refuse_contradictions, same
from kerasflux.wrappers.candidates import Status
from kerasflux.wrappers.states import Kept, held

Verdict = Callable[[int, float], bool]
"""From a step and the loss there to whether a candidate is given up."""


@dataclass(frozen=True)
class Bench:
    """What the candidates of a search share.

    Attributes:
        rows: all rows of the search.
        folds: positions among them.
        measures, operations: what to measure, and by which prediction; the first one decides.
        inputs, truths: the test rows of each fold.
        reference: the kind of model that the data was judged for.
    """

    rows: Rows
    folds: Pairs
    measures: list[Measure]
    operations: list[str]
    inputs: list[Any]
    truths: list[Any]
    reference: Any

    @classmethod
    def of(cls, rows: Rows, plan: Plan, folds: Pairs, model: Model) -> Bench:
        """The bench of a plan, whose folds are positions among the rows."""
        tests = [rows.take(test) for _, test in folds]
        return cls(
            rows,
            folds,
            plan.measures,
            plan.operations,
            [part.X for part in tests],
            [part.y for part in tests],
            kind_of(model),
        )

    @property
    def sign(self) -> float:
        """What makes a loss of the first measure."""
        return -1.0 if self.measures[0].orientation == "score" else 1.0

    def judge(self, model: Model) -> None:
        """Refuse data that a candidate does not take, where it is of another kind than the rest."""
        if kind_of(model) == self.reference:
            return
        X, y = self.rows.X, self.rows.y
        check_data(model, X, y, "error")
        binding = Binding(model, X, y, None, "off")
        check_parts(model, lambda: (binding.input_schema, binding.target_schema), y, "error")


@dataclass(frozen=True)
class Candidate:
    """A candidate with all that it takes to try it.

    Attributes:
        bench: see `Bench`.
        number: its number in the search.
        model: the model; nobody changes it.
        before: for each fold what it goes on from, or None.
        verdict: asked after folds, and after every `every` iterations, whether to give it up.
        every: see `verdict`; None for folds alone.
        stop, process, quiet: as those of `kerasflux.folding.Task`.
    """

    bench: Bench
    number: int
    model: Model
    before: tuple[Kept | None, ...]
    verdict: Verdict | None = None
    every: int | None = None
    stop: Stop = field(default_factory=Stop)
    process: int = field(default_factory=os.getpid)
    quiet: bool = field(default_factory=is_quiet)


@dataclass(frozen=True)
class Attempt:
    """What became of a candidate.

    Attributes:
        number: its number.
        measurement, per_fold, loss, status, iterations, seconds, intermediate: as those of `Entry`.
        error: why it failed: an exception, or text for a loss that is no number; or None.
        states: what it has learned on each fold; empty if it failed.
        warned: what another process warned of.
    """

    number: int
    measurement: tuple[float, ...]
    per_fold: tuple[tuple[float, ...], ...]
    loss: float
    status: Status
    iterations: int | None
    seconds: float
    intermediate: tuple[tuple[int, float], ...] = ()
    error: Exception | str | None = None
    states: tuple[Kept, ...] = ()
    warned: list[tuple[str, type[Warning]]] = field(default_factory=list)


OPEN_FOLD = 10_000
"""Where the steps of the next fold begin, after one that nobody knows the iterations of."""


class _GivenUp(Exception):
    """A candidate was pruned."""


class _Diverged(Exception):
    """A loss is no number any more."""


def tried(candidate: Candidate) -> Attempt:
    """Try a candidate.

    Raises:
        KeyboardInterrupt: nothing is kept of a candidate that is not whole.
    """
    began, work = time.perf_counter(), _Work(candidate)
    status: Status = "ok"
    error: Exception | str | None = None
    try:
        work.do()
    except _GivenUp:
        status = "pruned"
    except _Diverged as told:
        status, error = "failed", str(told)
    except Halted as stop:
        status, error = "failed", work.explained(stop.error)
    except Interrupted:
        raise KeyboardInterrupt from None
    except Exception as raised:
        status, error = "failed", work.explained(raised)
    return work.attempt(status, error, time.perf_counter() - began)


class _Work:
    """A candidate while it is tried."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate, self.bench = candidate, candidate.bench
        self.states: list[Kept] = []
        self.judged: list[list[Any]] = []  # fold by fold
        self.steps: list[tuple[int, float]] = []
        self.done: list[int] = []  # iterations whenever somebody looked

    def do(self) -> None:
        model = self.candidate.model
        refuse_contradictions(model)
        self.bench.judge(model)
        for k in range(len(self.bench.folds)):
            fitted = self._learn(k)
            self._refuse_divergence(k, fitted)
            self.judged.append(self._judge(k, fitted))
            self.states.append(held(model, fitted))
            self._count(fitted)
            self._report((k + 1) * self._goal, self._value())
        first = self._combined(0)
        if not math.isfinite(first):
            raise _Diverged(f"{self.bench.measures[0].name} is {first}")

    def _learn(self, k: int) -> Fitted:
        c = self.candidate
        before = c.before[k]
        if before is not None and same(before.model, c.model):
            return before.read()
        data = self.bench.rows.take(self.bench.folds[k][0]).of(c.model)
        run = self._run(k)
        if before is None:
            return interface.fit(c.model, data, run)
        return interface.update(c.model, before.read(), before.model, data, run)

    def _run(self, k: int) -> Run:
        c = self.candidate
        run = Watched(stop=c.stop)
        if c.verdict is not None and c.every is not None and c.model.takes_run:
            run.every_epochs = c.every
            run.on_state = lambda fitted: self._look(k, fitted)
        return run

    def _look(self, k: int, fitted: Fitted) -> None:
        """Measure a fit that goes on, and give it up if it is to be."""
        step = k * self._goal + self._count(fitted)
        self._report(step, self._value([*self.judged, self._judge(k, fitted)]))

    def _count(self, fitted: Fitted) -> int:
        done = iterations_done(self.candidate.model, fitted)
        self.done += [] if done is None else [done]
        return done or 0

    def _report(self, step: int, loss: float) -> None:
        if self.candidate.verdict is None or (self.steps and self.steps[-1][0] >= step):
            return
        self.steps.append((step, loss))
        last = step >= len(self.bench.folds) * self._goal
        if not last and self.candidate.verdict(step, loss):
            raise _GivenUp

    @property
    def _goal(self) -> int:
        """The steps of a fold: of models that end by themselves, more than they have iterations."""
        model = self.candidate.model
        return (model.iterations() or OPEN_FOLD) if model.takes_run else 1

    def _refuse_divergence(self, k: int, fitted: Fitted) -> None:
        """Refuse a fit that was to make iterations, and ended before as a loss was no number."""
        model, report = self.candidate.model, fitted.report
        losses, stopped = report.get("training_losses"), report.get("stopped")
        if model.iteration_parameter is None or losses is None or not stopped:
            return  # what ends by itself, as an iterated model, answers with its best state
        if not math.isfinite(losses[-1]) or "not finite" in stopped:
            done = iterations_done(model, fitted)
            raise _Diverged(f"fold {k + 1}, after {done} {model.iteration_unit}: {stopped}")

    def _judge(self, k: int, fitted: Fitted) -> list[Any]:
        model, bench = self.candidate.model, self.bench
        prediction = model.predict(fitted, bench.inputs[k])
        _refuse_nan(prediction, k)
        given = [operated(model, prediction, operation) for operation in bench.operations]
        return [
            judge(m, bench.truths[k], p, None) for m, p in zip(bench.measures, given, strict=True)
        ]

    def _value(self, judged: list[list[Any]] | None = None) -> float:
        return self.bench.sign * self._combined(0, judged)

    def _combined(self, i: int, judged: list[list[Any]] | None = None) -> float:
        folds = [fold[i] for fold in (self.judged if judged is None else judged)]
        if not folds:
            return math.nan
        measure = self.bench.measures[i]
        return float(measure.combine([j.value for j in folds], [j.weight for j in folds]))

    def attempt(self, status: Status, error: Any, seconds: float) -> Attempt:
        n, ok = len(self.bench.measures), status == "ok"
        return Attempt(
            number=self.candidate.number,
            measurement=tuple(self._combined(i) if ok else math.nan for i in range(n)),
            per_fold=tuple(tuple(float(f[i].value) for f in self.judged) for i in range(n)),
            loss=self._value() if ok else math.nan,
            status=status,
            iterations=max(self.done, default=None),
            seconds=seconds,
            intermediate=tuple(self.steps),
            error=error,
            states=tuple(self.states) if ok else (),
        )

    def explained(self, error: Exception) -> Exception:
        """An exception with a note of where it happened, such that other processes can tell it."""
        fold = f", fold {len(self.states) + 1} of {len(self.bench.folds)}"
        error.add_note(f"This happened in candidate {self.candidate.number}{fold}.")
        if self.candidate.process == os.getpid():
            return error
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # whatever an exception with arguments of its own may raise
            return RuntimeError(f"{type(error).__name__}: {error}")
        return error


def _refuse_nan(prediction: Any, k: int) -> None:
    """Measures would leave rows out for which nothing is predicted, the hard ones of all rows."""
    numbers: np.ndarray = np.asarray(prediction)
    if numbers.dtype.kind == "f" and np.isnan(numbers).any():
        rows = np.isnan(numbers).reshape(len(numbers), -1).any(axis=1)
        raise _Diverged(f"fold {k + 1}: nan is predicted for {rows.sum()} of {len(rows)} rows")


def told_of(error: Exception | str | None) -> str:
    """Why a candidate failed, in one line of words.

    >>> told_of(ValueError("no rows\\nat all")), told_of(None)
    ('ValueError: no rows at all', '')
    """
    if error is None or isinstance(error, str):
        return error or ""
    return " ".join(f"{type(error).__name__}: {error}".split())


class quiet_divergence(warnings.catch_warnings):
    """While candidates are tried: that one diverges is told once for all, by the search."""

    def __enter__(self) -> Any:
        found = super().__enter__()
        warnings.filterwarnings("ignore", "Training ended after", KerasfluxWarning)
        return found


def row_of(number: int, least: float, seconds: float) -> Row:
    """A candidate as a row of the progress of a fit: how many there are, the least loss so far."""
    return {
        "epoch": number,
        "training_loss": least,
        "validation_loss": None,
        "learning_rate": None,
        "seconds": seconds,
    }
