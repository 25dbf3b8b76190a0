import numpy as np
import pytest

from kerasflux.errors import DataError, WeightsError
from kerasflux.neural.frontend import Labels, Quantities
from kerasflux.neural.targets import (
    Classes,
    class_weights,
    learn_classes,
    learn_standardisation,
    training_weights,
)
from scitypes import Pool

POOL = Pool(("a", "b", "c"))


def labels(*codes):
    return Labels(np.array(codes, np.int32), POOL)


def test_a_standardised_target_has_mean_zero_and_deviation_one_and_comes_back():
    target = Quantities(np.array([[1e9 + 1.0], [1e9 + 2.0], [1e9 + 6.0]]), ("y",))
    codec = learn_standardisation(target, scaled=True)
    encoded = codec.encode(target)
    assert encoded.dtype == np.float32
    assert np.allclose([encoded.mean(), encoded.std()], [0, 1], atol=1e-6)
    assert np.allclose(codec.decode(encoded), target.values, rtol=0, atol=1e-6)


def test_an_unscaled_target_stays_as_it_is():
    target = Quantities(np.array([[1.5, 2.0]]), ("u", "v"))
    codec = learn_standardisation(target, scaled=False)
    assert np.array_equal(codec.encode(target), target.values)
    assert codec.n_out == 2


def test_a_constant_target_is_not_divided_by_zero():
    target = Quantities(np.full((4, 1), 0.1), ("y",))
    assert (learn_standardisation(target, scaled=True).encode(target) == 0).all()


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "missing"), (np.inf, "infinite")])
def test_missing_and_infinite_targets_are_refused(bad, word):
    with pytest.raises(DataError, match=word):
        learn_standardisation(Quantities(np.array([[0.0], [bad]]), ("price",)), scaled=True)


def test_a_target_of_one_class_is_refused_with_the_class():
    with pytest.raises(DataError, match="one class only: 'b'"):
        learn_classes(labels(1, 1, 1), binary=False)


def test_a_missing_label_is_refused():
    with pytest.raises(DataError, match="missing"):
        learn_classes(labels(0, -1, 1), binary=False)


def test_a_binary_target_needs_two_levels():
    with pytest.raises(DataError, match="two levels"):
        learn_classes(labels(0, 1), binary=True)


def test_labels_of_another_pool_are_matched_by_label():
    classes = Classes(POOL)
    assert classes.encode(Labels(np.array([0, 1]), Pool(("c", "a")))).tolist() == [2, 0]


def test_balanced_weights_are_those_of_scikit_learn():
    codes = np.array([0, 0, 0, 1])
    weights = class_weights(Classes(POOL), codes, "balanced")
    assert np.allclose(weights, [4 / 6, 4 / 6, 4 / 6, 2])


def test_class_weights_are_looked_up_by_label_and_one_elsewhere():
    weights = class_weights(Classes(POOL), np.array([2, 0, 1]), {"c": 5, "a": 0})
    assert weights.tolist() == [5, 0, 1]
    assert class_weights(Classes(POOL), np.array([0]), None) is None


def test_class_weights_of_strangers_and_negative_ones_are_refused():
    with pytest.raises(WeightsError, match="'d', which is no class"):
        class_weights(Classes(POOL), np.array([0]), {"d": 1})
    with pytest.raises(WeightsError, match="can't be the weight"):
        class_weights(Classes(POOL), np.array([0]), {"a": -1})


def test_weights_are_multiplied_and_scaled_to_mean_one():
    weights = training_weights(np.array([1.0, 3.0]), np.array([2.0, 2.0]), 2)
    assert weights.tolist() == [0.5, 1.5]
    assert training_weights(None, None, 2) is None


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        ([1.0], "one weight per row"),
        ([1.0, -1.0], "position 1"),
        ([np.nan, 1.0], "position 0"),
        ([0.0, 0.0], "weight zero"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights, word):
    with pytest.raises(WeightsError, match=word):
        training_weights(np.array(weights), None, 2)


@pytest.mark.parametrize(("scaled", "factor"), [(True, 1e300), (False, 1e39)])
def test_targets_whose_squares_overflow_are_refused(scaled, factor):
    target = Quantities(np.array([[1.0, 0.0], [2.0, 3.0]]) * [1.0, factor], ("u", "v"))
    with pytest.raises(DataError, match="too large to train on: 'v'") as caught:
        learn_standardisation(target, scaled).encode(target)
    assert caught.value.columns == {"v": "too large"}
