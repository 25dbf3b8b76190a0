"""Measures on random data against scikit-learn's, and what weights and folds must not change."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as theirs
from hypothesis import given
from hypothesis import strategies as some

from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.scoring import measures as ours

seeds = some.integers(0, 10_000)
POINTWISE = [m for m in ours.MEASURES if m.supports_per_observation]


class Draw:
    """Random rows of everything that a measure may be asked about."""

    def __init__(self, seed, k=None):
        self.rng = rng = np.random.default_rng(seed)
        self.n = int(rng.integers(3, 40))
        self.k = k or int(rng.integers(2, 6))
        # Each class comes, since scikit-learn reads the classes off the target.
        self.y = rng.permutation(np.append(np.arange(self.k), rng.integers(0, self.k, self.n)))
        self.guess = rng.integers(0, self.k, len(self.y))
        self.probabilities = rng.dirichlet(np.ones(self.k), len(self.y))
        self.numbers = rng.normal(size=(2, len(self.y))) * 10 ** rng.uniform(-3, 3)
        self.weights = rng.uniform(0.1, 3, len(self.y)) if seed % 2 else None

    @property
    def p(self):
        return UnivariateFiniteVector(self.probabilities, levels=range(self.k))

    def pair(self, measure):
        """A truth and a prediction that suit a measure."""
        if measure.prediction == "probabilistic":
            return self.y, self.p
        return (self.y, self.guess) if measure.supports_class_weights else tuple(self.numbers)


@given(seeds)
def test_log_loss_is_that_of_scikit_learn(seed):
    d = Draw(seed)
    expected = theirs.log_loss(d.y, d.probabilities, sample_weight=d.weights)
    assert ours.log_loss(d.y, d.p, d.weights) == pytest.approx(expected, rel=1e-12)


@given(seeds)
def test_brier_loss_is_that_of_scikit_learn(seed):
    d = Draw(seed)
    onehot = np.eye(d.k)[d.y]
    by_hand = np.average(
        np.sum((onehot - d.probabilities) ** 2, axis=1) / (2 if d.k == 2 else 1), weights=d.weights
    )
    assert ours.brier_loss(d.y, d.p, d.weights) == pytest.approx(by_hand, rel=1e-12)
    if d.k == 2:
        expected = theirs.brier_score_loss(d.y, d.probabilities[:, 1], sample_weight=d.weights)
        assert ours.brier_loss(d.y, d.p, d.weights) == pytest.approx(expected, rel=1e-12)


@given(seeds)
def test_measures_of_labels_are_those_of_scikit_learn(seed):
    d = Draw(seed)
    for measure, expected in (
        (ours.accuracy, theirs.accuracy_score),
        (ours.misclassification_rate, theirs.zero_one_loss),
    ):
        assert measure(d.y, d.guess, d.weights) == pytest.approx(
            expected(d.y, d.guess, sample_weight=d.weights), abs=1e-12
        )
    np.testing.assert_allclose(
        ours.confusion_matrix(d.y, d.guess, d.weights).matrix,
        theirs.confusion_matrix(d.y, d.guess, sample_weight=d.weights),
    )


@given(seeds)
def test_measures_of_numbers_are_those_of_scikit_learn(seed):
    d = Draw(seed)
    for measure, expected in (
        (ours.l1, theirs.mean_absolute_error),
        (ours.l2, theirs.mean_squared_error),
        (ours.rms, theirs.root_mean_squared_error),
    ):
        assert measure(*d.numbers, d.weights) == pytest.approx(
            expected(*d.numbers, sample_weight=d.weights), rel=1e-12
        )


@given(seeds)
def test_several_targets_are_averaged_as_scikit_learn_does(seed):
    y, guess = np.random.default_rng(seed).normal(size=(2, 7, 3))
    assert ours.l1(y, guess) == pytest.approx(theirs.mean_absolute_error(y, guess))
    assert ours.l2(y, guess) == pytest.approx(theirs.mean_squared_error(y, guess))


@given(seeds)
def test_class_weights_are_sample_weights_by_true_class(seed):
    d = Draw(seed)
    by_class = dict(enumerate(d.rng.uniform(0.1, 5, d.k)))
    rows = np.array([by_class[label] for label in d.y])
    for measure in (ours.log_loss, ours.brier_loss, ours.accuracy, ours.misclassification_rate):
        both = (1 if d.weights is None else d.weights) * rows
        assert measure(*d.pair(measure), d.weights, by_class) == pytest.approx(
            measure(*d.pair(measure), both), rel=1e-12
        )


@given(seeds, some.sampled_from(ours.MEASURES))
def test_folds_give_what_all_their_rows_give_at_once(seed, measure):
    d = Draw(seed)
    y, guess = d.pair(measure)
    if measure is ours.confusion_matrix:
        guess = pd.Categorical(guess, categories=range(d.k))
    where = np.sort(d.rng.choice(np.arange(1, len(y)), size=2, replace=False))
    folds = np.split(np.arange(len(y)), where)
    whole = measure(y, guess)
    parts = [measure(y[fold], guess[fold]) for fold in folds]
    combined = measure.combine(parts, [len(fold) for fold in folds])
    np.testing.assert_allclose(np.asarray(combined), np.asarray(whole), rtol=1e-12)


@given(seeds, some.sampled_from(POINTWISE))
def test_a_weight_of_two_is_the_row_twice(seed, measure):
    d = Draw(seed)
    y, guess = d.pair(measure)
    times = d.rng.integers(1, 4, len(y))
    rows = np.repeat(np.arange(len(y)), times)
    assert measure(y, guess, times) == pytest.approx(measure(y[rows], guess[rows]), rel=1e-12)
    assert measure(y, guess, times) == pytest.approx(measure(y, guess, times * 0.37), rel=1e-12)


@given(seeds, some.sampled_from(POINTWISE))
def test_a_measure_is_its_values_per_row_put_together(seed, measure):
    d = Draw(seed)
    values = measure.per_observation(*d.pair(measure))
    assert values.shape == (len(d.y),)
    if measure.aggregation == "root_mean_square":
        assert measure(*d.pair(measure)) == pytest.approx(np.sqrt(np.mean(values**2)))
    else:
        assert measure(*d.pair(measure)) == pytest.approx(np.mean(values))


@given(seeds, some.sampled_from([ours.log_loss, ours.brier_loss, ours.accuracy]))
def test_the_order_of_the_pool_changes_nothing(seed, measure):
    d = Draw(seed)
    order = d.rng.permutation(d.k)
    p = UnivariateFiniteVector(d.probabilities[:, order], levels=order)
    guess = p if measure.prediction == "probabilistic" else p.mode()
    straight = d.p if measure.prediction == "probabilistic" else d.p.mode()
    y = pd.Categorical(d.y, categories=d.rng.permutation(d.k))
    assert measure(y, guess) == pytest.approx(measure(d.y, straight), rel=1e-12)


@given(seeds)
def test_inputs_are_left_as_they_are(seed):
    d = Draw(seed)
    for measure in ours.MEASURES:
        y, guess = d.pair(measure)
        before = y.copy(), np.array(guess)
        measure(y, guess, d.weights)
        assert np.array_equal(y, before[0])
        assert np.array_equal(np.asarray(guess), before[1])
