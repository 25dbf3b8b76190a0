import io
import logging
import os
import re
import subprocess
import sys
import time
import types
import warnings

import pytest
from rich.console import Console

from kerasflux import log


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_say_prints_a_line(capsys):
    log.say("from scratch (2)")
    assert capsys.readouterr().out == "from scratch (2)\n"


def test_warnings_point_at_the_line_that_called_kerasflux():
    with pytest.warns(log.KerasfluxWarning, match="NaN") as caught:
        log.warn("the loss became NaN")
    assert caught[0].filename == __file__
    inner = types.ModuleType("kerasflux.pretended")
    exec(compile("def f(warn): warn('deep')", "inside.py", "exec"), inner.__dict__)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        inner.f(log.warn)
    assert [w.filename for w in found] == [__file__]


def test_an_epoch_is_one_line():
    row = {"epoch": 7, "training_loss": 0.25, "validation_loss": 0.5, "seconds": 0.031}
    assert log.epoch_line(row, 100) == "epoch   7/100  loss 0.2500  validation 0.5000  0.03 s"


def test_the_losses_of_a_fit_stand_below_each_other():
    losses = [5517.3, 812.1234, 81.21234, 1.5, 0.0123]
    lines = [
        log.epoch_line({"epoch": k, "training_loss": loss, "seconds": 0.1}, 5)
        for k, loss in enumerate(losses, 1)
    ]
    assert lines[:2] == ["epoch 1/5  loss  5,517  0.10 s", "epoch 2/5  loss 812.12  0.10 s"]
    assert len({len(line) for line in lines}) == 1


def test_where_there_is_no_terminal_one_line_sums_up(capsys):
    with log.progress(30, "Net", start=10) as bar:
        for epoch in range(20):
            bar.advance(loss=1.0 / (epoch + 1), validation_loss=0.3)
    out = capsys.readouterr().out
    assert re.fullmatch(r"Net  epoch 30/30  loss 0\.0500  validation 0\.3000  in .+\n", out)


def test_a_fit_that_ended_early_says_how_far_it_came(capsys):
    with log.progress(30, "Net") as bar:
        bar.advance(loss=2.0)
    assert "epoch 1/30" in capsys.readouterr().out


def test_other_things_than_epochs_are_counted_by_their_name(capsys):
    with log.progress(2, "evaluating", unit="fold") as bar:
        bar.advance()
        assert bar.status().startswith("fold 1/2")
        bar.advance()
    assert capsys.readouterr().out.startswith("evaluating  fold 2/2  in ")


def test_nothing_is_shown_when_disabled_or_when_there_is_nothing_to_do(capsys):
    with log.progress(3, "Net", enabled=False) as bar:
        bar.advance(loss=1.0)
        bar.note("compiling")
    with log.progress(3, "Net", start=3):
        pass
    assert bar.epoch == 1
    assert capsys.readouterr().out == ""


def test_an_exception_ends_the_bar_without_a_summary(capsys):
    def interrupted():
        with log.progress(3, "Net") as bar:
            bar.advance(loss=1.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_shows_a_bar_on_one_line(width):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, legacy_windows=False)
    bar = log.Progress(30, "NeuralNetworkClassifier", 10, log._Terminal(console))
    bar._painter.open(bar)
    bar.note("compiling")
    for _ in range(20):
        bar.advance(loss=0.123456, validation_loss=0.5)
    bar._painter.close(bar, failed=False)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "compiling" in text
    assert "…" not in text  # nothing had to be cut
    last = text.replace("\r", "\n").strip().split("\n")[-1]
    assert "━" in last
    assert "epoch 30/30  loss 0.1235  validation 0.5000  in" in last


def test_a_notebook_shows_a_bar_that_is_rewritten_in_place(monkeypatch):
    shown = []
    handle = types.SimpleNamespace(update=shown.append)

    def display(first, display_id):
        shown.append(first)
        return handle

    pretended = types.SimpleNamespace(HTML=str, display=display)
    monkeypatch.setitem(sys.modules, "IPython.display", pretended)
    bar = log.Progress(2, "<Net>", 0, log._Notebook())
    bar._painter.open(bar)
    bar.note("compiling")
    bar.advance(loss=1.0)
    bar.advance(loss=0.5)
    bar._painter.close(bar, failed=False)
    assert len(shown) == 3
    assert "compiling" in shown[1]
    assert "width:100.0%" in shown[2]
    assert "&lt;Net&gt;" in shown[2]


def test_time_left_is_judged_by_the_epochs_after_the_first():
    bar = log.Progress(10, "", 0, log._Nothing())
    assert bar.seconds_left is None
    bar._began = time.perf_counter() - 100  # a first epoch that compiled for long
    for _ in range(5):
        bar.advance(loss=1.0)
    assert bar.seconds_left < 1
    assert "left" in bar.status()


def test_advancing_costs_next_to_nothing():
    console = Console(file=io.StringIO(), force_terminal=True)
    bar = log.Progress(20_000, "Net", 0, log._Terminal(console))
    bar._painter.open(bar)
    began = time.perf_counter()
    for _ in range(20_000):
        bar.advance(loss=0.5, validation_loss=0.5)
    per_epoch = (time.perf_counter() - began) / 20_000
    bar._painter.close(bar, failed=True)
    assert per_epoch < 20e-6


# silence


def test_quiet_makes_the_import_of_tensorflow_silent_and_says_nothing_when_called_again():
    code = (
        "import kerasflux.log as log; log.quiet(); log.quiet(); import tensorflow as tf;"
        "log.quiet(); tf.constant(1.0); import os, importlib.resources as r;"
        "assert r.files('tensorflow').joinpath('__init__.py').is_file(); os.write(2, b'heard')"
    )
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "heard")


def test_a_failing_import_is_heard_after_all(tmp_path):
    broken = tmp_path / "tensorflow.py"
    broken.write_text("import os; os.write(2, b'no such library\\n'); raise ImportError('broken')")
    code = "import sys, kerasflux.log as log; log.quiet(); sys.path.insert(0, "
    done = run(code + repr(str(tmp_path)) + "); import tensorflow")
    assert done.returncode == 1
    assert "no such library" in done.stderr
    assert "ImportError: broken" in done.stderr


@pytest.fixture
def imported_tensorflow(monkeypatch):
    """TensorFlow as it is after an import that nobody silenced."""
    logger = logging.getLogger("tensorflow")
    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")
    level = logger.level
    logger.setLevel(logging.NOTSET)
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("imported_tensorflow")
def test_quiet_after_the_import_says_that_it_comes_too_late():
    with pytest.warns(log.KerasfluxWarning, match="too late: TensorFlow is imported already") as w:
        log.quiet()
    assert "before the first import of TensorFlow or Keras" in str(w[0].message)
    assert w[0].filename == __file__


@pytest.mark.usefixtures("imported_tensorflow")
def test_quiet_after_the_import_only_sets_levels_and_says_so_once():
    before = list(sys.meta_path)
    with pytest.warns(log.KerasfluxWarning):
        log.quiet()
    log.quiet()  # warnings are errors here
    assert sys.meta_path == before
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "1"
    assert logging.getLogger("tensorflow").level == logging.ERROR
