"""What iterated models print and show: lines in their order, reasons, snapshots, reports."""

import numpy as np
import pandas as pd
from scripted import Scripted, X, Y, iterated

import kerasflux as kf


def mean_of(orientation):
    return kf.make_measure(lambda y, p: float(np.mean(p)), name="mean", orientation=orientation)


def test_the_decision_is_told_before_why_nothing_was_trained(capsys):
    mach = kf.machine(iterated((1, 2, 3), kf.NumberLimit(2)), X, Y).fit(verbosity=0)
    mach.model.restore_best = False
    mach.fit()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "continued (4: restore_best True -> False)"
    assert lines[1].startswith("stopped after 2 epochs")
    assert len(lines) == 2
    mach.model.retrain = True
    mach.fit()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "continued (4: retrain False -> True)"
    assert lines[2] == "training on all rows for 2 epochs"


def test_the_line_of_progress_names_what_is_measured(capsys):
    kf.machine(iterated((1, 3), kf.NumberLimit(2), measure=mean_of("score")), X, Y).fit()
    assert "  loss 0.5000  mean 3.0000  in " in capsys.readouterr().out


def test_reasons_say_of_scores_that_the_loss_is_the_negated_one():
    rules = [kf.NumberSinceBest(2)]
    scores = kf.machine(iterated((1, 3, 2, 1), *rules, measure=mean_of("score")), X, Y)
    assert scores.fit(verbosity=0).report.stopped == (
        "the loss (minus mean) had no new best for 2 looks, the best was -3 (NumberSinceBest(n=2))"
    )
    losses = kf.machine(iterated((1, 3, 2, 1), *rules, measure=mean_of("loss")), X, Y)
    assert "minus" not in losses.fit(verbosity=0).report.stopped


def test_a_model_in_training_is_not_called_interrupted(tmp_path):
    shown = []
    controls = [
        kf.Step(2),
        kf.Callback(lambda mach: shown.append(repr(mach))),
        kf.Save(tmp_path / "net.kflux"),
        kf.NumberLimit(2),
    ]
    kf.machine(iterated((1,), controls=controls), X, Y).fit(verbosity=0)
    shown.append(repr(kf.load(tmp_path / "net2.kflux", builders=[Scripted])))
    for text, n in zip(shown, (2, 4, 4), strict=True):
        assert text.endswith(f"no data, trained for {n} epochs)")


def test_controls_find_the_hyperparameter_of_a_model_within():
    rates = kf.CycleLearningRate(stepsize=1, lower=0.1, upper=0.3, path="rate")
    pipe = kf.Standardizer() | kf.TransformedTargetModel(Scripted(), kf.Standardizer())
    model = kf.IteratedModel(pipe, [rates, kf.Step(1), kf.NumberLimit(4)])
    mach = kf.machine(model, X, Y + X["a"]).fit(verbosity=0)
    assert mach.history["learning_rate"].tolist() == [0.1, 0.3, 0.1, 0.3]
    model.controls[2].n = 5
    assert mach.fit(verbosity=0).history["learning_rate"].tolist() == [0.1, 0.3, 0.1, 0.3, 0.1]


def test_networks_in_pipelines_are_led_by_the_default_path():
    net = kf.NeuralNetworkRegressor(builder=kf.MLP((4,)), rng=1)
    controls = [kf.ReduceOnPlateau(0.5, patience=1, min_delta=1e9), kf.Step(1), kf.NumberLimit(4)]
    mach = kf.machine(kf.IteratedModel(kf.Standardizer() | net, controls), X, X["b"])
    rates = mach.fit(verbosity=0).history["learning_rate"]
    assert np.allclose(rates, [0.001, 0.001, 0.0005, 0.00025])


def test_a_control_that_makes_training_begin_anew_is_told_of(capsys):
    def reseeded(model):
        model.seed = 1

    controls = [kf.Step(2), kf.WithModelDo(reseeded), kf.NumberLimit(2)]
    mach = kf.machine(iterated((1, 2), controls=controls), X, Y).fit()
    assert "from scratch (seed 0 -> 1), 2 epochs discarded" in capsys.readouterr().out.splitlines()
    assert mach.report.n_iterations == 4
    kf.machine(iterated((1, 2), kf.NumberLimit(2)), X, Y).fit()
    assert "discarded" not in capsys.readouterr().out


LABELS = pd.Series(pd.Categorical(["no", "yes"] * 10, ordered=True))


def around_classifiers():
    net = kf.NeuralNetworkClassifier(builder=kf.MLP((4,)), rng=1)
    model = kf.IteratedModel(net, [kf.Step(1), kf.NumberLimit(2)], measure="accuracy")
    yield kf.Standardizer() | model
    yield kf.BinaryThresholdPredictor(model)
    yield kf.CalibratedModel(model)
    yield kf.BalancedModel(kf.Standardizer() | model)


def test_pictures_of_whatever_is_around_show_the_best_look_and_the_measure():
    for model in around_classifiers():
        drawn = kf.machine(model, X, LABELS).fit(verbosity=0).plot()
        losses, measured = drawn.axes
        assert " ".join(measured.get_ylabel().split()) == "accuracy (more is better)"
        shown = [text.get_text() for text in losses.get_legend().get_texts()]
        assert any(text.startswith("best: ") for text in shown)
        assert any(text.startswith("stopped: ") for text in shown)


def test_pictures_of_transformed_targets_and_of_ensembles():
    model = iterated((1, 2), kf.NumberLimit(2))
    around = kf.TransformedTargetModel(model, kf.Standardizer())
    drawn = kf.machine(around, X, X["a"]).fit(verbosity=0).plot()
    assert drawn.axes[1].get_ylabel().startswith("rms")
    ensemble = kf.EnsembleModel(model, n=2, rng=1)
    mach = kf.machine(ensemble, X, X["a"]).fit(verbosity=0)
    assert ensemble.picture(mach.fitted) is None
