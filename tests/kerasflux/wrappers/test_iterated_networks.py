"""Iterated networks: the best look is a network of that many epochs, bit for bit."""

import numpy as np
import pandas as pd
import pytest
from networks import ARCHITECTURES, MATRIX, PRICE, SOLD, differing

import kerasflux as kf
import scitypes as st

CASE = ARCHITECTURES["embedded"]
RATE = kf.optimisers.Adam(learning_rate=0.05)


def net(**options):
    return CASE.make(**{"rng": 3, "optimiser": RATE, **options})


def machine(*rules, model=None, **options):
    controls = options.pop("controls", [kf.Step(1), *rules])
    return kf.machine(kf.IteratedModel(model or net(), controls, **options), CASE.X, CASE.y)


def rows_that_train():
    n = len(CASE.y)
    return st.partition(np.arange(n), 0.7, shuffle=True, rng=0, stratify=CASE.y)[0]


def probabilities(mach):
    return np.asarray(mach.predict())


@pytest.fixture(scope="module")
def stopped():
    """A machine whose last epoch is not its best."""
    mach = machine(kf.NumberSinceBest(3), kf.NumberLimit(60)).fit(verbosity=0)
    assert mach.report.best_iteration == mach.report.n_iterations - 3
    return mach


def test_the_best_epoch_is_a_network_trained_for_as_many(stopped):
    best = stopped.report.best_iteration
    plain = kf.machine(net(epochs=best), CASE.X, CASE.y).fit(rows_that_train(), verbosity=0)
    assert np.array_equal(probabilities(stopped), probabilities(plain))
    last = kf.machine(net(epochs=stopped.report.n_iterations), CASE.X, CASE.y)
    last.fit(rows_that_train(), verbosity=0)
    assert np.array_equal(stopped.training_losses, last.training_losses)
    assert stopped.history["learning_rate"].eq(0.05).all()


def test_what_was_measured_is_what_evaluate_measures(stopped):
    train = rows_that_train()
    test = np.setdiff1d(np.arange(len(CASE.y)), train)
    best = stopped.report.best_iteration
    e = kf.evaluate(net(epochs=best), CASE.X, CASE.y, [(train, test)], verbosity=0)
    assert stopped.report.losses["log_loss"].min() == pytest.approx(e["log_loss"], abs=1e-12)


def test_two_parts_are_one_through_a_file(tmp_path):
    rules = [kf.InvalidValue(), kf.NumberSinceBest(20)]
    mach = machine(*rules, kf.NumberLimit(2)).fit(verbosity=0)
    mach.save(tmp_path / "m")
    again = kf.load(tmp_path / "m").with_data(CASE.X, CASE.y)
    assert np.array_equal(probabilities(again), probabilities(mach))
    once = machine(*rules, kf.NumberLimit(4)).fit(verbosity=0)
    for staged in (mach, again):
        staged.model.controls[-1].n = 4
        staged.fit(verbosity=0)
        assert staged.report.decision == "continued (4: controls.3.n 2 -> 4)"
        assert differing(staged, once) == []


def test_a_loss_that_becomes_nan_leaves_the_best_finite_state():
    wild = net(optimiser=kf.optimisers.SGD(learning_rate=1e30))
    mach = machine(kf.InvalidValue(), kf.NumberLimit(9), model=wild)
    with pytest.warns(kf.KerasfluxWarning, match="last finite state"):
        mach.fit(verbosity=0)
    assert mach.report.n_iterations < 9
    assert "nan" in mach.report.stopped or "finite" in mach.report.stopped
    assert np.isfinite(probabilities(mach)).all()


def test_rates_that_are_set_between_cycles_train_as_a_schedule_does():
    cycle = kf.CycleLearningRate(stepsize=2, lower=0.001, upper=0.05)
    mach = machine(controls=[cycle, kf.Step(1), kf.NumberLimit(4)]).fit(verbosity=0)
    assert mach.history["learning_rate"].tolist() == pytest.approx([0.001, 0.0255, 0.05, 0.0255])
    assert mach.model.model.optimiser.learning_rate == 0.05
    half = machine(controls=[cycle, kf.Step(1), kf.NumberLimit(2)]).fit(verbosity=0)
    half.model.controls[2].n = 4
    assert differing(half.fit(verbosity=0), mach) == []


def test_a_changed_optimiser_trains_on_with_its_own_slots():
    mach = machine(kf.NumberLimit(2)).fit(verbosity=0)
    mach.model.model.optimiser.learning_rate = 0.001
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: model.optimiser.learning_rate 0.05 -> 0.001)"
    assert mach.history["learning_rate"].tolist() == pytest.approx([0.05, 0.05, 0.001, 0.001])


def test_all_rows_learn_as_a_plain_network_does():
    mach = machine(kf.NumberLimit(3), retrain=True, restore_best=False).fit(verbosity=0)
    plain = kf.machine(net(epochs=3), CASE.X, CASE.y).fit(verbosity=0)
    assert np.array_equal(probabilities(mach), probabilities(plain))


def test_online_rows_are_learned_from_one_item_after_another():
    halves = [(CASE.X[:20], CASE.y[:20]), (CASE.X[20:].astype({"town": str}), CASE.y[20:])]
    controls = [kf.Data(halves), kf.Step(1), kf.NumberLimit(2)]
    mach = machine(controls=controls, restore_best=False).fit(verbosity=0)
    assert len(mach.training_losses) == 3
    other = machine(kf.NumberLimit(2), restore_best=False).fit(verbosity=0)
    assert not np.array_equal(probabilities(mach), probabilities(other))


def test_controls_see_machines_and_evaluations():
    machines, evaluations = [], []
    controls = [
        kf.Step(1),
        kf.WithMachineDo(machines.append),
        kf.WithEvaluationDo(evaluations.append),
        kf.NumberLimit(1),
    ]
    mach = machine(controls=controls).fit(verbosity=0)
    assert machines[0].predict(CASE.X).levels == mach.predict().levels
    assert np.array_equal(np.asarray(machines[0].predict(CASE.X)), probabilities(mach))
    assert evaluations[0]["log_loss"] == mach.report.losses["log_loss"][0]
    on = machines[0].with_data(CASE.X, CASE.y)
    on.model.epochs = 2
    assert on.fit(verbosity=0).report.decision == "continued (4: epochs 1 -> 2)"


def test_one_export_answers_as_the_machine_does(tmp_path):
    import tensorflow as tf

    table = pd.DataFrame(MATRIX, columns=list("abcd"))
    steps = kf.Standardizer() | kf.NeuralNetworkBinaryClassifier(builder=kf.MLP((4,)), rng=1)
    model = kf.IteratedModel(steps, [kf.Step(1), kf.NumberLimit(2)])
    assert model.exportable
    mach = kf.machine(model, table, SOLD).fit(verbosity=0)
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    answer = served.serve({name: tf.constant(table[name]) for name in table})
    expected = np.asarray(mach.predict())
    assert answer["probabilities"].numpy() == pytest.approx(expected, abs=1e-6)


def test_every_fold_goes_on_bit_for_bit():
    mach = machine(kf.NumberLimit(1))
    folds = {"resampling": kf.StratifiedCV(nfolds=2, rng=0), "verbosity": 0}
    mach.evaluate(**folds)
    mach.model.controls[1].n = 2
    again = mach.evaluate(**folds)
    fresh = machine(kf.NumberLimit(2)).evaluate(**folds)
    assert {r.decision for r in again.report_per_fold} == {"continued (4: controls.1.n 1 -> 2)"}
    assert again.per_fold == fresh.per_fold
    assert {r.n_iterations for r in again.report_per_fold} == {2}


def test_nothing_is_drawn_twice_without_a_seed(tmp_path):
    mach = machine(kf.NumberLimit(1), model=net(rng=None)).fit(verbosity=0)
    seed = mach.report.rng
    mach.model.controls[1].n = 2
    mach.fit(verbosity=0)
    assert mach.report.rng == seed
    once = machine(kf.NumberLimit(2), model=net(rng=seed)).fit(verbosity=0)
    assert np.array_equal(probabilities(mach), probabilities(once))


def test_the_documented_default_stops_a_regressor():
    table = pd.DataFrame(MATRIX, columns=list("abcd"))
    small = kf.NeuralNetworkRegressor(builder=kf.Linear(), rng=1)
    mach = kf.machine(kf.early_stopping(small, max_epochs=3), table, PRICE).fit(verbosity=0)
    assert mach.report.n_iterations <= 3
    assert mach.report.losses.columns.tolist() == ["epoch", "training_loss", "rms", "best"]


def test_one_axis_for_both_where_the_loss_itself_is_measured(stopped):
    pytest.importorskip("matplotlib")
    assert len(stopped.plot().axes) == 1
    labels = [line.get_label() for line in stopped.plot().axes[0].lines]
    assert {"training", "validation"} < set(labels)
    other = machine(kf.NumberLimit(2), measure=kf.brier_loss).fit(verbosity=0)
    assert len(other.plot().axes) == 2
