"""The loop over controls, with a toy of twenty lines: Newton's iteration for a square root."""

import json
import math

import pytest

from kerasflux.control.callbacks import Callback, WithLossDo, WithNumberDo
from kerasflux.control.clocks import TimeLimit
from kerasflux.control.controls import (
    Control,
    Stopping,
    as_control,
    carried,
    checked,
    dump_states,
    load_states,
    loosened,
)
from kerasflux.control.counting import NumberLimit, NumberSinceBest, Patience
from kerasflux.control.criteria import Never
from kerasflux.control.loop import Loop, run_controls
from kerasflux.control.progress import PQ
from kerasflux.control.steps import Data, Step
from kerasflux.control.telling import Error, Info, Warn
from kerasflux.control.trainable import Replay
from kerasflux.control.values import InvalidValue, Threshold
from kerasflux.errors import ArgumentError, HyperparameterError

NAN = float("nan")


class Rooter:
    """Approaches the square root of a number; its loss is how far its square is off."""

    def __init__(self, number):
        self.model, self.root = {"number": number}, number
        self.n_cycles = self.n_iterations = 0
        self.training_losses, self.told = [], []
        self.evaluation = self.report = self.fitted_params = None

    @property
    def loss(self):
        return abs(self.root**2 - self.model["number"]) if self.n_iterations else None

    measurement = loss

    @property
    def machine(self):
        return self

    def train(self, n):
        for _ in range(n):
            self.root = (self.root + self.model["number"] / self.root) / 2
            self.n_iterations += 1
            self.training_losses.append(self.loss)

    def get(self, path):
        return self.model[path]

    def set(self, path, value):
        self.model[path] = value

    def ingest(self, item):
        self.model["number"] = item

    def save(self, path):
        raise AssertionError

    def say(self, text):
        self.told.append(text)

    warn = say


def test_training_goes_on_until_a_rule_stops_it():
    rooter = Rooter(4.0)
    loop = run_controls(rooter, [Step(2), Threshold(1e-9), NumberLimit(100)])
    assert math.isclose(rooter.root, 2.0)
    assert rooter.n_iterations == 6 == 2 * rooter.n_cycles
    assert loop.stopped_by == Threshold(1e-9)
    assert rooter.told == [f"stopped after 6 iterations: {loop.message}"]
    assert loop.message.endswith("below 1e-09 (Threshold(value=1e-09))")


def test_all_controls_of_a_cycle_are_applied_before_a_stop_is_acted_on():
    seen = []
    controls = [NumberLimit(1), WithLossDo(seen.append), Step(1), WithLossDo(seen.append)]
    loop = run_controls(Replay([5.0, 4.0, 3.0]), controls, verbosity=0)
    # the first cycle has nothing to look at before its step; the second one is done to its end
    assert seen == [5.0, 5.0, 4.0]
    assert loop.trainable.n_iterations == 2


@pytest.mark.parametrize(
    ("controls", "iterations"),
    [
        ([Step(1), NumberLimit(3)], 3),
        ([NumberLimit(3), Step(1)], 4),  # sees what the cycle before has left
        ([Step(1), Step(2), NumberLimit(2)], 6),
        ([Step(1), Patience(1), NumberLimit(9)], 4),
        ([Patience(1), Step(1), NumberLimit(9)], 5),
        ([Step(2), Patience(1), NumberLimit(4)], 8),
        ([Step(1), NumberSinceBest(2), NumberLimit(9)], 5),
        ([Step(1), NumberSinceBest(2) + Threshold(2.5)], 3),
        ([Step(1), WithNumberDo(lambda n: n == 2, stop_if_true=True)], 2),
    ],
)
def test_where_lists_of_controls_stop(controls, iterations):
    replay = Replay([4.0, 3.0, 2.0, 2.5, 2.2, 1.0, 0.5, 0.4, 0.3])
    run_controls(replay, controls, verbosity=0)
    assert replay.n_iterations == iterations


def test_a_loop_of_losses_that_are_negated_scores():
    accuracies = [0.5, 0.7, 0.8, 0.8, 0.79, 0.81, 0.7, 0.7, 0.7]
    replay = Replay([-score for score in accuracies])
    run_controls(replay, [Step(), NumberSinceBest(3), NumberLimit(99)], verbosity=0)
    assert replay.n_iterations == 9  # 0.81 was the best, in the sixth


def test_every_training_loss_is_fed_once_whatever_the_order():
    fed = []

    class Listening(Never):
        def update(self, state, loss, training=False):
            fed.append((loss, training))

    def stream(controls):
        fed.clear()
        replay = Replay([0.9, 0.8, 0.7, 0.6], training_losses=[0.5, 0.4, 0.3, 0.2])
        run_controls(replay, [*controls, NumberLimit(2)], verbosity=0)
        return [loss for loss, training in fed if training], [
            x for x, training in fed if not training
        ]

    assert stream([Step(2), Listening()]) == ([0.5, 0.4, 0.3, 0.2], [0.8, 0.6])
    assert stream([Step(1), Step(1), Listening()]) == ([0.5, 0.4, 0.3, 0.2], [0.8, 0.6])
    assert stream([Listening(), Step(2)]) == ([0.5, 0.4], [0.8])


def test_progress_is_judged_by_all_training_losses():
    replay = Replay([1.0, 1.0, 1.0], training_losses=[5.0, 5.0, 5.0])
    loop = run_controls(replay, [Step(), PQ(k=3), NumberLimit(9)], verbosity=0)
    assert replay.n_iterations == 3
    assert isinstance(loop.stopped_by, PQ)


def test_a_nan_among_the_training_losses_stops_at_the_end_of_the_cycle():
    replay = Replay([1.0] * 4, training_losses=[1.0, NAN, 1.0, 1.0])
    loop = run_controls(replay, [Step(4), InvalidValue()], verbosity=0)
    assert loop.message == "the loss is nan (InvalidValue())"


def test_training_that_ends_by_itself_ends_the_loop():
    replay = Replay([0.9, 0.8, 0.7])
    loop = run_controls(replay, [Step(2), NumberLimit(9)])
    assert loop.stopped_by == Step(2)
    assert loop.message == "training ended by itself after 3 iterations (Step(n=2))"
    assert loop.outcomes[0] == (Step(2), {"iterations": 3})


def test_training_that_ended_by_itself_is_tried_again_where_a_loop_goes_on():
    replay, controls = Replay([0.9, 0.8, 0.7]), [Step(2), NumberLimit(9)]
    loop = run_controls(replay, controls, verbosity=0)
    replay.losses += [0.6, 0.5]
    again = run_controls(replay, controls, loop.states, verbosity=0)
    assert replay.n_iterations == 5
    assert again.stopped_by == Step(2)


def test_what_controls_report_stands_in_the_order_of_the_list():
    controls = [Step(), Patience(1), Info(), NumberLimit(2)]
    loop = run_controls(Replay([0.9, 0.8, 0.7]), controls, verbosity=0)
    assert [control for control, _ in loop.outcomes] == [Step(), Patience(1), NumberLimit(2)]
    assert [outcome for _, outcome in loop.outcomes] == [
        {"iterations": 2},
        {"done": False, "log": ""},
        {"done": True, "log": "the loss was looked at 2 times"},
    ]


def test_cycle_by_cycle_is_the_same_as_at_once():
    losses, controls = [4.0, 3.0, 2.0, 2.5, 2.2], [Step(), Patience(1), NumberLimit(9)]
    loop = Loop(Replay(losses), controls)
    places = []
    while loop.step():
        places.append(loop.trainable.n_iterations)
        assert loop.trainable.n_cycles == len(places)
    assert places == [1, 2, 3, 4]
    assert loop.outcomes == []
    loop.takedown()
    loop.takedown()
    assert len(loop.outcomes) == 3
    assert loop.states == run_controls(Replay(losses), controls, verbosity=0).states


def test_a_loop_goes_on_from_its_states_where_a_limit_is_raised():
    losses = [4.0, 3.0, 2.0, 2.5, 2.2, 2.4, 2.5, 1.0]
    replay = Replay(losses)
    first = [Step(), Patience(2), NumberLimit(4)]
    loop = run_controls(replay, first, verbosity=0)
    assert loop.stopped_by == NumberLimit(4)
    second = [Step(), Patience(2), NumberLimit(99)]
    assert loosened(second, first)
    loop = run_controls(replay, second, loop.states, verbosity=0)
    whole = run_controls(Replay(losses), second, verbosity=0)
    assert replay.n_iterations == whole.trainable.n_iterations == 7
    assert loop.states == whole.states
    assert replay.n_cycles == 7
    assert loop.stopped_by == Patience(2)


def test_a_loop_that_was_stopped_stays_stopped_where_that_rule_did_not_change():
    replay = Replay([1.0, 2.0, 1.0, 0.5])
    loop = run_controls(replay, [Step(), Patience(1), NumberLimit(2)], verbosity=0)
    raised = [Step(), Patience(1), NumberLimit(9)]
    again = run_controls(replay, raised, loop.states, verbosity=0)
    assert replay.n_iterations == 2
    assert again.stopped_by == Patience(1)
    higher = run_controls(replay, [Step(), Patience(3), NumberLimit(9)], loop.states, verbosity=0)
    assert replay.n_iterations == 4
    assert higher.stopped_by == Step()  # the record is at its end


def test_states_outlive_the_process_as_json():
    controls = [Step(), Patience(2), PQ(k=2), Data([1, 2, 3]), TimeLimit(1.0), NumberLimit(2)]
    replay = Replay([3.0, 4.0, 5.0, 6.0], training_losses=[3.0, 2.0, 1.0, 0.5])
    loop = run_controls(replay, controls, verbosity=0)
    written = json.dumps(dump_states(controls, loop.states))
    read = load_states(controls, json.loads(written))
    longer = [*controls[:-1], NumberLimit(9)]
    again = run_controls(replay, longer, read, verbosity=0)
    assert replay.n_iterations == 3
    assert again.stopped_by == Patience(2)
    assert replay.ingested == [1, 2, 3]


def test_states_are_carried_over_to_another_list():
    old = [Step(), Patience(2), NumberLimit(4), Patience(3)]
    states = run_controls(Replay([4.0, 5.0, 4.0, 5.0]), old, verbosity=0).states
    new = [Step(), NumberSinceBest(5), Patience(2), NumberLimit(9)]
    assert carried(new, old, states) == [
        states[0],
        Stopping(NumberSinceBest(5)).init(),
        states[1],
        states[2],
    ]
    assert carried([NumberLimit(3), Step()], old, states)[0] == Stopping(NumberLimit(3)).init()
    assert carried([NumberLimit(9), Step()], old, states)[1] == Step().init()  # stood before
    assert carried([Patience(3), Patience(3)], old[:2], states[:2]) == [
        states[1],
        Stopping(Patience(3)).init(),
    ]


def test_a_list_with_more_or_fewer_controls_is_another_one():
    assert not loosened([Step(), NumberLimit(9)], [Step(), Patience(2), NumberLimit(9)])
    assert not loosened([Step(), Patience(2), NumberLimit(9)], [Step(), NumberLimit(9)])


def test_states_that_are_carried_over_forget_what_holds_only_without_a_pause():
    old = [Step(2), NumberLimit(9)]
    states = run_controls(Replay([0.9, 0.8, 0.7]), old, verbosity=0).states
    assert states[0].ended
    assert not carried(old, old, states)[0].ended


def test_a_cycle_that_raises_changes_no_state_and_is_not_counted():
    def fails(n):
        if n == 3:
            raise KeyboardInterrupt

    taken_down = []

    class Closing(Control):
        def update(self, state, trainable, cycle, verbosity):
            return cycle

        def takedown(self, state, trainable, verbosity):
            taken_down.append(state)
            return {"cycles": state}

    replay = Replay([4.0, 3.0, 2.0, 1.0])
    controls = [Closing(), Step(), NumberLimit(9), WithNumberDo(fails)]
    loop = Loop(replay, controls)
    assert [loop.step(), loop.step()] == [True, True]
    with pytest.raises(KeyboardInterrupt):
        loop.step()
    assert (replay.n_cycles, replay.n_iterations) == (2, 3)
    assert loop.states[0] == 2
    assert loop.states[2].inner == 2
    assert loop.stopped_by is None
    with pytest.raises(KeyboardInterrupt):
        run_controls(Replay([4.0, 3.0, 2.0, 1.0]), controls, verbosity=0)
    assert taken_down == [2]


def test_every_control_is_taken_down_even_if_one_fails_at_it():
    class Failing(Control):
        def update(self, state, trainable, cycle, verbosity):
            return None

        def takedown(self, state, trainable, verbosity):
            raise OSError("the disk is full")

    loop = Loop(Replay([1.0]), [Failing(), Step(), NumberLimit(1)])
    loop.step()
    with pytest.raises(OSError, match="disk is full"):
        loop.takedown()
    assert [control for control, _ in loop.outcomes] == [Step(), NumberLimit(1)]


def test_an_exception_of_a_control_is_raised_after_the_takedown():
    error = Error(lambda m: m.loss > 3, "it blew up", ArithmeticError)
    loop = Loop(Replay([2.0, 4.0]), [Step(), error, NumberLimit(9)])
    while loop.step():
        pass
    loop.takedown()
    assert len(loop.outcomes) == 3
    assert isinstance(loop.failure, ArithmeticError)
    with pytest.raises(ArithmeticError, match="it blew up"):
        run_controls(Replay([2.0, 4.0]), [Step(), error, NumberLimit(9)], verbosity=0)


def test_controls_that_are_stopped_at_once_tell_the_first_of_the_list():
    loop = run_controls(Replay([1.0, 2.0]), [Step(), NumberLimit(1), Threshold(9.0)], verbosity=0)
    assert loop.stopped_by == NumberLimit(1)


class Halving(Control):
    """A control of a third party that trains as often as it likes, and stops by itself."""

    n: int = 8

    @property
    def trains(self):
        return True

    def init(self):
        return self.n

    def update(self, state, trainable, cycle, verbosity):
        trainable.train(state)
        return state // 2

    def done(self, state):
        return state == 0

    def message(self, state):
        return "nothing is left"


def test_controls_of_ones_own_train_and_stop():
    replay = Replay(range(20))
    loop = run_controls(replay, [Halving()])
    assert replay.n_iterations == 8 + 4 + 2 + 1
    assert loop.message == "nothing is left (Halving())"


# refusals


@pytest.mark.parametrize(
    ("controls", "match"),
    [
        ([Step(1)], "train forever"),
        ([Step(1), Never(), Info(), Data([1])], "train forever"),
        ([Step(1), Callback(print)], "train forever"),
        ([], "None of these controls trains"),
        ([Patience(3), Info()], "None of these controls trains"),
        (Step(1), "come as a list"),
        ([Step(1), 5], "5 is no control"),
        ([Step(1), Patience], r"Write Patience\(\)"),
        ([Step, Patience(3)], r"Write Step\(\)"),
        ([Step(1), print], r"Write Callback\(f\)"),
    ],
)
def test_lists_that_make_no_sense_are_refused(controls, match):
    with pytest.raises(HyperparameterError, match=match):
        checked(controls)


def test_lists_that_make_sense_come_back_as_given():
    controls = [Step(1), Patience(3), Warn(bool, "no")]
    assert checked(controls) == tuple(controls)
    assert checked(tuple(controls))[1] is controls[1]
    assert checked([Step(1), Data([1], stop_when_exhausted=True)])
    assert checked([Step(1), Callback(bool, stop_if_true=True)])
    assert checked([Step(1), Error(bool)])


def test_rules_among_controls_are_wrapped_once():
    assert as_control(Patience(3)) == Stopping(Patience(3))
    assert as_control(as_control(Patience(3))) == Stopping(Patience(3))
    assert Stopping(Patience(4)).loosens(Stopping(Patience(3)))
    assert not Stopping(Patience(4)).loosens(Step())


def test_states_of_another_number_than_controls_are_refused():
    states = [Step().init()]
    with pytest.raises(ArgumentError, match="2 states"):
        Loop(Replay([1.0]), [Step(), NumberLimit(1)], states)


def test_an_error_says_which_control_failed_and_when():
    with pytest.raises(ZeroDivisionError) as caught:
        run_controls(Rooter(2.0), [Step(), Callback(lambda machine: 1 / 0), NumberLimit(3)])
    (note,) = caught.value.__notes__
    assert note.startswith("This happened in the control Callback(")
    assert note.endswith("in cycle 1.")
