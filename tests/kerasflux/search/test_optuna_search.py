"""Optuna's samplers and pruners on the same ranges, by ask and tell."""

import builtins
import importlib.util
import logging
import math
import warnings

import pytest

from kerasflux.errors import HyperparameterError
from kerasflux.search import (
    NumericRange,
    OptunaSearch,
    Searching,
    SearchNotInstalled,
    Space,
    Told,
    log_range,
    optunasearch,
    range,
)

optuna = pytest.importorskip("optuna")
PLANE = Space(
    [
        range(None, "a", lower=0.0, upper=1.0),
        log_range(1e-4, 1.0).with_fields(path="b"),
        range(None, "k", lower=1, upper=5),
    ]
)


def loss_of(point):
    return sum(float(v) for v in point.values() if not isinstance(v, str))


def searched(strategy, space=PLANE, n=12, recorded=(), loss=loss_of, cut=None):
    search = Searching(strategy, space, n, recorded)
    while search.pending and (cut is None or len(search.told) < cut):
        for trial in search.pending:
            value = loss(trial.point)
            search.record(Told(trial, (value,), value))
    return search.told


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "gp"])
def test_a_sampler_comes_closer_than_draws_do(sampler):
    if sampler == "gp":
        pytest.importorskip("torch")

    def bowl(point):
        return (point["a"] - 0.3) ** 2 + (math.log10(point["b"]) + 2) ** 2 / 16

    flat = Space(PLANE.dimensions[:2])
    n = 20 if sampler == "gp" else 60
    found = searched(OptunaSearch(sampler, rng=2), flat, n, loss=bowl)
    late, early = (sorted(t.loss for t in part) for part in (found[-8:], found[:8]))
    assert late[0] < 0.01
    assert late[4] < early[4]


def test_every_kind_of_range_is_searched_and_keeps_its_types():
    space = Space(
        [
            range(None, "a", lower=-5.0, upper=-0.1, scale="log10minus"),
            range(None, "b", lower=0.5, upper=0.99, scale="reverse_log"),
            range(None, "c", lower=4, upper=7, scale=lambda k: 2**k),
            range(None, "d", lower=0.0, origin=2.0, unit=1.0),
            log_range(1, 64).with_fields(path="e"),
            range(None, "f", values=[16, 64, 256]),
            range(None, "g", values=[(8,), (8, 8), None]),
            range(None, "h", values=["only"]),
        ]
    )
    for told in searched(OptunaSearch(rng=1), space, 15, loss=lambda point: point["a"]):
        assert told.trial.point in space


def test_a_range_not_in_use_is_not_proposed():
    space = Space(
        [
            range(None, "momentum", lower=0.0, upper=0.9, when={"kind": "sgd"}),
            range(None, "kind", values=["sgd", "adam"]),
        ]
    )
    found = searched(OptunaSearch(rng=3), space, 25, loss=lambda p: p.get("momentum", 0.5))
    assert {len(t.trial.point) for t in found} == {1, 2}
    assert all(t.trial.point in space for t in found)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_a_search_cut_anywhere_goes_on_as_if_it_had_not_been(sampler, batch):
    strategy = OptunaSearch(sampler, batch=batch, rng=5)
    full = searched(strategy, n=24)
    for cut in (0, 3, 13, 24):
        assert searched(strategy, n=24, recorded=full[:cut]) == full
    assert searched(strategy, n=14) == full[:14]


def test_states_are_values_although_studies_are_not():
    strategy = OptunaSearch(rng=1)
    state = strategy.init(PLANE, 9)
    for _ in "abcdefgh":
        batch, after = strategy.ask(state)
        assert strategy.ask(state)[0] == batch
        results = [Told(t, (), loss_of(t.point)) for t in batch]
        told = strategy.tell(after, results)
        assert strategy.ask(strategy.tell(after, results))[0] == strategy.ask(told)[0]
        state = told
    assert after == replaced(after)
    assert "study" not in repr(after)


def replaced(state):
    return type(state)(state.space, state.n, state.events)


def test_failed_trials_are_told_as_such():
    def loss(point):
        return math.nan if point["a"] > 0.5 else loss_of(point)

    found = searched(OptunaSearch(rng=1), loss=loss, n=20)
    assert any(t.failed for t in found)
    assert not all(t.failed for t in found)


def test_infinite_losses_are_the_worst():
    found = searched(
        OptunaSearch(rng=1), n=30, loss=lambda p: math.inf if p["a"] > 0.3 else loss_of(p)
    )
    assert sum(t.loss < math.inf for t in found[15:]) > 8


# pruning


def pruned(strategy, n=16, steps=9, recorded=()):
    """Losses fall with the steps and rise with a; which steps each trial saw."""
    search = Searching(strategy, PLANE, n, recorded)
    while search.pending:
        for trial in search.pending:
            seen = []
            for step in builtins.range(1, steps + 1):
                loss = trial.point["a"] + 1 / step
                seen.append((step, loss))
                if search.prune(trial, step, loss):
                    break
            given_up = len(seen) < steps
            status = "pruned" if given_up else "ok"
            search.record(Told(trial, (loss,), loss, tuple(seen), status))
    return search.told


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_a_pruner_gives_bad_trials_up_and_replays(pruner):
    strategy = OptunaSearch(pruner=pruner, rng=1)
    full = pruned(strategy)
    lengths = {len(t.intermediate) for t in full}
    assert max(lengths) == 9
    assert min(lengths) < 9
    for cut in (3, 10):
        assert pruned(strategy, recorded=full[:cut]) == full


@pytest.mark.parametrize(("epochs", "step"), [(9, 3), (None, 5)])
def test_the_median_is_asked_about_after_a_warm_up(epochs, step):
    space = Space([range(None, "x", lower=0.0, upper=1.0)], resource=("epochs", epochs))
    search = Searching(OptunaSearch(pruner="median", rng=1), space, n=7)
    for _ in builtins.range(6):
        (trial,) = search.pending
        seen = tuple((k, 1.0) for k in builtins.range(1, 10))
        for k, loss in seen:
            search.prune(trial, k, loss)
        search.record(Told(trial, (1.0,), 1.0, seen, "ok"))
    (worse,) = search.pending
    steps = builtins.range(1, 10)
    assert next(k for k in steps if search.prune(worse, k, 2.0)) == step


def test_a_study_is_told_what_became_of_each_trial():
    strategy = OptunaSearch(batch=3, rng=1)
    batch, state = strategy.ask(strategy.init(PLANE, 3))
    results = [
        Told(batch[0], (1.0,), 1.0),
        Told(batch[1], (), math.nan, (), "failed"),
        Told(batch[2], (3.0,), 3.0, ((1, 5.0), (2, 4.0)), "pruned"),
    ]
    trials = strategy.tell(state, results).trace.study.trials
    assert [t.state.name for t in trials] == ["COMPLETE", "FAIL", "PRUNED"]
    assert [t.value for t in trials] == [1.0, None, 4.0]
    assert trials[2].intermediate_values == {1: 5.0, 2: 4.0}


def test_the_median_of_a_batch_does_not_depend_on_who_is_first():
    strategy = OptunaSearch(pruner="median", batch=4, rng=1)
    full = pruned(strategy)
    assert pruned(strategy, recorded=full[:9]) == full
    assert any(t.status == "pruned" for t in full)


def test_who_looks_at_trials_still_going_on_takes_no_batches():
    for pruner in ("hyperband", optuna.pruners.SuccessiveHalvingPruner()):
        with pytest.raises(HyperparameterError, match="still going on"):
            OptunaSearch(pruner=pruner, batch=2).init(PLANE, 9)


def test_a_search_without_pruner_never_gives_up():
    assert not OptunaSearch().prunes
    assert OptunaSearch(pruner="median").prunes
    assert {t.status for t in pruned(OptunaSearch(rng=1), n=8)} == {"ok"}


# samplers of the user


def test_a_sampler_and_a_pruner_of_the_user_are_used_and_left_as_they_are():
    sampler = optuna.samplers.RandomSampler(seed=7)
    strategy = OptunaSearch(sampler, pruner=optuna.pruners.ThresholdPruner(upper=1.5))
    full = pruned(strategy)
    assert full == pruned(strategy)
    assert any(t.status == "pruned" for t in full)


def test_a_sampler_without_a_seed_is_refused():
    with pytest.raises(HyperparameterError, match="TPESampler has no seed"):
        OptunaSearch(optuna.samplers.TPESampler()).init(PLANE, 9)


@pytest.mark.parametrize(
    "options",
    [
        {"sampler": "tpes"},
        {"sampler": None},
        {"sampler": optuna.samplers.TPESampler},
        {"sampler": 3},
        {"pruner": "medain"},
        {"pruner": optuna.pruners.MedianPruner},
        {"every": 0},
        {"batch": 0},
    ],
)
def test_what_is_no_sampler_or_pruner_is_refused(options):
    with pytest.raises(HyperparameterError) as caught:
        OptunaSearch(**options)
    assert caught.value.expected
    assert caught.value.received


def test_cma_es_needs_two_numbers():
    one = Space([range(None, "a", lower=0.0, upper=1.0), range(None, "b", values=["x", "y"])])
    with pytest.raises(HyperparameterError, match="two or more numbers"):
        OptunaSearch("cmaes").init(one, 9)
    ordered = Space([*one.dimensions[:1], range(None, "b", values=[8, 16, 32])])
    assert len(searched(OptunaSearch("cmaes", rng=1), ordered, 9)) == 9


def test_probabilities_are_refused():
    made = range(None, "b", values=["x", "y"]).with_fields(probabilities=(0.5, 0.5))
    with pytest.raises(HyperparameterError, match="no probabilities"):
        OptunaSearch().init(Space([made]), 9)


# what is not installed, and noise


@pytest.mark.parametrize(
    ("sampler", "package", "wanted"),
    [("tpe", "optuna", r"kerasflux\[optuna\]"), ("gp", "torch", "torch"), ("cmaes", "cmaes", "cm")],
)
def test_what_is_not_installed_is_named(monkeypatch, sampler, package, wanted):
    real = importlib.util.find_spec
    monkeypatch.setattr(optunasearch, "find_spec", lambda n: None if n == package else real(n))
    with pytest.raises(SearchNotInstalled, match=wanted) as caught:
        OptunaSearch(sampler).init(PLANE, 9)
    assert isinstance(caught.value, ImportError)


def test_nothing_is_logged_or_warned_and_the_users_level_is_kept(capsys):
    optuna.logging.set_verbosity(optuna.logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        searched(OptunaSearch(rng=1), n=12)
    assert logging.getLogger("optuna").level == logging.INFO
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_whole_numbers_are_parameters_of_their_own():
    study = OptunaSearch(rng=1)
    state = study.ask(study.init(PLANE, 3))[1]
    kinds = {p: type(d).__name__ for p, d in state.trace.study.trials[0].distributions.items()}
    assert kinds == {"a": "FloatDistribution", "b": "FloatDistribution", "k": "IntDistribution"}
    assert isinstance(PLANE.dimensions[0].range, NumericRange)
