"""Stopping rules that count looks at the loss."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from kerasflux.control.criteria import Criterion
from kerasflux.hyperparameters import AtLeast, field


class _Rising(NamedTuple):
    loss: float
    rises: int


class Patience(Criterion):
    """Stop after `n` consecutive increases of the loss. Also named `UP`.

    An increase is strict, and against the loss just before it: E_t > E_{t-1}. (Keras' patience
    counts from the best: `NumberSinceBest`.) A NaN is no increase, nor is what follows on one.

    Args:
        n: how many, at least 1.

    Example:
        >>> from kerasflux.control.stopping import EarlyStopper
        >>> stopper = EarlyStopper(Patience(2))
        >>> [stopper.done(loss) for loss in (3.0, 2.0, 2.5, 2.6)]
        [False, False, False, True]
        >>> stopper.message
        'the loss rose 2 times in a row (Patience(n=2))'

    Source: `Patience` of EarlyStopping.jl; UP_s of L. Prechelt, "Early Stopping - But When?"
    (1998).
    """

    n: int = field(5, allowed=AtLeast(1), doc="how many consecutive increases")

    def init(self) -> _Rising:
        return _Rising(math.inf, 0)

    def update(self, state: _Rising, loss: float, training: bool = False) -> _Rising:
        if training:
            return state
        return _Rising(loss, state.rises + 1 if loss > state.loss else 0)

    def done(self, state: _Rising) -> bool:
        return state.rises >= self.n

    def message(self, state: _Rising) -> str:
        return f"the loss rose {times(state.rises)} in a row"

    def loosens(self, old: Any) -> bool:
        """Whether `n` is no smaller than that of `old`."""
        return self.kin(old) and self.n >= old.n


UP = Patience


class _SinceBest(NamedTuple):
    best: float | None
    looks: int


class NumberSinceBest(Criterion):
    """Stop when the last `n` losses brought no new best; Keras calls that patience.

    A loss is a new best if it is lower than the best so far by more than `min_delta`:
    E_opt - E_t > min_delta. What is lower by less is no best and leaves E_opt as it is. The first
    loss is a best; a NaN never is, but counts as a look.

    Args:
        n: how many, at least 1.
        min_delta: by how much a loss has to be lower, at least 0.

    Example:
        >>> from kerasflux.control.stopping import stopping_time
        >>> stopping_time(NumberSinceBest(2), [10.0, 9.0, 8.0, 8.0, 8.5])
        5
        >>> stopping_time(NumberSinceBest(2, min_delta=0.5), [10.0, 9.9, 9.8, 9.7])
        3

    Source: `NumberSinceBest` of EarlyStopping.jl, which has no `min_delta` and takes a NaN that
    comes first for the best forever.
    """

    n: int = field(6, allowed=AtLeast(1), doc="how many looks without a new best")
    min_delta: float = field(0.0, allowed=AtLeast(0), doc="what an improvement has to exceed")

    def init(self) -> _SinceBest:
        return _SinceBest(None, 0)

    def update(self, state: _SinceBest, loss: float, training: bool = False) -> _SinceBest:
        if training:
            return state
        better = not math.isnan(loss) if state.best is None else self._better(state.best, loss)
        return _SinceBest(loss, 0) if better else _SinceBest(state.best, state.looks + 1)

    def _better(self, best: float, loss: float) -> bool:
        return best - loss > self.min_delta

    def done(self, state: _SinceBest) -> bool:
        return state.looks >= self.n

    def message(self, state: _SinceBest) -> str:
        looks = "1 look" if state.looks == 1 else f"{state.looks} looks"
        best = "" if state.best is None else f", the best was {state.best:g}"
        return f"the loss had no new best for {looks}{best}"

    def loosens(self, old: Any) -> bool:
        """Whether `n` is no smaller than that of `old`, and `min_delta` is the same."""
        return self.kin(old) and self.n >= old.n and self.min_delta == old.min_delta


class NumberLimit(Criterion):
    """Stop after `n` losses, training losses not counted.

    Args:
        n: how many, at least 1.

    Example:
        >>> from kerasflux.control.stopping import EarlyStopper
        >>> stopper = EarlyStopper(NumberLimit(2))
        >>> stopper.done(0.5), stopper.done(0.4)
        (False, True)

    Source: `NumberLimit` of EarlyStopping.jl.
    """

    n: int = field(100, allowed=AtLeast(1), doc="how many losses")

    def init(self) -> int:
        return 0

    def update(self, state: int, loss: float, training: bool = False) -> int:
        return state if training else state + 1

    def done(self, state: int) -> bool:
        return state >= self.n

    def message(self, state: int) -> str:
        return f"the loss was looked at {times(state)}"

    def loosens(self, old: Any) -> bool:
        """Whether `n` is no smaller than that of `old`."""
        return self.kin(old) and self.n >= old.n


def times(n: int) -> str:
    """A number of times in words.

    >>> times(1), times(3)
    ('once', '3 times')
    """
    return "once" if n == 1 else f"{n} times"
