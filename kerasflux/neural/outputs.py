"""From logits to predictions, in TensorFlow: the same operations for predicting and for exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.errors import HyperparameterError
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


def refuse_no_distribution(target: Standardised | Classes, objective: Objective) -> None:
    """Try a finaliser before training: of any outputs it has to make probabilities.

    Raises:
        HyperparameterError: what it makes is negative, not finite, or does not sum to one.
    """
    usual = "sigmoid" if getattr(target, "binary", False) else "softmax"
    if not isinstance(target, Classes) or objective.finaliser == usual:
        return
    tried = np.random.default_rng(0).normal(0.0, 2.0, (16, target.n_out)).astype(np.float32)
    made = _tried(target, objective, tried, usual)
    sums = made.sum(axis=1) if made.shape[1:] == (len(target.pool.levels),) else np.array(np.nan)
    if np.all(made >= 0) and np.allclose(sums, 1, atol=1e-3):
        return
    raise _no_finaliser(objective, usual, f"for outputs {_row(tried[0])} it makes {_row(made[0])}")


def _tried(target: Classes, objective: Objective, logits: np.ndarray, usual: str) -> np.ndarray:
    import tensorflow as tf

    try:
        return np.asarray(finish(target, objective, tf.constant(logits)))
    except Exception as error:
        raise _no_finaliser(objective, usual, f"{type(error).__name__}: {error}") from error


def _row(values: np.ndarray) -> str:
    return f"[{', '.join(f'{v:.3g}' for v in np.ravel(values)[:6])}]"


def _no_finaliser(objective: Objective, usual: str, received: str) -> HyperparameterError:
    return HyperparameterError(
        f"The finaliser {objective.finaliser!r} makes no distribution of the network's outputs.",
        expected="probabilities: of each row non-negative numbers that sum to one",
        received=received,
        remedy=f"model.finaliser = {usual!r}, which models of this kind start from.",
        name="finaliser",
    )
