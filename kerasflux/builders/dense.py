"""Builders of dense networks. Images are flattened first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kerasflux.allowed import AtLeast, Between, Positive
from kerasflux.builders.base import Builder
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import field
from scitypes.errors import nearest

if TYPE_CHECKING:
    import keras

ACTIVATIONS = (
    "relu", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "swish", "softplus", "softsign",
    "softmax", "log_softmax", "leaky_relu", "relu6", "celu", "glu", "mish", "exponential",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "hard_shrink", "soft_shrink",
    "squareplus", "sparse_plus", "sparsemax", "sparse_sigmoid", "tanh_shrink", "threshold",
    "log_sigmoid", "linear",
)  # fmt: skip
"""Keras' names of activations."""


def as_activation(value: Any) -> Any:
    """An activation: one of Keras' names, a function, or None.

    Raises:
        HyperparameterError: a name that Keras does not know, with the nearest ones.
    """
    if value is None or callable(value) or value in ACTIVATIONS:
        return value
    raise HyperparameterError(
        f"There is no activation {value!r}.",
        expected="one of Keras' names ('relu', 'gelu', ...), a function of tensors, or None",
        received=repr(value),
        remedy=nearest(value, ACTIVATIONS),
    )


class Linear(Builder):
    """A single dense layer: a linear model, with an activation if asked for.

    Args:
        activation: of the outputs; None: none.

    >>> Linear()
    Linear()

    MLJFlux's default is relu, which can't predict a negative number.
    """

    activation: Any = field(None, convert=as_activation, doc="of the outputs")

    def build(self, n_in: Any, n_out: int, n_channels: int | None) -> keras.Model:
        import keras

        outputs = keras.layers.Dense(n_out, activation=self.activation)
        return keras.Sequential([*_entrance(n_in, n_channels), outputs])


class Short(Builder):
    """One hidden layer with dropout.

    Args:
        n_hidden: its units; 0 means the rounded geometric mean of inputs and outputs.
        dropout: the fraction of hidden units dropped while training.
        activation: of the hidden units.

    >>> Short(n_hidden=8)
    Short(n_hidden=8)

    As MLJFlux's `Short`.
    """

    n_hidden: int = field(0, allowed=AtLeast(0), doc="hidden units; 0: the geometric mean")
    dropout: float = field(0.5, allowed=Between(0, 1, open="right"), doc="dropped while training")
    activation: Any = field("sigmoid", convert=as_activation, doc="of the hidden units")

    def build(self, n_in: Any, n_out: int, n_channels: int | None) -> keras.Model:
        import keras

        n_hidden = self.n_hidden or max(1, round(math.sqrt(_size(n_in, n_channels) * n_out)))
        return keras.Sequential(
            [
                *_entrance(n_in, n_channels),
                keras.layers.Dense(n_hidden, activation=self.activation),
                keras.layers.Dropout(self.dropout),
                keras.layers.Dense(n_out),
            ]
        )


class MLP(Builder):
    """A multilayer perceptron.

    Args:
        hidden: the units of each hidden layer.
        activation: of the hidden units.
        dropout: the fraction of each hidden layer's units dropped while training.
        l2: `l2 * Σw²` of each layer's kernel is added to each batch's loss (a Keras regularizer;
            not part of reported losses). The models for tables start from `MLP(l2=0.0003)`.

    >>> MLP((64, 64), dropout=0.0)
    MLP(hidden=(64, 64), dropout=0.0)

    MLJFlux's `MLP` has one hidden layer of 100 units and no dropout.
    """

    hidden: tuple[int, ...] = field((256, 256), allowed=Positive(), doc="units of hidden layers")
    activation: Any = field("relu", convert=as_activation, doc="of the hidden units")
    dropout: float = field(0.2, allowed=Between(0, 1, open="right"), doc="dropped while training")
    l2: float = field(0.0, allowed=AtLeast(0), doc="penalty on squares of the kernels' weights")

    def build(self, n_in: Any, n_out: int, n_channels: int | None) -> keras.Model:
        import keras

        layers = _entrance(n_in, n_channels)
        for units in self.hidden:
            layers.append(self._dense(units, self.activation))
            if self.dropout:
                layers.append(keras.layers.Dropout(self.dropout))
        return keras.Sequential([*layers, self._dense(n_out, None)])

    def _dense(self, units: int, activation: Any) -> Any:
        import keras

        penalty = keras.regularizers.L2(self.l2) if self.l2 else None
        return keras.layers.Dense(units, activation, kernel_regularizer=penalty)


def _entrance(n_in: Any, n_channels: int | None) -> list[Any]:
    import keras

    if n_channels is None:
        return [keras.Input((n_in,))]
    return [keras.Input((*n_in, n_channels)), keras.layers.Flatten()]


def _size(n_in: Any, n_channels: int | None) -> int:
    return int(n_in if n_channels is None else n_in[0] * n_in[1] * n_channels)
