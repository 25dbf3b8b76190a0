"""Searches over networks: one program, states that go on, and what outlives the process."""

import numpy as np
import pandas as pd
import pytest
from conformance.composites import differing
from searching_toys import alike

import kerasflux as kf

DRAW = np.random.default_rng(0)
X = pd.DataFrame({"a": DRAW.normal(size=60), "b": pd.Categorical(list("uvw") * 20)})
Y = pd.Series(pd.Categorical(np.where(X["a"] + DRAW.normal(size=60) > 0, "yes", "no")), name="y")
RATES = {"learning_rate": kf.log_range(1e-4, 1e-1), "lambda_": [0.0, 0.01]}


def net(epochs=2, **changes):
    builder = kf.MLP((5,), dropout=0.3)
    return kf.NeuralNetworkClassifier(
        builder=builder, batch_size=10, epochs=epochs, rng=3, **changes
    )


def search(epochs=2, n=3, **options):
    resampling = kf.StratifiedCV(nfolds=2, rng=0)
    tuning = kf.RandomSearch(rng=5)
    return kf.TunedModel(net(epochs), RATES, tuning, resampling=resampling, n=n, **options)


def fitted(*args, **options):
    return kf.machine(search(*args, **options), X, Y).fit(verbosity=0)


def test_one_program_serves_all_candidates():
    before = len(kf.programs)
    fitted()
    assert len(kf.programs) - before <= 1


def test_two_epochs_and_two_more_are_four_for_all_candidates_and_the_winner():
    mach = fitted(2)
    mach.model.model.epochs = 4
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: model.epochs 2 -> 4)"
    once = fitted(4)
    assert alike(mach, once)
    assert list(mach.report.best_report.training_losses) == list(
        once.report.best_report.training_losses
    )
    assert differing(mach, once) == []


def test_a_saved_search_goes_on_to_the_same_bits(tmp_path):
    fitted(2).save(tmp_path / "m")
    mach = kf.load(tmp_path / "m").with_data(X, Y)
    mach.model.model.epochs, mach.model.n = 4, 4
    assert mach.fit(verbosity=0).report.decision.startswith("continued (4: n 3 -> 4")
    assert alike(mach, fitted(4, n=4))


def test_the_export_is_that_of_the_best_model(tmp_path):
    import tensorflow as tf

    mach = fitted()
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    answer = served.serve({"a": tf.constant(X["a"]), "b": tf.constant(list(X["b"]))})
    assert answer["probabilities"].numpy() == pytest.approx(np.asarray(mach.predict()), abs=1e-6)


def test_threads_learn_the_same_bits():
    assert alike(fitted(n_jobs=3), fitted())


@pytest.mark.filterwarnings("ignore:1 of 2 candidates failed")
def test_a_network_that_diverges_is_a_recorded_failure():
    model = kf.NeuralNetworkRegressor(builder=kf.Linear(), optimiser="sgd", epochs=9, rng=1)
    tuned = kf.TunedModel(model, {"learning_rate": [0.01, 1e25]}, kf.Grid(shuffle=False))
    mach = kf.machine(tuned, X[["a"]], X["a"] * 2).fit(verbosity=0)
    failed = mach.report.history[1]
    assert failed.status == "failed"
    assert failed.error.startswith("fold 1, after ")
    assert "the " in failed.error


def test_candidates_are_given_up_by_their_epochs():
    tuning = kf.OptunaSearch(rng=1, pruner="median", every=1)
    model = net(2)
    rates = {"learning_rate": kf.log_range(1e-6, 1e-1)}
    tuned = kf.TunedModel(model, rates, tuning, resampling=kf.CV(nfolds=2, rng=0), n=9)
    mach = kf.machine(tuned, X, Y).fit(verbosity=0)
    statuses = mach.report.history.to_frame()["status"]
    assert set(statuses) == {"ok", "pruned"}
    again = kf.machine(tuned, X, Y).fit(verbosity=0)
    assert alike(mach, again)
    mach.model.n = 10
    mach.fit(verbosity=0)
    more = kf.TunedModel(model, rates, tuning, resampling=kf.CV(nfolds=2, rng=0), n=10)
    assert alike(mach, kf.machine(more, X, Y).fit(verbosity=0))


def test_halving_goes_on_with_networks():
    tuning = kf.SuccessiveHalving(n=4, factor=2, min_resource=1, max_resource=4, rng=1)
    tuned = kf.TunedModel(net(), {"learning_rate": kf.log_range(1e-4, 1e-1)}, tuning,
                          resampling=kf.CV(nfolds=2, rng=0))  # fmt: skip
    mach = kf.machine(tuned, X, Y).fit(verbosity=0)
    last = mach.report.history[-1]
    assert (last.iterations, last.parent is not None) == (4, True)
    alone = kf.evaluate(last.model, X, Y, kf.CV(nfolds=2, rng=0), verbosity=0)
    assert list(last.measurement) == alone.measurement


def test_networks_that_died_go_on_from_the_folder_to_the_same_bits(tmp_path):
    class Crash(Exception):
        pass

    def die(row):
        if row["epoch"] == 3:
            raise Crash

    fitted(2, n=3, checkpoint=tmp_path)
    with pytest.raises(Crash):
        kf.machine(search(4, checkpoint=tmp_path), X, Y).fit(on_epoch=die, verbosity=0)
    again = fitted(4, checkpoint=tmp_path, keep_states=0)
    assert differing(again, fitted(4, keep_states=0)) == []
