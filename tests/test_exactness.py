"""Five epochs and five more are ten, and looking at a machine changes nothing, bit for bit."""

import copy
import pickle

import numpy as np
import pytest
from networks import ARCHITECTURES, N, differing

import kerasflux as kf
from kerasflux.training import core

# each of the five models, with a random layer, a shuffled order and ragged batches
KINDS = {
    "regressor": ARCHITECTURES["normalised"],
    "multitarget": ARCHITECTURES["half_frozen"],
    "classifier": ARCHITECTURES["embedded"],
    "binary": ARCHITECTURES["noisy"],
    "image": ARCHITECTURES["augmented"],
}
kinds = pytest.mark.parametrize("kind", KINDS)
WEIGHTS = np.linspace(0.5, 2, N)


@kinds
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("batch_size", [7, "auto"])
def test_five_epochs_and_five_more_are_ten(kind, weights, batch_size):
    case = KINDS[kind]
    staged = case.fitted(45, weights, epochs=5, batch_size=batch_size)
    staged.model.epochs = 10
    staged.fit(verbosity=0)
    assert staged.report.decision == "continued (4: epochs 5 -> 10)"
    once = case.fitted(45, weights, epochs=10, batch_size=batch_size)
    assert len(once.training_losses) == 11
    assert differing(staged, once) == []
    assert np.array_equal(staged.training_losses, once.training_losses)


@kinds
@pytest.mark.parametrize("resampling", [kf.Holdout(0.6, rng=1), kf.CV(nfolds=3, rng=2)], ids=repr)
def test_an_evaluation_between_two_fits_changes_nothing(kind, resampling):
    case = KINDS[kind]
    looked, plain = case.fitted(epochs=3), case.fitted(epochs=3)
    first = looked.evaluate(resampling, verbosity=0)
    assert differing(looked, plain) == []
    for mach in (looked, plain):
        mach.model.epochs = 6
    second = looked.evaluate(resampling, verbosity=0)  # goes on in its own folds
    for mach in (looked, plain):
        mach.fit(verbosity=0)
    looked.evaluate(resampling, verbosity=0)
    assert differing(looked, plain) == []
    assert np.array_equal(np.asarray(looked.predict()), np.asarray(plain.predict()))
    assert first.per_fold != second.per_fold
    anew = kf.evaluate(plain.model, case.X, case.y, resampling=resampling, verbosity=0)
    assert anew.per_fold == second.per_fold


@kinds
def test_predicting_validating_and_encoding_change_nothing(kind):
    case = KINDS[kind]
    looked, plain = case.machine(epochs=2), case.machine(epochs=2)
    plain.fit(verbosity=0)
    looked.fit(validation=range(20), verbosity=0)
    before = np.asarray(looked.predict())
    looked.encode(), looked.predict_mode(), repr(looked), looked._repr_html_(), looked.history
    network = looked.fitted_params.network
    for variable in network.variables:
        variable.assign(variable * 0)
    assert np.array_equal(np.asarray(looked.predict()), before)
    for mach in (looked, plain):
        mach.model.epochs = 4
    looked.fit(validation=(case.X, case.y), verbosity=0)
    losses = [n for n in differing(looked, plain.fit(verbosity=0)) if "validation" not in n]
    assert losses == []


@kinds
def test_a_learning_curve_changes_nothing_and_shows_what_fits_would(kind):
    case = KINDS[kind]
    looked, plain = case.fitted(), case.fitted()
    holdout = kf.Holdout(0.6, rng=1)
    curve = kf.learning_curve(looked, range=[1, 3, 4], resampling=holdout, verbosity=0)
    assert differing(looked, plain) == []
    model = case.make(epochs=3)
    alone = kf.evaluate(model, case.X, case.y, resampling=holdout, verbosity=0)
    assert curve.measurements[1] == alone.measurement[0]


@kinds
@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copied", "pickled"]
)
def test_copies_of_a_machine_go_on_as_it_does(kind, twin):
    mach = KINDS[kind].fitted()
    other = twin(mach)
    for m in (mach, other):
        m.model.epochs = 4
        m.fit(verbosity=0)
        assert m.report.decision == "continued (4: epochs 2 -> 4)"
    assert differing(mach, other) == []


@kinds
def test_every_epoch_takes_all_rows_in_an_order_of_its_own(kind, monkeypatch):
    orders, inner = [], core.permutation

    def kept(seed, epoch, n_rows):
        orders.append((epoch, inner(seed, epoch, n_rows).tolist()))
        return inner(seed, epoch, n_rows)

    monkeypatch.setattr(core, "permutation", kept)
    mach = KINDS[kind].fitted(30, epochs=3)
    mach.model.epochs = 4
    mach.fit(verbosity=0)
    assert [epoch for epoch, _ in orders] == [1, 2, 3, 4]
    assert all(sorted(order) == list(range(30)) for _, order in orders)
    assert len({tuple(order) for _, order in orders}) == 4
    KINDS[kind].fitted(30, epochs=1, rng=2)
    assert orders[0] != orders[-1]


@kinds
def test_rows_in_another_form_are_the_same_rows(kind):
    case = KINDS[kind]
    mach = case.fitted(30, epochs=1)
    mask = np.arange(N) < 30
    for epochs, rows in enumerate((slice(0, 30), list(range(30)), mask, np.arange(30)), 2):
        mach.model.epochs = epochs
        mach.fit(rows=rows, verbosity=0)
        assert mach.report.decision == f"continued (4: epochs {epochs - 1} -> {epochs})"
    assert differing(mach, case.fitted(30, epochs=5)) == []


@pytest.mark.parametrize("kind", ["classifier", "image"])
def test_machines_in_two_threads_learn_as_one_after_the_other(kind):
    from concurrent.futures import ThreadPoolExecutor

    case = KINDS[kind]
    seeds = [1, 2, 3]
    alone = [case.fitted(rng=seed, epochs=4) for seed in seeds]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda seed: case.fitted(rng=seed, epochs=4), seeds))
    for a, b in zip(alone, together, strict=True):
        assert differing(a, b) == []
