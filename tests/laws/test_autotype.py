"""Laws of `autotype`: its suggestions can be followed, and depend on values alone."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as s

from scitypes import strategies as sts
from scitypes.autorules import RULES as EVERY
from scitypes.autotyping import autotype
from scitypes.coercion import coerce
from scitypes.inference import column_scitypes
from scitypes.lattice import Finite, Missing, Never, nonmissing
from scitypes.schemas import schema
from scitypes.tables import is_table, names

RULES = sorted(EVERY)
ORDERS = s.lists(s.sampled_from(RULES), min_size=1, max_size=5, unique=True)
DAYS = s.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))
CELLS = (
    s.text(max_size=2),
    s.sampled_from(["yes", "no", "Yes", " no", "t", "f", "true", "False"]),
    s.sampled_from(["1", "2.5", "1e3", " 7 ", "007", "-0", "9" * 30, "n/a", "1,200"]),
    s.sampled_from(["04109", "10115", "80331", "50667", "20095", "00000"]),
    DAYS.map(str),
    s.sampled_from(["2024-05-31 17:30", "2024-05-31", "2024-05-31T17:30Z", "9999-12-31"]),
    s.times().map(lambda time: str(time.replace(microsecond=0))),
    s.integers(-3, 3) | s.sampled_from([2**53, 2**53 + 1, 2**62, -(2**62)]),
    s.integers(-3, 3) | s.booleans() | s.sampled_from([2**70, 10**400]),
    s.booleans(),
    s.sampled_from([0.0, -0.0, 1.5, 2.0, float("inf"), float("nan")]),
    DAYS,
    s.times(),
    s.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2100, 1, 1)),
    s.sampled_from([1, "a", 1.5, True, b"x", (1, 2)]),
)
NAMES = ["a", "zip", "user_id", "x y", 0]


@s.composite
def tables(draw, max_rows=8):
    n = draw(s.integers(0, max_rows))
    made = {}
    for name in draw(s.lists(s.sampled_from(NAMES), min_size=1, max_size=3, unique=True)):
        cells = draw(s.sampled_from(CELLS)) | draw(s.sampled_from([s.nothing(), s.none()]))
        values = draw(s.lists(cells, min_size=n, max_size=n))
        if draw(s.booleans()) and n:
            values = [*values, *range(25)] if draw(s.booleans()) else values
        made[name] = values
    n = max(map(len, made.values()))
    return {name: values + [None] * (n - len(values)) for name, values in made.items()}


def frame(X):
    return pd.DataFrame({name: pd.Series(x, dtype=object) for name, x in X.items()})


def inferred(X):
    """As pandas reads lists: with its own dtypes, unless numbers are too large for it."""
    try:
        return frame(X).infer_objects()
    except OverflowError:  # by pandas 2
        return frame(X)


def followed(X, types):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return coerce(X, types, verbosity=-1)


@pytest.mark.parametrize("make", [dict, frame, inferred])
@given(tables(), ORDERS)
def test_a_suggestion_can_always_be_followed(make, X, rules):
    X = make(X)
    types = autotype(X, rules)
    done = schema(followed(X, types))
    for name, found in zip(done.names, done.scitypes, strict=True):
        assert name not in types or found <= types[name]


@given(s.lists(s.integers(-3, 3) | s.none(), max_size=9), ORDERS)
def test_a_suggestion_for_an_arrow_table_can_be_followed(values, rules):
    X = pa.table({"a": pa.array(values, pa.int64()), "b": [str(value) for value in values]})
    types = autotype(X, rules)
    found = dict(zip(["a", "b"], column_scitypes(followed(X, types)), strict=True))
    assert all(found[name] <= types[name] for name in types)


@pytest.mark.parametrize("library", ["pandas", "dict", "pyarrow"])
@given(s.data(), ORDERS)
def test_a_suggestion_can_be_followed_whatever_the_columns_hold(library, data, rules):
    X = data.draw(sts.tables(library=library))
    if not is_table(X):
        return  # An empty dict is no table.
    types = autotype(X, rules)
    found = dict(zip(names(X), column_scitypes(followed(X, types)), strict=True))
    assert all(found[name] <= types[name] for name in types)


@given(tables(), ORDERS)
def test_only_changes_leaves_out_what_does_not_change(X, rules):
    every = autotype(X, rules, only_changes=False)
    found = dict(zip(X, column_scitypes(X), strict=True))
    assert autotype(X, rules) == {name: t for name, t in every.items() if t != found[name]}
    assert autotype(X, rules, explain=True).types == autotype(X, rules)
    assert {one.name: one.found for one in autotype(X, rules, explain=True)} == found


@given(tables(), ORDERS)
def test_missing_stays_where_it_is(X, rules):
    for one in autotype(X, rules, explain=True):
        assert (one.found == one.found | Missing) == (one.suggested == one.suggested | Missing)


@given(tables(), s.sampled_from(RULES))
def test_a_rule_twice_is_the_rule_once(X, rule):
    assert autotype(X, (rule, rule), explain=True) == autotype(X, rule, explain=True)


@given(tables(), ORDERS)
def test_what_is_finite_stays(X, rules):
    X = followed(frame(X), autotype(frame(X), "string_to_multiclass"))
    for one in autotype(X, rules, explain=True):
        if nonmissing(one.found) != Never and nonmissing(one.found) <= Finite:
            assert one.suggested == one.found


@given(tables(), ORDERS, s.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(X, rules, random):
    n = len(next(iter(X.values())))
    at = random.sample(range(n), n)
    shuffled = {name: [x[i] for i in at] for name, x in X.items()}
    assert autotype(shuffled, rules) == autotype(X, rules)
    assert autotype(shuffled, rules, explain=True).aside == autotype(X, rules, explain=True).aside


@given(tables(), s.integers(2, 30))
def test_repeating_rows_turns_only_more_into_classes(X, k):
    more = autotype({name: x * k for name, x in X.items()}, "few_to_finite")
    for name, t in autotype(X, "few_to_finite").items():
        assert more[name] == t


@given(tables(), ORDERS)
def test_nothing_is_modified(X, rules):
    data = frame(X)
    before = data.copy(deep=True)
    autotype(data, rules)
    pd.testing.assert_frame_equal(data, before)


@given(s.lists(s.integers(0, 30), max_size=60))
def test_storage_does_not_matter(codes):
    stored = [codes, np.array(codes, dtype="int64"), pd.Series(codes, dtype="Int64")]
    stored += [pa.array(codes, pa.int64()), pd.Series(codes, dtype="int64[pyarrow]")]
    rules = ("identifiers", "few_to_finite", "discrete_to_continuous")
    assert len({autotype(x, rules) for x in stored if len(codes)}) <= 1
