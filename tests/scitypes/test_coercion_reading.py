"""Reading new data through a schema: by name, by label, and everything wrong told at once."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow

from scitypes import ImageVector, Multiclass, SchemaMismatch, coerce, schema, scitype


@pytest.fixture
def fitted():
    return schema(
        pd.DataFrame(
            {
                "age": [31.5, 44.0],
                "rooms": [2, 3],
                "sex": pd.Categorical(["f", "m"]),
                "floor": pd.Categorical([2, 1], categories=[2, 1, 0], ordered=True),
            }
        )
    )


RAW = {"floor": [1.0, None], "sex": ["m", "f"], "rooms": [3.0, 2.0], "age": [7, 8]}


def mismatch(x, of):
    with pytest.raises(SchemaMismatch) as caught:
        coerce(x, of)
    return caught.value


def test_a_raw_table_in_another_order_is_read_by_name_and_label(fitted):
    raw = pd.DataFrame(RAW, index=["p", "q"])
    result = coerce(raw, fitted)
    assert result.columns.tolist() == fitted.names
    assert result.index.tolist() == ["p", "q"]
    assert schema(result).pools == fitted.pools
    assert result["floor"].cat.codes.tolist() == [1, -1]
    assert result["age"].dtype == "float64"
    assert result["rooms"].tolist() == [3, 2]
    assert result["rooms"].dtype == "int64"
    assert raw.columns.tolist() == list(RAW)


def test_labels_match_by_label_and_never_by_code(fitted):
    others = {
        "sex": pd.Categorical(["m", "f"], categories=["x", "m", "f"]),
        "floor": pd.Categorical([1, 2], categories=[1, 2]),
    }
    result = coerce(pd.DataFrame({**RAW, **others}), fitted)
    assert result["sex"].cat.codes.tolist() == [1, 0]
    assert result["floor"].cat.codes.tolist() == [1, 0]
    ints = coerce(pd.DataFrame({**RAW, "floor": np.array([2, 0], dtype=np.int8)}), fitted)
    assert ints["floor"].tolist() == [2, 0]


def test_a_table_that_is_as_the_schema_says_is_returned_itself(fitted):
    X = coerce(pd.DataFrame(RAW), fitted)
    assert coerce(X, fitted) is X


def test_one_row_and_no_row_are_read(fitted):
    raw = pd.DataFrame(RAW)
    assert len(coerce(raw.iloc[[1]], fitted)) == 1
    assert schema(coerce(raw.iloc[:0], fitted)).scitypes == fitted.scitypes


@pytest.mark.parametrize("dtype", ["int8", "float32", "bool", "Int64", "Float64", "object"])
def test_numeric_columns_take_any_dtype_of_numbers(fitted, dtype):
    raw = pd.DataFrame(RAW).assign(age=pd.Series([0, 1]).astype(dtype))
    raw["rooms"] = pd.Series([0, 1]).astype(dtype)
    result = coerce(raw, fitted)
    assert result["age"].tolist() == [0, 1]
    assert result["rooms"].tolist() == [0, 1]
    assert result["age"].dtype.kind == "f"


def test_fractions_where_integers_were_stay_numbers(fitted):
    assert coerce(pd.DataFrame({**RAW, "rooms": [2.5, 3.0]}), fitted)["rooms"].tolist() == [2.5, 3]


def test_missing_cells_stay_missing_and_nothing_is_said(fitted):
    raw = pd.DataFrame({**RAW, "rooms": [2.0, None], "age": [None, None], "sex": [None, "f"]})
    result = coerce(raw, fitted)
    assert result.isna().sum().tolist() == [2, 1, 1, 1]
    assert result["rooms"].dtype == "Int64"


def test_everything_that_is_wrong_with_a_table_is_one_error(fitted):
    raw = pd.DataFrame({"Age": [1, 2], "rooms": ["many", "3"], "sex": ["f", "q"], "id": [1, 2]})
    raw["floor"] = ["1", "2"]
    error = mismatch(raw, fitted)
    assert set(error.columns) == {"age", "Age", "id", "rooms", "sex", "floor"}
    assert error.absent == ("age",)
    assert error.extra == ("Age", "id")
    text = str(error)
    assert "1 column absent, 2 columns extra, 3 columns unreadable" in text
    assert "'age' (did you mean 'Age'?)" in text
    assert "column 'sex': 1 of 2 values is not among the levels known from before: 'q'" in text
    assert "column 'rooms': it holds Textual where Count was: 'many' (row 0), '3' (row 1)" in text
    assert "'1' (str) is not the level 1 (int)" in text


def test_extra_columns_alone_say_how_to_leave_them_out(fitted):
    error = mismatch(pd.DataFrame({**RAW, "id": [1, 2]}), fitted)
    assert "X.drop(columns=['id'])" in error.remedy
    many = {f"extra{i}": [1, 2] for i in range(13)}
    assert "X[schema.names]" in mismatch(pd.DataFrame({**RAW, **many}), fitted).remedy
    assert error.columns == {"id": "not in the schema"}


def test_a_name_that_occurs_twice_is_refused(fitted):
    raw = pd.DataFrame(RAW)
    raw = pd.concat([raw, raw[["age"]]], axis=1)
    assert "several columns" in mismatch(raw, fitted).columns["age"]


def test_unseen_labels_alone_keep_the_short_form(fitted):
    error = mismatch(pd.DataFrame({**RAW, "sex": ["f", "q"]}, index=["a", "b"]), fitted)
    assert error.failed.startswith("Column 'sex' can't be read as the schema says")
    assert "'q' (row 'b')" in error.received
    both = mismatch(pd.DataFrame({**RAW, "sex": ["f", "q"], "floor": [1, 9]}), fitted)
    assert both.failed == "2 columns can't be read as the schema says."


@pytest.mark.parametrize(
    ("x", "remedy"),
    [
        ({"age": 1, "rooms": 1, "sex": "f", "floor": 1}, "[value]"),
        (np.zeros((2, 4)), "table(x, names=schema.names)"),
        (pd.Series([1, 2]), "X.iloc[[i]]"),
        ([{"age": 1}], "pandas.DataFrame(rows)"),
        (3, "DataFrame"),
    ],
)
def test_what_is_no_table_says_how_to_make_one(fitted, x, remedy):
    assert remedy in mismatch(x, fitted).remedy


def test_dicts_and_polars_frames_are_read(fitted):
    import polars as pl

    result = coerce(RAW, fitted)
    assert list(result) == fitted.names
    assert isinstance(result["sex"], pd.Categorical)
    frame = coerce(pl.DataFrame(RAW), fitted)
    assert schema(frame).pools == fitted.pools


def test_sentinels_apply_before_reading(fitted):
    raw = pd.DataFrame({**RAW, "sex": ["?", "f"], "age": [-1, 3]})
    result = coerce(raw, fitted, missing={"sex": ["?"], "age": [-1]})
    assert result["sex"].isna().tolist() == [True, False]
    assert result["age"].isna().tolist() == [True, False]
    assert coerce(raw, fitted, missing=["?"])["sex"].isna().sum() == 1


def test_targets_are_read_as_vectors():
    of = schema(pd.Series(["a", "b"], name="label", dtype="category"))
    result = coerce(["b", "a"], of)
    assert isinstance(result, pd.Categorical)
    assert result.codes.tolist() == [1, 0]
    series = coerce(pd.Series(["b"], index=[5]), of)
    assert series.index.tolist() == [5]
    assert "'c' (row 1)" in mismatch(["a", "c"], of).received
    assert "X['label']" in mismatch(pd.DataFrame({"label": ["a"]}), of).remedy
    assert "ravel" in mismatch(np.array([["a"]]), of).remedy
    numbers = schema(np.array([1.5, 2.5]))
    assert coerce([1, 2], numbers).tolist() == [1.0, 2.0]
    assert "'x' (row 0)" in mismatch(["x"], numbers).received


def test_matrices_are_read_by_width():
    of = schema(np.zeros((3, 2)))
    floats = np.ones((1, 2))
    assert coerce(floats, of) is floats
    assert coerce(np.array([[1, 2]]), of).dtype == np.float64
    counts = schema(np.zeros((3, 2), dtype=int))
    assert coerce(np.array([[1.5, 2.0]]), counts).tolist() == [[1.5, 2.0]]
    assert "x[None, :]" in mismatch(np.ones(2), of).remedy
    assert "matrix(X)" in mismatch(pd.DataFrame(floats), of).remedy
    assert "columns of before" in mismatch(np.ones((1, 3)), of).remedy
    assert "cell (0, 1)" in mismatch(np.array([[1, "a"]], dtype=object), of).received


def test_images_are_read_as_the_kind_and_size_of_before():
    pixels = np.zeros((2, 4, 5), dtype=np.uint8)
    of = schema(ImageVector(pixels))
    assert scitype(coerce(pixels, of)) == scitype(ImageVector(pixels))
    assert len(coerce([pillow.new("L", (5, 4))], of)) == 1
    assert "GrayImage[4, 5]" in mismatch(pixels[:, :3], of).expected
    assert "array[None]" in mismatch(pixels[0], of).remedy
    assert mismatch(pixels[:, :3], of).columns.keys() == {"images"}


def test_other_kinds_of_columns_are_read_as_they_were():
    of = schema(
        pd.DataFrame(
            {"note": ["a"], "day": [dt.date(2024, 5, 1)], "odd": [1j], "none": [None]}
        ).astype({"odd": object, "none": object})
    )
    raw = pd.DataFrame({"note": ["b"], "day": ["2024-05-02"], "odd": ["x"], "none": [3]})
    result = coerce(raw, of)
    assert result["day"].tolist() == [dt.date(2024, 5, 2)]
    assert result["odd"].tolist() == ["x"]
    assert "note" in mismatch(raw.assign(note=[3]), of).columns


def test_a_column_of_images_is_read():
    of = schema(pd.DataFrame({"photo": pd.Series([pillow.new("L", (4, 3))])}))
    other = pd.DataFrame({"photo": pd.Series([pillow.new("L", (9, 9))])})
    assert "another size" in mismatch(other, of).failed


def test_a_pool_without_levels_takes_missing_only_and_survives_json():
    of = schema(pd.DataFrame({"a": coerce(pd.Series([None, None]), Multiclass, verbosity=0)}))
    of = type(of).from_json(of.to_json())
    assert coerce(pd.DataFrame({"a": [None]}), of)["a"].isna().all()
    assert "a" in mismatch(pd.DataFrame({"a": ["x"]}), of).columns


def test_of_many_columns_only_the_difference_is_listed():
    wide = pd.DataFrame({f"c{i}": [1.0] for i in range(40)})
    error = mismatch(wide.drop(columns="c7").assign(new=1), schema(wide))
    assert error.expected == (
        "the 40 columns of the schema in any order, among them 'c7', and no others"
    )
    assert error.received == "absent: 'c7'\nextra: 'new'"
    with pytest.raises(SchemaMismatch) as caught:
        schema(wide).check(wide.assign(new=1)).raise_if_any()
    assert "c7" not in str(caught.value)
