"""docs/conversions.md: each cell of its tables is what `coerce` makes of the example beside it."""

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import scitypes
from scitypes.errors import CoercionError
from scitypes.pools import as_categorical

PAGE = (Path(__file__).parents[1] / "docs" / "conversions.md").read_text(encoding="utf-8")
NAMES = {"pd": pd, "pl": pl, "pa": pa, "dt": dt, "Decimal": Decimal, "Fraction": Fraction}
ROW = re.compile(r"\| ([^|]+) \| `(p[dla]\.[^|]+)` \| (.+) \|")
TARGETS = re.findall(r"`(\w+)`", next(line for line in PAGE.splitlines() if "| example |" in line))
ROWS = [match.groups() for line in PAGE.splitlines() if (match := ROW.fullmatch(line))]


def kind(result, x, target):
    """What the page calls a column."""
    if isinstance(result, pl.Series):
        return str(result.dtype.base_type())
    if isinstance(result, pa.Array | pa.ChunkedArray):
        return re.match(r"\w+", str(result.type)).group()
    if isinstance(result.dtype, pd.CategoricalDtype):
        return "ordered levels" if result.dtype.ordered else "levels"
    if result.isna().all():
        return "empty"
    if target in ("Count", "Continuous") and as_categorical(x) is not None:
        return "positions"
    if isinstance(result.dtype, np.dtype) and result.dtype != object:
        return {"f": "floats", "i": "integers", "M": "datetimes"}[result.dtype.kind]
    if getattr(result.dtype, "kind", "O") in "if":
        return {"f": "floats", "i": "integers"}[result.dtype.kind]
    [cells] = {type(cell) for cell in result.dropna()}
    return {str: "texts", dt.date: "dates", dt.time: "times"}[cells]


def cell(x, target):
    try:
        result = scitypes.coerce(x, getattr(scitypes, target), verbosity=-1)
    except CoercionError:
        return "–"
    return "same" if result is x else kind(result, x, target)


@pytest.mark.parametrize(("name", "code", "cells"), ROWS, ids=[f"{r[0]}-{r[1][:2]}" for r in ROWS])
def test_the_page_says_what_coerce_does(name, code, cells):
    x = eval(code, NAMES)
    assert cells.split(" | ") == [cell(x, target) for target in TARGETS]


def test_the_page_has_tables_of_three_libraries_with_the_same_targets():
    heads = [line for line in PAGE.splitlines() if "| example |" in line]
    assert [re.findall(r"`(\w+)`", head) for head in heads] == [TARGETS] * 3
    assert len(TARGETS) == 8
    by_library = [sum(code.startswith(f"{start}.") for _, code, _ in ROWS) for start in NAMES]
    assert min(by_library[:3]) > 15
    assert len(ROWS) == sum(line.startswith("| ") for line in PAGE.splitlines()) - 6
