"""What a builder's network has to be, checked once when it is built.

One input of the data's shape, one output `(n_rows, n_out)`, no final softmax or sigmoid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.builders.base import call
from kerasflux.errors import BuilderError

if TYPE_CHECKING:
    import keras

FINAL = ("softmax", "sigmoid", "log_softmax")
PASSING = ("Flatten", "Reshape", "Identity", "Dropout")
"""Layers that leave it to the one before them what the last activation is."""


def checked_build(
    builder: Any,
    *,
    n_in: int | tuple[int, int],
    n_out: int,
    n_channels: int | None = None,
    rng: np.random.Generator | None = None,
) -> keras.Model:
    """Build a network and check that the data goes in, `n_out` logits come out.

    Args:
        builder: a `Builder`, or any object with `build`.
        n_in: the number of inputs of a table, or `(height, width)`.
        n_out: the number of outputs.
        n_channels: channels of images; None for tables.
        rng: for builders that ask for it.

    Raises:
        BuilderError: no Keras model, several inputs or outputs, a wrong shape, a final softmax.
    """
    given: dict[str, Any] = {"n_in": n_in, "n_out": n_out, "n_channels": n_channels}
    shape = (n_in,) if isinstance(n_in, int) else (*n_in, n_channels or 1)
    try:
        network = call(builder, **given, rng=rng)
        _require_model(network, builder)
        _build_if_needed(network, shape)
    except BuilderError:
        raise
    except Exception as error:
        error.add_note(f"while building the network of {builder!r} for {given}")
        raise
    _require_single(network, builder)
    _require_input(network, builder, shape)
    _require_output(network, builder, n_out)
    _require_logits(network, builder)
    _require_no_probabilities(network, builder, n_out)
    return network


def _require_model(network: Any, builder: Any) -> None:
    import keras

    if isinstance(network, keras.Model):
        return
    remedies = {
        type(None): "End `build` with `return`.",
        list: "Return keras.Sequential(layers).",
        tuple: "Return keras.Sequential(layers).",
    }
    layer = isinstance(network, keras.Layer)
    raise BuilderError(
        f"{_name(builder)} gives no network.",
        expected="a keras.Sequential, or a keras.Model with one input and one output",
        received=f"{type(network).__name__}",
        remedy="Return keras.Sequential([layer])." if layer else remedies.get(type(network), ""),
    )


def _build_if_needed(network: keras.Model, shape: tuple[Any, ...]) -> None:
    """Give a network without an `Input` one of the data's shape."""
    import keras

    if isinstance(network, keras.Sequential) and not network.built:
        network.build((None, *shape))
    elif not getattr(network, "inputs", None):
        network(keras.Input(shape))


def _require_single(network: keras.Model, builder: Any) -> None:
    for kind in ("inputs", "outputs"):
        count = len(getattr(network, kind, None) or [None])
        if count != 1:
            raise BuilderError(
                f"The network of {_name(builder)} has {count} {kind}.",
                expected="one input and one output",
                received=f"{count} {kind}: {[tuple(t.shape) for t in getattr(network, kind)]}",
                remedy="Split or join columns within the network.",
            )


def _require_input(network: keras.Model, builder: Any, shape: tuple[Any, ...]) -> None:
    inputs = getattr(network, "inputs", None)
    if not inputs:
        return
    found = tuple(inputs[0].shape[1:])
    fits = len(found) == len(shape) and all(
        f in (None, s) for f, s in zip(found, shape, strict=True)
    )
    if not fits:
        raise BuilderError(
            f"The network of {_name(builder)} takes other inputs than the data has.",
            expected=f"input shape {('n_rows', *shape)}".replace("'", ""),
            received=f"input shape {('n_rows', *found)}".replace("'", ""),
            remedy="Make the keras.Input of `n_in`, or leave it out.",
        )
    dtype = str(getattr(inputs[0].dtype, "name", inputs[0].dtype))
    if not dtype.startswith(("float", "bfloat")):
        raise BuilderError(
            f"The network of {_name(builder)} takes inputs of dtype {dtype}, which would cut off "
            "the fractions of scaled numbers.",
            expected="float32: scaled numbers, embeddings of categories, or pixels in [0, 1]",
            received=f"an input of dtype {dtype}",
            remedy="Leave `dtype` out of keras.Input. Columns that are categories are embedded "
            "before the network: coerce them to Multiclass.",
        )


def _require_output(network: keras.Model, builder: Any, n_out: int) -> None:
    found = tuple(_output(network).shape[1:])
    if found == (n_out,):
        return
    last = last_layer(network)
    raise BuilderError(
        f"The network of {_name(builder)} gives outputs of a wrong shape.",
        expected=f"output shape (n_rows, {n_out})",
        received=f"output shape {('n_rows', *found)}".replace("'", "")
        + f", from the last layer {last.name!r} ({type(last).__name__})",
        remedy=_shape_remedy(found, n_out),
    )


def _shape_remedy(found: tuple[int | None, ...], n_out: int) -> str:
    if len(found) > 1:
        return f"Flatten before a last keras.layers.Dense(n_out), here Dense({n_out})."
    return f"End with keras.layers.Dense(n_out), here Dense({n_out})."


def _require_logits(network: keras.Model, builder: Any) -> None:
    last = last_layer(network)
    activation = final_activation(last)
    if activation in FINAL:
        told = f"ends with {activation!r}, in its layer {last.name!r} ({type(last).__name__})"
        raise _final(told, activation, builder)


def _require_no_probabilities(network: keras.Model, builder: Any, n_out: int) -> None:
    """Refuse a softmax that is no layer of Keras', such as `keras.ops.softmax`.

    What the last operation is may not tell; outputs of random inputs that are all positive and sum
    to one do.
    """
    last = _last_operation(network)
    if type(last).__module__.startswith(("keras.src.layers", "keras.src.models")):
        return
    name = type(last).__name__
    if name in ("Softmax", "LogSoftmax", "Sigmoid"):
        raise _final(f"gives what keras.ops.{name.lower()} returns", name.lower(), builder)
    if n_out > 1 and _sums_to_one(network):
        told = "gives outputs that are positive and sum to one for random inputs"
        raise _final(told, "softmax", builder)


def _final(told: str, name: str, builder: Any) -> BuilderError:
    return BuilderError(
        f"The network of {_name(builder)} {told}.",
        expected="logits: the model applies its own `finaliser` to what the network gives",
        received=f"a final {name}",
        remedy=f"Leave the {name} out.",
    )


def _last_operation(network: Any) -> Any:
    """The layer or function that an output comes from, within networks in networks."""
    history = getattr(_output(network), "_keras_history", None)
    last = getattr(history, "operation", network)
    return _last_operation(last) if last is not network and hasattr(last, "outputs") else last


def _sums_to_one(network: keras.Model) -> bool:
    shape = tuple(size or 1 for size in network.inputs[0].shape[1:])
    draws = np.random.default_rng(0).normal(size=(4, *shape)).astype("float32")
    counters = [v for v in network.variables if "int" in str(v.dtype)]
    before = [np.asarray(v) for v in counters]
    found = np.asarray(network(draws, training=False), dtype="float64")
    for variable, value in zip(counters, before, strict=True):
        variable.assign(value)
    return bool((found >= 0).all() and np.allclose(found.sum(axis=-1), 1, atol=1e-4))


def last_layer(network: Any) -> Any:
    """The layer that decides what comes out: the last one that does more than reshape."""
    layers = [x for x in getattr(network, "layers", []) if type(x).__name__ not in PASSING]
    return last_layer(layers[-1]) if layers else network


def final_activation(layer: Any) -> str:
    """The name of a layer's activation, "" if it has none."""
    if type(layer).__name__ in ("Softmax", "LogSoftmax"):
        return "softmax"
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", "") or getattr(activation, "name", "")


def _output(network: keras.Model) -> Any:
    outputs = getattr(network, "outputs", None)
    if outputs:
        return outputs[0]
    raise BuilderError(
        "A subclass of keras.Model does not show its output's shape.",
        expected="a keras.Sequential or a functional keras.Model",
        received=type(network).__name__,
        remedy="Return a functional one, keras.Model(inputs, outputs), or a keras.Sequential; a "
        "keras.Layer of your own may be a part of either.",
    )


def _name(builder: Any) -> str:
    return type(builder).__name__
