"""Measures of numbers, row by row: powers of errors, their roots, logarithms and proportions.

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

_EPS = float(np.finfo(np.float64).eps)


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


class RootMeanSquaredLogError(Root):
    """Root mean squared log error: the root of the mean of `(log y_pred - log y_true)^2`.

    Truth and predictions have to be positive. (scikit-learn's `root_mean_squared_log_error` adds 1
    before the logarithm: that is `rmslp1`.)

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.

    Returns:
        A float from 0 (best) on: about the typical relative error.

    Raises:
        MeasureError: numbers that are not positive; and as for `l1`.
        WeightsError: as for `l1`.

    Example:
        >>> round(rmsl([1.0, 10.0], [2.0, 20.0]), 4)  # log 2
        0.6931

    Source: `RootMeanSquaredLogError` of StatisticalMeasures.jl.
    """

    name = "rmsl"
    aliases = ("rmsle", "root_mean_squared_log_error", "multitarget_rmsl", "multitarget_rmsle")
    human_name = "root mean squared log error"

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return squared_log_ratio(pair, 0.0, self.name)


@dataclass(frozen=True, repr=False)
class RootMeanSquaredLogProportionalError(Root):
    """Root mean squared log proportional error: that of `rmsl`, of numbers raised by an offset.

    The root of the mean of `(log(y_pred + offset) - log(y_true + offset))^2`.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.
        offset: what is added to both, 1 by default.

    Returns:
        A float from 0 (best) on.

    Raises:
        MeasureError: numbers that are not positive even with the offset; and as for `l1`.
        WeightsError: as for `l1`.

    Example:
        >>> round(rmslp1([0.0, 9.0], [1.0, 19.0]), 4)  # log 2
        0.6931

    Source: `RootMeanSquaredLogProportionalError` of StatisticalMeasures.jl; with an offset of 1
    `sklearn.metrics.root_mean_squared_log_error`.
    """

    offset: float = 1

    name = "rmslp1"
    aliases = ("root_mean_squared_log_proportional_error", "multitarget_rmslp1")
    human_name = "root mean squared log proportional error"

    def check(self) -> None:
        super().check()
        demand(is_number(self.offset), self.name, "offset", self.offset, "a finite number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return squared_log_ratio(pair, self.offset, self.name)


@dataclass(frozen=True, repr=False)
class RootMeanSquaredProportionalError(Root):
    """Root mean squared proportional error: of `((y_pred - y_true) / y_true)^2`.

    Where `|y_true| <= tol` there is no proportion: such cells are worth 0, and count.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.
        tol: how large the truth has to be in absolute value, the machine epsilon by default.

    Returns:
        A float from 0 (best) on; 0.1 is ten per cent.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> rmsp([2.0, 10.0], [1.0, 15.0])
        0.5

    Source: `RootMeanSquaredProportionalError` of StatisticalMeasures.jl.
    """

    tol: float = _EPS

    name = "rmsp"
    aliases = ("root_mean_squared_proportional_error", "multitarget_rmsp")
    human_name = "root mean squared proportional error"

    def check(self) -> None:
        super().check()
        demand(_natural(self.tol), self.name, "tol", self.tol, "a non-negative number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return proportion(pair, self.tol) ** 2


@dataclass(frozen=True, repr=False)
class MeanAbsoluteProportionalError(OfErrors):
    """Mean absolute proportional error: the mean of `|(y_pred - y_true) / y_true|`.

    Where `|y_true| <= tol` there is no proportion: such cells are worth 0, and count. scikit-learn
    divides by the machine epsilon there, which gives about 1e15; elsewhere the two agree.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.
        tol: how large the truth has to be in absolute value, the machine epsilon by default.

    Returns:
        A float from 0 (best) on; 0.1 is ten per cent.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> mape([2.0, 10.0], [1.0, 12.5])
        0.375

    Source: `MeanAbsoluteProportionalError` of StatisticalMeasures.jl;
    `sklearn.metrics.mean_absolute_percentage_error`.
    """

    tol: float = _EPS

    name = "mape"
    aliases = (
        "mean_absolute_proportional_error",
        "mean_absolute_percentage_error",
        "multitarget_mape",
    )
    human_name = "mean absolute proportional error"

    def check(self) -> None:
        super().check()
        demand(_natural(self.tol), self.name, "tol", self.tol, "a non-negative number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return np.abs(proportion(pair, self.tol))


class LogCoshLoss(OfErrors):
    """Log cosh loss: the mean of `log cosh(y_pred - y_true)`.

    Near 0 it is half the square, far out the absolute error less log 2; computed so that large
    errors do not overflow.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.

    Returns:
        A float from 0 (best) on.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> round(log_cosh([0.0, 0.0], [1.0, 1000.0]), 3)
        499.87

    Source: `LogCoshLoss` of StatisticalMeasures.jl; `keras.losses.LogCosh`.
    """

    name = "log_cosh"
    aliases = ("log_cosh_loss", "multitarget_log_cosh", "multitarget_log_cosh_loss")
    human_name = "log cosh loss"

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        off = np.abs(pair.predicted - pair.true)
        return np.asarray(off + np.log1p(np.exp(-2 * off)) - np.log(2))


@dataclass(frozen=True, repr=False)
class HuberLoss(OfErrors):
    """Huber loss: half the square of small errors, of larger ones `delta * (|error| - delta / 2)`.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.
        delta: from where on an error is large, 1 by default.

    Returns:
        A float from 0 (best) on.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> huber_loss([0.0, 0.0], [0.5, 3.0])
        1.3125

    Source: `HuberLoss` of LossFunctions.jl; `keras.losses.Huber`.
    """

    delta: float = 1

    name = "huber_loss"
    human_name = "Huber loss"

    def check(self) -> None:
        super().check()
        ok = is_number(self.delta) and self.delta > 0
        demand(ok, self.name, "delta", self.delta, "a positive number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        off = np.abs(pair.predicted - pair.true)
        small = np.minimum(off, self.delta)
        return np.asarray(small * (off - small / 2))


@dataclass(frozen=True, repr=False)
class QuantileLoss(OfErrors):
    """Quantile (pinball) loss: `q * (y - p)` where the truth y lies above the prediction p, else
    `(1 - q) * (p - y)`; its mean is smallest for the quantile q of the target.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.
        q: the quantile, between 0 and 1; 0.5 by default, for which it is half of `l1`.

    Returns:
        A float from 0 (best) on, in the unit of the target.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> quantile_loss([10.0, 0.0], [0.0, 10.0], q=0.75)
        5.0

    Source: `QuantileLoss` of LossFunctions.jl; `sklearn.metrics.mean_pinball_loss`.
    """

    q: float = 0.5

    name = "quantile_loss"
    aliases = ("pinball_loss", "mean_pinball_loss")
    human_name = "quantile loss"

    def check(self) -> None:
        super().check()
        ok = is_number(self.q) and 0 <= self.q <= 1
        demand(ok, self.name, "q", self.q, "a number from 0 to 1")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        below = pair.true - pair.predicted
        return np.asarray(np.maximum(self.q * below, (self.q - 1) * below))


@dataclass(frozen=True, repr=False)
class EpsilonInsensitiveLoss(OfErrors):
    """Epsilon-insensitive loss: the mean of `max(0, |y_pred - y_true| - epsilon)`.

    Args:
        y_true, y_pred, sample_weight, class_weight, target_weights: as for `l1`.
        epsilon: up to where errors cost nothing, 0.1 by default.

    Returns:
        A float from 0 (best) on, in the unit of the target.

    Raises:
        MeasureError, WeightsError: as for `l1`.

    Example:
        >>> epsilon_insensitive_loss([1.0, 1.0], [1.5, 3.0], epsilon=1)
        0.5

    Source: `L1EpsilonInsLoss` of LossFunctions.jl.
    """

    epsilon: float = 0.1

    name = "epsilon_insensitive_loss"
    human_name = "epsilon-insensitive loss"

    def check(self) -> None:
        super().check()
        demand(_natural(self.epsilon), self.name, "epsilon", self.epsilon, "a non-negative number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray(np.maximum(0, np.abs(pair.predicted - pair.true) - self.epsilon))


def squared_log_ratio(pair: pairs.Numbers, offset: float, measure: str) -> np.ndarray:
    """The squared difference of logarithms, or a MeasureError naming rows that have none."""
    for role, column in (("y_true", pair.true), ("y_pred", pair.predicted)):
        wrong = np.flatnonzero((column + offset <= 0).any(axis=1))
        if len(wrong):
            first = wrong[0] if pair.kept is None else np.flatnonzero(pair.kept)[wrong[0]]
            above = f"greater than {-offset:g}" if offset else "positive"
            raise MeasureError(
                f"`{measure}` takes logarithms, which `{role}` does not have everywhere.",
                expected=f"numbers that are {above}",
                received=f"{column[wrong[0]].min():g} in row {first}; {len(wrong)} such rows",
                remedy="kf.rmslp1 has an offset, `kf.rmslp1.replace(offset=...)`; "
                "kf.rms takes any numbers.",
            )
    return np.asarray((np.log(pair.predicted + offset) - np.log(pair.true + offset)) ** 2)


def proportion(pair: pairs.Numbers, tol: float) -> np.ndarray:
    """Errors as proportions of the truth, 0 where that is no larger than `tol`."""
    known = np.abs(pair.true) > tol
    off = pair.predicted - pair.true
    return np.divide(off, pair.true, out=np.zeros_like(off), where=known)


def _natural(value: Any) -> bool:
    return is_number(value) and value >= 0


l1 = LPLoss(p=1)
l2 = LPLoss()
l1_sum = LPSumLoss(p=1)
l2_sum = LPSumLoss()
rms = RootMeanSquaredError()
rmsl = RootMeanSquaredLogError()
rmslp1 = RootMeanSquaredLogProportionalError()
rmsp = RootMeanSquaredProportionalError()
mape = MeanAbsoluteProportionalError()
log_cosh = LogCoshLoss()
huber_loss = HuberLoss()
quantile_loss = QuantileLoss()
epsilon_insensitive_loss = EpsilonInsensitiveLoss()
