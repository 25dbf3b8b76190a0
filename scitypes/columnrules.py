"""Which rule of `coerce(table, {...})` applies to which column.

A key is a name, a pattern or predicate, or a scitype, and wins in that order. Rules are judged on
the table as it came, so that they never cascade. All that is wrong with them is told at once.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from scitypes import tables
from scitypes.errors import CoercionError, UnknownColumn, nearest
from scitypes.inference import elscitype
from scitypes.lattice import Never, Scitype, as_scitype, nonmissing
from scitypes.messages import listed

Rules = Mapping[Any, Scitype]


def targets(
    rules: Rules, names: Sequence[Hashable], scitypes: Sequence[Scitype]
) -> dict[int, Scitype]:
    """The scitype asked for of each column that a rule selects, by position.

    Args:
        rules: from name, `re.Pattern` (searched in names that are strings), `callable(name,
            scitype) -> bool`, or scitype (selects each column whose element scitype, `Missing` set
            aside, is a subtype) to the scitype asked for.
        names: the names of the columns.
        scitypes: their element scitypes, as they are before any rule is applied.

    Raises:
        UnknownColumn: a name that no column has, or a pattern that selects none.
        CoercionError: two keys of equal rank select one column; a name that several columns have;
            a function that does not take a name and a scitype.
        NotAScitype: a value is no scitype.
    """
    rules = {key: as_scitype(target) for key, target in rules.items()}
    selected = {
        id(key): (key, _select(key, names, scitypes)) for key in rules
    }  # by id: keys are any hashables, and the order is that of the rules
    _demand_known([pair for pair in selected.values() if not pair[1] and _rank(pair[0]) < 2], names)
    claims = _claims([(key, at) for key, at in selected.values()])
    _demand_unambiguous(claims, names, scitypes)
    return {i: rules[keys[0]] for i, keys in sorted(claims.items())}


class FoundScitypes(Sequence[Scitype]):
    """The element scitypes of a table's columns, each found when a rule asks for it."""

    def __init__(self, X: Any) -> None:
        self._columns = [column for _, column in tables.columns(X)]
        self._found: dict[int, Scitype] = {}

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, i: Any) -> Any:
        if i not in self._found:
            self._found[i] = elscitype(self._columns[i])
        return self._found[i]


def _select(key: Any, names: Sequence[Hashable], scitypes: Sequence[Scitype]) -> list[int]:
    every = range(len(names))
    if isinstance(key, Scitype):
        return [i for i in every if nonmissing(scitypes[i]) <= key]
    if isinstance(key, re.Pattern):
        return [i for i in every if isinstance(names[i], str) and key.search(str(names[i]))]
    if callable(key):
        _demand_two_arguments(key)
        return [i for i in every if key(names[i], scitypes[i])]
    found = [i for i in every if _same(names[i], key)]
    if len(found) > 1:
        raise CoercionError(
            f"{len(found)} columns are called {key!r}, and a rule by name can't tell them apart",
            expected="a name that one column has",
            received=f"{key!r} at the positions {listed(found)}",
            remedy="rename them, X.set_axis([...], axis=1), or select them by scitype",
            columns={key: "the name is not unique"},
        )
    return found


def _demand_two_arguments(key: Callable[..., Any]) -> None:
    """Refuse classes, and functions that can't be called with a name and a scitype."""
    if _takes_two(key):
        return
    kind = "class" if isinstance(key, type) else "function"
    raise CoercionError(
        f"The {kind} {_told(key)} can't be the key of a rule: a rule's function is given a "
        "column's name and its scitype.",
        expected="a function (name, scitype) -> bool",
        received=_called(key),
        remedy="write `lambda name, scitype: ...`, or a scitype such as `Textual` for all columns "
        "of it",
        columns={},
    )


def _takes_two(key: Callable[..., Any]) -> bool:
    if isinstance(key, type):
        return False
    try:
        inspect.signature(key).bind("name", Never)
    except TypeError:
        return False
    except ValueError:  # a function in C that does not tell
        return True
    return True


def _called(key: Callable[..., Any]) -> str:
    try:
        return f"{_told(key)}{inspect.signature(key)}"
    except ValueError:
        return repr(key)


def _same(name: Hashable, key: Hashable) -> bool:
    # 1, 1.0 and True are one key of a dict, but a bool is not meant as the name 1.
    name, key = tables.plain_name(name), tables.plain_name(key)
    if name is key or name is pd.NA or key is pd.NA:  # NaN and NA equal nothing
        return name is key
    return name == key and isinstance(name, bool) == isinstance(key, bool)


def _rank(key: Any) -> int:
    if isinstance(key, Scitype):
        return 2
    # Predicates may rightly select nothing; a name or a pattern that does is a slip.
    return 1 if isinstance(key, re.Pattern) or callable(key) else 0


def _claims(selected: Sequence[tuple[Any, list[int]]]) -> dict[int, list[Any]]:
    """The keys of the best rank that select each column."""
    claims: dict[int, list[Any]] = {}
    for key, at in selected:
        for i in at:
            held = claims.setdefault(i, [])
            if held and _rank(key) < _rank(held[0]):
                held.clear()
            if not held or _rank(key) == _rank(held[0]):
                held.append(key)
    return claims


def _demand_known(empty: Sequence[tuple[Any, list[int]]], names: Sequence[Hashable]) -> None:
    keys = [key for key, _ in empty if isinstance(key, re.Pattern) or not callable(key)]
    if not keys:
        return
    near = [nearest(key, names) for key in keys if not isinstance(key, re.Pattern)]
    what = [
        f"no column matches {key!r}" if isinstance(key, re.Pattern) else f"no column {key!r}"
        for key in keys
    ]
    raise UnknownColumn(
        f"The table has {'; '.join(what)}.",
        expected=f"names among {listed(names, 20)}" if names else "no rules: there are no columns",
        received=", ".join(_told(key) for key in keys),
        remedy="; ".join(hint for hint in near if hint) or "look at the names, schema(X).names",
        columns=dict.fromkeys(keys, "there is no such column"),
    )


def _demand_unambiguous(
    claims: Mapping[int, list[Any]], names: Sequence[Hashable], scitypes: Sequence[Scitype]
) -> None:
    doubled = {i: keys for i, keys in claims.items() if len(keys) > 1}
    if not doubled:
        return
    told = {names[i]: " and ".join(_told(key) for key in keys) for i, keys in doubled.items()}
    empty = [names[i] for i in doubled if nonmissing(scitypes[i]) == Never]
    why = f"; all cells of {listed(empty)} are missing, which fits every scitype" if empty else ""
    first = next(iter(told))
    raise CoercionError(
        f"{'A column is' if len(told) == 1 else f'{len(told)} columns are'} selected by two rules "
        f"of the same rank{why}.",
        expected="one rule for each column; a name wins over a pattern or function, these over a "
        "scitype",
        received="\n".join(f"column {name!r}: {keys}" for name, keys in told.items()),
        remedy=f"name the column: {{{first!r}: ...}}",
        columns={name: f"selected by {keys}" for name, keys in told.items()},
    )


def _told(key: Callable[..., Any] | Any) -> str:
    return getattr(key, "__name__", repr(key)) if callable(key) else repr(key)
