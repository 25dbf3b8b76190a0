"""Models as estimators of scikit-learn: raw tables, parameters, clones, pickles, searches."""

import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasflux as kf

DRAW = np.random.default_rng(5)
N = 60
X = pd.DataFrame(
    {
        "size": DRAW.normal(size=N),
        "rooms": DRAW.integers(1, 6, N),
        "town": DRAW.choice(["Ox", "Ur", "Ys"], N),
    }
)
SOLD = np.where(X["size"] + (X["town"] == "Ur") > 0.5, "yes", "no")
PRICE = 2 * X["size"] + X["rooms"]
GRAPH = kf.Acceleration(jit="graph")  # one program for all numbers of rows
NET = {"builder": kf.MLP((4,), "relu"), "epochs": 2, "rng": 1, "acceleration": GRAPH}


def classifier(**options):
    return kf.to_sklearn(kf.NeuralNetworkClassifier(**{**NET, **options}))


def regressor(**options):
    return kf.to_sklearn(kf.NeuralNetworkRegressor(**{**NET, **options}))


# what machines predict


def test_a_classifier_takes_raw_tables_and_predicts_labels():
    net = classifier().fit(X, SOLD)
    typed = kf.coerce(X, {kf.Textual: kf.Multiclass})
    mach = kf.machine(net.wrapped, typed, kf.coerce(SOLD, kf.Multiclass)).fit(verbosity=0)
    assert net.classes_.tolist() == ["no", "yes"]
    assert net.predict(X).tolist() == list(mach.predict_mode())
    assert np.allclose(net.predict_proba(X), np.asarray(mach.predict()), rtol=1e-6)
    assert is_classifier(net)
    assert 0 <= net.score(X, SOLD) <= 1
    assert (net.n_features_in_, net.feature_names_in_.tolist()) == (3, ["size", "rooms", "town"])


def test_probabilities_sum_to_1_as_exactly_as_scikit_learn_wants_of_float64():
    net = classifier().fit(X, SOLD)
    assert abs(net.predict_proba(X).sum(axis=1) - 1).max() < 1e-12
    assert get_scorer("neg_log_loss")(net, X, SOLD) < 0  # which warns otherwise


def test_a_regressor_predicts_an_array():
    net = regressor().fit(X, PRICE)
    assert is_regressor(net)
    assert net.predict(X).shape == (N,)
    assert np.isfinite(net.score(X, PRICE))


def test_several_targets_are_predicted_by_a_model_of_several():
    net = kf.to_sklearn(kf.MultitargetNeuralNetworkRegressor(**NET))
    two = np.c_[PRICE, -PRICE]
    assert net.fit(X, two).predict(X).shape == (N, 2)


def test_a_model_of_labels_has_no_probabilities():
    labels = kf.to_sklearn(kf.from_sklearn(LogisticRegression(), rng=1))
    assert hasattr(labels, "predict_proba")
    from sklearn.svm import LinearSVC

    labels = kf.to_sklearn(LinearSVC(random_state=1)).fit(X, SOLD)
    assert not hasattr(labels, "predict_proba")
    assert set(labels.predict(X)) <= {"yes", "no"}


@pytest.mark.parametrize("labels", [[3, 1], [True, False], ["b", "a"], [0.0, 1.0]], ids=repr)
def test_labels_of_all_types_are_sorted_and_come_back(labels):
    y = np.array([labels[i % 2] for i in range(N)])
    net = kf.to_sklearn(kf.from_sklearn(LogisticRegression())).fit(X.assign(own=y == labels[0]), y)
    assert net.classes_.tolist() == sorted(labels)
    assert net.predict(X.assign(own=y == labels[0])).tolist() == y.tolist()


def test_images_are_taken_as_arrays():
    pixels = DRAW.integers(0, 256, (20, 8, 8), dtype=np.uint8)
    net = kf.to_sklearn(kf.ImageClassifier(epochs=1, rng=1))
    assert net.fit(pixels, np.arange(20) % 2).predict_proba(pixels).shape == (20, 2)


@pytest.mark.parametrize("library", ["dict", "polars", "pyarrow"])
def test_tables_of_other_libraries_are_taken(library):
    expected = classifier().fit(X, SOLD).predict_proba(X)
    if library == "dict":
        other = {name: X[name].tolist() for name in X}
    elif library == "polars":
        other = pytest.importorskip("polars").DataFrame({n: X[n].tolist() for n in X})
    else:
        other = pytest.importorskip("pyarrow").table({n: X[n].tolist() for n in X})
    assert np.allclose(classifier().fit(other, SOLD).predict_proba(other), expected, atol=1e-6)


def test_arrays_and_tables_may_be_mixed_with_a_warning():
    numbers = X[["size", "rooms"]]
    net = classifier().fit(numbers, SOLD)
    with pytest.warns(UserWarning, match="valid feature names"):
        assert np.array_equal(net.predict_proba(numbers.to_numpy()), net.predict_proba(numbers))
    net = classifier().fit(numbers.to_numpy(), SOLD)
    with pytest.warns(UserWarning, match="feature names"):
        net.predict(numbers)


# parameters


def test_parameters_are_the_hyperparameters_by_two_underscores():
    net = classifier(optimiser="adam")
    assert net.get_params()["epochs"] == 2
    assert net.get_params()["optimiser__learning_rate"] == 0.001
    assert set(net.get_params(deep=False)) == {"wrapped", "unseen", "verbosity"}
    net.set_params(epochs=5, optimiser__learning_rate=0.1, builder__dropout=0.5, verbosity=1)
    assert (net.wrapped.epochs, net.wrapped.optimiser.learning_rate) == (5, 0.1)
    assert (net.wrapped.builder.dropout, net.verbosity) == (0.5, 1)


def test_parameters_are_set_all_or_none():
    net = classifier()
    with pytest.raises(kf.HyperparameterError):
        net.set_params(epochs=7, batch_size=-1)
    assert net.wrapped.epochs == 2
    with pytest.raises(kf.ArgumentError, match="did you mean 'optimiser__learning_rate'"):
        net.set_params(epochs=7, optimiser__learning_rat=1.0)
    assert net.wrapped.epochs == 2


def test_the_model_that_was_given_is_never_changed():
    model = kf.NeuralNetworkClassifier(**NET)
    kf.to_sklearn(model).set_params(epochs=9).fit(X, SOLD)
    assert model == kf.NeuralNetworkClassifier(**NET)


def test_another_model_may_be_set_with_its_parameters():
    net = classifier().set_params(wrapped=kf.ConstantClassifier())
    assert isinstance(net.fit(X, SOLD).machine_.model, kf.ConstantClassifier)
    net.set_params(wrapped=kf.NeuralNetworkClassifier(**NET), epochs=3)
    assert net.fit(X, SOLD).machine_.report.epochs == 3


def test_clones_are_unfitted_and_share_nothing():
    net = classifier().fit(X, SOLD)
    other = clone(net)
    other.wrapped.epochs = 9
    assert net.wrapped.epochs == 2
    with pytest.raises(NotFittedError):
        other.predict(X)
    assert clone(net).wrapped == net.wrapped


def test_pickles_predict_the_same():
    net = classifier().fit(X, SOLD)
    again = pickle.loads(pickle.dumps(net))
    assert np.array_equal(again.predict_proba(X), net.predict_proba(X))


def test_fits_start_from_scratch():
    net = classifier().fit(X, SOLD)
    before = net.predict_proba(X)
    assert np.array_equal(net.fit(X, SOLD).predict_proba(X), before)


# within scikit-learn


def test_pipelines_of_scikit_learn_take_them():
    columns = ColumnTransformer([("z", StandardScaler(), ["size", "rooms"])])
    net = make_pipeline(columns, classifier()).fit(X, SOLD)
    assert net.predict(X).shape == (N,)
    net.set_params(kerasfluxclassifier__epochs=3).fit(X, SOLD)
    assert net[-1].machine_.report.epochs == 3


def test_scores_and_calibration_take_them():
    scores = cross_val_score(classifier(), X, SOLD, cv=3, scoring="roc_auc")
    assert np.isfinite(scores).all()
    calibrated = CalibratedClassifierCV(classifier(), cv=2, ensemble=False).fit(X, SOLD)
    assert calibrated.predict_proba(X).shape == (N, 2)


def test_a_round_trip_is_an_estimator_again():
    there = kf.to_sklearn(kf.from_sklearn(Ridge(alpha=0.5)))
    numbers = X[["size", "rooms"]]
    expected = Ridge(alpha=0.5).fit(numbers.to_numpy(float), PRICE).predict(numbers.to_numpy(float))
    assert np.allclose(there.fit(numbers, PRICE).predict(numbers), expected)
    assert there.get_params()["estimator__alpha"] == 0.5
    back = kf.from_sklearn(classifier())
    assert kf.machine(back, X[["size"]], pd.Categorical(SOLD)).fit(verbosity=0).predict().shape


# transformers


def test_a_transformer_gives_named_columns():
    scaler = kf.to_sklearn(kf.Standardizer()).fit(X)
    out = scaler.transform(X)
    assert list(out.columns) == scaler.get_feature_names_out().tolist()
    assert np.allclose(out["size"].mean(), 0)
    encoder = kf.to_sklearn(kf.OneHotEncoder()).fit(X)
    assert "town__Ur" in encoder.get_feature_names_out()
    both = make_pipeline(encoder, LogisticRegression()).fit(X, SOLD)
    assert both.score(X, SOLD) > 0.8


# what is refused


def test_labels_that_fit_was_not_given_are_refused_or_missing():
    net = classifier(missing="impute").fit(X, SOLD)
    strange = X.assign(town="Atlantis")
    with pytest.raises(kf.SchemaMismatch, match="Atlantis") as refusal:
        net.predict(strange)
    assert 'set_params(unseen="missing")' in refusal.value.__notes__[0]
    with pytest.raises(kf.SchemaMismatch) as refusal:
        net.predict(X.assign(size="many"))
    assert not hasattr(refusal.value, "__notes__")
    lenient = net.set_params(unseen="missing")
    gaps = X.assign(town=pd.Series([None] * N, dtype=object))
    assert np.array_equal(lenient.predict_proba(strange), lenient.predict_proba(gaps))


def test_what_scikit_learn_refuses_is_refused():
    net = classifier()
    with pytest.raises(ValueError, match="y to be passed"):
        net.fit(X, None)
    with pytest.raises(ValueError, match="contains NaN"):
        net.fit(X, [None, *SOLD[1:]])
    with pytest.raises(ValueError, match="inconsistent"):
        net.fit(X, SOLD[:-1])
    with pytest.raises(ValueError, match="0 sample"):
        net.fit(X[:0], SOLD[:0])
    with pytest.raises(ValueError, match="Unknown label type"):
        net.fit(X, PRICE)
    with pytest.raises(ValueError, match="same order"):
        net.fit(X, SOLD).predict(X[["town", "size", "rooms"]])
    with pytest.raises(kf.ArgumentError, match="needs a model"):
        kf.to_sklearn(3)
    with pytest.raises(kf.ArgumentError, match="no model"):
        net.set_params(wrapped=3).fit(X, SOLD)


def test_an_adapter_without_a_model_learns_by_the_default_network():
    from kerasflux.interop.adapters import KerasfluxClassifier, KerasfluxTransformer

    assert KerasfluxClassifier()._model() == kf.NeuralNetworkClassifier()
    with pytest.raises(kf.ArgumentError, match="no model to learn by"):
        KerasfluxTransformer().fit(X)


def test_transformers_take_weights_if_their_models_do():
    from sklearn.utils.validation import has_fit_parameter

    embedder = kf.to_sklearn(kf.EntityEmbedder(kf.NeuralNetworkClassifier(**NET)))
    assert has_fit_parameter(embedder, "sample_weight")
    out = embedder.fit(X, SOLD, np.arange(N) + 1.0).transform(X)
    assert list(out.columns) == embedder.get_feature_names_out().tolist()
    assert not has_fit_parameter(kf.to_sklearn(kf.Standardizer()), "sample_weight")


def test_dates_go_through_a_transformer_of_dates():
    days = X[["size"]].assign(day=pd.date_range("2026-01-01", periods=N))
    encoder = kf.to_sklearn(kf.DateTimeEncoder()).fit(days)
    assert list(encoder.transform(days).columns) == encoder.get_feature_names_out().tolist()


def test_what_was_fitted_holds_no_data():
    small = len(pickle.dumps(classifier().fit(X, SOLD)))
    large = len(pickle.dumps(classifier().fit(pd.concat([X] * 50), np.tile(SOLD, 50))))
    assert large < small + 8 * 50 * N + 2000  # the numbers of the training rows are kept


def test_pipelines_of_models_are_searched_by_their_paths():
    pipe = kf.OneHotEncoder() | kf.Standardizer() | kf.NeuralNetworkClassifier(**NET)
    net = kf.to_sklearn(pipe)
    name = "neural_network_classifier__epochs"
    search = GridSearchCV(net, {name: [1, 2]}, cv=2).fit(X, SOLD)
    assert set(search.best_params_) == {name}
    assert clone(net).wrapped == pipe


def test_without_scikit_learn_it_is_said_what_is_needed(monkeypatch):
    import kerasflux.interop

    monkeypatch.delattr(kerasflux.interop, "adapters")
    monkeypatch.delitem(sys.modules, "kerasflux.interop.adapters")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(kf.NotSupported, match=r"kerasflux\[sklearn\]"):
        kf.to_sklearn(kf.ConstantClassifier())
