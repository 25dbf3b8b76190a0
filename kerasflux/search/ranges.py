"""Ranges as they are made: `kf.range`, `kf.log_range`, and what makes no range."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kerasflux.allowed import short
from kerasflux.errors import HyperparameterError
from kerasflux.search.conditions import kept
from kerasflux.search.kinds import Range, no_range, of_path
from kerasflux.search.nominal import NominalRange
from kerasflux.search.numeric import NumericRange, as_number, holds_any, is_distribution
from kerasflux.search.scales import named, sign, usual

__all__ = ["NominalRange", "NumericRange", "Range", "log_range", "range", "spread_by", "weighted"]

_ROUNDING = 1e-6  # of probabilities that add up to 1


def range(
    model: Any = None,
    path: str | None = None,
    *,
    values: Iterable[Any] | None = None,
    lower: float | None = None,
    upper: float | None = None,
    origin: float | None = None,
    unit: float | None = None,
    scale: Any = None,
    when: Mapping[str, Any] | None = None,
) -> NumericRange | NominalRange:
    """A one-dimensional range of a hyperparameter: values written out, or numbers between two ends.

    Args:
        model: the model, or None. With a model the path has to exist, the values (of numbers: the
            ends) have to be allowed, and a hyperparameter that is a whole number gets whole
            numbers. Without one, numbers are whole if both ends are ints.
        path: the dotted path of the hyperparameter, such as `"optimiser.learning_rate"`; None where
            it is said elsewhere, as in `{path: range(lower=0.0, upper=0.5)}`.
        values: the values; one or more.
        lower, upper: the ends, `lower < upper`, both positive on a logarithmic scale. None or
            infinite where there is none, which needs `origin` and `unit`.
        origin: a typical value, inside of the range.
        unit: how far values typically are from it, positive.
        scale: what values are evenly spread on. `"linear"`; `"log"`, `"log2"`, `"log10"`, which
            give the same values; `"reverse_log"`, dense at the upper end as `"log"` is at the lower
            one; `"logminus"`, `"log10minus"` for negative numbers; or a function, which is applied
            to numbers evenly spread from `lower` to `upper` (whole ones, if both and the
            hyperparameter are), so that `lower=-3, upper=0, scale=lambda x: 10**x` ends at 0.001
            and 1. None is `"linear"`, but for an open end `"log10"` above a positive one and
            `"log10minus"` below a negative one.
        when: conditions: the range is in use only where each path has a value that passes the test
            behind it, which is a value, a list of values, a class (its instances are meant) or a
            predicate. A path that is ranged over has to be in use itself.

    Returns:
        A range with `.path`, `.scale`, `.values_at(resolution)`, `.sample(rng, n)`, `.value(u)` and
        `.coordinate(value)`.

    Raises:
        HyperparameterError: neither or both of values and ends, ends that make no range, an unknown
            scale, a value that the hyperparameter can't have.
        UnknownHyperparameter: no such path.

    Example:
        >>> r = range(None, "optimiser.learning_rate", lower=1e-4, upper=1e-1, scale="log10")
        >>> [round(value, 6) for value in r.values_at(4)]
        [0.0001, 0.001, 0.01, 0.1]
        >>> range(None, "momentum", lower=0.0, upper=0.99, when={"optimiser": "sgd"}).when
        {'optimiser': 'sgd'}

    Source: `range` and `iterator` of MLJBase.jl. `"reverse_log"` is KerasTuner's.
    """
    conditions = _conditions(path, when)
    new: NumericRange | NominalRange
    if values is None:
        new = _numeric(path, lower, upper, origin, unit, scale, conditions)
    else:
        new = _nominal(path, values, lower, upper, conditions)
    return new if model is None or path is None else new.bound_to(model, path)


def log_range(lower: float, upper: float, *, when: Mapping[str, Any] | None = None) -> NumericRange:
    """Numbers between two positive ends, evenly spread on a logarithmic scale.

    Whole numbers if both ends are ints, as for epochs. It has no path: what it ranges over is said
    where it is used.

    Args:
        lower, upper: the ends, `0 < lower < upper`, both included.
        when: conditions, as for `range`.

    Raises:
        HyperparameterError: ends that make no such range.

    Example:
        >>> log_range(1, 100).values_at(4)
        [1, 5, 22, 100]
        >>> [round(value, 6) for value in log_range(1e-4, 1e-1).values_at(4)]
        [0.0001, 0.001, 0.01, 0.1]
    """
    for end in (lower, upper):
        if end is None or _infinite(as_number(end)):
            raise no_range(
                None,
                "finite numbers, 0 < lower < upper",
                f"lower={lower!r}, upper={upper!r}",
                "Give both ends as numbers: `kf.log_range(1, 100)`.",
            )
    return _numeric(None, lower, upper, None, None, "log10", _conditions(None, when))


def spread_by(distribution: Any, within: NumericRange | None = None) -> NumericRange:
    """A range whose values are spread by a distribution of `scipy.stats`.

    Args:
        distribution: frozen, with `ppf` (or `icdf`) and `cdf`.
        within: a range at whose ends it is cut off.

    Raises:
        HyperparameterError: something else, or a distribution that gives the range no probability.

    >>> from scipy import stats
    >>> spread_by(stats.norm(0, 1)).values_at(2)
    [-0.6744897501960817, 0.6744897501960817]
    >>> spread_by(stats.randint(1, 4)).sample(0, 5)
    [2, 1, 1, 1, 3]
    """
    if not is_distribution(distribution):
        raise HyperparameterError(
            "This is no distribution.",
            expected="a frozen distribution of scipy.stats, with `ppf` and `cdf`",
            received=short(distribution),
            remedy="`scipy.stats.loguniform(1e-4, 1e-1)`, for instance.",
        )
    discrete = hasattr(getattr(distribution, "dist", None), "pmf")
    if within is None:
        new = NumericRange(distribution=distribution, integer=discrete)
    else:
        new = within.with_fields(distribution=distribution, integer=within.integer or discrete)
    holds_any(new)
    return new


def weighted(made: Range, by: Any) -> Range:
    """A range whose values are as likely as a distribution, or probabilities, say.

    Args:
        made: a range of numbers, or of values written out.
        by: a distribution of `scipy.stats` that is cut off at the ends; or as many probabilities as
            there are values.

    Raises:
        HyperparameterError: anything else.

    >>> weighted(range(None, "x", values=["a", "b"]), [0.75, 0.25]).value(0.7)
    'a'
    """
    if isinstance(made, NumericRange):
        return spread_by(by, made)
    values = made.values_at()
    listed = by.tolist() if isinstance(by, np.ndarray) else by
    numbers = [as_number(p) for p in listed] if isinstance(listed, list | tuple) else []
    good = len(numbers) == len(values) and all(p is not None and p >= 0 for p in numbers)
    if not good or abs(sum(numbers) - 1) > _ROUNDING:
        raise HyperparameterError(
            f"These are no probabilities of the values{of_path(made.path)}.",
            expected=f"{len(values)} numbers from 0 to 1 that add up to 1",
            received=short(by),
            remedy="Give one for each value, in their order.",
        )
    return made.with_fields(probabilities=tuple(float(p) for p in numbers))


def _conditions(path: str | None, when: Any) -> dict[str, Any] | None:
    if when is None:
        return None
    if not isinstance(when, Mapping) or not all(isinstance(key, str) for key in when):
        raise HyperparameterError(
            f"`when=` of the range{of_path(path)} has to say of which hyperparameters.",
            expected="a dict of tests by dotted path",
            received=short(when),
            remedy='`when={"optimiser": "sgd"}`, for instance.',
        )
    return {key: kept(test) for key, test in when.items()} or None


def _nominal(path: str | None, values: Any, lower: Any, upper: Any, when: Any) -> NominalRange:
    several = isinstance(values, Iterable) and not isinstance(values, str)
    listed = tuple(values) if several else ()
    if not listed or lower is not None or upper is not None:
        raise no_range(
            path,
            "a list of one or more values, or both ends",
            f"values={values!r}, lower={lower}, upper={upper}",
            "Give either: `values=[1, 3, 10]`, or `lower=1, upper=10`.",
        )
    return NominalRange(path=path, values=listed, when=when)


def _numeric(
    path: str | None, lower: Any, upper: Any, origin: Any, unit: Any, scale: Any, when: Any
) -> NumericRange:
    given = [as_number(end) for end in (lower, upper)]
    ends = [None if _infinite(end) else end for end in given]
    if scale is None:
        scale = usual(*ends)
    elif not callable(scale):
        scale = named(scale)
    wrong = any(end is not None and as_number(end) is None for end in (lower, upper, origin, unit))
    if wrong or not _is_range(ends, as_number(origin), as_number(unit), scale):
        raise no_range(
            path,
            _expected(ends, scale),
            _received(lower, upper, origin, unit),
            _mended(given, scale, origin, unit),
        )
    integer = all(end is None or isinstance(end, int) for end in ends) and any(
        end is not None for end in ends
    )
    if callable(scale):
        integer = _whole_values(scale, path, *ends) and integer
    return NumericRange(
        path=path,
        lower=ends[0],
        upper=ends[1],
        scale=scale,
        integer=integer,
        origin=as_number(origin),
        unit=as_number(unit),
        when=when,
    )


def _is_range(ends: list[Any], origin: Any, unit: Any, scale: Any) -> bool:
    lower, upper = ends
    if lower is not None and upper is not None:
        return lower < upper and origin is None and unit is None and _right_sign(ends, scale)
    if callable(scale) or origin is None or unit is None or not 0 < unit < math.inf:
        return False
    if (
        not (-math.inf if lower is None else lower)
        < origin
        < (math.inf if upper is None else upper)
    ):
        return False
    through_zero = {1: lower is None, -1: upper is None, 0: False}[sign(scale)]
    return not through_zero and _right_sign(ends, scale)


def _right_sign(ends: list[Any], scale: Any) -> bool:
    needed = 0 if callable(scale) else sign(scale)
    return all(end is None or needed == 0 or needed * end > 0 for end in ends)


def _expected(ends: list[Any], scale: Any) -> str:
    needed = 0 if callable(scale) else sign(scale)
    if None in ends and not callable(scale):
        signs = {1: ", all positive", -1: ", all negative", 0: ""}[needed]
        return f"finite `lower < upper`; or `origin` in the range and a positive `unit`{signs}"
    order = {1: "0 < lower < upper", -1: "lower < upper < 0", 0: "lower < upper"}[needed]
    return f"finite numbers, {order}, without `origin` and `unit`"


def _received(lower: Any, upper: Any, origin: Any, unit: Any) -> str:
    also = "" if origin is None and unit is None else f", origin={origin!r}, unit={unit!r}"
    return f"lower={lower!r}, upper={upper!r}{also}"


def _mended(ends: list[Any], scale: Any, origin: Any, unit: Any) -> str:
    lower, upper = ends
    if lower is None or upper is None or _infinite(lower) or _infinite(upper):
        if origin is None or unit is None:
            return "Give both ends as numbers: `lower=1, upper=100`."
        return "Give both ends; or an `origin` between those that there are, and `unit` above 0."
    if lower > upper:
        return f"Swap the ends: `lower={upper}, upper={lower}`."
    if lower == upper:
        return f"A single value is a list of one: `values=[{lower}]`."
    if origin is not None or unit is not None:
        return "Leave `origin` and `unit` out: they are of ranges with an open end."
    if not callable(scale) and sign(scale) < 0:
        return 'End below 0; `scale="linear"` takes any numbers.'
    low = "1" if isinstance(lower, int) and isinstance(upper, int) and upper > 1 else "1e-6"
    return f'Start above 0, for instance at {low}; `scale="linear"` takes any numbers.'


def _whole_values(scale: Any, path: str | None, lower: Any, upper: Any) -> bool:
    """Whether a function gives whole numbers at both ends, which have to be numbers."""
    try:
        found = [as_number(scale(end)) for end in (lower, upper)]
    except Exception as error:  # whatever a function of the user may raise
        raise _no_scale(path, scale, f"{type(error).__name__}: {error}") from error
    if any(value is None or math.isinf(value) for value in found):
        raise _no_scale(path, scale, f"{short(scale(lower))} and {short(scale(upper))}")
    return all(isinstance(value, int) for value in found)


def _no_scale(path: str | None, scale: Any, received: str) -> HyperparameterError:
    return HyperparameterError(
        f"{short(scale)} is no scale of a range{of_path(path)}.",
        expected="a function that gives finite numbers from end to end",
        received=received,
        remedy="`lower=-3, upper=0, scale=lambda x: 10.0**x`, for instance.",
    )


def _infinite(end: Any) -> bool:
    return end is not None and math.isinf(end)
