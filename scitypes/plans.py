"""A coercion looked at before it is done: which columns change, and which rows would fail.

Owns the plan as it is shown. What a coercion does is `coercion.py`'s and `reading.py`'s: `plan` has
them carry it out column by column, keeps what became of each, and throws the columns away.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from scitypes import schematables, tables
from scitypes.arguments import element_target, no_levels_for_schema, no_vector, rules_of
from scitypes.coercion import Options, Step, coerce, planned, vector_step
from scitypes.containers import is_vector
from scitypes.errors import NotATable
from scitypes.inference import elscitype
from scitypes.lattice import Image, Scitype, as_scitype, nonmissing
from scitypes.messages import counted
from scitypes.outcomes import Failure, Refusal, slips
from scitypes.reading import examined, examined_vector
from scitypes.schemas import Schema


@dataclass(frozen=True)
class Change:
    """What a coercion does to one column.

    Attributes:
        name: its name; None for a vector without one.
        found: the scitype of its elements; None if the schema has it and the data does not.
        target: the scitype asked for; None if the data has it and the schema does not.
        result: the scitype that comes out, with its number of levels; None if it fails.
        changes: whether the column is another one afterwards.
        fails: how many rows do not convert.
        values: the first of their values, with the rows.
        reason: why it fails.
        remedy: what to do then.
        note: what `coerce` would warn of, such as levels in alphabetical order; it is no failure.
    """

    name: Hashable
    found: Scitype | None
    target: Scitype | None
    result: Scitype | None = None
    changes: bool = False
    fails: int = 0
    values: str = ""
    reason: str = ""
    remedy: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the column can be coerced."""
        return not self.reason


@dataclass(frozen=True, repr=False)
class Plan:
    """What `coerce` would do with the same arguments; true if nothing would fail.

    Printed, it has a row for each column that is asked for: what it is, what it becomes, how many
    of its rows do not convert, and the first of these (or why else it fails).

    >>> from scitypes.lattice import Count, Multiclass, Textual
    >>> X = {"age": ["31", "?", "x"], "sex": ["f", "m", "f"]}
    >>> plan(X, {"age": Count, "sex": Multiclass})
    2 columns are asked for: 1 changes, 1 can't be coerced
    column  from     to             fail  first values
    age     Textual  Count             2  '?' (row 1), 'x' (row 2)
    sex     Textual  Multiclass[2]
    >>> plan(X, {"sex": Multiclass}).ok
    True
    """

    steps: tuple[Change, ...]
    _call: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether every column can be coerced."""
        return all(step.ok for step in self.steps)

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.steps)

    def to_frame(self) -> pd.DataFrame:
        """The steps as a table, a row for each column that is asked for.

        >>> from scitypes.lattice import Continuous
        >>> plan([1, 2], Continuous).to_frame()["to"].tolist()
        ['Continuous']
        """
        return pd.DataFrame(
            {
                "column": [step.name for step in self.steps],
                "from": [_shown(step.found) for step in self.steps],
                "to": [_shown(step.result or step.target) for step in self.steps],
                "changes": [step.changes for step in self.steps],
                "ok": [step.ok for step in self.steps],
                "fail": [step.fails for step in self.steps],
                "first values": [step.values for step in self.steps],
                "reason": [step.reason for step in self.steps],
                "remedy": [step.remedy for step in self.steps],
                "note": [step.note for step in self.steps],
            }
        )

    def apply(self, *, verbosity: int = 1) -> Any:
        """The data coerced: what `coerce` gives with the same arguments.

        Raises:
            CoercionError, SchemaMismatch: if the plan is not `ok`.
        """
        return coerce(**self._call, verbosity=verbosity)

    def __repr__(self) -> str:
        return schematables.aligned(_HEADINGS, self._rows(), self._title(), _NUMBERS)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield schematables.rich_rows(_HEADINGS, self._rows(), self._title(), _NUMBERS)

    def _repr_html_(self) -> str:
        return schematables.html_rows(_HEADINGS, self._rows(), self._title(), _NUMBERS)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                _named(step.name),
                _shown(step.found),
                _shown(step.result or step.target),
                f"{step.fails:,}" if step.fails else "",
                step.values or step.reason,
            )
            for step in self.steps
        ]

    def _title(self) -> str:
        changed = sum(step.changes for step in self.steps)
        failed = sum(not step.ok for step in self.steps)
        asked = counted(len(self.steps), "column is", "columns are") + " asked for"
        told = [f"{changed:,} {'changes' if changed == 1 else 'change'}"] if changed else []
        told += [f"{failed:,} can't be coerced"] if failed else []
        return f"{asked}: {', '.join(told) or 'nothing changes'}"


_HEADINGS = ("column", "from", "to", "fail", "first values")
_NUMBERS = ("fail",)


def plan(
    X: Any, scitype: Any, *, tight: bool = False, levels: Any = None, missing: Any = None
) -> Plan:
    """What `coerce` would do, column by column, without doing it.

    Args:
        X: a table or a vector; it is neither modified nor, until `apply`, coerced.
        scitype: as in `coerce`: a scitype for a vector, a dict of rules or suggestions for a
            table, or a `Schema` of either.
        tight: as in `coerce`.
        levels: as in `coerce`.
        missing: as in `coerce`.

    Returns:
        a `Plan`: printed it shows each column that is asked for with the rows that would fail,
        `.steps` and `.to_frame()` have the same as data, `.ok` says whether all can be coerced, and
        `.apply()` does it.

    Raises:
        CoercionError, UnknownColumn, NotAScitype: the rules do not fit the table, as in `coerce`.
        NotATable: neither a table nor a vector, or images.
        SchemaMismatch: the data is not of the schema's kind of container.

    >>> import pandas as pd
    >>> from scitypes.lattice import Multiclass, Textual
    >>> df = pd.DataFrame({"age": [31, 44], "sex": ["f", "m"]})
    >>> planned = plan(df, {Textual: Multiclass})
    >>> planned
    1 column is asked for: 1 changes
    column  from     to             fail  first values
    sex     Textual  Multiclass[2]
    >>> planned.apply()["sex"].dtype.name
    'category'
    """
    options = Options(tight, levels, missing)
    call = {"x": X, "scitype": scitype, "tight": tight, "levels": levels, "missing": missing}
    if isinstance(scitype, Schema):
        no_levels_for_schema(levels)
        return Plan(tuple(_through(X, scitype, missing)), call)
    scitype = rules_of(scitype)
    if isinstance(scitype, Mapping):
        steps = planned(X, scitype, options).values()
        return Plan(tuple(_change(step, in_table=True) for step in steps), call)
    target = element_target(as_scitype(scitype))
    if is_vector(X) and not nonmissing(target) <= Image:
        return Plan((_change(vector_step(X, target, options)),), call)
    raise no_vector(X, target) if tables.is_table(X) else _no_plan(X, target)


def _change(step: Step, in_table: bool = False) -> Change:
    """What a step does, found out by doing it."""
    found = elscitype(step.column)
    try:
        converted = step.done()
    except Refusal as refusal:
        return _failed(step.failure(refusal), found, step.target)
    changes = converted.column is not step.column
    result = elscitype(converted.column) if changes else found
    note = "\n".join(slips(step.name, converted, in_table))
    return Change(step.name, found, step.target, result, changes, note=note)


def _failed(failure: Failure, found: Scitype, target: Scitype) -> Change:
    refusal = failure.refusal
    return Change(
        failure.name,
        found,
        target,
        fails=len(refusal.rows),
        values=failure.values,
        reason=failure.reason,
        remedy=refusal.remedy,
    )


def _through(X: Any, schema: Schema, missing: Any) -> Iterable[Change]:
    """What reading through a schema does: its columns in their order, then those it lacks."""
    if schema.container not in ("table", "vector"):
        raise _no_plan(X, schema)
    look = examined if schema.container == "table" else examined_vector
    seen = look(X, schema, missing)
    failures = {failure.name: failure for failure in seen.failures}
    for name, target in zip(schema.names, schema.scitypes, strict=True):
        if name in seen.absent:
            yield Change(name, None, target, reason="there is no such column")
        elif name in seen.doubled:
            yield Change(name, None, target, reason="several columns have this name")
        elif name in failures:
            yield _failed(failures[name], elscitype(seen.columns[name]), target)
        else:
            given, read = seen.columns[name], seen.done[name].column
            yield Change(name, elscitype(given), target, elscitype(read), read is not given)
    for name in seen.extra:
        yield Change(name, elscitype(seen.columns[name]), None, reason="not in the schema")


def _no_plan(X: Any, scitype: Any) -> NotATable:
    told = scitype.container if isinstance(scitype, Schema) else repr(scitype)
    return NotATable(
        "Only the coercion of a table or a vector can be planned.",
        expected="a table and rules, a vector and a scitype, or a schema of either",
        received=f"a {type(X).__name__} and "
        + (f"a schema of {told}" if isinstance(scitype, Schema) else told),
        remedy="coerce(...) itself tells what fails, and changes nothing then",
    )


def _shown(scitype: Scitype | None) -> str:
    return "" if scitype is None else repr(scitype)


def _named(name: Hashable) -> str:
    return "" if name is None else schematables.name_cell(name)
