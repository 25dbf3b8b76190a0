"""Calls with arguments that a function does not have: a refusal that says where they belong.

People bring the calls of other libraries (`fit(X, y)`, `evaluate(cv=5)`). Python's own error names
the argument and no more; here it is an error in four parts, and still a `TypeError`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from kerasflux.errors import ArgumentError
from scitypes.errors import nearest

P = ParamSpec("P")
R = TypeVar("R")

Advice = Callable[[tuple[Any, ...], dict[str, Any], "str | None"], str]


class WrongCall(ArgumentError, TypeError):
    """A function was called with arguments that it does not have."""


def explained(advice: Advice) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function refuse arguments that it does not have in four parts.

    Args:
        advice: what to do instead. It is given the arguments by position, those by name, and the
            first name that is unknown (None for too many by position), and gives a sentence or
            `""`, for which the nearest known name is offered.

    >>> @explained(lambda args, named, unknown: "Folds are `resampling=`." if unknown else "")
    ... def evaluate(model, resampling=None):
    ...     return resampling
    >>> try:
    ...     evaluate("model", cv=5)
    ... except TypeError as error:
    ...     print(error)
    `evaluate` has no argument `cv`.
      expected: model, resampling
      received: cv=5
      to do: Folds are `resampling=`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: P.args, **named: P.kwargs) -> R:
            try:
                signature.bind(*args, **named)
            except TypeError as error:
                raise _wrong_call(function, signature, advice, args, named, error) from None
            return function(*args, **named)

        return call

    return decorate


def evaluation_advice(args: tuple[Any, ...], named: dict[str, Any], unknown: str | None) -> str:
    """What to do about arguments that evaluations don't have; for `explained`."""
    if unknown is None:
        return "Options are given by name: `rows=`, `measure=`, `repeats=`."
    value = named[unknown]
    if unknown in ("cv", "n_splits", "nfolds", "folds"):
        folds = value if isinstance(value, int) else 5
        return f"Folds are made by `resampling=kf.CV(nfolds={folds}, rng=0)`."
    if unknown in ("scoring", "metric", "metrics", "score"):
        return f"Measures are said by `measure={value!r}`, one or a list."
    if unknown in ("checkpoint", "every_epochs"):
        return "Only `mach.fit` keeps checkpoints; an evaluation that died starts anew."
    if unknown in ("X", "y"):
        return "A machine is evaluated on its data: `kf.evaluate(mach.with_data(X, y))` on other."
    return ""


def save_advice(args: tuple[Any, ...], named: dict[str, Any], unknown: str | None) -> str:
    """What to do about arguments that saving doesn't have; for `explained`."""
    if unknown in ("overwrite", "save_format", "include_optimizer", "exist_ok"):
        return "A machine is always saved whole, and replaces what was saved there before."
    return "" if unknown else "`kf.save(mach, path)` or `mach.save(path)`."


def _wrong_call(
    function: Callable[..., Any],
    signature: inspect.Signature,
    advice: Advice,
    args: tuple[Any, ...],
    named: dict[str, Any],
    error: TypeError,
) -> WrongCall:
    known = [name for name in signature.parameters if name != "self"]
    unknown = next((name for name in named if name not in known), None)
    name = getattr(function, "__name__", "this function")
    failed, received = f"`{name}` can't be called like this: {error}.", "another call"
    if unknown is not None:
        failed = f"`{name}` has no argument `{unknown}`."
        received = f"{unknown}={_short(named[unknown])}"
    elif len(args) > len(_by_position(signature)):
        allowed = [p for p in _by_position(signature) if p != "self"]
        failed = f"`{name}` takes {len(allowed)} by position: {', '.join(allowed)}."
        received = f"{len(args) - (len(_by_position(signature)) - len(allowed))} by position"
    return WrongCall(
        failed,
        expected=", ".join(known),
        received=received,
        remedy=advice(args, named, unknown) or nearest(unknown or "", known),
    )


def _by_position(signature: inspect.Signature) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, p in signature.parameters.items() if p.kind in kinds]


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:39]}…"
