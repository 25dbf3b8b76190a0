"""Dates and times as numbers: days, seconds, and the parts of a calendar.

Every date and moment is a whole number of days since 1970-01-01 and seconds since midnight; a time
has seconds only. The arithmetic of `_part` uses operators alone, so that NumPy's arrays and
TensorFlow's tensors go through the same lines and both give the same numbers.

Source: the conversions between days and the civil calendar are those of Howard Hinnant's
"chrono-Compatible Low-Level Date Algorithms" (`days_from_civil`, `civil_from_days`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.errors import DataError, NotExportable
from kerasflux.transformers.treatments import Graph, Treatment
from scitypes import missingness
from scitypes.containers import series_of

if TYPE_CHECKING:
    import tensorflow as tf

Kind = Literal["date", "moment", "time"]

OF_DATES = ("elapsed", "year", "quarter", "month", "day", "day_of_year", "weekday")
OF_TIMES = ("hour", "minute", "second", "time")
PARTS = (*OF_DATES, *OF_TIMES)
DEFAULT: dict[str, tuple[str, ...]] = {
    "date": ("elapsed", "month", "weekday"),
    "moment": ("elapsed", "month", "weekday", "time"),
    "time": ("time",),
}
"""What `parts="auto"` means: the trend, the season, the week, and where there is one the time."""

_PERIODIC = ("quarter", "month", "day", "day_of_year", "weekday", *OF_TIMES)
_DAY = 86400.0


def kind_of(scitype: Any) -> Kind | None:
    """Whether a column holds dates, moments or times; None if it holds something else.

    >>> kind_of(st.ScientificDate | st.Missing)
    'date'
    """
    plain = st.nonmissing(scitype)
    kinds: tuple[tuple[Any, Kind], ...] = (
        (st.ScientificDate, "date"),
        (st.ScientificDateTime, "moment"),
        (st.ScientificTime, "time"),
    )
    if plain == st.nonmissing(st.Missing):
        return None
    return next((kind for parent, kind in kinds if plain <= parent), None)


def applicable(parts: tuple[str, ...], kind: Kind) -> tuple[str, ...]:
    """Those of the parts that a column of a kind has.

    >>> applicable(("year", "hour"), "date")
    ('year',)
    """
    has = {"date": OF_DATES, "time": OF_TIMES, "moment": PARTS}[kind]
    return tuple(part for part in parts if part in has)


def suffixes(parts: tuple[str, ...], cyclic: bool) -> list[str]:
    """What the new columns are called, after the column's name.

    >>> suffixes(("year", "month"), cyclic=True)
    ['year', 'month_sin', 'month_cos']
    """
    return [name for part in parts for name in _names(part, cyclic)]


def _names(part: str, cyclic: bool) -> tuple[str, ...]:
    return (f"{part}_sin", f"{part}_cos") if cyclic and part in _PERIODIC else (part,)


@dataclass(frozen=True)
class Calendar(Treatment):
    """Parts of dates, moments or times, each as one number or as a point on a circle.

    Attributes:
        kind: what the column holds.
        parts: which parts, of `PARTS`.
        cyclic: whether periodic parts are sine and cosine of their share of the period.
        day, second: from when `elapsed` is counted: days since 1970-01-01, seconds since midnight.
        zone: the time zone that moments are read in, None if the column has none.
    """

    kind: Kind
    parts: tuple[str, ...]
    cyclic: bool
    day: int = 0
    second: float = 0.0
    zone: str | None = None

    def columns(self, column: Any) -> list[np.ndarray]:
        if self.zone is None and (zone := zone_of(column)) is not None:
            raise _has_another_zone(column, zone)
        days, seconds, gaps = moments(column, self.zone)
        made = self._made(days, seconds, np.sin, np.cos, lambda x: np.asarray(x, np.float64))
        return [np.where(gaps, np.nan, values) for values in made]

    def graph(self, name: str) -> tuple[Graph, Any]:
        import tensorflow as tf

        if self.zone is not None:
            raise _has_zone(name, self.zone)

        def columns(raw: tf.Tensor) -> list[tf.Tensor]:
            days, seconds, gaps = _parsed(raw, self.kind, name)
            made = self._made(days, seconds, tf.sin, tf.cos, lambda x: tf.cast(x, tf.float64))
            nothing = tf.constant(np.nan, tf.float64)
            return [tf.where(gaps, nothing, values) for values in made]

        return columns, None

    def _made(self, days: Any, seconds: Any, sin: Any, cos: Any, floats: Any) -> Iterator[Any]:
        for part in self.parts:
            if part == "elapsed":
                yield floats(days - self.day) + (seconds - self.second) / _DAY
                continue
            value, period = _part(part, days, seconds)
            if not (self.cyclic and part in _PERIODIC):
                yield floats(value)
                continue
            first = 1 if part in ("quarter", "month", "day", "day_of_year") else 0
            angle = floats(value - first) / floats(period) * (2 * np.pi)
            yield sin(angle)
            yield cos(angle)


def moments(column: Any, zone: str | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days since 1970-01-01 (int64), seconds since midnight (float64), and which are missing.

    Args:
        column: dates, moments or times, in whatever holds them.
        zone: the zone that moments with a time zone are read in.

    >>> moments([dt.datetime(1970, 1, 2, 12), None])
    (array([1, 0]), array([43200.,     0.]), array([False,  True]))
    """
    values = series_of(column)
    gaps = np.array(missingness.missing_mask(values))
    if getattr(values.dtype, "kind", "O") == "M":
        if values.dt.tz is not None:
            values = values.dt.tz_convert(zone or values.dt.tz).dt.tz_localize(None)
        exact = np.array(values.to_numpy())
    else:
        places, cells = pd.factorize(values)  # dates recur; -1, a missing one, is the last
        known = [_exact(cell, zone) for cell in cells]
        exact = np.array([*known, np.datetime64(0, "us")], "datetime64[us]")[places]
    exact[gaps] = np.datetime64(0, "s")
    days = exact.astype("datetime64[D]")
    return days.astype(np.int64), (exact - days) / np.timedelta64(1, "s"), gaps


def _exact(cell: Any, zone: str | None) -> np.datetime64:
    """One date, moment or time (on 1970-01-01) as NumPy has it."""
    if isinstance(cell, dt.time):
        cell = dt.datetime.combine(dt.date(1970, 1, 1), cell.replace(tzinfo=None))
    elif isinstance(cell, dt.datetime) and cell.tzinfo is not None:
        moment = pd.Timestamp(cell)
        cell = (moment.tz_convert(zone) if zone else moment).tz_localize(None)
    return np.datetime64(cell, "us")


def zone_of(column: Any) -> str | None:
    """The name of the time zone of a column of moments, None for any other column."""
    values = series_of(column)
    if getattr(values.dtype, "kind", "O") == "M" and values.dt.tz is not None:
        return str(values.dt.tz)
    return None


# arithmetic: operators only


def _part(part: str, days: Any, seconds: Any) -> tuple[Any, Any]:
    """A part and its period; weekdays count from 0 for Monday."""
    if part in OF_TIMES:
        return {
            "hour": lambda: (seconds // 3600, 24),
            "minute": lambda: (seconds % 3600 // 60, 60),
            "second": lambda: (seconds % 60 // 1, 60),
            "time": lambda: (seconds / 3600, 24),
        }[part]()
    if part == "weekday":
        return (days + 3) % 7, 7
    year, month, day = civil(days)
    if part == "day_of_year":
        start = days_of(year, 1, 1)
        return days - start + 1, days_of(year + 1, 1, 1) - start
    of_date: dict[str, Callable[[], tuple[Any, Any]]] = {
        "year": lambda: (year, 1),
        "quarter": lambda: ((month + 2) // 3, 4),
        "month": lambda: (month, 12),
        "day": lambda: (day, 31),
    }
    return of_date[part]()


def civil(days: Any) -> tuple[Any, Any, Any]:
    """Year, month and day of days since 1970-01-01.

    >>> civil(20413)
    (2025, 11, 21)
    """
    since = days + 719468  # days since 0000-03-01: a year ends with the leap day
    era = since // 146097
    of_era = since - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153  # from 0 for March
    day = of_year - (153 * month + 2) // 5 + 1
    return year + era * 400 + month // 10, month + 3 - 12 * (month // 10), day


def days_of(year: Any, month: Any, day: Any) -> Any:
    """Days since 1970-01-01.

    >>> days_of(2025, 11, 21)
    20413
    """
    year = year - (14 - month) // 12  # January and February belong to the year before
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


# texts in a graph

_TIME = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_FORMS = {
    "date": (r"\d{4}-\d{2}-\d{2}", "1970-01-01", "dates"),
    "moment": (rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]{_TIME})?", "1970-01-01", "moments"),
    "time": (_TIME, "00:00", "times"),
}


def _parsed(raw: tf.Tensor, kind: Kind, name: str) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """`moments` of ISO texts: days, seconds, and which are missing (`""`)."""
    import tensorflow as tf

    from kerasflux.neural.tensors import demand_known

    form, filler, what = _FORMS[kind]
    texts = tf.strings.strip(raw)
    gaps = texts == ""
    well = tf.strings.regex_full_match(texts, form)
    whole = _padded(tf.where(well, texts, filler), kind)
    year, month, day = (_digits(whole, start, n) for start, n in ((0, 4), (5, 2), (8, 2)))
    hour, minute = _digits(whole, 11, 2), _digits(whole, 14, 2)
    second = tf.strings.to_number(tf.strings.substr(whole, 17, 12), tf.float64)
    days = days_of(year, month, day)
    same = [a == b for a, b in zip(civil(days), (year, month, day), strict=True)]
    there = same[0] & same[1] & same[2] & (hour < 24) & (minute < 60) & (second < 60)
    demand_known(raw, gaps | (well & there), name, f"no {what} in ISO 8601 form")
    return days, tf.cast(hour * 3600 + minute * 60, tf.float64) + second, gaps


def _padded(texts: tf.Tensor, kind: Kind) -> tf.Tensor:
    """Texts as moments with seconds: `1970-01-01T00:00:00`, perhaps with a fraction."""
    import tensorflow as tf

    if kind == "time":
        texts = tf.strings.join(["1970-01-01T", texts])
    length = tf.strings.length(texts)
    texts = tf.where(length == 10, tf.strings.join([texts, "T00:00"]), texts)
    return tf.where(tf.strings.length(texts) == 16, tf.strings.join([texts, ":00"]), texts)


def _digits(texts: tf.Tensor, start: int, n: int) -> tf.Tensor:
    import tensorflow as tf

    return tf.strings.to_number(tf.strings.substr(texts, start, n), tf.int64)


def _has_another_zone(column: Any, zone: str) -> DataError:
    name = getattr(column, "name", None)
    return DataError(
        "Moments have a time zone where those that were learned from had none.",
        expected="moments without a time zone",
        received=f"{'a column' if name is None else repr(name)} in the zone {zone}",
        remedy=f"Say what time it is where the data is from: `x.dt.tz_convert({zone!r})"
        ".dt.tz_localize(None)`, with that zone.",
        columns={} if name is None else {name: f"zone {zone}"},
    )


def _has_zone(name: str, zone: str) -> NotExportable:
    return NotExportable(
        f"Column {name!r} can't be asked for by a SavedModel: its moments have a time zone.",
        expected="moments without one, which a client sends as ISO texts",
        received=f"the zone {zone}",
        remedy=f"`X[{name!r}] = X[{name!r}].dt.tz_localize(None)`, then fit and export.",
    )
