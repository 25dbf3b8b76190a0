"""Searches go on: more candidates or epochs, after interrupts and failures; counted, not timed."""

import pickle
import shutil

import numpy as np
import pytest
import toys
from searching_toys import RATES, REFUSED, Moody, Walker, X, Y, alike, fitted, tuned, walked

import kerasflux as kf
from kerasflux.hyperparameters import set_path
from kerasflux.search import Strategy, Trial


@pytest.fixture(autouse=True)
def _nobody_refuses():
    REFUSED.clear()
    yield
    REFUSED.clear()


def searched(n=6, **options):
    search = {"tuning": kf.RandomSearch(rng=4), "given": {"rate": kf.log_range(0.01, 0.9)}, "n": n}
    return tuned(**{**search, **options})


# more candidates


@pytest.mark.parametrize("tuning", [kf.RandomSearch(rng=4), kf.OptunaSearch(rng=4)])
def test_raising_n_tries_only_the_new_candidates(tuning):
    mach = kf.machine(searched(4, tuning=tuning), X, Y).fit(verbosity=0)
    best = mach.report.best_history_entry.number
    mach.model.n = 7
    trained = walked(mach)
    again = mach.report.best_history_entry.number
    assert trained == 3 * 3 * 3 + (0 if best == again else 3)
    assert mach.report.decision == "continued (4: n 4 -> 7)"
    assert alike(mach, kf.machine(searched(7, tuning=tuning), X, Y).fit(verbosity=0))


def test_lowering_n_trains_no_candidate():
    mach = kf.machine(searched(7), X, Y).fit(verbosity=0)
    mach.model.n = 4
    assert walked(mach) in (0, 3)
    assert alike(mach, kf.machine(searched(4), X, Y).fit(verbosity=0))


def test_a_plan_that_depends_on_n_starts_anew():
    mach = kf.machine(searched(4, tuning=kf.LatinHypercube(rng=1)), X, Y).fit(verbosity=0)
    mach.model.n = 5
    mach.fit(verbosity=0)
    assert mach.report.decision == "from scratch (4: n 4 -> 5), 4 candidates discarded"


# more epochs


def test_raising_epochs_continues_all_candidates_on_all_folds_and_the_winner():
    mach = fitted()
    before = [entry.measurement for entry in mach.report.history]
    mach.model.model.epochs = 5
    assert walked(mach) == 4 * 3 * 2 + 2
    assert mach.report.decision == "continued (4: model.epochs 3 -> 5)"
    assert [entry.measurement for entry in mach.report.history] != before
    assert alike(mach, fitted(Walker(epochs=5)))


def test_another_winner_is_trained_anew_on_all_rows():
    # Overshooting at a large rate is good early, and bad once the small one has arrived.
    given = {"rate": [0.3, 1.9]}
    mach = fitted(Walker(epochs=1), given)
    first = mach.report.best_model.rate
    for epochs in (2, 3, 8, 30):
        mach.model.model.epochs = epochs
        mach.fit(verbosity=0)
        assert alike(mach, fitted(Walker(epochs=epochs), given))
    assert first == 0.3 or mach.report.best_model.rate == 0.3


def test_more_epochs_and_more_candidates_at_once():
    mach = kf.machine(searched(4), X, Y).fit(verbosity=0)
    mach.model.n, mach.model.model.epochs = 6, 4
    mach.fit(verbosity=0)
    assert "continued (4: n 4 -> 6, model.epochs 3 -> 4" in mach.report.decision
    assert alike(mach, kf.machine(searched(6, model=Walker(epochs=4)), X, Y).fit(verbosity=0))


def test_strategies_that_go_by_results_start_anew_with_more_epochs():
    mach = kf.machine(searched(4, tuning=kf.OptunaSearch(rng=1)), X, Y).fit(verbosity=0)
    mach.model.model.epochs = 5
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: model.epochs 3 -> 5)")


@pytest.mark.parametrize(
    ("path", "value"),
    [("measure", "l2"), ("model.pace", 0.5), ("range", {"rate": [0.1]}), ("repeats", 2)],
)
def test_what_changes_the_results_starts_anew(path, value):
    mach = fitted()
    holder = mach.model.model if path.startswith("model.") else mach.model
    setattr(holder, path.rpartition(".")[2], value)
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_jobs", 2), ("keep_states", 1), ("on_error", "skip"), ("selection", "best")],
)
def test_what_changes_no_result_trains_nothing(name, value):
    mach = fitted()
    setattr(mach.model, name, value)
    assert walked(mach) == 0
    assert alike(mach, fitted())


def test_the_value_of_a_searched_hyperparameter_in_the_model_is_not_used():
    mach = fitted()
    mach.model.model.rate = 0.77
    assert walked(mach) == 0
    assert alike(mach, fitted())


def test_another_selection_only_trains_the_other_winner():
    mach = fitted()
    mach.model.selection = kf.OneStandardError(by="-rate", factor=0.0)
    assert walked(mach) == 0
    mach.model.selection = kf.OneStandardError(by="rate", factor=1e9)
    assert walked(mach) == 3
    assert mach.report.best_model.rate == 0.05


@pytest.mark.parametrize("resampling", [kf.Holdout(0.5), kf.CV(nfolds=2)])
def test_evaluating_again_trains_only_the_new_epochs(resampling):
    mach = kf.machine(tuned(), X, Y)
    options = {"resampling": resampling, "measure": "l1", "verbosity": 0}
    mach.evaluate(**options)
    mach.model.model.epochs = 5
    toys.WALKED.clear()
    again = mach.evaluate(**options)
    n_folds = len(again.train_test_rows)
    assert len(toys.WALKED) == n_folds * (4 * 3 * 2 + 2)
    fresh = kf.evaluate(tuned(Walker(epochs=5)), X, Y, **options)
    assert again.per_fold == fresh.per_fold


def test_nested_in_a_pipeline_and_a_target_all_goes_on():
    def model(epochs):
        search = tuned(Walker(epochs=epochs))
        return kf.Pipeline(
            scale=kf.Standardizer(), search=kf.TransformedTargetModel(search, "log1p")
        )

    mach = kf.machine(model(3), X, Y).fit(verbosity=0)
    mach.model.search.model.model.epochs = 5
    assert walked(mach) == 4 * 3 * 2 + 2
    assert mach.report.decision == "continued (4: search.model.model.epochs 3 -> 5)"
    fresh = kf.machine(model(5), X, Y).fit(verbosity=0)
    assert np.array_equal(mach.predict(), fresh.predict())


def test_one_of_several_models_goes_on_and_others_can_be_added():
    options = {"resampling": kf.CV(nfolds=3, rng=0), "measure": "l1"}
    models = [Walker(epochs=3, rate=0.1), Walker(epochs=3, rate=0.4)]
    mach = kf.machine(kf.TunedModel(models=models, **options), X, Y).fit(verbosity=0)
    mach.model.models[1].epochs = 5
    assert walked(mach) == 3 * 2 + 2
    assert mach.report.decision == "continued (4: models.1.epochs 3 -> 5)"
    mach.model.models = [*mach.model.models, Walker(epochs=2, rate=0.2)]
    assert walked(mach) == 3 * 2
    assert alike(
        mach, kf.machine(kf.TunedModel(models=mach.model.models, **options), X, Y).fit(verbosity=0)
    )


def test_a_pickled_search_goes_on():
    mach = pickle.loads(pickle.dumps(fitted()))
    mach.model.model.epochs = 5
    assert walked(mach) == 4 * 3 * 2 + 2
    assert alike(mach, fitted(Walker(epochs=5)))


def test_a_search_over_searches_goes_on():
    mach = kf.machine(tuned(tuned(), {"model.pace": [0.5, 1.0]}), X, Y).fit(verbosity=0)
    mach.model.model.model.epochs = 4
    inner = 4 * 3 + 1  # the epochs of an inner search, by one more epoch
    assert walked(mach) == 2 * 3 * inner + inner


def test_a_learning_curve_over_candidates_tries_each_once():
    toys.WALKED.clear()
    kf.learning_curve(searched(1), X, Y, range=[1, 3, 5], measure="l1", verbosity=0)
    candidates = 5 * 3 * 3
    assert candidates + 3 <= len(toys.WALKED) <= candidates + 9  # and the best ones on all rows


def test_a_learning_curve_over_the_epochs_of_candidates_goes_on():
    toys.WALKED.clear()
    options = {"range": {"model.epochs": [4, 2]}, "measure": "l1", "verbosity": 0}
    kf.learning_curve(tuned(), X, Y, **options)
    assert len(toys.WALKED) == 4 * 3 * 4 + 4


# successive halving


def test_a_candidate_that_survives_goes_on_and_is_never_retrained():
    halving = kf.SuccessiveHalving(n=4, factor=2, min_resource=2, max_resource=8, rng=1)
    search = tuned(given={"rate": kf.log_range(0.01, 0.9)}, tuning=halving)
    mach = kf.machine(search, X, Y)
    trained = walked(mach)
    entries = list(mach.report.history)
    assert [entry.resource for entry in entries] == [2] * 4 + [4] * 2 + [8]
    new = 4 * 2 + 2 * 2 + 1 * 4
    assert trained == 3 * new + mach.report.best_model.epochs
    parents = {entry.parent for entry in entries}
    assert not parents & set(
        mach.fitted.state.found.states
    )  # their children have what they learned
    for entry in entries:
        alone = kf.evaluate(entry.model, X, Y, kf.CV(nfolds=3, rng=0), "l1", verbosity=0)
        assert list(entry.measurement) == alone.measurement


# giving candidates up


class Impatient(Strategy):
    """Gives up whatever is worse than 6 after a step; counts what it is asked."""

    every: int = 1
    rates: tuple[float, ...] = (0.01, 0.9)
    path: str = "rate"

    def init(self, space, n):
        return 0

    def ask(self, state):
        if state:
            return [], state
        return [Trial(k, {self.path: rate}) for k, rate in enumerate(self.rates)], 1

    @property
    def prunes(self):
        return True

    def prune(self, state, trial, step, loss):
        ASKED.append((trial.number, step))
        return loss > 8.0


ASKED = []


def test_candidates_are_given_up_across_folds_and_epochs():
    ASKED.clear()
    mach = fitted(Walker(epochs=3), {"rate": [0.1]}, tuning=Impatient(), n=2)
    given_up, whole = mach.report.history
    assert (given_up.status, whole.status) == ("pruned", "ok")
    assert np.isnan(given_up.loss)
    assert given_up.intermediate[-1][1] > 8.0
    assert [step for number, step in ASKED if number == 1] == list(range(1, 9))
    assert mach.report.best_model.rate == 0.9


def test_folds_that_end_by_themselves_are_looked_at_to_their_end():
    """Their steps are told apart by fold, however long each is."""
    ASKED.clear()
    stopping = kf.IteratedModel(Walker(), [kf.Step(1), kf.NumberLimit(4)], restore_best=False)
    mach = fitted(stopping, {"rate": [0.1]}, tuning=Impatient(path="model.rate"), n=2)
    assert [entry.status for entry in mach.report.history] == ["pruned", "ok"]
    looks = [10_000 * fold + cycle for fold in range(3) for cycle in range(5)][1:]
    assert [step for n, step in ASKED if n == 1] == looks


def test_a_history_tells_when_candidates_were_given_up():
    mach = fitted(Walker(epochs=3), {"rate": [0.1]}, tuning=Impatient(every=2), n=2)
    given_up, whole = mach.report.history
    assert (given_up.iterations, whole.iterations) == (given_up.intermediate[-1][0], 3)


# interrupts


def strike(at):
    def on_epoch(row):
        if row["epoch"] == at:
            raise KeyboardInterrupt

    return on_epoch


def test_an_interrupt_keeps_whole_candidates_and_the_next_fit_goes_on(capsys):
    mach = kf.machine(tuned(), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    assert "the machine holds candidate 2 of 4" in capsys.readouterr().out
    assert len(mach.report.history) == 2
    with pytest.raises(kf.NotFitted, match="goes on with the search"):
        mach.predict()
    assert walked(mach) == 2 * 3 * 3 + 3
    assert mach.report.decision == "continued (3: interrupted after 2, going on to 4 candidates)"
    assert alike(mach, fitted())


def test_an_interrupt_within_a_candidate_keeps_those_before():
    class Struck(Walker):
        def fit(self, data, run=toys.QUIET):
            if self.rate == 0.5 and STRIKES:
                STRIKES.pop()
                raise KeyboardInterrupt
            return super().fit(data, run)

    STRIKES = [1]
    mach = kf.machine(tuned(Struck(epochs=3)), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert len(mach.report.history) == 2
    assert walked(mach) == 2 * 3 * 3 + 3


def test_an_interrupt_within_a_thread_keeps_the_candidates_before():
    class Struck(Walker):
        def fit(self, data, run=toys.QUIET):
            if self.rate == 0.5 and STRIKES:
                STRIKES.pop()
                raise KeyboardInterrupt
            return super().fit(data, run)

    STRIKES = [1]
    mach = kf.machine(tuned(Struck(epochs=3), n_jobs=2), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert len(mach.report.history) == 2
    assert alike(mach.fit(verbosity=0), fitted(Struck(epochs=3)))


def test_an_interrupt_while_the_best_is_trained_keeps_its_epochs():
    class Struck(Walker):
        def fit(self, data, run=toys.QUIET):
            if len(data.y) == len(Y) and STRIKES:
                STRIKES.pop()
                run.on_epoch = lambda row: row["epoch"] == 2 and _interrupt()
            return super().fit(data, run)

    def _interrupt():
        raise KeyboardInterrupt

    STRIKES = [1]
    mach = kf.machine(tuned(Struck(epochs=3)), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert len(mach.report.history) == 4
    assert walked(mach) == 1
    assert np.array_equal(mach.predict(), fitted().predict())


def test_an_interrupt_while_epochs_are_raised_loses_nothing():
    mach = fitted()
    mach.model.model.epochs = 5
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    assert [entry.iterations for entry in mach.report.history] == [5, 5, 3, 3]
    assert walked(mach) == 2 * 3 * 2 + 2
    assert alike(mach, fitted(Walker(epochs=5)))


def test_a_caller_ends_the_search():
    mach = kf.machine(tuned(), X, Y).fit(on_epoch=lambda row: row["epoch"] == 2, verbosity=0)
    assert len(mach.report.history) == 2
    assert mach.report.stopped == "on_epoch"
    assert mach.predict() is not None


# failures


def test_a_candidate_that_raises_is_raised_and_nothing_is_lost(capsys):
    REFUSED.add(0.5)
    mach = kf.machine(tuned(Moody(epochs=3)), X, Y)
    with pytest.raises(ZeroDivisionError, match=r"no way at 0.5") as caught:
        mach.fit(verbosity=0)
    assert any("candidate 2, fold 1 of 3" in note for note in caught.value.__notes__)
    assert "ended by an error: the machine holds candidate 2 of 4" in capsys.readouterr().out
    assert len(mach.report.history) == 2
    with pytest.raises(ZeroDivisionError):
        mach.fit(verbosity=0)
    REFUSED.clear()
    assert walked(mach) == 2 * 3 * 3 + 3
    assert alike(mach, fitted(Moody(epochs=3)))


def test_the_first_candidate_to_raise_leaves_the_machine_as_it_was():
    REFUSED.add(0.05)
    mach = kf.machine(tuned(Moody()), X, Y)
    with pytest.raises(ZeroDivisionError):
        mach.fit(verbosity=0)
    assert mach.learned is None


def test_a_failure_is_raised_from_pipelines_folds_and_threads():
    REFUSED.add(0.5)
    pipe = kf.Pipeline(scale=kf.Standardizer(), search=tuned(Moody(epochs=3)))
    mach = kf.machine(pipe, X, Y)
    with pytest.raises(ZeroDivisionError):
        mach.fit(verbosity=0)
    assert len(mach.report.history) == 2
    with pytest.raises(ZeroDivisionError) as caught:
        kf.evaluate(tuned(Moody(epochs=3), n_jobs=2), X, Y, kf.Holdout(0.5), verbosity=0)
    assert any("fold 1 of 1" in note for note in caught.value.__notes__)


def test_failures_are_skipped_recorded_and_told():
    REFUSED.update({0.5, 0.2})
    mach = kf.machine(tuned(Moody(epochs=3), on_error="skip"), X, Y)
    with pytest.warns(kf.log.KerasfluxWarning, match="2 of 4 candidates failed"):
        mach.fit(verbosity=0)
    frame = mach.report.history.to_frame()
    assert frame["status"].tolist() == ["ok", "failed", "failed", "ok"]
    assert frame["error"][1] == "ZeroDivisionError: no way at 0.2"
    assert mach.report.best_model.rate == 0.1
    mach.model.on_error = "raise"  # what was recorded stays recorded
    with pytest.warns(kf.log.KerasfluxWarning):
        assert walked(mach) == 0


def test_what_diverges_is_a_recorded_failure_whatever_is_done_about_errors():
    mach = kf.machine(tuned(Moody(epochs=3), {"rate": [0.1, 1.5]}), X, Y)
    with pytest.warns(kf.log.KerasfluxWarning, match="1 of 2 candidates failed"):
        mach.fit(verbosity=0)
    failed = mach.report.history[1]
    assert (failed.status, failed.error) == ("failed", "fold 1: nan is predicted for 8 of 8 rows")
    assert mach.report.best_model.rate == 0.1


def test_a_search_without_any_candidate_left_is_told():
    REFUSED.update(RATES["rate"])
    mach = kf.machine(tuned(Moody(), on_error="skip"), X, Y)
    with pytest.warns(kf.log.KerasfluxWarning), pytest.raises(kf.SearchFailed) as caught:
        mach.fit(verbosity=0)
    assert caught.value.failures[3] == "ZeroDivisionError: no way at 0.1"
    assert len(mach.report.history) == 4


def test_an_error_of_the_last_fit_keeps_the_search():
    class Full(Walker):
        def fit(self, data, run=toys.QUIET):
            if len(data.y) == len(Y) and REFUSED:
                raise MemoryError("too many rows")
            return super().fit(data, run)

    REFUSED.add("all rows")
    mach = kf.machine(tuned(Full(epochs=3)), X, Y)
    with pytest.raises(MemoryError):
        mach.fit(verbosity=0)
    assert len(mach.report.history) == 4
    REFUSED.clear()
    assert walked(mach) == 3


# memory, files, folders


def test_states_beyond_the_budget_are_dropped_and_said(capsys):
    mach = kf.machine(tuned(keep_states=0), X, Y).fit()
    assert "4 of 4 candidates have learned is beyond keep_states=0 megabytes" in (
        capsys.readouterr().out
    )
    mach.model.model.epochs = 5
    assert walked(mach) == 4 * 3 * 5 + 2
    assert alike(mach, fitted(Walker(epochs=5)))


def test_states_beyond_the_budget_are_read_from_the_folder(tmp_path):
    mach = fitted(keep_states=0, checkpoint=str(tmp_path))
    mach.model.model.epochs = 5
    assert walked(mach) == 4 * 3 * 2 + 2
    assert alike(mach, fitted(Walker(epochs=5)))


def test_a_saved_search_goes_on_bit_for_bit(tmp_path):
    mach = fitted()
    mach.save(tmp_path / "search.kflux")
    again = kf.load(tmp_path / "search.kflux", builders=[Walker])
    assert alike(again.with_data(X, Y), mach)
    assert again.model == mach.model
    again = again.with_data(X, Y)
    again.model.model.epochs = 5
    assert walked(again) == 4 * 3 * 2 + 2
    assert alike(again, fitted(Walker(epochs=5)))


def test_measures_and_ranges_are_saved(tmp_path):
    given = {"rate": kf.log_range(0.01, 0.9)}
    search = tuned(given=given, measure=[kf.l1, kf.rms], tuning=kf.RandomSearch(rng=1), n=3)
    kf.machine(search, X, Y).fit(verbosity=0).save(tmp_path / "m")
    again = kf.load(tmp_path / "m", builders=[Walker])
    assert again.model == search
    assert again.report.history.measures == ("l1", "rms")


class Crash(Exception):
    """Stands for the death of a process."""


def die(at):
    def on_epoch(row):
        if row["epoch"] == at:
            raise Crash

    return on_epoch


def test_a_search_that_died_goes_on_from_its_folder(tmp_path):
    with pytest.raises(Crash):
        kf.machine(tuned(checkpoint=tmp_path), X, Y).fit(on_epoch=die(3), verbosity=0)
    mach = kf.machine(tuned(checkpoint=tmp_path), X, Y)
    assert walked(mach) == 1 * 3 * 3 + 3
    assert alike(mach, fitted())
    assert walked(kf.machine(tuned(checkpoint=tmp_path), X, Y)) == 3


def test_a_search_that_died_while_epochs_were_raised_goes_on(tmp_path):
    mach = fitted(checkpoint=tmp_path)
    mach.model.model.epochs = 5
    with pytest.raises(Crash):
        mach.fit(on_epoch=die(1), verbosity=0)
    new = kf.machine(tuned(Walker(epochs=5), checkpoint=tmp_path), X, Y)
    assert walked(new) == 3 * 3 * 2 + 5
    assert alike(new, fitted(Walker(epochs=5)))


def test_each_fold_of_an_evaluation_has_a_folder_of_its_own(tmp_path):
    options = {"resampling": kf.CV(nfolds=2), "measure": "l1", "verbosity": 0}
    one = kf.evaluate(tuned(checkpoint=tmp_path), X, Y, **options)
    assert len(list(tmp_path.iterdir())) == 2
    toys.WALKED.clear()
    two = kf.evaluate(tuned(checkpoint=tmp_path), X, Y, **options)
    assert len(toys.WALKED) == 2 * 3
    assert one.per_fold == two.per_fold


def test_a_folder_of_another_search_is_refused(tmp_path):
    fitted(checkpoint=tmp_path)
    with pytest.raises(kf.CheckpointMismatch, match="another search of the same rows: measure"):
        fitted(checkpoint=tmp_path, measure="l2")


def test_a_folder_that_can_not_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(kf.StorageError, match="can't be written to"):
        fitted(checkpoint=tmp_path / "file")


def test_checkpoints_of_the_machine_work_too(tmp_path):
    with pytest.raises(Crash):
        kf.machine(tuned(), X, Y).fit(checkpoint=tmp_path, on_epoch=die(3), verbosity=0)
    mach = kf.machine(tuned(), X, Y)
    assert walked(mach, checkpoint=tmp_path) == 2 * 3 * 3 + 3
    assert alike(mach, fitted())


# within and around other wrappers

TWO = {"rate": [0.1, 0.4]}
NESTED = {
    "iterated models": (
        lambda n: tuned(kf.IteratedModel(Walker(), [kf.Step(1), kf.NumberLimit(n)]), TWO),
        "model.controls.1.n",
        2 * 3 * 2 + 2,
    ),
    "ensembles": (
        lambda n: tuned(kf.EnsembleModel(Walker(epochs=n), n=4, rng=1), TWO),
        "model.model.epochs",
        2 * 3 * 4 * 2 + 4 * 2,
    ),
    "an ensemble of searches": (
        lambda n: kf.EnsembleModel(tuned(Walker(epochs=n)), n=3, rng=1),
        "model.model.epochs",
        3 * (4 * 3 * 2 + 2),
    ),
    "a stack with a search": (
        lambda n: kf.Stack(
            Walker(epochs=2), kf.CV(2, rng=0), a=tuned(Walker(epochs=n)), b=Walker()
        ),
        "a.model.epochs",
        3 * (4 * 3 * 2 + 2) + 2,  # the last model learns anew
    ),
    "targets and pipelines": (
        lambda n: tuned(kf.TransformedTargetModel(kf.Standardizer() | Walker(epochs=n), "sqrt")),
        "model.model.walker.epochs",
        4 * 3 * 2 + 2,
    ),
}


@pytest.mark.parametrize("nested", NESTED)
def test_any_nesting_trains_only_the_new_iterations(nested):
    make, path, expected = NESTED[nested]
    mach = kf.machine(make(3), X, Y).fit(verbosity=0)
    set_path(mach.model, path, 5)
    assert walked(mach) == expected
    assert mach.report.decision == f"continued (4: {path} 3 -> 5)"
    fresh = kf.machine(make(5), X, Y).fit(verbosity=0)
    assert np.array_equal(np.asarray(mach.predict()), np.asarray(fresh.predict()))


def test_a_damaged_file_of_a_folder_says_what_to_delete_and_the_search_goes_on_without_it(tmp_path):
    whole = fitted(checkpoint=tmp_path)
    (first, *_) = sorted(tmp_path.glob("*/candidate-*"))
    first.write_bytes(first.read_bytes()[:300])
    mach = kf.machine(tuned(checkpoint=tmp_path), X, Y)
    with pytest.raises(kf.StorageError, match="its candidate is then trained anew") as caught:
        mach.fit(verbosity=0)
    assert str(first) in caught.value.remedy
    first.unlink()
    assert walked(mach) == 3 * 3 + 3  # one candidate, and the best one on all rows
    assert alike(mach, whole)
    (search,) = tmp_path.glob("*/search.kflux")
    search.write_bytes(b"junk")
    with pytest.raises(kf.StorageError, match="the search then starts anew"):
        fitted(checkpoint=tmp_path)


def test_candidates_whose_files_were_deleted_are_trained_anew_and_not_lost(tmp_path):
    folder = tmp_path / "search"
    mach = fitted(checkpoint=folder, keep_states=0)
    for path in folder.glob("*/candidate-*"):
        path.unlink()
    mach.model.selection = kf.OneStandardError(by="rate")
    assert walked(mach) in (0, 3)  # at most another best one
    mach.model.selection = "best"
    mach.fit(verbosity=0)
    shutil.rmtree(folder)
    mach.model.model.epochs = 5
    assert walked(mach) == 4 * 3 * 5 + 2
    assert alike(mach, fitted(Walker(epochs=5)))


def test_the_checkpoint_of_a_machine_counts_candidates(tmp_path, capsys):
    search = tuned(n=3)
    kf.machine(search, X, Y).fit(checkpoint=tmp_path, verbosity=0)
    search.n = 4
    mach = kf.machine(search, X, Y).fit(checkpoint=tmp_path)
    assert f"checkpoint of candidate 3 found in {tmp_path}" in capsys.readouterr().out
    assert alike(mach, fitted(n=4))


class Seeded(Walker):
    rng: int | None = None


def test_searches_of_several_seeds_on_the_same_rows_have_folders_of_their_own(tmp_path):
    search = tuned(Seeded(epochs=1), checkpoint=tmp_path)
    ensemble = kf.EnsembleModel(search, n=2, rng=1, bagging_fraction=1.0)
    kf.machine(ensemble, X, Y).fit(verbosity=0)
    assert len(list(tmp_path.iterdir())) == 2
    trained = walked(kf.machine(ensemble, X, Y))
    assert trained == 2  # the best of each member, on all rows


def test_an_error_of_a_search_within_says_all_the_places_it_came_through():
    REFUSED.add(0.2)
    search = tuned(Moody(epochs=1), RATES)
    whole = kf.EnsembleModel(kf.Stack(Walker(), a=search, resampling=kf.CV(nfolds=2)), n=1, rng=1)
    for model, places in (
        (whole, ["candidate 1, fold 1", "out-of-fold fit 1", "base model `a`", "member 1 of 1"]),
        (kf.EnsembleModel(search, n=1, rng=1), ["candidate 1, fold 1", "member 1 of 1"]),
    ):
        with pytest.raises(ZeroDivisionError) as caught:
            kf.machine(model, X, Y).fit(verbosity=0)
        told = caught.value.__notes__
        assert [p in note for p, note in zip(places, told, strict=True)] == [True] * len(places)
