"""Measures of numbers, row by row: powers of errors, their sums and roots.

Each takes one target or several: of a table or matrix, the columns of a row are averaged first,
weighted by `target_weights` if those are given. Weighted means divide by the sum of the weights.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure, Pointwise, demand, is_number
from scitypes.lattice import Infinite, Matrix, Table, Vector


@dataclass(frozen=True, repr=False)
class OfNumbers(Measure):
    """A measure that compares numbers."""

    target_weights: tuple[float, ...] | None = None

    prediction = "deterministic"
    target_scitype = Vector[Infinite] | Table(Infinite) | Matrix[Infinite]

    def read(self, y_true: Any, y_pred: Any) -> pairs.Numbers:
        pair = pairs.numbers(y_true, y_pred, self.name)
        self._refuse_other_targets(pair.true.shape[1])
        return pair

    def check(self) -> None:
        if self.target_weights is None:
            return
        try:
            weights = tuple(float(weight) for weight in self.target_weights)
        except (TypeError, ValueError):
            weights = ()
        ok = all(np.isfinite(w) and w >= 0 for w in weights) and sum(weights) > 0
        expected = "a non-negative number for each target, not all of them zero"
        demand(ok, self.name, "target_weights", self.target_weights, expected)
        object.__setattr__(self, "target_weights", weights)

    def over_targets(self, values: np.ndarray) -> np.ndarray:
        """The mean over targets, the last axis."""
        return np.asarray(np.average(values, axis=-1, weights=self.target_weights))

    def _refuse_other_targets(self, k: int) -> None:
        if self.target_weights is not None and len(self.target_weights) != k:
            raise MeasureError(
                f"`target_weights` of `{self.name}` do not fit the targets.",
                expected=f"{k} weights, one for each target",
                received=f"{len(self.target_weights)} weights",
            )


class OfErrors(Pointwise, OfNumbers):
    """A loss that is a function of each cell, averaged over targets."""

    orientation = "loss"

    @abstractmethod
    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        """What each cell is worth, `(n_rows, n_targets)`."""

    def values(self, pair: pairs.Numbers) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # the difference of two infinities has no value
            return self.over_targets(self.cells(pair))


class Root(OfErrors):
    """The root of the mean of squares: `cells` are the squares."""

    aggregation = "root_mean_square"

    def values(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray(np.sqrt(super().values(pair)))


@dataclass(frozen=True, repr=False)
class OfPowers(OfErrors):
    """A loss of powers of the absolute error."""

    p: float = 2

    named_by = "p"

    def check(self) -> None:
        super().check()
        demand(is_number(self.p) and self.p > 0, self.name, "p", self.p, "a positive number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        off = np.abs(pair.predicted - pair.true)
        return off if self.p == 1 else off**self.p


class LPLoss(OfPowers):
    """Mean of `|y_pred - y_true|^p`: `l1`, mean absolute error, and `l2`, mean squared error.

    Args:
        y_true: what came, `(n_rows,)`, `Vector[Infinite]`; or a table or matrix
            `(n_rows, n_targets)`, whose columns count alike.
        y_pred: predicted numbers of the same shape. Tables are matched by column name where both
            have the same names. Infinite predictions make the measure infinite.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: None (numbers have no classes).
        p: the power, 1 for `l1` and 2 for `l2`; any other positive one by
            `kf.l2.replace(p=3)`, which prints as `lp_loss(p=3)`.
        target_weights: of several targets, what each counts, here and in all measures of numbers.

    Rows whose truth or prediction is missing (NaN among them) are left out with their weight, and a
    warning tells how many.

    Returns:
        A float from 0 (best) on, in the unit of the target to the power p.

    Raises:
        MeasureError: something that is no number, other shapes, no rows, or only missing ones.
        WeightsError: weights that can't be used.

    Example:
        >>> l1([1.0, 2.0], [1.0, 4.0]), l2([1.0, 2.0], [1.0, 4.0])
        (1.0, 2.0)
        >>> l2.replace(p=3)([1.0, 2.0], [1.0, 4.0])
        4.0
        >>> l1(np.array([[1.0, 10.0]]), np.array([[2.0, 40.0]]), target_weights=(2, 1))
        10.666666666666666

    Source: `sklearn.metrics.mean_absolute_error`, `mean_squared_error`; `LPLoss` of
    StatisticalMeasures.jl, whose weighted means divide by the number of rows.
    """

    name = "lp_loss"
    human_name = "mean power of the absolute error"
    names: ClassVar[Any] = {
        1: (
            "l1",
            "mean absolute error",
            (
                *("mae", "mav", "mean_absolute_error", "mean_absolute_value"),
                *("multitarget_l1", "multitarget_mae", "multitarget_mav"),
            ),
        ),
        2: (
            "l2",
            "mean squared error",
            ("mse", "mean_squared_error", "multitarget_l2", "multitarget_mse"),
        ),
    }


class LPSumLoss(OfPowers):
    """Sum of `|y_pred - y_true|^p` over rows: `l1_sum` and `l2_sum`; folds are added.

    Args:
        y_true, y_pred, sample_weight, class_weight, p, target_weights: as for `l1`. Weights
            multiply; the sum is not divided by theirs.

    Returns:
        A float from 0 (best) on.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> l1_sum([1.0, 2.0], [2.0, 4.0]), l2_sum([1.0, 2.0], [2.0, 4.0])
        (3.0, 5.0)

    Source: `LPSumLoss` of StatisticalMeasures.jl.
    """

    name = "lp_sum_loss"
    human_name = "sum of powers of the absolute error"
    aggregation = "sum"
    names: ClassVar[Any] = {
        1: ("l1_sum", "sum of absolute errors", ("multitarget_l1_sum",)),
        2: ("l2_sum", "sum of squared errors", ("multitarget_l2_sum",)),
    }


class RootMeanSquaredError(Root):
    """Root mean squared error: the square root of the mean of `(y_pred - y_true)^2`.

    Folds are put together in squares, so that they give what all their rows give at once. Of
    several targets it is the root of the mean over all cells; scikit-learn takes a root per column
    and the mean of those.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.

    Returns:
        A float from 0 (best) on, in the unit of the target. Its value per row is the absolute error
        (of several targets the root of their mean square).

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> rms([1.0, 2.0], [1.0, 2.0]), rms([0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0])
        (0.0, 1.0)

    Source: `RootMeanSquaredError` of StatisticalMeasures.jl.
    """

    name = "rms"
    aliases = ("rmse", "root_mean_squared_error", "multitarget_rms", "multitarget_rmse")
    human_name = "root mean squared error"

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray((pair.predicted - pair.true) ** 2)


l1 = LPLoss(p=1)
l2 = LPLoss()
l1_sum = LPSumLoss(p=1)
l2_sum = LPSumLoss()
rms = RootMeanSquaredError()
