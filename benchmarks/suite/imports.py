"""How long an import takes, in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

from suite.records import Below, Comparison, Line
from suite.timing import Effort, in_turn, missing

MODULES = (
    "scitypes",
    "kerasflux",
    "pandas",
    "sklearn.neural_network",
    "tensorflow",
    "keras",
    "scikeras.wrappers",
    "torch",
    "jax",
)
BARS = {"scitypes": Below(0.5, "s")}
CLOCK = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def imports(effort: Effort) -> list[Comparison]:
    lines = {
        name: Line(f"import {name}", bar=BARS.get(name), note=missing(name.split(".")[0]))
        for name in MODULES
    }
    for _, name in in_turn([n for n in MODULES if not lines[n].note], effort.repeats):
        command = [sys.executable, "-c", CLOCK.format(name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        lines[name].values.append(float(done.stdout.splitlines()[-1]))
    note = "Each in an interpreter of its own."
    return [Comparison("Imports", "s", list(lines.values()), note)]
