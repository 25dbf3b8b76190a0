"""A model in training, as controls see it (`kerasflux.control.trainable.Trainable`).

Who owns what: controls decide how much is trained and when to stop; `InTraining` does what they
ask, with a model of its own that they may set, and keeps what was learned, seen and found best. It
forgets nothing and decides nothing. Its caller is told of epochs by `Run`, those in the middle of a
cycle at once, and the last one of a cycle by whoever leads the cycles, once it is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import scitypes as st
from kerasflux import interface, log
from kerasflux.composition.learning import Again
from kerasflux.errors import ArgumentError
from kerasflux.fingerprints import fingerprint
from kerasflux.fits import Learned, iterations_done
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import copied, difference, get_path, set_path
from kerasflux.interface import Fitted, Model, Observations, Row, Run
from kerasflux.machines import Machine
from kerasflux.portraits import Record, count
from kerasflux.search.binding import full_path
from kerasflux.wrappers.iteratedlooks import Examiner, Look


@dataclass(frozen=True)
class Moment:
    """A model in training between two cycles: all that is needed to go on from there.

    Attributes:
        n_cycles: how many cycles were done.
        n_iterations: how many iterations.
        settings: the values that controls have set, by dotted path of the model.
        fitted: what was learned; None before the first iteration.
        looks: all looks so far.
        best: what was learned at the best look; None if there was none.
        ended: why the model itself ended its training, or `""`.
        ingested: the rows that it was given last, instead of those of the fit; None for those.
    """

    n_cycles: int = 0
    n_iterations: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    fitted: Fitted | None = None
    looks: tuple[Look, ...] = ()
    best: Fitted | None = None
    ended: str = ""
    ingested: Any = None


class InTraining:
    """A model in training.

    Args:
        model: what is trained; a copy is.
        path: its iteration parameter.
        rows: the rows that train.
        examiner: who looks at it.
        run: the run of the whole fit.
        begun: called when training begins.
        moment: where to go on from.
        fitted_model: the model of that moment; None if nothing was learned before.

    Attributes:
        model: the model, which controls may change.
        n_cycles: how many cycles are complete; counted by the loop.
        n_iterations: how many iterations were done.
        fitted: what was learned so far, None before the first iteration.
        ended: why the model itself ended its training (a NaN loss), or `""`.
        held: the row of the last epoch, of which the run was not told yet.
    """

    def __init__(
        self,
        model: Model,
        path: str,
        rows: Rows,
        examiner: Examiner,
        run: Run,
        begun: Callable[[], None],
        moment: Moment,
        fitted_model: Model | None = None,
    ) -> None:
        self._base, self._path, self._rows = model, path, rows
        self._examiner, self._run = examiner, run
        self.model = at_moment(model, path, moment)
        self._trained_as = fitted_model if moment.fitted is not None else None
        self._data = _for_all_cycles(rows.of(self.model))
        self._ingested: Any = None
        if moment.ingested is not None:
            self.ingest(moment.ingested)
        validation = None if run.validation is None else run.validation.of(self.model)
        told = None if run.on_epoch is None else self._told
        self._own = Run(validation=validation, on_begin=begun, on_epoch=told)
        self.n_cycles, self.n_iterations = moment.n_cycles, moment.n_iterations
        self.fitted, self.ended = moment.fitted, moment.ended
        self.held: Row | None = None
        self._losses = _losses_of(moment.fitted)
        self._looks, self._best = list(moment.looks), moment.best
        self._lowest = min((x.loss for x in moment.looks if x.loss == x.loss), default=None)

    def moment(self) -> Moment:
        """What is there now, to go on from later."""
        changes = difference(self._base, self.model)
        settings = {c.path: c.new for c in changes if c.path != self._path}
        self.examine()
        looks = tuple(self._looks)
        found = (self.n_cycles, self.n_iterations, settings, self.fitted, looks, self._best)
        return Moment(*found, self.ended, self._ingested)

    def begin(self) -> None:
        """Tell the run that nothing will be refused any more, if it was not told."""
        self._own.begin()

    # training

    def train(self, n: int) -> None:
        """Train `n` more iterations; fewer if the model itself ends its training.

        Raises:
            Interrupted, KeyboardInterrupt: nothing is kept of what was not finished.
        """
        self.examine()
        if self.held is not None and self._run.epoch(self.held):  # of a step before, in this cycle
            self.held, self.ended = None, "on_epoch"
        if self.ended:
            return
        target = self.n_iterations + n
        model = copied(self.model)  # nobody changes the one that is handed over
        set_path(model, self._path, target)
        self._target, self.held = target, None
        self._say_of_restarts(model)
        if self.fitted is None or self._trained_as is None:
            fitted = interface.fit(model, self._data, self._own)
        else:
            fitted = interface.update(model, self.fitted, self._trained_as, self._data, self._own)
        self._own.begin()
        self.fitted, self._trained_as = fitted, model
        done = iterations_done(model, fitted)
        self.n_iterations = target if done is None else done
        set_path(self.model, self._path, self.n_iterations)
        self._losses = _losses_of(fitted)
        self.ended = str(fitted.report.get("stopped") or "")
        self.held = self.held or self._last_row()

    def _say_of_restarts(self, model: Model) -> None:
        """Say that a control changed what training does not go on over."""
        if self.fitted is None or self._trained_as is None or not self._run.verbosity:
            return
        changes = model.restarts(self._trained_as)
        if changes:
            unit = self.model.iteration_unit.removesuffix("s")
            discarded = count(self.n_iterations, unit)
            log.say(f"from scratch ({', '.join(map(str, changes))}), {discarded} discarded")

    def _told(self, row: Row) -> Any:
        """Tell the run of an epoch in the middle of a cycle; the last one is held back."""
        self.held = None
        if row["epoch"] >= self._target:
            self.held = row
            return False
        return self._run.epoch(row)

    def _last_row(self) -> Row | None:
        """What is told of the last epoch where nobody asked for more."""
        if self.ended:
            return None  # told already, or undone
        loss = self._losses[-1] if self._losses else None
        return {"epoch": self.n_iterations, "training_loss": loss}

    def ingest(self, item: Any) -> None:
        """Train on other rows from now on.

        Args:
            item: `(X, y)` or `(X, y, sample_weight)`, read through the schemas of the first rows.
        """
        if not isinstance(item, (tuple, list)) or len(item) not in (2, 3):
            raise ArgumentError(
                "These are no rows to train on.",
                expected="(X, y) or (X, y, sample_weight)",
                received=f"{item!r}"[:80],
                remedy="`kf.Data([(X1, y1), (X2, y2), ...])`.",
            )
        X, y = (
            st.coerce(part, st.schema(own), verbosity=0)
            for part, own in zip(item[:2], (self._rows.X, self._rows.y), strict=True)
        )
        w = np.asarray(item[2], dtype=np.float64) if len(item) == 3 else None
        self._data = self.model.select(
            self.model.prepare(X, y, w if self.model.supports_weights else None), None
        )
        self._ingested = tuple(item)

    # looking

    def examine(self) -> Look | None:
        """The look at what is there now; taken once."""
        if self.fitted is None:
            return None
        if not self._looks or self._looks[-1].epoch != self.n_iterations:
            look = self._examiner.look(
                self._trained_as or self.model,
                self.fitted,
                self.n_iterations,
                self.training_losses,
            )
            self._looks.append(look)
            if look.loss == look.loss and (self._lowest is None or look.loss < self._lowest):
                self._lowest, self._best = look.loss, self.fitted
        return self._looks[-1]

    @property
    def loss(self) -> float | None:
        """The deciding number, smaller is better; None before the first iteration."""
        look = self.examine()
        return None if look is None else look.loss

    @property
    def measurement(self) -> float | None:
        """The same in the measure's own sign."""
        look = self.examine()
        return None if look is None else look.measurements[0]

    @property
    def training_losses(self) -> list[float]:
        """One for each iteration; empty for a model that reports none."""
        return self._losses

    @property
    def fitted_params(self) -> Any:
        params = {} if self.fitted is None else self.fitted.params
        return Record(params) if isinstance(params, Mapping) else params

    @property
    def report(self) -> Record:
        return Record({} if self.fitted is None else self.fitted.report)

    @property
    def evaluation(self) -> Any:
        """The last look as a `PerformanceEvaluation`; None where training losses are read."""
        self.examine()
        if self.fitted is None:
            return None
        return self._examiner.evaluation(self.model, self.fitted)

    @property
    def machine(self) -> Machine:
        """A machine of the model with what it has learned, without data."""
        if self.fitted is None or self._trained_as is None:
            return Machine(copied(self.model))
        made_of = (*self._origin, "in training")
        learned = Learned(self._trained_as, self.fitted, *made_of)
        return Machine.of_learned(copied(self._trained_as), learned)

    @cached_property
    def _origin(self) -> tuple[Any, ...]:
        """Rows, schemas and fingerprint of what a machine in training was trained on."""
        whole, numbers = self._rows.whole, self._rows.numbers
        numbers = np.arange(len(self._rows)) if numbers is None else numbers
        schemas = (st.schema(whole.X), None if whole.y is None else st.schema(whole.y))
        return numbers, *schemas, fingerprint(whole.X, whole.y, whole.w)

    # being set, and saying things

    def get(self, path: str) -> Any:
        """The value of a hyperparameter of the model, by dotted path, looked for inward."""
        return get_path(self.model, full_path(self.model, path))

    def set(self, path: str, value: Any) -> None:
        """Set a hyperparameter of the model; training goes on with it.

        Raises:
            ArgumentError: the iteration parameter, which is counted here.
            HyperparameterError: no such path, or several that end so.
        """
        path = full_path(self.model, path)
        if path == self._path:
            raise ArgumentError(
                f"`{path}` can't be set by a control: it counts the iterations.",
                expected="another hyperparameter",
                received=path,
                remedy="`Step(n)` says how many iterations a cycle trains.",
            )
        set_path(self.model, path, value)

    def save(self, path: str | Path) -> None:
        """Write the machine in training to a file."""
        self.machine.save(path)

    def say(self, text: str) -> None:
        log.say(text)

    def warn(self, text: str) -> None:
        log.warn(text)


def _for_all_cycles(data: Any) -> Any:
    """Rows of which a pipeline makes what its network takes in the first cycle only."""
    return Again(data.X, data.y, data.w) if type(data) is Observations else data


def _losses_of(fitted: Fitted | None) -> list[float]:
    """The training losses of all iterations, without the one before the first."""
    losses = () if fitted is None else fitted.report.get("training_losses", ())
    found: list[float] = np.asarray(losses, dtype=np.float64)[1:].tolist()
    return found


def at_moment(model: Model, path: str, moment: Moment) -> Model:
    """A copy of a model as it was in training at a moment."""
    model = copied(model)
    for name, value in moment.settings.items():
        set_path(model, name, value)
    if moment.fitted is not None:
        set_path(model, path, moment.n_iterations)
    return model
