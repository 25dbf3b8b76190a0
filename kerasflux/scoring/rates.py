"""Shares of true and false positives and negatives, of one positive class."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.base import demand, is_number
from kerasflux.scoring.counts import (
    Counts,
    Fraction,
    OfOneClass,
    divided,
    f_share,
    false_discovery_share,
    false_negative_share,
    false_positive_share,
    negative_predictive_share,
    positive_predictive_share,
    true_negative_share,
    true_positive_share,
)


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


precision = Precision()
recall = Recall()
specificity = Specificity()
false_positive_rate = FalsePositiveRate()
false_negative_rate = FalseNegativeRate()
false_discovery_rate = FalseDiscoveryRate()
negative_predictive_value = NegativePredictiveValue()
f1 = FScore()
