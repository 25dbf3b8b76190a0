"""A target is transformed for the model, predictions are brought back, training passes through."""

import numpy as np
import pandas as pd
import pytest
from composites import LEARNED, Shifting
from hypothesis import given
from hypothesis import strategies as draw
from toys import WALKED, Failing, Shares, Walker

import kerasflux as kf
from kerasflux.composition.targets import NAMES, Named, best_power, learn_named
from kerasflux.hyperparameters import copied, from_json, to_json
from kerasflux.log import KerasfluxWarning

N = 20


@pytest.fixture(autouse=True)
def forget():
    LEARNED.clear()
    WALKED.clear()


@pytest.fixture
def X():
    return pd.DataFrame({"a": np.arange(float(N))}, index=[f"r{i}" for i in range(N)])


@pytest.fixture
def y(X):
    return pd.Series(np.exp(np.linspace(0, 3, N)), X.index, name="price")


class Copying(kf.Deterministic):
    """Predicts the means of the target that it was given, by column."""

    input_scitype = kf.Table(kf.Infinite)
    target_scitype = kf.Vector[kf.Continuous] | kf.Table(kf.Continuous) | kf.Matrix[kf.Continuous]
    supports_weights = True

    def fit(self, data):
        GIVEN.append(data)
        return kf.Fitted(np.average(np.asarray(data.y), axis=0, weights=data.w))

    def predict(self, fitted, X):
        several = np.ndim(fitted.state) > 0
        rows = np.tile(fitted.state, (kf.nrows(X), 1)) if several else np.full(len(X), fitted.state)
        return pd.DataFrame(rows, X.index, list("ab")) if several else pd.Series(rows, X.index)


GIVEN = []


def fitted(transformer, X, y, **options):
    mach = kf.machine(kf.TransformedTargetModel(Copying(), transformer), X, y, **options)
    return mach.fit(verbosity=0)


@pytest.mark.parametrize(
    ("transformer", "there", "back"),
    [
        ("log", np.log, np.exp),
        ("log1p", np.log1p, np.expm1),
        ("sqrt", np.sqrt, np.square),
        ((np.cbrt, lambda t: t**3), np.cbrt, lambda t: t**3),
        (kf.Standardizer(), lambda y: (y - y.mean()) / y.std(), None),
    ],
)
def test_the_model_learns_the_transformed_target_and_predicts_the_target(
    X, y, transformer, there, back
):
    mach = fitted(transformer, X, y)
    given = GIVEN[-1].y
    assert isinstance(given, pd.Series)
    assert given.index.equals(y.index)
    assert given.name == "price"
    assert given.to_numpy() == pytest.approx(there(y).to_numpy(), rel=1e-12, abs=1e-12)
    expected = y.mean() if back is None else back(there(y).mean())
    assert mach.predict().to_numpy() == pytest.approx(np.full(N, expected), rel=1e-12)
    assert mach.predict().index.equals(X.index)


def test_the_transform_is_learned_from_the_training_rows_alone(X, y):
    mach = kf.machine(kf.TransformedTargetModel(Copying(), kf.Standardizer()), X, y)
    mach.fit(rows=range(5), verbosity=0)
    assert mach.fitted_params.transformer.means["price"] == y.iloc[:5].mean()
    e = mach.evaluate(resampling=kf.CV(nfolds=4), measure=kf.l1, verbosity=0)
    means = [p.transformer.means["price"] for p in e.fitted_params_per_fold]
    rows = [train for train, _ in e.train_test_rows]
    assert means == pytest.approx([y.iloc[train].mean() for train in rows])


def test_weights_reach_the_model(X, y):
    w = np.arange(N) + 1.0
    expected = np.exp(np.average(np.log(y), weights=w))
    assert fitted("log", X, y, sample_weight=w).predict().iloc[0] == pytest.approx(expected)


@pytest.mark.parametrize("kind", [list, np.asarray, pd.Series, "polars"])
def test_targets_come_in_any_container(kind, X, y):
    X = X.reset_index(drop=True)
    if kind == "polars":
        kind = pytest.importorskip("polars").Series
    mach = kf.machine(kf.TransformedTargetModel(Walker(epochs=60), "log"), X, kind(y.to_numpy()))
    expected = np.exp(np.log(y).mean())
    assert mach.fit(verbosity=0).predict().to_numpy() == pytest.approx(np.full(N, expected))


def test_whole_numbers_are_a_target_too(X):
    y = np.arange(N) + 1
    model = kf.TransformedTargetModel(Walker(epochs=60), kf.Standardizer())
    mach = kf.machine(model, X, y).fit(verbosity=0)
    assert mach.predict().to_numpy() == pytest.approx(np.full(N, y.mean()))


def test_several_targets_are_transformed_column_by_column(X, y):
    Y = pd.DataFrame({"a": y, "b": 3 * y})
    for transformer in ("log", "box-cox", kf.Standardizer()):
        mach = fitted(transformer, X, Y)
        assert list(GIVEN[-1].y.columns) == ["a", "b"]
        assert mach.predict()["b"].to_numpy() == pytest.approx(3 * mach.predict()["a"].to_numpy())


# laws of the named transforms

positive = draw.lists(draw.floats(1e-6, 1e6), min_size=1, max_size=30)


@pytest.mark.parametrize("name", NAMES)
@given(values=draw.lists(draw.floats(0.01, 1e3), min_size=1, max_size=30))
def test_back_undoes_there(name, values):
    y = np.array(values)[:, None]
    change = learn_named(name, y)
    again = change.back(change.there(y))
    assert again == pytest.approx(y, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@given(values=positive, predicted=draw.lists(draw.floats(-50, 50), min_size=2, max_size=30))
def test_back_never_falls_and_is_never_nan(name, values, predicted):
    change = learn_named(name, np.array(values)[:, None])
    back = change.back(np.sort(np.array(predicted))[:, None])[:, 0]
    assert not np.isnan(back).any()
    with np.errstate(invalid="ignore"):
        assert (np.diff(back) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
@given(values=positive, predicted=draw.lists(draw.floats(-9, 9), min_size=1, max_size=30))
def test_the_graph_brings_back_what_back_does(name, values, predicted):
    import tensorflow as tf

    change = learn_named(name, np.array(values)[:, None])
    t = np.array(predicted)
    function, _ = change.back_in_graph()
    expected = change.back(t[:, None])[:, 0]
    assert function(tf.constant(t)).numpy() == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_several_targets_are_brought_back_in_the_graph():
    import tensorflow as tf

    y = np.exp(np.random.default_rng(0).normal(size=(50, 2))) ** [1, 2]
    change = learn_named("box-cox", y)
    t = change.there(y)
    function, _ = change.back_in_graph()
    assert function(tf.constant(t)).numpy() == pytest.approx(y)


def test_box_cox_finds_the_power_that_makes_a_sample_normal():
    z = np.random.default_rng(1).normal(5, 1, 4000)
    assert best_power(np.exp(z)) == pytest.approx(0, abs=0.05)
    assert best_power(z**2) == pytest.approx(0.5, abs=0.12)
    assert best_power(z) == pytest.approx(1, abs=0.2)
    assert best_power(np.ones(9)) == 1.0
    many = np.exp(np.random.default_rng(2).normal(size=50_000))
    assert best_power(many) == pytest.approx(0, abs=0.03)


def test_box_cox_with_a_negative_power_never_exceeds_the_largest_target():
    change = Named("box-cox", (-0.4,), (100.0,))
    assert change.back(np.array([[-3.0], [1.0], [2.6], [99.0]]))[:, 0] == pytest.approx(
        [0.1393, 3.586, 100, 100], rel=1e-3
    )


# what is refused


@pytest.mark.parametrize(
    ("name", "bad", "told"),
    [
        ("log", 0.0, "numbers above 0"),
        ("log1p", -1.0, "numbers above -1"),
        ("sqrt", -0.5, "numbers from 0 on"),
        ("box-cox", 0.0, "numbers above 0"),
    ],
)
def test_targets_that_a_transform_does_not_take_are_refused_when_bound(X, y, name, bad, told):
    model = kf.TransformedTargetModel(Walker(), name)
    with pytest.raises(kf.DataError, match=f"`{name}` does not take") as refusal:
        kf.machine(model, X, y.where(y.index != "r7", bad))
    error = refusal.value
    assert error.expected == told
    assert f"{bad:g} in row 'r7'" in error.received
    assert {name: rows.tolist() for name, rows in error.columns.items()} == {"price": [7]}
    assert "keep" in error.remedy
    kf.machine(model, X, y)


@pytest.mark.parametrize("inner", [Walker(), kf.Pipeline(shift=Shifting(), net=Walker())])
def test_what_a_transform_makes_of_the_target_is_judged_too(X, y, inner):
    twice = kf.TransformedTargetModel(kf.TransformedTargetModel(inner, "sqrt"), "log")
    y = y - y.min() + 1
    kf.machine(twice, X, y)
    with pytest.raises(kf.DataError, match="`sqrt` does not take") as refusal:
        kf.machine(twice, X, y / 2)
    assert "in row 'r0'" in refusal.value.received
    assert refusal.value.__notes__ == ["That is the target of `model`: `log` of y."]
    assert WALKED == []


def test_a_target_is_judged_within_pipelines_and_at_the_next_fit_too(X, y):
    y = y - y.min()
    pipe = kf.Pipeline(shift=Shifting(), net=kf.TransformedTargetModel(Walker(), "log"))
    with pytest.raises(kf.DataError, match="log1p"):
        kf.machine(pipe, X, y)
    pipe.net.transformer = "log1p"
    mach = kf.machine(pipe, X, y)
    pipe.net.transformer = "log"
    with pytest.raises(kf.DataError, match="'r0'"):
        mach.fit(verbosity=0)
    off = kf.machine(pipe, X, y, check="off")
    with pytest.raises(kf.DataError, match="'r0'"):
        off.fit(verbosity=0)
    assert WALKED == []


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: kf.TransformedTargetModel(Shares(), "log"), "predicts numbers"),
        (lambda: kf.TransformedTargetModel(kf.Standardizer(), "log"), "predicts numbers"),
        (lambda: kf.TransformedTargetModel(Walker, "log"), r"Make an instance: `Walker\(\)`"),
        (lambda: kf.TransformedTargetModel(Walker()), "needs `transformer`"),
        (lambda: kf.TransformedTargetModel(Walker(), "logg"), "did you mean 'log'"),
        (lambda: kf.TransformedTargetModel(Walker(), np.log), "Give the inverse too"),
        (lambda: kf.TransformedTargetModel(Walker(), 3), "log1p"),
        (lambda: kf.TransformedTargetModel(Walker(), Walker()), "can't be transformed by"),
        (lambda: kf.TransformedTargetModel(Walker(), kf.OneHotEncoder()), "can't be undone"),
    ],
)
def test_what_can_not_be_a_transformed_target_is_refused(make, told):
    with pytest.raises(kf.HyperparameterError, match=told):
        make()


def test_labels_of_a_classifier_can_not_be_transformed(X):
    with pytest.raises(kf.HyperparameterError, match="predicts distributions"):
        kf.TransformedTargetModel(kf.NeuralNetworkClassifier(), "log")


def test_functions_that_do_not_undo_each_other_are_warned_of(X, y):
    with pytest.warns(KerasfluxWarning, match="`sin` does not undo `log`"):
        fitted((np.log, np.sin), X, y)
    with pytest.raises(kf.DataError, match="another shape"):
        fitted((np.sum, np.exp), X, y)
    with np.errstate(all="ignore"), pytest.raises(kf.DataError, match="no finite number"):
        fitted((lambda v: np.log(v - 5), np.exp), X, y)


def test_functions_are_refused_by_name_where_a_file_is_written(X, y, tmp_path):
    def cube_root(v):
        return np.cbrt(v)

    model = kf.TransformedTargetModel(Walker(), (cube_root, lambda t: t**3))
    mach = kf.machine(model, X, y).fit(verbosity=0)
    with pytest.raises(kf.StorageError, match=r"transformer\.0, transformer\.1") as refusal:
        mach.save(tmp_path / "m")
    assert "cube_root" in refusal.value.received
    assert not (tmp_path / "m").exists()
    assert not model.exportable


# training passes through


def test_traits_and_records(X):
    model = kf.TransformedTargetModel(Shifting() | Walker(epochs=2), "log")
    assert model.iteration_parameter == "model.walker.epochs"
    assert model.supports_weights
    assert model.supports_training_losses
    assert model.input_scitype == Shifting.input_scitype
    assert repr(kf.TransformedTargetModel(Walker(epochs=2), "log")) == (
        "TransformedTargetModel(model=Walker(epochs=2), transformer='log')"
    )
    classes = (Shifting, Walker)
    for one in (model, kf.TransformedTargetModel(Walker(), kf.Standardizer(count=True))):
        assert from_json(to_json(one), classes) == one
        assert copied(one) == one


def test_losses_say_in_which_units_they_are(X, y):
    def units(transformer):
        model = kf.TransformedTargetModel(Walker(), transformer)
        return kf.machine(model, X, y).fit(verbosity=0).report.loss_units

    assert units("log") == "log of the target"
    assert units(kf.Standardizer()) == "Standardizer of the target"
    assert units((np.log, np.exp)) == "log of the target"
    inner = kf.TransformedTargetModel(Walker(), "sqrt")
    mach = kf.machine(Shifting() | kf.TransformedTargetModel(inner, "log1p"), X, y)
    assert mach.fit(verbosity=0).report.loss_units == "log1p of the target, then sqrt of it"


def test_more_epochs_go_on_with_the_transform_as_it_was(X, y):
    mach = kf.machine(kf.TransformedTargetModel(Walker(epochs=3), "box-cox"), X, y)
    mach.fit(verbosity=0)
    mach.model.model.epochs = 8
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (4: model.epochs 3 -> 8)"
    assert [*range(1, 9)] == WALKED
    once = kf.machine(copied(mach.model), X, y).fit(verbosity=0)
    assert mach.predict().equals(once.predict())
    assert mach.training_losses.tolist() == once.training_losses.tolist()


def test_other_data_goes_on_with_the_transform_that_was_learned(X, y):
    mach = kf.machine(kf.TransformedTargetModel(Walker(epochs=3), kf.Standardizer()), X, y)
    mach.fit(verbosity=0)
    mean = mach.fitted_params.transformer.means["price"]
    other = mach.with_data(X, 9 * y)
    other.model.model.epochs = 6
    other.fit(restart="never", verbosity=0)
    assert other.fitted_params.transformer.means["price"] == mean
    assert [*range(1, 7)] == WALKED


def test_the_decision_is_told_once(X, y, capsys):
    inner = kf.TransformedTargetModel(Shifting() | Walker(epochs=2), "log")
    for model in (inner, Shifting() | inner, kf.TransformedTargetModel(inner, "log1p")):
        kf.machine(model, X, y).fit()
        assert capsys.readouterr().out.count("from scratch (2: never trained)") == 1


def test_another_transform_starts_from_scratch(X, y):
    mach = kf.machine(kf.TransformedTargetModel(Walker(epochs=3), "log"), X, y).fit(verbosity=0)
    mach.model.transformer = "sqrt"
    mach.fit(verbosity=0)
    decision = "from scratch (4: transformer 'log' -> 'sqrt'), 3 epochs discarded"
    assert mach.report.decision == decision
    mach.model.transformer = kf.Standardizer()
    mach.fit(verbosity=0)
    mach.model.transformer.count = True
    mach.fit(verbosity=0)
    assert "transformer.count False -> True" in mach.report.decision
    mach.model.model = Failing()
    with pytest.raises(ZeroDivisionError):
        mach.fit(verbosity=0)
    assert mach.predict().notna().all()


def test_an_interrupt_keeps_the_finished_epochs(X, y):
    def strike(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    model = kf.TransformedTargetModel(Shifting() | Walker(epochs=5), "log")
    mach = kf.machine(model, X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, verbosity=0)
    assert len(mach.training_losses) == 3
    assert len(mach.predict()) == N
    mach.fit(verbosity=0)
    assert mach.report.decision == "continued (3: interrupted after 2, going on to 5 epochs)"
    assert mach.predict().equals(kf.machine(copied(model), X, y).fit(verbosity=0).predict())


def test_a_checkpoint_is_gone_on_from(X, y, tmp_path):
    class Crash(Exception):
        pass

    def crash(row):
        if row["epoch"] == 3:
            raise Crash

    model = kf.TransformedTargetModel(Shifting() | Walker(epochs=5), kf.Standardizer())
    with pytest.raises(Crash):
        kf.machine(model, X, y).fit(checkpoint=tmp_path, on_epoch=crash, verbosity=0)
    WALKED.clear()
    mach = kf.machine(model, X, y).fit(checkpoint=tmp_path, verbosity=0)
    assert WALKED == [3, 4, 5]
    assert mach.predict().equals(kf.machine(copied(model), X, y).fit(verbosity=0).predict())


def test_validation_targets_are_transformed_too(X, y):
    mach = kf.machine(kf.TransformedTargetModel(Walker(epochs=60), "log"), X, y)
    mach.fit(rows=range(10), validation=range(10, N), verbosity=0)
    expected = abs(np.log(y.iloc[10:]).mean() - np.log(y.iloc[:10]).mean())
    assert mach.history["validation_loss"].iloc[-1] == pytest.approx(expected)
    with pytest.raises(kf.DataError, match="does not take"):
        mach.fit(validation=(X, -y), restart="always", verbosity=0)


NESTINGS = {
    "a target in a pipeline": lambda: kf.Pipeline(
        shift=Shifting(), net=kf.TransformedTargetModel(Walker(epochs=3), "log")
    ),
    "a pipeline in a target": lambda: kf.TransformedTargetModel(
        kf.Pipeline(shift=Shifting(), net=Walker(epochs=3)), "log"
    ),
    "a target in a pipeline in a target": lambda: kf.TransformedTargetModel(
        kf.Pipeline(shift=Shifting(), net=kf.TransformedTargetModel(Walker(epochs=3), "sqrt")),
        "log1p",
    ),
    "a pipeline in a pipeline": lambda: kf.Pipeline(
        a=Shifting(), rest=kf.Pipeline(b=Shifting(), net=Walker(epochs=3))
    ),
}


@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("resampling", [kf.Holdout(0.5), kf.CV(nfolds=4)])
def test_evaluating_again_trains_only_the_new_epochs_in_any_nesting(nesting, resampling, X, y):
    model = NESTINGS[nesting]()
    mach = kf.machine(model, X, y)
    options = {"resampling": resampling, "measure": [kf.l1, kf.rms], "verbosity": 0}
    folds = len(mach.evaluate(**options).train_test_rows)
    assert [1, 2, 3] * folds == WALKED
    learned = list(LEARNED)
    WALKED.clear()
    kf.hyperparameters.set_path(model, model.iteration_parameter, 7)
    again = mach.evaluate(**options)
    assert [4, 5, 6, 7] * folds == WALKED
    assert learned == LEARNED
    fresh = kf.machine(copied(model), X, y).evaluate(**options)
    assert again.per_fold == fresh.per_fold
    told = f"continued (4: {model.iteration_parameter} 3 -> 7)"
    assert [r.decision for r in again.report_per_fold] == [told] * folds
