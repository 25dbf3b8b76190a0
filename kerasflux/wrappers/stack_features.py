"""What the metalearner of a stack learns from: predictions of other models, as a table.

Of distributions there is a column for each level, of labels a 0/1 column for each level, of numbers
the numbers: `net__yes`, `net__no`; `net`; `net__price` of several targets. The inputs may stand
behind them. The same columns are made in memory, in a graph, and, as a schema, before anything is
learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.errors import DataError
from kerasflux.portraits import distinct
from kerasflux.predictions.rebuilding import rebuilt
from kerasflux.wrappers.combining import Reading
from scitypes import tables
from scitypes.profiles import Column


def columns_of(bases: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of the columns of predictions.

    Args:
        bases: for each base model, by name, what tells its columns apart (`Reading.columns`).

    >>> columns_of({"net": ["no", "yes"], "line": [""]})
    ['net__no', 'net__yes', 'line']
    """
    return distinct(f"{n}__{own}" if own else n for n, several in bases.items() for own in several)


def features(numbers: np.ndarray, names: Sequence[str], X: Any, passthrough: bool) -> Any:
    """Predictions as a table in the kind of container that `X` is in; a DataFrame if it is none.

    Args:
        numbers: those of all base models, `(n_rows, n_columns)`.
        names: of the columns.
        X: the inputs that were predicted for.
        passthrough: whether their columns stand behind the predictions.
    """
    given = X if tables.is_table(X) else pd.DataFrame(index=pd.RangeIndex(len(numbers)))
    columns: list[tuple[Any, Any]] = list(zip(names, np.array(numbers.T, order="C"), strict=True))
    return rebuilt(given, [*columns, *(_inputs(X) if passthrough else ())])


def _inputs(X: Any) -> list[tuple[Any, Any]]:
    if tables.is_table(X):
        return list(tables.columns(X))
    return list(zip(st.schema(X).names, np.asarray(X).T, strict=True))


def features_schema(
    bases: Sequence[str], inputs: st.Schema, target: st.Schema, passthrough: bool
) -> st.Schema:
    """The schema of the features, for inputs and a target of schemas.

    Raises:
        DataError: inputs are called like predictions, or have no columns, and are to be passed on.
    """
    names = columns_of(dict.fromkeys(bases, _suffixes(target)))
    columns = [Column(name, st.Continuous, "float64") for name in names]
    if passthrough:
        _refuse_clash(names, inputs)
        columns += inputs.columns
    return replace(inputs, columns=tuple(columns), container="table")


def _suffixes(target: st.Schema) -> list[str]:
    pool = target.pools[0] if len(target.names) == 1 else None
    if pool is not None:
        return distinct(map(str, pool.levels))
    return [""] if target.container == "vector" else list(map(str, target.names))


def _refuse_clash(names: Sequence[str], inputs: st.Schema) -> None:
    if inputs.container == "images":
        raise DataError(
            "Images can't be passed through beside predictions.",
            expected="a table or a matrix, or `passthrough=False`",
            received="images",
            remedy="`stack.passthrough = False`",
            columns={},
        )
    taken = [name for name in inputs.names if str(name) in set(names)]
    if taken:
        raise DataError(
            "Columns of the inputs are called like predictions of the base models.",
            expected="other names, or `passthrough=False`",
            received=", ".join(map(repr, taken)),
            remedy=f"Rename them, or the base model: `kf.Stack(..., {taken[0]}_model=...)`.",
            columns=dict.fromkeys(taken, "the name of a prediction"),
        )


def stacked_in_graph(
    bases: Sequence[Any],
    readings: Sequence[Reading],
    names: Sequence[str],
    metalearner: Any,
    passthrough: bool,
) -> Any:
    """A `tf.Module` that hands what the base models answer to the metalearner.

    Args:
        bases: modules as `Model.serving` gives them.
        readings: how the answer of each is read.
        names: of the columns of predictions.
        metalearner: the module that takes them.
        passthrough: whether it takes the inputs too.
    """
    import tensorflow as tf

    class Stacked(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="stack")
            self.bases, self.metalearner = list(bases), metalearner
            self.readings = [reading.in_graph() for reading in readings]
            self.owners = [graph.owner for graph in self.readings if graph.owner is not None]

        def __call__(self, columns: Any) -> Any:
            pairs = zip(self.readings, self.bases, strict=True)
            numbers = tf.concat([graph.numbers(dict(base(columns))) for graph, base in pairs], 1)
            found = {name: numbers[:, k] for k, name in enumerate(names)}
            return self.metalearner({**found, **_passed(columns)} if passthrough else found)

    return Stacked()


def _passed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs by column; those of a matrix as `scitypes.schema` calls them."""
    import tensorflow as tf

    matrix = columns.get("matrix")
    if matrix is None or matrix.shape.rank != 2:
        return dict(columns)
    return {f"x{k + 1}": column for k, column in enumerate(tf.unstack(matrix, axis=1))}
