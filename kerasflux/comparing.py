"""Outputs of any model as arrays, raw tensors of any data, and whether two of them are the same.

What `kerasflux.testing` compares with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.interface import Model
from kerasflux.transformers.calendar import moments
from kerasflux.transformers.tables import numbers
from kerasflux.transformers.treatments import positions
from scitypes import tables
from scitypes.containers import series_of
from scitypes.pools import Pool


def as_array(out: Any) -> np.ndarray:
    """Any output as one array: of labels their positions, of dates the days, NaN where missing."""
    if not tables.is_table(out) or isinstance(out, np.ndarray):
        return np.asarray(out)
    kinds = [st.nonmissing(st.elscitype(column)) for _, column in tables.columns(out)]
    if not kinds or all(kind <= st.Infinite for kind in kinds):
        return st.matrix(out)
    return np.column_stack([_as_numbers(column) for _, column in tables.columns(out)])


def _as_numbers(column: Any) -> np.ndarray:
    kind = st.nonmissing(st.elscitype(column))
    if kind <= st.Infinite:
        return numbers(column)
    if kind <= st.Finite:
        return positions(column, Pool.of(column))
    if kind <= st.ScientificTimeType:
        days, seconds, gaps = moments(column)
        return np.where(gaps, np.nan, days + seconds / 86400)
    return np.array(list(series_of(column)), dtype=object)


def demand_equal(a: Any, b: Any, what: str, exact: bool = False) -> None:
    """Refuse arrays that differ: at all, or by more than rounding; NaN equals NaN.

    Raises:
        AssertionError: saying what differs, and by how much.
    """
    a, b = np.asarray(a), np.asarray(b)
    numeric = a.dtype.kind in "fiub" and b.dtype.kind in "fiub"
    if not numeric or exact:
        assert np.array_equal(a, b, equal_nan=numeric), f"{what}: differs"
    else:
        same = np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
        assert same, f"{what}: differs by {np.nanmax(np.abs(a - b))}"


def as_values(tensor: Any) -> np.ndarray:
    """A tensor as an array: bytes of texts as they are, anything else as float64."""
    values: np.ndarray = tensor.numpy()
    return values if values.dtype == object else values.astype(np.float64)


def raw_tensors(X: Any, model: Model) -> dict[str, Any]:
    """A table or matrix as a client sends it to an exported model: see `Model.serving`.

    Args:
        X: the data.
        model: the model; where it takes missing cells, whole numbers are sent as floats.
    """
    import tensorflow as tf

    if not tables.is_table(X):
        return {"matrix": tf.constant(np.asarray(X, np.float64))}
    gaps = st.Table(st.Missing) <= model.input_scitype
    return {str(name): tf.constant(_raw(column, gaps)) for name, column in tables.columns(X)}


def _raw(column: Any, gaps: bool) -> np.ndarray:
    """A column as a client sends it, as an array."""
    kind = st.nonmissing(st.elscitype(column))
    cells = list(series_of(column))
    if kind <= st.Infinite:
        whole = kind <= st.Count and not gaps
        return np.array([np.nan if pd.isna(c) else c for c in cells], "i8" if whole else "f8")
    if kind <= st.Finite and not all(isinstance(level, str) for level in st.levels(column)):
        return np.array([-(2**63) if pd.isna(c) else c for c in cells], np.int64)
    texts = [c.isoformat() if hasattr(c, "isoformat") and not pd.isna(c) else c for c in cells]
    return np.array(["" if pd.isna(t) else str(t) for t in texts], dtype=object)
