"""Counts of true and false positives and negatives of each class against the rest."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kerasflux.scoring import counts as of
from kerasflux.scoring import pairs
from kerasflux.scoring.counts import Counts
from kerasflux.scoring.labels import OfLabels, table


class OfEachClass(OfLabels):
    """A measure of each class against the rest."""

    def advice(self, parameter: str) -> str:
        if parameter == "positive":
            short = self.name.removeprefix("multiclass_").removeprefix("macro_")
            return f"Each class is positive in turn here; for one class: kf.{short}."
        return super().advice(parameter)


class CountsByClass(OfEachClass):
    """A number of rows for each class; folds are added."""

    aggregation = "sum"
    gives_numbers = False
    formula: ClassVar[Any]

    def aggregate(self, pair: pairs.Labels, weights: np.ndarray | None) -> dict[Any, Any]:
        found = self.formula(by_class(table(pair, weights)))
        return dict(zip(pair.pool.levels, found.tolist(), strict=True))


def by_class(cells: np.ndarray) -> Counts:
    """The counts of each class against the rest, from a confusion matrix.

    >>> by_class(np.array([[5, 1], [2, 3]])).fp
    array([2, 1])
    """
    tp = np.diag(cells)
    fp, fn = cells.sum(axis=0) - tp, cells.sum(axis=1) - tp
    return Counts(tp, fp, fn, cells.sum() - tp - fp - fn)


class MulticlassTruePositive(CountsByClass):
    """Number of true positives of each class against the rest, as a dict by label.

    Args:
        y_true, y_pred: as for `multiclass_precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.
        class_weight: None.

    Returns:
        A dict of ints (or sums of weights) by label, larger is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> multiclass_true_positive(list("aabc"), list("abbb"))
        {'a': 1, 'b': 1, 'c': 0}

    Source: `MulticlassTruePositive` of StatisticalMeasures.jl.
    """

    name = "multiclass_true_positive"
    aliases = ("multiclass_truepositive",)
    human_name = "number of true positives by class"
    orientation = "score"
    formula = staticmethod(of.true_positives)


class MulticlassTrueNegative(CountsByClass):
    """Number of true negatives of each class against the rest, as a dict by label.

    Args:
        y_true, y_pred: as for `multiclass_precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.
        class_weight: None.

    Returns:
        A dict of ints (or sums of weights) by label, larger is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> multiclass_true_negative(list("aabc"), list("abbb"))
        {'a': 2, 'b': 1, 'c': 3}

    Source: `MulticlassTrueNegative` of StatisticalMeasures.jl.
    """

    name = "multiclass_true_negative"
    aliases = ("multiclass_truenegative",)
    human_name = "number of true negatives by class"
    orientation = "score"
    formula = staticmethod(of.true_negatives)


class MulticlassFalsePositive(CountsByClass):
    """Number of false positives of each class against the rest, as a dict by label.

    Args:
        y_true, y_pred: as for `multiclass_precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.
        class_weight: None.

    Returns:
        A dict of ints (or sums of weights) by label, smaller is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> multiclass_false_positive(list("aabc"), list("abbb"))
        {'a': 0, 'b': 2, 'c': 0}

    Source: `MulticlassFalsePositive` of StatisticalMeasures.jl.
    """

    name = "multiclass_false_positive"
    aliases = ("multiclass_falsepositive",)
    human_name = "number of false positives by class"
    orientation = "loss"
    formula = staticmethod(of.false_positives)


class MulticlassFalseNegative(CountsByClass):
    """Number of false negatives of each class against the rest, as a dict by label.

    Args:
        y_true, y_pred: as for `multiclass_precision`.
        sample_weight: `(n_rows,)` non-negative, or None; weights are summed.
        class_weight: None.

    Returns:
        A dict of ints (or sums of weights) by label, smaller is better; folds are added.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `multiclass_precision`.

    Example:
        >>> multiclass_false_negative(list("aabc"), list("abbb"))
        {'a': 1, 'b': 0, 'c': 1}

    Source: `MulticlassFalseNegative` of StatisticalMeasures.jl.
    """

    name = "multiclass_false_negative"
    aliases = ("multiclass_falsenegative",)
    human_name = "number of false negatives by class"
    orientation = "loss"
    formula = staticmethod(of.false_negatives)


multiclass_true_positive = MulticlassTruePositive()
multiclass_true_negative = MulticlassTrueNegative()
multiclass_false_positive = MulticlassFalsePositive()
multiclass_false_negative = MulticlassFalseNegative()
