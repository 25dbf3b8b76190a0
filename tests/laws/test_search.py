"""Laws of ranges and searches over random spaces: only what was declared, and always the same."""

import itertools
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from kerasflux.search import (
    Explicit,
    Grid,
    Hyperband,
    LatinHypercube,
    OptunaSearch,
    RandomSearch,
    Searching,
    Space,
    SuccessiveHalving,
    Told,
    range,
)

SIGNS = {
    "linear": (-1e6, 1e6),
    **dict.fromkeys(("log", "log2", "log10", "reverse_log"), (1e-6, 1e6)),
    **dict.fromkeys(("logminus", "log10minus"), (-1e6, -1e-6)),
}
VALUES = ["relu", "tanh", None, True, 1, 1.5, (8, 8), (8.0,), [3], {"k": (1,)}]
INVERSES = [(lambda x: 10.0**x), (lambda x: 1 - 0.5**x), (lambda x: -3.0 * x)]


@some.composite
def numeric(draw, path="x", when=None):
    """A range of numbers on any scale, open or not."""
    scale = draw(some.sampled_from([*SIGNS, "function", "open"]))
    if scale == "function":
        ends = sorted(draw(some.tuples(some.floats(-3, 3), some.floats(-3, 3))))
        assume(ends[1] - ends[0] > 1e-3)
        function = draw(some.sampled_from(INVERSES))
        return range(None, path, lower=ends[0], upper=ends[1], scale=function, when=when)
    if scale == "open":
        lower = draw(some.none() | some.floats(0, 10))
        origin = (lower or 0.0) + draw(some.floats(0.5, 5))
        unit = draw(some.floats(0.1, 5))
        return range(None, path, lower=lower, origin=origin, unit=unit, scale="linear", when=when)
    low, high = SIGNS[scale]
    if draw(some.booleans()) and max(high, -low) >= 2:
        whole = some.integers(math.ceil(max(low, -1e4)), math.floor(min(high, 1e4)))
        ends = sorted(draw(some.tuples(whole, whole)))
    else:
        number = some.floats(low, high, allow_subnormal=False)
        ends = sorted(draw(some.tuples(number, number)))
        assume(ends[1] - ends[0] > 1e-3 * max(map(abs, ends)))
    assume(ends[0] < ends[1])
    return range(None, path, lower=ends[0], upper=ends[1], scale=scale, when=when)


@some.composite
def nominal(draw, path="x", when=None):
    values = draw(some.lists(some.sampled_from(VALUES), min_size=1, max_size=4, unique_by=repr))
    return range(None, path, values=values, when=when)


@some.composite
def spaces(draw, most=4, kinds=None):
    """Ranges side by side, each perhaps in use only for one value of an earlier one."""
    made = []
    for path in draw(some.permutations("abcd"))[: draw(some.integers(1, most))]:
        parents = [r for r in made if hasattr(r, "values")]
        when = None
        if parents and draw(some.booleans()):
            parent = draw(some.sampled_from(parents))
            when = {parent.path: [draw(some.sampled_from(parent.values))]}
        kind = draw(some.sampled_from(kinds or [numeric, nominal]))
        made.append(draw(kind(path, when)))
    return Space(draw(some.permutations(made)), resource=("epochs", 9))


STRATEGIES = [
    Grid(resolution=3, rng=1),
    Grid(resolution=2, shuffle=False),
    RandomSearch(rng=2),
    LatinHypercube(rng=3),
    SuccessiveHalving(n=6, factor=2.0, rng=4),
    Hyperband(rng=5),
]
NAMES = [type(s).__name__ for s in STRATEGIES]


def loss_of(trial):
    """A loss that depends on all of a trial, and is no number for some."""
    number = sum(map(ord, repr(sorted(trial.point.items())))) % 97 + (trial.resource or 0)
    return math.nan if number % 11 == 0 else number / 97


def searched(strategy, space, n, recorded=()):
    search = Searching(strategy, space, n, recorded)
    while search.pending:
        for trial in search.pending:
            loss = loss_of(trial)
            search.record(Told(trial, (loss,), loss, (), "failed" if loss != loss else "ok"))
    return search.told


def trials(told):
    return [(t.trial.number, repr(t.trial.point), t.trial.resource, t.trial.parent) for t in told]


# ranges


@given(numeric() | nominal(), some.floats(0, 1))
def test_a_value_is_in_its_range_and_has_its_coordinate(r, u):
    value = r.value(u)
    assert value in r
    again = r.value(r.coordinate(value))
    if isinstance(value, float):
        assert again == pytest.approx(value, rel=1e-6, abs=1e-9)
        assert type(again) is float
    else:
        assert repr(again) == repr(value)


@given(numeric(), some.floats(0.001, 0.999))
def test_a_coordinate_has_its_value(r, u):
    assume(not r.integer)
    assert r.coordinate(r.value(u)) == pytest.approx(u, abs=1e-6)


@given(numeric(), some.integers(2, 9))
def test_values_of_a_grid_are_in_the_range_even_and_monotone(r, n):
    values = r.values_at(n)
    assert all(value in r or not r.bounded for value in values)
    assert len(values) <= n
    assert len(set(values)) == len(values)
    steps = [b - a for a, b in itertools.pairwise(values)]
    assert all(s > 0 for s in steps) or all(s < 0 for s in steps)
    if r.bounded and not r.integer and len(values) > 2 and n == len(values):
        places = [r.coordinate(value) for value in values]
        assert places == pytest.approx([k / (n - 1) for k in itertools.islice(
            itertools.count(), n)], abs=1e-6)  # fmt: skip


@given(numeric())
def test_values_rise_with_the_coordinate_or_fall(r):
    values = [r.value(k / 20) for k in [*itertools.islice(itertools.count(), 21)]]
    steps = [b - a for a, b in itertools.pairwise(values)]
    assert all(s >= 0 for s in steps) or all(s <= 0 for s in steps)


# spaces and searches


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
@settings(max_examples=20)
@given(space=spaces(), n=some.integers(1, 20))
def test_a_search_visits_the_declared_space_only(strategy, space, n):
    told = searched(strategy, space, n)
    assert 0 < len(told) <= n
    assert [t.trial.number for t in told] == [*itertools.islice(itertools.count(), len(told))]
    for t in told:
        grid_of_open_end = isinstance(strategy, Grid) and any(
            not getattr(d.range, "bounded", True) for d in space.dimensions
        )
        assert t.trial.point in space or grid_of_open_end


@pytest.mark.parametrize("strategy", STRATEGIES, ids=NAMES)
@settings(max_examples=15)
@given(space=spaces(), n=some.integers(1, 20), data=some.data())
def test_recorded_results_reproduce_the_search(strategy, space, n, data):
    full = searched(strategy, space, n)
    assert trials(searched(strategy, space, n)) == trials(full)
    known = [t for t in full if data.draw(some.booleans())]
    assert trials(searched(strategy, space, n, known)) == trials(full)


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s.prefix_stable], ids=repr)
@settings(max_examples=15)
@given(space=spaces(), n=some.integers(1, 15), more=some.integers(1, 5))
def test_raising_n_keeps_the_first_trials_where_it_says_so(strategy, space, n, more):
    small, large = searched(strategy, space, n), searched(strategy, space, n + more)
    assert trials(large)[: len(small)] == trials(small)


@given(space=spaces(), resolution=some.integers(2, 4))
def test_a_grid_is_the_product_of_the_values_in_use(space, resolution):
    axes = [[(d.path, v) for v in d.range.values_at(resolution)] for d in space.dimensions]
    oracle = []
    for combination in itertools.product(*reversed(axes)):
        point = space.active(dict(combination))
        if repr(point) not in map(repr, oracle):
            oracle.append(point)
    grid = Grid(resolution=resolution, shuffle=False)
    found = [t.trial.point for t in searched(grid, space, 10**6)]
    assert [repr(p) for p in found] == [repr(p) for p in oracle]
    assert grid.default_n(space) == len(oracle)
    mixed = [t.trial.point for t in searched(Grid(resolution=resolution, rng=0), space, 10**6)]
    assert sorted(map(repr, mixed)) == sorted(map(repr, oracle))


@settings(max_examples=20)
@given(space=spaces(kinds=[numeric]), n=some.integers(1, 15), seed=some.integers(0, 99))
def test_a_hypercube_has_one_point_in_each_part_of_each_range(space, n, seed):
    told = searched(LatinHypercube(rng=seed), space, n)
    for d in space.dimensions:
        if d.range.integer:
            continue
        parts = [round(n * d.range.coordinate(t.trial.point[d.path]), 6) for t in told]
        for k, at in enumerate(sorted(parts)):
            assert k <= at <= k + 1


@given(space=spaces(), n=some.integers(1, 40))
def test_no_draw_comes_twice(space, n):
    found = [repr(t.trial.point) for t in searched(RandomSearch(rng=0), space, n)]
    assert len(set(found)) == len(found)
    if not space.conditional and space.size <= n:
        assert len(found) == space.size


@given(some.lists(some.dictionaries(some.sampled_from("ab"), some.integers()), min_size=1))
def test_points_written_out_are_visited_as_they_are(listed):
    found = searched(Explicit(), Space(listed=listed), 10**6)
    assert [t.trial.point for t in found] == listed


# Optuna


@pytest.mark.parametrize("batch", [1, 3])
@settings(max_examples=12)
@given(space=spaces(), data=some.data())
def test_optuna_searches_the_declared_space_and_replays(batch, space, data):
    pytest.importorskip("optuna")
    strategy = OptunaSearch(batch=batch, rng=6)
    full = searched(strategy, space, 16)
    assert all(t.trial.point in space for t in full)
    assert len(full) == 16
    known = full[: data.draw(some.integers(0, 16))]
    assert trials(searched(strategy, space, 16, known)) == trials(full)
    assert trials(searched(strategy, space, 13)) == trials(full)[:13]
