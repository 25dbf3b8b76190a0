"""Wording, warnings, and the public window of the package."""

import importlib
import pkgutil
import subprocess
import sys
import warnings

import pytest

import scitypes
from scitypes.messages import ScitypeWarning, counted, in_rows, listed, shortened, warn


def test_long_lists_and_texts_are_cut():
    assert listed("abc", most=2) == "'a', 'b' and 1 more"
    assert in_rows([7]) == "row 7"
    assert counted(1000, "row") == "1,000 rows"
    assert shortened("a" * 99) == "a" * 28 + "..." + "a" * 28
    assert shortened("two\n  lines") == "two lines"


def test_a_warning_points_at_the_caller_and_obeys_verbosity():
    with pytest.warns(ScitypeWarning, match="accident") as caught:
        warn("alphabetical order is an accident")
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn("silent", verbosity=0)
        warn("silent", verbosity=-1, level=-1)


def test_every_public_name_is_there_and_survives_importing_every_module():
    for module in pkgutil.iter_modules(scitypes.__path__):
        importlib.import_module(f"scitypes.{module.name}")
    for name in scitypes.__all__:
        assert getattr(scitypes, name) is getattr(scitypes, name)
        assert not isinstance(getattr(scitypes, name), type(sys))
        assert name in dir(scitypes)
    with pytest.raises(AttributeError, match="scitpe"):
        scitypes.scitpe  # noqa: B018


def test_scitypes_loads_neither_tensorflow_nor_rich_nor_kerasflux():
    code = """
import sys
import scitypes
scitypes.scitype([1]), scitypes.coerce, scitypes.schema
for name in ("tensorflow", "keras", "kerasflux", "rich", "sklearn", "matplotlib", "polars"):
    assert name not in sys.modules, name
"""
    subprocess.run([sys.executable, "-c", code], check=True)
