"""Every example in the docstrings of both packages runs and gives what it says."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from modes import in_the_graph_loop

import kerasflux
import scitypes

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


SHOWING_MODES = {"kerasflux.training.inventory"}


def module_names():
    for package in (scitypes, kerasflux):
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield found.name


@pytest.mark.parametrize("name", list(module_names()))
def test_the_examples_of_a_module_run(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name not in SHOWING_MODES:
        in_the_graph_loop(monkeypatch)
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


# In a list of arguments, attributes or errors, what an entry says goes on further to the right.
ENTRY = re.compile(r"[\w*`.\[\], ]+(\([^)]*\))?:( |$)")


def stray_lines(doc):
    """The lines of lists that begin no entry and are not indented as going on with one."""
    within = False
    for line in doc.splitlines():
        if re.fullmatch(r"(Args|Attributes|Raises):", line):
            within = True
        elif line and not line.startswith(" "):
            within = False
        elif within and re.match(r" {4}\S", line) and not ENTRY.match(line[4:]):
            yield line


def test_entries_of_lists_in_docstrings_go_on_indented():
    root = Path(scitypes.__file__).parents[1]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    found = []
    for path in (p for name in ("scitypes", "kerasflux") for p in (root / name).rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        docs = [ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds)]
        found += [f"{path.name}: {line.strip()}" for doc in docs for line in stray_lines(doc)]
    assert found == []
    assert list(stray_lines("Args:\n    a: goes\n    on\n    b: fine")) == ["    on"]
