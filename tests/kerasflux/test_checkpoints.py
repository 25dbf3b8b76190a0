"""Checkpoints of toy models: what is written when, what is gone on from, what is refused."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toys
from toys import WALKED, Doubling, Shares, Walker

import kerasflux as kf
from kerasflux import storage
from kerasflux.checkpoints import FILE
from kerasflux.hyperparameters import Hyperparameters
from kerasflux.interface import QUIET, Run
from kerasflux.log import KerasfluxWarning

X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": pd.Categorical(list("uvuv"))})
Y = np.array([1.0, 2.0, 3.0, 6.0])


class Crash(Exception):
    """Stands for the death of the process: whatever was not written is lost."""


class Shoes(Hyperparameters):
    """Stands for a builder."""

    size: int = 42


class Boots(Hyperparameters):
    """Stands for another builder."""

    size: int = 42


class Shod(Walker):
    """A walker with a record of a class of the user's among its hyperparameters."""

    shoes: Hyperparameters = Shoes()


class Silent(Walker):
    """A walker that hands nothing over while it walks."""

    def fit(self, data, run=QUIET):
        run.due = lambda epoch: False
        return super().fit(data, run)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs" / "today"


@pytest.fixture(autouse=True)
def nothing_walked():
    WALKED.clear()


def machine(model=None, y=Y, **options):
    return kf.machine(model or Walker(**options), X, y)


def crash(after):
    def on_epoch(row):
        if row["epoch"] == after:
            raise Crash

    return on_epoch


def crashed(folder, after, every=1, model=None, **options):
    """A machine whose process died in an epoch."""
    mach = machine(model, **options)
    with pytest.raises(Crash):
        mach.fit(checkpoint=folder, every_epochs=every, on_epoch=crash(after), verbosity=0)
    return mach


def epoch_of(folder):
    manifest, arrays = storage.read(folder / FILE)
    return len(arrays["state/losses"]) - 1, manifest["interrupted"]


def same(one, other):
    assert one.training_losses.tolist() == other.training_losses.tolist()
    assert one.history.equals(other.history)
    assert np.array_equal(one.predict(X), other.predict(X))


# when it is written


def test_a_checkpoint_is_written_after_every_kth_epoch_and_at_the_end(folder):
    seen = []

    def look(row):  # an epoch is reported before it is written
        seen.append(epoch_of(folder) if (folder / FILE).exists() else None)

    machine(epochs=8).fit(checkpoint=folder, every_epochs=3, on_epoch=look, verbosity=0)
    assert seen == [None] * 3 + [(3, True)] * 3 + [(6, True)] * 2
    assert epoch_of(folder) == (8, False)
    assert os.listdir(folder) == [FILE]


def test_epochs_are_counted_from_the_first_of_all_fits(folder):
    mach = machine(epochs=4).fit(verbosity=0)
    mach.model.epochs = 12
    with pytest.raises(Crash):
        mach.fit(checkpoint=folder, every_epochs=5, on_epoch=crash(9), verbosity=0)
    assert epoch_of(folder) == (5, True)


def test_a_checkpoint_is_a_machine_that_can_be_looked_at(folder):
    crashed(folder, 7, every=3)
    loaded = kf.load(folder / FILE, builders=[Walker])
    assert repr(loaded).endswith("no data, trained for 6 epochs of 10 (interrupted))")
    assert len(loaded.predict(X)) == 4


def test_data_is_not_in_a_checkpoint_but_its_schemas_are(folder):
    machine().fit(checkpoint=folder, verbosity=0)
    manifest, arrays = storage.read(folder / FILE)
    assert set(arrays) == {"rows", "state/place", "state/losses"}
    assert manifest["input_schema"] == kf.schema(X).to_json()


def test_an_interrupt_is_written_too(folder):
    def stop(row):
        if row["epoch"] == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        machine().fit(checkpoint=folder, every_epochs=4, on_epoch=stop, verbosity=0)
    assert epoch_of(folder) == (5, True)
    again = machine().fit(checkpoint=folder, verbosity=0)
    assert again.report.decision == "continued (3: interrupted after 5, going on to 10 epochs)"


@pytest.mark.parametrize(
    ("restart", "call"),
    [("auto", "the same call"), ("always", 'the same call without `restart="always"`')],
)
def test_an_interrupt_says_where_the_epoch_is_kept(folder, capsys, restart, call):
    def stop(row):
        if row["epoch"] == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        machine().fit(checkpoint=folder, restart=restart, on_epoch=stop, verbosity=0)
    assert capsys.readouterr().out == (
        f"interrupted: the machine holds epoch 5 of 10, which is kept in {str(folder)!r} too, and "
        f"{call} goes on from there, in this process or another\n"
    )


def test_an_interrupt_that_can_not_be_written_is_not_said_to_be_kept(folder, capsys, monkeypatch):
    def stop(row):
        if row["epoch"] == 5:
            monkeypatch.setattr(storage, "write", full)
            raise KeyboardInterrupt

    def full(*args):
        raise storage.StorageError("no") from OSError(errno.ENOSPC, "No space left on device")

    with pytest.warns(KerasfluxWarning, match="can't be written"), pytest.raises(KeyboardInterrupt):
        machine().fit(checkpoint=folder, on_epoch=stop, verbosity=0)
    assert "`mach.fit()` goes on from there" in capsys.readouterr().out


def test_nothing_is_written_where_nothing_is_done(folder):
    mach = machine().fit(checkpoint=folder, verbosity=0)
    before = (folder / FILE).stat()
    for again in (mach, machine()):
        again.fit(checkpoint=folder, verbosity=0)
        assert again.report.decision == "nothing to do (3: the model did not change)"
        assert (folder / FILE).stat().st_mtime_ns == before.st_mtime_ns
    assert len(WALKED) == 10


def test_a_machine_that_is_done_is_written_where_nothing_was(folder):
    machine().fit(verbosity=0).fit(checkpoint=folder, verbosity=0)
    assert epoch_of(folder) == (10, False)


def test_other_files_are_left_alone(folder):
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("milk")
    (folder / f".{FILE}.mine.tmp").write_text("bread")
    (folder / f".{FILE}.0123456789ab.tmp").write_text("what a killed process left")
    machine().fit(checkpoint=folder, verbosity=0)
    assert sorted(os.listdir(folder)) == [f".{FILE}.mine.tmp", FILE, "notes.txt"]


def test_a_folder_may_be_named_relative_to_where_the_fit_began(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    mach = machine()
    mach.fit(checkpoint="here", on_epoch=lambda row: os.chdir("/"), verbosity=0)
    assert epoch_of(tmp_path / "here") == (10, False)


def test_a_state_is_due_after_every_kth_epoch_but_the_one_that_ends_the_fit():
    run = Run(on_epoch=lambda row: row["epoch"] == 6, on_state=print, every_epochs=3)
    due = []
    for epoch in range(1, 7):
        run.epoch({"epoch": epoch})
        due.append(run.due(epoch))
    assert due == [False, False, True, False, False, False]
    assert not Run().due(1)
    Run().keep(kf.Fitted())  # nobody asked, and nothing happens


# going on


@pytest.mark.parametrize(("after", "every"), [(2, 1), (7, 3), (10, 10), (4, 5)])
def test_a_fit_that_died_goes_on_and_ends_as_if_nothing_had_happened(folder, after, every):
    lost = crashed(folder, after, every)
    assert lost.learned is None
    kept = (after - 1) // every * every
    mach = machine().fit(checkpoint=folder, every_epochs=every, verbosity=0)
    reason = f"continued (3: interrupted after {kept}, going on to 10 epochs)"
    assert mach.report.decision == (reason if kept else "from scratch (2: never trained)")
    same(mach, machine().fit(verbosity=0))
    assert epoch_of(folder) == (10, False)


def test_dying_twice_is_no_worse(folder):
    crashed(folder, 4)
    crashed(folder, 8)
    assert epoch_of(folder) == (7, True)
    same(machine().fit(checkpoint=folder, verbosity=0), machine().fit(verbosity=0))


def test_a_checkpoint_that_was_found_is_said(folder, capsys):
    crashed(folder, 4)
    machine().fit(checkpoint=folder)
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"checkpoint of epoch 3 found in {folder}",
        "continued (3: interrupted after 3, going on to 10 epochs)",
    ]


def test_a_finished_training_is_found_by_the_next_process(folder):
    done = machine().fit(checkpoint=folder, verbosity=0)
    WALKED.clear()
    again = machine().fit(checkpoint=folder, verbosity=0)
    assert again.report.decision == "nothing to do (3: the model did not change)"
    assert WALKED == []
    same(again, done)


def test_a_fit_that_on_epoch_ended_stays_ended(folder):
    mach = machine()
    mach.fit(checkpoint=folder, on_epoch=lambda row: row["epoch"] == 6, verbosity=0)
    assert epoch_of(folder) == (6, False)
    again = machine().fit(checkpoint=folder, verbosity=0)
    assert again.report.decision.startswith("nothing to do (3")


def test_the_epoch_in_which_on_epoch_ends_the_fit_is_written_once_as_ended(folder, monkeypatch):
    written, write = [], storage.write

    def writing(path, manifest, arrays):
        written.append((len(arrays["state/losses"]) - 1, manifest["interrupted"]))
        write(path, manifest, arrays)

    monkeypatch.setattr(storage, "write", writing)
    machine().fit(checkpoint=folder, on_epoch=lambda row: row["epoch"] == 3, verbosity=0)
    assert written == [(1, True), (2, True), (3, False)]


def test_more_epochs_and_changes_that_continue_go_on(folder):
    crashed(folder, 8)
    mach = machine(epochs=14, pace=0.5).fit(checkpoint=folder, verbosity=0)
    assert mach.report.decision == "continued (4: epochs 10 -> 14, pace 1.0 -> 0.5)"
    assert len(mach.training_losses) == 15
    assert WALKED[-7:] == [8, 9, 10, 11, 12, 13, 14]


def test_validation_and_history_go_on(folder):
    held_out = ([0, 2], [1, 3])
    mach = machine()
    with pytest.raises(Crash):
        mach.fit(held_out[0], validation=held_out[1], checkpoint=folder, on_epoch=crash(5),
                 verbosity=0)  # fmt: skip
    mach = machine().fit([0, 2], validation=[1, 3], checkpoint=folder, verbosity=0)
    whole = machine().fit([0, 2], validation=[1, 3], verbosity=0)
    assert mach.history["validation_loss"].notna().all()
    same(mach, whole)


def test_the_rows_of_the_checkpoint_are_those_of_the_last_fit(folder):
    lost = machine()
    with pytest.raises(Crash):
        lost.fit(range(3), checkpoint=folder, on_epoch=crash(4), verbosity=0)
    same(machine().fit(checkpoint=folder, verbosity=0), machine().fit(range(3), verbosity=0))


def test_a_loaded_machine_with_data_goes_on(folder, tmp_path):
    machine(epochs=3).fit(verbosity=0).save(tmp_path / "m.kflux")

    def loaded():
        mach = kf.load(tmp_path / "m.kflux", builders=[Walker]).with_data(X, Y)
        mach.model.epochs = 10
        return mach

    with pytest.raises(Crash):
        loaded().fit(checkpoint=folder, on_epoch=crash(7), verbosity=0)
    mach = loaded().fit(checkpoint=folder, verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 6, going on to 10 epochs)"
    same(mach, machine().fit(verbosity=0))


def test_a_record_of_the_users_own_class_needs_no_naming(folder):
    crashed(folder, 4, model=Shod())
    mach = machine(Shod()).fit(checkpoint=folder, verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 3, going on to 10 epochs)"


# a machine that has learned already


def test_a_checkpoint_never_takes_a_machine_backwards(folder):
    crashed(folder, 5)
    mach = machine(epochs=8).fit(verbosity=0)
    mach.model.epochs = 12
    mach.fit(checkpoint=folder, verbosity=0)
    assert mach.report.decision == "continued (4: epochs 8 -> 12)"
    assert epoch_of(folder) == (12, False)
    same(mach, machine(epochs=12).fit(verbosity=0))


def test_a_checkpoint_of_the_same_training_that_is_further_is_taken(folder):
    crashed(folder, 8)
    mach = machine(epochs=3).fit(verbosity=0)
    mach.model.epochs = 10
    mach.fit(checkpoint=folder, verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 7, going on to 10 epochs)"
    same(mach, machine().fit(verbosity=0))


def test_what_would_be_thrown_away_does_not_stand_in_the_way(folder):
    """A loop over hyperparameters, each with a folder, that died in the second one."""
    crashed(folder, 4, rate=0.25)
    mach = machine().fit(verbosity=0)
    mach.model.rate = 0.25
    mach.fit(checkpoint=folder, verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 3, going on to 10 epochs)"
    same(mach, machine(rate=0.25).fit(verbosity=0))


def test_a_checkpoint_of_another_way_to_the_same_model_is_refused(folder):
    crashed(folder, 8)
    mach = machine(epochs=3, pace=0.5).fit(verbosity=0)
    mach.model.epochs, mach.model.pace = 10, 1.0
    with pytest.raises(kf.CheckpointMismatch, match="its losses are not those") as refusal:
        mach.fit(checkpoint=folder, verbosity=0)
    assert refusal.value.received == "a Walker after 7 epochs on 4 rows"
    assert len(mach.training_losses) == 4
    assert epoch_of(folder) == (7, True)


# what is refused


def refused(folder, mach, error=kf.CheckpointMismatch, **options):
    """The refusal of a fit; nothing is trained, written or forgotten by it."""
    before = (folder / FILE).read_bytes() if (folder / FILE).is_file() else None
    learned, walked = mach.learned, len(WALKED)
    with pytest.raises(error) as refusal:
        mach.fit(checkpoint=folder, verbosity=0, **options)
    assert mach.learned is learned
    assert len(WALKED) == walked
    if before is not None:
        assert (folder / FILE).read_bytes() == before
    assert refusal.value.expected
    assert refusal.value.received
    assert refusal.value.remedy
    return refusal.value


OTHERS = {
    "rate 0.5 -> 0.25": lambda: machine(rate=0.25),
    "epochs 10 -> 9": lambda: machine(epochs=9),
    "epochs 10 -> 9, rate 0.5 -> 0.25": lambda: machine(epochs=9, rate=0.25),
    "other data (the same columns and number of rows, other values or weights)": (
        lambda: machine(y=Y + 1)
    ),
    "other data (3 rows instead of 4)": lambda: kf.machine(Walker(epochs=10), X[:3], Y[:3]),
    "another model class, Walker -> Counting": lambda: kf.machine(
        toys.Counting(), np.ones((4, 1)), Y
    ),
}


@pytest.mark.parametrize("reason", OTHERS)
def test_a_checkpoint_of_another_training_is_refused_by_what_differs(folder, reason):
    crashed(folder, 4)
    refusal = refused(folder, OTHERS[reason]())
    assert refusal.failed == f"The checkpoint in {folder} is of another training: {reason}."
    assert refusal.received in ("a Walker after 3 epochs on 4 rows", "one of a Walker")
    assert refusal.remedy.endswith(f'`mach.fit(checkpoint={str(folder)!r}, restart="always")`.')
    assert refusal.path == str(folder / FILE)
    assert isinstance(refusal, kf.CannotContinue)


def test_other_rows_are_refused(folder):
    crashed(folder, 4)
    assert "other rows" in refused(folder, machine(), rows=[0, 1]).failed


def test_the_folder_is_named_as_the_user_named_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    crashed(Path("runs"), 4)
    refusal = refused(Path("runs"), machine(rate=0.25))
    assert refusal.failed.startswith("The checkpoint in runs is of another training")
    assert "checkpoint='runs', restart" in refusal.remedy


def test_a_machine_that_did_all_of_it_is_refused_alike_after_a_change(folder):
    mach = machine().fit(checkpoint=folder, verbosity=0)
    mach.model.rate = 0.25
    refusal = refused(folder, mach)
    assert [str(change) for change in refusal.changes] == ["rate 0.5 -> 0.25"]
    assert refusal.number == 4


def test_a_record_of_another_class_is_named(folder):
    crashed(folder, 4, model=Shod())
    failed = refused(folder, machine(Shod(shoes=Boots()))).failed
    assert "shoes <Shoes(size=42), whose class was not given> -> Boots()" in failed
    failed = refused(folder, machine(Shod(shoes=Shoes(size=40)))).failed
    assert failed.endswith("another training: shoes.size 42 -> 40.")


def test_a_model_that_this_process_does_not_know_is_named(folder):
    crashed(folder, 4, model=Shod())
    refusal = refused(folder, machine())
    assert "another model class, Shod -> Walker" in refusal.failed
    assert refusal.received == "one of a Shod"


def test_hyperparameters_that_the_class_has_no_more_are_refused(folder):
    crashed(folder, 4, model=Shod())

    class Shod_(Walker):  # as the class is after an edit
        pass

    Shod_.__name__ = Shod_.__qualname__ = "Shod"
    refusal = refused(folder, machine(Shod_()))
    assert "its hyperparameters can't be read, Shod has no hyperparameter `shoes`" in refusal.failed


def test_a_truncated_checkpoint_is_refused_wherever_it_ends(folder):
    crashed(folder, 4)
    whole = (folder / FILE).read_bytes()
    for length in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        (folder / FILE).write_bytes(whole[:length])
        refusal = refused(folder, machine(), kf.StorageError)
        start = "The checkpoint can't be used, and training was not started: "
        assert refusal.failed.startswith(f"{start}{folder / FILE}"), length


def test_a_flipped_bit_is_refused(folder):
    crashed(folder, 4)
    whole = bytearray((folder / FILE).read_bytes())
    whole[len(whole) // 3] ^= 1
    (folder / FILE).write_bytes(bytes(whole))
    refusal = refused(folder, machine(), kf.StorageError)
    assert "is damaged" in refusal.failed
    assert 'restart="always"' in refusal.remedy


def foreign_text(path):
    path.write_text("milk, bread")


def foreign_zip(path):
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")


def foreign_folder(path):
    path.mkdir()
    (path / "notes.txt").write_text("milk")


def foreign_kind(path):
    storage.write(path, {"kind": "forecast"}, {})


@pytest.mark.parametrize("write", [foreign_text, foreign_zip, foreign_folder, foreign_kind])
@pytest.mark.parametrize("restart", ["auto", "never", "always"])
def test_what_is_not_ours_is_refused_and_never_replaced(folder, write, restart):
    folder.mkdir(parents=True)
    write(folder / FILE)
    refusal = refused(folder, machine(), kf.StorageError, restart=restart)
    assert "training was not started" in refusal.failed
    assert refusal.remedy == "Move that file elsewhere, or give another folder."


def test_a_file_in_place_of_the_folder_is_refused_before_training(tmp_path):
    (tmp_path / "m.kflux").write_text("a file")
    refusal = refused(tmp_path / "m.kflux", machine(), kf.StorageError)
    assert refusal.failed.endswith("m.kflux can't be written to: it is a file.")
    assert refusal.received == "a file"
    assert f"checkpoint={str(tmp_path)!r}" in refusal.remedy
    refusal = refused(tmp_path / "m.kflux" / "below", machine(), kf.StorageError)
    assert "can't be written to" in refusal.failed


def test_a_folder_that_can_not_be_written_to_is_refused_before_training(folder, monkeypatch):
    import tempfile

    def denied(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    refusal = refused(folder, machine(), kf.StorageError)
    assert "Permission denied" in refusal.failed
    assert refusal.remedy == "Look at its permissions, or give another folder."


def test_models_without_iterations_losses_or_dump_are_refused(folder):
    class Mute(Walker):
        dump = kf.Model.dump

    class Lossless(Walker):
        supports_training_losses = False

    labels = kf.machine(Shares(), X, pd.Categorical(list("nyny")))
    wanted = {
        "Shares has no checkpoints: it does not train in iterations.": labels,
        "Mute has no checkpoints: it has no `dump` and `load`.": machine(Mute()),
        "Lossless has no checkpoints: it reports no training losses, by which a checkpoint is "
        "known.": machine(Lossless()),
        "Doubling has no checkpoints: it does not train in iterations.": kf.machine(Doubling()),
    }
    for failed, mach in wanted.items():
        assert refused(folder, mach, kf.NotSupported).failed == failed
    assert not folder.exists()


def test_hyperparameters_that_no_file_can_hold_are_refused_before_training(folder):
    class Calling(Walker):
        hook: Callable | None = None

    refusal = refused(folder, machine(Calling(hook=lambda: None)), kf.StorageError)
    assert refusal.paths == ["hook"]


@pytest.mark.parametrize(
    ("options", "failed"),
    [
        ({"checkpoint": True}, "`checkpoint` can't have this value."),
        ({"checkpoint": ""}, "`checkpoint` can't have this value."),
        ({"checkpoint": "f", "every_epochs": 0}, "`every_epochs` can't have this value."),
        ({"checkpoint": "f", "every_epochs": 2.5}, "`every_epochs` can't have this value."),
        ({"checkpoint": "f", "every_epochs": True}, "`every_epochs` can't have this value."),
        ({"every_epochs": 5}, "`every_epochs` says how often a checkpoint is written, but"),
    ],
)
def test_arguments_that_can_not_be_are_refused(options, failed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kf.ArgumentError) as refusal:
        machine().fit(verbosity=0, **options)
    assert refusal.value.failed.startswith(failed)
    assert refusal.value.expected
    assert os.listdir(tmp_path) == []


def test_evaluations_keep_no_checkpoints_and_say_so(folder):
    with pytest.raises(TypeError, match=r"Only `mach.fit` keeps checkpoints"):
        machine().evaluate(checkpoint=folder)


# restart, freeze


def test_starting_anew_replaces_a_checkpoint_once_there_is_another(folder):
    crashed(folder, 8)
    mach = machine(rate=0.25)
    with pytest.raises(Crash):
        mach.fit(checkpoint=folder, every_epochs=3, restart="always", on_epoch=crash(3))
    assert epoch_of(folder) == (7, True)
    mach.fit(checkpoint=folder, restart="always", verbosity=0)
    assert mach.report.decision == "from scratch (2: never trained)"
    same(kf.load(folder / FILE, builders=[Walker]), machine(rate=0.25).fit(verbosity=0))


def test_starting_anew_replaces_a_damaged_checkpoint(folder):
    crashed(folder, 4)
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:-9])
    machine().fit(checkpoint=folder, restart="always", verbosity=0)
    assert epoch_of(folder) == (10, False)


def test_never_restarting_goes_on_from_a_checkpoint_and_raises_without_one(folder):
    with pytest.raises(kf.CannotContinue, match="never trained"):
        machine().fit(checkpoint=folder, restart="never", verbosity=0)
    crashed(folder, 4)
    mach = machine(epochs=12).fit(checkpoint=folder, restart="never", verbosity=0)
    assert mach.report.decision == "continued (4: epochs 10 -> 12)"
    refusal = refused(folder, machine(epochs=12, rate=0.25), restart="never")
    assert "another training: rate 0.5 -> 0.25." in refusal.failed
    assert refusal.number == 4


def test_never_restarting_passes_over_other_data_through_a_crash(folder):
    """The weekly refresh, killed: it goes on on the new data, not from the old week's end."""

    def refreshed(**options):
        mach = machine(epochs=5).fit(verbosity=0).with_data(X, Y + 1)
        mach.model.epochs = 12
        return mach.fit(restart="never", verbosity=0, **options)

    with pytest.raises(Crash):
        refreshed(checkpoint=folder, on_epoch=crash(9))
    mach = refreshed(checkpoint=folder)
    assert mach.report.decision == "continued (3: interrupted after 8, going on to 12 epochs)"
    same(mach, refreshed())


def test_a_machine_that_may_not_restart_is_judged_before_a_checkpoint(folder):
    crashed(folder, 4, rate=0.25)
    mach = machine().fit(verbosity=0)
    mach.model.rate = 0.25
    with pytest.raises(kf.CannotContinue, match=r"rate 0.5 -> 0.25") as refusal:
        mach.fit(checkpoint=folder, restart="never", verbosity=0)
    assert not isinstance(refusal.value, kf.CheckpointMismatch)


def test_a_frozen_machine_neither_reads_nor_writes(folder):
    machine().freeze().fit(checkpoint=folder, verbosity=0)
    assert not folder.exists()
    crashed(folder, 4)
    mach = machine().freeze().fit(checkpoint=folder, verbosity=0)
    assert mach.learned is None


# a disk that fails


def failing_disk(monkeypatch, fails):
    """A disk on which the writes of these numbers, from 1, fail."""
    write, count = storage._write_file, [0]

    def writing(target, members):
        count[0] += 1
        if count[0] in fails:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(target, members)

    monkeypatch.setattr(storage, "_write_file", writing)


def test_a_full_disk_does_not_end_the_training(folder, monkeypatch):
    failing_disk(monkeypatch, {2, 3})
    with pytest.warns(KerasfluxWarning) as caught:
        mach = machine().fit(checkpoint=folder, every_epochs=2, verbosity=0)
    assert [str(warning.message) for warning in caught] == [
        "The checkpoint of epoch 4 can't be written: [Errno 28] No space left on device. "
        "Training goes on; after epoch 6 it is tried again."
    ]
    same(mach, machine().fit(verbosity=0))
    assert epoch_of(folder) == (10, False)


def test_a_disk_that_is_full_twice_is_said_twice(folder, monkeypatch):
    failing_disk(monkeypatch, {2, 4})
    with pytest.warns(KerasfluxWarning) as caught:
        machine().fit(checkpoint=folder, every_epochs=2, verbosity=0)
    assert [str(warning.message)[:26] for warning in caught] == [
        "The checkpoint of epoch 4 ",
        "The checkpoint of epoch 8 ",
    ]


def test_a_disk_that_stays_full_is_said_again_at_the_end(folder, monkeypatch):
    failing_disk(monkeypatch, range(3, 99))
    with pytest.warns(KerasfluxWarning) as caught:
        mach = machine().fit(checkpoint=folder, every_epochs=2, verbosity=0)
    assert [str(warning.message).split(":")[0] for warning in caught] == [
        "The checkpoint of epoch 6 can't be written",
        "The checkpoint of epoch 10 can't be written",
    ]
    assert "`mach.save(path)` keeps it" in str(caught[-1].message)
    assert len(mach.training_losses) == 11
    assert epoch_of(folder) == (4, True)


def test_a_folder_that_vanishes_does_not_end_the_training(folder):
    def vanish(row):
        if row["epoch"] == 5:
            (folder / FILE).unlink()
            folder.rmdir()

    with pytest.warns(KerasfluxWarning, match="the folder is gone"):
        mach = machine().fit(checkpoint=folder, on_epoch=vanish, verbosity=0)
    assert len(mach.training_losses) == 11


def test_a_dump_that_can_not_be_written_is_an_error_and_no_warning(folder):
    class Opaque(Walker):
        def dump(self, fitted):
            return {}, {"place": np.array([object()])}

    mach = machine(Opaque())
    with pytest.raises(kf.StorageError, match="state/place"):
        mach.fit(checkpoint=folder, verbosity=0)
    assert mach.learned is None


def test_a_model_that_hands_nothing_over_is_told_of(folder):
    with pytest.warns(KerasfluxWarning, match="Silent hands nothing over while it trains"):
        machine(Silent()).fit(checkpoint=folder, verbosity=0)
    assert epoch_of(folder) == (10, False)


# real deaths

PROGRAM = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests", {root!r} + "/tests/kerasflux"]
import numpy as np
import test_checkpoints as t
mach = t.machine(epochs={epochs})
told = lambda row: print(row["epoch"], flush=True)
mach.fit(checkpoint={folder!r}, on_epoch=told, verbosity=0)
print("done", mach.report.decision)
"""


def test_a_process_that_is_killed_again_and_again_loses_nothing(folder):
    """Most of a toy's time is spent in writing: the kills fall between and within writes."""
    root, epochs = str(Path(__file__).parents[2]), 400
    program = PROGRAM.format(root=root, epochs=epochs, folder=str(folder))
    draw, begun = np.random.default_rng(4), [0]
    for _ in range(4):
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        with child:
            first = int(child.stdout.readline())
            assert first >= begun[-1]  # at least what was reported before was written
            for _ in range(draw.integers(5, 40)):
                last = int(child.stdout.readline())
            time.sleep(draw.uniform(0, 0.005))
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().split()
        assert child.returncode == -signal.SIGKILL
        begun.append(max([last, *map(int, rest)]))
        kept, interrupted = epoch_of(folder)
        assert interrupted
        assert begun[-1] - 1 <= kept <= begun[-1]
    mach = machine(epochs=epochs).fit(checkpoint=folder, verbosity=0)
    assert f"interrupted after {kept}" in mach.report.decision
    same(mach, machine(epochs=epochs).fit(verbosity=0))
    assert os.listdir(folder) == [FILE]


DEATHS = """
import os, signal, zipfile
def die():
    os.kill(os.getpid(), signal.SIGKILL)
calls, where = [0], {where!r}
writestr, replace = zipfile.ZipFile.writestr, os.replace
def writing(archive, *args):
    calls[0] += 1
    writestr(archive, *args)
    if where == "within the file" and calls[0] == 3 * {members} + 2:
        archive.fp.flush()
        die()
def replacing(*args):
    if where == "before the rename" and calls[0] == 4 * {members}:
        die()
    replace(*args)
    if where == "after the rename" and calls[0] == 4 * {members}:
        die()
zipfile.ZipFile.writestr, os.replace = writing, replacing
"""


@pytest.mark.parametrize(
    ("where", "kept"),
    [("within the file", 3), ("before the rename", 3), ("after the rename", 4)],
)
def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_checkpoint(folder, where, kept):
    root = str(Path(__file__).parents[2])
    program = DEATHS.format(where=where, members=4)  # three arrays and the manifest
    program += PROGRAM.format(root=root, epochs=10, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert epoch_of(folder) == (kept, True)
    assert len(os.listdir(folder)) == (1 if kept == 4 else 2)
    mach = machine().fit(checkpoint=folder, verbosity=0)
    assert f"interrupted after {kept}," in mach.report.decision
    same(mach, machine().fit(verbosity=0))
    assert os.listdir(folder) == [FILE]
