"""What Arrow makes of the cells of a column, which must be the cells that it was given.

Owns the comparison of cells after they were converted, and the refusal of columns that Parquet
can't hold, with a remedy for each kind of cell. Only columns of Python objects are compared: the
values of every other dtype Arrow takes as they are, or refuses.
"""

from __future__ import annotations

import datetime
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image as pillow

from scitypes.errors import CoercionError
from scitypes.images import ImageVector
from scitypes.libraries import library

_PLAIN = {"string": "string", "integer": "int64", "boolean": "bool", "bytes": "binary"}


def demand_kept(X: Any, name: Hashable, column: Any, values: Any) -> None:
    """Refuse a column of objects if Arrow's values are not its cells, with their types.

    Args:
        X: the table that the column is from, for the remedy.
        name: the name of the column.
        column: a Series or an Index; only one of dtype object is looked at.
        values: the Arrow array or chunked array made of it.

    Raises:
        CoercionError: a cell would be another value, or one of another type.
    """
    if column.dtype != object or _is_plain(column, values):
        return
    cells = column.tolist()
    for row, (cell, value) in enumerate(zip(cells, values.to_pylist(), strict=True)):
        if not (_is_missing(cell) and value is None) and not _same(cell, value):
            raise CoercionError(
                f"Column {name!r} can't be written: Parquet would change its cells.",
                expected="cells of one type, numbers, texts, bytes, dates or times, that come "
                "back as they are",
                received=f"{_shown(cell)} in row {column.index[row]!r}, written as {_shown(value)}"
                if isinstance(column, pd.Series)
                else f"{_shown(cell)} in the index, written as {_shown(value)}",
                remedy=_remedy(X, name, column, cell),
                columns={name: "Parquet would change its cells"},
            )


def refused(X: Any, name: Hashable, column: Any, error: Exception) -> CoercionError:
    """The error for a column that Arrow does not take, whatever it raised."""
    cells = column.tolist() if isinstance(column, pd.Series) and column.dtype == object else []
    cell = next((cell for cell in cells if not _is_missing(cell)), None)
    kind = getattr(column, "dtype", type(column).__name__)
    said = ascii(" ".join(map(str, error.args)))[1:-1]
    return CoercionError(
        f"Column {name!r} can't be written: Parquet can't hold it.",
        expected="a column of numbers, texts, bytes, dates, times or labels",
        received=f"a column of {kind}; {type(error).__name__}: {said}",
        remedy=_remedy(X, name, column, cell),
        columns={name: "Parquet can't hold it"},
    )


def demand_no_objects(X: Any) -> None:
    """Refuse the objects of polars, of which its Arrow tables hold the addresses in memory.

    Raises:
        CoercionError: naming the column.
    """
    import polars

    for name, dtype in X.schema.items():
        if dtype == polars.Object:
            raise CoercionError(
                f"Column {name!r} can't be written: Parquet can't hold it.",
                expected="a column of numbers, texts, bytes, dates, times or labels",
                received="a column of Object, in which polars keeps any Python objects",
                remedy=f"write their texts, X.with_columns(polars.Series({name!r}, "
                f"[str(x) for x in X[{name!r}]])), or leave it out, X.drop({name!r})",
                columns={name: "Parquet can't hold it"},
            )


def _is_plain(column: Any, values: Any) -> bool:
    """Whether all cells are of one type that Arrow has too, decided without a Python loop."""
    return _PLAIN.get(pd.api.types.infer_dtype(column, skipna=True)) == str(values.type)


def _is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (_is_number(cell) and cell != cell)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, float | np.floating)


def _same(cell: Any, value: Any) -> bool:
    """Whether a cell came back: the same value of the same type, NumPy's as Python's own."""
    if isinstance(cell, datetime.datetime) and isinstance(value, datetime.datetime):
        return _moment(cell) == _moment(value)
    if isinstance(cell, datetime.timedelta) and isinstance(value, datetime.timedelta):
        return pd.Timedelta(cell) == pd.Timedelta(value)
    if isinstance(cell, np.generic):
        cell = cell.item()
    if type(cell) is not type(value):
        return False
    if isinstance(cell, list):
        return len(cell) == len(value) and all(map(_same, cell, value))
    if isinstance(cell, dict):
        return [*cell] == [*value] and all(map(_same, cell.values(), value.values()))
    if isinstance(cell, datetime.time):
        return bool(cell == value and cell.tzinfo == value.tzinfo)
    return bool(cell == value or (_is_number(cell) and cell != cell and value != value))


def _moment(when: datetime.datetime) -> tuple[pd.Timestamp, Any, Any]:
    """A moment, how far its zone is from UTC, and the name of a zone whose distance changes."""
    zone = getattr(when.tzinfo, "key", None) or getattr(when.tzinfo, "zone", None)
    return pd.Timestamp(when), when.utcoffset(), None if zone == "UTC" else zone


def _shown(cell: Any) -> str:
    return f"{type(cell).__name__} {cell!a:.60}"


def _remedy(X: Any, name: Hashable, column: Any, cell: Any) -> str:
    """How a column becomes one that Parquet holds; every piece of code gives it anew."""
    if isinstance(column, pd.Index):
        return "make it a column, which can be changed: X.reset_index()"
    kind = getattr(column, "dtype", None)
    at = f"X[{name!r}]"
    if library(X) != "pandas":
        made = "pandas.Series({}, dtype=object)" if str(kind) == "object" else "pandas.Series({})"
        at = made.format(at)
    # pop takes a column out of a DataFrame, and of a dict.
    out = f"or leave it out: X.pop({name!r})"
    if isinstance(kind, pd.SparseDtype):
        return f"make it dense, X[{name!r}] = {at}.sparse.to_dense(), {out}"
    if isinstance(column, ImageVector) or isinstance(cell, pillow.Image):
        return f"keep the images in files, and their paths in the column, {out}"
    if isinstance(cell, complex) or getattr(kind, "kind", "") == "c":
        real, imaginary = (f"X['{part}'] = {at}.map(numpy.{part})" for part in ("real", "imag"))
        return f"write it as two columns, {real} and {imaginary}, and leave it out: X.pop({name!r})"
    if isinstance(cell, np.ndarray):
        how = "make the arrays lists", "numpy.ndarray.tolist"
    elif isinstance(cell, tuple):
        how = "make them lists", "list"
    elif isinstance(cell, dict):
        how = "write them as JSON", "json.dumps"
    elif isinstance(cell, set | frozenset):
        how = "make them lists", "sorted"
    elif isinstance(cell, int) and pd.api.types.infer_dtype(column).startswith("mixed-integer-f"):
        how = "make them all floats", "float"
    else:
        how = "write their texts", "str"
    return f"{how[0]}, X[{name!r}] = {at}.map({how[1]}, na_action='ignore'), {out}"
