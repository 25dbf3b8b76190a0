"""The verbs over levels: looking at a column's pool, giving it another one, joining columns.

Values never change unless `recode` is asked to. A column of every library is taken, nothing is
modified, and the result is a column of the same library: of pandas and Arrow always, of polars
where it can hold the pool (ordered levels that are strings, or unordered ones that all occur).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError, nearest
from scitypes.holding import foreign_cells, foreign_codes, held, labels_of_cells, like
from scitypes.joining import VECTORS, demand_alike, joined, joined_tables, unfit
from scitypes.labels import key, listed_labels, objects, plain
from scitypes.libraries import is_foreign_series
from scitypes.messages import in_rows, listed
from scitypes.missingness import missing_mask
from scitypes.pools import Codes, Pool, as_categorical
from scitypes.tables import is_table


def levels(x: object) -> list[Any]:
    """The labels of a categorical column, seen or not, in their order.

    Raises:
        NotCategorical: the column has no levels.

    Source: `levels` of CategoricalArrays.jl.

    >>> levels(pd.Categorical(["b", "b"], categories=["a", "b"]))
    ['a', 'b']
    """
    return list(Pool.of(x).levels)


def set_levels(x: Any, new: Iterable[Any], *, ordered: bool | None = None) -> Any:
    """The same categorical column with other levels: reordered, extended, or unused ones dropped.

    Values never change; only the pool does.

    Args:
        x: a categorical column of any library, `(n_rows,)`; it is not modified.
        new: all labels of the new pool, in their order.
        ordered: whether the order has a meaning; None keeps what it was.

    Returns:
        the same kind of column, index and name kept.

    Raises:
        LevelError: a level in use would be lost (its label and rows are named), one is repeated, or
            polars can't hold the pool.
        NotCategorical: the column has no levels.

    Source: `levels!` of CategoricalArrays.jl, which changes its argument.

    >>> sizes = pd.Series(["S", "L", "S"], dtype="category")
    >>> levels(set_levels(sizes, ["S", "M", "L"], ordered=True))
    ['S', 'M', 'L']
    """
    old = Pool.of(x)
    pool = Pool(listed_labels(new, "new"), old.ordered if ordered is None else ordered)
    return _repooled(x, pool)


def add_levels(
    x: Any,
    new: Iterable[Any],
    *,
    before: Any = None,
    after: Any = None,
    ordered: bool | None = None,
) -> Any:
    """The same categorical column with further levels, at the end or beside one of the old.

    Args:
        x: a categorical column of any library, `(n_rows,)`; it is not modified.
        new: labels that are no levels yet, in their order.
        before: the level that they come before.
        after: the level that they come after. With neither they come last.
        ordered: whether the order has a meaning; None keeps what it was.

    Returns:
        the same kind of column.

    Raises:
        LevelError: a label is a level already, or `before` or `after` is none.
        NotCategorical: the column has no levels.

    >>> sizes = pd.Categorical(["S", "L"], categories=["S", "L"], ordered=True)
    >>> levels(add_levels(sizes, ["M"], after="S"))
    ['S', 'M', 'L']
    """
    old = Pool.of(x)
    labels = listed_labels(new, "new")
    there = [label for label in labels if _place(old, label) >= 0]
    if there:
        raise LevelError(
            f"{listed(there)} can't be added: there already.",
            expected="labels that are no levels yet",
            received=listed(labels, 10),
            remedy="set_levels(x, [...]) puts the levels into another order",
            labels=tuple(there),
        )
    at = _insertion(old, before, after)
    every = (*old.levels[:at], *labels, *old.levels[at:])
    return _repooled(x, Pool(every, old.ordered if ordered is None else ordered))


def drop_levels(x: Any, labels: Iterable[Any] | None = None) -> Any:
    """The same categorical column without these levels, or without all unused ones.

    Args:
        x: a categorical column of any library, `(n_rows,)`; it is not modified.
        labels: levels that do not occur; None for all that do not.

    Returns:
        the same kind of column.

    Raises:
        LevelError: a level is in use (its rows are named), or the column has no such level.
        NotCategorical: the column has no levels.

    Source: `droplevels!` of CategoricalArrays.jl, which changes its argument.

    >>> sizes = pd.Categorical(["S", "L"], categories=["S", "M", "L"], ordered=True)
    >>> levels(drop_levels(sizes))
    ['S', 'L']
    """
    old = Pool.of(x)
    if labels is None:
        used = set(np.unique(old.codes(x)).tolist())
        kept = [label for i, label in enumerate(old.levels) if i in used]
    else:
        dropped = {_demand_place(old, label) for label in listed_labels(labels, "labels")}
        kept = [label for i, label in enumerate(old.levels) if i not in dropped]
    return _repooled(x, Pool(tuple(kept), old.ordered))


def recode(x: Any, changes: Mapping[Any, Any] | Callable[[Any], Any]) -> Any:
    """The categorical column with its labels renamed; equal new labels become one level.

    Args:
        x: a categorical column of any library, `(n_rows,)`; it is not modified.
        changes: from old labels to new ones, labels not named stay; or a function of the label.
            None as the new label makes these cells missing.

    Returns:
        the same kind of column. Levels keep their order, merged ones stand where the first stood.

    Raises:
        LevelError: a label to be changed is no level; or levels would be merged that are not
            neighbours in a meaningful order.
        NotCategorical: the column has no levels.

    Source: `recode` of CategoricalArrays.jl.

    >>> sizes = pd.Categorical(["S", "L", "XL"], categories=["S", "L", "XL"], ordered=True)
    >>> recode(sizes, {"L": "large", "XL": "large"}).tolist()
    ['S', 'large', 'large']
    """
    old = Pool.of(x)
    new = _renamed(old, changes)
    places: dict[Any, int] = {}
    lookup = [-1 if gone else places.setdefault(key(label), len(places)) for label, gone in new]
    if old.ordered:
        _demand_neighbours(old, lookup)
    pool = Pool(tuple(label for _, label in places), old.ordered)
    return held(x, np.array([*lookup, -1], dtype=np.int32)[old.codes(x)], pool)


def concat(parts: Iterable[Any]) -> Any:
    """Vectors, tables or image vectors one after another, their pools merged.

    Args:
        parts: at least one, all of one kind. Tables have the same columns, in any order;
            categorical vectors any levels; image vectors one size.

    Returns:
        the kind of the first part, index kept. Categorical columns get the pool that
        `Pool.merged` makes of theirs: all levels, in an order that keeps the order of each part;
        ordered if all are and the order of each two neighbours is known. A name that differs from
        part to part is dropped.

    Raises:
        BadSelection: the parts do not fit together: other columns, kinds, or sizes of images; or
            integers beyond 2^53 would be rounded beside floats, or beside negative ones.
        LevelError: ordered pools contradict each other, or some parts have levels and some none.

    Source: `vcat` of CategoricalArrays.jl.

    >>> monday = pd.Series(["S", "L"]).astype(pd.CategoricalDtype(["S", "L"], ordered=True))
    >>> tuesday = pd.Series(["M"]).astype(pd.CategoricalDtype(["S", "M", "L"], ordered=True))
    >>> both = concat([monday, tuesday])
    >>> both.tolist(), levels(both)
    (['S', 'L', 'M'], ['S', 'M', 'L'])
    """
    if is_table(parts) or isinstance(parts, str | VECTORS) or is_foreign_series(parts):
        raise unfit("one of them", f"a {type(parts).__name__}", "concat([first, second])")
    every = list(parts)
    if not every:
        raise unfit("at least one part", "none", "concat([first, second])")
    if is_table(every[0]):
        demand_alike(every, "")
        return joined_tables(every)
    return joined(every, "")


def codes(x: Any) -> Any:
    """The position of each element's level, counted from 0; missing where the element is.

    Args:
        x: a categorical column of any library, `(n_rows,)`.

    Returns:
        a Series of `Int32` for a Series (index and name kept), int32 values of the same library
        for Arrow and polars. For anything else an int32 array, or an `IntegerArray` if cells are
        missing.

    Raises:
        NotCategorical: the column has no levels.

    Source: `int` of MLJBase.jl, which counts from 1.

    >>> codes(pd.Categorical(["b", "a", "b"]))
    array([1, 0, 1], dtype=int32)
    """
    positions = Pool.of(x).codes(x)
    gone = positions < 0
    if is_foreign_series(x):
        return foreign_codes(x, positions, gone)
    masked = pd.arrays.IntegerArray(np.where(gone, 0, positions).astype(np.int32), gone)
    if isinstance(x, pd.Series):
        return pd.Series(masked, index=x.index, name=x.name)
    return masked if gone.any() else positions


def decoder(x: Any) -> Callable[[Any], Any]:
    """A function from codes to the labels they stand for in the pool of `x`, or in the pool `x`.

    What it returns takes one code and gives its label, or a vector of codes, as `codes` gives them
    (-1 stands for missing, too), and gives a categorical column with the whole pool:
    `decoder(x)(codes(x))` equals `x`. It raises LevelError for anything that is no position of a
    level, labels included.

    Args:
        x: a categorical column of any library, or a `Pool`.

    Raises:
        NotCategorical: the column has no levels.

    Source: `decoder` of MLJBase.jl.

    >>> label = decoder(pd.Categorical(["b", "a", "b"]))
    >>> label(1), list(label([1, 0]))
    ('b', ['b', 'a'])
    """
    pool = x if isinstance(x, Pool) else Pool.of(x)

    def decode(codes: Any) -> Any:
        if isinstance(codes, int | np.integer) and not isinstance(codes, bool):
            return next(iter(pool.decode([int(codes)])))
        if not hasattr(codes, "__len__") or isinstance(codes, str):
            codes = [codes]
        return held(codes, _positions(pool, codes), pool)

    return decode


def unwrap(x: Any) -> Any:
    """A categorical column as plain labels; any other column as it is.

    Args:
        x: a column, `(n_rows,)`; it is not modified.

    Returns:
        a Series for a Series and an Index for an Index (index and name kept), an array for a
        `pandas.Categorical`, an Arrow dictionary or a polars column. Integers and booleans with
        missing cells become `Int64` and `boolean`, so that no digit is lost.

    Source: `unwrap` of CategoricalArrays.jl.

    >>> unwrap(pd.Series([3, 1, 3], dtype="category")).tolist()
    [3, 1, 3]
    """
    categorical = as_categorical(x)
    if categorical is None:
        return x
    return like(x, labels_of_cells(categorical))


def _place(pool: Pool, label: Any) -> int:
    """The position of a label, -1 if it is no level."""
    return int(pool.match(objects([label]))[0][0])


def _demand_place(pool: Pool, label: Any) -> int:
    place = _place(pool, label)
    if place < 0:
        raise LevelError(
            f"There is no level {label!r}.",
            expected=f"one of {listed(pool.levels, 10)}",
            received=repr(label),
            remedy=nearest(label, [str(level) for level in pool.levels]),
            labels=(label,),
        )
    return place


def _insertion(pool: Pool, before: Any, after: Any) -> int:
    if before is not None and after is not None:
        raise LevelError(
            "before= and after= were both given.",
            expected="one of the two, or neither",
            received=f"before={before!r}, after={after!r}",
            remedy=f"drop one: add_levels(x, [...], after={after!r})",
        )
    if before is not None:
        return _demand_place(pool, before)
    return len(pool) if after is None else _demand_place(pool, after) + 1


def _repooled(x: Any, pool: Pool) -> Any:
    """The column with another pool that has all levels in use."""
    positions, strangers = pool.match(x)
    if strangers:
        label, rows = strangers[0]
        named = x.index[rows].tolist() if isinstance(x, pd.Series) else rows.tolist()
        raise LevelError(
            f"The level {label!r} is in use and can't be removed.",
            expected=f"a list with {listed([label for label, _ in strangers])} among the levels",
            received=listed(pool.levels, 10),
            remedy=f"it occurs in {in_rows(named)}; recode those values first",
            labels=tuple(label for label, _ in strangers),
        )
    return held(x, positions, pool)


def _renamed(
    pool: Pool, changes: Mapping[Any, Any] | Callable[[Any], Any]
) -> list[tuple[Any, bool]]:
    """For each level its new label, and whether that is missing."""
    if isinstance(changes, Mapping):
        given = {_demand_place(pool, old): new for old, new in changes.items()}
        new = [given.get(i, level) for i, level in enumerate(pool.levels)]
    else:
        new = [changes(level) for level in pool.levels]
    labels = [plain(label) for label in new]
    return list(zip(labels, missing_mask(labels).tolist(), strict=True))


def _demand_neighbours(pool: Pool, lookup: list[int]) -> None:
    kept = [(i, place) for i, place in enumerate(lookup) if place >= 0]
    last: dict[int, tuple[int, int]] = {}
    for step, (i, place) in enumerate(kept):
        if place in last and last[place][1] != step - 1:
            first = pool.levels[last[place][0]]
            raise LevelError(
                f"{first!r} and {pool.levels[i]!r} can't become one level: they are not neighbours "
                "in the order.",
                expected="one new label for levels that follow each other",
                received=" < ".join(map(repr, pool.levels[:10])),
                remedy="set_levels(x, [...]) puts them beside each other, or with ordered=False "
                "takes the order away",
                labels=(first, pool.levels[i]),
            )
        last[place] = (i, step)


def _positions(pool: Pool, given: Any) -> Codes:
    """Codes of any container as Pool.decode takes them."""
    if is_foreign_series(given):
        given = foreign_cells(given)
    cells = pd.array(getattr(given, "array", given))
    gone = missing_mask(cells)
    if getattr(cells.dtype, "kind", "O") not in "iu" and not gone.all():
        pool.decode(np.asarray(cells[~gone], dtype=object))  # raises: these are no codes
    present = np.asarray(cells[~gone], dtype=np.int64)
    if len(present) and (present.min() < -1 or present.max() >= len(pool)):
        pool.decode(present)  # raises: beyond the levels
    result = np.full(len(cells), -1, dtype=np.int32)
    result[~gone] = present
    return result
