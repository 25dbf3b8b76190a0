"""How well base models of a stack do, by the predictions that the metalearner learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import scitypes as st
from kerasflux.folding import operated
from kerasflux.hyperparameters import copied
from kerasflux.interface import Fitted, Model, Observations
from kerasflux.performance import PerformanceComparison, PerformanceEvaluation, radius_95
from kerasflux.planning import judging
from kerasflux.portraits import Record
from kerasflux.resampling import Pairs
from kerasflux.scoring.base import Judged, Measure
from kerasflux.wrappers.outoffold import OutOfFold


def evaluations(
    parts: Mapping[str, tuple[Model, Sequence[Fitted], OutOfFold]],
    folds: Pairs,
    y: Any,
    measure: Any,
    resampling: Any,
) -> PerformanceComparison:
    """The evaluations of base models, as `kf.evaluate` gives them, of fits that there are already.

    Args:
        parts: by name each model, what it learned in each fold, and what that predicts.
        folds: positions of training and test rows.
        y: the target.
        measure: a measure or several.
        resampling: what made the folds, as it was given.
    """
    truths = [st.selectrows(y, test) for _, test in folds]
    return PerformanceComparison(
        _evaluation(name, *part, folds, truths, y, measure, resampling)
        for name, part in parts.items()
    )


def _evaluation(
    name: str,
    model: Model,
    fits: Sequence[Fitted],
    out: OutOfFold,
    folds: Pairs,
    truths: Sequence[Any],
    y: Any,
    measure: Any,
    resampling: Any,
) -> PerformanceEvaluation:
    measures, operations = judging(model, Observations(None, y), measure)
    judged = [
        [m.judged(t, operated(model, p, o)) for t, p in zip(truths, out.predictions, strict=True)]
        for m, o in zip(measures, operations, strict=True)
    ]
    per_fold = [[j.value for j in found] for found in judged]
    sizes = [[j.weight for j in found] for found in judged]
    return PerformanceEvaluation(
        model=copied(model),
        tag=name,
        measure=measures,
        operation=operations,
        measurement=[m.combine(v, n) for m, v, n in zip(measures, per_fold, sizes, strict=True)],
        uncertainty_radius_95=[_radius(m, v) for m, v in zip(measures, per_fold, strict=True)],
        per_fold=per_fold,
        per_observation=[_per_row(found) for found in judged],
        predictions=list(out.predictions),
        truths=list(truths),
        fitted_params_per_fold=[_shown(fitted.params) for fitted in fits],
        report_per_fold=[Record(fitted.report) for fitted in fits],
        train_test_rows=folds,
        resampling=folds if resampling is None else resampling,
        repeats=1,
        positive=[found[0].positive for found in judged],
        left_out=[sum(j.left_out for j in found) for found in judged],
    )


def _radius(measure: Measure, values: Sequence[Any]) -> float | None:
    """That of the mean of the folds; of measures whose folds are added that of their sum."""
    radius = radius_95(values)
    return radius if radius is None or measure.aggregation != "sum" else len(values) * radius


def _per_row(folds: Sequence[Judged]) -> list[Any] | None:
    found = [j.per_row for j in folds]
    return None if any(values is None for values in found) else found


def _shown(params: Any) -> Any:
    return Record(params) if isinstance(params, Mapping) else params
