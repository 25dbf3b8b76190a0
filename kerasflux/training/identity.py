"""What identifies a value that is baked into a compiled program: two values that may behave
differently have different identities.

Names, numbers and containers of them are identified by what they are. Functions are identified by
their code, their defaults, what they close over and the plain globals that they name, so that the
same cell run twice in a notebook gives the same function, and a captured number tells two lambdas
apart. Records (builders) are identified by the code of their methods and by their values.
Everything else is identified by being the same object, which the identity keeps alive.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from kerasflux.hyperparameters import Hyperparameters


class Same:
    """Equal to another `Same` of the very same object."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def identity(value: Any) -> Hashable:
    """A hashable that is equal for values that behave alike, as far as that can be told.

    >>> def scaled(by): return lambda x: x * by
    >>> identity(scaled(2)) == identity(scaled(2)), identity(scaled(2)) == identity(scaled(3))
    (True, False)
    """
    return _identity(value, ())


def _identity(value: Any, inside: tuple[Any, ...]) -> Hashable:
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return (type(value), repr(value) if isinstance(value, (float, complex)) else value)
    if any(value is outer for outer in inside):
        return ("recursion", len(inside))
    inside = (*inside, value)
    if isinstance(value, (list, tuple)):
        return (type(value), *(_identity(v, inside) for v in value))
    if isinstance(value, (set, frozenset)):
        return (type(value), frozenset(_identity(v, inside) for v in value))
    if isinstance(value, Mapping):
        return (
            type(value),
            *((_identity(k, inside), _identity(v, inside)) for k, v in value.items()),
        )
    if isinstance(value, (np.ndarray, np.generic)) and not value.dtype.hasobject:
        return (np.ndarray, value.shape, value.dtype.str, hashlib.sha256(value.tobytes()).digest())
    if isinstance(value, types.FunctionType):
        return _function(value, inside)
    if isinstance(value, (staticmethod, classmethod)):
        return (type(value), _identity(value.__func__, inside))
    if isinstance(value, Hyperparameters):
        fields = {name: getattr(value, name) for name in type(value)._fields}
        return ("record", _class(type(value), inside), _identity(fields, inside))
    if isinstance(value, types.MethodType):
        return (
            types.MethodType,
            _identity(value.__func__, inside),
            _identity(value.__self__, inside),
        )
    return Same(value)


def _class(kind: type, inside: tuple[Any, ...]) -> Hashable:
    """A class of records by name and by the code of its methods, its bases' included."""
    written = [c for c in kind.__mro__ if c not in Hyperparameters.__mro__]
    methods = {
        f"{c.__qualname__}.{name}": value
        for c in written
        for name, value in vars(c).items()
        if isinstance(value, (types.FunctionType, staticmethod, classmethod)) and name != "__init__"
    }
    return (kind.__module__, kind.__qualname__, _identity(methods, inside))


def _function(function: types.FunctionType, inside: tuple[Any, ...]) -> Hashable:
    code = function.__code__
    cells = [_cell(cell, inside) for cell in function.__closure__ or ()]
    used = {
        name: function.__globals__[name] for name in _names(code) if name in function.__globals__
    }
    defaults = (function.__defaults__, function.__kwdefaults__)
    return ("function", code, *cells, _identity(used, inside), _identity(defaults, inside))


def _cell(cell: types.CellType, inside: tuple[Any, ...]) -> Hashable:
    try:
        return _identity(cell.cell_contents, inside)
    except ValueError:
        return "empty"


def _names(code: types.CodeType) -> list[str]:
    """The names that a code object, and the functions defined in it, look up."""
    inner = [
        _names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType)
    ]
    return sorted({*code.co_names, *(name for names in inner for name in names)})
