"""Baselines: models that predict the same for every row, whatever its inputs.

What a model is worth shows beside them, in `kf.evaluate({"net": net, "constant":
ConstantClassifier()}, X, y)`. They keep the whole protocol (weights, saving, export), so whatever
takes a model takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np

import scitypes as st
from kerasflux.errors import WeightsError
from kerasflux.hyperparameters import field
from kerasflux.interface import Deterministic, Fitted, Observations, Probabilistic
from kerasflux.neural.frontend import labels, quantities
from kerasflux.neural.refusals import refuse_infinite, refuse_missing
from kerasflux.neural.tensors import as_tensor
from kerasflux.predictions import UnivariateFiniteVector, index_of, like
from scitypes.pools import Pool

_CELL = st.Found | st.Missing
ANYTHING = st.Table(_CELL) | st.Matrix[_CELL] | st.Vector[_CELL]
"""The scitype of inputs that are not looked at."""


class ConstantClassifier(Probabilistic):
    """Predicts for every row the shares of the classes among the training rows.

    The probability of class k is `Σ_{i: y_i = k} w_i / Σ_i w_i`, with weights of 1 where there are
    none; levels that the training rows never show have probability 0. The likeliest class is the
    most frequent one, the first in the pool among equals.

    Scitypes: `X` is any table, matrix or vector (images too), of which only the number of rows
        matters; `y` is a `Vector[Finite]`.

    Learned: `fitted_params.probabilities`, one number per level.

    Example:
        >>> import pandas as pd, kerasflux as kf
        >>> X, y = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), pd.Categorical(list("nnny"))
        >>> kf.machine(kf.ConstantClassifier(), X, y).fit(verbosity=0).predict(X)[0]
        UnivariateFinite(n: 0.75, y: 0.25)

    Source: `ConstantClassifier` of MLJModels.jl; `DummyClassifier(strategy="prior")` of
    scikit-learn.
    """

    input_scitype: ClassVar[Any] = ANYTHING
    target_scitype: ClassVar[Any] = st.Vector[st.Finite]
    supports_weights: ClassVar[bool] = True
    exportable: ClassVar[bool] = True

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Observations:
        """The target alone: nothing is learned from inputs."""
        return Observations(None, y, w)

    def fit(self, data: Observations) -> Fitted:
        target = labels(data.y)
        refuse_missing(target.codes[:, None] < 0, ("y",), "target")
        weights = _positive(data.w, len(target))
        sums = np.bincount(target.codes, weights, minlength=len(target.pool.levels))
        return _shares(target.pool, sums / sums.sum(), target.name)

    def predict(self, fitted: Fitted, X: Any) -> UnivariateFiniteVector:
        pool, shares, name = fitted.state
        rows = np.tile(shares, (st.nrows(X), 1))
        return UnivariateFiniteVector(rows, pool, index=index_of(X), name=name)

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        pool, shares, name = fitted.state
        return {"pool": pool.to_json(), "name": name}, {"probabilities": shares}

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return _shares(Pool.from_json(record["pool"]), arrays["probabilities"], record["name"])

    def serving(self, fitted: Fitted) -> Any:
        import tensorflow as tf

        pool, shares, _ = fitted.state
        classes, likeliest = as_tensor(pool, "the target"), int(np.argmax(shares))

        def answer(n_rows: Any) -> dict[str, Any]:
            return {
                "labels": tf.repeat(classes[likeliest], n_rows),
                "probabilities": tf.tile(tf.constant(shares[np.newaxis]), [n_rows, 1]),
                "classes": tf.identity(classes),
            }

        return _constant_module(answer)


class ConstantRegressor(Deterministic):
    """Predicts for every row the mean, or the median, of the target of the training rows.

    Args:
        strategy: `"mean"`: `Σ w_i y_i / Σ w_i`, which no other constant beats in squared errors;
            `"median"`: the middle of the range of values with at most half of the weight below and
            at most half above, which none beats in absolute errors.

    Scitypes: `X` is any table, matrix or vector (images too), of which only the number of rows
        matters; `y` is a `Vector[Infinite]`.

    Learned: `fitted_params.constant`.

    Example:
        >>> import pandas as pd, kerasflux as kf
        >>> X = pd.DataFrame({"a": ["u", "v", "w"]})
        >>> mach = kf.machine(kf.ConstantRegressor(strategy="median"), X, [1.0, 2.0, 9.0])
        >>> mach.fit(verbosity=0).predict(X).tolist()
        [2.0, 2.0, 2.0]

    Source: `DeterministicConstantRegressor` of MLJModels.jl, which has no median and takes no
    weights (its `ConstantRegressor` predicts a normal distribution); `DummyRegressor` of
    scikit-learn, whose weighted median is the lower end of that range.
    """

    input_scitype: ClassVar[Any] = ANYTHING
    target_scitype: ClassVar[Any] = st.Vector[st.Infinite]
    supports_weights: ClassVar[bool] = True
    exportable: ClassVar[bool] = True

    strategy: Literal["mean", "median"] = field("mean", doc="which constant is predicted")

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Observations:
        """The target alone: nothing is learned from inputs."""
        return Observations(None, y, w)

    def fit(self, data: Observations) -> Fitted:
        target = quantities(data.y)
        refuse_missing(np.isnan(target.values), target.names, "target")
        refuse_infinite(target.values, target.names, "target")
        values, weights = target.values[:, 0], _positive(data.w, len(target))
        if self.strategy == "mean":
            constant = np.average(values, weights=weights)
        else:
            constant = weighted_median(values, weights)
        return _constant(float(constant), getattr(data.y, "name", None))

    def predict(self, fitted: Fitted, X: Any) -> Any:
        constant, name = fitted.state
        return like(np.full(st.nrows(X), constant), X, name)

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        constant, name = fitted.state
        return {"name": name}, {"constant": np.array(constant)}

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return _constant(float(arrays["constant"]), record["name"])

    def serving(self, fitted: Fitted) -> Any:
        import tensorflow as tf

        constant = tf.constant(fitted.state[0], tf.float64)
        return _constant_module(lambda n_rows: {"predictions": tf.repeat(constant, n_rows)})


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The middle of the values with at most half of the weight below and at most half above.

    >>> weighted_median(np.array([3.0, 1.0, 2.0, 9.0]), np.ones(4))
    2.5
    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 5.0]))
    9.0
    """
    counted = weights > 0
    order = np.argsort(values[counted], kind="stable")
    ranked, below = values[counted][order], np.cumsum(weights[counted][order])
    half, slack = below[-1] / 2, below[-1] * 1e-12  # sums of weights are rounded
    lower = ranked[np.searchsorted(below, half - slack)]
    upper = ranked[np.searchsorted(below, half + slack, side="right")]
    return float(lower / 2 + upper / 2)


def _shares(pool: Pool, shares: np.ndarray, name: Any) -> Fitted:
    return Fitted((pool, shares, name), {"probabilities": shares, "levels": pool.levels})


def _constant(constant: float, name: Any) -> Fitted:
    name = None if name is None else str(name)
    return Fitted((constant, name), {"constant": constant})


def _positive(weights: np.ndarray | None, n_rows: int) -> np.ndarray:
    """Weights of the training rows, ones for none; not all zero."""
    if weights is None:
        return np.ones(n_rows)
    if not weights.any():
        raise WeightsError(
            "All training rows have weight zero.",
            expected="at least one row with a positive weight",
            received=f"{n_rows} rows whose weights are 0",
            remedy="Give other rows, or other weights.",
        )
    return weights


def _constant_module(answer: Callable[[Any], dict[str, Any]]) -> Any:
    """A `tf.Module` that answers for as many rows as its inputs have."""
    import tensorflow as tf

    class Constant(tf.Module):
        def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
            return answer(tf.shape(next(iter(inputs.values())))[0])

    return Constant(name="constant")
