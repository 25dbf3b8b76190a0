"""What evaluations hold and how they are looked at: tables, predictions, pictures."""

import numpy as np
import pandas as pd
import pytest
from toys import Shares, Walker

import kerasflux as kf
from kerasflux.interface import Deterministic, Fitted
from kerasflux.scoring.measures import f1

X = pd.DataFrame({"a": np.arange(24.0)}, index=[f"row {i}" for i in range(24)])
Y = pd.Series(np.arange(24.0) ** 2, index=X.index)
ORDERED = pd.Series(
    pd.Categorical(["no", "yes", "no"] * 8, categories=["no", "yes"], ordered=True), index=X.index
)


class Gappy(Deterministic):
    """Predicts the mean, and nothing for every fourth row."""

    input_scitype = kf.Table(kf.Continuous)
    target_scitype = kf.Vector[kf.Continuous]

    def fit(self, data):
        return Fitted(float(np.mean(data.y)))

    def predict(self, fitted, X):
        return np.where(X["a"] % 4 == 0, np.nan, fitted.state)


class Twofold(Deterministic):
    """Predicts the means of two targets."""

    input_scitype = kf.Table(kf.Continuous)
    target_scitype = kf.Table(kf.Continuous)

    def fit(self, data):
        return Fitted(data.y.mean())

    def predict(self, fitted, X):
        return pd.DataFrame([fitted.state] * len(X), index=X.index)


def evaluated(model, y, *measures, **options):
    return kf.evaluate(model, X, y, kf.CV(3), list(measures), verbosity=0, **options)


def test_tables_say_which_class_was_positive():
    e = evaluated(Shares(), ORDERED, kf.accuracy, "recall", "f1")
    assert e.positive == [None, "yes", "yes"]
    head, accuracy, recall = repr(e).splitlines()[1:4]
    at = head.index("positive")
    assert head[at:].split() == ["positive", "per", "fold"]
    assert (accuracy[at : at + 3], recall[at : at + 3]) == ("   ", "yes")
    assert "positive" in e._repr_html_()
    assert e.to_frame()["positive"].tolist() == [None, "yes", "yes"]
    assert "positive" not in repr(evaluated(Shares(), ORDERED, kf.accuracy))
    both = kf.evaluate([Shares()], X, ORDERED, kf.CV(3), ["accuracy", "recall"], verbosity=0)
    assert repr(both).splitlines()[1].endswith("   recall of 'yes'")


def test_rows_left_out_are_counted_shown_and_warned_of():
    with pytest.warns(UserWarning, match="Gappy: `l1` left out 6 of 24 rows") as told:
        e = evaluated(Gappy(), Y, "l1")
    assert len(told) == 1
    assert told[0].filename == __file__
    assert e.left_out == [6]
    assert repr(e).splitlines()[1].split()[3:5] == ["left", "out"]
    assert "   6   " in repr(e).splitlines()[2]
    assert e.to_frame()["left_out"].tolist() == [6]
    per_row = np.concatenate(e.per_observation[0])
    assert np.isnan(per_row).sum() == 6
    assert e["l1"] == pytest.approx(np.nanmean(per_row))
    assert "left out" not in repr(evaluated(Walker(), Y, "l1"))


@pytest.mark.filterwarnings("ignore:.* left out 6 of 24 rows")
def test_comparisons_say_how_many_rows_were_left_out():
    def plain(y_true, y_pred):
        return 1.0

    models = {"gappy": Gappy(), "whole": Walker()}
    both = kf.evaluate(models, X, Y, kf.CV(3), ["l1", "l2"], verbosity=0)
    assert [line.split("   ")[-1].strip() for line in repr(both).splitlines()[1:]] == [
        "left out",
        "6",
        "0",
    ]
    (one,) = (kf.evaluate({"gappy": Gappy()}, X, Y, kf.CV(3), ["l1", plain], verbosity=0),)
    assert repr(one).splitlines()[2].endswith("l1 6")
    assert "left out" not in repr(kf.evaluate([Walker()], X, Y, kf.CV(3), verbosity=0))


def test_folds_weigh_as_many_rows_as_were_judged():
    folds = [(range(12), [12, 13]), (range(12), range(14, 20))]
    with pytest.warns(UserWarning, match="left out 2 of 8 rows"):
        e = kf.evaluate(Gappy(), X, Y, folds, "l2", verbosity=0)
    errors = [(Y.iloc[i] - Y[:12].mean()) ** 2 for i in (13, 14, 15, 17, 18, 19)]
    assert e["l2"] == pytest.approx(np.mean(errors))


def test_configured_measures_are_told_apart():
    f2 = f1.replace(beta=2.0)
    e = evaluated(Shares(smoothing=0.1), ORDERED, f1, f2)
    assert e[f2] == e["f_score(beta=2.0)"] == e.measurement[1]
    assert e[f1] == e["f1"] == e.measurement[0]
    assert "beta=2.0" in repr(e)
    both = kf.evaluate([Shares()], X, ORDERED, kf.CV(3), [f1, f2], verbosity=0)
    assert list(both.to_frame()) == ["f1", "f_score(beta=2.0)"]


def test_values_by_label_are_shown_by_label():
    e = evaluated(Shares(), ORDERED, "multiclass_true_positive")
    assert e.measurement[0] == {"no": 16, "yes": 0}
    assert "no 16" in repr(e).splitlines()[2]


def test_all_predictions_are_one_table():
    e = evaluated(Shares(), ORDERED, "log_loss", return_predictions=True)
    frame = e.predictions_frame()
    expected = ["fold", "row", "truth", "prediction", "probability_no", "probability_yes"]
    assert list(frame) == expected
    assert frame["row"].tolist() == list(range(24))
    assert frame["fold"].tolist() == [1] * 8 + [2] * 8 + [3] * 8
    assert frame["truth"].tolist() == ORDERED.tolist()
    assert set(frame["prediction"]) == {"no"}
    probabilities = np.concatenate([np.asarray(p) for p in e.predictions])
    assert np.array_equal(frame[["probability_no", "probability_yes"]].to_numpy(), probabilities)
    assert isinstance(frame["truth"].dtype, pd.CategoricalDtype)


@pytest.mark.parametrize("y", [Y, Y.to_numpy(), Y.tolist()], ids=["series", "array", "list"])
def test_predicted_numbers_of_any_container_are_one_table(y):
    e = evaluated(Walker(epochs=60), y, "rms", return_predictions=True, repeats=1)
    frame = e.predictions_frame()
    assert list(frame) == ["fold", "row", "truth", "prediction"]
    assert frame["truth"].tolist() == Y.tolist()
    off = frame["truth"] - frame["prediction"]
    assert np.sqrt((off**2).mean()) == pytest.approx(e["rms"])


def test_predictions_of_several_targets_are_one_table():
    y = pd.DataFrame({"up": Y, "down": -Y})
    frame = evaluated(Twofold(), y, "l1", return_predictions=True).predictions_frame()
    assert list(frame)[2:] == ["truth_up", "truth_down", "prediction_up", "prediction_down"]
    assert frame["truth_down"].tolist() == (-Y).tolist()


def test_predictions_that_were_not_kept_are_missed():
    e = evaluated(Walker(), Y, "rms")
    assert e.predictions is None
    with pytest.raises(kf.ArgumentError, match="were not kept") as caught:
        e.predictions_frame()
    assert "return_predictions=True" in caught.value.remedy


def test_evaluations_of_a_comparison_are_found_by_tag():
    both = kf.evaluate({"slow": Walker(), "fast": Walker(rate=0.9)}, X, Y, verbosity=0)
    assert both["fast"] is both[1]
    assert both[-1] is both[1]
    assert [e.tag for e in both[:1]] == ["slow"]
    with pytest.raises(kf.ArgumentError, match="No model of this comparison") as caught:
        both["fats"]
    assert "fast" in caught.value.remedy


def test_evaluations_and_comparisons_are_drawn():
    models = {"even": Shares(), "rough": Shares(smoothing=50.0)}
    measures = ["log_loss", "accuracy", kf.confusion_matrix]
    both = kf.evaluate(models, X, ORDERED, kf.CV(3), measures, verbosity=0)
    figure = both.plot()
    assert [axes.get_xlabel().split()[0] for axes in figure.axes] == ["log_loss", "accuracy"]
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["even", "rough"]
    assert "2 models" in figure._suptitle.get_text()
    assert len(both[0].plot().axes) == 2
    assert len(evaluated(Walker(), Y, "rms").plot().axes) == 1


def test_an_evaluation_without_numbers_can_not_be_drawn():
    with pytest.raises(kf.MeasureError, match="no measure that is a number"):
        evaluated(Shares(), ORDERED, kf.confusion_matrix).plot()


def test_measures_of_one_name_do_not_hide_each_other(tmp_path):
    def one(y_true, y_pred):
        return 1.0

    def other(y_true, y_pred):
        return 2.0

    one.__name__ = other.__name__ = "made_up"
    logger = kf.loggers.JSONLines(tmp_path / "runs.jsonl")
    both = kf.evaluate(
        [Walker(), Walker()], X, Y, kf.CV(2), [one, other], logger=logger, verbosity=0
    )
    assert list(both.to_frame()) == ["made_up", "made_up (2)"]
    assert both.to_frame().to_numpy().tolist() == [[1.0, 2.0]] * 2
    assert (both[0]["made_up"], both[0]["made_up (2)"]) == (1.0, 2.0)
    assert logger.to_frame()["made_up (2)"].to_list() == [2.0, 2.0]


def test_the_interval_of_a_sum_is_that_of_a_sum():
    e = kf.evaluate(Walker(), X, Y, kf.CV(4), ["l1", "l1_sum"], verbosity=0)
    mean, total = e.measurement
    assert total == pytest.approx(24 * mean)
    assert e.uncertainty_radius_95[1] / total == pytest.approx(e.uncertainty_radius_95[0] / mean)
