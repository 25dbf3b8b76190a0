"""Dates, moments and times as numbers: the parts, their names, texts in files and in graphs."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf
from kerasflux.transformers.calendar import PARTS, moments

DAYS = [dt.date(2024, 2, 29), dt.date(2026, 11, 21), dt.date(1969, 12, 31)]
SEEN = pd.DatetimeIndex(
    [pd.Timestamp(t) for t in ("2024-02-29", "2026-11-21 12:30:15.5", "1969-12-31 23:59:59")]
)
OPENS = [dt.time(0), dt.time(12, 30), dt.time(23, 59, 59, 999999)]
X = pd.DataFrame({"sold": DAYS, "seen": SEEN, "opens": OPENS})


def fitted(X=X, **options):
    return kf.machine(kf.DateTimeEncoder(**options), X).fit(verbosity=0)


def parts(column, part, X=X):
    out = fitted(X[[column]], parts=part, cyclic=False).transform()
    return out[f"{column}__{part}"].tolist()


def test_the_default_parts_are_the_trend_the_season_the_week_and_the_time():
    names = list(fitted(cyclic=False).transform().columns)
    assert names == [
        *("sold__elapsed", "sold__month", "sold__weekday"),
        *("seen__elapsed", "seen__month", "seen__weekday", "seen__time"),
        "opens__time",
    ]


def test_each_part_is_what_the_calendar_says():
    assert parts("sold", "year") == [2024, 2026, 1969]
    assert parts("sold", "quarter") == [1, 4, 4]
    assert parts("sold", "month") == [2, 11, 12]
    assert parts("sold", "day") == [29, 21, 31]
    assert parts("sold", "day_of_year") == [60, 325, 365]
    assert parts("sold", "weekday") == [3, 5, 2]
    assert parts("seen", "hour") == [0, 12, 23]
    assert parts("seen", "minute") == [0, 30, 59]
    assert parts("seen", "second") == [0, 15, 59]
    assert parts("seen", "time") == pytest.approx([0, 12 + 30.2583333333 / 60, 24 - 1 / 3600])
    assert parts("opens", "time") == pytest.approx([0, 12.5, 24])


def test_days_are_counted_from_the_earliest_training_row():
    mach = kf.machine(kf.DateTimeEncoder(parts="elapsed"), X[["sold", "seen"]])
    mach.fit(rows=[0, 1], verbosity=0)
    assert mach.fitted_params["since"] == {"sold": "2024-02-29", "seen": "2024-02-29T00:00:00"}
    out = mach.transform()
    assert out["sold__elapsed"].tolist() == [0, 996, -19783]
    assert out["seen__elapsed"].tolist() == pytest.approx([0, 996.5210127, -19782.0000116])


def test_what_comes_round_again_lies_on_a_circle():
    months = pd.DataFrame({"d": [dt.date(2025, m, 1) for m in range(1, 13)]})
    out = fitted(months, parts=["month"]).transform().to_numpy()
    assert (out**2).sum(axis=1) == pytest.approx(np.ones(12))
    steps = np.linalg.norm(out - np.roll(out, 1, axis=0), axis=1)
    assert steps == pytest.approx(np.full(12, steps[0]))  # December is as near to January


def test_years_and_days_that_have_passed_lie_on_no_circle():
    names = fitted(X[["sold"]], parts=["year", "elapsed", "weekday"]).transform().columns
    assert list(names) == ["sold__year", "sold__elapsed", "sold__weekday_sin", "sold__weekday_cos"]


def test_missing_dates_are_missing_in_all_their_parts():
    gaps = X.apply(lambda column: column.where(column.index != 1))
    assert fitted(gaps).transform().isna().all(axis=1).tolist() == [False, True, False]
    assert fitted().transform(gaps).isna().all(axis=1).tolist() == [False, True, False]


def test_iso_texts_are_read_as_dates_by_a_fitted_machine():
    texts = pd.DataFrame(
        {
            "opens": ["12:30", "12:30:00", None],
            "seen": ["2026-11-21T12:30:15.5", "2026-11-21 12:30:15.500", "2026-11-21"],
            "sold": ["2026-11-21", None, "2026-11-21"],
        }
    )
    out = fitted(cyclic=False).transform(texts)
    assert out["sold__month"].tolist() == pytest.approx([11, np.nan, 11], nan_ok=True)
    assert out["seen__elapsed"][0] == out["seen__elapsed"][1] > out["seen__elapsed"][2]
    assert out["opens__time"].tolist() == pytest.approx([12.5, 12.5, np.nan], nan_ok=True)


def test_texts_in_another_form_are_refused_by_column():
    with pytest.raises(kf.SchemaMismatch, match="sold") as caught:
        fitted(X[["sold"]]).transform(pd.DataFrame({"sold": ["21.11.2026"]}))
    assert "%d.%m.%Y" in str(caught.value)


def test_parts_that_a_column_has_not_are_left_out_and_one_is_needed():
    out = fitted(X[["sold", "opens"]], parts=["month", "hour"], cyclic=False).transform()
    assert list(out.columns) == ["sold__month", "opens__hour"]
    with pytest.raises(kf.ScitypeMismatch, match="'opens'"):
        kf.machine(kf.DateTimeEncoder(parts="year"), X)


@pytest.mark.parametrize("given", ["mnth", ("year", "mnth"), ()])
def test_unknown_parts_are_refused(given):
    with pytest.raises(kf.HyperparameterError, match="month"):
        kf.DateTimeEncoder(parts=given)


def test_moments_with_a_zone_are_read_in_the_zone_of_the_training_data():
    utc = SEEN.tz_localize("UTC")
    mach = fitted(pd.DataFrame({"t": utc.tz_convert("Asia/Tokyo")}), parts="hour", cyclic=False)
    expected = [9.0, 21.0, 8.0]
    assert mach.transform()["t__hour"].tolist() == expected
    assert mach.transform(pd.DataFrame({"t": utc}))["t__hour"].tolist() == expected
    with pytest.raises(kf.NotExportable, match=r"'t'(.|\n)*Asia/Tokyo"):
        mach.fitted_model.serving(mach.fitted)


def test_dates_beyond_the_range_of_nanoseconds_are_read():
    days, seconds, gaps = moments([dt.date(1, 1, 1), dt.date(9999, 12, 31)])
    assert days.tolist() == [-719162, 2932896]
    assert not seconds.any()
    assert not gaps.any()


def served(mach, **texts):
    import tensorflow as tf

    module = mach.fitted_model.serving(mach.fitted)
    return {n: v.numpy() for n, v in module({n: tf.constant(t) for n, t in texts.items()}).items()}


def test_the_graph_reads_what_the_machine_reads():
    mach = fitted(parts=PARTS)
    texts = {
        "sold": ["2024-02-29", " 2026-11-21", "", "0001-01-01", "9999-12-31"],
        "seen": [
            "2024-02-29",
            "2026-11-21 12:30",
            "",
            "1969-12-31T23:59:59",
            "1999-01-01T00:00:00.25",
        ],
        "opens": ["00:00", "12:30:15", "", "23:59:59.999999", "01:02:03.5"],
    }
    rows = pd.DataFrame({n: [t or None for t in column] for n, column in texts.items()})
    expected = mach.transform(rows)
    for name, values in served(mach, **texts).items():
        assert values == pytest.approx(expected[name].to_numpy(), abs=1e-9, nan_ok=True), name


@pytest.mark.parametrize(
    ("column", "text"),
    [
        *(("sold", t) for t in ("21.11.2026", "2026-02-30", "2026-13-01", "2026-11-21T00:00", "x")),
        *(("seen", t) for t in ("2026-11-21T24:00", "2026-11-21T12:30Z", "12:30")),
        *(("opens", t) for t in ("24:00", "12:60", "12:30:60", "1230")),
    ],
)
def test_the_graph_refuses_what_is_no_date_by_column(column, text):
    import tensorflow as tf

    with pytest.raises(tf.errors.InvalidArgumentError, match=f"'{column}'"):
        served(fitted(X[[column]]), **{column: ["", text]})


def test_a_circle_begins_with_the_first_of_its_period_and_ends_before_it():
    days = [dt.date(2024, 1, 1), dt.date(2023, 7, 2), dt.date(2024, 12, 31), dt.date(2023, 12, 31)]
    out = fitted(pd.DataFrame({"d": days}), parts=["day_of_year", "month"]).transform()
    turns = np.arctan2(out["d__day_of_year_sin"], out["d__day_of_year_cos"]) / (2 * np.pi) % 1
    assert turns.tolist() == pytest.approx([0, 182 / 365, 365 / 366, 364 / 365])
    assert out["d__month_sin"][0] == 0
    assert out["d__month_cos"].tolist()[:2] == pytest.approx([1, -1])


def test_a_network_that_is_given_dates_says_what_makes_numbers_of_them():
    with pytest.raises(kf.ScitypeMismatch, match=r"kf\.DateTimeEncoder\(\)"):
        kf.machine(kf.NeuralNetworkRegressor(), X[["sold"]], [1.0, 2.0, 3.0])


def test_moments_with_a_zone_are_refused_where_there_was_none_in_training():
    mach = fitted(X[["seen"]])
    for later in (SEEN.tz_localize("UTC"), ["2026-11-21T12:30+01:00"] * 3):
        with pytest.raises(kf.DataError, match=r"'seen' in the zone(.|\n)*tz_localize\(None\)"):
            mach.transform(pd.DataFrame({"seen": later}))
