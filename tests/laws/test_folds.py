"""Folds partition rows, as a pure function of strategy, rows and target."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from sklearn.model_selection import GroupKFold, KFold

from kerasflux.resampling import CV, Holdout, StratifiedCV, TimeSeriesCV, pairs

seeds = some.none() | some.integers(0, 10)


@some.composite
def rows(draw, smallest=2):
    """Distinct row numbers of some data, in any order."""
    n = draw(some.integers(smallest, 60))
    return np.array(draw(some.permutations(range(2 * n))))[:n]


@given(rows(smallest=6), some.integers(2, 6), seeds)
def test_test_rows_of_folds_partition_the_rows(rows, nfolds, rng):
    y = np.arange(200) % 3
    strategies = [CV(nfolds=nfolds, rng=rng)]
    if np.bincount(y[rows]).max() >= nfolds:
        strategies.append(StratifiedCV(nfolds=nfolds, rng=rng))
    for strategy in strategies:
        found = pairs(strategy, rows, y)
        assert len(found) == nfolds
        assert sorted(np.concatenate([test for _, test in found])) == sorted(rows)
        for train, test in found:
            assert sorted(np.concatenate([train, test])) == sorted(rows)
        sizes = [len(test) for _, test in found]
        assert max(sizes) - min(sizes) <= 1


@given(rows(smallest=5), some.floats(0.3, 0.7), seeds)
def test_a_holdout_partitions_the_rows(rows, fraction, rng):
    ((train, test),) = pairs(Holdout(fraction, rng=rng), rows)
    assert sorted(np.concatenate([train, test])) == sorted(rows)
    assert len(train) == round(fraction * len(rows))
    if rng is None:
        assert np.concatenate([train, test]).tolist() == rows.tolist()


@given(rows(smallest=6), some.integers(2, 6), some.integers(0, 10))
def test_folds_are_a_pure_function(rows, nfolds, rng):
    strategy = CV(nfolds=nfolds, rng=rng)
    for one, other in zip(pairs(strategy, rows), pairs(strategy, rows.copy()), strict=True):
        assert all(map(np.array_equal, one, other))


@given(some.integers(6, 60), some.integers(2, 6))
def test_unshuffled_folds_are_those_of_scikit_learn(n, nfolds):
    theirs = KFold(nfolds).split(np.zeros(n))
    for ours, (train, test) in zip(pairs(CV(nfolds=nfolds), n), theirs, strict=True):
        assert ours[0].tolist() == train.tolist()
        assert ours[1].tolist() == test.tolist()


@given(some.lists(some.sampled_from("abc"), min_size=12, max_size=60), some.integers(2, 4), seeds)
def test_strata_differ_by_one_row_of_a_class_at_most(y, nfolds, rng):
    y = np.array(y)
    for label in "abc":
        counts = [
            int((y[test] == label).sum())
            for _, test in pairs(StratifiedCV(nfolds=nfolds, rng=rng), len(y), y)
        ]
        assert max(counts) - min(counts) <= 1


@given(some.lists(some.sampled_from("abc"), min_size=12, max_size=40), some.permutations("xyz"))
def test_relabelling_changes_no_stratum(y, names):
    renamed = [dict(zip("abc", names, strict=True))[label] for label in y]
    for one, other in zip(
        pairs(StratifiedCV(nfolds=3, rng=1), len(y), y),
        pairs(StratifiedCV(nfolds=3, rng=1), len(y), renamed),
        strict=True,
    ):
        assert all(map(np.array_equal, one, other))


@given(
    rows(smallest=12),
    some.integers(1, 4),
    some.integers(0, 2),
    some.none() | some.integers(1, 2),
    some.none() | some.integers(1, 5),
    some.integers(0, 10),
)
def test_folds_in_time_never_look_ahead(rows, nfolds, gap, test_size, max_train_size, seed):
    times = np.random.default_rng(seed).integers(0, 50, 200)
    strategy = TimeSeriesCV(nfolds, gap, test_size, max_train_size, by="when")
    if len(rows) < (gap + 1) * (nfolds + 1):
        return
    found = pairs(strategy, rows, X={"when": times})
    assert len(found) == nfolds
    tested = np.concatenate([test for _, test in found])
    assert len(set(tested)) == len(tested)
    for train, test in found:
        assert not set(train) & set(test)
        assert set(train) | set(test) <= set(rows)
        assert times[train].max() <= times[test].min()
        assert len(train) <= (max_train_size or len(rows))


@given(some.integers(10, 40), some.integers(2, 4), some.integers(2, 8), some.integers(0, 10))
def test_groups_are_never_cut(n, nfolds, n_groups, seed):
    groups = np.random.default_rng(seed).integers(0, n_groups, n)
    if len(set(groups)) < nfolds:
        return
    found = pairs(GroupKFold(nfolds), n, groups=groups)
    assert sorted(np.concatenate([test for _, test in found])) == list(range(n))
    assert not any(set(groups[train]) & set(groups[test]) for train, test in found)
