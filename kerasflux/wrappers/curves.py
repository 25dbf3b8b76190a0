"""Learning curves: a measure against the values of one hyperparameter.

Over the iteration parameter (`epochs`) training is incremental: values are visited in rising order,
and each evaluation goes on from the one before, fold by fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import drawing, log
from kerasflux.errors import ArgumentError, MeasureError
from kerasflux.evaluation import evaluate
from kerasflux.hyperparameters import copied, paths, set_path
from kerasflux.interface import Model
from kerasflux.machines import Machine, machine
from kerasflux.planning import measures_of
from kerasflux.portraits import html_table, terminal_table
from kerasflux.resampling import settled
from kerasflux.rounding import decimals, rounded
from kerasflux.rows import row_numbers
from kerasflux.scoring.base import Measure
from kerasflux.search.ranges import NominalRange, NumericRange

_SEED = 0  # of the default holdout


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Measurements for the values of one hyperparameter.

    Attributes:
        path: the dotted path of the hyperparameter.
        scale: `"linear"`, `"log"`, `"log2"`, `"log10"`, or `"none"` for values written out.
        values: its values, in the order asked for.
        measure: the measures.
        measurements: `(n_values, n_measures)` float64; the first column is the first measure's.
    """

    path: str
    scale: str
    values: list[Any]
    measure: list[Measure]
    measurements: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """One row per value: the hyperparameter, and a column per measure."""
        columns = {m.name: self.measurements[:, i] for i, m in enumerate(self.measure)}
        return pd.DataFrame({self.path: self.values, **columns})

    def plot(self) -> Any:
        """Draw the curve of each measure; returns a matplotlib figure (extra `plot`)."""
        names = [m.name for m in self.measure]
        return drawing.learning_curves(
            self.values,
            self.measurements,
            labels=names if len(names) > 1 else None,
            xlabel=self.path,
            ylabel=names[0] if len(names) == 1 else "measurement",
            log_x=self.scale.startswith("log"),
        )

    def _title(self) -> str:
        return f"learning curve over {self.path}"

    def _head(self) -> list[str]:
        return [self.path, *(m.name for m in self.measure)]

    def _rows(self) -> list[list[str]]:
        """A row per value; the measurements of a measure have the decimals of the largest."""
        cells = [[str(value) for value in self.values]]
        for column in self.measurements.T:
            finite = np.abs(column[np.isfinite(column)])
            places = decimals(finite.max(initial=0.0), None)
            cells.append([rounded(value, places) for value in column])
        return [list(row) for row in zip(*cells, strict=True)]

    def __repr__(self) -> str:
        rows = [self._head(), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["   ".join(map(str.rjust, row, widths)) for row in rows]
        return "\n".join([self._title(), *lines])

    def __rich__(self) -> Any:
        return terminal_table(self._title(), self._head(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._head(), self._rows())


def learning_curve(
    mach_or_model: Any,
    X: Any = None,
    y: Any = None,
    *,
    range: Any,
    resolution: int = 30,
    resampling: Any = None,
    measure: Any = None,
    rows: Any = None,
    sample_weight: Any = None,
    measure_weight: Any = None,
    groups: Any = None,
    operation: Any = None,
    n_jobs: int | None = 1,
    verbosity: int = 1,
) -> LearningCurve:
    """Evaluate a model for each value of one hyperparameter.

    Args:
        mach_or_model: a machine (then without data; what it has learned is not touched), or a
            model.
        X, y: data, as for `kf.machine`.
        range: values of the hyperparameter. `kf.range(model, "batch_size", values=[16, 64])` says
            which one; a plain list and `kf.log_range(1, 100)` are about the iteration parameter.
        resolution: at most how many values to take of a range of numbers.
        resampling: as for `kf.evaluate`. None: 70 % of the rows train, the rest test, shuffled with
            a fixed seed and stratified for a Finite target.
        measure, rows, sample_weight, measure_weight, groups, operation: as for `kf.evaluate`.
        n_jobs: how many folds to do at once, as for `kf.evaluate`; values follow one another.
        verbosity: 0 silent, 1 what was chosen, and a progress bar over the values.

    Returns:
        A `LearningCurve`.

    Raises:
        HyperparameterError, UnknownHyperparameter: values or a path that the model does not have.
        ArgumentError: what is no range, or one without values.
        MeasureError: a measure that is no number.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X, y = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0] * 9}), [2.0, 4.0, 6.0, 8.0] * 9
        >>> mach = kf.machine(kf.NeuralNetworkRegressor(rng=1), X, y)
        >>> curve = learning_curve(mach, range=kf.log_range(1, 30), resolution=4, verbosity=0)
        >>> curve.values, curve.measurements.shape
        ([1, 3, 10, 30], (4, 1))

    Source: `learning_curve` of MLJTuning.jl; there incremental with Holdout only.
    """
    mach = _own_machine(mach_or_model, X, y, sample_weight)
    if measure is not None:
        _refuse_no_numbers(measures_of(measure))
    path, scale, values = _values(mach.model, range, resolution)
    options = {
        "resampling": _holdout(mach, rows, verbosity)
        if resampling is None
        else settled(resampling),
        "measure": measure,
        "rows": rows,
        "measure_weight": measure_weight,
        "groups": groups,
        "operation": operation,
        "n_jobs": n_jobs,
    }
    order = _order(mach.model, path, values)
    found: dict[int, Any] = {}
    with log.progress(
        len(values), f"learning curve over {path}", enabled=verbosity >= 1, unit="value"
    ) as bar:
        for i in order:
            set_path(mach.model, path, values[i])
            found[i] = evaluate(mach, verbosity=0, **options)
            bar.advance()
    measures = found[order[0]].measure
    return LearningCurve(path, scale, values, measures, _matrix(found, len(values), measures))


def _own_machine(mach_or_model: Any, X: Any, y: Any, sample_weight: Any) -> Machine:
    """A machine with a model of its own and nothing learned, on the same bound data."""
    if isinstance(mach_or_model, Machine):
        if X is not None or y is not None or sample_weight is not None:
            raise ArgumentError(
                "A machine was given together with data.",
                expected="`learning_curve(mach, ...)`, or `learning_curve(model, X, y, ...)`",
                received="both",
                remedy="`learning_curve(mach.with_data(X, y), ...)` takes other data.",
            )
        return mach_or_model.unlearned()
    return machine(copied(mach_or_model), X, y, sample_weight)


def _values(model: Model, given: Any, resolution: int) -> tuple[str, str, list[Any]]:
    if not isinstance(given, (NumericRange, NominalRange)):
        given = NominalRange(None, _written_out(given, model))
    path = given.path or model.iteration_parameter
    if path is None:
        path_of = next(iter(paths(model)), "path")
        raise ArgumentError(
            "The range does not say of which hyperparameter.",
            expected="`kf.range(model, path, ...)`, since the model does not iterate",
            received=repr(given),
            remedy=f"Name it, for instance `kf.range(model, {path_of!r}, values=[...])`.",
        )
    values = given.bound_to(model, path).values_at(resolution)
    if not values:
        raise ArgumentError(
            "The range has no values.",
            expected="one or more",
            received="none",
            remedy=f"Write values of `{path}` out: `range=[1, 3, 10]`, or `kf.log_range(1, 10)`.",
        )
    return path, given.scale, values


def _written_out(given: Any, model: Model) -> tuple[Any, ...]:
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
        return tuple(given)
    named = [given] if isinstance(given, str) else [*given] if isinstance(given, Mapping) else []
    path = named[0] if named else model.iteration_parameter or "epochs"
    raise ArgumentError(
        "This is no range.",
        expected="a list of values of the iteration parameter, `kf.range(...)` or "
        "`kf.log_range(...)`",
        received=repr(given)[:80],
        remedy=f"A single value is a list of one: `range=[{given!r}]`."
        if isinstance(given, int | float)
        else f"`range=kf.range(model, {path!r}, values=[...])`",
    )


def _order(model: Model, path: str, values: list[Any]) -> list[int]:
    positions = [*enumerate(values)]
    if path == model.iteration_parameter:
        positions.sort(key=lambda pair: pair[1])
    return [i for i, _ in positions]


def _holdout(mach: Machine, rows: Any, verbosity: int) -> list[Any]:
    data = mach.bound_data("learning_curve")
    numbers = row_numbers(rows, data.n_rows, data.index)
    finite = data.y is not None and st.scitype(data.y) <= st.Vector[st.Finite]
    stratify = st.selectrows(data.y, numbers) if finite else None
    train, test = st.partition(numbers, 0.7, shuffle=True, rng=_SEED, stratify=stratify)
    if verbosity >= 1:
        strata = ", stratified" if finite else ""
        log.say(
            f"resampling: 70 % of the rows train, the rest test (shuffled{strata}, seed {_SEED})"
        )
    return [(train, test)]


def _matrix(found: dict[int, Any], n_values: int, measures: list[Measure]) -> np.ndarray:
    try:
        rows = [[float(v) for v in found[i].measurement] for i in sorted(found)]
    except TypeError:
        raise _no_numbers(measures) from None
    return np.array(rows, dtype=np.float64).reshape(n_values, len(measures))


def _refuse_no_numbers(measures: list[Measure]) -> None:
    others = [m for m in measures if not m.gives_numbers]
    if others:
        raise _no_numbers(others)


def _no_numbers(measures: list[Measure]) -> MeasureError:
    return MeasureError(
        "A learning curve needs measures that are numbers.",
        expected="such as log_loss or accuracy",
        received=", ".join(m.name for m in measures),
        remedy="Measure those by `kf.evaluate`, for one value at a time.",
    )
