"""Odd sizes and bad numbers, in both modes: one row, larger batches, overflow, weights."""

from dataclasses import replace

import numpy as np
import pytest
from modes import executed, logits, modes
from training_toys import (
    NETWORKS,
    VALUES,
    Recorder,
    data,
    dense,
    identical,
    noisy,
    sequential,
    trained,
)
from training_toys import layers as keras_layers

from kerasflux.training import graphs
from kerasflux.training.core import Arrays, initial_state, mean_loss, train


def line():
    return sequential((4,), keras_layers().Dense(1))


def convolutional():
    hidden = keras_layers().Conv2D(3, 3, activation="relu"), keras_layers().MaxPooling2D()
    return sequential((6, 6, 1), *hidden, keras_layers().Flatten(), keras_layers().Dense(3))


def values(n_rows=20, scale=1.0, weight=None):
    draw = np.random.default_rng(5)
    x = draw.normal(size=(n_rows, 4)).astype("float32")
    return Arrays((x,), (scale * x.sum(1, keepdims=True)).astype("float32"), weight)


def regression(mode, size=8, optimiser="sgd"):
    return executed(mode, line, optimiser, batch_size=size, objective=VALUES)


def both_ways(arch, arrays, epochs, **options):
    """Trained epoch after epoch, and with nobody to ask in between."""
    one = trained(arch, arrays, epochs, run=Recorder(), **options)
    many = trained(arch, arrays, epochs, **options)
    assert np.array_equal(one.losses, many.losses, equal_nan=True)
    assert identical(*(replace(state, losses=np.zeros(0)) for state in (one, many)))
    assert one.stopped == many.stopped
    return many


@modes
def test_a_loss_that_overflows_among_many_epochs_ends_at_the_last_finite_state(mode):
    arch = regression(mode)
    bad = both_ways(arch, values(), 60, learning_rate=1e4)
    assert 0 < bad.epoch < 60
    assert not np.isfinite(bad.losses[-1])
    assert len(bad.losses) == bad.epoch + 2
    assert str(bad.epoch + 1) in bad.stopped
    shorter = trained(arch, values(), bad.epoch, learning_rate=1e4)
    assert all(map(np.array_equal, bad.network, shorter.network))
    assert all(map(np.array_equal, bad.optimiser, shorter.optimiser))
    good = train(arch, bad, values(), epochs=bad.epoch + 2, learning_rate=1e-5)
    assert len(good.losses) == good.epoch + 1 == bad.epoch + 3


@modes
def test_weights_that_overflow_end_training_before_the_epoch_that_made_them(mode):
    arch = regression(mode, size=99)
    rates = lambda epoch: 3e38 if epoch == 3 else 0.01
    bad = both_ways(arch, values(), 9, learning_rate=rates)
    assert bad.epoch == 3
    assert "not finite" in bad.stopped
    assert np.isfinite(bad.losses).all()
    good = trained(arch, values(), 3, learning_rate=rates)
    assert all(map(np.array_equal, bad.network, good.network))


@modes
def test_a_loss_that_is_not_finite_before_training_trains_nothing(mode):
    arch = regression(mode)
    state = trained(arch, values(scale=np.nan), 3, learning_rate=0.1)
    assert identical(replace(state, losses=np.zeros(0)), initial_state(arch, 1))
    assert (state.epoch, len(state.losses)) == (0, 1)
    assert "before training" in state.stopped


@modes
@pytest.mark.parametrize("n_rows", [1, 2, 9])
@pytest.mark.parametrize("size", [1, 8, 5000])
def test_any_size_of_batch_takes_any_number_of_rows(mode, n_rows, size):
    """Against one step of gradient descent after the other, in float64."""
    arch, arrays = regression(mode, size), values(n_rows)
    start = replace(initial_state(arch, 1), seeds={"shuffle": 3, "network": 1, "dropout": 1})
    arch = replace(arch, shuffle=False)
    found = train(arch, start, arrays, epochs=2, learning_rate=0.1)
    kernel, bias = (a.astype(float) for a in start.network)
    for _ in range(2):
        for k in range(0, n_rows, size):
            x, y = arrays.inputs[0][k : k + size], arrays.target[k : k + size]
            slope = 2 * (x @ kernel + bias - y) / len(x)
            kernel, bias = kernel - 0.1 * x.T @ slope, bias - 0.1 * slope.sum(0)
    np.testing.assert_allclose(found.network[0], kernel, atol=2e-6)
    np.testing.assert_allclose(found.network[1], bias, atol=2e-6)


@modes
@pytest.mark.parametrize("size", [1, 8])
def test_rows_of_weight_zero_teach_nothing_and_count_as_rows(mode, size):
    weight = np.where(np.arange(20) % 4 == 0, 0.0, 1.5)
    arch, arrays = replace(regression(mode, size), shuffle=False), values(weight=weight)
    target = np.where(weight[:, None] == 0, np.float32(77), arrays.target)
    one, two = (trained(arch, a, 3) for a in (arrays, replace(arrays, target=target)))
    np.testing.assert_allclose(one.losses, two.losses, rtol=1e-6)
    for a, b in zip(one.network, two.network, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@modes
@pytest.mark.parametrize("size", [1, 64])
def test_losses_are_summed_in_float64(mode, size):
    """Twenty thousand losses near a thousand: sums in float32 are wrong in the fifth digit."""
    n_rows = 20_000
    draw = np.random.default_rng(0)
    target = np.sqrt(1000 + draw.uniform(0, 1, (n_rows, 1))).astype("float32")
    arrays = Arrays((np.zeros((n_rows, 4), "float32"),), target)
    arch = regression(mode, size)
    state = trained(arch, arrays, 1, learning_rate=0.0)
    exact = (target[:, 0] ** 2).astype(float).mean()
    assert state.losses == pytest.approx([exact, exact], rel=2e-7)
    assert state.losses.dtype == np.float64


@modes
def test_an_epoch_of_no_step_size_loses_what_was_lost_before(mode):
    """Each row once, by its weight, those of the ragged last batch too."""
    weight = np.linspace(0, 2, 43)
    arch = executed(mode, dense)
    state = trained(arch, data(weight=weight), 2, learning_rate=0.0)
    assert state.losses[1:] == pytest.approx(state.losses[[0, 0]], rel=1e-6)
    assert mean_loss(arch, state, data(weight=weight)) == pytest.approx(state.losses[0], rel=1e-6)


@modes
def test_more_epochs_than_one_call_takes_are_those_of_many_calls(mode):
    state = both_ways(regression(mode), values(), 150, learning_rate=0.01)
    assert (state.epoch, len(state.losses), len(state.seconds)) == (150, 151, 150)


@pytest.mark.parametrize("length", [48, 200])
def test_more_rows_of_padding_change_no_bit(length, monkeypatch):
    """Under XLA, with masks of dropout and statistics of batches, the last one of three rows."""
    arch, arrays = executed("xla", noisy, batch_size=8), data(weight=np.linspace(0.5, 2, 43))
    plain = trained(arch, arrays, 4)
    monkeypatch.setattr(graphs, "bucket", lambda n_rows: length)
    padded = trained(arch, arrays, 2)
    assert identical(train(arch, padded, arrays, epochs=4, learning_rate=0.01), plain)


@modes
def test_equal_weights_are_no_weights(mode):
    arch = executed(mode, dense)
    assert identical(trained(arch, data(weight=np.ones(43)), 3), trained(arch, data(), 3))


@modes
@pytest.mark.parametrize("name", ["embedding", "convolutional"])
def test_codes_and_pixels_are_read_as_they_are(mode, name):
    """Codes stay whole numbers, pixels are divided by 255, in training and in inference."""
    build = {"embedding": NETWORKS["embedding"], "convolutional": convolutional}[name]
    arch, arrays = executed(mode, build, batch_size=8), data(name)
    state = trained(arch, arrays, 2)
    assert state.losses[-1] < state.losses[0]
    z = logits(arch, state, arrays.inputs).astype(float)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    exact = -log_p[np.arange(43), arrays.target].mean()
    assert mean_loss(arch, state, arrays) == pytest.approx(exact, rel=1e-5)


@modes
def test_pixels_are_the_floats_they_stand_for(mode):
    def build():
        return sequential((2, 2, 1), keras_layers().Flatten(), keras_layers().Dense(3))

    pixels = np.random.default_rng(0).integers(0, 256, (43, 2, 2, 1)).astype("uint8")
    floats = (pixels / np.float32(255)).astype("float32")
    arch = executed(mode, build, key=("pixels", mode), batch_size=8)
    one, two = (trained(arch, replace(data(), inputs=(images,)), 2) for images in (pixels, floats))
    np.testing.assert_allclose(one.losses, two.losses, rtol=1e-6)
    for a, b in zip(one.network, two.network, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
