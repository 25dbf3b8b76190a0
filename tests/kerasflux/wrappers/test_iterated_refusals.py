"""What iterated models refuse, in four parts, before anything is trained."""

import numpy as np
import pandas as pd
import pytest
from scripted import PLAYED, Scripted, X, Y, fitted, iterated
from toys import Shares

import kerasflux as kf
from kerasflux.hyperparameters import field

LIMIT = kf.NumberLimit(2)


@pytest.fixture(autouse=True)
def _nothing_is_trained():
    PLAYED.clear()
    yield
    assert PLAYED == []


def test_models_that_do_not_iterate_or_do_not_predict():
    with pytest.raises(kf.HyperparameterError, match=r"Shares can't be iterated") as refusal:
        kf.IteratedModel(Shares())
    assert "counts no iterations" in refusal.value.received
    with pytest.raises(kf.HyperparameterError, match="Standardizer can't be iterated"):
        kf.IteratedModel(kf.Standardizer())
    embedder = kf.EntityEmbedder(kf.NeuralNetworkRegressor())
    with pytest.raises(kf.HyperparameterError, match="does not predict"):
        kf.IteratedModel(embedder)
    with pytest.raises(kf.HyperparameterError, match="leave the outer one out"):
        kf.IteratedModel(iterated((1,), LIMIT))
    with pytest.raises(kf.HyperparameterError, match=r"Scripted\(\)"):
        kf.IteratedModel(Scripted)


@pytest.mark.parametrize("controls", [[kf.Step(1)], [LIMIT], [], [kf.Step(1), len], kf.Step(1)])
def test_controls_that_train_nothing_or_forever(controls):
    with pytest.raises(kf.HyperparameterError):
        kf.IteratedModel(Scripted(), controls)


@pytest.mark.parametrize(
    "resampling",
    [
        *(kf.CV(), kf.StratifiedCV(), kf.TimeSeriesCV(), [([0], [1]), ([1], [0])], "train", 3),
        *(0.0, 1.5, True, [([0.5], [1])], [([], [1])], kf.Holdout),
    ],
)
def test_resampling_with_several_folds_or_none(resampling):
    with pytest.raises(kf.HyperparameterError) as refusal:
        iterated((1,), LIMIT, resampling=resampling)
    assert refusal.value.name == "resampling"


def test_a_splitter_of_sklearn():
    from sklearn.model_selection import KFold

    with pytest.raises(kf.HyperparameterError, match="not with several folds"):
        iterated((1,), LIMIT, resampling=KFold(3))


def test_rows_that_there_are_not():
    with pytest.raises(kf.ResamplingError):
        fitted((1,), LIMIT, resampling=[(range(10), range(10, 21))])


def test_a_strategy_of_ones_own_with_several_pairs():
    class Twice(kf.Holdout):
        def split(self, rows, y=None, X=None, groups=None):
            return super().split(rows) * 2

    with pytest.raises(kf.ResamplingError, match="Twice gives 2 pairs"):
        fitted((1,), LIMIT, resampling=Twice())


def test_measures_that_cannot_choose():
    with pytest.raises(kf.MeasureError, match="Nobody can choose"):
        iterated((1,), LIMIT, measure=lambda y, p: 1.0)
    with pytest.raises(kf.MeasureError, match="no number"):
        iterated((1,), LIMIT, measure=kf.confusion_matrix)
    with pytest.raises(kf.MeasureError, match="log_loss"):
        fitted((1,), LIMIT, measure="log_loss")
    with pytest.raises(kf.ArgumentError, match="operation"):
        fitted((1,), LIMIT, operation="guess")


def test_training_losses_with_a_measure_or_without_losses():
    with pytest.raises(kf.MeasureError, match="nothing is predicted"):
        fitted((1,), LIMIT, measure="l1", resampling="training")

    class Lossless(Scripted):
        supports_training_losses = False

    model = kf.IteratedModel(Lossless(), [kf.Step(1), LIMIT], resampling="training")
    with pytest.raises(kf.NotSupported, match="Lossless reports no training losses"):
        kf.machine(model, X, Y).fit(verbosity=0)


def test_what_early_stopping_cannot_hold_out():
    for holdout in (0, 1.0, True, "0.2", kf.Holdout()):
        with pytest.raises(kf.HyperparameterError, match="holdout"):
            kf.early_stopping(Scripted(), holdout=holdout)


@pytest.mark.parametrize(
    ("name", "value", "default"),
    [
        ("patience", 0, "10"),
        ("patience", "a", "10"),
        ("min_delta", -1, "0.0"),
        ("max_epochs", 0, "500"),
    ],
)
def test_early_stopping_refuses_in_the_words_that_it_takes(name, value, default):
    with pytest.raises(kf.HyperparameterError, match=f"`{name}` of early_stopping") as refusal:
        kf.early_stopping(Scripted(), **{name: value})
    assert refusal.value.name == name
    assert refusal.value.remedy == f"the default is {default}"


@pytest.mark.parametrize(("n", "share"), [(1, None), (2, 0.8), (20, 0.99), (20, 0.01)])
def test_rows_that_are_too_few_to_hold_some_out(n, share):
    mach = kf.machine(iterated((1,), LIMIT, resampling=share), X[:n], Y[:n])
    with pytest.raises(kf.ResamplingError, match="can't be divided") as refusal:
        mach.fit(verbosity=0)
    assert "training losses" in refusal.value.remedy


class Setting(kf.Control):
    """Sets a path of the model before anything is trained."""

    path: str = "epochs"

    def update(self, state, trainable, cycle, verbosity):
        trainable.set(self.path, 3)


def test_controls_that_set_what_is_counted_or_not_there():
    with pytest.raises(kf.ArgumentError, match="counts the iterations"):
        fitted((1,), controls=[Setting(), kf.Step(1), LIMIT])
    with pytest.raises(kf.UnknownHyperparameter):
        fitted((1,), controls=[Setting(path="optimiser.rate"), kf.Step(1), LIMIT])


@pytest.mark.parametrize("path", ["rat", "model.rate", "rate.rate"])
def test_paths_of_controls_that_there_are_not(path):
    for control in (kf.ReduceOnPlateau(path=path), kf.skip(kf.CycleLearningRate(path=path), 9)):
        with pytest.raises(kf.UnknownHyperparameter):
            fitted((1,), controls=[kf.Step(1), control, LIMIT])


def test_paths_of_controls_that_several_parts_have():
    pipe = kf.Pipeline(one=kf.Standardizer(), two=kf.Standardizer(), net=Scripted())
    model = kf.IteratedModel(pipe, [kf.CycleLearningRate(path="count"), kf.Step(1), LIMIT])
    with pytest.raises(kf.HyperparameterError, match="means several") as refusal:
        kf.machine(model, X, Y).fit(verbosity=0)
    assert refusal.value.expected == "one of one.count, two.count"


@pytest.mark.parametrize("item", [X, [X], (X, Y, None, 1), 3])
def test_data_that_is_no_pair(item):
    with pytest.raises(kf.ArgumentError, match="no rows to train on"):
        fitted((1,), controls=[kf.Data([item]), kf.Step(1), LIMIT])


def test_data_of_other_columns():
    with pytest.raises(kf.SchemaMismatch):
        fitted((1,), controls=[kf.Data([(X[["a"]], Y)]), kf.Step(1), LIMIT])


def test_a_class_that_only_the_held_out_rows_have():
    class Ticking(Shares):
        iteration_parameter = "n"
        n: int = field(1, doc="nothing")

        def fit(self, data, run=None):
            PLAYED.append(1)
            return super().fit(data)

    y = pd.Series(pd.Categorical(["a"] * 14 + ["b"] * 6))
    model = kf.IteratedModel(Ticking(), [kf.Step(1), LIMIT], resampling=kf.Holdout(0.7))
    with pytest.raises(kf.ResamplingError, match="A class is missing"):
        kf.machine(model, X, y).fit(verbosity=0)
    alone = np.array([0])
    model.resampling = [(np.arange(1, 20), alone)]
    model.measure = kf.area_under_curve
    with pytest.raises(kf.MeasureError, match="no value for the test rows"):
        kf.machine(model, X, y).fit(verbosity=0)
