"""Laws of `partition` and `unpack`: complete, disjoint, of the sizes asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as s

from scitypes.errors import PartitionError
from scitypes.matrices import matrix, table
from scitypes.partitions import partition, unpack
from scitypes.tables import selectrows

FRACTIONS = s.lists(s.floats(0.01, 0.9), min_size=1, max_size=3).filter(lambda f: sum(f) < 0.99)


@given(s.integers(1, 60), FRACTIONS, s.none() | s.integers(0, 99))
def test_pieces_are_complete_disjoint_and_of_the_rounded_sizes(n, fractions, rng):
    sizes = [round(f * n) for f in fractions]
    if min(sizes) == 0 or sum(sizes) >= n:
        with pytest.raises(PartitionError):
            partition(np.arange(n), *fractions, rng=rng)
        return
    pieces = partition(np.arange(n), *fractions, rng=rng)
    together = np.concatenate(pieces)
    assert [len(piece) for piece in pieces[:-1]] == sizes
    assert sorted(together) == list(range(n))
    if rng is None:
        assert together.tolist() == list(range(n))


@given(
    s.lists(s.sampled_from(["a", "b", None]), min_size=8, max_size=60),
    s.floats(0.2, 0.8),
    s.integers(0, 9),
)
def test_stratified_pieces_have_the_rounded_number_of_each_class(labels, fraction, rng):
    counts = {label: labels.count(label) for label in set(labels)}
    wanted = {label: round(fraction * count) for label, count in counts.items()}
    assume(0 < sum(wanted.values()) < len(labels))
    first, last = partition(range(len(labels)), fraction, rng=rng, stratify=labels)
    assert {
        label: sum(labels[i] is label or labels[i] == label for i in first) for label in counts
    } == wanted
    assert sorted([*first, *last]) == list(range(len(labels)))


@given(s.integers(2, 30), s.integers(0, 99))
def test_equal_seeds_give_equal_pieces_in_any_container(n, rng):
    rows, _ = partition(range(n), 0.5, rng=rng)
    X = pd.DataFrame({"a": np.arange(n)}, index=np.arange(n) + 100)
    (frame, _), (values, _) = partition((X, list(range(n))), 0.5, rng=rng, multi=True)
    assert values == rows.tolist()
    assert frame.equals(X.iloc[rows])


@given(s.integers(0, 5), s.integers(1, 5))
def test_a_matrix_survives_being_a_table(n, p):
    x = np.arange(n * p, dtype=float).reshape(n, p)
    assert np.array_equal(matrix(table(x)), x)
    assert table(x).equals(selectrows(table(x), list(range(n))))


@given(s.lists(s.sampled_from("abcdef"), min_size=1, max_size=6, unique=True), s.data())
def test_unpack_gives_each_column_once(names, data):
    X = pd.DataFrame({name: [1, 2] for name in names})
    first = data.draw(s.sampled_from(names))
    y, picked, rest = unpack(X, first, lambda name: name in "ace", wrap_singles=True)
    assert list(y.columns) == [first]
    assert sorted([*y.columns, *picked.columns, *rest.columns]) == sorted(names)
