"""One-hot columns and tables of nothing but numbers."""

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf

X = pd.DataFrame(
    {
        "town": pd.Categorical(["Ox", "Ur", None], ["Ur", "Ox", "Ys"]),
        "size": [1.0, 2.0, 3.0],
        "rank": pd.Categorical(["lo", "hi", "lo"], ["lo", "hi"], ordered=True),
    }
)


def made(model, X=X):
    return kf.machine(model, X).fit(verbosity=0).transform()


def test_every_level_of_the_pool_gets_a_column_in_place():
    out = made(kf.OneHotEncoder())
    towns, ranks = ["town__Ur", "town__Ox", "town__Ys"], ["rank__lo", "rank__hi"]
    assert list(out.columns) == [*towns, "size", *ranks]
    assert out[towns].to_numpy()[:2].tolist() == [[0, 1, 0], [1, 0, 0]]


def test_a_missing_label_is_missing_in_all_of_its_columns():
    out = made(kf.OneHotEncoder())
    assert out.filter(like="town").isna().sum(axis=1).tolist() == [0, 0, 3]
    assert not out.filter(like="rank").isna().any().any()


def test_the_last_level_can_be_left_out_and_ordered_factors_too():
    assert list(made(kf.OneHotEncoder(drop_last=True)).columns) == [
        *("town__Ur", "town__Ox", "size", "rank__lo")
    ]
    out = made(kf.OneHotEncoder(ordered_factor=False))
    assert list(out.columns) == ["town__Ur", "town__Ox", "town__Ys", "size", "rank"]
    assert list(out["rank"]) == ["lo", "hi", "lo"]


def test_the_only_level_that_is_left_out_leaves_no_column():
    import tensorflow as tf

    alone = pd.DataFrame({"c": pd.Categorical(["u", "u"]), "a": [1.0, 2.0]})
    mach = kf.machine(kf.OneHotEncoder(drop_last=True), alone).fit(verbosity=0)
    assert list(mach.transform().columns) == ["a"]
    served = mach.fitted_model.serving(mach.fitted)
    assert list(served({"c": tf.constant(["u"]), "a": tf.constant([1.0])})) == ["a"]


def test_the_separator_grows_where_a_name_is_taken():
    taken = X[["town"]].assign(town__Ox=1.0)
    assert list(made(kf.OneHotEncoder(), taken).columns) == [
        *("town___Ur", "town___Ox", "town___Ys", "town__Ox")
    ]


def test_two_columns_never_make_columns_of_one_name():
    twins = pd.DataFrame({"a": pd.Categorical(["_b"]), "a_": pd.Categorical(["b"])})
    names = list(made(kf.OneHotEncoder(), twins).columns)
    assert len(set(names)) == 2


def test_labels_that_read_alike_are_told_apart():
    mixed = pd.DataFrame({"c": pd.Categorical([1, "1"], [1, "1"])})
    assert list(made(kf.OneHotEncoder(), mixed).columns) == ["c__1", "c__'1'"]


def test_other_rows_and_folds_get_the_same_columns():
    mach = kf.machine(kf.OneHotEncoder(), X).fit(rows=[0], verbosity=0)
    assert list(mach.transform(X.iloc[[1]]).columns) == list(made(kf.OneHotEncoder()).columns)


def test_raw_labels_are_encoded_by_label():
    mach = kf.machine(kf.OneHotEncoder(features=["town"]), X).fit(verbosity=0)
    raw = pd.DataFrame({"rank": ["hi"], "town": ["Ox"], "size": [4]})
    assert mach.transform(raw)["town__Ox"].tolist() == [1.0]


def test_everything_becomes_continuous_and_the_rest_is_dropped():
    mixed = X.assign(n=[1, 2, 3], day=pd.to_datetime(["2024-05-31"] * 3), note=["x", "y", "z"])
    mach = kf.machine(kf.ContinuousEncoder(), mixed).fit(verbosity=0)
    out = mach.transform()
    assert list(out.columns) == ["town__Ur", "town__Ox", "town__Ys", "size", "rank", "n"]
    assert out["rank"].tolist() == [0.0, 1.0, 0.0]
    assert {str(dtype) for dtype in out.dtypes} == {"float64"}
    assert mach.report["features_dropped"] == ["day", "note"]


def test_ordered_factors_are_one_hot_encoded_on_request():
    out = made(kf.ContinuousEncoder(one_hot_ordered_factors=True, drop_last=True))
    assert list(out.columns) == ["town__Ur", "town__Ox", "size", "rank__lo"]


def test_a_matrix_of_whole_numbers_becomes_one_of_floats():
    out = made(kf.ContinuousEncoder(), np.arange(6).reshape(3, 2))
    assert out.dtype == np.float64
    assert out.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_an_unknown_label_fails_in_the_graph_by_column():
    import tensorflow as tf

    mach = kf.machine(kf.OneHotEncoder(), X[["town"]]).fit(verbosity=0)
    served = mach.fitted_model.serving(mach.fitted)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"'town'(.|\n)*Atlantis"):
        served({"town": tf.constant(["Ox", "Atlantis"])})


def test_a_label_or_number_that_passes_through_is_judged_in_the_graph_too():
    import tensorflow as tf

    mach = kf.machine(kf.OneHotEncoder(features=["rank"]), X).fit(verbosity=0)
    served = mach.fitted_model.serving(mach.fitted)
    good = {"town": tf.constant([""]), "size": tf.constant([1.0]), "rank": tf.constant(["hi"])}
    assert served(good)["rank__hi"].numpy().tolist() == [1.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="'town'"):
        served({**good, "town": tf.constant(["Atlantis"])})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"infinite values(.|\n)*size"):
        served({**good, "size": tf.constant([np.inf])})
