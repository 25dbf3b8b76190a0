"""Measures of numbers that compare logarithms, or errors with the size of the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import demand, is_natural, is_number
from kerasflux.scoring.numbers import OfErrors, Root

_EPS = float(np.finfo(np.float64).eps)


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
        demand(is_natural(self.tol), self.name, "tol", self.tol, "a non-negative number")

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
        demand(is_natural(self.tol), self.name, "tol", self.tol, "a non-negative number")

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return np.abs(proportion(pair, self.tol))


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


rmsl = RootMeanSquaredLogError()
rmslp1 = RootMeanSquaredLogProportionalError()
rmsp = RootMeanSquaredProportionalError()
mape = MeanAbsoluteProportionalError()
