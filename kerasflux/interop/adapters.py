"""Models as estimators of scikit-learn, in the conventions of that library.

The classes have to be found by pickles, so this module imports scikit-learn when it is imported,
which only `kerasflux.interop.conversion.to_sklearn` and pickles do. An adapter holds a model and
checks input as scikit-learn wants it checked; `kerasflux.interop.inputs` reads it; what learns and
predicts is a machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

import scitypes as st
from kerasflux.baselines import ConstantClassifier, ConstantRegressor
from kerasflux.errors import ArgumentError
from kerasflux.estimators import as_model
from kerasflux.fields import offered
from kerasflux.hyperparameters import copied, get_path, paths, set_path
from kerasflux.interface import Model
from kerasflux.interop import inputs
from kerasflux.machines import Machine
from kerasflux.neural.classifier import NeuralNetworkClassifier
from kerasflux.neural.regressor import NeuralNetworkRegressor
from scitypes import tables
from scitypes.pools import Pool


class KerasfluxEstimator(BaseEstimator):
    """An estimator that learns by a model; the base of three. Made by `kf.to_sklearn`.

    Attributes:
        wrapped: the model; None for a network with the defaults.
        unseen: what to do about labels that `fit` was not given: `"error"` or `"missing"`.
        verbosity: as for `Machine.fit`.
        machine_: the machine, once fitted; without the data that it was fitted on.
        n_features_in_, feature_names_in_: as everywhere in scikit-learn.
    """

    def __init__(self, wrapped: Any = None, *, unseen: str = "error", verbosity: int = 0) -> None:
        self.wrapped = wrapped
        self.unseen = unseen
        self.verbosity = verbosity

    # parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name: those of the constructor, and if `deep` the hyperparameters."""
        own = super().get_params(deep=False)
        if not deep or not isinstance(self.wrapped, Model):
            return own
        return {
            **{p.replace(".", "__"): get_path(self.wrapped, p) for p in paths(self.wrapped)},
            **own,
        }

    def set_params(self, **params: Any) -> Any:
        """Set parameters by name; hyperparameters are judged at once, and set all or none.

        Raises:
            ArgumentError: a name that is no parameter.
            HyperparameterError: a value that the hyperparameter can't have.
        """
        own = {name: params.pop(name) for name in super().get_params(deep=False) if name in params}
        model = own.get("wrapped", self.wrapped)
        if params:
            model = copied(self._model_of(model))
            for name in sorted(params, key=lambda name: name.count("__")):
                _set(self, model, name, params[name])
            own["wrapped"] = model
        for name, value in own.items():
            setattr(self, name, value)
        return self

    def _model(self) -> Model:
        return self._model_of(self.wrapped)

    def _model_of(self, wrapped: Any) -> Model:
        if wrapped is None:
            return self._default()
        return as_model(wrapped, f"`wrapped` of {type(self).__name__} is no model.")

    def _default(self) -> Model:
        raise ArgumentError(
            f"{type(self).__name__} has no model to learn by.",
            expected="`kf.to_sklearn(model)`",
            received="wrapped=None",
        )

    # learning

    def _learn(self, X: Any, y: Any, sample_weight: Any) -> Any:
        model = self._model()
        X = inputs.read(self, model, X, reset=True)
        if y is not None and len(y) != st.nrows(X):
            raise ArgumentError(
                "X and y have inconsistent numbers of samples.",
                expected=f"{st.nrows(X)} targets, one for each row of X",
                received=f"{len(y)}",
            )
        weights = None if sample_weight is None else np.asarray(sample_weight)
        bound = Machine(copied(model), X, y, weights).fit(verbosity=self.verbosity)
        self._look_at(bound)
        assert bound.learned is not None
        self.machine_ = Machine.of_learned(bound.model, bound.learned)  # no data in pickles
        return self

    def _look_at(self, bound: Machine) -> None:
        """Keep what can only be known while the machine has its data."""

    def _read(self, X: Any) -> Any:
        check_is_fitted(self, "machine_")
        return inputs.read(self, self._model_fitted(), X, reset=False)

    def _asked(self, verb: str, X: Any) -> Any:
        """What the machine answers of raw inputs."""
        X = self._read(X)
        try:
            return getattr(self.machine_, verb)(X)
        except st.SchemaMismatch as error:
            failed: Any = error.data.get("columns", ())
            if self.unseen == "error" and inputs.holds_labels(self, failed):
                error.add_note(inputs.UNSEEN)
            raise

    def _model_fitted(self) -> Model:
        return self.machine_.fitted_model

    # tags

    def __sklearn_tags__(self) -> Any:  # scikit-learn 1.6 and later
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = inputs.takes_missing(self._model_or_none())
        tags.non_deterministic = _is_random(self._model_or_none())
        return tags

    def _more_tags(self) -> dict[str, Any]:  # scikit-learn 1.5
        model = self._model_or_none()
        return {"allow_nan": inputs.takes_missing(model), "non_deterministic": _is_random(model)}

    def _model_or_none(self) -> Model | None:
        try:
            return self._model()
        except ArgumentError:
            return None


def _set(estimator: KerasfluxEstimator, model: Model, name: str, value: Any) -> None:
    known = estimator.get_params() if estimator.wrapped is model else paths(model)
    path = name.replace("__", ".")
    if path not in paths(model):
        written = [p.replace(".", "__") for p in paths(model)]
        raise ArgumentError(
            f"Invalid parameter {name!r} for {type(estimator).__name__}.",
            expected=f"one of {', '.join(written)}",
            received=name,
            remedy=offered(path, list(known)).replace(".", "__"),
        )
    set_path(model, path, value)


def _is_random(model: Model | None) -> bool:
    return model is not None and "rng" in paths(model) and get_path(model, "rng") is None


def _is_probabilistic(estimator: KerasfluxEstimator) -> bool:
    return estimator._model().prediction_type == "probabilistic"


class KerasfluxClassifier(ClassifierMixin, KerasfluxEstimator):
    """A classifier that learns by a model. Made by `kf.to_sklearn`.

    Attributes:
        classes_: the labels that `fit` was given, sorted.
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Learn from rows and their labels."""
        self.classes_, codes = np.unique(_labels(self, y), return_inverse=True)
        target = Pool(tuple(self.classes_.tolist())).decode(codes)
        return self._learn(X, target, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest label of each row, `(n_rows,)`."""
        found = self._asked("predict_mode", X)
        return self.classes_[np.asarray(pd.Series(found).cat.codes)]

    @available_if(_is_probabilistic)
    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, `(n_rows, n_classes)`, in the order of `classes_`."""
        found = np.asarray(self._asked("predict", X), np.float64)
        return np.asarray(found / found.sum(axis=1, keepdims=True))  # as float64s do

    def _default(self) -> Model:
        return NeuralNetworkClassifier()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        model = self._model_or_none()
        tags.classifier_tags.multi_class = not _is_binary(model)
        tags.classifier_tags.poor_score = isinstance(model, ConstantClassifier)
        return tags

    def _more_tags(self) -> dict[str, Any]:
        model = self._model_or_none()
        poor = isinstance(model, ConstantClassifier)
        return {**super()._more_tags(), "binary_only": _is_binary(model), "poor_score": poor}


def _is_binary(model: Model | None) -> bool:
    return model is not None and model.target_scitype <= st.Vector[st.Finite[2]]


class KerasfluxRegressor(RegressorMixin, KerasfluxEstimator):
    """A regressor that learns by a model. Made by `kf.to_sklearn`."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Learn from rows and their targets, `(n_rows,)`, or `(n_rows, n_targets)` of several."""
        return self._learn(X, _numbers(self, y, _takes_several(self._model())), sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """A number per row, or a row of them."""
        return np.asarray(self._asked("predict_mean", X), np.float64)

    def _default(self) -> Model:
        return NeuralNetworkRegressor()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        model = self._model_or_none()
        tags.target_tags.multi_output = _takes_several(model)
        tags.target_tags.single_output = not _takes_several(model) or _takes_one(model)
        tags.regressor_tags.poor_score = isinstance(model, ConstantRegressor)
        return tags

    def _more_tags(self) -> dict[str, Any]:
        model = self._model_or_none()
        several = _takes_several(model)
        poor = isinstance(model, ConstantRegressor)
        tags = {"multioutput": several, "multioutput_only": several and not _takes_one(model)}
        return {**super()._more_tags(), **tags, "poor_score": poor}


def _takes_several(model: Model | None) -> bool:
    return model is not None and st.Matrix[st.Continuous] <= model.target_scitype


def _takes_one(model: Model | None) -> bool:
    return model is not None and st.Vector[st.Continuous] <= model.target_scitype


class KerasfluxTransformer(TransformerMixin, KerasfluxEstimator):
    """A transformer that learns by a model. Made by `kf.to_sklearn`."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn from rows, and from a target if the model has one."""
        return self._fit(X, y, None)

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        target = self._model().target_scitype
        if target is None:
            y = None
        elif y is not None and target <= st.Vector[st.Infinite]:
            y = _numbers(self, y, False)
        elif y is not None:
            y = pd.Categorical(_labels(self, y))
        return self._learn(X, y, sample_weight)

    def _look_at(self, bound: Machine) -> None:
        out = bound.transform(rows=[0])
        self._given = None if isinstance(out, np.ndarray) else tables.names(out)
        self._n_given = out.shape[1] if self._given is None else len(self._given)

    def transform(self, X: Any) -> Any:
        """The transformed columns: a table of a table, an array of an array if all are numbers."""
        return inputs.given_back(self._asked("transform", X), self)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The names of the columns that `transform` gives."""
        check_is_fitted(self, "machine_")
        return inputs.names_out(self, input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        model = self._model_or_none()
        tags.target_tags.required = model is not None and model.target_scitype is not None
        return tags

    def _more_tags(self) -> dict[str, Any]:
        model = self._model_or_none()
        needs = model is not None and model.target_scitype is not None
        return {**super()._more_tags(), "requires_y": needs}


class KerasfluxWeightedTransformer(KerasfluxTransformer):
    """A transformer that learns by a model which uses sample weights. Made by `kf.to_sklearn`."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Learn from rows, and from a target if the model has one."""
        return self._fit(X, y, sample_weight)


def _labels(estimator: KerasfluxEstimator, y: Any) -> np.ndarray:
    """A target of labels as an array, refused as scikit-learn refuses it."""
    _demand_target(estimator, y)
    labels = column_or_1d(y, warn=True)
    if pd.isna(labels).any():
        raise ArgumentError(
            "Input y contains NaN.",
            expected="a label for each row",
            received=f"{int(pd.isna(labels).sum())} rows without one",
            remedy="`keep = ~pd.isna(y); X, y = X[keep], y[keep]`",
        )
    if labels.dtype.kind == "f":
        assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    return labels


def _numbers(estimator: KerasfluxEstimator, y: Any, several: bool) -> np.ndarray:
    """A target of numbers as an array, refused as scikit-learn refuses it."""
    _demand_target(estimator, y)
    if not several:
        y = column_or_1d(y, warn=True)
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")


def _demand_target(estimator: KerasfluxEstimator, y: Any) -> None:
    if y is None:
        raise ArgumentError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None.",
            expected="`estimator.fit(X, y)`",
            received="y=None",
        )
