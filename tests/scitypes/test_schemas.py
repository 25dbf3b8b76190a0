"""Schemas: what they record, how they look, what they let pass."""

import datetime as dt
import html
import io
import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from rich.console import Console

from scitypes import missingness, profiles
from scitypes.errors import NotATable, SchemaFileError, SchemaMismatch
from scitypes.images import ImageVector
from scitypes.lattice import Continuous, Count, GrayImage, Missing, Multiclass, Textual
from scitypes.pools import Pool
from scitypes.schemas import Schema, load_schema, schema

PEOPLE = pd.DataFrame(
    {
        "age": [31, 44, None],
        "sex": pd.Categorical(["f", "m", "f"]),
        "size": pd.Categorical(["S", None, "S"], categories=["S", "M", "L"], ordered=True),
        "born": pd.to_datetime(["1990-01-01", None, "1980-05-05"]),
        "[note]": ["x", "y", None],
        7: [1, 2, 3],
    }
)


ONE = schema([1]).to_json()["columns"][0]


def everything():
    kinds = {
        "text": pd.Categorical(["b"], categories=["b", "a"]),
        "int": pd.Categorical([2], categories=[2, 1]),
        "float": pd.Categorical([0.5], categories=[0.5, 2.0]),
        "bool": pd.Categorical([True], categories=[True, False], ordered=True),
        "date": pd.Categorical([dt.date(2024, 1, 1)]),
        "moment": pd.Categorical([pd.Timestamp("2024-01-01")]),
        ("a", 1): pd.Categorical([None], categories=["x"]),
        1.5: [Image.new("L", (2, 3))],
    }
    return pd.DataFrame(dict(enumerate(kinds.values()))).set_axis(
        pd.Index(list(kinds), tupleize_cols=False), axis=1
    )


def test_a_schema_records_names_scitypes_types_and_pools():
    s = schema(PEOPLE)
    assert s.names == ["age", "sex", "size", "born", "[note]", 7]
    assert s.scitypes[:2] == [Continuous | Missing, Multiclass[2]]
    assert s.types[0] == "float64"
    assert s.pools[2] == Pool(("S", "M", "L"), ordered=True)
    assert s.pools[0] is None
    assert (s.container, s.nrows, len(s)) == ("table", 3, 6)
    assert [c.missing for c in s.columns] == [1, 0, 1, 1, 1, 0]
    assert [c.distinct for c in s.columns] == [2, 2, 1, 2, 2, 3]


def test_its_names_cut_a_table_to_them():
    s = schema(PEOPLE[["sex", "age"]])
    assert list(PEOPLE[s.names].columns) == ["sex", "age"]


def test_vectors_matrices_and_images_have_schemas_too():
    assert schema([1, 2]).names == ["y"]
    assert schema(pd.Series([1.5], name="rent")).names == ["rent"]
    assert schema(np.zeros((3, 2))).names == ["x1", "x2"]
    assert schema(np.zeros((3, 2))).container == "matrix"
    images = schema(ImageVector(np.zeros((2, 3, 4), dtype="uint8")))
    assert (images.container, images.names, images.scitypes) == (
        "images",
        ["images"],
        [GrayImage[3, 4]],
    )
    assert schema([Image.new("L", (4, 3))]).container == "images"
    assert schema([None, None]).container == "vector"
    assert schema(pl.DataFrame({"a": [1, None]})).scitypes == [Count | Missing]


def test_equality_is_of_columns_and_container_not_of_counts():
    assert schema(PEOPLE) == schema(PEOPLE.iloc[[0, 1, 2, 0, 1, 2]])
    assert schema(PEOPLE) != schema(PEOPLE[PEOPLE.columns[::-1]])
    assert schema([1.5]) != schema(pd.Series(["a"], name="y"))
    assert schema(pd.DataFrame({1: [1]})) != schema(pd.DataFrame({"1": [1]}))
    assert hash(schema(PEOPLE)) == hash(schema(PEOPLE.copy()))


def test_distinct_values_are_counted_when_asked_for_and_once(monkeypatch):
    calls = []
    whole = profiles.distinct
    monkeypatch.setattr(profiles, "distinct", lambda *x: calls.append(1) or whole(*x))
    s = schema(PEOPLE)
    assert (s == schema(PEOPLE), s.names[0], calls) == (True, "age", [])
    assert [s.columns[0].distinct, s.columns[0].distinct, len(calls)] == [2, 2, 1]
    again = pickle.loads(pickle.dumps(s))
    assert [c.distinct for c in again.columns] == [2, 2, 1, 2, 2, 3]
    assert len(calls) == len(PEOPLE.columns)


def test_ranges_are_those_of_numbers_dates_and_times():
    moments = pd.to_datetime(["2024-05-01 12:00", None, "2020-01-01 00:00"])
    berlin = moments.tz_localize("Europe/Berlin")
    noon = pd.Timestamp("2024-05-01 12:00")
    cases = [
        ([3, 1, None, 2.5], (1.0, 3.0)),
        (np.array([np.nan, 2.0, -np.inf]), (-np.inf, 2.0)),
        (np.array([True, False]), (0, 1)),
        (pd.Series([7, None, 3], dtype="Int64"), (3, 7)),
        (pd.array([0.5, None], dtype="Float64"), (0.5, 0.5)),
        (pd.Series(pd.arrays.SparseArray([0.0, 2.0])), (0.0, 2.0)),
        (pd.Series([1, None], dtype="int64[pyarrow]"), (1, 1)),
        (pl.Series([2**60 + 1, None]), (2**60 + 1, 2**60 + 1)),
        (pl.Series([1.5, float("nan"), None]), (1.5, 1.5)),
        (pa.chunked_array([[1], [None, 5]]), (1, 5)),
        (pd.Series([10**30, 1]), (1, 10**30)),
        (pd.Series(moments), (pd.Timestamp("2020-01-01"), noon)),
        (pd.Series(berlin), (berlin[2].tz_convert("UTC"), berlin[0].tz_convert("UTC"))),
        (pa.array([dt.datetime(2024, 5, 1, 12)]), (noon, noon)),
        (pl.Series([dt.date(2024, 5, 1), None]), (dt.date(2024, 5, 1),) * 2),
        ([dt.time(9), dt.time(8, 30)], (dt.time(8, 30), dt.time(9))),
        (["a", "b"], (None, None)),
        ([None, None], (None, None)),
        (np.array([np.nan]), (None, None)),
        ([], (None, None)),
        (pd.Categorical([1, 2]), (None, None)),
        ([1, "a"], (None, None)),
        ([noon, noon.tz_localize("UTC")], (None, None)),
    ]
    for values, ends in cases:
        column = schema(values).columns[0]
        assert (column.low, column.high) == ends, values
        assert [type(end) for end in ends] == [type(column.low), type(column.high)]
        again = Schema.from_json(json.loads(json.dumps(schema(values).to_json()))).columns[0]
        assert (again.low, again.high) == ends, values


def test_columns_of_a_matrix_have_ranges_and_masked_cells_are_missing():
    s = schema(np.array([[1.0, 5.0], [3.0, np.nan]]))
    assert [(c.low, c.high, c.missing) for c in s.columns] == [(1.0, 3.0, 0), (5.0, 5.0, 1)]
    masked = schema(np.ma.masked_array([[1, 2], [3, 4]], [[0, 1], [0, 0]]))
    assert [(c.low, c.high, c.missing) for c in masked.columns] == [(1, 3, 0), (4, 4, 1)]


def test_what_changes_in_place_afterwards_leaves_a_schema_as_it_was():
    numbers, text, array = [1, 2], ["a", None], np.array([1.0, np.nan])
    series = pd.Series([1.0, 2.0, np.nan])
    frame, foreign = pd.DataFrame({"a": [1, 2]}), pl.Series([1, 2])
    made = [schema(x) for x in ({"n": numbers, "t": text}, array, series, frame, foreign)]
    numbers[0], text[0], array[0], series.loc[0], frame.loc[0, "a"] = 99, None, -5.0, 99.0, 99
    foreign[0] = 99
    columns = [c for s in made for c in s.columns]
    assert [c.missing for c in columns] == [0, 1, 1, 1, 0, 0]
    assert [(c.low, c.high) for c in columns] == [
        (1, 2),
        (None, None),
        (1.0, 1.0),
        (1.0, 2.0),
        (1, 2),
        (1, 2),
    ]


def test_numbers_are_counted_when_they_are_looked_at(monkeypatch):
    calls = []
    whole = profiles.span
    monkeypatch.setattr(profiles, "_COPIED_ON_WRITE", True)
    monkeypatch.setattr(profiles, "span", lambda *x: calls.append(1) or whole(*x))
    s = schema(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}))
    assert (repr(s).splitlines()[0], calls) == ("table of 2 rows, 2 columns", [])
    again = pickle.loads(pickle.dumps(s))
    assert (s.columns[0].low, again.columns[0].high, len(calls)) == (1.0, 2.0, 1)


def test_missing_cells_of_texts_are_not_counted_by_a_schema(monkeypatch):
    calls = []
    whole = missingness.n_missing
    monkeypatch.setattr(profiles, "_COPIED_ON_WRITE", True)
    monkeypatch.setattr(missingness, "n_missing", lambda x: calls.append(1) or whole(x))
    s = schema(pd.DataFrame({"a": ["x", None] * 3000}, dtype=object))
    assert (s.scitypes, calls) == ([Textual | Missing], [])
    assert [s.columns[0].missing, s.columns[0].missing, len(calls)] == [3000, 3000, 1]


def test_json_of_the_first_format_is_read_without_ranges():
    record = {
        "format": 1,
        "container": "table",
        "nrows": 3,
        "columns": [
            {"name": "a", "scitype": "Count", "type": "int64", "missing": 0, "distinct": 2},
            {
                "name": "sex",
                "scitype": "Multiclass[2] | Missing",
                "type": "category",
                "levels": ["f", "m"],
                "ordered": False,
                "missing": 1,
                "distinct": 2,
            },
        ],
    }
    s = Schema.from_json(record)
    assert s == schema(
        {"a": np.array([1, 2, 2]), "sex": pd.Series(["f", "m", None], dtype="category")}
    )
    assert [(c.missing, c.distinct, c.low) for c in s.columns] == [(0, 2, None), (1, 2, None)]
    assert not s.check({"a": [5, 6, -1], "sex": ["f", "m", None]})
    assert s.to_json()["format"] == 2
    assert Schema.from_json(s.to_json()) == s


def test_repeated_names_and_unhashable_elements_are_described():
    assert schema(pd.DataFrame([[1, 2]], columns=["a", "a"])).names == ["a", "a"]
    assert schema(pd.Series([[1], [2]])).columns[0].distinct is None


@pytest.mark.parametrize(
    "x", [5, "text", {"a": 1}, None, np.zeros(()), np.zeros((2, 3, 4)), {"a": [1], "b": []}]
)
def test_what_has_no_columns_has_no_schema(x):
    with pytest.raises(NotATable):
        schema(x)


def test_pixels_without_a_scitype_are_told_how_to_become_images():
    with pytest.raises(NotATable, match="GrayImage"):
        schema(np.zeros((2, 3, 4), dtype="uint8"))


def test_json_keeps_everything_types_of_labels_and_names_included(tmp_path):
    for x in (everything(), PEOPLE, PEOPLE.iloc[:0], pd.DataFrame(), [1, 2], np.zeros((2, 2))):
        s = schema(x)
        again = Schema.from_json(json.loads(json.dumps(s.to_json())))
        assert again == s
        assert pickle.loads(pickle.dumps(s)) == s
        assert [c.missing for c in again.columns] == [c.missing for c in s.columns]
        s.save(tmp_path / "schema.json")
        assert load_schema(tmp_path / "schema.json") == s
    labels = [type(pool.levels[0]) for pool in schema(everything()).pools if pool]
    assert labels == [str, int, float, bool, dt.date, pd.Timestamp, str]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"format": 3, "container": "table", "nrows": 0, "columns": []},
        {"format": 1, "container": "heap", "nrows": 0, "columns": []},
        {"format": 1, "container": "table", "nrows": 0, "columns": [{"name": "a"}]},
        {"format": 1, "container": "table", "nrows": 0, "columns": 5},
        {"format": 2, "container": "vector", "nrows": 1, "columns": [{**ONE, "range": 5}]},
        {"format": 2, "container": "vector", "nrows": 1, "columns": [{**ONE, "range": [1]}]},
        {"format": 2, "container": "vector", "nrows": 1, "columns": [{**ONE, "missing": "no"}]},
        {"format": 2, "container": "vector", "nrows": 1, "columns": [{**ONE, "distinct": -1}]},
        [],
    ],
)
def test_a_record_that_is_no_schema_is_refused(record):
    with pytest.raises(SchemaFileError):
        Schema.from_json(record)


def test_a_file_that_is_no_schema_is_refused(tmp_path):
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(SchemaFileError, match=r"note\.txt"):
        load_schema(tmp_path / "note.txt")


def test_check_lets_pass_what_can_be_read():
    s = schema(PEOPLE)
    readable = (
        (s, PEOPLE.iloc[[0], ::-1]),
        (s, PEOPLE.assign(age=[1, 2, 3], sex=["m", "f", None], size=["L", "M", "M"])),
        (s, PEOPLE.iloc[:0]),
        (schema([1, 2]), [0.5]),
        (schema([1, 2]), pd.Series([3], name="of another name")),
        (schema(np.zeros((3, 2))), np.ones((1, 2), dtype=int)),
    )
    for of, data in readable:
        assert of.problems(data) == {}
        of.check(data).raise_if_any()


def test_check_lists_every_fault_at_once():
    bad = PEOPLE.drop(columns="age").assign(sex=["x", "f", "y"], born="soon", extra=1)
    bad["[note]"] = [1, 2, 3]
    with pytest.raises(SchemaMismatch) as caught:
        schema(PEOPLE).check(bad).raise_if_any()
    assert caught.value.columns == {
        "age": "absent",
        "sex": "not among the levels: 'x' (row 0), 'y' (row 2)",
        "born": "Textual, not ScientificDateTime",
        "[note]": "Count, not Textual",
        "extra": "not in the schema",
    }


def test_check_refuses_repeated_names_and_other_containers():
    with pytest.raises(SchemaMismatch, match="2 columns have this name"):
        schema({"a": [1]}).check(pd.DataFrame([[1, 2]], columns=["a", "a"])).raise_if_any()
    with pytest.raises(SchemaMismatch, match="x3"):
        schema(np.zeros((2, 2))).check(np.zeros((2, 3))).raise_if_any()
    with pytest.raises(NotATable):
        schema({"a": [1]}).check([1])
    with pytest.raises(NotATable):
        schema(np.zeros((2, 2))).check(np.zeros(2))
    with pytest.raises(NotATable, match="A vector is needed"):
        schema([1, 2]).check(pd.DataFrame({"y": [1]}))


def test_the_plain_form_is_aligned_and_unframed():
    lines = repr(schema({"age": [31, 44], "name": ["a", None]})).splitlines()
    assert lines == [
        "table of 2 rows, 2 columns",
        "name  scitype            type  missing  distinct",
        "age   Count              list        0         2",
        "name  Textual | Missing  list        1         1",
    ]


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_printing_fits_the_terminal_and_shows_names_as_they_are(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    shown = str(schema(PEOPLE))
    assert max(map(len, shown.splitlines())) <= max(60, width)
    assert "[note]" in shown
    assert "Continuous | Missing" in shown  # in one piece
    assert ("S < M < L" in shown) == (width >= 100)
    assert shown == repr(schema(PEOPLE))


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_names_and_scitypes_are_whole_and_levels_too(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    towns = [f"Town number {i}" for i in range(40)]
    s = schema(
        {
            "device_protection": pd.Categorical(["No internet service"], ["No internet service"]),
            "town": pd.Categorical(towns[:1], towns, ordered=True),
        }
    )
    console = Console(file=io.StringIO(), width=width)
    console.print(s)
    for shown in (str(s), console.file.getvalue()):
        assert "device_protection" in shown
        assert "OrderedFactor[40]" in shown
        assert max(map(len, shown.splitlines())) <= width
        assert ("Town number 0 < … 39 more" in shown) == (width == 100)
        assert ("Town number 6 < … 33 more" in shown) == (width == 200)


def test_a_rich_console_and_a_notebook_show_a_table():
    console = Console(file=io.StringIO(), width=100)
    console.print(schema(PEOPLE))
    assert "Multiclass[2]" in console.file.getvalue()
    html = schema({"<b>": [1]})._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_schema_of_many_columns_is_cut_with_a_word_about_the_rest():
    s = schema(np.zeros((1, 70)))
    for shown in (repr(s), str(s), s._repr_html_()):
        assert "... and 10 more columns" in shown
        assert "x61" not in shown
    assert len(s.to_frame()) == 70


def test_names_that_would_break_a_line_are_shown_as_they_are_typed():
    assert repr(schema({"a\n": [1], "": [2]})).splitlines()[2:] == [
        r"'a\n'  Count    list        0         1",
        "''     Count    list        0         1",
    ]


def test_to_frame_has_a_row_for_each_column():
    frame = schema(PEOPLE).to_frame()
    assert frame["name"].tolist() == list(PEOPLE.columns)
    assert frame["scitype"][4] == Textual | Missing
    assert frame["missing"].sum() == 4
    assert frame["low"].tolist()[:2] == [31.0, None]
    assert frame["high"].tolist()[3] == pd.Timestamp("1990-01-01")


def test_rich_is_loaded_by_its_own_printing_only():
    code = """
import sys, scitypes
s = scitypes.schema({"a": [1]})
repr(s), s._repr_html_(), s.to_json()
assert "rich" not in sys.modules
str(s)
assert "rich" not in sys.modules
__import__("rich").print(s)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"scitype": "Multiclass[3]"}, "column 'a' is Multiclass[3] and has the levels of Mult"),
        ({"scitype": "Continuous"}, "column 'a' is Continuous and has the levels of Multiclass[2]"),
        ({"ordered": True}, "and has the levels of OrderedFactor[2]"),
        ({"levels": ["x"]}, "and has the levels of Multiclass[1]"),
    ],
)
def test_a_record_that_contradicts_itself_is_no_schema(tmp_path, changed, told):
    record = schema({"a": pd.Categorical(["x", "y"])}).to_json()
    record["columns"][0].update(changed)
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(record))
    with pytest.raises(SchemaFileError) as caught:
        load_schema(path)
    assert told in caught.value.received
    assert "schema(X).save(path)" in caught.value.remedy


@pytest.mark.parametrize("nrows", ["3", -1, True])
def test_a_record_with_an_impossible_number_of_rows_is_no_schema(nrows):
    record = {**schema({"a": [1]}).to_json(), "nrows": nrows}
    with pytest.raises(SchemaFileError, match="is no number of rows"):
        Schema.from_json(record)


def test_a_file_that_is_not_json_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text("a,b")
    with pytest.raises(SchemaFileError, match="it is not JSON") as caught:
        load_schema(path)
    assert caught.value.expected == "a file that Schema.save wrote"
    assert caught.value.remedy.endswith("schema(X).save(path)")


def test_levels_that_could_be_taken_for_more_are_quoted_in_displays():
    labels = ["a, b", "c < d", " e", "f", ""]
    of = schema({"x": pd.Categorical(labels, categories=labels)})
    told = "'a, b', 'c < d', ' e', f, ''"
    assert told in str(of)
    assert html.escape(told) in of._repr_html_()
