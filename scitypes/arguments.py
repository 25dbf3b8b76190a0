"""The arguments of `coerce`: checked, and spread over the columns they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scitypes import tables
from scitypes.errors import CoercionError, NotATable, UnknownColumn, nearest
from scitypes.lattice import ArrayOf, Finite, Never, Scitype, TableOf, nonmissing
from scitypes.messages import counted, listed, shortened


def element_target(target: Scitype) -> Scitype:
    """The scitype of elements that is asked for; an error for that of a container, or `Missing`."""
    if isinstance(target, ArrayOf | TableOf):
        inner = target.element if isinstance(target, ArrayOf) else target.columns[0]
        raise CoercionError(
            f"{target} is the scitype of a container; coerce takes that of the elements.",
            expected="a scitype of elements",
            received=repr(target),
            remedy=f"coerce(x, {inner}) for a vector, coerce(X, {{Found: {inner}}}) for a table",
            columns={},
        )
    if nonmissing(target) == Never:
        raise CoercionError(
            f"Nothing is coerced to {target}.",
            expected="a scitype of elements, such as Continuous or Multiclass",
            received=repr(target),
            remedy="missing=[...] says which values stand for missing",
            columns={},
        )
    return target


def rules_of(asked: Any) -> Any:
    """What is asked for; of suggestions, as `autotype(X, explain=True)` gives them, the rules."""
    types = getattr(asked, "types", None)
    return types if isinstance(asked, Sequence) and isinstance(types, Mapping) else asked


def per_column(given: Any, what: str, names: Sequence[Any], chosen: set[Any]) -> Any:
    """A function from column name to the levels or sentinels given for it."""
    if given is None:
        return lambda name: None
    if isinstance(given, Mapping):
        given = {tables.plain_name(name): value for name, value in given.items()}
        stray = [name for name in given if name not in chosen]
        if stray:
            raise _stray(stray, what, names)
        return lambda name: given.get(name)
    if what == "missing":
        return lambda name: given
    raise CoercionError(
        "One list of levels for a whole table says not whose they are.",
        expected="levels={column name: [label, ...]}",
        received=f"levels={shortened(repr(given))}",
        remedy=f"levels={{{next(iter(names), 'name')!r}: [...]}}",
        columns={},
    )


def _stray(stray: Sequence[Any], what: str, names: Sequence[Any]) -> UnknownColumn:
    unknown = [name for name in stray if name not in names]
    hints = [hint for hint in (nearest(name, names) for name in unknown) if hint]
    return UnknownColumn(
        f"{what} is given for {listed(stray)}, which no rule coerces.",
        expected="names of columns that are coerced",
        received=listed(stray) + (f"; the table has no {listed(unknown)}" if unknown else ""),
        remedy="; ".join(hints) or f"add the rule {{{stray[0]!r}: ...}}",
        columns=dict.fromkeys(stray, "not coerced"),
    )


def demand_flag(value: object, name: str) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise _option(value, name, "True or False", "True")


def demand_whole(value: object, name: str) -> None:
    """Refuse what is no whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise _option(value, name, "1, 0 or -1", "1")


def _option(value: object, name: str, expected: str, such: str) -> CoercionError:
    return CoercionError(
        f"{name}={value!r:.80} is no value for this option.",
        expected=expected,
        received=f"a {type(value).__name__}",
        remedy=f"{name}={such}",
        columns={},
    )


def no_levels_for_schema(levels: Any) -> None:
    """Refuse levels beside a schema."""
    if levels is not None:
        raise CoercionError(
            "A schema has its levels; levels= can't be given beside it.",
            expected="coerce(x, schema)",
            received=f"levels={levels!r:.80}",
            remedy="leave levels out",
            columns={},
        )


def no_options_for_images(levels: Any, missing: Any) -> None:
    """Refuse what images do not have."""
    if levels is not None or missing is not None:
        raise CoercionError(
            "Images have neither levels nor values that stand for missing.",
            expected="coerce(images, GrayImage) or its like, without levels= and missing=",
            received=f"levels={levels!r:.80}, missing={missing!r:.80}",
            remedy="leave them out",
            columns={},
        )


def no_vector(x: Any, target: Scitype) -> NotATable | CoercionError:
    """The error about what a bare scitype can't be applied to, ready to raise."""
    if tables.is_table(x):
        return CoercionError(
            f"A table is coerced by rules; {target} alone says not which columns.",
            expected="coerce(X, {key: scitype, ...}), a key being a name, a pattern, a function or "
            "a scitype",
            received=f"a table of {counted(len(tables.names(x)), 'column')} and {target}",
            remedy=f"coerce(X, {{Found: {target}}}) coerces every column",
            columns={},
        )
    levels = f"; for labels, coerce([x], {target})" if target <= Finite else ""
    return NotATable(
        f"An object of type {type(x).__name__} can't be coerced.",
        expected="a vector, a matrix, a table or images",
        received=f"{x!r:.80}",
        remedy=f"put one value into a list, coerce([x], {target})" if not levels else levels[2:],
    )
