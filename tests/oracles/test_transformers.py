"""What transformers give beside scikit-learn's, and beside the calendar of pandas."""

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf
from kerasflux.transformers.calendar import OF_DATES, OF_TIMES

draw = np.random.default_rng(7)
N = 300
NUMBERS = pd.DataFrame(draw.lognormal(size=(N, 4)), columns=list("abcd"))
LABELS = pd.DataFrame({n: pd.Categorical(draw.choice(list("uvwxyz"), N)) for n in "ef"})


def made(model, X, later=None):
    return kf.machine(model, X).fit(verbosity=0).transform(later)


def test_standardised_numbers_are_those_of_scikit_learn_but_for_the_degree_of_freedom():
    from sklearn.preprocessing import StandardScaler

    theirs = StandardScaler().fit_transform(NUMBERS) * np.sqrt((N - 1) / N)
    assert made(kf.Standardizer(), NUMBERS).to_numpy() == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("last", [False, True])
def test_one_hot_columns_are_those_of_scikit_learn(last):
    from sklearn.preprocessing import OneHotEncoder

    levels = [list(c.cat.categories) for _, c in LABELS.items()]
    theirs = OneHotEncoder(categories=levels, sparse_output=False).fit(LABELS.astype(object))
    table = theirs.transform(LABELS.astype(object))
    names = theirs.get_feature_names_out()
    if last:
        kept = [not name.endswith("z") for name in names]
        table, names = table[:, kept], names[kept]
    ours = made(kf.OneHotEncoder(drop_last=last), LABELS)
    assert ours.to_numpy().tolist() == table.tolist()
    assert [name.replace("__", "_") for name in ours.columns] == list(names)


@pytest.mark.parametrize("strategy", ["median", "mean"])
def test_filled_numbers_are_those_of_scikit_learn(strategy):
    from sklearn.impute import SimpleImputer

    gaps = NUMBERS.mask(draw.random(NUMBERS.shape) < 0.3)
    theirs = SimpleImputer(strategy=strategy).fit_transform(gaps)
    ours = made(kf.FillImputer(continuous_fill=strategy), gaps).to_numpy()
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_filled_labels_are_those_of_scikit_learn():
    from sklearn.impute import SimpleImputer

    gaps = LABELS.mask(draw.random(LABELS.shape) < 0.3)
    plain = gaps.astype(object).where(gaps.notna(), None)
    imputer = SimpleImputer(strategy="most_frequent", missing_values=None)
    ours = made(kf.FillImputer(), gaps).astype(object)
    assert (ours.to_numpy() == imputer.fit_transform(plain)).all()


MOMENTS = pd.Series(
    pd.to_datetime(draw.integers(-(2**31), 2**32, N), unit="s")
    + pd.to_timedelta(draw.integers(0, 1000, N), unit="ms"),
    name="t",
)
PANDAS = {"weekday": "day_of_week"}


@pytest.mark.parametrize("part", [*OF_DATES[1:], *OF_TIMES[:-1]])
def test_parts_of_moments_are_those_of_pandas(part):
    ours = made(kf.DateTimeEncoder(parts=part, cyclic=False), MOMENTS.to_frame())
    assert ours[f"t__{part}"].tolist() == getattr(MOMENTS.dt, PANDAS.get(part, part)).tolist()


def test_elapsed_days_and_hours_are_those_of_pandas():
    ours = made(kf.DateTimeEncoder(parts=["elapsed", "time"], cyclic=False), MOMENTS.to_frame())
    elapsed = (MOMENTS - MOMENTS.min()) / pd.Timedelta(days=1)
    hours = (MOMENTS - MOMENTS.dt.normalize()) / pd.Timedelta(hours=1)
    assert ours["t__elapsed"].to_numpy() == pytest.approx(elapsed.to_numpy(), rel=1e-12, abs=1e-9)
    assert ours["t__time"].to_numpy() == pytest.approx(hours.to_numpy(), rel=1e-12)
