"""Fits that end early: a keyboard interrupt wherever it strikes, and losses that are not finite."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from networks import ARCHITECTURES, differing

import kerasflux as kf
from kerasflux.errors import Interrupted
from kerasflux.interface import Run
from kerasflux.log import KerasfluxWarning
from kerasflux.training import core

KINDS = {
    "regressor": ARCHITECTURES["normalised"],
    "multitarget": ARCHITECTURES["half_frozen"],
    "classifier": ARCHITECTURES["embedded"],
    "binary": ARCHITECTURES["noisy"],
    "image": ARCHITECTURES["augmented"],
}
kinds = pytest.mark.parametrize("kind", KINDS)
two_kinds = pytest.mark.parametrize("kind", ["classifier", "image"])  # each strike costs a program


def strike(after):
    """A hook that interrupts after an epoch."""

    def on_epoch(row):
        if row["epoch"] == after:
            raise KeyboardInterrupt

    return on_epoch


def asked(row):
    """A hook that lets training go on; each epoch is then a call of its own."""


def striking(monkeypatch, owner, name, calls):
    """Interrupt within the library: the call of this number of a function of its own."""
    inner, count = getattr(owner, name), [0]

    def call(*args, **kwargs):
        count[0] += 1
        if count[0] == calls:
            raise KeyboardInterrupt
        return inner(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)


@kinds
def test_an_interrupt_keeps_the_finished_epochs_and_the_next_fit_goes_on(kind, capsys):
    case, after = KINDS[kind], 3
    mach = case.machine(epochs=5)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(after), verbosity=0)
    assert f"the machine holds epoch {after} of 5" in capsys.readouterr().out
    assert len(mach.training_losses) == after + 1
    assert differing(mach, case.fitted(epochs=after)) == []
    assert len(np.asarray(mach.predict())) == 48
    assert "interrupted" in repr(mach)
    mach.fit(verbosity=0)
    decision = f"continued (3: interrupted after {after}, going on to 5 epochs)"
    assert mach.report.decision == decision
    assert differing(mach, case.fitted(epochs=5)) == []


# where in an epoch it strikes: before it, between the graph call and its bookkeeping, after it
INSIDE = {
    "before the permutation": (core, "permutation", 3),
    "between the epoch and its row": (core, "_reason", 4),
    "before its row is told": (core._Session, "_tell", 3),
}


@pytest.mark.parametrize(
    ("kind", "place"),
    [(kind, "between the epoch and its row") for kind in KINDS]
    + [("binary", place) for place in INSIDE if "between" not in place],
)
def test_an_interrupt_within_an_epoch_undoes_that_epoch(kind, place, monkeypatch):
    case, (owner, name, calls) = KINDS[kind], INSIDE[place]
    whole, mach = case.fitted(epochs=5), case.machine(epochs=5)
    with monkeypatch.context() as patch:
        striking(patch, owner, name, calls)
        with pytest.raises(KeyboardInterrupt):
            mach.fit(on_epoch=asked, verbosity=0)
    done = 3 if name == "_tell" else 2  # the third epoch was finished by then
    assert len(mach.training_losses) == done + 1
    assert len(mach.history) == done
    assert differing(mach, case.fitted(epochs=done)) == []
    mach.fit(verbosity=0)
    assert differing(mach, whole) == []


def test_an_interrupt_among_epochs_of_one_call_undoes_them_all(monkeypatch):
    case = KINDS["binary"]
    mach = case.fitted(epochs=2)
    mach.model.epochs = 5
    with monkeypatch.context() as patch:
        striking(patch, core, "permutation", 2)
        patch.setattr(core._Session, "_in_time", lambda self: 64)
        with pytest.raises(KeyboardInterrupt):
            mach.fit(verbosity=0)
    assert differing(mach, case.fitted(epochs=2)) == []
    mach.fit(verbosity=0)
    assert differing(mach, case.fitted(epochs=5)) == []


@pytest.mark.parametrize("name", ["initial_state", "train"])
def test_an_interrupt_before_the_first_epoch_leaves_the_machine_as_it_was(
    name, monkeypatch, capsys
):
    from kerasflux.neural import engine

    case = KINDS["classifier"]
    new, fitted = case.machine(epochs=3), case.fitted(epochs=3)
    fitted.model.batch_size = 16
    with monkeypatch.context() as patch:
        for mach in (new, fitted):
            striking(patch, engine, name, 1)
            with pytest.raises(KeyboardInterrupt):
                mach.fit(verbosity=0)
            assert "the machine is as it was" in capsys.readouterr().out
    assert new.input_schema is None
    with pytest.raises(kf.NotFitted):
        new.predict()
    fitted.model.batch_size = 8
    assert fitted.fit(verbosity=0).report.decision.startswith("nothing")
    assert differing(fitted, case.fitted(epochs=3)) == []
    assert differing(new.fit(verbosity=0), fitted) == []


def test_models_tell_interrupts_that_have_something_to_keep_from_those_that_do_not(monkeypatch):
    from kerasflux.neural import engine

    case = KINDS["binary"]
    model = case.make(epochs=2)
    data = model.prepare(case.X, case.y)
    with pytest.raises(Interrupted) as caught:
        model.fit(data, Run(0, on_epoch=strike(1)))
    assert caught.value.fitted.state.training.epoch == 1
    for name in ("initial_state", "_described", "_arrays"):
        with monkeypatch.context() as patch:
            striking(patch, engine, name, 1)
            with pytest.raises(KeyboardInterrupt) as plain:
                model.fit(data, Run(0))
        assert type(plain.value) is KeyboardInterrupt


@two_kinds
def test_an_interrupt_of_a_continued_fit_keeps_what_it_added(kind):
    case = KINDS[kind]
    mach = case.fitted(epochs=2)
    mach.model.epochs = 6
    for after in (3, 5):
        with pytest.raises(KeyboardInterrupt):
            mach.fit(on_epoch=strike(after), verbosity=0)
        assert len(mach.training_losses) == after + 1
    mach.fit(verbosity=0)
    assert differing(mach, case.fitted(epochs=6)) == []


def test_an_interrupted_machine_goes_on_from_its_file(tmp_path):
    case = KINDS["binary"]
    mach = case.machine(epochs=5)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    mach.save(tmp_path / "m.kflux")
    loaded = kf.load(tmp_path / "m.kflux").with_data(case.X, case.y)
    loaded.fit(verbosity=0)
    assert loaded.report.decision.startswith("continued (3: interrupted after 2")
    assert differing(loaded, case.fitted(epochs=5)) == []


def test_an_interrupted_machine_that_restarts_forgets():
    case = KINDS["regressor"]
    mach = case.machine(epochs=5)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike(2), verbosity=0)
    mach.model.batch_size = 16
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: batch_size 8 -> 16)")
    assert differing(mach, case.fitted(epochs=5, batch_size=16)) == []


def test_an_error_in_the_hook_leaves_the_machine_as_it_was():
    case = KINDS["image"]
    mach = case.fitted(epochs=2)

    def broken(row):
        raise ZeroDivisionError(row["epoch"])

    mach.model.epochs = 4
    with pytest.raises(ZeroDivisionError):
        mach.fit(on_epoch=broken, verbosity=0)
    assert differing(mach, case.fitted(epochs=2)) == []
    assert differing(mach.fit(verbosity=0), case.fitted(epochs=4)) == []


PROGRAM = """
import signal, sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
import kerasflux as kf
kf.quiet()
from networks import ARCHITECTURES, differing
case, strikes = ARCHITECTURES["normalised"], 0
options = dict(epochs=120, batch_size=2)
case.fitted(epochs=1, batch_size=2)  # compiled
mach, told = case.machine(**options), 0
def on_epoch(row):
    global told
    if row["epoch"] > told + 3:
        told = 10**9  # once for each fit
        print("fitting", flush=True)
while True:
    try:
        mach.fit(on_epoch=on_epoch, verbosity=0)
        break
    except KeyboardInterrupt:
        strikes += 1
        told = done = len(mach.training_losses) - 1
        print("struck", done, flush=True)
        if strikes == 3:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
print("strikes", strikes)
print("differing", differing(mach, case.fitted(**options)))
signal.signal(signal.SIGINT, signal.default_int_handler)
said = lambda row: print("endless", flush=True) if row["epoch"] == 1 else None
case.machine(epochs=10**6).fit(on_epoch=said, verbosity=0)
"""


@pytest.fixture(scope="module")
def signalled():
    """Lines of a script that interrupts strike in the middle of fits, and how it ended.

    Three strikes are caught by the script. The last one is in a fit that never ends, and is not.
    """
    import signal

    program = PROGRAM.format(root=str(Path(__file__).parents[1]))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as child:
        said, pauses = [], iter([0.003, 0.0217, 0.0111])
        for line in child.stdout:
            said.append(line.strip())
            if line.startswith("fitting"):
                pause = next(pauses, None)
                if pause is not None:
                    time.sleep(pause)
                    child.send_signal(signal.SIGINT)
            if line.startswith("endless"):
                child.send_signal(signal.SIGINT)
        errors = child.stderr.read()
    return said, child.returncode, errors


def test_a_real_signal_stops_a_fit_that_then_goes_on_bit_for_bit(signalled):
    said, _, errors = signalled
    assert "strikes 3" in said, errors[-3000:]
    assert "differing []" in said, said
    struck = [int(line.split()[1]) for line in said if line.startswith("struck")]
    assert 0 < struck[0] < struck[1] < struck[2] < 120


@pytest.mark.skipif(sys.platform == "win32", reason="processes end by signals on POSIX systems")
def test_a_script_that_is_interrupted_ends_by_the_signal_so_that_loops_of_shells_end_too(signalled):
    import signal

    said, code, errors = signalled
    assert "the machine holds epoch" in "".join(said[said.index("endless") :]), errors[-3000:]
    assert code == -signal.SIGINT


# losses that are not finite


def diverging(kind, **options):
    """A machine whose steps are far too large, but for the first two epochs."""
    case = KINDS[kind]
    sgd = kf.optimisers.SGD(learning_rate=1e-3)
    mach = kf.machine(case.make(optimiser=sgd, epochs=2, **options), case.X, case.y)
    mach.fit(verbosity=0)
    mach.model.optimiser.learning_rate, mach.model.epochs = 1e30, 6
    return mach


@kinds
def test_a_loss_that_is_not_finite_ends_the_fit_at_the_last_finite_state(kind):
    mach = diverging(kind)
    with pytest.warns(KerasfluxWarning, match="a lower learning rate may help") as caught:
        mach.fit(verbosity=0)
    done = mach.fitted.state.training.epoch
    assert f"Training ended after {done} of 6 epochs" in str(caught[0].message)
    assert 2 <= done < 6
    assert len(mach.history) == done + 1  # the epoch that went wrong is kept in the history
    assert np.isfinite(mach.training_losses[: done + 1]).all()
    assert np.isfinite(np.asarray(mach.predict())).all()
    assert mach.report.stopped


@kinds
def test_a_fit_that_diverged_counts_as_finished_and_goes_on_with_smaller_steps(kind):
    mach, plain = diverging(kind), diverging(kind)
    with pytest.warns(KerasfluxWarning):
        mach.fit(verbosity=0)
    done = mach.fitted.state.training.epoch
    assert mach.fit(verbosity=0).report.decision.startswith("nothing")
    mach.model.optimiser.learning_rate, mach.model.epochs = 1e-3, 9
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("continued")
    assert len(mach.training_losses) == 10
    assert np.isfinite(mach.training_losses).all()
    if done == 2:  # nothing of the diverged epoch is left
        plain.model.optimiser.learning_rate, plain.model.epochs = 1e-3, 9
        plain.fit(verbosity=0)
        assert differing(mach, plain) == []


def test_a_loss_that_is_not_finite_before_training_ends_it_there():
    def infinite(y_true, y_pred):
        import tensorflow as tf

        return tf.reduce_sum(y_pred, axis=-1) / 0.0

    case = KINDS["regressor"]
    mach = case.machine(loss=infinite, epochs=3)
    with pytest.warns(KerasfluxWarning, match="before training"):
        mach.fit(verbosity=0)
    assert len(mach.training_losses) == 1
    assert np.isfinite(np.asarray(mach.predict())).all()
