"""Learning curves: incremental over epochs, in the order asked for."""

import io

import numpy as np
import pandas as pd
import pytest
import toys
from rich.console import Console
from toys import Shares, Walker

import kerasflux as kf


@pytest.fixture
def X():
    return pd.DataFrame({"a": np.arange(20.0)})


@pytest.fixture
def y():
    return np.arange(20.0)


def test_training_over_epochs_is_incremental(X, y):
    toys.WALKED.clear()
    curve = kf.learning_curve(Walker(), X, y, range=[1, 3, 8], measure="l1", verbosity=0)
    assert list(range(1, 9)) == toys.WALKED
    assert curve.path == "epochs"
    assert curve.values == [1, 3, 8]


def test_incremental_over_every_fold(X, y):
    toys.WALKED.clear()
    kf.learning_curve(Walker(), X, y, range=[1, 4], resampling=kf.CV(nfolds=3), verbosity=0)
    assert len(toys.WALKED) == 12


def test_values_keep_their_order_while_training_rises(X, y):
    toys.WALKED.clear()
    down = kf.learning_curve(Walker(), X, y, range=[8, 3, 1], measure="l1", verbosity=0)
    assert list(range(1, 9)) == toys.WALKED
    up = kf.learning_curve(Walker(), X, y, range=[1, 3, 8], measure="l1", verbosity=0)
    assert down.measurements[::-1].tolist() == up.measurements.tolist()


def test_each_point_is_what_evaluating_gives(X, y):
    holdout = kf.Holdout(0.5, rng=1)
    curve = kf.learning_curve(
        Walker(), X, y, range=kf.log_range(1, 30), resolution=5, resampling=holdout, verbosity=0
    )
    alone = [
        kf.evaluate(Walker(epochs=n), X, y, resampling=holdout, verbosity=0).measurement[0]
        for n in curve.values
    ]
    assert curve.scale == "log10"
    assert curve.measurements[:, 0].tolist() == alone


def test_another_hyperparameter_by_its_path(X, y):
    rates = kf.range(Walker(), "rate", lower=0.1, upper=0.9)
    curve = kf.learning_curve(
        Walker(), X, y, range=rates, resolution=3, measure=["l1", "l2"], verbosity=0
    )
    assert curve.to_frame().columns.tolist() == ["rate", "l1", "l2"]
    assert curve.measurements.shape == (3, 2)


def test_values_that_training_continues_over_are_trained_from_scratch(X, y):
    paces = kf.range(Walker(), "pace", values=[0.1, 0.9, 0.3])
    curve = kf.learning_curve(
        Walker(epochs=2), X, y, range=paces, resampling=kf.Holdout(0.5), verbosity=0
    )
    alone = [
        kf.evaluate(Walker(epochs=2, pace=p), X, y, kf.Holdout(0.5), verbosity=0).measurement[0]
        for p in curve.values
    ]
    assert curve.measurements[:, 0].tolist() == alone
    assert len(set(alone)) == 3


def test_a_learning_curve_over_the_learning_rate_is_that_of_fresh_models(X, y):
    model = kf.NeuralNetworkRegressor(epochs=2, rng=1, builder=kf.MLP((4,)), batch_size=5)
    rates = kf.range(model, "optimiser.learning_rate", values=[1e-4, 1e-1, 1e-2])
    curve = kf.learning_curve(model, X, y, range=rates, resampling=kf.Holdout(0.5), verbosity=0)
    alone = []
    for rate in rates.values:
        model.optimiser.learning_rate = rate
        alone.append(kf.evaluate(model, X, y, kf.Holdout(0.5), verbosity=0).measurement[0])
    assert curve.measurements[:, 0].tolist() == alone
    assert len(set(alone)) == 3


def test_the_machine_and_the_model_are_not_touched(X, y):
    mach = kf.machine(Walker(), X, y).fit(verbosity=0)
    kf.learning_curve(mach, range=[1, 20], verbosity=0)
    assert mach.model == Walker()
    assert len(mach.training_losses) == 11
    assert mach.folds == {}


def test_the_default_holdout_is_said_and_stratified(X, capsys):
    classes = pd.Categorical(["no"] * 10 + ["yes"] * 10)
    smoothing = kf.range(Shares(), "smoothing", values=[0.5, 1.0])
    kf.learning_curve(Shares(), X, classes, range=smoothing)
    assert "70 % of the rows train, the rest test (shuffled, stratified, seed 0)" in (
        capsys.readouterr().out
    )


def test_the_curve_is_drawn_and_printed(X, y):
    curve = kf.learning_curve(Walker(), X, y, range=kf.log_range(1, 10), verbosity=0)
    assert curve.plot().axes[0].get_xscale() == "log"
    assert repr(curve).startswith("learning curve over epochs")
    assert "<table" in curve._repr_html_()


def test_a_curve_is_shown_with_equal_digits_wherever_it_is_looked_at(X, y):
    curve = kf.learning_curve(Walker(), X, y * 1000, range=[1, 10], measure="l1", verbosity=0)
    assert [len(line) for line in repr(curve).splitlines()[1:]] == [len("epochs      l1")] * 3
    assert "border=" not in curve._repr_html_()
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(curve)
    assert "learning curve over epochs" in console.export_text()


def test_what_can_not_be_a_curve_is_refused(X, y):
    classes = pd.Categorical(["no", "yes"] * 10)
    with pytest.raises(kf.ArgumentError, match="does not say of which hyperparameter"):
        kf.learning_curve(Shares(), X, classes, range=[1, 2], verbosity=0)
    smoothing = kf.range(Shares(), "smoothing", values=[0.5, 1.0])
    with pytest.raises(kf.MeasureError, match="numbers"):
        kf.learning_curve(
            Shares(), X, classes, range=smoothing, measure=kf.confusion_matrix, verbosity=0
        )
    with pytest.raises(kf.HyperparameterError):
        kf.learning_curve(Walker(), X, y, range=["many"], verbosity=0)
    with pytest.raises(kf.ArgumentError, match="no values"):
        kf.learning_curve(Walker(), X, y, range=[], verbosity=0)
    with pytest.raises(kf.ArgumentError, match="together with data"):
        kf.learning_curve(kf.machine(Walker(), X, y), X, y, range=[1])


def test_measures_that_are_no_numbers_are_refused_before_training(X):
    classes = pd.Categorical(["no", "yes"] * 10)
    smoothing = kf.range(Shares(), "smoothing", values=[0.5, 1.0])
    toys.PREPARED.clear()
    with pytest.raises(kf.MeasureError, match="numbers") as caught:
        kf.learning_curve(
            Shares(), X, classes, range=smoothing, measure=["log_loss", "confmat"], verbosity=0
        )
    assert caught.value.received == "confusion_matrix"
    assert "kf.evaluate" in caught.value.remedy
    assert toys.PREPARED == []


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (5, "`range=[5]`"),
        ("rate", "`range=kf.range(model, 'rate', values=[...])`"),
        (None, "kf.range(model, 'epochs', values=[...])"),
        ({"rate": [1.0], "pace": [1.0]}, "kf.range(model, 'rate', values=[...])"),
    ],
)
def test_what_is_no_range_is_told_how_to_say_one(X, y, given, remedy):
    with pytest.raises(kf.ArgumentError, match="no range") as caught:
        kf.learning_curve(Walker(), X, y, range=given, verbosity=0)
    assert remedy in caught.value.remedy


def test_a_range_without_values_or_hyperparameter_is_told_what_to_write(X, y):
    with pytest.raises(kf.ArgumentError, match="no values") as caught:
        kf.learning_curve(Walker(), X, y, range=[], verbosity=0)
    assert "`range=[1, 3, 10]`" in caught.value.remedy
    classes = pd.Categorical(["no", "yes"] * 10)
    with pytest.raises(kf.ArgumentError, match="does not say") as caught:
        kf.learning_curve(Shares(), X, classes, range=[1, 2], verbosity=0)
    assert "kf.range(model, 'smoothing'" in caught.value.remedy


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("builder.hiden", "one of builder.hidden, builder.activation"),
        ("optimizer.rat", "one of optimiser.learning_rate, "),
        ("epoch", "one of builder, "),
        ("optimiser.inner.rate", "one of optimiser.learning_rate, "),
    ],
)
def test_a_misspelled_path_is_told_its_siblings_only(path, expected):
    model = kf.NeuralNetworkRegressor(builder=kf.MLP((4,)))
    with pytest.raises(kf.UnknownHyperparameter) as caught:
        kf.range(model, path, values=[1])
    assert caught.value.expected.startswith(expected)
    depth = expected.count(".") > 0
    assert all(("." in name) == depth for name in caught.value.expected[7:].split(", "))


def test_all_values_have_the_folds_of_a_splitter_that_draws_at_random(X, y):
    from sklearn.model_selection import ShuffleSplit

    toys.WALKED.clear()
    kf.learning_curve(Walker(), X, y, range=[1, 2, 3], resampling=ShuffleSplit(2), verbosity=0)
    assert len(toys.WALKED) == 6  # other folds would begin anew


def test_groups_and_several_folds_at_once_are_passed_on(X, y):
    from sklearn.model_selection import GroupKFold

    options = {"range": [1, 4], "resampling": GroupKFold(4), "verbosity": 0}
    groups = np.repeat(np.arange(5), 4)
    one = kf.learning_curve(Walker(), X, y, groups=groups, **options)
    four = kf.learning_curve(Walker(), X, y, groups=groups, n_jobs=4, **options)
    assert one.measurements.tolist() == four.measurements.tolist()


# several seeds


class Drawn(Walker):
    """A walker whose start is drawn by its seed."""

    rng: int = 0

    def predict(self, fitted, X):
        return super().predict(fitted, X) + self.rng


def test_each_seed_has_a_curve_of_its_own_and_goes_on(X, y):
    toys.WALKED.clear()
    options = {"range": [1, 3], "measure": ["l1", "l2"], "verbosity": 0}
    curve = kf.learning_curve(Drawn(), X, y, rngs=3, **options)
    assert len(toys.WALKED) == 3 * 3
    assert curve.seeds == [1, 2, 3]
    assert curve.measurements.shape == (2, 2, 3)
    for k, seed in enumerate(curve.seeds):
        alone = kf.learning_curve(Drawn(rng=seed), X, y, **options)
        assert curve.measurements[:, :, k].tolist() == alone.measurements.tolist()


def test_curves_of_seeds_are_tabled_drawn_and_printed(X, y):
    curve = kf.learning_curve(Drawn(), X, y, range=[1, 3], rngs=[5, 9], measure="l1", verbosity=0)
    frame = curve.to_frame()
    assert frame.columns.tolist() == ["epochs", "seed", "l1"]
    assert frame["epochs"].tolist() == [1, 1, 3, 3]
    assert frame["seed"].tolist() == [5, 9, 5, 9]
    assert frame["l1"][1] == curve.measurements[0, 0, 1]
    assert len(curve.plot().axes[0].lines) >= 3
    assert repr(curve).startswith("learning curve over epochs, mean of 2 seeds")


def test_the_seed_is_looked_for_inward_and_named_where_there_are_several(X, y):
    pipe = kf.Pipeline(scale=kf.Standardizer(), walk=Drawn())
    options = {"range": {"rate": [0.1, 0.2]}, "measure": "l1", "verbosity": 0}
    assert kf.learning_curve(pipe, X, y, rngs=2, **options).path == "walk.rate"
    named = kf.learning_curve(pipe, X, y, rngs=2, rng_name="walk.rng", **options)
    assert named.measurements.shape == (2, 1, 2)
    with pytest.raises(kf.UnknownHyperparameter, match=r"walk\.rgn"):
        kf.learning_curve(pipe, X, y, rngs=2, rng_name="walk.rgn", **options)
    with pytest.raises(kf.HyperparameterError, match="has no seed"):
        kf.learning_curve(Walker(), X, y, rngs=2, **options)
    for none in ([], "a", 2.5):
        with pytest.raises(kf.ArgumentError, match="no seeds"):
            kf.learning_curve(Drawn(), X, y, rngs=none, **options)


def test_a_hyperparameter_that_the_model_ignores_has_no_curve(X, y):
    tuned = kf.TunedModel(Walker(), {"rate": [0.1, 0.2]}, measure="l1")
    with pytest.raises(kf.HyperparameterError, match="makes no use of"):
        kf.learning_curve(tuned, X, y, range={"model.rate": [0.1]}, verbosity=0)
