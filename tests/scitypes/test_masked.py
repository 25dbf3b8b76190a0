"""No verb takes what a masked array holds under its mask for data."""

import numpy as np
import pandas as pd
import pytest

import scitypes as st
from scitypes.pools import Pool

MASKED = np.ma.masked_array([1, 2, 1000], [0, 0, 1])


def test_masked_cells_are_missing_to_every_verb():
    column = st.schema(MASKED).columns[0]
    assert (column.missing, column.distinct, column.low, column.high) == (1, 2, 1, 2)
    assert Pool((1, 2)).codes(MASKED).tolist() == [0, 1, -1]
    assert st.coerce(MASKED, st.Continuous, verbosity=0)[:2].tolist() == [1.0, 2.0]
    assert list(st.coerce(MASKED, st.Multiclass, verbosity=0).categories) == [1, 2]
    assert np.isnan(st.matrix({"a": MASKED, "b": [1.0, 2.0, 3.0]})[2, 0])
    assert np.isnan(st.table(MASKED.reshape(3, 1)).iloc[2, 0])
    assert st.elscitype(st.concat([MASKED, MASKED])) == st.Count | st.Missing
    assert st.elscitype(st.selectrows(MASKED, [2])) == st.Missing
    assert st.autotype({"a": MASKED}, "constants", explain=True).aside == ()
    assert not st.schema(MASKED).check(MASKED)


@pytest.mark.parametrize("dtype", ["U1", "f8", "M8[s]", object])
def test_masked_cells_are_missing_whatever_the_dtype(dtype):
    x = np.ma.masked_array(np.array(["1", "2"]).astype(dtype), [0, 1])
    assert st.schema(x).columns[0].missing == 1
    finite = st.coerce(x, st.Multiclass, verbosity=0)
    assert pd.isna(finite).tolist() == [False, True]
    assert len(finite.categories) == 1
