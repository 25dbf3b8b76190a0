"""Parameters of measures, and which label is the positive one."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf
from kerasflux.errors import MeasureError, WeightsError
from kerasflux.log import KerasfluxWarning
from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.scoring.measures import MEASURES, as_measure, oriented
from kerasflux.scoring.positives import OfPositives
from scitypes.errors import UnseenLevel

Y = ["no", "yes", "yes", "no", "yes"]
GUESS = ["yes", "yes", "no", "no", "yes"]
ORDERED = pd.CategoricalDtype(["yes", "no"], ordered=True)
P = UnivariateFiniteVector([[0.3, 0.7], [0.2, 0.8], [0.6, 0.4]], levels=["no", "yes"])
OF_ONE_CLASS = [m for m in MEASURES if isinstance(m, OfPositives)]


def test_a_measure_with_other_parameters_is_another_measure():
    f2 = kf.f1.replace(beta=2.0, positive="yes")
    assert repr(f2) == "f_score(positive='yes', beta=2.0)"
    assert f2 == kf.f1.replace(positive="yes").replace(beta=2) != kf.f1
    assert f2.replace(beta=1, positive=None) == kf.f1
    assert hash(f2) == hash(kf.f1.replace(beta=2.0, positive="yes"))
    assert pickle.loads(pickle.dumps(f2)) == copy.deepcopy(f2) == f2
    assert kf.f1.parameters == {"positive": None, "zero_division": None, "beta": 1.0}
    with pytest.raises(AttributeError):
        f2.beta = 3


@pytest.mark.parametrize(
    ("measure", "shown"),
    [
        (kf.l1, "l1"),
        (kf.l2.replace(p=1), "l1"),
        (kf.l2.replace(p=3), "lp_loss(p=3)"),
        (kf.l1_sum.replace(p=3), "lp_sum_loss(p=3)"),
        (kf.l1.replace(target_weights=[1, 2]), "l1(target_weights=(1.0, 2.0))"),
        (kf.f1.replace(positive=1), "f1(positive=1)"),
        (kf.macro_f1.replace(average="micro"), "micro_f1"),
        (kf.micro_f1.replace(average=None), "multiclass_f_score(average=None)"),
        (kf.micro_f1.replace(beta=2), "multiclass_f_score(average='micro', beta=2)"),
        (kf.multiclass_recall.replace(average="micro"), "multiclass_recall(average='micro')"),
    ],
    ids=repr,
)
def test_measures_print_as_their_name_and_what_differs(measure, shown):
    assert repr(measure) == shown


def test_parameters_go_with_the_call_too():
    assert kf.f1(Y, GUESS, positive="yes", beta=2) == kf.f1.replace(positive="yes", beta=2)(
        Y, GUESS
    )
    assert kf.quantile_loss([1.0], [0.0], q=0.9) == pytest.approx(0.9)


def test_a_measure_with_a_parameter_is_pickled_in_another_process():
    code = (
        "import pickle, sys; m = pickle.load(sys.stdin.buffer); import kerasflux as kf;"
        "assert m == kf.f1.replace(positive='yes', beta=2.0), m"
    )
    dumped = pickle.dumps(kf.f1.replace(positive="yes", beta=2.0))
    subprocess.run([sys.executable, "-c", code], input=dumped, check=True)


def test_unknown_parameters_are_refused_and_the_nearest_offered():
    with pytest.raises(MeasureError, match="did you mean 'positive'"):
        kf.f1.replace(postive="yes")
    with pytest.raises(MeasureError, match=r"kf\.macro_f1"):
        kf.f1(Y, GUESS, average="macro")
    with pytest.raises(MeasureError, match="treats all classes alike"):
        kf.accuracy(Y, GUESS, positive="yes")
    with pytest.raises(MeasureError, match=r"for one class: kf\.recall"):
        kf.multiclass_recall(Y, GUESS, positive="yes")
    with pytest.raises(MeasureError, match="it has none"):
        kf.kappa.replace(weights="linear")


@pytest.mark.parametrize(
    ("measure", "wrong"),
    [
        (kf.l2, {"p": 0}),
        (kf.l2, {"p": "2"}),
        (kf.l1, {"target_weights": [1, -1]}),
        (kf.l1, {"target_weights": 3}),
        (kf.rmslp1, {"offset": np.nan}),
        (kf.rmsp, {"tol": -1}),
        (kf.mape, {"tol": None}),
        (kf.huber_loss, {"delta": 0}),
        (kf.quantile_loss, {"q": 1.5}),
        (kf.epsilon_insensitive_loss, {"epsilon": True}),
        (kf.log_loss, {"tol": 0.5}),
        (kf.spherical_score, {"alpha": 1}),
        (kf.f1, {"beta": -1}),
        (kf.f1, {"zero_division": "warn"}),
        (kf.macro_f1, {"average": "samples"}),
        (kf.macro_f1, {"beta": 0}),
        (kf.multiclass_recall, {"zero_division": None}),
        (kf.multiclass_recall, {"present_only": 1}),
        (kf.balanced_accuracy, {"adjusted": "yes"}),
        (kf.precision_at_fixed_recall, {"recall_threshold": 0}),
        (kf.continuous_boyce_index, {"nbins": 1}),
        (kf.continuous_boyce_index, {"binwidth": 1.0}),
        (kf.confusion_matrix, {"levels": ["a", "a"]}),
    ],
    ids=repr,
)
def test_values_that_parameters_can_not_have_are_refused(measure, wrong):
    with pytest.raises(MeasureError, match="can't have this value") as caught:
        measure.replace(**wrong)
    assert caught.value.expected
    assert caught.value.received
    assert caught.value.remedy


def test_targets_weigh_as_told():
    y, guess = np.zeros((2, 2)), np.array([[1.0, 4.0], [1.0, 4.0]])
    assert kf.l1(y, guess, target_weights=(3, 1)) == 1.75
    assert kf.rms(y, guess, target_weights=(0, 1)) == 4.0
    with pytest.raises(MeasureError, match="do not fit the targets"):
        kf.l1(y, guess, target_weights=(1, 1, 1))


# the positive label


def test_the_last_level_of_an_ordered_pool_is_positive():
    y = pd.Series(Y, dtype=ORDERED)
    guess = pd.Categorical(GUESS, dtype=ORDERED)
    assert kf.recall(y, guess) == kf.recall(Y, GUESS, positive="no") == 0.5
    assert kf.recall(y, GUESS) == kf.recall(Y, guess) == 0.5
    unordered = pd.Categorical(GUESS)
    assert kf.recall(y, unordered) == 0.5
    assert kf.recall.judged(y, guess).positive == "no"
    assert kf.recall.replace(positive="yes").judged(y, guess).positive == "yes"
    p = UnivariateFiniteVector(P.probabilities, levels=["no", "yes"], ordered=True)
    truth = ["no", "yes", "no"]
    assert kf.average_precision(truth, p) == kf.average_precision(truth, P, positive="yes")
    assert kf.average_precision.judged(truth, p).positive == "yes"


@pytest.mark.parametrize("measure", OF_ONE_CLASS, ids=repr)
def test_without_an_order_both_remedies_are_told(measure):
    guess = P if measure.prediction == "probabilistic" else ["no", "yes", "no"]
    if measure is kf.auc:
        assert measure(["no", "yes", "no"], guess) == 1.0
        assert measure.judged(["no", "yes", "no"], guess).positive is None
        return
    with pytest.raises(MeasureError, match="which label is the positive one") as caught:
        measure(["no", "yes", "no"], guess)
    assert f"kf.{measure.name}(y_true, y_pred, positive='yes')" in caught.value.remedy
    assert f"kf.{measure.name}.replace(positive='yes')" in caught.value.remedy
    assert "kf.coerce(y, kf.OrderedFactor)" in caught.value.remedy
    assert "'no', 'yes'" in caught.value.received


def test_more_than_two_classes_are_one_against_the_rest_where_it_is_said():
    y, guess = list("aabc"), list("abbb")
    assert kf.precision(y, guess, positive="b") == pytest.approx(1 / 3)
    assert kf.specificity(y, guess, positive="b") == pytest.approx(1 / 3)
    with pytest.raises(MeasureError, match=r"kf\.macro_f1"):
        kf.f1(y, guess)
    three = pd.Categorical(guess, categories=list("abc"), ordered=True)
    with pytest.raises(MeasureError, match="an ordered pool of 3 levels"):
        kf.f1(y, three)
    p = UnivariateFiniteVector(np.eye(3)[[0, 1, 1, 1]], levels=list("abc"))
    assert kf.auc(y, p, positive="a") == 0.75
    with pytest.raises(MeasureError, match="unordered pool of 3 levels"):
        kf.auc(y, p)


def test_a_positive_label_that_is_nowhere_is_refused():
    with pytest.raises(UnseenLevel, match="positive one of `f1`"):
        kf.f1(Y, GUESS, positive="maybe")
    assert kf.true_negative(["no", "no"], ["no", "no"], positive="yes") == 2
    assert kf.recall.replace(positive="yes").judged(["no"], ["no"]).positive == "yes"


def test_targets_without_an_order_are_refused_before_they_are_predicted():
    unordered, ordered = pd.Categorical(Y), pd.Categorical(Y, dtype=ORDERED)
    with pytest.raises(MeasureError, match="which label is the positive one"):
        kf.f1.refuse_target(unordered)
    kf.f1.refuse_target(ordered)
    kf.f1.replace(positive="yes").refuse_target(unordered)
    kf.auc.refuse_target(unordered)
    with pytest.raises(MeasureError, match="which label is the positive one"):
        kf.auc.refuse_target(pd.Categorical(list("abc")))
    with pytest.raises(MeasureError, match="no measure for this target") as caught:
        kf.f1.refuse_target([1.5, 2.5])
    assert "kf.measures(y)" in caught.value.remedy


def test_shares_of_nothing_are_nan_or_what_was_said():
    y, guess = ["no", "no"], ["no", "no"]
    for measure in (kf.precision, kf.recall, kf.f1, kf.false_negative_rate):
        assert np.isnan(measure(y, guess, positive="yes"))
        assert measure(y, guess, positive="yes", zero_division=0.0) == 0.0
    one = UnivariateFiniteVector([[0.3, 0.7]], levels=["no", "yes"])
    for measure in (kf.auc, kf.average_precision, kf.precision_at_fixed_recall):
        assert np.isnan(measure(["no"], one, positive="yes"))
    assert np.isnan(kf.kappa(y, guess))
    assert kf.mcc(y, guess) == 0.0


# averages over classes


def test_values_by_class_are_a_dict_and_folds_are_put_together_by_label():
    each = kf.multiclass_recall.replace(average=None)
    assert each(list("aab"), list("abb")) == {"a": 0.5, "b": 1.0}
    assert not each.gives_numbers
    assert kf.multiclass_recall.gives_numbers
    assert each.combine([{"a": 0.5, "b": 1.0}, {"a": 1.0, "b": 0.0}], [3, 1]) == {
        "a": 0.625,
        "b": 0.75,
    }
    counts = kf.multiclass_true_positive
    assert counts.combine([{"a": 1}, {"a": 2}], [5, 5]) == {"a": 3}


def test_class_weights_that_weigh_nothing_are_told():
    with pytest.warns(KerasfluxWarning, match="no effect on `micro_f1`"):
        assert kf.micro_f1(Y, GUESS, class_weight={"yes": 3}) == kf.micro_f1(Y, GUESS)
    with pytest.raises(WeightsError, match="weigh nothing"):
        kf.macro_f1(Y, GUESS, class_weight={"yes": 0, "no": 0})
    with pytest.raises(WeightsError, match="did you mean 'yes'"):
        kf.macro_f1(Y, GUESS, class_weight={"yess": 2})


def test_levels_of_a_confusion_matrix_are_shown_as_told():
    cm = kf.confusion_matrix(Y, GUESS, levels=("yes", "no", "maybe"))
    assert cm.levels == ("yes", "no", "maybe")
    assert cm["no", "yes"] == 1
    with pytest.raises(UnseenLevel):
        kf.confusion_matrix(Y, GUESS, levels=("yes",))


def test_a_confusion_matrix_stands_for_truth_and_prediction():
    cm = kf.confusion_matrix(Y, GUESS)
    assert kf.accuracy(cm) == 0.6
    assert kf.recall(cm, positive="yes") == pytest.approx(2 / 3)
    assert kf.true_positive(cm, positive="yes") == 2
    assert isinstance(kf.true_positive(cm, positive="yes"), int)
    for call in (lambda: kf.l1(cm), lambda: kf.log_loss(cm), lambda: kf.accuracy(cm, None, [1])):
        with pytest.raises(MeasureError, match="from a confusion matrix") as caught:
            call()
        assert caught.value.remedy


# logarithms


def test_logarithms_of_what_is_not_positive_are_refused_with_the_row():
    with pytest.raises(MeasureError, match="`rmsl` takes logarithms") as caught:
        kf.rmsl([1.0, 2.0], [1.0, -2.0])
    assert caught.value.received == "-2 in row 1; 1 such rows"
    assert "kf.rmslp1" in caught.value.remedy
    with pytest.raises(MeasureError, match="greater than -1"):
        kf.rmslp1([-1.0], [1.0])
    with pytest.raises(MeasureError, match="-1 in row 2"):
        kf.rmsl.judged([None, 1.0, -1.0], [1.0, 1.0, 1.0])


def test_logarithms_of_probabilities_are_cut_where_it_is_said():
    p = UnivariateFiniteVector([[1.0, 0.0]], levels=["a", "b"])
    assert kf.log_loss(["b"], p, tol=0.01) == pytest.approx(-np.log(0.01))
    assert kf.log_loss(["b"], p, tol=0) == np.inf


# what can choose


def test_measures_that_can_choose_have_an_orientation_and_are_numbers():
    assert oriented("mae") is kf.l1
    with pytest.raises(MeasureError, match="whether a larger value is better") as caught:
        oriented(lambda y, p: 0.0)
    assert "kf.make_measure(f, orientation=" in caught.value.remedy
    for measure in ("confusion_matrix", kf.macro_f1.replace(average=None)):
        with pytest.raises(MeasureError, match="it is no number"):
            oriented(measure)


def test_names_of_other_libraries_are_aliases():
    for name, measure in {
        "accuracy_score": kf.accuracy,
        "r2_score": kf.r2,
        "roc_auc": kf.auc,
        "multitarget_rms": kf.rms,
        "probability_of_correct_classification": kf.balanced_accuracy,
        "hit_rate": kf.recall,
        "multiclass_f1score": kf.macro_f1,
    }.items():
        assert as_measure(name) is measure
    assert (kf.sensitivity, kf.tpr) == (kf.recall, kf.recall)
    assert kf.ppv is kf.precision
