"""Laws of pools: codes and labels are inverse, order and storage of the data do not matter."""

import datetime as dt
import json
import pickle

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as s

from scitypes.levelling import levels, set_levels, unwrap
from scitypes.pools import Pool

LABELS = s.one_of(
    s.lists(s.text(max_size=3), max_size=5, unique=True),
    s.lists(s.integers(), max_size=5, unique=True),
    s.lists(s.floats(allow_nan=False), max_size=5, unique=True),
    s.lists(s.booleans(), max_size=2, unique=True),
    s.lists(s.dates(), max_size=3, unique=True),
    s.lists(s.text(max_size=2) | s.integers(2, 9) | s.booleans(), max_size=4, unique=True),
)
POOLS = s.builds(lambda labels, ordered: Pool(tuple(labels), ordered), LABELS, s.booleans())


@s.composite
def coded(draw):
    pool = draw(POOLS)
    return pool, draw(s.lists(s.integers(-1, len(pool) - 1), max_size=8))


@given(coded())
def test_codes_of_the_decoded_are_the_codes(drawn):
    pool, codes = drawn
    column = pool.decode(codes)
    assert pool.codes(column).tolist() == codes
    assert pool.codes(column).dtype == np.int32
    assert Pool.of(column) == pool


@given(coded())
def test_plain_labels_have_the_codes_of_their_categorical(drawn):
    pool, codes = drawn
    plain = [None if code < 0 else pool.levels[code] for code in codes]
    assert pool.codes(plain).tolist() == codes
    assert pool.codes(unwrap(pool.decode(codes))).tolist() == codes
    assert pool.codes(pd.Series(plain, dtype=object)).tolist() == codes


@given(coded(), s.randoms(use_true_random=False))
def test_codes_go_by_label_whatever_the_order_of_the_other_pool(drawn, random):
    pool, codes = drawn
    order = random.sample(range(len(pool)), len(pool))
    other = Pool(tuple(pool.levels[i] for i in order), not pool.ordered)
    column = other.decode([code if code < 0 else order.index(code) for code in codes])
    assert pool.codes(column).tolist() == codes


@given(coded(), s.randoms(use_true_random=False))
def test_set_levels_changes_the_pool_and_no_value(drawn, random):
    pool, codes = drawn
    column = pd.Series(pool.decode(codes), index=range(3, 3 + len(codes)), name="x")
    before = column.copy()
    new = random.sample(pool.levels, len(pool))
    changed = set_levels(column, new)
    assert levels(changed) == new
    assert pool.codes(changed).tolist() == codes
    assert changed.index.equals(column.index)
    pd.testing.assert_series_equal(column, before)


@given(POOLS)
def test_json_and_pickle_give_an_equal_pool(pool):
    again = Pool.from_json(json.loads(json.dumps(pool.to_json())))
    for other in (again, pickle.loads(pickle.dumps(pool))):
        assert other == pool
        assert hash(other) == hash(pool)
        assert [type(label) for label in other.levels] == [type(label) for label in pool.levels]


@given(POOLS, POOLS)
def test_matching_splits_labels_into_known_and_strange(pool, other):
    codes, strangers = pool.match(list(other.levels))
    strange = [row for _, rows in strangers for row in rows.tolist()]
    assert sorted(strange) == np.flatnonzero(codes < 0).tolist()
    assert all(
        pool.levels[code] == other.levels[row] for row, code in enumerate(codes) if code >= 0
    )


def test_dates_and_moments_are_different_labels():
    pool = Pool((dt.date(2024, 1, 1),))
    assert pool.match([dt.date(2024, 1, 1), pd.Timestamp("2024-01-01")])[0].tolist() == [0, -1]
