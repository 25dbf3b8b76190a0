"""Small data sets and small models, one of each of the five kinds."""

import numpy as np
import pandas as pd

import kerasflux as kf
from kerasflux.builders.dense import MLP

N = 70
SMALL = MLP((8,), "relu", dropout=0.2)
KINDS = ("regressor", "multitarget", "classifier", "binary", "image")


def table(n=N, seed=0):
    """Numbers, whole numbers, and two categories, one with a level that never occurs."""
    draw = np.random.default_rng(seed)
    colours = ["red", "green", "blue"]
    return pd.DataFrame(
        {
            "size": draw.normal(size=n),
            "colour": pd.Categorical(draw.choice(colours, n), [*colours, "none"]),
            "rooms": draw.integers(0, 9, n),
            "grade": pd.Categorical(draw.choice([3, 5], n), [5, 3], ordered=True),
        },
        index=np.arange(100, 100 + n),
    )


def signal(X):
    return X["size"] + 0.2 * X["rooms"] + (X["colour"] == "red")


def images(n=N, seed=0):
    draw = np.random.default_rng(seed)
    return kf.ImageVector(draw.integers(0, 256, (n, 8, 8), dtype=np.uint8))


def make(kind, **options):
    """A model and data for it."""
    options = {"epochs": 3, "batch_size": 32, "rng": 7, **options}
    if kind in ("regressor", "multitarget", "binary"):  # made in two thirds of the time of XLA
        options = {"acceleration": kf.Acceleration(jit="graph"), **options}
    if kind == "image":
        pixels = images()
        bright = pixels.array().reshape(N, -1).mean(axis=1)
        y = pd.Series(pd.Categorical(np.digitize(bright, np.quantile(bright, [0.3, 0.6]))))
        return kf.ImageClassifier(**{"builder": SMALL, **options}), pixels, y
    X = table()
    value = signal(X)
    targets = {
        "regressor": (kf.NeuralNetworkRegressor, (100 + 5 * value).rename("price")),
        "multitarget": (
            kf.MultitargetNeuralNetworkRegressor,
            pd.DataFrame({"up": value, "down": 1000 - 50 * value}),
        ),
        "classifier": (
            kf.NeuralNetworkClassifier,
            pd.Series(pd.cut(value, [-9, 0.5, 1.5, 9], labels=["low", "mid", "high"])),
        ),
        "binary": (
            kf.NeuralNetworkBinaryClassifier,
            pd.Series(pd.Categorical(np.where(value > 1, "yes", "no")), index=X.index, name="buys"),
        ),
    }
    Model, y = targets[kind]
    return Model(**{"builder": SMALL, **options}), X, y


def arrays_of(fitted):
    """Everything that has to be bit-equal: weights, slots, losses."""
    training = fitted.state.training
    return [*training.network, *training.optimiser, training.losses]


def bit_equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(arrays_of(a), arrays_of(b), strict=True))


def values(prediction):
    return np.asarray(prediction)
