"""Estimators of scikit-learn as models."""

import copy
import functools
import os
import pickle
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import clear_data_home
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as LDA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, MultiTaskLasso, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelEncoder,
    OneHotEncoder,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import kerasflux as kf
from kerasflux import sklearn_files
from kerasflux.estimators import as_model
from kerasflux.hyperparameters import copied, difference, from_json, get_path, set_path, to_json
from kerasflux.sklearn_data import encoded, missing_in, mode_of
from kerasflux.sklearn_records import Function, built, recorded

DRAW = np.random.default_rng(3)
N = 60
X = pd.DataFrame(
    {
        "size": DRAW.normal(size=N),
        "rooms": DRAW.integers(1, 6, N),
        "town": pd.Categorical(DRAW.choice(["Ox", "Ur"], N), ["Ur", "Ox", "Ys"]),
    },
    index=[f"h{i}" for i in range(N)],
)
_score = X["size"] + (X["town"] == "Ur")
SOLD = pd.Series(
    pd.Categorical(np.where(_score > 0.5, "yes", "no"), ["yes", "never", "no"]),
    X.index,
    name="sold",
)
PRICE = (2 * X["size"] + X["rooms"]).rename("price")
NUMBERS = X[["size", "rooms"]]


def fitted(estimator, X=X, y=SOLD, w=None, **options):
    return kf.machine(kf.from_sklearn(estimator, **options), X, y, w).fit(verbosity=0)


# records


COMPOSED = Pipeline(
    [
        ("columns", ColumnTransformer([("town", OneHotEncoder(), ["town"])], remainder="drop")),
        ("both", FeatureUnion([("same", "passthrough"), ("few", PCA(1))])),
        ("fit", LogisticRegression(C=0.5)),
    ]
)


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(max_depth=3),
        COMPOSED,
        GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1.0, 2.0]}),
        SelectKBest(f_regression, k=1),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_record_is_copied_compared_pickled_written_and_built(estimator):
    record = recorded(estimator)
    for other in (copied(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert other == record
        assert type(other) is type(record)
    assert from_json(to_json(record)) == record
    assert repr(built(record)) == repr(estimator)
    assert built(record) is not estimator


def test_arguments_are_reached_by_dotted_path():
    model = kf.from_sklearn(COMPOSED)
    assert get_path(model, "estimator.steps.fit.C") == 0.5
    set_path(model, "estimator.steps.fit.C", 2.0)
    set_path(model, "estimator.steps.columns.transformers.town.transformer.drop", "first")
    made = built(model.estimator)
    assert made.named_steps["fit"].C == 2.0
    assert made.named_steps["columns"].transformers[0][1].drop == "first"
    assert COMPOSED.named_steps["fit"].C == 0.5
    (change, *_) = difference(kf.from_sklearn(COMPOSED), model)
    assert change.path == "estimator.steps.columns.transformers.town.transformer.drop"


def test_nothing_is_shared_with_the_estimator_that_was_given_or_is_made():
    grid = {"alpha": [1.0]}
    record = recorded(GridSearchCV(Ridge(), grid))
    grid["alpha"].append(2.0)
    assert record.param_grid == {"alpha": [1.0]}
    built(record).param_grid["alpha"].append(3.0)
    assert record.param_grid == {"alpha": [1.0]}


def test_what_was_frozen_stays_fitted():
    frozen = pytest.importorskip("sklearn.frozen").FrozenEstimator
    inner = frozen(GaussianNB().fit(NUMBERS.to_numpy(float), SOLD.astype(str)))
    mach = fitted(CalibratedClassifierCV(inner, cv=2), NUMBERS)
    assert np.isfinite(np.asarray(mach.predict())).all()
    with pytest.raises(kf.HyperparameterError, match="no estimator"):
        kf.from_sklearn(inner)


def test_unknown_arguments_are_refused_with_the_nearest():
    model = kf.from_sklearn(Ridge())
    with pytest.raises(kf.UnknownHyperparameter, match="alpha"):
        model.estimator.alhpa = 3.0


def test_a_model_prints_as_the_call_that_makes_it():
    assert repr(kf.from_sklearn(Ridge(alpha=2.0), rng=1)) == (
        "SklearnRegressor(estimator=Ridge(alpha=2.0), rng=1)"
    )
    text = repr(kf.from_sklearn(COMPOSED))
    assert (
        "('columns', ColumnTransformer(transformers=[('town', OneHotEncoder(), ['town'])]))" in text
    )


def test_other_estimators_may_be_assigned_and_kinds_are_held_apart():
    model = kf.from_sklearn(RandomForestClassifier())
    model.estimator = GaussianNB()
    assert repr(model) == "SklearnClassifier(estimator=GaussianNB())"
    model.estimator = Ridge()
    with pytest.raises(kf.HyperparameterError, match="another kind"):
        kf.machine(model, X, SOLD).fit(verbosity=0)
    model = kf.from_sklearn(SVC(), rng=1)
    with pytest.raises(kf.HyperparameterError, match="no estimator"):
        model.estimator = 3
    with pytest.raises(kf.HyperparameterError, match=r"Ridge\(\)"):
        model.estimator = Ridge


def test_a_change_of_an_argument_trains_from_scratch():
    mach = fitted(RandomForestClassifier(n_estimators=3), rng=1)
    mach.model.estimator.max_depth = 1
    decision = mach.fit(verbosity=0).report.decision
    assert decision == "from scratch (4: estimator.max_depth None -> 1)"


# kinds


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (GaussianNB(), "SklearnClassifier"),
        (LinearSVC(), "SklearnLabeller"),
        (Ridge(), "SklearnRegressor"),
        (PCA(), "SklearnTransformer"),
        (KMeans(), "SklearnTransformer"),
        (make_pipeline(StandardScaler(), GaussianNB()), "SklearnClassifier"),
        (make_pipeline(StandardScaler(), PCA()), "SklearnTransformer"),
        (GridSearchCV(Ridge(), {}), "SklearnRegressor"),
    ],
    ids=repr,
)
def test_the_kind_of_estimator_makes_the_kind_of_model(estimator, name):
    assert type(kf.from_sklearn(estimator)).__name__ == name


def test_what_is_no_model_is_refused():
    for strange in (
        DBSCAN(),
        MultiOutputClassifier(GaussianNB()),
        LabelEncoder(),
        CountVectorizer(),
    ):
        with pytest.raises(kf.ArgumentError, match="no model for"):
            kf.from_sklearn(strange)
    with pytest.raises(kf.ArgumentError, match=r"Make an instance: `Ridge\(\)`"):
        kf.from_sklearn(Ridge)
    with pytest.raises(kf.ArgumentError, match="a model already"):
        kf.from_sklearn(kf.ConstantRegressor())
    with pytest.raises(kf.ArgumentError, match="A machine needs a model"):
        kf.machine(DBSCAN(), NUMBERS)
    with pytest.raises(kf.ArgumentError, match="instance"):
        as_model(Ridge)


def test_machines_and_evaluations_take_bare_estimators():
    mach = kf.machine(Ridge(), NUMBERS, PRICE)
    assert repr(mach.model) == "SklearnRegressor(estimator=Ridge())"
    mach.model = LinearRegression()
    assert repr(mach.fit(verbosity=0).model) == "SklearnRegressor(estimator=LinearRegression())"
    models = {"trees": DecisionTreeClassifier(random_state=1), "constant": kf.ConstantClassifier()}
    two_classes = kf.coerce(SOLD.astype(str), kf.Multiclass)
    trees, constant = kf.evaluate(models, X, two_classes, measure=kf.accuracy, verbosity=0)
    assert trees.measurement[0] > constant.measurement[0]


# what is learned is what scikit-learn learns


def test_predictions_are_those_of_the_estimator_itself():
    ours = fitted(LogisticRegression(), NUMBERS).predict(NUMBERS)
    theirs = LogisticRegression().fit(NUMBERS.to_numpy(float), SOLD.astype(str))
    proba = theirs.predict_proba(NUMBERS.to_numpy(float))
    assert np.allclose(ours.pdf(list(theirs.classes_)), proba, atol=1e-12)
    assert ours.pdf("never").tolist() == [0.0] * N
    assert ours.index.equals(X.index)
    assert ours.mode().name == "sold"


def test_numbers_are_predicted_in_the_container_of_the_inputs():
    theirs = Ridge().fit(NUMBERS.to_numpy(float), PRICE).predict(NUMBERS.to_numpy(float))
    ours = fitted(Ridge(), NUMBERS, PRICE).predict()
    assert np.allclose(ours, theirs)
    assert (ours.name, list(ours.index)) == ("price", list(X.index))
    matrix = fitted(Ridge(), NUMBERS.to_numpy(float), PRICE.to_numpy()).predict()
    assert isinstance(matrix, np.ndarray)
    assert np.allclose(matrix, theirs)


def test_several_targets_are_predicted_where_the_estimator_can():
    two = pd.DataFrame({"up": PRICE, "down": -PRICE})
    out = fitted(Ridge(), X, two).predict()
    assert list(out.columns) == ["up", "down"]
    assert np.allclose(out["up"], -out["down"])
    with pytest.raises(kf.ScitypeMismatch):
        kf.machine(HistGradientBoostingRegressor(), X, two)
    with pytest.raises(kf.ScitypeMismatch):
        kf.machine(MultiTaskLasso(), X, PRICE)
    assert fitted(MultiTaskLasso(), X, two).predict().shape == (N, 2)


def test_labels_of_classifiers_without_probabilities_keep_their_pool():
    out = fitted(LinearSVC(), rng=1).predict(X)
    assert list(out.cat.categories) == ["yes", "never", "no"]
    assert (out.name, list(out.index)) == ("sold", list(X.index))
    assert kf.accuracy(SOLD, out) > 0.8


@pytest.mark.parametrize(
    "levels", [[3, 1, 2], [True, False], [0.5, 0.25], ["b", "a"], [1, "b"]], ids=repr
)
def test_labels_of_all_types_come_back(levels):
    y = pd.Categorical([levels[i % len(levels)] for i in range(N)], levels)
    x = np.arange(N)[:, None] % len(levels) * 1.0
    p = kf.machine(DecisionTreeClassifier(), x, y).fit(verbosity=0).predict(x)
    assert p.levels == tuple(levels)
    assert list(p.mode()) == list(y)


def test_weights_are_used_and_their_scale_says_nothing():
    w = np.where(np.arange(N) < 30, 1.0, 9.0)
    plain = fitted(Ridge(), NUMBERS, PRICE).fitted_params.estimator.coef_
    once = fitted(Ridge(), NUMBERS, PRICE, w).fitted_params.estimator.coef_
    more = fitted(Ridge(), NUMBERS, PRICE, 10 * w).fitted_params.estimator.coef_
    assert not np.allclose(once, plain)
    assert np.allclose(once, more)
    assert np.allclose(fitted(Ridge(), NUMBERS, PRICE, np.full(N, 7.0)).predict(), fitted(
        Ridge(), NUMBERS, PRICE).predict())  # fmt: skip
    scaled = make_pipeline(StandardScaler(), Ridge())
    assert not np.allclose(fitted(scaled, NUMBERS, PRICE, w).predict(), fitted(
        scaled, NUMBERS, PRICE).predict())  # fmt: skip
    with pytest.raises(kf.WeightsError, match="no use"):
        kf.machine(KNeighborsClassifier(), NUMBERS, SOLD, w)


# seeds


def test_equal_seeds_give_equal_estimators_and_no_seed_draws_one():
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3))
    one, two, three = (fitted(forest, rng=r) for r in (1, 1, 2))
    assert np.array_equal(one.predict(), two.predict())
    assert not np.array_equal(one.predict(), three.predict())
    drawn = fitted(forest)
    again = fitted(forest, rng=drawn.report.rng)
    assert np.array_equal(drawn.predict(), again.predict())


def test_the_global_state_of_numpy_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    fitted(RandomForestClassifier(n_estimators=2))
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_random_state_that_was_given_is_kept():
    mach = fitted(RandomForestClassifier(n_estimators=2, random_state=7), rng=3)
    assert mach.fitted_params.estimator.random_state == 7
    assert "rng" not in mach.report


# tables as estimators take them


def test_categories_become_columns_per_level_of_the_pool():
    mach = fitted(GaussianNB())
    names = mach.fitted_params.feature_names
    assert names == ("size", "rooms", "town__Ur", "town__Ox", "town__Ys")
    values, _, few = encoded(X, "onehot")
    assert np.array_equal(values[:, 2], X["town"] == "Ur")
    assert not values[:, 4].any()
    assert not few.any()


def test_codes_are_positions_in_the_pool():
    holes = X.assign(town=X["town"].where(X["rooms"] > 1))
    values, names, few = encoded(holes, "codes")
    assert names == ["size", "rooms", "town"]
    expected = holes["town"].cat.codes.replace(-1, np.nan)
    assert np.array_equal(values[:, 2], expected, equal_nan=True)
    assert few.tolist() == [False, False, True]


def test_gradient_boosting_is_told_which_columns_are_categorical():
    mach = fitted(HistGradientBoostingClassifier(max_iter=2))
    assert mach.fitted_params.estimator.is_categorical_.tolist() == [False, False, True]
    assert mode_of(HistGradientBoostingClassifier(categorical_features=["town"]), "auto") == "table"
    assert mode_of(HistGradientBoostingClassifier(categorical_features=None), "auto") == "codes"


def test_columns_of_too_many_levels_are_numbers_for_gradient_boosting():
    many = pd.DataFrame({"id": pd.Categorical([f"c{i:03d}" for i in range(300)]), "a": range(300)})
    y = np.arange(300.0)
    mach = fitted(HistGradientBoostingRegressor(max_iter=2), many, y)
    assert mach.fitted_params.estimator.is_categorical_ is None
    few = HistGradientBoostingRegressor(max_iter=2, max_bins=2)
    assert fitted(few, X, PRICE).fitted_params.estimator.is_categorical_ is None


def test_the_column_order_and_raw_labels_of_later_data_do_not_matter():
    mach = fitted(HistGradientBoostingClassifier(max_iter=2), rng=1)
    raw = X.assign(town=X["town"].astype(str))[["town", "rooms", "size"]]
    assert np.array_equal(mach.predict(raw), mach.predict(X))
    with pytest.raises(kf.SchemaMismatch, match="Atlantis"):
        mach.predict(raw.assign(town="Atlantis"))


@pytest.mark.parametrize("library", ["dict", "polars", "pyarrow"])
@pytest.mark.parametrize("mode", ["auto", "table"])
def test_tables_of_other_libraries_are_taken(library, mode):
    first = COMPOSED if mode == "table" else GaussianNB()
    plain = fitted(first, rng=1).predict()
    if library == "dict":
        other = {name: X[name].array for name in X}
    elif library == "polars":
        polars = pytest.importorskip("polars")
        levels = polars.Enum(["Ur", "Ox", "Ys"])
        other = polars.DataFrame({name: X[name].astype(object).tolist() for name in X})
        other = other.with_columns(other["town"].cast(levels))
    else:
        other = pytest.importorskip("pyarrow").Table.from_pandas(X, preserve_index=False)
    out = fitted(first, other, SOLD.array, rng=1).predict()
    assert np.allclose(out, plain)


def test_pipelines_that_begin_with_columns_are_given_the_table():
    texts = X.assign(note=["big one", "one town"] * 30)
    columns = ColumnTransformer([("n", CountVectorizer(), "note"), ("z", "passthrough", ["size"])])
    mach = fitted(make_pipeline(columns, LogisticRegression()), texts)
    assert mach.fitted_params.feature_names == ("size", "rooms", "town", "note")
    assert mach.predict(texts.iloc[:3]).shape == (3,)
    with pytest.raises(kf.ScitypeMismatch, match="note"):
        kf.machine(LogisticRegression(), texts, SOLD)


# missing cells


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (Ridge(), "refused"),
        (HistGradientBoostingRegressor(), "kept"),
        (StandardScaler(), "kept"),
        (FunctionTransformer(np.exp), "kept"),
        (FunctionTransformer(np.exp, validate=True), "refused"),
        (make_pipeline(FunctionTransformer(np.exp), Ridge()), "refused"),
        (SimpleImputer(), "filled"),
        (make_pipeline(StandardScaler(), SimpleImputer(), Ridge()), "filled"),
        (make_pipeline(StandardScaler(), Ridge()), "refused"),
        (make_pipeline("passthrough", HistGradientBoostingRegressor()), "kept"),
        (GridSearchCV(make_pipeline(SimpleImputer(), Ridge()), {}), "filled"),
        (FeatureUnion([("a", SimpleImputer()), ("b", StandardScaler())]), "kept"),
        (FeatureUnion([("a", SimpleImputer()), ("b", PCA())]), "refused"),
        (ColumnTransformer([("a", SimpleImputer(), ["a"])]), "filled"),
        (ColumnTransformer([("a", SimpleImputer(), ["a"])], remainder="passthrough"), "kept"),
    ],
    ids=lambda e: " ".join(repr(e).split())[:60],
)
def test_what_becomes_of_missing_cells_is_known(estimator, kind):
    assert missing_in(estimator) == kind


def test_missing_cells_are_accepted_where_the_estimator_takes_them():
    holes = X.assign(size=X["size"].where(X["rooms"] > 1), town=X["town"].where(X["rooms"] > 2))
    assert fitted(HistGradientBoostingClassifier(max_iter=2), holes).predict().shape == (N,)
    filled = make_pipeline(SimpleImputer(), GaussianNB())
    assert np.isfinite(np.asarray(fitted(filled, holes).predict())).all()
    with pytest.raises(kf.ScitypeMismatch, match="size"):
        kf.machine(GaussianNB(), holes, SOLD)


# transformers


def test_a_transformer_gives_a_table_with_names():
    out = fitted(StandardScaler(), NUMBERS, None).transform()
    assert list(out.columns) == ["size", "rooms"]
    assert out.index.equals(X.index)
    assert np.allclose(out.mean(), 0)
    assert list(fitted(PCA(2), X, None).transform().columns) == ["pca0", "pca1"]
    logs = FunctionTransformer(np.exp)
    assert list(fitted(logs, NUMBERS, None).transform().columns) == ["size", "rooms"]
    matrix = fitted(StandardScaler(), NUMBERS.to_numpy(float), None).transform()
    assert isinstance(matrix, np.ndarray)


def test_a_transformer_is_undone_where_that_can_be():
    mach = fitted(StandardScaler(), NUMBERS, None)
    back = mach.inverse_transform(mach.transform())
    assert np.allclose(back, NUMBERS)
    assert list(back.columns) == ["size", "rooms"]
    with pytest.raises(kf.NotSupported, match="of categories"):
        fitted(StandardScaler(), X, None).inverse_transform(X)
    with pytest.raises(kf.NotSupported, match="inverse_transform"):
        fitted(KMeans(2), NUMBERS, None, rng=1).inverse_transform(NUMBERS)


def test_transformers_that_need_a_target_declare_one():
    assert kf.from_sklearn(PCA()).target_scitype is None
    best = fitted(SelectKBest(f_regression, k=1), NUMBERS, PRICE)
    assert list(best.transform().columns) == ["size"]
    for learning in (
        SelectFromModel(Ridge()),
        make_pipeline(StandardScaler(), SelectKBest(k=1)),
        FeatureUnion([("a", PCA()), ("b", SelectKBest(k=1))]),
    ):
        assert kf.from_sklearn(learning).target_scitype is not None
    assert kf.from_sklearn(make_pipeline(StandardScaler(), PCA())).target_scitype is None
    labelled = fitted(SelectKBest(k=1), NUMBERS, SOLD)
    assert list(labelled.transform().columns) == ["size"]


# on disk


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=3),
        RandomForestClassifier(n_estimators=3),
        KNeighborsClassifier(3),
        COMPOSED,
        LinearSVC(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_machine_is_saved_without_pickle(estimator, tmp_path, monkeypatch):
    pytest.importorskip("skops")
    mach = fitted(estimator, rng=1)
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m")
    assert again.model == mach.model
    assert str(again.predict(X)) == str(mach.predict(X))
    assert again.report == mach.report
    assert again.fitted_params.feature_names == mach.fitted_params.feature_names


class Halving(LogisticRegression):
    """A classifier of a user's own."""

    def predict_proba(self, X):
        return super().predict_proba(X) / 2 + 0.25


def test_classes_of_the_users_own_have_to_be_given(tmp_path):
    pytest.importorskip("skops")
    mach = fitted(Halving(), NUMBERS)
    mach.save(tmp_path / "m")
    with pytest.raises(kf.StorageError, match=r"builders=\[Halving\]"):
        kf.load(tmp_path / "m")
    again = kf.load(tmp_path / "m", builders=[Halving])
    assert np.array_equal(again.predict(NUMBERS), mach.predict(NUMBERS))
    assert again.model == mach.model


def test_saving_without_skops_says_what_is_needed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops", None)
    with pytest.raises(kf.NotSupported, match=r"kerasflux\[sklearn\]"):
        fitted(Ridge(), NUMBERS, PRICE).save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_functions_of_the_users_own_are_refused_by_path(tmp_path):
    mach = fitted(FunctionTransformer(lambda x: 2 * x), NUMBERS, None)
    with pytest.raises(kf.StorageError, match=r"estimator\.func"):
        mach.save(tmp_path / "m")


def test_estimators_are_not_exported(tmp_path):
    with pytest.raises(kf.NotExportable, match="SklearnRegressor"):
        fitted(Ridge(), NUMBERS, PRICE).export(tmp_path / "served")


def test_pipelines_and_target_transforms_take_bare_estimators(tmp_path):
    pytest.importorskip("skops")
    pipe = kf.Standardizer() | PCA(2) | Ridge(alpha=0.1)
    mach = kf.machine(pipe, NUMBERS, PRICE).fit(verbosity=0)
    theirs = make_pipeline(StandardScaler(), Ridge(alpha=0.1)).fit(NUMBERS, PRICE)
    assert np.allclose(mach.predict(), theirs.predict(NUMBERS), atol=0.01)
    mach.save(tmp_path / "m")
    assert np.array_equal(kf.load(tmp_path / "m").predict(NUMBERS), mach.predict())
    logged = kf.TransformedTargetModel(Ridge(), transformer="log")
    positive = PRICE - PRICE.min() + 1
    out = kf.machine(logged, NUMBERS, positive).fit(verbosity=0).predict()
    by_hand = np.exp(Ridge().fit(NUMBERS, np.log(positive)).predict(NUMBERS))
    assert np.allclose(out, by_hand)


@pytest.mark.parametrize(
    "function",
    [os.system, clear_data_home, functools.partial(np.memmap, shape=3), shutil.rmtree],
    ids=["system", "sklearn", "memmap", "rmtree"],
)
def test_files_that_ask_for_functions_that_act_are_refused(function):
    pytest.importorskip("skops")
    content = sklearn_files.written(FunctionTransformer(function))
    with pytest.raises(kf.StorageError, match="types that were not given"):
        sklearn_files.read(content, {})


@pytest.mark.parametrize("path", ["os.system", "sklearn.datasets.clear_data_home", "sklearn.svm"])
def test_files_name_estimators_of_scikit_learn_only(path):
    named = {"class": f"kerasflux.sklearn_records:estimators.{path}", "values": {}}
    with pytest.raises(kf.BuilderNotFound):
        from_json(named)
    function = {"class": "kerasflux.sklearn_records:Function", "values": {"path": "os:system"}}
    with pytest.raises(kf.HyperparameterError, match="no function"):
        built(from_json(function))


def test_functions_of_numpy_are_saved_by_name(tmp_path):
    pytest.importorskip("skops")
    model = kf.from_sklearn(FunctionTransformer(np.cbrt))
    mach = kf.machine(model, NUMBERS).fit(verbosity=0)
    mach.save(tmp_path / "roots.kflux")
    loaded = kf.load(tmp_path / "roots.kflux")
    pd.testing.assert_frame_equal(loaded.transform(NUMBERS), mach.transform())
    assert built(loaded.model.estimator).func is np.cbrt
    with pytest.raises(kf.HyperparameterError, match="no function"):
        built(Function(path="numpy:save"))


@pytest.mark.parametrize(
    "estimator",
    [RFE(DecisionTreeClassifier(random_state=0), n_features_to_select=1), LDA()],
    ids=lambda e: type(e).__name__,
)
def test_estimators_that_predict_and_transform_transform_before_the_last_step(estimator):
    pipe = kf.Pipeline(scale=kf.Standardizer(), few=estimator, trees=DecisionTreeClassifier())
    assert type(pipe.few).__name__ == "SklearnTransformer"
    joined = kf.Standardizer() | estimator | DecisionTreeClassifier(random_state=1)
    assert [type(step).__name__ for step in joined.steps.values()][1] == "SklearnTransformer"
    assert isinstance(as_model(estimator), kf.Probabilistic)
    numbers = NUMBERS
    raw = make_pipeline(kf.to_sklearn(kf.Standardizer()), clone(estimator))
    made = raw.fit(numbers, SOLD).transform(numbers)
    given = kf.Pipeline(scale=kf.Standardizer(), few=estimator, keep=kf.FeatureSelector())
    found = kf.machine(given, numbers, SOLD).fit(verbosity=0).transform(numbers)
    np.testing.assert_allclose(np.asarray(found, np.float64), np.asarray(made, np.float64))


def test_such_a_step_is_read_from_a_file_as_what_it_was(tmp_path):
    pytest.importorskip("skops")
    joined = kf.Standardizer() | LDA() | DecisionTreeClassifier(random_state=1)
    mach = kf.machine(joined, NUMBERS, SOLD).fit(verbosity=0)
    mach.save(tmp_path / "few.kflux")
    loaded = kf.load(tmp_path / "few.kflux")
    assert np.array_equal(loaded.predict(NUMBERS), mach.predict(NUMBERS))
    assert loaded.model == joined


def test_columns_that_an_estimator_gives_keep_their_types():
    same = kf.machine(kf.from_sklearn(FunctionTransformer()), X).fit(verbosity=0).transform(X)
    pd.testing.assert_frame_equal(same, X)
    parts = ColumnTransformer([("scale", StandardScaler(), ["size"])], remainder="passthrough")
    mach = kf.machine(kf.from_sklearn(parts), X).fit(verbosity=0)
    found = mach.transform(X)
    assert kf.schema(found).scitypes == [kf.Continuous, kf.Count, kf.Textual]
