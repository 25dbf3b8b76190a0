"""What is accepted and refused, before and after a fit."""

import numpy as np
import pandas as pd
import pytest
from conformance.models import PIXELS

import kerasflux as kf
import scitypes as st


def test_raw_data_predicts_the_same_bits(row):
    mach = row.fitted()
    assert np.array_equal(row.output(mach, row.raw), row.output(mach, row.X))


def test_shuffled_rows_predict_the_same_bits(row):
    mach, order = row.fitted(), np.random.default_rng(0).permutation(60)
    out = row.output(mach, kf.selectrows(row.raw, order))
    assert np.array_equal(out, row.output(mach)[order])


def test_a_single_row_predicts_the_same_bits(row):
    mach = row.fitted()
    one = row.output(mach, kf.selectrows(row.raw, [7]))
    assert len(one) == 1
    assert np.array_equal(one[0], row.output(mach)[7])


def test_an_unseen_level_is_refused_by_column(tabular):
    mach = tabular.fitted()
    with pytest.raises((st.SchemaMismatch, st.UnseenLevel), match="town") as caught:
        getattr(mach, tabular.verb)(tabular.raw.assign(town="Atlantis"))
    assert "Atlantis" in str(caught.value)


def test_strange_columns_are_refused(tabular):
    mach = tabular.fitted()
    with pytest.raises(st.SchemaMismatch, match="rooms"):
        getattr(mach, tabular.verb)(tabular.raw.drop(columns="rooms"))
    with pytest.raises(st.SchemaMismatch, match="extra"):
        getattr(mach, tabular.verb)(tabular.raw.assign(extra=1))


def test_missing_and_infinite_cells_are_refused_by_column(tabular):
    mach = tabular.fitted()
    with pytest.raises(kf.DataError, match="size"):
        getattr(mach, tabular.verb)(tabular.X.assign(size=np.nan))
    with pytest.raises(kf.DataError, match="size"):
        getattr(mach, tabular.verb)(tabular.X.assign(size=np.inf))


def test_raw_data_is_refused_by_a_first_fit_with_the_call_that_mends_it(tabular):
    raw = tabular.raw
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(tabular.model(), raw, tabular.y)
    assert "X = kf.coerce(X, {'town': kf.Multiclass})" in str(caught.value)


def test_swapped_arguments_are_recognised(onetarget):
    with pytest.raises(kf.ScitypeMismatch, match="swapped"):
        kf.machine(onetarget.model(), onetarget.y, onetarget.X)


def test_arrays_are_no_images_until_coerced():
    with pytest.raises(kf.ScitypeMismatch, match=r"X = kf.coerce\(X, kf.GrayImage\)"):
        kf.machine(kf.ImageClassifier(), PIXELS, pd.Categorical(["a", "b"] * 30))


def test_images_of_another_size_are_refused():
    from conformance.models import ROWS

    row = next(r for r in ROWS if r.name == "image")
    mach = row.fitted()
    with pytest.raises(st.ScitypeError):
        mach.predict(np.zeros((2, 9, 9), np.uint8))


@pytest.mark.parametrize("gap", [np.nan, None], ids=repr)
def test_gaps_are_filled_where_the_model_is_told_to(predicting, gap):
    holes = predicting.X.astype({"size": object})
    holes.iloc[:5, 0] = gap
    holes = holes.astype({"size": float})
    mach = kf.machine(predicting.model(missing="impute"), holes, predicting.y).fit(verbosity=0)
    assert np.isfinite(predicting.output(mach)).all()


def test_a_target_of_one_class_is_refused(classifying):
    with pytest.raises(kf.DataError):
        kf.machine(classifying.model(), classifying.X, pd.Categorical(["a"] * 60)).fit(verbosity=0)


def test_weights_change_what_is_learned(supervised):
    w = np.where(np.arange(60) < 30, 1.0, 30.0)
    mach = kf.machine(supervised.model(batch_size=1), supervised.X, supervised.y, w)
    plain = kf.machine(supervised.model(batch_size=1), supervised.X, supervised.y)
    out = supervised.output(mach.fit(verbosity=0))
    assert not np.array_equal(out, supervised.output(plain.fit(verbosity=0)))


def test_predictions_keep_the_index(tabular):
    mach = tabular.fitted()
    out = getattr(mach, tabular.verb)(tabular.raw)
    out = out.mode() if isinstance(out, kf.UnivariateFiniteVector) else out
    assert out.index.equals(tabular.raw.index)
