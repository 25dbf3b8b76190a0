"""From logits to predictions, in TensorFlow: the same operations for predicting and for exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasflux.neural.targets import Classes, Standardised
from kerasflux.training.losses import Objective

if TYPE_CHECKING:
    import tensorflow as tf


def finish(target: Standardised | Classes, objective: Objective, logits: tf.Tensor) -> Any:
    """Probabilities `(n_rows, n_levels)`, or a regressor's outputs `(n_rows, n_targets)`."""
    if isinstance(target, Classes) and target.binary:
        return _both(objective, logits)
    return objective.finalise(logits)


def _both(objective: Objective, logits: tf.Tensor) -> tf.Tensor:
    """The probabilities of both levels; of a sigmoid each by itself, exact where one is near 1."""
    import tensorflow as tf

    second = objective.finalise(logits)
    first = tf.sigmoid(-logits) if objective.finaliser == "sigmoid" else 1 - second
    return tf.concat([first, second], axis=1)
