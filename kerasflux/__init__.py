"""Typed, exact and fast training of Keras networks: models, machines, measures, evaluation.

`import kerasflux as kf` loads next to nothing; each public name is imported at its first use, and
TensorFlow by the first thing that needs a tensor.
"""

from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from kerasflux import loggers
    from kerasflux.baselines import ConstantClassifier, ConstantRegressor
    from kerasflux.builders.base import Builder, builder
    from kerasflux.builders.convolutional import ConvNet
    from kerasflux.builders.dense import MLP, Linear, Short
    from kerasflux.catalog import measures
    from kerasflux.composition.pipelines import Pipeline
    from kerasflux.composition.transformed import TransformedTargetModel
    from kerasflux.control.callbacks import (
        Callback,
        WithEvaluationDo,
        WithFittedParamsDo,
        WithIterationsDo,
        WithLossDo,
        WithMachineDo,
        WithModelDo,
        WithNumberDo,
        WithReportDo,
        WithTrainingLossesDo,
    )
    from kerasflux.control.clocks import TimeLimit
    from kerasflux.control.combined import composite, louder, skip, with_state_do
    from kerasflux.control.controls import Control
    from kerasflux.control.counting import UP, NumberLimit, NumberSinceBest, Patience
    from kerasflux.control.criteria import Criterion, Disjunction, Never
    from kerasflux.control.live import LivePlot
    from kerasflux.control.progress import GL, PQ
    from kerasflux.control.rates import CosineLearningRate, CycleLearningRate, ReduceOnPlateau
    from kerasflux.control.snapshots import Save
    from kerasflux.control.steps import Data, Step
    from kerasflux.control.stopping import EarlyStopper, stopping_time
    from kerasflux.control.telling import Error, Info, Warn
    from kerasflux.control.values import InvalidValue, NotANumber, Threshold
    from kerasflux.control.warmup import Warmup
    from kerasflux.errors import (
        ArgumentError,
        BuilderError,
        BuilderNotFound,
        CannotContinue,
        CheckpointMismatch,
        ConcurrentUse,
        DataError,
        EnvironmentMismatch,
        HyperparameterError,
        KerasfluxError,
        MeasureError,
        NotExportable,
        NotFitted,
        NotSupported,
        ResamplingError,
        RowsError,
        ScitypeMismatch,
        SearchFailed,
        StorageError,
        UnknownHyperparameter,
        UnknownName,
        WeightsError,
    )
    from kerasflux.estimators import from_sklearn
    from kerasflux.evaluation import PerformanceComparison, PerformanceEvaluation, evaluate
    from kerasflux.exporting import export
    from kerasflux.hyperparameters import Hyperparameters, field
    from kerasflux.interface import (
        Deterministic,
        Fitted,
        Model,
        Observations,
        Probabilistic,
        Static,
        Unsupervised,
    )
    from kerasflux.interop.conversion import to_sklearn
    from kerasflux.log import KerasfluxWarning, quiet
    from kerasflux.machines import Machine, machine
    from kerasflux.neural.binary import NeuralNetworkBinaryClassifier
    from kerasflux.neural.classifier import NeuralNetworkClassifier
    from kerasflux.neural.embedder import EntityEmbedder
    from kerasflux.neural.image import ImageClassifier
    from kerasflux.neural.multitarget import MultitargetNeuralNetworkRegressor
    from kerasflux.neural.presets import mljflux_defaults
    from kerasflux.neural.regressor import NeuralNetworkRegressor
    from kerasflux.predictions import UnivariateFinite, UnivariateFiniteVector
    from kerasflux.resampling import CV, Holdout, InSample, StratifiedCV, TimeSeriesCV
    from kerasflux.saving import load, save
    from kerasflux.scoring.curves import (
        Curves,
        calibration_curve,
        precision_recall_curve,
        residuals,
        roc_curve,
    )
    from kerasflux.scoring.functions import make_measure
    from kerasflux.scoring.measures import (
        accuracy,
        area_under_curve,
        auc,
        average_precision,
        bac,
        balanced_accuracy,
        brier_loss,
        brier_score,
        cbi,
        confmat,
        confusion_matrix,
        continuous_boyce_index,
        cross_entropy,
        epsilon_insensitive_loss,
        f1,
        f1score,
        false_discovery_rate,
        false_negative,
        false_negative_rate,
        false_positive,
        false_positive_rate,
        fdr,
        fnr,
        fpr,
        hinge_loss,
        huber_loss,
        kappa,
        l1,
        l1_sum,
        l2,
        l2_sum,
        log_cosh,
        log_loss,
        log_score,
        logistic_loss,
        macro_f1,
        macro_f1score,
        mae,
        mape,
        matthews_correlation,
        mcc,
        mcr,
        micro_f1,
        micro_f1score,
        misclassification_rate,
        mse,
        multiclass_false_discovery_rate,
        multiclass_false_negative,
        multiclass_false_negative_rate,
        multiclass_false_positive,
        multiclass_false_positive_rate,
        multiclass_negative_predictive_value,
        multiclass_precision,
        multiclass_recall,
        multiclass_specificity,
        multiclass_true_negative,
        multiclass_true_positive,
        multitarget_accuracy,
        multitarget_misclassification_rate,
        negative_predictive_value,
        npv,
        positive_predictive_value,
        ppv,
        precision,
        precision_at_fixed_recall,
        quantile_loss,
        r2,
        recall,
        rms,
        rmse,
        rmsl,
        rmsle,
        rmslp1,
        rmsp,
        rsq,
        rsquared,
        sensitivity,
        specificity,
        spherical_score,
        tnr,
        tpr,
        true_negative,
        true_negative_rate,
        true_positive,
        true_positive_rate,
        willmott_d,
    )
    from kerasflux.search.halving import Hyperband, SuccessiveHalving
    from kerasflux.search.optunasearch import OptunaSearch
    from kerasflux.search.plans import Explicit, Grid
    from kerasflux.search.ranges import log_range, range
    from kerasflux.search.sampling import LatinHypercube, RandomSearch
    from kerasflux.training import optimisers, schedules
    from kerasflux.training.devices import Acceleration
    from kerasflux.training.inventory import programs
    from kerasflux.transformers.continuous import ContinuousEncoder
    from kerasflux.transformers.dates import DateTimeEncoder
    from kerasflux.transformers.imputer import FillImputer
    from kerasflux.transformers.one_hot import OneHotEncoder
    from kerasflux.transformers.selector import FeatureSelector
    from kerasflux.transformers.standardizer import Standardizer
    from kerasflux.wrappers.balanced import BalancedModel
    from kerasflux.wrappers.calibrated import CalibratedModel
    from kerasflux.wrappers.curves import LearningCurve, learning_curve
    from kerasflux.wrappers.earlystopping import early_stopping
    from kerasflux.wrappers.ensemble import EnsembleModel
    from kerasflux.wrappers.iterated import IteratedModel
    from kerasflux.wrappers.samplers import RandomOversampler, RandomUndersampler
    from kerasflux.wrappers.selection import OneStandardError
    from kerasflux.wrappers.stack import Stack
    from kerasflux.wrappers.threshold import BinaryThresholdPredictor
    from kerasflux.wrappers.tuned import TunedModel
    from scitypes import (
        Array,
        Binary,
        CoercionError,
        ColorImage,
        Continuous,
        Count,
        Density,
        Finite,
        Found,
        GrayImage,
        Image,
        ImageError,
        ImageVector,
        Infinite,
        Known,
        Matrix,
        Missing,
        Multiclass,
        NotATable,
        Nothing,
        OrderedFactor,
        Sampleable,
        Schema,
        SchemaMismatch,
        ScientificDate,
        ScientificDateTime,
        ScientificTime,
        ScientificTimeType,
        ScitypeError,
        Table,
        Textual,
        Tuple,
        Unknown,
        UnknownColumn,
        UnseenLevel,
        Vector,
        autotype,
        codes,
        coerce,
        conforms,
        elscitype,
        images_from_directory,
        levels,
        load_schema,
        matrix,
        nonmissing,
        nrows,
        partition,
        plan,
        schema,
        scitype,
        selectcols,
        selectrows,
        set_levels,
        table,
        unpack,
        unwrap,
    )

    optimizers = optimisers

__version__ = "0.1.0"

# Public name -> module that owns it. A test holds this table against the docs.
_OWNERS = {
    "scitypes": (
        "Found Unknown Known Infinite Continuous Count Finite Multiclass OrderedFactor Binary "
        "Image GrayImage ColorImage ScientificTimeType ScientificDate ScientificTime "
        "ScientificDateTime Textual Missing Nothing Density Sampleable Vector Matrix Array Tuple "
        "Table nonmissing scitype elscitype schema Schema load_schema coerce conforms ImageVector "
        "levels set_levels codes unwrap table matrix nrows selectrows selectcols partition unpack "
        "autotype plan images_from_directory "
        "ScitypeError CoercionError SchemaMismatch UnknownColumn UnseenLevel ImageError NotATable"
    ),
    "kerasflux.errors": (
        "KerasfluxError HyperparameterError UnknownHyperparameter UnknownName DataError "
        "ScitypeMismatch RowsError WeightsError BuilderError NotFitted CannotContinue NotSupported "
        "NotExportable StorageError BuilderNotFound EnvironmentMismatch ResamplingError "
        "MeasureError ArgumentError ConcurrentUse CheckpointMismatch SearchFailed"
    ),
    "kerasflux.log": "quiet KerasfluxWarning",
    "kerasflux.hyperparameters": "field Hyperparameters",
    "kerasflux.predictions": "UnivariateFinite UnivariateFiniteVector",
    "kerasflux.scoring.functions": "make_measure",
    "kerasflux.scoring.measures": (
        "log_loss log_score brier_loss brier_score spherical_score hinge_loss logistic_loss auc "
        "average_precision precision_at_fixed_recall continuous_boyce_index accuracy "
        "misclassification_rate balanced_accuracy kappa mcc confusion_matrix f1 precision recall "
        "specificity negative_predictive_value false_positive_rate false_negative_rate "
        "false_discovery_rate true_positive true_negative false_positive false_negative macro_f1 "
        "micro_f1 multiclass_precision multiclass_recall multiclass_specificity "
        "multiclass_negative_predictive_value multiclass_false_positive_rate "
        "multiclass_false_negative_rate multiclass_false_discovery_rate multiclass_true_positive "
        "multiclass_true_negative multiclass_false_positive multiclass_false_negative "
        "multitarget_accuracy multitarget_misclassification_rate l1 l2 rms r2 mape rmsp rmsl "
        "rmslp1 log_cosh huber_loss quantile_loss epsilon_insensitive_loss l1_sum l2_sum "
        "willmott_d cross_entropy mae mse rmse rsquared rsq rmsle cbi bac f1score sensitivity tpr "
        "true_positive_rate tnr true_negative_rate fpr fnr fdr ppv positive_predictive_value npv "
        "matthews_correlation area_under_curve mcr macro_f1score micro_f1score confmat"
    ),
    "kerasflux.scoring.curves": (
        "roc_curve precision_recall_curve calibration_curve residuals Curves"
    ),
    "kerasflux.resampling": "Holdout CV StratifiedCV TimeSeriesCV InSample",
    "kerasflux.control.criteria": "Criterion Never Disjunction",
    "kerasflux.control.values": "InvalidValue NotANumber Threshold",
    "kerasflux.control.counting": "Patience UP NumberSinceBest NumberLimit",
    "kerasflux.control.progress": "GL PQ",
    "kerasflux.control.clocks": "TimeLimit",
    "kerasflux.control.warmup": "Warmup",
    "kerasflux.control.stopping": "EarlyStopper stopping_time",
    "kerasflux.control.controls": "Control",
    "kerasflux.control.steps": "Step Data",
    "kerasflux.control.telling": "Info Warn Error",
    "kerasflux.control.callbacks": (
        "Callback WithLossDo WithTrainingLossesDo WithIterationsDo WithNumberDo WithEvaluationDo "
        "WithFittedParamsDo WithReportDo WithModelDo WithMachineDo"
    ),
    "kerasflux.control.snapshots": "Save",
    "kerasflux.control.live": "LivePlot",
    "kerasflux.control.rates": "CycleLearningRate CosineLearningRate ReduceOnPlateau",
    "kerasflux.control.combined": "skip louder composite with_state_do",
    "kerasflux.search.ranges": "range log_range",
    "kerasflux.search.plans": "Grid Explicit",
    "kerasflux.search.sampling": "RandomSearch LatinHypercube",
    "kerasflux.search.halving": "SuccessiveHalving Hyperband",
    "kerasflux.search.optunasearch": "OptunaSearch",
    "kerasflux.training.devices": "Acceleration",
    "kerasflux.training.inventory": "programs",
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
    "kerasflux.transformers.standardizer": "Standardizer",
    "kerasflux.transformers.one_hot": "OneHotEncoder",
    "kerasflux.transformers.continuous": "ContinuousEncoder",
    "kerasflux.transformers.imputer": "FillImputer",
    "kerasflux.transformers.dates": "DateTimeEncoder",
    "kerasflux.transformers.selector": "FeatureSelector",
    "kerasflux.baselines": "ConstantClassifier ConstantRegressor",
    "kerasflux.estimators": "from_sklearn",
    "kerasflux.machines": "Machine machine",
    "kerasflux.composition.pipelines": "Pipeline",
    "kerasflux.composition.transformed": "TransformedTargetModel",
    "kerasflux.evaluation": "evaluate PerformanceEvaluation PerformanceComparison",
    "kerasflux.wrappers.curves": "learning_curve LearningCurve",
    "kerasflux.wrappers.tuned": "TunedModel",
    "kerasflux.wrappers.selection": "OneStandardError",
    "kerasflux.wrappers.ensemble": "EnsembleModel",
    "kerasflux.wrappers.stack": "Stack",
    "kerasflux.wrappers.threshold": "BinaryThresholdPredictor",
    "kerasflux.wrappers.calibrated": "CalibratedModel",
    "kerasflux.wrappers.balanced": "BalancedModel",
    "kerasflux.wrappers.samplers": "RandomOversampler RandomUndersampler",
    "kerasflux.wrappers.earlystopping": "early_stopping",
    "kerasflux.wrappers.iterated": "IteratedModel",
    "kerasflux.catalog": "measures",
    "kerasflux.saving": "load save",
    "kerasflux.exporting": "export",
    "kerasflux.interop.conversion": "to_sklearn",
}
_MODULES = {
    "optimisers": "kerasflux.training.optimisers",
    "optimizers": "kerasflux.training.optimisers",
    "schedules": "kerasflux.training.schedules",
    "loggers": "kerasflux.loggers",
}
# What other libraries have as modules, and where it is here.
_INSTEAD = {
    "losses": 'Losses have names, loss="huber", or are objects of keras.losses.',
    "metrics": "Measures are names of kerasflux itself: kf.accuracy; kf.measures() lists them.",
    "models": "Models are names of kerasflux itself: kf.NeuralNetworkClassifier.",
    "layers": "Layers are those of Keras: keras.layers.",
    "callbacks": "Functions of each epoch's row of the history: mach.fit(on_epoch=f).",
}
_NAMES = {name: module for module, names in _OWNERS.items() for name in names.split()}

__all__ = [
    "CV",
    "GL",
    "MLP",
    "PQ",
    "UP",
    "Acceleration",
    "ArgumentError",
    "Array",
    "BalancedModel",
    "Binary",
    "BinaryThresholdPredictor",
    "Builder",
    "BuilderError",
    "BuilderNotFound",
    "CalibratedModel",
    "Callback",
    "CannotContinue",
    "CheckpointMismatch",
    "CoercionError",
    "ColorImage",
    "ConcurrentUse",
    "ConstantClassifier",
    "ConstantRegressor",
    "Continuous",
    "ContinuousEncoder",
    "Control",
    "ConvNet",
    "CosineLearningRate",
    "Count",
    "Criterion",
    "Curves",
    "CycleLearningRate",
    "Data",
    "DataError",
    "DateTimeEncoder",
    "Density",
    "Deterministic",
    "Disjunction",
    "EarlyStopper",
    "EnsembleModel",
    "EntityEmbedder",
    "EnvironmentMismatch",
    "Error",
    "Explicit",
    "FeatureSelector",
    "FillImputer",
    "Finite",
    "Fitted",
    "Found",
    "GrayImage",
    "Grid",
    "Holdout",
    "Hyperband",
    "HyperparameterError",
    "Hyperparameters",
    "Image",
    "ImageClassifier",
    "ImageError",
    "ImageVector",
    "InSample",
    "Infinite",
    "Info",
    "InvalidValue",
    "IteratedModel",
    "KerasfluxError",
    "KerasfluxWarning",
    "Known",
    "LatinHypercube",
    "LearningCurve",
    "Linear",
    "LivePlot",
    "Machine",
    "Matrix",
    "MeasureError",
    "Missing",
    "Model",
    "Multiclass",
    "MultitargetNeuralNetworkRegressor",
    "NeuralNetworkBinaryClassifier",
    "NeuralNetworkClassifier",
    "NeuralNetworkRegressor",
    "Never",
    "NotANumber",
    "NotATable",
    "NotExportable",
    "NotFitted",
    "NotSupported",
    "Nothing",
    "NumberLimit",
    "NumberSinceBest",
    "Observations",
    "OneHotEncoder",
    "OneStandardError",
    "OptunaSearch",
    "OrderedFactor",
    "Patience",
    "PerformanceComparison",
    "PerformanceEvaluation",
    "Pipeline",
    "Probabilistic",
    "RandomOversampler",
    "RandomSearch",
    "RandomUndersampler",
    "ReduceOnPlateau",
    "ResamplingError",
    "RowsError",
    "Sampleable",
    "Save",
    "Schema",
    "SchemaMismatch",
    "ScientificDate",
    "ScientificDateTime",
    "ScientificTime",
    "ScientificTimeType",
    "ScitypeError",
    "ScitypeMismatch",
    "SearchFailed",
    "Short",
    "Stack",
    "Standardizer",
    "Static",
    "Step",
    "StorageError",
    "StratifiedCV",
    "SuccessiveHalving",
    "Table",
    "Textual",
    "Threshold",
    "TimeLimit",
    "TimeSeriesCV",
    "TransformedTargetModel",
    "TunedModel",
    "Tuple",
    "UnivariateFinite",
    "UnivariateFiniteVector",
    "Unknown",
    "UnknownColumn",
    "UnknownHyperparameter",
    "UnknownName",
    "UnseenLevel",
    "Unsupervised",
    "Vector",
    "Warmup",
    "Warn",
    "WeightsError",
    "WithEvaluationDo",
    "WithFittedParamsDo",
    "WithIterationsDo",
    "WithLossDo",
    "WithMachineDo",
    "WithModelDo",
    "WithNumberDo",
    "WithReportDo",
    "WithTrainingLossesDo",
    "__version__",
    "accuracy",
    "area_under_curve",
    "auc",
    "autotype",
    "average_precision",
    "bac",
    "balanced_accuracy",
    "brier_loss",
    "brier_score",
    "builder",
    "calibration_curve",
    "cbi",
    "codes",
    "coerce",
    "composite",
    "confmat",
    "conforms",
    "confusion_matrix",
    "continuous_boyce_index",
    "cross_entropy",
    "early_stopping",
    "elscitype",
    "epsilon_insensitive_loss",
    "evaluate",
    "export",
    "f1",
    "f1score",
    "false_discovery_rate",
    "false_negative",
    "false_negative_rate",
    "false_positive",
    "false_positive_rate",
    "fdr",
    "field",
    "fnr",
    "fpr",
    "from_sklearn",
    "hinge_loss",
    "huber_loss",
    "images_from_directory",
    "kappa",
    "l1",
    "l1_sum",
    "l2",
    "l2_sum",
    "learning_curve",
    "levels",
    "load",
    "load_schema",
    "log_cosh",
    "log_loss",
    "log_range",
    "log_score",
    "loggers",
    "logistic_loss",
    "louder",
    "machine",
    "macro_f1",
    "macro_f1score",
    "mae",
    "make_measure",
    "mape",
    "matrix",
    "matthews_correlation",
    "mcc",
    "mcr",
    "measures",
    "micro_f1",
    "micro_f1score",
    "misclassification_rate",
    "mljflux_defaults",
    "mse",
    "multiclass_false_discovery_rate",
    "multiclass_false_negative",
    "multiclass_false_negative_rate",
    "multiclass_false_positive",
    "multiclass_false_positive_rate",
    "multiclass_negative_predictive_value",
    "multiclass_precision",
    "multiclass_recall",
    "multiclass_specificity",
    "multiclass_true_negative",
    "multiclass_true_positive",
    "multitarget_accuracy",
    "multitarget_misclassification_rate",
    "negative_predictive_value",
    "nonmissing",
    "npv",
    "nrows",
    "optimisers",
    "optimizers",
    "partition",
    "plan",
    "positive_predictive_value",
    "ppv",
    "precision",
    "precision_at_fixed_recall",
    "precision_recall_curve",
    "programs",
    "quantile_loss",
    "quiet",
    "r2",
    "range",
    "recall",
    "residuals",
    "rms",
    "rmse",
    "rmsl",
    "rmsle",
    "rmslp1",
    "rmsp",
    "roc_curve",
    "rsq",
    "rsquared",
    "save",
    "schedules",
    "schema",
    "scitype",
    "selectcols",
    "selectrows",
    "sensitivity",
    "set_levels",
    "skip",
    "specificity",
    "spherical_score",
    "stopping_time",
    "table",
    "tnr",
    "to_sklearn",
    "tpr",
    "true_negative",
    "true_negative_rate",
    "true_positive",
    "true_positive_rate",
    "unpack",
    "unwrap",
    "willmott_d",
    "with_state_do",
]


def __getattr__(name: str) -> object:
    if name in _NAMES:
        value: object = getattr(_import_module(_NAMES[name]), name)
    elif name in _MODULES:
        value = _import_module(_MODULES[name])
    else:
        raise _absent(name)
    globals()[name] = value
    return value


def _absent(name: str) -> AttributeError:
    """The error for a name; an import of a module asks for it as a name first, and drops it."""
    if name.startswith("_") or _find_spec(f"{__name__}.{name}"):
        return AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from kerasflux.errors import unknown_name

    return unknown_name(
        "kerasflux", name, __all__, expected="a name in dir(kerasflux)", remedy=_elsewhere(name)
    )


def _elsewhere(name: str) -> str:
    """Where a name is that people look for here, or `""`."""
    if name in _INSTEAD:
        return _INSTEAD[name]
    owners = [m for m in ("optimisers", "schedules") if name in vars(_import_module(_MODULES[m]))]
    return f"kf.{owners[0]}.{name}" if owners else ""


def __dir__() -> list[str]:
    return sorted(__all__)
