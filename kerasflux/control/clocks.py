"""The stopping rule that looks at a clock."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple

from kerasflux.control.criteria import Criterion
from kerasflux.hyperparameters import Positive, field


class _Elapsed(NamedTuple):
    since: float | None
    before: float  # hours, up to the last pause
    hours: float


def _hours(t: Any) -> Any:
    return t / timedelta(hours=1) if isinstance(t, timedelta) else t


class TimeLimit(Criterion):
    """Stop when more than `t` hours have gone by since the first loss, training losses included.

    Where a stopped training is gone on with later, the time between is not counted.

    Args:
        t: a positive number of hours, or a `datetime.timedelta`.

    Example:
        >>> from kerasflux.control.stopping import EarlyStopper
        >>> TimeLimit(timedelta(minutes=3))
        TimeLimit(t=0.05)
        >>> EarlyStopper(TimeLimit(t=2)).done(0.5)
        False

    Source: `TimeLimit` of EarlyStopping.jl. The clock is `time.monotonic`.
    """

    t: float = field(0.5, convert=_hours, allowed=Positive(), doc="hours since the first loss")

    def init(self) -> _Elapsed:
        return _Elapsed(None, 0.0, 0.0)

    def update(self, state: _Elapsed, loss: float, training: bool = False) -> _Elapsed:
        now = monotonic()
        since = now if state.since is None else state.since
        return _Elapsed(since, state.before, state.before + (now - since) / 3600)

    def done(self, state: _Elapsed) -> bool:
        return state.hours > self.t

    def message(self, state: _Elapsed) -> str:
        return f"more than {self.t:g} hours went by"

    def resumed(self, state: _Elapsed) -> _Elapsed:
        """The state with the hours so far, and a clock that has not been started."""
        return _Elapsed(None, state.hours, state.hours)

    def loosens(self, old: Any) -> bool:
        """Whether `t` is no smaller than that of `old`."""
        return self.kin(old) and self.t >= old.t
