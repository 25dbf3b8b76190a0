"""The tables for people who come from elsewhere say what is so."""

import re
from pathlib import Path

import pandas as pd
import pytest

import scitypes as st

PAGE = Path(__file__).parents[1] / "docs" / "coming_to_scitypes.md"
DTYPE = re.compile(r"^\| `([^`]+)` \| `([A-Za-z]+(?:\[2\])?)` \| .*\|$", re.MULTILINE)
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = DTYPE.findall(TEXT.split("| you write |")[0])
CELLS = {
    "bool": [True, False],
    "boolean": [True, False],
    "str": ["a", "b"],
    "string": ["a", "b"],
    "category": ["a", "b"],
    "datetime64[ns]": ["2026-01-01", "2026-01-02"],
    "timedelta64[ns]": ["1h", "2h"],
    "period[M]": ["2026-01", "2026-02"],
    "interval[int64, right]": pd.interval_range(0, 2),
}


def test_there_are_rows():
    assert len(ROWS) == 15


@pytest.mark.parametrize(("dtype", "scitype"), ROWS, ids=lambda x: x)
def test_a_dtype_has_the_scitype_of_its_row(dtype, scitype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    column = pd.Series(CELLS.get(dtype, [1, 2]), dtype=dtype)
    assert repr(st.elscitype(column)) == scitype


def test_every_name_in_code_is_one_of_scitypes():
    here = [row.split("|")[2:3] for row in TEXT.splitlines() if row.startswith("| `")]
    called = re.findall(r"`(\w+)\(", " ".join(cell for cells in here for cell in cells))
    assert called
    assert [name for name in called if not hasattr(st, name)] == []
