"""What identifies a value that is baked into a compiled program: two values that may behave
differently have different identities.

Names, numbers and containers of them are identified by what they are. Functions are identified by
their code, their defaults, what they close over and the globals that they name, so that the same
cell run twice in a notebook gives the same function, and a captured number tells two lambdas apart;
of modules and classes of the user's, by what functions take of them. Records (builders) are
identified by the code of their methods, by what else their classes hold, and by their values.
Everything else is identified by being the same object, which the identity keeps alive, and by what
its attributes were: a callable may be changed and used again.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import types
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from kerasflux.hyperparameters import Hyperparameters

_WITHOUT_STATE = (
    *(type, types.ModuleType, types.FunctionType, types.MethodType),
    *(functools.partial, staticmethod, classmethod),
)
_LIBRARIES = {"keras", "tensorflow", "numpy", "kerasflux", "scitypes", *sys.stdlib_module_names}
_INSTALLED = ("site-packages", "dist-packages")
_IN_USE = ("keras.src.layers", "keras.src.models", "keras.src.optimizers", "tensorflow")


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
    if isinstance(value, functools.partial):
        return (type(value), _identity([value.func, value.args, value.keywords], inside))
    return _object(value, inside)


def _object(value: Any, inside: tuple[Any, ...]) -> Hashable:
    """The very object, and its attributes; objects among these are only themselves."""
    if not _has_state(value) or any(map(_has_state, inside[:-1])):
        return Same(value)
    return ("object", Same(value), _identity(dict(vars(value)), inside))


def _has_state(value: Any) -> bool:
    """Whether attributes are settings; those of layers are what Keras keeps of their use."""
    if isinstance(value, (*_WITHOUT_STATE, Hyperparameters)):
        return False
    kinds = type(value).__mro__
    return hasattr(value, "__dict__") and not any(k.__module__.startswith(_IN_USE) for k in kinds)


def _class(kind: type[Hyperparameters], inside: tuple[Any, ...]) -> Hashable:
    """A class of records by name and by what it and its bases hold, defaults of fields aside."""
    written = [c for c in kind.__mro__ if c not in Hyperparameters.__mro__]
    held = {
        f"{c.__qualname__}.{name}": value
        for c in written
        for name, value in vars(c).items()
        if name not in kind._fields and not (name.startswith("__") and name.endswith("__"))
        if name not in ("_fields", "_positional")
    }
    return (kind.__module__, kind.__qualname__, _identity(held, inside))


def _function(function: types.FunctionType, inside: tuple[Any, ...]) -> Hashable:
    code = function.__code__
    cells = [_cell(cell, inside) for cell in function.__closure__ or ()]
    used = _looked_up(function)
    defaults = (function.__defaults__, function.__kwdefaults__)
    return ("function", code, *cells, _identity(used, inside), _identity(defaults, inside))


def _cell(cell: types.CellType, inside: tuple[Any, ...]) -> Hashable:
    try:
        return _identity(cell.cell_contents, inside)
    except ValueError:
        return "empty"


def _looked_up(function: types.FunctionType) -> dict[str, Any]:
    """By path, the globals that a function names, modules that it imports, and what it may take of
    those among them that are the user's: modules are reloaded, and settings in them assigned."""
    names = _names(function.__code__)
    imported = {name: sys.modules[name] for name in names if name in sys.modules}
    found: dict[str, Any] = {n: m for n, m in imported.items() if _is_users_holder(m)}
    found |= {name: function.__globals__[name] for name in names if name in function.__globals__}
    queue, seen = list(found.items()), set()
    for path, holder in queue:
        if id(holder) in seen or not _is_users_holder(holder):
            continue
        seen.add(id(holder))
        held = {f"{path}.{name}": inspect.getattr_static(holder, name, queue) for name in names}
        found |= (held := {at: value for at, value in held.items() if value is not queue})
        queue += held.items()
    return found


def _is_users_holder(value: Any) -> bool:
    """Whether this is a module or class, and of no library."""
    if not isinstance(value, (types.ModuleType, type)):
        return False
    home = value.__name__ if isinstance(value, types.ModuleType) else value.__module__
    root = str(home).split(".")[0]
    file = str(getattr(sys.modules.get(root), "__file__", None))
    return root not in _LIBRARIES and not any(place in file for place in _INSTALLED)


def _names(code: types.CodeType) -> list[str]:
    """The names that a code object, and the functions defined in it, look up."""
    inner = [
        _names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType)
    ]
    return sorted({*code.co_names, *(name for names in inner for name in names)})
