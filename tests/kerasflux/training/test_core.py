"""Training: staged equals once, losses as defined, interrupts, losses that are not finite."""

import _thread
import threading
from dataclasses import replace

import numpy as np
import pytest
from training_toys import (
    CLASSES,
    NETWORKS,
    VALUES,
    Recorder,
    architecture,
    data,
    dense,
    identical,
    infer,
    layers,
    noisy,
    sequential,
    trained,
)

from kerasflux.training import core
from kerasflux.training.core import (
    Arrays,
    TrainingInterrupted,
    initial_state,
    mean_loss,
    permutation,
    train,
)
from kerasflux.training.optimisers import _SPECS
from kerasflux.training.state import State


def test_orders_are_functions_of_seed_and_epoch_that_nobody_can_change():
    for n in (7, 5_000):
        key = np.random.SeedSequence([3, 2])
        expected = np.random.Generator(np.random.Philox(key)).permutation(n)
        order = permutation(3, 2, n)
        np.testing.assert_array_equal(order, expected)
        assert order.dtype == np.int32
        with pytest.raises(ValueError, match="read-only"):
            order[0] = 1
        assert not np.array_equal(permutation(3, 3, n), expected)
        assert not np.array_equal(permutation(4, 2, n), expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_epochs_in_two_stages_are_epochs_at_once_bit_for_bit(name, without_programs):
    arch, arrays = architecture(NETWORKS[name]), data(name)
    at_once = trained(arch, arrays, 6)
    staged = State.from_mapping(trained(arch, arrays, 3).as_mapping())
    without_programs()  # the second stage gets a program of its own
    assert identical(train(arch, staged, arrays, epochs=6, learning_rate=0.01), at_once)


@pytest.mark.parametrize("spec", _SPECS, ids=lambda spec: spec.keras_name)
def test_every_optimiser_goes_on_where_it_was(spec):
    arch, arrays = architecture(optimiser=spec()), data()
    staged = trained(arch, arrays, 2)
    at_once = trained(arch, arrays, 4)
    assert identical(train(arch, staged, arrays, epochs=4, learning_rate=0.01), at_once)


def works_in_keras(kind):
    """Whether Keras can train with one of its optimizers: Muon of Keras 3.12 can't."""
    network = dense()
    network.compile(kind(0.01), "mse")
    try:
        network.fit(np.ones((2, 4)), np.ones((2, 3)), verbose=0)
    except AttributeError:
        return False
    return True


@pytest.mark.parametrize("name", ["ScheduleFreeAdamW", "Muon"])
def test_keras_optimizers_without_a_spec_go_on_where_they_were(name):
    import keras

    if not hasattr(keras.optimizers, name):
        pytest.skip(f"this Keras has no {name}")
    if not works_in_keras(getattr(keras.optimizers, name)):
        pytest.skip(f"{name} of this Keras fails in `keras.Model.fit` too")
    arch, arrays = architecture(optimiser=getattr(keras.optimizers, name)(0.01)), data()
    staged = trained(arch, arrays, 2)
    at_once = trained(arch, arrays, 4)
    assert at_once.losses[-1] < at_once.losses[0]
    assert identical(train(arch, staged, arrays, epochs=4, learning_rate=0.01), at_once)


def test_training_does_not_change_the_state_it_starts_from():
    arch, arrays = architecture(noisy), data()
    before = initial_state(arch, 1)
    copies = [a.copy() for a in before.network + before.optimiser]
    train(arch, before, arrays, epochs=2, learning_rate=0.01)
    assert all(map(np.array_equal, copies, before.network + before.optimiser))


def test_the_permutation_is_a_function_of_seed_and_epoch():
    assert np.array_equal(permutation(3, 2, 50), permutation(3, 2, 50))
    assert not np.array_equal(permutation(3, 2, 50), permutation(3, 1, 50))
    assert sorted(permutation(3, 1, 50)) == list(range(50))


def test_batch_size_rows_and_learning_rate_are_inputs_of_one_trace():
    traces = []

    def build():
        class Counting(layers().Dense):
            def call(self, x):
                traces.append(1)
                return super().call(x)

        return sequential((4,), Counting(3))

    arch = architecture(build, key="counting")
    trained(arch, data(n_rows=43), 2)
    count = len(traces)
    other = replace(arch, batch_size=5)
    trained(other, data(n_rows=20), 2, learning_rate=0.1)
    assert len(traces) == count


def test_the_loss_before_training_is_measured_in_inference_mode():
    arch, arrays = architecture(noisy), data()
    state = initial_state(arch, 1, arrays)
    assert state.losses.shape == (1,)
    assert state.losses[0] == mean_loss(arch, state, arrays) == trained(arch, arrays, 1).losses[0]


def test_no_epochs_give_the_loss_before_training_and_the_network_as_it_was():
    arch = architecture()
    state = trained(arch, data(), 0)
    assert (state.epoch, len(state.losses)) == (0, 1)
    assert identical(replace(state, losses=np.zeros(0)), initial_state(arch, 1))


def test_reported_losses_are_weighted_means():
    weight = np.random.default_rng(0).uniform(0, 2, 43)
    arch, arrays = architecture(), data(weight=weight)
    state = initial_state(arch, 1)
    logits = infer(arch, state, arrays.inputs).astype(float)
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    rows = -log_p[np.arange(43), arrays.target]
    assert mean_loss(arch, state, arrays) == pytest.approx((rows * weight).sum() / weight.sum())


def test_equal_weights_are_no_weights():
    arch = architecture()
    assert identical(trained(arch, data(weight=np.ones(43)), 3), trained(arch, data(), 3))


def test_inference_in_batches_is_inference_at_once():
    arch, arrays = architecture(noisy), data()
    state = trained(arch, arrays, 1)
    at_once = infer(arch, state, arrays.inputs)
    np.testing.assert_allclose(infer(arch, state, arrays.inputs, batch=10), at_once, atol=1e-6)
    one = tuple(x[:1] for x in arrays.inputs)
    np.testing.assert_allclose(infer(arch, state, one), at_once[:1], atol=1e-6)


def test_uint8_images_are_divided_by_255_in_the_graph():
    def build():
        return sequential((2, 2, 1), layers().Flatten(), layers().Dense(3))

    arch = architecture(build)
    state = initial_state(arch, 1)
    images = np.random.default_rng(0).integers(0, 256, (5, 2, 2, 1)).astype("uint8")
    floats = infer(arch, state, ((images / np.float32(255)).astype("float32"),))
    np.testing.assert_allclose(infer(arch, state, (images,)), floats, atol=1e-6)


def test_a_validation_loss_is_measured_after_every_epoch():
    arch, arrays = architecture(noisy), data()
    recorder = Recorder()
    state = trained(arch, arrays, 3, validation=data(n_rows=11), run=recorder)
    assert np.isfinite(state.validation_losses).all()
    assert len(state.validation_losses) == 4
    assert state.validation_losses[-1] == mean_loss(arch, state, data(n_rows=11))
    assert [row["validation_loss"] for row in recorder.rows] == list(state.validation_losses[1:])


@pytest.mark.parametrize("name", NETWORKS)
def test_measuring_and_predicting_change_no_bit(name):
    arch, arrays = architecture(NETWORKS[name]), data(name)
    plain = trained(arch, arrays, 3)
    assert identical(trained(arch, arrays, 3, validation=arrays), plain)
    state = trained(arch, arrays, 2)
    assert np.array_equal(infer(arch, state, arrays.inputs), infer(arch, state, arrays.inputs))
    assert mean_loss(arch, state, arrays) == mean_loss(arch, state, arrays)
    assert identical(train(arch, state, arrays, epochs=3, learning_rate=0.01), plain)


def test_a_true_answer_of_the_hook_ends_training_there():
    recorder = Recorder(stop_after=2)
    state = trained(architecture(), data(), 5, run=recorder, validation=data())
    assert (state.epoch, len(state.losses), state.stopped) == (2, 3, "on_epoch")
    assert recorder.rows == state.history()
    assert [row["epoch"] for row in recorder.rows] == [1, 2]


def test_the_learning_rate_may_be_a_function_of_the_epoch():
    state = trained(architecture(), data(), 3, learning_rate=lambda epoch: 0.1 / (1 + epoch))
    assert state.learning_rates == pytest.approx([0.1, 0.05, 0.1 / 3])


def test_an_interrupt_in_the_hook_keeps_the_finished_epoch():
    arch, arrays = architecture(noisy), data()
    with pytest.raises(TrainingInterrupted) as caught:
        trained(arch, arrays, 5, run=Recorder(interrupt_after=2))
    assert identical(caught.value.state, trained(arch, arrays, 2))
    goes_on = train(arch, caught.value.state, arrays, epochs=5, learning_rate=0.01)
    assert identical(goes_on, trained(arch, arrays, 5))


def test_an_interrupt_within_an_epoch_keeps_the_last_finished_one(monkeypatch):
    arch, arrays = architecture(noisy), data()
    once = trained(arch, arrays, 2)
    session, calls = core._Session._validation_loss, []

    def interrupted(self):
        calls.append(1)
        if len(calls) == 4:  # before training, epochs 1 and 2, then in the middle of epoch 3
            raise KeyboardInterrupt
        return session(self)

    monkeypatch.setattr(core._Session, "_validation_loss", interrupted)
    with pytest.raises(TrainingInterrupted) as caught:
        trained(arch, arrays, 5, run=Recorder())
    assert identical(caught.value.state, once)


class Alarm:
    """Interrupts the main thread some time after the first epoch."""

    def __init__(self, seconds, each_epoch):
        self.each_epoch = each_epoch
        self.timer = threading.Timer(seconds, _thread.interrupt_main)

    def epoch(self, row):
        if row["epoch"] == 1:
            self.timer.start()


@pytest.mark.parametrize("each_epoch", [True, False])
@pytest.mark.parametrize("seconds", [0.001, 0.03])
def test_an_interrupt_at_any_moment_gives_the_state_of_some_finished_epoch(seconds, each_epoch):
    arch, arrays = architecture(noisy), data()
    with pytest.raises(TrainingInterrupted) as caught:
        trained(arch, arrays, 100_000, run=Alarm(seconds, each_epoch))
    found = caught.value.state
    assert len(found.losses) == found.epoch + 1
    again = trained(arch, arrays, found.epoch)
    assert all(map(np.array_equal, found.network, again.network))
    assert all(map(np.array_equal, found.optimiser, again.optimiser))


def test_an_interrupt_before_the_first_epoch_gives_the_state_back(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(core, "source_of", interrupted)
    arch = architecture()
    state = initial_state(arch, 1)
    with pytest.raises(TrainingInterrupted) as caught:
        train(arch, state, data(), epochs=1, learning_rate=0.01)
    assert identical(caught.value.state, state)


def regression():
    return sequential((4,), layers().Dense(1))


def values(n_rows=20, scale=1.0):
    draw = np.random.default_rng(5)
    x = draw.normal(size=(n_rows, 4)).astype("float32")
    return Arrays((x,), (scale * x.sum(1, keepdims=True)).astype("float32"))


def test_a_loss_that_is_not_finite_ends_training_with_the_last_finite_state():
    arch = architecture(regression, "sgd", objective=VALUES)
    state = trained(arch, values(), 60, learning_rate=1e4)
    assert not np.isfinite(state.losses[-1])
    assert len(state.losses) == state.epoch + 2
    assert str(state.epoch + 1) in state.stopped
    assert all(np.isfinite(a).all() for a in state.network)
    shorter = trained(arch, values(), state.epoch, learning_rate=1e4)
    assert all(map(np.array_equal, state.network, shorter.network))


def test_training_goes_on_from_the_last_finite_state_without_the_bad_entry():
    arch = architecture(regression, "sgd", objective=VALUES)
    bad = trained(arch, values(), 60, learning_rate=1e4)
    good = train(arch, bad, values(), epochs=bad.epoch + 2, learning_rate=1e-5)
    assert len(good.losses) == good.epoch + 1 == bad.epoch + 3
    assert not good.stopped


def test_a_loss_that_is_not_finite_before_training_trains_nothing():
    arch = architecture(regression, "sgd", objective=VALUES)
    state = trained(arch, values(scale=np.nan), 3)
    assert (state.epoch, len(state.losses)) == (0, 1)
    assert "before training" in state.stopped


def test_frozen_layers_stay_as_they_are():
    def build():
        network = dense()
        network.layers[0].trainable = False
        return network

    arch = architecture(build)
    before, after = initial_state(arch, 1), trained(arch, data(), 3)
    changed = [not np.array_equal(a, b) for a, b in zip(before.network, after.network, strict=True)]
    assert changed == [False, False, True, True]


def test_a_network_without_trainable_variables_keeps_its_weights():
    def build():
        network = dense()
        network.trainable = False
        return network

    arch = architecture(build)
    before, after = initial_state(arch, 1), trained(arch, data(), 2)
    assert all(map(np.array_equal, before.network, after.network))
    assert after.losses == pytest.approx(np.full(3, after.losses[0]))


def test_regularisers_of_layers_act_and_are_not_reported():
    def regularised():
        return sequential((4,), layers().Dense(3, kernel_regularizer="l2"))

    def plain():
        return sequential((4,), layers().Dense(3))

    with_, without = (trained(architecture(b, "sgd"), data(), 20) for b in (regularised, plain))
    assert with_.losses[0] == without.losses[0]
    assert np.abs(with_.network[0]).sum() < np.abs(without.network[0]).sum()


def test_the_penalty_shrinks_weights_and_is_not_reported():
    arch = architecture()
    free, held = (trained(arch, data(), 10, penalty=(p, 0.5)) for p in (0.0, 3.0))
    assert free.losses[0] == held.losses[0]
    assert sum(np.abs(a).sum() for a in held.network) < sum(np.abs(a).sum() for a in free.network)


def test_the_penalty_reaches_embeddings():
    arch = architecture(NETWORKS["embedding"])
    state = trained(arch, data("embedding"), 2, penalty=(0.1, 0.0))
    assert np.isfinite(state.losses).all()


def test_without_shuffling_rows_are_taken_in_order():
    arrays = data()
    in_order = trained(architecture(shuffle=False), arrays, 2)
    again = trained(architecture(shuffle=False), arrays, 2, seed=1)
    assert identical(in_order, again)
    assert not identical(in_order, trained(architecture(), arrays, 2))


def test_a_custom_loss_and_finaliser_train():
    import tensorflow as tf

    def squared(truth, prediction):
        return tf.reduce_sum((truth - prediction) ** 2, axis=-1)

    objective = replace(CLASSES, loss=squared)
    state = trained(architecture(objective=objective), data(), 10)
    assert state.losses[-1] < state.losses[0]


def test_an_interrupt_that_strikes_within_code_in_c_is_an_interrupt(monkeypatch):
    """NumPy says "SystemError: ... returned a result with an exception set" then."""
    import tensorflow as tf

    arch, arrays, calls = architecture(dense), data(), []
    constant = tf.constant

    def struck(*args, **options):
        calls.append(args)
        if len(calls) == at:
            raise SystemError("returned a result with an exception set") from KeyboardInterrupt()
        return constant(*args, **options)

    state = initial_state(arch, 1)
    at = 0
    monkeypatch.setattr(tf, "constant", struck)
    train(arch, state, arrays, epochs=2, learning_rate=0.01)
    n, at = len(calls), len(calls)
    assert n > 5
    calls.clear()
    with pytest.raises(TrainingInterrupted) as caught:
        train(arch, state, arrays, epochs=2, learning_rate=0.01)
    assert caught.value.state.epoch in (0, 1)
    calls.clear()
    at = 3
    with pytest.raises(TrainingInterrupted):
        train(arch, state, arrays, epochs=2, learning_rate=0.01)


def test_other_errors_of_the_interpreter_stay_what_they_are(monkeypatch):
    import tensorflow as tf

    def broken(*args, **options):
        raise SystemError("something else")

    arch, arrays = architecture(dense), data()
    state = initial_state(arch, 1)
    monkeypatch.setattr(tf, "constant", broken)
    with pytest.raises(SystemError, match="something else"):
        train(arch, state, arrays, epochs=2, learning_rate=0.01)
