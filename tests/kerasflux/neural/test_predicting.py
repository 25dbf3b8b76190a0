"""Predictions in blocks: a row's bits are its own, however many rows and slabs there are."""

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf
from kerasflux.neural import predicting
from tests.neural_cases import KINDS, make, values

MANY = 700  # two whole blocks of 256 rows and a part of a third


def repeated(X, n=MANY):
    rows = np.arange(n) % kf.nrows(X)
    return kf.selectrows(X, rows)


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    model, X, y = make(request.param, epochs=1)
    mach = kf.machine(model, X, y).fit(verbosity=0)
    return mach, repeated(X)


def test_a_rows_prediction_does_not_depend_on_how_many_there_are(fitted):
    mach, X = fitted
    every = values(mach.predict(X))
    for rows in ([0], range(31), range(256), range(257), [699], range(300, 700)):
        some = values(mach.predict(kf.selectrows(X, rows)))
        assert np.array_equal(some, every[list(rows)])


def test_slabs_change_no_bit(fitted, monkeypatch):
    mach, X = fitted
    every = values(mach.predict(X))
    monkeypatch.setattr(predicting, "SLAB", 1)  # a slab for each block
    assert np.array_equal(values(mach.predict(X)), every)


def test_no_rows_give_no_predictions_of_the_right_shape(fitted):
    mach, X = fitted
    none, every = values(mach.predict(kf.selectrows(X, []))), values(mach.predict(X))
    assert none.shape == (0, *every.shape[1:])
    assert none.dtype == every.dtype


def test_counters_of_random_layers_are_as_before_after_many_blocks():
    X, y = pd.DataFrame({"a": np.linspace(-1, 1, MANY)}), np.linspace(0, 1, MANY)
    model = kf.NeuralNetworkRegressor(builder=kf.MLP((4,), dropout=0.5), epochs=2, rng=1)
    alone, predicted = kf.machine(model, X, y), kf.machine(model, X, y)
    alone.fit(verbosity=0)
    predicted.fit(verbosity=0).predict(X)
    for mach in (alone, predicted):
        mach.model = kf.NeuralNetworkRegressor(builder=model.builder, epochs=4, rng=1)
        mach.fit(verbosity=0)
    assert np.array_equal(values(alone.predict(X)), values(predicted.predict(X)))


def test_large_rows_are_predicted_in_smaller_blocks():
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    assert predicting._block_size((pixels,)) == predicting.LARGE_ROWS_BLOCK
    assert predicting._block_size((np.zeros((1, 4096)),)) == predicting.SMALL_ROWS_BLOCK
