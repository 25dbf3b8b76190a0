"""`ImageClassifier`: a distribution over labels per image."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import scitypes as st
from kerasflux.interface import Probabilistic
from kerasflux.neural import defaults
from kerasflux.neural.base import Classification, loss_field
from kerasflux.neural.encoding import ImageEncoding
from kerasflux.neural.frontend import Pixels, Prepared, pixels


class ImageClassifier(Classification, Probabilistic):
    """A network that predicts label probabilities from images of one size.

    Images stay uint8 until the graph divides them by 255: the network gets float32 `(height, width,
    channels)` in [0, 1]. Those in files (`coerce(paths, GrayImage)`) stay there and are read ahead
    while the network trains, at most 64 MB at a time, with the same result.

    Args:
        builder: makes the network; called with `n_in=(height, width)`, `n_channels` (1 grey, 3
            colour) and `n_out`, the number of levels. Its last layer has no softmax.
        epochs: passes over the training images in all; raising it continues training.

    `finaliser`, `loss`, `class_weight`, `optimiser`, `batch_size`, `lambda_`, `alpha`, `shuffle`,
    `rng`, `optimiser_changes_trigger_retraining` and `acceleration` are as in
    `NeuralNetworkClassifier`.

    Scitypes: `X` is a `Vector[Image]` (`coerce(array, GrayImage)`), `y` a `Vector[Finite]`.

    Example:
        >>> import numpy, kerasflux as kf
        >>> images = kf.coerce(numpy.zeros((40, 8, 8), numpy.uint8), kf.GrayImage)
        >>> labels = kf.coerce([0, 1] * 20, kf.Multiclass)
        >>> mach = kf.machine(kf.ImageClassifier(epochs=1, rng=1), images, labels)
        >>> mach.fit(verbosity=0).predict(images[:3]).levels
        (0, 1)

    Source: MLJFlux's `ImageClassifier`; its default network is a VGG-16, ours a small one for
        images of 8 × 8 pixels and more.
    """

    input_scitype: ClassVar[Any] = st.Vector[st.Image]
    target_scitype: ClassVar[Any] = st.Vector[st.Finite]
    batches: ClassVar[defaults.Batches] = defaults.IMAGE_BATCHES

    builder = defaults.IMAGE_BUILDER
    loss = loss_field("cross_entropy", "codes")
    epochs = defaults.IMAGE_EPOCHS

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Prepared:
        return Prepared(pixels(X), None if y is None else self.read_target(y), w)

    def learn_inputs(self, inputs: Pixels) -> ImageEncoding:
        return ImageEncoding(inputs.array.shape[1:])
