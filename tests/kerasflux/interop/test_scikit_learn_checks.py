"""scikit-learn's own checks of estimators, on models as estimators."""

import pytest
import sklearn
from sklearn.utils import estimator_checks

import kerasflux as kf

NET = {
    "acceleration": kf.Acceleration(jit="graph"),  # one program for the numbers of rows of checks
    "builder": kf.MLP((16,), "relu"),
    "optimiser": kf.optimisers.Adam(learning_rate=0.02),
    "batch_size": 16,
    "rng": 1,
}
ESTIMATORS = [
    kf.to_sklearn(kf.NeuralNetworkClassifier(epochs=40, **NET)),
    kf.to_sklearn(kf.NeuralNetworkRegressor(epochs=60, **NET)),
    kf.to_sklearn(kf.ConstantClassifier()),
    kf.to_sklearn(kf.ConstantRegressor()),
    kf.to_sklearn(kf.ConstantRegressor(strategy="median")),
    kf.to_sklearn(kf.Standardizer()),
]

OLD = sklearn.__version__.startswith("1.5.")
STOCHASTIC = (
    "a network is trained by batches in an order drawn from the seed: a row given twice makes "
    "other batches than a row of weight 2, and a row of weight 0 is still one of its batch"
)
CONSTANT = "a constant predicts one class only; scikit-learn 1.5 looks at no tag that says so"
EXPECTED = {
    kf.NeuralNetworkClassifier: {"check_sample_weight_equivalence_on_dense_data": STOCHASTIC},
    kf.NeuralNetworkRegressor: {"check_sample_weight_equivalence_on_dense_data": STOCHASTIC},
}
EXPECTED_OF_OLD = {
    kf.NeuralNetworkClassifier: {"check_sample_weights_invariance": STOCHASTIC},
    kf.NeuralNetworkRegressor: {"check_sample_weights_invariance": STOCHASTIC},
    kf.ConstantClassifier: {"check_classifiers_classes": CONSTANT},
}


def expected_failures(estimator):
    """The checks that fail, each with its reason."""
    return (EXPECTED_OF_OLD if OLD else EXPECTED).get(type(estimator.wrapped), {})


def _checks():
    if OLD:  # which would ask the estimators' tags
        return estimator_checks.parametrize_with_checks(ESTIMATORS)
    return estimator_checks.parametrize_with_checks(
        ESTIMATORS, expected_failed_checks=expected_failures
    )


@_checks()
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    reason = expected_failures(estimator).get(check.func.__name__) if OLD else None
    if reason:
        pytest.xfail(reason)
    check(estimator)
