"""The training core against loops of plain Keras: eager, true-size batches, a stock optimizer.

Both sides start from the same weights and take the same batches; nothing of the core is used on
the other side but the permutation of an epoch. Ten steps, every fifth of them ragged.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from modes import executed, modes
from training_toys import CLASSES, VALUES, architecture, layers, sequential

from kerasflux.training.core import Arrays, initial_state, permutation, train

N, SIZE, EPOCHS = 23, 5, 2
RATE = 0.005
PENALTY = (0.05, 0.4)


def perceptron():
    return sequential((4,), layers().Dense(6, "tanh"), layers().Dense(3))


def layer_normalised():
    normalised = layers().Dense(6, "gelu"), layers().LayerNormalization()
    return sequential((4,), *normalised, layers().Dense(3))


def batch_normalised():
    """Without a bias before the statistics: its slope is nought but rounding, which Adam enlarges.

    A momentum of 0.5, that a padded row would be seen in the moving averages.
    """
    normalised = layers().Dense(6, use_bias=False), layers().BatchNormalization(momentum=0.5)
    again = layers().Dense(5, "tanh", use_bias=False), layers().BatchNormalization(momentum=0.5)
    return sequential((4,), *normalised, *again, layers().Dense(3))


def batch_normalised_images():
    convolution = layers().Conv2D(3, 3, use_bias=False), layers().BatchNormalization(momentum=0.5)
    return sequential((6, 6, 1), *convolution, layers().Flatten(), layers().Dense(3))


def masked():
    """Statistics of steps that count, of rows that are there: both masks at once."""
    codes = layers().Embedding(7, 3, mask_zero=True), layers().BatchNormalization(momentum=0.5)
    return sequential((4,), *codes, layers().GlobalAveragePooling1D(), layers().Dense(3))


def embedded():
    codes = layers().Embedding(7, 3), layers().LayerNormalization(), layers().Flatten()
    return sequential((4,), *codes, layers().Dense(5, "tanh"), layers().Dense(3))


def regularised():
    import keras

    both = keras.regularizers.L1L2(0.01, 0.02)
    hidden = layers().Dense(6, "tanh", kernel_regularizer="l1", bias_regularizer="l2")
    return sequential((4,), hidden, layers().Dense(3, kernel_regularizer=both))


def regularised_embedding():
    codes = layers().Embedding(7, 3, embeddings_regularizer="l2"), layers().Flatten()
    return sequential((4,), *codes, layers().Dense(3, kernel_regularizer="l1"))


def with_regularised_activity():
    import keras

    hidden = layers().Dense(6, "tanh", activity_regularizer="l2")
    activity = keras.layers.ActivityRegularization(l1=0.01, l2=0.02)
    return sequential((4,), hidden, activity, layers().Dense(3))


def noisy():
    hidden = layers().Dense(6, "tanh"), layers().Dropout(0.3)
    return sequential((4,), *hidden, layers().Dense(3))


def two_inputs():
    import keras

    codes, numbers = keras.Input((2,), dtype="int32"), keras.Input((3,))
    embedded = layers().Flatten()(layers().Embedding(5, 2)(codes))
    hidden = layers().Dense(5, "tanh")(layers().Concatenate()([embedded, numbers]))
    return keras.Model([codes, numbers], layers().Dense(3)(hidden))


def inputs_of(build):
    draw = np.random.default_rng(7)
    if build in (embedded, masked, regularised_embedding):
        return (draw.integers(0, 7, (N, 4)).astype("int32"),)
    if build is batch_normalised_images:
        return (draw.integers(0, 256, (N, 6, 6, 1)).astype("uint8"),)
    numbers = draw.normal(size=(N, 4)).astype("float32")
    if build is two_inputs:
        return draw.integers(0, 5, (N, 2)).astype("int32"), numbers[:, :3]
    return (numbers,)


def rows_of(build, weighted=True, objective=CLASSES):
    draw = np.random.default_rng(8)
    target = draw.integers(0, 3, N).astype("int32")
    if objective is VALUES:
        target = np.random.default_rng(3).normal(size=(N, 3)).astype("float32")
    weight = np.where(np.arange(N) % 7, draw.uniform(0.25, 2, N), 0.0) if weighted else None
    return Arrays(inputs_of(build), target, weight)


def away_from_zero(network):
    """Weights whose sign no step changes, as |w| has no slope at zero; counters as they are."""
    return tuple(
        a if a.dtype.kind != "f" else np.where(a < 0, a - 0.25, a + 0.25).astype(a.dtype)
        for a in network
    )


def plain_keras(build, network, arrays, optimizer, order, penalty=(0.0, 0.0), loss=None):
    """All variables after training as the guides of Keras have it: Σ wᵢlᵢ / rows of the batch."""
    import keras
    import tensorflow as tf

    model = build()
    for variable, value in zip(model.variables, network, strict=True):
        variable.assign(value)
    kept = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    loss, (lambda_, alpha) = loss or kept, penalty
    inputs = [x / np.float32(255) if x.dtype == np.uint8 else x for x in arrays.inputs]
    weight = np.ones(N) if arrays.weight is None else arrays.weight
    for rows in order:
        n_batches = -(-len(rows) // SIZE)
        for start in range(0, len(rows), SIZE):
            batch = rows[start : start + SIZE]
            x = [column[batch] for column in inputs]
            with tf.GradientTape() as tape:
                logits = model(x if len(x) > 1 else x[0], training=True)
                value = tf.reduce_mean(loss(arrays.target[batch], logits) * weight[batch])
                for extra in model.losses:
                    value += extra
                for v in model.trainable_variables:
                    squares, sizes = tf.reduce_sum(v**2), tf.reduce_sum(tf.abs(v))
                    value += lambda_ * ((1 - alpha) * squares + alpha * sizes) / n_batches
            slopes = tape.gradient(value, model.trainable_variables)
            slopes = [tf.convert_to_tensor(s) for s in slopes]  # one per code, not per occurrence
            optimizer.apply(slopes, model.trainable_variables)
    return [np.asarray(v) for v in model.variables]


def away(arch):
    """Where both sides start."""
    start = initial_state(arch, 1)
    return replace(start, network=away_from_zero(start.network))


@cache
def looped(build, name, penalty, weighted, objective, shuffle):
    """The start and the end of the loop, which is the same for both modes."""
    optimizer = optimizers()[name]
    options = {"batch_size": SIZE, "objective": objective, "shuffle": shuffle}
    start = away(architecture(build, optimizer(), **options))
    if shuffle:
        order = [permutation(start.seeds["shuffle"], e, N) for e in range(1, EPOCHS + 1)]
    else:
        order = [np.arange(N)] * EPOCHS
    arrays, loss = rows_of(build, weighted, objective), None
    if objective is VALUES:
        import keras

        loss = keras.losses.MeanSquaredError(reduction=None)
    end = plain_keras(build, start.network, arrays, optimizer(), order, penalty, loss)
    moved = [np.abs(a - b).max() for a, b in zip(start.network, end, strict=True) if a.size]
    assert max(moved) > 1e-3, "the loop has learned something"
    return start, end


def both(mode, build, name, penalty=(0.0, 0.0), weighted=True, objective=CLASSES, shuffle=True):
    """What the core and the loop make of the same start; a penalty's is away from zero."""
    options = {"batch_size": SIZE, "objective": objective, "shuffle": shuffle}
    arch = executed(mode, build, optimizers()[name](), **options)
    start, arrays = away(arch), rows_of(build, weighted, objective)
    begun, expected = looped(build, name, penalty, weighted, objective, shuffle)
    assert all(map(np.array_equal, start.network, begun.network))
    assert start.seeds["shuffle"] == begun.seeds["shuffle"]
    found = train(arch, start, arrays, epochs=EPOCHS, learning_rate=RATE, penalty=penalty)
    assert found.epoch == EPOCHS
    return found.network, expected


def assert_equal(found, expected):
    for k, (a, b) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6, err_msg=f"variable {k}")


def optimizers():
    import keras

    o = keras.optimizers
    return {
        "sgd": lambda: o.SGD(RATE),
        "momentum": lambda: o.SGD(RATE, momentum=0.9),
        "nesterov": lambda: o.SGD(RATE, momentum=0.9, nesterov=True),
        "adam": lambda: o.Adam(RATE),
        "adamw": lambda: o.AdamW(RATE, weight_decay=0.1),
        "rmsprop": lambda: o.RMSprop(RATE),
        "clipped": lambda: o.Adam(RATE, global_clipnorm=0.1),
        "averaged": lambda: o.SGD(RATE, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
        "accumulated": lambda: o.SGD(RATE, gradient_accumulation_steps=3),
    }


@modes
@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "adamw", "rmsprop"])
def test_optimisers_step_as_a_plain_loop_steps(name, mode):
    assert_equal(*both(mode, perceptron, name))


@modes
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_penalties_are_those_of_a_plain_loop(name, mode):
    assert_equal(*both(mode, perceptron, name, PENALTY))


@modes
@pytest.mark.parametrize("name", ["nesterov", "clipped", "averaged", "accumulated"])
def test_settings_of_optimisers_are_those_of_a_plain_loop(name, mode):
    assert_equal(*both(mode, perceptron, name, PENALTY))


# SGD's steps tell how long slopes are; Adam's where some rows have none, as codes that don't occur
# and units of rows that are padding.
@modes
@pytest.mark.parametrize(
    ("build", "name"),
    [
        (layer_normalised, "sgd"),
        (batch_normalised, "sgd"),
        (batch_normalised, "adam"),
        (batch_normalised_images, "sgd"),
        (embedded, "sgd"),
        (embedded, "adam"),
        (masked, "sgd"),
        (regularised, "sgd"),
        (regularised_embedding, "sgd"),
        (regularised_embedding, "adam"),
        (two_inputs, "sgd"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_networks_learn_as_in_a_plain_loop(build, name, mode):
    assert_equal(*both(mode, build, name))


@modes
def test_the_penalty_and_regularisers_of_layers_add_up(mode):
    assert_equal(*both(mode, regularised, "adam", PENALTY))


@modes
def test_equal_weights_are_those_of_a_plain_loop(mode):
    assert_equal(*both(mode, batch_normalised, "adam", weighted=False))


@modes
def test_rows_in_order_are_the_batches_of_a_plain_loop(mode):
    assert_equal(*both(mode, perceptron, "adam", shuffle=False))


@modes
def test_a_mean_of_squares_is_that_of_a_plain_loop(mode):
    assert_equal(*both(mode, perceptron, "rmsprop", PENALTY, objective=VALUES))


def test_regularised_activities_are_for_the_graph_loop_which_is_said():
    """Under XLA they would count rows of padding."""
    with pytest.warns(UserWarning, match="its layers add losses of what they compute"):
        assert_equal(*both("xla", with_regularised_activity, "adam"))


@pytest.mark.parametrize("build", [with_regularised_activity, noisy], ids=lambda b: b.__name__)
def test_the_graph_loop_draws_and_adds_what_a_plain_loop_does(build):
    """Masks of dropout, and activities' regularisers, which know no padded rows."""
    assert_equal(*both("graph", build, "adam"))


def one_embedding():
    return sequential((1,), layers().Embedding(3, 1), layers().Flatten())


@modes
@pytest.mark.parametrize("spec", ["adam", "rmsprop"])
def test_codes_that_occur_often_take_steps_as_long_as_others(spec, mode):
    """Slopes of one code are summed before they are squared, as in the formula of Adam.

    Keras' optimizers square a tape's slopes of embeddings one by one. A first step of Adam is as
    long as the learning rate, and one of RMSprop √10 as long, for codes seen once and three times.
    """
    codes = np.array([[0], [0], [1], [0]], "int32")
    arrays = Arrays((codes,), np.array([[1.0], [2.0], [-2.0], [3.0]], "float32"))
    arch = executed(mode, one_embedding, spec, batch_size=4, objective=VALUES)
    start = initial_state(arch, 1)
    options = {"epochs": 1, "learning_rate": 0.01}
    after = train(arch, start, arrays, **options)
    steps = (after.network[0] - start.network[0]).ravel()
    length = 0.01 * {"adam": 1, "rmsprop": np.sqrt(10)}[spec]
    np.testing.assert_allclose(steps, [length, -length, 0], rtol=1e-4)
    penalised = train(arch, start, arrays, penalty=(1e-12, 0.0), **options)
    np.testing.assert_allclose(penalised.network[0][:2], after.network[0][:2], atol=1e-6)
