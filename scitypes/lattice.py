"""The scientific types as frozen values: their order, unions, parameters, printing.

This module owns what a scitype *is*; reading its text is `notation.py`'s, which data has which
scitype `inference.py`'s. Four
shapes make up the lattice: named nodes of the hierarchy with optional parameters (`Multiclass[3]`),
containers that vary with their contents (`Vector[T]`, `Tuple[...]`, `Density[T]`), tables, and
unions of these. Every operation is plain structural comparison: no registry, nothing to
invalidate, and a third party adds a scitype by making a `Node` below one of these.

A scitype stands for a set of data, `S <= T` says that one set lies within the other. The order
is structural: an abstract node is never spelled out as the union of its children
(`Finite[2]` is not `Multiclass[2] | OrderedFactor[2]`), and containers do not distribute over
unions (`Vector[A | B]`, where elements may be mixed, is more than `Vector[A] | Vector[B]`).

Source: ScientificTypesBase.jl 3. We differ in that parameters are covariant everywhere (Julia's
`AbstractVector{<:Finite}` is `Vector[Finite]`), and image axes are (height, width).
"""

from __future__ import annotations

import keyword
import operator
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from scitypes.errors import NotAScitype, nearest

# What the module gives names to below; empty while it does, so that the built-ins can be made.
BUILT_IN: dict[str, Scitype] = {}


class Scitype:
    """What all scientific types share: order, union, equality, hash and printing.

    Scitypes are values, so they are compared with operators, not with `issubclass`. `S <= T` is
    "every datum of scitype S is one of scitype T", `S | T` the least scitype above both (already
    reduced), `==` plain equality. They are hashable (equal hashes in every process), picklable,
    and `repr` is the expression that makes them.

    >>> Multiclass[3] <= Multiclass <= Finite
    True
    >>> Continuous | Missing | Continuous
    Continuous | Missing
    >>> Vector[Multiclass[3]] <= Vector[Finite]
    True
    """

    def __le__(self, other: Scitype) -> bool:
        return _below(self, as_scitype(other))

    def __ge__(self, other: Scitype) -> bool:
        return _below(as_scitype(other), self)

    def __lt__(self, other: Scitype) -> bool:
        return self != other and self <= other

    def __gt__(self, other: Scitype) -> bool:
        return self != other and self >= other

    def __or__(self, other: Scitype) -> Scitype:
        return union((self, as_scitype(other)))

    def __ror__(self, other: Scitype) -> Scitype:
        return union((as_scitype(other), self))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and self._key == getattr(other, "_key", None)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return self._text

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    @cached_property
    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)  # type: ignore[attr-defined]

    @cached_property
    def _text(self) -> str:
        return self._write()

    @cached_property
    def _hash(self) -> int:
        # Not hash(str): that differs from process to process.
        return zlib.crc32(self._text.encode())

    def _write(self) -> str:
        raise NotImplementedError

    def _fits(self, other: Scitype) -> bool:
        """Whether this, which is no union, lies below `other`, which is neither union nor top."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False, repr=False)
class Node(Scitype):
    """A named node of the hierarchy; with parameters, a narrower one of the same name.

    A node is a value: made twice with the same name and place it is the same scitype, in every
    process. Nothing is registered; the JSON form of a schema says where a node of yours stands.
    Data answers for itself with a method `__scitype__` that returns, say, `Vector[Zip]`.

    Args:
        name: the name it prints as, an identifier that no built-in scitype has.
        parent: the node above it, without parameters; None for a root.
        arity: how many whole numbers `node[...]` takes (0: it takes no parameters). The first of
            them are those of the nodes above, of which it takes at least as many.
        parameters: those numbers, empty for the bare name, which is the union over all of them.

    Raises:
        NotAScitype: for a name that can't be its own, a parent that is no bare node, fewer
            parameters than a node above takes, and at `node[...]` for parameters it does not take.

    >>> Zip = Node("Zip", parent=Textual)
    >>> Zip <= Known
    True
    >>> Grades = Node("Grades", parent=OrderedFactor, arity=1)
    >>> Grades[5] <= OrderedFactor[5]
    True
    """

    name: str
    parent: Node | None = None
    arity: int = 0
    parameters: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        failed, expected, remedy = _fault(self) if BUILT_IN else ("", "", "")
        if failed:
            # Not repr(self), which needs a name and parameters that are well formed.
            received = f"Node({self.name!r}, {self.parent!r}, {self.arity!r}, {self.parameters!r})"
            raise NotAScitype(failed, expected=expected, received=received, remedy=remedy)

    def __getitem__(self, parameters: int | tuple[int, ...]) -> Node:
        given = parameters if isinstance(parameters, tuple) else (parameters,)
        if self.parameters or not self.arity:
            raise self._refused(given, f"{self} takes no parameters")
        wanted = "a whole number" if self.arity == 1 else f"{self.arity} whole numbers"
        if len(given) != self.arity:
            raise self._refused(given, f"{wanted} in brackets")
        if any(isinstance(p, bool) or not hasattr(p, "__index__") for p in given):
            raise self._refused(given, f"{wanted} in brackets")
        numbers = tuple(operator.index(p) for p in given)
        if min(numbers) < 0:
            raise self._refused(given, "numbers of at least 0")
        return replace(self, parameters=numbers)

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The names from the root down to this node."""
        return (*(self.parent.path if self.parent else ()), self.name)

    @cached_property
    def generalisations(self) -> frozenset[Scitype]:
        """Every node that lies above this one, itself included."""
        found: set[Scitype] = set()
        node: Node | None = self
        while node is not None:
            bare = replace(node, parameters=())
            found.add(bare)
            if node.arity and self.parameters:
                found.add(replace(bare, parameters=self.parameters[: node.arity]))
            node = node.parent
        return frozenset(found)

    def _refused(self, given: tuple[object, ...], expected: str) -> NotAScitype:
        return NotAScitype(
            f"{self}[{', '.join(map(repr, given))}] is no scientific type.",
            expected=expected,
            received=", ".join(repr(p) for p in given) or "nothing",
            remedy=f"{self.name} alone covers all of its parameters",
            given=given,
        )

    def _write(self) -> str:
        numbers = ", ".join(map(str, self.parameters))
        return f"{self.name}[{numbers}]" if numbers else self.name

    def _fits(self, other: Scitype) -> bool:
        return (
            isinstance(other, Node)
            and other.path == self.path[: len(other.path)]
            and other.parameters == self.parameters[: len(other.parameters)]
        )


@dataclass(frozen=True, eq=False, repr=False)
class ArrayOf(Scitype):
    """Arrays of elements of one scitype: `Vector[T]`, `Matrix[T]`, `Array[T, ndim]`.

    Args:
        element: the scitype of the elements, a union where they differ.
        ndim: the number of axes, None for any.

    >>> Vector[Count] == Array[Count, 1]
    True
    >>> Array[Count, 3] <= Array[Infinite]
    True
    """

    element: Scitype
    ndim: int | None = None

    def __getitem__(self, what: Scitype | tuple[Scitype, int]) -> ArrayOf:
        element, *rest = what if isinstance(what, tuple) else (what,)
        ndim = rest[0] if rest else self.ndim
        if self.element is not Any_ or len(rest) > (self.ndim is None) or not _is_ndim(ndim):
            raise NotAScitype(
                f"{self}[{what!r}] is no scientific type.",
                expected="Vector[T], Matrix[T], Array[T] or Array[T, ndim]",
                received=repr(what),
                remedy="give the elements' scitype, and for Array the number of axes",
            )
        return ArrayOf(as_scitype(element), ndim)

    def _write(self) -> str:
        name = {1: "Vector", 2: "Matrix"}.get(self.ndim or 0, "Array")
        inner = [] if self.element == Any_ else [repr(self.element)]
        if name == "Array" and self.ndim is not None:
            inner = [repr(self.element), str(self.ndim)]
        return f"{name}[{', '.join(inner)}]" if inner else name

    def _fits(self, other: Scitype) -> bool:
        if not isinstance(other, ArrayOf) or other.ndim not in (None, self.ndim):
            return False
        return _below(self.element, other.element)


@dataclass(frozen=True, eq=False, repr=False)
class TupleOf(Scitype):
    """Tuples, item by item; the bare `Tuple` is a tuple of any length.

    >>> Tuple[Continuous, Count] <= Tuple[Infinite, Infinite]
    True
    >>> Tuple[Continuous] <= Tuple[Continuous, Continuous]
    False
    """

    items: tuple[Scitype, ...] | None = None

    def __getitem__(self, items: Scitype | tuple[Scitype, ...]) -> TupleOf:
        if self.items is not None:
            raise NotAScitype(f"{self}[...] is no scientific type.", expected="Tuple[S, T, ...]")
        given = items if isinstance(items, tuple) else (items,)
        return TupleOf(tuple(as_scitype(item) for item in given))

    def _write(self) -> str:
        if self.items is None:
            return "Tuple"
        return f"Tuple[{', '.join(map(repr, self.items)) or '()'}]"

    def _fits(self, other: Scitype) -> bool:
        if not isinstance(other, TupleOf) or other.items is None or self.items is None:
            return isinstance(other, TupleOf) and other.items is None
        return len(self.items) == len(other.items) and all(map(_below, self.items, other.items))


@dataclass(frozen=True, eq=False, repr=False)
class Sampling(Scitype):
    """Things to sample from: `Sampleable[T]`, and `Density[T]` where probabilities are known too.

    `T` is the scitype of one sample.

    >>> Density[Multiclass[3]] <= Sampleable[Finite]
    True
    """

    name: str
    sample: Scitype

    def __getitem__(self, sample: Scitype) -> Sampling:
        if self.sample is not Any_:
            raise NotAScitype(f"{self}[...] is no scientific type.", expected=f"{self.name}[T]")
        return Sampling(self.name, as_scitype(sample))

    def _write(self) -> str:
        return self.name if self.sample == Any_ else f"{self.name}[{self.sample!r}]"

    def _fits(self, other: Scitype) -> bool:
        return (
            isinstance(other, Sampling)
            and other.name in ("Sampleable", self.name)
            and _below(self.sample, other.sample)
        )


@dataclass(frozen=True, eq=False, repr=False)
class TableOf(Scitype):
    """Tables each of whose columns is a vector of one of the given scitypes.

    `Table(Continuous, Finite)` says nothing about the names, the order or the number of columns
    (a schema does). `Table()` is the table without columns, below every other; the bare `Table`
    is any table. `Table(Infinite)` is more than `Table(Continuous, Count)`: its columns may mix
    the two.

    Args:
        columns: the element scitypes that a column may have, none of them below another.

    >>> Table(Continuous) <= Table(Continuous, Finite) <= Known
    True
    >>> Table(Continuous, Finite).columns
    (Continuous, Finite)
    """

    columns: tuple[Scitype, ...]

    def __call__(self, *columns: Scitype) -> TableOf:
        if self.columns != (Any_,):
            raise NotAScitype(f"{self}(...) is no scientific type.", expected="Table(S, T, ...)")
        return TableOf(_maximal(as_scitype(c) for c in columns))

    def _write(self) -> str:
        columns = ", ".join(map(repr, self.columns))
        return "Table" if self.columns == (Any_,) else f"Table({columns})"

    def _fits(self, other: Scitype) -> bool:
        if isinstance(other, TableOf):
            return all(any(_below(c, d) for d in other.columns) for c in self.columns)
        return other in Known.generalisations


@dataclass(frozen=True, eq=False, repr=False)
class UnionOf(Scitype):
    """A union of scitypes none of which lies below another; made by `|`. Empty, it is `Never`."""

    options: tuple[Scitype, ...]

    def _write(self) -> str:
        return " | ".join(map(repr, self.options)) or "Never"

    def _fits(self, other: Scitype) -> bool:
        return all(_below(option, other) for option in self.options)


@dataclass(frozen=True, eq=False, repr=False)
class Top(Scitype):
    """The scitype above all others; its one value is `Any_`."""

    def _write(self) -> str:
        return "Any_"

    def _fits(self, other: Scitype) -> bool:
        return False

    def __reduce__(self) -> str:
        return "Any_"


Any_ = Top()
Never = UnionOf(())

Missing = Node("Missing")
Nothing = Node("Nothing")
Found = Node("Found")
Unknown = Node("Unknown", Found)
Known = Node("Known", Found)
Infinite = Node("Infinite", Known)
Continuous = Node("Continuous", Infinite)
Count = Node("Count", Infinite)
Finite = Node("Finite", Known, arity=1)
Multiclass = Node("Multiclass", Finite, arity=1)
OrderedFactor = Node("OrderedFactor", Finite, arity=1)
Binary = Finite[2]
Image = Node("Image", Known, arity=2)
GrayImage = Node("GrayImage", Image, arity=2)
ColorImage = Node("ColorImage", Image, arity=2)
ScientificTimeType = Node("ScientificTimeType", Known)
ScientificDate = Node("ScientificDate", ScientificTimeType)
ScientificTime = Node("ScientificTime", ScientificTimeType)
ScientificDateTime = Node("ScientificDateTime", ScientificTimeType)
Textual = Node("Textual", Known)

Array = ArrayOf(Any_)
Vector = ArrayOf(Any_, 1)
Matrix = ArrayOf(Any_, 2)
Tuple = TupleOf()
Sampleable = Sampling("Sampleable", Any_)
Density = Sampling("Density", Any_)
Table = TableOf((Any_,))

NODES = (
    *(Missing, Nothing, Found, Unknown, Known, Infinite, Continuous, Count, Finite, Multiclass),
    *(OrderedFactor, Image, GrayImage, ColorImage, ScientificTimeType, ScientificDate),
    *(ScientificTime, ScientificDateTime, Textual),
)
BUILT_IN.update(Never=Never, Binary=Binary, **{node.name: node for node in NODES})
BUILT_IN.update(
    {repr(s): s for s in (Any_, Array, Vector, Matrix, Tuple, Sampleable, Density, Table)}
)


def union(scitypes: Iterable[Scitype]) -> Scitype:
    """The least scitype above all of the given ones; `Never` for none.

    >>> union([Count, Continuous, Infinite])
    Infinite
    """
    reduced = _maximal(part for scitype in scitypes for part in members(scitype))
    return reduced[0] if len(reduced) == 1 else UnionOf(reduced)


def members(scitype: Scitype) -> tuple[Scitype, ...]:
    """The parts of a union, or the scitype itself as the only part.

    >>> members(Continuous | Missing)
    (Continuous, Missing)
    """
    return scitype.options if isinstance(scitype, UnionOf) else (scitype,)


def nonmissing(scitype: Scitype) -> Scitype:
    """The scitype without `Missing`; `Never` if nothing else is left.

    Source: `nonmissing` of ScientificTypesBase.

    >>> nonmissing(Continuous | Missing)
    Continuous
    """
    return union(part for part in members(as_scitype(scitype)) if part != Missing)


def as_scitype(value: object) -> Scitype:
    """The value itself if it is a scitype; otherwise an error that says what to write instead.

    Raises:
        NotAScitype: for Python, NumPy and pandas types, strings, and everything else.

    >>> as_scitype(float)
    Traceback (most recent call last):
    ...
    scitypes.errors.NotAScitype: <class 'float'> is no scientific type.
      expected: a scitype such as Continuous, Multiclass or Vector[Count]
      received: <class 'float'>
      to do: write Continuous
    """
    if isinstance(value, Scitype):
        return value
    raise NotAScitype(
        f"{value!r} is no scientific type.",
        expected="a scitype such as Continuous, Multiclass or Vector[Count]",
        received=repr(value),
        remedy=_meant(value) or "print(scitypes.hierarchy()) shows them all",
        value=value,
    )


@lru_cache(maxsize=65536)
def _below(low: Scitype, high: Scitype) -> bool:
    if low == high or high is Any_:
        return True
    if isinstance(low, UnionOf):
        return low._fits(high)
    if isinstance(high, UnionOf):
        return any(_below(low, option) for option in high.options)
    return low._fits(high)


def _maximal(scitypes: Iterable[Scitype]) -> tuple[Scitype, ...]:
    """Those that lie below no other, in one order: by name, `Missing` last."""
    parts = set(scitypes)
    nodes = frozenset(part for part in parts if isinstance(part, Node))
    kept = [part for part in parts if not _covered(part, nodes, parts - nodes)]
    # Two nodes of third parties may share a name: their places keep `a | b == b | a`.
    return tuple(sorted(kept, key=lambda x: (x == Missing, repr(x), getattr(x, "path", ()))))


def _covered(part: Scitype, nodes: frozenset[Scitype], others: set[Scitype]) -> bool:
    # Nodes by set intersection: ten thousand images of different sizes must not take a square.
    if isinstance(part, Node):
        return len(part.generalisations & nodes) > 1 or Any_ in others
    above: Iterable[Scitype] = (*others, *(Known.generalisations & nodes))
    return any(other != part and _below(part, other) for other in above)


def _meant(value: object) -> str:
    if isinstance(value, str):
        quoted = f"write {value} without quotes"
        return quoted if value in BUILT_IN else nearest(value, BUILT_IN)
    words = [(float, "Continuous"), (int, "Count"), (bool, "Count"), (str, "Textual")]
    words += [(type(None), "Missing")]
    found = type(None) if value is None else value
    return next((f"write {word}" for kind, word in words if found is kind), "")


def _is_ndim(ndim: object) -> bool:
    return ndim is None or (isinstance(ndim, int) and not isinstance(ndim, bool) and ndim >= 0)


def _fault(node: Node) -> tuple[str, str, str]:
    """Why there can be no such node, what was expected and what to do; empty texts if it can."""
    name, parent, own = node.name, node.parent, "a name of its own"
    if not (isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)):
        return f"{name!r} can't be the name of a scitype.", "a name like that of a variable", ""
    if parent is not None and not (isinstance(parent, Node) and not parent.parameters):
        remedy = f"parent={parent.name}" if isinstance(parent, Node) else _meant(parent)
        wanted = "a node without parameters, such as Textual, or None for a root"
        return f"{name} can't stand below {parent!r}.", wanted, remedy
    there = BUILT_IN.get(name)
    if there is not None and not _stands_like(node, there):
        above = there.parent if isinstance(there, Node) else None
        stands = f" {name} stands below {above}" if above else ""
        remedy = f"did you mean the built-in?{stands}"
        return f"{name} is the name of another scitype.", own, remedy
    if parent is not None and name in parent.path:
        return f"{name} is the name of a scitype above it.", own, ""
    return _fault_of_numbers(node, max((one.arity for one in _ancestors(node)), default=0))


def _stands_like(node: Node, there: Scitype) -> bool:
    """Whether a node is a built-in one, but for parameters."""
    places = [(x.name, x.parent, x.arity) for x in (node, there) if isinstance(x, Node)]
    return len(places) == 2 and places[0] == places[1]


def _fault_of_numbers(node: Node, least: int) -> tuple[str, str, str]:
    arity, given = node.arity, node.parameters
    if type(arity) is not int or (arity and arity < max(least, 1)):
        wanted = f"0, or at least {max(least, 1)}: the first are those of the nodes above"
        return f"{node.name} can't take {arity!r} parameters.", wanted, ""
    if given and (len(given) != arity or any(type(p) is not int or p < 0 for p in given)):
        return f"{node.name} can't have these parameters.", f"none, or {arity} whole numbers", ""
    return "", "", ""


def _ancestors(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node
