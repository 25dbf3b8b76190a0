"""The cycles of one fit of an iterated model: led here, decided by its controls.

After each cycle that is complete there is a new `State`, which is all that an interrupt, a
checkpoint or the end of the fit hands over. What a cycle did that did not come to its end is
forgotten, so that whoever goes on does the whole cycle again, and ends with the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kerasflux import interface, log
from kerasflux.control.counting import NumberLimit
from kerasflux.control.loop import Loop
from kerasflux.control.steps import Step
from kerasflux.errors import Interrupted
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import copied, set_path
from kerasflux.interface import Fitted, Model, Run
from kerasflux.portraits import count
from kerasflux.wrappers.iteratedlooks import Examiner
from kerasflux.wrappers.iteratedstates import State, plain
from kerasflux.wrappers.training import InTraining


class Cycles:
    """One fit.

    Args:
        training: the model in training.
        controls: what decides.
        states: the states that they go on from; None for new ones.
        state: what was learned before.
        examiner: who looks at the model in training.
        run: how the fit talks to its caller.
        whole: makes of a state what the fit gives.
        name: what the progress bar calls it.

    Attributes:
        state: what was learned up to the last complete cycle.
    """

    def __init__(
        self,
        training: InTraining,
        controls: Sequence[Any],
        states: Sequence[Any] | None,
        state: State,
        examiner: Examiner,
        run: Run,
        whole: Callable[[State], Fitted],
        name: str,
    ) -> None:
        self.training, self.run, self._whole, self._name = training, run, whole, name
        self._controls, self._unit = controls, training.model.iteration_unit
        self.loop = Loop(training, controls, states, verbosity=run.verbosity)
        measures = examiner.measures
        self.state = replace(
            state,
            names=tuple(examiner.names),
            orientation=measures[0].orientation if measures else "loss",
            stopped=None,
            controls=tuple(self.loop.states),
        )
        self._by_caller = self._any = False
        self._anew = states is None

    def led(self) -> State:
        """Do cycles until a control, the model or the caller ends them.

        Raises:
            Interrupted: after the first complete cycle; it carries the whole up to the last one.
            KeyboardInterrupt: before that.
        """
        try:
            try:
                self._cycles()
            finally:
                self.loop.takedown()
            if self.loop.failure is not None:
                raise self.loop.failure
        except KeyboardInterrupt as stop:
            raise self._interrupted(stop) from None
        if self.training.fitted is None:  # the controls wanted none
            self.training.train(0)
        self.state = replace(
            self.state,
            moment=self.training.moment(),
            controls=tuple(self.loop.states),
            stopped=self._reason(),
            outcomes=tuple((repr(c), plain(found)) for c, found in self.loop.outcomes),
        )
        self.training.begin()  # the decision is told before why there was nothing to train
        self._say_end()
        return self.state

    def _cycles(self) -> None:
        start, limit = self.training.n_iterations, _limit(self._controls) or 0
        total = limit + start if self._anew else max(limit, start)
        enabled, unit = self.run.verbosity == 1, self._unit.removesuffix("s")
        with log.progress(total, self._name, start=start, enabled=enabled, unit=unit) as bar:
            bar.measured = self.state.names[0]
            going = True
            while going and not self.training.ended and not self._by_caller:
                n_cycles, before = self.training.n_cycles, self.training.n_iterations
                going = self.loop.step()
                if self.training.n_cycles > n_cycles:
                    self._complete(before, bar)

    def _complete(self, before: int, bar: log.Progress) -> None:
        """Take in a complete cycle, and tell of it."""
        moment, self._any = self.training.moment(), True
        self.state = replace(self.state, moment=moment, controls=tuple(self.loop.states))
        if moment.n_iterations > before:
            self._show(before, bar)
        row, self.training.held = self.training.held, None
        if row is not None:
            told = {**row, "measurement": self.training.measurement}
            self._by_caller = self.run.epoch(told)
        done = range(before + 1, moment.n_iterations + 1)
        if any(self.run.due(epoch) for epoch in done):
            self.run.keep(self._whole(self.state))

    def _show(self, before: int, bar: log.Progress) -> None:
        measured, losses = self.training.measurement, self.training.training_losses
        for epoch in range(before, self.training.n_iterations):
            bar.advance(losses[epoch] if epoch < len(losses) else None, measured)
        if self.run.verbosity > 1 and measured is not None:
            loss = f"  loss {losses[-1]:.6g}" if losses else ""
            mark = "  best" if self.state.best is self.state.moment.looks[-1] else ""
            place = f"{self._unit.removesuffix('s')} {self.training.n_iterations}"
            log.say(f"{place}{loss}  {self.state.names[0]} {measured:.6g}{mark}")

    def _interrupted(self, stop: KeyboardInterrupt) -> BaseException:
        """What to raise: the interrupt with all that is complete, if anything is."""
        if not self._any:
            return getattr(stop, "error", None) or KeyboardInterrupt("interrupted")
        kept = self._whole(self.state)
        if isinstance(stop, Interrupted):
            stop.fitted = kept
            return stop
        return Interrupted(kept)

    def _reason(self) -> str:
        ended = self.training.ended
        if self._by_caller or ended:
            return "on_epoch" if self._by_caller else ended
        reason = self.loop.message
        if self.state.orientation == "score":  # rules see, and tell, losses
            reason = reason.replace("the loss", f"the loss (minus {self.state.names[0]})", 1)
        return reason

    def _say_end(self) -> None:
        if not self.run.verbosity:
            return
        best, unit = self.state.best, self._unit.removesuffix("s")
        text = f"stopped after {count(self.training.n_iterations, unit)}: {self.state.stopped}"
        if best is not None:
            name, value = self.state.names[0], best.measurements[0]
            text += f"; best: {unit} {best.epoch}, {name} {value:.6g}"
        log.say(text)


def _limit(controls: Sequence[Any]) -> int | None:
    """How many iterations there are at most, if the controls say so plainly."""
    steps = [c.n for c in controls if type(c) is Step]
    looks = [c.n for c in controls if type(c) is NumberLimit]
    return sum(steps) * min(looks) if steps and looks else None


def retrained(
    model: Model, path: str, state: State, epochs: int, rows: Rows, old: Model | None, run: Run
) -> State:
    """The state with what the model learns of all rows in as many iterations.

    Args:
        model: the model that was iterated.
        path: its iteration parameter.
        state: what was learned.
        epochs: how many iterations.
        rows: all rows of the fit.
        old: the model that `state.retrained` was learned by, if that can be gone on from.
        run: how the fit talks to its caller.
    """
    model = copied(model)
    set_path(model, path, epochs)
    if run.verbosity:
        unit = model.iteration_unit.removesuffix("s")
        log.say(f"training on all rows for {count(epochs, unit)}")
    own = Run(verbosity=run.verbosity, on_begin=run.begin)
    data = rows.of(model)
    if old is None or state.retrained is None:
        return replace(state, retrained=interface.fit(model, data, own))
    return replace(state, retrained=interface.update(model, state.retrained, old, data, own))
