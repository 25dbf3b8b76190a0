"""What the models start from: one place for every default that was chosen by measurement.

The defaults serve whoever runs a model on a raw table or raw images for the first time.
"""

from __future__ import annotations

from kerasflux.builders.convolutional import ConvNet
from kerasflux.builders.dense import MLP

TABULAR_BUILDER = MLP((256, 256), "relu", dropout=0.1)
TABULAR_EPOCHS = 100

IMAGE_BUILDER = ConvNet()
IMAGE_EPOCHS = 20

SMALLEST_BATCH, LARGEST_BATCH = 32, 1024


def batch_size(n_rows: int) -> int:
    """What `batch_size="auto"` means for a number of training rows: a power of two near `n / 50`.

    >>> [batch_size(n) for n in (10, 150, 3_000, 20_000, 1_000_000)]
    [32, 32, 32, 256, 1024]
    """
    power = 1 << max(0, (n_rows // 50).bit_length() - 1)
    return min(max(power, SMALLEST_BATCH), LARGEST_BATCH)
