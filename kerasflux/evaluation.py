"""Evaluation: fit on some rows, predict others, measure, for each fold.

Who owns what: `kerasflux.resampling` makes the folds, `kerasflux.scoring` the measures,
`kerasflux.fits` the fits (so that folds follow the machine's decision table), and
`kerasflux.performance` holds and shows what came out. This module puts them together: which
strategy, which measures, which operation for each, and the loop. Data is prepared once per machine;
folds only select rows of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import log
from kerasflux.binding import checked_weights, refuse_other_index
from kerasflux.calls import evaluation_advice, explained
from kerasflux.errors import ArgumentError, Interrupted, MeasureError
from kerasflux.fits import Learned, advance
from kerasflux.hyperparameters import copied
from kerasflux.interface import Model, Run
from kerasflux.machines import Machine, machine
from kerasflux.performance import PerformanceComparison, PerformanceEvaluation, radius_95
from kerasflux.portraits import Record, count
from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.resampling import CV, StratifiedCV, in_blocks, pairs
from kerasflux.rows import row_numbers
from kerasflux.scoring.base import Measure, PlainFunction
from kerasflux.scoring.measures import as_measure, log_loss, misclassification_rate, rms

__all__ = ["PerformanceEvaluation", "evaluate"]

_OPERATIONS = ("predict", "predict_mode", "predict_mean", "predict_median")
_SEED = 0  # of the default folds: two evaluations without `resampling` are comparable
_KEPT = 512  # sets of training rows of which a machine keeps what was learned


@dataclass(frozen=True)
class Plan:
    """What an evaluation does, decided before anything is trained."""

    measures: list[Measure]
    operations: list[str]
    folds: list[tuple[np.ndarray, np.ndarray]]
    weights: np.ndarray | None
    resampling: Any
    repeats: int


@explained(evaluation_advice)
def evaluate(
    model: Any,
    X: Any = None,
    y: Any = None,
    resampling: Any = None,
    measure: Any = None,
    rows: Any = None,
    *,
    sample_weight: Any = None,
    measure_weight: Any = None,
    repeats: int = 1,
    operation: Any = None,
    return_predictions: bool = False,
    verbosity: int = 1,
) -> Any:
    """Estimate how well a model predicts rows that it was not trained on.

    Args:
        model: a model, a machine (then without data), or several: a list, or a dict by tag. Several
            are evaluated on the same folds.
        X, y: data, as for `kf.machine`.
        resampling: `Holdout(...)`, `CV(...)`, `StratifiedCV(...)` or a list of `(train, test)` row
            numbers. None: six folds, shuffled with a fixed seed, stratified for a Finite target.
        measure: a measure, its name, a function `(y_true, y_pred)`, or several. None: `log_loss`
            for probabilistic models, `misclassification_rate` or `rms` for others. What was chosen
            for None is printed.
        rows: the rows to use; None for all.
        sample_weight: one weight per row of the data, for training only.
        measure_weight: one weight per row of the data, for measures only.
        repeats: how often to repeat with other shufflings.
        operation: what to predict for the measures, one for all or one each: `"predict"`,
            `"predict_mode"`, `"predict_mean"` or `"predict_median"`. None: the mode for measures of
            values of a probabilistic model with a Finite target, the mean for other targets, else
            `predict`.
        return_predictions: whether to keep the predictions of each fold.
        verbosity: 0 silent, 1 what was chosen, and a progress bar over the folds.

    Returns:
        A `PerformanceEvaluation`; for several models a list of them that prints as one table.

    Raises:
        MeasureError: a measure that does not fit the model's predictions or the target; before any
            training, like every other refusal of arguments.
        ResamplingError: rows that can't be split as asked for.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"a": [0.0, 1.0] * 20})
        >>> y = pd.Categorical(["no", "yes"] * 20)
        >>> model = kf.NeuralNetworkClassifier(epochs=20, rng=1)
        >>> e = evaluate(model, X, y, measure=[kf.log_loss, kf.accuracy], verbosity=0)
        >>> e["accuracy"], len(e.per_fold[1])
        (1.0, 6)

    Source: `evaluate!` of MLJBase.jl, which leaves the machine as trained on the last fold, does
    not shuffle by default, and does not divide by the sum of weights.
    """
    options: dict[str, Any] = {
        "resampling": resampling,
        "measure": measure,
        "rows": rows,
        "measure_weight": measure_weight,
        "repeats": repeats,
        "operation": operation,
        "return_predictions": return_predictions,
        "verbosity": verbosity,
    }
    bind = _binder(X, y, sample_weight)
    if isinstance(model, Mapping):
        return _compared(model, bind, options)
    if isinstance(model, (list, tuple)):
        return _compared(dict(zip(_tags(model), model, strict=True)), bind, options)
    return _evaluated(bind(model), **options)


def _binder(X: Any, y: Any, sample_weight: Any) -> Callable[[Any], Machine]:
    def bind(model: Any) -> Machine:
        if not isinstance(model, Machine):
            return machine(model, X, y, sample_weight)
        if X is not None or y is not None or sample_weight is not None:
            raise ArgumentError(
                "A machine was given together with data.",
                expected="`evaluate(mach, ...)`, or `evaluate(model, X, y, ...)`",
                received="both",
                remedy="`evaluate(mach.with_data(X, y), ...)` evaluates it on other data.",
            )
        return model

    return bind


def _compared(
    models: Mapping[Any, Any], bind: Callable[[Any], Machine], options: dict[str, Any]
) -> PerformanceComparison:
    """Several models on the same folds."""
    return PerformanceComparison(
        _evaluated(bind(model), tag=str(tag), **options) for tag, model in models.items()
    )


def _tags(models: Sequence[Any]) -> list[str]:
    """A name for each model: its class, numbered where several are of one."""
    names = [type(m.model if isinstance(m, Machine) else m).__name__ for m in models]
    return [f"{name} {i + 1}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _evaluated(
    mach: Machine, *, return_predictions: bool, verbosity: int, tag: str = "", **options: Any
) -> PerformanceEvaluation:
    plan = planned(mach, verbosity=verbosity, **options)
    model = copied(mach.model)
    with mach.alone():
        outcomes = _run(mach, model, plan, verbosity)
    return _collected(model, tag or type(model).__name__, plan, outcomes, return_predictions)


# what is done


def planned(
    mach: Machine,
    *,
    resampling: Any,
    measure: Any,
    rows: Any,
    measure_weight: Any,
    repeats: int,
    operation: Any,
    verbosity: int,
) -> Plan:
    """Decide everything before training: measures, operations and folds; say what was chosen."""
    data = mach.bound_data("evaluate")
    data.judge(mach.model)
    if data.y is None:
        raise ArgumentError(
            "There is no target to measure predictions by.",
            expected="a machine with a target",
            received=repr(mach),
        )
    measures = _measures(mach.model, data, measure, verbosity)
    operations = _operations(mach.model, data, measures, operation)
    numbers = row_numbers(rows, data.n_rows, data.index)
    strategy = _strategy(data, resampling, verbosity)
    _warn_of_blocks(strategy, data, numbers, verbosity)
    _refuse_labels_in(strategy, data)
    folds = [fold for k in range(_repeats(repeats)) for fold in _folds(strategy, k, numbers, data)]
    _warn_of_overlap(folds, verbosity)
    weights = None
    if measure_weight is not None:
        refuse_other_index(data.y, measure_weight, ("y", "measure_weight"))
        weights = checked_weights(measure_weight, data.n_rows)
    return Plan(measures, operations, folds, weights, strategy, repeats)


def _repeats(repeats: Any) -> int:
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise ArgumentError(
            "`repeats` can't have this value.", expected="an int from 1 on", received=repr(repeats)
        )
    return repeats


def _measures(model: Model, data: Any, measure: Any, verbosity: int) -> list[Measure]:
    if measure is None:
        chosen = _default_measure(model, data)
        if verbosity >= 1:
            log.say(f"measure: {chosen.name}")
        return [chosen]
    several = isinstance(measure, Sequence) and not isinstance(measure, str)
    found = [as_measure(m) for m in (measure if several else [measure])]
    if not found:
        raise MeasureError("There is no measure.", expected="one measure or more", received="none")
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
    if given is None:
        return [_operation(model, m, data) for m in measures]
    operations = [given] * len(measures) if isinstance(given, str) else list(given)
    if len(operations) != len(measures) or not set(operations) <= set(_OPERATIONS):
        raise ArgumentError(
            "`operation` can't have this value.",
            expected=f"one of {', '.join(_OPERATIONS)}, or one for each measure",
            received=repr(given),
        )
    return operations


def _refuse_unfit(measure: Measure, data: Any) -> None:
    allowed, found = measure.target_scitype, st.scitype(data.y)
    if allowed is not None and not found <= allowed:
        raise MeasureError(
            f"`{measure.name}` is no measure for this target.",
            expected=f"a target of scitype {allowed}",
            received=str(found),
            remedy="Choose a measure for such targets, or coerce the target.",
        )


def _operation(model: Model, measure: Measure, data: Any) -> str:
    if model.prediction_type == "probabilistic" and measure.prediction == "deterministic":
        return "predict_mode" if _is_finite(data) else "predict_mean"
    if model.prediction_type != "probabilistic" and measure.prediction == "probabilistic":
        raise MeasureError(
            f"`{measure.name}` judges distributions, and {type(model).__name__} predicts values.",
            expected="a probabilistic model, or a measure of values",
            received=f"{measure.name} of a {model.prediction_type} model",
            remedy="`misclassification_rate` or `l2`, for example.",
        )
    return "predict"


def _strategy(data: Any, resampling: Any, verbosity: int) -> Any:
    if resampling is not None:
        return resampling
    strategy: Any = StratifiedCV(rng=_SEED) if _is_finite(data) else CV(rng=_SEED)
    if verbosity >= 1:
        log.say(f"resampling: {strategy!r} (shuffled)")
    return strategy


def _warn_of_blocks(strategy: Any, data: Any, rows: np.ndarray, verbosity: int) -> None:
    unshuffled = getattr(strategy, "shuffles", None) is False
    if not unshuffled or isinstance(strategy, StratifiedCV) or not _is_finite(data):
        return
    if verbosity >= 0 and in_blocks(st.selectrows(data.y, rows)):
        name = type(strategy).__name__
        log.warn(
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


def _warn_of_overlap(folds: list[tuple[np.ndarray, np.ndarray]], verbosity: int) -> None:
    """Warn where rows test that trained: what is measured on them is too good."""
    shared = [int(np.isin(test, train).sum()) for train, test in folds]
    if verbosity >= 0 and any(shared):
        k = next(i for i, n in enumerate(shared) if n)
        log.warn(
            f"{count(shared[k], 'test row')} of fold {k + 1} also trained: measurements on rows "
            "that a model was trained on are too good. Take them out of one of the two."
        )


def _folds(strategy: Any, k: int, rows: np.ndarray, data: Any) -> list[Any]:
    """The folds of the k-th repetition: the strategy as it is, then with other seeds."""
    if k and getattr(strategy, "shuffles", False):
        strategy = copied(strategy)
        strategy.rng = int(np.random.SeedSequence([strategy.rng, k]).generate_state(1)[0])
    return pairs(strategy, rows, data.y)


# doing it


@dataclass(frozen=True)
class Outcome:
    """One fold: what was learned, predicted and measured."""

    learned: Learned
    prediction: Any
    values: list[Any]
    per_row: list[np.ndarray | None]
    weight: float


def _run(mach: Machine, model: Model, plan: Plan, verbosity: int) -> list[Outcome]:
    outcomes = []
    with log.progress(len(plan.folds), "evaluating", enabled=verbosity >= 1, unit="fold") as bar:
        for k, (train, test) in enumerate(plan.folds):
            try:
                outcomes.append(_fold(mach, model, plan, train, test))
            except Exception as error:
                error.add_note(f"This happened in fold {k + 1} of {len(plan.folds)}.")
                raise
            bar.advance()
    return outcomes


def _fold(mach: Machine, model: Model, plan: Plan, train: np.ndarray, test: np.ndarray) -> Outcome:
    data = mach.bound_data("evaluate")
    learned = _learned_on(mach, model, train)
    prediction = learned.model.predict(learned.fitted, st.selectrows(data.X, test))
    y_true = st.selectrows(data.y, test)
    weight = None if plan.weights is None else plan.weights[test]
    given = [_of(learned.model, prediction, operation) for operation in plan.operations]
    pairs_of = list(zip(plan.measures, given, strict=True))
    return Outcome(
        learned,
        prediction,
        [_measured(m, y_true, p, weight) for m, p in pairs_of],
        [m.per_observation(y_true, p) if m.supports_per_observation else None for m, p in pairs_of],
        float(len(test) if weight is None else weight.sum()),
    )


def _learned_on(mach: Machine, model: Model, train: np.ndarray) -> Learned:
    """What the machine learns on some rows, as from scratch.

    It goes on from what it learned on them before where that gives the same: if only the iterations
    rose since.
    """
    key = hashlib.blake2b(train.astype(np.int64).tobytes(), digest_size=16).hexdigest()
    kept = mach.folds
    before = kept.get(key)
    if before is not None and not before.continues_as_fresh(model):
        before = None
    try:
        learned = advance(model, before, mach.bound_data("evaluate"), train, run=Run())
    except Interrupted:
        raise KeyboardInterrupt from None  # only whole folds are kept
    assert learned is not None  # never frozen: that is the machine's own state
    kept.pop(key, None)
    kept[key] = learned
    while len(kept) > _KEPT:
        kept.pop(next(iter(kept)))
    return learned


def _of(model: Model, prediction: Any, operation: str) -> Any:
    """As the machine's verb does: values are their own mean (a Series has one over its rows)."""
    if operation == "predict" or model.prediction_type != "probabilistic":
        return prediction
    return getattr(prediction, operation.removeprefix("predict_"))()


def _measured(measure: Measure, y_true: Any, prediction: Any, weight: np.ndarray | None) -> Any:
    if isinstance(measure, PlainFunction):
        return _by_function(measure, y_true, prediction)
    if weight is None or not measure.supports_weights:
        return measure(y_true, prediction)
    return measure(y_true, prediction, sample_weight=weight)


def _by_function(measure: PlainFunction, y_true: Any, prediction: Any) -> Any:
    """What a user's function makes of a fold; its failure is told with what it was given."""
    try:
        return measure(y_true, prediction)
    except Exception as error:
        given = f"y_true: {type(y_true).__name__}, y_pred: {type(prediction).__name__}"
        raise MeasureError(
            f"The function `{measure.name}` failed as a measure: {type(error).__name__}: {error}",
            expected="a function of (y_true, y_pred) that takes these and gives a number",
            received=given,
            remedy=_for_functions(measure.name, prediction),
        ) from error


def _for_functions(name: str, prediction: Any) -> str:
    if not isinstance(prediction, UnivariateFiniteVector):
        return "Try it outside: `f(y_true, mach.predict(rows=test))`."
    label = prediction.levels[-1]
    return (
        f"It was given distributions: take the likeliest labels, `lambda y, p: {name}(y, p.mode())`"
        f", or a probability, `lambda y, p: {name}(y, p.pdf({label!r}))`."
    )


def _collected(
    model: Model, tag: str, plan: Plan, outcomes: list[Outcome], keep_predictions: bool
) -> PerformanceEvaluation:
    per_fold = [[o.values[i] for o in outcomes] for i in range(len(plan.measures))]
    sizes = [o.weight for o in outcomes]
    return PerformanceEvaluation(
        model=model,
        tag=tag,
        measure=plan.measures,
        operation=plan.operations,
        measurement=[m.combine(v, sizes) for m, v in zip(plan.measures, per_fold, strict=True)],
        uncertainty_radius_95=[radius_95(values) for values in per_fold],
        per_fold=per_fold,
        per_observation=[_per_row(outcomes, i) for i in range(len(plan.measures))],
        predictions=[o.prediction for o in outcomes] if keep_predictions else None,
        fitted_params_per_fold=[_params(o.learned) for o in outcomes],
        report_per_fold=[
            Record({**o.learned.fitted.report, "decision": o.learned.decision}) for o in outcomes
        ],
        train_test_rows=plan.folds,
        resampling=plan.resampling,
        repeats=plan.repeats,
    )


def _per_row(outcomes: list[Outcome], i: int) -> list[np.ndarray] | None:
    values = [o.per_row[i] for o in outcomes]
    return [v for v in values if v is not None] if all(v is not None for v in values) else None


def _params(learned: Learned) -> Any:
    params = learned.fitted.params
    return Record(params) if isinstance(params, Mapping) else params
