"""Ensembles: rows and seeds by counter, growth, what they predict, interrupts, what is refused."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from toys import WALKED, Failing, Shares, Walker

import kerasflux as kf
import scitypes as st
from kerasflux.hyperparameters import copied, set_path
from kerasflux.interface import QUIET
from kerasflux.wrappers.ensemble_members import member_rows, seed_paths

N = 23


@pytest.fixture(autouse=True)
def forget():
    WALKED.clear()
    Drawing.fits.clear()


class Drawing(kf.Deterministic):
    """Predicts the mean of the target and a number drawn from its seed; iterates not."""

    input_scitype = st.Table(st.Infinite, st.Finite)
    target_scitype = st.Vector[st.Infinite]
    supports_weights = True
    rng: int | None = None
    factor: float = 1.0
    fits: ClassVar = []  # the seed, the targets and the weights of each fit

    def fit(self, data):
        self.fits.append((self.rng, np.asarray(data.y), data.w))
        drawn = np.random.default_rng(self.rng).normal()
        return kf.Fitted(self.factor * np.average(data.y, weights=data.w) + drawn)

    def predict(self, fitted, X):
        return pd.Series(np.full(len(X), fitted.state), X.index)


def of_walkers(**changes):
    return kf.EnsembleModel(**{"model": Walker(epochs=3), "n": 4, "rng": 1, **changes})


def members(mach):
    return mach.learned.fitted.state.fits


# rows and seeds


def test_members_learn_from_the_floor_of_the_fraction_of_the_rows_without_repeats():
    for fraction, n_rows, wanted in [(0.8, 10, 8), (0.7, 10, 7), (0.29, 100, 29), (0.5, 7, 3)]:
        rows = member_rows(5, 3, n_rows, fraction)
        assert len(rows) == len(set(rows)) == wanted
        assert rows.min() >= 0 <= rows.max() < n_rows
    assert member_rows(5, 3, 6, 1.0).tolist() == list(range(6))


def test_rows_of_members_differ_from_each_other_and_with_the_seed():
    drawn = {tuple(member_rows(seed, i, 20, 0.5)) for seed in range(3) for i in range(10)}
    assert len(drawn) == 30


def test_each_member_learns_from_its_own_rows_with_a_seed_of_its_own(X, y):
    mach = kf.machine(kf.EnsembleModel(Drawing(rng=9), n=5, rng=1), X, y).fit(verbosity=0)
    seeds = [seed for seed, _, _ in Drawing.fits]
    assert len({*seeds, 9}) == 6
    for i, (_, target, _) in enumerate(Drawing.fits):
        assert np.array_equal(target, y.to_numpy()[member_rows(1, i, N, 0.8)])
    assert mach.predict().iloc[0] == np.mean([float(fitted.state) for fitted in members(mach)])


def test_seeds_of_models_within_are_set_and_those_of_folds_and_searches_are_not():
    stack = kf.Stack(Drawing(), kf.CV(3, rng=5), one=Drawing(rng=3), two=Walker())
    assert seed_paths(stack) == ["metalearner.rng", "one.rng"]
    ensemble = kf.EnsembleModel(kf.Standardizer() | Drawing())
    assert ensemble.unused_paths == ("model.drawing.rng",)


def test_the_seed_of_the_model_changes_nothing(X, y):
    mach = kf.machine(kf.EnsembleModel(Drawing(rng=1), n=3, rng=2), X, y).fit(verbosity=0)
    before = mach.predict()
    mach.model.model.rng = 5
    assert str(mach.fit(verbosity=0).report.decision).startswith("continued")
    assert mach.predict().equals(before)
    assert len(Drawing.fits) == 3


def test_no_seed_draws_one_which_the_report_keeps_and_growing_goes_on_with(X, y):
    mach = kf.machine(kf.EnsembleModel(Drawing(), n=3), X, y).fit(verbosity=0)
    seed = mach.report.rng
    mach.model.n = 6
    mach.fit(verbosity=0)
    assert mach.report.rng == seed
    again = kf.machine(kf.EnsembleModel(Drawing(), n=6, rng=seed), X, y).fit(verbosity=0)
    assert mach.predict().equals(again.predict())
    assert kf.machine(kf.EnsembleModel(Drawing(), n=3), X, y).fit(verbosity=0).report.rng != seed


# growing


def test_five_members_and_five_more_are_ten_and_only_the_new_ones_are_trained(X, y):
    mach = kf.machine(of_walkers(n=5), X, y).fit(verbosity=0)
    assert len(WALKED) == 15
    mach.model.n = 10
    mach.fit(verbosity=0)
    assert len(WALKED) == 30
    assert mach.report.decision == "continued (4: n 5 -> 10)"
    once = kf.machine(of_walkers(n=10), X, y).fit(verbosity=0)
    assert [f.state for f in members(mach)] == [f.state for f in members(once)]
    assert mach.predict().equals(once.predict())
    assert mach.report.training_losses == once.report.training_losses


def test_a_smaller_ensemble_is_the_first_members_of_the_larger_one(X, y):
    mach = kf.machine(of_walkers(n=6), X, y).fit(verbosity=0)
    mach.model.n = 2
    mach.fit(verbosity=0)
    assert len(WALKED) == 18
    once = kf.machine(of_walkers(n=2), X, y).fit(verbosity=0)
    assert mach.predict().equals(once.predict())
    assert len(mach.report.members) == 2


def test_raised_epochs_continue_each_member_on_its_rows(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.model.epochs = 5
    mach.fit(verbosity=0)
    assert WALKED == [4, 5] * 4
    assert mach.report.decision == "continued (4: model.epochs 3 -> 5)"
    once = kf.machine(of_walkers(model=Walker(epochs=5)), X, y).fit(verbosity=0)
    assert [f.state for f in members(mach)] == [f.state for f in members(once)]


def test_more_members_of_more_epochs_are_both_at_once(X, y):
    mach = kf.machine(of_walkers(n=2), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.model.epochs, mach.model.n = 5, 3
    mach.fit(verbosity=0)
    assert WALKED == [4, 5, 4, 5, 1, 2, 3, 4, 5]
    once = kf.machine(of_walkers(n=3, model=Walker(epochs=5)), X, y).fit(verbosity=0)
    assert [f.state for f in members(mach)] == [f.state for f in members(once)]


@pytest.mark.parametrize(
    "change", [("rng", 2), ("bagging_fraction", 0.5), ("model.rate", 0.25)], ids=lambda c: c[0]
)
def test_other_changes_train_all_members_anew(X, y, change):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    set_path(mach.model, *change)
    mach.fit(verbosity=0)
    assert len(WALKED) == 12
    assert "from scratch (4" in mach.report.decision
    assert "4 models discarded" in mach.report.decision


def test_folds_of_evaluations_go_on_and_nothing_else_is_trained(X, y):
    mach = kf.machine(of_walkers(), X, y)
    mach.evaluate(kf.CV(3, rng=0), verbosity=0)
    WALKED.clear()
    mach.model.model.epochs, mach.model.n = 4, 5
    again = mach.evaluate(kf.CV(3, rng=0), verbosity=0)
    assert len(WALKED) == 3 * (4 * 1 + 1 * 4)
    fresh = kf.evaluate(copied(mach.model), X, y, kf.CV(3, rng=0), verbosity=0)
    assert again.per_fold == fresh.per_fold


def test_an_ensemble_grows_while_it_is_iterated_over(X, y):
    curve = kf.learning_curve(of_walkers(), X, y, range=[1, 2, 5], measure="l2", verbosity=0)
    assert curve.path == "n"
    assert len(WALKED) == 5 * 3


def test_weights_jobs_and_measures_may_change_without_training(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    WALKED.clear()
    mach.model.weights, mach.model.n_jobs = (1, 0, 0, 0), 2
    mach.model.out_of_bag_measure = "mae"
    mach.fit(verbosity=0)
    assert WALKED == []
    assert mach.predict().iloc[0] == members(mach)[0].state[0]
    assert list(mach.report.out_of_bag) == ["l1"]


# what they predict


def test_numbers_are_averaged_as_by_hand(X, y):
    tree = DecisionTreeRegressor(max_depth=3, random_state=0)
    weights = (1.0, 2.0, 0.5, 1.0)
    model = kf.EnsembleModel(tree, n=4, rng=1, weights=weights)
    mach = kf.machine(model, X, y).fit(verbosity=0)
    by_hand = np.zeros(N)
    for i, weight in enumerate(weights):
        rows = member_rows(1, i, N, 0.8)
        own = DecisionTreeRegressor(max_depth=3, random_state=0)
        by_hand += weight * own.fit(X.to_numpy()[rows], y.to_numpy()[rows]).predict(X.to_numpy())
    found = mach.predict()
    assert found.index.equals(X.index)
    assert found.name == "price"
    assert found.to_numpy() == pytest.approx(by_hand / sum(weights), rel=1e-12)


def test_distributions_are_averaged_as_by_hand(X, band):
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    mach = kf.machine(kf.EnsembleModel(tree, n=3, rng=1), X, band).fit(verbosity=0)
    levels = ["low", "mid", "high"]
    by_hand = np.zeros((N, 3))
    for i in range(3):
        rows = member_rows(1, i, N, 0.8)
        own = DecisionTreeClassifier(max_depth=2, random_state=0)
        own.fit(X.to_numpy()[rows], band.astype(str).to_numpy()[rows])
        order = [levels.index(label) for label in own.classes_]
        by_hand[:, order] += own.predict_proba(X.to_numpy())
    found = mach.predict()
    assert list(found.levels) == levels
    assert found.mode().cat.ordered
    assert np.asarray(found) == pytest.approx(by_hand / 3, abs=1e-12)
    assert mach.predict_mode().index.equals(X.index)


def test_labels_are_voted_for_as_by_hand(X, band):
    mach = kf.machine(kf.EnsembleModel(RidgeClassifier(), n=5, rng=1), X, band).fit(verbosity=0)
    votes = np.zeros((N, 3))
    levels = ["low", "mid", "high"]
    for i in range(5):
        rows = member_rows(1, i, N, 0.8)
        own = RidgeClassifier().fit(X.to_numpy()[rows], band.astype(str).to_numpy()[rows])
        said = own.predict(X.to_numpy())
        votes += np.array(levels) == said[:, None]
    assert mach.predict().tolist() == [levels[k] for k in votes.argmax(axis=1)]
    assert mach.predict().cat.ordered


class Saying(kf.Deterministic):
    """Says the label of its first training row, whatever it is asked."""

    input_scitype = st.Table(st.Infinite)
    target_scitype = st.Vector[st.Finite]

    def fit(self, data):
        return kf.Fitted(next(iter(data.y)))

    def predict(self, fitted, X):
        return np.array([fitted.state] * len(X))


def test_of_equal_votes_the_first_level_wins_and_weights_decide():
    X = pd.DataFrame({"a": range(10)})
    y = pd.Categorical(["v", "u"] * 5, ["u", "v", "w"])
    model = kf.EnsembleModel(Saying(), n=2, bagging_fraction=0.1, rng=0)
    seed = next(s for s in range(99) if {*_first(s, 0), *_first(s, 1)} == {0, 1})
    model.rng = seed
    mach = kf.machine(model, X, y).fit(verbosity=0)
    assert {str(fitted.state) for fitted in members(mach)} == {"u", "v"}
    assert mach.predict().tolist() == ["u"] * 10
    model.weights = tuple(1.0 + (fitted.state == "v") for fitted in members(mach))
    assert mach.fit(verbosity=0).predict().tolist() == ["v"] * 10


def _first(seed, i):
    return member_rows(seed, i, 10, 0.1) % 2


def test_several_targets_stay_a_table(X, y):
    two = pd.DataFrame({"up": y, "down": -y})
    mach = kf.machine(kf.EnsembleModel(LinearRegression(), n=3, rng=1), X, two).fit(verbosity=0)
    found = mach.predict()
    assert list(found) == ["up", "down"]
    assert found.index.equals(X.index)
    parts = []
    for i in range(3):
        rows = member_rows(1, i, N, 0.8)
        own = LinearRegression().fit(X.to_numpy()[rows], two.to_numpy()[rows])
        parts.append(own.predict(X.to_numpy()))
    assert found.to_numpy() == pytest.approx(np.mean(parts, axis=0), rel=1e-9)


def test_a_matrix_gives_an_array(X, y):
    model = kf.EnsembleModel(LinearRegression(), n=2, rng=1)
    found = kf.machine(model, X.to_numpy(), y.to_numpy()).fit(verbosity=0).predict()
    assert isinstance(found, np.ndarray)
    assert found.shape == (N,)


def test_sample_weights_pass_through_to_members(X, y):
    weights = np.arange(1.0, N + 1)
    model = kf.EnsembleModel(Drawing(), n=2, rng=1)
    kf.machine(model, X, y, weights).fit(verbosity=0)
    for i, (_, _, own) in enumerate(Drawing.fits):
        assert np.array_equal(own, weights[member_rows(1, i, N, 0.8)])
    with pytest.raises(kf.WeightsError, match="EnsembleModel"):
        kf.machine(kf.EnsembleModel(Saying()), X, pd.Categorical(["u"] * N), weights)


def test_ensembles_are_members_too(X, y):
    inner = kf.EnsembleModel(Drawing(), n=2)
    mach = kf.machine(kf.EnsembleModel(inner, n=3, rng=1), X, y).fit(verbosity=0)
    assert len({seed for seed, _, _ in Drawing.fits}) == 6
    assert len({target.tobytes() for _, target, _ in Drawing.fits}) == 6
    assert mach.predict().nunique() == 1


def test_labels_that_no_pool_has_are_taken_where_all_members_take_them(X, y):
    X = X.assign(town=pd.Categorical(["Ox", "Ur"] * 11 + ["Ox"]))
    for unknown, taken in [("ignore", {"town"}), ("error", set())]:
        pipe = kf.OneHotEncoder(handle_unknown=unknown) | LinearRegression()
        mach = kf.machine(kf.EnsembleModel(pipe, n=2, rng=1), X, y).fit(verbosity=0)
        assert mach.fitted_model.takes_unseen(mach.fitted) == taken
    with pytest.raises(st.ScitypeError):
        mach.predict(X.assign(town="Ys"))


# out of bag


def test_out_of_bag_rows_are_predicted_by_the_members_that_left_them_out(X, y):
    tree = DecisionTreeRegressor(max_depth=3, random_state=0)
    model = kf.EnsembleModel(tree, n=4, rng=1, out_of_bag_measure=["mae", "rmse"])
    mach = kf.machine(model, X, y).fit(verbosity=0)
    total, counts = np.zeros(N), np.zeros(N)
    for i in range(4):
        rows = member_rows(1, i, N, 0.8)
        out = np.setdiff1d(np.arange(N), rows)
        own = DecisionTreeRegressor(max_depth=3, random_state=0)
        own.fit(X.to_numpy()[rows], y.to_numpy()[rows])
        total[out] += own.predict(X.to_numpy()[out])
        counts[out] += 1
    kept = counts > 0
    off = total[kept] / counts[kept] - y.to_numpy()[kept]
    assert 0 < mach.report.out_of_bag_skipped == N - kept.sum()
    assert mach.report.out_of_bag["l1"] == pytest.approx(np.abs(off).mean(), rel=1e-12)
    assert mach.report.out_of_bag["rms"] == pytest.approx(np.sqrt((off**2).mean()), rel=1e-12)


def test_out_of_bag_distributions_are_measured_by_their_likeliest_label_too(X, band):
    measures = ["log_loss", "accuracy"]
    model = kf.EnsembleModel(Shares(), n=30, rng=1, out_of_bag_measure=measures)
    mach = kf.machine(model, X, band).fit(verbosity=0)
    assert mach.report.out_of_bag_skipped == 0
    probabilities = np.zeros((N, 3))
    for i, fitted in enumerate(members(mach)):
        out = np.setdiff1d(np.arange(N), member_rows(1, i, N, 0.8))
        probabilities[out] += fitted.state[1]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    codes = band.cat.codes.to_numpy()
    by_hand = -np.log(probabilities[np.arange(N), codes]).mean()
    assert mach.report.out_of_bag["log_loss"] == pytest.approx(by_hand, rel=1e-9)
    right = (probabilities.argmax(axis=1) == codes).mean()
    assert mach.report.out_of_bag["accuracy"] == pytest.approx(right)


def test_rows_whose_copies_trained_a_member_are_not_out_of_its_bag(X, y):
    model = kf.EnsembleModel(Walker(epochs=1), n=1, rng=1, out_of_bag_measure="mae")
    rows = model.select(model.prepare(X, y), np.repeat(np.arange(4), 5))
    fitted = model.fit(rows)
    inside = np.repeat(np.arange(4), 5)[member_rows(1, 0, 20, 0.8)]
    if len(set(inside)) == 4:
        assert fitted.report["out_of_bag"] is None
    assert (
        fitted.report["out_of_bag_skipped"] == 20 - (~np.isin(np.repeat(range(4), 5), inside)).sum()
    )


# interrupts and early ends


def striking(epoch):
    def strike(row):
        if row["epoch"] == epoch:
            raise KeyboardInterrupt

    return strike


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupt_keeps_whole_members_and_the_rest_follow(X, y, n_jobs):
    mach = kf.machine(of_walkers(n_jobs=n_jobs), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=striking(2), verbosity=0)
    assert len(members(mach)) == 2
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 2, going on to 4 models)"
    once = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    assert [f.state for f in members(mach)] == [f.state for f in members(once)]


class Breaking(Walker):
    """A walker that is interrupted in its own training, once."""

    def _walk(self, fitted, data, run):
        BROKEN.append(None)
        if len(BROKEN) == 3:
            raise KeyboardInterrupt
        return super()._walk(fitted, data, run)


BROKEN = []


def test_an_interrupt_within_a_member_loses_that_member_alone(X, y):
    BROKEN.clear()
    mach = kf.machine(kf.EnsembleModel(Breaking(epochs=2), n=4, rng=1), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert len(members(mach)) == 2
    WALKED.clear()
    mach.fit(verbosity=0)
    assert WALKED == [1, 2, 1, 2]


def test_an_interrupt_before_the_first_member_is_done_keeps_nothing(X, y):
    BROKEN[:] = [None, None]
    mach = kf.machine(kf.EnsembleModel(Breaking(epochs=2), n=4, rng=1), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(verbosity=0)
    assert mach.learned is None


def test_members_that_lag_behind_after_an_interrupt_are_brought_up(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    mach.model.model.epochs = 5
    WALKED.clear()
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=striking(3), verbosity=0)
    assert WALKED == [4, 5] * 3
    assert [len(f.state[1]) - 1 for f in members(mach)] == [5, 5, 5, 3]
    mach.fit(verbosity=0)
    assert WALKED == [4, 5] * 4


class Particular(Walker):
    """A walker that wants to be told as what it was trained."""

    def update(self, fitted, old_model, data, run=QUIET):
        assert old_model.epochs == len(fitted.state[1]) - 1 < self.epochs
        return super().update(fitted, old_model, data, run)


def test_members_that_lag_behind_are_updated_as_what_they_were(X, y):
    mach = kf.machine(of_walkers(model=Particular(epochs=3)), X, y).fit(verbosity=0)
    for goal in (5, 6):
        mach.model.model.epochs = goal
        with pytest.raises(KeyboardInterrupt):
            mach.fit(on_epoch=striking(goal - 3), verbosity=0)
    assert [len(f.state[1]) - 1 for f in members(mach)] == [6, 6, 6, 3]
    mach.fit(verbosity=0)
    assert [len(f.state[1]) - 1 for f in members(mach)] == [6] * 4


def test_over_other_changes_an_interrupt_keeps_nothing_until_all_have_gone_on(X, y):
    mach = kf.machine(of_walkers(), X, y).fit(verbosity=0)
    before = mach.learned
    mach.model.model.epochs, mach.model.model.pace, mach.model.n = 5, 0.5, 6
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=striking(3), verbosity=0)
    assert mach.learned is before
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=striking(5), verbosity=0)
    assert len(members(mach)) == 5
    assert {len(f.state[1]) - 1 for f in members(mach)} == {5}


def test_a_true_answer_ends_the_growth(X, y):
    mach = kf.machine(of_walkers(), X, y)
    mach.fit(on_epoch=lambda row: row["epoch"] == 2, verbosity=0)
    assert len(members(mach)) == 2
    assert mach.report.stopped == "on_epoch"
    assert mach.fit(verbosity=0).report.decision.startswith("nothing to do (3")
    assert len(members(mach)) == 2


# threads


def test_threads_give_the_same_bits(X, y):
    net = kf.NeuralNetworkRegressor(builder=kf.MLP((4,)), epochs=2, batch_size=8)
    options = {"n": 3, "rng": 1, "out_of_bag_measure": "mae"}
    alone = kf.machine(kf.EnsembleModel(net, **options), X, y).fit(verbosity=0)
    several = kf.machine(kf.EnsembleModel(net, **options, n_jobs=3), X, y).fit(verbosity=0)
    assert several.predict().equals(alone.predict())
    assert several.report.training_losses == alone.report.training_losses
    assert dict(several.report.out_of_bag) == dict(alone.report.out_of_bag)


def test_an_error_in_a_member_says_which(X, y):
    for n_jobs in (1, 2):
        mach = kf.machine(kf.EnsembleModel(Failing(), n=3, n_jobs=n_jobs), X, y)
        with pytest.raises(ZeroDivisionError) as caught:
            mach.fit(verbosity=0)
        assert "This happened in member 1 of 3 of an ensemble." in caught.value.__notes__


# reports


def test_history_has_a_row_for_each_member(X, y):
    mach = kf.machine(of_walkers(), X, y)
    mach.fit(rows=range(18), validation=range(18, N), verbosity=0)
    losses = [f.state[1] for f in members(mach)]
    assert mach.history["epoch"].tolist() == [1, 2, 3, 4]
    assert mach.history["training_loss"].tolist() == [own[-1] for own in losses]
    assert mach.history["validation_loss"].notna().all()
    assert mach.training_losses.tolist() == [losses[0][0], *(own[-1] for own in losses)]
    assert [len(r.training_losses) for r in mach.report.members] == [4] * 4
    assert [m.place for m in mach.fitted_params.members] == [f.state[0] for f in members(mach)]


def test_progress_is_told_by_member(X, y, capsys):
    kf.machine(of_walkers(n=2), X, y).fit(verbosity=2)
    said = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in said[-2:]] == ["model 1/2", "model 2/2"]
    kf.machine(of_walkers(n=2), X, y).fit()
    assert "model 2/2" in capsys.readouterr().out
    net = kf.NeuralNetworkRegressor(builder=kf.MLP((4,)), epochs=1, batch_size=8)
    mach = kf.machine(of_walkers(model=net, n=1), X, y).fit()
    assert "validation" not in capsys.readouterr().out
    assert mach.history["validation_loss"].isna().all()


def test_the_model_that_was_given_is_held_and_left_alone(X, y):
    inner = Drawing(rng=4)
    model = kf.EnsembleModel(inner, n=2, rng=1)
    kf.machine(model, X, y).fit(verbosity=0)
    assert model.model is inner
    assert inner == Drawing(rng=4)


# refusals


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: kf.EnsembleModel(kf.Standardizer()), "predicts nothing"),
        (lambda: kf.EnsembleModel(Walker(), n=0), "at least 1"),
        (lambda: kf.EnsembleModel(Walker(), bagging_fraction=0.0), "between 0 and 1"),
        (lambda: kf.EnsembleModel(Walker(), bagging_fraction=1.5), "between 0 and 1"),
        (lambda: kf.EnsembleModel(Walker(), weights=(1.0, -1.0)), "at least 0"),
        (lambda: kf.EnsembleModel(Walker(), n_jobs=0), "n_jobs"),
        (lambda: kf.EnsembleModel(Walker(), out_of_bag_measure="confmat"), "is no number"),
        (lambda: kf.EnsembleModel(3), "can't be a part of a model"),
    ],
)
def test_what_can_be_no_ensemble_is_refused(make, match):
    with pytest.raises(kf.HyperparameterError, match=match):
        make()


def test_weights_have_to_fit_the_members(X, y):
    for weights in [(1.0, 1.0), (0.0,) * 4]:
        with pytest.raises(kf.HyperparameterError, match="weights of an ensemble"):
            kf.machine(of_walkers(weights=weights), X, y).fit(verbosity=0)


def test_out_of_bag_measures_need_rows_that_are_left_out(X, y):
    model = of_walkers(bagging_fraction=1.0, out_of_bag_measure="mae")
    with pytest.raises(kf.HyperparameterError, match="No rows are left out"):
        kf.machine(model, X, y).fit(verbosity=0)


def test_a_measure_that_does_not_fit_is_refused_when_data_is_bound(X, y):
    with pytest.raises(kf.MeasureError, match="log_loss"):
        kf.machine(of_walkers(out_of_bag_measure="log_loss"), X, y)


def test_a_fraction_of_few_rows_that_is_none_is_refused(X, y):
    mach = kf.machine(of_walkers(bagging_fraction=0.2), X[:4], y[:4])
    with pytest.raises(kf.DataError, match="is no row"):
        mach.fit(verbosity=0)


def test_a_target_that_can_not_be_combined_is_refused(X):
    class Texts(kf.Deterministic):
        input_scitype = st.Table(st.Infinite)
        target_scitype = st.Vector[st.Textual]

        def fit(self, data):
            return kf.Fitted()

    with pytest.raises(kf.NotSupported, match="can't be combined"):
        kf.machine(kf.EnsembleModel(Texts()), X, ["some text"] * N)


def test_validation_is_refused_for_members_that_do_not_iterate(X, y):
    mach = kf.machine(kf.EnsembleModel(Drawing(), n=2, rng=1), X, y)
    with pytest.raises(kf.ArgumentError, match="validation"):
        mach.fit(rows=range(15), validation=range(15, N), verbosity=0)


def test_an_ensemble_has_no_encoding_of_its_own(X, y):
    mach = kf.machine(of_walkers(n=1), X, y).fit(verbosity=0)
    with pytest.raises(kf.NotSupported, match="Each member"):
        mach.encode()


def test_forests_of_scikit_learn_may_be_members(X, band):
    forest = RandomForestClassifier(n_estimators=2, max_depth=2)
    mach = kf.machine(kf.EnsembleModel(forest, n=2, rng=1), X, band).fit(verbosity=0)
    again = kf.machine(kf.EnsembleModel(forest, n=2, rng=1), X, band).fit(verbosity=0)
    assert np.array_equal(np.asarray(mach.predict()), np.asarray(again.predict()))
    assert len({r.rng for r in mach.report.members}) == 2


def test_the_losses_of_members_are_drawn_by_member(X, y):
    pytest.importorskip("matplotlib")
    mach = kf.machine(kf.EnsembleModel(Walker(epochs=2), n=3, rng=0), X, y).fit(verbosity=0)
    (axes,) = mach.plot().axes
    assert axes.get_xlabel() == "model"
    assert list(axes.lines[0].get_xdata()) == [1, 2, 3]


def test_weights_may_be_an_array(X, y):
    weights = kf.EnsembleModel(Walker(epochs=2), n=3, weights=np.array([1, 0, 2])).weights
    assert weights == (1.0, 0.0, 2.0)
    with pytest.raises(kf.HyperparameterError):
        kf.EnsembleModel(Walker(epochs=2), n=3, weights=np.ones((3, 1)))
