"""The scitype of each kind of thing."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from scipy import sparse

from scitypes.images import ImageVector
from scitypes.inference import elscitype, scitype
from scitypes.lattice import (
    ColorImage,
    Continuous,
    Count,
    GrayImage,
    Matrix,
    Missing,
    Multiclass,
    Nothing,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Table,
    Textual,
    Tuple,
    Unknown,
    Vector,
)

MOMENT = dt.datetime(2024, 5, 1, 12)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1, Count),
        (True, Count),
        (np.bool_(True), Count),
        (np.uint8(1), Count),
        (2**70, Count),
        (1.5, Continuous),
        (np.float32(1.5), Continuous),
        (float("inf"), Continuous),
        ("a", Textual),
        (np.str_("a"), Textual),
        (None, Nothing),
        (float("nan"), Missing),
        (np.float32("nan"), Missing),
        (pd.NA, Missing),
        (pd.NaT, Missing),
        (np.datetime64("NaT", "ns"), Missing),
        (Decimal("NaN"), Missing),
        (MOMENT, ScientificDateTime),
        (pd.Timestamp(MOMENT, tz="UTC"), ScientificDateTime),
        (np.datetime64("2024-05-01"), ScientificDateTime),
        (MOMENT.date(), ScientificDate),
        (MOMENT.time(), ScientificTime),
        (dt.timedelta(1), Unknown),
        (np.timedelta64(1, "s"), Unknown),
        (Decimal("1.5"), Unknown),
        (Fraction(1, 2), Unknown),
        (1j, Unknown),
        (b"a", Unknown),
        ({"a": 1}, Unknown),
        ({1, 2}, Unknown),
        (len, Unknown),
        (int, Unknown),
        ((1, "a", None), Tuple[Count, Textual, Nothing]),
        ((), Tuple[()]),
    ],
)
def test_scalars_and_tuples(x, expected):
    assert scitype(x) == expected


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([], Unknown),
        ([None], Missing),
        ([1, True, "a"], Count | Textual),
        ([1, 1.5, None], Count | Continuous | Missing),
        ([[1, 2], [1.5]], Vector[Count] | Vector[Continuous]),
        ([Decimal(1), 1j], Unknown),
        ([MOMENT, MOMENT.date()], ScientificDateTime | ScientificDate),
        (np.array([1.5, np.nan]), Continuous | Missing),
        (np.array([np.nan]), Missing),
        (np.array([]), Continuous),
        (np.array([1j]), Unknown),
        (np.array(["a"]), Textual),
        (np.array([b"a"]), Unknown),
        (np.array(["NaT", "2024"], dtype="datetime64[s]"), ScientificDateTime | Missing),
        (np.array([1], dtype="timedelta64[s]"), Unknown),
        (np.array([(1, 2.0)], dtype="i4,f4"), Unknown),
        (pd.Series([1, None], dtype="Int64"), Count | Missing),
        (pd.Series([True, None], dtype="boolean"), Count | Missing),
        (pd.Series([True, None], dtype=object), Count | Missing),
        (pd.Series([1.5], dtype="Float64"), Continuous),
        (pd.Series(["a", None]), Textual | Missing),
        (pd.Series(["a", None], dtype="string"), Textual | Missing),
        (pd.Series([None, None], dtype="string"), Missing),
        (pd.Series([MOMENT]).dt.tz_localize("UTC"), ScientificDateTime),
        (pd.Series([MOMENT.time(), None]), ScientificTime | Missing),
        (pd.Series(pd.arrays.SparseArray([0.0, np.nan])), Continuous | Missing),
        (pd.period_range("2024", periods=2), Unknown),
        (pd.interval_range(0, 2), Unknown),
        (pd.RangeIndex(3), Count),
        (pd.Categorical(["a", "b"]), Multiclass[2]),
        (pd.Categorical(["a", None], categories=["a", "b", "c"]), Multiclass[3] | Missing),
        (pd.Categorical([None], categories=["a"], ordered=True), OrderedFactor[1] | Missing),
        (pd.Categorical([]), Multiclass[0]),
        (pd.Series([1, None], dtype="int64[pyarrow]"), Count | Missing),
        (pd.Series([MOMENT.date()], dtype="date32[day][pyarrow]"), ScientificDate),
        (pd.Series([Decimal("1.5")], dtype=pd.ArrowDtype(pa.decimal128(5, 2))), Unknown),
        (pd.Series(["a"], dtype=pd.ArrowDtype(pa.string())), Textual),
        (pd.Series([None], dtype=pd.ArrowDtype(pa.null())), Missing),
        (pl.Series([1, None]), Count | Missing),
        (pl.Series([1.5, float("nan")]), Continuous | Missing),
        (pl.Series(["a"], dtype=pl.Enum(["a", "b"])), OrderedFactor[2]),
        (pl.Series([[1], [2]]), Unknown),
        (pl.Series([object(), "a"], dtype=pl.Object), Unknown | Textual),
        (pa.array(["a", None]), Textual | Missing),
        (pa.array(["a", None]).dictionary_encode(), Multiclass[1] | Missing),
    ],
)
def test_columns(x, expected):
    assert scitype(x) == Vector[expected]
    assert elscitype(x) == expected


def test_images_in_their_own_words_height_first():
    gray, colour = Image.new("L", (4, 3)), Image.new("RGB", (4, 3))
    assert scitype(gray) == GrayImage[3, 4]
    assert scitype([gray, gray]) == Vector[GrayImage[3, 4]]
    assert (
        scitype(pd.Series([gray, colour, None]))
        == Vector[GrayImage[3, 4] | ColorImage[3, 4] | Missing]
    )
    assert scitype(ImageVector(np.zeros((2, 3, 4), dtype="uint8"))) == Vector[GrayImage[3, 4]]


def test_matrices_and_arrays_are_no_tables_and_no_images():
    assert scitype(np.zeros((2, 2))) == Matrix[Continuous]
    assert repr(scitype(np.zeros((2, 28, 28), dtype="uint8"))) == "Array[Count, 3]"
    assert scitype(sparse.csr_matrix(np.eye(2))) == Matrix[Continuous]


def test_tables_of_every_library():
    data = {"a": [1, None], "b": ["x", "y"]}
    expected = Table(Count | Missing, Textual)
    assert scitype(data) == expected
    assert scitype(pl.DataFrame(data)) == expected
    assert scitype(pa.table(data)) == expected
    assert scitype(pd.DataFrame(data)) == Table(Continuous | Missing, Textual)
    assert scitype(pd.DataFrame([[1, 1.5]], columns=["a", "a"])) == Table(Count, Continuous)
    assert scitype(pd.DataFrame(index=range(3))) == Table()
    assert scitype(pd.DataFrame(columns=["a"])) == Table(Unknown)
    assert scitype(pl.DataFrame(data).lazy()) == Unknown


def test_a_masked_array_is_not_taken_for_the_values_under_the_mask():
    assert scitype(np.ma.masked_array([1, 2], [0, 1])) == Vector[Unknown]
    assert scitype(np.ma.masked_array([1, 2])) == Vector[Count]


def test_an_object_with_the_hook_answers_for_itself():
    class Prediction:
        def __scitype__(self):
            return Vector[Continuous]

    assert scitype(Prediction()) == Vector[Continuous]
    assert elscitype(Prediction()) == Continuous
    assert scitype([Prediction(), 1]) == Vector[Vector[Continuous] | Count]


def test_elements_of_what_has_none_are_unknown():
    assert elscitype(5) == Unknown
    assert elscitype({"a": [1]}) == Unknown
