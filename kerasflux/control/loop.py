"""The loop of a controlled training: cycles of controls, then what they leave for the report.

In each cycle every control is applied, in the order of the list; only then are requests to stop
acted on. So a control before the `Step` sees what the cycle before has left. The loop owns the
states of the controls, which are always those after the last complete cycle, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from kerasflux.control.controls import Control, as_control, checked
from kerasflux.control.trainable import Trainable
from kerasflux.errors import ArgumentError


class Loop:
    """A controlled training, cycle by cycle: `step()` until it gives False, then `takedown()`.

    Args:
        trainable: what is trained.
        controls: controls and stopping rules.
        states: the states of an earlier loop, to go on from; by default all start anew.
        verbosity: 0 silent, 1 what controls say, 2 more.

    Attributes:
        controls: the controls, as given.
        states: their states after the last complete cycle.
        outcomes: after `takedown`, pairs of a control and what it reports.

    Raises:
        HyperparameterError: controls that are none, do not train, or can never stop; and what
            their `check` raises, a path that is not there, for instance.
        ArgumentError: states of another number than controls.

    >>> from kerasflux.control.counting import NumberLimit
    >>> from kerasflux.control.steps import Step
    >>> from kerasflux.control.trainable import Replay
    >>> replay, controls = Replay([0.5, 0.4, 0.3]), [Step(), NumberLimit(2)]
    >>> loop = Loop(replay, controls)
    >>> [loop.step() for _ in range(3)], replay.n_iterations
    ([True, True, False], 2)
    >>> Loop(replay, [Step(), NumberLimit(3)], loop.states).step(), replay.n_iterations
    (True, 3)
    """

    def __init__(
        self,
        trainable: Trainable,
        controls: Sequence[Any],
        states: Sequence[Any] | None = None,
        verbosity: int = 1,
    ) -> None:
        self.trainable, self.verbosity = trainable, verbosity
        self.controls = checked(controls)
        self._controls = [as_control(control) for control in self.controls]
        self.states = self._begun_from(states)
        for control in self._controls:
            control.check(trainable)
        self.outcomes: list[tuple[Any, dict[str, Any]]] = []
        self._over = False

    def _begun_from(self, states: Sequence[Any] | None) -> list[Any]:
        if states is None:
            return [control.init() for control in self._controls]
        if len(states) != len(self._controls):
            raise ArgumentError(
                "A loop goes on from a state of each control.",
                expected=f"{len(self._controls)} states, those of an earlier loop",
                received=f"{len(states)}",
            )
        both = zip(self._controls, states, strict=True)
        return [control.resumed(state) for control, state in both]

    def step(self) -> bool:
        """Go through a cycle, unless a control has asked to stop.

        A cycle that raises changes no state and is not counted; what it trained is trained.

        Returns:
            whether there was a cycle.
        """
        if self._stopping is not None:
            return False
        before = self.trainable.n_cycles
        self.trainable.n_cycles = before + 1
        try:
            self.states = [
                self._applied(control, state, before + 1)
                for control, state in zip(self._controls, self.states, strict=True)
            ]
        except BaseException:
            self.trainable.n_cycles = before
            raise
        return True

    def _applied(self, control: Control, state: Any, cycle: int) -> Any:
        """The next state of a control; where it fails the error says which one it was."""
        try:
            return control.update(state, self.trainable, cycle, self.verbosity)
        except Exception as error:
            if not control.trains:  # errors of training speak for themselves
                error.add_note(f"This happened in the control {control!r}, in cycle {cycle}.")
            raise

    def takedown(self) -> None:
        """Ask every control for its part of the report; once."""
        if self._over:
            return
        self._over = True
        with ExitStack() as all_of_them:  # each, even if one raises; last in, first out
            for place in reversed(range(len(self.controls))):
                all_of_them.callback(self._take_down, place)

    @property
    def stopped_by(self) -> Any:
        """The first control that asks to stop, as it was given; None while none does."""
        return None if self._stopping is None else self.controls[self._stopping]

    @property
    def message(self) -> str:
        """Why to stop; empty while no control asks to."""
        place = self._stopping
        return "" if place is None else self._controls[place].reason(self.states[place])

    @property
    def failure(self) -> BaseException | None:
        """What a control wants raised when all is over."""
        both = zip(self._controls, self.states, strict=True)
        return next(filter(None, (control.failure(state) for control, state in both)), None)

    @property
    def _stopping(self) -> int | None:
        both: list[tuple[Control, Any]] = list(zip(self._controls, self.states, strict=True))
        return next((k for k, (control, state) in enumerate(both) if control.done(state)), None)

    def _take_down(self, place: int) -> None:
        control, state = self._controls[place], self.states[place]
        outcome = control.takedown(state, self.trainable, self.verbosity)
        if outcome is not None:
            self.outcomes.append((self.controls[place], outcome))


def run_controls(
    trainable: Trainable,
    controls: Sequence[Any],
    states: Sequence[Any] | None = None,
    verbosity: int = 1,
) -> Loop:
    """Train under control until a control stops; the takedown is done whatever happens.

    Args:
        trainable: what is trained.
        controls: controls and stopping rules, one of them at least a `Step`.
        states: the states of an earlier loop, to go on from; by default all start anew.
        verbosity: 0 silent, 1 what controls say, 2 more.

    Returns:
        the `Loop`, with `states`, `outcomes`, `stopped_by`, `message`.

    Raises:
        HyperparameterError: controls that are none, do not train, or can never stop.

    >>> from kerasflux.control.counting import NumberLimit, Patience
    >>> from kerasflux.control.steps import Step
    >>> from kerasflux.control.trainable import Replay
    >>> losses = [0.9, 0.5, 0.6, 0.7, 0.4]
    >>> loop = run_controls(Replay(losses), [Step(), Patience(2), NumberLimit(9)])
    stopped after 4 iterations: the loss rose 2 times in a row (Patience(n=2))
    >>> loop.stopped_by
    Patience(n=2)
    """
    loop = Loop(trainable, controls, states, verbosity)
    try:
        while loop.step():
            pass
    finally:
        loop.takedown()
    if verbosity > 0:
        n = trainable.n_iterations
        trainable.say(f"stopped after {n} iteration{'s' * (n != 1)}: {loop.message}")
    if loop.failure is not None:
        raise loop.failure
    return loop
