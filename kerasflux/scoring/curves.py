"""Curves over thresholds and bins: ROC, precision and recall, calibration; and residuals.

Each is a frozen record of arrays, with `.to_frame()` and `.plot()` (`kerasflux.scoring.records`);
`Curves` puts several into one table and one picture. Truth and prediction are read as measures read
them (`kerasflux.scoring.scored`).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.predictions import index_of
from kerasflux.scoring import pairs
from kerasflux.scoring.records import (
    CalibrationCurve,
    Curves,
    PrecisionRecallCurve,
    Residuals,
    RocCurve,
)
from kerasflux.scoring.scored import Scored, given, scored, tell

__all__ = [
    "CalibrationCurve",
    "Curves",
    "PrecisionRecallCurve",
    "Residuals",
    "RocCurve",
    "calibration_curve",
    "precision_recall_curve",
    "residuals",
    "roc_curve",
]


def roc_curve(
    y_true: Any,
    y_pred: Any = None,
    sample_weight: Any = None,
    *,
    positive: Any = None,
    drop_intermediate: bool = True,
) -> RocCurve:
    """True and false positive rates over all thresholds.

    A row counts as positive where the probability of the positive label is at least the threshold.
    Of more than two classes one is positive and all others are not.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container; or an
            evaluation that kept its predictions.
        y_pred: distributions, `UnivariateFiniteVector` of `n_rows`; or `(n_rows,)` numbers that
            are the larger the likelier the positive label is.
        sample_weight: `(n_rows,)` non-negative, or None.
        positive: the label that counts as positive; None: the last of an ordered pool of two.
        drop_intermediate: leave out points on the line between their neighbours.

    Returns:
        A `RocCurve`.

    Raises:
        MeasureError: no positive label, one that does not come or comes always, or columns that
            can't be read.
        WeightsError: weights that can't be used.

    Example:
        >>> curve = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], positive=1)
        >>> curve.auc, curve.tpr
        (0.75, array([0. , 0.5, 0.5, 1. , 1. ]))

    Source: `sklearn.metrics.roc_curve`; `roc_curve` of StatisticalMeasures.jl, which has the
    prediction first and keeps all points.
    """
    rows = scored("roc_curve", y_true, y_pred, sample_weight, positive)
    _both_come(rows, "roc_curve")
    hits, misses, thresholds = _cumulated(rows)
    hits, misses = np.append(0, hits), np.append(0, misses)
    thresholds = np.append(np.inf, thresholds)
    fpr, tpr = misses / misses[-1], hits / hits[-1]
    auc = float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
    if drop_intermediate and len(hits) > 3:
        bends = np.diff(misses[1:], 2).astype(bool) | np.diff(hits[1:], 2).astype(bool)
        kept = np.concatenate([[True, True], bends, [True]])
        fpr, tpr, thresholds = fpr[kept], tpr[kept], thresholds[kept]
    return RocCurve(fpr, tpr, thresholds, auc, rows.positive, len(rows.hit))


def precision_recall_curve(
    y_true: Any,
    y_pred: Any = None,
    sample_weight: Any = None,
    *,
    positive: Any = None,
    drop_intermediate: bool = False,
) -> PrecisionRecallCurve:
    """Precision and recall over all thresholds.

    Args:
        y_true, y_pred, sample_weight, positive: as for `roc_curve`.
        drop_intermediate: of points with equal recall keep the first and the last.

    Returns:
        A `PrecisionRecallCurve`, with the average precision by scikit-learn's rule.

    Raises:
        MeasureError, WeightsError: as for `roc_curve`.

    Example:
        >>> curve = precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], positive=1)
        >>> curve.precision
        array([0.5       , 0.66666667, 0.5       , 1.        , 1.        ])
        >>> round(curve.average_precision, 4)
        0.8333

    Source: `sklearn.metrics.precision_recall_curve`; `precision_recall_curve` of
    StatisticalMeasures.jl.
    """
    rows = scored("precision_recall_curve", y_true, y_pred, sample_weight, positive)
    _both_come(rows, "precision_recall_curve")
    hits, misses, thresholds = _cumulated(rows)
    precision, recall = hits / (hits + misses), hits / hits[-1]
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    share = float(hits[-1] / (hits[-1] + misses[-1]))
    if drop_intermediate and len(hits) > 2:
        moves = np.diff(hits[:-1]).astype(bool) | np.diff(hits[1:]).astype(bool)
        kept = np.concatenate([[True], moves, [True]])
        precision, recall, thresholds = precision[kept], recall[kept], thresholds[kept]
    return PrecisionRecallCurve(
        np.append(precision[::-1], 1.0),
        np.append(recall[::-1], 0.0),
        np.append(thresholds[::-1], np.inf),
        average,
        share,
        rows.positive,
        len(rows.hit),
    )


def calibration_curve(
    y_true: Any,
    y_pred: Any = None,
    sample_weight: Any = None,
    *,
    positive: Any = None,
    nbins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> CalibrationCurve:
    """Observed shares of the positive label against its predicted probabilities, in bins.

    Args:
        y_true, y_pred, sample_weight, positive: as for `roc_curve`; numbers in the place of
            distributions have to be probabilities.
        nbins: the number of bins; those without rows are left out. (scikit-learn's default is 5.)
        strategy: bins of one width (`"uniform"`), or of one number of rows (`"quantile"`).

    Returns:
        A `CalibrationCurve`.

    Raises:
        MeasureError: `nbins` or `strategy` that can't be, numbers that are no probabilities, and as
            for `roc_curve`.
        WeightsError: weights that can't be used.

    Example:
        >>> p = [0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1.0]
        >>> curve = calibration_curve([0, 0, 0, 0, 1, 1, 1, 1, 1], p, positive=1, nbins=3)
        >>> curve.observed, curve.predicted.round(3)
        (array([0. , 0.5, 1. ]), array([0.2  , 0.525, 0.85 ]))

    Source: `sklearn.calibration.calibration_curve`; the intervals are Wilson's (1927), the error
    that of Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    rows = scored("calibration_curve", y_true, y_pred, sample_weight, positive)
    edges = _edges(rows.score, nbins, strategy)
    bins = np.searchsorted(edges[1:-1], rows.score)
    weights = rows.weight

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(bins, values, len(edges) - 1)

    counts = summed(weights)
    full = counts > 0
    counts = counts[full]
    observed = summed(weights * rows.hit)[full] / counts
    predicted = summed(weights * rows.score)[full] / counts
    lower, upper = _wilson(observed, counts**2 / summed(weights**2)[full])
    return CalibrationCurve(
        observed,
        predicted,
        counts,
        lower,
        upper,
        edges[:-1][full],
        edges[1:][full],
        np.histogram(rows.score, 20, (0, 1), weights=weights)[0],
        float(np.average(np.abs(observed - predicted), weights=counts)),
        rows.positive,
        len(rows.hit),
    )


def residuals(y_true: Any, y_pred: Any = None) -> Residuals:
    """What a regression missed: truth - prediction.

    Args:
        y_true: the numbers that came, `(n_rows,)`; or an evaluation that kept its predictions.
            Then the index is that of the row numbers.
        y_pred: the numbers predicted, `(n_rows,)`.

    Returns:
        `Residuals`, of the rows that have both.

    Raises:
        MeasureError: no numbers, several targets, lengths that differ, nothing to compare.

    Example:
        >>> found = residuals([3.0, 5.0], [2.5, 5.5])
        >>> found.residual
        array([ 0.5, -0.5])
    """
    y_true, y_pred = given("residuals", y_true, y_pred)
    pair = pairs.numbers(y_true, y_pred, "residuals")
    if pair.true.shape[1] != 1:
        raise MeasureError(
            "`residuals` are those of one target.",
            expected="one column",
            received=f"{pair.true.shape[1]} columns",
            remedy="Take one at a time: kf.residuals(y['a'], yhat['a']).",
        )
    tell(pair, "residuals")
    index = index_of(y_true)
    if index is not None and pair.kept is not None:
        index = index[pair.kept]
    true, predicted = pair.true[:, 0], pair.predicted[:, 0]
    return Residuals(true, predicted, true - predicted, index)


# computing


def _both_come(rows: Scored, curve: str) -> None:
    positives = int(rows.hit.sum())
    if positives in (0, len(rows.hit)):
        raise MeasureError(
            f"`{curve}` needs rows of both kinds.",
            expected=f"rows that are {rows.positive!r}, and others",
            received=f"{positives} of {len(rows.hit)} rows are",
            remedy="Stratify the rows (kf.StratifiedCV, kf.partition(..., stratify=y)), "
            "or pool the folds of an evaluation.",
        )


def _cumulated(rows: Scored) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of positive and of other rows at or above each score that occurs, falling."""
    order = np.argsort(-rows.score, kind="stable")
    score, hit, weight = rows.score[order], rows.hit[order], rows.weight[order]
    last = np.append(np.flatnonzero(score[1:] != score[:-1]), len(score) - 1)
    hits, misses = np.cumsum(weight * hit), np.cumsum(weight * ~hit)
    return hits[last], misses[last], score[last]


def _edges(probability: np.ndarray, nbins: int, strategy: str) -> np.ndarray:
    """The borders of the bins, `(nbins + 1,)`."""
    if isinstance(nbins, bool) or not isinstance(nbins, int | np.integer) or nbins < 1:
        raise _unfit("nbins=, one or more", f"nbins={nbins!r}")
    if strategy not in ("uniform", "quantile"):
        raise _unfit("strategy='uniform' or 'quantile'", f"strategy={strategy!r}")
    low, high = float(probability.min()), float(probability.max())
    if low < 0 or high > 1:
        remedy = "Scores of another kind have a `roc_curve`, but no calibration."
        raise _unfit("probabilities, from 0 to 1", f"numbers from {low:.4g} to {high:.4g}", remedy)
    borders = np.linspace(0, 1, int(nbins) + 1)
    return borders if strategy == "uniform" else np.percentile(probability, borders * 100)


def _unfit(expected: str, received: str, remedy: str = "") -> MeasureError:
    return MeasureError(
        "`calibration_curve` can't make bins.", expected=expected, received=received, remedy=remedy
    )


def _wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95 % interval of a share of n; for weights n is (sum w)^2 / sum w^2."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = 1.96 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return np.maximum(middle - reach, 0), np.minimum(middle + reach, 1)
