"""Coercing tables by rules: which rule wins, what is told, what is kept."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow

from scitypes import (
    CoercionError,
    ColorImage,
    Continuous,
    Count,
    Found,
    GrayImage,
    ImageVector,
    Infinite,
    Missing,
    Multiclass,
    NotAScitype,
    NotATable,
    OrderedFactor,
    ScitypeWarning,
    Table,
    Textual,
    UnknownColumn,
    coerce,
    levels,
    scitype,
)


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "age": ["31", "44", "?"],
            "sex": ["f", "m", "f"],
            "size": ["S", "L", "S"],
            "rooms": [2, 3, 2],
            "amt_a": [1, 2, 3],
        },
        index=["x", "y", "z"],
    )


# rules


def test_the_line_that_docs_lead_with(people):
    result = coerce(people, {Textual: Multiclass})
    assert scitype(result) == Table(Multiclass[3], Multiclass[2], Count)
    assert result.index.tolist() == ["x", "y", "z"]
    assert result.columns.tolist() == people.columns.tolist()
    assert people["sex"].dtype != "category"


def test_a_name_wins_over_a_pattern_and_that_over_a_scitype(people):
    result = coerce(
        people,
        {
            Count: Multiclass,
            re.compile("^amt"): Continuous,
            "sex": OrderedFactor,
            Textual: Multiclass,
        },
        levels={"sex": ["m", "f"]},
    )
    assert scitype(result["rooms"]).element == Multiclass[2]
    assert result["amt_a"].dtype == "float64"
    assert levels(result["sex"]) == ["m", "f"]
    assert result["sex"].cat.ordered


def test_functions_select_by_name_and_scitype(people):
    result = coerce(people, {lambda name, kind: kind <= Infinite and "_" in name: Continuous})
    assert result["amt_a"].dtype == "float64"
    assert result["rooms"].dtype == "int64"
    assert coerce(people, {lambda name, kind: False: Continuous}) is people


def test_rules_are_judged_on_the_original_and_never_cascade(people):
    result = coerce(people[["rooms"]], {Count: Continuous, Continuous: Multiclass})
    assert result["rooms"].dtype == "float64"


def test_scitype_keys_set_missing_aside():
    X = pd.DataFrame({"a": [1.5, None], "b": pd.Series([1, None], dtype="Int64")})
    result = coerce(X, {Count: Continuous | Missing})
    assert result["b"].dtype == "float64"
    assert result["a"].isna().tolist() == [False, True]


def test_two_keys_of_the_same_rank_are_refused(people):
    with pytest.raises(CoercionError) as caught:
        coerce(people, {Textual: Multiclass, Found: Multiclass, "rooms": Count, "amt_a": Count})
    assert set(caught.value.columns) == {"age", "sex", "size"}
    assert "column 'sex': Textual and Found" in caught.value.received
    with pytest.raises(CoercionError, match=r"re\.compile"):
        coerce(people, {re.compile("a"): Multiclass, re.compile("g"): Multiclass})


def test_a_column_of_missing_only_fits_every_scitype_and_must_be_named():
    X = pd.DataFrame({"a": [1, 2], "b": [None, None]})
    with pytest.raises(CoercionError, match="all cells of 'b' are missing"):
        coerce(X, {Textual: Multiclass, Count: Continuous})
    result = coerce(X, {Textual: Multiclass, Count: Continuous, "b": Continuous}, verbosity=0)
    assert result["b"].dtype == "float64"


def test_unknown_columns_are_all_named_with_near_ones(people):
    with pytest.raises(UnknownColumn) as caught:
        coerce(people, {"aeg": Count, "rooms": Count, re.compile("^zz"): Count})
    assert isinstance(caught.value, KeyError)
    assert "no column 'aeg'; no column matches re.compile('^zz')" in caught.value.failed
    assert "did you mean 'age'" in caught.value.remedy


def test_a_name_that_two_columns_have_is_refused_but_scitypes_reach_both():
    X = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(CoercionError, match="2 columns are called 'a'"):
        coerce(X, {"a": Continuous})
    assert scitype(coerce(X, {Count: Continuous})) == Table(Continuous)


def test_names_of_any_type_are_names():
    X = pd.DataFrame({0: [1], ("a", "b"): [2]})
    result = coerce(X, {0: Continuous, ("a", "b"): Multiclass})
    assert scitype(result) == Table(Continuous, Multiclass[1])
    with pytest.raises(UnknownColumn):
        coerce(X, {False: Continuous})


def test_machine_types_are_no_scitypes(people):
    with pytest.raises(NotAScitype, match="write Continuous"):
        coerce(people, {"rooms": float})


def test_rules_need_a_table():
    with pytest.raises(NotATable, match=r"coerce\(x, Continuous\)"):
        coerce([1, 2], {Count: Continuous})
    with pytest.raises(NotATable):
        coerce({"a": 1}, {"a": Continuous})


# failures and messages


def test_all_columns_that_fail_are_told_in_one_error_and_none_is_changed(people):
    before = people.copy()
    with pytest.raises(CoercionError) as caught:
        coerce(
            people,
            {"age": Count, "size": OrderedFactor, "sex": Continuous, "rooms": Continuous},
            levels={"size": ["M", "L"]},
        )
    error = caught.value
    assert error.failed == "3 columns can't be coerced, and none was."
    assert list(error.columns) == ["age", "sex", "size"]
    assert error.rows == {"age": ["z"], "sex": ["x", "y", "z"], "size": ["x", "z"]}
    assert "column 'age': from Textual to Count: 1 of 3 values is not a number" in str(error)
    assert "'S' (rows 'x', 'z')" in str(error)
    assert "column 'sex': if these are labels, coerce to Multiclass" in str(error)
    pd.testing.assert_frame_equal(people, before)


def test_messages_about_several_columns_come_as_one_warning():
    X = pd.DataFrame({"a": ["x", None], "b": ["y", None], "c": ["z", "w"]})
    with pytest.warns(ScitypeWarning) as caught:
        coerce(X, {Textual: Multiclass})
    assert len(caught) == 1
    assert str(caught[0].message).count("missing value") == 2
    with pytest.warns(ScitypeWarning, match="column 'c': levels are put in alphabetical order"):
        coerce(X, {"c": OrderedFactor}, verbosity=0)
    assert "{'a': Multiclass | Missing}" in str(caught[0].message)
    with pytest.warns(ScitypeWarning, match=r"order, levels=\{'c': \['w', 'z'\]\}"):
        coerce(X, {"c": OrderedFactor})
    with pytest.warns(ScitypeWarning, match=r"order, levels=\['w', 'z'\] .*verbosity=-1"):
        coerce(X["c"], OrderedFactor)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        coerce(X, {"a": Multiclass | Missing}, verbosity=0)
        coerce(X, {Textual: Multiclass | Missing})
        coerce(X, {Textual: OrderedFactor}, verbosity=-1)


def test_levels_and_missing_go_by_column(people):
    result = coerce(
        people,
        {"age": Count | Missing, "size": OrderedFactor},
        levels={"size": ["S", "M", "L"]},
        missing={"age": ["?"]},
    )
    assert result["age"].tolist() == [31, 44, pd.NA]
    assert levels(result["size"]) == ["S", "M", "L"]
    assert (
        coerce(people, {Textual: Multiclass}, missing=["?"], verbosity=0)["age"].isna().sum() == 1
    )


def test_levels_for_what_no_rule_coerces_are_refused(people):
    with pytest.raises(UnknownColumn, match="'size', which no rule coerces"):
        coerce(people, {"sex": Multiclass}, levels={"size": ["S"]})
    with pytest.raises(UnknownColumn, match="did you mean 'sex'"):
        coerce(people, {"sex": Multiclass}, missing={"sx": ["?"]})
    with pytest.raises(CoercionError, match="says not whose"):
        coerce(people, {"sex": Multiclass}, levels=["f", "m"])


# what is kept


def test_no_rule_and_nothing_to_do_give_the_table_itself(people):
    assert coerce(people, {}) is people
    assert coerce(people, {"rooms": Count, Textual: Textual}) is people


def test_writing_into_the_result_does_not_reach_the_table(people):
    before = people.copy()
    result = coerce(people, {"rooms": Continuous})
    result.loc["x", "amt_a"] = 99
    result.loc["x", "rooms"] = 99
    result["sex"] = "q"
    pd.testing.assert_frame_equal(people, before)


def test_dicts_stay_dicts_and_untouched_columns_stay_themselves():
    X = {"a": [1, 2], "b": np.array(["x", "y"])}
    result = coerce(X, {"b": Multiclass})
    assert list(result) == ["a", "b"]
    assert result["a"] is X["a"]
    assert isinstance(result["b"], pd.Categorical)


def test_duplicate_row_labels_do_not_matter():
    X = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[0, 0])
    result = coerce(X, {Count: Continuous, Textual: Multiclass})
    assert result["a"].tolist() == [1.0, 2.0]
    assert result.index.tolist() == [0, 0]


def test_columns_of_images_stay_columns():
    gray, colour = pillow.new("L", (4, 3)), pillow.new("RGB", (4, 3))
    X = pd.DataFrame({"photo": pd.Series([gray, None, colour]), "n": [1, 2, 3]})
    result = coerce(X, {"photo": ColorImage | Missing})
    assert scitype(result["photo"]).element == ColorImage[3, 4] | Missing
    assert coerce(result, {"photo": ColorImage | Missing}) is result
    with pytest.raises(CoercionError, match="in row 1 is no image"):
        coerce(pd.DataFrame({"photo": pd.Series([gray, "x"])}), {"photo": GrayImage})
    arrays = pd.DataFrame({"photo": pd.Series(list(np.zeros((2, 3, 4), np.uint8)))})
    assert scitype(coerce(arrays, {"photo": GrayImage})) == Table(GrayImage[3, 4])
    vector = {"photo": ImageVector(np.zeros((2, 3, 4), np.uint8))}
    assert coerce(vector, {"photo": ColorImage})["photo"].shape == (2, 3, 4, 3)


@pytest.mark.parametrize("key", [lambda name: True, lambda: True, lambda a, b, c: True, str, int])
def test_keys_that_do_not_take_a_name_and_a_scitype_are_explained(key):
    table = pd.DataFrame({"a": [1, 2]})
    with pytest.raises(CoercionError, match="name and its scitype") as caught:
        coerce(table, {key: Continuous})
    assert caught.value.expected == "a function (name, scitype) -> bool"
    assert caught.value.received
    assert "lambda name, scitype" in caught.value.remedy


def test_functions_with_any_arguments_that_take_two_are_rules():
    table = pd.DataFrame({"a": [1, 2]})
    for key in (lambda *given: True, lambda name, scitype, more=0: True):
        assert coerce(table, {key: Continuous})["a"].dtype == "float64"
