"""What there is to choose from."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import kerasflux as kf
from kerasflux.scoring.measures import MEASURES


def names(found):
    return {m.name for m in found}


def test_all_measures_are_listed():
    assert kf.measures() == list(MEASURES)
    assert len(kf.measures().to_frame()) == len(MEASURES)


def test_measures_are_found_by_a_word_of_their_names():
    assert names(kf.measures("LOG LOSS")) == {"log_loss"}
    assert names(kf.measures("rmse")) == {"rms"}
    assert {"recall", "multiclass_recall"} == names(kf.measures("sensitivity"))
    assert kf.measures("nothing of the kind") == []


def test_measures_are_found_by_their_traits():
    losses = kf.measures(orientation="loss", prediction="probabilistic")
    assert names(losses) == {"log_loss", "brier_loss", "hinge_loss", "logistic_loss"}
    assert "continuous_boyce_index" in names(kf.measures(supports_weights=False))
    assert names(kf.measures(gives_numbers=False, aggregation="sum")) == {
        *("confusion_matrix", "multiclass_true_positive", "multiclass_true_negative"),
        *("multiclass_false_positive", "multiclass_false_negative"),
    }
    assert "rms" in names(kf.measures(target_scitype=kf.Vector[kf.Continuous]))
    with pytest.raises(kf.ArgumentError, match="did you mean 'orientation'"):
        kf.measures(orientatio="loss")
    with pytest.raises(kf.ArgumentError, match="no trait"):
        kf.measures(colour="red")


def test_measures_are_found_by_the_data_that_they_suit():
    numbers = names(kf.measures(np.array([1.0, 2.0])))
    assert {"rms", "r2"} <= numbers
    assert "accuracy" not in numbers
    assert names(kf.measures(pd.DataFrame({"a": [1.0], "b": [2.0]}))) == numbers
    two, three = pd.Categorical(["a", "b"]), pd.Categorical(["a", "b", "c"])
    assert {"f1", "auc", "log_loss", "macro_f1"} <= names(kf.measures(two))
    assert not {"f1", "auc"} & names(kf.measures(three))
    assert kf.measures(pd.Categorical(["a", None, "b"])) == kf.measures(two)
    assert kf.measures(pd.DataFrame({"a": [1.0, None]})) == kf.measures(np.array([1.0]))
    table = pd.DataFrame({"u": two, "v": two})
    assert names(kf.measures(table)) == {
        "multitarget_accuracy",
        "multitarget_misclassification_rate",
    }


def test_measures_are_found_by_truth_and_prediction():
    y = pd.Categorical(["a", "b"])
    p = kf.UnivariateFiniteVector([[0.5, 0.5], [0.1, 0.9]], levels=["a", "b"])
    assert {m.prediction for m in kf.measures(y, p)} == {"probabilistic"}
    assert {m.prediction for m in kf.measures(y, y)} == {"deterministic"}
    assert names(kf.measures(y, p, orientation="loss", supports_per_observation=True)) == {
        *("log_loss", "brier_loss", "hinge_loss", "logistic_loss"),
    }
    with pytest.raises(kf.ArgumentError, match="too much"):
        kf.measures(y, y, y)


def test_every_listed_measure_judges_what_it_is_listed_for():
    y = pd.Categorical(["a", "b", "b", "a"], ordered=True)
    p = kf.UnivariateFiniteVector(
        [[0.5, 0.5], [0.1, 0.9], [0.6, 0.4], [0.8, 0.2]], levels=["a", "b"], ordered=True
    )
    for guess in (p, p.mode()):
        for measure in kf.measures(y, guess):
            measure.refuse_target(y)
            assert measure(y, guess) is not None
    numbers = np.array([1.0, 2.0, 3.0])
    for measure in kf.measures(numbers, numbers):
        assert measure(numbers, numbers + 1) is not None


def test_the_list_is_a_table_everywhere():
    found = kf.measures("f1")
    lines = repr(found).splitlines()
    assert lines[0] == "3 measures"
    assert lines[1].split()[:2] == ["name", "orientation"]
    assert lines[2].startswith("f1 ")
    assert "macro_f1" in found._repr_html_()
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(found)
    assert "micro_f1" in console.export_text()
    frame = found.to_frame()
    assert frame.loc["f1", "orientation"] == "score"
    assert frame.loc["f1", "parameters"]["beta"] == 1.0
    assert repr(kf.measures("nothing of the kind")) == "0 measures"
    assert list(kf.measures("nothing of the kind").to_frame().columns) == list(frame.columns)


@pytest.mark.parametrize(
    ("trait", "value", "nearest"),
    [
        ("orientation", "los", "'loss'"),
        ("prediction", "of labels", "deterministic"),
        ("aggregation", 3, "mean"),
    ],
)
def test_values_that_no_measure_has_are_refused(trait, value, nearest):
    with pytest.raises(kf.ArgumentError, match=trait) as caught:
        kf.measures(**{trait: value})
    assert nearest in caught.value.remedy
    assert repr(value) in caught.value.received


def test_a_target_that_no_measure_takes_is_refused_with_what_mends_it():
    with pytest.raises(kf.ArgumentError, match="no measure for this target") as refusal:
        kf.measures(["a", "b"])
    assert "kf.coerce(y, kf.Multiclass)" in refusal.value.remedy
    with pytest.raises(kf.ArgumentError, match="no measure for this target"):
        kf.measures(pd.Series(pd.date_range("2026-01-01", periods=2)))
