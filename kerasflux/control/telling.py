"""Controls that say something: `Info`, `Warn`, `Error`.

Their functions get the machine in training; while nothing is trained they are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kerasflux.control.controls import Control, ended
from kerasflux.control.trainable import Trainable
from kerasflux.hyperparameters import field

Said = str | Callable[[Any], Any]
"""A text, or a function of the machine that gives one."""


def _said(text: Said, machine: Any) -> str:
    return text if isinstance(text, str) else str(text(machine))


class Info(Control):
    """Print `f(machine)` in each cycle; nothing at a verbosity of 0.

    Args:
        f: a function of the machine in training; by default the machine is printed.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> controls = [Step(), Info(lambda m: f"loss {m.loss}"), NumberLimit(2)]
        >>> loop = run_controls(Replay([0.9, 0.8, 0.7]), controls)
        loss 0.9
        loss 0.8
        stopped after 2 iterations: the loss was looked at 2 times (NumberLimit(n=2))

    Source: `Info` of IterationControl.jl.
    """

    f: Callable[[Any], Any] | None = field(None, doc="what to print of the machine")

    def update(self, state: None, trainable: Trainable, cycle: int, verbosity: int) -> None:
        if verbosity > 0 and trainable.n_iterations:
            machine = trainable.machine
            trainable.say(str(machine if self.f is None else self.f(machine)))


class Warn(Control):
    """Warn wherever `predicate(machine)` is true; not at a verbosity below 0.

    Args:
        predicate: a function of the machine in training.
        f: the text, or a function of the machine that gives it.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> controls = [Step(), Warn(lambda m: m.loss > 1, "it got worse"), NumberLimit(2)]
        >>> loop = run_controls(Replay([0.9, 1.1, 0.7]), controls, verbosity=-1)
        >>> loop.outcomes[1][1]
        {'warnings': ['it got worse']}

    Source: `Warn` of IterationControl.jl.
    """

    predicate: Callable[[Any], Any] = field(doc="whether to warn")
    f: Said = field("", doc="the text")

    def init(self) -> tuple[str, ...]:
        return ()

    def update(
        self, state: tuple[str, ...], trainable: Trainable, cycle: int, verbosity: int
    ) -> tuple[str, ...]:
        if not trainable.n_iterations or not self.predicate(trainable.machine):
            return state
        text = _said(self.f, trainable.machine)
        if verbosity >= 0:
            trainable.warn(text)
        return (*state, text)

    def takedown(
        self, state: tuple[str, ...], trainable: Trainable, verbosity: int
    ) -> dict[str, Any]:
        return {"warnings": list(state)}


class _Failed(NamedTuple):
    done: bool
    text: str


def _raisable(given: Any) -> Any:
    cls = given if isinstance(given, type) else type(given)
    if given is not None and not issubclass(cls, BaseException):
        raise TypeError("it can't be raised")
    return given


class Error(Control):
    """Stop with a warning, or raise an exception, once `predicate(machine)` is true.

    An exception is raised when the cycle and the takedown of all controls are over.

    Args:
        predicate: a function of the machine in training.
        f: the text, or a function of the machine that gives it.
        exception: what to raise, or its class, which is called with the text; None: only stop.

    Example:
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> controls = [Step(), Error(lambda m: m.loss > 1, "it blew up", ArithmeticError)]
        >>> run_controls(Replay([0.9, 1.1, 0.7]), controls, verbosity=-1)
        Traceback (most recent call last):
        ...
        ArithmeticError: it blew up

    Source: `Error` of IterationControl.jl.
    """

    predicate: Callable[[Any], Any] = field(doc="whether to stop")
    f: Said = field("", doc="the text")
    exception: Any = field(None, convert=_raisable, doc="what to raise, or its class")

    def init(self) -> _Failed:
        return _Failed(False, "")

    def update(self, state: _Failed, trainable: Trainable, cycle: int, verbosity: int) -> _Failed:
        if not trainable.n_iterations or not self.predicate(trainable.machine):
            return state
        text = _said(self.f, trainable.machine)
        if verbosity >= 0 and self.exception is None:
            trainable.warn(text or self.message(_Failed(True, "")))
        return _Failed(True, text)

    def done(self, state: _Failed) -> bool:
        return state.done

    def message(self, state: _Failed) -> str:
        return state.text or "its predicate was true"

    def failure(self, state: _Failed) -> BaseException | None:
        if not state.done or self.exception is None:
            return None
        raised: Any = self.exception
        return raised(self.message(state)) if isinstance(raised, type) else raised

    def takedown(self, state: _Failed, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return ended(self, state)
