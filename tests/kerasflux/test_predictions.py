"""Distributions over labels, and plain predictions in the container of the data."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

import scitypes as st
from kerasflux.errors import DataError, NotSupported
from kerasflux.predictions import (
    UnivariateFinite,
    UnivariateFiniteVector,
    index_of,
    like,
    like_table,
)
from scitypes.errors import LevelError, UnseenLevel
from scitypes.pools import Pool

PROBABILITIES = [[0.1, 0.2, 0.7], [0.5, 0.5, 0.0], [0.3, 0.4, 0.3], [1.0, 0.0, 0.0]]


@pytest.fixture
def p():
    return UnivariateFiniteVector(PROBABILITIES, levels=["a", "b", "c"])


@pytest.fixture
def indexed():
    index = pd.Index([10, 11, 12, 13], name="id")
    return UnivariateFiniteVector(PROBABILITIES, levels=["a", "b", "c"], index=index, name="y")


def test_the_probability_of_a_label_is_its_column(p):
    assert p.pdf("b").tolist() == [0.2, 0.5, 0.4, 0.0]
    assert p.pdf(["c", "a"]).tolist() == [[row[2], row[0]] for row in PROBABILITIES]
    assert p.pdf(p.levels).tolist() == PROBABILITIES
    assert p.pdf(np.array(["c"])).shape == (4, 1)
    assert p.pdf(pd.Series(["b"])).shape == (4, 1)


def test_log_probabilities_of_the_impossible_are_minus_infinity_without_a_warning(p):
    assert p.logpdf("c")[1] == -np.inf
    np.testing.assert_allclose(p.logpdf("a"), np.log([0.1, 0.5, 0.3, 1.0]))


def test_labels_are_matched_as_such():
    p = UnivariateFiniteVector([[0.25, 0.75]], levels=[0, 1])
    assert p.pdf(np.int64(1)) == p.pdf(1.0) == [0.75]
    with pytest.raises(UnseenLevel, match="not among the levels"):
        p.pdf("1")


def test_missing_and_repeated_labels_have_no_column(p):
    with pytest.raises(DataError, match="missing label"):
        p.pdf(None)
    with pytest.raises(DataError, match="given a label twice"):
        p.pdf(["a", "b", "a"])


def test_a_tuple_may_be_a_label():
    p = UnivariateFiniteVector([[0.25, 0.75]], levels=[("a", 1), ("b", 2)])
    assert p.pdf(("b", 2)) == [0.75]
    assert p.mode()[0] == ("b", 2)
    assert p.to_frame().columns.tolist() == [("a", 1), ("b", 2)]


def test_the_mode_is_a_categorical_with_the_whole_pool(p):
    assert isinstance(p.mode(), pd.Categorical)
    assert list(p.mode()) == ["c", "a", "b", "a"]
    assert list(p[:1].mode().categories) == ["a", "b", "c"]
    assert not p.mode().ordered


def test_the_mode_among_equals_is_the_first_of_the_pool():
    assert list(UnivariateFiniteVector([[0.5, 0.5]], levels=["z", "a"]).mode()) == ["z"]
    assert UnivariateFinite([0.5, 0.5], levels=["z", "a"]).mode() == "z"


def test_an_index_makes_pandas_come_out(indexed):
    mode = indexed.mode()
    assert isinstance(mode, pd.Series)
    assert mode.name == "y"
    assert mode.index.tolist() == [10, 11, 12, 13]
    assert indexed.to_frame().index.name == "id"
    assert indexed[[2, 0]].mode().index.tolist() == [12, 10]


def test_an_ordered_pool_stays_ordered():
    p = UnivariateFiniteVector([[0.5, 0.5]], levels=["low", "high"], ordered=True)
    assert p.ordered
    assert p.mode().ordered
    assert p[0].ordered
    assert p == UnivariateFiniteVector([[0.5, 0.5]], Pool(("low", "high"), ordered=True))


def test_its_scitype_is_a_vector_of_densities(p):
    assert st.scitype(p) == st.Vector[st.Density[st.Multiclass[3]]]
    assert st.scitype(p[0]) == st.Density[st.Multiclass[3]]
    ordered = UnivariateFiniteVector([[0.5, 0.5]], levels=["low", "high"], ordered=True)
    assert st.scitype(ordered) == st.Vector[st.Density[st.OrderedFactor[2]]]


def test_an_array_is_the_matrix_of_probabilities(p):
    assert np.asarray(p).tolist() == PROBABILITIES
    assert np.asarray(p, dtype=np.float32).dtype == np.float32
    np.array(p)[0, 0] = 9
    assert p.probabilities[0, 0] == 0.1
    assert p.to_frame().to_numpy().tolist() == PROBABILITIES
    assert p.to_frame().columns.tolist() == ["a", "b", "c"]


def test_precision_is_kept():
    p = UnivariateFiniteVector(np.array([[0.25, 0.75]], dtype=np.float32), levels=["a", "b"])
    assert p.probabilities.dtype == np.float32
    assert UnivariateFiniteVector([[0, 1]], levels=["a", "b"]).probabilities.dtype == np.float64


def test_probabilities_are_a_read_only_copy():
    mine = np.array(PROBABILITIES)
    p = UnivariateFiniteVector(mine, levels=["a", "b", "c"])
    mine[0, 0] = 5
    assert p.probabilities[0, 0] == 0.1
    for part in (p, p[1:], p[[0, 1]], p[0], pickle.loads(pickle.dumps(p))):
        with pytest.raises(ValueError, match="read-only"):
            part.probabilities[...] = 0


def test_an_integer_gives_one_distribution_and_rows_give_a_vector(p):
    assert p[2] == UnivariateFinite(PROBABILITIES[2], levels=["a", "b", "c"])
    assert p[-1] == p[3] == p[np.int64(3)]
    assert p[1:3] == p[[1, 2]] == p[np.array([False, True, True, False])]
    assert p[pd.Series([False, True, True, False])] == p[1:3]
    assert len(p[[]]) == 0
    assert len(p[::2]) == len(st.selectrows(p, [0, 2])) == 2
    assert [d.mode() for d in p] == list(p.mode())
    assert p.shape == (4,)


@pytest.mark.parametrize("rows", [4, -5, [0, 4], [True], [0.5], "a"])
def test_rows_that_are_not_there_are_refused(p, rows):
    with pytest.raises(IndexError):
        p[rows]


LABELS = ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        np.array(LABELS),
        np.array(LABELS, dtype=object),
        pd.Series(LABELS),
        pd.Series(LABELS, dtype="category"),
        pd.Series(LABELS, dtype="string"),
        pd.Categorical(LABELS),
        pd.Index(LABELS),
        "a",
    ],
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', '')}",
)
def test_comparing_with_labels_raises_and_names_the_mode(p, labels):
    for compare in (
        lambda: p == labels,
        lambda: labels == p,
        lambda: p != labels,
        lambda: labels != p,
        lambda: p < labels,
        lambda: p >= 0.5,
    ):
        with pytest.raises(NotSupported, match="can't be compared with labels"):
            compare()
    with pytest.raises(NotSupported, match=r"p\.mode\(\) == y"):
        assert p[0] == labels


def test_vectors_of_distributions_are_equal_by_pool_and_probabilities(p, indexed):
    assert p == copy.deepcopy(p)
    assert p == indexed
    assert p != UnivariateFiniteVector(PROBABILITIES, levels=["a", "c", "b"])
    assert p != UnivariateFiniteVector(PROBABILITIES, levels=["a", "b", "c"], ordered=True)
    assert p != p[:2]
    assert (p == None) is False  # noqa: E711


def test_labels_have_neither_mean_nor_median(p):
    for wrong in (p.mean, p.median, p[0].mean, lambda: np.mean(p)):
        with pytest.raises(NotSupported, match="has no"):
            wrong()


def test_distributions_outlive_pickling_and_copying(indexed):
    for twin in (pickle.loads(pickle.dumps(indexed)), copy.deepcopy(indexed)):
        assert twin == indexed
        assert twin.mode().equals(indexed.mode())
    assert pickle.loads(pickle.dumps(indexed[1])) == indexed[1]


@pytest.mark.parametrize(
    ("probabilities", "text"),
    [
        ([[0.5, 0.6], [0.5, 0.5]], "sum to one"),
        ([[0.5, 0.4]], "sum to one"),
        ([[-0.1, 1.1]], "negative"),
        ([[np.nan, 1.0]], "missing or infinite"),
        ([[np.inf, 0.0]], "missing or infinite"),
        ([[0.2, 0.3, 0.5]], "wrong shape"),
        ([0.5, 0.5], "wrong shape"),
        ([["x", "y"]], "not an array of numbers"),
        ([[0.5, 0.5], [1.0]], "not an array of numbers"),
    ],
)
def test_what_is_no_distribution_is_refused(probabilities, text):
    with pytest.raises(DataError, match=text):
        UnivariateFiniteVector(probabilities, levels=["a", "b"])


def test_the_error_names_the_rows_at_fault():
    with pytest.raises(DataError) as caught:
        UnivariateFiniteVector([[0.5, 0.5], [0.5, 0.6], [0.9, 0.9]], levels=["a", "b"])
    assert caught.value.rows.tolist() == [1, 2]
    assert "row 1 is [0.5 0.6]" in str(caught.value)
    with pytest.raises(DataError, match="sum to one"):
        UnivariateFinite([0.5, 0.6], levels=["a", "b"])


def test_rounding_of_single_precision_is_within_the_tolerance():
    scores = np.random.default_rng(0).normal(size=(500, 100)).astype(np.float32)
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert len(UnivariateFiniteVector(softmax.astype(np.float32), levels=range(100))) == 500
    assert len(UnivariateFiniteVector(softmax.astype(np.float16), levels=range(100))) == 500


def test_levels_are_distinct_and_there_are_some():
    with pytest.raises(LevelError, match="repeated"):
        UnivariateFiniteVector([[0.5, 0.5]], levels=["a", "a"])
    with pytest.raises(DataError, match="needs levels"):
        UnivariateFiniteVector(np.zeros((1, 0)), levels=[])


def test_an_index_of_another_length_is_refused():
    with pytest.raises(DataError, match="index does not fit"):
        UnivariateFiniteVector([[0.5, 0.5]], levels=["a", "b"], index=pd.RangeIndex(2))


def test_few_levels_keep_their_columns_with_equal_digits():
    p = UnivariateFiniteVector([[0.955, 0.045], [0.3, 0.7]], levels=["No", "Yes"])
    assert repr(p).splitlines()[1:] == ["0   No: 0.955   Yes: 0.045", "1   No: 0.300   Yes: 0.700"]


def test_five_rows_and_three_labels_each_are_printed():
    scores = np.full((7, 4), 0.1)
    scores[:, 2] = 0.7
    p = UnivariateFiniteVector(scores, levels=["w", "x", "<y>", "z"])
    assert repr(p).splitlines() == [
        "UnivariateFiniteVector of 7 distributions over 4 levels",
        *(f"{i}   <y>: 0.700   w: 0.100   x: 0.100" for i in range(5)),
        "... 2 more rows",
    ]
    assert p._repr_html_().count("<tr>") == 5
    assert "&lt;y&gt;: 0.7" in p._repr_html_()
    console = Console(width=100)
    with console.capture() as captured:
        console.print(p)
    assert captured.get().count("<y>: 0.7") == 5
    assert "2 more rows" in captured.get()


def test_an_empty_vector_prints(p):
    assert repr(p[:0]) == "UnivariateFiniteVector of 0 distributions over 3 levels"
    assert "0 distributions" in p[:0]._repr_html_()


def test_labels_that_look_like_markup_are_printed_as_they_are():
    p = UnivariateFiniteVector([[0.25, 0.75]], levels=["[red]", "[/b]"])
    console = Console(width=100)
    with console.capture() as captured:
        console.print(p)
    assert "[/b]: 0.75" in captured.get()


def test_one_distribution_prints_its_probabilities():
    d = UnivariateFinite([0.25, 0.75], levels=["no", "yes"])
    assert repr(d) == "UnivariateFinite(no: 0.25, yes: 0.75)"
    many = UnivariateFinite(np.full(20, 0.05), levels=range(20))
    assert repr(many) == "UnivariateFinite(0: 0.05, 1: 0.05, 2: 0.05, ... 17 more)"


def test_plain_predictions_take_the_container_of_the_data():
    frame = pd.DataFrame({"x": [1, 2]}, index=["u", "v"])
    out = like(np.array([0.5, 1.5]), frame, name="y")
    assert out.index.tolist() == ["u", "v"]
    assert out.name == "y"
    assert like([1.0, 2.0], frame["x"]).index.tolist() == ["u", "v"]
    for plain in (np.zeros((2, 1)), [[1], [2]], {"x": [1, 2]}):
        assert isinstance(like([1.0, 2.0], plain), np.ndarray)
    assert index_of(frame) is frame.index
    assert index_of(frame.to_numpy()) is None


def test_polars_and_arrow_get_their_own_back():
    frame = pl.DataFrame({"x": [1, 2]})
    assert like([1.0, 2.0], frame, name="y").equals(pl.Series("y", [1.0, 2.0]))
    assert like_table([[1.0, 2.0]], ["u", "v"], frame).columns == ["u", "v"]
    table = pa.table({"x": [1, 2]})
    assert like([1.0, 2.0], table).to_pylist() == [1.0, 2.0]
    assert like_table([[1.0, 2.0]], ["u", "v"], table).column_names == ["u", "v"]


def test_several_targets_become_a_table_or_stay_a_matrix():
    frame = pd.DataFrame({"x": [1, 2]}, index=["u", "v"])
    out = like_table([[1.0, 2.0], [3.0, 4.0]], ["a", "b"], frame)
    assert out.loc["v", "b"] == 4.0
    assert like_table([[1.0, 2.0]], ["a", "b"], np.zeros((1, 3))).shape == (1, 2)


def test_one_distribution_gives_numbers_and_is_drawn_in_notebooks():
    d = UnivariateFiniteVector([[0.25, 0.75]], levels=["no", "<b>"])[0]
    assert type(d.pdf("no")) is type(d.logpdf("no")) is float
    assert (d.pdf("no"), d.logpdf("no")) == (0.25, np.log(0.25))
    assert "no: 0.25" in d._repr_html_()
    assert "&lt;b&gt;: 0.75" in d._repr_html_()


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ([["a", "b"]], "one number per level"),
        ([[0.2, 0.3, 0.5]], "one number per level"),
        ([[np.nan, 1.0]], "Leave these rows out"),
        ([[-1.0, 2.0]], "softmax"),
        ([[0.5, 0.6]], "Divide by the sums"),
    ],
)
def test_what_can_not_be_probabilities_is_refused_with_a_remedy(values, remedy):
    with pytest.raises(DataError, match="can't be probabilities") as caught:
        UnivariateFiniteVector(values, levels=["no", "yes"])
    assert remedy in caught.value.remedy
