"""Fits: from scratch, in stages, again; seeds; rows; what an evaluation must not touch."""

import numpy as np
import pytest
from conformance.models import epochs

import kerasflux as kf
from kerasflux.hyperparameters import set_path


def same_state(a, b):
    """Every weight, optimiser slot, seed and loss bit-equal; seconds are wall time."""
    a, b = dict(a.state), dict(b.state)
    assert a.keys() == b.keys()
    differing = [n for n in a if "seconds" not in n and not bit_equal(a[n], b[n])]
    assert differing == []
    return True


def bit_equal(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_a_fit_has_a_loss_before_training_and_one_per_epoch(row):
    mach = row.fitted(epochs=3)
    assert len(mach.training_losses) == 4
    assert np.isfinite(mach.training_losses).all()
    assert mach.history["epoch"].tolist() == [1, 2, 3]


def test_no_epochs_give_an_untrained_network(row):
    mach = row.fitted(epochs=0)
    assert len(mach.training_losses) == 1
    assert len(row.output(mach)) == 60


def test_stages_are_bit_equal_to_all_at_once(row):
    staged = row.fitted(epochs=2)
    set_path(staged.model, epochs(row), 5)
    staged.fit(verbosity=0)
    assert staged.report.decision == f"continued (4: {epochs(row)} 2 -> 5)"
    assert same_state(staged, row.fitted(epochs=5))


def test_a_changed_learning_rate_continues(row):
    mach = row.fitted()
    path = epochs(row).replace("epochs", "optimiser.learning_rate")
    set_path(mach.model, path, 0.01)
    set_path(mach.model, epochs(row), 3)
    mach.fit(verbosity=0)
    assert mach.report.decision == f"continued (4: {epochs(row)} 2 -> 3, {path} 0.001 -> 0.01)"
    assert len(mach.training_losses) == 4


def test_a_changed_batch_size_restarts(row):
    mach = row.fitted()
    path = epochs(row).replace("epochs", "batch_size")
    set_path(mach.model, path, 32)
    with pytest.raises(kf.CannotContinue, match="batch_size 16 -> 32"):
        mach.fit(restart="never")
    mach.fit(verbosity=0)
    assert mach.report.decision == f"from scratch (4: {path} 16 -> 32), 2 epochs discarded"


def test_equal_seeds_are_equal_networks_and_others_are_others(row):
    one, two, other = row.fitted(), row.fitted(), row.fitted(rng=6)
    assert same_state(one, two)
    assert not np.array_equal(row.output(one), row.output(other))


def test_an_interrupted_fit_goes_on_bit_for_bit(row):
    def stop(history_row):
        if history_row["epoch"] == 2:
            raise KeyboardInterrupt

    mach = row.machine(epochs=4)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=stop, verbosity=0)
    assert len(mach.training_losses) == 3
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("continued (3: interrupted after 2")
    assert same_state(mach, row.fitted(epochs=4))


def test_other_data_continues_under_never_and_starts_anew_otherwise(row):
    mach = row.fitted()
    other = mach.with_data(kf.selectrows(row.X, range(40)), kf.selectrows(row.y, range(40)))
    set_path(other.model, epochs(row), 3)
    other.fit(restart="never", verbosity=0)
    assert other.report.decision == f"continued (4: other data, {epochs(row)} 2 -> 3)"
    assert len(other.training_losses) == 4
    other = mach.with_data(kf.selectrows(row.X, range(40)), kf.selectrows(row.y, range(40)))
    assert other.fit(verbosity=0).report.decision.startswith("from scratch (2: other data)")


def test_an_evaluation_changes_no_bit_of_the_machine(supervised):
    mach, plain = supervised.fitted(), supervised.fitted()
    mach.evaluate(kf.CV(nfolds=2, rng=0), verbosity=0)
    assert same_state(mach, plain)
    assert np.array_equal(supervised.output(mach), supervised.output(plain))


def test_a_validation_loss_is_measured_on_each_epoch(row):
    mach = row.machine(epochs=3)
    mach.fit(rows=range(40), validation=range(40, 60), verbosity=0)
    assert np.isfinite(mach.history["validation_loss"]).all()
    alone = row.machine(epochs=3).fit(rows=range(40), verbosity=0)
    assert np.array_equal(mach.training_losses, alone.training_losses)
