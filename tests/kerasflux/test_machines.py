"""Machines: binding, the decision put into practice, later data, failure, looks."""

import copy
import io
import pickle
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
import toys
from toys import Doubling, Failing, Imputing, Nameless, Shares, Walker

import kerasflux as kf
import scitypes as st
from kerasflux import binding
from kerasflux.fingerprints import fingerprint


@pytest.fixture
def X():
    return pd.DataFrame(
        {
            "size": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "rooms": [1, 2, 2, 3, 3, 4],
            "town": pd.Categorical(["a", "b", "a", "c", "b", "a"]),
        }
    )


@pytest.fixture
def y():
    return np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0])


@pytest.fixture
def classes():
    return pd.Categorical(["no", "yes", "no", "yes", "no", "no"])


@pytest.fixture
def mach(X, y):
    return kf.machine(Walker(), X, y)


def decided(mach, **options):
    return mach.fit(verbosity=0, **options).report.decision


# the decision, in practice


def test_a_target_for_a_model_that_learns_nothing_from_one_is_refused(X, y):
    with pytest.raises(kf.ArgumentError, match="Standardizer learns nothing from a target"):
        kf.machine(kf.Standardizer(), X, y)
    with pytest.raises(kf.ArgumentError, match="learns nothing from a target") as refusal:
        kf.machine(kf.Standardizer(), X).with_data(X, y)
    assert "kf.machine(model, X)" in refusal.value.remedy
    assert kf.machine(kf.Standardizer() | kf.ConstantRegressor(), X, y) is not None


def test_fit_returns_the_machine_and_prints_the_decision(mach, capsys):
    assert mach.fit() is mach
    assert capsys.readouterr().out.splitlines() == ["from scratch (2: never trained)"]


def test_a_fit_of_verbosity_0_is_silent(mach, capsys):
    mach.fit(verbosity=0)
    assert capsys.readouterr().out == ""


def test_more_epochs_continue_bit_for_bit(X, y):
    staged = kf.machine(Walker(epochs=3), X, y).fit(verbosity=0)
    staged.model.epochs = 10
    assert decided(staged) == "continued (4: epochs 3 -> 10)"
    once = kf.machine(Walker(epochs=10), X, y).fit(verbosity=0)
    assert staged.training_losses.tolist() == once.training_losses.tolist()
    assert len(staged.training_losses) == 11


def test_fewer_epochs_restart_from_scratch(mach):
    mach.fit(verbosity=0)
    mach.model.epochs = 5
    assert decided(mach) == "from scratch (4: epochs 10 -> 5), 10 epochs discarded"


def test_a_field_that_continues_does_not_restart(mach):
    mach.fit(verbosity=0)
    mach.model.pace = 0.5
    assert decided(mach) == "continued (4: pace 1.0 -> 0.5), no epochs left to train"


def test_a_changed_hyperparameter_restarts_unless_never_is_said(mach):
    mach.fit(verbosity=0)
    before = mach.training_losses.tolist()
    mach.model.rate = 0.25
    with pytest.raises(kf.CannotContinue, match=r"rate 0.5 -> 0.25"):
        mach.fit(restart="never")
    assert mach.training_losses.tolist() == before
    assert decided(mach) == "from scratch (4: rate 0.5 -> 0.25), 10 epochs discarded"


def test_nothing_changed_is_nothing_to_do(mach):
    mach.fit(verbosity=0)
    trained = len(toys.WALKED)
    assert decided(mach) == "nothing to do (3: the model did not change)"
    assert len(toys.WALKED) == trained


def test_always_starts_anew(mach):
    mach.fit(verbosity=0)
    assert (
        decided(mach, restart="always") == 'from scratch (2: restart="always"), 10 epochs discarded'
    )


def test_another_model_class_starts_anew(X, y):
    class Other(Walker):
        pass

    mach = kf.machine(Walker(), X, y).fit(verbosity=0)
    mach.model = Other()
    assert decided(mach) == (
        "from scratch (2: another model class, Walker -> Other), 10 epochs discarded"
    )


def test_a_frozen_machine_does_nothing_until_it_is_thawed(mach):
    mach.fit(verbosity=0)
    mach.model.epochs = 20
    assert mach.freeze() is mach
    assert decided(mach) == "nothing to do (1: frozen; thaw() first)"
    assert len(mach.training_losses) == 11
    assert decided(mach.thaw()) == "continued (4: epochs 10 -> 20)"


def test_a_machine_frozen_before_its_first_fit_stays_unfitted(mach):
    mach.freeze().fit(verbosity=0)
    with pytest.raises(kf.NotFitted):
        mach.predict()


@pytest.mark.parametrize(
    "same",
    [slice(0, 3), range(3), [0, 1, 2], np.array([0, 1, 2]), slice(-6, -3), np.arange(6) < 3],
    ids=str,
)
def test_the_same_rows_in_another_form_are_the_same_rows(mach, same):
    mach.fit(rows=range(3), verbosity=0)
    assert decided(mach, rows=same) == "nothing to do (3: the model did not change)"


def test_no_rows_said_means_those_of_the_last_fit(mach):
    mach.fit(rows=slice(0, 3), verbosity=0)
    assert mach.fitted_params.place == pytest.approx(2.0, abs=0.01)
    assert decided(mach) == "nothing to do (3: the model did not change)"
    assert decided(mach, rows="all") == "from scratch (2: other rows), 10 epochs discarded"
    assert mach.fitted_params.place == pytest.approx(4.0, abs=0.01)


def test_a_row_named_twice_is_learned_from_twice(mach):
    mach.fit(rows=[0, 5, 5], verbosity=0)
    assert mach.fitted_params.place == pytest.approx(19 / 3, abs=0.01)


@pytest.mark.parametrize("rows", [[6], [-7], slice(0, 7), range(9), [True] * 5, [], "some", [0.5]])
def test_rows_that_are_not_there_are_refused_and_nothing_is_lost(mach, rows):
    mach.fit(verbosity=0)
    before = mach.report.decision
    with pytest.raises(kf.RowsError):
        mach.fit(rows=rows)
    assert mach.report.decision == before


def test_never_continues_on_other_rows_up_to_the_epochs_in_all(mach):
    mach.fit(rows=slice(0, 3), verbosity=0)
    mach.model.epochs = 12
    decision = decided(mach, rows=slice(3, 6), restart="never")
    assert decision == "continued (4: other rows, epochs 10 -> 12)"
    assert len(mach.training_losses) == 13


def test_a_fit_uses_the_model_as_it_is_when_the_fit_begins(mach):
    def meddle(row):
        mach.model.epochs = 1000

    mach.fit(on_epoch=meddle, verbosity=0)
    assert len(mach.training_losses) == 11


# other data


def test_the_same_data_is_recognised_by_its_fingerprint(mach, X, y):
    mach.fit(verbosity=0)
    mach.model.epochs = 12
    again = mach.with_data(X.copy(), y.copy())
    assert decided(again) == "continued (4: epochs 10 -> 12)"
    assert len(mach.training_losses) == 11


def test_the_same_data_raw_and_in_other_columns_order_is_recognised(mach, X, y):
    mach.fit(verbosity=0)
    raw = X.astype({"town": str, "rooms": float})[["town", "size", "rooms"]]
    assert decided(mach.with_data(raw, y)) == "nothing to do (3: the model did not change)"


def test_other_data_starts_from_scratch_on_all_its_rows(mach, X, y):
    mach.fit(rows=[0, 1], verbosity=0)
    other = mach.with_data(X, y + 1)
    assert decided(other) == "from scratch (2: other data), 10 epochs discarded"
    assert other.fitted_params.place == pytest.approx(5.0, abs=0.01)


def test_other_weights_are_other_data(X, y):
    mach = kf.machine(Walker(), X, y).fit(verbosity=0)
    assert decided(mach.with_data(X, y, np.arange(6))).startswith("from scratch (2: other data)")


def test_never_continues_on_other_data_through_the_fitted_schemas(mach, X, y):
    mach.fit(verbosity=0)
    mach.model.epochs = 11
    raw = X.astype({"town": str}).iloc[:4]
    refreshed = mach.with_data(raw, y[:4] + 1)
    assert decided(refreshed, restart="never") == "continued (4: other data, epochs 10 -> 11)"
    assert refreshed.input_schema == mach.input_schema


def test_with_data_before_a_fit_only_binds(X, y):
    mach = kf.machine(Walker()).with_data(X, y)
    assert decided(mach) == "from scratch (2: never trained)"


def test_with_data_that_can_not_be_read_is_refused(mach, X, y):
    mach.fit(verbosity=0)
    with pytest.raises(kf.ScitypeMismatch):
        mach.with_data(X.assign(town=["z"] * 6).astype({"town": str}), y)


# what a machine accepts after a fit


@pytest.fixture
def fitted(X, classes):
    return kf.machine(Shares(), X, classes).fit(verbosity=0)


def test_raw_strings_other_dtypes_and_another_order_of_columns_predict(fitted, X):
    raw = X.astype({"town": str, "rooms": np.int8})[["town", "rooms", "size"]]
    assert np.array_equal(fitted.predict(raw), fitted.predict(X))


def test_a_single_row_predicts(fitted, X):
    assert len(fitted.predict(X.iloc[[2]])) == 1


def test_pandas_in_pandas_out_with_the_index(fitted, X):
    moved = X.set_axis(list("uvwxyz"))
    assert fitted.predict_mode(moved).index.tolist() == list("uvwxyz")
    assert fitted.predict_proba(moved).columns.tolist() == ["no", "yes"]


def test_strangers_are_refused_all_at_once(fitted, X):
    strange = X.assign(town="z").drop(columns="size").assign(extra=1)
    with pytest.raises(st.SchemaMismatch) as caught:
        fitted.predict(strange)
    assert {"town", "size", "extra"} <= set(caught.value.columns)


def test_missing_cells_are_refused_by_column(fitted, X):
    with pytest.raises(kf.DataError, match=r"X\['size'\].*1 missing value, the first in row 2"):
        fitted.predict(X.assign(size=[1, 2, np.nan, 4, 5, 6]))


def test_missing_cells_are_fine_for_a_model_that_takes_them(X, classes):
    mach = kf.machine(Imputing(missing="impute"), X, classes).fit(verbosity=0)
    assert len(mach.predict(X.assign(size=[np.nan, 1.0, 2.0, 3.0, 4.0, 5.0]))) == 6


def test_infinite_numbers_are_refused_by_column(fitted, X):
    with pytest.raises(kf.DataError, match=r"X\['size'\]: 2 in rows 0, 3") as caught:
        fitted.predict(X.assign(size=[np.inf, 2, 3, -np.inf, 5, 6]))
    assert list(caught.value.columns) == ["size"]


def test_rows_select_from_the_bound_data_and_from_new_data(fitted, X):
    assert len(fitted.predict(rows=slice(0, 2))) == 2
    assert fitted.predict(X, rows=[4, 5]).index.tolist() == [4, 5]


def test_operations_use_the_model_of_the_last_fit(mach):
    mach.fit(verbosity=0)
    mach.model = Nameless()
    assert len(mach.predict()) == 6


def test_deterministic_predictions_have_modes_and_means_but_no_probabilities(mach, X):
    mach.fit(verbosity=0)
    assert mach.predict_mean(X).equals(mach.predict(X))
    with pytest.raises(kf.NotSupported, match="predicts no probabilities"):
        mach.predict_proba(X)


def test_a_mean_of_labels_is_refused(fitted):
    with pytest.raises(kf.NotSupported, match="no mean"):
        fitted.predict_mean()


def test_a_verb_that_the_model_lacks_is_refused(fitted, X):
    with pytest.raises(kf.NotSupported, match="Shares has no `transform`"):
        fitted.transform(X)


def test_a_static_machine_needs_no_fit_and_no_data(X):
    mach = kf.machine(Doubling()).fit()
    assert mach.transform(X[["size"]])["size"].tolist() == [2, 4, 6, 8, 10, 12]
    assert mach.inverse_transform(X[["size"]])["size"].iloc[0] == 0.5


def test_a_machine_without_data_says_how_to_give_it_some():
    with pytest.raises(kf.DataError, match="with_data"):
        kf.machine(Walker()).fit()


# calls that belong elsewhere


def test_labels_of_rows_are_not_taken_for_positions(X, y):
    table = X.set_axis([10, 11, 12, 13, 14, 0])
    mach = kf.machine(Walker(), table, y)
    with pytest.raises(kf.RowsError, match=r"X\.index\.get_indexer") as caught:
        mach.fit(rows=table.index[-1:], verbosity=0)
    assert "starts with 0" in caught.value.received
    mach.fit(rows=table.index.get_indexer([0]), verbosity=0)
    assert mach.learned.rows.tolist() == [5]
    for call in (mach.predict, mach.evaluate):
        with pytest.raises(kf.RowsError, match="labels"):
            call(rows=table.index)
    with pytest.raises(kf.RowsError, match="labels"):
        mach.fit(validation=table.index, restart="always", verbosity=0)
    plain = kf.machine(Walker(), X, y).fit(rows=X.index[:2], verbosity=0)
    assert plain.learned.rows.tolist() == [0, 1]
    matrix = kf.machine(toys.Counting(), X[["size"]].to_numpy(), y)
    assert matrix.fit(rows=pd.Index([3]), verbosity=0).learned.rows.tolist() == [3]


def test_a_mask_of_another_index_is_refused(X, y):
    table = X.set_axis(list("abcdef"))
    mach = kf.machine(Walker(), table, y).fit(rows=table["size"] > 4, verbosity=0)
    assert mach.learned.rows.tolist() == [4, 5]
    with pytest.raises(kf.RowsError, match=r"mask\.loc\[X\.index\]"):
        mach.fit(rows=(table["size"] > 4)[::-1], verbosity=0)


def test_an_attribute_that_a_machine_lacks_is_not_set(mach):
    for call in (lambda: setattr(mach, "epochs", 9), lambda: mach.epochs):
        with pytest.raises(AttributeError, match=r"did you mean 'mach\.model\.epochs'") as caught:
            call()
        assert isinstance(caught.value, kf.UnknownHyperparameter)
    with pytest.raises(AttributeError, match=r"did you mean 'mach\.predict'"):
        mach.predct()
    with pytest.raises(AttributeError, match="can't be set"):
        mach.frozen = True
    with pytest.raises(kf.ArgumentError, match="needs a model"):
        mach.model = Walker
    mach.model = Walker(epochs=3)
    assert not hasattr(mach, "__cuda_array_interface__")


def test_tab_completion_offers_what_users_need(mach):
    offered = [name for name in dir(mach) if not name.startswith("_")]
    assert {"model", "fit", "predict", "evaluate", "save", "history", "report"} <= set(offered)
    assert not {"alone", "folds", "of_learned", "unlearned", "bound_data"} & set(offered)


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda mach, X, y: mach.fit(X, y), "kf.machine(model, X, y)"),
        (lambda mach, X, y: mach.fit(X), "kf.machine(model, X, y)"),
        (lambda mach, X, y: mach.fit(y=y), "kf.machine(model, X, y)"),
        (lambda mach, X, y: mach.fit(epochs=10), "mach.model.epochs = 10"),
        (lambda mach, X, y: mach.fit(verbose=0), "mach.fit(verbosity=0)"),
        (lambda mach, X, y: kf.machine(Imputing(), X, y, missing="impute"), "'impute'"),
        (lambda mach, X, y: kf.machine(Walker(), X, y, n_epochs=3), "'model.epochs'"),
        (lambda mach, X, y: kf.evaluate(Walker(), X, y, cv=5), "kf.CV(nfolds=5, rng=0)"),
        (lambda mach, X, y: mach.evaluate(scoring="l2"), "measure='l2'"),
        (lambda mach, X, y: mach.evaluate(measures="l2"), "did you mean 'measure'"),
        (lambda mach, X, y: kf.NeuralNetworkRegressor().fit(X, y), "kf.machine(model, X, y).fit()"),
        (lambda mach, X, y: mach.fit(on_epoch=5), "on_epoch=lambda row"),
    ],
)
def test_calls_as_of_other_libraries_are_told_where_things_belong(mach, X, y, call, remedy):
    with pytest.raises((kf.ArgumentError, kf.RowsError)) as caught:
        call(mach, X, y)
    assert remedy in caught.value.remedy
    assert caught.value.failed
    assert caught.value.expected
    assert len(caught.value.received) < 60
    assert mach.learned is None


# what is refused at binding


def test_every_offending_column_is_named_with_one_call_that_mends_all(X, y):
    raw = X.assign(
        town=["a", "b", "a", "c", "b", "a"],
        street=list("uvwxyz"),
        age=[1.0, np.nan, 3, np.nan, 5, 6],
        built=pd.to_datetime(["2020-01-01"] * 6),
    )
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Shares(), raw, np.array(list("abcabc")))
    text = str(caught.value)
    assert set(caught.value.columns) == {"town", "street", "age", "built", "y"}
    assert "X = kf.coerce(X, {'town': kf.Multiclass, 'street': kf.Multiclass})" in text
    assert "y = kf.coerce(y, kf.Multiclass)" in text
    assert "X['age']: Continuous | Missing, 2 missing values, the first in row 1" in text
    assert "Missing values can't be mended by coercion" in text
    assert "X['built'] holds dates or times" in text


def test_much_text_is_mended_by_one_rule():
    text = {f"t{i}": ["a", "b"] * 15 for i in range(12)}
    table = pd.DataFrame({**text, "size": [str(i) for i in range(30)]})
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Walker(), table, np.arange(30.0))
    call = "X = kf.coerce(X, {kf.Textual: kf.Multiclass, 'size': kf.Continuous})"
    assert call in str(caught.value)
    mended = kf.coerce(table, {kf.Textual: kf.Multiclass, "size": kf.Continuous}, verbosity=0)
    assert decided(kf.machine(Walker(), mended, np.arange(30.0))).startswith("from scratch")


def test_identifiers_are_recognised(y):
    table = pd.DataFrame({"id": [f"n{i}" for i in range(30)], "kind": ["a", "b"] * 15})
    with pytest.raises(kf.ScitypeMismatch, match=r"drop\(columns=\['id'\]\)") as caught:
        kf.machine(Walker(), table, np.arange(30.0))
    assert "drop(columns=['kind'])" not in str(caught.value)


def paste(error, **space):
    """Run what a remedy says to run, and give X and y."""
    space |= {"kf": kf, "pd": pd, "np": np}
    for line in error.remedy.splitlines():
        exec(line, space)
    return space["X"], space["y"]


def raw_table(n=30):
    return pd.DataFrame(
        {
            "id": [f"n{i}" for i in range(n)],
            "kind": ["a", "b"] * (n // 2),
            "size": [1.0, 2.0, 3.0] * 10,
        }
    )


def test_remedies_of_tables_with_identifiers_and_empty_columns_run_as_they_stand():
    table, y = raw_table().assign(e=pd.Series([None] * 30, dtype=object)), np.arange(30.0)
    with pytest.raises(kf.ScitypeMismatch, match=r"X\['e'\] has no values") as caught:
        kf.machine(Walker(), table, y)
    assert caught.value.remedy.splitlines()[0].startswith("X = X.drop(columns=['e', 'id'])")
    assert "'id': kf" not in caught.value.remedy
    X, y = paste(caught.value, X=table, y=y)
    kf.machine(Walker(), X, y)
    assert list(X.columns) == ["kind", "size"]


def test_remedies_of_polars_tables_run_as_they_stand():
    pl = pytest.importorskip("polars")
    table, y = pl.from_pandas(raw_table()), pl.Series("y", ["u", "v"] * 15)
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Shares(), table, y)
    X, y = paste(caught.value, X=table, y=y)
    assert decided(kf.machine(Shares(), X, y)).startswith("from scratch")


@pytest.mark.parametrize("empty", [np.nan, None])
def test_columns_without_any_value_are_refused_even_where_gaps_are_filled(X, classes, empty):
    table = X.assign(e=pd.Series([empty] * 6, dtype=object if empty is None else float))
    with pytest.raises(kf.ScitypeMismatch, match=r"X = X.drop\(columns=\['e'\]\)"):
        kf.machine(Imputing(missing="impute"), table, classes)
    mach = kf.machine(Imputing(missing="impute"), X.assign(size=[np.nan, 1, 2, 3, 4, 5]), classes)
    assert len(mach.fit(verbosity=0).predict(rows=[0])) == 1


def test_dropping_rows_says_how_many_are_left(X, classes):
    gaps = X.assign(size=[np.nan] * 4 + [1.0, 2.0], rooms=[1.0, 2, 3, 4, 5, np.nan])
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Shares(), gaps, classes)
    assert "(keeps 1 of 6)" in caught.value.remedy
    assert "X = X.drop(columns=['size'])` ('size': 4 of 6 missing)" in caught.value.remedy
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Walker(), X, [np.nan, np.nan, 1.0, 2.0, 3.0, 4.0])
    assert "(keeps 4 of 6)" in caught.value.remedy
    alternating = X.assign(size=[np.nan, 1, np.nan, 1, np.nan, 1], rooms=[1, np.nan] * 3)
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Shares(), alternating, classes)
    assert "drop the rows" not in caught.value.remedy


@pytest.mark.parametrize(
    ("model", "target", "remedy"),
    [
        (Walker(), "y", "y, X = X['y'], X.drop(columns=['y'])"),
        (Walker(), ["y"], "y, X = X['y'], X.drop(columns=['y'])"),
        (Walker(), "z", "df[name]"),
        (Walker(), tuple(range(30)), "y = np.array(y)"),
        (Walker(), pd.Categorical(["u", "v"] * 15), "kf.NeuralNetworkClassifier()"),
        (Walker(), ["u", "v"] * 15, "kf.NeuralNetworkClassifier()"),
        (Walker(), pd.Categorical([1, 2] * 15), "y = kf.unwrap(y)"),
        (Shares(), np.arange(30) + 0.5, "kf.NeuralNetworkRegressor()"),
        (Shares(), np.arange(30), "kf.NeuralNetworkRegressor()"),
    ],
)
def test_targets_of_another_kind_are_told_the_likely_call(model, target, remedy):
    table = raw_table()[["size"]].assign(y=np.arange(30.0))
    with pytest.raises((kf.ArgumentError, kf.ScitypeMismatch)) as caught:
        kf.machine(model, table, target)
    assert remedy in caught.value.remedy
    assert len(caught.value.received) < 60


def test_data_in_forms_that_no_model_takes_is_refused(y):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(kf.DataError, match=r"X = X\.toarray\(\)"):
        kf.machine(Walker(), sparse.csr_matrix(np.eye(6)), y)
    with pytest.raises(kf.ArgumentError, match="read_csv"):
        kf.machine(Walker(), "data.csv", y)


def test_columns_that_only_number_the_rows_are_mentioned_at_the_first_fit(capsys):
    table = raw_table()[["size"]].assign(rownames=range(1, 31), rooms=[1, 2, 3] * 10)
    mach = kf.machine(Walker(), table, np.arange(30.0)).fit()
    assert capsys.readouterr().out.startswith("note: X['rownames'] only numbers the rows")
    mach.model.epochs = 12
    mach.fit()
    assert "note" not in capsys.readouterr().out


def test_the_call_that_mends_does(X):
    raw, y = X.assign(town=list("abacba")), np.array(list("uvuvuv"))
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Shares(), raw, y)
    calls = [line.strip() for line in str(caught.value).splitlines() if "kf.coerce(" in line]
    space = {"kf": kf, "X": raw, "y": y}
    for call in calls:
        exec(call.removeprefix("to do: "), space)
    assert (
        decided(kf.machine(Shares(), space["X"], space["y"])) == "from scratch (2: never trained)"
    )


def test_missing_values_point_to_imputing_where_the_model_can(X, classes):
    with pytest.raises(kf.ScitypeMismatch, match=r'model\.missing = "impute"'):
        kf.machine(Imputing(), X.assign(size=[np.nan, 1.0, 2.0, 3.0, 4.0, 5.0]), classes)
    with pytest.raises(kf.ScitypeMismatch) as caught:
        kf.machine(Shares(), X.assign(size=[np.nan, 1.0, 2.0, 3.0, 4.0, 5.0]), classes)
    assert "impute" not in str(caught.value)


def test_swapped_arguments_are_recognised(X, y, classes):
    for model, target in ((Walker(), y), (Shares(), classes)):
        with pytest.raises(kf.ScitypeMismatch, match="swapped"):
            kf.machine(model, target, X)


def test_arrays_of_images_get_the_call_that_makes_them_images():
    grey, colour = np.zeros((2, 8, 8), np.uint8), np.zeros((2, 8, 8, 3), np.uint8)
    y = pd.Categorical(["a", "b"])
    with pytest.raises(kf.ScitypeMismatch, match=r"X = kf.coerce\(X, kf.GrayImage\)"):
        kf.machine(toys.Seeing(), grey, y)
    with pytest.raises(kf.ScitypeMismatch, match=r"X = kf.coerce\(X, kf.ColorImage\)"):
        kf.machine(toys.Seeing(), colour, y)
    with pytest.raises(kf.ScitypeMismatch, match=r"reshape\(-1, 8, 8\)"):
        kf.machine(toys.Seeing(), grey.reshape(2, 64), y)


def test_integers_mend_to_continuous_where_only_that_is_taken(X):
    with pytest.raises(kf.ScitypeMismatch, match=r"kf.coerce\(X, \{'rooms': kf.Continuous\}\)"):
        kf.machine(toys.Picky(), X[["size", "rooms"]], [0.5] * 6)


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        (pd.DataFrame({"price": [1.0] * 6}), r"y = y\['price'\]"),
        (np.ones((6, 1)), r"y = y.ravel\(\)"),
        (np.eye(6), r"argmax"),
    ],
)
def test_targets_of_another_shape_are_told_how_to_become_vectors(X, target, advice):
    with pytest.raises(kf.ScitypeMismatch, match=advice):
        kf.machine(Walker(), X, target)


def test_a_series_as_inputs_is_told_to_become_a_table(X, y):
    with pytest.raises(kf.ScitypeMismatch, match="to_frame"):
        kf.machine(Walker(), X["size"], y)


def test_a_missing_target_is_asked_for(X):
    with pytest.raises(kf.ScitypeMismatch, match="Give the target"):
        kf.machine(Walker(), X)


def test_warn_and_off_let_data_pass(X, y):
    raw = X.assign(town=list("abacba"))
    with pytest.warns(UserWarning, match="does not take data"):
        kf.machine(Walker(), raw, y, check="warn").fit(verbosity=0)
    kf.machine(Walker(), raw, y, check="off").fit(verbosity=0)
    with pytest.raises(kf.ArgumentError, match="did you mean 'error'"):
        kf.machine(Walker(), raw, y, check="eror")


def test_a_failure_on_unchecked_data_says_what_is_wrong_with_it(X, y):
    raw = X.assign(town=list("abacba"))
    with pytest.raises(ZeroDivisionError) as caught:
        kf.machine(Failing(), raw, y, check="off").fit(verbosity=0)
    assert "X['town']: Textual" in caught.value.__notes__[0]


def test_structure_is_refused_whatever_the_check(X, y):
    twice = pd.concat([X, X[["size"]]], axis=1)
    with pytest.raises(kf.DataError, match="several columns of one name") as caught:
        kf.machine(Walker(), twice, y, check="off")
    assert list(caught.value.columns) == ["size"]
    with pytest.raises(kf.DataError, match="no rows"):
        kf.machine(Walker(), X.iloc[:0], y[:0], check="off")
    with pytest.raises(kf.DataError, match="6 rows of X, 5 of y"):
        kf.machine(Walker(), X, y[:5], check="off")


@pytest.mark.parametrize(
    "weights",
    [[1.0] * 5, [-1.0] + [1.0] * 5, [np.nan] + [1.0] * 5, ["a"] * 6, [0.0] * 6, [np.inf] * 6],
)
def test_weights_that_can_not_be_used_are_refused(X, y, weights):
    with pytest.raises(kf.WeightsError):
        kf.machine(Walker(), X, y, weights)


def test_weights_are_refused_by_a_model_that_makes_no_use_of_them(X, classes):
    with pytest.raises(kf.WeightsError, match="makes no use"):
        kf.machine(Shares(), X, classes, np.ones(6))


def test_weights_weigh(X, y):
    mach = kf.machine(Walker(), X, y, [0, 0, 0, 0, 0, 1]).fit(verbosity=0)
    assert mach.fitted_params.place == pytest.approx(9, abs=0.01)


SHUFFLED = [3, 5, 0, 1, 4, 2]


def test_rows_of_another_index_are_refused_with_what_brings_them_together(X, y):
    shuffled = pd.Series(y).loc[SHUFFLED]
    with pytest.raises(kf.DataError, match=r"y = y\.loc\[X\.index\]") as caught:
        kf.machine(Walker(), X, shuffled)
    assert "which has 0 in row 0" in caught.value.expected
    assert caught.value.received == "3 in row 0 of y; 5 rows differ"
    kf.machine(Walker(), X, shuffled.loc[X.index])
    kf.machine(Walker(), X, shuffled.set_axis(X.index))
    kf.machine(Walker(), X, shuffled.to_numpy())
    strange = pd.Series(y, index=list("abcdef"))
    with pytest.raises(kf.DataError, match=r"y = y\.set_axis\(X\.index\)") as caught:
        kf.machine(Walker(), X, strange)
    assert "loc" not in caught.value.remedy
    with pytest.raises(kf.DataError, match="sample_weight"):
        kf.machine(Walker(), X, y, shuffled)


def test_rows_of_another_index_are_refused_wherever_data_is_given(mach, X, y):
    mach.fit(verbosity=0)
    shuffled = pd.Series(y).loc[SHUFFLED]
    with pytest.raises(kf.DataError, match="different indexes"):
        mach.with_data(X, shuffled)
    mach.model.epochs = 20
    with pytest.raises(kf.DataError, match=r"validation\[1\]"):
        mach.fit(validation=(X, shuffled), verbosity=0)
    with pytest.raises(kf.DataError, match="measure_weight"):
        kf.evaluate(Walker(), X, pd.Series(y), measure_weight=shuffled, verbosity=0)


@pytest.mark.parametrize(
    ("data", "change"),
    [
        (np.arange(6.0), lambda a: a.__setitem__(0, 9.0)),
        (np.zeros((2, 3, 3), np.uint8), lambda a: a.__setitem__(0, 9)),
        ([1.0, 2.0], lambda a: a.__setitem__(0, 9.0)),
        ({"a": np.arange(6.0)}, lambda a: a["a"].__setitem__(0, 9.0)),
        ({"a": np.arange(6.0)}, lambda a: a.update(b=np.arange(6.0))),
        (pd.Categorical(["a", "b"]), lambda a: a.__setitem__(0, "b")),
        (pd.DataFrame({"a": [1.0, 2.0]}), lambda a: a.__setitem__("a", 9.0)),
        (pd.DataFrame({"a": [1.0, 2.0]}), lambda a: a.iloc.__setitem__((0, 0), 9.0)),
        (pd.Series([1.0, 2.0]), lambda a: a.iloc.__setitem__(0, 9.0)),
    ],
)
def test_later_changes_to_data_do_not_reach_the_machine(data, change):
    ours = binding.own(data)
    before = fingerprint(ours)
    change(data)
    assert fingerprint(data) != before
    assert fingerprint(ours) == before


def test_a_machine_goes_on_with_the_data_it_was_bound_to(X, y):
    table, weights = X[["size", "rooms"]].to_numpy(), np.ones(6)
    mach = kf.machine(toys.Counting(), table, y, weights).fit(verbosity=0)
    table[:], y[:], weights[:] = 1000.0, 1000.0, 0.0
    mach.model.epochs = 12
    assert decided(mach) == "continued (4: epochs 10 -> 12)"
    assert mach.fitted_params.place < 9
    assert mach.predict().max() < 9
    assert mach.evaluate(measure="l1", verbosity=0).measurement[0] < 9


def test_images_in_an_array_do_not_change_in_the_machine():
    pixels = np.zeros((4, 8, 8), np.uint8)
    mach = kf.machine(toys.Seeing(), kf.coerce(pixels, kf.GrayImage), pd.Categorical(list("abab")))
    pixels[:] = 255
    assert mach._data.X.array().max() == 0


def test_infinite_numbers_are_refused_at_binding(X, y):
    with pytest.raises(kf.DataError, match=r"X\['size'\]"):
        kf.machine(Walker(), X.assign(size=np.inf), y)
    with pytest.raises(kf.DataError, match="y: 1 in row 0"):
        kf.machine(Walker(), X, np.array([np.inf, 1, 2, 3, 4, 5]))


def test_a_class_instead_of_a_model_is_refused(X, y):
    with pytest.raises(kf.ArgumentError, match=r"Walker\(\)"):
        kf.machine(Walker, X, y)
    with pytest.raises(kf.ArgumentError, match="no inputs"):
        kf.machine(Walker(), y=y)


def test_data_is_judged_again_when_the_model_declares_something_else(X, classes):
    mach = kf.machine(
        Imputing(missing="impute"), X.assign(size=[np.nan, 1.0, 2.0, 3.0, 4.0, 5.0]), classes
    )
    mach.model.missing = "error"
    with pytest.raises(kf.ScitypeMismatch):
        mach.fit()


# failure and interruption


def test_a_failed_fit_leaves_the_machine_as_it_was(mach):
    mach.fit(verbosity=0)
    before = mach.training_losses.tolist()
    mach.model = Failing()
    with pytest.raises(ZeroDivisionError):
        mach.fit(verbosity=0)
    assert mach.training_losses.tolist() == before
    mach.model = Walker()
    assert decided(mach) == "nothing to do (3: the model did not change)"


def interrupt_after(n):
    def callback(row):
        if row["epoch"] == n:
            raise KeyboardInterrupt

    return callback


def test_a_fit_that_is_refused_announces_nothing(mach, X, capsys):
    mach.fit(verbosity=0)
    mach.model = Failing(epochs=3)
    with pytest.raises(ZeroDivisionError):
        mach.fit()
    assert capsys.readouterr().out == ""
    clf = kf.NeuralNetworkClassifier(epochs=1, rng=1)
    real = kf.machine(clf, X, X["town"]).fit(verbosity=0)
    clf.class_weight = {"z": 2.0}
    with pytest.raises(kf.WeightsError):
        real.fit()
    assert capsys.readouterr().out == ""
    clf.class_weight = {"a": 2.0}
    real.fit()
    assert capsys.readouterr().out.startswith("from scratch (4: class_weight")


def test_an_interrupted_fit_keeps_the_last_epoch_and_goes_on(mach, capsys, X, y):
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=interrupt_after(4))
    assert "holds epoch 4 of 10, and `mach.fit()` goes on" in capsys.readouterr().out
    assert len(mach.training_losses) == 5
    assert "(interrupted)" in repr(mach)
    assert decided(mach) == "continued (3: interrupted after 4, going on to 10 epochs)"
    once = kf.machine(Walker(), X, y).fit(verbosity=0)
    assert mach.training_losses.tolist() == once.training_losses.tolist()
    assert decided(mach) == "nothing to do (3: the model did not change)"


def test_a_fit_ended_by_its_caller_counts_as_finished(mach):
    mach.fit(on_epoch=lambda row: row["epoch"] == 4, verbosity=0)
    assert len(mach.training_losses) == 5
    assert decided(mach) == "nothing to do (3: the model did not change)"


def test_two_threads_are_told_of_each_other(mach):
    inside, done = threading.Event(), threading.Event()

    def wait(row):
        inside.set()
        done.wait(10)

    thread = threading.Thread(target=lambda: mach.fit(on_epoch=wait, verbosity=0))
    thread.start()
    inside.wait(10)
    try:
        with pytest.raises(kf.ConcurrentUse, match="not safe to use from two threads"):
            mach.fit(verbosity=0)
        with pytest.raises(kf.ConcurrentUse):
            mach.predict()
    finally:
        done.set()
        thread.join(10)
    assert len(mach.predict()) == 6


def test_a_fit_within_a_fit_is_refused(mach):
    with pytest.raises(kf.ConcurrentUse):
        mach.fit(on_epoch=lambda row: mach.fit(), verbosity=0)
    assert decided(mach) == "from scratch (2: never trained)"


# validation


def test_validation_by_rows_and_by_pair_agree(mach, X, y):
    by_rows = mach.fit(rows=slice(0, 4), validation=[4, 5], verbosity=0).history
    pair = (X.iloc[4:].astype({"town": str}), y[4:])
    by_pair = mach.fit(rows=slice(0, 4), validation=pair, restart="always", verbosity=0).history
    assert by_rows["validation_loss"].tolist() == by_pair["validation_loss"].tolist()
    assert by_rows["validation_loss"].notna().all()


def test_validation_is_checked_where_nothing_is_trained_and_not_measured(mach):
    mach.fit(verbosity=0)
    for validation in (0.2, [9], ([[1.0]], [1.0])):
        with pytest.raises((kf.RowsError, kf.ScitypeError, kf.DataError)):
            mach.fit(validation=validation, verbosity=0)
    unmeasured = "nothing to do (3: the model did not change), validation not measured"
    assert decided(mach, validation=[0]) == unmeasured
    mach.model.pace = 0.5
    assert decided(mach, validation=[0]) == (
        "continued (4: pace 1.0 -> 0.5), no epochs left to train, validation not measured"
    )
    mach.model.epochs = 11
    assert decided(mach, validation=[0]) == "continued (4: epochs 10 -> 11)"
    assert mach.history["validation_loss"].iloc[-1] >= 0


def test_validation_is_refused_by_a_model_that_does_not_iterate(fitted):
    with pytest.raises(kf.ArgumentError, match="takes no `validation`"):
        fitted.fit(restart="always", validation=[0])


# looking


def test_the_history_is_a_frame_with_a_row_per_epoch(mach):
    frame = mach.fit(verbosity=0).history
    assert frame.columns.tolist() == [
        "epoch", "training_loss", "validation_loss", "learning_rate", "seconds",
    ]  # fmt: skip
    assert frame["epoch"].tolist() == list(range(1, 11))


def test_report_and_parameters_are_read_by_attribute_and_by_key(mach):
    mach.fit(verbosity=0)
    assert mach.report.decision == mach.report["decision"]
    assert mach.fitted_params.place == mach.fitted_params["place"]
    with pytest.raises(AttributeError, match="there are: place"):
        mach.fitted_params.plce  # noqa: B018
    with pytest.raises(AttributeError, match="read-only"):
        mach.report.decision = ""


def test_what_was_learned_is_asked_for_too_early(mach):
    for name in ("report", "fitted_params", "training_losses", "history", "state", "fitted"):
        with pytest.raises(kf.NotFitted, match=r"mach.fit\(\)"):
            getattr(mach, name)
    assert mach.input_schema is None
    assert mach.target_schema is None


def test_a_model_without_losses_says_so(fitted):
    with pytest.raises(kf.NotSupported, match="no training losses"):
        fitted.training_losses  # noqa: B018


def test_the_state_is_read_only_and_names_its_data(mach):
    state = mach.fit(verbosity=0).state
    assert set(state) == {"place", "losses", "fingerprint"}
    with pytest.raises(TypeError):
        state["place"] = np.zeros(1)
    with pytest.raises(ValueError, match="read-only"):
        state["losses"][0] = 1.0


def test_schemas_are_those_of_the_last_fit(fitted):
    assert fitted.input_schema.names == ["size", "rooms", "town"]
    assert fitted.target_schema.pools[0].levels == ("no", "yes")


def test_a_machine_prints_what_it_is(mach):
    assert repr(mach) == "Machine(Walker(), 6 rows, not fitted)"
    assert repr(mach.fit(verbosity=0)) == "Machine(Walker(), 6 rows, trained for 10 epochs)"
    assert repr(mach.freeze()).endswith("trained for 10 epochs, frozen)")
    assert "1 Multiclass (town; 3 levels)" in mach._repr_html_()
    assert "from scratch (2: never trained)" in mach._repr_html_()


def test_a_machine_says_on_which_rows_it_was_fitted(mach, X, y):
    assert "trained for 10 epochs on 2 of 6 rows" in repr(mach.fit(rows=[1, 1, 3], verbosity=0))
    other = mach.with_data(X.iloc[:5], y[:5])
    assert repr(other) == "Machine(Walker(), 5 rows, trained for 10 epochs)"


def test_the_card_of_many_columns_counts_them_by_kind(y):
    wide = pd.DataFrame({f"n{i}": np.arange(6) for i in range(31)})
    wide = wide.assign(x=0.5, gap=[None, 1.5, 2, 3, 4, 5])
    wide = wide.assign(u=pd.Categorical(list("ababab")), v=pd.Categorical(list("abcdef")))
    card = kf.machine(Walker(), wide, y, check="off")._repr_html_()
    told = "6 rows: 31 Count, 2 Continuous, 2 Multiclass (2–6 levels); 1 with missing"
    assert told in card


def test_reports_and_parameters_are_shown_in_notebooks(mach):
    report = mach.fit(verbosity=0).report
    assert "from scratch (2: never trained)" in report._repr_html_()
    assert "10 rows (epoch, training_loss" in repr(report)
    assert "place" in mach.fitted_params._repr_html_()


def test_a_machine_draws_itself_in_a_terminal(mach):
    from rich.console import Console

    console = Console(width=100, record=True, file=io.StringIO())
    console.print(mach.fit(verbosity=0))
    assert "trained for 10 epochs, training loss" in console.export_text()


def test_the_losses_are_drawn(mach):
    assert len(mach.fit(verbosity=0).plot().axes) == 1


# copies, and data left alone


def test_machines_copy_and_pickle_with_what_they_learned(mach, X):
    mach.fit(verbosity=0)
    for twin in (copy.deepcopy(mach), pickle.loads(pickle.dumps(mach))):
        assert twin.predict(X).equals(mach.predict(X))
        twin.model.epochs = 12
        assert decided(twin) == "continued (4: epochs 10 -> 12)"
    assert len(mach.training_losses) == 11


def test_nothing_ever_changes_the_users_data(X, y):
    frame, target, weights = X.copy(), y.copy(), np.ones(6)
    mach = kf.machine(Walker(), X, y, weights).fit(verbosity=0)
    mach.predict(X)
    mach.with_data(X, y)
    pd.testing.assert_frame_equal(X, frame)
    assert y.tolist() == target.tolist()
    assert weights.tolist() == [1.0] * 6


def test_data_is_prepared_once_for_many_fits(X, classes):
    mach = kf.machine(Shares(), X, classes)
    toys.PREPARED.clear()
    for smoothing in (1.0, 2.0, 3.0):
        mach.model.smoothing = smoothing
        mach.fit(rows=slice(0, 4), verbosity=0)
    assert len(toys.PREPARED) == 1


def test_no_warning_reaches_a_user_who_does_nothing_wrong(X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kf.machine(Walker(), X, y).fit(verbosity=0).predict(X)


def test_refused_rows_are_named_by_their_index_labels(X, y):
    index = pd.Index([1000, 1001, 1002, 1003, 1004, 1005])
    gap, infinite = X.set_axis(index), X.set_axis(index)
    gap.loc[1003, "size"] = np.nan
    infinite.loc[1004, "size"] = np.inf
    with pytest.raises(kf.DataError, match="the first in row 1003"):
        kf.machine(Walker(), gap, y)
    with pytest.raises(kf.DataError, match="1 in row 1004"):
        kf.machine(Walker(), infinite, y)
    named = gap.set_axis(list("abcdef"))
    with pytest.raises(kf.DataError, match="the first in row 'd'"):
        kf.machine(Walker(), named, y)
    weights = pd.Series([1.0, 1, -1, 1, 1, 1], index)
    with pytest.raises(kf.WeightsError, match="-1 in row 1002"):
        kf.machine(Walker(), X.set_axis(index), y, sample_weight=weights)


def test_refusals_without_a_near_name_say_what_to_do_all_the_same(X, y, mach):
    with pytest.raises(kf.ArgumentError, match="`restart`") as caught:
        mach.fit(restart="maybe")
    assert 'restart="auto"' in caught.value.remedy
    with pytest.raises(kf.ArgumentError, match="`check`") as caught:
        kf.machine(Walker(), X, y, check="x")
    assert 'check="error"' in caught.value.remedy
    mach.fit(verbosity=0)
    with pytest.raises(kf.NotSupported, match="has no `inverse_transform`") as caught:
        mach.inverse_transform(X)
    assert "`mach.predict`" in caught.value.remedy


def test_numbered_columns_have_plain_names(X, y):
    mach = kf.machine(Walker(), X[["size", "rooms"]].set_axis([0, 1], axis=1), y)
    mach.fit(verbosity=0)
    assert repr(mach.input_schema.names) == "[0, 1]"
