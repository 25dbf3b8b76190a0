"""Numbers of threads: recorded in the state, and named where a fit goes on under another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parent

PROGRAM = """
import json, sys
threads, fits = int(sys.argv[1]), json.loads(sys.argv[2])
import kerasflux as kf
kf.quiet()
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(threads)
import numpy as np
draw = np.random.default_rng(0)
X = draw.normal(size=(2000, 200))
y = X[:, :20].sum(1) + draw.normal(size=2000)
for begun, path, *epochs in fits:
    if begun is None:
        model = kf.NeuralNetworkRegressor(
            builder=kf.MLP((128,), "relu", dropout=0.0), batch_size=256, epochs=3, rng=1,
            acceleration=kf.Acceleration(strategy="cpu", jit="graph"),
        )
        mach = kf.machine(model, X, y)
    else:
        mach = kf.load(begun).with_data(X, y)
    for mach.model.epochs in epochs:
        mach.fit(verbosity=1)
    mach.save(path)
    np.savez(path + ".npz", **mach.state)
    for stream in (sys.stdout, sys.stderr):
        print("-" * 9, file=stream, flush=True)
"""


def fitted(threads, *fits):
    """What a process of so many threads printed at each fit, and the state that it saved then.

    A fit is the file to begin with or None, the file to write, and numbers of epochs.
    """
    files = [[None if p is None else str(p) for p in fit[:2]] for fit in fits]
    asked = json.dumps([[*paths, *fit[2:]] for paths, fit in zip(files, fits, strict=True)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(threads), asked],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent), "COLUMNS": "500"},
    )
    assert done.returncode == 0, done.stderr
    said = [stream.split("-" * 9) for stream in (done.stdout, done.stderr)]
    for (_, path), out, err in zip(files, *(parts[:-1] for parts in said), strict=True):
        with np.load(f"{path}.npz") as arrays:
            yield out + err, dict(arrays)


def environment(state):
    (name,) = [n for n in state if n.endswith("environment")]
    return json.loads(str(state[name]))


def weights(state):
    return np.concatenate([a.ravel() for n, a in state.items() if "network/" in n])


def test_the_number_of_threads_is_recorded_and_a_change_of_it_is_told(tmp_path):
    """Whether bits differ hangs on the processor: it is printed here, and no promise."""
    ((one, first),) = fitted(1, (None, tmp_path / "one", 3))
    (four, second), (told, further) = fitted(
        4, (None, tmp_path / "four", 3), (tmp_path / "one", tmp_path / "on", 5, 6)
    )
    apart = np.abs(weights(first) - weights(second)).max()
    print(f"weights after 3 epochs with 1 and 4 threads differ by at most {apart:.2g}")
    assert apart < 1e-3
    records = environment(first), environment(second)
    assert [record["threads"] for record in records] == [1, 4]
    assert {k: v for k, v in records[0].items() if "threads" not in k} == {
        k: v for k, v in records[1].items() if "threads" not in k
    }
    assert "threads" not in one + four

    # told once
    assert len([line for line in told.splitlines() if "threads" in line]) == 1
    assert environment(further)["threads"] == 4
