"""One-dimensional ranges of hyperparameters."""

import numpy as np
import pytest

from kerasflux.errors import HyperparameterError, UnknownHyperparameter
from kerasflux.hyperparameters import AtLeast, Hyperparameters, field
from kerasflux.search import ranges
from kerasflux.search.ranges import log_range


class Inner(Hyperparameters):
    rate: float = field(0.1, allowed=AtLeast(0))


class Toy(Hyperparameters):
    epochs: int = field(10, allowed=AtLeast(0))
    batch_size: int | str = "auto"
    inner: Inner = field(factory=Inner)


def test_ends_are_exact_and_values_even_on_a_linear_scale():
    assert ranges.range(None, "x", lower=0.1, upper=0.3).values_at(3) == [0.1, 0.2, 0.3]


@pytest.mark.parametrize("scale", ["log", "log2", "log10"])
def test_logarithmic_scales_agree_and_have_exact_ends(scale):
    values = ranges.range(None, "x", lower=1e-4, upper=0.1, scale=scale).values_at(4)
    np.testing.assert_allclose(values, [1e-4, 1e-3, 1e-2, 1e-1], rtol=1e-12)
    assert (values[0], values[-1]) == (1e-4, 0.1)


def test_whole_numbers_are_rounded_and_given_once():
    assert log_range(1, 10).values_at(30) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert ranges.range(None, "epochs", lower=0, upper=5).values_at(3) == [0, 2, 5]
    assert all(type(value) is int for value in log_range(1, 100).values_at(7))


def test_a_range_without_a_path_serves_wherever_it_is_used():
    r = log_range(1, 100)
    assert (r.path, r.scale) == (None, "log10")
    bound = r.bound_to(Toy(), "epochs")
    assert bound.path == "epochs"
    assert bound.values_at(3) == [1, 10, 100]
    assert r.bound_to(Toy(), "inner.rate").values_at(3) == [1.0, 10.0, 100.0]
    assert r.path is None


def test_a_model_says_whether_values_are_whole():
    assert ranges.range(Toy(), "epochs", lower=1.0, upper=4.0).values_at(3) == [1, 2, 4]
    rates = ranges.range(Toy(), "inner.rate", lower=0, upper=1).values_at(3)
    assert rates == [0.0, 0.5, 1.0]
    assert ranges.range(Toy(), "batch_size", lower=8, upper=16).values_at(2) == [8, 16]


def test_values_written_out_are_kept_in_order():
    r = ranges.range(Toy(), "batch_size", values=["auto", 64, 16])
    assert r.values_at(2) == ["auto", 64, 16]
    assert repr(r) == "range(Toy(...), 'batch_size', values=['auto', 64, 16])"


def test_a_range_prints_as_the_call_that_makes_it():
    r = ranges.range(None, "inner.rate", lower=0.1, upper=1.0, scale="log10")
    assert repr(r) == "range(None, 'inner.rate', lower=0.1, upper=1.0, scale='log10')"
    assert eval(repr(r), {"range": ranges.range}) == r


def test_the_model_is_left_as_it_is():
    toy = Toy()
    ranges.range(toy, "epochs", values=[1, 2])
    assert toy == Toy()


def test_numpy_ends_are_taken():
    assert log_range(np.int64(1), np.int64(100)).values_at(3) == [1, 10, 100]


@pytest.mark.parametrize(
    "provoke",
    [
        lambda: ranges.range(None, "x"),
        lambda: ranges.range(None, "x", lower=1),
        lambda: ranges.range(None, "x", values=[]),
        lambda: ranges.range(None, "x", values="relu"),
        lambda: ranges.range(None, "x", values=[1], lower=0),
        lambda: ranges.range(None, "x", lower=2, upper=1),
        lambda: ranges.range(None, "x", lower=1, upper=1),
        lambda: ranges.range(None, "x", lower=0, upper=float("inf")),
        lambda: ranges.range(None, "x", lower="a", upper="b"),
        lambda: ranges.range(None, "x", lower=0, upper=1, scale="log"),
        lambda: log_range(-1, 1),
        lambda: log_range(1, 10).values_at(1),
        lambda: log_range(1, 10).values_at(2.5),
        lambda: ranges.range(Toy(), "epochs", values=[1, -1]),
        lambda: ranges.range(Toy(), "epochs", lower=-1, upper=5),
    ],
)
def test_what_makes_no_range_is_refused(provoke):
    with pytest.raises(HyperparameterError):
        provoke()


def test_the_nearest_scale_and_path_are_offered():
    with pytest.raises(HyperparameterError, match="did you mean 'log10'"):
        ranges.range(None, "x", lower=1, upper=2, scale="log1")
    with pytest.raises(UnknownHyperparameter, match="epochs"):
        ranges.range(Toy(), "epoch", lower=1, upper=2)
    with pytest.raises(UnknownHyperparameter):
        ranges.range(Toy(), "inner.speed", lower=1, upper=2)


def test_a_range_shows_whose_it_is():
    made = ranges.range(Toy(), "epochs", lower=2, upper=6)
    assert repr(made) == "range(Toy(...), 'epochs', lower=2, upper=6)"
    listed = ranges.range(Toy(), "epochs", values=[2, 3])
    assert repr(listed) == "range(Toy(...), 'epochs', values=[2, 3])"
    assert repr(ranges.range(None, "epochs", values=[2])).startswith("range(None, 'epochs'")
    assert made == ranges.range(Toy(epochs=3), "epochs", lower=2, upper=6)
