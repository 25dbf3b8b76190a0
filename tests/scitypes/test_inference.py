"""The scitype of each kind of thing."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from PIL import Image
from scipy import sparse, stats

from scitypes import missingness
from scitypes.images import ImageVector
from scitypes.inference import column_scitypes, described, elscitype, scitype
from scitypes.lattice import (
    ColorImage,
    Continuous,
    Count,
    Density,
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
        (np.array([[(1, 2.0)]], dtype="i4,f4").ravel()["f0"], Count),
        (np.ma.masked_array([1, 2]), Count),
        (np.ma.masked_array([1, 2], [0, 1]), Count | Missing),
        (np.ma.masked_array([1.5, np.nan], [0, 0]), Continuous | Missing),
        (np.ma.masked_array(["a", "b"], [1, 1]), Missing),
        (np.ma.masked_array(np.array(["a", None, 1], dtype=object), [0, 0, 1]), Textual | Missing),
        (np.ma.masked_array(np.array([MOMENT], dtype="M8[s]"), [0]), ScientificDateTime),
        (np.array([MOMENT, None], dtype=">M8[s]"), ScientificDateTime | Missing),
        (range(3), Count),
        (range(0), Count),
        (pc.run_end_encode(pa.array([1, 1, None])), Count | Missing),
        (pa.chunked_array([pc.run_end_encode(pa.array(["a", "a"]))]), Textual),
        (pa.array([np.float16(1.5), np.float16("nan")]), Continuous | Missing),
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


def test_a_structured_array_is_a_table_of_its_fields():
    dtype = [("a", "i8"), ("b", "f8"), ("at", "M8[s]"), ("xy", "f8", (2,)), ("in", [("c", "i4")])]
    X = np.zeros(2, dtype=dtype)
    expected = Table(Count, Continuous, ScientificDateTime, Unknown)
    assert scitype(X) == scitype(X.view(np.recarray)) == scitype(np.ma.masked_array(X)) == expected
    assert column_scitypes(X) == [Count, Continuous, ScientificDateTime, Unknown, Unknown]
    assert scitype(X.reshape(2, 1)) == Matrix[Unknown]


def test_masked_cells_are_missing_in_matrices_and_in_fields():
    masked = np.ma.masked_array(np.zeros((2, 2)), [[0, 1], [0, 0]])
    assert scitype(masked) == Matrix[Continuous | Missing]
    fields = np.ma.masked_array(np.zeros(2, dtype="i8,f8"), [(True, False), (False, False)])
    assert scitype(fields) == Table(Count | Missing, Continuous)


def test_ranges_record_batches_and_run_ends_are_columns_and_tables():
    assert scitype({"id": range(3), "x": np.zeros(3)}) == Table(Count, Continuous)
    batch = pa.RecordBatch.from_pydict({"a": [1, None], "b": ["x", "y"]})
    assert scitype(batch) == Table(Count | Missing, Textual)
    assert scitype(pa.table({"a": pc.run_end_encode(pa.array([1, 1]))})) == Table(Count)


def test_frozen_distributions_of_scipy_are_densities():
    assert scitype(stats.norm()) == Density[Continuous]
    assert scitype(stats.poisson(1)) == Density[Count]
    assert scitype(stats.multivariate_normal([0, 0])) == Density[Vector[Continuous]]
    assert scitype(stats.norm) == Unknown


@pytest.mark.parametrize(
    ("make", "gaps"),
    [
        (lambda: [1, None, np.nan], 2),
        (lambda: ["a", "b"], 0),
        (lambda: ["a", None], None),
        (lambda: pd.Series(["a", None], dtype=object), None),
        (lambda: pd.Series(["a", None], dtype="string"), 1),
        (lambda: np.array([1.5, np.nan]), 1),
        (lambda: pd.Series([1, None], dtype="Int64"), 1),
        (lambda: pd.Series(pd.Categorical(["a", None, None])), 2),
        (lambda: pd.CategoricalIndex(["a", None]), 1),
        (lambda: pd.Series([MOMENT, None]), 1),
        (lambda: pd.Series([MOMENT, None]).dt.tz_localize("UTC"), 1),
        (lambda: pd.Series([1.5, None], dtype="double[pyarrow]"), 1),
        (lambda: pl.Series([1.5, None, float("nan")]), 2),
        (lambda: pa.array([1.5, None, float("nan")]), 2),
        (lambda: pa.array(["a", None]).dictionary_encode(), 1),
        (lambda: np.ma.masked_array([1.5, np.nan, 2.0], [1, 0, 0]), 2),
        (lambda: np.ma.masked_array([1, 2], [1, 1]), 2),
        (lambda: range(3), 0),
        (lambda: ImageVector(np.zeros((2, 3, 4), dtype="uint8")), 0),
    ],
)
def test_a_column_is_described_with_its_number_of_missing_cells(make, gaps):
    x = make()
    assert described(x) == (elscitype(x), gaps)
    if gaps is not None:
        assert missingness.n_missing(x) == np.count_nonzero(missingness.missing_mask(x)) == gaps


def test_what_is_no_column_is_described_as_unknown():
    for x in (5, "text", {"a": [1]}, np.zeros((2, 2)), np.zeros(2, dtype="i8,f8"), None):
        assert described(x) == (Unknown, 0)


def test_an_object_with_the_hook_answers_for_itself():
    class Prediction:
        def __scitype__(self):
            return Vector[Continuous]

    assert scitype(Prediction()) == Vector[Continuous]
    assert elscitype(Prediction()) == Continuous
    assert scitype([Prediction(), 1]) == Vector[Vector[Continuous] | Count]


def test_strings_of_a_class_with_the_hook_answer_for_themselves_as_elements():
    class Number(str):
        def __scitype__(self):
            return Count

    assert scitype([Number("1"), None]) == Vector[Count | Missing]
    assert scitype([Number("1"), "a"]) == Vector[Count | Textual]


def test_elements_of_what_has_none_are_unknown():
    assert elscitype(5) == Unknown
    assert elscitype({"a": [1]}) == Unknown
