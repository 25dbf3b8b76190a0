"""Mixed precision: layers compute in 16 bits, and nothing else is different."""

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf

MIXED = ("mixed_bfloat16", "mixed_float16")
mixed = pytest.mark.parametrize("precision", MIXED)
modes = pytest.mark.parametrize("jit", ["graph", "xla"])


def data(n=200):
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(n, 4)), columns=list("abcd"))
    X["town"] = kf.coerce(pd.Series(draw.choice(list("xyz"), n)), kf.Multiclass)
    return X, 3 * X["a"] + draw.normal(size=n)


def machine(precision, jit="graph", epochs=3, times=1.0, **settings):
    X, y = data()
    model = kf.NeuralNetworkRegressor(
        **{"builder": kf.MLP((16,), dropout=0.2), "batch_size": 32, "rng": 1, **settings},
        epochs=epochs,
        acceleration=kf.Acceleration(strategy="cpu", jit=jit, precision=precision),
    )
    return kf.machine(model, X, times * y)


def fitted(*args, **settings):
    return machine(*args, **settings).fit(verbosity=0)


def same_state(one, other):
    names = [n for n in one.state if n.startswith(("network/", "optimiser/", "losses"))]
    return all(np.array_equal(one.state[n], other.state[n]) for n in names)


@mixed
def test_losses_are_about_those_of_float32_and_variables_keep_32_bits(precision):
    builder = kf.MLP((16,), dropout=0.0)  # 16 bits draw other masks
    full, half = fitted("float32", builder=builder), fitted(precision, builder=builder)
    np.testing.assert_allclose(half.training_losses, full.training_losses, rtol=0.01)
    assert (np.asarray(half.training_losses) != full.training_losses).all()
    floats = {v.dtype.name for n, v in half.state.items() if n.startswith("network/")}
    assert floats <= {"float32", "uint32", "int64"}


@mixed
def test_predictions_are_computed_from_outputs_of_32_bits(precision):
    builder = kf.MLP((16,), dropout=0.0)
    half, full = fitted(precision, builder=builder), fitted("float32", builder=builder)
    assert 0 < np.abs(half.predict() - full.predict()).max() < 0.1
    assert half.fitted_params.network.layers[-1].compute_dtype in ("bfloat16", "float16")


@mixed
@modes
def test_going_on_gives_the_bits_of_one_go(precision, jit):
    staged = fitted(precision, jit, epochs=2)
    staged.model.epochs = 4
    staged.fit(verbosity=0)
    assert same_state(staged, fitted(precision, jit, epochs=4))


def test_another_precision_trains_from_scratch(capsys):
    mach = fitted("float32")
    mach.model.acceleration.precision = "mixed_bfloat16"
    mach.fit()
    told = "from scratch (4: acceleration.precision 'float32' -> 'mixed_bfloat16')"
    assert told in capsys.readouterr().out
    assert same_state(mach, fitted("mixed_bfloat16"))


@mixed
def test_machines_are_saved_loaded_and_go_on(precision, tmp_path):
    mach = fitted(precision, epochs=2)
    mach.save(tmp_path / "mach.kflux")
    loaded, (X, y) = kf.load(tmp_path / "mach.kflux"), data()
    assert np.array_equal(loaded.predict(X), mach.predict(X))
    again = loaded.with_data(X, y)
    for one in (mach, again):
        one.model.epochs = 3
        one.fit(verbosity=0)
    assert same_state(mach, again)


@mixed
def test_an_export_predicts_as_the_machine_does(precision, tmp_path):
    import tensorflow as tf

    mach, (X, _) = fitted(precision), data()
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(tmp_path / "served")
    columns = {
        name: tf.constant(column.astype(str) if name == "town" else column)
        for name, column in X.items()
    }
    answers = served.signatures["serving_default"](**columns)["predictions"].numpy()
    np.testing.assert_allclose(answers.ravel(), mach.predict(), rtol=1e-6)


@mixed
def test_every_one_of_three_thousand_levels_has_an_embedding_of_its_own(precision):
    n = 3000
    levels = [f"level {k:04d}" for k in range(n)]
    X = pd.DataFrame({"level": pd.Categorical(levels, levels), "a": np.linspace(-1, 1, n)})
    y = np.random.default_rng(1).normal(size=n)
    tables = []
    for epochs in (0, 1):
        model = kf.NeuralNetworkRegressor(
            builder=kf.Linear(),
            optimiser=kf.optimisers.SGD(learning_rate=0.1),
            embedding_dims={"level": 2},
            epochs=epochs,
            batch_size=100,
            rng=1,
            acceleration=kf.Acceleration(strategy="cpu", precision=precision),
        )
        mach = kf.machine(model, X, y).fit(verbosity=0)
        tables.append(np.asarray(mach.fitted_params.embeddings["level"]))
    assert tables[0].shape == (n, 2)
    assert (tables[0] != tables[1]).any(axis=1).all()
    assert len(np.unique(tables[1], axis=0)) == n


# the scale of losses


def slots(mach):
    return [v for name, v in sorted(mach.state.items()) if name.startswith("optimiser/")]


def scales(mach):
    """The dynamic scale of losses, the only slot without axes that is above 1."""
    return [float(v) for v in slots(mach) if v.ndim == 0 and v.dtype.kind == "f" and v > 1]


@modes
def test_losses_in_float16_are_scaled_and_overflows_are_left_out(jit):
    calm = fitted("mixed_float16", jit)
    assert scales(calm) == [2.0**15]
    wild = fitted("mixed_float16", jit, times=100.0, target_scaling=None)
    (scale,) = scales(wild)
    assert scale < 2.0**15
    assert np.isfinite(wild.training_losses).all()


def test_a_scale_of_the_users_is_not_replaced():
    own = kf.optimisers.Adam(loss_scale_factor=128.0)
    assert scales(fitted("mixed_float16", optimiser=own)) == []
    assert scales(fitted("mixed_bfloat16")) == []


def test_the_penalty_is_scaled_with_the_losses():
    def weights(precision, lambda_):
        sgd = kf.optimisers.SGD(learning_rate=0.1)
        mach = fitted(precision, lambda_=lambda_, builder=kf.Linear(), optimiser=sgd, epochs=5)
        return mach.fitted_params.network.layers[-1].get_weights()[0]

    full, half = weights("float32", 3.0), weights("mixed_float16", 3.0)
    np.testing.assert_allclose(half, full, atol=0.01)
    assert np.abs(weights("mixed_float16", 0.0) - half).max() > 0.1


# nothing is left behind


def test_the_policy_of_keras_is_the_users_own():
    import keras

    before = keras.config.dtype_policy().name
    fitted("mixed_bfloat16", builder=kf.Linear(), epochs=0)
    assert keras.config.dtype_policy().name == before
    keras.config.set_dtype_policy("mixed_float16")
    try:
        full = fitted("float32", builder=kf.Short(n_hidden=9))
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy(before)
    again = fitted("float32", builder=kf.Short(n_hidden=9))
    assert same_state(full, again)
    assert full.fitted_params.network.layers[-1].compute_dtype == "float32"


def test_an_unknown_precision_is_refused_with_the_nearest():
    with pytest.raises(kf.HyperparameterError, match="mixed_float16"):
        kf.Acceleration(precision="mixed_float61")
