"""Models as records of hyperparameters: how a class becomes a record, and paths into records.

Every subclass of `Hyperparameters` is a dataclass without a decorator. Its fields say everything
once (`kerasflux.fields`): construction, assignment, display, search, saving and the update decision
read that one place. `kerasflux.allowed` judges values, `kerasflux.structure` copies and compares
records, `kerasflux.jsonform` writes them, `kerasflux.cards` draws them; their public names are
found here too.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from kerasflux import cards
from kerasflux.allowed import AtLeast, Between, Constraint, OneOf, Positive, short
from kerasflux.errors import HyperparameterError, UnknownHyperparameter
from kerasflux.fields import MISSING, Absent, Field, canonical, field, offered, spelling
from kerasflux.jsonform import from_json, to_json
from kerasflux.structure import Change, Record, copied, copied_value, difference, same, values

__all__ = [
    "Absent",
    "AtLeast",
    "Between",
    "Change",
    "Constraint",
    "Hyperparameters",
    "OneOf",
    "Positive",
    "copied",
    "difference",
    "field",
    "from_json",
    "get_path",
    "paths",
    "same",
    "set_path",
    "to_json",
]


@dataclass_transform(kw_only_default=False, eq_default=False)
class Hyperparameters(Record):
    """A mutable, validated record; the base of models, builders, optimiser specs and strategies.

    Each subclass becomes a dataclass: annotated names of the class body are its hyperparameters, a
    subclass inherits them, and a plain `epochs = 20` in its body changes an inherited default.
    `ClassVar`s, properties and methods are no hyperparameters. Values are judged when they are
    given and when they are assigned; what was refused changes nothing. Names may be spelt the
    American way. Records compare by class and values, hence have no hash; a default is copied for
    each instance, a value that was given is held as it is. Construction is by keyword, or also by
    position for `class Builder(Hyperparameters, positional=True)` and its subclasses.

    Raises:
        UnknownHyperparameter: a name that the record does not have, with the nearest that it has.
        HyperparameterError: a value that the hyperparameter can't have.

    >>> class Net(Hyperparameters):
    ...     hidden: tuple[int, ...] = (64, 64)
    ...     dropout: float = 0.1
    >>> net = Net(dropout=0.2)
    >>> net
    Net(dropout=0.2)
    >>> net.hiden = (3,)
    Traceback (most recent call last):
    ...
    kerasflux.errors.UnknownHyperparameter: Net has no hyperparameter `hiden`.
      expected: one of hidden, dropout
      received: hiden
      to do: did you mean 'hidden'?
    """

    _fields: ClassVar[dict[str, Field]] = {}
    _positional: ClassVar[bool] = False
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __init_subclass__(cls, *, positional: bool | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if positional is not None:
            cls._positional = positional
        cls._fields = _collected(cls)
        for name, spec in cls._fields.items():
            _publish_default(cls, name, spec)
        if "__init__" not in vars(cls):
            cls.__init__ = _constructor(cls)  # type: ignore[method-assign]
        _as_dataclass(cls)

    if not TYPE_CHECKING:  # type checkers see plain dataclasses, and so find wrong names

        def __init__(self, *args: Any, **given: Any) -> None:
            _construct(self, args, given)

        def __setattr__(self, name: str, value: Any) -> None:
            cls = type(self)
            if name not in cls._fields and hasattr(getattr(cls, name, None), "__set__"):
                return object.__setattr__(self, name, value)
            spec = cls._fields[_known(cls, name, self)]
            return object.__setattr__(self, spec.name, spec.stored(value, cls.__name__))

        def __getattr__(self, name: str) -> Any:
            cls = type(self)
            if name.startswith("_") or name in cls._fields or hasattr(cls, name):
                return object.__getattribute__(self, name)  # raises what it raised
            return getattr(self, _known(cls, name, self))

        def __delattr__(self, name: str) -> None:
            raise UnknownHyperparameter(
                f"`{name}` of {type(self).__name__} can't be deleted.",
                remedy="Assign its default instead.",
                name=name,
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hyperparameters):
            return NotImplemented
        return same(self, other)

    def __deepcopy__(self, memo: dict[int, Any]) -> Hyperparameters:
        new = object.__new__(type(self))
        memo[id(self)] = new
        for name, value in values(self):
            new.__dict__[name] = copied_value(value, memo)
        return new

    def __repr__(self) -> str:
        return cards.call(self)

    def _one_line(self) -> str:
        return cards.line(self)

    def __rich__(self) -> Any:
        return cards.terminal(self)

    def _repr_html_(self) -> str:
        return cards.html(self)


# how a class becomes a record


def _collected(cls: type[Hyperparameters]) -> dict[str, Field]:
    """The fields of a class: those of its bases, then its own; redefined ones keep their place."""
    fields: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(vars(base).get("_fields", {}))
    own = _annotations(cls)
    for name, annotation in own.items():
        _not_respelt(cls, name, fields)
        if _is_classvar(annotation):
            fields.pop(name, None)
        else:
            fields[name] = _declared(vars(cls).get(name, MISSING)).bound(cls, name, annotation)
    for name in [n for n in fields if n in vars(cls) and n not in own]:
        value = vars(cls)[name]
        if isinstance(value, (property, cached_property)):
            del fields[name]
        elif isinstance(value, Field):
            fields[name] = value.bound(cls, name, fields[name].annotation)
        else:
            fields[name] = fields[name].with_default(value)
    return fields


def _annotations(cls: type) -> dict[str, Any]:
    if sys.version_info >= (3, 14):  # annotations are lazy there, and may not resolve yet
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    return inspect.get_annotations(cls)


def _is_classvar(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return re.match(r"\s*(\w+\.)*ClassVar\b", annotation) is not None
    return annotation is ClassVar or getattr(annotation, "__origin__", None) is ClassVar


def _declared(value: Any) -> Field:
    return value if isinstance(value, Field) else Field(value)


def _not_respelt(cls: type, name: str, inherited: Mapping[str, Field]) -> None:
    other = {spelling(n): n for n in inherited}.get(spelling(name), name)
    if other != name:
        raise HyperparameterError(
            f"{cls.__name__} defines `{name}`, another spelling of the `{other}` that it inherits.",
            remedy=f"Write `{other}`.",
            name=name,
        )


def _publish_default(cls: type, name: str, spec: Field) -> None:
    """Show a default that can't be changed in place on the class, as dataclasses do."""
    if isinstance(spec.default, (bool, int, float, str, tuple, type(None))):
        setattr(cls, name, spec.default)
    elif name in vars(cls):
        delattr(cls, name)


def _constructor(cls: type[Hyperparameters]) -> Any:
    def __init__(self: Hyperparameters, *args: Any, **given: Any) -> None:
        _construct(self, args, given)

    __init__.__signature__ = _signature(cls)  # type: ignore[attr-defined]
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__module__ = cls.__module__
    return __init__


class _Fresh:
    """Stands in signatures for a default that each instance makes anew."""

    def __repr__(self) -> str:
        return "<made anew>"


def _signature(cls: type[Hyperparameters]) -> inspect.Signature:
    kinds = inspect.Parameter
    kind = kinds.POSITIONAL_OR_KEYWORD if cls._positional else kinds.KEYWORD_ONLY
    parameters = [kinds("self", kinds.POSITIONAL_OR_KEYWORD)]
    for name, spec in cls._fields.items():
        default = kinds.empty if spec.default is MISSING else spec.default
        if spec.factory is not None:
            default = _Fresh()
        if default is kinds.empty and parameters[-1].default is not kinds.empty:
            kind = kinds.KEYWORD_ONLY  # a required one after others: only by keyword from here on
        parameters.append(kinds(name, kind, default=default, annotation=spec.annotation))
    return inspect.Signature(parameters)


def _construct(self: Hyperparameters, args: tuple[Any, ...], named: dict[str, Any]) -> None:
    cls = type(self)
    given = _by_position(cls, args)
    for name, value in named.items():
        known = _known(cls, name)
        if known in given:
            raise HyperparameterError(f"`{known}` of {cls.__name__} was given twice.", name=known)
        given[known] = value
    _require(cls, given)
    for name, spec in cls._fields.items():
        value = given[name] if name in given else spec.fresh()
        self.__dict__[name] = spec.stored(value, cls.__name__)
    if hasattr(cls, "__post_init__"):
        self.__post_init__()  # type: ignore[attr-defined]


def _known(cls: type[Hyperparameters], name: str, record: Hyperparameters | None = None) -> str:
    """The field of a class that a name means; of a record, paths within it are offered."""
    held = next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)
    if name not in cls._fields and isinstance(held, (bool, int, float, str, tuple, list, dict)):
        raise UnknownHyperparameter(
            f"`{name}` is an attribute of the class {cls.__name__}, no hyperparameter.",
            expected=f"one of {', '.join(cls._fields)}" if cls._fields else "no hyperparameter",
            received=name,
            remedy=f"annotate it in the class: `{name}: {type(held).__name__} = {short(held)}`",
            name=name,
        )
    return canonical(cls._fields, name, cls.__name__, lambda: _offered_paths(cls, record))


def _offered_paths(cls: type[Hyperparameters], record: Hyperparameters | None) -> list[str]:
    """The dotted paths of a record; of a class, or of what is not whole yet, of the defaults."""
    if record is None or not cls._fields.keys() <= record.__dict__.keys():
        return _default_paths(cls)
    return paths(record)


def _default_paths(cls: type[Hyperparameters]) -> list[str]:
    """The dotted paths of a record of defaults; those that have none are not looked into."""
    found = list(cls._fields)
    for name, spec in cls._fields.items():
        default = None if spec.required else spec.stored(spec.fresh(), cls.__name__)
        if isinstance(default, Hyperparameters):
            found += paths(default, f"{name}.")
    return found


def _by_position(cls: type[Hyperparameters], args: tuple[Any, ...]) -> dict[str, Any]:
    if not args:
        return {}
    parameters = list(_signature(cls).parameters.values())[1:]
    names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(args) > len(names):
        extra = short(args[len(names)])
        raise HyperparameterError(
            f"{cls.__name__} takes {len(names) or 'no'} values by position, not {len(args)}.",
            expected=f"values by name: {', '.join(cls._fields)}" if cls._fields else "no values",
            received=extra,
            remedy=f"Write which it is, as in `{next(iter(cls._fields), 'name')}=...`.",
        )
    return dict(zip(names, args, strict=False))


def _require(cls: type[Hyperparameters], given: Mapping[str, Any]) -> None:
    absent = [name for name, spec in cls._fields.items() if spec.required and name not in given]
    if absent:
        kinds = {n: cls._fields[n].expected for n in absent}
        raise HyperparameterError(
            f"{cls.__name__} needs {' and '.join(f'`{n}`' for n in absent)}.",
            expected="; ".join(f"{n}: {kind}" if kind else n for n, kind in kinds.items()),
            received=", ".join(given) or "no hyperparameters",
            remedy=f"{cls.__name__}({', '.join(f'{n}=...' for n in absent)})",
            names=absent,
        )


def _as_dataclass(cls: type[Hyperparameters]) -> None:
    """Let `dataclasses.fields`, `replace` and `asdict` see the record, by a throw-away twin."""
    columns = [
        (name, spec.annotation, dataclasses.field(default_factory=spec.fresh))
        for name, spec in cls._fields.items()
    ]
    twin = dataclasses.make_dataclass(cls.__name__, columns, init=False, repr=False, eq=False)
    cls.__dataclass_fields__ = twin.__dataclass_fields__  # type: ignore[attr-defined]
    cls.__dataclass_params__ = twin.__dataclass_params__  # type: ignore[attr-defined]  # for pprint
    setattr(cls, "__match_args__", tuple(cls._fields) if cls._positional else ())  # noqa: B010


# dotted paths


def paths(record: Hyperparameters, prefix: str = "") -> list[str]:
    """The dotted paths of all hyperparameters, those of nested records after the record itself."""
    found = []
    for name, value in values(record):
        found.append(prefix + name)
        if isinstance(value, Hyperparameters):
            found += paths(value, f"{prefix}{name}.")
    return found


def get_path(record: Hyperparameters, path: str) -> Any:
    """The value at a dotted path; records in a list go by their place: `controls.1.n`.

    Raises:
        UnknownHyperparameter: no such path, with the nearest ones.
    """
    holder, name = _holder(record, path)
    return getattr(holder, name)


def set_path(record: Hyperparameters, path: str, value: Any) -> None:
    """Assign the value at a dotted path, judged as any assignment is.

    Raises:
        UnknownHyperparameter: no such path, with the nearest ones.
        HyperparameterError: a value that the hyperparameter can't have.
    """
    holder, name = _holder(record, path)
    setattr(holder, name, value)


def _holder(record: Hyperparameters, path: str) -> tuple[Hyperparameters, str]:
    *way, last = path.split(".")
    holder: Any = record
    try:
        for name in way:
            holder = _part(holder, name)
        if not isinstance(holder, Hyperparameters):
            raise UnknownHyperparameter(last)
        return holder, _known(type(holder), last)
    except UnknownHyperparameter:
        raise _unknown_path(record, path) from None


def _part(holder: Any, name: str) -> Any:
    """A record within a record, by name; one in a list of them, by its place."""
    if isinstance(holder, (list, tuple)) and name.isdecimal() and int(name) < len(holder):
        return holder[int(name)]
    if not isinstance(holder, Hyperparameters):
        raise UnknownHyperparameter(name)
    return getattr(holder, _known(type(holder), name))


def _unknown_path(record: Hyperparameters, path: str) -> UnknownHyperparameter:
    known = paths(record)
    return UnknownHyperparameter(
        f"{type(record).__name__} has no hyperparameter `{path}`.",
        expected=f"one of {', '.join(_beside(path, known))}",
        received=path,
        remedy=offered(path, known),
        name=path,
    )


def _beside(path: str, known: list[str]) -> list[str]:
    """The known paths in the innermost record that a path leads to.

    >>> _beside("optimizer.rate", ["optimiser", "optimiser.learning_rate", "epochs"])
    ['optimiser.learning_rate']
    """
    within = path.rpartition(".")[0]
    found = [k for k in known if spelling(k.rpartition(".")[0]) == spelling(within)]
    return found or _beside(within, known) if within else [k for k in known if "." not in k]
