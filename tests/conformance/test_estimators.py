"""Baselines and estimators of scikit-learn keep the promises that all models are held to."""

import pytest
from conformance.models import CLASS, PRICE, RAW, SOLD, TWO, X
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import kerasflux as kf
from kerasflux.testing import CHECKS, Subject, _Inapplicable

BOOSTED = {"max_iter": 5, "min_samples_leaf": 2}
COMPOSED = Pipeline(
    [
        (
            "columns",
            ColumnTransformer(
                [("town", OneHotEncoder(handle_unknown="ignore"), ["town"])],
                remainder="drop",
            ),
        ),
        ("fit", LogisticRegression()),
    ]
)
SUBJECTS = {
    "shares": Subject(kf.ConstantClassifier(), X, CLASS),
    "mean": Subject(kf.ConstantRegressor(), X, PRICE),
    "median": Subject(kf.ConstantRegressor(strategy="median"), X, PRICE),
    "boosting": Subject(
        kf.from_sklearn(HistGradientBoostingClassifier(**BOOSTED), rng=1), X, CLASS
    ),
    "boosted": Subject(kf.from_sklearn(HistGradientBoostingRegressor(**BOOSTED), rng=1), X, PRICE),
    "tree": Subject(kf.from_sklearn(DecisionTreeClassifier(max_depth=3), rng=1), X, SOLD),
    "composed": Subject(kf.from_sklearn(COMPOSED, rng=1), X, CLASS),
    "labels": Subject(kf.from_sklearn(LinearSVC(), rng=1), X, SOLD),
    "two targets": Subject(kf.from_sklearn(Ridge(), rng=1), X, TWO),
    "scaler": Subject(kf.from_sklearn(StandardScaler()), X),
    "selection": Subject(kf.from_sklearn(SelectKBest(f_classif, k=2)), X[["size", "rooms"]], SOLD),
}
SUPERVISED = [name for name in SUBJECTS if name not in ("scaler", "selection")]

ITERATIVE = {"continues_exactly", "reports_losses", "survives_a_crash"}
ANY = {"is_a_record", "writes_its_hyperparameters", "declares_traits", "survives_a_copy"}


@pytest.fixture(params=SUBJECTS)
def subject(request):
    return SUBJECTS[request.param]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("check", CHECKS)
def test_the_promise_is_kept(subject, check):
    if check == "survives_saving" and not isinstance(subject.model, _constants):
        pytest.importorskip("skops")
    try:
        CHECKS[check](subject)
    except _Inapplicable:
        assert check not in ANY


_constants = (kf.ConstantClassifier, kf.ConstantRegressor)


def test_no_check_of_iterations_applies(subject):
    for check in ITERATIVE:
        with pytest.raises(_Inapplicable):
            CHECKS[check](subject)


@pytest.mark.parametrize("name", SUPERVISED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_raw_data_predicts_the_same_bits(name):
    subject = SUBJECTS[name]
    mach = subject.fitted()
    assert (subject.output(mach, RAW) == subject.output(mach)).all()
