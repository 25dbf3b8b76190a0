"""Errors that a newcomer meets first have all four parts, and remedies that can be followed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import kerasflux as kf
import scitypes as st
from kerasflux.interface import Deterministic
from kerasflux.scoring.measures import accuracy
from scitypes.schemas import parts

Y = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0])
X = pd.DataFrame({"area": Y})


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda: kf.matrix("area"), "X[['area']]"),
        (lambda: kf.matrix(5), "pandas.DataFrame"),
        (lambda: kf.matrix(Y.to_numpy()), "x.reshape(-1, 1)"),
        (lambda: kf.matrix(np.zeros((2, 3, 3))), "GrayImage"),
        (lambda: kf.matrix({}), "give it a column"),
        (lambda: kf.matrix({"a": [1], "b": [1, 2]}), "as many values"),
        (lambda: kf.table(np.zeros((2, 2)), ["a"]), "x1, x2"),
        (lambda: kf.schema(5), "DataFrame"),
        (lambda: parts(np.zeros(3), "matrix"), "x.reshape(-1, 1)"),
        (lambda: kf.l2(Y, Y.head(3)), "mach.predict(rows=test)"),
        (lambda: kf.l2(np.ones((2, 1)), np.ones((2, 2))), "as there are targets"),
        (lambda: kf.l2([], []), "selected by"),
        (lambda: accuracy(pd.DataFrame({"a": ["u"], "b": ["v"]}), ["u"]), "X[name]"),
        (lambda: kf.partition(Y, 0.7, 0.5), "partition(X, 0.7)"),
        (lambda: kf.partition((X, Y.head(3)), 0.7, multi=True), "same rows"),
        (lambda: kf.partition(Y, 0.7, shuffle=True, rng=-1), "rng=0"),
        (lambda: kf.partition(Y, 0.7, stratify=["a", "b"]), "labels of the very rows"),
        (lambda: kf.selectrows(X, [100]), "get_indexer"),
        (lambda: kf.selectrows(X, [0.5]), "mask"),
        (lambda: kf.log_range(0, 10), "at 1;"),
        (lambda: kf.log_range(0.0, 0.5), "at 1e-6;"),
        (lambda: kf.log_range(10, 1), "`lower=1, upper=10`"),
        (lambda: kf.log_range(3, 3), "`values=[3]`"),
        (lambda: kf.log_range("a", 3), "as numbers"),
        (lambda: kf.range(None, "rate", values=[]), "`values=[1, 3, 10]`"),
        (lambda: kf.log_range(1, 9).values_at(1), "`resolution=10`"),
        (lambda: kf.load("none.kflux"), "mach.save"),
        (lambda: st.coerce(["a", "b"], st.Multiclass[3]), "drop the number"),
        (lambda: st.coerce(["a"], st.Multiclass, levels=["a", "a"]), "once"),
        (lambda: kf.evaluate(Walker(), X, Y, measure=[]), "measure=None"),
        (lambda: kf.evaluate(Walker(), X, Y, repeats=0, verbosity=0), "repeats=1"),
    ],
)
def test_an_error_says_what_failed_was_expected_came_and_is_to_do(
    call, remedy, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(st.errors.Explained) as caught:
        call()
    error = caught.value
    assert error.failed
    assert error.expected
    assert error.received
    assert remedy in f"{error.expected} {error.remedy}"
    assert error.remedy


def test_a_file_that_is_not_there_is_told_the_nearest_one(tmp_path):
    (tmp_path / "house.kflux").write_bytes(b"")
    with pytest.raises(kf.StorageError, match="There is no file") as caught:
        kf.load(tmp_path / "hause.kflux")
    assert caught.value.remedy == "did you mean 'house.kflux'?"
    with pytest.raises(kf.StorageError) as caught:
        kf.load(tmp_path / "nowhere" / "a.kflux")
    assert "which does not exist" in caught.value.received


def test_a_file_of_another_program_is_told_what_can_be_loaded(tmp_path):
    (tmp_path / "notes.kflux").write_text("buy milk")
    with pytest.raises(kf.StorageError, match="was not saved by kerasflux") as caught:
        kf.load(tmp_path / "notes.kflux")
    assert "mach.save(path)" in caught.value.remedy


class Walker(Deterministic):
    """Never gets to walk."""

    target_scitype = st.Vector[st.Infinite]

    def predict(self, fitted, X):
        raise AssertionError


@pytest.mark.parametrize(("mode", "kind"), [("L", "GrayImage"), ("RGB", "ColorImage")])
def test_paths_of_images_are_told_the_line_that_reads_them(mode, kind, tmp_path):
    files = [tmp_path / f"{i}.png" for i in range(4)]
    for i, file in enumerate(files):
        Image.new(mode, (5, 4), i if mode == "L" else (i, i, i)).save(file)
    names, y = [str(file) for file in files], kf.coerce(list("abab"), kf.Multiclass)
    whole = f"X = kf.coerce(X, kf.{kind})"
    table = f"X = kf.coerce(X['file'], kf.{kind})"
    for X, line in [
        (files, whole),
        (names, whole),
        (pd.Series(names), whole),
        (np.array(names), whole),
        (pd.DataFrame({"file": names}), table),
    ]:
        with pytest.raises(kf.ScitypeMismatch) as caught:
            kf.machine(kf.ImageClassifier(), X, y)
        assert line in caught.value.remedy
        read = {"kf": kf, "X": X}
        exec(line, read)
        assert "4 rows" in repr(kf.machine(kf.ImageClassifier(), read["X"], y))


def test_paths_of_images_that_can_not_be_read_are_told_by_coerce():
    y = kf.coerce(["a", "b"], kf.Multiclass)
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(kf.ImageClassifier(), ["no.png", "none.png"], y)
    assert caught.value.remedy == "X = kf.coerce(X, kf.Image)"
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(kf.ImageClassifier(), ["cat", "dog"], y)
    assert "images come as an array" in caught.value.remedy


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_as_inputs_is_told_how_its_images_are_read(kind, tmp_path):
    with pytest.raises(kf.ArgumentError, match="not data") as caught:
        kf.machine(kf.ImageClassifier(), kind(tmp_path), ["a"])
    assert f"kf.coerce(sorted(Path({str(tmp_path)!r}).glob('*.png')), kf.Image)" in (
        caught.value.remedy
    )
    with pytest.raises(kf.ArgumentError, match="not data") as caught:
        kf.machine(kf.ImageClassifier(), kind("house.csv"), ["a"])
    assert "read_csv" in caught.value.remedy


class Loader:
    """Gives batches as PyTorch's `DataLoader` does: it iterates, and that is all."""

    def __iter__(self):
        return iter([(np.zeros((2, 1)), np.zeros(2)), (np.ones((1, 1)), np.ones(1))])

    def __len__(self):
        return 2


def of_keras():
    import keras

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, i):
            return np.zeros((2, 1)), np.zeros(2)

    return Batches()


def of_tensorflow():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((np.zeros((4, 1)), np.zeros(4))).batch(2)


STREAMS = {
    "generator": (lambda: (row for row in [{"a": 1.0}]), "pandas.DataFrame(list(x))"),
    "iterator": (lambda: zip([1.0], [2.0], strict=True), "numpy.stack(list(x))"),
    "loader": (Loader, "X, y = map(numpy.concatenate, zip(*x))"),
    "keras": (of_keras, "x[i] for i in range(len(x))"),
    "tensorflow": (of_tensorflow, "x.as_numpy_iterator()"),
}


@pytest.mark.parametrize(("make", "how"), STREAMS.values(), ids=STREAMS)
def test_generators_and_loaders_are_told_how_to_be_collected(make, how):
    fitted = kf.machine(kf.NeuralNetworkRegressor(epochs=0), X, Y).fit(verbosity=0)
    calls = [
        lambda: kf.machine(kf.NeuralNetworkRegressor(), make()),
        lambda: kf.machine(kf.NeuralNetworkRegressor(), make(), Y),
        lambda: kf.machine(kf.ImageClassifier(), make()),
        lambda: fitted.predict(make()),
    ]
    if how.startswith("x[i]"):
        del calls[1]  # it has a length, which differs from that of the target
    for call in calls:
        with pytest.raises(st.errors.Explained) as caught:
            call()
        assert "collect it first" in caught.value.remedy
        assert how in caught.value.remedy
        assert "ImageVector(files)" in caught.value.remedy


def test_the_way_out_of_loaders_and_datasets_leads_out():
    for batches in (Loader(), of_tensorflow().as_numpy_iterator()):
        inputs, target = map(np.concatenate, zip(*batches, strict=True))
        assert kf.machine(kf.NeuralNetworkRegressor(), inputs, target)
