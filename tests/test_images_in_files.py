"""Images in files: trained from, predicted and evaluated as if in memory, but in little of it.

The budget of inputs in memory is cut to two batches here, so that small sets are streamed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from networks import ARCHITECTURES, differing
from PIL import Image

import kerasflux as kf
from kerasflux.training import feeding

N = 75
DRAW = np.random.default_rng(17)
GRAY = DRAW.integers(0, 256, (N, 8, 8), dtype=np.uint8)
COLOUR = DRAW.integers(0, 256, (N, 8, 8, 3), dtype=np.uint8)
LABELS = kf.coerce([["dark", "light"][int(image.mean() > 127)] for image in GRAY], kf.Multiclass)
KINDS = {"gray": (GRAY, kf.GrayImage), "colour": (COLOUR, kf.ColorImage)}
BATCH = 8
kinds = pytest.mark.parametrize("kind", KINDS)


def saved(pixels, folder):
    folder.mkdir(exist_ok=True)
    paths = [str(folder / f"{i}.png") for i in range(len(pixels))]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)
    return paths


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {
        kind: saved(pixels, tmp_path_factory.mktemp(kind)) for kind, (pixels, _) in KINDS.items()
    }


@pytest.fixture(autouse=True)
def small_budget(monkeypatch):
    """Two batches of gray images a chunk, one of coloured ones."""
    monkeypatch.setattr(feeding, "BUDGET", 4 * 2 * BATCH * 8 * 8)


def images(kind, folders, where):
    pixels, scitype = KINDS[kind]
    return kf.coerce(folders[kind] if where == "files" else pixels, scitype)


def classifier(**options):
    """Augmentation, convolutions, dropout: whatever could be drawn by chunk instead of by step."""
    options = {"epochs": 3, "batch_size": BATCH, "rng": 1, "lambda_": 0.01, **options}
    return kf.ImageClassifier(builder=ARCHITECTURES["augmented"].fixed["builder"], **options)


def machine(kind, folders, where, weights=None, **options):
    return kf.machine(classifier(**options), images(kind, folders, where), LABELS, weights)


def both(kind, folders, weights=None, fit=None, **options):
    """Two machines, trained from files and from memory."""
    return [
        machine(kind, folders, where, weights, **options).fit(verbosity=0, **(fit or {}))
        for where in ("files", "memory")
    ]


def probabilities(mach, *args, **kwargs):
    return np.asarray(mach.predict(*args, **kwargs))


@kinds
def test_training_from_files_gives_the_bits_of_training_from_memory(kind, folders):
    files, memory = both(kind, folders)
    assert differing(files, memory) == []


@kf.builder
def dense(n_in, n_out, n_channels):
    import keras
    from keras import layers

    hidden = layers.Dense(6, "relu"), layers.BatchNormalization(), layers.Dropout(0.3)
    return keras.Sequential([layers.Flatten(), *hidden, layers.Dense(n_out)])


def test_so_does_training_of_what_xla_compiles(folders):
    for fit in ({}, {"rows": range(69)}):
        models = [classifier(), classifier()]
        machines = [
            kf.machine(model, images("gray", folders, where), LABELS)
            for model, where in zip(models, ("files", "memory"), strict=True)
        ]
        for mach in machines:
            mach.model.builder = dense()
            mach.fit(verbosity=0, **fit)
        assert differing(*machines) == []
        assert str(machines[0].state["mode"]) == "xla"


def test_so_do_sample_weights_rows_and_rows_to_validate_on(folders):
    weights = DRAW.uniform(0.5, 2.0, N)
    files, memory = both("gray", folders, weights, {"rows": range(50), "validation": range(50, N)})
    assert differing(files, memory) == []
    assert files.history.validation_loss.notna().all()


def test_so_does_training_without_shuffling_and_in_one_batch(folders):
    for options in ({"shuffle": False}, {"batch_size": 100}, {"batch_size": 1, "epochs": 1}):
        files, memory = both("gray", folders, **options)
        assert differing(files, memory) == []


def test_two_and_three_epochs_are_five(folders):
    mach = machine("gray", folders, "files", epochs=2).fit(verbosity=0)
    mach.model.epochs = 5
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("continued")
    assert differing(mach, machine("gray", folders, "memory", epochs=5).fit(verbosity=0)) == []


def test_an_interrupt_keeps_the_last_finished_epoch_and_ends_the_reading(folders, monkeypatch):
    # it strikes while the reading thread is at work; Python raises it in the main one
    mach, reads, read = machine("gray", folders, "files", epochs=5), [], feeding._read

    def strike(inputs, rows):
        reads.append(len(rows))
        if len(reads) == 15:  # five chunks an epoch, after that of the loss before training
            signal.raise_signal(signal.SIGINT)
        return read(inputs, rows)

    with monkeypatch.context() as patch:
        patch.setattr(feeding, "_read", strike)
        with pytest.raises(KeyboardInterrupt):
            mach.fit(verbosity=0)
    assert not [t for t in threading.enumerate() if t.name.startswith("kerasflux-reader")]
    done = len(mach.training_losses) - 1
    assert 0 < done < 5
    whole = machine("gray", folders, "memory", epochs=done).fit(verbosity=0)
    assert differing(mach, whole) == []
    mach.fit(verbosity=0)
    assert differing(mach, machine("gray", folders, "memory", epochs=5).fit(verbosity=0)) == []


def test_a_fit_that_died_goes_on_in_files_made_anew(folders, tmp_path):
    class Crash(Exception):
        pass

    def crash(row):
        if row["epoch"] == 3:
            raise Crash

    mach = machine("gray", folders, "files", epochs=5)
    with pytest.raises(Crash):
        mach.fit(checkpoint=tmp_path, on_epoch=crash, verbosity=0)
    again = machine("gray", folders, "files", epochs=5).fit(checkpoint=tmp_path, verbosity=0)
    assert again.report.decision.startswith("continued")
    assert differing(again, machine("gray", folders, "memory", epochs=5).fit(verbosity=0)) == []


def test_a_set_within_the_budget_is_read_once_for_a_fit(folders, monkeypatch):
    monkeypatch.setattr(feeding, "BUDGET", N * 64)
    reads, read = [], feeding._read
    monkeypatch.setattr(feeding, "_read", lambda i, rows: reads.append(len(rows)) or read(i, rows))
    mach = machine("gray", folders, "files").fit(verbosity=0)
    assert reads == [N]
    assert differing(mach, machine("gray", folders, "memory").fit(verbosity=0)) == []


# verbs


@kinds
def test_files_are_predicted_as_arrays_are(kind, folders):
    mach = machine(kind, folders, "files", epochs=1).fit(verbosity=0)
    pixels, scitype = KINDS[kind]
    expected = probabilities(mach, pixels)
    assert (probabilities(mach) == expected).all()
    assert (probabilities(mach, folders[kind]) == expected).all()
    assert (probabilities(mach, [Path(p) for p in folders[kind]]) == expected).all()
    assert (probabilities(mach, kf.coerce(folders[kind], scitype)) == expected).all()
    assert (probabilities(mach, rows=[7, 3]) == expected[[7, 3]]).all()
    assert (probabilities(mach, folders[kind][:1]) == expected[:1]).all()
    encoded = mach.encode(folders[kind])
    assert encoded.dtype == np.float32
    assert (encoded.reshape(pixels.shape) == pixels.astype(np.float32) / np.float32(255)).all()


def test_evaluation_over_files_finds_what_it_finds_in_memory(folders):
    found = [
        kf.evaluate(
            classifier(epochs=2),
            images("gray", folders, where),
            LABELS,
            resampling=kf.CV(nfolds=3, rng=2),
            measure=[kf.log_loss, kf.accuracy],
            verbosity=0,
        )
        for where in ("files", "memory")
    ]
    for a, b in zip(found[0].per_fold, found[1].per_fold, strict=True):
        assert np.array_equal(a, b)


def test_a_machine_trained_from_files_saves_loads_goes_on_and_exports(folders, tmp_path):
    import tensorflow as tf

    mach = machine("colour", folders, "files", epochs=2).fit(verbosity=0)
    mach.save(tmp_path / "m.kflux")
    loaded = kf.load(tmp_path / "m.kflux")
    assert (probabilities(loaded, folders["colour"]) == probabilities(mach)).all()
    # the same pixels are the same data, in files or in memory
    loaded = loaded.with_data(images("colour", folders, "memory"), LABELS)
    loaded.model.epochs = 3
    loaded.fit(verbosity=0)
    assert loaded.report.decision.startswith("continued")
    assert differing(loaded, machine("colour", folders, "files").fit(verbosity=0)) == []
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    answers = served.serve({"images": tf.constant(COLOUR)})
    np.testing.assert_allclose(answers["probabilities"], probabilities(mach), rtol=1e-5)


# what goes wrong


def fresh(folders, tmp_path):
    """Files of their own for a test that harms them."""
    paths = saved(GRAY, tmp_path / "own")
    return paths, kf.machine(classifier(epochs=1), kf.coerce(paths, kf.GrayImage), LABELS)


HARMS = {
    "gone": (os.remove, "can't be read: No such file"),
    "damaged": (lambda path: Path(path).write_bytes(Path(path).read_bytes()[:60]), "can't be read"),
    "resized": (lambda path: Image.new("L", (9, 8)).save(path), "has changed since"),
    "colour": (lambda path: Image.new("RGB", (8, 8), "red").save(path), "has changed since"),
    "replaced": (lambda path: Image.new("L", (8, 8)).save(path), "has changed since"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_file_harmed_after_binding_is_named_and_the_machine_stays_as_it_was(
    harm, folders, tmp_path
):
    paths, mach = fresh(folders, tmp_path)
    act, message = HARMS[harm]
    act(paths[40])
    with pytest.raises(kf.ImageError, match=message) as caught:
        mach.fit(verbosity=0)
    assert paths[40] in str(caught.value)
    assert caught.value.files == (paths[40],)
    with pytest.raises(kf.NotFitted):
        mach.predict()


def test_a_file_harmed_during_training_is_named_and_what_was_learned_before_stays(
    folders, tmp_path
):
    paths, mach = fresh(folders, tmp_path)
    mach.fit(verbosity=0)
    before = {name: value.tobytes() for name, value in mach.state.items()}
    mach.model.epochs = 5
    with pytest.raises(kf.ImageError, match="has changed since") as caught:
        mach.fit(on_epoch=lambda row: HARMS["replaced"][0](paths[3]), verbosity=0)
    assert caught.value.files == (paths[3],)
    assert {name: value.tobytes() for name, value in mach.state.items()} == before
    assert not [t for t in threading.enumerate() if t.name.startswith("kerasflux-reader")]


def test_files_that_changed_are_other_data_once_the_vector_is_made_anew(folders, tmp_path):
    paths, mach = fresh(folders, tmp_path)
    mach.fit(verbosity=0)
    again = mach.with_data(kf.coerce(paths, kf.GrayImage), LABELS).fit(verbosity=0)
    assert again.report.decision.startswith("nothing")
    Image.new("L", (8, 8)).save(paths[3])
    again = mach.with_data(kf.coerce(paths, kf.GrayImage), LABELS).fit(verbosity=0)
    assert again.report.decision.startswith("from scratch (2")


# memory

MEASURED = Path(__file__).parents[1] / "benchmarks" / "images.py"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="measured as Linux does it")
def test_training_and_predicting_take_a_fraction_of_the_memory_that_the_images_would(tmp_path):
    """Files first: what a process had at most never falls."""
    command = [sys.executable, str(MEASURED), str(tmp_path), "--where", "both", "--rows", "250"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    files, memory = map(json.loads, done.stdout.splitlines())
    assert (files["where"], memory["where"]) == ("files", "memory")
    assert memory["grown"] > memory["pixels"]
    assert files["grown"] < 0.75 * files["pixels"]
    assert files["grown"] < memory["grown"] / 4
    assert files["digest"] == memory["digest"]
