"""The vector that stands for trainable variables in compiled epochs changes nothing else."""

import numpy as np
import pytest
from modes import executed
from training_toys import data, dense, identical, layers, noisy, sequential, trained

from kerasflux.training import compat, optimisers, programs
from kerasflux.training.core import initial_state, train
from kerasflux.training.optimisers import SGD, Adadelta, Adafactor, Adam, AdamW, Lamb, RMSprop
from kerasflux.training.programs import checkout

ELEMENTWISE = [
    SGD(),
    SGD(momentum=0.9, nesterov=True),
    RMSprop(momentum=0.5, centered=True),
    Adam(amsgrad=True, global_clipnorm=0.1),
    Adam(gradient_accumulation_steps=3, clipvalue=0.01),
    AdamW(use_ema=True, ema_overwrite_frequency=5),
    Adadelta(weight_decay=0.01),
    optimisers.Adagrad(),
    optimisers.Adamax(),
    optimisers.Ftrl(l1_regularization_strength=0.01),
    optimisers.Lion(),
]


def regularised():
    return sequential((4,), layers().Dense(5, "tanh", kernel_regularizer="l2"), layers().Dense(3))


def fitted(optimiser, build=noisy, epochs=2, **options):
    arch = executed("xla", build, optimiser=optimiser, batch_size=8)
    with checkout(arch) as program:
        used = program.vector is not None
    return trained(arch, data(n_rows=43), epochs, penalty=(0.1, 0.5), **options), used


def apart(monkeypatch):
    monkeypatch.setattr(programs, "MOST_WEIGHTS", 0)
    programs.XLA_PROGRAMS.clear()


@pytest.mark.parametrize(
    ("optimiser", "build"),
    # what else a network may have is for one optimiser, with two settings
    [
        (optimiser, build)
        for optimiser in ELEMENTWISE
        for build in ((noisy, regularised) if isinstance(optimiser, Adam) else (dense,))
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_one_vector_trains_as_its_variables_do_by_themselves(optimiser, build, monkeypatch):
    together, used = fitted(optimiser, build)
    apart(monkeypatch)
    alone, unused = fitted(optimiser, build)
    assert used
    assert not unused
    np.testing.assert_allclose(together.losses, alone.losses, rtol=1e-5)
    for one, other in (
        (together.network, alone.network),
        (together.optimiser, alone.optimiser),
    ):
        assert [x.shape for x in one] == [x.shape for x in other]
        for x, y in zip(one, other, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "optimiser", [Lamb(), Adafactor(), Adam(clipnorm=0.1), optimisers.Nadam()], ids=repr
)
def test_optimisers_that_look_at_single_variables_or_name_slots_oddly_keep_them(optimiser):
    assert not fitted(optimiser, dense)[1]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_one_vector_trains_as_its_variables_do_in_mixed_precision(policy, monkeypatch):
    def build():
        with compat.dtype_policy(policy):
            return dense()

    programs.PLANS.clear()  # whose keys tell nothing of the policy here
    programs.XLA_PROGRAMS.clear()
    together, used = fitted(Adam(), build)
    apart(monkeypatch)
    alone, _ = fitted(Adam(), build)
    assert used == (policy == "mixed_bfloat16")  # scaled losses have slots of their own
    for one, other in zip(together.optimiser, alone.optimiser, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-5)


def test_losses_of_validation_follow_the_vector(monkeypatch):
    together, _ = fitted(Adam(), dense, validation=data(n_rows=20))
    apart(monkeypatch)
    alone, _ = fitted(Adam(), dense, validation=data(n_rows=20))
    np.testing.assert_allclose(together.validation_losses, alone.validation_losses, rtol=1e-5)


def test_layers_with_constraints_keep_their_variables():
    def build():
        return sequential((4,), layers().Dense(3, kernel_constraint="non_neg"))

    state, used = fitted(Adam(), build)
    assert not used
    assert (state.network[0] >= 0).all()


def test_networks_of_many_weights_keep_their_variables():
    def build():
        return sequential((4,), layers().Dense(300), layers().Dense(3))

    assert not fitted(Adam(), build, epochs=1)[1]


def test_five_epochs_and_five_more_are_ten_in_every_bit():
    arch = executed("xla", noisy, optimiser=Adam(), batch_size=8)
    rows, rate = data(n_rows=43), {"learning_rate": 0.01}
    half = train(arch, initial_state(arch, 1), rows, epochs=5, **rate)
    assert identical(train(arch, half, rows, epochs=10, **rate), trained(arch, rows, 10))


def test_programs_with_and_without_the_vector_continue_each_other(monkeypatch):
    half, _ = fitted(Adam(), dense)
    arch, rest = executed("xla", dense, optimiser=Adam(), batch_size=8), {"learning_rate": 0.01}
    together = train(arch, half, data(n_rows=43), epochs=4, **rest)
    apart(monkeypatch)
    alone = train(arch, half, data(n_rows=43), epochs=4, **rest)
    np.testing.assert_allclose(together.losses, alone.losses, rtol=1e-5)
