"""One column from one scitype to another: the conversions themselves.

`convert` takes a pandas Series and gives a new one, or a `Refusal` that says which values do not
convert and what to do. It knows no tables, containers or rules; `coercion.py` owns those. No
conversion truncates, guesses or changes its argument; missing stays missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import ImageError
from scitypes.factors import as_text, finite, series_like
from scitypes.images import images_in_column
from scitypes.labels import objects
from scitypes.lattice import (
    BUILT_IN,
    ColorImage,
    Continuous,
    Count,
    Finite,
    GrayImage,
    Image,
    Infinite,
    Missing,
    Multiclass,
    Never,
    Node,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Scitype,
    Textual,
    members,
    nonmissing,
)
from scitypes.levelling import unwrap
from scitypes.messages import counted, listed
from scitypes.missingness import missing_mask
from scitypes.numerals import NotExact, beyond_floats, exact_integers, floats, parsed
from scitypes.outcomes import Converted, Refusal, picked, some
from scitypes.pools import as_categorical
from scitypes.times import is_moment, to_dates, to_datetimes, to_times

Column = Any  # a pandas Series of any dtype


def convert(
    column: Column, found: Scitype, target: Scitype, levels: Sequence[Any] | None = None
) -> Converted:
    """The column as one of the target scitype.

    Args:
        column: a Series, `(n_rows,)`.
        found: its element scitype.
        target: the scitype asked for, with or without `Missing`.
        levels: the pool of a Finite target, in its order.

    Raises:
        Refusal: some or all values do not convert.

    >>> convert(pd.Series(["1", "2.5"]), Textual, Continuous).column.tolist()
    [1.0, 2.5]
    """
    found, target = nonmissing(found), nonmissing(target)
    if not len(column) and not found <= target:
        found = Never  # no element says what an empty column is, its dtype does not bind it
    if is_added(target):
        raise Refusal(
            f"no conversion to {target} is known",
            f"one of the targets {listed(_TARGETS, len(_TARGETS))}",
            remedy="data says that it is of a scitype of your own by its method __scitype__",
        )
    if target <= Finite:
        return finite(column, target, levels)
    if levels is not None:
        raise Refusal(f"{target} has no levels", "no levels", remedy="drop levels=")
    for general, act in _CONVERSIONS:
        if target <= general:
            return act(column, found, target)
    if found <= target:
        return Converted(column)
    raise Refusal(
        f"nothing is coerced to {target}",
        f"one of the targets {listed(_TARGETS, len(_TARGETS))}",
        remedy="name the one you mean",
    )


def is_added(target: Scitype) -> bool:
    """Whether a third party's scitype is asked for, which data is or is not: none is converted."""
    parts = [part for part in members(nonmissing(target)) if isinstance(part, Node)]
    return any(part.name not in BUILT_IN for part in parts)


def _continuous(column: Column, found: Scitype, target: Scitype) -> Converted:
    if found <= Continuous and _is_dtype(column, "f"):
        return Converted(column)
    if found != Never and found <= Continuous:
        return Converted(column)
    numbers = _numbers(column, found)
    values, rounded = floats(numbers)
    if not rounded:
        return Converted(series_like(values, column), _positions_taken(column, target))
    cells = [numbers.iloc[row] for row in rounded]
    whole = all(cell == int(cell) for cell in cells)
    shown = listed([int(cell) if whole else cell for cell in cells], 3)
    noun = "integer" if whole else "number"
    verb = "is" if len(rounded) == 1 else "are"
    return Converted(
        series_like(values, column),
        (
            f"{counted(len(rounded), noun)} beyond 2^53 {verb} rounded in Continuous "
            f"({shown}): if they are identifiers, coerce them to Multiclass",
        ),
    )


def _count(column: Column, found: Scitype, target: Scitype) -> Converted:
    if found <= Count and (found != Never or _is_dtype(column, "iub")):
        return Converted(column)
    numbers = _numbers(column, found)
    try:
        integers = series_like(exact_integers(numbers), column)
        return Converted(integers, _positions_taken(column, target))
    except NotExact as error:
        raise Refusal(
            some(
                error.rows, column, "a whole number within 64 bits", "whole numbers within 64 bits"
            ),
            "whole numbers, such as 3, 3.0 or '3'",
            error.rows,
            picked(column, error.rows),
            "round them first, x.round(), or coerce to Continuous",
        ) from None


def _infinite(column: Column, found: Scitype, target: Scitype) -> Converted:
    if found <= Infinite and found != Never:
        return Converted(column)
    numbers = _numbers(column, found)
    try:
        integers = series_like(exact_integers(numbers), column)
        return Converted(integers, _positions_taken(column, target))
    except NotExact:
        return _continuous(numbers, Infinite, Continuous)


def _textual(column: Column, found: Scitype, target: Scitype) -> Converted:
    if found <= Textual and found != Never:
        return Converted(column)
    if found == Never or missing_mask(column).all():
        return Converted(series_like(as_text([None] * len(column)), column))
    plain = unwrap(column)
    if found <= Finite and _all_strings(plain):
        return Converted(plain)
    raise Refusal(
        f"{found} is not turned into text",
        "strings, or a categorical of strings",
        remedy="write the texts yourself, x.astype(str) or x.map('{:.2f}'.format)",
    )


def _dated(act: Callable[[Column], tuple[Any, list[int]]], form: str) -> Callable[..., Converted]:
    def conversion(column: Column, found: Scitype, target: Scitype) -> Converted:
        if found <= target and found != Never:
            return Converted(column)
        plain = unwrap(column)
        values, bad = act(plain)
        if bad:
            raise _not_dated(column, plain, found, bad, form)
        # A Series would be put in the order of the labels of its index, which are other ones.
        values = values.array if isinstance(values, pd.Series) else values
        return Converted(series_like(values, column))

    return conversion


def _not_dated(column: Column, plain: Column, found: Scitype, bad: list[int], form: str) -> Refusal:
    values = picked(plain, bad)
    if form == "date and time" and all(map(is_moment, values)):
        return Refusal(
            some(bad, column, *["in the time zone of the first"] * 2),
            "one time zone, or none",
            bad,
            values,
            'pandas.to_datetime(x, format="ISO8601", utc=True) puts all of them into UTC',
        )
    many = f"{form}s".replace("date and times", "dates with times")
    remedy = _WRITTEN[form]
    if found <= ScientificDateTime and form != "date and time":
        remedy = f"take the {form}s alone: pandas.to_datetime(pandas.Series(x)).dt.{form}"
    return Refusal(
        some(bad, column, f"a {form}", many), f"the ISO form, {_ISO[form]}", bad, values, remedy
    )


_WRITTEN = {
    "date": 'say how they are written: pandas.to_datetime(x, format="%d.%m.%Y").dt.date',
    "time": 'say how they are written: pandas.to_datetime(x, format="%H.%M").dt.time',
    "date and time": 'say how they are written: pandas.to_datetime(x, format="%d.%m.%Y")',
}
_ISO = {"date": "2024-05-31", "time": "17:30:00", "date and time": "2024-05-31T17:30:00"}
_TARGETS: tuple[Scitype, ...] = (
    *(Continuous, Count, Infinite, Multiclass, OrderedFactor, Finite, Textual),
    *(ScientificDate, ScientificTime, ScientificDateTime, Image, GrayImage, ColorImage),
)
_CONVERSIONS: tuple[tuple[Scitype, Callable[..., Converted]], ...] = (
    (Continuous, _continuous),
    (Count, _count),
    (Infinite, _infinite),
    (Textual, _textual),
    (ScientificDate, _dated(to_dates, "date")),
    (ScientificTime, _dated(to_times, "time")),
    (ScientificDateTime, _dated(to_datetimes, "date and time")),
)


def _numbers(column: Column, found: Scitype) -> Column:
    """The column as a Series of numbers: level positions, numbers themselves, parsed strings."""
    categorical = as_categorical(column)
    if categorical is not None:
        codes = pd.array(categorical.codes.astype(np.int64), dtype="Int64")
        codes[categorical.codes < 0] = pd.NA
        return series_like(codes, column)
    if found == Never:
        return series_like(np.full(len(column), np.nan), column)
    if found <= Infinite and column.dtype != object:
        return column
    numbers, bad = parsed(column)
    if bad:
        raise _no_numbers(column, bad)
    return series_like(numbers, column)


def _no_numbers(column: Column, bad: list[int]) -> Refusal:
    values = picked(column, bad)
    others = [value for value in values if not beyond_floats(value)]
    if not others:
        return Refusal(
            f"{len(bad):,} of {counted(len(column), 'value')} "
            f"{'is' if len(bad) == 1 else 'are'} beyond the range of floats",
            "numbers up to about 1.8e308",
            bad,
            values,
            "if they are identifiers, coerce to Multiclass; else take their logarithms, or another "
            "unit",
        )
    more = ", or beyond the range of floats" if len(others) < len(bad) else ""
    return Refusal(
        some(bad, column, "a number", "numbers") + more,
        "numbers, or numerals such as '12', '-0.5' or '1e3'",
        bad,
        values,
        _numeral_remedy(others, len(bad) == int(column.notna().sum())),
    )


def _positions_taken(column: Column, target: Scitype) -> tuple[str, ...]:
    """What to say where levels that are numbers became others, their positions."""
    categorical = as_categorical(column)
    if categorical is None:
        return ()
    levels = pd.Series(objects(list(categorical.categories)), dtype=object)
    numbers, bad = parsed(levels)
    if bad or all(number == i for i, number in enumerate(numbers)):
        return ()
    told = ", ".join(f"{level!r} became {i}" for i, level in enumerate(levels[:3]))
    more = ", ..." if len(levels) > 3 else ""
    return (
        f"levels are numbered by their position, not read as numbers: {told}{more}; "
        f"coerce(unwrap(x), {target!r}) takes the labels themselves",
    )


def _numeral_remedy(values: Sequence[Any], every: bool) -> str:
    texts = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    if len(texts) == 0:
        return "convert them to numbers first"
    if any("," in text for text in texts):
        return 'write them with a decimal point and without separators: x.str.replace(",", "")'
    if len(texts) <= 10 and not every:
        return f"if these stand for missing: coerce(..., missing=[{listed(texts, 10)}])"
    return "if these are labels, coerce to Multiclass; else mend the values"


def _all_strings(column: Column) -> bool:
    return all(isinstance(cell, str) for cell in column.dropna())


def _is_dtype(column: Column, kinds: str) -> bool:
    return getattr(column.dtype, "kind", "O") in kinds and column.dtype != object


def image_column(column: Any, target: Scitype) -> Any:
    """A column as one of images (see `images_in_column`), with a `Refusal` if it can't be."""
    try:
        return images_in_column(column, target)
    except ImageError as error:
        raise Refusal(
            error.failed,
            error.expected,
            remedy=error.remedy,
            data={"received": error.received},
        ) from None


def kept(dtype: Any, target: Scitype) -> bool:
    """Whether a column of this dtype is one of the target whatever it holds: numbers of one kind.

    >>> kept(np.dtype("float64"), Continuous), kept(np.dtype("int64"), Continuous)
    (True, False)
    """
    known = _KEPT.get(dtype.kind) if isinstance(dtype, np.dtype) else None
    return known is not None and target <= known


_KEPT = {"f": Continuous | Missing, **dict.fromkeys("biu", Count | Missing)}
"""By kind of a NumPy dtype: the scitypes as which its columns are taken unchanged."""


def has_missing(scitype: Scitype) -> bool:
    """Whether `Missing` is one of the parts of a scitype."""
    return Missing in members(scitype)
