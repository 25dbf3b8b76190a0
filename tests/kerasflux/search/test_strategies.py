"""Strategies that do not learn: grids, draws, hypercubes, points written out."""

import math

import numpy as np
import pytest
from scipy import stats

from kerasflux.errors import ArgumentError
from kerasflux.hyperparameters import from_json, to_json
from kerasflux.search import (
    Dimension,
    Explicit,
    Grid,
    Hyperband,
    LatinHypercube,
    OptunaSearch,
    Planned,
    RandomSearch,
    Searching,
    Space,
    SuccessiveHalving,
    log_range,
    range,
)

SQUARE = Space([range(None, "a", lower=0.0, upper=1.0), range(None, "b", values=["x", "y", "z"])])
EITHER = Space(
    [
        range(None, "kind", values=["sgd", "adam"]),
        range(None, "momentum", values=[0.0, 0.5, 0.9], when={"kind": "sgd"}),
        range(None, "rate", lower=0.1, upper=1.0),
    ]
)


def points(strategy, space, n):
    return [trial.point for trial in Searching(strategy, space, n).pending]


# grids


def test_the_first_range_of_an_unshuffled_grid_varies_fastest():
    found = points(Grid(resolution=2, shuffle=False), SQUARE, 99)
    assert [(p["b"], p["a"]) for p in found] == [
        ("x", 0.0), ("x", 1.0), ("y", 0.0), ("y", 1.0), ("z", 0.0), ("z", 1.0)]  # fmt: skip


def test_a_shuffled_grid_has_the_same_points_in_another_order():
    plain = points(Grid(resolution=4, shuffle=False), SQUARE, 99)
    mixed = points(Grid(resolution=4, rng=1), SQUARE, 99)
    assert plain != mixed
    assert sorted(map(str, plain)) == sorted(map(str, mixed))


def test_combinations_that_differ_in_nothing_in_use_are_one():
    grid = Grid(resolution=2, shuffle=False)
    assert grid.default_n(EITHER) == 2 * 3 + 2 == len(points(grid, EITHER, 99))
    assert sum(p["kind"] == "adam" for p in points(grid, EITHER, 99)) == 2


def test_a_range_may_have_a_resolution_of_its_own():
    space = Space([Dimension(SQUARE.dimensions[0].range, 5), SQUARE.dimensions[1]])
    assert Grid(resolution=2).default_n(space) == 15


def test_a_goal_sets_the_resolution():
    two = Space([log_range(1e-3, 1).with_fields(path=p) for p in "cd"])
    assert Grid(goal=100).default_n(two) == 100
    assert Grid(goal=30).default_n(SQUARE) == 30
    assert Grid(goal=1).default_n(SQUARE) == 6  # two values at least
    assert Grid(goal=50).default_n(Space([SQUARE.dimensions[1]])) == 3


def test_a_grid_that_no_memory_holds_is_refused():
    space = Space([range(None, f"p{i}", lower=0.0, upper=1.0) for i in np.arange(9)])
    with pytest.raises(ArgumentError, match="1000000000 points"):
        Searching(Grid(), space, 5)


# draws


def test_no_point_is_drawn_twice_and_a_small_space_runs_out():
    few = Space([range(None, "a", lower=1, upper=3), range(None, "b", values=["x", (2,)])])
    found = points(RandomSearch(rng=0), few, 50)
    assert len(found) == 6
    assert len({str(p) for p in found}) == 6
    assert len(points(RandomSearch(rng=0), EITHER, 50)) == 50


def test_points_of_a_hypercube_that_come_out_twice_are_one():
    few = Space([range(None, "a", values=[1, 2]), range(None, "b", values=["x", (2,)])])
    found = points(LatinHypercube(rng=0), few, 20)
    assert len(found) == len({str(p) for p in found}) == 4


def test_values_that_can_not_be_hashed_are_told_apart():
    space = Space([range(None, "a", values=[[1], [2], {"k": np.arange(2)}])])
    assert len(points(RandomSearch(rng=0), space, 9)) == 3


def test_values_without_probability_are_never_drawn():
    made = range(None, "a", values=["x", "y"]).with_fields(probabilities=(1.0, 0.0))
    assert points(RandomSearch(rng=0), Space([made]), 5) == [{"a": "x"}]


def test_each_part_of_a_hypercube_has_one_point():
    space = Space(
        [
            range(None, "a", lower=0.0, upper=1.0),
            log_range(1e-4, 1.0).with_fields(path="b"),
            range(None, "c", lower=0.0, origin=2.0, unit=1.0),
        ]
    )
    found = points(LatinHypercube(rng=3), space, 12)
    for d in space.dimensions:
        parts = [math.floor(12 * d.range.coordinate(p[d.path])) for p in found]
        assert sorted(parts) == list(np.arange(12))


def test_a_hypercube_is_less_discrepant_than_draws():
    space = Space([range(None, p, lower=0.0, upper=1.0) for p in "ab"])

    def discrepancy(strategy):
        return stats.qmc.discrepancy([[p["a"], p["b"]] for p in points(strategy, space, 20)])

    ours = np.mean([discrepancy(LatinHypercube(rng=k)) for k in np.arange(5)])
    assert ours < 0.5 * np.mean([discrepancy(RandomSearch(rng=k)) for k in np.arange(5)])


@pytest.mark.parametrize("strategy", [RandomSearch, LatinHypercube])
def test_a_seed_is_drawn_once_and_shown(strategy):
    made = strategy()
    assert made.rng is not None
    assert f"rng={made.rng}" in repr(made)
    assert points(made, SQUARE, 4) == points(made, SQUARE, 4)
    assert points(strategy(rng=1), SQUARE, 4) != points(strategy(rng=2), SQUARE, 4)
    made.rng = None
    assert made.rng is not None


def test_a_grid_in_order_needs_no_seed():
    assert Grid(shuffle=False).rng is None
    assert Grid().rng is not None


# points written out


def test_points_written_out_come_in_their_order():
    space = Space(listed=[{"a": 3}, {"a": 1, "b": 2}, {"a": 3}])
    assert Explicit().default_n(space) == 3
    assert points(Explicit(), space, 2) == [{"a": 3}, {"a": 1, "b": 2}]


@pytest.mark.parametrize(
    "strategy",
    [Grid(), RandomSearch(), LatinHypercube(), SuccessiveHalving(), Hyperband(), OptunaSearch()],
    ids=lambda s: type(s).__name__,
)
def test_points_written_out_are_for_explicit_only(strategy):
    with pytest.raises(ArgumentError, match="searches ranges"):
        strategy.init(Space(listed=[{"a": 1}]), 3)
    with pytest.raises(ArgumentError, match="written out"):
        Explicit().init(SQUARE, 3)


# all


@pytest.mark.parametrize(
    "strategy",
    [
        Grid(goal=30, rng=1),
        RandomSearch(rng=1),
        LatinHypercube(rng=1),
        Explicit(),
        SuccessiveHalving(n=9, factor=2.0, rng=1),
        Hyperband(rng=1),
        OptunaSearch("cmaes", pruner="median", every=2, batch=2, rng=1),
    ],
    ids=lambda s: type(s).__name__,
)
def test_a_strategy_is_written_and_read_as_it_is(strategy):
    assert from_json(to_json(strategy)) == strategy


def test_a_strategy_of_ones_own_needs_its_points_only():
    class Corners(Planned):
        def points(self, space, n):
            return [space.at([u, v]) for u in (0.0, 1.0) for v in (0.0, 1.0)]

    assert points(Corners(), SQUARE, 3) == [
        {"a": 0.0, "b": "x"}, {"a": 0.0, "b": "z"}, {"a": 1.0, "b": "x"}]  # fmt: skip
    assert not Corners().prunes
    assert Corners().default_n(SQUARE) is None
    assert Corners().every == 1
