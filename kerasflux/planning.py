"""What an evaluation does, decided before anything is trained: measures, operations, folds.

Everything that can be refused from the arguments and the data alone is refused here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import log
from kerasflux.binding import Binding, checked_weights, refuse_other_index
from kerasflux.doubts import (
    blocks,
    brief,
    is_finite,
    lacking,
    overlap,
    refuse_labels_in,
    rehearse,
    splitting_groups,
)
from kerasflux.errors import (
    ArgumentError,
    MeasureError,
    NotSupported,
    ResamplingError,
    WeightsError,
)
from kerasflux.hyperparameters import copied
from kerasflux.interface import Model
from kerasflux.machines import Machine
from kerasflux.portraits import count
from kerasflux.resampling import CV, Pairs, StratifiedCV, TimeSeriesCV, again, pairs, shuffles
from kerasflux.rows import row_numbers
from kerasflux.scoring.base import Measure
from kerasflux.scoring.measures import as_measure, log_loss, misclassification_rate, rms
from scitypes.tables import is_column

_OPERATIONS = ("predict", "predict_mode", "predict_mean", "predict_median")
_SEED = 0  # of the default folds: two evaluations without `resampling` are comparable


@dataclass(frozen=True)
class Plan:
    """What an evaluation does, decided before anything is trained.

    `notes` say what was chosen for a caller who left it open, `warnings` what is doubtful.
    """

    measures: list[Measure]
    operations: list[str]
    folds: Pairs
    weights: np.ndarray | None
    resampling: Any
    repeats: int
    notes: list[str]
    doubts: list[str]


def planned(
    mach: Machine,
    *,
    resampling: Any,
    measure: Any,
    rows: Any,
    measure_weight: Any,
    groups: Any,
    repeats: int,
    operation: Any,
    folds: Pairs | None = None,
) -> Plan:
    """Decide everything before training: measures, operations and folds.

    Args:
        mach: the machine to evaluate.
        resampling, measure, rows, measure_weight, groups, repeats, operation: as for `evaluate`.
        folds: those of another model on the same data, which this one is compared with.
    """
    data = mach.bound_data("evaluate")
    refuse_no_predictions(mach.model)
    data.judge(mach.model)
    if data.y is None:
        raise ArgumentError(
            "There is no target to measure predictions by.",
            expected="a machine with a target",
            received=repr(mach),
            remedy="`mach = mach.with_data(X, y)` has one.",
        )
    return plan_of(
        mach.model,
        data,
        resampling=resampling,
        measure=measure,
        rows=rows,
        measure_weight=measure_weight,
        groups=groups,
        repeats=repeats,
        operation=operation,
        folds=folds,
    )


def plan_of(
    model: Model,
    data: Binding,
    *,
    resampling: Any,
    measure: Any,
    rows: Any = None,
    measure_weight: Any = None,
    groups: Any = None,
    repeats: int = 1,
    operation: Any = None,
    folds: Pairs | None = None,
) -> Plan:
    """The plan of a model on data that it takes and that has a target: `planned` without a machine.

    Args:
        model: the model, which predicts.
        data: its data.
        resampling, measure, rows, measure_weight, groups, repeats, operation, folds: as there.
    """
    measures, operations = judging(model, data, measure, operation)
    numbers = row_numbers(rows, data.n_rows, data.index)
    strategy = _strategy(data, resampling)
    refuse_labels_in(strategy, data)
    _repeats(repeats, strategy)
    if folds is None:
        context = {"y": data.y, "X": data.X, "groups": _groups(groups, data)}
        made = (pairs(again(strategy, k), numbers, **context) for k in range(repeats))
        folds = [fold for several in made for fold in several]
    weights = _weights(measure_weight, data, measures, folds)
    doubts = [
        *blocks(strategy, data, numbers),
        *overlap(strategy, folds),
        *lacking(strategy, folds, data),
    ]
    rehearse(measures, folds, weights, data)
    notes = [] if measure is not None else [f"measure: {measures[0].name}"]
    notes += [] if resampling is not None else [f"resampling: {strategy!r} (shuffled)"]
    notes += [] if groups is None else splitting_groups(model)
    return Plan(measures, operations, folds, weights, strategy, repeats, notes, doubts)


def judging(
    model: Model, data: Any, measure: Any = None, operation: Any = None
) -> tuple[list[Measure], list[str]]:
    """The measures of predictions of a target, and what to predict for each of them.

    Args:
        model: what predicts.
        data: anything with the target as `y`.
        measure, operation: as for `evaluate`.

    Raises:
        MeasureError: a measure that does not fit the predictions or the target.
        ArgumentError: an operation that does not fit the measure.
    """
    measures = _measures(model, data, measure)
    return measures, _operations(model, data, measures, operation)


def tell(plans: Sequence[Plan], verbosity: int) -> None:
    """Say what was chosen and what is doubtful, once for all models of which it is the same."""
    if verbosity >= 1:
        for note in dict.fromkeys(note for plan in plans for note in plan.notes):
            log.say(note)
    if verbosity >= 0:
        for doubt in dict.fromkeys(doubt for plan in plans for doubt in plan.doubts):
            log.warn(doubt)


def refuse_no_predictions(model: Model) -> None:
    """Refuse a model that does not predict."""
    if type(model).predict is Model.predict:
        raise NotSupported(
            f"{type(model).__name__} has no `predict`, so there is nothing to measure.",
            expected="a model that predicts the target",
            received=type(model).__name__,
            remedy="Evaluate the model that learns from what it gives, "
            "or the one that it wraps (`model.model`).",
        )


def _groups(given: Any, data: Any) -> Any:
    """The group of each row, if there is one for each."""
    if given is None:
        return None
    column = is_column(given)
    n, missing = (len(given), int(pd.isna(pd.Series(given)).sum())) if column else (0, 0)
    if n != data.n_rows or missing:
        received = f"{n} groups, {missing} of them missing" if column else _short(given)
        raise ArgumentError(
            "`groups` can't be used.",
            expected=f"a group for each of the {data.n_rows} rows of the data, none missing",
            received=received,
            remedy="A column of labels or numbers: `groups=X['patient']`.",
        )
    refuse_other_index(data.X, given, ("X", "groups"))
    return given


def _weights(given: Any, data: Any, measures: list[Measure], folds: Pairs) -> np.ndarray | None:
    """The weights of measures, if all measures and all folds can be weighed by them."""
    if given is None:
        return None
    refuse_other_index(data.y, given, ("y", "measure_weight"))
    weights = checked_weights(given, data.n_rows)
    for name in (m.name for m in measures if not m.supports_weights):
        raise MeasureError(
            f"`{name}` takes no weights, so `measure_weight` can't be used with it.",
            expected="measures with `supports_weights`, as all that have a name",
            received=f"`measure_weight` and `{name}`",
            remedy=f"Evaluate `{name}` in a call of its own, without `measure_weight`.",
        )
    for k, (_, test) in enumerate(folds):
        if not weights[test].sum() > 0:
            raise WeightsError(
                f"The test rows of fold {k + 1} weigh nothing.",
                expected="a positive `measure_weight` among the test rows of each fold",
                received=f"{count(len(test), 'row')} of weight 0",
                remedy="Leave rows of weight 0 out (`rows=`), make fewer folds, or shuffle.",
                rows=test,
            )
    return weights


def _repeats(repeats: Any, strategy: Any) -> None:
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise ArgumentError(
            "`repeats` can't have this value.",
            expected="an int from 1 on",
            received=repr(repeats),
            remedy="`repeats=1` evaluates once.",
        )
    if repeats > 1 and not shuffles(strategy):
        raise ResamplingError(
            "Without shuffling every repetition has the same folds and tells nothing new.",
            expected="a strategy that shuffles, or `repeats=1`",
            received=f"repeats={repeats} of {brief(strategy)}",
            remedy=_shuffled(strategy),
        )


def _shuffled(strategy: Any) -> str:
    if isinstance(strategy, TimeSeriesCV):
        return "Leave `repeats` out; a larger nfolds makes more folds that never look ahead."
    if not hasattr(strategy, "rng"):
        splits = "; scikit-learn's RepeatedKFold repeats by itself"
        return f"Leave `repeats` out; for more folds write out more pairs{splits}."
    other = copied(strategy)
    other.shuffle, other.rng = None, 0
    return f"`resampling={other!r}` shuffles."


def _measures(model: Model, data: Any, measure: Any) -> list[Measure]:
    return [_default_measure(model, data)] if measure is None else measures_of(measure)


def measures_of(measure: Any) -> list[Measure]:
    """One measure or several, as a list.

    >>> measures_of("mae"), measures_of(["rmse", "l2"])
    ([l1], [rms, l2])
    """
    several = isinstance(measure, Sequence) and not isinstance(measure, str)
    found = [as_measure(m) for m in (measure if several else [measure])]
    if not found:
        raise MeasureError(
            "There is no measure.",
            expected="one measure or more",
            received="none",
            remedy="`measure=None` takes the usual one.",
        )
    return found


def _default_measure(model: Model, data: Any) -> Measure:
    if model.prediction_type == "probabilistic":
        return log_loss
    return misclassification_rate if is_finite(data) else rms


def _operations(model: Model, data: Any, measures: list[Measure], given: Any) -> list[str]:
    for m in measures:
        m.refuse_target(data.y)
        _refuse_values_for_distributions(m, model, data)
    if given is None:
        return [_operation(model, m, data) for m in measures]
    several = isinstance(given, list | tuple)
    operations = list(given) if several else [given] * len(measures)
    known = all(operation in _OPERATIONS for operation in operations)
    if len(operations) != len(measures) or not known:
        raise ArgumentError(
            "`operation` can't have this value.",
            expected=f"one of {', '.join(_OPERATIONS)}, or one for each measure",
            received=_short(given),
            remedy="`operation=None` takes what fits each measure.",
        )
    for m, operation in zip(measures, operations, strict=True):
        _refuse_operation(model, m, operation, data)
    return operations


def _short(given: Any) -> str:
    plain = isinstance(given, str | list | tuple)
    return repr(given)[:80] if plain else f"an object of type {type(given).__name__}"


def _refuse_operation(model: Model, measure: Measure, operation: str, data: Any) -> None:
    """Refuse an operation whose predictions the measure can't judge, or that labels don't have."""
    if model.prediction_type != "probabilistic":
        return  # values are their own mode, mean and median
    fit = _operation(model, measure, data)
    if operation in ("predict_mean", "predict_median") and is_finite(data):
        failed = f"Labels have no {operation.removeprefix('predict_')}."
    elif measure.prediction is not None and (operation == "predict") != (fit == "predict"):
        given = "distributions" if operation == "predict" else "values"
        failed = f"`{operation}` gives {given}, which `{measure.name}` does not judge."
    else:
        return
    raise ArgumentError(
        failed,
        expected=f"`{fit}` for `{measure.name}`",
        received=f"operation={operation!r}",
        remedy="`operation=None` takes what fits each measure.",
    )


def _refuse_values_for_distributions(measure: Measure, model: Model, data: Any) -> None:
    if model.prediction_type != "probabilistic" and measure.prediction == "probabilistic":
        raise MeasureError(
            f"`{measure.name}` judges distributions, and {type(model).__name__} predicts values.",
            expected="a probabilistic model, or a measure of values",
            received=f"{measure.name} of a {model.prediction_type} model",
            remedy=f"`{'misclassification_rate' if is_finite(data) else 'l2'}`, for example.",
        )


def _operation(model: Model, measure: Measure, data: Any) -> str:
    if model.prediction_type == "probabilistic" and measure.prediction == "deterministic":
        return "predict_mode" if is_finite(data) else "predict_mean"
    return "predict"


def _strategy(data: Any, resampling: Any) -> Any:
    if resampling is not None:
        return resampling
    return StratifiedCV(rng=_SEED) if is_finite(data) else CV(rng=_SEED)


def default_holdout(data: Binding, rows: np.ndarray) -> tuple[Pairs, str]:
    """What wrappers and learning curves measure on where nobody says: 70 % train, the rest test.

    Args:
        data: the data, with a target or without.
        rows: numbers of the rows to split.

    Returns:
        The one pair of rows, shuffled with a fixed seed, stratified for a Finite target; and what
        it is, in words.
    """
    finite = data.y is not None and is_finite(data)
    stratify = st.selectrows(data.y, rows) if finite else None
    train, test = st.partition(rows, 0.7, shuffle=True, rng=_SEED, stratify=stratify)
    strata = ", stratified" if finite else ""
    note = f"resampling: 70 % of the rows train, the rest test (shuffled{strata}, seed {_SEED})"
    return [(train, test)], note
