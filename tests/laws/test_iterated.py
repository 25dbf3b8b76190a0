"""Laws of iterated models over drawn scripts of losses, rules and interruptions."""

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import PLAYED, Scripted, X, Y, iterated

import kerasflux as kf
from kerasflux.archiving import archived, restored
from kerasflux.control.controls import dump_states
from kerasflux.hyperparameters import copied
from kerasflux.machines import Machine

numbers = st.one_of(
    st.integers(-3, 3).map(float), st.sampled_from([math.nan, math.inf, -math.inf, 1e9])
)
scripts = st.lists(numbers, min_size=1, max_size=9).map(tuple)
training = st.lists(st.sampled_from([0.5, 1.0, 2.0, math.nan]), max_size=9).map(tuple)
rules = st.lists(
    st.one_of(
        st.builds(kf.NumberSinceBest, st.integers(1, 4)),
        st.builds(kf.Patience, st.integers(1, 4)),
        st.builds(kf.GL, st.sampled_from([1.0, 50.0])),
        st.builds(kf.Threshold, st.sampled_from([-2.0, 0.0])),
        st.just(kf.InvalidValue()),
        st.builds(kf.Warmup, st.builds(kf.Patience, st.integers(1, 2)), st.integers(1, 3)),
        st.builds(kf.ReduceOnPlateau, st.just(0.5), st.integers(1, 2), path=st.just("rate")),
    ),
    max_size=3,
)
steps = st.integers(1, 3)
limits = st.integers(1, 6)
MEAN = {
    sign: kf.make_measure(lambda y, p: float(np.mean(p)), orientation=sign)
    for sign in ("loss", "score")
}


def made(script, losses, step, found, limit, orientation="loss"):
    controls = [kf.Step(step), *copied(found), kf.NumberLimit(limit)]
    model = iterated(script, controls=controls, losses=losses, measure=MEAN[orientation])
    return kf.machine(model, X, Y)


def told(mach):
    """What is there after a fit, states of controls included; without the clock."""
    state = mach.fitted.state
    moment = state.moment
    return repr(
        (
            moment.n_cycles,
            moment.n_iterations,
            dict(moment.settings),
            moment.fitted.state,
            moment.looks,
            moment.best and moment.best.state,
            dump_states(mach.fitted_model.controls, state.controls),
            state.stopped,
            mach.report.losses.to_dict(),
            mach.predict().tolist(),
        )
    )


def outlived(mach):
    """The machine as another process would read it, on the same data."""
    manifest, arrays = archived(mach.learned)
    return Machine.of_learned(mach.model, restored(manifest, arrays, [Scripted])).with_data(X, Y)


@given(scripts, training, steps, rules, limits, st.sampled_from(["loss", "score"]))
def test_what_is_restored_is_the_best_look(script, losses, step, found, limit, orientation):
    mach = made(script, losses, step, found, limit, orientation).fit(verbosity=0)
    looks = mach.report.losses
    values = looks[looks.columns[2]] * (1 if orientation == "loss" else -1)
    best = mach.report.best_iteration
    if values.isna().all():
        assert best is None
        return
    assert looks["epoch"][values.idxmin()] == best
    assert mach.report.model_report.epochs == best
    alone = kf.machine(Scripted(script=script, epochs=best), X, Y).fit(verbosity=0)
    assert np.array_equal(mach.predict(), alone.predict(), equal_nan=True)


@given(scripts, training, steps, rules, limits, limits, st.booleans())
def test_looks_in_two_parts_are_looks_at_once(script, losses, step, found, limit, more, through):
    mach = made(script, losses, step, found, limit).fit(verbosity=0)
    once = made(script, losses, step, found, limit + more)
    assert once.model.as_fresh(mach.model)
    if through:
        mach.model.measure = once.model.measure = "l1"  # functions are in no file
        mach.fit(verbosity=0)
        mach = outlived(mach)
    PLAYED.clear()
    mach.model.controls[-1].n = limit + more
    mach.fit(verbosity=0)
    trained = list(PLAYED)
    assert told(mach) == told(once.fit(verbosity=0))
    assert len(trained) == len(set(trained))


@given(scripts, training, steps, rules, limits, st.integers(1, 12))
def test_an_interrupt_at_any_epoch_changes_nothing_in_the_end(
    script, losses, step, found, limit, epoch
):
    def strike(row):
        if row["epoch"] == epoch:
            raise KeyboardInterrupt

    whole = made(script, losses, step, found, limit).fit(verbosity=0)
    mach = made(script, losses, step, found, limit)
    if whole.report.n_iterations < epoch:
        mach.fit(on_epoch=strike, verbosity=0)
    else:
        with pytest.raises(KeyboardInterrupt):
            mach.fit(on_epoch=strike, verbosity=0)
        mach.fit(verbosity=0)
    assert told(mach) == told(whole)


@settings(max_examples=25)
@given(scripts, training, steps, rules, limits, st.integers(1, 8), st.integers(1, 3))
def test_a_death_at_any_epoch_changes_nothing_in_the_end(
    tmp_path_factory, script, losses, step, found, limit, epoch, every
):
    class Death(Exception):
        pass

    def strike(row):
        if row["epoch"] == epoch:
            raise Death

    def machine():
        mach = made(script, losses, step, found, limit)
        mach.model.measure = "l1"
        return mach

    folder = tmp_path_factory.mktemp("kept")
    whole = machine().fit(verbosity=0)
    with suppress(Death):
        machine().fit(checkpoint=folder, every_epochs=every, on_epoch=strike, verbosity=0)
    mach = machine().fit(checkpoint=folder, verbosity=0)
    assert told(mach) == told(whole)


@given(scripts, rules, limits)
def test_nothing_is_held_by_the_model(script, found, limit):
    mach = made(script, (), 1, found, limit)
    before = copied(mach.model)
    mach.fit(verbosity=0)
    assert mach.model == before
