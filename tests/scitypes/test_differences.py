"""The difference between two schemas, in words."""

import numpy as np
import pandas as pd
import pytest

from scitypes.errors import SchemaMismatch
from scitypes.pools import Pool
from scitypes.schemas import Schema, schema


def lines(old, new):
    return list(schema(old).difference(schema(new)).lines)


def of(levels, ordered=False, values=()):
    return {"sex": pd.Categorical(list(values), categories=levels, ordered=ordered)}


def test_equal_schemas_have_no_difference():
    same = schema({"a": [1, 2]}).difference(schema({"a": [7, 8, 9]}))
    assert (bool(same), len(same), str(same)) == (False, 0, "no difference")


def test_columns_and_containers_that_come_and_go_are_told():
    assert lines({"a": [1], "rent": [1.5]}, {"zip": ["8001"], "a": [1]}) == [
        "'rent' is gone",
        "'zip' is new: Textual",
    ]
    assert lines([1], {"y": [1]}) == ["a vector, now a table"]
    assert lines(np.zeros((1, 1)), {"x1": np.zeros(1)}) == ["a matrix, now a table"]
    assert lines({"a": [1], "b": [2]}, {"b": [1], "a": [2]}) == ["columns in another order"]
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert lines(twice, twice.iloc[:, :1]) == ["'a' is gone"]
    assert lines({"1": [1]}, {1: [1]}) == ["'1' is gone", "1 is new: Count"]


def test_scitypes_and_types_are_told_in_one_line():
    assert lines({"age": [1]}, {"age": [1.5, None]}) == ["'age': Count, now Continuous | Missing"]
    old, new = pd.DataFrame({"age": [1]}), pd.DataFrame({"age": [1]}, dtype="Int64")
    assert lines(old, new) == ["'age': int64, now Int64"]


def test_levels_are_told_one_by_one_and_together():
    assert lines(of(["f", "m"]), of(["f", "x"])) == [
        "'sex': level 'x' is new",
        "'sex': level 'm' is gone",
    ]
    assert lines(of(["f"]), of(["f", *"abc"])) == ["'sex': 3 levels are new: 'a', 'b', 'c'"]
    assert lines(of(["f", "m"]), of(["m", "f"])) == [
        "'sex': levels in another order: f, m, now m, f"
    ]
    assert lines(of(["f"]), of(["f"], ordered=True)) == ["'sex': levels are ordered now"]
    assert lines(of(["f"], ordered=True), of(["f"])) == ["'sex': levels are not ordered any more"]
    assert lines(of([1]), of([1.0])) == ["'sex': level 1.0 is new", "'sex': level 1 is gone"]
    assert lines(of(["f"], values=["f"]), of(["f"], values=["f", None])) == [
        "'sex': cells are missing now"
    ]
    assert lines(of(["f"], values=[None]), of(["f"])) == ["'sex': no cells are missing now"]


def test_pools_that_come_and_go_are_told():
    text = {"sex": ["f", "m"]}
    assert lines(text, of(["f", "m"])) == [
        "'sex': Textual, now Multiclass[2]",
        "'sex': levels now: 'f', 'm'",
    ]
    assert lines(of(["f", "m"]), text) == [
        "'sex': Multiclass[2], now Textual",
        "'sex': no levels any more",
    ]


def test_it_prints_as_its_lines():
    found = schema(of(["f"])).difference(schema({**of(["f", "m"], values=["f"]), "a": [1]}))
    assert str(found) == repr(found) == "'a' is new: Count\n'sex': level 'm' is new"
    assert len(found) == 2


def test_a_schema_read_back_is_no_different():
    s = schema(pd.DataFrame({"a": [1.5], "b": pd.Categorical([True], categories=[True, False])}))
    assert not s.difference(Schema.from_json(s.to_json()))
    assert s.pools[1] == Pool((True, False))


def test_only_schemas_are_compared():
    with pytest.raises(SchemaMismatch, match=r"A schema is needed here"):
        schema([1]).difference([1])
