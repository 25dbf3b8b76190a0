"""Scitypes as text and as JSON: reading an expression, and the hierarchy as it is printed.

What a scitype is, and what it prints as, is `lattice.py`'s.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from scitypes.errors import NotAScitype, nearest
from scitypes.lattice import BUILT_IN, NODES, Found, Node, Scitype, Table


def parse(text: str, nodes: Iterable[Node] = ()) -> Scitype:
    """The scitype that an expression makes: the inverse of `repr`. Nothing is evaluated.

    Raises:
        NotAScitype: for anything but names, brackets, calls of `Table` and `|`.

    >>> parse("Table(Continuous | Missing, Multiclass[3])")
    Table(Continuous | Missing, Multiclass[3])
    """
    if tuple(nodes):
        raise NotImplementedError
    try:
        return _read(ast.parse(text, mode="eval").body)
    except (SyntaxError, KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, NotAScitype):
            raise
        raise NotAScitype(
            f"{text!r} does not read as a scientific type.",
            expected="an expression such as 'Multiclass[3] | Missing'",
            received=repr(text),
            remedy=nearest(text, BUILT_IN) or "print(scitypes.hierarchy()) shows the names",
            text=text,
        ) from None


def to_json(scitype: Scitype) -> Any:
    """The scitype as a JSON value, from which `from_json` makes an equal one."""
    return repr(scitype)


def from_json(record: Any) -> Scitype:
    """The scitype that `to_json` wrote."""
    return parse(record)


def hierarchy(*others: Node) -> str:
    """The hierarchy of scitypes as an indented text.

    >>> print(hierarchy().splitlines()[4].strip())
    Continuous
    """
    if others:
        raise NotImplementedError
    rest = "Missing  Nothing\nSampleable[T] > Density[T]\nVector[T]  Matrix[T]  Array[T, ndim]"
    return "\n".join([*_branch(Found, 0), rest + "\nTuple[S, T, ...]  Table(S, T, ...)  (Known)"])


def tree(*others: Node) -> None:
    """Print the hierarchy, with these nodes and their ancestors in it."""
    raise NotImplementedError


def _read(node: ast.expr) -> Scitype:
    match node:
        case ast.Name(id=name):
            return BUILT_IN[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _read(left) | _read(right)
        case ast.Call(func=ast.Name(id="Table"), args=args, keywords=[]):
            return Table(*map(_read, args))
        case ast.Subscript(value=value, slice=inner):
            return _read(value)[_read_parameters(inner)]  # type: ignore[index,no-any-return]
    raise ValueError(ast.dump(node))


def _read_parameters(node: ast.expr) -> object:
    if isinstance(node, ast.Tuple):
        return tuple(_read_parameters(item) for item in node.elts)
    return node.value if isinstance(node, ast.Constant) else _read(node)


def _branch(node: Node, depth: int) -> Iterator[str]:
    parameter = {0: "", 1: "[n]", 2: "[h, w]"}[node.arity]
    yield "   " * depth + node.name + parameter
    for child in NODES:
        if child.parent == node:
            yield from _branch(child, depth + 1)
