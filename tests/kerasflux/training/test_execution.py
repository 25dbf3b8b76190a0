"""How epochs are executed: the rule, the buckets, and what happens where XLA gives up."""

import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from training_toys import CLASSES, architecture, data, dense, identical, noisy, sequential, trained

import kerasflux as kf
from kerasflux.log import KerasfluxWarning
from kerasflux.training import compat, core, graphs, sources
from kerasflux.training.core import initial_state, train
from kerasflux.training.devices import Placement
from kerasflux.training.execution import (
    WORTH_XLA,
    anatomy,
    bucket,
    changed_environment,
    environment,
    flops_per_row,
    mode_of,
)
from kerasflux.training.inventory import programs
from kerasflux.training.losses import Objective, as_loss
from kerasflux.training.optimisers import as_optimiser
from kerasflux.training.programs import XLA_PROGRAMS, Cache, checkout
from kerasflux.training.tracing import Traced

layers = keras.layers
CPU, ADAM = Placement(), as_optimiser("adam")


def mode(network, *, told=True, objective=CLASSES, optimiser=ADAM, size=32, placement=CPU):
    return mode_of("auto", anatomy(network, told), objective, optimiser, size, placement)


def test_operations_count_kernels_times_positions():
    parts = [
        layers.Conv2D(4, 3),  # 3 * 3 * 1 * 4 weights at 6 * 6 positions
        layers.Flatten(),
        layers.Dense(10),
    ]
    assert flops_per_row(sequential((8, 8, 1), *parts)) == 6 * (36 * 36 + 144 * 10)


ROW_WISE = {
    "dense": [layers.Dense(3)],
    "dropout": [layers.Dropout(0.5), layers.Dense(3)],
    "norms": [layers.BatchNormalization(), layers.LayerNormalization(), layers.Dense(3)],
    "embedding": [layers.Embedding(5, 2), layers.Flatten(), layers.Dense(3)],
    "activations": [layers.PReLU(), layers.Activation("gelu"), layers.Softmax()],
    "shapes": [layers.Reshape((2, 2)), layers.Permute((2, 1)), layers.Flatten()],
}


@pytest.mark.parametrize("name", ROW_WISE)
def test_networks_of_row_wise_layers_are_for_xla(name):
    assert mode(sequential((4,), *ROW_WISE[name])) == "xla"


OTHERS = {
    "convolutions": ((8, 8, 1), [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)]),
    "recurrence": ((5, 2), [layers.LSTM(2)]),
    "other noise": ((4,), [layers.GaussianNoise(0.1), layers.Dense(3)]),
    "an activity regulariser": ((4,), [layers.Dense(3, activity_regularizer="l2")]),
    "an axis of rows": ((4,), [layers.Softmax(axis=0)]),
    "a function": ((4,), [layers.Lambda(lambda x: x - x[:1])]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_are_for_the_graph_loop(name):
    shape, parts = OTHERS[name]
    assert mode(sequential(shape, *parts)) == "graph"


def test_operations_between_layers_count():
    def joined(operation):
        inputs = keras.Input((4,))
        return keras.Model(inputs, layers.Dense(3)(operation(inputs)))

    assert mode(joined(lambda x: keras.ops.take(x, [0, 2], axis=1))) == "xla"
    assert mode(joined(lambda x: x * 2 + 1)) == "xla"
    assert mode(joined(lambda x: keras.ops.take(x, [0, 0], axis=0))) == "graph"
    assert mode(joined(lambda x: x - keras.ops.mean(x, axis=0))) == "graph"


def test_the_rule_looks_at_the_loss_the_optimiser_the_device_and_the_work():
    network = dense()
    assert mode(network) == "xla"
    assert mode(network, told=False) == "graph"
    assert mode(network, objective=Objective(lambda y, p: p[:, 0])) == "graph"
    assert mode(network, objective=replace(CLASSES, finaliser=lambda z: z)) == "graph"
    assert mode(network, optimiser=as_optimiser(Own())) == "graph"
    assert mode(network, placement=Placement("/device:GPU:0")) == "graph"
    most = int(WORTH_XLA / flops_per_row(network))
    assert [mode(network, size=n) for n in (most, most + 1)] == ["xla", "graph"]


class Own(keras.optimizers.SGD):
    pass


def test_a_word_of_the_user_overrides_the_rule():
    facts = (anatomy(sequential((5, 2), layers.LSTM(2)), True), CLASSES, ADAM, 32, CPU)
    assert [mode_of(jit, *facts) for jit in ("auto", "xla", "graph")] == ["graph", "xla", "graph"]


@given(some.integers(1, 10**8))
def test_buckets_hold_their_rows_and_are_few(n):
    assert bucket(n) >= n
    assert bucket(bucket(n)) == bucket(n)
    assert bucket(n) <= bucket(n + 1)
    if n > 4096:
        assert bucket(n) <= n * 1.125 + 1


def test_machines_record_the_mode_and_keep_it(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    model = kf.NeuralNetworkRegressor(builder=kf.MLP((4,)), epochs=2, rng=1)
    mach = kf.machine(model, X, y).fit(verbosity=0)
    assert str(mach.state["mode"]) == "xla"
    mach.model.acceleration = kf.Acceleration(jit="graph")
    mach.model.epochs = 3
    assert str(mach.fit(verbosity=0).state["mode"]) == "graph"
    mach.save(tmp_path / "m.kflux")
    loaded = kf.load(tmp_path / "m.kflux").with_data(X, y)
    loaded.model.epochs = 4
    assert str(loaded.fit(verbosity=0).state["mode"]) == "graph"


class Logged(keras.layers.Layer):
    """Calls Python for each batch, which XLA can't compile."""

    def call(self, x):
        import tensorflow as tf

        return tf.ensure_shape(tf.numpy_function(lambda a: a, [x], "float32"), x.shape)


def test_what_xla_cannot_compile_runs_in_the_graph_loop_and_says_so_once():
    def build():
        return sequential((4,), Logged(), layers.Dense(3))

    xla = architecture(build, mode="xla")
    with pytest.warns(
        KerasfluxWarning, match=r"XLA can't compile this network \(PyFunc\), so"
    ) as said:
        state = trained(xla, data(), 3)
    assert len(said) == 1
    assert state.mode == "graph"
    assert identical(state, trained(architecture(build), data(), 3))
    trained(xla, data(), 3, seed=2)  # a second warning would be an error
    assert xla.executed("xla").mode == "graph"


def test_compiling_is_not_part_of_an_epochs_seconds(monkeypatch, without_programs):
    without_programs()
    state = trained(architecture(noisy, mode="xla"), data(), 3)
    frame = programs.to_frame()
    assert len(frame) == 1
    assert frame["seconds"][0] > 10 * state.seconds.max()


def test_the_programs_tell_what_they_are_and_can_be_cleared():
    programs.clear()
    assert (len(programs), repr(programs)) == (0, "no compiled programs")
    for rate, seed in ((0.1, 1), (0.01, 2)):
        arch = architecture(noisy, mode="xla", optimiser=kf.optimisers.Adam(learning_rate=rate))
        train(arch, initial_state(arch, seed), data(), epochs=1, learning_rate=rate)
    (row,) = programs.to_frame().to_dict("records")
    expected = "Dense(6) BatchNormalization Dropout Dense(3)"
    assert (row["network"], row["mode"], row["uses"]) == (expected, "xla, batch 8", 4)
    assert (row["loss"], row["optimiser"], row["in_use"]) == ("cross_entropy", "Adam", False)
    assert expected in repr(programs)
    assert expected in programs._repr_html_()
    programs.clear()
    assert len(programs) == 0


def test_programs_in_use_are_counted(without_programs):
    without_programs()
    arch, seen = architecture(), []

    class Looking:
        def epoch(self, row):
            seen.append(programs.to_frame()["in_use"].tolist())

    train(arch, initial_state(arch, 1), data(), epochs=1, learning_rate=0.1, run=Looking())
    assert seen == [[True]]


def test_an_environment_that_changed_is_told_in_words():
    assert changed_environment(environment(CPU)) == ""
    other = environment(CPU).replace('"threads": ', '"threads": 9')
    assert changed_environment(other).startswith("threads 9")


def test_going_on_in_another_environment_says_so(monkeypatch, capsys):
    X, y = np.eye(4), np.arange(4.0)
    mach = kf.machine(kf.NeuralNetworkRegressor(epochs=1, rng=1), X, y).fit(verbosity=0)
    monkeypatch.setattr("kerasflux.training.execution._cores", lambda: 77)
    mach.model.epochs = 2
    mach.fit(verbosity=1)
    assert "-> 77): the last bits may differ from one go" in capsys.readouterr().out


def test_an_epoch_that_overflows_is_found_among_many():
    """As if each epoch had been a call of its own."""
    one_by_one = type("Asking", (), {"epoch": lambda self, row: False})()
    line = lambda: sequential((4,), layers.Dense(3))
    arch = architecture(line, optimiser="sgd", objective=Objective("l2"))
    arrays = replace(data(), target=np.ones((43, 3), np.float32) * 1e3)
    state = initial_state(arch, 1)
    many, each = (
        train(arch, state, arrays, epochs=50, learning_rate=8.0, run=run)
        for run in (None, one_by_one)
    )
    assert each.stopped
    assert 0 < each.epoch < 50
    assert (many.epoch, many.stopped) == (each.epoch, each.stopped)
    assert identical(replace(many, seconds=each.seconds), each)


def test_due_states_are_those_of_their_epochs():
    class Keeping:
        each_epoch = False

        def __init__(self):
            self.kept = []

        def epoch(self, row):
            return False

        def due(self, epoch):
            return epoch % 4 == 0

        def keep(self, state):
            self.kept.append(state)

    arch, run = architecture(noisy), Keeping()
    trained(arch, data(), 10, run=run)
    assert [state.epoch for state in run.kept] == [4, 8]
    assert identical(run.kept[0], trained(arch, data(), 4))


def test_as_many_epochs_as_are_worth_while_share_a_call(monkeypatch):
    spans = []
    advance = core._Session.advance

    def counted(self, *args):
        before = self.epoch
        advance(self, *args)
        spans.append(self.epoch - before)

    monkeypatch.setattr(core._Session, "advance", counted)
    monkeypatch.setattr(core, "MOST_SECONDS", 1e3)
    trained(architecture(), data(), 100)
    assert spans == [64, 36]
    spans.clear()
    monkeypatch.setattr(core, "MOST_WORK", 1)  # as of a network whose work can't be told
    trained(architecture(), data(), 100)
    assert spans == [1, 64, 35]


def test_forgetting_what_xla_compiled_gives_back_its_memory_maps_and_changes_no_bit():
    arch = architecture(noisy, mode="xla")
    before = trained(arch, data(), 3)
    used = compat.memory_maps()
    if not used:
        pytest.skip("this system has no limit of memory maps")
    compat.forget_compiled()
    assert compat.memory_maps() < used
    assert identical(trained(arch, data(), 3), before)


def test_before_the_memory_maps_run_out_what_xla_compiled_is_forgotten(
    monkeypatch, without_programs
):
    forgotten = []
    without_programs()
    monkeypatch.setattr(compat, "memory_maps", lambda: 0.1 if forgotten else 0.6)
    monkeypatch.setattr(compat, "forget_compiled", lambda: forgotten.append(len(XLA_PROGRAMS)))
    trained(architecture(noisy, mode="xla", key="roomy"), data(), 1)
    assert forgotten == [0]


def stand_in():
    return SimpleNamespace(uses=0, traced=Traced(), twin=lambda: None)


def test_too_many_programs_of_xla_are_forgotten_together():
    forgotten = []
    cache = Cache(limit=2, forget=lambda: forgotten.append(1))
    for key in "abca":
        with cache.lent(key, stand_in):
            pass
    assert (len(forgotten), len(cache)) == (1, 1)
    with cache.lent("d", stand_in):
        for key in "bce":
            with cache.lent(key, stand_in):
                pass
        assert (len(forgotten), len(cache)) == (1, 4)  # not while one is in use
        with cache.lent("f", stand_in):
            pass
        assert (len(forgotten), len(cache)) == (1, 4)
    assert (len(forgotten), len(cache)) == (2, 0)


def lines_of_a_trace():
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        tf.constant(1.0)
        return [line.filename for line in graph.get_operations()[0].traceback]


def test_operations_for_xla_do_not_remember_the_code_that_made_them():
    """But for the innermost lines: XLA crashes where a trace is empty."""
    before = lines_of_a_trace()
    with compat.short_traces():
        assert 0 < len(lines_of_a_trace()) < len(before) / 3
    assert lines_of_a_trace() == before


def test_traces_stay_as_they_are_where_they_would_be_empty(monkeypatch):
    monkeypatch.setattr(compat, "_THREAD", SimpleNamespace())
    before = lines_of_a_trace()
    files = {str(getattr(module, "__file__", "")) for module in sys.modules.values()}
    monkeypatch.setattr(compat, "_files_of_modules", lambda: {*before, *files})
    with compat.short_traces():
        assert lines_of_a_trace() == before


def test_epochs_of_xla_are_traced_with_short_traces(monkeypatch, without_programs):
    entered = []
    without_programs()

    @contextmanager
    def told():
        entered.append(True)
        yield

    monkeypatch.setattr(compat, "short_traces", told)
    trained(architecture(noisy, key="traced", mode="graph"), data(), 1)
    assert entered == []
    trained(architecture(noisy, key="traced", mode="xla"), data(), 1)
    assert entered == [True]


def test_a_validation_loss_is_traced_before_the_first_epoch_that_goes_on(
    monkeypatch, without_programs
):
    traced, epochs = [], sources.Resident.epochs

    def looked_at(self, *arguments):
        traced.append("loss" in [key[1][0] for key in self._program.seconds if key[0] == "trace"])
        return epochs(self, *arguments)

    arch = architecture(noisy)
    before = trained(arch, data(), 1)
    without_programs()
    monkeypatch.setattr(sources.Resident, "epochs", looked_at)
    train(arch, before, data(), epochs=2, learning_rate=0.01, validation=data())
    assert traced == [True]


@pytest.mark.parametrize("mode", ["graph", "xla"])
def test_compiling_runs_beside_what_is_done_meanwhile(mode, monkeypatch, without_programs):
    begun, ready = threading.Event(), Traced.ready

    def waiting(traced, *arguments):
        assert begun.wait(60)
        ready(traced, *arguments)

    monkeypatch.setattr(Traced, "ready", waiting)
    without_programs()
    arch = architecture(noisy, mode=mode, key="beside")
    with checkout(arch) as program:
        source = sources.source_of(program, data(), sources.Descent(8))
        with source.compiled():
            assert not [key for key in program.seconds if key[0] == "compile"]
            begun.set()
        assert [key for key in program.seconds if key[0] == "compile"]


def test_what_xla_refuses_is_told_after_what_was_done_meanwhile(monkeypatch, without_programs):
    import tensorflow as tf

    def refused(*_):
        raise tf.errors.InvalidArgumentError(None, None, "on XLA_CPU_JIT: Nothing (No registered")

    monkeypatch.setattr(Traced, "ready", refused)
    done = []
    without_programs()
    with checkout(architecture(noisy, mode="xla", key="refused beside")) as program:
        source = sources.source_of(program, data(), sources.Descent(8))
        with pytest.raises(sources.NotCompiled, match="Nothing"), source.compiled():
            done.append(True)
    assert done


def test_programs_in_use_are_not_forgotten(monkeypatch):
    forgotten = []
    other = architecture(dense, mode="xla", key="other")
    with checkout(architecture(noisy, mode="xla")):
        monkeypatch.setattr(compat, "memory_maps", lambda: 0.6)
        monkeypatch.setattr(compat, "forget_compiled", lambda: forgotten.append(1))
        trained(other, data(), 1)
    assert not forgotten


def test_an_error_comes_before_the_crash(monkeypatch, without_programs):
    without_programs()
    monkeypatch.setattr(compat, "memory_maps", lambda: 0.95)
    monkeypatch.setattr(compat, "forget_compiled", lambda: None)
    with pytest.raises(kf.EnvironmentMismatch, match="another may crash it") as refused:
        trained(architecture(noisy, mode="xla", key="too many"), data(), 1)
    assert 'kf.Acceleration(jit="graph")' in str(refused.value)
    trained(architecture(noisy, key="too many"), data(), 1)


def test_no_call_takes_longer_than_an_interrupt_may_wait(monkeypatch):
    monkeypatch.setattr(core, "MOST_WORK", 1)
    """Not even one of many epochs with few rows, of a network that takes long."""
    spans, slow = [], sources.Resident.epochs

    def counted(self, orders, rates):
        spans.append(len(orders))
        return slow(self, orders, rates)

    monkeypatch.setattr(sources.Resident, "epochs", counted)
    plain = trained(architecture(noisy), data(), 6)
    assert max(spans) > 1
    spans.clear()
    monkeypatch.setattr(core, "MOST_SECONDS", 0.0)
    assert identical(trained(architecture(noisy), data(), 6), plain)
    assert spans == [1] * 6


@pytest.mark.parametrize("n_rows", [9, 43])
def test_a_step_takes_no_more_rows_than_there_are(n_rows):
    """A batch size that means all rows costs no more than that of all rows."""
    arch = architecture(batch_size=1_000_000, mode="xla")
    rows = graphs.Rows(data(n_rows=n_rows), arch.batch_size)
    assert rows.size == rows.width == bucket(n_rows)
    whole = trained(replace(arch, batch_size=bucket(n_rows)), data(n_rows=n_rows), 3)
    assert identical(trained(arch, data(n_rows=n_rows), 3), whole)


def test_other_numbers_of_rows_are_compiled_before_their_first_epoch():
    """Also where permutations of both are of one length, a multiple of the batch size."""
    arch = architecture(batch_size=3000, mode="xla", key="lengths")
    tables = [data(n_rows=n_rows) for n_rows in (4096, 4097)]
    assert {graphs.Rows(table, 3000).width for table in tables} == {6000}
    with checkout(arch) as program:
        for table in tables:
            with sources.source_of(program, table, sources.Descent(3000)).compiled():
                pass
        assert sum(key[0] == "compile" for key in program.seconds) == 2


def test_programs_are_listed_with_the_names_of_their_losses(without_programs):
    without_programs()
    loss = as_loss(keras.losses.Huber(delta=2.0))
    with checkout(architecture(objective=Objective(loss))):
        assert programs.to_frame()["loss"].tolist() == ["Huber"]


class TimesRows(keras.layers.Layer):
    """Couples the rows of a batch: it multiplies by how many there are."""

    def call(self, x):
        return x * keras.ops.cast(keras.ops.shape(x)[0], x.dtype)


@kf.builder
def coupled(n_in, n_out):
    return keras.Sequential([keras.Input((n_in,)), TimesRows(), keras.layers.Dense(n_out)])


def test_a_layer_that_couples_rows_sees_those_that_fill_up_the_last_batch_where_xla_is_forced():
    X, still = np.eye(5), kf.optimisers.SGD(learning_rate=0.0)

    def loss_of_five_rows_in_batches_of_four(jit):
        model = kf.NeuralNetworkRegressor(
            builder=coupled, optimiser=still, batch_size=4, epochs=1, rng=1
        )
        model.acceleration.jit = jit
        mach = kf.machine(model, X, np.arange(5.0)).fit(verbosity=0)
        return mach.training_losses[1]

    graph, xla = map(loss_of_five_rows_in_batches_of_four, ("graph", "xla"))
    assert loss_of_five_rows_in_batches_of_four("auto") == graph
    assert xla != pytest.approx(graph, rel=1e-3)
    assert "couples the rows" in " ".join(kf.Acceleration.__doc__.split())
