"""The work of folds: fit, predict, measure; one after another, or several at once with joblib.

A `Task` holds all that a fold needs, so that it can be done in another thread or process; an
`Outcome` is what comes back. Only the caller of `outcomes` keeps anything: it is given whole folds,
in order, whatever order they were done in.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import scitypes as st
from kerasflux import log
from kerasflux.binding import Binding
from kerasflux.errors import ArgumentError, Halted, Interrupted
from kerasflux.fits import Learned, advance
from kerasflux.interface import Model, Row, Run
from kerasflux.scoring.base import Judged, Measure


class Stop:
    """Whether all folds have to end: seen by all threads, and by no other process."""

    def __init__(self) -> None:
        self.raised = False

    def __reduce__(self) -> tuple[type[Stop], tuple[()]]:
        return Stop, ()


@dataclass(frozen=True)
class Task:
    """One fold of one model, with all that it needs.

    Attributes:
        data: the whole data; prepared before, if several threads share it.
        model: the model; nobody changes it.
        before: what was learned on the same rows before, if training may go on from it.
        train, test: row numbers.
        measures, operations: what to measure, and by which prediction.
        weights: the weights of all rows for the measures, or None.
        place: which fold it is, in words.
        stop: see `Stop`.
        process: the process that made it.
        quiet: whether TensorFlow was silenced there.
    """

    data: Binding
    model: Model
    before: Learned | None
    train: np.ndarray
    test: np.ndarray
    measures: list[Measure]
    operations: list[str]
    weights: np.ndarray | None
    place: str
    stop: Stop = field(default_factory=Stop)
    process: int = field(default_factory=os.getpid)
    quiet: bool = field(default_factory=lambda: is_quiet())


@dataclass(frozen=True)
class Outcome:
    """One fold: what was learned, predicted and measured, and what another process warned of."""

    learned: Learned
    prediction: Any
    truth: Any
    judged: list[Judged]
    warned: list[tuple[str, type[Warning]]] = field(default_factory=list)


def outcomes(
    tasks: Iterable[Any], n_jobs: int | None, do: Callable[[Any], Any] | None = None
) -> Generator[Any, None, None]:
    """What comes of each task, in order; close the iterator if you leave it early.

    Args:
        tasks: asked for one by one; folds, or what else has their `stop`, `process` and `quiet`.
        n_jobs: how many to do at once: 1 here, one after another; -1 as many as there are
            processors; None what `joblib.parallel_config` says. Threads, unless
            `joblib.parallel_config(backend=...)` says otherwise.
        do: does a task, and gives something with the field `warned`; None does a fold (`done`).

    Raises:
        KeyboardInterrupt: in one of them, or here.
    """
    do = do or done
    if n_jobs == 1:
        yield from map(do, tasks)
        return
    stop = Stop()
    results = _parallel(n_jobs, (replace(task, stop=stop) for task in tasks), do)
    try:
        for outcome in results:
            if outcome is None:
                raise KeyboardInterrupt
            for text, category in outcome.warned:
                log.warn(text, category)
            yield outcome
    finally:
        stop.raised = True
        _close(results)


def _parallel(n_jobs: int | None, tasks: Iterable[Any], do: Callable[[Any], Any]) -> Iterator[Any]:
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend(prefer="threads")
    streams = getattr(backend, "supports_return_generator", False)
    parallel = Parallel(
        n_jobs=n_jobs,
        prefer="threads",  # programs are shared then, and data is converted once
        batch_size=1,
        return_as="generator" if streams else "list",
    )
    return iter(parallel(delayed(_apart)(do, task) for task in tasks))


def _close(results: Any) -> None:
    """End what is left, without joblib's warning that there was something left."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(results, "close", lambda: None)()


def _apart(do: Callable[[Any], Any], task: Any) -> Any:
    """The task in a worker; None for an interrupt, which would leave a pool without its worker."""
    try:
        if task.process == os.getpid():
            return do(task)
        if task.quiet and "tensorflow" not in sys.modules:
            log.quiet()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            outcome = do(task)
        warned = [(str(w.message), w.category) for w in told if not issubclass(w.category, _HIDDEN)]
        return replace(outcome, warned=list(dict.fromkeys(warned)))
    except KeyboardInterrupt:
        return None


def is_quiet() -> bool:
    """Whether TensorFlow was silenced here, as it then has to be in other processes."""
    return logging.getLogger("tensorflow").level >= logging.ERROR


_HIDDEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that Python itself does not show users."""


def done(task: Task) -> Outcome:
    """Do a fold.

    Raises:
        KeyboardInterrupt: nothing is kept of a fold that is not whole.
    """
    try:
        return _done(task)
    except Halted as stop:
        stop.error.add_note(f"This happened in {task.place}.")
        raise stop.error from None
    except Interrupted:
        raise KeyboardInterrupt from None
    except Exception as error:
        error.add_note(f"This happened in {task.place}.")
        raise


def _done(task: Task) -> Outcome:
    run = Watched(stop=task.stop)
    learned = advance(task.model, task.before, task.data, task.train, run=run)
    assert learned is not None  # never frozen: that is the machine's own state
    prediction = learned.model.predict(learned.fitted, st.selectrows(task.data.X, task.test))
    truth = st.selectrows(task.data.y, task.test)
    weight = None if task.weights is None else task.weights[task.test]
    given = [operated(learned.model, prediction, operation) for operation in task.operations]
    judged = [judge(m, truth, p, weight) for m, p in zip(task.measures, given, strict=True)]
    return Outcome(learned, prediction, truth, judged)


@dataclass
class Watched(Run):
    """A run that ends as if interrupted once all folds have to."""

    stop: Stop = field(default_factory=Stop)

    def epoch(self, row: Row) -> bool:
        if self.stop.raised:
            raise KeyboardInterrupt
        return super().epoch(row)


def operated(model: Model, prediction: Any, operation: str) -> Any:
    """A prediction as the machine's verb of that name gives it.

    Values are their own mean (a Series has one over its rows).
    """
    if operation == "predict" or model.prediction_type != "probabilistic":
        return prediction
    return getattr(prediction, operation.removeprefix("predict_"))()


def judge(measure: Measure, truth: Any, prediction: Any, weight: np.ndarray | None) -> Judged:
    """What a measure makes of a fold; weights are for those that take them."""
    return measure.judged(truth, prediction, weight if measure.supports_weights else None)


def refuse_n_jobs(n_jobs: Any) -> None:
    """Refuse a number of jobs that joblib can't do."""
    whole = isinstance(n_jobs, int | np.integer) and not isinstance(n_jobs, bool)
    if n_jobs is not None and (not whole or n_jobs == 0):
        raise ArgumentError(
            "`n_jobs` can't have this value.",
            expected="a whole number: 1, 2, ..., or -1 for as many at once as processors",
            received=repr(n_jobs)[:60],
            remedy="`n_jobs=1` does one after another.",
        )
