"""Networks that change their inputs while they train, and networks of which a part stays."""

import numpy as np
import pandas as pd
import pytest
from networks import ARCHITECTURES, differing, weights

import kerasflux as kf

N = 120
_draw = np.random.default_rng(4)
# bright on the left or on the right: what a horizontal flip confuses
SIDE = _draw.integers(0, 2, N)
PIXELS = _draw.integers(0, 90, (N, 8, 8), dtype=np.uint8)
for _i, _side in enumerate(SIDE):
    PIXELS[_i, :, 4 * _side : 4 * _side + 4] += 120
IMAGES = kf.coerce(PIXELS, kf.GrayImage)
SIDES = pd.Categorical(np.where(SIDE == 1, "right", "left"))


def _sequential(*layers):
    import keras

    return keras.Sequential(list(layers))


@kf.builder
def sided(n_in, n_out, n_channels, flip="", shift=0.0):
    import keras

    seen = [keras.layers.RandomFlip(flip)] if flip else []
    seen += [keras.layers.RandomTranslation(shift, shift)] if shift else []
    return _sequential(*seen, keras.layers.Flatten(), keras.layers.Dense(n_out))


def image_machine(epochs=40, **options):
    adam = kf.optimisers.Adam(learning_rate=0.01)
    builder = sided(**options)
    model = kf.ImageClassifier(builder=builder, optimiser=adam, epochs=epochs, batch_size=20, rng=2)
    return kf.machine(model, IMAGES, SIDES).fit(rows=range(80), verbosity=0)


def accuracy(mach):
    return kf.accuracy(SIDES[80:], mach.predict_mode(rows=range(80, N)))


def test_augmentation_is_at_work_while_training_and_not_while_predicting():
    plain, flipped = image_machine(), image_machine(flip="horizontal")
    assert accuracy(plain) == 1
    assert flipped.training_losses[-1] > 0.6  # left is right half of the time
    upside = image_machine(flip="vertical")
    assert accuracy(upside) == 1
    for mach in (flipped, upside):
        first = np.asarray(mach.predict(rows=range(80, N)))
        assert np.array_equal(first, np.asarray(mach.predict(rows=range(80, N))))


def test_losses_before_training_and_of_validation_are_not_of_augmented_images():
    untrained = image_machine(epochs=0, flip="horizontal", shift=0.2)
    expected = kf.log_loss(SIDES[:80], untrained.predict(rows=range(80)))
    assert untrained.training_losses[0] == pytest.approx(expected, rel=1e-5)
    mach = kf.machine(image_machine(epochs=2, shift=0.2).model, IMAGES, SIDES)
    mach.fit(rows=range(80), validation=range(80, N), verbosity=0)
    expected = kf.log_loss(SIDES[80:], mach.predict(rows=range(80, N)))
    assert mach.history["validation_loss"].iloc[-1] == pytest.approx(expected, rel=1e-5)


def test_each_epoch_and_each_row_is_augmented_anew():
    mach = image_machine(epochs=4, shift=0.3)
    mach.model.optimiser.learning_rate = 0.0
    mach.model.epochs = 8
    mach.fit(rows=range(80), verbosity=0)
    frozen = mach.training_losses[5:]  # the weights stand still, only what is seen changes
    assert len(set(frozen.tolist())) == 4


def test_augmentation_is_left_out_of_exports(tmp_path):
    import tensorflow as tf

    mach = image_machine(epochs=3, flip="horizontal", shift=0.2)
    served = tf.saved_model.load(str(mach.export(tmp_path / "served")))
    answers = [served.serve({"images": tf.constant(PIXELS)})["probabilities"] for _ in range(2)]
    assert np.array_equal(*answers)
    assert answers[0].numpy() == pytest.approx(np.asarray(mach.predict()), abs=1e-6)


# parts that stay


X = pd.DataFrame(_draw.normal(size=(N, 3)), columns=["a", "b", "c"])
Y = (2 * X["a"] - X["b"]).rename("y")


@kf.builder
def backbone(n_in, n_out, frozen: bool = kf.field(True, continues=True)):
    import keras

    base = keras.Sequential(
        [keras.layers.Dense(5, "tanh"), keras.layers.BatchNormalization()], name="base"
    )
    base.trainable = not frozen
    return _sequential(keras.Input((n_in,)), base, keras.layers.Dropout(0.1), _head(n_out))


def _head(n_out):
    import keras

    return keras.layers.Dense(n_out, name="head")


@kf.builder
def pretrained(n_in, n_out, frozen: bool = kf.field(True, continues=True), scale=1.0):
    import keras

    base = keras.layers.Dense(4, "tanh", trainable=not frozen)
    network = _sequential(keras.Input((n_in,)), base, _head(n_out))
    base.set_weights([scale * np.linspace(-1, 1, 4 * n_in).reshape(n_in, 4), np.ones(4)])
    return network


def table_machine(builder, epochs=3, jit="graph", **options):
    acceleration = kf.Acceleration(jit=jit)
    fixed = {"batch_size": 16, "rng": 9, "acceleration": acceleration}
    model = kf.NeuralNetworkRegressor(builder=builder, epochs=epochs, **fixed, **options)
    return kf.machine(model, X, Y).fit(verbosity=0)


def moved(before, after):
    """Which variables of the network changed, by position."""
    pairs = zip(weights(before), weights(after), strict=True)
    return [not np.array_equal(a, b) for a, b in pairs]


# kernel and bias of the base; gamma, beta, mean, variance; kernel and bias of the head
BASE, SCALE, STATISTICS, HEAD = [0, 1], [2, 3], [4, 5], [6, 7]


def positions(flags):
    return [k for k, flag in enumerate(flags) if flag]


def test_frozen_layers_stay_with_their_statistics_and_the_rest_learns():
    start, mach = table_machine(backbone(), 0), table_machine(backbone())
    assert positions(moved(start, mach)) == HEAD
    free = table_machine(backbone(frozen=False))
    assert positions(moved(start, free)) == BASE + SCALE + STATISTICS + HEAD
    long = table_machine(backbone(), 60)
    assert positions(moved(start, long)) == HEAD
    assert long.training_losses[-1] < 0.8 * long.training_losses[0]


def test_frozen_layers_are_not_penalised():
    start = table_machine(pretrained(), 0)
    assert positions(moved(start, table_machine(pretrained(), lambda_=1.0))) == [2, 3]


@pytest.mark.parametrize(
    ("optimiser", "jit"), [("adam", "xla"), ("sgd", "graph"), ("adafactor", "graph")]
)
def test_unfreezing_continues_with_the_weights_kept(optimiser, jit):
    mach = table_machine(backbone(), jit=jit, optimiser=optimiser)
    head = weights(mach)
    mach.model.builder.frozen = False
    mach.model.epochs = 3
    with pytest.raises(kf.CannotContinue):
        kf.machine(mach.model, X, Y).fit(restart="never")
    mach.model.epochs = 6
    mach.model.optimiser.learning_rate = 0.0
    mach.fit(verbosity=0)
    changes = "epochs 3 -> 6, builder.frozen True -> False, optimiser.learning_rate"
    assert mach.report.decision.startswith(f"continued (4: {changes}")
    kept = [np.array_equal(a, b) for a, b in zip(head, weights(mach), strict=True)]
    assert positions([not k for k in kept]) == STATISTICS  # a step of no size moves nothing else
    assert len(mach.training_losses) == 7
    mach.model.optimiser.learning_rate, mach.model.epochs = 0.01, 9
    mach.fit(verbosity=0)
    assert all(not np.array_equal(a, b) for a, b in zip(head, weights(mach), strict=True))


def test_unfreezing_starts_the_optimiser_anew_and_keeps_the_weights():
    """Adam's first moments of the head and of the base are of one age, which is its count."""
    mach = table_machine(pretrained(), optimiser="adam")
    before, network = mach.fitted.state.training.optimiser, weights(mach)
    mach.model.builder.frozen = False
    mach.fit(verbosity=0)  # as many epochs as before: nothing is trained
    assert (
        mach.report.decision
        == "continued (4: builder.frozen True -> False), no epochs left to train"
    )
    after = mach.fitted.state.training.optimiser
    assert before[0] > after[0] == 0  # iterations
    assert len(after) > len(before)
    assert not any(slot.any() for slot in after[1:])
    assert all(map(np.array_equal, network, weights(mach)))


def test_freezing_again_continues_too():
    mach = table_machine(pretrained(frozen=False))
    mach.model.builder.frozen, mach.model.epochs = True, 5
    base, head = weights(mach)[:2], weights(mach)[2:]
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("continued")
    assert all(map(np.array_equal, base, weights(mach)[:2]))
    assert not any(map(np.array_equal, head, weights(mach)[2:]))


def test_unfreezing_in_stages_is_exact_through_files(tmp_path):
    def stages(mach, path=None):
        for frozen, epochs in ((False, 5), (False, 7), (True, 8)):
            mach.model.builder.frozen, mach.model.epochs = frozen, epochs
            mach.fit(verbosity=0)
            if path is not None:
                mach.save(path)
                mach = kf.load(path, builders=[backbone]).with_data(X, Y)
        return mach

    plain = stages(table_machine(backbone()))
    saved = stages(table_machine(backbone()), tmp_path / "m.kflux")
    assert differing(plain, saved) == []
    once = table_machine(backbone())
    once.model.builder.frozen, once.model.epochs = False, 7
    once.fit(verbosity=0)
    staged = table_machine(backbone())
    for epochs in (4, 7):
        staged.model.builder.frozen, staged.model.epochs = False, epochs
        staged.fit(verbosity=0)
    assert differing(once, staged) == []


def test_pretrained_weights_are_where_training_starts():
    start, frozen = table_machine(pretrained(), 0), table_machine(pretrained(), 5)
    expected = np.linspace(-1, 1, 12).reshape(3, 4).astype("float32")
    for mach in (start, frozen):
        assert np.array_equal(weights(mach)[0], expected)
        assert (weights(mach)[1] == 1).all()
    free = table_machine(pretrained(frozen=False), 5)
    assert not np.array_equal(weights(free)[0], expected)
    assert np.abs(weights(free)[0] - expected).max() < 0.5  # it started there


def test_other_pretrained_weights_start_from_scratch():
    mach = table_machine(pretrained())
    mach.model.builder.scale = 2.0
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: builder.scale 1.0 -> 2.0)")
    assert weights(mach)[0].max() == 2


def test_a_layer_that_every_build_shares_is_copied_not_trained():
    import keras

    base = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh")])
    before = [np.array(w) for w in base.get_weights()]

    class Shared(kf.Builder):
        """Puts a head on a network that was made elsewhere."""

        def build(self, n_in, n_out):
            return keras.Sequential([base, keras.layers.Dense(n_out)])

    one, two = table_machine(Shared(), 4), table_machine(Shared(), 4)
    assert differing(one, two) == []
    assert all(map(np.array_equal, before, base.get_weights()))
    assert not np.array_equal(weights(one)[0], before[0])


# batch normalisation


def test_statistics_of_batches_survive_restarts_files_and_evaluations(tmp_path):
    case = ARCHITECTURES["normalised"]
    mach, once = case.fitted(epochs=3), case.fitted(epochs=6)
    mach.save(tmp_path / "m.kflux")
    mach = kf.load(tmp_path / "m.kflux", builders=[type(case.fixed["builder"])])
    mach = mach.with_data(case.X, case.y)
    mach.model.epochs = 6
    mach.fit(verbosity=0)
    mach.evaluate(kf.CV(nfolds=2, rng=0), verbosity=0)
    assert differing(mach, once) == []
    statistics = [w for w in weights(once) if w.ndim == 1][3:5]
    assert all(w.any() for w in statistics)
    assert not all(np.allclose(w, np.round(w)) for w in statistics)  # neither zeros nor ones


def test_a_batch_of_one_row_at_the_end_does_not_spoil_statistics():
    """43 rows in batches of 6 leave one row, whose own variance is zero."""
    case = ARCHITECTURES["normalised"]
    mach = case.fitted(43, batch_size=6, epochs=8)
    assert np.isfinite(mach.training_losses).all()
    assert np.isfinite(np.asarray(mach.predict())).all()
