"""Tables of Arrow and polars, coerced in their own library, fit and predict as pandas does."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kerasflux as kf

RAW = {
    "size": [1, 2, 3, 4, 5, 6] * 4,
    "grade": ["low", "high", "mid", "low", "high", "mid"] * 4,
    "price": [1.5, 2.5, 3.0, 4.5, 5.5, 6.0] * 4,
}
Y = np.arange(24) / 10
GRADES = {"grade": ["low", "mid", "high"]}
RULES = {kf.Count: kf.Continuous, "grade": kf.OrderedFactor}


def fitted(X):
    graph = kf.Acceleration(jit="graph")
    model = kf.NeuralNetworkRegressor(
        builder=kf.Short(n_hidden=3), epochs=2, rng=1, acceleration=graph
    )
    return kf.machine(model, X, Y).fit(verbosity=0)


@pytest.mark.parametrize("library", [pa.table, pl.DataFrame])
def test_a_coerced_table_of_another_library_fits_and_predicts_as_one_of_pandas(library):
    X = kf.coerce(library(RAW), RULES, levels=GRADES)
    assert type(X) is type(library(RAW))
    expected = fitted(kf.coerce(pd.DataFrame(RAW), RULES, levels=GRADES))
    mach = fitted(X)
    assert np.array_equal(mach.training_losses, expected.training_losses)
    new = {name: values[:3] for name, values in RAW.items()}
    predicted = expected.predict(pd.DataFrame(new)).to_numpy()
    for rows in (library(new), kf.coerce(library(new), RULES, levels=GRADES), pd.DataFrame(new)):
        assert np.array_equal(np.asarray(mach.predict(rows)), predicted)
    assert np.array_equal(np.asarray(expected.predict(library(new))), predicted)


def test_an_unordered_pool_of_arrow_fits_and_new_rows_of_polars_are_read_through_it():
    X = kf.coerce(pa.table(RAW), {kf.Textual: kf.Multiclass, "size": kf.Continuous})
    mach = fitted(X)
    rows = {name: values[:3] for name, values in RAW.items()}
    assert np.array_equal(
        np.asarray(mach.predict(pl.DataFrame(rows))), np.asarray(mach.predict(pa.table(rows)))
    )


def test_a_target_of_arrow_is_classified():
    y = kf.coerce(pa.array(RAW["grade"]), kf.Multiclass)
    model = kf.NeuralNetworkClassifier(builder=kf.Linear(), epochs=1, rng=1)
    X = pa.table({"size": RAW["price"]})
    mach = kf.machine(model, X, y).fit(verbosity=0)
    assert mach.predict(rows=[0]).levels == ("high", "low", "mid")
