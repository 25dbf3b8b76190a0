"""`df.sci` and `series.sci` are the functions of scitypes."""

import importlib
import subprocess
import sys
import warnings

import pandas as pd
import pytest

import scitypes as st
import scitypes.accessor

X = pd.DataFrame({"age": [31, 44], "sex": ["f", "m"]})
Y = pd.Series(["f", "m", "f"], dtype="category", name="sex")


def test_a_frame_has_the_verbs_on_tables():
    assert X.sci.scitype() == st.scitype(X)
    assert X.sci.schema() == st.schema(X)
    assert X.sci.conforms(st.Table(st.Count, st.Textual))
    assert not X.sci.conforms(st.Table(st.Count))
    coerced = X.sci.coerce({st.Textual: st.Multiclass})
    assert coerced.sci.scitype() == st.Table(st.Count, st.Multiclass[2])
    assert X["sex"].sci.scitype() == st.Vector[st.Textual]
    assert X.sci.coerce({"sex": st.OrderedFactor}, levels={"sex": ["m", "f"]})["sex"].cat.ordered


def test_a_frame_can_be_checked_planned_and_typed():
    found = X.assign(sex=[1, 2]).sci.check(st.schema(X))
    assert [finding.kind for finding in found] == ["retyped"]
    assert X.assign(age=45).sci.check(st.schema(X), tolerance=1) == st.Findings()
    with pytest.raises(st.SchemaMismatch, match=r"schema\(X\) makes one of data"):
        X.sci.check(X)
    assert X.sci.autotype() == st.autotype(X)
    assert X.sci.autotype(("few_to_finite",)) == st.autotype(X, ("few_to_finite",))
    assert X.sci.plan({"age": st.Continuous}).apply(verbosity=0)["age"].tolist() == [31.0, 44.0]


def test_a_series_has_the_verbs_over_levels():
    assert Y.sci.levels() == ["f", "m"]
    assert Y.sci.set_levels(["m", "f"], ordered=True).cat.ordered
    assert Y.sci.codes().tolist() == [0, 1, 0]
    assert Y.sci.schema().names == ["sex"]


def test_importing_it_again_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        importlib.reload(scitypes.accessor)
    assert X.sci.scitype() == st.scitype(X)


def test_it_is_registered_by_its_own_import_only():
    code = "import pandas, scitypes; scitypes.schema([1]); assert not hasattr(pandas.Series, 'sci')"
    subprocess.run([sys.executable, "-c", code], check=True)
