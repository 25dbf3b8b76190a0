"""Centres and widths of numeric columns, and the smooth clip: the arithmetic of the encoding.

Float64 throughout; `gaps` marks the columns that have missing values, which alone pay for the
statistics that step over them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

CLIP = 3.0
"""Where the smooth clip of the robust scaling levels off."""

PER_CLIP = 1.0 / CLIP
"""A factor, since TensorFlow's graphs turn division by a constant into one: bits stay the same."""

LARGEST = 1e100
"""Scaled numbers are cut here first, so that their square is a float64."""

Statistic = Callable[..., np.ndarray]


def learn_scaling(
    scaling: str | None, values: np.ndarray, gaps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The centre and width of each column of `(n_rows, n)` values, both `(n,)`.

    `"robust"` gives median and interquartile range (the range where that is zero, 1 where that is
    zero too), `"standard"` mean and standard deviation, None zeros and ones.
    """
    return {"robust": _robust, "standard": _standard, None: _unscaled}[scaling](values, gaps)


def medians(values: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The median of each column, missing values set aside."""
    return _ignoring_gaps(np.median, np.nanmedian, values, gaps)


def smooth_clip(x: np.ndarray) -> np.ndarray:
    """`x / sqrt(1 + (x / 3)²)`: the identity near zero, never past ±3."""
    x = np.minimum(np.maximum(x, -LARGEST), LARGEST)
    return x / np.sqrt(1.0 + np.square(x * PER_CLIP))


def _robust(values: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, centre, high = _quartiles(values, gaps)
    width = high - low
    flat = width == 0
    if flat.any():
        some = values[:, flat]
        lowest = _ignoring_gaps(np.min, np.nanmin, some, gaps[flat])
        highest = _ignoring_gaps(np.max, np.nanmax, some, gaps[flat])
        width[flat] = highest - lowest
    return centre, np.where(width == 0, 1.0, width)


def _standard(values: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre = _ignoring_gaps(np.mean, np.nanmean, values, gaps)
    width = _ignoring_gaps(np.std, np.nanstd, values, gaps)
    # Mean and deviation of a constant column are not exact: they may be off by a rounding error.
    lowest = _ignoring_gaps(np.min, np.nanmin, values, gaps)
    constant = lowest == _ignoring_gaps(np.max, np.nanmax, values, gaps)
    return np.where(constant, lowest, centre), np.where(constant, 1.0, width)


def _unscaled(values: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(values.shape[1]), np.ones(values.shape[1])


def _quartiles(values: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    def of(quantile: Statistic) -> Statistic:
        return lambda some, axis: quantile(some, (0.25, 0.5, 0.75), axis=axis)

    return _ignoring_gaps(of(np.quantile), of(np.nanquantile), values, gaps, (3,))


def _ignoring_gaps(
    plain: Statistic,
    careful: Statistic,
    values: np.ndarray,
    gaps: np.ndarray,
    shape: tuple[int, ...] = (),
) -> np.ndarray:
    """A statistic per column; the careful (slow) form only where values are missing.

    A column whose training rows are all missing gets 0: its inputs are then constant.
    """
    result = np.zeros((*shape, values.shape[1]))
    if not len(values):
        return result
    if (~gaps).any():
        result[..., ~gaps] = plain(values if not gaps.any() else values[:, ~gaps], axis=0)
    if gaps.any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # "All-NaN slice encountered"
            result[..., gaps] = np.nan_to_num(careful(values[:, gaps], axis=0))
    return result
