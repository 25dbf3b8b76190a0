"""Laws of warm restarts over drawn networks, in both execution modes, bit for bit.

Every example compiles a program of its own; `--hypothesis-profile=accept` draws many more.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from modes import executed, modes
from random_networks import batch_sizes, networks, optimisers, penalties, row_counts, seeds
from training_toys import Recorder, identical, trained

import kerasflux as kf
from kerasflux.training.core import train
from kerasflux.training.state import State

few = settings(
    max_examples=max(3, settings.default.max_examples // 12),
    phases=(Phase.explicit, Phase.generate),  # to shrink takes minutes of compiling
)
parts = st.lists(st.integers(0, 3), min_size=2, max_size=3)


def falling(epoch):
    """A rate that says which epoch it is."""
    return 0.02 / (1 + epoch)


@modes
@few
@given(
    network=networks(),
    optimiser=optimisers,
    batch_size=batch_sizes,
    n_rows=row_counts,
    others=row_counts,
    parts=parts,
    seed=seeds,
    penalty=penalties,
    weighted=st.booleans(),
)
def test_epochs_in_parts_are_epochs_at_once(
    mode, network, optimiser, batch_size, n_rows, others, parts, seed, penalty, weighted
):
    """Whatever else the program trains in between, and through names and files of arrays."""
    arch = executed(mode, network, optimiser, key=network, batch_size=batch_size)
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


@modes
@few
@given(network=networks(), batch_size=batch_sizes, n_rows=row_counts, seed=seeds)
def test_a_program_compiled_anew_goes_on_with_the_same_bits(
    mode, network, batch_size, n_rows, seed
):
    arch = executed(mode, network, key=network, batch_size=batch_size)
    arrays = network.rows(n_rows)
    once, staged = (trained(arch, arrays, epochs, seed=seed) for epochs in (3, 1))
    kf.programs.clear()
    assert identical(train(arch, staged, arrays, epochs=3, learning_rate=0.01), once)


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
    network=networks(),
    optimiser=optimisers,
    batch_size=batch_sizes,
    n_rows=row_counts,
    epochs=st.integers(1, 6),
    wanted=st.sets(st.integers(1, 6)),
    seed=seeds,
    penalty=penalties,
    validated=st.booleans(),
)
def test_many_epochs_in_one_call_are_one_after_the_other(
    mode, network, optimiser, batch_size, n_rows, epochs, wanted, seed, penalty, validated
):
    arch = executed(mode, network, optimiser, key=network, batch_size=batch_size)
    arrays = network.rows(n_rows)
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
@given(network=networks(), n_rows=row_counts, batch_size=batch_sizes, seed=seeds)
def test_a_batch_larger_than_the_data_is_a_batch_of_all_rows(network, n_rows, batch_size, seed):
    """Under XLA up to rounding, and to masks of dropout, since batches are of other lengths."""
    arch = executed("graph", network, key=network, batch_size=n_rows)
    arrays, larger = network.rows(n_rows), replace(arch, batch_size=n_rows + batch_size)
    whole, one_batch = (trained(a, arrays, 1, seed=seed) for a in (arch, larger))
    assert identical(whole, one_batch)
