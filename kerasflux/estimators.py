"""Estimators of scikit-learn as models: `from_sklearn`, and `as_model` for whatever takes models.

Who owns what: `kerasflux.sklearn_records` makes records of estimators, so that their arguments are
hyperparameters like all others; `kerasflux.sklearn_data` makes arrays of tables as they take them;
`kerasflux.sklearn_files` writes fitted ones; here stand the four models. What is learned is the
fitted estimator itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import sklearn_data as data_for
from kerasflux import sklearn_files
from kerasflux.errors import ArgumentError, HyperparameterError, NotSupported
from kerasflux.hyperparameters import field
from kerasflux.interface import (
    Deterministic,
    Fitted,
    Model,
    Observations,
    Probabilistic,
    Unsupervised,
)
from kerasflux.neural.frontend import labels, quantities
from kerasflux.neural.refusals import refuse_missing
from kerasflux.predictions import UnivariateFiniteVector, index_of, like, like_table
from kerasflux.predictions.rebuilding import rebuilt
from kerasflux.sklearn_records import built, demanded, is_estimator
from kerasflux.training.state import named_seeds
from scitypes import tables
from scitypes.pools import Pool

Categories = Literal["auto", "native", "onehot", "codes", "table"]


@dataclass(frozen=True)
class Trained:
    """What a model of this module learns.

    Attributes:
        estimator: the fitted estimator.
        mode: how it is given categories.
        names: the columns that it was given.
        pool: the levels of a categorical target, or None.
        by_code: whether it was given their positions for labels.
        target: the names of the target's columns; empty for no target or one without a name.
        spread: whether there were categories, which it was given as numbers.
    """

    estimator: Any
    mode: str
    names: tuple[str, ...]
    pool: Pool | None = None
    by_code: bool = False
    target: tuple[str, ...] = ()
    spread: bool = False


class SklearnModel(Model, positional=True):
    """A model that learns by an estimator of scikit-learn; the base of four."""

    estimator: Any = field(convert=demanded, doc="the estimator; its arguments are its fields")
    categories: Categories = field("auto", doc="how the estimator is given categories")
    rng: int | None = field(None, doc="seed for every `random_state` that is None")

    @property
    def input_scitype(self) -> Any:
        """Numbers and categories, with gaps if the estimator takes NaN; all of a table if it is
        given one."""
        made = built(self.estimator)
        gaps = st.Never if data_for.missing_in(made) == "refused" else st.Missing
        if data_for.mode_of(made, self.categories) == "table":
            return st.Table(st.Known | gaps) | st.Matrix[st.Infinite | gaps]
        return st.Table(st.Infinite | gaps, st.Finite | gaps) | st.Matrix[st.Infinite | gaps]

    @property
    def supports_weights(self) -> bool:  # type: ignore[override]
        """Whether `fit` of the estimator takes sample weights."""
        return data_for.weight_argument(built(self.estimator)) is not None

    def _trained(self, data: Observations, y: Any, **target: Any) -> Fitted:
        """Fit a new estimator on inputs and a target as it takes them."""
        made = built(self.estimator)
        mode = data_for.mode_of(made, self.categories)
        X, names, categorical = data_for.encoded(data.X, mode, getattr(made, "max_bins", 255))
        if mode == "native" and categorical.any():
            made.set_params(categorical_features=categorical)
        seed = _seeded(made, self.rng)
        weight = data_for.weight_argument(made)
        weights = {} if data.w is None or weight is None else {weight: data.w / data.w.mean()}
        made.fit(X, *(() if y is None else (y,)), **weights)
        report = {} if seed is None else {"rng": seed}
        spread = mode != "table" and bool(list(names) != _names(data.X) or categorical.any())
        return _fitted(Trained(made, mode, tuple(names), spread=spread, **target), report)

    def _inputs(self, fitted: Fitted, X: Any) -> Any:
        return data_for.encoded(X, fitted.state.mode)[0]

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        trained: Trained = fitted.state
        record = {
            "mode": trained.mode,
            "names": list(trained.names),
            "pool": None if trained.pool is None else trained.pool.to_json(),
            "by_code": trained.by_code,
            "target": list(trained.target),
            "spread": trained.spread,
            "rng": fitted.report.get("rng"),
        }
        return record, {"estimator": sklearn_files.written(trained.estimator)}

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        trained = Trained(
            sklearn_files.read(arrays["estimator"], record.get("given", {})),
            record["mode"],
            tuple(record["names"]),
            None if record["pool"] is None else Pool.from_json(record["pool"]),
            record["by_code"],
            tuple(record["target"]),
            record["spread"],
        )
        return _fitted(trained, {} if record["rng"] is None else {"rng": record["rng"]})


def _names(X: Any) -> list[str]:
    matrix = isinstance(X, np.ndarray) and not tables.is_structured(X)
    return list(map(str, st.schema(X).names if matrix else tables.names(X)))


def _fitted(trained: Trained, report: Mapping[str, Any]) -> Fitted:
    params = {"estimator": trained.estimator, "feature_names": trained.names}
    return Fitted(trained, params, report)


class _Labelling(SklearnModel):
    """A model of labels: how they are given and read."""

    target_scitype: ClassVar[Any] = st.Vector[st.Finite]

    def fit(self, data: Observations) -> Fitted:
        target = labels(data.y)
        refuse_missing(target.codes[:, None] < 0, ("y",), "target")
        plain = _plain(target.pool)
        by_code = plain is None
        y = target.codes if plain is None else plain[target.codes]
        name = () if target.name is None else (target.name,)
        return self._trained(data, y, pool=target.pool, by_code=by_code, target=name)


def _plain(pool: Pool) -> np.ndarray | None:
    """The levels as an array of a type that scikit-learn takes for labels, or None."""
    for kind in (str, bool, int):
        if all(type(level) is kind for level in pool.levels):
            return np.array(pool.levels, dtype=object if kind is str else None)
    return None


def _codes(trained: Trained, given: Any) -> np.ndarray:
    """Labels of the estimator as positions in the pool."""
    assert trained.pool is not None
    found = given if trained.by_code else trained.pool.codes(np.asarray(given))
    return np.asarray(found, np.int32)


class SklearnClassifier(_Labelling, Probabilistic):
    """A classifier of scikit-learn that predicts probabilities. Made by `kf.from_sklearn`."""

    def predict(self, fitted: Fitted, X: Any) -> UnivariateFiniteVector:
        """A distribution over all levels of the target's pool; those never shown have 0."""
        trained: Trained = fitted.state
        assert trained.pool is not None
        found = np.asarray(trained.estimator.predict_proba(self._inputs(fitted, X)))
        rows = np.zeros((len(found), len(trained.pool)), found.dtype)
        rows[:, _codes(trained, trained.estimator.classes_)] = found
        name = trained.target[0] if trained.target else None
        return UnivariateFiniteVector(rows, trained.pool, index=index_of(X), name=name)

    def _refuse_contradictions(self) -> None:
        _demand_kind(self, "classifier with probabilities")


class SklearnLabeller(_Labelling, Deterministic):
    """A classifier of scikit-learn that predicts labels only. Made by `kf.from_sklearn`."""

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """A label of the target's pool per row, as categories."""
        trained: Trained = fitted.state
        assert trained.pool is not None
        found = trained.estimator.predict(self._inputs(fitted, X))
        decoded, index = trained.pool.decode(_codes(trained, found)), index_of(X)
        name = trained.target[0] if trained.target else None
        return decoded if index is None else pd.Series(decoded, index, name=name)

    def _refuse_contradictions(self) -> None:
        _demand_kind(self, "classifier")


class SklearnRegressor(SklearnModel, Deterministic):
    """A regressor of scikit-learn. Made by `kf.from_sklearn`."""

    @property
    def target_scitype(self) -> Any:
        """Numbers; columns of them too if the estimator takes several targets."""
        one, several = st.Vector[st.Infinite], st.Table(st.Infinite) | st.Matrix[st.Infinite]
        made = built(self.estimator)
        if not data_for.takes_several_targets(made):
            return one
        return one | several if data_for.takes_one_target(made) else several

    def fit(self, data: Observations) -> Fitted:
        target = quantities(data.y)
        refuse_missing(np.isnan(target.values), target.names, "target")
        several = len(np.shape(data.y)) > 1 or st.scitype(data.y) <= st.Table
        y = target.values if several else target.values[:, 0]
        named = several or getattr(data.y, "name", None) is not None
        return self._trained(data, y, target=target.names if named else ())

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """A number per row, or a column per target, in the kind of container that `X` is in."""
        trained: Trained = fitted.state
        found = np.asarray(trained.estimator.predict(self._inputs(fitted, X)), np.float64)
        if found.ndim == 1:
            return like(found, X, trained.target[0] if trained.target else None)
        return like_table(found, trained.target, X)

    def _refuse_contradictions(self) -> None:
        _demand_kind(self, "regressor")


class SklearnTransformer(SklearnModel, Unsupervised):
    """A transformer of scikit-learn. Made by `kf.from_sklearn`."""

    @property
    def target_scitype(self) -> Any:
        """Numbers or categories if the estimator can't do without a target, else None."""
        if not data_for.needs_target(built(self.estimator)):
            return None
        return st.Vector[st.Finite] | st.Vector[st.Infinite]

    def fit(self, data: Observations) -> Fitted:
        return self._trained(data, None if data.y is None else _target(data.y))

    def transform(self, fitted: Fitted, X: Any) -> Any:
        """A table of the new columns, named as the estimator names them; of a matrix a matrix."""
        trained: Trained = fitted.state
        made = trained.estimator.transform(self._inputs(fitted, X))
        found = _dense(made)
        if isinstance(X, np.ndarray):
            return found
        names = _output_names(trained, found.shape[1])
        if isinstance(made, pd.DataFrame):  # each column of its own type
            return rebuilt(X, list(zip(map(str, made.columns), _columns(made), strict=True)))
        if found.dtype == object:
            return rebuilt(X, list(zip(names, _columns(pd.DataFrame(found)), strict=True)))
        return like_table(found, names, X)

    def inverse_transform(self, fitted: Fitted, X: Any) -> Any:
        """The columns that the estimator was given, as far as it can undo what it did."""
        trained: Trained = fitted.state
        if not hasattr(trained.estimator, "inverse_transform") or trained.spread:
            raise _no_inverse(trained)
        found = _dense(trained.estimator.inverse_transform(st.matrix(X)))
        return found if isinstance(X, np.ndarray) else like_table(found, trained.names, X)

    def _refuse_contradictions(self) -> None:
        _demand_kind(self, "transformer")


def _target(y: Any) -> np.ndarray:
    """A target of a transformer: labels or numbers."""
    if not st.scitype(y) <= st.Vector[st.Finite]:
        return quantities(y).values[:, 0]
    target = labels(y)
    plain = _plain(target.pool)
    return target.codes if plain is None else plain[target.codes]


def _columns(frame: pd.DataFrame) -> list[pd.Series]:
    """The columns of a frame; of objects that are all numbers, as numbers."""
    inferred = frame.infer_objects()
    return [inferred.iloc[:, k] for k in range(frame.shape[1])]


def _dense(found: Any) -> np.ndarray:
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found)


def _output_names(trained: Trained, n: int) -> list[str]:
    """What the estimator calls its columns; x1, x2, ... where it has no name for each."""
    names: Any = ()
    if hasattr(trained.estimator, "get_feature_names_out"):
        given = None if trained.mode == "table" else np.array(trained.names, dtype=object)
        names = trained.estimator.get_feature_names_out(given)
    return list(map(str, names)) if len(names) == n else [f"x{i + 1}" for i in range(n)]


def _no_inverse(trained: Trained) -> NotSupported:
    name = type(trained.estimator).__name__
    return NotSupported(
        f"What {name} did can't be undone.",
        expected="a transformer that has `inverse_transform`, of numbers",
        received=f"{name} of categories, as columns of numbers" if trained.spread else name,
        remedy="Keep the columns as they were, beside the transformed ones.",
    )


# making them

_MODELS: Mapping[str, type[SklearnModel]] = {
    "classifier with probabilities": SklearnClassifier,
    "classifier": SklearnLabeller,
    "regressor": SklearnRegressor,
    "transformer": SklearnTransformer,
}


def from_sklearn(estimator: Any, *, categories: Categories = "auto", rng: int | None = None) -> Any:
    """A model that learns by an estimator of scikit-learn, or by one that is made like those.

    The estimator is not kept and never changed: its constructor arguments become hyperparameters
    (`model.estimator.max_depth`, `model.estimator.steps.scale.with_mean`), and each fit makes a new
    one. What it had learned is not looked at. `machine`, `evaluate` and pipelines call this by
    themselves for bare estimators. Fits start from scratch: `warm_start` of estimators is not used.

    Args:
        estimator: a classifier, regressor or transformer, alone or composed.
        categories: how it is given the categorical columns of a table. `"onehot"`: a 0/1 column per
            level of the pool, zeros for a missing label. `"codes"`: the position in the pool, NaN
            for a missing label. `"native"`: codes, and the estimator told in
            `categorical_features` which columns they are (of at most `max_bins` levels; those of
            more count as numbers). `"table"`: a data frame with all columns as they are, as
            pipelines that begin with a `ColumnTransformer` want it. `"auto"`: `"native"` for
            gradient boosting by histograms, `"table"` where the first step tells columns apart or
            encodes labels, else `"onehot"`.
        rng: seeds every `random_state` that is None, each by its own path. None draws a seed at
            each fit, which `report.rng` keeps; the global state of NumPy is neither used nor
            changed.

    Returns:
        A probabilistic model for classifiers with `predict_proba`, which predicts distributions
        over the whole pool; a deterministic one for other classifiers and for regressors; an
        unsupervised one for transformers. Missing cells are accepted where the estimator's tags
        say that it takes NaN, weights where its `fit` has `sample_weight`; they are scaled to mean
        1, as for all models here. Machines save with `skops` (extra `sklearn`), without pickle.

    Raises:
        ArgumentError: this is no estimator, or one of a kind that models have no place for:
            clusterers and detectors of outliers that can't transform, classifiers of several
            targets, encoders of labels, vectorisers of texts (put them into a `ColumnTransformer`).

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> trees = kf.from_sklearn(RandomForestClassifier(n_estimators=5, max_depth=2), rng=1)
        >>> trees.estimator.max_depth = 4
        >>> trees
        SklearnClassifier(estimator=RandomForestClassifier(n_estimators=5, max_depth=4), rng=1)
        >>> X = pd.DataFrame({"a": range(8), "town": pd.Categorical(list("uvuvuvuv"))})
        >>> kf.machine(trees, X, X["town"]).fit(verbosity=0).predict(X)[0].mode()
        'u'

    Source: MLJScikitLearnInterface.jl, which has a class per estimator and takes no categories.
    """
    if isinstance(estimator, type) or not is_estimator(estimator):
        expected = "an instance of an estimator, such as `RandomForestClassifier()`"
        raise _no_model(estimator, "`from_sklearn` needs an estimator.", expected)
    kind = _kind(estimator)
    if kind is None:
        raise ArgumentError(
            f"{type(estimator).__name__} is of a kind that there is no model for.",
            expected="a classifier of one target, a regressor, or a transformer of tables",
            received=repr(estimator)[:60],
            remedy="Fit it on `kf.matrix(X)` by itself.",
        )
    return _MODELS[kind](estimator=estimator, categories=categories, rng=rng)


def as_model(model: Any, failed: str = "A machine needs a model.") -> Model:
    """A model as it is, an estimator as a model.

    Args:
        model: a model or an estimator.
        failed: the first part of the error for anything else.

    Raises:
        ArgumentError: it is neither; says so of classes that were given in place of instances.

    >>> from sklearn.linear_model import Ridge
    >>> as_model(Ridge(alpha=2.0))
    SklearnRegressor(estimator=Ridge(alpha=2.0))
    """
    if isinstance(model, Model):
        return model
    if is_estimator(model) and hasattr(model, "fit") and _kind(model) is not None:
        made: Model = from_sklearn(model)
        return made
    raise _no_model(model, failed)


def transforming(model: Model) -> Model:
    """The transformer that an estimator is beside predicting, any other model as it is.

    >>> from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    >>> transforming(as_model(LinearDiscriminantAnalysis()))
    SklearnTransformer(estimator=LinearDiscriminantAnalysis())
    """
    if not isinstance(model, (SklearnClassifier, SklearnLabeller, SklearnRegressor)):
        return model
    if not hasattr(built(model.estimator), "transform"):
        return model
    return SklearnTransformer(estimator=model.estimator, categories=model.categories, rng=model.rng)


def _no_model(
    given: Any,
    failed: str,
    expected: str = "an instance of a model, such as `kf.NeuralNetworkClassifier()`",
) -> ArgumentError:
    kind = isinstance(given, type)
    name = getattr(given, "__name__", type(given).__name__)
    return ArgumentError(
        failed,
        expected=expected,
        received=f"the class {name}" if kind else repr(given)[:60],
        remedy=f"Make an instance: `{name}()`."
        if kind
        else "This is a model already: use it as it is."
        if isinstance(given, Model)
        else "",
    )


def _kind(estimator: Any) -> str | None:
    from sklearn.base import is_classifier, is_regressor

    if is_classifier(estimator):
        proba = hasattr(estimator, "predict_proba")
        kind = "classifier with probabilities" if proba else "classifier"
        return kind if data_for.takes_one_target(estimator) else None
    if is_regressor(estimator):
        return "regressor"
    transforms = hasattr(estimator, "transform") and data_for.takes_rows(estimator)
    return "transformer" if transforms else None


def _demand_kind(model: SklearnModel, expected: str) -> None:
    """Refuse an estimator, assigned or changed, of another kind than the model was made for."""
    if not hasattr(type(model.estimator), "_of"):
        return  # absent from the file that was read: said where it is needed
    made = built(model.estimator)
    found = _kind(made)
    if expected == "transformer" and hasattr(made, "transform") and data_for.takes_rows(made):
        return  # some predict as well
    if found != expected:
        raise HyperparameterError(
            f"The estimator of {type(model).__name__} is of another kind.",
            expected=f"a {expected}",
            received=f"{model.estimator!r:.60}, a {found}" if found else f"{model.estimator!r:.60}",
            remedy="`kf.from_sklearn(estimator)` chooses the model.",
            name="estimator",
        )


def _seeded(estimator: Any, rng: int | None) -> int | None:
    """Seed each `random_state` that is None, by its path; the seed, None if there is no such."""
    free = [n for n, value in estimator.get_params(deep=True).items() if _is_free(n, value)]
    if not free:
        return None
    seed = int(np.random.SeedSequence().generate_state(1)[0] >> 1) if rng is None else rng
    estimator.set_params(**{n: s % 2**31 for n, s in named_seeds(seed, tuple(free)).items()})
    return seed


def _is_free(name: str, value: Any) -> bool:
    return value is None and name.rpartition("__")[2] == "random_state"
