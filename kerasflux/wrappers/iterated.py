"""`IteratedModel`: a model trained in cycles, controlled and stopped by what is seen on the way.

Who owns what: `kerasflux.control` has the rules, the controls and the loop, and knows numbers;
`wrappers.training` makes a model in training look like something that controls can lead;
`wrappers.iteratedrows` says which rows train, `wrappers.iteratedlooks` measures the others,
`wrappers.iteratedcycles` does the cycles of one fit, and `wrappers.iteratedstates` has what is kept
of them. Here stands the model: hyperparameters, what continues over which changes, and verbs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from kerasflux import drawing, log
from kerasflux.allowed import short
from kerasflux.cards import changed
from kerasflux.composition.parts import refuse_unwritable
from kerasflux.composition.steps import as_part
from kerasflux.control.controls import carried, checked, loosened
from kerasflux.control.counting import NumberLimit, NumberSinceBest
from kerasflux.control.steps import Step
from kerasflux.control.values import InvalidValue
from kerasflux.errors import HyperparameterError, Interrupted
from kerasflux.fits import iterations_done
from kerasflux.forwarding import Rows, Wrapper
from kerasflux.hyperparameters import Change, copied, difference, field, get_path, same, set_path
from kerasflux.interface import QUIET, Fitted, Model, Run, Supervised
from kerasflux.wrappers import iteratedstates
from kerasflux.wrappers.iteratedcycles import Cycles, retrained
from kerasflux.wrappers.iteratedlooks import as_measures, examiner
from kerasflux.wrappers.iteratedrows import Split, as_resampling, split
from kerasflux.wrappers.iteratedstates import State
from kerasflux.wrappers.training import InTraining, at_moment


def _iterating(value: Any) -> Model:
    model = as_part(value)
    predicts = isinstance(model, Supervised) and type(model).predict is not Model.predict
    if predicts and model.iteration_parameter is not None:
        return model
    raise HyperparameterError(
        f"{type(model).__name__} can't be iterated.",
        expected="a model that predicts, and that trains in iterations which one of its "
        "hyperparameters counts (`iteration_parameter`)",
        received="one that does not predict" if not predicts else "one that counts no iterations",
        remedy="It counts its own: leave the outer one out."
        if isinstance(model, IteratedModel)
        else "Iterate the network in it: `IteratedModel(net)` can be a step of a pipeline.",
        name="model",
        value=value,
    )


def _controls(value: Any) -> list[Any]:
    return list(checked(value))


def _usual() -> list[Any]:
    return [Step(1), InvalidValue(), NumberSinceBest(10), NumberLimit(500)]


class IteratedModel(Wrapper):
    """A model that is trained further in cycles until a control stops it, by held-out rows.

    In each cycle the controls act in the order of their list: `Step(1)` trains an iteration, rules
    look at the loss of the held-out rows, others report, save, or change the learning rate. Then
    those that ask for a stop are heard. Predictions are made with what was learned at the look with
    the smallest loss; training goes on from the last one: both are kept.

    Args:
        model: a model that predicts and trains in iterations, a pipeline for instance; kept by
            reference. Its own number of iterations (`epochs`) is not used: they are counted here.
        controls: controls and stopping rules. At least one has to train, and one to stop.
        resampling: None: 70 % of the rows train, the rest are looked at, shuffled with a fixed seed
            and stratified for a Finite target. A number: that share trains instead. `Holdout(...)`,
            or one pair `(train, test)` of row numbers, counted among the rows of the fit.
            `InSample()`: all rows train, and predictions of the same rows are measured.
            `"training"`: all rows train, and their training losses are looked at.
        measure: what is measured, one or several of which the first decides; scores are negated.
            None as for `kf.evaluate`.
        restore_best: whether predictions, files and exports are those of the best look; else of the
            last one.
        retrain: whether to train anew on all rows at the end, for as many iterations as the best
            look was after (with `restore_best=False` as many as there were), and to predict by
            that. What controls set on the way (learning rates) does not count there.
        operation: what is predicted for the measures, as for `kf.evaluate`.

    Scitypes: `X` and `y` as for the model.

    The report has `n_iterations`, `best_iteration`, `stopped` (why), `losses` (a row per look),
    `controls` (what each left) and `model_report`; `mach.history` has a row per iteration.

    A fit goes on where only `controls`, `restore_best`, `retrain` or hyperparameters of the model
    changed that it goes on over itself. Controls that are as they were, or ask for less (a
    `NumberLimit` that was raised), go on with what they have seen, so that 5 and then 10 looks are
    10 at once; others, and all of them if the model changed, begin to count anew.

    Raises:
        HyperparameterError: a model that does not predict or iterate; controls none of which trains
            or stops; a strategy with several folds.
        MeasureError: a measure that can't choose, as it is no number or has no orientation.

    Example:
        >>> import kerasflux as kf, numpy as np, pandas as pd
        >>> X = pd.DataFrame({"a": np.linspace(0, 1, 40), "b": np.linspace(1, 0, 40) ** 2})
        >>> net = kf.NeuralNetworkRegressor(builder=kf.MLP((8,)), rng=1)
        >>> model = IteratedModel(net, [kf.Step(2), kf.NumberLimit(3)])
        >>> mach = kf.machine(model, X, X["a"] * 3).fit(verbosity=0)
        >>> mach.report.n_iterations, mach.report.stopped
        (6, 'the loss was looked at 3 times (NumberLimit(n=3))')
        >>> model.controls[1].n = 5
        >>> mach.fit(verbosity=0).report.n_iterations
        10

    Source: `IteratedModel` of MLJIteration.jl, which predicts with the last state, takes every
    measure for a loss, counts anew in all controls when it goes on, and lets 30 % of the rows out
    unshuffled.
    """

    model: Any = field(convert=_iterating, doc="what is trained, iteration by iteration")
    controls: list[Any] = field(
        factory=_usual, convert=_controls, continues=True, doc="what is done in each cycle"
    )
    resampling: Any = field(
        None, convert=as_resampling, doc="which rows train and which are looked at"
    )
    measure: Any = field(None, convert=as_measures, doc="what is measured; the first decides")
    restore_best: bool = field(True, continues=True, doc="whether the best look predicts")
    retrain: bool = field(False, continues=True, doc="whether to train on all rows at the end")
    operation: Any = field(None, doc="what is predicted for the measures")

    # traits

    @property
    def iteration_parameter(self) -> str | None:  # type: ignore[override]
        """None: controls end the training, not a number."""
        return None

    @property
    def takes_run(self) -> bool:
        return True

    def iterations(self) -> int | None:
        return None

    @property
    def unused_paths(self) -> tuple[str, ...]:
        """The iteration parameter of the model, and what that one does not use."""
        return (f"model.{self._path}", *super().unused_paths)

    @property
    def _path(self) -> str:
        path: str = self.model.iteration_parameter
        return path

    # learning

    def fit(self, data: Rows, run: Run = QUIET) -> Fitted:
        return self._iterated(data, run, State(), None)

    def update(self, fitted: Fitted, old_model: Model, data: Rows, run: Run = QUIET) -> Fitted:
        if self.restarts(old_model):
            return self.fit(data, run)
        old: Any = old_model
        return self._iterated(data, run, fitted.state, old)

    def restarts_within(self, old_model: Model) -> tuple[Change, ...]:
        """The changes for which the model has to start from scratch; iterations are not counted."""
        old: Any = old_model
        if not self._comparable(old):
            return (Change("model", old.model, self.model),)
        found = self._counting_as(old.model).restarts(old.model)
        return tuple(replace(c, path=f"model.{c.path}".rstrip(".")) for c in found)

    def as_fresh(self, old_model: Model) -> bool:
        """Whether only controls changed, and each asks for no more than before."""
        old: Any = old_model
        if not self._comparable(old) or not same(self._counting_as(old.model), old.model):
            return False
        continuing = all(c.continues for c in self.changes_around(old))
        return continuing and loosened(self.controls, old.controls)

    def _comparable(self, old: Any) -> bool:
        return type(old.model) is type(self.model) and old._path == self._path

    def _counting_as(self, old: Model) -> Model:
        """The model with as many iterations as another one has, which are not used."""
        model = copied(self.model)
        set_path(model, self._path, get_path(old, self._path))
        return model

    def _iterated(self, data: Rows, run: Run, state: State, old: Any) -> Fitted:
        """What all cycles learn, from what was learned before.

        Args:
            data: the rows of the fit.
            run: how it talks to its caller.
            state: what was learned before, an empty one to begin with.
            old: this model when that was learned; None to begin with.
        """
        if run.on_state is not None:
            refuse_unwritable({"model": self.model})
        part = split(self.resampling, data)
        looking = examiner(self.model, data, part, self.measure, self.operation)
        before, states = (state.moment, None) if old is None else self._taken_up(state, old)
        fitted_model = None if old is None else at_moment(old.model, self._path, state.moment)
        training = InTraining(
            self.model,
            self._path,
            data.take(part.train),
            looking,
            run,
            lambda: self._begun(run, part, old),
            before,
            fitted_model,
        )
        start = replace(state, moment=before)
        name = type(self.model).__name__
        cycles = Cycles(training, self.controls, states, start, looking, run, self._whole, name)
        found = cycles.led()
        if self.retrain:
            found = self._retrained(found, data, old, run)
        run.begin()
        return self._whole(found)

    def _taken_up(self, state: State, old: Any) -> tuple[Any, list[Any] | None]:
        """Where to go on from, and with which states of controls; None for new ones."""
        changes = difference(old.model, self._counting_as(old.model))
        changed = {change.path for change in changes}
        settings = {p: v for p, v in state.moment.settings.items() if p not in changed}
        moment = replace(state.moment, settings=settings)
        if changed or state.controls is None:
            return replace(moment, ended="", ingested=None), None
        if moment.ended == "on_epoch":  # the caller ended it, not the training itself
            moment = replace(moment, ended="")
        return moment, carried(self.controls, old.controls, state.controls)

    def _retrained(self, state: State, data: Rows, old: Any, run: Run) -> State:
        """The state with what the model learns of all rows."""
        best = state.best
        epochs = state.moment.n_iterations
        if self.restore_best and best is not None:
            epochs = best.epoch
        before = None
        if old is not None and state.retrained is not None:
            before = copied(old.model)
            set_path(before, self._path, iterations_done(before, state.retrained))
        try:
            return retrained(self.model, self._path, state, epochs, data, before, run)
        except KeyboardInterrupt:
            raise Interrupted(self._whole(replace(state, retrained=None))) from None

    def _begun(self, run: Run, part: Split, old: Any) -> None:
        """Say what was chosen, and that the model's own number of iterations is not used."""
        run.begin()
        if not run.verbosity:
            return
        if old is None:
            if part.note:
                log.say(part.note)
            for doubt in part.doubts:
                log.warn(doubt)
        value = get_path(self.model, self._path)
        if old is None or value != get_path(old.model, self._path):
            unit = self.iteration_unit
            log.say(
                f"model.{self._path}={short(value)} is not used, IteratedModel counts {unit} itself"
            )

    def _whole(self, state: State) -> Fitted:
        return iteratedstates.whole(state, self.restore_best, self.retrain)

    # verbs over what was learned

    def inner(self, fitted: Fitted) -> Fitted:
        """What the model learned of all rows, or at the best look, or at the last."""
        state: State = fitted.state
        return state.predicting(self.restore_best, self.retrain)

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """What the model predicts."""
        return self.model.predict(self.inner(fitted), X)

    def picture(self, fitted: Fitted) -> Any:
        """The losses and what was measured, with the best look and the end; None without them."""
        rows: Sequence[Mapping[str, Any]] = fitted.report.get("history", ())
        if not len(rows):
            return None
        state: State = fitted.state
        frame = pd.DataFrame(list(rows))
        if self._measures_its_loss(fitted):  # one axis for both
            frame["validation_loss"] = frame.pop("measurement")
        return drawing.loss_curves(
            frame,
            best=None if state.best is None else state.best.epoch,
            stopped=state.moment.n_iterations,
            reason=state.stopped or "",
            measure=state.names[0],
            orientation=state.orientation,
        )

    def _measures_its_loss(self, fitted: Fitted) -> bool:
        """Whether what is measured is what the model minimises, by its default loss."""
        owner = self.model
        if "." in self._path:
            owner = get_path(self.model, self._path.rpartition(".")[0])
        plain = "loss" in type(owner)._fields and "loss" not in dict(changed(owner))
        own = "log_loss" if self.prediction_type == "probabilistic" else "l2"
        losses = [row.get("validation_loss") for row in fitted.report["history"]]
        validated = any(loss is not None and loss == loss for loss in losses)
        same_units = fitted.report.get("loss_units") == "target"
        return plain and same_units and not validated and fitted.state.names[0] == own

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return iteratedstates.dump(fitted.state, self.model, self.controls)

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        state = iteratedstates.load(record, arrays, self.model, self._path, self.controls)
        return self._whole(state)

    def serving(self, fitted: Fitted) -> Any:
        return self.model.serving(self.inner(fitted))
