"""The best threshold of probabilities: all that make a difference, looked at once.

Between two neighbouring probabilities every threshold gives the same labels, so there are as many
to look at as there are distinct probabilities. What each makes of the rows is four numbers (how
many rows of each class are taken for each), which cumulative sums give for all thresholds at once;
measures of labels are computed from those, without a pass over the rows for each threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure, Pointwise
from kerasflux.scoring.counts import Count, Counts, OfOneClass, divided
from kerasflux.scoring.labels import BalancedAccuracy, OfLabels
from kerasflux.scoring.positives import positive_code
from kerasflux.scoring.rates import Share
from scitypes.pools import Pool

SLOW = 1000
"""How many thresholds are looked at by measures that have to see every row for each of them."""
_EQUAL = 1e-12  # what two measurements may differ by and still be a tie: formulas round


@dataclass(frozen=True, eq=False)
class Scan:
    """What a measure makes of each threshold.

    Attributes:
        thresholds: rising, one between each two neighbouring probabilities, one above the last
            and, if that is not 0, one below the first.
        measurements: of each, NaN where it has none.
        best: the position of the one that was chosen.
    """

    thresholds: np.ndarray
    measurements: np.ndarray
    best: int

    @property
    def threshold(self) -> float:
        return float(self.thresholds[self.best])

    @property
    def measurement(self) -> float:
        return float(self.measurements[self.best])

    def thinned(self, n: int) -> Scan:
        """At most `n` thresholds, evenly spread over these, the best one among them."""
        if len(self.thresholds) <= n:
            return self
        kept = np.unique(np.append(_spread(len(self.thresholds), n - 1), self.best))
        best = int(np.searchsorted(kept, self.best))
        return Scan(self.thresholds[kept], self.measurements[kept], best)


def scanned(
    probabilities: np.ndarray,
    codes: np.ndarray,
    pool: Pool,
    positive: int,
    measure: Measure,
    weights: np.ndarray | None = None,
) -> Scan:
    """Look at every threshold: a row is positive if its probability is above it.

    Args:
        probabilities: of the positive class, `(n_rows,)`.
        codes: the true classes as positions in the pool, `(n_rows,)`.
        pool: the two levels.
        positive: the position of the positive one.
        measure: oriented; of labels.
        weights: of the rows, `(n_rows,)`, for measures that take weights; or None.

    Raises:
        MeasureError: it has no value for any threshold.

    >>> from kerasflux.scoring.measures import accuracy
    >>> pool = Pool(("no", "yes"), ordered=True)
    >>> p, truth = np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 1, 1, 1])
    >>> scan = scanned(p, truth, pool, 1, accuracy)
    >>> round(scan.threshold, 3), scan.measurement
    (0.15, 1.0)
    """
    p = np.asarray(probabilities, dtype=np.float64)
    thresholds, passed, inverse = candidates(p)
    fast = isinstance(measure, OfLabels)
    if not fast and len(thresholds) > SLOW:
        kept = _spread(len(thresholds), SLOW)
        thresholds, passed = thresholds[kept], passed[kept]
    w = weights if measure.supports_weights else None
    if fast:
        counts = _counts(inverse, passed, codes == positive, w)
        values = of_counts(measure, counts, pool, positive)
    else:
        values = _row_by_row(measure, p, thresholds, codes, pool, positive, w)
    return Scan(thresholds, values, _best(thresholds, values, measure))


def candidates(p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The thresholds that make a difference, rising.

    One is 0.5; others lie half-way between two neighbouring probabilities, or between the first
    one and 0 if it is above, the last one and 1.

    Returns:
        them; how many of the distinct probabilities are not above each; the position of each row's
        among the distinct ones.

    >>> candidates(np.array([0.2, 0.6, 0.2]))[0].tolist()
    [0.1, 0.5, 0.8]
    """
    distinct, inverse = np.unique(p, return_inverse=True)
    lower, upper = np.append(0.0, distinct), np.append(distinct, 1.0)
    middle = (lower + upper) / 2
    middle = np.where(middle < upper, middle, lower)  # neighbours have no number between them
    middle[np.searchsorted(distinct, 0.5, side="right")] = 0.5
    passed = np.arange(len(middle))
    there = upper > 0  # no threshold is below a probability of 0
    return middle[there], passed[there], inverse.ravel()


def _spread(n: int, k: int) -> np.ndarray:
    """`k` of `n` positions, evenly spread, the ends among them."""
    return np.unique(np.round(np.linspace(0, n - 1, k)).astype(np.intp))


def _counts(
    inverse: np.ndarray, passed: np.ndarray, positive: np.ndarray, w: np.ndarray | None
) -> Counts:
    """What each threshold makes of the rows, as arrays over thresholds."""

    def below(rows: np.ndarray) -> np.ndarray:
        """Rows, or their weights, whose probability is not above each threshold."""
        amount = np.bincount(inverse, rows if w is None else rows * w)
        sums = np.append(0.0, np.cumsum(amount))
        return sums if w is not None else np.round(sums).astype(np.int64)

    fn, tn = below(positive.astype(np.float64)), below((~positive).astype(np.float64))
    return Counts(fn[-1] - fn[passed], tn[-1] - tn[passed], fn[passed], tn[passed])


def of_counts(measure: Measure, counts: Counts, pool: Pool, positive: int) -> np.ndarray:
    """The values of a measure of labels for many sets of counts.

    Args:
        measure: of labels.
        counts: arrays of one length; of the level at position `positive`.
        pool: the two levels.
        positive: see `counts`.
    """
    tp, fp, fn, tn = counts
    cells = [tp, fn, fp, tn] if positive == 0 else [tn, fp, fn, tp]
    table = np.stack(cells, axis=1)  # by true label, then by predicted one
    every = pairs.counted_pairs(pool.levels)
    if isinstance(measure, OfOneClass):
        own = positive_code(_ranked(every, pool), measure.positive, measure.name)
        seen = counts if own == positive else Counts(tn, fn, fp, tp)
        if isinstance(measure, Count):
            return np.asarray(measure.formula(seen), dtype=np.float64)
        if isinstance(measure, Share):
            undefined = np.nan if measure.zero_division is None else measure.zero_division
            return np.asarray(divided(measure.fraction(seen), undefined))
    if isinstance(measure, Pointwise) and measure.aggregation in ("mean", "sum"):
        sums = table @ measure.values(every)
        return sums if measure.aggregation == "sum" else sums / table.sum(axis=1)
    if type(measure) is BalancedAccuracy and not measure.adjusted and not measure.present_only:
        rows = np.stack([table[:, :2].sum(axis=1), table[:, 2:].sum(axis=1)], axis=1)
        return divided((table[:, [0, 3]], rows), 0.0).mean(axis=1)
    tables, where = np.unique(table, axis=0, return_inverse=True)
    pair = _ranked(every, pool)
    values = [float(measure.aggregate(pair, cells)) for cells in tables]
    return np.asarray(values)[where.ravel()]


def _ranked(every: pairs.Labels, pool: Pool) -> pairs.Labels:
    """The cells of a table as rows of a pool that may be ordered."""
    ranked = pool if pool.ordered else None
    return pairs.Labels(every.n, None, pool, ranked, every.true, every.predicted)


def _row_by_row(
    measure: Measure,
    p: np.ndarray,
    thresholds: np.ndarray,
    codes: np.ndarray,
    pool: Pool,
    positive: int,
    w: np.ndarray | None,
) -> np.ndarray:
    truth = pool.decode(codes)
    return np.array(
        [
            measure(truth, pool.decode(np.where(p > t, positive, 1 - positive)), w)
            for t in thresholds
        ],
        dtype=np.float64,
    )


def _best(thresholds: np.ndarray, values: np.ndarray, measure: Measure) -> int:
    """The position of the best value; among equals that nearest to 0.5, the lower of two."""
    losses = values if measure.orientation == "loss" else -values
    known = np.isfinite(losses)
    if not known.any():
        raise MeasureError(
            f"`{measure.name}` has no value for any threshold.",
            expected="a number for one threshold at least",
            received=f"none for {len(thresholds)} thresholds",
            remedy="Choose a measure that has one here: `measure=kf.balanced_accuracy`.",
        )
    least = losses[known].min()
    ties = np.flatnonzero(known & (losses <= least + _EQUAL * max(1.0, abs(float(least)))))
    return int(ties[np.argmin(np.abs(thresholds[ties] - 0.5))])
