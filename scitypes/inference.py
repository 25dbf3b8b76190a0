"""`scitype` and `elscitype`: the scientific type of any Python object.

Owns the table from dtypes and types to scitypes. A column is judged by its dtype; elements are read
only where the dtype says nothing (object columns and lists), and to see whether any is missing:
missingness is by value, so that a column's scitype is always the union over its elements.
Categorical columns alone keep what they declare, `Multiclass[n]` with n the levels of the pool.

An object whose class has `__scitype__()` answers for itself (image vectors, predictions, third
parties). Nothing here raises or modifies anything: what is not recognised is `Unknown`.

Source: ScientificTypes.jl. We differ in that NaN is missing, and in that missingness is by value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image as pillow

from scitypes import tables
from scitypes.images import image_scitype, is_image
from scitypes.labels import objects
from scitypes.lattice import (
    Array,
    ArrayOf,
    Continuous,
    Count,
    Matrix,
    Missing,
    Multiclass,
    Nothing,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Scitype,
    Table,
    Textual,
    Tuple,
    Unknown,
    Vector,
    union,
)
from scitypes.pools import Pool

_Path = tuple[int, ...]

# By the type of a scalar, in this order: a timedelta64 is an integer to NumPy, a datetime a date.
_SCALARS: tuple[tuple[Any, Scitype], ...] = (
    (np.timedelta64, Unknown),
    ((bool, int, np.bool_, np.integer), Count),
    ((float, np.floating), Continuous),
    (str, Textual),
    ((dt.datetime, np.datetime64), ScientificDateTime),
    (dt.date, ScientificDate),
    (dt.time, ScientificTime),
)
# What is never missing itself, however long it takes pandas to say so.
_HOLDERS = (pd.DataFrame, pd.Series, np.ndarray)
# By the kind of a NumPy dtype.
_KINDS: dict[str, Scitype] = {
    **dict.fromkeys("biu", Count),
    **dict.fromkeys("UT", Textual),
    "f": Continuous,
    "M": ScientificDateTime,
}


def scitype(x: object) -> Scitype:
    """The scientific type of an object.

    Integers and booleans are `Count`, floats `Continuous`, strings `Textual`; categorical columns
    `Multiclass[n]` or, with an ordered pool, `OrderedFactor[n]`; dates and times
    `ScientificDate...`; Pillow images `GrayImage[h, w]` or `ColorImage[h, w]`. NaN, None, NA and
    NaT are `Missing` as elements (None alone is `Nothing`, an absent argument). Lists, arrays and
    columns are `Vector`, `Matrix` or `Array` of the union over their elements, data frames and
    dicts of columns `Table` of that of each column, and everything else is `Unknown`. An array is
    never an image until it is coerced.

    Args:
        x: anything; it is neither modified nor kept.

    Returns:
        its scitype. This never raises.

    Source: `scitype` of ScientificTypes.jl.

    >>> scitype([1.5, None])
    Vector[Continuous | Missing]
    >>> scitype(pd.DataFrame({"age": [31, 44], "sex": pd.Categorical(["f", "m"])}))
    Table(Count, Multiclass[2])
    """
    try:
        return _of(x, ())
    except (Exception, RecursionError):
        # A hostile or half-built object has no meaning that we know of.
        return Unknown


def elscitype(x: object) -> Scitype:
    """The scitype of the elements of a vector or array, the union over them where they differ.

    `Unknown` for everything else.

    Source: `elscitype` of ScientificTypes.jl.

    >>> elscitype(np.array([1.5, np.nan]))
    Continuous | Missing
    """
    return _element(scitype(x))


class Described(NamedTuple):
    """The scitype of a column's elements, and how many are missing; None: some, not counted."""

    scitype: Scitype
    gaps: int | None


def described(x: Any) -> Described:
    """The scitype of a column's elements and its number of missing cells."""
    return Described(elscitype(x), tables.n_missing(x))


def column_scitypes(X: Any) -> list[Scitype]:
    """The element scitype of each column of a table, in order.

    >>> column_scitypes({"a": [1, 2], "b": ["x", None]})
    [Count, Textual | Missing]
    """
    return [elscitype(values) for _, values in tables.columns(X)]


def _of(x: object, path: _Path) -> Scitype:
    answer = getattr(type(x), "__scitype__", None)
    if answer is not None:
        return _own_answer(x, answer)
    if x is None:
        return Nothing
    if isinstance(x, _HOLDERS):
        return _inside(x, path)
    if pd.isna(objects([x]))[0]:
        return Missing
    return _by_type(type(x)) or _inside(x, path)


def _own_answer(x: object, answer: Callable[[object], object]) -> Scitype:
    try:
        own = answer(x)
    except Exception:
        return Unknown
    return own if isinstance(own, Scitype) else Unknown


def _by_type(kind: type) -> Scitype | None:
    return next((scitype for bases, scitype in _SCALARS if issubclass(kind, bases)), None)


def _inside(x: object, path: _Path) -> Scitype:
    """The scitype of what may hold other objects; `path` has the ids of the containers around."""
    if id(x) in path:
        return Unknown
    inner = (*path, id(x))
    if tables.is_foreign_series(x):
        return Vector[_foreign(x, inner)]
    if tables.is_foreign_frame(x):
        return Table(*(_foreign(values, inner) for _, values in tables.columns(x)))
    return _container(x, inner)


@singledispatch
def _container(x: Any, path: _Path) -> Scitype:
    if tables.library(x) == "scipy" and hasattr(x, "tocsr") and x.ndim == 2:
        return Matrix[_by_dtype(x.dtype)]
    return Unknown


@_container.register
def _(x: pillow.Image, path: _Path) -> Scitype:
    return image_scitype(x) if is_image(x) else Unknown


@_container.register
def _(x: tuple, path: _Path) -> Scitype:  # type: ignore[type-arg]
    return Tuple[tuple(_of(item, path) for item in x)]


@_container.register
def _(x: list, path: _Path) -> Scitype:  # type: ignore[type-arg]
    return Vector[_elements(objects(x), path)]


@_container.register
def _(x: dict, path: _Path) -> Scitype:  # type: ignore[type-arg]
    if not tables.is_table(x):
        return Unknown
    return Table(*(_element(_of(values, path)) for values in x.values()))


@_container.register
def _(x: pd.DataFrame, path: _Path) -> Scitype:
    return Table(*(_column(values, path) for _, values in x.items()))


@_container.register
def _(x: pd.Series | pd.Index | pd.api.extensions.ExtensionArray, path: _Path) -> Scitype:
    return Vector[_column(x, path)]


@_container.register
def _(x: np.ndarray, path: _Path) -> Scitype:
    return Array[_array(x, path), x.ndim]


def _element(whole: Scitype) -> Scitype:
    return whole.element if isinstance(whole, ArrayOf) else Unknown


def _elements(values: np.ndarray[Any, Any], path: _Path) -> Scitype:
    """The union over the elements of an object array: by type where the type says it all."""
    if not len(values):
        return Unknown
    missing = np.asarray(pd.isna(values))
    present = values[~missing]
    found: set[Scitype] = {Missing} if missing.any() else set()
    for kind in set(map(type, present)):
        fixed = None if hasattr(kind, "__scitype__") else _by_type(kind)
        found |= {fixed} if fixed else {_of(x, path) for x in present if type(x) is kind}
    return union(found)


def _column(x: Any, path: _Path) -> Scitype:
    """The element scitype of a pandas column."""
    if isinstance(x.dtype, np.dtype):
        return _array(np.asarray(x, dtype=x.dtype), path)
    if isinstance(x.dtype, pd.CategoricalDtype):
        return _levelled(len(x.dtype.categories), bool(x.dtype.ordered), tables.missing_mask(x))
    if isinstance(x.dtype, pd.ArrowDtype):
        array: Any = x.array if isinstance(x, (pd.Series, pd.Index)) else x
        return _foreign(array.__arrow_array__(), path)
    return _with_missing(_by_extension(x.dtype), tables.missing_mask(x))


def _array(x: np.ndarray[Any, Any], path: _Path) -> Scitype:
    if isinstance(x, np.ma.MaskedArray) and np.ma.getmaskarray(x).any():
        return Unknown  # Whatever reads it as an array would take the masked values for data.
    if x.dtype == object:
        return _elements(x.ravel(), path)
    if x.dtype.kind in "biuSUV":
        return _by_dtype(x.dtype)
    return _with_missing(_by_dtype(x.dtype), tables.missing_mask(x))


def _with_missing(declared: Scitype, missing: tables.Mask) -> Scitype:
    if not missing.any():
        return declared
    return Missing if missing.all() else declared | Missing


def _levelled(n: int, ordered: bool, missing: tables.Mask) -> Scitype:
    # The pool is there whatever the rows hold: all-missing rows do not make it `Missing`.
    declared = OrderedFactor[n] if ordered else Multiclass[n]
    return declared | Missing if missing.any() else declared


def _by_dtype(dtype: np.dtype[Any]) -> Scitype:
    return _KINDS.get(dtype.kind, Unknown)


def _by_extension(dtype: Any) -> Scitype:
    if isinstance(dtype, pd.SparseDtype):
        return _by_dtype(np.dtype(dtype.subtype))
    if isinstance(dtype, pd.StringDtype):
        return Textual
    if isinstance(dtype, pd.DatetimeTZDtype):
        return ScientificDateTime
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_integer_dtype(dtype):
        return Count
    return Continuous if pd.api.types.is_float_dtype(dtype) else Unknown


def _foreign(x: Any, path: _Path) -> Scitype:
    """The element scitype of a polars or Arrow column."""
    import narwhals as nw

    series = tables.narwhal(x)
    dtype = series.dtype
    missing = tables.missing_mask(x)
    if isinstance(dtype, (nw.Categorical, nw.Enum)):
        pool = Pool.of(x)
        return _levelled(len(pool), pool.ordered, missing)
    if isinstance(dtype, nw.Object):
        return _elements(objects(series.to_list()), path)
    return _with_missing(_by_narwhal(dtype), missing)


def _by_narwhal(dtype: Any) -> Scitype:
    import narwhals as nw

    rules: tuple[tuple[Any, Scitype], ...] = (
        (nw.String, Textual),
        (nw.Boolean, Count),
        (nw.Date, ScientificDate),
        (nw.Time, ScientificTime),
        (nw.Datetime, ScientificDateTime),
    )
    if dtype.is_integer():
        return Count
    if dtype.is_float():
        return Continuous
    return next((found for kind, found in rules if isinstance(dtype, kind)), Unknown)
