"""The type checker accepts example uses of every public name, and knows what they give."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import scitypes

ROOT = Path(__file__).parents[2]
USES = ROOT / "tests" / "typed" / "uses.py"


def test_every_public_name_is_used():
    used = set(re.findall(r"\bst\.(\w+)", USES.read_text(encoding="utf-8")))
    assert set(scitypes.__all__) - used == set()


def checked(path, folder):
    """What mypy says in strict mode, with the settings of the project."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder), str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_uses_pass_in_strict_mode_and_a_wrong_one_does_not(tmp_path):
    pytest.importorskip("mypy", reason="mypy is installed for development only")
    done = checked(USES, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import scitypes as st\n"
        "def f(t: st.Scitype) -> st.Scitype:\n    return t\n"
        "f(int)\n"
        "f(st.Multiclass[3])\n"
    )
    told = checked(wrong, tmp_path).stdout
    assert "wrong.py:4: error: Argument 1" in told
    assert told.count("error:") == 1
