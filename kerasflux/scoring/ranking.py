"""Measures of how well probabilities of one class rank the rows: curves in one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.base import demand, is_number
from kerasflux.scoring.positives import OfPositives, positive_code
from kerasflux.scoring.probabilities import OfDistributions
from scitypes.inference import scitype
from scitypes.lattice import Finite, Vector


class OfScores(OfPositives, OfDistributions):
    """A measure of the probabilities of one class."""

    def scores(self, pair: pairs.Distributions) -> tuple[np.ndarray, np.ndarray]:
        """The probability of the positive class, and whether each row is positive."""
        code = positive_code(pair, self.positive, self.name)
        return pair.probabilities[:, code].astype(np.float64), pair.true == code


@dataclass(frozen=True, repr=False)
class AreaUnderCurve(OfScores):
    """Area under the ROC curve: the chance that a positive row is given a higher probability than a
    negative one, ties counting half.

    Of two classes it does not matter which is the positive one. Of more, `positive=` measures one
    against the rest.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: distributions, `UnivariateFiniteVector` of `n_rows`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None.
        positive: the positive label; None for two classes.

    Returns:
        A float in [0, 1], larger is better, 0.5 is chance; NaN where all rows are of one class.

    Raises:
        MeasureError: more than two classes without `positive`; and as for `log_loss`.
        UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]], levels=["no", "yes"])
        >>> auc(["no", "yes", "yes"], p)
        1.0

    Source: `sklearn.metrics.roc_auc_score`; `AreaUnderCurve` of StatisticalMeasures.jl.
    """

    name = "auc"
    aliases = ("area_under_curve", "roc_auc", "roc_auc_score")
    human_name = "area under the ROC curve"
    orientation = "score"
    target_scitype = Vector[Finite[2]]

    def refuse_target(self, y: Any) -> None:
        if not self.takes(scitype(y)):
            super().refuse_target(y)

    def positive_of(self, pair: Any) -> Any:
        return self.positive  # without one both classes give the same

    def aggregate(self, pair: pairs.Distributions, weights: np.ndarray | None) -> float:
        scores, positive = self.scores(pair)
        w = np.ones(pair.n) if weights is None else weights
        _, where = np.unique(scores, return_inverse=True)
        found, other = (np.bincount(where, w * sign) for sign in (positive, ~positive))
        if not (found.sum() > 0 and other.sum() > 0):
            return float("nan")
        below = np.cumsum(other) - other / 2
        return float(found @ below / (found.sum() * other.sum()))

    def scores(self, pair: pairs.Distributions) -> tuple[np.ndarray, np.ndarray]:
        if self.positive is None and len(pair.pool) == 2:
            return pair.probabilities[:, 1].astype(np.float64), pair.true == 1
        return super().scores(pair)


@dataclass(frozen=True, repr=False)
class AveragePrecision(OfScores):
    """Average precision: Σ (R_i - R_(i-1)) P_i over the thresholds from high to low, with recall R
    and precision P of the rows whose probability reaches the threshold.

    This is scikit-learn's rule. MLJ multiplies each step of recall with the precision before it.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `auc`.
        positive: the positive label. None: the last level of an ordered pool of two; anything else
            is asked back.

    Returns:
        A float in [0, 1], larger is better; NaN where no row is positive.

    Raises:
        MeasureError: the positive label is not known; and as for `log_loss`.
        UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]], levels=["no", "yes"])
        >>> average_precision(["yes", "no", "yes"], p, positive="yes")
        0.5833333333333333

    Source: `sklearn.metrics.average_precision_score`; `AveragePrecision` of StatisticalMeasures.jl.
    """

    name = "average_precision"
    aliases = ("average_precision_score",)
    human_name = "average precision"
    orientation = "score"

    def aggregate(self, pair: pairs.Distributions, weights: np.ndarray | None) -> float:
        curve = precisions(*self.scores(pair), weights)
        return float(np.diff(curve.recall, prepend=0.0) @ curve.precision)


@dataclass(frozen=True, repr=False)
class PrecisionAtFixedRecall(OfScores):
    """Precision at the smallest attained recall that reaches a threshold.

    Thresholds are the probabilities that occur; several of one recall are averaged. The lowest one,
    which calls every row positive, is no choice and does not count; if no other reaches the recall,
    the measure is 0.

    Args:
        y_true, y_pred, sample_weight, class_weight, positive: as for `average_precision`.
        recall_threshold: the recall to reach, in (0, 1]; 0.95 by default.

    Returns:
        A float in [0, 1], larger is better; NaN where no row is positive.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `average_precision`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]], levels=["no", "yes"])
        >>> precision_at_fixed_recall(["no", "yes", "yes"], p, positive="yes")
        1.0

    Source: `PrecisionAtFixedRecall` of StatisticalMeasures.jl.
    """

    recall_threshold: float = 0.95

    name = "precision_at_fixed_recall"
    human_name = "precision at fixed recall"
    orientation = "score"

    def check(self) -> None:
        value = self.recall_threshold
        ok = is_number(value) and 0 < value <= 1
        demand(ok, self.name, "recall_threshold", value, "a number above 0, up to 1")

    def aggregate(self, pair: pairs.Distributions, weights: np.ndarray | None) -> float:
        curve = precisions(*self.scores(pair), weights)
        if np.isnan(curve.recall[-1]):
            return float("nan")
        recall, precision = curve.recall[:-1], curve.precision[:-1]
        enough = recall >= self.recall_threshold - 1e-12  # sums of weights are rounded
        if not enough.any():
            return 0.0
        return float(precision[recall == recall[enough].min()].mean())


@dataclass(frozen=True, repr=False)
class ContinuousBoyceIndex(OfScores):
    """Continuous Boyce index: whether rows of a higher probability are positive more often.

    The rank correlation (Spearman's) between the start of a window that moves over the
    probabilities and the share of rows in it that are positive. Windows without rows are left out.

    Args:
        y_true, y_pred, positive: as for `average_precision`.
        sample_weight, class_weight: None.
        nbins: the number of windows, 101 by default.
        binwidth: their width, 0.1 by default.
        min, max: where the first begins and the last ends, 0 and 1 by default.

    Returns:
        A float in [-1, 1], larger is better, 0 is chance; NaN where all shares are equal.

    Raises:
        MeasureError, UnseenLevel: as for `average_precision`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]], levels=["no", "yes"])
        >>> round(continuous_boyce_index(["no", "yes", "yes"], p, positive="yes"), 3)
        0.828

    Source: Hirzel et al., "Evaluating the ability of habitat suitability models to predict species
    presences" (2006); `ContinuousBoyceIndex` of StatisticalMeasures.jl.
    """

    nbins: int = 101
    binwidth: float = 0.1
    min: float = 0
    max: float = 1

    name = "continuous_boyce_index"
    aliases = ("cbi",)
    human_name = "continuous Boyce index"
    orientation = "score"
    supports_weights = False

    def check(self) -> None:
        ok = isinstance(self.nbins, int) and not isinstance(self.nbins, bool) and self.nbins > 1
        demand(ok, self.name, "nbins", self.nbins, "a whole number from 2 on")
        ok = all(map(is_number, (self.binwidth, self.min, self.max)))
        ok = ok and 0 < self.binwidth < self.max - self.min
        expected = "a positive number below max - min"
        demand(ok, self.name, "binwidth", self.binwidth, expected)

    def aggregate(self, pair: pairs.Distributions, weights: np.ndarray | None) -> float:
        scores, positive = self.scores(pair)
        order = np.argsort(scores, kind="stable")
        before = np.concatenate([[0], np.cumsum(positive[order])])
        starts = np.linspace(self.min, self.max - self.binwidth, self.nbins)
        first = np.searchsorted(scores[order], starts, side="left")
        last = np.searchsorted(scores[order], starts + self.binwidth, side="right")
        some = last > first
        share = (before[last] - before[first])[some] / (last - first)[some]
        return correlation(ranks(share), ranks(starts[some]))


class Precisions(NamedTuple):
    """Precision and recall at each threshold, from the highest probability down."""

    precision: np.ndarray
    recall: np.ndarray


def precisions(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray | None) -> Precisions:
    """Precision and recall of the rows that reach each of the probabilities that occur.

    >>> precisions(np.array([0.9, 0.4, 0.4]), np.array([True, False, True]), None)
    Precisions(precision=array([1. , 0.66666667]), recall=array([0.5, 1. ]))
    """
    w = np.ones(len(scores)) if weights is None else weights.astype(np.float64)
    w, scores, positive = w[w > 0], scores[w > 0], positive[w > 0]
    _, where = np.unique(-scores, return_inverse=True)
    found, every = np.cumsum(np.bincount(where, w * positive)), np.cumsum(np.bincount(where, w))
    with np.errstate(invalid="ignore"):
        return Precisions(found / every, found / found[-1])


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0 on, those of equal values averaged.

    >>> ranks(np.array([5.0, 1.0, 5.0]))
    array([1.5, 0. , 1.5])
    """
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts + 1) / 2)[where])


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation, NaN where either does not vary.

    >>> correlation(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    1.0
    """
    if len(a) < 2:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size > 0 else float("nan")


auc = AreaUnderCurve()
average_precision = AveragePrecision()
precision_at_fixed_recall = PrecisionAtFixedRecall()
continuous_boyce_index = ContinuousBoyceIndex()
