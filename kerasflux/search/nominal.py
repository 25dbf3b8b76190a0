"""Ranges of values written out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from kerasflux.search.kinds import Range, owner_of, same_value, tried


class NominalRange(Range):
    """Values written out.

    Attributes:
        path: the dotted path of the hyperparameter, None if not said yet.
        values: the values, in the order given.
        probabilities: how likely each of them is to be drawn; None for equally likely.
        when: conditions, as for `range`, or None.
        owner: the class of the model that it was made for, as `repr` shows it.
    """

    path: str | None = None
    values: tuple[Any, ...] = ()
    scale: Any = "none"
    when: Any = None
    owner: str = "None"
    probabilities: tuple[float, ...] | None = None

    def values_at(self, resolution: int = 10) -> list[Any]:
        """All values, whatever the resolution.

        Example:
            >>> from kerasflux.search import range
            >>> range(None, "batch_size", values=[16, 64, 256]).values_at(2)
            [16, 64, 256]
        """
        return list(self.values)

    def value(self, u: float) -> Any:
        below_one = min(u, 1 - 2**-53)  # what owns nothing at the end has no value there
        at = int(np.searchsorted(self._steps[1:-1], below_one, side="right"))
        return self.values[at]

    def coordinate(self, value: Any) -> float:
        for k, own in enumerate(self.values):
            if same_value(own, value):
                return float((self._steps[k] + self._steps[k + 1]) / 2)
        raise self._outside(value)

    def __contains__(self, value: Any) -> bool:
        return any(same_value(own, value) for own in self.values)

    @property
    def n_values(self) -> float:
        return len(self.values)

    def bound_to(self, model: Any, path: str) -> NominalRange:
        tried(model, path, self.values)
        return self.with_fields(path=path, owner=owner_of(model))

    @property
    def _steps(self) -> np.ndarray:
        """The ends of the parts of the unit interval that the values own."""
        return _steps(len(self.values), self.probabilities)

    def _shown(self) -> list[tuple[str, Any]]:
        shown: list[tuple[str, Any]] = [("values", list(self.values))]
        rest = [(name, self.__dict__[name]) for name in ("probabilities", "when")]
        return shown + [(name, value) for name, value in rest if value is not None]


@lru_cache(maxsize=256)
def _steps(n: int, probabilities: tuple[float, ...] | None) -> np.ndarray:
    if probabilities is None:
        steps = np.linspace(0.0, 1.0, n + 1)
    else:
        steps = np.concatenate([[0.0], np.cumsum(probabilities[:-1]), [1.0]])
    steps.flags.writeable = False  # equal ranges share them
    return steps
