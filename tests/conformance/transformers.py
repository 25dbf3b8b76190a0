"""The rows of the conformance tests of transformers: each with data, typed and as a CSV has it."""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import kerasflux as kf

N = 40


@dataclass(frozen=True)
class Row:
    """A transformer with data.

    Attributes:
        name: what the tests call it.
        model: makes the model.
        X: data of its scitypes.
    """

    name: str
    model: Callable[..., Any]
    X: Any

    def fitted(self, **changes: Any) -> kf.Machine:
        return kf.machine(self.model(**changes), self.X).fit(verbosity=0)


def houses() -> pd.DataFrame:
    """A table with a column of each kind that a CSV file may hold."""
    draw = np.random.default_rng(3)
    days = [dt.date(2024, 2, 20) + dt.timedelta(int(d)) for d in draw.integers(0, 800, N)]
    seen = pd.Timestamp("1999-12-30") + pd.to_timedelta(draw.integers(0, 10**8, N), unit="s")
    return pd.DataFrame(
        {
            "size": draw.normal(3, 2, N),
            "rooms": draw.integers(1, 9, N),
            "town": pd.Categorical(draw.choice(["Ox", "Ur"], N), ["Ur", "Ox", "Nowhere"]),
            "stars": pd.Categorical(draw.choice([1, 2, 3], N), [1, 2, 3], ordered=True),
            "sold": days,
            "seen": seen,
            "opens": [dt.time(int(h), 30) for h in draw.integers(0, 24, N)],
        },
        index=[f"house {i}" for i in range(N)],
    )


def with_gaps(X: pd.DataFrame) -> pd.DataFrame:
    """The table without one cell of each column."""
    X = X.astype({"rooms": "Int64"})
    for i, name in enumerate(X.columns):
        X[name] = X[name].mask(np.arange(len(X)) == 3 * i)
    return X


def as_csv(X: pd.DataFrame) -> pd.DataFrame:
    """The table as pandas reads it from a CSV file: dates are text, missing numbers make floats."""
    return pd.read_csv(io.StringIO(X.to_csv()), index_col=0)


X, GAPS = houses(), with_gaps(houses())
NUMBERS = X[["size", "rooms"]]
MATRIX = np.random.default_rng(4).normal(size=(N, 3))
HOLES = np.where(MATRIX > 1.5, np.nan, MATRIX)

ROWS = [
    Row("standardizer", kf.Standardizer, NUMBERS),
    Row("standardizer of everything", kf.Standardizer, X),
    Row("standardizer with gaps", lambda **o: kf.Standardizer(count=True, **o), GAPS),
    Row("standardizer of ranks", lambda **o: kf.Standardizer(ordered_factor=True, **o), GAPS),
    Row("standardizer of a matrix", kf.Standardizer, MATRIX),
    Row("one hot", kf.OneHotEncoder, X),
    Row("one hot with gaps", lambda **o: kf.OneHotEncoder(drop_last=True, **o), GAPS),
    Row("continuous", kf.ContinuousEncoder, X),
    Row("continuous with gaps", kf.ContinuousEncoder, GAPS),
    Row("imputer", kf.FillImputer, X),
    Row("imputer with gaps", kf.FillImputer, GAPS),
    Row("imputer of a matrix", kf.FillImputer, HOLES),
    Row("dates", kf.DateTimeEncoder, X),
    Row("dates with gaps", lambda **o: kf.DateTimeEncoder(cyclic=False, **o), GAPS),
    Row("selector", lambda **o: kf.FeatureSelector(features=("size", "town"), **o), X),
]
TABLES = [row for row in ROWS if isinstance(row.X, pd.DataFrame)]
WHOLE = [row for row in TABLES if len(row.X.columns) == len(X.columns)]
