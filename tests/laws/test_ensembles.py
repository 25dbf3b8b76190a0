"""Laws of ensembles and stacks over drawn sequences of changes, and of combined predictions."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from toys import WALKED, Walker

import kerasflux as kf
from kerasflux.hyperparameters import set_path
from kerasflux.wrappers.combining import Numbers, Probabilities, Votes, combined
from kerasflux.wrappers.ensemble_members import member_rows
from scitypes import Pool

X = pd.DataFrame({"a": np.arange(17.0)})
Y = pd.Series(np.arange(17.0) ** 2, name="price")
POOL = Pool(("u", "v", "w"))

sizes = st.lists(st.integers(1, 6), min_size=1, max_size=4)
seeds = st.integers(0, 2**32 - 1)
fractions = st.floats(0.05, 1.0)


@given(sizes=sizes, seed=seeds)
def test_an_ensemble_is_the_same_whichever_way_it_grew(sizes, seed):
    mach = kf.machine(kf.EnsembleModel(Walker(epochs=1), rng=seed), X, Y)
    there = 0
    for n in sizes:
        mach.model.n = n
        WALKED.clear()
        mach.fit(verbosity=0)
        assert len(WALKED) == max(0, n - there)
        there = n
    once = kf.machine(kf.EnsembleModel(Walker(epochs=1), n=there, rng=seed), X, Y)
    assert mach.predict().equals(once.fit(verbosity=0).predict())
    assert mach.training_losses.tolist() == once.training_losses.tolist()


CHANGES = st.sampled_from(
    [
        *(("n", n) for n in (1, 2, 4)),
        *(("model.epochs", n) for n in (0, 1, 2, 3)),
        *(("model.rate", rate) for rate in (0.5, 0.25)),
        *(("bagging_fraction", share) for share in (0.4, 0.8)),
    ]
)


@given(changes=st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_after_any_changes_an_ensemble_is_what_one_from_scratch_is(changes):
    mach = kf.machine(kf.EnsembleModel(Walker(epochs=1), n=2, rng=3), X, Y)
    for several in changes:
        for path, value in several:
            set_path(mach.model, path, value)
        mach.fit(verbosity=0)
        once = kf.machine(mach.model, X, Y).fit(verbosity=0)
        assert mach.predict().equals(once.predict())
        assert mach.training_losses.tolist() == once.training_losses.tolist()


PARTS = st.sampled_from(
    [(f"{name}.epochs", n) for name in ("metalearner", "one", "two") for n in (0, 1, 2, 3)]
    + [(f"{name}.rate", rate) for name in ("metalearner", "one") for rate in (0.5, 0.25)]
    + [("resampling.nfolds", 2), ("resampling.nfolds", 3), ("passthrough", True)]
)


@given(changes=st.lists(st.lists(PARTS, min_size=1, max_size=2), min_size=1, max_size=3))
def test_after_any_changes_a_stack_is_what_one_from_scratch_is(changes):
    bases = {"one": Walker(epochs=1), "two": Walker(epochs=2, rate=0.1)}
    mach = kf.machine(kf.Stack(Walker(epochs=1), kf.CV(2, rng=0), **bases), X, Y)
    for several in changes:
        for path, value in several:
            set_path(mach.model, path, value)
        mach.fit(verbosity=0)
        once = kf.machine(mach.model, X, Y).fit(verbosity=0)
        a, b = mach.state, once.state
        assert a.keys() == b.keys()
        assert all(np.array_equal(a[name], b[name]) for name in a)


@given(seed=seeds, i=st.integers(0, 50), n_rows=st.integers(20, 200), fraction=fractions)
def test_rows_of_a_member_are_distinct_rows_as_many_as_asked_for(seed, i, n_rows, fraction):
    rows = member_rows(seed, i, n_rows, fraction)
    assert len(np.unique(rows)) == len(rows)
    assert set(rows.tolist()) <= set(range(n_rows))
    assert abs(len(rows) - fraction * n_rows) < 1
    assert np.array_equal(rows, member_rows(seed, i, n_rows, fraction))


numbers = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), min_size=1, max_size=5)
weights = st.lists(st.floats(0.01, 10), min_size=5, max_size=5)


@given(predictions=numbers, weights=weights)
def test_a_mean_lies_between_what_it_is_of(predictions, weights):
    own = weights[: len(predictions)]
    found = combined(Numbers(("y",), False), map(np.array, predictions), own, np.zeros((4, 1)))
    slack = 1e-6
    assert (found >= np.min(predictions, axis=0) - slack).all()
    assert (found <= np.max(predictions, axis=0) + slack).all()
    expected = np.average(predictions, axis=0, weights=own)
    assert np.allclose(found, expected, rtol=1e-9, atol=slack)


labels = st.lists(st.lists(st.sampled_from("uvw"), min_size=3, max_size=3), min_size=1, max_size=5)


@given(said=labels, weights=weights)
def test_votes_do_not_depend_on_the_scale_of_weights_and_the_unanimous_win(said, weights):
    own, reading = weights[: len(said)], Votes(POOL)
    found = list(combined(reading, said, own, np.zeros((3, 1))))
    doubled = list(combined(reading, said, [2 * w for w in own], np.zeros((3, 1))))
    assert found == doubled
    for k, label in enumerate(found):
        assert label in {row[k] for row in said}
        votes = dict.fromkeys("uvw", 0.0)
        for weight, row in zip(own, said, strict=True):
            votes[row[k]] += weight
        assert votes[label] >= max(votes.values()) * (1 - 1e-12)


shares = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3)


@given(rows=st.lists(shares, min_size=1, max_size=5), weights=weights)
def test_a_mixture_of_distributions_is_one(rows, weights):
    own = weights[: len(rows)]
    given_ = [np.array([row]) / np.sum(row) for row in rows]
    vectors = [kf.UnivariateFiniteVector(p, POOL) for p in given_]
    found = np.asarray(combined(Probabilities(POOL), vectors, own, np.zeros((1, 1))))
    assert abs(found.sum() - 1) < 1e-12
    assert np.allclose(found, np.average(np.stack(given_), axis=0, weights=own), atol=1e-12)
