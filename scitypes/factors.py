"""Columns to Finite scitypes: new pools from labels, given pools, the order flag, level counts.

Levels are sorted, labels keep their type, and only labels of several types are turned into strings,
with a warning. A categorical keeps its levels, their order, and the unused ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError, nearest
from scitypes.labels import listed_labels, objects
from scitypes.lattice import Multiclass, OrderedFactor, Scitype
from scitypes.messages import counted, listed
from scitypes.missingness import missing_mask
from scitypes.outcomes import Converted, Refusal, picked, some
from scitypes.pools import Pool, as_categorical

Column = Any  # a pandas Series of any dtype


def finite(column: Column, target: Scitype, levels: Any) -> Converted:
    try:
        return _finite(_in_float64(column), target, levels)
    except UnicodeEncodeError:
        raise _no_unicode(column) from None


def _finite(column: Column, target: Scitype, levels: Any) -> Converted:
    categorical = as_categorical(column)
    ordered = target <= OrderedFactor
    if not ordered and not target <= Multiclass and categorical is not None:
        ordered = bool(categorical.ordered)  # Finite and Binary leave the order as it is
    if levels is not None:
        result = Converted(_in_pool(column, _pool(levels, ordered)))
    elif categorical is not None:
        result = Converted(_reordered(column, categorical, ordered))
    else:
        result = _new_pool(column, ordered)
    _demand_levels(result.column, target)
    return result


def _in_float64(column: Column) -> Column:
    """A column of longdoubles, of which pandas makes no levels, as float64 of the same numbers."""
    dtype = column.dtype
    if not isinstance(dtype, np.dtype) or dtype.kind != "f" or dtype.itemsize <= 8:
        return column
    wide = column.to_numpy()
    with np.errstate(over="ignore"):
        numbers = wide.astype(np.float64)
    rows = np.flatnonzero((numbers != wide) & ~np.isnan(wide)).tolist()
    if rows:
        raise Refusal(
            some(rows, column, "a label that float64 can hold", "labels that float64 can hold"),
            "numbers that float64 holds exactly",
            rows,
            picked(column, rows),
            "x.astype('float64') rounds them; x.map(str) makes texts of them",
        )
    return series_like(numbers, column)


def _no_unicode(column: Column) -> Refusal:
    rows = [
        row
        for row, cell in enumerate(column)
        if isinstance(cell, str) and any("\ud800" <= sign <= "\udfff" for sign in cell)
    ]
    where = some(rows, column, "a text", "texts") if rows else "a level given is no text"
    return Refusal(
        f"{where} of Unicode: half a character cannot be written to any file",
        "texts without surrogates, the code points U+D800 to U+DFFF",
        rows,
        picked(column, rows),
        "read the file again in the encoding it was written in",
    )


def _new_pool(column: Column, ordered: bool) -> Converted:
    """The sorted labels of a column as its levels.

    Numbers and texts, of which there may be millions, go by array operations alone: with neither a
    Python object per label nor a second look at the cells. The pool is the same.
    """
    sorted_ = _close_integers(column) or _numbers_sorted(column) or _strings_sorted(column)
    if sorted_ is not None:
        return _categorical(column, *sorted_, ordered)
    return _pool_of_labels(column, ordered)


def _categorical(column: Column, codes: Any, levels: Any, ordered: bool) -> Converted:
    dtype = pd.CategoricalDtype(levels, ordered=ordered)
    categorical = pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
    texts = isinstance(levels.dtype, pd.StringDtype) or levels.dtype == object
    guessed = tuple(levels) if ordered and texts and len(levels) > 1 else ()
    return Converted(series_like(categorical, column), (), guessed)


def _close_integers(column: Column) -> tuple[Any, Any] | None:
    """Codes and levels of integers in a range not much longer than the column, without sorting."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu" or not len(column):
        return None
    values = column.to_numpy()
    low, high = int(values.min()), int(values.max())
    if high - low > 4 * len(values) or high >= 2**63:
        return None
    offsets = values.astype(np.int64) - low
    there = np.zeros(high - low + 1, dtype=bool)
    there[offsets] = True
    found = np.flatnonzero(there)
    return _ranked(offsets, found, len(there)), pd.Index(found + low)


def _numbers_sorted(column: Column) -> tuple[Any, Any] | None:
    """Codes and sorted levels of numbers that have a NumPy dtype, masked ones included."""
    number = getattr(column.dtype, "numpy_dtype", column.dtype)
    arrow = isinstance(column.dtype, pd.ArrowDtype | pd.SparseDtype)
    if arrow or not isinstance(number, np.dtype) or number.kind not in "biuf":
        return None
    if number.itemsize > 8:
        return None
    positions, found = pd.factorize(column.to_numpy() if number == column.dtype else column.array)
    if not len(found):
        return None
    numbers = np.asarray(found, dtype=number)
    order = np.argsort(numbers)
    levels = pd.Index(_as_labels(numbers[order]), tupleize_cols=False)
    return _ranked(positions, order, len(order)), levels


def _as_labels(numbers: Any) -> Any:
    """Distinct sorted numbers in the dtype that pandas gives Python's of the same values."""
    if numbers.dtype.kind == "f":
        return numbers.astype(np.float64)
    if numbers.dtype.kind == "b" or int(numbers[-1]) >= 2**63:
        return numbers
    return numbers.astype(np.int64)


def _strings_sorted(column: Column) -> tuple[Any, Any] | None:
    """Codes and sorted levels of texts: of pandas' own dtype, or objects that are all strings."""
    text = isinstance(column.dtype, pd.StringDtype)
    if not text and (column.dtype != object or not _maybe_texts(column)):
        return None
    try:
        positions, found = pd.factorize(column.array if text else column.to_numpy())
    except TypeError:
        return None
    if column.dtype != pd.Index(["a"]).dtype:
        found = np.asarray(found, dtype=object)
    if not len(found) or not (text or set(map(type, found)) == {str}):
        return None
    texts = pd.Index(found)
    if texts.dtype == object:  # pandas 2: Python sorts faster than NumPy
        order = np.array(sorted(range(len(found)), key=found.__getitem__), dtype=np.intp)
    else:
        order = np.asarray(texts.argsort())
    return _ranked(positions, order, len(order)), texts.take(order)


def _maybe_texts(column: Column) -> bool:
    """Whether a few cells are strings or missing; if not, a look at all of them is spared."""
    some = column.iloc[:: max(1, len(column) // 100)]
    return all(isinstance(cell, str) for cell in some.dropna())


def _ranked(positions: Any, order: Any, n: int) -> Any:
    """Codes into the sorted labels, from positions (-1: missing) among the n unsorted."""
    kind = next(k for k in (np.int8, np.int16, np.int32) if len(order) <= np.iinfo(k).max)
    ranks = np.full(n + 1, -1, dtype=kind)
    ranks[order] = np.arange(len(order), dtype=kind)
    return ranks[positions]


def _pool_of_labels(column: Column, ordered: bool) -> Converted:
    positions, labels = Pool.factorised(column)
    _demand_hashable(positions, labels, column)
    kinds = set(map(_label_kind, labels))
    warnings = []
    if len(kinds) > 1:
        names = " and ".join(sorted(kinds))
        _demand_different_texts(column)
        warnings.append(f"labels of several types ({names}) are turned into strings")
        column = _stringified(column)
        positions, labels = Pool.factorised(column)
    try:
        pool = Pool(tuple(sorted(labels)), ordered)
    except TypeError:
        pool = Pool(tuple(labels), ordered)
        warnings.append("labels that have no order of their own are taken as they appear")
    guessed = pool.levels if ordered and kinds == {"text"} and len(labels) > 1 else ()
    codes = np.array([*pool.codes(objects(labels)), -1], dtype=np.int32)[positions]
    return Converted(series_like(pool.decode(codes), column), tuple(warnings), guessed)


def _demand_hashable(positions: Any, labels: list[Any], column: Column) -> None:
    bad = [i for i, label in enumerate(labels) if not _hashable(label)]
    if not bad:
        return
    rows = [int(np.flatnonzero(positions == i)[0]) for i in bad]
    raise Refusal(
        some(rows, column, "a label", "labels"),
        "strings, numbers, booleans or dates",
        rows,
        [labels[i] for i in bad],
        "make a label of each value first, x.map(str)",
    )


def _hashable(label: Any) -> bool:
    try:
        hash(label)
    except TypeError:
        return False
    return True


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
        return Pool(listed_labels(levels, "levels"), ordered)
    except LevelError as error:
        raise Refusal(
            "the levels given are no pool",
            error.expected,
            data={"received": error.received},
            remedy=error.remedy or "levels=[...] names each label once",
        ) from None


def _in_pool(column: Column, pool: Pool) -> Column:
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
    only = len(rows) == int((~missing_mask(column)).sum())
    return Refusal(
        some(rows, column, f"among {levels}", f"among {levels}"),
        f"one of {listed(pool.levels, 10)}",
        rows,
        picked(column, rows),
        _level_remedy(pool, [label for label, _ in strangers], otherwise, only),
        {"labels": [label for label, _ in strangers]},
    )


def _level_remedy(pool: Pool, strangers: Sequence[Any], otherwise: str, only: bool) -> str:
    """What to do about strangers; `only` says whether no label of the column is a level."""
    texts = {str(level): level for level in pool.levels}
    meant = [(label, texts[str(label)]) for label in strangers if str(label) in texts]
    for label, level in meant[:1]:
        kinds = f"({type(label).__name__}) is not the level {level!r} ({type(level).__name__})"
        return f"{label!r} {kinds}: " + _of_one_type(meant, only and len(meant) == len(strangers))
    hint = next(filter(None, (nearest(label, texts) for label in strangers)), "")
    return f"{hint} Otherwise {otherwise}" if hint else otherwise


def _of_one_type(meant: list[tuple[Any, Any]], every: bool) -> str:
    """How labels become the levels that are written alike, as code where it is sure to run."""
    literal = all(type(x) in (str, int, float, bool) for pair in meant for x in pair)
    literal = literal and not any(x in (math.inf, -math.inf) for pair in meant for x in pair)
    if every and literal and len({label for label, _ in meant}) == len(meant) <= 10:
        return f"convert the column with .map({dict(meant)!r}) of pandas"
    return "give the labels of the column and the levels one type"


def _demand_levels(column: Column, target: Scitype) -> None:
    n, ordered = len(column.dtype.categories), bool(column.dtype.ordered)
    if (OrderedFactor[n] if ordered else Multiclass[n]) <= target:
        return
    levels = listed(Pool.of(column).levels, 10)
    raise Refusal(
        f"{counted(n, 'level')}, not as many as {target} says",
        repr(target),
        data={"received": f"{counted(n, 'level')}: {levels}"},
        remedy=f"the levels are {levels}; name all of them in levels=[...] if "
        "some do not occur, or drop the number",
    )


def as_text(cells: list[str | None]) -> Any:
    # The text dtype of the pandas at hand: `str` from 3.0 on, objects before.
    return pd.Series(cells, dtype="str" if pd.__version__ >= "3" else object).array


def series_like(values: Any, like: Column) -> Column:
    """A Series of other values with the index and name of one."""
    return pd.Series(values, index=like.index, name=like.name)
