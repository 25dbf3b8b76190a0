"""What scitypes are, how they print, and how wrong ones are refused."""

import numpy as np
import pytest

from scitypes.errors import NotAScitype
from scitypes.lattice import (
    Any_,
    Array,
    Binary,
    ColorImage,
    Continuous,
    Count,
    Density,
    Finite,
    Found,
    GrayImage,
    Image,
    Infinite,
    Known,
    Matrix,
    Missing,
    Multiclass,
    Never,
    Node,
    Nothing,
    OrderedFactor,
    Sampleable,
    Table,
    Textual,
    Tuple,
    Unknown,
    Vector,
    as_scitype,
    nonmissing,
    union,
)
from scitypes.notation import hierarchy, parse


def test_the_hierarchy_is_that_of_the_documentation():
    assert Multiclass[3] <= Multiclass <= Finite <= Known <= Found
    assert OrderedFactor[2] <= Binary
    assert Binary == Finite[2]
    assert Continuous | Count < Infinite
    assert GrayImage[2, 3] <= Image[2, 3] <= Image
    assert not GrayImage[2, 3] <= Image[3, 2]
    assert not Unknown <= Known
    assert not Missing <= Found
    assert not Nothing <= Found
    assert not Vector <= Found
    assert Table(Count) <= Known


def test_tables_are_bounds_on_columns():
    assert Table(Continuous) <= Table(Continuous, Count) < Table(Infinite)
    assert Table(Continuous) < Table(Continuous | Missing)
    assert Table(Missing) <= Table(Continuous | Missing)
    assert Table() < Table(Count) < Table
    assert Table(Infinite).columns == (Infinite,)
    assert Table(Count, Infinite) == Table(Infinite)


def test_arrays_are_vectors_matrices_or_more():
    assert Array[Count, 1] == Vector[Count]
    assert Array[Count, 2] == Matrix[Count]
    assert Vector[Count] <= Vector <= Array
    assert not Vector[Count] <= Matrix
    assert repr(Array[Count, 3]) == "Array[Count, 3]"


def test_a_density_is_sampleable_but_not_the_reverse():
    assert Density[Multiclass[2]] <= Sampleable[Finite]
    assert not Sampleable[Finite] <= Density


def test_unions_are_reduced_and_print_missing_last():
    assert repr(Missing | Continuous | Count | Continuous) == "Continuous | Count | Missing"
    assert Continuous | Infinite == Infinite
    assert union([]) == Never
    assert nonmissing(Missing) == Never
    assert Vector[Count] | Any_ == Any_
    assert Table(Count) | Known == Known


def test_comparison_with_what_is_no_scitype_is_plain_inequality():
    assert Continuous != "Continuous"
    assert Continuous != 1.5
    assert Continuous not in [1, "a", None]


def test_third_parties_add_a_node_below_another():
    postcode = Node("Postcode", parent=Textual)
    assert postcode <= Textual
    assert Vector[postcode] <= Vector[Known]
    assert postcode | Textual == Textual


def test_numpy_integers_are_parameters_too():
    assert Multiclass[np.int64(3)] == Multiclass[3]
    assert repr(Multiclass[np.int64(3)]) == "Multiclass[3]"


def test_a_scitype_can_not_be_changed():
    with pytest.raises(AttributeError):
        Continuous.name = "Discrete"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Multiclass["a"],
        lambda: Multiclass[True],
        lambda: Multiclass[-1],
        lambda: Multiclass[2, 3],
        lambda: Multiclass[2][3],
        lambda: Continuous[3],
        lambda: Image[3],
        lambda: Vector[3],
        lambda: Vector[Count, 2],
        lambda: Vector[Count][Count],
        lambda: Array[Count, -1],
        lambda: Tuple[Count][Count],
        lambda: Density[Count][Count],
        lambda: Table(Count)(Count),
        lambda: Table(int),
        lambda: Continuous | None,
        lambda: float | Continuous,
        lambda: Continuous <= float,
        lambda: Continuous >= "Count",
        lambda: parse("Multiclas[3]"),
        lambda: parse("__import__('os')"),
        lambda: parse("Continuous |"),
    ],
)
def test_what_is_no_scitype_is_refused(make):
    with pytest.raises(NotAScitype) as caught:
        make()
    assert str(caught.value).startswith(caught.value.failed)


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (float, "write Continuous"),
        (int, "write Count"),
        (str, "write Textual"),
        (None, "write Missing"),
        ("Continuous", "write Continuous without quotes"),
        ("Continuos", "did you mean 'Continuous'?"),
        ([1], "print(scitypes.hierarchy()) shows them all"),
    ],
)
def test_the_refusal_says_what_to_write(value, remedy):
    with pytest.raises(NotAScitype) as caught:
        as_scitype(value)
    assert caught.value.remedy == remedy


def test_the_hierarchy_prints_every_name():
    shown = hierarchy()
    assert "      Finite[n]\n         Multiclass[n]" in shown
    assert all(name in shown for name in ("ScientificDateTime", "ColorImage[h, w]", "Unknown"))


def test_ten_thousand_sizes_of_images_unite_in_no_time():
    many = [ColorImage[i, j] for i in range(60) for j in range(60)]
    assert len(union(many).options) == 3600
    assert union([*many, ColorImage]) == ColorImage
