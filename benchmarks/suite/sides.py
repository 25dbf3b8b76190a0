"""The sides that train on TensorFlow or NumPy: kerasflux, `keras.Model.fit`, scikit-learn.

A side is made for a work and a seed, trains for so many epochs more at each call of `train`, and
predicts the probabilities of the training rows. Kernels start Glorot-uniform and biases at zero on
every side but scikit-learn's, which draws both in its own way; optimisers are Adam with Keras'
values.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from suite.records import OURS
from suite.timing import missing
from suite.works import EPSILON, LEARNING_RATE, Work


class Trainer(Protocol):
    """What a side does."""

    def train(self, epochs: int) -> Any: ...

    def probabilities(self) -> np.ndarray: ...


@dataclass(frozen=True)
class Side:
    """A way to train a work.

    Attributes:
        name: as printed.
        make: `(work, seed)` to a trainer.
        needs: modules that have to be installed.
        unable: why it can't train a work as the others do, or ""; its losses aren't compared then.
        trains: whether it trains a work at all.
    """

    name: str
    make: Callable[[Work, int], Trainer]
    needs: tuple[str, ...] = ()
    unable: Callable[[Work], str] = lambda work: ""
    trains: Callable[[Work], bool] = lambda work: True

    @property
    def missing(self) -> str:
        return missing(*self.needs)


def builder(work: Work) -> Any:
    """Our builder of a work's network."""
    import kerasflux as kf

    if work.channels:
        return kf.ConvNet(channels=work.channels, convolutions=1, dropout=0.0)
    return kf.Short(n_hidden=work.hidden, dropout=work.dropout, activation=work.activation)


class Kerasflux:
    """A machine, trained on by raising `epochs`: the public path, all of it timed."""

    def __init__(self, work: Work, seed: int) -> None:
        import kerasflux as kf

        options: dict[str, Any] = {"batch_size": work.batch, "rng": seed, "builder": builder(work)}
        if work.channels:
            self.model = kf.ImageClassifier(**options)
            X = kf.coerce(work.X, kf.GrayImage, verbosity=0)
        else:
            self.model = kf.NeuralNetworkClassifier(**options, scaling=None)
            X = work.X
        self.model.optimiser = kf.optimisers.Adam(learning_rate=LEARNING_RATE, epsilon=EPSILON)
        self.model.epochs = 0
        self.machine = kf.machine(self.model, X, kf.coerce(work.y, kf.Multiclass, verbosity=0))

    def train(self, epochs: int) -> None:
        self.model.epochs += epochs
        self.machine.fit(verbosity=0)

    def probabilities(self) -> np.ndarray:
        return np.asarray(self.machine.predict())


def keras_network(work: Work, seed: int, last: str | None = None) -> Any:
    """A work's network in plain Keras."""
    from keras import Input, Sequential, initializers, layers

    draws = iter(range(1000 * seed, 1000 * seed + 100))

    def kernel() -> Any:
        return initializers.GlorotUniform(seed=next(draws))

    stack: list[Any] = [Input(work.floats.shape[1:])]
    for width in work.channels:
        convolution = {"padding": "same", "activation": "relu", "kernel_initializer": kernel()}
        stack += [layers.Conv2D(width, 3, **convolution), layers.MaxPooling2D()]
    if work.channels:
        stack.append(layers.Flatten())
    else:
        stack.append(layers.Dense(work.hidden, work.activation, kernel_initializer=kernel()))
        stack.append(layers.Dropout(work.dropout, seed=next(draws)))
    return Sequential([*stack, layers.Dense(work.n_classes, last, kernel_initializer=kernel())])


class KerasFit:
    """`keras.Model.fit` as people call it; `options` are for `compile`."""

    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, work: Work, seed: int) -> None:
        import keras

        self.work, self.network = work, keras_network(work, seed)
        self.network.compile(
            keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            **self.settings(),
        )
        self.X = work.floats

    def settings(self) -> dict[str, Any]:
        return {}

    def train(self, epochs: int) -> None:
        self.network.fit(self.X, self.work.y, self.work.batch, epochs, verbose=0)

    def probabilities(self) -> np.ndarray:
        logits = self.network.predict(self.X, batch_size=1024, verbose=0)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


class KerasSteps(KerasFit):
    """`keras.Model.fit` with an epoch per execution, without XLA."""

    jit: ClassVar[bool] = False

    def settings(self) -> dict[str, Any]:
        steps = math.ceil(len(self.work.y) / self.work.batch)
        return {"steps_per_execution": steps, "jit_compile": self.jit}


class KerasBest(KerasSteps):
    """The same with XLA."""

    jit: ClassVar[bool] = True


class ScikitLearn:
    """scikit-learn's `MLPClassifier`, which has no dropout."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work = work
        self.net = multilayer_perceptron(work, seed, warm_start=True)

    def train(self, epochs: int) -> None:
        self.net.max_iter = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its "not converged yet" after the last epoch
            self.net.fit(self.work.X, self.work.y)

    def probabilities(self) -> np.ndarray:
        return np.asarray(self.net.predict_proba(self.work.X))


def multilayer_perceptron(work: Work, seed: int, **options: Any) -> Any:
    """scikit-learn's network of a work, with no penalty and no stopping rule."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (work.hidden,),
        activation={"sigmoid": "logistic", "relu": "relu"}[work.activation],
        batch_size=min(work.batch, len(work.y)),
        learning_rate_init=LEARNING_RATE,
        epsilon=EPSILON,
        alpha=0.0,
        n_iter_no_change=10**9,
        random_state=seed,
        **options,
    )


def _no_dropout(work: Work) -> str:
    return "no dropout there" if work.dropout else ""


KERASFLUX = Side(OURS, Kerasflux)
KERAS = Side("keras.Model.fit", KerasFit)
KERAS_STEPS = Side("keras.Model.fit, epoch per call", KerasSteps)
KERAS_BEST = Side("keras.Model.fit, the same, XLA", KerasBest)
SCIKIT_LEARN = Side(
    "scikit-learn MLPClassifier",
    ScikitLearn,
    ("sklearn",),
    _no_dropout,
    trains=lambda work: not work.channels,
)
