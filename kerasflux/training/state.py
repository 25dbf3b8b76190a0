"""What training has learned, as plain arrays: what fits, files and processes exchange.

Nothing of Keras or TensorFlow is in a `State`. Weights, batch-norm statistics and the states of
seed generators (dropout) are `network`, by position; Keras' own formats lose the last of these.
The optimiser's slots are `optimiser`, by position, without its learning rate, which is an input of
training. All other randomness is a function of `seeds` and the epoch's number.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

NO_FLOATS = np.zeros(0)


def named_seeds(
    seed: int, names: tuple[str, ...] = ("network", "shuffle", "dropout")
) -> dict[str, int]:
    """Seeds by name from one seed, so that a further name leaves the others as they are.

    >>> one, two = named_seeds(1), named_seeds(1, ("shuffle", "folds"))
    >>> one["shuffle"] == two["shuffle"], one["shuffle"] == one["network"]
    (True, False)
    """
    return {name: _draw(seed, zlib.crc32(name.encode())) for name in names}


def _draw(seed: int, tag: int) -> int:
    return int(np.random.SeedSequence([seed, tag]).generate_state(1)[0] >> 1)


@dataclass(frozen=True, eq=False)
class State:
    """A network in training, at the end of an epoch.

    Attributes:
        network: all variables of the network by position, seed generators included.
        optimiser: all variables of the optimiser by position, the learning rate left out.
        losses: float64: the loss before training, then one per epoch. One more than `epoch + 1`
            where the last epoch ended in a loss that is not finite and was undone.
        validation_losses: float64, one per entry of `losses`, NaN where none was measured.
        epoch: how many epochs made these arrays.
        learning_rates: float64, one per epoch in `losses`.
        seconds: float64, wall time of each epoch in `losses`, compiling left out; their mean, for
            epochs that ran in one call.
        seeds: the seeds of everything random, by name (`network`, `shuffle`, `dropout`).
        batch_size: rows per step.
        mode: how epochs are executed, `"graph"` or `"xla"`; part of the result, since the other one
            gives other bits.
        environment: what else bits depend on, of the last epochs: versions, kind of device and
            number of threads, as JSON.
        optimiser_identity: class and settings of the optimiser, its learning rate left out, as
            JSON.
        fingerprint: of the data, by whoever knows the data.
        stopped: why the last fit ended early, or "".
    """

    network: tuple[np.ndarray, ...]
    optimiser: tuple[np.ndarray, ...]
    seeds: Mapping[str, int]
    batch_size: int
    losses: np.ndarray = field(default_factory=NO_FLOATS.copy)
    validation_losses: np.ndarray = field(default_factory=NO_FLOATS.copy)
    learning_rates: np.ndarray = field(default_factory=NO_FLOATS.copy)
    seconds: np.ndarray = field(default_factory=NO_FLOATS.copy)
    epoch: int = 0
    mode: str = "graph"
    environment: str = ""
    optimiser_identity: str = ""
    fingerprint: str = ""
    stopped: str = ""

    def history(self) -> list[dict[str, float]]:
        """One row per epoch: epoch, training_loss, validation_loss, learning_rate, seconds."""
        columns = (self.losses[1:], self.validation_losses[1:], self.learning_rates, self.seconds)
        names = ("training_loss", "validation_loss", "learning_rate", "seconds")
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [{"epoch": k, **dict(zip(names, row, strict=True))} for k, row in enumerate(rows, 1)]

    def as_mapping(self) -> dict[str, np.ndarray]:
        """Named arrays that hold all of the state: `network/000`, ..., `seeds/shuffle`, `epoch`...

        >>> state = State((np.ones(2),), (), {"shuffle": 7}, 32)
        >>> sorted(state.as_mapping())[:4]
        ['batch_size', 'environment', 'epoch', 'fingerprint']
        >>> State.from_mapping(state.as_mapping()).seeds
        {'shuffle': 7}
        """
        named = {f"seeds/{name}": np.asarray(seed, np.int64) for name, seed in self.seeds.items()}
        for group in ("network", "optimiser"):
            named |= {f"{group}/{k:03d}": a for k, a in enumerate(getattr(self, group))}
        return named | {name: np.asarray(getattr(self, name)) for name in _PLAIN}

    @classmethod
    def from_mapping(cls, named: Mapping[str, np.ndarray]) -> State:
        """The state that `as_mapping` wrote."""
        seeds = {name: int(array) for name, array in _group(named, "seeds")}
        parts: dict[str, Any] = {
            group: tuple(
                array for _, array in sorted(_group(named, group), key=lambda p: int(p[0]))
            )
            for group in ("network", "optimiser")
        }
        plain: dict[str, Any] = {
            name: _plain(np.asarray(named[name])) for name in _PLAIN if name in named
        }
        return cls(seeds=seeds, **parts, **plain)


_PLAIN = tuple(f.name for f in fields(State) if f.name not in ("network", "optimiser", "seeds"))


def _group(named: Mapping[str, np.ndarray], group: str) -> list[tuple[str, np.ndarray]]:
    start = group + "/"
    return [(name[len(start) :], a) for name, a in named.items() if name.startswith(start)]


def _plain(array: np.ndarray) -> Any:
    return array if array.ndim else array.item()
