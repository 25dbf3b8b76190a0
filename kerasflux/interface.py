"""The model protocol: what a model is, and what machines, wrappers, saving and export ask of it.

A model is a record of hyperparameters (`kerasflux.hyperparameters`) and pure functions of them:
what is learned is never kept in the model but returned as a frozen `Fitted`. A machine converts its
data once (`prepare`), takes rows of it (`select`) and hands them to `fit` or `update`. Third-party
models subclass one of the four kinds (`Deterministic`, `Probabilistic`, `Unsupervised`, `Static`)
and write `fit` and `predict` (or `transform`); everything else has a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

import scitypes as st
from kerasflux.errors import NotExportable, NotSupported
from kerasflux.hyperparameters import Change, Hyperparameters, difference, get_path

Row = Mapping[str, Any]
"""One epoch of a fit: `epoch`, `training_loss`, `validation_loss`, `learning_rate`, `seconds`."""


@dataclass(frozen=True)
class Fitted:
    """What a model has learned: the one thing that `fit` returns and every verb takes.

    Attributes:
        state: what training goes on from (weights, optimiser slots, seeds...), for the model alone.
        params: what a user may look at (`machine.fitted_params`), a mapping or an object.
        report: by-products (`machine.report`). Keys that machines know: `training_losses` (one
            value before training, then one per iteration), `history` (the rows of the iterations),
            `rng` (the seed used), `stopped` (why a fit ended before its last iteration, or None).
    """

    state: Any = None
    params: Any = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Observations:
    """Rows of data as the default `prepare` and `select` hand them to `fit`.

    Attributes:
        X: the inputs, in the container that the user gave; None for models without inputs.
        y: the target, or None.
        w: one non-negative weight per row (`(n_rows,)` float64), or None.
    """

    X: Any
    y: Any = None
    w: np.ndarray | None = None


@dataclass
class Run:
    """How a fit talks to its caller while it runs; the caller's side of iterative models.

    Attributes:
        verbosity: 0 silent, 1 a progress bar, 2 a line per epoch.
        validation: rows to measure a validation loss on after each epoch, as `select` gives them.
        on_epoch: called with each finished epoch's row; a true answer ends the fit there.
        on_begin: called once, when nothing will be refused any more.
        on_state: called with what was learned so far after every `every_epochs`-th epoch.
        every_epochs: see `on_state`; epochs are counted from the first one of all fits.
    """

    verbosity: int = 0
    validation: Any = None
    on_epoch: Callable[[Row], Any] | None = None
    on_begin: Callable[[], None] | None = None
    on_state: Callable[[Fitted], None] | None = None
    every_epochs: int = 1
    _ended: bool = field(default=False, init=False, repr=False)

    def begin(self) -> None:
        """Report that training begins; a fit that does not is taken to begin when it ends."""
        told, self.on_begin = self.on_begin, None
        if told is not None:
            told()

    def epoch(self, row: Row) -> bool:
        """Report a finished epoch; True if the fit has to end after it."""
        self.begin()
        self._ended = bool(self.on_epoch(row)) if self.on_epoch is not None else False
        return self._ended

    def due(self, epoch: int) -> bool:
        """Whether what was learned is wanted after an epoch, which was reported before.

        Not if the fit ends there: what it returns is kept anyway.
        """
        return self.on_state is not None and not self._ended and epoch % self.every_epochs == 0

    def keep(self, fitted: Fitted) -> None:
        """Hand over what was learned, as if the fit had ended here; for epochs that are due."""
        if self.on_state is not None:
            self.on_state(fitted)


QUIET = Run()


class Model(Hyperparameters):
    """A record of hyperparameters that can learn from data; the base of all models.

    Subclasses are keyword-only dataclasses without a decorator. Traits are class attributes;
    composites, and models whose hyperparameters change them, make them properties.

    Attributes:
        input_scitype: the scitype that `X` must have.
        target_scitype: the scitype that `y` must have, None for models without a target.
        prediction_type: `"deterministic"`, `"probabilistic"` or None.
        iteration_parameter: dotted path of the hyperparameter that counts iterations, or None.
        iteration_unit: what iterations are called, in the plural.
        takes_run: whether `fit` and `update` take a keyword `run` (see `Run`), as those of a model
            with an `iteration_parameter` do, and of one that decides itself when to end.
        supports_weights: whether `fit` uses sample weights.
        supports_training_losses: whether reports hold `training_losses`.
        exportable: whether `serving` works.
    """

    input_scitype: ClassVar[Any] = st.Table(st.Continuous)
    target_scitype: ClassVar[Any] = None
    prediction_type: ClassVar[str | None] = None
    iteration_parameter: ClassVar[str | None] = None
    supports_weights: ClassVar[bool] = False
    supports_training_losses: ClassVar[bool] = False
    exportable: ClassVar[bool] = False

    @property
    def iteration_unit(self) -> str:
        path = self.iteration_parameter
        return "epochs" if path is None or path.endswith("epochs") else "iterations"

    @property
    def takes_run(self) -> bool:
        return self.iteration_parameter is not None

    @property
    def unused_paths(self) -> tuple[str, ...]:
        """Dotted paths of hyperparameters below this model that it sets itself or ignores.

        Changing them changes nothing, so ranges over them are refused. By default there are none.
        """
        return ()

    def iterations(self) -> int | None:
        """How many iterations a fit ends after; None if there are none, or something else ends it.

        Fits whose number is not told by the losses that they report, one before training and one
        for each, say in `report["epochs"]` how many were done.
        """
        path = self.iteration_parameter
        return None if path is None else get_path(self, path)

    # data, converted once per machine

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Any:
        """Convert data once; what comes out is only ever handed to `select`."""
        return Observations(X, y, w)

    def select(self, prepared: Any, rows: np.ndarray | None) -> Any:
        """Take rows (an index array, None for all) of prepared data, for `fit` and `update`."""
        if rows is None:
            return prepared
        X, y, w = prepared.X, prepared.y, prepared.w
        return Observations(
            None if X is None else st.selectrows(X, rows),
            None if y is None else st.selectrows(y, rows),
            None if w is None else w[rows],
        )

    # learning

    def fit(self, data: Any) -> Fitted:
        """Learn from scratch. Models that say `takes_run` get a further keyword `run`."""
        raise NotSupported(f"{type(self).__name__} can't be fitted.", remedy="Define `fit`.")

    def update(self, fitted: Fitted, old_model: Model, data: Any) -> Fitted:
        """Learn on from what `old_model`, this model with other values, had learned.

        The default learns from scratch. Models that say `takes_run` get a further keyword `run`.
        """
        return self.fit(data)

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """The changes since `old_model` for which `update` has to start from scratch."""
        return difference(old_model, self)

    def as_fresh(self, old_model: Model) -> bool:
        """Whether learning on from what `old_model` learned gives what learning anew would.

        Evaluations go on from what they know only then. `old_model` is of the same class. By
        default true if nothing changed, or the iterations rose and nothing else changed: training
        also goes on over other changes (of the optimiser, say), but then the result depends on what
        was trained before. That the iterations rose is up to `restarts`.
        """
        path = self.iteration_parameter
        rising = all(change.path == path for change in difference(old_model, self))
        return rising and not self.restarts(old_model)

    # what can be said of data before anything is learned

    def output_schema(self, schema: st.Schema) -> st.Schema | None:
        """The schema of what `transform` gives for inputs of a schema; None if it can't be known.

        Pipelines check with it that their parts fit together before any is fitted.
        """
        return None

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        """Refuse data that a part of this model does not take; for composites to define.

        Asked when data is bound, after `input_scitype` and `target_scitype` were held against it.

        Raises:
            ScitypeMismatch: names the part, and each column that it does not take.
        """

    def taker(self, argument: str) -> str:
        """The dotted path of the part that takes `"X"` or `"y"` first; "" if that is the model.

        Asked to word refusals; for composites to define.
        """
        return ""

    def judge_target(self, y: Any) -> None:
        """Refuse values of a target that this model can't learn from, whatever its scitype.

        Asked when data is bound, of the whole target.

        Raises:
            DataError: names the rows.
        """

    # being joined to others

    def __or__(self, other: Any) -> Any:
        """`a | b`: a pipeline of this model and another one, which gets what this one gives."""
        import kerasflux as kf

        return kf.Pipeline.joined(self, other)

    def __ror__(self, other: Any) -> Any:
        """`estimator | model`, where the estimator is one of another library."""
        import kerasflux as kf

        return kf.Pipeline.joined(other, self)

    # verbs over what was learned

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The names of the columns whose labels may be ones that the fitted pool lacks.

        Machines refuse such labels in all other columns. Where they may be, the verbs get them as
        further levels of the column, behind those of the fitted pool.

        Args:
            fitted: what was learned.
            behind: the columns of what `transform` gives in which the next step of a pipeline takes
                such labels. Who lets some of them through untouched answers with these too, and
                takes them in `serving(fitted, behind)`, so as not to refuse their labels there.
        """
        return frozenset()

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """Predict for the rows of `X`, which was read through the fitted schema."""
        raise _missing(self, "predict")

    def transform(self, fitted: Fitted, X: Any) -> Any:
        """Transform the rows of `X`."""
        raise _missing(self, "transform")

    def inverse_transform(self, fitted: Fitted, X: Any) -> Any:
        """Undo `transform`."""
        raise _missing(self, "inverse_transform")

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the model's network takes for the rows of `X`."""
        raise _missing(self, "encode")

    def picture(self, fitted: Fitted) -> Any:
        """What `mach.plot()` draws of what was learned, a figure; None for the losses."""
        return None

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Write what was learned as a JSON-able dict and named arrays."""
        raise _missing(self, "save")

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        """Read what `dump` wrote.

        Classes and functions that `kf.load` was given and that are no records are by name in
        `record["given"]`.
        """
        raise _missing(self, "load")

    def differs(self, fitted: Fitted) -> str:
        """How what `load` gave differs from what this model would have learned, in words, or `""`.

        Asked of a checkpoint, where equal hyperparameters can mean something else than when it was
        written: a builder's code may have been changed since.
        """
        return ""

    def serving(self, fitted: Fitted) -> Any:
        """A `tf.Module` that owns variables and tables and maps a dict of tensors to another.

        It is called with the columns by name, each `(n_rows,)`: float64 or int64 numbers (NaN where
        missing), string or int64 labels (`""` or -2**63 where missing), dates and times as ISO 8601
        strings (`""` where missing); a matrix is one float64 tensor `matrix`, images are `images`.
        Of a model that predicts it gives `predictions`, or `labels`, `probabilities` and `classes`;
        of one that transforms the new columns, in the same form as its inputs.
        """
        raise NotExportable(
            f"{type(self).__name__} can't be exported.",
            expected="a model that writes itself as TensorFlow operations (`serving`)",
            received=type(self).__name__,
            remedy="Save the machine instead (`mach.save`), or define `serving` for this model.",
        )

    def inverse_serving(self, fitted: Fitted) -> Any:
        """`inverse_transform` as a `tf.Module`, called and answering as that of `serving`.

        A target that was transformed is exported with it: `TransformedTargetModel`.
        """
        raise NotExportable(
            f"{type(self).__name__} can't be exported backwards.",
            expected="a model that writes its inverse as TensorFlow operations (`inverse_serving`)",
            received=type(self).__name__,
            remedy="Save the machine instead (`mach.save`), or define `inverse_serving`.",
        )


class Supervised(Model):
    """A model that learns to predict a target."""


class Deterministic(Supervised):
    """A supervised model whose predictions are values."""

    prediction_type: ClassVar[str | None] = "deterministic"


class Probabilistic(Supervised):
    """A supervised model whose predictions are distributions."""

    prediction_type: ClassVar[str | None] = "probabilistic"


class Unsupervised(Model):
    """A model that learns to transform data."""


class Static(Model):
    """A transformation that learns nothing: it needs no data to be bound to and no fit."""

    def fit(self, data: Any = None) -> Fitted:
        return Fitted()

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {}, {}

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return Fitted()


def fit(model: Model, data: Any, run: Run = QUIET) -> Fitted:
    """Fit any model, passing `run` to those that take it."""
    return model.fit(data, **_run(model, run))


def update(model: Model, fitted: Fitted, old_model: Model, data: Any, run: Run = QUIET) -> Fitted:
    """Update any model, passing `run` to those that take it."""
    return model.update(fitted, old_model, data, **_run(model, run))


def _run(model: Model, run: Run) -> dict[str, Any]:
    return {"run": run} if model.takes_run else {}


def _missing(model: Model, verb: str) -> NotSupported:
    return NotSupported(
        f"{type(model).__name__} has no `{verb}`.",
        expected=f"a model that defines `{verb}`",
        received=type(model).__name__,
        remedy=_instead(type(model), verb),
    )


def _instead(kind: type[Model], verb: str) -> str:
    """What can be called in place of a verb of data, or what to define."""
    verbs = ("predict", "transform", "inverse_transform", "encode")
    defined = [v for v in verbs if getattr(kind, v) is not getattr(Model, v)]
    if verb in verbs and defined:
        return f"It has {' and '.join(f'`mach.{v}`' for v in defined)}."
    methods = {"save": "`dump` and `load`"}.get(verb, f"`{verb}`")
    return f"Define {methods} in {kind.__name__}."
