"""`coerce`: data given the scitypes that it is said to have. A plan first, then its application.

Owns what the argument forms mean, the collecting of all failures into one error, and the messages.
Which rule applies to which column is `columnrules.py`'s, a single column's conversion
`conversions.py`'s, reading new data as earlier data `reading.py`'s. Nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import pandas as pd

from scitypes import libraries, missingness, tables
from scitypes.arguments import (
    demand_flag,
    demand_whole,
    element_target,
    no_levels_for_schema,
    no_options_for_images,
    no_vector,
    per_column,
    rules_of,
)
from scitypes.columnrules import FoundScitypes, targets
from scitypes.containers import (
    given_back,
    is_vector,
    like,
    row_labels,
    series_of,
    tightened,
    with_columns,
)
from scitypes.conversions import convert, has_missing, image_column, is_added, kept
from scitypes.errors import CoercionError, NotATable, ScitypeError
from scitypes.images import ImageVector, as_images
from scitypes.inference import elscitype
from scitypes.lattice import (
    Image,
    Infinite,
    Missing,
    Scitype,
    as_scitype,
    nonmissing,
)
from scitypes.messages import warn
from scitypes.outcomes import (
    Converted,
    Failure,
    Refusal,
    change,
    explained,
    gaps_told,
    slips,
)
from scitypes.reading import read
from scitypes.schemas import Schema
from scitypes.sentinels import without

Levels = Sequence[Any] | Mapping[Any, Sequence[Any]] | None


@overload
def coerce(
    x: pd.DataFrame,
    scitype: Any,
    *,
    tight: bool = False,
    levels: Levels = None,
    missing: Any = None,
    verbosity: int = 1,
) -> pd.DataFrame: ...


@overload
def coerce(
    x: pd.Series[Any],
    scitype: Any,
    *,
    tight: bool = False,
    levels: Levels = None,
    missing: Any = None,
    verbosity: int = 1,
) -> pd.Series[Any]: ...


@overload
def coerce(
    x: dict[Any, Any],
    scitype: Any,
    *,
    tight: bool = False,
    levels: Levels = None,
    missing: Any = None,
    verbosity: int = 1,
) -> dict[Any, Any]: ...


@overload
def coerce(
    x: Any,
    scitype: Any,
    *,
    tight: bool = False,
    levels: Levels = None,
    missing: Any = None,
    verbosity: int = 1,
) -> Any: ...


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
        x: a vector `(n_rows,)` (Series, Index, array, list, a polars or Arrow column), a matrix
            `(n_rows, n_columns)`, a table (DataFrame of pandas or polars, Arrow table, dict of
            columns), or images (arrays, lists of Pillow images or paths).
        scitype: for a vector, the scitype of its elements. For a table, a dict: a key is a column's
            name, a `re.Pattern` searched in names, a function `(name, scitype) -> bool`, or a
            scitype, which selects each column whose original element scitype is a subtype of it,
            `Missing` set aside. A name wins over a pattern or function, these over a scitype.
            Suggestions, `autotype(X, explain=True)`, are such a dict. A `Schema` reads.
        tight: nullable dtypes without a missing cell become NumPy dtypes (`Int64` to int64).
        levels: the labels of a Finite target in their order, seen or not; for a table a dict from
            column name to labels.
        missing: values that stand for missing, such as `["?", -999]`; for a table also a dict from
            column name to values. Applied to the columns that are coerced; texts are compared as
            they are, spaces included.
        verbosity: 1 tells also where missing values are, 0 only what may be a slip, -1 nothing.

    Returns:
        the same kind of container, index, names and order kept. To Finite, arrays and lists give a
        `pandas.Categorical`; to other scitypes, lists give arrays. Images give an `ImageVector`
        (which has no index, and which the annotation of a Series does not tell), one image a Pillow
        image; in a table they stay Pillow images. An `ImageVector` has pixels of its own; a vector
        or table that need not change is the very one that was given, memory included.
        Arrow tables stay Arrow, with dictionaries for Finite. polars frames stay polars: an `Enum`
        is an OrderedFactor of strings; what it can't hold (Multiclass, other labels) is refused,
        and a `Schema` with such levels gives a pandas DataFrame. A structured array gives a
        DataFrame. Of no rows, NumPy objects say nothing: pandas dates and times, and texts that
        were lists or arrays, have elements of scitype Unknown then.

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
    >>> import pyarrow
    >>> coerce(pyarrow.table({"age": [31, 44]}), {"age": Continuous}).schema.types
    [DataType(double)]
    """
    options = Options(tight, levels, missing, verbosity)
    if isinstance(scitype, Schema):
        no_levels_for_schema(levels)
        return read(x, scitype, missing=missing, verbosity=verbosity)
    scitype = rules_of(scitype)
    if isinstance(scitype, Mapping):
        return _coerce_table(x, scitype, options)
    target = element_target(as_scitype(scitype))
    if nonmissing(target) <= Image:
        no_options_for_images(levels, missing)
        return as_images(x, target)
    if is_vector(x):
        return _coerce_vector(x, target, options)
    if isinstance(x, np.ndarray) and x.ndim > 1:
        return _coerce_matrix(x, target, options)
    raise no_vector(x, target)


@dataclass(frozen=True)
class Options:
    """What a coercion is told besides the scitypes; see `coerce`."""

    tight: bool = False
    levels: Any = None
    missing: Any = None
    verbosity: int = 1

    def __post_init__(self) -> None:
        demand_flag(self.tight, "tight")
        demand_whole(self.verbosity, "verbosity")


@dataclass(frozen=True)
class Step:
    """One column of the plan: what it is, what it shall be, with which levels and sentinels."""

    name: Any
    column: Any
    target: Scitype
    levels: Any = None
    missing: Any = None
    tight: bool = False

    def done(self) -> Converted:
        """The column converted, the very one if it need not change.

        Raises:
            Refusal: it can't be had so.
        """
        if nonmissing(self.target) <= Image:
            if self.levels is not None:
                raise Refusal(f"{self.target} has no levels", "no levels", remedy="drop levels=")
            return Converted(image_column(self.column, self.target))
        if self._as_it_is:
            return Converted(self.column)
        series = series_of(self.column)
        cleaned = without(series, self.missing)
        converted = convert(cleaned, elscitype(cleaned), self.target, self.levels)
        column = tightened(converted.column) if self.tight else converted.column
        if column is not series or not self._is_it:
            return replace(converted, column=given_back(column, self.target, self.column))
        return replace(converted, column=self.column)

    def failure(self, refusal: Refusal) -> Failure:
        """The refusal with the names of the column and its rows."""
        tried = change(elscitype(self.column), self.target)
        return Failure(self.name, tried, refusal, row_labels(self.column, refusal.rows))

    @property
    def _as_it_is(self) -> bool:
        """Whether it is plain, without reading values, that nothing changes."""
        if self.levels is not None or self.missing is not None:
            return False
        if is_added(self.target):
            return elscitype(self.column) <= self.target | Missing
        if libraries.is_foreign_series(self.column):
            return elscitype(self.column) != Missing and self._is_it
        return kept(getattr(self.column, "dtype", None), nonmissing(self.target))

    @property
    def _is_it(self) -> bool:
        """Whether a column of polars or Arrow is of the target in its own library; others are."""
        if not libraries.is_foreign_series(self.column):
            return True
        return nonmissing(elscitype(self.column)) <= nonmissing(self.target)


def vector_step(x: Any, target: Scitype, options: Options) -> Step:
    """The plan of a vector."""
    if isinstance(options.levels, Mapping) or isinstance(options.missing, Mapping):
        raise CoercionError(
            "A dict of levels or missing values is for tables; this is a vector.",
            expected="a list",
            received=f"a {type(x).__name__} and a dict",
            remedy="give the list itself",
            columns={},
        )
    name = getattr(x, "name", None)
    return Step(name, x, target, options.levels, options.missing, options.tight)


def planned(X: Any, rules: Mapping[Any, Scitype], options: Options) -> dict[int, Step]:
    """What is to be done to a table by rules: a step for each column that one selects.

    Raises:
        CoercionError, UnknownColumn, NotATable, NotAScitype: the rules or options do not fit.
    """
    if not tables.is_table(X) and is_vector(X):
        raise NotATable(
            "A dict of rules is for tables; this is a vector.",
            expected="coerce(vector, T)",
            received=f"a {type(X).__name__} and the rules {dict(rules)!r}",
            remedy=f"coerce(x, {next(iter(rules.values()), 'Continuous')!r})",
        )
    names = tables.names(X)
    wanted = {i: element_target(t) for i, t in targets(rules, names, FoundScitypes(X)).items()}
    chosen = {names[i] for i in wanted}
    levels = per_column(options.levels, "levels", names, chosen)
    missing = per_column(options.missing, "missing", names, chosen)
    return {
        i: Step(
            names[i],
            tables.column(X, i),
            target,
            levels(names[i]),
            missing(names[i]),
            options.tight,
        )
        for i, target in wanted.items()
    }


def _coerce_vector(x: Any, target: Scitype, options: Options) -> Any:
    plan = {0: vector_step(x, target, options)}
    results = _carried_out(plan)
    _tell(plan, results, options.verbosity)
    result = results[0].column
    return x if result is x else like(result, x)


def _coerce_matrix(x: Any, target: Scitype, options: Options) -> Any:
    if not nonmissing(target) <= Infinite:
        raise CoercionError(
            f"A matrix can't be coerced to {target}.",
            expected="Continuous or Count; the other scitypes belong to columns",
            received=f"an array of shape {x.shape}",
            remedy="coerce(table(x), {Found: Multiclass}) coerces its columns",
            columns={},
        )
    flat = x.ravel()
    step = Step(None, flat, target, options.levels, options.missing, options.tight)
    try:
        result = step.done()
    except Refusal as refusal:
        cells = [tuple(map(int, np.unravel_index(row, x.shape))) for row in refusal.rows]
        failure = Failure(None, change(elscitype(x), target), refusal, cells, "matrix")
        raise _refused([failure]) from None
    _tell({0: step}, {0: result}, options.verbosity)
    return x if result.column is flat else np.asarray(like(result.column, flat)).reshape(x.shape)


def _coerce_table(X: Any, rules: Mapping[Any, Scitype], options: Options) -> Any:
    plan = planned(X, rules, options)
    results = _carried_out(plan)
    _tell(plan, results, options.verbosity, in_table=True)
    changed = {i: r.column for i, r in results.items() if r.column is not plan[i].column}
    return with_columns(X, changed)


def _carried_out(plan: Mapping[int, Step]) -> dict[int, Converted]:
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
    plan: Mapping[int, Step],
    results: Mapping[int, Converted],
    verbosity: int,
    in_table: bool = False,
) -> None:
    slipped, notes = [], []
    for i, step in plan.items():
        slipped += slips(step.name, results[i], in_table)
        if verbosity > 0 and not has_missing(step.target):
            column = results[i].column
            notes += gaps_told(step.name, step.target, _n_missing(column), len(column), in_table)
    if slipped:
        warn("\n".join(slipped), verbosity=verbosity, level=-1)
    if notes:
        warn("\n".join(notes), verbosity=verbosity, level=0)


def _n_missing(column: Any) -> int:
    return 0 if isinstance(column, ImageVector) else missingness.n_missing(column)
