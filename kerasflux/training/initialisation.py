"""Initial weights without building: what two builds tell about a network, and its redrawing.

A network is built twice with equal arguments, under different seeds. Variables that come out equal
are kept as built: pretrained, constant, or seeded by whoever wrote the builder. Those that differ
are random draws, and each cold fit draws them anew from their layer's own initialiser, seeded by
(the machine's seed, the variable's position), all in one compiled function; states of seed
generators (dropout) are set likewise. Where a random variable has no initialiser to draw from (its
layer has no attribute `<variable's name>_initializer`, or that gives other values than were built,
as where the builder set weights that it drew itself), every cold fit builds, seeded, instead:
Python's, NumPy's and Keras' global generators are all set. What differs even so can't be a function
of the machine's seed and is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.errors import BuilderError
from kerasflux.training import compat
from kerasflux.training.configurations import config_key
from kerasflux.training.execution import Anatomy, anatomy

if TYPE_CHECKING:
    import keras

Build = Callable[[], "keras.Model"]
Arrays = tuple[np.ndarray, ...]

FIRST, SECOND = 1, 2
"""The seeds of the two builds."""

MOST_KEPT = 2**16
"""Weights of the largest network whose initial values are kept for the next fit."""


@dataclass(frozen=True, eq=False)
class Blueprint:
    """What two builds tell about a network.

    Attributes:
        config_key: equal for networks that are the same computation; None where configurations
            can't tell (custom layers, functions).
        as_built: each variable's value by position; None for random ones.
        seeds_at: the positions of random states of seed generators, with their dtypes.
        redraw: new values of all other random variables from one seed per position, or None where
            they have to be built.
        clones: whether the builder gives the same layers each time, so that networks are cloned.
        trainable: the positions of trainable variables.
        paths: the variables' paths, which some optimisers read.
        anatomy: what decides how epochs are executed.
        spare: by placement, a network that was built on the way, for whoever takes it first.
        last: the last seeds, and the initial values of these.
    """

    config_key: Hashable | None
    as_built: tuple[np.ndarray | None, ...]
    seeds_at: Mapping[int, str]
    redraw: Redraw | None
    clones: bool
    trainable: tuple[int, ...]
    paths: tuple[str, ...]
    anatomy: Anatomy
    spare: dict[Any, keras.Model] = field(default_factory=dict)
    last: dict[str, tuple[dict[str, int], Arrays]] = field(default_factory=dict)


class Redraw:
    """Draws the random variables of a network anew, in one compiled function.

    Args:
        draws: by position, the initialiser and the shape and dtype of what it makes.
    """

    def __init__(self, draws: Mapping[int, tuple[Any, tuple[int, ...], str]]) -> None:
        import keras
        import tensorflow as tf

        self.positions = tuple(draws)
        self._generators = [keras.random.SeedGenerator(0, name="draw") for _ in draws]
        self._makers = [
            (_seeded(initialiser, generator), shape, dtype)
            for (initialiser, shape, dtype), generator in zip(
                draws.values(), self._generators, strict=True
            )
        ]
        signature = [tf.TensorSpec([len(draws), 2], self._seed_dtype())]
        traced = tf.function(self._draw, input_signature=signature, autograph=False)
        self._function = traced.get_concrete_function() if draws else None
        self._lock = threading.Lock()  # its generators are variables, which two fits would share

    def __call__(self, seed: int) -> dict[int, np.ndarray]:
        if self._function is None:
            return {}
        seeds = np.stack([seed_state(seed, k) for k in self.positions]).astype(self._seed_dtype())
        with self._lock:
            values = compat.call(self._function, seeds)
        return {k: value.numpy() for k, value in zip(self.positions, values, strict=True)}

    def _seed_dtype(self) -> str:
        return self._generators[0].state.dtype if self._generators else "uint32"

    def _draw(self, seeds: Any) -> list[Any]:
        values = []
        for k, (generator, (make, shape, dtype)) in enumerate(
            zip(self._generators, self._makers, strict=True)
        ):
            generator.state.assign(seeds[k])
            values.append(make(shape, dtype=dtype))
        return values


def seed_state(seed: int, position: int) -> np.ndarray:
    """The state of a seed generator: a function of a seed and the generator's position."""
    drawn = np.random.SeedSequence([seed, position]).generate_state(1)[0] >> 1
    return np.array([drawn, 0], np.uint32)


def build(make: Build, seed: int = FIRST, clones: bool = False) -> keras.Model:
    """Build a network, seeded, without a trace in the process."""
    with compat.build_scope(seed):
        network = make()
        return _cloned(network) if clones else network


def blueprint(make: Build) -> tuple[Blueprint, keras.Model]:
    """Learn what there is to know about a builder's network; also the first of the two built."""
    first, second = build(make, FIRST), build(make, SECOND)
    shared = {id(v) for v in first.variables} & {id(v) for v in second.variables}
    clones = first is second or bool(shared)
    values = [np.asarray(v) for v in first.variables], [np.asarray(v) for v in second.variables]
    _alike(*values)
    equal = [
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(*values, strict=True)
    ]
    seeds_at = {k: first.variables[k].dtype for k in _seed_states(first) if not equal[k]}
    random = [k for k, same in enumerate(equal) if not same and k not in seeds_at]
    network = build(make, FIRST, clones=True) if clones else first
    redraw = _redraw(first, random)
    if redraw is None:
        _require_seeded(first, build(make, FIRST), random)
    told = config_key(first)
    plan = Blueprint(
        config_key=told,
        as_built=tuple(a if same else None for a, same in zip(values[0], equal, strict=True)),
        seeds_at=seeds_at,
        redraw=redraw,
        clones=clones,
        trainable=_positions(first.trainable_variables, first.variables),
        paths=tuple(v.path for v in first.variables),
        anatomy=anatomy(first, told is not None),
    )
    return plan, network


def initial_values(plan: Blueprint, make: Build, seeds: Mapping[str, int]) -> Arrays:
    """The values that a cold fit starts from, by position.

    Those of the last seeds are kept where they are few: the folds of an evaluation start alike.
    """
    told, values = plan.last.get("seeds and values", (None, ()))
    if told != seeds:
        values = _initial_values(plan, make, seeds)
        if sum(value.size for value in values) <= MOST_KEPT:
            plan.last["seeds and values"] = (dict(seeds), values)  # at once, for other threads
    return values


def _initial_values(plan: Blueprint, make: Build, seeds: Mapping[str, int]) -> Arrays:
    values = list(plan.as_built)
    if plan.redraw is None:
        built = build(make, seeds["network"], plan.clones)
        for k in (k for k, value in enumerate(values) if value is None):
            values[k] = np.asarray(built.variables[k])
    else:
        for k, value in plan.redraw(seeds["network"]).items():
            values[k] = value
    for k, dtype in plan.seeds_at.items():
        values[k] = seed_state(seeds["dropout"], k).astype(dtype)
    return tuple(values)  # type: ignore[arg-type]


def _cloned(network: keras.Model) -> keras.Model:
    """The same network with layers of its own, values copied."""
    import keras

    try:
        clone = keras.models.clone_model(network)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _same_layers() from error
    if {id(v) for v in clone.variables} & {id(v) for v in network.variables}:
        raise _same_layers()
    for new, old in zip(clone.variables, network.variables, strict=True):
        new.assign(old)
    return clone


def _same_layers() -> BuilderError:
    return BuilderError(
        "The builder gives the same layers each time, and they can't be cloned.",
        expected="layers that are made within `build`",
        received="layers that earlier calls returned too, with a configuration that can't be read",
        remedy="Make the layers within `build`, and set pretrained weights there.",
    )


def _alike(first: list[np.ndarray], second: list[np.ndarray]) -> None:
    shapes = [[a.shape for a in arrays] for arrays in (first, second)]
    if shapes[0] != shapes[1]:
        raise BuilderError(
            "The builder gives different networks for equal arguments.",
            expected="variables of the same shapes each time",
            received=f"{shapes[0]}, then {shapes[1]}",
            remedy="Let `build` depend on nothing but the builder's fields and its arguments.",
        )


def _made_by(initialiser: Any, variable: Any) -> bool:
    """Whether a variable has the values that its initialiser gave, and nobody set others after.

    An initialiser keeps the seed that it drew when it was made: it gives the same values again.
    """
    again = initialiser(tuple(variable.shape), dtype=variable.dtype)
    return np.array_equal(np.asarray(again), np.asarray(variable))


def _require_seeded(first: keras.Model, again: keras.Model, random: list[int]) -> None:
    """Refuse draws that differ although everything was seeded alike."""
    unlike = [
        first.variables[k].path
        for k in random
        if not np.array_equal(first.variables[k], again.variables[k])
    ]
    if unlike:
        raise BuilderError(
            "The builder draws weights that no seed decides, so equal seeds would give other "
            "networks.",
            expected="weights drawn by initialisers, or from the `rng` argument of `build`",
            received=f"other values in each build of {', '.join(unlike)}",
            remedy="Name `rng` in the signature of `build`, and draw from it: "
            "rng.normal(size=...), in place of numpy.random.default_rng().",
        )


def _positions(chosen: list[Any], variables: list[Any]) -> tuple[int, ...]:
    places = {id(v): k for k, v in enumerate(variables)}
    return tuple(places[id(v)] for v in chosen)


def _seed_states(network: keras.Model) -> list[int]:
    return [
        k
        for k, v in enumerate(network.variables)
        if v.name == "seed_generator_state" and tuple(v.shape) == (2,)
    ]


def _redraw(network: keras.Model, positions: list[int]) -> Redraw | None:
    """The compiled redrawing of random variables, or None where one has no initialiser."""
    owners = _initialisers(network)
    draws = {}
    for k in positions:
        variable = network.variables[k]
        initialiser = owners.get(id(variable))
        if initialiser is None or not _made_by(initialiser, variable):
            return None
        draws[k] = (initialiser, tuple(variable.shape), variable.dtype)
    try:
        with compat.build_scope(FIRST):
            return Redraw(draws)
    except (TypeError, ValueError):
        return None


def _initialisers(network: keras.Model) -> dict[int, Any]:
    """By variable: its layer's `<name>_initializer`, also without a trailing `_kernel`."""
    found = {}
    for layer in compat.layers_of(network):
        for variable in getattr(layer, "weights", []):
            for name in (variable.name, variable.name.removesuffix("_kernel")):
                initialiser = getattr(layer, f"{name}_initializer", None)
                if hasattr(initialiser, "get_config") and hasattr(initialiser, "seed"):
                    found[id(variable)] = initialiser
    return found


def _seeded(initialiser: Any, generator: Any) -> Any:
    """An initialiser of the same class and settings that draws from a seed generator."""
    config = dict(initialiser.get_config())
    if "seed" not in config:
        raise TypeError(f"{type(initialiser).__name__} takes no seed")
    return type(initialiser).from_config({**config, "seed": generator})
