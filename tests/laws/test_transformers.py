"""Laws of transformers over drawn tables."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasflux as kf
from kerasflux.testing import Subject, check_model
from kerasflux.transformers.calendar import civil, days_of

numbers = st.floats(-1e6, 1e6) | st.none()
labels = st.sampled_from(["u", "v", "w"]) | st.none()
dates = st.dates(dt.date(1600, 1, 1), dt.date(2400, 1, 1)) | st.none()


@st.composite
def tables(draw):
    """3 to 12 rows of a number, a count, a category, a rank and a date; each with a value."""
    n = draw(st.integers(3, 12))

    def column(cells, first):
        return [first, *draw(st.lists(cells, min_size=n - 1, max_size=n - 1))]

    return pd.DataFrame(
        {
            "x": pd.Series(column(numbers, 1.5), dtype=float),
            "n": pd.array(column(st.integers(0, 2**40) | st.none(), 3), "Int64"),
            "c": pd.Categorical(column(labels, "u"), ["w", "v", "u", "never"]),
            "r": pd.Categorical(column(labels, "v"), ["w", "v", "u"], ordered=True),
            "d": pd.Series(column(dates, dt.date(2000, 2, 29)), dtype=object),
        }
    )


def made(model, X, later=None):
    return kf.machine(model, X).fit(verbosity=0).transform(later)


@given(tables())
def test_the_inverse_of_standardising_gives_the_numbers_back(X):
    mach = kf.machine(kf.Standardizer(count=True), X).fit(verbosity=0)
    again = mach.inverse_transform(mach.transform())
    for name in ("x", "n"):
        before = X[name].to_numpy(dtype=float, na_value=np.nan)
        width = 1e-12 * np.nanmax(np.abs(before))
        assert again[name].to_numpy() == pytest.approx(before, rel=1e-9, abs=width, nan_ok=True)


@given(tables())
def test_standardised_numbers_do_not_depend_on_unit_and_origin(X):
    moved = X.assign(x=X["x"] * 4 + 64)
    once, again = (made(kf.Standardizer(), table)["x"].to_numpy() for table in (X, moved))
    assert again == pytest.approx(once, rel=1e-6, abs=1e-6, nan_ok=True)


@given(tables())
def test_the_columns_of_a_label_add_up_to_one_or_are_missing(X):
    out = made(kf.OneHotEncoder(), X)
    for name in ("c", "r"):
        sums = out.filter(like=f"{name}__").sum(axis=1, skipna=False)
        assert sums.fillna(-1).tolist() == np.where(X[name].isna(), -1, 1).tolist()


@given(tables())
def test_a_filled_table_has_no_gaps_keeps_its_values_and_is_filled_once(X):
    out = made(kf.FillImputer(), X)
    for name in ("x", "n", "c", "r"):
        there = X[name].notna()
        assert out[name].notna().all()
        assert out[name][there].tolist() == X[name][there].tolist()
    assert made(kf.FillImputer(), out).equals(out)


@given(tables())
def test_nothing_but_numbers_is_left_by_three_transformers_one_after_the_other(X):
    for model in (kf.DateTimeEncoder(), kf.FillImputer(), kf.ContinuousEncoder()):
        X = made(model, X)
    assert set(kf.schema(X).scitypes) == {kf.Continuous}
    assert np.isfinite(X.to_numpy()).all()


@given(st.integers(-(10**7), 10**7))
def test_days_are_dates_and_back(day):
    year, month, day_of_month = civil(day)
    assert days_of(year, month, day_of_month) == day
    if 1 <= year <= 9999:
        assert dt.date(year, month, day_of_month) == dt.date(1970, 1, 1) + dt.timedelta(day)


MODELS = [
    kf.Standardizer(count=True),
    kf.OneHotEncoder(drop_last=True),
    kf.ContinuousEncoder(),
    kf.FillImputer(),
    kf.DateTimeEncoder(),
    kf.FeatureSelector(features=["x", "c"]),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@settings(max_examples=max(5, settings.default.max_examples // 8))
@given(X=tables())
def test_the_graph_and_the_schema_say_what_the_transformer_does(model, X):
    from kerasflux.testing import CHECKS

    for check in ("knows_its_output_schema", "serves_what_it_transforms", "survives_saving"):
        CHECKS[check](Subject(model, X))


def test_every_transformer_keeps_the_promises_of_the_protocol():
    X = pd.DataFrame({"x": np.arange(20.0), "c": pd.Categorical(list("uvwx") * 5)})
    for model in MODELS:
        assert "serves_what_it_transforms" in check_model(model, X)
