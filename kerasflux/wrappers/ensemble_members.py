"""The members of an ensemble: which rows each is trained on, and with which seeds.

Both are drawn by counter: those of member i are a function of the ensemble's seed, of i and of the
number of rows, and of nothing else. So a larger ensemble begins with the members of a smaller one,
whichever way it came about, and no rows need to be stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux.errors import DataError, HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, copied
from kerasflux.interface import Fitted, Model
from kerasflux.structure import values
from kerasflux.wrappers.combining import Reading

_ROWS, _SEEDS = 0, 1  # streams of a member, apart so that a further one would move neither


@dataclass(frozen=True)
class Members:
    """What an ensemble has learned.

    Attributes:
        seed: what rows and seeds of members are drawn from.
        reading: how their predictions are read.
        fits: what each member has learned.
        goals: how many iterations each was asked for; None for models that do not iterate.
        stopped: why there are fewer than were asked for, or None.
    """

    seed: int
    reading: Reading
    fits: tuple[Fitted, ...] = ()
    goals: tuple[int | None, ...] = ()
    stopped: str | None = None


def member_rows(seed: int, i: int, n_rows: int, fraction: float) -> np.ndarray:
    """The positions of the training rows of member i, rising, without repeats.

    `floor(fraction * n_rows)` of them.

    Raises:
        DataError: that is none.

    >>> member_rows(7, 0, 10, 0.5), len(member_rows(7, 0, 10, 0.7))
    (array([4, 5, 7, 8, 9]), 7)
    """
    wanted = int(np.floor(fraction * n_rows + 1e-9))  # 0.7 * 10 is less than 7 as floats are
    if not wanted:
        raise DataError(
            f"A fraction of {fraction} of {n_rows} rows is no row.",
            expected="at least one training row for each member",
            received=f"bagging_fraction={fraction} of {n_rows} rows",
            remedy="Raise `bagging_fraction`, or give more rows.",
            columns={},
        )
    if wanted == n_rows:
        return np.arange(n_rows)
    draw = np.random.default_rng([seed, i, _ROWS])
    return np.sort(draw.choice(n_rows, wanted, replace=False))


def seed_paths(model: Model) -> list[str]:
    """The dotted paths of the seeds of a model and of the models in it.

    Those of resampling strategies and searches are theirs: other seeds would be other folds.

    >>> import kerasflux as kf
    >>> seed_paths(kf.Standardizer() | kf.NeuralNetworkRegressor(rng=1))
    ['neural_network_regressor.rng']
    """
    return [f"{path}rng" for path, _ in _seeded(model, "")]


def seeded(model: Model, seed: int, i: int) -> Any:
    """A copy of a model as member i of an ensemble: with seeds of its own."""
    member = copied(model)
    draw = np.random.default_rng([seed, i, _SEEDS])
    for _, part in _seeded(member, ""):
        given = int(draw.integers(2**31 - 1))
        try:
            part.rng = given
        except HyperparameterError:  # a model of a third party, whose `rng` is no number
            continue
    return member


def _seeded(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The models within a model, itself included, that have a seed, with their paths."""
    if isinstance(value, Model) and "rng" in type(value)._fields:
        yield path, value
    if isinstance(value, Hyperparameters):
        for name, part in values(value):
            if isinstance(part, (Hyperparameters, list, tuple)):
                yield from _seeded(part, f"{path}{name}.")
    elif isinstance(value, (list, tuple)):
        for k, part in enumerate(value):
            yield from _seeded(part, f"{path}{k}.")
