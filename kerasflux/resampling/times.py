"""Folds that never look ahead: earlier rows train, later ones test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import ResamplingError
from kerasflux.hyperparameters import AtLeast, field
from kerasflux.predictions import index_of
from kerasflux.resampling.base import Pairs, Strategy
from scitypes.containers import series_of
from scitypes.errors import nearest
from scitypes.inference import elscitype
from scitypes.lattice import (
    Infinite,
    Missing,
    Never,
    OrderedFactor,
    ScientificDate,
    ScientificDateTime,
    ScientificTimeType,
    nonmissing,
)
from scitypes.tables import column, is_column, is_table, names

_INDEX = "index"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")  # four digits alone may be the number of anything


class TimeSeriesCV(Strategy):
    """Cross-validation in time: each fold trains on rows before those that it tests.

    Test rows are the last `nfolds` blocks of `test_size` rows; each fold trains on all rows before
    its block, but for the `gap` last of them, and but the `max_train_size` last of the others. So
    training rows grow from fold to fold. Rows of equal times keep their order, and may fall on both
    sides of a cut.

    Without `by` rows have to come in the order of time. If `X` or `y` has an index of times (texts
    that are ISO 8601 dates among them), it is checked, else the columns of `X` that are dates or
    moments, one of which has to increase.

    Args:
        nfolds: the number of folds, at least 1.
        gap: how many rows to leave out between training and test rows.
        test_size: the number of test rows of a fold; None: `n // (nfolds + 1)`.
        max_train_size: the largest number of training rows of a fold; None: no limit.
        by: the name of a column of `X` to sort by (times, numbers, or an OrderedFactor), of the
            index or one of its levels, or `"index"`. None: rows are in order, which is checked
            where there are times. False: rows are in order, whatever times say.

    Raises:
        HyperparameterError: no folds, a negative gap.
        ResamplingError: too few rows for the first fold to train on one; times that do not increase
            though `by` is None; a column that is not there, has missing values, or can't be sorted.

    Example:
        >>> for train, test in TimeSeriesCV(nfolds=2, gap=1).pairs(7):
        ...     print(train, test)
        [0 1] [3 4]
        [0 1 2 3] [5 6]
        >>> X = {"day": [3, 1, 2]}
        >>> TimeSeriesCV(nfolds=1, test_size=1, by="day").pairs(3, X=X)
        [(array([1, 2]), array([0]))]

    Source: `TimeSeriesCV` of MLJBase.jl, which warns where rows are not sorted;
    `sklearn.model_selection.TimeSeriesSplit`.
    """

    nfolds: int = field(4, allowed=AtLeast(1), doc="the number of folds")
    gap: int = field(0, allowed=AtLeast(0), doc="rows left out between training and test rows")
    test_size: int | None = field(None, allowed=AtLeast(1), doc="rows that a fold tests")
    max_train_size: int | None = field(None, allowed=AtLeast(1), doc="the most rows to train on")
    by: Any = field(None, doc="what rows are sorted by; None: rows are in order of time")

    def split(self, rows: np.ndarray, y: Any = None, X: Any = None, groups: Any = None) -> Pairs:
        rows = in_order_of_time(rows, X, y, self.by)
        n, size = len(rows), self.test_size or len(rows) // (self.nfolds + 1)
        first = n - self.nfolds * size  # where the first test block starts
        if size < 1 or first - self.gap < 1:
            raise self._too_few(n)
        return [self._pair(rows, start, size) for start in range(first, n, size)]

    def _pair(self, rows: np.ndarray, start: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        end = start - self.gap
        begin = 0 if self.max_train_size is None else max(0, end - self.max_train_size)
        return rows[begin:end], rows[start : start + size]

    def _too_few(self, n: int) -> ResamplingError:
        needed = (self.gap + 1) * (self.nfolds + 1)
        if self.test_size is not None:
            needed = self.nfolds * self.test_size + self.gap + 1
        return ResamplingError(
            f"{self!r} can't be made of {n} rows: the first fold would train on none.",
            expected=f"at least {needed} rows",
            received=f"{n}",
            remedy="Give more rows, or a smaller nfolds, test_size or gap.",
        )


def in_order_of_time(rows: np.ndarray, X: Any, y: Any, by: Any) -> np.ndarray:
    """Rows in the order of time: sorted by `by`, or as they are if nothing speaks against it.

    >>> in_order_of_time(np.array([0, 1, 2]), {"year": [1999, 1980, 1985]}, None, "year")
    array([1, 2, 0])
    """
    if by is None:
        _refuse_disorder(rows, X, y)
    if by is None or by is False:
        return rows
    times = _ranks(by, _named(by, X, y))[rows]
    if (times < 0).any():
        raise ResamplingError(
            f"Rows can't be sorted by {by!r}: some have no time.",
            expected=f"a value of {by!r} in each row",
            received=f"{int((times < 0).sum())} of {len(rows)} missing, the first in row "
            f"{rows[np.flatnonzero(times < 0)[0]]}",
            remedy="Leave those rows out: `rows=` of `evaluate`.",
        )
    return np.asarray(rows[np.argsort(times, kind="stable")])


def _refuse_disorder(rows: np.ndarray, X: Any, y: Any) -> None:
    """Refuse rows that are not in the order of any of their times."""
    found = {name: _ranks(name, times)[rows] for name, times in _times(X, y)}
    if not found or any(_increases(times) for times in found.values()):
        return
    name, times = next(iter(found.items()))
    missing, back = times < 0, np.flatnonzero(np.diff(times) < 0)
    what = "the index" if _INDEX in found else " and ".join(map(repr, found))
    at = np.flatnonzero(missing)[0] if missing.any() else back[0] + 1
    why = "has no time" if missing.any() else "is earlier than the row before it"
    raise ResamplingError(
        f"Rows are not in the order of time: {what} does not increase.",
        expected="rows from the earliest to the latest, each with a time",
        received=f"row {rows[at]}, which {why}",
        remedy=f"`TimeSeriesCV(..., by={name!r})` sorts by it; `by=False` takes the rows as they "
        "come.",
    )


def _increases(times: np.ndarray) -> bool:
    return bool((times >= 0).all() and (np.diff(times) >= 0).all())


def _times(X: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """What says when a row was: an index of times, else each column of dates or moments."""
    index = _index(X, y)
    written = None if index is None or index.nlevels > 1 else _index_times(index)
    if written is not None and _is_time(written):
        yield _INDEX, written
    elif is_table(X):
        for i, name in enumerate(names(X)):
            if _is_time(column(X, i)):
                yield name, column(X, i)


def _is_time(values: Any) -> bool:
    if isinstance(getattr(values, "dtype", None), pd.PeriodDtype):
        return True
    kind = nonmissing(elscitype(values)) if len(values) else Missing
    return bool(Never != kind <= ScientificDate | ScientificDateTime)


def _index(X: Any, y: Any) -> pd.Index | None:
    """The labels of the rows, if they are more than their numbers; of y where X has none."""
    found = [index_of(X), index_of(y)]
    return next((i for i in found if i is not None and not isinstance(i, pd.RangeIndex)), None)


def _index_times(index: pd.Index) -> pd.Series:
    """The values of an index; texts that all are dates, as a file has them, as moments.

    >>> _index_times(pd.Index(["2026-01-02", "2026-01-01"])).dtype.kind
    'M'
    """
    values = index.to_series()
    if len(values) and _DAY.match(str(values.iloc[0])) and isinstance(values.iloc[0], str):
        try:
            return pd.to_datetime(values, format="ISO8601")
        except (ValueError, TypeError):  # other texts, or moments of several zones
            pass
    return values


def _named(by: Any, X: Any, y: Any) -> Any:
    """The column, index or level of an index that rows are sorted by."""
    known = list(names(X)) if is_table(X) else []
    if by in known:
        return column(X, known.index(by))
    index = index_of(X) if index_of(X) is not None else index_of(y)
    if index is not None and by in index.names:
        return _index_times(index.get_level_values(by))
    if index is not None and isinstance(by, str) and by == _INDEX and index.nlevels == 1:
        return _index_times(index)
    levels = [] if index is None else [name for name in index.names if name is not None]
    raise ResamplingError(
        f"There is no {by!r} to sort rows by.",
        expected="the name of a column, or of an index, of X",
        received=f"by={by!r}; X has " + (", ".join(map(repr, [*known, *levels])) or "no columns"),
        remedy=nearest(by, [str(name) for name in [*known, *levels]])
        or "Times that are no inputs may be the index: `X.index = times`, and y's; then "
        "`by='index'`. `by=None` takes rows in the order in which they come.",
    )


def _ranks(name: Any, values: Any) -> np.ndarray:
    """The rank of each value among those that occur, -1 where it is missing."""
    if not is_column(values) or not _sorts(values):
        raise _not_sortable(name, values)
    series = series_of(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.codes.to_numpy().astype(np.int64)
    try:
        return np.asarray(pd.factorize(series, sort=True)[0], dtype=np.int64)
    except TypeError:  # times with and without a zone
        raise _not_sortable(name, values) from None


def _sorts(values: Any) -> bool:
    kind = nonmissing(elscitype(values)) if len(values) else Missing
    return bool(_is_time(values) or kind <= Infinite | OrderedFactor | ScientificTimeType)


def _not_sortable(name: Any, values: Any) -> ResamplingError:
    kind = elscitype(values) if is_column(values) else type(values).__name__
    return ResamplingError(
        f"Rows can't be sorted by {name!r}.",
        expected="dates, moments, numbers or an OrderedFactor",
        received=f"{kind}",
        remedy=f"Texts that are dates: `X = coerce(X, {{{name!r}: ScientificDate}})`.",
    )
