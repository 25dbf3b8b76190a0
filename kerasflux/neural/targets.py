"""What a network is trained to give, and how its outputs become predictions.

A codec turns a prepared target into the array that the loss sees, and logits into predictions. Two
of them do for all models: `Standardised` for numbers, `Classes` for labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kerasflux.errors import DataError, WeightsError
from kerasflux.neural.frontend import Labels, Quantities
from kerasflux.neural.refusals import listed, refuse_huge, refuse_infinite, refuse_missing
from kerasflux.neural.scaling import learn_scaling
from scitypes.errors import nearest
from scitypes.pools import Pool

HUGE = 1e100
"""Magnitudes below this have a deviation whose square is a float64."""


@dataclass(frozen=True, eq=False)
class Standardised:
    """Numeric targets: the network learns `(y - centre) / width`, column by column.

    Attributes:
        names: the target columns.
        centre, width: `(n_targets,)` float64; zeros and ones where the target is not scaled.
    """

    names: tuple[str, ...]
    centre: np.ndarray
    width: np.ndarray

    kind: ClassVar[str] = "values"

    @property
    def n_out(self) -> int:
        return len(self.names)

    def encode(self, target: Quantities) -> np.ndarray:
        """What the loss sees: `(n_rows, n_targets)` float32."""
        _refuse_other_targets(target, self.names)
        refuse_missing(np.isnan(target.values), target.names, "target")
        refuse_infinite(target.values, target.names, "target")
        with np.errstate(over="ignore"):
            encoded = (target.values - self.centre) / self.width
            encoded = np.ascontiguousarray(encoded, dtype=np.float32)
        refuse_huge(~np.isfinite(encoded), target.values, target.names)
        return encoded

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Predictions `(n_rows, n_targets)` float64, in the target's units."""
        return np.asarray(outputs.astype(np.float64) * self.width + self.centre)


@dataclass(frozen=True, eq=False)
class Classes:
    """A categorical target: the network gives a logit per level, or one for the second of two.

    Attributes:
        pool: the levels.
        binary: whether the network has one output, the logit of the second level.
        name: the name of the target's column, or None.
    """

    pool: Pool
    binary: bool = False
    name: str | None = None

    @property
    def n_out(self) -> int:
        return 1 if self.binary else len(self.pool.levels)

    @property
    def kind(self) -> str:
        """What targets are, as `kerasflux.training.losses.Objective` names it."""
        return "binary" if self.binary else "codes"

    def encode(self, target: Labels) -> np.ndarray:
        """What the loss sees: `(n_rows,)` int32 positions in the pool; missing ones are refused."""
        refuse_missing(target.codes[:, None] < 0, ("y",), "target")
        if target.pool == self.pool:
            return target.codes
        return np.asarray(self.pool.codes(target.pool.decode(target.codes)), np.int32)


def learn_standardisation(target: Quantities, scaled: bool) -> Standardised:
    """Mean and deviation of each target column, or none if not `scaled`.

    Raises:
        DataError: missing or infinite values, or such that their deviation is no float64.
    """
    values, n = target.values, target.values.shape[1]
    refuse_missing(np.isnan(values), target.names, "target")
    refuse_infinite(values, target.names, "target")
    if not scaled:
        return Standardised(target.names, np.zeros(n), np.ones(n))
    with np.errstate(over="ignore", invalid="ignore"):
        centre, width = learn_scaling("standard", values, np.zeros(n, bool))
        fine = np.isfinite(width**2 + centre)
    refuse_huge(~fine & (np.abs(values) > HUGE), values, target.names)
    return Standardised(target.names, centre, width)


def learn_classes(target: Labels, binary: bool) -> Classes:
    """The classes of a target.

    Raises:
        DataError: missing labels, or all training rows show the same class.
    """
    classes = Classes(target.pool, binary, target.name)
    shown = np.unique(classes.encode(target))
    if len(shown) < 2:
        only = target.pool.levels[int(shown[0])]
        raise DataError(
            f"The target has one class only: {only!r} in all {len(target)} rows.",
            expected="rows of at least two classes",
            received=f"one class, of the levels {listed(map(repr, target.pool.levels))}",
            remedy="Give rows that show another class too, or check the rows that were selected.",
        )
    if binary and len(target.pool.levels) != 2:
        raise DataError(
            "The target of a binary classifier has to have two levels.",
            expected="Finite[2]",
            received=f"levels {listed(map(repr, target.pool.levels))}",
            remedy="Use NeuralNetworkClassifier, or drop the levels that do not occur.",
        )
    return classes


def class_weights(classes: Classes, codes: np.ndarray, asked: Any) -> np.ndarray | None:
    """The weight of each row by its class, `(n_rows,)` float64; None for no weights.

    `"balanced"` is `n_rows / (classes shown * rows of the class)` as in scikit-learn; a mapping
    gives weights by label, and 1 to the labels that it leaves out.

    Raises:
        WeightsError: a label that is no level, or a weight that is negative or not finite.
    """
    if asked is None:
        return None
    levels = classes.pool.levels
    if asked == "balanced":
        counts = np.bincount(codes, minlength=len(levels))
        per_class = len(codes) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return np.asarray(per_class[codes])
    return np.asarray(_by_label(classes.pool, asked)[codes])


def training_weights(
    sample: np.ndarray | None, by_class: np.ndarray | None, n_rows: int
) -> np.ndarray | None:
    """Sample and class weights together, scaled to mean 1 over the training rows.

    Raises:
        WeightsError: weights of another number than the rows, negative, missing, or all zero.
    """
    if sample is None and by_class is None:
        return None
    weights = np.ones(n_rows) if sample is None else np.asarray(sample, np.float64)
    _refuse_bad_weights(weights, n_rows)
    if by_class is not None:
        weights = weights * by_class
    total = weights.sum()
    if not total > 0:
        raise WeightsError(
            "All training rows have weight zero.",
            expected="at least one row with a positive weight",
            received=f"{n_rows} rows whose weights are 0",
            remedy="Give other rows, or other weights.",
        )
    return np.asarray(weights * (n_rows / total))


def _by_label(pool: Pool, asked: Mapping[Any, float]) -> np.ndarray:
    weights = np.ones(len(pool.levels))
    positions = {level: i for i, level in enumerate(pool.levels)}
    for label, weight in asked.items():
        if label not in positions:
            raise WeightsError(
                f"class_weight gives a weight to {label!r}, which is no class of the target.",
                expected=f"levels {listed(map(repr, pool.levels))}",
                received=repr(label),
                remedy=nearest(label, pool.levels) or "Weights are by label; those left out are 1.",
            )
        number = isinstance(weight, (int, float, np.integer, np.floating))
        if not (number and np.isfinite(weight) and weight >= 0):
            raise WeightsError(
                f"class_weight[{label!r}] can't be the weight of a class.",
                expected="a finite number that is not negative",
                received=str(weight),
                remedy="Rows of a class that should not count have weight 0.",
            )
        weights[positions[label]] = weight
    return weights


def _refuse_bad_weights(weights: np.ndarray, n_rows: int) -> None:
    if weights.shape != (n_rows,):
        raise WeightsError(
            "There has to be one weight per row.",
            expected=f"an array of shape ({n_rows},)",
            received=f"an array of shape {weights.shape}",
        )
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        raise WeightsError(
            f"Weights have to be finite and not negative: that at position {bad[0]} is not.",
            expected="finite numbers from 0 on",
            received=f"{weights[bad[0]]} at position {bad[0]}, {len(bad)} such rows in all",
        )


def _refuse_other_targets(target: Quantities, names: tuple[str, ...]) -> None:
    if target.values.shape[1] != len(names):
        raise DataError(
            "The target has another number of columns than the one that was trained on.",
            expected=f"{len(names)} columns: {listed(names)}",
            received=f"{target.values.shape[1]} columns: {listed(target.names)}",
        )
