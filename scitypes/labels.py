"""Labels of levels and names of columns: plain values, their JSON, and which two are one."""

from __future__ import annotations

import base64
import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError
from scitypes.messages import shortened


def label_to_json(label: object) -> Any:
    """A label or column name as a JSON value; types other than str, int and bool are tagged.

    Raises:
        LevelError: JSON has no form for a label of this type.

    >>> label_to_json("a"), label_to_json(1.0), label_to_json(dt.date(2024, 5, 1))
    ('a', {'float': '1.0'}, {'date': '2024-05-01'})
    """
    label = plain(label)
    if label is None or type(label) in (str, int, bool):
        return label
    if isinstance(label, tuple):
        return {"tuple": [label_to_json(part) for part in label]}
    if isinstance(label, pd.Interval):
        ends = [label_to_json(end) for end in (label.left, label.right)]
        return {"interval": [*ends, label.closed]}
    if isinstance(label, pd.Period):
        return {"period": str(label), "freq": label.freqstr}
    if isinstance(label, pd.Timestamp) and label.tz is not None:
        return {"timestamp": label.isoformat(), "zone": str(label.tz)}
    for tag, (kind, write, _) in _TAGGED.items():
        if type(label) is kind:
            return {tag: write(label)}
    raise LevelError(
        f"The label {label!r} can't be written as JSON.",
        expected="strings, bytes, numbers, booleans, dates, times, periods, intervals, or tuples "
        "of these",
        received=f"a {type(label).__name__}",
        remedy="make the labels strings before coercing, for instance with .map(str)",
        label=label,
    )


def label_from_json(value: Any) -> Any:
    """The label that `label_to_json` wrote.

    >>> label_from_json({"float": "1.0"})
    1.0
    """
    if not isinstance(value, dict):
        return value
    if "tuple" in value:
        return tuple(label_from_json(part) for part in value["tuple"])
    if "interval" in value:
        left, right, closed = value["interval"]
        return pd.Interval(label_from_json(left), label_from_json(right), closed)
    if "period" in value:
        return pd.Period(value["period"], freq=value["freq"])
    if "zone" in value:
        return pd.Timestamp(value["timestamp"]).tz_convert(value["zone"])
    tag, text = next(iter(value.items()))
    return _TAGGED[tag][2](text)


_TAGGED: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "float": (float, repr, float),
    "decimal": (Decimal, str, Decimal),
    "bytes": (bytes, lambda label: base64.b64encode(label).decode("ascii"), base64.b64decode),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "time": (dt.time, dt.time.isoformat, dt.time.fromisoformat),
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "timestamp": (pd.Timestamp, pd.Timestamp.isoformat, pd.Timestamp),
    "timedelta": (pd.Timedelta, pd.Timedelta.isoformat, pd.Timedelta),
}


def objects(values: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """An object array of the values as they are; nested lists and images stay one element each."""
    every = values if isinstance(values, (list, tuple)) else list(values)
    return np.fromiter(every, dtype=object, count=len(every))


def plain(label: Any) -> Any:
    """A NumPy scalar as the Python or pandas value it stands for; anything else as it is."""
    if isinstance(label, (np.datetime64, np.timedelta64)):
        return pd.Timestamp(label) if isinstance(label, np.datetime64) else pd.Timedelta(label)
    return label.item() if isinstance(label, np.generic) else label


def listed_labels(labels: Any, argument: str) -> tuple[Any, ...]:
    """The labels that an argument lists, as plain values; only lists and their like have an order.

    Raises:
        LevelError: it is a set, one text, or no list at all.

    >>> listed_labels(np.array([2, 1]), "levels")
    (2, 1)
    """
    if isinstance(labels, str | bytes):
        raise _no_list(f"{labels!r} is one text, not a list of labels", labels, argument, True)
    if isinstance(labels, set | frozenset):
        raise _no_list("is a set, which has no order", labels, argument, False)
    if not hasattr(labels, "__iter__") or isinstance(labels, Mapping):
        raise _no_list(f"is a {type(labels).__name__}, no list", labels, argument, False)
    return tuple(plain(label) for label in labels)


def _no_list(what: str, given: Any, argument: str, text: bool) -> LevelError:
    if text:
        remedy = f"[{given!r}] names it alone"
    elif hasattr(given, "levels"):
        remedy = "give its labels: pool.levels, where pool is the one given here"
    elif hasattr(given, "__iter__"):
        remedy = f"write the labels in their order, {argument}=[...]"
    else:
        remedy = f"{argument}=[...] names each label once"
    return LevelError(
        f"{argument}={what}." if text else f"{argument} {what}.",
        expected="a list of labels",
        received=f"a {type(given).__name__}, {shortened(repr(given))}",
        remedy=remedy,
    )


def key(label: Any) -> tuple[bool, Any]:
    """What two labels share if they are one: `1` and `1.0` do, `1` and `True` do not."""
    return isinstance(label, (bool, np.bool_)), label


def distinct(values: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """For each value a position among the distinct labels (-1: missing), and these labels.

    Args:
        values: an array of NumPy or pandas, `(n_rows,)`.

    Returns:
        positions, `(n_rows,)`, and the labels in order of appearance, as plain values.

    >>> distinct(np.array([1, True, None, 1.0], dtype=object))
    (array([ 0,  1, -1,  0]), [1, True])
    """
    try:
        positions, found = pd.factorize(values)
    except TypeError:
        return _distinct_by_hand(objects(list(values)))
    labels = _listed(found)
    if values.dtype == object and _doubtful(labels) and _needs_care(values):
        return _distinct_by_hand(values)
    return positions, labels


def _listed(labels: Any) -> list[Any]:
    """The distinct values that pandas found, as plain ones."""
    if isinstance(labels.dtype, pd.StringDtype):
        return labels.to_numpy(dtype=object).tolist()  # type: ignore[no-any-return]
    if isinstance(labels.dtype, np.dtype) and labels.dtype.kind in "iubf":
        return labels.tolist()  # type: ignore[no-any-return]
    if labels.dtype == object and set(map(type, labels)) <= {str}:
        return labels.tolist()  # type: ignore[no-any-return]
    return [plain(label) for label in pd.Index(labels)]


def _doubtful(labels: list[Any]) -> bool:
    """Whether pandas may have taken True and 1, or False and 0, for one label."""
    return set(map(type, labels)) != {str} and any(label in (0, 1) for label in _scalars(labels))


def _scalars(labels: list[Any]) -> list[Any]:
    return [label for label in labels if isinstance(label, int | float | Number)]


def _needs_care(values: Any) -> bool:
    if pd.api.types.infer_dtype(values, skipna=True) in ("integer", "floating", "boolean"):
        return False
    kinds = set(map(type, values))
    return bool(kinds & {bool, np.bool_}) and len(kinds) > 1


def _distinct_by_hand(values: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
    positions = np.full(len(values), -1, dtype=np.int64)
    seen: dict[tuple[bool, Any], int] = {}
    labels: list[Any] = []
    for row in np.flatnonzero(~pd.isna(values)):
        label = plain(values[row])
        try:
            position = seen.setdefault(key(label), len(labels))
        except TypeError:
            position = len(labels)
        if position == len(labels):
            labels.append(label)
        positions[row] = position
    return positions, labels


def merged_order(parts: Sequence[Sequence[Any]]) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """All labels of several lists in one order that keeps the order of each where they agree.

    Of the labels that no list puts behind a remaining one, the one seen first comes next. Where the
    lists contradict each other, it is the first of those that are in the contradiction.

    Returns:
        the labels, and a pair of labels for each contradiction, in the order they got.

    Source: how `vcat` of CategoricalArrays.jl merges levels.

    >>> merged_order([["S", "L"], ["S", "M", "L", "XL"]])
    (['S', 'M', 'L', 'XL'], [])
    >>> merged_order([["a", "b"], ["b", "a"]])
    (['a', 'b'], [('a', 'b')])
    """
    numbers: dict[tuple[bool, Any], int] = {}
    paths = [[numbers.setdefault(key(label), len(numbers)) for label in part] for part in parts]
    order, contradictions = _sorted_topologically(len(numbers), paths)
    labels = [label for _, label in numbers]
    return [labels[i] for i in order], [(labels[i], labels[j]) for i, j in contradictions]


def _sorted_topologically(
    n: int, paths: Sequence[Sequence[int]]
) -> tuple[list[int], list[tuple[int, int]]]:
    before: list[set[int]] = [set() for _ in range(n)]
    behind: list[set[int]] = [set() for _ in range(n)]
    for path in paths:
        for first, second in pairwise(path):
            before[second].add(first)
            behind[first].add(second)
    free = [i for i in range(n) if not before[i]]
    waiting = dict.fromkeys(range(n))
    order, contradictions = [], []
    while waiting:
        if not free:
            pair = _in_a_circle(next(iter(waiting)), before)
            contradictions.append(pair)
            before[pair[0]].clear()
            heapq.heappush(free, pair[0])
        chosen = heapq.heappop(free)
        order.append(chosen)
        del waiting[chosen]
        for i in behind[chosen]:
            if i in waiting and before[i]:
                before[i].discard(chosen)
                if not before[i]:
                    heapq.heappush(free, i)
    return order, contradictions


def _in_a_circle(start: int, before: Sequence[set[int]]) -> tuple[int, int]:
    """The first of a circle that leads to `start`, and the one that should come before it."""
    trail = [start]
    while (i := min(before[trail[-1]])) not in trail:
        trail.append(i)
    circle = [*trail[trail.index(i) :], i]
    at = circle.index(min(circle))
    return circle[at], circle[at + 1]
