"""Searches whose process is killed: the same program, started again, ends with the same history."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf

PROGRAM = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
import kerasflux as kf
kf.quiet()
from test_search_crashes import machine
mach = machine({kind!r}, {folder!r}).fit(verbosity=0)
mach.save({folder!r} + "/machine.kflux")
"""
STRATEGIES = {
    "random": lambda: kf.RandomSearch(rng=2),
    "optuna": lambda: kf.OptunaSearch(rng=2),
    "halving": lambda: kf.SuccessiveHalving(n=8, factor=2, min_resource=1, max_resource=8, rng=2),
}


def machine(kind, folder=None):
    draw = np.random.default_rng(0)
    X = pd.DataFrame({"a": draw.normal(size=80), "b": draw.normal(size=80)})
    net = kf.NeuralNetworkRegressor(builder=kf.MLP((6,)), batch_size=10, epochs=3, rng=1)
    tuned = kf.TunedModel(
        net,
        {"learning_rate": kf.log_range(1e-4, 1e-1)},
        STRATEGIES[kind](),
        resampling=kf.CV(nfolds=3, rng=0),
        n=None if kind == "halving" else 40,
        checkpoint=None if folder is None else f"{folder}/search",
    )
    return kf.machine(tuned, X, X["a"] * 2 + X["b"])


def started(kind, folder):
    root = str(Path(__file__).parents[1])
    program = PROGRAM.format(root=root, kind=kind, folder=str(folder))
    return subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def written(folder):
    return len(list(Path(folder).glob("search/*/candidate-*.kflux")))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["random", "halving"])
def test_a_search_that_was_killed_ends_with_the_same_history(kind, tmp_path):
    for least in (2, 5):  # killed twice, in the middle of whatever it was doing
        child = started(kind, tmp_path)
        deadline = time.monotonic() + 120
        while written(tmp_path) < least and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        _, errors = child.communicate()
        assert child.returncode == -signal.SIGKILL, errors[-3000:]
    kept = written(tmp_path)
    assert kept >= 5
    child = started(kind, tmp_path)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 0, errors[-3000:]
    whole = machine(kind).fit(verbosity=0)
    again = kf.load(tmp_path / "machine.kflux")
    expected = whole.report.history.to_frame(seconds=False)
    pd.testing.assert_frame_equal(
        again.report.history.to_frame(seconds=False), expected, check_exact=True
    )
    assert again.report.best_model == whole.report.best_model
    X = pd.DataFrame({"a": [0.1, 0.2], "b": [1.0, -1.0]})
    assert np.array_equal(again.predict(X), whole.predict(X))
