"""Folds in time: what trains comes before what is tested, and rows out of order are refused."""

import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import TimeSeriesSplit

from kerasflux.errors import HyperparameterError, ResamplingError
from kerasflux.resampling import InSample, TimeSeriesCV, pairs

DAYS = pd.date_range("2026-01-01", periods=10)
BACKWARDS = DAYS[::-1]


def listed(found):
    return [(train.tolist(), test.tolist()) for train, test in found]


def test_all_rows_train_and_test_in_sample():
    rows = np.array([4, 2, 9])
    ((train, test),) = pairs(InSample(), rows)
    assert train.tolist() == test.tolist() == [4, 2, 9]
    assert train is not test
    with pytest.raises(ResamplingError, match="0 rows"):
        pairs(InSample(), 0)


@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize("test_size", [None, 1, 3])
@pytest.mark.parametrize("max_train_size", [None, 2])
def test_folds_in_time_are_those_of_scikit_learn(gap, test_size, max_train_size):
    ours = TimeSeriesCV(3, gap=gap, test_size=test_size, max_train_size=max_train_size)
    theirs = TimeSeriesSplit(3, gap=gap, test_size=test_size, max_train_size=max_train_size)
    expected = [(train.tolist(), test.tolist()) for train, test in theirs.split(np.zeros(15))]
    assert listed(pairs(ours, 15)) == expected


def test_the_first_rows_that_fill_no_block_train():
    assert listed(pairs(TimeSeriesCV(nfolds=2), 8)) == [
        ([0, 1, 2, 3], [4, 5]),
        ([0, 1, 2, 3, 4, 5], [6, 7]),
    ]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(BACKWARDS),
        pd.Series(BACKWARDS.tz_localize("UTC")),
        pd.Series([d.date() for d in BACKWARDS]),
        pd.Series(pd.PeriodIndex(BACKWARDS, freq="D")),
        [10 - i for i in range(10)],
        np.linspace(1, 0, 10),
        pd.Categorical(list("jihgfedcba"), categories=list("abcdefghij"), ordered=True),
    ],
    ids=["moments", "zoned", "dates", "periods", "integers", "floats", "ordered"],
)
def test_rows_are_sorted_by_times_numbers_and_ordered_factors(column):
    X = pd.DataFrame({"x": np.zeros(10), "when": column})
    (first, *_) = pairs(TimeSeriesCV(nfolds=1, test_size=3, by="when"), 10, X=X)
    assert listed([first]) == [([9, 8, 7, 6, 5, 4, 3], [2, 1, 0])]


def test_rows_are_sorted_by_an_index_or_one_of_its_levels():
    dated = pd.DataFrame({"x": np.arange(10)}, index=BACKWARDS)
    levels = pd.MultiIndex.from_arrays([["a"] * 10, BACKWARDS], names=["shop", "day"])
    for X, by in [
        (dated, "index"),
        (dated.rename_axis("day"), "day"),
        (dated.set_axis(levels), "day"),
        (dated.set_axis(range(10, 0, -1)), "index"),
    ]:
        strategy = TimeSeriesCV(nfolds=1, test_size=2, by=by)
        assert listed(pairs(strategy, 10, X=X)) == [(list(range(9, 1, -1)), [1, 0])]


def test_tables_of_other_kinds_are_sorted_too():
    import polars as pl

    days = [d.date() for d in BACKWARDS]
    for X in ({"day": days}, pl.DataFrame({"day": days})):
        strategy = TimeSeriesCV(nfolds=1, test_size=1, by="day")
        assert pairs(strategy, 10, X=X)[0][1].tolist() == [0]


def test_rows_of_one_time_keep_their_order():
    strategy = TimeSeriesCV(nfolds=1, test_size=2, by="year")
    X = {"year": [2001, 2000, 2001, 2000]}
    assert listed(pairs(strategy, 4, X=X)) == [([1, 3], [0, 2])]


def test_only_the_rows_given_have_to_be_in_order():
    X = pd.DataFrame({"x": np.arange(10)}, index=BACKWARDS)
    rows = np.arange(9, -1, -1)
    assert listed(pairs(TimeSeriesCV(nfolds=1, test_size=2), rows, X=X))[0][1] == [1, 0]


@pytest.mark.parametrize(
    ("X", "y", "said", "remedy"),
    [
        (pd.DataFrame({"x": np.zeros(10)}, index=BACKWARDS), None, "the index", "by='index'"),
        (np.zeros((10, 1)), pd.Series(np.zeros(10), BACKWARDS), "the index", "by='index'"),
        ({"sold": list(BACKWARDS)}, None, "'sold'", "by='sold'"),
        ({"sold": [d.date() for d in BACKWARDS]}, None, "'sold'", "by='sold'"),
        ({"sold": [*DAYS[:9], None]}, None, "'sold'", "by='sold'"),
    ],
    ids=["index", "index of y", "moments", "dates", "missing"],
)
def test_times_that_do_not_increase_are_refused(X, y, said, remedy):
    with pytest.raises(ResamplingError, match="not in the order of time") as caught:
        pairs(TimeSeriesCV(nfolds=2), 10, y, X=X)
    assert said in caught.value.failed
    assert remedy in caught.value.remedy
    assert "row 1," in caught.value.received or "row 9, which has no time" in caught.value.received
    assert len(pairs(TimeSeriesCV(nfolds=2, by=False), 10, y, X=X)) == 2


def test_one_column_of_times_that_increases_is_enough():
    X = {"born": list(BACKWARDS), "sold": list(DAYS)}
    assert len(pairs(TimeSeriesCV(nfolds=2), 10, X=X)) == 2
    with pytest.raises(ResamplingError, match="'born' does not increase"):
        pairs(TimeSeriesCV(nfolds=2), 10, X={"born": X["born"]})


def test_times_of_day_and_numbers_are_no_order_of_time():
    X = {"at": [datetime.time(12 - i) for i in range(10)], "n": [10 - i for i in range(10)]}
    assert len(pairs(TimeSeriesCV(nfolds=2), 10, X=X)) == 2


@pytest.mark.parametrize(
    ("by", "X", "text"),
    [
        ("dat", {"date": list(DAYS)}, "no 'dat' to sort rows by"),
        ("date", np.zeros((10, 1)), "no 'date' to sort rows by"),
        ("date", {"date": [None, *DAYS[1:]]}, "some have no time"),
        ("date", {"date": [f"2026-01-{i + 1}" for i in range(10)]}, "can't be sorted by 'date'"),
        ("date", {"date": pd.Categorical(list("ab") * 5)}, "can't be sorted by 'date'"),
        ("date", {"date": [DAYS[0], *DAYS.tz_localize("UTC")[1:]]}, "can't be sorted by 'date'"),
    ],
)
def test_what_rows_can_not_be_sorted_by_is_refused(by, X, text):
    with pytest.raises(ResamplingError, match=text) as caught:
        pairs(TimeSeriesCV(nfolds=2, by=by), 10, X=X)
    assert caught.value.expected
    assert caught.value.received
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("strategy", "n"),
    [
        (TimeSeriesCV(nfolds=4), 4),
        (TimeSeriesCV(nfolds=2, gap=4), 6),
        (TimeSeriesCV(nfolds=2, test_size=5), 10),
    ],
)
def test_too_few_rows_for_the_first_fold_are_refused(strategy, n):
    with pytest.raises(ResamplingError, match="first fold would train on none") as caught:
        pairs(strategy, n)
    needed = int(caught.value.expected.split()[2])
    assert len(pairs(strategy, needed)) == strategy.nfolds


@pytest.mark.parametrize("values", [{"nfolds": 0}, {"gap": -1}, {"test_size": 0}])
def test_values_that_folds_in_time_can_not_have_are_refused(values):
    with pytest.raises(HyperparameterError):
        TimeSeriesCV(**values)


def test_an_index_of_dates_as_texts_is_an_order_of_time():
    X = pd.DataFrame({"a": range(10)}, index=BACKWARDS.astype(str))
    with pytest.raises(ResamplingError, match="the index does not increase") as caught:
        TimeSeriesCV(3).pairs(10, X=X)
    assert "by='index'" in caught.value.remedy
    expected = listed(TimeSeriesCV(3, by="index").pairs(10, X=X.set_index(BACKWARDS)))
    assert listed(TimeSeriesCV(3, by="index").pairs(10, X=X)) == expected
    assert listed(TimeSeriesCV(3, by="day").pairs(10, X=X.rename_axis("day"))) == expected
    for names in (list("jihgfedcba"), [f"{1009 - i}" for i in range(10)]):
        found = listed(TimeSeriesCV(3).pairs(10, X=X.set_axis(names)))
        assert found == listed(TimeSeriesCV(3).pairs(10))
