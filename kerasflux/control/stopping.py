"""Stopping rules for those who write their own loop, or have losses already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kerasflux.control.criteria import Criterion
from kerasflux.errors import ArgumentError, HyperparameterError, MeasureError


class EarlyStopper:
    """Stopping rules for a loop of your own: feed it losses, stop when any rule says so.

    Args:
        *criteria: `InvalidValue()`, `Patience(n)`, ...; with none it never stops.

    Raises:
        HyperparameterError: something that is no rule.

    Example:
        >>> from kerasflux.control.counting import Patience
        >>> from kerasflux.control.values import InvalidValue
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
            training: whether it is a loss on the training rows, which most rules pass over.

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
        """Why to stop: the first rule that is met, in words; empty if none is."""
        return next((criterion.reason(state) for criterion, state in self._met()), "")

    def reset(self) -> None:
        """Forget all losses."""
        self._states = [criterion.init() for criterion in self.criteria]

    def __repr__(self) -> str:
        return f"EarlyStopper({', '.join(map(repr, self.criteria))})"

    def _met(self) -> list[tuple[Criterion, Any]]:
        both = zip(self.criteria, self._states, strict=True)
        return [(criterion, state) for criterion, state in both if criterion.done(state)]


def stopping_time(
    criterion: Criterion, losses: Iterable[float], is_training: Iterable[bool] | None = None
) -> int:
    """After how many losses a rule stops; 0 if it does not.

    Args:
        criterion: a rule, or a sum of several.
        losses: numbers, smaller is better.
        is_training: for each loss whether it is one on the training rows; by default none is.

    Returns:
        the number of out-of-sample losses up to the stop. A rule that stops at a training loss
        before the first of them (an `InvalidValue`) gives 0 too; `EarlyStopper` tells the two
        apart.

    Raises:
        HyperparameterError: something that is no rule.
        MeasureError: a loss that is no number.
        ArgumentError: losses that are no series; `is_training` of another length.

    Example:
        >>> from kerasflux.control.counting import NumberLimit, Patience
        >>> stopping_time(Patience(2), [3.0, 4.0, 5.0, 6.0]), stopping_time(Patience(2), [3.0, 4.0])
        (3, 0)
        >>> stopping_time(NumberLimit(1), [0.3, 0.2, 0.5], is_training=[True, True, False])
        1

    Source: `stopping_time` of EarlyStopping.jl.
    """
    stopper = EarlyStopper(criterion)
    looks = 0
    for loss, training in _marked(losses, is_training):
        looks += not training
        if stopper.done(loss, training=training):
            return looks
    return 0


def _marked(losses: Iterable[float], marks: Iterable[bool] | None) -> Iterator[tuple[float, bool]]:
    if not isinstance(losses, Iterable):
        raise ArgumentError(
            "`losses` are several numbers, in the order in which they came.",
            expected="a list or an array of numbers",
            received=f"{losses!r}, of type {type(losses).__name__}"[:80],
            remedy="`EarlyStopper(rule).done(loss)` takes them one by one.",
        )
    if marks is None:
        return ((loss, False) for loss in losses)
    values, training = list(losses), [bool(mark) for mark in marks]
    if len(values) != len(training):
        raise ArgumentError(
            "`is_training` says of each loss whether it is a training loss.",
            expected=f"{len(values)} values, one for each loss",
            received=f"{len(training)}",
        )
    return zip(values, training, strict=True)


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
        expected="InvalidValue(), Patience(n), NumberSinceBest(n), NumberLimit(n), ...",
        received=repr(given)[:80],
        remedy=f"Write {given.__name__}()." if cls else "",
    )
