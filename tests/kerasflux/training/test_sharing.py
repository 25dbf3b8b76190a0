"""What shares a compiled program, in each execution mode, and that sharing changes no bit."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from modes import MODES, executed, modes
from training_toys import Recorder, data, dense, identical, layers, noisy, sequential, trained

import kerasflux as kf
from kerasflux.training.core import TrainingInterrupted, initial_state, train
from kerasflux.training.optimisers import SGD, Adam
from kerasflux.training.programs import checkout, program_key


def counting(traces):
    """A builder whose layer says when it is traced."""

    def build():
        class Counting(layers().Dense):
            def call(self, x):
                traces.append(1)
                return super().call(x)

        return sequential((4,), Counting(5, "tanh"), layers().Dense(3))

    return build


@modes
def test_fits_of_other_rates_penalties_rows_weights_and_seeds_trace_nothing(mode):
    traces = []
    arch = executed(mode, counting(traces), key=("counting", mode), batch_size=8)
    trained(arch, data(n_rows=43), 2, penalty=(0.1, 0.5))
    count = len(traces)
    trained(arch, data(n_rows=43), 2, penalty=(0.3, 0.9), learning_rate=0.1, seed=5)
    trained(arch, data(n_rows=43), 2)
    trained(arch, data(n_rows=40), 3, penalty=(0.1, 0.0), learning_rate=lambda e: 0.1 / (e + 1))
    trained(arch, data(n_rows=41, weight=np.linspace(0, 1, 41)), 1, penalty=(0.1, 0.5))
    assert len(traces) == count


@modes
def test_a_penalty_shares_the_program_of_none(mode, without_programs):
    arch = executed(mode, dense, key=("penalties", mode))
    without_programs()
    trained(arch, data(), 1)
    trained(arch, data(), 1, penalty=(0.3, 0.5))
    assert len(kf.programs) == 1


@modes
@pytest.mark.parametrize(
    "changes",
    [{"optimiser": "sgd"}, {"optimiser": Adam(beta_1=0.5)}, {"optimiser": SGD(nesterov=True)}],
    ids=["class", "setting", "both"],
)
def test_other_optimisers_have_programs_of_their_own(mode, changes):
    assert program_key(executed(mode, **changes)) != program_key(executed(mode))


@modes
def test_a_learning_rate_is_no_setting(mode):
    fast = executed(mode, optimiser=Adam(learning_rate=0.5))
    assert program_key(fast) == program_key(executed(mode))


def test_batch_sizes_share_a_program_where_batches_are_slices_of_any_length():
    graph = executed("graph")
    assert program_key(graph) == program_key(replace(graph, batch_size=99))


def test_under_xla_each_batch_size_has_a_program_of_its_own():
    xla = executed("xla")
    assert program_key(xla) != program_key(replace(xla, batch_size=99))
    assert program_key(xla) != program_key(executed("graph"))


def scaled_by(factor):
    """A network that differs from others in what a function has captured alone."""

    def build():
        scaled = layers().Lambda(lambda x: x * factor)
        return sequential((4,), layers().Dense(3), scaled)

    return build


@modes
def test_functions_that_captured_other_numbers_train_other_networks(mode):
    found = [
        trained(executed(mode, scaled_by(f), key=("scaled", f), batch_size=8), data(), 2)
        for f in (1.0, 2.0, 1.0)
    ]
    assert identical(found[0], found[2])
    assert not np.isclose(found[0].losses, found[1].losses).any()


@modes
def test_threads_that_fit_at_once_learn_as_one_after_the_other(mode):
    """Several seeds, rates and numbers of rows, of two networks, whole fits and parts of them."""
    tasks = list(itertools.product((dense, noisy), (1, 2), ((43, 0.01), (20, 0.03))))

    def fit(task):
        build, seed, (n_rows, rate) = task
        arch = executed(mode, build, batch_size=8)
        half = trained(arch, data(n_rows=n_rows), 2, seed=seed, learning_rate=rate)
        return train(arch, half, data(n_rows=n_rows), epochs=5, learning_rate=rate)

    alone = [fit(task) for task in tasks]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fit, tasks))
    assert all(map(identical, alone, together))


def program_of(arch):
    with checkout(arch) as lent:
        return lent


def after_an_interrupt(mode, where):
    """The program before an interrupt after two epochs, the one after it, and whether bits agree.

    `where` is given the state, arrays and architecture to begin with, and has to be interrupted.
    """
    arch, arrays = executed(mode, noisy, batch_size=8), data()
    undisturbed = trained(arch, arrays, 4)
    lent = program_of(arch)
    with pytest.raises(TrainingInterrupted) as caught:
        where(arch, initial_state(arch, 1), arrays)
    assert caught.value.state.epoch == 2
    on = train(arch, caught.value.state, arrays, epochs=4, learning_rate=0.01)
    return lent, program_of(arch), identical(on, undisturbed)


@modes
def test_a_program_that_was_interrupted_at_work_is_not_lent_again(mode):
    def rate(epoch):
        if epoch == 2:
            raise KeyboardInterrupt
        return 0.01

    def struck(arch, start, arrays):
        train(arch, start, arrays, epochs=4, learning_rate=rate, run=Recorder())

    before, after, equal = after_an_interrupt(mode, struck)
    assert after is not before
    assert equal


@modes
def test_a_program_that_others_were_told_of_when_interrupted_is_lent_again(mode):
    def struck(arch, start, arrays):
        run = Recorder(interrupt_after=2)
        train(arch, start, arrays, epochs=4, learning_rate=0.01, run=run)

    before, after, equal = after_an_interrupt(mode, struck)
    assert after is before
    assert equal


@modes
def test_a_program_whose_fit_failed_changes_no_later_fit(mode):
    """A hook that raises in the middle, as other users' code does."""

    class Failing(Recorder):
        def epoch(self, row):
            raise ZeroDivisionError

    arch, arrays = executed(mode, noisy, batch_size=8), data()
    undisturbed = trained(arch, arrays, 3)
    with pytest.raises(ZeroDivisionError):
        trained(arch, arrays, 3, run=Failing())
    assert identical(trained(arch, arrays, 3), undisturbed)


@modes
def test_fits_of_other_networks_in_between_do_not_matter(mode):
    arch, arrays = executed(mode, noisy, batch_size=8), data()
    once = trained(arch, arrays, 4)
    state = trained(arch, arrays, 2)
    for build in (dense, scaled_by(3.0)):
        trained(executed(mode, build, key=("between", build.__qualname__)), arrays, 1, seed=9)
    trained(arch, data(n_rows=9), 3, seed=9)
    assert identical(train(arch, state, arrays, epochs=4, learning_rate=0.01), once)


FLOWERS = np.random.default_rng(3).normal(size=(60, 4))
KINDS = np.r_[[0, 1, 2], (FLOWERS[3:].sum(1) > 0) * 1 + (FLOWERS[3:].sum(1) > 1)]


def classified(jit="auto", names="abc", n_rows=60, weights=None, columns="pqrs", **options):
    """A fit of a classifier, and what it learned."""
    X = pd.DataFrame(FLOWERS[:n_rows], columns=list(columns))
    y = pd.Series(pd.Categorical.from_codes(KINDS[:n_rows], list(names)), name="kind")
    options = {"builder": kf.Short(n_hidden=3), "batch_size": 8, "epochs": 2, "rng": 1} | options
    model = kf.NeuralNetworkClassifier(acceleration=kf.Acceleration(jit=jit), **options)
    return kf.machine(model, X, y, weights).fit(verbosity=0)


@pytest.mark.parametrize("jit", MODES)
def test_machines_that_differ_in_inputs_of_a_program_alone_share_it(jit, without_programs):
    without_programs()
    first = classified(jit)
    classified(jit, optimiser=kf.optimisers.Adam(learning_rate=0.3))
    classified(jit, lambda_=0.1)
    classified(jit, lambda_=0.2, alpha=0.7)
    classified(jit, n_rows=45)
    classified(jit, rng=5)
    classified(jit, names="xyz", columns="tuvw")
    classified(jit, weights=np.linspace(0, 1, 60))
    classified(jit, scaling=None, epochs=3, class_weight="balanced")
    assert len(kf.programs) == 1
    assert kf.programs.to_frame()["uses"].item() >= 9
    again = classified(jit)
    assert np.array_equal(again.training_losses, first.training_losses)


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "kl_divergence"},
        {"optimiser": "sgd"},
        {"optimiser": kf.optimisers.Adam(beta_1=0.5)},
        {"builder": kf.Short(n_hidden=3, dropout=0.25)},
        {"batch_size": 9},
    ],
    ids=["loss", "optimiser", "setting", "rate of dropout", "batch size"],
)
def test_machines_that_differ_in_what_is_compiled_have_programs_of_their_own(
    changes, without_programs
):
    without_programs()
    for one in ({}, changes):
        classified("xla", epochs=0, **one)  # the program that would train it measures its loss
    assert len(kf.programs) == 2


def test_batch_sizes_of_machines_share_a_program_of_the_graph_loop(without_programs):
    without_programs()
    classified("graph", epochs=0)
    classified("graph", epochs=0, batch_size=9)
    assert len(kf.programs) == 1
