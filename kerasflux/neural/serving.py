"""Learned networks as `tf.Module`s over raw columns: the encoding once more, as graph operations.

The module owns everything that it needs (variables, lookup tables, constants) and none of our code:
saved by `tf.saved_model.save`, it answers in a process without Keras. Every step is the one that
`neural.encoding` takes in NumPy, in float64 and in the same order, so both give the same inputs to
the network, and it refuses what they refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.errors import NotExportable
from kerasflux.neural.encoding import Categories, Encoding, ImageEncoding, Numbers
from kerasflux.neural.refusals import EXACT
from kerasflux.neural.scaling import LARGEST, PER_CLIP
from kerasflux.neural.targets import Classes, Standardised
from scitypes.pools import Pool

if TYPE_CHECKING:
    import tensorflow as tf

Tensors = Mapping[str, "tf.Tensor"]
Part = Callable[[Any], Any]

NO_TEXT, NO_INTEGER = "", -(2**63)
"""What stands for a missing label in columns of strings and of integers, unless it is a level."""


def servable(
    encoding: Encoding | ImageEncoding, target: Standardised | Classes, network: Any, finish: Part
) -> tf.Module:
    """A module that maps a dict of raw tensors to a dict of predictions.

    Args:
        encoding: how columns become the network's inputs.
        target: how its outputs become predictions.
        network: a built Keras network, from the encoded inputs to logits.
        finish: from logits to probabilities `(n_rows, n_levels)`, or to outputs of a regressor.

    Returns:
        A module called with one dict. Its keys are column names (strings or int64 for categories,
        float64 or int64 for numbers, each `(n_rows,)`), or `matrix`, or `images`; it gives
        `labels`, `probabilities`, `classes`, or `predictions`.

    Raises:
        NotExportable: a column's or the target's levels have a type that TensorFlow can't compare.
    """
    import tensorflow as tf

    class Servable(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="served")
            self.network_variables = [variable.value for variable in network.variables]
            self.lookups = _lookups(encoding)
            self.read = _reader(encoding, self.lookups)
            self.answer = _answerer(target)

        def __call__(self, inputs: Tensors) -> Any:
            return self.answer(finish(network(self.read(inputs), training=False)))

    return Servable()


# inputs


def _reader(encoding: Encoding | ImageEncoding, lookups: list[Any]) -> Callable[[Tensors], Any]:
    """From raw tensors to what the network is called with."""
    if isinstance(encoding, ImageEncoding):
        return lambda inputs: _read_images(encoding, inputs["images"])

    def read(inputs: Tensors) -> Any:
        parts = []
        if encoding.numbers.size:
            parts.append(_encode_numbers(encoding.numbers, _raw_numbers(encoding, inputs)))
        if encoding.categories.names:
            parts.append(_encode_categories(encoding.categories, lookups, inputs))
        return parts if len(parts) > 1 else parts[0]

    return read


def _read_images(encoding: ImageEncoding, images: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    images = tf.convert_to_tensor(images)
    if images.shape.rank == 3:
        images = images[..., tf.newaxis]
    expected = tf.constant(encoding.shape)
    tf.debugging.assert_equal(
        tf.shape(images)[1:], expected, "images: another size than in training"
    )
    images = tf.ensure_shape(images, [None, *encoding.shape])
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 255.0
    return tf.cast(images, tf.float32)


def _raw_numbers(encoding: Encoding, inputs: Tensors) -> tf.Tensor:
    """The numeric columns as `(n_rows, n)` float64."""
    import tensorflow as tf

    if encoding.matrix:
        return tf.cast(inputs["matrix"], tf.float64)
    return tf.stack([tf.cast(inputs[name], tf.float64) for name in encoding.numbers.names], axis=1)


def _encode_numbers(numbers: Numbers, values: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    _demand(~tf.math.is_inf(values), numbers.names, "infinite values in")
    gaps = tf.math.is_nan(values)
    if numbers.missing == "error":
        _demand(~gaps, numbers.names, "missing values in")
    else:
        values = tf.where(gaps, numbers.fill, values)
    if numbers.scaling is None:
        exact = tf.cast(tf.cast(values, tf.float32), tf.float64) == values
        small = (tf.abs(values) <= EXACT) | ~numbers.counts
        _demand(exact | small, numbers.names, "whole numbers beyond 2^24 in")
    scaled = (values - numbers.centre) * numbers.per_width
    if numbers.scaling == "robust":
        scaled = tf.minimum(tf.maximum(scaled, tf.constant(-LARGEST, tf.float64)), LARGEST)
        scaled = scaled / tf.sqrt(1.0 + tf.square(scaled * PER_CLIP))
    encoded = tf.cast(scaled, tf.float32)
    _demand(tf.math.is_finite(encoded), numbers.names, "too large values in")
    shown = tf.gather(gaps, numbers.indicators.astype(np.int32), axis=1)
    return tf.concat([encoded, tf.cast(shown, tf.float32)], axis=1)


def _encode_categories(categories: Categories, lookups: list[Any], inputs: Tensors) -> tf.Tensor:
    import tensorflow as tf

    columns = []
    for name, pool, lookup in zip(categories.names, categories.pools, lookups, strict=True):
        labels = inputs[name]
        codes = lookup(labels)
        if categories.missing == "impute":
            codes = tf.where(_is_missing(labels, pool), len(pool.levels), codes)
        unseen = tf.boolean_mask(labels, codes < 0)
        message = f"column {name!r}: labels that are no level:"
        tf.debugging.Assert(tf.reduce_all(codes >= 0), [message, unseen])
        columns.append(codes)
    return tf.stack(columns, axis=1)


def _is_missing(labels: tf.Tensor, pool: Pool) -> tf.Tensor:
    import tensorflow as tf

    if labels.dtype.is_floating:
        return tf.math.is_nan(labels)
    nothing = NO_TEXT if labels.dtype == tf.string else NO_INTEGER
    if nothing in pool.levels or labels.dtype not in (tf.string, tf.int64):
        return tf.zeros_like(labels, tf.bool)
    return labels == nothing


def _demand(good: tf.Tensor, names: tuple[str, ...], complaint: str) -> None:
    """Fail in the graph, naming the columns that have a cell that is not good."""
    import tensorflow as tf

    fine = tf.reduce_all(good, axis=0)
    bad = tf.boolean_mask(tf.constant(list(names)), ~fine)
    tf.debugging.Assert(tf.reduce_all(fine), [f"{complaint} columns", bad], summarize=10)


def _lookups(encoding: Encoding | ImageEncoding) -> list[Any]:
    if isinstance(encoding, ImageEncoding):
        return []
    columns = zip(encoding.categories.names, encoding.categories.pools, strict=True)
    return [_lookup(pool, f"column {name!r}") for name, pool in columns]


def _lookup(pool: Pool, where: str) -> Any:
    """A trackable function from labels to int32 positions, -1 for strangers."""
    import tensorflow as tf

    levels = _as_tensor(pool, where)

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


# answers


def _answerer(target: Standardised | Classes) -> Part:
    import tensorflow as tf

    if isinstance(target, Standardised):
        return lambda outputs: {"predictions": _in_units(target, outputs)}
    classes = _as_tensor(target.pool, "the target")

    def answer(probabilities: tf.Tensor) -> dict[str, tf.Tensor]:
        likeliest = tf.argmax(probabilities, axis=1)
        return {
            "labels": tf.gather(classes, likeliest),
            "probabilities": probabilities,
            "classes": tf.identity(classes),
        }

    return answer


def _in_units(target: Standardised, outputs: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    values = tf.cast(outputs, tf.float64) * target.width + target.centre
    return values[:, 0] if target.n_out == 1 else values


def _as_tensor(pool: Pool, where: str) -> tf.Tensor:
    """The levels as strings, int64, float64 or bool."""
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
