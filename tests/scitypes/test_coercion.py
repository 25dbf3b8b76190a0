"""Coercing vectors and matrices: every pair of scitypes, and what is refused."""

import datetime as dt
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow

from scitypes import (
    CoercionError,
    ColorImage,
    Continuous,
    Count,
    Finite,
    Found,
    GrayImage,
    ImageVector,
    Infinite,
    Known,
    Missing,
    Multiclass,
    NotAScitype,
    NotATable,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    ScientificTimeType,
    ScitypeWarning,
    Table,
    Textual,
    Unknown,
    Vector,
    coerce,
    elscitype,
    levels,
    schema,
    scitype,
    unwrap,
)

GRADES = ["low", "high", "low"]


def refusal(*args, **options):
    with pytest.raises(CoercionError) as caught:
        coerce(*args, **options)
    return caught.value


# to Continuous


@pytest.mark.parametrize("dtype", ["int8", "uint32", "int64", "bool", "Int64", "boolean"])
def test_integers_and_booleans_become_float64(dtype):
    column = pd.Series([1, 0, 1], dtype=dtype, index=list("abc"), name="n")
    result = coerce(column, Continuous)
    pd.testing.assert_series_equal(result, pd.Series([1.0, 0, 1], index=list("abc"), name="n"))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "Float64"])
def test_floats_are_continuous_already(dtype):
    column = pd.Series([1.5, 2.0], dtype=dtype)
    assert coerce(column, Continuous) is column


def test_missing_integers_become_nan():
    column = pd.Series([1, None], dtype="Int64")
    result = coerce(column, Continuous | Missing)
    assert result.dtype == "float64"
    assert np.isnan(result[1])


def test_numerals_are_parsed():
    texts = ["12", " 7 ", "-0.5", "1e3", "+5", ".5", "3."]
    assert coerce(texts, Continuous).tolist() == [12, 7, -0.5, 1000, 5, 0.5, 3]


@pytest.mark.parametrize("text", ["", " ", "nan", "inf", "1_000", "1,000", "٣", "0x10", "1e999"])
def test_what_float_would_take_but_nobody_means_is_refused(text):
    error = refusal(["1", text], Continuous)
    assert repr(text)[1:-1] in error.received
    assert "row 1" in error.received


def test_decimals_fractions_and_mixed_objects_become_floats():
    cells = [Decimal("1.5"), Fraction(1, 4), 2, "3", np.float32(0.5), True]
    assert coerce(cells, Continuous).tolist() == [1.5, 0.25, 2, 3, 0.5, 1]


def test_identifiers_beyond_2_to_53_are_rounded_with_a_warning():
    column = pd.Series([2**53, 2**60 + 1], name="id")
    with pytest.warns(ScitypeWarning, match=r"'id': 1 integer beyond 2\^53 is rounded"):
        assert coerce(column, Continuous, verbosity=0).dtype == "float64"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        coerce(column, Continuous, verbosity=-1)


def test_categories_become_their_position_from_0():
    column = pd.Series(pd.Categorical(["x", "z", None], categories=["z", "y", "x"]))
    assert coerce(column, Count | Missing).tolist() == [2, 0, pd.NA]
    assert coerce(column.dropna(), Continuous).tolist() == [2.0, 0.0]


# to Count


@pytest.mark.parametrize("dtype", ["int8", "uint64", "bool", "Int64", "boolean"])
def test_integers_are_counts_already(dtype):
    column = pd.Series([1, 0], dtype=dtype)
    assert coerce(column, Count) is column


def test_whole_floats_become_integers():
    assert coerce(np.array([1.0, -3.0]), Count).dtype == np.int64
    result = coerce(pd.Series([1.0, np.nan]), Count | Missing)
    assert result.dtype == "Int64"
    assert result.tolist() == [1, pd.NA]


@pytest.mark.parametrize("bad", [1.5, np.inf, -np.inf, 2.0**63, 1e300])
def test_floats_that_are_not_whole_are_never_truncated(bad):
    error = refusal(pd.Series([1.0, bad], index=["a", "b"], name="n"), Count)
    assert "Column 'n' can't be coerced from Continuous to Count" in error.failed
    assert "row 'b'" in error.received
    assert error.rows == {"n": ["b"]}


def test_numerals_become_exact_integers():
    big = str(2**63 + 1)
    assert coerce(["12", "1e3", "5.0"], Count).tolist() == [12, 1000, 5]
    assert coerce([big], Count).tolist() == [2**63 + 1]
    assert coerce(["9007199254740993.0"], Count).tolist() == [9007199254740993]
    refusal(["1e999999999"], Count)
    refusal([str(2**64)], Count)
    refusal([big, "-1"], Count)
    refusal(["1" * 5000], Count)


# to Infinite


def test_infinite_takes_numbers_as_they_are_and_parses_texts_as_narrowly_as_it_can():
    column = pd.Series([1.5, 2.5])
    assert coerce(column, Infinite) is column
    assert coerce(["1", "2"], Infinite).dtype == np.int64
    assert coerce(["1", "2.5"], Infinite).dtype == np.float64


# to Finite


def test_lists_and_arrays_become_a_categorical():
    for vector in (GRADES, np.array(GRADES), tuple(GRADES)):
        result = coerce(vector, Multiclass)
        assert isinstance(result, pd.Categorical)
        assert levels(result) == ["high", "low"]
        assert list(result) == GRADES


def test_series_and_index_stay_what_they_are():
    column = pd.Series(GRADES, index=[7, 7, 9], name="grade")
    result = coerce(column, Multiclass)
    assert result.index.tolist() == [7, 7, 9]
    assert result.name == "grade"
    index = coerce(pd.Index(GRADES, name="grade"), Multiclass)
    assert isinstance(index, pd.CategoricalIndex)
    assert index.name == "grade"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([3, 1, 2, 1], [1, 2, 3]),
        ([0.5, -1.0], [-1.0, 0.5]),
        ([True, False], [False, True]),
        (["10", "9", "Zoo", "ant"], ["10", "9", "Zoo", "ant"]),
        ([dt.date(2024, 5, 1), dt.date(2023, 1, 1)], [dt.date(2023, 1, 1), dt.date(2024, 5, 1)]),
    ],
)
def test_levels_are_the_sorted_distinct_labels(cells, expected):
    assert levels(coerce(cells, Multiclass)) == expected


def test_missing_is_never_a_level():
    result = coerce(pd.Series(["a", None, "b"]), Multiclass | Missing)
    assert levels(result) == ["a", "b"]
    assert result.isna().tolist() == [False, True, False]


def test_labels_of_several_types_are_turned_into_strings_with_a_warning():
    with pytest.warns(ScitypeWarning, match="labels of several types"):
        result = coerce([1, "a", None], Multiclass | Missing, verbosity=0)
    assert levels(result) == ["1", "a"]
    with pytest.warns(ScitypeWarning, match="boolean and number"):
        assert levels(coerce([1, True], Multiclass)) == ["1", "True"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        coerce([1, "a"], Multiclass, verbosity=-1)


def test_unhashable_cells_are_no_labels():
    error = refusal(pd.Series([[1], "a"], index=["x", "y"]), Multiclass)
    assert "1 of 2 values is not a label" in error.failed
    assert "[1] (row 'x')" in error.received


def test_strings_to_an_ordered_factor_without_levels_warn():
    with pytest.warns(ScitypeWarning, match="alphabetical order, 'high', 'low'"):
        coerce(GRADES, OrderedFactor)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = coerce(GRADES, OrderedFactor, levels=["low", "high"])
        assert coerce([2, 1], OrderedFactor).ordered
    assert levels(result) == ["low", "high"]
    assert result.ordered


def test_levels_may_hold_more_than_occurs():
    result = coerce(GRADES, Multiclass, levels=["low", "mid", "high"])
    assert scitype(result) == Vector[Multiclass[3]]


def test_labels_that_the_levels_lack_are_refused_by_label():
    error = refusal(pd.Series([*GRADES, "mid"]), OrderedFactor, levels=["low", "high"])
    assert "1 of 4 values is not among the levels given" in error.failed
    assert "'mid' (row 3)" in error.received
    assert "add them to levels" in error.remedy


def test_numbers_do_not_match_their_spelling():
    error = refusal([1, 2], Multiclass, levels=["1", "2"])
    assert "1 (int) is not the level '1' (str)" in error.remedy
    assert levels(coerce([1.0, 2.0], Multiclass, levels=[2, 1])) == [2, 1]


def test_a_misspelt_label_gets_the_near_one():
    assert "did you mean 'high'" in refusal(["hihg"], Multiclass, levels=["low", "high"]).remedy


def test_levels_given_twice_or_for_what_has_none_are_refused():
    assert "repeated" in refusal(["a"], Multiclass, levels=["a", "a"]).received
    assert "Continuous has no levels" in refusal([1], Continuous, levels=[1]).failed
    assert "for tables" in refusal(["a"], Multiclass, levels={"x": ["a"]}).failed


def test_categoricals_keep_levels_order_and_unused_ones():
    column = pd.Series(pd.Categorical(["b"], categories=["c", "b", "a"]))
    ordered = coerce(column, OrderedFactor)
    assert levels(ordered) == ["c", "b", "a"]
    assert scitype(ordered) == Vector[OrderedFactor[3]]
    assert not column.cat.ordered
    assert coerce(column, Multiclass) is column
    assert coerce(ordered, Finite) is ordered
    assert levels(coerce(column, Multiclass, levels=["a", "b"])) == ["a", "b"]


def test_the_number_of_levels_is_enforced():
    assert scitype(coerce(GRADES, Multiclass[2])) == Vector[Multiclass[2]]
    assert scitype(coerce(GRADES, Finite[2])) == Vector[Multiclass[2]]
    error = refusal(GRADES, Multiclass[3])
    assert "2 levels, not as many as Multiclass[3]" in error.failed
    assert "'high', 'low'" in error.remedy
    coerce(GRADES, Multiclass[3], levels=["low", "mid", "high"])


def test_a_union_of_finite_scitypes_means_multiclass():
    assert scitype(coerce(GRADES, Multiclass | OrderedFactor)) == Vector[Multiclass[2]]


# all missing, empty


@pytest.mark.parametrize("target", [Continuous, Count, Multiclass, Textual, ScientificDate])
def test_a_vector_of_missing_only_takes_any_scitype(target):
    for column in (pd.Series([None, None], dtype=object), pd.Series([np.nan, np.nan])):
        result = coerce(column, target, verbosity=0)
        assert result.isna().all()
        assert elscitype(result) <= target | Missing
    assert len(coerce([], target)) == 0


def test_a_vector_of_missing_only_becomes_the_dtype_of_the_scitype():
    nothing = [None, None]
    assert coerce(nothing, Count, verbosity=0).dtype == "Int64"
    assert coerce(nothing, Continuous, verbosity=0).dtype == "float64"
    assert levels(coerce(nothing, Multiclass, levels=["a"], verbosity=0)) == ["a"]


# to Textual and times


def test_categoricals_of_strings_become_text():
    result = coerce(pd.Series(GRADES, dtype="category"), Textual)
    assert result.tolist() == GRADES
    assert elscitype(result) == Textual
    assert "not turned into text" in refusal([1, 2], Textual).failed


def test_iso_texts_become_dates():
    result = coerce(pd.Series(["2024-05-31", None]), ScientificDate | Missing)
    assert result.tolist() == [dt.date(2024, 5, 31), None]
    error = refusal(["31.5.2024", "2024-02-30", "2024-05-31"], ScientificDate)
    assert "2 of 3 values are not dates" in error.failed
    assert "pandas.to_datetime" in error.remedy


def test_moments_at_midnight_are_dates_and_dates_are_moments():
    midnights = pd.Series(pd.to_datetime(["2024-05-31", "2024-06-01"]))
    dates = coerce(midnights, ScientificDate)
    assert dates.tolist() == [dt.date(2024, 5, 31), dt.date(2024, 6, 1)]
    assert (coerce(dates, ScientificDateTime) == midnights).all()
    refusal(pd.Series(pd.to_datetime(["2024-05-31 10:00"])), ScientificDate)


def test_iso_texts_become_moments_and_times():
    moments = coerce(["2024-05-31T17:30", "2024-05-31 17:30:05.25"], ScientificDateTime)
    assert scitype(moments) == Vector[ScientificDateTime]
    zoned = coerce(["2024-05-31T17:30Z", "2024-06-30T17:30Z"], ScientificDateTime)
    assert str(zoned.tz) == "UTC"
    assert coerce(["17:30", "08:00:01"], ScientificTime).tolist()[0] == dt.time(17, 30)
    assert "row 1" in refusal(["2024-05-31T17:30", "x"], ScientificDateTime).received
    refusal(["2024-05-31T17:30Z", "2024-06-30T17:30+02:00"], ScientificDateTime)
    refusal(["2024"], ScientificDateTime)
    refusal([3], ScientificTime)


def test_a_vague_target_is_kept_or_refused():
    dates = pd.Series([dt.date(2024, 5, 31)])
    assert coerce(dates, ScientificTimeType) is dates
    assert "name the one you mean" in refusal(["2024-05-31"], ScientificTimeType).remedy
    assert "nothing is coerced to Unknown" in refusal(["a"], Unknown).failed
    assert coerce(dates, Known) is dates


# options and messages


def test_missing_is_told_once_unless_said_or_silenced():
    column = pd.Series(["1", None], name="n")
    with pytest.warns(ScitypeWarning, match=r"'n': 1 missing value of 2: .* Count \| Missing"):
        coerce(column, Count)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        coerce(column, Count | Missing)
        coerce(column, Count, verbosity=0)
        coerce(column.dropna(), Count)


def test_values_that_stand_for_missing_are_named_by_the_user():
    column = pd.Series(["1", "?", "-999"])
    result = coerce(column, Count, missing=["?", "-999"], verbosity=0)
    assert result.tolist() == [1, pd.NA, pd.NA]
    assert column.tolist() == ["1", "?", "-999"]


def test_sentinels_match_by_kind():
    numbers = coerce(pd.Series([3, -999]), Count | Missing, missing=[-999, "3"])
    assert numbers.tolist() == [3, pd.NA]
    assert numbers.dtype == "Int64"
    floats = coerce(pd.Series([3.5, -999.0]), Continuous | Missing, missing=[-999])
    assert floats.isna().tolist() == [False, True]
    booleans = coerce(pd.Series([True, False]), Count | Missing, missing=[False])
    assert booleans.tolist() == [True, pd.NA]
    texts = coerce(["a", "?"], Textual | Missing, missing=["?"])
    assert scitype(texts) == Vector[Textual | Missing]


def test_a_sentinel_is_no_level_of_a_categorical_any_more():
    column = pd.Series(pd.Categorical(["a", "?"], categories=["b", "?", "a"], ordered=True))
    result = coerce(column, OrderedFactor | Missing, missing=["?"])
    assert levels(result) == ["b", "a"]
    assert result.isna().tolist() == [False, True]


def test_missing_must_be_a_list():
    assert "missing=['?']" in refusal(["?"], Count, missing="?").remedy


def test_the_remedy_offers_what_may_stand_for_missing():
    assert "missing=['?', 'n/a']" in refusal(["1", "?", "n/a", "?"], Count).remedy
    assert "coerce to Multiclass" in refusal(["a", "b"], Count).remedy
    assert "x.str.replace" in refusal(["1,000", "1"], Count).remedy


def test_tight_narrows_nullable_dtypes_without_missing_cells():
    assert coerce(pd.Series([1, 2], dtype="Int64"), Count, tight=True).dtype == "int64"
    assert coerce(pd.Series([1.0, 2], dtype="Float64"), Continuous, tight=True).dtype == "float64"
    assert coerce(pd.Series([True], dtype="boolean"), Count, tight=True).dtype == "bool"
    column = pd.Series([1, None], dtype="Int64")
    assert coerce(column, Count | Missing, tight=True) is column
    factor = pd.Series(pd.Categorical(["a"], categories=["b", "a"]))
    assert coerce(factor, Multiclass, tight=True) is factor


def test_equal_bad_values_are_told_together():
    error = refusal(["?", "1", "?", "?", "?", "x"], Count)
    assert "'?' (rows 0, 2, 3 and 1 more), 'x' (row 5)" in error.received
    many = refusal(["1", *[f"v{i}" for i in range(9)]], Count)
    assert "and 4 other values" in many.received


# matrices, images, other things


def test_matrices_of_any_number_of_axes_take_numbers():
    matrix = np.array([["1", "2"], ["3", "4"]])
    assert coerce(matrix, Count).tolist() == [[1, 2], [3, 4]]
    floats = np.ones((2, 2, 2))
    assert coerce(floats, Continuous) is floats
    error = refusal(np.array([[1.0, 1.5]]), Count)
    assert "The matrix" in error.failed
    assert "1.5 (cell (0, 1))" in error.received
    assert "Found" in refusal(matrix, Multiclass).remedy


def test_arrays_and_lists_become_image_vectors():
    pixels = np.zeros((3, 4, 5), dtype=np.uint8)
    images = coerce(pixels, GrayImage)
    assert scitype(images) == Vector[GrayImage[4, 5]]
    assert coerce(images, GrayImage[4, 5]) is images
    assert isinstance(coerce([pillow.new("RGB", (5, 4))], ColorImage), ImageVector)
    assert isinstance(coerce(pixels[0], GrayImage), pillow.Image)


def test_images_have_neither_levels_nor_sentinels():
    pixels = np.zeros((3, 4, 5), dtype=np.uint8)
    assert "leave them out" in refusal(pixels, GrayImage, levels=[1]).remedy
    assert "missing=[0]" in refusal(pixels, GrayImage, missing=[0]).received
    X = pd.DataFrame({"photo": pd.Series([pillow.new("L", (4, 3))])})
    error = refusal(X, {"photo": GrayImage}, levels={"photo": [1]})
    assert "GrayImage has no levels" in error.failed


def test_machine_types_and_containers_are_no_targets():
    with pytest.raises(NotAScitype, match="write Continuous"):
        coerce([1], float)
    assert "coerce(x, Multiclass)" in refusal(GRADES, Vector[Multiclass]).remedy
    assert "elements" in refusal(GRADES, Table(Finite)).failed
    assert "missing=[...]" in refusal(GRADES, Missing).remedy


def test_scalars_and_tables_with_a_bare_scitype_are_refused():
    with pytest.raises(NotATable, match=r"coerce\(\[x\], Continuous\)"):
        coerce(3, Continuous)
    error = refusal(pd.DataFrame({"a": [1]}), Continuous)
    assert "{Found: Continuous}" in error.remedy
    assert coerce(pd.DataFrame({"a": [1]}), {Found: Continuous})["a"].dtype == "float64"


@pytest.mark.parametrize("target", [ScientificDate, ScientificDateTime, Continuous, Multiclass])
@pytest.mark.parametrize("index", [["p", "q", "r"], [2, 0, 1], [7, 7, 7]])
def test_rows_stay_in_place_whatever_their_labels(target, index):
    texts = ["2024-05-31", "2023-01-01", "2025-12-24"]
    values = texts if target != Continuous else ["3", "1", "2"]
    result = coerce(pd.Series(values, index=index), target)
    assert result.index.tolist() == index
    assert result.tolist() == coerce(pd.Series(values), target).tolist()
    assert not result.isna().any()


@pytest.mark.parametrize("option", [{"verbosity": True}, {"verbosity": 0.5}, {"tight": 1}])
def test_options_of_another_type_are_refused(option):
    name, value = next(iter(option.items()))
    error = refusal([1], Continuous, **option)
    assert error.failed == f"{name}={value!r} is no value for this option."
    assert error.remedy.startswith(name)
    assert error.columns == {}


def test_texts_that_stand_for_missing_are_compared_as_they_are():
    assert coerce(["?", "a", " ?"], Multiclass | Missing, missing=["?"]).tolist()[1:] == ["a", " ?"]


def test_levels_beside_a_schema_are_refused():
    assert "leave levels out" in refusal([1], schema([1]), levels=[1]).remedy


@pytest.mark.parametrize("dtype", ["int64[pyarrow]", "double[pyarrow]", "Sparse[int]"])
def test_arrow_and_sparse_dtypes_of_pandas_convert(dtype):
    column = pd.Series([1, 0, 2], dtype=dtype)
    assert coerce(column, Multiclass).tolist() == [1, 0, 2]
    assert coerce(column, Continuous).tolist() == [1, 0, 2]
    assert coerce(column, Count).tolist() == [1, 0, 2]


def test_arrow_dictionaries_keep_levels_and_order():
    import pyarrow as pa

    labels = pa.array(["b", "a", "unused"])
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), labels, ordered=True)
    column = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array])))
    result = coerce(column, Finite | Missing)
    assert result.cat.ordered
    assert result.dropna().tolist() == ["b", "a"]
    assert levels(result) == ["b", "a", "unused"]


@pytest.mark.parametrize("target", [Continuous, Count, Infinite])
@pytest.mark.parametrize("labels", [[10, 20, 10], ["3", "5", "3"], [2.0, 1.5, 2.0]])
def test_positions_in_place_of_labels_that_are_numbers_are_told(labels, target):
    column = pd.Series(labels, dtype="category")
    with pytest.warns(ScitypeWarning, match="by their position.*unwrap") as caught:
        result = coerce(column, target, verbosity=0)
    assert len(caught) == 1
    assert result.tolist() == column.cat.codes.tolist()
    if target == Continuous:
        assert coerce(unwrap(column), target).tolist() == [float(label) for label in labels]


@pytest.mark.parametrize("labels", [[0, 1, 0], ["0", "1"], ["low", "10"], [False, True]])
def test_positions_are_not_told_where_no_label_is_another_number(labels):
    coerce(pd.Series(labels, dtype="category"), Continuous)


def test_labels_that_only_their_type_tells_apart_are_refused():
    error = refusal(pd.Series([1, "1", 2], index=list("abc"), name="n"), Multiclass)
    assert "1, '1' are different labels, and the same as strings" in error.failed
    assert error.rows == {"n": ["a", "b"]}
    assert "levels=[1, '1', 2]" in error.remedy
    kept = coerce([1, "1", 2], Multiclass, levels=[1, "1", 2])
    assert list(kept) == [1, "1", 2]
    with pytest.warns(ScitypeWarning, match="turned into strings"):
        assert list(levels(coerce([1, "a"], Multiclass))) == ["1", "a"]


ZONES = [
    ["2024-01-01T00:00Z", "2024-01-01T00:00+02:00"],
    ["2024-01-01T00:00Z", "2024-01-01T00:00"],
    [pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-01-01", tz="Asia/Tokyo")],
]


@pytest.mark.parametrize("cells", ZONES, ids=["two zones", "one and none", "moments"])
def test_moments_of_several_zones_are_refused_with_how_to_have_one(cells):
    x = pd.Series(cells, dtype=object)
    with pytest.raises(CoercionError) as caught:
        coerce(x.map(str), ScientificDateTime)
    assert "1 of 2 values is not in the time zone of the first" in str(caught.value)
    remedy = 'pandas.to_datetime(x, format="ISO8601", utc=True)'
    assert remedy in str(caught.value)
    assert elscitype(eval(remedy, {"pandas": pd, "x": x})) == ScientificDateTime


@pytest.mark.parametrize(("target", "part"), [(ScientificDate, "date"), (ScientificTime, "time")])
@pytest.mark.parametrize("hold", [list, pd.Series, pd.DatetimeIndex])
def test_moments_made_dates_or_times_are_told_how_to_take_these(target, part, hold):
    x = hold([pd.Timestamp("2024-01-01 05:00")])
    with pytest.raises(CoercionError) as caught:
        coerce(x, target)
    remedy = f"pandas.to_datetime(pandas.Series(x)).dt.{part}"
    assert remedy in str(caught.value)
    assert elscitype(eval(remedy, {"pandas": pd, "x": x})) == target


def test_texts_that_are_no_times_are_told_a_format_of_times():
    x = pd.Series(["17.30"])
    with pytest.raises(CoercionError) as caught:
        coerce(x, ScientificTime)
    remedy = 'pandas.to_datetime(x, format="%H.%M").dt.time'
    assert remedy in str(caught.value)
    assert elscitype(eval(remedy, {"pandas": pd, "x": x})) == ScientificTime
