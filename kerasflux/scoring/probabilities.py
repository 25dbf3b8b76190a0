"""Measures of distributions over labels, row by row: what the prediction gave to what came.

They are for Finite targets: no model here predicts distributions of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure, Pointwise, demand, is_number
from scitypes.lattice import Finite, Vector


class OfDistributions(Measure):
    """A measure that judges distributions over labels."""

    prediction = "probabilistic"
    target_scitype = Vector[Finite]

    def read(self, y_true: Any, y_pred: Any) -> pairs.Distributions:
        return pairs.distributions(y_true, y_pred, self.name)


class ByRow(Pointwise, OfDistributions):
    """A measure of the distribution of each row."""

    supports_class_weights = True


def given(pair: pairs.Distributions) -> np.ndarray:
    """The probability that each row's prediction gave to the label that came, `(n_rows,)`."""
    return np.asarray(pair.probabilities[np.arange(pair.n), pair.true])


@dataclass(frozen=True, repr=False)
class OfLogarithms(ByRow):
    """A measure of the logarithm of the probability of what came."""

    tol: float | None = None

    def check(self) -> None:
        ok = self.tol is None or (is_number(self.tol) and 0 <= self.tol < 0.5)
        demand(ok, self.name, "tol", self.tol, "a number from 0 to below 0.5, or None")

    def logarithms(self, pair: pairs.Distributions) -> np.ndarray:
        """The logarithms of clipped probabilities, `(n_rows,)`."""
        own = float(np.finfo(pair.probabilities.dtype).eps)
        tol = pair.probabilities.dtype.type(own if self.tol is None else self.tol)
        clipped = np.clip(given(pair), tol, 1 - tol).astype(np.float64)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(clipped))


class LogLoss(OfLogarithms):
    """Logarithmic loss, or cross-entropy: the mean of -log p(y), where p(y) is what the prediction
    gave to the label that came.

    Probabilities are clipped to [tol, 1 - tol] before the logarithm; without `tol` that is the
    machine epsilon of their precision (2.2e-16 for float64, 1.2e-7 for float32), as scikit-learn
    does: a label that was thought impossible costs 36 (or 16), not infinity.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: distributions, `UnivariateFiniteVector` of `n_rows`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of labels to weights that multiply; classes left out weigh 1.
        tol: where probabilities are clipped, a number from 0 to below 0.5, or None.

    Rows whose truth is missing are left out with their weight, and a warning tells how many.

    Returns:
        A float from 0 (best) on, in nats.

    Raises:
        MeasureError: distributions in the first place, none in the second, other lengths, no rows,
            or only missing ones.
        UnseenLevel: a label that the pool of the prediction does not have.
        WeightsError: weights that can't be used.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.35, 0.65]], levels=["ham", "spam"])
        >>> round(log_loss(["ham", "spam"], p), 4)
        0.2681

    Source: `sklearn.metrics.log_loss`; `LogLoss` of StatisticalMeasures.jl.
    """

    name = "log_loss"
    aliases = ("cross_entropy",)
    human_name = "log loss"
    orientation = "loss"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        return -self.logarithms(pair)


class LogScore(OfLogarithms):
    """Logarithmic score: the mean of log p(y), the negative of `log_loss`.

    Args:
        y_true, y_pred, sample_weight, class_weight, tol: as for `log_loss`.

    Returns:
        A float up to 0 (best), in nats.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.35, 0.65]], levels=["ham", "spam"])
        >>> round(log_score(["ham", "spam"], p), 4)
        -0.2681

    Source: `LogScore` of StatisticalMeasures.jl.
    """

    name = "log_score"
    human_name = "log score"
    orientation = "score"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        return self.logarithms(pair)


class BrierLoss(ByRow):
    """Brier loss: the mean squared distance of the distribution from the one that is sure of y.

    A row is worth the sum over classes of (p_k - [y = k])^2, and half of that for two classes,
    where it is the customary (p - [y is positive])^2. So it lies in [0, 1] for two classes and in
    [0, 2] for more, as in scikit-learn (`scale_by_half="auto"`). MLJ's never halves: for two
    classes it is twice this.

    Args:
        y_true: the labels that came, `(n_rows,)`, `Vector[Finite]` in any container.
        y_pred: distributions, `UnivariateFiniteVector` of `n_rows`.
        sample_weight: `(n_rows,)` non-negative, or None.
        class_weight: a dict of labels to weights that multiply; classes left out weigh 1.

    Returns:
        A float from 0 (best) on.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.75, 0.25], [0.5, 0.5]], levels=["no", "yes"])
        >>> brier_loss(["no", "yes"], p)
        0.15625

    Source: `sklearn.metrics.brier_score_loss`; `BrierLoss` of StatisticalMeasures.jl.
    """

    name = "brier_loss"
    aliases = ("quadratic_loss", "brier_score_loss")
    human_name = "Brier loss"
    orientation = "loss"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        return distances(pair)


class BrierScore(ByRow):
    """Brier score: the negative of `brier_loss`, so that larger is better.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `brier_loss`.

    Returns:
        A float up to 0 (best). (What scikit-learn calls `brier_score_loss` is `brier_loss`.)

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.75, 0.25], [0.5, 0.5]], levels=["no", "yes"])
        >>> brier_score(["no", "yes"], p)
        -0.15625

    Source: `BrierScore` of StatisticalMeasures.jl, which is twice this for two classes.
    """

    name = "brier_score"
    aliases = ("quadratic_score",)
    human_name = "Brier score"
    orientation = "score"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        return -distances(pair)


@dataclass(frozen=True, repr=False)
class SphericalScore(ByRow):
    """Spherical score: the mean of (p(y) / ‖p‖)^(alpha - 1), with the norm of order alpha.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `brier_loss`.
        alpha: the order of the norm, greater than 1; 2 by default.

    Returns:
        A float in [0, 1], larger is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.6, 0.0, 0.4]], levels=["a", "b", "c"])
        >>> round(spherical_score(["a"], p), 4)
        0.8321

    Source: `SphericalScore` of StatisticalMeasures.jl, whose docstring has another formula.
    """

    alpha: float = 2

    name = "spherical_score"
    human_name = "spherical score"
    orientation = "score"

    def check(self) -> None:
        ok = is_number(self.alpha) and self.alpha > 1
        demand(ok, self.name, "alpha", self.alpha, "a number greater than 1")

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        p = pair.probabilities.astype(np.float64)
        norm = np.sum(p**self.alpha, axis=1) ** (1 / self.alpha)
        return np.asarray((given(pair) / norm) ** (self.alpha - 1))


class HingeLoss(ByRow):
    """Hinge loss of the agreement a = 2 p(y) - 1: the mean of max(0, 1 - a), which is 2 (1 - p(y)).

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `brier_loss`.

    Returns:
        A float in [0, 2], smaller is better.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[0.75, 0.25], [0.5, 0.5]], levels=["no", "yes"])
        >>> hinge_loss(["no", "yes"], p)
        0.75

    Source: `L1HingeLoss` of LossFunctions.jl as StatisticalMeasures.jl applies margin losses.
    """

    name = "hinge_loss"
    human_name = "hinge loss"
    orientation = "loss"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        return np.maximum(0, 1 - agreement(pair))


class LogisticLoss(ByRow):
    """Logistic loss of the agreement a = 2 p(y) - 1: the mean of log(1 + exp(-a)).

    It is not the log loss, which logistic regression minimises: that is `log_loss`.

    Args:
        y_true, y_pred, sample_weight, class_weight: as for `brier_loss`.

    Returns:
        A float from 0.31 (best) to 1.31.

    Raises:
        MeasureError, UnseenLevel, WeightsError: as for `log_loss`.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> p = UnivariateFiniteVector([[1.0, 0.0], [0.5, 0.5]], levels=["no", "yes"])
        >>> [round(float(value), 4) for value in logistic_loss.per_observation(["no", "yes"], p)]
        [0.3133, 0.6931]

    Source: `LogitMarginLoss` of LossFunctions.jl as StatisticalMeasures.jl applies margin losses.
    """

    name = "logistic_loss"
    human_name = "logistic loss"
    orientation = "loss"

    def values(self, pair: pairs.Distributions) -> np.ndarray:
        return np.asarray(np.log1p(np.exp(-agreement(pair))))


def distances(pair: pairs.Distributions) -> np.ndarray:
    """The squared distance from being sure of what came, halved for two classes, `(n_rows,)`."""
    off = pair.probabilities.astype(np.float64)
    off[np.arange(pair.n), pair.true] -= 1
    half = 0.5 if off.shape[1] <= 2 else 1.0
    return np.asarray(half * np.sum(off**2, axis=1))


def agreement(pair: pairs.Distributions) -> np.ndarray:
    """How far a prediction agrees with what came, from -1 to 1: 2 p(y) - 1."""
    return np.asarray(2 * given(pair).astype(np.float64) - 1)


log_loss = LogLoss()
log_score = LogScore()
brier_loss = BrierLoss()
brier_score = BrierScore()
spherical_score = SphericalScore()
hinge_loss = HingeLoss()
logistic_loss = LogisticLoss()
