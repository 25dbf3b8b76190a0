"""Controls one by one, on losses played back."""

import itertools
import json

import numpy as np
import pytest

from kerasflux.control.callbacks import (
    Callback,
    WithEvaluationDo,
    WithFittedParamsDo,
    WithIterationsDo,
    WithLossDo,
    WithMachineDo,
    WithModelDo,
    WithNumberDo,
    WithReportDo,
    WithTrainingLossesDo,
)
from kerasflux.control.combined import composite, louder, skip, with_state_do
from kerasflux.control.controls import as_control, loosened
from kerasflux.control.counting import NumberLimit, NumberSinceBest, Patience
from kerasflux.control.loop import run_controls
from kerasflux.control.snapshots import Save
from kerasflux.control.steps import Data, Step
from kerasflux.control.telling import Error, Info, Warn
from kerasflux.control.trainable import Replay
from kerasflux.control.warmup import Warmup, _Waiting
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import copied, from_json, to_json
from kerasflux.log import KerasfluxWarning

LOSSES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]


def led(*controls, losses=LOSSES, verbosity=0, **options):
    """The loop of controls between a step and a limit of four looks."""
    replay = Replay(losses, **options)
    return run_controls(replay, [Step(), *controls, NumberLimit(4)], verbosity=verbosity)


# what functions get


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (WithLossDo, [0.9, 0.8, 0.7, 0.6]),
        (WithTrainingLossesDo, [[5], [4], [3], [2]]),
        (WithIterationsDo, [1, 2, 3, 4]),
        (WithNumberDo, [1, 2, 3, 4]),
        (WithEvaluationDo, [None] * 4),
        (WithFittedParamsDo, [{"iterations": n} for n in range(1, 5)]),
        (WithReportDo, [{"training_losses": [5, 4, 3, 2][:n]} for n in range(1, 5)]),
    ],
)
def test_what_functions_are_called_with(kind, expected):
    seen = []
    led(kind(seen.append), training_losses=[5, 4, 3, 2, 1, 0])
    assert seen == expected


def test_the_model_and_the_machine_are_those_in_training():
    seen = []
    replay = Replay(LOSSES, settings={"rate": 0.1})
    kinds = [WithModelDo(seen.append), WithMachineDo(seen.append), Callback(seen.append)]
    run_controls(replay, [Step(), *kinds, NumberLimit(1)], verbosity=0)
    assert seen[0] is replay.model
    assert seen[1] is seen[2] is replay.machine


def test_a_model_can_be_changed_between_cycles():
    def slower(model):
        model["rate"] /= 2

    loop = led(WithModelDo(slower), settings={"rate": 1.0})
    assert loop.trainable.get("rate") == 1 / 16


def test_before_the_first_step_functions_of_what_was_learned_are_passed_over():
    seen = []

    def noted(kind, **options):
        return kind(lambda value: seen.append((kind.__name__, value)), **options)

    before = [
        *map(noted, [WithLossDo, WithTrainingLossesDo, WithFittedParamsDo, WithReportDo]),
        *map(noted, [WithEvaluationDo, WithMachineDo, Callback, WithIterationsDo, WithNumberDo]),
        *(noted(WithModelDo), noted(Callback, raw=True), Info(seen.append), Warn(seen.append)),
        *(Error(seen.append), Save("net")),
    ]
    replay = Replay(LOSSES)
    run_controls(replay, [*before, Step(), NumberLimit(1)], verbosity=1)
    assert [name for name, _ in seen] == [
        "WithIterationsDo",
        "WithNumberDo",
        "WithModelDo",
        "Callback",
    ]
    assert replay.saved == []


def test_a_true_answer_stops_where_it_was_said_to():
    def low(loss):
        return np.bool_(loss < 0.75)

    assert led(WithLossDo(low)).trainable.n_iterations == 4
    loop = led(WithLossDo(low, stop_if_true=True, stop_message="low enough"))
    assert loop.trainable.n_iterations == 3
    assert loop.message == "low enough"
    assert loop.outcomes[1][1] == {"done": True, "log": "low enough"}
    assert led(WithLossDo(low, stop_if_true=True)).message == "WithLossDo asked for it"


@pytest.mark.parametrize("answer", [1, "yes", None, [True]])
def test_only_true_is_a_true_answer(answer):
    assert led(Callback(lambda m: answer, stop_if_true=True)).trainable.n_iterations == 4


def test_without_a_function_values_are_printed(capsys):
    led(WithLossDo(), WithIterationsDo(), WithTrainingLossesDo(), WithNumberDo())
    assert capsys.readouterr().out == ""
    led(WithLossDo(), WithTrainingLossesDo(), losses=[0.5], training_losses=[0.25], verbosity=1)
    assert capsys.readouterr().out == (
        "loss: 0.5\ntraining losses: [0.25]\nloss: 0.5\ntraining losses: []\n"
        "stopped after 1 iteration: training ended by itself after 1 iteration (Step())\n"
    )


# what is said


def test_info_prints_what_its_function_gives(capsys):
    led(Info(lambda m: m.loss), verbosity=1)
    assert capsys.readouterr().out.splitlines()[:4] == ["0.9", "0.8", "0.7", "0.6"]
    led(Info(), verbosity=1)
    assert capsys.readouterr().out.startswith("Replay(1 of 6 iterations)\nReplay(2 of 6")
    led(Info(), verbosity=0)
    assert capsys.readouterr().out == ""


def test_warnings_are_given_and_reported():
    with pytest.warns(KerasfluxWarning, match=r"loss 0\.") as warned:
        loop = led(Warn(lambda m: m.loss < 0.75, lambda m: f"loss {m.loss}"))
    assert len(warned) == 2
    assert loop.outcomes[1][1] == {"warnings": ["loss 0.7", "loss 0.6"]}
    silent = led(Warn(lambda m: m.loss < 0.65, "low"), verbosity=-1)
    assert silent.outcomes[1][1] == {"warnings": ["low"]}


def test_an_error_stops_with_a_warning():
    with pytest.warns(KerasfluxWarning, match="too low"):
        loop = led(Error(lambda m: m.loss < 0.75, "too low"))
    assert loop.trainable.n_iterations == 3
    assert loop.outcomes[1][1] == {"done": True, "log": "too low"}
    assert loop.failure is None
    silent = led(Error(lambda m: m.loss < 0.75, "too low"), verbosity=-1)
    assert silent.trainable.n_iterations == 3
    with pytest.warns(KerasfluxWarning, match="its predicate was true"):
        led(Error(lambda m: m.loss < 0.75))


def test_an_error_raises_what_it_was_given():
    mine = RuntimeError("mine")
    with pytest.raises(RuntimeError) as caught:
        led(Error(lambda m: m.loss < 0.75, exception=mine))
    assert caught.value is mine
    with pytest.raises(RuntimeError, match=r"loss 0\.7"):
        led(Error(lambda m: m.loss < 0.75, lambda m: f"loss {m.loss}", RuntimeError))


# files and data


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("machine.kflux", "machine3.kflux"),
        ("runs.old/machine", "runs.old/machine3"),
        ("a.b.kflux", "a.b3.kflux"),
    ],
)
def test_snapshots_are_numbered_before_the_suffix(path, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs.old").mkdir()
    loop = led(Save(path))
    assert len(loop.trainable.saved) == 4
    assert loop.trainable.saved[2] == expected
    assert loop.outcomes[1][1] == {"saved": loop.trainable.saved}


def test_snapshots_are_told_of_where_much_is_told(capsys):
    led(Save("net.kflux"), verbosity=1)
    assert "saved" not in capsys.readouterr().out
    led(Save("net.kflux"), verbosity=2)
    assert "saved net4.kflux\n" in capsys.readouterr().out


def test_snapshots_are_numbered_on_where_training_goes_on(tmp_path):
    replay, save = Replay(LOSSES), Save(tmp_path / "net.kflux")
    loop = run_controls(replay, [Step(), save, NumberLimit(2)], verbosity=0)
    run_controls(replay, [Step(), save, NumberLimit(3)], loop.states, verbosity=0)
    assert replay.saved == [str(tmp_path / f"net{n}.kflux") for n in (1, 2, 3)]


def test_data_is_handed_over_item_by_item():
    assert led(Data(["a", "b"])).trainable.ingested == ["a", "b"]
    assert led(Data(iter("abcdefg"))).trainable.ingested == ["a", "b", "c", "d"]
    assert led(Data({"a": 1, "b": 2})).trainable.ingested == ["a", "b"]
    assert led(Data(np.array([3, 4]))).trainable.ingested == [3, 4]
    assert led(Data([])).trainable.ingested == []
    assert led(Data(["a", "b"])).outcomes[1][1] == {"done": False, "log": "", "items": 2}


def test_data_that_is_used_up_stops_one_cycle_later_where_it_was_said_to(capsys):
    loop = led(Data(["a", "b"], stop_when_exhausted=True))
    assert loop.trainable.n_iterations == 3
    assert loop.outcomes[1][1] == {"done": True, "log": "there is no more data", "items": 2}
    led(Data(["a"]), verbosity=1)
    assert capsys.readouterr().out.count("there is no more data after 1 items") == 1


@pytest.mark.parametrize("items", [["a", "b", "c"], dict.fromkeys("abc"), iter("abc")])
def test_data_goes_on_where_training_goes_on(items):
    replay, data = Replay(LOSSES), Data(items)
    loop = run_controls(replay, [Step(), data, NumberLimit(1)], verbosity=0)
    run_controls(replay, [Step(), data, NumberLimit(3)], loop.states, verbosity=0)
    assert replay.ingested == ["a", "b", "c"]


# controls around controls


def test_skipped_controls_are_applied_in_every_kth_cycle():
    seen = []
    led(skip(WithNumberDo(seen.append), 2))
    assert seen == [2, 4]
    led(skip(WithNumberDo(seen.append), lambda n: n in (1, 4)))
    assert seen == [2, 4, 1, 4]
    led(skip(WithNumberDo(seen.append)))
    assert seen[4:] == [1, 2, 3, 4]


def test_a_skipped_rule_counts_only_the_looks_it_has():
    replay = Replay([3.0, 9.0, 2.0, 8.0, 1.0, 7.0, 0.5])
    controls = [Step(), skip(NumberSinceBest(1), lambda n: n % 2 == 1), NumberLimit(7)]
    assert run_controls(replay, controls, verbosity=0).stopped_by == NumberLimit(7)
    replay = Replay([1.0] * 9)
    loop = run_controls(replay, [Step(), skip(Patience(1) + NumberLimit(2), 3)], verbosity=0)
    assert replay.n_iterations == 6
    assert loop.message == "the loss was looked at 2 times (NumberLimit(n=2))"


def test_a_skipped_step_trains_now_and_then():
    replay = Replay(LOSSES)
    run_controls(replay, [skip(Step(), 2), WithNumberDo(lambda n: n == 6, True)], verbosity=0)
    assert replay.n_iterations == 3


def test_louder_controls_say_more_and_less(capsys):
    led(louder(Info(lambda m: "loud")), verbosity=0)
    assert capsys.readouterr().out == "loud\n" * 4
    led(louder(Info(lambda m: "loud"), by=-1), verbosity=1)
    assert "loud" not in capsys.readouterr().out


def test_states_can_be_looked_at(capsys):
    seen = []
    led(with_state_do(Save("net"), seen.append))
    assert seen == [1, 2, 3, 4]
    led(with_state_do(Save("net")), verbosity=1)
    assert capsys.readouterr().out.startswith("Save(path='net'): 1\n")


def test_several_controls_are_one():
    seen = []
    both = composite(WithLossDo(seen.append), composite(Patience(9), NumberLimit(2)))
    loop = led(skip(both, 2))
    assert seen == [0.8, 0.6]
    assert loop.stopped_by == skip(both, 2)
    assert loop.message == "the loss was looked at 2 times (NumberLimit(n=2))"
    told = loop.outcomes[1][1]["outcomes"]
    assert [control for control, _ in told] == list(both.controls)
    assert both == composite(*both.controls)


def test_a_composite_of_nothing_does_nothing():
    assert led(composite()).trainable.n_iterations == 4
    assert composite(composite(), Step()) == composite(Step())
    assert not composite().stops
    assert not composite().trains


def test_controls_around_others_train_stop_and_fail_as_those_do():
    for around in (skip, louder, with_state_do, composite):
        replay = Replay(LOSSES)
        loop = run_controls(replay, [around(Step()), around(NumberLimit(3))], verbosity=0)
        assert replay.n_iterations == 3
        assert loop.message == "the loss was looked at 3 times (NumberLimit(n=3))"
        assert around(Step()).trains
        assert not around(Step()).stops
        assert not around(Info()).trains
        with pytest.raises(ZeroDivisionError):
            led(around(Error(lambda m: m.loss < 0.75, exception=ZeroDivisionError)))


def test_controls_around_others_say_what_those_say():
    for around in (skip, louder, with_state_do, composite):
        loop = led(around(NumberLimit(2)))
        said = as_control(loop.stopped_by).message(loop.states[1])
        assert said == "the loss was looked at 2 times"
        assert Warmup(NumberLimit(2)).message(_Waiting(1, 2)) == said
    assert composite(Step()).message(composite(Step()).init()) == ""


def test_controls_around_others_go_on_as_those_do():
    for around in (skip, louder, with_state_do, composite):
        replay = Replay([3.0, 2.0, 2.5, 2.6, 2.7, 1.0])
        first = [around(Step()), around(Patience(3)), around(Save("a")), around(NumberLimit(3))]
        second = [*first[:3], around(NumberLimit(9))]
        assert loosened(second, first)
        assert not loosened(first, second)
        states = run_controls(replay, first, verbosity=0).states
        loop = run_controls(replay, second, states, verbosity=0)
        whole = run_controls(Replay(replay.losses), second, verbosity=0)
        assert loop.states == whole.states
        assert replay.n_iterations == 5
        for control, state in zip(second, loop.states, strict=True):
            assert control.load(json.loads(json.dumps(control.dump(state)))) == state
    assert not skip(NumberLimit(9), 3).loosens(skip(NumberLimit(9), 2))
    assert not composite(Step()).loosens(composite(Step(), Step()))
    assert not skip(Step()).loosens(louder(Step()))


def test_controls_print_as_they_are_written():
    controls = [
        Step(2),
        Info(),
        Callback(print, stop_if_true=True),
        Save("net.kflux"),
        Data([1, 2]),
        Data(iter([]), stop_when_exhausted=True),
        skip(Patience(3), 2),
        skip(Info(), len),
        louder(Step()),
        with_state_do(Step(), print),
        composite(Step(), Patience(2) + NumberLimit(3)),
    ]
    assert list(map(repr, controls)) == [
        "Step(n=2)",
        "Info()",
        "Callback(f=print, stop_if_true=True)",
        "Save(path='net.kflux')",
        "Data(<2 items>)",
        "Data(<items>, stop_when_exhausted=True)",
        "skip(Patience(n=3), 2)",
        "skip(Info(), len)",
        "louder(Step(), 1)",
        "with_state_do(Step(), print)",
        "composite(Step(), Patience(n=2) + NumberLimit(n=3))",
    ]


def test_copies_of_controls_call_methods_of_the_same_object():
    class Tracker:
        def __init__(self):
            self.losses = []

        def note(self, loss):
            self.losses.append(loss)

    tracker = Tracker()
    control = WithLossDo(tracker.note)
    assert copied(control) == control
    assert repr(control) == "WithLossDo(f=note)"
    led(copied(control))
    assert tracker.losses == [0.9, 0.8, 0.7, 0.6]


def test_controls_are_records_that_are_copied_and_written():
    controls = [Step(2), Info(), Save(), Data([1, (2, 3)]), skip(Patience(3) + NumberLimit(9), 2)]
    one = composite(*controls, louder(with_state_do(Step()), 2), WithLossDo())
    assert copied(one) == one
    assert from_json(json.loads(json.dumps(to_json(one)))) == one


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: Step(0),
        lambda: Step(1.5),
        lambda: Info("text"),
        lambda: Warn("text"),
        lambda: Warn(),
        lambda: Error(f="text"),
        lambda: Callback(3),
        lambda: Save(3),
        lambda: skip(3),
        lambda: skip(Step(), 0),
        lambda: skip(Step(), 2.5),
        lambda: skip(Step),
        lambda: louder(print),
        lambda: louder(Step(), 1.5),
        lambda: with_state_do(None),
        lambda: composite(Step(), 3),
        lambda: composite(Step(), Patience),
    ],
)
def test_values_that_controls_can_not_have_are_refused(provoke):
    with pytest.raises(HyperparameterError):
        provoke()


def test_a_generator_is_never_read_further_than_needed():
    numbers = itertools.count()
    led(Data(numbers))
    assert next(numbers) == 4
