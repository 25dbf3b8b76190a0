"""The benchmarks of types of columns run on few rows and compare what comes out."""

import importlib
import sys
import types
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
WORK = ("schema_wide", "schema_objects", "coerce_classes", "coerce_floats")


@pytest.fixture
def columns(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("suite.columns")
    monkeypatch.setattr(module, "ROWS", 1000)
    return module


@pytest.fixture
def tiny(columns):
    return importlib.import_module("suite.timing").Effort("tiny", 2, 0.0, 0.0)


def without(monkeypatch, *names):
    """As if libraries were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda n: None if n in names else find(n))


@pytest.mark.parametrize("name", WORK)
def test_each_work_times_both_sides_and_finds_the_same_answers(columns, tiny, monkeypatch, name):
    without(monkeypatch, "pandera", "woodwork")
    for found in getattr(columns, name)(tiny):
        ours, pandas, *others = found.lines
        assert ours.side == "kerasflux"
        assert len(ours.values) == len(pandas.values) == 2
        assert "its time" in pandas.bar.text
        assert (ours.bar is not None) is (name == "schema_wide")
        assert found.same(pandas) is (True if name.startswith("coerce") else None)
        assert [line.note for line in others] == [
            "not installed: pandera",
            "not installed: woodwork",
        ]


def test_each_work_is_listed(columns):
    bench = importlib.import_module("bench")
    names = [name.replace("_", "-") for name in WORK]
    assert bench.chosen(["schema", "coerce"]) == names
    assert [bench.WORK[name] for name in names] == [getattr(columns, name) for name in WORK]


def test_another_answer_makes_times_worthless(columns, tiny):
    sides = [
        columns.Side("kerasflux", lambda: 1, answer=str),
        columns.Side("another", lambda: 2, answer=str),
        columns.Side("a third", lambda: 3),
    ]
    found = columns._compared("work", "ours", sides, tiny)
    assert [found.same(line) for line in found.lines] == [None, False, None]


def test_libraries_that_break_or_forget_are_named_instead_of_timed(columns, tiny, monkeypatch):
    forgetful = types.ModuleType("woodwork")
    forgetful.__spec__ = importlib.machinery.ModuleSpec("woodwork", None)
    forgetful.__version__ = "0.31.0"
    forgetful.init_series = lambda series: types.SimpleNamespace(
        ww=types.SimpleNamespace(schema=None)
    )
    monkeypatch.setitem(sys.modules, "woodwork", forgetful)
    side = columns._woodwork("woodwork", lambda library: 1)
    assert side.note == f"woodwork 0.31.0 with pandas {pd.__version__} keeps no types"
    broken = columns._other("broken", "json", "json.absent", lambda library: 1)
    assert broken.note.startswith("can't be imported: ModuleNotFoundError")
    failing = columns.Side("failing", lambda: [][0])
    lines = columns._compared("work", "ours", [broken, failing], tiny).lines
    assert [line.values for line in lines] == [[], []]
    assert lines[1].note == "fails: IndexError: list index out of range"
    with pytest.raises(IndexError):
        columns._compared("work", "ours", [columns.Side("kerasflux", lambda: [][0])], tiny)
