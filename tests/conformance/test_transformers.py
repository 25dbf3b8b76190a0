"""Every transformer keeps the promises of the protocol, and those that are its own."""

import numpy as np
import pandas as pd
import pytest
from conformance.transformers import GAPS, MATRIX, ROWS, TABLES, WHOLE, X, as_csv

import kerasflux as kf
import scitypes as st
from kerasflux.comparing import as_array, as_values, demand_equal, raw_tensors
from kerasflux.testing import CHECKS, Subject, _Inapplicable
from scitypes import tables

# Checks that say nothing about a transformer, and those that some transformers don't have.
NEVER = {
    *("predicts_distributions", "continues_exactly", "reports_losses", "weighs_rows"),
    *("survives_a_crash", "is_evaluated"),
}
TABLES_ONLY = {"keeps_the_container", "reads_later_data"}


def applies(check, case):
    if check in NEVER:
        return False
    if check in TABLES_ONLY:
        return isinstance(case.X, pd.DataFrame)
    if check == "undoes_its_transform":
        return case.name.startswith("standardizer") and "ranks" not in case.name
    return True


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_the_promise_is_kept(case, check):
    subject = Subject(case.model(), case.X)
    if not applies(check, case):
        with pytest.raises(_Inapplicable):
            CHECKS[check](subject)
        return
    CHECKS[check](subject)


def same(a, b):
    a, b = (np.asarray(as_array(x), dtype=float) for x in (a, b))
    return np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_rows_of_a_csv_file_are_read_as_the_training_data_was(case):
    mach = case.fitted()
    assert same(mach.transform(as_csv(case.X)), mach.transform(case.X))


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_cells_that_are_missing_only_later_are_read(case):
    mach = case.fitted()
    whole = kf.machine(case.model(), GAPS).fit(verbosity=0)
    out = mach.transform(as_csv(GAPS))
    assert list(out.columns) == list(whole.transform(GAPS).columns)
    if isinstance(case.model(), kf.FillImputer):
        filled = out.drop(columns=["sold", "seen", "opens"])
        assert not filled.isna().any().any()


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_a_row_of_a_csv_file_whose_one_cell_is_missing_is_read(case):
    mach = kf.machine(case.model(), GAPS).fit(verbosity=0)
    whole = mach.transform(GAPS)
    for row in range(0, 3 * GAPS.shape[1], 3):
        one = mach.transform(as_csv(GAPS.iloc[[row]]))
        assert same(one, whole.iloc[[row]])


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_an_unseen_label_is_refused_by_column(case):
    mach = case.fitted()
    with pytest.raises((st.SchemaMismatch, st.UnseenLevel), match="town"):
        mach.transform(as_csv(case.X).assign(town="Atlantis"))


def in_polars(X):
    polars = pytest.importorskip("polars")
    kinds = {n: polars.Enum(list(c.cat.categories)) for n, c in X.items() if hasattr(c, "cat")}
    return polars.from_pandas(X.astype(dict.fromkeys(kinds, object))).cast(kinds)


KINDS = {
    "dict": lambda X: {n: c.array if c.dtype != object else c.to_numpy() for n, c in X.items()},
    "polars": in_polars,
    "pyarrow": lambda X: pytest.importorskip("pyarrow").Table.from_pandas(X, preserve_index=False),
}


def with_ordered_texts(X):
    """The table with categories that every library can hold: ordered ones, of text."""
    texts = {n: c.astype("Int64") for n, c in X.items() if n == "stars"}
    X = X.assign(**{n: c.astype(str).where(c.notna()).astype("category") for n, c in texts.items()})
    return X.assign(**{n: c.cat.as_ordered() for n, c in X.items() if hasattr(c, "cat")})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", TABLES, ids=lambda case: case.name)
def test_tables_of_every_library_give_tables_of_that_library(case, kind):
    ordered = with_ordered_texts(case.X)
    foreign = KINDS[kind](ordered)
    mach = kf.machine(case.model(), foreign).fit(verbosity=0)
    out = mach.transform(foreign)
    assert type(out) is type(foreign)
    pandas = kf.machine(case.model(), ordered).fit(verbosity=0).transform(ordered)
    assert tables.names(out) == list(pandas.columns)
    assert same(out, pandas)


def test_a_matrix_stays_a_matrix():
    for case in ROWS:
        if isinstance(case.X, np.ndarray):
            out = case.fitted().transform(case.X)
            assert isinstance(out, np.ndarray)
            assert out.shape == MATRIX.shape


@pytest.mark.parametrize("model", [kf.Standardizer, kf.OneHotEncoder, kf.FillImputer])
def test_text_is_refused_with_the_call_that_mends_it(model):
    with pytest.raises(kf.ScitypeMismatch, match="Multiclass") as caught:
        kf.machine(model(), X.astype({"town": str}))
    assert list(caught.value.columns) == ["town"]


def test_texts_that_are_dates_are_to_be_made_dates():
    raw = as_csv(X)[["sold", "seen", "opens"]]
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(kf.DateTimeEncoder(), raw)
    told = "{'sold': kf.ScientificDate, 'seen': kf.ScientificDateTime, 'opens': kf.ScientificTime}"
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "case", [c for c in ROWS if "with gaps" in c.name or "matrix" in c.name], ids=lambda c: c.name
)
def test_the_export_answers_as_the_machine_does(case, tmp_path):
    import tensorflow as tf

    mach = case.fitted()
    served = tf.saved_model.load(str(mach.export(tmp_path / "served")))
    out = served.serve(raw_tensors(case.X, case.model()))
    expected = raw_tensors(mach.transform(), case.model())
    assert set(out) == set(expected)
    for name, values in expected.items():
        demand_equal(as_values(out[name]), as_values(values), name)
