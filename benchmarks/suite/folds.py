"""Cross-validation of iris, cold and once compiled, and a search over learning rates.

Each repetition is a fresh process that imports what its side needs, then takes the time of one
cross-validation, then of a second one. Every side gets the same shuffled folds, no scaling, Adam
with the same values, batches of one and ten epochs.
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from suite import child, works
from suite.records import OURS, Bar, Comparison, Faster, Line, NotSlower
from suite.sides import builder, keras_network, multilayer_perceptron
from suite.timing import Effort, in_turn, missing, seconds
from suite.works import EPSILON, LEARNING_RATE, Work

FOLDS, EPOCHS, CANDIDATES, THEIRS = 6, 10, 50, 2
SEEDS = 10
"""Further cross-validations of ours without a clock: its folds start from one seed, so that its
losses vary more from seed to seed than those of peers, whose folds all start differently."""

SCIKERAS, SKLEARN = "SciKeras, cross_val_score", "scikit-learn MLPClassifier"
NEEDS = {OURS: (), SCIKERAS: ("scikeras", "sklearn"), SKLEARN: ("sklearn",)}
LOSS = "mean log loss of test rows over the folds"


def cross_validation(effort: Effort) -> list[Comparison]:
    """6-fold cross-validation of iris with dropout, and without: scikit-learn has none."""
    return [comparison for dropout in (0.5, 0.0) for comparison in _compared(dropout, effort)]


def _compared(dropout: float, effort: Effort) -> list[Comparison]:
    sides = (OURS, SCIKERAS, SKLEARN)
    cold, warm = ({side: Line(side, note=missing(*NEEDS[side])) for side in sides} for _ in "cw")
    present = [side for side in sides if not cold[side].note]
    for seed, side in in_turn(present, effort.repeats):
        found = child.run("folds", side=side, dropout=dropout, seed=seed)
        for line, value in ((cold[side], found["cold"]), (warm[side], found["warm"])):
            line.values.append(value)
            line.losses += found["losses"]
    if dropout:
        for line in (cold[SKLEARN], warm[SKLEARN]):
            if line.values:
                line.losses, line.note = [], "no dropout there"
    _set_bars(cold, {SCIKERAS: Faster(15), SKLEARN: NotSlower(1.25)})
    _set_bars(warm, {SCIKERAS: Faster(200)})
    what = f"6-fold CV of iris, Short(n_hidden=3, dropout={dropout:g}), 10 epochs, batch 1"
    how = "The same shuffled folds; imports not counted."
    return [
        Comparison(f"{what}: fresh process", "s", list(cold.values()), how, LOSS),
        Comparison(
            f"{what}: once compiled",
            "s",
            list(warm.values()),
            f"{how} The second one in its process.",
            LOSS,
        ),
    ]


def _set_bars(lines: dict[str, Line], bars: dict[str, Bar]) -> None:
    for side, bar in bars.items():
        lines[side].bar = bar


def job_folds(side: str, dropout: float, seed: int) -> dict[str, Any]:
    """Seconds of a first and a second cross-validation, and the losses of both."""
    validate = _validation(side, dropout)
    losses: list[float] = []
    cold, warm = (
        seconds(lambda s=s: losses.append(validate(s, LEARNING_RATE)))
        for s in (2 * seed, 2 * seed + 1)
    )
    if side == OURS:
        losses += [validate(1000 * seed + k, LEARNING_RATE) for k in range(SEEDS)]
    return {"cold": cold, "warm": warm, "losses": losses}


def search(effort: Effort) -> list[Comparison]:
    """50 learning rates, six folds each, beside two of SciKeras'."""
    n = effort.part(CANDIDATES, THEIRS + 1)
    lines = {OURS: Line(OURS), SCIKERAS: Line(SCIKERAS, note=missing(*NEEDS[SCIKERAS]))}
    for seed, side in in_turn([s for s, line in lines.items() if not line.note], effort.repeats):
        rates = _rates(n) if side == OURS else _rates(n)[-THEIRS:]
        found = child.run("search", side=side, rates=rates, seed=seed)
        lines[side].values.append(found["seconds"])
        lines[side].losses.append(found["loss"])
    lines[SCIKERAS].bar = Faster(1)
    if not lines[SCIKERAS].note:
        lines[SCIKERAS].note = f"{THEIRS} rates"
    title = (
        f"iris, {n} learning rates × 6 folds by kerasflux, {THEIRS} × 6 by SciKeras: whole search"
    )
    how = "A loop over `kf.evaluate`, in a fresh process; imports not counted. No dropout."
    loss = f"{LOSS}, at the {THEIRS} highest rates"
    return [Comparison(title, "s", list(lines.values()), how, loss, noise=0.1)]


def _rates(n: int) -> list[float]:
    return np.geomspace(1e-4, 1e-2, n).tolist()


def job_search(side: str, rates: list[float], seed: int) -> dict[str, Any]:
    """Seconds of a search, and the mean loss at the highest rates."""
    validate = _validation(side, 0.0)
    losses: list[float] = []
    taken = seconds(lambda: losses.extend(validate(seed, rate) for rate in rates))
    if side == OURS:
        further = [validate(1000 * seed + k, r) for k in range(SEEDS) for r in rates[-THEIRS:]]
        return {"seconds": taken, "loss": statistics.fmean([*losses[-THEIRS:], *further])}
    return {"seconds": taken, "loss": statistics.fmean(losses)}


def _validation(side: str, dropout: float) -> Callable[[int, float], float]:
    """A cross-validation `(seed, learning rate) -> loss` of a side whose libraries are imported."""
    from sklearn.model_selection import KFold

    work = replace(works.iris(), dropout=dropout)
    folds = list(KFold(FOLDS, shuffle=True, random_state=0).split(work.X))
    makers = {OURS: _ours, SCIKERAS: _scikeras, SKLEARN: _scikit_learn}
    return makers[side](work, folds)


def _ours(work: Work, folds: list[Any]) -> Callable[[int, float], float]:
    import keras  # noqa: F401  (before the clock starts)
    import tensorflow  # noqa: F401

    import kerasflux as kf

    y = kf.coerce(work.y, kf.Multiclass, verbosity=0)
    options = {"batch_size": 1, "epochs": EPOCHS, "scaling": None}
    evaluate, model = kf.evaluate, partial(kf.NeuralNetworkClassifier, **options)
    quietly = {"resampling": folds, "measure": kf.log_loss, "verbosity": 0}

    def validate(seed: int, rate: float) -> float:
        adam = kf.optimisers.Adam(learning_rate=rate, epsilon=EPSILON)
        clf = model(builder=builder(work), optimiser=adam, rng=seed)
        return float(evaluate(clf, work.X, y, **quietly)["log_loss"])

    return validate


def _scikeras(work: Work, folds: list[Any]) -> Callable[[int, float], float]:
    import keras
    from scikeras.wrappers import KerasClassifier

    fits = iter(range(10**6))

    def validate(seed: int, rate: float) -> float:
        make = lambda: keras_network(work, 10**4 * seed + next(fits), last="softmax")
        clf = KerasClassifier(
            model=make,
            loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.Adam,
            optimizer__learning_rate=rate,
            optimizer__epsilon=EPSILON,
            epochs=EPOCHS,
            batch_size=1,
            verbose=0,
        )
        return _cross_val_score(clf, work, folds)

    return validate


def _scikit_learn(work: Work, folds: list[Any]) -> Callable[[int, float], float]:
    import sklearn.neural_network  # noqa: F401

    def validate(seed: int, rate: float) -> float:
        draw = np.random.RandomState(seed)  # each fold draws other weights, as elsewhere
        net = multilayer_perceptron(work, draw, max_iter=EPOCHS).set_params(learning_rate_init=rate)
        return _cross_val_score(net, work, folds)

    return validate


def _cross_val_score(estimator: Any, work: Work, folds: list[Any]) -> float:
    from sklearn.model_selection import cross_val_score

    options = {"cv": folds, "scoring": "neg_log_loss", "error_score": "raise"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's "not converged yet"
        return float(-cross_val_score(estimator, work.X, work.y, **options).mean())
