import numpy as np
import pandas as pd
import pytest
from neural_cases import bit_equal, make, table

import kerasflux as kf
from kerasflux.errors import HyperparameterError, NotSupported


def embedder(kind="regressor", **options):
    model, X, y = make(kind, **options)
    return kf.EntityEmbedder(model), X, y


def test_it_transforms_as_its_model_does():
    wrapped, X, y = embedder()
    data = wrapped.prepare(X, y)
    fitted = wrapped.fit(data)
    inner = wrapped.model.fit(data)
    pd.testing.assert_frame_equal(wrapped.transform(fitted, X), wrapped.model.transform(inner, X))


def test_more_epochs_continue():
    half, X, y = embedder(epochs=2)
    whole, *_ = embedder(epochs=4)
    data = half.prepare(X, y)
    assert whole.restarts(half) == ()
    assert bit_equal(whole.update(half.fit(data), half, data), whole.fit(data))


def test_other_changes_restart_and_are_named_by_their_path():
    old, X, y = embedder()
    new, *_ = embedder(batch_size=16)
    assert [str(change) for change in new.restarts(old)] == ["model.batch_size 32 -> 16"]
    data = old.prepare(X, y)
    assert bit_equal(new.update(old.fit(data), old, data), new.fit(data))


def test_another_class_of_model_restarts():
    old, *_ = embedder("regressor")
    new, *_ = embedder("classifier")
    assert [change.path for change in new.restarts(old)] == ["model"]


def test_names_that_are_taken_make_the_separator_grow():
    wrapped, X, y = embedder(epochs=0)
    X = X.assign(colour_1=0.0)
    fitted = wrapped.fit(wrapped.prepare(X, y))
    columns = list(wrapped.transform(fitted, X).columns)
    assert columns[:4] == ["size", "colour__1", "colour__2", "colour__3"]
    assert columns[-1] == "colour_1"


def test_the_kind_of_table_is_kept():
    polars = pytest.importorskip("polars")
    wrapped, X, y = embedder(epochs=0)
    X = X[["size", "colour"]]
    fitted = wrapped.fit(wrapped.prepare(X, y))
    expected = wrapped.transform(fitted, X)
    columns = {"size": X["size"].to_numpy(), "colour": X["colour"].array}
    assert list(wrapped.transform(fitted, columns)) == list(expected.columns)
    levels = polars.Enum(list(X["colour"].cat.categories))
    colour = polars.Series(X["colour"].astype(str).tolist(), dtype=levels)
    frame = polars.DataFrame({"size": X["size"].to_numpy(), "colour": colour})
    got = wrapped.transform(fitted, frame)
    assert isinstance(got, polars.DataFrame)
    assert np.array_equal(got.to_numpy(), expected.to_numpy())


def test_it_has_the_traits_of_its_model():
    wrapped, X, _ = embedder()
    assert wrapped.iteration_parameter == "model.epochs"
    assert kf.scitype(X) <= wrapped.input_scitype
    assert wrapped.target_scitype == kf.Vector[kf.Infinite]


def test_it_survives_dump_and_load():
    wrapped, X, y = embedder()
    fitted = wrapped.fit(wrapped.prepare(X, y))
    loaded = wrapped.load(*wrapped.dump(fitted))
    pd.testing.assert_frame_equal(wrapped.transform(loaded, X), wrapped.transform(fitted, X))


def test_it_predicts_nothing():
    wrapped, X, y = embedder(epochs=0)
    fitted = wrapped.fit(wrapped.prepare(X, y))
    with pytest.raises(NotSupported, match="no `predict`"):
        wrapped.predict(fitted, table(3))


def test_what_is_no_model_of_tables_is_refused():
    for wrong in (kf.ImageClassifier(), kf.NeuralNetworkClassifier, "clf"):
        with pytest.raises(HyperparameterError, match="has to wrap"):
            kf.EntityEmbedder(wrong)


def test_what_it_gives_is_known_before_it_learns():
    for options in ({}, {"embedding_dims": {"colour": 2}}, {"embedding_dims": {"colour": 0.5}}):
        wrapped, X, y = embedder(epochs=0, **options)
        X = X.assign(colour_1=0.0)
        fitted = wrapped.fit(wrapped.prepare(X, y))
        assert wrapped.output_schema(kf.schema(X)) == kf.schema(wrapped.transform(fitted, X))


@pytest.mark.parametrize("missing", ["error", "impute"])
def test_it_is_exported_as_it_transforms(missing, tmp_path):
    import tensorflow as tf

    wrapped, X, y = embedder(epochs=1, missing=missing)
    X = X[["size", "colour"]]
    if missing == "impute":
        X = X.assign(
            colour=X["colour"].mask(X.index % 7 == 2), size=X["size"].mask(X.index % 5 == 1)
        )
    mach = kf.machine(wrapped, X, y).fit(verbosity=0)
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    labels = X["colour"].astype(object).where(X["colour"].notna(), "").tolist()
    columns = {"size": tf.constant(X["size"].to_numpy(float)), "colour": tf.constant(labels)}
    answer, expected = served.serve(columns), mach.transform(X)
    assert set(answer) == set(expected.columns)
    for name, values in answer.items():
        assert np.array_equal(values.numpy(), expected[name].to_numpy(float), equal_nan=True)
    infinite = columns["size"].numpy()
    infinite[3] = np.inf
    for name, wrong in [("size", infinite), ("colour", ["Atlantis"] * len(X))]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=name):
            served.serve({**columns, name: tf.constant(wrong)})
    infinite[3] = np.nan
    if missing == "error":
        with pytest.raises(tf.errors.InvalidArgumentError, match="size"):
            served.serve({**columns, "size": tf.constant(infinite)})
