"""Tables, matrices and images as plain arrays: the model-independent half of preparing data.

This module owns the step from what a user has to what an encoding can learn from: every numeric
column as float64, every categorical one as int32 codes into its pool, images as one array (those in
files are left there, to be read when a step needs them). Nothing is learned here and no
hyperparameter is looked at, so a machine does this once per data set; `select` takes rows of the
result. What is learned from training rows is in `neural.encoding`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.errors import ArgumentError, DataError, ScitypeMismatch
from scitypes import missingness, tables
from scitypes.pools import Pool, as_categorical


@dataclass(frozen=True, eq=False)
class Features:
    """Rows of a table or matrix, as arrays.

    Attributes:
        names: the columns, in order; `categorical` says of each whether it is one of `codes`.
        numbers: `(n_rows, n_numeric)` float64, missing values as NaN.
        counts: `(n_numeric,)` bool, whether a numeric column holds whole numbers by dtype.
        codes: `(n_rows, n_categorical)` int32 positions in the pools, -1 for missing.
        pools: the levels of each categorical column.
        matrix: whether the data came as a matrix.
    """

    names: tuple[str, ...]
    categorical: np.ndarray
    numbers: np.ndarray
    counts: np.ndarray
    codes: np.ndarray
    pools: tuple[Pool, ...]
    matrix: bool = False

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def number_names(self) -> tuple[str, ...]:
        return tuple(n for n, c in zip(self.names, self.categorical, strict=True) if not c)

    @property
    def category_names(self) -> tuple[str, ...]:
        return tuple(n for n, c in zip(self.names, self.categorical, strict=True) if c)

    def rows(self, rows: np.ndarray) -> Features:
        return replace(self, numbers=self.numbers[rows], codes=self.codes[rows])


@dataclass(frozen=True, eq=False)
class PixelsInFiles:
    """Pixels that are read when they are needed: a lazy input, as `training.feeding` calls it."""

    images: st.ImageVector

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return self.images.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.images.dtype

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: np.ndarray) -> PixelsInFiles:
        """Some rows, still in their files."""
        return PixelsInFiles(self.images[rows])

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Some rows as an array."""
        return self.images.array(rows)


@dataclass(frozen=True, eq=False)
class Pixels:
    """Images `(n_rows, height, width, channels)`, uint8 or float32 in [0, 1]."""

    array: np.ndarray | PixelsInFiles

    def __len__(self) -> int:
        return len(self.array)

    def rows(self, rows: np.ndarray) -> Pixels:
        return Pixels(self.array[rows])


@dataclass(frozen=True, eq=False)
class Labels:
    """A categorical target: int32 codes into a pool, -1 for missing; `name` is its column's."""

    codes: np.ndarray
    pool: Pool
    name: Any = None

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, rows: np.ndarray) -> Labels:
        return replace(self, codes=self.codes[rows])


@dataclass(frozen=True, eq=False)
class Quantities:
    """A numeric target: `(n_rows, n_targets)` float64; `names` are its columns."""

    values: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, rows: np.ndarray) -> Quantities:
        return replace(self, values=self.values[rows])


@dataclass(frozen=True, eq=False)
class Prepared:
    """What `prepare` makes of a data set and `select` of rows of it; what `fit` learns from."""

    inputs: Any
    target: Any = None
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def rows(self, rows: np.ndarray | None) -> Prepared:
        if rows is None:
            return self
        return Prepared(
            self.inputs.rows(rows),
            None if self.target is None else self.target.rows(rows),
            None if self.weights is None else self.weights[rows],
        )


def refuse_unprepared(data: Any, model: str) -> None:
    """Refuse raw data where a model is called like an estimator of scikit-learn: `model.fit(X)`."""
    if not isinstance(data, Prepared):
        raise ArgumentError(
            "A model only holds hyperparameters; machines learn from data.",
            expected="data as `model.prepare` converts it, which a machine does",
            received=f"{model}.fit of a {type(data).__name__}",
            remedy="`mach = kf.machine(model, X, y).fit()`.",
        )


def features(X: Any) -> Features:
    """Read a table or matrix as arrays.

    Raises:
        ScitypeMismatch: a column holds neither numbers nor categories; all such columns are named.
        DataError: column names are repeated.
    """
    if isinstance(X, np.ndarray) and not tables.is_structured(X):
        return _of_matrix(X)
    names = tuple(str(name) for name in tables.names(X))
    _refuse_repeated(names)
    if missingness.all_numeric(X):
        return _of_numbers(X, names)
    columns = [column for _, column in tables.columns(X)]
    kinds = [_kind(column) for column in columns]
    _refuse_strange(names, columns, kinds)
    categorical = np.array([kind == "category" for kind in kinds], dtype=bool)
    pools, codes = _categories([c for c, k in zip(columns, kinds, strict=True) if k == "category"])
    return Features(
        names=names,
        categorical=categorical,
        numbers=_numbers(X, columns, np.flatnonzero(~categorical)),
        counts=np.array([kind == "count" for kind in kinds if kind != "category"], dtype=bool),
        codes=codes if codes is not None else np.empty((st.nrows(X), 0), np.int32),
        pools=pools,
    )


def pixels(X: Any) -> Pixels:
    """Read images as one array; those in files stay there."""
    images = X if isinstance(X, st.ImageVector) else st.coerce(X, st.Image, verbosity=0)
    if images.files is not None:
        return Pixels(PixelsInFiles(images))
    return Pixels(np.ascontiguousarray(images.array()))


def labels(y: Any) -> Labels:
    """Read a categorical vector as codes."""
    pool = Pool.of(y)
    name = getattr(y, "name", None)
    return Labels(np.asarray(pool.codes(y), np.int32), pool, None if name is None else str(name))


def quantities(y: Any) -> Quantities:
    """Read a numeric vector, table or matrix as float64 columns."""
    if tables.is_table(y) or (isinstance(y, np.ndarray) and y.ndim == 2):
        read = features(y)
        return Quantities(read.numbers, read.names)
    name = getattr(y, "name", None)
    return Quantities(_float64(y)[:, None], (str(name) if name is not None else "y",))


def _of_matrix(X: np.ndarray) -> Features:
    if X.ndim != 2:
        raise DataError(
            "Inputs can't be read as a matrix.",
            expected="an array of shape (n_rows, n_features)",
            received=f"an array of shape {X.shape}",
        )
    whole = X.dtype.kind in "iub"
    return Features(
        names=tuple(f"x{i + 1}" for i in range(X.shape[1])),
        categorical=np.zeros(X.shape[1], bool),
        numbers=_float64(X),
        counts=np.full(X.shape[1], whole),
        codes=np.empty((len(X), 0), np.int32),
        pools=(),
        matrix=True,
    )


def _of_numbers(X: pd.DataFrame, names: tuple[str, ...]) -> Features:
    """A frame of NumPy's numbers: one block, of which no column needs to be looked at."""
    return Features(
        names=names,
        categorical=np.zeros(len(names), bool),
        numbers=_numbers(X, [], np.arange(len(names))),
        counts=np.array([dtype.kind != "f" for dtype in X.dtypes], dtype=bool),
        codes=np.empty((len(X), 0), np.int32),
        pools=(),
    )


def _kind(column: Any) -> str:
    """One of "count", "number", "category"; "" for what a network can't take as it is."""
    dtype = getattr(column, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype) or as_categorical(column) is not None:
        return "category"
    # Columns of pandas' own numeric dtypes too: with all values missing, elements say nothing.
    if (code := str(getattr(dtype, "kind", ""))) and code in "iubf":
        return "number" if code == "f" else "count"
    return _kind_by_scitype(st.nonmissing(st.elscitype(column)))


def _kind_by_scitype(scitype: Any) -> str:
    for parent, kind in ((st.Finite, "category"), (st.Count, "count"), (st.Infinite, "number")):
        if scitype <= parent:
            return kind
    return ""


def _categories(columns: list[Any]) -> tuple[tuple[Pool, ...], np.ndarray | None]:
    if not columns:
        return (), None
    pools = tuple(Pool.of(column) for column in columns)
    codes = [pool.codes(column) for pool, column in zip(pools, columns, strict=True)]
    return pools, np.stack(codes, axis=1).astype(np.int32)


def _numbers(X: Any, columns: list[Any], positions: np.ndarray) -> np.ndarray:
    """The numeric columns as one C-contiguous float64 array, in one go where the table allows."""
    if not len(positions):
        return np.empty((st.nrows(X), 0))
    if isinstance(X, pd.DataFrame):
        block = X if len(positions) == X.shape[1] else X.iloc[:, positions]
        return np.ascontiguousarray(block.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.stack([_float64(columns[i]) for i in positions], axis=1)


def _float64(column: Any) -> np.ndarray:
    if isinstance(column, np.ma.MaskedArray):
        column = np.ma.filled(column.astype(np.float64), np.nan)
    if isinstance(column, np.ndarray) and column.dtype.kind in "iubf":
        return np.ascontiguousarray(column, dtype=np.float64)
    return pd.Series(column).to_numpy(dtype=np.float64, na_value=np.nan)


def _refuse_repeated(names: tuple[str, ...]) -> None:
    if len(set(names)) == len(names):
        return
    repeated = sorted({name for name in names if names.count(name) > 1})
    raise DataError(
        f"Columns of the inputs have the same name: {', '.join(map(repr, repeated))}.",
        expected="names that tell the columns apart",
        received=f"{len(names)} columns with {len(set(names))} names",
        remedy="Rename or drop the repeated columns.",
        columns=dict.fromkeys(repeated, "repeated"),
    )


def _refuse_strange(names: tuple[str, ...], columns: list[Any], kinds: list[str]) -> None:
    strange = {
        name: str(st.elscitype(column))
        for name, column, kind in zip(names, columns, kinds, strict=True)
        if not kind
    }
    if strange:
        raise ScitypeMismatch(
            "Columns of the inputs are neither numbers nor categories: "
            + ", ".join(f"{name!r} ({scitype})" for name, scitype in strange.items())
            + ".",
            expected="columns of Infinite or Finite elements",
            received=", ".join(strange.values()),
            remedy="coerce(X, {" + ", ".join(f"{n!r}: Multiclass" for n in strange) + "})",
            columns=strange,
        )
