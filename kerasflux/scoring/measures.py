"""The measures themselves. Each public name is an instance of the class that documents it.

All are called `measure(y_true, y_pred, sample_weight=None, class_weight=None)`, as in scikit-learn
and Keras (MLJ's order is the other way round). Weighted means divide by the sum of the weights, as
scikit-learn's do; MLJ's divide by the number of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure, PlainFunction
from kerasflux.scoring.confusion import ConfusionMatrix
from scitypes.errors import nearest
from scitypes.lattice import Finite, Infinite, Matrix, Table, Vector


class _OfDistributions(Measure):
    prediction = "probabilistic"
    target_scitype = Vector[Finite]
    supports_class_weights = True

    def read(self, y_true: Any, y_pred: Any) -> pairs.Distributions:
        return pairs.distributions(y_true, y_pred, self.name)


class _OfLabels(Measure):
    prediction = "deterministic"
    target_scitype = Vector[Finite]
    supports_class_weights = True

    def read(self, y_true: Any, y_pred: Any) -> pairs.Labels:
        return pairs.labels(y_true, y_pred, self.name)


class _OfNumbers(Measure):
    prediction = "deterministic"
    target_scitype = Vector[Infinite] | Table(Infinite) | Matrix[Infinite]
    orientation = "loss"

    def read(self, y_true: Any, y_pred: Any) -> pairs.Numbers:
        return pairs.numbers(y_true, y_pred, self.name)


class LogLoss(_OfDistributions):
    """Logarithmic loss, or cross-entropy: the mean of -log p(y), where p(y) is what the prediction
    gave to the label that came.

    Probabilities are clipped to [eps, 1 - eps] before the logarithm, eps being the machine epsilon
    of their precision (2.2e-16 for float64, 1.2e-7 for float32), as scikit-learn does: a label that
    was thought impossible costs 36 (or 16), not infinity.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: distributions, `UnivariateFiniteVector` of `n_rows`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of labels to weights that multiply; classes left out weigh 1.

    Returns:
        A float from 0 (best) on, in nats.

    Raises:
        MeasureError: distributions in the first place, none in the second, missing truth, other
            lengths, no rows.
        UnseenLevel: a label that the pool of the prediction does not have.
        WeightsError: weights that can't be used.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.35, 0.65]], levels=["ham", "spam"])
        >>> round(log_loss(["ham", "spam"], p), 4)
        0.2681

    Source: `sklearn.metrics.log_loss`; `LogLoss` of StatisticalMeasures.jl.
    """

    name = "log_loss"
    aliases = ("cross_entropy",)
    human_name = "log loss"
    orientation = "loss"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        eps = np.finfo(pair.probabilities.dtype).eps
        given = np.clip(pair.probabilities[np.arange(pair.n), pair.true], eps, 1 - eps)
        return np.asarray(-np.log(given.astype(np.float64)))


class BrierLoss(_OfDistributions):
    """Brier loss: the mean squared distance of the distribution from the one that is sure of y.

    A row is worth the sum over classes of (p_k - [y = k])^2, and half of that for two classes,
    where it is the customary (p - [y is positive])^2. So it lies in [0, 1] for two classes and in
    [0, 2] for more, as in scikit-learn (`scale_by_half="auto"`). MLJ's never halves: for two
    classes it is twice this.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: distributions, `UnivariateFiniteVector` of `n_rows`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of labels to weights that multiply; classes left out weigh 1.

    Returns:
        A float from 0 (best) on.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.75, 0.25], [0.5, 0.5]], levels=["no", "yes"])
        >>> brier_loss(["no", "yes"], p)
        0.15625

    Source: `sklearn.metrics.brier_score_loss`; `BrierLoss` of StatisticalMeasures.jl.
    """

    name = "brier_loss"
    human_name = "Brier loss"
    orientation = "loss"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        off = pair.probabilities.astype(np.float64)
        off[np.arange(pair.n), pair.true] -= 1
        half = 0.5 if off.shape[1] <= 2 else 1.0
        return np.asarray(half * np.sum(off**2, axis=1))


class Accuracy(_OfLabels):
    """Accuracy: the share of rows whose predicted label is the true one.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: predicted labels likewise. Distributions are refused: which label to take is a
            decision, usually `p.mode()` (`evaluate` takes it by itself).
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of (true) labels to weights that multiply; classes left out weigh 1.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError: distributions in either place, missing labels, labels of different kinds,
            other lengths, no rows.
        UnseenLevel: a label outside the other column's pool.
        WeightsError: weights that can't be used.

    Example:
        >>> accuracy(["a", "b", "b", "a"], ["a", "b", "a", "a"])
        0.75

    Source: `sklearn.metrics.accuracy_score`; `Accuracy` of StatisticalMeasures.jl.
    """

    name = "accuracy"
    human_name = "accuracy"
    orientation = "score"

    def values(self, pair: pairs.Labels) -> np.ndarray:
        return np.asarray(pair.true == pair.predicted, dtype=np.float64)


class MisclassificationRate(_OfLabels):
    """Misclassification rate: the share of rows whose predicted label is not the true one.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: predicted labels likewise, as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of (true) labels to weights that multiply; classes left out weigh 1.

    Returns:
        A float in [0, 1], smaller is better: 1 - accuracy.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> misclassification_rate(["a", "b", "b", "a"], ["a", "b", "a", "a"])
        0.25

    Source: `MisclassificationRate` of StatisticalMeasures.jl; `sklearn.metrics.zero_one_loss`.
    """

    name = "misclassification_rate"
    aliases = ("mcr",)
    human_name = "misclassification rate"
    orientation = "loss"

    def values(self, pair: pairs.Labels) -> np.ndarray:
        return np.asarray(pair.true != pair.predicted, dtype=np.float64)


class ConfusionMatrixMeasure(_OfLabels):
    """Confusion matrix: how many rows of each true class were predicted as each class.

    True classes are in rows, as in scikit-learn (MLJ has them in columns), and every level of the
    pool is there, seen or not.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: predicted labels likewise, as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None: sums of weights instead of counts.
        class_weight: a dict of (true) labels to weights that multiply; classes left out weigh 1.

    Returns:
        A `ConfusionMatrix` with `.matrix`, `.levels`, `cm[true, predicted]`, `.to_frame()`,
        `.plot()`; those of several folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> cm = confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        >>> cm["cat", "dog"], cm.matrix.tolist()
        (1, [[1, 1], [0, 1]])

    Source: `sklearn.metrics.confusion_matrix`; `ConfusionMatrix` of StatisticalMeasures.jl.
    """

    name = "confusion_matrix"
    aliases = ("confmat",)
    human_name = "confusion matrix"
    aggregation = "sum"
    supports_per_observation = False
    gives_numbers = False

    def values(self, pair: pairs.Labels) -> np.ndarray:
        raise NotImplementedError  # `per_observation` refuses, and `aggregate` does without it

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> ConfusionMatrix:
        k = len(pair.pool.levels)
        cells = pair.true.astype(np.intp) * k + pair.predicted
        counts = np.bincount(cells, weights, minlength=k * k)
        return ConfusionMatrix(counts.reshape(k, k), pair.pool.levels)


class L1(_OfNumbers):
    """Mean absolute error: the mean of `|y_pred - y_true|`.

    Args:
        y_true: what came, `(n_rows,)`, `Vector[Infinite]`; or a table or matrix
            `(n_rows, n_targets)`, whose columns count alike.
        y_pred: predicted numbers of the same shape. Tables are matched by column name where both
            have the same names. Missing or infinite predictions make the measure NaN or infinite.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None (numbers have no classes).

    Returns:
        A float from 0 (best) on, in the unit of the target.

    Raises:
        MeasureError: something that is no number, missing truth, other shapes, no rows.
        WeightsError: weights that can't be used.

    Example:
        >>> l1([1.0, 2.0], [1.0, 4.0])
        1.0

    Source: `sklearn.metrics.mean_absolute_error`; `LPLoss(p=1)` of StatisticalMeasures.jl.
    """

    name = "l1"
    aliases = ("mae",)
    human_name = "mean absolute error"

    def values(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray(np.mean(np.abs(pair.predicted - pair.true), axis=1))


class L2(_OfNumbers):
    """Mean squared error: the mean of `(y_pred - y_true)^2`.

    Args:
        y_true: what came, as for `l1`.
        y_pred: predicted numbers of the same shape.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None (numbers have no classes).

    Returns:
        A float from 0 (best) on, in the squared unit of the target.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> l2([1.0, 2.0], [1.0, 4.0])
        2.0

    Source: `sklearn.metrics.mean_squared_error`; `LPLoss(p=2)` of StatisticalMeasures.jl.
    """

    name = "l2"
    aliases = ("mse",)
    human_name = "mean squared error"

    def values(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray(np.mean((pair.predicted - pair.true) ** 2, axis=1))


class RMS(_OfNumbers):
    """Root mean squared error: the square root of the mean of `(y_pred - y_true)^2`.

    Folds are put together in squares, so that they give what all their rows give at once. Of
    several targets it is the root of the mean over all cells; scikit-learn takes a root per column
    and the mean of those.

    Args:
        y_true: what came, as for `l1`.
        y_pred: predicted numbers of the same shape.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None (numbers have no classes).

    Returns:
        A float from 0 (best) on, in the unit of the target. Its value per row is the absolute error
        (of several targets the root of their mean square).

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> rms([1.0, 2.0], [1.0, 2.0]), rms([0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0])
        (0.0, 1.0)

    Source: `RootMeanSquaredError` of StatisticalMeasures.jl.
    """

    name = "rms"
    aliases = ("rmse",)
    human_name = "root mean squared error"
    aggregation = "root_mean_square"

    def values(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray(np.sqrt(np.mean((pair.predicted - pair.true) ** 2, axis=1)))


log_loss = cross_entropy = LogLoss()
brier_loss = BrierLoss()
accuracy = Accuracy()
misclassification_rate = MisclassificationRate()
confusion_matrix = ConfusionMatrixMeasure()
l1 = mae = L1()
l2 = mse = L2()
rms = rmse = RMS()

MEASURES: tuple[Measure, ...] = (
    *(log_loss, brier_loss, accuracy, misclassification_rate, confusion_matrix, l1, l2, rms),
)
_BY_NAME: dict[str, Measure] = {m.name: m for m in MEASURES} | {
    alias: m for m in MEASURES for alias in m.aliases
}


def as_measure(measure: Any) -> Measure:
    """A measure from a measure, the name or an alias of one, or a function `(y_true, y_pred)`.

    Raises:
        MeasureError: an unknown name (the nearest is offered), or something that can't be called.

    Example:
        >>> as_measure("mae")
        l1
        >>> def worst(y_true, y_pred):
        ...     return max(abs(y_true - y_pred))
        >>> as_measure(worst)(np.array([1.0, 2.0]), np.array([1.0, 5.0]))
        3.0
    """
    if isinstance(measure, Measure):
        return measure
    if isinstance(measure, str) and measure in _BY_NAME:
        return _BY_NAME[measure]
    if isinstance(measure, type) or not callable(measure):
        raise MeasureError(
            "This is no measure.",
            expected=f"one of {', '.join(_BY_NAME)}, or a function of (y_true, y_pred)",
            received=repr(measure)[:80],
            remedy=nearest(measure, _BY_NAME) if isinstance(measure, str) else "",
        )
    return PlainFunction(measure)
