"""The training core against plain Keras loops and NumPy, written out step by step."""

import numpy as np
import pytest
from training_toys import (
    CLASSES,
    NETWORKS,
    VALUES,
    architecture,
    data,
    layers,
    noisy,
    sequential,
    trained,
)

from kerasflux.training.core import Arrays, initial_state, permutation, train


def linear():
    return sequential((3,), layers().Dense(2))


def rows(n_rows=11):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(n_rows, 3)).astype("float32")
    y = draw.normal(size=(n_rows, 2)).astype("float32")
    return Arrays((x,), y, draw.uniform(0.5, 2, n_rows))


def gradients(weights, x, y, w):
    """Of Σ wᵢ lᵢ / number of rows, where lᵢ is a mean of squares; and the losses."""
    kernel, bias = weights
    error = x @ kernel + bias - y
    slope = 2 * error * w[:, None] / error.size
    return [x.T @ slope, slope.sum(0)], (error**2).mean(1)


def by_hand(state, arrays, epochs, size, step, penalty=(0.0, 0.0)):
    """Weights and epoch losses, in float64."""
    weights = [a.astype(float) for a in state.network]
    x, y, w = arrays.inputs[0].astype(float), arrays.target.astype(float), arrays.weight
    n_batches = -(-len(x) // size)
    lambda_, alpha = penalty
    losses = []
    for epoch in range(1, epochs + 1):
        order, total = permutation(state.seeds["shuffle"], epoch, len(x)), 0.0
        for start in range(0, len(x), size):
            batch = order[start : start + size]
            slopes, batch_losses = gradients(weights, x[batch], y[batch], w[batch])
            total += (batch_losses * w[batch]).sum()
            slopes = [
                g + lambda_ * (2 * (1 - alpha) * v + alpha * np.sign(v)) / n_batches
                for g, v in zip(slopes, weights, strict=True)
            ]
            weights = step(weights, slopes)
        losses.append(total / w.sum())
    return weights, losses


class Descent:
    def __init__(self, rate, momentum=0.0):
        self.rate, self.momentum, self.velocity = rate, momentum, None

    def __call__(self, weights, slopes):
        before = self.velocity or [0.0 * g for g in slopes]
        self.velocity = [
            self.momentum * v - self.rate * g for v, g in zip(before, slopes, strict=True)
        ]
        return [w + v for w, v in zip(weights, self.velocity, strict=True)]


class Adam:
    """As Keras has it: ε beside √v before the correction of the bias."""

    def __init__(self, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.rate, self.beta_1, self.beta_2, self.epsilon = rate, beta_1, beta_2, epsilon
        self.count, self.first, self.second = 0, None, None

    def __call__(self, weights, slopes):
        self.count += 1
        first = self.first or [0.0 * g for g in slopes]
        second = self.second or [0.0 * g for g in slopes]
        pairs = [*zip(first, slopes, strict=True)], [*zip(second, slopes, strict=True)]
        self.first = [m + (g - m) * (1 - self.beta_1) for m, g in pairs[0]]
        self.second = [v + (g * g - v) * (1 - self.beta_2) for v, g in pairs[1]]
        rate = self.rate * np.sqrt(1 - self.beta_2**self.count) / (1 - self.beta_1**self.count)
        moved = zip(weights, self.first, self.second, strict=True)
        return [w - rate * m / (np.sqrt(v) + self.epsilon) for w, m, v in moved]


@pytest.mark.parametrize("size", [1, 4, 11, 99])
@pytest.mark.parametrize("penalty", [(0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.3, 0.4)])
def test_gradient_descent_with_weights_and_penalty(size, penalty):
    arch = architecture(linear, "sgd", batch_size=size, objective=VALUES)
    arrays, state = rows(), initial_state(architecture(linear, objective=VALUES), 1)
    found = trained(arch, arrays, 3, penalty=penalty, learning_rate=0.05)
    weights, losses = by_hand(state, arrays, 3, size, Descent(0.05), penalty)
    for a, b in zip(found.network, weights, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)
    np.testing.assert_allclose(found.losses[1:], losses, rtol=1e-5)


def test_momentum():
    import keras

    spec = keras.optimizers.SGD(0.05, momentum=0.9)
    arch = architecture(linear, spec, batch_size=4, objective=VALUES)
    found = trained(arch, rows(), 5, learning_rate=0.05)
    weights, _ = by_hand(initial_state(arch, 1), rows(), 5, 4, Descent(0.05, 0.9))
    for a, b in zip(found.network, weights, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


@pytest.mark.parametrize("penalty", [(0.0, 0.0), (0.3, 0.4)])
def test_adam(penalty):
    arch = architecture(linear, "adam", batch_size=4, objective=VALUES)
    found = trained(arch, rows(), 5, penalty=penalty, learning_rate=0.05)
    weights, losses = by_hand(initial_state(arch, 1), rows(), 5, 4, Adam(0.05), penalty)
    for a, b in zip(found.network, weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_allclose(found.losses[1:], losses, rtol=1e-4)


def plain_keras(build, state, arrays, epochs, size, rate):
    """A loop as the Keras guides have it, in eager mode, from the state's variables."""
    import keras
    import tensorflow as tf

    network, optimizer = build(), keras.optimizers.Adam(rate)
    for variable, value in zip(network.variables, state.network, strict=True):
        variable.assign(value)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    x = arrays.inputs[0]
    x = x / np.float32(255) if x.dtype == np.uint8 else x
    for epoch in range(1, epochs + 1):
        order = permutation(state.seeds["shuffle"], epoch, len(x))
        for start in range(0, len(x), size):
            batch = order[start : start + size]
            with tf.GradientTape() as tape:
                value = loss(arrays.target[batch], network(x[batch], training=True))
                value += sum(network.losses)
            slopes = tape.gradient(value, network.trainable_variables)
            slopes = [tf.convert_to_tensor(s) for s in slopes]  # one per code, not per occurrence
            optimizer.apply(slopes, network.trainable_variables)
    return [np.asarray(v) for v in network.variables]


def regularised():
    kernel = layers().Dense(5, "tanh", kernel_regularizer="l1", activity_regularizer="l2")
    return sequential((4,), kernel, layers().Dropout(0.3), layers().Dense(3))


@pytest.mark.parametrize("build", [*NETWORKS.values(), regularised], ids=lambda b: b.__name__)
def test_a_plain_keras_loop(build):
    name = build.__name__ if build.__name__ in NETWORKS else "dense"
    arch, arrays = architecture(build, batch_size=8), data(name)
    start = initial_state(arch, 1)
    found = train(arch, start, arrays, epochs=3, learning_rate=0.01)
    expected = plain_keras(build, start, arrays, 3, 8, 0.01)
    for a, b in zip(found.network, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-4)


def test_unfreezing_goes_on_as_a_keras_optimizer_that_starts_with_the_new_variables():
    from kerasflux.training.core import carry_over

    def half():
        network = noisy()
        network.layers[0].trainable = False
        return network

    frozen, free = architecture(half), architecture(noisy)
    state = trained(frozen, data(), 2)
    carried = carry_over(state, frozen, free)
    after = train(free, carried, data(), epochs=3, learning_rate=0.01)
    assert all(map(np.array_equal, carried.network, state.network))
    assert not np.array_equal(after.network[0], state.network[0])
    assert CLASSES.kind == "codes"
