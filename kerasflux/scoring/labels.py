"""Measures of labels that treat all classes alike: shares of rows, agreement beyond chance, counts.

All take the truth first, labels of any container, or a `ConfusionMatrix` in its place. Weighted
ones divide by the sum of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure, Pointwise, demand
from kerasflux.scoring.confusion import ConfusionMatrix
from scitypes.errors import Explained
from scitypes.lattice import Finite, Matrix, Table, Vector
from scitypes.pools import Pool


class OfLabels(Measure):
    """A measure that compares labels."""

    prediction = "deterministic"
    target_scitype = Vector[Finite]

    def read(self, y_true: Any, y_pred: Any) -> pairs.Labels:
        return pairs.labels(y_true, y_pred, self.name)

    @property
    def judges_labels(self) -> bool:
        return True


class Accuracy(Pointwise, OfLabels):
    """Accuracy: the share of rows whose predicted label is the true one.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container; or a
            `ConfusionMatrix` in place of both.
        y_pred: predicted labels likewise. Distributions are refused: which label to take is a
            decision, usually `p.mode()` (`evaluate` takes it by itself).
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of (true) labels to weights that multiply; classes left out weigh 1.

    Rows whose truth or prediction is missing are left out with their weight, and a warning tells
    how many.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError: distributions in either place, labels of different kinds, other lengths, no
            rows, or only missing ones.
        UnseenLevel: a label outside the other column's pool.
        WeightsError: weights that can't be used.

    Example:
        >>> accuracy(["a", "b", "b", "a"], ["a", "b", "a", "a"])
        0.75

    Source: `sklearn.metrics.accuracy_score`; `Accuracy` of StatisticalMeasures.jl.
    """

    name = "accuracy"
    aliases = ("accuracy_score",)
    human_name = "accuracy"
    orientation = "score"
    supports_class_weights = True

    def values(self, pair: pairs.Labels) -> np.ndarray:
        return np.asarray(pair.true == pair.predicted, dtype=np.float64)


class MisclassificationRate(Pointwise, OfLabels):
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
    aliases = ("mcr", "zero_one_loss")
    human_name = "misclassification rate"
    orientation = "loss"
    supports_class_weights = True

    def values(self, pair: pairs.Labels) -> np.ndarray:
        return np.asarray(pair.true != pair.predicted, dtype=np.float64)


class OfLabelColumns(Pointwise):
    """A measure of labels of several targets."""

    prediction = "deterministic"
    target_scitype = Table(Finite) | Matrix[Finite]

    def read(self, y_true: Any, y_pred: Any) -> pairs.LabelColumns:
        return pairs.label_columns(y_true, y_pred, self.name)


class MultitargetAccuracy(OfLabelColumns):
    """Accuracy of several targets: the share of cells whose predicted label is the true one.

    Args:
        y_true: the labels that came, a table or matrix `(n_rows, n_targets)`.
        y_pred: predicted labels of the same shape. Tables are matched by column name where both
            have the same names. Rows with a missing cell are left out.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None: classes of several targets are not one set.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> y = {"u": ["a", "b"], "v": ["c", "c"]}
        >>> multitarget_accuracy(y, {"u": ["a", "b"], "v": ["c", "d"]})
        0.75

    Source: `MultitargetAccuracy` of StatisticalMeasures.jl.
    """

    name = "multitarget_accuracy"
    human_name = "multitarget accuracy"
    orientation = "score"

    def values(self, pair: pairs.LabelColumns) -> np.ndarray:
        return np.asarray(pair.equal.mean(axis=1))


class MultitargetMisclassificationRate(OfLabelColumns):
    """Misclassification rate of several targets: the share of cells with another label.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multitarget_accuracy`.

    Returns:
        A float in [0, 1], smaller is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> y = {"u": ["a", "b"], "v": ["c", "c"]}
        >>> multitarget_misclassification_rate(y, {"u": ["a", "b"], "v": ["c", "d"]})
        0.25

    Source: `MultitargetMisclassificationRate` of StatisticalMeasures.jl;
    `sklearn.metrics.hamming_loss`.
    """

    name = "multitarget_misclassification_rate"
    aliases = ("multitarget_mcr",)
    human_name = "multitarget misclassification rate"
    orientation = "loss"

    def values(self, pair: pairs.LabelColumns) -> np.ndarray:
        return np.asarray(1 - pair.equal.mean(axis=1))


@dataclass(frozen=True, repr=False)
class ConfusionMatrixMeasure(OfLabels):
    """Confusion matrix: how many rows of each true class were predicted as each class.

    True classes are in rows, as in scikit-learn (MLJ has them in columns), and every level of the
    pool is there, seen or not.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: predicted labels likewise, as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None: sums of weights instead of counts.
        class_weight: a dict of (true) labels to weights that multiply; classes left out weigh 1.
        levels: all labels, in the order in which they are shown; None: those of the pool.

    Returns:
        A `ConfusionMatrix` with `.matrix`, `.levels`, `cm[true, predicted]`, `.to_frame()`,
        `.plot()`; those of several folds are added. Measures of labels take it in place of truth
        and prediction: `kf.accuracy(cm)`.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> cm = confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        >>> cm["cat", "dog"], cm.matrix.tolist()
        (1, [[1, 1], [0, 1]])
        >>> confusion_matrix(["cat"], ["dog"], levels=("dog", "cat")).matrix.tolist()
        [[0, 0], [1, 0]]

    Source: `sklearn.metrics.confusion_matrix`; `ConfusionMatrix` of StatisticalMeasures.jl.
    """

    levels: tuple[Any, ...] | None = None

    name = "confusion_matrix"
    aliases = ("confmat",)
    human_name = "confusion matrix"
    aggregation = "sum"
    supports_class_weights = True
    gives_numbers = False

    def check(self) -> None:
        if self.levels is None:
            return
        try:
            object.__setattr__(self, "levels", Pool(self.levels).levels)
        except Explained as error:
            raise MeasureError(
                f"`levels` of `{self.name}` can't have this value. {error.failed}",
                expected=error.expected or "distinct labels",
                received=error.received or repr(self.levels)[:80],
                remedy=error.remedy,
            ) from error

    def read(self, y_true: Any, y_pred: Any) -> pairs.Labels:
        levels = None if self.levels is None else Pool(self.levels)
        return pairs.labels(y_true, y_pred, self.name, levels)

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> ConfusionMatrix:
        return ConfusionMatrix(table(pair, weights), pair.pool.levels)


@dataclass(frozen=True, repr=False)
class BalancedAccuracy(OfLabels):
    """Balanced accuracy: the mean over classes of the share of their rows that were found.

    The mean is over all levels of the pool; one that no row has counts as 0. scikit-learn leaves
    such classes out, as `present_only=True` does.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: predicted labels likewise, as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None: the classes count alike.
        adjusted: whether to scale so that chance is 0: (b - 1/K) / (1 - 1/K) for K classes.
        present_only: whether to leave out classes that no true label has.

    Returns:
        A float up to 1 (best).

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> balanced_accuracy(["a", "a", "a", "b"], ["a", "a", "b", "b"])
        0.8333333333333333

    Source: `sklearn.metrics.balanced_accuracy_score`; `BalancedAccuracy` of StatisticalMeasures.jl.
    """

    adjusted: bool = False
    present_only: bool = False

    name = "balanced_accuracy"
    aliases = ("bacc", "bac", "probability_of_correct_classification", "balanced_accuracy_score")
    human_name = "balanced accuracy"
    orientation = "score"

    def check(self) -> None:
        for name in ("adjusted", "present_only"):
            value = getattr(self, name)
            demand(isinstance(value, bool), self.name, name, value, "True or False")

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> float:
        counts = table(pair, weights)
        rows = counts.sum(axis=1)
        shares = np.divide(np.diag(counts), rows, out=np.zeros(len(rows)), where=rows > 0)
        shares = shares[rows > 0] if self.present_only else shares
        found, chance = float(shares.mean()), 1 / len(shares)
        if not self.adjusted:
            return found
        return (found - chance) / (1 - chance) if chance < 1 else float("nan")


class Kappa(OfLabels):
    """Cohen's kappa: agreement beyond chance, (p - e) / (1 - e) of the share p of equal labels and
    the share e that would be equal by chance, with the same shares of classes.

    Args:
        y_true, y_pred: as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None.

    Returns:
        A float up to 1 (best); 0 is chance. NaN where both are one class, the same.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> kappa(["a", "a", "b", "b"], ["a", "a", "b", "a"])
        0.5

    Source: `sklearn.metrics.cohen_kappa_score`; `Kappa` of StatisticalMeasures.jl, which says that
    it takes weights and does not.
    """

    name = "kappa"
    aliases = ("cohen_kappa", "cohen_kappa_score")
    human_name = "Cohen's kappa"
    orientation = "score"

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> float:
        counts = table(pair, weights)
        shares = counts / counts.sum()
        equal, chance = np.trace(shares), shares.sum(axis=0) @ shares.sum(axis=1)
        return float((equal - chance) / (1 - chance)) if chance < 1 else float("nan")


class MatthewsCorrelation(OfLabels):
    """Matthews' correlation coefficient of true and predicted classes, for any number of them.

    Args:
        y_true, y_pred: as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None.

    Returns:
        A float in [-1, 1], larger is better; 0 is chance, and where either column is one class.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> round(mcc(["a", "a", "b", "b"], ["a", "a", "b", "a"]), 4)
        0.5774

    Source: Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient"
    (2004); `sklearn.metrics.matthews_corrcoef`; `MatthewsCorrelation` of StatisticalMeasures.jl.
    """

    name = "mcc"
    aliases = ("matthews_correlation", "matthews_corrcoef")
    human_name = "Matthews' correlation coefficient"
    orientation = "score"

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> float:
        counts = table(pair, weights).astype(np.float64)
        counts /= counts.sum()
        true, predicted = counts.sum(axis=1), counts.sum(axis=0)
        spread = (1 - true @ true) * (1 - predicted @ predicted)
        if not spread > _TINY:
            return 0.0
        return float((np.trace(counts) - true @ predicted) / np.sqrt(spread))


_TINY = 1e-15  # a column of one class: rounding leaves a little of its zero spread


def table(pair: pairs.Labels, weights: np.ndarray | None) -> np.ndarray:
    """Counts, or sums of weights, by true and predicted label, `(n_levels, n_levels)`."""
    k = len(pair.pool.levels)
    cells = pair.true.astype(np.intp) * k + pair.predicted
    if weights is not None and weights.dtype.kind == "i":
        whole = np.zeros(k * k, dtype=weights.dtype)  # `bincount` would make them floats
        np.add.at(whole, cells, weights)
        return whole.reshape(k, k)
    return np.bincount(cells, weights, minlength=k * k).reshape(k, k)


accuracy = Accuracy()
misclassification_rate = MisclassificationRate()
multitarget_accuracy = MultitargetAccuracy()
multitarget_misclassification_rate = MultitargetMisclassificationRate()
confusion_matrix = ConfusionMatrixMeasure()
balanced_accuracy = BalancedAccuracy()
kappa = Kappa()
mcc = MatthewsCorrelation()
