"""Is this data what the model declares? One refusal of all that is wrong, and what mends it.

`kerasflux.findings` finds the offenders; here they are worded as one refusal (or warning) that ends
with the `coerce` call that mends all it can. Missing cells and infinite numbers of later data are
refused here too. Nothing changes data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import log
from kerasflux.errors import ArgumentError, DataError, ScitypeMismatch
from kerasflux.findings import Finding, findings, judged
from kerasflux.hyperparameters import copied, get_path, paths, set_path
from kerasflux.interface import Model
from scitypes import libraries, missingness, tables
from scitypes.containers import row_labels
from scitypes.errors import Explained, nearest

Check = Literal["error", "warn", "off"]
_CHECKS = ("error", "warn", "off")
_MANY = 8  # columns of text that are named one by one in the call that mends them


def check_data(model: Model, X: Any, y: Any, check: Check) -> None:
    """Refuse data that the model does not take (or warn), and say all that is wrong with it.

    Args:
        model: a model.
        X: inputs.
        y: target, or None.
        check: `"error"`, `"warn"` or `"off"`.

    Raises:
        ScitypeMismatch: with `check="error"`. `columns` maps each offender to what was found.
        DataError: an infinite number, by column.
    """
    if check not in _CHECKS:
        raise ArgumentError(
            "`check` can't have this value.",
            expected=" or ".join(f'"{c}"' for c in _CHECKS),
            received=repr(check),
            remedy=nearest(check, _CHECKS)
            or 'check="error" refuses, "warn" warns, "off" looks at nothing',
        )
    if check == "off":
        return
    if error := mismatch(model, X, y):
        if check == "error":
            raise error
        log.warn(str(error))
    refuse_infinite(X, "X")
    refuse_infinite(y, "y")


def check_parts(model: Model, schemas: Callable[[], Any], y: Any, check: Check) -> None:
    """Let a model judge what its parts would get, and the values of the target (or warn).

    Args:
        model: a model; most judge nothing.
        schemas: gives the schemas of inputs and target, for models that judge by them.
        y: the target, or None.
        check: as for `check_data`.

    Raises:
        DataError: as the model does.
    """
    if check == "off":
        return
    try:
        if type(model).judge_parts is not Model.judge_parts:
            model.judge_parts(*schemas())
        if y is not None:
            model.judge_target(y)
    except Explained as error:
        if check == "error":
            raise
        log.warn("\n".join([str(error), *getattr(error, "__notes__", ())]))


def mismatch(model: Model, X: Any, y: Any) -> ScitypeMismatch | None:
    """The refusal of data for a model, or None if the model takes it."""
    found = findings(model, X, y)
    if not found:
        return None
    swapped = y is not None and _swapped(model, X, y)
    declared = f"X{_part(model, 'X')}: {model.input_scitype}"
    if y is not None:
        declared += f"\ny{_part(model, 'y')}: {model.target_scitype}"
    return ScitypeMismatch(
        f"{_refuser(model, found)} does not take data of these scientific types."
        + (" X and y seem to be swapped." if swapped else ""),
        expected=declared,
        received="\n".join(map(str, found)),
        remedy=_SWAP if swapped else _remedy(model, found, X, y),
        columns={f.argument if f.column is None else f.column: f.found for f in found},
        findings=found,
    )


def _part(model: Model, argument: str) -> str:
    """The part of a composite that takes an argument, as that of which it is."""
    path = model.taker(argument)
    return f" of `{path}`" if path else ""


def _refuser(model: Model, found: list[Finding]) -> str:
    """The model, or the one part of it that does not take what was found, in words."""
    paths_found = {model.taker(f.argument) for f in found}
    name = kind(model)
    if len(paths_found) > 1 or not (path := paths_found.pop()):
        return name
    return f"`{path}` ({kind(get_path(model, path))}) of this {name}"


def kind(model: Model) -> str:
    """The class of a model, and that of the estimator that it learns by if it does by one.

    >>> import kerasflux as kf
    >>> from sklearn.linear_model import Ridge
    >>> kind(kf.from_sklearn(Ridge())), kind(kf.ConstantRegressor())
    ('SklearnRegressor of Ridge', 'ConstantRegressor')
    """
    inner = getattr(model, "estimator", None)
    name = type(model).__name__
    return name if inner is None else f"{name} of {type(inner).__name__}"


_SWAP = "Inputs come first, the target second: `kf.machine(model, X, y)`."


def refuse_missing(model: Model, X: Any) -> None:
    """Refuse missing cells in new inputs of a model that does not take them.

    Raises:
        DataError: `columns` maps each such column to its number of missing cells.
    """
    found = [f for f in judged("X", X, model.input_scitype) if f.missing]
    if found:
        raise DataError(
            f"{_refuser(model, found)} takes no missing values.",
            expected="a value in every cell",
            received="\n".join(map(str, found)),
            remedy=_missing_advice(model, found, X, None),
            columns={f.column: f.missing for f in found},
        )


def refuse_infinite(data: Any, what: str) -> None:
    """Refuse infinite numbers, naming every column that has some.

    Raises:
        DataError: `columns` maps each such column to the positions of its infinite numbers.
    """
    if missingness.complete(data):
        return
    found = {
        name: (column, rows) for name, column in _numeric(data) if (rows := _infinite(column)).size
    }
    if found:
        where = [
            (what if name is None else f"{what}[{name!r}]") + f": {_rows(column, rows)}"
            for name, (column, rows) in found.items()
        ]
        raise DataError(
            f"{what} has infinite numbers.",
            expected="finite numbers",
            received="\n".join(where),
            remedy=_without_infinite(data, what),
            columns={name: rows for name, (_, rows) in found.items()},
        )


def _without_infinite(data: Any, what: str) -> str:
    if what == "y":  # a missing target is refused too
        every = ".all(axis=1)" if len(np.shape(data)) > 1 else ""
        return f"Drop these rows: `keep = np.isfinite(y){every}; X, y = X[keep], y[keep]`."
    mended = f"np.where(np.isinf({what}), np.nan, {what})"
    if hasattr(data, "replace"):
        mended = f"{what}.replace([np.inf, -np.inf], np.nan)"
    return f"Make them missing (`{what} = {mended}`), or drop these rows."


def _rows(column: Any, rows: np.ndarray) -> str:
    """Which rows, by their index labels where the data has an index."""
    labels = map(repr, row_labels(column, rows[:3].tolist()))
    shown = ", ".join(labels) + (", ..." if len(rows) > 3 else "")
    return f"{len(rows)} in row{'s' if len(rows) > 1 else ''} {shown}"


def _numeric(data: Any) -> Iterator[tuple[Any, Any]]:
    if data is None or isinstance(data, st.ImageVector):
        return
    if tables.is_table(data):
        yield from tables.columns(data)
    else:
        yield None, data


def _infinite(column: Any) -> np.ndarray:
    dtype = getattr(column, "dtype", None)
    if dtype is None or getattr(dtype, "kind", "O") != "f":
        return np.zeros(0, dtype=np.int64)
    values = (
        np.asarray(pd.Series(column).to_numpy(np.float64, na_value=np.nan))
        if (isinstance(dtype, pd.api.extensions.ExtensionDtype))
        else np.asarray(column)
    )
    bad = np.isinf(values)
    return np.flatnonzero(bad if bad.ndim == 1 else bad.reshape(len(bad), -1).any(axis=1))


def _swapped(model: Model, X: Any, y: Any) -> bool:
    right = not any(judged("X", y, model.input_scitype))
    if model.target_scitype is None or not right:
        return bool(st.scitype(X) <= st.Vector) and (tables.is_table(y) or np.ndim(y) > 1)
    wrong_shape = [f.mend for f in judged("y", X, model.target_scitype)]
    return all(mend is not None for mend in wrong_shape)


# wording


def _remedy(model: Model, found: list[Finding], X: Any, y: Any) -> str:
    lines = [*_to_pandas(found, X, y), *_drops(found), *_coerce_calls(found)]
    if missing := [f for f in found if f.missing]:
        lines.append(_missing_advice(model, missing, X, y))
    lines += [f.advice for f in found if f.advice]
    return "\n".join(lines)


def _to_pandas(found: list[Finding], X: Any, y: Any) -> Iterator[str]:
    """The conversion of data of other libraries, which the lines after it are written for."""
    for argument, data in (("X", X), ("y", y)):
        foreign = libraries.library(data) in ("polars", "pyarrow")
        if foreign and any(f.argument == argument for f in found):
            yield f"{argument} = {argument}.to_pandas()"


def _drops(found: list[Finding]) -> Iterator[str]:
    dropped = [f for f in found if f.drop]
    if dropped:
        reasons = "; ".join(f.drop for f in dropped[:3]) + ("; ..." if len(dropped) > 3 else "")
        yield f"X = X.drop(columns={[f.column for f in dropped]!r})  # {reasons}"


def _coerce_calls(found: Iterable[Finding]) -> Iterator[str]:
    for argument in ("X", "y"):
        mended = [f for f in found if f.argument == argument and f.mend is not None]
        if not mended:
            continue
        if mended[0].column is None:
            types = f"kf.{mended[0].mend}"
        else:
            types = "{" + ", ".join(_rules(mended)) + "}"
        yield f"{argument} = kf.coerce({argument}, {types})"


def _rules(mended: list[Finding]) -> Iterator[str]:
    """The entries of `coerce`'s dict: by name, or one for all text where there is much of it."""
    text = [f for f in mended if f.mend == st.Multiclass and st.nonmissing(f.found) == st.Textual]
    if len(text) > _MANY:
        yield "kf.Textual: kf.Multiclass"  # names win over scitypes, so the others may follow
    named = [f for f in mended if len(text) <= _MANY or f not in text]
    yield from (f"{f.column!r}: kf.{f.mend}" for f in named)


def _missing_advice(model: Model, found: list[Finding], X: Any, y: Any) -> str:
    inputs = [f for f in found if f.argument == "X"]
    options = []
    if inputs and (path := imputing_path(model)):
        options.append(f'let the model fill them: `model.{path} = "impute"`')
    if inputs:
        options += [*_without_columns(inputs, X), *_without_rows(inputs, X, y)]
        options.append("fill them: `kf.FillImputer() | model`")
    if targets := [f for f in found if f.argument == "y"]:
        gaps = "pd.isna(y)" + (".any(axis=1)" if targets[0].column is not None else "")
        rows = len(X) if targets[0].column is not None else len(y)
        left = f" (keeps {rows - targets[0].missing:,} of {rows:,})" if len(targets) == 1 else ""
        where = f"`keep = ~{gaps}; X, y = X[keep], y[keep]`{left}"
        options.append(f"drop the rows without a target: {where}")
    first, *others = options
    lines = [f"Missing values can't be mended by coercion: {first}", *(f"or {o}" for o in others)]
    return ",\n".join(lines) + "."


def _without_columns(found: list[Finding], X: Any) -> Iterator[str]:
    """To leave out the columns that have more gaps than values."""
    n_rows = st.nrows(X)
    mostly = [f for f in found if f.column is not None and 2 * f.missing > n_rows]
    if mostly:
        most = max(mostly, key=lambda f: f.missing)
        names = [f.column for f in mostly]
        yield (
            f"leave out the columns that mostly have none: `X = X.drop(columns={names!r})` "
            f"({most.column!r}: {most.missing:,} of {n_rows:,} missing)"
        )


def _without_rows(found: list[Finding], X: Any, y: Any) -> Iterator[str]:
    """To drop rows with gaps, with how many are left, if any are."""
    gaps = np.zeros(st.nrows(X), dtype=bool)
    for name, column in _all_columns(X):
        if any(f.column == name for f in found):
            gaps |= _gaps(column)
    if gaps.all():
        return
    both = "X, y = X[keep], y[keep]" if y is not None else "X = X[keep]"
    text = f"drop the rows: `keep = ~pd.isna(X).any(axis=1); {both}`"
    yield f"{text} (keeps {int((~gaps).sum()):,} of {len(gaps):,})"


def _all_columns(X: Any) -> Iterator[tuple[Any, Any]]:
    if tables.is_table(X):
        yield from tables.columns(X)
    else:
        yield None, X


def _gaps(column: Any) -> np.ndarray:
    if isinstance(column, np.ndarray) and column.ndim > 1:
        return np.asarray(missingness.missing_mask(column).any(axis=1))
    return np.asarray(missingness.missing_mask(column))


def imputing_path(model: Model) -> str:
    """The path of the hyperparameter that lets a model fill missing inputs; "" if there is none."""
    path = f"{model.taker('X')}.missing".lstrip(".")
    if path not in paths(model) or get_path(model, path) != "error":
        return ""
    other = copied(model)
    set_path(other, path, "impute")
    return path if st.Table(st.Missing) <= other.input_scitype else ""
