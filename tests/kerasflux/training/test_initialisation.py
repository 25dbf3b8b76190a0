"""Initial weights: a function of the seed, whatever builders do; the process is left alone."""

import random
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from training_toys import NETWORKS, architecture, data, dense, layers, noisy, sequential, trained

from kerasflux.errors import BuilderError
from kerasflux.training import compat, initialisation
from kerasflux.training.core import initial_state
from kerasflux.training.initialisation import blueprint


def values(build, seed, key=""):
    return initial_state(architecture(build, key=key), seed).network


def same(a, b):
    return [np.array_equal(x, y) for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize("name", NETWORKS)
def test_equal_seeds_give_equal_networks_and_other_seeds_others(name):
    build = NETWORKS[name]
    first, other, again = (values(build, seed) for seed in (1, 2, 1))
    assert again is not first  # drawn anew: what is kept are the values of the last seed
    assert all(same(first, again))
    assert not all(same(first, other))


def test_values_of_the_last_seed_are_kept_for_the_next_fit_and_training_leaves_them_alone():
    arch = architecture(noisy)
    before = [value.copy() for value in initial_state(arch, 1).network]
    kept = initial_state(arch, 1).network
    assert kept is initial_state(arch, 1).network
    trained(arch, data("dense"), 2, seed=1)
    assert all(same(kept, before))
    assert all(same(initial_state(arch, 1).network, before))


def test_values_of_large_networks_are_not_kept(monkeypatch):
    monkeypatch.setattr(initialisation, "MOST_KEPT", 3)
    arch = architecture(dense, key="not kept")
    first, again = initial_state(arch, 1).network, initial_state(arch, 1).network
    assert again is not first
    assert all(same(first, again))


def test_states_of_dropout_come_from_the_seed():
    dropout = [k for k, v in enumerate(values(noisy, 1)) if v.dtype.kind in "iu"]
    assert dropout
    assert all(values(noisy, 1)[k][0] != values(noisy, 2)[k][0] for k in dropout)


def test_constant_variables_are_kept_as_built():
    kernel, bias, gamma, *_ = values(noisy, 1)
    assert kernel.std() > 0
    assert (bias == 0).all()
    assert (gamma == 1).all()


def test_draws_have_the_distribution_of_their_initialiser():
    def build():
        wide = layers().Dense(400, kernel_initializer="he_normal")
        return sequential((200,), wide, layers().Dense(3, kernel_initializer="orthogonal"))

    he, _, orthogonal, _ = values(build, 1)
    assert he.std() == pytest.approx(np.sqrt(2 / 200), rel=0.02)
    np.testing.assert_allclose(orthogonal.T @ orthogonal, np.eye(3), atol=1e-5)


def test_layers_of_one_shape_and_one_initialiser_object_differ():
    def build():
        import keras

        shared = keras.initializers.GlorotUniform()
        parts = [layers().Dense(4, kernel_initializer=shared) for _ in range(2)]
        return sequential((4,), *parts, layers().Dense(3))

    network = values(build, 1)
    assert not np.array_equal(network[0], network[2])


def test_pretrained_weights_stay_and_the_rest_is_drawn():
    pretrained = np.arange(20.0, dtype="float32").reshape(4, 5)

    def build():
        network = sequential((4,), layers().Dense(5), layers().Dense(3))
        network.layers[0].set_weights([pretrained, np.ones(5)])
        return network

    one, two = values(build, 1), values(build, 2)
    assert same(one, two) == [True, True, False, True]
    assert np.array_equal(one[0], pretrained)


def test_layers_seeded_by_the_builder_stay_as_seeded():
    def build():
        import keras

        fixed = keras.initializers.GlorotUniform(seed=3)
        parts = layers().Dense(5, kernel_initializer=fixed), layers().Dropout(0.5, seed=4)
        return sequential((4,), *parts, layers().Dense(3))

    one, two = values(build, 1), values(build, 2)
    assert same(one, two) == [True, True, True, False, True]


def test_a_builder_that_sets_global_seeds_gives_what_it_sets_and_leaves_no_trace():
    def build():
        import keras

        keras.utils.set_random_seed(0)
        return sequential((4,), layers().Dense(3))

    state = random.getstate()
    assert all(same(values(build, 1), values(build, 2)))
    assert random.getstate() == state


def test_building_leaves_generators_and_names_of_the_process_alone():
    import keras
    from keras.src.backend.common.global_state import set_global_attribute

    def seed_all():
        keras.utils.set_random_seed(5)
        # `set_random_seed` of older versions of Keras leaves a generator that there is as it is
        set_global_attribute("global_seed_generator", None)

    values(dense, 1)  # whatever is only made once
    seed_all()
    expected = random.random(), np.random.random(), np.asarray(keras.random.normal((3,)))  # noqa: NPY002
    seed_all()
    layers().Dense(1, kernel_initializer="zeros")
    number = int(layers().Dense(1, kernel_initializer="zeros").name.split("_")[-1])
    values(noisy, 1, key="leaves no trace")
    found = random.random(), np.random.random(), np.asarray(keras.random.normal((3,)))  # noqa: NPY002
    assert found[:2] == expected[:2]
    assert np.array_equal(found[2], expected[2])
    assert int(layers().Dense(1).name.split("_")[-1]) == number + 1


def drawing():
    """A layer with a random variable that no initialiser made."""
    import keras

    class Drawing(keras.layers.Layer):
        def build(self, shape):
            self.matrix = self.add_weight(shape=(shape[-1], 3), name="matrix")
            self.matrix.assign(keras.random.normal((shape[-1], 3)))

        def call(self, x):
            return x @ self.matrix

    return sequential((4,), Drawing())


def test_random_variables_without_an_initialiser_are_built_seeded():
    assert all(same(values(drawing, 1), values(drawing, 1)))
    assert not any(same(values(drawing, 1), values(drawing, 2)))


def setting(draw):
    """A build that sets weights that it drew itself in a layer that has an initialiser."""

    def build():
        network = sequential((4,), layers().Dense(5), layers().Dense(3))
        network.layers[0].set_weights([np.asarray(draw((4, 5))), np.zeros(5)])
        return network

    return build


@pytest.mark.parametrize(
    "draw",
    [
        lambda shape: np.random.normal(9, 0.1, shape),  # noqa: NPY002
        lambda shape: [[random.gauss(9, 0.1) for _ in range(shape[1])] for _ in range(shape[0])],
        lambda shape: __import__("keras").random.normal(shape, 9, 0.1),
    ],
    ids=["numpy", "python", "keras"],
)
def test_weights_that_a_builder_drew_itself_are_kept_as_functions_of_the_seed(draw):
    one, again, two = (values(setting(draw), seed, key=None) for seed in (1, 1, 2))
    assert one[0].min() > 5
    assert all(same(one, again))
    assert same(one, two) == [False, True, False, True]


def test_draws_that_no_seed_decides_are_refused():
    build = setting(lambda shape: np.random.default_rng().normal(size=shape))
    with pytest.raises(BuilderError, match=r"draw from it: rng\.normal") as caught:
        values(build, 1, key=None)
    assert "each build of sequential/dense/kernel" in str(caught.value)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_keras_own_initialisers_are_drawn_without_building(name):
    assert architecture(NETWORKS[name]).plan().redraw is not None


def test_initialisers_of_layers_within_layers_are_found():
    def build():
        convolution = layers().SeparableConv1D(4, 3, padding="same")
        return sequential((6, 2), convolution, layers().Bidirectional(layers().LSTM(3)))

    assert architecture(build, key="nested").plan().redraw is not None


def test_layers_that_change_their_initialiser_are_drawn_as_they_draw():
    """Newer `EinsumDense` layers tell their `VarianceScaling` which axes are inputs."""

    def build():
        wide = layers().EinsumDense("ab,bcd->acd", output_shape=(20, 30))
        return sequential((50,), wide, layers().Flatten(), layers().Dense(3))

    expected = np.asarray(build().variables[0]).std()
    assert values(build, 1)[0].std() == pytest.approx(expected, rel=0.03)
    assert same(values(build, 1), values(build, 2)) == [False, False, True]


def sharing():
    """A build that returns a network around the very same layers each time."""
    shared = sequential((4,), layers().Dense(5, "relu"))

    def build():
        return sequential((4,), shared, layers().Dense(3))

    return shared, build


def test_layers_that_a_builder_keeps_are_cloned_and_never_trained():
    shared, build = sharing()
    before = [np.asarray(v) for v in shared.variables]
    state = trained(architecture(build, key=None), data(), 3)
    assert all(same(before, [np.asarray(v) for v in shared.variables]))
    assert not np.array_equal(state.network[0], before[0])
    assert state.losses[-1] < state.losses[0]


def test_a_builder_that_returns_the_same_network_each_time_starts_from_its_weights():
    network = sequential((4,), layers().Dense(3))
    kernel = np.asarray(network.variables[0])
    arch = architecture(lambda: network, key=None)
    assert np.array_equal(initial_state(arch, 1).network[0], kernel)
    trained(arch, data(), 2)
    assert np.array_equal(np.asarray(network.variables[0]), kernel)


def test_layers_that_are_kept_and_can_not_be_cloned_are_refused():
    import keras

    class Hidden(keras.layers.Dense):
        def __init__(self, secret):
            super().__init__(3)
            self.secret = secret

    kept = Hidden(1)
    with pytest.raises(BuilderError, match="the same layers each time"):
        values(lambda: sequential((4,), kept), 1, key=None)


def test_a_builder_that_gives_another_network_each_time_is_refused():
    sizes = iter(range(3, 9))
    with pytest.raises(BuilderError, match="different networks for equal arguments"):
        values(lambda: sequential((4,), layers().Dense(next(sizes))), 1, key=None)


def test_two_networks_of_one_configuration_share_a_program_but_not_weights():
    def pretrained(value):
        def build():
            network = sequential((4,), layers().Dense(3))
            network.layers[0].set_weights([np.full((4, 3), value), np.zeros(3)])
            return network

        return architecture(build, key=f"pretrained {value}")

    one, two = pretrained(0.5), pretrained(0.25)
    assert np.all(initial_state(one, 1).network[0] == 0.5)
    assert np.all(initial_state(two, 1).network[0] == 0.25)


def test_one_plan_draws_for_several_threads_at_once():
    import keras

    def make():
        dense = keras.layers.Dense
        return keras.Sequential([keras.Input((5,)), dense(64), dense(64), dense(3)])

    plan, _ = blueprint(make)
    alone = [plan.redraw(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(100):
            for expected, got in zip(alone, pool.map(plan.redraw, range(8)), strict=True):
                assert all(np.array_equal(expected[k], got[k]) for k in expected)


# an interrupt while the process is put aside


def fails_after(monkeypatch, owner, name, calls):
    """Let the call of a function with this number do what it does, and then be interrupted."""
    inner, count = getattr(owner, name), [0]

    def call(*args):
        inner(*args)
        count[0] += 1
        if count[0] == calls:
            raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, call)


@pytest.mark.parametrize("kind", ["random", "numpy", "names", "generator", "policy"])
def test_an_interrupt_while_a_build_is_prepared_leaves_the_process_as_it_was(kind, monkeypatch):
    from keras.src.backend.common import global_state

    def numpy_state():
        return np.random.get_state()[1].tolist()  # noqa: NPY002

    def kept():
        names = ("object_name_uids", "global_seed_generator", "dtype_policy")
        return [global_state.get_global_attribute(name) for name in names]

    python, legacy, held = random.getstate(), numpy_state(), kept()
    struck = {
        "random": (random, "seed", 1),
        "numpy": (np.random, "seed", 1),
        "names": (global_state, "set_global_attribute", 1),
        "generator": (global_state, "set_global_attribute", 2),
        "policy": (keras.config, "set_dtype_policy", 1),
    }
    with monkeypatch.context() as patch:
        fails_after(patch, *struck[kind])
        begun = compat.build_scope(3), compat.dtype_policy("mixed_bfloat16")
        with pytest.raises(KeyboardInterrupt), begun[0], begun[1]:
            pytest.fail("the block began")
    assert random.getstate() == python
    assert numpy_state() == legacy
    assert all(new is old for new, old in zip(kept(), held, strict=True))
