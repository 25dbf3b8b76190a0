"""A builder of convolutional networks for images of 8 × 8 pixels and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from kerasflux.allowed import AtLeast, Between, Positive
from kerasflux.builders.base import Builder
from kerasflux.builders.dense import as_activation
from kerasflux.errors import BuilderError
from kerasflux.hyperparameters import field

if TYPE_CHECKING:
    import keras

SMALLEST = 8
FEWEST, MOST = 16, 128
"""Channels of the first block by default, and what they double up to from block to block."""

Channels = tuple[int, ...] | Literal["auto"]


class ConvNet(Builder):
    """Blocks of convolutions and pooling, then dense layers over what is left.

    Each block convolves twice (zero-padded, so that the size stays) and halves height and width by
    the largest of 2 × 2. By default there are as many blocks as it takes to bring the smaller side
    below 4 pixels: two for 8 × 8, three for 28 × 28, six for 224 × 224.

    Args:
        channels: the channels of each block; `"auto"`: 16, doubled from block to block up to 128.
            Of blocks named here, those that find less than 2 pixels only convolve.
        convolutions: convolutions per block.
        kernel_size: height and width of the convolutions.
        activation: of convolutions and of the hidden layer.
        dense: units of a hidden dense layer after the blocks; 0: none.
        dropout: the fraction dropped before the last layer while training.

    Raises:
        BuilderError: the data is a table, or images are smaller than 8 × 8.

    >>> ConvNet(channels=(8, 16, 16))
    ConvNet(channels=(8, 16, 16))

    MLJFlux's default is VGG-16, which needs images of 32 × 32.
    """

    channels: Channels = field("auto", allowed=Positive(), doc="of each block")
    convolutions: int = field(2, allowed=AtLeast(1), doc="per block")
    kernel_size: int = field(3, allowed=AtLeast(1), doc="of the convolutions")
    activation: Any = field("relu", convert=as_activation, doc="of hidden units")
    dense: int = field(0, allowed=AtLeast(0), doc="units of a hidden layer; 0: none")
    dropout: float = field(0.5, allowed=Between(0, 1, open="right"), doc="dropped while training")

    def build(self, n_in: Any, n_out: int, n_channels: int | None) -> keras.Model:
        import keras

        _require_images(n_in, n_channels)
        layers, side = [keras.Input((*n_in, n_channels))], min(n_in)
        for channels in self._channels(side):
            for _ in range(self.convolutions):
                layers.append(_convolution(channels, self.kernel_size, self.activation))
            if side >= 2:
                layers.append(keras.layers.MaxPooling2D())
                side //= 2
        layers.append(keras.layers.Flatten())
        if self.dense:
            layers.append(keras.layers.Dense(self.dense, activation=self.activation))
        if self.dropout:
            layers.append(keras.layers.Dropout(self.dropout))
        return keras.Sequential([*layers, keras.layers.Dense(n_out)])

    def _channels(self, side: int) -> tuple[int, ...]:
        if not isinstance(self.channels, str):
            return self.channels
        n_blocks = side.bit_length() - 2  # until less than 4 pixels are left
        return tuple(min(FEWEST << i, MOST) for i in range(n_blocks))


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
