"""Each rule of `autotype`: where it fires, where it does not, and the reason it gives."""

import datetime as dt
import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

from scitypes import profiles
from scitypes.autotyping import Suggestion, Suggestions, autotype
from scitypes.coercion import coerce
from scitypes.errors import AutotypeError, BadSelection, NotATable
from scitypes.images import ImageVector
from scitypes.lattice import (
    Continuous,
    Count,
    Finite,
    Missing,
    Multiclass,
    Never,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    Textual,
    Unknown,
    nonmissing,
)
from scitypes.plans import plan
from scitypes.schemas import schema

MANY = ("numbers", "dates", "zip_codes", "booleans", "identifiers", "constants")
ALL = (*MANY, "text_to_multiclass", "few_to_finite", "discrete_to_continuous")


def texts(u, n):
    """A column of n texts, u of them distinct."""
    return [f"w{i % u}" for i in range(n)]


def the_one(X, rules):
    (found,) = autotype(X, rules, explain=True)
    return found


def test_by_default_texts_with_few_values_become_classes_and_no_number_is_touched():
    X = pd.DataFrame({"sex": ["f", "m", None], "k": [1, 2, 1], "x": [1.0, 1.0, 2.0]})
    assert autotype(X) == {"sex": Multiclass | Missing}
    assert schema(coerce(X, autotype(X))).scitypes == [Multiclass[2] | Missing, Count, Continuous]


def few(scitype, is_real, u, nrows):
    """`few_to_finite` of ScientificTypes.jl, line by line."""
    if nonmissing(scitype) <= Finite:
        return scitype
    unique = u
    if (unique <= 3 and nrows >= 5) or unique <= max(min(0.1 * nrows, 100), 4):
        sugg = OrderedFactor if is_real else Multiclass
        return sugg | Missing if scitype != nonmissing(scitype) else sugg
    return scitype


@pytest.mark.parametrize("n", [1, 4, 5, 39, 40, 41, 50, 1_000, 1_009, 1_010, 2_000])
@pytest.mark.parametrize("u", [1, 3, 4, 5, 6, 99, 100, 101, 102])
@pytest.mark.parametrize("missing", [False, True])
def test_the_thresholds_are_those_of_mlj(n, u, missing):
    if u > n - missing:
        return
    codes = [None] * missing + [i % u for i in range(n - missing)]
    word = {None: None}
    columns = {
        "texts": (pd.Series([word.get(i, f"w{i}") for i in codes], dtype=object), Textual, False),
        "ints": (pd.Series(codes, dtype="Int64"), Count, True),
        "floats": (pd.Series([np.nan if i is None else i / 8 for i in codes]), Continuous, True),
        "days": (
            pd.Series([None if i is None else dt.datetime(2024, 1, 1) + dt.timedelta(i)
                       for i in codes]),
            ScientificDateTime,
            False,
        ),
    }  # fmt: skip
    for x, kind, is_real in columns.values():
        found = kind | Missing if missing else kind
        assert autotype(x, "few_to_finite") == few(found, is_real, u, n)
        expected = few(found, False, u, n) if kind == Textual else found
        assert autotype(x) == expected


def test_few_to_finite_takes_booleans_and_floats_for_ordered_and_leaves_what_is_finite():
    assert autotype([True, False], "few_to_finite") == OrderedFactor
    assert autotype(np.full((8,), 3.415), "few_to_finite") == OrderedFactor
    assert autotype([dt.date(2024, 1, 1)] * 3, "few_to_finite") == Multiclass
    assert autotype([dt.time(1), None], "few_to_finite") == Multiclass | Missing
    for x in (pd.Categorical(["a"]), [None, None], pd.period_range("2024", periods=2), [[1], [2]]):
        (found,) = autotype(x, "few_to_finite", explain=True)
        assert found.suggested == found.found
    assert the_one({"a": [True, 2]}, "few_to_finite").reason == (
        "left as it is: booleans beside numbers"
    )


def test_discrete_to_continuous_and_string_to_multiclass_are_those_of_mlj():
    assert autotype([1, None], "discrete_to_continuous") == Continuous | Missing
    assert autotype([1.5], "discrete_to_continuous") == Continuous
    assert autotype(["a"], "discrete_to_continuous") == Textual
    assert autotype(texts(500, 500), "string_to_multiclass") == Multiclass
    assert autotype([1], "string_to_multiclass") == Count
    assert autotype([0, 10**400, 1], "discrete_to_continuous") == Count


def test_rules_are_applied_in_the_order_given():
    X = {"a": [1, 2, 1, 2]}
    assert autotype(X, ("discrete_to_continuous", "few_to_finite")) == {"a": OrderedFactor}
    assert autotype(X, ("few_to_finite", "discrete_to_continuous")) == {"a": OrderedFactor}
    assert autotype({"a": ["1", "2"]}, ("numbers", "discrete_to_continuous")) == {"a": Continuous}


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        ([True, False, True], "booleans"),
        (pd.array([True, None], dtype="boolean"), "booleans"),
        (pa.array([True, False]), "booleans"),
        (pl.Series([True, None]), "booleans"),
        (["yes", "no", None], "no < yes"),
        (["Y", "N"], "N < Y"),
        (["True", "False"], "False < True"),
        (["t", "f"], "f < t"),
    ],
)
def test_booleans_become_ordered_with_the_positive_one_last(x, reason):
    found = the_one({"a": x}, "booleans")
    assert nonmissing(found.suggested) == OrderedFactor
    assert (found.rule, found.reason) == ("booleans", reason)


@pytest.mark.parametrize(
    "x", [["yes"], ["yes", "n"], ["yes", "no", "maybe"], [0, 1], ["0", "1"], [True, 2], ["ja"]]
)
def test_what_is_no_pair_is_no_boolean(x):
    assert autotype({"a": x}, "booleans") == {}


def test_pairs_in_several_spellings_are_left_with_the_reason():
    found = the_one({"a": ["Yes", "yes", "no"]}, "booleans")
    assert found.suggested == Textual
    assert found.reason == "left as it is: no and yes spelt 'Yes', 'no', 'yes'"
    assert the_one({"a": ["no", "Yes"]}, "booleans").suggested == Textual


@pytest.mark.parametrize(
    ("x", "expected", "reason"),
    [
        (["1", " -2 ", None], Count | Missing, "texts that are whole numbers"),
        (["1.0", "2"], Continuous, "texts that are numbers"),
        (["1e3", "-.5"], Continuous, "texts that are numbers"),
        (["0", "0.5"], Continuous, "texts that are numbers"),
        ([str(2**70)], Continuous, "texts that are numbers"),
        (["007", "12"], Textual, "left as it is: digits with a leading zero, as '007'"),
        (["1", "2", "n/a"], Textual, "left as it is: numbers but for 'n/a'"),
        (["1,200", "7,000"], Textual, "left as it is: no rule applies"),
        (["nan", "inf"], Textual, "left as it is: no rule applies"),
        (["007", "a"], Textual, "left as it is: no rule applies"),
        (["a"], Textual, "left as it is: no rule applies"),
        ([1], Count, "left as it is: no rule is about Count"),
    ],
)
def test_numbers_in_texts(x, expected, reason):
    found = the_one({"a": x}, "numbers")
    assert (found.suggested, found.reason) == (expected, reason)
    assert nonmissing(schema(coerce({"a": x}, found_types(found), verbosity=0)).scitypes[0]) <= (
        nonmissing(expected)
    )


def found_types(found):
    return Suggestions([found]).types


@pytest.mark.parametrize(
    ("x", "expected", "what"),
    [
        (["2024-05-31", None], ScientificDate | Missing, "dates"),
        (["17:30", "08:15:30"], ScientificTime, "times"),
        (["2024-05-31 17:30", "2024-06-01"], ScientificDateTime, "dates with times"),
        (["2024-05-31T17:30:00Z"], ScientificDateTime, "dates with times"),
    ],
)
def test_dates_and_times_in_texts(x, expected, what):
    found = the_one({"a": x}, "dates")
    assert (found.suggested, found.rule) == (expected, "dates")
    assert found.reason == f"texts that are {what} in the ISO form"
    assert schema(coerce({"a": x}, found_types(found), verbosity=0)).scitypes == [expected]


@pytest.mark.parametrize("x", [["31.5.2024"], ["2024-05-31", "x"], ["2024-13-01"], ["2024"], [1]])
def test_other_forms_of_dates_are_left(x):
    assert autotype({"a": x}, "dates") == {}


THREES = [3 * i for i in range(21)]
ZIPS = ["04109", "10115", "80331", "50667", "20095"]


@pytest.mark.parametrize(
    ("name", "x", "reason"),
    [
        ("a", ZIPS, "5 digits each, some with a leading zero"),
        ("home_zip", ["10115", "80331"], "digits called 'home_zip'"),
        ("Postal Code", ["10115", "4109"], "digits called 'Postal Code'"),
        ("PLZ", [10115, 80331], "whole numbers called 'PLZ'"),
        ("postcode", pd.array([2000, None], dtype="Int64"), "whole numbers called 'postcode'"),
    ],
)
def test_zip_codes_are_classes(name, x, reason):
    found = the_one({name: x}, ("numbers", "zip_codes"))
    assert nonmissing(found.suggested) == Multiclass
    assert (found.rule, found.reason) == ("zip_codes", reason)


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("a", ZIPS[:4]),
        ("a", [*ZIPS[1:], "99999"]),
        ("a", [*ZIPS, "1234"]),
        ("a", ["001", "002", "003", "004", "005"]),
        ("a", [10115, 80331]),
        ("unzipped", [1, 2]),
        ("zipper", [1, 2]),
        ("zip", ["SW1A 1AA"]),
        ("zip", [True, False]),
        ("zip", [10115.0]),
        (7, [10115]),
    ],
)
def test_what_is_no_zip_code_is_left(name, x):
    assert autotype({name: x}, "zip_codes") == {}


@pytest.mark.parametrize(
    ("name", "x", "reason"),
    [
        ("a", texts(21, 21), "21 texts, all different"),
        ("a", list(range(7, 28)), "the whole numbers from 7 to 27"),
        ("a", list(range(30))[::-1], "the whole numbers from 0 to 29"),
        ("PassengerId", THREES, "21 values, all different, called 'PassengerId'"),
        ("user_id", THREES, "21 values, all different, called 'user_id'"),
        ("a", [2**53 + i for i in THREES], "21 values, all different, of 2^53 or beyond"),
    ],
)
def test_identifiers_are_set_aside(name, x, reason):
    rules = ("identifiers", "string_to_multiclass", "few_to_finite")
    found = autotype({name: x}, rules, explain=True)
    assert found.aside == (name,)
    assert found.types == {}
    assert (found[0].rule, found[0].reason) == ("identifiers", f"set aside: {reason}")


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("a", texts(20, 20)),
        ("a", texts(21, 22)),
        ("a", THREES),
        ("paid", THREES),
        ("id", [i / 2 for i in range(21)]),
    ],
)
def test_what_is_no_identifier_is_not_set_aside(name, x):
    assert autotype({name: x}, "identifiers", explain=True).aside == ()


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (["a", "a"], "one value in 2 rows"),
        ([1.5, None, 1.5], "one value in 3 rows and 1 missing"),
        (pd.Categorical(["a", "a"], categories=["a", "b"]), "one value in 2 rows"),
        ([None, None], "no value in 2 rows"),
    ],
)
def test_constants_are_set_aside(x, reason):
    found = autotype({"a": x}, ("constants", "few_to_finite"), explain=True)
    assert found.aside == ("a",)
    assert (found[0].suggested, found[0].reason) == (found[0].found, f"set aside: {reason}")


@pytest.mark.parametrize("x", [["a", "b"], ["a"], [1j, 1j]])
def test_what_varies_is_no_constant(x):
    assert autotype({"a": x}, "constants", explain=True).aside == ()


def test_an_explanation_has_every_column_and_prints_as_a_table():
    X = {"sex": ["f", "m"] * 30, "name": texts(60, 60), "age": list(range(60))}
    found = autotype(X, explain=True)
    assert found.types == autotype(X) == {"sex": Multiclass}
    assert str(found).splitlines() == [
        "1 of 3 columns changes",
        "column  found    suggested   rule                reason",
        "sex     Textual  Multiclass  text_to_multiclass  2 distinct values in 60 rows",
        f"name    Textual{' ' * 34}left as it is: 60 distinct values in 60 rows",
        f"age     Count{' ' * 36}left as it is: no rule is about Count",
    ]
    assert found.to_frame()["reason"].tolist() == [one.reason for one in found]
    assert "<td" in found._repr_html_()
    assert "text_to_multiclass" in found._repr_html_()
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(found)
    assert "text_to_multiclass" in console.export_text()
    two = autotype(X, ("identifiers", "text_to_multiclass"), explain=True)
    assert str(two).splitlines()[0] == "1 of 3 columns changes, 2 are set aside"


def test_an_explanation_is_a_sequence():
    found = autotype({"a": ["x"], "b": [1]}, explain=True)
    assert len(found) == 2
    assert [one.name for one in found] == ["a", "b"]
    assert isinstance(found[0], Suggestion)
    assert found[-1] in found
    assert found[:1] == autotype({"a": ["x"]}, explain=True)
    assert found[:1] != found
    assert hash(found[:1]) == hash(autotype({"a": ["x"]}, explain=True))
    assert not Suggestions()
    assert str(Suggestions()).startswith("0 of 0 columns change")


def test_all_columns_are_given_on_demand():
    X = {"a": ["x"], "b": [1]}
    assert autotype(X, only_changes=False) == {"a": Multiclass, "b": Count}


def test_a_vector_gets_one_scitype():
    assert autotype(pd.Series(["a", None], name="sex")) == Multiclass | Missing
    assert autotype(range(3)) == Count
    assert the_one(pd.Series(["a"], name="sex"), "few_to_finite").name == "sex"
    with pytest.raises(AutotypeError) as caught:
        autotype(["a"], only_changes=False)
    assert str(caught.value) == (
        "A vector has one scitype, which is given whether it changes or not.\n"
        "  expected: only_changes=False with a table\n"
        "  received: a list\n"
        "  to do: leave only_changes out"
    )


@pytest.mark.parametrize("rules", ["few_to_finit", ["few_to_finit"]])
def test_an_unknown_rule_is_refused_with_the_nearest(rules):
    with pytest.raises(AutotypeError) as caught:
        autotype({"a": [1]}, rules)
    assert str(caught.value) == (
        "There is no rule 'few_to_finit'.\n"
        "  expected: one or more of 'text_to_multiclass', 'few_to_finite', "
        "'discrete_to_continuous', 'string_to_multiclass', 'booleans', 'numbers', 'dates', "
        "'zip_codes', 'identifiers', 'constants'\n"
        f"  received: rules={rules!r}\n"
        "  to do: did you mean 'few_to_finite'?"
    )


@pytest.mark.parametrize("rules", [None, 5, {"numbers"}, [1]])
def test_rules_are_names_in_an_order(rules):
    with pytest.raises(AutotypeError, match="There is no rule"):
        autotype({"a": [1]}, rules)


def test_no_rules_suggest_nothing():
    assert autotype({"a": ["x"]}, ()) == {}
    assert the_one({"a": ["x"]}, ()).reason == "left as it is: no rule was asked for"


def test_columns_of_one_name_are_refused():
    X = pd.DataFrame([["x", "y"]], columns=["a", "a"])
    with pytest.raises(BadSelection, match="2 columns are called 'a'"):
        autotype(X)


@pytest.mark.parametrize("x", [5, "text", np.zeros((2, 2)), {}, None])
def test_what_is_no_data_is_refused(x):
    with pytest.raises(NotATable):
        autotype(x)


def test_what_rules_can_not_judge_is_left():
    X = {
        "images": ImageVector(np.zeros((2, 3, 4), dtype="uint8")),
        "lists": [[1], [2]],
        "mixed": [1, "a"],
        "periods": pd.period_range("2024", periods=2),
        "gone": [None, None],
    }
    found = autotype(X, (*MANY[:-1], "few_to_finite", "string_to_multiclass"), explain=True)
    assert found.types == {}
    assert found[2].reason == "left as it is: no rule is about Count | Textual"
    assert {nonmissing(one.found) for one in found[3:]} == {Unknown, Never}


def test_distinct_values_are_counted_only_where_a_rule_asks(monkeypatch):
    counted = []
    count = profiles.distinct
    monkeypatch.setattr(
        "scitypes.profiles.distinct", lambda *args: counted.append(1) or count(*args)
    )
    autotype({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"]}, "text_to_multiclass")
    assert len(counted) == 1
    autotype({"c": ["x", "y"]}, ALL)
    assert len(counted) == 2


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, pa.RecordBatch.from_pydict])
def test_every_library_gets_the_same_suggestions(make):
    X = {
        "sex": ["f", "m", None] * 10,
        "n": [str(i) for i in range(30)],
        "day": ["2024-05-31"] * 30,
        "ok": [True, False, True] * 10,
    }
    assert autotype(make(X), ALL) == autotype(X, ALL) == {
        "sex": Multiclass | Missing,
        "n": Count,
        "day": ScientificDate,
        "ok": OrderedFactor,
    }  # fmt: skip


def test_suggestions_are_rules_for_coerce_and_plan():
    X = pd.DataFrame({"sex": ["f", "m"] * 20, "age": range(40)})
    found = autotype(X, explain=True)
    pd.testing.assert_frame_equal(coerce(X, found), coerce(X, found.types))
    planned = plan(X, found)
    assert list(planned) == list(plan(X, found.types))
    pd.testing.assert_frame_equal(planned.apply(), coerce(X, found.types))
    assert coerce(X[["age"]], autotype(X[["age"]], explain=True)).equals(X[["age"]])


def test_suggestions_for_a_vector_are_refused_with_the_scitype_to_give():
    x = pd.Series(["f", "m"] * 20)
    with pytest.raises(NotATable, match=r"to do: coerce\(x, Multiclass\)"):
        coerce(x, autotype(x, explain=True))


@pytest.mark.parametrize(
    "name",
    [
        *("zip", "zips", "zip5", "zip_code", "ZIP code", "zipCode", "zipcodes", "plz", "PLZ_home"),
        *("postal", "postal_code", "postalCode", "postcode", "post_codes", "home-zip", "zip_home"),
    ],
)
def test_names_of_zip_codes_may_go_on_after_the_word(name):
    assert autotype({name: [10115, 80331]}, "zip_codes") == {name: Multiclass}
