"""Curves of probabilities, and residuals: read as measures read, checked against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sklearn import calibration, metrics

import kerasflux as kf
from kerasflux.log import KerasfluxWarning

LEVELS = ["no", "yes"]


@some.composite
def scored(draw, weights=False):
    """Labels with both classes, scores with ties, and weights, some of them zero."""
    n = draw(some.integers(2, 40))
    rng = np.random.default_rng(draw(some.integers(0, 2**32)))
    hits = rng.random(n) < 0.4
    hits[:2] = [True, False]
    score = rng.integers(0, draw(some.sampled_from([2, 7, 1000])) + 1, n) / 1000
    weight = rng.integers(1, 4, n).astype(float) if weights else None
    if weight is not None:
        weight[2:][rng.random(n - 2) < 0.2] = 0
    return np.where(hits, "yes", "no"), score, weight


def vector(probability, levels=LEVELS, ordered=False, **more):
    p = np.asarray(probability, dtype=float)
    return kf.UnivariateFiniteVector(np.column_stack([1 - p, p]), levels, ordered=ordered, **more)


# against scikit-learn


@given(scored(), some.booleans())
def test_roc_curves_are_those_of_scikit_learn(data, drop):
    y, score, _ = data
    curve = kf.roc_curve(y, score, positive="yes", drop_intermediate=drop)
    wanted = metrics.roc_curve(y, score, pos_label="yes", drop_intermediate=drop)
    for found, expected in zip(curve, wanted, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(curve.auc, metrics.roc_auc_score(y == "yes", score))


@given(scored(), some.booleans())
def test_precision_recall_curves_are_those_of_scikit_learn(data, drop):
    y, score, _ = data
    curve = kf.precision_recall_curve(y, score, positive="yes", drop_intermediate=drop)
    precision, recall, thresholds = metrics.precision_recall_curve(
        y, score, pos_label="yes", drop_intermediate=drop
    )
    np.testing.assert_allclose(curve.precision, precision, atol=1e-12)
    np.testing.assert_allclose(curve.recall, recall, atol=1e-12)
    np.testing.assert_allclose(curve.thresholds, [*thresholds, np.inf])
    np.testing.assert_allclose(
        curve.average_precision, metrics.average_precision_score(y == "yes", score)
    )


@given(scored(), some.integers(1, 12), some.sampled_from(["uniform", "quantile"]))
def test_calibration_curves_are_those_of_scikit_learn(data, nbins, strategy):
    y, score, _ = data
    curve = kf.calibration_curve(y, score, positive="yes", nbins=nbins, strategy=strategy)
    wanted = calibration.calibration_curve(y == "yes", score, n_bins=nbins, strategy=strategy)
    for found, expected in zip(curve, wanted, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)
    assert curve.counts.sum() == curve.histogram.sum() == len(y)


# laws


@given(scored(weights=True))
def test_weights_are_repetitions_of_rows(data):
    y, score, weight = data
    again = np.repeat(np.arange(len(y)), weight.astype(int))
    for curve_of in (kf.roc_curve, kf.precision_recall_curve, kf.calibration_curve):
        weighed = curve_of(y, score, weight, positive="yes")
        repeated = curve_of(y[again], score[again], positive="yes")
        for found, expected in zip(weighed, repeated, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-12)


@given(scored(weights=True), some.integers(0, 2**32))
def test_the_order_of_rows_and_the_scale_of_weights_do_not_matter(data, seed):
    y, score, weight = data
    order = np.random.default_rng(seed).permutation(len(y))
    for curve_of in (kf.roc_curve, kf.precision_recall_curve, kf.calibration_curve):
        one = curve_of(y, score, weight, positive="yes")
        other = curve_of(y[order], score[order], 8 * weight[order], positive="yes")
        for found, expected in zip(one, other, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-12)


@given(scored())
def test_the_roc_curve_of_the_other_label_is_mirrored(data):
    y, score, _ = data
    p = vector(score)
    one, other = (kf.roc_curve(y, p, positive=label) for label in LEVELS)
    np.testing.assert_allclose(one.auc, other.auc)


@given(scored())
def test_intervals_of_calibration_contain_the_observed_share(data):
    y, score, _ = data
    curve = kf.calibration_curve(y, score, positive="yes")
    assert ((curve.lower <= curve.observed) & (curve.observed <= curve.upper)).all()
    assert ((curve.lower >= 0) & (curve.upper <= 1)).all()
    assert ((curve.left <= curve.predicted) & (curve.predicted <= curve.right)).all()


def test_the_interval_is_wilsons():
    curve = kf.calibration_curve([1] * 8 + [0] * 2, [0.75] * 10, positive=1)
    assert curve.lower.round(4).tolist() == [0.4902]
    assert curve.upper.round(4).tolist() == [0.9433]


def test_the_calibration_error_is_a_mean_over_rows():
    curve = kf.calibration_curve([1, 0, 0, 1], [0.25, 0.25, 0.25, 0.95], positive=1)
    assert curve.error == pytest.approx((3 * abs(1 / 3 - 0.25) + 0.05) / 4)


def test_probabilities_that_are_one_but_for_rounding_are_calibrated():
    p = kf.UnivariateFiniteVector(np.array([[0, 1.00001], [0.5, 0.5]]), LEVELS)
    assert kf.calibration_curve(["yes", "no"], p, positive="yes").predicted.max() == 1


def test_infinite_scores_are_scores_with_ties():
    scores = [-np.inf, -np.inf, np.inf, np.inf]
    curve = kf.roc_curve(["no", "yes", "yes", "no"], scores, positive="yes")
    assert curve.tpr.tolist() == [0.0, 0.5, 1.0]
    assert curve.auc == 0.5


# which label is positive


def test_the_last_level_of_an_ordered_pool_is_positive():
    p = vector([0.2, 0.9, 0.6], ["low", "high"], ordered=True)
    assert kf.roc_curve(["low", "high", "low"], p).positive == "high"
    ordered = kf.coerce(["low", "high", "low"], kf.OrderedFactor, levels=["high", "low"])
    assert kf.roc_curve(ordered, [0.2, 0.9, 0.6]).positive == "low"


def test_an_unordered_pool_asks_which_label_is_positive():
    with pytest.raises(kf.MeasureError, match="which label") as caught:
        kf.roc_curve(["no", "yes"], vector([0.1, 0.9]))
    assert "positive='yes'" in caught.value.remedy
    assert "kf.OrderedFactor" in caught.value.remedy


def test_more_than_two_classes_ask_for_one_and_name_the_call_for_all():
    y, p = ["a", "b", "c"], kf.UnivariateFiniteVector(np.eye(3), ["a", "b", "c"], ordered=True)
    with pytest.raises(kf.MeasureError, match="which label") as caught:
        kf.precision_recall_curve(y, p)
    assert "kf.Curves({c: kf.precision_recall_curve" in caught.value.remedy
    assert kf.precision_recall_curve(y, p, positive="b").average_precision == 1


def test_a_label_that_does_not_exist_is_refused():
    with pytest.raises(kf.UnseenLevel, match="maybe"):
        kf.roc_curve(["no", "yes"], vector([0.1, 0.9]), positive="maybe")


# bad input

CURVES = [kf.roc_curve, kf.precision_recall_curve, kf.calibration_curve]


@pytest.mark.parametrize("curve_of", CURVES)
def test_labels_and_matrices_are_no_scores(curve_of):
    y = ["no", "yes"]
    for scores in (["no", "yes"], np.eye(2), [0.1, 0.2, 0.3]):
        with pytest.raises(kf.MeasureError, match="how likely") as caught:
            curve_of(y, scores, positive="yes")
        assert "UnivariateFiniteVector" in caught.value.remedy


@pytest.mark.parametrize("curve_of", CURVES)
def test_distributions_in_the_first_place_are_refused(curve_of):
    with pytest.raises(kf.MeasureError, match="in the first place"):
        curve_of(vector([0.1, 0.9]), ["no", "yes"], positive="yes")


@pytest.mark.parametrize("curve_of", CURVES)
def test_truth_alone_is_refused(curve_of):
    with pytest.raises(kf.MeasureError, match="no prediction") as caught:
        curve_of(["no", "yes"])
    assert "return_predictions=True" in caught.value.remedy


@pytest.mark.parametrize("curve_of", CURVES)
@pytest.mark.parametrize("weights", [[1.0], [-1.0, 1.0], [np.nan, 1.0], [0.0, 0.0]])
def test_weights_that_cannot_be_are_refused(curve_of, weights):
    with pytest.raises(kf.WeightsError):
        curve_of(["no", "yes"], [0.1, 0.9], weights, positive="yes")


@pytest.mark.parametrize("curve_of", CURVES)
def test_other_indexes_are_refused(curve_of):
    y = pd.Series(["no", "yes"], index=[5, 6])
    with pytest.raises(kf.MeasureError, match="index"):
        curve_of(y, pd.Series([0.1, 0.9]), positive="yes")


@pytest.mark.parametrize("curve_of", CURVES[:2])
def test_a_label_that_never_or_always_comes_has_no_curve(curve_of):
    for y in (["no", "no"], ["yes", "yes"]):
        with pytest.raises(kf.MeasureError, match="both kinds") as caught:
            curve_of(y, vector([0.1, 0.9]), positive="yes")
        assert "kf.StratifiedCV" in caught.value.remedy
    with pytest.raises(kf.MeasureError, match="both kinds"):
        curve_of(["no", "no"], [0.1, 0.9], positive="yes")


@pytest.mark.parametrize(
    ("options", "scores"),
    [
        ({"nbins": 0}, [0.1, 0.9]),
        ({"nbins": 2.5}, [0.1, 0.9]),
        ({"strategy": "even"}, [0.1, 0.9]),
        ({}, [0.1, 1.5]),
        ({}, [-3.0, 0.5]),
    ],
)
def test_bins_that_cannot_be_made_are_refused(options, scores):
    with pytest.raises(kf.MeasureError, match="can't make bins"):
        kf.calibration_curve(["no", "yes"], scores, positive="yes", **options)


@pytest.mark.parametrize("curve_of", CURVES)
def test_rows_with_something_missing_are_left_out_with_their_weight(curve_of):
    y = ["no", "yes", None, "yes", "no"]
    score = [0.2, 0.8, 0.9, np.nan, 0.6]
    with pytest.warns(KerasfluxWarning, match="left out 2 of 5 rows"):
        found = curve_of(y, score, [1, 2, 5, 7, 3], positive="yes")
    wanted = curve_of(["no", "yes", "no"], [0.2, 0.8, 0.6], [1, 2, 3], positive="yes")
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("curve_of", CURVES)
def test_nothing_but_missing_rows_is_refused(curve_of):
    with pytest.raises(kf.MeasureError, match="both a truth and a prediction"):
        curve_of(["no", None], [np.nan, 0.5], positive="no")


# what they are


def test_curves_give_tables_and_say_what_they_are():
    y, p = ["no", "yes", "no", "yes"], vector([0.1, 0.8, 0.6, 0.5])
    roc = kf.roc_curve(y, p, positive="yes")
    assert list(roc.to_frame()) == ["fpr", "tpr", "threshold"]
    assert repr(roc) == "RocCurve(positive='yes', AUC 0.75, 5 points, 4 rows)"
    found = kf.precision_recall_curve(y, p, positive="yes")
    assert found.share == 0.5
    assert list(found.to_frame()) == ["precision", "recall", "threshold"]
    bins = kf.calibration_curve(y, p, positive="yes", nbins=2).to_frame()
    assert bins["count"].tolist() == [2, 2]
    assert bins["right"].tolist() == [0.5, 1.0]


def test_several_curves_become_one_table_and_one_picture():
    y, p = ["no", "yes", "no", "yes"], vector([0.1, 0.8, 0.6, 0.5])
    for curve_of in CURVES:
        curves = kf.Curves({label: curve_of(y, p, positive=label) for label in LEVELS})
        assert curves.to_frame().index.names == ["curve", "point"]
        assert set(curves.to_frame().index.get_level_values(0)) == set(LEVELS)
        assert repr(curves).splitlines()[0] == "Curves of 2"
        drawn = [t.get_text() for t in curves.plot().axes[0].get_legend().get_texts()]
        assert [text.split(" ")[0] for text in drawn[-2:]] == LEVELS
    assert list(kf.Curves([kf.roc_curve(y, p, positive="yes")])) == [1]


def test_axes_name_the_positive_label_if_there_is_one_for_all_curves():
    y, p = ["no", "yes", "no", "yes"], vector([0.1, 0.8, 0.6, 0.5])
    one, other = (kf.roc_curve(y, p, positive=label) for label in LEVELS)
    assert one.plot().axes[0].get_xlabel() == "false positive rate of no"
    assert kf.Curves([one, other]).plot().axes[0].get_xlabel() == "false positive rate"


def test_curves_of_two_kinds_are_refused_in_one_picture():
    y, p = ["no", "yes"], vector([0.1, 0.8])
    one, other = (curve_of(y, p, positive="yes") for curve_of in CURVES[:2])
    for curves in ([one, other], [], {"a": 1.0}):
        with pytest.raises(kf.MeasureError, match="beside one another"):
            kf.Curves(curves)


def test_a_curve_is_drawn_beside_another():
    y, p = ["no", "yes", "no", "yes"], vector([0.1, 0.8, 0.6, 0.5])
    figure = kf.roc_curve(y, p, positive="yes").plot(label="one")
    kf.roc_curve(y, vector([0.5] * 4), positive="yes").plot(label="other", ax=figure.axes[0])
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert labels == ["chance", "one (AUC 0.750)", "other (AUC 0.500)"]
    colours = {line.get_color() for line in figure.axes[0].lines}
    assert len(colours) == 3


class Evaluated:
    """What an evaluation has for a curve: truths and predictions by fold."""

    def __init__(self, truths, predictions):
        self.truths, self.predictions = truths, predictions

    def predictions_frame(self):
        return pd.DataFrame({"row": [3, 1, 0, 2]})


def test_the_folds_of_an_evaluation_are_one_curve():
    folds = [["no", "yes"], kf.coerce(["no", "yes"], kf.Multiclass)]
    evaluation = Evaluated(folds, [vector([0.1, 0.8]), vector([0.6, 0.5])])
    assert kf.roc_curve(evaluation, positive="yes").auc == 0.75
    with pytest.raises(kf.MeasureError, match="together with an evaluation"):
        kf.roc_curve(evaluation, sample_weight=[1] * 4, positive="yes")
    with pytest.raises(kf.MeasureError, match="no prediction") as caught:
        kf.roc_curve([evaluation, evaluation])
    assert "for e in comparison" in caught.value.remedy


def test_an_evaluation_that_kept_its_predictions_has_curves():
    X = pd.DataFrame({"a": np.arange(12.0)})
    y = kf.coerce(pd.Series(LEVELS * 6), kf.OrderedFactor, levels=LEVELS)
    options = {"resampling": kf.CV(nfolds=3, rng=0), "measure": kf.accuracy, "verbosity": 0}
    kept = kf.evaluate(kf.ConstantClassifier(), X, y, return_predictions=True, **options)
    curve = kf.calibration_curve(kept)
    assert (curve.positive, curve.n_rows) == ("yes", 12)
    frame = kept.predictions_frame()
    again = kf.calibration_curve(frame["truth"], frame["probability_yes"], positive="yes")
    np.testing.assert_allclose(curve.observed, again.observed)
    missed = kf.evaluate(
        kf.ConstantRegressor(), X, X["a"], return_predictions=True, **(options | {"measure": "l2"})
    )
    found = kf.residuals(missed).to_frame().sort_index()
    assert found["true"].tolist() == X["a"].tolist()
    with pytest.raises(kf.ArgumentError, match="not kept"):
        kf.roc_curve(kf.evaluate(kf.ConstantClassifier(), X, y, **options))


def test_residuals_of_an_evaluation_have_row_numbers():
    evaluation = Evaluated([[1.0, 2.0], [3.0, 4.0]], [np.array([1.0, 1.0]), np.array([3.0, 3.0])])
    found = kf.residuals(evaluation).to_frame()
    assert found["residual"].to_dict() == {3: 0.0, 1: 1.0, 0: 0.0, 2: 1.0}


# residuals


def test_residuals_are_truth_minus_prediction_with_the_index_of_the_truth():
    y = pd.Series([3.0, 5.0, 1.0], index=["a", "b", "c"])
    found = kf.residuals(y, np.array([2.5, 5.5, 1.0]))
    assert found.to_frame().index.tolist() == ["a", "b", "c"]
    assert found.residual.tolist() == [0.5, -0.5, 0.0]
    assert repr(found) == "Residuals(mean 0, spread 0.4082, 3 rows)"


def test_residuals_leave_out_missing_rows_and_say_so():
    y = pd.Series([3.0, None, 1.0], index=["a", "b", "c"])
    with pytest.warns(KerasfluxWarning, match="left out 1 of 3 rows"):
        found = kf.residuals(y, [2.5, 5.5, 1.0])
    assert found.to_frame().index.tolist() == ["a", "c"]


def test_residuals_are_those_of_one_target_of_numbers():
    with pytest.raises(kf.MeasureError, match="one target") as caught:
        kf.residuals(np.zeros((3, 2)), np.zeros((3, 2)))
    assert "kf.residuals(y['a']" in caught.value.remedy
    with pytest.raises(kf.MeasureError, match="compares numbers"):
        kf.residuals(["no", "yes"], ["no", "no"])
    with pytest.raises(kf.MeasureError, match="no prediction"):
        kf.residuals([1.0])


def test_residuals_are_drawn_with_the_name_of_the_target():
    figure = kf.residuals([1.0, 2.0, 4.0], [1.5, 2.0, 3.0]).plot(name="rent")
    assert figure.axes[0].get_ylabel() == "true rent"
