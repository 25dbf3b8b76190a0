"""Exports: their signatures, what they refuse, and how they are written."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import kerasflux as kf
from kerasflux import exporting

tf = pytest.importorskip("tensorflow")


@kf.builder
def tiny(n_in, n_out, n_channels):
    import keras

    return keras.Sequential(
        [keras.Input((*n_in, n_channels)), keras.layers.Flatten(), keras.layers.Dense(n_out)]
    )


def image_machine(scitype, shape):
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (12, *shape), dtype="uint8")
    y = kf.coerce(["a", "b", "c"] * 4, kf.Multiclass)
    clf = kf.ImageClassifier(builder=tiny(), epochs=1, rng=1)
    return kf.machine(clf, kf.coerce(raw, scitype), y).fit(verbosity=0), raw


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    mach, raw = image_machine(kf.GrayImage, (8, 9))
    path = mach.export(tmp_path_factory.mktemp("grey") / "served")
    return mach, raw, tf.saved_model.load(str(path))


@pytest.fixture(scope="module")
def colour(tmp_path_factory):
    mach, raw = image_machine(kf.ColorImage, (8, 9, 3))
    path = mach.export(tmp_path_factory.mktemp("colour") / "served")
    return mach, raw, tf.saved_model.load(str(path))


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def encoded(images):
    return tf.constant([png(pixels) for pixels in images])


def rgba(pixels, alpha):
    return np.concatenate([pixels, np.full((*pixels.shape[:2], 1), alpha, "uint8")], axis=2)


@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_encoded_images_are_answered_as_raw_ones(kind, request):
    mach, raw, served = request.getfixturevalue(kind)
    expected = mach.predict(raw)
    for answer in (
        served.serve({"images": tf.constant(raw)}),
        served.serve_encoded(encoded(raw)),
        served.signatures["serving_default"](images=tf.constant(raw)),
        served.signatures["serve_encoded"](images=encoded(raw)),
    ):
        np.testing.assert_allclose(answer["probabilities"], np.asarray(expected), atol=1e-6)
        assert answer["labels"].numpy().astype(str).tolist() == list(expected.mode())


def test_what_the_machine_refuses_of_an_image_the_export_refuses_too(grey, colour):
    _, raw, served = grey
    _, coloured, other = colour
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected grey, received colour"):
        served.serve_encoded(encoded(coloured))
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 8 x 9 pixels"):
        served.serve_encoded(encoded([raw[0].T.copy()]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="no transparent pixels"):
        other.serve_encoded(encoded([rgba(coloured[0], 128)]))


def test_grey_files_and_opaque_ones_are_colour_to_a_colour_model(grey, colour):
    raw = grey[1]
    mach, coloured, served = colour
    repeated = np.repeat(raw[..., None], 3, axis=3)
    for files, same in (
        (encoded(raw), repeated),
        (encoded([rgba(x, 255) for x in coloured]), coloured),
    ):
        expected = np.asarray(mach.predict(same))
        got = served.serve_encoded(files)["probabilities"]
        np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.fixture(scope="module")
def flats():
    X = pd.DataFrame({"Sale Price": [1.0, 2.0, 3.0, 4.0], "rooms": [1, 2, 3, 4]})
    y = pd.Series(["low", "low", "high", "high"], name="class")
    clf = kf.NeuralNetworkClassifier(epochs=1, rng=1, builder=kf.Short(4))
    return kf.machine(clf, X, kf.coerce(y, kf.Multiclass)).fit(verbosity=0)


def test_the_folder_says_what_to_send(flats, tmp_path):
    path = flats.export(tmp_path / "served")
    said = json.loads((path / "serving.json").read_text())
    price = {"keyword": "Sale_Price", "dtype": "float64", "shape": [None]}
    assert said["inputs"]["Sale Price"] == price
    assert said["inputs"]["rooms"] == {"keyword": "rooms", "dtype": "int64", "shape": [None]}
    ask = tf.saved_model.load(str(path)).signatures["serving_default"]
    rooms = tf.constant([2], tf.int64)
    assert ask(Sale_Price=tf.constant([2.0], tf.float64), rooms=rooms)["labels"].shape == (1,)


def test_names_that_are_spelled_alike_get_keywords_of_their_own():
    names = ["a b", "a_b", "a-b", "1", "_1", "ü"]
    spelled = exporting._identifiers(names)
    assert spelled["a_b"] == "a_b"
    assert len(set(spelled.values())) == len(names)
    assert all(exporting._is_identifier(word) for word in spelled.values())


def test_an_export_replaces_an_earlier_one_and_nothing_else(flats, tmp_path):
    path = flats.export(tmp_path / "served")
    assert flats.export(path) == path
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(kf.StorageError, match="something else"):
        flats.export(tmp_path / "mine")
    (tmp_path / "file").write_text("")
    with pytest.raises(kf.StorageError, match="a file"):
        flats.export(tmp_path / "file")


def test_a_failed_export_leaves_the_earlier_one(flats, tmp_path, monkeypatch):
    path = flats.export(tmp_path / "served")
    before = sorted(p.name for p in path.iterdir())

    def fail(*args, **options):
        raise OSError("disk full")

    monkeypatch.setattr(tf.saved_model, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        flats.export(path)
    assert sorted(p.name for p in path.iterdir()) == before
    assert [p.name for p in tmp_path.iterdir()] == ["served"]


def test_what_can_not_be_asked_for_is_not_exported(tmp_path):
    with pytest.raises(kf.NotFitted, match="learned nothing"):
        kf.machine(
            kf.NeuralNetworkClassifier(), pd.DataFrame({"a": [1.0]}), ["x"], check="off"
        ).export(tmp_path / "a")
    X = pd.DataFrame({"f": pd.Categorical([1.5, "b"] * 4), "a": np.arange(8.0)})
    clf = kf.NeuralNetworkRegressor(epochs=1, rng=1, builder=kf.Short(2))
    mach = kf.machine(clf, X, X["a"]).fit(verbosity=0)
    with pytest.raises(kf.NotExportable, match="labels that are all strings, all integers"):
        mach.export(tmp_path / "b")
    alike = pd.DataFrame([[1.0, 2.0]], columns=[1, "1"])
    with pytest.raises(kf.NotExportable, match="no names that a SavedModel could ask for"):
        exporting._input_specs(kf.schema(alike))
    assert list(tmp_path.iterdir()) == []


def test_labels_that_a_file_with_gaps_made_floats_are_asked_for_as_floats(tmp_path):
    X = pd.DataFrame({"f": pd.Categorical([1.0, 2.0, np.nan, 2.0] * 3), "a": np.arange(12.0)})
    net = kf.NeuralNetworkRegressor(epochs=1, rng=1, builder=kf.Short(2), missing="impute")
    mach = kf.machine(net, X, X["a"]).fit(verbosity=0)
    served = tf.saved_model.load(str(mach.export(tmp_path / "served")))
    columns = {"f": tf.constant(X["f"].astype(float)), "a": tf.constant(X["a"])}
    assert served.serve(columns)["predictions"].numpy() == pytest.approx(mach.predict(), rel=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels that are no level"):
        served.serve({**columns, "f": tf.constant([3.0] * 12, tf.float64)})


def test_counts_of_models_that_fill_gaps_are_asked_for_as_floats(tmp_path):
    X = pd.DataFrame({"rooms": pd.array([1, None, 3, 2], "Int64"), "floors": [1, 2, 2, 1]})
    reg = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=1, missing="impute", rng=1)
    mach = kf.machine(reg, X, [1.0, 2.0, 3.0, 4.0]).fit(verbosity=0)
    served = tf.saved_model.load(str(mach.export(tmp_path / "served")))
    new = {"rooms": [2.0, np.nan], "floors": [np.nan, 1.0]}  # floors had no gaps in training
    answer = served.signatures["serving_default"](
        **{name: tf.constant(values, tf.float64) for name, values in new.items()}
    )
    expected = mach.predict(pd.DataFrame(new))
    np.testing.assert_allclose(answer["predictions"], expected, rtol=1e-5)
