"""What an evaluation does, decided before anything is trained: measures, operations, folds.

Everything that can be refused from the arguments and the data alone is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import log
from kerasflux.binding import checked_weights, refuse_other_index
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
from kerasflux.resampling import CV, Strategy, StratifiedCV, in_blocks, pairs
from kerasflux.rows import row_numbers
from kerasflux.scoring.base import Measure
from kerasflux.scoring.measures import as_measure, log_loss, misclassification_rate, rms

_OPERATIONS = ("predict", "predict_mode", "predict_mean", "predict_median")
_SEED = 0  # of the default folds: two evaluations without `resampling` are comparable


@dataclass(frozen=True)
class Plan:
    """What an evaluation does, decided before anything is trained.

    `notes` say what was chosen for a caller who left it open, `warnings` what is doubtful.
    """

    measures: list[Measure]
    operations: list[str]
    folds: list[tuple[np.ndarray, np.ndarray]]
    weights: np.ndarray | None
    resampling: Any
    repeats: int
    notes: list[str]
    warnings: list[str]


def planned(
    mach: Machine,
    *,
    resampling: Any,
    measure: Any,
    rows: Any,
    measure_weight: Any,
    repeats: int,
    operation: Any,
) -> Plan:
    """Decide everything before training: measures, operations and folds."""
    data = mach.bound_data("evaluate")
    _refuse_no_predictions(mach.model)
    data.judge(mach.model)
    if data.y is None:
        raise ArgumentError(
            "There is no target to measure predictions by.",
            expected="a machine with a target",
            received=repr(mach),
            remedy="`mach.with_data(X, y)` binds one.",
        )
    measures = _measures(mach.model, data, measure)
    operations = _operations(mach.model, data, measures, operation)
    numbers = row_numbers(rows, data.n_rows, data.index)
    strategy = _strategy(data, resampling)
    _refuse_labels_in(strategy, data)
    again = range(_repeats(repeats, strategy))
    folds = [fold for k in again for fold in _folds(strategy, k, numbers, data)]
    weights = _weights(measure_weight, data, measures, folds)
    notes = [] if measure is not None else [f"measure: {measures[0].name}"]
    notes += [] if resampling is not None else [f"resampling: {strategy!r} (shuffled)"]
    doubts = [*_blocks(strategy, data, numbers), *_overlap(folds)]
    return Plan(measures, operations, folds, weights, strategy, repeats, notes, doubts)


def tell(plans: Sequence[Plan], verbosity: int) -> None:
    """Say what was chosen and what is doubtful, once for all models of which it is the same."""
    if verbosity >= 1:
        for note in dict.fromkeys(note for plan in plans for note in plan.notes):
            log.say(note)
    if verbosity >= 0:
        for doubt in dict.fromkeys(doubt for plan in plans for doubt in plan.warnings):
            log.warn(doubt)


def _refuse_no_predictions(model: Model) -> None:
    if type(model).predict is Model.predict:
        raise NotSupported(
            f"{type(model).__name__} has no `predict`, so there is nothing to measure.",
            expected="a model that predicts the target",
            received=type(model).__name__,
            remedy="Evaluate the model that learns from what it gives, "
            "or the one that it wraps (`model.model`).",
        )


def _weights(
    given: Any, data: Any, measures: list[Measure], folds: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray | None:
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


def _repeats(repeats: Any, strategy: Any) -> int:
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise ArgumentError(
            "`repeats` can't have this value.",
            expected="an int from 1 on",
            received=repr(repeats),
            remedy="`repeats=1` evaluates once.",
        )
    if repeats > 1 and not getattr(strategy, "shuffles", False):
        raise ResamplingError(
            "Without shuffling every repetition has the same folds and tells nothing new.",
            expected="a strategy that shuffles, or `repeats=1`",
            received=f"repeats={repeats} of {_brief(strategy)}",
            remedy=_shuffled(strategy),
        )
    return repeats


def _brief(strategy: Any) -> str:
    return repr(strategy) if isinstance(strategy, Strategy) else "pairs of rows written out"


def _shuffled(strategy: Any) -> str:
    if not isinstance(strategy, Strategy) or not hasattr(strategy, "rng"):
        return "Leave `repeats` out; for more folds write out more pairs."
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
    return misclassification_rate if _is_finite(data) else rms


def _is_finite(data: Any) -> bool:
    return bool(st.scitype(data.y) <= st.Vector[st.Finite])


def _operations(model: Model, data: Any, measures: list[Measure], given: Any) -> list[str]:
    for m in measures:
        _refuse_unfit(m, data)
        _refuse_values_for_distributions(m, model)
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
    if operation in ("predict_mean", "predict_median") and _is_finite(data):
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


def _refuse_unfit(measure: Measure, data: Any) -> None:
    allowed, found = measure.target_scitype, st.scitype(data.y)
    if allowed is not None and not found <= allowed:
        raise MeasureError(
            f"`{measure.name}` is no measure for this target.",
            expected=f"a target of scitype {allowed}",
            received=str(found),
            remedy="Choose a measure for such targets, or coerce the target.",
        )


def _refuse_values_for_distributions(measure: Measure, model: Model) -> None:
    if model.prediction_type != "probabilistic" and measure.prediction == "probabilistic":
        raise MeasureError(
            f"`{measure.name}` judges distributions, and {type(model).__name__} predicts values.",
            expected="a probabilistic model, or a measure of values",
            received=f"{measure.name} of a {model.prediction_type} model",
            remedy="`misclassification_rate` or `l2`, for example.",
        )


def _operation(model: Model, measure: Measure, data: Any) -> str:
    if model.prediction_type == "probabilistic" and measure.prediction == "deterministic":
        return "predict_mode" if _is_finite(data) else "predict_mean"
    return "predict"


def _strategy(data: Any, resampling: Any) -> Any:
    if resampling is not None:
        return resampling
    return StratifiedCV(rng=_SEED) if _is_finite(data) else CV(rng=_SEED)


def _blocks(strategy: Any, data: Any, rows: np.ndarray) -> Iterator[str]:
    """A warning of folds that may lack whole classes."""
    unshuffled = getattr(strategy, "shuffles", None) is False
    if not unshuffled or isinstance(strategy, StratifiedCV) or not _is_finite(data):
        return
    if in_blocks(st.selectrows(data.y, rows)):
        name = type(strategy).__name__
        yield (
            f"the target comes in blocks and {strategy!r} does not shuffle: folds may lack whole "
            f"classes. {name}(..., rng=0) shuffles, StratifiedCV(rng=0) also keeps their shares."
        )


def _refuse_labels_in(strategy: Any, data: Any) -> None:
    """Refuse pairs written out whose rows are labels of an index."""
    if not isinstance(strategy, (list, tuple)):
        return
    for part in (p for pair in strategy if isinstance(pair, (list, tuple)) for p in pair):
        if isinstance(part, pd.Index):
            row_numbers(part, data.n_rows, data.index)


def _overlap(folds: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[str]:
    """A warning of rows that test and trained: what is measured on them is too good."""
    shared = [int(np.isin(test, train).sum()) for train, test in folds]
    if any(shared):
        k = next(i for i, n in enumerate(shared) if n)
        yield (
            f"{count(shared[k], 'test row')} of fold {k + 1} also trained: measurements on rows "
            "that a model was trained on are too good. Take them out of one of the two."
        )


def _folds(strategy: Any, k: int, rows: np.ndarray, data: Any) -> list[Any]:
    """The folds of the k-th repetition: the strategy as it is, then with other seeds."""
    if k and getattr(strategy, "shuffles", False):
        strategy = copied(strategy)
        strategy.rng = int(np.random.SeedSequence([strategy.rng, k]).generate_state(1)[0])
    return pairs(strategy, rows, data.y)
