"""The vector that stands for trainable variables in compiled epochs changes nothing else."""

import numpy as np
import pytest
from modes import executed
from training_toys import data, dense, identical, layers, noisy, sequential, trained

from kerasflux.training import compat, optimisers, programs
from kerasflux.training.core import initial_state, train
from kerasflux.training.optimisers import SGD, Adadelta, Adafactor, Adam, AdamW, Lamb, RMSprop
from kerasflux.training.programs import checkout
from kerasflux.training.vectors import Vector

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


def takes_a_vector(optimiser, build=dense):
    with checkout(executed("xla", build, optimiser=optimiser, batch_size=8)) as program:
        return program.vector is not None


def fitted(optimiser, build=noisy, epochs=2, **options):
    arch = executed("xla", build, optimiser=optimiser, batch_size=8)
    used = takes_a_vector(optimiser, build)
    return trained(arch, data(n_rows=43), epochs, penalty=(0.1, 0.5), **options), used


@pytest.fixture
def apart(monkeypatch, without_programs):
    """Programs that are made once this was called train their variables by themselves."""

    def parted():
        monkeypatch.setattr(programs, "MOST_WEIGHTS", 0)
        without_programs()

    return parted


def values(variables):
    return [v.numpy() for v in variables]


def alike(ones, others):
    assert [x.shape for x in ones] == [x.shape for x in others]
    for one, other in zip(ones, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("optimiser", ELEMENTWISE, ids=repr)
def test_an_optimiser_moves_one_vector_as_it_moves_variables(optimiser):
    """Step by step, without what compiles: that takes the time of a hundred steps."""
    network, draw = dense(), np.random.default_rng(0)
    variables, by_itself = network.trainable_variables, optimiser.build()
    compat.sole_replica(by_itself)
    by_itself.build(variables)
    slots = [v for v in by_itself.variables if v is not by_itself.learning_rate]
    vector = Vector(optimiser.build(), network, slots)
    vector.load(values(network.variables), values(slots))
    for _ in range(7):
        gradients = [draw.normal(size=v.shape).astype("float32") for v in variables]
        by_itself.apply(gradients, variables)
        whole = np.concatenate([g.ravel() for g in gradients])
        vector.optimizer.apply([whole], [vector.variable])
    alike(vector.network_of(values(vector.network)), values(network.variables))
    alike(vector.slots_of(values(vector.slots)), values(slots))
    assert takes_a_vector(optimiser)


@pytest.mark.parametrize(
    ("optimiser", "build"),
    [
        (SGD(momentum=0.9, nesterov=True), dense),
        (Adam(amsgrad=True, global_clipnorm=0.1), noisy),
        (Adam(gradient_accumulation_steps=3, clipvalue=0.01), regularised),
        (AdamW(use_ema=True, ema_overwrite_frequency=5), noisy),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_one_vector_trains_as_its_variables_do_by_themselves(optimiser, build, apart):
    together, used = fitted(optimiser, build)
    apart()
    alone, unused = fitted(optimiser, build)
    assert used
    assert not unused
    np.testing.assert_allclose(together.losses, alone.losses, rtol=1e-5)
    alike(together.network, alone.network)
    alike(together.optimiser, alone.optimiser)


@pytest.mark.parametrize(
    "optimiser", [Lamb(), Adafactor(), Adam(clipnorm=0.1), optimisers.Nadam()], ids=repr
)
def test_optimisers_that_look_at_single_variables_or_name_slots_oddly_keep_them(optimiser):
    assert not takes_a_vector(optimiser)


def precise(policy):
    def build():
        with compat.dtype_policy(policy):
            return dense()

    return build


def test_one_vector_trains_as_its_variables_do_in_mixed_precision(apart, without_programs):
    without_programs()  # as plans' keys tell nothing of the policy here
    together, used = fitted(Adam(), precise("mixed_bfloat16"))
    apart()
    alone, _ = fitted(Adam(), precise("mixed_bfloat16"))
    assert used
    for one, other in zip(together.optimiser, alone.optimiser, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-5)


def test_scaled_losses_which_have_slots_of_their_own_keep_variables(without_programs):
    without_programs()
    assert not takes_a_vector(Adam(), precise("mixed_float16"))


def test_losses_of_validation_follow_the_vector(apart):
    together, _ = fitted(Adam(), dense, validation=data(n_rows=20))
    apart()
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

    assert not takes_a_vector(Adam(), build)


def test_five_epochs_and_five_more_are_ten_in_every_bit():
    arch = executed("xla", noisy, optimiser=Adam(), batch_size=8)
    rows, rate = data(n_rows=43), {"learning_rate": 0.01}
    half = train(arch, initial_state(arch, 1), rows, epochs=5, **rate)
    assert identical(train(arch, half, rows, epochs=10, **rate), trained(arch, rows, 10))


def test_programs_with_and_without_the_vector_continue_each_other(apart):
    half, _ = fitted(Adam(), dense)
    arch, rest = executed("xla", dense, optimiser=Adam(), batch_size=8), {"learning_rate": 0.01}
    together = train(arch, half, data(n_rows=43), epochs=4, **rest)
    apart()
    alone = train(arch, half, data(n_rows=43), epochs=4, **rest)
    np.testing.assert_allclose(together.losses, alone.losses, rtol=1e-5)
