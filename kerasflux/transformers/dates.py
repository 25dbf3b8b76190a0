"""`DateTimeEncoder`: dates and times as numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kerasflux.allowed import short
from kerasflux.errors import HyperparameterError, ScitypeMismatch
from kerasflux.hyperparameters import field
from kerasflux.transformers.base import Learned, New, Selective
from kerasflux.transformers.calendar import (
    DEFAULT,
    PARTS,
    Calendar,
    Kind,
    applicable,
    kind_of,
    moments,
    suffixes,
    zone_of,
)
from scitypes.errors import nearest
from scitypes.profiles import Column


def _parts(value: Any) -> Any:
    """ "auto", or names of parts as a tuple."""
    if value == "auto":
        return value
    names = (value,) if isinstance(value, str) else tuple(value)
    unknown = [name for name in names if name not in PARTS]
    if unknown or not names:
        raise HyperparameterError(
            f"`parts` can't be {short(value)}.",
            expected=f'"auto", or some of {", ".join(PARTS)}',
            received=", ".join(map(repr, unknown)) or "none",
            remedy=nearest(unknown[0], PARTS) if unknown else 'parts="auto"',
        )
    return names


class DateTimeEncoder(Selective):
    """Replaces each column of dates or times by numbers: how long ago, which season, which weekday.

    A column `sold` becomes `sold__elapsed`, `sold__month_sin`, ... (the separator grows where a
    name is taken). The parts are

    - `elapsed`: days since the first training row's date (the earliest), fractions for hours;
    - `year`, `quarter`, `month`, `day` (of the month), `day_of_year`, `weekday` (0: Monday);
    - `hour`, `minute`, `second`, and `time`: hours since midnight, with fractions.

    What comes round again is put on a circle: `month` becomes `month_sin` and `month_cos`, sine and
    cosine of its share of the year, so that December is as near to January as to November. Trees
    split numbers better: `cyclic=False` gives `month` from 1 to 12. Missing dates give missing
    cells: fill them afterwards (`DateTimeEncoder() | FillImputer()`). Other columns pass through.

    Args:
        features: names of the columns to encode, or a function that is true for their names; none
            named: every column of dates or times.
        ignore: whether `features` are those to leave as they are.
        parts: which parts, for the columns that have them; "auto" takes `elapsed`, `month` and
            `weekday` of dates, these and `time` of moments (dates with times), `time` of times.
        cyclic: whether parts that come round again are put on a circle.

    Scitypes: `X` is a table; dates are `ScientificDate`, `ScientificDateTime` or `ScientificTime`.
    Text is made dates of by `kf.coerce(X, {"sold": kf.ScientificDate})`; once a machine is fitted
    it reads ISO texts as dates by itself. Moments with a time zone are read in the zone of the
    training data.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"sold": pd.to_datetime(["2026-11-02", "2026-11-21"])})
        >>> model = kf.DateTimeEncoder(parts=("elapsed", "weekday"), cyclic=False)
        >>> kf.machine(model, X).fit(verbosity=0).transform(X)
           sold__elapsed  sold__weekday
        0            0.0            0.0
        1           19.0            5.0

    Source: it takes the place of MLJ's `UnivariateTimeTypeToContinuous`, which is `elapsed` alone.
    """

    treatments: ClassVar[tuple[type, ...]] = (Calendar,)
    treats: ClassVar[str] = "columns of dates or times that have one of the parts"

    parts: Any = field("auto", convert=_parts, doc='"auto", or names of parts')
    cyclic: bool = field(True, doc="whether what comes round again is put on a circle")

    def eligible(self, scitype: Any, named: bool) -> bool:
        return kind_of(scitype) is not None

    def mend(self, names: list[Any]) -> str:
        name = names[0]
        return f"`X = kf.coerce(X, {{{name!r}: kf.ScientificDate}})` makes dates of ISO texts."

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        return tuple(map(New, suffixes(self._parts_of(column), self.cyclic)))

    def _parts_of(self, column: Column) -> tuple[str, ...]:
        kind = _kind(column)
        parts = DEFAULT[kind] if self.parts == "auto" else applicable(self.parts, kind)
        if parts:
            return parts
        raise ScitypeMismatch(
            f"Column {column.name!r} has none of the `parts` that DateTimeEncoder shall make.",
            expected=f"some of {', '.join(applicable(PARTS, kind))}",
            received=f"parts={self.parts!r} of a column of {column.scitype}",
            remedy="Add a part that it has, or leave it out: "
            f"features=({column.name!r},), ignore=True.",
            columns={column.name: column.scitype},
        )

    def treatment(self, column: Column, values: Any) -> Calendar:
        kind, zone = _kind(column), zone_of(values)
        days, seconds, gaps = moments(values, zone)
        day, second = 0, 0.0
        if kind != "time" and not gaps.all():
            day, second = min(zip(days[~gaps].tolist(), seconds[~gaps].tolist(), strict=True))
        return Calendar(kind, self._parts_of(column), self.cyclic, day, second, zone)

    def params(self, learned: Learned) -> dict[str, Any]:
        """From when `elapsed` is counted, by column, as ISO text."""
        calendars = ((p.column.name, t) for p, t in learned if t is not None)
        return {"since": {name: _since(t) for name, t in calendars if "elapsed" in t.parts}}


def _kind(column: Column) -> Kind:
    kind = kind_of(column.scitype)
    assert kind is not None  # only columns of dates and times are chosen
    return kind


def _since(calendar: Calendar) -> str:
    moment = np.datetime64(calendar.day, "D") + np.timedelta64(round(calendar.second), "s")
    return str(np.datetime64(calendar.day, "D") if calendar.kind == "date" else moment)
