"""Pools of levels: which labels a categorical column may hold, in which order.

Owns pools, codes and matching by label; what changes a column's pool is `levelling.py`'s. A pool
survives subsetting, folds, saving and export; codes are numbered from 0 in the order of the levels,
-1 is missing.

Labels match as Python compares them, with one exception: `True` and `1` are different labels. So
`1`, `numpy.int64(1)` and `1.0` (what an integer column with missing cells becomes) are one label,
`"1"` is another.

Source: CategoricalArrays.jl, whose codes count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError, NotCategorical, UnseenLevel, nearest
from scitypes.labels import (
    distinct,
    key,
    label_from_json,
    label_to_json,
    listed_labels,
    merged_order,
    objects,
    plain,
)
from scitypes.lattice import Multiclass, OrderedFactor, Scitype
from scitypes.messages import counted, in_rows, listed, shortened

Codes = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Pool:
    """The levels of a categorical column: distinct labels in a fixed order.

    Args:
        levels: the labels, `(n_levels,)`; NumPy scalars become plain Python values.
        ordered: whether their order has a meaning (`OrderedFactor`) or not (`Multiclass`). In an
            ordered pool of two the last one is the positive class.

    Raises:
        LevelError: a label is missing, unhashable, or there twice (`1`, `1.0` and `True` count as
            one, since no pandas column can tell them apart); or the levels are a set, which has no
            order, one text, or no list at all.

    >>> pool = Pool(("low", "high"), ordered=True)
    >>> pool.codes(["high", "low", None])
    array([ 1,  0, -1], dtype=int32)
    >>> pool.scitype
    OrderedFactor[2]
    """

    levels: tuple[Any, ...]
    ordered: bool = False

    def __post_init__(self) -> None:
        labels = listed_labels(self.levels, "levels")
        _demand_distinct(labels)
        object.__setattr__(self, "levels", labels)
        object.__setattr__(self, "ordered", bool(self.ordered))

    @classmethod
    def of(cls, column: object) -> Pool:
        """The pool of a categorical column (pandas, Arrow dictionary, polars Enum or Categorical).

        Raises:
            NotCategorical: the column has no levels.

        >>> Pool.of(pd.Categorical(["b", "a", "b"]))
        Pool(levels=('a', 'b'), ordered=False)
        """
        categorical = as_categorical(column)
        if categorical is None:
            raise not_categorical(column)
        return cls(tuple(categorical.categories), bool(categorical.ordered))

    def __len__(self) -> int:
        return len(self.levels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pool):
            return NotImplemented
        return self.ordered == other.ordered and self._typed == other._typed

    def __hash__(self) -> int:
        return hash((self.levels, self.ordered))

    @property
    def scitype(self) -> Scitype:
        """`Multiclass[n]`, or `OrderedFactor[n]` for an ordered pool."""
        return OrderedFactor[len(self)] if self.ordered else Multiclass[len(self)]

    @cached_property
    def dtype(self) -> pd.CategoricalDtype:
        """The pandas dtype with these levels in this order."""
        index = pd.Index(list(self.levels), tupleize_cols=False)
        if not _keeps_types(index, self.levels):
            index = pd.Index(objects(self.levels), dtype=object, tupleize_cols=False)
        return pd.CategoricalDtype(index, ordered=self.ordered)

    def codes(self, column: object) -> Codes:
        """The position of each element's label among the levels, matched by label.

        Args:
            column: anything one-dimensional, `(n_rows,)`: strings, numbers, or a categorical of any
                other pool or order. Its codes are never looked at.

        Returns:
            int32 positions, `(n_rows,)`, counted from 0, -1 where the element is missing.

        Raises:
            UnseenLevel: labels that are not in the pool; `.labels` has them, `.rows` their rows.

        >>> Pool(("a", "b")).codes(pd.Categorical(["b", "a"], categories=["b", "a"]))
        array([1, 0], dtype=int32)
        """
        codes, strangers = self.match(column)
        if strangers:
            raise self.unseen(strangers)
        return codes

    def match(self, column: object) -> tuple[Codes, list[tuple[Any, Codes]]]:
        """Codes as `codes` gives them, with strangers listed instead of refused.

        Returns:
            the codes (-1 for strangers too), and `(label, rows)` of each label not in the pool.
        """
        positions, labels = _factorised(column)
        lookup = np.array([*map(self._position, labels), -1], dtype=np.int32)
        strange = lookup < 0
        strange[-1] = False
        codes = lookup[positions]
        if not strange.any():
            return codes, []
        rows = np.flatnonzero(strange[positions]).astype(np.int32)
        return codes, [(labels[i], rows[at]) for i, at in _groups(positions[rows])]

    def unseen(self, strangers: Sequence[tuple[Any, Codes]], where: str = "") -> UnseenLevel:
        """The error about labels that are not in the pool, ready to raise."""
        told = [
            f"{shortened(repr(label))} ({in_rows(rows.tolist())})" for label, rows in strangers[:5]
        ]
        more = len(strangers) - len(told)
        verb = "is" if len(strangers) == 1 else "are"
        return UnseenLevel(
            f"{counted(len(strangers), 'label')} {verb} not among the levels{where}.",
            expected=listed(self.levels, 10),
            received=", ".join(told) + (f" and {more:,} more" if more > 0 else ""),
            remedy=self._advice([label for label, _ in strangers]),
            labels=tuple(label for label, _ in strangers),
            rows=tuple(int(row) for _, rows in strangers for row in rows),
            levels=self.levels,
        )

    @classmethod
    def merged(cls, *pools: Pool) -> Pool:
        """The pool of all their labels, in an order that keeps the order of each.

        Labels seen first come first where no pool decides. The result is ordered if all pools are
        and, of each two neighbours in it, some pool has both.

        Raises:
            LevelError: all pools are ordered and their orders contradict each other.

        Source: `vcat` of CategoricalArrays.jl.

        >>> Pool.merged(Pool(("S", "L"), True), Pool(("S", "M", "L"), True))
        Pool(levels=('S', 'M', 'L'), ordered=True)
        >>> Pool.merged(Pool(("a",)), Pool(("b", "a")))
        Pool(levels=('b', 'a'), ordered=False)
        """
        distinct = list(dict.fromkeys(pools))
        labels, contradictions = merged_order([pool.levels for pool in distinct])
        ordered = bool(pools) and all(pool.ordered for pool in distinct)
        if ordered and contradictions:
            raise _contradicting(*contradictions[0], pools=distinct)
        if ordered and len(distinct) > 1:
            ordered = _all_decided(labels, distinct)
        return cls(tuple(labels), ordered)

    @staticmethod
    def factorised(column: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
        """For each row a position among the distinct labels (-1: missing), and these labels.

        Labels stand in order of appearance, those of a categorical in the order of its levels,
        unused ones included.

        >>> Pool.factorised(["b", None, "a", "b"])
        (array([ 0, -1,  1,  0]), ['b', 'a'])
        """
        return _factorised(column)

    def decode(self, codes: object) -> pd.Categorical:
        """The categorical with this whole pool that the codes stand for; -1 gives missing.

        Raises:
            LevelError: a code is no position of a level.

        >>> list(Pool(("a", "b")).decode([1, -1, 0]))
        ['b', nan, 'a']
        """
        positions = np.asarray(codes)
        if not positions.size:
            positions = positions.astype(np.int32)
        bad = positions.dtype.kind not in "iu"
        if bad or ((positions < -1) | (positions >= len(self))).any():
            raise LevelError(
                "Codes do not stand for levels.",
                expected=f"whole numbers from -1 (missing) to {len(self) - 1}",
                received=listed(pd.unique(positions.ravel()).tolist()),
                codes=codes,
            )
        return pd.Categorical.from_codes(positions, dtype=self.dtype)

    def to_json(self) -> dict[str, Any]:
        """The pool as JSON values, from which `from_json` makes an equal one, types included.

        Raises:
            LevelError: a label is of a type that JSON has no form for.

        >>> Pool((1, 2.5)).to_json()
        {'levels': [1, {'float': '2.5'}], 'ordered': False}
        """
        return {"levels": [label_to_json(label) for label in self.levels], "ordered": self.ordered}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Pool:
        """The pool that `to_json` wrote."""
        return cls(tuple(label_from_json(x) for x in record["levels"]), bool(record["ordered"]))

    @cached_property
    def _typed(self) -> tuple[tuple[type, Any], ...]:
        return tuple((type(label), label) for label in self.levels)

    @cached_property
    def _positions(self) -> dict[tuple[bool, Any], int]:
        return {key(label): i for i, label in enumerate(self.levels)}

    def _position(self, label: object) -> int:
        try:
            return self._positions.get(key(label), -1)
        except TypeError:
            return -1

    def _advice(self, labels: Sequence[object]) -> str:
        texts = [str(level) for level in self.levels]
        alike = [label for label in labels if str(label) in texts]
        if alike:
            level = self.levels[texts.index(str(alike[0]))]
            return (
                f"{alike[0]!r} is {_kind(alike[0])} and the level {level!r} {_kind(level)}: labels "
                "match by value, so give them the same type"
            )
        near = next(filter(None, (nearest(label, texts) for label in labels)), "")
        return near or "correct or remove these rows, or train anew with these levels in the pool"


def as_categorical(column: Any) -> Any:
    """The column as a pandas categorical with the same pool, or None if it has no levels.

    >>> as_categorical(["a", "b"]) is None
    True
    """
    if isinstance(column, pd.Categorical):
        return column
    if isinstance(column, (pd.Series, pd.Index)):
        if isinstance(column.dtype, pd.CategoricalDtype):
            return pd.Categorical(column)
        if isinstance(column.dtype, pd.ArrowDtype):
            return _from_arrow(column.array.__arrow_array__())  # type: ignore[attr-defined]
        return None
    library = type(column).__module__.partition(".")[0]
    if library == "pyarrow":
        return _from_arrow(column)
    return _from_polars(column) if library == "polars" else None


def _kind(label: Any) -> str:
    words = {str: "text", bool: "a boolean", int: "an integer", float: "a float"}
    return words.get(type(label), f"a {type(label).__name__}")


def _demand_distinct(labels: tuple[Any, ...]) -> None:
    expected = "distinct, hashable labels, none of them missing"
    absent = pd.isna(objects(labels))
    repeated = _repeated(labels)
    bad = repeated or [labels[i] for i in np.flatnonzero(absent)]
    if bad:
        raise LevelError(
            f"{listed(labels, 10)} can't be the levels of a pool.",
            expected=expected,
            received=f"{'repeated' if repeated else 'missing'}: {listed(bad)}",
            remedy="give each label once; 1, 1.0 and True count as one" if repeated else "",
            labels=tuple(bad),
        )


def _repeated(labels: tuple[Any, ...]) -> list[Any]:
    """The labels that are no further labels: there before, or not hashable."""
    seen: set[Any] = set()
    repeated = []
    for label in labels:
        try:
            new = label not in seen
        except TypeError:
            new = False
        if new:
            seen.add(label)
        else:
            repeated.append(label)
    return repeated


def _keeps_types(index: Any, labels: tuple[Any, ...]) -> bool:
    """Whether pandas' index of these labels holds each as the type it is."""
    kinds = set(map(type, labels))
    if kinds == {str}:
        return True
    if len(kinds) == 1 and isinstance(index.dtype, np.dtype):
        kind = kinds.pop()
        plain_kinds = {int: "iuO", float: "f", bool: "b"}
        if kind in plain_kinds:
            return index.dtype.kind in plain_kinds[kind]
    return [type(plain(label)) for label in index] == [type(label) for label in labels]


def _all_decided(labels: list[Any], pools: list[Pool]) -> bool:
    """Whether some pool has both of each two neighbours."""
    return all(
        any(pool._position(first) >= 0 <= pool._position(second) for pool in pools)
        for first, second in pairwise(labels)
    )


def _contradicting(first: Any, second: Any, *, pools: list[Pool]) -> LevelError:
    return LevelError(
        f"The orders of the levels contradict each other: {first!r} < {second!r} and "
        f"{second!r} < {first!r}.",
        expected="ordered pools that agree on the order of the levels they share",
        received="; ".join(listed(pool.levels, 10) for pool in pools[:5]),
        remedy="put them into one order first: set_levels(x, [...]) for each of them",
        labels=(first, second),
    )


def _factorised(column: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """For each row a position among the distinct labels (-1: missing), and these labels."""
    categorical = as_categorical(column)
    if categorical is not None:
        labels = [plain(label) for label in categorical.categories]
        return np.asarray(categorical.codes).astype(np.int64), labels
    return distinct(_values(column))


def _groups(positions: np.ndarray[Any, Any]) -> list[tuple[int, np.ndarray[Any, Any]]]:
    """Each value with the places where it stands, values in order of appearance."""
    order = np.argsort(positions, kind="stable")
    values, starts = np.unique(positions[order], return_index=True)
    places = np.split(order, starts[1:]) if len(values) else []
    return sorted(zip(values.tolist(), places, strict=True), key=lambda pair: int(pair[1][0]))


def _values(column: Any) -> Any:
    if isinstance(column, (pd.Series, pd.Index)):
        return column.array if not isinstance(column.dtype, np.dtype) else column.to_numpy()
    if isinstance(column, pd.api.extensions.ExtensionArray):
        return column
    if isinstance(column, np.ma.MaskedArray) and column.ndim == 1:
        cells = np.ma.getdata(column).astype(object)
        cells[np.ma.getmaskarray(column)] = None
        return cells
    if isinstance(column, np.ndarray) and column.ndim == 1:
        return column
    if isinstance(column, (list, tuple)):
        return objects(column)
    library = type(column).__module__.partition(".")[0]
    if library in ("polars", "pyarrow") and hasattr(column, "__len__"):
        return objects(column.to_pylist() if library == "pyarrow" else column.to_list())
    raise not_categorical(column)


def not_categorical(column: object) -> NotCategorical:
    kind = getattr(column, "dtype", None)
    return NotCategorical(
        "The levels of a column without levels were asked for.",
        expected="a categorical column",
        received=f"a {type(column).__name__}" + (f" of {kind}" if kind is not None else ""),
        remedy="coerce(x, Multiclass) or coerce(x, OrderedFactor, levels=[...]) makes it one",
    )


def _from_arrow(column: Any) -> pd.Categorical | None:
    kind = getattr(column, "type", None)
    if kind is None or not hasattr(kind, "index_type") or not hasattr(kind, "ordered"):
        return None
    chunks = _one_dictionary(column) if hasattr(column, "chunks") else [column]
    if not chunks:
        return pd.Categorical([], ordered=kind.ordered)
    labels: list[Any] = []
    parts = []
    for chunk in chunks:
        codes = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        parts.append(np.where(codes < 0, -1, codes + len(labels)))
        labels += chunk.dictionary.to_pylist()
    codes, index = _tidied(np.concatenate(parts), labels)
    return pd.Categorical.from_codes(codes, index, ordered=kind.ordered)


def _one_dictionary(column: Any) -> list[Any]:
    """The chunks of an Arrow column as one, or as they are if Arrow can't make their labels one."""
    if not column.num_chunks:
        return []
    try:
        whole = column.unify_dictionaries().combine_chunks()
    except ValueError:  # a dictionary that holds a null
        return list(column.chunks)
    return list(whole.chunks) if hasattr(whole, "chunks") else [whole]


def _tidied(codes: Any, labels: list[Any]) -> tuple[Any, Any]:
    """Arrow allows missing and repeated labels in a dictionary: those cells are missing, or one."""
    gone = pd.isna(objects(labels))
    if not gone.any() and len(set(labels)) == len(labels):
        return codes, pd.Index(labels)
    places: dict[Any, int] = {}
    lookup = [
        -1 if absent else places.setdefault(label, len(places))
        for label, absent in zip(labels, gone, strict=True)
    ]
    return np.array([*lookup, -1])[codes], pd.Index(list(places))


def _from_polars(column: Any) -> pd.Categorical | None:
    kind = type(getattr(column, "dtype", None)).__name__
    if kind not in ("Enum", "Categorical") or not hasattr(column, "to_physical"):
        return None
    used = column.unique().drop_nulls()
    texts = list(map(str, used.to_list()))
    labels = column.dtype.categories.to_list() if kind == "Enum" else sorted(texts)
    places = {label: i for i, label in enumerate(labels)}
    numbers = used.to_physical().to_numpy().astype(np.int64)
    lookup = np.full(int(numbers.max(initial=-1)) + 2, -1, dtype=np.int64)
    lookup[numbers] = [places[text] for text in texts]
    rows = column.to_physical().fill_null(0).to_numpy()
    codes = np.where(column.is_null().to_numpy(), -1, lookup[rows.astype(np.int64)])
    index = pd.Index(labels) if labels else pd.Index([], dtype=object)
    return pd.Categorical.from_codes(codes, index, ordered=kind == "Enum")
