"""What of some data has another scitype than was declared, column by column, and what would help.

`findings` compares data with a model's `input_scitype` and `target_scitype`; each `Finding` says
whether `coerce` can mend the offender, and to what, or what else can be done. Wording a refusal
from them is left to `kerasflux.checks`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image as pillow

import scitypes as st
from kerasflux.interface import Model
from scitypes import libraries, missingness, tables, times
from scitypes.containers import row_labels
from scitypes.lattice import Never

_FEW = 20  # distinct values that numbers or numeric strings may have and still pass for classes


@dataclass(frozen=True)
class Finding:
    """One offender: a column, a vector, or a whole argument of the wrong shape.

    Attributes:
        argument: `"X"` or `"y"`.
        column: the column's name, or None where the argument is the offender.
        found: its scitype.
        mend: the scitype to coerce it to, or None where coercion can't mend it.
        missing: how many missing values it has that the model does not take.
        first_missing: the first row with one, by its index label where the data has an index.
        advice: what else can be done, as a sentence, or `""`.
        drop: why the column should rather be left out, as a sentence without its end, or `""`.
    """

    argument: str
    column: Any
    found: Any
    mend: Any = None
    missing: int = 0
    first_missing: Any = 0
    advice: str = ""
    drop: str = ""

    def __str__(self) -> str:
        where = self.argument if self.column is None else f"{self.argument}[{self.column!r}]"
        text = f"{where}: {self.found}"
        if self.missing:
            values = "missing value" if self.missing == 1 else "missing values"
            text += f", {self.missing} {values}, the first in row {self.first_missing!r}"
        return text


def findings(model: Model, X: Any, y: Any) -> list[Finding]:
    """Every offender of X and y, in order."""
    found = _empty(X)
    empty = {f.column for f in found}
    found += [f for f in judged("X", X, model.input_scitype) if f.column not in empty]
    if model.target_scitype is not None and y is not None:
        found += judged("y", y, model.target_scitype)
    elif model.target_scitype is not None:
        found.append(
            Finding("y", None, "absent", advice="Give the target: `kf.machine(model, X, y)`.")
        )
    return found


def _empty(X: Any) -> list[Finding]:
    """Columns of a table that hold no value at all: nothing can be learned from them."""
    if not tables.is_table(X) or missingness.complete(X):
        return []
    return [
        Finding("X", name, st.Missing, drop=f"X[{name!r}] has no values")
        for name, column in tables.columns(X)
        if len(column)
        and st.Missing <= st.elscitype(column)
        and len(_missing_rows(column)) == len(column)
    ]


def judged(what: str, data: Any, allowed: Any) -> Iterator[Finding]:
    """The offenders of one argument, called `what`, of which `allowed` is declared."""
    found = st.scitype(data)
    if found <= allowed:
        return
    if tables.is_table(data) and st.Table() <= allowed:
        for name, column in tables.columns(data):
            yield from _judged_vector(what, name, column, st.Table, allowed)
    elif found <= st.Vector and st.Vector[Never] <= allowed and not _is_image_vector(allowed):
        yield from _judged_vector(what, None, data, lambda S: st.Vector[S], allowed)
    elif found <= st.Matrix and st.Matrix[Never] <= allowed:
        yield from _judged_vector(what, None, data, lambda S: st.Matrix[S], allowed)
    else:
        yield _of_another_shape(what, data, found, allowed)


def _is_image_vector(allowed: Any) -> bool:
    return any(st.Vector[image] <= allowed for image in (st.GrayImage, st.ColorImage))


def _judged_vector(what: str, name: Any, column: Any, wrap: Any, allowed: Any) -> Iterator[Finding]:
    found = st.elscitype(column)
    if wrap(found) <= allowed:
        return
    plain = st.nonmissing(found)
    takes_missing = wrap(st.Missing) <= allowed
    absent = (
        _missing_rows(column) if st.Missing <= found and not takes_missing else np.zeros(0, int)
    )
    first = next(iter(row_labels(column, absent[:1].tolist())), 0)
    if wrap(plain) <= allowed:
        yield Finding(what, name, found, missing=len(absent), first_missing=first)
        return
    options = _mends(plain, column)
    mend = next((target for target, result in options if wrap(result) <= allowed), None)
    drop = _identifies(what, name, mend, column)
    if drop:
        yield Finding(what, name, found, drop=drop)
        return
    if mend is None:
        advice = _advice(what, name, plain, column, wrap, allowed)
    else:
        advice = _many_classes(what, name, mend, column)
    yield Finding(what, name, found, mend, len(absent), first, advice)


def _mends(found: Any, column: Any) -> list[tuple[Any, Any]]:
    """What `coerce` can make of a column, the likeliest first: (target to write, result)."""
    n = _distinct(column)
    classes = (st.Multiclass, st.Multiclass[n])
    if found <= st.Textual:
        if not _parses(column):
            return [*((kind, kind) for kind in _dated(column)), classes]
        number = (st.Continuous, st.Continuous)
        return [number, classes] if n > _FEW else [classes, number]
    if found <= st.Infinite:
        whole = found <= st.Count or _whole(column)
        numbers = [(st.Count, st.Count)] if whole else []
        numbers.append((st.Continuous, st.Continuous))
        return numbers + ([classes] if found <= st.Count or n <= _FEW else [])
    if found <= st.OrderedFactor:
        return [classes, (st.Continuous, st.Continuous)]
    if found <= st.Finite:
        return [(st.OrderedFactor, st.OrderedFactor[n])]
    return []


def _identifies(what: str, name: Any, mend: Any, column: Any) -> str:
    """Why text that differs in (nearly) every row should be left out, or `""`."""
    n_rows, distinct = len(column), _distinct(column)
    if name is None or mend != st.Multiclass or distinct <= _FEW or distinct < 0.9 * n_rows:
        return ""
    return f"{what}[{name!r}] has {distinct} values in {n_rows} rows and seems to identify them"


def _many_classes(what: str, name: Any, mend: Any, column: Any) -> str:
    """A second thought on a target of many whole numbers, which coercion makes classes of."""
    if what != "y" or name is not None or mend != st.Multiclass:
        return ""
    if not st.nonmissing(st.elscitype(column)) <= st.Infinite or _distinct(column) <= _FEW:
        return ""
    return f"Or, as y holds {_distinct(column)} distinct numbers, predict numbers: {_REGRESSOR}."


_REGRESSOR, _CLASSIFIER = "kf.NeuralNetworkRegressor()", "kf.NeuralNetworkClassifier()"


def _advice(what: str, name: Any, found: Any, column: Any, wrap: Any, allowed: Any) -> str:
    where = what if name is None else f"{what}[{name!r}]"
    drop = "" if name is None else f" Or leave it out: `{what} = {what}.drop(columns=[{name!r}])`."
    if found <= st.ScientificTimeType:
        return f"{where} holds dates or times: `kf.DateTimeEncoder()` makes numbers of them.{drop}"
    if what == "y" and found <= st.Finite | st.Textual and wrap(st.Infinite) <= allowed:
        return _classes_for_numbers(where, found, column)
    if found <= st.Finite and wrap(st.Infinite) <= allowed:
        return (
            f"{where} holds classes: `kf.unwrap({where})` gives labels, if they are numbers.{drop}"
        )
    if found <= st.Continuous and wrap(st.Multiclass) <= allowed:
        return (
            f"{where} holds {_distinct(column)} distinct numbers: predict numbers, {_REGRESSOR}; "
            f"or make classes of them first, such as `{where} = pd.qcut({where}, 3)`."
        )
    if wrap(st.Finite) <= st.Vector[st.Finite] and wrap(st.Multiclass[2]) <= allowed:
        return f"{where} has {_distinct(column)} classes where two are needed."
    return _unknown_advice(where, found, column) + drop


def _classes_for_numbers(where: str, found: Any, column: Any) -> str:
    """What to do about a target of labels where numbers are predicted."""
    labels = st.levels(column) if found <= st.Finite else ()
    if labels and all(isinstance(label, (int, float)) for label in labels):
        return f"{where} holds labels that are numbers: `{where} = kf.unwrap({where})`."
    n = _distinct(column)
    return f"{where} holds {n} classes and no numbers: predict classes, {_CLASSIFIER}."


_NUMBERS_OF = {
    "timedelta": ("durations", "{x}.dt.total_seconds()"),
    "period": ("periods", "{x}.dt.year"),
    "interval": ("intervals", "{x}.map(lambda cell: cell.mid)"),
    "complex": ("complex numbers", "{x}.map(abs)"),
    "Decimal": ("Decimal numbers", "{x}.astype(float)"),
    "Fraction": ("Fractions", "{x}.astype(float)"),
    "Timedelta": ("durations", "{x}.map(lambda cell: cell.total_seconds())"),
}
"""By the start of a dtype's name, or by the type of elements: what they are, and their numbers."""


def _unknown_advice(where: str, found: Any, column: Any) -> str:
    """What to do about elements of no scitype, by their dtype or type."""
    dtype = str(getattr(column, "dtype", "object"))
    kinds = sorted({type(cell).__name__ for cell in _list(column) if not _is_missing(cell)})
    held = dtype if dtype != "object" else " and ".join(kinds)
    for start, (what, code) in _NUMBERS_OF.items():
        if dtype.startswith(start) or kinds == [start]:
            made = code.format(x=where)
            return f"{where} holds {what} ({held}): make numbers of them, `{where} = {made}`."
    if kinds and set(kinds) <= {"str", "int", "float", "bool"}:
        return (
            f"{where} holds values of several types ({held}): make labels of all of them, "
            f"`{where} = {where}.map(str)`, and coerce these to kf.Multiclass."
        )
    return f"{where} holds {found} ({held}): nothing that a model can count with or tell apart."


def _is_missing(cell: Any) -> bool:
    return bool(np.ndim(cell) == 0 and pd.isna(cell))


def _of_another_shape(what: str, data: Any, found: Any, allowed: Any) -> Finding:
    shape = np.shape(data) if isinstance(data, np.ndarray) else ()
    if isinstance(data, (tuple, range)):
        kind = f"a {type(data).__name__} of {len(data)}"
        return Finding(
            what, None, kind, advice=f"Make an array of it: `{what} = np.array({what})`."
        )
    if how := libraries.collecting(data):
        return Finding(what, None, found, advice=f"{what} is a {_kind(data)}: {how}.")
    if _is_image_vector(allowed):
        return _no_images(what, data, found, shape)
    if tables.is_table(data) and st.Vector[Never] <= allowed:
        names = list(tables.names(data))
        advice = (
            f"Take its one column: `{what} = {what}[{names[0]!r}]`."
            if len(names) == 1
            else (f"One value per row is needed: choose one of the {len(names)} columns.")
        )
    elif len(shape) == 2 and st.Vector[Never] <= allowed:
        advice = (
            f"One value per row is needed: `{what} = {what}.ravel()`."
            if shape[1] == 1
            else (
                f"One label per row is needed; of one-hot rows: `{what} = {what}.argmax(axis=1)`."
            )
        )
    elif found <= st.Vector and st.Table() <= allowed:
        frame = f"pd.DataFrame({what})" if _is_rows(found) else f"pd.DataFrame({{'x': {what}}})"
        frame = f"{what}.to_frame()" if isinstance(data, pd.Series) else frame
        advice = f"A table is needed, even for one column: `{what} = {frame}`."
    else:
        advice = f"{what} is a {_kind(data)}: bring it into that form first."
    return Finding(what, None, found, advice=advice)


def _is_rows(found: Any) -> bool:
    """Whether a vector's elements are rows: lists or dicts."""
    return bool(found <= st.Vector[st.Vector] or found <= st.Vector[st.Table])


def _no_images(what: str, data: Any, found: Any, shape: tuple[int, ...]) -> Finding:
    if len(shape) == 3 or (len(shape) == 4 and shape[3] == 1):
        return Finding(what, None, found, mend=st.GrayImage)
    if len(shape) == 4 and shape[3] == 3:
        return Finding(what, None, found, mend=st.ColorImage)
    if len(shape) == 2:
        side = int(np.sqrt(shape[1]))
        size = f"{side}, {side}" if side * side == shape[1] else "height, width"
        advice = f"Give each row the form of an image: `{what} = {what}.reshape(-1, {size})`."
    elif paths := _paths(data):
        return Finding(what, None, found, mend=_kind_of_files(paths))
    elif tables.is_table(data) and (paths := _paths(tables.column(data, 0))):
        column = f"{what}[{next(iter(tables.names(data)))!r}]"
        kind = _kind_of_files(paths)
        advice = f"Take the column of paths: `{what} = kf.coerce({column}, kf.{kind})`."
    else:
        advice = (
            f"{what} is a {_kind(data)}: images come as an array (n, height, width) or "
            "(n, height, width, 3), as Pillow images, or as `ImageVector(files)`."
        )
    return Finding(what, None, found, advice=advice)


_LOOKED_AT = 20  # files whose headers say whether the images are gray


def _paths(data: Any) -> list[Any]:
    """The first elements of a vector of files, or none if it is something else."""
    if not isinstance(data, (list, np.ndarray, pd.Series)) or not len(data):
        return []
    cells = list(data[:_LOOKED_AT] if not isinstance(data, pd.Series) else data.head(_LOOKED_AT))
    return cells if all(map(_is_path, cells)) else []


def _is_path(cell: Any) -> bool:
    if isinstance(cell, str):
        return os.path.splitext(cell)[1].lower() in pillow.registered_extensions()
    return isinstance(cell, os.PathLike)


def _kind_of_files(paths: list[Any]) -> Any:
    """What to coerce files to: `Image` where some can't be read, which is then explained."""
    try:
        kind = st.elscitype(st.ImageVector(paths))
    except st.ImageError:
        return st.Image
    return st.GrayImage if kind <= st.GrayImage else st.ColorImage


def _kind(data: Any) -> str:
    shape = getattr(data, "shape", None)
    return f"{type(data).__name__}" + (f" of shape {tuple(shape)}" if shape is not None else "")


def row_numbering(X: Any) -> list[Any]:
    """Names of columns that only number the rows, as `rownames` of exported tables do."""
    if not tables.is_table(X):
        return []
    return [name for name, column in tables.columns(X) if _numbers_rows(column)]


def _numbers_rows(column: Any) -> bool:
    n = len(column)
    if n <= _FEW or not st.elscitype(column) <= st.Count:
        return False
    values = np.asarray(column)
    return bool(values[0] in (0, 1) and np.array_equal(values, np.arange(n) + values[0]))


# looking at values


def _distinct(column: Any) -> int:
    if isinstance(column, np.ndarray) and column.ndim > 1:
        column = column.ravel()
    if st.nonmissing(st.elscitype(column)) <= st.Finite:
        return len(st.levels(column))
    try:
        return int(pd.Series(_list(column), dtype=object).nunique())
    except TypeError:  # images, lists: nothing that could be counted as a class
        return len(column)


def _list(column: Any) -> Any:
    return column.to_list() if hasattr(column, "to_list") else list(column)


def _missing_rows(column: Any) -> np.ndarray:
    if isinstance(column, np.ndarray) and column.ndim > 1:
        return np.flatnonzero(missingness.missing_mask(column).any(axis=1))
    return np.flatnonzero(missingness.missing_mask(column))


def _parses(column: Any) -> bool:
    values = pd.Series(_list(column), dtype=object).dropna()
    return bool(pd.to_numeric(values, errors="coerce").notna().all())


def _dated(column: Any) -> list[Any]:
    """What kinds of dates or times text holds in ISO form; none for other text."""
    values = pd.Series(_list(column), dtype=object).dropna()
    kinds = {
        st.ScientificDate: times.to_dates,
        st.ScientificDateTime: times.to_datetimes,
        st.ScientificTime: times.to_times,
    }
    likely = [kind for kind, read in kinds.items() if not read(values.head(1))[1]]
    return [kind for kind in likely if not kinds[kind](values)[1]]


def _whole(column: Any) -> bool:
    values = pd.Series(np.ravel(np.asarray(column, dtype=object))).dropna()
    return all(float(v).is_integer() for v in values)
