"""Handwritten digits for the examples: which there are, in this order.

1. a file given by hand (`.npz` with keys `images` and `labels`);
2. Keras' MNIST, from its cache or downloaded;
3. offline, scikit-learn's bundled digits, of 8 by 8 pixels.
"""

import socket
from pathlib import Path

import numpy as np


def load(path=None):
    """Raw images (n, height, width) uint8, labels (n,), and where they are from."""
    if path is not None:
        with np.load(path) as file:
            return file["images"], file["labels"], f"{len(file['labels']):,} digits of {path}"
    return _keras() or _scikit_learn()


def _keras():
    cached = Path("~/.keras/datasets/mnist.npz").expanduser()
    if not cached.exists() and not _online():
        return None
    from keras.datasets import mnist

    try:
        (images, labels), _ = mnist.load_data()
    except Exception as error:  # the download raises bare exceptions of several kinds
        print(f"MNIST could not be downloaded ({error}).")
        return None
    return images, labels, f"{len(labels):,} digits of Keras' MNIST ({cached})"


def _online(host="storage.googleapis.com", seconds=3):
    try:
        socket.create_connection((host, 443), timeout=seconds).close()
    except OSError:
        return False
    return True


def _scikit_learn():
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.round(digits.images * (255 / 16)).astype("uint8")
    return images, digits.target, f"{len(images):,} digits of scikit-learn, 8 x 8 (offline)"
