"""What values a hyperparameter may have: by annotation and by constraint.

`conform` judges a value against a type annotation as far as the annotation is simple, and gives
the value as it is stored: NumPy scalars become Python numbers, an int where a float is declared
becomes a float, a list where a tuple is declared a tuple. Annotations that say nothing that can be
checked (an unresolved name, a type variable, a protocol) accept everything. A constraint is any
object with `check(value) -> str | None` (what is wrong, or None) whose `str` says what is allowed.
"""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Union

import numpy as np


class Constraint(Protocol):
    """What `field(allowed=...)` takes; `str` of it completes the sentence "expected: int, ..."."""

    def check(self, value: Any) -> str | None:
        """What is wrong with a value, or None."""


class _Numeric:
    """Constraints on numbers; what is no number (None, "auto") is left to the annotation.

    Elements of tuples and lists, and values of dicts, are judged one by one.
    """

    def holds(self, number: float) -> bool:
        raise NotImplementedError

    def check(self, value: Any) -> str | None:
        if isinstance(value, (tuple, list)):
            return next((p for p in map(self.check, value) if p), None)
        if isinstance(value, Mapping):
            return next((p for p in map(self.check, value.values()) if p), None)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if self.holds(value):
            return None
        finite = -float("inf") < value < float("inf")
        return f"{short(value)} is not {'' if finite else 'finite and '}{self}"


@dataclass(frozen=True)
class AtLeast(_Numeric):
    """Numbers from `lower` on, infinity excluded.

    >>> AtLeast(1).check(0)
    '0 is not at least 1'
    """

    lower: float

    def holds(self, number: float) -> bool:
        return self.lower <= number < float("inf")

    def __str__(self) -> str:
        return f"at least {self.lower}"


@dataclass(frozen=True)
class Positive(_Numeric):
    """Numbers above zero, infinity excluded.

    >>> Positive().check(0.0)
    '0.0 is not positive'
    """

    def holds(self, number: float) -> bool:
        return 0 < number < float("inf")

    def __str__(self) -> str:
        return "positive"


@dataclass(frozen=True)
class Between(_Numeric):
    """Numbers from `lower` to `upper`, ends included but those that `open` names.

    >>> Between(0, 1, open="right").check(1)
    '1 is not between 0 and 1 (1 excluded)'
    """

    lower: float
    upper: float
    open: Literal["", "left", "right", "both"] = ""

    def holds(self, number: float) -> bool:
        above = number > self.lower if self.open in ("left", "both") else number >= self.lower
        below = number < self.upper if self.open in ("right", "both") else number <= self.upper
        return above and below

    def __str__(self) -> str:
        out = {"left": f"{self.lower}", "right": f"{self.upper}", "both": "both"}.get(self.open)
        return f"between {self.lower} and {self.upper}" + (f" ({out} excluded)" if out else "")


class OneOf:
    """One of the values listed.

    >>> OneOf("robust", "standard", None).check("robst")
    "'robst' is not one of 'robust', 'standard', None"
    """

    def __init__(self, *values: Any) -> None:
        self.values = values

    def check(self, value: Any) -> str | None:
        if any(type(value) is type(v) and value == v for v in self.values):
            return None
        return f"{short(value)} is not {self}"

    def __str__(self) -> str:
        return "one of " + ", ".join(map(repr, self.values))


class Unfit(Exception):
    """A value is not of an annotated type; fields turn it into an error that names them."""


def conform(value: Any, annotation: Any) -> Any:
    """The value as it is stored under an annotation.

    Args:
        value: any value.
        annotation: a resolved annotation.

    Returns:
        the value, a Python number for a NumPy scalar, a float for an int under `float`.

    Raises:
        Unfit: the value is not of that type.

    >>> conform(np.float64(0.5), float), conform(1, float), conform([3, 3], tuple[int, ...])
    (0.5, 1.0, (3, 3))
    """
    if annotation is None:
        annotation = type(None)
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return conform(value, inner[0])
    if origin in (Union, types.UnionType):
        return _any_of(value, inner)
    if origin is Literal:
        return _literal(value, inner)
    container = _CONTAINERS.get(origin or annotation)
    if container is not None:
        return container(value, inner)
    if isinstance(annotation, type) and annotation in _NUMBERS:
        return _NUMBERS[annotation](value)
    return _instance(plain(value), origin or annotation)


def _any_of(value: Any, members: Iterable[Any]) -> Any:
    """The member that takes a value as it is; else the first that takes it converted."""
    converted = []
    for member in members:
        try:
            result = conform(value, member)
        except Unfit:
            continue
        if type(result) is type(value):
            return result
        converted.append(result)
    if not converted:
        raise Unfit
    return converted[0]


def _literal(value: Any, members: Iterable[Any]) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    for member in members:
        if type(plain) is type(member) and plain == member:
            return member
    raise Unfit


def _bool(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise Unfit


def _int(value: Any) -> int:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    raise Unfit


def _float(value: Any) -> float:
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return float(value)
    raise Unfit


def _str(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    raise Unfit


def _tuple(value: Any, inner: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, (tuple, list)):
        raise Unfit
    if not inner:
        return value if isinstance(value, tuple) else tuple(value)
    if len(inner) == 2 and inner[1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if len(inner) != len(value) and inner != ((),):
        raise Unfit
    return tuple(conform(v, t) for v, t in zip(value, inner, strict=False))


def _list(value: Any, inner: tuple[Any, ...]) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Unfit
    if isinstance(value, list) and not inner:
        return value
    return [conform(v, inner[0]) if inner else v for v in value]


def _mapping(value: Any, inner: tuple[Any, ...]) -> Any:
    if not isinstance(value, Mapping):
        raise Unfit
    if not inner:
        return value
    stored = {conform(k, inner[0]): conform(v, inner[1]) for k, v in value.items()}
    return stored if type(value) is dict else value


def _callable(value: Any, inner: tuple[Any, ...]) -> Any:
    if not callable(value):
        raise Unfit
    return value


def _instance(value: Any, kind: Any) -> Any:
    if kind is Any or not isinstance(kind, type):
        return value
    try:
        fits = isinstance(value, kind)
    except TypeError:  # a protocol that can't be checked at run time
        return value
    if not fits:
        raise Unfit
    return value


_NUMBERS: Mapping[Any, Any] = {bool: _bool, int: _int, float: _float, str: _str}
_CONTAINERS: Mapping[Any, Any] = {
    tuple: _tuple,
    list: _list,
    dict: _mapping,
    collections.abc.Mapping: _mapping,
    collections.abc.Callable: _callable,
}


def describe(annotation: Any) -> str:
    """An annotation in words, as an error's "expected".

    >>> describe(int | None), describe(Literal["auto"]), describe(tuple[int, ...])
    ('int or None', "'auto'", 'tuple[int, ...]')
    """
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(describe, inner)))
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if annotation is None or annotation is type(None):
        return "None"
    if isinstance(annotation, type) and not inner:
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")


def literals(annotation: Any) -> tuple[Any, ...]:
    """The values that an annotation lists.

    >>> literals(int | Literal["auto"]), literals(float)
    (('auto',), ())
    """
    inner = typing.get_args(annotation)
    if typing.get_origin(annotation) is Literal:
        return inner
    return tuple(value for part in inner for value in literals(part))


def plain(value: Any) -> Any:
    """A NumPy number, bool or string as Python's; anything else as it is."""
    return value.item() if isinstance(value, (np.number, np.bool_, np.str_)) else value


_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def source(value: Any) -> str:
    """A value as one would write it: functions and classes by name, NumPy numbers as Python's.

    >>> source({"f": len, "k": (np.int64(3),)})
    "{'f': len, 'k': (3,)}"
    """
    if type(value) is tuple:
        inner = ", ".join(map(source, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if type(value) is list:
        return f"[{', '.join(map(source, value))}]"
    if type(value) is dict:
        return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in value.items()) + "}"
    if isinstance(value, _NAMED):
        return value.__name__
    one_line = getattr(type(value), "_one_line", None)
    if one_line is not None:  # records, whose repr may take several lines
        return str(one_line(value))
    return " ".join(repr(plain(value)).split())


def short(value: Any, length: int = 60) -> str:
    """A value's source on one line of limited length.

    >>> short(len), short("a" * 99, 12)
    ('len', "'aaaaaaaa...")
    """
    text = source(value)
    return text if len(text) <= length else text[: length - 3] + "..."
