import numpy as np
import pandas as pd
import pytest
from neural_cases import images, make, table, values

from kerasflux.errors import NotExportable


def raw(X):
    """A table's columns as a client sends them."""
    import tensorflow as tf

    sent = {}
    for name, column in X.items():
        if column.dtype == "category":
            column = column.astype(object if column.cat.categories.dtype != "int64" else "int64")
        sent[name] = tf.constant(column.tolist() if column.dtype == object else column.to_numpy())
    return sent


def close(given, expected):
    """Equal up to the last bits: matrix products of other numbers of rows round differently."""
    return np.allclose(given, expected, rtol=2e-6, atol=1e-7)


def inputs_of(kind, X):
    import tensorflow as tf

    return {"images": tf.constant(X.array()[..., 0])} if kind == "image" else raw(X)


def test_the_served_network_answers_as_predict_does(kind):
    import tensorflow as tf

    model, X, y = make(kind)
    fitted = model.fit(model.prepare(X, y))
    answer = tf.function(model.serving(fitted))(inputs_of(kind, X))
    expected = model.predict(fitted, X)
    if "predictions" in answer:
        assert close(answer["predictions"], values(expected))
        return
    assert close(answer["probabilities"], values(expected))
    labels = [x.decode() if isinstance(x, bytes) else x for x in answer["labels"].numpy().tolist()]
    assert labels == list(expected.mode())
    assert len(answer["classes"]) == len(expected.levels)


def test_it_survives_a_saved_model(kind, tmp_path):
    import tensorflow as tf

    model, X, y = make(kind)
    fitted = model.fit(model.prepare(X, y))
    sent = inputs_of(kind, X)
    module = tf.Module()
    module.inner = model.serving(fitted)
    specs = {name: tf.TensorSpec([None, *t.shape[1:]], t.dtype) for name, t in sent.items()}
    module.serve = tf.function(lambda columns: module.inner(columns), input_signature=[specs])
    tf.saved_model.save(module, str(tmp_path / "served"))
    loaded = tf.saved_model.load(str(tmp_path / "served"))
    expected = values(model.predict(fitted, X))
    answer, first = loaded.serve(sent), loaded.serve({name: t[:1] for name, t in sent.items()})
    key = "predictions" if "predictions" in answer else "probabilities"
    assert close(answer[key], expected)
    assert close(first[key], expected[:1])


def served(X=None, **options):
    model, default, y = make("regressor", epochs=1, **options)
    X = default if X is None else X
    return model.serving(model.fit(model.prepare(X, y)))


def test_an_unseen_label_fails_naming_column_and_label():
    import tensorflow as tf

    sent = raw(table(3))
    sent["colour"] = tf.constant(["red", "mauve", "red"])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)colour.*mauve"):
        served()(sent)


@pytest.mark.parametrize(("bad", "word"), [(np.inf, "infinite"), (np.nan, "missing")])
def test_bad_numbers_fail_naming_the_column(bad, word):
    import tensorflow as tf

    sent = raw(table(3))
    sent["size"] = tf.constant([0.0, bad, 1.0], tf.float64)
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s){word}.*size"):
        served()(sent)


def test_without_scaling_whole_numbers_that_float32_rounds_fail_naming_the_column():
    import tensorflow as tf

    model, _, y = make("regressor", epochs=1, scaling=None)
    X = pd.DataFrame({"id": np.arange(len(y)), "size": np.linspace(0.0, 1.0, len(y))})
    serve = model.serving(model.fit(model.prepare(X, y)))
    size = tf.constant([0.1, 2.0**24 + 0.5], tf.float64)
    for exact in (2**24, 2**24 + 2):
        serve({"id": tf.constant([1, exact], tf.int64), "size": size})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)beyond 2\^24.*id") as caught:
        serve({"id": tf.constant([1, 2**24 + 1], tf.int64), "size": size})
    assert "size" not in caught.value.message.split("columns")[1].split("[Op")[0]


def test_missing_cells_are_filled_where_the_model_fills_them():
    import tensorflow as tf

    model, X, y = make("regressor", epochs=1, missing="impute")
    X = X.copy()
    X.iloc[::6, 0] = np.nan
    X.iloc[::9, 1] = None
    fitted = model.fit(model.prepare(X, y))
    sent = raw(X.assign(colour=X["colour"].astype(object).fillna("")))
    sent["colour"] = tf.constant(X["colour"].astype(object).fillna("").tolist())
    answer = model.serving(fitted)(sent)
    assert close(answer["predictions"], values(model.predict(fitted, X)))


def test_a_matrix_is_served_as_one():
    import tensorflow as tf

    model, _, y = make("regressor", epochs=1)
    X = np.random.default_rng(0).normal(size=(len(y), 4))
    fitted = model.fit(model.prepare(X, y))
    answer = model.serving(fitted)({"matrix": tf.constant(X)})
    assert close(answer["predictions"], model.predict(fitted, X))


@pytest.mark.parametrize("scaling", ["standard", None])
def test_every_scaling_is_served(scaling):
    model, X, y = make("regressor", epochs=1, scaling=scaling)
    fitted = model.fit(model.prepare(X, y))
    answer = model.serving(fitted)(raw(X))
    assert close(answer["predictions"], values(model.predict(fitted, X)))


@pytest.mark.parametrize("levels", [[True, False], [0.5, 1.5]])
def test_boolean_and_float_labels_are_served(levels):
    import tensorflow as tf

    model, X, y = make("regressor", epochs=1)
    labels = np.array(levels)[np.arange(len(y)) % 2]
    X = X[["size"]].assign(flag=pd.Categorical(labels))
    fitted = model.fit(model.prepare(X, y))
    sent = {"size": tf.constant(X["size"].to_numpy()), "flag": tf.constant(labels)}
    answer = model.serving(fitted)(sent)
    assert close(answer["predictions"], values(model.predict(fitted, X)))


def test_labels_of_other_types_are_not_exportable():
    model, X, y = make("regressor", epochs=0)
    days = pd.Categorical(pd.date_range("2024-01-01", periods=2).take(np.arange(len(y)) % 2))
    X = X[["size"]].assign(day=days)
    fitted = model.fit(model.prepare(X, y))
    with pytest.raises(NotExportable, match="column 'day'"):
        model.serving(fitted)


def test_images_of_another_size_fail():
    import tensorflow as tf

    model, X, y = make("image", epochs=0)
    module = model.serving(model.fit(model.prepare(X, y)))
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError), match="another size"):
        module({"images": tf.constant(np.zeros((2, 9, 9), np.uint8))})
    assert len(module({"images": tf.constant(images(3).array())})["labels"]) == 3


@pytest.mark.parametrize("scaling", ["robust", "standard", None])
@pytest.mark.parametrize("missing", ["error", "impute"])
def test_the_encoding_in_the_graph_is_that_of_numpy_to_the_bit(scaling, missing):
    import tensorflow as tf

    from kerasflux.neural import serving
    from kerasflux.neural.encoding import learn_encoding
    from kerasflux.neural.frontend import features

    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.lognormal(sigma=3, size=(500, 7)), columns=list("abcdefg"))
    if missing == "impute":
        X = X.mask(draw.random(X.shape) < 0.1)
    encoding = learn_encoding(features(X), scaling=scaling, missing=missing, embedding_dims={})
    given = tf.function(serving._encode_numbers)(encoding.numbers, tf.constant(X.to_numpy()))
    assert np.array_equal(given, encoding(features(X))[0])
