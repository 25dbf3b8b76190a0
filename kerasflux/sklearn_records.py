"""Estimators of scikit-learn as records of their constructor arguments, and back.

A record can be copied, compared, printed, written as JSON and changed by dotted path; what scikit-
learn itself has for that (`get_params`, `clone`) it has for its own objects only. Each class of
estimators gets a class of records, made when it is first met: a field per constructor argument,
estimators within estimators being records within records. Named parts (`steps` of a pipeline,
`transformers` of a `ColumnTransformer`) are records with a field per name, so that the paths are
`steps.scale.with_mean` and `transformers.town.transformer.drop`.

A file names the class of an estimator. Reading it imports modules of scikit-learn only; other
classes have to be given.
"""

from __future__ import annotations

import copy
import inspect
from functools import cache
from importlib import import_module
from textwrap import indent
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from kerasflux.allowed import source
from kerasflux.errors import HyperparameterError
from kerasflux.fields import MISSING, Absent, class_not_given, field
from kerasflux.hyperparameters import Hyperparameters
from kerasflux.structure import Record, copied, values


class EstimatorRecord(Hyperparameters):
    """The constructor arguments of an estimator; the base of a class for each of its classes."""

    _of: ClassVar[Any] = None

    @classmethod
    def _having(cls, names: tuple[str, ...]) -> type[Record]:
        """The class of records with the arguments that there were when a file was written."""
        return record_class(cls._of, names)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (EstimatorRecord, type(self)._of, dict(values(self)))


class Parts(Hyperparameters):
    """Named parts of an estimator; the base of a class for each tuple of names."""

    @classmethod
    def _having(cls, names: tuple[str, ...]) -> type[Record]:
        return _parts_class(names)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (Parts, None, dict(values(self)))

    def _one_line(self) -> str:
        return f"[{', '.join(f'({name!r}, {source(part)})' for name, part in values(self))}]"

    def __repr__(self) -> str:
        if len(line := self._one_line()) <= 100:
            return line
        parts = [f"({name!r}, {part!r})," for name, part in values(self)]
        return f"[\n{indent(chr(10).join(parts), '    ')}\n]"


COMPUTING = ("sklearn.feature_selection.", "sklearn.metrics.", "sklearn.cluster.")
"""Parts of scikit-learn whose functions only compute, so that files may name them."""


class Function(Hyperparameters):
    """A function that an estimator has as an argument, by its name.

    Functions of scikit-learn's parts that compute, and NumPy's of array elements (`numpy:log1p`).
    """

    path: str

    def _one_line(self) -> str:
        return self.path.rpartition(":")[2]

    def __repr__(self) -> str:
        return self._one_line()


class Selected(Hyperparameters):
    """A part of a `ColumnTransformer`: a transformer and the columns that it is given."""

    transformer: Any
    columns: Any

    def _one_line(self) -> str:
        return f"{source(self.transformer)}, {source(self.columns)}"

    def __repr__(self) -> str:
        return f"{self.transformer!r}, {source(self.columns)}"


def is_estimator(value: Any) -> bool:
    """Whether a value can be recorded: it tells its constructor arguments, and is no class.

    >>> is_estimator(3), is_estimator(int)
    (False, False)
    """
    return not isinstance(value, type) and callable(getattr(value, "get_params", None))


def recorded(value: Any) -> Any:
    """An estimator as a record, named parts as a record of records, anything else as it is.

    >>> from sklearn.linear_model import Ridge
    >>> recorded(Ridge(alpha=2.0))
    Ridge(alpha=2.0)
    >>> recorded(Ridge()).alpha
    1.0
    """
    if is_estimator(value) and type(value).__name__ != "FrozenEstimator":  # fitted, to stay so
        given = value.get_params(deep=False)  # in the order of the alphabet
        names = sorted(given, key=list({**_defaults(type(value)), **given}).index)
        return record_class(type(value), tuple(names))(**given)
    if isinstance(value, FunctionType) and f"{value.__module__}.".startswith(COMPUTING):
        return Function(path=f"{value.__module__}:{value.__qualname__}")
    name = value.__name__ or "" if isinstance(value, np.ufunc) else ""
    if name and getattr(np, name, None) is value:
        return Function(path=f"numpy:{name}")
    if _are_parts(value):
        parts = {name: part[0] if len(part) == 1 else _selected(*part) for name, *part in value}
        return _parts_class(tuple(parts))(**parts)
    return copied(value)


def built(value: Any) -> Any:
    """The estimator, or whatever else, that was recorded; made anew at each call.

    >>> from sklearn.linear_model import Ridge
    >>> built(recorded(Ridge(alpha=2.0)))
    Ridge(alpha=2.0)
    """
    if isinstance(value, Absent):
        raise class_not_given(value._name)
    if isinstance(value, EstimatorRecord):
        return type(value)._of(**{name: built(part) for name, part in values(value)})
    if isinstance(value, Function):
        return _function(value.path)
    if isinstance(value, Parts):
        return [(name, *_part(part)) for name, part in values(value)]
    return copy.deepcopy(value)  # what scikit-learn's `clone` does with arguments


def demanded(value: Any) -> Any:
    """An estimator as a record; a record as it is.

    Raises:
        HyperparameterError: it is neither.
    """
    if isinstance(value, EstimatorRecord | Absent):
        return value
    if isinstance(record := recorded(value), EstimatorRecord):
        return record
    kind = isinstance(value, type)
    raise HyperparameterError(
        "This is no estimator.",
        expected="an estimator of scikit-learn, or one that is made like those",
        received=f"the class {value.__name__}" if kind else f"{value!r:.60}",
        remedy=f"Make an instance: `{value.__name__}()`." if kind else "",
    )


def _part(part: Any) -> tuple[Any, ...]:
    if isinstance(part, Selected):
        return built(part.transformer), copy.deepcopy(part.columns)
    return (built(part),)


def _function(path: str) -> Any:
    module, _, name = path.partition(":")
    ours = module == "numpy" or f"{module}.".startswith(COMPUTING)
    found = _imported(module, name) if ours else None
    if not isinstance(found, np.ufunc if module == "numpy" else FunctionType):
        places = ", ".join(part.rstrip(".") for part in COMPUTING)
        raise HyperparameterError(
            f"There is no function {path!r}.",
            expected=f"a function of {places}, or one of NumPy's of array elements",
            received=path,
        )
    return found


def _selected(transformer: Any, columns: Any) -> Selected:
    return Selected(transformer=recorded(transformer), columns=columns)


def _are_parts(value: Any) -> bool:
    """Whether a value is a list of named estimators, as compositions of scikit-learn have."""
    if not isinstance(value, list) or not value or not all(type(p) is tuple for p in value):
        return False
    if {len(part) for part in value} not in ({2}, {3}):
        return False
    names = [part[0] for part in value]
    named = all(isinstance(n, str) and n.isidentifier() and n[0] != "_" for n in names)
    return named and len(set(names)) == len(names) and any(is_estimator(p[1]) for p in value)


# classes of records


def record_class(estimator: type, names: tuple[str, ...] | None = None) -> type[EstimatorRecord]:
    """The class of the records of a class of estimators.

    Args:
        estimator: the class.
        names: the constructor arguments; None for those that its signature has.
    """
    return _record_class(estimator, tuple(_defaults(estimator)) if names is None else names)


@cache
def _record_class(estimator: type, names: tuple[str, ...]) -> type[EstimatorRecord]:
    defaults = _defaults(estimator)
    body = {
        "__annotations__": dict.fromkeys(names, Any),
        "__module__": __name__,
        "__qualname__": f"estimators.{estimator.__module__}.{estimator.__qualname__}",
        "__doc__": f"The constructor arguments of `{estimator.__name__}`.",
        "_of": estimator,
        **{name: field(defaults.get(name, MISSING), convert=recorded) for name in names},
    }
    return type(estimator.__name__, (EstimatorRecord,), body)


def _defaults(estimator: type) -> dict[str, Any]:
    """The arguments of a constructor by name, `MISSING` for those that have no default."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(estimator).parameters.values()
    named = [p for p in parameters if p.kind not in kinds]
    return {p.name: MISSING if p.default is p.empty else p.default for p in named}


@cache
def _parts_class(names: tuple[str, ...]) -> type[Parts]:
    body = {
        "__annotations__": dict.fromkeys(names, Any),
        "__module__": __name__,
        **{name: field(convert=recorded) for name in names},
    }
    return type("Parts", (Parts,), body)


def _unpickled(kind: type[Any], of: Any, read: dict[str, Any]) -> Any:
    names = tuple(read)
    return (kind._having(names) if of is None else record_class(of, names))(**read)


class _Estimators:
    """Classes of records by the dotted paths of their estimators, for files and pickles.

    What a file names is looked up here attribute by attribute: modules and estimators of
    scikit-learn, and nothing else.
    """

    def __init__(self, path: str = "") -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or (not self._path and name != "sklearn"):
            raise AttributeError(name)
        path = f"{self._path}.{name}".lstrip(".")
        found = _imported(self._path, name)
        if found is None or inspect.ismodule(found):
            return _Estimators(path)
        if isinstance(found, type) and callable(getattr(found, "get_params", None)):
            return record_class(found)
        raise AttributeError(path)


def _imported(module: str, name: str) -> Any:
    """The attribute of a module, or None where it has none of this name."""
    try:
        return getattr(import_module(module), name, None) if module else None
    except ImportError:
        return None


estimators = _Estimators()
