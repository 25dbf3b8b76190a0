"""Out-of-fold predictions: each row by a fit that did not see it, folds that go on."""

import numpy as np
import pandas as pd
import pytest
from classifying_toys import FITTED, LEANED, Leaning, Remembering
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold
from toys import WALKED, Failing, Walker

import kerasflux as kf
from kerasflux.composition.parts import written_parts
from kerasflux.errors import Interrupted
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import copied
from kerasflux.interface import QUIET, Observations, Run
from kerasflux.resampling import CV, Holdout, StratifiedCV, pairs
from kerasflux.wrappers.outoffold import FoldFits, as_resampling, folds_of, learn

N = 24
X = pd.DataFrame({"id": np.arange(N, dtype=float), "a": np.linspace(-2, 2, N)})
Y = pd.Series(pd.Categorical(["no", "yes", "no", "maybe"] * (N // 4)), name="answer")
NUMBERS = pd.Series(np.arange(N) ** 2.0)


def rows_of(y=Y, numbers=None):
    rows = Rows(Observations(X, y))
    return rows if numbers is None else rows.take(np.asarray(numbers))


def sure(found):
    """The largest probability of each row."""
    return found.joined(lambda p: np.asarray(p).max(axis=1))


def test_no_row_is_predicted_by_a_fit_that_knows_it():
    rows = rows_of()
    found = learn(Remembering(), rows, folds_of(None, rows))
    assert found.rows.tolist() == list(range(N))
    assert np.allclose(sure(found), 1 / 3)


def test_copies_of_a_row_stay_on_one_side():
    drawn = np.random.default_rng(3).integers(0, N, 60)
    rows = rows_of(numbers=drawn)
    for resampling in (None, CV(nfolds=4, rng=1), StratifiedCV(nfolds=2)):
        folds = folds_of(resampling, rows)
        found = learn(Remembering(), rows, folds)
        assert found.rows.tolist() == list(range(60))
        assert np.allclose(sure(found), 1 / 3)
        naive = learn(Remembering(), rows, pairs(CV(nfolds=4, rng=1), 60))
        assert sure(naive).max() == 1.0  # what the care is for


def test_what_is_joined_is_in_the_order_of_the_rows():
    rows = rows_of(NUMBERS)
    given = [([5, 6, 7], [9, 1]), ([2, 3], [0]), ([1], [4, 8])]
    found = learn(Walker(epochs=1), rows, folds_of(given, rows))
    assert found.rows.tolist() == [0, 1, 4, 8, 9]
    ids = iter([np.array([9.0, 1.0]), np.array([0.0]), np.array([4.0, 8.0])])
    assert found.joined(lambda p: next(ids)).tolist() == [0.0, 1.0, 4.0, 8.0, 9.0]
    by_hand = [np.mean(np.arange(N)[train] ** 2.0) / 2 for train, _ in given]
    assert found.joined(np.asarray).tolist() == [by_hand[k] for k in (1, 0, 2, 2, 0)]


def test_positions_are_among_the_rows_not_in_the_data():
    rows = rows_of(numbers=np.arange(12, 24))
    folds = folds_of(CV(nfolds=2), rows)
    assert sorted(np.concatenate([t for _, t in folds])) == list(range(12))
    found = learn(Remembering(), rows, folds)
    assert all(i >= 12 for fit in found.fits.fits for i in fit.params["known"])


def test_a_holdout_predicts_the_rest():
    rows = rows_of()
    found = learn(Remembering(), rows, folds_of(Holdout(0.75), rows))
    assert found.rows.tolist() == list(range(18, 24))


def test_folds_by_default_are_those_of_evaluations():
    found = folds_of(None, rows_of())
    expected = pairs(StratifiedCV(rng=0), N, Y)
    assert [t.tolist() for _, t in found] == [t.tolist() for _, t in expected]
    numbers = folds_of(None, rows_of(NUMBERS))
    assert [t.tolist() for _, t in numbers] == [t.tolist() for _, t in pairs(CV(rng=0), N)]


# going on


def test_more_epochs_train_only_those_on_every_fold():
    rows, model = rows_of(), Leaning(epochs=3)
    folds = folds_of(CV(nfolds=3, rng=0), rows)
    before = learn(model, rows, folds)
    more = copied(model)
    more.epochs = 5
    LEANED.clear()
    FITTED.clear()
    found = learn(more, rows, folds, before=(before.fits, model))
    assert LEANED == [4, 5] * 3
    assert FITTED == []
    fresh = learn(more, rows, folds)
    assert np.array_equal(found.joined(np.asarray), fresh.joined(np.asarray))


def test_an_equal_model_is_not_even_asked():
    rows, model = rows_of(), Remembering()
    folds = folds_of(None, rows)
    before = learn(model, rows, folds)
    again = learn(copied(model), rows, folds, before=(before.fits, model))
    assert again.fits is before.fits
    assert np.array_equal(again.joined(np.asarray), before.joined(np.asarray))


def test_other_folds_start_from_scratch():
    rows, model = rows_of(), Leaning(epochs=2)
    before = learn(model, rows, folds_of(CV(nfolds=3, rng=0), rows))
    other = folds_of(CV(nfolds=3, rng=1), rows)
    FITTED.clear()
    learn(model, rows, other, before=(before.fits, model))
    assert FITTED == [16] * 3


def test_a_model_of_another_class_starts_from_scratch():
    rows, model = rows_of(), Remembering()
    folds = folds_of(CV(nfolds=3, rng=0), rows)
    before = learn(model, rows, folds)
    FITTED.clear()
    learn(Leaning(), rows, folds, before=(before.fits, model))
    assert len(FITTED) == 3


def test_fits_of_folds_are_written_and_read_and_go_on():
    rows, model = rows_of(), Leaning(epochs=3)
    folds = folds_of(CV(nfolds=3, rng=0), rows)
    before = learn(model, rows, folds)
    records, arrays = before.fits.dump(model)
    assert list(records) == ["fold_1", "fold_2", "fold_3"]
    read = FoldFits.load(before.fits.digest, model, written_parts(records), arrays)
    more = Leaning(epochs=5)
    LEANED.clear()
    found = learn(more, rows, folds, before=(read, model))
    assert LEANED == [4, 5] * 3
    assert np.array_equal(found.joined(np.asarray), learn(more, rows, folds).joined(np.asarray))


# what stops them


class Struck(Leaning):
    """Is interrupted in its second fit."""

    def fit(self, data, run=QUIET):
        if len(FITTED) >= 1:
            raise Interrupted(None)
        return super().fit(data, run)


def test_an_interrupt_in_a_fold_is_a_plain_one():
    FITTED.clear()
    rows = rows_of()
    with pytest.raises(KeyboardInterrupt) as caught:
        learn(Struck(), rows, folds_of(None, rows))
    assert type(caught.value) is KeyboardInterrupt


class Halting(Leaning):
    """Ends as a search does in which a candidate failed."""

    def fit(self, data, run=QUIET):
        stop = Interrupted(None)
        stop.error = ZeroDivisionError("as user code does")
        raise stop


def test_an_error_that_an_interrupt_carries_is_not_lost():
    rows = rows_of()
    with pytest.raises(ZeroDivisionError, match="as user code does"):
        learn(Halting(), rows, folds_of(None, rows))


def test_a_failure_names_the_fit():
    rows = rows_of(NUMBERS)
    with pytest.raises(ZeroDivisionError) as caught:
        learn(Failing(), rows, folds_of(CV(nfolds=3), rows))
    assert "out-of-fold fit 1 of 3" in caught.value.__notes__[0]


def test_the_caller_hears_when_training_begins_and_of_no_epoch():
    heard = []
    run = Run(on_epoch=heard.append, on_begin=lambda: heard.append("begun"))
    rows = rows_of(NUMBERS)
    WALKED.clear()
    learn(Walker(epochs=2), rows, folds_of(CV(nfolds=2), rows), run)
    run.begin()
    assert len(WALKED) == 4
    assert heard == ["begun"]


def test_a_bar_tells_of_the_folds(capsys):
    rows = rows_of()
    learn(Leaning(), rows, folds_of(CV(nfolds=3), rows), Run(verbosity=1))
    assert "out-of-fold predictions  fold 3/3" in capsys.readouterr().out


# refusals


@pytest.mark.parametrize(
    ("resampling", "told"),
    [
        (kf.InSample(), "learned from them"),
        ([([0, 1, 2, 3], [4]), ([4, 5, 6, 7], [4])], "learned from them|more than once"),
        ([([0, 1, 2, 3], [4]), ([5, 6, 7, 8], [4])], "1 row more than once"),
        (ShuffleSplit(n_splits=4, random_state=0), "more than once"),
        (CV(nfolds=25), "25 folds of 24 rows"),
        ([([0, 1, 2], [30])], "Pair 0"),
    ],
)
def test_folds_that_would_mislead_are_refused(resampling, told):
    with pytest.raises(kf.ResamplingError, match=told):
        folds_of(resampling, rows_of())


def test_a_class_of_one_row_is_refused_by_name():
    y = pd.Series(pd.Categorical(["no"] * 12 + ["yes"] * 11 + ["once"]))
    with pytest.raises(kf.ResamplingError) as caught:
        folds_of(None, rows_of(y))
    assert "'once'" in str(caught.value)
    assert "join 'once' with another class" in str(caught.value)


def test_a_class_that_only_tests_is_refused_with_folds_that_would_do():
    y = pd.Series(pd.Categorical(["no"] * 20 + ["yes"] * 4))
    with pytest.raises(kf.ResamplingError) as caught:
        folds_of(CV(nfolds=2), rows_of(y))
    assert "StratifiedCV(nfolds=4, rng=0)" in str(caught.value)
    folds_of(StratifiedCV(nfolds=4, rng=0), rows_of(y))


def test_a_class_that_no_fold_predicts_is_refused_where_it_matters():
    y = pd.Series(pd.Categorical(["no", "yes"] * 6 + ["no"] * 12))
    folds_of(Holdout(0.75), rows_of(y))
    with pytest.raises(kf.ResamplingError, match="No row of 'yes' would be predicted"):
        folds_of(Holdout(0.75), rows_of(y), every_class=True)


def test_resampling_is_judged_when_it_is_given():
    for value in (5, "cv", CV, 0.5):
        with pytest.raises(kf.ResamplingError, match="no resampling strategy"):
            as_resampling(value)
    drawn = as_resampling(KFold(3, shuffle=True))
    assert drawn.random_state is not None
    assert as_resampling(StratifiedKFold(3)).n_splits == 3
    assert as_resampling(None) is None
    written = [([0, 1], [2])]
    assert as_resampling(written) == written
    assert as_resampling(pair for pair in written) == written


class Death(BaseException):
    """Stands for the death of the process."""


FOLDS = CV(nfolds=3, rng=1)
LEARNERS = {
    "stack": lambda m: kf.Stack(Leaning(), resampling=FOLDS, a=m),
    "threshold": lambda m: kf.BinaryThresholdPredictor(m, "tune", resampling=FOLDS, positive="a"),
    "calibrated": lambda m: kf.CalibratedModel(m, resampling=FOLDS),
    "iterated": lambda m: kf.IteratedModel(
        kf.CalibratedModel(m, resampling=FOLDS), controls=[kf.Step(), kf.NumberLimit(m.epochs)]
    ),
}


@pytest.mark.parametrize("kind", LEARNERS)
@pytest.mark.parametrize("fold", [0, 2])
def test_a_process_that_dies_in_a_fold_loses_nothing_of_its_checkpoint(
    kind, fold, tmp_path, monkeypatch
):
    def machine(epochs):
        answer = kf.coerce(["a", "b"] * (N // 2), kf.Multiclass)
        return kf.machine(LEARNERS[kind](Leaning(epochs=epochs)), X, answer)

    machine(2).fit(checkpoint=tmp_path, verbosity=0)
    calls, led = [], Leaning._led

    def dying(self, *args):
        calls.append(args)
        if len(calls) > fold:
            raise Death
        return led(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Leaning, "_led", dying)
        with pytest.raises(Death):
            machine(5).fit(checkpoint=tmp_path, verbosity=0)
    LEANED.clear()
    mach = machine(5).fit(checkpoint=tmp_path, verbosity=0)
    assert 1 not in LEANED[: -3 if kind == "stack" else None]  # but for the metalearner
    whole = machine(5).fit(verbosity=0)
    assert np.array_equal(np.asarray(mach.predict(X)), np.asarray(whole.predict(X)))
