"""Laws of warm restarts over drawn networks, in both execution modes, bit for bit.

An ordinary run draws from a few that all laws share, as each is compiled;
`--hypothesis-profile=accept` draws many more, of programs of their own.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from modes import executed, modes
from random_networks import cases, penalties, seeds
from training_toys import Recorder, identical, trained

import kerasflux as kf
from kerasflux.training.core import train
from kerasflux.training.state import State

few = settings(
    max_examples=max(3, settings.default.max_examples // 12),
    phases=(Phase.explicit, Phase.generate),  # to shrink takes minutes of compiling
)
parts = st.lists(st.integers(0, 3), min_size=2, max_size=3)


def architecture(mode, case):
    options = {"key": case.network, "batch_size": case.batch_size}
    return executed(mode, case.network, case.optimiser, **options)


def falling(epoch):
    """A rate that says which epoch it is."""
    return 0.02 / (1 + epoch)


@modes
@few
@given(
    case=cases(),
    parts=parts,
    seed=seeds,
    penalty=penalties,
    weighted=st.booleans(),
)
def test_epochs_in_parts_are_epochs_at_once(mode, case, parts, seed, penalty, weighted):
    """Whatever else the program trains in between, and through names and files of arrays."""
    network, (n_rows, others), arch = case.network, case.rows, architecture(mode, case)
    arrays = network.rows(n_rows, weighted)
    options = {"penalty": penalty, "learning_rate": falling}
    once = trained(arch, arrays, sum(parts), seed=seed, **options)
    staged = trained(arch, arrays, 0, seed=seed, **options)
    for part in parts:
        trained(arch, network.rows(others, not weighted), 1, seed=seed + 1)
        staged = State.from_mapping(staged.as_mapping())
        staged = train(arch, staged, arrays, epochs=staged.epoch + part, **options)
    assert identical(staged, once)
    assert np.isfinite(once.losses).all()
    assert once.mode == mode


@dataclass
class Unasked(Recorder):
    """A run that needs not be asked between epochs, and keeps the states of some."""

    wanted: tuple[int, ...] = ()
    kept: list = field(default_factory=list)
    each_epoch: bool = False

    def due(self, epoch):
        return epoch in self.wanted

    def keep(self, state):
        self.kept.append(state)


@modes
@few
@given(
    case=cases(),
    epochs=st.integers(1, 6),
    wanted=st.sets(st.integers(1, 6)),
    seed=seeds,
    penalty=penalties,
    validated=st.booleans(),
)
def test_many_epochs_in_one_call_are_one_after_the_other(
    mode, case, epochs, wanted, seed, penalty, validated
):
    network, arch = case.network, architecture(mode, case)
    arrays = network.rows(case.rows[0])
    options = {"penalty": penalty, "learning_rate": falling, "seed": seed}
    if validated:
        options["validation"] = network.rows(11)
    asked, unasked = Recorder(), Unasked(wanted=tuple(wanted))
    one, many = (trained(arch, arrays, epochs, run=run, **options) for run in (asked, unasked))
    alone = trained(arch, arrays, epochs, **options)
    assert identical(one, many)
    assert identical(one, alone)
    assert np.array_equal(one.validation_losses, many.validation_losses, equal_nan=True)
    assert [row["epoch"] for row in asked.rows] == list(range(1, epochs + 1))
    assert [untimed(row) for row in unasked.rows] == [untimed(row) for row in asked.rows]
    due = sorted(e for e in wanted if e <= epochs)
    assert [state.epoch for state in unasked.kept] == due
    for state in unasked.kept:
        assert identical(state, trained(arch, arrays, state.epoch, **options))


def untimed(row):
    return {name: repr(value) for name, value in row.items() if name != "seconds"}


@few
@given(case=cases(), more=st.integers(1, 50), seed=seeds)
def test_a_batch_larger_than_the_data_is_a_batch_of_all_rows(case, more, seed):
    """Under XLA up to rounding, and to masks of dropout, since batches are of other lengths."""
    n_rows = case.rows[0]
    arch = replace(architecture("graph", case), batch_size=n_rows)
    arrays, larger = case.network.rows(n_rows), replace(arch, batch_size=n_rows + more)
    whole, one_batch = (trained(a, arrays, 1, seed=seed) for a in (arch, larger))
    assert identical(whole, one_batch)


@modes
@settings(few, max_examples=max(2, few.max_examples // 2))  # each compiles twice
@given(case=cases(), seed=seeds)
def test_a_program_compiled_anew_goes_on_with_the_same_bits(mode, case, seed):
    arch, arrays = architecture(mode, case), case.network.rows(case.rows[0])
    once, staged = (trained(arch, arrays, epochs, seed=seed) for epochs in (3, 1))
    kf.programs.clear()
    assert identical(train(arch, staged, arrays, epochs=3, learning_rate=0.01), once)
