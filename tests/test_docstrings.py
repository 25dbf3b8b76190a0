"""Every example in the docstrings of both packages runs and gives what it says."""

import doctest
import importlib
import pkgutil

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
