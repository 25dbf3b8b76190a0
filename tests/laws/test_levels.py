"""Laws of the verbs over levels: what undoes what, and that no value changes on the way."""

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as s

from scitypes.levelling import add_levels, codes, concat, decoder, drop_levels, levels, recode
from scitypes.pools import Pool

LABELS = s.one_of(
    s.lists(s.text(max_size=3), max_size=5, unique=True),
    s.lists(s.integers(-(2**40), 2**40), max_size=5, unique=True),
    s.lists(s.floats(allow_nan=False), max_size=5, unique=True),
    s.lists(s.dates(), max_size=3, unique=True),
    s.lists(s.text(max_size=2) | s.integers(2, 9), max_size=4, unique=True),
)
FEW = s.lists(s.sampled_from("abcde"), max_size=4, unique=True)


@s.composite
def columns(draw, labels=LABELS, ordered=None):
    pool = Pool(tuple(draw(labels)), draw(s.booleans()) if ordered is None else ordered)
    places = draw(s.lists(s.integers(-1, len(pool) - 1), max_size=8))
    return pd.Series(pool.decode(np.array(places, dtype=np.int32)), name="x")


def values(column):
    return [None if gone else label for label, gone in zip(column, column.isna(), strict=True)]


@given(columns())
def test_decoding_the_codes_gives_the_column(x):
    pd.testing.assert_series_equal(decoder(x)(codes(x)), x)
    assert values(pd.Series(decoder(x)(codes(x.array)))) == values(x)


@given(columns())
def test_recoding_to_the_same_labels_changes_nothing(x):
    pd.testing.assert_series_equal(recode(x, lambda label: label), x)
    pd.testing.assert_series_equal(recode(x, {label: label for label in levels(x)}), x)


@given(columns(), s.data())
def test_dropping_what_was_added_gives_the_column_back(x, data):
    anchor = data.draw(s.sampled_from([None, *levels(x)]))
    extended = add_levels(x, [("new", 1), ("new", 2)], before=anchor)
    assert values(extended) == values(x)
    pd.testing.assert_series_equal(drop_levels(extended, [("new", 1), ("new", 2)]), x)


@given(columns())
def test_dropping_unused_levels_leaves_those_in_use_in_their_order(x):
    dropped = drop_levels(x)
    assert levels(dropped) == [label for label in levels(x) if label in set(values(x))]
    assert values(dropped) == values(x)
    pd.testing.assert_series_equal(drop_levels(dropped), dropped)


@given(columns(labels=FEW), s.dictionaries(s.sampled_from("abcde"), s.sampled_from("abcxy")))
def test_recoding_changes_each_value_as_it_says(x, changes):
    x = pd.Series(x.cat.as_unordered())
    changes = {old: new for old, new in changes.items() if old in levels(x)}
    recoded = recode(x, changes)
    assert values(recoded) == [changes.get(cell, cell) for cell in values(x)]
    assert set(levels(recoded)) == {changes.get(level, level) for level in levels(x)}


@given(s.lists(columns(labels=FEW, ordered=False), min_size=1, max_size=4))
def test_joining_keeps_each_value_and_each_level(parts):
    both = concat(parts)
    assert values(both) == [cell for part in parts for cell in values(part)]
    assert set(levels(both)) == {level for part in parts for level in levels(part)}


@given(*[columns(labels=FEW, ordered=False)] * 3)
def test_joining_is_associative_in_values(a, b, c):
    assert values(concat([concat([a, b]), c])) == values(concat([a, concat([b, c])]))


@given(s.lists(s.permutations("abcde").map(lambda p: p[:3]), max_size=4), s.permutations("abcde"))
def test_orders_that_agree_are_all_kept(subsets, order):
    pools = [Pool(tuple(sorted(labels, key=order.index)), True) for labels in subsets]
    merged = Pool.merged(*pools)
    for pool in pools:
        kept = [label for label in merged.levels if label in pool.levels]
        assert kept == list(pool.levels)
    decided = all(
        any({a, b} <= set(pool.levels) for pool in pools)
        for a, b in zip(merged.levels, merged.levels[1:], strict=False)
    )
    assert merged.ordered == (bool(pools) and decided)


@given(s.lists(FEW.map(tuple), max_size=4))
def test_merging_any_orders_gives_each_label_once(parts):
    merged = Pool.merged(*map(Pool, parts))
    assert sorted(merged.levels) == sorted({label for part in parts for label in part})


@given(columns(labels=FEW), s.booleans())
def test_arrow_gives_the_pools_and_values_that_pandas_gives(x, ordered):
    pool = Pool.of(x)
    places = pa.array(x.cat.codes, pa.int8(), mask=x.isna().to_numpy())
    column = pa.DictionaryArray.from_arrays(
        places, pa.array(pool.levels, pa.string()), ordered=pool.ordered
    )
    for act in (
        drop_levels,
        lambda x: add_levels(x, ["z"], ordered=ordered),
        lambda x: recode(x, str.upper),
        lambda x: concat([x, x]),
    ):
        assert Pool.of(act(column)) == Pool.of(act(x))
        assert act(column).to_pylist() == values(act(x))
