"""Iterated models that are interrupted, ended by their caller, killed, saved and loaded."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from networks import ARCHITECTURES, differing
from scripted import PLAYED, Scripted, X, Y, fitted, iterated

import kerasflux as kf
from kerasflux import storage
from kerasflux.checkpoints import FILE

UP_AND_DOWN = (5, 4, 3, 4, 5, 6, 7, 8, 9)


@pytest.fixture(autouse=True)
def _counted_anew():
    PLAYED.clear()


def written(mach):
    """All that a file would hold."""
    record, arrays = mach.fitted_model.dump(mach.fitted)
    return record, {name: array.tolist() for name, array in arrays.items()}


def strike(epoch, error=KeyboardInterrupt):
    def on_epoch(row):
        if row["epoch"] == epoch:
            raise error

    return on_epoch


def machine(*rules, **options):
    return kf.machine(iterated(UP_AND_DOWN, *rules, **options), X, Y)


# interrupts


def test_an_interrupt_keeps_all_complete_cycles_and_the_next_fit_goes_on(capsys):
    mach = machine(kf.NumberSinceBest(4))
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(4), verbosity=0)
    assert "the machine holds epoch 4, and `mach.fit()` goes on" in capsys.readouterr().out
    assert mach.report.n_iterations == 4
    assert mach.report.stopped is None
    assert set(mach.predict()) == {3.0}
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 4, going on)"
    assert PLAYED == [1, 2, 3, 4, 5, 6, 7]
    assert written(mach) == written(machine(kf.NumberSinceBest(4)).fit(verbosity=0))


def test_a_cycle_that_is_not_complete_is_done_again():
    controls = [kf.Step(3), kf.NumberLimit(3)]
    mach = machine(controls=controls)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(5), verbosity=0)
    assert mach.report.n_iterations == 3
    mach.fit(verbosity=0)
    assert PLAYED == [1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9]
    assert written(mach) == written(machine(controls=controls).fit(verbosity=0))


def test_an_interrupt_in_a_control_undoes_its_cycle():
    def interrupt_once(loss):
        if len(PLAYED) == 4:
            raise KeyboardInterrupt

    controls = [kf.Step(1), kf.WithLossDo(interrupt_once), kf.NumberLimit(6)]
    mach = machine(controls=controls)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert mach.report.n_iterations == 3
    mach.fit(verbosity=0)
    assert PLAYED == [1, 2, 3, 4, 4, 5, 6]


def test_an_interrupt_in_the_first_cycle_leaves_the_machine_as_it_was(capsys):
    mach = machine(controls=[kf.Step(3), kf.NumberLimit(3)])
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    assert "the machine is as it was" in capsys.readouterr().out
    with pytest.raises(kf.NotFitted):
        mach.predict()


def test_an_interrupt_in_the_first_cycle_after_a_change_leaves_the_last_fit():
    controls = [kf.Step(3), kf.NumberLimit(2)]
    mach = machine(controls=controls).fit(verbosity=0)
    before = written(mach)
    mach.model.model.rate = 0.01
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(8), verbosity=0)
    assert written(mach) == before
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: model.rate 0.1 -> 0.01)"
    assert mach.history["learning_rate"].tolist() == [0.1] * 6 + [0.01] * 6


def test_an_interrupt_while_all_rows_learn_keeps_the_iteration():
    mach = machine(kf.NumberLimit(3), retrain=True)
    fit = Scripted.fit
    calls = []

    def fit_once(self, data, run):
        calls.append(self.epochs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return fit(self, data, run)

    Scripted.fit = fit_once
    try:
        with pytest.raises(KeyboardInterrupt):
            mach.fit(verbosity=0)
        assert mach.report.n_iterations == 3
        mach.fit(verbosity=0)
    finally:
        Scripted.fit = fit
    assert calls == [1, 3, 3]
    assert PLAYED == [1, 2, 3, 1, 2, 3]


def test_a_caller_may_end_it_after_an_epoch_with_what_was_measured():
    rows = []

    def on_epoch(row):
        rows.append(row)
        return row["measurement"] == 3

    mach = machine(kf.NumberLimit(6)).fit(on_epoch=on_epoch, verbosity=0)
    assert [row["measurement"] for row in rows] == [5, 4, 3]
    assert mach.report.stopped == "on_epoch"
    assert mach.fit(verbosity=0).report.decision == "nothing to do (3: the model did not change)"
    mach.model.controls[1].n = 7
    mach.fit(verbosity=0)
    assert PLAYED == [1, 2, 3, 4, 5, 6, 7]


def test_a_caller_may_end_it_in_the_middle_of_a_cycle():
    mach = machine(controls=[kf.Step(3), kf.NumberLimit(2)])
    mach.fit(on_epoch=lambda row: row["epoch"] == 2, verbosity=0)
    assert mach.report.n_iterations == 2
    assert mach.report.stopped == "on_epoch"
    mach.model.controls[1].n = 3
    mach.fit(verbosity=0)
    assert mach.report.n_iterations == 2 + 3 + 3


def test_a_control_that_fails_leaves_the_machine_as_it_was():
    def fails(loss):
        raise ZeroDivisionError("as user code does")

    mach = machine(controls=[kf.Step(1), kf.WithLossDo(fails), kf.NumberLimit(3)])
    with pytest.raises(ZeroDivisionError):
        mach.fit(verbosity=0)
    raises = kf.Error(lambda m: True, "enough", ArithmeticError)
    mach = machine(controls=[kf.Step(1), raises])
    with pytest.raises(ArithmeticError, match="enough"):
        mach.fit(verbosity=0)
    with pytest.raises(kf.NotFitted):
        mach.predict()


# files


def loaded(mach, path):
    mach.save(path)
    return kf.load(path, builders=[Scripted]).with_data(X, Y)


@pytest.mark.parametrize("retrain", [False, True])
@pytest.mark.parametrize("restore_best", [True, False])
def test_what_is_loaded_predicts_reports_and_goes_on_alike(retrain, restore_best, tmp_path):
    options = {"restore_best": restore_best, "retrain": retrain}
    rules = [kf.InvalidValue(), kf.NumberSinceBest(6), kf.Patience(7)]
    mach = machine(*rules, kf.NumberLimit(4), **options).fit(verbosity=0)
    again = loaded(mach, tmp_path / "m")
    assert np.array_equal(again.predict(), mach.predict())
    assert again.report.losses.equals(mach.report.losses)
    assert again.history.equals(mach.history)
    assert again.report.controls[1][1].done == mach.report.controls[1][1].done
    assert set(again.report) == set(mach.report)
    assert written(again) == written(mach)
    again.model.controls[-1].n = 9
    again.fit(verbosity=0)
    assert written(again) == written(machine(*rules, kf.NumberLimit(9), **options).fit(verbosity=0))


def test_what_controls_set_is_loaded_too(tmp_path):
    controls = [
        kf.Step(1),
        kf.ReduceOnPlateau(factor=0.5, patience=2, path="rate"),
        kf.NumberLimit(7),
    ]
    mach = machine(controls=controls).fit(verbosity=0)
    rates = mach.history["learning_rate"].tolist()
    assert rates[0] == 0.1
    assert rates[-1] < 0.1
    assert mach.model.model.rate == 0.1
    again = loaded(mach, tmp_path / "m")
    again.model.controls[2].n = mach.model.controls[2].n = 9
    again.fit(verbosity=0)
    assert again.history.equals(mach.fit(verbosity=0).history)
    whole = machine(controls=[*controls[:2], kf.NumberLimit(9)]).fit(verbosity=0)
    assert again.history.equals(whole.history)


def test_best_and_last_are_one_where_they_are_the_same(tmp_path):
    mach = fitted((5, 4, 3), kf.NumberLimit(3))
    record, _ = mach.fitted_model.dump(mach.fitted)
    assert list(record["parts"]) == ["last"]
    assert set(loaded(mach, tmp_path / "m").predict()) == {3.0}


def test_snapshots_on_the_way_are_machines(tmp_path):
    controls = [kf.Step(2), kf.Save(tmp_path / "net.kflux"), kf.NumberLimit(2)]
    machine(controls=controls).fit(verbosity=0)
    snapshot = kf.load(tmp_path / "net1.kflux", builders=[Scripted])
    assert set(snapshot.predict(X)) == {4.0}
    assert isinstance(snapshot.model, Scripted)
    on = snapshot.with_data(X, Y)
    on.model.epochs = 3
    on.fit(verbosity=0)
    assert on.report.decision == "continued (4: epochs 2 -> 3)"
    assert set(kf.load(tmp_path / "net2.kflux", builders=[Scripted]).predict(X)) == {4.0}


def test_pickles_and_copies_go_on():
    import copy
    import pickle

    mach = machine(kf.NumberLimit(3), kf.LivePlot()).fit(verbosity=0)
    for other in (pickle.loads(pickle.dumps(mach)), copy.deepcopy(mach)):
        other.model.controls[1].n = 5
        other.fit(verbosity=0)
        assert other.report.n_iterations == 5


# checkpoints


class Crash(Exception):
    """Stands for the death of the process: whatever was not written is lost."""


@pytest.mark.parametrize(("every", "kept"), [(1, 4), (2, 4), (3, 3)])
def test_a_fit_that_died_goes_on_from_its_checkpoint(every, kept, tmp_path):
    rules = [kf.NumberSinceBest(5), kf.NumberLimit(20)]
    with pytest.raises(Crash):
        machine(*rules).fit(
            checkpoint=tmp_path, every_epochs=every, on_epoch=strike(5, Crash), verbosity=0
        )
    PLAYED.clear()
    mach = machine(*rules).fit(checkpoint=tmp_path, verbosity=0)
    assert mach.report.decision == f"continued (3: interrupted after {kept}, going on)"
    assert list(range(kept + 1, 9)) == PLAYED
    assert written(mach) == written(machine(*rules).fit(verbosity=0))
    PLAYED.clear()
    again = machine(*rules).fit(checkpoint=tmp_path, verbosity=0)
    assert again.report.decision.startswith("nothing to do (3")
    assert PLAYED == []


def test_checkpoints_of_cycles_of_several_epochs_are_written_when_the_cycle_is_complete(tmp_path):
    mach = machine(controls=[kf.Step(3), kf.NumberLimit(9)])
    with pytest.raises(Crash):
        mach.fit(checkpoint=tmp_path, every_epochs=4, on_epoch=strike(8, Crash), verbosity=0)
    assert storage.read(tmp_path / FILE)[0]["state"]["n_iterations"] == 6


def test_functions_among_controls_are_refused_a_checkpoint(tmp_path):
    mach = machine(controls=[kf.Step(1), kf.WithLossDo(print), kf.NumberLimit(3)])
    with pytest.raises(kf.StorageError, match="controls"):
        mach.fit(checkpoint=tmp_path, verbosity=0)
    assert PLAYED == []


NETWORK = ARCHITECTURES["normalised"]


def of_network():
    net = NETWORK.make(rng=3, batch_size=8)
    controls = [kf.CycleLearningRate(2, 0.01, 0.05), kf.Step(1), kf.NumberSinceBest(9)]
    return kf.machine(kf.IteratedModel(net, [*controls, kf.NumberLimit(12)]), NETWORK.X, NETWORK.y)


PROGRAM = """
import os, signal, sys
sys.path[:0] = [{root!r}, {root!r} + "/tests", {here!r}]
import kerasflux as kf
kf.quiet()
from test_iterated_interrupts import of_network

def on_epoch(row):
    if row["epoch"] == 6:
        os.kill(os.getpid(), signal.SIGKILL)

of_network().fit(checkpoint={folder!r}, on_epoch=on_epoch, verbosity=0)
"""


def test_a_killed_process_is_followed_by_one_that_ends_with_the_same_bits(tmp_path):
    here = Path(__file__)
    program = PROGRAM.format(root=str(here.parents[3]), here=str(here.parent), folder=str(tmp_path))
    died = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr[-3000:]
    assert os.listdir(tmp_path) == [FILE]
    mach = of_network().fit(checkpoint=tmp_path, verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 5, going on)"
    whole = of_network().fit(verbosity=0)
    assert differing(mach, whole) == []
    record, other = (m.fitted_model.dump(m.fitted)[0] for m in (mach, whole))
    for part in ("controls", "settings", "stopped", "outcomes"):
        assert record[part] == other[part]
