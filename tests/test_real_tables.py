"""Real CSV files, read by three libraries: typed by `autotype`, coerced, checked, kept.

`KERASFLUX_DATA` names the folder that holds them; without it there is nothing to read.
"""

import gzip
import io
import os
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import scitypes as st
from scitypes import Continuous, Count, Missing, Multiclass, Textual
from scitypes.missingness import missing_mask
from scitypes.tables import columns

DATA = os.environ.get("KERASFLUX_DATA", "")
pytestmark = pytest.mark.skipif(
    not (DATA and Path(DATA).is_dir()),
    reason="KERASFLUX_DATA does not name a folder with the CSV files",
)
FILES = ["Boston", "Titanic", "ames", "crabs", "diamonds", "iris", "penguins", "wa_churn"]
LIBRARIES = ["pandas", "polars", "pyarrow"]
GAPS = ["NA", ""]
MLJ = ("few_to_finite", "discrete_to_continuous", "string_to_multiclass")
OURS = (
    *("identifiers", "constants", "booleans", "numbers", "dates", "zip_codes"),
    "text_to_multiclass",
)


def path(name):
    return Path(DATA) / f"{name}.csv.gz"


def by_pandas(name):
    options = {"dtype_backend": "numpy_nullable", "na_values": GAPS, "keep_default_na": False}
    if pd.__version__.startswith("2"):  # which rounds the last digit otherwise
        options["float_precision"] = "round_trip"
    return pd.read_csv(path(name), **options)


def by_polars(name):
    polars = pytest.importorskip("polars")
    text = gzip.decompress(path(name).read_bytes())
    return polars.read_csv(io.BytesIO(text), null_values=GAPS, infer_schema_length=None)


def by_pyarrow(name):
    csv = pytest.importorskip("pyarrow.csv")
    options = csv.ConvertOptions(strings_can_be_null=True, null_values=GAPS)
    return csv.read_csv(path(name), convert_options=options)


@cache
def read(name, library):
    return {"pandas": by_pandas, "polars": by_polars, "pyarrow": by_pyarrow}[library](name)


def holding_classes(X, library):
    """The table in a library that holds classes without an order: Arrow instead of polars."""
    return X.to_arrow() if library == "polars" else X


@cache
def typed(name, library):
    """A file with texts of few values made classes, and warnings about nothing."""
    X = holding_classes(read(name, library), library)
    return st.coerce(X, st.autotype(X))


def labels(column):
    """The cells as Python values, None where they are missing."""
    cells = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    return [None if gone else x for x, gone in zip(cells, missing_mask(column), strict=True)]


@pytest.mark.parametrize("name", FILES)
def test_three_libraries_read_the_same_scitypes(name):
    found = [st.schema(read(name, library)) for library in LIBRARIES]
    assert list(found[0].names) == list(found[1].names) == list(found[2].names)
    assert list(found[0].scitypes) == list(found[1].scitypes) == list(found[2].scitypes)


@pytest.mark.parametrize("name", FILES)
def test_plain_pandas_differs_where_its_reader_does(name):
    """Whole numbers with gaps become floats, and the level "None" is read as missing."""
    plain = st.schema(pd.read_csv(path(name)))
    careful = st.schema(read(name, "pandas"))
    level_lost = set()
    for column, mine, asked in zip(careful.names, plain.scitypes, careful.scitypes, strict=True):
        if (mine, asked) == (Textual | Missing, Textual):
            level_lost.add(column)
        else:
            assert mine == asked or (mine, asked) == (Continuous | Missing, Count | Missing), column
    assert level_lost == ({"Mas_Vnr_Type", "Misc_Feature"} if name == "ames" else set())


@pytest.mark.parametrize("rules", [("text_to_multiclass",), MLJ, OURS], ids=lambda r: r[0])
@pytest.mark.parametrize("name", FILES)
def test_the_suggestions_are_the_same_in_three_libraries(name, rules):
    found = [st.autotype(read(name, library), rules) for library in LIBRARIES]
    assert found[0] == found[1] == found[2]
    explained = st.autotype(read(name, "pandas"), rules, explain=True)
    assert explained.types == found[0]
    assert len(explained) == st.schema(read(name, "pandas")).to_frame().shape[0]
    assert all(one.reason for one in explained)


@pytest.mark.parametrize("name", FILES)
def test_the_number_of_a_row_is_set_aside_as_an_identifier(name):
    explained = st.autotype(read(name, "pandas"), ("identifiers",), explain=True)
    assert "rownames" in explained.aside


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", FILES)
def test_a_file_coerced_as_suggested_has_the_scitypes_of_the_suggestion(name, library):
    X = read(name, library)
    before, suggested = st.schema(X), st.autotype(X)
    after = st.schema(typed(name, library))
    assert list(after.names) == list(before.names)
    for column, old, new in zip(after.names, before.scitypes, after.scitypes, strict=True):
        assert new <= suggested.get(column, old) | Missing
        assert (Missing <= new) == (Missing <= old)


@pytest.mark.parametrize("name", FILES)
def test_coerced_columns_hold_the_same_labels_and_levels_whatever_read_them(name):
    ours, arrow = typed(name, "pandas"), typed(name, "pyarrow")
    assert list(st.schema(ours).scitypes) == list(st.schema(arrow).scitypes)
    assert list(st.schema(ours).pools) == list(st.schema(arrow).pools)
    for (column, a), (_, b) in zip(columns(ours), columns(arrow), strict=True):
        assert labels(a) == labels(b), column


@pytest.mark.parametrize("name", FILES)
def test_the_values_that_were_read_are_still_there(name):
    for (column, a), (_, b) in zip(
        columns(read(name, "pandas")), columns(typed(name, "pandas")), strict=True
    ):
        assert labels(a) == labels(b), column


def test_polars_refuses_classes_without_an_order_and_says_what_to_do():
    X = read("penguins", "polars")
    with pytest.raises(st.CoercionError) as caught:
        st.coerce(X, st.autotype(X))
    assert "to_arrow" in caught.value.remedy
    ordered = st.coerce(X, {"species": st.OrderedFactor}, verbosity=-1)
    assert type(ordered) is type(X)
    assert st.levels(ordered["species"]) == ["Adelie", "Chinstrap", "Gentoo"]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_its_own_schema_says_after_json(name, library, tmp_path):
    X = typed(name, library)
    st.schema(X).save(tmp_path / "schema.json")
    kept = st.load_schema(tmp_path / "schema.json")
    assert kept == st.schema(X)
    assert not kept.check(X)
    assert not kept.difference(st.schema(X))
    again = st.coerce(holding_classes(read(name, library), library), kept)
    assert list(st.schema(again).scitypes) == list(kept.scitypes)
    assert list(st.schema(again).pools) == list(kept.pools)


@pytest.mark.parametrize("name", FILES)
def test_the_first_half_of_a_file_judges_the_second_from_json_alone(name, tmp_path):
    X = typed(name, "pandas")
    half = len(X) // 2
    st.schema(X.head(half)).save(tmp_path / "schema.json")
    found = st.load_schema(tmp_path / "schema.json").check(X.tail(half))
    assert all(one.severity == "shift" or one.kind == "retyped" for one in found)
    assert "rownames" in {one.column for one in found}


def test_a_column_that_is_gone_and_a_level_never_seen_are_found():
    X = typed("diamonds", "pandas")
    fitted = st.schema(X)
    broken = X.drop(columns="price").assign(cut=pd.Categorical(["Superb"] * len(X)))
    found = {(one.column, one.kind) for one in fitted.check(broken).faults}
    assert found == {("price", "missing column"), ("cut", "unseen levels")}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", FILES)
def test_parquet_keeps_every_level(name, library, tmp_path):
    X = typed(name, library)
    st.write_parquet(X, tmp_path / "typed.parquet")
    held = "pandas" if library == "pandas" else "pyarrow"
    again = st.read_parquet(tmp_path / "typed.parquet", library=held)
    assert list(st.schema(again).scitypes) == list(st.schema(X).scitypes)
    assert list(st.schema(again).pools) == list(st.schema(X).pools)
    for (column, a), (_, b) in zip(columns(again), columns(X), strict=True):
        assert labels(a) == labels(b), column


def test_texts_with_few_values_become_classes_and_no_number_is_touched():
    suggested = st.autotype(read("wa_churn", "pandas"))
    assert suggested
    assert all(t <= Multiclass | Missing for t in suggested.values())
    titanic = st.autotype(read("Titanic", "pandas"))
    assert "Name" not in titanic
    assert "Age" not in titanic
