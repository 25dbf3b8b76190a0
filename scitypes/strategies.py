"""Hypothesis strategies: scitypes, labels, pools, columns, tables and image vectors.

The one module that imports hypothesis, which has to be installed for it. A column is drawn in this
order: its dtype, among those that can hold the scitype, then its cells, then which of them are
missing. Nothing is drawn and thrown away, so that drawing stays fast and failures shrink well.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as s
from hypothesis.strategies import SearchStrategy
from PIL import Image as pillow

from scitypes.errors import NotAScitype, UnknownColumn
from scitypes.images import ImageVector
from scitypes.labels import objects
from scitypes.lattice import (
    NODES,
    Any_,
    Array,
    Binary,
    ColorImage,
    Continuous,
    Count,
    Density,
    GrayImage,
    Image,
    Matrix,
    Missing,
    Multiclass,
    Never,
    Node,
    OrderedFactor,
    Sampleable,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Scitype,
    Table,
    Textual,
    Tuple,
    Unknown,
    Vector,
    as_scitype,
    members,
)
from scitypes.messages import counted
from scitypes.pools import Pool
from scitypes.schemas import Schema

_INT64 = s.integers(-(2**63), 2**63 - 1)
_FLOATS = s.floats(allow_nan=False)
_TEXTS = s.text(max_size=4)
_MOMENTS = s.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1))
_STRANGE = s.sampled_from([Decimal("1.5"), Fraction(1, 3), b"a", 1j, pd.Timedelta(1, "s")])
_STAMPS = _MOMENTS.map(pd.Timestamp)
_LABELS = (_TEXTS, s.integers(-(2**40), 2**40), _FLOATS, s.dates(), _STAMPS)
_TRUTHS = s.sampled_from([False, True])
_GAPS = s.sampled_from([None, np.nan, pd.NA])


@dataclass(frozen=True)
class _Kind:
    """A way to hold cells of one scitype.

    Args:
        dtype: the pandas dtype, by its name.
        scitype: that of the cells.
        cells: the cells, without missing ones; of a category, its pools.
        gaps: whether cells can be missing.
        foreign: the polars dtype by its name, if polars and Arrow can hold the cells.
        n_levels: of a category, the number of levels, if it is fixed.
    """

    dtype: str
    scitype: Scitype
    cells: SearchStrategy[Any]
    gaps: bool = True
    foreign: str = ""
    n_levels: int | None = None

    @property
    def most(self) -> int:
        """The greatest number of rows without a missing cell."""
        return 0 if self.n_levels == 0 else _MANY

    def least(self, wanted: Scitype) -> int:
        """The least number of rows from which the scitype of a column can be told."""
        told = self.dtype != "object" and wanted != Missing
        return 0 if told or Unknown <= wanted else 1


_MANY = 10**6
_KINDS = (
    _Kind("int64", Count, _INT64, gaps=False, foreign="Int64"),
    _Kind("uint8", Count, s.integers(0, 255), gaps=False, foreign="UInt8"),
    _Kind("bool", Count, s.booleans(), gaps=False, foreign="Boolean"),
    _Kind("Int64", Count, _INT64, foreign="Int64"),
    _Kind("boolean", Count, s.booleans(), foreign="Boolean"),
    _Kind("float64", Continuous, _FLOATS, foreign="Float64"),
    _Kind("float32", Continuous, s.floats(allow_nan=False, width=32), foreign="Float32"),
    _Kind("Float64", Continuous, _FLOATS, foreign="Float64"),
    _Kind("string", Textual, _TEXTS, foreign="String"),
    # What pandas infers for texts: `str` since pandas 3, objects before.
    _Kind(str(pd.Series(["a"]).dtype), Textual, _TEXTS, foreign="String"),
    _Kind("datetime64[ns]", ScientificDateTime, _MOMENTS, foreign="Datetime"),
    _Kind("datetime64[us]", ScientificDateTime, _MOMENTS, foreign="Datetime"),
    _Kind("datetime64[ns, UTC]", ScientificDateTime, _MOMENTS),
    _Kind("timedelta64[ns]", Unknown, s.timedeltas(dt.timedelta(-9), dt.timedelta(9))),
    _Kind("complex128", Unknown, s.complex_numbers(allow_nan=False)),
    _Kind("object", Textual, _TEXTS, foreign="String"),
    _Kind("object", Count, _INT64 | s.booleans()),
    _Kind("object", Continuous, _FLOATS),
    _Kind("object", ScientificDate, s.dates(), foreign="Date"),
    _Kind("object", ScientificTime, s.times(), foreign="Time"),
    _Kind("object", ScientificDateTime, _MOMENTS),
    _Kind("object", Unknown, _STRANGE),
)


def scitypes(max_leaves: int = 4, nodes: Iterable[Node] = ()) -> SearchStrategy[Scitype]:
    """Scitypes of every shape: nodes, parameters, unions, containers, tuples and tables.

    Args:
        max_leaves: how many nodes one of them may be built of.
        nodes: nodes of your own that occur beside the built-in ones.

    >>> from hypothesis import given
    >>> @given(scitypes(), scitypes())
    ... def a_union_lies_above_its_parts(S, T):
    ...     assert S <= S | T and T <= S | T
    >>> a_union_lies_above_its_parts()
    """
    bare = (Never, Any_, Binary, Vector, Matrix, Array, Table, Table(), Tuple, Density, Sampleable)
    leaf = s.sampled_from(bare) | s.sampled_from((*NODES, *nodes)).flatmap(_narrowed)
    deep = s.recursive(leaf, _bigger, max_leaves=max_leaves)
    # Half of them are not nested at all, which `recursive` alone draws once in a thousand times.
    return s.booleans().flatmap(lambda nested: deep if nested else leaf)


def labels() -> SearchStrategy[Any]:
    """Labels that a pool can hold: texts, numbers, truth values, dates and timestamps.

    >>> from hypothesis import given
    >>> @given(labels())
    ... def a_label_is_the_one_level_of_a_pool(label):
    ...     assert Pool((label,)).levels == (label,)
    >>> a_label_is_the_one_level_of_a_pool()
    """
    return s.one_of(*_LABELS, _TRUTHS)


def pools(
    ordered: bool | None = None, min_levels: int = 0, max_levels: int | None = None
) -> SearchStrategy[Pool]:
    """Pools of levels, most of them with labels of one type.

    Args:
        ordered: whether the levels are ordered; None draws that too.
        min_levels: the least number of levels.
        max_levels: the greatest number of levels; None is four more than the least.

    >>> from hypothesis import given
    >>> @given(pools(ordered=True, min_levels=2))
    ... def an_ordered_pool_gives_ordered_factors(pool):
    ...     assert pool.scitype <= OrderedFactor and len(pool) >= 2
    >>> an_ordered_pool_gives_ordered_factors()
    """
    most = min_levels + 4 if max_levels is None else max_levels
    kinds = (*_LABELS, s.one_of(*_LABELS[:2]), *((_TRUTHS,) if min_levels <= 2 else ()))
    return _pools(kinds, ordered, min_levels, most)


def columns(
    scitype: Scitype | None = None, *, dtype: Any = None, min_size: int = 0, max_size: int = 8
) -> SearchStrategy[pd.Series]:
    """Columns of a scitype, of any dtype that can hold it.

    They are Series without a name, half of them with labels in the index that repeat.

    Args:
        scitype: that of the elements, such as `Count`, `Multiclass[3] | Missing` or `Known`. Cells
            are missing only if it says so. The scitype of what is drawn lies at or below it; a
            column in which each cell is missing is `Missing`. None draws all that are known here.
        dtype: a pandas dtype or its name, if it is to be that.
        min_size: the least number of rows. A column without rows is drawn only with a dtype
            that says what it holds: of objects, there is at least one.
        max_size: the greatest number of rows.

    Raises:
        NotAScitype: no column of this scitype, dtype and size is known here.

    >>> from hypothesis import given
    >>> from scitypes import elscitype
    >>> @given(columns(Count | Missing))
    ... def counts_are_drawn(x):
    ...     assert elscitype(x) <= Count | Missing
    >>> counts_are_drawn()
    """
    wanted = Any_ if scitype is None else as_scitype(scitype)
    kinds = _kinds(wanted, min_size, max_size, dtype=dtype)
    return s.one_of(*(_column(kind, wanted, min_size, max_size) for kind in kinds))


def tables(
    spec: Any = None, *, min_rows: int = 0, max_rows: int = 8, library: str = "pandas"
) -> SearchStrategy[Any]:
    """Tables of a schema, or with columns of given scitypes.

    Args:
        spec: a `Schema`, whose names, scitypes and pools the tables have; a dict from names to the
            scitypes of columns, as of `columns`; None draws names and scitypes too.
        min_rows: the least number of rows.
        max_rows: the greatest number of rows.
        library: "pandas", "dict" (of lists, arrays or Series), "polars" or "pyarrow". polars
            can't hold a fixed pool without an order, nor labels that are no strings.

    Raises:
        NotAScitype: the library can't hold a column of one of the scitypes.
        UnknownColumn: there is no such library.

    >>> from hypothesis import given
    >>> from scitypes import schema
    >>> @given(tables({"age": Count, "sex": Multiclass[2] | Missing}))
    ... def the_schema_is_as_asked_for(X):
    ...     age, sex = schema(X).scitypes
    ...     assert age <= Count and sex <= Multiclass[2] | Missing
    >>> the_schema_is_as_asked_for()
    """
    if library not in _BUILDERS:
        raise UnknownColumn(
            f"{library!r} is no table library that is known here.",
            expected=", ".join(map(repr, _BUILDERS)),
            received=repr(library),
        )
    if spec is None:
        name = s.text(min_size=1, max_size=3)
        names = s.lists(name, max_size=4, unique=True)
        wants = names.map(lambda given: [_Want(one, Any_) for one in given])
    else:
        wants = s.just(_wants(spec))
        _rows(_wants(spec), library, min_rows, max_rows)
    return _tables(wants, library, min_rows, max_rows)


def image_vectors(
    scitype: Scitype = Image, *, min_size: int = 0, max_size: int = 4
) -> SearchStrategy[ImageVector]:
    """Vectors of images of one size and kind, in memory.

    Args:
        scitype: `Image`, `GrayImage` or `ColorImage`, with or without `[height, width]`.
        min_size: the least number of images.
        max_size: the greatest number of images.

    Raises:
        NotAScitype: the scitype is none of images.

    >>> from hypothesis import given
    >>> @given(image_vectors(ColorImage[2, 3]))
    ... def the_size_is_as_asked_for(images):
    ...     assert images.shape[1:] == (2, 3, 3)
    >>> the_size_is_as_asked_for()
    """
    kinds = _image_kinds(as_scitype(scitype))
    if not kinds or not as_scitype(scitype) <= Image:
        raise _none_of(scitype, "image vectors", "Image, GrayImage or ColorImage")
    return s.one_of(*(_image_vector(kind, min_size, max_size) for kind in kinds))


def _narrowed(node: Node) -> SearchStrategy[Scitype]:
    if not node.arity:
        return s.just(node)
    numbers = s.tuples(*[s.integers(0, 3)] * node.arity)
    return s.one_of(s.just(node), numbers.map(lambda given: node[given]))


def _bigger(inner: SearchStrategy[Scitype]) -> SearchStrategy[Scitype]:
    one: tuple[Callable[[Scitype], Scitype], ...]
    one = (lambda t: Vector[t], lambda t: Matrix[t], lambda t: Array[t], lambda t: Density[t])
    return s.one_of(
        *(inner.map(make) for make in (*one, lambda t: Sampleable[t])),
        s.builds(lambda a, b: a | b, inner, inner),
        s.builds(lambda t, n: Array[t, n], inner, s.integers(0, 3)),
        s.lists(inner, max_size=3).map(lambda items: Table(*items)),
        s.lists(inner, max_size=2).map(lambda items: Tuple[tuple(items)]),
    )


@s.composite
def _pools(
    draw: s.DrawFn, kinds: Sequence[SearchStrategy[Any]], ordered: bool | None, low: int, high: int
) -> Pool:
    label = draw(s.sampled_from(kinds))
    levels = draw(s.lists(label, min_size=low, max_size=high, unique=True))
    return Pool(tuple(levels), draw(s.booleans()) if ordered is None else ordered)


def _kinds(
    wanted: Scitype, low: int, high: int, *, dtype: Any = None, library: str = "pandas"
) -> list[_Kind]:
    """The ways to hold `low` to `high` cells of a scitype; an error if there is none."""
    found = [kind for kind in _KINDS if kind.scitype <= wanted or (wanted == Missing and kind.gaps)]
    for part in members(wanted):
        found += [_Kind("object", one, _pictures(one)) for one in _image_kinds(part)]
    mixed = [kind.cells for kind in found if kind.dtype == "object"]
    if len(mixed) > 1 and wanted != Missing:
        found.append(_Kind("object", wanted, s.one_of(*mixed)))
    if library in ("polars", "pyarrow"):
        found = [kind for kind in found if kind.foreign]
    found += [one for part in members(wanted) for one in _categories(part, library)]
    name = None if dtype is None else str(pd.api.types.pandas_dtype(dtype))
    found = [
        kind
        for kind in found
        if name in (None, kind.dtype)
        and kind.least(wanted) <= high
        and (low <= kind.most or Missing <= wanted)
    ]
    if not found:
        where = "" if library == "pandas" else f" of {library}"
        size = f" of at least {counted(low, 'row')}" if low else f" of at most {high}"
        what = f"columns{where}{f' of dtype {name}' if name else ''}"
        raise _none_of(wanted, what, f"a scitype that {what}{size} can have")
    return found


def _categories(part: Scitype, library: str) -> list[_Kind]:
    """Categorical columns whose scitype lies below a part of a union."""
    n = part.parameters[0] if isinstance(part, Node) and len(part.parameters) == 1 else None
    every = (*_LABELS, _TRUTHS) if n is None or n <= 2 else _LABELS
    kinds = {"polars": _LABELS[:1], "pyarrow": _LABELS[:2]}.get(library, every)
    found = []
    for family in (Multiclass, OrderedFactor):
        one = family if n is None else family[n]
        # The Categorical of polars has no levels but those that occur.
        if one <= part and not (library == "polars" and family == Multiclass and n is not None):
            levels = _pools(kinds, family == OrderedFactor, *((1, 5) if n is None else (n, n)))
            found.append(_Kind("category", one, levels, n_levels=n))
    return found


def _image_kinds(part: Scitype) -> list[Node]:
    size = part.parameters if isinstance(part, Node) and len(part.parameters) == 2 else None
    both = [kind if size is None else kind[size] for kind in (GrayImage, ColorImage)]
    return [kind for kind in both if kind <= part]


@s.composite
def _pixels(draw: s.DrawFn, kind: Node, low: int, high: int) -> np.ndarray[Any, Any]:
    """Images of a kind, `(n, height, width, channels)`."""
    height, width = kind.parameters or draw(s.tuples(s.integers(1, 4), s.integers(1, 4)))
    shape = draw(s.integers(low, high)), height, width, 3 if kind <= ColorImage else 1
    n = int(np.prod(shape))
    return np.frombuffer(draw(s.binary(min_size=n, max_size=n)), dtype=np.uint8).reshape(shape)


def _image_vector(kind: Node, low: int, high: int) -> SearchStrategy[ImageVector]:
    return _pixels(kind, low, high).map(ImageVector)


def _pictures(kind: Node) -> SearchStrategy[pillow.Image]:
    squeezed = _pixels(kind, 1, 1).map(lambda x: x[0, :, :, 0] if x.shape[3] == 1 else x[0])
    return squeezed.map(pillow.fromarray)


def _none_of(wanted: object, what: str, expected: str) -> NotAScitype:
    return NotAScitype(
        f"No {what} of scitype {wanted} are drawn.",
        expected=expected,
        received=repr(wanted),
        scitype=wanted,
    )


@s.composite
def _column(draw: s.DrawFn, kind: _Kind, wanted: Scitype, low: int, high: int) -> pd.Series:
    most = high if Missing <= wanted else min(high, kind.most)
    n = draw(s.integers(max(low, kind.least(wanted)), most))
    return _series(draw, kind, wanted, n).set_axis(_index(draw, n))


def _index(draw: s.DrawFn, n: int) -> pd.Index:
    if draw(s.booleans()):
        return pd.RangeIndex(n)
    repeating = draw(s.lists(s.sampled_from("pqr"), min_size=n, max_size=n))
    return pd.Index(repeating, dtype=object)


def _series(draw: s.DrawFn, kind: _Kind, wanted: Scitype, n: int) -> pd.Series:
    """A Series of a kind with `n` cells, some of them missing if the scitype says so."""
    mask = [wanted == Missing or n > kind.most] * n
    if Missing <= wanted and kind.gaps and not any(mask):
        mask = draw(s.lists(s.booleans(), min_size=n, max_size=n))
    if kind.dtype == "category":
        pool = draw(kind.cells)
        codes = draw(s.lists(s.integers(0, max(len(pool) - 1, 0)), min_size=n, max_size=n))
        return pd.Series(pool.decode(np.where(mask, -1, codes).astype(np.int32)))
    cells = draw(s.lists(kind.cells, min_size=n, max_size=n))
    if kind.dtype == "object":
        cells = [draw(_GAPS) if gone else cell for cell, gone in zip(cells, mask, strict=True)]
        return pd.Series(objects(cells), dtype=object)
    cells = [None if gone else cell for cell, gone in zip(cells, mask, strict=True)]
    return pd.Series(cells, dtype=kind.dtype)


@dataclass(frozen=True)
class _Want:
    """What a column of a table is to be; `pool` is fixed by a schema."""

    name: Hashable
    scitype: Scitype
    pool: Pool | None = None

    def kinds(self, library: str, low: int, high: int) -> list[_Kind]:
        if self.pool is None:
            return _kinds(self.scitype, low, high, library=library)
        texts = all(isinstance(label, str) for label in self.pool.levels)
        if library == "polars" and not (self.pool.ordered and texts):
            expected = "an ordered pool of strings"
            raise _none_of(self.pool, "columns of polars", expected)
        return [_Kind("category", self.scitype, s.just(self.pool), n_levels=len(self.pool))]


def _wants(spec: Schema | Mapping[Hashable, Scitype]) -> list[_Want]:
    if isinstance(spec, Schema):
        return [_Want(column.name, column.scitype, column.pool) for column in spec.columns]
    return [_Want(name, as_scitype(scitype)) for name, scitype in spec.items()]


def _rows(wants: list[_Want], library: str, low: int, high: int) -> tuple[int, int]:
    """The least and the greatest number of rows that a table of such columns can have."""
    for want in wants:
        kinds = want.kinds(library, low, high)
        low = max(low, min(kind.least(want.scitype) for kind in kinds))
        if not Missing <= want.scitype:
            high = min(high, max(kind.most for kind in kinds))
    return low, high


@s.composite
def _tables(
    draw: s.DrawFn, wants: SearchStrategy[list[_Want]], library: str, low: int, high: int
) -> Any:
    asked = draw(wants)
    n = draw(s.integers(*_rows(asked, library, low, high)))
    made = []
    for want in asked:
        kind = draw(s.sampled_from(want.kinds(library, n, n)))
        made.append((want.name, kind, _series(draw, kind, want.scitype, n)))
    return _BUILDERS[library](draw, made, n)


Made = list[tuple[Hashable, _Kind, pd.Series]]


def _frame(draw: s.DrawFn, made: Made, n: int) -> pd.DataFrame:
    index = _index(draw, n)
    X = pd.DataFrame({i: x for i, (_, _, x) in enumerate(made)}, index=range(n))
    X.index = index
    X.columns = pd.Index([name for name, _, _ in made], tupleize_cols=False)
    return X


def _dict(draw: s.DrawFn, made: Made, n: int) -> dict[Hashable, Any]:
    return {name: _container(draw, kind, x) for name, kind, x in made}


def _container(draw: s.DrawFn, kind: _Kind, x: pd.Series) -> Any:
    if kind.dtype == "category" or not len(x):
        return x.array
    return draw(s.sampled_from([x, x.tolist(), x.to_numpy()]))


def _arrow(draw: s.DrawFn, made: Made, n: int) -> Any:
    pa = importlib.import_module("pyarrow")
    arrays = [pa.array(x.array, from_pandas=True) for _, _, x in made]
    return pa.table(arrays, names=[str(name) for name, _, _ in made])


def _polars(draw: s.DrawFn, made: Made, n: int) -> Any:
    pl = importlib.import_module("polars")
    return pl.DataFrame([_polars_column(pl, str(name), kind, x) for name, kind, x in made])


def _polars_column(pl: Any, name: str, kind: _Kind, x: pd.Series) -> Any:
    cells = [None if gone else _python(cell) for cell, gone in zip(x, x.isna(), strict=True)]
    if kind.dtype != "category":
        return pl.Series(name, cells, dtype=getattr(pl, kind.foreign))
    levels = x.cat.categories.tolist()
    return pl.Series(name, cells, dtype=pl.Enum(levels) if x.cat.ordered else pl.Categorical)


def _python(cell: Any) -> Any:
    return cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell


_BUILDERS: dict[str, Callable[[s.DrawFn, Made, int], Any]] = {
    "pandas": _frame,
    "dict": _dict,
    "polars": _polars,
    "pyarrow": _arrow,
}
