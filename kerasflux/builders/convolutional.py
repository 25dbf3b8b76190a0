"""A builder of convolutional networks for images of 8 × 8 pixels and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasflux.allowed import AtLeast, Between, Positive
from kerasflux.builders.base import Builder
from kerasflux.builders.dense import as_activation
from kerasflux.errors import BuilderError
from kerasflux.hyperparameters import field

if TYPE_CHECKING:
    import keras

SMALLEST = 8
POOLED_ALL = 64
"""Pixels left after the last block from which on their average is taken instead of all of them: a
dense layer over more of them would hold most of the network's weights."""


class ConvNet(Builder):
    """Blocks of convolution and pooling, then a hidden dense layer.

    Each block convolves (zero-padded, so that the size stays) and halves height and width by the
    largest of 2 × 2, as long as both are at least 2. What is left is flattened, or averaged over
    pixels where there are more than 64 of them, and goes through a hidden dense layer with dropout.

    Args:
        channels: the channels of each block.
        kernel_size: height and width of the convolutions.
        activation: of convolutions and of the hidden layer.
        dense: units of the hidden dense layer; 0: none.
        dropout: the fraction dropped before the last layer while training.

    Raises:
        BuilderError: the data is a table, or images are smaller than 8 × 8.

    >>> ConvNet(channels=(8, 16, 16))
    ConvNet(channels=(8, 16, 16))

    MLJFlux's default is VGG-16, which needs images of 32 × 32.
    """

    channels: tuple[int, ...] = field((32, 64, 64), allowed=Positive(), doc="of each block")
    kernel_size: int = field(3, allowed=AtLeast(1), doc="of the convolutions")
    activation: Any = field("relu", convert=as_activation, doc="of hidden units")
    dense: int = field(128, allowed=AtLeast(0), doc="units of the hidden layer; 0: none")
    dropout: float = field(0.3, allowed=Between(0, 1, open="right"), doc="dropped while training")

    def build(self, n_in: Any, n_out: int, n_channels: int | None) -> keras.Model:
        import keras

        _require_images(n_in, n_channels)
        layers, size = [keras.Input((*n_in, n_channels))], tuple(n_in)
        for channels in self.channels:
            layers.append(_convolution(channels, self.kernel_size, self.activation))
            if min(size) >= 2:
                layers.append(keras.layers.MaxPooling2D())
                size = (size[0] // 2, size[1] // 2)
        many = size[0] * size[1] > POOLED_ALL
        layers.append(keras.layers.GlobalAveragePooling2D() if many else keras.layers.Flatten())
        if self.dense:
            layers.append(keras.layers.Dense(self.dense, activation=self.activation))
        if self.dropout:
            layers.append(keras.layers.Dropout(self.dropout))
        return keras.Sequential([*layers, keras.layers.Dense(n_out)])


def _convolution(channels: int, kernel_size: int, activation: Any) -> Any:
    import keras

    return keras.layers.Conv2D(channels, kernel_size, padding="same", activation=activation)


def _require_images(n_in: Any, n_channels: int | None) -> None:
    if n_channels is None:
        raise BuilderError(
            "ConvNet builds networks for images, but the data is a table.",
            expected="images, in an ImageClassifier",
            received=f"a table with {n_in} inputs",
            remedy="Use a dense builder, such as kf.MLP().",
        )
    if min(n_in) < SMALLEST:
        raise BuilderError(
            f"ConvNet needs images of {SMALLEST} × {SMALLEST} pixels and more.",
            expected=f"height and width of at least {SMALLEST}",
            received=f"{n_in[0]} × {n_in[1]}",
            remedy="Enlarge the images, or write a builder of your own (kf.Builder).",
        )
