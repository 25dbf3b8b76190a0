"""Controls that change the learning rate, against formulas and Keras' own callbacks."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from kerasflux.control.callbacks import Callback
from kerasflux.control.counting import NumberLimit, NumberSinceBest
from kerasflux.control.loop import run_controls
from kerasflux.control.rates import CosineLearningRate, CycleLearningRate, ReduceOnPlateau
from kerasflux.control.steps import Step
from kerasflux.control.stopping import stopping_time
from kerasflux.control.trainable import Replay
from kerasflux.errors import HyperparameterError
from kerasflux.training import schedules

NAN, INF = float("nan"), float("inf")
RATE = "optimiser.learning_rate"


def rates(control, losses, rate=0.1, step=1, behind=False):
    """The rate of each cycle's training."""
    found = []
    watch = Callback(lambda t: found.append(t.get(RATE)), raw=True)
    order = [watch, Step(step), control] if behind else [control, watch, Step(step)]
    replay = Replay(losses, settings={RATE: rate})
    run_controls(replay, [*order, NumberLimit(len(losses) // step)], verbosity=0)
    return found


def test_a_triangle_goes_up_and_down():
    control = CycleLearningRate(stepsize=4, lower=1.0, upper=5.0)
    assert rates(control, [0.0] * 10) == [1, 2, 3, 4, 5, 4, 3, 2, 1, 2]
    assert rates(CycleLearningRate(1, 1.0, 5.0), [0.0] * 5) == [1, 5, 1, 5, 1]


def test_ends_of_a_triangle_are_met_exactly():
    control = CycleLearningRate(stepsize=7, lower=0.001, upper=0.05)
    assert {control.rate(0), control.rate(14)} == {0.001}
    assert {control.rate(7), control.rate(21)} == {0.05}


def test_rates_are_functions_of_iterations_not_of_cycles():
    control = CycleLearningRate(stepsize=4, lower=1.0, upper=5.0)
    assert rates(control, [0.0] * 10, step=2) == [1, 3, 5, 3, 1]
    replay = Replay([0.0] * 9, settings={RATE: 0.1})
    loop = run_controls(replay, [control, Step(), NumberLimit(3)], verbosity=0)
    run_controls(replay, [control, Step(), NumberLimit(5)], loop.states, verbosity=0)
    assert replay.get(RATE) == 5.0


@pytest.mark.parametrize("lower", [0.0, 0.02])
def test_a_cosine_is_that_of_the_schedule(lower):
    schedule = schedules.Cosine(peak=0.1, final=lower, epochs=7)
    expected = [schedule(epoch) for epoch in range(10)]
    assert np.allclose(rates(CosineLearningRate(7, lower), [0.0] * 10), expected, rtol=1e-14)
    restarts = schedules.CosineRestarts(peak=0.5, final=lower, cycle=3)
    control = CosineLearningRate(3, lower, upper=0.5, restart=True)
    expected = [restarts(epoch) for epoch in range(10)]
    assert np.allclose(rates(control, [0.0] * 10), expected, rtol=1e-14)


def test_the_upper_end_of_a_cosine_is_that_of_the_model_and_stays_so():
    replay, control = Replay([0.0] * 9, settings={RATE: 0.4}), CosineLearningRate(4)
    loop = run_controls(replay, [control, Step(), NumberLimit(2)], verbosity=0)
    assert loop.states[0] == 0.4
    run_controls(replay, [control, Step(), NumberLimit(3)], loop.states, verbosity=0)
    assert math.isclose(replay.get(RATE), 0.2)


@pytest.mark.parametrize(
    ("control", "losses", "expected"),
    [
        # the rate that each iteration was trained with: a reduction holds from the next one on
        (ReduceOnPlateau(0.5, 2), [3, 2, 2, 2, 2, 2, 2], [8, 8, 8, 8, 4, 4, 2]),
        (ReduceOnPlateau(0.5, 1), [3, 2, 2.5, 1, 1, 1], [8, 8, 8, 4, 4, 2]),
        (ReduceOnPlateau(0.5, 1), [-1, -2, -1.5, -3, -3], [8, 8, 8, 4, 4]),
        (ReduceOnPlateau(0.5, 1, lower=3.0), [1] * 6, [8, 8, 4, 3, 3, 3]),
        (ReduceOnPlateau(0.5, 1, min_delta=0.5), [2, 1.75, 1.25, 1], [8, 8, 4, 4]),
        (ReduceOnPlateau(0.5, 1, cooldown=2), [1] * 7, [8, 8, 4, 4, 2, 2, 1]),
        (ReduceOnPlateau(0.5, 2), [NAN, NAN, 1, NAN, INF, 1], [8, 8, 4, 4, 4, 2]),
        (ReduceOnPlateau(0.5, 2), [INF, 2, 1, -INF, -INF, -INF, 0], [8, 8, 8, 8, 8, 8, 4]),
    ],
)
def test_when_a_plateau_reduces_the_rate(control, losses, expected):
    assert rates(control, losses, rate=8.0, behind=True) == expected


def test_a_plateau_goes_on_where_training_goes_on():
    losses, control = [3, 2, 2, 2, 2, 2, 2, 1, 1, 1], ReduceOnPlateau(0.5, patience=2)
    replay = Replay(losses, settings={RATE: 8.0})
    loop = run_controls(replay, [Step(), control, NumberLimit(3)], verbosity=0)
    loop = run_controls(replay, [Step(), control, NumberLimit(7)], loop.states, verbosity=0)
    assert replay.get(RATE) == 2.0
    assert loop.outcomes[1][1] == {"reductions": 2}


def test_a_plateau_leaves_rates_alone_that_are_low_already():
    for rate, reductions in ((8.0, 2), (3.0, 0), (1.0, 0)):
        replay = Replay([1.0] * 9, settings={RATE: rate})
        controls = [Step(), ReduceOnPlateau(0.5, 1, lower=3.0), NumberLimit(9)]
        loop = run_controls(replay, controls, verbosity=0)
        assert replay.get(RATE) == min(rate, 3.0)
        assert loop.outcomes[1][1] == {"reductions": reductions}


def test_changes_of_rates_are_told_where_they_are_rare(capsys):
    replay = Replay([1.0] * 3, settings={RATE: 0.5})
    run_controls(replay, [Step(), ReduceOnPlateau(0.5, patience=1), NumberLimit(2)])
    assert "optimiser.learning_rate is 0.25\n" in capsys.readouterr().out
    replay = Replay([1.0] * 3, settings={RATE: 0.5})
    run_controls(replay, [CycleLearningRate(), Step(), NumberLimit(2)])
    assert "learning_rate" not in capsys.readouterr().out
    run_controls(replay, [CycleLearningRate(), Step(), NumberLimit(1)], verbosity=2)
    assert "optimiser.learning_rate is " in capsys.readouterr().out


@pytest.mark.parametrize("control", [CosineLearningRate(4), ReduceOnPlateau(0.5, 1)])
def test_what_is_no_number_can_not_be_changed(control):
    with pytest.raises(HyperparameterError, match="changes numbers"):
        rates(control, [1.0] * 4, rate=schedules.Cosine(epochs=3))


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: CycleLearningRate(lower=0.1, upper=0.01),
        lambda: CycleLearningRate(stepsize=0),
        lambda: CycleLearningRate(lower=-0.1),
        lambda: CosineLearningRate(lower=0.1, upper=0.01),
        lambda: CosineLearningRate(n=0),
        lambda: rates(CosineLearningRate(lower=0.5), [1.0], rate=0.1),
        lambda: ReduceOnPlateau(factor=1.0),
        lambda: ReduceOnPlateau(factor=0.0),
        lambda: ReduceOnPlateau(patience=0),
        lambda: ReduceOnPlateau(min_delta=-1.0),
    ],
)
def test_rates_that_make_no_sense_are_refused(provoke):
    with pytest.raises(HyperparameterError):
        provoke()


def test_ends_that_were_assigned_in_the_wrong_order_are_refused_when_used():
    control = CycleLearningRate()
    control.lower = 1.0
    with pytest.raises(HyperparameterError, match="above the upper end"):
        rates(control, [1.0])


# against Keras


def series(seed):
    """Losses on a grid, so that ties are frequent, with a NaN or an infinity now and then."""
    rng = np.random.default_rng(seed)
    losses = np.round(rng.normal(size=40).cumsum() / 2) / 4
    losses[rng.integers(1, 40, size=2)] = rng.choice([NAN, INF])
    return losses.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_plateaus_are_those_of_keras(seed):
    import keras

    rng = np.random.default_rng([seed, 1])
    options = {"factor": 0.5, "patience": int(rng.integers(1, 4)), "min_delta": 0.25 * (seed % 2)}
    options["cooldown"] = int(rng.integers(0, 3))
    callback = keras.callbacks.ReduceLROnPlateau("loss", mode="min", min_lr=2.0**-4, **options)
    optimizer = SimpleNamespace(learning_rate=1.0)
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    expected = []
    for epoch, loss in enumerate(series(seed)):
        expected.append(float(optimizer.learning_rate))
        callback.on_epoch_end(epoch, {"loss": loss})
    control = ReduceOnPlateau(lower=2.0**-4, **options)
    assert rates(control, series(seed), rate=1.0, behind=True) == expected
    assert len(set(expected)) > 1


@pytest.mark.parametrize("seed", range(8))
def test_looks_since_the_best_are_the_patience_of_keras(seed):
    import keras

    patience, min_delta = 1 + seed % 4, 0.25 * (seed % 3)
    callback = keras.callbacks.EarlyStopping("loss", min_delta, patience, mode="min")
    model = SimpleNamespace(stop_training=False)
    callback.set_model(model)
    callback.on_train_begin()
    losses, expected = series(seed), 0
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"loss": loss})
        if model.stop_training:
            expected = epoch + 1
            break
    assert stopping_time(NumberSinceBest(patience, min_delta), losses) == expected
