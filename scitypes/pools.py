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

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import LevelError, NotCategorical, UnseenLevel, nearest
from scitypes.labels import key, label_from_json, label_to_json, objects, plain
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
            one, since no pandas column can tell them apart).

    >>> pool = Pool(("low", "high"), ordered=True)
    >>> pool.codes(["high", "low", None])
    array([ 1,  0, -1], dtype=int32)
    >>> pool.scitype
    OrderedFactor[2]
    """

    levels: tuple[Any, ...]
    ordered: bool = False

    def __post_init__(self) -> None:
        labels = tuple(plain(label) for label in self.levels)
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
        if [type(plain(label)) for label in index] != [type(label) for label in self.levels]:
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
        found = [self._position(label) for label in labels]
        lookup = np.array([*found, -1], dtype=np.int32)
        strange = np.array([*(position < 0 for position in found), False])
        rows = np.flatnonzero(strange[positions]).astype(np.int32)
        return lookup[positions], [(labels[i], rows[at]) for i, at in _groups(positions[rows])]

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
        """The pool of all their labels, in an order that keeps the order of each."""
        raise NotImplementedError

    @staticmethod
    def factorised(column: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
        """For each row a position among the distinct labels (-1: missing), and these labels."""
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
                received=listed(np.unique(positions).tolist()),
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
    repeated, seen = [], set()
    for label in labels:
        if not isinstance(label, Hashable) or label in seen:
            repeated.append(label)
        else:
            seen.add(label)
    absent = pd.isna(objects(labels))
    bad = repeated or [label for label, gone in zip(labels, absent, strict=True) if gone]
    if bad:
        raise LevelError(
            f"{listed(labels, 10)} can't be the levels of a pool.",
            expected=expected,
            received=f"{'repeated' if repeated else 'missing'}: {listed(bad)}",
            remedy="give each label once; 1, 1.0 and True count as one" if repeated else "",
            labels=tuple(bad),
        )


def _factorised(column: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """For each row a position among the distinct labels (-1: missing), and these labels."""
    categorical = as_categorical(column)
    if categorical is not None:
        labels = [plain(label) for label in categorical.categories]
        return np.asarray(categorical.codes).astype(np.int64), labels
    values = _values(column)
    if values.dtype == object and _needs_care(values):
        return _factorised_by_hand(values)
    try:
        positions, labels = pd.factorize(values)
    except TypeError:
        return _factorised_by_hand(objects(list(values)))
    return positions, [plain(label) for label in pd.Index(labels)]


def _groups(positions: np.ndarray[Any, Any]) -> list[tuple[int, np.ndarray[Any, Any]]]:
    """Each value with the places where it stands, values in order of appearance."""
    order = np.argsort(positions, kind="stable")
    values, starts = np.unique(positions[order], return_index=True)
    places = np.split(order, starts[1:]) if len(values) else []
    return sorted(zip(values.tolist(), places, strict=True), key=lambda pair: int(pair[1][0]))


def _needs_care(values: Any) -> bool:
    # pandas takes True, 1 and 1.0 in an object column for one value.
    kinds = set(map(type, values))
    return bool(kinds & {bool, np.bool_}) and len(kinds) > 1


def _factorised_by_hand(values: Any) -> tuple[np.ndarray[Any, Any], list[Any]]:
    positions = np.full(len(values), -1, dtype=np.int64)
    seen: dict[tuple[bool, Any], int] = {}
    labels: list[Any] = []
    for row in np.flatnonzero(~pd.isna(values)):
        label = plain(values[row])
        try:
            position = seen.setdefault(key(label), len(labels))
        except TypeError:
            position = len(labels)
        if position == len(labels):
            labels.append(label)
        positions[row] = position
    return positions, labels


def _values(column: Any) -> Any:
    if isinstance(column, (pd.Series, pd.Index)):
        return column.array if not isinstance(column.dtype, np.dtype) else column.to_numpy()
    if isinstance(column, pd.api.extensions.ExtensionArray):
        return column
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
    if hasattr(column, "unify_dictionaries"):
        column = column.unify_dictionaries().combine_chunks()
    if hasattr(column, "chunks"):
        chunks = column.chunks
        if not chunks:
            return pd.Categorical([], ordered=kind.ordered)
        column = chunks[0]
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    labels = pd.Index(column.dictionary.to_pylist())
    return pd.Categorical.from_codes(codes.astype(np.int64), labels, ordered=kind.ordered)


def _from_polars(column: Any) -> pd.Categorical | None:
    kind = type(getattr(column, "dtype", None)).__name__
    if kind not in ("Enum", "Categorical") or not hasattr(column, "to_physical"):
        return None
    texts = objects([None if label is None else str(label) for label in column.to_list()])
    if kind == "Enum":
        return pd.Categorical(texts, categories=column.dtype.categories.to_list(), ordered=True)
    return pd.Categorical(texts)
