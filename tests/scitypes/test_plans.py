"""Plans: what a coercion would do, seen before it is done."""

import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

from scitypes import (
    CoercionError,
    Continuous,
    Count,
    GrayImage,
    ImageVector,
    Missing,
    Multiclass,
    NotAScitype,
    NotATable,
    OrderedFactor,
    Plan,
    SchemaMismatch,
    ScitypeWarning,
    Textual,
    UnknownColumn,
    coerce,
    plan,
    schema,
    scitype,
)

RULES = {"sex": Multiclass | Missing, "age": Count, "n": Count, "price": Continuous}


@pytest.fixture
def df():
    return pd.DataFrame(
        {
            "age": [1.5, 2.0, 0.5],
            "sex": ["f", None, "m"],
            "n": [1, 2, 3],
            "price": ["1", "?", "3"],
            "other": [True, False, True],
        },
        index=list("xyz"),
    )


def test_a_plan_is_printed_column_by_column(df):
    assert repr(plan(df, RULES)) == (
        "4 columns are asked for: 1 changes, 2 can't be coerced\n"
        "column  from               to                       fail  first values\n"
        "age     Continuous         Count                       2  1.5 (row 'x'), 0.5 (row 'z')\n"
        "sex     Textual | Missing  Multiclass[2] | Missing\n"
        "n       Count              Count\n"
        "price   Textual            Continuous                  1  '?' (row 'y')"
    )


def test_rich_and_html_show_the_same(df):
    planned = plan(df, RULES)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(planned)
    text = console.export_text()
    html = planned._repr_html_()
    for part in ("can't be coerced", "Multiclass[2] | Missing", "1.5 (row 'x'), 0.5 (row 'z')"):
        assert part in text
        assert part in html.replace("&#x27;", "'")


def test_steps_and_frame_say_it_as_data(df):
    planned = plan(df, RULES)
    assert len(planned) == 4
    assert [step.name for step in planned] == ["age", "sex", "n", "price"]
    age, sex, n, price = planned.steps
    assert (age.found, age.target, age.result) == (Continuous, Count, None)
    assert (age.fails, age.values, age.ok) == (2, "1.5 (row 'x'), 0.5 (row 'z')", False)
    assert age.reason.startswith("2 of 3 values are not whole numbers")
    assert age.remedy == "round them first, x.round(), or coerce to Continuous"
    assert (sex.result, sex.changes, sex.ok) == (Multiclass[2] | Missing, True, True)
    assert (n.result, n.changes) == (Count, False)
    assert "missing=['?']" in price.remedy
    frame = planned.to_frame()
    assert frame["column"].tolist() == ["age", "sex", "n", "price"]
    assert frame["from"].tolist() == ["Continuous", "Textual | Missing", "Count", "Textual"]
    assert frame["to"].tolist() == ["Count", "Multiclass[2] | Missing", "Count", "Continuous"]
    assert frame["fail"].tolist() == [2, 0, 0, 1]
    assert frame["ok"].tolist() == [False, True, True, False]
    assert plan(df, {}).to_frame().columns.tolist() == frame.columns.tolist()


def test_a_plan_is_true_if_everything_converts(df):
    assert not plan(df, RULES)
    assert not plan(df, RULES).ok
    assert plan(df, {"sex": Multiclass})
    assert repr(plan(df, {})).startswith("0 columns are asked for: nothing changes")
    assert isinstance(plan(df, {}), Plan)


def test_applying_a_plan_is_coercing(df):
    before = df.copy(deep=True)
    options = {"levels": {"sex": ["m", "f"]}, "missing": {"price": ["?"]}, "tight": True}
    rules = {"sex": OrderedFactor | Missing, "price": Count | Missing}
    planned = plan(df, rules, **options)
    pd.testing.assert_frame_equal(df, before)
    assert planned.ok
    pd.testing.assert_frame_equal(planned.apply(), coerce(df, rules, **options))
    pd.testing.assert_frame_equal(df, before)


def test_applying_what_fails_raises_what_coerce_raises(df):
    with pytest.raises(CoercionError) as caught:
        plan(df, RULES).apply()
    assert list(caught.value.columns) == ["age", "price"]


def test_planning_is_silent_and_applying_is_not(df):
    planned = plan(df, {"sex": OrderedFactor | Missing})
    assert "levels={'sex': ['f', 'm']}" in planned.steps[0].note
    assert planned.to_frame()["note"].tolist() == [planned.steps[0].note]
    assert planned.ok
    with pytest.warns(ScitypeWarning, match="alphabetical"):
        planned.apply()
    planned.apply(verbosity=-1)


def test_vectors_are_planned_too():
    planned = plan(["3", "x"], Count)
    assert repr(planned) == (
        "1 column is asked for: 1 can't be coerced\n"
        "column  from     to     fail  first values\n"
        "        Textual  Count     1  'x' (row 1)"
    )
    assert plan(["3", "x"], Count | Missing, missing=["x"]).apply().tolist() == [3, pd.NA]
    assert plan(pd.Series([1], name="n"), Multiclass).steps[0].name == "n"


@pytest.mark.parametrize("library", [pl.DataFrame, pa.table])
def test_tables_of_polars_and_arrow_are_planned(library):
    X = library({"a": ["1", "x"], "b": ["u", "v"]})
    planned = plan(X, {"a": Continuous, "b": OrderedFactor}, levels={"b": ["v", "u"]})
    assert [step.fails for step in planned] == [1, 0]
    assert planned.steps[1].result == OrderedFactor[2]
    planned = plan(X, {"b": OrderedFactor}, levels={"b": ["v", "u"]})
    assert type(planned.apply()) is type(X)


def test_what_a_library_cannot_hold_is_told_in_place_of_values():
    planned = plan(pl.DataFrame({"sex": ["f", "m"]}), {Textual: Multiclass})
    assert "polars can't hold an unordered pool of levels" in repr(planned)
    assert (planned.steps[0].fails, planned.ok) == (0, False)


def test_rules_that_do_not_fit_raise_as_in_coerce(df):
    with pytest.raises(UnknownColumn):
        plan(df, {"aeg": Count})
    with pytest.raises(UnknownColumn):
        plan(df, {"age": Continuous}, levels={"other": [1]})
    with pytest.raises(NotAScitype):
        plan(df, {"age": float})
    with pytest.raises(CoercionError, match="rules"):
        plan(df, Continuous)
    with pytest.raises(CoercionError, match="tight=1"):
        plan(df, {}, tight=1)
    with pytest.raises(CoercionError, match="for tables"):
        plan([1], Count, missing={"a": [1]})


def test_reading_through_a_schema_is_planned_with_what_is_absent_and_extra(df):
    fitted = schema(coerce(df, {Textual: Multiclass}, verbosity=0))
    new = df.drop(columns="n").assign(m=1, sex=["f", "q", "f"], age=[1, 2, 3])
    planned = plan(new, fitted)
    assert not planned
    told = {step.name: (step.fails, step.values or step.reason) for step in planned}
    assert told == {
        "age": (0, ""),
        "sex": (1, "'q' (row 'y')"),
        "n": (0, "there is no such column"),
        "price": (0, ""),
        "other": (0, ""),
        "m": (0, "not in the schema"),
    }
    step = planned.steps[0]
    assert (step.found, step.result, step.changes) == (Count, Continuous, True)
    with pytest.raises(SchemaMismatch) as caught:
        planned.apply()
    assert set(caught.value.columns) == {"sex", "n", "m"}
    assert scitype(plan(df, fitted).apply()) == scitype(coerce(df, fitted))
    twice = pd.concat([df, df[["n"]]], axis=1)
    assert plan(twice, fitted).steps[2].reason == "several columns have this name"


def test_vectors_read_through_a_schema_are_planned():
    fitted = schema(pd.Series(["a", "b"], name="y", dtype="category"))
    planned = plan(["b", "c"], fitted)
    assert [(step.name, step.fails) for step in planned] == [("y", 1)]
    assert list(plan(["b"], fitted).apply()) == ["b"]
    with pytest.raises(SchemaMismatch, match="no vector"):
        plan(pd.DataFrame({"y": ["a"]}), fitted)
    with pytest.raises(SchemaMismatch, match="no table"):
        plan(["a"], schema({"y": ["a"]}))


@pytest.mark.parametrize(
    ("x", "target"),
    [
        (np.zeros((2, 2)), Continuous),
        (3, Count),
        ([np.zeros((2, 2), np.uint8)], GrayImage),
        (np.zeros((2, 2)), schema(np.zeros((2, 2)))),
        (np.zeros((2, 3, 3)), schema(ImageVector(np.zeros((2, 3, 3), np.uint8)))),
    ],
    ids=["matrix", "number", "images", "schema of a matrix", "schema of images"],
)
def test_only_tables_and_vectors_are_planned(x, target):
    with pytest.raises(NotATable) as caught:
        plan(x, target)
    error = caught.value
    assert error.failed == "Only the coercion of a table or a vector can be planned."
    assert error.expected
    assert error.received
    assert "coerce(...)" in error.remedy
