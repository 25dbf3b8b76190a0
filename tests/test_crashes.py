"""Networks whose process dies: the same call in a new process ends with the same bits."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from networks import ARCHITECTURES, X, differing

import kerasflux as kf
from kerasflux import storage
from kerasflux.checkpoints import FILE

KINDS = {
    "regressor": ARCHITECTURES["normalised"],
    "multitarget": ARCHITECTURES["half_frozen"],
    "classifier": ARCHITECTURES["embedded"],
    "binary": ARCHITECTURES["noisy"],
    "image": ARCHITECTURES["augmented"],
}
kinds = pytest.mark.parametrize("kind", KINDS)


class Crash(Exception):
    """Stands for the death of the process: whatever was not written is lost."""


def crash(after):
    def on_epoch(row):
        if row["epoch"] == after:
            raise Crash

    return on_epoch


def crashed(mach, folder, after, **options):
    with pytest.raises(Crash):
        mach.fit(checkpoint=folder, on_epoch=crash(after), verbosity=0, **options)


def history(mach):
    return mach.history.drop(columns="seconds").to_numpy()


# the death of a process, played


@kinds
def test_every_model_goes_on_to_the_same_bits(kind, tmp_path):
    case = KINDS[kind]
    crashed(case.machine(epochs=5), tmp_path, after=5, every_epochs=2)
    mach = case.machine(epochs=5).fit(checkpoint=tmp_path, verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 4, going on to 5 epochs)"
    whole = case.fitted(epochs=5)
    assert differing(mach, whole) == []
    assert np.array_equal(history(mach), history(whole), equal_nan=True)
    assert differing(kf.load(tmp_path / FILE), mach) == []


def test_nobody_has_to_look_at_the_epochs_between(tmp_path, monkeypatch):
    """Without a hook many epochs may be one call, which ends where a checkpoint is due."""
    written, write = [], storage.write

    def writing(path, manifest, arrays):
        written.append(int(arrays["state/epoch"]))
        write(path, manifest, arrays)

    monkeypatch.setattr(storage, "write", writing)
    case = KINDS["regressor"]
    mach = case.machine(epochs=10).fit(checkpoint=tmp_path, every_epochs=4, verbosity=0)
    assert written == [4, 8, 10]
    assert differing(mach, case.fitted(epochs=10)) == []


def test_a_seed_that_was_drawn_is_drawn_once(tmp_path):
    case = KINDS["regressor"]
    crashed(case.machine(epochs=4, rng=None), tmp_path, after=3)
    mach = case.machine(epochs=4, rng=None).fit(checkpoint=tmp_path, verbosity=0)
    assert "interrupted after 2" in mach.report.decision
    assert differing(mach, case.fitted(epochs=4, rng=mach.report.rng)) == []


def test_a_machine_of_another_draw_is_refused_the_checkpoint(tmp_path):
    case = KINDS["regressor"]
    crashed(case.machine(epochs=6, rng=None), tmp_path, after=5)
    mach = case.machine(epochs=2, rng=None).fit(verbosity=0)
    mach.model.epochs = 6
    with pytest.raises(kf.CheckpointMismatch, match="its losses are not those"):
        mach.fit(checkpoint=tmp_path, verbosity=0)


def test_an_embedder_goes_on_too(tmp_path):
    case = KINDS["regressor"]

    def machine():
        return kf.machine(kf.EntityEmbedder(case.make(epochs=4)), case.X, case.y)

    crashed(machine(), tmp_path, after=3)
    mach = machine().fit(checkpoint=tmp_path, verbosity=0)
    assert mach.report.decision.startswith("continued (3: interrupted after 2")
    assert mach.transform(X).equals(machine().fit(verbosity=0).transform(X))


def test_what_is_harmless_goes_on(tmp_path):
    case = KINDS["regressor"]
    crashed(case.machine(epochs=5), tmp_path, after=4)
    mach = case.machine(epochs=6)
    mach.model.optimiser.learning_rate, mach.model.acceleration = 0.001, "cpu"
    mach.fit(checkpoint=tmp_path, verbosity=0)
    assert mach.report.decision.startswith("continued (4: epochs 5 -> 6, optimiser.learning_rate")
    assert mach.history["learning_rate"].tolist() == [0.01] * 3 + [0.001] * 3


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"batch_size": 16}, "batch_size 8 -> 16"),
        ({"rng": 2}, "rng 1 -> 2"),
        ({"epochs": 3, "lambda_": 0.5}, "epochs 5 -> 3, lambda_ 0.0 -> 0.5"),
        ({"builder": kf.MLP((4,))}, "builder normalised() -> MLP"),
    ],
)
def test_changes_that_would_start_anew_are_refused_by_name(changed, reason, tmp_path):
    case = KINDS["regressor"]
    crashed(case.machine(epochs=5), tmp_path, after=3)
    with pytest.raises(kf.CheckpointMismatch) as refusal:
        case.machine(**{"epochs": 5, **changed}).fit(checkpoint=tmp_path, verbosity=0)
    told = refusal.value.failed
    assert f"{tmp_path} is of another training: {reason}" in told.replace(
        "<normalised(), whose class was not given>", "normalised()"
    )


def test_a_nan_loss_counts_as_the_end(tmp_path):
    case = KINDS["regressor"]

    def machine():
        mach = case.machine(epochs=9)
        mach.model.optimiser.learning_rate = 1e30
        return mach

    with pytest.warns(kf.log.KerasfluxWarning, match="last finite state"):
        ended = machine().fit(checkpoint=tmp_path, verbosity=0)
    again = machine().fit(checkpoint=tmp_path, verbosity=0)
    assert again.report.decision.startswith("nothing to do (3")
    assert differing(again, ended) == []


# networks with parts of the user's


def scaled():
    import keras

    class Scaled(keras.layers.Layer):
        """A layer that is not registered with Keras, and that no module has."""

        def call(self, inputs):
            return inputs * 0.5

    return Scaled()


@kf.builder
def own_layer(n_in, n_out):
    import keras

    layers = keras.layers
    return keras.Sequential([layers.Dense(4, "tanh"), scaled(), layers.Dense(n_out)])


@kf.builder
def lambda_layer(n_in, n_out):
    import keras

    halved = keras.layers.Lambda(lambda x: x * 0.5)
    return keras.Sequential([keras.layers.Dense(4), halved, keras.layers.Dense(n_out)])


def test_layers_of_the_users_need_no_registration(tmp_path):
    case = KINDS["regressor"]
    options = {"builder": own_layer(), "epochs": 4}
    crashed(case.machine(**options), tmp_path, after=3)
    mach = case.machine(**options).fit(checkpoint=tmp_path, verbosity=0)
    assert mach.report.decision.startswith("continued (3: interrupted after 2")
    assert differing(mach, case.fitted(**options)) == []
    assert len(mach.predict()) == 48


def test_a_builder_whose_code_was_changed_is_refused(tmp_path, monkeypatch):
    """Its hyperparameters are those of the checkpoint, but its network is not."""
    case, rate = KINDS["regressor"], [0.5]

    @kf.builder
    def dropping(n_in, n_out):
        import keras

        layers = keras.layers
        more = [layers.Dense(3)] * (rate[0] == 0.5)
        return keras.Sequential([layers.Dropout(rate[0]), *more, layers.Dense(n_out)])

    crashed(case.machine(builder=dropping(), epochs=4), tmp_path, after=3)
    assert case.machine(builder=dropping(), epochs=4).model.builder == dropping()
    rate[0] = 0.25
    with pytest.raises(kf.CheckpointMismatch) as refusal:
        case.machine(builder=dropping(), epochs=4).fit(checkpoint=tmp_path, verbosity=0)
    reason = "the builder makes another network now, "
    assert reason in refusal.value.failed
    assert "layers" in refusal.value.failed
    embedder = kf.EntityEmbedder(case.make(builder=dropping(), epochs=4))
    rate[0] = 0.5
    inner = tmp_path / "embedder"
    crashed(kf.machine(embedder, case.X, case.y), inner, after=3)
    rate[0] = 0.25
    with pytest.raises(kf.CheckpointMismatch, match=reason):
        kf.machine(embedder, case.X, case.y).fit(checkpoint=inner, verbosity=0)


def test_a_network_that_no_file_can_hold_is_refused_before_training(tmp_path):
    mach, epochs = KINDS["regressor"].machine(builder=lambda_layer()), []
    with pytest.raises(kf.StorageError, match="network can't be written"):
        mach.fit(checkpoint=tmp_path, on_epoch=epochs.append, verbosity=0)
    assert epochs == []
    assert os.listdir(tmp_path) == []


# the death of a process

EPOCHS = 60

PROGRAM = """
import os, signal, sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
import kerasflux as kf
kf.quiet()
import test_crashes as test
dies_at = {dies_at}
if dies_at:
    import zipfile
    writestr = zipfile.ZipFile.writestr
    def writing(archive, *args):
        writestr(archive, *args)
        if told[-1] >= dies_at and archive.filelist[2:]:
            archive.fp.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    zipfile.ZipFile.writestr = writing
told = [0]
def on_epoch(row):
    told.append(row["epoch"])
    print(row["epoch"], flush=True)
test.long(None, checkpoint={folder!r}, every_epochs=3, on_epoch=on_epoch)
"""


def long(rng, **options):
    """The fit that is killed, of many steps that XLA compiled."""
    mach = KINDS["classifier"].machine(rng=rng, epochs=EPOCHS, batch_size=2)
    return mach.fit(range(40), validation=range(40, 48), verbosity=0, **options)


def process(folder, dies_at=0):
    root = str(Path(__file__).parents[1])
    program = PROGRAM.format(root=root, folder=str(folder), dies_at=dies_at)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", program], text=True, **pipes)


def kept_in(folder):
    return int(storage.read(folder / FILE)[1]["state/epoch"])


def test_a_killed_process_is_followed_by_one_that_ends_with_the_same_bits(tmp_path):
    draw = np.random.default_rng(12)
    with process(tmp_path) as child:  # killed at any moment
        for _ in range(draw.integers(4, 20)):
            last = int(child.stdout.readline())
        time.sleep(draw.uniform(0, 0.01))
        child.send_signal(signal.SIGKILL)
        last = max([last, *map(int, child.stdout.read().split())])
    first = kept_in(tmp_path)
    assert first in ((last - 1) // 3 * 3, last // 3 * 3)
    with process(tmp_path, dies_at=first + 8) as child:  # killed while it writes
        errors = child.stderr.read()
    assert child.returncode == -signal.SIGKILL, errors[-3000:]
    second = kept_in(tmp_path)
    assert second == first + 6
    assert len(os.listdir(tmp_path)) == 2
    epochs = []  # this process is the third one
    on_epoch = lambda row: epochs.append(row["epoch"])
    mach = long(None, checkpoint=tmp_path, every_epochs=3, on_epoch=on_epoch)
    assert epochs == list(range(second + 1, EPOCHS + 1))
    decision = f"continued (3: interrupted after {second}, going on to {EPOCHS} epochs)"
    assert mach.report.decision == decision
    assert str(mach.state["mode"]) == "xla"
    assert differing(mach, long(mach.report.rng)) == []
    assert os.listdir(tmp_path) == [FILE]
