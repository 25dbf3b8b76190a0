"""Stacks outlive their process: files, checkpoints, SavedModels; all parts go on from there."""

import numpy as np
import pandas as pd
import pytest
from toys import WALKED, Walker

import kerasflux as kf

N = 30
FOLDS = kf.CV(2, rng=0)


@pytest.fixture
def X():
    draw = np.random.default_rng(5)
    towns = pd.Categorical(draw.choice(["Ox", "Ur"], N))
    return pd.DataFrame({"a": draw.normal(size=N), "b": draw.normal(size=N), "town": towns})


@pytest.fixture
def y(X):
    return (X["a"] + (X["town"] == "Ur")).rename("price")


@pytest.fixture
def band(y):
    return pd.Series(pd.cut(y, [-99, 0, 1, 99], labels=["low", "mid", "high"]), name="band")


def small(kind=kf.NeuralNetworkRegressor, **changes):
    options = {"builder": kf.MLP((4,)), "epochs": 1, "batch_size": 16, "rng": 3}
    options |= {"acceleration": kf.Acceleration(jit="graph")}  # one program for all rows of folds
    return kind(**{**options, **changes})


def of_walkers(**changes):
    options = {"metalearner": Walker(epochs=4, rate=0.7), "resampling": FOLDS}
    options |= {"one": Walker(epochs=3), "two": Walker(epochs=2, rate=0.3)}
    return kf.Stack(**{**options, **changes})


def test_a_loaded_stack_predicts_the_same_bits_and_all_parts_go_on(X, y, tmp_path):
    mach = kf.machine(of_walkers(measure="mae"), X, y).fit(verbosity=0)
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m", builders=[Walker])
    assert again.model == mach.model
    assert again.predict(X).equals(mach.predict())
    again = again.with_data(X, y)
    again.model.one.epochs = 5
    WALKED.clear()
    again.fit(verbosity=0)
    assert WALKED == [4, 5] * 3 + [1, 2, 3, 4]
    assert again.predict().equals(
        kf.machine(of_walkers(one=Walker(epochs=5)), X, y).fit(verbosity=0).predict()
    )


def test_a_metalearner_that_died_goes_on_and_base_models_are_kept(X, y, tmp_path):
    def crash(row):
        if row["epoch"] == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kf.machine(of_walkers(), X, y).fit(checkpoint=tmp_path, on_epoch=crash, verbosity=0)
    WALKED.clear()
    mach = kf.machine(of_walkers(), X, y).fit(checkpoint=tmp_path, verbosity=0)
    assert WALKED == [3, 4]
    assert mach.predict().equals(kf.machine(of_walkers(), X, y).fit(verbosity=0).predict())


def test_parts_that_no_checkpoint_can_hold_are_refused_by_name(X, y, tmp_path):
    class Undumped(Walker):
        dump = kf.Model.dump

    mach = kf.machine(of_walkers(two=Undumped()), X, y)
    with pytest.raises(kf.NotSupported, match="`two`"):
        mach.fit(checkpoint=tmp_path, verbosity=0)


def test_one_export_answers_as_the_machine_does(X, band, tmp_path):
    import tensorflow as tf

    kind = kf.NeuralNetworkClassifier
    bases = {"net": small(kind), "shares": kf.ConstantClassifier()}
    stack = kf.Stack(small(kind), kf.StratifiedCV(2, rng=0), passthrough=True, **bases)
    mach = kf.machine(stack, X, band).fit(verbosity=0)
    mach.export(tmp_path / "served")
    columns = {name: tf.constant(X[name]) for name in ("a", "b")}
    columns["town"] = tf.constant(X["town"].astype(str).tolist())
    loaded = tf.saved_model.load(str(tmp_path / "served"))
    answer = loaded.serve(columns)
    assert answer["probabilities"].numpy() == pytest.approx(np.asarray(mach.predict()), abs=1e-6)
    assert [v.decode() for v in answer["labels"].numpy()] == mach.predict_mode().tolist()


def test_one_export_of_a_matrix_answers_as_the_machine_does(X, y, tmp_path):
    import tensorflow as tf

    matrix = X[["a", "b"]].to_numpy()
    stack = kf.Stack(small(), FOLDS, True, net=small(rng=4), mean=kf.ConstantRegressor())
    mach = kf.machine(stack, matrix, y.to_numpy()).fit(verbosity=0)
    mach.export(tmp_path / "served")
    loaded = tf.saved_model.load(str(tmp_path / "served"))
    answer = loaded.serve({"matrix": tf.constant(matrix)})
    assert answer["predictions"].numpy() == pytest.approx(mach.predict(), abs=1e-6)
