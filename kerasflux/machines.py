"""Machines: a model bound to data, and the user's verbs over what it learns.

Who owns what: the decision table is `kerasflux.decisions` (numbers 1 to 4 there are those in the
printed lines), one fit is `kerasflux.fits`, bound data and the reading of later data is
`kerasflux.binding`, what is wrong with data `kerasflux.checks`. A machine keeps the model by
reference, a copy of its data, and the record of the last fit (`Learned`), which it only ever
replaces as a whole: after a failure it is as it was. The file is long because the user's verbs and
their descriptions are many; what they do lies elsewhere.

`Machine.fit` decides in this order:

1. frozen: nothing;
2. never trained, `restart="always"`, other rows or data, another model class: from scratch;
3. nothing changed: nothing, unless an interrupt ended the last fit, which then goes on;
4. only hyperparameters changed: `update`, which continues or starts from scratch.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import checkpoints, drawing, log
from kerasflux.binding import Binding, bound, read_inputs
from kerasflux.calls import evaluation_advice, explained, save_advice
from kerasflux.checks import Check, mismatch
from kerasflux.decisions import Decision
from kerasflux.errors import (
    ArgumentError,
    ConcurrentUse,
    DataError,
    Halted,
    Interrupted,
    NotFitted,
    NotSupported,
    RowsError,
    ScitypeMismatch,
    UnknownHyperparameter,
)
from kerasflux.estimators import as_model
from kerasflux.fields import offered
from kerasflux.findings import row_numbering
from kerasflux.fits import Learned, advance, interrupted_line, trained
from kerasflux.hyperparameters import copied, paths
from kerasflux.interface import Fitted, Model, Row, Run, Static
from kerasflux.portraits import Record, brief, count, html_card, terminal_card
from kerasflux.predictions import index_of
from kerasflux.rows import row_numbers

if TYPE_CHECKING:
    from kerasflux.evaluation import PerformanceEvaluation

_HISTORY = ["epoch", "training_loss", "validation_loss", "learning_rate", "seconds"]


def _machine_advice(args: tuple[Any, ...], named: dict[str, Any], unknown: str | None) -> str:
    model = args[0] if args else named.get("model")
    if unknown is None or not isinstance(model, Model):
        return "`kf.machine(model, X, y, sample_weight)`."
    return _of_the_model("model", model, unknown, named[unknown])


def _fit_advice(args: tuple[Any, ...], named: dict[str, Any], unknown: str | None) -> str:
    if unknown is None or unknown in ("X", "y", "sample_weight"):
        return (
            "Data is bound by `mach = kf.machine(model, X, y)` and learned from by `mach.fit()`; "
            "`mach.with_data(X, y)` binds other data."
        )
    return _of_the_model("mach.model", args[0].model, unknown, named[unknown])


def _of_the_model(where: str, model: Model, name: str, value: Any) -> str:
    known = paths(model)
    if name in known:
        return f"It is a hyperparameter of the model: `{where}.{name} = {value!r}`."
    return offered(name, [f"{where}.{path}" for path in known])


@explained(_machine_advice)
def machine(
    model: Any, X: Any = None, y: Any = None, sample_weight: Any = None, *, check: Check = "error"
) -> Machine:
    """Bind a model to data.

    Args:
        model: a model; kept by reference, so that `model.epochs = 30` is seen by the next `fit`.
            An estimator of scikit-learn becomes one (`kf.from_sklearn`).
        X: inputs of the model's `input_scitype`, `(n_rows, n_features)` or a vector of images;
            copied (pandas data without copying memory), so that later changes to it don't reach the
            machine. None for a model without inputs.
        y: target of the model's `target_scitype`, `(n_rows,)`, its rows in the order of those of X;
            None for models without one.
        sample_weight: one finite, non-negative number per row, `(n_rows,)`, or None.
        check: what to do about other scitypes: `"error"`, `"warn"` or `"off"`.

    Returns:
        A `Machine`, not yet fitted.

    Raises:
        ScitypeMismatch: X or y have other scitypes; every offender is listed, and the one `coerce`
            call that mends all that can be mended.
        DataError: repeated column names, no rows, X and y of different lengths or with
            different pandas indexes, infinite numbers.
        WeightsError: weights that are negative, missing, of the wrong number, or of no use to the
            model.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
        >>> kf.machine(kf.NeuralNetworkRegressor(), X, y=[2.0, 4.0, 6.0, 8.0])
        Machine(NeuralNetworkRegressor(), 4 rows, not fitted)

    Source: `machine` of MLJBase.jl; there a mismatch is a warning by default, here an error.
    """
    return Machine(model, X, y, sample_weight, check=check)


class Machine:
    """A model bound to data, and what it has learned. Made by `kf.machine`.

    Not safe to use from two threads: a verb called while another thread is fitting raises
    `ConcurrentUse`. Machines pickle and copy (`copy.deepcopy`) with their data.

    Attributes:
        model: the model; mutable, and replaceable by another one.
    """

    def __init__(
        self,
        model: Any,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        *,
        check: Check = "error",
    ) -> None:
        self.model = as_model(model)
        self._data = bound(self.model, X, y, sample_weight, check)
        self._last: Learned | None = None
        self._frozen = False
        self.folds: dict[str, Learned] = {}  # what evaluations learned, by training rows
        self._fitting_thread: int | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _OWN:
            raise self._no_attribute(name)
        super().__setattr__(name, as_model(value) if name == "model" else value)

    def __getattr__(self, name: str) -> Any:
        # Only what is not there comes here; underscored names are asked for by Python's own tools,
        # also of machines that are not whole yet (while they are unpickled).
        if name.startswith("_") or "model" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise self._no_attribute(name)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name.startswith("__") or name in _SHOWN]

    def _no_attribute(self, name: str) -> UnknownHyperparameter:
        known = [*_SHOWN, *(f"model.{path}" for path in paths(self.model))]
        return UnknownHyperparameter(
            f"A machine has no `{name}` to be read or set."
            if name not in _SHOWN
            else f"`{name}` of a machine can't be set.",
            expected="verbs and results of the machine; hyperparameters are those of `mach.model`",
            received=f"mach.{name}",
            remedy=offered(name, [f"mach.{path}" for path in known if path != name]),
            name=name,
        )

    # learning

    @explained(_fit_advice)
    def fit(
        self,
        rows: Any = None,
        *,
        restart: str = "auto",
        validation: Any = None,
        on_epoch: Callable[[Row], Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every_epochs: int = 1,
        verbosity: int = 1,
    ) -> Machine:
        """Train, continue, or do nothing, by the numbered table of this module.

        Args:
            rows: `"all"`, a slice, a range, a mask, or row numbers (negative ones count from the
                end). None: the rows of the last fit, all rows if there was none or if the data is
                another.
            restart: `"auto"` follows the table; `"always"` starts from scratch; `"never"` raises
                where the table would, but passes over other rows or data and continues on them,
                with the fitted encoding and pools.
            validation: a pair `(X, y)`, or rows, to measure a loss on after each epoch.
            on_epoch: called with each finished epoch's row of `history`; a true answer ends
                the fit.
            checkpoint: a folder, in which what was learned is kept after every `every_epochs`-th
                epoch and at the end. A process that died goes on from there when it is started
                again: what is found counts as the last, interrupted fit, if that is the same
                training and further than the machine. `restart="always"` replaces it.
            every_epochs: see `checkpoint`; epochs are counted from the first of all fits.
            verbosity: 0 silent, 1 the decision and a progress bar, 2 a line per epoch.

        Returns:
            The machine.

        Raises:
            CannotContinue: with `restart="never"`, before anything is lost.
            CheckpointMismatch: the checkpoint is of another training; says what differs.
            StorageError: a damaged checkpoint, or a folder that can't be written to.
            NotSupported: `checkpoint` for a model that does not train in iterations, or can't be
                saved.
            RowsError: rows that the data does not have.
            KeyboardInterrupt: as it came; the machine then holds the last finished epoch, and the
                next `fit` goes on from there. Before the first one it is as it was.

        Example:
            >>> import kerasflux as kf, pandas as pd
            >>> X, y = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), [2.0, 4.0, 6.0, 8.0]
            >>> mach = kf.machine(kf.NeuralNetworkRegressor(epochs=10, rng=1), X, y)
            >>> print(mach.fit(verbosity=0).report.decision)
            from scratch (2: never trained)
            >>> mach.model.epochs = 30
            >>> print(mach.fit(verbosity=0).report.decision)
            continued (4: epochs 10 -> 30)

        Source: `fit_only!` of MLJBase.jl, which also retrains on equal rows in another form.
        """
        checkpoints.refuse_arguments(checkpoint, every_epochs, self.model)
        if self._data is None and isinstance(self.model, Static):
            return self
        with self.alone():
            data = self.bound_data("fit")
            _refuse_uncallable(on_epoch)
            run = Run(verbosity, on_epoch=on_epoch, every_epochs=int(every_epochs))
            if self._last is None and verbosity >= 1 and not self._frozen:
                _mention_row_numbers(data)
            self._advance(data, rows, restart, validation, run, checkpoint)
        return self

    def _advance(
        self,
        data: Binding,
        rows: Any,
        restart: str,
        validation: Any,
        run: Run,
        folder: str | os.PathLike[str] | None,
    ) -> None:
        model = copied(self.model)
        data.judge(model)
        kept, last = None, self._last
        if folder is not None and not self._frozen:
            kept = checkpoints.opened(folder, run.every_epochs, model, restart)
        found = None if kept is None else kept.found
        numbers = self._rows_to_fit(data, rows, last or found)
        if kept is not None:
            last = kept.last_fit(last, model, data, numbers, restart)
            if last is not None and last is found and run.verbosity >= 1:
                unit = last.model.iteration_unit.removesuffix("s")
                log.say(f"checkpoint of {unit} {last.done} found in {kept.folder}")
        try:
            self._last = advance(
                model,
                last,
                data,
                numbers,
                run=run,
                restart=restart,
                frozen=self._frozen,
                validation=validation,
                announce=lambda decision: _announce(decision, run.verbosity),
                keep=None if kept is None else kept.keep,
            )
        except Interrupted as stop:
            learned: Any = stop.fitted
            if learned.done != 0:  # before the first epoch nothing is worth losing the last fit for
                self._last = learned
            stop.fitted = learned.fitted
            if kept is not None and learned.done:
                kept.finish(learned)
            kept_in = None if kept is None else kept.holding(learned)
            line = interrupted_line(learned, kept_in, restart)
            if isinstance(stop, Halted):
                log.say(line.replace("interrupted", "ended by an error", 1))
                raise stop.error from None
            log.say(line)
            raise KeyboardInterrupt("interrupted") from None  # of which Python dies by the signal
        except KeyboardInterrupt:  # while the fit was prepared: there is nothing to keep
            log.say("interrupted: the machine is as it was")
            raise
        except Exception as error:
            _explain(error, model, data)
            raise
        if kept is not None and self._last is not None:
            kept.finish(self._last)

    def _rows_to_fit(self, data: Binding, rows: Any, last: Learned | None) -> np.ndarray:
        if rows is None and last is not None and last.fingerprint == data.fingerprint:
            return last.rows
        numbers = row_numbers(rows, data.n_rows, data.index)
        if not len(numbers):
            raise RowsError(
                "There are no rows to fit.",
                expected="at least one row",
                received=f"rows that select none of {data.n_rows}",
                remedy="Look at how they were made: a mask may be false everywhere.",
            )
        return numbers

    def with_data(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, check: Check = "error"
    ) -> Machine:
        """A machine with the same model and learned state, bound to other data.

        Data that is not of the model's scitypes but can be read through the fitted schemas (a raw
        CSV, say) is. A plain `fit` on other data starts from scratch (decision 2); on the data of
        the last fit, recognised by its fingerprint, it goes on; `fit(restart="never")` goes on over
        other data, up to the model's `epochs` in all.

        Args:
            X, y, sample_weight, check: as for `kf.machine`.

        Returns:
            A new machine; this one is left as it is.
        """
        new = Machine(self.model)
        new._last, new._frozen = self._last, self._frozen
        new._data = self._rebound(X, y, sample_weight, check)
        return new

    def _rebound(self, X: Any, y: Any, weights: Any, check: Check) -> Binding | None:
        if self._last is None:
            return bound(self.model, X, y, weights, check)
        schemas = (self._last.input_schema, self._last.target_schema)
        try:
            read: Binding | None = Binding(self.model, X, y, weights, "off").read(*schemas)
        except st.ScitypeError:
            read = None
        if read is not None and read.fingerprint == self._last.fingerprint:
            return read
        try:
            return bound(self.model, X, y, weights, check)
        except ScitypeMismatch:
            if read is None or mismatch(self.model, read.X, read.y) is not None:
                raise
            return read

    @classmethod
    def of_learned(cls, model: Model, learned: Learned, frozen: bool = False) -> Machine:
        """A machine without data that has learned already, as one read from a file."""
        new = cls(model)
        new._last, new._frozen = learned, frozen
        return new

    def unlearned(self) -> Machine:
        """A machine with a copy of the model, the same bound data, and nothing learned."""
        new = Machine(copied(self.model))
        new._data = self._data
        return new

    def freeze(self) -> Machine:
        """Let `fit` do nothing until `thaw` (decision 1). Returns the machine."""
        self._frozen = True
        return self

    def thaw(self) -> Machine:
        """Undo `freeze`. Returns the machine."""
        self._frozen = False
        return self

    # verbs over what was learned

    def predict(self, X: Any = None, rows: Any = None) -> Any:
        """Predict with the model as it was at the last fit.

        Args:
            X: new inputs, read by column name and label through `input_schema`: raw strings, other
                integer types, another order of columns, a single row are all fine. None: the bound
                data.
            rows: rows of `X`, or of the bound data; None for all.

        Returns:
            A vector of distributions for probabilistic models, else values, in the kind of
            container that the data came in (pandas with its index, NumPy...).

        Raises:
            NotFitted: before the first fit.
            SchemaMismatch, UnseenLevel: absent or extra columns, new labels; all are listed.
            DataError: missing cells that the model does not take, infinite numbers.

        Example:
            >>> import kerasflux as kf, pandas as pd
            >>> X = pd.DataFrame({"town": pd.Categorical(["Ox", "Ur"] * 4), "rooms": range(8)})
            >>> mach = kf.machine(kf.NeuralNetworkClassifier(epochs=1, rng=1), X, X["town"])
            >>> mach.fit(verbosity=0).predict(pd.DataFrame({"rooms": [2.0], "town": ["Ur"]})).levels
            ('Ox', 'Ur')
        """
        return self._operate("predict", X, rows)

    def predict_mode(self, X: Any = None, rows: Any = None) -> Any:
        """The likeliest label of each row; what `predict` gives for deterministic models."""
        return self._summary("mode", X, rows)

    def predict_mean(self, X: Any = None, rows: Any = None) -> Any:
        """The mean of each row's distribution; what `predict` gives for deterministic models."""
        return self._summary("mean", X, rows)

    def predict_median(self, X: Any = None, rows: Any = None) -> Any:
        """The median of each row's distribution; what `predict` gives for deterministic models."""
        return self._summary("median", X, rows)

    def predict_proba(self, X: Any = None, rows: Any = None) -> pd.DataFrame:
        """The probabilities as a DataFrame `(n_rows, n_levels)`, one column per class.

        Raises:
            NotSupported: the model predicts values, not distributions.
        """
        if self._model_of_last_fit("predict_proba").prediction_type != "probabilistic":
            raise NotSupported(
                f"{type(self.model).__name__} predicts no probabilities.",
                expected="a probabilistic model",
                received=f"a {self.model.prediction_type} one",
                remedy="`mach.predict` gives its predictions.",
            )
        frame: pd.DataFrame = self._operate("predict", X, rows).to_frame()
        return frame

    def transform(self, X: Any = None, rows: Any = None) -> Any:
        """Transform inputs, read as for `predict`."""
        return self._operate("transform", X, rows)

    def inverse_transform(self, X: Any) -> Any:
        """Undo `transform` on what it gave."""
        model = self._model_of_last_fit("inverse_transform")
        return model.inverse_transform(self.fitted, X)

    def encode(self, X: Any = None, rows: Any = None) -> Any:
        """What the model's network takes for inputs, read as for `predict`."""
        return self._operate("encode", X, rows)

    def _summary(self, name: str, X: Any, rows: Any) -> Any:
        predictions = self._operate("predict", X, rows)
        if self._model_of_last_fit(name).prediction_type != "probabilistic":
            return predictions
        return getattr(predictions, name)()

    def _operate(self, verb: str, X: Any, rows: Any) -> Any:
        self._refuse_other_threads()
        model = self._model_of_last_fit(verb)
        return getattr(model, verb)(self.fitted, self._inputs(verb, model, X, rows))

    def _inputs(self, verb: str, model: Model, X: Any, rows: Any) -> Any:
        bound = X is None
        if bound:
            X = self.bound_data(verb).X
        if rows is not None:
            X = st.selectrows(X, row_numbers(rows, st.nrows(X), index_of(X)))
        if self._last is None:
            return X
        if bound and self.bound_data(verb).input_schema == self._last.input_schema:
            return X
        unseen = model.takes_unseen(self.fitted)
        return read_inputs(model, X, self._last.input_schema, unseen)

    def _model_of_last_fit(self, verb: str) -> Model:
        if self._last is not None:
            return self._last.model
        if isinstance(self.model, Static):
            return self.model
        raise NotFitted(
            f"This machine has not been fitted, so it can't do `{verb}`.",
            expected="a fitted machine",
            received=repr(self),
            remedy="`mach.fit()` first.",
        )

    # looking at what was learned

    @property
    def learned(self) -> Learned | None:
        """The record of the last fit, for modules that store it; None before."""
        return self._last

    @property
    def frozen(self) -> bool:
        """Whether `fit` does nothing."""
        return self._frozen

    @property
    def fitted(self) -> Fitted:
        """What the model learned, as the model protocol has it (`kerasflux.interface.Fitted`)."""
        self._model_of_last_fit("fitted")
        return Fitted() if self._last is None else self._last.fitted

    @property
    def fitted_model(self) -> Model:
        """The model as it was at the last fit."""
        return self._model_of_last_fit("fitted_model")

    @property
    def fitted_params(self) -> Any:
        """What was learned, for looking at; each model documents its own."""
        params = self.fitted.params
        return Record(params) if isinstance(params, Mapping) else params

    @property
    def report(self) -> Record:
        """By-products of the last fit, by attribute or key; `.decision` says what it did."""
        report = dict(self.fitted.report)
        return Record({**report, "decision": "" if self._last is None else self._last.decision})

    @property
    def training_losses(self) -> np.ndarray:
        """The training losses, `(epochs + 1,)`: before training, then after each epoch."""
        if "training_losses" not in self.fitted.report:
            raise NotSupported(
                f"{type(self.fitted_model).__name__} reports no training losses.",
                expected="a model with `supports_training_losses`",
                received=type(self.fitted_model).__name__,
            )
        return np.array(self.fitted.report["training_losses"], dtype=np.float64)

    @property
    def history(self) -> pd.DataFrame:
        """One row per epoch: epoch, training_loss, validation_loss, learning_rate, seconds.

        Of a search one row per candidate. Of an iterated model also what was measured after an
        epoch (`measurement`), and whether it was the `best`.
        """
        rows = self.fitted.report.get("history", ())
        if hasattr(rows, "to_frame"):
            frame: pd.DataFrame = rows.to_frame()
            return frame
        more = dict.fromkeys(name for row in rows for name in row if name not in _HISTORY)
        return pd.DataFrame([dict(row) for row in rows], columns=[*_HISTORY, *more])

    @property
    def input_schema(self) -> Any:
        """The schema of the inputs at the last fit, which later ones are read through, or None."""
        return None if self._last is None else self._last.input_schema

    @property
    def target_schema(self) -> Any:
        """The schema of the target at the last fit, or None."""
        return None if self._last is None else self._last.target_schema

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        """What is saved: a read-only mapping of named, read-only arrays.

        Also `fingerprint`, the digest of the data of the last fit.
        """
        _, arrays = self.fitted_model.dump(self.fitted)
        state = {name: _read_only(array) for name, array in arrays.items()}
        if self._last is not None:
            state["fingerprint"] = _read_only(np.array(self._last.fingerprint))
        return MappingProxyType(state)

    # conveniences over later modules, through the public window

    @explained(evaluation_advice)
    def evaluate(
        self,
        resampling: Any = None,
        measure: Any = None,
        rows: Any = None,
        *,
        measure_weight: Any = None,
        groups: Any = None,
        repeats: int = 1,
        operation: Any = None,
        return_predictions: bool = False,
        n_jobs: int | None = 1,
        logger: Any = None,
        verbosity: int = 1,
    ) -> PerformanceEvaluation:
        """Estimate how well the model predicts rows that it was not trained on.

        What the machine itself has learned is not touched. It keeps what the folds learned, so that
        evaluating again after raising `epochs` continues each of them. Arguments: `kf.evaluate`.
        """
        import kerasflux as kf

        evaluation: PerformanceEvaluation = kf.evaluate(
            self,
            resampling=resampling,
            measure=measure,
            rows=rows,
            measure_weight=measure_weight,
            groups=groups,
            repeats=repeats,
            operation=operation,
            return_predictions=return_predictions,
            n_jobs=n_jobs,
            logger=logger,
            verbosity=verbosity,
        )
        return evaluation

    @explained(save_advice)
    def save(self, path: Any) -> None:
        """Write the machine, without its data, to a file that `kf.load` reads."""
        import kerasflux as kf

        kf.save(self, path)

    def export(self, path: Any) -> Any:
        """Write the machine as a SavedModel that needs TensorFlow only."""
        import kerasflux as kf

        return kf.export(self, path)

    def plot(self) -> Any:
        """Draw what was learned; returns a matplotlib figure (extra `plot`).

        The losses of the history; of a search what was measured for which hyperparameters.
        """
        last = self._last
        own = None if last is None else last.model.picture(last.fitted)
        if own is not None:
            return own
        unit = "epoch" if last is None else last.model.iteration_unit.removesuffix("s")
        return drawing.loss_curves(self.history, unit=unit)

    # being used properly

    def bound_data(self, verb: str) -> Binding:
        if self._data is None:
            raise DataError(
                f"This machine is bound to no data, so it can't do `{verb}` without some.",
                expected="a machine with data",
                received=repr(self),
                remedy="`mach = mach.with_data(X, y)` has some; `mach.predict(X)` takes new rows.",
                columns={},
            )
        return self._data

    @contextmanager
    def alone(self) -> Iterator[None]:
        if self._fitting_thread is not None:
            raise _in_use()
        self._fitting_thread = threading.get_ident()
        try:
            yield
        finally:
            self._fitting_thread = None

    def _refuse_other_threads(self) -> None:
        if self._fitting_thread not in (None, threading.get_ident()):
            raise _in_use()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_fitting_thread": None, "folds": {}}

    # being looked at

    def __repr__(self) -> str:
        facts = [text for name, text in self._facts() if name != "decision"]
        return f"Machine({', '.join([repr(self.model), *facts])})"

    def _facts(self) -> Iterator[tuple[str, str]]:
        yield "data", "no data" if self._data is None else count(self._data.n_rows, "row")
        frozen = ", frozen" if self._frozen else ""
        yield "state", trained(self._last) + self._on_rows() + frozen
        if self._last is not None:
            yield "decision", self._last.decision

    def _on_rows(self) -> str:
        """On which rows of the bound data the last fit was, if not on all of them."""
        last, data = self._last, self._data
        if last is None or data is None or data.fingerprint != last.fingerprint:
            return ""
        n_fitted = len(np.unique(last.rows))
        return "" if n_fitted == data.n_rows else f" on {n_fitted:,} of {data.n_rows:,} rows"

    def _card(self) -> list[tuple[str, str]]:
        facts = dict(self._facts())
        if self._data is not None:
            facts["data"] += f": {brief(self._data.input_schema)}"
        if self._last is not None and "training_losses" in self._last.fitted.report:
            facts["state"] += f", training loss {self.training_losses[-1]:.4g}"
        return [("model", repr(self.model)), *facts.items()]

    def __rich__(self) -> Any:
        return terminal_card("Machine", self._card())

    def _repr_html_(self) -> str:
        return html_card("Machine", self._card())


_OWN = {"model", "folds", "_data", "_last", "_frozen", "_fitting_thread"}
_HIDDEN = {"of_learned", "unlearned", "alone", "bound_data", "learned"}  # for other modules
_SHOWN = sorted({"model", *(n for n in vars(Machine) if not n.startswith("_"))} - _HIDDEN)
"""What tab completion offers of a machine."""


def _refuse_uncallable(on_epoch: Any) -> None:
    if on_epoch is not None and not callable(on_epoch):
        raise ArgumentError(
            "`on_epoch` can't be called.",
            expected="a function of one argument, each finished epoch's row of the history",
            received=repr(on_epoch)[:60],
            remedy='For example `on_epoch=lambda row: row["training_loss"] < 0.1`; a true answer '
            "ends the fit.",
        )


def _mention_row_numbers(data: Binding) -> None:
    if data.check != "error":
        return
    for name in row_numbering(data.X):
        log.say(f"note: X[{name!r}] only numbers the rows; left out, the model can't learn from it")


def _announce(decision: Decision, verbosity: int) -> None:
    if verbosity >= 1:
        log.say(str(decision))


def _explain(error: Exception, model: Model, data: Binding) -> None:
    """Note on an error of a fit what is wrong with data that was bound without a check."""
    if data.check == "error":
        return
    found = mismatch(model, data.X, data.y)
    if found is not None:
        error.add_note(f"The data was bound with check={data.check!r}. {found}")


def _in_use() -> ConcurrentUse:
    return ConcurrentUse(
        "This machine is being fitted.",
        expected="one verb at a time: machines are not safe to use from two threads",
        received="a verb called from another thread, or a fit within a fit",
        remedy="Wait for the fit, or give each thread its own machine (`copy.deepcopy(mach)`).",
    )


def _read_only(array: Any) -> np.ndarray:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
