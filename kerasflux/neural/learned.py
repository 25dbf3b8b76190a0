"""What a neural model has learned: one frozen record, its report, its public face, its file form.

`Learned` is what `Fitted.state` holds for every model of this package: the encoding, the target's
codec, the network's configuration and the training state, all plain arrays and values. Everything
else (reports, parameters to look at, networks to use) is made from it on demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kerasflux.errors import StorageError
from kerasflux.interface import Fitted
from kerasflux.neural.encoding import Categories, Encoding, ImageEncoding, Numbers
from kerasflux.neural.network import (
    Lambda,
    Place,
    Recipe,
    finalised,
    from_config,
    kept,
    lambdas,
    recipe_of,
    unregistered,
    unserialisable,
    with_values,
)
from kerasflux.neural.targets import Classes, Standardised
from kerasflux.training import compat
from kerasflux.training.losses import Objective
from kerasflux.training.state import State
from scitypes.pools import Pool

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Learned:
    """What a neural model has learned.

    Attributes:
        encoding: how inputs become what the network takes.
        target: how the target becomes what the loss sees, and outputs become predictions.
        objective: loss and finaliser.
        network: the network's configuration, as Keras serialises it; None where it can't be.
        embeddings: where the embeddings are among the network's variables.
        training: variables, optimiser slots, seeds, losses.
        seed: the seed that everything random was derived from.
        unit: what a loss is multiplied by to be in the target's units.
        recipe: how the builder makes the network, in the process that it was made in.
        given: classes and functions of the user's in the configuration, as `kf.load` got them.
    """

    encoding: Encoding | ImageEncoding
    target: Standardised | Classes
    objective: Objective
    network: Mapping[str, Any] | None
    embeddings: tuple[Place, ...]
    training: State
    seed: int
    unit: float = 1.0
    recipe: Recipe | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def made_by(self) -> Recipe:
        """How to make the network: as the builder does, or from its configuration.

        Kept: it is asked for at each prediction, and a configuration takes a while to write.
        """
        if self.network is None:
            assert self.recipe is not None  # without a configuration, the recipe is kept
            return self.recipe
        config, given = self.network, self.given
        if self.recipe is None:
            return recipe_of(config, given)
        return kept(self.recipe, lambda: from_config(config, given))

    def __getstate__(self) -> dict[str, Any]:
        """Without the recipe: a function of this process, which the configuration stands in for."""
        state = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.network is None:
            raise _not_serialisable(self)
        state["recipe"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __deepcopy__(self, memo: dict[int, Any]) -> Learned:
        return self  # frozen, and its arrays are never written to


class Parameters:
    """What a neural model's fit has to show: `machine.fitted_params`.

    Attributes:
        encoding: how inputs become what the network takes; `.to_frame()` is a table of it.
        embeddings: by categorical column, a DataFrame with a row per level.
        weights: the network's variables, by position.
        network: a Keras network of its own, finaliser included, that takes `machine.encode(X)`.
    """

    def __init__(self, learned: Learned) -> None:
        self._learned = learned

    @property
    def encoding(self) -> Encoding | ImageEncoding:
        return self._learned.encoding

    @property
    def weights(self) -> tuple[np.ndarray, ...]:
        return tuple(_read_only(a) for a in self._learned.training.network)

    @property
    def embeddings(self) -> dict[str, pd.DataFrame]:
        """By column: a row per level (and one for missing values), a column per dimension."""
        return embedding_frames(self._learned)

    @property
    def network(self) -> keras.Model:
        """A network of stock Keras layers with copied weights; made anew on each access.

        It takes what `machine.encode(X)` gives and returns the finaliser's probabilities, or a
        regressor's outputs in standardised units.
        """
        return finalised_network(self._learned)

    def __dir__(self) -> list[str]:
        return ["embeddings", "encoding", "network", "weights"]

    def __repr__(self) -> str:
        sizes = [a.size for a in self._learned.training.network]
        lines = [
            f"network: {sum(sizes):,} values in {len(sizes)} arrays (.network, .weights)",
            f"encoding: {_summary(self._learned.encoding)} (.encoding)",
        ]
        frames = self.embeddings
        if frames:
            told = ", ".join(f"{name} {len(f)} -> {f.shape[1]}" for name, f in frames.items())
            lines.append(f"embeddings: {told} (.embeddings)")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f'<pre style="color:inherit;background:none">{escape(repr(self))}</pre>'


def fitted(learned: Learned) -> Fitted:
    """What `fit` returns for something learned."""
    return Fitted(state=learned, params=Parameters(learned), report=report(learned))


def report(learned: Learned) -> dict[str, Any]:
    """Losses in the target's units, the history, and what was drawn or chosen."""
    training = learned.training
    standardised = isinstance(learned.target, Standardised) and bool(
        np.any(learned.target.width != 1) or np.any(learned.target.centre != 0)
    )
    several = standardised and learned.target.n_out > 1
    return {
        "training_losses": training.losses * learned.unit,
        "epochs": training.epoch,
        "history": [in_units(row, learned.unit) for row in training.history()],
        "rng": learned.seed,
        "batch_size": training.batch_size,
        "stopped": training.stopped or None,
        "loss_units": "standardised targets" if several else "target",
        "mode": training.mode,
    }


def in_units(row: Mapping[str, Any], unit: float) -> dict[str, Any]:
    """A row of the history with its losses multiplied by a unit."""
    losses = {name: row[name] * unit for name in ("training_loss", "validation_loss")}
    return {**row, **losses}


def embedding_frames(learned: Learned) -> dict[str, pd.DataFrame]:
    """The embeddings of each categorical column, levels as index."""
    if isinstance(learned.encoding, ImageEncoding):
        return {}
    categories, values = learned.encoding.categories, learned.training.network
    columns = zip(categories.names, categories.pools, learned.embeddings, strict=True)
    return {name: _frame(name, pool, place.of(values)) for name, pool, place in columns}


def finalised_network(learned: Learned) -> keras.Model:
    """A network of its own with the learned values, finaliser included."""
    network = with_values(learned.made_by.make, learned.training.network)
    return finalised(network, learned.objective.finalise, "network")


def _frame(name: str, pool: Pool, values: np.ndarray) -> pd.DataFrame:
    missing = ["(missing)"] if len(values) > len(pool.levels) else []
    index = pd.Index([*pool.levels, *missing], name=name)
    return pd.DataFrame(values.copy(), index, [f"{name}_{i + 1}" for i in range(values.shape[1])])


def _read_only(array: np.ndarray) -> np.ndarray:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _summary(encoding: Encoding | ImageEncoding) -> str:
    if isinstance(encoding, ImageEncoding):
        return f"images of {' × '.join(map(str, encoding.shape))}"
    return f"{len(encoding.names)} columns as {encoding.n_in} inputs"


# file form


def refuse_unwritable(learned: Learned) -> None:
    """Refuse a network that `dump` can't write, for example before it is trained."""
    if learned.network is None:
        raise _not_serialisable(learned)
    if found := lambdas(learned.network):
        raise _has_lambdas(found)


def dump(learned: Learned) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What was learned as JSON-able values and named arrays."""
    refuse_unwritable(learned)
    target, arrays = _dump_target(learned.target)
    encoding, more = _dump_encoding(learned.encoding)
    record = {
        "encoding": encoding,
        "target": target,
        "network": dict(learned.network or {}),
        "needs": unregistered(learned.network),
        "embeddings": [[p.variable, p.start, p.stop] for p in learned.embeddings],
        "seed": learned.seed,
        "unit": learned.unit,
    }
    return record, {**arrays, **more, **learned.training.as_mapping()}


def load(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray], objective: Any) -> Learned:
    """What `dump` wrote; `objective` makes the objective of a target's kind.

    `record["given"]` has the classes and functions that the caller gave for those that the network
    `needs`.
    """
    target = _load_target(record["target"], arrays)
    return Learned(
        encoding=_load_encoding(record["encoding"], arrays),
        target=target,
        objective=objective(target),
        network=record["network"],
        embeddings=tuple(Place(*place) for place in record["embeddings"]),
        training=State.from_mapping(arrays),
        seed=record["seed"],
        unit=record["unit"],
        given=record.get("given", {}),
    )


def unknown(learned: Learned) -> set[str]:
    """The classes and functions of the user's that the network needs and that nobody gave."""
    return set(unregistered(learned.network)) - learned.given.keys()


_NUMBERS = tuple(f.name for f in fields(Numbers) if f.name not in ("names", "scaling", "missing"))


def _dump_encoding(encoding: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if isinstance(encoding, ImageEncoding):
        return {"images": list(encoding.shape)}, {}
    numbers, categories = encoding.numbers, encoding.categories
    record = {
        "names": list(encoding.names),
        "matrix": encoding.matrix,
        "numbers": list(numbers.names),
        "scaling": numbers.scaling,
        "missing": numbers.missing,
        "categories": list(categories.names),
        "pools": [pool.to_json() for pool in categories.pools],
        "dims": list(categories.dims),
    }
    arrays = {f"encoding/{name}": getattr(numbers, name) for name in _NUMBERS}
    shown = {f"encoding/shown/{i:03d}": a for i, a in enumerate(categories.shown)}
    return record, {**arrays, **shown}


def _load_encoding(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    if "images" in record:
        return ImageEncoding(tuple(record["images"]))
    missing = record["missing"]
    values = {name: np.asarray(arrays[f"encoding/{name}"]) for name in _NUMBERS}
    names, scaling = tuple(record["numbers"]), record["scaling"]
    numbers = Numbers(names=names, scaling=scaling, missing=missing, **values)
    categories = Categories(
        names=tuple(record["categories"]),
        pools=tuple(map(Pool.from_json, record["pools"])),
        dims=tuple(record["dims"]),
        shown=tuple(arrays[f"encoding/shown/{i:03d}"] for i in range(len(record["dims"]))),
        missing=missing,
    )
    return Encoding(tuple(record["names"]), record["matrix"], numbers, categories)


def _dump_target(target: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if isinstance(target, Classes):
        pool = target.pool.to_json()
        return {"pool": pool, "binary": target.binary, "name": target.name}, {}
    arrays = {"target/centre": target.centre, "target/width": target.width}
    return {"names": list(target.names)}, arrays


def _load_target(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    if "pool" in record:
        return Classes(Pool.from_json(record["pool"]), record["binary"], record["name"])
    centre, width = np.asarray(arrays["target/centre"]), np.asarray(arrays["target/width"])
    return Standardised(tuple(record["names"]), centre, width)


def _has_lambdas(found: list[Lambda]) -> StorageError:
    told = ", ".join(map(str, found))
    return StorageError(
        f"The network can't be written: {told} {'is' if len(found) == 1 else 'are'} a lambda, "
        "which no file can hold.",
        expected="functions that have a name, and layers whose `get_config` says everything",
        received=f"a lambda as {told}",
        remedy="Write it as a function, `def double(x): ...`, in its place, and give that to "
        "`kf.load(path, builders=[double])`; or write a layer of your own.",
        layers=[one.layer for one in found],
    )


def _not_serialisable(learned: Learned) -> StorageError:
    """The error for a network without a configuration, which is built to find the layers."""
    with compat.build_scope(0):
        failing = unserialisable(learned.made_by.make())
    told = ", ".join(f"{layer.name!r} ({type(layer).__name__})" for layer in failing)
    return StorageError(
        f"The network can't be written: Keras makes no configuration of the layer {told}.",
        expected="layers whose `get_config` says everything, and no lambdas",
        received=f"{told or 'a network'} without one that can be written as JSON",
        remedy="Give the layer `get_config` with all arguments of its `__init__`, register it with "
        "`@keras.saving.register_keras_serializable()`, and use named functions.",
        layers=[layer.name for layer in failing],
    )
