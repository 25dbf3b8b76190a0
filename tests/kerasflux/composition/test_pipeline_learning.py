"""What the steps of a pipeline learn, which of them are kept, and what the caller hears of it."""

import composites
import numpy as np
import pandas as pd
import pytest
from composites import GROWN, LEARNED, Growing, Secretive, Shifting
from toys import WALKED, Doubling, Failing, Shares, Walker

import kerasflux as kf
from kerasflux.hyperparameters import copied


@pytest.fixture(autouse=True)
def forget():
    LEARNED.clear()
    GROWN.clear()
    WALKED.clear()


@pytest.fixture
def X():
    return pd.DataFrame({"a": np.arange(12.0), "b": np.arange(12.0)[::-1] ** 2})


@pytest.fixture
def y():
    return pd.Series(np.arange(12.0) + 1, name="price")


def three(**changes):
    """Two transformers and a walker."""
    pipe = kf.Pipeline(
        first=Shifting(name="first"), second=Shifting(name="second"), net=Walker(epochs=4)
    )
    for path, value in changes.items():
        kf.hyperparameters.set_path(pipe, path, value)
    return pipe


def machine(pipe, X, y):
    return kf.machine(pipe, X, y).fit(verbosity=0)


def test_each_step_learns_from_what_the_others_made_of_the_training_rows(X, y):
    mach = kf.machine(three(), X, y).fit(rows=range(5), verbosity=0)
    assert LEARNED == [("first", 5), ("second", 5)]
    assert mach.fitted_params.first.means.tolist() == X.iloc[:5].mean().tolist()
    assert mach.fitted_params["second"]["means"] == pytest.approx([0, 0])
    assert (
        mach.fitted_params.net.place
        == mach.report.net.training_losses[0] - mach.report.net["training_losses"][-1]
    )


def test_the_report_has_that_of_each_step_and_the_training_of_the_last(X, y):
    mach = machine(three(), X, y)
    assert len(mach.training_losses) == 5
    assert mach.history["epoch"].tolist() == [1, 2, 3, 4]
    assert list(mach.report.net.training_losses) == mach.training_losses.tolist()
    assert dict(mach.report.first) == {}
    assert "trained for 4 epochs" in repr(mach)


def test_more_epochs_go_on_and_nothing_else_is_learned_again(X, y):
    mach = machine(three(), X, y)
    mach.model.net.epochs = 10
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: net.epochs 4 -> 10)"
    assert [*range(1, 11)] == WALKED
    assert LEARNED == [("first", 12), ("second", 12)]
    once = machine(three(**{"net.epochs": 10}), X, y)
    assert mach.training_losses.tolist() == once.training_losses.tolist()
    assert mach.predict().equals(once.predict())


def test_nothing_is_done_when_nothing_changed(X, y):
    mach = machine(three(), X, y)
    mach.fit(verbosity=0)
    assert mach.report.decision == "nothing to do (3: the model did not change)"


@pytest.mark.parametrize(
    ("path", "value", "again"),
    [("first.times", 2.0, ["first", "second"]), ("second.times", 2.0, ["second"])],
)
def test_a_changed_step_and_those_behind_it_learn_anew(X, y, path, value, again):
    mach = machine(three(), X, y)
    kf.hyperparameters.set_path(mach.model, path, value)
    mach.model.net.epochs = 6
    LEARNED.clear()
    WALKED.clear()
    mach.fit(verbosity=0)
    assert mach.report.decision == f"from scratch (4: {path} 1.0 -> 2.0), 4 epochs discarded"
    assert [name for name, _ in LEARNED] == again
    assert [*range(1, 7)] == WALKED
    assert mach.predict().equals(machine(copied(mach.model), X, y).predict())


class Keeping(Shifting):
    """One whose hyperparameter counts when it transforms, not when it learns."""

    by: float = 0.0

    def update(self, fitted, old_model, data):
        return fitted

    def transform(self, fitted, X):
        return super().transform(fitted, X) + self.by


def test_a_step_that_does_another_thing_with_what_it_learned_has_changed(X, y):
    mach = machine(kf.Pipeline(keep=Keeping(), shift=Shifting(), net=Walker(epochs=2)), X, y)
    mach.model.keep.by = 7.0
    mach.fit(verbosity=0)
    assert mach.fitted_params.shift.means == pytest.approx([7, 7])


def test_one_model_may_be_several_steps(X):
    X = X.assign(town=pd.Categorical(["Ox", "Ur"] * 6))
    one = kf.OneHotEncoder()
    mach = kf.machine(kf.Pipeline(hot=one, shift=Shifting(), again=one), X).fit(verbosity=0)
    assert mach.transform().mean().to_numpy() == pytest.approx(np.zeros(4))


def test_a_change_that_the_last_step_restarts_for_keeps_the_steps_before_it(X, y):
    mach = machine(three(), X, y)
    mach.model.net.rate = 0.25
    LEARNED.clear()
    mach.fit(verbosity=0)
    assert mach.report.decision == "from scratch (4: net.rate 0.5 -> 0.25), 4 epochs discarded"
    assert LEARNED == []
    assert (
        mach.training_losses.tolist() == machine(copied(mach.model), X, y).training_losses.tolist()
    )


def test_a_step_of_another_class_starts_anew(X, y):
    mach = machine(three(), X, y)
    mach.model.second = Doubling()
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith(
        "from scratch (4: second Shifting(name='second') -> Doub"
    )
    other = kf.Pipeline(second=Doubling(), net=Walker(epochs=4))
    mach.model = other
    mach.fit(verbosity=0)
    told = "from scratch (2: another model class, "
    assert mach.report.decision.startswith(
        f"{told}Pipeline(first, second, net) -> Pipeline(second, net))"
    )


def test_never_restarting_refuses_before_anything_is_lost(X, y):
    mach = machine(three(), X, y)
    before = mach.training_losses
    mach.model.first.times = 3.0
    with pytest.raises(kf.CannotContinue, match=r"first\.times"):
        mach.fit(restart="never", verbosity=0)
    assert mach.training_losses.tolist() == before.tolist()


def test_other_data_goes_on_with_what_the_steps_have_learned(X, y):
    mach = machine(three(), X, y)
    means = mach.fitted_params.first.means
    other = mach.with_data(X + 1, y)
    other.model.net.epochs = 6
    LEARNED.clear()
    other.fit(restart="never", verbosity=0)
    assert LEARNED == []
    assert other.fitted_params.first.means is means


def test_an_interrupt_keeps_the_finished_epochs_and_all_steps(X, y, capsys):
    def strike(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    mach = kf.machine(three(), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, verbosity=0)
    assert "the machine holds epoch 2 of 4" in capsys.readouterr().out
    assert len(mach.training_losses) == 3
    assert len(mach.predict()) == 12
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 2, going on to 4 epochs)"
    assert LEARNED == [("first", 12), ("second", 12)]
    assert mach.predict().equals(machine(three(), X, y).predict())


def test_a_checkpoint_is_one_of_the_whole_pipeline(X, y, tmp_path):
    class Crash(Exception):
        pass

    def crash(row):
        if row["epoch"] == 3:
            raise Crash

    with pytest.raises(Crash):
        kf.machine(three(), X, y).fit(checkpoint=tmp_path, on_epoch=crash, verbosity=0)
    WALKED.clear()
    mach = kf.machine(three(), X, y).fit(checkpoint=tmp_path, verbosity=0)
    assert WALKED == [3, 4]
    once = machine(three(), X, y)
    assert mach.training_losses.tolist() == once.training_losses.tolist()
    assert mach.predict().equals(once.predict())
    other = three(**{"first.times": 9.0})
    with pytest.raises(kf.CheckpointMismatch, match=r"first\.times"):
        kf.machine(other, X, y).fit(checkpoint=tmp_path, verbosity=0)


def test_steps_that_can_not_be_written_are_refused_before_training(X, y, tmp_path):
    class Mute(Shifting):
        dump = kf.Model.dump

    class Silent(Walker):
        dump = kf.Model.dump

    with pytest.raises(kf.NotSupported, match=r"`mute` \(Mute\) has no `dump`"):
        kf.machine(Mute() | Walker(), X, y).fit(checkpoint=tmp_path, verbosity=0)
    target = kf.TransformedTargetModel(Silent(), "log")
    with pytest.raises(kf.NotSupported, match=r"`model` \(Silent\) has no `dump`"):
        kf.machine(target, X, y).fit(checkpoint=tmp_path, verbosity=0)
    assert WALKED == []


def test_validation_rows_go_through_the_steps(X, y):
    seen = []

    class Watching(Walker):
        def _walk(self, fitted, data, run):
            seen.append((data.X, run.validation.X, run.validation.y))
            return super()._walk(fitted, data, run)

    mach = kf.machine(kf.Pipeline(shift=Shifting(), net=Watching(epochs=2)), X, y)
    mach.fit(rows=range(6), validation=range(6, 12), verbosity=0)
    [(train, validation, target)] = seen
    means = X.iloc[:6].mean().to_numpy()
    assert train.equals(X.iloc[:6] - means)
    assert validation.equals(X.iloc[6:] - means)
    assert target.equals(y.iloc[6:])
    assert mach.history["validation_loss"].notna().all()
    mach.fit(rows=range(6), validation=(X.iloc[6:], y.iloc[6:]), restart="always", verbosity=0)
    assert seen[1][1].equals(X.iloc[6:] - means)


def test_the_decision_is_told_once_and_before_the_first_epoch(X, y, capsys):
    mach = kf.machine(three(), X, y).fit()
    out = capsys.readouterr().out
    assert out.count("from scratch (2: never trained)") == 1
    rows = []
    mach.model.net.epochs = 6
    mach.fit(on_epoch=lambda row: rows.append(row["epoch"]))
    assert rows == [5, 6]
    assert capsys.readouterr().out.count("continued (4: net.epochs 4 -> 6)") == 1


def test_weights_reach_the_steps_that_use_them(X, y):
    w = np.linspace(0.5, 2.0, 12)
    mach = kf.machine(three(**{"net.epochs": 50}), X, y, sample_weight=w).fit(verbosity=0)
    assert mach.predict().iloc[0] == pytest.approx(np.average(y, weights=w))
    with pytest.raises(kf.WeightsError, match="no use of sample weights"):
        kf.machine(Shifting() | Shares(), X, pd.Categorical(list("ab") * 6), sample_weight=w)


def test_what_goes_wrong_in_a_step_names_it(X, y):
    mach = kf.machine(Shifting() | Failing(), X, y)
    with pytest.raises(ZeroDivisionError) as failure:
        mach.fit(verbosity=0)
    assert "This happened in the step `failing` of a pipeline." in failure.value.__notes__


def test_a_pipeline_in_a_pipeline_goes_on_too(X, y):
    inner = kf.Pipeline(b=Shifting(name="b"), net=Walker(epochs=4))
    mach = machine(kf.Pipeline(a=Shifting(name="a"), rest=inner), X, y)
    mach.model.rest.net.epochs = 9
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: rest.net.epochs 4 -> 9)"
    assert [*range(1, 10)] == WALKED
    assert LEARNED == [("a", 12), ("b", 12)]
    mach.model.rest.b.times = 0.5
    mach.fit(verbosity=0)
    assert mach.report.decision == "from scratch (4: rest.b.times 1.0 -> 0.5), 9 epochs discarded"
    assert LEARNED == [("a", 12), ("b", 12), ("b", 12)]


# transformers only


def test_a_pipeline_of_transformers_transforms_and_undoes_it(X):
    mach = kf.machine(kf.Pipeline(shift=Shifting(), twice=Doubling()), X).fit(verbosity=0)
    out = mach.transform(X)
    assert out.to_numpy() == pytest.approx((2 * (X - X.mean())).to_numpy())
    assert mach.inverse_transform(out).to_numpy() == pytest.approx(X.to_numpy())
    with pytest.raises(kf.NotSupported, match="nothing to measure"):
        kf.evaluate(kf.machine(mach.model, X), verbosity=0)


def test_a_step_that_iterates_before_others_goes_on_and_they_learn_anew(X, y):
    pipe = kf.Pipeline(grow=Growing(epochs=2), shift=Shifting())
    mach = machine(pipe, X, y)
    assert pipe.iteration_parameter == "grow.epochs"
    pipe.grow.epochs = 5
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: grow.epochs 2 -> 5)"
    assert GROWN == [1, 2, 3, 4, 5]
    once = machine(copied(pipe), X, y)
    assert mach.transform().equals(once.transform())
    pipe.shift.times = 2.0
    GROWN.clear()
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: shift.times 1.0 -> 2.0), no epochs left to train"
    assert GROWN == []
    assert mach.transform().equals(machine(copied(pipe), X, y).transform())


def test_an_interrupt_of_a_step_before_others_leaves_a_whole_pipeline(X, y):
    def strike(row):
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    mach = kf.machine(kf.Pipeline(grow=Growing(epochs=5), shift=Shifting()), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, verbosity=0)
    short = machine(kf.Pipeline(grow=Growing(epochs=3), shift=Shifting()), X, y)
    assert mach.transform().equals(short.transform())
    mach.fit(verbosity=0)
    whole = machine(kf.Pipeline(grow=Growing(epochs=5), shift=Shifting()), X, y)
    assert mach.transform().equals(whole.transform())


def test_of_two_steps_that_iterate_the_last_one_leads(X, y):
    mach = machine(kf.Pipeline(grow=Growing(epochs=2), net=Walker(epochs=3)), X, y)
    mach.model.net.epochs = 5
    mach.fit(verbosity=0)
    assert (GROWN, WALKED) == ([1, 2], [1, 2, 3, 4, 5])
    mach.model.grow.epochs = 4
    mach.fit(verbosity=0)
    assert mach.report.decision == "from scratch (4: grow.epochs 2 -> 4), 5 epochs discarded"
    assert GROWN == [1, 2, 3, 4]  # what it had learned is gone on from
    assert WALKED == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]


class Striking(list):
    """Interrupts when something is noted in it."""

    def append(self, item):
        raise KeyboardInterrupt


def test_an_interrupt_before_the_leader_learns_leaves_the_machine_as_it_was(
    X, y, monkeypatch, capsys
):
    mach = machine(kf.Pipeline(grow=Growing(epochs=2), net=Walker(epochs=3)), X, y)
    before = mach.predict()
    mach.model.grow.epochs = 4
    with monkeypatch.context() as patch:
        patch.setattr(composites, "GROWN", Striking())
        with pytest.raises(KeyboardInterrupt) as stop:
            mach.fit(verbosity=0)
    assert not isinstance(stop.value, kf.errors.Interrupted)
    assert "the machine is as it was" in capsys.readouterr().out
    assert mach.predict().equals(before)
    assert mach.fitted_params.grow.size == 2
    mach.fit(verbosity=0)
    assert mach.predict().equals(machine(copied(mach.model), X, y).predict())


# evaluations


@pytest.mark.parametrize("resampling", [kf.Holdout(0.5), kf.CV(nfolds=3)])
def test_evaluating_again_trains_only_the_new_epochs_of_each_fold(X, y, resampling):
    mach = kf.machine(three(), X, y)
    options = {"resampling": resampling, "measure": kf.l1, "verbosity": 0}
    first = mach.evaluate(**options)
    folds = len(first.train_test_rows)
    assert [1, 2, 3, 4] * folds == WALKED
    assert len(LEARNED) == 2 * folds
    WALKED.clear()
    LEARNED.clear()
    mach.model.net.epochs = 7
    again = mach.evaluate(**options)
    assert [5, 6, 7] * folds == WALKED
    assert LEARNED == []
    fresh = kf.machine(copied(mach.model), X, y).evaluate(**options)
    assert again.per_fold == fresh.per_fold
    assert [r.decision for r in again.report_per_fold] == [
        "continued (4: net.epochs 4 -> 7)"
    ] * folds


def test_evaluating_again_after_a_step_changed_trains_as_from_scratch(X, y):
    mach = kf.machine(three(), X, y)
    options = {"resampling": kf.CV(nfolds=3), "measure": kf.l1, "verbosity": 0}
    mach.evaluate(**options)
    mach.model.second.times = 3.0
    again = mach.evaluate(**options)
    assert WALKED == [1, 2, 3, 4] * 6
    assert again.per_fold == kf.machine(copied(mach.model), X, y).evaluate(**options).per_fold


# what is only known once steps have learned


def test_parts_that_could_not_be_judged_before_are_judged_when_they_learn(X, y):
    mach = kf.machine(kf.Pipeline(a=Secretive(texts=True), net=Walker()), X, y)
    with pytest.raises(kf.ScitypeMismatch, match=r"`net` \(Walker\) does not take") as refusal:
        mach.fit(verbosity=0)
    assert set(refusal.value.columns) == {"a", "b"}
    assert WALKED == []
    kf.machine(kf.Pipeline(a=Secretive(), net=Walker()), X, y).fit(verbosity=0)
