import pytest

import kerasflux as kf
from kerasflux.builders.dense import Linear, Short
from kerasflux.errors import HyperparameterError
from kerasflux.neural import defaults


def test_classifiers_get_mljflux_defaults():
    for kind in (kf.NeuralNetworkClassifier, kf.NeuralNetworkBinaryClassifier):
        model = kf.mljflux_defaults(kind)
        assert model.builder == Short(dropout=0.5)
        assert (model.batch_size, model.epochs, model.shuffle) == (1, 10, False)
        assert model.scaling is None
        assert model.optimiser == kf.optimisers.Adam(learning_rate=0.001, epsilon=1e-8)


def test_regressors_get_a_single_rectified_layer_and_no_target_scaling():
    for kind in (kf.NeuralNetworkRegressor, kf.MultitargetNeuralNetworkRegressor):
        model = kf.mljflux_defaults(kind)
        assert model.builder == Linear("relu")
        assert model.target_scaling is None


def test_image_classifiers_keep_our_builder():
    model = kf.mljflux_defaults(kf.ImageClassifier)
    assert model.builder == defaults.IMAGE_BUILDER
    assert model.epochs == 10


def test_what_is_no_class_of_a_neural_model_is_refused():
    for wrong in (kf.NeuralNetworkClassifier(), kf.EntityEmbedder, "classifier"):
        with pytest.raises(HyperparameterError, match="class of a neural model"):
            kf.mljflux_defaults(wrong)


@pytest.mark.parametrize("batches", [defaults.TABULAR_BATCHES, defaults.IMAGE_BATCHES])
def test_automatic_batches_grow_with_the_rows_within_bounds(batches):
    sizes = [batches(n) for n in (1, 1_000, 20_000, 50_000, 10**7)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (32, batches.largest)


def test_defaults_are_not_shared_between_models():
    one, other = kf.NeuralNetworkClassifier(), kf.NeuralNetworkClassifier()
    one.builder.dropout = 0.7
    assert other.builder == defaults.TABULAR_BUILDER


def test_models_that_are_given_one_spec_and_one_builder_do_not_share_them():
    optimiser, builder = kf.optimisers.Adam(), kf.MLP((8,))
    given = {"optimiser": optimiser, "builder": builder}
    one, other = kf.NeuralNetworkClassifier(**given), kf.NeuralNetworkClassifier(**given)
    one.optimiser.learning_rate = 0.5
    one.builder.dropout = 0.7
    assert (other.optimiser, other.builder) == (kf.optimisers.Adam(), kf.MLP((8,)))
    other.optimiser = one.optimiser
    other.optimiser.learning_rate = 0.25
    assert one.optimiser.learning_rate == 0.5
    assert (optimiser, builder) == (kf.optimisers.Adam(), kf.MLP((8,)))
