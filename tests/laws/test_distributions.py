"""Laws of vectors of distributions: rows commute with everything, nothing is lost on the way."""

import copy
import pickle

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as some

import scitypes as st
from kerasflux.predictions import UnivariateFiniteVector


@some.composite
def vectors(draw):
    rng = np.random.default_rng(draw(some.integers(0, 10_000)))
    n, k = draw(some.integers(1, 12)), draw(some.integers(1, 5))
    labels = draw(some.sampled_from([list("edcba"), [5, 3, 1, 0, 9], [0.5, 1.5, 2.5, -1.0, 0.0]]))
    dtype = draw(some.sampled_from([np.float64, np.float32]))
    return UnivariateFiniteVector(
        rng.dirichlet(np.ones(k), n).astype(dtype),
        labels[:k],
        ordered=draw(some.booleans()),
        index=draw(some.sampled_from([None, pd.Index(rng.permutation(n))])),
    )


@given(vectors(), some.data())
def test_taking_rows_commutes_with_everything(p, data):
    rows = data.draw(some.lists(some.integers(0, len(p) - 1), max_size=8))
    part = p[rows]
    assert np.array_equal(np.asarray(part), np.asarray(p)[rows])
    assert list(part.mode()) == list(np.asarray(p.mode(), dtype=object)[rows])
    assert part.levels == p.levels
    assert st.scitype(part) == st.scitype(p)
    assert all(one == p[i] for one, i in zip(part, rows, strict=True))
    if p.index is not None:
        assert part.index.tolist() == p.index[rows].tolist()


@given(vectors())
def test_the_mode_is_a_label_of_the_largest_probability(p):
    mode = p.mode()
    assert st.Pool.of(mode) == p.pool
    for label, row in zip(mode, p, strict=True):
        assert row.pdf(label) == max(row.probabilities)
        assert row.mode() == label


@given(vectors())
def test_columns_are_the_probabilities_of_the_levels(p):
    assert np.array_equal(p.pdf(list(p.levels)), np.asarray(p))
    for label in p.levels:
        assert np.array_equal(p.pdf(label), p.to_frame()[label].to_numpy())
        assert np.array_equal(np.exp(p.logpdf(label)).round(5), p.pdf(label).round(5))


@given(vectors())
def test_a_vector_can_be_made_anew_from_its_parts(p):
    assert UnivariateFiniteVector(np.asarray(p), p.levels, ordered=p.ordered) == p
    assert pickle.loads(pickle.dumps(p)) == copy.deepcopy(p) == p
    assert repr(pickle.loads(pickle.dumps(p))) == repr(p)
