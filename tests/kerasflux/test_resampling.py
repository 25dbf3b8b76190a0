"""Rows to pairs of training and test rows."""

import copy

import numpy as np
import pandas as pd
import pytest

from kerasflux.errors import HyperparameterError, ResamplingError
from kerasflux.resampling import CV, Holdout, StratifiedCV, in_blocks, pairs


def folds_of(strategy, rows, y=None):
    return [test.tolist() for _, test in pairs(strategy, rows, y)]


def test_a_holdout_takes_the_first_rows_to_train_on():
    ((train, test),) = pairs(Holdout(fraction_train=0.7), np.arange(100, 110))
    assert train.tolist() == [100, 101, 102, 103, 104, 105, 106]
    assert test.tolist() == [107, 108, 109]


@pytest.mark.parametrize(("n", "n_train"), [(5, 2), (7, 4), (3, 2)])
def test_halves_are_rounded_to_even(n, n_train):
    ((train, _),) = pairs(Holdout(fraction_train=0.5), n)
    assert len(train) == n_train


def test_blocks_are_consecutive_and_the_first_have_one_row_more():
    folds = folds_of(CV(nfolds=5), 24)
    assert folds == [list(range(a, b)) for a, b in [(0, 5), (5, 10), (10, 15), (15, 20), (20, 24)]]
    assert [len(fold) for fold in folds_of(CV(nfolds=6), 20)] == [4, 4, 3, 3, 3, 3]


def test_training_rows_are_the_others_in_their_order():
    found = pairs(CV(nfolds=3), np.array([5, 1, 9, 7]))
    assert [train.tolist() for train, _ in found] == [[9, 7], [5, 1, 7], [5, 1, 9]]


def test_strata_are_dealt_in_turn():
    y = list("bcabbbcccaaa")
    expected = [[0, 5, 7, 9], [1, 3, 8, 10], [2, 4, 6, 11]]
    assert folds_of(StratifiedCV(nfolds=3), 12, y) == expected
    relabelled = pd.Categorical.from_codes(
        [{"a": 2, "b": 0, "c": 1}[c] for c in y], ["z", "y", "x"]
    )
    assert folds_of(StratifiedCV(nfolds=3), 12, relabelled) == expected


def test_strata_are_those_of_the_rows_given():
    y = pd.Series(list("aabbaabb"), index=range(100, 108))
    rows = np.array([7, 6, 1, 0])
    assert folds_of(StratifiedCV(nfolds=2), rows, y) == [[7, 1], [6, 0]]


def test_classes_with_fewer_rows_than_folds_are_spread_as_far_as_they_go():
    y = ["a"] * 10 + ["b"] * 2
    folds = folds_of(StratifiedCV(nfolds=4), 12, y)
    assert sum(any(y[row] == "b" for row in fold) for fold in folds) == 2


def test_rows_are_shuffled_if_and_only_if_asked_for():
    assert not Holdout().shuffles
    assert Holdout(rng=1).shuffles
    assert not Holdout(shuffle=False, rng=1).shuffles
    assert folds_of(CV(nfolds=2, shuffle=False, rng=1), 4) == [[0, 1], [2, 3]]
    assert folds_of(CV(nfolds=2, rng=1), 20) != folds_of(CV(nfolds=2), 20)


def test_a_seed_is_drawn_when_the_strategy_is_made_and_is_shown():
    strategy = CV(shuffle=True)
    assert isinstance(strategy.rng, int)
    assert repr(strategy) == f"CV(shuffle=True, rng={strategy.rng})"
    assert CV(shuffle=True).rng != strategy.rng
    assert folds_of(strategy, 20) == folds_of(strategy, 20) == folds_of(copy.deepcopy(strategy), 20)


def test_shuffling_asked_for_later_draws_a_seed_too():
    strategy = Holdout()
    strategy.shuffle = True
    assert isinstance(strategy.rng, int)


def test_the_same_seed_gives_the_same_folds_and_another_one_others():
    assert folds_of(CV(rng=3), 50) == folds_of(CV(rng=3), 50)
    assert folds_of(CV(rng=3), 50) != folds_of(CV(rng=4), 50)


def test_global_seeds_are_left_alone():
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.RandomState(0).random()
    pairs(CV(shuffle=True), 50)
    assert np.random.random() == expected  # noqa: NPY002


def test_strategies_take_positions_compare_and_print_as_calls():
    assert Holdout(0.5, rng=3) == Holdout(fraction_train=0.5, rng=3)
    assert repr(StratifiedCV(3, rng=1)) == "StratifiedCV(nfolds=3, rng=1)"
    assert CV(3) != StratifiedCV(3)


def test_pairs_written_out_are_taken_as_they_are():
    found = pairs([([2, 0], [1]), (range(2), np.array([2]))], np.arange(3))
    assert [(train.tolist(), test.tolist()) for train, test in found] == [
        ([2, 0], [1]),
        ([0, 1], [2]),
    ]


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: Holdout(fraction_train=1.0),
        lambda: Holdout(fraction_train=0),
        lambda: CV(nfolds=1),
        lambda: StratifiedCV(nfolds=0),
        lambda: CV(rng=-1),
        lambda: CV(rng=np.random.default_rng(0)),
    ],
)
def test_values_that_a_strategy_can_not_have_are_refused(provoke):
    with pytest.raises(HyperparameterError):
        provoke()


def test_a_refused_assignment_changes_nothing():
    strategy = CV(nfolds=3)
    with pytest.raises(HyperparameterError):
        strategy.nfolds = 1
    assert strategy.nfolds == 3


@pytest.mark.parametrize(
    ("provoke", "text"),
    [
        (lambda: pairs(CV(nfolds=5), 4), "5 folds of 4 rows"),
        (lambda: pairs(StratifiedCV(nfolds=5), 4, ["a"] * 4), "5 folds of 4 rows"),
        (lambda: pairs(Holdout(), 1), "no row to test on"),
        (lambda: pairs(Holdout(0.1), 3), "no row to train on"),
        (lambda: pairs(Holdout(), [0.5, 1.5]), "row numbers"),
        (lambda: pairs(Holdout(), [1, 1, 2]), "given twice"),
        (lambda: pairs(StratifiedCV(2), 4), "no target"),
        (lambda: pairs(StratifiedCV(2), 4, ["a"]), "too short"),
        (lambda: pairs(StratifiedCV(2), 4, pd.DataFrame({"y": list("abab")})), "no column"),
        (lambda: pairs(StratifiedCV(2), 4, [0.5, 1.5, 2.5, 0.5]), "Continuous"),
        (lambda: pairs(StratifiedCV(2), 4, ["a", "a", None, "b"]), "labels are missing"),
        (lambda: pairs(StratifiedCV(3), 4, [1, 2, 3, 3]), "fewer rows than there are folds"),
        (lambda: pairs("CV", 4), "no resampling strategy"),
        (lambda: pairs(CV, 4), r"to do: CV\(\)"),
        (lambda: pairs([], 4), "no resampling strategy"),
        (lambda: pairs([([0], [7])], 4), "row 7"),
        (lambda: pairs([([0], [])], 4), "no rows on one side"),
    ],
)
def test_rows_that_can_not_be_split_are_refused(provoke, text):
    with pytest.raises(ResamplingError, match=text):
        provoke()


@pytest.mark.parametrize(
    ("y", "blocks"),
    [
        (list("aaaaabbbbb"), True),
        (list("ababababab"), False),
        (list("aaaaaaaaaa"), False),
        (list("ab"), False),
        (np.repeat([0, 1, 2], 50), True),
        (pd.Categorical(list("aaaaabbbbb")), True),
        (np.random.default_rng(0).integers(0, 3, 300), False),
    ],
)
def test_targets_that_come_in_blocks_are_recognised(y, blocks):
    assert in_blocks(y) is blocks
