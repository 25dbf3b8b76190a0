"""Learning curves: a measure against the values of one hyperparameter, with one seed or several.

Over the iteration parameter (`epochs`) training is incremental: values are visited in rising order,
and each evaluation goes on from the one before, fold by fold, for each seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kerasflux import drawing, log
from kerasflux.errors import ArgumentError, HyperparameterError, MeasureError, UnknownHyperparameter
from kerasflux.evaluation import evaluate
from kerasflux.fields import offered
from kerasflux.hyperparameters import copied, paths, set_path
from kerasflux.interface import Model
from kerasflux.machines import Machine, machine
from kerasflux.planning import default_holdout, measures_of
from kerasflux.portraits import html_table, short, terminal_table
from kerasflux.resampling import settled
from kerasflux.rounding import decimals, rounded
from kerasflux.rows import row_numbers
from kerasflux.scoring.base import Measure
from kerasflux.search import space_of
from kerasflux.search.ranges import Range
from kerasflux.search.ranges import range as range_of


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Measurements for the values of one hyperparameter.

    Attributes:
        path: the dotted path of the hyperparameter.
        scale: of the range, as `kf.range` has it, or `"none"` for values written out.
        values: its values, in the order asked for.
        measure: the measures.
        measurements: `(n_values, n_measures)` float64; the first column is the first measure's.
            With several seeds `(n_values, n_measures, n_seeds)`.
        seeds: the seeds, or None where the model's own was used.
    """

    path: str
    scale: Any
    values: list[Any]
    measure: list[Measure]
    measurements: np.ndarray
    seeds: list[int] | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per value (and seed): the hyperparameter, and a column per measure."""
        n_seeds = 1 if self.seeds is None else len(self.seeds)
        table = self.measurements.reshape(len(self.values), len(self.measure), n_seeds)
        columns: dict[str, Any] = {self.path: [v for v in self.values for _ in np.arange(n_seeds)]}
        if self.seeds is not None:
            columns["seed"] = self.seeds * len(self.values)
        columns |= {m.name: table[:, i].ravel() for i, m in enumerate(self.measure)}
        return pd.DataFrame(columns)

    def plot(self) -> Any:
        """Draw the curve of each measure; returns a matplotlib figure (extra `plot`).

        Of several seeds each has a thin line, and their mean a thick one.
        """
        return drawing.learning_panels(
            self.values,
            self.measurements,
            [m.name for m in self.measure],
            orientations=[m.orientation for m in self.measure],
            xlabel=self.path,
            scale=self.scale,
        )

    def _title(self) -> str:
        seeds = "" if self.seeds is None else f", mean of {len(self.seeds)} seeds"
        return f"learning curve over {self.path}{seeds}"

    def _head(self) -> list[str]:
        return [self.path, *(m.name for m in self.measure)]

    def _rows(self) -> list[list[str]]:
        """A row per value; the measurements of a measure have the decimals of the largest."""
        cells = [[str(value) for value in self.values]]
        table = self.measurements if self.seeds is None else self.measurements.mean(axis=2)
        for column in table.T:
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
    rngs: Any = None,
    rng_name: str | None = None,
    n_jobs: int | None = 1,
    verbosity: int = 1,
) -> LearningCurve:
    """Evaluate a model for each value of one hyperparameter.

    Args:
        mach_or_model: a machine (then without data; what it has learned is not touched), or a
            model.
        X, y: data, as for `kf.machine`.
        range: values of the hyperparameter. `kf.range(model, "batch_size", values=[16, 64])` says
            which one, and so does a dict of one, `{"learning_rate": kf.log_range(1e-4, 1e-1)}`; a
            plain list and `kf.log_range(1, 100)` are about the iteration parameter.
        resolution: at most how many values to take of a range of numbers.
        resampling: as for `kf.evaluate`. None: 70 % of the rows train, the rest test, shuffled with
            a fixed seed and stratified for a Finite target.
        measure, rows, sample_weight, measure_weight, groups, operation: as for `kf.evaluate`.
        rngs: seeds, each of which has a curve of its own: a list of them, or their number k for the
            seeds 1 to k. None: the model's own.
        rng_name: the path of the hyperparameter that is the seed. None: the model's `rng`, or the
            only one within it.
        n_jobs: how many folds to do at once, as for `kf.evaluate`; values follow one another.
        verbosity: 0 silent, 1 what was chosen, and a progress bar over the values.

    Returns:
        A `LearningCurve`.

    Raises:
        HyperparameterError, UnknownHyperparameter: values or a path that the model does not have,
            or makes no use of; no seed to be set, or several.
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
    seeds, seed_path = _seeds(mach.model, rngs, rng_name)
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
    curves: list[dict[int, Any]] = []
    total = len(values) * len(seeds)
    with log.progress(
        total, f"learning curve over {path}", enabled=verbosity >= 1, unit="value"
    ) as bar:
        for seed in seeds:
            if seed_path is not None:
                set_path(mach.model, seed_path, seed)
            curves.append({})
            for i in order:
                set_path(mach.model, path, values[i])
                curves[-1][i] = evaluate(mach, verbosity=0, **options)
                bar.advance()
    measures = curves[0][order[0]].measure
    tables = [_matrix(found, len(values), measures) for found in curves]
    if seed_path is None:
        return LearningCurve(path, scale, values, measures, tables[0])
    return LearningCurve(path, scale, values, measures, np.stack(tables, axis=2), seeds)


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
    if isinstance(given, Mapping) and len(given) == 1:
        (name, inner), *_ = given.items()
        if not isinstance(inner, Range):
            inner = _written_out(inner, model)
        return _of_path(name, inner, model, resolution)
    if not isinstance(given, Range):
        given = _written_out(given, model)
    path = getattr(given, "path", None) or model.iteration_parameter
    if path is None:
        path_of = next(iter(paths(model)), "path")
        raise ArgumentError(
            "The range does not say of which hyperparameter.",
            expected="`kf.range(model, path, ...)`, since the model does not iterate",
            received=short(given),
            remedy=f"Name it, for instance `kf.range(model, {path_of!r}, values=[...])`.",
        )
    return _of_path(path, given, model, resolution)


def _of_path(path: str, given: Any, model: Model, resolution: int) -> tuple[str, Any, list[Any]]:
    """A range of the hyperparameter at a path: its whole path, its scale and its values."""
    if not isinstance(given, Range) and not len(given):
        raise ArgumentError(
            "The range has no values.",
            expected="one or more",
            received="none",
            remedy=f"Write values of `{path}` out: `range=[1, 3, 10]`, or `kf.log_range(1, 10)`.",
        )
    made = given if isinstance(given, Range) else range_of(None, None, values=given)
    (dimension,) = space_of({path: made}, model).dimensions
    values = dimension.range.values_at(resolution)
    return dimension.path, getattr(dimension.range, "scale", "none"), values


def _seeds(model: Model, rngs: Any, name: str | None) -> tuple[list[Any], str | None]:
    """The seeds, and the path that they are set at; one nameless seed where none are asked for."""
    if rngs is None:
        return [None], None
    whole = isinstance(rngs, int | np.integer) and not isinstance(rngs, bool)
    listed = isinstance(rngs, Iterable) and not isinstance(rngs, str)
    seeds = np.arange(1, rngs + 1).tolist() if whole else [*rngs] if listed else []
    if not seeds:
        raise ArgumentError(
            "There are no seeds.",
            expected="a list of one or more, or their number",
            received=repr(rngs),
            remedy="`rngs=5` makes five curves.",
        )
    known = paths(model)
    if name is not None:
        if name not in known:
            raise UnknownHyperparameter(
                f"{type(model).__name__} has no hyperparameter `{name}`.",
                expected="the path of a seed",
                received=name,
                remedy=offered(name, known),
                name=name,
            )
        return seeds, name
    held = ["rng"] if "rng" in known else [p for p in known if p.endswith(".rng")]
    if len(held) == 1:
        return seeds, held[0]
    raise HyperparameterError(
        f"{type(model).__name__} has {'several seeds' if held else 'no seed'} to be set.",
        expected="one hyperparameter named `rng`",
        received=", ".join(held) or "none",
        remedy=f"Say which: `rng_name={held[0]!r}`." if held else "Leave `rngs` out.",
        name="rng",
    )


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
    if path == model.iteration_parameter or _goes_on(model, path, values):
        positions.sort(key=lambda pair: pair[1])
    return [i for i, _ in positions]


def _goes_on(model: Model, path: str, values: list[Any]) -> bool:
    """Whether larger values of a hyperparameter, such as the epochs of a part, only train on."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    if not numbers or len(set(values)) < 2:
        return False
    low, high = copied(model), copied(model)
    set_path(low, path, min(values))
    set_path(high, path, max(values))
    return bool(high.as_fresh(low))


def _holdout(mach: Machine, rows: Any, verbosity: int) -> list[Any]:
    data = mach.bound_data("learning_curve")
    folds, note = default_holdout(data, row_numbers(rows, data.n_rows, data.index))
    if verbosity >= 1:
        log.say(note)
    return folds


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
