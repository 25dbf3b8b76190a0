"""Two columns read as a pair that can be measured: labels, distributions or numbers.

Labels are matched as labels, in whatever container they come: strings, integers, categoricals of
any pool or order. The pool is that of the prediction, else that of the target, else the labels
seen, in sorted order. Rows are matched by position; pandas data with two indexes that differ is
refused, because it was sorted, shuffled or filtered on one side only. Rows whose truth or
prediction is missing are left out, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kerasflux.errors import MeasureError
from kerasflux.predictions import UnivariateFinite, UnivariateFiniteVector, other_index
from scitypes.inference import elscitype
from scitypes.lattice import Infinite, Missing, nonmissing
from scitypes.messages import counted, listed
from scitypes.pools import Pool, as_categorical
from scitypes.tables import columns, is_column, is_table


@dataclass(frozen=True)
class Pair:
    """Rows to be measured.

    Attributes:
        n: the number of rows.
        kept: which of the rows given these are, `(n_given,)` bool; None for all.
    """

    n: int
    kept: NDArray[np.bool_] | None

    @property
    def left_out(self) -> int:
        """How many rows are not here since their truth or prediction is missing."""
        return 0 if self.kept is None else len(self.kept) - self.n

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the rows here for all rows given, NaN for those left out."""
        if self.kept is None:
            return values
        every = np.full(len(self.kept), np.nan)
        every[self.kept] = values
        return every


@dataclass(frozen=True)
class OfLevels(Pair):
    """Rows of one pool.

    Attributes:
        pool: the levels that codes refer to.
        ranked: the pool of the truth or the prediction that is ordered, if one is.
    """

    pool: Pool
    ranked: Pool | None


@dataclass(frozen=True)
class Labels(OfLevels):
    """True and predicted labels as codes into a pool, `(n,)` each.

    Attributes:
        class_weights: what each class counts in averages over classes, `(n_levels,)`, or None.
    """

    true: NDArray[np.int32]
    predicted: NDArray[np.int32]
    class_weights: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Distributions(OfLevels):
    """True labels as codes into a pool, `(n,)`, and the probabilities of its levels, `(n, K)`."""

    true: NDArray[np.int32]
    probabilities: NDArray[np.floating[Any]]


@dataclass(frozen=True)
class LabelColumns(Pair):
    """Whether the labels of several targets are the predicted ones, `(n, n_targets)`."""

    equal: NDArray[np.bool_]


@dataclass(frozen=True)
class Numbers(Pair):
    """True and predicted numbers, `(n, n_targets)` float64 each."""

    true: NDArray[np.float64]
    predicted: NDArray[np.float64]


def labels(y_true: Any, y_pred: Any, measure: str, levels: Pool | None = None) -> Labels:
    """Read true and predicted labels, into a given pool or that of the data.

    >>> pair = labels(["b", "a"], np.array(["a", "a"]), "accuracy")
    >>> pair.pool.levels, pair.true, pair.predicted
    (('a', 'b'), array([1, 0], dtype=int32), array([0, 0], dtype=int32))
    """
    _no_distribution_first(y_true, measure)
    if isinstance(y_pred, UnivariateFinite | UnivariateFiniteVector):
        raise MeasureError(
            f"`{measure}` compares labels, but `y_pred` holds distributions.",
            expected="predicted labels",
            received=f"{type(y_pred).__name__} over {len(y_pred.levels)} levels",
            remedy=f"Take the likeliest label: {measure}(y_true, p.mode()), or predict labels: "
            "mach.predict_mode(X).",
        )
    true, predicted = _column(y_true, "y_true", measure), _column(y_pred, "y_pred", measure)
    _same_rows(true, predicted, measure)
    pools = [pool for pool in (levels, _pool_of(predicted), _pool_of(true)) if pool]
    pool = pools[0] if pools else _pool_seen(true, predicted, measure)
    codes, guesses = pool.codes(true), pool.codes(predicted)
    kept = _kept(codes < 0, guesses < 0, measure)
    codes, guesses = _only(kept, codes), _only(kept, guesses)
    return Labels(len(codes), kept, pool, _ranked(pools), codes, guesses)


def counted_pairs(levels: tuple[Any, ...]) -> Labels:
    """Each pair of a true and a predicted label once, as the cells of a confusion matrix.

    >>> pairs = counted_pairs(("a", "b"))
    >>> pairs.true, pairs.predicted
    (array([0, 0, 1, 1], dtype=int32), array([0, 1, 0, 1], dtype=int32))
    """
    k, pool = len(levels), Pool(levels)
    codes = np.arange(k, dtype=np.int32)
    return Labels(k * k, None, pool, None, np.repeat(codes, k), np.tile(codes, k))


def label_columns(y_true: Any, y_pred: Any, measure: str) -> LabelColumns:
    """Read true and predicted labels of several targets.

    Columns of two tables are matched by name if both have the same, distinct ones, else in order.
    """
    _no_distribution_first(y_true, measure)
    _same_index(y_true, y_pred, measure)
    true, names = _several(y_true, "y_true", measure)
    predicted, others = _several(y_pred, "y_pred", measure)
    _same_shape((len(true[0]), len(true)), (len(predicted[0]), len(predicted)), measure)
    predicted = [predicted[i] for i in _matched(names, others, len(true))]
    found = [_equal(a, b, measure) for a, b in zip(true, predicted, strict=True)]
    equal, first, second = map(np.column_stack, zip(*found, strict=True))
    kept = _kept(np.asarray(first.any(axis=1)), np.asarray(second.any(axis=1)), measure)
    cells = _only(kept, equal)
    return LabelColumns(len(cells), kept, cells)


def _several(y: Any, role: str, measure: str) -> tuple[list[Any], list[str] | None]:
    if is_table(y):
        found = columns(y)
        if found:
            return [column for _, column in found], [str(name) for name, _ in found]
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1]:
        return list(y.T), None
    raise MeasureError(
        f"`{measure}` can't read `{role}`.",
        expected="a table or matrix of labels, a column for each target",
        received=described(y),
        remedy="For one target: kf.accuracy, kf.misclassification_rate.",
    )


def _equal(true: Any, predicted: Any, measure: str) -> tuple[np.ndarray, ...]:
    """Which rows of two columns are equal; which are missing in the one and in the other."""
    pools = [pool for pool in map(_pool_of, (predicted, true)) if pool]
    pool = pools[0] if pools else _pool_seen(true, predicted, measure)
    codes, guesses = pool.codes(true), pool.codes(predicted)
    return codes == guesses, codes < 0, guesses < 0


def distributions(y_true: Any, y_pred: Any, measure: str) -> Distributions:
    """Read true labels and predicted distributions over them."""
    _no_distribution_first(y_true, measure)
    if not isinstance(y_pred, UnivariateFiniteVector):
        raise MeasureError(
            f"`{measure}` judges distributions, but `y_pred` holds none.",
            expected="a vector of distributions, as classifiers predict it (`mach.predict(X)`)",
            received=described(y_pred),
            remedy="For probabilities in an array: "
            f"{measure}(y_true, kf.UnivariateFiniteVector(probabilities, levels=[...])).",
        )
    true = _column(y_true, "y_true", measure)
    _same_rows(true, y_pred, measure)
    codes = y_pred.pool.codes(true)
    kept = _kept(codes < 0, np.zeros(len(codes), bool), measure)
    codes, given = _only(kept, codes), _only(kept, y_pred.probabilities)
    pools = [pool for pool in (y_pred.pool, _pool_of(true)) if pool]
    return Distributions(len(codes), kept, y_pred.pool, _ranked(pools), codes, given)


def numbers(y_true: Any, y_pred: Any, measure: str) -> Numbers:
    """Read true and predicted numbers: vectors, or tables and matrices of several targets.

    Columns of two tables are matched by name if both have the same, distinct ones, else in order.
    """
    _no_distribution_first(y_true, measure)
    if isinstance(y_pred, UnivariateFinite | UnivariateFiniteVector):
        raise MeasureError(
            f"`{measure}` compares numbers, but `y_pred` holds distributions over labels.",
            expected="predicted numbers",
            received=f"{type(y_pred).__name__} over {len(y_pred.levels)} levels",
            remedy="kf.log_loss, kf.brier_loss, or kf.accuracy(y_true, p.mode()).",
        )
    _same_index(y_true, y_pred, measure)
    true, names = _matrix(y_true, "y_true", measure)
    predicted, others = _matrix(y_pred, "y_pred", measure)
    _same_shape(true.shape, predicted.shape, measure)
    predicted = predicted[:, _matched(names, others, true.shape[1])]
    kept = _kept(np.isnan(true).any(axis=1), np.isnan(predicted).any(axis=1), measure)
    true, predicted = _only(kept, true), _only(kept, predicted)
    return Numbers(len(true), kept, true, predicted)


def _matched(names: list[str] | None, others: list[str] | None, k: int) -> list[int]:
    """Which of the other columns belongs to each: by name where both have the same, else all."""
    if names and others and len(set(names)) == len(names) and sorted(names) == sorted(others):
        return [others.index(name) for name in names]
    return list(range(k))


def _ranked(pools: list[Pool]) -> Pool | None:
    return next((pool for pool in pools if pool.ordered), None)


def _kept(truth: np.ndarray, prediction: np.ndarray, measure: str) -> NDArray[np.bool_] | None:
    """Which rows have both a truth and a prediction; None for all."""
    missing = truth | prediction
    if missing.all():
        raise MeasureError(
            f"`{measure}` has no row with both a truth and a prediction.",
            expected="one row or more with both",
            received=f"{counted(len(missing), 'row')}: {int(truth.sum()):,} without a truth, "
            f"{int(prediction.sum()):,} without a prediction",
            remedy="Look at how the two were read, and at what they were joined by.",
            rows=np.flatnonzero(missing),
        )
    return ~missing if missing.any() else None


def _only(kept: NDArray[np.bool_] | None, values: Any) -> Any:
    return values if kept is None else values[kept]


def _no_distribution_first(y_true: Any, measure: str) -> None:
    if isinstance(y_true, UnivariateFinite | UnivariateFiniteVector):
        raise MeasureError(
            f"`{measure}` was given distributions in the first place, where the truth goes.",
            expected="the truth first, then the prediction",
            received=f"y_true={type(y_true).__name__}",
            remedy=f"Swap the two: {measure}(y_true, p).",
        )


def _column(y: Any, role: str, measure: str) -> Any:
    """One column of labels; tables and matrices of one column are taken for it."""
    if is_table(y):
        found = columns(y)
        if len(found) == 1:
            return found[0][1]
        raise _not_a_column(role, measure, f"a table of {len(found)} columns")
    y = list(y) if isinstance(y, range | tuple) else y
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0]
    if not is_column(y):
        array = isinstance(y, np.ndarray)
        received = f"an array of shape {y.shape}" if array else described(y)
        raise _not_a_column(role, measure, received)
    return y


def _not_a_column(role: str, measure: str, received: str) -> MeasureError:
    return MeasureError(
        f"`{measure}` can't read `{role}`.",
        expected="one column of labels",
        received=received,
        remedy="A column of a table is `X[name]`; of probabilities the likeliest label is "
        "`p.mode()`.",
    )


def _pool_of(column: Any) -> Pool | None:
    return None if as_categorical(column) is None else Pool.of(column)


def _pool_seen(true: Any, predicted: Any, measure: str) -> Pool:
    """The labels that occur, sorted as scikit-learn does."""
    seen = dict.fromkeys([*_distinct(true), *_distinct(predicted)])
    try:
        return Pool(tuple(sorted(seen)), False)
    except TypeError:
        raise MeasureError(
            f"`{measure}` can't match labels of different kinds: a string is never a number.",
            expected="labels of one kind",
            received=f"{listed(_distinct(true))} in y_true and "
            f"{listed(_distinct(predicted))} in y_pred",
            remedy="Give both as strings or both as numbers.",
        ) from None


def _distinct(column: Any) -> list[Any]:
    return [label for label, _ in Pool(()).match(column)[1]]  # to an empty pool all are strangers


def _same_rows(true: Any, predicted: Any, measure: str) -> None:
    _same_shape((len(true),), (len(predicted),), measure)
    _same_index(true, predicted, measure)


def _same_shape(true: tuple[int, ...], predicted: tuple[int, ...], measure: str) -> None:
    if true != predicted:
        raise MeasureError(
            f"`{measure}` was given columns that don't fit each other.",
            expected=f"y_pred of shape {true}, as y_true",
            received=f"shape {predicted}",
            remedy=_same_rows_of(true, predicted),
        )
    if not true[0]:
        raise MeasureError(
            f"`{measure}` has no rows to judge.",
            expected="one row or more",
            received="none",
            remedy="Look at what the rows were selected by: it left none.",
        )


def _same_rows_of(true: tuple[int, ...], predicted: tuple[int, ...]) -> str:
    if true[0] != predicted[0]:
        return "Give the truth of the rows predicted: y[test] and mach.predict(rows=test)."
    return "Give as many columns of predictions as there are targets."


def _same_index(true: Any, predicted: Any, measure: str) -> None:
    refuse_other_index(predicted, true, ("y_pred", "y_true"), measure)


def refuse_other_index(one: Any, other: Any, names: tuple[str, str], measure: str) -> None:
    """Refuse pandas data whose rows carry other labels than those it is compared with."""
    differ = other_index(one, other, names)
    if differ is not None:
        raise MeasureError(
            f"`{measure}` pairs rows by position, but `{names[1]}` has another index than "
            f"`{names[0]}`.",
            **differ,
        )


def _matrix(y: Any, role: str, measure: str) -> tuple[np.ndarray, list[str] | None]:
    if is_table(y):
        found = columns(y)
        names = [str(name) for name, _ in found]
        return np.column_stack([_floats(c, f"{role}[{n!r}]", measure) for n, c in found]), names
    y = list(y) if isinstance(y, range | tuple) else y
    if isinstance(y, np.ndarray) and y.ndim == 2:
        return np.column_stack([_floats(c, role, measure) for c in y.T]), None
    if not is_column(y):
        raise _no_numbers(role, measure, described(y))
    return _floats(y, role, measure)[:, None], None


def _floats(column: Any, role: str, measure: str) -> np.ndarray:
    kind = elscitype(column) if len(column) else Infinite
    if not nonmissing(kind) <= Infinite and kind != Missing:
        raise _no_numbers(role, measure, repr(kind))
    if isinstance(column, pd.Series):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if isinstance(column, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(column), np.nan, column.data).astype(np.float64)
    values = np.asarray(column)
    if values.ndim != 1:
        raise _no_numbers(role, measure, f"an array of shape {values.shape}")
    if values.dtype == object:
        values = np.where(pd.isna(values), np.nan, values)
    return values.astype(np.float64)


def _no_numbers(role: str, measure: str, received: str) -> MeasureError:
    return MeasureError(
        f"`{measure}` compares numbers, but `{role}` holds something else.",
        expected="Continuous or Count elements",
        received=received,
        remedy="If they are numbers written otherwise: coerce(y, Continuous). "
        "For labels: kf.accuracy, kf.log_loss.",
    )


def described(value: Any) -> str:
    """What came, for an error: its type and how it prints, cut; of many values their number.

    >>> described("abc"), described([0.5, 1.0])
    ("str: 'abc'", 'list of length 2')
    """
    many = hasattr(value, "__len__") and getattr(value, "shape", None) != ()
    if many and not isinstance(value, str | bytes):
        return f"{type(value).__name__} of length {len(value)}"
    return f"{type(value).__name__}: {value!r}"[:80]
