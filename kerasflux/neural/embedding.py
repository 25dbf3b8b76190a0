"""Tables with each categorical column replaced by the columns of its learned embedding.

Also what is known of such tables before anything is learned, and the same in a graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import scitypes as st
from kerasflux.neural.encoding import ImageEncoding, embedding_size
from kerasflux.neural.frontend import Features
from kerasflux.neural.learned import Learned
from kerasflux.neural.tensors import demand_known, is_missing, lookup
from kerasflux.predictions.rebuilding import rebuilt
from scitypes import tables
from scitypes.profiles import Column

if TYPE_CHECKING:
    import tensorflow as tf


def embedded(learned: Learned, features: Features, X: Any) -> Any:
    """`X` with each categorical column `f` replaced in place by `f_1`, ..., `f_d`.

    Where one of these names is taken the separator grows (`f__1`). Other columns stay as they are,
    and so does the kind of table; without categorical columns `X` itself is returned.

    Source: `transform` of MLJFlux' models.
    """
    if isinstance(learned.encoding, ImageEncoding) or not learned.encoding.categories.names:
        return X
    categories = learned.encoding.categories
    codes = categories(features)
    values = {
        name: place.of(learned.training.network)[codes[:, i]]
        for i, (name, place) in enumerate(zip(categories.names, learned.embeddings, strict=True))
    }
    return rebuilt(X, _columns(X, values))


def embedded_schema(schema: st.Schema, dims: Mapping[Any, int | float]) -> st.Schema:
    """The schema of what `embedded` makes of a table of some schema.

    Args:
        schema: that of the table.
        dims: the sizes of embeddings by column, as the model has them.
    """
    asked = {str(name): size for name, size in dims.items()}
    taken = {str(name) for name in schema.names}
    columns: list[Column] = []
    for column in schema.columns:
        if column.pool is None:
            columns.append(column)
            continue
        size = embedding_size(asked.get(str(column.name)), len(column.pool.levels))
        new = _free_names(str(column.name), size, taken)
        taken.update(new)
        columns += [Column(name, st.Continuous, "float32") for name in new]
    return replace(schema, columns=tuple(columns))


def servable_embedding(learned: Learned) -> tf.Module:
    """`embedded` as a `tf.Module`, from raw columns by name to the new ones, numbers as float64."""
    import tensorflow as tf

    encoding = learned.encoding
    assert not isinstance(encoding, ImageEncoding)  # a model of tables learned it
    categories, taken = encoding.categories, set(encoding.names)
    places = zip(categories.names, categories.pools, learned.embeddings, strict=True)
    given = ("matrix",) if encoding.matrix else encoding.names
    missing = encoding.numbers.missing
    made: dict[str, tuple[Any, list[str], Any]] = {}
    for name, pool, place in places:
        values = place.of(learned.training.network).astype(np.float64)
        new = _free_names(name, values.shape[1], taken)
        taken.update(new)
        made[name] = (_codes(name, pool, categories.missing), new, values)

    class Servable(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="embedder")
            self.lookups = [codes for codes, _, _ in made.values()]

        def __call__(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            columns: dict[str, tf.Tensor] = {}
            for name in given:
                if name not in made:
                    _demand_numbers(inputs[name], name, missing)
                    columns[name] = inputs[name]
                    continue
                codes, new, values = made[name]
                rows = tf.gather(tf.constant(values), codes(inputs[name]))
                columns |= zip(new, tf.unstack(rows, axis=1), strict=True)
            return columns

    return Servable()


def _demand_numbers(values: tf.Tensor, name: str, missing: str) -> None:
    """Fail in the graph for numbers that the machine refuses when it reads them."""
    import tensorflow as tf

    if not values.dtype.is_floating:
        return
    demand_known(values, ~tf.math.is_inf(values), name, "infinite values")
    if missing == "error":
        demand_known(values, ~tf.math.is_nan(values), name, "missing values")


def _codes(name: str, pool: Any, missing: str) -> Any:
    """A trackable function from labels to rows of an embedding; fails for labels that have none."""
    import tensorflow as tf

    place_of = lookup(pool, f"column {name!r}")

    class Codes(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lookup = place_of

        def __call__(self, labels: tf.Tensor) -> tf.Tensor:
            codes = self.lookup(labels)
            if missing == "impute":
                codes = tf.where(is_missing(labels, pool), len(pool.levels), codes)
            demand_known(labels, codes >= 0, name)
            return tf.maximum(codes, 0)  # so that the demand fails, and not a look-up of -1

    return Codes()


def _columns(X: Any, values: dict[str, np.ndarray]) -> list[tuple[Any, Any]]:
    taken = {str(name) for name in tables.names(X)}
    columns: list[tuple[Any, Any]] = []
    for name, column in tables.columns(X):
        if str(name) not in values:
            columns.append((name, column))
            continue
        new = _free_names(str(name), values[str(name)].shape[1], taken)
        taken.update(new)
        columns += zip(new, values[str(name)].T, strict=True)
    return columns


def _free_names(name: str, size: int, taken: set[str]) -> list[str]:
    separator = "_"
    while taken & set(new := [f"{name}{separator}{i + 1}" for i in range(size)]):
        separator += "_"
    return new
