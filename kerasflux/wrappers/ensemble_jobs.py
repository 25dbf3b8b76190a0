"""Independent pieces of work, one after another or several at once in threads; results in order.

Threads share compiled programs and converted data, and give the same bits as one after another: a
piece is a pure function of what it was given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from kerasflux.errors import HyperparameterError
from kerasflux.folding import Stop

T = TypeVar("T")
Job = Callable[[Stop], T]


def in_order(jobs: Iterable[Job[T]], n_jobs: int | None) -> Generator[T, None, None]:
    """What comes of each job, in order; close the iterator if you leave it early.

    Args:
        jobs: asked for one by one; each is called with a flag that is raised when all have to end.
        n_jobs: how many to do at once: 1 here, one after another; -1 as many as there are
            processors; None what `joblib.parallel_config` says.

    Raises:
        KeyboardInterrupt: in one of them, or here.

    >>> list(in_order([lambda stop: 1, lambda stop: 2], n_jobs=2))
    [1, 2]
    """
    if n_jobs == 1:
        own = Stop()
        yield from (job(own) for job in jobs)
        return
    stop = Stop()
    results = _in_threads(jobs, n_jobs, stop)
    try:
        for found in results:
            if isinstance(found, _Ended):
                raise found.by
            yield found
    finally:
        stop.raised = True
        with warnings.catch_warnings():  # joblib's, that there was something left
            warnings.simplefilter("ignore")
            results.close()


def _in_threads(jobs: Iterable[Job[Any]], n_jobs: int | None, stop: Stop) -> Any:
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=n_jobs, backend="threading", batch_size=1, return_as="generator")
    return parallel(delayed(_caught)(job, stop) for job in jobs)


@dataclass(frozen=True)
class _Ended:
    """A job that came to no result, and what ended it."""

    by: BaseException


def _caught(job: Job[Any], stop: Stop) -> Any:
    """The job in a thread.

    What ends it is handed over as a value: an interrupt would leave a pool without a worker, and of
    several errors the first job's is raised, whichever came first.
    """
    try:
        if stop.raised:
            raise KeyboardInterrupt
        return job(stop)
    except BaseException as error:
        return _Ended(error)


def as_n_jobs(value: Any) -> Any:
    """A number of jobs that joblib can do.

    Raises:
        HyperparameterError: it is none.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if value is not None and (not whole or value == 0):
        raise HyperparameterError(
            "`n_jobs` can't have this value.",
            expected="a whole number: 1, 2, ..., or -1 for as many at once as processors",
            received=repr(value)[:60],
            remedy="`n_jobs=1` does one after another.",
            name="n_jobs",
            value=value,
        )
    return value
