"""A search over iris on two cores: seconds, compiled programs, and memory from search to search.

    python benchmarks/search.py [--model small | default] [--jobs N]

Prints JSON. In a process of its own, as seconds hold what TensorFlow takes to start.
"""

import argparse
import json
import os
import sys
import time

if hasattr(os, "sched_setaffinity"):  # before TensorFlow counts the cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])

import data
import numpy as np

import kerasflux as kf

CANDIDATES, FOLDS, EPOCHS = 100, 5, 20
SMALL = {"builder": kf.MLP(hidden=(16,)), "batch_size": 10}


def search(model, X, y, seed, jobs):
    """Seconds of a search over learning rates and penalties, and the best loss."""
    candidates = {"learning_rate": kf.log_range(1e-4, 1e-1), "lambda_": kf.log_range(1e-6, 1e-2)}
    tuned = kf.TunedModel(
        model,
        candidates,
        kf.RandomSearch(rng=seed),
        resampling=kf.StratifiedCV(nfolds=FOLDS, rng=0),
        measure=kf.log_loss,
        n=CANDIDATES,
        n_jobs=jobs,
    )
    started = time.perf_counter()
    mach = kf.machine(tuned, X, y).fit(verbosity=0)
    return time.perf_counter() - started, min(mach.training_losses)


def megabytes():
    """Memory in use now; None where the system does not tell."""
    try:
        with open("/proc/self/statm") as told:
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return None


def main(kind, jobs):
    kf.quiet()
    X, y = data.typed("iris")
    options = SMALL if kind == "small" else {}
    model = kf.NeuralNetworkClassifier(epochs=EPOCHS, rng=1, **options)
    first, loss = search(model, X, y, 0, jobs)
    programs = len(kf.programs)
    again, used = [], []
    for seed in range(1, 4):
        again.append(search(model, X, y, seed, jobs)[0])
        used.append(megabytes())
    grown = None if None in used else used[-1] - used[0]
    found = {"first": first, "again": float(np.median(again)), "loss": loss}
    json.dump({**found, "programs": programs, "grown": grown}, sys.stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=["small", "default"], default="small")
    parser.add_argument("--jobs", type=int, default=1, help="candidates at once, in threads")
    asked = parser.parse_args()
    main(asked.model, asked.jobs)
