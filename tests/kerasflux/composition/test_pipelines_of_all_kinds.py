"""Pipelines of whatever models and data there are: estimators, matrices, images, other tables."""

import numpy as np
import pandas as pd
import pytest
from composites import Shifting
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge
from sklearn.preprocessing import PowerTransformer, StandardScaler
from toys import Walker

import kerasflux as kf
import scitypes as st
from kerasflux.hyperparameters import get_path, paths

N = 40


@pytest.fixture
def X():
    return pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)), columns=list("abc"))


@pytest.fixture
def y(X):
    return np.exp(X["a"]).rename("price")


def net(kind=kf.NeuralNetworkRegressor):
    graph = kf.Acceleration(jit="graph")  # one program for the numbers of rows of all folds
    return kind(builder=kf.MLP((4,)), epochs=2, rng=1, acceleration=graph)


def test_bare_estimators_are_steps_named_after_their_classes(X, y):
    pipe = kf.Standardizer() | PCA(n_components=2) | Ridge(alpha=2.0)
    assert list(pipe.steps) == ["standardizer", "pca", "ridge"]
    assert "ridge.estimator.alpha" in paths(pipe)
    assert get_path(pipe, "ridge.estimator.alpha") == 2.0
    assert list((StandardScaler() | net()).steps) == ["standard_scaler", "neural_network_regressor"]
    mach = kf.machine(pipe, X, y).fit(verbosity=0)
    scaled = (X - X.mean()) / X.std()
    expected = Ridge(alpha=2.0).fit(PCA(n_components=2).fit_transform(scaled), y)
    found = expected.predict(PCA(n_components=2).fit(scaled).transform(scaled))
    assert mach.predict().to_numpy() == pytest.approx(found)


def test_networks_and_estimators_are_compared_on_the_same_folds(X):
    y = pd.Categorical(np.where(X["a"] > 0, "u", "v"))
    models = {
        "net": StandardScaler() | net(kf.NeuralNetworkClassifier),
        "trees": kf.Standardizer() | HistGradientBoostingClassifier(max_iter=5),
    }
    both = kf.evaluate(models, X, y, resampling=kf.StratifiedCV(nfolds=3, rng=1), verbosity=0)
    assert [e.tag for e in both] == ["net", "trees"]
    folds = [[test.tolist() for _, test in e.train_test_rows] for e in both]
    assert folds[0] == folds[1]


def test_an_estimator_may_transform_a_target(X, y):
    model = kf.TransformedTargetModel(Ridge(), PowerTransformer(method="box-cox"))
    mach = kf.machine(model, X, y).fit(verbosity=0)
    power = PowerTransformer(method="box-cox").fit(y.to_frame())
    inner = Ridge().fit(X, power.transform(y.to_frame())[:, 0])
    expected = power.inverse_transform(pd.DataFrame({"price": inner.predict(X)}))[:, 0]
    assert mach.predict().to_numpy() == pytest.approx(expected)


def test_a_matrix_goes_through_and_is_exported(X, y, tmp_path):
    import tensorflow as tf

    matrix = X.to_numpy()
    mach = kf.machine(kf.Standardizer() | net(), matrix, y.to_numpy()).fit(verbosity=0)
    assert isinstance(mach.predict(), np.ndarray)
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    answer = served.serve({"matrix": tf.constant(matrix)})["predictions"].numpy()
    assert answer == pytest.approx(mach.predict(), rel=1e-5)


@pytest.mark.parametrize("library", ["polars", "pyarrow", "dict"])
def test_tables_of_other_libraries_go_through(X, y, library):
    if library == "dict":
        other = {name: column.to_numpy() for name, column in X.items()}
    elif library == "polars":
        other = pytest.importorskip("polars").from_pandas(X)
    else:
        other = pytest.importorskip("pyarrow").Table.from_pandas(X)
    pipe = kf.TransformedTargetModel(kf.Standardizer() | net(), "log")
    mach = kf.machine(pipe, other, y.to_numpy()).fit(verbosity=0)
    expected = kf.machine(pipe, X, y).fit(verbosity=0).predict()
    assert np.asarray(mach.predict()) == pytest.approx(expected.to_numpy())
    assert np.asarray(mach.predict(X)) == pytest.approx(expected.to_numpy())


class Inverting(kf.Static):
    """Makes the negative of images."""

    input_scitype = st.Vector[st.Image]

    def output_schema(self, schema):
        return schema

    def transform(self, fitted, X):
        return kf.coerce(255 - X.array()[..., 0], kf.GrayImage)


def test_images_go_through():
    pixels = np.random.default_rng(1).integers(0, 256, (24, 8, 8), dtype=np.uint8)
    y = pd.Categorical(["u", "v"] * 12)
    clf = kf.ImageClassifier(epochs=1, rng=1)
    mach = kf.machine(Inverting() | clf, kf.coerce(pixels, kf.GrayImage), y).fit(verbosity=0)
    plain = kf.machine(clf, kf.coerce(255 - pixels, kf.GrayImage), y).fit(verbosity=0)
    assert np.array_equal(np.asarray(mach.predict()), np.asarray(plain.predict()))


def test_learning_curves_run_over_paths_within_steps(X, y):
    pipe = kf.Pipeline(shift=Shifting(), net=Walker())
    epochs = kf.range(pipe, "net.epochs", values=[1, 2, 5])
    options = {"range": epochs, "resampling": kf.Holdout(0.5), "measure": kf.l1, "verbosity": 0}
    frame = kf.learning_curve(pipe, X, y, **options).to_frame()
    assert frame["net.epochs"].tolist() == [1, 2, 5]


def test_a_class_that_is_not_given_is_named_when_a_file_is_read(X, y, tmp_path):
    kf.machine(Shifting() | Walker(), X, y).fit(verbosity=0).save(tmp_path / "m")
    for builders, absent in [((), "Shifting"), ([Shifting], "Walker"), ([Walker], "Shifting")]:
        with pytest.raises(kf.BuilderNotFound, match=rf"builders=\[{absent}\]"):
            kf.load(tmp_path / "m", builders=builders)
    loaded = kf.load(tmp_path / "m", builders=[Walker, Shifting])
    assert loaded.model == Shifting() | Walker()


def test_folds_may_be_done_at_once(X, y):
    import joblib

    pipe = kf.TransformedTargetModel(kf.Standardizer() | net(), "log")
    options = {"resampling": kf.CV(nfolds=2), "verbosity": 0}
    one = kf.machine(pipe, X, y).evaluate(**options)
    with joblib.parallel_config("threading"):
        two = kf.machine(pipe, X, y).evaluate(n_jobs=2, **options)
    assert two.measurement == one.measurement


def test_a_machine_of_a_pipeline_pickles(X, y):
    import pickle

    mach = kf.machine(Shifting() | net(), X, y).fit(verbosity=0)
    other = pickle.loads(pickle.dumps(mach))
    assert other.predict().equals(mach.predict())
    other.model.neural_network_regressor.epochs = 4
    assert "continued" in other.fit(verbosity=0).report.decision
