"""What a range is: values of one hyperparameter, and how they are spread. It never searches.

`values_at(resolution)`, `value(u)` and `coordinate(value)` are pure functions of a range, whose
values are Python's and of the type that the hyperparameter has. A range is a record, so that a
model which holds one can be saved, and is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kerasflux.allowed import short, source
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, copied, get_path, same, set_path

_Own = TypeVar("_Own", bound="Range")


class Range(Hyperparameters, positional=True):
    """The base of ranges; made by `range` and `log_range`."""

    path: str | None = None
    if TYPE_CHECKING:  # fields of each kind, in its own order
        scale: Any = None
        when: Any = None
        owner: str = ""

    def __setattr__(self, name: str, value: Any) -> None:
        raise HyperparameterError(
            f"A range is not changed: `{name}` = {short(value)}.",
            expected="a new range",
            received=f"an assignment to `{name}`",
            remedy="`kf.range(...)` makes one.",
        )

    def bound_to(self: _Own, model: Any, path: str) -> _Own:
        """This range as one of a hyperparameter of a model; `range` says what is checked.

        Example:
            >>> from kerasflux.resampling import CV
            >>> from kerasflux.search import log_range
            >>> log_range(2, 10).bound_to(CV(), "nfolds").values_at(3)
            [2, 4, 10]
        """
        raise NotImplementedError

    @property
    def n_values(self) -> float:
        """How many values there are, infinity for numbers that are not whole."""
        raise NotImplementedError

    def values_at(self, resolution: int = 10) -> list[Any]:
        """Values from end to end."""
        raise NotImplementedError

    def value(self, u: float) -> Any:
        """The value at a coordinate from 0 to 1, in which values are evenly spread."""
        raise NotImplementedError

    def coordinate(self, value: Any) -> float:
        """The coordinate of a value, from 0 to 1, such that `value(coordinate(v)) == v`.

        Floats come back to rounding. Of whole numbers and of values written out it is the middle
        of the part of the interval that they own.

        Raises:
            HyperparameterError: the value is not in the range.
        """
        raise NotImplementedError

    def __contains__(self, value: Any) -> bool:
        """Whether a value is in the range, its type included."""
        raise NotImplementedError

    def sample(self, rng: int | np.random.Generator | None, n: int) -> list[Any]:
        """Values drawn independently, each as likely as its part of the interval is wide.

        That is uniform in the coordinate of the scale; whole numbers on a linear scale, and values
        written out, are equally likely. A distribution or probabilities say otherwise.

        Args:
            rng: a generator, which is moved on, or a seed.
            n: how many.

        Example:
            >>> from kerasflux.search import range
            >>> range(None, "batch_size", lower=1, upper=3).sample(0, 8)
            [2, 1, 1, 1, 3, 3, 2, 3]
        """
        drawn = np.random.default_rng(rng).random(n)
        return [self.value(float(u)) for u in drawn]

    def with_fields(self: _Own, **changed: Any) -> _Own:
        """This range with some fields changed.

        >>> from kerasflux.search import log_range
        >>> log_range(1, 10).with_fields(path="epochs").path
        'epochs'
        """
        return type(self)(**{**_fields(self), **changed})

    def _outside(self, value: Any) -> HyperparameterError:
        return HyperparameterError(
            f"{short(value)} is not in the range{of_path(self.path)}.",
            expected=repr(self),
            received=f"{short(value)}, of type {type(value).__name__}",
            remedy="Only values of a range have a coordinate in it.",
        )

    def __repr__(self) -> str:
        whose = [] if self.path is None else [self.owner, repr(self.path)]
        shown = [f"{name}={source(value)}" for name, value in self._shown()]
        return f"range({', '.join([*whose, *shown])})"

    def _shown(self) -> list[tuple[str, Any]]:
        raise NotImplementedError

    def _one_line(self) -> str:
        return repr(self)


def _fields(record: Range) -> dict[str, Any]:
    return {name: record.__dict__[name] for name in type(record)._fields}


def same_value(a: Any, b: Any) -> bool:
    """Whether two values of a range are one: 1 and 1.0 differ."""
    return same([a], [b])


def of_path(path: str | None) -> str:
    """A path in the words of a sentence, if there is one."""
    return f" of `{path}`" if path else ""


def no_range(path: str | None, expected: str, received: str, remedy: str) -> HyperparameterError:
    """The error for what makes no range."""
    return HyperparameterError(
        f"This is no range{of_path(path)}.",
        expected=expected,
        received=received,
        remedy=remedy,
    )


def stored(model: Any, path: str, value: Any) -> Any:
    """A value as the hyperparameter of a copy of the model keeps it."""
    trial = copied(model)
    set_path(trial, path, value)
    return get_path(trial, path)


def owner_of(model: Any) -> str:
    """What stands for a model in the `repr` of its ranges."""
    return f"{type(model).__name__}(...)"


def tried(model: Any, path: str, values: Iterable[Any]) -> None:
    """Set each value on a copy, so that a value that is not allowed is told now."""
    trial = copied(model)
    for value in values:
        set_path(trial, path, copied(value))
