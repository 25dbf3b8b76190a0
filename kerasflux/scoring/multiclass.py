"""Shares of each class against the rest, averaged over classes.

Averages are over all levels of the pool: the pool says which classes there are, not the rows that
happen to be tested. `present_only=True` leaves out classes that neither a true nor a predicted
label has, as scikit-learn does.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kerasflux.errors import WeightsError
from kerasflux.log import warn
from kerasflux.scoring import counts as of
from kerasflux.scoring import pairs
from kerasflux.scoring.base import demand, is_number
from kerasflux.scoring.counts import Counts, Fraction, divided
from kerasflux.scoring.eachclass import OfEachClass, by_class
from kerasflux.scoring.labels import table
from kerasflux.scoring.weights import class_weights

_AVERAGES = ("macro", "micro", "weighted", None)


@dataclass(frozen=True, repr=False)
class AverageShare(OfEachClass):
    """A share of rows for each class, averaged."""

    average: str | None = "macro"
    zero_division: float = 0.0
    present_only: bool = False

    supports_class_weights = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "gives_numbers", self.average is not None)

    def check(self) -> None:
        expected = "'macro', 'micro', 'weighted', or None for a dict by label"
        demand(self.average in _AVERAGES, self.name, "average", self.average, expected)
        value = self.zero_division
        demand(is_number(value), self.name, "zero_division", value, "a number")
        present = self.present_only
        demand(isinstance(present, bool), self.name, "present_only", present, "True or False")

    @abstractmethod
    def fraction(self, counts: Counts) -> Fraction:
        """Numerators and denominators."""

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> Any:
        cells = table(pair, weights)
        counts = by_class(cells)
        if self.average == "micro":
            pooled = Counts(*(part.sum() for part in counts))
            return float(divided(self.fraction(pooled), self.zero_division))
        shares = divided(self.fraction(counts), self.zero_division)
        if self.average is None:
            return dict(zip(pair.pool.levels, shares.tolist(), strict=True))
        return float(np.average(shares, weights=self._weights_of(pair, cells)))

    def _weights_of(self, pair: pairs.Labels, cells: np.ndarray) -> np.ndarray:
        """What each class counts in the average."""
        weights = np.ones(len(cells)) if pair.class_weights is None else pair.class_weights
        if self.average == "weighted":
            weights = weights * cells.sum(axis=1)
        if self.present_only:
            weights = weights * (cells.sum(axis=0) + cells.sum(axis=1) > 0)
        if not weights.sum() > 0:
            raise WeightsError(
                f"All classes that `{self.name}` averages over weigh nothing.",
                expected="a positive weight of a class that comes",
                received=f"weights {weights.tolist()} of {list(pair.pool.levels)}",
                remedy="Give such classes a weight in `class_weight`.",
            )
        return weights

    def _read(
        self, y_true: Any, y_pred: Any, sample_weight: Any, class_weight: Any
    ) -> tuple[Any, np.ndarray | None]:
        pair, weights = super()._read(y_true, y_pred, sample_weight, None)
        if class_weight is None:
            return pair, weights
        if self.average in ("micro", None):
            warn(f"`class_weight` has no effect on `{self!r}`: it does not average over classes.")
        return dataclasses.replace(
            pair, class_weights=class_weights(class_weight, pair.pool)
        ), weights


class MulticlassPrecision(AverageShare):
    """Precision, TP / (TP + FP), of each class against the rest, averaged.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container; or a
            `ConfusionMatrix` in place of both.
        y_pred: predicted labels likewise, as for `accuracy`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of labels to what each class counts in the average; classes left out
            count 1. It has no effect, and a warning says so, where nothing is averaged over
            classes.
        average: `"macro"`, the mean over classes; `"weighted"`, in which each counts as many rows
            as have it; `"micro"`, the share of the counts of all classes together; or None, a dict
            of the share of each class.
        zero_division: the share of a class where its denominator is zero.
        present_only: whether to leave out classes that no label of either column is of. By default
            every level of the pool counts.

    Returns:
        A float in [0, 1], larger is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel: as for `accuracy`.
        WeightsError: weights that can't be used.

    Example:
        >>> multiclass_precision(list("aabc"), list("abbb"))
        0.4444444444444444
        >>> multiclass_precision(list("aabc"), list("abbb"), average=None)
        {'a': 1.0, 'b': 0.3333333333333333, 'c': 0.0}

    Source: `sklearn.metrics.precision_score(average=...)`;
    `MulticlassPositivePredictiveValue` of StatisticalMeasures.jl.
    """

    name = "multiclass_precision"
    aliases = ("multiclass_positive_predictive_value", "multiclass_ppv", "macro_precision")
    human_name = "precision, averaged over classes"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return of.positive_predictive_share(counts)


class MulticlassRecall(AverageShare):
    """Recall, TP / (TP + FN), of each class against the rest, averaged.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`.

    Returns:
        A float in [0, 1], larger is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(multiclass_recall(list("aabc"), list("abbb")), 4)
        0.5

    Source: `sklearn.metrics.recall_score(average=...)`;
    `MulticlassTruePositiveRate` of StatisticalMeasures.jl.
    """

    name = "multiclass_recall"
    aliases = (
        "multiclass_true_positive_rate",
        "multiclass_tpr",
        "multiclass_sensitivity",
        "multiclass_hit_rate",
        "macro_recall",
    )
    human_name = "recall, averaged over classes"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return of.true_positive_share(counts)


class MulticlassSpecificity(AverageShare):
    """Specificity, TN / (TN + FP), of each class against the rest, averaged.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`.

    Returns:
        A float in [0, 1], larger is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(multiclass_specificity(list("aabc"), list("abbb")), 4)
        0.7778

    Source: `MulticlassTrueNegativeRate` of StatisticalMeasures.jl.
    """

    name = "multiclass_specificity"
    aliases = ("multiclass_true_negative_rate", "multiclass_tnr", "multiclass_selectivity")
    human_name = "specificity, averaged over classes"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return of.true_negative_share(counts)


class MulticlassFalsePositiveRate(AverageShare):
    """False positive rate, FP / (FP + TN), of each class against the rest, averaged.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`.

    Returns:
        A float in [0, 1], smaller is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(multiclass_false_positive_rate(list("aabc"), list("abbb")), 4)
        0.2222

    Source: `MulticlassFalsePositiveRate` of StatisticalMeasures.jl.
    """

    name = "multiclass_false_positive_rate"
    aliases = ("multiclass_fpr", "multiclass_fallout")
    human_name = "false positive rate, averaged over classes"
    orientation = "loss"

    def fraction(self, counts: Counts) -> Fraction:
        return of.false_positive_share(counts)


class MulticlassFalseNegativeRate(AverageShare):
    """False negative rate, FN / (FN + TP), of each class against the rest, averaged.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`.

    Returns:
        A float in [0, 1], smaller is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(multiclass_false_negative_rate(list("aabc"), list("abbb")), 4)
        0.5

    Source: `MulticlassFalseNegativeRate` of StatisticalMeasures.jl.
    """

    name = "multiclass_false_negative_rate"
    aliases = ("multiclass_fnr", "multiclass_miss_rate")
    human_name = "false negative rate, averaged over classes"
    orientation = "loss"

    def fraction(self, counts: Counts) -> Fraction:
        return of.false_negative_share(counts)


class MulticlassFalseDiscoveryRate(AverageShare):
    """False discovery rate, FP / (FP + TP), of each class against the rest, averaged.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`.

    Returns:
        A float in [0, 1], smaller is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(multiclass_false_discovery_rate(list("aabc"), list("abbb")), 4)
        0.2222

    Source: `MulticlassFalseDiscoveryRate` of StatisticalMeasures.jl.
    """

    name = "multiclass_false_discovery_rate"
    aliases = ("multiclass_fdr",)
    human_name = "false discovery rate, averaged over classes"
    orientation = "loss"

    def fraction(self, counts: Counts) -> Fraction:
        return of.false_discovery_share(counts)


class MulticlassNegativePredictiveValue(AverageShare):
    """Negative predictive value, TN / (TN + FN), of each class against the rest, averaged.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`.

    Returns:
        A float in [0, 1], larger is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(multiclass_negative_predictive_value(list("aabc"), list("abbb")), 4)
        0.8056

    Source: `MulticlassNegativePredictiveValue` of StatisticalMeasures.jl.
    """

    name = "multiclass_negative_predictive_value"
    aliases = ("multiclass_npv",)
    human_name = "negative predictive value, averaged over classes"
    orientation = "score"

    def fraction(self, counts: Counts) -> Fraction:
        return of.negative_predictive_share(counts)


@dataclass(frozen=True, repr=False)
class MulticlassFScore(AverageShare):
    """F score of each class against the rest, averaged: `macro_f1` and `micro_f1`.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `multiclass_precision`.
        average, zero_division, present_only: as for `multiclass_precision`. The micro average is
            the accuracy, whatever beta is.
        beta: how much more recall counts than precision, 1 by default.

    Returns:
        A float in [0, 1], larger is better; with `average=None` a dict of floats by label.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> round(macro_f1(list("aabc"), list("abbb")), 4), micro_f1(list("aabc"), list("abbb"))
        (0.3889, 0.5)
        >>> macro_f1.replace(average="weighted", beta=2)
        multiclass_f_score(average='weighted', beta=2)

    Source: `sklearn.metrics.f1_score(average=...)`; `MulticlassFScore` of StatisticalMeasures.jl.
    """

    beta: float = 1.0

    name = "multiclass_f_score"
    human_name = "F score, averaged over classes"
    orientation = "score"
    named_by = "average"
    names: ClassVar[Any] = {
        "macro": (
            "macro_f1",
            "F1 score, mean over classes",
            ("macro_f1score", "f1_macro", "multiclass_f1", "multiclass_f1score"),
        ),
        "micro": ("micro_f1", "F1 score of all classes together", ("micro_f1score", "f1_micro")),
    }

    @property
    def known_as(self) -> Any:
        return self.average if self.beta == 1 else "f_score"

    def check(self) -> None:
        super().check()
        ok = is_number(self.beta) and self.beta > 0
        demand(ok, "macro_f1", "beta", self.beta, "a positive number")

    def fraction(self, counts: Counts) -> Fraction:
        return of.f_share(counts, self.beta)


multiclass_precision = MulticlassPrecision()
multiclass_recall = MulticlassRecall()
multiclass_specificity = MulticlassSpecificity()
multiclass_false_positive_rate = MulticlassFalsePositiveRate()
multiclass_false_negative_rate = MulticlassFalseNegativeRate()
multiclass_false_discovery_rate = MulticlassFalseDiscoveryRate()
multiclass_negative_predictive_value = MulticlassNegativePredictiveValue()
macro_f1 = MulticlassFScore()
micro_f1 = MulticlassFScore(average="micro")
