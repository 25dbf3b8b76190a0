"""Models as records of hyperparameters: fields that say everything once.

Every subclass of `Hyperparameters` is a dataclass without a decorator. A field says its type (by
annotation), default, allowed values, how a value is converted, and whether a change of it lets
training continue; construction, assignment, display, search, saving and the update decision all read
that one place. `kerasflux.allowed` judges values, `kerasflux.cards` draws records; here are the
records themselves, dotted paths into them, copies, structural equality, differences and the JSON form.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

import numpy as np

from kerasflux.allowed import OneOf, Unfit, conform, describe, short
from kerasflux.errors import HyperparameterError, KerasfluxError, UnknownHyperparameter
from scitypes.errors import nearest

MISSING = dataclasses.MISSING


class Field:
    """What a record knows about one of its hyperparameters.

    Attributes:
        name: its name, British where it is one of ours.
        default: its default as it was written, `MISSING` if it has none or makes one by `factory`.
        factory: makes a default for each instance.
        allowed: a constraint (`kerasflux.allowed`), or None.
        continues: whether training may continue where it was changed.
        convert: applied to each value before it is judged, or None.
        doc: half a line on what it does.
    """

    def __init__(
        self,
        default: Any = MISSING,
        *,
        factory: Callable[[], Any] | None = None,
        allowed: Any = None,
        continues: bool = False,
        convert: Callable[[Any], Any] | None = None,
        doc: str = "",
    ) -> None:
        self.name, self.owner, self.annotation = "", object, Any
        self.default, self.factory = default, factory
        self.allowed = allowed if allowed is None or hasattr(allowed, "check") else OneOf(*allowed)
        self.continues, self.convert, self.doc = continues, convert, doc

    def bound(self, owner: type, name: str, annotation: Any) -> Field:
        """This field as one of a class."""
        new = copy.copy(self)
        new.__dict__.pop("kind", None)
        new.owner, new.name, new.annotation = owner, name, annotation
        return new

    def with_default(self, default: Any) -> Field:
        """This field with another default."""
        new = copy.copy(self)
        new.default, new.factory = default, None
        return new

    @cached_property
    def kind(self) -> Any:
        """The annotation resolved, or `Any` where it names what can't be found from the module."""
        if not isinstance(self.annotation, str):
            return self.annotation
        module = sys.modules.get(self.owner.__module__)
        try:
            return eval(self.annotation, dict(vars(module)) if module else {})
        except Exception:  # whatever an annotation that was never meant to be evaluated may raise
            return Any

    @property
    def required(self) -> bool:
        return self.default is MISSING and self.factory is None

    def fresh(self) -> Any:
        """The default for a new instance, never shared with another one."""
        return self.factory() if self.factory is not None else copy.deepcopy(self.default)

    def stored(self, value: Any, owner: str) -> Any:
        """A value as the record keeps it: converted, then judged by annotation and constraint."""
        converted = self._converted(value, owner)
        try:
            result = conform(converted, self.kind)
        except Unfit:
            raise self._error(value, owner) from None
        problem = self.allowed.check(result) if self.allowed is not None else None
        if problem:
            raise self._error(value, owner, problem)
        return result

    def _converted(self, value: Any, owner: str) -> Any:
        if self.convert is None:
            return value
        try:
            return self.convert(value)
        except KerasfluxError:
            raise
        except (TypeError, ValueError) as error:
            raise self._error(value, owner, str(error)) from error

    @property
    def expected(self) -> str:
        """What the field takes, in words."""
        kind = "" if self.kind is Any else describe(self.kind)
        return ", ".join(filter(None, [kind, str(self.allowed) if self.allowed else ""]))

    def _error(self, value: Any, owner: str, problem: str = "") -> HyperparameterError:
        return HyperparameterError(
            f"`{self.name}` of {owner} can't be {short(value)}"
            + (f": {problem}." if problem else "."),
            expected=self.expected,
            received=f"{short(value)}, of type {type(value).__name__}",
            remedy=_hint(value, self),
            name=self.name,
            value=value,
        )


def field(
    default: Any = MISSING,
    *,
    factory: Callable[[], Any] | None = None,
    allowed: Any = None,
    continues: bool = False,
    convert: Callable[[Any], Any] | None = None,
    doc: str = "",
) -> Any:
    """Say more about a hyperparameter than its type and default.

    Args:
        default: the default; copied for each instance. Without it and `factory` a value is required.
        factory: makes a default for each instance.
        allowed: the values allowed: a constraint (`AtLeast(0)`, `Positive()`, `Between(0, 1)`,
            `OneOf("a", "b")`, any object with `check(value) -> str | None`) or a collection of values.
        continues: a change of it does not make training start from scratch.
        convert: applied to each value before it is judged.
        doc: half a line on what it does.

    >>> class Fade(Hyperparameters):
    ...     rate: float = field(0.1, allowed=Between(0, 1), doc="what is lost per step")
    >>> Fade(rate=1.5)
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: `rate` of Fade can't be 1.5: 1.5 is not between 0 and 1.
      expected: float, between 0 and 1
      received: 1.5, of type float
    """
    return Field(
        default, factory=factory, allowed=allowed, continues=continues, convert=convert, doc=doc
    )


@dataclass_transform(kw_only_default=False, eq_default=False)
class Hyperparameters:
    """A mutable, validated record; the base of models, builders, optimiser specs and strategies.

    Each subclass becomes a dataclass: annotated names of the class body are its hyperparameters, a
    subclass inherits them, and a plain `epochs = 20` in its body changes an inherited default.
    `ClassVar`s, properties and methods are no hyperparameters. Values are judged when they are given
    and when they are assigned; what was refused changes nothing. Names may be spelt the American way.
    Records compare by class and values, hence have no hash. Construction is by keyword, or also by
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

        def __setattr__(self, name: str, value: Any) -> None:
            cls = type(self)
            if name not in cls._fields and hasattr(getattr(cls, name, None), "__set__"):
                return object.__setattr__(self, name, value)
            spec = cls._fields[_canonical(cls, name)]
            return object.__setattr__(self, spec.name, spec.stored(value, cls.__name__))

        def __getattr__(self, name: str) -> Any:
            cls = type(self)
            if name.startswith("_") or name in cls._fields or hasattr(cls, name):
                return object.__getattribute__(self, name)  # raises what it raised
            return getattr(self, _canonical(cls, name))

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
        for name, value in _values(self):
            new.__dict__[name] = _copied(value, memo)
        return new

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_source(value)}" for name, value in changed_fields(self))
        return f"{type(self).__name__}({shown})"


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
    other = {_spelling(n): n for n in inherited}.get(_spelling(name), name)
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
    def __init__(self: Hyperparameters, *args: Any, **values: Any) -> None:
        _construct(self, args, values)

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


def _construct(self: Hyperparameters, args: tuple[Any, ...], values: dict[str, Any]) -> None:
    cls = type(self)
    given = _by_position(cls, args)
    for name, value in values.items():
        known = _canonical(cls, name)
        if known in given:
            raise HyperparameterError(f"`{known}` of {cls.__name__} was given twice.", name=known)
        given[known] = value
    _require(cls, given)
    for name, spec in cls._fields.items():
        value = given[name] if name in given else spec.fresh()
        self.__dict__[name] = spec.stored(value, cls.__name__)
    if hasattr(cls, "__post_init__"):
        self.__post_init__()  # type: ignore[attr-defined]


def _by_position(cls: type[Hyperparameters], args: tuple[Any, ...]) -> dict[str, Any]:
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
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
        raise HyperparameterError(
            f"{cls.__name__} needs {' and '.join(f'`{n}`' for n in absent)}.",
            expected="; ".join(f"{n}: {cls._fields[n].expected}" for n in absent),
            names=absent,
        )


def _as_dataclass(cls: type[Hyperparameters]) -> None:
    """Let `dataclasses.fields`, `replace` and `asdict` see the record, through a throw-away twin."""
    columns = [
        (name, spec.annotation, dataclasses.field(default_factory=spec.fresh))
        for name, spec in cls._fields.items()
    ]
    twin = dataclasses.make_dataclass(cls.__name__, columns, init=False, repr=False, eq=False)
    cls.__dataclass_fields__ = twin.__dataclass_fields__  # type: ignore[attr-defined]
    cls.__match_args__ = tuple(cls._fields) if cls._positional else ()  # type: ignore[attr-defined]


# names


def _spelling(name: str) -> str:
    """A form that British and American spellings of one name share."""
    plain = name.rstrip("_").replace("iz", "is").replace("yz", "ys")
    return (
        plain.replace("center", "centre")
        .replace("color", "colour")
        .replace("behavior", "behaviour")
    )


def _canonical(cls: type[Hyperparameters], name: str) -> str:
    """The hyperparameter that a name means; raises with the nearest one otherwise."""
    if name in cls._fields:
        return name
    spelt = {_spelling(n): n for n in cls._fields}.get(_spelling(name))
    if spelt is not None:
        return spelt
    raise UnknownHyperparameter(
        f"{cls.__name__} has no hyperparameter `{name}`.",
        expected=f"one of {', '.join(cls._fields)}" if cls._fields else "no hyperparameters",
        received=name,
        remedy=nearest(name, cls._fields),
        name=name,
    )


def _hint(value: Any, spec: Field) -> str:
    if isinstance(value, str) and isinstance(spec.allowed, OneOf):
        return nearest(value, [v for v in spec.allowed.values if isinstance(v, str)])
    if not isinstance(value, (tuple, list)):
        try:
            conform((value,), spec.kind)
        except Unfit:
            return ""
        return f"Write `{spec.name}=({short(value)},)`, a tuple of one."
    return ""


def _values(record: Hyperparameters) -> Iterator[tuple[str, Any]]:
    for name in type(record)._fields:
        yield name, record.__dict__[name]


def paths(record: Hyperparameters, prefix: str = "") -> list[str]:
    """The dotted paths of all hyperparameters, those of nested records after the record itself."""
    found = []
    for name, value in _values(record):
        found.append(prefix + name)
        if isinstance(value, Hyperparameters):
            found += paths(value, f"{prefix}{name}.")
    return found


def get_path(record: Hyperparameters, path: str) -> Any:
    """The value at a dotted path.

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
            holder = getattr(holder, _canonical(type(holder), name))
            if not isinstance(holder, Hyperparameters):
                raise UnknownHyperparameter(name)
        return holder, _canonical(type(holder), last)
    except UnknownHyperparameter:
        raise _unknown_path(record, path) from None


def _unknown_path(record: Hyperparameters, path: str) -> UnknownHyperparameter:
    known = paths(record)
    tail = _spelling(path.split(".")[-1])
    deeper = [p for p in known if _spelling(p.split(".")[-1]) == tail]
    offer = f"did you mean {' or '.join(map(repr, deeper))}?" if deeper else nearest(path, known)
    return UnknownHyperparameter(
        f"{type(record).__name__} has no hyperparameter `{path}`.",
        expected=f"one of {', '.join(known)}",
        received=path,
        remedy=offer,
        name=path,
    )


# copies, equality, differences


def copied(record: Any) -> Any:
    """A copy that shares nothing that can be changed in place.

    Records, containers, arrays and objects that define their own equality are copied; objects that
    compare by identity (functions, layers, strategies) are kept, as no copy would equal them.
    """
    return _copied(record, {})


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    if id(value) in memo:
        return memo[id(value)]
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(_copied(v, memo) for v in value)
    if type(value) is dict:
        return {k: _copied(v, memo) for k, v in value.items()}
    by_identity = type(value).__eq__ is object.__eq__
    return value if by_identity else copy.deepcopy(value, memo)


def same(a: Any, b: Any) -> bool:
    """Structural equality: classes and values, arrays elementwise, NaN equal to NaN, 1 equal to 1.0.

    True and 1 differ, as do tuples and lists. Functions and opaque objects compare by identity or by
    their own `==`.
    """
    if a is b:
        return True
    if _is_number(a) and _is_number(b):
        return bool(a == b or (a != a and b != b))
    if type(a) is not type(b):
        return False
    if isinstance(a, Hyperparameters):
        return all(same(v, b.__dict__[name]) for name, v in _values(a))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and all(map(same, a.flat, b.flat))
    if hasattr(a, "equals"):  # data frames and their columns, whose == is elementwise
        return bool(a.equals(b))
    return bool(a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_))


@dataclass(frozen=True, eq=False)
class Change:
    """A hyperparameter that differs between two records.

    Attributes:
        path: its dotted path; empty where the records are of different classes.
        old, new: its values.
        continues: whether it, or a field that it lies in, says that training may continue.
    """

    path: str
    old: Any
    new: Any
    continues: bool = False

    def __str__(self) -> str:
        return f"{self.path} {short(self.old)} -> {short(self.new)}".strip()


def difference(old: Any, new: Any) -> tuple[Change, ...]:
    """What differs between two records, nested records field by field.

    A nested record of another class, and any other value, is one change of its whole field.

    >>> class Step(Hyperparameters):
    ...     size: float = 0.1
    >>> class Walk(Hyperparameters):
    ...     step: Step = Step()
    ...     n: int = field(3, continues=True)
    >>> [str(c) for c in difference(Walk(), Walk(step=Step(size=0.2), n=5))]
    ['step.size 0.1 -> 0.2', 'n 3 -> 5']
    """
    return tuple(_differences(old, new, "", False))


def _differences(old: Any, new: Any, path: str, continues: bool) -> Iterator[Change]:
    if type(old) is not type(new) or not isinstance(old, Hyperparameters):
        if not same(old, new):
            yield Change(path, old, new, continues)
        return
    for name, value in _values(old):
        inner = continues or type(old)._fields[name].continues
        deeper = f"{path}.{name}" if path else name
        yield from _differences(value, new.__dict__[name], deeper, inner)


def changed_fields(record: Hyperparameters) -> Iterator[tuple[str, Any]]:
    """Names and values of what differs from the defaults; what has no default always does."""
    for name, value in _values(record):
        spec = type(record)._fields[name]
        if spec.required or not same(value, spec.stored(spec.fresh(), spec.name)):
            yield name, value


def _source(value: Any) -> str:
    if isinstance(value, (tuple, list)) and any(callable(v) for v in value):
        return f"({', '.join(map(_source, value))})"
    return short(value, 200)
