"""Scitypes as text and as JSON: reading an expression, and the hierarchy as it is printed.

What a scitype is, and what it prints as, is `lattice.py`'s. The text of a scitype says the names of
its nodes only. Where a node of a third party stands is written beside the text in JSON, so that
another process can read it without having made the node.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scitypes.errors import NotAScitype, nearest
from scitypes.lattice import (
    BUILT_IN,
    NODES,
    ArrayOf,
    Found,
    Node,
    Sampling,
    Scitype,
    Table,
    TableOf,
    TupleOf,
    as_scitype,
    members,
)

_REST = """Sampleable[T] > Density[T]
Vector[T]  Matrix[T]  Array[T, ndim]
Tuple[S, T, ...]  Table(S, T, ...)  (Known)"""


def parse(text: str, nodes: Iterable[Node] = ()) -> Scitype:
    """The scitype that an expression makes: the inverse of `repr`. Nothing is evaluated.

    Args:
        text: names, brackets, calls of `Table` and `|`.
        nodes: nodes of your own whose names may occur, together with those above them.

    Raises:
        NotAScitype: for anything else, and for two nodes of one name.

    >>> parse("Table(Continuous | Missing, Multiclass[3])")
    Table(Continuous | Missing, Multiclass[3])
    >>> from scitypes import Textual
    >>> parse("Vector[Zip]", nodes=[Node("Zip", parent=Textual)])
    Vector[Zip]
    """
    known = {**BUILT_IN, **_by_name(nodes)}
    try:
        return _read(ast.parse(text, mode="eval").body, known)
    except NotAScitype:
        raise
    except (SyntaxError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise NotAScitype(
            f"{text!r} does not read as a scientific type.",
            expected="an expression such as 'Multiclass[3] | Missing'",
            received=repr(text),
            remedy=nearest(text, known) or "print(scitypes.hierarchy()) shows the names",
            text=text,
        ) from None


def to_json(scitype: Scitype) -> Any:
    """The scitype as a JSON value, from which `from_json` makes an equal one, in any process.

    That is its text, and where nodes of third parties occur in it, also where these stand.

    Raises:
        NotAScitype: what is given is none, or holds two different nodes of one name.

    >>> from scitypes import Missing, Textual
    >>> to_json(Textual | Missing)
    'Textual | Missing'
    >>> to_json(Node("Zip", parent=Textual))
    {'scitype': 'Zip', 'nodes': {'Zip': {'parent': 'Textual', 'arity': 0}}}
    """
    own = _by_name(_nodes(as_scitype(scitype)))
    if not own:
        return repr(scitype)
    places = {
        name: {"parent": node.parent.name if node.parent else None, "arity": node.arity}
        for name, node in own.items()
    }
    return {"scitype": repr(scitype), "nodes": places}


def from_json(record: Any) -> Scitype:
    """The scitype that `to_json` wrote.

    Raises:
        NotAScitype: the record is none that it writes.

    >>> Zip = from_json({"scitype": "Zip", "nodes": {"Zip": {"parent": "Textual", "arity": 0}}})
    >>> Zip.parent
    Textual
    """
    if isinstance(record, str):
        return parse(record)
    made: dict[Any, Any] = {None: None, **BUILT_IN}
    try:
        for name, place in record["nodes"].items():
            made[name] = Node(name, made[place["parent"]], place["arity"])
        return parse(record["scitype"], nodes=[made[name] for name in record["nodes"]])
    except (KeyError, TypeError, AttributeError) as error:
        if isinstance(error, NotAScitype):
            raise
        raise NotAScitype(
            "The record is no scientific type.",
            expected="what scitypes.notation.to_json writes, parents before the nodes below them",
            received=repr(record),
            record=record,
        ) from None


def hierarchy(*others: Node) -> str:
    """The hierarchy of scitypes as an indented text.

    Args:
        others: nodes of your own, which are shown at their places, with those above them.

    Raises:
        NotAScitype: one of them is no node, or two different ones have one name.

    >>> print(hierarchy().splitlines()[4].strip())
    Continuous
    """
    own = tuple(_by_name(others).values())
    roots = [node for node in (*NODES, *own) if node.parent is None and node != Found]
    below = [line for root in roots if root in own for line in _branch(root, own, 0)]
    beside = "  ".join(root.name for root in roots if root not in own)
    return "\n".join([*_branch(Found, own, 0), *below, beside, _REST])


def tree(*others: Node) -> None:
    """Print the hierarchy of scitypes, `n` being the number of levels, `h` and `w` pixels.

    Args:
        others: nodes of your own, which are shown at their places, with those above them.

    >>> from scitypes import Textual
    >>> tree(Node("Zip", parent=Textual))
    Found
       Unknown
       Known
          Infinite
             Continuous
             Count
          Finite[n]
             Multiclass[n]
             OrderedFactor[n]
          Image[h, w]
             GrayImage[h, w]
             ColorImage[h, w]
          ScientificTimeType
             ScientificDate
             ScientificTime
             ScientificDateTime
          Textual
             Zip
    Missing  Nothing
    Sampleable[T] > Density[T]
    Vector[T]  Matrix[T]  Array[T, ndim]
    Tuple[S, T, ...]  Table(S, T, ...)  (Known)
    """
    print(hierarchy(*others))


def _by_name(nodes: Iterable[Node]) -> dict[str, Node]:
    """Bare nodes of third parties and those above them, each after its parent."""
    found: dict[str, Node] = {}
    for given in nodes:
        if not isinstance(given, Node):
            raise NotAScitype(
                f"{given!r} is no node.",
                expected="nodes, such as Node('Zip', parent=Textual)",
                received=repr(given),
            )
        for node in reversed(_upwards(given)):
            if found.setdefault(node.name, node) != node:
                raise NotAScitype(
                    f"Two different nodes have the name {node.name}.",
                    expected="one node of each name",
                    received=" and ".join(" > ".join(x.path) for x in (found[node.name], node)),
                    remedy="give one of them another name",
                )
    return found


def _upwards(node: Node) -> list[Node]:
    """A node and those above it that are not built in, all without their parameters."""
    bare = Node(node.name, node.parent, node.arity)
    if bare in NODES:
        return []
    return [bare, *(_upwards(node.parent) if node.parent else [])]


def _nodes(scitype: Scitype) -> Iterator[Node]:
    """All nodes that occur in a scitype."""
    match scitype:
        case Node():
            yield scitype
        case ArrayOf(element=inner) | Sampling(sample=inner):
            yield from _nodes(inner)
        case TupleOf(items=items):
            yield from (node for item in items or () for node in _nodes(item))
        case TableOf(columns=columns):
            yield from (node for column in columns for node in _nodes(column))
        case _ if members(scitype) != (scitype,):
            yield from (node for part in members(scitype) for node in _nodes(part))


def _read(node: ast.expr, known: Mapping[str, Scitype]) -> Scitype:
    match node:
        case ast.Name(id=name):
            return known[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _read(left, known) | _read(right, known)
        case ast.Call(func=ast.Name(id="Table"), args=args, keywords=[]):
            return Table(*(_read(arg, known) for arg in args))
        case ast.Subscript(value=value, slice=inner):
            return _read(value, known)[_read_parameters(inner, known)]  # type: ignore[index,no-any-return]
    raise ValueError(ast.dump(node))


def _read_parameters(node: ast.expr, known: Mapping[str, Scitype]) -> object:
    if isinstance(node, ast.Tuple):
        return tuple(_read_parameters(item, known) for item in node.elts)
    return node.value if isinstance(node, ast.Constant) else _read(node, known)


def _branch(node: Node, others: tuple[Node, ...], depth: int) -> Iterator[str]:
    yield "   " * depth + node.name + _brackets(node)
    for child in (*NODES, *others):
        if child.parent == node:
            yield from _branch(child, others, depth + 1)


def _brackets(node: Node) -> str:
    if node.arity == 2 and "Image" in node.path:
        return "[h, w]"
    letters = ["n"] if node.arity == 1 else [f"n{i + 1}" for i in range(node.arity)]
    return f"[{', '.join(letters)}]" if letters else ""
