"""`NeuralNetworkBinaryClassifier`: the probability of the second of two labels."""

from __future__ import annotations

from typing import Any, ClassVar

import scitypes as st
from kerasflux.builders.dense import as_activation
from kerasflux.hyperparameters import field
from kerasflux.interface import Probabilistic
from kerasflux.neural import defaults
from kerasflux.neural.base import Classification, Tabular, loss_field


def _of_one_output(value: Any) -> Any:
    if value == "softmax":
        raise ValueError("the softmax of a single output is always 1; use 'sigmoid'")
    return as_activation(value)


class NeuralNetworkBinaryClassifier(Tabular, Classification, Probabilistic):
    """A network with one output: the probability of the second level of a target with two.

    Args:
        builder: makes the network; called with `n_in` and `n_out=1`. Its last layer has no sigmoid.
        finaliser: what turns the output into a probability.
        loss: a name, a Keras loss, or a callable `(y_true, y_pred) -> per-row loss`; sigmoid with
            binary cross-entropy is computed from the output.

    `class_weight`, `optimiser`, `epochs`, `batch_size`, `lambda_`, `alpha`, `shuffle`, `rng`,
    `optimiser_changes_trigger_retraining`, `acceleration`, `embedding_dims`, `scaling` and
    `missing` are as in `NeuralNetworkClassifier`.

    Scitypes: `X` is a `Table(Infinite, Finite)` or a `Matrix[Infinite]`, `y` a `Vector[Finite[2]]`.

    Example:
        >>> import numpy, pandas, kerasflux as kf
        >>> X = pandas.DataFrame({"x": numpy.linspace(0, 1, 60)})
        >>> y = kf.coerce(X["x"] > 0.5, kf.OrderedFactor)
        >>> mach = kf.machine(kf.NeuralNetworkBinaryClassifier(epochs=2, rng=1), X, y)
        >>> mach.fit(verbosity=0).predict(X).pdf(True).shape
        (60,)

    Source: MLJFlux's `NeuralNetworkBinaryClassifier`.
    """

    target_scitype: ClassVar[Any] = st.Vector[st.Finite[2]]
    binary: ClassVar[bool] = True

    builder = defaults.TABULAR_BUILDER
    loss = loss_field("binary_cross_entropy", "binary")
    finaliser = field(
        "sigmoid", convert=_of_one_output, doc="turns the network's output into a probability"
    )
