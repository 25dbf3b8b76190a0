"""Every example in the docstrings of both packages runs and gives what it says."""

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import kerasflux
import scitypes

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def module_names():
    for package in (scitypes, kerasflux):
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield found.name


@pytest.mark.parametrize("name", list(module_names()))
def test_the_examples_of_a_module_run(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=FLAGS)
    assert not results.failed, capsys.readouterr().out


def test_no_example_is_skipped():
    root = Path(scitypes.__file__).parents[1]
    files = [path for name in ("scitypes", "kerasflux") for path in (root / name).rglob("*.py")]
    assert [str(f) for f in files if "doctest: +SKIP" in f.read_text(encoding="utf-8")] == []


# What is described where it is made or used: errors, results, kinds of models and of scitypes.
ELSEWHERE = {
    *("Machine", "PerformanceEvaluation", "LearningCurve", "Problem"),
    *("Model", "Deterministic", "Probabilistic", "Unsupervised", "Static"),
    *("Fitted", "Observations"),
}


@pytest.mark.parametrize("package", [scitypes, kerasflux], ids=lambda p: p.__name__)
def test_every_public_function_and_class_has_an_example(package):
    for name in set(package.__all__) - ELSEWHERE:
        value = getattr(package, name)
        error = inspect.isclass(value) and issubclass(value, Exception)
        if not error and (inspect.isclass(value) or inspect.isfunction(value)):
            assert ">>>" in (value.__doc__ or ""), name
