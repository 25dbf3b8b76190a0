"""`conforms`: every offender, with its path and the reason."""

import numpy as np
import pandas as pd
import pytest

from scitypes.conformance import conforms
from scitypes.errors import NotAScitype
from scitypes.inference import scitype
from scitypes.lattice import (
    Any_,
    Continuous,
    Count,
    Finite,
    Image,
    Infinite,
    Matrix,
    Missing,
    OrderedFactor,
    Table,
    Textual,
    Tuple,
    Vector,
)

DF = pd.DataFrame(
    {
        "age": [31, 44, None],
        "sex": pd.Categorical(["f", "m", "f"]),
        "note": ["a", "b", "c"],
        "mixed": pd.Series([1, "a", 2], dtype=object),
        "ok": [0.5, 1.5, 2.5],
    }
)


def reasons(data, expected):
    return {problem.path: problem.reason for problem in conforms(data, expected).problems}


def test_every_offending_column_is_listed_with_its_reason():
    assert reasons(DF, Table(Continuous, Finite)) == {
        ("age",): "1 missing value in row 2",
        ("note",): "Textual, not Continuous or Finite",
        ("mixed",): "Count | Textual, not Continuous or Finite",
    }


def test_a_problem_is_path_expected_found_and_reason():
    path, expected, found, reason = conforms(DF[["note"]], Table(Infinite)).problems[0]
    assert (path, expected, found) == (("note",), Infinite, Textual)
    assert reason == "Textual, not Infinite"


def test_columns_of_the_same_name_are_told_each():
    X = pd.DataFrame([["x", "y"]], columns=["a", "a"])
    assert [p.path for p in conforms(X, Table(Count)).problems] == [("a",), ("a",)]


def test_of_a_union_the_part_of_the_same_shape_is_meant():
    expected = Table(Infinite, Finite) | Matrix[Infinite]
    assert set(reasons(DF, expected)) == {("age",), ("note",), ("mixed",)}
    assert reasons(np.array([[1.0, np.nan]]), expected) == {(): "1 missing value in row 0"}
    assert conforms(DF[["ok"]], expected)


def test_the_closest_table_of_several_is_meant():
    assert len(conforms(DF, Table(Count) | Table(Continuous, Textual, Missing)).problems) == 3


def test_items_of_a_tuple_carry_their_position():
    found = reasons((DF[["note"]], ["a"]), Tuple[Table(Continuous), Vector[Finite]])
    assert found == {(0, "note"): "Textual, not Continuous", (1,): "Textual, not Finite"}
    assert list(reasons((1,), Tuple[Count, Count])) == [()]


@pytest.mark.parametrize(
    ("data", "expected", "reason"),
    [
        ([1.5, None, None], Vector[Continuous], "2 missing values in rows 1, 2"),
        ([None], Vector[Continuous], "1 missing value in row 0, and nothing else"),
        ([1, "a", "b"], Vector[Count], "Count | Textual, not Count, first in row 1: 'a'"),
        (DF["sex"], Vector[Finite[3]], "2 levels ('f', 'm') in its pool, not 3"),
        (DF["sex"], Vector[OrderedFactor], "Multiclass[2], not OrderedFactor"),
        (5, Vector[Count], "Count, not Vector[Count]"),
        (5, Vector[Count] | Textual, "Count, not Textual | Vector[Count]"),
    ],
)
def test_reasons_say_what_is_wrong_and_where(data, expected, reason):
    assert reasons(data, expected) == {(): reason}


def test_a_matrix_where_a_table_is_wanted_is_told_what_to_do():
    assert reasons(np.eye(2), Table(Count))[()].endswith("table(x) makes a matrix a table")


def test_pixels_where_images_are_wanted_are_told_what_to_do():
    assert "coerce(x, GrayImage)" in reasons(np.zeros((2, 3, 4), dtype="uint8"), Vector[Image])[()]


@pytest.mark.parametrize(
    "expected",
    [Table(Continuous), Table(), Vector[Count], Any_, Table, Table(Infinite | Missing), Textual],
)
def test_the_verdict_is_that_of_the_order(expected):
    for data in (DF, DF[["ok"]], DF.iloc[:0], [1], (), None, object(), np.eye(2)):
        verdict = conforms(data, expected)
        assert bool(verdict) == (scitype(data) <= expected)
        assert bool(verdict) == (not verdict.problems)


def test_a_verdict_prints_its_problems():
    text = str(conforms({"a": ["x"]}, Table(Count)))
    assert text == "Table(Textual), not Table(Count):\n  ['a']: Textual, not Count"
    assert str(conforms([1], Vector[Count])) == "Vector[Count] conforms to Vector[Count]"


def test_a_type_in_place_of_a_scitype_is_refused():
    with pytest.raises(NotAScitype):
        conforms(DF, float)
