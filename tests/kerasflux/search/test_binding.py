"""Ranges and the hyperparameters of a model: which paths are meant, what values are tried."""

import numpy as np
import pytest
from scipy import stats

from kerasflux.errors import ArgumentError, HyperparameterError, UnknownHyperparameter
from kerasflux.hyperparameters import AtLeast, Hyperparameters, field
from kerasflux.search import Space, candidate, log_range, range, space_of


class Sgd(Hyperparameters):
    rate: float = field(0.1, allowed=AtLeast(0))
    momentum: float = 0.0


class Adam(Hyperparameters):
    rate: float = field(0.1, allowed=AtLeast(0))


class Net(Hyperparameters):
    optimiser: object = field(factory=Adam)
    epochs: int = field(10, allowed=AtLeast(0))
    hidden: tuple[int, ...] = (8,)
    rng: int | None = None
    kind: str = "plain"

    iteration_parameter = property(lambda self: "epochs")


class Around(Hyperparameters):
    model: object = field(factory=Net)
    rng: int | None = None
    tuning: object = field(factory=lambda: log_range(1, 2))


class Ignoring(Net):
    unused_paths = property(lambda self: ("epochs",))


def paths(given, model=None):
    return space_of(given, Net() if model is None else model).paths


def test_a_path_may_leave_out_where_the_model_is_held():
    assert paths({"rate": [0.1]}) == ("optimiser.rate",)
    assert paths({"optimizer.rate": [0.1]}, Around()) == ("model.optimiser.rate",)
    assert paths({"hidden": [(4,)], "model.epochs": [1]}, Around()) == (
        "model.hidden",
        "model.epochs",
    )


def test_the_own_path_comes_before_those_within():
    assert paths({"rng": [1]}, Around()) == ("rng",)
    assert paths({"model.rng": [1]}, Around()) == ("model.rng",)


def test_an_ambiguous_path_is_refused_with_the_full_ones():
    class Two(Hyperparameters):
        one: object = field(factory=Net)
        two: object = field(factory=Net)

    with pytest.raises(HyperparameterError, match="means several") as caught:
        space_of({"epochs": [1]}, Two())
    assert caught.value.expected == "one of one.epochs, two.epochs"
    with pytest.raises(HyperparameterError, match=r"in the conditions of `one\.epochs`"):
        space_of({"one.epochs": range(values=[1], when={"kind": "plain"})}, Two())


def test_an_unknown_path_is_refused_with_the_nearest():
    with pytest.raises(UnknownHyperparameter, match="did you mean 'epochs'"):
        space_of({"epoch": [1]}, Net())
    with pytest.raises(UnknownHyperparameter, match=r"did you mean 'optimiser\.rate'"):
        space_of({"optimiser.rat": [1]}, Net())


def test_a_whole_path_may_lead_into_a_list_of_records():
    class Several(Hyperparameters):
        parts: list[object] = field(factory=lambda: [Sgd(), Adam()])

    made = candidate(Several(), space_of({"parts.1.rate": [0.7]}, Several()).at([0.0]))
    assert made.parts == [Sgd(), Adam(rate=0.7)]
    with pytest.raises(UnknownHyperparameter):
        space_of({"parts.1.momentum": [0.7]}, Several())
    with pytest.raises(UnknownHyperparameter):
        space_of({"parts.7.rate": [0.7]}, Several())


def test_what_is_within_a_range_is_no_hyperparameter_to_be_searched():
    with pytest.raises(UnknownHyperparameter):
        space_of({"lower": [1]}, Around())


def test_every_way_of_writing_ranges_gives_the_same_space():
    alone = range(Net(), "epochs", lower=1, upper=9)
    one = space_of({"epochs": range(lower=1, upper=9)}, Net())
    assert one == space_of(alone, Net()) == space_of([alone], Net()) == space_of((alone,), Net())
    assert one == space_of([(range(None, "epochs", lower=1, upper=9))], Net())
    assert space_of(one, Net()) is one
    assert one.resource == ("epochs", 10)


def test_lists_tuples_and_arrays_of_values_are_ranges():
    space = space_of({"epochs": np.array([1, 2]), "hidden": ((4,), (8,))}, Net())
    assert [d.range.values_at() for d in space.dimensions] == [[1, 2], [(4,), (8,)]]
    assert type(space.dimensions[0].range.values_at()[0]) is int


def test_a_pair_says_the_resolution_of_a_grid():
    space = space_of([(range(None, "epochs", lower=1, upper=9), 3)], Net())
    assert [d.resolution for d in space.dimensions] == [3]
    with pytest.raises(HyperparameterError, match="resolution"):
        space_of({"epochs": (log_range(1, 9), 1)}, Net())


def test_a_pair_says_a_distribution_or_probabilities():
    space = space_of(
        {
            "rate": stats.loguniform(1e-3, 1e-1),
            "momentum": (range(lower=0.0, upper=1.0), stats.norm(0.9, 0.1)),
            "kind": (range(values=["a", "b"]), [0.9, 0.1]),
        },
        Net(optimiser=Sgd()),
    )
    assert 1e-3 <= space.at([0.5, 0.5, 0.5])["optimiser.rate"] <= 1e-1
    assert space.at([0.5, 0.99, 0.85])["optimiser.momentum"] <= 1.0
    assert space.at([0.5, 0.5, 0.85])["kind"] == "a"
    assert space_of([("rate", stats.uniform(0, 1))], Net()).paths == ("optimiser.rate",)


@pytest.mark.parametrize(
    "given",
    [
        5,
        "epochs",
        [1, 3, 10],
        {"epochs": 5},
        {"kind": "plain"},
        None,
        [("epochs", [1, 2])],
        {3: [1, 2]},
    ],
)
def test_what_says_of_no_hyperparameters_is_refused_with_a_remedy(given):
    with pytest.raises(ArgumentError) as caught:
        space_of(given, Net())
    assert caught.value.remedy


@pytest.mark.parametrize("given", [{}, [], ()])
def test_an_empty_space_is_refused(given):
    with pytest.raises(HyperparameterError, match="nothing to search"):
        space_of(given, Net())


def test_ranges_without_a_path_or_with_two_are_refused():
    with pytest.raises(HyperparameterError, match="of which hyperparameter"):
        space_of(log_range(1, 2), Net())
    with pytest.raises(HyperparameterError, match="A range of `epochs` stands at `rng`"):
        space_of({"rng": range(None, "epochs", lower=1, upper=2)}, Net())
    assert paths({"optimiser.rate": range(None, "rate", lower=0.0, upper=1.0)}) == (
        "optimiser.rate",
    )


def test_two_names_of_one_path_are_two_ranges_of_it():
    with pytest.raises(HyperparameterError, match="ranged over twice"):
        space_of({"rate": [0.1], "optimizer.rate": [0.2]}, Net())


def test_values_that_the_hyperparameter_can_not_have_are_refused():
    with pytest.raises(HyperparameterError, match="rate"):
        space_of({"rate": [0.1, -1.0]}, Net())
    with pytest.raises(HyperparameterError, match="epochs"):
        space_of({"epochs": range(lower=-5, upper=5)}, Net())


def test_what_the_model_ignores_is_not_searched():
    with pytest.raises(HyperparameterError, match="makes no use of `epochs`"):
        space_of({"epochs": [1]}, Ignoring())
    with pytest.raises(HyperparameterError, match="makes no use of `epochs`"):
        space_of([{"epochs": 1}], Ignoring())


# conditions


def test_a_condition_on_a_constant_is_judged_at_once():
    rate = range(lower=0.0, upper=1.0, when={"kind": ["plain", "other"]})
    space = space_of({"rate": rate}, Net())
    assert space.dimensions[0].range.when is None
    with pytest.raises(HyperparameterError, match="never in use") as caught:
        space_of({"rate": rate}, Net(kind="third"))
    assert caught.value.received == "kind='third'"


def test_conditions_name_paths_as_ranges_do():
    space = space_of(
        {"optimizer": [Sgd(), Adam()], "momentum": range(
            None, None, lower=0.0, upper=0.9, when={"optimizer": Sgd})},
        Net(),
    )  # fmt: skip
    assert repr(space.dimensions[1].range.when) == "{'optimiser': Sgd}"
    assert space.at([0.1, 0.0]) == {"optimiser": Sgd(), "optimiser.momentum": 0.0}
    assert space.at([0.9, 0.0]) == {"optimiser": Adam()}


def test_an_unknown_condition_is_refused_with_the_nearest():
    with pytest.raises(UnknownHyperparameter, match="did you mean 'kind'"):
        space_of({"rate": range(values=[0.1], when={"kynd": "plain"})}, Net())


def test_a_range_within_some_of_the_records_needs_a_condition():
    with pytest.raises(UnknownHyperparameter, match="is not there where `optimiser` is Adam"):
        space_of({"optimiser": [Sgd(), Adam()], "momentum": [0.5]}, Net())
    assert paths({"optimiser": [Sgd(), Sgd(momentum=0.1)], "momentum": [0.5]}) == (
        "optimiser",
        "optimiser.momentum",
    )


def test_a_condition_that_no_record_meets_is_refused():
    with pytest.raises(HyperparameterError, match="never in use"):
        space_of(
            {
                "optimiser": [Sgd(), Adam()],
                "momentum": range(values=[0.5], when={"optimiser": int}),
            },
            Net(),
        )


def test_a_condition_within_a_record_that_is_ranged_over_is_refused():
    with pytest.raises(UnknownHyperparameter, match="not ranged over"):
        space_of(
            {
                "optimiser": [Sgd(), Adam()],
                "epochs": range(values=[1], when={"optimiser.rate": 0.1}),
            },
            Net(),
        )


# candidates


def test_a_candidate_shares_nothing_with_the_model_or_the_range():
    shared = Sgd()
    space = space_of({"optimiser.momentum": [0.5], "optimiser": [shared]}, Net())
    point = space.at([0.0, 0.0])
    made = candidate(Net(), point)
    assert made.optimiser == Sgd(momentum=0.5)
    made.optimiser.rate = 9.0
    assert shared == Sgd()
    assert point["optimiser"] == Sgd()


def test_a_resource_sets_the_iteration_parameter():
    assert candidate(Net(), {"rng": 1}, resource=3) == Net(rng=1, epochs=3)


def test_a_whole_model_is_the_value_at_the_empty_path():
    models = [Net(epochs=1), Adam()]
    space = space_of(models, None)
    assert space.listed == ({"": models[0]}, {"": models[1]})
    made = candidate(Net(), space.listed[0], resource=5)
    assert made == Net(epochs=5)
    assert models[0].epochs == 1
    assert space_of([{"": models[0]}], None).listed == ({"": models[0]},)


def test_points_written_out_are_tried_and_named_in_full():
    space = space_of([{"rate": 0.3}, {"optimiser": Sgd(), "momentum": 0.1}], Net())
    assert space.listed == (
        {"optimiser.rate": 0.3},
        {"optimiser": Sgd(), "optimiser.momentum": 0.1},
    )
    for wrong in ({"rate": -1.0}, {"epoch": 1}, {"rate": 0.1, "optimiser.rate": 0.2}):
        with pytest.raises((HyperparameterError, UnknownHyperparameter)):
            space_of([wrong], Net())


def test_a_model_that_does_not_iterate_has_no_resource():
    assert space_of({"rate": [1.0]}, Sgd()).resource is None
    assert isinstance(space_of({"rate": [1.0]}, Sgd()), Space)


def test_a_model_without_hyperparameters_is_said_to_have_none():
    class Bare(Hyperparameters):
        pass

    with pytest.raises(UnknownHyperparameter, match="expected: a model that has some"):
        space_of({"epochs": [1]}, Bare())
