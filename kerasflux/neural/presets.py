"""Other systems' defaults."""

from __future__ import annotations

from typing import Any, TypeVar

from kerasflux.builders.dense import Linear, Short
from kerasflux.errors import HyperparameterError
from kerasflux.neural.base import NeuralNetwork, Regression, Tabular
from kerasflux.training.optimisers import Adam

M = TypeVar("M", bound=NeuralNetwork)


def mljflux_defaults(kind: type[M]) -> M:
    """A model with the defaults that MLJFlux gives it.

    Batches of one row, ten epochs, rows in the order given, `Adam(0.001, epsilon=1e-8)`, no scaling
    of inputs or target; `Short(dropout=0.5)` for classifiers of tables and `Linear("relu")`, which
    can't predict a negative number, for regressors. MLJFlux's network for images (VGG-16) has no
    counterpart: the builder of an `ImageClassifier` stays as it is.

    Args:
        kind: the class of a neural model.

    Raises:
        HyperparameterError: `kind` is no class of a neural model.

    Example:
        >>> import kerasflux as kf
        >>> model = kf.mljflux_defaults(kf.NeuralNetworkClassifier)
        >>> model.batch_size, model.epochs, model.scaling
        (1, 10, None)

    Source: MLJFlux 0.6.8, `types.jl`.
    """
    if not (isinstance(kind, type) and issubclass(kind, NeuralNetwork)):
        raise HyperparameterError(
            "mljflux_defaults needs the class of a neural model.",
            expected="for instance `NeuralNetworkClassifier`, without parentheses",
            received=repr(kind),
        )
    shared: dict[str, Any] = {
        "optimiser": Adam(learning_rate=0.001, epsilon=1e-8),
        "epochs": 10,
        "batch_size": 1,
        "shuffle": False,
    }
    if issubclass(kind, Tabular):
        shared |= {"scaling": None, "builder": Short(dropout=0.5)}
    if issubclass(kind, Regression):
        shared |= {"target_scaling": None, "builder": Linear("relu")}
    return kind(**shared)
