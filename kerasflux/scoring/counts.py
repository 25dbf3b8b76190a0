"""Counts and shares of true and false positives and negatives, of one positive class.

Labels other than the positive one are negative, so that `positive=` of more than two classes is
that class against the rest. Each formula is a function of `Counts`, which
`kerasflux.scoring.multiclass` applies to every class.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.base import demand, is_number
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


@dataclass(frozen=True, repr=False)
class Share(OfOneClass):
    """A share of rows."""

    zero_division: float | None = None

    def check(self) -> None:
        value = self.zero_division
        ok = value is None or is_number(value)
        demand(ok, self.name, "zero_division", value, "a number, or None for NaN")

    @abstractmethod
    def fraction(self, counts: Counts) -> Fraction:
        """Numerator and denominator."""

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> float:
        undefined = np.nan if self.zero_division is None else self.zero_division
        return float(divided(self.fraction(self.counts(pair, weights)), undefined))


@dataclass(frozen=True, repr=False)
class Precision(Share):
    """Precision, or positive predictive value: TP / (TP + FP), the share of rows predicted as
    positive that are.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container; or a
            `ConfusionMatrix` in place of both.
        y_pred: predicted labels likewise, as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None.
        positive: the positive label, which all others are negative beside. None: the last level of
            an ordered pool of two; anything else is asked back.
        zero_division: the value where no row is predicted as positive; None: NaN. (scikit-learn
            takes 0.)

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError: the positive label is not known; and as for `accuracy`.
        UnseenLevel, WeightsError: as for `accuracy`.

    Example:
        >>> precision(["no", "yes", "yes"], ["yes", "yes", "no"], positive="yes")
        0.5
        >>> cautious = precision.replace(positive="yes", zero_division=0.0)
        >>> cautious(["no", "yes"], ["no", "no"])
        0.0

    Source: `sklearn.metrics.precision_score`; `PositivePredictiveValue` of StatisticalMeasures.jl.
    """

    name = "precision"
    aliases = ("positive_predictive_value", "ppv")
    human_name = "precision (positive predictive value)"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return positive_predictive_share(counts)


class Recall(Share):
    """Recall, sensitivity or true positive rate: TP / (TP + FN), the share of positive rows that
    were found.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is positive; None: NaN.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> y, guess = list("nnyyy"), list("ynyyn")
        >>> recall(y, guess, positive="y")
        0.6666666666666666

    Source: `sklearn.metrics.recall_score`; `TruePositiveRate` of StatisticalMeasures.jl.
    """

    name = "recall"
    aliases = ("true_positive_rate", "tpr", "sensitivity", "hit_rate")
    human_name = "recall (true positive rate)"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return true_positive_share(counts)


class Specificity(Share):
    """Specificity, or true negative rate: TN / (TN + FP), the share of negative rows that were
    found.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is negative; None: NaN.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> y, guess = list("nnyyy"), list("ynyyn")
        >>> specificity(y, guess, positive="y")
        0.5

    Source: `TrueNegativeRate` of StatisticalMeasures.jl.
    """

    name = "specificity"
    aliases = ("true_negative_rate", "tnr", "selectivity")
    human_name = "specificity (true negative rate)"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return true_negative_share(counts)


class FalsePositiveRate(Share):
    """False positive rate: FP / (FP + TN), the share of negative rows predicted as positive.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is negative; None: NaN.

    Returns:
        A float in [0, 1], smaller is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> y, guess = list("nnyyy"), list("ynyyn")
        >>> false_positive_rate(y, guess, positive="y")
        0.5

    Source: `FalsePositiveRate` of StatisticalMeasures.jl.
    """

    name = "false_positive_rate"
    aliases = ("fpr", "fallout")
    human_name = "false positive rate"
    orientation = "loss"

    def fraction(self, counts: Counts) -> Fraction:
        return false_positive_share(counts)


class FalseNegativeRate(Share):
    """False negative rate: FN / (FN + TP), the share of positive rows that were missed.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is positive; None: NaN.

    Returns:
        A float in [0, 1], smaller is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> y, guess = list("nnyyy"), list("ynyyn")
        >>> false_negative_rate(y, guess, positive="y")
        0.3333333333333333

    Source: `FalseNegativeRate` of StatisticalMeasures.jl.
    """

    name = "false_negative_rate"
    aliases = ("fnr", "miss_rate")
    human_name = "false negative rate"
    orientation = "loss"

    def fraction(self, counts: Counts) -> Fraction:
        return false_negative_share(counts)


class FalseDiscoveryRate(Share):
    """False discovery rate: FP / (FP + TP), the share of rows predicted as positive that are not.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is predicted as positive; None: NaN.

    Returns:
        A float in [0, 1], smaller is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> y, guess = list("nnyyy"), list("ynyyn")
        >>> false_discovery_rate(y, guess, positive="y")
        0.3333333333333333

    Source: `FalseDiscoveryRate` of StatisticalMeasures.jl.
    """

    name = "false_discovery_rate"
    aliases = ("fdr",)
    human_name = "false discovery rate"
    orientation = "loss"

    def fraction(self, counts: Counts) -> Fraction:
        return false_discovery_share(counts)


class NegativePredictiveValue(Share):
    """Negative predictive value: TN / (TN + FN), the share of rows predicted as negative that are.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is predicted as negative; None: NaN.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> y, guess = list("nnyyy"), list("ynyyn")
        >>> negative_predictive_value(y, guess, positive="y")
        0.5

    Source: `NegativePredictiveValue` of StatisticalMeasures.jl.
    """

    name = "negative_predictive_value"
    aliases = ("npv",)
    human_name = "negative predictive value"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return negative_predictive_share(counts)


@dataclass(frozen=True, repr=False)
class FScore(Share):
    """F score: (1 + β²) TP / ((1 + β²) TP + β² FN + FP), for β = 1 (`f1`) the harmonic mean of
    precision and recall.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `precision`.
        zero_division: the value where no row is positive, predicted or true; None: NaN.
        beta: how much more recall counts than precision, 1 by default; `kf.f1.replace(beta=2.0)`
            prints as `f_score(beta=2.0)`.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `precision`.

    Example:
        >>> f1(list("nnyyy"), list("ynyyn"), positive="y")
        0.6666666666666666

    Source: `sklearn.metrics.f1_score`, `fbeta_score`; `FScore` of StatisticalMeasures.jl.
    """

    beta: float = 1.0

    name = "f_score"
    human_name = "F score"
    orientation = "score"
    named_by = "beta"
    names: ClassVar[Any] = {1: ("f1", "F1 score", ("f1score", "f1_score"))}

    def check(self) -> None:
        super().check()
        ok = is_number(self.beta) and self.beta > 0
        demand(ok, "f1", "beta", self.beta, "a positive number")

    def fraction(self, counts: Counts) -> Fraction:
        return f_share(counts, self.beta)


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
precision = Precision()
recall = Recall()
specificity = Specificity()
false_positive_rate = FalsePositiveRate()
false_negative_rate = FalseNegativeRate()
false_discovery_rate = FalseDiscoveryRate()
negative_predictive_value = NegativePredictiveValue()
f1 = FScore()
