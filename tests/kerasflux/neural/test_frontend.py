import numpy as np
import pandas as pd
import pytest
from neural_cases import table

import kerasflux as kf
from kerasflux.errors import DataError, ScitypeMismatch
from kerasflux.neural import frontend


def test_a_table_is_split_into_float64_numbers_and_int32_codes():
    X = table(5)
    read = frontend.features(X)
    assert read.number_names == ("size", "rooms")
    assert read.category_names == ("colour", "grade")
    assert read.numbers.dtype == np.float64
    assert read.codes.dtype == np.int32
    assert read.counts.tolist() == [False, True]
    assert np.array_equal(read.numbers[:, 0], X["size"])
    assert np.array_equal(read.codes[:, 1], X["grade"].cat.codes)
    assert [pool.levels for pool in read.pools] == [("red", "green", "blue", "none"), (5, 3)]


def test_nullable_columns_become_nan_and_codes_of_minus_one():
    X = pd.DataFrame(
        {
            "a": pd.array([1, None, 3], "Int64"),
            "b": pd.array([True, False, None], "boolean"),
            "c": pd.Categorical(["x", None, "x"]),
        }
    )
    read = frontend.features(X)
    assert np.array_equal(read.numbers, [[1, 1], [np.nan, 0], [3, np.nan]], equal_nan=True)
    assert read.counts.tolist() == [True, True]
    assert read.codes.tolist() == [[0], [-1], [0]]


@pytest.mark.parametrize(
    ("dtype", "count"), [("Int64", True), ("boolean", True), ("Float64", False), (float, False)]
)
def test_a_column_of_numbers_stays_one_where_all_of_its_values_are_missing(dtype, count):
    read = frontend.features(pd.DataFrame({"a": pd.Series([None, None], dtype=dtype)}))
    assert np.isnan(read.numbers).all()
    assert read.counts.tolist() == [count]


@pytest.mark.parametrize("column", ["size", "rooms", "colour", "grade"])
def test_a_single_row_with_a_gap_in_any_column_is_filled(column):
    X = table(30)
    model = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=1, missing="impute", rng=1)
    mach = kf.machine(model, X, X["size"]).fit(verbosity=0)
    row = X.iloc[[3]].astype({column: object})
    row[column] = None
    assert np.isfinite(mach.predict(row)).all()


def test_a_dict_of_columns_and_a_polars_frame_read_as_pandas_does():
    polars = pytest.importorskip("polars")
    plain = {"a": [1.5, 2.5], "n": [1, 2]}
    expected = frontend.features(pd.DataFrame(plain))
    for X in (plain, polars.DataFrame(plain)):
        read = frontend.features(X)
        assert np.array_equal(read.numbers, expected.numbers)
        assert read.counts.tolist() == [False, True]
    levels = polars.DataFrame({"c": polars.Series(["x", "y"], dtype=polars.Enum(["y", "x"]))})
    assert frontend.features(levels).codes.tolist() == [[1], [0]]


def test_a_matrix_has_columns_x1_to_xn():
    read = frontend.features(np.arange(6).reshape(2, 3))
    assert read.names == ("x1", "x2", "x3")
    assert read.matrix
    assert read.counts.all()


def test_text_columns_are_refused_by_name_with_the_call_that_mends_them():
    X = pd.DataFrame({"a": [1.0, 2.0], "city": ["Bonn", "Rome"], "zip": ["53111", "00118"]})
    with pytest.raises(ScitypeMismatch) as caught:
        frontend.features(X)
    assert set(caught.value.columns) == {"city", "zip"}
    assert "coerce(X, {'city': Multiclass, 'zip': Multiclass})" in str(caught.value)


def test_repeated_column_names_are_refused():
    X = pd.DataFrame(np.zeros((2, 3)), columns=["a", "b", "a"])
    with pytest.raises(DataError, match="same name: 'a'"):
        frontend.features(X)


def test_an_array_that_is_no_matrix_is_refused():
    with pytest.raises(DataError, match="as a matrix"):
        frontend.features(np.zeros(3))


def test_rows_are_selected_without_reading_again():
    X = table(9)
    prepared = frontend.Prepared(
        frontend.features(X), frontend.quantities(X["size"]), np.arange(9.0)
    )
    some = prepared.rows(np.array([4, 2]))
    assert np.array_equal(some.inputs.numbers[:, 0], X["size"].iloc[[4, 2]])
    assert some.target.values[:, 0].tolist() == X["size"].iloc[[4, 2]].tolist()
    assert some.weights.tolist() == [4, 2]
    assert prepared.rows(None) is prepared


def test_targets_keep_their_names():
    assert frontend.quantities(pd.Series([1.0], name="price")).names == ("price",)
    assert frontend.quantities([1.0, 2.0]).names == ("y",)
    assert frontend.quantities(pd.DataFrame({"u": [1], "v": [2]})).names == ("u", "v")
    assert frontend.quantities(np.zeros((2, 2))).names == ("x1", "x2")


def test_preparing_changes_nothing_of_the_users():
    X = table(6)
    before = X.copy(deep=True)
    frontend.features(X)
    pd.testing.assert_frame_equal(X, before)


def test_images_stay_bytes():
    pixels = frontend.pixels(kf.ImageVector(np.full((3, 8, 9), 200, np.uint8)))
    assert pixels.array.shape == (3, 8, 9, 1)
    assert pixels.array.dtype == np.uint8
    assert pixels.rows(np.array([0])).array.shape == (1, 8, 9, 1)
