"""What became of a column: converted, or refused; all refusals of a call told in one error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scitypes.errors import SchemaMismatch, ScitypeError, nearest
from scitypes.lattice import Scitype
from scitypes.messages import counted, listed, shortened, written

_VALUES = 5
_ROWS = 3


@dataclass(frozen=True)
class Converted:
    """A converted column, and what has to be said about it.

    Attributes:
        column: the Series, the very one that was given if nothing had to change.
        warnings: texts to show even at `verbosity=0`.
        alphabetical: levels whose order nobody gave though it has a meaning, as they were put.
    """

    column: Any
    warnings: tuple[str, ...] = ()
    alphabetical: tuple[Any, ...] = ()


@dataclass(eq=False)
class Refusal(Exception):
    """Why a column does not convert. Collected into one error about all columns.

    Attributes:
        reason: what is wrong, after "column 'x': ".
        expected: what would convert.
        rows: positions of the values that do not convert.
        values: these values.
        remedy: what to do.
    """

    reason: str
    expected: str
    rows: Sequence[int] = ()
    values: Sequence[Any] = ()
    remedy: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """A column that could not be had as asked.

    Args:
        name: its name; None for a vector without one.
        change: what was tried, such as "from Textual to Continuous".
        refusal: why it failed.
        labels: how the user names the rows of `refusal.rows`.
        what: what it is if it has no name.
    """

    name: Any
    change: str
    refusal: Refusal
    labels: Sequence[Any] = ()
    what: str = "vector"

    @property
    def values(self) -> str:
        """The first bad values with their rows, equal ones together."""
        groups: dict[tuple[type, str], list[Any]] = {}
        for value, label in zip(self.refusal.values, self.labels, strict=True):
            value = value.item() if isinstance(value, np.generic) else value
            groups.setdefault((type(value), shortened(written(value))), []).append(label)
        noun = "cell" if self.what == "matrix" else "row"
        told = [
            f"{value} ({_rows(rows, noun)})" for (_, value), rows in list(groups.items())[:_VALUES]
        ]
        more = len(groups) - _VALUES
        return ", ".join(told) + (f" and {counted(more, 'other value')}" if more > 0 else "")

    @property
    def reason(self) -> str:
        """What is wrong, with the values, on one line."""
        return f"{self.refusal.reason}{': ' if self.values else ''}{self.values}"


def some(rows: Sequence[int], column: Any, one: str, many: str) -> str:
    """How many values of a column are not as they should be, in words.

    >>> some([3], [0] * 10, "a number", "numbers")
    '1 of 10 values is not a number'
    """
    verb = f"is not {one}" if len(rows) == 1 else f"are not {many}"
    return f"{len(rows):,} of {counted(len(column), 'value')} {verb}"


def picked(column: Any, rows: Sequence[int]) -> list[Any]:
    """The elements of a Series in these rows."""
    return list(column.iloc[list(rows)])


def slips(name: Any, converted: Converted, in_table: bool = False) -> list[str]:
    """What may be a slip in the conversion of a column, a line each."""
    texts = list(converted.warnings)
    if converted.alphabetical:
        texts.append(_alphabetical(converted.alphabetical, name, in_table))
    return [_where(name) + text for text in texts]


def gaps_told(name: Any, target: Scitype, n: int, rows: int, in_table: bool = False) -> list[str]:
    """A line about missing values where a target does not say them, if there are any."""
    if not n:
        return []
    asked = f"{target!r} | Missing"
    rule = f"{{{name!r}: {asked}}}" if in_table else asked
    return [
        f"{_where(name)}{counted(n, 'missing value')} of {rows:,}: coerced to {asked} (coerce to "
        f"{rule}, or with verbosity=0, to hear nothing of it)"
    ]


def _where(name: Any) -> str:
    return "" if name is None else f"column {name!r}: "


def _alphabetical(levels: Sequence[Any], name: Any, in_table: bool) -> str:
    written = f"[{listed(levels, 12)}]" if len(levels) <= 12 else "[...]"
    argument = f"levels={{{name!r}: {written}}}" if in_table else f"levels={written}"
    return (
        f"levels are put in alphabetical order, {listed(levels, 10)}: give them in their true "
        f"order, {argument} (or say with verbosity=-1 that this is it)"
    )


def change(found: Scitype, target: Scitype) -> str:
    """What was tried, in words."""
    return f"from {found} to {target}"


def explained(
    kind: type[ScitypeError], failures: Sequence[Failure], *, what: str, plural: str, **data: object
) -> ScitypeError:
    """One error about all failures, ready to raise.

    Args:
        kind: its class.
        failures: at least one.
        what: the verb for one column, such as "can't be coerced".
        plural: the sentence about several, without their number.
        **data: kept by the error beside `columns` (name to reason) and `rows` (name to row labels).
    """
    data["columns"] = {failure.name: failure.reason for failure in failures}
    data["rows"] = {failure.name: list(failure.labels) for failure in failures}
    if len(failures) == 1:
        return _one(kind, failures[0], what, data)
    return kind(
        f"{len(failures)} columns {plural}",
        expected=_lines([(failure.name, failure.refusal.expected) for failure in failures]),
        received=_lines([(failure.name, _received(failure)) for failure in failures]),
        remedy=_lines([(failure.name, failure.refusal.remedy) for failure in failures]),
        **data,
    )


def _one(
    kind: type[ScitypeError], failure: Failure, what: str, data: dict[str, object]
) -> ScitypeError:
    column = f"The {failure.what}" if failure.name is None else f"Column {failure.name!r}"
    return kind(
        f"{column} {what}{failure.change and ' '}{failure.change}: {failure.refusal.reason}.",
        expected=failure.refusal.expected,
        received=failure.values or str(failure.refusal.data.get("received", "")),
        remedy=failure.refusal.remedy,
        **data,
    )


def mismatch(
    names: Sequence[Any],
    absent: Sequence[Any],
    extra: Sequence[Any],
    doubled: Sequence[Any],
    failures: Sequence[Failure],
) -> SchemaMismatch:
    """One error about everything that keeps data from being read as a schema says.

    Args:
        names: the columns of the schema.
        absent: those that the data lacks.
        extra: columns of the data that the schema does not have.
        doubled: columns of the schema that are there several times.
        failures: those that can't be read.
    """
    others = {
        **dict.fromkeys(absent, "absent"),
        **dict.fromkeys(extra, "not in the schema"),
        **dict.fromkeys(doubled, "several columns have this name"),
    }
    if not others:
        error = explained(
            SchemaMismatch,
            failures,
            what="can't be read as the schema says",
            plural="can't be read as the schema says.",
        )
        assert isinstance(error, SchemaMismatch)
        return error
    near = {name: nearest(name, extra) for name in absent}
    lines = [_told_absent(absent, near)] if absent else []
    lines += [f"extra: {listed(extra, 12)}"] if extra else []
    lines += [f"more than one column: {listed(doubled, 12)}"] if doubled else []
    lines += [f"column {failure.name!r}: {failure.reason}" for failure in failures]
    counts = [
        (absent, "absent"),
        (extra, "extra"),
        (doubled, "ambiguous"),
        (failures, "unreadable"),
    ]
    told = ", ".join(f"{counted(len(some), 'column')} {kind}" for some, kind in counts if some)
    return SchemaMismatch(
        f"The table can't be read as the schema says: {told}.",
        expected=_expected(names, absent, extra),
        received="\n".join(lines),
        remedy=_remedy(absent, extra, doubled, near, failures),
        columns=others | {failure.name: failure.reason for failure in failures},
        absent=tuple(absent),
        extra=tuple(extra),
    )


def _expected(names: Sequence[Any], absent: Sequence[Any], extra: Sequence[Any]) -> str:
    """The columns of the schema: all of a few, or those that make a difference."""
    if len(names) <= 12:
        return f"the columns {listed(names, 12)}, in any order"
    added = f", among them {listed(absent, 12)}" if absent else ""
    only = ", and no others" if extra else ""
    return f"the {len(names)} columns of the schema in any order{added}{only}"


def _told_absent(absent: Sequence[Any], near: Mapping[Any, str]) -> str:
    told = [f"{name!r}" + (f" ({near[name]})" if near[name] else "") for name in absent[:12]]
    more = f" and {len(absent) - 12} more" if len(absent) > 12 else ""
    return f"absent: {', '.join(told)}{more}"


_CUT = "X[schema.names], with the schema that the data is read through"


def _remedy(
    absent: Sequence[Any],
    extra: Sequence[Any],
    doubled: Sequence[Any],
    near: Mapping[Any, str],
    failures: Sequence[Failure],
) -> str:
    lines = [f"column {f.name!r}: {f.refusal.remedy}" for f in failures if f.refusal.remedy]
    if any(near.values()):
        lines.insert(0, "rename: X.rename(columns={...})")
    if extra and not absent:
        dropped = f"X.drop(columns={list(extra)!r})"
        lines.insert(0, "leave what is extra out: " + (dropped if len(extra) <= 12 else _CUT))
    if doubled:
        lines.insert(0, "give each column a name of its own")
    return "\n".join(lines) or "give all columns of the schema, and no others"


def _received(failure: Failure) -> str:
    return f"{failure.change}{failure.change and ': '}{failure.reason}"


def _lines(parts: Sequence[tuple[Any, str]]) -> str:
    return "\n".join(f"column {name!r}: {text}" for name, text in parts if text)


def _rows(labels: Sequence[Any], noun: str) -> str:
    return f"{noun if len(labels) == 1 else noun + 's'} {listed(labels, _ROWS)}"
