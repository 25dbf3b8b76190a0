"""Evaluation: fit on some rows, predict others, measure, for each fold.

Who owns what: `kerasflux.resampling` makes the folds, `kerasflux.scoring` the measures,
`kerasflux.fits` the fits (so that folds follow the machine's decision table), and
`kerasflux.performance` holds and shows what came out. `kerasflux.planning` decides which strategy,
which measures and which operation for each, `kerasflux.folding` does the folds; this module puts
them together, and keeps what folds learned. Data is prepared once per machine; folds only select
rows of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux import log
from kerasflux.calls import evaluation_advice, explained
from kerasflux.errors import ArgumentError
from kerasflux.fits import Learned
from kerasflux.folding import Outcome, Task, outcomes, refuse_n_jobs
from kerasflux.hyperparameters import copied
from kerasflux.interface import Model
from kerasflux.loggers import refuse_no_logger, told
from kerasflux.machines import Machine, machine
from kerasflux.performance import PerformanceComparison, PerformanceEvaluation, radius_95
from kerasflux.planning import Plan, planned, tell
from kerasflux.portraits import Record
from kerasflux.resampling import settled
from kerasflux.scoring.base import Measure, left_out_words

__all__ = ["PerformanceComparison", "PerformanceEvaluation", "evaluate"]

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
    groups: Any = None,
    repeats: int = 1,
    operation: Any = None,
    return_predictions: bool = False,
    n_jobs: int | None = 1,
    logger: Any = None,
    verbosity: int = 1,
) -> Any:
    """Estimate how well a model predicts rows that it was not trained on.

    Args:
        model: a model, a machine (then without data), or several: a list, or a dict by tag. Several
            are evaluated on the same folds.
        X, y: data, as for `kf.machine`.
        resampling: `Holdout(...)`, `CV(...)`, `StratifiedCV(...)`, `TimeSeriesCV(...)`,
            `InSample()`, any splitter of scikit-learn, or a list of `(train, test)` row numbers.
            None: six folds, shuffled with a fixed seed, stratified for a Finite target.
        measure: a measure, its name, a function `(y_true, y_pred)`, or several. None: `log_loss`
            for probabilistic models, `misclassification_rate` or `rms` for others. What was chosen
            for None is printed.
        rows: the rows to use; None for all.
        sample_weight: one weight per row of the data, for training only.
        measure_weight: one weight per row of the data, for measures only, all of which have to
            take weights (functions don't).
        groups: the group of each row of the data, for splitters that keep groups together, such as
            scikit-learn's `GroupKFold`.
        repeats: how often to repeat with other shufflings, for strategies that shuffle.
        operation: what to predict for the measures, one for all or one each: `"predict"`,
            `"predict_mode"`, `"predict_mean"` or `"predict_median"`. None: the mode for measures of
            values of a probabilistic model with a Finite target, the mean for other targets, else
            `predict`.
        return_predictions: whether to keep the predictions of each fold.
        n_jobs: how many folds to do at once, in threads, or with any backend of
            `joblib.parallel_config`; -1 for as many as there are processors. Results do not depend
            on it.
        logger: what each evaluation is written to, such as `kf.loggers.JSONLines("runs.jsonl")` or
            `kf.loggers.MLflow()`, or any object with a method `log(evaluation)`.
        verbosity: 0 silent, 1 what was chosen, and a progress bar over the folds.

    Returns:
        A `PerformanceEvaluation`; for several models a list of them that prints as one table.

    Raises:
        MeasureError: a measure that does not fit the model's predictions or the target; before any
            training, like every other refusal of arguments.
        ResamplingError: rows that can't be split as asked for, folds that test a class of which
            they have no row to train on, groups that the strategy would ignore, or repeats without
            shuffling.
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
        "resampling": settled(resampling),
        "measure": measure,
        "rows": rows,
        "measure_weight": measure_weight,
        "groups": groups,
        "repeats": repeats,
        "operation": operation,
    }
    refuse_n_jobs(n_jobs)
    refuse_no_logger(logger)
    several = isinstance(model, (Mapping, list, tuple))
    if several and not len(model):
        raise ArgumentError(
            "There is no model to evaluate.",
            expected="a model, or one or more in a list or dict",
            received=repr(model),
            remedy="`evaluate({'net': model}, X, y)` evaluates one by name.",
        )
    entries = _entries(model if several else [model], _binder(X, y, sample_weight), options)
    tell([entry.plan for entry in entries], verbosity)
    found = _evaluated(entries, return_predictions, n_jobs, logger, verbosity)
    return PerformanceComparison(found) if several else found[0]


@dataclass(frozen=True)
class _Entry:
    """One of the models to evaluate, and what to do with it."""

    tag: str
    mach: Machine
    model: Model
    plan: Plan


def _entries(models: Any, bind: Callable[[Any], Machine], options: dict[str, Any]) -> list[_Entry]:
    """All models are bound and planned before any is trained, those of the same data alike."""
    if not isinstance(models, Mapping):
        models = dict(zip(_tags(models), models, strict=True))
    machines = [bind(model) for model in models.values()]
    plans: list[Plan] = []
    shared = None
    for (tag, given), mach in zip(models.items(), machines, strict=True):
        own = isinstance(given, Machine)
        try:
            plans.append(planned(mach, folds=None if own else shared, **options))
        except Exception as error:
            if len(models) > 1:
                error.add_note(f"This is about {tag!r} of the models to compare.")
            raise
        shared = shared if own else plans[-1].folds
    return [
        _Entry(str(tag), mach, copied(mach.model), plan)
        for tag, mach, plan in zip(models, machines, plans, strict=True)
    ]


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


def _tags(models: Sequence[Any]) -> list[str]:
    """A name for each model: its class, numbered where several are of one."""
    names = [type(m.model if isinstance(m, Machine) else m).__name__ for m in models]
    return [f"{name} {i + 1}" if names.count(name) > 1 else name for i, name in enumerate(names)]


# doing it


def _evaluated(
    entries: list[_Entry], keep: bool, n_jobs: int | None, logger: Any, verbosity: int
) -> list[PerformanceEvaluation]:
    """Each model's evaluation, logged as soon as its last fold is done."""
    found = []
    total = sum(len(entry.plan.folds) for entry in entries)
    with ExitStack() as stack:
        for mach in {id(entry.mach): entry.mach for entry in entries}.values():
            stack.enter_context(mach.alone())
        results = outcomes(_tasks(entries, n_jobs), n_jobs)
        stack.callback(results.close)
        bar = stack.enter_context(
            log.progress(total, "evaluating", enabled=verbosity >= 1, unit="fold")
        )
        for entry in entries:
            done = []
            for _ in entry.plan.folds:
                done.append(next(results))
                _remember(entry.mach, done[-1].learned)
                bar.advance()
            found.append(_collected(entry, done, keep))
            told(logger, found[-1])
    _warn_of_rows_left_out(found)
    return found


def _warn_of_rows_left_out(evaluations: list[PerformanceEvaluation]) -> None:
    for e in evaluations:
        for measure, left_out in zip(e.measure, e.left_out, strict=True):
            if left_out:
                n = sum(len(test) for _, test in e.train_test_rows)
                log.warn(f"{e.tag}: `{measure.name}` {left_out_words(left_out, n)}.")


def _tasks(entries: list[_Entry], n_jobs: int | None) -> Iterator[Task]:
    """The folds of all models, made when they are asked for."""
    for entry in entries:
        data = entry.mach.bound_data("evaluate")
        if n_jobs != 1:  # what threads share is made before there are several
            data.fingerprint, data.input_schema, data.target_schema, data.prepared(entry.model)
        folds, tag = entry.plan.folds, f" of {entry.tag!r}" if len(entries) > 1 else ""
        for k, (train, test) in enumerate(folds):
            yield Task(
                data,
                entry.model,
                _known(entry.mach, entry.model, train),
                train,
                test,
                entry.plan.measures,
                entry.plan.operations,
                entry.plan.weights,
                f"fold {k + 1} of {len(folds)}{tag}",
            )


def _known(mach: Machine, model: Model, train: np.ndarray) -> Learned | None:
    """What the machine learned on some rows before, if going on from it is as good as new.

    It is if only the iterations rose since.
    """
    before = mach.folds.get(_key(train))
    return before if before is not None and before.continues_as_fresh(model) else None


def _remember(mach: Machine, learned: Learned) -> None:
    kept, key = mach.folds, _key(learned.rows)
    kept.pop(key, None)
    kept[key] = learned
    while len(kept) > _KEPT:
        kept.pop(next(iter(kept)))


def _key(train: np.ndarray) -> str:
    return hashlib.blake2b(train.astype(np.int64).tobytes(), digest_size=16).hexdigest()


def _collected(entry: _Entry, done: list[Outcome], keep: bool) -> PerformanceEvaluation:
    plan, judged = entry.plan, list(zip(*(o.judged for o in done), strict=True))
    per_fold = [[j.value for j in folds] for folds in judged]
    sizes = [[j.weight for j in folds] for folds in judged]
    return PerformanceEvaluation(
        model=entry.model,
        tag=entry.tag,
        measure=plan.measures,
        operation=plan.operations,
        measurement=list(map(lambda m, v, n: m.combine(v, n), plan.measures, per_fold, sizes)),
        uncertainty_radius_95=list(map(_radius, plan.measures, per_fold)),
        per_fold=per_fold,
        per_observation=[_per_row(folds) for folds in judged],
        predictions=[o.prediction for o in done] if keep else None,
        truths=[o.truth for o in done] if keep else None,
        fitted_params_per_fold=[_params(o.learned) for o in done],
        report_per_fold=[
            Record({**o.learned.fitted.report, "decision": o.learned.decision}) for o in done
        ],
        train_test_rows=plan.folds,
        resampling=plan.resampling,
        repeats=plan.repeats,
        positive=[folds[0].positive for folds in judged],
        left_out=[sum(j.left_out for j in folds) for folds in judged],
    )


def _radius(measure: Measure, values: Sequence[Any]) -> float | None:
    """That of the mean of the folds; of measures whose folds are added that of their sum."""
    radius = radius_95(values)
    return radius if radius is None or measure.aggregation != "sum" else len(values) * radius


def _per_row(folds: Sequence[Any]) -> list[np.ndarray] | None:
    values = [j.per_row for j in folds]
    return None if any(v is None for v in values) else values


def _params(learned: Learned) -> Any:
    params = learned.fitted.params
    return Record(params) if isinstance(params, Mapping) else params
