"""One worker of a cluster of two on this computer: what it has learned, as JSON.

`TF_CONFIG` says which worker this is. Arguments: where to write, and a folder for checkpoints.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

import numpy as np

import kerasflux as kf

warnings.simplefilter("error")
warnings.filterwarnings("ignore", "'.*' deprecated - use", DeprecationWarning)  # pyparsing's
kf.quiet()

import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)

INDEX = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
GRAPH = kf.Acceleration(strategy="cpu", jit="graph")


def machine_of(acceleration="multiworker", n=97, epochs=6, rng=1, **rest):
    draw = np.random.default_rng(0)
    X = draw.normal(size=(97, 5))[:n]
    y = kf.coerce(np.array(list("abc"))[draw.integers(0, 3, 97)[:n]], kf.Multiclass)
    weights = draw.uniform(0.2, 3, 97)[:n]
    model = kf.NeuralNetworkClassifier(
        **{"builder": kf.MLP((16,), dropout=0.3), "batch_size": 32, **rest},
        epochs=epochs,
        rng=rng,
        acceleration=acceleration,
    )
    return kf.machine(model, X, y, sample_weight=weights)


def learned(mach):
    return [v for k, v in mach.state.items() if k.startswith(("network/", "losses"))]


def digest(mach):
    return hashlib.sha256(b"".join(a.tobytes() for a in learned(mach))).hexdigest()


def compared(**settings):
    """How far the cluster is from one device, and what this worker has learned."""
    together, alone = (machine_of(a, **settings) for a in ("multiworker", GRAPH))
    for mach in (together, alone):
        mach.fit(verbosity=0)
    pairs = zip(learned(together), learned(alone), strict=True)
    gap = max(float(np.abs(a.astype("float64") - b).max()) for a, b in pairs)
    return {"gap": gap, "digest": digest(together)}


def printed():
    mach, out = machine_of(epochs=1), io.StringIO()
    with contextlib.redirect_stdout(out):
        mach.fit()
    return out.getvalue()


def seed_is_agreed():
    mach = machine_of(rng=None, epochs=1).fit(verbosity=0)
    return {"rng": mach.report.rng, "digest": digest(mach)}


def continued_alone():
    """Training goes on without the cluster, and predictions never need it."""
    mach = machine_of(epochs=2).fit(verbosity=0)
    mach.model.acceleration, mach.model.epochs = GRAPH, 6
    mach.fit(verbosity=0)
    other = machine_of(GRAPH).fit(verbosity=0)
    pairs = zip(learned(mach), learned(other), strict=True)
    return max(float(np.abs(a.astype("float64") - b).max()) for a, b in pairs)


def checkpointed(folder):
    """Each worker asks for checkpoints; the first one alone writes."""
    own = folder / f"worker{INDEX}"
    machine_of(epochs=2).fit(verbosity=0, checkpoint=own)
    return sorted(path.name for path in own.iterdir()) if own.exists() else []


def different_data():
    machine_of(n=97 if INDEX else 80, epochs=1).fit(verbosity=0)


SGD = kf.optimisers.SGD(learning_rate=0.05, momentum=0.9)

CASES = {
    "momentum": lambda: compared(optimiser=SGD),
    "adam": lambda: compared(optimiser="adam"),
    "accumulated": lambda: compared(
        optimiser=kf.optimisers.SGD(gradient_accumulation_steps=3, global_clipnorm=0.5),
        lambda_=0.01,
    ),
    "printed": printed,
    "seed": seed_is_agreed,
    "alone": continued_alone,
    "checkpoint": lambda: checkpointed(Path(sys.argv[2])),
    "different data": different_data,
}


def told(case):
    try:
        return case()
    except Exception as error:  # which error it was is for the tests to judge
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    answers = {name: told(case) for name, case in CASES.items()}
    Path(sys.argv[1]).write_text(json.dumps(answers))
