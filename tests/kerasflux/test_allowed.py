from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeVar

import numpy as np
import pytest

from kerasflux.allowed import AtLeast, Between, OneOf, Positive, Unfit, conform, describe, short

T = TypeVar("T")


class Named(Protocol):
    name: str


@pytest.mark.parametrize(
    ("value", "annotation", "stored"),
    [
        (3, int, 3),
        (np.int32(3), int, 3),
        (3, float, 3.0),
        (np.float32(0.5), float, 0.5),
        (np.bool_(True), bool, True),
        (np.str_("a"), str, "a"),
        (None, None, None),
        (None, int | None, None),
        ("auto", int | Literal["auto"], "auto"),
        (np.int64(2), int | Literal["auto"], 2),
        ([1, 2], tuple[int, ...], (1, 2)),
        ((1, "a"), tuple[int, str], (1, "a")),
        ((), tuple[int, ...], ()),
        ([1], tuple, (1,)),
        ((1,), list[float], [1.0]),
        ({"a": 1}, dict[str, float], {"a": 1.0}),
        ({"a": 1}, Mapping[str, Any], {"a": 1}),
        (len, Callable[[Any], int], len),
        ([1], Sequence[int], [1]),
        (int, type[int], int),
        (3, Annotated[int, "n"], 3),
        (object, Any, object),
        ("x", T, "x"),
        ("x", "Unresolved", "x"),
        (3, Named, 3),
    ],
)
def test_values_that_fit_are_stored_in_the_declared_type(value, annotation, stored):
    result = conform(value, annotation)
    assert result == stored
    assert type(result) is type(stored)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (True, int),
        (True, float),
        (1, bool),
        (1.0, int),
        ("1", int),
        (1, str),
        (0, None),
        ("all", int | Literal["auto"]),
        (True, Literal[1]),
        (3, tuple[int, ...]),
        ("ab", tuple[str, ...]),
        ((1, 2, 3), tuple[int, int]),
        ((1, "b"), tuple[int, ...]),
        ({"a": "b"}, dict[str, float]),
        ([1], dict),
        ({1}, list),
        (3, Callable),
        (3, Sequence[int]),
        (3, np.ndarray),
    ],
)
def test_values_that_do_not_fit_are_refused(value, annotation):
    with pytest.raises(Unfit):
        conform(value, annotation)


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        (AtLeast(1), [1, 2.5, None, "auto", (1, 2), {"a": 1}], [0, (1, 0), {"a": 0}]),
        (Positive(), [1e-9, 3], [0, -1, [1, -1]]),
        (Between(0, 1), [0, 0.5, 1], [-0.1, 1.1, float("nan")]),
        (Between(0, 1, open="left"), [1], [0]),
        (Between(0, 1, open="right"), [0], [1]),
        (Between(0, 1, open="both"), [0.5], [0, 1]),
        (OneOf("a", None, 1), ["a", None, 1], ["b", 1.0, True]),
    ],
)
def test_constraints_hold_where_they_say(constraint, good, bad):
    assert [constraint.check(value) for value in good] == [None] * len(good)
    for value in bad:
        assert str(constraint) in constraint.check(value)


def test_annotations_are_described_in_words():
    assert describe(int | Literal["auto"] | None) == "int or 'auto' or None"
    assert describe(Callable[[int], float]) == "Callable[[int], float]"


def test_long_values_are_cut():
    assert len(short(np.arange(1000))) <= 60
    assert short({"f": len, "t": (np.float64(1),)}) == "{'f': len, 't': (1.0,)}"


@pytest.mark.parametrize("constraint", [AtLeast(0), Positive()])
def test_numbers_without_an_upper_end_are_finite_all_the_same(constraint):
    assert constraint.check(float("inf")) == f"inf is not finite and {constraint}"
    assert constraint.check(float("nan")) == f"nan is not finite and {constraint}"
    assert constraint.check(10**400) is None
