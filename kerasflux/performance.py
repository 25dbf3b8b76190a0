"""What an evaluation found: measurements, per fold and over all, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import MeasureError
from kerasflux.portraits import count, html_table, terminal_table
from kerasflux.scoring.base import Measure
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
            the width of a rough 95 % interval; infinite for one fold, None for measures that are no
            numbers.
        per_fold: per measure, its value on each fold.
        per_observation: per measure, for each fold what each of its test rows is worth,
            `(n_test,)`; None for measures that have no value for a single row.
        predictions: for each fold what `predict` gave for its test rows, or None if it was not
            kept.
        fitted_params_per_fold: for each fold what its fit learned.
        report_per_fold: for each fold the report of its fit.
        train_test_rows: for each fold the numbers of its training and test rows.
        resampling: the strategy, or the pairs as written out.
        repeats: how often it was repeated.

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
    fitted_params_per_fold: list[Any]
    report_per_fold: list[Any]
    train_test_rows: list[tuple[np.ndarray, np.ndarray]]
    resampling: Any
    repeats: int = 1

    def __getitem__(self, measure: Any) -> Any:
        """The measurement of a measure, by name, alias or the measure itself."""
        names = [{m.name, *m.aliases} for m in self.measure]
        wanted = getattr(measure, "name", None) or getattr(measure, "__name__", measure)
        for known, value in zip(names, self.measurement, strict=True):
            if wanted in known:
                return value
        known_names = [m.name for m in self.measure]
        raise MeasureError(
            f"This evaluation has no measure {wanted!r}.",
            expected=" or ".join(map(repr, known_names)),
            received=repr(wanted),
            remedy=nearest(wanted, known_names),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per measure: measure, operation, measurement, radius, and a column per fold."""
        folds = {
            f"fold {k + 1}": [values[k] for values in self.per_fold] for k in range(self._n_folds)
        }
        columns = {
            "measure": [m.name for m in self.measure],
            "operation": self.operation,
            "measurement": self.measurement,
            "uncertainty_radius_95": self.uncertainty_radius_95,
            **folds,
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.measure)))

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
        return f"{self.resampling!r}{again}"

    def _head(self) -> list[str]:
        more = ["per fold"] if self._n_folds > 1 else []
        return ["measure", "operation", "measurement", *more]

    def _rows(self) -> list[list[str]]:
        return [self._row(i) for i in range(len(self.measure))]

    def _row(self, i: int) -> list[str]:
        row = [self.measure[i].name, self.operation[i], self._measured(i)]
        return [*row, self._folds(i)] if self._n_folds > 1 else row

    def _measured(self, i: int) -> str:
        value, radius = self.measurement[i], self.uncertainty_radius_95[i]
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

    def _measures(self) -> list[str]:
        return [m.name for m in self[0].measure] if self else []

    def _title(self) -> str:
        if not self:
            return ""
        return f"{count(len(self), 'model')}: {self[0]._title().partition(': ')[2]} each"

    def _rows(self) -> list[list[str]]:
        columns = [self._column(i) for i in range(len(self._measures()))]
        return [[e.tag, *cells] for e, *cells in zip(self, *columns, strict=True)]

    def _column(self, i: int) -> list[str]:
        """The measurements of one measure, all with the decimals of the most exact one."""
        pairs = [(e.measurement[i], e.uncertainty_radius_95[i]) for e in self]
        if not all(_is_number(value) for value, _ in pairs):
            return [e._measured(i) for e in self]
        known = [decimals(value, radius) for value, radius in pairs]
        places = None if any(p is None for p in known) else max(p for p in known if p is not None)
        return [with_radius(value, radius, places) for value, radius in pairs]

    def __repr__(self) -> str:
        rows = [["model", *self._measures()], *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self._title(), *lines]) if self else "[]"

    def __rich__(self) -> Any:
        return terminal_table(self._title(), ["model", *self._measures()], self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._title(), ["model", *self._measures()], self._rows())


def decimals(value: Any, radius: float | None) -> int | None:
    """How many decimals a measurement is written with; negative ones round before the point.

    Two digits of the radius but three of the value at least; four of the value where there is no
    radius; None for numbers so large or
    small that they are written with an exponent.

    >>> decimals(0.4471, 0.0352), decimals(27218.3, 4031.0), decimals(1.0, 0.0)
    (3, -2, 3)
    """
    size = abs(float(value))
    known = radius is not None and np.isfinite(radius) and radius > 0
    if not np.isfinite(size) or size >= 1e9 or 0 < size < 1e-4:
        return None
    most = 5 - _exponent(size)  # six digits of the value are enough
    if not known:
        return 3 - _exponent(size)
    return min(max(1 - _exponent(float(radius or 0)), 2 - _exponent(size)), most)


def _exponent(size: float) -> int:
    return int(np.floor(np.log10(size))) if size > 0 else 0


def rounded(value: Any, places: int | None) -> str:
    """A number with a number of decimals, thousands set apart.

    >>> rounded(27218.3, -2), rounded(1.0, 3), rounded(3e-9, None)
    ('27,200', '1.000', '3e-09')
    """
    if places is None or not np.isfinite(value):
        return f"{value:.3g}"
    return f"{round(float(value), places) + 0.0:,.{max(places, 0)}f}"


def with_radius(value: Any, radius: float | None, places: int | None) -> str:
    """A measurement with the radius of its interval, if there is one.

    >>> with_radius(0.4471, 0.0352, 3)
    '0.447 ± 0.035'
    """
    if radius is None or not np.isfinite(radius):
        return rounded(value, places)
    return f"{rounded(value, places)} ± {rounded(radius, places)}"


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
