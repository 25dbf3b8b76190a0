import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from neural_cases import SMALL, make, values

import kerasflux as kf
from kerasflux.errors import BuilderNotFound, StorageError
from kerasflux.neural import engine, network
from kerasflux.neural.encoding import ImageEncoding
from kerasflux.training.devices import Acceleration, Placement
from kerasflux.training.losses import Objective

ROOT = Path(__file__).parents[3]
GREY = ImageEncoding((8, 8, 1))


def test_equal_builders_have_equal_keys_and_others_have_others():
    one = network.recipe(SMALL, GREY, 3, seed=1).key
    assert network.recipe(kf.MLP((8,), "relu", dropout=0.2), GREY, 3, seed=2).key == one
    assert network.recipe(kf.MLP((9,), "relu", dropout=0.2), GREY, 3, seed=1).key != one
    assert network.recipe(SMALL, GREY, 4, seed=1).key != one
    assert network.recipe(SMALL, ImageEncoding((8, 9, 1)), 3, seed=1).key != one


def test_changing_a_builder_later_does_not_reach_a_recipe():
    builder = kf.MLP((8,))
    recipe = network.recipe(builder, GREY, 3, seed=1)
    builder.hidden = (5,)
    assert (64, 8) in [tuple(v.shape) for v in recipe.make().variables]


def test_a_configuration_makes_the_network_again():
    recipe = network.recipe(kf.ConvNet(), GREY, 3, seed=1)
    made = recipe.make()
    again = network.recipe_of(network.config_of(made)).make()
    assert [v.shape for v in again.variables] == [v.shape for v in made.variables]


def test_a_network_is_measured_where_there_is_a_gpu_to_choose(monkeypatch):
    import tensorflow as tf

    asked = []

    def resolve(self, flops_per_step=None, training=True):
        asked.append(flops_per_step)
        return Placement()

    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["gpu"])
    monkeypatch.setattr(Acceleration, "resolve", resolve)
    built = []
    inner = network.recipe(SMALL, GREY, 3, seed=1)
    recipe = network.Recipe(lambda: built.append(1) or inner.make(), ("measured", inner.key))
    automatic, told = kf.ImageClassifier(), kf.ImageClassifier(acceleration="cpu")
    objective = Objective("cross_entropy", "softmax", "codes")
    made = engine._architecture(automatic, recipe, objective, 10)
    engine._architecture(told, recipe, objective, 10)
    assert asked == [10 * 6 * (64 * 8 + 8 * 3), None]
    assert len(built) == 2  # by the plan, which everything later shares
    made.executed("auto")
    engine._architecture(automatic, recipe, objective, 10)
    assert len(built) == 2


class Bare(keras.layers.Layer):
    """A layer that nobody registered; `factor` is in its configuration."""

    def __init__(self, factor=2.0, **options):
        super().__init__(**options)
        self.factor = factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}

    def call(self, x):
        return self.factor * x

    def compute_output_shape(self, shape):
        return shape


class WithBare(kf.Builder):
    factor: float = 2.0

    def build(self, n_in, n_out):
        return keras.Sequential(
            [keras.Input((n_in,)), Bare(self.factor), keras.layers.Dense(n_out)]
        )


class WithLambda(kf.Builder):
    def build(self, n_in, n_out):
        return keras.Sequential(
            [
                keras.Input((n_in,)),
                keras.layers.Lambda(lambda x: 2 * x, name="twice"),
                keras.layers.Dense(n_out),
            ]
        )


def test_custom_layers_train_continue_and_differ_by_what_they_hide():
    half, X, y = make("regressor", builder=WithBare(), epochs=1)
    whole, *_ = make("regressor", builder=WithBare(), epochs=2)
    other, *_ = make("regressor", builder=WithBare(3.0), epochs=1)
    data = half.prepare(X, y)
    first = half.fit(data)
    staged = whole.update(first, half, data)
    assert np.array_equal(
        values(whole.predict(staged, X)), values(whole.predict(whole.fit(data), X))
    )
    assert not np.array_equal(
        values(half.predict(first, X)), values(other.predict(other.fit(data), X))
    )


def test_an_unknown_layer_is_told_at_loading_with_how_to_register_it():
    model, X, y = make("regressor", builder=WithBare(), epochs=0)
    record, arrays = model.dump(model.fit(model.prepare(X, y)))
    text = record["network"]
    broken = eval(repr(text).replace("'Bare'", "'Gone'"))
    loaded = model.load({**record, "network": broken}, arrays)
    with pytest.raises(BuilderNotFound, match="register_keras_serializable"):
        model.predict(loaded, X)


def test_lambda_layers_train_but_are_refused_by_name_at_saving(tmp_path):
    model, X, y = make("regressor", builder=WithLambda(), epochs=1)
    fitted = model.fit(model.prepare(X, y))
    assert np.isfinite(values(model.predict(fitted, X))).all()
    mach = kf.machine(model, X, y).fit(verbosity=0)
    with pytest.raises(StorageError, match="lambda") as caught:
        mach.save(tmp_path / "machine.kflux")
    error = caught.value
    assert error.layers == ["twice"]
    assert "`function` of the layer 'twice' (Lambda)" in error.received
    assert "builders=[double]" in error.remedy
    assert list(tmp_path.iterdir()) == []


class Closed(keras.layers.Layer):
    """A layer without a configuration."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def call(self, x):
        return self.function(x)


@kf.builder
def lambdas_within(n_in, n_out):
    head = keras.Sequential(
        [keras.layers.Dense(3, activation=lambda x: x, name="bent"), keras.layers.Dense(n_out)],
        name="head",
    )
    return keras.Sequential([keras.Input((n_in,)), head])


@kf.builder
def closed_within(n_in, n_out):
    head = keras.Sequential([Closed(lambda x: 2 * x, name="shut"), keras.layers.Dense(n_out)])
    return keras.Sequential([keras.Input((n_in,)), head])


@pytest.mark.parametrize(
    ("builder", "layer", "received"),
    [
        (lambdas_within, "bent", "`activation` of the layer 'bent' (Dense)"),
        (closed_within, "shut", "'shut' (Closed)"),
    ],
)
def test_layers_within_layers_that_no_file_can_hold_are_named(builder, layer, received):
    model, X, y = make("regressor", builder=builder(), epochs=0)
    with pytest.raises(StorageError) as caught:
        model.dump(model.fit(model.prepare(X, y)))
    assert caught.value.layers == [layer]
    assert received in caught.value.received
    assert "get_config" in caught.value.expected


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_of_keras_is_told_at_first_use(backend):
    code = (
        "import numpy as np, kerasflux as kf\n"
        "model = kf.NeuralNetworkRegressor(epochs=1)\n"
        "model.fit(model.prepare(np.zeros((5, 2)), np.arange(5.0)))\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT
    )
    assert "EnvironmentMismatch" in done.stderr
    assert f"KERAS_BACKEND={backend}" in done.stderr
    assert "Set KERAS_BACKEND=tensorflow" in done.stderr


def test_models_are_made_printed_and_compared_without_tensorflow():
    code = (
        "import sys, kerasflux as kf\n"
        "one = kf.NeuralNetworkClassifier()\n"
        "other = kf.EntityEmbedder(kf.NeuralNetworkRegressor())\n"
        "repr(one), repr(other), one == kf.NeuralNetworkClassifier(epochs=3)\n"
        "kf.mljflux_defaults(kf.ImageClassifier)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


class Wide(kf.Builder):
    """A builder with an attribute that is no field."""

    width = 3

    def build(self, n_in, n_out):
        parts = keras.layers.Dense(self.width), keras.layers.Dense(n_out)
        return keras.Sequential([keras.Input((n_in,)), *parts])


def test_an_attribute_of_a_builders_class_counts_and_old_fits_keep_their_network(
    monkeypatch, without_programs
):
    model, X, y = make("regressor", builder=Wide())
    data = model.prepare(X, y)
    narrow = model.fit(data)
    expected = values(model.predict(narrow, X))
    monkeypatch.setattr(Wide, "width", 5)
    shapes = [w.shape for w in model.fit(data).params.weights]
    assert shapes[-2:] == [(5, 1), (1,)]
    without_programs()
    assert narrow.params.network.count_params() == sum(w.size for w in narrow.params.weights)
    assert np.array_equal(values(model.predict(narrow, X)), expected)
    more, *_ = make("regressor", builder=Wide(), epochs=4)
    assert more.update(narrow, model, data).report["epochs"] == 4


class Pinball:
    """A loss with a setting, which its user changes in place."""

    def __init__(self, q):
        self.q = q

    def __call__(self, y, p):
        return keras.ops.maximum(self.q * (y - p), (self.q - 1) * (y - p))[:, 0]


def test_a_setting_of_a_loss_that_was_changed_in_place_counts():
    loss = Pinball(0.5)
    model, X, y = make("regressor", loss=loss)
    data = model.prepare(X, y)
    before = model.fit(data).report["training_losses"]
    loss.q = 0.9
    again = model.fit(data).report["training_losses"]
    other, *_ = make("regressor", loss=Pinball(0.9))
    assert not np.array_equal(before, again)
    assert np.array_equal(again, other.fit(data).report["training_losses"])


class Adapted(kf.Builder):
    """A network with a layer that keeps constants made of its variables, one of them a scalar."""

    centre: float = 3.0

    def build(self, n_in, n_out):
        first = keras.layers.Normalization()
        first.adapt(np.random.default_rng(0).normal(self.centre, 2, (50, n_in)).astype("float32"))
        return keras.Sequential([first, keras.layers.Dense(n_out)])


def test_adapted_layers_are_read_shown_and_exported_with_what_they_were_adapted_to(
    tmp_path, without_programs
):
    import tensorflow as tf

    model, X, y = make("regressor", builder=Adapted())
    mach = kf.machine(model, X, y).fit(verbosity=0)
    expected = values(mach.predict(X))
    assert () in [w.shape for w in mach.fitted_params.weights]
    mach.save(tmp_path / "m.kflux")
    without_programs()
    loaded = kf.load(tmp_path / "m.kflux")
    assert np.array_equal(values(loaded.predict(X)), expected)
    one, two = (m.fitted_params.network(m.encode(X)) for m in (mach, loaded))
    assert np.array_equal(one, two)
    loaded.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served")).signatures["serving_default"]
    columns = {name: tf.constant(np.asarray(X[name]).tolist()) for name in ("size", "colour")}
    columns |= {n: tf.constant(np.asarray(X[n], "int64")) for n in ("rooms", "grade")}
    columns["size"] = tf.constant(X["size"].to_numpy())
    answers = served(**columns)["predictions"].numpy().ravel()
    np.testing.assert_allclose(answers, expected, rtol=1e-6)


def test_programs_are_shared_by_networks_adapted_to_other_data_without_mixing_them_up(
    without_programs,
):
    model, X, y = make("regressor", builder=Adapted())
    other, *_ = make("regressor", builder=Adapted(centre=9.0))
    data = model.prepare(X, y)
    fitted = [m.fit(data) for m in (model, other, model)]
    predicted = [values(model.predict(f, X)) for f in fitted]
    assert np.array_equal(predicted[0], predicted[2])
    assert not np.allclose(predicted[0], predicted[1])
    without_programs()
    assert np.array_equal(values(other.fit(data).params.weights[3]), fitted[1].params.weights[3])


class Tripled(keras.layers.Layer):
    """A layer that is not registered with Keras."""

    def call(self, x):
        return 3 * x


def leaning(x):
    return x * keras.ops.sigmoid(2 * x)


class Foreign(kf.Builder):
    def build(self, n_in, n_out):
        parts = Tripled(), keras.layers.Dense(4, leaning), keras.layers.Dense(n_out)
        return keras.Sequential([keras.Input((n_in,)), *parts])


def test_layers_and_functions_that_are_not_registered_are_named_when_saving_and_given_to_load(
    tmp_path, capsys
):
    model, X, y = make("regressor", builder=Foreign())
    mach = kf.machine(model, X, y).fit(verbosity=0)
    mach.save(tmp_path / "m.kflux")
    needed = "kf.load(path, builders=[Tripled, leaning])"
    assert capsys.readouterr().out == f"to load it elsewhere: {needed}\n"
    with pytest.raises(BuilderNotFound, match="Tripled, leaning are not known here") as caught:
        kf.load(tmp_path / "m.kflux").predict(X)
    assert needed in str(caught.value)
    assert caught.value.data["names"] == ["Tripled", "leaning"]
    with pytest.raises(BuilderNotFound, match=": leaning is not known here"):
        kf.load(tmp_path / "m.kflux", builders=[Tripled]).predict(X)
    loaded = kf.load(tmp_path / "m.kflux", builders=[Tripled, leaning])
    assert np.array_equal(values(loaded.predict(X)), values(mach.predict(X)))
    for m in (mach, loaded := loaded.with_data(X, y)):
        m.model.epochs = 5
        m.fit(verbosity=0)
    assert np.array_equal(values(loaded.predict(X)), values(mach.predict(X)))


def test_registered_and_stock_networks_need_nothing(tmp_path, capsys):
    model, X, y = make("regressor")
    kf.machine(model, X, y).fit(verbosity=0).save(tmp_path / "m.kflux")
    assert capsys.readouterr().out == ""
    assert network.unregistered({"a": [{"class_name": "T", "registered_name": "p>T"}]}) == []
