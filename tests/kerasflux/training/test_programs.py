"""Programs: what shares one, what must not, lending to one at a time, and memory."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from training_toys import (
    CLASSES,
    NETWORKS,
    architecture,
    data,
    dense,
    identical,
    layers,
    noisy,
    sequential,
    trained,
)

import kerasflux as kf
from kerasflux.builders.base import recipe
from kerasflux.builders.check import checked_build
from kerasflux.training import compat, core
from kerasflux.training.core import initial_state, train
from kerasflux.training.graphs import logits_of
from kerasflux.training.inventory import programs
from kerasflux.training.losses import Objective, as_loss
from kerasflux.training.optimisers import SGD, Adam, as_optimiser
from kerasflux.training.programs import (
    GRAPH_PROGRAMS,
    XLA_PROGRAMS,
    Cache,
    Memo,
    Program,
    checkout,
    program_key,
)
from kerasflux.training.tracing import Traced


def built_by(builder, **changes):
    """An architecture of a builder, keyed as models do it."""

    def build():
        return checked_build(builder, n_in=4, n_out=3)

    return architecture(build, key=recipe(builder, n_in=4, n_out=3), **changes)


def at_once(do, keys):
    """What a function gives for each key, each in a thread of its own."""
    with ThreadPoolExecutor(len(keys)) as pool:
        return dict(zip(keys, pool.map(do, keys), strict=True))


def test_learning_rate_and_batch_size_share_a_program():
    arch = architecture()
    key = program_key(arch)
    assert program_key(architecture(optimiser=Adam(learning_rate=0.5))) == key
    assert program_key(replace(arch, batch_size=99)) == key


def test_names_of_layers_do_not_matter():
    def named():
        first = layers().Dense(5, "relu", name="here")
        return sequential((4,), first, layers().Dense(3, name="there"))

    assert program_key(architecture(named)) == program_key(architecture(dense))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimiser": "sgd"},
        {"optimiser": Adam(beta_1=0.5)},
        {"build": noisy},
        {"objective": Objective("cross_entropy", "sigmoid", "codes")},
        {"objective": Objective("l2", "softmax", "codes")},
    ],
    ids=["optimiser", "setting", "network", "finaliser", "loss"],
)
def test_what_is_baked_into_the_graph_gets_a_program_of_its_own(changes):
    assert program_key(architecture(**changes)) != program_key(architecture())


def test_frozen_layers_get_a_program_of_their_own():
    def frozen():
        network = dense()
        network.layers[0].trainable = False
        return network

    assert program_key(architecture(frozen)) != program_key(architecture())


def scaled_by(factor):
    """A builder whose network's configuration does not show the factor."""

    class Scaled(kf.Builder):
        def build(self, n_in, n_out):
            import keras

            parts = [keras.layers.Dense(n_out), keras.layers.Lambda(lambda x: x * factor)]
            return keras.Sequential(parts)

    return Scaled()


def test_lambdas_that_differ_in_a_captured_number_alone_share_nothing():
    one, same, two = built_by(scaled_by(1.0)), built_by(scaled_by(1.0)), built_by(scaled_by(2.0))
    assert program_key(one) == program_key(same)
    assert program_key(one) != program_key(two)
    logits = [
        np.abs(trained(arch, data(), 1).losses[0] - trained(one, data(), 1).losses[0])
        for arch in (same, two)
    ]
    assert logits[0] == 0 < logits[1]


def test_a_global_that_build_reads_is_part_of_the_key():
    space = {"kf": kf, "__name__": "notebook", "WIDTH": 4}
    exec(
        "class Wide(kf.Builder):\n"
        "    def build(self, n_in, n_out):\n"
        "        import keras\n"
        "        return keras.Sequential([keras.layers.Dense(WIDTH), keras.layers.Dense(n_out)])\n",
        space,
    )
    narrow = recipe(space["Wide"](), n_in=4, n_out=3)
    assert narrow == recipe(space["Wide"](), n_in=4, n_out=3)
    space["WIDTH"] = 5
    assert narrow != recipe(space["Wide"](), n_in=4, n_out=3)


def test_losses_that_are_functions_are_told_apart_by_what_they_capture():
    def huber(delta):
        return lambda y, p: delta * (y - p) ** 2

    keys = [Objective(huber(d), "softmax", "codes").key for d in (1.0, 1.0, 2.0)]
    assert keys[0] == keys[1] != keys[2]


def test_an_architecture_without_a_key_shares_with_itself_alone():
    def build():
        return sequential((4,), layers().Lambda(lambda x: 2 * x), layers().Dense(3))

    one, two = architecture(build, key=None), architecture(build, key=None)
    assert program_key(one) == program_key(one) != program_key(two)
    assert identical(trained(one, data(), 2), trained(two, data(), 2))


def test_a_program_in_use_is_not_lent_to_another():
    arch = architecture()
    with checkout(arch) as first, checkout(arch) as second:
        assert first is not second
    with checkout(arch) as third:
        assert third in (first, second)


def test_a_program_whose_use_failed_is_not_lent_again():
    arch = architecture(optimiser=SGD(momentum=0.123))
    with pytest.raises(ZeroDivisionError), checkout(arch) as failed:
        1 / 0  # noqa: B018
    with checkout(arch) as fresh:
        assert fresh is not failed


def test_threads_training_the_same_architecture_get_the_results_of_one():
    arch, arrays = architecture(noisy), data()
    expected = {seed: trained(arch, arrays, 4, seed=seed) for seed in range(4)}
    found = at_once(lambda seed: trained(arch, arrays, 4, seed=seed), expected)
    assert all(identical(found[seed], expected[seed]) for seed in expected)


def test_fits_in_turns_do_not_disturb_each_other():
    arch, arrays = architecture(noisy), data()
    one, two = (trained(arch, arrays, 2, seed=seed) for seed in (1, 2))
    one = train(arch, one, arrays, epochs=4, learning_rate=0.01)
    two = train(arch, two, arrays, epochs=4, learning_rate=0.01)
    assert identical(one, trained(arch, arrays, 4, seed=1))
    assert identical(two, trained(arch, arrays, 4, seed=2))


def stand_in(traced=None):
    traced = traced or Traced()
    return SimpleNamespace(uses=0, traced=traced, twin=lambda: stand_in(traced))


def test_the_cache_drops_the_least_recently_used():
    made = []

    def use(key):
        with cache.lent(key, lambda: made.append(key) or stand_in()) as program:
            return program

    cache = Cache(limit=2)
    for key in "abcb":
        use(key)
    assert made == ["a", "b", "c"]
    assert len(cache) == 2
    assert use("b").uses == 3
    use("a")
    assert made == ["a", "b", "c", "a"]


def test_the_cache_drops_a_program_with_its_twins():
    cache = Cache(limit=2)
    with cache.lent("a", stand_in), cache.lent("a", stand_in) as twin:
        pass
    for key in "bab":  # one of the twins alone
        with cache.lent(key, stand_in):
            pass
    assert (len(cache), len(cache.programs()[0])) == (2, 3)
    assert twin in cache.programs()[0]
    for key in "ac":
        with cache.lent(key, stand_in):
            pass
    kept = [program.traced for program in cache.programs()[0]]
    assert (len(cache), len(kept)) == (2, 3)  # b went
    assert kept.count(twin.traced) == 2


def test_the_cache_keeps_few_idle_twins():
    cache = Cache(limit=2)
    for key in "ab":
        with ExitStack() as stack:
            lent = [stack.enter_context(cache.lent(key, stand_in)) for _ in range(9)]
        assert (len({id(one.traced) for one in lent}), len(cache.programs()[0])) == (1, 4)
    assert len(cache) == 2


@pytest.mark.parametrize(
    ("name", "mode"), [("noisy", "xla"), ("wide", "xla"), ("recurrent", "graph")]
)
def test_threads_share_what_is_traced_and_compiled(name, mode, monkeypatch, without_programs):
    """`noisy` trains as a vector, `wide` by its variables."""
    arch = architecture(NETWORKS.get(name, wide), key=("shared", name), mode=mode)
    arrays, rows = data(name), data(name, 20)
    expected = {s: trained(arch, arrays, 4, seed=s, validation=rows) for s in range(3)}
    without_programs()
    made, together = [], threading.Barrier(3)
    built = Program.__init__
    monkeypatch.setattr(Program, "__init__", lambda *given: made.append(built(*given)))

    def fit(seed):
        with checkout(arch):  # all three are in use
            together.wait(60)
        together.wait(60)
        return trained(arch, arrays, 4, seed=seed, validation=rows)

    found = at_once(fit, expected)
    assert all(identical(found[seed], expected[seed]) for seed in expected)
    assert (len(made), len(programs)) == (1, 1)
    compiled = [key for key in programs_of(arch)[0].seconds if key[0] == "compile"]
    assert len(compiled) == 1


@pytest.mark.parametrize("mode", ["graph", "xla"])
def test_no_epochs_compile_none(mode, without_programs):
    arch = architecture(noisy, mode=mode)
    without_programs()
    trained(arch, data(), 0)
    (program,) = programs_of(arch)
    assert [key for key in program.seconds if key[0] == "compile"] == []


def wide():
    parts = layers().Dense(40), layers().BatchNormalization(), layers().Dropout(0.3)
    return sequential((4,), *parts, layers().Dense(30), layers().Dense(3))


def programs_of(arch):
    cache = XLA_PROGRAMS if arch.mode == "xla" else GRAPH_PROGRAMS
    return cache.programs()[0]


def test_layers_and_optimizers_of_users_are_not_shared_by_threads(without_programs):
    """They may hold variables that they don't tell of."""
    import keras

    class Own(keras.layers.Dense):
        pass

    class Descent(keras.optimizers.SGD):
        pass

    def build():
        return sequential((4,), Own(3))

    own = as_optimiser(Descent(0.1))
    for arch in (architecture(build, key="own"), architecture(optimiser=own, key="descent")):
        without_programs()
        with checkout(arch) as one, checkout(arch) as other:
            assert one.traced is not other.traced
            assert len(programs) == 2


def test_twins_of_a_program_whose_use_failed_are_not_lent_again():
    arch = architecture(optimiser=SGD(momentum=0.124))
    with checkout(arch) as twin:
        with pytest.raises(ZeroDivisionError), checkout(arch) as failed:
            1 / 0  # noqa: B018
        assert twin.traced is failed.traced
        with checkout(arch) as fresh:
            assert fresh.traced is not failed.traced
    assert twin not in programs_of(arch)


def test_idle_twins_of_a_program_whose_use_failed_are_not_lent_again():
    arch = architecture(optimiser=SGD(momentum=0.125))
    twins = []

    def fail():
        with checkout(arch) as failing:
            with checkout(arch) as twin:
                twins.append(twin)
            assert programs_of(arch)[-1] is twin
            assert twin.traced is failing.traced
            1 / 0  # noqa: B018

    with pytest.raises(ZeroDivisionError):
        fail()
    assert twins[0] not in programs_of(arch)


@pytest.mark.parametrize("mode", ["graph", "xla"])
@pytest.mark.parametrize("origin_fails", [True, False])
def test_a_trace_that_is_interrupted_leaves_twins_unharmed(
    origin_fails, mode, monkeypatch, without_programs
):
    """Its masks would be left in the cell, for the next trace."""
    import keras

    def masked():
        return sequential((5, 2), layers().GRU(4, dropout=0.2), layers().Dense(3))

    arch, arrays = architecture(masked, mode=mode), data("recurrent")
    expected = trained(arch, arrays, 3, validation=arrays)
    without_programs()
    whole = keras.layers.GRU.inner_loop

    def interrupted(*given, **named):
        whole(*given, **named)
        raise KeyboardInterrupt

    state = initial_state(arch, 1)
    rest = {"epochs": 3, "learning_rate": 0.01, "validation": arrays}
    with checkout(arch) as one, checkout(arch) as other:
        failing, going_on = (one, other) if origin_fails else (other, one)
        monkeypatch.setattr(core, "checkout", lambda _: nullcontext(failing))
        with monkeypatch.context() as patch:
            patch.setattr(keras.layers.GRU, "inner_loop", interrupted)
            with pytest.raises(KeyboardInterrupt):
                train(arch, state, arrays, **rest)
        monkeypatch.setattr(core, "checkout", lambda _: nullcontext(going_on))
        assert identical(train(arch, state, arrays, **rest), expected)
    assert not programs_of(arch)


def test_functions_at_hand_stay_those_of_a_program_that_leaves_a_broken_trace():
    arch = architecture(noisy)
    values = [initial_state(arch, seed).network for seed in (1, 2)]
    with checkout(arch) as one, checkout(arch) as other:
        programs_, before = (one, other), []
        for program, network in zip(programs_, values, strict=True):
            program.load(network)
            before.append(program.call(logits_of(program, data().inputs), *data().inputs))
        with pytest.raises(ZeroDivisionError):
            one.function("broken", lambda _: 1 / 0)
        for program, answer in zip(programs_, before, strict=True):
            old, at_hand = program.traced, logits_of(program, data().inputs)
            loss = float(program.call(new_function(program)))
            assert program.traced is not old
            assert loss == pytest.approx(float(np.sum(program.variables[0].numpy())))
            for function in (at_hand, logits_of(program, data().inputs)):
                assert np.array_equal(program.call(function, *data().inputs), answer)


def new_function(program):
    import tensorflow as tf

    def make(origin):
        weights = origin.variables[0]
        return tf.function(lambda: tf.reduce_sum(weights)).get_concrete_function()

    return program.function("new", make)


def test_builders_may_predict_while_other_threads_make_programs(monkeypatch):
    """Both take the lock of builders first."""
    arch = architecture(noisy)
    found = []

    def build_and_predict():
        with compat.build_scope(0):
            building.set()
            making.wait(5)
            with checkout(arch) as program:
                found.append(program)

    def make():
        making.set()
        with compat.build_scope(0):
            return stand_in()

    def other():
        building.wait(5)
        with GRAPH_PROGRAMS.lent("other", make) as program:
            found.append(program)
        GRAPH_PROGRAMS.clear()

    building, making = threading.Event(), threading.Event()
    threads = [threading.Thread(target=f, daemon=True) for f in (build_and_predict, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 2


def test_threads_wait_for_one_that_traces_or_compiles():
    traced, done = Traced(), []

    def slow():
        time.sleep(0.05)
        done.append(1)
        return done

    def use(_):
        assert traced.function("f", slow) is done
        traced.ready("f", slow)

    at_once(use, range(3))
    assert len(done) == 2


def test_a_memo_keeps_what_was_used_last():
    memo, made = Memo(limit=2), []
    for key in "abacab":
        memo.get(key, lambda key=key: made.append(key) or key)
    assert made == ["a", "b", "c", "b"]


def test_weights_that_start_as_copies_are_copies_of_the_loaded_ones():
    import keras

    if not hasattr(keras.optimizers, "ScheduleFreeAdamW"):
        pytest.skip("this Keras has no ScheduleFreeAdamW")
    arch = architecture(optimiser=keras.optimizers.ScheduleFreeAdamW(0.01))
    state = initial_state(arch, 3)
    copies = [slot for slot in state.optimiser if slot.shape == (4, 5)]
    assert any(np.array_equal(slot, state.network[0]) for slot in copies)


def activated(name, activation):
    def build():
        return sequential((4,), layers().Dense(3, activation, name=name))

    return program_key(architecture(build, key=(name, activation)))


def test_a_layer_named_like_its_activation_is_not_taken_for_another():
    assert activated("relu", "relu") != activated("tanh", "tanh")
    assert activated("relu", "relu") == activated("tanh", "relu")


def test_the_graph_between_layers_counts():
    import keras

    def joined(first, second):
        def build():
            x = keras.Input((4,), name="x")
            a, b = keras.layers.Dense(4, name="a")(x), keras.layers.Dense(4, "relu", name="b")(x)
            parts = {"a": a, "b": b, "x": x}
            return keras.Model(x, keras.layers.Subtract()([parts[first], parts[second]]))

        return program_key(architecture(build, key=(first, second), objective=Objective("l2")))

    keys = [joined("a", "b"), joined("b", "a"), joined("a", "x"), joined("a", "b")]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]


def test_precision_counts():
    def precise(dtype):
        def build():
            return sequential((4,), layers().Dense(3, dtype=dtype))

        return program_key(architecture(build, key=dtype))

    assert precise("float32") != precise("mixed_bfloat16")


def test_layers_that_cast_no_inputs_count():
    """Which Keras' configurations leave out."""

    def casting(autocast):
        def build():
            return sequential((4,), layers().Dense(3, dtype="mixed_bfloat16", autocast=autocast))

        return program_key(architecture(build, key=autocast))

    assert casting(True) != casting(False)


def test_a_loss_is_known_by_all_of_a_long_setting():
    import keras

    def focal(weight):
        alpha = np.where(np.arange(3000) == 1500, weight, 1.0)
        return Objective(as_loss(keras.losses.CategoricalFocalCrossentropy(alpha)), "softmax").key

    assert focal(1.0) == focal(1.0) != focal(5.0)


@pytest.mark.parametrize("layer", ["activation", "regulariser", "initialiser", "subclass"])
def test_functions_and_classes_of_the_user_have_no_configuration_key(layer):
    import keras

    class Mine(keras.layers.Dense):
        pass

    class Free(keras.regularizers.Regularizer):  # newer versions of Keras take functions too
        def __call__(self, weight):
            return 0.0

        def get_config(self):
            return {}

    def build():
        made = {
            "activation": lambda: layers().Dense(3, activation=lambda x: x),
            "regulariser": lambda: layers().Dense(3, kernel_regularizer=Free()),
            "initialiser": lambda: layers().Dense(3, kernel_initializer=np_zeros),
            "subclass": lambda: Mine(3),
        }
        return sequential((4,), made[layer]())

    def np_zeros(shape, dtype=None):
        return np.zeros(shape, dtype)

    assert architecture(build, key=layer).plan().config_key is None


def test_nested_and_functional_networks_of_keras_layers_have_one():
    import keras

    def build():
        x = keras.Input((4,))
        inner = sequential((4,), layers().Dense(5, "gelu"), layers().LayerNormalization())
        return keras.Model(x, keras.layers.Dense(3)(inner(x)))

    assert architecture(build).plan().config_key is not None


def resident():
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("memory is read from /proc")
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def test_cold_fits_of_a_known_architecture_take_no_memory():
    arch, arrays = architecture(noisy), data()
    for seed in range(20):
        trained(arch, arrays, 1, seed=seed)
    before = resident()
    for seed in range(60):
        trained(arch, arrays, 1, seed=seed)
    assert resident() - before < 6


def test_a_cold_fit_of_a_known_architecture_builds_and_traces_nothing():
    built = []

    def build():
        built.append(1)
        return dense()

    arch = architecture(build, key="built once")
    trained(arch, data(), 1)
    count = len(built)
    trained(arch, data(), 1, seed=2)
    assert len(built) == count == 2


def test_programs_of_other_objectives_do_not_pile_up(monkeypatch, without_programs):
    without_programs()
    monkeypatch.setattr(GRAPH_PROGRAMS, "limit", 4)
    for k in range(GRAPH_PROGRAMS.limit + 3):
        with checkout(architecture(objective=replace(CLASSES, finaliser=lambda z, k=k: z + k))):
            pass
    assert len(GRAPH_PROGRAMS) == GRAPH_PROGRAMS.limit


def test_functions_and_variables_are_used_alike_where_private_interfaces_are_gone(
    monkeypatch, without_programs
):
    without_programs()  # nor twins, which there are none of then
    arch, arrays = architecture(noisy, key="public ways"), data("noisy")
    quick = trained(arch, arrays, 2)

    class Public:
        """A concrete function that has nothing but its public call."""

        def __init__(self, function):
            self._function = function

        def __call__(self, *arguments):
            return self._function(*arguments)

    call, said = compat.call, []

    def publicly(function, *arguments, instead=None):
        said.append(function)
        return call(Public(function), *arguments)

    monkeypatch.setattr(compat, "call", publicly)
    monkeypatch.setattr(compat, "_plain_variable", lambda: None)
    assert identical(trained(arch, arrays, 2), quick)
    assert said


def test_variables_are_set_to_arrays_of_their_shape_and_dtype_and_to_no_others():
    import tensorflow as tf

    variable = tf.Variable(np.zeros((2, 3), np.float32))
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    compat.assign(variable, array)
    variable.assign_add(array)  # the array is not what the variable holds
    assert array.sum() == 15
    compat.assign(variable, array.astype(np.float64))
    np.testing.assert_array_equal(variable.numpy(), array)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        compat.assign(variable, array[:1])
