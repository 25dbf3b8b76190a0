"""Looks at a model in training: what it is worth now, and which look was the best.

A `Look` is numbers only. `Examiner` takes looks: it holds the held-out rows, selected once, and
the measures; of a model without held-out rows it reads the training losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasflux.doubts import rehearse
from kerasflux.errors import MeasureError, NotSupported
from kerasflux.folding import judge, operated
from kerasflux.forwarding import Rows
from kerasflux.interface import Fitted, Model
from kerasflux.performance import PerformanceEvaluation, radius_95
from kerasflux.planning import judging
from kerasflux.portraits import Record, distinct
from kerasflux.scoring.base import Judged, Measure
from kerasflux.scoring.measures import oriented
from kerasflux.wrappers.iteratedrows import Split

TRAINING_LOSS = "training_loss"


@dataclass(frozen=True)
class Look:
    """What a model in training was worth at one moment.

    Attributes:
        epoch: after how many iterations.
        loss: the deciding number, smaller is better: a score is negated.
        measurements: what each measure gave, in its own sign.
    """

    epoch: int
    loss: float
    measurements: tuple[float, ...]


def best_of(looks: Sequence[Look]) -> Look | None:
    """The first look with the smallest loss; None if no loss is a number.

    >>> looks = [Look(1, 0.5, ()), Look(2, math.nan, ()), Look(3, 0.5, ())]
    >>> best_of(looks).epoch
    1
    """
    return min((x for x in looks if not math.isnan(x.loss)), key=lambda x: x.loss, default=None)


def as_measures(value: Any) -> Any:
    """What the hyperparameter `measure` may be: None, or one measure or several.

    Raises:
        MeasureError: the first, which decides, has no orientation; one that is no number.
    """
    if value is None:
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [oriented(measure) for measure in value] or None
    return oriented(value)


@dataclass
class Examiner:
    """Takes looks at a model in training.

    Attributes:
        split: which rows train, and which are looked at.
        measures, operations: what is measured, and of which prediction; none to read training
            losses.
        X, truth: the rows that are looked at.
    """

    split: Split
    measures: list[Measure]
    operations: list[str]
    X: Any = None
    truth: Any = None
    _judged: list[Judged] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """What the measurements are called."""
        return distinct(m.name for m in self.measures) if self.measures else [TRAINING_LOSS]

    def look(self, model: Model, fitted: Fitted, epoch: int, losses: Sequence[float]) -> Look:
        """What a model is worth now; NaN if it predicts NaN, which measures would leave out.

        Args:
            model: the model in training.
            fitted: what it has learned.
            epoch: after how many iterations.
            losses: the training losses of all iterations so far.
        """
        if not self.measures:
            loss = float(losses[-1]) if len(losses) else math.nan
            return Look(epoch, loss, (loss,))
        prediction = model.predict(fitted, self.X)
        if _is_undefined(prediction):
            self._judged = []
            return Look(epoch, math.nan, (math.nan,) * len(self.measures))
        given = [operated(model, prediction, operation) for operation in self.operations]
        self._judged = [
            judge(measure, self.truth, p, None)
            for measure, p in zip(self.measures, given, strict=True)
        ]
        values = tuple(float(j.value) for j in self._judged)
        sign = -1.0 if self.measures[0].orientation == "score" else 1.0
        return Look(epoch, sign * values[0], values)

    def evaluation(self, model: Model, fitted: Fitted) -> PerformanceEvaluation | None:
        """The last look as an evaluation; None where training losses are read."""
        if not self._judged:
            return None
        values = [[j.value] for j in self._judged]
        train, test = self.split.train, self.split.test
        assert test is not None  # there are measures
        return PerformanceEvaluation(
            model=model,
            tag=type(model).__name__,
            measure=self.measures,
            operation=self.operations,
            measurement=[value for (value,) in values],
            uncertainty_radius_95=[radius_95(v) for v in values],
            per_fold=values,
            per_observation=[None if j.per_row is None else [j.per_row] for j in self._judged],
            predictions=None,
            truths=None,
            fitted_params_per_fold=[fitted.params],
            report_per_fold=[Record(fitted.report)],
            train_test_rows=[(np.arange(len(test)) if train is None else train, test)],
            resampling=self.split.strategy,
            repeats=1,
            positive=[j.positive for j in self._judged],
            left_out=[j.left_out for j in self._judged],
        )


def _is_undefined(prediction: Any) -> bool:
    """Whether a number or a probability among predictions is NaN."""
    try:
        return bool(np.isnan(np.asarray(prediction, dtype=np.float64)).any())
    except (TypeError, ValueError):  # labels
        return False


def examiner(model: Model, rows: Rows, split: Split, measure: Any, operation: Any) -> Examiner:
    """Who looks at a model that is trained on some of these rows.

    Args:
        model: the model to be trained.
        rows: the rows of the fit.
        split: which of them train, and which are looked at.
        measure: one measure or several, the first decides; None as for `evaluate`.
        operation: as for `evaluate`.

    Raises:
        MeasureError: a measure that does not fit the predictions or the target, or that can't judge
            the held-out rows.
        NotSupported: a model without training losses, where there are no held-out rows.
    """
    if split.test is None:
        if measure is not None:
            raise MeasureError(
                'With `resampling="training"` nothing is predicted that could be measured.',
                expected="`measure=None`: the training losses decide",
                received=f"measure={measure!r}"[:80],
                remedy="`resampling=kf.InSample()` measures predictions of the training rows.",
            )
        if not model.supports_training_losses:
            raise NotSupported(
                f"{type(model).__name__} reports no training losses to look at.",
                expected="a model with `supports_training_losses`",
                received=type(model).__name__,
                remedy="`resampling=None` looks at predictions of held-out rows instead.",
            )
        return Examiner(split, [], [])
    measures, operations = judging(model, rows.observations, measure, operation)
    held = rows.take(split.test)
    everything = np.arange(len(held))
    rehearse(measures, [(everything, everything)], None, held.observations)
    return Examiner(split, measures, operations, held.X, held.y)
