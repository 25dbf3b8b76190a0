"""Whether a network's configuration tells what it computes, and the key made of it.

Configurations can't tell closures apart: a layer of the user's, or a function as an activation,
initialiser or regulariser, may close over what no configuration shows. So only networks of Keras'
own layers with plain arguments have a key. Names of layers are no part of it; the graph between
them is.
"""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.training import compat
from kerasflux.training.identity import identity

if TYPE_CHECKING:
    import keras

REFERENCES = ("keras_history", "input_layers", "output_layers")
"""Where configurations of functional models name layers."""

HOLDING_FUNCTIONS = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")


def config_key(network: keras.Model) -> Hashable | None:
    """The network's configuration without names, or None where that can't tell networks apart."""
    layers = compat.layers_of(network)
    if not all(map(_stock, layers)):
        return None
    config = _configuration(network)
    casts = [layer.autocast for layer in layers]  # which configurations leave out
    return identity([_nameless(config, {}), casts]) if _plain(config) else None


def _configuration(network: keras.Model) -> Any:
    """The configuration; something that is not plain where functions in it can't be written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of lambdas, which get no key anyway
        try:
            return network.get_config()
        except (NotImplementedError, OSError, TypeError, ValueError):
            return Ellipsis


def _stock(layer: Any) -> bool:
    kind = type(layer)
    if not kind.__module__.startswith("keras.src.") or kind.__name__ in HOLDING_FUNCTIONS:
        return False
    return not any(map(_function_of_the_user, vars(layer).values()))


def _function_of_the_user(value: Any) -> bool:
    """Whether a layer's attribute is a function that Keras did not define, as an activation may be.

    Configurations write such functions in more than one way, lambdas as bytecode without closures.
    """
    function = value.func if isinstance(value, functools.partial) else value
    if not isinstance(function, (types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        return False
    return not str(function.__module__).startswith("keras.")


def _plain(config: Any) -> bool:
    """Whether a configuration holds only numbers, strings and objects of Keras' own."""
    if isinstance(config, Mapping):
        return not _foreign(config) and all(_plain(v) for v in config.values())
    if isinstance(config, (list, tuple)):
        return all(_plain(v) for v in config)
    return config is None or isinstance(config, (bool, int, float, str, np.generic, np.ndarray))


def _foreign(config: Mapping[str, Any]) -> bool:
    """Whether a configuration is that of an object that Keras did not define."""
    if "class_name" not in config:
        return False
    if str(config["class_name"]).startswith("__"):
        return config["class_name"] not in ("__keras_tensor__", "__tensor__", "__numpy__")
    module = config.get("module", "keras")
    return str(module).split(".")[0] != "keras" or config["class_name"] == "function"


def _nameless(config: Any, numbers: dict[str, int]) -> Any:
    """A configuration with the names of layers replaced by numbers, in order of appearance."""
    if isinstance(config, (list, tuple)):
        return [_nameless(v, numbers) for v in config]
    if not isinstance(config, Mapping) or "DTypePolicy" in str(config.get("class_name")):
        return config
    found = {}
    if isinstance(config.get("name"), str):
        found["name"] = _number(config["name"], numbers)
    for key, value in config.items():
        if key in REFERENCES:
            found[key] = _renamed(value, numbers)
        elif key != "name":
            found[key] = _nameless(value, numbers)
    return found


def _renamed(reference: Any, numbers: dict[str, int]) -> Any:
    """A reference to a layer, or a container of them, with numbers for names."""
    if isinstance(reference, Mapping):
        return {_number(k, numbers): _renamed(v, numbers) for k, v in reference.items()}
    if isinstance(reference, (list, tuple)):
        return [_renamed(v, numbers) for v in reference]
    return _number(reference, numbers) if isinstance(reference, str) else reference


def _number(name: str, numbers: dict[str, int]) -> int:
    return numbers.setdefault(name, len(numbers))
