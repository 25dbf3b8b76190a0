"""Stopping rules that look at one loss at a time."""

from __future__ import annotations

import math
from typing import Any

from kerasflux.control.criteria import Criterion
from kerasflux.hyperparameters import field


class InvalidValue(Criterion):
    """Stop once a loss was NaN or infinite, training losses included.

    Also named `NotANumber` (in MLJ a deprecated rule of its own, for NaN only).

    Example:
        >>> from kerasflux.control.stopping import stopping_time
        >>> stopping_time(InvalidValue(), [0.5, float("nan"), 0.4])
        2

    Source: `InvalidValue` of EarlyStopping.jl.
    """

    def init(self) -> float:
        return 0.0

    def update(self, state: float, loss: float, training: bool = False) -> float:
        return loss if math.isfinite(state) else state

    def done(self, state: float) -> bool:
        return not math.isfinite(state)

    def message(self, state: float) -> str:
        return f"the loss is {state}"


NotANumber = InvalidValue


class Threshold(Criterion):
    """Stop when a loss is below `value`: E_t < value, strictly.

    A NaN is not below anything. Of a score the negated score is looked at: to stop at an accuracy
    above 0.99, write `Threshold(-0.99)`.

    Args:
        value: any number.

    Example:
        >>> from kerasflux.control.stopping import stopping_time
        >>> stopping_time(Threshold(2.5), [12.0, 2.5, 2.0])
        3

    Source: `Threshold` of EarlyStopping.jl.
    """

    value: float = field(0.0, doc="what the loss has to be below")

    def init(self) -> float:
        return math.inf

    def update(self, state: float, loss: float, training: bool = False) -> float:
        return state if training else loss

    def done(self, state: float) -> bool:
        return state < self.value

    def message(self, state: float) -> str:
        return f"the loss is {state:g}, below {self.value:g}"

    def loosens(self, old: Any) -> bool:
        """Whether the value is no higher than that of `old`."""
        return self.kin(old) and self.value <= old.value
