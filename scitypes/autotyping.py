"""`autotype`: suggestions of scitypes for columns, by rules that say why.

Owns the rules and their thresholds. A rule looks at one column, whose numbers are counted when a
rule first asks for them, and at what is suggested so far; it suggests something else, sets the
column aside from the rules after it, or says why it leaves the column as it is. Rules never look at
rows in their order: shuffled data gets the same suggestions.

A suggestion can always be followed: `coerce(X, autotype(X, rules))` reads values as the rules have
read them (polars can't hold some pools, as its refusal says).

Source: `autotype` of ScientificTypes.jl for `few_to_finite`, `discrete_to_continuous` and
`string_to_multiclass`, with their thresholds. We differ in the default rule, in that all columns of
numbers count as such however they are stored, and in that what is Unknown is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import pandas as pd

from scitypes import profiles, schematables, tables
from scitypes.containers import series_of
from scitypes.errors import AutotypeError, BadSelection, nearest
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
    members,
    nonmissing,
)
from scitypes.messages import counted, listed, shortened
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
_ZIP_NAME = re.compile(r"(?:\b|_)(?:zip|postal|post_?code|plz)", re.IGNORECASE)
_KEY_NAME = re.compile(
    r"(?:(?:^|[\W_])(?i:id|key|uuid|guid|rownames?|index)|(?<=[a-z])(?:Id|ID|Key|Index))$"
)


@dataclass(frozen=True)
class Suggestion:
    """What a column could be coerced to, by which rule and why.

    Args:
        name: the column's name.
        found: the scitype of its elements.
        suggested: what the rules suggest, the same where they leave the column as it is.
        rule: the rule that had the last word, `""` where none had one.
        reason: why, as a phrase.
        aside: whether the column was set aside, as an identifier or a constant.

    >>> from scitypes import Multiclass, Textual
    >>> Suggestion("sex", Textual, Multiclass, "text_to_multiclass", "2 distinct values in 9 rows")
    ... # doctest: +ELLIPSIS
    Suggestion(name='sex', found=Textual, suggested=Multiclass, rule='text_to_multiclass', ...)
    """

    name: Hashable
    found: Scitype
    suggested: Scitype
    rule: str = ""
    reason: str = ""
    aside: bool = False


class Suggestions(Sequence[Suggestion]):
    """A suggestion for each column of a table, in order; `autotype(X, explain=True)` gives it.

    It prints as a table of columns and reasons, in colour in a terminal with rich and as HTML in
    a notebook.

    >>> found = autotype({"sex": ["f", "m", "f"], "age": [31, 44, 27]}, explain=True)
    >>> found.types
    {'sex': Multiclass}
    >>> found[1].reason
    'left as it is: no rule is about Count'
    """

    def __init__(self, suggestions: Sequence[Suggestion] = ()) -> None:
        self._each = tuple(suggestions)

    def __len__(self) -> int:
        return len(self._each)

    def __iter__(self) -> Iterator[Suggestion]:
        return iter(self._each)

    @overload
    def __getitem__(self, i: int) -> Suggestion: ...
    @overload
    def __getitem__(self, i: slice) -> Suggestions: ...
    def __getitem__(self, i: int | slice) -> Suggestion | Suggestions:
        """The suggestion for the column at a position, or those for several."""
        return Suggestions(self._each[i]) if isinstance(i, slice) else self._each[i]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Suggestions) and self._each == other._each

    def __hash__(self) -> int:
        return hash(self._each)

    @property
    def types(self) -> dict[Hashable, Scitype]:
        """The scitypes that columns would change to, ready for `coerce`."""
        return {one.name: one.suggested for one in self if one.suggested != one.found}

    @property
    def aside(self) -> tuple[Hashable, ...]:
        """The names of the columns that were set aside: identifiers and constants."""
        return tuple(one.name for one in self if one.aside)

    def to_frame(self) -> pd.DataFrame:
        """The suggestions as a DataFrame with a row for each column.

        >>> autotype({"sex": ["f", "m"]}, explain=True).to_frame()["suggested"].tolist()
        [Multiclass]
        """
        fields = ("name", "found", "suggested", "rule", "reason", "aside")
        rows = {field: [getattr(one, field) for one in self] for field in fields}
        frame = {field: pd.Series(values, dtype=object) for field, values in rows.items()}
        return pd.DataFrame(frame).astype({"aside": bool})

    def __repr__(self) -> str:
        return schematables.aligned(_HEADINGS, self._rows(), self._title())

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield schematables.rich_rows(_HEADINGS, self._rows(), self._title())

    def _repr_html_(self) -> str:
        return schematables.html_rows(_HEADINGS, self._rows(), self._title())

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                one.name if isinstance(one.name, str) else repr(one.name),
                repr(one.found),
                "" if one.suggested == one.found else repr(one.suggested),
                one.rule,
                one.reason,
            )
            for one in self
        ]

    def _title(self) -> str:
        n = len(self.types)
        title = f"{n:,} of {counted(len(self), 'column')} {'changes' if n == 1 else 'change'}"
        aside = len(self.aside)
        return f"{title}, {aside:,} {'is' if aside == 1 else 'are'} set aside" if aside else title


_HEADINGS = ("column", "found", "suggested", "rule", "reason")


@overload
def autotype(
    X: Any, rules: str | Sequence[str] = ..., *, only_changes: bool = ..., explain: Literal[True]
) -> Suggestions: ...
@overload
def autotype(
    X: pd.DataFrame | dict[Any, Any],
    rules: str | Sequence[str] = ...,
    *,
    only_changes: bool = ...,
    explain: Literal[False] = ...,
) -> dict[Hashable, Scitype]: ...
@overload
def autotype(
    X: pd.Series[Any] | pd.Index[Any] | list[Any] | range,
    rules: str | Sequence[str] = ...,
    *,
    only_changes: bool = ...,
    explain: Literal[False] = ...,
) -> Scitype: ...
@overload
def autotype(
    X: Any, rules: str | Sequence[str] = ..., *, only_changes: bool = ..., explain: bool = ...
) -> Any: ...
def autotype(
    X: Any,
    rules: str | Sequence[str] = ("text_to_multiclass",),
    *,
    only_changes: bool = True,
    explain: bool = False,
) -> Any:
    """Suggest scitypes for the columns of a table, ready for `coerce`.

    Rules are applied in the order given, each to what the ones before it suggest. Only the default,
    `text_to_multiclass`, is on unless asked for. `u` is a column's number of distinct present
    values, `n` that of its rows:

    - `text_to_multiclass`: texts with u ≤ max(4, min(n/10, 100)) are `Multiclass`.
    - `few_to_finite` (MLJ's): the same for columns of texts, numbers, dates and times; numbers and
      booleans become `OrderedFactor`, all others `Multiclass`.
    - `discrete_to_continuous` (MLJ's): `Count` is `Continuous`.
    - `string_to_multiclass` (MLJ's): texts are `Multiclass`, however many there are.
    - `booleans`: columns of booleans, and texts that are yes and no, y and n, true and false, or t
      and f, in one spelling, are `OrderedFactor`.
    - `numbers`: texts that are all numerals are numbers: `Count` if none has a point or an
      exponent, else `Continuous`; not where one has a leading zero, as "007".
    - `dates`: texts that are all of the ISO form are `ScientificDate`, `ScientificTime` or
      `ScientificDateTime`.
    - `zip_codes`: more than 4 digit strings of one width from 4 to 6, some with a leading zero, are
      `Multiclass`; so are digit strings and whole numbers in a column whose name has zip, postal,
      postcode or plz in it.
    - `identifiers`: more than 20 values that are all different, and are texts, or whole numbers
      that leave no gap, or at least one of which is 2^53 or beyond, or whose column is called id,
      key, uuid, guid, rowname, index or ends so, are left as they are and set aside: later rules
      don't touch them, and `.aside` of the explanation lists them.
    - `constants`: columns with u ≤ 1 and more than one row are set aside likewise.

    A sensible order of many is `("numbers", "dates", "zip_codes", "booleans", "identifiers",
    "constants", "text_to_multiclass")`. Columns that are `Unknown`, or of several kinds, and those
    that have levels already are left as they are.

    Args:
        X: a table `(n_rows, n_columns)`, or a vector `(n_rows,)`.
        rules: names of rules; a string is one rule.
        only_changes: whether a table's columns that keep their scitype are left out.
        explain: whether to give `Suggestions`, with all columns and the reason for each.

    Returns:
        a dict from name to scitype, with `Missing` where the column has missing cells; for a vector
        one scitype.

    Raises:
        AutotypeError: there is no such rule, or `only_changes=False` for a vector, whose scitype is
            given in any case.
        BadSelection: several columns have the same name, so that a dict can't tell them apart.
        NotATable: `X` is neither a table nor a vector.

    Source: `autotype` of ScientificTypes.jl, whose default is `few_to_finite`.

    >>> X = {"sex": ["f", "m", "f", None], "age": [31, 44, 27, 31]}
    >>> autotype(X)
    {'sex': Multiclass | Missing}
    >>> autotype(X, rules="discrete_to_continuous")
    {'age': Continuous}
    >>> autotype(["yes", "no"], rules="booleans")
    OrderedFactor
    """
    chosen = _rules(rules)
    if not tables.is_table(X) and tables.is_column(X):
        return _of_vector(X, chosen, only_changes, explain)
    _demand_names(tables.names(X))
    found = Suggestions([_suggestion(name, x, chosen, explain) for name, x in tables.columns(X)])
    if explain:
        return found
    return found.types if only_changes else {one.name: one.suggested for one in found}


class _Answer(NamedTuple):
    """What a rule says of a column that it is about: a scitype, or None to leave it, and why.

    A reason that takes counting is a function, called only if the reason is asked for.
    """

    suggested: Scitype | None
    reason: str | Callable[[], str]
    aside: bool = False


class _Column:
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
        return self.n - (tables.n_missing(self.values) if self._gaps is None else self._gaps)

    @cached_property
    def _series(self) -> Any:
        return series_of(self.values)

    @cached_property
    def _present(self) -> Any:
        gaps = self._gaps != 0
        return self._series[~tables.missing_mask(self.values)] if gaps else self._series

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
_Rule = Callable[[_Column, Scitype], _Answer | None]


def _text_to_multiclass(column: _Column, now: Scitype) -> _Answer | None:
    return _few(column, Multiclass) if now == Textual else None


def _few_to_finite(column: _Column, now: Scitype) -> _Answer | None:
    if not column.is_plain or now <= Finite:
        return None
    if column.bools not in (0, column.n_present):
        return _Answer(None, "booleans beside numbers")
    return _few(column, OrderedFactor if column.is_numeric else Multiclass)


def _few(column: _Column, target: Scitype) -> _Answer:
    # MLJ's other clause, u <= 3 and n >= 5, is implied.
    if column.exceeds(max(min(0.1 * column.n, 100), 4)):
        return _Answer(None, lambda: column.size)
    return _Answer(target, column.size)


def _discrete_to_continuous(column: _Column, now: Scitype) -> _Answer | None:
    if now != Count:
        return None
    try:
        _ = [float(cell) for cell in (column.cells if column.values_are_objects else ())]
    except OverflowError:
        return _Answer(None, "integers that no float can hold")
    return _Answer(Continuous, "whole numbers")


def _string_to_multiclass(column: _Column, now: Scitype) -> _Answer | None:
    return _Answer(Multiclass, "texts") if now == Textual else None


def _booleans(column: _Column, now: Scitype) -> _Answer | None:
    if now == Count and column.bools:
        every = column.bools == column.n_present
        return _Answer(OrderedFactor, "booleans") if every else None
    if now != Textual or {text.strip().casefold() for text in column.first} - _WORDS:
        return None
    words = {text.strip().casefold() for text in column.cells}
    pair = next((pair for pair in _PAIRS if words == set(pair)), None)
    if pair is None:
        return None
    low, *others = sorted(column.cells)
    if len(others) > 1 or low.strip().casefold() != pair[0]:
        return _Answer(None, f"{' and '.join(pair)} spelt {listed(sorted(column.cells))}")
    return _Answer(OrderedFactor, f"{low} < {others[0]}")


def _numbers(column: _Column, now: Scitype) -> _Answer | None:
    if now != Textual or not _starts(parsed, column):
        return None
    zero = next(filter(_LEADING_ZERO.fullmatch, column.cells), None)
    if zero is not None:
        codes = all(map(_WHOLE.fullmatch, column.cells))
        return _Answer(None, f"digits with a leading zero, as {zero!r}") if codes else None
    bad = _unread(parsed, column.cells)
    if len(bad) > len(column.cells) // 2:
        return None
    if bad:
        return _Answer(None, f"numbers but for {listed([column.cells[i] for i in bad], 3)}")
    if column.whole is not None:
        return _Answer(Count, "texts that are whole numbers")
    return _Answer(Continuous, "texts that are numbers")


def _dates(column: _Column, now: Scitype) -> _Answer | None:
    if now != Textual:
        return None
    forms = (
        (ScientificDate, to_dates, "dates"),
        (ScientificTime, to_times, "times"),
        (ScientificDateTime, to_datetimes, "dates with times"),
    )
    for target, read, what in forms:
        if _starts(read, column) and not _unread(read, column.cells):
            return _Answer(target, f"texts that are {what} in the ISO form")
    return None


def _zip_codes(column: _Column, now: Scitype) -> _Answer | None:
    if now not in (Count, Textual) or not column.is_plain or column.bools:
        return None
    named = isinstance(column.name, str) and _ZIP_NAME.search(column.name)
    if column.kind == Count:
        return _Answer(Multiclass, f"whole numbers called {column.name!r}") if named else None
    if not column.first or not all(map(_are_digits, column.first)):
        return None
    texts = column.cells
    if not all(map(_are_digits, texts)):
        return None
    if named:
        return _Answer(Multiclass, f"digits called {column.name!r}")
    width = len(texts[0])
    alike = 4 <= width <= 6 and all(len(text) == width for text in texts)
    if alike and column.u > 4 and any(text.startswith("0") for text in texts):
        return _Answer(Multiclass, f"{width} digits each, some with a leading zero")
    return None


def _identifiers(column: _Column, now: Scitype) -> _Answer | None:
    if now not in (Count, Textual) or not column.is_plain:
        return None
    if column.n_present <= _MANY or not column.all_different():
        return None
    told = f"{counted(column.u, 'value')}, all different"
    if now == Textual:
        return _Answer(None, f"{counted(column.u, 'text')}, all different", aside=True)
    whole = column.whole or []
    low, high = min(whole, default=0), max(whole, default=0)
    if whole and high - low + 1 == len(whole):
        return _Answer(None, f"the whole numbers from {low:,} to {high:,}", aside=True)
    if max(abs(low), abs(high)) >= _EXACT:
        return _Answer(None, f"{told}, of 2^53 or beyond", aside=True)
    if isinstance(column.name, str) and _KEY_NAME.search(column.name):
        return _Answer(None, f"{told}, called {column.name!r}", aside=True)
    return None


def _constants(column: _Column, now: Scitype) -> _Answer | None:
    empty = column.kind == Never and column.found == Missing
    if column.n <= 1 or not (column.is_plain or column.is_finite or empty) or column.exceeds(1):
        return None
    if not column.u:
        return _Answer(None, f"no value in {counted(column.n, 'row')}", aside=True)
    gaps = column.n - column.n_present
    more = f" and {gaps:,} missing" if gaps else ""
    return _Answer(None, f"one value in {counted(column.n, 'row')}{more}", aside=True)


_RULES: dict[str, _Rule] = {
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


def _suggestion(name: Hashable, values: Any, rules: Sequence[str], explain: bool) -> Suggestion:
    """What the rules make of a column, one after the other; without the reason unless explained."""
    column = _Column(name, values)
    now, rule, told, left = column.kind, "", "", list[str | Callable[[], str]]()
    for each in rules:
        answer = _RULES[each](column, now)
        if answer is None:
            continue
        if answer.aside:
            rule, told = each, f"set aside: {answer.reason}"
            break
        if answer.suggested is None:
            left.append(answer.reason)
        elif answer.suggested != now:
            now, rule, told = answer.suggested, each, str(answer.reason)
    else:
        answer = None
    if explain and not told:
        why = dict.fromkeys(each if isinstance(each, str) else each() for each in left)
        told = f"left as it is: {'; '.join(why) or _not_about(column, rules)}"
    gaps = Missing in members(column.found)
    found = column.found if now == column.kind else now | Missing if gaps else now
    return Suggestion(name, column.found, found, rule, told, answer is not None)


def _not_about(column: _Column, rules: Sequence[str]) -> str:
    if not rules:
        return "no rule was asked for"
    return f"no rule is about {column.found}" if column.kind != Textual else "no rule applies"


def _of_vector(x: Any, rules: Sequence[str], only_changes: bool, explain: bool) -> Any:
    if not only_changes:
        raise AutotypeError(
            "A vector has one scitype, which is given whether it changes or not.",
            expected="only_changes=False with a table",
            received=f"a {type(x).__name__}",
            remedy="leave only_changes out",
        )
    name = getattr(x, "name", None)
    found = _suggestion("y" if name is None else name, x, rules, explain)
    return Suggestions([found]) if explain else found.suggested


def _rules(rules: Any) -> list[str]:
    names = [rules] if isinstance(rules, str) else rules
    if not isinstance(names, Sequence):
        names = [names]
    for name in names:
        if not isinstance(name, str) or name not in _RULES:
            hint = nearest(name, _RULES)
            raise AutotypeError(
                f"There is no rule {name!r}.",
                expected=f"one or more of {listed(_RULES, len(_RULES))}",
                received=f"rules={shortened(repr(rules))}",
                remedy=hint or "leave rules out: texts with few values are suggested as Multiclass",
                rule=name,
            )
    return list(names)


def _demand_names(names: Sequence[Hashable]) -> None:
    seen: set[Hashable] = set()
    for name in names:
        if name in seen:
            at = [i for i, other in enumerate(names) if other == name]
            raise BadSelection(
                f"{len(at)} columns are called {name!r}, so that suggestions can't name them.",
                expected="a name of its own for each column",
                received=f"{name!r}, the name of columns {listed(at)}",
                remedy="rename the columns first",
                column=name,
            )
        seen.add(name)


def _starts(read: _Reader, column: _Column) -> bool:
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
