"""Stacks: what the metalearner learns from, what learns anew, what is refused."""

import copy
import json
import pickle
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from toys import WALKED, Failing, Picky, Seeing, Shares, Walker

import kerasflux as kf
import scitypes as st
from kerasflux.hyperparameters import copied, from_json, paths, to_json

N = 40
FOLDS = kf.CV(4, rng=0)


@pytest.fixture(autouse=True)
def forget():
    WALKED.clear()
    Remembering.given.clear()


class Remembering(kf.Deterministic):
    """Keeps the tables that it is given, and predicts their first column."""

    input_scitype = st.Table(st.Infinite, st.Finite)
    target_scitype = st.Vector[st.Infinite] | st.Vector[st.Finite]
    supports_weights = True
    shift: float = 0.0
    given: ClassVar = []

    def fit(self, data):
        self.given.append(data)
        return kf.Fitted(self.shift)

    def predict(self, fitted, X):
        self.given.append(X)
        return pd.Series(np.asarray(X.iloc[:, 0], float) + fitted.state, X.index)


def of_walkers(**changes):
    options = {"metalearner": Walker(epochs=4, rate=0.7), "resampling": copied(FOLDS)}
    options |= {"one": Walker(epochs=3), "two": Walker(epochs=2, rate=0.3)}
    return kf.Stack(**{**options, **changes})


# what the metalearner learns from


def test_regressors_are_stacked_as_scikit_learn_does_it(X, y):
    bases = {"line": Ridge(alpha=0.5), "tree": DecisionTreeRegressor(max_depth=3, random_state=0)}
    for passthrough in (False, True):
        mach = kf.machine(kf.Stack(LinearRegression(), FOLDS, passthrough, **bases), X, y)
        oracle = StackingRegressor(
            list(bases.items()),
            LinearRegression(),
            cv=FOLDS.pairs(N),
            passthrough=passthrough,
        )
        expected = oracle.fit(X, y).predict(X)
        assert mach.fit(verbosity=0).predict().to_numpy() == pytest.approx(expected, rel=1e-9)


def test_classifiers_are_stacked_as_scikit_learn_does_it(X, band):
    bases = {
        "line": LogisticRegression(),
        "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    }
    mach = kf.machine(kf.Stack(LogisticRegression(), FOLDS, **bases), X, band).fit(verbosity=0)
    # pool order instead of the alphabet, so that columns come in one order
    numbers = band.cat.codes.to_numpy()
    oracle = StackingClassifier(list(bases.items()), LogisticRegression(), cv=FOLDS.pairs(N))
    expected = oracle.fit(X, numbers).predict_proba(X)
    assert np.asarray(mach.predict()) == pytest.approx(expected, abs=2e-4)
    assert mach.predict_mode().cat.ordered


def test_the_metalearner_gets_named_columns_in_the_order_of_the_rows(X, band):
    weights = np.arange(1.0, N + 1)
    stack = kf.Stack(Remembering(), FOLDS, shares=Shares(), ridge=RidgeClassifier())
    mach = kf.machine(stack, X, band).fit(verbosity=0)
    table = Remembering.given[0].X
    bases, labels = ("shares", "ridge"), ("low", "mid", "high")
    assert list(table) == [f"{base}__{label}" for base in bases for label in labels]
    assert table.index.equals(X.index)
    assert Remembering.given[0].y.equals(band)
    votes = table.iloc[:, 3:].to_numpy()
    assert set(votes.ravel()) == {0.0, 1.0}
    assert (votes.sum(axis=1) == 1).all()
    for train, test in FOLDS.pairs(N):
        counts = band.iloc[train].value_counts(sort=False).to_numpy() + 1
        assert table.iloc[test, :3].to_numpy() == pytest.approx(
            np.tile(counts / counts.sum(), (len(test), 1))
        )
        own = RidgeClassifier().fit(X.to_numpy()[train], band.astype(str).to_numpy()[train])
        said = band.cat.categories[votes[test].argmax(axis=1)]
        assert said.tolist() == own.predict(X.to_numpy()[test]).tolist()
    assert mach.learned is not None
    assert not stack.supports_weights
    with pytest.raises(kf.WeightsError):
        kf.machine(stack, X, band, weights)


def test_weights_reach_all_parts_in_the_order_of_the_rows(X, y):
    weights = np.arange(1.0, N + 1)
    stack = kf.Stack(Remembering(), FOLDS, own=Remembering(), walk=Walker(epochs=1))
    kf.machine(stack, X, y, weights).fit(verbosity=0)
    fits = [data for data in Remembering.given if isinstance(data, kf.Observations)]
    train = FOLDS.pairs(N)[0][0]
    assert np.array_equal(fits[0].w, weights[train])
    assert np.array_equal(fits[4].w, weights)
    assert np.array_equal(fits[5].w, weights)


def test_rows_that_no_fold_predicts_are_not_shown_to_the_metalearner(X, y):
    stack = kf.Stack(Remembering(), kf.Holdout(0.75, rng=0), walk=Walker(epochs=1))
    kf.machine(stack, X, y).fit(verbosity=0)
    test = np.sort(kf.Holdout(0.75, rng=0).pairs(N)[0][1])
    assert Remembering.given[0].X.index.tolist() == X.index[test].tolist()
    assert Remembering.given[0].y.equals(y.iloc[test])


def test_new_rows_are_predicted_by_base_models_that_learned_of_all_rows(X, y):
    stack = kf.Stack(Remembering(shift=100.0), FOLDS, line=LinearRegression())
    mach = kf.machine(stack, X, y).fit(verbosity=0)
    line = LinearRegression().fit(X.to_numpy(), y)
    assert mach.predict().to_numpy() == pytest.approx(line.predict(X.to_numpy()) + 100, rel=1e-9)


def test_several_targets_are_columns_by_name(X, y):
    two = pd.DataFrame({"up": y, "down": -y})
    stack = kf.Stack(LinearRegression(), FOLDS, line=LinearRegression(), ridge=Ridge())
    mach = kf.machine(stack, X, two).fit(verbosity=0)
    assert mach.learned.fitted.state.names == ["line__up", "line__down", "ridge__up", "ridge__down"]
    assert list(mach.predict()) == ["up", "down"]


@pytest.mark.parametrize("passthrough", [False, True])
def test_predictions_are_in_the_container_of_the_inputs(X, y, band, passthrough):
    import polars

    stack = kf.Stack(LinearRegression(), FOLDS, passthrough, line=Ridge())
    expected = kf.machine(stack, X, y).fit(verbosity=0).predict()
    assert expected.index.equals(X.index)
    found = kf.machine(stack, X.to_numpy(), y.to_numpy()).fit(verbosity=0).predict()
    assert isinstance(found, np.ndarray)
    assert found == pytest.approx(expected.to_numpy())
    found = kf.machine(stack, polars.from_pandas(X), y.to_numpy()).fit(verbosity=0).predict()
    assert isinstance(found, polars.Series)
    assert found.to_numpy() == pytest.approx(expected.to_numpy())
    labels = kf.Stack(LogisticRegression(), FOLDS, passthrough, line=LogisticRegression())
    mach = kf.machine(labels, X.to_numpy(), pd.Categorical(band)).fit(verbosity=0)
    assert mach.predict().index is None
    assert isinstance(mach.predict_mode(), pd.Categorical)


def test_passed_through_categories_reach_the_metalearner(X, y):
    X = X.assign(town=pd.Categorical(["Ox", "Ur"] * (N // 2)))
    stack = kf.Stack(Remembering(), FOLDS, passthrough=True, walk=Walker(epochs=1))
    kf.machine(stack, X, y).fit(verbosity=0)
    assert list(Remembering.given[0].X) == ["walk", "a", "b", "c", "town"]
    assert Remembering.given[0].X["town"].equals(X["town"])


def test_the_default_folds_are_six_shuffled_and_stratified(X, band):
    fits = []

    class Telling(Shares):
        def fit(self, data):
            fits.append(data.X.index)
            return super().fit(data)

    kf.machine(kf.Stack(Shares(), own=Telling()), X, band).fit(verbosity=0)
    pairs = kf.StratifiedCV(6, rng=0).pairs(N, band)
    assert [index.tolist() for index in fits[:6]] == [X.index[train].tolist() for train, _ in pairs]
    assert fits[6].equals(X.index)


def test_labels_that_no_pool_has_are_taken_where_all_parts_take_them(X, y):
    X = X.assign(town=pd.Categorical(["Ox", "Ur"] * (N // 2)))
    lenient = kf.OneHotEncoder(handle_unknown="ignore") | LinearRegression()
    strict = kf.OneHotEncoder() | LinearRegression()
    taken = []
    for options in [{"two": lenient}, {"two": strict}, {"two": lenient, "passthrough": True}]:
        stack = kf.Stack(LinearRegression(), FOLDS, one=lenient, **options)
        mach = kf.machine(stack, X, y).fit(verbosity=0)
        taken.append(mach.fitted_model.takes_unseen(mach.fitted))
    assert taken == [{"town"}, set(), set()]


# what learns anew


def test_raised_epochs_of_a_base_model_continue_it_and_the_metalearner_learns_anew(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    assert len(WALKED) == 5 * 3 + 5 * 2 + 4
    WALKED.clear()
    mach.model.one.epochs = 5
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: one.epochs 3 -> 5)"
    assert WALKED == [4, 5] * 5 + [1, 2, 3, 4]
    once = kf.machine(of_walkers(one=Walker(epochs=5)), X, y).fit(verbosity=0)
    assert dict_of(mach) == dict_of(once)


def dict_of(mach):
    return {name: np.asarray(array).tolist() for name, array in mach.state.items()}


def test_raised_epochs_of_the_metalearner_continue_it_alone(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.metalearner.epochs = 6
    mach.fit(verbosity=0)
    assert WALKED == [5, 6]
    assert mach.report.decision == "continued (4: metalearner.epochs 4 -> 6)"
    once = kf.machine(of_walkers(metalearner=Walker(epochs=6, rate=0.7)), X, y).fit(verbosity=0)
    assert dict_of(mach) == dict_of(once)


def test_a_base_model_that_starts_anew_leaves_the_others_alone(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.two.rate = 0.9
    mach.fit(verbosity=0)
    assert mach.report.decision == "from scratch (4: two.rate 0.3 -> 0.9), 4 epochs discarded"
    assert WALKED == [1, 2] * 5 + [1, 2, 3, 4]
    WALKED.clear()
    mach.model.two = LinearRegression()
    mach.fit(verbosity=0)
    assert "two" in mach.report.decision
    assert WALKED == [1, 2, 3, 4]


def test_other_folds_keep_what_was_learned_of_all_rows(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.resampling.nfolds = 2
    mach.fit(verbosity=0)
    assert WALKED == [1, 2, 3] * 2 + [1, 2] * 2 + [1, 2, 3, 4]
    once = kf.machine(of_walkers(resampling=kf.CV(2, rng=0)), X, y).fit(verbosity=0)
    assert dict_of(mach) == dict_of(once)


def test_folds_of_evaluations_go_on(X, y):
    mach = kf.machine(of_walkers(), X, y)
    mach.evaluate(kf.CV(3, rng=1), verbosity=0)
    WALKED.clear()
    mach.model.one.epochs = 4
    again = mach.evaluate(kf.CV(3, rng=1), verbosity=0)
    assert len(WALKED) == 3 * (5 * 1 + 4)
    fresh = kf.evaluate(copied(mach.model), X, y, kf.CV(3, rng=1), verbosity=0)
    assert again.per_fold == fresh.per_fold


def test_a_metalearner_that_learns_anew_is_as_fresh_whatever_it_was(X, y):
    old = of_walkers()
    assert of_walkers(metalearner=Walker(epochs=4, rate=0.7)).as_fresh(old)
    assert of_walkers(one=Walker(epochs=9)).as_fresh(old)
    slower = Walker(epochs=4, rate=0.7, pace=0.5)
    assert not of_walkers(metalearner=slower).as_fresh(old)
    assert of_walkers(metalearner=slower, one=Walker(epochs=9)).as_fresh(old)
    assert not of_walkers(one=Walker(epochs=9, pace=0.5)).as_fresh(old)
    assert not of_walkers(passthrough=True).as_fresh(old)
    assert not of_walkers(one=LinearRegression()).as_fresh(old)


def test_an_interrupt_of_the_metalearner_is_gone_on_from(X, y):
    def strike(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    mach = kf.machine(of_walkers(), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, verbosity=0)
    WALKED.clear()
    mach.fit(verbosity=0)
    assert WALKED == [3, 4]
    assert dict_of(mach) == dict_of(kf.machine(of_walkers(), X, y).fit(verbosity=0))


class Breaking(Walker):
    def _walk(self, fitted, data, run):
        raise KeyboardInterrupt


def test_an_interrupt_of_a_base_model_keeps_nothing(X, y):
    mach = kf.machine(of_walkers(two=Breaking()), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert mach.learned is None


def test_validation_rows_are_predicted_by_the_base_models(X, y):
    mach = kf.machine(of_walkers(), X, y)
    mach.fit(rows=range(30), validation=range(30, N), verbosity=0)
    assert mach.history["validation_loss"].notna().all()


def test_validation_is_refused_for_a_metalearner_that_does_not_iterate(X, y):
    mach = kf.machine(of_walkers(metalearner=LinearRegression()), X, y)
    with pytest.raises(kf.ArgumentError, match="validation"):
        mach.fit(rows=range(30), validation=range(30, N), verbosity=0)


def test_the_decision_is_said_before_base_models_learn(X, y, capsys):
    kf.machine(of_walkers(metalearner=LinearRegression()), X, y).fit(verbosity=1)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "from scratch (2: never trained)"
    told = [line.split("  ")[0] for line in said[1:]]
    assert told == [f"out-of-fold predictions of {name}" for name in ("one", "two")]


def test_the_decision_is_said_before_base_models_without_iterations_learn(X, y, capsys):
    stack = kf.Stack(LinearRegression(), resampling=kf.CV(nfolds=2), line=LinearRegression())
    kf.machine(stack, X, y).fit(verbosity=1)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "from scratch (2: never trained)"
    assert said[1].startswith("out-of-fold predictions of line  fold 2/2")


def test_threads_give_the_same_bits(X, y):
    alone = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    several = kf.machine(of_walkers(n_jobs=2), X, y).fit(verbosity=0)
    assert dict_of(alone) == dict_of(several)


def test_an_error_in_a_base_model_says_which(X, y):
    with pytest.raises(ZeroDivisionError) as caught:
        kf.machine(of_walkers(two=Failing()), X, y).fit(verbosity=0)
    assert "This happened in the base model `two` of a stack." in caught.value.__notes__


# reports


def test_base_models_are_evaluated_by_the_predictions_that_were_learned_from(X, y):
    bases = {"line": LinearRegression(), "tree": DecisionTreeRegressor(random_state=0)}
    stack = kf.Stack(LinearRegression(), FOLDS, measure=["rmse", "mae"], **bases)
    found = kf.machine(stack, X, y).fit(verbosity=0).report.evaluations
    expected = kf.evaluate(bases, X, y, FOLDS, ["rmse", "mae"], verbosity=0)
    assert found.to_frame().equals(expected.to_frame())
    assert found["tree"].per_fold == expected["tree"].per_fold
    assert found["tree"].uncertainty_radius_95 == expected["tree"].uncertainty_radius_95
    assert found["line"].predictions_frame().shape == (N, 4)


def test_no_measure_means_no_evaluations(X, y):
    assert kf.machine(of_walkers(), X, y).fit(verbosity=0).report.evaluations is None


def test_a_measure_alone_trains_nothing(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.measure = "mae"
    mach.fit(verbosity=0)
    assert WALKED == []
    assert list(mach.report.evaluations.to_frame().index) == ["one", "two"]


def test_parts_are_reported_by_name(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    assert len(mach.training_losses) == 5
    assert mach.report.one.training_losses == mach.learned.fitted.state.bases["one"].whole.state[1]
    assert {"one", "two", "metalearner"} == set(mach.fitted_params)


# records


def test_base_models_are_hyperparameters():
    stack = of_walkers()
    own = [path for path in paths(stack) if path.startswith(("one", "two"))]
    names = ("", ".epochs", ".rate", ".pace")
    assert own == [f"{base}{name}" for base in ("one", "two") for name in names]
    stack.one.epochs = 7
    assert stack != of_walkers()
    assert copied(stack) == stack == pickle.loads(pickle.dumps(stack)) == copy.deepcopy(stack)
    assert type(copied(stack)) is type(of_walkers())
    assert " ".join(repr(of_walkers()).split()).startswith("Stack( metalearner=Walker(epochs=4")
    assert from_json(json.loads(json.dumps(to_json(stack))), (Walker,)) == stack
    assert stack.iteration_parameter == "metalearner.epochs"
    assert list(stack.bases) == ["one", "two"]


def test_stacks_are_parts_of_stacks_and_pipelines(X, y):
    inner = kf.Stack(LinearRegression(), FOLDS, line=Ridge(), tree=DecisionTreeRegressor())
    outer = kf.Stack(LinearRegression(), kf.CV(2, rng=0), stack=inner, walk=Walker())
    mach = kf.machine(kf.Standardizer() | outer, X, y).fit(verbosity=0)
    assert len(mach.predict()) == N


# refusals


LINE = LinearRegression()


@pytest.mark.parametrize(
    ("metalearner", "others", "match"),
    [
        (LINE, {}, "needs base models"),
        (LINE, {"scale": kf.Standardizer()}, "`scale` of a stack predicts nothing"),
        (kf.Standardizer(), {"line": LINE}, "metalearner of a stack predicts nothing"),
        (Seeing(), {"line": LINE}, "predictions of other models"),
        (LINE, {"fit": LINE}, "A base model of a stack can't be called `fit`"),
        (LINE, {"measures": LINE}, "can't be called `measures`"),
        (LINE, {"line": 3}, "can't be a part of a model"),
        (LINE, {"line": LINE, "n_jobs": 0}, "n_jobs"),
    ],
)
def test_what_can_be_no_stack_is_refused(metalearner, others, match):
    with pytest.raises(kf.HyperparameterError, match=match):
        kf.Stack(metalearner, **others)


def test_a_stack_needs_a_metalearner():
    with pytest.raises(kf.HyperparameterError, match="needs `metalearner`"):
        kf.Stack(line=LINE)


def test_what_is_no_resampling_is_refused():
    with pytest.raises(kf.ResamplingError):
        kf.Stack(LinearRegression(), 5, line=Ridge())


def test_folds_that_predict_a_row_twice_are_refused(X, y):
    pairs = [(range(20), range(20, N)), (range(10), range(20, N))]
    with pytest.raises(kf.ResamplingError, match="more than once"):
        kf.machine(of_walkers(resampling=pairs), X, y).fit(verbosity=0)


def test_data_that_a_part_does_not_take_is_refused_by_name(X, y):
    passing = kf.Stack(Picky(), FOLDS, passthrough=True, one=Walker())
    with pytest.raises(kf.ScitypeMismatch, match="`picky`"):
        kf.machine(of_walkers(picky=Picky()), X.assign(n=range(N)), y)
    with pytest.raises(kf.ScitypeMismatch, match="metalearner"):
        kf.machine(passing, X.assign(n=range(N)), y)
    with pytest.raises(kf.ScitypeMismatch, match=r"`metalearner` .* does not take the target"):
        kf.machine(kf.Stack(Shares(), FOLDS, one=Walker()), X, y)


def test_inputs_that_are_called_like_predictions_are_refused(X, y):
    stack = kf.Stack(Remembering(), FOLDS, passthrough=True, a=Walker())
    with pytest.raises(kf.DataError, match="called like predictions"):
        kf.machine(stack, X, y)


def test_images_are_not_passed_through():
    images = kf.coerce(np.zeros((4, 3, 3), np.uint8), kf.GrayImage)
    with pytest.raises(kf.DataError, match="Images can't be passed"):
        kf.machine(
            kf.Stack(Shares(), passthrough=True, one=Seeing()), images, pd.Categorical(list("abab"))
        )


def test_a_measure_that_does_not_fit_a_base_model_is_refused_when_data_is_bound(X, y):
    with pytest.raises(kf.MeasureError, match="log_loss"):
        kf.machine(of_walkers(measure="log_loss"), X, y)
