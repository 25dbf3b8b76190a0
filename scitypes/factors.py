"""Columns to Finite scitypes: new pools from labels, given pools, the order flag, level counts.

Levels are sorted, labels keep their type, and only labels of several types are turned into strings,
with a warning. A categorical keeps its levels, their order, and the unused ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError, nearest
from scitypes.lattice import Multiclass, OrderedFactor, Scitype
from scitypes.messages import counted, listed
from scitypes.outcomes import Converted, Refusal, picked, some
from scitypes.pools import Pool, as_categorical
from scitypes.tables import missing_mask

Column = Any  # a pandas Series of any dtype


def finite(column: Column, target: Scitype, levels: Any) -> Converted:
    categorical = as_categorical(column)
    ordered = target <= OrderedFactor
    if not ordered and not target <= Multiclass and categorical is not None:
        ordered = bool(categorical.ordered)  # Finite and Binary leave the order as it is
    if levels is not None:
        result = Converted(_in_pool(column, _pool(levels, ordered), target))
    elif categorical is not None:
        result = Converted(_reordered(column, categorical, ordered))
    else:
        result = _new_pool(column, ordered)
    _demand_levels(Pool.of(result.column), target)
    return result


def _new_pool(column: Column, ordered: bool) -> Converted:
    labels = _distinct(column)
    kinds = {_label_kind(label) for label in labels}
    warnings = []
    if len(kinds) > 1:
        names = " and ".join(sorted(kinds))
        _demand_different_texts(column)
        warnings.append(f"labels of several types ({names}) are turned into strings")
        column = _stringified(column)
        labels = _distinct(column)
    try:
        pool = Pool(tuple(sorted(labels)), ordered)
    except TypeError:
        pool = Pool(tuple(labels), ordered)
        warnings.append("labels that have no order of their own are taken as they appear")
    guessed = pool.levels if ordered and kinds == {"text"} and len(labels) > 1 else ()
    result = series_like(pool.decode(pool.codes(column)), column)
    return Converted(result, tuple(warnings), guessed)


def _distinct(column: Column) -> list[Any]:
    """The distinct labels, in order of appearance."""
    try:
        _, strangers = Pool(()).match(column)
    except TypeError:
        strangers = []
    labels = [label for label, _ in strangers]
    bad = [i for i, label in enumerate(labels) if not isinstance(label, Hashable)]
    if bad:
        rows = [int(strangers[i][1][0]) for i in bad]
        raise Refusal(
            some(rows, column, "a label", "labels"),
            "strings, numbers, booleans or dates",
            rows,
            [labels[i] for i in bad],
            "make a label of each value first, x.map(str)",
        )
    return labels


def _demand_different_texts(column: Column) -> None:
    """Refuse labels of several types that are the same once they are strings, as 1 and "1"."""
    _, labels = Pool(()).match(column)
    texts = Counter(str(label) for label, _ in labels)
    alike = [(label, rows) for label, rows in labels if texts[str(label)] > 1]
    if not alike:
        return
    rows = sorted(int(row) for _, places in alike for row in places)
    raise Refusal(
        f"{listed([label for label, _ in alike])} are different labels, and the same as strings",
        "labels of one type, or labels that stay different as strings",
        rows,
        picked(column, rows),
        f"if they are one label, coerce x.map(str); if not, levels="
        f"[{listed([label for label, _ in labels], 10)}] keeps them apart",
    )


def _label_kind(label: Any) -> str:
    if isinstance(label, bool | np.bool_):
        return "boolean"
    if isinstance(label, int | float | np.number):
        return "number"
    return "text" if isinstance(label, str) else type(label).__name__


def _stringified(column: Column) -> Column:
    cells = list(column)
    gone = missing_mask(column)
    return series_like(
        as_text([None if g else str(c) for c, g in zip(cells, gone, strict=True)]), column
    )


def _reordered(column: Column, categorical: Any, ordered: bool) -> Column:
    if isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered) == ordered:
        return column
    same = categorical.as_ordered() if ordered else categorical.as_unordered()
    return series_like(same, column)


def _pool(levels: Sequence[Any], ordered: bool) -> Pool:
    try:
        return Pool(tuple(levels), ordered)
    except LevelError as error:
        raise Refusal(
            "the levels given are no pool",
            error.expected,
            data={"received": error.received},
            remedy=error.remedy or "levels=[...] names each label once",
        ) from None


def _in_pool(column: Column, pool: Pool, target: Scitype) -> Column:
    if isinstance(column.dtype, pd.CategoricalDtype) and Pool.of(column) == pool:
        return column
    codes, strangers = pool.match(column)
    if strangers:
        labels = [label for label, _ in strangers]
        otherwise = f"add them to levels, or mend them; missing=[{listed(labels, 10)}] drops them"
        raise unseen(pool, strangers, column, "the levels given", otherwise)
    return series_like(pool.decode(codes), column)


def unseen(
    pool: Pool, strangers: Sequence[tuple[Any, Any]], column: Column, levels: str, otherwise: str
) -> Refusal:
    """The refusal of labels that are not in a pool.

    Args:
        pool: the pool.
        strangers: the labels with their rows, as `Pool.match` gives them.
        column: the column they are in.
        levels: how to call the pool.
        otherwise: what to do where no misspelling or other type is behind it.
    """
    rows = sorted(int(row) for _, places in strangers for row in places)
    return Refusal(
        some(rows, column, f"among {levels}", f"among {levels}"),
        f"one of {listed(pool.levels, 10)}",
        rows,
        picked(column, rows),
        _level_remedy(pool, [label for label, _ in strangers], otherwise),
        {"labels": [label for label, _ in strangers]},
    )


def _level_remedy(pool: Pool, labels: Sequence[Any], otherwise: str) -> str:
    texts = {str(level): level for level in pool.levels}
    for label in labels:
        if str(label) in texts:
            level = texts[str(label)]
            return (
                f"{label!r} ({type(label).__name__}) is not the level {level!r} "
                f"({type(level).__name__}): convert the column with "
                f".astype({type(level).__name__!r})"
            )
    hint = next(filter(None, (nearest(label, texts) for label in labels)), "")
    return f"{hint} Otherwise {otherwise}" if hint else otherwise


def _demand_levels(pool: Pool, target: Scitype) -> None:
    if pool.scitype <= target:
        return
    raise Refusal(
        f"{counted(len(pool), 'level')}, not as many as {target} says",
        repr(target),
        data={"received": f"{counted(len(pool), 'level')}: {listed(pool.levels, 10)}"},
        remedy=f"the levels are {listed(pool.levels, 10)}; name all of them in levels=[...] if "
        "some do not occur, or drop the number",
    )


def as_text(cells: list[str | None]) -> Any:
    # The text dtype of the pandas at hand: `str` from 3.0 on, objects before.
    return pd.Series(cells, dtype="str" if pd.__version__ >= "3" else object).array


def series_like(values: Any, like: Column) -> Column:
    """A Series of other values with the index and name of one."""
    return pd.Series(values, index=like.index, name=like.name)
