"""Models outlive their process: saved, loaded, continued and exported bit for bit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conformance.models import ROWS, epochs
from conformance.test_training import same_state

import kerasflux as kf
from kerasflux.hyperparameters import set_path

ANEW = ("regressor", "binary")  # one of XLA and one of the graph loop
FRESH = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
import kerasflux as kf
kf.quiet()
from conformance.models import ROWS, epochs
from kerasflux.hyperparameters import set_path
import numpy as np
for row in ROWS:
    mach = kf.load({folder!r} + "/" + row.name)
    np.save({folder!r} + f"/{{row.name}}-out", row.output(mach, row.raw))
    mach = mach.with_data(row.X, row.y)
    set_path(mach.model, epochs(row), 4)
    mach.fit(verbosity=0).save({folder!r} + f"/{{row.name}}-on")
    if row.name in {anew!r}:
        row.fitted().save({folder!r} + f"/{{row.name}}-anew")
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A folder in which another process has loaded, used and continued each machine."""
    folder = tmp_path_factory.mktemp("saved")
    for row in ROWS:
        row.fitted().save(folder / row.name)
    program = FRESH.format(root=str(Path(__file__).parents[2]), folder=str(folder), anew=ANEW)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_a_fresh_process_predicts_the_same_bits(row, fresh):
    assert np.array_equal(np.load(fresh / f"{row.name}-out.npy"), row.output(row.fitted()))


def test_a_fresh_process_continues_bit_for_bit(row, fresh):
    on = kf.load(fresh / f"{row.name}-on")
    assert on.report.decision == f"continued (4: {epochs(row)} 2 -> 4)"
    assert same_state(on, row.fitted(epochs=4))


@pytest.mark.parametrize("name", ANEW)
def test_a_fresh_process_learns_the_same_bits_from_scratch(name, fresh):
    (row,) = (row for row in ROWS if row.name == name)
    assert same_state(kf.load(fresh / f"{name}-anew"), row.fitted())


def test_a_loaded_machine_says_what_it_was(row, tmp_path):
    mach = row.fitted()
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m")
    assert again.model == mach.model
    assert again.input_schema == mach.input_schema
    assert again.history.drop(columns="seconds").equals(mach.history.drop(columns="seconds"))
    set_path(again.model, epochs(row), 0)
    assert repr(again).startswith("Machine(")


class Wide(kf.Builder):
    """A builder of a user's own, which a fresh process may not have."""

    width: int = 5

    def build(self, n_in, n_out):
        import keras

        return keras.Sequential(
            [
                keras.Input((n_in,)),
                keras.layers.Dense(self.width, "relu"),
                keras.layers.Dense(n_out),
            ]
        )


def test_a_users_builder_is_missed_by_a_fit_from_scratch_only(predicting, tmp_path):
    mach = predicting.fitted(builder=Wide())
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m").with_data(predicting.X, predicting.y)
    assert np.array_equal(predicting.output(again), predicting.output(mach))
    again.model.epochs = 4
    again.fit(verbosity=0)
    assert same_state(again, predicting.fitted(builder=Wide(), epochs=4))
    with pytest.raises(kf.BuilderNotFound, match=r"builders=\[Wide\]"):
        again.fit(restart="always", verbosity=0)
    whole = kf.load(tmp_path / "m", builders=[Wide]).with_data(predicting.X, predicting.y)
    assert same_state(whole.fit(restart="always", verbosity=0), mach)


def test_functions_are_refused_by_path(supervised, tmp_path):
    mach = supervised.fitted(loss=lambda y_true, y_pred: (y_true - y_pred) ** 2, epochs=0)
    with pytest.raises(kf.StorageError, match="loss"):
        mach.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_the_export_answers_as_the_machine_does(supervised, tmp_path):
    import tensorflow as tf

    mach = supervised.fitted()
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    answer = served.serve(tensors(supervised))
    if "probabilities" in answer:
        expected = supervised.output(mach, supervised.raw)
        assert answer["probabilities"].numpy() == pytest.approx(expected, abs=1e-6)
        labels = [v.decode() for v in answer["labels"].numpy()]
        assert labels == list(mach.predict_mode(supervised.raw))
    else:
        expected = supervised.output(mach, supervised.raw).reshape(60, -1)
        found = answer["predictions"].numpy().reshape(60, -1)
        assert found == pytest.approx(expected, rel=1e-5)


def tensors(row):
    """Raw data as a client sends it."""
    import tensorflow as tf

    if isinstance(row.raw, np.ndarray):
        return {"images": tf.constant(row.raw)}
    kinds = {"O": tf.string, "f": tf.float64, "i": tf.int64}
    arrays = {name: np.asarray(row.raw[name], dtype=None) for name in row.raw}
    return {
        n: tf.constant(a.astype(object) if a.dtype.kind not in "fi" else a, kinds.get(a.dtype.kind))
        for n, a in arrays.items()
    }
