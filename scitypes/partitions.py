"""Dividing data: `partition` by rows, `unpack` by columns.

Both are complete and disjoint: every row, or column, is in exactly one piece. What cannot be
divided so is refused.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal, overload

import numpy as np

from scitypes.errors import PartitionError
from scitypes.messages import counted, listed
from scitypes.pools import Pool, as_categorical
from scitypes.tables import (
    Data,
    Positions,
    chosen,
    column,
    is_column,
    is_table,
    names,
    nrows,
    position,
    selectrows,
    take,
)


@overload
def partition(
    X: Data,
    *fractions: float,
    shuffle: bool | None = ...,
    rng: int | None = ...,
    stratify: Any = ...,
    multi: Literal[False] = ...,
) -> tuple[Data, ...]: ...
@overload
def partition(
    X: Any,
    *fractions: float,
    shuffle: bool | None = ...,
    rng: int | None = ...,
    stratify: Any = ...,
    multi: bool,
) -> tuple[Any, ...]: ...
def partition(
    X: Any,
    *fractions: float,
    shuffle: bool | None = None,
    rng: int | None = None,
    stratify: Any = None,
    multi: bool = False,
) -> tuple[Any, ...]:
    """Divide rows into pieces: the given fractions of them, and the rest as the last piece.

    Piece i has `round(fraction_i * n_rows)` rows (halves to even), the last one what remains.
    Without shuffling the order is kept, so that the pieces in a row are `X` again.

    Args:
        X: a table `(n_rows, n_columns)`, a vector, an array, images, a range; with `multi=True` a
            tuple of them with equally many rows, divided in step.
        *fractions: numbers strictly between 0 and 1 whose sum is below 1.
        shuffle: whether to shuffle the rows first; `None` means yes where `rng` is given.
        rng: the seed, an int; `None` draws one where rows are shuffled.
        stratify: labels, `(n_rows,)`, of any kind; each class is divided in these fractions, as far
            as whole rows allow, missing labels being a class of their own.
        multi: whether `X` is a tuple of several data sets.

    Returns:
        one piece more than there are fractions, each of the kind of `X`; with `multi=True` a tuple
        of such tuples, one for each data set.

    Raises:
        PartitionError: a fraction out of range, data sets or labels of different lengths, several
            data sets without `multi=True`, or so few rows that a piece would be empty.

    Source: `partition` of MLJ, which repeats rows where there are too few, and gives a piece
    at least one row.

    >>> partition(["a", "b", "c", "d", "e"], 0.6)
    (['a', 'b', 'c'], ['d', 'e'])
    >>> (X, Xtest), (y, ytest) = partition((np.zeros((10, 2)), np.arange(10)), 0.7, multi=True)
    >>> len(X), len(ytest)
    (7, 3)
    """
    parts = _parts(X, multi)
    n = _common_length(parts)
    _demand_fractions(fractions)
    order = np.arange(n)
    if shuffle or (shuffle is None and rng is not None):
        order = np.random.default_rng(_seed(rng)).permutation(n)
    if stratify is None:
        pieces = _cut(order, fractions)
    else:
        pieces = _cut_by_class(order, fractions, _classes(stratify, n))
    _demand_rows(pieces, n, fractions)
    divided = tuple(tuple(selectrows(part, rows) for rows in pieces) for part in parts)
    return divided if multi else divided[0]


def unpack(
    X: Any,
    *selectors: Any,
    wrap_singles: bool = False,
    shuffle: bool | None = None,
    rng: int | None = None,
) -> tuple[Any, ...]:
    """Divide the columns of a table: one piece for each selector, and the other columns last.

    Args:
        X: a table, `(n_rows, n_columns)`.
        *selectors: each a name, giving that column as a vector; a list of names, giving a table; or
            a function of names, giving the columns for which it is true: as a table, or as a
            vector if it is one column. A column goes to the first selector that takes it.
        wrap_singles: whether one column, too, is given as a table.
        shuffle: whether to shuffle the rows; `None` means yes where `rng` is given.
        rng: the seed, an int.

    Returns:
        one piece more than there are selectors. The last is always a table, if one without columns.

    Raises:
        UnknownColumn: a name that the table does not have, or that an earlier selector took.
        BadSelection: a name that several columns have.

    Source: `unpack` of MLJ, which also makes a vector of a last piece of one column, and coerces.

    >>> y, X = unpack({"age": [31, 44], "sex": ["f", "m"], "rent": [700, 900]}, "rent")
    >>> y, X
    ([700, 900], {'age': [31, 44], 'sex': ['f', 'm']})
    """
    known = names(X)
    if shuffle or (shuffle is None and rng is not None):
        X = selectrows(X, np.random.default_rng(_seed(rng)).permutation(nrows(X)))
    left = list(range(len(known)))
    pieces: list[Any] = []
    for selector in selectors:
        at, single = _taken(selector, known, left)
        pieces.append(column(X, at[0]) if single and not wrap_singles else take(X, at))
        left = [i for i in left if i not in at]
    return (*pieces, take(X, left))


def _taken(selector: Any, known: list[Hashable], left: list[int]) -> tuple[list[int], bool]:
    """The columns that a selector takes from those left, and whether it stands for just one."""
    remaining = [known[i] for i in left]
    if callable(selector):
        at = chosen(selector, remaining)
        return [left[i] for i in at], len(at) == 1
    if isinstance(selector, list):
        return [left[i] for i in chosen(selector, remaining)], False
    return [left[position(selector, remaining)]], True


def _parts(X: Any, multi: bool) -> tuple[Any, ...]:
    if not multi:
        _demand_one(X)
        return (X,)
    if not isinstance(X, (tuple, list)) or not X:
        raise PartitionError(
            "With multi=True several data sets are divided in step.",
            expected="a tuple of data sets, such as (X, y)",
            received=f"a {type(X).__name__}",
            remedy="leave multi=True out to divide one data set",
        )
    return tuple(X)


def _demand_one(X: Any) -> None:
    """Refuse several data sets given as if they were one, whose pieces would be data sets."""
    if isinstance(X, (tuple, list)) and any(_is_data(part, isinstance(X, tuple)) for part in X):
        raise PartitionError(
            f"A {type(X).__name__} of data sets is divided in step, not as if it were data itself.",
            expected="one data set, or several with multi=True",
            received=f"a {type(X).__name__} of {listed([type(part).__name__ for part in X])}",
            remedy="(Xtrain, Xtest), (ytrain, ytest) = partition((X, y), 0.7, multi=True)",
        )


def _is_data(part: Any, in_tuple: bool) -> bool:
    # In a list, lists, ranges and arrays are its elements: vectors, or images.
    if isinstance(part, (list, range, np.ndarray)):
        return in_tuple
    return is_table(part) or is_column(part)


def _common_length(parts: tuple[Any, ...]) -> int:
    lengths = [nrows(part) for part in parts]
    if len(set(lengths)) > 1:
        raise PartitionError(
            "Data sets of different lengths can't be divided in step.",
            expected="equally many rows in each",
            received=", ".join(counted(n, "row") for n in lengths),
            remedy="give each data set the same rows, in the same order",
        )
    return lengths[0]


def _demand_fractions(fractions: tuple[Any, ...]) -> None:
    numbers = (int, float, np.integer, np.floating)
    fine = [isinstance(f, numbers) and 0 < f < 1 for f in fractions]
    if not fractions or not all(fine) or sum(fractions) >= 1 - 1e-12:
        raise PartitionError(
            "Data can't be divided in these fractions.",
            expected="numbers between 0 and 1 whose sum is below 1; the last piece is the rest",
            received=", ".join(map(repr, fractions)) or "none",
            remedy="leave the last fraction out: partition(X, 0.7) gives 70 % and the rest",
            fractions=fractions,
        )


def _seed(rng: Any) -> int | None:
    if rng is None:
        return None
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer)) or rng < 0:
        raise PartitionError(
            "The rows can't be shuffled.",
            expected="rng: a whole number of at least 0, or None",
            received=repr(rng),
            remedy="rng=0 seeds the shuffling",
        )
    return int(rng)


def _cut(order: Positions, fractions: tuple[float, ...]) -> list[Positions]:
    # A sum of rounded sizes can pass the end: then the last piece is empty, and refused.
    ends = np.cumsum([round(float(f) * len(order)) for f in fractions])
    return [np.asarray(piece) for piece in np.split(order, ends)]


def _cut_by_class(
    order: Positions, fractions: tuple[float, ...], classes: Positions
) -> list[Positions]:
    places: list[list[Positions]] = [[] for _ in range(len(fractions) + 1)]
    for label in np.unique(classes):
        at = np.flatnonzero(classes[order] == label)
        for mine, piece in zip(places, _cut(at, fractions), strict=True):
            mine.append(piece)
    return [order[np.sort(np.concatenate(mine or [order[:0]]))] for mine in places]


def _classes(labels: Any, n: int) -> Positions:
    if isinstance(labels, str):
        raise PartitionError(
            "`stratify` takes labels, not the name of a column.",
            expected=f"{counted(n, 'label')}, one for each row",
            received=repr(labels),
            remedy=f"give the column itself: stratify=X[{labels!r}]",
        )
    categorical = as_categorical(labels)
    if nrows(labels) != n:
        raise PartitionError(
            "The labels to stratify by don't fit the data.",
            expected=f"{counted(n, 'label')}, one for each row",
            received=counted(nrows(labels), "label"),
            remedy="give the labels of the very rows that are divided",
        )
    if categorical is not None:
        return np.asarray(categorical.codes).astype(np.intp)
    _, found = Pool(()).match(labels)
    classes = np.full(n, -1, dtype=np.intp)
    for code, (_, rows) in enumerate(found):
        classes[rows] = code
    return classes


def _demand_rows(pieces: list[Positions], n: int, fractions: tuple[float, ...]) -> None:
    sizes = [len(piece) for piece in pieces]
    if min(sizes) == 0 or sum(sizes) != n:
        raise PartitionError(
            f"{counted(n, 'row')} can't be divided so: a piece would be empty.",
            expected="at least one row in each piece",
            received=f"fractions {fractions}, giving pieces of {sizes} rows",
            remedy="use larger fractions or more rows",
            sizes=tuple(sizes),
        )
