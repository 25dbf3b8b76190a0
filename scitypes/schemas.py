"""`Schema`: what each column of some data was, so that later data can be read in the same way.

Owns the columns' names, scitypes, machine types and pools, the kind of container they came in, the
JSON form of all this. How a schema looks when printed is `schematables.py`'s, what later data has
wrong `drifts.py`'s, how two schemas differ `differences.py`'s, reading data through one
`coercion.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scitypes import differences, drifts, libraries, profiles, schematables, tables
from scitypes.differences import SchemaDifference
from scitypes.drifts import Findings
from scitypes.errors import (
    Explained,
    LevelError,
    NotAScitype,
    NotATable,
    SchemaFileError,
    SchemaMismatch,
)
from scitypes.inference import Described, described
from scitypes.lattice import Image, Missing, Never, Scitype, nonmissing
from scitypes.messages import counted, shortened
from scitypes.pools import Pool
from scitypes.profiles import Column

CONTAINERS = ("table", "vector", "matrix", "images")
_FORMAT = 2
_FORMATS = (1, 2)


@dataclass(frozen=True, repr=False, eq=False)
class Schema:
    """The columns of some data, in order; made by `schema`, read from a file by `load_schema`.

    Two schemas are equal if they have the same container and the same columns: names, scitypes,
    types and pools. How many rows there were, and how many values were missing or distinct and in
    which range they were, is kept but not compared; `difference` says what differs.

    Args:
        columns: the columns.
        container: "table", "vector", "matrix" or "images".
        nrows: how many rows there were.

    >>> s = schema({"age": [31, 44, None], "sex": pd.Categorical(["f", "m", "f"])})
    >>> s.names, s.scitypes
    (['age', 'sex'], [Count | Missing, Multiclass[2]])
    >>> s
    table of 3 rows, 2 columns
    name  scitype          type      missing  distinct  levels
    age   Count | Missing  list            1         2
    sex   Multiclass[2]    category        0         2  f, m
    """

    columns: tuple[Column, ...]
    container: str = "table"
    nrows: int | None = None

    @property
    def names(self) -> list[Hashable]:
        """The names of the columns, as a new list: `X[schema.names]` cuts X to them."""
        return [column.name for column in self.columns]

    @property
    def scitypes(self) -> list[Scitype]:
        """The element scitype of each column."""
        return [column.scitype for column in self.columns]

    @property
    def types(self) -> list[str]:
        """The name of the dtype of each column."""
        return [column.type for column in self.columns]

    @property
    def pools(self) -> list[Pool | None]:
        """The pool of levels of each column, None where it has none."""
        return [column.pool for column in self.columns]

    def __len__(self) -> int:
        return len(self.columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schema):
            return NotImplemented
        return (self.container, self.columns) == (other.container, other.columns)

    def __hash__(self) -> int:
        return hash((self.container, self.columns))

    def __repr__(self) -> str:
        return schematables.plain(self.columns, self._title())

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield schematables.rich_table(self.columns, self._title(), options.max_width)

    def _repr_html_(self) -> str:
        return schematables.html(self.columns, self._title())

    def to_frame(self) -> pd.DataFrame:
        """The schema as a DataFrame with a row for each column, and the ranges of their values.

        >>> frame = schema({"age": [31, 44]}).to_frame()
        >>> frame["distinct"].tolist(), frame["low"].tolist(), frame["high"].tolist()
        ([2], [31], [44])
        """
        fields = ("name", "scitype", "type", "missing", "distinct", "low", "high")
        rows = {field: [getattr(column, field) for column in self.columns] for field in fields}
        frame = pd.DataFrame(
            {field: pd.Series(values, dtype=object) for field, values in rows.items()}
        )
        return frame.astype({"missing": "Int64", "distinct": "Int64"})

    def to_json(self) -> dict[str, Any]:
        """The schema as JSON values, from which `from_json` makes an equal one.

        Raises:
            LevelError: a name or level has no JSON form.
        """
        return {
            "format": _FORMAT,
            "container": self.container,
            "nrows": self.nrows,
            "columns": [profiles.column_to_json(column) for column in self.columns],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Schema:
        """The schema that `to_json` wrote, also in format 1, which had no ranges.

        Raises:
            SchemaFileError: the record is no schema, or of a later format.

        >>> s = schema({"age": [31, 44]})
        >>> Schema.from_json(s.to_json()) == s
        True
        """
        try:
            if record["format"] not in _FORMATS or record["container"] not in CONTAINERS:
                told = f"format {record['format']!r}, container {record['container']!r}"
                raise ValueError(told)
            columns = tuple(map(profiles.column_from_json, record["columns"]))
            _demand_agreement(columns, record["nrows"])
            return cls(columns, record["container"], record["nrows"])
        except (KeyError, TypeError, AttributeError, ValueError, NotAScitype, LevelError) as error:
            raise SchemaFileError(
                "This is no schema that can be read.",
                expected=f"what Schema.to_json gives, format {' or '.join(map(str, _FORMATS))}",
                received=f"{shortened(repr(record))}; the first fault: {_fault(error)}",
                remedy="write it again from data, schema(X).save(path); a later format needs a "
                "later version of this package",
            ) from error

    def save(self, path: str | Path) -> None:
        """Write the schema to a JSON file, which `load_schema` reads."""
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def check(self, data: Any, *, tolerance: float = 0.05) -> Findings:
        """What later data has wrong, and what has shifted; empty, and false, if nothing has.

        Columns are found by name, in any order; the name of a vector is not compared. Faults keep
        data from being read as the schema says, that is what `coerce(data, schema)` refuses:
        columns that are missing, extra or there twice, labels that are not in a pool, elements
        that do not convert. A column with a pool takes whatever holds labels of that pool, a
        numeric column any numbers. Shifts are shares that have moved: of cells that are read but
        are of another scitype (fractions in Count, ISO texts where dates were), of missing cells,
        and of numbers, dates and times outside the range that the schema was made from. Whether
        missing values may be is for the model to say.

        Args:
            data: data of the schema's container.
            tolerance: a shift is listed if a share moved by more than this, 0.05 for 5 % of the
                cells; of few rows shares say little. `.to_frame(all=True)` lists them all.

        Returns:
            the findings, which print as a table; `.to_frame()` has them as a DataFrame, and
            `.raise_if_any()` refuses the data for a fault.

        Raises:
            NotATable: the data is of another container.
            SchemaMismatch: the tolerance is no share; nothing else raises this here.

        >>> found = schema({"age": [31, 44], "sex": ["f", None]}).check({"age": [27, 61]})
        >>> found
        1 fault, 1 shift: table of 2 rows, 1 column
        column  finding         severity  share  what was found
        sex     missing column  fault            absent
        age     outside range   shift      100%  outside 31 to 44: 27 (row 0), 61 (row 1)
        """
        given = parts(data, self.container)
        if self.container in ("vector", "images"):
            given = [(column.name, data) for column in self.columns]
        size = _size(self.container, tables.nrows(data), len(given))
        return drifts.findings(
            self.columns, self.nrows, given, _demanded(tolerance), self.container, size
        )

    def problems(self, data: Any) -> dict[Hashable, str]:
        """The faults that `check` finds: from each faulty column's name to the reason.

        >>> schema({"age": [31, 44]}).problems({"age": ["x"], "sex": ["f"]})
        {'sex': 'not in the schema', 'age': 'Textual, not Count'}
        """
        return {finding.column: finding.text for finding in self.check(data).faults}

    def difference(self, other: Schema) -> SchemaDifference:
        """What another schema has changed, in words: columns, scitypes, levels, types, order.

        Returns:
            a line for each change; empty, and false, if and only if the two are equal.

        >>> old = schema({"age": [31, 44], "rent": [1.5, 2.0]})
        >>> print(old.difference(schema({"age": [31, None], "zip": ["8001", "8002"]})))
        'rent' is gone
        'zip' is new: Textual
        'age': Count, now Count | Missing
        """
        demand_schema(other)
        containers = (self.container, other.container)
        return differences.difference(self.columns, other.columns, containers)

    def _title(self) -> str:
        size = _size(self.container, self.nrows, len(self))
        kind = "vector of images" if self.container == "images" else self.container
        return f"{kind} of {size}" if size else kind


def schema(x: Any) -> Schema:
    """The schema of a table; also of a vector, a matrix, or a vector of images.

    Args:
        x: a table `(n_rows, n_columns)`; or a vector, whose one column is called as the Series is,
            or "y"; or a matrix, with columns "x1", "x2", ...; or images, one column "images".

    Returns:
        for each column its name, element scitype, machine type and pool; how many values are
        missing, how many are distinct, and the range of numbers, dates and times. What takes time
        is counted when the schema is first printed, saved or asked for it; until then it holds on
        to `x`.

    Raises:
        NotATable: `x` is none of these.

    Source: `schema` of ScientificTypes.jl, which takes tables only and counts nothing.

    >>> schema(np.zeros((10, 2))).names
    ['x1', 'x2']
    """
    kind, known = _container(x)
    columns = tuple(profiles.described(name, values, known) for name, values in parts(x, kind))
    return Schema(columns, kind, tables.nrows(x))


def load_schema(path: str | Path) -> Schema:
    """The schema that `Schema.save` wrote to a file.

    Raises:
        SchemaFileError: the file holds no schema.
        OSError: it can't be read.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "schema.json")
    >>> schema({"a": [1.0, 2.0]}).save(path)
    >>> load_schema(path).names
    ['a']
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise SchemaFileError(
            f"{str(path)!r} is no schema: it is not JSON.",
            expected="a file that Schema.save wrote",
            received=str(error),
            remedy="name the file that was saved, or write it again from data, "
            "schema(X).save(path)",
        ) from error
    return Schema.from_json(record)


def container(x: Any) -> str:
    """The kind of container of some data: "table", "vector", "matrix" or "images".

    Raises:
        NotATable: it is none of them.

    >>> container([1, 2]), container(np.zeros((2, 2)))
    ('vector', 'matrix')
    """
    return _container(x)[0]


def _container(x: Any) -> tuple[str, Described | None]:
    """The kind of container, and what a vector was found to hold on the way."""
    if tables.is_table(x):
        return "table", None
    if isinstance(x, np.ndarray) and x.ndim == 2:
        return "matrix", None
    if tables.is_column(x):
        known = described(x)
        found = known.scitype
        images = found not in (Never, Missing) and found <= Image | Missing
        return ("images" if images else "vector"), known
    hint = libraries.collecting(x) or "put values into a list, or columns into a pandas.DataFrame"
    if isinstance(x, np.ndarray) and x.ndim in (3, 4):
        hint = "coerce(x, GrayImage) or coerce(x, ColorImage) makes an array of pixels images"
    raise NotATable(
        "This has no schema.",
        expected="a table, a vector, a matrix or images",
        received=f"an array of shape {x.shape}"
        if isinstance(x, np.ndarray)
        else f"a {type(x).__name__}",
        remedy=hint,
    )


def parts(x: Any, kind: str) -> list[tuple[Hashable, Any]]:
    """The columns of data of a kind, as `(name, column)`."""
    if kind == "table":
        return tables.columns(x)
    if kind == "matrix":
        values = x if isinstance(x, np.ma.MaskedArray) else np.asarray(x)
        if values.ndim != 2:
            raise NotATable(
                "A matrix is needed.",
                expected="two axes, (n_rows, n_columns)",
                received=f"an array of shape {values.shape}",
                remedy="x.reshape(-1, 1) makes a vector a matrix of one column",
            )
        return [(f"x{i + 1}", values[:, i]) for i in range(values.shape[1])]
    if not tables.is_column(x):
        raise NotATable(
            "A vector is needed.",
            expected="a list, a Series, an array of one axis, or images",
            received=f"a {type(x).__name__}",
            remedy="X[name] is a column of a table, list(x) makes a vector of other values",
        )
    if kind == "images":
        return [("images", x)]
    name = getattr(x, "name", None)
    return [("y" if name is None else name, x)]


def demand_schema(x: object) -> None:
    """Refuse what is no schema, data for instance.

    Raises:
        SchemaMismatch: saying how to make one.
    """
    if not isinstance(x, Schema):
        raise SchemaMismatch(
            "A schema is needed here.",
            expected="a Schema",
            received=f"a {type(x).__name__}",
            remedy="schema(X) makes one of data; schema(X).check(later) checks later data",
        )


def _demand_agreement(columns: tuple[Column, ...], nrows: object) -> None:
    """Refuse a record whose parts contradict one another, so that no data could be read by it."""
    if nrows is not None and (not isinstance(nrows, int) or isinstance(nrows, bool) or nrows < 0):
        raise ValueError(f"nrows {nrows!r} is no number of rows")
    for column in columns:
        pool = column.pool
        if pool is not None and nonmissing(column.scitype) != pool.scitype:
            raise ValueError(
                f"column {column.name!r} is {column.scitype} and has the levels of {pool.scitype}"
            )


def _fault(error: Exception) -> str:
    """What was found wrong in a record, without the name of the exception."""
    if isinstance(error, KeyError):
        return f"{error} is absent"
    return error.failed if isinstance(error, Explained) else str(error)


def _demanded(tolerance: float) -> float:
    if isinstance(tolerance, (int, float)) and 0 <= tolerance <= 1:
        return float(tolerance)
    raise SchemaMismatch(
        "Data can't be checked: the tolerance is no share.",
        expected="a number from 0 to 1, 0.05 for 5 % of the cells",
        received=repr(tolerance),
    )


def _size(kind: str, nrows: int | None, ncolumns: int) -> str:
    size = [] if nrows is None else [counted(nrows, "row")]
    if kind in ("table", "matrix"):
        size.append(counted(ncolumns, "column"))
    return ", ".join(size)
