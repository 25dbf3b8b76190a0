"""Controls: what is done in each cycle of a controlled training, and stopping rules among them.

A control is a record and pure functions of an explicit state, but for `update`, which may train,
tell or change the trainable that it is given. Lists of controls are checked, and the states of an
old list are carried over to a new one, here; what runs them is `kerasflux.control.loop`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasflux.allowed import short
from kerasflux.control.criteria import Criterion, Never
from kerasflux.control.states import Stateful
from kerasflux.control.trainable import Trainable
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import field


class Control(Stateful):
    """The base of controls, and of your own: define `update`, and what else differs.

    `init()` gives the first state, `update(state, trainable, cycle, verbosity)` acts and gives the
    next one, `done(state)` asks for a stop, `message(state)` says why, `takedown(state, trainable,
    verbosity)` gives an entry for the report, or None; `check(trainable)` raises what can't be
    done, before anything is trained. States are made of numbers, strings, None
    and tuples of them, so that training can be gone on with; what `trainable` offers is written in
    `kerasflux.control.trainable.Trainable`.

    Attributes:
        trains: whether the control trains; of a list at least one has to.
        stops: whether it can ever ask for a stop: by default if it defines `done`.

    Example:
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> class Patienceless(Control):
        ...     limit: float = 0.5
        ...     def init(self):
        ...         return 0.0
        ...     def update(self, state, trainable, cycle, verbosity):
        ...         return trainable.loss or 0.0
        ...     def done(self, state):
        ...         return state > self.limit
        ...     def message(self, state):
        ...         return f"a loss of {state}"
        >>> loop = run_controls(Replay([0.4, 0.6, 0.2]), [Step(), Patienceless()])
        stopped after 2 iterations: a loss of 0.6 (Patienceless())

    Source: the interface of controls in IterationControl.jl.
    """

    @property
    def trains(self) -> bool:
        return False

    @property
    def stops(self) -> bool:
        return type(self).done is not Stateful.done

    def check(self, trainable: Trainable) -> None:
        """Raise what can't be done with this trainable, before anything is trained."""

    @abstractmethod
    def update(self, state: Any, trainable: Trainable, cycle: int, verbosity: int) -> Any:
        """Act, once per cycle (counted from 1), and give the next state."""

    def takedown(self, state: Any, trainable: Trainable, verbosity: int) -> dict[str, Any] | None:
        """What to report when all is over."""
        return None

    def failure(self, state: Any) -> BaseException | None:
        """What to raise when all is over."""
        return None


class _Watched(NamedTuple):
    seen: int  # training losses
    inner: Any


class Stopping(Control):
    """A stopping rule as a control; made where a rule stands among controls.

    In each cycle the rule gets the training losses that it has not seen yet, then the loss. While
    nothing is trained there is no loss, and it is passed over.

    Args:
        criterion: the rule.

    >>> from kerasflux.control.counting import Patience
    >>> Stopping(Patience(3)).init()
    _Watched(seen=0, inner=_Rising(loss=inf, rises=0))
    """

    criterion: Criterion = field(doc="the rule")

    @property
    def stops(self) -> bool:
        return not isinstance(self.criterion, Never)

    def init(self) -> _Watched:
        return _Watched(0, self.criterion.init())

    def update(self, state: _Watched, trainable: Trainable, cycle: int, verbosity: int) -> _Watched:
        loss = trainable.loss
        if loss is None:
            return state
        losses, inner = trainable.training_losses, state.inner
        for training_loss in losses[state.seen :]:
            inner = self.criterion.update(inner, float(training_loss), True)
        return _Watched(len(losses), self.criterion.update(inner, float(loss)))

    def done(self, state: _Watched) -> bool:
        return self.criterion.done(state.inner)

    def message(self, state: _Watched) -> str:
        return self.criterion.message(state.inner)

    def reason(self, state: _Watched) -> str:
        return self.criterion.reason(state.inner)

    def takedown(self, state: _Watched, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return ended(self, state)

    def resumed(self, state: _Watched) -> _Watched:
        return _Watched(state.seen, self.criterion.resumed(state.inner))

    def loosens(self, old: Any) -> bool:
        return self.kin(old) and self.criterion.loosens(old.criterion)


def ended(control: Control, state: Any) -> dict[str, Any]:
    """The entry for the report of a control that can stop: whether it did, and why."""
    done = control.done(state)
    return {"done": done, "log": control.message(state) if done else ""}


# one control


def as_control(given: Any) -> Control:
    """A control as it is, a stopping rule as a control.

    Raises:
        HyperparameterError: anything else.
    """
    if isinstance(given, Control):
        return given
    if isinstance(given, Criterion):
        return Stopping(given)
    raise HyperparameterError(
        f"{short(given)} is no control.",
        expected="a control (Step(1), Info(f), Callback(f), ...) or a stopping rule (Patience(5))",
        received=f"{short(given)}, of type {type(given).__name__}",
        remedy=_instead(given),
    )


def _instead(given: Any) -> str:
    if isinstance(given, type):
        return f"Write {given.__name__}()." if issubclass(given, Stateful) else ""
    if callable(given):
        return "Write Callback(f), which calls f in each cycle."
    return "[Step(1), NumberSinceBest(10), NumberLimit(500)] is a list of controls."


def accepted(given: Any) -> Any:
    """What `as_control` takes, as it was given: the converter of fields that hold a control."""
    as_control(given)
    return given


# lists of controls


def checked(controls: Any) -> tuple[Any, ...]:
    """The controls of a list, as they were given.

    Raises:
        HyperparameterError: something that is no control; none that trains, or none that can ever
            stop.

    >>> from kerasflux.control.steps import Step
    >>> checked([Step(1)])
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: These controls would train forever.
      expected: one or more that can stop: stopping rules, callbacks with stop_if_true=True
      received: [Step()]
      to do: Add NumberLimit(500), for instance.
    """
    if not isinstance(controls, (list, tuple)):
        raise HyperparameterError(
            "Controls come as a list.",
            expected="a list of controls and stopping rules",
            received=f"{short(controls)}, of type {type(controls).__name__}",
            remedy="[Step(1), NumberSinceBest(10), NumberLimit(500)], for instance.",
        )
    found = [as_control(given) for given in controls]
    if not any(control.trains for control in found):
        raise HyperparameterError(
            "None of these controls trains.",
            expected="Step(n), or a control of your own whose `trains` is true, among them",
            received=short(list(controls)),
            remedy="Put Step(1) first.",
        )
    if not any(control.stops for control in found):
        raise HyperparameterError(
            "These controls would train forever.",
            expected="one or more that can stop: stopping rules, callbacks with stop_if_true=True",
            received=short(list(controls)),
            remedy="Add NumberLimit(500), for instance.",
        )
    return tuple(controls)


def loosened(new: Sequence[Any], old: Sequence[Any]) -> bool:
    """Whether each control equals, or loosens, that in its place of an old list.

    Going on with the states of the old list then gives what the new one would have given from the
    start.

    >>> from kerasflux.control.counting import NumberLimit
    >>> from kerasflux.control.steps import Step
    >>> loosened([Step(), NumberLimit(9)], [Step(), NumberLimit(5)])
    True
    >>> loosened([Step(2), NumberLimit(9)], [Step(), NumberLimit(9)])
    False
    """
    if len(new) != len(old):
        return False
    return all(as_control(a).loosens(as_control(b)) for a, b in zip(new, old, strict=True))


def carried(new: Sequence[Any], old: Sequence[Any], states: Sequence[Any]) -> list[Any]:
    """The states with which a new list of controls goes on where an old one ended.

    Controls are matched in order; one that equals or loosens an old one goes on from its state, the
    others start anew.

    >>> from kerasflux.control.counting import NumberLimit, Patience
    >>> from kerasflux.control.steps import Step
    >>> old = [Step(), NumberLimit(5)]
    >>> new = [Step(), Patience(2), NumberLimit(9)]
    >>> states = carried(new, old, [as_control(control).init() for control in old])
    >>> [type(state).__name__ for state in states]
    ['_Stepped', '_Watched', '_Watched']
    """
    result, place = [], 0
    for control in map(as_control, new):
        fits = (k for k in range(place, len(old)) if control.loosens(as_control(old[k])))
        match = next(fits, None)
        if match is None:
            result.append(control.init())
        else:
            result.append(control.resumed(states[match]))
            place = match + 1
    return result


def dump_states(controls: Sequence[Any], states: Sequence[Any]) -> list[Any]:
    """The states of a list of controls as what `json.dumps` takes."""
    both = zip(controls, states, strict=True)
    return [as_control(control).dump(state) for control, state in both]


def load_states(controls: Sequence[Any], written: Sequence[Any]) -> list[Any]:
    """The states that `dump_states` wrote, for equal controls."""
    both = zip(controls, written, strict=True)
    return [as_control(control).load(state) for control, state in both]
