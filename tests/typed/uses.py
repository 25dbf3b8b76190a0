"""Example uses of scitypes, for the type checker alone: nothing here is run."""

from typing import assert_type

import scitypes as st


def widened(t: st.Scitype) -> st.Scitype:
    return t | st.Missing


assert_type(st.scitype([1, 2]), st.Scitype)
assert_type(st.schema({"a": [1, 2]}), st.Schema)
