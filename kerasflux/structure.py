"""What records are made of, compared: structural equality, copies, differences.

A record is an object whose class has `_fields` and whose values stand in its `__dict__`; how
classes become records is the business of `kerasflux.hyperparameters`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import ismethod
from typing import Any, ClassVar

import numpy as np

from kerasflux.allowed import short


class Record:
    """The mark of records, by which this and the other modules of the ground know them."""

    _fields: ClassVar[dict[str, Any]] = {}

    @classmethod
    def _having(cls, names: tuple[str, ...]) -> type[Record]:
        """The class of a record of this kind that was written with fields of these names.

        It is this one, but where classes are made for the fields that they have (pipelines).
        """
        return cls

    def _refuse_contradictions(self) -> None:
        """Refuse fields that can't go together; for subclasses to define.

        Assignments judge one field each, so that fields can be changed one after the other. What
        came out is judged by this before it is trained by and before it is written.
        """


def values(record: Record) -> Iterator[tuple[str, Any]]:
    """Names and values of a record's hyperparameters, in order."""
    for name in type(record)._fields:
        yield name, record.__dict__[name]


def refuse_contradictions(value: Any) -> None:
    """Refuse a record, or one within it, whose fields contradict each other.

    Raises:
        HyperparameterError: what making such a record raises.
    """
    if isinstance(value, Record):
        value._refuse_contradictions()
        parts: Iterable[Any] = [part for _, part in values(value)]
    else:
        parts = value.values() if type(value) is dict else value
    for part in parts:
        if isinstance(part, Record) or type(part) in (list, tuple, dict):
            refuse_contradictions(part)


def classes_in(value: Any) -> Iterator[type]:
    """The classes of the records that hyperparameters are made of: what a file may name."""
    if isinstance(value, Record):
        yield type(value)
        parts: Iterable[Any] = [part for _, part in values(value)]
    elif isinstance(value, Mapping):
        parts = [*value, *value.values()]
    else:
        parts = value if isinstance(value, (list, tuple, set, frozenset)) else ()
    for part in parts:
        yield from classes_in(part)


def copied(record: Any) -> Any:
    """A copy that shares nothing that can be changed in place.

    Records, containers, arrays and objects that define their own equality are copied; objects that
    compare by identity (functions, layers, strategies) are kept, as no copy would equal them, and
    so are methods of objects, as a copy would be one of another object.

    >>> before = {"hidden": [64, 64]}
    >>> after = copied(before)
    >>> after["hidden"].append(8)
    >>> before
    {'hidden': [64, 64]}
    """
    return copied_value(record, {})


def copied_value(value: Any, memo: dict[int, Any]) -> Any:
    """`copied` within a `copy.deepcopy`, whose memo it shares."""
    if id(value) in memo:
        return memo[id(value)]
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(copied_value(v, memo) for v in value)
    if type(value) is dict:
        return {k: copied_value(v, memo) for k, v in value.items()}
    by_identity = getattr(type(value), "__eq__", None) is object.__eq__
    return value if by_identity or ismethod(value) else copy.deepcopy(value, memo)


def same(a: Any, b: Any) -> bool:
    """Structural equality: classes and values; NaN equals NaN, and 1 equals 1.0.

    Within tuples, lists and dicts 1 and 1.0 differ, as they may mean different things there (sizes
    and fractions, say). True and 1 differ, and so do tuples and lists. Arrays are equal by dtype,
    shape and elements, functions and opaque objects by identity or by their own `==`.

    >>> same(1, 1.0), same((float("nan"),), (float("nan"),)), same({"a": 2}, {"a": 2.0})
    (True, True, False)
    >>> same(True, 1), same((1,), [1])
    (False, False)
    """
    if a is b:
        return True
    if _is_number(a) and _is_number(b):
        return bool(a == b or (a != a and b != b))
    if type(a) is not type(b):
        return False
    if isinstance(a, Record):
        return all(same(v, b.__dict__[name]) for name, v in values(a))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(_same_element, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same_element(v, b[k]) for k, v in a.items())
    return _same_objects(a, b)


def _same_element(a: Any, b: Any) -> bool:
    """`same` within a container, where whole numbers and floats are told apart."""
    numbers = _is_number(a) and _is_number(b)
    return same(a, b) and (not numbers or _is_whole(a) == _is_whole(b))


def _same_objects(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and all(map(same, a.flat, b.flat))
    if hasattr(type(a), "equals"):  # data frames and their columns, whose == is elementwise
        return bool(a.equals(b))
    return bool(a == b)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


@dataclass(frozen=True, eq=False)
class Change:
    """A hyperparameter that differs between two records.

    Attributes:
        path: its dotted path; empty where the records are of different classes.
        old: its value in the first record.
        new: its value in the second.
        continues: whether it, or a field that it lies in, says that training may continue.

    >>> str(Change("batch_size", 32, 64))
    'batch_size 32 -> 64'
    """

    path: str
    old: Any
    new: Any
    continues: bool = False

    def __str__(self) -> str:
        return f"{self.path} {short(self.old)} -> {short(self.new)}".strip()


def difference(old: Any, new: Any) -> tuple[Change, ...]:
    """What differs between two records, nested records field by field.

    Lists of as many records of the same classes are compared record by record, by their place:
    `controls.1.n`. A nested record of another class, and any other value, is one change of its
    whole field.

    >>> from kerasflux.hyperparameters import Hyperparameters, field
    >>> class Step(Hyperparameters):
    ...     size: float = 0.1
    >>> class Walk(Hyperparameters):
    ...     step: Step = Step()
    ...     n: int = field(3, continues=True)
    >>> [str(change) for change in difference(Walk(), Walk(step=Step(size=0.2), n=5))]
    ['step.size 0.1 -> 0.2', 'n 3 -> 5']
    """
    return tuple(_differences(old, new, "", False))


def _differences(old: Any, new: Any, path: str, continues: bool) -> Iterator[Change]:
    if _are_alike(old, new):
        for k, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _differences(a, b, f"{path}.{k}", continues)
        return
    if type(old) is not type(new) or not isinstance(old, Record):
        if not same(old, new):
            yield Change(path, old, new, continues)
        return
    for name, value in values(old):
        inner = continues or type(old)._fields[name].continues
        deeper = f"{path}.{name}" if path else name
        yield from _differences(value, new.__dict__[name], deeper, inner)


def _are_alike(old: Any, new: Any) -> bool:
    """Whether these are lists of as many records, each of the class of that in its place."""
    if type(old) is not type(new) or not isinstance(old, (list, tuple)) or len(old) != len(new):
        return False
    return all(isinstance(a, Record) and type(a) is type(b) for a, b in zip(old, new, strict=True))
