"""`partition` and `unpack`: what they give and what they refuse."""

import numpy as np
import pandas as pd
import pytest

from scitypes.errors import BadSelection, NotATable, PartitionError, UnknownColumn
from scitypes.images import ImageVector
from scitypes.partitions import partition, unpack

HOUSES = pd.DataFrame(
    {"age": [3, 1, 2], "kind": list("xyz"), "rent": [0.1, 0.2, 0.3]}, index=[7, 8, 9]
)


def test_three_pieces_in_order():
    assert partition(list(range(10)), 0.5, 0.3) == ([0, 1, 2, 3, 4], [5, 6, 7], [8, 9])


def test_images_and_tables_are_divided_in_step():
    images = ImageVector(np.zeros((10, 4, 4), dtype="uint8"))
    (a, b), (y, z) = partition((images, pd.Series(range(10))), 0.7, rng=1, multi=True)
    assert (len(a), len(b)) == (7, 3)
    assert sorted([*y, *z]) == list(range(10))
    assert y.index.tolist() == y.tolist()


def test_a_seed_means_shuffling_unless_told_otherwise():
    assert partition(list(range(9)), 0.5, rng=1) != partition(list(range(9)), 0.5)
    assert partition(list(range(9)), 0.5, rng=1, shuffle=False) == partition(list(range(9)), 0.5)


def test_stratified_halves_of_eighty_and_twenty_have_forty_and_ten():
    labels = np.array(["a"] * 80 + ["b"] * 20)
    for piece in partition(range(100), 0.5, stratify=labels, rng=123):
        assert (labels[piece] == "a").sum() == 40
        assert (labels[piece] == "b").sum() == 10


def test_stratified_pieces_are_in_order_without_shuffling():
    first, last = partition(range(6), 0.5, stratify=pd.Categorical(list("abbaab")))
    assert sorted(first) == list(first)
    assert sorted(last) == list(last)


@pytest.mark.parametrize(
    ("X", "fractions", "options"),
    [
        ([1, 2], (0.01, 0.01), {}),
        ([1], (0.5,), {}),
        ([], (0.5,), {}),
        ([1, 2, 3], (0.5, 0.49), {}),
        ([1, 2, 3], (1.0,), {}),
        ([1, 2, 3], (0.5, 0.5), {}),
        ([1, 2, 3], (-0.5,), {}),
        ([1, 2, 3], (), {}),
        ([1, 2, 3], (0.5,), {"rng": 1.5}),
        ([1, 2, 3], (0.5,), {"rng": -1}),
        ([1, 2, 3], (0.5,), {"rng": True}),
        ([1, 2, 3], (0.5,), {"stratify": ["a"]}),
        (([1, 2], [1]), (0.5,), {"multi": True}),
        (np.zeros(3), (0.5,), {"multi": True}),
    ],
)
def test_what_can_not_be_divided_is_refused(X, fractions, options):
    with pytest.raises(PartitionError):
        partition(X, *fractions, **options)


def test_a_number_is_not_data():
    with pytest.raises(NotATable):
        partition(100, 0.5)


def test_a_name_gives_a_vector_and_the_rest_stays_a_table():
    y, X = unpack(HOUSES, "rent")
    assert isinstance(y, pd.Series)
    assert list(X.columns) == ["age", "kind"]
    y, X = unpack(HOUSES[["age", "rent"]], "rent")
    assert list(X.columns) == ["age"]


def test_lists_give_tables_and_predicates_what_they_find():
    one, two, rest = unpack(HOUSES, ["age"], lambda name: name == "rent")
    assert list(one.columns) == ["age"]
    assert two.tolist() == [0.1, 0.2, 0.3]
    assert list(rest.columns) == ["kind"]


def test_unpacking_shuffles_rows_in_step():
    y, X = unpack(HOUSES, "age", rng=3)
    assert y.index.tolist() == X.index.tolist() != [7, 8, 9]
    assert X.loc[y.index, "rent"].tolist() == HOUSES.loc[y.index, "rent"].tolist()


def test_unpacking_everything_leaves_a_table_without_columns():
    *_, rest = unpack(HOUSES, "age", "kind", "rent")
    assert rest.shape == (3, 0)


def test_a_column_taken_or_absent_or_doubled_is_refused():
    with pytest.raises(UnknownColumn):
        unpack(HOUSES, "age", "age")
    with pytest.raises(UnknownColumn, match="did you mean 'rent'"):
        unpack(HOUSES, "rents")
    with pytest.raises(BadSelection):
        unpack(pd.DataFrame([[1, 2]], columns=["a", "a"]), "a")


@pytest.mark.parametrize(
    "data",
    [
        (pd.DataFrame({"a": [1, 2, 3]}), pd.Series([1, 2, 3])),
        [pd.DataFrame({"a": [1, 2, 3]}), pd.Series([1, 2, 3])],
        (np.zeros((3, 2)), np.zeros(3)),
        ({"a": [1, 2, 3]}, [1, 2, 3]),
    ],
)
def test_several_data_sets_are_no_data_to_divide(data):
    with pytest.raises(PartitionError, match="multi=True"):
        partition(data, 0.5)
    assert len(partition(data, 0.5, multi=True)) == 2


def test_a_list_of_arrays_is_a_vector_of_them():
    first, second = partition([np.zeros((2, 2))] * 4, 0.5)
    assert (len(first), len(second)) == (2, 2)


def test_the_name_of_a_column_is_no_labels_to_stratify_by():
    with pytest.raises(PartitionError, match=r"stratify=X\['kind'\]"):
        partition(HOUSES, 0.5, stratify="kind")
