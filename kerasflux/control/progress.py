"""Prechelt's stopping rules: the generalisation loss, and that over the progress of training."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasflux.control.criteria import Criterion
from kerasflux.hyperparameters import AtLeast, Positive, field


class _Look(NamedTuple):
    loss: float
    best: float | None


class GL(Criterion):
    """Stop when the loss is above the best so far by more than `alpha` per cent.

    `GL_t = 100 (E_t - E_opt) / |E_opt|`, with E_opt the lowest loss so far; stops when
    GL_t > alpha. Where E_opt is 0, any loss above it stops. NaN is never the lowest and never
    stops, nor does what has no value (a loss above one of minus infinity); `InvalidValue` is the
    rule for those.

    Args:
        alpha: per cent, positive.

    Example:
        >>> from kerasflux.control.stopping import stopping_time
        >>> stopping_time(GL(20.0), [10.0, 8.0, 9.0, 10.0]), stopping_time(GL(20.0), [-10.0, -7.0])
        (4, 2)

    Source: L. Prechelt, "Early Stopping - But When?" (1998); `GL` of EarlyStopping.jl, which
    computes `100 (E_t / |E_opt| - 1)`, the same for positive losses only.
    """

    alpha: float = field(2.0, allowed=Positive(), doc="how many per cent above the best")

    def init(self) -> _Look:
        return _Look(math.nan, None)

    def update(self, state: _Look, loss: float, training: bool = False) -> _Look:
        return state if training else _Look(loss, _lower(state.best, loss))

    def done(self, state: _Look) -> bool:
        return generalisation_loss(state.loss, state.best) > self.alpha

    def message(self, state: _Look) -> str:
        above = generalisation_loss(state.loss, state.best)
        return f"the loss is {above:.3g} % above its best, {state.best}"

    def loosens(self, old: Any) -> bool:
        """Whether `alpha` is no smaller than that of `old`."""
        return self.kin(old) and self.alpha >= old.alpha


class _Progress(NamedTuple):
    training: tuple[float, ...]
    loss: float | None  # None: the last loss was a training loss
    best: float | None


class PQ(Criterion):
    """Stop when the loss rises faster than training still gets on, or training gets on no more.

    `P_t = 1000 (mean(F) - min(F)) / |min(F)|`, with F the last `k` training losses; stops when
    P_t <= tol or GL_t / P_t > alpha (see `GL`). Asked only right after an out-of-sample loss, and
    once `k` training losses were seen; without training losses it never stops. Where min(F) is 0,
    P_t is infinite, or 0 if all of F is. A NaN in F never stops.

    Args:
        alpha: positive.
        k: how many training losses, at least 2.
        tol: the least progress, positive.

    Example:
        >>> from kerasflux.control.stopping import EarlyStopper
        >>> stopper = EarlyStopper(PQ(alpha=2.0, k=2))
        >>> [stopper.done(loss, training=True) for loss in (8.3, 8.4)], stopper.done(8.0)
        ([False, False], False)
        >>> [stopper.done(loss, training=True) for loss in (8.3, 8.4)], stopper.done(9.0)
        ([False, False], True)

    Source: L. Prechelt, "Early Stopping - But When?" (1998); `PQ` of EarlyStopping.jl, which stops
    at once where training losses are negative.
    """

    alpha: float = field(0.75, allowed=Positive(), doc="the highest GL over P")
    k: int = field(5, allowed=AtLeast(2), doc="how many training losses")
    tol: float = field(sys.float_info.epsilon, allowed=Positive(), doc="the least progress")

    def init(self) -> _Progress:
        return _Progress((), None, None)

    def update(self, state: _Progress, loss: float, training: bool = False) -> _Progress:
        if training:
            return _Progress((*state.training, loss)[-self.k :], None, state.best)
        return _Progress(state.training, loss, _lower(state.best, loss))

    def done(self, state: _Progress) -> bool:
        if state.loss is None or len(state.training) < self.k:
            return False
        progress = training_progress(state.training)
        if progress <= self.tol:
            return True
        return generalisation_loss(state.loss, state.best) / progress > self.alpha

    def message(self, state: _Progress) -> str:
        if state.loss is None or not state.training:
            return "there is nothing to compare yet"
        progress = training_progress(state.training)
        above = generalisation_loss(state.loss, state.best)
        return f"the loss is {above:.3g} % above its best while training progresses {progress:.3g}"

    def loosens(self, old: Any) -> bool:
        """Whether `alpha` is no smaller, `tol` no larger than those of `old`, `k` the same."""
        if not self.kin(old):
            return False
        return self.k == old.k and self.alpha >= old.alpha and self.tol <= old.tol


def generalisation_loss(loss: float, best: float | None) -> float:
    """By how many per cent a loss is above the best; NaN where that has no value.

    >>> generalisation_loss(9.0, 8.0), generalisation_loss(-9.0, -10.0)
    (12.5, 10.0)
    >>> generalisation_loss(0.1, 0.0), generalisation_loss(0.0, 0.0)
    (inf, 0.0)
    """
    if best is None:
        return math.nan
    if best == 0:
        return math.inf if loss > 0 else 0.0
    return 100 * (loss - best) / abs(best)


def training_progress(losses: Sequence[float]) -> float:
    """By how many per mille the mean of training losses is above the lowest.

    The mean is taken of the differences, so that equal losses give exactly 0.

    >>> training_progress([2.0, 3.0, 6.0, 7.0]), training_progress([-4.0, -5.0, -3.0])
    (1250.0, 200.0)
    >>> training_progress([0.0, 1.0]), training_progress([0.0, 0.0])
    (inf, 0.0)
    """
    lowest = min(losses)
    above = sum(loss - lowest for loss in losses) / len(losses)
    if lowest == 0:
        return math.inf if above > 0 else above  # 0, or NaN
    return 1000 * above / abs(lowest)


def _lower(best: float | None, loss: float) -> float | None:
    if math.isnan(loss):
        return best
    return loss if best is None or loss < best else best
