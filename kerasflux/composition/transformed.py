"""`TransformedTargetModel`: a model that learns a transformed target, and predicts it as it was.

Who owns what: the changes of the target are those of `composition.targets`; here stands the model
around another one, with everything about training passed through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import scitypes as st
from kerasflux.composition.chains import answered
from kerasflux.composition.judging import offenders, refuse_misfit
from kerasflux.composition.leading import led
from kerasflux.composition.parts import read_part, refuse_unwritable, written_parts
from kerasflux.composition.steps import as_part
from kerasflux.composition.targets import (
    NAMES,
    Functions,
    Learned,
    Named,
    Transformed,
    learn_functions,
    learn_named,
    learn_transformer,
    refuse_outside,
)
from kerasflux.errors import DataError, HyperparameterError
from kerasflux.forwarding import Forwarding
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Fitted, Model, Observations, Run, Supervised
from kerasflux.neural.frontend import Quantities, quantities
from kerasflux.portraits import Record
from kerasflux.predictions import like, like_table
from kerasflux.structure import same, values
from scitypes import tables
from scitypes.containers import row_labels
from scitypes.errors import nearest
from scitypes.profiles import Column


def _inner(value: Any) -> Model:
    model = as_part(value)
    numeric = isinstance(model, Supervised) and model.prediction_type == "deterministic"
    if numeric and _predicts_numbers(model):
        return model
    kind = model.prediction_type
    raise HyperparameterError(
        f"The target of {type(model).__name__} can't be transformed.",
        expected="a model that predicts numbers",
        received=f"one that predicts {'distributions' if kind == 'probabilistic' else 'none'}"
        if not numeric
        else f"one that predicts {model.target_scitype}",
        remedy="Labels and distributions over them have no transform: use the model as it is.",
        name="model",
        value=value,
    )


def _predicts_numbers(model: Model) -> bool:
    number = st.Continuous
    kinds = (st.Vector[number], st.Table(number), st.Matrix[number])
    return any(kind <= model.target_scitype for kind in kinds)


def _change(value: Any) -> Any:
    if isinstance(value, str) and value in NAMES:
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(map(callable, value)):
        return tuple(value)
    if isinstance(value, Model) or hasattr(value, "get_params"):
        model = as_part(value)
        if not isinstance(model, Supervised) and hasattr(model, "inverse_transform"):
            return _invertible(model)
    raise HyperparameterError(
        f"A target can't be transformed by {value!r:.60}.",
        expected=f"one of {', '.join(map(repr, NAMES))}, a transformer that can be undone, or a "
        "pair of functions (f, f_inverse)",
        received=f"{value!r:.60}, of type {type(value).__name__}",
        remedy=nearest(value, NAMES)
        if isinstance(value, str)
        else "Give the inverse too: `transformer=(f, f_inverse)`."
        if callable(value)
        else 'For instance `transformer="log1p"`.',
        name="transformer",
        value=value,
    )


def _invertible(model: Model) -> Model:
    if type(model).inverse_transform is Model.inverse_transform:
        raise HyperparameterError(
            f"What {type(model).__name__} does to a target can't be undone.",
            expected="a transformer with `inverse_transform`, such as `kf.Standardizer()`",
            received=type(model).__name__,
            remedy="Define `inverse_transform`, or give functions: `transformer=(f, f_inverse)`.",
            name="transformer",
            value=model,
        )
    if not st.Table(st.Continuous) <= model.input_scitype:
        raise HyperparameterError(
            f"{type(model).__name__} takes no table of numbers, as which a target is transformed.",
            expected="a transformer of Table(Continuous)",
            received=f"one of {model.input_scitype}",
            remedy="`kf.Standardizer()` is one; or give functions: `transformer=(f, f_inverse)`.",
            name="transformer",
            value=model,
        )
    return model


@dataclass(frozen=True)
class State:
    """What was learned: of the target, and by the model."""

    change: Learned
    inner: Fitted


class TransformedTargetModel(Forwarding):
    """A model that learns a transformed target; what it predicts is transformed back.

    The transform is learned from the training targets alone, so evaluations learn it per fold.
    Predictions are in the units of the target, and so are measures of them; training losses are
    those of the model, of the transformed target (`report.loss_units`).

    Args:
        model: a model that predicts numbers, a pipeline for instance; kept by reference.
        transformer: `"log"`, `"log1p"`, `"sqrt"`, `"box-cox"`, a transformer that can be undone
            (`kf.Standardizer()`), or a pair of functions `(f, f_inverse)` of all targets as a NumPy
            array. With functions the machine can't be saved nor exported. `"sqrt"` takes negative
            predictions of the model for 0; `"box-cox"` with a negative power those past what any
            number becomes for the largest training target.

    Scitypes: `X` and `y` as for the model. A target that the transform does not take is refused
    when data is bound.

    Iterations, weights, checkpoints and warm restarts pass through: raising `model.epochs` alone
    continues training.

    Raises:
        HyperparameterError: a model that predicts no numbers; a transformer that has no inverse.

    Example:
        >>> import kerasflux as kf, numpy as np, pandas as pd
        >>> X = pd.DataFrame({"rooms": [1.0, 2.0, 3.0, 4.0] * 8})
        >>> price = np.exp(X["rooms"])
        >>> model = TransformedTargetModel(kf.NeuralNetworkRegressor(epochs=30, rng=1), "log")
        >>> mach = kf.machine(model, X, price).fit(verbosity=0)
        >>> bool((mach.predict() > 0).all())
        True

    Source: `TransformedTargetModel` of MLJBase.jl, where an absent inverse is the identity.
    """

    model: Any = field(convert=_inner, doc="learns the transformed target")
    transformer: Any = field(convert=_change, doc="a name, a transformer, or (f, f_inverse)")

    # traits: those of the model, but for

    @property
    def prediction_type(self) -> str | None:  # type: ignore[override]
        return "deterministic"

    @property
    def exportable(self) -> bool:  # type: ignore[override]
        change = self.transformer
        return self.model.exportable and (isinstance(change, (str, Model)))

    # before anything is learned

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        if target_schema is not None:
            target_schema = self._changed_schema(target_schema)
            if offenders(target_schema, self.model.target_scitype):
                refuse_misfit("model", self.model, target_schema, "", "y")
        self.model.judge_parts(input_schema, target_schema)

    def judge_target(self, y: Any) -> None:
        if not isinstance(self.transformer, str):
            return
        read = quantities(y)
        refuse_outside(self.transformer, read.values, read.names, lambda r: row_labels(y, r))
        if self.transformer == "box-cox" or type(self.model).judge_target is Model.judge_target:
            return  # what its target will be is learned, or all the same
        changed = Named(self.transformer).there(read.values)
        try:
            self.model.judge_target(_in_container(changed, y, read.names))
        except DataError as error:
            error.add_note(f"That is the target of `model`: `{self.transformer}` of y.")
            raise

    def _changed_schema(self, schema: st.Schema) -> st.Schema:
        columns = tuple(Column(name, st.Continuous, "float64") for name in schema.names)
        return replace(schema, columns=columns)

    # data, and learning

    def fit(self, data: Observations, run: Run = QUIET) -> Fitted:
        read = quantities(data.y)
        return self._led(self._learn_change(read, data.y), data, run)

    def update(
        self, fitted: Fitted, old_model: Model, data: Observations, run: Run = QUIET
    ) -> Fitted:
        old: TransformedTargetModel = old_model  # type: ignore[assignment]
        if type(old.model) is not type(self.model) or not same(old.transformer, self.transformer):
            return self.fit(data, run)
        state: State = fitted.state
        return self._led(state.change, data, run, (state.inner, old.model))

    def _learn_change(self, read: Quantities, y: Any) -> Learned:
        if isinstance(self.transformer, str):
            refuse_outside(self.transformer, read.values, read.names, lambda r: row_labels(y, r))
            return learn_named(self.transformer, read.values)
        if isinstance(self.transformer, tuple):
            return learn_functions(self.transformer, read.values)
        return learn_transformer(self.transformer, read.values, read.names)

    def _led(
        self,
        change: Learned,
        data: Observations,
        run: Run,
        before: tuple[Fitted, Model] | None = None,
    ) -> Fitted:
        """What the model learns of the changed target, the caller of the fit told of the whole."""
        if run.on_state is not None:
            refuse_unwritable({name: p for name, p in values(self) if isinstance(p, Model)})
        whole = lambda inner, _: self._whole(change, inner)
        return led(self.model, data, run, whole, before, lambda rows: self._rows(change, rows))

    def _rows(self, change: Learned, data: Observations) -> Any:
        """Rows with the changed target, as the model's `fit` takes them."""
        read = quantities(data.y)
        y = _in_container(change.there(read.values), data.y, read.names)
        return self.model.select(self.model.prepare(data.X, y, data.w), None)

    def _whole(self, change: Learned, inner: Fitted) -> Fitted:
        params = Record(inner.params) if isinstance(inner.params, Mapping) else inner.params
        shown = {"model": params, "transformer": _params(change)}
        report = {**inner.report, "loss_units": self._units(inner.report.get("loss_units"))}
        return Fitted(State(change, inner), shown, report)

    def _units(self, inner: str | None) -> str:
        """What losses are losses of, in words; what the model does to its target comes after."""
        change = self.transformer
        if isinstance(change, tuple):
            change = getattr(change[0], "__name__", "function")
        name = type(change).__name__ if isinstance(change, Model) else change
        own = f"{name} of the target"
        if inner in (None, "target"):
            return own
        return f"{own}, then {str(inner).replace('the target', 'it')}"

    # verbs over what was learned

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """What the model predicts, in the units of the target."""
        state: State = fitted.state
        predicted = self.model.predict(state.inner, X)
        read = quantities(predicted)
        return _in_container(state.change.back(read.values), predicted, read.names)

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        record, own = self.model.dump(fitted.state.inner)
        change, others = fitted.state.change.dump()
        arrays = {f"model/{name}": array for name, array in own.items()}
        arrays |= {f"transformer/{name}": array for name, array in others.items()}
        return written_parts({"model": record, "transformer": change}), arrays

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        inner = self.model.load(*read_part("model", record, arrays))
        return self._whole(self._read_change(*read_part("transformer", record, arrays)), inner)

    def _read_change(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Learned:
        if isinstance(self.transformer, str):
            return Named(record["name"], tuple(record["powers"]), tuple(record["largest"]))
        if isinstance(self.transformer, tuple):
            return Functions(*self.transformer)
        given = {"given": record["given"]} if "given" in record else {}
        fitted = self.transformer.load({**record["model"], **given}, arrays)
        return Transformed(self.transformer, fitted, tuple(record["names"]))

    def serving(self, fitted: Fitted) -> Any:
        back, owner = fitted.state.change.back_in_graph()
        return answered(self.model.serving(fitted.state.inner), back, owner)


def _in_container(values: np.ndarray, data: Any, names: tuple[str, ...]) -> Any:
    """Targets in the kind of container that others are in."""
    if tables.is_table(data) or np.ndim(data) == 2:
        return like_table(values, names, data)
    return like(values[:, 0], data, getattr(data, "name", None))


def _params(change: Learned) -> Any:
    if isinstance(change, Transformed):
        params = change.fitted.params
        return Record(params) if isinstance(params, Mapping) else params
    if isinstance(change, Named) and change.powers:
        return Record({"powers": change.powers})
    return Record({})
