"""Columns of pandas that Arrow holds and can't compare: nested ones, and views of texts."""

import pandas as pd
import pyarrow as pa
import pytest

from scitypes import CoercionError, Count, Multiclass, Textual, coerce, elscitype, plan, schema

NESTED = {
    "list": (pa.list_(pa.int64()), [[1, 2], [3, 4]]),
    "large list": (pa.large_list(pa.int64()), [[1, 2], None]),
    "list of fixed size": (pa.list_(pa.int64(), 2), [[1, 2], [3, 4]]),
    "struct": (pa.struct([("a", pa.int64())]), [{"a": 1}, None]),
    "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1)], [("b", 2)]]),
}
OLD = schema({"x": pd.Categorical(["a", "b"])})


def column(kind, cells):
    return pd.DataFrame({"x": pd.Series(cells, dtype=pd.ArrowDtype(kind), index=["p", "q"])})


@pytest.mark.parametrize(("kind", "cells"), NESTED.values(), ids=NESTED)
def test_a_schema_of_nested_columns_is_shown_saved_and_checked(kind, cells, tmp_path):
    X = column(kind, cells)
    of = schema(X)
    assert of.columns[0].distinct is None
    assert of.columns[0].missing == cells.count(None)
    assert str(of).startswith("table of 2 rows, 1 column")
    of.save(tmp_path / "schema.json")
    assert not of.check(X)
    assert coerce(X, of) is not None


@pytest.mark.parametrize(("kind", "cells"), NESTED.values(), ids=NESTED)
def test_nested_columns_are_refused_as_labels_with_their_rows(kind, cells):
    X = column(kind, cells)
    for target in (Multiclass, Count, Textual):
        with pytest.raises(CoercionError, match="Column 'x'"):
            coerce(X, {"x": target})
    with pytest.raises(CoercionError, match="row 'p'") as caught:
        coerce(X, {"x": Multiclass})
    assert "x.map(str)" in str(caught.value)
    assert coerce(X["x"].map(str), Multiclass, verbosity=0).notna().all()
    assert not plan(X, {"x": Multiclass}).ok
    assert [fault.kind for fault in OLD.check(X).faults] == ["unseen levels"]


@pytest.mark.skipif(not hasattr(pa, "string_view"), reason="this version of Arrow has no views")
def test_views_of_texts_are_texts():
    X = column(pa.string_view(), ["a", None])
    assert (elscitype(X["x"]), schema(X).columns[0].distinct) == (elscitype(["a", None]), 1)
    assert coerce(X, {"x": Multiclass}, verbosity=0)["x"].tolist()[0] == "a"
    assert coerce(X, OLD)["x"].cat.codes.tolist() == [0, -1]
    assert not OLD.check(X, tolerance=0.6)
    levelled = coerce(X, {"x": Multiclass}, levels={"x": ["a", "b"]}, verbosity=0)
    assert levelled.index.tolist() == ["p", "q"]
