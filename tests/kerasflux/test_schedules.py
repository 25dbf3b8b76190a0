"""Learning rate schedules: formulas against Keras', laws of records, training and restarts."""

import copy
import json
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import differing

import kerasflux as kf
from kerasflux.hyperparameters import copied, difference, from_json, get_path, paths, to_json
from kerasflux.structure import same
from kerasflux.training import optimisers, schedules
from kerasflux.training.optimisers import as_optimiser
from kerasflux.training.schedules import (
    Cosine,
    CosineRestarts,
    Exponential,
    Piecewise,
    Polynomial,
    Schedule,
    Step,
    Warmup,
    rate_at,
)

Adam, SGD = kf.optimisers.Adam, kf.optimisers.SGD


class Inverse(Schedule):
    """A schedule of a third party."""

    peak: float = 0.1

    def __call__(self, epoch):
        return self.peak / (1 + epoch)


# formulas, against Keras' where a step is an epoch


def keras_schedules():
    import keras

    return keras.optimizers.schedules


ORACLES = {
    "cosine": (
        Cosine(peak=0.2, epochs=10),
        lambda k: k.CosineDecay(0.2, 10),
    ),
    "cosine to an end": (
        Cosine(peak=0.2, final=0.05, epochs=10),
        lambda k: k.CosineDecay(0.2, 10, alpha=0.25),
    ),
    "cosine after a rise": (
        Warmup(Cosine(peak=0.2, epochs=10), epochs=4, start=0.01),
        lambda k: k.CosineDecay(0.01, 10, warmup_target=0.2, warmup_steps=4),
    ),
    "restarts": (
        CosineRestarts(peak=0.2, cycle=3, stretch=2, shrink=0.5, final=0.02),
        lambda k: k.CosineDecayRestarts(0.2, 3, t_mul=2.0, m_mul=0.5, alpha=0.1),
    ),
    "restarts of one length": (
        CosineRestarts(peak=0.2, cycle=4),
        lambda k: k.CosineDecayRestarts(0.2, 4, t_mul=1.0),
    ),
    "exponential": (
        Exponential(peak=0.2, factor=0.9 ** (1 / 4)),
        lambda k: k.ExponentialDecay(0.2, 4, 0.9),
    ),
    "step": (
        Step(peak=0.2, factor=0.5, every=3),
        lambda k: k.ExponentialDecay(0.2, 3, 0.5, staircase=True),
    ),
    "line": (
        Polynomial(peak=0.2, final=0.01, epochs=8),
        lambda k: k.PolynomialDecay(0.2, 8, 0.01),
    ),
    "square": (
        Polynomial(peak=0.2, epochs=8, power=2),
        lambda k: k.PolynomialDecay(0.2, 8, 0.0, power=2.0),
    ),
    "pieces": (  # Keras' boundaries belong to the piece before
        Piecewise({0: 0.2, 4: 0.1, 9: 0.01}),
        lambda k: k.PiecewiseConstantDecay([3, 8], [0.2, 0.1, 0.01]),
    ),
}


@pytest.mark.parametrize("name", ORACLES)
def test_rates_are_those_of_keras_where_a_step_is_an_epoch(name):
    ours, theirs = ORACLES[name]
    theirs = theirs(keras_schedules())
    expected = [float(theirs(epoch)) for epoch in range(21)]
    np.testing.assert_allclose([ours(epoch) for epoch in range(21)], expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", ORACLES)
def test_what_is_offered_for_a_schedule_of_keras_gives_its_rates(name):
    """Four steps in an epoch: rates agree at the first step of each."""
    lengths = {"decay_steps": 4, "warmup_steps": 4, "first_decay_steps": 4}
    theirs = ORACLES[name][1](keras_schedules())
    config = theirs.get_config()
    config |= {k: v * config[k] for k, v in lengths.items() if config.get(k)}
    if "boundaries" in config:
        config["boundaries"] = [4 * b + 3 for b in config["boundaries"]]
    theirs = type(theirs).from_config(config)
    with pytest.raises(kf.HyperparameterError) as refused:
        Adam(learning_rate=theirs)
    text = refused.value.remedy.removeprefix("learning_rate=").split(" with n = ")[0]
    ours = eval(text, {"kf": kf, "n": 4})
    expected = [float(theirs(4 * epoch)) for epoch in range(21)]
    np.testing.assert_allclose([ours(epoch) for epoch in range(21)], expected, rtol=1e-4, atol=1e-7)


# laws

peaks = st.floats(1e-6, 10)
warmups = st.integers(0, 7)
lengths = st.integers(8, 40)
falling = st.one_of(
    st.builds(Cosine, peak=peaks, warmup=warmups, epochs=lengths),
    st.builds(Cosine, peak=peaks, final=st.just(1e-7), epochs=lengths),
    st.builds(Polynomial, peak=peaks, warmup=warmups, epochs=lengths, power=st.floats(0.2, 4)),
    st.builds(Exponential, peak=peaks, warmup=warmups, factor=st.floats(0.01, 1)),
    st.builds(Step, peak=peaks, warmup=warmups, every=lengths, factor=st.floats(0.01, 1)),
)
restarting = st.builds(
    CosineRestarts,
    peak=peaks,
    warmup=warmups,
    cycle=st.integers(1, 9),
    stretch=st.floats(1, 3),
    shrink=st.floats(0.1, 1),
)
written = st.builds(
    lambda first, later, linear: Piecewise({0: first, **later}, linear=linear),
    peaks,
    st.dictionaries(st.integers(1, 50), peaks, max_size=4),
    st.booleans(),
)
inner = st.one_of(falling, restarting, written)
every = inner | st.builds(Warmup, inner | peaks, epochs=warmups, start=st.none() | st.just(1e-3))


@given(falling | restarting)
def test_rates_rise_to_the_peak_and_never_leave_the_band(schedule):
    rates = [schedule(epoch) for epoch in range(60)]
    rise = rates[: schedule.warmup + 1]
    assert rise == sorted(set(rise))
    assert rise[0] > 0
    assert rates[schedule.warmup] == schedule.peak
    slack = 1e-9 * schedule.peak
    assert all(schedule.final - slack <= r <= schedule.peak + slack for r in rates[len(rise) :])


@given(falling)
def test_rates_never_rise_again_after_the_warm_up(schedule):
    rates = [schedule(epoch) for epoch in range(schedule.warmup, 60)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] <= schedule.peak


@given(peaks, warmups, lengths, st.integers(0, 30))
def test_schedules_that_end_stay_at_their_final_rate(peak, warmup, epochs, later):
    for cls in (Cosine, Polynomial):
        schedule = cls(peak=peak, final=peak / 8, warmup=warmup, epochs=epochs)
        assert schedule(epochs + later) == peak / 8
        assert schedule(epochs - 1) > peak / 8


@given(peaks, st.integers(0, 9), lengths, st.integers(0, 60))
def test_a_warm_up_of_its_own_is_one_put_before(peak, warmup, epochs, epoch):
    pairs = [
        (
            Cosine(peak=peak, epochs=epochs + warmup, warmup=warmup),
            Cosine(peak=peak, epochs=epochs),
        ),
        (Step(peak=peak, warmup=warmup), Step(peak=peak)),
    ]
    for within, alone in pairs:
        assert within(epoch) == pytest.approx(Warmup(alone, epochs=warmup)(epoch), rel=1e-12)


@given(every)
def test_schedules_are_values(schedule):
    assert copied(schedule) == schedule == copy.deepcopy(schedule)
    assert from_json(json.loads(json.dumps(to_json(schedule)))) == schedule
    assert eval(" ".join(repr(schedule).split()), vars(schedules)) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert difference(schedule, copied(schedule)) == ()


@given(every, st.integers(0, 200))
def test_rates_can_be_used_and_are_those_of_a_copy(schedule, epoch):
    rate = rate_at(schedule, epoch)
    assert type(rate) is float
    assert 0 <= rate < math.inf
    assert rate_at(copied(schedule), epoch) == rate


@given(every, st.integers(0, 12))
def test_a_table_shows_the_rates(schedule, n):
    table = schedule.to_frame(n)
    assert table["epoch"].tolist() == list(range(1, n + 1))
    assert table["learning_rate"].tolist() == [schedule(epoch) for epoch in range(n)]


# records


def test_a_schedule_has_paths_within_a_model():
    net = kf.NeuralNetworkRegressor(
        optimiser=Adam(learning_rate=Cosine(peak=0.01, epochs=100, warmup=5))
    )
    old = copy.deepcopy(net)
    assert "optimiser.learning_rate.epochs" in paths(net)
    net.optimiser.learning_rate.epochs = 50
    assert get_path(net, "optimizer.learning_rate.epochs") == 50
    assert [str(c) for c in difference(old, net)] == ["optimiser.learning_rate.epochs 100 -> 50"]
    net.optimiser.learning_rate = 0.1
    assert [str(c) for c in difference(old, net)] == [
        "optimiser.learning_rate Cosine(peak=0.01, warmup=5, epochs=100) -> 0.1"
    ]


def test_ranges_go_over_fields_of_schedules_and_over_schedules():
    net = kf.NeuralNetworkRegressor(optimiser=Adam(learning_rate=Cosine(epochs=100)))
    over = kf.range(net, "optimiser.learning_rate.peak", lower=1e-4, upper=1e-2, scale="log10")
    assert over.values_at(3) == pytest.approx([1e-4, 1e-3, 1e-2])
    whole = kf.range(net, "optimiser.learning_rate.epochs", lower=10, upper=30)
    assert whole.values_at(3) == [10, 20, 30]
    kinds = kf.range(net, "optimiser.learning_rate", values=[0.1, Step(), Cosine(epochs=9)])
    assert kinds.values_at() == [0.1, Step(), Cosine(epochs=9)]


def test_optimisers_copy_the_schedules_that_they_are_given():
    schedule = Step()
    one, two = Adam(learning_rate=schedule), SGD(learning_rate=schedule)
    one.learning_rate.every = 7
    assert schedule.every == two.learning_rate.every == 30
    assert Warmup(schedule).then is not schedule
    assert Adam(learning_rate=Step) == Adam(learning_rate=Step())


def test_a_schedule_is_no_part_of_what_programs_are_shared_by():
    assert Adam(learning_rate=Step()).identity() == Adam().identity()
    assert Adam(learning_rate=Step()) != Adam()


def test_keras_is_given_a_number():
    optimizer = SGD(learning_rate=Exponential(peak=0.5, warmup=1)).build()
    assert float(optimizer.learning_rate) == 0.25
    config = Adam().settings()
    custom = optimisers.Custom(optimizer="Adam", config=config, learning_rate=lambda epoch: 0.5)
    assert float(custom.build().learning_rate) == 0.5


def test_an_optimiser_whose_schedule_is_not_at_hand_can_be_built():
    for rate in (Inverse(), Warmup(Inverse())):
        record = to_json(Adam(learning_rate=rate))
        read = from_json(record, absent=True)
        assert float(read.build().learning_rate) == pytest.approx(0.001)
        with pytest.raises(kf.BuilderNotFound, match="Inverse"):
            read.rate_at(0)
        assert to_json(read) == record
        assert from_json(record, [Inverse]) == Adam(learning_rate=rate)


# refusals


def refused(call, *words, error=kf.HyperparameterError):
    with pytest.raises(error) as caught:
        call()
    problem = caught.value
    assert all([problem.failed, problem.expected, problem.received, problem.remedy])
    for word in words:
        assert word in str(problem), str(problem)


def test_schedules_of_keras_are_refused_inside_optimizers_too():
    import keras

    k = keras_schedules()
    rate = k.CosineDecay(0.1, 1000)
    words = "CosineDecay: it counts steps", "kf.schedules.Cosine(peak=0.1, epochs=round(1000 / n))"
    refused(lambda: as_optimiser(keras.optimizers.Adam(rate)), *words)
    refused(lambda: Warmup(rate), *words)


def test_schedules_of_keras_without_an_equivalent_are_functions():
    k = keras_schedules()
    inverse = k.InverseTimeDecay(0.1, 10, 0.5)
    refused(lambda: Adam(learning_rate=inverse), "lambda epoch: 0.1 / (1 + 0.5 * epoch * n / 10)")
    stairs = k.InverseTimeDecay(0.1, 10, 0.5, staircase=True)
    refused(lambda: Adam(learning_rate=stairs), "0.5 * (epoch * n // 10)")

    class Odd(k.LearningRateSchedule):
        def get_config(self):
            return {}

    for rate in (Odd(), k.PolynomialDecay(0.1, 10, cycle=True)):
        refused(lambda rate=rate: Adam(learning_rate=rate), "a subclass of kf.schedules.Schedule")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Adam(learning_rate="cosine"), ["kf.schedules.Cosine(epochs=100)"]),
        (lambda: Adam(learning_rate="stepp"), ["did you mean 'step'?"]),
        (lambda: Adam(learning_rate=int), ["can't be a class"]),
        (lambda: Adam(learning_rate=lambda epoch, rate: rate), ["one argument", "(epoch, rate)"]),
        (lambda: Adam(learning_rate=[0.1, 0.2]), ["float or Schedule"]),
        (lambda: Cosine(), ["needs `epochs`"]),
        (lambda: Cosine(epochs=5, warmup=5), ["warmup=5", "epochs=10, or a shorter"]),
        (lambda: Exponential(peak=0.1, final=0.2), ["final <= peak", "Swap them"]),
        (lambda: Cosine(peak=0.1, final=0.2, epochs=3), ["final <= peak"]),
        (lambda: Exponential(factor=1.1), ["between 0 and 1"]),
        (lambda: Piecewise({3: 0.1}), ["to begin with at 0"]),
        (lambda: Piecewise({0: 0.1, -3: 0.2}), ["to begin with at 0"]),
        (lambda: Piecewise({0: 0.1, 2.5: 0.2}), ["numbers of finished epochs"]),
        (lambda: Piecewise([0.1, 0.2]), ["to begin with at 0"]),
        (lambda: Step().to_frame(-1), ["schedule.to_frame(100)"]),
    ],
)
def test_what_is_no_schedule_is_refused(call, words):
    error = kf.ArgumentError if "to_frame" in words[0] else kf.HyperparameterError
    refused(call, *words, error=error)


def test_negative_pieces_are_refused():
    with pytest.raises(kf.HyperparameterError, match=r"-0\.1 is not at least 0"):
        Piecewise({0: 0.2, 3: -0.1})


def test_fields_that_do_not_fit_each_other_are_refused_at_the_next_use():
    schedule = Cosine(epochs=9, warmup=5)
    schedule.epochs = 5
    refused(lambda: schedule(0), "no epochs left to fall in")
    schedule.warmup = 0
    assert schedule(0) == 0.001


def made_contradictory():
    """A fitted machine, and one that was never fitted, whose schedules then lost their sense."""
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    rate = Warmup(Cosine(epochs=9, warmup=5), epochs=2)
    model = kf.NeuralNetworkRegressor(epochs=2, rng=1, optimiser=Adam(learning_rate=rate))
    fitted, fresh = kf.machine(model, X, X["a"]), kf.machine(model, X, X["a"])
    fitted.fit(verbosity=0)
    model.optimiser.learning_rate.then.epochs = 5
    return fitted, fresh


def test_fields_that_do_not_fit_each_other_are_refused_before_saving_and_fitting(tmp_path):
    fitted, fresh = made_contradictory()
    state = dict(fitted.state)
    with pytest.raises(kf.HyperparameterError) as constructed:
        Cosine(epochs=5, warmup=5)
    for verb in (
        lambda: fitted.save(tmp_path / "machine.kflux"),
        lambda: fitted.fit(verbosity=0),
        lambda: fresh.fit(verbosity=0),
        lambda: fitted.evaluate(kf.CV(nfolds=2), verbosity=0),
    ):
        with pytest.raises(kf.HyperparameterError) as caught:
            verb()
        assert str(caught.value) == str(constructed.value)
    assert list(tmp_path.iterdir()) == []
    assert fresh.learned is None
    assert [n for n, a in state.items() if not same(fitted.state[n], a)] == []
    fitted.model.optimiser.learning_rate.then.warmup = 0
    fitted.save(tmp_path / "machine.kflux")


def test_contradictions_are_found_before_a_fit_has_an_epoch_to_do():
    _, fresh = made_contradictory()
    fresh.model.epochs = 0
    refused(lambda: fresh.fit(verbosity=0), "no epochs left to fall in")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("learning_rate", "peak"), ("T_max", "epochs"), ("eta_min", "final"), ("lr_end", None)],
)
def test_names_of_other_libraries_are_answered_with_ours(name, meant):
    with pytest.raises(kf.UnknownHyperparameter) as caught:
        Cosine(epochs=3, **{name: 1})
    assert meant is None or repr(meant) in caught.value.remedy


@pytest.mark.parametrize(
    "value",
    [-0.1, math.nan, math.inf, 1e39, None, True, "fast", [0.1], np.array([0.1]), 1 + 1j],
)
def test_rates_that_can_not_be_used_are_refused_by_epoch(value):
    optimiser = Adam(learning_rate=lambda epoch: value if epoch == 7 else 0.1)
    assert optimiser.rate_at(6) == 0.1
    refused(lambda: optimiser.rate_at(7), "epoch 8 (after 7 finished ones)", "lambda")


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int64(2), np.array(0.5)])
def test_functions_may_give_any_kind_of_number(value):
    assert Adam(learning_rate=lambda epoch: value).rate_at(3) == float(value)


def test_rates_of_a_warmed_up_function_are_refused_by_the_epoch_of_training():
    schedule = Warmup(lambda epoch: 0.1 - epoch, epochs=3)
    refused(lambda: schedule.to_frame(9), "epoch 5 (after 4 finished ones)")


def test_an_error_of_a_function_says_which_epoch_it_was():
    with pytest.raises(ZeroDivisionError) as caught:
        Adam(learning_rate=lambda epoch: 0.1 / (epoch - 2)).rate_at(2)
    assert caught.value.__notes__ == ["when the learning rate of epoch 3 was computed"]


def test_a_base_class_says_that_it_has_no_rates():
    for cls in (Schedule, schedules.Decay):
        with pytest.raises(NotImplementedError):
            cls()(0)


# training

N = 40
X = pd.DataFrame(np.random.default_rng(3).normal(size=(N, 3)), columns=["a", "b", "c"])
Y = pd.Series(X["a"] - 2 * X["b"] + 0.5, name="price")


def net(rate, epochs=6, **rest):
    rest = {"builder": kf.Short(n_hidden=3, dropout=0.3), "rng": 4, "batch_size": 8, **rest}
    return kf.NeuralNetworkRegressor(optimiser=Adam(learning_rate=rate), epochs=epochs, **rest)


def fitted(model, **options):
    return kf.machine(model, X, Y).fit(verbosity=0, **options)


SCHEDULE = Cosine(peak=0.05, epochs=10, warmup=2)


def test_the_history_shows_the_rates():
    mach = fitted(net(SCHEDULE))
    assert mach.history["learning_rate"].tolist() == [SCHEDULE(k) for k in range(6)]
    table = SCHEDULE.to_frame(6)
    assert table["learning_rate"].tolist() == mach.history["learning_rate"].tolist()
    assert table["epoch"].tolist() == mach.history["epoch"].tolist()


def test_a_schedule_that_stays_at_one_rate_trains_as_the_number_does():
    assert differing(fitted(net(Piecewise({0: 0.05}))), fitted(net(0.05))) == []
    assert differing(fitted(net(Piecewise({0: 0.04}))), fitted(net(0.05))) != []


def test_rates_written_out_train_as_rates_changed_by_hand():
    model = net(0.05, epochs=3)
    mach = fitted(model)
    model.optimiser.learning_rate, model.epochs = 0.01, 6
    mach.fit(verbosity=0)
    assert differing(mach, fitted(net(Piecewise({0: 0.05, 3: 0.01})))) == []


@pytest.mark.parametrize(
    "rate",
    [SCHEDULE, Warmup(Inverse(), epochs=3), lambda epoch: 0.1 / (1 + epoch)],
    ids=["cosine", "third party", "function"],
)
def test_five_epochs_and_five_more_are_ten(rate):
    model = net(rate, epochs=5)
    mach = fitted(model)
    model.epochs = 10
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: epochs 5 -> 10)"
    assert differing(mach, fitted(net(rate, epochs=10))) == []


@pytest.mark.parametrize("rate", [SCHEDULE, Warmup(Inverse(), epochs=3)], ids=["ours", "theirs"])
def test_five_epochs_and_five_more_in_a_loaded_machine_are_ten(rate, tmp_path):
    path = str(tmp_path / "net.kflux")
    fitted(net(rate, epochs=5)).save(path)
    loaded = kf.load(path, builders=[Inverse])
    assert loaded.model == net(rate, epochs=5)
    loaded.model.epochs = 10
    mach = loaded.with_data(X, Y).fit(verbosity=0)
    assert differing(mach, fitted(net(rate, epochs=10))) == []


def test_a_machine_whose_schedule_was_not_given_predicts_and_says_what_it_needs(tmp_path):
    path = str(tmp_path / "net.kflux")
    mach = fitted(net(Warmup(Inverse(), epochs=3), epochs=2))
    mach.save(path)
    loaded = kf.load(path)
    assert np.array_equal(loaded.predict(X), mach.predict(X))
    loaded.model.epochs = 4
    with pytest.raises(kf.BuilderNotFound, match="Inverse"):
        loaded.with_data(X, Y).fit(verbosity=0)


def test_a_function_trains_and_can_not_be_saved(tmp_path):
    mach = fitted(net(lambda epoch: 0.1 / (1 + epoch), epochs=2))
    assert mach.history["learning_rate"].tolist() == [0.1, 0.05]
    with pytest.raises(kf.StorageError, match=r"optimiser\.learning_rate"):
        mach.save(str(tmp_path / "net.kflux"))
    mach.model.optimiser.learning_rate = Warmup(lambda epoch: 0.1)
    with pytest.raises(kf.StorageError, match=r"optimiser\.learning_rate\.then"):
        to_json(mach.model)


def test_a_changed_schedule_continues_unless_asked_not_to():
    model = net(Cosine(peak=0.05, epochs=10), epochs=3)
    mach = fitted(model)
    model.optimiser.learning_rate.epochs, model.epochs = 20, 4
    mach.fit(verbosity=0)
    assert "continued (4: " in mach.report.decision
    assert "optimiser.learning_rate.epochs 10 -> 20" in mach.report.decision
    assert mach.history["learning_rate"].iloc[-1] == Cosine(peak=0.05, epochs=20)(3)
    model.optimiser_changes_trigger_retraining = True
    mach.fit(verbosity=0, restart="always")
    model.optimiser.learning_rate.epochs = 30
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: optimiser.learning_rate.epochs 20")


def test_an_interrupted_fit_goes_on_at_the_rates_of_its_epochs():
    mach = kf.machine(net(SCHEDULE), X, Y)

    def interrupt(row):
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0, on_epoch=interrupt)
    done = len(mach.history)
    assert 0 < done < 6
    mach.fit(verbosity=0)
    assert differing(mach, fitted(net(SCHEDULE))) == []


def test_a_bad_rate_is_refused_before_training_and_changes_nothing():
    model = net(0.05, epochs=2)
    mach = fitted(model)
    before, output = mach.history, mach.predict(X)
    model.optimiser.learning_rate = lambda epoch: 0.35 - 0.1 * epoch
    model.epochs = 6
    seen = []
    words = "epoch 5 (after 4 finished ones)", "max(0.0, rate)"
    refused(lambda: mach.fit(verbosity=0, on_epoch=seen.append), *words)
    assert seen == []
    pd.testing.assert_frame_equal(mach.history, before)
    assert np.array_equal(mach.predict(X), output)
    model.optimiser.learning_rate = 0.05
    mach.fit(verbosity=0)
    assert differing(mach, fitted(net(0.05))) == []


def test_a_bad_rate_beyond_what_is_looked_ahead_is_refused_before_its_epoch(monkeypatch):
    monkeypatch.setattr(optimisers, "_LOOKED_AHEAD", 2)
    mach = fitted(net(0.05, epochs=2))
    before, output = mach.history, mach.predict(X)
    mach.model.optimiser.learning_rate = lambda epoch: 0.1 if epoch < 4 else math.nan
    mach.model.epochs = 6
    refused(lambda: mach.fit(verbosity=0), "epoch 5 (after 4 finished ones)", "nan")
    pd.testing.assert_frame_equal(mach.history, before)
    assert np.array_equal(mach.predict(X), output)


def test_a_fit_of_very_many_epochs_is_not_looked_through_to_its_end():
    calls = []
    optimiser = Adam(learning_rate=lambda epoch: calls.append(epoch) or 0.1)
    optimiser.refuse_unusable_rates(5, 10**12)
    assert calls == list(range(5, 10_005))


@pytest.mark.parametrize("relative", [True, False])
def test_adafactor_trains_under_a_schedule_exactly(relative):
    spec = optimisers.Adafactor(learning_rate=SCHEDULE, relative_step=relative)
    model = net(0.1, epochs=2)
    model.optimiser = spec
    mach = fitted(model)
    model.epochs = 4
    mach.fit(verbosity=0)
    once = net(0.1, epochs=4)
    once.optimiser = spec
    assert differing(mach, fitted(once)) == []
    assert mach.training_losses[-1] != mach.training_losses[0]


def test_machines_with_schedules_are_copied_pickled_and_evaluated():
    mach = fitted(net(SCHEDULE, epochs=2))
    for twin in (copy.deepcopy(mach), pickle.loads(pickle.dumps(mach))):
        twin.model.epochs = 4
        assert differing(twin.fit(verbosity=0), fitted(net(SCHEDULE, epochs=4))) == []
    found = mach.evaluate(resampling=kf.CV(nfolds=2), measure=kf.l2, verbosity=0)
    assert np.isfinite(found.measurement[0])
