"""All measures by name, and what is accepted as one.

Each public name is an instance of the class that documents it; the classes stand in the modules of
their kind. All are called `measure(y_true, y_pred, sample_weight=None, class_weight=None)`, as in
scikit-learn and Keras (MLJ's order is the other way round). Weighted means divide by the sum of the
weights, as scikit-learn's do; MLJ's divide by the number of rows.
"""

from __future__ import annotations

from typing import Any

from kerasflux.errors import MeasureError
from kerasflux.scoring.base import Measure
from kerasflux.scoring.counts import (
    false_negative,
    false_positive,
    true_negative,
    true_positive,
)
from kerasflux.scoring.determination import r2, willmott_d
from kerasflux.scoring.eachclass import (
    multiclass_false_negative,
    multiclass_false_positive,
    multiclass_true_negative,
    multiclass_true_positive,
)
from kerasflux.scoring.foreign import foreign
from kerasflux.scoring.functions import PlainFunction
from kerasflux.scoring.labels import (
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    kappa,
    mcc,
    misclassification_rate,
    multitarget_accuracy,
    multitarget_misclassification_rate,
)
from kerasflux.scoring.multiclass import (
    macro_f1,
    micro_f1,
    multiclass_false_discovery_rate,
    multiclass_false_negative_rate,
    multiclass_false_positive_rate,
    multiclass_negative_predictive_value,
    multiclass_precision,
    multiclass_recall,
    multiclass_specificity,
)
from kerasflux.scoring.numbers import (
    l1,
    l1_sum,
    l2,
    l2_sum,
    rms,
)
from kerasflux.scoring.probabilities import (
    brier_loss,
    brier_score,
    hinge_loss,
    log_loss,
    log_score,
    logistic_loss,
    spherical_score,
)
from kerasflux.scoring.proportions import (
    mape,
    rmsl,
    rmslp1,
    rmsp,
)
from kerasflux.scoring.ranking import (
    auc,
    average_precision,
    continuous_boyce_index,
    precision_at_fixed_recall,
)
from kerasflux.scoring.rates import (
    f1,
    false_discovery_rate,
    false_negative_rate,
    false_positive_rate,
    negative_predictive_value,
    precision,
    recall,
    specificity,
)
from kerasflux.scoring.robust import (
    epsilon_insensitive_loss,
    huber_loss,
    log_cosh,
    quantile_loss,
)
from scitypes.errors import nearest

MEASURES: tuple[Measure, ...] = (
    *(log_loss, log_score, brier_loss, brier_score, spherical_score, hinge_loss, logistic_loss),
    *(auc, average_precision, precision_at_fixed_recall, continuous_boyce_index),
    *(accuracy, misclassification_rate, balanced_accuracy, kappa, mcc, confusion_matrix),
    *(f1, precision, recall, specificity, negative_predictive_value),
    *(false_positive_rate, false_negative_rate, false_discovery_rate),
    *(true_positive, true_negative, false_positive, false_negative),
    *(macro_f1, micro_f1, multiclass_precision, multiclass_recall, multiclass_specificity),
    *(multiclass_negative_predictive_value, multiclass_false_positive_rate),
    *(multiclass_false_negative_rate, multiclass_false_discovery_rate),
    *(multiclass_true_positive, multiclass_true_negative),
    *(multiclass_false_positive, multiclass_false_negative),
    *(multitarget_accuracy, multitarget_misclassification_rate),
    *(l1, l2, rms, r2, mape, rmsp, rmsl, rmslp1, log_cosh, huber_loss, quantile_loss),
    *(epsilon_insensitive_loss, l1_sum, l2_sum, willmott_d),
)
_BY_NAME: dict[str, Measure] = {m.name: m for m in MEASURES} | {
    alias: m for m in MEASURES for alias in m.aliases
}

_SUFFIXES = ("macro", "micro", "weighted", "samples", "ovo", "ovr")  # of names of scorers

# Other names that are public as well.
cross_entropy = log_loss
mae, mse, rmse = l1, l2, rms
rsquared = rsq = r2
rmsle = rmsl
cbi = continuous_boyce_index
bac = balanced_accuracy
f1score = f1
sensitivity = tpr = true_positive_rate = recall
tnr = true_negative_rate = specificity
fpr, fnr, fdr = false_positive_rate, false_negative_rate, false_discovery_rate
ppv = positive_predictive_value = precision
npv = negative_predictive_value
matthews_correlation = mcc
area_under_curve = auc
mcr = misclassification_rate
macro_f1score, micro_f1score = macro_f1, micro_f1
confmat = confusion_matrix


def as_measure(measure: Any) -> Measure:
    """A measure from a measure, the name or an alias of one, a metric or scorer of scikit-learn, or
    a function `(y_true, y_pred)`.

    Raises:
        MeasureError: an unknown name (the nearest is offered), or something that can't be called.

    Example:
        >>> as_measure("mae")
        l1
        >>> from sklearn.metrics import mean_pinball_loss
        >>> as_measure(mean_pinball_loss).orientation
        'loss'
        >>> def worst(y_true, y_pred):
        ...     return max(abs(a - b) for a, b in zip(y_true, y_pred))
        >>> as_measure(worst)([1.0, 2.0], [1.0, 5.0])
        3.0
    """
    if isinstance(measure, Measure):
        return measure
    if isinstance(measure, str) and measure in _BY_NAME:
        return _BY_NAME[measure]
    if isinstance(measure, type) or not callable(measure):
        raise MeasureError(
            "This is no measure.",
            expected="one of `kf.measures()`, its name or an alias, a metric or scorer of "
            "scikit-learn, or a function of (y_true, y_pred)",
            received=repr(measure)[:80],
            remedy=_advice(measure),
        )
    return foreign(measure) or PlainFunction(measure)


def _advice(measure: Any) -> str:
    if isinstance(measure, type) and issubclass(measure, Measure):
        return f"Measures are objects: kf.{measure.name}."
    if not isinstance(measure, str):
        return "`kf.measures()` lists all; `kf.measures(y)` those for a target."
    if measure.startswith("neg_") or measure.rpartition("_")[2] in _SUFFIXES:
        return (
            "Scorers of scikit-learn are given as objects: "
            f"`sklearn.metrics.get_scorer({measure!r})`."
        )
    return nearest(measure, _BY_NAME) or "`kf.measures()` lists all."


def oriented(measure: Any) -> Measure:
    """A measure of which it is known whether a larger value is better: what can choose.

    Raises:
        MeasureError: it is not known, or the value is no number.

    Example:
        >>> oriented("accuracy").orientation
        'score'
    """
    found = as_measure(measure)
    if found.orientation == "unoriented" or not found.gives_numbers:
        known = found.gives_numbers
        raise MeasureError(
            f"Nobody can choose by `{found.name}`: "
            + (
                "it does not say whether a larger value is better." if known else "it is no number."
            ),
            expected='a measure whose orientation is "loss" or "score" and whose value is a number',
            received=f"{found!r}, {'unoriented' if known else 'whose value is no number'}",
            remedy='kf.make_measure(f, orientation="loss"), or "score".'
            if known
            else "Choose by a number: kf.accuracy, kf.macro_f1, kf.log_loss.",
        )
    return found
