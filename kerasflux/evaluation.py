"""Evaluation: fit on some rows, predict others, measure, for each fold.

Who owns what: `kerasflux.resampling` makes the folds, `kerasflux.scoring` the measures,
`kerasflux.fits` the fits (so that folds follow the machine's decision table), and
`kerasflux.performance` holds and shows what came out. `kerasflux.planning` decides which strategy,
which measures and which operation for each; this module does it. Data is prepared once per machine;
folds only select rows of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import scitypes as st
from kerasflux import log
from kerasflux.calls import evaluation_advice, explained
from kerasflux.errors import ArgumentError, Interrupted
from kerasflux.fits import Learned, advance
from kerasflux.hyperparameters import copied
from kerasflux.interface import Model, Run
from kerasflux.machines import Machine, machine
from kerasflux.performance import PerformanceComparison, PerformanceEvaluation, radius_95
from kerasflux.planning import Plan, planned, tell
from kerasflux.portraits import Record
from kerasflux.scoring.base import Measure

__all__ = ["PerformanceEvaluation", "evaluate"]

_KEPT = 512  # sets of training rows of which a machine keeps what was learned


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
        measure_weight: one weight per row of the data, for measures only, all of which have to
            take weights (functions don't).
        repeats: how often to repeat with other shufflings, for strategies that shuffle.
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
        ResamplingError: rows that can't be split as asked for, or repeats without shuffling.
        NotSupported: a model that has no `predict`.
        WeightsError: weights that can't be used, or test rows of a fold that weigh nothing.

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
    }
    bind = _binder(X, y, sample_weight)
    if isinstance(model, Mapping):
        return _compared(model, bind, options, return_predictions, verbosity)
    if isinstance(model, (list, tuple)):
        tagged = dict(zip(_tags(model), model, strict=True))
        return _compared(tagged, bind, options, return_predictions, verbosity)
    mach = bind(model)
    plan = planned(mach, **options)
    tell([plan], verbosity)
    return _evaluated(mach, plan, return_predictions, verbosity)


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
    models: Mapping[Any, Any],
    bind: Callable[[Any], Machine],
    options: dict[str, Any],
    keep: bool,
    verbosity: int,
) -> PerformanceComparison:
    """Several models on the same folds; all are planned before any is trained."""
    machines = [bind(model) for model in models.values()]
    plans = [planned(mach, **options) for mach in machines]
    tell(plans, verbosity)
    return PerformanceComparison(
        _evaluated(mach, plan, keep, verbosity, str(tag))
        for tag, mach, plan in zip(models, machines, plans, strict=True)
    )


def _tags(models: Sequence[Any]) -> list[str]:
    """A name for each model: its class, numbered where several are of one."""
    names = [type(m.model if isinstance(m, Machine) else m).__name__ for m in models]
    return [f"{name} {i + 1}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _evaluated(
    mach: Machine, plan: Plan, return_predictions: bool, verbosity: int, tag: str = ""
) -> PerformanceEvaluation:
    model = copied(mach.model)
    with mach.alone():
        outcomes = _run(mach, model, plan, verbosity)
    return _collected(model, tag or type(model).__name__, plan, outcomes, return_predictions)


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
    found = [_measured(m, y_true, p, weight) for m, p in zip(plan.measures, given, strict=True)]
    return Outcome(
        learned,
        prediction,
        [value for value, _ in found],
        [per_row for _, per_row in found],
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


def _measured(
    measure: Measure, y_true: Any, prediction: Any, weight: np.ndarray | None
) -> tuple[Any, np.ndarray | None]:
    """A fold's value, and what each of its rows is worth."""
    judged = measure.judged(y_true, prediction, weight if measure.supports_weights else None)
    return judged.value, judged.per_row


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
