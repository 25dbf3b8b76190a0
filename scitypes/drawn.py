"""How Hypothesis draws columns, tables and images: the ways to hold cells, then the cells.

Owns what `strategies.py` draws from. A column is drawn in this order: its dtype, among those that
can hold the scitype, then its cells, then which of them are missing. Nothing is drawn and thrown
away, so that drawing stays fast and failures shrink well.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as s
from hypothesis.strategies import SearchStrategy
from PIL import Image as pillow

from scitypes.errors import NotAScitype
from scitypes.images import ImageVector
from scitypes.labels import objects
from scitypes.lattice import (
    ColorImage,
    Continuous,
    Count,
    GrayImage,
    Missing,
    Multiclass,
    Node,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Scitype,
    Textual,
    Unknown,
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
LABELS = (_TEXTS, s.integers(-(2**40), 2**40), _FLOATS, s.dates(), _STAMPS)
TRUTHS = s.sampled_from([False, True])
_GAPS = s.sampled_from([None, np.nan, pd.NA])


@dataclass(frozen=True)
class Kind:
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
    Kind("int64", Count, _INT64, gaps=False, foreign="Int64"),
    Kind("uint8", Count, s.integers(0, 255), gaps=False, foreign="UInt8"),
    Kind("bool", Count, s.booleans(), gaps=False, foreign="Boolean"),
    Kind("Int64", Count, _INT64, foreign="Int64"),
    Kind("boolean", Count, s.booleans(), foreign="Boolean"),
    Kind("float64", Continuous, _FLOATS, foreign="Float64"),
    Kind("float32", Continuous, s.floats(allow_nan=False, width=32), foreign="Float32"),
    Kind("Float64", Continuous, _FLOATS, foreign="Float64"),
    Kind("string", Textual, _TEXTS, foreign="String"),
    # What pandas infers for texts: `str` since pandas 3, objects before.
    Kind(str(pd.Series(["a"]).dtype), Textual, _TEXTS, foreign="String"),
    Kind("datetime64[ns]", ScientificDateTime, _MOMENTS, foreign="Datetime"),
    Kind("datetime64[us]", ScientificDateTime, _MOMENTS, foreign="Datetime"),
    Kind("datetime64[ns, UTC]", ScientificDateTime, _MOMENTS),
    Kind("timedelta64[ns]", Unknown, s.timedeltas(dt.timedelta(-9), dt.timedelta(9))),
    Kind("complex128", Unknown, s.complex_numbers(allow_nan=False)),
    Kind("object", Textual, _TEXTS, foreign="String"),
    Kind("object", Count, _INT64 | s.booleans()),
    Kind("object", Continuous, _FLOATS),
    Kind("object", ScientificDate, s.dates(), foreign="Date"),
    Kind("object", ScientificTime, s.times(), foreign="Time"),
    Kind("object", ScientificDateTime, _MOMENTS),
    Kind("object", Unknown, _STRANGE),
)


@s.composite
def pools(
    draw: s.DrawFn, kinds: Sequence[SearchStrategy[Any]], ordered: bool | None, low: int, high: int
) -> Pool:
    """Pools of `low` to `high` levels, whose labels are all of one of the kinds."""
    label = draw(s.sampled_from(kinds))
    levels = draw(s.lists(label, min_size=low, max_size=high, unique=True))
    return Pool(tuple(levels), draw(s.booleans()) if ordered is None else ordered)


def kinds(
    wanted: Scitype, low: int, high: int, *, dtype: Any = None, library: str = "pandas"
) -> list[Kind]:
    """The ways to hold `low` to `high` cells of a scitype; an error if there is none."""
    found = [kind for kind in _KINDS if kind.scitype <= wanted or (wanted == Missing and kind.gaps)]
    for part in members(wanted):
        found += [Kind("object", one, _pictures(one)) for one in image_kinds(part)]
    mixed = [kind.cells for kind in found if kind.dtype == "object"]
    if len(mixed) > 1 and wanted != Missing:
        found.append(Kind("object", wanted, s.one_of(*mixed)))
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
        raise none_of(wanted, what, f"a scitype that {what}{size} can have")
    return found


def _categories(part: Scitype, library: str) -> list[Kind]:
    """Categorical columns whose scitype lies below a part of a union."""
    n = part.parameters[0] if isinstance(part, Node) and len(part.parameters) == 1 else None
    every = (*LABELS, TRUTHS) if n is None or n <= 2 else LABELS
    kinds = {"polars": LABELS[:1], "pyarrow": LABELS[:2]}.get(library, every)
    found = []
    for family in (Multiclass, OrderedFactor):
        one = family if n is None else family[n]
        # The Categorical of polars has no levels but those that occur.
        if one <= part and not (library == "polars" and family == Multiclass and n is not None):
            levels = pools(kinds, family == OrderedFactor, *((1, 5) if n is None else (n, n)))
            found.append(Kind("category", one, levels, n_levels=n))
    return found


def image_kinds(part: Scitype) -> list[Node]:
    """The kinds of images that lie below a part of a union, of its size if it has one."""
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


def image_vector(kind: Node, low: int, high: int) -> SearchStrategy[ImageVector]:
    """Vectors of `low` to `high` images of a kind."""
    return _pixels(kind, low, high).map(ImageVector)


def _pictures(kind: Node) -> SearchStrategy[pillow.Image]:
    squeezed = _pixels(kind, 1, 1).map(lambda x: x[0, :, :, 0] if x.shape[3] == 1 else x[0])
    return squeezed.map(pillow.fromarray)


def none_of(wanted: object, what: str, expected: str) -> NotAScitype:
    """The error about a scitype of which nothing can be drawn, ready to raise."""
    return NotAScitype(
        f"No {what} of scitype {wanted} are drawn.",
        expected=expected,
        received=repr(wanted),
        scitype=wanted,
    )


@s.composite
def column(draw: s.DrawFn, kind: Kind, wanted: Scitype, low: int, high: int) -> pd.Series:
    """Series of a kind with `low` to `high` cells, as far as the kind allows."""
    most = high if Missing <= wanted else min(high, kind.most)
    n = draw(s.integers(max(low, kind.least(wanted)), most))
    return _series(draw, kind, wanted, n).set_axis(_index(draw, n))


def _index(draw: s.DrawFn, n: int) -> pd.Index:
    if draw(s.booleans()):
        return pd.RangeIndex(n)
    repeating = draw(s.lists(s.sampled_from("pqr"), min_size=n, max_size=n))
    return pd.Index(repeating, dtype=object)


def _series(draw: s.DrawFn, kind: Kind, wanted: Scitype, n: int) -> pd.Series:
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
class Want:
    """What a column of a table is to be; `pool` is fixed by a schema."""

    name: Hashable
    scitype: Scitype
    pool: Pool | None = None

    def kinds(self, library: str, low: int, high: int) -> list[Kind]:
        if self.pool is None:
            return kinds(self.scitype, low, high, library=library)
        texts = all(isinstance(label, str) for label in self.pool.levels)
        if library == "polars" and not (self.pool.ordered and texts):
            expected = "an ordered pool of strings"
            raise none_of(self.pool, "columns of polars", expected)
        return [Kind("category", self.scitype, s.just(self.pool), n_levels=len(self.pool))]


def wants(spec: Schema | Mapping[Hashable, Scitype]) -> list[Want]:
    """What each column is to be, from a schema or a dict of scitypes."""
    if isinstance(spec, Schema):
        return [Want(column.name, column.scitype, column.pool) for column in spec.columns]
    return [Want(name, as_scitype(scitype)) for name, scitype in spec.items()]


def rows(wants: list[Want], library: str, low: int, high: int) -> tuple[int, int]:
    """The least and the greatest number of rows that a table of such columns can have."""
    for want in wants:
        kinds = want.kinds(library, low, high)
        low = max(low, min(kind.least(want.scitype) for kind in kinds))
        if not Missing <= want.scitype:
            high = min(high, max(kind.most for kind in kinds))
    return low, high


@s.composite
def tables(
    draw: s.DrawFn, wants: SearchStrategy[list[Want]], library: str, low: int, high: int
) -> Any:
    """Tables of the library with `low` to `high` rows, as far as the columns allow."""
    asked = draw(wants)
    n = draw(s.integers(*rows(asked, library, low, high)))
    made = []
    for want in asked:
        kind = draw(s.sampled_from(want.kinds(library, n, n)))
        made.append((want.name, kind, _series(draw, kind, want.scitype, n)))
    return BUILDERS[library](draw, made, n)


Made = list[tuple[Hashable, Kind, pd.Series]]


def _frame(draw: s.DrawFn, made: Made, n: int) -> pd.DataFrame:
    index = _index(draw, n)
    X = pd.DataFrame({i: x for i, (_, _, x) in enumerate(made)}, index=range(n))
    X.index = index
    X.columns = pd.Index([name for name, _, _ in made], tupleize_cols=False)
    return X


def _dict(draw: s.DrawFn, made: Made, n: int) -> dict[Hashable, Any]:
    return {name: _container(draw, kind, x) for name, kind, x in made}


def _container(draw: s.DrawFn, kind: Kind, x: pd.Series) -> Any:
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


def _polars_column(pl: Any, name: str, kind: Kind, x: pd.Series) -> Any:
    cells = [None if gone else _python(cell) for cell, gone in zip(x, x.isna(), strict=True)]
    if kind.dtype != "category":
        return pl.Series(name, cells, dtype=getattr(pl, kind.foreign))
    levels = x.cat.categories.tolist()
    return pl.Series(name, cells, dtype=pl.Enum(levels) if x.cat.ordered else pl.Categorical)


def _python(cell: Any) -> Any:
    return cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell


BUILDERS: dict[str, Callable[[s.DrawFn, Made, int], Any]] = {
    "pandas": _frame,
    "dict": _dict,
    "polars": _polars,
    "pyarrow": _arrow,
}
