"""Models that predict a constant: by hand, beside scikit-learn's, saved and exported."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as hs
from hypothesis.extra.numpy import arrays
from sklearn.dummy import DummyClassifier, DummyRegressor

import kerasflux as kf
from kerasflux.baselines import weighted_median

X = pd.DataFrame({"a": np.arange(6.0), "t": list("uvwxyz")}, index=list("fedcba"))
Y = pd.Series(pd.Categorical(list("bbabca"), list("cbad")), X.index, name="kind")
Z = pd.Series([3.0, 1.0, 2.0, 9.0, 4.0, 5.0], X.index, name="price")
W = np.array([1.0, 0.0, 2.0, 1.0, 5.0, 1.0])


def fitted(model, y, w=None):
    return kf.machine(model, X, y, w).fit(verbosity=0)


def test_a_classifier_predicts_the_shares_of_the_classes():
    p = fitted(kf.ConstantClassifier(), Y).predict(X[:2])
    assert p.levels == ("c", "b", "a", "d")
    assert np.allclose(p.probabilities, [[1 / 6, 3 / 6, 2 / 6, 0]] * 2)
    assert list(p.mode().index) == ["f", "e"]
    assert p.mode().name == "kind"


def test_weights_count_as_rows_do():
    p = fitted(kf.ConstantClassifier(), Y, W).predict(X)
    assert np.allclose(p.probabilities[0], [5 / 10, 2 / 10, 3 / 10, 0])


def test_an_ordered_pool_stays_ordered():
    y = kf.coerce(Y, kf.OrderedFactor, levels=["a", "b", "c", "d"])
    p = fitted(kf.ConstantClassifier(), y).predict(X)
    assert p.ordered
    assert p.levels == ("a", "b", "c", "d")


@pytest.mark.parametrize(("strategy", "constant"), [("mean", 4.0), ("median", 3.5)])
def test_a_regressor_predicts_the_mean_or_the_median(strategy, constant):
    out = fitted(kf.ConstantRegressor(strategy=strategy), Z).predict(X[:2])
    assert out.equals(pd.Series([constant] * 2, index=["f", "e"], name="price"))


def test_a_weighted_mean_divides_by_the_sum_of_weights():
    mach = fitted(kf.ConstantRegressor(), Z, W)
    assert mach.fitted_params.constant == pytest.approx(np.average(Z, weights=W))


finite = hs.floats(-1e6, 1e6)


@given(arrays(np.float64, hs.integers(1, 12), elements=finite))
def test_the_median_without_weights_is_that_of_numpy(values):
    equal = np.full(len(values), 0.1)
    assert weighted_median(values, equal) == pytest.approx(np.median(values), abs=1e-9)


@given(hs.lists(hs.tuples(finite, hs.integers(0, 4)), min_size=1), hs.floats(0.01, 100))
def test_whole_weights_repeat_rows_and_their_scale_says_nothing(pairs, scale):
    values, times = map(np.array, zip(*[*pairs, (1.5, 1)], strict=True))
    repeated = np.median(np.repeat(values, times))
    assert weighted_median(values, times * scale) == pytest.approx(repeated, abs=1e-9)


def test_they_agree_with_the_dummies_of_scikit_learn():
    prior = DummyClassifier(strategy="prior").fit(X, Y.astype(str), W)
    ours = fitted(kf.ConstantClassifier(), Y, W).predict(X)
    assert np.allclose(ours.pdf(list(prior.classes_)), prior.predict_proba(X))
    mean = DummyRegressor(strategy="mean").fit(X, Z, W)
    assert np.allclose(fitted(kf.ConstantRegressor(), Z, W).predict(X), mean.predict(X))
    median = DummyRegressor(strategy="median").fit(X, Z)
    ours = fitted(kf.ConstantRegressor(strategy="median"), Z).predict(X)
    assert np.allclose(ours, median.predict(X))


def test_inputs_of_any_kind_are_taken():
    images = kf.coerce(np.zeros((6, 4, 4), np.uint8), kf.GrayImage)
    dates = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=6), "t": list("abcdef")})
    for data in (np.zeros((6, 2)), images, dates, X.where(X["a"] > 1)):
        mach = kf.machine(kf.ConstantRegressor(), data, Z.tolist()).fit(verbosity=0)
        assert np.asarray(mach.predict()).tolist() == [4.0] * 6


def test_missing_targets_are_refused():
    with pytest.raises(kf.ScitypeMismatch):
        kf.machine(kf.ConstantRegressor(), X, Z.where(Z > 1))
    mach = kf.machine(kf.ConstantClassifier(), X, Y.where(Y != "c"), check="off")
    with pytest.raises(kf.DataError, match="missing"):
        mach.fit(verbosity=0)


def test_rows_that_all_weigh_nothing_are_refused():
    mach = kf.machine(kf.ConstantRegressor(), X, Z, W)
    with pytest.raises(kf.WeightsError, match="weight zero"):
        mach.fit(rows=[1], verbosity=0)


@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
@pytest.mark.parametrize("model", [kf.ConstantClassifier(), kf.ConstantRegressor()], ids=repr)
def test_they_are_saved_whole(model, named, tmp_path):
    y = Y if isinstance(model, kf.ConstantClassifier) else Z
    mach = fitted(model, y if named else y.array)
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m")
    assert str(again.predict(X)) == str(mach.predict(X))
    assert str(again.predict_mode(X)) == str(mach.predict_mode(X))
    assert again.report == mach.report


def test_they_are_exported():
    import tensorflow as tf

    inputs = {"a": tf.zeros(3, tf.float64)}
    mach = fitted(kf.ConstantClassifier(), Y)
    answer = mach.fitted_model.serving(mach.fitted)(inputs)
    assert answer["labels"].numpy().tolist() == [b"b"] * 3
    assert np.allclose(answer["probabilities"], np.asarray(mach.predict(X[:3])))
    assert answer["classes"].numpy().tolist() == [b"c", b"b", b"a", b"d"]
    mach = fitted(kf.ConstantRegressor(), Z)
    answer = mach.fitted_model.serving(mach.fitted)(inputs)
    assert answer["predictions"].numpy().tolist() == [4.0] * 3


def test_an_export_answers_raw_rows(tmp_path):
    import tensorflow as tf

    numbers = X[["a"]]
    mach = kf.machine(kf.ConstantClassifier(), numbers, Y).fit(verbosity=0)
    served = tf.saved_model.load(str(mach.export(tmp_path / "served")))
    answer = served.serve({"a": tf.constant([7.0, 8.0], tf.float64)})
    assert answer["labels"].numpy().tolist() == [b"b", b"b"]


def test_they_are_baselines_of_an_evaluation():
    models = {"mean": kf.ConstantRegressor(), "median": kf.ConstantRegressor(strategy="median")}
    found = kf.evaluate(models, X, Z, resampling=[([0, 1, 2, 3], [4, 5])], measure=kf.l1)
    assert [e.measurement[0] for e in found] == [0.75, 2.0]
