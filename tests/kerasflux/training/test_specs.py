"""Optimisers, losses and accelerations as values, and what they build."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
from training_toys import CLASSES, VALUES, architecture, data, trained

import kerasflux as kf
from kerasflux.errors import EnvironmentMismatch, HyperparameterError
from kerasflux.hyperparameters import difference
from kerasflux.training import compat
from kerasflux.training.devices import Acceleration, Placement, as_acceleration
from kerasflux.training.losses import (
    NAMES,
    Loss,
    Objective,
    as_loss,
    canonical,
    commutes_with_scaling,
    loss_for,
)
from kerasflux.training.optimisers import _SPECS, SGD, Adam, Custom, as_optimiser

# optimisers


@pytest.mark.parametrize("spec", _SPECS, ids=lambda spec: spec.keras_name)
def test_specs_have_the_arguments_and_defaults_of_the_installed_keras(spec):
    import keras

    theirs = dict(inspect.signature(getattr(keras.optimizers, spec.keras_name).__init__).parameters)
    for name in ("self", "name", "kwargs"):
        theirs.pop(name)
    assert {k: p.default for k, p in theirs.items()} == {
        k: getattr(spec(), k) for k in spec._fields
    }


@pytest.mark.parametrize("spec", _SPECS, ids=lambda spec: spec.keras_name)
def test_a_keras_optimizer_and_its_spec_make_each_other(spec):
    optimizer = spec(learning_rate=0.02).build()
    assert type(optimizer).__name__ == spec.keras_name
    assert as_optimiser(optimizer) == spec(learning_rate=0.02)


def test_names_are_read_in_any_case_and_specs_are_copied():
    spec = Adam(learning_rate=0.5)
    assert as_optimiser("SGD") == as_optimiser("sgd") == as_optimiser(SGD) == SGD()
    assert as_optimiser(spec) == spec
    assert as_optimiser(spec) is not spec


def test_a_float32_learning_rate_becomes_the_shortest_decimal():
    import keras

    assert as_optimiser(keras.optimizers.Adam(0.001)).learning_rate == 0.001
    assert as_optimiser(keras.optimizers.SGD(0.3)) == SGD(learning_rate=0.3)


def test_a_typo_is_answered_with_the_nearest_names():
    with pytest.raises(HyperparameterError, match="did you mean 'rmsprop'"):
        as_optimiser("rmspop")
    with pytest.raises(HyperparameterError, match="There is no optimiser 3"):
        as_optimiser(3)


def test_averaged_weights_that_nothing_uses_are_refused():
    with pytest.raises(HyperparameterError, match="ema_overwrite_frequency"):
        Adam(use_ema=True).build()
    state = trained(
        architecture(optimiser=Adam(use_ema=True, ema_overwrite_frequency=3)), data(), 3
    )
    assert state.losses[-1] < state.losses[0]


def test_changes_of_optimisers_are_named_by_path():
    old, new = Adam(), Adam(learning_rate=0.01)
    assert [str(change) for change in difference(old, new)] == ["learning_rate 0.001 -> 0.01"]
    assert old.identity() == new.identity() != Adam(beta_1=0.8).identity()


def test_an_optimizer_class_of_the_user_trains_and_goes_on():
    import keras

    class Halving(keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient / 2, variable, learning_rate)

    spec = as_optimiser(Halving(0.1))
    assert isinstance(spec, Custom)
    assert spec.learning_rate == 0.1
    mine = trained(architecture(optimiser=spec), data(), 2, learning_rate=0.1)
    plain = trained(architecture(optimiser="sgd"), data(), 2, learning_rate=0.05)
    np.testing.assert_allclose(mine.losses, plain.losses, rtol=1e-5)


def test_an_optimizer_whose_configuration_hides_an_argument_is_refused():
    import keras

    class Hiding(keras.optimizers.SGD):
        def __init__(self, secret):
            super().__init__(0.1)
            self.secret = secret

    with pytest.raises(HyperparameterError, match="does not tell secret"):
        as_optimiser(Hiding(3))


def test_an_unregistered_class_of_a_loaded_spec_is_named():
    with pytest.raises(HyperparameterError, match="knows no optimizer class 'Nowhere>Mine'"):
        Custom(optimizer="Nowhere>Mine").build()


def test_clipping_and_decay_are_keras_own():
    free = trained(architecture(optimiser="sgd"), data(), 1, learning_rate=1.0)
    clipped = trained(
        architecture(optimiser=SGD(global_clipnorm=1e-6)), data(), 1, learning_rate=1.0
    )
    start = trained(architecture(optimiser="sgd"), data(), 0)
    assert np.abs(clipped.network[0] - start.network[0]).max() < 1e-4
    assert np.abs(free.network[0] - start.network[0]).max() > 1e-2


def test_loss_scaling_and_accumulation_train():
    scaled = trained(
        architecture(optimiser=SGD(loss_scale_factor=8.0)), data(), 2, penalty=(1.0, 0.5)
    )
    plain = trained(architecture(optimiser=SGD()), data(), 2, penalty=(1.0, 0.5))
    for a, b in zip(scaled.network, plain.network, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    arch = architecture(optimiser=SGD(gradient_accumulation_steps=3))
    assert trained(arch, data(), 10).losses[-1] < trained(arch, data(), 0).losses[0]


def test_classes_of_keras_are_to_be_called():
    import keras

    with pytest.raises(HyperparameterError, match=r"call it: Adam\(\)"):
        as_optimiser(keras.optimizers.Adam)
    with pytest.raises(HyperparameterError, match=r"call it: Huber\(\)"):
        as_loss(keras.losses.Huber)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error", "huber", "hinge"])
def test_functions_of_keras_are_their_names(name):
    import keras

    assert as_loss(getattr(keras.losses, name)) == name


def test_functions_of_the_user_are_not_taken_for_those_of_keras():
    def mean_squared_error(y, p):
        return y - p

    assert as_loss(mean_squared_error) is mean_squared_error


def test_losses_that_are_sums_are_refused():
    import keras

    with pytest.raises(HyperparameterError, match="models minimise the mean"):
        as_loss(keras.losses.MeanSquaredError(reduction="sum"))
    assert as_loss(keras.losses.MeanSquaredError(reduction="none"))


def test_exclusions_from_weight_decay_are_refused():
    import keras

    optimizer = keras.optimizers.AdamW()
    assert as_optimiser(optimizer).weight_decay == 0.004
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    with pytest.raises(HyperparameterError, match="excludes variables from weight decay"):
        as_optimiser(optimizer)


def test_optimizers_around_others_are_refused():
    import keras

    with pytest.raises(HyperparameterError, match="Give the inner optimizer"):
        as_optimiser(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))


# losses

CODES = [
    n for n in NAMES if canonical(n) not in ("binary_crossentropy", "binary_focal_crossentropy")
]


@pytest.mark.parametrize("name", CODES)
def test_every_named_loss_gives_one_finite_loss_per_row(name):
    import tensorflow as tf

    objective = Objective(name, "softmax", "codes")
    losses = objective.per_row(tf.constant([0, 2, 1]), tf.constant(np.eye(3, dtype="float32")))
    assert losses.shape == (3,)
    assert np.isfinite(losses).all()


@pytest.mark.parametrize(
    "name", ["binary_crossentropy", "binary_focal_crossentropy", "l2", "hinge"]
)
def test_binary_losses_give_one_loss_per_row(name):
    import tensorflow as tf

    objective = Objective(name, "sigmoid", "binary")
    losses = objective.per_row(tf.constant([0, 1]), tf.constant([[-1.0], [2.0]]))
    assert losses.shape == (2,)


def test_cross_entropies_are_exact_where_probabilities_underflow():
    import tensorflow as tf

    logits = tf.constant([[200.0, 0.0, -100.0]])
    assert CLASSES.per_row(tf.constant([2]), logits).numpy() == pytest.approx([300.0])
    binary = Objective("binary_crossentropy", "sigmoid", "binary")
    assert binary.per_row(tf.constant([0]), tf.constant([[150.0]])).numpy() == pytest.approx(
        [150.0]
    )


def test_a_cross_entropy_from_logits_is_that_of_the_probabilities():
    import keras
    import tensorflow as tf

    draw = np.random.default_rng(0)
    logits = tf.constant(draw.normal(size=(5, 3)).astype("float32"))
    codes = tf.constant(draw.integers(0, 3, 5).astype("int32"))
    expected = -np.log(tf.nn.softmax(logits).numpy()[np.arange(5), codes.numpy()])
    losses = [
        "cross_entropy",
        "sparse_categorical_crossentropy",
        as_loss(keras.losses.CategoricalCrossentropy()),
        as_loss(keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        lambda y, p: -tf.reduce_sum(y * tf.math.log(p), axis=-1),
    ]
    for loss in losses:
        found = Objective(loss, "softmax", "codes").per_row(codes, logits)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_settings_of_a_keras_loss_are_kept():
    import keras
    import tensorflow as tf

    smooth = as_loss(keras.losses.CategoricalCrossentropy(label_smoothing=0.2))
    logits, codes = tf.constant([[2.0, 0.0, 1.0]]), tf.constant([0])
    p = tf.nn.softmax(logits).numpy()[0]
    expected = -np.sum((0.8 * np.eye(3)[0] + 0.2 / 3) * np.log(p))
    assert Objective(smooth, "softmax", "codes").per_row(codes, logits).numpy() == pytest.approx(
        [expected]
    )
    assert smooth == as_loss(keras.losses.CategoricalCrossentropy(label_smoothing=0.2))
    assert smooth != as_loss(keras.losses.CategoricalCrossentropy())


def test_several_targets_are_averaged_within_a_row():
    import tensorflow as tf

    truth, prediction = tf.zeros((2, 3)), tf.constant([[1.0, 2, 3], [0, 0, 3]])
    np.testing.assert_allclose(VALUES.per_row(truth, prediction), [14 / 3, 3])


def test_a_loss_that_reduces_over_rows_is_refused():
    import tensorflow as tf

    def reduced(truth, prediction):
        return tf.reduce_mean((truth - prediction) ** 2)

    with pytest.raises(HyperparameterError, match="one number for all rows"):
        trained(architecture(objective=replace(CLASSES, loss=reduced)), data(), 1)


def test_unknown_losses_are_answered_with_the_nearest_names():
    with pytest.raises(HyperparameterError, match="did you mean 'cross_entropy'"):
        as_loss("cross_entrop")
    with pytest.raises(HyperparameterError, match="There is no loss 3"):
        as_loss(3)


def test_only_l2_and_l1_commute_with_scaling():
    import keras

    assert commutes_with_scaling(as_loss(keras.losses.MeanSquaredError())) == 2
    assert commutes_with_scaling("l1") == 1
    assert commutes_with_scaling(as_loss(keras.losses.Huber())) is None
    assert commutes_with_scaling(max) is None


def test_losses_of_the_user_are_kept_by_class():
    import keras
    import tensorflow as tf

    class Mine(keras.losses.Loss):
        def call(self, truth, prediction):
            return tf.reduce_max(tf.abs(truth - prediction), axis=-1)

    spec = as_loss(Mine())
    assert isinstance(spec, Loss)
    assert spec.loss is Mine
    found = Objective(spec).per_row(tf.zeros((2, 2)), tf.constant([[1.0, 2], [3, 0]]))
    np.testing.assert_allclose(found, [2, 3])


def test_a_loss_whose_configuration_hides_an_argument_is_kept_as_it_is():
    import keras
    import tensorflow as tf

    class Hiding(keras.losses.Loss):
        def __init__(self, secret):
            super().__init__()
            self.secret = secret

        def call(self, truth, prediction):
            return self.secret * tf.reduce_sum(truth - prediction, axis=-1)

    loss = Hiding(3.0)
    assert as_loss(loss) is loss
    found = Objective(loss).per_row(tf.ones((2, 2)), tf.zeros((2, 2)))
    np.testing.assert_allclose(found, [6, 6])
    assert Objective(loss).key != Objective(Hiding(3.0)).key


# accelerations


def test_accelerations_are_compared_and_read_from_names():
    assert as_acceleration("cpu") == Acceleration(strategy="cpu") != Acceleration()
    assert as_acceleration("auto") == kf.Acceleration()
    assert as_acceleration("cpu").resolve() == Placement("/device:CPU:0")


def test_auto_takes_the_cpu_where_there_is_nothing_else_or_steps_are_small():
    assert Acceleration().resolve(flops_per_step=1e3) == Placement("/device:CPU:0")


def test_a_single_device_strategy_is_a_placement_and_trains_the_same_bits():
    import tensorflow as tf

    one = as_acceleration(tf.distribute.OneDeviceStrategy("/cpu:0"))
    placement = one.resolve()
    assert "CPU:0" in placement.device.upper()
    placed = trained(architecture(placement=placement), data(), 2)
    assert np.array_equal(placed.losses, trained(architecture(), data(), 2).losses)


def test_unknown_accelerations_and_several_replicas_are_refused():
    class Two:
        num_replicas_in_sync, extended = 2, None

    with pytest.raises(HyperparameterError, match="can't be 'gpus'"):
        as_acceleration("gpus")
    with pytest.raises(HyperparameterError, match="2 replicas"):
        as_acceleration(Two())
    with pytest.raises(HyperparameterError, match="no strategy"):
        as_acceleration(7)


def test_a_gpu_that_is_not_there_is_told():
    import tensorflow as tf

    if tf.config.list_logical_devices("GPU"):
        pytest.skip("there is a GPU")
    with pytest.raises(EnvironmentMismatch, match="TensorFlow sees no GPU"):
        as_acceleration("gpu").resolve()


def test_another_backend_of_keras_is_told(monkeypatch):
    import keras

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(EnvironmentMismatch, match="KERAS_BACKEND=tensorflow"):
        compat.keras_on_tensorflow()


def test_the_private_interfaces_have_fallbacks(monkeypatch):
    """Without them, results are the same."""

    class Bare:
        pass

    class Nested:
        layers = ()

    compat.sole_replica(Bare())
    inner = Nested()
    outer = Nested()
    outer.layers = (inner,)
    assert compat.layers_of(outer) == [outer, inner]
    monkeypatch.setitem(__import__("sys").modules, "keras.src.backend.common.global_state", None)
    arch = architecture(optimiser=Adam(beta_2=0.99))
    state = trained(arch, data(), 1)
    monkeypatch.undo()
    assert np.array_equal(
        state.losses, trained(architecture(optimiser=Adam(beta_2=0.99)), data(), 1).losses
    )


@pytest.mark.parametrize("kind", ["values", "codes", "binary"])
def test_losses_of_another_kind_of_target_are_refused(kind):
    import keras

    allowed = {"values": "huber", "codes": "kl_divergence", "binary": "hinge"}[kind]
    both = ["l2", "mae", keras.losses.MeanSquaredError(), allowed]
    refused = {
        "values": ["cross_entropy", "hinge", keras.losses.KLDivergence()],
        "codes": ["huber", keras.losses.Huber(), "poisson"],
        "binary": ["mape", "categorical_crossentropy", keras.losses.CategoricalCrossentropy()],
    }[kind]
    convert = loss_for(kind)
    assert [convert(loss) for loss in both] == [as_loss(loss) for loss in both]
    for loss in refused:
        with pytest.raises(HyperparameterError, match="can't be used here") as caught:
            convert(loss)
        assert caught.value.remedy


def by_method(truth, prediction):
    return ((truth - prediction) ** 2).mean()


def by_numpy(truth, prediction):
    return np.square(truth - prediction)


def of_one(prediction):
    return prediction


def of_nothing(truth, prediction):
    return None


@pytest.mark.parametrize(
    ("loss", "cause"),
    [
        (by_method, AttributeError),
        (by_numpy, Exception),
        (of_one, TypeError),
        (of_nothing, ValueError),
    ],
)
def test_a_loss_that_fails_in_the_graph_is_named_and_its_error_kept(loss, cause):
    with pytest.raises(HyperparameterError, match=f"The loss '{loss.__name__}' fails") as caught:
        trained(architecture(objective=replace(CLASSES, loss=loss)), data(), 1)
    assert isinstance(caught.value.__cause__, cause)
    assert type(caught.value.__cause__).__name__ in caught.value.received
    assert all([caught.value.expected, caught.value.received, caught.value.remedy])


def test_settings_that_keras_leaves_out_of_configurations_are_kept():
    import keras

    truth, prediction = np.zeros((1, 1), np.float32), np.full((1, 1), 10, np.float32)
    loss = as_loss(keras.losses.Huber(delta=3.0))
    assert loss == Loss(loss="Huber", config={"delta": 3.0})
    assert "delta" in repr(loss)
    assert np.asarray(loss.build()(truth, prediction)) == 3 * (10 - 1.5)
    assert as_loss(keras.losses.SparseCategoricalCrossentropy(axis=0)).config["axis"] == 0


def test_losses_whose_settings_cannot_be_found_stay_objects():
    import keras

    loss = keras.losses.Huber(delta=3.0)
    del loss._fn_kwargs
    assert as_loss(loss) is loss
