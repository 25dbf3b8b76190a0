"""The verbs over tables, vectors and matrices of every library."""

from array import array
from collections import deque

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from scitypes.errors import BadSelection, NotATable, UnknownColumn
from scitypes.matrices import matrix, table
from scitypes.missingness import all_numeric, complete, missing_mask
from scitypes.tables import (
    column,
    columns,
    is_table,
    names,
    nrows,
    positions,
    selectcols,
    selectrows,
)

DATA = {"a": [1, 2, 3], "b": ["x", "y", "z"]}
TABLES = {
    "pandas": pd.DataFrame(DATA, index=[7, 8, 9]),
    "polars": pl.DataFrame(DATA),
    "arrow": pa.table(DATA),
    "batch": pa.RecordBatch.from_pydict(DATA),
    "dict": DATA,
    "structured": np.array([(1, "x"), (2, "y"), (3, "z")], dtype=[("a", "i8"), ("b", "U1")]),
}


def plain(values):
    return values.to_pylist() if hasattr(values, "to_pylist") else list(values)


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table_answers_the_same(kind):
    X = TABLES[kind]
    assert is_table(X)
    assert (names(X), nrows(X)) == (["a", "b"], 3)
    assert plain(column(X, 1)) == ["x", "y", "z"]
    assert plain(selectcols(X, "a")) == [1, 2, 3]
    rows = selectrows(X, [2, 0])
    assert type(rows) is type(X)
    assert [plain(values) for _, values in columns(rows)] == [[3, 1], ["z", "x"]]
    assert names(selectcols(X, ["b"])) == ["b"]
    assert names(selectcols(X, lambda name: name == "b")) == ["b"]
    assert matrix(X).tolist() == [[1, "x"], [2, "y"], [3, "z"]]


@pytest.mark.parametrize(
    "x",
    [
        *({}, {"a": 1}, {"a": "text"}, {"a": [1], "b": [1, 2]}, [{"a": 1}], [1], "ab", None, 5),
        np.eye(2),
    ],
)
def test_what_is_no_table_is_refused(x):
    assert not is_table(x)
    with pytest.raises(NotATable):
        names(x)


def test_the_refusal_says_what_to_do():
    with pytest.raises(NotATable, match=r"one row is \{name: \[value\], ...\}"):
        names({"a": 1})
    with pytest.raises(NotATable, match=r"table\(x\) makes a matrix a table"):
        names(np.eye(2))
    with pytest.raises(NotATable, match=r"lengths \{'a': 1, 'b': 2\}"):
        names({"a": [1], "b": [1, 2]})


def test_a_lazy_frame_is_to_be_collected():
    with pytest.raises(NotATable) as caught:
        names(pl.LazyFrame(DATA))
    assert caught.value.received == "a LazyFrame, which has not been read yet"
    assert caught.value.remedy == "X.collect() reads it"


def test_other_sequences_of_values_are_to_be_listed():
    for x in (deque([1, 2]), array("d", [1.0])):
        with pytest.raises(NotATable) as caught:
            names(x)
        assert caught.value.remedy == 'a table of one column is {"name": list(x)}'
        assert names({"name": list(x)}) == ["name"]


def test_repeated_integer_and_tuple_names_are_names():
    X = pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index(["a", "a", 0, (1, 2)], tupleize_cols=False))
    assert names(X) == ["a", "a", 0, (1, 2)]
    assert [values.tolist() for _, values in columns(X)] == [[1], [2], [3], [4]]
    assert selectcols(X, 0).tolist() == [3]
    assert selectcols(X, 1).tolist() == [2]
    assert selectcols(X, (1, 2)).tolist() == [4]
    with pytest.raises(BadSelection, match="2 columns are called 'a'"):
        selectcols(X, "a")


def test_an_unknown_column_is_refused_with_near_names():
    with pytest.raises(UnknownColumn, match="did you mean 'income'") as caught:
        selectcols({"income": [1], "age": [2]}, "imcome")
    assert isinstance(caught.value, KeyError)


def test_tables_without_rows_or_columns_are_tables():
    assert (nrows(pd.DataFrame(index=range(3))), names(pd.DataFrame(index=range(3)))) == (3, [])
    assert matrix(pd.DataFrame(index=range(3))).shape == (3, 0)
    empty = TABLES["pandas"].iloc[:0]
    assert selectrows(empty, []).dtypes.equals(empty.dtypes)
    assert nrows(None) == 0


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (1, [1]),
        (-1, [3]),
        (slice(1, None, 2), [1, 3]),
        (range(2), [0, 1]),
        ([True, False, False, True], [0, 3]),
        (pd.Series([False, True, False, False]), [1]),
        ([], []),
        (np.array([3, 3, -4]), [3, 3, 0]),
    ],
)
def test_rows_may_be_given_in_any_way(rows, expected):
    assert positions(rows, 4).tolist() == expected


@pytest.mark.parametrize("rows", [4, [-5], [0.5], ["a"], [True, False], [[0, 1]], None])
def test_rows_that_are_not_there_are_refused(rows):
    with pytest.raises(BadSelection):
        positions(rows, 4)


@pytest.mark.parametrize(
    "x",
    [
        *([10, 20, 30], (10, 20, 30), np.array([10, 20, 30]), pd.Categorical([10, 20, 30])),
        *(range(10, 40, 10), pl.Series([10, 20, 30]), pa.array([10, 20, 30])),
    ],
)
def test_rows_of_any_vector_can_be_selected(x):
    assert plain(selectrows(x, [2, 0])) == [30, 10]
    assert nrows(x) == 3


def test_rows_of_run_ends_can_be_selected():
    ends = pc.run_end_encode(pa.array(["x", "x", None]))
    for x in (ends, pa.chunked_array([ends])):
        assert plain(selectrows(x, [2, 0])) == [None, "x"]
    for X in (pa.table({"a": ends, "b": [1, 2, 3]}), pa.RecordBatch.from_pydict({"a": ends})):
        assert plain(column(selectrows(X, [2, 0]), 0)) == [None, "x"]
        assert type(selectrows(X, [0])) is type(X)
        assert column(X, 0).type == pa.string()


def test_selected_rows_keep_index_levels_and_container():
    x = pd.Series(pd.Categorical(["a", "b"]), index=[5, 6], name="y")
    part = selectrows(x, 1)
    assert (part.index.tolist(), part.cat.categories.tolist(), part.name) == ([6], ["a", "b"], "y")
    assert selectrows(x, slice(None)) is x
    assert selectrows(None, [0]) is None
    assert selectrows(np.zeros((4, 2, 2)), [0, 1]).shape == (2, 2, 2)


def test_what_has_no_rows_is_refused():
    for x in (5, "text", np.array(1), {"a": 1}):
        with pytest.raises(NotATable):
            nrows(x)


def test_a_table_of_a_matrix_has_its_own_memory():
    x = np.zeros((2, 2))
    X = table(x)
    x[0, 0] = 1
    assert X.iloc[0, 0] == 0
    assert list(table(x, names=["a", ("b", 1)]).columns) == ["a", ("b", 1)]


@pytest.mark.parametrize(("x", "given"), [(np.zeros(3), None), (np.zeros((2, 2)), ["a"])])
def test_a_table_needs_two_axes_and_a_name_for_each_column(x, given):
    with pytest.raises(NotATable):
        table(x, given)


def test_a_matrix_promotes_numbers_and_keeps_labels():
    X = pd.DataFrame({"i": [1, 2], "b": [True, False], "f": pd.array([0.5, None], dtype="Float64")})
    assert matrix(X).dtype == np.float64
    assert np.array_equal(matrix(X), [[1, 1, 0.5], [2, 0, np.nan]], equal_nan=True)
    assert matrix(X[["i", "b"]]).dtype == np.int64
    labelled = matrix(pd.DataFrame({"c": pd.Categorical(["u", "v"]), "i": [1, 2]}))
    assert labelled.tolist() == [["u", 1], ["v", 2]]


@pytest.mark.parametrize(
    "x",
    [
        [None, 1.5, float("nan"), pd.NA, pd.NaT],
        np.array([np.nan, 1.5, np.nan, np.nan, np.nan]),
        pd.Series([None, 1.5, None, None, None], dtype="Float64"),
        pd.Series([None, "a", None, None, None]),
        pd.Categorical([None, "a", None, None, None]),
        pl.Series([None, 1.5, float("nan"), None, None]),
        pa.array([None, "a", None, None, None]),
        np.array([None, [1], None, None, None], dtype=object),
        np.ma.masked_array([1.0, 2.0, np.nan, 4.0, 5.0], [1, 0, 0, 1, 1]),
        np.array(["NaT", "2024", "NaT", "NaT", "NaT"], dtype="M8[s]"),
        np.array(["NaT", "2024", "NaT", "NaT", "NaT"], dtype=">M8[s]"),
    ],
)
def test_missing_is_missing_in_every_container(x):
    assert missing_mask(x).tolist() == [True, False, True, True, True]


def test_nan_hidden_in_a_nullable_float_column_is_missing():
    zero = pd.Series([0.0, 1.0], dtype="Float64")
    assert missing_mask(zero / zero).tolist() == [True, False]


@pytest.mark.parametrize("columns", [[0, 1], [0.5, 1.5], np.array([0, 1]), [False, True]])
def test_names_that_are_numbers_are_those_of_python(columns):
    X = pd.DataFrame(np.zeros((2, 2)), columns=columns)
    assert {type(name) for name in names(X)} <= {int, float, bool}
    assert names(X) == list(columns)


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ([1.5, 2.5], True),
        ([1e308, 1e308], True),
        ([1, 2**62], True),
        ([True, False], True),
        (pd.Categorical(["a", "b"]), True),
        ([1.5, np.nan], False),
        ([1.5, -np.inf], False),
        (pd.Categorical(["a", None]), False),
        (["a", "b"], False),
        (pd.array([1, 2], dtype="Int64"), False),
        (np.array(["2024-01-01", "NaT"], dtype="datetime64[D]"), False),
    ],
)
def test_completeness_is_known_of_numbers_and_categories(values, known):
    column = pd.Series(values)
    assert complete(column) is known
    assert complete(pd.DataFrame({"x": [0.5, 1.5], "y": column})) is known
    assert complete(pd.DataFrame({"y": column})) is known


def test_completeness_is_not_known_of_what_hides_values():
    assert complete(np.array([[1.0, 2.0]]))
    assert not complete(np.ma.array([1.0, 2.0], mask=[False, True]))
    assert not any(map(complete, (TABLES["polars"], TABLES["arrow"], DATA, [1.0], None)))


def test_frames_of_numbers_are_those_of_numpys_dtypes():
    assert all_numeric(pd.DataFrame({"a": [1], "b": [0.5], "c": [True]}))
    assert not all_numeric(pd.DataFrame({"a": [1], "b": pd.array([1], dtype="Int64")}))
    assert not all_numeric(pd.DataFrame({"a": ["x"]}))


def test_columns_with_one_name_are_all_there_under_it():
    X = pd.DataFrame([[1, 2.5], [3, 4.5]], columns=["a", "a"])
    assert [(name, plain(values)) for name, values in columns(X)] == [
        ("a", [1, 3]),
        ("a", [2.5, 4.5]),
    ]
