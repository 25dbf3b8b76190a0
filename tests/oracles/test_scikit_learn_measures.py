"""Measures on random data against scikit-learn's, or loops where it has none."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics as theirs
from hypothesis import given
from hypothesis import strategies as some

from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.scoring import measures as ours

seeds = some.integers(0, 10_000)


class Draw:
    """Random rows: labels of k classes, each of which comes, guesses, probabilities, numbers."""

    def __init__(self, seed, k=None):
        self.rng = rng = np.random.default_rng(seed)
        self.k = k or int(rng.integers(2, 6))
        n = int(rng.integers(3, 40))
        self.y = rng.permutation(np.append(np.arange(self.k), rng.integers(0, self.k, n)))
        self.guess = rng.integers(0, self.k, len(self.y))
        ties = rng.integers(1, 6, (len(self.y), self.k)) if seed % 3 else 0
        raw = rng.dirichlet(np.ones(self.k), len(self.y)) * (seed % 3 == 0) + ties
        self.probabilities = raw / raw.sum(axis=1, keepdims=True)
        self.numbers = np.exp(rng.normal(size=(2, len(self.y)))) * 10 ** rng.uniform(-3, 3)
        self.weights = rng.uniform(0.1, 3, len(self.y)) if seed % 2 else None

    @property
    def p(self):
        return UnivariateFiniteVector(self.probabilities, levels=range(self.k))


def close(one, other):
    return one == pytest.approx(other, rel=1e-9, abs=1e-12, nan_ok=True)


NUMBERS = {
    "l1": theirs.mean_absolute_error,
    "l2": theirs.mean_squared_error,
    "rms": theirs.root_mean_squared_error,
    "rmslp1": theirs.root_mean_squared_log_error,
    "mape": theirs.mean_absolute_percentage_error,
    "r2": theirs.r2_score,
    "quantile_loss": theirs.mean_pinball_loss,
}


@given(seeds, some.sampled_from(sorted(NUMBERS)))
def test_measures_of_numbers_are_those_of_scikit_learn(seed, name):
    d = Draw(seed)
    expected = NUMBERS[name](*d.numbers, sample_weight=d.weights)
    assert close(ours.as_measure(name)(*d.numbers, d.weights), expected)


@given(seeds)
def test_measures_of_numbers_with_parameters_are_those_of_scikit_learn(seed):
    d = Draw(seed)
    y, guess = d.numbers
    q = float(d.rng.uniform())
    expected = theirs.mean_pinball_loss(y, guess, alpha=q, sample_weight=d.weights)
    assert close(ours.quantile_loss(y, guess, d.weights, q=q), expected)


@given(seeds)
def test_several_targets_are_averaged_as_scikit_learn_does(seed):
    rng = np.random.default_rng(seed)
    y, guess = rng.normal(size=(2, 7, 3))
    weights, columns = rng.uniform(size=7), rng.uniform(size=3)
    for measure, expected in (
        (ours.l1, theirs.mean_absolute_error),
        (ours.l2, theirs.mean_squared_error),
        (ours.r2, theirs.r2_score),
    ):
        assert close(measure(y, guess, weights), expected(y, guess, sample_weight=weights))
        told = expected(y, guess, sample_weight=weights, multioutput=columns)
        assert close(measure(y, guess, weights, target_weights=tuple(columns)), told)


@given(seeds)
def test_constant_targets_have_the_r2_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    y = np.full(4, rng.normal())
    for guess in (y, y + rng.normal(size=4)):
        assert ours.r2(y, guess) == theirs.r2_score(y, guess)


@given(seeds)
def test_measures_that_scikit_learn_does_not_have_are_those_of_loops(seed):
    d = Draw(seed)
    y, guess = d.numbers
    w = np.ones(len(y)) if d.weights is None else d.weights
    rows = list(zip(w, y, guess, strict=True))
    total, mean = w.sum(), np.average(y, weights=w)
    by_hand = {
        "rmsl": np.sqrt(sum(a * (np.log(p) - np.log(t)) ** 2 for a, t, p in rows) / total),
        "rmsp": np.sqrt(sum(a * ((p - t) / t) ** 2 for a, t, p in rows) / total),
        "l1_sum": sum(a * abs(p - t) for a, t, p in rows),
        "l2_sum": sum(a * (p - t) ** 2 for a, t, p in rows),
        "epsilon_insensitive_loss": sum(a * max(0, abs(p - t) - 0.1) for a, t, p in rows) / total,
        "willmott_d": 1
        - sum(a * (p - t) ** 2 for a, t, p in rows)
        / sum(a * (abs(p - mean) + abs(t - mean)) ** 2 for a, t, p in rows),
    }
    for name, expected in by_hand.items():
        assert close(ours.as_measure(name)(y, guess, d.weights), expected), name
    off = np.clip(guess - y, -300, 300)  # cosh overflows further out
    assert close(ours.log_cosh(np.zeros(len(y)), off), np.log(np.cosh(off)).mean())
    huber = np.where(abs(off) <= 1, off**2 / 2, abs(off) - 0.5)
    assert close(ours.huber_loss(np.zeros(len(y)), off), huber.mean())


def test_proportions_of_zero_are_worth_nothing_and_count():
    assert ours.mape([0.0, 2.0], [5.0, 3.0]) == 0.25
    assert ours.rmsp([0.0, 2.0], [5.0, 3.0]) == pytest.approx(np.sqrt(0.125))
    assert ours.mape([0.5, 2.0], [5.0, 3.0], tol=1.0) == 0.25


@given(seeds)
def test_measures_of_labels_are_those_of_scikit_learn(seed):
    d = Draw(seed)
    for measure, expected in (
        (ours.accuracy, theirs.accuracy_score),
        (ours.misclassification_rate, theirs.zero_one_loss),
        (ours.balanced_accuracy, theirs.balanced_accuracy_score),
        (ours.kappa, theirs.cohen_kappa_score),
        (ours.mcc, theirs.matthews_corrcoef),
    ):
        found = measure(d.y, d.guess, d.weights)
        assert close(found, expected(d.y, d.guess, sample_weight=d.weights)), measure
    adjusted = theirs.balanced_accuracy_score(d.y, d.guess, sample_weight=d.weights, adjusted=True)
    assert close(ours.balanced_accuracy(d.y, d.guess, d.weights, adjusted=True), adjusted)
    np.testing.assert_allclose(
        ours.confusion_matrix(d.y, d.guess, d.weights).matrix,
        theirs.confusion_matrix(d.y, d.guess, sample_weight=d.weights),
    )


@given(seeds)
def test_classes_that_are_not_there_can_be_left_out_as_scikit_learn_does(seed):
    d = Draw(seed, k=4)
    keep = d.y < 3
    y, guess = d.y[keep], pd.Categorical(d.guess[keep], categories=range(6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs.balanced_accuracy_score(y, d.guess[keep])
    assert close(ours.balanced_accuracy(y, guess, present_only=True), expected)
    assert close(ours.balanced_accuracy(y, guess), expected * len(np.unique(y)) / 6)
    macro = theirs.f1_score(y, d.guess[keep], average="macro", zero_division=0)
    assert close(ours.macro_f1(y, guess, present_only=True), macro)


ONE_CLASS = {
    "precision": theirs.precision_score,
    "recall": theirs.recall_score,
    "f1": theirs.f1_score,
}


@given(seeds, some.sampled_from(sorted(ONE_CLASS)))
def test_measures_of_one_class_are_those_of_scikit_learn(seed, name):
    d = Draw(seed, k=2)
    for positive in (0, 1):
        expected = ONE_CLASS[name](
            d.y, d.guess, sample_weight=d.weights, pos_label=positive, zero_division=np.nan
        )
        measure = ours.as_measure(name)
        assert close(measure(d.y, d.guess, d.weights, positive=positive), expected)
    beta = float(d.rng.uniform(0.2, 4))
    expected = theirs.fbeta_score(d.y, d.guess, beta=beta, sample_weight=d.weights)
    found = ours.f1(d.y, d.guess, d.weights, positive=1, beta=beta, zero_division=0.0)
    assert close(found, expected)


@given(seeds)
def test_counts_and_rates_are_cells_of_the_confusion_matrix(seed):
    d = Draw(seed, k=2)
    (tn, fp), (fn, tp) = theirs.confusion_matrix(d.y, d.guess, sample_weight=d.weights)

    def share(a, b):
        return a / (a + b) if a + b else float("nan")

    for name, expected in {
        "true_positive": tp,
        "true_negative": tn,
        "false_positive": fp,
        "false_negative": fn,
        "recall": share(tp, fn),
        "specificity": share(tn, fp),
        "false_positive_rate": share(fp, tn),
        "false_negative_rate": share(fn, tp),
        "false_discovery_rate": share(fp, tp),
        "precision": share(tp, fp),
        "negative_predictive_value": share(tn, fn),
    }.items():
        measure = ours.as_measure(name)
        assert close(measure(d.y, d.guess, d.weights, positive=1), expected), name
        each = ours.as_measure(f"multiclass_{name}")
        each = each.replace(average=None) if "average" in each.parameters else each
        expected = 0.0 if np.isnan(expected) else expected
        assert close(each(d.y, d.guess, d.weights)[1], expected), name


@given(seeds, some.sampled_from(["macro", "micro", "weighted", None]))
def test_averages_over_classes_are_those_of_scikit_learn(seed, average):
    d = Draw(seed)
    for measure, expected in (
        (ours.multiclass_precision, theirs.precision_score),
        (ours.multiclass_recall, theirs.recall_score),
        (ours.macro_f1, theirs.f1_score),
    ):
        found = measure(d.y, d.guess, d.weights, average=average)
        found = list(found.values()) if average is None else found
        told = expected(d.y, d.guess, sample_weight=d.weights, average=average, zero_division=0)
        assert np.allclose(found, told), measure


@given(seeds)
def test_class_weights_weigh_the_classes_of_an_average(seed):
    d = Draw(seed)
    by_class = dict(enumerate(d.rng.uniform(0.1, 5, d.k)))
    each = ours.multiclass_recall(d.y, d.guess, average=None)
    expected = np.average([each[c] for c in by_class], weights=list(by_class.values()))
    assert close(ours.multiclass_recall(d.y, d.guess, class_weight=by_class), expected)


@given(seeds)
def test_log_and_brier_losses_are_those_of_scikit_learn(seed):
    d = Draw(seed)
    expected = theirs.log_loss(d.y, d.probabilities, sample_weight=d.weights)
    assert close(ours.log_loss(d.y, d.p, d.weights), expected)
    assert close(ours.log_score(d.y, d.p, d.weights), -expected)
    onehot = np.eye(d.k)[d.y]
    by_hand = np.average(
        np.sum((onehot - d.probabilities) ** 2, axis=1) / (2 if d.k == 2 else 1), weights=d.weights
    )
    assert close(ours.brier_loss(d.y, d.p, d.weights), by_hand)
    assert close(ours.brier_score(d.y, d.p, d.weights), -by_hand)
    if d.k == 2:
        expected = theirs.brier_score_loss(d.y, d.probabilities[:, 1], sample_weight=d.weights)
        assert close(ours.brier_loss(d.y, d.p, d.weights), expected)


@given(seeds)
def test_other_losses_of_distributions_are_those_of_loops(seed):
    d = Draw(seed)
    right = d.probabilities[np.arange(len(d.y)), d.y]
    for alpha in (2, 3.5):
        norms = np.linalg.norm(d.probabilities, ord=alpha, axis=1)
        expected = np.average((right / norms) ** (alpha - 1), weights=d.weights)
        assert close(ours.spherical_score(d.y, d.p, d.weights, alpha=alpha), expected)
    if d.k == 2:
        expected = theirs.hinge_loss(
            d.y, d.probabilities[:, 1] - d.probabilities[:, 0], sample_weight=d.weights
        )
        assert close(ours.hinge_loss(d.y, d.p, d.weights), expected)
    expected = np.average(np.log(1 + np.exp(1 - 2 * right)), weights=d.weights)
    assert close(ours.logistic_loss(d.y, d.p, d.weights), expected)


@given(seeds)
def test_curves_in_a_number_are_those_of_scikit_learn(seed):
    d = Draw(seed, k=2)
    for positive in (0, 1):
        y, scores = d.y == positive, d.probabilities[:, positive]
        found = ours.average_precision(d.y, d.p, d.weights, positive=positive)
        assert close(found, theirs.average_precision_score(y, scores, sample_weight=d.weights))
        found = ours.auc(d.y, d.p, d.weights, positive=positive)
        assert close(found, theirs.roc_auc_score(y, scores, sample_weight=d.weights))
    assert close(ours.auc(d.y, d.p, d.weights), found)


@given(seeds)
def test_one_class_against_the_rest_is_ranked_as_by_scikit_learn(seed):
    d = Draw(seed, k=4)
    each = [ours.auc(d.y, d.p, d.weights, positive=label) for label in range(4)]
    expected = theirs.roc_auc_score(
        d.y, d.probabilities, sample_weight=d.weights, multi_class="ovr", average="macro"
    )
    assert close(np.mean(each), expected)


@given(seeds, some.floats(0.05, 1.0))
def test_precision_at_fixed_recall_is_a_point_of_the_curve_of_scikit_learn(seed, threshold):
    d = Draw(seed, k=2)
    scores = d.probabilities[:, 1]
    precision, recall, _ = theirs.precision_recall_curve(d.y, scores, drop_intermediate=False)
    precision, recall = precision[1:-1], recall[1:-1]  # without all rows, and without none
    enough = recall[recall >= threshold]
    expected = precision[recall == enough.min()].mean() if len(enough) else 0.0
    found = ours.precision_at_fixed_recall(d.y, d.p, positive=1, recall_threshold=threshold)
    assert close(found, expected)


@given(seeds)
def test_the_boyce_index_is_that_of_a_loop(seed):
    d = Draw(seed, k=2)
    scores = d.probabilities[:, 1]
    starts, shares = [], []
    for start in np.linspace(0, 0.9, 101):
        inside = (scores >= start) & (scores <= start + 0.1)
        if inside.any():
            starts.append(start)
            shares.append((d.y == 1)[inside].mean())
    varied = len(set(shares)) > 1
    expected = scipy.stats.spearmanr(shares, starts).statistic if varied else float("nan")
    assert close(ours.continuous_boyce_index(d.y, d.p, positive=1), expected)


def test_windows_of_the_boyce_index_have_both_their_edges():
    p = UnivariateFiniteVector([[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]], levels=[0, 1])
    windows = {"nbins": 2, "binwidth": 0.5, "positive": 1}
    assert np.isnan(ours.continuous_boyce_index([0, 1, 0], p, **windows))  # a half in each
    assert ours.continuous_boyce_index([0, 1, 1], p, **windows) == pytest.approx(1.0)


@given(seeds)
def test_several_targets_of_labels_are_shares_of_cells(seed):
    d = Draw(seed)
    y, guess = np.column_stack([d.y, d.guess]), np.column_stack([d.guess, d.guess])
    found = ours.multitarget_misclassification_rate(y, guess, d.weights)
    assert close(found, np.average((y != guess).mean(axis=1), weights=d.weights))
    assert close(ours.multitarget_accuracy(y, guess, d.weights), 1 - found)
