"""`autotype`: suggestions of scitypes for columns, by rules that say why.

Owns the order in which rules are asked, and what is told of their answers; the rules themselves are
`autorules.py`'s. Rules never look at rows in their order: shuffled data gets the same suggestions.

A suggestion can always be followed: `coerce(X, autotype(X, rules))` reads values as the rules have
read them (polars can't hold some pools, as its refusal says).

Source: `autotype` of ScientificTypes.jl for `few_to_finite`, `discrete_to_continuous` and
`string_to_multiclass`, with their thresholds. We differ in the default rule, in that all columns of
numbers count as such however they are stored, and in that what is Unknown is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import pandas as pd

from scitypes import schematables, tables
from scitypes.autorules import RULES, Column
from scitypes.errors import AutotypeError, BadSelection, nearest
from scitypes.lattice import Missing, Scitype, Textual, members
from scitypes.messages import counted, listed, shortened


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


def _suggestion(name: Hashable, values: Any, rules: Sequence[str], explain: bool) -> Suggestion:
    """What the rules make of a column, one after the other; without the reason unless explained."""
    column = Column(name, values)
    now, rule, told, left = column.kind, "", "", list[str | Callable[[], str]]()
    for each in rules:
        answer = RULES[each](column, now)
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


def _not_about(column: Column, rules: Sequence[str]) -> str:
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
        if not isinstance(name, str) or name not in RULES:
            hint = nearest(name, RULES)
            raise AutotypeError(
                f"There is no rule {name!r}.",
                expected=f"one or more of {listed(RULES, len(RULES))}",
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
