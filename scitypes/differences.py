"""The difference between two schemas, in words.

Takes columns, anything with `name`, `scitype`, `type` and `pool`. Columns of one name are compared
in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scitypes.lattice import Scitype, nonmissing
from scitypes.messages import counted, listed

_MOST = 10  # labels named in a line
_Key = tuple[type, Hashable, int]


@dataclass(frozen=True, repr=False)
class SchemaDifference:
    """What changed from one schema to another, a line for each change; false if nothing did.

    Args:
        lines: the changes in words.

    >>> from scitypes import schema
    >>> changes = schema({"age": [31, 44]}).difference(schema({"age": [31.5, 44.0]}))
    >>> changes
    'age': Count, now Continuous
    >>> len(changes), changes.lines
    (1, ("'age': Count, now Continuous",))
    """

    lines: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def __str__(self) -> str:
        return "\n".join(self.lines) or "no difference"

    def __repr__(self) -> str:
        return str(self)


def difference(
    old: Sequence[Any], new: Sequence[Any], containers: tuple[str, str]
) -> SchemaDifference:
    """The difference between the columns of two schemas, and between their containers."""
    return SchemaDifference(tuple(_lines(_keyed(old), _keyed(new), containers)))


def _lines(
    old: Mapping[_Key, Any], new: Mapping[_Key, Any], containers: tuple[str, str]
) -> Iterator[str]:
    before, now = (f"{'' if kind == 'images' else 'a '}{kind}" for kind in containers)
    if before != now:
        yield f"{before}, now {now}"
    yield from (f"{old[key].name!r} is gone" for key in old if key not in new)
    yield from (f"{new[key].name!r} is new: {new[key].scitype}" for key in new if key not in old)
    for key, column in old.items():
        if key in new:
            yield from (f"{column.name!r}: {change}" for change in _changes(column, new[key]))
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield "columns in another order"


def _changes(old: Any, new: Any) -> Iterator[str]:
    if _said_by_levels(old, new):
        changed = old.scitype != new.scitype and _gaps(old) != _gaps(new)
        if changed:
            yield "cells are missing now" if _gaps(new) else "no cells are missing now"
        yield from _level_changes(old.pool, new.pool)
    else:
        changed = old.scitype != new.scitype
        if changed:
            yield f"{old.scitype}, now {new.scitype}"
        if old.pool != new.pool:
            yield from _pool_changes(old.pool, new.pool)
    if old.type != new.type and not changed:
        yield f"{old.type}, now {new.type}"


def _said_by_levels(old: Any, new: Any) -> bool:
    """Whether the scitypes are those of the pools, so that they need no line of their own."""
    columns = (old, new)
    return all(c.pool is not None and nonmissing(c.scitype) == c.pool.scitype for c in columns)


def _gaps(column: Any) -> bool:
    scitype: Scitype = column.scitype
    return scitype != nonmissing(scitype)


def _pool_changes(old: Any, new: Any) -> Iterator[str]:
    if new is None:
        yield "no levels any more"
    elif old is None:
        yield f"levels now: {listed(new.levels, _MOST)}"
    else:
        yield from _level_changes(old, new)


def _level_changes(old: Any, new: Any) -> Iterator[str]:
    before, now = ({(type(x), x): x for x in pool.levels} for pool in (old, new))
    yield from _counted_levels([now[key] for key in now if key not in before], "new")
    yield from _counted_levels([before[key] for key in before if key not in now], "gone")
    kept = [[known[key] for key in known if key in other] for known, other in _pairs(before, now)]
    if kept[0] != kept[1]:
        orders = (", ".join(map(str, labels[:_MOST])) for labels in kept)
        yield f"levels in another order: {', now '.join(orders)}"
    if old.ordered != new.ordered:
        yield "levels are ordered now" if new.ordered else "levels are not ordered any more"


def _pairs(one: Any, other: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (one, other), (other, one)


def _counted_levels(labels: Sequence[Any], what: str) -> Iterator[str]:
    if len(labels) == 1:
        yield f"level {labels[0]!r} is {what}"
    elif labels:
        yield f"{counted(len(labels), 'level')} are {what}: {listed(labels, _MOST)}"


def _keyed(columns: Sequence[Any]) -> dict[_Key, Any]:
    """The columns by name, its type, and how many of that name there were before."""
    keyed: dict[_Key, Any] = {}
    for column in columns:
        n = 0
        while (type(column.name), column.name, n) in keyed:
            n += 1
        keyed[(type(column.name), column.name, n)] = column
    return keyed
