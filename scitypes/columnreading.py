"""One column read as an earlier one was: what `coerce(x, schema)` does to it, and a check asks.

Labels are matched by label to the earlier pool, numbers are taken of any dtype. Knows scitypes and
pools, no schemas and no tables.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scitypes import missingness
from scitypes.containers import given_back, series_of
from scitypes.conversions import convert, image_column, is_added, kept
from scitypes.factors import series_like, unseen
from scitypes.inference import elscitype, scitype
from scitypes.lattice import (
    Continuous,
    Count,
    Image,
    Infinite,
    Missing,
    Never,
    Scitype,
    Unknown,
    nonmissing,
)
from scitypes.numerals import NotExact, exact_integers
from scitypes.outcomes import Converted, Refusal, picked
from scitypes.pools import Pool
from scitypes.sentinels import Sentinels, without


def read_column(
    column: Any,
    kind: Scitype,
    pool: Pool | None,
    sentinels: Sentinels = None,
    back: bool = True,
) -> Converted:
    """One column as an earlier one was: the very column if nothing has to change.

    Args:
        column: a vector, `(n_rows,)`.
        kind: the element scitype of the earlier column.
        pool: its levels, None if it was not categorical.
        sentinels: values that stand for missing, as in `coerce`.
        back: whether columns of polars and Arrow are given back as such, or as Series.

    Raises:
        Refusal: it can't be read so.

    >>> read_column(pd.Series([3.0, 2.0]), Count, None).column.tolist()
    [3, 2]
    """
    wanted = nonmissing(kind)
    if pool is None and wanted <= Image and wanted != Never:
        return Converted(image_column(column, wanted))
    if is_added(wanted) and elscitype(column) <= kind | Missing:
        return Converted(column)
    series = series_of(column)
    cleaned = without(series, sentinels)
    result = _levelled(cleaned, pool) if pool is not None else _converted(cleaned, wanted)
    if result.column is series:
        return Converted(column, result.warnings)
    given = given_back(result.column, wanted, column) if back else result.column
    return Converted(given, result.warnings)


def _levelled(series: Any, pool: Pool) -> Converted:
    if isinstance(series.dtype, pd.CategoricalDtype) and Pool.of(series) == pool:
        return Converted(series)
    codes, strangers = pool.match(series)
    if strangers:
        otherwise = "mend or drop these rows, or learn anew from data with these levels"
        raise unseen(pool, strangers, series, "the levels known from before", otherwise)
    return Converted(pd.Series(pool.decode(codes), index=series.index, name=series.name))


def _converted(series: Any, wanted: Scitype) -> Converted:
    if kept(series.dtype, wanted):
        return Converted(series)
    found = nonmissing(elscitype(series))
    if wanted in (Never, Unknown) or (len(series) == 0 and not wanted <= Infinite):
        return Converted(series)
    if not wanted <= Infinite:
        return convert(series, found, wanted)
    if not found <= Infinite and len(series):
        raise _no_numbers(series, found, wanted)
    if wanted <= Continuous:
        return convert(series, found if len(series) else Never, Continuous)
    return _whole(series, found, wanted)


def _whole(series: Any, found: Scitype, wanted: Scitype) -> Converted:
    """Numbers where integers were: as integers if they are, else as the numbers they are."""
    if found <= wanted and found != Never and series.dtype != object:
        return Converted(series)
    if wanted <= Count and found != Never:
        try:
            return Converted(series_like(exact_integers(series), series))
        except NotExact:
            return convert(series, found, Continuous)
    return convert(series, found, Count if wanted <= Count else Continuous)


def _no_numbers(series: Any, found: Scitype, wanted: Scitype) -> Refusal:
    gone = missingness.missing_mask(series)
    strange = [
        row
        for row, (cell, absent) in enumerate(zip(series, gone, strict=True))
        if not absent and not scitype(cell) <= Infinite
    ]
    return Refusal(
        f"it holds {found} where {wanted} was",
        "numbers of any dtype",
        strange,
        picked(series, strange),
        f"if these are numerals, coerce to {wanted} first; missing=[...] says what stands for "
        "missing",
    )
