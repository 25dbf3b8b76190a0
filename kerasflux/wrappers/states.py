"""What candidates have learned on their folds, kept so that they go on and never start again.

Whole candidates are kept or let go of. Those beyond a budget of memory are let go of, the worst
first; where they lie in a folder (`kerasflux.wrappers.journals`) they are read from there when they
are asked for, else they would be trained anew.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux.interface import Fitted, Model

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Kept:
    """What a candidate has learned on one fold.

    Attributes:
        model: the candidate as it was then.
        read: gives what it learned.
        size: how many bytes of memory that takes; 0 for what lies in a file.
    """

    model: Model
    read: Callable[[], Fitted]
    size: int = 0


@dataclass(frozen=True)
class Held:
    """What was learned, in memory."""

    fitted: Fitted

    def __call__(self) -> Fitted:
        return self.fitted


@dataclass(frozen=True)
class Written:
    """What was learned, as a model's `dump` gave it."""

    model: Model
    record: dict[str, Any]
    arrays: Arrays

    def __call__(self) -> Fitted:
        return self.model.load(self.record, self.arrays)


def held(model: Model, fitted: Fitted) -> Kept:
    """Something learned, kept in memory."""
    return Kept(model, Held(fitted), sys.getsizeof(fitted.state) + size_of(fitted.state))


def from_dump(model: Model, record: dict[str, Any], arrays: Arrays) -> Kept:
    """What a `dump` of a candidate gave, which is not read before it is asked for."""
    return Kept(model, Written(model, record, arrays), sum(a.nbytes for a in arrays.values()))


def dumped(kept: Kept) -> tuple[dict[str, Any], Arrays]:
    """What `from_dump` takes."""
    if isinstance(kept.read, Written):
        return kept.read.record, kept.read.arrays
    return kept.model.dump(kept.read())


States = Mapping[int, tuple[Kept, ...]]
"""What is kept, by the number of the candidate; one for each fold."""


def within(
    states: States, losses: Mapping[int, float], megabytes: float, filed: States
) -> tuple[dict[int, tuple[Kept, ...]], int]:
    """As many candidates as a budget allows, the best ones.

    Args:
        states: what is kept.
        losses: the loss of each candidate, by which the worst is let go of first.
        megabytes: the budget.
        filed: the same where it lies in files, which takes no memory.

    Returns:
        What is kept now, and how many candidates are gone altogether.
    """
    room = megabytes * 1e6 - sum(bytes_of(kept) for kept in states.values())
    kept, gone = dict(states), 0
    for number in sorted(states, key=lambda k: (-_worst_last(losses.get(k)), k)):
        if room >= 0:
            break
        room += bytes_of(kept[number])
        if number in filed:
            kept[number] = filed[number]
        elif bytes_of(kept[number]):
            del kept[number]
            gone += 1
    return kept, gone


def _worst_last(loss: float | None) -> float:
    return np.inf if loss is None or np.isnan(loss) else loss


def bytes_of(kept: tuple[Kept, ...]) -> int:
    """The memory that a candidate takes."""
    return sum(fold.size for fold in kept)


def size_of(value: Any) -> int:
    """The bytes of the arrays that something is made of, each counted once.

    Containers, dataclasses and estimators of scikit-learn are looked into, other objects are not.

    >>> size_of({"a": np.zeros(3), "b": [np.zeros(2, np.float32)]})
    32
    """
    found: dict[int, np.ndarray] = {}
    _gather(value, found, set())
    return sum(array.nbytes for array in found.values())


def _gather(value: Any, found: dict[int, np.ndarray], seen: set[int]) -> None:
    if isinstance(value, np.ndarray):
        found[id(value)] = value
        return
    if value is None or isinstance(value, (str, bytes, int, float, type)) or id(value) in seen:
        return
    seen.add(id(value))
    for part in _parts(value):
        _gather(part, found, seen)


def _parts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if dataclasses.is_dataclass(value):
        return [getattr(value, f.name, None) for f in dataclasses.fields(value)]
    estimator = type(value).__module__.startswith("sklearn.")
    return vars(value).values() if estimator and hasattr(value, "__dict__") else ()
