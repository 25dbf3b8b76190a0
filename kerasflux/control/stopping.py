"""Stopping criteria over a stream of losses.

A criterion is a record of hyperparameters and pure functions of an explicit state: `init()`,
`update(state, loss, training)`, `done(state)`. It knows numbers and nothing else: no model, no
training. `EarlyStopper` keeps the states of several criteria for those who write their own loop.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple

from kerasflux.errors import HyperparameterError, MeasureError
from kerasflux.hyperparameters import AtLeast, Hyperparameters, Positive, field


class Criterion(Hyperparameters, positional=True):
    """The base of stopping criteria; a subclass defines the four methods.

    Losses are such that smaller is better. Training losses are passed on with `training=True`;
    criteria ignore them unless they say otherwise.
    """

    @abstractmethod
    def init(self) -> Any:
        """The state before any loss."""

    @abstractmethod
    def update(self, state: Any, loss: float, training: bool = False) -> Any:
        """The state after a further loss."""

    @abstractmethod
    def done(self, state: Any) -> bool:
        """Whether to stop."""

    @abstractmethod
    def message(self, state: Any) -> str:
        """Why, in a sentence."""


class InvalidValue(Criterion):
    """Stop at a loss that is NaN or infinite, training losses included.

    Also named `NotANumber` (in MLJ a deprecated criterion of its own, for NaN only).

    Example:
        >>> stopper = EarlyStopper(InvalidValue())
        >>> stopper.done(0.5), stopper.done(float("nan"))
        (False, True)

    Source: `InvalidValue` of EarlyStopping.jl.
    """

    def init(self) -> float:
        return 0.0

    def update(self, state: float, loss: float, training: bool = False) -> float:
        return loss

    def done(self, state: float) -> bool:
        return not math.isfinite(state)

    def message(self, state: float) -> str:
        return f"the loss is {state}"


class _Rising(NamedTuple):
    loss: float
    rises: int


class Patience(Criterion):
    """Stop after `n` consecutive increases of the loss. Also named `UP`.

    An increase is strict, and against the loss just before it (Keras' patience counts from the
    best).

    Args:
        n: how many, at least 1.

    Example:
        >>> stopper = EarlyStopper(Patience(2))
        >>> [stopper.done(loss) for loss in (3.0, 2.0, 2.5, 2.6)]
        [False, False, False, True]
        >>> stopper.message
        'the loss rose 2 times in a row (Patience(n=2))'

    Source: `Patience` of EarlyStopping.jl; UP_s of L. Prechelt, "Early Stopping - But When?"
    (1998).
    """

    n: int = field(5, allowed=AtLeast(1), doc="how many consecutive increases")

    def init(self) -> _Rising:
        return _Rising(math.inf, 0)

    def update(self, state: _Rising, loss: float, training: bool = False) -> _Rising:
        if training:
            return state
        return _Rising(loss, state.rises + 1 if loss > state.loss else 0)

    def done(self, state: _Rising) -> bool:
        return state.rises >= self.n

    def message(self, state: _Rising) -> str:
        return f"the loss rose {_times(state.rises)} in a row"


class NumberLimit(Criterion):
    """Stop after `n` losses, training losses not counted.

    Args:
        n: how many, at least 1.

    Example:
        >>> stopper = EarlyStopper(NumberLimit(2))
        >>> stopper.done(0.5), stopper.done(0.4)
        (False, True)

    Source: `NumberLimit` of EarlyStopping.jl.
    """

    n: int = field(100, allowed=AtLeast(1), doc="how many losses")

    def init(self) -> int:
        return 0

    def update(self, state: int, loss: float, training: bool = False) -> int:
        return state if training else state + 1

    def done(self, state: int) -> bool:
        return state >= self.n

    def message(self, state: int) -> str:
        return f"the loss was looked at {_times(state)}"


class _Elapsed(NamedTuple):
    since: float | None
    hours: float


def _hours(t: Any) -> Any:
    return t / timedelta(hours=1) if isinstance(t, timedelta) else t


class TimeLimit(Criterion):
    """Stop when more than `t` hours have gone by since the first loss, training losses included.

    Args:
        t: a positive number of hours, or a `datetime.timedelta`.

    Example:
        >>> TimeLimit(timedelta(minutes=3))
        TimeLimit(t=0.05)
        >>> EarlyStopper(TimeLimit(t=2)).done(0.5)
        False

    Source: `TimeLimit` of EarlyStopping.jl. The clock is `time.monotonic`.
    """

    t: float = field(0.5, convert=_hours, allowed=Positive(), doc="hours since the first loss")

    def init(self) -> _Elapsed:
        return _Elapsed(None, 0.0)

    def update(self, state: _Elapsed, loss: float, training: bool = False) -> _Elapsed:
        now = monotonic()
        since = now if state.since is None else state.since
        return _Elapsed(since, (now - since) / 3600)

    def done(self, state: _Elapsed) -> bool:
        return state.hours > self.t

    def message(self, state: _Elapsed) -> str:
        return f"more than {self.t:g} hours went by"


NotANumber = InvalidValue
UP = Patience


class EarlyStopper:
    """Stopping criteria for a loop of your own: feed it losses, stop when any criterion says so.

    Args:
        *criteria: `InvalidValue()`, `Patience(n)`, ...; with none it never stops.

    Raises:
        HyperparameterError: something that is no criterion.

    Example:
        >>> stopper = EarlyStopper(InvalidValue(), Patience(3))
        >>> losses = [0.9, 0.5, 0.6, 0.7, 0.8, 0.4]
        >>> next(i for i, loss in enumerate(losses) if stopper.done(loss))
        4
        >>> stopper.message
        'the loss rose 3 times in a row (Patience(n=3))'

    Source: `EarlyStopper` of EarlyStopping.jl.
    """

    def __init__(self, *criteria: Criterion) -> None:
        for criterion in criteria:
            if not isinstance(criterion, Criterion):
                raise _no_criterion(criterion)
        self.criteria = criteria
        self._states: list[Any] = []
        self.reset()

    def done(self, loss: float, training: bool = False) -> bool:
        """Take in a further loss and say whether to stop.

        Args:
            loss: a number, smaller is better.
            training: whether it is a loss on the training rows, which most criteria pass over.

        Raises:
            MeasureError: something that is no number.
        """
        number = _number(loss)
        self._states = [
            criterion.update(state, number, training)
            for criterion, state in zip(self.criteria, self._states, strict=True)
        ]
        return bool(self._met())

    @property
    def message(self) -> str:
        """Why to stop: the first criterion that is met, in words; empty if none is."""
        return next((f"{c.message(state)} ({c!r})" for c, state in self._met()), "")

    def reset(self) -> None:
        """Forget all losses."""
        self._states = [criterion.init() for criterion in self.criteria]

    def __repr__(self) -> str:
        return f"EarlyStopper({', '.join(map(repr, self.criteria))})"

    def _met(self) -> list[tuple[Criterion, Any]]:
        both = zip(self.criteria, self._states, strict=True)
        return [(criterion, state) for criterion, state in both if criterion.done(state)]


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _number(loss: Any) -> float:
    try:
        return float(loss)
    except (TypeError, ValueError):
        raise MeasureError(
            "A stopping criterion was given a loss that is no number.",
            expected="a number, smaller is better",
            received=f"{type(loss).__name__}: {loss!r}"[:80],
        ) from None


def _no_criterion(given: Any) -> HyperparameterError:
    cls = isinstance(given, type) and issubclass(given, Criterion)
    return HyperparameterError(
        "EarlyStopper takes stopping criteria.",
        expected="InvalidValue(), Patience(n), NumberLimit(n), TimeLimit(t)",
        received=repr(given)[:80],
        remedy=f"Write {given.__name__}()." if cls else "",
    )
