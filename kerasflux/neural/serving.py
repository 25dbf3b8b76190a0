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

from kerasflux.neural.encoding import Categories, Encoding, ImageEncoding, Numbers
from kerasflux.neural.refusals import EXACT
from kerasflux.neural.scaling import LARGEST, PER_CLIP
from kerasflux.neural.targets import Classes, Standardised
from kerasflux.neural.tensors import as_tensor, demand, demand_known, is_missing, lookup

if TYPE_CHECKING:
    import tensorflow as tf

Tensors = Mapping[str, "tf.Tensor"]
Part = Callable[[Any], Any]


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

    demand(~tf.math.is_inf(values), numbers.names, "infinite values in")
    gaps = tf.math.is_nan(values)
    if numbers.missing == "error":
        demand(~gaps, numbers.names, "missing values in")
    else:
        values = tf.where(gaps, numbers.fill, values)
    if numbers.scaling is None:
        exact = tf.cast(tf.cast(values, tf.float32), tf.float64) == values
        small = (tf.abs(values) <= EXACT) | ~numbers.counts
        demand(exact | small, numbers.names, "whole numbers beyond 2^24 in")
    scaled = (values - numbers.centre) * numbers.per_width
    if numbers.scaling == "robust":
        scaled = tf.minimum(tf.maximum(scaled, tf.constant(-LARGEST, tf.float64)), LARGEST)
        scaled = scaled / tf.sqrt(1.0 + tf.square(scaled * PER_CLIP))
    encoded = tf.cast(scaled, tf.float32)
    demand(tf.math.is_finite(encoded), numbers.names, "too large values in")
    shown = tf.gather(gaps, numbers.indicators.astype(np.int32), axis=1)
    return tf.concat([encoded, tf.cast(shown, tf.float32)], axis=1)


def _encode_categories(categories: Categories, lookups: list[Any], inputs: Tensors) -> tf.Tensor:
    import tensorflow as tf

    columns = []
    for name, pool, place_of in zip(categories.names, categories.pools, lookups, strict=True):
        labels = inputs[name]
        codes = place_of(labels)
        if categories.missing == "impute":
            codes = tf.where(is_missing(labels, pool), len(pool.levels), codes)
        demand_known(labels, codes >= 0, name)
        columns.append(codes)
    return tf.stack(columns, axis=1)


def _lookups(encoding: Encoding | ImageEncoding) -> list[Any]:
    if isinstance(encoding, ImageEncoding):
        return []
    columns = zip(encoding.categories.names, encoding.categories.pools, strict=True)
    return [lookup(pool, f"column {name!r}") for name, pool in columns]


# answers


def _answerer(target: Standardised | Classes) -> Part:
    import tensorflow as tf

    if isinstance(target, Standardised):
        return lambda outputs: {"predictions": _in_units(target, outputs)}
    classes = as_tensor(target.pool, "the target")

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
