"""`conforms`: is this data what a scitype asks for, and if not, where and why?

One check for all callers: raising, warning and ignoring are theirs. All offenders are listed, each
with the path to it. Data is read further than its scitype only where something is wrong.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from scitypes import missingness, tables
from scitypes.inference import elscitype, scitype
from scitypes.lattice import (
    ArrayOf,
    Finite,
    Image,
    Missing,
    Never,
    Node,
    Scitype,
    TableOf,
    TupleOf,
    Vector,
    as_scitype,
    members,
    nonmissing,
    union,
)
from scitypes.messages import counted, in_rows, listed, shortened
from scitypes.pools import as_categorical


class Problem(NamedTuple):
    """One thing that keeps data from conforming.

    Attributes:
        path: the way to it: a column's name, in a tuple of data sets the position before it; empty
            where the data as a whole is meant.
        expected: the scitype asked for there (of a column, that of its elements).
        found: the scitype found there.
        reason: what is wrong, in words, with the first offending rows where there are such.
    """

    path: tuple[Hashable, ...]
    expected: Scitype
    found: Scitype
    reason: str

    def __str__(self) -> str:
        steps = [f"[{step!r}]" for step in self.path]
        return f"{''.join(steps) or 'data'}: {self.reason}"


@dataclass(frozen=True)
class Verdict:
    """Whether data conforms to a scitype; true if it does.

    Args:
        expected: the scitype asked for.
        found: the scitype of the data.
        problems: everything that keeps it from conforming; empty if it does.

    >>> from scitypes.lattice import Continuous, Table
    >>> print(conforms({"a": [1.5], "b": ["x"], "c": [None]}, Table(Continuous)))
    Table(Continuous, Textual, Missing), not Table(Continuous):
      ['b']: Textual, not Continuous
      ['c']: 1 missing value in row 0, and nothing else
    """

    expected: Scitype
    found: Scitype
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        if self:
            return f"{self.found} conforms to {self.expected}"
        told = [f"  {problem}" for problem in self.problems]
        return "\n".join([f"{self.found}, not {self.expected}:", *told])


def conforms(data: Any, expected: Scitype) -> Verdict:
    """Whether `scitype(data) <= expected`, with every reason where it is not.

    Args:
        data: anything; tables are judged column by column, tuples item by item.
        expected: a scitype, such as `Table(Continuous, Finite)` or `Vector[Finite[2]]`. Of a union,
            the part that data of this shape comes closest to is the one that problems are told of.

    Returns:
        a verdict, true or false in conditions.

    Raises:
        NotAScitype: `expected` is no scitype.

    >>> from scitypes.lattice import Continuous
    >>> bool(conforms([1.5, 2.5], Vector[Continuous]))
    True
    >>> conforms([1.5, None], Vector[Continuous]).problems[0].reason
    '1 missing value in row 1'
    """
    wanted, found = as_scitype(expected), scitype(data)
    if found <= wanted:
        return Verdict(wanted, found)
    return Verdict(wanted, found, tuple(_closest(data, found, wanted)))


def _closest(data: Any, found: Scitype, wanted: Scitype) -> list[Problem]:
    """The problems with that part of a union which has the shape of the data and fewest of them."""
    alike = [part for part in members(wanted) if _same_shape(found, part)]
    if not alike:
        return [Problem((), wanted, found, _shape_reason(data, found, wanted))]
    return min((_against(data, found, part) for part in alike), key=len)


def _same_shape(found: Scitype, part: Scitype) -> bool:
    if isinstance(found, ArrayOf) and isinstance(part, ArrayOf):
        return part.ndim in (None, found.ndim)
    if isinstance(found, TupleOf) and isinstance(part, TupleOf):
        return len(found.items or ()) == len(part.items or ())
    return isinstance(found, TableOf) and isinstance(part, TableOf)


def _against(data: Any, found: Scitype, part: Scitype) -> list[Problem]:
    if isinstance(part, TableOf) and tables.is_table(data):
        return _columns_against(data, part)
    if isinstance(part, TupleOf) and isinstance(data, tuple):
        return [
            problem._replace(path=(i, *problem.path))
            for i, (item, wanted) in enumerate(zip(data, part.items or (), strict=True))
            for problem in conforms(item, wanted).problems
        ]
    if isinstance(part, ArrayOf) and isinstance(found, ArrayOf):
        return [Problem((), part, found, _reason(data, found.element, (part.element,)))]
    return [Problem((), part, found, f"{found}, not {part}")]


def _columns_against(data: Any, part: TableOf) -> list[Problem]:
    problems = []
    for name, values in tables.columns(data):
        found = elscitype(values)
        if not any(found <= allowed for allowed in part.columns):
            reason = _reason(values, found, part.columns)
            problems.append(Problem((name,), union(part.columns), found, reason))
    return problems


def _reason(values: Any, found: Scitype, allowed: tuple[Scitype, ...]) -> str:
    """Why elements of a vector or array are not what is allowed."""
    present = nonmissing(found)
    if present != found and (present == Never or any(present <= one for one in allowed)):
        return _missing_reason(values, present)
    wanted = " or ".join(map(repr, allowed)) or "nothing: a table without columns"
    levels = _levels_reason(values, present, allowed)
    if levels:
        return levels
    strange = [part for part in members(found) if not any(part <= one for one in allowed)]
    if len(members(present)) > 1 and len(strange) < len(members(found)):
        return f"{found}, not {wanted}{_first_strange(values, allowed)}"
    return f"{found}, not {wanted}"


def _missing_reason(values: Any, present: Scitype) -> str:
    missing = missingness.missing_mask(values)
    rows = np.flatnonzero(missing.reshape(len(missing), -1).any(axis=1)).tolist()
    what = counted(int(missing.sum()), "missing value")
    return f"{what} in {in_rows(rows)}" + (", and nothing else" if present == Never else "")


def _levels_reason(values: Any, present: Scitype, allowed: Iterable[Scitype]) -> str:
    """The reason where the number of levels is all that is wrong; empty otherwise."""
    numbers = {
        one.parameters[0]
        for one in allowed
        if isinstance(one, Node) and one <= Finite and one.parameters
        if isinstance(present, Node) and present <= replace(one, parameters=())
    }
    categorical = as_categorical(values) if numbers else None
    if categorical is None:
        return ""
    known = categorical.categories.tolist()
    wanted = " or ".join(map(str, sorted(numbers)))
    return f"{counted(len(known), 'level')} ({listed(known)}) in its pool, not {wanted}"


def _first_strange(values: Any, allowed: tuple[Scitype, ...]) -> str:
    if not tables.is_column(values) or (isinstance(values, np.ndarray) and values.dtype != object):
        return ""
    for row, value in enumerate(values):
        own = elscitype([value])
        if own != Missing and not any(own <= one for one in allowed):
            return f", first in row {row}: {shortened(repr(value))}"
    return ""


def _shape_reason(data: Any, found: Scitype, wanted: Scitype) -> str:
    reason = f"{found}, not {wanted}"
    images = any(part <= Vector[Image] for part in members(wanted))
    if images and isinstance(data, np.ndarray) and data.ndim in (3, 4):
        return f"{reason}; coerce(x, GrayImage) or coerce(x, ColorImage) makes pixels images"
    if (
        isinstance(found, ArrayOf)
        and found.ndim == 2
        and any(isinstance(part, TableOf) for part in members(wanted))
    ):
        return f"{reason}; table(x) makes a matrix a table"
    return reason
