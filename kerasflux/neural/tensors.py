"""Raw columns in a graph: labels looked up in their pools, missing cells told, refusals.

What `neural.serving` and the transformers' modules share. A label column is a tensor of strings or
int64, in which `NO_TEXT` or `NO_INTEGER` is a missing one; in a column of numbers NaN is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasflux.errors import NotExportable
from scitypes.pools import Pool

if TYPE_CHECKING:
    import tensorflow as tf

NO_TEXT, NO_INTEGER = "", -(2**63)
"""What stands for a missing label in columns of strings and of integers, unless it is a level."""


def is_missing(labels: tf.Tensor, pool: Pool) -> tf.Tensor:
    """Which labels stand for a missing cell, `(n_rows,)` bool."""
    import tensorflow as tf

    if labels.dtype.is_floating:
        return tf.math.is_nan(labels)
    nothing = NO_TEXT if labels.dtype == tf.string else NO_INTEGER
    if nothing in pool.levels or labels.dtype not in (tf.string, tf.int64):
        return tf.zeros_like(labels, tf.bool)
    return labels == nothing


def demand(good: tf.Tensor, names: tuple[str, ...], complaint: str) -> None:
    """Fail in the graph, naming the columns that have a cell that is not good."""
    import tensorflow as tf

    fine = tf.reduce_all(good, axis=0)
    bad = tf.boolean_mask(tf.constant(list(names)), ~fine)
    tf.debugging.Assert(tf.reduce_all(fine), [f"{complaint} columns", bad], summarize=10)


def demand_known(
    cells: tf.Tensor, known: tf.Tensor, name: str, complaint: str = "labels that are no level"
) -> None:
    """Fail in the graph, naming the column and those of its cells that are not known."""
    import tensorflow as tf

    message = f"column {name!r}: {complaint}:"
    tf.debugging.Assert(tf.reduce_all(known), [message, tf.boolean_mask(cells, ~known)])


def lookup(pool: Pool, where: str) -> Any:
    """A trackable function from labels to int32 positions, -1 for strangers."""
    import tensorflow as tf

    levels = as_tensor(pool, where)

    class Lookup(tf.Module):
        """A hash table for strings and integers; comparison with each level for other numbers."""

        def __init__(self) -> None:
            super().__init__()
            if levels.dtype in (tf.string, tf.int64):
                places = tf.range(len(pool.levels), dtype=tf.int32)
                entries = tf.lookup.KeyValueTensorInitializer(levels, places)
                self.table = tf.lookup.StaticHashTable(entries, default_value=-1)

        def __call__(self, labels: tf.Tensor) -> tf.Tensor:
            if levels.dtype in (tf.string, tf.int64):
                return self.table.lookup(_cast(labels, levels.dtype))
            same = _cast(labels, levels.dtype)[:, tf.newaxis] == levels[tf.newaxis, :]
            place = tf.argmax(tf.cast(same, tf.int32), axis=1, output_type=tf.int32)
            return tf.where(tf.reduce_any(same, axis=1), place, -1)

    return Lookup()


def _cast(labels: tf.Tensor, dtype: Any) -> tf.Tensor:
    import tensorflow as tf

    return labels if labels.dtype == dtype else tf.cast(labels, dtype)


def as_tensor(pool: Pool, where: str) -> tf.Tensor:
    """The levels as strings, int64, float64 or bool.

    Raises:
        NotExportable: they are of another type, or of several; `where` says whose levels they are.
    """
    import tensorflow as tf

    for kind, dtype in ((str, tf.string), (bool, tf.bool), (int, tf.int64), (float, tf.float64)):
        if all(type(level) is kind for level in pool.levels):
            return tf.constant(list(pool.levels), dtype)
    raise NotExportable(
        f"The levels of {where} have a type that a graph of TensorFlow operations can't hold.",
        expected="labels that are all strings, all integers, all floats or all booleans",
        received=", ".join(repr(level) for level in pool.levels[:5]),
        remedy="Make the labels strings before coercing, for instance with .map(str).",
    )
