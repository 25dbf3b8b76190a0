"""The rules of `autotype`: what each says of a column, and the thresholds it says it by.

Owns `RULES`, from name to rule, and `Column`, a column under the rules, whose numbers are counted
when a rule first asks for them. A rule looks at a column and at what is suggested so far, and
gives an `Answer`: another scitype, that the column is to be set aside, or why it is left; None
where it is not about such a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scitypes import missingness, profiles, tables
from scitypes.containers import series_of
from scitypes.inference import described
from scitypes.lattice import (
    Continuous,
    Count,
    Finite,
    Missing,
    Multiclass,
    Never,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Scitype,
    Textual,
    nonmissing,
)
from scitypes.messages import counted, listed
from scitypes.numerals import NotExact, exact_integers, parsed
from scitypes.times import to_dates, to_datetimes, to_times

_NUMBERS = (Count, Continuous, Count | Continuous)
_TIMES = (ScientificDate, ScientificTime, ScientificDateTime)
# Pairs in words, the negative one first, which is also how they sort.
_PAIRS = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"))
_WORDS = {word for pair in _PAIRS for word in pair}
_FIRST = 100  # texts that are tried before all of them are
_PROBED = 2_000  # present values that may settle a question before all of them are counted
_MANY = 20  # distinct values above which values that are all distinct are identifiers
_EXACT = 2**53  # from here on floats skip integers, and counts of things end
_LEADING_ZERO = re.compile(r"\s*[+-]?0[0-9]+\s*")
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_ZIP_NAME = re.compile(
    r"(?:\b|_)(?:(?:zip|postal|plz)[ _-]?(?:codes?|s)?|post_?codes?)(?![a-z])", re.IGNORECASE
)
_KEY_NAME = re.compile(
    r"(?:(?:^|[\W_])(?i:id|key|uuid|guid|rownames?|index)|(?<=[a-z])(?:Id|ID|Key|Index))$"
)


class Answer(NamedTuple):
    """What a rule says of a column that it is about: a scitype, or None to leave it, and why.

    A reason that takes counting is a function, called only if the reason is asked for.
    """

    suggested: Scitype | None
    reason: str | Callable[[], str]
    aside: bool = False


class Column:
    """A column under the rules; what takes a pass over it is counted at the first look."""

    def __init__(self, name: Hashable, values: Any) -> None:
        self.name, self.values = name, values
        self.found, self._gaps = described(values)
        self.kind = nonmissing(self.found)
        self.n = tables.nrows(values)
        self.is_numeric = self.kind in _NUMBERS
        own = hasattr(type(values), "__scitype__")
        self.is_plain = not own and (self.is_numeric or self.kind in (Textual, *_TIMES))
        self.is_finite = not own and self.kind != Never and self.kind <= Finite

    @cached_property
    def u(self) -> int:
        """The number of distinct present values."""
        return profiles.distinct(self._series, self.found) or 0

    @cached_property
    def n_present(self) -> int:
        return self.n - (missingness.n_missing(self.values) if self._gaps is None else self._gaps)

    @cached_property
    def _series(self) -> Any:
        return series_of(self.values)

    @cached_property
    def _present(self) -> Any:
        gaps = self._gaps != 0
        return self._series[~missingness.missing_mask(self.values)] if gaps else self._series

    @cached_property
    def _probe(self) -> Any:
        return self._present.iloc[:_PROBED]

    @cached_property
    def first(self) -> list[Any]:
        """Some of the present values."""
        return list(self._probe.iloc[:_FIRST].tolist())

    def exceeds(self, limit: float) -> bool:
        """Whether there are more distinct values than that."""
        return self._probe.nunique() > limit or self.u > limit

    def all_different(self) -> bool:
        """Whether no present value is there twice."""
        return self._probe.nunique() == len(self._probe) and self.u == self.n_present

    @cached_property
    def cells(self) -> list[Any]:
        """The distinct present values."""
        return list(self._present.unique().tolist())

    @cached_property
    def bools(self) -> int:
        """How many present values are booleans."""
        if self.kind != Count:
            return 0
        if self._present.dtype == object:
            return sum(isinstance(cell, (bool, np.bool_)) for cell in self._present)
        return len(self._present) if getattr(self._present.dtype, "kind", "") == "b" else 0

    @cached_property
    def whole(self) -> list[int] | None:
        """The distinct present values as integers; None if they are none, or none of 64 bits."""
        try:
            if self.kind == Textual:
                texts = all(map(_WHOLE.fullmatch, self.cells))
                return _sixty_four([int(text) for text in self.cells]) if texts else None
            return [int(cell) for cell in self.cells] if self.kind == Count else None
        except (NotExact, ValueError):
            return None

    @property
    def values_are_objects(self) -> bool:
        return bool(self._present.dtype == object)

    @property
    def size(self) -> str:
        return f"{counted(self.u, 'distinct value')} in {counted(self.n, 'row')}"


_Reader = Callable[[Any], tuple[Any, list[int]]]
Rule = Callable[[Column, Scitype], Answer | None]


def _text_to_multiclass(column: Column, now: Scitype) -> Answer | None:
    return _few(column, Multiclass) if now == Textual else None


def _few_to_finite(column: Column, now: Scitype) -> Answer | None:
    if not column.is_plain or now <= Finite:
        return None
    if column.bools not in (0, column.n_present):
        return Answer(None, "booleans beside numbers")
    return _few(column, OrderedFactor if column.is_numeric else Multiclass)


def _few(column: Column, target: Scitype) -> Answer:
    # MLJ's other clause, u <= 3 and n >= 5, is implied.
    if column.exceeds(max(min(0.1 * column.n, 100), 4)):
        return Answer(None, lambda: column.size)
    return Answer(target, column.size)


def _discrete_to_continuous(column: Column, now: Scitype) -> Answer | None:
    if now != Count:
        return None
    try:
        _ = [float(cell) for cell in (column.cells if column.values_are_objects else ())]
    except OverflowError:
        return Answer(None, "integers that no float can hold")
    return Answer(Continuous, "whole numbers")


def _string_to_multiclass(column: Column, now: Scitype) -> Answer | None:
    return Answer(Multiclass, "texts") if now == Textual else None


def _booleans(column: Column, now: Scitype) -> Answer | None:
    if now == Count and column.bools:
        every = column.bools == column.n_present
        return Answer(OrderedFactor, "booleans") if every else None
    if now != Textual or {text.strip().casefold() for text in column.first} - _WORDS:
        return None
    words = {text.strip().casefold() for text in column.cells}
    pair = next((pair for pair in _PAIRS if words == set(pair)), None)
    if pair is None:
        return None
    low, *others = sorted(column.cells)
    if len(others) > 1 or low.strip().casefold() != pair[0]:
        return Answer(None, f"{' and '.join(pair)} spelt {listed(sorted(column.cells))}")
    return Answer(OrderedFactor, f"{low} < {others[0]}")


def _numbers(column: Column, now: Scitype) -> Answer | None:
    if now != Textual or not _starts(parsed, column):
        return None
    zero = next(filter(_LEADING_ZERO.fullmatch, column.cells), None)
    if zero is not None:
        codes = all(map(_WHOLE.fullmatch, column.cells))
        return Answer(None, f"digits with a leading zero, as {zero!r}") if codes else None
    bad = _unread(parsed, column.cells)
    if len(bad) > len(column.cells) // 2:
        return None
    if bad:
        return Answer(None, f"numbers but for {listed([column.cells[i] for i in bad], 3)}")
    if column.whole is not None:
        return Answer(Count, "texts that are whole numbers")
    return Answer(Continuous, "texts that are numbers")


def _dates(column: Column, now: Scitype) -> Answer | None:
    if now != Textual:
        return None
    forms = (
        (ScientificDate, to_dates, "dates"),
        (ScientificTime, to_times, "times"),
        (ScientificDateTime, to_datetimes, "dates with times"),
    )
    for target, read, what in forms:
        if _starts(read, column) and not _unread(read, column.cells):
            return Answer(target, f"texts that are {what} in the ISO form")
    return None


def _zip_codes(column: Column, now: Scitype) -> Answer | None:
    if now not in (Count, Textual) or not column.is_plain or column.bools:
        return None
    named = isinstance(column.name, str) and _ZIP_NAME.search(column.name)
    if column.kind == Count:
        return Answer(Multiclass, f"whole numbers called {column.name!r}") if named else None
    if not column.first or not all(map(_are_digits, column.first)):
        return None
    texts = column.cells
    if not all(map(_are_digits, texts)):
        return None
    if named:
        return Answer(Multiclass, f"digits called {column.name!r}")
    width = len(texts[0])
    alike = 4 <= width <= 6 and all(len(text) == width for text in texts)
    if alike and column.u > 4 and any(text.startswith("0") for text in texts):
        return Answer(Multiclass, f"{width} digits each, some with a leading zero")
    return None


def _identifiers(column: Column, now: Scitype) -> Answer | None:
    if now not in (Count, Textual) or not column.is_plain:
        return None
    if column.n_present <= _MANY or not column.all_different():
        return None
    told = f"{counted(column.u, 'value')}, all different"
    if now == Textual:
        return Answer(None, f"{counted(column.u, 'text')}, all different", aside=True)
    whole = column.whole or []
    low, high = min(whole, default=0), max(whole, default=0)
    if whole and high - low + 1 == len(whole):
        return Answer(None, f"the whole numbers from {low:,} to {high:,}", aside=True)
    if max(abs(low), abs(high)) >= _EXACT:
        return Answer(None, f"{told}, of 2^53 or beyond", aside=True)
    if isinstance(column.name, str) and _KEY_NAME.search(column.name):
        return Answer(None, f"{told}, called {column.name!r}", aside=True)
    return None


def _constants(column: Column, now: Scitype) -> Answer | None:
    empty = column.kind == Never and column.found == Missing
    if column.n <= 1 or not (column.is_plain or column.is_finite or empty) or column.exceeds(1):
        return None
    if not column.u:
        return Answer(None, f"no value in {counted(column.n, 'row')}", aside=True)
    gaps = column.n - column.n_present
    more = f" and {gaps:,} missing" if gaps else ""
    return Answer(None, f"one value in {counted(column.n, 'row')}{more}", aside=True)


RULES: dict[str, Rule] = {
    "text_to_multiclass": _text_to_multiclass,
    "few_to_finite": _few_to_finite,
    "discrete_to_continuous": _discrete_to_continuous,
    "string_to_multiclass": _string_to_multiclass,
    "booleans": _booleans,
    "numbers": _numbers,
    "dates": _dates,
    "zip_codes": _zip_codes,
    "identifiers": _identifiers,
    "constants": _constants,
}


def _starts(read: _Reader, column: Column) -> bool:
    """Whether any of the first texts is read: if not, all of them are not worth a try."""
    return bool(column.first) and len(_unread(read, column.first)) < len(column.first)


def _unread(read: _Reader, texts: list[str]) -> Sequence[int]:
    """The positions of the texts that `read` does not read; of all if it refuses them together."""
    try:
        return read(pd.Series(texts, dtype=object))[1]
    except ValueError:
        return range(len(texts))


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _sixty_four(integers: list[int]) -> list[int]:
    exact_integers(pd.Series(integers, dtype=object))
    return integers
