"""Strategies that cut rows into blocks, whatever is in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflux.errors import ResamplingError
from kerasflux.hyperparameters import AtLeast, Between, field
from kerasflux.resampling.base import Pairs, Strategy, enough_rows


class InSample(Strategy):
    """One pair: all rows train, and the same rows are tested on.

    It tells how well a model fits what it has seen, not how well it predicts new rows.

    Raises:
        ResamplingError: no rows.

    Example:
        >>> InSample().pairs(3)
        [(array([0, 1, 2]), array([0, 1, 2]))]

    Source: `InSample` of MLJBase.jl.
    """

    def split(self, rows: np.ndarray, y: Any = None, X: Any = None, groups: Any = None) -> Pairs:
        enough_rows(self, 1, rows)
        return [(rows, rows.copy())]


class Holdout(Strategy):
    """One pair: the first rows to train on, the rest to test on.

    `round(fraction_train * n)` rows train, halves rounded to even.

    Args:
        fraction_train: the share of rows to train on, between 0 and 1, both excluded.
        shuffle: whether rows are shuffled first; None means if `rng` is given.
        rng: the seed of the shuffling.

    Raises:
        HyperparameterError: a fraction outside (0, 1).
        ResamplingError: so few rows that one side would be empty.

    Example:
        >>> Holdout(fraction_train=0.7).pairs(10)
        [(array([0, 1, 2, 3, 4, 5, 6]), array([7, 8, 9]))]
        >>> Holdout(0.7, rng=123)
        Holdout(rng=123)

    Source: `Holdout` of MLJBase.jl; an empty side is refused there only where it can't be mended.
    """

    fraction_train: float = field(
        0.7, allowed=Between(0, 1, open="both"), doc="the share of rows to train on"
    )
    shuffle: bool | None = field(None, doc="whether rows are shuffled first; None: if rng is given")
    rng: int | None = field(None, allowed=AtLeast(0), doc="the seed of the shuffling")

    def split(self, rows: np.ndarray, y: Any = None, X: Any = None, groups: Any = None) -> Pairs:
        n_train = round(self.fraction_train * len(rows))
        if n_train in (0, len(rows)):
            raise ResamplingError(
                f"Holdout would leave no row to {'test on' if n_train else 'train on'}.",
                expected="at least one row on both sides",
                received=f"{len(rows)} rows and fraction_train={self.fraction_train}",
                remedy="Give more rows, or another fraction.",
            )
        return [(rows[:n_train], rows[n_train:])]


class CV(Strategy):
    """Cross-validation: consecutive blocks of rows, each tested once by what the others train.

    The first `n mod nfolds` blocks have one row more than the rest.

    Args:
        nfolds: the number of blocks, at least 2.
        shuffle: whether rows are shuffled first; None means if `rng` is given.
        rng: the seed of the shuffling.

    Raises:
        HyperparameterError: fewer than two folds.
        ResamplingError: fewer rows than folds.

    Example:
        >>> [test.tolist() for _, test in CV(nfolds=3).pairs(7)]
        [[0, 1, 2], [3, 4], [5, 6]]

    Source: `CV` of MLJBase.jl; `sklearn.model_selection.KFold`.
    """

    nfolds: int = field(6, allowed=AtLeast(2), doc="the number of blocks")
    shuffle: bool | None = field(None, doc="whether rows are shuffled first; None: if rng is given")
    rng: int | None = field(None, allowed=AtLeast(0), doc="the seed of the shuffling")

    def split(self, rows: np.ndarray, y: Any = None, X: Any = None, groups: Any = None) -> Pairs:
        enough_rows(self, self.nfolds, rows)
        fold = np.repeat(np.arange(self.nfolds), _sizes(len(rows), self.nfolds))
        return [(rows[fold != k], rows[fold == k]) for k in range(self.nfolds)]


def _sizes(n: int, k: int) -> list[int]:
    size, more = divmod(n, k)
    return [size + 1] * more + [size] * (k - more)
