"""Whole networks: a builder's network behind entity embeddings, and their configurations.

A network here gives logits; its inputs are numbers `(n,)` float32, codes `(c,)` int32 where there
are categories, or images. It is made of stock Keras layers around what the builder made, so that
its configuration, kept with what was learned, makes it again without the builder.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kerasflux.allowed import short
from kerasflux.builders.base import recipe as builder_key
from kerasflux.builders.check import checked_build
from kerasflux.errors import BuilderNotFound
from kerasflux.hyperparameters import copied
from kerasflux.neural.encoding import Categories, Encoding, ImageEncoding
from kerasflux.training import compat
from kerasflux.training.identity import Same

if TYPE_CHECKING:
    import keras

Make = Callable[[], "keras.Model"]

EMBEDDING_RANGE = 0.05
"""Embeddings start uniformly distributed between plus and minus this."""


@dataclass(frozen=True)
class Place:
    """Where a column's embedding is: rows from `start` to `stop` of a variable of the network."""

    variable: int
    start: int
    stop: int

    def of(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """The embedding among the network's variables, a view of `(levels, size)`."""
        return values[self.variable][self.start : self.stop]


@dataclass(frozen=True, eq=False)
class Recipe:
    """How a network is made, and what tells it apart from others.

    Attributes:
        make: makes the network; called as often as needed.
        key: equal for recipes whose networks are the same.
        unchanged: whether `make` still makes that network: a builder's class may be changed.
    """

    make: Make
    key: Hashable
    unchanged: Callable[[], bool] = lambda: True


def recipe(
    builder: Any,
    encoding: Encoding | ImageEncoding,
    n_out: int,
    seed: int,
    precision: str = "float32",
) -> Recipe:
    """The recipe of a builder's network for data of some shape.

    Args:
        builder: is copied: later changes of it don't reach the recipe.
        encoding: says what the network's inputs are.
        n_out: the number of outputs.
        seed: of the generator that a builder whose `build` names `rng` is given.
        precision: Keras' name of what layers compute in that are given no `dtype`.
    """
    builder = copied(builder)
    shape: dict[str, Any] = {"n_in": encoding.n_in, "n_out": n_out}
    shape["n_channels"] = encoding.shape[2] if isinstance(encoding, ImageEncoding) else None

    def make() -> keras.Model:
        with compat.dtype_policy(precision):
            inner = checked_build(builder, **shape, rng=np.random.default_rng(seed))
            return inner if isinstance(encoding, ImageEncoding) else _embedded(inner, encoding)

    def known() -> Hashable | None:
        return builder_key(builder, **shape, seed=seed)

    key = known()
    if key is None:  # what the builder keeps can't be seen: share within this recipe alone
        return Recipe(make, Same(make))
    return Recipe(make, (key, _embeddings(encoding), precision), lambda: known() == key)


def recipe_of(config: Mapping[str, Any], given: Mapping[str, Any] = MappingProxyType({})) -> Recipe:
    """The recipe of a network with a known configuration; needs no builder.

    Args:
        config: what `config_of` gave.
        given: classes and functions of the user's in it, by name.
    """
    objects = tuple((name, Same(thing)) for name, thing in sorted(given.items()))
    key = ("config", json.dumps(config, sort_keys=True), objects)
    return Recipe(lambda: from_config(config, given), key)


def kept(recipe: Recipe, instead: Make) -> Recipe:
    """A recipe that makes its network otherwise once its builder would make a different one."""

    def make() -> keras.Model:
        if recipe.unchanged():
            return recipe.make()
        try:
            return instead()
        except BuilderNotFound:  # a class of the user's, which only the builder knows
            return recipe.make()

    return Recipe(make, recipe.key)


def config_of(network: keras.Model) -> dict[str, Any] | None:
    """A network's configuration as JSON-able values; None where its layers have none."""
    import keras

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*`lambda`")  # told at saving, with what to do
            config = json.dumps(keras.saving.serialize_keras_object(network))
        return dict(json.loads(config))
    except (NotImplementedError, OSError, TypeError, ValueError):  # OSError: a lambda of no file
        return None


def difference_of(old: Any, new: Any, path: str = "") -> str:
    """The first difference of two configurations in words, or `""`; keys of one alone don't count.

    >>> difference_of({"layers": [{"rate": 0.5}]}, {"layers": [{"rate": 0.3, "seed": 1}]})
    'layers.0.rate 0.5 -> 0.3'
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        pairs = [(old[key], new[key], _inner(path, key)) for key in old if key in new]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(a, b, _inner(path, k)) for k, (a, b) in enumerate(zip(old, new, strict=True))]
    elif isinstance(old, list) and isinstance(new, list):
        return f"{len(old)} -> {len(new)} {path or 'parts'}"
    else:
        return "" if old == new else f"{path} {short(old)} -> {short(new)}"
    return next((told for a, b, at in pairs if (told := difference_of(a, b, at))), "")


def _inner(path: str, key: object) -> str:
    """The path of a part, without the word that every part of a configuration has."""
    return path if key == "config" else f"{path}.{key}".lstrip(".")


def unregistered(config: Any) -> list[str]:
    """The classes and functions in a configuration that Keras can find nowhere by itself."""
    if isinstance(config, (list, tuple)):
        return sorted({name for part in config for name in unregistered(part)})
    if not isinstance(config, Mapping):
        return []
    inner = {name for part in config.values() for name in unregistered(part)}
    return sorted(inner | _own_name(config))


def _own_name(config: Mapping[str, Any]) -> set[str]:
    """The name of what a configuration is of, if that is of the user's and not registered."""
    name, registered = config.get("class_name"), config.get("registered_name")
    if registered is None or str(config.get("module")).split(".")[0] == "keras":
        return set()
    known_as = str(config["config"] if name == "function" else registered)
    return set() if ">" in known_as else {str(config["config"] if name == "function" else name)}


def lambdas(config: Any, layer: tuple[str, str] = ("", ""), argument: str = "") -> list[Lambda]:
    """The lambdas in a configuration, in order, each with the layer that holds it."""
    if isinstance(config, (list, tuple)):
        return [found for part in config for found in lambdas(part, layer, argument)]
    if not isinstance(config, Mapping):
        return []
    if config.get("class_name") == "__lambda__" or _is_bytecode(config):
        return [Lambda(*layer, argument)]
    inner = config.get("config")
    if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
        layer = (inner["name"], str(config.get("class_name")))
    parts = [(key, part) for key, part in config.items() if isinstance(part, (Mapping, list))]
    return [f for key, part in parts for f in lambdas(part, layer, _argument(key, argument))]


def _is_bytecode(config: Mapping[str, Any]) -> bool:
    """Whether this is what Keras writes of a lambda as an activation: its code, and no more."""
    match config:
        case {"value": [str(code), defaults, closure]} if len(config) == 1:
            return code.endswith("\n") and {type(defaults), type(closure)} <= {list, type(None)}
    return False


def _argument(key: str, outer: str) -> str:
    return outer if key in ("config", "layers") else key


class Lambda(NamedTuple):
    """A lambda in a network's configuration: the layer's name and class, and the argument."""

    layer: str
    kind: str
    argument: str

    def __str__(self) -> str:
        return f"`{self.argument}` of the layer {self.layer!r} ({self.kind})"


def unserialisable(network: keras.Model) -> list[keras.Layer]:
    """The innermost layers of a network that Keras can't write as a configuration."""
    failing = [layer for layer in compat.layers_of(network) if config_of(layer) is None]
    ids = {id(layer) for layer in failing}
    return [
        layer
        for layer in failing
        if not any(id(part) in ids for part in compat.layers_of(layer) if part is not layer)
    ]


def from_config(
    config: Mapping[str, Any], given: Mapping[str, Any] = MappingProxyType({})
) -> keras.Model:
    """The network of a configuration.

    Args:
        config: what `config_of` gave.
        given: classes and functions of the user's in it, by name.

    Raises:
        BuilderNotFound: a layer of the user's is not known in this process.
    """
    keras = compat.keras_on_tensorflow()
    try:
        return keras.saving.deserialize_keras_object(copy.deepcopy(dict(config)), dict(given))
    except (TypeError, ValueError, ImportError) as error:
        raise _unknown(sorted(set(unregistered(config)) - given.keys()), error) from error


def _unknown(names: list[str], error: Exception) -> BuilderNotFound:
    told = ", ".join(names)
    return BuilderNotFound(
        f"The network can't be made from its configuration: {told or 'a part of it'} "
        f"{'are' if len(names) > 1 else 'is'} not known here.",
        expected="Keras' own layers, and the classes and functions of yours that it is made of",
        received=told or str(error).splitlines()[0],
        remedy=f"kf.load(path, builders=[{told or '...'}]); or register with "
        "`keras.saving.register_keras_serializable` what the network needs, before saving, and "
        "import its module before loading.",
        names=names,
    )


def embedding_places(network: keras.Model, encoding: Encoding | ImageEncoding) -> tuple[Place, ...]:
    """Where the embedding of each categorical column is among the network's variables."""
    if isinstance(encoding, ImageEncoding):
        return ()
    positions = {id(variable): k for k, variable in enumerate(network.variables)}
    places = {}
    for group in _groups(encoding.categories):
        variable = positions[id(network.get_layer(group.name).embeddings)]
        for column, start, rows in zip(group.columns, group.starts, group.rows, strict=True):
            places[column] = Place(variable, start, start + rows)
    return tuple(places[column] for column in range(len(places)))


def with_values(make: Make, values: tuple[np.ndarray, ...]) -> keras.Model:
    """A network of its own with these variables, by position."""
    with compat.build_scope(0):
        network = make()
    for variable, value in zip(network.variables, values, strict=True):
        variable.assign(value)
    compat.settle(network)
    return network


def finalised(network: keras.Model, finish: Callable[[Any], Any], name: str) -> keras.Model:
    """A network followed by what makes predictions of its outputs; shares its variables."""
    import keras

    inputs = network.inputs if len(network.inputs) > 1 else network.inputs[0]
    if len(network.inputs) > 1:
        inputs = dict(zip(("numbers", "codes"), network.inputs, strict=True))
    return keras.Model(inputs, finish(network.outputs[0]), name=name)


def _embeddings(encoding: Encoding | ImageEncoding) -> tuple[tuple[int, ...], ...]:
    """What the embedding part of a network depends on: rows and sizes."""
    if isinstance(encoding, ImageEncoding):
        return ()
    rows = tuple(len(shown) for shown in encoding.categories.shown)
    return (rows, encoding.categories.dims, (encoding.numbers.size,))


@dataclass(frozen=True)
class _Group:
    """Categorical columns whose embeddings have the same size: the rows of one table.

    Forty columns with a table each would take three times as long to train.
    """

    size: int
    columns: tuple[int, ...]
    rows: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"embeddings_of_size_{self.size}"

    @property
    def starts(self) -> tuple[int, ...]:
        """Where each column's rows begin in the table."""
        return tuple(accumulate((0, *self.rows[:-1])))


def _groups(categories: Categories) -> list[_Group]:
    groups = []
    for size in sorted(set(categories.dims)):
        columns = tuple(i for i, dim in enumerate(categories.dims) if dim == size)
        groups.append(_Group(size, columns, tuple(len(categories.shown[i]) for i in columns)))
    return groups


def _embedded(inner: keras.Model, encoding: Encoding) -> keras.Model:
    """A network behind embeddings of codes, joined to the numbers; as it is without codes."""
    import keras

    categories = encoding.categories
    if not categories.names:
        return inner
    codes = keras.Input((len(categories.names),), dtype="int32", name="codes")
    inputs, parts = [codes], []
    if encoding.numbers.size:
        numbers = keras.Input((encoding.numbers.size,), name="numbers")
        inputs, parts = [numbers, codes], [numbers]
    parts += [_embed(group, codes) for group in _groups(categories)]
    joined = keras.layers.Concatenate(name="joined")(parts) if len(parts) > 1 else parts[0]
    return keras.Model(inputs, inner(joined), name="network")


def _embed(group: _Group, codes: Any) -> Any:
    import keras

    start = keras.initializers.RandomUniform(-EMBEDDING_RANGE, EMBEDDING_RANGE)
    table = keras.layers.Embedding(sum(group.rows), group.size, start, name=group.name)
    chosen = keras.ops.take(codes, np.array(group.columns, np.int32), axis=1)
    places = chosen + np.array(group.starts, np.int32)
    return keras.layers.Flatten(name=f"{group.name}_joined")(table(places))
