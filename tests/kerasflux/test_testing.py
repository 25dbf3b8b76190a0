"""`check_model` passes models that keep the protocol, and names every promise that one breaks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from toys import Doubling, Shares, Walker

from kerasflux.interface import Fitted
from kerasflux.testing import CHECKS, ModelCheckFailed, check_model


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=24), "b": pd.Categorical(list("uvw") * 8)})


OF_TRANSFORMERS = {
    *("knows_its_output_schema", "undoes_its_transform", "serves_what_it_transforms")
}


def failures(model, X, y):
    with pytest.raises(ModelCheckFailed) as caught:
        check_model(model, X, y)
    return caught.value.failures


def test_toys_keep_every_promise(X):
    passed = check_model(Walker(epochs=3), X, np.arange(24.0))
    assert set(CHECKS) - set(passed) == {"predicts_distributions", *OF_TRANSFORMERS}
    passed = check_model(Shares(), X, pd.Categorical(["no", "yes", "no"] * 8))
    assert "predicts_distributions" in passed
    missed = {"continues_exactly", "weighs_rows", "reports_losses", "survives_a_crash"}
    assert not missed & set(passed)
    assert "keeps_the_container" in check_model(Doubling(), X[["a"]])


def test_a_model_that_remembers_in_itself_is_caught(X):
    class Remembering(Walker):
        def fit(self, data, **options):
            object.__setattr__(self, "seen", 1)
            return super().fit(data, **options)

    assert (
        "attributes were added"
        in failures(Remembering(), X, np.arange(24.0))["leaves_model_and_data_alone"]
    )


def test_a_model_that_changes_the_data_is_caught(X):
    class Spoiling(Walker):
        def predict(self, fitted, X):
            X.loc[X.index[0], "a"] = 99.0
            return super().predict(fitted, X)

    found = failures(Spoiling(), X.copy(), np.arange(24.0))
    assert "the data changed" in found["leaves_model_and_data_alone"]


def test_a_model_that_hands_over_another_state_is_caught(X):
    class Ahead(Walker):
        def _walk(self, fitted, data, run):
            told = run.on_state
            if told is not None:
                run = replace(run, on_state=lambda kept: told(self._ahead(*kept.state)))
            return super()._walk(fitted, data, run)

        def _ahead(self, place, losses):
            return Fitted((place + 1, losses), {}, {"training_losses": losses, "history": []})

    found = failures(Ahead(epochs=3), X, np.arange(24.0))
    assert "a fit that died: differs" in found["survives_a_crash"]
    assert "survives_saving" not in found


def test_a_model_whose_stages_differ_is_caught(X):
    class Forgetful(Walker):
        def update(self, fitted, old_model, data, **options):
            return self._walk(Fitted((0.0, fitted.state[1])), data, **options)

    assert (
        "10 + 10 epochs" in failures(Forgetful(rate=0.1), X, np.arange(24.0))["continues_exactly"]
    )


def test_a_model_that_looks_beyond_its_rows_is_caught(X):
    class Peeking(Shares):
        def select(self, prepared, rows):
            return prepared

    y = pd.Categorical(["no", "yes"] * 12)
    assert "learns_from_the_rows_only" in failures(Peeking(), X, y)


def test_a_model_that_forgets_its_report_in_files_is_caught(X):
    class Lossy(Walker):
        def load(self, record, arrays):
            fitted = super().load(record, arrays)
            return Fitted(fitted.state, fitted.params, {})

    assert "reports have other entries" in failures(Lossy(), X, np.arange(24.0))["survives_saving"]


def test_all_broken_promises_are_told_at_once_and_can_be_left_out(X):
    class Wrong(Shares):
        def predict(self, fitted, X):
            return super().predict(fitted, X)[:1]

    y = pd.Categorical(["no", "yes"] * 12)
    found = failures(Wrong(), X, y)
    assert {"predicts_a_row_at_a_time", "keeps_the_container", "is_evaluated"} <= set(found)
    check_model(Wrong(), X, y, skip=tuple(found))
    with pytest.raises(ValueError, match="no such check"):
        check_model(Wrong(), X, y, skip=("luck",))
