"""Counts of true and false positives and negatives, of one positive class, and formulas of them.

Labels other than the positive one are negative, so that `positive=` of more than two classes is
that class against the rest. Each formula is a function of `Counts`, which
`kerasflux.scoring.multiclass` applies to every class.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.labels import OfLabels
from kerasflux.scoring.positives import OfPositives, positive_code


class Counts(NamedTuple):
    """Rows (or sums of weights) by whether they are positive and whether the prediction is right.

    Numbers for one positive class, or arrays `(n_levels,)` for each class against the rest.
    """

    tp: Any
    fp: Any
    fn: Any
    tn: Any


Fraction = tuple[Any, Any]


def true_positives(c: Counts) -> Any:
    """Positive rows predicted as such."""
    return c.tp


def true_negatives(c: Counts) -> Any:
    """Negative rows predicted as such."""
    return c.tn


def false_positives(c: Counts) -> Any:
    """Negative rows predicted as positive."""
    return c.fp


def false_negatives(c: Counts) -> Any:
    """Positive rows predicted as negative."""
    return c.fn


def true_positive_share(c: Counts) -> Fraction:
    """TP / (TP + FN), as numerator and denominator; the other shares likewise."""
    return c.tp, c.tp + c.fn


def true_negative_share(c: Counts) -> Fraction:
    """TN / (TN + FP)."""
    return c.tn, c.tn + c.fp


def false_positive_share(c: Counts) -> Fraction:
    """FP / (FP + TN)."""
    return c.fp, c.fp + c.tn


def false_negative_share(c: Counts) -> Fraction:
    """FN / (FN + TP)."""
    return c.fn, c.fn + c.tp


def false_discovery_share(c: Counts) -> Fraction:
    """FP / (FP + TP)."""
    return c.fp, c.fp + c.tp


def positive_predictive_share(c: Counts) -> Fraction:
    """TP / (TP + FP)."""
    return c.tp, c.tp + c.fp


def negative_predictive_share(c: Counts) -> Fraction:
    """TN / (TN + FN)."""
    return c.tn, c.tn + c.fn


def f_share(c: Counts, beta: float) -> Fraction:
    """(1 + beta²) TP / ((1 + beta²) TP + beta² FN + FP)."""
    found = (1 + beta**2) * c.tp
    return found, found + beta**2 * c.fn + c.fp


def divided(fraction: Fraction, undefined: float) -> Any:
    """A fraction, or what is taken where its denominator is zero.

    >>> divided((np.array([1, 0]), np.array([4, 0])), 0.0)
    array([0.25, 0.  ])
    """
    top, bottom = (np.asarray(part, dtype=np.float64) for part in fraction)
    return np.divide(top, bottom, out=np.full(top.shape, undefined), where=bottom > 0)


class OfOneClass(OfPositives, OfLabels):
    """A measure of labels with a positive class."""

    def counts(self, pair: pairs.Labels, weights: np.ndarray | None) -> Counts:
        """What came of the positive class."""
        code = positive_code(pair, self.positive, self.name)
        true, predicted = pair.true == code, pair.predicted == code
        found = np.bincount(2 * true.astype(np.intp) + predicted, weights, minlength=4)
        whole = weights is None or weights.dtype.kind == "i"
        tn, fp, fn, tp = (int(n) if whole else float(n) for n in found)
        return Counts(tp, fp, fn, tn)


class Count(OfOneClass):
    """A number of rows; folds are added."""

    aggregation = "sum"
    formula: ClassVar[Any]

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> Any:
        return self.formula(self.counts(pair, weights))


class TruePositive(Count):
    """Number of true positives: positive rows predicted as such.

    Args:
        y_true, y_pred, class_weight, positive: as for `precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.

    Returns:
        An int, or a float of weights, larger is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> true_positive(list("nnyyy"), list("ynyyn"), positive="y")
        2

    Source: `TruePositive` of StatisticalMeasures.jl.
    """

    name = "true_positive"
    aliases = ("truepositive",)
    human_name = "number of true positives"
    orientation = "score"
    formula = staticmethod(true_positives)


class TrueNegative(Count):
    """Number of true negatives: negative rows predicted as such.

    Args:
        y_true, y_pred, class_weight, positive: as for `precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.

    Returns:
        An int, or a float of weights, larger is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> true_negative(list("nnyyy"), list("ynyyn"), positive="y")
        1

    Source: `TrueNegative` of StatisticalMeasures.jl.
    """

    name = "true_negative"
    aliases = ("truenegative",)
    human_name = "number of true negatives"
    orientation = "score"
    formula = staticmethod(true_negatives)


class FalsePositive(Count):
    """Number of false positives: negative rows predicted as positive.

    Args:
        y_true, y_pred, class_weight, positive: as for `precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.

    Returns:
        An int, or a float of weights, smaller is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> false_positive(list("nnyyy"), list("ynyyn"), positive="y")
        1

    Source: `FalsePositive` of StatisticalMeasures.jl.
    """

    name = "false_positive"
    aliases = ("falsepositive",)
    human_name = "number of false positives"
    orientation = "loss"
    formula = staticmethod(false_positives)


class FalseNegative(Count):
    """Number of false negatives: positive rows predicted as negative.

    Args:
        y_true, y_pred, class_weight, positive: as for `precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.

    Returns:
        An int, or a float of weights, smaller is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> false_negative(list("nnyyy"), list("ynyyn"), positive="y")
        1

    Source: `FalseNegative` of StatisticalMeasures.jl.
    """

    name = "false_negative"
    aliases = ("falsenegative",)
    human_name = "number of false negatives"
    orientation = "loss"
    formula = staticmethod(false_negatives)


true_positive = TruePositive()
true_negative = TrueNegative()
false_positive = FalsePositive()
false_negative = FalseNegative()
