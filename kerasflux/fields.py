"""Fields: what a record knows about each of its hyperparameters, said once; and how names match.

A field owns the type (the annotation), the default, the allowed values, the conversion, whether a
change continues training, and half a line of text. Names match in British and American spelling.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from kerasflux.allowed import OneOf, Unfit, conform, describe, literals, plain, short
from kerasflux.errors import (
    BuilderNotFound,
    HyperparameterError,
    KerasfluxError,
    UnknownHyperparameter,
)
from kerasflux.structure import copied
from scitypes.errors import nearest

MISSING: Any = dataclasses.MISSING


class Field:
    """What a record knows about one of its hyperparameters.

    Attributes:
        name: its name.
        default: its default as it was written; `MISSING` if it has none or makes one by `factory`.
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
        self.name, self.module, self.annotation = "", "", Any
        self.default, self.factory = default, factory
        self.allowed = allowed if allowed is None or hasattr(allowed, "check") else OneOf(*allowed)
        self.continues, self.convert, self.doc = continues, convert, doc

    def bound(self, owner: type, name: str, annotation: Any) -> Field:
        """This field as one of a class."""
        new = copy.copy(self)
        new.name, new.module, new.annotation = name, owner.__module__, annotation
        return new

    def with_default(self, default: Any) -> Field:
        """This field with another default."""
        new = copy.copy(self)
        new.default, new.factory = default, None
        return new

    @cached_property
    def kind(self) -> Any:
        """The annotation resolved; `Any` where it names what can't be found from the module."""
        if not isinstance(self.annotation, str):
            return self.annotation
        module = sys.modules.get(self.module)
        try:
            return eval(self.annotation, dict(vars(module)) if module else {})
        except Exception:  # whatever an annotation that nobody meant to evaluate may raise
            return Any

    @property
    def required(self) -> bool:
        """Whether construction needs a value."""
        return self.default is MISSING and self.factory is None

    @property
    def expected(self) -> str:
        """What the field takes, in words."""
        kind = "" if self.kind is Any else describe(self.kind)
        return ", ".join(filter(None, [kind, str(self.allowed) if self.allowed else ""]))

    def fresh(self) -> Any:
        """The default for a new instance, never shared with another one."""
        return self.factory() if self.factory is not None else copied(self.default)

    def stored(self, value: Any, owner: str) -> Any:
        """A value as a record keeps it: converted, then judged by annotation and constraint."""
        if isinstance(value, Absent):
            return value
        converted = self._converted(plain(value), owner)
        if converted is None and self.default is None:  # `size: int = None`, as many write it
            return None
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
            raise self._error(value, owner, str(error).rstrip(".")) from error

    def _error(self, value: Any, owner: str, problem: str = "") -> HyperparameterError:
        reason = f": {problem}" if problem else ""
        return HyperparameterError(
            f"`{self.name}` of {owner} can't be {short(value)}{reason}.",
            expected=self.expected,
            received=f"{short(value)}, of type {type(value).__name__}",
            remedy=self._hint(value),
            name=self.name,
            value=value,
        )

    def _hint(self, value: Any) -> str:
        near = nearest(value, self._words()) if isinstance(value, str) else ""
        return near or self._tuple_of(value) or self._default_hint()

    def _words(self) -> list[str]:
        """The strings that the field takes, where they are listed."""
        listed = self.allowed.values if isinstance(self.allowed, OneOf) else literals(self.kind)
        return [v for v in listed if isinstance(v, str)]

    def _tuple_of(self, value: Any) -> str:
        if isinstance(value, (tuple, list)) or self.kind is Any:
            return ""
        try:
            conform((value,), self.kind)
        except Unfit:
            return ""
        return f"write `{self.name}=({short(value)},)`, a tuple of one"

    def _default_hint(self) -> str:
        return "" if self.required else f"the default is {short(self.fresh())}"


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
        default: the default, copied for each instance; a value is required where neither it nor
            `factory` is given.
        factory: makes a default for each instance.
        allowed: the values allowed: a constraint (`AtLeast(0)`, `Positive()`, `Between(0, 1)`,
            `OneOf("a", "b")`, or any object with `check(value) -> str | None`), or a collection.
        continues: a change of it does not make training start from scratch.
        convert: applied to each value before it is judged.
        doc: half a line on what it does.

    >>> from kerasflux.allowed import Between
    >>> from kerasflux.hyperparameters import Hyperparameters
    >>> class Fade(Hyperparameters):
    ...     rate: float = field(0.1, allowed=Between(0, 1), doc="what is lost per step")
    >>> Fade(rate=1.5)
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: `rate` of Fade can't be 1.5: 1.5 is not between 0 and 1.
      expected: float, between 0 and 1
      received: 1.5, of type float
      to do: the default is 0.1
    """
    return Field(
        default, factory=factory, allowed=allowed, continues=continues, convert=convert, doc=doc
    )


class Absent:
    """Stands for a record that was read from a file without its class being given.

    It equals itself, prints and is written again as what it was; anything else needs the class.

    Attributes (with an underscore in front, as every other name raises):
        _name: the name of the class.
        _record: the JSON form that was read.
        _values: the hyperparameters in it, to be shown.

    Raises:
        BuilderNotFound: at the use, or the assignment, of any attribute or method.
    """

    def __init__(self, name: str, record: dict[str, Any], values: Mapping[str, Any]) -> None:
        self.__dict__.update(_name=name, _record=record, _values=dict(values))

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        raise class_not_given(self._name)

    def __setattr__(self, attribute: str, value: Any) -> None:
        raise class_not_given(self._name)

    def __delattr__(self, attribute: str) -> None:
        raise class_not_given(self._name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Absent) and self._record == other._record

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={short(value)}" for name, value in self._values.items())
        return f"<{self._name}({told}), whose class was not given>"


def class_not_given(name: str) -> BuilderNotFound:
    """The error for a class that a file names and nobody gave."""
    return BuilderNotFound(
        f"The class `{name}` was not given, so nothing can be built from it.",
        expected=f"the class `{name}` among those given",
        received="only its name, in the file",
        remedy=f"kf.load(path, builders=[{name}])",
        name=name,
    )


def spelling(name: str) -> str:
    """A form that the British and American spellings of a name share.

    >>> spelling("optimizer") == spelling("optimiser"), spelling("lambda") == spelling("lambda_")
    (True, True)
    """
    british = name.rstrip("_").replace("iz", "is").replace("yz", "ys").replace("center", "centre")
    return british.replace("color", "colour").replace("behavior", "behaviour")


_FOREIGN: Mapping[str, str] = {
    **dict.fromkeys(("random_state", "seed", "random_seed"), "rng"),
    **dict.fromkeys(("lr", "learning_rate_init", "eta"), "learning_rate"),
    **dict.fromkeys(("hidden_layer_sizes", "hidden_sizes", "layers", "units"), "hidden"),
    **dict.fromkeys(("max_iter", "n_epochs", "num_epochs", "nb_epoch", "max_epochs"), "epochs"),
    **dict.fromkeys(("dropout_rate", "dropout_p"), "dropout"),
    **dict.fromkeys(("solver", "opt"), "optimiser"),
    **dict.fromkeys(("criterion", "objective"), "loss"),
    **dict.fromkeys(("batchsize", "bs", "mini_batch_size"), "batch_size"),
    **dict.fromkeys(("module", "model", "network", "build_fn"), "builder"),
    "device": "acceleration",
    **dict.fromkeys(("learning_rate", "initial_learning_rate", "base_lr", "max_lr"), "peak"),
    **dict.fromkeys(("end_learning_rate", "min_lr", "eta_min"), "final"),
    **dict.fromkeys(("decay_steps", "total_steps", "total_iters", "T_max"), "epochs"),
    **dict.fromkeys(("first_decay_steps", "T_0"), "cycle"),
    **dict.fromkeys(("t_mul", "T_mult"), "stretch"),
    **dict.fromkeys(("decay_rate", "gamma"), "factor"),
    **dict.fromkeys(("milestones", "boundaries"), "rates"),
    "m_mul": "shrink",
    "step_size": "every",
    "num_warmup_steps": "warmup",
}
_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("verbose", "verbosity"), "how much is printed: mach.fit(verbosity=0)"),
    "validation_split": "rows to measure a loss on: mach.fit(validation=rows)",
    "validation_data": "rows to measure a loss on: mach.fit(validation=(X, y))",
    "callbacks": "a function of each epoch's row of the history: mach.fit(on_epoch=f)",
    "metrics": "measures: mach.evaluate(measure=[...])",
    "sample_weight": "weights: kf.machine(model, X, y, sample_weight=w)",
}


def offered(name: str, known: Sequence[str]) -> str:
    """A phrase that offers the dotted paths that a name may mean, or `""`.

    Args:
        name: a name or path that is not known.
        known: the paths that are.

    >>> offered("lr", ["epochs", "optimiser.learning_rate"])
    "did you mean 'optimiser.learning_rate'?"
    >>> offered("seed", ["epochs", "rng"])
    "did you mean 'rng'?"
    >>> offered("epoch", ["epochs", "rng"])
    "did you mean 'epochs'?"
    """
    last = name.split(".")[-1]
    if last in _ELSEWHERE:
        return f"said elsewhere: {_ELSEWHERE[last]}"
    meant = {spelling(last), spelling(_FOREIGN.get(last, last))}
    found = [path for path in known if spelling(path.split(".")[-1]) in meant]
    if found:
        return f"did you mean {' or '.join(map(repr, found))}?"
    return nearest(name, known) or _nearest_within(last, known)


def _nearest_within(name: str, known: Sequence[str]) -> str:
    """The paths whose last names are closest to a name."""
    tails = {path.split(".")[-1]: path for path in reversed(known)}
    close = difflib.get_close_matches(name, tails, n=2)
    return f"did you mean {' or '.join(repr(tails[t]) for t in close)}?" if close else ""


def canonical(
    fields: Mapping[str, Field],
    name: str,
    owner: str,
    known: Callable[[], Sequence[str]] | None = None,
) -> str:
    """The field that a name means in any spelling.

    Args:
        fields: the fields by name.
        name: a name.
        owner: whose fields they are.
        known: gives the dotted paths to offer where the name means none; by default the fields.

    Raises:
        UnknownHyperparameter: it means none, with the nearest one.
    """
    if name in fields:
        return name
    spelt = {spelling(known): known for known in fields}.get(spelling(name))
    if spelt is not None:
        return spelt
    raise UnknownHyperparameter(
        f"{owner} has no hyperparameter `{name}`.",
        expected=f"one of {', '.join(fields)}" if fields else "no hyperparameters",
        received=name,
        remedy=offered(name, list(fields) if known is None else known()),
        name=name,
    )
