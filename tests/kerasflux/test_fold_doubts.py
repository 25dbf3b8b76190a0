"""What is wrong with folds, or doubtful about them, is said before anything is trained."""

import numpy as np
import pandas as pd
import pytest
import toys
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from toys import Shares, Walker

import kerasflux as kf
from kerasflux import doubts
from kerasflux.scoring.measures import MEASURES

MEASURED = ["accuracy", "auc", "recall"]
SINGLE = [m for m in MEASURES if not m.name.startswith("multitarget")]
X = pd.DataFrame({"a": np.arange(24.0), "b": pd.Categorical(list("uvw") * 8)})
Y = np.arange(24.0) ** 2
CLASSES = pd.Series(pd.Categorical(["no", "yes", "no"] * 8), name="answer")
BLOCKS = pd.Categorical(["no"] * 12 + ["yes"] * 12)
PATIENTS = np.repeat(np.arange(8), 3)


def refused(error, match, call):
    toys.WALKED.clear()
    toys.PREPARED.clear()
    with pytest.raises(error, match=match) as caught:
        call()
    problem = caught.value
    assert problem.expected
    assert problem.received
    assert problem.remedy
    assert toys.WALKED == toys.PREPARED == []
    return problem


# groups


def test_no_patient_trains_and_tests():
    e = kf.evaluate(Walker(), X, Y, GroupKFold(4), "rms", groups=PATIENTS, verbosity=0)
    assert len(e.train_test_rows) == 4
    for train, test in e.train_test_rows:
        assert not set(PATIENTS[train]) & set(PATIENTS[test])
    assert repr(e).splitlines()[0].startswith("Walker: 4 folds by GroupKFold(n_splits=4")
    mach = kf.machine(Walker(), X, Y)
    assert mach.evaluate(GroupKFold(4), "rms", groups=PATIENTS, verbosity=0).per_fold == e.per_fold


def test_groups_are_those_of_the_rows_evaluated():
    rows = np.arange(12, 24)
    e = kf.evaluate(Walker(), X, Y, GroupKFold(2), rows=rows, groups=PATIENTS, verbosity=0)
    for train, test in e.train_test_rows:
        assert set(train) | set(test) == set(rows)
        assert not set(PATIENTS[train]) & set(PATIENTS[test])


@pytest.mark.parametrize(
    "groups",
    [PATIENTS[:5], "patient", 3, [None, *PATIENTS[1:]], np.zeros((24, 2)), {"patient": PATIENTS}],
    ids=["short", "name", "number", "missing", "matrix", "table"],
)
def test_groups_that_can_not_be_used_are_refused(groups):
    problem = refused(
        kf.ArgumentError,
        "`groups` can't be used",
        lambda: kf.evaluate(Walker(), X, Y, GroupKFold(2), groups=groups, verbosity=0),
    )
    assert "24 rows" in problem.expected


def test_groups_of_another_index_are_refused():
    groups = pd.Series(PATIENTS, index=range(100, 124))
    with pytest.raises(kf.DataError, match="different indexes"):
        kf.evaluate(Walker(), X, Y, GroupKFold(2), groups=groups, verbosity=0)


@pytest.mark.parametrize("resampling", [None, kf.CV(3), KFold(3), [([0], [1])]], ids=repr)
def test_groups_are_never_ignored(resampling):
    problem = refused(
        kf.ResamplingError,
        "no use of groups",
        lambda: kf.evaluate(Walker(), X, Y, resampling, groups=PATIENTS, verbosity=0),
    )
    assert "GroupKFold" in problem.remedy


# splitters of scikit-learn, and time


def test_splitters_of_scikit_learn_are_strategies():
    ours = kf.evaluate(Walker(), X, Y, kf.CV(nfolds=3), verbosity=0)
    assert kf.evaluate(Walker(), X, Y, KFold(3), verbosity=0).per_fold == ours.per_fold
    assert len(kf.evaluate(Walker(), X, Y, LeaveOneOut(), "l1", verbosity=0).per_fold[0]) == 24
    repeated = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=1)
    assert len(kf.evaluate(Shares(), X, CLASSES, repeated, verbosity=0).per_fold[0]) == 6
    split = KFold(3).split(X, Y)  # can be gone through once
    assert [e.per_fold for e in kf.evaluate([Walker()] * 2, X, Y, split, verbosity=0)] == [
        ours.per_fold
    ] * 2


def test_all_models_have_the_folds_of_a_splitter_that_draws_at_random():
    one, two = kf.evaluate([Walker(), Walker()], X, Y, ShuffleSplit(3), verbosity=0)
    assert one.per_fold == two.per_fold
    assert one.resampling.random_state is not None  # and so the same folds can be had again
    assert kf.evaluate(Walker(), X, Y, one.resampling, verbosity=0).per_fold == one.per_fold

    class Drawing:
        def split(self, X, y=None):
            order = np.random.default_rng().permutation(len(X))
            yield order[:12], order[12:]

    one, two = kf.evaluate([Walker(), Walker()], X, Y, Drawing(), verbosity=0)
    assert one.per_fold == two.per_fold


def test_splitters_that_shuffle_are_repeated_with_other_seeds():
    shuffled = KFold(2, shuffle=True, random_state=0)
    e = kf.evaluate(Walker(), X, Y, shuffled, repeats=3, verbosity=0)
    assert len({tuple(sorted(test)) for _, test in e.train_test_rows}) == 6
    problem = refused(
        kf.ResamplingError,
        "same folds",
        lambda: kf.evaluate(Walker(), X, Y, KFold(2), repeats=2, verbosity=0),
    )
    assert "RepeatedKFold" in problem.remedy


def test_folds_in_time_are_evaluated():
    dated = X.set_index(pd.date_range("2026-01-01", periods=24))
    e = kf.evaluate(Walker(), dated, Y, kf.TimeSeriesCV(3), verbosity=0)
    assert e.per_fold == kf.evaluate(Walker(), X, Y, TimeSeriesSplit(3), verbosity=0).per_fold
    backwards = dated.iloc[::-1]
    refused(
        kf.ResamplingError,
        "not in the order of time",
        lambda: kf.evaluate(Walker(), backwards, Y, kf.TimeSeriesCV(3), verbosity=0),
    )
    by = kf.TimeSeriesCV(3, by="index")
    assert kf.evaluate(Walker(), backwards, Y[::-1].copy(), by, verbosity=0).per_fold == e.per_fold


def test_all_rows_may_train_and_test_if_that_is_asked_for():
    e = kf.evaluate(Walker(epochs=60), X, Y, kf.InSample(), "l1", verbosity=0)
    assert e["l1"] == pytest.approx(np.abs(Y - Y.mean()).mean())
    refused(
        kf.ResamplingError,
        "same folds",
        lambda: kf.evaluate(Walker(), X, Y, kf.InSample(), repeats=2, verbosity=0),
    )


@pytest.mark.parametrize(
    ("strategy", "seed"), [(kf.CV(3), "rng=0"), (KFold(3), "shuffle=True, random_state=0")]
)
def test_blocks_that_are_not_shuffled_are_warned_of(strategy, seed):
    with pytest.warns(UserWarning, match="comes in blocks") as told:
        kf.evaluate(Shares(), X, BLOCKS, strategy, verbosity=0)
    assert f"{type(strategy).__name__}(..., {seed}) shuffles" in str(told[0].message)


@pytest.mark.parametrize("strategy", [StratifiedKFold(3), kf.StratifiedCV(3), kf.InSample()])
def test_blocks_that_are_stratified_are_not_warned_of(strategy):
    assert kf.evaluate(Shares(), X, BLOCKS, strategy, verbosity=0).per_fold


# classes that are missing


RARE = pd.Categorical(["no"] * 12 + ["yes"] * 11 + ["perhaps"])


@pytest.mark.filterwarnings("ignore:the target comes in blocks")
@pytest.mark.parametrize("resampling", [kf.CV(2), kf.Holdout(0.5), KFold(2)], ids=repr)
def test_classes_that_are_tested_but_not_trained_on_are_refused(resampling):
    problem = refused(
        kf.ResamplingError,
        "fold 1 tests class",
        lambda: kf.evaluate(Shares(), X, BLOCKS, resampling, verbosity=0),
    )
    assert "StratifiedCV(rng=0)" in problem.remedy


def test_a_class_of_a_single_row_has_to_be_left_out():
    problem = refused(
        kf.ResamplingError,
        "tests class 'perhaps'",
        lambda: kf.evaluate(Shares(), X, RARE, verbosity=0),
    )
    assert "one row of 'perhaps'" in problem.remedy
    assert len(kf.evaluate(Shares(), X, RARE, rows=range(23), verbosity=0).per_fold[0]) == 6


def test_classes_that_come_later_in_time_are_refused():
    problem = refused(
        kf.ResamplingError,
        "tests class 'yes'",
        lambda: kf.evaluate(Shares(), X, BLOCKS, kf.TimeSeriesCV(4), verbosity=0),
    )
    assert "Fewer folds" in problem.remedy
    later = kf.TimeSeriesCV(1, test_size=6)
    assert len(kf.evaluate(Shares(), X, BLOCKS, later, verbosity=0).per_fold[0]) == 1


def test_of_pairs_written_out_it_is_a_warning():
    with pytest.warns(UserWarning, match="fold 1 tests class 'yes', of which no row trains"):
        e = kf.evaluate(Shares(), X, BLOCKS, [(range(12), range(12, 24))], verbosity=0)
    assert len(e.per_fold[0]) == 1


# measures that can't judge


def test_a_positive_class_is_asked_for_before_training():
    problem = refused(
        kf.MeasureError,
        "positive",
        lambda: kf.evaluate(Shares(), X, CLASSES, measure="f1", verbosity=0),
    )
    assert "positive=" in problem.remedy


def test_test_rows_that_a_measure_can_not_judge_are_refused_before_training():
    ordered = pd.Series(kf.coerce(BLOCKS, kf.OrderedFactor, levels=["no", "yes"]))
    folds = [([0, 1, 22, 23], [2, 21]), ([0, 1, 22, 23], [2, 3])]
    toys.PREPARED.clear()
    with pytest.raises(kf.MeasureError) as caught:
        kf.evaluate(Shares(), X, ordered, folds, MEASURED, verbosity=0)
    assert caught.value.__notes__ == ["This would happen in fold 2 of 2."]
    assert toys.PREPARED == []
    folds = folds[:1]
    e = kf.evaluate(Shares(), X, ordered, folds, MEASURED, verbosity=0)
    assert e.positive == [None, None, "yes"]


def test_folds_with_as_many_rows_of_the_same_classes_are_rehearsed_once(monkeypatch):
    rehearsed, rehearse_one = [], doubts._rehearse_one

    def counted(measure, truth, *others):
        rehearsed.append(list(truth))
        return rehearse_one(measure, truth, *others)

    monkeypatch.setattr(doubts, "_rehearse_one", counted)
    mixed = pd.Categorical(list("ab") * 12)
    kf.evaluate(Shares(), X, mixed, kf.CV(4), verbosity=0)
    assert len(rehearsed) == 1
    kf.evaluate(Shares(), X, mixed, kf.CV(4), measure_weight=np.ones(24), verbosity=0)
    assert len(rehearsed) == 5  # which rows weigh what may matter
    train = [k for k in range(24) if k not in (0, 1, 2, 4)]
    kf.evaluate(Shares(), X, mixed, [(train, [0, 1]), (train, [2, 4])], verbosity=0)
    assert rehearsed[5:] == [["a", "b"], ["a", "a"]]


@pytest.mark.parametrize("measure", SINGLE, ids=repr)
def test_no_measure_refuses_what_it_can_judge(measure):
    """The rehearsal of measures says nothing that their verdict on real predictions would not."""
    labels = measure.target_scitype <= kf.Vector[kf.Finite]
    y = kf.coerce(pd.Categorical(list("ab") * 12), kf.OrderedFactor, verbosity=0)
    model, y = (Shares(), y) if labels else (Walker(), Y + 1)
    e = kf.evaluate(model, X, y, kf.CV(2), measure, verbosity=0)
    assert len(e.per_fold[0]) == 2


def test_remedies_never_break_groups_apart():
    groups = np.repeat(["one", "two"], 12)
    call = {"groups": groups, "measure": "accuracy", "verbosity": 0}
    problem = refused(
        kf.ResamplingError,
        "fold 1 tests class 'yes'",
        lambda: kf.evaluate(Shares(), X, BLOCKS, GroupKFold(2), **call),
    )
    assert "StratifiedGroupKFold(n_splits=5)" in problem.remedy
    assert "StratifiedCV" not in problem.remedy
    with pytest.warns(UserWarning, match="StratifiedGroupKFold") as told:
        kf.evaluate(Shares(), X, BLOCKS, GroupKFold(2), **call | {"groups": PATIENTS})
    assert "StratifiedCV" not in str(told[0].message)


def test_remedies_for_numbers_and_for_times_fit_them():
    problem = refused(
        kf.MeasureError,
        "`r2` has no value",
        lambda: kf.evaluate(Walker(), X, Y, LeaveOneOut(), measure="r2", verbosity=0),
    )
    assert "class" not in problem.expected
    assert "Stratified" not in problem.remedy
    problem = refused(
        kf.ResamplingError,
        "same folds",
        lambda: kf.evaluate(Walker(), X, Y, kf.TimeSeriesCV(3), repeats=2, verbosity=0),
    )
    assert "larger nfolds" in problem.remedy
    assert "KFold" not in problem.remedy


def test_models_that_make_folds_of_their_own_are_told_to_know_no_groups(capsys):
    search = kf.TunedModel(Walker(), {"epochs": [1, 2]}, resampling=GroupKFold(2), measure="rms")
    call = {"groups": PATIENTS, "measure": "rms"}
    with pytest.raises(kf.ResamplingError, match="written out") as caught:
        kf.evaluate(search, X, Y, GroupKFold(2), **call, verbosity=0)
    assert "resampling=list(splitter.split(X, y, groups))" in caught.value.remedy
    search.resampling = kf.CV(2)
    kf.evaluate(
        kf.TransformedTargetModel(search, transformer="log1p"), X, abs(Y), GroupKFold(2), **call
    )
    said = "the folds that TransformedTargetModel makes of its training rows know no groups"
    assert said in capsys.readouterr().out
    kf.evaluate(Walker(), X, Y, GroupKFold(2), **call)
    assert "know no groups" not in capsys.readouterr().out
    search.resampling = list(GroupKFold(2).split(X, Y, PATIENTS))
    assert len(kf.machine(search, X, Y).fit(verbosity=0).report.history) == 2
