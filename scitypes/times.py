"""Dates and times read exactly: ISO texts, midnights as dates, dates as midnights.

Each function takes a pandas Series without levels and gives the new values and the rows of those
that do not convert. Day-first and month-first forms can't be told apart, so only ISO is read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from scitypes.tables import missing_mask

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
    return _each(column, _date)


def to_times(column: Any) -> tuple[Any, list[int]]:
    """`datetime.time` objects from ISO texts and times."""
    return _each(column, _time)


def to_datetimes(column: Any) -> tuple[Any, list[int]]:
    """datetime64 values from ISO texts, moments and dates (as midnight).

    Texts with a time zone give values in that zone; if there are several zones, those that differ
    from the first one do not convert.

    >>> to_datetimes(pd.Series(["2024-05-31 17:30"]))[0].iloc[0]
    Timestamp('2024-05-31 17:30:00')
    """
    cells, bad = _each(column, _moment)
    zones = [None if cell is None else cell.tzinfo for cell in cells]
    known = [zone for cell, zone in zip(cells, zones, strict=True) if cell is not None]
    strays = [
        row
        for row, (cell, zone) in enumerate(zip(cells, zones, strict=True))
        if cell is not None and zone != known[0]
    ]
    if strays or bad:
        return cells, sorted([*bad, *strays])
    return pd.Series(pd.to_datetime(cells)), []


def _each(column: Any, act: Callable[[Any], Any]) -> tuple[Any, list[int]]:
    cells = column.to_numpy(dtype=object)
    values = np.full(len(cells), None, dtype=object)
    bad = []
    for row in np.flatnonzero(~missing_mask(column)):
        try:
            values[row] = act(cells[row])
        except ValueError:
            bad.append(int(row))
    return values, bad


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
