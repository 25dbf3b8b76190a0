"""What a schema finds in later data: faults, shifts, their texts, and from JSON alone."""

import datetime as dt
import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

from scitypes.coercion import coerce
from scitypes.drifts import Finding, Findings, percent
from scitypes.errors import NotATable, SchemaMismatch, UnknownColumn
from scitypes.images import ImageVector
from scitypes.lattice import Count, Multiclass, Textual
from scitypes.schemas import Schema, schema

TRAIN = pd.DataFrame(
    {
        "age": [18, 30, 45, 90],
        "rent": [500.0, None, 700.5, 650.0],
        "sex": pd.Categorical(["f", "m", "f", "f"]),
        "note": ["a", "b", "c", "d"],
        "born": pd.to_datetime(["1990-01-01", "1980-05-05", "1999-12-31", "1970-01-01"]),
    }
)


def shown(found):
    return [(f.column, f.kind, f.severity, f.text) for f in found]


def test_the_data_that_a_schema_was_made_from_is_as_it_says():
    found = schema(TRAIN).check(TRAIN)
    assert (len(found), bool(found), list(found)) == (0, False, [])
    assert repr(found) == "as the schema says: table of 4 rows, 5 columns"
    found.raise_if_any(shifts=True)


def test_each_kind_of_fault_is_found_and_told():
    later = TRAIN.drop(columns="age").assign(
        sex=["x", "f", "y", "x"], note=[1, 2, 3, 4], extra=["p", "q", "r", "s"]
    )
    later.insert(0, "again", later["rent"])
    later = later.rename(columns={"again": "rent"})
    found = schema(TRAIN).check(later)
    assert shown(found) == [
        ("age", "missing column", "fault", "absent"),
        ("rent", "repeated column", "fault", "2 columns have this name"),
        ("extra", "extra column", "fault", "not in the schema"),
        (
            "sex",
            "unseen levels",
            "fault",
            "not among the levels: 'x' (rows 0, 3), 'y' (row 2)",
        ),
        ("note", "retyped", "fault", "Count, not Textual"),
    ]
    unseen, retyped = found[3], found[4]
    assert (unseen.share, unseen.rows) == (0.75, (0, 2, 3))
    assert (unseen.expected, unseen.found) == ("'f', 'm'", "'x', 'y'")
    assert (retyped.expected, retyped.found) == (Textual, Count)
    assert found[2].found == Textual


def test_shares_are_counted_by_hand():
    later = pd.DataFrame(
        {
            "age": [17, 18, 90, 91, None, 40, 40, 40],
            "rent": [None, None, None, None, 500.0, 700.5, 700.6, 600.0],
            "sex": ["f", "z", None, None, "m", "m", "m", "f"],
            "note": ["a"] * 8,
            "born": pd.to_datetime(["1969-12-31", *["1980-01-01"] * 7]),
        }
    )
    found = schema(TRAIN).check(later)
    assert shown(found) == [
        ("sex", "unseen levels", "fault", "not among the levels: 'z' (row 1)"),
        ("age", "missing cells", "shift", "12.5% missing, 0% before"),
        ("age", "outside range", "shift", "28.57% outside 18 to 90: 17 (row 0), 91 (row 3)"),
        ("rent", "missing cells", "shift", "50% missing, 25% before"),
        ("rent", "outside range", "shift", "25% outside 500 to 700.5: 700.6 (row 6)"),
        ("sex", "missing cells", "shift", "25% missing, 0% before"),
        (
            "born",
            "outside range",
            "shift",
            "12.5% outside 1970-01-01 to 1999-12-31: 1969-12-31 (row 0)",
        ),
    ]
    assert [finding.share for finding in found] == [1 / 6, 1 / 8, 2 / 7, 1 / 2, 1 / 4, 1 / 4, 1 / 8]
    assert found[1].rows == (4,)
    assert found[3].rows == (0, 1, 2, 3)
    assert len(found.faults) == 1
    assert len(found.shifts) == 6


def test_a_share_that_falls_has_moved_too():
    found = schema({"a": [1, None, None, 2]}).check({"a": [1, 2]})
    assert shown(found) == [("a", "missing cells", "shift", "0% missing, 50% before")]


def test_the_tolerance_says_how_far_shares_may_move_and_the_frame_has_them_all():
    of = schema({"a": list(range(20))})
    later = {"a": [*range(19), 99]}
    assert not of.check(later)
    assert len(of.check(later, tolerance=0.04)) == 1
    frame = of.check(later).to_frame(all=True)
    assert frame.to_dict("records") == [
        {
            "column": "a",
            "finding": "outside range",
            "severity": "shift",
            "expected": "0 to 19",
            "found": "99 (row 19)",
            "share": 0.05,
            "first rows": (19,),
        }
    ]
    assert of.check(later).to_frame().empty


def test_only_the_first_rows_and_labels_are_named():
    of = schema({"a": [1.0, 2.0], "sex": pd.Categorical(["f", "m"])})
    found = of.check({"a": [9.0] * 1200, "sex": [f"l{i}" for i in range(1200)]})
    assert found[0].text.endswith("'l4' (row 4) and 1,195 more")
    assert found[1].text == "100% outside 1 to 2: 9 (rows 0, 1, 2 and 1,197 more)"
    assert found[0].rows == found[1].rows == (0, 1, 2, 3, 4)


def test_rows_are_named_by_the_labels_of_an_index():
    of = schema({"a": [1, 2], "b": [1, 2], "sex": pd.Categorical(["f", "m"])})
    cells = {"a": [1, 2, 9], "b": [1, None, 2], "sex": ["f", "x", "x"]}
    found = of.check(pd.DataFrame(cells, index=["p", "q", "r"]))
    assert [(f.column, f.rows) for f in found] == [
        ("sex", ("q", "r")),
        ("a", ("r",)),
        ("b", ("q",)),
    ]
    assert found[0].text == "not among the levels: 'x' (rows 'q', 'r')"
    assert found[1].text == "33.33% outside 1 to 2: 9 (row 'r')"
    assert [f.rows for f in of.check(cells)] == [(1, 2), (2,), (1,)]


@pytest.mark.parametrize("tolerance", [5, -1, "0.05", None, float("nan")])
def test_a_tolerance_that_is_no_share_is_refused(tolerance):
    with pytest.raises(SchemaMismatch, match=r"a number from 0 to 1, 0\.05 for 5 %"):
        schema([1]).check([1], tolerance=tolerance)


def test_no_ranges_are_told_of_what_is_retyped_or_can_not_be_compared():
    assert [f.kind for f in schema({"a": [1, 2]}).check({"a": ["5"]})] == ["retyped"]
    assert not schema({"a": [None, None]}).check({"a": [None]})
    assert not schema({"a": [1, 2]}).check({"a": []})


def test_ranges_of_moments_are_compared_across_zones_and_libraries():
    times = [dt.datetime(2024, 1, 1), dt.datetime(2024, 6, 1)]
    late = dt.datetime(2024, 6, 1, 1)
    of = schema({"t": pd.Series(times)})
    for later in (pl.Series([late]), pa.array([late]), [late], np.array([late], "M8[us]")):
        assert [f.kind for f in of.check({"t": later})] == ["outside range"], later
    zoned = schema({"t": pd.Series(times).dt.tz_localize("Europe/Berlin")})
    same = pd.Series([dt.datetime(2024, 5, 31, 22)]).dt.tz_localize("UTC")
    assert not zoned.check({"t": same})
    assert zoned.check({"t": same + pd.Timedelta("1s")})
    for later in (
        pl.Series([late]).dt.replace_time_zone("UTC"),
        pa.array([late], pa.timestamp("s", "UTC")),
    ):
        assert [f.rows for f in zoned.check({"t": later})] == [(0,)]


def test_moments_without_a_zone_are_compared_as_utc_with_those_that_have_one():
    naive = pd.Series(pd.to_datetime(["2024-01-01", "2024-06-01"]))
    aware = naive.dt.tz_localize("UTC")
    for of, later in ((naive, aware), (aware, naive)):
        assert not schema({"t": of}).check({"t": later})
        beyond = schema({"t": of}).check({"t": later + pd.Timedelta("1s")})
        assert [(f.kind, f.share, f.rows) for f in beyond] == [("outside range", 0.5, (1,))]


MOMENTS = pd.Series(pd.to_datetime(["2024-01-01", "2024-06-01"]))
READ = {
    "texts where moments were": (MOMENTS, ["2024-01-01", "2024-05-01"], 1.0),
    "dates where moments were": (MOMENTS, [dt.date(2024, 2, 1), dt.date(2024, 3, 1)], 1.0),
    "moments where dates were": ([dt.date(2024, 1, 1), dt.date(2024, 7, 1)], MOMENTS, 1.0),
    "a category where texts were": (["a", "b"], pd.Categorical(["a", "c"]), 1.0),
    "fractions where whole numbers were": ([1, 2], [1.5, 2.0], 0.5),
    "fractions beside missing cells": ([1, 2], [1.5, None, 1.0, 2.0], 1 / 3),
    "masked fractions": ([1, 2], pd.array([1.5, None, 2.0], dtype="Float64"), 0.5),
}


@pytest.mark.parametrize(("before", "later", "share"), READ.values(), ids=READ)
def test_what_is_read_though_it_is_of_another_scitype_is_a_shift(before, later, share):
    of = schema({"a": before})
    found = of.check({"a": later}, tolerance=0.4 if None in list(later) else 0.05)
    assert not found.faults
    coerce({"a": later}, of, verbosity=-1)
    moved = of.check({"a": later}, tolerance=0).shifts[0]
    assert (moved.kind, moved.share) == ("retyped", pytest.approx(share))
    assert moved.rows[0] == 0
    assert "before" in moved.text


REFUSED = {
    "words where moments were": (MOMENTS, ["2024-01-01", "soon"], (1,)),
    "days with an hour where dates were": ([dt.date(2024, 1, 1)], [dt.datetime(2024, 1, 1, 5)], ()),
    "numerals where numbers were": ([1.0], ["1"], ()),
    "one word among numbers": ([1.0], [1, "x"], (1,)),
    "a category of numbers where texts were": (["a"], pd.Categorical([1, 2]), ()),
    "numbers where texts were": (["a"], [1], ()),
}


@pytest.mark.parametrize(("before", "later", "rows"), REFUSED.values(), ids=REFUSED)
def test_what_coerce_refuses_is_a_fault_and_some_bad_values_are_named(before, later, rows):
    of = schema({"a": before})
    with pytest.raises(SchemaMismatch):
        coerce({"a": later}, of, verbosity=-1)
    (fault,) = of.check({"a": later}).faults
    assert (fault.kind, fault.rows) == ("retyped", rows)
    assert fault.share == (0.5 if rows else None)


@pytest.mark.parametrize("make", [pd.DataFrame, dict], ids=["frame", "dict"])
def test_a_column_called_nan_is_found_by_its_name(make):
    X = make({float("nan"): [1, 2], "a": ["u", "?"]})
    later = make({"a": ["u", "v"], float("nan"): [2, 1]})
    again = Schema.from_json(schema(X).to_json())
    for of in (schema(X), again):
        assert not of.check(later)
        assert list(coerce(later, of).keys())[1] == "a"
    assert not schema(X).difference(again)
    rules = {float("nan"): Multiclass}
    result = coerce(X, rules, levels={np.nan: [2, 1]})
    assert schema(result).pools[0].levels == (2, 1)
    assert coerce(X, rules, missing={np.nan: [2]}, verbosity=0) is not None


def test_a_rule_for_na_names_no_other_column():
    with pytest.raises(UnknownColumn):
        coerce({"a": [1], 2: [1]}, {pd.NA: Multiclass})


def test_equal_values_outside_the_range_are_told_together():
    found = schema({"a": [1.0, 2.0]}).check({"a": [np.inf, 1.0, np.inf, 5.0]})
    assert found[0].text == "75% outside 1 to 2: inf (rows 0, 2), 5 (row 3)"


def test_ranges_of_what_is_read_are_compared():
    of = schema({"a": MOMENTS})
    kinds = [f.kind for f in of.check({"a": ["2024-02-01", "2030-01-01"]})]
    assert kinds == ["retyped", "outside range"]
    assert shown(schema({"n": [1, 2]}).check({"n": [1.5, 2]})) == [
        ("n", "retyped", "shift", "50% not whole, Count before")
    ]


def test_other_containers_are_checked_alike():
    assert shown(schema([1, 2]).check(pd.Series([5, 1], name="other"))) == [
        ("y", "outside range", "shift", "50% outside 1 to 2: 5 (row 0)")
    ]
    found = schema(np.zeros((3, 2))).check(np.array([[0.0, 1.0, 2.0]]))
    assert [(f.column, f.kind) for f in found] == [("x3", "extra column"), ("x2", "outside range")]
    assert repr(found).startswith("1 fault, 1 shift: matrix of 1 row, 3 columns\n")
    images = ImageVector(np.zeros((2, 3, 4), dtype="uint8"))
    assert repr(schema(images).check(images)) == "as the schema says: images of 2 rows"
    other = ImageVector(np.zeros((2, 5, 4), dtype="uint8"))
    with pytest.raises(SchemaMismatch, match="The images can't be read as the schema says"):
        schema(images).check(other).raise_if_any()
    for library in (pl.DataFrame, pa.table):
        assert schema(TRAIN).problems(library({"age": [20]})).keys() == set(TRAIN.columns) - {"age"}
    for of, data in ((TRAIN, [1, 2]), ([1, 2], TRAIN), ([1], 5), (images, 5), (images, TRAIN)):
        with pytest.raises(NotATable):
            schema(of).check(data)


def test_raising_lists_all_faults_and_shifts_if_asked():
    found = schema(TRAIN).check(TRAIN.drop(columns="sex").assign(note=1, age=[1, 2, 3, None]))
    with pytest.raises(SchemaMismatch) as caught:
        found.raise_if_any()
    assert str(caught.value) == (
        "The table can't be read as the schema says, because of 2 columns.\n"
        "  expected: 5 columns as they were, in any order\n"
        "  received: 'sex': absent\n"
        "    'note': Count, not Textual\n"
        "  to do: give all columns under the schema's names, with labels of the pools"
    )
    assert caught.value.columns == {"sex": "absent", "note": "Count, not Textual"}
    assert caught.value.findings is found
    with pytest.raises(SchemaMismatch) as caught:
        found.raise_if_any(shifts=True)
    assert caught.value.columns["age"] == (
        "25% missing, 0% before; 100% outside 18 to 90: 1 (row 0), 2 (row 1), 3 (row 2)"
    )
    shifted = schema({"a": [1, 2]}).check({"a": [3, 1]})
    shifted.raise_if_any()
    with pytest.raises(SchemaMismatch) as caught:
        shifted.raise_if_any(shifts=True)
    assert str(caught.value) == (
        "The table is not as it was, because of 1 column.\n"
        "  expected: 1 column as they were, in any order\n"
        "  received: 'a': 50% outside 1 to 2: 3 (row 0)\n"
        "  to do: look at these rows; check(data, tolerance=...) sets how far shares may move"
    )


def test_findings_are_a_sequence_that_can_be_compared():
    found = schema({"a": [1, 2]}).check({"a": ["x"]})
    again = schema({"a": [1, 2]}).check({"a": ["x"]})
    assert (found == again, hash(found) == hash(again), found == []) == (True, True, False)
    assert found != Findings()
    assert repr(found[0]) == "Finding('a', 'retyped': 'Textual, not Count')"
    assert found[:1] == (found[0],)
    assert isinstance(found[-1], Finding)


def test_the_plain_form_has_a_line_for_each_finding(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    of = schema({"a": [1, 2], 7: pd.Categorical(["f", "m"])})
    found = of.check({"a": [1, 5], 7: ["f", "one of which there was none"]})
    assert repr(found).splitlines() == [
        "1 fault, 1 shift: table of 2 rows, 2 columns",
        "column  finding        severity  share  what was found",
        "7       unseen levels  fault       50%  not among the levels: 'one of which",
        "                                        there was none' (row 1)",
        "a       outside range  shift       50%  outside 1 to 2: 5 (row 1)",
    ]


def test_a_rich_console_and_a_notebook_show_findings():
    found = schema({"<b>": [1], "[red]": [1]}).check({"<b>": ["x"], "[red]": ["y"]})
    console = Console(file=io.StringIO(), width=100)
    console.print(found)
    assert "[red]" in console.file.getvalue()
    assert "Textual, not Count" in console.file.getvalue()
    html = found._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    nothing = Findings(container="table", size="1 row")
    console.print(nothing)
    assert "as the schema says: table of 1 row" in console.file.getvalue()
    assert nothing._repr_html_() == "<p>as the schema says: table of 1 row</p>"


def test_many_findings_are_cut_with_a_word_about_the_rest():
    found = schema(np.zeros((1, 70))).check(np.zeros((1, 1)))
    assert len(found) == len(found.to_frame()) == 69
    for text in (repr(found), found._repr_html_()):
        assert "... and 9 more rows; .to_frame() has them all" in text


def test_json_alone_is_enough_to_check_later_data(tmp_path):
    schema(TRAIN).save(tmp_path / "schema.json")
    code = f"""
import sys, scitypes
found = scitypes.load_schema({str(tmp_path / "schema.json")!r}).check(
    {{"age": [1, 20], "rent": [600.0, None], "sex": ["f", "q"], "note": ["a", "b"]}}
)
print(found)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == [
        *("born", "sex", "age", "rent")
    ]
    again = Schema.from_json(json.loads((tmp_path / "schema.json").read_text()))
    later = TRAIN.assign(age=[1, 2, None, 91], sex="q", rent=None)
    assert again.check(later) == schema(TRAIN).check(later)


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (1, "100%"), (1 / 3, "33.33%")])
def test_shares_are_said_in_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "Sparse[float32]"])
def test_ends_beyond_all_narrow_floats_are_compared_without_a_warning(dtype):
    later = pd.DataFrame({"a": pd.Series([1.0, 2.0], dtype=dtype)})
    assert not schema({"a": [-1e300, 1e300]}).check(later, tolerance=0)
    (found,) = schema({"a": [1e300, 2e300]}).check(later, tolerance=0)
    assert (found.kind, found.share) == ("outside range", 1.0)
