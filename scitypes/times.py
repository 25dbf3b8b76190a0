"""Dates and times read exactly: ISO texts, midnights as dates, dates as midnights.

Each function takes a pandas Series without levels and gives the new values and the rows of those
that do not convert. Day-first and month-first forms can't be told apart, so only ISO is read.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd

from scitypes.numerals import each_text, read, texts

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def to_dates(column: Any) -> tuple[Any, list[int]]:
    """`datetime.date` objects from ISO texts, dates, and moments at midnight.

    >>> to_dates(pd.Series(["2024-05-31", "31.5.2024"]))
    (array([datetime.date(2024, 5, 31), None], dtype=object), [1])
    """
    return each_text(column, _date)


def to_times(column: Any) -> tuple[Any, list[int]]:
    """`datetime.time` objects from ISO texts and times."""
    return each_text(column, _time)


def to_datetimes(column: Any) -> tuple[Any, list[int]]:
    """datetime64 values from ISO texts, moments and dates (as midnight).

    Texts with a time zone give values in that zone; if there are several zones, those that differ
    from the first one do not convert.

    >>> to_datetimes(pd.Series(["2024-05-31 17:30"]))[0].iloc[0]
    Timestamp('2024-05-31 17:30:00')
    """
    found = texts(column)
    if found is None:
        cells, bad = each_text(column, _moment)
        positions = np.arange(len(cells))
        places = positions[[cell is not None for cell in cells]]
    else:
        positions = found[0]
        cells, bad = read(found[1], _moment)
        places = np.flatnonzero([cell is not None for cell in cells])
    strays = [i for i in places if cells[i].tzinfo != cells[places[0]].tzinfo]
    if strays or bad:
        wrong = np.zeros(len(cells) + 1, dtype=bool)
        wrong[[*strays, *bad]] = True
        return cells[positions], np.flatnonzero(wrong[positions]).tolist()
    moments = pd.to_datetime(cells)
    return pd.Series(moments.take(positions, allow_fill=True, fill_value=pd.NaT)), []


def is_moment(cell: Any) -> bool:
    """Whether one cell reads as a moment or a date, in whichever time zone.

    >>> is_moment("2024-05-31T17:30+02:00"), is_moment("31.5.2024")
    (True, False)
    """
    try:
        _moment(cell)
    except (ValueError, OverflowError):
        return False
    return True


def _date(cell: Any) -> dt.date:
    if isinstance(cell, str) and _DATE.fullmatch(cell.strip()):
        return dt.date.fromisoformat(cell.strip())
    if isinstance(cell, dt.datetime):
        if pd.Timestamp(cell) != pd.Timestamp(cell).normalize():
            raise ValueError(cell)
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    raise ValueError(cell)


def _time(cell: Any) -> dt.time:
    if isinstance(cell, str) and _TIME.fullmatch(cell.strip()):
        return dt.time.fromisoformat(cell.strip())
    if isinstance(cell, dt.time):
        return cell
    raise ValueError(cell)


def _moment(cell: Any) -> pd.Timestamp:
    if isinstance(cell, str) and not _MOMENT.fullmatch(cell.strip()):
        raise ValueError(cell)
    if isinstance(cell, str | dt.date | np.datetime64):
        return pd.Timestamp(cell)
    raise ValueError(cell)
