"""Networks that other processes train learn what they learn here, whoever shares the work out.

All in one module: its workers import TensorFlow once, and compile one network.
"""

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

import kerasflux as kf

pytestmark = pytest.mark.slow

DRAW = np.random.default_rng(0)
X = pd.DataFrame(DRAW.normal(size=(60, 2)), columns=["a", "b"])
SOLD = np.where(X["a"] + DRAW.normal(size=60) > 0, "yes", "no")
Y = pd.Series(pd.Categorical(SOLD), name="sold")
FOLDS = {"resampling": kf.CV(2, rng=0), "measure": "log_loss"}


def net(epochs=3):
    graph = kf.Acceleration(jit="graph")  # one program for the numbers of rows of all folds
    return kf.NeuralNetworkClassifier(
        builder=kf.MLP((4,)), epochs=epochs, rng=1, acceleration=graph
    )


def evaluated(model, n_jobs):
    with joblib.parallel_config(backend="loky"):
        options = {"return_predictions": True, "verbosity": 0, "n_jobs": n_jobs}
        return kf.evaluate(model, X, Y, **FOLDS, **options)


@pytest.mark.parametrize("model", [net(), kf.Standardizer() | net()], ids=["alone", "pipeline"])
def test_folds_learn_the_same(model):
    here, there = (evaluated(model, n_jobs) for n_jobs in (1, 2))
    for one, other in zip(here.predictions, there.predictions, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-6, atol=1e-6)
    assert here.measurement == pytest.approx(there.measurement, rel=1e-6)


def test_candidates_of_a_search_learn_the_same():
    rates = {"learning_rate": kf.log_range(1e-4, 1e-1), "lambda_": [0.0, 0.01]}

    def search(n_jobs):
        tuned = kf.TunedModel(net(), rates, kf.RandomSearch(rng=5), **FOLDS, n=3, n_jobs=n_jobs)
        with joblib.parallel_config(backend="loky"):
            return kf.machine(tuned, X, Y).fit(verbosity=0).report

    here, there = map(search, (1, 2))
    for one, other in zip(here.history, there.history, strict=True):
        assert one.measurement == pytest.approx(other.measurement, rel=1e-6)
    assert here.best_model == there.best_model


def test_a_grid_search_of_scikit_learn_finds_what_one_process_finds():
    grid = {"epochs": [1, 3], "optimiser__learning_rate": [0.001, 0.1]}
    one, two = (
        GridSearchCV(kf.to_sklearn(net()), grid, cv=2, scoring="neg_log_loss", n_jobs=n).fit(
            X, SOLD
        )
        for n in (1, 2)
    )
    assert np.isfinite(one.cv_results_["mean_test_score"]).all()
    assert np.allclose(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"], atol=1e-6
    )
    assert one.best_params_ == two.best_params_
