"""The worked third-party model of the docs keeps the protocol and learns."""

import numpy as np
import pandas as pd
import pytest
from conformance.third_party import Ridge

import kerasflux as kf
from kerasflux.testing import CHECKS, check_model


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "c"])


def test_the_worked_model_passes_every_check_that_applies(X):
    passed = check_model(Ridge(epochs=5), X, X["a"] - 2 * X["b"])
    of_transformers = {
        *("knows_its_output_schema", "undoes_its_transform", "serves_what_it_transforms")
    }
    assert set(CHECKS) - set(passed) == {"predicts_distributions", "weighs_rows", *of_transformers}


def test_the_worked_model_learns_what_algebra_finds(X):
    y = X["a"] - 2 * X["b"] + 1
    mach = kf.machine(Ridge(epochs=2000), X, y).fit(verbosity=0)
    A = np.c_[np.ones(40), X]
    exact = np.linalg.solve(A.T @ A / 40 + 0.1 * np.eye(4), A.T @ y / 40)
    assert mach.fitted_params.coefficients == pytest.approx(exact)
