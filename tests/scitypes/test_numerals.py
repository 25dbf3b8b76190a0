"""Numerals and ISO texts: equal texts are read once, and nothing comes out otherwise for it."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as s

from scitypes.numerals import parsed
from scitypes.times import to_dates, to_datetimes, to_times

TEXTS = [
    *("1", " 1 ", "1.0", "1e3", "-0", "00", "9" * 30, "1e400", "nan", "1,5", ""),
    *("2024-05-31", "2024-02-30", "31.5.2024", "17:30", "17:30:01.5", "25:00"),
    *("2024-05-31 17:30", "2024-05-31T17:30:00Z", "2024-05-31T17:30:00+02:00", "2024-05-31T17"),
]
COLUMNS = s.tuples(
    s.lists(s.sampled_from([*TEXTS, None]), max_size=6), s.sampled_from(["str", object, "string"])
).map(lambda drawn: pd.Series(drawn[0], dtype=drawn[1]))


def typed(values):
    return [(type(value), repr(value)) for value in values]


@given(COLUMNS, s.sampled_from([parsed, to_dates, to_times]))
def test_each_cell_is_read_as_if_it_stood_alone(column, read):
    values, bad = read(column)
    for row in range(len(column)):
        alone, refused = read(column.iloc[[row]])
        assert typed(values[[row]]) == typed(alone)
        assert (row in bad) == (refused == [0])


@given(COLUMNS, s.integers(1, 3))
def test_repeating_moments_repeats_what_they_are_read_as(column, times):
    values, bad = to_datetimes(column)
    longer, more = to_datetimes(pd.concat([column] * (times + 2)))
    n = len(column)
    assert more == [row + i * n for i in range(times + 2) for row in bad]
    assert typed(longer) == typed(list(values) * (times + 2))
    if not bad:
        assert longer.dtype == values.dtype


def test_moments_of_other_zones_than_the_first_are_refused_in_every_row():
    rome, utc = "2024-05-31T17:30:00+02:00", "2024-05-31T17:30:00Z"
    column = pd.Series([None, rome, utc, rome, utc] * 3)
    assert to_datetimes(column)[1] == [2, 4, 7, 9, 12, 14]


@pytest.mark.parametrize("cells", [[1, "2"], [True, 1], ["1", [2]]])
def test_cells_that_are_no_texts_are_read_one_by_one(cells):
    column = pd.Series(cells * 5, dtype=object)
    values, bad = parsed(column)
    assert [row % 2 for row in bad] == [1] * 5 * (cells[1] == [2])
    assert type(values[0]) is type(cells[0]) or values[0] == 1


def test_dates_and_moments_mix():
    column = pd.Series([dt.date(2024, 1, 1), np.datetime64("2024-01-02"), "2024-01-03"] * 3)
    values, bad = to_datetimes(column)
    assert bad == []
    assert values.dt.day.tolist() == [1, 2, 3] * 3
