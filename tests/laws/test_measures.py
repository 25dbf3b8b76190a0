"""What weights, folds, the order of rows and missing rows must not change about measures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.scoring import measures as ours
from kerasflux.scoring.base import Pointwise
from kerasflux.scoring.confusion import ConfusionMatrix
from kerasflux.scoring.labels import OfLabelColumns
from kerasflux.scoring.numbers import OfNumbers

seeds = some.integers(0, 10_000)
ALL = list(ours.MEASURES)
POINTWISE = [m for m in ALL if isinstance(m, Pointwise)]
WEIGHED = [m for m in ALL if m.supports_weights]
BY_CLASS = [m for m in POINTWISE if m.supports_class_weights]
# Their value over rows is a sum or a mean of rows, so that folds give what all rows give at once.
OVER_FOLDS = [m for m in ALL if isinstance(m, Pointwise) or m.aggregation == "sum"]


class Draw:
    """Random rows of everything that a measure may be asked about."""

    def __init__(self, seed, k=None):
        self.rng = rng = np.random.default_rng(seed)
        self.n = int(rng.integers(6, 40))
        self.k = k or int(rng.integers(2, 6))
        # Each class comes, twice.
        ends = np.tile(np.arange(self.k), 2)
        self.y = rng.permutation(np.append(ends, rng.integers(0, self.k, self.n)))
        self.guess = rng.integers(0, self.k, len(self.y))
        self.probabilities = np.round(rng.dirichlet(np.ones(self.k), len(self.y)), 2) + 0.01
        self.probabilities /= self.probabilities.sum(axis=1, keepdims=True)
        self.numbers = np.exp(rng.normal(size=(2, len(self.y)))) * 10 ** rng.uniform(-3, 3)
        self.weights = rng.uniform(0.1, 3, len(self.y))

    @property
    def p(self):
        return UnivariateFiniteVector(self.probabilities, levels=range(self.k))

    def ready(self, measure):
        """The measure, asked about the class 1 if it is about one."""
        return measure.replace(positive=1) if "positive" in measure.parameters else measure

    def pair(self, measure):
        """A truth and a prediction that suit a measure."""
        if isinstance(measure, OfNumbers):
            return tuple(self.numbers)
        if isinstance(measure, OfLabelColumns):
            return np.column_stack([self.y, self.guess]), np.column_stack([self.guess] * 2)
        if measure.prediction == "probabilistic":
            return self.y, self.p
        return self.y, pd.Categorical(self.guess, categories=range(self.k))


def same(one, other, factor=1.0):
    """Whether two values of a measure are one, numbers, dicts by label or confusion matrices."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k], factor) for k in one)
    if isinstance(one, ConfusionMatrix):
        return one.levels == other.levels and np.allclose(one.matrix * factor, other.matrix)
    return one * factor == pytest.approx(other, rel=1e-9, abs=1e-12, nan_ok=True)


@given(seeds, some.sampled_from(ALL))
def test_the_order_of_rows_changes_nothing(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    y, guess = d.pair(measure)
    weights = d.weights if measure.supports_weights else None
    order = d.rng.permutation(len(y))
    shuffled = None if weights is None else weights[order]
    assert same(measure(y, guess, weights), measure(y[order], guess[order], shuffled))


@given(seeds, some.sampled_from(WEIGHED))
def test_scaling_the_weights_scales_sums_and_nothing_else(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    y, guess = d.pair(measure)
    factor = 0.37 if measure.aggregation == "sum" else 1.0
    assert same(measure(y, guess, d.weights), measure(y, guess, d.weights * 0.37), factor)


@given(seeds, some.sampled_from(WEIGHED))
def test_a_weight_of_two_is_the_row_twice(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    y, guess = d.pair(measure)
    times = d.rng.integers(0, 4, len(y)) + (np.arange(len(y)) < 2 * d.k)
    rows = np.repeat(np.arange(len(y)), times)
    assert same(measure(y, guess, times), measure(y[rows], guess[rows]))


@given(seeds, some.sampled_from(ALL))
def test_rows_without_truth_are_as_if_they_were_not_there(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    y, guess = d.pair(measure)
    kept = d.rng.permutation(len(y)) >= 3
    gaps = y.astype(object if y.dtype.kind == "i" else float)
    gaps[~kept] = np.nan
    weights = d.weights if measure.supports_weights else None
    judged = measure.judged(gaps, guess, weights)
    less = measure.judged(y[kept], guess[kept], None if weights is None else weights[kept])
    assert same(judged.value, less.value)
    assert (judged.left_out, less.left_out) == (3, 0)
    assert judged.weight == pytest.approx(less.weight)
    assert judged.positive == less.positive
    if judged.per_row is not None:
        assert np.array_equal(np.isnan(judged.per_row), ~kept)


@given(seeds, some.sampled_from(BY_CLASS))
def test_class_weights_are_sample_weights_by_true_class(seed, measure):
    d = Draw(seed)
    by_class = dict(enumerate(d.rng.uniform(0.1, 5, d.k)))
    rows = np.array([by_class[label] for label in d.y])
    both = d.weights * rows
    y, guess = d.pair(measure)
    assert same(measure(y, guess, d.weights, by_class), measure(y, guess, both))


@given(seeds, some.sampled_from(OVER_FOLDS))
def test_folds_give_what_all_their_rows_give_at_once(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    y, guess = d.pair(measure)
    where = np.sort(d.rng.choice(np.arange(1, len(y)), size=2, replace=False))
    folds = np.split(np.arange(len(y)), where)
    weights = d.weights if measure.supports_weights else np.ones(len(y))
    given = d.weights if measure.supports_weights else None
    parts = [measure.judged(y[f], guess[f], None if given is None else given[f]) for f in folds]
    combined = measure.combine([j.value for j in parts], [j.weight for j in parts])
    assert [j.weight for j in parts] == pytest.approx([weights[fold].sum() for fold in folds])
    assert same(combined, measure(y, guess, given))


@given(seeds, some.sampled_from(POINTWISE))
def test_a_measure_is_its_values_per_row_put_together(seed, measure):
    d = Draw(seed)
    y, guess = d.pair(measure)
    values = measure.per_observation(y, guess)
    assert values.shape == (len(d.y),)
    together = {
        "mean": np.mean(values),
        "sum": np.sum(values),
        "root_mean_square": np.sqrt(np.mean(values**2)),
    }
    assert measure(y, guess) == pytest.approx(together[measure.aggregation])


@given(seeds, some.sampled_from([m for m in ALL if not isinstance(m, OfNumbers | OfLabelColumns)]))
def test_the_order_of_the_pool_changes_no_number(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    order = d.rng.permutation(d.k)
    if measure.prediction == "probabilistic":
        guess, straight = UnivariateFiniteVector(d.probabilities[:, order], levels=order), d.p
    else:
        guess = pd.Categorical(d.guess, categories=order)
        straight = pd.Categorical(d.guess, categories=range(d.k))
    y = pd.Categorical(d.y, categories=d.rng.permutation(d.k))
    found, expected = measure(y, guess), measure(d.y, straight)
    if isinstance(found, ConfusionMatrix):
        found, expected = found.to_frame().sort_index().sort_index(axis=1), expected.to_frame()
        assert np.array_equal(found, expected)
    else:
        assert same(found, expected)


@given(seeds, some.sampled_from([m for m in ALL if m.judges_labels]))
def test_a_confusion_matrix_says_all_that_measures_of_labels_need(seed, measure):
    d, measure = Draw(seed), Draw(seed).ready(measure)
    y, guess = d.pair(measure)
    averaged = measure.supports_class_weights and measure is not ours.micro_f1
    by_class = {1: 2.5} if averaged else None
    assert same(measure(ours.confusion_matrix(y, guess)), measure(y, guess))
    straight = measure(y, guess, d.weights, by_class)
    cells = ours.confusion_matrix(y, guess, d.weights)
    assert same(measure(cells, class_weight=by_class), straight)


@given(seeds)
def test_inputs_are_left_as_they_are(seed):
    d = Draw(seed)
    for measure in ALL:
        y, guess = d.pair(measure)
        before = y.copy(), np.array(guess)
        d.ready(measure)(y, guess, d.weights if measure.supports_weights else None)
        assert np.array_equal(y, before[0])
        assert np.array_equal(np.asarray(guess), before[1])
