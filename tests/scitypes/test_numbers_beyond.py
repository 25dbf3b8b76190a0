"""Numbers and texts that no column can hold as they are: refused, or said to be rounded."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from scitypes import (
    BadSelection,
    CoercionError,
    Continuous,
    Count,
    Multiclass,
    OrderedFactor,
    coerce,
    concat,
    matrix,
)
from scitypes.messages import ScitypeWarning

BIG = 2**53 + 1
OLD_TEXTS = pytest.mark.skipif(
    pd.Series(["a"]).dtype == object, reason="this version of pandas keeps texts as objects"
)
LONG = np.dtype(np.longdouble).itemsize > 8
wide = pytest.mark.skipif(not LONG, reason="longdouble is float64 on this machine")


@pytest.mark.parametrize("scitype", [Continuous, Count])
@pytest.mark.parametrize(
    "cell",
    [
        Decimal("1e400"),
        Fraction(10**400),
        "1e400",
        pytest.param("9" * 5000, id="digits"),
    ],
)
def test_a_number_beyond_the_range_of_floats_is_refused_as_such(cell, scitype):
    with pytest.raises(
        CoercionError, match=r"1 of 2 values is beyond the range of floats"
    ) as caught:
        coerce(pd.Series([cell, 2], dtype=object), scitype)
    assert "missing=" not in caught.value.remedy
    assert "row 0" in caught.value.received


@pytest.mark.parametrize("power", [400, 5000])
def test_an_integer_beyond_the_range_of_floats_is_refused_as_such(power):
    with pytest.raises(CoercionError, match="1 of 2 values is beyond the range of floats"):
        coerce(pd.Series([10**power, 2], dtype=object), Continuous)


def test_infinite_decimals_stay_infinite():
    column = pd.Series([Decimal("Infinity"), Decimal("-Infinity")], dtype=object)
    assert coerce(column, Continuous).tolist() == [np.inf, -np.inf]


def test_numbers_beyond_floats_beside_what_is_no_number_are_told_together():
    with pytest.raises(CoercionError, match="2 of 3 values are not numbers, or beyond") as caught:
        coerce(["1e400", "?", "1"], Continuous)
    assert caught.value.remedy.endswith("missing=['?'])")


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([Decimal(BIG)]),
        pd.Series([Fraction(BIG)]),
        pd.Series([BIG]),
        pd.Series([Decimal(BIG)], dtype=pd.ArrowDtype(pa.decimal128(20))),
        pa.array([Decimal(BIG)]),
        pl.Series("x", [Decimal(BIG)]),
        [str(BIG), f"{BIG}.0"],
    ],
)
def test_whatever_holds_integers_beyond_2_to_the_53_they_are_said_to_be_rounded(column):
    with pytest.warns(ScitypeWarning, match=rf"beyond 2\^53 (is|are) rounded .*\({BIG}"):
        coerce(column, Continuous)


def test_large_fractions_are_said_to_be_rounded():
    with pytest.warns(ScitypeWarning, match=r"1 number beyond 2\^53 is rounded"):
        coerce([Decimal("9007199254740993.5")], Continuous)


def test_large_numerals_of_which_no_digit_is_lost_are_not_said_to_be_rounded():
    texts = ["1e23", "1.7976931348623157e308", str(2**60)]
    assert coerce([*texts, "0.1"], Continuous).tolist() == [*map(float, texts), 0.1]


@wide
def test_integers_in_longdoubles_are_counted_exactly():
    column = np.array([2**53, -(2**62)], dtype=np.longdouble) + 1
    assert coerce(column, Count).tolist() == [2**53 + 1, -(2**62) + 1]
    gaps = pd.Series([*column, np.longdouble("nan")], dtype=np.longdouble)
    assert coerce(gaps, Count, verbosity=0)[0] == 2**53 + 1
    with pytest.raises(CoercionError, match="whole number within 64 bits"):
        coerce(np.array([2**63], dtype=np.longdouble), Count)


@wide
def test_longdoubles_are_labels_where_float64_holds_them():
    column = np.array([2, 1, np.nan, 2], dtype=np.longdouble)
    result = coerce(column, OrderedFactor, verbosity=-1)
    assert result.categories.tolist() == [1.0, 2.0]
    assert result.codes.tolist() == [1, 0, -1, 1]
    with pytest.raises(CoercionError, match="a label that float64 can hold"):
        coerce(np.array([1, 2**53], dtype=np.longdouble) + 1, Multiclass)


@pytest.mark.parametrize("scitype", [Continuous, Count, Multiclass])
def test_signalling_nans_are_refused_with_their_rows(scitype):
    column = pd.Series([Decimal(1), Decimal("sNaN")], index=["a", "b"], name="x", dtype=object)
    with pytest.raises(CoercionError, match=r"Column 'x' .* signalling NaNs") as caught:
        coerce(column, scitype)
    assert "row 'b'" in caught.value.received
    assert "x" in caught.value.columns


@OLD_TEXTS
@pytest.mark.parametrize("options", [{}, {"levels": ["a", "\ud800"]}])
def test_halves_of_characters_are_no_labels(options):
    with pytest.raises(CoercionError, match="of Unicode") as caught:
        coerce(pd.Series(["a", "\ud800"], dtype=object), Multiclass, **options)
    assert "row 1" in caught.value.received


@OLD_TEXTS
def test_half_a_character_among_the_levels_given_is_refused():
    with pytest.raises(CoercionError, match="a level given is no text of Unicode"):
        coerce(["a"], Multiclass, levels=["a", "\ud800"])


def test_what_no_cell_can_be_stands_for_missing_nowhere():
    with pytest.raises(CoercionError, match=r"missing has \[1\], which no cell can be") as caught:
        coerce([1, 2], Count, missing=[[1]])
    assert "missing=['?', -999]" in caught.value.remedy


def floats_of(integers, floats):
    return [
        (pd.Series(integers), pd.Series(floats)),
        (pd.Series(integers, dtype="Int64"), pd.Series([*floats, None], dtype="Float64")),
        (pd.Index(integers), pd.Index(floats)),
        (np.array(integers), np.array(floats)),
        (np.ma.masked_array([*integers, 0], [False, True]), np.ma.masked_array(floats)),
        (pl.Series(integers), pl.Series(floats)),
        (pa.table({"x": integers}), pa.table({"x": floats})),
        (pd.DataFrame({"x": integers}), pd.DataFrame({"x": floats})),
    ]


@pytest.mark.parametrize("parts", floats_of([BIG], [0.5]))
def test_integers_are_not_joined_to_floats_that_can_not_hold_them(parts):
    with pytest.raises(BadSelection, match="can't be put one after another") as caught:
        concat(parts)
    assert str(BIG) in caught.value.received
    assert "Continuous" in caught.value.remedy


@pytest.mark.parametrize("parts", floats_of([2**53], [0.5]))
def test_integers_that_floats_hold_are_joined_to_them(parts):
    assert len(concat(parts)) >= 2


@pytest.mark.parametrize("make", [np.array, pd.Series])
def test_unsigned_and_negative_integers_are_joined_where_no_digit_is_lost(make):
    negative = make([-1], dtype=np.int64)
    assert list(concat([make([2**53], dtype=np.uint64), negative])) == [2**53, -1]
    with pytest.raises(BadSelection, match="can't be put one after another"):
        concat([make([2**64 - 1], dtype=np.uint64), negative])


def test_arrow_columns_of_types_that_have_none_in_common_are_refused():
    with pytest.raises(BadSelection, match="can't be put one after another") as caught:
        concat([pa.chunked_array([[1]]), pa.chunked_array([["a"]])])
    assert "'int64', 'string'" in caught.value.received


def test_the_remedy_for_integers_beside_floats_joins_them():
    with pytest.warns(ScitypeWarning, match="rounded"):
        rounded = coerce(pd.Series([BIG]), Continuous)
    assert concat([rounded, pd.Series([0.5])]).tolist() == [2.0**53, 0.5]


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame({"a": [BIG], "b": [0.5]}),
        pd.DataFrame({"a": pd.Series([BIG, None], dtype="Int64"), "b": [1, 2]}),
        pl.DataFrame({"a": [BIG, None], "b": [1, 2]}),
        pa.table({"a": [BIG, None], "b": [1, 2]}),
        {"a": [BIG], "b": [0.5]},
    ],
)
def test_a_matrix_says_which_integers_it_rounds(X):
    with pytest.warns(ScitypeWarning, match=rf"column 'a': 1 integer is rounded .*\({BIG}\)"):
        assert matrix(X)[0, 0] == 2**53


def test_a_matrix_of_integers_alone_rounds_none():
    assert matrix(pd.DataFrame({"a": [BIG], "b": [1]})).tolist() == [[BIG, 1]]
