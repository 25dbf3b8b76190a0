"""Parquet files with pools: every library, other readers, and files that do not fit."""

import builtins
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
        ({"a": [object()]}, CoercionError, "can't hold a column"),
        (pd.DataFrame({"x": Pool((frozenset("a"),)).decode([0])}), LevelError, "JSON"),
        ({"x": ImageVector(np.zeros((1, 2, 2), "uint8"))}, CoercionError, "can't hold a column"),
    ],
)
def test_tables_that_parquet_can_not_hold_are_refused(path, X, error, told):
    with pytest.raises(error, match=told or "table"):
        write_parquet(X, path)
    assert not path.exists()


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
