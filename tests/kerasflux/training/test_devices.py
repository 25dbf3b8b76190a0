"""Accelerations: what they may be, what they resolve to, and what is refused."""

import json

import numpy as np
import pytest

import kerasflux as kf
from kerasflux import log, workers
from kerasflux.errors import EnvironmentMismatch, HyperparameterError
from kerasflux.training import compat
from kerasflux.training.devices import Acceleration, Placement, as_acceleration

CPU = Placement("/device:CPU:0")
CLUSTER = {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}


def in_cluster(monkeypatch, kind, index, cluster=CLUSTER):
    config = {"cluster": cluster, "task": {"type": kind, "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))


def strategy_named(name, replicas=2):
    return type(name, (), {"num_replicas_in_sync": replicas, "extended": None})()


# what they are


def test_names_of_devices_are_kept_in_one_spelling():
    same = "CPU:0", ["CPU:0"], ("cpu:0",), ("/job:localhost/replica:0/task:0/device:CPU:0",)
    assert all(as_acceleration(names) == Acceleration(strategy=("CPU:0",)) for names in same)
    assert as_acceleration(("CPU:0",)).resolve() == CPU == as_acceleration("cpu").resolve()


def test_strategies_of_one_process_become_names_of_their_devices():
    import tensorflow as tf

    for strategy in (
        tf.distribute.OneDeviceStrategy("/cpu:0"),
        tf.distribute.MirroredStrategy(["CPU:0"]),
    ):
        acceleration = as_acceleration(strategy)
        assert acceleration.strategy == ("/device:CPU:0",)
        assert acceleration.resolve() == CPU
        assert repr(acceleration) == "Acceleration(strategy=('/device:CPU:0',))"


def test_a_model_with_a_strategy_is_compared_and_written_as_one_with_its_devices():
    import tensorflow as tf

    given, named = (
        kf.NeuralNetworkClassifier(acceleration=a)
        for a in (tf.distribute.MirroredStrategy(["CPU:0"]), ("CPU:0",))
    )
    assert given == named


def test_several_devices_are_told_in_the_kind_and_are_no_single_cpu():
    two = Placement("/device:CPU:0", ("/device:CPU:0", "/device:CPU:1"))
    assert (two.n_replicas, two.kind, two.on_cpu, two.alone) == (2, "2 x CPU", False, CPU)
    assert (CPU.n_replicas, CPU.kind, CPU.on_cpu) == (1, "CPU", True)


@pytest.mark.parametrize("strategy", ["multiworker", ("CPU:0", "CPU:7"), "cpu", "auto"])
def test_predictions_take_one_device_and_no_cluster(strategy):
    assert Acceleration(strategy=strategy).resolve(training=False) == CPU


# what is refused


@pytest.mark.parametrize(
    "name",
    ["TPUStrategy", "ParameterServerStrategyV2", "CentralStorageStrategy"],
)
def test_strategies_whose_variables_are_elsewhere_are_refused_by_name(name):
    with pytest.raises(HyperparameterError, match=f"can't be a {name} of 2 replicas"):
        as_acceleration(strategy_named(name))


@pytest.mark.parametrize("names", [(), ("CPU",), ("CPU:0", "cpu:0"), (0, 1), ("CPU:0", "b")])
def test_what_names_no_different_devices_is_refused(names):
    with pytest.raises(HyperparameterError, match="different names of devices"):
        as_acceleration(names)


def test_names_are_offered_the_nearest():
    with pytest.raises(HyperparameterError, match="did you mean 'mirrored'"):
        as_acceleration("mirrord")


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("GPU", "did you mean 'gpu'?"),
        ("CPU", "did you mean 'cpu'?"),
        ("xla", 'kf.Acceleration(jit="xla")'),
        ("graph", 'kf.Acceleration(jit="graph")'),
        ("float16", 'kf.Acceleration(precision="mixed_float16")'),
        ("bfloat16", 'kf.Acceleration(precision="mixed_bfloat16")'),
        ("mixed_float16", 'kf.Acceleration(precision="mixed_float16")'),
        ({"jit": "xla", "strategy": "cpu"}, "kf.Acceleration(jit='xla', strategy='cpu')"),
    ],
)
def test_what_belongs_elsewhere_is_told_where(value, remedy):
    with pytest.raises(HyperparameterError) as refusal:
        kf.NeuralNetworkClassifier(acceleration=value)
    assert refusal.value.remedy == remedy
    if remedy.startswith("kf."):
        eval(remedy, {"kf": kf})


@pytest.mark.parametrize("name", ["gpu", "mirrored"])
def test_gpus_that_are_not_there_are_told_where_they_were_asked_for(name):
    import tensorflow as tf

    if tf.config.list_logical_devices("GPU"):
        pytest.skip("there is a GPU")
    with pytest.raises(EnvironmentMismatch, match=f"acceleration='{name}'.*sees no GPU"):
        as_acceleration(name).resolve()
    assert as_acceleration("auto").resolve() == CPU


def test_devices_that_are_not_there_are_told():
    with pytest.raises(EnvironmentMismatch, match="CPU:7, which TensorFlow does not see"):
        as_acceleration(("CPU:7",)).resolve()


def test_a_cluster_needs_its_description(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(EnvironmentMismatch, match="`TF_CONFIG` is not set"):
        as_acceleration("multiworker").resolve()


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("{not JSON", "can't be read"),
        ("[]", "can't be read"),
        ('{"cluster": {}}', "can't be read"),
        ('{"cluster": {"worker": []}, "task": {"type": "worker", "index": "x"}}', "can't be read"),
    ],
)
def test_a_description_that_cant_be_read_is_told(monkeypatch, told, reason):
    monkeypatch.setenv("TF_CONFIG", told)
    with pytest.raises(EnvironmentMismatch, match=reason):
        as_acceleration("multiworker").resolve()
    assert workers.number() == 0


def test_tasks_that_do_not_train_are_told(monkeypatch):
    in_cluster(monkeypatch, "ps", 0, {**CLUSTER, "ps": ["10.0.0.3:2222"]})
    with pytest.raises(EnvironmentMismatch, match="a 'ps', which does not train"):
        as_acceleration("multiworker").resolve()
    in_cluster(monkeypatch, "worker", 2)
    with pytest.raises(EnvironmentMismatch, match="no worker 2 among 2"):
        as_acceleration("multiworker").resolve()


def test_a_cluster_after_tensorflow_began_to_work_is_told(monkeypatch):
    import tensorflow as tf

    tf.constant(1)
    in_cluster(monkeypatch, "worker", 0, {"worker": ["127.0.0.1:0"]})
    with pytest.raises(EnvironmentMismatch, match="after TensorFlow had begun to work"):
        as_acceleration("multiworker").resolve()


def test_the_scope_of_another_strategy_is_told_and_leaves_the_machine_as_it_was():
    import tensorflow as tf

    X = np.arange(3.0)[:, np.newaxis]
    model = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=1, rng=1)
    mach, strategy = kf.machine(model, X, X[:, 0]), tf.distribute.MirroredStrategy(["CPU:0"])
    said = "within the scope of a MirroredStrategy"
    with strategy.scope(), pytest.raises(EnvironmentMismatch, match=said):
        mach.fit(verbosity=0)
    before = mach.fit(verbosity=0).predict(X)
    with strategy.scope(), pytest.raises(EnvironmentMismatch, match=said):
        mach.predict(X)
    assert np.array_equal(mach.predict(X), before)


def test_optimizers_of_another_make_cant_be_shared_out():
    with pytest.raises(EnvironmentMismatch, match="with this version of Keras") as caught:
        compat.own_replica(object())
    assert "_backend_update_step" in caught.value.received


# workers


def test_workers_are_numbered_with_the_chief_first(monkeypatch):
    assert workers.number() == 0
    in_cluster(monkeypatch, "worker", 1)
    assert workers.number() == 1
    cluster = {"chief": ["10.0.0.9:2222"], **CLUSTER}
    numbers = []
    for task in (("chief", 0), ("worker", 0), ("worker", 1)):
        in_cluster(monkeypatch, *task, cluster)
        numbers.append(workers.number())
    assert numbers == [0, 1, 2]


def test_only_the_first_worker_prints_and_all_warn(monkeypatch, capsys):
    for index, lines in ((0, 2), (1, 0)):
        in_cluster(monkeypatch, "worker", index)
        log.say("a line")
        with log.progress(1, "net") as bar:
            bar.advance(loss=0.5)
            assert (type(bar._painter) is log._Nothing) is bool(index)
        with pytest.warns(log.KerasfluxWarning):
            log.warn("careful")
        assert len(capsys.readouterr().out.splitlines()) == lines


def test_checkpoints_of_a_cluster_are_written_by_the_first_worker(monkeypatch, tmp_path):
    from kerasflux.training.devices import written_elsewhere

    alone, together = (
        kf.EntityEmbedder(kf.NeuralNetworkRegressor(acceleration=a)) for a in ("cpu", "multiworker")
    )
    for index, elsewhere in ((0, False), (1, True)):
        in_cluster(monkeypatch, "worker", index)
        assert written_elsewhere(together) is elsewhere
        assert not written_elsewhere(alone)
