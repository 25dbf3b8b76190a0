"""Spaces: ranges side by side, conditions, and what is no space."""

import math

import pytest

from kerasflux.errors import HyperparameterError, UnknownHyperparameter
from kerasflux.search import Space, log_range, range
from kerasflux.search.conditions import accepts, kept


def chain():
    """b is in use where a is 1, c where b is below 5."""
    return Space(
        [
            range(None, "c", values=["x", "y"], when={"b": lambda b: b < 5}),
            range(None, "b", lower=1, upper=9, when={"a": 1}),
            range(None, "a", values=[0, 1]),
        ]
    )


def test_ranges_are_in_use_where_their_conditions_hold_and_so_on_down():
    assert chain().active({"a": 0, "b": 1, "c": "x"}) == {"a": 0}
    assert chain().active({"a": 1, "b": 9, "c": "x"}) == {"a": 1, "b": 9}
    assert list(chain().active({"a": 1, "b": 1, "c": "x"})) == ["c", "b", "a"]


def test_a_point_is_in_a_space_if_it_has_just_the_values_in_use():
    space = chain()
    assert {"a": 0} in space
    assert {"a": 1, "b": 9} in space
    assert {"a": 0, "b": 1} not in space
    assert {"a": 1} not in space
    assert {"a": 1, "b": 9.0} not in space
    assert {"a": True} not in space
    assert {"a": 0, "d": 1} not in space


def test_points_written_out_are_all_there_is():
    space = Space(listed=[{"a": 1}, {"a": 2, "b": (3,)}])
    assert space.size == 2
    assert {"a": 2, "b": (3,)} in space
    assert {"a": 2} not in space


def test_the_size_counts_combinations():
    three, two = range(None, "a", lower=1, upper=3), range(None, "b", values=["xy"])
    assert Space([three, two]).size == 3
    assert Space([three, log_range(0.1, 1).with_fields(path="c")]).size == math.inf


@pytest.mark.parametrize(
    ("test", "value", "passes"),
    [
        (1, 1, True),
        (1, True, False),
        ([1, 2], 2, True),
        ((1, 2), (1, 2), True),
        ((1, 2), 1, False),
        ({"a", "b"}, "a", True),
        (str, "a", True),
        ([int, "a"], 3, True),
        (lambda v: v > 2, 3, True),
        ([abs], abs, True),
        (None, None, True),
    ],
)
def test_a_test_is_a_value_or_several_or_a_class_or_a_predicate(test, value, passes):
    assert accepts(kept(test), value) is passes


def test_a_predicate_that_fails_is_named_with_what_it_was_asked():
    with pytest.raises(HyperparameterError, match="can't judge 'x'") as caught:
        accepts(lambda v: v > 2, "x")
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.parametrize("given", [{}, {"listed": []}, {"dimensions": []}])
def test_nothing_to_search_is_refused(given):
    with pytest.raises(HyperparameterError, match="nothing to search"):
        Space(**given)


def test_a_range_without_a_path_is_refused():
    with pytest.raises(HyperparameterError, match="of which hyperparameter"):
        Space([log_range(1, 2)])


def test_two_ranges_of_one_path_are_refused():
    with pytest.raises(HyperparameterError, match="`a` is ranged over twice") as caught:
        Space([range(None, "a", values=[1]), range(None, "a", lower=2, upper=3)])
    assert "values=[1]" in caught.value.received
    assert "lower=2" in caught.value.received


def test_a_condition_on_what_is_not_ranged_over_is_refused_with_the_nearest():
    with pytest.raises(UnknownHyperparameter, match="did you mean 'depth'"):
        Space([range(None, "depth", values=[1]), range(None, "a", values=[1], when={"dept": 1})])


def test_conditions_in_a_circle_are_refused_with_the_circle():
    with pytest.raises(HyperparameterError, match="in a circle") as caught:
        Space(
            [
                range(None, "free", values=[1]),
                range(None, "a", values=[1], when={"b": 1}),
                range(None, "b", values=[1], when={"c": 1}),
                range(None, "c", values=[1], when={"b": 1}),
            ]
        )
    assert caught.value.received in ("`b` when `c` when `b`", "`c` when `b` when `c`")
    with pytest.raises(HyperparameterError, match="in a circle"):
        Space([range(None, "a", values=[1], when={"a": 1})])
    with pytest.raises(HyperparameterError, match="in a circle"):
        Space([range(None, "a", values=[1], when={"a.b": 1}), range(None, "a.b", values=[1])])
