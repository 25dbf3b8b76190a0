"""The few verbs over any table: names, rows, columns, selection; also for vectors and matrices.

Owns what counts as a table (`is_table`): a pandas, polars or Arrow frame, a structured array, or a
dict of columns of equal length. A dict of numbers and a list of dicts are none. Columns are
addressed by position inside the library, since names may repeat; pandas is used directly, polars
and Arrow go through narwhals. Nothing here modifies its argument.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar, overload

import numpy as np
import pandas as pd

from scitypes.errors import BadSelection, NotATable, UnknownColumn, nearest
from scitypes.libraries import (
    collecting,
    decoded,
    is_foreign_frame,
    is_foreign_series,
    library,
    narwhal,
)
from scitypes.messages import counted, listed

Positions = np.ndarray[Any, np.dtype[np.intp]]
Data = TypeVar("Data")


def is_table(x: object) -> bool:
    """Whether `x` is a table: a frame (pandas, polars, Arrow), dict of columns, structured array.

    >>> is_table({"a": [1, 2], "b": ["x", "y"]}), is_table({"a": 1, "b": 2})
    (True, False)
    """
    if isinstance(x, pd.DataFrame):
        return True
    if isinstance(x, dict):
        return bool(x) and all(map(is_column, x.values())) and len(set(map(len, x.values()))) == 1
    return is_foreign_frame(x) or is_structured(x)


def is_column(x: object) -> bool:
    """Whether `x` is one-dimensional data with a length: a list, Series, array, image vector...

    >>> is_column([1, 2]), is_column("text"), is_column(np.zeros((2, 2)))
    (True, False, False)
    """
    if isinstance(x, np.ndarray):
        return x.ndim == 1 and x.dtype.names is None
    if isinstance(x, (list, range, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        return True
    return is_foreign_series(x) or (
        all(hasattr(type(x), verb) for verb in ("__scitype__", "__len__", "__getitem__"))
    )


def is_structured(x: object) -> bool:
    """Whether `x` is a structured array of one axis: a table whose columns are its fields."""
    return isinstance(x, np.ndarray) and x.ndim == 1 and x.dtype.names is not None


def names(X: Any) -> list[Hashable]:
    """The names of a table's columns, in order; they may be of any type and may repeat.

    Raises:
        NotATable: `X` is no table.

    >>> names(pd.DataFrame([[1, 2]], columns=["a", 0]))
    ['a', 0]
    """
    demand_table(X)
    if isinstance(X, pd.DataFrame):
        return [plain_name(name) for name in X.columns]
    if is_structured(X):
        return list(X.dtype.names)
    return list(map(plain_name, X)) if isinstance(X, dict) else list(narwhal(X).columns)


_NAN = float("nan")


def plain_name(name: Hashable) -> Hashable:
    """A NumPy number, as an index of numbers gives them, as Python's, which prints as one.

    Any NaN is the same object, so that it is found in a dict or list of names.

    >>> plain_name(np.int64(3)), plain_name(np.nan) is plain_name(float("nan"))
    (3, True)
    """
    if isinstance(name, (np.number, np.bool_)):
        name = name.item()
    return _NAN if isinstance(name, float) and name != name else name


def nrows(X: Any) -> int:
    """The number of rows of a table, of a vector, or of an array (along its first axis).

    None has 0 rows, as has a table without columns unless its index says otherwise.

    Raises:
        NotATable: `X` has no rows.

    Source: `nrows` of MLJ, which refuses arrays of more than two axes.

    >>> nrows({"a": [1, 2, 3]}), nrows(np.zeros((4, 2))), nrows(["x"])
    (3, 4, 1)
    """
    if X is None:
        return 0
    if isinstance(X, pd.DataFrame):
        return len(X)
    if isinstance(X, dict) and is_table(X):
        return len(next(iter(X.values())))
    if is_foreign_frame(X):
        return len(narwhal(X))
    if isinstance(X, dict) or not _has_rows(X):
        raise _no_table(X, "a table, a vector or a matrix")
    return len(X)


def column(X: Any, i: int) -> Any:
    """The column of a table at a position, counted from 0, in the table's own kind of vector.

    >>> column(pd.DataFrame([[1, 2]], columns=["a", "a"]), 1).tolist()
    [2]
    """
    demand_table(X)
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, i]
    if isinstance(X, dict):
        return list(X.values())[i]
    if is_structured(X):
        return X[X.dtype.names[i]]
    values = narwhal(X)[:, i].to_native()
    return decoded(values) if library(values) == "pyarrow" else values


def columns(X: Any) -> list[tuple[Hashable, Any]]:
    """All columns of a table as `(name, column)`, in order.

    >>> columns({"a": [1, 2]})
    [('a', [1, 2])]
    """
    if isinstance(X, pd.DataFrame):
        return [(plain_name(name), values) for name, values in X.items()]
    return [(name, column(X, i)) for i, name in enumerate(names(X))]


def positions(rows: Any, n: int) -> Positions:
    """Row numbers from anything that selects rows, checked against the number of rows.

    Args:
        rows: an int, a slice, a range, a boolean mask `(n,)`, or whole numbers (negative ones
            count from the end).
        n: the number of rows there are.

    Returns:
        whole numbers from 0 to n - 1.

    Raises:
        BadSelection: a row that is not there, a mask of another length, or no whole numbers.

    >>> positions([True, False, True], 3), positions(slice(1, None), 3), positions(-1, 3)
    (array([0, 2]), array([1, 2]), array([2]))
    """
    if isinstance(rows, slice):
        return np.arange(n, dtype=np.intp)[rows]
    asked = np.atleast_1d(_array_of_rows(rows))
    if asked.dtype == bool and asked.shape == (n,):
        return np.flatnonzero(asked)
    if asked.ndim != 1 or asked.dtype.kind not in "iu":
        raise BadSelection(
            "Rows can't be selected.",
            expected=f"whole numbers, a slice or range, or a boolean mask of length {n:,}",
            received=f"{asked.dtype} of shape {asked.shape}",
            remedy="rows are counted from 0: [0, 2], range(10), or a mask such as X[name] > 0",
            rows=rows,
        )
    outside = asked[(asked < -n) | (asked >= n)]
    if len(outside):
        raise BadSelection(
            f"{counted(len(outside), 'row')} asked for can't be selected: there are too few rows.",
            expected=f"rows 0 to {n - 1:,}" if n else "no rows: the data is empty",
            received=f"row {listed(outside.tolist())}",
            remedy="rows are counted from 0, whatever their index; for the labels of an index, "
            "X.index.get_indexer(labels)",
            rows=outside,
        )
    return np.where(asked < 0, asked + n, asked).astype(np.intp)


@overload
def selectrows(X: range, rows: Any) -> np.ndarray[Any, Any]: ...
@overload
def selectrows(X: Data, rows: Any) -> Data: ...
def selectrows(X: Any, rows: Any) -> Any:
    """The rows of a table, vector or matrix, in the same kind of container.

    Levels, names and dtypes stay; pandas keeps the index labels of the rows. An int selects one
    row and still gives a table (vector, matrix).

    Args:
        X: a table `(n_rows, n_columns)`, a vector, an array (its first axis is selected), or
            anything that an array of row numbers can index. None stays None.
        rows: what `positions` takes; `slice(None)` gives `X` itself.

    Raises:
        BadSelection: there are no such rows.
        NotATable: `X` has no rows.

    Source: `selectrows` of MLJ.

    >>> selectrows(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    if X is None or (isinstance(rows, slice) and rows == slice(None)):
        return X
    at = positions(rows, nrows(X))
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X.take(at)
    if isinstance(X, dict):
        return {name: selectrows(values, at) for name, values in X.items()}
    if isinstance(X, (list, tuple)):
        return type(X)([X[i] for i in at]) if type(X) in (list, tuple) else [X[i] for i in at]
    if isinstance(X, range):
        return np.asarray(X)[at]
    if library(X) == "pyarrow":
        return decoded(X).take(at)
    return narwhal(X)[at, :].to_native() if is_foreign_frame(X) else X[at]


def selectcols(X: Any, cols: Any) -> Any:
    """Columns of a table or matrix: one as a vector, several as a table (matrix).

    Args:
        X: a table, or an array `(n_rows, n_columns)`.
        cols: a name or a position gives a vector; a list of them, a slice of positions, or a
            function of names that is true for the wanted ones, gives a table. An int is a name
            where the table has a column of that name, else a position.

    Raises:
        UnknownColumn: there is no such column; near names are offered.
        BadSelection: several columns have that name, so that a position is needed.
        NotATable: `X` has no columns.

    Source: `selectcols` of MLJ.

    >>> selectcols({"a": [1, 2], "b": [3, 4]}, "b")
    [3, 4]
    """
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return X[:, cols]
    known = names(X)
    if isinstance(cols, (list, slice, np.ndarray, pd.Index)) or callable(cols):
        return take(X, chosen(cols, known))
    return column(X, position(cols, known))


def take(X: Any, at: Sequence[int]) -> Any:
    """The table of the columns at these positions, in this order."""
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, list(at)]
    if isinstance(X, dict):
        every = list(X.items())
        return dict(every[i] for i in at)
    if is_structured(X):
        return X[[X.dtype.names[i] for i in at]]
    return narwhal(X)[:, list(at)].to_native()


def chosen(cols: Any, known: Sequence[Hashable]) -> list[int]:
    """The positions of the columns that names, positions, a slice or a function ask for."""
    if isinstance(cols, slice):
        return list(range(len(known)))[cols]
    if callable(cols):
        return [i for i, name in enumerate(known) if cols(name)]
    return [position(name, known) for name in cols]


def position(name: Any, known: Sequence[Hashable]) -> int:
    """The position of the one column of that name (or, for an int that is no name, position).

    >>> position("b", ["a", "b"]), position(-1, ["a", "b"])
    (1, 1)
    """
    found = [i for i, other in enumerate(known) if _same(other, name)]
    if len(found) > 1:
        raise BadSelection(
            f"{len(found)} columns are called {name!r}.",
            expected="a name that one column has",
            received=f"{name!r}, the name of columns {listed(found)}",
            remedy="rename the columns, or select by position",
            column=name,
        )
    if found:
        return found[0]
    is_number = isinstance(name, (int, np.integer)) and not isinstance(name, bool)
    if is_number and -len(known) <= name < len(known):
        return int(name) % len(known)
    raise unknown_column(name, known)


def unknown_column(name: object, known: Iterable[object]) -> UnknownColumn:
    """The error about a column that is not there, ready to raise."""
    every = list(known)
    return UnknownColumn(
        f"There is no column {name!r}.",
        expected=f"one of {listed(every, 12)}" if every else "nothing: the table has no columns",
        received=repr(name),
        remedy=nearest(name, every),
        column=name,
    )


def demand_table(X: object) -> None:
    """Refuse whatever is no table.

    Raises:
        NotATable: with what came instead, and what to do about it.
    """
    if not is_table(X):
        raise _no_table(X, "a table: a DataFrame, or a dict of columns of equal length")


def _no_table(X: Any, expected: str) -> NotATable:
    received, remedy = f"a {type(X).__name__}", "pandas.DataFrame(x) makes a table of many things"
    if how := collecting(X):
        later = "has not been read yet" if library(X) == "polars" else "gives its data bit by bit"
        received, remedy = f"{received}, which {later}", how
    elif isinstance(X, dict):
        lengths = {name: len(x) for name, x in X.items() if is_column(x)}
        others = [name for name, x in X.items() if not is_column(x)]
        received = f"a dict of columns of lengths {lengths}" if X else "an empty dict"
        remedy = "give each column as many values as the others" if X else "give it a column"
        if others:
            received = f"a dict in which {listed(others)} is no column"
            remedy = "one row is {name: [value], ...}, with a list for each column"
    elif isinstance(X, np.ndarray):
        received = f"an array of shape {X.shape}"
        remedy = "scitypes.table(x.reshape(-1, 1)) makes a vector a table of one column"
        if X.ndim == 2:
            remedy = "scitypes.table(x) makes a matrix a table"
        elif X.ndim > 2:
            remedy = "coerce(x, GrayImage) or coerce(x, ColorImage) makes pixels images"
    elif isinstance(X, list) and X and isinstance(X[0], dict):
        received, remedy = "a list of dicts", "pandas.DataFrame(rows) makes a table of them"
    elif isinstance(X, (pd.Series, list, range)):
        remedy = 'a table of one column is {"name": x}'
    elif isinstance(X, (deque, array)):
        remedy = 'a table of one column is {"name": list(x)}'
    elif isinstance(X, str):
        received = f"the string {X!r:.80}"
        remedy = f"give the table itself; one column of it is X[[{X!r:.40}]]"
    return NotATable("This is no table.", expected=expected, received=received, remedy=remedy)


def _has_rows(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.ndim > 0
    if isinstance(x, (str, bytes)):
        return False
    return hasattr(type(x), "__len__") and hasattr(type(x), "__getitem__")


def _same(name: Any, other: Any) -> bool:
    # 1, 1.0 and True compare equal, but they are different names.
    if isinstance(name, bool) or isinstance(other, bool):
        return name is other
    try:
        return bool(name == other)
    except (TypeError, ValueError):
        return False


def _array_of_rows(rows: Any) -> np.ndarray[Any, Any]:
    if isinstance(rows, range):
        return np.arange(rows.start, rows.stop, rows.step)
    array = np.asarray(rows)
    return array.astype(np.intp) if array.size == 0 and array.dtype != bool else array
