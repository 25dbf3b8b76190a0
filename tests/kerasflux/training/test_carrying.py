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
def test_another_optimiser_starts_new_slots_and_goes_on_counting(optimiser):
    old, new = architecture(), architecture(optimiser=optimiser)
    state = trained(old, data(), 2)
    carried, fresh = carry_over(state, old, new), initial_state(new, 1)
    assert carried.optimiser[0] == state.optimiser[0] == 12
    assert all(map(np.array_equal, carried.optimiser[1:], fresh.optimiser[1:]))
    assert train(new, carried, data(), epochs=4, learning_rate=0.01).optimiser[0] == 24


def test_one_class_with_other_kinds_of_slots_starts_new_ones():
    old, new = architecture(optimiser=SGD(momentum=0.9)), architecture(optimiser=SGD())
    state = trained(old, data(), 2)
    carried = carry_over(state, old, new)
    assert len(carried.optimiser) == 1
    back = carry_over(carried, new, old)
    assert all(not slot.any() for slot in back.optimiser[1:])


@pytest.mark.parametrize("optimiser", ["adam", "adafactor", "nadam", "ftrl"])
def test_unfreezing_keeps_slots_and_starts_those_of_new_trainable_variables(optimiser):
    old, new = architecture(frozen, optimiser), architecture(dense, optimiser)
    state = trained(old, data(), 2)
    carried, fresh = carry_over(state, old, new), initial_state(new, 1)
    assert all(map(np.array_equal, carried.network, state.network))
    n_old, n_new = len(state.optimiser), len(carried.optimiser)
    assert n_new == len(fresh.optimiser) > n_old
    kept = [slot for slot in state.optimiser if slot.shape in ((5, 3), (3,)) and slot.any()]
    found = [slot for slot in carried.optimiser if slot.shape in ((5, 3), (3,)) and slot.any()]
    assert len(kept) == len(found)
    assert all(map(np.array_equal, kept, found))
    again = train(new, carried, data(), epochs=3, learning_rate=0.01)
    assert not np.array_equal(again.network[0], state.network[0])


def test_freezing_drops_slots():
    old, new = architecture(dense), architecture(frozen)
    state = trained(old, data(), 2)
    carried = carry_over(state, old, new)
    assert len(carried.optimiser) == 1 + 4
    assert np.array_equal(carried.optimiser[1], state.optimiser[5])


def test_carrying_over_to_the_same_architecture_changes_nothing():
    arch = architecture()
    state = trained(arch, data(), 2)
    assert all(map(np.array_equal, carry_over(state, arch, arch).optimiser, state.optimiser))


def test_another_network_is_refused():
    old, new = architecture(dense), architecture(lambda: sequential((4,), layers().Dense(3)), key=0)
    with pytest.raises(CannotContinue, match="another network"):
        carry_over(trained(old, data(), 1), old, new)
