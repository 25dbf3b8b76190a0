"""Controls made of controls: every so often, louder, several as one, their states shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kerasflux.allowed import source
from kerasflux.control.controls import Control, accepted, as_control
from kerasflux.control.trainable import Trainable
from kerasflux.hyperparameters import AtLeast, field
from kerasflux.structure import same


class Around(Control):
    """The base of controls around another one, or around a stopping rule."""

    control: Any = field(convert=accepted, doc="the control")

    @property
    def inner(self) -> Control:
        """The control within; a stopping rule as a control."""
        return as_control(self.control)

    @property
    def trains(self) -> bool:
        return self.inner.trains

    @property
    def stops(self) -> bool:
        return self.inner.stops

    def check(self, trainable: Trainable) -> None:
        self.inner.check(trainable)

    def init(self) -> Any:
        return self.inner.init()

    def update(self, state: Any, trainable: Trainable, cycle: int, verbosity: int) -> Any:
        return self.inner.update(state, trainable, cycle, verbosity)

    def done(self, state: Any) -> bool:
        return self.inner.done(state)

    def message(self, state: Any) -> str:
        return self.inner.message(state)

    def reason(self, state: Any) -> str:
        return self.inner.reason(state)

    def takedown(self, state: Any, trainable: Trainable, verbosity: int) -> dict[str, Any] | None:
        return self.inner.takedown(state, trainable, verbosity)

    def failure(self, state: Any) -> BaseException | None:
        return self.inner.failure(state)

    def resumed(self, state: Any) -> Any:
        return self.inner.resumed(state)

    def loosens(self, old: Any) -> bool:
        """Whether the control within loosens that of `old`, and nothing else differs."""
        if not self.kin(old) or not self.inner.loosens(as_control(old.control)):
            return False
        others = [name for name in type(self)._fields if name != "control"]
        return all(same(getattr(self, name), getattr(old, name)) for name in others)


class _Skipped(NamedTuple):
    calls: int
    inner: Any


class Skip(Around):
    """What `skip` makes."""

    predicate: int | Callable[[int], Any] = field(1, allowed=AtLeast(1), doc="when to apply it")

    def init(self) -> _Skipped:
        return _Skipped(0, self.inner.init())

    def update(self, state: _Skipped, trainable: Trainable, cycle: int, verbosity: int) -> _Skipped:
        n = state.calls + 1
        every = self.predicate
        if not (n % every == 0 if isinstance(every, int) else every(n)):
            return _Skipped(n, state.inner)
        return _Skipped(n, self.inner.update(state.inner, trainable, cycle, verbosity))

    def done(self, state: _Skipped) -> bool:
        return self.inner.done(state.inner)

    def message(self, state: _Skipped) -> str:
        return self.inner.message(state.inner)

    def reason(self, state: _Skipped) -> str:
        return self.inner.reason(state.inner)

    def takedown(
        self, state: _Skipped, trainable: Trainable, verbosity: int
    ) -> dict[str, Any] | None:
        return self.inner.takedown(state.inner, trainable, verbosity)

    def failure(self, state: _Skipped) -> BaseException | None:
        return self.inner.failure(state.inner)

    def resumed(self, state: _Skipped) -> _Skipped:
        return _Skipped(state.calls, self.inner.resumed(state.inner))

    def _one_line(self) -> str:
        return f"skip({source(self.control)}, {source(self.predicate)})"

    def __repr__(self) -> str:
        return self._one_line()


def skip(control: Any, predicate: int | Callable[[int], Any] = 1) -> Skip:
    """A control, or stopping rule, that is applied only now and then.

    Args:
        control: the control.
        predicate: a whole number k: in every k-th cycle, beginning with the k-th; or a function of
            the number of the cycle (from 1, counted by this control), which says whether.

    Raises:
        HyperparameterError: something that is no control, a number below 1.

    Example:
        >>> from kerasflux.control.callbacks import WithIterationsDo
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> controls = [Step(), skip(WithIterationsDo(), 2), NumberLimit(5)]
        >>> loop = run_controls(Replay([0.5] * 9), controls)
        iterations: 2
        iterations: 4
        stopped after 5 iterations: the loss was looked at 5 times (NumberLimit(n=5))

    Source: `skip` of IterationControl.jl.
    """
    return Skip(control, predicate)


class Louder(Around):
    """What `louder` makes."""

    by: int = field(1, doc="what is added to the verbosity")

    def update(self, state: Any, trainable: Trainable, cycle: int, verbosity: int) -> Any:
        return self.inner.update(state, trainable, cycle, verbosity + self.by)

    def takedown(self, state: Any, trainable: Trainable, verbosity: int) -> dict[str, Any] | None:
        return self.inner.takedown(state, trainable, verbosity + self.by)

    def _one_line(self) -> str:
        return f"louder({source(self.control)}, {self.by})"

    def __repr__(self) -> str:
        return self._one_line()


def louder(control: Any, by: int = 1) -> Louder:
    """A control, or stopping rule, that says more than the others, or less.

    Args:
        control: the control.
        by: what is added to the verbosity; negative for less.

    Raises:
        HyperparameterError: something that is no control.

    Example:
        >>> from kerasflux.control.callbacks import WithLossDo
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> controls = [Step(), louder(WithLossDo()), NumberLimit(2)]
        >>> loop = run_controls(Replay([0.5, 0.4, 0.3]), controls, verbosity=0)
        loss: 0.5
        loss: 0.4

    Source: `louder` of IterationControl.jl.
    """
    return Louder(control, by)


class WithState(Around):
    """What `with_state_do` makes."""

    f: Callable[[Any], Any] | None = field(None, doc="what to call; None prints")

    def update(self, state: Any, trainable: Trainable, cycle: int, verbosity: int) -> Any:
        new = self.inner.update(state, trainable, cycle, verbosity)
        if self.f is not None:
            self.f(new)
        elif verbosity > 0:
            trainable.say(f"{source(self.control)}: {new}")
        return new

    def _one_line(self) -> str:
        rest = "" if self.f is None else f", {source(self.f)}"
        return f"with_state_do({source(self.control)}{rest})"

    def __repr__(self) -> str:
        return self._one_line()


def with_state_do(control: Any, f: Callable[[Any], Any] | None = None) -> WithState:
    """A control, or stopping rule, whose state is looked at after each application.

    Args:
        control: the control.
        f: a function of the state; by default it is printed.

    Raises:
        HyperparameterError: something that is no control.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> loop = run_controls(Replay([0.5, 0.4]), [with_state_do(Step()), NumberLimit(2)])
        Step(): _Stepped(ended=False, iterations=1)
        Step(): _Stepped(ended=False, iterations=2)
        stopped after 2 iterations: the loss was looked at 2 times (NumberLimit(n=2))

    Source: `with_state_do` of IterationControl.jl.
    """
    return WithState(control, f)


def _unfolded(controls: Any) -> tuple[Any, ...]:
    """Controls, with those of composites in their place: the converter of a composite's field."""
    found: list[Any] = []
    for control in controls:
        as_control(control)
        found += control.controls if isinstance(control, Composite) else (control,)
    return tuple(found)


class Composite(Control):
    """What `composite` makes."""

    controls: tuple[Any, ...] = field((), convert=_unfolded, doc="the controls")

    @property
    def inner(self) -> list[Control]:
        """The controls; stopping rules as controls."""
        return [as_control(control) for control in self.controls]

    @property
    def trains(self) -> bool:
        return any(control.trains for control in self.inner)

    @property
    def stops(self) -> bool:
        return any(control.stops for control in self.inner)

    def check(self, trainable: Trainable) -> None:
        for control in self.inner:
            control.check(trainable)

    def init(self) -> tuple[Any, ...]:
        return tuple(control.init() for control in self.inner)

    def update(
        self, state: tuple[Any, ...], trainable: Trainable, cycle: int, verbosity: int
    ) -> tuple[Any, ...]:
        return tuple(c.update(s, trainable, cycle, verbosity) for c, s in self._both(state))

    def done(self, state: tuple[Any, ...]) -> bool:
        return any(control.done(inner) for control, inner in self._both(state))

    def message(self, state: tuple[Any, ...]) -> str:
        return next((c.message(s) for c, s in self._both(state) if c.done(s)), "")

    def reason(self, state: tuple[Any, ...]) -> str:
        return next((c.reason(s) for c, s in self._both(state) if c.done(s)), "")

    def takedown(
        self, state: tuple[Any, ...], trainable: Trainable, verbosity: int
    ) -> dict[str, Any]:
        told = [c.takedown(s, trainable, verbosity) for c, s in self._both(state)]
        both = zip(self.controls, told, strict=True)
        return {"outcomes": [(control, outcome) for control, outcome in both if outcome]}

    def failure(self, state: tuple[Any, ...]) -> BaseException | None:
        return next(filter(None, (c.failure(s) for c, s in self._both(state))), None)

    def resumed(self, state: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(control.resumed(inner) for control, inner in self._both(state))

    def loosens(self, old: Any) -> bool:
        """Whether each control loosens that in its place."""
        if not self.kin(old) or len(self.controls) != len(old.controls):
            return False
        return all(a.loosens(b) for a, b in zip(self.inner, old.inner, strict=True))

    def _both(self, state: tuple[Any, ...]) -> list[tuple[Control, Any]]:
        return list(zip(self.inner, state, strict=True))

    def _one_line(self) -> str:
        return f"composite({', '.join(map(source, self.controls))})"

    def __repr__(self) -> str:
        return self._one_line()


def composite(*controls: Any) -> Composite:
    """Several controls as one, to be skipped or made louder together.

    In each cycle all are applied, in order; it stops when one of them does. Composites within
    composites are opened; without controls it does nothing.

    Args:
        *controls: controls and stopping rules.

    Raises:
        HyperparameterError: something that is no control.

    Example:
        >>> from kerasflux.control.callbacks import WithLossDo
        >>> from kerasflux.control.counting import Patience
        >>> from kerasflux.control.steps import Step
        >>> composite(Step(2), composite(WithLossDo(), Patience(3)))
        composite(Step(n=2), WithLossDo(), Patience(n=3))

    Source: `CompositeControl` of IterationControl.jl.
    """
    return Composite(controls)
