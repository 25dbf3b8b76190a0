"""Stopping criteria over streams of losses."""

import copy
from datetime import timedelta

import pytest

from kerasflux.control import stopping
from kerasflux.control.stopping import (
    UP,
    EarlyStopper,
    InvalidValue,
    NotANumber,
    NumberLimit,
    Patience,
    TimeLimit,
)
from kerasflux.errors import HyperparameterError, MeasureError

NAN, INF = float("nan"), float("inf")


def stop_at(criterion, losses, training=()):
    """The place in the stream where a stopper stops, None if it never does."""
    stopper = EarlyStopper(criterion)
    stops = (i for i, loss in enumerate(losses) if stopper.done(loss, training=i in training))
    return next(stops, None)


@pytest.mark.parametrize(
    ("criterion", "losses", "place"),
    [
        (InvalidValue(), [1.0, 0.5, NAN], 2),
        (InvalidValue(), [1.0, INF], 1),
        (InvalidValue(), [-INF], 0),
        (InvalidValue(), [1.0, 2.0], None),
        (Patience(1), [1.0, 1.0, 1.1], 2),
        (Patience(2), [3.0, 4.0, 3.5, 4.0, 4.5], 4),
        (Patience(2), [3.0, 4.0, 4.0, 5.0], None),
        (Patience(3), [1.0, 2.0, 3.0], None),
        (Patience(1), [NAN, 2.0, 3.0], 2),
        (NumberLimit(3), [1.0, 1.0, 1.0, 1.0], 2),
        (NumberLimit(1), [1.0], 0),
    ],
)
def test_when_each_criterion_stops(criterion, losses, place):
    assert stop_at(criterion, losses) == place


def test_training_losses_are_passed_over_except_for_invalid_values():
    assert stop_at(InvalidValue(), [1.0, NAN, 1.0], training={1}) == 1
    assert stop_at(Patience(1), [1.0, 5.0, 0.5, 0.6], training={1}) == 3
    assert stop_at(NumberLimit(2), [1.0, 1.0, 1.0], training={0}) == 2


def test_time_is_counted_from_the_first_loss(monkeypatch):
    seconds = iter([1000.0, 1000.0 + 1800, 1000.0 + 3600, 1000.0 + 3601])
    monkeypatch.setattr(stopping, "monotonic", lambda: next(seconds))
    stopper = EarlyStopper(TimeLimit(t=1.0))
    assert [stopper.done(0.5) for _ in range(4)] == [False, False, False, True]
    assert stopper.message == "more than 1 hours went by (TimeLimit(t=1.0))"


def test_a_time_limit_takes_a_timedelta():
    assert TimeLimit(timedelta(minutes=90)) == TimeLimit(t=1.5)


def test_defaults_are_those_of_mlj():
    assert (Patience().n, NumberLimit().n, TimeLimit().t) == (5, 100, 0.5)


def test_other_names_of_the_same():
    assert NotANumber is InvalidValue
    assert UP is Patience


def test_any_of_several_criteria_stops_and_says_so():
    stopper = EarlyStopper(InvalidValue(), Patience(2), NumberLimit(10))
    assert stopper.message == ""
    assert [stopper.done(loss) for loss in (1.0, 2.0, 3.0)] == [False, False, True]
    assert stopper.message == "the loss rose 2 times in a row (Patience(n=2))"
    assert repr(stopper) == "EarlyStopper(InvalidValue(), Patience(n=2), NumberLimit(n=10))"


def test_invalid_losses_are_named():
    stopper = EarlyStopper(InvalidValue())
    stopper.done(NAN)
    assert stopper.message == "the loss is nan (InvalidValue())"
    stopper = EarlyStopper(NumberLimit(1))
    stopper.done(1.0)
    assert stopper.message == "the loss was looked at once (NumberLimit(n=1))"


def test_reset_forgets_all_losses():
    stopper = EarlyStopper(NumberLimit(2))
    assert [stopper.done(1.0), stopper.done(1.0)] == [False, True]
    stopper.reset()
    assert stopper.message == ""
    assert [stopper.done(1.0), stopper.done(1.0)] == [False, True]


def test_no_criteria_never_stop():
    stopper = EarlyStopper()
    assert not any(stopper.done(loss) for loss in (NAN, INF, 1.0))


def test_criteria_are_pure_functions_of_an_explicit_state():
    criterion = Patience(2)
    before = criterion.update(criterion.init(), 1.0)
    assert criterion.update(before, 2.0) == criterion.update(before, 2.0)
    assert not criterion.done(before)
    assert copy.deepcopy(criterion) == criterion


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: Patience(0),
        lambda: NumberLimit(n=2.5),
        lambda: TimeLimit(t=0),
        lambda: TimeLimit(t=-1.0),
        lambda: EarlyStopper(3),
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
