"""The stopping rule that waits before another one begins."""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasflux.control.criteria import Criterion
from kerasflux.hyperparameters import AtLeast, field


class _Waiting(NamedTuple):
    seen: int
    inner: Any


class Warmup(Criterion):
    """Let a rule begin, as if nothing had been before, after `n` losses were passed over.

    Training losses count among the `n`.

    Args:
        criterion: the rule.
        n: how many losses are passed over, at least 1.

    Example:
        >>> from kerasflux.control.counting import Patience
        >>> from kerasflux.control.stopping import stopping_time
        >>> losses = [1.0, 2.0, 3.0, 4.0, 5.0]
        >>> stopping_time(Patience(2), losses), stopping_time(Warmup(Patience(2), n=2), losses)
        (3, 5)

    Source: `Warmup` of EarlyStopping.jl.
    """

    criterion: Criterion = field(doc="the rule")
    n: int = field(1, allowed=AtLeast(1), doc="how many losses are passed over")

    def init(self) -> _Waiting:
        return _Waiting(0, self.criterion.init())

    def update(self, state: _Waiting, loss: float, training: bool = False) -> _Waiting:
        if state.seen < self.n:
            return _Waiting(state.seen + 1, state.inner)
        return _Waiting(state.seen, self.criterion.update(state.inner, loss, training))

    def done(self, state: _Waiting) -> bool:
        return state.seen >= self.n and self.criterion.done(state.inner)

    def message(self, state: _Waiting) -> str:
        return self.criterion.message(state.inner)

    def reason(self, state: _Waiting) -> str:
        """That of the rule."""
        return self.criterion.reason(state.inner)

    def resumed(self, state: _Waiting) -> _Waiting:
        return _Waiting(state.seen, self.criterion.resumed(state.inner))

    def loosens(self, old: Any) -> bool:
        """Whether the rule loosens that of `old`, and `n` is the same."""
        return self.kin(old) and self.n == old.n and self.criterion.loosens(old.criterion)
