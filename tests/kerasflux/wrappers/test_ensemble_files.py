"""Ensembles outlive their process: files, checkpoints, SavedModels; growth goes on from there."""

import numpy as np
import pandas as pd
import pytest
from toys import WALKED, Shares, Walker

import kerasflux as kf
import scitypes as st
from kerasflux.neural.tensors import as_tensor
from kerasflux.wrappers.combining import Numbers, Probabilities, Votes, reading_from_json

N = 30


@pytest.fixture
def X():
    draw = np.random.default_rng(5)
    towns = pd.Categorical(draw.choice(["Ox", "Ur"], N))
    return pd.DataFrame({"a": draw.normal(size=N), "town": towns})


@pytest.fixture
def y(X):
    return (X["a"] + (X["town"] == "Ur")).rename("price")


@pytest.fixture
def band(y):
    return pd.Series(pd.cut(y, [-99, 0, 1, 99], labels=["low", "mid", "high"]), name="band")


def small(kind=kf.NeuralNetworkRegressor, **changes):
    options = {"builder": kf.MLP((4,), dropout=0.2), "epochs": 2, "batch_size": 16}
    options |= {"acceleration": kf.Acceleration(jit="graph")}  # one program for all rows of bags
    return kind(**{**options, **changes})


def test_a_loaded_ensemble_predicts_the_same_bits_and_grows_as_if_nothing_had_been(X, y, tmp_path):
    model = kf.EnsembleModel(small(), n=2, rng=1, out_of_bag_measure=[kf.l1, "rmse"])
    mach = kf.machine(model, X, y).fit(verbosity=0)
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m")
    assert again.model == mach.model
    assert again.predict(X).equals(mach.predict())
    assert dict(again.report.out_of_bag) == dict(mach.report.out_of_bag)
    assert again.report.out_of_bag_skipped == mach.report.out_of_bag_skipped
    assert again.history.equals(mach.history)
    again = again.with_data(X, y)
    again.model.n, again.model.model.epochs = 3, 3
    again.fit(verbosity=0)
    assert again.report.decision == "continued (4: n 2 -> 3, model.epochs 2 -> 3)"
    once = kf.EnsembleModel(small(epochs=3), n=3, rng=1)
    assert again.predict().equals(kf.machine(once, X, y).fit(verbosity=0).predict())


class Above(kf.Deterministic):
    """Says of numbers above the mean of its training rows the last label, else the first."""

    input_scitype = st.Table(st.Infinite, st.Finite)
    target_scitype = st.Vector[st.Finite]
    exportable = True

    def fit(self, data):
        return kf.Fitted((float(data.X["a"].mean()), st.Pool.of(data.y)))

    def predict(self, fitted, X):
        mean, pool = fitted.state
        codes = np.where(X["a"] > mean, len(pool) - 1, 0)
        return pd.Series(pool.decode(codes), X.index)

    def dump(self, fitted):
        return {"pool": fitted.state[1].to_json()}, {"mean": np.array(fitted.state[0])}

    def load(self, record, arrays):
        return kf.Fitted((float(arrays["mean"]), st.Pool.from_json(record["pool"])))

    def serving(self, fitted):
        import tensorflow as tf

        mean, pool = fitted.state
        levels = as_tensor(pool, "the target")

        class Module(tf.Module):
            def __call__(self, columns):
                return {"labels": tf.where(columns["a"] > mean, levels[-1], levels[0])}

        return Module()


@pytest.mark.parametrize("model", [Above(), Shares(), kf.ConstantRegressor()], ids=repr)
def test_votes_and_all_other_ways_of_combining_are_read_from_files(X, y, band, model, tmp_path):
    target = y if isinstance(model, kf.ConstantRegressor) else band
    mach = kf.machine(kf.EnsembleModel(model, n=3, rng=1), X, target).fit(verbosity=0)
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m", builders=[type(model)])
    assert np.array_equal(np.asarray(again.predict(X)), np.asarray(mach.predict()))


def test_readings_come_back_from_json():
    pool = st.Pool(("u", 3), True)
    for reading in [Probabilities(pool), Votes(pool), Numbers(("a", "b"), True)]:
        assert reading_from_json(reading.to_json()) == reading


class Crash(Exception):
    pass


def test_a_fit_that_died_goes_on_with_the_members_that_were_done(X, y, tmp_path):
    def crash(row):
        if row["epoch"] == 3:
            raise Crash

    model = kf.EnsembleModel(Walker(epochs=2), n=5, rng=1)
    with pytest.raises(Crash):
        kf.machine(model, X, y).fit(checkpoint=tmp_path, on_epoch=crash, verbosity=0)
    WALKED.clear()
    mach = kf.machine(model, X, y).fit(checkpoint=tmp_path, verbosity=0)
    assert WALKED == [1, 2] * 3
    once = kf.machine(model, X, y).fit(verbosity=0)
    assert mach.predict().equals(once.predict())
    assert mach.training_losses.tolist() == once.training_losses.tolist()


def test_checkpoints_of_members_that_go_on_hold_some_that_lag_behind(X, y, tmp_path):
    def crash(row):
        if row["epoch"] == 3:
            raise Crash

    mach = kf.machine(kf.EnsembleModel(Walker(epochs=2), n=4, rng=1), X, y).fit(verbosity=0)
    mach.model.model.epochs = 4
    with pytest.raises(Crash):
        mach.fit(checkpoint=tmp_path, on_epoch=crash, verbosity=0)
    WALKED.clear()
    fresh = kf.machine(mach.model, X, y).fit(checkpoint=tmp_path, verbosity=0)
    assert WALKED == [3, 4, 3, 4]
    once = kf.machine(kf.EnsembleModel(Walker(epochs=4), n=4, rng=1), X, y).fit(verbosity=0)
    assert fresh.predict().equals(once.predict())


def test_members_without_dump_are_refused_before_a_checkpoint_is_needed(X, y, tmp_path):
    class Undumped(Walker):
        dump = kf.Model.dump

    mach = kf.machine(kf.EnsembleModel(Undumped(), n=2), X, y)
    with pytest.raises(kf.NotSupported, match="no `dump`"):
        mach.fit(checkpoint=tmp_path, verbosity=0)


def served(mach, X, folder):
    import tensorflow as tf

    mach.export(folder)
    columns = {"a": tf.constant(X["a"]), "town": tf.constant(X["town"].astype(str).tolist())}
    loaded = tf.saved_model.load(str(folder))
    return {name: tensor.numpy() for name, tensor in loaded.serve(columns).items()}


def test_one_export_averages_the_probabilities_of_the_members(X, band, tmp_path):
    model = kf.EnsembleModel(small(kf.NeuralNetworkClassifier), n=3, rng=1, weights=(1, 2, 0.5))
    mach = kf.machine(model, X, band).fit(verbosity=0)
    answer = served(mach, X, tmp_path / "served")
    assert answer["probabilities"] == pytest.approx(np.asarray(mach.predict()), abs=1e-6)
    assert [label.decode() for label in answer["labels"]] == mach.predict_mode().tolist()
    assert [label.decode() for label in answer["classes"]] == ["low", "mid", "high"]


def test_one_export_averages_the_numbers_of_the_members(X, y, tmp_path):
    mach = kf.machine(kf.EnsembleModel(small(), n=2, rng=1), X, y).fit(verbosity=0)
    answer = served(mach, X, tmp_path / "served")
    assert answer["predictions"] == pytest.approx(mach.predict().to_numpy(), abs=1e-6)


def test_one_export_averages_several_targets(X, y, tmp_path):
    two = pd.DataFrame({"up": y, "down": -y})
    net = small(kf.MultitargetNeuralNetworkRegressor)
    mach = kf.machine(kf.EnsembleModel(net, n=2, rng=1), X, two).fit(verbosity=0)
    answer = served(mach, X, tmp_path / "served")
    assert answer["predictions"] == pytest.approx(mach.predict().to_numpy(), abs=1e-6)


def test_one_export_counts_the_votes_of_the_members(X, band, tmp_path):
    model = kf.EnsembleModel(Above(), n=3, bagging_fraction=0.2, rng=1, weights=(1, 1.5, 1))
    mach = kf.machine(model, X, band).fit(verbosity=0)
    answer = served(mach, X, tmp_path / "served")
    assert [label.decode() for label in answer["labels"]] == mach.predict().tolist()
    assert set(mach.predict()) == {"low", "high"}
