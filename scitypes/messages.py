"""How the texts of errors, warnings and displays name rows, labels and counts.

Owns the wording only; it imports nothing, decides nothing and prints nothing.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any


class ScitypeWarning(UserWarning):
    """The category of the warnings of `scitypes`, to filter them by."""


def warn(text: str, *, verbosity: int = 1, level: int = 0) -> None:
    """Warn, at the place that called into the library, if `verbosity` is above `level`.

    Args:
        text: one message about all columns, since Python shows one per place.
        verbosity: what the user asked for: 1 all, 0 none of the level 0.
        level: how much verbosity it takes; -1 for what even `verbosity=0` shows.
    """
    if verbosity > level:
        warnings.warn(text, ScitypeWarning, stacklevel=_outside())


def listed(items: Iterable[object], most: int = 5, more: str = "") -> str:
    """Items by their `repr`, the first few if there are many.

    >>> listed(["a", "b"])
    "'a', 'b'"
    >>> listed(range(100), most=3)
    '0, 1, 2 and 97 more'
    """
    every = list(items)
    shown = ", ".join(shortened(written(item)) for item in every[:most])
    rest = len(every) - most
    return f"{shown} and {rest:,} more{more}" if rest > 0 else shown


def in_rows(rows: Iterable[Any], most: int = 5) -> str:
    """Row numbers, or labels of an index, in words.

    >>> in_rows([3]), in_rows(["b", "c"])
    ('row 3', "rows 'b', 'c'")
    >>> in_rows(range(20), most=3)
    'rows 0, 1, 2 and 17 more'
    """
    named = [int(row) if hasattr(row, "__index__") else row for row in rows]
    return ("row " if len(named) == 1 else "rows ") + listed(named, most)


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row"), counted(2, "class", "classes")
    ('1 row', '1,200 rows', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def written(value: object) -> str:
    """The `repr` of a value; of an integer too long for one, about how large it is.

    >>> written("a"), written(-(10**5000))
    ("'a'", 'about -1e5000')
    """
    try:
        return repr(value)
    except ValueError:
        if not isinstance(value, int):
            raise
    sign = "-" if value < 0 else ""
    return f"about {sign}1e{math.log10(abs(value)):.0f}"


def shortened(text: str, most: int = 60) -> str:
    """A text on one line, cut in its middle if it is long."""
    flat = " ".join(text.split())
    half = (most - 3) // 2
    return flat if len(flat) <= most else f"{flat[:half]}...{flat[-half:]}"


def _outside() -> int:
    import sys

    level, frame = 2, sys._getframe(2)
    while frame.f_back and str(frame.f_globals.get("__name__", "")).startswith("scitypes"):
        level, frame = level + 1, frame.f_back
    return level
