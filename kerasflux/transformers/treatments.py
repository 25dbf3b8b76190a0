"""What one column becomes: how it is learned is each transformer's, how it is done stands here.

A `Treatment` is a frozen record of what was learned of one column. It makes new columns of it three
times over: in NumPy (`columns`), as TensorFlow operations (`graph`), and backwards (`column`) where
that is possible; and it is written as JSON. Numbers are float64; a missing cell stays missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kerasflux.transformers.tables import numbers
from scitypes import missingness
from scitypes.containers import given_back, series_of
from scitypes.labels import label_from_json, label_to_json
from scitypes.pools import Pool

if TYPE_CHECKING:
    import tensorflow as tf

Graph = Callable[["tf.Tensor"], list["tf.Tensor"]]
"""From one raw column `(n_rows,)` to the new ones."""


class Treatment:
    """What was learned of one column."""

    @property
    def takes_unseen(self) -> bool:
        """Whether it makes something of labels that are no level."""
        return False

    def columns(self, column: Any) -> list[Any]:
        """The new columns, in order."""
        raise NotImplementedError

    def column(self, columns: list[Any]) -> Any:
        """The column that `columns` made these of."""
        raise NotImplementedError

    def graph(self, name: str) -> tuple[Graph, Any]:
        """`columns` as TensorFlow operations, and the trackable object that they need, or None."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        values = {f.name: _written(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"treatment": type(self).__name__, **values}


def _written(value: Any) -> Any:
    if isinstance(value, Pool):
        return {"pool": value.to_json()}
    return list(value) if isinstance(value, tuple) else label_to_json(value)


def _read(value: Any) -> Any:
    if isinstance(value, Mapping) and "pool" in value:
        return Pool.from_json(value["pool"])
    return tuple(value) if isinstance(value, list) else label_from_json(value)


def treatment_from_json(record: Mapping[str, Any], kinds: tuple[type, ...]) -> Any:
    """The treatment that `to_json` wrote, of one of these classes."""
    kind = next(kind for kind in kinds if kind.__name__ == record["treatment"])
    return kind(**{f.name: _read(record[f.name]) for f in fields(kind) if f.name in record})


@dataclass(frozen=True)
class Scale(Treatment):
    """`(x - centre) / width`; of an ordered factor x is the position of its level, from 0."""

    centre: float
    width: float
    pool: Pool | None = None

    def columns(self, column: Any) -> list[Any]:
        values = numbers(column) if self.pool is None else positions(column, self.pool)
        return [(values - self.centre) / self.width]

    def column(self, columns: list[Any]) -> Any:
        return numbers(columns[0]) * self.width + self.centre

    def graph(self, name: str) -> tuple[Graph, Any]:
        read, needs = reader(self.pool, name)
        return lambda raw: [(read(raw) - self.centre) / self.width], needs

    def graph_back(self, raw: tf.Tensor) -> tf.Tensor:
        """`column` as TensorFlow operations."""
        import tensorflow as tf

        return tf.cast(raw, tf.float64) * self.width + self.centre


@dataclass(frozen=True)
class AsNumber(Treatment):
    """The numbers as float64; of an ordered factor the positions of its levels, from 0."""

    pool: Pool | None = None

    def columns(self, column: Any) -> list[Any]:
        return [numbers(column) if self.pool is None else positions(column, self.pool)]

    def graph(self, name: str) -> tuple[Graph, Any]:
        read, needs = reader(self.pool, name)
        return lambda raw: [read(raw)], needs


@dataclass(frozen=True)
class Indicators(Treatment):
    """A column per level: 1 where it is the row's label, else 0; NaN in rows without a label.

    A label that is no level is refused, or, if these are ignored, gives zeros.
    """

    pool: Pool
    drop_last: bool = False
    ignore_unseen: bool = False

    @property
    def takes_unseen(self) -> bool:
        return self.ignore_unseen

    @property
    def size(self) -> int:
        """How many levels get a column."""
        return len(self.pool) - self.drop_last

    def columns(self, column: Any) -> list[Any]:
        found = self.pool.match(column)[0] if self.ignore_unseen else self.pool.codes(column)
        gaps = missingness.missing_mask(column)
        return [np.where(gaps, np.nan, found == i) for i in range(self.size)]

    def graph(self, name: str) -> tuple[Graph, Any]:
        import tensorflow as tf

        read, needs = reader(self.pool, name, self.ignore_unseen)

        def columns(raw: tf.Tensor) -> list[tf.Tensor]:
            found = read(raw)
            gaps = tf.math.is_nan(found)[:, tf.newaxis]
            places = tf.cast(tf.where(gaps[:, 0], tf.zeros_like(found), found), tf.int32)
            shown = tf.one_hot(places, self.size, dtype=tf.float64)  # the last may have none
            whole = tf.where(gaps, tf.constant(np.nan, tf.float64), shown)
            return list(tf.unstack(whole, axis=1)) if self.size else []

        return columns, needs


@dataclass(frozen=True)
class FillNumber(Treatment):
    """A number where there is none; whole numbers stay whole."""

    value: float
    whole: bool = False

    @property
    def filler(self) -> float | int:
        """The number as the column holds it."""
        return int(self.value) if self.whole else self.value

    def columns(self, column: Any) -> list[Any]:
        values, gaps = series_of(column), missingness.missing_mask(column)
        if not gaps.any() and isinstance(values.dtype, np.dtype) and values.dtype != object:
            return [column]
        if values.dtype.kind in "iub":  # by way of no float, so that large ones stay what they are
            return [values.to_numpy(dtype=np.int64, na_value=self.filler)]
        filled = np.where(gaps, self.value, numbers(column))
        whole = self.whole and bool(np.all(np.rint(filled) == filled))
        return [filled.astype(np.int64) if whole else filled]

    def graph(self, name: str) -> tuple[Graph, Any]:
        import tensorflow as tf

        def columns(raw: tf.Tensor) -> list[tf.Tensor]:
            if not raw.dtype.is_floating:
                return [raw]
            return [tf.where(tf.math.is_nan(raw), tf.cast(self.value, raw.dtype), raw)]

        return columns, None


@dataclass(frozen=True)
class FillLabel(Treatment):
    """A label where there is none."""

    pool: Pool
    label: Any

    def columns(self, column: Any) -> list[Any]:
        codes = self.pool.codes(column)
        if not (codes < 0).any():
            return [column]
        place = int(self.pool.codes([self.label])[0])
        filled = pd.Series(self.pool.decode(np.where(codes < 0, place, codes)))
        if isinstance(column, pd.Series):
            filled = filled.set_axis(column.index)
        given = given_back(filled, self.pool.scitype, column)
        return [given if isinstance(column, pd.Series) or given is not filled else filled.array]

    def graph(self, name: str) -> tuple[Graph, Any]:
        import tensorflow as tf

        from kerasflux.neural.tensors import is_missing

        def columns(raw: tf.Tensor) -> list[tf.Tensor]:
            label = tf.constant(self.label, raw.dtype)
            return [tf.where(is_missing(raw, self.pool), label, raw)]

        return columns, None


@dataclass(frozen=True)
class Drop(Treatment):
    """Nothing: the column is left out."""

    def columns(self, column: Any) -> list[Any]:
        return []

    def graph(self, name: str) -> tuple[Graph, Any]:
        return lambda raw: [], None


def positions(column: Any, pool: Pool) -> np.ndarray:
    """The positions of a column's labels in a pool as float64 `(n_rows,)`, NaN where missing.

    Raises:
        UnseenLevel: labels that are not in the pool.

    >>> positions(["b", None], Pool(("a", "b")))
    array([ 1., nan])
    """
    codes = pool.codes(column)
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def reader(
    pool: Pool | None, name: str, ignore_unseen: bool = False
) -> tuple[Callable[[tf.Tensor], tf.Tensor], Any]:
    """`numbers`, or `positions`, as TensorFlow operations, and the lookup table that they need.

    Labels that are no level fail in the graph, as they are refused by `positions`; or, if they are
    ignored, have the position -1.
    """
    import tensorflow as tf

    from kerasflux.neural.tensors import demand_known, is_missing, lookup

    if pool is None:
        return lambda raw: tf.cast(raw, tf.float64), None
    place_of = lookup(pool, f"column {name!r}")

    def read(raw: tf.Tensor) -> tf.Tensor:
        gaps, codes = is_missing(raw, pool), place_of(raw)
        if not ignore_unseen:
            demand_known(raw, gaps | (codes >= 0), name)
        return tf.where(gaps, tf.constant(np.nan, tf.float64), tf.cast(codes, tf.float64))

    return read, place_of
