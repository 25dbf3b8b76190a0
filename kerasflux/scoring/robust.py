"""Measures of numbers that large errors move less, and those of a quantile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.base import demand, is_natural, is_number
from kerasflux.scoring.numbers import OfErrors


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
        demand(
            is_natural(self.epsilon), self.name, "epsilon", self.epsilon, "a non-negative number"
        )

    def cells(self, pair: pairs.Numbers) -> np.ndarray:
        return np.asarray(np.maximum(0, np.abs(pair.predicted - pair.true) - self.epsilon))


log_cosh = LogCoshLoss()
huber_loss = HuberLoss()
quantile_loss = QuantileLoss()
epsilon_insensitive_loss = EpsilonInsensitiveLoss()
