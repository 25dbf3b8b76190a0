"""Ensembles and stacks in other wrappers and around them: only what is new is trained, counted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from toys import WALKED, Walker

import kerasflux as kf
from kerasflux.hyperparameters import copied
from kerasflux.training import programs

X = pd.DataFrame({"a": np.arange(24.0)})
Y = pd.Series(np.arange(24.0) ** 2 + 1, name="price")
HALF = {"resampling": kf.Holdout(0.5), "measure": "rms"}


@pytest.fixture(autouse=True)
def forget():
    WALKED.clear()


def went_on(model, change):
    """What was trained by a fit after a change of the model, which has to be as good as fresh."""
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    WALKED.clear()
    change(mach.model)
    mach.fit(verbosity=0)
    trained = list(WALKED)
    assert mach.report.decision.startswith("continued (4")
    once = kf.machine(copied(mach.model), X, Y).fit(verbosity=0)
    assert mach.predict().equals(once.predict())
    return trained


def test_a_search_over_ensembles_continues_every_member_of_every_candidate():
    options = {"tuning": kf.Grid(shuffle=False), "resampling": kf.CV(2, rng=0), "measure": "rms"}
    ensemble = kf.EnsembleModel(Walker(epochs=2), n=3, rng=1)
    search = kf.TunedModel(ensemble, range={"model.rate": [0.5, 0.25]}, **options)

    def more(model):
        model.model.model.epochs = 3

    assert went_on(search, more) == [3] * 3 * (2 * 2 + 1)


def test_an_ensemble_of_searches_continues_every_candidate_of_every_member():
    search = kf.TunedModel(
        Walker(epochs=1), range={"rate": [0.5, 0.25]}, tuning=kf.Grid(shuffle=False), **HALF
    )

    def more(model):
        model.model.model.epochs = 2

    assert went_on(kf.EnsembleModel(search, n=2, rng=1), more) == [2] * 2 * (2 + 1)


def test_a_search_over_stacks_continues_the_base_models():
    stack = kf.Stack(Walker(epochs=1), kf.CV(2, rng=0), one=Walker(epochs=2))
    search = kf.TunedModel(
        stack, range={"one.rate": [0.5, 0.25]}, tuning=kf.Grid(shuffle=False), **HALF
    )

    def more(model):
        model.model.one.epochs = 3

    assert went_on(search, more) == [3, 3, 3, 1] * 3


def test_base_models_go_on_in_a_search_whatever_the_metalearner_is():
    stack = kf.Stack(LinearRegression(), kf.CV(2, rng=0), one=Walker(epochs=2))
    search = kf.TunedModel(
        stack, range={"one.rate": [0.5, 0.25]}, tuning=kf.Grid(shuffle=False), **HALF
    )

    def more(model):
        model.model.one.epochs = 3

    assert went_on(search, more) == [3] * 3 * 3


def test_an_iterated_ensemble_grows():
    controls = [kf.Step(2), kf.NumberLimit(3)]
    ensemble = kf.EnsembleModel(Walker(epochs=2), rng=1)

    def more(model):
        model.controls[-1].n = 5

    grown = kf.IteratedModel(ensemble, controls=controls, restore_best=False, **HALF)
    assert went_on(grown, more) == [1, 2] * 4


def test_an_ensemble_of_iterated_models_continues_each():
    controls = [kf.Step(1), kf.NumberLimit(3)]
    iterated = kf.IteratedModel(Walker(), controls=controls, **HALF)

    def more(model):
        model.model.controls[-1].n = 5

    assert went_on(kf.EnsembleModel(iterated, n=2, rng=1), more) == [4, 5, 4, 5]


def test_pipelines_and_changed_targets_go_on_within_members():
    inner = kf.TransformedTargetModel(kf.Standardizer() | Walker(epochs=2), "log1p")

    def more(model):
        model.model.model.walker.epochs = 4

    assert went_on(kf.EnsembleModel(inner, n=3, rng=1), more) == [3, 4] * 3


def test_ensembles_and_stacks_go_on_within_pipelines_and_changed_targets():
    ensemble = kf.EnsembleModel(Walker(epochs=2), n=2, rng=1)
    stack = kf.Stack(Walker(epochs=1), kf.CV(2, rng=0), forest=ensemble, one=Walker())
    model = kf.TransformedTargetModel(kf.Standardizer() | stack, "sqrt")

    def more(model):
        model.model.stack.forest.n = 3

    assert went_on(model, more) == [1, 2] * 3 + [1]


def test_a_seed_that_members_do_not_use_is_refused_as_a_range():
    ensemble = kf.EnsembleModel(kf.NeuralNetworkRegressor(rng=1), n=2)
    values = kf.range(ensemble, "model.rng", values=[1, 2])
    with pytest.raises(kf.HyperparameterError, match=r"model\.rng"):
        kf.learning_curve(ensemble, X, Y, range=values, verbosity=0)


def test_thresholds_vote_and_export(tmp_path):
    import tensorflow as tf

    labels = pd.Categorical(np.where(np.sin(X["a"]) > 0, "yes", "no"), ["no", "yes"])
    graph = kf.Acceleration(jit="graph")
    net = kf.NeuralNetworkBinaryClassifier(builder=kf.MLP((4,)), epochs=2, acceleration=graph)
    model = kf.EnsembleModel(kf.BinaryThresholdPredictor(net, 0.5, positive="yes"), n=3, rng=1)
    mach = kf.machine(model, X, labels).fit(verbosity=0)
    mach.export(tmp_path / "served")
    loaded = tf.saved_model.load(str(tmp_path / "served"))
    said = loaded.serve({"a": tf.constant(X["a"])})["labels"].numpy()
    assert [label.decode() for label in said] == mach.predict().tolist()


def test_members_share_one_compiled_program():
    net = kf.NeuralNetworkRegressor(builder=kf.MLP((3,)), epochs=1, batch_size=7)
    model = kf.EnsembleModel(net, n=1, rng=1)
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    there = len(programs.GRAPH_PROGRAMS) + len(programs.XLA_PROGRAMS)
    mach.model.n = 12
    mach.fit(verbosity=0).predict()
    assert len(programs.GRAPH_PROGRAMS) + len(programs.XLA_PROGRAMS) == there
