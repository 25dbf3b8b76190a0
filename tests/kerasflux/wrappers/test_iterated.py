"""Iterated models: cycles, the best look, what goes on over which changes. By a toy that counts."""

import numpy as np
import pandas as pd
import pytest
from composites import Shifting
from scripted import PLAYED, Scripted, X, Y, fitted, iterated
from toys import Shares, Walker

import kerasflux as kf
import scitypes as st
from kerasflux.hyperparameters import copied, get_path, set_path

NAN, INF = float("nan"), float("inf")
UP_AND_DOWN = (5, 4, 3, 4, 5, 6, 7, 8, 9)


@pytest.fixture(autouse=True)
def _counted_anew():
    PLAYED.clear()


def of(function, orientation):
    """A measure that looks at predictions alone."""
    return kf.make_measure(lambda y, p: function(p), orientation=orientation)


def mean(p):
    return float(np.mean(p))


# cycles, and the best look


def test_training_ends_by_a_rule_and_the_best_epoch_predicts():
    mach = fitted(UP_AND_DOWN, kf.NumberSinceBest(3))
    assert mach.report.n_iterations == 6
    assert mach.report.best_iteration == 3
    assert mach.report.stopped == (
        "the loss had no new best for 3 looks, the best was 3 (NumberSinceBest(n=3))"
    )
    assert set(mach.predict()) == {3.0}
    assert PLAYED == [1, 2, 3, 4, 5, 6]


def test_without_restoring_the_last_epoch_predicts():
    mach = fitted(UP_AND_DOWN, kf.NumberSinceBest(3), restore_best=False)
    assert set(mach.predict()) == {6.0}
    assert mach.report.best_iteration == 3
    mach.model.restore_best = True
    assert set(mach.fit(verbosity=0).predict()) == {3.0}
    assert len(PLAYED) == 6


@pytest.mark.parametrize(
    ("script", "best"),
    [
        ((3, 2, 2, 2), 2),  # of equals the first
        ((NAN, 2, NAN, 3), 2),
        ((INF, NAN, 5, INF), 3),
        ((-1, -3, -2, -2), 2),
        ((4, 3, 2, 1), 4),
        ((0, 1, 2, 3), 1),
    ],
)
def test_the_best_is_the_first_smallest_loss(script, best):
    mach = fitted(script, kf.NumberLimit(4), measure=of(mean, "loss"))
    assert mach.report.best_iteration == best
    assert set(mach.predict()) == {float(script[best - 1])}
    assert mach.report.model_report.epochs == best
    assert mach.report.losses["best"].tolist() == [k == best for k in (1, 2, 3, 4)]


def test_scores_are_negated_for_rules_and_shown_in_their_own_sign():
    rules = [kf.Patience(2), kf.NumberLimit(5)]
    mach = fitted((1, 3, 2, 1, 0), *rules, measure=of(mean, "score"))
    assert mach.report.n_iterations == 4
    assert mach.report.best_iteration == 2
    assert mach.history["measurement"].tolist() == [1, 3, 2, 1]
    assert [look.loss for look in mach.fitted.state.moment.looks] == [-1, -3, -2, -1]


def test_losses_that_are_never_a_number_leave_the_last_epoch():
    mach = fitted((NAN, NAN), kf.NumberLimit(2), measure=of(mean, "loss"))
    assert mach.report.best_iteration is None
    assert np.isnan(mach.predict()).all()


def test_a_nan_among_training_losses_ends_with_the_best_finite_state():
    mach = fitted((5, 3, 4, 9), kf.NumberLimit(9), losses=(1, 0.9, 0.8, NAN))
    assert mach.report.stopped == "the loss in epoch 4 is nan"
    assert (mach.report.n_iterations, mach.report.best_iteration) == (3, 2)
    assert set(mach.predict()) == {3.0}
    assert PLAYED == [1, 2, 3, 4]
    mach.model.controls[1].n = 20
    mach.fit(verbosity=0)
    assert PLAYED == [1, 2, 3, 4]


def test_the_report_and_the_history_tell_all():
    mach = fitted(UP_AND_DOWN, kf.NumberLimit(4), measure=["l1", "l2"])
    assert mach.report.losses.columns.tolist() == ["epoch", "training_loss", "l1", "l2", "best"]
    assert "losses: 4 rows (epoch, training_loss, l1, l2, best)" in str(mach.report)
    assert mach.report.losses["l2"].tolist() == [25, 16, 9, 16]
    assert mach.history["best"].tolist() == [False, False, True, False]
    assert mach.history["epoch"].tolist() == [1, 2, 3, 4]
    assert len(mach.training_losses) == 5
    assert [name for name, _ in mach.report.controls] == ["Step()", "NumberLimit(n=4)"]
    assert mach.report.controls[1][1].done is True
    assert mach.report.model_report["epochs"] == 3
    assert mach.fitted_params.model.n == 3


def test_steps_of_several_epochs_are_looked_at_once():
    mach = fitted(UP_AND_DOWN, controls=[kf.Step(2), kf.NumberLimit(3)])
    assert mach.report.losses["epoch"].tolist() == [2, 4, 6]
    assert mach.report.best_iteration in (2, 4)
    assert np.isnan(mach.history["measurement"][0])


def test_controls_before_the_step_see_what_was_there_before():
    seen = []
    controls = [kf.WithLossDo(seen.append), kf.Step(1), kf.NumberLimit(3)]
    fitted(UP_AND_DOWN, controls=controls)
    assert seen == [5.0, 4.0]


def test_all_rows_learn_at_the_end_if_asked_to():
    mach = fitted(UP_AND_DOWN, kf.NumberSinceBest(2), retrain=True)
    assert PLAYED == [1, 2, 3, 4, 5, 1, 2, 3]
    assert mach.report.model_report["n_rows"] == 20
    assert mach.report["n_rows"] == 14
    assert set(mach.predict()) == {3.0}
    last = fitted(UP_AND_DOWN, kf.NumberSinceBest(2), retrain=True, restore_best=False)
    assert last.report.model_report["epochs"] == 5


def test_retraining_can_be_asked_for_later_and_goes_on():
    mach = fitted(UP_AND_DOWN[::-1], kf.NumberLimit(3))
    mach.model.retrain = True
    mach.fit(verbosity=0)
    assert PLAYED == [1, 2, 3, 1, 2, 3]
    mach.model.controls[1].n = 5
    mach.fit(verbosity=0)
    assert PLAYED == [1, 2, 3, 1, 2, 3, 4, 5, 4, 5]


# going on


def all_but_time(mach):
    """What the state is made of, as far as it does not depend on the clock."""
    record, arrays = mach.fitted_model.dump(mach.fitted)
    return record, {name: array.tolist() for name, array in arrays.items()}


def test_five_looks_and_then_ten_are_ten_at_once():
    rules = [kf.InvalidValue(), kf.NumberSinceBest(6), kf.Patience(4)]
    script = (9, 8, 7, 8, 7.5, 7.4, 7.3, 7.2, 7.1, 7.05, 1)
    mach = fitted(script, *rules, kf.NumberLimit(5))
    mach.model.controls[-1].n = 10
    mach.fit(verbosity=0)
    assert list(range(1, 10)) == PLAYED
    once = fitted(script, *rules, kf.NumberLimit(10))
    assert once.report.n_iterations == 9  # the sixth since the best
    assert all_but_time(mach) == all_but_time(once)
    assert mach.report.losses.equals(once.report.losses)
    assert mach.model.as_fresh(iterated(script, *rules, kf.NumberLimit(5)))


@pytest.mark.parametrize(
    ("old", "new", "trained"),
    [
        (kf.NumberLimit(3), kf.NumberLimit(5), 5),
        (kf.NumberLimit(3), kf.NumberLimit(2), 5),  # two more: it counts anew
        (kf.NumberLimit(3), kf.NumberSinceBest(2), 6),
    ],
)
def test_what_counts_on_and_what_counts_anew(old, new, trained):
    mach = fitted((5, 4, 3, 4, 5, 6, 7), old)
    mach.model.controls = [kf.Step(1), new]
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("continued (4: controls")
    assert mach.report.n_iterations == trained


@pytest.mark.parametrize(
    ("change", "fresh"),
    [
        ({"controls": [kf.Step(1), kf.NumberLimit(9)]}, True),
        ({"controls": [kf.Step(1), kf.NumberLimit(2)]}, False),
        ({"controls": [kf.Step(2), kf.NumberLimit(9)]}, False),
        ({"restore_best": False}, True),
        ({"retrain": True}, True),
        ({"resampling": 0.5}, False),
        ({"measure": "l1"}, False),
    ],
)
def test_whether_going_on_is_as_good_as_fresh(change, fresh):
    old = iterated(UP_AND_DOWN, kf.NumberLimit(3))
    new = iterated(UP_AND_DOWN, kf.NumberLimit(3))
    for name, value in change.items():
        setattr(new, name, value)
    assert new.as_fresh(old) is fresh


def test_a_changed_model_trains_on_and_is_judged_anew():
    mach = fitted((5, 4, 3, 4, 5, 6, 7, 8), kf.NumberSinceBest(2))
    assert mach.report.n_iterations == 5
    mach.model.model.rate = 0.01
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: model.rate 0.1 -> 0.01)"
    assert mach.report.n_iterations == 8  # a first look, and two without a better one
    assert mach.history["learning_rate"].tolist() == [0.1] * 5 + [0.01] * 3
    assert not mach.model.as_fresh(iterated((5,), kf.NumberSinceBest(2)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model.seed": 1}, "model.seed 0 -> 1"),
        ({"resampling": 0.5}, "resampling None -> 0.5"),
    ],
)
def test_changes_of_data_or_of_what_the_model_restarts_for_start_anew(change, reason):
    mach = fitted(UP_AND_DOWN, kf.NumberLimit(3))
    for path, value in change.items():
        set_path(mach.model, path, value)
    mach.fit(verbosity=0)
    assert mach.report.decision == f"from scratch (4: {reason}), 3 epochs discarded"
    assert PLAYED == [1, 2, 3, 1, 2, 3]


# the model's own number of iterations


def test_the_models_own_epochs_are_not_used_and_it_says_so_once(capsys):
    mach = kf.machine(iterated(UP_AND_DOWN, kf.NumberLimit(2)), X, Y).fit()
    told = "model.epochs=7 is not used, IteratedModel counts epochs itself"
    assert capsys.readouterr().out.count(told) == 1
    mach.model.controls[1].n = 3
    mach.fit()
    assert "not used" not in capsys.readouterr().out
    mach.model.model.epochs = 1
    mach.fit()
    assert PLAYED == [1, 2, 3]
    assert mach.model.model.epochs == 1
    assert mach.report.decision == "continued (4: model.epochs 7 -> 1)"


def test_unused_paths_are_known_through_all_that_is_around():
    model = iterated((1,), kf.NumberLimit(2))
    assert model.unused_paths == ("model.epochs",)
    assert (kf.Standardizer() | model).unused_paths == ("iterated_model.model.epochs",)
    around = kf.TransformedTargetModel(model, "log1p")
    assert around.unused_paths == ("model.model.epochs",)
    within = kf.IteratedModel(kf.Standardizer() | Scripted())
    assert within.unused_paths == ("model.scripted.epochs",)
    assert Scripted().unused_paths == ()


def test_what_is_said(capsys):
    kf.machine(iterated(UP_AND_DOWN, kf.NumberSinceBest(2)), X, Y).fit()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "from scratch (2: never trained)"
    assert lines[1] == ("resampling: 70 % of the rows train, the rest test (shuffled, seed 0)")
    assert lines[-1].startswith("stopped after 5 epochs: the loss had no new best for 2 looks")
    assert lines[-1].endswith("; best: epoch 3, rms 3")
    kf.machine(iterated(UP_AND_DOWN, kf.NumberLimit(2)), X, Y).fit(verbosity=2)
    assert "epoch 2  loss 0.5  rms 4  best" in capsys.readouterr().out.splitlines()


# rows


def rows_of(model, y=Y):
    mach = kf.machine(model, X, y).fit(verbosity=0)
    return mach.report["n_rows"]


def test_which_rows_train(capsys):
    assert rows_of(iterated((1, 2), kf.NumberLimit(2))) == 14
    assert rows_of(iterated((1, 2), kf.NumberLimit(2), resampling=0.9)) == 18
    assert rows_of(iterated((1, 2), kf.NumberLimit(2), resampling=kf.Holdout(0.5))) == 10
    assert rows_of(iterated((1, 2), kf.NumberLimit(2), resampling=kf.InSample())) == 20
    pair = (range(3), range(3, 20))
    assert rows_of(iterated((1, 2), kf.NumberLimit(2), resampling=pair)) == 3
    assert rows_of(iterated((1, 2), kf.NumberLimit(2), resampling=[pair])) == 3
    assert rows_of(iterated((1, 2), kf.NumberLimit(2), resampling="training")) == 20
    assert capsys.readouterr().out == ""


def test_rows_are_shuffled_by_a_fixed_seed_and_stratified_for_labels():
    labels = pd.Series(pd.Categorical(["a"] * 16 + ["b"] * 4))
    seen = []

    def counting(y, p):
        seen.append(sorted(y))
        return 1.0

    class Counting(Shares):
        iteration_parameter = "n"
        n: int = 1

        def fit(self, data, run=None):
            return super().fit(data)

    measure = kf.make_measure(counting, orientation="loss")
    model = kf.IteratedModel(Counting(), [kf.Step(1), kf.NumberLimit(1)], measure=measure)
    kf.machine(model, X, labels).fit(verbosity=0)
    assert seen[-1] == ["a"] * 5 + ["b"]
    train, test = st.partition(np.arange(20), 0.7, shuffle=True, rng=0, stratify=labels)
    assert (len(train), len(test)) == (14, 6)


def test_training_losses_alone_can_be_looked_at():
    losses = (0.5, 0.4, 0.3, 0.6, 0.7, 0.8)
    mach = fitted((9, 8, 7, 6, 5), kf.NumberSinceBest(2), losses=losses, resampling="training")
    assert mach.report.best_iteration == 3
    assert mach.report.losses.columns.tolist() == ["epoch", "training_loss", "best"]
    assert mach.history["measurement"].tolist() == [0.5, 0.4, 0.3, 0.6, 0.7]


def test_weights_train_and_do_not_measure():
    y = pd.Series([0.0, 4.0] * 10)
    weights = np.where(y == 4, 3.0, 1.0)
    model = kf.IteratedModel(
        Walker(rate=1.0), [kf.Step(1), kf.NumberLimit(1)], resampling=kf.InSample()
    )
    mach = kf.machine(model, X, y, weights).fit(verbosity=0)
    assert mach.predict().iloc[0] == 3.0
    assert mach.report.losses["rms"][0] == pytest.approx(np.sqrt(5.0))


def test_a_validation_loss_is_measured_besides():
    model = kf.IteratedModel(Walker(), [kf.Step(1), kf.NumberLimit(3)])
    y = pd.Series(np.arange(20.0))
    mach = kf.machine(model, X, y).fit(range(15), validation=range(15, 20), verbosity=0)
    assert mach.history["validation_loss"].notna().all()
    assert mach.history["measurement"].notna().all()


# composition


def test_pipelines_within_and_around_and_transformed_targets():
    def rules():
        return [kf.Step(1), kf.NumberLimit(3)]

    within = kf.IteratedModel(kf.Standardizer() | Scripted(script=(5.0, 3.0, 4.0)), rules())
    around = kf.Standardizer() | kf.IteratedModel(Scripted(script=(5.0, 3.0, 4.0)), rules())
    for model, path in [(within, "controls"), (around, "iterated_model.controls")]:
        PLAYED.clear()
        mach = kf.machine(model, X, Y).fit(verbosity=0)
        assert set(mach.predict()) == {3.0}
        assert mach.report.n_iterations == 3
        get_path(mach.model, path)[1].n = 4
        mach.fit(verbosity=0)
        assert PLAYED == [1, 2, 3, 4]
        assert mach.report.decision.startswith(f"continued (4: {path}")
    target = kf.TransformedTargetModel(
        kf.IteratedModel(Scripted(script=(5.0, 0.0, 4.0)), rules()), "log1p"
    )
    mach = kf.machine(target, X, Y).fit(verbosity=0)
    assert set(mach.predict()) == {0.0}
    assert mach.report.best_iteration == 2
    outside = kf.IteratedModel(
        kf.TransformedTargetModel(Scripted(script=(1.0, 0.5)), "log1p"), rules()
    )
    mach = kf.machine(outside, X, Y).fit(verbosity=0)
    assert mach.report.losses["rms"][0] == pytest.approx(np.expm1(1.0))


def test_evaluating_again_after_raising_the_limit_trains_the_new_epochs_of_each_fold():
    mach = kf.machine(iterated(UP_AND_DOWN, kf.NumberLimit(2)), X, Y)
    folds = {"resampling": kf.CV(nfolds=3), "verbosity": 0}
    mach.evaluate(**folds)
    assert PLAYED == [1, 2] * 3
    PLAYED.clear()
    mach.model.controls[1].n = 4
    again = mach.evaluate(**folds)
    assert PLAYED == [3, 4] * 3
    fresh = kf.evaluate(iterated(UP_AND_DOWN, kf.NumberLimit(4)), X, Y, **folds)
    assert again.per_fold == fresh.per_fold
    PLAYED.clear()
    mach.model.controls[1].n = 3  # fewer: what folds know is no use
    mach.evaluate(**folds)
    assert PLAYED == [1, 2, 3] * 3


def test_folds_at_once_are_folds_one_by_one():
    folds = {"resampling": kf.CV(nfolds=3), "verbosity": 0}
    one, three = (
        kf.evaluate(iterated(UP_AND_DOWN, kf.NumberSinceBest(2)), X, Y, n_jobs=n, **folds)
        for n in (1, 3)
    )
    assert one.per_fold == three.per_fold


# being looked at


def test_a_record_prints_as_its_call_and_equals_its_copy():
    model = iterated((1,), kf.NumberLimit(2))
    assert "NumberLimit(n=2)" in repr(model)
    assert copied(model) == model
    model.controls[1].n = 3
    assert model != iterated((1,), kf.NumberLimit(2))


def test_early_stopping_is_an_iterated_model_in_the_words_of_keras():
    model = kf.early_stopping(Scripted(), patience=3, min_delta=0.1, max_epochs=40, measure="mae")
    expected = [
        kf.Step(1),
        kf.InvalidValue(),
        kf.NumberSinceBest(3, min_delta=0.1),
        kf.NumberLimit(40),
    ]
    assert model == kf.IteratedModel(Scripted(), expected, resampling=0.8, measure=kf.mae)
    assert kf.early_stopping(Scripted(), holdout=0.15).resampling == 0.85
    script = (1.0, 0.95, 0.91, 0.905, 0.89)  # a new best for patience is one by more than 0.1
    stopped = kf.early_stopping(Scripted(script=script), patience=3, min_delta=0.1)
    mach = kf.machine(stopped, X, Y).fit(verbosity=0)
    assert mach.report.n_iterations == 4
    assert mach.report.best_iteration == 4  # the best of all, whatever min_delta


def test_the_picture_shows_the_best_look_and_the_end():
    pytest.importorskip("matplotlib")
    figure = fitted(UP_AND_DOWN, kf.NumberSinceBest(3)).plot()
    labels = [line.get_label() for axes in figure.axes for line in axes.lines]
    assert any("stopped" in label for label in labels)
    assert any("best" in label for label in labels)


class Counted(Shifting):
    """Counts the rows of each table that it transforms."""

    def transform(self, fitted, X):
        TRANSFORMED.append(len(X))
        return super().transform(fitted, X)


TRANSFORMED = []


def test_a_pipeline_makes_its_training_rows_once_for_all_cycles():
    TRANSFORMED.clear()
    model = kf.IteratedModel(
        kf.Pipeline(shift=Counted(), net=Scripted(script=(5.0, 3.0, 4.0))),
        [kf.Step(1), kf.NumberLimit(3)],
    )
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    assert [n for n in TRANSFORMED if n == 14] == [14]
    TRANSFORMED.clear()
    model.controls[1].n = 5
    mach.fit(verbosity=0)
    assert [n for n in TRANSFORMED if n == 14] == [14]
    assert PLAYED == [1, 2, 3, 4, 5]


def test_a_control_may_change_a_step_before_the_network():
    class Doubling(kf.Control):
        def update(self, state, trainable, cycle, verbosity):
            if trainable.n_iterations == 2:
                trainable.set("shift.times", 2.0)

    model = kf.IteratedModel(
        kf.Pipeline(shift=Counted(), net=Scripted(script=(5.0, 3.0, 4.0))),
        [kf.Step(1), Doubling(), kf.NumberLimit(3)],
    )
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    assert PLAYED == [1, 2, 1, 2, 3]  # what the network gets is another thing then
    means = mach.fitted.state.moment.fitted.params["shift"].means
    assert np.allclose(means, 2 * X.iloc[rows_that_train()].mean())


def rows_that_train():
    return st.partition(np.arange(20), 0.7, shuffle=True, rng=0)[0]
