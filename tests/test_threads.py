"""Numbers of threads: recorded in the state, and named where a fit goes on under another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parent

PROGRAM = """
import sys
threads, path, *epochs = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
import kerasflux as kf
kf.quiet()
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(threads)
import numpy as np
draw = np.random.default_rng(0)
X = draw.normal(size=(2000, 200))
y = X[:, :20].sum(1) + draw.normal(size=2000)
if epochs == [3]:
    model = kf.NeuralNetworkRegressor(
        builder=kf.MLP((128,), "relu", dropout=0.0), batch_size=256, epochs=3, rng=1,
        acceleration=kf.Acceleration(strategy="cpu", jit="graph"),
    )
    mach = kf.machine(model, X, y)
else:
    mach = kf.load(path).with_data(X, y)
for mach.model.epochs in epochs:
    mach.fit(verbosity=1)
mach.save(path)
np.savez(path + ".npz", **mach.state)
"""


def fitted(threads, path, *epochs):
    """What a process of so many threads printed, and the state that it saved."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(threads), str(path), *map(str, epochs)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent), "COLUMNS": "500"},
    )
    assert done.returncode == 0, done.stderr
    with np.load(f"{path}.npz") as arrays:
        return done.stdout + done.stderr, dict(arrays)


def environment(state):
    (name,) = [n for n in state if n.endswith("environment")]
    return json.loads(str(state[name]))


def weights(state):
    return np.concatenate([a.ravel() for n, a in state.items() if "network/" in n])


def test_the_number_of_threads_is_recorded_and_a_change_of_it_is_told(tmp_path):
    """Whether bits differ hangs on the processor: it is printed here, and no promise."""
    one, first = fitted(1, tmp_path / "one", 3)
    four, second = fitted(4, tmp_path / "four", 3)
    apart = np.abs(weights(first) - weights(second)).max()
    print(f"weights after 3 epochs with 1 and 4 threads differ by at most {apart:.2g}")
    assert apart < 1e-3
    records = environment(first), environment(second)
    assert [record["threads"] for record in records] == [1, 4]
    assert {k: v for k, v in records[0].items() if "threads" not in k} == {
        k: v for k, v in records[1].items() if "threads" not in k
    }
    assert "threads" not in one + four

    told, further = fitted(4, tmp_path / "one", 5, 6)  # told once
    assert len([line for line in told.splitlines() if "threads" in line]) == 1
    assert environment(further)["threads"] == 4
