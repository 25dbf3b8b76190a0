"""Labels of levels and names of columns: plain values, their JSON, and which two are one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError


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
    if isinstance(label, pd.Timestamp) and label.tz is not None:
        return {"timestamp": label.isoformat(), "zone": str(label.tz)}
    for tag, (kind, write, _) in _TAGGED.items():
        if type(label) is kind:
            return {tag: write(label)}
    raise LevelError(
        f"The label {label!r} can't be written as JSON.",
        expected="strings, numbers, booleans, dates, times, intervals, or tuples of these",
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
    if "zone" in value:
        return pd.Timestamp(value["timestamp"]).tz_convert(value["zone"])
    tag, text = next(iter(value.items()))
    return _TAGGED[tag][2](text)


_TAGGED: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "float": (float, repr, float),
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


def key(label: Any) -> tuple[bool, Any]:
    """What two labels share if they are one: `1` and `1.0` do, `1` and `True` do not."""
    return isinstance(label, (bool, np.bool_)), label
