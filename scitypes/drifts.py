"""Later data against a schema: what is wrong with it, and what has shifted.

Takes columns, anything with `name`, `scitype`, `type`, `pool` and the numbers of a profile
(`missing`, `low`, `high`), so that all is known from a schema's JSON. A fault is what keeps data
from being read as the schema says; a shift is a share of cells that has moved.
"""

from __future__ import annotations

import html
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scitypes import containers, libraries, missingness, profiles, schematables, tables
from scitypes.columnreading import read_column
from scitypes.errors import SchemaMismatch
from scitypes.inference import elscitype
from scitypes.lattice import Infinite, Never, Scitype, Unknown, nonmissing
from scitypes.messages import counted, in_rows, listed, shortened
from scitypes.outcomes import Failure, Refusal

FAULT, SHIFT = "fault", "shift"
_TOLD = 5  # rows and labels named in a finding
_HEADINGS = ("column", "finding", "severity", "share", "what was found")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as a schema says: a fault, or a shift of a share.

    Args:
        column: the name of the column.
        kind: of faults "missing column", "extra column", "repeated column", "retyped" and
            "unseen levels"; of shifts "retyped" (of another scitype, but read), "missing cells"
            and "outside range".
        severity: "fault", which keeps the data from being read as the schema says, or "shift".
        expected: what the schema has there: a scitype, a range or a share, in words.
        found: what came instead.
        share: of unseen levels, retyped values and values outside the range, among the cells that
            are not missing; of missing cells, among all. None where nothing is counted.
        rows: the first rows concerned, at most five: labels of the index in pandas, else numbers
            counted from 0.
        text: the finding in words.

    >>> from scitypes import schema
    >>> schema({"age": [31, 44]}).check({"age": [45, 30, 31, None]})[1]
    Finding('age', 'outside range': '66.67% outside 31 to 44: 45 (row 0), 30 (row 1)')
    """

    column: Hashable
    kind: str
    severity: str
    expected: Scitype | str | None = None
    found: Scitype | str | None = None
    share: float | None = None
    rows: tuple[Any, ...] = ()
    text: str = ""

    def __repr__(self) -> str:
        return f"Finding({self.column!r}, {self.kind!r}: {self.text!r})"


class Findings(Sequence[Finding]):
    """All that a check found; empty, and false, if the data is as the schema says.

    Shifts that are within the tolerance are no findings, but `.to_frame(all=True)` has them.

    >>> from scitypes import schema
    >>> found = schema({"age": [31, 44], "rent": [500.0, 700.0]}).check({"age": ["x", "y"]})
    >>> found
    2 faults: table of 2 rows, 1 column
    column  finding         severity  share  what was found
    rent    missing column  fault            absent
    age     retyped         fault            Textual, not Count
    >>> [finding.column for finding in found], bool(found)
    (['rent', 'age'], True)
    >>> schema({"age": [31, 44]}).check({"age": [44]})
    as the schema says: table of 1 row, 1 column
    """

    def __init__(
        self,
        found: Sequence[Finding] = (),
        *,
        within: Sequence[Finding] = (),
        container: str = "table",
        size: str = "",
        columns: int = 0,
    ) -> None:
        self._found, self._within = tuple(found), tuple(within)
        self._container, self._size, self._columns = container, size, columns

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def __getitem__(self, i: Any) -> Any:
        return self._found[i]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Findings) and self._found == other._found

    def __hash__(self) -> int:
        return hash(self._found)

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Those that keep the data from being read as the schema says."""
        return tuple(finding for finding in self if finding.severity == FAULT)

    @property
    def shifts(self) -> tuple[Finding, ...]:
        """The shares that moved by more than the tolerance."""
        return tuple(finding for finding in self if finding.severity == SHIFT)

    def to_frame(self, all: bool = False) -> pd.DataFrame:
        """The findings as a table, with `all=True` also shifts within the tolerance.

        >>> from scitypes import schema
        >>> found = schema({"age": [31, 44]}).check({"age": [31, 45]}, tolerance=0.5)
        >>> len(found), found.to_frame(all=True)["share"].tolist()
        (0, [0.5])
        """
        every = (*self._found, *(self._within if all else ()))
        rows = {
            "column": [finding.column for finding in every],
            "finding": [finding.kind for finding in every],
            "severity": [finding.severity for finding in every],
            "expected": [finding.expected for finding in every],
            "found": [finding.found for finding in every],
            "share": [finding.share for finding in every],
            "first rows": [finding.rows for finding in every],
        }
        frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in rows.items()})
        return frame.astype({"share": "Float64"})

    def raise_if_any(self, shifts: bool = False) -> None:
        """Raise if the data can't be read as the schema says.

        Args:
            shifts: whether to raise for shifts too.

        Raises:
            SchemaMismatch: listing every fault at once; `.columns` maps columns to reasons,
                `.findings` has the findings.

        >>> from scitypes import schema
        >>> schema({"age": [31, 44]}).check({"age": [27.5]}).raise_if_any()
        """
        listed_ones = self._found if shifts else self.faults
        if not listed_ones:
            return
        reasons: dict[Hashable, str] = {}
        for finding in listed_ones:
            before = f"{reasons[finding.column]}; " if finding.column in reasons else ""
            reasons[finding.column] = before + finding.text
        raise SchemaMismatch(
            f"The {self._container} {self._verdict()}, because of "
            f"{counted(len(reasons), 'column')}.",
            expected=f"{counted(self._columns, 'column')} as they were, in any order",
            received="\n".join(f"{name!r}: {reason}" for name, reason in reasons.items()),
            remedy=self._remedy(),
            columns=reasons,
            findings=self,
        )

    def __repr__(self) -> str:
        if not self:
            return self._title()
        return schematables.aligned(_HEADINGS, self._cells(), self._title(), ("share",))

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        if not self:
            yield self._title()
        else:
            yield schematables.rich_rows(_HEADINGS, self._cells(), self._title(), ("share",))

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{html.escape(self._title())}</p>"
        return schematables.html_rows(_HEADINGS, self._cells(), self._title(), ("share",))

    def _title(self) -> str:
        counts = [(len(self.faults), FAULT), (len(self.shifts), SHIFT)]
        said = ", ".join(counted(n, noun) for n, noun in counts if n) or "as the schema says"
        return f"{said}: {self._container} of {self._size}"

    def _cells(self) -> list[tuple[str, ...]]:
        return [_cells(finding) for finding in self]

    def _verdict(self) -> str:
        return "can't be read as the schema says" if self.faults else "is not as it was"

    def _remedy(self) -> str:
        if self.faults:
            return "give all columns under the schema's names, with labels of the pools"
        return "look at these rows; check(data, tolerance=...) sets how far shares may move"


def findings(
    columns: Sequence[Any],
    nrows: int | None,
    given: Sequence[tuple[Hashable, Any]],
    tolerance: float,
    container: str,
    size: str,
) -> Findings:
    """What is not in the data as these columns were: faults first, then shifts.

    Args:
        columns: the columns of the schema.
        nrows: how many rows it was made from.
        given: the columns of the data, as `(name, column)`.
        tolerance: how far a share may move without being a finding.
        container: the kind of container of the data.
        size: its size in words.
    """
    known = {_typed(column.name): column for column in columns}
    counts = _counts(name for name, _ in given)
    faults = list(_of_names(known, given))
    shifts: list[Finding] = []
    within: list[Finding] = []
    for name, values in given:
        column = known.get(_typed(name))
        if column is None or counts[_typed(name)] > 1:
            continue
        read = _read(column, values)
        faults += read.faults
        for shift, move in _shifts(column, nrows, values, read):
            (shifts if move > tolerance else within).append(shift)
    said: dict[str, Any] = {"container": container, "size": size, "columns": len(columns)}
    return Findings([*faults, *shifts], within=within, **said)


def _cells(finding: Finding) -> tuple[str, ...]:
    """A finding as a row of the table; a share is not said twice."""
    share = "" if finding.share is None else percent(finding.share)
    name = schematables.name_cell(finding.column)
    told = finding.text.removeprefix(f"{share} ")
    return name, finding.kind, finding.severity, share, told


def percent(share: float) -> str:
    """A share in words.

    >>> percent(0.25), percent(0.0004), percent(2 / 3)
    ('25%', '0.04%', '66.67%')
    """
    return f"{100 * share:.4g}%"


def _of_names(
    known: dict[tuple[type, Hashable], Any], given: Sequence[tuple[Hashable, Any]]
) -> Iterator[Finding]:
    counts = _counts(name for name, _ in given)
    for key, column in known.items():
        if key not in counts:
            yield Finding(column.name, "missing column", FAULT, column.scitype, text="absent")
    for key, n in counts.items():
        if n > 1:
            text = f"{n} columns have this name"
            yield Finding(key[1], "repeated column", FAULT, "1 column", f"{n} columns", text=text)
    extra = {_typed(name): values for name, values in given if _typed(name) not in known}
    for key, values in extra.items():
        if counts[key] == 1:
            text = "not in the schema"
            yield Finding(key[1], "extra column", FAULT, found=elscitype(values), text=text)


@dataclass(frozen=True)
class _Read:
    """What became of a column: faults, and values read as the column was, of which some share
    is of another scitype; `values` is None where the two have nothing to compare."""

    faults: tuple[Finding, ...] = ()
    values: Any = None
    share: float = 0.0
    rows: tuple[Any, ...] = ()


def _read(column: Any, values: Any) -> _Read:
    """The values as `coerce(X, schema)` reads them, or why it refuses them."""
    if column.pool is not None:
        return _Read(tuple(_unseen(column, values)))
    found, wanted = nonmissing(elscitype(values)), nonmissing(column.scitype)
    if found <= wanted or wanted in (Never, Unknown) or not tables.nrows(values):
        return _Read((), values)
    if not containers.is_vector(values):
        return _Read((_retyped(column, found),))
    try:
        done = read_column(values, column.scitype, None, back=False).column
    except Refusal as refusal:
        return _Read((_refused(column, found, values, refusal),))
    if not wanted <= Infinite:
        present = np.flatnonzero(~missingness.missing_mask(values))
        return _Read((), done, 1.0, _labels(values, present[:_TOLD]))
    return _fractions(wanted, values, done)


def _fractions(wanted: Scitype, values: Any, done: Any) -> _Read:
    """Numbers are read whatever they are; where whole ones were, others are told."""
    if nonmissing(elscitype(done)) <= wanted:
        return _Read((), values)
    present = np.flatnonzero(~missingness.missing_mask(done))
    numbers = containers.series_of(done).iloc[present].to_numpy(dtype=float)
    broken = present[~(np.isfinite(numbers) & (numbers == np.floor(numbers)))]
    return _Read((), values, len(broken) / len(present), _labels(values, broken[:_TOLD]))


def _retyped(column: Any, found: Scitype, told: str = "", **data: Any) -> Finding:
    wanted = nonmissing(column.scitype)
    text = f"{found}, not {wanted}{told}"
    return Finding(column.name, "retyped", FAULT, wanted, found, text=text, **data)


def _refused(column: Any, found: Scitype, values: Any, refusal: Refusal) -> Finding:
    """What can't be read; the values are named where it is only some of them."""
    present = tables.nrows(values) - missingness.n_missing(values)
    if not 0 < len(refusal.rows) < present:
        return _retyped(column, found)
    failure = Failure(column.name, "", refusal, _labels(values, refusal.rows))
    share = len(refusal.rows) / present
    return _retyped(
        column, found, f": {failure.values}", share=share, rows=tuple(failure.labels[:_TOLD])
    )


def _unseen(column: Any, values: Any) -> list[Finding]:
    _, strangers = column.pool.match(libraries.readable(values))
    if not strangers:
        return []
    labels = [label for label, _ in strangers]
    rows = np.sort(np.concatenate([rows for _, rows in strangers]))
    told = [
        f"{shortened(repr(label))} ({in_rows(_labels(values, at), 3)})"
        for label, at in strangers[:_TOLD]
    ]
    more = f" and {len(strangers) - _TOLD:,} more" if len(strangers) > _TOLD else ""
    return [
        Finding(
            column.name,
            "unseen levels",
            FAULT,
            listed(column.pool.levels, _TOLD),
            listed(labels, _TOLD),
            len(rows) / (tables.nrows(values) - missingness.n_missing(values)),
            _labels(values, rows[:_TOLD]),
            f"not among the levels: {', '.join(told)}{more}",
        )
    ]


def _shifts(
    column: Any, nrows: int | None, values: Any, read: _Read
) -> Iterator[tuple[Finding, float]]:
    """The shares of missing cells, of values of another scitype and of values outside the range,
    each with how far it moved."""
    if read.share:
        yield _other(column, values, read), read.share
    n = tables.nrows(values)
    mask = missingness.missing_mask(values)
    share = float(np.count_nonzero(mask)) / max(n, 1)
    before = column.missing / nrows if nrows and column.missing is not None else share
    if n and share != before:
        rows = _labels(values, np.flatnonzero(mask)[:_TOLD])
        yield _gaps(column.name, before, share, rows), abs(share - before)
    if read.values is not None and share < 1:
        ends = (column.low, column.high)
        beyond = profiles.outside(read.values, ends)
        if len(beyond):
            share = len(beyond) / int(np.count_nonzero(~mask))
            yield _outside(column.name, ends, values, beyond, share), share


def _other(column: Any, values: Any, read: _Read) -> Finding:
    found, wanted = nonmissing(elscitype(values)), nonmissing(column.scitype)
    kind = "not whole" if wanted <= Infinite else found
    text = f"{percent(read.share)} {kind}, {wanted} before"
    return Finding(column.name, "retyped", SHIFT, wanted, found, read.share, read.rows, text)


def _gaps(name: Hashable, before: float, share: float, rows: tuple[Any, ...]) -> Finding:
    then, now = percent(before), percent(share)
    text = f"{now} missing, {then} before"
    return Finding(name, "missing cells", SHIFT, then, now, share, rows, text)


def _outside(
    name: Hashable,
    ends: tuple[Any, Any],
    values: Any,
    beyond: pd.Series[Any],
    share: float,
) -> Finding:
    rows = _labels(values, beyond.index[:_TOLD])
    cells = beyond.drop_duplicates()
    told = ", ".join(
        f"{_plainly(cell)} ({in_rows(_labels(values, beyond.index[beyond == cell]), 3)})"
        for cell in cells.iloc[:3]
    )
    more = f" and {len(cells) - 3:,} more" if len(cells) > 3 else ""
    span = " to ".join(map(_plainly, ends))
    text = f"{percent(share)} outside {span}: {told}{more}"
    return Finding(name, "outside range", SHIFT, span, told + more, share, rows, text)


def _labels(values: Any, rows: Any) -> tuple[Any, ...]:
    """How the user names these rows: by the index in pandas, else by number."""
    at = np.asarray(rows, dtype=np.intp)
    return tuple((values.index[at] if isinstance(values, pd.Series) else at).tolist())


def _plainly(value: Any) -> str:
    """A number, date or time as short as it can be read."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    return str(value).removesuffix(" 00:00:00")


def _typed(name: Hashable) -> tuple[type, Hashable]:
    return (type(name), name)


def _counts(names: Any) -> dict[tuple[type, Hashable], int]:
    counts: dict[tuple[type, Hashable], int] = {}
    for name in names:
        counts[_typed(name)] = counts.get(_typed(name), 0) + 1
    return counts
