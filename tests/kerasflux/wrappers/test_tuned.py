"""Tuned models: every candidate measured as `evaluate` does, the best one trained on all rows."""

import numpy as np
import pandas as pd
import pytest
import toys
from searching_toys import CLASSES, RATES, Moody, Shares, Walker, X, Y, alike, fitted, tuned
from sklearn.linear_model import Ridge

import kerasflux as kf
from kerasflux.search import Planned
from kerasflux.wrappers.selection import Selection


def test_each_candidate_is_measured_as_evaluating_it_would():
    mach = fitted(measure=["l1", "l2"])
    for entry in mach.report.history:
        alone = kf.evaluate(entry.model, X, Y, kf.CV(nfolds=3, rng=0), ["l1", "l2"], verbosity=0)
        assert list(entry.measurement) == alone.measurement
        assert [list(folds) for folds in entry.per_fold] == alone.per_fold
    assert [entry.point for entry in mach.report.history] == [{"rate": r} for r in RATES["rate"]]
    assert [entry.model.rate for entry in mach.report.history] == RATES["rate"]


def test_the_best_model_is_trained_on_all_rows():
    mach = fitted()
    losses = [entry.measurement[0] for entry in mach.report.history]
    best = mach.report.best_history_entry
    assert best.measurement[0] == min(losses)
    assert mach.report.best_model == Walker(epochs=3, rate=RATES["rate"][int(np.argmin(losses))])
    alone = kf.machine(mach.report.best_model, X, Y).fit(verbosity=0)
    assert np.array_equal(mach.predict(), alone.predict())
    assert mach.fitted_params.best_fitted_params.place == alone.fitted_params.place
    assert list(mach.report.best_report.training_losses) == list(alone.training_losses)


def test_larger_scores_are_better():
    nearness = kf.make_measure(lambda y, p: -np.abs(y - p).mean(), orientation="score")
    by_loss, by_score = fitted(measure="l1"), fitted(measure=nearness)
    assert by_score.report.best_model == by_loss.report.best_model
    assert by_score.training_losses[1:].tolist() == pytest.approx(by_loss.training_losses[1:])


def test_the_first_of_equally_good_candidates_is_chosen():
    smoothing = tuned(Shares(), {"smoothing": [1.0, 2.0]}, measure="accuracy")
    mach = kf.machine(smoothing, X, CLASSES).fit(verbosity=0)
    values = [entry.measurement[0] for entry in mach.report.history]
    assert values[0] == values[1]
    assert mach.report.best_history_entry.number == 0


def test_the_history_is_a_table():
    frame = fitted(measure=["l1", "l2"]).report.history.to_frame()
    assert frame.columns.tolist() == ["rate", "l1", "l2", "status", "iterations", "seconds"]
    assert frame.index.name == "candidate"
    assert frame["rate"].tolist() == RATES["rate"]
    assert set(frame["iterations"]) == {3}
    assert set(frame["status"]) == {"ok"}


def test_the_history_can_be_looked_at():
    mach = fitted()
    history = mach.report.history
    assert len(history) == 4
    assert [entry.number for entry in history[1:3]] == [1, 2]
    assert repr(history).startswith("4 candidates\ncandidate   rate")
    assert "<table" in history._repr_html_()
    assert repr(history[0]).startswith("candidate 0 (rate=0.05): ")
    assert mach.history.equals(history.to_frame())


def test_what_is_not_in_use_is_blank_in_the_history_and_long_errors_are_cut(monkeypatch):
    def raises(self, data, run=toys.QUIET):
        raise ValueError("long " * 100)

    monkeypatch.setattr(Walker, "fit", raises)
    search = tuned(given=[{"rate": 0.1}, {"epochs": 2}], tuning=kf.Explicit(), on_error="skip")
    mach = kf.machine(search, X, Y)
    with pytest.warns(kf.KerasfluxWarning), pytest.raises(kf.SearchFailed) as caught:
        mach.fit(verbosity=0)
    assert len(mach.report.history[0].error) > 400
    assert len(str(caught.value)) < 800
    head, first, second = repr(mach.report.history).split("\n")[1:]
    assert len(head) < 150
    rate, epochs = (slice(head.index(name), head.index(name) + len(name)) for name in _COLUMNS)
    assert (first[rate], first[epochs]) == (" 0.1", "      ")
    assert (second[rate], second[epochs]) == ("    ", "     2")


_COLUMNS = ("rate", "epochs")


def test_training_losses_are_the_smallest_so_far():
    mach = fitted()
    losses = [entry.loss for entry in mach.report.history]
    assert np.isinf(mach.training_losses[0])
    assert mach.training_losses[1:].tolist() == list(np.minimum.accumulate(losses))


def test_the_model_that_was_given_is_kept_and_left_alone():
    model = Walker(epochs=3)
    search = tuned(model)
    kf.machine(search, X, Y).fit(verbosity=0)
    assert search.model is model
    assert model == Walker(epochs=3)


def test_what_it_will_do_is_said_before(capsys):
    kf.machine(tuned(), X, Y).fit()
    said = capsys.readouterr().out
    assert "tuning: 4 candidates x 3 folds = 12 fits, then the best on all 24 rows" in said
    assert "tuning  candidate 4/4" in said
    assert "best: candidate" in said


def test_the_default_holdout_is_shuffled_stratified_and_said(capsys):
    search = tuned(Shares(), {"smoothing": [1.0, 2.0]}, resampling=None, measure=None)
    mach = kf.machine(search, X, CLASSES).fit()
    said = capsys.readouterr().out
    assert "70 % of the rows train, the rest test (shuffled, stratified, seed 0)" in said
    assert "measure: log_loss" in said
    assert [len(folds) for folds in mach.report.history[0].per_fold] == [1]


def test_ten_candidates_are_tried_if_nobody_says_how_many():
    mach = fitted(given={"rate": kf.log_range(0.01, 0.9)}, tuning=kf.RandomSearch(rng=1))
    assert len(mach.report.history) == 10
    assert len(fitted(n=2).report.history) == 2


def test_a_search_ends_where_there_are_no_more_candidates():
    mach = fitted(n=100)
    assert len(mach.report.history) == 4
    assert mach.report.stopped == "there are no more candidates"


@pytest.mark.parametrize("tuning", [kf.RandomSearch(rng=0), kf.LatinHypercube(rng=0)])
def test_where_there_are_fewer_candidates_than_asked_for_progress_counts_these(tuning, capsys):
    search = tuned(tuning=tuning, n=50)
    assert search.iterations() == 4
    mach = kf.machine(search, X, Y).fit()
    said = capsys.readouterr()
    assert "tuning: 4 candidates x 3 folds = 12 fits" in said.out
    assert "candidate 4/4" in said.out + said.err
    assert sorted(e.model.rate for e in mach.report.history) == sorted(RATES["rate"])


def test_models_of_different_classes_are_chosen_from():
    models = [Walker(epochs=1, rate=0.1), Ridge(), kf.ConstantRegressor()]
    search = kf.TunedModel(models=models, resampling=kf.CV(nfolds=3, rng=0), measure="l1")
    mach = kf.machine(search, X, X["a"] * 2.0).fit(verbosity=0)
    assert type(mach.report.best_model).__name__ == "SklearnRegressor"
    frame = mach.report.history.to_frame()
    assert frame["model"].tolist() == ["Walker", "SklearnRegressor", "ConstantRegressor"]
    assert mach.predict().to_numpy() == pytest.approx(X["a"] * 2.0, abs=0.1)


def test_an_estimator_is_tuned_as_it_is():
    mach = kf.machine(tuned(Ridge(), {"alpha": [1e-3, 1e3]}), X, X["a"] * 2.0).fit(verbosity=0)
    assert mach.report.best_model.estimator.alpha == 1e-3


def test_points_written_out_are_tried():
    points = [{"rate": 0.1, "epochs": 2}, {"rate": 0.4}]
    mach = fitted(given=points, tuning=kf.Explicit())
    assert [(e.model.rate, e.model.epochs) for e in mach.report.history] == [(0.1, 2), (0.4, 3)]


def test_without_the_last_fit_nothing_is_predicted_before_it_is_asked_for():
    mach = fitted(train_best=False)
    with pytest.raises(kf.NotFitted, match="not trained on all rows"):
        mach.predict()
    assert mach.report.best_model.rate == 0.5
    toys.WALKED.clear()
    mach.model.train_best = True
    mach.fit(verbosity=0)
    assert len(toys.WALKED) == 3
    assert alike(mach, fitted())


def test_a_search_is_evaluated_by_nested_folds():
    e = kf.evaluate(tuned(), X, Y, kf.CV(nfolds=2, rng=5), "l1", verbosity=0)
    train, test = e.train_test_rows[0]
    inner = kf.machine(tuned(), X, Y).fit(train, verbosity=0)
    assert e.per_fold[0][0] == kf.l1(Y[test], inner.predict(rows=test))
    assert [len(r.history) for r in e.report_per_fold] == [4, 4]


def test_searches_stand_in_pipelines_and_targets_and_searches():
    search = tuned()
    plain = fitted().predict()
    piped = kf.machine(kf.Standardizer() | search, X, Y).fit(verbosity=0)
    assert np.array_equal(piped.predict(), plain)
    shift = (lambda y: y + 1, lambda y: y - 1)
    shifted = kf.machine(kf.TransformedTargetModel(search, shift), X, Y).fit(verbosity=0)
    alone = kf.TransformedTargetModel(shifted.report.best_model, shift)
    alone = kf.machine(alone, X, Y).fit(verbosity=0)
    assert np.array_equal(shifted.predict(), alone.predict())
    outer = tuned(search, {"model.epochs": [1, 4]})
    mach = kf.machine(outer, X, Y).fit(verbosity=0)
    assert mach.report.best_model.model.epochs == 4
    assert len(mach.report.best_report.history) == 4


def test_paths_are_looked_for_inward():
    pipe = kf.Pipeline(scale=kf.Standardizer(), walk=Walker(epochs=2))
    mach = kf.machine(tuned(pipe, {"rate": [0.1, 0.4]}), X, Y).fit(verbosity=0)
    assert [dict(entry.point) for entry in mach.report.history] == [
        {"walk.rate": 0.1},
        {"walk.rate": 0.4},
    ]


def test_copies_of_a_row_are_split_as_one():
    seen = []

    class Watching(Walker):
        def fit(self, data, run=toys.QUIET):
            seen.append(set(np.asarray(data.y)))
            return super().fit(data, run)

        def predict(self, fitted, X):
            seen[-1] = (seen[-1], set(X["a"])) if isinstance(seen[-1], set) else seen[-1]
            return super().predict(fitted, X)

    table = pd.DataFrame({"a": np.arange(24.0)})
    search = tuned(Watching(epochs=1), {"rate": [0.1]}, train_best=False)
    model = search.select(search.prepare(table, np.arange(24.0)), np.repeat(np.arange(12), 3))
    search.fit(model)
    pairs = [pair for pair in seen if isinstance(pair, tuple)]
    assert len(pairs) == 3
    assert all(not trained & tested for trained, tested in pairs)


def test_weights_are_for_training():
    weights = np.where(Y > 12, 5.0, 1.0)
    mach = kf.machine(tuned(), X, Y, weights).fit(verbosity=0)
    entry = mach.report.history[2]
    alone = kf.evaluate(
        entry.model, X, Y, kf.CV(nfolds=3, rng=0), "l1", sample_weight=weights, verbosity=0
    )
    assert list(entry.measurement) == alone.measurement
    assert not np.array_equal(mach.predict(), fitted().predict())


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_find_the_same_bits(n_jobs):
    assert alike(fitted(n_jobs=n_jobs), fitted())
    adaptive = {
        "tuning": kf.OptunaSearch(rng=1),
        "n": 6,
        "given": {"rate": kf.log_range(0.01, 0.9)},
    }
    assert alike(fitted(**adaptive, n_jobs=n_jobs), fitted(**adaptive))


def test_what_was_found_is_drawn():
    figure = fitted(given={"rate": kf.log_range(0.01, 0.9)}, n=4).plot()
    assert figure.axes[0].get_xlabel() == "rate"
    two = fitted(given={"rate": [0.1, 0.2], "epochs": [1, 2]})
    assert two.plot().axes
    models = kf.TunedModel(models=[Walker(epochs=1), Walker(epochs=2)], measure="l1")
    assert kf.machine(models, X, Y).fit(verbosity=0).plot().axes


# refusals


def test_what_is_no_search_is_refused():
    with pytest.raises(kf.HyperparameterError, match="tunes a model, or chooses"):
        kf.TunedModel()
    with pytest.raises(kf.HyperparameterError, match="tunes a model, or chooses"):
        kf.TunedModel(Walker(), RATES, models=[Walker()])
    with pytest.raises(kf.HyperparameterError, match="needs `range`"):
        kf.TunedModel(Walker())
    with pytest.raises(kf.HyperparameterError, match="holds no models"):
        kf.TunedModel(models=[])
    with pytest.raises(kf.HyperparameterError, match="received: 'ab'"):
        kf.TunedModel(models="ab")
    with pytest.raises(kf.HyperparameterError, match="tried as they are"):
        kf.TunedModel(models=[Walker()], range=RATES)
    with pytest.raises(kf.HyperparameterError, match="predict different things"):
        kf.TunedModel(models=[Walker(), Shares()])
    with pytest.raises(kf.HyperparameterError, match="found by"):
        kf.TunedModel(Walker(), RATES, tuning=kf.Grid)
    with pytest.raises(kf.HyperparameterError, match="selected by"):
        tuned(selection="simplest")
    with pytest.raises(kf.HyperparameterError, match="Make an instance"):
        tuned(selection=kf.OneStandardError)
    with pytest.raises(kf.HyperparameterError, match="can't be a part of a model") as caught:
        kf.TunedModel("walker", RATES)
    assert caught.value.remedy
    with pytest.raises(kf.NotSupported, match="no `predict`"):
        kf.TunedModel(kf.Standardizer(), {"count": [True, False]})


def test_measures_that_can_not_choose_are_refused():
    with pytest.raises(kf.MeasureError, match="choose by"):
        tuned(measure=lambda y, p: 0.0)
    with pytest.raises(kf.MeasureError, match="is no number"):
        tuned(Shares(), {"smoothing": [1.0]}, measure=["log_loss", "confmat"])


def test_paths_and_values_that_are_not_there_are_refused():
    with pytest.raises(kf.UnknownHyperparameter, match="did you mean 'rate'"):
        tuned(given={"rat": [0.1]})
    with pytest.raises(kf.HyperparameterError):
        tuned(given={"epochs": ["many"]})
    pipe = kf.Pipeline(one=kf.Standardizer(), walk=kf.TransformedTargetModel(Walker(), "log1p"))
    assert tuned(pipe, {"rate": [0.1]}).iterations() == 1
    two = kf.Pipeline(one=kf.Standardizer(), two=kf.Standardizer(), walk=Walker())
    with pytest.raises(kf.HyperparameterError, match="several"):
        tuned(two, {"count": [True, False]})


def test_a_range_over_what_is_searched_already_is_refused():
    with pytest.raises(kf.HyperparameterError, match="makes no use of"):
        tuned(tuned(), {"model.rate": [0.1, 0.2]})


def test_data_that_a_model_does_not_take_is_refused_when_it_is_bound():
    labels = X.assign(b=pd.Categorical(list("uvw") * 8))
    search = kf.TunedModel(models=[Walker(), kf.from_sklearn(Ridge(), categories="codes"), Moody()])
    kf.machine(search, X, Y)
    with pytest.raises(kf.ScitypeMismatch):
        kf.machine(tuned(toys.Counting(), {"rate": [0.1]}), labels, Y)


def test_scikit_learn_searches_a_grid_to_the_same_end():
    from sklearn.model_selection import GridSearchCV, KFold

    y = X["a"] + np.random.default_rng(1).normal(size=len(X)) * 5
    alphas, folds = [0.1, 10.0, 300.0, 1e4], KFold(3, shuffle=True, random_state=0)
    theirs = GridSearchCV(Ridge(), {"alpha": alphas}, scoring="neg_mean_squared_error", cv=folds)
    theirs.fit(X, y)
    ours = tuned(Ridge(), {"alpha": alphas}, resampling=folds, measure="l2")
    mach = kf.machine(ours, X, y).fit(verbosity=0)
    assert mach.report.best_model.estimator.alpha == theirs.best_params_["alpha"]
    found = [entry.measurement[0] for entry in mach.report.history]
    assert found == pytest.approx(-theirs.cv_results_["mean_test_score"], rel=1e-9)
    assert np.asarray(mach.predict()) == pytest.approx(theirs.predict(X), rel=1e-9)


def test_validation_rows_are_measured_while_the_best_is_trained():
    mach = kf.machine(tuned(), X, Y).fit(validation=(X, Y), verbosity=0)
    rows = mach.report.best_report.history
    assert [row["validation_loss"] is not None for row in rows] == [True] * 3


def test_a_rule_of_ones_own_chooses():
    class Second(Selection):
        def choose(self, entries):
            return sorted(entries, key=lambda entry: entry.loss)[1]

    mach = fitted(selection=Second())
    losses = sorted(entry.loss for entry in mach.report.history)
    assert mach.report.best_history_entry.loss == losses[1]


def test_a_machine_without_a_target_is_told():
    with pytest.raises(kf.ScitypeMismatch):
        kf.machine(tuned(), X)
    with pytest.raises(kf.DataError, match="no target"):
        kf.machine(tuned(), X, check="off").fit(verbosity=0)


def test_values_that_can_not_go_together_are_a_failure_like_any_other():
    class Bound(Walker):
        least: int = 1

        def _refuse_contradictions(self):
            if self.least > self.epochs:
                raise kf.HyperparameterError("too few epochs", name="epochs")

    search = tuned(Bound(epochs=3), {"least": [1, 5]}, on_error="skip")
    with pytest.warns(kf.KerasfluxWarning, match="1 of 2 candidates failed"):
        mach = kf.machine(search, X, Y).fit(verbosity=0)
    assert "too few epochs" in mach.report.history[1].error


def test_halving_is_refused_for_models_that_do_not_iterate_before_anything_is_fitted(capsys):
    halving = kf.SuccessiveHalving(n=4, max_resource=9, rng=0)
    search = tuned(Ridge(), {"alpha": [1e-3, 1.0, 1e3]}, tuning=halving)
    with pytest.raises(kf.ArgumentError, match="has none to spare"):
        kf.machine(search, X, Y).fit()
    assert "candidate" not in capsys.readouterr().out


def test_a_halving_has_no_more_candidates_than_its_rungs(capsys):
    halving = kf.SuccessiveHalving(n=4, factor=2, max_resource=4, rng=0)
    search = tuned(Walker(epochs=4), {"rate": kf.range(lower=0.1, upper=0.9)}, tuning=halving, n=20)
    mach = kf.machine(search, X, Y).fit()
    assert search.iterations() == len(mach.report.history) == 7
    assert "7 candidates" in capsys.readouterr().out


def test_a_strategy_of_ones_own_may_try_a_point_again():
    class Twice(Planned):
        def points(self, space, n):
            return [{"rate": 0.2}] * n

    mach = fitted(given={"rate": [0.2]}, tuning=Twice(), n=2)
    assert [entry.model.rate for entry in mach.report.history] == [0.2, 0.2]
