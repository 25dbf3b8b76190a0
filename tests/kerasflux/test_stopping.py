"""Stopping rules over streams of losses: each on sequences worked out by hand."""

import copy
import json
import pickle
import re
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest

import kerasflux as kf
from kerasflux.control import clocks
from kerasflux.control.clocks import TimeLimit
from kerasflux.control.counting import UP, NumberLimit, NumberSinceBest, Patience
from kerasflux.control.criteria import Criterion, Disjunction, Never
from kerasflux.control.progress import GL, PQ
from kerasflux.control.stopping import EarlyStopper, stopping_time
from kerasflux.control.values import InvalidValue, NotANumber, Threshold
from kerasflux.control.warmup import Warmup
from kerasflux.errors import ArgumentError, HyperparameterError, MeasureError
from kerasflux.hyperparameters import copied, from_json, to_json

NAN, INF = float("nan"), float("inf")

# A stream of upstream's tests: falls once, then rises with a tie; its last loss falls.
WALK = [10, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 16]


@pytest.mark.parametrize(
    ("criterion", "losses", "time"),
    [
        (Never(), [NAN, INF, *WALK], 0),
        (InvalidValue(), [1.0, 0.5, NAN], 3),
        (InvalidValue(), [1.0, INF], 2),
        (InvalidValue(), [-INF], 1),
        (InvalidValue(), [1.0, 2.0, -3.0], 0),
        (Patience(1), [1.0, 1.0, 1.1], 3),
        (Patience(2), [3.0, 4.0, 3.5, 4.0, 4.5], 5),
        (Patience(2), [3.0, 4.0, 4.0, 5.0], 0),
        (Patience(3), [1.0, 2.0, 3.0], 0),
        (Patience(1), [NAN, 2.0, 3.0], 3),
        (Patience(2), [1.0, 2.0, NAN, 3.0, 4.0], 0),
        (Patience(2), [1.0, 2.0, NAN, 3.0, 4.0, 5.0], 6),
        (Patience(2), [-3.0, -2.0, -1.0], 3),
        (Patience(1), [-INF, 0.0], 2),
        (Patience(1), [0.0, INF], 2),
        (Patience(1), [INF, INF, 0.0], 0),
        *((Patience(n), WALK, time) for n, time in enumerate([3, 4, 5, 6, 12, 0], start=1)),
        (NumberLimit(3), [1.0, 1.0, 1.0, 1.0], 3),
        (NumberLimit(1), [1.0], 1),
        (NumberLimit(2), [NAN, INF], 2),
        *((NumberSinceBest(n), WALK, n + 2) for n in range(1, 12)),
        (NumberSinceBest(12), WALK, 0),
        (NumberSinceBest(2), [10, 9, 8, 9, 10, 7, 10, 10], 5),
        (NumberSinceBest(3), [10, 9, 8, 9, 10, 7, 10, 10, 10, 10], 9),
        (NumberSinceBest(2), [5.0, 5.0, 5.0], 3),  # a tie is no new best
        (NumberSinceBest(2), [-1.0, -2.0, -2.0, -3.0, -3.0], 0),
        (NumberSinceBest(2), [NAN, 3.0, 2.0, NAN, 1.0], 0),  # a NaN that comes first is no best
        (NumberSinceBest(2), [NAN, NAN, 1.0], 2),
        (NumberSinceBest(2), [1.0, NAN, NAN], 3),
        (NumberSinceBest(2), [INF, 3.0, 2.0, 1.0], 0),
        (NumberSinceBest(2), [INF, INF, INF], 3),
        (NumberSinceBest(2), [-INF, -1.0, -INF], 3),
        (NumberSinceBest(1), [1.0, -INF, -INF], 3),
        (NumberSinceBest(2, min_delta=0.5), [3.0, 2.5, 2.5], 3),  # lower, by no more than that
        (NumberSinceBest(2, min_delta=0.5), [3.0, 2.75, 2.25, 2.0, 1.5], 0),  # from the best
        (NumberSinceBest(2, min_delta=0.5), [INF, 3.0, 3.0, 3.0], 4),
        (GL(12.0), WALK, 3),  # (9 - 8) / 8 is 12.5 %
        (GL(12.5), WALK, 4),  # strictly more
        (GL(20.0), WALK, 4),
        (GL(40.0), WALK, 6),
        (GL(90.0), WALK, 11),
        (GL(110.0), WALK, 12),
        (GL(1000.0), WALK, 0),
        (GL(7.0), [100.0, 107.0, 107.1], 3),
        (GL(10.0), [-10.0, -9.5, -9.0, -8.9], 4),  # -9 is 10 % above -10
        (GL(2.0), [-1.0, -2.0, -3.0], 0),
        (GL(50.0), [1.0, -2.0, -1.0, -0.9], 4),
        (GL(99.0), [-1.0, 0.0], 2),
        (GL(1e9), [1.0, 0.0, 1e-300], 3),  # any loss above a best of 0
        (GL(2.0), [0.0, 0.0, 0.0], 0),
        (GL(2.0), [NAN, 1.0, NAN, 1.01], 0),
        (GL(2.0), [1.0, NAN, 1.03], 3),
        (GL(2.0), [NAN, 1.0, 1.03], 3),
        (GL(2.0), [1.0, INF], 2),
        (GL(2.0), [INF, 1.0, 1.0], 0),
        (GL(2.0), [-INF, 1.0], 0),  # has no value
        (Threshold(), [1.0, 0.0, -1e-9], 3),
        (Threshold(2.5), [12, 32, 3, 2.5, 2, 5], 5),
        (Threshold(2.5), [NAN, INF], 0),
        (Threshold(2.5), [-INF], 1),
        (Threshold(-0.75), [-0.5, -0.75, -0.8], 3),  # a score, negated
        *((Warmup(NumberLimit(1), n), WALK, n + 1) for n in range(1, 12)),
        (Warmup(Patience(2)), [1.0, 2.0, 3.0, 4.0], 4),
        (Warmup(Patience(2), n=2), [1.0, 2.0, 3.0, 4.0], 0),
        (Warmup(InvalidValue(), n=2), [NAN, NAN, 1.0], 0),
        (Warmup(InvalidValue(), n=2), [1.0, 1.0, NAN], 3),
        (Warmup(Warmup(NumberLimit(1), n=2), n=3), WALK, 6),
        (Patience(3) + InvalidValue(), [12.0, 10.0, 11.0, 12.0, 13.0, NAN], 5),
        (Patience(3) + InvalidValue(), [NAN, 12.0, 10.0, 11.0, 12.0, 13.0], 1),
        (Disjunction(), WALK, 0),
    ],
)
def test_when_each_criterion_stops(criterion, losses, time):
    assert stopping_time(criterion, losses) == time


# Upstream's table of PQ: training losses, then the loss; P, GL and PQ worked out beside it.
LOOKS = [
    ([9.5, 9.3], 10),  #           10.8
    ([9.3, 9.1, 8.9], 8),  #       11.2
    ([8.3, 8.4], 9),  #             6.02   12.5   2.08
    ([9.9, 9.5], 10),  #           21.1    25.0   1.19
    ([10.6, 10.4], 11),  #          9.61   37.5   3.90
    ([8888, 11.8, 11.7], 12),  #    4.27   50.0  11.7
    ([11.6, 11.4], 12),  #          8.77   50.0   5.70
    ([12.2, 12.1], 13),  #          4.13   62.5  15.1
    ([14.5, 14.1], 14),  #         14.2    75.0   5.29
    ([13.9, 13.7], 15),  #          7.30   87.5  12.0
    ([12.5, 12.3], 16),  #          8.13  100.0  12.3
    ([11.2, 11.0], 17),  #          9.09  112.5  12.4
    ([10.5, 10.3], 16),  #          9.71  100.0  10.3
]


def stream(looks):
    """The losses of looks, and which are training losses."""
    losses = [loss for training, look in looks for loss in (*training, look)]
    marks = [mark for training, _ in looks for mark in (*[True] * len(training), False)]
    return losses, marks


@pytest.mark.parametrize(("alpha", "time"), [(2.0, 3), (3.8, 5), (11.6, 6), (15.1, 8), (15.3, 0)])
def test_the_progress_of_training_is_weighed_against_the_rise_of_the_loss(alpha, time):
    assert stopping_time(PQ(alpha, k=2), *stream(LOOKS)) == time


@pytest.mark.parametrize(
    ("criterion", "looks", "time"),
    [
        (PQ(k=2), [([5, 5], 1)], 1),  # no progress
        (PQ(k=2), [([-5, -5], 1)], 1),
        (PQ(k=2), [([0, 0], 1)], 1),
        (PQ(k=3), [([0.1, 0.1, 0.1], 1)], 1),  # none, and no rounding
        (PQ(k=2), [([5], 1), ([], 1)], 0),  # too few training losses
        (PQ(k=2), [([5], 1), ([5], 1)], 2),  # k of them in all
        (PQ(k=2), [([], 1), ([], 2), ([], 3)], 0),
        (PQ(1e-9, k=2), [([-4, -5], -1.0), ([-5, -6], -1.0)], 0),  # negative, and getting on
        (PQ(0.1, k=2), [([-4, -5], -1.0), ([-5, -6], -0.9)], 2),  # GL 10, P 83.3: 0.12
        (PQ(0.13, k=2), [([-4, -5], -1.0), ([-5, -6], -0.9)], 0),
        (PQ(k=2), [([1, 0], 1), ([1, 0], 9)], 0),  # progress without bounds
        (PQ(k=2), [([NAN, 5], 1), ([5, NAN], 9)], 0),
        (PQ(k=2), [([INF, 5], 1), ([INF, 5], 9)], 0),
        (PQ(k=2), [([INF, INF], 1)], 0),
        (PQ(k=2), [([6, 5], NAN), ([5, 4], 1), ([4, 3], 1)], 0),
        (PQ(k=2, tol=100.0), [([6, 5], 1)], 1),  # P is exactly 100
        (PQ(k=2, tol=99.0), [([6, 5], 1)], 0),
        (PQ(0.24, k=5), [([9, 8], 1), ([7, 6], 1), ([5], 2)], 3),  # 100 % over 400 per mille: 0.25
        (PQ(0.26, k=5), [([9, 8], 1), ([7, 6], 1), ([5], 2)], 0),
    ],
)
def test_progress_in_special_cases(criterion, looks, time):
    assert stopping_time(criterion, *stream(looks)) == time


def test_progress_is_asked_for_right_after_a_look_only():
    stopper = EarlyStopper(PQ(k=2))
    given = [(5, True), (5, True), (1, False), (5, True)]
    assert [stopper.done(loss, training) for loss, training in given] == [False, False, True, False]


def test_training_losses_are_passed_over_except_where_a_rule_says_so():
    marks = [False, True, False, False]
    assert stopping_time(InvalidValue(), [1.0, NAN, 1.0, 1.0], marks) == 1
    assert stopping_time(Patience(1), [1.0, 5.0, 0.5, 0.6], marks) == 3
    assert stopping_time(NumberLimit(2), [1.0] * 4, marks) == 2
    assert stopping_time(NumberSinceBest(1), [1.0, 0.5, 0.75, 0.75], marks) == 3
    assert stopping_time(GL(10.0), [1.0, 0.5, 0.75, 1.2], marks) == 3
    assert stopping_time(Threshold(0.7), [1.0, 0.5, 0.75, 0.6], marks) == 3
    assert stopping_time(Warmup(NumberLimit(1), n=2), [1.0] * 4, marks) == 2


def test_an_invalid_training_loss_is_remembered_until_someone_asks():
    rule = InvalidValue()
    state = rule.update(rule.update(rule.init(), NAN, training=True), 1.0)
    assert rule.done(state)
    assert rule.message(state) == "the loss is nan"


def test_time_is_counted_from_the_first_loss(monkeypatch):
    seconds = iter([1000.0, 1000.0 + 1800, 1000.0 + 3600, 1000.0 + 3601])
    monkeypatch.setattr(clocks, "monotonic", lambda: next(seconds))
    stopper = EarlyStopper(TimeLimit(t=1.0))
    assert [stopper.done(0.5) for _ in range(4)] == [False, False, False, True]
    assert stopper.message == "more than 1 hours went by (TimeLimit(t=1.0))"


def test_time_between_two_trainings_is_not_counted(monkeypatch):
    seconds = iter([0.0, 1800.0, 9e6, 9e6 + 1799, 9e6 + 1801])
    monkeypatch.setattr(clocks, "monotonic", lambda: next(seconds))
    rule = TimeLimit(1.0)
    state = rule.update(rule.update(rule.init(), 1.0), 1.0, training=True)
    for later in (rule.resumed(state), rule.load(json.loads(json.dumps(rule.dump(state))))):
        assert later == (None, 0.5, 0.5)
    for expected in (False, False, True):
        later = rule.update(later, 1.0)
        assert rule.done(later) == expected


def test_a_time_limit_takes_a_timedelta():
    assert TimeLimit(timedelta(minutes=90)) == TimeLimit(t=1.5)


def test_defaults_are_those_of_mlj():
    assert (Patience().n, NumberLimit().n, TimeLimit().t) == (5, 100, 0.5)
    assert (NumberSinceBest().n, NumberSinceBest().min_delta) == (6, 0.0)
    assert (GL().alpha, PQ().alpha, PQ().k, PQ().tol) == (2.0, 0.75, 5, np.finfo(float).eps)
    assert (Threshold().value, Warmup(Never()).n, kf.Step().n) == (0.0, 1, 1)


def test_other_names_of_the_same():
    assert NotANumber is InvalidValue
    assert UP is Patience


# sums of rules


def test_rules_add_up_to_a_rule():
    rule = Patience(3) + NumberLimit(5) + InvalidValue()
    assert rule == Disjunction(Patience(3), NumberLimit(5), InvalidValue())
    assert repr(rule) == "Patience(n=3) + NumberLimit(n=5) + InvalidValue()"
    assert Patience(3) + (NumberLimit(5) + InvalidValue()) == rule


def test_never_is_the_zero_of_the_sum():
    assert Patience(3) + Never() == Never() + Patience(3) == Patience(3)
    assert Never() + Never() == Never()
    assert sum([Patience(3), NumberLimit(5)], Never()) == Patience(3) + NumberLimit(5)


def test_equal_rules_in_a_sum_are_one():
    assert Patience(3) + Patience(3) == Patience(3)
    assert len((Patience(3) + NumberLimit(5) + Never() + Patience(3)).criteria) == 2


def test_a_sum_says_which_of_its_rules_was_met():
    rule = Warmup(Patience(2) + Threshold(0.0), n=1) + NumberLimit(9)
    stopper = EarlyStopper(rule)
    assert [stopper.done(loss) for loss in (1.0, 2.0, -0.5)] == [False, False, True]
    assert stopper.message == "the loss is -0.5, below 0 (Threshold())"
    assert repr(rule) == "Warmup(criterion=Patience(n=2) + Threshold()) + NumberLimit(n=9)"


def test_a_sum_without_rules_and_of_one():
    assert repr(Disjunction()) == "Disjunction()"
    assert repr(Disjunction(Patience(2))) == "Disjunction(Patience(n=2))"
    assert EarlyStopper(Disjunction()).message == ""


def test_rules_are_records_that_are_copied_and_written():
    rule = Warmup(Patience(2) + GL(3.0) + PQ(k=3), n=2) + TimeLimit(1.0)
    for other in (copied(rule), copy.deepcopy(rule), pickle.loads(pickle.dumps(rule))):
        assert other == rule
    assert from_json(json.loads(json.dumps(to_json(rule)))) == rule


def test_adding_something_else_is_a_type_error():
    with pytest.raises(TypeError):
        Patience(3) + 1


# states


def test_a_state_outlives_the_process_as_json():
    rule = PQ(k=2) + NumberSinceBest(3) + Warmup(Patience(2), n=2) + InvalidValue() + Threshold()
    state = rule.init()
    for loss, training in [(NAN, True), (5.0, True), (INF, False), (4.0, True)]:
        state = rule.update(state, loss, training)
    read = rule.load(json.loads(json.dumps(rule.dump(state))))
    assert repr(read) == repr(state)  # NaN is in it, and named tuples are
    assert repr(rule.update(read, 1.0)) == repr(rule.update(state, 1.0))


@pytest.mark.parametrize(
    ("new", "old", "loosens"),
    [
        (Patience(5), Patience(5), True),
        (Patience(6), Patience(5), True),
        (Patience(4), Patience(5), False),
        (Patience(6), NumberLimit(5), False),
        (NumberLimit(500), NumberLimit(100), True),
        (NumberLimit(50), NumberLimit(100), False),
        (NumberSinceBest(9), NumberSinceBest(6), True),
        (NumberSinceBest(5), NumberSinceBest(6), False),
        (NumberSinceBest(9, min_delta=0.1), NumberSinceBest(6), False),
        (GL(3.0), GL(2.0), True),
        (GL(1.0), GL(2.0), False),
        (PQ(1.0), PQ(0.75), True),
        (PQ(0.75, tol=1e-20), PQ(0.75), True),
        (PQ(1.0, tol=1e-3), PQ(0.75), False),
        (PQ(1.0, k=6), PQ(0.75), False),
        (Threshold(-1.0), Threshold(0.0), True),
        (Threshold(1.0), Threshold(0.0), False),
        (TimeLimit(2.0), TimeLimit(1.0), True),
        (TimeLimit(0.5), TimeLimit(1.0), False),
        (InvalidValue(), InvalidValue(), True),
        (Never(), Never(), True),
        (Never(), Patience(5), False),
        (Warmup(Patience(6), 2), Warmup(Patience(5), 2), True),
        (Warmup(Patience(6), 3), Warmup(Patience(5), 2), False),
        (Warmup(Patience(6), 2), Patience(5), False),
        (Patience(6) + NumberLimit(9), Patience(5) + NumberLimit(9), True),
        (Patience(4) + NumberLimit(9), Patience(5) + NumberLimit(9), False),
        (NumberLimit(9) + Patience(6), Patience(5) + NumberLimit(9), False),
        (Patience(6), Patience(5) + NumberLimit(9), False),
        (Patience(5) + NumberLimit(9), Patience(5), False),
        (Patience(5) + NumberLimit(9), Patience(5) + NumberLimit(9) + InvalidValue(), False),
        (PQ(), GL(), False),
    ],
)
def test_which_rules_go_on_where_others_stopped(new, old, loosens):
    assert new.loosens(old) is loosens


# several rules at once


def test_any_of_several_criteria_stops_and_says_so():
    stopper = EarlyStopper(InvalidValue(), Patience(2), NumberLimit(10))
    assert stopper.message == ""
    assert [stopper.done(loss) for loss in (1.0, 2.0, 3.0)] == [False, False, True]
    assert stopper.message == "the loss rose 2 times in a row (Patience(n=2))"
    assert repr(stopper) == "EarlyStopper(InvalidValue(), Patience(n=2), NumberLimit(n=10))"


@pytest.mark.parametrize(
    ("criterion", "losses", "message"),
    [
        (InvalidValue(), [NAN], "the loss is nan"),
        (NumberLimit(1), [1.0], "the loss was looked at once"),
        (
            NumberSinceBest(2),
            [1.5, 2.0, 2.0],
            "the loss had no new best for 2 looks, the best was 1.5 ",
        ),
        (NumberSinceBest(1), [NAN], r"had no new best for 1 look \(NumberSinceBest"),
        (GL(10.0), [2.0, 2.5], r"the loss is 25 % above its best, 2\.0"),
        (Threshold(1.0), [0.5], "the loss is 0.5, below 1"),
        (TimeLimit(1e-12), [1.0, 1.0], "hours went by"),
    ],
)
def test_what_rules_say(criterion, losses, message):
    stopper = EarlyStopper(criterion)
    assert [stopper.done(loss) for loss in losses][-1]
    assert re.search(message, stopper.message)


def test_what_the_rule_about_progress_says():
    stopper = EarlyStopper(PQ(2.0, k=2))
    for loss, mark in zip(*stream(LOOKS[:3]), strict=True):
        stopper.done(loss, mark)
    assert stopper.message.startswith(
        "the loss is 12.5 % above its best while training progresses 6.02 (PQ("
    )
    assert PQ().message(PQ().init()) == "there is nothing to compare yet"
    assert Never().message(None) == "never"
    assert Disjunction().message(()) == Disjunction().reason(()) == "no rule is met"


def test_reset_forgets_all_losses():
    stopper = EarlyStopper(NumberLimit(2))
    assert [stopper.done(1.0), stopper.done(1.0)] == [False, True]
    stopper.reset()
    assert stopper.message == ""
    assert [stopper.done(1.0), stopper.done(1.0)] == [False, True]


def test_no_criteria_never_stop():
    stopper = EarlyStopper()
    assert not any(stopper.done(loss) for loss in (NAN, INF, 1.0))


def test_numbers_of_other_libraries_are_losses():
    losses = [np.float32(1.0), Fraction(3, 2), np.array(2.0), 3]
    assert stopping_time(Patience(3), losses) == 4


def test_criteria_are_pure_functions_of_an_explicit_state():
    criterion = Patience(2)
    before = criterion.update(criterion.init(), 1.0)
    assert criterion.update(before, 2.0) == criterion.update(before, 2.0)
    assert not criterion.done(before)
    assert copy.deepcopy(criterion) == criterion


def test_the_time_of_a_stop_counts_looks_only():
    losses, marks = [9.0, NAN, 8.0, 7.0], [True, True, False, False]
    assert stopping_time(NumberLimit(2), losses, is_training=marks) == 2
    assert stopping_time(InvalidValue(), [1.0, *losses], is_training=[False, *marks]) == 1
    assert stopping_time(InvalidValue(), losses, is_training=np.array(marks)) == 0


def test_losses_are_read_no_further_than_the_stop():
    losses = iter([1.0, 2.0, 3.0, 4.0])
    assert stopping_time(Patience(1), losses) == 2
    assert next(losses) == 3.0


class Wavering(Criterion):
    """A rule of a third party: stops when the sign changes."""

    def init(self):
        return (None, False)

    def update(self, state, loss, training=False):
        return (loss, state[0] is not None and state[0] * loss < 0)

    def done(self, state):
        return state[1]

    def message(self, state):
        return "the sign changed"


def test_rules_of_ones_own_add_up_with_the_others():
    assert stopping_time(Wavering() + Patience(9), [1.0, 2.0, -1.0]) == 3
    assert Wavering().loosens(Wavering())
    assert not Wavering().loosens(Never())
    state = Wavering().update(Wavering().init(), 1.0)
    assert Wavering().load(json.loads(json.dumps(Wavering().dump(state)))) == state


class Always(Never):
    """A rule of a third party that stops before anything was seen."""

    def done(self, state):
        return True


def test_a_warmup_does_not_ask_its_rule_before():
    assert stopping_time(Warmup(Always(), n=3), WALK) == 3


# refusals


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: Patience(0),
        lambda: NumberLimit(n=2.5),
        lambda: NumberSinceBest(0),
        lambda: NumberSinceBest(2, min_delta=-0.1),
        lambda: NumberSinceBest(2, min_delta=NAN),
        lambda: TimeLimit(t=0),
        lambda: TimeLimit(t=-1.0),
        lambda: GL(0.0),
        lambda: GL(NAN),
        lambda: PQ(alpha=0.0),
        lambda: PQ(k=1),
        lambda: PQ(k=INF),
        lambda: PQ(tol=0.0),
        lambda: Threshold("low"),
        lambda: Warmup(Patience(3), n=0),
        lambda: Warmup(Patience),
        lambda: Warmup(),
        lambda: Disjunction(Patience(3), 4),
        lambda: EarlyStopper(3),
        lambda: stopping_time(3, [1.0]),
    ],
)
def test_values_that_criteria_can_not_have_are_refused(provoke):
    with pytest.raises(HyperparameterError):
        provoke()


def test_a_class_in_place_of_a_criterion_is_recognised():
    with pytest.raises(HyperparameterError, match=r"Write Patience\(\)"):
        EarlyStopper(Patience)


def test_a_loss_that_is_no_number_is_refused():
    with pytest.raises(MeasureError, match="no number"):
        EarlyStopper(InvalidValue()).done([1.0, 2.0])


def test_marks_of_another_number_than_losses_are_refused():
    with pytest.raises(ArgumentError, match="2 values, one for each loss"):
        stopping_time(Patience(3), [1.0, 2.0], is_training=[True])
