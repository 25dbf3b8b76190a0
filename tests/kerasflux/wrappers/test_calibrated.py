"""Calibration: three maps beside scikit-learn's, going on, files and exports, nesting."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from classifying_toys import FITTED, LEANED, Leaning
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from toys import Walker

import kerasflux as kf
from kerasflux.hyperparameters import copied, set_path
from kerasflux.wrappers import calibration

N = 90
DRAW = np.random.default_rng(6)
X = pd.DataFrame({"a": DRAW.normal(size=N), "b": DRAW.normal(size=N)}, index=range(100, 100 + N))
_SCORE = X["a"] + 0.7 * DRAW.normal(size=N)
Y = pd.Series(pd.Categorical(np.where(_SCORE > 0.6, "yes", "no"), ordered=True), X.index)
BANDS = pd.Series(pd.cut(_SCORE, [-9, -0.5, 0.5, 9], labels=["low", "mid", "top"]), X.index)
FOLDS = kf.StratifiedCV(nfolds=3, rng=0)
METHODS = ("temperature", "platt", "isotonic")
each = pytest.mark.parametrize("method", METHODS)


def calibrated(method="temperature", epochs=3, rate=1.0, **options):
    options = {"resampling": FOLDS, **options}
    return kf.CalibratedModel(Leaning(epochs=epochs, rate=rate), method, **options)


def fitted(model, y=Y, **options):
    return kf.machine(model, X, y, **options).fit(verbosity=0)


def out_of_fold(model, y=Y, **options):
    p = np.full((N, len(kf.levels(y))), np.nan)
    for train, test in FOLDS.pairs(N, y):
        mach = kf.machine(model, X, y, **options).fit(train, verbosity=0)
        p[test] = np.asarray(mach.predict(rows=test))
    return p


# the maps


class Given(ClassifierMixin, BaseEstimator):
    """An estimator whose inputs are its probabilities, as log-odds or as they are."""

    def fit(self, p, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, p):
        odds = np.log(p) - np.log(1 - p)
        return odds[:, 1] if p.shape[1] == 2 else odds


class Likely(Given):
    decision_function = property(doc="absent")

    def predict_proba(self, p):
        return p


def drawn(k, n=400, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(k), n)
    q = p**0.5 / (p**0.5).sum(axis=1, keepdims=True)  # what really comes
    codes = (rng.random((n, 1)) > q.cumsum(axis=1)).sum(axis=1)
    return p, codes, rng.integers(1, 5, n).astype(float)


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8),
    reason="scikit-learn before 1.8 learns no temperature",
)
@pytest.mark.filterwarnings("ignore:Since FrozenEstimator")
@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("method", "theirs", "estimator"),
    [
        ("platt", "sigmoid", Given),
        ("isotonic", "isotonic", Likely),
        ("temperature",) * 2 + (Likely,),
    ],
)
def test_the_maps_are_those_of_scikit_learn(method, theirs, estimator, k, weighted):
    from sklearn.frozen import FrozenEstimator

    p, codes, w = drawn(k)
    w = w / w.mean() if weighted else None
    oracle = CalibratedClassifierCV(FrozenEstimator(estimator().fit(p, codes)), method=theirs)
    oracle.set_params(cv=[(np.arange(len(p)), np.arange(len(p)))], ensemble=True)
    oracle.fit(p, codes, sample_weight=w)
    ours = calibration.learned(method, p, codes, w)
    new = np.random.default_rng(1).dirichlet(np.ones(k), 50)
    assert ours(new) == pytest.approx(oracle.predict_proba(new), abs=2e-5)


def test_the_temperature_is_the_minimum_of_the_log_loss():
    p, codes, w = drawn(3)
    T = calibration.learned("temperature", p, codes, w).temperature

    def loss(t):
        z = np.log(p) / t
        return np.average(logsumexp(z, axis=1) - z[np.arange(len(p)), codes], weights=w)

    grid = np.linspace(0.5, 4, 3501)
    assert pytest.approx(grid[np.argmin([loss(t) for t in grid])], abs=2e-3) == T
    assert 1.5 < T < 2.7  # the truth is the square root
    assert abs(loss(T * 1.0001) - loss(T / 1.0001)) < 1e-7


def test_a_temperature_changes_no_label():
    p, codes, _ = drawn(4)
    q = calibration.learned("temperature", p, codes)(p)
    assert np.array_equal(q.argmax(axis=1), p.argmax(axis=1))


def test_right_predictions_become_surer_and_noise_becomes_even():
    right = np.array([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2]])
    T = calibration.learned("temperature", right, np.array([0, 1, 0])).temperature
    assert pytest.approx(np.exp(-10)) == T
    T = calibration.learned("temperature", right, np.array([1, 0, 1])).temperature
    assert pytest.approx(np.exp(10)) == T
    even = np.full((4, 2), 0.5)
    assert calibration.learned("temperature", even, np.array([0, 1, 1, 1])).temperature == 1.0


def test_platt_s_map_lowers_the_cross_entropy_with_his_targets():
    p, codes, _ = drawn(2, 60)
    n = np.bincount(codes)
    target = np.where(codes == 1, (n[1] + 1) / (n[1] + 2), 1 / (n[0] + 2))
    cross = lambda q: -np.mean(target * np.log(q[:, 1]) + (1 - target) * np.log(q[:, 0]))
    q = calibration.learned("platt", p, codes)(p)
    assert cross(q) <= cross(p)


def test_certainty_and_large_odds_are_no_trouble():
    p = np.array([[1.0, 0.0]] * 5 + [[0.0, 1.0]] * 5 + [[1 - 1e-12, 1e-12], [1e-300, 1.0]])
    codes = np.array([0] * 5 + [1] * 4 + [0, 0, 1])
    for method in METHODS:
        q = calibration.learned(method, p, codes)(p)
        assert np.isfinite(q).all()
        assert np.allclose(q.sum(axis=1), 1)


def test_log_odds_keep_the_digits_of_what_is_nearly_certain():
    p = np.array([[1 - 1e-12, 1e-12], [1e-30, 1.0]])
    odds = calibration.log_odds(p)
    assert odds[:, 0] == pytest.approx(-odds[:, 1], rel=1e-12)
    assert odds[0, 1] == pytest.approx(np.log(1e-12), rel=1e-9)


def test_a_level_that_never_came_gets_little():
    p, codes, _ = drawn(3)
    codes = codes % 2
    for method, most in (("platt", 0.05), ("isotonic", 0.0)):
        q = calibration.learned(method, p, codes)(p)
        assert q[:, 2].max() <= most
    nowhere = calibration.Isotonic(((np.array([0.0]), np.array([0.0])),) * 3)
    assert nowhere(p[:2]).tolist() == [[1 / 3] * 3] * 2


@each
@pytest.mark.parametrize("k", [2, 3])
def test_graphs_map_as_arrays_do(method, k):
    import tensorflow as tf

    p, codes, _ = drawn(k)
    learned = calibration.learned(method, p, codes)
    ends = np.eye(k)
    new = np.concatenate([np.random.default_rng(1).dirichlet(np.ones(k), 50), ends, p[:5]])
    assert learned.in_graph(tf.constant(new)).numpy() == pytest.approx(learned(new), abs=1e-12)


# the model


@each
@pytest.mark.parametrize("y", [Y, BANDS], ids=["two", "three"])
def test_the_map_is_learned_from_out_of_fold_predictions(method, y):
    mach = fitted(calibrated(method), y)
    p = out_of_fold(Leaning(), y)
    codes = np.asarray(y.cat.codes)
    learned = calibration.learned(method, p, codes)
    expected = learned(np.asarray(fitted(Leaning(), y).predict()))
    assert np.asarray(mach.predict()) == pytest.approx(expected, abs=1e-12)
    told = mach.report.calibration
    assert (told.method, told.n_rows) == (method, N)
    assert told.loss_before == pytest.approx(kf.log_loss(codes, _of(p)))
    assert told.loss_after == pytest.approx(kf.log_loss(codes, _of(learned(p))))
    if method != "platt":
        assert told.loss_after <= told.loss_before + 1e-12
    assert list(mach.predict().levels) == kf.levels(y)
    assert mach.predict().index.equals(X.index)
    assert kf.scitype(mach.predict()) == kf.scitype(fitted(Leaning(), y).predict())


def _of(p):
    return kf.UnivariateFiniteVector(p, range(p.shape[1]))


def test_an_oversure_model_is_calmed_also_on_rows_that_nobody_saw():
    rng = np.random.default_rng(1)
    wide = pd.DataFrame(rng.normal(size=(60, 20)), columns=list("abcdefghijklmnopqrst"))
    y = pd.Series(pd.Categorical(np.where(wide["a"] + 2 * rng.normal(size=60) > 0, "u", "v")))
    model = Leaning(epochs=300, rate=3.0)
    folds = kf.StratifiedCV(nfolds=3, rng=1)
    plain, calm = (
        kf.evaluate(m, wide, y, resampling=folds, measure="log_loss", verbosity=0)["log_loss"]
        for m in (model, kf.CalibratedModel(model, resampling=FOLDS))
    )
    assert calm < 0.8 * plain


def test_weights_weigh_the_map_too():
    w = np.where(Y == "yes", 5.0, 1.0)
    mach = fitted(calibrated(), sample_weight=w)
    p = out_of_fold(Leaning(), sample_weight=w)
    expected = calibration.learned("temperature", p, np.asarray(Y.cat.codes), w)
    assert mach.fitted_params.calibration.temperature == pytest.approx(expected.temperature)


def test_what_was_learned_can_be_looked_at():
    assert fitted(calibrated("platt")).fitted_params.calibration.slopes.shape == (1,)
    assert fitted(calibrated("platt"), BANDS).fitted_params.calibration.slopes.shape == (3,)
    (x, y), *_ = fitted(calibrated("isotonic")).fitted_params.calibration.lines
    assert (np.diff(y) >= 0).all()
    assert (np.diff(x) > 0).all()
    assert fitted(calibrated()).fitted_params.model.weights.shape == (3, 2)


# going on


@each
def test_more_epochs_continue_every_fit_bit_for_bit(method):
    mach = fitted(calibrated(method))
    LEANED.clear()
    FITTED.clear()
    mach.model.model.epochs = 5
    mach.fit(verbosity=0)
    assert LEANED == [4, 5] * 4
    assert FITTED == []
    fresh = fitted(calibrated(method, epochs=5))
    assert mach.predict() == fresh.predict()
    assert mach.report.calibration == fresh.report.calibration


def test_another_method_trains_nothing():
    mach = fitted(calibrated())
    LEANED.clear()
    for method in ("isotonic", "platt", "temperature"):
        mach.model.method = method
        mach.fit(verbosity=0)
        assert LEANED == []
        assert mach.report.decision.startswith("continued (4: method ")
        assert mach.report.calibration.method == method
    assert mach.predict() == fitted(calibrated()).predict()


def test_evaluations_continue_every_fit_of_every_fold():
    mach = kf.machine(calibrated("platt"), X, Y)
    options = {"resampling": kf.StratifiedCV(nfolds=2, rng=1), "verbosity": 0}
    mach.evaluate(**options)
    LEANED.clear()
    mach.model.model.epochs = 5
    again = mach.evaluate(**options)
    assert LEANED == [4, 5] * 4 * 2
    fresh = kf.machine(copied(mach.model), X, Y).evaluate(**options)
    assert again.per_fold == fresh.per_fold


def test_an_interrupt_and_a_crash_are_gone_on_from(tmp_path):
    def strike(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    mach = kf.machine(calibrated(), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, checkpoint=tmp_path, verbosity=0)
    assert len(mach.training_losses) == 3
    again, once = kf.machine(calibrated(), X, Y), fitted(calibrated())
    LEANED.clear()
    again.fit(checkpoint=tmp_path, verbosity=0)
    mach.fit(verbosity=0)
    assert LEANED == [3, 3]
    assert again.predict() == mach.predict() == once.predict()


@each
def test_a_file_goes_on_as_the_machine_would(method, tmp_path):
    mach = fitted(calibrated(method), BANDS)
    mach.save(tmp_path / "m")
    loaded = kf.load(tmp_path / "m", builders=[Leaning])
    assert loaded.predict(X) == mach.predict()
    assert loaded.report.calibration == mach.report.calibration
    loaded = loaded.with_data(X, BANDS)
    LEANED.clear()
    for one in (loaded, mach):
        one.model.model.epochs = 5
        one.fit(verbosity=0)
    assert LEANED == [4, 5] * 8
    assert loaded.predict() == mach.predict()


@each
def test_the_export_answers_calibrated_probabilities(method, tmp_path):
    import tensorflow as tf

    mach = fitted(calibrated(method), BANDS)
    mach.export(tmp_path / "served")
    answer = tf.saved_model.load(str(tmp_path / "served")).serve(
        {name: tf.constant(X[name].to_numpy()) for name in X}
    )
    assert answer["probabilities"].numpy() == pytest.approx(np.asarray(mach.predict()), abs=1e-9)
    assert [v.decode() for v in answer["labels"].numpy()] == mach.predict_mode().tolist()


# in company


def nested():
    return kf.BinaryThresholdPredictor(
        kf.CalibratedModel(
            kf.BalancedModel(Leaning(), kf.RandomOversampler(rng=2)), "platt", FOLDS
        ),
        "tune",
        resampling=kf.StratifiedCV(nfolds=2, rng=3),
    )


def test_a_threshold_of_calibrated_of_balanced_goes_on_everywhere():
    mach = fitted(nested())
    path = mach.model.iteration_parameter
    assert path == "model.model.model.epochs"
    LEANED.clear()
    FITTED.clear()
    set_path(mach.model, path, 5)
    mach.fit(verbosity=0)
    assert LEANED == [4, 5] * (2 + 1) * (3 + 1)
    assert FITTED == []
    model = nested()
    set_path(model, path, 5)
    fresh = fitted(model)
    assert mach.report.threshold == fresh.report.threshold
    assert mach.predict().equals(fresh.predict())
    assert {"threshold", "calibration", "balanced", "training_losses"} <= set(mach.report)


def test_balancing_around_a_calibration_leaks_no_copies():
    mach = fitted(kf.BalancedModel(calibrated(resampling=None), kf.RandomOversampler(rng=1)))
    assert mach.report.calibration.n_rows == sum(mach.report.balanced.after.values())


# refusals


def test_models_without_probabilities_are_refused():
    for model in (Walker(), kf.BinaryThresholdPredictor(Leaning())):
        with pytest.raises(kf.HyperparameterError, match="predicts no probabilities of labels"):
            kf.CalibratedModel(model)


def test_methods_that_are_none_are_refused():
    with pytest.raises(kf.HyperparameterError, match="isotonic"):
        calibrated("isotonik")


def test_a_pool_of_one_level_is_refused_when_data_is_bound():
    alone = pd.Series(pd.Categorical(["yes"] * N), X.index)
    with pytest.raises(kf.DataError, match="Probabilities of one label"):
        kf.machine(calibrated(), X, alone)


def test_training_rows_of_one_class_or_a_class_of_one_row_are_refused_before_training():
    FITTED.clear()
    mach = kf.machine(calibrated(resampling=None), X, Y)
    no, yes = (np.flatnonzero(label == Y) for label in ("no", "yes"))
    with pytest.raises(kf.DataError, match="can't be calibrated: all training rows are of one"):
        mach.fit(rows=no, verbosity=0)
    with pytest.raises(kf.ResamplingError, match="'yes'"):
        mach.fit(rows=np.append(no, yes[0]), verbosity=0)
    assert FITTED == []


RATES = {"rate": [0.5, 1.0]}
IN_COMPANY = {
    "ensemble of calibrated": (
        lambda: kf.EnsembleModel(calibrated(), n=3, rng=1),
        "model.model.epochs",
        2 * 4 * 3,
    ),
    "calibrated ensemble": (
        lambda: kf.CalibratedModel(kf.EnsembleModel(Leaning(), n=3, rng=1), resampling=FOLDS),
        "model.model.epochs",
        2 * 3 * 4,
    ),
    "threshold of a search": (
        lambda: kf.BinaryThresholdPredictor(
            kf.TunedModel(
                Leaning(),
                RATES,
                kf.Grid(shuffle=False),
                resampling=kf.Holdout(0.6, rng=0),
                measure="log_loss",
            ),
            "tune",
            resampling=FOLDS,
        ),
        "model.model.epochs",
        2 * (2 + 1) * 4,
    ),
    "iterated calibrated": (
        lambda: kf.IteratedModel(
            calibrated(),
            [kf.Step(1), kf.NumberLimit(3)],
            resampling=kf.Holdout(0.6, rng=0),
            measure="log_loss",
        ),
        "controls.1.n",
        2 * 4,
    ),
    "calibrated iterated": (
        lambda: kf.CalibratedModel(
            kf.IteratedModel(
                Leaning(),
                [kf.Step(1), kf.NumberLimit(3)],
                resampling=kf.Holdout(0.6, rng=0),
                measure="log_loss",
            ),
            resampling=FOLDS,
        ),
        "model.controls.1.n",
        2 * 4,
    ),
}


@pytest.mark.parametrize("name", IN_COMPANY)
def test_every_fit_goes_on_in_company_of_other_wrappers(name):
    make, path, trained = IN_COMPANY[name]
    mach = fitted(make())
    LEANED.clear()
    FITTED.clear()
    set_path(mach.model, path, 5)
    mach.fit(verbosity=0)
    assert (len(LEANED), len(FITTED)) == (trained, 0)
    fresh = fitted(copied(mach.model))
    assert np.array_equal(np.asarray(mach.predict()), np.asarray(fresh.predict()))


def test_folds_that_predict_not_every_class_are_refused():
    low = np.flatnonzero(BANDS == "low")
    rest = np.setdiff1d(np.arange(N), low)
    folds = [(np.append(low, rest[20:]), rest[:20])]
    with pytest.raises(kf.ResamplingError, match="No row of 'low' would be predicted"):
        fitted(calibrated(resampling=folds), BANDS)
