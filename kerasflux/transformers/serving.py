"""Fitted transformers as `tf.Module`s: raw columns by name to the new ones, as their machine would.

The form of raw columns is that of `Model.serving`: float64 or int64 numbers, NaN where missing;
strings or int64 as labels, `""` or -2**63 where missing; dates and times as ISO texts, `""` where
missing; a matrix as one tensor `matrix`. The new columns have the same form. What a machine
refuses when it reads data (labels that are no level, infinite numbers) fails here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import scitypes as st

if TYPE_CHECKING:
    import tensorflow as tf

Step = tuple[str, Callable[[Any], list[Any]], list[str]]
"""An old column, what is done with it, and the names of the new ones."""


def servable(learned: Any, unseen: frozenset[Any] = frozenset()) -> tf.Module:
    """A module that maps a dict of raw tensors to the dict of the new columns.

    Args:
        learned: what a transformer has learned (`kerasflux.transformers.base.Learned`).
        unseen: columns that pass through and whose labels a later step judges.

    Raises:
        NotExportable: a column's labels have a type that TensorFlow can't compare, or its moments
            have a time zone.
    """
    import tensorflow as tf

    matrix = learned.container == "matrix"
    steps, needed = _steps(learned, unseen)
    numeric = [str(place.column.name) for place, _ in learned if _holds_numbers(place)]

    class Servable(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="transformer")
            self.needed = needed  # lookup tables, which TensorFlow has to find to save them

        def __call__(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            columns = _unstacked(inputs["matrix"]) if matrix else inputs
            _demand_finite({name: columns[name] for name in numeric})
            made = {
                name: values
                for old, treat, names in steps
                for name, values in zip(names, treat(columns.get(old)), strict=True)
            }
            if not matrix:
                return made
            return {"matrix": tf.stack([tf.cast(v, tf.float64) for v in made.values()], axis=1)}

    return Servable()


def _unstacked(matrix: tf.Tensor) -> dict[str, tf.Tensor]:
    import tensorflow as tf

    return {f"x{i + 1}": column for i, column in enumerate(tf.unstack(matrix, axis=1))}


def _steps(learned: Any, unseen: frozenset[Any]) -> tuple[list[Step], list[Any]]:
    steps, needed = [], []
    for place, treatment in learned:
        name = str(place.column.name)
        check, table = _check(place.column, name)
        treat: Callable[[Any], list[Any]]
        treat, more = (lambda raw: [raw]), None
        if treatment is not None:
            treat, more = treatment.graph(name)
        judged = more is not None or (treatment is None and place.column.name in unseen)
        if not place.outputs or judged:  # nothing to check, or checked elsewhere
            check, table = _unchecked, None
        steps.append((name, _after(check, treat), [str(c.name) for c in place.outputs]))
        needed += [one for one in (table, more) if one is not None]
    return steps, needed


def _after(check: Callable[[Any], None], treat: Callable[[Any], list[Any]]) -> Any:
    def both(raw: Any) -> list[Any]:
        check(raw)
        return treat(raw)

    return both


def _check(column: Any, name: str) -> tuple[Callable[[Any], None], Any]:
    """What refuses labels that a column's machine would refuse."""
    from kerasflux.neural.tensors import demand_known, is_missing, lookup

    if column.pool is not None:
        place_of = lookup(column.pool, f"column {name!r}")

        def labels(raw: Any) -> None:
            known = is_missing(raw, column.pool) | (place_of(raw) >= 0)
            demand_known(raw, known, name)

        return labels, place_of
    return _unchecked, None


def _holds_numbers(place: Any) -> bool:
    """Whether a column that is not dropped holds numbers."""
    return bool(place.outputs) and bool(st.nonmissing(place.column.scitype) <= st.Infinite)


def _demand_finite(columns: Mapping[str, tf.Tensor]) -> None:
    """Refuse infinite numbers of all columns at once: a graph of thousands of checks is slow."""
    import tensorflow as tf

    from kerasflux.neural.tensors import demand

    floats = {name: tf.cast(x, tf.float64) for name, x in columns.items() if x.dtype.is_floating}
    if floats:
        finite = ~tf.math.is_inf(tf.stack(list(floats.values()), axis=1))
        demand(finite, tuple(floats), "infinite values in")


def _unchecked(raw: Any) -> None:
    """Whatever it holds is left alone."""


def servable_inverse(learned: Any) -> tf.Module:
    """A module that undoes scaling: standardised columns by name to the numbers they were.

    Args:
        learned: what a `Standardizer` has learned.
    """
    import tensorflow as tf

    matrix = learned.container == "matrix"
    scales = {str(place.column.name): scale for place, scale in learned}

    class Servable(tf.Module):
        def __call__(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            columns = _unstacked(inputs["matrix"]) if matrix else inputs
            made = {
                name: columns[name] if scale is None else scale.graph_back(columns[name])
                for name, scale in scales.items()
            }
            return {"matrix": tf.stack(list(made.values()), axis=1)} if matrix else made

    return Servable()
