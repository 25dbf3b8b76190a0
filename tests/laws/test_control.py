"""Laws of stopping rules and of loops over controls, on any losses."""

import json
import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kerasflux.control.combined import composite, skip
from kerasflux.control.controls import carried, dump_states, load_states, loosened
from kerasflux.control.counting import NumberLimit, NumberSinceBest, Patience
from kerasflux.control.criteria import Disjunction, Never
from kerasflux.control.loop import run_controls
from kerasflux.control.progress import GL, PQ
from kerasflux.control.rates import CosineLearningRate, CycleLearningRate, ReduceOnPlateau
from kerasflux.control.snapshots import Save
from kerasflux.control.steps import Data, Step
from kerasflux.control.stopping import stopping_time
from kerasflux.control.trainable import Replay
from kerasflux.control.values import InvalidValue, Threshold
from kerasflux.control.warmup import Warmup

# Few values, so that ties are frequent.
whole = st.integers(-4, 4).map(float)
odd = st.sampled_from([math.nan, math.inf, -math.inf])
losses = st.lists(whole | odd, max_size=25)
finite = st.lists(whole, max_size=25)
marked = st.lists(st.tuples(whole | odd, st.booleans()), max_size=30)

limits = st.integers(1, 6)
simple = st.one_of(
    st.just(InvalidValue()),
    st.builds(Patience, limits),
    st.builds(NumberLimit, limits),
    st.builds(NumberSinceBest, limits, st.sampled_from([0.0, 1.0])),
    st.builds(GL, st.sampled_from([10.0, 50.0, 100.0])),
    st.builds(PQ, st.sampled_from([0.1, 0.75]), st.sampled_from([2, 3])),
    st.builds(Threshold, whole),
)
rules = st.recursive(
    simple | st.just(Never()),
    lambda inner: (
        st.builds(Warmup, inner, limits)
        | st.lists(inner, max_size=3).map(lambda found: Disjunction(*found))
    ),
    max_leaves=4,
)


def stop(rule, stream):
    """The place in a stream of (loss, whether in training) where a rule stops, or infinity."""
    state = rule.init()
    for place, (loss, training) in enumerate(stream, start=1):
        state = rule.update(state, loss, training)
        if rule.done(state):
            return place
    return math.inf


def first(times):
    return min((time for time in times if time), default=0)


# each rule, by its definition


def fitting(predicate, n):
    return first(t for t in range(1, n + 1) if predicate(t))


@given(finite, limits)
def test_patience_looks_back_at_the_last_differences(E, n):
    def risen(t):
        return t > n and all(E[i - 1] > E[i - 2] for i in range(t - n + 1, t + 1))

    assert stopping_time(Patience(n), E) == fitting(risen, len(E))


@given(finite, limits)
def test_looks_since_the_best_are_counted_from_the_first_of_the_lowest(E, n):
    def stale(t):
        return t - (1 + E[:t].index(min(E[:t]))) >= n

    assert stopping_time(NumberSinceBest(n), E) == fitting(stale, len(E))


@given(finite, st.sampled_from([20, 50, 100, 150]))
def test_the_generalisation_loss_is_relative_to_the_lowest(E, alpha):
    def above(t):
        best = Fraction(min(E[:t]))
        excess = 100 * (Fraction(E[t - 1]) - best)
        return excess > alpha * abs(best)

    assert stopping_time(GL(float(alpha)), E) == fitting(above, len(E))


@given(st.lists(st.tuples(st.lists(whole, max_size=3), whole), max_size=10), st.integers(2, 4))
def test_the_rule_about_progress_is_that_of_its_formula(looks, k):
    alpha, seen, E = Fraction(313, 1000), [], []
    expected = 0
    for time, (training, loss) in enumerate(looks, start=1):
        seen += map(Fraction, training)
        E.append(Fraction(loss))
        if len(seen) < k or expected:
            continue
        F = seen[-k:]
        mean, lowest, best = sum(F) / k, min(F), min(E)
        # P <= 0, or GL > alpha P; both times |min F| |min E|, which may be 0
        progress, rise = 1000 * (mean - lowest), 100 * (E[-1] - best)
        faster = rise * abs(lowest) > alpha * progress * abs(best)
        if progress == 0 or (lowest != 0 and faster):
            expected = time
    values = [x for training, loss in looks for x in (*training, loss)]
    marks = [m for training, _ in looks for m in (*[True] * len(training), False)]
    assert stopping_time(PQ(float(alpha), k), values, marks) == expected


@given(finite, whole)
def test_a_threshold_is_the_first_loss_below(E, value):
    assert stopping_time(Threshold(value), E) == fitting(lambda t: E[t - 1] < value, len(E))


@given(losses)
def test_invalid_values_are_those_that_are_not_finite(E):
    odd = fitting(lambda t: not math.isfinite(E[t - 1]), len(E))
    assert stopping_time(InvalidValue(), E) == odd


@given(losses, limits)
def test_a_limit_is_a_number_of_losses(E, n):
    assert stopping_time(NumberLimit(n), E) == (n if n <= len(E) else 0)


# what does not matter to rules


@given(finite, limits, st.integers(-3, 3))
def test_rules_that_compare_losses_do_not_mind_what_they_are_counted_from(E, n, shift):
    for rule in (Patience(n), NumberSinceBest(n), NumberSinceBest(n, 1.0)):
        assert stopping_time(rule, E) == stopping_time(rule, [x + shift for x in E])


@given(finite, st.sampled_from([0.5, 2.0, 8.0]))
def test_rules_about_percents_do_not_mind_the_unit(E, unit):
    for alpha in (10.0, 100.0):
        assert stopping_time(GL(alpha), E) == stopping_time(GL(alpha), [x * unit for x in E])


# the algebra


@given(rules, rules, marked)
def test_a_sum_stops_where_the_first_of_its_rules_does(a, b, stream):
    assert stop(a + b, stream) == min(stop(a, stream), stop(b, stream))


@given(rules, rules, rules)
def test_sums_are_associative_have_a_zero_and_are_idempotent(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert a + Never() == Never() + a
    assert a + a == a + Never()


@given(rules, marked, limits)
def test_a_warmup_passes_over_what_comes_first(rule, stream, n):
    assert stop(Warmup(rule, n), stream) == n + stop(rule, stream[n:])


@given(rules, marked, marked)
def test_a_state_is_all_that_a_rule_remembers(rule, before, after):
    state = rule.init()
    for loss, training in before:
        state = rule.update(state, loss, training)
    read = rule.load(json.loads(json.dumps(rule.dump(state))))
    for loss, training in after:
        assert rule.done(read) == rule.done(state)
        assert rule.message(read) == rule.message(state)
        state, read = rule.update(state, loss, training), rule.update(read, loss, training)
    assert repr(read) == repr(state)


@given(rules, rules, marked)
def test_a_looser_rule_stops_no_earlier_and_goes_on_from_the_others_states(new, old, stream):
    assert new.loosens(new)
    if not new.loosens(old):
        return
    assert stop(new, stream) >= stop(old, stream)
    theirs, mine = old.init(), new.init()
    for loss, training in stream:
        theirs, mine = old.update(theirs, loss, training), new.update(mine, loss, training)
        assert repr(theirs) == repr(mine)


@st.composite
def loosenings(draw):
    """A rule and one that is looser."""
    n, more = draw(limits), draw(st.integers(0, 4))
    alpha = draw(st.sampled_from([10.0, 50.0]))
    pairs = [
        (Patience(n + more), Patience(n)),
        (NumberLimit(n + more), NumberLimit(n)),
        (NumberSinceBest(n + more, 1.0), NumberSinceBest(n, 1.0)),
        (GL(alpha + more), GL(alpha)),
        (PQ(0.5 + more, 2), PQ(0.5, 2)),
        (Threshold(-float(more)), Threshold(0.0)),
    ]
    new, old = draw(st.sampled_from(pairs))
    if draw(st.booleans()):
        new, old = Warmup(new, n), Warmup(old, n)
    return (new + InvalidValue(), old + InvalidValue()) if draw(st.booleans()) else (new, old)


@given(loosenings(), marked)
def test_going_on_with_a_looser_rule_is_as_if_it_had_been_there_from_the_start(pair, stream):
    new, old = pair
    assert new.loosens(old)
    place = stop(old, stream)
    assert stop(new, stream) >= place
    if place == math.inf:
        return
    state = old.init()
    for loss, training in stream[:place]:
        state = old.update(state, loss, training)
    for loss, training in stream[place:]:
        if new.done(state):
            break
        state, place = new.update(state, loss, training), place + 1
    assert (place if new.done(state) else math.inf) == stop(new, stream)


# loops

controls = st.one_of(
    simple,
    st.builds(Step, st.integers(1, 3)),
    st.builds(skip, simple, st.integers(1, 3)),
    st.builds(skip, st.builds(Step, limits), st.integers(1, 3)),
    st.builds(composite, simple, simple),
    st.builds(Save),
    st.builds(Data, st.lists(st.integers(), max_size=6), st.booleans()),
    st.just(CycleLearningRate(3, 0.1, 0.5, path="rate")),
    st.just(CosineLearningRate(9, path="rate")),
    st.just(ReduceOnPlateau(0.5, patience=2, path="rate")),
)
lists = st.lists(controls, max_size=5)
records = st.tuples(st.lists(whole | odd, min_size=30, max_size=30), st.booleans())


def replay(record):
    values, with_training = record
    training = values[::-1] if with_training else []
    return Replay(values, training_losses=training, settings={"rate": 1.0})


def seen(trained):
    return trained.n_cycles, trained.n_iterations, trained.saved, trained.ingested, trained.model


@given(lists, records, st.integers(1, 5), st.integers(0, 5))
def test_going_on_after_a_limit_was_raised_is_training_once(middle, record, n, more):
    short = [Step(), *middle, NumberLimit(n)]
    long = [Step(), *middle, NumberLimit(n + more)]
    assert loosened(long, short)
    whole = run_controls(replay(record), long, verbosity=0)
    trained = replay(record)
    loop = run_controls(trained, short, verbosity=0)
    written = json.dumps(dump_states(short, carried(short, short, loop.states)))
    states = load_states(short, json.loads(written))
    again = run_controls(trained, long, carried(long, short, states), verbosity=0)
    if trained.n_iterations < len(trained.losses):  # an end of the record is tried again
        assert seen(trained) == seen(whole.trainable)
        assert repr(again.states) == repr(whole.states)
        assert again.message == whole.message


@given(lists, records)
def test_the_same_controls_of_the_same_losses_do_the_same(middle, record):
    both = [
        run_controls(replay(record), [Step(), *middle, NumberLimit(4)], verbosity=0)
        for _ in range(2)
    ]
    assert repr(both[0].states) == repr(both[1].states)
    assert seen(both[0].trainable) == seen(both[1].trainable)


@given(lists, records)
def test_a_composite_is_as_good_as_its_parts(middle, record):
    listed = [Step(), *middle, NumberLimit(5)]
    apart = run_controls(replay(record), listed, verbosity=0)
    together = run_controls(replay(record), [composite(*listed)], verbosity=0)
    assert seen(apart.trainable) == seen(together.trainable)
    assert apart.message == together.message
