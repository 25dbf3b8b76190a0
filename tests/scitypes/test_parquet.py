"""Parquet files with pools: every library, other readers, and files that do not fit."""

import builtins
import datetime
import decimal
import json
import re
import uuid
import zoneinfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from scitypes.errors import (
    CoercionError,
    LevelError,
    NotATable,
    SchemaFileError,
    UnseenLevel,
)
from scitypes.images import ImageVector
from scitypes.inference import scitype
from scitypes.levelling import levels, set_levels
from scitypes.parquet import read_parquet, write_parquet
from scitypes.pools import Pool
from scitypes.schemas import schema

SIZES = Pool(("S", "M", "L"), ordered=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "typed.parquet"


def frame():
    return pd.DataFrame(
        {
            "size": SIZES.decode([0, -1, 2]),
            "stars": pd.Categorical([3, 1, None], categories=[5, 4, 3, 2, 1]),
            "bin": pd.cut(pd.Series([1, 5, 9]), [0, 4, 8, 12]),
            "name": ["a", None, "c"],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2024-05-31", None, "2024-06-01"]).tz_localize("Europe/Paris"),
        },
        index=pd.Index([7, 8, 9], name="id"),
    )


def test_a_frame_comes_back_as_it_was(path):
    write_parquet(frame(), path)
    again = read_parquet(path)
    assert schema(again) == schema(frame())
    pd.testing.assert_frame_equal(again, frame())


def test_other_readers_see_labels_not_codes(path):
    write_parquet(frame(), path)
    assert pd.read_parquet(path)["stars"].tolist()[:2] == [3, 1]
    assert pl.read_parquet(path)["size"].to_list() == ["S", None, "L"]


def test_files_of_other_writers_are_read_as_they_are(path):
    X = pd.DataFrame({"a": ["x", "y"], "b": [1, 2]})
    X.to_parquet(path)
    pd.testing.assert_frame_equal(read_parquet(path), X)
    assert read_parquet(path, library="polars")["b"].to_list() == [1, 2]
    assert isinstance(read_parquet(path, library="pyarrow"), pa.Table)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: {"size": SIZES.decode([0, -1, 2]), "n": [1, 2, 3]},
        lambda: pl.DataFrame(
            {"size": pl.Series(["S", None, "L"], dtype=pl.Enum(SIZES.levels)), "n": [1, 2, 3]}
        ),
        lambda: pa.table(
            {
                "size": pa.DictionaryArray.from_arrays([0, None, 2], SIZES.levels, ordered=True),
                "n": [1, 2, 3],
            }
        ),
        lambda: pa.RecordBatch.from_arrays(
            [
                pa.DictionaryArray.from_arrays([0, None, 2], SIZES.levels, ordered=True),
                pa.array([1, 2, 3]),
            ],
            ["size", "n"],
        ),
    ],
)
def test_tables_of_every_library_are_read_into_every_library(path, make, library):
    write_parquet(make(), path)
    again = read_parquet(path, library=library)
    assert type(again).__module__.startswith(library)
    assert scitype(again) == scitype(make())
    assert levels(again["size"]) == ["S", "M", "L"]
    size = again["size"].to_pylist() if library == "pyarrow" else list(again["size"])
    assert [None if pd.isna(x) else x for x in size] == ["S", None, "L"]


def test_arrow_keeps_the_pool_where_a_file_has_several_row_groups(path):
    X = pd.DataFrame({"size": SIZES.decode(np.arange(10) % 2)})
    write_parquet(X, path)
    pq.write_table(pq.read_table(path), path, row_group_size=3)
    assert Pool.of(read_parquet(path)["size"]) == SIZES
    assert read_parquet(path)["size"].tolist() == X["size"].tolist()


def test_names_that_are_no_texts_come_back(path):
    X = pd.DataFrame([[1, "a"]], columns=pd.Index([0, ("x", 1)], tupleize_cols=False))
    write_parquet(X, path)
    assert [*read_parquet(path).columns] == [0, ("x", 1)]


def test_a_file_with_fewer_or_more_columns_keeps_the_pools_it_has(path):
    write_parquet(frame(), path)
    table = pq.read_table(path).drop_columns(["stars", "name"]).append_column("new", [[1, 2, 3]])
    pq.write_table(table, path)
    again = read_parquet(path)
    assert levels(again["size"]) == ["S", "M", "L"]
    assert again["new"].tolist() == [1, 2, 3]


def test_labels_that_were_changed_in_the_file_are_named(path):
    write_parquet(frame()[["size"]], path)
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, "size", pa.array(["S", "XL", None])), path)
    with pytest.raises(UnseenLevel, match="for column 'size'"):
        read_parquet(path)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_pools_that_a_library_can_not_hold_are_refused_in_reading(path, library):
    write_parquet(pd.DataFrame({"x": Pool((1, "a")).decode([0, 1])}), path)
    with pytest.raises(LevelError, match="can't hold these levels"):
        read_parquet(path, library=library)
    assert read_parquet(path)["x"].tolist() == [1, "a"]


def test_missing_cells_do_not_make_counts_continuous(path):
    X = pd.DataFrame({"n": pd.Series([1, None, 2**53 + 1], dtype=object)})
    write_parquet(X, path)
    assert read_parquet(path)["n"].tolist() == [1, pd.NA, 2**53 + 1]


def test_what_was_read_can_be_changed(path):
    write_parquet(frame(), path)
    again = read_parquet(path)
    again["size"] = set_levels(again["size"], ["S", "L"])
    assert levels(again["size"]) == ["S", "L"]


def test_what_is_no_parquet_file_is_refused(path):
    path.write_text("a,b")
    with pytest.raises(SchemaFileError, match="is no Parquet file"):
        read_parquet(path)
    with pytest.raises(FileNotFoundError):
        read_parquet(path.with_name("none.parquet"))


@pytest.mark.parametrize("record", [b"{", b"{}", b'{"schema": {}, "titles": [], "coded": []}'])
def test_a_schema_that_can_not_be_read_is_told(path, record):
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({b"scitypes": record}), path)
    with pytest.raises(SchemaFileError, match="The schema in"):
        read_parquet(path)


@pytest.mark.parametrize(
    ("X", "error", "told"),
    [
        ([1, 2], NotATable, ""),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), CoercionError, "'a', 'a' have one name"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), CoercionError, "1, '1' have one name"),
        ({"a": [object()]}, CoercionError, "Column 'a' can't be written: Parquet can't hold it"),
        (pd.DataFrame({"x": Pool((frozenset("a"),)).decode([0])}), LevelError, "JSON"),
        ({"x": ImageVector(np.zeros((1, 2, 2), "uint8"))}, CoercionError, "Column 'x' can't be"),
    ],
)
def test_tables_that_parquet_can_not_hold_are_refused(path, X, error, told):
    with pytest.raises(error, match=told or "table"):
        write_parquet(X, path)
    assert not path.exists()


DAY = datetime.date(2024, 1, 1)
MOMENT = datetime.datetime(2024, 1, 1, 5)
PARIS = MOMENT.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))
UTC = MOMENT.replace(tzinfo=datetime.UTC)
CHANGED = [
    [DAY, MOMENT],
    [MOMENT, UTC],
    [UTC, PARIS],
    [datetime.time(3, tzinfo=datetime.UTC)],
    [pd.Timestamp(1)],
    [pd.Timedelta(1)],
    ["a", b"b"],
    [b"a", "b"],
    [{"a": 1}, {"b": 2}],
    [{1}, {2}],
    [(1, 2)],
    [np.zeros(2)],
    [[1.0, None], [float("nan")]],
    [1, 2.5],
]
HELD = [[2**70, 1], [True, 1], [1j, None], [pd.Interval(0, 1)], [[1], "a"]]


@pytest.mark.parametrize("cells", CHANGED + HELD, ids=ascii)
@pytest.mark.parametrize("kind", [pd.DataFrame, dict])
def test_cells_that_would_be_changed_are_refused_and_the_remedy_writes_them(path, cells, kind):
    X = kind({"a": pd.Series(cells, dtype=object)})
    with pytest.raises(CoercionError, match="Column 'a' can't be written: Parquet") as caught:
        write_parquet(X, path)
    assert caught.value.expected
    assert caught.value.received
    assert [*caught.value.columns] == ["a"]
    assert not path.exists()
    for code in re.findall(
        r"X\[.*?\](?= and |, (?:or|and) )|X\[.*?\)(?= and |, (?:or|and) )", caught.value.remedy
    ):
        exec(code, {"X": X, "numpy": np, "pandas": pd, "json": json})
    if "two columns" in caught.value.remedy:
        X.pop("a")
    write_parquet(X, path)


@pytest.mark.parametrize(
    ("column", "remedy"),
    [
        (pd.Series([Image.new("L", (2, 2))], dtype=object), "keep the images in files"),
        (pd.arrays.SparseArray([0, 1]), r"X\['a'\] = X\['a'\].sparse.to_dense\(\)"),
        (np.array([1j]), r"X\['real'\] = X\['a'\].map\(numpy.real\)"),
    ],
)
def test_remedies_are_those_of_the_kind_of_column(path, column, remedy):
    with pytest.raises(CoercionError, match=remedy):
        write_parquet(pd.DataFrame({"a": column}), path)


def test_the_objects_of_polars_are_refused_since_their_addresses_would_be_written(path):
    X = pl.DataFrame({"a": pl.Series([{1}, {2}], dtype=pl.Object)})
    with pytest.raises(CoercionError) as caught:
        write_parquet(X, path)
    assert str(caught.value) == (
        "Column 'a' can't be written: Parquet can't hold it.\n"
        "  expected: a column of numbers, texts, bytes, dates, times or labels\n"
        "  received: a column of Object, in which polars keeps any Python objects\n"
        "  to do: write their texts, X.with_columns(polars.Series('a', [str(x) for x in X['a']])),"
        " or leave it out, X.drop('a')"
    )
    write_parquet(X.with_columns(pl.Series("a", [str(x) for x in X["a"]])), path)


def test_an_index_whose_cells_would_be_changed_is_refused(path):
    X = pd.DataFrame({"a": [1, 2]}, index=pd.Index([DAY, MOMENT], dtype=object))
    with pytest.raises(CoercionError, match="in the index, written as date") as caught:
        write_parquet(X, path)
    assert caught.value.remedy.endswith("X.reset_index()")


NO_UUIDS = pytest.mark.skipif(
    not hasattr(pa, "uuid"), reason="this version of Arrow has no identifiers of its own"
)


@pytest.mark.parametrize(
    "cells",
    [
        [b"a", b"\xff", None],
        [DAY, None],
        [datetime.time(3), None],
        [decimal.Decimal("1.10"), None],
        pytest.param([uuid.UUID(int=1)], marks=NO_UUIDS),
        [True, None],
        [[1], [2, 3], None],
        [{"a": [1]}, {"a": [2]}],
    ],
    ids=ascii,
)
def test_objects_that_are_written_come_back_with_their_types(path, cells):
    write_parquet(pd.DataFrame({"a": pd.Series(cells, dtype=object)}), path)
    again = read_parquet(path)["a"].tolist()
    assert again == cells
    assert [*map(type, again)] == [*map(type, cells)]


@pytest.mark.parametrize("cells", [[UTC, pd.NaT], [PARIS, None], [MOMENT, pd.Timestamp(MOMENT)]])
def test_moments_of_one_zone_come_back_in_it(path, cells):
    write_parquet(pd.DataFrame({"a": pd.Series(cells, dtype=object)}), path)
    first = read_parquet(path)["a"].iloc[0]
    assert (first, str(first.tzinfo)) == (cells[0], str(cells[0].tzinfo))


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        ([[1], [2, 3]], pa.list_(pa.int64())),
        ([{"x": 1}, None], pa.struct([("x", pa.int64())])),
        ([[("x", 1)]], pa.map_(pa.string(), pa.int64())),
    ],
)
def test_nested_columns_of_arrow_are_read_by_us_and_by_pandas(path, cells, dtype):
    X = pd.DataFrame({"a": pd.Series(cells, dtype=pd.ArrowDtype(dtype))})
    write_parquet(X, path)
    again = read_parquet(path)["a"]
    assert isinstance(again.dtype, pd.ArrowDtype)
    assert again.tolist() == X["a"].tolist()
    assert len(pd.read_parquet(path)) == len(X)


@pytest.mark.parametrize("index", [pd.RangeIndex(3), pd.RangeIndex(2, 8, 2, name="i"), ["a", "b"]])
def test_a_table_without_columns_keeps_its_rows(path, index):
    X = pd.DataFrame(index=index)
    write_parquet(X, path)
    again = read_parquet(path)
    assert again.index.equals(X.index)
    assert again.index.name == X.index.name
    assert again.shape[1] == 0
    assert read_parquet(path, library="pyarrow").num_rows == len(X)


def test_a_library_that_is_none_names_the_nearest(path):
    with pytest.raises(CoercionError, match="did you mean 'polars'"):
        read_parquet(path, library="polar")


def test_without_pyarrow_it_is_asked_for(path, monkeypatch):
    imported = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        read_parquet(path)


def test_the_schema_stands_in_the_file_as_json(path):
    write_parquet(frame(), path)
    record = json.loads(pq.read_schema(path).metadata[b"scitypes"])
    assert record["schema"]["columns"][0]["name"] == "size"
    assert record["coded"] == ["bin"]
