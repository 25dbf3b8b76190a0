"""Measures of numbers beside what the mean of the target would predict: R² and Willmott's d."""

from __future__ import annotations

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.numbers import OfNumbers


class RSquared(OfNumbers):
    """Coefficient of determination, R²: 1 - Σ(y_pred - y_true)² / Σ(y_true - mean of y_true)².

    Of several targets it is the mean over them, as in scikit-learn. A target that is constant has
    no variance to explain: 1 for perfect predictions, else 0, as scikit-learn has it (MLJ divides
    by zero). Folds are averaged: an R² per fold compares with the mean of that fold.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`. With weights, sums
            and mean are weighted.

    Returns:
        A float up to 1 (best); 0 is what the mean of the target gets, negative is worse. NaN for a
        single row.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
        0.5

    Source: `sklearn.metrics.r2_score`; `RSquared` of StatisticalMeasures.jl.
    """

    name = "r2"
    aliases = ("rsq", "rsquared", "r_squared", "r2_score")
    human_name = "coefficient of determination"
    orientation = "score"

    def aggregate(self, pair: pairs.Numbers, weights: np.ndarray | None) -> float:
        if pair.n < 2:
            return float("nan")
        w = np.ones(pair.n) if weights is None else weights
        off = w @ (pair.predicted - pair.true) ** 2
        total = w @ (pair.true - np.average(pair.true, axis=0, weights=weights)) ** 2
        constant = total == 0
        found = 1 - off / np.where(constant, 1, total)
        return float(self.over_targets(np.where(constant, (off == 0) * 1.0, found)))


class WillmottD(OfNumbers):
    """Willmott's index of agreement: `1 - Σ(y_pred - y_true)² / Σ(|y_pred - m| + |y_true - m|)²`,
    where m is the mean of y_true.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`; several targets
            are averaged.

    Returns:
        A float from 0 to 1 (best); NaN where truth and prediction are one constant.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> round(willmott_d([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), 4)
        0.9231

    Source: Willmott, "On the validation of models" (1981); `WillmottD` of StatisticalMeasures.jl.
    """

    name = "willmott_d"
    human_name = "Willmott's index of agreement"
    orientation = "score"

    def aggregate(self, pair: pairs.Numbers, weights: np.ndarray | None) -> float:
        w = np.ones(pair.n) if weights is None else weights
        mean = np.average(pair.true, axis=0, weights=weights)
        off = w @ (pair.predicted - pair.true) ** 2
        most = w @ (np.abs(pair.predicted - mean) + np.abs(pair.true - mean)) ** 2
        with np.errstate(invalid="ignore"):
            return float(self.over_targets(1 - off / most))


r2 = RSquared()
willmott_d = WillmottD()
