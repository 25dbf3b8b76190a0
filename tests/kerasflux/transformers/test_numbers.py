"""Standardising and filling: what is learned, what stays, what comes back."""

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf


def fitted(model, X):
    return kf.machine(model, X).fit(verbosity=0)


def test_numbers_get_mean_zero_and_the_standard_deviation_of_a_sample():
    x = np.array([1.0, 2.0, 4.0, 9.0])
    out = fitted(kf.Standardizer(), pd.DataFrame({"a": x})).transform()["a"]
    assert out.mean() == pytest.approx(0, abs=1e-12)
    assert out.std(ddof=1) == pytest.approx(1)


@pytest.mark.parametrize("x", [[0.1, 0.1, 0.1], [7.0]], ids=["constant", "alone"])
def test_what_does_not_vary_is_only_shifted(x):
    mach = fitted(kf.Standardizer(), pd.DataFrame({"a": x}))
    assert mach.transform()["a"].tolist() == [0.0] * len(x)
    assert mach.fitted_params["stds"] == {"a": 1.0}
    assert mach.transform(pd.DataFrame({"a": [x[0] + 2]}))["a"].tolist() == pytest.approx([2.0])


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e170, 1e300])
def test_numbers_of_any_size_are_standardised(size):
    out = fitted(kf.Standardizer(), pd.DataFrame({"a": [size, 2 * size, 3 * size]})).transform()
    assert out["a"].tolist() == pytest.approx([-1, 0, 1])


def test_missing_numbers_count_for_nothing_and_stay_missing():
    out = fitted(kf.Standardizer(), pd.DataFrame({"a": [1.0, None, 3.0]})).transform()["a"]
    assert out.tolist() == pytest.approx([-(0.5**0.5), np.nan, 0.5**0.5], nan_ok=True)


def test_counts_and_ranks_are_standardised_on_request_and_counts_come_back():
    X = pd.DataFrame({"n": [1, 2, 3], "rank": pd.Categorical(["b", "a", "c"], ordered=True)})
    mach = fitted(kf.Standardizer(count=True), X)
    assert mach.transform()["n"].tolist() == [-1.0, 0.0, 1.0]
    assert mach.inverse_transform(mach.transform())["n"].tolist() == [1.0, 2.0, 3.0]
    ranks = fitted(kf.Standardizer(ordered_factor=True), X)
    assert ranks.transform()["rank"].tolist() == [0.0, -1.0, 1.0]
    with pytest.raises(kf.NotSupported, match="rank"):
        ranks.inverse_transform(ranks.transform())


def test_a_vector_is_standardised_itself_and_comes_back_as_such_a_vector():
    y = pd.Series([1, 2, 3], index=["a", "b", "c"], name="price")
    mach = fitted(kf.Standardizer(), y)
    out = mach.transform(y)
    assert out.tolist() == [-1.0, 0.0, 1.0]
    assert (list(out.index), out.name) == (["a", "b", "c"], "price")
    assert mach.inverse_transform(out).tolist() == [1.0, 2.0, 3.0]
    assert fitted(kf.Standardizer(), np.array([1.0, 3.0])).transform().shape == (2,)


def test_a_later_row_is_scaled_by_what_was_learned():
    mach = fitted(kf.Standardizer(), pd.DataFrame({"a": [0.0, 2.0]}))
    assert mach.transform(pd.DataFrame({"a": [5]}))["a"].tolist() == pytest.approx([4 / 2**0.5])


def test_the_inverse_refuses_a_table_that_lacks_a_column():
    mach = fitted(kf.Standardizer(), pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, 5.0]}))
    with pytest.raises(kf.ArgumentError, match="'b'"):
        mach.inverse_transform(pd.DataFrame({"a": [0.0]}))


def test_the_inverse_is_served_as_well():
    import tensorflow as tf

    X = pd.DataFrame({"a": [0.5, 2.0, 7.0], "n": [1, 2, 3]})
    mach = fitted(kf.Standardizer(), X)
    back = mach.fitted_model.inverse_serving(mach.fitted)
    out = back({name: tf.constant(column) for name, column in mach.transform().items()})
    assert out["a"].numpy() == pytest.approx(X["a"])
    assert out["n"].numpy().tolist() == [1, 2, 3]


GAPS = pd.DataFrame(
    {
        "size": [1.0, None, 5.0, 2.0],
        "rooms": pd.array([1, 2, None, 4], "Int64"),
        "town": pd.Categorical(["Ur", None, "Ox", "Ur"], ["Ox", "Ur", "Ys"]),
    }
)


def test_gaps_are_filled_with_medians_and_the_commonest_label():
    mach = fitted(kf.FillImputer(), GAPS)
    assert mach.fitted_params["fill"] == {"size": 2.0, "rooms": 2, "town": "Ur"}
    out = mach.transform()
    assert out["size"].tolist() == [1.0, 2.0, 5.0, 2.0]
    assert out["rooms"].tolist() == [1, 2, 2, 4]
    assert out["town"].tolist() == ["Ur", "Ur", "Ox", "Ur"]
    assert list(out["town"].cat.categories) == ["Ox", "Ur", "Ys"]
    assert kf.schema(out).scitypes == [kf.Continuous, kf.Count, kf.Multiclass[3]]


@pytest.mark.parametrize(("x", "median"), [([1, 2], 2), ([2, 3], 2), ([3, 4], 4)])
def test_the_median_of_counts_is_rounded_halves_to_even(x, median):
    assert fitted(kf.FillImputer(), pd.DataFrame({"n": x})).fitted_params["fill"] == {"n": median}


def test_of_equally_common_labels_the_first_level_fills():
    X = pd.DataFrame({"c": pd.Categorical(["b", "a"], ["z", "b", "a"])})
    assert fitted(kf.FillImputer(), X).fitted_params["fill"] == {"c": "b"}


def test_what_fills_can_be_named_given_or_computed():
    def filled(**options):
        return dict(fitted(kf.FillImputer(**options), GAPS).fitted_params["fill"])

    assert filled(continuous_fill="mean")["size"] == pytest.approx(8 / 3)
    assert filled(continuous_fill=0.0, count_fill="max") == {"size": 0.0, "rooms": 4, "town": "Ur"}
    assert filled(continuous_fill=np.ptp)["size"] == 4.0
    assert filled(finite_fill="Ys")["town"] == "Ys"


@pytest.mark.parametrize("fill", ["medain", float("nan"), None, True])
def test_what_cannot_fill_is_refused(fill):
    with pytest.raises(kf.HyperparameterError, match="median"):
        kf.FillImputer(continuous_fill=fill)


def test_a_label_that_is_no_level_is_refused_by_column():
    with pytest.raises(kf.HyperparameterError, match=r"'town'(.|\n)*'Ox'"):
        fitted(kf.FillImputer(finite_fill="Oz"), GAPS)


def test_columns_are_filled_that_lack_cells_only_later():
    whole = pd.DataFrame({"a": [1.0, 2.0, 3.0], "n": [5, 6, 7], "c": pd.Categorical(["u"] * 3)})
    mach = fitted(kf.FillImputer(), whole)
    later = pd.DataFrame({"a": [None], "n": [None], "c": [None]})
    assert mach.transform(later).to_dict("list") == {"a": [2.0], "n": [6], "c": ["u"]}


def test_large_counts_are_not_rounded():
    X = pd.DataFrame({"n": pd.array([2**62 + 1, None], "Int64")})
    assert fitted(kf.FillImputer(count_fill=3), X).transform()["n"].tolist() == [2**62 + 1, 3]


def test_rows_without_any_value_in_a_column_are_refused_by_column():
    X = pd.DataFrame({"a": [None, None, 1.0], "b": [1.0, 2.0, 3.0]})
    with pytest.raises(kf.DataError, match="'a'") as caught:
        kf.machine(kf.FillImputer(), X).fit(rows=[0, 1], verbosity=0)
    assert list(caught.value.columns) == ["a"]
    kf.machine(kf.FillImputer(features=["b"]), X).fit(rows=[0, 1], verbosity=0)


def test_whole_numbers_beside_standardised_ones_of_a_matrix_become_floats():
    X = np.array([[1, 2], [3, 5], [4, 4]])
    model = kf.Standardizer(features=["x1"])
    out = fitted(model, X).transform()
    assert out[:, 1].tolist() == [2.0, 5.0, 4.0]
    assert model.output_schema(kf.schema(X)) == kf.schema(out)
    assert fitted(kf.Standardizer(), X).transform().dtype == X.dtype


def test_cells_that_a_mask_hides_are_missing():
    X = np.ma.masked_array([[1, 2], [3, 5], [4, 4]], [[0, 0], [0, 0], [0, 1]])
    out = fitted(kf.Standardizer(features=["x1"]), X).transform()
    assert np.isnan(out).tolist() == [[False, False], [False, False], [False, True]]
    assert fitted(kf.FillImputer(), X).transform().tolist() == [[1, 2], [3, 5], [4, 4]]


def test_a_structured_array_gives_a_frame():
    X = np.array([(1.0, 2), (3.0, 4)], [("a", float), ("n", int)])
    out = fitted(kf.Standardizer(count=True), X).transform()
    assert list(out.columns) == ["a", "n"]
    assert out["n"].tolist() == pytest.approx([-(0.5**0.5), 0.5**0.5])
