"""Masks of random layers, kept step by step: rates, scale, and that no two are alike."""

from functools import partial

import numpy as np
import pytest
from modes import executed, modes
from training_toys import VALUES, layers, sequential

from kerasflux.training.core import Arrays, initial_state, train

STEPS, SIZE, WIDTH = 6, 16, 40
EPOCHS = 5
DRAWN = EPOCHS * STEPS * SIZE * WIDTH


def recorder(size=SIZE, steps=EPOCHS * STEPS):
    """A layer that keeps what it got in the last steps, newest last."""
    import tensorflow as tf

    class Kept(layers().Layer):
        def build(self, shape):
            self.kept = self.add_weight(
                name="kept",
                shape=(steps, size, *shape[1:]),
                initializer="zeros",
                trainable=False,
            )

        def call(self, x, training=False):
            if training:
                self.kept.assign(tf.concat([self.kept[1:], x[None]], 0))
            return x

    return Kept()


def behind(layer, shape=(WIDTH,)):
    """A network that keeps what a random layer makes of ones."""
    kept = layer(), recorder(), layers().Flatten()
    return sequential(shape, *kept, layers().Dense(1))


def twice(rate=0.4):
    """Two dropouts, of equal rate, each kept."""
    import keras

    x = keras.Input((WIDTH,))
    one, two = (recorder()(layers().Dropout(rate)(x)) for _ in range(2))
    return keras.Model(x, layers().Dense(1)(layers().Add()([one, two])))


def ones(shape=(WIDTH,), n_rows=STEPS * SIZE):
    x = np.ones((n_rows, *shape), "float32")
    return Arrays((x,), np.zeros((n_rows, 1), "float32"))


def masks(mode, build, key, seed=1, shape=(WIDTH,), epochs=EPOCHS):
    """What was kept, one array `(steps, rows, ...)` per recorder, and the network's input."""
    arch = executed(mode, build, "sgd", key=key, batch_size=SIZE, objective=VALUES)
    start = initial_state(arch, seed)
    state = train(arch, start, ones(shape), epochs=epochs, learning_rate=0.0)
    kept = (EPOCHS * STEPS, SIZE)
    return [a for a in state.network if a.shape[:2] == kept]


def correlation(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@modes
@pytest.mark.parametrize("rate", [0.1, 0.8])
def test_dropout_keeps_the_share_it_should_and_scales_it(mode, rate):
    (kept,) = masks(mode, partial(behind, lambda: layers().Dropout(rate)), ("dropout", rate))
    assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / (1 - rate))}
    spread = np.sqrt(rate * (1 - rate) / DRAWN)
    assert abs((kept > 0).mean() - (1 - rate)) < 5 * spread
    shares = (kept > 0).mean((0, 1))  # each unit's
    assert np.abs(shares - (1 - rate)).max() < 5 * np.sqrt(rate * (1 - rate) / (DRAWN / WIDTH))


@modes
def test_no_step_epoch_row_unit_or_layer_repeats_anothers_mask(mode):
    one, two = (a > 0 for a in masks(mode, twice, "twice"))
    assert len({step.tobytes() for step in [*one, *two]}) == 2 * EPOCHS * STEPS
    bound = 5 / np.sqrt(DRAWN / 2)
    pairs = {
        "layers": (one, two),
        "steps": (one[1:], one[:-1]),
        "epochs": (one[STEPS:], one[:-STEPS]),
        "rows": (one[:, 1:], one[:, :-1]),
        "units": (one[..., 1:], one[..., :-1]),
    }
    found = {name: correlation(a, b) for name, (a, b) in pairs.items()}
    assert all(abs(c) < bound for c in found.values()), found


@modes
def test_masks_are_functions_of_the_seed(mode):
    first, again, other = (masks(mode, twice, "twice", seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert abs(correlation(first > 0, other > 0)) < 5 / np.sqrt(DRAWN)


@modes
def test_dropout_of_whole_channels_drops_whole_channels(mode):
    shape = (5, WIDTH)
    build = partial(behind, lambda: layers().SpatialDropout1D(0.3), shape)
    (kept,) = masks(mode, build, "spatial", shape=shape)
    assert (kept == kept[:, :, :1]).all()
    assert abs((kept[:, :, 0] > 0).mean() - 0.7) < 5 * np.sqrt(0.21 / DRAWN)


@modes
def test_a_noise_shape_is_kept_to(mode):
    shape = (5, WIDTH)
    build = partial(behind, lambda: layers().Dropout(0.3, noise_shape=(None, 1, WIDTH)), shape)
    (kept,) = masks(mode, build, "noise_shape", shape=shape)
    assert (kept == kept[:, :, :1]).all()
    assert abs((kept[:, :, 0] > 0).mean() - 0.7) < 5 * np.sqrt(0.21 / DRAWN)


@pytest.mark.parametrize("name", ["GaussianNoise", "GaussianDropout", "AlphaDropout"])
def test_other_random_layers_draw_with_their_mean_and_never_twice(name):
    (kept,) = masks("graph", partial(behind, lambda: getattr(layers(), name)(0.25)), name)
    assert len({step.tobytes() for step in kept}) == EPOCHS * STEPS
    assert abs(correlation(kept[1:], kept[:-1])) < 5 / np.sqrt(DRAWN)
    if name != "AlphaDropout":  # it keeps the mean of what has mean zero and variance one
        spread = {"GaussianNoise": 0.25, "GaussianDropout": np.sqrt(1 / 3)}[name]
        assert abs(kept.mean() - 1) < 5 * spread / np.sqrt(DRAWN)
        assert kept.std() == pytest.approx(spread, rel=0.02)


@modes
def test_a_rate_of_zero_draws_nothing_and_keeps_all(mode):
    (kept,) = masks(mode, partial(behind, lambda: layers().Dropout(0.0)), "none")
    assert (kept == 1).all()


@modes
def test_masks_of_a_ragged_last_batch_are_masks_too(mode):
    """With the last step of three rows, of which no other step's masks depend."""
    arch = executed(mode, twice_unkept, "sgd", batch_size=SIZE, objective=VALUES)
    losses = [
        train(arch, initial_state(arch, 1), ones(n_rows=n), epochs=3, learning_rate=0.0).losses
        for n in (SIZE + 3, 2 * SIZE)
    ]
    assert np.isfinite(losses).all()
    assert len(set(losses[0][1:])) == 3  # drawn anew each epoch


def twice_unkept():
    return sequential((WIDTH,), *(layers().Dropout(0.4) for _ in range(2)), layers().Dense(1))
