"""Functions, and metrics and scorers of scikit-learn, as measures."""

import pickle
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as theirs
from toys import Shares, Walker

import kerasflux as kf
from kerasflux.errors import MeasureError
from kerasflux.log import KerasfluxWarning
from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.scoring import foreign
from kerasflux.scoring.functions import make_measure
from kerasflux.scoring.measures import as_measure, oriented

LABELS = ["ham", "spam", "spam", "ham", "spam"]
GUESS = ["ham", "spam", "ham", "ham", "spam"]
CODES = [0, 1, 1, 0, 1]
P = UnivariateFiniteVector(
    [[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]], levels=["ham", "spam"]
)
THREE = UnivariateFiniteVector(
    [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3], [0.1, 0.6, 0.3]], levels=["c", "a", "b"]
)
ABC = ["a", "b", "c", "a"]
SORTED = THREE.probabilities[:, [1, 2, 0]]
Y, NUMBERS = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])


def worst(y_true, y_pred):
    return float(np.max(np.abs(np.asarray(y_true) - np.asarray(y_pred))))


def test_a_function_is_given_its_traits():
    measure = make_measure(worst, "loss", "deterministic", human_name="largest error")
    assert (measure.name, measure.human_name) == ("worst", "largest error")
    assert (measure.orientation, measure.prediction) == ("loss", "deterministic")
    assert oriented(measure) is measure
    assert measure([1.0, 2.0], [1.0, 5.0]) == 3.0
    assert make_measure(worst, "score", name="good").name == "good"
    assert pickle.loads(pickle.dumps(measure)) == measure
    assert make_measure(worst, "loss") != measure


def test_a_function_that_takes_weights_is_given_them():
    def weighted(y_true, y_pred, sample_weight=None):
        return np.average(np.equal(y_true, y_pred), weights=sample_weight)

    measure = make_measure(weighted, "score", supports_weights=True)
    assert measure([1, 2], [1, 3], [3, 1]) == 0.75
    judged = measure.judged([1, 2], [1, 3], [3, 1])
    assert (judged.value, judged.per_row, judged.left_out, judged.weight) == (0.75, None, 0, 4.0)
    with pytest.raises(kf.WeightsError):
        measure([1, 2], [1, 3], [3, -1])
    with pytest.raises(MeasureError, match="takes no `sample_weight`"):
        make_measure(worst, "loss")([1.0], [1.0], [1.0])
    with pytest.raises(MeasureError, match="takes no `class_weight`"):
        measure([1, 2], [1, 3], class_weight={1: 2})


@pytest.mark.parametrize(
    ("what", "traits"),
    [
        (worst, {"orientation": "smaller"}),
        (worst, {"orientation": "loss", "prediction": "predict"}),
        (worst, {"orientation": "loss", "aggregation": "median"}),
        (kf.rms, {"orientation": "loss"}),
        (float, {"orientation": "loss"}),
        ("rms", {"orientation": "loss"}),
    ],
)
def test_traits_that_functions_can_not_have_are_refused(what, traits):
    with pytest.raises(MeasureError) as caught:
        make_measure(what, **traits)
    assert caught.value.expected
    assert caught.value.remedy


def test_functions_have_no_parameters_to_replace():
    with pytest.raises(MeasureError, match="has no parameter `q`"):
        make_measure(worst, "loss")([1.0], [1.0], q=2)


def test_failures_of_a_function_are_told_with_what_it_was_given():
    with pytest.raises(MeasureError, match="failed as a measure: TypeError") as caught:
        as_measure(lambda y: 0.0)([1.0], [1.0])
    assert caught.value.received == "y_true: list, y_pred: list"
    with pytest.raises(MeasureError, match="gave no number"):
        as_measure(lambda y, p: "good")([1.0], [1.0])


def test_remedies_for_functions_and_metrics_are_python():
    with pytest.raises(MeasureError, match=r"`lambda y, p: f\(y, p.mode\(\)\)`"):
        as_measure(lambda y, p: np.mean(y == p))(LABELS, P)
    three = UnivariateFiniteVector(np.full((3, 3), 1 / 3), levels=["a", "b", "c"])
    with pytest.raises(MeasureError, match=r"partial\(roc_auc_score, multi_class='ovr'\)"):
        as_measure(theirs.roc_auc_score)(["a", "b", "c"], three)
    one_to_rest = as_measure(partial(theirs.roc_auc_score, multi_class="ovr"))
    assert one_to_rest(["a", "b", "c"], three) == 0.5


def test_evaluations_refuse_targets_that_a_function_is_not_meant_for():
    X, y = pd.DataFrame({"a": np.arange(12.0)}), np.arange(12.0)
    measure = make_measure(worst, "loss", target_scitype=kf.Vector[kf.Finite])
    with pytest.raises(MeasureError, match="no measure for this target"):
        kf.evaluate(Walker(), X, y, measure=measure, verbosity=0)
    fit = make_measure(worst, "loss", "deterministic")
    assert kf.evaluate(Walker(), X, y, measure=fit, verbosity=0)["worst"] >= 0


# metrics of scikit-learn


def test_metrics_of_scikit_learn_bring_their_orientation_along():
    for name, (kind, orientation) in foreign.KNOWN.items():
        if not hasattr(theirs, name):
            continue  # of a later version
        measure = as_measure(getattr(theirs, name))
        assert measure.name == name
        assert oriented(measure).orientation == orientation
        values = kind in (foreign.LABELS, foreign.NUMBERS)
        assert measure.prediction == ("deterministic" if values else "probabilistic")


def test_scikit_learn_has_the_orientations_that_are_known_here():
    for name in theirs.get_scorer_names():
        scorer = theirs.get_scorer(name)
        known = foreign.KNOWN.get(scorer._score_func.__name__)
        if known is not None:
            assert known[1] == ("score" if scorer._sign > 0 else "loss"), name


@pytest.mark.parametrize(
    ("metric", "given", "expected"),
    [
        (theirs.accuracy_score, (LABELS, GUESS), 0.8),
        (theirs.mean_absolute_error, (Y, NUMBERS), 0.5),
        (theirs.r2_score, (Y, NUMBERS), theirs.r2_score(Y, NUMBERS)),
        (theirs.log_loss, (LABELS, P), theirs.log_loss(CODES, P.pdf("spam"))),
        (theirs.log_loss, (ABC, THREE), theirs.log_loss(ABC, SORTED)),
        (theirs.roc_auc_score, (LABELS, P), theirs.roc_auc_score(CODES, P.pdf("spam"))),
        (
            partial(theirs.roc_auc_score, multi_class="ovr"),
            (ABC, THREE),
            theirs.roc_auc_score(ABC, SORTED, multi_class="ovr"),
        ),
        (
            partial(theirs.average_precision_score, pos_label="ham"),
            (LABELS, P),
            theirs.average_precision_score(1 - np.array(CODES), P.pdf("ham")),
        ),
        (
            theirs.average_precision_score,
            (ABC, THREE),
            theirs.average_precision_score(np.eye(3)[[0, 1, 2, 0]], SORTED),
        ),
        (
            partial(theirs.brier_score_loss, pos_label="spam"),
            (LABELS, P),
            theirs.brier_score_loss(CODES, P.pdf("spam")),
        ),
        (
            partial(theirs.f1_score, pos_label="ham"),
            (LABELS, GUESS),
            theirs.f1_score(LABELS, GUESS, pos_label="ham"),
        ),
        (
            partial(theirs.f1_score, average="macro"),
            (LABELS, GUESS),
            theirs.f1_score(LABELS, GUESS, average="macro"),
        ),
        (
            partial(theirs.top_k_accuracy_score, k=2),
            (ABC, THREE),
            theirs.top_k_accuracy_score(ABC, SORTED, k=2),
        ),
    ],
)
def test_metrics_of_scikit_learn_are_given_what_they_need(metric, given, expected):
    measure = as_measure(metric)
    assert measure(*given) == pytest.approx(expected)
    assert measure(pd.Series(given[0]), given[1]) == pytest.approx(expected)


def test_probabilities_of_networks_are_given_in_their_precision():
    rows = np.random.default_rng(0).dirichlet(np.ones(3), 50).astype(np.float32)
    y = list("abc") * 16 + ["a", "b"]
    measure = as_measure(theirs.log_loss)
    p = UnivariateFiniteVector(rows, levels=list("abc"))
    assert measure(y, p) == pytest.approx(theirs.log_loss(y, rows))
    assert measure(y, p) == pytest.approx(kf.log_loss(y, p), rel=1e-6)


def test_metrics_of_several_targets_are_given_matrices():
    y, guess = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 3.0], [5.0, 4.0]])
    assert as_measure(theirs.mean_squared_error)(y, guess) == theirs.mean_squared_error(y, guess)


def test_weights_reach_the_metrics_that_take_them():
    weights = [1.0, 2.0, 3.0, 4.0, 5.0]
    for metric in (theirs.accuracy_score, theirs.matthews_corrcoef, theirs.zero_one_loss):
        expected = metric(LABELS, GUESS, sample_weight=weights)
        assert as_measure(metric)(LABELS, GUESS, weights) == pytest.approx(expected)
    expected = theirs.roc_auc_score(CODES, P.pdf("spam"), sample_weight=weights)
    assert as_measure(theirs.roc_auc_score)(LABELS, P, weights) == pytest.approx(expected)
    with pytest.raises(MeasureError, match="takes no `sample_weight`"):
        as_measure(theirs.max_error)(Y, NUMBERS, [1.0, 1.0, 1.0])


def test_missing_rows_are_left_out_of_metrics_too():
    with pytest.warns(KerasfluxWarning, match="`accuracy_score` left out 1 of 3 rows"):
        assert as_measure(theirs.accuracy_score)(["a", None, "b"], ["a", "b", "a"]) == 0.5


def test_the_positive_label_of_a_metric_is_said_by_order_or_one_or_asked_for():
    f1 = as_measure(theirs.f1_score)
    ordered = pd.Categorical(LABELS, categories=["spam", "ham"], ordered=True)
    assert f1(ordered, GUESS) == theirs.f1_score(LABELS, GUESS, pos_label="ham")
    assert f1.judged(ordered, GUESS).positive == "ham"
    assert f1(CODES, CODES[::-1]) == theirs.f1_score(CODES, CODES[::-1])
    with pytest.raises(MeasureError, match="which label is the positive one") as caught:
        f1(LABELS, GUESS)
    assert "functools.partial(f1_score, pos_label='spam')" in caught.value.remedy
    with pytest.raises(MeasureError, match="which label is the positive one"):
        f1.refuse_target(pd.Categorical(LABELS))
    with pytest.raises(MeasureError, match="which label is the positive one"):
        as_measure(theirs.brier_score_loss)(LABELS, P)
    as_measure(theirs.roc_auc_score).refuse_target(pd.Categorical(LABELS))
    assert as_measure(theirs.roc_auc_score).judged(LABELS, P).positive is None


def test_what_fails_in_a_metric_is_told_with_what_to_do():
    with pytest.raises(MeasureError, match="scikit-learn's `roc_auc_score` failed") as caught:
        as_measure(theirs.roc_auc_score)(ABC, THREE)
    assert "functools.partial" in caught.value.remedy
    assert isinstance(caught.value.__cause__, ValueError)


def test_metrics_print_with_their_parameters_and_pickle():
    measure = as_measure(partial(theirs.fbeta_score, beta=2, pos_label="spam"))
    assert repr(measure) == "fbeta_score(beta=2, pos_label='spam')"
    assert pickle.loads(pickle.dumps(measure)) == measure
    assert as_measure(theirs.root_mean_squared_error).aggregation == "root_mean_square"


@pytest.mark.parametrize(
    ("scorer", "given", "name", "expected"),
    [
        ("neg_log_loss", (LABELS, P), "neg_log_loss", -theirs.log_loss(CODES, P.pdf("spam"))),
        ("neg_mean_squared_error", (Y, NUMBERS), "neg_mean_squared_error", -1.25 / 3),
        ("roc_auc", (LABELS, P), "roc_auc_score", theirs.roc_auc_score(CODES, P.pdf("spam"))),
        ("f1_macro", (LABELS, GUESS), "f1_score", theirs.f1_score(LABELS, GUESS, average="macro")),
        ("accuracy", (LABELS, GUESS), "accuracy_score", 0.8),
    ],
)
def test_scorers_are_scores_of_predictions(scorer, given, name, expected):
    measure = as_measure(theirs.get_scorer(scorer))
    assert (measure.name, oriented(measure).orientation) == (name, "score")
    assert measure(*given) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["neg_log_loss", "f1_weighted", "roc_auc_ovr_weighted"])
def test_names_of_scorers_are_told_where_the_scorers_are(name):
    assert name in theirs.get_scorer_names()
    with pytest.raises(MeasureError) as caught:
        as_measure(name)
    assert f"sklearn.metrics.get_scorer({name!r})" in caught.value.remedy


def test_scorers_of_functions_of_ones_own_are_scores():
    scorer = theirs.make_scorer(worst, greater_is_better=False)
    measure = as_measure(scorer)
    assert (measure.name, measure.orientation) == ("neg_worst", "score")
    assert measure.prediction == "deterministic"
    assert measure(Y, NUMBERS) == -1.0
    assert pickle.loads(pickle.dumps(measure))(Y, NUMBERS) == -1.0
    ranked = theirs.make_scorer(mean_of_positives, response_method="predict_proba")
    assert as_measure(ranked)(LABELS, P) == pytest.approx(0.7)
    decisions = theirs.make_scorer(worst, response_method="decision_function")
    with pytest.raises(MeasureError, match="decision values"):
        as_measure(decisions)


def mean_of_positives(y_true, scores):
    return np.mean(scores[np.asarray(y_true) == "spam"])


def test_metrics_that_are_not_known_are_functions_without_orientation():
    measure = as_measure(theirs.ndcg_score)
    assert measure.orientation == "unoriented"
    assert as_measure(partial(worst)).orientation == "unoriented"


def test_metrics_are_measures_of_evaluations():
    X = pd.DataFrame({"a": np.arange(24.0)})
    y = pd.Series(pd.Categorical(["no", "yes", "no"] * 8))
    measures = [
        kf.log_loss,
        theirs.log_loss,
        theirs.accuracy_score,
        theirs.get_scorer("neg_brier_score"),
        kf.f1.replace(positive="yes", zero_division=0.0),
    ]
    with pytest.raises(MeasureError, match="which label is the positive one"):
        kf.evaluate(Shares(), X, y, measure=measures, verbosity=0)
    measures[3] = partial(theirs.brier_score_loss, pos_label="yes")
    e = kf.evaluate(Shares(), X, y, measure=measures, verbosity=0)
    assert e.measurement[0] == pytest.approx(e.measurement[1])
    assert e.operation == ["predict", "predict", "predict_mode", "predict", "predict_mode"]
    assert e.measurement[2] == pytest.approx(2 / 3)


def test_naming_metrics_does_not_load_scikit_learn():
    import subprocess

    code = (
        "import sys; from kerasflux.scoring.measures import as_measure; as_measure('auc');"
        "as_measure(len); assert 'sklearn' not in sys.modules and 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
