"""Data bound to a machine: what is refused at once, conversion once, reading of later data.

Who owns what: `Binding` holds the machine's own data and what is derived from it once (row count,
schemas, fingerprint, the model's prepared form). `kerasflux.checks` judges scitypes and words the
refusal; here stand the refusals that no scitype is needed for (row counts, column names, weights).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.checks import Check, check_data, check_parts, refuse_infinite, refuse_missing
from kerasflux.errors import ArgumentError, DataError, WeightsError
from kerasflux.fingerprints import fingerprint
from kerasflux.hyperparameters import Hyperparameters
from kerasflux.interface import Model
from kerasflux.predictions import index_of, other_index
from kerasflux.structure import values
from scitypes import libraries, missingness, tables
from scitypes.containers import row_labels
from scitypes.profiles import Column


class Binding:
    """Data of a machine, its own, with what is derived from it once.

    Arrays are copied, so that nobody's later changes reach a machine that has been trained on them.

    Attributes:
        X: the inputs.
        y: the target, or None.
        w: one non-negative weight per row, `(n_rows,)` float64, or None.
        check: how scitypes are judged: `"error"`, `"warn"` or `"off"`.
    """

    def __init__(self, model: Model, X: Any, y: Any, sample_weight: Any, check: Check) -> None:
        self.n_rows = _row_count(X, y)
        refuse_other_index(X, y, ("X", "y"))
        self.w = None
        if sample_weight is not None:
            self.w = checked_weights(sample_weight, self.n_rows)
            refuse_other_index(X, sample_weight, ("X", "sample_weight"))
        self.X, self.y, self.check = own(X), own(y), check
        self._derived: dict[str, Any] = {}
        self._prepared: tuple[Any, Any] | None = None
        self._judged_for: tuple[Any, Any] | None = None
        self.judge(model)

    def judge(self, model: Model) -> None:
        """Check the scitypes against what the model declares, once for each declaration.

        Then a composite judges what its parts would get, whose hyperparameters may have changed.
        """
        declared = (model.input_scitype, model.target_scitype)
        if self._judged_for != declared:
            check_data(model, self.X, self.y, self.check)
            self._judged_for = declared
        check_parts(model, lambda: (self.input_schema, self.target_schema), self.y, self.check)

    @property
    def input_schema(self) -> Any:
        return self._once("input_schema", lambda: st.schema(self.X))

    @property
    def target_schema(self) -> Any:
        return self._once("target_schema", lambda: None if self.y is None else st.schema(self.y))

    @property
    def index(self) -> pd.Index | None:
        """The labels of the rows, None for data that has none."""
        return index_of(self.X)

    @property
    def fingerprint(self) -> str:
        """The digest of inputs, target and weights."""
        digest: str = self._once("fingerprint", lambda: fingerprint(self.X, self.y, self.w))
        return digest

    def prepared(self, model: Model) -> Any:
        """The data as `model.prepare` converts it: once, until the model is of another kind."""
        kind = kind_of(model)
        if self._prepared is None or self._prepared[0] != kind:
            self._prepared = (kind, model.prepare(self.X, self.y, self.w))
        return self._prepared[1]

    def read(self, input_schema: Any, target_schema: Any) -> Binding:
        """This data as data of these schemas, or itself if it has them.

        Raises:
            SchemaMismatch, UnseenLevel: it can't be read through them.
        """
        if self.input_schema == input_schema and self.target_schema == target_schema:
            return self
        read: Binding = self._once("read", lambda: self._read(input_schema, target_schema))
        return read

    def _read(self, input_schema: Any, target_schema: Any) -> Binding:
        new = object.__new__(Binding)
        new.X = st.coerce(self.X, input_schema, verbosity=0)
        new.y = None if self.y is None else st.coerce(self.y, target_schema, verbosity=0)
        new.w, new.n_rows, new.check = self.w, self.n_rows, self.check
        new._derived, new._prepared, new._judged_for = {}, None, None
        return new

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._derived:
            self._derived[name] = make()
        return self._derived[name]

    def __getstate__(self) -> dict[str, Any]:
        derived = {name: v for name, v in self._derived.items() if name != "read"}
        return {**self.__dict__, "_derived": derived, "_prepared": None}  # made anew when needed


def kind_of(model: Model) -> tuple[Any, ...]:
    """What `prepare` may depend on: the classes of the model and of those in it, and scitypes."""
    return type(model), *_classes(model), model.input_scitype, model.target_scitype


def _classes(record: Hyperparameters) -> Iterator[tuple[str, type]]:
    """The classes of models in a model or in another record, at any depth."""
    for name, value in values(record):
        if isinstance(value, Model):
            yield name, type(value)
        if isinstance(value, Hyperparameters):
            yield from ((f"{name}.{path}", kind) for path, kind in _classes(value))


def bound(model: Model, X: Any, y: Any, weights: Any, check: Check) -> Binding | None:
    """Data bound to a model; None for no data."""
    if X is None:
        if y is not None or weights is not None:
            raise ArgumentError(
                "There is a target or weights, but no inputs.",
                expected="`kf.machine(model, X, y)`",
                received="X=None",
            )
        return None
    data = Binding(model, X, y, weights, check)
    if y is not None and model.target_scitype is None:
        raise _useless_target(model)
    if weights is not None and not model.supports_weights:
        raise _useless_weights(model)
    return data


def _useless_target(model: Model) -> ArgumentError:
    return ArgumentError(
        f"{type(model).__name__} learns nothing from a target.",
        expected="inputs alone, or a model with a `target_scitype`",
        received="a target",
        remedy="Leave it out: `kf.machine(model, X)`. Before a model that predicts, in a pipeline, "
        "it is that model's.",
    )


def _useless_weights(model: Model) -> WeightsError:
    return WeightsError(
        f"{type(model).__name__} makes no use of sample weights.",
        expected="`sample_weight=None`, or a model with `supports_weights`",
        received="sample weights",
        remedy="Leave them out, or weigh the measures: `measure_weight=` of `evaluate`.",
    )


def read_inputs(
    model: Model, X: Any, schema: st.Schema, unseen: frozenset[Any] = frozenset()
) -> Any:
    """New inputs read through a fitted schema, then judged as the model would judge them.

    Args:
        model: the model of the last fit.
        X: new inputs, of any number of rows, columns in any order.
        schema: the fitted schema.
        unseen: the columns whose labels may be new (`Model.takes_unseen`).

    Returns:
        The inputs in the fitted form: columns in order, labels in their pools, to which the labels
        are added that may be new.

    Raises:
        SchemaMismatch, UnseenLevel: columns are absent, extra or of another kind; labels are new.
        DataError: missing cells that the model does not take, or infinite numbers.
    """
    read = st.coerce(X, _widened(schema, X, unseen), verbosity=0)
    if not missingness.complete(read):
        refuse_missing(model, read)
        refuse_infinite(read, "X")
    return read


def _widened(schema: st.Schema, X: Any, names: frozenset[Any]) -> st.Schema:
    """A schema with the labels of columns of these names as levels, those it lacks behind."""
    if not names or not tables.is_table(X):
        return schema
    given = dict(tables.columns(X))
    columns = (
        _with_labels(c, given[c.name]) if c.name in names and c.name in given else c
        for c in schema.columns
    )
    return replace(schema, columns=tuple(columns))


def _with_labels(column: Column, values: Any) -> Column:
    if column.pool is None:
        return column
    new = [label for label, _ in column.pool.match(values)[1]]
    try:
        pool = st.Pool((*column.pool.levels, *new), column.pool.ordered)
    except st.LevelError:  # lists, or True beside 1: the schema refuses them
        return column
    gaps = st.Missing <= column.scitype
    return replace(column, scitype=pool.scitype | st.Missing if gaps else pool.scitype, pool=pool)


def refuse_unbindable(X: Any, y: Any) -> None:
    """Refuse what no model can use: columns of one name, no rows, unequal numbers of rows."""
    _refuse_names(X, y)
    for what, data in (("X", X), ("y", y)):
        _refuse_sparse(data, what)
    _refuse_duplicates(X, "X")
    _refuse_duplicates(y, "y")
    n_rows = st.nrows(X)
    if y is not None and st.nrows(y) != n_rows:
        raise DataError(
            "X and y have different numbers of rows.",
            expected="one target for each row of X",
            received=f"{n_rows} rows of X, {st.nrows(y)} of y",
            remedy="Select the same rows of both, for example with one index.",
            columns={},
        )
    if n_rows == 0:
        raise DataError(
            "The data has no rows.",
            expected="at least one row",
            received="0 rows",
            remedy="Look at what filtered them out: `X.shape`.",
            columns={},
        )


def _refuse_names(X: Any, y: Any) -> None:
    """Refuse names of columns, or of files, where data is needed."""
    if isinstance(X, (str, bytes, os.PathLike)):
        kind = "a path" if isinstance(X, os.PathLike) else "a string"
        raise ArgumentError(
            f"X is {kind}, not data.",
            expected="a table, a matrix or a vector of images",
            received=repr(X)[:60],
            remedy=_read_first(X),
        )
    names = [y] if isinstance(y, str) else y
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        return
    known = list(tables.names(X)) if tables.is_table(X) else []
    if not isinstance(y, str) and (len(y) == st.nrows(X) or not set(names) <= set(known)):
        return
    there, taken = set(names) <= set(known), names[0] if len(names) == 1 else names
    raise ArgumentError(
        "y is the target itself, not the name of a column." if there else "y is a string.",
        expected="a value for each row of X",
        received=f"y={y!r}",
        remedy=f"`y, X = X[{taken!r}], X.drop(columns={names!r})`."
        if there
        else "Give the column: `df[name]`.",
    )


def _read_first(path: Any) -> str:
    if os.path.isdir(path):
        files = f"sorted(Path({os.fspath(path)!r}).glob('*.png'))"
        return f"Of images in a folder: `X = kf.coerce({files}, kf.Image)`, with pathlib's Path."
    return "Read the file first: `pd.read_csv(...)`."


def _refuse_sparse(data: Any, what: str) -> None:
    if libraries.library(data) != "scipy" or not hasattr(data, "toarray"):
        return
    megabytes = np.prod(data.shape, dtype=float) * data.dtype.itemsize / 1e6
    raise DataError(
        f"{what} is a sparse matrix, which networks here don't take.",
        expected="a table or a matrix that holds every number",
        received=f"{type(data).__name__} of shape {tuple(data.shape)}",
        remedy=f"`{what} = {what}.toarray()` takes {megabytes:,.0f} MB; or keep fewer columns.",
        columns={},
    )


def refuse_other_index(one: Any, other: Any, names: tuple[str, str]) -> None:
    """Refuse pandas data whose index is another than that of the data it belongs to.

    Raises:
        DataError: both have an index, and they differ.
    """
    differ = other_index(one, other, names)
    if differ is not None:
        failed = f"{names[0]} and {names[1]} have different indexes, but rows pair by position."
        raise DataError(failed, **differ, columns={})


_SHARES = int(pd.__version__.partition(".")[0]) < 3
"""Whether a shallow copy of pandas data changes when the data does, as before pandas 3."""


def own(data: Any) -> Any:
    """The data as nobody else can change it: arrays are copied, pandas data shares memory safely.

    >>> y = np.zeros(2)
    >>> kept = own(y)
    >>> y[:] = 1.0
    >>> kept
    array([0., 0.])
    """
    if isinstance(data, (pd.DataFrame, pd.Series)):
        return data.copy(deep=_SHARES)
    if isinstance(data, (np.ndarray, pd.api.extensions.ExtensionArray, list)):
        return data.copy()
    if isinstance(data, dict):
        return {name: own(column) for name, column in data.items()}
    if libraries.library(data) == "polars":
        return data.clone()
    return data  # Arrow data, tuples, indexes and vectors of images never change


def _row_count(X: Any, y: Any) -> int:
    refuse_unbindable(X, y)
    return int(st.nrows(X))


def _refuse_duplicates(data: Any, what: str) -> None:
    if not tables.is_table(data):
        return
    names = pd.Index(tables.names(data))
    repeated = list(dict.fromkeys(names[names.duplicated()]))
    if repeated:
        raise DataError(
            f"{what} has several columns of one name.",
            expected="one name per column",
            received=", ".join(map(repr, repeated)),
            remedy=f"Rename them, or keep the first of each: "
            f"`{what} = {what}.loc[:, ~{what}.columns.duplicated()]`.",
            columns=dict.fromkeys(repeated, "the name of several columns"),
        )


def checked_weights(weights: Any, n_rows: int) -> np.ndarray:
    """Weights as float64 `(n_rows,)`.

    Raises:
        WeightsError: negative, missing or infinite weights, another number of them, only zeros.
    """
    shape = np.shape(weights)
    if shape != (n_rows,):
        received = f"an array of shape {shape}"
        if len(shape) == 1:
            received = f"{shape[0]} weights for {n_rows} rows"
        raise _bad_weights("There has to be one sample weight per row.", received, n_rows)
    try:
        w = np.array(pd.Series(weights, dtype=object).to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError):
        received = f"a {type(weights).__name__} that starts with {_start(weights)}"
        raise _bad_weights("Sample weights are no numbers.", received, n_rows) from None
    bad = np.flatnonzero(~(w >= 0) | np.isinf(w))
    if bad.size:
        first = bad[:3].tolist()
        named = zip(first, row_labels(weights, first), strict=True)
        shown = ", ".join(f"{_weight(w[i])} in row {label!r}" for i, label in named)
        text = "Sample weights are negative, missing or infinite."
        more = f", ... {bad.size} in all" if bad.size > 3 else ""
        raise _bad_weights(text, shown + more, n_rows)
    if not w.any():
        raise _bad_weights("All sample weights are zero.", "zeros only", n_rows)
    return w


def _weight(value: float) -> str:
    return "a missing weight" if np.isnan(value) else f"{value:g}"


def _start(weights: Any) -> str:
    return ", ".join(repr(w) for w in pd.Series(weights, dtype=object).to_list()[:3])


def _bad_weights(failed: str, received: str, n_rows: int) -> WeightsError:
    return WeightsError(
        failed,
        expected=f"one finite, non-negative number per row ({n_rows}), not all zero",
        received=received,
        remedy="Rows that should not count have weight 0; `None` weighs all alike.",
    )
