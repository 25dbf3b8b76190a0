"""Models made of models keep every promise, go on exactly, and outlive their process as one."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conformance.composites import PRICE, RAW, ROWS, TYPES, X, cleaning, differing, net, values

import kerasflux as kf
from kerasflux.hyperparameters import copied, set_path
from kerasflux.testing import CHECKS, Subject, _Inapplicable

each = pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
# Checks about transformers, or about the other kind of prediction.
APART = {"knows_its_output_schema", "serves_what_it_transforms", "undoes_its_transform"}
AHEAD = ("fold_", "scan/", "map/", "best/")  # learned before, or after, the fit that iterates


@each
@pytest.mark.parametrize("check", CHECKS)
def test_the_promise_is_kept(case, check):
    model = case.make()
    classes = (type(net().builder),)
    subject = Subject(model, X, case.y, classes)
    values = check == "predicts_distributions" and model.prediction_type == "deterministic"
    if check in APART | case.apart or values:
        with pytest.raises(_Inapplicable):
            CHECKS[check](subject)
        return
    CHECKS[check](subject)


@each
def test_five_epochs_and_five_more_are_ten(case):
    mach = case.fitted(5)
    path = case.path
    set_path(mach.model, path, 10)
    mach.fit(verbosity=0)
    assert mach.report.decision == f"continued (4: {path} 5 -> 10)"
    once = case.fitted(10)
    assert differing(mach, once) == []
    assert np.array_equal(np.asarray(mach.predict()), np.asarray(once.predict()))


@each
@pytest.mark.parametrize("resampling", [kf.Holdout(0.5), kf.CV(nfolds=2)])
def test_private_states_of_folds_go_on_bit_for_bit(case, resampling):
    mach = case.machine(5)
    options = {"resampling": resampling, "verbosity": 0}
    mach.evaluate(**options)
    path = case.path
    set_path(mach.model, path, 10)
    again = mach.evaluate(**options)
    fresh = kf.machine(copied(mach.model), X, case.y).evaluate(**options)
    assert {r.decision for r in again.report_per_fold} == {f"continued (4: {path} 5 -> 10)"}
    assert again.per_fold == fresh.per_fold
    losses = [[list(r.training_losses) for r in e.report_per_fold] for e in (again, fresh)]
    assert losses[0] == losses[1]
    assert {len(r) for r in losses[0]} == {11}


@each
def test_an_interrupt_is_gone_on_from_bit_for_bit(case):
    def strike(told):
        if told["epoch"] == 2:
            raise KeyboardInterrupt

    mach = case.machine(4)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, verbosity=0)
    unlike = differing(mach, case.fitted(2))
    assert [name for name in unlike if not (case.ahead and name.startswith(AHEAD))] == []
    assert differing(mach.fit(verbosity=0), case.fitted(4)) == []


FRESH = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
import kerasflux as kf
kf.quiet()
from conformance.composites import RAW, ROWS, X, values
from kerasflux.hyperparameters import set_path
import numpy as np
for row in ROWS:
    mach = kf.load({folder!r} + "/" + row.name)
    np.save({folder!r} + f"/{{row.name}}-out", values(mach.predict(RAW)))
    mach = mach.with_data(X, row.y)
    set_path(mach.model, row.path, 10)
    mach.fit(verbosity=0).save({folder!r} + f"/{{row.name}}-on")
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A folder in which another process has loaded, used and continued each machine."""
    folder = tmp_path_factory.mktemp("saved")
    for case in ROWS:
        case.fitted(5).save(folder / case.name)
    program = FRESH.format(root=str(Path(__file__).parents[2]), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@each
def test_a_fresh_process_predicts_raw_rows_with_the_same_bits(case, fresh):
    mach = case.fitted(5)
    expected = values(mach.predict(X))
    assert np.array_equal(np.load(fresh / f"{case.name}-out.npy"), expected)
    assert np.array_equal(values(mach.predict(RAW)), expected)


@each
def test_a_fresh_process_continues_bit_for_bit(case, fresh):
    on = kf.load(fresh / f"{case.name}-on")
    assert on.report.decision == f"continued (4: {case.path} 5 -> 10)"
    assert differing(on, case.fitted(10)) == []
    assert on.model == case.fitted(10).model


def tensors(raw):
    """Raw rows as a client sends them: `""` and NaN where something is missing."""
    import tensorflow as tf

    texts = {n: tf.constant(raw[n].where(raw[n].notna(), "").tolist()) for n in TYPES}
    return {**texts, **{n: tf.constant(raw[n].to_numpy(float)) for n in ("size", "rooms")}}


# Rows whose parts are all in others here; writing one takes a second.
WITHIN_OTHERS = {"target in pipeline", "pipeline in target", "iterated pipeline"}


@pytest.mark.parametrize(
    "case", [row for row in ROWS if row.name not in WITHIN_OTHERS], ids=lambda case: case.name
)
def test_one_export_answers_raw_rows_as_the_machine_does(case, tmp_path):
    import tensorflow as tf

    mach = case.fitted(2)  # members, where it counts these
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    answer = served.serve(tensors(RAW))
    one = served.serve(tensors(RAW.iloc[[7]]))
    if "labels" in answer:
        labels = [v.decode() for part in (answer, one) for v in part["labels"].numpy()]
        expected = list(mach.predict_mode(RAW))
        assert labels == [*expected, expected[7]]
        if mach.model.prediction_type == "probabilistic":
            expected = np.asarray(mach.predict(RAW))
            assert answer["probabilities"].numpy() == pytest.approx(expected, abs=1e-6)
            assert one["probabilities"].numpy() == pytest.approx(expected[[7]], abs=1e-6)
        return
    expected = mach.predict(RAW).to_numpy()
    assert answer["predictions"].numpy() == pytest.approx(expected, rel=1e-5)
    assert one["predictions"].numpy() == pytest.approx(expected[[7]], rel=1e-5)


def test_an_export_asks_for_counts_as_floats_only_where_missing_ones_are_taken(tmp_path):
    import json

    whole = X.assign(size=X["size"].fillna(80.0), rooms=X["rooms"].fillna(3).astype(int))
    whole = whole[["size", "rooms"]]
    for steps, dtype in [
        (kf.Standardizer(), "int64"),  # which leaves gaps to a network that takes none
        (kf.FillImputer() | kf.Standardizer(), "float64"),
    ]:
        kf.machine(steps | net(), whole, PRICE).fit(verbosity=0).export(tmp_path / "served")
        described = json.loads((tmp_path / "served" / "serving.json").read_text())
        assert described["inputs"]["rooms"]["dtype"] == dtype


def test_what_the_machine_refuses_the_export_refuses_too(tmp_path):
    import tensorflow as tf

    mach = kf.machine(cleaning(net=net()), X, PRICE).fit(verbosity=0)
    mach.export(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    columns = tensors(RAW.iloc[:2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="town"):
        served.serve({**columns, "town": tf.constant(["Ox", "Atlantis"])})
    with pytest.raises(tf.errors.InvalidArgumentError, match="size"):
        served.serve({**columns, "size": tf.constant([1.0, np.inf], tf.float64)})


def test_a_model_that_is_not_exportable_is_named():
    class Secret(kf.Static):
        def transform(self, fitted, X):
            return X

    mach = kf.machine(Secret() | net(), X[["size"]].fillna(1.0), PRICE).fit(verbosity=0)
    assert not mach.model.exportable
    with pytest.raises(kf.NotExportable, match="Secret"):
        mach.export("nowhere")
