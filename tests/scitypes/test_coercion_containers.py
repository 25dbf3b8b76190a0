"""Coercing masked and structured arrays, and what coerce is annotated to give."""

import numpy as np
import pandas as pd
import pytest

from scitypes import (
    CoercionError,
    Continuous,
    Count,
    Infinite,
    Missing,
    Multiclass,
    OrderedFactor,
    ScientificDateTime,
    Table,
    Textual,
    Vector,
    coerce,
    levels,
    schema,
    scitype,
)

DAY = pd.Timestamp("2024-05-31")
MASK = [False, True, False]


def masked(values, mask=MASK, dtype=None):
    return np.ma.masked_array(np.array(values, dtype=dtype), mask)


@pytest.mark.parametrize(
    ("values", "target", "result"),
    [
        ([1, 2, 3], Continuous, [1.0, None, 3.0]),
        ([1.0, 2.5, 3.0], Count, [1, None, 3]),
        ([True, True, False], Continuous, [1.0, None, 0.0]),
        ([3, 2, 1], Multiclass, [3, None, 1]),
        (["b", "?", "a"], Multiclass, ["b", None, "a"]),
        (["1", "?", "3"], Count, [1, None, 3]),
        (np.array(["2024-05-31"] * 3, "M8[s]"), Multiclass, [DAY, None, DAY]),
    ],
)
def test_masked_elements_are_missing(values, target, result):
    x = masked(values)
    before = x.copy()
    given = coerce(x, target | Missing)
    assert [None if pd.isna(cell) else cell for cell in given] == result
    assert pd.isna(list(given)).tolist() == MASK
    assert scitype(given) <= Vector[target | Missing]
    assert (x.mask == before.mask).all()
    assert (x.data == before.data).all()


def test_what_a_mask_hides_is_neither_label_nor_failure():
    assert levels(coerce(masked(["a", "x", "b"]), Multiclass | Missing)) == ["a", "b"]
    with pytest.raises(CoercionError, match=r"'x' \(row 1\)"):
        coerce(masked(["1", "x", "3"], False), Count)


@pytest.mark.parametrize("target", [Continuous, Infinite])
def test_masked_arrays_that_are_it_already_stay_themselves(target):
    x = masked([1.0, 2.0, 3.0])
    assert coerce(x, target | Missing) is x


def test_masked_columns_of_a_dict_and_masked_matrices():
    result = coerce({"a": masked([1, 2, 3])}, {Count: Continuous | Missing})
    assert np.isnan(result["a"]).tolist() == MASK
    matrix = masked([[1, 2], [3, 4]], [[False, True], [False, False]])
    assert np.isnan(coerce(matrix, Continuous | Missing)).tolist() == [[False, True], [False] * 2]


RECORDS = np.array(
    [(1, 2.5, "u", 3), (4, np.nan, "v", 5)],
    dtype=[("a", "i8"), ("b", "f8"), ("c", "U3"), ("d", ">i4")],
)


def test_structured_arrays_are_coerced_to_data_frames():
    result = coerce(RECORDS, {"a": Continuous, Textual: OrderedFactor}, levels={"c": ["v", "u"]})
    assert isinstance(result, pd.DataFrame)
    assert result.columns.tolist() == ["a", "b", "c", "d"]
    assert scitype(result) == Table(Continuous, Continuous | Missing, OrderedFactor[2], Count)
    assert result["a"].tolist() == [1.0, 4.0]


def test_structured_arrays_that_need_not_change_stay_themselves():
    assert coerce(RECORDS, {"a": Count, "b": Continuous | Missing}) is RECORDS
    with pytest.raises(CoercionError, match="rules"):
        coerce(RECORDS, Continuous)


def test_structured_arrays_are_read_through_a_schema():
    old = pd.DataFrame(
        {"c": pd.Categorical(["u", "v", "w"]), "a": [1.5, 2.0, 3.0], "b": [0.5] * 3, "d": [1] * 3}
    )
    result = coerce(RECORDS, schema(old))
    assert result.columns.tolist() == ["c", "a", "b", "d"]
    assert levels(result["c"]) == ["u", "v", "w"]
    assert result["a"].tolist() == [1.0, 4.0]


def test_dates_behind_a_mask_stay_dates():
    x = masked(np.array(["2024-05-31"] * 3, "M8[s]"))
    assert scitype(pd.Series(coerce(x, Multiclass | Missing))) == Vector[Multiclass[1] | Missing]
    assert coerce(x, ScientificDateTime | Missing) is not None
