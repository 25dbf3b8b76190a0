"""`Schema`: what each column of some data was, so that later data can be read in the same way.

Owns the columns' names, scitypes, machine types and pools, the kind of container they came in, the
JSON form of all this, and checking. How a schema looks when printed is `schematables.py`'s, reading
data through one is `coercion.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scitypes import notation, profiles, schematables, tables
from scitypes.errors import LevelError, NotAScitype, NotATable, SchemaFileError, SchemaMismatch
from scitypes.inference import elscitype
from scitypes.labels import label_from_json, label_to_json
from scitypes.lattice import Image, Infinite, Missing, Never, Scitype, Unknown, nonmissing
from scitypes.messages import counted, in_rows, shortened
from scitypes.pools import Pool, as_categorical

CONTAINERS = ("table", "vector", "matrix", "images")
_FORMAT = 1


@dataclass(frozen=True)
class Column:
    """One column of a schema.

    Args:
        name: what the column is called; any hashable.
        scitype: the scitype of its elements.
        type: the name of its dtype, or of the container's type where it has none.
        pool: the levels of a categorical column, None for any other.
        missing: how many elements are missing; no part of equality.
        count: how many different ones the others are, or a function that counts them, which is
            called when `distinct` is first looked at.
    """

    name: Hashable
    scitype: Scitype
    type: str
    pool: Pool | None = None
    missing: int | None = None
    count: int | Callable[[], int | None] | None = field(default=None, repr=False)

    @cached_property
    def distinct(self) -> int | None:
        """How many different elements there are, missing ones set aside; no part of equality.

        None if they can't be compared. Counted at the first look, since counting takes longer than
        all the rest of a schema; the column is let go then.
        """
        counted = self.count() if callable(self.count) else self.count
        object.__setattr__(self, "count", counted)
        return counted

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "count": self.distinct, "distinct": self.distinct}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        # The type of the name, because 1, 1.0 and True are different names.
        return (type(self.name), self.name, self.scitype, self.type, self.pool)


@dataclass(frozen=True, repr=False, eq=False)
class Schema:
    """The columns of some data, in order; made by `schema`, read from a file by `load_schema`.

    Two schemas are equal if they have the same container and the same columns: names, scitypes,
    types and pools. How many rows there were, and how many values were missing or distinct, is
    shown but not compared.

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
        """The schema as a DataFrame with a row for each column.

        >>> schema({"age": [31, 44]}).to_frame()["distinct"].tolist()
        [2]
        """
        fields = ("name", "scitype", "type", "missing", "distinct")
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
            "columns": [_column_to_json(column) for column in self.columns],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Schema:
        """The schema that `to_json` wrote.

        Raises:
            SchemaFileError: the record is no schema, or of a later format.

        >>> s = schema({"age": [31, 44]})
        >>> Schema.from_json(s.to_json()) == s
        True
        """
        try:
            if record["format"] != _FORMAT or record["container"] not in CONTAINERS:
                raise KeyError(record["format"])
            columns = tuple(map(_column_from_json, record["columns"]))
            return cls(columns, record["container"], record["nrows"])
        except (KeyError, TypeError, AttributeError, ValueError, NotAScitype, LevelError) as error:
            raise SchemaFileError(
                "This is no schema that can be read.",
                expected=f"what Schema.to_json gives, format {_FORMAT}",
                received=shortened(repr(record)),
                remedy=f"the first fault is {type(error).__name__}: {error}",
            ) from error

    def save(self, path: str | Path) -> None:
        """Write the schema to a JSON file, which `load_schema` reads."""
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def check(self, data: Any) -> None:
        """Refuse data that can't be read as the schema says; say nothing otherwise.

        Columns are found by name, in any order. A column with a pool takes whatever holds labels of
        that pool, a numeric column any numbers; other columns must have the same scitype. Missing
        values are let pass: whether they may be is for the model to say.

        Raises:
            SchemaMismatch: listing every fault at once; `.columns` maps columns to reasons.
            NotATable: a table is needed, and this is none.

        >>> schema({"age": [31, 44]}).check({"age": [27.5]})
        """
        problems = self.problems(data)
        if problems:
            told = "\n".join(f"{name!r}: {reason}" for name, reason in problems.items())
            raise SchemaMismatch(
                f"The {self.container} can't be read as the schema says, because of "
                f"{counted(len(problems), 'column')}.",
                expected=f"{counted(len(self), 'column')} as they were, in any order",
                received=told,
                remedy="give all columns under the schema's names, with labels of the pools",
                columns=problems,
            )

    def problems(self, data: Any) -> dict[Hashable, str]:
        """What `check` complains about: from each faulty column's name to the reason."""
        given = parts(data, self.container)
        known = {_typed(column.name): column for column in self.columns}
        found: dict[Hashable, str] = {}
        for key, count in _counts(name for name, _ in given).items():
            if count > 1:
                found[key[1]] = f"{count} columns have this name"
        present = {_typed(name) for name, _ in given}
        found |= {known[key].name: "absent" for key in known if key not in present}
        for name, values in given:
            column = known.get(_typed(name))
            reason = _fault(column, values) if column else "not in the schema"
            if reason:
                found.setdefault(name, reason)
        return found

    def _title(self) -> str:
        size = [] if self.nrows is None else [counted(self.nrows, "row")]
        if self.container in ("table", "matrix"):
            size.append(counted(len(self), "column"))
        kind = "vector of images" if self.container == "images" else self.container
        return f"{kind} of {', '.join(size)}" if size else kind


def schema(x: Any) -> Schema:
    """The schema of a table; also of a vector, a matrix, or a vector of images.

    Args:
        x: a table `(n_rows, n_columns)`; or a vector, whose one column is called as the Series is,
            or "y"; or a matrix, with columns "x1", "x2", ...; or images, one column "images".

    Returns:
        for each column its name, element scitype, machine type and pool, and how many values are
        missing and how many are distinct. The latter is counted when the schema is first printed,
        saved or asked for it; until then it holds on to `x`.

    Raises:
        NotATable: `x` is none of these.

    Source: `schema` of ScientificTypes.jl, which takes tables only and counts nothing.

    >>> schema(np.zeros((10, 2))).names
    ['x1', 'x2']
    """
    kind = container(x)
    columns = tuple(_described(name, values) for name, values in parts(x, kind))
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
            f"{str(path)!r} is no schema: it is not JSON.", received=str(error)
        ) from error
    return Schema.from_json(record)


def container(x: Any) -> str:
    """The kind of container of some data: "table", "vector", "matrix" or "images".

    Raises:
        NotATable: it is none of them.

    >>> container([1, 2]), container(np.zeros((2, 2)))
    ('vector', 'matrix')
    """
    if tables.is_table(x):
        return "table"
    if isinstance(x, np.ndarray) and x.ndim == 2:
        return "matrix"
    if tables.is_column(x):
        found = elscitype(x)
        return (
            "images"
            if found != Never and found <= Image | Missing and found != Missing
            else "vector"
        )
    hint = "put values into a list, or columns into a pandas.DataFrame"
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
        values = np.asarray(x)
        if values.ndim != 2:
            raise NotATable(
                "A matrix is needed.",
                expected="two axes, (n_rows, n_columns)",
                received=f"an array of shape {values.shape}",
                remedy="x.reshape(-1, 1) makes a vector a matrix of one column",
            )
        return [(f"x{i + 1}", values[:, i]) for i in range(values.shape[1])]
    if kind == "images":
        return [("images", x)]
    name = getattr(x, "name", None)
    return [("y" if name is None else name, x)]


def _described(name: Hashable, values: Any) -> Column:
    pool = None if as_categorical(values) is None else Pool.of(values)
    missing = tables.missing_mask(values)
    found = elscitype(values)
    count = partial(profiles.distinct, values, found)
    return Column(name, found, _type(values), pool, int(missing.sum()), count)


def _type(values: Any) -> str:
    if tables.library(values) == "pyarrow":
        return str(values.type)
    return str(getattr(values, "dtype", type(values).__name__))


def _fault(column: Column, values: Any) -> str:
    """Why values can't be read as the column was; empty if they can."""
    if column.pool is not None:
        _, strangers = column.pool.match(values)
        told = [f"{label!r} ({in_rows(rows.tolist(), 3)})" for label, rows in strangers[:5]]
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        return f"not among the levels: {', '.join(told)}{more}" if strangers else ""
    found, wanted = nonmissing(elscitype(values)), nonmissing(column.scitype)
    alike = found <= wanted or (wanted <= Infinite and found <= Infinite)
    if alike or wanted in (Never, Unknown) or not tables.nrows(values):
        return ""
    return f"{found}, not {wanted}"


def _typed(name: Hashable) -> tuple[type, Hashable]:
    return (type(name), name)


def _counts(names: Any) -> dict[tuple[type, Hashable], int]:
    counts: dict[tuple[type, Hashable], int] = {}
    for name in names:
        counts[_typed(name)] = counts.get(_typed(name), 0) + 1
    return counts


def _column_to_json(column: Column) -> dict[str, Any]:
    return {
        "name": label_to_json(column.name),
        "scitype": notation.to_json(column.scitype),
        "type": column.type,
        **({} if column.pool is None else column.pool.to_json()),
        "missing": column.missing,
        "distinct": column.distinct,
    }


def _column_from_json(record: Mapping[str, Any]) -> Column:
    return Column(
        label_from_json(record["name"]),
        notation.from_json(record["scitype"]),
        str(record["type"]),
        Pool.from_json(record) if "levels" in record else None,
        record["missing"],
        record["distinct"],
    )
