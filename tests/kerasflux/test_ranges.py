"""One-dimensional ranges of hyperparameters."""

import json

import numpy as np
import pytest
from scipy import stats

from kerasflux.errors import HyperparameterError, UnknownHyperparameter
from kerasflux.hyperparameters import AtLeast, Hyperparameters, field, from_json, to_json
from kerasflux.search import ranges
from kerasflux.search.ranges import log_range


class Inner(Hyperparameters):
    rate: float = field(0.1, allowed=AtLeast(0))


class Toy(Hyperparameters):
    epochs: int = field(10, allowed=AtLeast(0))
    batch_size: int | str = "auto"
    inner: Inner = field(factory=Inner)
    hidden: tuple[int, ...] = (8,)
    limit: float | None = None


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


# scales


@pytest.mark.parametrize(
    ("scale", "lower", "upper", "middle"),
    [
        ("linear", 0.0, 3.0, 1.5),
        ("log", 0.01, 1.0, 0.1),
        ("log2", 1.0, 16.0, 4.0),
        ("log10", 1e-4, 1.0, 1e-2),
        ("logminus", -1.0, -0.01, -0.1),
        ("log10minus", -100.0, -1.0, -10.0),
        ("reverse_log", 0.001, 0.9, 0.9 + 0.001 - (0.9 * 0.001) ** 0.5),
    ],
)
def test_a_scale_says_what_lies_in_the_middle(scale, lower, upper, middle):
    r = ranges.range(None, "x", lower=lower, upper=upper, scale=scale)
    assert r.value(0.5) == pytest.approx(middle, rel=1e-12)
    assert r.values_at(3) == pytest.approx([lower, middle, upper], rel=1e-12)
    assert (r.value(0.0), r.value(1.0)) == (lower, upper)
    assert r.coordinate(lower) == 0.0
    assert r.coordinate(upper) == 1.0
    assert r.coordinate(r.value(0.3)) == pytest.approx(0.3)


def test_reverse_log_is_dense_where_log_is_sparse():
    plain = ranges.range(None, "x", lower=0.001, upper=1.0, scale="log").values_at(7)
    mirrored = ranges.range(None, "x", lower=0.001, upper=1.0, scale="reverse_log").values_at(7)
    assert mirrored == pytest.approx([1.001 - value for value in reversed(plain)])


def test_a_function_is_applied_to_numbers_that_are_evenly_spread():
    r = ranges.range(None, "x", lower=-3, upper=0, scale=lambda x: 10.0**x)
    assert r.values_at(4) == pytest.approx([1e-3, 1e-2, 1e-1, 1.0])
    assert r.value(0.5) == pytest.approx(10**-1.5)
    assert r.coordinate(r.value(0.25)) == pytest.approx(0.25)
    assert 0.5 in r
    assert 2.0 not in r


def test_a_function_of_whole_numbers_gets_whole_numbers():
    r = ranges.range(Toy(), "batch_size", lower=4, upper=6, scale=lambda k: 2**k)
    assert r.values_at(9) == [16, 32, 64]
    assert set(r.sample(1, 100)) == {16, 32, 64}
    assert [r.value(r.coordinate(value)) for value in (16, 32, 64)] == [16, 32, 64]
    assert r.n_values == 3


def test_a_falling_function_has_coordinates_too():
    r = ranges.range(None, "x", lower=0.0, upper=4.0, scale=lambda x: 0.9**x)
    assert r.coordinate(r.value(0.7)) == pytest.approx(0.7)


@pytest.mark.parametrize("scale", ["linear", "log10"])
def test_whole_numbers_of_a_float_are_floats(scale):
    r = ranges.range(Toy(), "inner.rate", lower=1, upper=8, scale=scale)
    assert all(type(value) is float for value in [*r.values_at(5), *r.sample(0, 20)])


def test_the_hyperparameter_says_what_it_keeps_where_it_has_no_number_yet():
    values = ranges.range(Toy(), "limit", lower=1, upper=4).values_at(4)
    assert values == [1.0, 2.0, 3.0, 4.0]
    assert all(type(value) is float for value in values)


def test_rounding_does_not_lead_beyond_the_logarithm_of_zero():
    r = ranges.range(None, "x", lower=1e-20, upper=1.0, scale="reverse_log")
    assert r.coordinate(1.0) == 1.0
    assert r.values_at(3) == [1e-20, pytest.approx(1.0), 1.0]


def test_ends_of_whole_numbers_are_whole_numbers_within():
    r = ranges.range(Toy(), "epochs", lower=0.5, upper=3.5)
    assert sorted(set(r.sample(0, 200))) == [1, 2, 3]
    assert r.values_at(3) == [1, 2, 3]
    with pytest.raises(HyperparameterError, match="whole number"):
        ranges.range(Toy(), "epochs", lower=0.2, upper=0.8)


# open ends


def test_without_an_upper_end_values_go_two_units_up():
    r = ranges.range(None, "x", lower=1.0, origin=10.0, unit=5.0)
    assert (r.scale, r.values_at(2)) == ("log10", [1.0, 11.0])
    linear = ranges.range(None, "x", lower=0.0, origin=10.0, unit=5.0)
    assert (linear.scale, linear.values_at(3)) == ("linear", [0.0, 5.0, 10.0])


def test_without_a_lower_end_values_go_two_units_down():
    r = ranges.range(None, "x", upper=-1.0, origin=-3.0, unit=2.0)
    assert (r.scale, r.values_at(2)) == ("log10minus", [-5.0, -1.0])


def test_without_ends_values_go_a_unit_to_both_sides():
    assert ranges.range(None, "x", origin=1.0, unit=2.0).values_at(3) == [-1.0, 1.0, 3.0]
    infinite = ranges.range(None, "x", lower=-np.inf, upper=np.inf, origin=1.0, unit=2.0)
    assert infinite.lower is None
    assert infinite.upper is None


def test_draws_of_an_open_range_have_the_mean_and_deviation_that_were_said():
    positive = np.array(ranges.range(None, "x", lower=0.0, origin=4.0, unit=2.0).sample(0, 4000))
    assert positive.min() > 0
    assert (positive.mean(), positive.std()) == pytest.approx((4.0, 2.0), rel=0.05)
    free = np.array(ranges.range(None, "x", origin=-1.0, unit=3.0).sample(0, 4000))
    assert (free.mean(), free.std()) == pytest.approx((-1.0, 3.0), rel=0.06)
    assert np.isfinite(ranges.range(None, "x", origin=0.0, unit=1.0).value(0.0))


# draws


def test_whole_numbers_are_equally_likely_ends_included():
    drawn = ranges.range(None, "x", lower=1, upper=4).sample(0, 8000)
    assert np.bincount(drawn)[1:] / 8000 == pytest.approx([0.25] * 4, abs=0.02)


def test_draws_are_uniform_on_the_scale():
    drawn = np.log10(log_range(1e-4, 1.0).sample(3, 4000))
    shares = np.histogram(drawn, bins=4, range=(-4, 0))[0] / 4000
    assert shares == pytest.approx([0.25] * 4, abs=0.03)


def test_whole_numbers_on_a_logarithmic_scale_are_as_likely_as_their_cells_are_wide():
    drawn = log_range(1, 4).sample(0, 20000)
    cells = np.diff(np.log([0.5, 1.5, 2.5, 3.5, 4.5])) / np.log(9)
    assert np.bincount(drawn)[1:] / 20000 == pytest.approx(cells, abs=0.015)


def test_a_generator_is_moved_on_and_a_seed_is_not():
    r = ranges.range(None, "x", lower=0.0, upper=1.0)
    rng = np.random.default_rng(5)
    assert r.sample(rng, 2) + r.sample(rng, 1) == r.sample(5, 3)


def test_probabilities_say_how_likely_values_are():
    r = ranges.weighted(ranges.range(None, "x", values=["a", "b", "c"]), [0.5, 0.0, 0.5])
    assert set(r.sample(0, 200)) == {"a", "c"}
    assert [r.value(r.coordinate(value)) for value in "ac"] == ["a", "c"]


def test_a_distribution_is_cut_off_at_the_ends():
    r = ranges.weighted(ranges.range(None, "x", lower=0.0, upper=1.0), stats.norm(0, 1))
    drawn = np.array(r.sample(0, 500))
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    oracle = stats.truncnorm(0, 1).ppf(np.random.default_rng(0).random(500))
    np.testing.assert_allclose(drawn, oracle, rtol=1e-9)


def test_a_discrete_distribution_gives_whole_numbers():
    r = ranges.spread_by(stats.binom(4, 0.5))
    assert all(type(value) is int for value in r.sample(0, 50))
    assert [r.value(r.coordinate(value)) for value in range(5)] == [0, 1, 2, 3, 4]


def test_the_grid_of_a_distribution_is_of_equal_probabilities():
    r = ranges.spread_by(stats.expon())
    np.testing.assert_allclose(r.values_at(2), stats.expon().ppf([0.25, 0.75]))


@pytest.mark.parametrize(
    "by",
    [[0.5, 0.6], [1.0], [0.5, -0.5], "ab", stats.norm(0, 1), [0.5, float("nan")]],
)
def test_what_are_no_probabilities_is_refused(by):
    with pytest.raises(HyperparameterError, match="probabilities"):
        ranges.weighted(ranges.range(None, "x", values=["a", "b"]), by)


def test_a_distribution_without_mass_between_the_ends_is_refused():
    within = ranges.range(None, "x", lower=2.0, upper=3.0)
    with pytest.raises(HyperparameterError, match="no range"):
        ranges.weighted(within, stats.uniform(0, 1))
    with pytest.raises(HyperparameterError, match="no distribution"):
        ranges.weighted(within, [0.5, 0.5])


# records


def test_a_range_is_not_changed():
    r = log_range(1, 10)
    with pytest.raises(HyperparameterError, match="is not changed"):
        r.lower = 2


@pytest.mark.parametrize(
    "r",
    [
        ranges.range(None, "x", lower=1, upper=8, scale="log2", when={"y": [1, 2]}),
        ranges.range(None, "x", lower=1.5, origin=4.0, unit=1.0),
        ranges.range(None, "x", values=["a", (8, 8), None], when={"y": 1}),
        ranges.range(None, "x", values=["a"], when={"y": Inner, "z": [Inner, 3]}),
        ranges.range(None, "x", upper=-1, origin=-2, unit=1, scale="linear"),
    ],
)
def test_a_range_is_written_and_read_and_printed_as_it_is(r):
    read = from_json(json.loads(json.dumps(to_json(r))))
    assert read == r
    assert read.sample(0, 5) == r.sample(0, 5)
    assert eval(repr(r), {"range": ranges.range, "Inner": Inner}) == r


@pytest.mark.parametrize(
    ("r", "shown"),
    [
        (log_range(1e-4, 0.1), "log_range(0.0001, 0.1)"),
        (log_range(1, 8, when={"y": 1}), "log_range(1, 8, when={'y': 1})"),
        (ranges.range(lower=0.0, upper=0.5), "range(lower=0.0, upper=0.5)"),
        (ranges.range(values=["a", (8,)]), "range(values=['a', (8,)])"),
        (ranges.range(lower=1.0, origin=2.0, unit=1.0), "range(lower=1.0, origin=2.0, unit=1.0)"),
    ],
)
def test_a_range_without_a_path_prints_as_the_shortest_call(r, shown):
    assert repr(r) == shown
    assert eval(shown, {"range": ranges.range, "log_range": log_range}) == r


def test_values_are_those_that_the_hyperparameter_takes():
    r = ranges.range(Toy(), "hidden", values=[[8], (8, 8)])
    assert r.values_at() == [[8], (8, 8)]
    assert 8 not in ranges.range(None, "x", values=[8.0])
    assert True not in ranges.range(None, "x", lower=0, upper=1)


def test_a_value_outside_of_a_range_has_no_coordinate():
    for r, value in [(log_range(1, 10), 11), (ranges.range(None, "x", values=["a"]), "b")]:
        with pytest.raises(HyperparameterError, match="not in the range"):
            r.coordinate(value)


@pytest.mark.parametrize(
    "options",
    [
        {"lower": -1.0, "upper": 1.0, "scale": "log10"},
        {"lower": -1.0, "upper": 0.0, "scale": "logminus"},
        {"lower": 0.0, "upper": 1.0, "scale": "reverse_log"},
        {"lower": 0.0, "upper": 1.0, "scale": 3},
        {"lower": 0.0, "upper": 1.0, "origin": 0.5, "unit": 0.1},
        {"lower": 0.0, "origin": 1.0},
        {"lower": 0.0, "origin": -1.0, "unit": 1.0},
        {"lower": 0.0, "origin": 1.0, "unit": 0.0},
        {"lower": 0.0, "origin": 1.0, "unit": float("inf")},
        {"upper": 5.0, "origin": 1.0, "unit": 1.0, "scale": "log"},
        {"lower": 1.0, "origin": 2.0, "unit": 1.0, "scale": abs},
        {"lower": 0, "upper": 1, "scale": str},
        {"lower": 0.0, "upper": 1.0, "scale": lambda x: 1 / x},
        {"lower": 0.0, "upper": 1.0, "scale": lambda x: float("inf")},
        {"values": 5},
        {"lower": 0.0, "upper": float("nan")},
        {"lower": True, "upper": 3},
        {"lower": 0.0, "upper": 1.0, "when": "optimiser"},
        {"lower": 0.0, "upper": 1.0, "when": {1: 2}},
    ],
)
def test_ends_scales_and_conditions_that_make_no_range_are_refused(options):
    with pytest.raises(HyperparameterError) as caught:
        ranges.range(None, "x", **options)
    assert caught.value.expected
    assert caught.value.received
    assert caught.value.remedy
