"""Parts of composites are judged by schemas before anything is fitted."""

import numpy as np
import pandas as pd
import pytest
from composites import LEARNED, Secretive, Shifting
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from toys import Picky, Shares, Walker

import kerasflux as kf
from kerasflux.composition.judging import offenders
from kerasflux.log import KerasfluxWarning

N = 24
DAYS = pd.date_range("2026-01-01", periods=N, freq="D")


@pytest.fixture
def X():
    frame = pd.DataFrame(
        {
            "when": DAYS.date,
            "size": np.where(np.arange(N) % 5, np.arange(N) * 1.5, np.nan),
            "rooms": np.arange(N) % 4,
            "town": pd.Categorical(["Ox", "Ur", "Ys"] * 8),
        }
    )
    return kf.coerce(frame, {"when": kf.ScientificDate}, verbosity=0)


@pytest.fixture
def y():
    return np.arange(N) + 1.0


def refusal(pipe, X, y=None):
    LEARNED.clear()
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(pipe, X, y)
    assert LEARNED == []
    return caught.value


def test_a_refusal_names_the_step_the_columns_and_what_to_put_in_between(X, y):
    pipe = kf.Pipeline(scale=kf.Standardizer(), net=kf.NeuralNetworkRegressor())
    error = refusal(pipe, X, y)
    assert error.failed == (
        "The parts don't fit together: `net` (NeuralNetworkRegressor) does not take what `scale` "
        "gives."
    )
    assert list(error.columns) == ["when", "size"]
    assert error.columns["when"] == kf.ScientificDate
    assert "X of `net`: " in error.expected
    assert "X['size']: Continuous | Missing" in error.received
    assert "put `kf.DateTimeEncoder()` before `net` ('when')" in error.remedy
    assert "put `kf.FillImputer()` before `net`" in error.remedy
    assert "`net.missing = \"impute\"` ('size')" in error.remedy


def test_what_the_first_step_does_not_take_names_it_too(X, y):
    pipe = kf.Pipeline(scale=kf.Standardizer(), net=kf.NeuralNetworkRegressor())
    texts = X.drop(columns="when").assign(town=["Ox", "Ur", "Ys"] * 8)
    error = refusal(pipe, texts, y)
    assert error.failed.startswith("`scale` (Standardizer) of this Pipeline does not take data")
    assert "X of `scale`: " in error.expected
    assert "y of `net`: " in error.expected
    error = refusal(pipe, X.drop(columns="when"), [*"uv"] * 12)
    assert error.failed.startswith("`net` (NeuralNetworkRegressor) of this Pipeline does not take")


def test_a_step_that_leaves_no_column_is_refused(X, y):
    pipe = kf.Pipeline(numbers=kf.ContinuousEncoder(), net=kf.NeuralNetworkRegressor())
    error = refusal(pipe, X[["when"]], y)
    assert "`numbers` leaves no column for `net`" in error.failed
    assert "kf.DateTimeEncoder()" in error.remedy
    kf.machine(kf.DateTimeEncoder() | pipe, X[["when"]], y)
    few = kf.Pipeline(few=kf.FeatureSelector(features=str.isupper), net=kf.ConstantRegressor())
    assert "`few` leaves no column" in refusal(few, X, y).failed


def test_texts_that_a_step_makes_are_left_to_that_step(X, y):
    passing = ColumnTransformer([("s", StandardScaler(), ["rooms"])], remainder="passthrough")
    pipe = kf.Pipeline(some=passing, net=kf.NeuralNetworkRegressor())
    mach = kf.machine(pipe, X[["rooms", "town"]], y)
    with pytest.raises(kf.ScitypeMismatch, match="town") as caught:
        mach.fit(verbosity=0)
    assert "Let the step before `net` make numbers of these texts" in caught.value.remedy


def test_a_refusal_of_an_estimator_says_which_it_is(X, y):
    pipe = kf.Pipeline(scale=kf.Standardizer(), some=PCA(1), net=kf.NeuralNetworkRegressor())
    assert "`some` (SklearnTransformer of PCA) does not" in refusal(pipe, X[["size"]], y).failed
    assert refusal(PCA(1), X[["size"]]).failed.startswith("SklearnTransformer of PCA does not")


def test_an_inner_model_that_can_fill_gaps_is_told_to_by_its_path(X, y):
    model = kf.TransformedTargetModel(kf.NeuralNetworkRegressor(), "log")
    error = refusal(model, X[["size", "town"]], y)
    assert error.failed.startswith("`model` (NeuralNetworkRegressor) of this Transformed")
    assert '`model.model.missing = "impute"`' in error.remedy
    model.model.missing = "impute"
    kf.machine(model, X[["size", "town"]], y)
    model.model.missing = "error"
    pipe = kf.Pipeline(scale=kf.Standardizer(), net=model)
    assert '`net.model.missing = "impute"`' in refusal(pipe, X[["size", "town"]], y).remedy
    one = kf.Pipeline(net=kf.NeuralNetworkRegressor())
    assert '`model.net.missing = "impute"`' in refusal(one, X[["size", "town"]], y).remedy


def test_what_the_remedy_says_mends_it(X, y):
    pipe = kf.Pipeline(
        fill=kf.FillImputer(),
        dates=kf.DateTimeEncoder(),
        scale=kf.Standardizer(),
        net=kf.NeuralNetworkRegressor(),
    )
    assert "not fitted" in repr(kf.machine(pipe, X, y))
    filling = kf.NeuralNetworkRegressor(missing="impute")
    kf.machine(kf.DateTimeEncoder() | kf.Standardizer() | filling, X, y)


def test_labels_and_whole_numbers_are_told_what_makes_continuous_numbers_of_them(y):
    X = pd.DataFrame({"rooms": np.arange(N), "town": pd.Categorical(["Ox", "Ur"] * 12)})
    error = refusal(kf.Standardizer() | Picky(), X, y)
    assert "kf.OneHotEncoder()" in error.remedy
    assert "kf.coerce(X, {kf.Count: kf.Continuous})" in error.remedy
    kf.machine(kf.ContinuousEncoder() | Picky(), X, y)


def test_a_changed_step_is_judged_at_the_next_fit(X, y):
    pipe = kf.Pipeline(
        dates=kf.DateTimeEncoder(), net=kf.NeuralNetworkRegressor(missing="impute", epochs=1)
    )
    mach = kf.machine(pipe, X, y)
    pipe.net.missing = "error"
    with pytest.raises(kf.ScitypeMismatch, match="'size'"):
        mach.fit(verbosity=0)
    with pytest.raises(kf.ScitypeMismatch, match="'size'"):
        mach.evaluate(verbosity=0)


def test_a_misfit_within_a_step_names_that_step(X, y):
    inner = kf.Pipeline(scale=kf.Standardizer(), net=kf.NeuralNetworkRegressor())
    error = refusal(kf.Pipeline(fill=kf.FillImputer(), rest=inner), X, y)
    assert list(error.columns) == ["when"]
    assert "This was found within the step `rest` of a pipeline, before fitting." in error.__notes__


def test_a_transformer_that_can_not_do_as_told_is_named(X, y):
    pipe = kf.Pipeline(scale=kf.Standardizer(features=["sise"]), net=Walker())
    with pytest.raises(kf.ArgumentError, match="sise") as caught:
        kf.machine(pipe, X, y)
    assert any("`scale`" in note for note in caught.value.__notes__)


def test_targets_are_judged_for_each_step_that_has_one(X, y):
    embedder = kf.EntityEmbedder(kf.NeuralNetworkClassifier())
    pipe = kf.Pipeline(embed=embedder, net=kf.NeuralNetworkRegressor())
    error = refusal(pipe, X[["rooms", "town"]], y)
    assert "`embed` (EntityEmbedder) does not take the target" in error.failed
    assert error.expected == "y of `embed`: Vector[Finite]"


def test_the_first_step_and_the_target_are_judged_as_those_of_any_model(X):
    error = refusal(Shifting() | Walker(), X, np.arange(N) * 1.0)
    assert set(error.columns) == {"when", "size", "town"}
    error = refusal(kf.DateTimeEncoder() | Shares(), X, np.arange(N) * 1.0)
    assert "y" in error.columns


def test_a_check_may_warn_or_be_left_out(X, y):
    pipe = kf.Standardizer() | Walker()
    with pytest.warns(KerasfluxWarning, match="The parts don't fit together"):
        kf.machine(pipe, X, y, check="warn")
    kf.machine(pipe, X, y, check="off")


def test_behind_a_step_that_says_nothing_parts_are_judged_when_they_learn(y):
    X = pd.DataFrame({"a": np.arange(N) * 1.0})
    pipe = kf.Pipeline(a=Secretive(texts=True), b=Shifting(), net=Walker())
    mach = kf.machine(pipe, X, y)
    with pytest.raises(kf.ScitypeMismatch, match=r"`b` \(Shifting\) does not take") as caught:
        mach.fit(verbosity=0)
    assert "This happened in the step" in caught.value.__notes__[0]


def test_rows_with_missing_cells_are_refused_by_the_step_that_takes_none(X, y):
    X = X[["size", "rooms"]].fillna(1.0)
    pipe = kf.Pipeline(scale=kf.Standardizer(), net=Walker(epochs=1))
    mach = kf.machine(pipe, X, y).fit(verbosity=0)
    later = X.head(3).assign(size=[1.0, None, 2.0])
    with pytest.raises(kf.DataError, match="Walker takes no missing values") as caught:
        mach.predict(later)
    assert caught.value.columns == {"size": 1}
    assert "This happened in the step `net` of a pipeline." in caught.value.__notes__


@pytest.mark.parametrize(
    ("data", "allowed", "found"),
    [
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), kf.Table(kf.Continuous), ["b"]),
        (np.zeros((2, 2)), kf.Table(kf.Continuous), ["x1", "x2"]),
        (np.zeros((2, 2)), kf.Matrix[kf.Continuous], []),
        ([1.0, None], kf.Vector[kf.Continuous], ["y"]),
        (pd.DataFrame({"a": [1.0]}), kf.Vector[kf.Continuous], ["a"]),
    ],
)
def test_offenders_are_found_in_every_container(data, allowed, found):
    assert list(offenders(kf.schema(data), allowed)) == found
