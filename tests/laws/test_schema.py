"""Laws of schemas: data is as its own schema says, and a check finds what was broken, no more."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as s

from scitypes import missingness, profiles, tables
from scitypes import strategies as sts
from scitypes.inference import column_scitypes, elscitype
from scitypes.lattice import Continuous, Count, Finite, Infinite, Missing, Textual, nonmissing
from scitypes.schemas import Schema, schema
from scitypes.tables import is_table, selectrows

LIBRARIES = ("pandas", "dict", "polars", "pyarrow")
ANY = (
    s.sampled_from(LIBRARIES).flatmap(lambda library: sts.tables(library=library)).filter(is_table)
)
SPEC = {
    "n": Count,
    "x": Continuous | Missing,
    "note": Textual,
    "sex": Finite | Missing,
}
PLAIN = sts.tables(SPEC, min_rows=1)


def back(of):
    return Schema.from_json(json.loads(json.dumps(of.to_json())))


def numbers(of):
    return [(c.missing, c.distinct, c.low, c.high) for c in of.columns]


def kinds(findings):
    return {(finding.column, finding.kind) for finding in findings}


@given(ANY)
def test_a_schema_has_the_scitypes_and_counts_of_the_columns(X):
    of = schema(X)
    assert of.scitypes == column_scitypes(X)
    assert [c.missing for c in of.columns] == [
        missingness.n_missing(x) for _, x in tables.columns(X)
    ]


@given(ANY)
def test_data_is_as_its_own_schema_says_and_as_the_schema_read_from_json_says(X):
    for of in (schema(X), back(schema(X))):
        found = of.check(X, tolerance=0)
        assert not found
        assert found.to_frame(all=True).empty
        found.raise_if_any(shifts=True)


@given(ANY)
def test_json_and_pickle_keep_a_schema_and_its_numbers(X):
    of = schema(X)
    for again in (back(of), pickle.loads(pickle.dumps(of))):
        assert again == of
        assert hash(again) == hash(of)
        assert numbers(again) == numbers(of)
        assert not of.difference(again)
    assert back(of).to_json() == of.to_json()


@given(PLAIN, s.data())
def test_a_check_finds_what_was_broken_and_nothing_else(X, data):
    of = schema(X)
    broken, expected = X.copy(), set()
    for name in data.draw(s.lists(s.sampled_from(list(SPEC)), unique=True)):
        if data.draw(s.booleans()):
            broken = broken.drop(columns=name)
            expected.add((name, "missing column"))
        elif name == "sex":
            broken[name] = pd.Series([object()] * len(X), index=X.index, dtype=object)
            expected.add((name, "unseen levels"))
        else:
            broken[name] = pd.Timestamp(0)
            if of.scitypes[of.names.index(name)] != Missing:  # whatever comes then is new
                expected.add((name, "retyped"))
    for i in range(data.draw(s.integers(0, 2))):
        broken[f"extra {i}"] = 1
        expected.add((f"extra {i}", "extra column"))
    assert kinds(of.check(broken).faults) == expected
    assert kinds(back(of).check(broken).faults) == expected
    assert set(of.problems(broken)) == {name for name, _ in expected}


@given(PLAIN, s.data())
def test_columns_in_any_order_and_any_rows_are_without_fault(X, data):
    rows = data.draw(s.lists(s.integers(0, len(X) - 1), max_size=6))
    order = data.draw(s.permutations(list(SPEC)))
    found = schema(X).check(selectrows(X[order], rows), tolerance=0)
    assert not found.faults
    assert all(finding.kind == "missing cells" for finding in found)


@given(sts.columns(min_size=1), sts.columns(min_size=1))
def test_shares_are_those_counted_one_by_one(old, new):
    of = schema({"a": old})
    column = of.columns[0]
    found = of.check({"a": new}, tolerance=0)
    shares = {finding.kind: finding.share for finding in found}
    gaps = np.mean([bool(gap) for gap in missingness.missing_mask(new)])
    before = missingness.n_missing(old) / len(old)
    assert shares.get("missing cells", before) == gaps
    present = [x for x in new if not missingness.missing_mask([x])[0]]
    both = elscitype(old) | elscitype(new)
    if nonmissing(both) <= Infinite and column.low is not None and present:
        with np.errstate(over="ignore"):
            beyond = [x for x in present if x < column.low or x > column.high]
        assert shares.get("outside range", 0) == len(beyond) / len(present)
    if column.pool is not None and present:
        strange = sum(len(rows) for _, rows in column.pool.match(new)[1])
        assert shares.get("unseen levels", 0) == strange / len(present)


@given(sts.columns(Infinite | Missing, min_size=1))
def test_a_range_is_that_of_the_present_numbers_and_of_some_of_them(x):
    low, high = profiles.span(x, elscitype(x))
    present = [value for value in x if not missingness.missing_mask([value])[0]]
    if not present:
        assert (low, high) == (None, None)
        return
    mixed = isinstance(low, float)  # then whole numbers among fractions are floats, too
    assert low in (map(float, present) if mixed else present)
    assert high in (map(float, present) if mixed else present)
    assert all(low <= (float(value) if mixed else value) <= high for value in present)
    assert not len(profiles.outside(x, (low, high)))


@given(s.data())
def test_the_difference_is_empty_exactly_for_equal_schemas(data):
    one = schema(data.draw(ANY))
    other = schema(data.draw(ANY)) if data.draw(s.booleans()) else altered(one, data)
    assert (not one.difference(other)) == (one == other)
    assert (not other.difference(one)) == (one == other)
    assert not one.difference(one)


def altered(of, data):
    """The schema with its columns in another order, some of them gone or there twice."""
    columns = data.draw(s.lists(s.sampled_from(of.columns), max_size=5)) if of.columns else []
    container = data.draw(s.sampled_from(["table", "matrix"]))
    return Schema(tuple(columns), container, of.nrows)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_check_says_the_same_of_all_libraries(library):
    spec = {"n": Count, "x": Continuous | Missing, "note": Textual | Missing}
    train = pd.DataFrame({"n": [1, 5], "x": [0.5, 2.5], "note": ["a", "b"]})

    @given(sts.tables(spec, library=library, min_rows=1))
    def holds(X):
        plain = {name: list(column) for name, column in tables.columns(as_pandas(X))}
        one, other = (schema(train).check(x, tolerance=0) for x in (X, plain))
        assert [(f.column, f.kind, f.share, len(f.rows)) for f in one] == [
            (f.column, f.kind, f.share, len(f.rows)) for f in other
        ]

    holds()


def as_pandas(X):
    return X if isinstance(X, (pd.DataFrame, dict)) else pd.DataFrame(as_lists(X))


def as_lists(X):
    lists = X.to_pydict() if hasattr(X, "to_pydict") else X.to_dict(as_series=False)
    return {name: pd.Series(values, dtype=object) for name, values in lists.items()}
