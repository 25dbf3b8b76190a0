"""Compiled programs and their cache.

A program is a network and an optimizer whose variables are loaded from a state by position, with
the functions traced over them. Tracing takes 0.2 to 0.3 s and leaks; loading a state takes less
than a millisecond. So programs are kept under everything that is baked into their graphs, and lent
to one fit at a time: two threads that shared variables would silently give wrong results. A second
one gets a twin, which calls the same functions on variables of its own. Learning rate, penalty,
rows, seeds and, outside XLA, the batch size are inputs of the functions and no part of the key.
"""

from __future__ import annotations

import copy
import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.errors import EnvironmentMismatch
from kerasflux.training import compat, replicas
from kerasflux.training.execution import mode_of
from kerasflux.training.identity import Same, identity
from kerasflux.training.initialisation import Blueprint, Build, blueprint, build
from kerasflux.training.layers import adapt
from kerasflux.training.losses import Objective
from kerasflux.training.optimisers import Custom, Optimiser
from kerasflux.training.placements import Placement
from kerasflux.training.tracing import Broken, Traced
from kerasflux.training.vectors import MOST_WEIGHTS, Vector

if TYPE_CHECKING:
    import keras

Values = Sequence[np.ndarray]


@dataclass(frozen=True, eq=False)
class Architecture:
    """What is trained, and how its graph looks.

    Attributes:
        build: makes the network, which gives logits; called with nothing, as often as needed.
            Depends on nothing that `key` does not tell.
        key: a hashable that is equal for equal `build`s (a builder's class and values, the shapes),
            or None if that can't be said: nothing is shared then but within this very object.
        objective: the loss of each row from logits.
        optimiser: the optimiser's spec; its learning rate is no part of the program.
        batch_size: rows per step; the last step of an epoch takes what is left.
        shuffle: whether each epoch takes rows in a new order.
        placement: the device, or several.
        mode: how epochs are executed, `"graph"` or `"xla"` (`kerasflux.training.execution`).
    """

    build: Build
    key: Hashable | None
    objective: Objective
    optimiser: Optimiser
    batch_size: int
    shuffle: bool = True
    placement: Placement = field(default_factory=Placement)
    mode: str = "graph"

    @property
    def recipe(self) -> Hashable:
        """`key`, or this object's own identity."""
        return Same(self) if self.key is None else self.key

    @cached_property
    def program_key(self) -> Hashable:
        """See the function of this name; told once, as many ask."""
        plan = self.plan()
        network = self.recipe if plan.config_key is None else plan.config_key
        optimiser = self.optimiser
        kind: Any = optimiser.optimizer if isinstance(optimiser, Custom) else type(optimiser)
        settings = (optimiser.identity(), identity(kind))
        paths = plan.paths if isinstance(optimiser, Custom) else ()
        objective, placement = self.objective.key, self.placement
        execution = (self.mode, _static_size(self))
        return (network, plan.trainable, paths, objective, settings, placement, execution)

    def executed(self, jit: str) -> Architecture:
        """The same, with the mode that `Acceleration.jit` means for it."""
        network = self.plan().anatomy
        mode = mode_of(
            jit, network, self.objective, self.optimiser, self.batch_size, self.placement
        )
        return replace(self, mode=mode).executable()

    def executable(self) -> Architecture:
        """The same, in the graph loop if XLA is known to refuse it."""
        refused = self.mode == "xla" and UNCOMPILABLE.knows(program_key(self))
        return replace(self, mode="graph") if refused else self

    def plan(self) -> Blueprint:
        """What two builds of the network tell, kept for each recipe."""
        plan: Blueprint = PLANS.get(self.recipe, lambda: _planned(self))
        return plan


class Program:
    """One network and one optimizer, with the functions traced over them.

    Attributes:
        mode: how its epochs are executed.
        batch_size: rows per step where that is baked into the graph (XLA); else None.
        recipe: what the network was made by; recipes that differ in names of layers share it.
        replicated: whether several devices share each batch.
        variables: TensorFlow's variables of the network.
        vector: what takes the place of trainable variables in compiled epochs, if anything does.
        trained: Keras' variables that the optimizer moves.
        moving, slots: TensorFlow's variables that hold the network's and the optimizer's values
            while epochs run.
        traced: the functions traced over it so far, which it shares with its twins.
        uses: how often it was lent.
        at_rest: whether nothing is traced or run with it at the moment, though it is lent.
    """

    def __init__(self, architecture: Architecture, network: keras.Model) -> None:
        compat.keras_on_tensorflow()
        self.replicated = architecture.placement.n_replicas > 1
        (replicas.adapt if self.replicated else adapt)(network)
        self.network, self.recipe = network, architecture.recipe
        self._architecture = architecture
        self.optimiser = architecture.optimiser
        self.objective = architecture.objective
        self.placement = architecture.placement
        self.mode = architecture.mode
        self.batch_size = _static_size(architecture)
        self.uses, self.at_rest = 0, False
        self.traced = Traced(self)
        self.variables = [v.value for v in network.variables]
        trainable = network.trainable_variables
        _make_distinct(trainable)
        self.optimizer = compat.scaling(architecture.optimiser.build(), network)
        (compat.own_replica if self.replicated else compat.sole_replica)(self.optimizer)
        self.optimizer.build(trainable)
        slots = [v for v in self.optimizer.variables if v is not self.optimizer.learning_rate]
        self._fresh_slots = [slot.numpy() for slot in slots]
        self._copied_slots = _copies(self._fresh_slots, network)
        self.trained, self.moving = trainable, self.variables
        self.slots = [slot.value for slot in slots]
        self.vector = _vector(architecture, network, slots)
        if self.vector is not None:
            self.optimizer, self.trained = self.vector.optimizer, [self.vector.variable]
            self.moving, self.slots = self.vector.network, self.vector.slots
        self.rate = self.optimizer.learning_rate.value
        self._own: dict[int, Any] = {}
        self._left: list[Program] = []
        self._loaded: tuple[object, tuple[object, object]] = (None, (None, None))

    @property
    def seconds(self) -> dict[Hashable, float]:
        """What making it and compiling its functions took so far, by what was done."""
        return self.traced.seconds

    def twin(self) -> Program | None:
        """A program that calls the same functions on variables of its own, where that can be.

        It can't where several devices share batches, and where layers or an optimizer that are not
        Keras' own may hold variables that they don't tell of.
        """
        traced = self.traced
        origin: Program = traced.origin
        alone = self.replicated or not traced.sound or not compat.swaps()
        if alone or not compat.is_of_keras(origin.network, origin.optimizer):
            return None
        twin = copy.copy(self)
        twin.traced = traced
        known = origin._known()
        with self.placement.scope():
            own = {id(v): compat.like(v) for v in {id(v): v for v in known}.values()}
        twin.variables = [own[id(v)] for v in origin.variables]
        twin.moving = [own[id(v)] for v in origin.moving]
        twin.slots = [own[id(v)] for v in origin.slots]
        twin.rate = own[id(origin.rate)]
        if origin.vector is not None:
            twin.vector = origin.vector.over(twin.moving, twin.slots)
        twin._own, twin._left = {id(v.handle): own[id(v)].handle for v in known}, []
        twin.uses = 0
        twin.changes()
        return twin

    def in_place(self) -> AbstractContextManager[None]:
        """Traced in here, the network computes with what the optimizer moves."""
        return nullcontext() if self.vector is None else self.vector.in_place()

    def function(self, key: Hashable, make: Callable[[Program], Callable[..., Any]]) -> Any:
        """The traced function of a key, made at its first use; `call` calls it."""
        traced = self.traced
        try:
            return traced.function(key, lambda: make(traced.origin))
        except Broken:
            self._leave()
            return self.function(key, make)

    def _known(self) -> list[Any]:
        """All of TensorFlow's variables that functions capture."""
        return [*self.variables, *self.moving, *self.slots, self.rate]

    def _leave(self) -> None:
        """Go on with functions of a program made anew, which is not kept."""
        fresh = _built(self._architecture)
        fresh.traced.sound = False
        self._left.append(self.traced.origin)  # functions at hand are those of its variables
        pairs = zip(fresh._known(), self._known(), strict=True)
        self._own = self._own | {id(theirs.handle): own.handle for theirs, own in pairs}
        self.traced = fresh.traced

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call a traced function, on this program's variables."""
        return compat.call(function, *arguments, instead=self._own)

    def fresh_slots(self, network: Values) -> tuple[np.ndarray, ...]:
        """The optimiser's variables before any step of a network with these values.

        Not all start at zero, and those of `ScheduleFreeAdamW` start as copies of the weights.
        """
        copied = self._copied_slots
        return tuple(
            network[copied[k]].copy() if k in copied else slot.copy()
            for k, slot in enumerate(self._fresh_slots)
        )

    def load(self, network: Values, slots: Values | None = None) -> None:
        """Set the variables by position; no slots: the network's alone, for inference."""
        loaded, trains = self._loaded
        if loaded is not network:
            self._loaded = (None, trains)
            _assign(self.variables, network)
        if slots is not None and not (trains[0] is network and trains[1] is slots):
            self.changes()
            if self.vector is None:
                _assign(self.slots, slots)
            else:
                self.vector.load(network, slots)
            trains = (network, slots)
        self._loaded = (network, trains)

    def changes(self) -> None:
        """Say that the variables are about to change."""
        self._loaded = (None, (None, None))

    def holds(self, network: Values, slots: Values) -> None:
        """Say that these are the values now, so that loading them has nothing to do."""
        self._loaded = (network if self.vector is None else None, (network, slots))

    def values(self, moving: Sequence[Any], slots: Sequence[Any]) -> tuple[Values, Values]:
        """The network's and the optimiser's values by position, from reads of what moves."""
        network_, slots_ = [v.numpy() for v in moving], [v.numpy() for v in slots]
        if self.vector is None:
            return network_, slots_
        return self.vector.network_of(network_), self.vector.slots_of(slots_)

    def follow(self) -> None:
        """Give the network's own variables the values that epochs ended with."""
        if self.vector is not None:
            _assign(self.variables, self.vector.network_of([v.numpy() for v in self.moving]))


class Cache:
    """Programs by key: idle ones are kept, the least recently used of too many dropped.

    Args:
        limit: how many idle programs are kept, and twice as many with their twins.
        forget: where dropping one program frees next to nothing, what frees the memory of all:
            too many are then dropped together, and this is called.
    """

    def __init__(self, limit: int, forget: Callable[[], None] | None = None) -> None:
        self.limit = limit
        self._forget = forget
        self._idle: OrderedDict[int, tuple[Hashable, Program]] = OrderedDict()
        self._lent: list[tuple[Hashable, Program]] = []
        self._lock = threading.RLock()
        self._count = 0

    @contextmanager
    def lent(self, key: Hashable, make: Callable[[], Program]) -> Iterator[Program]:
        """An idle program of this key, a twin of one in use, or else a new one: nobody else's.

        A program whose use ended in an exception, maybe in the middle of tracing, is not kept, nor
        are its twins, unless the exception came from others, who were told of an epoch meanwhile.
        Programs are made under the lock that builders hold: a builder may predict.
        """
        program = self._taken(key)
        if program is None:
            with compat.BUILDING:  # who comes meanwhile for the same program gets a twin of it
                program = self._taken(key) or self._noted(key, make())
        try:
            program.uses += 1
            program.at_rest = False
            yield program
        except BaseException:
            if not program.at_rest:
                self._failed(program)
            raise
        finally:
            self._returned(program)
            self._given(key, program)

    def _taken(self, key: Hashable) -> Program | None:
        with self._lock:
            for number in reversed(self._idle):
                if self._idle[number][0] == key:
                    return self._noted(key, self._idle.pop(number)[1])
            twins = (program.twin() for other, program in self._lent if other == key)
            twin = next((twin for twin in twins if twin is not None), None)
            return None if twin is None else self._noted(key, twin)

    def _noted(self, key: Hashable, program: Program) -> Program:
        with self._lock:
            self._lent.append((key, program))
        return program

    def _returned(self, program: Program) -> None:
        with self._lock:
            self._lent = [(key, other) for key, other in self._lent if other is not program]

    def _failed(self, program: Program) -> None:
        with self._lock:
            program.traced.sound = False
            idle = self._idle.items()
            self._idle = OrderedDict((n, kept) for n, kept in idle if kept[1].traced.sound)

    def _given(self, key: Hashable, program: Program) -> None:
        with self._lock:
            if not program.traced.sound:
                return
            self._count += 1
            self._idle[self._count] = (key, program)
            most = self.limit if self._forget is None else 2 * self.limit  # while one is in use
            if len(self) > most:
                self._drop_oldest()
            self._drop_twins()
            many = len(self) > self.limit
        if many:
            self.forget()

    def _drop_oldest(self) -> None:
        """Drop the program that was used least recently, and its twins."""
        latest = {id(program.traced): number for number, (_, program) in self._idle.items()}
        oldest = min(latest, key=latest.__getitem__)
        idle = ((n, kept) for n, kept in self._idle.items() if id(kept[1].traced) != oldest)
        self._idle = OrderedDict(idle)

    def _drop_twins(self) -> None:
        """Drop the oldest twins of many: each holds values of its own, and is quickly made."""
        alike = Counter(id(program.traced) for _, program in self._idle.values())
        for number, (_, program) in list(self._idle.items()):
            if len(self._idle) <= 2 * self.limit:
                return
            if alike[id(program.traced)] > 1:
                alike[id(program.traced)] -= 1
                del self._idle[number]

    def programs(self) -> tuple[list[Program], list[Program]]:
        """Idle programs, the least recently used first, and those in use; twins one by one."""
        with self._lock:
            idle, lent = self._idle.values(), self._lent
            return [program for _, program in idle], [program for _, program in lent]

    def clear(self) -> None:
        """Drop all idle programs."""
        with self._lock:
            self._idle.clear()

    def forget(self) -> None:
        """Drop all programs and free their memory, unless one is in use."""
        with self._lock:
            if not self._lent and self._forget is not None:
                self._idle.clear()
                self._forget()

    def __len__(self) -> int:
        """How many programs are idle, each with its twins counted once."""
        return len({id(program.traced) for _, program in self._idle.values()})


class Memo:
    """Values by key, the least recently used of too many dropped.

    Args:
        limit: how many values are kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self.limit:
                self._values.popitem(last=False)
        return value

    def knows(self, key: Hashable) -> bool:
        return key in self._values

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


GRAPH_PROGRAMS = Cache(limit=16)
XLA_PROGRAMS = Cache(limit=16, forget=lambda: compat.forget_compiled())
"""TensorFlow keeps what XLA has compiled, some 10 MB a program, even of a function that is gone
(tensorflow#64170), and can drop it only as a whole: all of these together."""

PLANS = Memo(limit=32)
UNCOMPILABLE = Memo(limit=256)
"""What XLA said of programs that it can't compile, by their keys."""


@contextmanager
def checkout(architecture: Architecture) -> Iterator[Program]:
    """Lend a program to one user at a time; a second meanwhile gets a twin of it, or another."""
    cache = XLA_PROGRAMS if architecture.mode == "xla" else GRAPH_PROGRAMS
    with cache.lent(program_key(architecture), lambda: _built(architecture)) as program:
        yield program


def program_key(architecture: Architecture) -> Hashable:
    """Everything that is baked into a program's graphs.

    Optimisers without a spec of their own (Muon) may look at the names of variables.
    """
    return architecture.program_key


def _static_size(architecture: Architecture) -> int | None:
    return architecture.batch_size if architecture.mode == "xla" else None


def _planned(architecture: Architecture) -> Blueprint:
    """Plan a network, on one device, and keep the one that was built on the way for a program."""
    compat.keras_on_tensorflow()
    with architecture.placement.alone.scope():
        plan, network = blueprint(architecture.build)
    plan.spare[architecture.placement.alone] = network
    return plan


def _make_room() -> None:
    """Drop what XLA has compiled before there is so much of it that the process would crash.

    Raises:
        EnvironmentMismatch: that is near, and nothing could be dropped.
    """
    if compat.memory_maps() < 0.5:
        return
    XLA_PROGRAMS.forget()
    if (used := compat.memory_maps()) > 0.9:
        raise EnvironmentMismatch(
            "XLA has compiled so many programs in this process that another may crash it.",
            expected="at most 90% of the memory maps that the system allows for in use",
            received=f"{used:.0%} of them (vm.max_map_count)",
            remedy='acceleration=kf.Acceleration(jit="graph") compiles nothing; a larger '
            "vm.max_map_count, or a new process for each some hundred architectures, helps too.",
        )


def _built(architecture: Architecture) -> Program:
    started = time.perf_counter()
    if architecture.mode == "xla":
        _make_room()
    plan = architecture.plan()
    with architecture.placement.scope():
        network = plan.spare.pop(architecture.placement, None)
        network = network or build(architecture.build, clones=plan.clones)
        with compat.build_scope(0):
            program = Program(architecture, network)
    program.traced.seconds["build"] = time.perf_counter() - started
    return program


def _vector(architecture: Architecture, network: keras.Model, slots: list[Any]) -> Vector | None:
    """The vector that takes the place of trainable variables, where that gives equal values."""
    trainable = network.trainable_variables
    few = 0 < sum(math.prod(v.shape) for v in trainable) <= MOST_WEIGHTS
    xla = architecture.mode == "xla" and architecture.placement.n_replicas == 1
    if not (few and xla and architecture.optimiser.elementwise and all(map(_plain, trainable))):
        return None
    try:
        return Vector(compat.scaling(architecture.optimiser.build(), network), network, slots)
    except ValueError:
        return None


def _plain(variable: Any) -> bool:
    odd = variable.constraint is not None or getattr(variable, "overwrite_with_gradient", False)
    return variable.dtype == "float32" and not odd


def _assign(variables: Sequence[Any], values: Values) -> None:
    for variable, value in zip(variables, values, strict=True):
        compat.assign(variable, value)


def _make_distinct(variables: Sequence[Any]) -> None:
    """Give each variable values of its own, to recognise slots that start as its copies."""
    draw = np.random.Generator(np.random.Philox(0))
    for variable in variables:
        variable.assign(draw.uniform(0.25, 0.75, tuple(variable.shape)).astype(variable.dtype))


def _copies(slots: list[np.ndarray], network: keras.Model) -> dict[int, int]:
    """By position of a slot: the position of the variable that it started as a copy of."""
    trainable = {id(v) for v in network.trainable_variables}
    values = {k: np.asarray(v) for k, v in enumerate(network.variables) if id(v) in trainable}
    return {
        s: k
        for s, slot in enumerate(slots)
        for k, value in values.items()
        if slot.shape == value.shape and slot.size and np.array_equal(slot, value)
    }
