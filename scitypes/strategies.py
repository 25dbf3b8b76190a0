"""Hypothesis strategies: scitypes, labels, pools, columns, tables and image vectors.

It needs hypothesis, which has to be installed for it. Nothing is drawn and thrown away, so that
drawing stays fast and failures shrink well; how columns and tables come about is `drawn.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
from hypothesis import strategies as s
from hypothesis.strategies import SearchStrategy

from scitypes import drawn
from scitypes.errors import UnknownColumn
from scitypes.images import ImageVector
from scitypes.lattice import (
    NODES,
    Any_,
    Array,
    Binary,
    Density,
    Image,
    Matrix,
    Never,
    Node,
    Sampleable,
    Scitype,
    Table,
    Tuple,
    Vector,
    as_scitype,
)
from scitypes.pools import Pool


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
    return s.one_of(*drawn.LABELS, drawn.TRUTHS)


def pools(
    ordered: bool | None = None, min_levels: int = 0, max_levels: int | None = None
) -> SearchStrategy[Pool]:
    """Pools of levels, most of them with labels of one type.

    Args:
        ordered: whether the levels are ordered; None draws that too.
        min_levels: the least number of levels.
        max_levels: the greatest number of levels; None is four more than the least.

    >>> from hypothesis import given
    >>> from scitypes import OrderedFactor
    >>> @given(pools(ordered=True, min_levels=2))
    ... def an_ordered_pool_gives_ordered_factors(pool):
    ...     assert pool.scitype <= OrderedFactor and len(pool) >= 2
    >>> an_ordered_pool_gives_ordered_factors()
    """
    most = min_levels + 4 if max_levels is None else max_levels
    kinds = (
        *drawn.LABELS,
        s.one_of(*drawn.LABELS[:2]),
        *((drawn.TRUTHS,) if min_levels <= 2 else ()),
    )
    return drawn.pools(kinds, ordered, min_levels, most)


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
    >>> from scitypes import Count, Missing, elscitype
    >>> @given(columns(Count | Missing))
    ... def counts_are_drawn(x):
    ...     assert elscitype(x) <= Count | Missing
    >>> counts_are_drawn()
    """
    wanted = Any_ if scitype is None else as_scitype(scitype)
    kinds = drawn.kinds(wanted, min_size, max_size, dtype=dtype)
    return s.one_of(*(drawn.column(kind, wanted, min_size, max_size) for kind in kinds))


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
    >>> from scitypes import Count, Missing, Multiclass, schema
    >>> @given(tables({"age": Count, "sex": Multiclass[2] | Missing}))
    ... def the_schema_is_as_asked_for(X):
    ...     age, sex = schema(X).scitypes
    ...     assert age <= Count and sex <= Multiclass[2] | Missing
    >>> the_schema_is_as_asked_for()
    """
    if library not in drawn.BUILDERS:
        raise UnknownColumn(
            f"{library!r} is no table library that is known here.",
            expected=", ".join(map(repr, drawn.BUILDERS)),
            received=repr(library),
        )
    if spec is None:
        name = s.text(min_size=1, max_size=3)
        names = s.lists(name, max_size=4, unique=True)
        wants = names.map(lambda given: [drawn.Want(one, Any_) for one in given])
    else:
        wants = s.just(drawn.wants(spec))
        drawn.rows(drawn.wants(spec), library, min_rows, max_rows)
    return drawn.tables(wants, library, min_rows, max_rows)


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
    >>> from scitypes import ColorImage
    >>> @given(image_vectors(ColorImage[2, 3]))
    ... def the_size_is_as_asked_for(images):
    ...     assert images.shape[1:] == (2, 3, 3)
    >>> the_size_is_as_asked_for()
    """
    kinds = drawn.image_kinds(as_scitype(scitype))
    if not kinds or not as_scitype(scitype) <= Image:
        raise drawn.none_of(scitype, "image vectors", "Image, GrayImage or ColorImage")
    return s.one_of(*(drawn.image_vector(kind, min_size, max_size) for kind in kinds))


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
