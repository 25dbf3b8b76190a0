"""A dozen fixed architectures with data, over which laws of training are drawn.

Each has an optimiser of its own. Those of the graph loop are traced once per process: batch sizes,
rows, seeds, shuffling and penalties are inputs of its programs. What XLA compiles, it compiles for
each batch size, and each power of two that rows are padded to.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import kerasflux as kf

N = 48
_draw = np.random.default_rng(11)


def _layers():
    import keras

    return keras.layers


def _sequential(*layers):
    import keras

    return keras.Sequential(list(layers))


@kf.builder
def normalised(n_in, n_out):
    layers = _layers()
    hidden = layers.Dense(6, "relu"), layers.BatchNormalization(), layers.Dropout(0.3)
    return _sequential(*hidden, layers.Dense(n_out))


@kf.builder
def layer_normalised(n_in, n_out):
    layers = _layers()
    return _sequential(layers.Dense(5, "gelu"), layers.LayerNormalization(), layers.Dense(n_out))


@kf.builder
def noisy(n_in, n_out):
    layers = _layers()
    hidden = layers.GaussianNoise(0.2), layers.Dense(5, "selu"), layers.AlphaDropout(0.2)
    return _sequential(*hidden, layers.Dense(n_out))


@kf.builder
def residual(n_in, n_out):
    import keras

    layers = _layers()
    inputs = keras.Input((n_in,))
    hidden = layers.Dropout(0.2)(layers.Dense(n_in, "tanh")(inputs))
    return keras.Model(inputs, layers.Dense(n_out)(layers.Add()([inputs, hidden])))


@kf.builder
def regularised(n_in, n_out):
    layers = _layers()
    hidden = layers.Dense(5, "relu", kernel_regularizer="l2"), layers.Dropout(0.4)
    return _sequential(*hidden, layers.Dense(n_out))


@kf.builder
def half_frozen(n_in, n_out):
    layers = _layers()
    frozen = layers.Dense(6, "relu", trainable=False)
    return _sequential(frozen, layers.Dropout(0.2), layers.Dense(n_out))


@kf.builder
def recurrent(n_in, n_out):
    layers = _layers()
    reshaped = layers.Reshape((n_in, 1)), layers.GRU(3, dropout=0.2)
    return _sequential(*reshaped, layers.Dense(n_out))


@kf.builder
def augmented(n_in, n_out, n_channels):
    layers = _layers()
    seen = layers.RandomFlip("horizontal"), layers.RandomTranslation(0.2, 0.2)
    hidden = layers.Conv2D(3, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()
    return _sequential(*seen, *hidden, layers.Dense(n_out))


@kf.builder
def convolutional(n_in, n_out, n_channels):
    layers = _layers()
    hidden = layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU()
    pooled = layers.SpatialDropout2D(0.2), layers.GlobalAveragePooling2D()
    return _sequential(*hidden, *pooled, layers.Dense(n_out))


X = pd.DataFrame(
    {
        "size": _draw.normal(3, 2, N),
        "rooms": _draw.integers(1, 9, N),
        "town": pd.Categorical(_draw.choice(["Ox", "Ur", "Ys"], N), ["Ys", "Ur", "Ox", "Nowhere"]),
    }
)
MATRIX = _draw.normal(size=(N, 4))
PIXELS = _draw.integers(0, 256, (N, 7, 7), dtype=np.uint8)
IMAGES = kf.coerce(PIXELS, kf.GrayImage)
_value = X["size"] + X["rooms"] * (X["town"] == "Ur").to_numpy()
# any ten rows from the first show each class
_three = np.r_[[0, 1, 2, 0, 1, 2], np.digitize(_value[6:], [3, 6])]
CLASS = pd.Series(pd.Categorical.from_codes(_three, ["low", "mid", "high"]), name="class")
SOLD = pd.Series(pd.Categorical(np.where(_three > 0, "yes", "no")), name="sold")
PRICE = (100 + 5 * _value).rename("price")
TWO = pd.DataFrame({"price": PRICE, "tax": 3 - _value})


@dataclass(frozen=True)
class Architecture:
    """A model of fixed builder and optimiser, with data.

    Attributes:
        model: the class of the model.
        fixed: hyperparameters that belong to the architecture.
        X, y: data of `N` rows.
    """

    model: type
    fixed: dict[str, Any]
    X: Any
    y: Any

    def make(self, **options: Any) -> Any:
        return self.model(**{"epochs": 2, "batch_size": 8, "rng": 1, **self.fixed, **options})

    def machine(self, weights: Any = None, **options: Any) -> kf.Machine:
        return kf.machine(self.make(**options), self.X, self.y, weights)

    def fitted(self, n_rows: int = N, weights: Any = None, **options: Any) -> kf.Machine:
        return self.machine(weights, **options).fit(rows=range(n_rows), verbosity=0)


def _of(model: type, builder: Any, optimiser: Any, X: Any, y: Any, **more: Any) -> Architecture:
    return Architecture(model, {"builder": builder, "optimiser": optimiser, **more}, X, y)


_opt = kf.optimisers
_Regressor, _Classifier = kf.NeuralNetworkRegressor, kf.NeuralNetworkClassifier
_Binary, _Several = kf.NeuralNetworkBinaryClassifier, kf.MultitargetNeuralNetworkRegressor
_LOOP = {"acceleration": kf.Acceleration(jit="graph")}  # XLA would take some of these as well
_SLOW = _opt.Adam(
    learning_rate=0.01, use_ema=True, ema_overwrite_frequency=5, gradient_accumulation_steps=2
)

ARCHITECTURES: dict[str, Architecture] = {
    "embedded": _of(_Classifier, kf.MLP((5,), "relu", 0.3), "adam", X, CLASS),
    "normalised": _of(_Regressor, normalised(), _opt.SGD(momentum=0.9), X, PRICE, **_LOOP),
    "layer_normalised": _of(_Several, layer_normalised(), "adamw", MATRIX, TWO, **_LOOP),
    "noisy": _of(_Binary, noisy(), "rmsprop", X, SOLD, class_weight="balanced"),
    "residual": _of(_Regressor, residual(), "nadam", MATRIX, PRICE, loss="l1", **_LOOP),
    "regularised": _of(
        _Classifier, regularised(), _opt.Adagrad(clipnorm=1.0), MATRIX, CLASS, **_LOOP
    ),
    "penalised": _of(_Binary, kf.Short(dropout=0.5), "lion", MATRIX, SOLD, lambda_=0.1, alpha=0.5),
    "half_frozen": _of(_Several, half_frozen(), "adamax", X, TWO, **_LOOP),
    "recurrent": _of(_Regressor, recurrent(), _opt.Adam(amsgrad=True), MATRIX, PRICE, loss="huber"),
    "averaged": _of(_Regressor, kf.MLP((4,), "tanh", 0.2), _SLOW, X[["town"]], PRICE),
    "augmented": _of(kf.ImageClassifier, augmented(), "adam", IMAGES, CLASS),
    "convolutional": _of(kf.ImageClassifier, convolutional(), "ftrl", IMAGES, SOLD),
}


def differing(a: kf.Machine, b: kf.Machine) -> list[str]:
    """The names of what differs in two states by any bit; seconds are wall time."""
    a, b = dict(a.state), dict(b.state)
    assert a.keys() == b.keys()
    return [
        name
        for name in a
        if "seconds" not in name
        and (a[name].dtype != b[name].dtype or not _same_bits(a[name], b[name]))
    ]


def _same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def weights(mach: kf.Machine) -> list[np.ndarray]:
    """What gradients or data change: the float variables of the network."""
    return [a for n, a in mach.state.items() if "network/" in n and a.dtype.kind == "f"]
