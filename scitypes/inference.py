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
from pandas.api.types import infer_dtype
from PIL import Image as pillow

from scitypes import libraries, missingness, tables
from scitypes.images import image_scitype, is_image
from scitypes.labels import objects
from scitypes.lattice import (
    Array,
    ArrayOf,
    Continuous,
    Count,
    Density,
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
from scitypes.pools import as_categorical

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
_COLUMNS = (list, range, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
# What a column of strings has among its first cells only if it is none.
_NO_TEXT = (int, float, dt.date, dt.time, np.number, np.ndarray, list, dict, pillow.Image)
_PROBED = 2_000
# Distributions of scipy.stats, by the names of their classes: scipy is not imported.
_FROZEN: dict[str, Scitype] = {
    "rv_continuous_frozen": Density[Continuous],
    "rv_discrete_frozen": Density[Count],
    "multivariate_normal_frozen": Density[Vector[Continuous]],
}
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
    columns are `Vector`, `Matrix` or `Array` of the union over their elements; data frames, record
    batches, structured arrays and dicts of columns are `Table` of that of each column. Masked cells
    are missing, ranges hold integers, frozen distributions of scipy.stats are `Density`, and
    everything else is `Unknown`. An array is never an image until it is coerced.

    Rows of a column have a scitype at or below that of the column, and columns joined have the
    union of theirs, in every library; rows of a categorical column keep its levels. What stores the
    same elements has the same scitype: a list, an array, columns of pandas, polars and Arrow.

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
    """What one pass over a column tells: the scitype of its elements and how many are missing."""

    scitype: Scitype
    gaps: int | None
    """How many elements are missing; None where some are that were not counted (of objects)."""


def described(x: Any) -> Described:
    """The scitype of a column's elements and its number of missing cells, in one pass over it.

    Args:
        x: a column, `(n_rows,)`; what is none is `Unknown` and has no gaps.

    Returns:
        `scitype`, as `elscitype` gives it, and `gaps`: None for objects that are all strings or
        missing, whose missing ones take longer to count (`missingness.n_missing`) than to notice.

    >>> described(pd.Series([1.5, None, 2.0]))
    Described(scitype=Continuous | Missing, gaps=1)
    >>> described(["a", None])
    Described(scitype=Textual | Missing, gaps=None)
    """
    if not (tables.is_column(x) or isinstance(x, tuple)):
        return Described(Unknown, 0)
    try:
        if hasattr(type(x), "__scitype__") or isinstance(x, tuple):
            return Described(_element(_of(x, ())), missingness.n_missing(x))
        return _column(x, (id(x),))
    except (Exception, RecursionError):
        # As `scitype`: what can't be judged is Unknown.
        return Described(Unknown, 0)


def column_scitypes(X: Any) -> list[Scitype]:
    """The element scitype of each column of a table, in order.

    >>> column_scitypes({"a": [1, 2], "b": ["x", None]})
    [Count, Textual | Missing]
    """
    return [described(values).scitype for _, values in tables.columns(X)]


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
    if isinstance(x, np.ndarray) and not tables.is_structured(x):
        return Array[_array(x, inner).scitype, x.ndim]
    if isinstance(x, _COLUMNS) or libraries.is_foreign_series(x):
        return Vector[_column(x, inner).scitype]
    if libraries.is_foreign_frame(x) or tables.is_structured(x):
        return Table(*(_column(values, inner).scitype for _, values in tables.columns(x)))
    return _container(x, inner)


@singledispatch
def _container(x: Any, path: _Path) -> Scitype:
    if libraries.library(x) != "scipy":
        return Unknown
    if hasattr(x, "tocsr") and x.ndim == 2:
        return Matrix[_by_dtype(x.dtype)]
    kinds = {kind.__name__ for kind in type(x).__mro__}
    return next((found for name, found in _FROZEN.items() if name in kinds), Unknown)


@_container.register
def _(x: pillow.Image, path: _Path) -> Scitype:
    return image_scitype(x) if is_image(x) else Unknown


@_container.register
def _(x: tuple, path: _Path) -> Scitype:  # type: ignore[type-arg]
    return Tuple[tuple(_of(item, path) for item in x)]


@_container.register
def _(x: dict, path: _Path) -> Scitype:  # type: ignore[type-arg]
    if not tables.is_table(x):
        return Unknown
    return Table(*(_element(_of(values, path)) for values in x.values()))


@_container.register
def _(x: pd.DataFrame, path: _Path) -> Scitype:
    return Table(*(_column(values, path).scitype for _, values in x.items()))


def _element(whole: Scitype) -> Scitype:
    return whole.element if isinstance(whole, ArrayOf) else Unknown


def _column(x: Any, path: _Path) -> Described:
    """What one pass over a column tells; `path` has the id of the column too."""
    if isinstance(x, list):
        return _elements(objects(x), path)
    if isinstance(x, range):
        return Described(Count, 0)
    if isinstance(x, np.ndarray):
        return _array(x, path) if x.ndim == 1 else Described(Unknown, 0)
    if libraries.is_foreign_series(x):
        return _foreign(x, path)
    if isinstance(x.dtype, np.dtype):
        return _array(np.asarray(x, dtype=x.dtype), path)
    values: Any = x.array if isinstance(x, (pd.Series, pd.Index)) else x
    if isinstance(x.dtype, pd.CategoricalDtype):
        return _levelled(values)
    if isinstance(x.dtype, pd.ArrowDtype):
        return _foreign(values.__arrow_array__(), path)
    return _with_gaps(_by_extension(x.dtype), missingness.n_missing(values), len(values))


def _array(x: np.ndarray[Any, Any], path: _Path) -> Described:
    """What one pass over an array of any number of axes tells."""
    if isinstance(x, np.ma.MaskedArray):
        return _masked(x, path)
    if x.dtype == object:
        return _elements(x.ravel(), path)
    return _with_gaps(_by_dtype(x.dtype), missingness.n_missing(x), x.size)


def _masked(x: np.ma.MaskedArray[Any, Any], path: _Path) -> Described:
    if x.dtype.names is not None:
        return Described(Unknown, 0)
    mask = np.ma.getmaskarray(x)
    rest = _array(np.asarray(x.data)[~mask], path)
    masked = int(np.count_nonzero(mask))
    if not masked:
        return rest
    found = rest.scitype | Missing if masked < x.size else Missing
    return Described(found, None if rest.gaps is None else rest.gaps + masked)


def _elements(values: np.ndarray[Any, Any], path: _Path) -> Described:
    """The union over the elements of an object array: by type where the type says it all."""
    if not len(values):
        return Described(Unknown, 0)
    if (strings := _strings(values)) is not None:
        return strings
    missing = np.asarray(pd.isna(values))
    gaps = int(np.count_nonzero(missing))
    present = values[~missing] if gaps else values
    found: set[Scitype] = {Missing} if gaps else set()
    for kind in set(map(type, present)):
        fixed = None if hasattr(kind, "__scitype__") else _by_type(kind)
        found |= {fixed} if fixed else {_of(x, path) for x in present if type(x) is kind}
    return Described(union(found), gaps)


def _strings(values: np.ndarray[Any, Any]) -> Described | None:
    """What an object array of strings is, by pandas' own pass over it; None if it holds others.

    A few cells tell which pass is likely to be the one that is needed, and whether the strings are
    of a class that answers for itself; in a column of more than 2,000, one among others may not be
    asked.
    """
    probe = values[:: max(1, len(values) // _PROBED)]
    present = probe[~pd.isna(probe)]
    if isinstance(next(iter(present), None), _NO_TEXT):
        return None
    if any(hasattr(kind, "__scitype__") for kind in set(map(type, present))):
        return None
    if len(present) == len(probe) and infer_dtype(values, skipna=False) == "string":
        return Described(Textual, 0)
    if infer_dtype(values, skipna=True) == "string":
        return Described(Textual | Missing, None)
    return None


def _with_gaps(declared: Scitype, gaps: int, n: int) -> Described:
    if not gaps:
        return Described(declared, 0)
    return Described(Missing if gaps == n else declared | Missing, gaps)


def _levelled(x: pd.Categorical) -> Described:
    # The pool is there whatever the rows hold: all-missing rows do not make it `Missing`.
    n = len(x.categories)
    declared = OrderedFactor[n] if x.ordered else Multiclass[n]
    gaps = int(np.count_nonzero(x.codes < 0))
    return Described(declared | Missing if gaps else declared, gaps)


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


def _foreign(x: Any, path: _Path) -> Described:
    """What one pass over a polars or Arrow column tells."""
    import narwhals as nw

    series = libraries.narwhal(x)
    dtype = series.dtype
    if isinstance(dtype, (nw.Categorical, nw.Enum)):
        categorical = as_categorical(x)
        assert categorical is not None
        return _levelled(categorical)
    if isinstance(dtype, nw.Object):
        return _elements(objects(series.to_list()), path)
    return _with_gaps(_by_narwhal(dtype), missingness.n_missing(x), len(series))


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
