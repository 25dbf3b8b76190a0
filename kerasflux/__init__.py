"""Typed, exact and fast training of Keras networks: models, machines, measures, evaluation.

`import kerasflux as kf` loads next to nothing; each public name is imported at its first use, and
TensorFlow by the first thing that needs a tensor.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

# Public name -> module that owns it. A test holds this table against the docs.
_OWNERS = {
    "scitypes": (
        "Found Unknown Known Infinite Continuous Count Finite Multiclass OrderedFactor Binary "
        "Image GrayImage ColorImage ScientificTimeType ScientificDate ScientificTime "
        "ScientificDateTime Textual Missing Nothing Density Sampleable Vector Matrix Array Tuple "
        "Table nonmissing scitype elscitype schema Schema load_schema coerce conforms ImageVector "
        "levels set_levels unwrap table matrix nrows selectrows selectcols partition unpack "
        "ScitypeError CoercionError SchemaMismatch UnknownColumn UnseenLevel ImageError NotATable"
    ),
    "kerasflux.errors": (
        "KerasfluxError HyperparameterError UnknownHyperparameter DataError ScitypeMismatch "
        "RowsError WeightsError BuilderError NotFitted CannotContinue NotSupported NotExportable "
        "StorageError BuilderNotFound EnvironmentMismatch ResamplingError MeasureError "
        "ArgumentError ConcurrentUse"
    ),
    "kerasflux.log": "quiet",
    "kerasflux.hyperparameters": "field Hyperparameters",
    "kerasflux.predictions": "UnivariateFinite UnivariateFiniteVector",
    "kerasflux.scoring.measures": (
        "log_loss cross_entropy brier_loss accuracy misclassification_rate l1 mae l2 mse rms rmse "
        "confusion_matrix"
    ),
    "kerasflux.resampling": "Holdout CV StratifiedCV",
    "kerasflux.control.stopping": (
        "EarlyStopper InvalidValue NotANumber Patience UP NumberLimit TimeLimit"
    ),
    "kerasflux.search.ranges": "range log_range",
    "kerasflux.training.devices": "Acceleration",
    "kerasflux.builders.base": "Builder builder",
    "kerasflux.builders.dense": "Linear Short MLP",
    "kerasflux.builders.convolutional": "ConvNet",
    "kerasflux.interface": (
        "Model Deterministic Probabilistic Unsupervised Static Fitted Observations"
    ),
    "kerasflux.neural.regressor": "NeuralNetworkRegressor",
    "kerasflux.neural.multitarget": "MultitargetNeuralNetworkRegressor",
    "kerasflux.neural.classifier": "NeuralNetworkClassifier",
    "kerasflux.neural.binary": "NeuralNetworkBinaryClassifier",
    "kerasflux.neural.image": "ImageClassifier",
    "kerasflux.neural.embedder": "EntityEmbedder",
    "kerasflux.neural.presets": "mljflux_defaults",
    "kerasflux.machines": "Machine machine",
    "kerasflux.evaluation": "evaluate PerformanceEvaluation",
    "kerasflux.wrappers.curves": "learning_curve LearningCurve",
    "kerasflux.saving": "load save",
    "kerasflux.exporting": "export",
}
_MODULES = {
    "optimisers": "kerasflux.training.optimisers",
    "optimizers": "kerasflux.training.optimisers",
}
_NAMES = {name: module for module, names in _OWNERS.items() for name in names.split()}

__all__ = ["__version__", *_NAMES, *_MODULES]


def __getattr__(name):
    if name in _NAMES:
        value = getattr(_import_module(_NAMES[name]), name)
    elif name in _MODULES:
        value = _import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'kerasflux' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
