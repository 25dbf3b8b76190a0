"""States carried over to changed architectures."""

import numpy as np
import pytest
from training_toys import architecture, data, dense, layers, sequential, trained

from kerasflux.errors import CannotContinue
from kerasflux.training.carrying import carry_over
from kerasflux.training.core import initial_state, train
from kerasflux.training.optimisers import SGD, Adafactor, Adam


def frozen():
    network = dense()
    network.layers[0].trainable = False
    return network


def test_slots_are_kept_where_only_settings_of_the_optimiser_changed():
    old, new = architecture(), architecture(optimiser=Adam(beta_1=0.5))
    state = trained(old, data(), 2)
    carried = carry_over(state, old, new)
    assert all(map(np.array_equal, carried.optimiser, state.optimiser))
    assert carried.optimiser_identity != state.optimiser_identity


@pytest.mark.parametrize("optimiser", [SGD(momentum=0.9), SGD(), Adafactor(), "rmsprop"])
def test_another_optimiser_starts_as_if_there_had_been_none(optimiser):
    old, new = architecture(), architecture(optimiser=optimiser)
    state = trained(old, data(), 2)
    carried, fresh = carry_over(state, old, new), initial_state(new, 1)
    assert state.optimiser[0] == 12
    assert all(map(np.array_equal, carried.optimiser, fresh.optimiser))
    assert all(map(np.array_equal, carried.network, state.network))
    again = train(new, carried, data(), epochs=4, learning_rate=0.01)
    assert again.optimiser[0] == 12
    assert len(again.losses) == 5


def by_keras(weights, optimizer, arrays, n_epochs):
    """The weights after full-batch steps of a Keras optimizer that has never been used."""
    import keras

    network = dense()
    network.set_weights(list(weights))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer, loss)
    full = {"batch_size": len(arrays.target), "epochs": n_epochs, "shuffle": False, "verbose": 0}
    network.fit(arrays.inputs[0], arrays.target, **full)
    return network.get_weights()


@pytest.mark.parametrize("before", ["sgd", "adamw", "unfreezing"])
def test_steps_after_a_change_are_those_of_a_fresh_adam_of_keras(before):
    """Slots of zeros under the old count would lack Adam's correction: steps up to 3.2 times."""
    import keras

    build = frozen if before == "unfreezing" else dense
    old = architecture(build, "adam" if before == "unfreezing" else before, batch_size=43)
    new = architecture(dense, "adam", batch_size=43)
    state = carry_over(trained(old, data(), 20), old, new)
    found = train(new, state, data(), epochs=23, learning_rate=0.01).network
    expected = by_keras(state.network, keras.optimizers.Adam(0.01), data(), 3)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


def test_one_class_with_other_kinds_of_slots_starts_new_ones():
    old, new = architecture(optimiser=SGD(momentum=0.9)), architecture(optimiser=SGD())
    state = trained(old, data(), 2)
    carried = carry_over(state, old, new)
    assert len(carried.optimiser) == 1
    back = carry_over(carried, new, old)
    assert all(not slot.any() for slot in back.optimiser[1:])


@pytest.mark.parametrize("optimiser", ["adam", "adafactor", "nadam", "ftrl"])
@pytest.mark.parametrize(("before", "after"), [(frozen, dense), (dense, frozen)])
def test_other_trainable_variables_keep_weights_and_start_the_optimiser_anew(
    optimiser, before, after
):
    old, new = architecture(before, optimiser), architecture(after, optimiser)
    state = trained(old, data(), 2)
    carried, fresh = carry_over(state, old, new), initial_state(new, 1)
    assert all(map(np.array_equal, carried.network, state.network))
    assert len(carried.optimiser) == len(fresh.optimiser) != len(state.optimiser)
    assert all(map(np.array_equal, carried.optimiser, fresh.optimiser))
    again = train(new, carried, data(), epochs=3, learning_rate=0.01)
    moved = [not np.array_equal(a, b) for a, b in zip(again.network, state.network, strict=True)]
    assert moved == [after is dense] * 2 + [True] * 2


def test_slots_of_one_shape_and_two_meanings_are_told_apart():
    averaged = SGD(use_ema=True, ema_overwrite_frequency=100)
    old, new = architecture(optimiser=SGD(momentum=0.9)), architecture(optimiser=averaged)
    state = trained(old, data(), 2)
    shapes = [slot.shape for slot in state.optimiser]
    assert shapes == [slot.shape for slot in initial_state(new, 1).optimiser]
    assert carry_over(state, old, new).optimiser[0] == 0


def test_carrying_over_to_the_same_architecture_changes_nothing():
    arch = architecture()
    state = trained(arch, data(), 2)
    assert all(map(np.array_equal, carry_over(state, arch, arch).optimiser, state.optimiser))


def test_another_network_is_refused():
    old, new = architecture(dense), architecture(lambda: sequential((4,), layers().Dense(3)), key=0)
    with pytest.raises(CannotContinue, match="another network"):
        carry_over(trained(old, data(), 1), old, new)
