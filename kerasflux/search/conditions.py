"""Conditions of ranges: `when={"path": test}`, a pure judgement of values.

A test is a value, a list of values, a class (its instances are meant) or a predicate. Classes are
kept by name, so that a model whose ranges have conditions can be saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflux.allowed import short
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, same


class Kind(Hyperparameters, positional=True):
    """Stands for the instances of a class, subclasses included.

    >>> accepts(Kind("builtins:int"), 3), Kind("builtins:int")
    (True, int)
    """

    name: str

    def __contains__(self, value: Any) -> bool:
        return any(_name(c) == self.name for c in type(value).__mro__)

    def _one_line(self) -> str:
        return self.name.rpartition(":")[2].rpartition(".")[2]

    def __repr__(self) -> str:
        return self._one_line()


def kept(test: Any) -> Any:
    """A test as a range keeps it: classes by name, also within a list.

    >>> kept([int, "a"])
    [int, 'a']
    """
    if isinstance(test, list | set | frozenset):
        return [kept(one) for one in test]
    return Kind(_name(test)) if isinstance(test, type) else test


def _name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def accepts(test: Any, value: Any) -> bool:
    """Whether a value passes a test of `when`.

    Functions among the values of a list are values; a function alone is a predicate.

    >>> accepts("sgd", "sgd"), accepts(["sgd", "adam"], "rmsprop"), accepts((8,), (8,))
    (True, False, True)
    >>> accepts(lambda depth: depth > 2, 3), accepts(kept(int), 3)
    (True, True)
    """
    if isinstance(test, list):
        return any(_is(one, value) for one in test)
    if callable(test) and not isinstance(test, Hyperparameters):
        return _judged(test, value)
    return _is(test, value)


def met(when: Mapping[str, Any] | None, chosen: Mapping[str, Any]) -> bool:
    """Whether all conditions hold among the values chosen; a path without a value fails.

    >>> met({"depth": 3}, {"depth": 3}), met({"depth": 3}, {}), met(None, {})
    (True, False, True)
    """
    return all(path in chosen and accepts(t, chosen[path]) for path, t in (when or {}).items())


def _is(test: Any, value: Any) -> bool:
    return (isinstance(test, Kind) and value in test) or same(test, value)


def _judged(test: Any, value: Any) -> bool:
    try:
        return bool(test(value))
    except Exception as error:  # whatever a predicate of the user may raise
        raise HyperparameterError(
            f"The predicate {short(test)} of `when=` can't judge {short(value)}.",
            expected="true or false",
            received=f"{type(error).__name__}: {error}",
            remedy="Let it take every value of the path that it is about.",
        ) from error
