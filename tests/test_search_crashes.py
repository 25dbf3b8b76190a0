"""Searches whose process is killed: the same program, started again, ends with the same history."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toys
from searching_toys import X, Y, tuned
from toys import Walker

import kerasflux as kf

PROGRAM = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
from test_search_crashes import machine
mach = machine({kind!r}, {folder!r}).fit(verbosity=0)
mach.save({folder!r} + "/machine.kflux")
"""
STRATEGIES = {
    "random": lambda: kf.RandomSearch(rng=2),
    "optuna": lambda: kf.OptunaSearch(rng=2),
    "halving": lambda: kf.SuccessiveHalving(n=16, factor=2, min_resource=1, max_resource=8, rng=2),
}


class Slow(Walker):
    """A walker that leaves time to be killed in."""

    def fit(self, data, run=toys.QUIET):
        time.sleep(0.004)
        return super().fit(data, run)

    def update(self, fitted, old_model, data, run=toys.QUIET):
        time.sleep(0.004)
        return super().update(fitted, old_model, data, run)


def machine(kind, folder=None):
    search = tuned(
        Slow(epochs=3),
        {"rate": kf.log_range(0.01, 0.9)},
        tuning=STRATEGIES[kind](),
        n=None if kind == "halving" else 30,
        checkpoint=None if folder is None else f"{folder}/search",
    )
    return kf.machine(search, X, Y)


def started(kind, folder):
    root = str(Path(__file__).parents[1])
    program = PROGRAM.format(root=root, kind=kind, folder=str(folder))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", program], text=True, **pipes)


def written(folder):
    return len(list(Path(folder).glob("search/*/candidate-*.kflux")))


@pytest.mark.parametrize("kind", STRATEGIES)
def test_a_search_that_was_killed_ends_with_the_same_history(kind, tmp_path):
    with started(kind, tmp_path) as child:  # killed in the middle of whatever it is doing
        deadline = time.monotonic() + 120
        while written(tmp_path) < 7 and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        _, errors = child.communicate()
    assert child.returncode == -signal.SIGKILL, errors[-3000:]
    assert written(tmp_path) >= 7
    with started(kind, tmp_path) as child:
        _, errors = child.communicate(timeout=300)
    assert child.returncode == 0, errors[-3000:]
    whole = machine(kind).fit(verbosity=0)
    again = kf.load(tmp_path / "machine.kflux", builders=[Slow])
    expected = whole.report.history.to_frame(seconds=False)
    found = again.report.history.to_frame(seconds=False)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert again.report.best_model == whole.report.best_model
    assert np.array_equal(again.predict(X), whole.predict(X))
