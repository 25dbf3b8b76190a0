"""What the models start from: one place for every default that was chosen by measurement.

The defaults serve whoever runs a model on a raw table or raw images for the first time. How they
were measured: `docs/decisions/0008-defaults.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerasflux.builders.convolutional import ConvNet
from kerasflux.builders.dense import MLP


@dataclass(frozen=True)
class Batches:
    """What `batch_size="auto"` means: a power of two near a fraction of the training rows.

    Attributes:
        parts: how many batches there are about, as far as the limits allow.
        largest: the largest size.
        smallest: the smallest size.

    >>> [Batches(16, largest=1024)(n) for n in (10, 700, 2_000, 8_000, 20_000)]
    [32, 32, 64, 256, 1024]
    """

    parts: int
    largest: int
    smallest: int = 32

    def __call__(self, n_rows: int) -> int:
        power = 1 << max(0, (n_rows // self.parts).bit_length() - 1)
        return min(max(power, self.smallest), self.largest)


TABULAR_BUILDER = MLP(l2=0.0003)
TABULAR_EPOCHS = 50
TABULAR_BATCHES = Batches(16, largest=1024)

IMAGE_BUILDER = ConvNet()
IMAGE_EPOCHS = 20
IMAGE_BATCHES = Batches(32, largest=256)
