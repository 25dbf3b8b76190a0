"""Truth and scores read for curves: which rows are positive, and how likely they were said to be.

They come as columns, as those of measures do, or from an evaluation that kept its predictions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import MeasureError
from kerasflux.log import warn
from kerasflux.predictions import UnivariateFinite, UnivariateFiniteVector
from kerasflux.scoring import pairs
from kerasflux.scoring.base import left_out_words
from kerasflux.scoring.positives import positive_code
from kerasflux.scoring.weights import row_weights
from scitypes.messages import counted, listed


@dataclass(frozen=True)
class Scored:
    """Which rows are positive, how likely they were said to be, and what they weigh."""

    hit: np.ndarray
    score: np.ndarray
    weight: np.ndarray
    positive: Any


def scored(curve: str, y_true: Any, y_pred: Any, sample_weight: Any, positive: Any) -> Scored:
    """The rows that have a truth, a score and a weight above zero."""
    y_true, y_pred = given(curve, y_true, y_pred, sample_weight)
    pairs.refuse_other_index(y_true, sample_weight, ("y_true", "sample_weight"), curve)
    if isinstance(y_pred, UnivariateFiniteVector | UnivariateFinite):
        pair: Any = pairs.distributions(y_true, y_pred, curve)
        code, label = _positive(pair, positive, curve)
        true = pair.true
        # they sum to one but for rounding, and so may be a little more
        score = np.minimum(pair.probabilities[:, code].astype(np.float64), 1.0)
    else:
        pair, true, score = _with_scores(curve, y_true, y_pred)
        code, label = _positive(pair, positive, curve)
    tell(pair, curve)
    weights = row_weights(pair, sample_weight, None)
    weights = np.ones(pair.n) if weights is None else weights
    counts = weights > 0
    return Scored(true[counts] == code, score[counts], weights[counts], label)


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


def given(curve: str, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Any]:
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


def tell(pair: pairs.Pair, curve: str) -> None:
    if pair.left_out:
        warn(f"`{curve}` {left_out_words(pair.left_out, pair.n + pair.left_out)}.")
