"""A search as it goes on: order of results, replay, and what is refused."""

import pytest

from kerasflux.errors import ArgumentError
from kerasflux.search import (
    Grid,
    RandomSearch,
    Searching,
    Space,
    Strategy,
    SuccessiveHalving,
    Told,
    Trial,
    range,
)

LINE = Space([range(None, "x", lower=0.0, upper=1.0)], resource=("epochs", 9))


def told(trial):
    return Told(trial, (trial.point["x"],), trial.point["x"])


def whole(strategy, n, recorded=()):
    search = Searching(strategy, LINE, n, recorded)
    while search.pending:
        search.record(told(search.pending[-1]))  # in whatever order
    return search.told


class Noting(Strategy):
    """Batches of two, and a note of what was told when."""

    def init(self, space, n):
        return (0, n, ())

    def ask(self, state):
        k, n, notes = state
        batch = [Trial(i, {"x": float(i)}) for i in (k, k + 1) if i < n]
        return batch, (k + len(batch), n, notes)

    def tell(self, state, results):
        k, n, notes = state
        return (k, n, (*notes, tuple(r.trial.number for r in results)))


def test_results_are_told_batch_by_batch_in_the_order_of_their_numbers():
    search = Searching(Noting(), LINE, 5)
    while search.pending:
        search.record(told(search.pending[-1]))
    assert search.state[2] == ((0, 1), (2, 3), (4,))


def test_the_next_batch_waits_for_the_last_result_of_this_one():
    search = Searching(Noting(), LINE, 5)
    search.record(told(search.pending[1]))
    assert [t.number for t in search.pending] == [0]
    search.record(told(search.pending[0]))
    assert [t.number for t in search.pending] == [2, 3]


def test_a_search_cut_anywhere_goes_on_as_if_it_had_not_been():
    strategy = SuccessiveHalving(n=9, rng=4)
    full = whole(strategy, 99)
    for cut in (0, 1, 5, 9, 10, 12, len(full)):
        assert whole(strategy, 99, full[:cut]) == full
    assert whole(strategy, 99, [full[3], full[0], full[8]]) == full


def test_a_search_that_is_over_has_nothing_pending():
    full = whole(RandomSearch(rng=1), 4)
    assert Searching(RandomSearch(rng=1), LINE, 4, full).pending == []
    more = Searching(RandomSearch(rng=1), LINE, 6, full)
    assert [t.number for t in more.pending] == [4, 5]


def test_results_beyond_a_smaller_n_are_passed_over():
    full = whole(RandomSearch(rng=1), 4)
    assert Searching(RandomSearch(rng=1), LINE, 2, full).told == full[:2]


def test_recorded_trials_of_another_search_are_refused():
    full = whole(RandomSearch(rng=1), 3)
    with pytest.raises(ArgumentError, match="Trial 0 that was recorded") as caught:
        Searching(RandomSearch(rng=2), LINE, 3, full)
    assert "x=" in caught.value.expected
    assert "x=" in caught.value.received
    with pytest.raises(ArgumentError, match="resource="):
        Searching(SuccessiveHalving(n=3, rng=1), LINE, 3, full)


def test_only_pending_trials_are_recorded_and_once():
    search = Searching(Grid(rng=1), LINE, 2)
    result = told(search.pending[0])
    search.record(result)
    for wrong in (result, Told(Trial(7, {"x": 0.0}), (), 0.0)):
        with pytest.raises(ArgumentError, match="not waited for"):
            search.record(wrong)


def test_a_loss_that_is_no_number_is_a_failure():
    trial = Trial(0, {})
    assert Told(trial, (), float("nan")).failed
    assert Told(trial, (), 1.0, status="failed").failed
    assert not Told(trial, (), float("inf"), status="pruned").failed


def test_what_does_not_prune_never_gives_up():
    search = Searching(Grid(rng=1), LINE, 2)
    assert search.prune(search.pending[0], 1, float("inf")) is False
