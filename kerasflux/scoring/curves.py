"""Curves over thresholds and bins: ROC, precision and recall, calibration; and residuals.

Each is a frozen record of arrays, with `.to_frame()` and `.plot()`. `Curves` puts several into one
table and one picture. Truth and prediction are read as measures read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from kerasflux import drawing
from kerasflux.errors import MeasureError
from kerasflux.log import warn
from kerasflux.predictions import UnivariateFinite, UnivariateFiniteVector, index_of
from kerasflux.scoring import pairs
from kerasflux.scoring.base import left_out_words
from kerasflux.scoring.positives import positive_code
from kerasflux.scoring.weights import row_weights
from scitypes.messages import counted, listed


class _Curve:
    """What the curves of probabilities share."""

    positive: Any
    n_rows: int

    def to_frame(self) -> pd.DataFrame:
        """One row per point, a column per array."""
        raise NotImplementedError

    def _value(self) -> tuple[str, float]:
        raise NotImplementedError

    def __repr__(self) -> str:
        name, value = self._value()
        points = len(self.to_frame())
        return (
            f"{type(self).__name__}(positive={self.positive!r}, {name} {value:.4g}, "
            f"{points} points, {self.n_rows:,} rows)"
        )


@dataclass(frozen=True, eq=False, repr=False)
class RocCurve(_Curve):
    """True against false positive rates, over all thresholds.

    `fpr, tpr, thresholds = curve` unpacks it as `sklearn.metrics.roc_curve` is.

    Attributes:
        fpr: `(n_points,)` false positive rates, rising from 0 to 1.
        tpr: `(n_points,)` true positive rates, likewise.
        thresholds: `(n_points,)`, falling from infinity: a row counts as positive from there on.
        auc: the area under the curve.
        positive: the label that counts as positive.
        n_rows: how many rows were judged.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray
    auc: float
    positive: Any
    n_rows: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.fpr, self.tpr, self.thresholds))

    def to_frame(self) -> pd.DataFrame:
        """One row per point: `fpr`, `tpr`, `threshold`."""
        return pd.DataFrame({"fpr": self.fpr, "tpr": self.tpr, "threshold": self.thresholds})

    def plot(self, *, label: object = None, title: str = "", ax: Any = None) -> Any:
        """Draw the curve, as a matplotlib figure (extra `plot`).

        Args:
            label: its name in the legend.
            title: above the picture.
            ax: matplotlib axes to draw on, beside what is there; a new figure without.
        """
        return _plotted([self], None if label is None else [label], title, ax)

    def _value(self) -> tuple[str, float]:
        return "AUC", self.auc


@dataclass(frozen=True, eq=False, repr=False)
class PrecisionRecallCurve(_Curve):
    """Precision and recall, over all thresholds.

    `precision, recall, thresholds = curve` unpacks it as `sklearn.metrics.precision_recall_curve`
    is, but for the infinite threshold that belongs to the last point.

    Attributes:
        precision: `(n_points,)`; 1 at the last point, where nothing counts as positive.
        recall: `(n_points,)`, falling from 1 to 0.
        thresholds: `(n_points,)`, rising to infinity: a row counts as positive from there on.
        average_precision: the sum of precisions, each times the recall that is gained by it.
        share: the share of positive rows, which guessing has as its precision.
        positive: the label that counts as positive.
        n_rows: how many rows were judged.
    """

    precision: np.ndarray
    recall: np.ndarray
    thresholds: np.ndarray
    average_precision: float
    share: float
    positive: Any
    n_rows: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.precision, self.recall, self.thresholds))

    def to_frame(self) -> pd.DataFrame:
        """One row per point: `precision`, `recall`, `threshold`."""
        return pd.DataFrame(
            {"precision": self.precision, "recall": self.recall, "threshold": self.thresholds}
        )

    def plot(self, *, label: object = None, title: str = "", ax: Any = None) -> Any:
        """Draw the curve, as a matplotlib figure (extra `plot`).

        Args:
            label: its name in the legend.
            title: above the picture.
            ax: matplotlib axes to draw on, beside what is there; a new figure without.
        """
        return _plotted([self], None if label is None else [label], title, ax)

    def _value(self) -> tuple[str, float]:
        return "average precision", self.average_precision


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationCurve(_Curve):
    """How often the positive label came, against how likely it was said to be.

    `observed, predicted = curve` unpacks it as `sklearn.calibration.calibration_curve` is.

    Attributes:
        observed: `(n_bins,)` the share of positives in each bin that has rows.
        predicted: `(n_bins,)` the mean probability there.
        counts: `(n_bins,)` the rows there, or the sum of their weights.
        lower: `(n_bins,)` the lower end of Wilson's 95 % interval around `observed`.
        upper: `(n_bins,)` the upper end.
        left: `(n_bins,)` where the bin begins; it does not contain this number.
        right: `(n_bins,)` where it ends; it contains this number.
        histogram: `(20,)` the rows, or their weight, by probability in twentieths of [0, 1].
        error: the expected calibration error, the mean of |observed - predicted| over rows.
        positive: the label that counts as positive.
        n_rows: how many rows were judged.
    """

    observed: np.ndarray
    predicted: np.ndarray
    counts: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    left: np.ndarray
    right: np.ndarray
    histogram: np.ndarray
    error: float
    positive: Any
    n_rows: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.observed, self.predicted))

    def to_frame(self) -> pd.DataFrame:
        """One row per bin: its ends, and what was predicted, observed and counted in it."""
        names = ("left", "right", "predicted", "observed", "lower", "upper", "counts")
        columns = {name: getattr(self, name) for name in names}
        return pd.DataFrame(columns).rename(columns={"counts": "count"})

    def plot(self, *, label: object = None, title: str = "", ax: Any = None) -> Any:
        """Draw the curve over a histogram of its counts, as a matplotlib figure (extra `plot`).

        Args:
            label: its name in the legend.
            title: above the picture.
            ax: matplotlib axes to draw on, without the histogram then; a new figure without.
        """
        return _plotted([self], None if label is None else [label], title, ax)

    def _value(self) -> tuple[str, float]:
        return "calibration error", self.error


class Curves(dict[Any, Any]):
    """Several curves of one kind by name: one table, one picture.

    Args:
        curves: a mapping of names to curves, or a list of them, which are numbered from 1 on.

    Raises:
        MeasureError: what is no curve, or curves of several kinds.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> y = ["no", "yes", "no"]
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], levels=["no", "yes"])
        >>> Curves({label: roc_curve(y, p, positive=label) for label in p.levels})
        Curves of 2
        no    RocCurve(positive='no', AUC 1, 4 points, 3 rows)
        yes   RocCurve(positive='yes', AUC 1, 3 points, 3 rows)
    """

    def __init__(self, curves: Mapping[Any, Any] | Iterable[Any]) -> None:
        named = curves if isinstance(curves, Mapping) else dict(enumerate(curves, 1))
        kinds = {type(curve) for curve in named.values()}
        if len(kinds) != 1 or not all(issubclass(kind, _Curve) for kind in kinds):
            raise MeasureError(
                "These can't be drawn as curves beside one another.",
                expected="one curve or more, all of one kind, by name or in a list",
                received=", ".join(sorted(kind.__name__ for kind in kinds)) or "none",
                remedy="kf.Curves({name: kf.roc_curve(y, p) for name, p in predictions.items()})",
            )
        super().__init__(named)

    def to_frame(self) -> pd.DataFrame:
        """The tables of the curves, one under the other, by name (`curve`) and `point`."""
        frames = {name: curve.to_frame() for name, curve in self.items()}
        return pd.concat(frames, names=["curve", "point"])

    def plot(self, *, title: str = "", ax: Any = None) -> Any:
        """Draw them into one picture, as a matplotlib figure (extra `plot`)."""
        return _plotted(list(self.values()), list(self), title, ax)

    def __repr__(self) -> str:
        width = max(len(str(name)) for name in self)
        lines = [f"{name!s:{width}}   {curve!r}" for name, curve in self.items()]
        return "\n".join([f"Curves of {len(self)}", *lines])


@dataclass(frozen=True, eq=False, repr=False)
class Residuals:
    """Truth, prediction and what is between them, row by row.

    Attributes:
        true: `(n_rows,)`.
        predicted: `(n_rows,)`.
        residual: `(n_rows,)`, truth - prediction.
        index: the index of the rows where the data is pandas', else None.
    """

    true: np.ndarray
    predicted: np.ndarray
    residual: np.ndarray
    index: pd.Index | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per row: `true`, `predicted`, `residual`."""
        columns = {"true": self.true, "predicted": self.predicted, "residual": self.residual}
        return pd.DataFrame(columns, self.index)

    def plot(
        self, *, log: bool | None = None, name: str = "", title: str = "", ax: Any = None
    ) -> Any:
        """Draw truth and residuals against predictions, as a matplotlib figure (extra `plot`).

        Args:
            log: logarithmic axes of truth and prediction; None: where they span three decades.
            name: what is predicted, for the names of the axes.
            title: above the picture.
            ax: matplotlib axes to draw the residuals on; a new figure without.
        """
        return drawing.residuals(self.true, self.predicted, log=log, name=name, title=title, ax=ax)

    def __repr__(self) -> str:
        middle, spread = np.mean(self.residual), np.std(self.residual)
        return f"Residuals(mean {middle:.4g}, spread {spread:.4g}, {len(self.true):,} rows)"


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
    scored = _scored("roc_curve", y_true, y_pred, sample_weight, positive)
    _both_come(scored, "roc_curve")
    hits, misses, thresholds = _cumulated(scored)
    hits, misses = np.append(0, hits), np.append(0, misses)
    thresholds = np.append(np.inf, thresholds)
    fpr, tpr = misses / misses[-1], hits / hits[-1]
    auc = float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
    if drop_intermediate and len(hits) > 3:
        bends = np.diff(misses[1:], 2).astype(bool) | np.diff(hits[1:], 2).astype(bool)
        kept = np.concatenate([[True, True], bends, [True]])
        fpr, tpr, thresholds = fpr[kept], tpr[kept], thresholds[kept]
    return RocCurve(fpr, tpr, thresholds, auc, scored.positive, len(scored.hit))


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
    scored = _scored("precision_recall_curve", y_true, y_pred, sample_weight, positive)
    _both_come(scored, "precision_recall_curve")
    hits, misses, thresholds = _cumulated(scored)
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
        scored.positive,
        len(scored.hit),
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
    scored = _scored("calibration_curve", y_true, y_pred, sample_weight, positive)
    edges = _edges(scored.score, nbins, strategy)
    bins = np.searchsorted(edges[1:-1], scored.score)
    weights = scored.weight

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(bins, values, len(edges) - 1)

    counts = summed(weights)
    full = counts > 0
    counts = counts[full]
    observed = summed(weights * scored.hit)[full] / counts
    predicted = summed(weights * scored.score)[full] / counts
    lower, upper = _wilson(observed, counts**2 / summed(weights**2)[full])
    return CalibrationCurve(
        observed,
        predicted,
        counts,
        lower,
        upper,
        edges[:-1][full],
        edges[1:][full],
        np.histogram(scored.score, 20, (0, 1), weights=weights)[0],
        float(np.average(np.abs(observed - predicted), weights=counts)),
        scored.positive,
        len(scored.hit),
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
    y_true, y_pred = _given("residuals", y_true, y_pred)
    pair = pairs.numbers(y_true, y_pred, "residuals")
    if pair.true.shape[1] != 1:
        raise MeasureError(
            "`residuals` are those of one target.",
            expected="one column",
            received=f"{pair.true.shape[1]} columns",
            remedy="Take one at a time: kf.residuals(y['a'], yhat['a']).",
        )
    _tell(pair, "residuals")
    index = index_of(y_true)
    if index is not None and pair.kept is not None:
        index = index[pair.kept]
    true, predicted = pair.true[:, 0], pair.predicted[:, 0]
    return Residuals(true, predicted, true - predicted, index)


# reading


@dataclass(frozen=True)
class _Scored:
    """Which rows are positive, how likely they were said to be, and what they weigh."""

    hit: np.ndarray
    score: np.ndarray
    weight: np.ndarray
    positive: Any


def _scored(curve: str, y_true: Any, y_pred: Any, sample_weight: Any, positive: Any) -> _Scored:
    """The rows that have a truth, a score and a weight above zero."""
    y_true, y_pred = _given(curve, y_true, y_pred, sample_weight)
    pairs.refuse_other_index(y_true, sample_weight, ("y_true", "sample_weight"), curve)
    if isinstance(y_pred, UnivariateFiniteVector | UnivariateFinite):
        pair: Any = pairs.distributions(y_true, y_pred, curve)
        code, label = _positive(pair, positive, curve)
        true, score = pair.true, pair.probabilities[:, code].astype(np.float64)
    else:
        pair, true, score = _with_scores(curve, y_true, y_pred)
        code, label = _positive(pair, positive, curve)
    _tell(pair, curve)
    weights = row_weights(pair, sample_weight, None)
    weights = np.ones(pair.n) if weights is None else weights
    counts = weights > 0
    return _Scored(true[counts] == code, score[counts], weights[counts], label)


def _with_scores(
    curve: str, y_true: Any, y_score: Any
) -> tuple[pairs.OfLevels, np.ndarray, np.ndarray]:
    """Labels with a number each, in place of distributions."""
    read = pairs.labels(y_true, y_true, curve)
    kept = np.ones(read.n, bool) if read.kept is None else read.kept
    score = _numbers(curve, y_score, len(kept))
    pairs.refuse_other_index(y_true, y_score, ("y_true", "y_pred"), curve)
    both = kept & ~np.isnan(score)
    if not both.any():
        raise MeasureError(
            f"`{curve}` has no row with both a truth and a prediction.",
            expected="one row or more with both",
            received=f"{len(both)} rows, in each of which one is missing",
            remedy="Look at how the two were read, and at what they were joined by.",
        )
    n, true = int(both.sum()), read.true[both[kept]]
    return (
        pairs.OfLevels(n, None if both.all() else both, read.pool, read.ranked),
        true,
        score[both],
    )


def _numbers(curve: str, y_score: Any, n: int) -> np.ndarray:
    try:
        if isinstance(y_score, pd.Series):
            score = y_score.to_numpy(np.float64, na_value=np.nan)
        else:
            score = np.asarray(y_score, dtype=np.float64)
    except (TypeError, ValueError):
        score = None
    if score is not None and score.shape == (n,):
        return score
    received = pairs.described(y_score) if score is None else f"an array of shape {score.shape}"
    raise MeasureError(
        f"`{curve}` needs to know how likely the positive label is in each row.",
        expected=f"distributions, as classifiers predict them, or {n} numbers, one per row",
        received=received,
        remedy="mach.predict(X), not predict_mode; of a matrix with a column per class: "
        "kf.UnivariateFiniteVector(probabilities, levels=[...]).",
    )


def _positive(pair: pairs.OfLevels, positive: Any, curve: str) -> tuple[int, Any]:
    """The positive label's code, -1 if no row could have it, and the label itself."""
    if positive is None and (pair.ranked is None or len(pair.ranked) != 2):
        raise _unknown_positive(pair, curve)
    code = positive_code(pair, positive, curve)
    return code, pair.pool.levels[code] if code >= 0 else positive


def _unknown_positive(pair: pairs.OfLevels, curve: str) -> MeasureError:
    pool = pair.ranked or pair.pool
    kind = "an ordered" if pool.ordered else "an unordered"
    remedy = f"Say it: kf.{curve}(y_true, p, positive={pool.levels[-1]!r})"
    if len(pool) == 2:
        remedy += (
            "; or order the levels, y = kf.coerce(y, kf.OrderedFactor): the last one is positive."
        )
    else:
        remedy += (
            f"; for all of them: kf.Curves({{c: kf.{curve}(y_true, p, positive=c) "
            "for c in p.levels})."
        )
    return MeasureError(
        f"`{curve}` has to know which label is the positive one.",
        expected="`positive=`, or an ordered pool of two levels, of which the last is positive",
        received=f"{kind} pool of {counted(len(pool), 'level')}: {listed(pool.levels)}",
        remedy=remedy,
    )


def _given(curve: str, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Any]:
    """Truth and prediction, which an evaluation has both of."""
    if y_pred is not None:
        return y_true, y_pred
    if not hasattr(y_true, "predictions_frame"):
        several = isinstance(y_true, list) and y_true and hasattr(y_true[0], "predictions_frame")
        raise MeasureError(
            f"`{curve}` was given no prediction.",
            expected="truth and prediction, or one evaluation",
            received="several evaluations" if several else f"{type(y_true).__name__} alone",
            remedy=f"kf.Curves({{e.tag: kf.{curve}(e) for e in comparison}})"
            if several
            else f"kf.{curve}(y_true, p), or kf.{curve}(kf.evaluate(model, X, y, "
            "return_predictions=True)).",
        )
    if sample_weight is not None:
        raise MeasureError(
            f"`{curve}` was given weights together with an evaluation.",
            expected="weights of rows that are given with them",
            received="rows in the order of the folds",
            remedy="`e.predictions_frame()` has them with their numbers in the data.",
        )
    return _out_of_fold(y_true)


def _out_of_fold(evaluation: Any) -> tuple[Any, Any]:
    """Truth and prediction of the test rows of all folds."""
    rows = pd.Index(evaluation.predictions_frame()["row"])  # refuses where none were kept
    truths, predictions = evaluation.truths, evaluation.predictions
    if isinstance(predictions[0], UnivariateFiniteVector):
        pool = predictions[0].pool
        codes = np.concatenate([pool.codes(truth) for truth in truths])
        probabilities = np.concatenate([p.probabilities for p in predictions])
        return pool.decode(codes), UnivariateFiniteVector(probabilities, pool)
    true, predicted = (np.concatenate(list(map(np.asarray, y))) for y in (truths, predictions))
    if true.ndim == 1 and predicted.ndim == 1:
        return pd.Series(true, rows), pd.Series(predicted, rows)
    return true, predicted


def _tell(pair: pairs.Pair, curve: str) -> None:
    if pair.left_out:
        warn(f"`{curve}` {left_out_words(pair.left_out, pair.n + pair.left_out)}.")


# computing


def _both_come(scored: _Scored, curve: str) -> None:
    positives = int(scored.hit.sum())
    if positives in (0, len(scored.hit)):
        raise MeasureError(
            f"`{curve}` needs rows of both kinds.",
            expected=f"rows that are {scored.positive!r}, and others",
            received=f"{positives} of {len(scored.hit)} rows are",
            remedy="Stratify the rows (kf.StratifiedCV, kf.partition(..., stratify=y)), "
            "or pool the folds of an evaluation.",
        )


def _cumulated(scored: _Scored) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of positive and of other rows at or above each score that occurs, falling."""
    order = np.argsort(-scored.score, kind="stable")
    score, hit, weight = scored.score[order], scored.hit[order], scored.weight[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
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


# drawing


def _plotted(curves: list[Any], labels: list[Any] | None, title: str, ax: Any) -> Any:
    """Curves of one kind in one picture."""
    positives = {curve.positive for curve in curves}
    how: dict[str, Any] = {"labels": labels, "title": title, "ax": ax}
    how["positive"] = positives.pop() if len(positives) == 1 else None
    if isinstance(curves[0], RocCurve):
        arrays = [c.fpr for c in curves], [c.tpr for c in curves]
        return drawing.roc(*arrays, areas=[c.auc for c in curves], **how)
    if isinstance(curves[0], PrecisionRecallCurve):
        shares = {round(c.share, 6) for c in curves}
        how["share"] = shares.pop() if len(shares) == 1 else None
        arrays = [c.recall for c in curves], [c.precision for c in curves]
        return drawing.precision_recall(*arrays, areas=[c.average_precision for c in curves], **how)
    return drawing.calibration(
        [c.predicted for c in curves],
        [c.observed for c in curves],
        intervals=[(c.lower, c.upper) for c in curves] if len(curves) == 1 else None,
        edges=[np.linspace(0, 1, len(c.histogram) + 1) for c in curves],
        counts=[c.histogram for c in curves],
        **how,
    )
