"""The JSON form of records: what saved machines hold of hyperparameters.

Nothing is lost on the way: tuples, lists, sets, dicts with any keys, arrays and non-finite numbers
come back as what they were. A file can't make anything be imported but kerasflux's own records.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from kerasflux.allowed import plain, short
from kerasflux.errors import StorageError
from kerasflux.fields import Absent, canonical, class_not_given
from kerasflux.structure import Record, refuse_contradictions, values

_OWN = re.compile(r"kerasflux(\.[a-z_]\w*)+:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def to_json(record: Record) -> dict[str, Any]:
    """A record as what `json.dumps` takes: `{"class": "module:Name", "values": {...}}`.

    Raises:
        StorageError: values that can't be written (functions, classes, opaque objects), each by its
            dotted path; `paths` holds them.
        HyperparameterError: fields that contradict each other, having been assigned one by one.

    >>> from kerasflux.hyperparameters import Hyperparameters
    >>> class Net(Hyperparameters):
    ...     hidden: tuple[int, ...] = (64, 64)
    >>> to_json(Net())["values"]
    {'hidden': {'tuple': [64, 64]}}
    """
    refuse_contradictions(record)
    refused: dict[str, Any] = {}
    written = _record(record, "", refused)
    if refused:
        raise _unwritable(record, refused)
    return written


def _unwritable(record: Record, refused: Mapping[str, Any]) -> StorageError:
    listed = ", ".join(f"{p} ({short(v)}, {type(v).__name__})" for p, v in refused.items())
    return StorageError(
        f"{type(record).__name__} can't be written to a file as it is: {', '.join(refused)}.",
        expected="numbers, strings, None, arrays, records; tuples, lists, dicts and sets of them",
        received=listed,
        remedy="name them instead (as in `loss='mse'`), or make them records of hyperparameters",
        paths=list(refused),
    )


def _record(record: Record, path: str, refused: dict[str, Any]) -> dict[str, Any]:
    cls = type(record)
    return {
        "class": f"{cls.__module__}:{cls.__qualname__}",
        "values": {
            name: _encoded(value, f"{path}.{name}" if path else name, refused)
            for name, value in values(record)
        },
    }


def _encoded(value: Any, path: str, refused: dict[str, Any]) -> Any:
    value = plain(value)
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, Record):
        return {"record": _record(value, path, refused)}
    if isinstance(value, Absent):
        return {"record": value._record}
    if type(value) in (list, tuple, set, frozenset, dict):
        return _container(value, path, refused)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        flat = [_encoded(v, path, refused) for v in value.ravel().tolist()]
        return {"array": {"dtype": value.dtype.str, "shape": list(value.shape), "values": flat}}
    if isinstance(value, type) and issubclass(value, np.generic):
        return {"dtype": np.dtype(value).name}
    if _is_plain(value):
        held = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value) if f.init]
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        parts = {name: _encoded(part, f"{path}.{name}", refused) for name, part in held}
        return {"plain": {"class": kind, "values": parts}}
    refused[path] = value
    return None


def _is_plain(value: Any) -> bool:
    """Whether a value is a frozen dataclass of kerasflux: a measure, or a range, say."""
    kind = type(value)
    return _is_plain_class(kind) and _own(f"{kind.__module__}:{kind.__qualname__}") is kind


def _is_plain_class(kind: Any) -> bool:
    options = getattr(kind, "__dataclass_params__", None) if isinstance(kind, type) else None
    return options is not None and options.frozen and not issubclass(kind, Record)


def _container(value: Any, path: str, refused: dict[str, Any]) -> Any:
    if type(value) is dict:
        return {
            "dict": [
                [_encoded(k, path, refused), _encoded(v, f"{path}.{k}", refused)]
                for k, v in value.items()
            ]
        }
    items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
    written = [_encoded(v, f"{path}.{i}", refused) for i, v in enumerate(items)]
    return written if type(value) is list else {type(value).__name__: written}


def from_json(
    record: Mapping[str, Any], classes: Iterable[type] = (), *, absent: bool = False
) -> Any:
    """The record that `to_json` wrote.

    Args:
        record: what `to_json` gave.
        classes: classes of records that are not kerasflux's own, recognised by their name.
        absent: let nested records whose class is not among `classes` be `Absent`, which stand in
            for them as far as possible, instead of raising.

    Raises:
        BuilderNotFound: a class was not given; `name` says which.
        StorageError: this is not the form of a record.
        HyperparameterError, UnknownHyperparameter: the class does not take these values any more.
    """
    return _read_record(record, tuple(classes), absent)


def _read_record(record: Any, classes: tuple[type, ...], absent: bool) -> Any:
    if not isinstance(record, Mapping) or {"class", "values"} - record.keys():
        raise StorageError(
            "The hyperparameters in the file are damaged.",
            expected='a record: {"class": ..., "values": {...}}',
            received=short(record),
        )
    cls = _resolved(str(record["class"]), classes)
    if cls is None and not absent:
        raise class_not_given(_name(record["class"]))
    read = {name: _decoded(v, classes, absent) for name, v in record["values"].items()}
    if cls is None:
        return Absent(_name(record["class"]), dict(record), read)
    return _rebuilt(cls._having(tuple(read)), read)


def _rebuilt(cls: type[Record], read: Mapping[str, Any]) -> Record:
    """A record of values that were judged once: judged again, but not constructed again."""
    fields, owner = cls._fields, cls.__name__
    given = {canonical(fields, name, owner): value for name, value in read.items()}
    lost = [name for name, spec in fields.items() if spec.required and name not in given]
    if lost:
        raise StorageError(f"The file has no value for {', '.join(lost)} of {owner}.", names=lost)
    new = object.__new__(cls)
    for name, spec in fields.items():
        new.__dict__[name] = spec.stored(given[name] if name in given else spec.fresh(), owner)
    return new


def _name(path: str) -> str:
    return path.rpartition(":")[2].rpartition(".")[2]


def _resolved(path: str, classes: tuple[type, ...]) -> type[Record] | None:
    """The class that a file names: one of those given, else one of kerasflux's own."""
    given = [c for c in classes if f"{c.__module__}:{c.__qualname__}" == path]
    given += [c for c in classes if c.__name__ == _name(path)]
    found: Any = given[0] if given else _own(path)
    return found if isinstance(found, type) and issubclass(found, Record) else None


def _own(path: str) -> Any:
    if _OWN.fullmatch(path) is None:
        return None
    module, _, qualname = path.partition(":")
    try:
        found: Any = import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found


def _decoded(value: Any, classes: tuple[type, ...], absent: bool) -> Any:
    if isinstance(value, list):
        return [_decoded(v, classes, absent) for v in value]
    if not isinstance(value, dict):
        return value
    form: str = next(iter(value), "")
    content: Any = value.get(form)
    if form == "record":
        return _read_record(content, classes, absent)
    if form == "float":
        return float(str(content))
    if form == "array":
        flat = [_decoded(v, classes, absent) for v in content["values"]]
        return np.array(flat, dtype=content["dtype"]).reshape(content["shape"])
    if form == "dtype":
        return np.dtype(str(content)).type
    if form == "plain":
        kind = _own(str(content["class"]))
        if _is_plain_class(kind):
            return kind(**{k: _decoded(v, classes, absent) for k, v in content["values"].items()})
    if form == "dict":
        return {_decoded(k, classes, absent): _decoded(v, classes, absent) for k, v in content}
    if form in _SEQUENCES:
        return _SEQUENCES[form](_decoded(v, classes, absent) for v in content)
    raise StorageError("The hyperparameters in the file are damaged.", received=short(value))


_SEQUENCES: Mapping[str, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset}
