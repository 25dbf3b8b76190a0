"""One column of a schema, and a few numbers about it, from which drift can be told later.

Owns what is kept of a column, its JSON form, and when its numbers (missing, distinct, range) are
counted: at the first look, since counting takes longer than all the rest of a schema. Until then
the column is held. What may change in place (lists, arrays, and Series before pandas 3 copied on
write) is counted at once, distinct values excepted.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from scitypes import inference, libraries, missingness, notation, tables
from scitypes.labels import label_from_json, label_to_json, objects, plain
from scitypes.lattice import (
    Infinite,
    Never,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Scitype,
    nonmissing,
)
from scitypes.pools import Pool, as_categorical

Rows = np.ndarray[Any, np.dtype[np.intp]]
Range = tuple[Any, Any]

_NO_RANGE: Range = (None, None)
_RANGED = (Infinite, ScientificDate, ScientificTime, ScientificDateTime)
_COPIED_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3


class Profile:
    """What is kept of a column's values; each number is counted when it is first looked at.

    Args:
        missing: how many elements are missing, or a function that counts them.
        distinct: how many different ones the others are, or a function.
        span: the smallest and the largest, or a function; `(None, None)` where there are none.
    """

    def __init__(
        self,
        missing: int | Callable[[], int] | None = None,
        distinct: int | Callable[[], int | None] | None = None,
        span: Range | Callable[[], Range] = _NO_RANGE,
    ) -> None:
        self._missing: Any = missing
        self._distinct: Any = distinct
        self._span: Any = span

    @property
    def missing(self) -> int | None:
        """How many elements are missing."""
        found: int | None = _settled(self._missing)
        self._missing = found
        return found

    @property
    def distinct(self) -> int | None:
        """How many different present elements there are; None if they can't be compared."""
        found: int | None = _settled(self._distinct)
        self._distinct = found
        return found

    @property
    def span(self) -> Range:
        """The smallest and the largest present element: of numbers, dates and times only."""
        found: Range = _settled(self._span)
        self._span = found
        return found

    @property
    def low(self) -> Any:
        """The smallest present element; None where they have no order."""
        return self.span[0]

    @property
    def high(self) -> Any:
        """The largest present element; None where they have no order."""
        return self.span[1]

    def __reduce__(self) -> tuple[object, ...]:
        return Profile, (self.missing, self.distinct, self.span)


@dataclass(frozen=True)
class Column:
    """One column of a schema.

    Args:
        name: what the column is called; any hashable.
        scitype: the scitype of its elements.
        type: the name of its dtype, or of the container's type where it has none.
        pool: the levels of a categorical column, None for any other.
        profile: the numbers about its values, each counted when it is first looked at; no part of
            equality.
    """

    name: Hashable
    scitype: Scitype
    type: str
    pool: Pool | None = None
    profile: Profile = field(default_factory=Profile, repr=False)

    @property
    def missing(self) -> int | None:
        """How many elements are missing."""
        return self.profile.missing

    @property
    def distinct(self) -> int | None:
        """How many different ones the others are; None if they can't be compared."""
        return self.profile.distinct

    @property
    def low(self) -> Any:
        """The smallest of numbers, dates or times; None where there is none."""
        return self.profile.low

    @property
    def high(self) -> Any:
        """The largest of numbers, dates or times; None where there is none."""
        return self.profile.high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        # The type of the name, because 1, 1.0 and True are different names.
        return (type(self.name), self.name, self.scitype, self.type, self.pool)


def described(name: Hashable, values: Any, known: inference.Described | None = None) -> Column:
    """The column of a schema for that column of data, of which something may be known."""
    found, gaps = known or inference.described(values)
    return Column(name, found, _type(values), _pool(values), profile(values, found, gaps))


def column_to_json(column: Column) -> dict[str, Any]:
    """The column as JSON values, with all its numbers."""
    return {
        "name": label_to_json(column.name),
        "scitype": notation.to_json(column.scitype),
        "type": column.type,
        **({} if column.pool is None else column.pool.to_json()),
        "missing": column.missing,
        "distinct": column.distinct,
        "range": None if column.low is None else [_to_json(column.low), _to_json(column.high)],
    }


def column_from_json(record: Mapping[str, Any]) -> Column:
    """The column that `column_to_json` wrote."""
    low, high = map(label_from_json, record.get("range") or (None, None))
    return Column(
        tables.plain_name(label_from_json(record["name"])),
        notation.from_json(record["scitype"]),
        str(record["type"]),
        Pool.from_json(record) if "levels" in record else None,
        Profile(_count(record["missing"]), _count(record["distinct"]), (low, high)),
    )


def profile(values: Any, scitype: Scitype, missing: int | None = None) -> Profile:
    """The numbers about a column of that scitype.

    Args:
        values: the column.
        scitype: the scitype of its elements.
        missing: how many of them are missing, if that is known.

    >>> numbers = profile([3, 1, None, 3], Infinite)
    >>> numbers.missing, numbers.distinct, numbers.low, numbers.high
    (1, 2, 1, 3)
    """
    values = libraries.readable(values)
    held = _held(values)
    kept = values if held is None else held
    counts = partial(missingness.n_missing, kept) if missing is None else missing
    ranged = partial(span, kept, scitype) if has_range(scitype) else _NO_RANGE
    found = Profile(counts, partial(distinct, kept, scitype), ranged)
    if held is None:
        _ = found.missing, found.span
    return found


def distinct(values: Any, scitype: Scitype) -> int | None:
    """How many different present elements there are; None if they can't be compared.

    >>> distinct(["a", "b", None, "a"], Never)
    0
    >>> from scitypes import Textual
    >>> distinct(["a", "b", None, "a"], Textual)
    2
    """
    if hasattr(type(values), "__scitype__"):
        return None
    if nonmissing(scitype) == Never:
        return 0
    values = libraries.readable(values)
    categorical = as_categorical(values)
    if categorical is not None:
        codes = np.unique(np.asarray(categorical.codes))
        return int((codes >= 0).sum())
    if libraries.is_foreign_series(values):
        values = libraries.narwhal(values).to_list()
    try:
        return int(pd.Series(values).nunique())
    except TypeError:
        return None


def has_range(scitype: Scitype) -> bool:
    """Whether elements of that scitype have a smallest and a largest: numbers, dates, times."""
    found = nonmissing(scitype)
    return found != Never and any(found <= kind for kind in _RANGED)


def span(values: Any, scitype: Scitype) -> Range:
    """The smallest and the largest present element of numbers, dates or times, else two Nones.

    >>> span([2.5, None, -1], Infinite)
    (-1.0, 2.5)
    """
    if not has_range(scitype):
        return _NO_RANGE
    try:
        ends = _extremes(values)
    except (TypeError, ValueError, OverflowError):
        return _NO_RANGE  # Moments with and without a zone have no common order.
    return _NO_RANGE if ends is None else (_end(ends[0]), _end(ends[1]))


def outside(values: Any, ends: Range) -> pd.Series[Any]:
    """The present elements below the first end or above the second; the index has their rows.

    Values that can't be compared with the ends are left out; moments without a zone are taken as
    UTC where the ends have one, and the other way round.

    >>> outside([2.5, None, -1, 30], (0, 10)).to_dict()
    {2: -1.0, 3: 30.0}
    """
    none = pd.Series([], dtype=object, index=pd.Index([], dtype=np.intp))
    if None in ends:
        return none
    try:
        found = _present(values)
        found, low, high = _one_zone(found, *map(_comparable, ends))
        with np.errstate(over="ignore"):  # to narrow floats an end beyond them all is infinite
            beyond: pd.Series[Any] = found[((found < low) | (found > high)).to_numpy(dtype=bool)]
        return beyond
    except (TypeError, ValueError, OverflowError):
        return none


def _pool(values: Any) -> Pool | None:
    """The pool of a column, of a pandas one without looking at its values."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):
        return Pool(tuple(dtype.categories), bool(dtype.ordered))
    return None if as_categorical(values) is None else Pool.of(values)


def _type(values: Any) -> str:
    if libraries.library(values) == "pyarrow":
        return str(values.type)
    return str(getattr(values, "dtype", type(values).__name__))


def _count(value: Any) -> int | None:
    if value is None or (type(value) is int and value >= 0):
        return value
    raise ValueError(f"{value!r} is no number of elements")


def _to_json(end: Any) -> Any:
    # JSON has finite numbers only; what else ends a range is written as labels are.
    return end if isinstance(end, float) and math.isfinite(end) else label_to_json(end)


def _settled(value: Any) -> Any:
    return value() if callable(value) else value


def _held(values: Any) -> Any:
    """The column as nobody can change it any more, its values not copied; None if it can not be."""
    if isinstance(values, pd.Series):
        return values.copy(deep=False) if _COPIED_ON_WRITE else None
    if libraries.is_foreign_series(values):
        return values.clone() if libraries.library(values) == "polars" else values
    return values if isinstance(values, pd.Index) else None


def _extremes(values: Any) -> tuple[Any, Any] | None:
    if isinstance(values, pd.Series) and isinstance(values.dtype, np.dtype):
        values = values.to_numpy()
    if type(values) is np.ndarray and values.dtype.kind == "f" and len(values):
        # fmin sets NaN aside without a mask; columns of a matrix are laid out side by side first.
        values = np.ascontiguousarray(values)
        low, high = np.fmin.reduce(values), np.fmax.reduce(values)
        return None if np.isnan(low) else (low, high)
    found = _present(values)
    return (found.min(), found.max()) if len(found) else None


def _present(values: Any) -> pd.Series[Any]:
    """The present elements as a Series that can be compared, whose index has their rows."""
    if isinstance(values, (pd.Series, pd.Index)) and isinstance(values.dtype, pd.ArrowDtype):
        array: Any = values.array
        values = array.__arrow_array__()
    rows = np.flatnonzero(~missingness.missing_mask(values))
    if libraries.is_foreign_series(values):
        found = _from_foreign(tables.selectrows(values, rows))
    else:
        found = _from_pandas(values, rows)
    return found.set_axis(pd.Index(rows))


def _from_pandas(values: Any, rows: Rows) -> pd.Series[Any]:
    if isinstance(values, np.ndarray):
        return pd.Series(np.ma.getdata(values)[rows]).infer_objects()
    if isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        found = pd.Series(values).iloc[rows]
        kind = getattr(found.dtype, "numpy_dtype", None) or getattr(found.dtype, "subtype", None)
        return found.astype(kind) if kind is not None else found.infer_objects()
    return pd.Series(objects(values)[rows], dtype=object).infer_objects()


def _from_foreign(values: Any) -> pd.Series[Any]:
    import narwhals as nw

    series = libraries.narwhal(values)
    if series.dtype.is_numeric() or series.dtype == nw.Boolean:
        return pd.Series(series.to_numpy())
    if not isinstance(series.dtype, nw.Datetime):
        return pd.Series(objects(series.to_list()), dtype=object)
    if series.dtype.time_zone is None:
        return pd.Series(series.to_numpy())
    naive = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pd.Series(naive.to_numpy()).dt.tz_localize("UTC")


def _end(value: Any) -> Any:
    """An end of a range as the plain Python value that is kept and written."""
    value = plain(value)
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value)
    if isinstance(value, pd.Timestamp):
        return value if value.tz is None else value.tz_convert("UTC")
    return value


def _one_zone(found: pd.Series[Any], low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Moments and ends that can be compared: what has no zone beside what has one is UTC."""
    if not isinstance(low, pd.Timestamp) or found.dtype.kind != "M":
        return found, low, high
    zoned = getattr(found.dtype, "tz", None) is not None
    if zoned and low.tz is None:
        return found, low.tz_localize("UTC"), high.tz_localize("UTC")
    if not zoned and low.tz is not None:
        return found.dt.tz_localize("UTC"), low, high
    return found, low, high


def _comparable(end: Any) -> Any:
    # pandas compares columns of moments with its own moments only.
    return pd.Timestamp(end) if isinstance(end, dt.datetime) else end
