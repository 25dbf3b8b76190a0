import keras
import numpy as np
import pytest

import kerasflux as kf
from kerasflux.errors import BuilderError, HyperparameterError, UnknownHyperparameter
from kerasflux.neural import defaults

MODELS = [
    kf.NeuralNetworkRegressor,
    kf.MultitargetNeuralNetworkRegressor,
    kf.NeuralNetworkClassifier,
    kf.NeuralNetworkBinaryClassifier,
    kf.ImageClassifier,
]
SHARED = [
    *("builder", "optimiser", "loss", "epochs", "batch_size", "lambda_", "alpha", "shuffle"),
    *("rng", "optimiser_changes_trigger_retraining", "acceleration"),
]
TABULAR = ["embedding_dims", "scaling", "missing"]


@pytest.mark.parametrize("Model", MODELS)
def test_models_have_the_hyperparameters_of_their_kind(Model):
    own = {
        kf.ImageClassifier: ["finaliser", "class_weight"],
        kf.NeuralNetworkClassifier: ["finaliser", "class_weight", *TABULAR],
        kf.NeuralNetworkBinaryClassifier: ["finaliser", "class_weight", *TABULAR],
    }.get(Model, ["target_scaling", *TABULAR])
    assert list(Model._fields) == [*SHARED, *own]


@pytest.mark.parametrize("Model", MODELS)
def test_defaults_are_those_of_one_place(Model):
    model, image = Model(), Model is kf.ImageClassifier
    assert model.builder == (defaults.IMAGE_BUILDER if image else defaults.TABULAR_BUILDER)
    assert model.epochs == (defaults.IMAGE_EPOCHS if image else defaults.TABULAR_EPOCHS)
    assert model.batch_size == "auto"
    assert model.optimiser == kf.optimisers.Adam()
    assert model.shuffle
    assert model.rng is None


@pytest.mark.parametrize("Model", MODELS)
def test_models_iterate_over_epochs_take_weights_and_can_be_exported(Model):
    assert Model.iteration_parameter == "epochs"
    assert Model.supports_weights
    assert Model.supports_training_losses
    assert Model.exportable


@pytest.mark.parametrize("Model", MODELS)
@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("epochs", -1, "at least 0"),
        ("epochs", 2.5, "int"),
        ("batch_size", 0, "at least 1"),
        ("batch_size", "large", "auto"),
        ("lambda_", -0.1, "at least 0"),
        ("lambda_", float("inf"), "finite"),
        ("alpha", 1.5, "between 0 and 1"),
        ("rng", -1, "at least 0"),
        ("optimiser", "adm", "adam"),
        ("loss", "cros_entropy", "cross_entropy"),
        ("acceleration", "gpus", "gpu"),
        ("builder", keras.layers.Dense(2), "builder"),
    ],
)
def test_values_that_cannot_be_are_refused_at_once(Model, name, value, word):
    with pytest.raises(kf.KerasfluxError, match=word):
        Model(**{name: value})
    model = Model()
    with pytest.raises(kf.KerasfluxError, match=word):
        setattr(model, name, value)
    assert model == Model()


@pytest.mark.parametrize(
    ("Model", "name", "value"),
    [
        (kf.NeuralNetworkRegressor, "scaling", "robst"),
        (kf.NeuralNetworkRegressor, "missing", "drop"),
        (kf.NeuralNetworkRegressor, "target_scaling", "robust"),
        (kf.NeuralNetworkRegressor, "embedding_dims", {"a": -1}),
        (kf.NeuralNetworkClassifier, "finaliser", "sofmax"),
        (kf.NeuralNetworkBinaryClassifier, "finaliser", "softmax"),
        (kf.ImageClassifier, "class_weight", "balance"),
    ],
)
def test_values_of_own_hyperparameters_are_refused_too(Model, name, value):
    with pytest.raises(HyperparameterError):
        Model(**{name: value})


def test_a_misspelt_hyperparameter_offers_the_nearest():
    with pytest.raises(UnknownHyperparameter, match="did you mean 'epochs'"):
        kf.NeuralNetworkClassifier(epoch=3)


def test_american_spellings_are_the_same_hyperparameters():
    model = kf.NeuralNetworkClassifier(optimizer="sgd", finalizer="softmax")
    assert model.optimiser == model.optimizer == kf.optimisers.SGD()


def test_names_of_optimisers_and_losses_may_be_keras_objects():
    model = kf.NeuralNetworkRegressor(
        optimiser=keras.optimizers.Adam(0.01), loss=keras.losses.Huber(delta=2.0)
    )
    assert model.optimiser == kf.optimisers.Adam(learning_rate=0.01)
    assert model == kf.NeuralNetworkRegressor(
        optimiser=keras.optimizers.Adam(0.01), loss=keras.losses.Huber(delta=2.0)
    )


def test_target_scitypes_are_those_of_the_prediction():
    continuous, finite = kf.Vector[kf.Continuous], kf.Vector[kf.Multiclass[3]]
    assert continuous <= kf.NeuralNetworkRegressor.target_scitype
    assert finite <= kf.NeuralNetworkClassifier.target_scitype
    assert not finite <= kf.NeuralNetworkBinaryClassifier.target_scitype
    assert finite <= kf.ImageClassifier.target_scitype
    assert kf.Table(kf.Count) <= kf.MultitargetNeuralNetworkRegressor.target_scitype
    assert kf.Vector[kf.GrayImage[8, 8]] <= kf.ImageClassifier.input_scitype


def test_models_take_losses_of_their_kind_of_target():
    with pytest.raises(HyperparameterError, match="the model predicts numbers"):
        kf.NeuralNetworkRegressor(loss="cross_entropy")
    with pytest.raises(HyperparameterError, match="the model predicts labels"):
        kf.NeuralNetworkClassifier().loss = "huber"
    with pytest.raises(HyperparameterError, match="one of two labels"):
        kf.NeuralNetworkBinaryClassifier(loss="sparse_categorical_crossentropy")
    assert kf.ImageClassifier(loss="l2").loss == "l2"


@pytest.mark.parametrize("weight", ["big", None, True, [1.0]])
def test_class_weights_that_are_no_numbers_are_refused_at_once(weight):
    with pytest.raises(HyperparameterError, match=r"class_weight\['hi'\] can't be") as caught:
        kf.NeuralNetworkClassifier(class_weight={"hi": weight})
    assert caught.value.remedy
    assert kf.NeuralNetworkClassifier(class_weight={"hi": np.float32(2)}).class_weight == {"hi": 2}


@pytest.mark.parametrize(
    ("name", "offer"),
    [
        ("learning_rate", "'optimiser.learning_rate'"),
        ("lr", "'optimiser.learning_rate'"),
        ("learning_rte", "'optimiser.learning_rate'"),
        ("random_state", "'rng'"),
        ("seed", "'rng'"),
        ("hidden_layer_sizes", "'builder.hidden'"),
        ("max_iter", "'epochs'"),
        ("dropout", "'builder.dropout'"),
        ("verbose", "mach.fit(verbosity=0)"),
        ("epcohs", "'epochs'"),
    ],
)
def test_names_from_elsewhere_and_from_within_are_answered_with_the_path(name, offer):
    model = kf.NeuralNetworkRegressor()
    for act in (
        lambda: kf.NeuralNetworkRegressor(**{name: 1}),
        lambda: setattr(model, name, 1),
        lambda: getattr(model, name),
        lambda: kf.range(model, name, values=[1]),
    ):
        with pytest.raises(UnknownHyperparameter) as caught:
            act()
        assert offer in caught.value.remedy


@pytest.mark.parametrize(
    ("builder", "offer"),
    [
        ((64, 32), "builder=kf.MLP((64, 32))"),
        ([8], "builder=kf.MLP((8,))"),
        (64, "builder=kf.MLP((64,))"),
        ("mlp", "builder=kf.MLP((64, 64))"),
        ("Linear", "builder=kf.Linear()"),
    ],
)
def test_sizes_and_names_in_place_of_a_builder_are_answered_with_the_builder(builder, offer):
    with pytest.raises(BuilderError) as caught:
        kf.NeuralNetworkRegressor(builder=builder)
    assert offer in caught.value.remedy
    kwargs = {}
    exec(f"model = kf.NeuralNetworkRegressor({offer})", {"kf": kf}, kwargs)


def test_a_rate_in_place_of_an_optimiser_is_answered_with_the_optimiser():
    with pytest.raises(HyperparameterError) as caught:
        kf.NeuralNetworkRegressor(optimiser=0.01)
    assert caught.value.remedy == "write optimiser=kf.optimisers.Adam(learning_rate=0.01)"


@pytest.mark.parametrize("rate", [float("inf"), float("nan")])
def test_learning_rates_have_to_be_finite(rate):
    with pytest.raises(HyperparameterError, match="not finite"):
        kf.optimisers.Adam(learning_rate=rate)


@pytest.mark.parametrize("weight", [-1, -0.5, float("inf"), float("nan"), np.float32("nan")])
def test_class_weights_that_can_not_be_weights_are_refused_at_once(weight):
    with pytest.raises(HyperparameterError, match=r"class_weight\['hi'\] can't be"):
        kf.NeuralNetworkClassifier(class_weight={"hi": weight})
    assert kf.NeuralNetworkClassifier(class_weight={"hi": 0}).class_weight == {"hi": 0}


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (3.0, "write 3 for a size"),
        (1.5, "fraction of the levels"),
        (float("inf"), "fraction of the levels"),
        (float("nan"), "fraction of the levels"),
        (0, "less than 1"),
        (-0.5, "fraction of the levels"),
    ],
)
def test_sizes_of_embeddings_are_whole_or_fractions_of_the_levels(size, problem):
    with pytest.raises(HyperparameterError, match=problem) as caught:
        kf.NeuralNetworkRegressor(embedding_dims={"city": size})
    assert "'city'" in str(caught.value)
    for good in (3, 1, 1.0, 0.5):
        assert kf.NeuralNetworkRegressor(embedding_dims={"city": good})
