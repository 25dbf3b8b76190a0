"""Conditions of ranges: `when={"path": test}`, a pure judgement of values.

A test is a value, a list of values, a class (its instances are meant) or a predicate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflux.allowed import short
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, same


def accepts(test: Any, value: Any) -> bool:
    """Whether a value passes a test of `when`.

    Functions among the values of a list are values; a function alone is a predicate.

    >>> accepts("sgd", "sgd"), accepts(["sgd", "adam"], "rmsprop"), accepts((8,), (8,))
    (True, False, True)
    >>> accepts(lambda depth: depth > 2, 3), accepts(int, 3)
    (True, True)
    """
    if isinstance(test, list | set | frozenset):
        return any(_is(one, value) for one in test)
    if callable(test) and not isinstance(test, type | Hyperparameters):
        return _judged(test, value)
    return _is(test, value)


def met(when: Mapping[str, Any] | None, chosen: Mapping[str, Any]) -> bool:
    """Whether all conditions hold among the values chosen; a path without a value fails.

    >>> met({"depth": 3}, {"depth": 3}), met({"depth": 3}, {}), met(None, {})
    (True, False, True)
    """
    return all(path in chosen and accepts(t, chosen[path]) for path, t in (when or {}).items())


def _is(test: Any, value: Any) -> bool:
    return (isinstance(test, type) and isinstance(value, test)) or same(test, value)


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
