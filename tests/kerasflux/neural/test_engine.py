import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from neural_cases import N, arrays_of, bit_equal, make, table, values

import kerasflux as kf
from kerasflux.builders.dense import MLP
from kerasflux.errors import DataError, HyperparameterError, Interrupted
from kerasflux.interface import Run
from kerasflux.log import KerasfluxWarning
from kerasflux.neural.base import NeuralNetwork


def through_files(model, fitted):
    record, arrays = model.dump(fitted)
    return model.load(json.loads(json.dumps(record)), arrays)


# the five models, each property


def test_five_epochs_and_five_more_are_ten_bit_for_bit(kind):
    half, X, y = make(kind, epochs=5)
    whole, *_ = make(kind, epochs=10)
    data = half.prepare(X, y)
    staged = whole.update(half.fit(data), half, data)
    assert bit_equal(staged, whole.fit(data))
    assert len(staged.report["training_losses"]) == 11


def test_the_same_through_dump_and_load(kind):
    half, X, y = make(kind, epochs=5)
    whole, *_ = make(kind, epochs=10)
    data = half.prepare(X, y)
    loaded = through_files(half, half.fit(data))
    assert bit_equal(whole.update(loaded, half, data), whole.fit(data))


def test_a_loaded_fit_predicts_the_same_bits(case):
    model, X, _, data = case
    fitted = model.fit(data)
    loaded = through_files(model, fitted)
    assert np.array_equal(values(model.predict(loaded, X)), values(model.predict(fitted, X)))
    assert np.array_equal(loaded.report["training_losses"], fitted.report["training_losses"])


def test_a_copied_and_a_pickled_fit_predict_the_same_bits(case):
    model, X, _, data = case
    fitted = model.fit(data)
    for other in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
        assert np.array_equal(values(model.predict(other, X)), values(model.predict(fitted, X)))


def test_equal_seeds_give_equal_networks_and_others_give_others(kind):
    model, X, y = make(kind, epochs=1)
    data = model.prepare(X, y)
    assert bit_equal(model.fit(data), model.fit(data))
    other, *_ = make(kind, epochs=1, rng=8)
    assert not bit_equal(model.fit(data), other.fit(data))


def test_zero_epochs_give_an_untrained_network_that_predicts(kind):
    model, X, y = make(kind, epochs=0)
    fitted = model.fit(model.prepare(X, y))
    assert len(fitted.report["training_losses"]) == 1
    assert np.isfinite(values(model.predict(fitted, X))).all()


def test_the_fitted_network_takes_what_encode_gives_and_predicts_what_predict_does(case):
    model, X, _, data = case
    fitted = model.fit(data)
    given = np.asarray(fitted.params.network(model.encode(fitted, X)))
    expected = values(model.predict(fitted, X))
    if model.prediction_type == "deterministic":
        given = fitted.state.target.decode(given).reshape(expected.shape)
    elif given.shape[1] == 1:
        given = np.concatenate([1 - given, given], axis=1)
    assert np.allclose(given, expected, rtol=1e-6, atol=1e-7)


def test_a_row_is_predicted_to_the_same_bits_alone_and_in_any_order(case):
    model, X, _, data = case
    fitted = model.fit(data)
    whole = values(model.predict(fitted, X))
    order = np.random.default_rng(0).permutation(N)
    shuffled = values(model.predict(fitted, kf.selectrows(X, order)))
    assert np.array_equal(shuffled, whole[order])
    for row in (0, 5, N - 1):
        one = values(model.predict(fitted, kf.selectrows(X, np.array([row]))))
        assert np.array_equal(one[0], whole[row])


def test_no_rows_are_predicted_as_none(case):
    model, X, _, data = case
    assert len(model.predict(model.fit(data), kf.selectrows(X, np.arange(0)))) == 0


def test_learning_lowers_the_loss(kind):
    model, X, y = make(kind, epochs=30)
    losses = model.fit(model.prepare(X, y)).report["training_losses"]
    assert losses[-1] < losses[0]


def test_a_fit_changes_neither_model_nor_data(kind):
    model, X, y = make(kind)
    before, data = copy.deepcopy(model), model.prepare(X, y)
    frozen = pickle.dumps((X, y))
    model.fit(data)
    assert model == before
    assert pickle.dumps((X, y)) == frozen


def test_rows_alone_are_learned_from(case):
    model, X, y, data = case
    rows = np.arange(0, N, 2)
    some = model.fit(model.select(data, rows))
    direct = model.fit(model.prepare(kf.selectrows(X, rows), kf.selectrows(y, rows)))
    assert bit_equal(some, direct)


def test_no_rows_are_refused(case):
    model, _, _, data = case
    with pytest.raises(DataError, match="no rows"):
        model.fit(model.select(data, np.arange(0)))


def test_a_missing_target_is_refused(case):
    model, X, *_ = case
    with pytest.raises(DataError, match="no target"):
        model.fit(model.prepare(X))


def test_weights_change_the_result_and_their_scale_does_not(case):
    model, X, y, data = case
    weights = np.random.default_rng(0).uniform(0.1, 2, N)
    plain, weighted = model.fit(data), model.fit(model.prepare(X, y, weights))
    scaled = model.fit(model.prepare(X, y, weights * 4))
    assert not bit_equal(plain, weighted)
    assert bit_equal(weighted, scaled)


def test_every_epoch_is_reported_and_a_true_answer_ends_the_fit(case):
    model, _, _, data = case
    rows = []

    def stop_after_two(row):
        rows.append(row)
        return len(rows) == 2

    fitted = model.fit(data, Run(on_epoch=stop_after_two))
    assert [row["epoch"] for row in rows] == [1, 2]
    assert fitted.report["stopped"] == "on_epoch"
    assert [row["training_loss"] for row in rows] == fitted.report["training_losses"][1:].tolist()


def test_an_interrupt_keeps_the_last_finished_epoch_and_the_rest_can_follow(case):
    model, _, _, data = case

    def interrupt(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        model.fit(data, Run(on_epoch=interrupt))
    kept = caught.value.fitted
    assert len(kept.report["training_losses"]) == 3
    assert bit_equal(model.update(kept, model, data), model.fit(data))


def test_a_validation_loss_is_measured_each_epoch_and_changes_nothing_else(case):
    model, _, _, data = case
    rows = np.arange(20)
    held_out = model.select(data, rows)
    fitted = model.fit(data, Run(validation=held_out))
    history = fitted.report["history"]
    assert np.isfinite([row["validation_loss"] for row in history]).all()
    assert all(map(np.array_equal, arrays_of(fitted), arrays_of(model.fit(data))))


# what continues and what starts from scratch


CONTINUING = {"epochs": 4, "acceleration": "cpu", "optimiser": kf.optimisers.SGD(momentum=0.5)}
RESTARTING = {
    "batch_size": 16,
    "lambda_": 0.1,
    "alpha": 0.5,
    "shuffle": False,
    "rng": 8,
    "loss": "huber",
    "builder": MLP((9,)),
    "scaling": "standard",
    "missing": "impute",
    "embedding_dims": {"colour": 1},
    "target_scaling": None,
    "optimiser_changes_trigger_retraining": True,
}


@pytest.mark.parametrize("name", CONTINUING)
def test_training_continues_where_only_this_changed(name):
    old, *_ = make("regressor")
    new, *_ = make("regressor", **{name: CONTINUING[name]})
    assert new.restarts(old) == ()


@pytest.mark.parametrize("name", RESTARTING)
def test_training_restarts_where_this_changed(name):
    old, *_ = make("regressor")
    new, *_ = make("regressor", **{name: RESTARTING[name]})
    assert {change.path.split(".")[0] for change in new.restarts(old)} == {name}


def test_all_hyperparameters_were_tried_above():
    names = set(kf.NeuralNetworkRegressor._fields)
    assert names == set(CONTINUING) | set(RESTARTING)


def test_fewer_epochs_restart():
    old, X, y = make("regressor", epochs=4)
    new, *_ = make("regressor", epochs=2)
    data = old.prepare(X, y)
    assert [str(change) for change in new.restarts(old)] == ["epochs 4 -> 2"]
    assert bit_equal(new.update(old.fit(data), old, data), new.fit(data))


def test_a_changed_optimiser_restarts_if_asked_to():
    option = {"optimiser_changes_trigger_retraining": True}
    old, *_ = make("regressor", **option)
    new, *_ = make("regressor", optimiser=kf.optimisers.Adam(learning_rate=0.1), **option)
    assert [change.path for change in new.restarts(old)] == ["optimiser.learning_rate"]


def test_a_changed_learning_rate_takes_effect_and_keeps_the_slots():
    old, X, y = make("regressor", epochs=2)
    data = old.prepare(X, y)
    before = old.fit(data)
    new, *_ = make("regressor", epochs=3, optimiser=kf.optimisers.Adam(learning_rate=0.0))
    after = new.update(before, old, data)
    for a, b in zip(before.params.weights, after.params.weights, strict=True):
        assert np.array_equal(a, b) or a.dtype.kind in "iu"  # dropout went on
    assert after.report["history"][-1]["learning_rate"] == 0
    assert after.state.training.optimiser[0] == 9  # the iterations went on


def test_another_optimiser_continues_with_new_slots():
    old, X, y = make("regressor", epochs=2)
    data = old.prepare(X, y)
    new, *_ = make("regressor", epochs=4, optimiser=kf.optimisers.SGD(learning_rate=0.1))
    fitted = new.update(old.fit(data), old, data)
    assert len(fitted.report["training_losses"]) == 5


class Backbone(kf.Builder):
    """A hidden layer that may be frozen, which is no reason to start from scratch."""

    frozen: bool = kf.field(True, continues=True)

    def build(self, n_in, n_out):
        import keras

        hidden = keras.layers.Dense(4, "relu", trainable=not self.frozen)
        return keras.Sequential([keras.Input((n_in,)), hidden, keras.layers.Dense(n_out)])


def test_a_frozen_layer_stays_and_is_unfrozen_without_a_restart():
    old, X, y = make("regressor", builder=Backbone(), epochs=2)
    data = old.prepare(X, y)
    start = make("regressor", builder=Backbone(), epochs=0)[0].fit(data)
    first = old.fit(data)
    new, *_ = make("regressor", builder=Backbone(frozen=False), epochs=4)
    assert new.restarts(old) == ()
    second = new.update(first, old, data)

    def hidden(fitted):
        return next(w for w in fitted.params.weights if w.shape[-1:] == (4,) and w.ndim == 2)

    assert np.array_equal(hidden(start), hidden(first))
    assert not np.array_equal(hidden(first), hidden(second))
    assert len(second.report["training_losses"]) == 5


def test_other_data_continues_with_the_fitted_encoding():
    model, X, y = make("regressor", epochs=2)
    fitted = model.fit(model.prepare(X, y))
    more, *_ = make("regressor", epochs=4)
    again = more.update(fitted, model, more.prepare(table(50, 3), y.iloc[:50]))
    assert again.state.encoding is fitted.state.encoding
    assert len(again.report["training_losses"]) == 5


# seeds


def test_a_seed_is_drawn_and_reported_at_each_fit_from_scratch():
    model, X, y = make("classifier", rng=None, epochs=1)
    data = model.prepare(X, y)
    first, second = model.fit(data), model.fit(data)
    assert first.report["rng"] != second.report["rng"]
    replay, *_ = make("classifier", rng=first.report["rng"], epochs=1)
    assert bit_equal(replay.fit(data), first)


def test_fits_leave_global_generators_alone():
    import random

    model, X, y = make("classifier", rng=None, epochs=1)
    data = model.prepare(X, y)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    expected = np.random.random(), random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    model.fit(data)
    assert (np.random.random(), random.random()) == expected  # noqa: NPY002


class Drawing(kf.Builder):
    """A builder that asks for a generator."""

    def build(self, n_in, n_out, rng):
        import keras

        width = int(rng.integers(3, 40))
        return keras.Sequential([keras.layers.Dense(width), keras.layers.Dense(n_out)])


def test_a_builder_that_names_rng_is_seeded_by_the_model():
    widths = []
    for seed in (1, 1, 2):
        model, X, y = make("regressor", builder=Drawing(), rng=seed, epochs=1)
        fitted = model.fit(model.prepare(X, y))
        widths.append([w.shape for w in fitted.params.weights])
    assert widths[0] == widths[1] != widths[2]


# batch size, losses, warnings


def test_automatic_batches_are_chosen_reported_and_kept():
    model, X, y = make("regressor", batch_size="auto", epochs=1)
    fitted = model.fit(model.prepare(X, y))
    assert fitted.report["batch_size"] == 32
    more, *_ = make("regressor", batch_size="auto", epochs=2)
    assert more.update(fitted, model, more.prepare(X, y)).report["batch_size"] == 32


@pytest.mark.parametrize(("loss", "power"), [("l2", 2), ("l1", 1)])
def test_losses_of_one_target_are_in_its_units(loss, power):
    model, X, y = make("regressor", loss=loss, epochs=0)
    fitted = model.fit(model.prepare(X, y))
    error = np.abs(model.predict(fitted, X) - y)
    assert np.isclose(fitted.report["training_losses"][0], np.mean(error**power), rtol=1e-5)
    assert fitted.report["loss_units"] == "target"


def test_rows_of_the_history_are_in_the_targets_units_too():
    model, X, y = make("regressor")
    fitted = model.fit(model.prepare(X, y))
    rows = fitted.report["history"]
    assert [r["training_loss"] for r in rows] == fitted.report["training_losses"][1:].tolist()


def test_losses_of_several_targets_stay_standardised_and_say_so():
    model, X, y = make("multitarget", epochs=0)
    fitted = model.fit(model.prepare(X, y))
    errors = (model.predict(fitted, X) - y) / fitted.state.target.width
    assert np.isclose(fitted.report["training_losses"][0], np.mean(errors.to_numpy() ** 2))
    assert fitted.report["loss_units"] == "standardised targets"


def test_other_losses_leave_the_target_unscaled():
    model, X, y = make("regressor", loss="huber", epochs=0)
    fitted = model.fit(model.prepare(X, y))
    assert fitted.state.target.width.tolist() == [1]


def test_a_loss_that_is_not_finite_ends_the_fit_with_a_warning():
    model, X, y = make(
        "regressor", target_scaling=None, optimiser=kf.optimisers.SGD(learning_rate=1e30), epochs=9
    )
    with pytest.warns(KerasfluxWarning, match="Training ended after"):
        fitted = model.fit(model.prepare(X, y))
    assert fitted.report["stopped"]
    assert len(fitted.report["training_losses"]) < 10
    assert np.isfinite(model.predict(fitted, X)).all()


def test_alpha_without_lambda_says_that_it_does_nothing():
    model, X, y = make("regressor", alpha=0.5, epochs=0)
    with pytest.warns(KerasfluxWarning, match="alpha=0.5 does nothing"):
        model.fit(model.prepare(X, y))


def test_a_penalty_shrinks_weights_and_is_not_reported():
    model, X, y = make("regressor", epochs=20)
    strong, *_ = make("regressor", epochs=20, lambda_=5.0)
    data = model.prepare(X, y)
    plain, shrunk = model.fit(data), strong.fit(data)
    assert sum(np.abs(w).sum() for w in shrunk.params.weights if w.dtype == np.float32) < sum(
        np.abs(w).sum() for w in plain.params.weights if w.dtype == np.float32
    )
    assert plain.report["training_losses"][0] == shrunk.report["training_losses"][0]


def test_class_weights_multiply_sample_weights():
    model, X, y = make("binary", class_weight={"yes": 3.0})
    plain, *_ = make("binary")
    by_hand = np.where(y == "yes", 3.0, 1.0)
    assert bit_equal(model.fit(model.prepare(X, y)), plain.fit(plain.prepare(X, y, by_hand)))


def test_a_class_weight_of_a_stranger_is_refused_before_training():
    model, X, y = make("binary", class_weight={"maybe": 3.0})
    with pytest.raises(kf.WeightsError, match="'maybe'"):
        model.fit(model.prepare(X, y))
    with pytest.raises(HyperparameterError, match="class_weight"):
        make("binary", class_weight="equal")


def test_progress_is_a_bar_or_a_line_per_epoch(capsys):
    model, X, y = make("regressor", epochs=2)
    data = model.prepare(X, y)
    model.fit(data)
    assert capsys.readouterr().out == ""
    model.fit(data, Run(verbosity=2))
    assert len(capsys.readouterr().out.splitlines()) == 2
    model.fit(data, Run(verbosity=1))
    assert "epoch 2/2" in capsys.readouterr().out


def test_lines_tell_that_a_program_is_compiled_before_the_first_epoch_of_its_first_use(
    capsys, without_programs
):
    model, X, y = make("regressor", epochs=2)
    data = model.prepare(X, y)
    without_programs()
    for first in (["compiling"], []):
        model.fit(data, Run(verbosity=2))
        told = [line.split("/")[0] for line in capsys.readouterr().out.splitlines()]
        assert told == [*first, "epoch 1", "epoch 2"]


# inputs of one kind


def test_categories_alone_train():
    model, X, y = make("classifier")
    X = X[["colour", "grade"]]
    fitted = model.fit(model.prepare(X, y))
    assert model.encode(fitted, X).dtype == np.int32
    assert np.isfinite(values(fitted.params.network(model.encode(fitted, X)))).all()


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8"])
def test_a_matrix_trains_and_arrays_come_back(dtype):
    model, _, y = make("regressor")
    X = (np.random.default_rng(0).uniform(0, 200, (N, 3))).astype(dtype)
    fitted = model.fit(model.prepare(X, y.to_numpy()))
    prediction = model.predict(fitted, X)
    assert isinstance(prediction, np.ndarray)
    assert prediction.shape == (N,)


def test_both_kinds_of_inputs_are_seen_by_name():
    model, X, y = make("regressor", epochs=0)
    seen = model.encode(model.fit(model.prepare(X, y)), X)
    assert {name: a.dtype.name for name, a in seen.items()} == {
        "numbers": "float32",
        "codes": "int32",
    }


def test_missing_cells_train_and_predict_when_they_are_filled():
    model, X, y = make("classifier", missing="impute")
    X = X.copy()
    X.iloc[::7, 0] = np.nan
    X.iloc[::5, 1] = None
    fitted = model.fit(model.prepare(X, y))
    assert np.isfinite(values(model.predict(fitted, X))).all()
    assert fitted.params.embeddings["colour"].index[-1] == "(missing)"


def test_missing_makes_cells_part_of_the_input_scitype():
    assert kf.scitype(table()) <= kf.NeuralNetworkRegressor().input_scitype
    gaps = table()
    gaps.iloc[0, 0] = np.nan
    assert not kf.scitype(gaps) <= kf.NeuralNetworkRegressor().input_scitype
    assert kf.scitype(gaps) <= kf.NeuralNetworkRegressor(missing="impute").input_scitype


@pytest.mark.parametrize("change", [lambda x: x * 1e6, lambda x: x + 1e9])
def test_a_column_far_away_trains_as_well(change):
    model, X, y = make("regressor", epochs=30)
    X = X[["size"]]
    near, far = model.prepare(X, y), model.prepare(change(X), y)
    losses = [model.fit(data).report["training_losses"][-1] for data in (near, far)]
    assert np.isclose(*losses, rtol=0.01)


# embeddings


def test_levels_that_training_never_shows_have_zero_embeddings_that_stay_zero():
    model, X, y = make("classifier", epochs=4, embedding_dims={"colour": 2})
    frames = model.fit(model.prepare(X, y)).params.embeddings
    assert frames["colour"].index.tolist() == ["red", "green", "blue", "none"]
    assert (frames["colour"].loc["none"] == 0).all()
    assert (frames["colour"].drop("none") != 0).all(axis=None)
    assert list(frames["colour"].columns) == ["colour_1", "colour_2"]


def test_embedding_dims_are_never_changed():
    dims = {"colour": 0.5}
    model, X, y = make("classifier", epochs=0, embedding_dims=dims)
    fitted = model.fit(model.prepare(X, y))
    assert fitted.params.embeddings["colour"].shape == (4, 2)
    assert dims == model.embedding_dims == {"colour": 0.5}


def test_transform_replaces_categories_in_place():
    model, X, y = make("classifier", epochs=1)
    fitted = model.fit(model.prepare(X, y))
    got = model.transform(fitted, X)
    assert list(got.columns) == ["size", "colour_1", "colour_2", "colour_3", "rooms", "grade_1"]
    assert got.index.equals(X.index)
    frame = fitted.params.embeddings["colour"]
    assert np.array_equal(got[list(frame.columns)], frame.loc[X["colour"].astype(str)])
    pd.testing.assert_series_equal(got["rooms"], X["rooms"])


def test_transform_of_plain_numbers_is_the_same_object():
    model, X, y = make("regressor", epochs=0)
    X = X[["size", "rooms"]]
    fitted = model.fit(model.prepare(X, y))
    assert model.transform(fitted, X) is X


# what is shown


def test_fitted_parameters_say_what_they_are(case):
    model, _, _, data = case
    params = model.fit(data).params
    assert ".network" in repr(params)
    assert not params.weights[0].flags.writeable
    assert set(dir(params)) == {"embeddings", "encoding", "network", "weights"}


def test_networks_on_access_are_copies():
    model, X, y = make("regressor")
    fitted = model.fit(model.prepare(X, y))
    before = values(model.predict(fitted, X))
    network = fitted.params.network
    for variable in network.trainable_variables:
        variable.assign(variable * 0)
    assert np.array_equal(values(model.predict(fitted, X)), before)


def test_models_print_as_the_call_that_makes_them():
    assert repr(kf.NeuralNetworkRegressor(epochs=3)) == "NeuralNetworkRegressor(epochs=3)"
    assert issubclass(kf.ImageClassifier, NeuralNetwork)


def test_predictions_carry_the_index_of_the_data_and_the_name_of_the_target():
    for kind, name in (("regressor", "price"), ("binary", "buys")):
        model, X, y = make(kind, epochs=0)
        prediction = model.predict(model.fit(model.prepare(X, y)), X)
        series = prediction if kind == "regressor" else prediction.mode()
        assert series.name == name
        assert series.index.equals(X.index)


def test_the_machine_and_the_warning_count_the_epochs_that_are_kept():
    model, X, y = make(
        "regressor", target_scaling=None, optimiser=kf.optimisers.SGD(learning_rate=1e30), epochs=9
    )
    mach = kf.machine(model, X, y)
    with pytest.warns(KerasfluxWarning, match="Training ended after 0 of 9 epochs"):
        mach.fit(verbosity=0)
    assert mach.report["epochs"] == 0
    assert "trained for 0 epochs" in repr(mach)


@pytest.mark.parametrize(
    ("kind", "finaliser", "said"),
    [
        ("classifier", "sigmoid", "for outputs"),
        ("classifier", None, "for outputs"),
        ("classifier", lambda z: z[:, :1], "for outputs"),
        ("classifier", lambda z: z.nonsense(), "nonsense"),
        ("binary", "tanh", "for outputs"),
        ("image", "relu", "for outputs"),
    ],
)
def test_finalisers_that_make_no_distribution_are_refused_before_training(kind, finaliser, said):
    model, X, y = make(kind, finaliser=finaliser)
    with pytest.raises(HyperparameterError, match="makes no distribution") as caught:
        model.fit(model.prepare(X, y))
    assert said in caught.value.received
    assert "model.finaliser = 's" in caught.value.remedy


def test_finalisers_of_other_kinds_that_make_distributions_train():
    import keras

    def square(z):
        return keras.ops.square(z) / keras.ops.sum(keras.ops.square(z), axis=1, keepdims=True)

    for kind, finaliser in (("classifier", square), ("binary", "hard_sigmoid")):
        model, X, y = make(kind, finaliser=finaliser, epochs=1)
        p = np.asarray(model.predict(model.fit(model.prepare(X, y)), X))
        assert np.allclose(p.sum(axis=1), 1, atol=1e-5)


def named(first, last):
    """A builder whose layers are named; all of these share a program."""

    class Named(kf.Builder):
        def build(self, n_in, n_out):
            import keras

            hidden = keras.layers.Dense(5, "tanh", name=first)
            return keras.Sequential([hidden, keras.layers.Dense(n_out, name=last)])

    return Named()


def test_a_network_that_shares_a_program_keeps_its_own_names(tmp_path):
    """Or a checkpoint would be refused, as of a builder that was changed."""
    for names in (("a", "b"), ("c", "d")):
        model, X, y = make("classifier", builder=named(*names), epochs=2)
        fitted = model.fit(model.prepare(X, y))
        record, _ = model.dump(fitted)
        assert all(f'"{name}"' in json.dumps(record) for name in names)
        assert model.differs(fitted) == ""
