"""How the columns of a table become what a network takes: learned from training rows, then fixed.

Numbers are shifted and scaled in float64 and only then cast to float32, so a column in nanoseconds
or one shifted by a billion trains like any other; categories become int32 codes beside them (never
codes in a float matrix). The encoding is learned per fit, hence per fold, saved with the machine,
and written a second time as TensorFlow operations by `neural.serving`; the two agree to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import DataError, HyperparameterError
from kerasflux.neural.frontend import Features, Pixels, PixelsInFiles
from kerasflux.neural.refusals import (
    listed,
    refuse_infinite,
    refuse_missing,
    refuse_overflow,
    refuse_rounded,
)
from kerasflux.neural.scaling import learn_scaling, medians, smooth_clip
from scitypes.errors import nearest
from scitypes.pools import Pool

_PIECE = 2**14  # numbers that are encoded at once


@dataclass(frozen=True, eq=False)
class Numbers:
    """The learned encoding of numeric columns: `float32(clip((x - centre) / width))`.

    Attributes:
        names: the columns.
        counts: whether each held whole numbers by dtype.
        scaling: `"robust"`, `"standard"` or None.
        missing: `"impute"` or `"error"`.
        centre, width: `(n,)` float64; the median and interquartile range, or mean and deviation.
        fill: `(n,)` float64, the medians that replace missing values.
        indicators: positions of the columns that had missing values: each gets a 0/1 input.
    """

    names: tuple[str, ...]
    counts: np.ndarray
    scaling: str | None
    missing: str
    centre: np.ndarray
    width: np.ndarray
    fill: np.ndarray
    indicators: np.ndarray

    @property
    def size(self) -> int:
        return len(self.names) + len(self.indicators)

    @property
    def per_width(self) -> np.ndarray:
        """A factor instead of a divisor, as in `neural.scaling`."""
        return 1.0 / self.width

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Encode `(n_rows, n)` float64 as `(n_rows, n + indicators)` float32."""
        refuse_infinite(values, self.names)
        gaps = np.isnan(values)
        if gaps.any():
            if self.missing == "error":
                refuse_missing(gaps, self.names)
            values = np.where(gaps, self.fill, values)
        if self.scaling is None:
            refuse_rounded(values, self.counts, self.names)
        encoded = np.empty((len(values), self.size), np.float32)
        numbers, shown = np.split(encoded, [len(self.names)], axis=1)
        with np.errstate(over="ignore"):
            for rows in _pieces(values):
                numbers[rows] = self._scaled(values[rows])
        refuse_overflow(values, numbers, self.names)
        shown[:] = gaps[:, self.indicators]
        return encoded

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        scaled = (values - self.centre) * self.per_width
        return smooth_clip(scaled) if self.scaling == "robust" else scaled


def _pieces(values: np.ndarray) -> Iterator[slice]:
    """The rows in pieces that stay in a processor's cache from one operation to the next."""
    length = max(1, _PIECE // max(1, values.shape[1]))
    return (slice(start, start + length) for start in range(0, len(values), length))


@dataclass(frozen=True, eq=False)
class Categories:
    """The learned encoding of categorical columns: positions in the pools.

    Attributes:
        names: the columns.
        pools: their levels.
        dims: the size of each column's embedding.
        shown: for each column, `(levels,)` bool: the levels that the training rows showed; with
            `missing="impute"` one more place, for missing values.
        missing: `"impute"` or `"error"`.
    """

    names: tuple[str, ...]
    pools: tuple[Pool, ...]
    dims: tuple[int, ...]
    shown: tuple[np.ndarray, ...]
    missing: str

    @property
    def size(self) -> int:
        return sum(self.dims)

    def __call__(self, features: Features) -> np.ndarray:
        """Codes `(n_rows, n)` int32 into the pools; missing is the place past the last level."""
        codes = self._read(features)
        gaps = codes < 0
        if not gaps.any():
            return codes
        if self.missing == "error":
            refuse_missing(gaps, self.names)
        places = np.array([len(pool.levels) for pool in self.pools], np.int32)
        return np.where(gaps, places, codes)

    def _read(self, features: Features) -> np.ndarray:
        codes = features.codes
        for i, (pool, other) in enumerate(zip(self.pools, features.pools, strict=True)):
            if pool != other:
                codes = codes if codes is not features.codes else codes.copy()
                codes[:, i] = pool.codes(other.decode(codes[:, i]))
        return codes


@dataclass(frozen=True, eq=False, repr=False)
class Encoding:
    """How a table or matrix becomes network inputs; `Encoding(features)` of `learn`.

    Attributes:
        names: the columns it was learned from, in order.
        matrix: whether it was learned from a matrix.
        numbers, categories: the encodings of the two kinds of columns.
    """

    names: tuple[str, ...]
    matrix: bool
    numbers: Numbers
    categories: Categories

    @property
    def n_in(self) -> int:
        """The number of inputs that the builder's network gets."""
        return self.numbers.size + self.categories.size

    def __call__(self, features: Features) -> tuple[np.ndarray, ...]:
        """The arrays that the network takes: numbers, then codes, whichever there are."""
        self._refuse_other_columns(features)
        parts = []
        if self.numbers.size:
            parts.append(self.numbers(features.numbers))
        if self.categories.names:
            parts.append(self.categories(features))
        return tuple(parts)

    def view(self, arrays: tuple[np.ndarray, ...]) -> Any:
        """The arrays as a user sees them: one array, or a dict of `numbers` and `codes`."""
        if len(arrays) == 2:
            return {"numbers": arrays[0], "codes": arrays[1]}
        return arrays[0]

    def to_frame(self) -> pd.DataFrame:
        """One row per column: how it is encoded."""
        rows = [self._row(name) for name in self.names]
        return pd.DataFrame(rows, index=pd.Index(self.names, name="column")).dropna(
            axis="columns", how="all"
        )

    def __repr__(self) -> str:
        return f"Encoding of {len(self.names)} columns as {self.n_in} inputs\n{self.to_frame()}"

    def _repr_html_(self) -> str:
        title = f"<p>Encoding of {len(self.names)} columns as {self.n_in} inputs</p>"
        return title + self.to_frame().to_html()

    def _row(self, name: str) -> dict[str, Any]:
        if name in self.categories.names:
            i = self.categories.names.index(name)
            levels = len(self.categories.pools[i].levels)
            return {"as": "embedding", "levels": levels, "size": self.categories.dims[i]}
        i, numbers = self.numbers.names.index(name), self.numbers
        filled = {"fill": numbers.fill[i]} if numbers.missing == "impute" else {}
        indicator = {"indicator": True} if i in numbers.indicators else {}
        centre, width = numbers.centre[i], numbers.width[i]
        return {"as": "number", "centre": centre, "width": width, **filled, **indicator}

    def _refuse_other_columns(self, features: Features) -> None:
        same = len(features.names) == len(self.names)
        if same and (features.names == self.names or (self.matrix and features.matrix)):
            return
        missing = [name for name in self.names if name not in features.names]
        extra = [name for name in features.names if name not in self.names]
        raise DataError(
            "The inputs have other columns than those that the network was trained on.",
            expected=f"{len(self.names)} columns: {listed(self.names)}",
            received=f"{len(features.names)} columns: {listed(features.names)}",
            remedy="Give the columns by these names, in this order.",
            columns={**dict.fromkeys(missing, "absent"), **dict.fromkeys(extra, "extra")},
        )


@dataclass(frozen=True)
class ImageEncoding:
    """Images of one size: nothing is learned but the size, `(height, width, channels)`."""

    shape: tuple[int, int, int]

    @property
    def n_in(self) -> tuple[int, int]:
        return self.shape[:2]

    def __call__(self, pixels: Pixels) -> tuple[np.ndarray | PixelsInFiles, ...]:
        """What the network takes: uint8 is cast and divided by 255 in the graph.

        Images in files stay there: the array is then a lazy one (`training.feeding`).
        """
        if pixels.array.shape[1:] != self.shape:
            raise DataError(
                "Images have another size than those that the network was trained on.",
                expected=_size(self.shape),
                received=_size(pixels.array.shape[1:]),
                remedy="Resize the images, or make them grey or coloured as the others were.",
            )
        return (pixels.array,)

    def view(self, arrays: tuple[np.ndarray | PixelsInFiles, ...]) -> np.ndarray:
        """The images as the network sees them, all in memory: float32 in [0, 1]."""
        (array,) = arrays
        if not isinstance(array, np.ndarray):
            array = array.read(np.arange(len(array)))
        return array.astype(np.float32) / np.float32(255) if array.dtype == np.uint8 else array


def learn_encoding(
    features: Features,
    *,
    scaling: str | None,
    missing: str,
    embedding_dims: Mapping[Any, int | float],
) -> Encoding:
    """Learn from training rows how a table becomes network inputs.

    Args:
        features: the training rows.
        scaling: `"robust"` centres at the median and divides by the interquartile range (by half
            the range where that is zero, by 1 where that is zero too), then clips smoothly at
            `±3` by `x / sqrt(1 + (x / 3)²)`; `"standard"` uses mean and standard deviation; None
            casts. Robust scaling follows RealMLP (Holzmüller et al., 2024, appendix A.1).
        missing: `"impute"` fills with medians and adds inputs; `"error"` refuses.
        embedding_dims: sizes by column: an int is a size, a float a fraction of the levels.

    Raises:
        DataError: infinite values, missing values with `missing="error"`, no columns.
        HyperparameterError: `embedding_dims` names no categorical column.
    """
    if not features.names:
        raise DataError(
            "The inputs have no columns.",
            expected="at least one column of numbers or categories",
            received=f"a table of {len(features)} rows and no columns",
            remedy="Give the columns to learn from; `kf.unpack` may have taken them all.",
        )
    dims = embedding_sizes(features, embedding_dims)
    return Encoding(
        names=features.names,
        matrix=features.matrix,
        numbers=_learn_numbers(features, scaling, missing),
        categories=_learn_categories(features, missing, dims),
    )


class EmbeddingSizes:
    """The constraint on `embedding_dims`: sizes from 1 on, or fractions of the levels.

    >>> EmbeddingSizes().check({"city": 3.0})
    "3.0 for 'city' is a float, hence a fraction of the levels; write 3 for a size"
    """

    def check(self, value: Any) -> str | None:
        problems = (_problem_of_size(name, size) for name, size in value.items())
        return next(filter(None, problems), None)

    def __str__(self) -> str:
        return "with sizes from 1 on, or fractions above 0 and up to 1"


def embedding_sizes(
    features: Features, embedding_dims: Mapping[Any, int | float]
) -> tuple[int, ...]:
    """The size of each categorical column's embedding; never changes the mapping.

    A float is a fraction of the levels, rounded up; an int is the size; by default
    `max(1, min(levels - 1, 10))`.
    """
    names = features.category_names
    asked = {str(name): size for name, size in embedding_dims.items()}
    for name, size in asked.items():
        if name not in names:
            raise _unknown_embedding(name, features)
        problem = _problem_of_size(name, size)
        if problem:  # the mapping was changed in place, past the judgement of the field
            raise HyperparameterError(
                f"embedding_dims[{name!r}] can't be the size of an embedding: {problem}.",
                expected="an int from 1 on (a size), or a float in (0, 1] (a fraction of levels)",
                received=repr(size),
                remedy=f"embedding_dims={{{name!r}: 2}}, say; columns left out have a default",
                path="embedding_dims",
            )
    levels = [len(pool.levels) for pool in features.pools]
    return tuple(embedding_size(asked.get(name), n) for name, n in zip(names, levels, strict=True))


def _problem_of_size(name: Any, size: Any) -> str:
    """Why something can't be the size of an embedding, `""` if it can."""
    if isinstance(size, bool) or not isinstance(size, int | float):
        return f"{size!r} for {name!r} is no number"
    if isinstance(size, int):
        return "" if size >= 1 else f"{size} for {name!r} is less than 1"
    if 0 < size <= 1:
        return ""
    problem = f"{size} for {name!r} is a float, hence a fraction of the levels"
    whole = size > 1 and size.is_integer()
    return f"{problem}; write {int(size)} for a size" if whole else problem


def _learn_numbers(features: Features, scaling: str | None, missing: str) -> Numbers:
    values, names = features.numbers, features.number_names
    refuse_infinite(values, names)
    gaps = np.isnan(values).any(axis=0)
    if missing == "error":
        refuse_missing(np.isnan(values) if gaps.any() else gaps[None, :], names)
    centre, width = learn_scaling(scaling, values, gaps)
    return Numbers(
        names=names,
        counts=features.counts,
        scaling=scaling,
        missing=missing,
        centre=centre,
        width=width,
        fill=medians(values, gaps),
        indicators=np.flatnonzero(gaps),
    )


def _learn_categories(features: Features, missing: str, dims: tuple[int, ...]) -> Categories:
    if missing == "error":
        refuse_missing(features.codes < 0, features.category_names)
    shown = []
    for pool, codes in zip(features.pools, features.codes.T, strict=True):
        rows = len(pool.levels) + (missing == "impute")
        seen = np.zeros(rows, bool)
        seen[np.unique(np.where(codes < 0, rows - 1, codes))] = True
        shown.append(seen)
    return Categories(features.category_names, features.pools, dims, tuple(shown), missing)


def embedding_size(asked: int | float | None, levels: int) -> int:
    """The size of an embedding: as asked for, of which a float is a fraction of the levels."""
    if asked is None:
        return max(1, min(levels - 1, 10))
    return asked if isinstance(asked, int) else math.ceil(asked * levels)


def _unknown_embedding(name: object, features: Features) -> HyperparameterError:
    known = features.category_names
    is_number = name in features.number_names
    return HyperparameterError(
        f"embedding_dims names {name!r}, "
        + ("a column of numbers." if is_number else "which is no column of the inputs."),
        expected=f"categorical columns: {listed(known)}" if known else "no names: no categories",
        received=repr(name),
        remedy=(
            f"coerce(X, {{{name!r}: Multiclass}}) if it is a category."
            if is_number
            else nearest(name, known) or "Leave it out: sizes are for columns of categories."
        ),
        path="embedding_dims",
    )


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} × {shape[1]} pixels, {'grey' if shape[2] == 1 else 'coloured'}"
