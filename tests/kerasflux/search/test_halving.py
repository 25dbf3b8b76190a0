"""Successive halving: who goes on, for how long, and that nothing is trained twice."""

import math

import pytest

from kerasflux.errors import ArgumentError, HyperparameterError
from kerasflux.search import (
    Hyperband,
    Searching,
    Space,
    SuccessiveHalving,
    Told,
    range,
)

LINE = Space([range(None, "x", lower=0.0, upper=1.0)], resource=("epochs", 27))


def told(trial, loss):
    return Told(trial, (loss,), loss)


def searched(strategy, space=LINE, n=999, loss=lambda trial: trial.point["x"]):
    """All trials of a search, and how many iterations were trained in all."""
    search, trained = Searching(strategy, space, n), 0
    while search.pending:
        for trial in search.pending:
            before = 0 if trial.parent is None else search.told[trial.parent].trial.resource
            trained += trial.resource - before
            search.record(told(trial, loss(trial)))
    return [t.trial for t in search.told], trained


def test_the_best_third_goes_on_three_times_as_long():
    trials, trained = searched(SuccessiveHalving(n=9, rng=1))
    assert [t.resource for t in trials] == [3] * 9 + [9] * 3 + [27]
    first = sorted(trials[:9], key=lambda t: t.point["x"])
    assert [t.parent for t in trials[9:12]] == [t.number for t in first[:3]]
    assert trials[12].parent == trials[9].number
    assert trials[12].point == first[0].point
    assert trained == 9 * 3 + 3 * 6 + 18


def test_ties_go_to_the_earlier_trial():
    trials, _ = searched(SuccessiveHalving(n=9, rng=1), loss=lambda trial: 0.0)
    assert [t.parent for t in trials[9:]] == [0, 1, 2, 9]


def test_failed_trials_do_not_go_on():
    def loss(trial):
        return 1.0 if trial.number == 5 else math.nan

    trials, _ = searched(SuccessiveHalving(n=9, rng=1), loss=loss)
    assert [t.number for t in trials if t.parent == 5] == [9]
    assert len(trials) == 10
    nobody, _ = searched(SuccessiveHalving(n=9, rng=1), loss=lambda trial: math.nan)
    assert len(nobody) == 9


def test_the_number_of_trials_is_known_beforehand_and_may_be_cut():
    strategy = SuccessiveHalving(n=9, rng=1)
    assert strategy.default_n(LINE) == 13
    whole, _ = searched(strategy)
    cut, _ = searched(strategy, n=11)
    assert cut == whole[:11]


def test_a_space_with_fewer_points_has_fewer_trials():
    few = Space([range(None, "x", values=[0.1, 0.2])], resource=("epochs", 9))
    trials, _ = searched(SuccessiveHalving(n=9, rng=1), few)
    assert [t.resource for t in trials] == [1, 1, 3, 3, 9]


def test_resources_may_be_said_in_place_of_the_model():
    line = [range(None, "x", lower=0.0, upper=1.0)]
    open_end, bare = Space(line, resource=("n", None)), Space(line)
    strategy = SuccessiveHalving(n=4, factor=2.0, min_resource=5, max_resource=20, rng=1)
    assert strategy.ladders(open_end) == (((4, 5), (2, 10), (1, 20)),)
    with pytest.raises(ArgumentError, match="the model leaves it open"):
        SuccessiveHalving().init(open_end, 9)
    with pytest.raises(ArgumentError, match="has none to spare"):
        strategy.init(bare, 9)  # a number of iterations makes no model iterate


@pytest.mark.parametrize("strategy", [SuccessiveHalving, Hyperband])
def test_contradictions_about_iterations_are_refused(strategy):
    with pytest.raises(HyperparameterError, match="more iterations than it ends with"):
        strategy(min_resource=30).init(LINE, 9)
    ranged = Space([range(None, "epochs", lower=1, upper=9)], resource=("epochs", 27))
    with pytest.raises(HyperparameterError, match="itself says how many iterations"):
        strategy().init(ranged, 9)
    with pytest.raises(HyperparameterError):
        strategy(factor=1.0)


def test_hyperband_has_halvings_of_about_the_same_cost():
    ladders = Hyperband(rng=1).ladders(LINE)
    assert [rungs[0] for rungs in ladders] == [(27, 1), (12, 3), (6, 9), (4, 27)]
    assert all(rungs[-1][1] == 27 for rungs in ladders)
    trials, _ = searched(Hyperband(rng=1))
    assert len(trials) == Hyperband(rng=1).default_n(LINE)
    starts = [t for t in trials if t.parent is None]
    assert len({t.point["x"] for t in starts}) == len(starts) == 27 + 12 + 6 + 4


def test_states_are_values():
    strategy = SuccessiveHalving(n=4, rng=1)
    state = strategy.init(LINE, 99)
    first, after = strategy.ask(state)
    assert strategy.ask(state) == (first, after)
    results = [told(t, t.point["x"]) for t in first]
    assert strategy.ask(strategy.tell(after, results)) == strategy.ask(
        strategy.tell(after, results)
    )


def test_hyperband_climbs_the_ladders_of_its_paper():
    ladders = Hyperband(rng=1).ladders(Space([LINE.dimensions[0]], resource=("epochs", 81)))
    assert ladders == (
        ((81, 1), (27, 3), (9, 9), (3, 27), (1, 81)),
        ((34, 3), (11, 9), (3, 27), (1, 81)),
        ((15, 9), (5, 27), (1, 81)),
        ((8, 27), (2, 81)),
        ((5, 81),),
    )
