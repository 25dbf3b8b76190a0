"""Thresholds: given, tuned, going on without training; what is refused; files and exports."""

import numpy as np
import pandas as pd
import pytest
from classifying_toys import FITTED, LEANED, Leaning, Remembering
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import fbeta_score
from toys import Walker

import kerasflux as kf
from kerasflux.hyperparameters import copied, from_json, set_path, to_json
from kerasflux.scoring.labels import balanced_accuracy
from kerasflux.wrappers.scanning import SLOW, candidates, scanned
from scitypes.pools import Pool

N = 60
DRAW = np.random.default_rng(5)
X = pd.DataFrame({"a": DRAW.normal(size=N), "b": DRAW.normal(size=N)}, index=range(100, 100 + N))
RARE = X["a"] + 0.5 * DRAW.normal(size=N) > 0.7
Y = pd.Series(
    pd.Categorical(np.where(RARE, "yes", "no"), categories=["no", "yes"], ordered=True),
    index=X.index,
    name="answer",
)
LOOSE = Y.astype(pd.CategoricalDtype(["no", "yes"], ordered=False))
FOLDS = kf.StratifiedCV(nfolds=3, rng=0)


def predictor(threshold="tune", epochs=3, **options):
    options = {"resampling": FOLDS, **options}
    return kf.BinaryThresholdPredictor(Leaning(epochs=epochs), threshold, **options)


def fitted(model, y=Y, **options):
    return kf.machine(model, X, y, **options).fit(verbosity=0)


def test_positive_is_what_exceeds_the_threshold_and_a_tie_is_negative():
    p = fitted(Leaning()).predict().pdf("yes")
    threshold = float(np.sort(p)[N // 2])
    mach = fitted(predictor(threshold))
    labels = mach.predict()
    assert labels.tolist() == np.where(p > threshold, "yes", "no").tolist()
    assert labels[X.index[np.argsort(p)[N // 2]]] == "no"
    assert labels.index.equals(X.index)
    assert labels.name == "answer"
    assert kf.scitype(labels) <= kf.Vector[kf.OrderedFactor[2]]
    assert mach.report.threshold == mach.fitted_params.threshold == threshold
    assert mach.report.positive == mach.fitted_params.positive == "yes"


def test_labels_have_the_whole_pool_whatever_was_predicted():
    labels = fitted(predictor(1.0)).predict()
    assert set(labels) == {"no"}
    assert kf.levels(labels) == ["no", "yes"]


def test_positive_can_be_the_first_level():
    p = fitted(Leaning()).predict().pdf("no")
    labels = fitted(predictor(0.6, positive="no")).predict()
    assert labels.tolist() == np.where(p > 0.6, "no", "yes").tolist()


def test_half_is_the_likeliest_label():
    labels = fitted(predictor(0.5)).predict()
    assert labels.tolist() == fitted(Leaning()).predict_mode().tolist()


# tuning


def out_of_fold(model):
    p = np.full(N, np.nan)
    for train, test in FOLDS.pairs(N, Y):
        p[test] = kf.machine(model, X, Y).fit(train, verbosity=0).predict(rows=test).pdf("yes")
    return p


def test_the_tuned_threshold_is_the_best_of_all_on_out_of_fold_predictions():
    p = out_of_fold(Leaning())
    mach = fitted(predictor(measure=kf.f1))
    worth = lambda t: kf.f1(Y.array, Pool.of(Y).decode((p > t).astype(int)))
    grid = [worth(t) for t in np.linspace(0, 0.999, 500)]
    assert mach.report.measurement == pytest.approx(max(np.nan_to_num(grid)))
    assert mach.report.measurement == pytest.approx(worth(mach.report.threshold))
    assert (
        mach.predict().tolist()
        == np.where(
            fitted(Leaning()).predict().pdf("yes") > mach.report.threshold, "yes", "no"
        ).tolist()
    )


def test_balanced_accuracy_chooses_by_default():
    by_default, said = fitted(predictor()), fitted(predictor(measure="bac"))
    assert by_default.report.threshold_scan.measure == "balanced_accuracy"
    assert by_default.report.threshold == said.report.threshold < 0.5
    assert by_default.report.measurement == said.report.measurement


def test_a_loss_is_made_small_and_a_score_large():
    loss, score = (fitted(predictor(measure=m)) for m in ("mcr", "accuracy"))
    assert loss.report.threshold == score.report.threshold
    assert loss.report.measurement == pytest.approx(1 - score.report.measurement)


def test_a_function_of_the_user_chooses_too():
    def cost(y_true, y_pred):
        missed = np.asarray(y_true == "yes") & np.asarray(y_pred == "no")
        wrong = np.asarray(y_true == "no") & np.asarray(y_pred == "yes")
        return float((10 * missed + wrong).mean())

    measure = kf.make_measure(cost, "loss", "deterministic")
    mach = fitted(predictor(measure=measure))
    assert mach.report.threshold < 0.4
    p = out_of_fold(Leaning())
    every = [cost(Y.array, np.where(p > t, "yes", "no")) for t in candidates(p)[0]]
    assert mach.report.measurement == pytest.approx(min(every))


def test_a_metric_of_scikit_learn_chooses_as_ours_does():
    theirs = lambda y, p: fbeta_score(y == "yes", p == "yes", beta=2, zero_division=0)
    ours = kf.f1.replace(beta=2.0, zero_division=0.0)
    one = fitted(predictor(measure=kf.make_measure(theirs, "score", "deterministic")))
    other = fitted(predictor(measure=ours))
    assert one.report.threshold == other.report.threshold
    assert one.report.measurement == pytest.approx(other.report.measurement)


def test_measures_that_see_every_row_look_at_a_thousand_thresholds_at_most():
    calls = []
    measure = kf.make_measure(
        lambda y, p: calls.append(1) or 0.0, "loss", "deterministic", name="counted"
    )
    rng = np.random.default_rng(1)
    p, codes = rng.random(5000), rng.integers(0, 2, 5000)
    scan = scanned(p, codes, Pool(("a", "b")), 1, measure)
    assert len(calls) == len(scan.thresholds) == SLOW


def test_a_hundred_thousand_thresholds_are_looked_at_at_once():
    rng = np.random.default_rng(1)
    p = rng.random(100_000)
    codes = (rng.random(100_000) < p**2).astype(int)
    scan = scanned(p, codes, Pool(("a", "b"), ordered=True), 1, balanced_accuracy)
    assert len(scan.thresholds) == 100_001
    assert scan.measurement == pytest.approx(
        balanced_accuracy(codes, (p > scan.threshold).astype(int))
    )


def test_ties_go_to_the_threshold_nearest_to_a_half():
    p, codes, pool = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]), Pool((0, 1))
    assert scanned(p, codes, pool, 1, kf.accuracy).threshold == 0.5
    assert scanned(p / 4, codes, pool, 1, kf.accuracy).threshold == pytest.approx(0.125)
    flat = kf.make_measure(lambda y, q: 1.0, "score", "deterministic", name="flat")
    found = scanned(np.array([0.3, 0.6, 0.8]), np.array([0, 1, 1]), pool, 1, flat)
    assert found.threshold == 0.5
    two = scanned(np.array([0.4, 0.6]), np.array([1, 0]), Pool((0, 1)), 1, kf.accuracy)
    assert two.threshold == 0.2  # as near as 0.8


def test_candidates_lie_between_and_beyond_the_probabilities():
    assert candidates(np.array([0.0, 0.25, 0.25, 1.0]))[0].tolist() == [0.125, 0.5, 1.0]
    assert candidates(np.array([0.5]))[0].tolist() == [0.25, 0.5]
    for p in (0.7, np.nextafter(0.7, 1)):
        close = np.nextafter(p, 1)
        found = candidates(np.array([p, close]))[0]
        assert found.tolist() == [0.5, p, (close + 1) / 2]  # what exceeds p is the other one


def test_rows_count_by_their_weights():
    w = np.where(RARE, 30.0, 1.0)
    heavy = fitted(predictor(measure="accuracy"), sample_weight=w)
    light = fitted(predictor(measure="accuracy"))
    assert heavy.report.measurement != light.report.measurement
    p = np.full(N, np.nan)
    for train, test in FOLDS.pairs(N, Y):
        mach = kf.machine(Leaning(), X, Y, sample_weight=w)
        p[test] = mach.fit(train, verbosity=0).predict(rows=test).pdf("yes")
    guess = np.where(p > heavy.report.threshold, "yes", "no")
    assert heavy.report.measurement == pytest.approx(kf.accuracy(Y.array, guess, w))


# going on


def test_another_threshold_trains_nothing():
    mach = fitted(predictor(0.5))
    before = mach.fitted_params.model.weights
    LEANED.clear()
    FITTED.clear()
    mach.model.threshold = 0.7
    mach.fit(verbosity=0)
    assert LEANED == FITTED == []
    assert mach.report.decision.startswith("continued (4: threshold 0.5 -> 0.7)")
    assert mach.fitted_params.model.weights is before
    assert mach.predict().equals(fitted(predictor(0.7)).predict())


def test_another_threshold_trains_nothing_of_a_model_without_epochs_either():
    mach = fitted(kf.BinaryThresholdPredictor(LogisticRegression(), 0.5))
    before = mach.fitted.state.inner
    mach.model.threshold = 0.2
    mach.fit(verbosity=0)
    assert mach.fitted.state.inner is before


def test_another_measure_scans_again_and_trains_nothing():
    mach = fitted(predictor(measure="accuracy"))
    LEANED.clear()
    mach.model.measure = "recall"
    mach.fit(verbosity=0)
    assert LEANED == []
    assert mach.report.threshold == fitted(predictor(measure="recall")).report.threshold


def test_more_epochs_continue_every_fit_bit_for_bit():
    mach = fitted(predictor())
    LEANED.clear()
    FITTED.clear()
    mach.model.model.epochs = 5
    mach.fit(verbosity=0)
    assert LEANED == [4, 5] * 4
    assert FITTED == []
    assert mach.report.decision == "continued (4: model.epochs 3 -> 5)"
    fresh = fitted(predictor(epochs=5))
    assert mach.report.threshold == fresh.report.threshold
    assert mach.training_losses.tolist() == fresh.training_losses.tolist()
    assert np.array_equal(
        mach.report.threshold_scan.measurement, fresh.report.threshold_scan.measurement
    )
    assert mach.predict().equals(fresh.predict())


def test_tuning_after_a_number_trains_the_folds_alone():
    mach = fitted(predictor(0.5))
    FITTED.clear()
    mach.model.threshold = "tune"
    mach.fit(verbosity=0)
    assert FITTED == [40] * 3
    assert mach.report.threshold == fitted(predictor()).report.threshold
    FITTED.clear()
    for threshold in (0.4, "tune"):
        mach.model.threshold = threshold
        mach.fit(verbosity=0)
    assert FITTED == []
    mach.model.resampling = kf.StratifiedCV(nfolds=2, rng=0)
    mach.fit(verbosity=0)
    assert FITTED == [30] * 2


def test_what_the_model_restarts_for_starts_everything_from_scratch():
    mach = fitted(predictor())
    FITTED.clear()
    mach.model.model.rate = 0.5
    mach.fit(verbosity=0)
    assert FITTED == [40] * 3 + [60]
    assert mach.report.decision.startswith("from scratch (4: model.rate 1.0 -> 0.5)")


@pytest.mark.parametrize("resampling", [kf.Holdout(0.5, rng=0), kf.StratifiedCV(nfolds=2, rng=1)])
def test_evaluations_continue_every_fit_of_every_fold(resampling):
    mach = kf.machine(predictor(), X, Y)
    options = {"resampling": resampling, "measure": kf.bac, "verbosity": 0}
    mach.evaluate(**options)
    LEANED.clear()
    FITTED.clear()
    mach.model.model.epochs = 5
    again = mach.evaluate(**options)
    folds = len(again.per_fold[0])
    assert [4, 5] * 4 * folds == LEANED
    assert FITTED == []
    fresh = kf.machine(copied(mach.model), X, Y).evaluate(**options)
    assert again.per_fold == fresh.per_fold
    mach.model.threshold = 0.3
    LEANED.clear()
    third = mach.evaluate(**options)
    assert LEANED == []
    fresh = kf.machine(predictor(0.3, epochs=5), X, Y).evaluate(**options)
    assert third.per_fold == fresh.per_fold


def strike(epoch):
    def on_epoch(row):
        if row["epoch"] == epoch:
            raise KeyboardInterrupt

    return on_epoch


def test_an_interrupt_of_the_last_fit_is_gone_on_from():
    mach = kf.machine(predictor(), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    assert len(mach.training_losses) == 3
    assert len(mach.predict()) == N
    LEANED.clear()
    mach.fit(verbosity=0)
    assert LEANED == [3]
    assert mach.predict().equals(fitted(predictor()).predict())


def test_an_interrupted_fit_is_finished_by_a_changed_threshold():
    mach = kf.machine(predictor(0.5), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    mach.model.threshold = 0.3
    mach.fit(verbosity=0)
    assert mach.training_losses.tolist() == fitted(predictor(0.3)).training_losses.tolist()


class Fickle(Leaning):
    """Is interrupted in its third fit."""

    def fit(self, data, run):
        if len(FITTED) == 2:
            FITTED.append(0)
            raise KeyboardInterrupt
        return super().fit(data, run)


def test_an_interrupt_among_the_folds_leaves_the_machine_as_it_was(capsys):
    FITTED.clear()
    mach = kf.machine(kf.BinaryThresholdPredictor(Fickle(), "tune", resampling=FOLDS), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert "the machine is as it was" in capsys.readouterr().out
    with pytest.raises(kf.NotFitted):
        mach.predict()
    mach.fit(verbosity=0)
    assert mach.predict().equals(fitted(predictor()).predict())


def test_a_fit_that_died_goes_on_from_its_checkpoint(tmp_path):
    def die(row):
        if row["epoch"] == 2:
            raise ZeroDivisionError

    mach = kf.machine(predictor(epochs=4), X, Y)
    with pytest.raises(ZeroDivisionError):
        mach.fit(checkpoint=tmp_path, on_epoch=die, verbosity=0)
    again = kf.machine(predictor(epochs=4), X, Y)
    LEANED.clear()
    again.fit(checkpoint=tmp_path, verbosity=0)
    assert LEANED == [2, 3, 4]  # of one fit: those of the folds were done
    assert again.predict().equals(fitted(predictor(epochs=4)).predict())


def test_validation_rows_are_measured_by_the_fit_on_all_rows():
    mach = kf.machine(predictor(), X, Y).fit(rows=range(40), validation=range(40, N), verbosity=0)
    alone = kf.machine(Leaning(), X, Y)
    alone.fit(rows=range(40), validation=range(40, N), verbosity=0)
    assert mach.training_losses.tolist() == alone.training_losses.tolist()


# outliving


def test_a_file_goes_on_as_the_machine_would(tmp_path):
    for model in (predictor(measure=kf.f1.replace(beta=2.0)), predictor(0.3)):
        mach = fitted(model)
        mach.save(tmp_path / "m")
        loaded = kf.load(tmp_path / "m", builders=[Leaning])
        assert loaded.model == mach.model
        assert loaded.predict(X).equals(mach.predict())
        assert set(loaded.report) == set(mach.report)
        assert loaded.report.threshold == mach.report.threshold
        loaded = loaded.with_data(X, Y)
        LEANED.clear()
        loaded.model.model.epochs = 5
        loaded.fit(verbosity=0)
        n_fits = 4 if model.threshold == "tune" else 1
        assert [4, 5] * n_fits == LEANED
        set_path(mach.model, "model.epochs", 5)
        assert loaded.predict(X).equals(mach.fit(verbosity=0).predict())


def test_a_file_knows_its_measure_and_does_not_grow_with_the_rows():
    model = predictor(measure=kf.f1.replace(beta=2.0, positive="yes"))
    assert from_json(to_json(model), [Leaning]) == model
    few, many = (
        fitted(model),
        kf.machine(model, *(pd.concat([d] * 9, ignore_index=True) for d in (X, Y))),
    )
    sizes = [
        sum(a.size for a in m.fitted_model.dump(m.fitted)[1].values())
        for m in (few, many.fit(verbosity=0))
    ]
    assert sizes[1] < sizes[0] + 300


def test_the_export_answers_labels_by_the_threshold(tmp_path):
    import tensorflow as tf

    mach = fitted(predictor())
    assert mach.model.exportable
    mach.export(tmp_path / "served")
    answer = tf.saved_model.load(str(tmp_path / "served")).serve(
        {name: tf.constant(X[name].to_numpy()) for name in X}
    )
    assert [v.decode() for v in answer["labels"].numpy()] == mach.predict().tolist()
    assert answer["probabilities"].numpy()[:, 1] == pytest.approx(
        fitted(Leaning()).predict().pdf("yes"), abs=1e-6
    )


# in company


def test_pipelines_within_and_around():
    within = kf.BinaryThresholdPredictor(kf.Standardizer() | Leaning(), resampling=FOLDS)
    around = kf.Standardizer() | predictor(0.5)
    assert fitted(within).predict().equals(fitted(around).predict())
    assert around.prediction_type == "deterministic"
    within.threshold = "tune"
    mach = fitted(within)
    path = mach.model.iteration_parameter
    assert path == "model.leaning.epochs"
    LEANED.clear()
    set_path(mach.model, path, 5)
    mach.fit(verbosity=0)
    assert LEANED == [4, 5] * 4


def test_an_estimator_of_scikit_learn_gets_a_threshold():
    mach = fitted(kf.BinaryThresholdPredictor(LogisticRegression(), "tune", resampling=FOLDS))
    assert 0 < mach.report.threshold < 0.5
    assert mach.evaluate(resampling=FOLDS, measure="bac", verbosity=0).measurement[0] > 0.7


def test_the_default_measure_of_evaluations_is_of_labels():
    e = kf.evaluate(predictor(0.4), X, Y, verbosity=0)
    assert e.measure[0].name == "misclassification_rate"


def test_a_threshold_is_tuned_by_a_learning_curve_too():
    curve = kf.learning_curve(
        predictor(0.5), X, Y, range=kf.range(predictor(0.5), "threshold", values=[0.2, 0.5]),
        measure="bac", verbosity=0,
    )  # fmt: skip
    assert curve.measurements[0, 0] > curve.measurements[1, 0]


# refusals


def test_models_without_probabilities_of_labels_are_refused():
    for model in (Walker(), RidgeClassifier(), kf.NeuralNetworkRegressor(), predictor(0.5)):
        with pytest.raises(kf.HyperparameterError, match="predicts no probabilities of labels"):
            kf.BinaryThresholdPredictor(model)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, "tuned", None, True])
def test_thresholds_that_are_none_are_refused(threshold):
    with pytest.raises(kf.HyperparameterError, match="`threshold` of BinaryThresholdPredictor"):
        predictor(threshold)
    model = predictor(0.5)
    with pytest.raises(kf.HyperparameterError):
        model.threshold = threshold


def test_measures_that_can_not_choose_are_refused():
    with pytest.raises(kf.MeasureError, match="judges probabilities, which no threshold changes"):
        predictor(measure=kf.auc)
    with pytest.raises(kf.MeasureError, match="does not say whether a larger value is better"):
        predictor(measure=lambda y, p: 0.0)
    with pytest.raises(kf.MeasureError, match="no number"):
        predictor(measure=kf.confusion_matrix)


def test_an_unordered_pool_is_asked_back_when_data_is_bound():
    with pytest.raises(kf.DataError, match="which label is the positive one") as caught:
        kf.machine(predictor(), X, LOOSE)
    assert "positive='yes'" in str(caught.value)
    assert "kf.coerce(y, kf.OrderedFactor)" in str(caught.value)
    said = fitted(predictor(positive="yes", measure=kf.f1), LOOSE)
    assert said.report.threshold == fitted(predictor(measure=kf.f1)).report.threshold


def test_a_positive_label_that_is_no_level_is_refused():
    with pytest.raises(kf.UnseenLevel, match="positive label of BinaryThresholdPred") as refusal:
        kf.machine(predictor(positive="maybe"), X, Y)
    assert "row" not in str(refusal.value)
    assert refusal.value.remedy == "Write one of the levels, for instance 'yes'."
    with pytest.raises(kf.UnseenLevel, match="did you mean 'yes'"):
        kf.machine(predictor(positive="yess"), X, Y)
    numbers = pd.Series(pd.Categorical([0, 1] * (len(X) // 2), ordered=True), index=X.index)
    with pytest.raises(kf.UnseenLevel, match="Write 1, of type int: labels match by value"):
        kf.machine(predictor(positive="1"), X, numbers)


def test_three_classes_are_refused_when_data_is_bound():
    three = pd.Series(pd.Categorical(["a", "b", "c"] * 20, ordered=True), index=X.index)
    with pytest.raises(kf.DataError) as caught:
        kf.machine(predictor(), X, three)
    for part in ("BinaryThresholdPredictor does not take", "OrderedFactor[3]", "two are needed"):
        assert part in str(caught.value)


def test_a_pool_with_levels_that_do_not_occur_is_refused():
    spare = Y.cat.add_categories(["perhaps"])
    with pytest.raises(kf.DataError):
        kf.machine(predictor(), X, spare)
    data = Pool.of(spare)
    with pytest.raises(kf.DataError, match="two classes apart"):
        predictor()._positive_code(data)


def test_rows_of_one_class_are_refused_before_training():
    mach = kf.machine(predictor(), X, Y)
    FITTED.clear()
    with pytest.raises(kf.DataError, match="all training rows are of one class"):
        mach.fit(rows=np.flatnonzero(~RARE), verbosity=0)
    assert FITTED == []


def test_a_class_of_one_row_is_refused_before_training():
    once = np.append(np.flatnonzero(~RARE), np.flatnonzero(RARE)[0])
    mach = kf.machine(predictor(resampling=None), X, Y)
    FITTED.clear()
    with pytest.raises(kf.ResamplingError, match="'yes'"):
        mach.fit(rows=once, verbosity=0)
    assert FITTED == []


def test_folds_that_predict_one_class_only_are_refused_before_training():
    no, yes = np.flatnonzero(Y == "no"), np.flatnonzero(Y == "yes")
    folds = [(np.append(no[10:], yes), no[:10])]
    mach = kf.machine(predictor(resampling=folds), X, Y)
    FITTED.clear()
    with pytest.raises(kf.ResamplingError, match="No row of 'yes' would be predicted"):
        mach.fit(verbosity=0)
    assert FITTED == []


def test_a_measure_of_numbers_is_refused_when_data_is_bound():
    with pytest.raises(kf.MeasureError, match="no measure for this target"):
        kf.machine(predictor(measure="rms"), X, Y)


def test_a_measure_without_any_value_is_told():
    flat = kf.make_measure(lambda y, p: float("nan"), "score", "deterministic", name="nothing")
    with pytest.raises(kf.MeasureError, match="has no value for any threshold"):
        fitted(predictor(measure=flat))


def test_a_model_without_a_file_can_have_no_checkpoints(tmp_path):
    class Bare(Leaning):
        dump = kf.Model.dump

    mach = kf.machine(kf.BinaryThresholdPredictor(Bare()), X, Y)
    with pytest.raises(kf.NotSupported, match="`model`"):
        mach.fit(checkpoint=tmp_path, verbosity=0)


def test_what_remembers_rows_is_not_believed():
    """The scan sees predictions of unknown rows: all alike, so that no threshold is better."""
    ids = X.assign(id=np.arange(N, dtype=float))
    model = kf.BinaryThresholdPredictor(Remembering(), "tune", resampling=FOLDS)
    mach = kf.machine(model, ids, Y).fit(verbosity=0)
    assert mach.report.measurement == 0.5
    assert mach.report.threshold == 0.5
