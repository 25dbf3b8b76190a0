"""What an evaluation found: measurements, per fold and over all, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kerasflux import drawing
from kerasflux.errors import ArgumentError, MeasureError
from kerasflux.portraits import count, distinct, html_table, terminal_table
from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.rounding import decimals, rounded, with_radius
from kerasflux.scoring.base import Measure
from scitypes import tables
from scitypes.containers import series_of
from scitypes.errors import nearest

_FOLDS_SHOWN = 8


@dataclass(frozen=True, eq=False, repr=False)
class PerformanceEvaluation:
    """The performance of a model on rows that it was not trained on.

    Everything "per measure" is a list in the order of `measure`; `e["log_loss"]` looks a
    measurement up by name. Folds of repetitions follow one another.

    Attributes:
        model: the model that was evaluated, a copy.
        tag: its name in the printed table, and in comparisons.
        measure: the measures.
        operation: per measure, what was predicted for it (`"predict"`, `"predict_mode"`...).
        measurement: per measure, its value over all folds: each fold weighs as many rows (or as
            much weight) as it tests.
        uncertainty_radius_95: per measure, `1.96 * std(per_fold, ddof=1) / sqrt(n_folds - 1)`: half
            the width of a rough 95 % interval; `n_folds` times that for measures whose folds are
            added; infinite for one fold, None for measures that are no numbers.
        per_fold: per measure, its value on each fold.
        per_observation: per measure, for each fold what each of its test rows is worth,
            `(n_test,)`; None for measures that have no value for a single row.
        predictions: for each fold what `predict` gave for its test rows, or None if it was not
            kept (`return_predictions=True` keeps it).
        truths: for each fold the target of its test rows, or None if predictions were not kept.
        fitted_params_per_fold: for each fold what its fit learned.
        report_per_fold: for each fold the report of its fit.
        train_test_rows: for each fold the numbers of its training and test rows.
        resampling: the strategy, or the pairs as written out.
        repeats: how often it was repeated.
        positive: per measure, the label that counted as positive; None for measures without one.
        left_out: per measure, how many test rows were left out since their truth or prediction is
            missing.

    Source: `PerformanceEvaluation` of MLJBase.jl.
    """

    model: Any
    tag: str
    measure: list[Measure]
    operation: list[str]
    measurement: list[Any]
    uncertainty_radius_95: list[float | None]
    per_fold: list[list[Any]]
    per_observation: list[list[np.ndarray] | None]
    predictions: list[Any] | None
    truths: list[Any] | None
    fitted_params_per_fold: list[Any]
    report_per_fold: list[Any]
    train_test_rows: list[tuple[np.ndarray, np.ndarray]]
    resampling: Any
    repeats: int
    positive: list[Any]
    left_out: list[int]

    def __getitem__(self, measure: Any) -> Any:
        """The measurement of a measure, by name, alias or the measure itself."""
        if measure in self.measure:  # of several with one name, the one with its parameters
            return self.measurement[self.measure.index(measure)]
        shown = self._names
        names = [{m.name, n, repr(m), *m.aliases} for m, n in zip(self.measure, shown, strict=True)]
        wanted = getattr(measure, "name", None) or getattr(measure, "__name__", measure)
        for known, value in zip(names, self.measurement, strict=True):
            if wanted in known:
                return value
        raise MeasureError(
            f"This evaluation has no measure {wanted!r}.",
            expected=" or ".join(map(repr, shown)),
            received=repr(wanted),
            remedy=nearest(wanted, shown),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per measure: the measure, what it found, how, and a column per fold."""
        folds = {
            f"fold {k + 1}": [values[k] for values in self.per_fold] for k in range(self._n_folds)
        }
        columns = {
            "measure": self._names,
            "operation": self.operation,
            "measurement": self.measurement,
            "uncertainty_radius_95": self.uncertainty_radius_95,
            "positive": pd.Series(self.positive, dtype=object),
            "left_out": self.left_out,
            **folds,
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.measure)))

    def predictions_frame(self) -> pd.DataFrame:
        """All out-of-fold predictions, one row per test row, in the order of the folds.

        Returns:
            A frame with the columns `fold` (from 1 on), `row` (its number in the data), `truth`,
            `prediction` (of distributions the likeliest label), and for distributions
            `probability_<label>` for each label. Of several targets `truth_<target>` and
            `prediction_<target>`.

        Raises:
            ArgumentError: predictions were not kept.

        Example:
            >>> import kerasflux as kf, pandas as pd
            >>> X, y = pd.DataFrame({"a": [1.0, 2.0] * 6}), [2.0, 4.0] * 6
            >>> model = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=1, rng=1)
            >>> e = kf.evaluate(
            ...     model, X, y, kf.CV(2, rng=0), return_predictions=True, verbosity=0
            ... )
            >>> e.predictions_frame().shape, list(e.predictions_frame())
            ((12, 4), ['fold', 'row', 'truth', 'prediction'])
        """
        if self.predictions is None or self.truths is None:
            raise ArgumentError(
                "The predictions of this evaluation were not kept.",
                expected="`evaluate(..., return_predictions=True)`",
                received="return_predictions=False",
                remedy="Evaluate again with `return_predictions=True`; a machine goes on from what "
                "its folds learned, without training anew.",
            )
        folds = zip(self.train_test_rows, self.truths, self.predictions, strict=True)
        frames = [
            _predicted(k + 1, test, truth, p) for k, ((_, test), truth, p) in enumerate(folds)
        ]
        return pd.concat(frames, ignore_index=True)

    def plot(self) -> Any:
        """Draw each measure with its interval and its folds; a matplotlib figure (extra `plot`)."""
        return drawing.comparisons([self.tag], _panels([self]), title=self._title())

    @property
    def _names(self) -> list[str]:
        return distinct([repr(m) for m in self.measure])

    @property
    def _n_folds(self) -> int:
        return len(self.train_test_rows)

    def _title(self) -> str:
        folds = f"{self._n_folds} fold" + ("" if self._n_folds == 1 else "s")
        tested = sum(len(test) for _, test in self.train_test_rows)
        return f"{self.tag}: {folds} by {self._strategy()}, {tested} predictions"

    def _strategy(self) -> str:
        if isinstance(self.resampling, Sequence):
            return "pairs of rows written out"
        again = "" if self.repeats == 1 else f", repeated {self.repeats} times"
        return " ".join(f"{self.resampling!r}{again}".split())

    def _head(self) -> list[str]:
        return list(self._columns())

    def _rows(self) -> list[list[str]]:
        return [list(row) for row in zip(*self._columns().values(), strict=True)]

    def _columns(self) -> dict[str, list[str]]:
        """The table by columns; those that would be empty are left out."""
        every = range(len(self.measure))
        columns = {"measure": self._names, "operation": self.operation}
        columns["measurement"] = [self._measured(i) for i in every]
        if any(p is not None for p in self.positive):
            columns["positive"] = ["" if p is None else str(p) for p in self.positive]
        if any(self.left_out):
            columns["left out"] = [f"{n:,}" for n in self.left_out]
        if self._n_folds > 1:
            columns["per fold"] = [self._folds(i) for i in every]
        return columns

    def _measured(self, i: int) -> str:
        value, radius = self.measurement[i], self.uncertainty_radius_95[i]
        if isinstance(value, dict):
            return ", ".join(f"{k} {rounded(v, decimals(v, None))}" for k, v in value.items())
        if not _is_number(value):
            return f"{type(value).__name__} (e[{self.measure[i].name!r}])"
        return with_radius(value, radius, decimals(value, radius))

    def _folds(self, i: int) -> str:
        values = self.per_fold[i]
        if not all(map(_is_number, values)):
            return ""
        places = decimals(self.measurement[i], self.uncertainty_radius_95[i])
        shown = ", ".join(rounded(value, places) for value in values[:_FOLDS_SHOWN])
        return shown + (", ..." if len(values) > _FOLDS_SHOWN else "")

    def __repr__(self) -> str:
        rows = [self._head(), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self._title(), *lines])

    def __rich__(self) -> Any:
        return terminal_table(self._title(), self._head(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._head(), self._rows())


class PerformanceComparison(list[PerformanceEvaluation]):
    """The evaluations of several models on the same folds: a list that prints as one table.

    `comparison["trees"]` is the evaluation of that tag.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X, y = pd.DataFrame({"a": [1.0, 2.0] * 6}), [2.0, 4.0] * 6
        >>> models = {"small": kf.MLP((2,)), "large": kf.MLP((16,))}
        >>> models = {
        ...     name: kf.NeuralNetworkRegressor(builder=b, epochs=1, rng=1)
        ...     for name, b in models.items()
        ... }
        >>> kf.evaluate(models, X, y, kf.CV(nfolds=2, rng=0), verbosity=0).to_frame().columns[0]
        'rms'
    """

    def to_frame(self) -> pd.DataFrame:
        """One row per model, one column per measure."""
        return pd.DataFrame(
            [dict(zip(self._measures(), e.measurement, strict=True)) for e in self],
            index=pd.Index([e.tag for e in self], name="model"),
        )

    def plot(self) -> Any:
        """Draw all models side by side, a panel per measure; a matplotlib figure (extra `plot`)."""
        return drawing.comparisons([e.tag for e in self], _panels(self), title=self._title())

    def __getitem__(self, which: Any) -> Any:
        if not isinstance(which, str):
            return super().__getitem__(which)
        tags = [e.tag for e in self]
        if which in tags:
            return super().__getitem__(tags.index(which))
        raise ArgumentError(
            f"No model of this comparison has the tag {which!r}.",
            expected=" or ".join(map(repr, tags)),
            received=repr(which),
            remedy=nearest(which, tags),
        )

    def _measures(self) -> list[str]:
        return self[0]._names if self else []

    def _title(self) -> str:
        if not self:
            return ""
        return f"{count(len(self), 'model')}: {self[0]._title().partition(': ')[2]} each"

    def _head(self) -> list[str]:
        """Measures with their positive class, if they have one."""
        positive = self[0].positive if self else []
        named = [
            name if p is None else f"{name} of {p!r}"
            for name, p in zip(self._measures(), positive, strict=True)
        ]
        return ["model", *named, *(["left out"] if self._leaves_out() else [])]

    def _rows(self) -> list[list[str]]:
        columns = [self._column(i) for i in range(len(self._measures()))]
        columns += [[_counts(e) for e in self]] if self._leaves_out() else []
        return [[e.tag, *cells] for e, *cells in zip(self, *columns, strict=True)]

    def _leaves_out(self) -> bool:
        return any(any(e.left_out) for e in self)

    def _column(self, i: int) -> list[str]:
        """The measurements of one measure, all with the decimals of the most exact one."""
        pairs = [(e.measurement[i], e.uncertainty_radius_95[i]) for e in self]
        if not all(_is_number(value) for value, _ in pairs):
            return [e._measured(i) for e in self]
        known = [decimals(value, radius) for value, radius in pairs]
        places = None if any(p is None for p in known) else max(p for p in known if p is not None)
        return [with_radius(value, radius, places) for value, radius in pairs]

    def __repr__(self) -> str:
        rows = [self._head(), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self._title(), *lines]) if self else "[]"

    def __rich__(self) -> Any:
        return terminal_table(self._title(), self._head(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._head(), self._rows())


def _predicted(k: int, rows: np.ndarray, truth: Any, prediction: Any) -> pd.DataFrame:
    """The predictions of one fold as rows of a frame."""
    columns: dict[str, Any] = {"fold": np.full(len(rows), k), "row": rows}
    columns |= _values("truth", truth)
    if not isinstance(prediction, UnivariateFiniteVector):
        return pd.DataFrame(columns | _values("prediction", prediction))
    columns |= _values("prediction", prediction.mode())
    for label, column in zip(prediction.levels, np.asarray(prediction).T, strict=True):
        columns[f"probability_{label}"] = column
    return pd.DataFrame(columns)


def _values(name: str, data: Any) -> dict[str, Any]:
    """The columns of one target, or of several, without their index."""
    if isinstance(data, np.ndarray) and data.ndim == 2:
        return {f"{name}_{i + 1}": column for i, column in enumerate(data.T)}
    several = tables.columns(data) if tables.is_table(data) else None
    named = {name: data} if several is None else {f"{name}_{n}": c for n, c in several}
    return {n: series_of(column).reset_index(drop=True) for n, column in named.items()}


def _counts(e: PerformanceEvaluation) -> str:
    """How many rows were left out: by all measures, or by each."""
    if len(set(e.left_out)) == 1:
        return f"{e.left_out[0]:,}"
    return ", ".join(f"{name} {n:,}" for name, n in zip(e._names, e.left_out, strict=True) if n)


def _panels(evaluations: Sequence[PerformanceEvaluation]) -> list[drawing.Measured]:
    """A panel for each measure that is a number."""
    panels = []
    for i, measure in enumerate(evaluations[0].measure if evaluations else ()):
        values = [e.measurement[i] for e in evaluations]
        if all(map(_is_number, values)):
            radii = [e.uncertainty_radius_95[i] for e in evaluations]
            folds = [e.per_fold[i] for e in evaluations]
            panels.append(
                drawing.Measured(
                    evaluations[0]._names[i], values, radii, folds, measure.orientation
                )
            )
    if not panels:
        raise MeasureError(
            "There is no measure that is a number, so nothing can be drawn.",
            expected="such as log_loss or accuracy",
            received=", ".join(evaluations[0]._names) if evaluations else "no evaluations",
            remedy="A confusion matrix draws itself: `e['confusion_matrix'].plot()`.",
        )
    return panels


def radius_95(per_fold: Sequence[Any]) -> float | None:
    """Half the width of a rough 95 % interval for the mean of folds; None for what is no number.

    >>> radius_95([0.5]), round(radius_95([0.4, 0.6]), 3)
    (inf, 0.277)

    Source: `MLJBase.radius_95`.
    """
    if not all(map(_is_number, per_fold)):
        return None
    if len(per_fold) < 2:
        return float("inf")
    return float(1.96 * np.std(per_fold, ddof=1) / np.sqrt(len(per_fold) - 1))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
