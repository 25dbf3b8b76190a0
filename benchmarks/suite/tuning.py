"""A search over learning rates of iris by each library's own means: time, and the best score.

Each repetition is a fresh process that imports what its side needs, then takes the time of the
whole search, the training of the best one on all rows included. SciKeras is given a few of the
candidates, and its time is that of as many fits as ours does.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import Any

import numpy as np

from suite import child, works
from suite.records import OURS, Below, Comparison, Faster, Line, short
from suite.sides import builder, keras_network
from suite.timing import Effort, in_turn, missing, seconds
from suite.works import EPSILON, Work

CANDIDATES, THEIRS, FOLDS, EPOCHS, BATCH, HIDDEN = 100, 2, 5, 20, 10, 16
SCIKERAS = "SciKeras, GridSearchCV"
BAR = Below(20, "s")


def tuning(effort: Effort) -> list[Comparison]:
    """100 learning rates, five folds and twenty epochs each, and the best one on all rows."""
    n = effort.part(CANDIDATES, THEIRS + 1)
    rates = np.geomspace(1e-4, 3e-2, n).tolist()
    lines = {
        OURS: Line(OURS, bar=BAR if n == CANDIDATES else None),
        SCIKERAS: Line(SCIKERAS, bar=Faster(20), note=missing("scikeras", "sklearn")),
    }
    best: dict[str, list[float]] = {side: [] for side in lines}
    for seed, side in in_turn([s for s, line in lines.items() if not line.note], effort.repeats):
        asked = rates if side == OURS else rates[-THEIRS:]
        found = child.run("tuning", side=side, rates=asked, seed=seed)
        lines[side].values.append(found["seconds"] * _fits(n) / _fits(len(asked)))
        lines[side].losses.append(found["loss"])
        best[side].append(found["best"])
    for side, scores in best.items():
        if scores:
            lines[side].note = f"best {short(statistics.median(scores))}"
    if best[SCIKERAS]:
        lines[SCIKERAS].note += f" of {THEIRS}; {_fits(THEIRS)} of {_fits(n)} fits done, times more"
    title = f"iris, a search of {n} learning rates × {FOLDS} folds × {EPOCHS} epochs, batch {BATCH}"
    how = "`TunedModel` beside `GridSearchCV`, in a fresh process; imports not counted."
    loss = f"mean log loss of test rows, at the {THEIRS} highest rates"
    return [Comparison(title, "s", list(lines.values()), how, loss, noise=0.1)]


def _fits(candidates: int) -> int:
    """The last one is the best on all rows."""
    return candidates * FOLDS + 1


def job_tuning(side: str, rates: list[float], seed: int) -> dict[str, Any]:
    """Seconds of a search, the best mean loss, and the mean loss at the highest rates."""
    work = replace(works.iris(), dropout=0.0, batch=BATCH, hidden=HIDDEN, activation="relu")
    search = {OURS: _ours, SCIKERAS: _scikeras}[side](work, rates, seed)
    losses: list[float] = []
    taken = seconds(lambda: losses.extend(search()))
    return {"seconds": taken, "best": min(losses), "loss": statistics.fmean(losses[-THEIRS:])}


def _folds(work: Work) -> list[Any]:
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return list(folds.split(work.X, work.y))


def _ours(work: Work, rates: list[float], seed: int) -> Any:
    """A search whose result is the mean loss of each rate."""
    import keras  # noqa: F401  (before the clock starts)
    import tensorflow  # noqa: F401

    import kerasflux as kf

    adam = kf.optimisers.Adam(epsilon=EPSILON)
    options = {"batch_size": BATCH, "epochs": EPOCHS, "scaling": None, "rng": seed}
    net = kf.NeuralNetworkClassifier(builder=builder(work), optimiser=adam, **options)
    tuned = kf.TunedModel(
        net,
        range={"optimiser.learning_rate": rates},
        tuning=kf.Grid(shuffle=False),
        resampling=_folds(work),
        measure=kf.log_loss,
    )
    mach = kf.machine(tuned, work.X, kf.coerce(work.y, kf.Multiclass, verbosity=0))

    def search() -> list[float]:
        mach.fit(verbosity=0)
        return [float(entry.measurement[0]) for entry in mach.report.history]

    return search


def _scikeras(work: Work, rates: list[float], seed: int) -> Any:
    """The same by scikit-learn's search."""
    import keras
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV

    fits = iter(range(10**6))
    clf = KerasClassifier(
        model=lambda: keras_network(work, 10**4 * seed + next(fits), last="softmax"),
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam,
        optimizer__epsilon=EPSILON,
        epochs=EPOCHS,
        batch_size=BATCH,
        verbose=0,
    )
    grid = {"optimizer__learning_rate": rates}
    options = {"cv": _folds(work), "scoring": "neg_log_loss", "error_score": "raise"}
    found = GridSearchCV(clf, grid, **options)

    def search() -> list[float]:
        found.fit(work.X, work.y)
        return [-float(score) for score in found.cv_results_["mean_test_score"]]

    return search
