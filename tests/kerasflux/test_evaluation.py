"""Evaluation: folds, measures, operations, what is kept and what is never touched."""

import io

import numpy as np
import pandas as pd
import pytest
import toys
from toys import Shares, Walker

import kerasflux as kf
from kerasflux.errors import ConcurrentUse, Interrupted
from kerasflux.interface import Model
from kerasflux.performance import radius_95
from kerasflux.rounding import decimals, with_radius


@pytest.fixture
def X():
    return pd.DataFrame({"a": np.arange(24.0), "b": pd.Categorical(list("uvw") * 8)})


@pytest.fixture
def y():
    return np.arange(24.0) ** 2


@pytest.fixture
def classes():
    return pd.Series(pd.Categorical(["no", "yes", "no"] * 8), name="answer")


def test_the_numbers_are_those_of_a_loop_by_hand(X, y):
    strategy = kf.CV(nfolds=3)
    e = kf.evaluate(
        Walker(epochs=60), X, y, resampling=strategy, measure=[kf.l2, kf.rms], verbosity=0
    )
    squares = []
    for train, test in strategy.pairs(24):
        squares.append((y[test] - y[train].mean()) ** 2)
    assert e.per_fold[0] == pytest.approx([s.mean() for s in squares])
    assert e["l2"] == e.measurement[0] == pytest.approx(np.concatenate(squares).mean())
    assert e[kf.rms] == e["rmse"] == pytest.approx(np.sqrt(np.concatenate(squares).mean()))
    assert np.concatenate(e.per_observation[0]) == pytest.approx(np.concatenate(squares))


def test_folds_of_other_sizes_weigh_by_their_rows(X, y):
    pairs = [(range(20), [20]), (range(20), [21, 22, 23])]
    e = kf.evaluate(Walker(epochs=60), X, y, resampling=pairs, measure="l1", verbosity=0)
    errors = np.abs(y[20:] - y[:20].mean())
    assert e["l1"] == pytest.approx(errors.mean())


def test_the_operation_fits_each_measure(X, classes, y):
    e = kf.evaluate(
        Shares(), X, classes, measure=[kf.log_loss, kf.accuracy, kf.confusion_matrix], verbosity=0
    )
    assert e.operation == ["predict", "predict_mode", "predict_mode"]
    assert e["accuracy"] == pytest.approx(2 / 3)
    assert np.asarray(e["confusion_matrix"]).tolist() == [[16, 0], [8, 0]]
    assert e.uncertainty_radius_95[2] is None
    assert kf.evaluate(Walker(), X, y, verbosity=0).operation == ["predict"]


@pytest.mark.parametrize("operation", ["predict_mode", "predict_mean", "predict_median"])
def test_values_are_their_own_mode_mean_and_median(X, operation):
    y = pd.Series(np.arange(24.0) ** 2)  # its predictions are Series, which have a mean over rows

    def worst(y_true, y_pred):
        return float(np.max(np.abs(np.asarray(y_true) - np.asarray(y_pred))))

    model = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=1, rng=1)
    plain, said = (
        kf.evaluate(model, X, y, measure=[kf.l1, worst], operation=o, verbosity=0)
        for o in ("predict", operation)
    )
    assert said.per_fold == plain.per_fold


def test_an_operation_can_be_said(X, classes):
    def labels(y_true, y_pred):
        return float(y_pred.cat.categories.size)

    e = kf.evaluate(Shares(), X, classes, measure=labels, operation="predict_mode", verbosity=0)
    assert e.measurement == [2.0]
    with pytest.raises(kf.ArgumentError, match="operation"):
        kf.evaluate(Shares(), X, classes, operation="mode", verbosity=0)


@pytest.mark.parametrize(
    ("model", "target", "name", "strategy"),
    [
        (Shares(), "classes", "log_loss", "StratifiedCV(rng=0)"),
        (Walker(), "y", "rms", "CV(rng=0)"),
    ],
)
def test_what_was_chosen_by_default_is_printed(model, target, name, strategy, X, request, capsys):
    e = kf.evaluate(model, X, request.getfixturevalue(target))
    out = capsys.readouterr().out
    assert f"measure: {name}" in out
    assert f"resampling: {strategy} (shuffled)" in out
    assert [m.name for m in e.measure] == [name]
    assert len(e.train_test_rows) == 6


def test_what_was_chosen_for_several_models_is_printed_once(X, y, capsys):
    kf.evaluate({"slow": Walker(), "fast": Walker(rate=0.9)}, X, y)
    out = capsys.readouterr().out
    assert out.count("measure: rms") == out.count("resampling: CV(rng=0) (shuffled)") == 1


def test_doubts_about_the_folds_of_several_models_are_warned_of_once(X):
    blocks = pd.Series(pd.Categorical(["no"] * 12 + ["yes"] * 12), name="answer")
    with pytest.warns(UserWarning, match="comes in blocks") as told:
        kf.evaluate([Shares(), Shares()], X, blocks, resampling=kf.CV(nfolds=3), measure="accuracy")
    assert len(told) == 1
    assert told[0].filename == __file__


def test_evaluating_never_touches_the_machine(X, y):
    mach = kf.machine(Walker(), X, y).fit(rows=slice(0, 12), verbosity=0)
    before = {name: a.copy() for name, a in mach.state.items()}
    decision = mach.report.decision
    mach.evaluate(verbosity=0)
    assert {n: a.tolist() for n, a in mach.state.items()} == {
        n: a.tolist() for n, a in before.items()
    }
    assert mach.report.decision == decision


@pytest.mark.parametrize("resampling", [kf.Holdout(0.5), kf.CV(nfolds=3)], ids=repr)
def test_evaluating_again_after_raising_epochs_continues_every_fold(X, y, resampling):
    mach = kf.machine(Walker(epochs=5), X, y)
    mach.evaluate(resampling, verbosity=0)
    toys.WALKED.clear()
    mach.model.epochs = 7
    e = mach.evaluate(resampling, verbosity=0)
    folds = len(e.train_test_rows)
    assert [6, 7] * folds == toys.WALKED
    assert {r.decision for r in e.report_per_fold} == {"continued (4: epochs 5 -> 7)"}
    toys.WALKED.clear()
    once = kf.evaluate(Walker(epochs=7), X, y, resampling=resampling, verbosity=0)
    assert once.per_fold == e.per_fold


def test_an_evaluation_never_depends_on_what_was_evaluated_before(X, y):
    mach = kf.machine(Walker(epochs=5), X, y)
    mach.evaluate(kf.Holdout(0.5), verbosity=0)
    mach.model.pace = 0.25
    changed = mach.evaluate(kf.Holdout(0.5), verbosity=0)
    mach.model.pace, mach.model.epochs = 0.75, 8
    both = mach.evaluate(kf.Holdout(0.5), verbosity=0)
    for e, model in ((changed, Walker(epochs=5, pace=0.25)), (both, Walker(epochs=8, pace=0.75))):
        alone = kf.evaluate(model, X, y, kf.Holdout(0.5), verbosity=0)
        assert e.measurement == alone.measurement


def test_what_folds_learned_survives_another_resampling_in_between(X, y):
    mach = kf.machine(Walker(epochs=5), X, y)
    mach.evaluate(kf.CV(nfolds=3), verbosity=0)
    mach.evaluate(kf.Holdout(0.5), verbosity=0)
    toys.WALKED.clear()
    mach.evaluate(kf.CV(nfolds=3), verbosity=0)
    assert toys.WALKED == []


def test_a_frozen_machine_is_evaluated_all_the_same(X, y):
    mach = kf.machine(Walker(), X, y).freeze()
    assert len(mach.evaluate(verbosity=0).per_fold[0]) == 6


def test_data_is_prepared_once_for_all_folds(X, classes):
    toys.PREPARED.clear()
    kf.evaluate(Shares(), X, classes, verbosity=0)
    assert len(toys.PREPARED) == 1


def test_rows_restrict_training_and_testing(X, y):
    e = kf.evaluate(Walker(), X, y, rows=range(12), verbosity=0)
    assert max(max(train.max(), test.max()) for train, test in e.train_test_rows) == 11


def test_repeats_shuffle_anew_and_reproducibly(X, y):
    strategy = kf.CV(nfolds=2, rng=1)
    once = kf.evaluate(Walker(), X, y, resampling=strategy, repeats=3, verbosity=0)
    again = kf.evaluate(Walker(), X, y, resampling=strategy, repeats=3, verbosity=0)
    assert len(once.train_test_rows) == 6
    assert once.per_fold == again.per_fold
    assert len({tuple(test) for _, test in once.train_test_rows}) == 6
    with pytest.raises(kf.ArgumentError, match="repeats"):
        kf.evaluate(Walker(), X, y, repeats=0, verbosity=0)


@pytest.mark.filterwarnings("ignore:24 test rows of fold 1 also trained")
def test_weights_of_training_and_of_measures_are_two_things(X, y):
    weights = np.r_[np.ones(12), np.zeros(12)]
    pairs = [(range(24), range(24))]
    trained = kf.evaluate(
        Walker(epochs=60), X, y, resampling=pairs, measure="l1", sample_weight=weights, verbosity=0
    )
    assert trained["l1"] == pytest.approx(np.abs(y - y[:12].mean()).mean())
    measured = kf.evaluate(
        Walker(epochs=60), X, y, resampling=pairs, measure="l1", measure_weight=weights, verbosity=0
    )
    assert measured["l1"] == pytest.approx(np.abs(y - y.mean())[:12].mean())
    with pytest.raises(kf.WeightsError):
        kf.evaluate(Walker(), X, y, measure_weight=[1.0], verbosity=0)


def test_predictions_are_kept_on_request(X, classes):
    e = kf.evaluate(Shares(), X, classes, return_predictions=True, verbosity=0)
    assert [len(p) for p in e.predictions] == [len(test) for _, test in e.train_test_rows]
    assert kf.evaluate(Shares(), X, classes, verbosity=0).predictions is None


def test_several_models_are_evaluated_on_the_same_folds(X, y):
    few, many = kf.evaluate({"few": Walker(epochs=1), "many": Walker(epochs=50)}, X, y, verbosity=0)
    assert (few.tag, many.tag) == ("few", "many")
    for a, b in zip(few.train_test_rows, many.train_test_rows, strict=True):
        assert np.array_equal(a[1], b[1])
    assert len(kf.evaluate([Walker(), Walker()], X, y, verbosity=0)) == 2


def test_classes_in_blocks_without_shuffling_warn(X):
    blocks = pd.Categorical(["no"] * 12 + ["yes"] * 12)
    with pytest.warns(UserWarning, match="comes in blocks"):
        kf.evaluate(Shares(), X, blocks, resampling=kf.CV(nfolds=3), verbosity=0)
    kf.evaluate(Shares(), X, blocks, resampling=kf.CV(nfolds=3, rng=0), verbosity=0)
    kf.evaluate(Shares(), X, blocks, resampling=kf.StratifiedCV(nfolds=3), verbosity=0)


def test_rows_that_train_and_test_warn(X, y):
    with pytest.warns(UserWarning, match="2 test rows of fold 2 also trained"):
        kf.evaluate(Walker(), X, y, [([0, 1], [2]), ([0, 1, 2], [1, 2, 3])], verbosity=0)


def test_labels_in_pairs_of_rows_are_refused(X, y):
    table = X.set_axis(range(100, 100 + len(X)))
    with pytest.raises(kf.RowsError, match="get_indexer"):
        kf.evaluate(Walker(), table, y, [(table.index[:3], table.index[3:])], verbosity=0)


@pytest.mark.parametrize(
    ("resampling", "remedy"),
    [(5, "kf.CV(nfolds=5, rng=0)"), (0.7, "fraction_train=0.7"), (kf.CV, "CV()")],
)
def test_what_is_no_strategy_is_told_the_likely_one(X, y, resampling, remedy):
    with pytest.raises(kf.ResamplingError) as caught:
        kf.evaluate(Walker(), X, y, resampling=resampling, verbosity=0)
    assert remedy in caught.value.remedy


def test_a_function_that_fails_as_a_measure_is_told_what_it_was_given(X, y, classes):
    def auc(y_true, y_pred):
        return np.asarray(y_pred, dtype=float) @ np.ones(1000)

    with pytest.raises(kf.MeasureError, match=r"`auc` failed as a measure: ValueError") as caught:
        kf.evaluate(Shares(), X, classes, measure=auc, verbosity=0)
    assert caught.value.received == "y_true: Series, y_pred: UnivariateFiniteVector"
    assert "p.pdf('yes')" in caught.value.remedy
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(kf.MeasureError, match=r"mach\.predict"):
        kf.evaluate(Walker(), X, y, measure=auc, verbosity=0)


def test_an_interrupted_evaluation_keeps_whole_folds_only(X, y):
    fits = []

    class Stopping(Walker):
        def fit(self, data, run=None):
            fits.append(1)
            if len(fits) == 2:
                raise Interrupted(toys.Fitted())
            return super().fit(data)

    mach = kf.machine(Stopping(), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.evaluate(kf.CV(nfolds=3), verbosity=0)
    assert len(mach.folds) == 1
    with pytest.raises(kf.NotFitted):
        mach.predict()
    assert len(mach.evaluate(kf.CV(nfolds=3), verbosity=0).per_fold[0]) == 3
    assert len(fits) == 4


def test_a_failure_names_its_fold(X, y):
    with pytest.raises(ZeroDivisionError) as caught:
        kf.evaluate(toys.Failing(), X, y, verbosity=0)
    assert caught.value.__notes__ == ["This happened in fold 1 of 6."]


def test_measures_that_do_not_fit_are_refused_before_training(X, y, classes):
    toys.WALKED.clear()
    with pytest.raises(kf.MeasureError, match="no measure for this target"):
        kf.evaluate(Walker(), X, y, measure=kf.log_loss, verbosity=0)
    with pytest.raises(kf.MeasureError, match="no measure for this target"):
        kf.evaluate(Shares(), X, classes, measure=[kf.accuracy, kf.l2], verbosity=0)
    with pytest.raises(kf.MeasureError, match="did you mean"):
        kf.evaluate(Walker(), X, y, measure="rsm", verbosity=0)
    with pytest.raises(kf.MeasureError, match="no measure"):
        kf.evaluate(Walker(), X, y, measure=[], verbosity=0)
    assert toys.WALKED == []


def test_a_machine_is_not_given_data_twice(X, y):
    with pytest.raises(kf.ArgumentError, match="with_data"):
        kf.evaluate(kf.machine(Walker(), X, y), X, y)


def test_an_unknown_measure_of_an_evaluation_is_refused(X, y):
    e = kf.evaluate(Walker(), X, y, measure="rms", verbosity=0)
    with pytest.raises(kf.MeasureError, match="did you mean 'rms'"):
        e["rns"]


def test_the_table_shows_measures_operations_and_folds(X, classes):
    e = kf.evaluate(Shares(), X, classes, measure=[kf.log_loss, kf.accuracy], verbosity=0)
    lines = repr(e).splitlines()
    assert lines[0] == "Shares: 6 folds by StratifiedCV(rng=0), 24 predictions"
    assert lines[1].split() == ["measure", "operation", "measurement", "per", "fold"]
    assert lines[3].startswith("accuracy   predict_mode   0.667 ± 0.113")
    assert "predict_mode" in e._repr_html_()
    assert e.to_frame()["measurement"].tolist() == e.measurement
    assert list(e.to_frame().columns[-2:]) == ["fold 5", "fold 6"]


def test_the_table_is_drawn_in_a_terminal(X, classes):
    from rich.console import Console

    console = Console(width=120, record=True, file=io.StringIO())
    console.print(kf.evaluate(Shares(), X, classes, verbosity=0))
    assert "log_loss" in console.export_text()


@pytest.mark.parametrize(
    ("value", "radius", "shown"),
    [
        (27218.3, 4031.2, "27,200 ± 4,000"),
        (1.0, 0.0, "1.000 ± 0.000"),
        (0.4471, 0.0352, "0.447 ± 0.035"),
        (0.4471, float("inf"), "0.4471"),
        (123456.7, float("inf"), "123,500"),
        (-12.34, 1.0, "-12.3 ± 1.0"),
        (3e-9, 1e-9, "3e-09 ± 1e-09"),
        (float("nan"), float("nan"), "nan"),
    ],
)
def test_measurements_and_radii_are_written_with_the_same_decimals(value, radius, shown):
    assert with_radius(value, radius, decimals(value, radius)) == shown


def test_folds_are_written_with_the_decimals_of_the_measurement(X, y):
    e = kf.evaluate(Walker(), X, y * 1000, kf.CV(nfolds=2), "rms", verbosity=0)
    line = repr(e).splitlines()[2]
    assert "e+" not in line
    value, folds = [part.strip() for part in line.split("   ") if part][2:]
    assert "," in value
    assert len({len(number.partition(".")[2]) for number in [value, *folds.split(", ")]}) == 1


def test_several_evaluations_print_as_one_table(X, y):
    both = kf.evaluate([Walker(), Walker(epochs=1)], X, y, measure=["rms", "l1"], verbosity=0)
    assert isinstance(both, list)
    assert [e.tag for e in both] == ["Walker 1", "Walker 2"]
    lines = repr(both).splitlines()
    assert lines[0] == "2 models: 6 folds by CV(rng=0), 24 predictions each"
    assert lines[1].split() == ["model", "rms", "l1"]
    assert lines[3].startswith("Walker 2")
    assert len(lines) == 4
    assert both.to_frame().loc["Walker 2", "l1"] == both[1]["l1"]
    for part in ("Walker 2", "rms", "±"):
        assert part in both._repr_html_()
    named = kf.evaluate({"fast": Walker()}, X, y, verbosity=0)
    assert repr(named).splitlines()[2].startswith("fast")


def test_the_comparison_is_drawn_in_a_terminal(X, y):
    from rich.console import Console

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(kf.evaluate([Walker(), Walker(epochs=1)], X, y, verbosity=0))
    assert "Walker 2" in console.export_text()


def test_the_radius_is_that_of_a_rough_interval():
    values = [0.1, 0.4, 0.25]
    assert radius_95(values) == pytest.approx(1.96 * np.std(values, ddof=1) / np.sqrt(2))
    assert radius_95([0.1]) == float("inf")


def plain(y_true, y_pred):
    return 1.0


@pytest.mark.parametrize(
    ("measure", "operation"),
    [
        (kf.accuracy, "predict"),
        (kf.log_loss, "predict_mode"),
        ([kf.log_loss, kf.accuracy], "predict"),
        (kf.accuracy, "predict_mean"),
        (kf.accuracy, "predict_median"),
        (plain, "predict_mean"),
        (kf.accuracy, 5),
    ],
)
def test_operations_that_do_not_fit_are_refused_before_training(X, classes, measure, operation):
    toys.PREPARED.clear()
    with pytest.raises(kf.ArgumentError) as caught:
        kf.evaluate(Shares(), X, classes, measure=measure, operation=operation, verbosity=0)
    assert "operation" in caught.value.received or caught.value.received.startswith("an object")
    assert "operation=None" in caught.value.remedy
    assert toys.PREPARED == []


def test_operations_for_each_measure_can_be_said(X, classes):
    measures, operations = [kf.log_loss, kf.accuracy], ["predict", "predict_mode"]
    e = kf.evaluate(Shares(), X, classes, measure=measures, operation=operations, verbosity=0)
    assert e.operation == operations


def test_judges_of_distributions_are_refused_for_values_whatever_the_operation(X, classes):
    class Labelling(Shares):
        prediction_type = "deterministic"

    toys.PREPARED.clear()
    for operation in (None, "predict", "predict_mode"):
        with pytest.raises(kf.MeasureError, match="judges distributions"):
            kf.evaluate(
                Labelling(), X, classes, measure="log_loss", operation=operation, verbosity=0
            )
    assert toys.PREPARED == []


def test_models_without_predictions_are_refused_before_training(X, y):
    class Silent(Walker):
        predict = Model.predict

    toys.WALKED.clear()
    with pytest.raises(kf.NotSupported, match="has no `predict`") as caught:
        kf.evaluate(Silent(), X, y, verbosity=0)
    assert "model.model" in caught.value.remedy
    assert toys.WALKED == []
    embedder = kf.EntityEmbedder(kf.NeuralNetworkRegressor(epochs=1))
    with pytest.raises(kf.NotSupported, match="EntityEmbedder has no `predict`"):
        kf.evaluate(embedder, X, y, verbosity=0)


def test_weights_of_measures_are_never_dropped(X, y):
    toys.WALKED.clear()
    with pytest.raises(kf.MeasureError, match="`plain` takes no weights") as caught:
        kf.evaluate(Walker(), X, y, measure=["l1", plain], measure_weight=np.ones(24), verbosity=0)
    assert "without `measure_weight`" in caught.value.remedy
    assert toys.WALKED == []


def test_folds_that_weigh_nothing_are_told_before_training(X, y):
    toys.WALKED.clear()
    weights = np.r_[np.ones(16), np.zeros(8)]
    with pytest.raises(kf.WeightsError, match="fold 3 weigh nothing") as caught:
        kf.evaluate(Walker(), X, y, kf.CV(nfolds=3), measure_weight=weights, verbosity=0)
    assert caught.value.received == "8 rows of weight 0"
    assert toys.WALKED == []


def test_folds_weigh_as_much_as_their_rows_do(X, y):
    weights = np.r_[np.ones(12), np.full(12, 3.0)]
    e = kf.evaluate(
        Walker(), X, y, kf.CV(nfolds=2), measure="l1", measure_weight=weights, verbosity=0
    )
    first, second = e.per_fold[0]
    assert e["l1"] == pytest.approx((first + 3 * second) / 4)
    assert e["l1"] != pytest.approx((first + second) / 2)


@pytest.mark.parametrize(
    ("strategy", "remedy"),
    [
        (kf.CV(nfolds=2), "`resampling=CV(nfolds=2, rng=0)` shuffles."),
        (kf.Holdout(shuffle=False, rng=1), "`resampling=Holdout(rng=0)` shuffles."),
        ([([0, 1], [2, 3])], "write out more pairs"),
    ],
)
def test_repeats_without_shuffling_are_refused(X, y, strategy, remedy):
    toys.WALKED.clear()
    with pytest.raises(kf.ResamplingError, match="same folds") as caught:
        kf.evaluate(Walker(), X, y, strategy, repeats=2, verbosity=0)
    assert remedy in caught.value.remedy
    assert toys.WALKED == []


@pytest.mark.parametrize(
    ("value", "received"),
    [
        ("good", "str: 'good'"),
        ("0.5", "str: '0.5'"),
        (np.ones(3), "ndarray of shape (3,)"),
        (None, "NoneType: None"),
        (1j, "complex: 1j"),
        ([[1.0], [1.0, 2.0]], "list: [[1.0], [1.0, 2.0]]"),
    ],
)
def test_functions_that_give_no_number_are_no_measures(X, y, value, received):
    with pytest.raises(kf.MeasureError, match="gave no number") as caught:
        kf.evaluate(Walker(), X, y, measure=lambda a, b: value, verbosity=0)
    assert caught.value.received == received
    assert caught.value.expected
    assert caught.value.remedy


def test_a_machine_that_is_evaluated_is_alone(X, y):
    class Reentrant(Walker):
        def predict(self, fitted, X):
            mach.fit(verbosity=0)
            return super().predict(fitted, X)

    mach = kf.machine(Reentrant(), X, y)
    with pytest.raises(ConcurrentUse):
        mach.evaluate(kf.CV(nfolds=2), verbosity=0)
    with pytest.raises(kf.NotFitted):
        mach.predict()


def test_what_many_folds_learned_is_not_kept_for_ever(X, y, monkeypatch):
    monkeypatch.setattr("kerasflux.evaluation._KEPT", 3)
    mach = kf.machine(Walker(), X, y)
    mach.evaluate(kf.CV(nfolds=5), verbosity=0)
    assert len(mach.folds) == 3
    toys.WALKED.clear()
    mach.evaluate([kf.CV(nfolds=5).pairs(24)[-1]], verbosity=0)
    assert toys.WALKED == []


@pytest.mark.parametrize("none", [{}, []])
def test_no_model_at_all_is_refused(none, X, y):
    with pytest.raises(kf.ArgumentError, match="no model to evaluate"):
        kf.evaluate(none, X, y)


def test_all_of_several_models_are_planned_before_any_is_trained(X, y):
    class Silent(Walker):
        predict = Model.predict

    toys.WALKED.clear()
    with pytest.raises(kf.NotSupported, match="Silent has no `predict`"):
        kf.evaluate({"walker": Walker(), "silent": Silent()}, X, y, verbosity=0)
    assert toys.WALKED == []
    both = kf.evaluate([Walker(), Walker()], X, y, return_predictions=True, verbosity=0)
    assert [len(e.predictions) for e in both] == [6, 6]


def test_a_refusal_among_several_models_says_which_of_them_it_is_about():
    X, y = pd.DataFrame({"a": np.arange(12.0)}), pd.Categorical(["no", "yes"] * 6, ordered=True)
    models = {"shares": Shares(), "cut": kf.BinaryThresholdPredictor(Shares())}
    with pytest.raises(kf.MeasureError, match="predicts values") as refused:
        kf.evaluate(models, X, y, resampling=kf.CV(nfolds=2), measure="log_loss", verbosity=0)
    assert refused.value.__notes__ == ["This is about 'cut' of the models to compare."]
    assert "to do: `misclassification_rate`, for example." in str(refused.value)
