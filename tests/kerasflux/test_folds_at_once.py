"""Several folds at once: the same results, however many, and in whatever workers."""

import threading
import time

import joblib
import numpy as np
import pandas as pd
import pytest
import toys
from toys import Shares, Walker

import kerasflux as kf
from kerasflux.errors import Interrupted
from kerasflux.folding import Stop, Watched

X = pd.DataFrame({"a": np.arange(24.0), "b": pd.Categorical(list("uvw") * 8)})
Y = np.arange(24.0) ** 2
CLASSES = pd.Series(pd.Categorical(["no", "yes", "no"] * 8), name="answer")


def same(one, other):
    assert one.per_fold == other.per_fold
    assert one.measurement == other.measurement
    for a, b in zip(one.predictions, other.predictions, strict=True):
        assert np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("n_jobs", [2, 5, -1, None])
def test_results_do_not_depend_on_how_many_folds_are_done_at_once(n_jobs):
    options = {"measure": ["log_loss", "accuracy"], "return_predictions": True, "verbosity": 0}
    once = kf.evaluate(Shares(), X, CLASSES, **options)
    same(once, kf.evaluate(Shares(), X, CLASSES, n_jobs=n_jobs, **options))


def test_networks_learn_the_same_bits_in_threads():
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"a": draw.normal(size=90), "b": pd.Categorical(list("uvw") * 30)})
    model = kf.NeuralNetworkClassifier(builder=kf.MLP((8,), dropout=0.5), epochs=3, rng=1)
    y = pd.Categorical(np.where(table["a"] + draw.normal(size=90) > 0, "yes", "no"))
    machines = [kf.machine(model, table, y) for _ in range(2)]
    options = {"return_predictions": True, "verbosity": 0}
    one, three = (
        mach.evaluate(kf.CV(3, rng=0), n_jobs=n, **options)
        for mach, n in zip(machines, (1, 3), strict=True)
    )
    same(one, three)
    model.epochs = 5
    again, further = (
        mach.evaluate(kf.CV(3, rng=0), n_jobs=n, **options)
        for mach, n in zip(machines, (3, 1), strict=True)
    )
    same(again, further)
    assert {r.decision for r in again.report_per_fold} == {"continued (4: epochs 3 -> 5)"}
    assert again.per_fold != one.per_fold


def test_folds_of_all_models_are_done_at_once():
    together = threading.Barrier(2, timeout=30)

    class Waiting(Walker):
        def fit(self, data, run=toys.QUIET):
            together.wait()
            return super().fit(data, run)

    both = kf.evaluate([Waiting(), Waiting()], X, Y, kf.Holdout(), n_jobs=2, verbosity=0)
    assert both[0].measurement == both[1].measurement


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading", "sequential"])
def test_any_backend_of_joblib_does_the_same(backend):
    options = {"return_predictions": True, "verbosity": 0}
    once = kf.evaluate(Walker(), X, Y, **options)
    with joblib.parallel_config(backend=backend):
        same(once, kf.evaluate(Walker(), X, Y, n_jobs=2, **options))


def test_the_number_of_jobs_can_be_left_to_joblib():
    seen = set()

    class Naming(Walker):
        def fit(self, data, run=toys.QUIET):
            seen.add(threading.get_ident())
            return super().fit(data, run)

    with joblib.parallel_config(backend="threading", n_jobs=2):
        kf.evaluate(Naming(), X, Y, n_jobs=None, verbosity=0)
        assert threading.get_ident() not in seen
        seen.clear()
        kf.evaluate(Naming(), X, Y, verbosity=0)
        assert seen == {threading.get_ident()}


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_a_machine_keeps_what_folds_learned_elsewhere(backend):
    mach = kf.machine(Walker(epochs=5), X, Y)
    with joblib.parallel_config(backend=backend):
        mach.evaluate(kf.CV(nfolds=3), n_jobs=2, verbosity=0)
        assert len(mach.folds) == 3
        mach.model.epochs = 7
        toys.WALKED.clear()
        e = mach.evaluate(kf.CV(nfolds=3), n_jobs=2, verbosity=0)
    assert {r.decision for r in e.report_per_fold} == {"continued (4: epochs 5 -> 7)"}
    assert sorted(toys.WALKED) == ([6, 6, 6, 7, 7, 7] if backend == "threading" else [])
    once = kf.evaluate(Walker(epochs=7), X, Y, resampling=kf.CV(nfolds=3), verbosity=0)
    assert once.per_fold == e.per_fold


def test_data_is_prepared_once_for_all_threads():
    class Slowly(Shares):
        def prepare(self, X, y=None, w=None):
            time.sleep(0.1)  # in which another thread would begin to do the same
            return super().prepare(X, y, w)

    toys.PREPARED.clear()
    kf.evaluate(Slowly(), X, CLASSES, n_jobs=3, verbosity=0)
    assert len(toys.PREPARED) == 1


class FailingInOne(Walker):
    """Fails on the training rows of the last of three folds."""

    def fit(self, data, run=toys.QUIET):
        if len(data.y) == 16 and data.y[-1] < 300:
            raise ZeroDivisionError("as user code does")
        return super().fit(data, run)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_a_failure_elsewhere_names_its_fold(backend):
    with joblib.parallel_config(backend=backend), pytest.raises(ZeroDivisionError) as caught:
        kf.evaluate(FailingInOne(), X, Y, kf.CV(nfolds=3), n_jobs=2, verbosity=0)
    assert caught.value.__notes__ == ["This happened in fold 3 of 3."]


def test_an_error_in_four_parts_comes_whole_from_another_process():
    def judge(y_true, y_pred):
        raise TypeError("no")

    with joblib.parallel_config(backend="loky"), pytest.raises(kf.MeasureError) as caught:
        kf.evaluate(Walker(), X, Y, kf.CV(nfolds=3), judge, n_jobs=2, verbosity=0)
    assert "failed as a measure" in caught.value.failed
    assert caught.value.remedy


class Warning_(Walker):
    """Warns as models do that end early, and as libraries do that are to change."""

    def fit(self, data, run=toys.QUIET):
        import warnings

        from kerasflux.log import KerasfluxWarning

        warnings.warn("a loss became NaN", KerasfluxWarning, stacklevel=1)
        return super().fit(data, run)


def test_warnings_of_other_processes_are_told_here():
    with (
        joblib.parallel_config(backend="loky"),
        pytest.warns(UserWarning, match="a loss became NaN") as told,
    ):
        kf.evaluate(Warning_(), X, Y, kf.CV(nfolds=3), n_jobs=2, verbosity=0)
    assert {w.filename for w in told} == {__file__}


class InterruptedInTwo(Walker):
    """Interrupted on the training rows of the second of three folds."""

    def fit(self, data, run=toys.QUIET):
        if list(data.y[:9]) == [float(i * i) for i in (*range(8), 16)]:
            raise Interrupted(toys.Fitted())
        return super().fit(data, run)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_an_interrupt_elsewhere_keeps_the_whole_folds_before_it(backend):
    mach = kf.machine(InterruptedInTwo(), X, Y)
    with joblib.parallel_config(backend=backend), pytest.raises(KeyboardInterrupt):
        mach.evaluate(kf.CV(nfolds=3), n_jobs=2, verbosity=0)
    assert len(mach.folds) == 1
    with pytest.raises(kf.NotFitted):
        mach.predict()


def test_threads_that_are_left_behind_stop_training():
    """The first fold fails when the second has begun, which then ends long before its epochs."""
    begun, ended = threading.Event(), threading.Event()

    class Endless(Walker):
        def fit(self, data, run=toys.QUIET):
            if data.y[0] != 0:  # the first fold trains on the later rows
                begun.wait(30)
                raise ZeroDivisionError
            begun.set()
            try:
                for epoch in range(10**9):
                    time.sleep(0.001)
                    run.epoch({"epoch": epoch})
            finally:
                ended.set()

    with pytest.raises(ZeroDivisionError):
        kf.evaluate(Endless(), X, Y, kf.CV(nfolds=2), n_jobs=2, verbosity=0)
    assert ended.wait(30)


def test_a_stop_is_not_carried_to_other_processes():
    import pickle

    stop = Stop()
    stop.raised = True
    assert not pickle.loads(pickle.dumps(stop)).raised
    with pytest.raises(KeyboardInterrupt):
        Watched(stop=stop).epoch({"epoch": 1})


@pytest.mark.parametrize("n_jobs", [0, 1.5, "all", True])
def test_numbers_of_jobs_that_can_not_be_are_refused(n_jobs):
    with pytest.raises(kf.ArgumentError, match="n_jobs"):
        kf.evaluate(Walker(), X, Y, n_jobs=n_jobs, verbosity=0)


def test_one_bar_counts_the_folds_of_all_models(capsys):
    kf.evaluate({"a": Walker(), "b": Walker()}, X, Y, kf.CV(3, rng=0), "rms", n_jobs=2)
    assert "fold 6/6" in capsys.readouterr().out
