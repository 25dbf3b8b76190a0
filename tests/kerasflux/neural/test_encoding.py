import numpy as np
import pandas as pd
import pytest
from neural_cases import table

from kerasflux.errors import DataError, HyperparameterError
from kerasflux.neural.encoding import ImageEncoding, learn_encoding
from kerasflux.neural.frontend import Pixels, features
from scitypes import UnseenLevel


def learn(X, scaling="robust", missing="error", dims=()):
    return learn_encoding(features(X), scaling=scaling, missing=missing, embedding_dims=dict(dims))


def encoded(X, **options):
    return learn(X, **options)(features(X))


def test_robust_scaling_is_median_and_interquartile_range_with_a_smooth_clip():
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 1e9])
    (got,) = encoded(pd.DataFrame({"x": x}))
    low, median, high = np.quantile(x, [0.25, 0.5, 0.75])
    scaled = (x - median) / (high - low)
    expected = scaled / np.sqrt(1 + (scaled / 3) ** 2)
    assert np.allclose(got[:, 0], expected, rtol=1e-6)
    assert got.max() == 3


def test_robust_scaling_falls_back_to_the_range_and_then_to_one():
    X = pd.DataFrame({"mostly zero": [0.0] * 9 + [8.0], "constant": [7.0] * 10})
    encoding = learn(X)
    assert encoding.numbers.width.tolist() == [8, 1]
    (got,) = encoding(features(X))
    assert (got[:, 1] == 0).all()


def test_standard_scaling_is_mean_and_deviation():
    X = pd.DataFrame({"x": [1.0, 2.0, 6.0], "constant": [0.1] * 3})
    (got,) = encoded(X, scaling="standard")
    assert np.allclose(got.mean(axis=0), 0, atol=1e-7)
    assert np.allclose(got[:, 0].std(), 1)
    assert (got[:, 1] == 0).all()


@pytest.mark.parametrize("scaling", ["robust", "standard"])
@pytest.mark.parametrize("change", [lambda x: x * 1e6, lambda x: x + 1e9, lambda x: x * 1e6 + 1e9])
def test_scaling_a_column_or_shifting_it_far_away_changes_nothing(scaling, change):
    draw = np.random.default_rng(0)
    X = pd.DataFrame({"a": draw.normal(size=200), "b": draw.exponential(size=200)})
    (before,) = encoded(X, scaling=scaling)
    (after,) = encoded(change(X), scaling=scaling)
    assert np.abs(after - before).max() < 1e-6


def test_huge_values_are_clipped_not_turned_to_zero():
    encoding = learn(pd.DataFrame({"x": np.arange(9.0)}))
    (got,) = encoding(features(pd.DataFrame({"x": [1e300, -1e300]})))
    assert got[:, 0].tolist() == [3, -3]


def test_categories_become_codes_beside_the_numbers():
    numbers, codes = encoded(table(30))
    assert numbers.dtype == np.float32
    assert codes.dtype == np.int32
    assert numbers.shape == codes.shape == (30, 2)


def test_codes_match_by_label_whatever_the_pool_of_new_data():
    X = table(30)
    encoding = learn(X)
    other = X.assign(colour=pd.Categorical(X["colour"].astype(str)))
    assert np.array_equal(encoding(features(other))[1], encoding(features(X))[1])


def test_a_label_outside_the_pool_is_refused():
    encoding = learn(table(30))
    new = table(2).assign(colour=pd.Categorical(["red", "mauve"]))
    with pytest.raises(UnseenLevel, match="mauve"):
        encoding(features(new))


def test_missing_values_are_refused_by_column_and_row():
    X = table(30)
    X.iloc[4, 0] = np.nan
    with pytest.raises(DataError) as caught:
        learn(X)
    assert caught.value.columns == {"size": "missing"}
    assert "position 4" in str(caught.value)
    X = table(30)
    X.iloc[7, 1] = None
    with pytest.raises(DataError, match=r"'colour'.*position 7"):
        learn(X)


def test_missing_values_at_predict_are_refused_unless_they_are_filled():
    encoding = learn(table(30))
    new = table(3)
    new.iloc[1, 0] = np.nan
    with pytest.raises(DataError, match="missing"):
        encoding(features(new))


def test_imputing_fills_medians_and_adds_an_input_per_column_that_had_gaps():
    X = pd.DataFrame({"a": [1.0, np.nan, 3.0, 5.0], "b": [0.0, 1.0, 2.0, 3.0]})
    encoding = learn(X, missing="impute")
    assert encoding.n_in == 3
    (got,) = encoding(features(X))
    assert got[1, 0] == 0  # the median is the centre
    assert got[:, 2].tolist() == [0, 1, 0, 0]
    gap = pd.DataFrame({"a": [3.0], "b": [np.nan]})
    assert np.isfinite(encoding(features(gap))[0]).all()


def test_a_missing_category_has_an_embedding_row_of_its_own():
    X = table(30)
    X.iloc[3, 1] = None
    encoding = learn(X, missing="impute")
    _, codes = encoding(features(X))
    assert codes[3, 0] == 4
    assert encoding.categories.shown[0].tolist() == [True, True, True, False, True]
    assert encoding.categories.shown[1].tolist() == [True, True, False]


def test_a_column_without_any_value_is_constant():
    X = pd.DataFrame({"a": [np.nan, np.nan], "b": [0.0, 1.0]})
    (got,) = encoded(X, missing="impute")
    assert np.array_equal(got[:, [0, 2]], [[0, 1], [0, 1]])


@pytest.mark.parametrize("missing", ["error", "impute"])
def test_infinite_values_are_refused_by_column_and_row(missing):
    X = table(30)
    X.iloc[[3, 9], 0] = [np.inf, -np.inf]
    with pytest.raises(DataError) as caught:
        learn(X, missing=missing)
    assert caught.value.columns == {"size": "infinite"}
    assert "positions 3, 9" in str(caught.value)
    encoding = learn(table(30), missing=missing)
    with pytest.raises(DataError, match="infinite"):
        encoding(features(X))


def test_without_scaling_whole_numbers_that_float32_rounds_are_refused_by_column():
    X = pd.DataFrame({"id": [2**24, 2**24 + 1], "even": [2**25, 2**25 + 4], "x": [1e9 + 0.5, 1.0]})
    encoding = learn(X, scaling=None)
    with pytest.raises(DataError) as caught:
        encoding(features(X))
    assert caught.value.columns == {"id": "rounded"}
    assert 'scaling="robust"' in str(caught.value)


def test_values_too_large_for_float32_are_refused_by_column():
    X = pd.DataFrame({"x": [1e39, 0.0], "y": [1.0, 2.0]})
    encoding = learn(X, scaling=None)
    with pytest.raises(DataError) as caught:
        encoding(features(X))
    assert caught.value.columns == {"x": "overflow"}


def test_a_table_without_columns_is_refused():
    with pytest.raises(DataError, match="no columns"):
        learn(pd.DataFrame(index=range(3)))


def test_other_columns_than_those_of_training_are_refused():
    encoding = learn(table(30))
    with pytest.raises(DataError) as caught:
        encoding(features(table(3).rename(columns={"size": "weight"})))
    assert caught.value.columns == {"size": "absent", "weight": "extra"}


def test_embedding_sizes_are_ints_fractions_or_the_default():
    levels = {name: pd.Categorical(list("abcdefghijklmno")[:n] * 2) for name, n in
              (("five", 5), ("fifteen", 15), ("three", 3), ("one", 1))}  # fmt: skip
    X = pd.DataFrame({name: pd.Series(v).reindex(range(30)).ffill() for name, v in levels.items()})
    X = X.astype("category")
    assert learn(X).categories.dims == (4, 10, 2, 1)
    dims = {"five": 0.5, "fifteen": 20, "three": 1.0}
    assert learn(X, dims=dims).categories.dims == (3, 20, 3, 1)
    assert dims == {"five": 0.5, "fifteen": 20, "three": 1.0}


def test_embedding_dims_of_an_unknown_column_offers_the_nearest():
    with pytest.raises(HyperparameterError, match="did you mean 'colour'"):
        learn(table(30), dims={"color": 2})
    with pytest.raises(HyperparameterError, match="column of numbers"):
        learn(table(30), dims={"rooms": 2})
    for wrong in ({"colour": 0}, {"xyz": 2}):
        with pytest.raises(HyperparameterError, match="embedding") as caught:
            learn(table(30), dims=wrong)
        assert caught.value.remedy


def test_a_table_without_columns_is_refused_with_a_remedy():
    with pytest.raises(DataError, match="no columns") as caught:
        learn(table(30)[[]])
    assert "columns to learn from" in caught.value.remedy


def test_many_columns_encode_without_a_loop_over_columns():
    import time

    pixels = np.random.default_rng(0).integers(0, 256, (2000, 784))
    X = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)])
    encoding = learn(X)
    prepared = features(X.iloc[:1])
    started = time.perf_counter()
    for _ in range(20):
        encoding(prepared)
    assert (time.perf_counter() - started) / 20 < 5e-3


def test_the_encoding_shows_itself_as_a_table():
    X = table(30)
    X.iloc[0, 0] = np.nan
    frame = learn(X, missing="impute").to_frame()
    assert frame["as"].tolist() == ["number", "embedding", "number", "embedding"]
    assert frame.loc["size", "indicator"]
    assert "4 columns as 7 inputs" in repr(learn(X, missing="impute"))


def test_images_of_another_size_are_refused():
    encoding = ImageEncoding((8, 8, 1))
    with pytest.raises(DataError, match="another size") as caught:
        encoding(Pixels(np.zeros((2, 9, 8, 3), np.uint8)))
    assert "8 × 8 pixels, grey" in str(caught.value)
    assert "9 × 8 pixels, coloured" in str(caught.value)


def test_images_are_seen_in_unit_range():
    encoding = ImageEncoding((1, 2, 1))
    seen = encoding.view(encoding(Pixels(np.array([[[[0], [255]]]], np.uint8))))
    assert seen.dtype == np.float32
    assert seen.ravel().tolist() == [0, 1]
