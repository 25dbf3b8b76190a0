"""States: plain arrays that survive being named."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kerasflux.training.state import State, named_seeds

ARRAYS = st.lists(
    hnp.arrays(st.sampled_from(["float32", "int64", "uint32"]), hnp.array_shapes(min_dims=0)),
    max_size=4,
).map(tuple)


@given(ARRAYS, ARRAYS, st.integers(0, 5), st.text("abc ", max_size=5))
def test_a_state_is_what_its_mapping_says(network, optimiser, epoch, why):
    losses = np.arange(epoch + 1.0)
    state = State(
        network=network,
        optimiser=optimiser,
        seeds=named_seeds(3),
        batch_size=7,
        losses=losses,
        validation_losses=losses * np.nan,
        learning_rates=losses[1:],
        seconds=losses[1:],
        epoch=epoch,
        stopped=why,
        fingerprint="abc",
    )
    again = State.from_mapping(state.as_mapping())
    for group in ("network", "optimiser"):
        pairs = [*zip(getattr(again, group), getattr(state, group), strict=True)]
        assert all(a.dtype == b.dtype and a.shape == b.shape for a, b in pairs)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)
    assert again.seeds == state.seeds
    assert (again.batch_size, again.epoch, again.stopped) == (7, epoch, why)
    assert (again.mode, again.fingerprint) == ("graph", "abc")
    assert np.array_equal(again.losses, losses)


def test_more_than_a_thousand_variables_keep_their_order():
    network = tuple(np.asarray(float(k)) for k in range(1100))
    state = State(network=network, optimiser=(), seeds={}, batch_size=1)
    assert [float(a) for a in State.from_mapping(state.as_mapping()).network] == list(range(1100))


def test_seeds_by_name_are_functions_of_seed_and_name():
    assert named_seeds(1) == named_seeds(1)
    assert not set(named_seeds(1).values()) & set(named_seeds(2).values())
    assert all(0 <= seed < 2**31 for seed in named_seeds(2**40).values())
