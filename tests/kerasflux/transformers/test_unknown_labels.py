"""Labels that are no level, in one-hot columns: refused, or zeros."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

import kerasflux as kf

DRAW = np.random.default_rng(3)
N = 40
X = pd.DataFrame(
    {
        "town": pd.Categorical(DRAW.choice(["Ox", "Ur"], N)),
        "size": DRAW.normal(size=N),
        "street": pd.Categorical([None, *DRAW.choice(["Elm", "Oak"], N - 1)]),
    }
)
WHOLE = X[["town", "size"]]
PRICE = 2 * X["size"] + (X["town"] == "Ox")
LATER = pd.DataFrame({"town": ["Atlantis", "Ox"], "size": [0.5, 1.0], "street": ["Ash", None]})
ENCODER = kf.OneHotEncoder(handle_unknown="ignore")
GRAPH = kf.Acceleration(jit="graph")
NET = kf.NeuralNetworkRegressor(builder=kf.MLP((4,), "relu"), epochs=2, rng=1, acceleration=GRAPH)
TOWNS = ["town__Ox", "town__Ur"]


def fitted(model, X=X, y=None):
    return kf.machine(model, X, y).fit(verbosity=0)


def zeroed(mach):
    """What a network predicts of `LATER`, given the columns that ignoring should make."""
    inner = fitted(kf.OneHotEncoder(), WHOLE).transform(WHOLE.iloc[:2])
    inner[TOWNS], inner["size"] = [[0.0, 0.0], [1.0, 0.0]], [0.5, 1.0]
    net = mach.fitted_model[-1]
    return net.predict(mach.fitted.state[-1], inner)


@pytest.mark.parametrize("encoder", [kf.OneHotEncoder, kf.ContinuousEncoder])
def test_an_unknown_label_is_refused_unless_it_is_to_be_ignored(encoder):
    with pytest.raises(kf.SchemaMismatch, match="Atlantis"):
        fitted(encoder(), WHOLE).transform(LATER[["town", "size"]])
    out = fitted(encoder(handle_unknown="ignore"), WHOLE).transform(LATER[["town", "size"]])
    assert out[TOWNS].to_numpy().tolist() == [[0, 0], [1, 0]]
    assert out["size"].tolist() == [0.5, 1.0]


def test_a_missing_label_is_none_that_is_unknown():
    out = fitted(ENCODER).transform(LATER)
    streets = out[["street__Elm", "street__Oak"]].to_numpy()
    assert streets[0].tolist() == [0, 0]
    assert np.isnan(streets[1]).all()
    mach = fitted(ENCODER | NET, WHOLE, PRICE)
    with pytest.raises(kf.DataError, match="missing"):
        mach.predict(WHOLE.assign(town=pd.Series([None] * N, dtype=object)))


def test_only_columns_that_are_encoded_ignore_labels():
    some = kf.OneHotEncoder(features=["town"], handle_unknown="ignore")
    with pytest.raises(kf.SchemaMismatch, match="Ash") as refusal:
        fitted(some).transform(LATER)
    assert "Atlantis" not in str(refusal.value)
    ranked = WHOLE.assign(rank=pd.Categorical(["lo", "hi"] * (N // 2), ["lo", "hi"], ordered=True))
    later = LATER[["town", "size"]].assign(rank="mid")
    with pytest.raises(kf.SchemaMismatch, match="mid"):
        fitted(kf.ContinuousEncoder(handle_unknown="ignore"), ranked).transform(later)
    hot = kf.ContinuousEncoder(handle_unknown="ignore", one_hot_ordered_factors=True)
    assert fitted(hot, ranked).transform(later).filter(like="rank").eq(0).all().all()


@pytest.mark.parametrize("cells", [[["Ox"], "Ur"], [1, True]])
def test_what_is_no_label_is_refused_whatever_the_option(cells):
    with pytest.raises(kf.SchemaMismatch, match="town"):
        fitted(ENCODER, WHOLE).transform({"town": cells, "size": [0.5, 1.0]})


def test_another_option_is_refused():
    with pytest.raises(kf.HyperparameterError, match="handle_unknown"):
        kf.OneHotEncoder(handle_unknown="other")


@pytest.mark.parametrize("library", ["polars", "pyarrow", "dict"])
def test_unknown_labels_are_ignored_in_tables_of_all_kinds(library):
    mach = fitted(ENCODER, WHOLE)
    later = {"town": ["Atlantis", "Ox"], "size": [0.5, 1.0]}
    if library == "polars":
        later = pytest.importorskip("polars").DataFrame(later)
    if library == "pyarrow":
        later = pytest.importorskip("pyarrow").table(later)
    out = mach.transform(later)
    assert [
        list(map(float, out[name].to_numpy() if library != "dict" else out[name])) for name in TOWNS
    ] == [[0, 1], [0, 0]]


@pytest.mark.parametrize(
    "first", [None, kf.Standardizer(), kf.FeatureSelector(features=["size", "town"])]
)
def test_a_pipeline_ignores_what_reaches_the_encoder_unchanged(first):
    steps = [step for step in (first, ENCODER, NET) if step is not None]
    mach = fitted(kf.Pipeline(*steps), WHOLE, PRICE)
    if first is None:
        assert np.array_equal(mach.predict(LATER[["town", "size"]]), zeroed(mach))
    assert np.isfinite(mach.predict(LATER[["town", "size"]])).all()


def test_a_step_before_that_changes_the_labels_has_them_refused():
    mach = fitted(kf.FillImputer() | ENCODER | NET, X, PRICE)
    with pytest.raises(kf.SchemaMismatch, match="Atlantis"):
        mach.predict(LATER)
    some = kf.FillImputer(features=["street"]) | ENCODER | NET
    with pytest.raises(kf.SchemaMismatch, match="Ash") as refusal:
        fitted(some, X, PRICE).predict(LATER)
    assert "Atlantis" not in str(refusal.value)


def test_pipelines_in_pipelines_and_transformed_targets_ignore_them_too():
    inner = kf.Pipeline(first=kf.Standardizer() | ENCODER, net=NET)
    mach = fitted(kf.TransformedTargetModel(inner, kf.Standardizer()), WHOLE, PRICE)
    assert np.isfinite(mach.predict(LATER[["town", "size"]])).all()


def test_a_machine_that_was_saved_ignores_them_as_before(tmp_path):
    mach = fitted(kf.Standardizer() | ENCODER | NET, WHOLE, PRICE)
    mach.save(tmp_path / "mach.kf")
    loaded = kf.load(tmp_path / "mach.kf")
    later = LATER[["town", "size"]]
    assert np.array_equal(loaded.predict(later), mach.predict(later))


@pytest.mark.parametrize("option", ["ignore", "error"])
def test_what_is_exported_does_as_the_machine(tmp_path, option):
    import tensorflow as tf

    nested = kf.Standardizer() | kf.OneHotEncoder(handle_unknown=option)
    mach = fitted(kf.Pipeline(first=nested, net=NET), WHOLE, PRICE)
    later = LATER[["town", "size"]]
    served = tf.saved_model.load(kf.export(mach, tmp_path / "served"))
    tensors = {"town": tf.constant(list(later["town"])), "size": tf.constant(later["size"])}
    if option == "ignore":
        answer = served.serve(tensors)["predictions"]
        assert np.allclose(answer, mach.predict(later), atol=1e-6)
    else:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"town(.|\n)*Atlantis"):
            served.serve(tensors)


def test_scikit_learn_cross_validates_folds_that_lack_a_label():
    texts = WHOLE.assign(town=[f"town {i // 2}" for i in range(N)])
    sold = np.where(WHOLE["size"] > 0, "yes", "no")
    lenient = kf.to_sklearn(ENCODER | LogisticRegression())
    scores = cross_val_score(lenient, texts, sold, cv=4, error_score="raise")
    assert np.isfinite(scores).all()
    strict = kf.to_sklearn(kf.OneHotEncoder() | LogisticRegression())
    with pytest.raises(kf.SchemaMismatch, match="town"):
        cross_val_score(strict, texts, sold, cv=4, error_score="raise")
