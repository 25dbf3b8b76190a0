"""`coerce`: data given the scitypes that it is said to have. A plan first, then its application.

Owns what the argument forms mean, the collecting of all failures into one error, and the messages.
Which rule applies to which column is `columnrules.py`'s, a single column's conversion
`conversions.py`'s, reading new data as earlier data `reading.py`'s. Nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scitypes import tables
from scitypes.arguments import (
    element_target,
    no_levels_for_schema,
    no_options_for_images,
    no_vector,
    per_column,
)
from scitypes.columnrules import targets
from scitypes.containers import is_vector, like, row_labels, series_of, tightened, with_columns
from scitypes.conversions import convert, has_missing, image_column
from scitypes.errors import CoercionError, NotATable, ScitypeError
from scitypes.images import ImageVector, as_images
from scitypes.inference import column_scitypes, elscitype
from scitypes.lattice import (
    Image,
    Infinite,
    Scitype,
    as_scitype,
    nonmissing,
)
from scitypes.messages import counted, listed, warn
from scitypes.outcomes import Converted, Failure, Refusal, change, explained
from scitypes.reading import read
from scitypes.schemas import Schema
from scitypes.sentinels import without

Levels = Sequence[Any] | Mapping[Any, Sequence[Any]] | None


def coerce(
    x: Any,
    scitype: Any,
    *,
    tight: bool = False,
    levels: Levels = None,
    missing: Any = None,
    verbosity: int = 1,
) -> Any:
    """The data with the scitypes that it is said to have. `x` itself is never modified.

    Three forms: `coerce(vector, T)`, `coerce(table, {key: T, ...})`, and `coerce(x, schema)`, which
    reads new data as that of the schema was (columns by name in any order, labels by value).

    Whatever can't be converted exactly is refused, with the column, the first bad values and their
    rows; all columns that fail are told in one error. Missing stays missing, also where `T` does
    not say `| Missing`. What has the scitype already is returned unchanged.

    Args:
        x: a vector `(n_rows,)` (Series, Index, array, list), a matrix `(n_rows, n_columns)`, a
            table (DataFrame, dict of columns), or images (arrays, lists of Pillow images or paths).
        scitype: for a vector, the scitype of its elements. For a table, a dict: a key is a column's
            name, a `re.Pattern` searched in names, a function `(name, scitype) -> bool`, or a
            scitype, which selects each column whose original element scitype is a subtype of it,
            `Missing` set aside. A name wins over a pattern or function, these over a scitype.
            A `Schema` reads.
        tight: nullable dtypes without a missing cell become NumPy dtypes (`Int64` to int64).
        levels: the labels of a Finite target in their order, seen or not; for a table a dict from
            column name to labels.
        missing: values that stand for missing, such as `["?", -999]`; for a table also a dict from
            column name to values. Applied to the columns that are coerced.
        verbosity: 1 tells also where missing values are, 0 only what may be a slip, -1 nothing.

    Returns:
        the same kind of container, index, names and order kept. To Finite, arrays and lists give a
        `pandas.Categorical`; to other scitypes, lists give arrays. Images give an `ImageVector`
        (which has no index), one image a Pillow image; in a table they stay Pillow images.
        An `ImageVector` has pixels of its own; a vector or table that need not change is the very
        one that was given, memory included.

    Conversions:
        To Continuous: integers and booleans (a warning where beyond 2^53 they are rounded),
        numerals, level positions counted from 0. To Count: floats that are whole, numerals, level
        positions. To Multiclass, OrderedFactor or Finite: anything hashable; levels are sorted,
        those of a categorical stay as they are. To Textual: categoricals of strings. To
        ScientificDate, ScientificTime, ScientificDateTime: ISO texts. `Multiclass[3]` demands three
        levels. To GrayImage, ColorImage: see `ImageVector`.

    Raises:
        CoercionError: values that do not convert, rules in conflict, a wrong number of levels.
        UnknownColumn: a rule, `levels` or `missing` names a column that is not there.
        SchemaMismatch: the data can't be read as the schema says.
        ImageError: the data can't be read as images.
        NotATable, NotAScitype: the wrong kind of argument.

    Source: `coerce` of ScientificTypes.jl. We differ in that names are checked, labels are never
    guessed from positions, missing never becomes a level, and level positions count from 0.

    >>> import pandas as pd
    >>> from scitypes.inference import scitype
    >>> from scitypes.lattice import Continuous, Count, Multiclass, OrderedFactor, Textual
    >>> df = pd.DataFrame({"age": [31, 44], "sex": ["f", "m"], "size": ["S", "L"]})
    >>> df = coerce(
    ...     df,
    ...     {Count: Continuous, Textual: Multiclass, "size": OrderedFactor},
    ...     levels={"size": ["S", "M", "L"]},
    ... )
    >>> scitype(df)
    Table(Continuous, Multiclass[2], OrderedFactor[3])
    >>> coerce(["3", "1"], Count)
    array([3, 1])
    """
    if isinstance(scitype, Schema):
        no_levels_for_schema(levels)
        return read(x, scitype, missing=missing, verbosity=verbosity)
    if isinstance(scitype, Mapping):
        return _coerce_table(x, scitype, _Options(tight, levels, missing, verbosity))
    target = element_target(as_scitype(scitype))
    if nonmissing(target) <= Image:
        no_options_for_images(levels, missing)
        return as_images(x, target)
    if is_vector(x):
        return _coerce_vector(x, target, _Options(tight, levels, missing, verbosity))
    if isinstance(x, np.ndarray) and x.ndim > 1:
        return _coerce_matrix(x, target, _Options(tight, levels, missing, verbosity))
    raise no_vector(x, target)


@dataclass(frozen=True)
class _Options:
    tight: bool
    levels: Any
    missing: Any
    verbosity: int


@dataclass(frozen=True)
class _Step:
    """One column of the plan: what it is, what it shall be, with which levels and sentinels."""

    name: Any
    column: Any
    target: Scitype
    levels: Any = None
    missing: Any = None
    tight: bool = False

    def done(self) -> Converted:
        if nonmissing(self.target) <= Image:
            if self.levels is not None:
                raise Refusal(f"{self.target} has no levels", "no levels", remedy="drop levels=")
            return Converted(image_column(self.column, self.target))
        series = series_of(self.column)
        cleaned = without(series, self.missing)
        converted = convert(cleaned, elscitype(cleaned), self.target, self.levels)
        column = tightened(converted.column) if self.tight else converted.column
        return replace(converted, column=self.column if column is series else column)

    def failure(self, refusal: Refusal) -> Failure:
        tried = change(elscitype(self.column), self.target)
        return Failure(self.name, tried, refusal, row_labels(self.column, refusal.rows))


def _coerce_vector(x: Any, target: Scitype, options: _Options) -> Any:
    if isinstance(options.levels, Mapping) or isinstance(options.missing, Mapping):
        raise CoercionError(
            "A dict of levels or missing values is for tables; this is a vector.",
            expected="a list",
            received=f"a {type(x).__name__} and a dict",
            remedy="give the list itself",
            columns={},
        )
    if _unchangeable(x, target, options):
        return x
    name = getattr(x, "name", None)
    plan = {0: _Step(name, x, target, options.levels, options.missing, options.tight)}
    results = _carried_out(plan)
    _tell(plan, results, options.verbosity)
    result = results[0].column
    return x if result is x else like(result, x)


def _coerce_matrix(x: Any, target: Scitype, options: _Options) -> Any:
    if not nonmissing(target) <= Infinite:
        raise CoercionError(
            f"A matrix can't be coerced to {target}.",
            expected="Continuous or Count; the other scitypes belong to columns",
            received=f"an array of shape {x.shape}",
            remedy="coerce(table(x), {Found: Multiclass}) coerces its columns",
            columns={},
        )
    flat = x.ravel()
    step = _Step(None, flat, target, options.levels, options.missing, options.tight)
    try:
        result = step.done()
    except Refusal as refusal:
        cells = [tuple(map(int, np.unravel_index(row, x.shape))) for row in refusal.rows]
        failure = Failure(None, change(elscitype(x), target), refusal, cells, "matrix")
        raise _refused([failure]) from None
    _tell({0: step}, {0: result}, options.verbosity)
    return x if result.column is flat else np.asarray(like(result.column, flat)).reshape(x.shape)


def _coerce_table(X: Any, rules: Mapping[Any, Scitype], options: _Options) -> Any:
    if not tables.is_table(X) and is_vector(X):
        raise NotATable(
            "A dict of rules is for tables; this is a vector.",
            expected="coerce(vector, T)",
            received=f"a {type(X).__name__} and the rules {dict(rules)!r}",
            remedy=f"coerce(x, {next(iter(rules.values()), 'Continuous')!r})",
        )
    names = tables.names(X)
    plan = _plan(X, names, rules, options)
    if tables.is_foreign_frame(X):
        _refuse_foreign(X, plan)
        return X
    results = _carried_out(plan)
    _tell(plan, results, options.verbosity, in_table=True)
    changed = {i: r.column for i, r in results.items() if r.column is not plan[i].column}
    return with_columns(X, changed)


def _plan(
    X: Any, names: Sequence[Any], rules: Mapping[Any, Scitype], options: _Options
) -> dict[int, _Step]:
    found = column_scitypes(X)
    wanted = {i: element_target(t) for i, t in targets(rules, names, found).items()}
    chosen = {names[i] for i in wanted}
    levels = per_column(options.levels, "levels", names, chosen)
    missing = per_column(options.missing, "missing", names, chosen)
    return {
        i: _Step(
            names[i],
            tables.column(X, i),
            target,
            levels(names[i]),
            missing(names[i]),
            options.tight,
        )
        for i, target in wanted.items()
    }


def _carried_out(plan: Mapping[int, _Step]) -> dict[int, Converted]:
    """The converted columns, or one error about all those that do not convert."""
    results, failures = {}, []
    for i, step in plan.items():
        try:
            results[i] = step.done()
        except Refusal as refusal:
            failures.append(step.failure(refusal))
    if failures:
        raise _refused(failures) from None
    return results


def _refused(failures: Sequence[Failure]) -> ScitypeError:
    plural = "can't be coerced, and none was."
    return explained(CoercionError, failures, what="can't be coerced", plural=plural)


def _tell(
    plan: Mapping[int, _Step],
    results: Mapping[int, Converted],
    verbosity: int,
    in_table: bool = False,
) -> None:
    slips, notes = [], []
    for i, step in plan.items():
        where = "" if step.name is None else f"column {step.name!r}: "
        slips += [where + text for text in results[i].warnings]
        if results[i].alphabetical:
            slips.append(where + _alphabetical(results[i].alphabetical, step.name, in_table))
        n = 0 if has_missing(step.target) else _n_missing(results[i].column)
        if n:
            asked = f"{step.target!r} | Missing"
            rule = f"{{{step.name!r}: {asked}}}" if in_table else asked
            notes.append(
                f"{where}{counted(n, 'missing value')} of {len(results[i].column):,}: coerced to "
                f"{asked} (coerce to {rule}, or with verbosity=0, to hear nothing of it)"
            )
    if slips:
        warn("\n".join(slips), verbosity=verbosity, level=-1)
    if notes:
        warn("\n".join(notes), verbosity=verbosity, level=0)


def _alphabetical(levels: Sequence[Any], name: Any, in_table: bool) -> str:
    written = f"[{listed(levels, 12)}]" if len(levels) <= 12 else "[...]"
    argument = f"levels={{{name!r}: {written}}}" if in_table else f"levels={written}"
    return (
        f"levels are put in alphabetical order, {listed(levels, 10)}: give them in their true "
        f"order, {argument} (or say with verbosity=-1 that this is it)"
    )


def _n_missing(column: Any) -> int:
    return 0 if isinstance(column, ImageVector) else int(tables.missing_mask(column).sum())


def _unchangeable(x: Any, target: Scitype, options: _Options) -> bool:
    """Whether a polars or Arrow vector may stay as it is; an error if it would have to change."""
    if not tables.is_foreign_series(x):
        return False
    _refuse_foreign(
        x, {0: _Step(getattr(x, "name", None), x, target, options.levels, options.missing)}
    )
    return True


def _refuse_foreign(X: Any, plan: Mapping[int, _Step]) -> None:
    steps = [
        step
        for step in plan.values()
        if step.levels is not None
        or step.missing is not None
        or not nonmissing(elscitype(step.column)) <= nonmissing(step.target)
    ]
    if steps:
        library = tables.library(X)
        what = "X" if tables.is_foreign_frame(X) else "x"
        raise CoercionError(
            f"Columns of {library} are not coerced yet.",
            expected="a pandas DataFrame or Series, NumPy arrays, lists, or a dict of columns",
            received=f"a {library} {type(X).__name__}, in which to change: "
            + "; ".join(f"{s.name!r} {change(elscitype(s.column), s.target)}" for s in steps),
            remedy=f"convert {what} to pandas first: {what} = {what}.to_pandas(); then coerce it",
            columns={step.name: "a column of another library than pandas" for step in steps},
        )
