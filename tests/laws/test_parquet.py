"""Laws of Parquet: what is read is what was written, pools and types of labels included."""

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as s

from scitypes.levelling import levels
from scitypes.parquet import read_parquet, write_parquet
from scitypes.pools import Pool
from scitypes.schemas import schema

DAYS = s.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1))
MOMENTS = s.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))
LABELS = s.one_of(
    s.lists(s.text(max_size=3), max_size=5, unique=True),
    s.lists(s.integers(), max_size=5, unique=True),
    s.lists(s.floats(allow_nan=False), max_size=5, unique=True),
    s.lists(s.booleans(), max_size=2, unique=True),
    s.lists(DAYS, max_size=3, unique=True),
    s.lists(s.times(), max_size=3, unique=True),
    s.lists(MOMENTS.map(pd.Timestamp), max_size=3, unique=True),
    s.lists(MOMENTS.map(lambda m: pd.Timestamp(m, tz="UTC")), max_size=3, unique=True),
    s.lists(DAYS.map(lambda day: pd.Period(day, "D")), max_size=3, unique=True),
    s.lists(s.integers(0, 9).map(lambda i: pd.Interval(i, i + 1)), max_size=3, unique=True),
    s.lists(s.integers(0, 9).map(lambda i: pd.Timedelta(i, "s")), max_size=3, unique=True),
    s.lists(s.binary(max_size=3), max_size=3, unique=True),
    s.lists(s.decimals("-9", "9", places=2).map(Decimal), max_size=3, unique=True),
    s.lists(s.text(max_size=2) | s.integers(2, 9) | s.booleans(), max_size=4, unique=True),
    s.lists(s.tuples(s.integers(), s.text(max_size=1)), max_size=3, unique=True),
)


@s.composite
def tables(draw):
    n = draw(s.integers(0, 5))
    columns = {}
    for name in draw(s.lists(s.sampled_from(["a", "b", "c", 0, 1.5]), max_size=3, unique=True)):
        pool = Pool(tuple(draw(LABELS)), draw(s.booleans()))
        places = draw(s.lists(s.integers(-1, len(pool) - 1), min_size=n, max_size=n))
        columns[name] = pool.decode(places)
    whole = s.lists(s.integers(-(2**63), 2**63 - 1) | s.none(), min_size=n, max_size=n)
    columns["n"] = pd.array(draw(whole), dtype="Int64")
    objects = pd.Series(draw(whole), dtype=object)
    index = draw(s.sampled_from([range(n), range(3, 3 + n), [f"r{i}" for i in range(n)]]))
    return pd.DataFrame({**columns, "o": objects}).set_index(pd.Index(index, dtype=None))


def through_a_file(X, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "typed.parquet"
        write_parquet(X, path)
        return read_parquet(path, **options)


@given(tables())
def test_what_is_read_is_what_was_written(X):
    again = through_a_file(X)
    assert schema(again).scitypes == schema(X).scitypes
    assert schema(again).pools == schema(X).pools
    assert schema(again).names == schema(X).names
    assert again.index.tolist() == X.index.tolist()
    for (_, old), (_, new) in zip(X.items(), again.items(), strict=True):
        assert [None if g else x for x, g in zip(new, new.isna(), strict=True)] == [
            None if g else x for x, g in zip(old, old.isna(), strict=True)
        ]
        if isinstance(old.dtype, pd.CategoricalDtype):
            assert list(map(type, levels(new))) == list(map(type, levels(old)))
