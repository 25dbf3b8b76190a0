"""Splitters of scikit-learn, and others of their kind, as strategies."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from kerasflux.errors import ResamplingError
from kerasflux.resampling import CV, again, pairs, settled, shuffles

ROWS = np.array([7, 3, 1, 9, 4, 0])
Y = pd.Series(pd.Categorical(list("abababababab")))
GROUPS = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])


def listed(found):
    return [(train.tolist(), test.tolist()) for train, test in found]


def test_positions_of_a_splitter_are_those_among_the_rows_given():
    assert listed(pairs(KFold(3), ROWS)) == listed(pairs(CV(nfolds=3), ROWS))
    assert [test.tolist() for _, test in pairs(LeaveOneOut(), ROWS)] == [[row] for row in ROWS]


@pytest.mark.parametrize(
    "y", [Y, Y.array, Y.tolist(), Y.to_numpy(), Y.astype(str).set_axis(range(50, 62))]
)
def test_strata_are_those_of_the_rows_whatever_holds_the_labels(y):
    found = pairs(StratifiedKFold(3), np.arange(12), y)
    assert all(Y.iloc[test].value_counts().tolist() == [2, 2] for _, test in found)
    assert len(pairs(RepeatedStratifiedKFold(n_splits=2, n_repeats=3), 12, y)) == 6


@pytest.mark.parametrize(
    "splitter", [GroupKFold(3), LeaveOneGroupOut(), StratifiedGroupKFold(3)], ids=repr
)
@pytest.mark.parametrize("groups", [GROUPS, [f"g{g}" for g in GROUPS], pd.Series(GROUPS)])
def test_no_group_trains_and_tests(splitter, groups):
    rows = np.arange(11, -1, -1)
    found = pairs(splitter, rows, Y, groups=groups)
    assert sorted(np.concatenate([test for _, test in found])) == sorted(rows)
    for train, test in found:
        assert not set(GROUPS[train]) & set(GROUPS[test])


@pytest.mark.parametrize("X", [None, {"a": [1.0] * 12}, np.zeros((12, 3)), pd.DataFrame({"a": Y})])
def test_inputs_of_any_kind_are_split(X):
    assert len(pairs(KFold(4), 12, Y, X=X)) == 4


def test_a_predefined_split_and_splitters_of_ones_own_are_taken():
    class Odd:
        def split(self, X, y=None):
            even = np.arange(len(X)) % 2 == 0
            yield np.flatnonzero(even), np.flatnonzero(~even)

    assert listed(pairs(PredefinedSplit([0, -1, 0]), 3)) == [([1], [0, 2])]
    assert listed(pairs(Odd(), 4)) == [([0, 2], [1, 3])]
    with pytest.raises(ResamplingError, match="makes no use of groups"):
        pairs(Odd(), 4, groups=[0, 0, 1, 1])


@pytest.mark.parametrize("strategy", [CV(2), KFold(2), LeaveOneOut(), [([0], [1])]], ids=repr)
def test_groups_are_never_ignored(strategy):
    with pytest.raises(ResamplingError, match="makes no use of groups") as caught:
        pairs(strategy, 4, groups=[0, 0, 1, 1])
    assert "GroupKFold" in caught.value.remedy


@pytest.mark.parametrize(
    ("provoke", "text"),
    [
        (lambda: pairs(KFold(5), 3), "Cannot have number of splits"),
        (lambda: pairs(GroupKFold(2), 4), "groups"),
        (lambda: pairs(StratifiedKFold(2), 4), "can't split these rows"),
        (lambda: pairs(StratifiedKFold(3), 4, ["a", "b", "c", "d"]), "can't split these rows"),
        (lambda: pairs(Fixed([]), 4), "made no folds"),
        (lambda: pairs(Fixed([([0], [9])]), 4), "Fold 1 of A Fixed can't be used"),
        (lambda: pairs(Fixed([([0], [])]), 4), "Fold 1 of .* can't be used"),
        (lambda: pairs(Fixed([([0],)]), 4), "Fold 1 of .* can't be used"),
        (lambda: pairs(Fixed([([True, False], [1])]), 4), "Fold 1 of .* can't be used"),
    ],
)
def test_what_a_splitter_can_not_split_is_refused(provoke, text):
    with pytest.raises(ResamplingError, match=text) as caught:
        provoke()
    assert caught.value.expected
    assert caught.value.received
    assert caught.value.remedy


class Fixed:
    """Gives the pairs that it was made of."""

    def __init__(self, found):
        self.found = found

    def split(self, X, y=None):
        return iter(self.found)


def test_groups_that_are_wanted_are_asked_for():
    with pytest.raises(ResamplingError) as caught:
        pairs(GroupKFold(2), 4)
    assert "groups=" in caught.value.expected
    assert "evaluate(..., groups=" in caught.value.remedy


def test_a_seed_is_drawn_once_for_a_splitter_that_has_none():
    splitter = ShuffleSplit(n_splits=2)
    fixed = settled(splitter)
    assert splitter.random_state is None
    assert isinstance(fixed.random_state, int)
    assert listed(pairs(fixed, 30)) == listed(pairs(fixed, 30))
    assert settled(ShuffleSplit(2)).random_state != fixed.random_state
    for other in (KFold(2), ShuffleSplit(2, random_state=1), CV(2), [([0], [1])]):
        assert settled(other) is other


def test_generators_of_users_are_left_alone():
    generator = np.random.RandomState(3)
    splitter = KFold(2, shuffle=True, random_state=generator)
    expected = KFold(2, shuffle=True, random_state=np.random.RandomState(3))
    first = listed(pairs(splitter, 20))
    assert first == listed(pairs(splitter, 20)) == listed(expected.split(np.zeros(20)))
    assert generator.randint(1000) == np.random.RandomState(3).randint(1000)


def test_pairs_that_can_be_gone_through_once_become_a_list():
    found = settled(KFold(2).split(np.zeros(4)))
    assert (
        listed(pairs(found, 4)) == listed(pairs(found, 4)) == [([2, 3], [0, 1]), ([0, 1], [2, 3])]
    )


@pytest.mark.parametrize(
    "splitter",
    [
        ShuffleSplit(2, random_state=1),
        KFold(2, shuffle=True, random_state=1),
        KFold(2, shuffle=True, random_state=np.random.RandomState(1)),
    ],
    ids=["seeded", "folds", "generator"],
)
def test_repetitions_have_other_folds_and_the_same_ones_each_time(splitter):
    assert shuffles(splitter)
    assert again(splitter, 0) is splitter
    first, second = (listed(pairs(again(splitter, k), 20)) for k in (1, 2))
    assert first != second
    assert first != listed(pairs(splitter, 20))
    assert first == listed(pairs(again(splitter, 1), 20))


@pytest.mark.parametrize("strategy", [KFold(2), LeaveOneOut(), [([0], [1])], CV(2)], ids=repr)
def test_what_draws_nothing_does_not_shuffle(strategy):
    assert not shuffles(strategy)
    assert again(strategy, 3) is strategy
