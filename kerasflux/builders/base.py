"""What a builder is: a record of hyperparameters that turns the shape of data into a network.

Who builds, how often, and with which seeds is decided in `kerasflux.training`; what a network has
to be, in `kerasflux.builders.check`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kerasflux.allowed import short
from kerasflux.errors import BuilderError, UnknownHyperparameter
from kerasflux.fields import Field
from kerasflux.hyperparameters import Hyperparameters, copied, field
from kerasflux.training.identity import identity
from scitypes.errors import nearest

GIVEN = ("n_in", "n_out", "n_channels", "rng")
"""What `build` may ask for, by name."""


def _unwritten(self: Builder, **given: Any) -> Any:
    raise BuilderError(
        f"{type(self).__name__} does not say how to build a network.",
        expected="a method `build(self, n_in, n_out)` that returns a keras.Sequential",
        received=f"a class without `build`: {type(self).__name__}",
    )


def _undeclared(self: Builder, name: str, value: Any) -> UnknownHyperparameter:
    kind = type(value).__name__ if isinstance(value, (bool, int, float, str, tuple)) else ""
    declared = f"`{name}: {kind} = {value!r}`" if kind else f"`{name}: int = 3`, say"
    return UnknownHyperparameter(
        f"{type(self).__name__} has no field `{name}` to assign to.",
        expected=f"one of {', '.join(type(self)._fields)}" if self._fields else "no fields",
        received=f"{name} = {short(value)}",
        remedy="within `build`, use a local variable; declare what is a setting in the class body, "
        f"{declared}, in place of an `__init__`",
        name=name,
    )


class Builder(Hyperparameters, positional=True):
    """The base of all builders: subclass it, declare fields, and define `build`.

    `build` is called by keyword with those of these arguments that its signature names:

    - `n_in`: the number of inputs, after embeddings, for tables; `(height, width)` for images;
    - `n_out`: the number of outputs;
    - `n_channels`: 1 for gray, 3 for colour images; None for tables;
    - `rng`: a `numpy.random.Generator` made from the model's seed.

    It returns a `keras.Sequential`, or any `keras.Model` with one input `(n_rows, n_in)` (images:
    `(n_rows, height, width, n_channels)`, float32 in [0, 1]) and one output `(n_rows, n_out)`,
    **without a final softmax or sigmoid**: that is the model's finaliser. `build` may be called at
    any time and should depend on its arguments and fields only. It is called twice with equal
    arguments; weights that come out equal (pretrained, constant, seeded) are kept, those that
    differ are drawn anew with the model's seed.

    >>> class Narrow(Builder):
    ...     width: int = 3
    ...     def build(self, n_in, n_out):
    ...         import keras
    ...         return keras.Sequential([keras.layers.Dense(self.width), keras.layers.Dense(n_out)])
    >>> Narrow(4)
    Narrow(width=4)

    MLJFlux's `MLJFlux.build(builder, rng, n_in, n_out)` takes its arguments by position.
    """

    build: ClassVar[Callable[..., Any]] = _unwritten

    if not TYPE_CHECKING:  # type checkers know the fields

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                super().__setattr__(name, value)
            except UnknownHyperparameter as error:
                if name in vars(type(self)) or nearest(name, type(self)._fields):
                    raise
                raise _undeclared(self, name, value) from error


def asks_for(builder: Any) -> tuple[str, ...]:
    """Which of `n_in`, `n_out`, `n_channels` and `rng` a builder's `build` names.

    Raises:
        BuilderError: `build` needs an argument that nobody gives.
    """
    parameters = inspect.signature(builder.build).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return GIVEN
    strange = [p.name for p in parameters if p.name not in GIVEN and _needed(p)]
    if strange:
        raise BuilderError(
            f"`build` of {type(builder).__name__} asks for {', '.join(map(repr, strange))}.",
            expected=f"arguments out of {', '.join(GIVEN)}",
            received=f"build{inspect.signature(builder.build)}",
            remedy=_renamed(strange) or "Make what belongs to the network a field of the builder.",
        )
    return tuple(p.name for p in parameters if p.name in GIVEN)


_OTHER_NAMES = {
    **dict.fromkeys(("n_input", "n_inputs", "input_dim", "n_features", "input_shape"), "n_in"),
    **dict.fromkeys(("n_output", "n_outputs", "output_dim", "n_classes", "num_classes"), "n_out"),
    **dict.fromkeys(("channels", "n_channel", "num_channels"), "n_channels"),
    **dict.fromkeys(("seed", "generator", "random_state"), "rng"),
}
"""What people call what `build` is given."""


def _renamed(names: list[str]) -> str:
    """How to name arguments that are named otherwise, "" for none."""
    known = [f"{_OTHER_NAMES[n]!r}, not {n!r}" for n in names if n in _OTHER_NAMES]
    return f"name them {'; '.join(known)}" if known else ""


def call(
    builder: Any,
    *,
    n_in: int | tuple[int, int],
    n_out: int,
    n_channels: int | None = None,
    rng: np.random.Generator | None = None,
) -> Any:
    """Call `build` with those arguments that its signature names."""
    given = {"n_in": n_in, "n_out": n_out, "n_channels": n_channels, "rng": rng}
    return builder.build(**{name: given[name] for name in asks_for(builder)})


def recipe(
    builder: Any,
    *,
    n_in: int | tuple[int, int],
    n_out: int,
    n_channels: int | None = None,
    seed: int | None = None,
) -> Hashable | None:
    """What tells a builder's networks apart: a key under which they may be shared.

    The code and the fields of the builder, the shapes, and the seed where `build` names `rng`. None
    for an object that is no `Builder`: what it keeps can't be seen.
    """
    if not isinstance(builder, Builder):
        return None
    seed = seed if "rng" in asks_for(builder) else None
    return (identity(builder), n_in, n_out, n_channels, seed)


def as_builder(value: Any) -> Any:
    """A builder from a builder or from its class: the converter of the hyperparameter.

    A `Builder` is copied, so that two models never share one. An object of another class that has
    `build` is held as it is: what it keeps can't be seen.

    Raises:
        BuilderError: something without `build`.
    """
    if isinstance(value, type) and issubclass(value, Builder):
        return value()
    if isinstance(value, Builder):
        return copied(value)
    if (
        callable(getattr(value, "build", None))
        and not isinstance(value, type)
        and not _keras(value)
    ):
        return value
    function = callable(value) and not isinstance(value, type) and not _keras(value)
    raise BuilderError(
        f"{value!r} is no builder.",
        expected="a kf.Builder, such as kf.MLP((64, 64))",
        received=f"{value!r}, of type {type(value).__name__}",
        remedy="Decorate the function with @kf.builder." if function else _offer(value),
    )


def _offer(value: Any) -> str:
    """The builder that something else may mean: sizes of layers, or the name of one."""
    sizes = [value] if isinstance(value, int) else value
    if isinstance(sizes, (tuple, list)) and all(type(size) is int for size in sizes):
        return f"write builder=kf.MLP({tuple(sizes)!r})"
    if isinstance(value, str):
        calls = {"mlp": "MLP((64, 64))", "linear": "Linear()", "short": "Short()"}
        calls |= {"convnet": "ConvNet()", "dense": "MLP((64, 64))", "cnn": "ConvNet()"}
        return f"write builder=kf.{calls.get(value.lower(), calls['mlp'])}"
    return "Return the network from the `build` method of a kf.Builder."


def builder(function: Callable[..., Any] | None = None) -> Any:
    """Make a builder of a function: a class whose fields are the function's further parameters.

    Decorate with `@builder` or `@builder()`.

    Args:
        function: takes some of `n_in`, `n_out`, `n_channels`, `rng`, and hyperparameters, whose
            defaults and annotations become those of the fields; a default may be a `kf.field(...)`.
            Returns the network.

    Returns:
        a `Builder` class of the function's name. Models take the class (all defaults) or an
        instance.

    Raises:
        BuilderError: no function, or one with `*args` or `**kwargs`.

    >>> @builder
    ... def net(n_in, n_out, width=64):
    ...     import keras
    ...     return keras.Sequential([keras.layers.Dense(width, "relu"), keras.layers.Dense(n_out)])
    >>> net(width=32)
    net(width=32)
    >>> net() == net(width=64)
    True

    MLJFlux's `@builder` macro makes one of an expression, without hyperparameters.
    """
    return builder if function is None else _builder(function)


def _builder(function: Callable[..., Any]) -> type[Builder]:
    parameters = _parameters(function)
    given = [p for p in parameters if p.name in GIVEN]
    own = [p for p in parameters if p.name not in GIVEN]
    names, asked = tuple(p.name for p in own), tuple(p.name for p in given)

    def build(self: Builder, *by_position: Any, **shape: Any) -> Any:
        if by_position:
            raise _by_position(self, by_position, asked)
        return function(**shape, **{name: getattr(self, name) for name in names})

    self_ = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    only = [p.replace(kind=p.KEYWORD_ONLY, default=p.empty) for p in given]
    build.__signature__ = inspect.Signature([self_, *only])  # type: ignore[attr-defined]
    body = {
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
        "__doc__": function.__doc__,
        "__annotations__": {p.name: _annotation(p) for p in own},
        "build": build,
        **{p.name: _default(p) for p in own if p.default is not p.empty},
    }
    return type(function.__name__, (Builder,), body)


def _by_position(builder: Builder, values: tuple[Any, ...], names: tuple[str, ...]) -> BuilderError:
    told = ", ".join(f"{n}={v!r}" for n, v in zip(names, values, strict=False))
    return BuilderError(
        f"`build` of {type(builder).__name__} takes its arguments by name.",
        expected=f"build({', '.join(f'{name}=...' for name in names)})",
        received=f"build({', '.join(map(repr, values))})",
        remedy=f"write build({told})",
    )


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    if not inspect.isfunction(function):
        raise BuilderError(
            "`builder` makes a builder of a function.",
            expected="a function f(n_in, n_out, ...) that returns a network",
            received=f"{function!r}, of type {type(function).__name__}",
        )
    parameters = list(inspect.signature(function).parameters.values())
    open_ended = [p for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if open_ended:
        raise BuilderError(
            f"`{function.__name__}` takes {open_ended[0]}, which can't become hyperparameters.",
            expected="parameters by name",
            received=f"{function.__name__}{inspect.signature(function)}",
        )
    return parameters


def _default(parameter: inspect.Parameter) -> Any:
    """A parameter's default as a field: it may be one, `kf.field(True, continues=True)`."""
    default = parameter.default
    return default if isinstance(default, Field) else field(default)


def _annotation(parameter: inspect.Parameter) -> Any:
    """What a parameter says about its values: its annotation, or the type of a plain default."""
    if parameter.annotation is not parameter.empty:
        return parameter.annotation
    kind = type(_default(parameter).default)
    return kind if kind in (bool, int, float, str, tuple) else Any


def _needed(parameter: inspect.Parameter) -> bool:
    named = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return named and parameter.default is parameter.empty


def _keras(value: Any) -> bool:
    """Whether a value is a layer, whose `build` is another thing."""
    return any(c.__module__.startswith("keras.") for c in type(value).__mro__)
