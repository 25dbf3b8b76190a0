"""What controls refuse when they are made, and of a trainable before anything is trained."""

import math

import pytest

import kerasflux as kf
from kerasflux.control.loop import run_controls
from kerasflux.control.trainable import Replay

RATES = [
    kf.CycleLearningRate(path="rat"),
    kf.CosineLearningRate(path="rat"),
    kf.CosineLearningRate(upper=0.1, path="rat"),
    kf.ReduceOnPlateau(path="rat"),
]


def refused(control):
    """What is raised of a list with this control, and that nothing was trained for it."""
    replay = Replay([0.5, 0.4, 0.3], settings={"rate": 0.1, "schedule": "cosine"})
    with pytest.raises(Exception) as refusal:
        run_controls(replay, [kf.Step(1), control, kf.NumberLimit(3)], verbosity=0)
    assert replay.n_iterations == 0
    return refusal.value


@pytest.mark.parametrize("control", RATES, ids=repr)
@pytest.mark.parametrize(
    "within", [lambda c: c, lambda c: kf.skip(c, 3), kf.louder, lambda c: kf.composite(c)]
)
def test_paths_that_there_are_not_before_the_first_step(control, within):
    assert isinstance(refused(within(control)), KeyError)


def test_rates_that_are_no_numbers_before_the_first_step():
    for control in (kf.ReduceOnPlateau(path="schedule"), kf.CosineLearningRate(path="schedule")):
        assert isinstance(refused(control), kf.HyperparameterError)


def test_folders_that_there_are_not_before_the_first_step(tmp_path):
    missing = tmp_path / "missing"
    for control in (kf.Save(missing / "a.kflux"), kf.LivePlot(path=missing / "a.png")):
        error = refused(control)
        assert isinstance(error, kf.StorageError)
        assert error.received.startswith(str(missing))
        assert error.remedy == f"create {missing} first"


def test_pictures_of_no_format_before_the_first_step(tmp_path):
    error = refused(kf.LivePlot(path=tmp_path / "a.foo"))
    assert isinstance(error, kf.HyperparameterError)
    assert "png" in error.expected
    replay = Replay([0.5, 0.4])
    controls = [kf.Step(1), kf.LivePlot(path=tmp_path / "a.PNG"), kf.NumberLimit(2)]
    run_controls(replay, controls, verbosity=0)
    assert (tmp_path / "a.PNG").exists()


def test_files_without_a_name():
    for path in ("", "folder/"):
        with pytest.raises(kf.HyperparameterError, match="names no file"):
            kf.Save(path)


def test_items_that_are_no_series():
    for items in (3, None):
        with pytest.raises(kf.HyperparameterError, match="`items` of Data"):
            kf.Data(items)


def test_exceptions_that_cannot_be_raised():
    for given in (3, "boom", dict):
        with pytest.raises(kf.HyperparameterError, match="can't be raised"):
            kf.Error(bool, exception=given)
    assert kf.Error(bool, exception=ValueError("mine")).exception.args == ("mine",)


def test_something_else_among_controls_is_told_what_a_list_is():
    with pytest.raises(kf.HyperparameterError, match=r"3 is no control") as refusal:
        kf.composite(3)
    assert "Step(1)" in refusal.value.remedy


@pytest.mark.parametrize(
    "training", [[0.0, math.nan, 0.5], [math.nan, 0.0, 0.5], [0.5, 0.0, math.nan]]
)
def test_a_nan_beside_a_zero_among_training_losses_never_stops(training):
    losses = [*training, 1.0]
    marks = [True, True, True, False]
    assert kf.stopping_time(kf.PQ(k=3), losses, marks) == 0
    assert kf.stopping_time(kf.PQ(k=3), [0.0, 0.0, 0.0, 1.0], marks) == 1


def test_losses_that_are_no_series():
    for losses in (None, 1.0):
        with pytest.raises(kf.ArgumentError, match="several numbers"):
            kf.stopping_time(kf.Patience(2), losses)
