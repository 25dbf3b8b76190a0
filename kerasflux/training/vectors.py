"""All trainable variables of a network as one vector, with an optimizer of that alone.

The update of each variable costs a trace, and kernels that XLA compiles one by one. Optimizers that
work element by element give the same values where they update one vector. So within the compiled
epochs of a small network a vector takes the place of its trainable variables, and its slots that of
theirs. States know nothing of it: values are joined and parted on the host.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.training import compat

if TYPE_CHECKING:
    import keras

NAME = "vector"

MOST_WEIGHTS = 2**10
"""Products with parts of a longer vector were measured to take longer than with variables."""

Values = Sequence[np.ndarray]


class Vector:
    """The vector of a network's trainable variables.

    Args:
        optimizer: not built yet.
        network: the network.
        slots: those of an optimizer of the same kind that was built for the network.

    Attributes:
        variable: the vector, Keras' variable.
        network: TensorFlow's variables that hold the network's values in compiled epochs: the
            vector, and those that aren't trainable.
        slots: the vector's slots.

    Raises:
        ValueError: it can't be said which of `slots` belong to which slot of the vector.
    """

    def __init__(
        self, optimizer: keras.Optimizer, network: keras.Model, slots: Sequence[Any]
    ) -> None:
        import keras

        self.optimizer = optimizer
        self._variables = network.trainable_variables
        places = {id(v): k for k, v in enumerate(network.variables)}
        self._at = [places.pop(id(v)) for v in self._variables]
        self._others = list(places.values())
        self._shapes = [tuple(v.shape) for v in self._variables]
        self._sizes = [math.prod(shape) for shape in self._shapes]
        self._starts = [0, *accumulate(self._sizes)][:-1]
        self.variable = keras.Variable(np.zeros(sum(self._sizes), np.float32), name=NAME)
        compat.sole_replica(optimizer)
        optimizer.build([self.variable])
        own = [v for v in optimizer.variables if v is not optimizer.learning_rate]
        self._slots_at = [self._stands_for(slot, slots) for slot in own]
        self.network = [self.variable.value, *(network.variables[k].value for k in self._others)]
        self.slots = [slot.value for slot in own]

    def _stands_for(self, slot: Any, slots: Sequence[Any]) -> list[int]:
        """Where the slots of the same name are: one of each variable, or one that all share."""
        ending = slot.name.removeprefix(NAME)
        found = [k for k, s in enumerate(slots) if s.name.endswith(ending)]
        whole = slot.shape == self.variable.shape
        if [tuple(slots[k].shape) for k in found] != (self._shapes if whole else [slot.shape]):
            raise ValueError(f"{slot.name} stands for {len(found)} slots")
        return found

    def over(self, network: list[Any], slots: list[Any]) -> Vector:
        """The same that is loaded into other variables of TensorFlow."""
        other = copy.copy(self)
        other.network, other.slots = network, slots
        return other

    def load(self, network: Values, slots: Values) -> None:
        """Set the vector and its slots to values of what they stand for."""
        _assign(self.network[0], network, self._at)
        for slot, places in zip(self.slots, self._slots_at, strict=True):
            _assign(slot, slots, places)

    def network_of(self, values: Values) -> list[np.ndarray]:
        """The values of all of the network's variables, from those of `network`."""
        whole, *others = values
        parts = dict(zip([*self._at, *self._others], [*self._parts(whole), *others], strict=True))
        return [parts[k] for k in sorted(parts)]

    def slots_of(self, values: Values) -> list[np.ndarray]:
        """The values of the slots that `slots` stand for, from those of `slots`."""
        parts: dict[int, np.ndarray] = {}
        for value, places in zip(values, self._slots_at, strict=True):
            whole = value.shape == self.variable.shape
            parts |= zip(places, self._parts(value) if whole else [value], strict=True)
        return [parts[k] for k in sorted(parts)]

    def _parts(self, whole: np.ndarray) -> list[np.ndarray]:
        places = zip(self._starts, self._sizes, self._shapes, strict=True)
        return [whole[start : start + size].reshape(shape) for start, size, shape in places]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Traced in here, the network computes with the vector.

        What else layers change, such as moving averages and seeds, changes at the end.
        """
        import tensorflow as tf

        parts = tf.split(self.variable.value, self._sizes)
        shaped = map(tf.reshape, parts, self._shapes)
        with _scope(list(zip(self._variables, shaped, strict=True))) as scope:
            yield
        for variable in scope.updated.values():
            variable.assign(scope.get_current_value(variable))


def _assign(whole: Any, values: Values, places: Sequence[int]) -> None:
    joined = np.concatenate([values[k].ravel() for k in places])
    compat.assign(whole, joined.reshape(whole.shape))


def _scope(mapping: list[tuple[Any, Any]]) -> Any:
    import keras

    class Scope(keras.StatelessScope):
        """Remembers which variables were assigned to in it."""

        def __init__(self) -> None:
            super().__init__(mapping, collect_losses=True, initialize_variables=False)
            self.updated: dict[int, Any] = {}

        def add_update(self, update: tuple[Any, Any]) -> None:
            super().add_update(update)
            self.updated[id(update[0])] = update[0]

    return Scope()
