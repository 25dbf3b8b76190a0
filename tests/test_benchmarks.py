"""The benchmarks run on tiny work and say what they found; no time is asserted."""

import gc
import importlib
import io
import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from modes import in_the_graph_loop
from rich.console import Console

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAMES = (
    "kerasflux",
    "keras.Model.fit",
    "keras.Model.fit, epoch per call",
    "keras.Model.fit, the same, XLA",
    "PyTorch, eager",
    "JAX, lax.scan epoch",
    "scikit-learn MLPClassifier",
)


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def suite():
    """Import a module of the suite by name."""
    return lambda name: importlib.import_module(f"suite.{name}")


@pytest.fixture
def tiny(suite):
    return suite("works").table(70, 5, batch=8, hidden=32)


@pytest.fixture
def small_heap():
    """What there is already is none of the collector's business, which jobs call after each fit."""
    gc.freeze()
    yield
    gc.unfreeze()


def comparison(suite, ours, theirs, bar=None):
    records = suite("records")
    lines = [
        records.Line("kerasflux", [1.0, 2.0, 3.0], ours),
        records.Line("another", [20.0, 40.0, 60.0], theirs, bar),
    ]
    return records.Comparison("some work", "ms/epoch", lines, "how", "log loss")


@pytest.mark.parametrize("name", NAMES)
def test_every_side_learns(suite, tiny, name):
    side = next(side for side in suite("workers").SIDES if side.name == name)
    if side.missing:
        pytest.skip(side.missing)
    lap = suite("workers").lap(name, replace(tiny, epochs=20), 2, 0.0)
    assert lap.loss < 0.9 * tiny.loss(np.full((70, 3), 1 / 3))
    assert lap.seconds > 0


@pytest.mark.parametrize("name", [name for name in NAMES if "scikit" not in name])
def test_every_side_convolves(suite, name):
    side = next(side for side in suite("workers").SIDES if side.name == name)
    if side.missing:
        pytest.skip(side.missing)
    works = suite("works")
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8)).astype("uint8")
    labels = np.arange(12, dtype="int32") % 3
    work = works.Work("images", "images", images, labels, 4, channels=(2, 3))
    trainer = side.make(work, 1)
    trainer.train(1)
    assert trainer.probabilities().sum(axis=1) == pytest.approx(np.ones(12), abs=1e-5)


def test_networks_and_optimisers_of_both_sides_start_alike(suite, tiny):
    works, sides = suite("works"), suite("sides")
    mach = sides.Kerasflux(tiny, 1)
    mach.train(0)
    ours = [v for n, v in mach.machine.state.items() if n.startswith("network/")]
    theirs = [np.asarray(v) for v in sides.keras_network(tiny, 1).variables]
    assert sorted(v.shape for v in ours) == sorted(v.shape for v in theirs)
    for kernel in (v for v in (*ours, *theirs) if v.ndim == 2):
        bound = np.sqrt(6 / sum(kernel.shape))  # Glorot's
        assert 0.7 * bound < np.abs(kernel).max() <= bound
    adam = mach.model.optimiser
    assert (adam.learning_rate, adam.epsilon) == (works.LEARNING_RATE, works.EPSILON)


def test_sides_are_compared_in_processes_of_their_own(suite, tiny):
    sides, timing = suite("sides"), suite("timing")
    effort = timing.Effort("tiny", repeats=2, seconds=0.0)
    found = suite("epochs").compare(tiny, (sides.KERASFLUX, sides.SCIKIT_LEARN), effort)
    ours, theirs = found.lines
    assert (len(ours.values), len(ours.losses), len(theirs.values)) == (2, 2, 2)
    assert theirs.note == "no dropout there"
    assert theirs.losses == []


@pytest.mark.parametrize("side", ["kerasflux", "scikit-learn MLPClassifier"])
def test_cross_validations_are_timed_twice(suite, side, monkeypatch):
    in_the_graph_loop(monkeypatch)
    folds = suite("folds")
    monkeypatch.setattr(folds, "EPOCHS", 1)
    monkeypatch.setattr(folds, "SEEDS", 1)
    found = folds.job_folds(side, 0.0, 1)
    assert len(found["losses"]) == (3 if side == "kerasflux" else 2)
    assert found["cold"] > 0
    assert found["warm"] > 0


@pytest.mark.parametrize("side", ["kerasflux", "SciKeras, GridSearchCV"])
def test_a_search_is_timed_with_the_losses_of_its_candidates(suite, side, monkeypatch):
    in_the_graph_loop(monkeypatch)
    tuning = suite("tuning")
    if tuning.missing("scikeras") and side != "kerasflux":
        pytest.skip("scikeras is not installed")
    monkeypatch.setattr(tuning, "EPOCHS", 1)
    monkeypatch.setattr(tuning, "FOLDS", 2)
    found = tuning.job_tuning(side, [0.001, 0.1], 1)
    assert found["seconds"] > 0
    assert 0 < found["best"] <= found["loss"]


def test_predictions_are_compared_number_by_number(suite, monkeypatch):
    in_the_graph_loop(monkeypatch)
    predictions, timing = suite("predictions"), suite("timing")
    monkeypatch.setattr(predictions, "CALLS", 20)
    effort = timing.Effort("tiny", repeats=1, fraction=0.001)
    for found in (*predictions.many_rows(effort), *predictions.one_row(effort)):
        assert [found.same(line) for line in found.lines] == [None, True, True]


@pytest.mark.parametrize(("job", "arguments"), [("reuse", [2]), ("evicted", [2])])
def test_memory_is_measured_over_fits(suite, monkeypatch, small_heap, job, arguments):
    pytest.importorskip("psutil")
    memory = suite("memory")
    monkeypatch.setattr(memory, "ARCHITECTURES", 2)
    found = getattr(memory, f"job_{job}")(*arguments)
    assert all(map(math.isfinite, found.values()))


def test_jobs_of_fresh_processes_exist_and_say_what_went_wrong(suite):
    child = suite("child")
    for job, module in child.JOBS.items():
        assert hasattr(importlib.import_module(module), f"job_{job}")
    with pytest.raises(RuntimeError, match=r"evicted.*unexpected keyword"):
        child.run("evicted", colour="blue")


def test_the_clock_reads_calls_that_are_long_enough(suite):
    asked = []

    def train(epochs):
        asked.append(epochs)
        time.sleep(1e-5 * epochs)

    assert suite("timing").per_epoch(train, 1e-2) >= 1e-5
    assert asked[0] == 1
    assert asked == sorted(set(asked))


def test_every_repetition_begins_with_another_side(suite):
    turns = list(suite("timing").in_turn("abc", 3))
    assert "".join(side for _, side in turns) == "abcbcacab"
    assert [k for k, _ in turns] == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("bar", "measured", "met"),
    [
        (("Faster", 20), "20 × faster", True),
        (("Faster", 21), "20 × faster", False),
        (("NotSlower", 0.05), "0.05 × its time", True),
        (("NotSlower", 0.04), "0.05 × its time", False),
        (("Below", 41, "MB"), "40 MB", True),
        (("Below", 40, "MB"), "40 MB", False),
    ],
)
def test_figures_stand_beside_bars(suite, bar, measured, met):
    made = getattr(suite("records"), bar[0])(*bar[1:])
    found = comparison(suite, [], [], made)
    assert (found.measured(found.lines[1]), found.met(found.lines[1])) == (measured, met)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ([0.50, 0.51, 0.49], [0.505, 0.50, 0.51], True),
        ([0.50, 0.51, 0.49], [0.70, 0.71, 0.69], False),
        ([0.5, 0.9, 0.7], [0.6, 1.0, 0.8], True),
        ([0.5], [0.505], True),
        ([0.5], [0.6], False),
        ([0.5, 0.5], [math.nan, 0.5], False),
        ([0.5], [], None),
    ],
)
def test_losses_are_the_same_within_noise(suite, ours, theirs, same):
    found = comparison(suite, ours, theirs)
    assert found.same(found.lines[1]) is same


def test_a_side_that_learned_something_else_fails_the_run(suite, tmp_path, monkeypatch, capsys):
    bench = importlib.import_module("bench")
    bar = suite("records").Faster(10)
    growth = suite("records").Growth("growth", "rows", [(5.0, comparison(suite, [1.0], [1.0]))])
    results = [comparison(suite, [0.5, 0.51], [0.9, 0.91], bar), growth]
    results.append(suite("records").LeftOut("digits", "no folder"))
    monkeypatch.setattr(bench, "WORK", {"some": lambda effort: results})
    assert bench.main(["some"], bench.QUICK, tmp_path) == 1
    said = capsys.readouterr().out
    for words in ("NOT THE SAME", "20 × faster", "≥ 10 × faster", "left out, no folder"):
        assert words in said
    page, record = (next(tmp_path.glob(f"*-quick-some.{kind}")) for kind in ("md", "json"))
    assert "| another " in page.read_text(encoding="utf-8")
    first = json.loads(record.read_text(encoding="utf-8"))["results"][0]["lines"][1]
    assert (first["times_ours"], first["met"], first["same_loss"]) == (20.0, True, False)


def test_missing_peers_are_printed_as_missing(suite):
    records, report = suite("records"), suite("report")
    found = comparison(suite, [], [], records.Faster(2))
    found.lines[1].values, found.lines[1].note = [], suite("timing").missing("no_such_module")
    console = Console(width=120, file=io.StringIO())
    report.show(console, found)
    report.show_summary(console, [found])
    said = console.file.getvalue()
    assert said.count("not installed: no_such_module") == 2
    assert "0 of 1 bars are met" in said


def test_unknown_words_are_refused_with_what_there_is():
    bench = importlib.import_module("bench")
    with pytest.raises(SystemExit, match=r"elephants.*epoch-iris"):
        bench.chosen(["elephants"])
