"""Resampling strategies: rows to pairs of training and test rows.

A strategy is a record of hyperparameters. The pairs that it gives are a pure function of the
strategy, the rows and, for a stratified one, the target: the same call gives the same pairs, and no
generator is ever moved on (MLJ's strategies hold one, so that two uses differ).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from kerasflux.errors import ResamplingError
from kerasflux.hyperparameters import AtLeast, Between, Hyperparameters, field
from scitypes.inference import elscitype
from scitypes.lattice import Continuous, Never, nonmissing
from scitypes.pools import Pool
from scitypes.tables import is_column

Pairs: TypeAlias = list[tuple[np.ndarray, np.ndarray]]


class Strategy(Hyperparameters, positional=True):
    """The base of resampling strategies; a subclass defines `split`.

    One that can shuffle has two fields: `shuffle` (None means yes if `rng` is given, else no) and
    `rng`, the seed. With `shuffle=True` and no seed one is drawn when the strategy is made, and
    shown in its `repr`.
    """

    def __post_init__(self) -> None:
        if getattr(self, "shuffle", None) and getattr(self, "rng", None) is None:
            self.__dict__["rng"] = int(np.random.SeedSequence().generate_state(1)[0])

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.__post_init__()

    @property
    def shuffles(self) -> bool:
        """Whether rows are shuffled, `shuffle=None` resolved."""
        shuffle, rng = getattr(self, "shuffle", None), getattr(self, "rng", None)
        return rng is not None if shuffle is None else bool(shuffle)

    @abstractmethod
    def split(self, rows: np.ndarray, y: Any = None) -> Pairs:
        """The pairs of rows already in the order to be cut."""

    def pairs(self, rows: Any, y: Any = None) -> Pairs:
        """The training and test rows.

        Args:
            rows: row numbers, `(n,)`, distinct; or the number of rows, meaning all of them.
            y: the target of all rows of the data (row numbers are positions in it), `(n_data,)`;
                needed by stratified strategies, ignored by others.

        Returns:
            A list of `(train, test)`, arrays of row numbers.

        Raises:
            ResamplingError: too few rows for what was asked, or rows that can't be split.
        """
        rows = _row_numbers(rows)
        if self.shuffles:
            rows = np.random.default_rng(getattr(self, "rng", None)).permutation(rows)
        return self.split(rows, y)


class Holdout(Strategy):
    """One pair: the first rows to train on, the rest to test on.

    `round(fraction_train * n)` rows train, halves rounded to even.

    Args:
        fraction_train: the share of rows to train on, between 0 and 1, both excluded.
        shuffle: whether rows are shuffled first; None means if `rng` is given.
        rng: the seed of the shuffling.

    Raises:
        HyperparameterError: a fraction outside (0, 1).
        ResamplingError: so few rows that one side would be empty.

    Example:
        >>> Holdout(fraction_train=0.7).pairs(10)
        [(array([0, 1, 2, 3, 4, 5, 6]), array([7, 8, 9]))]
        >>> Holdout(0.7, rng=123)
        Holdout(rng=123)

    Source: `Holdout` of MLJBase.jl; an empty side is refused there only where it can't be mended.
    """

    fraction_train: float = field(
        0.7, allowed=Between(0, 1, open="both"), doc="the share of rows to train on"
    )
    shuffle: bool | None = field(None, doc="whether rows are shuffled first; None: if rng is given")
    rng: int | None = field(None, allowed=AtLeast(0), doc="the seed of the shuffling")

    def split(self, rows: np.ndarray, y: Any = None) -> Pairs:
        n_train = round(self.fraction_train * len(rows))
        if n_train in (0, len(rows)):
            raise ResamplingError(
                f"Holdout would leave no row to {'test on' if n_train else 'train on'}.",
                expected="at least one row on both sides",
                received=f"{len(rows)} rows and fraction_train={self.fraction_train}",
                remedy="Give more rows, or another fraction.",
            )
        return [(rows[:n_train], rows[n_train:])]


class CV(Strategy):
    """Cross-validation: consecutive blocks of rows, each tested once by what the others train.

    The first `n mod nfolds` blocks have one row more than the rest.

    Args:
        nfolds: the number of blocks, at least 2.
        shuffle: whether rows are shuffled first; None means if `rng` is given.
        rng: the seed of the shuffling.

    Raises:
        HyperparameterError: fewer than two folds.
        ResamplingError: fewer rows than folds.

    Example:
        >>> [test.tolist() for _, test in CV(nfolds=3).pairs(7)]
        [[0, 1, 2], [3, 4], [5, 6]]

    Source: `CV` of MLJBase.jl; `sklearn.model_selection.KFold`.
    """

    nfolds: int = field(6, allowed=AtLeast(2), doc="the number of blocks")
    shuffle: bool | None = field(None, doc="whether rows are shuffled first; None: if rng is given")
    rng: int | None = field(None, allowed=AtLeast(0), doc="the seed of the shuffling")

    def split(self, rows: np.ndarray, y: Any = None) -> Pairs:
        _enough_rows(self, rows)
        fold = np.repeat(np.arange(self.nfolds), _sizes(len(rows), self.nfolds))
        return [(rows[fold != k], rows[fold == k]) for k in range(self.nfolds)]


class StratifiedCV(Strategy):
    """Cross-validation whose folds have the shares of the classes as nearly equal as can be.

    Classes are taken in the order of their first row, and fold numbers are dealt in turn to the
    rows of the first class, then on to those of the next, and so on. Relabelling changes nothing. A
    class with fewer rows than folds is absent from the test rows of some folds.

    Args:
        nfolds: the number of folds, at least 2.
        shuffle: whether rows are shuffled first; None means if `rng` is given.
        rng: the seed of the shuffling.

    Raises:
        HyperparameterError: fewer than two folds.
        ResamplingError: fewer rows than folds; no target, one that is not
            Finite, one with missing labels, or one all of whose classes have fewer rows than there
            are folds (there is nothing to stratify then).

    Example:
        >>> y = list("bcabbbcccaaa")
        >>> [test.tolist() for _, test in StratifiedCV(nfolds=3).pairs(12, y)]
        [[0, 5, 7, 9], [1, 3, 8, 10], [2, 4, 6, 11]]

    Source: `StratifiedCV` of MLJBase.jl; training rows keep their order here, as in `CV`.
    """

    nfolds: int = field(6, allowed=AtLeast(2), doc="the number of folds")
    shuffle: bool | None = field(None, doc="whether rows are shuffled first; None: if rng is given")
    rng: int | None = field(None, allowed=AtLeast(0), doc="the seed of the shuffling")

    def split(self, rows: np.ndarray, y: Any = None) -> Pairs:
        _enough_rows(self, rows)
        classes = _classes(y, rows, self)
        fold = np.empty(len(rows), dtype=np.intp)
        fold[np.argsort(classes, kind="stable")] = np.arange(len(rows)) % self.nfolds
        return [(rows[fold != k], rows[fold == k]) for k in range(self.nfolds)]


def pairs(strategy: Any, rows: Any, y: Any = None) -> Pairs:
    """The training and test rows of a strategy, or of pairs written out.

    Args:
        strategy: a `Strategy`, or a sequence of `(train, test)` row numbers.
        rows: row numbers, `(n,)`, distinct; or the number of rows. Pairs written out have to stay
            within them.
        y: the target of all rows of the data, for stratified strategies.

    Returns:
        A list of `(train, test)`, arrays of row numbers.

    Raises:
        ResamplingError: as the strategy says; or something that is neither.

    Example:
        >>> pairs([([0, 1], [2])], 3)
        [(array([0, 1]), array([2]))]
    """
    if isinstance(strategy, Strategy):
        return strategy.pairs(rows, y)
    if isinstance(strategy, type) or not _are_pairs(strategy):
        raise ResamplingError(
            "This is no resampling strategy.",
            expected="Holdout(...), CV(...), StratifiedCV(...), or a list of (train, test) rows",
            received=repr(strategy)[:80],
            remedy=_instead_of(strategy),
        )
    known = _row_numbers(rows)
    return [
        (_within(train, known, i), _within(test, known, i))
        for i, (train, test) in enumerate(strategy)
    ]


def _instead_of(strategy: Any) -> str:
    if isinstance(strategy, type):
        return f"{strategy.__name__}()"
    if isinstance(strategy, int) and not isinstance(strategy, bool) and strategy > 1:
        return f"`kf.CV(nfolds={strategy}, rng=0)` makes {strategy} folds of shuffled rows."
    if isinstance(strategy, float) and 0 < strategy < 1:
        return f"`kf.Holdout(fraction_train={strategy}, rng=0)` trains on that share of the rows."
    if hasattr(strategy, "split"):
        return "Write its pairs out: `resampling=list(splitter.split(X, y))`."
    return ""


def in_blocks(y: Any) -> bool:
    """Whether the labels of a target come in blocks, so that unshuffled folds would mislead.

    True if labels change from row to row at most a tenth as often as in random order, or as seldom
    as they can. A target of a single class comes in no blocks.

    >>> in_blocks(["a"] * 50 + ["b"] * 50), in_blocks(["a", "b"] * 50)
    (True, False)
    """
    codes = _codes(y)
    n, k = len(codes), int(codes.max(initial=-1)) + 1
    if k < 2 or n <= k:
        return False
    changes = int((np.diff(codes) != 0).sum())
    shares = np.bincount(codes[codes >= 0]) / n
    expected = (n - 1) * (1 - np.sum(shares**2))
    return bool(changes <= max(k - 1, expected / 10))


def _row_numbers(rows: Any) -> np.ndarray:
    if isinstance(rows, int | np.integer):
        return np.arange(rows)
    numbers = np.asarray(rows)
    if numbers.ndim != 1 or (len(numbers) and numbers.dtype.kind not in "iu"):
        raise ResamplingError(
            "Rows to split have to be row numbers.",
            expected="integers of shape (n,)",
            received=f"{numbers.dtype} of shape {numbers.shape}",
        )
    if len(np.unique(numbers)) < len(numbers):
        raise ResamplingError(
            "A row was given twice: it would be trained on and tested on.",
            expected="distinct row numbers",
            received=f"{len(numbers)} rows, {len(np.unique(numbers))} of them different",
        )
    return numbers.astype(np.intp)


def _enough_rows(strategy: CV | StratifiedCV, rows: np.ndarray) -> None:
    if len(rows) < strategy.nfolds:
        raise ResamplingError(
            f"{type(strategy).__name__} can't make {strategy.nfolds} folds of {len(rows)} rows.",
            expected=f"at least {strategy.nfolds} rows",
            received=f"{len(rows)}",
            remedy="Give more rows, or a smaller nfolds.",
        )


def _sizes(n: int, k: int) -> list[int]:
    size, more = divmod(n, k)
    return [size + 1] * more + [size] * (k - more)


def _classes(y: Any, rows: np.ndarray, strategy: StratifiedCV) -> np.ndarray:
    """A number per row: that of its class, in the order of first rows."""
    if y is None:
        raise _not_stratified("there is no target", "y of all rows", "None")
    if not is_column(y):
        raise _not_stratified("the target is no column", "one column of labels", type(y).__name__)
    if len(y) <= rows.max():
        raise _not_stratified(
            "the target is too short", f"at least {rows.max() + 1} labels", f"{len(y)}"
        )
    kind = nonmissing(elscitype(y))
    if Never != kind <= Continuous:
        raise _not_stratified(
            "the target is Continuous",
            "a Finite target",
            repr(kind),
            "CV(nfolds=..., rng=0); if the numbers are labels: coerce(y, Multiclass).",
        )
    codes = _codes(y)[rows]
    missing = int((codes < 0).sum())
    if missing:
        raise _not_stratified("labels are missing", "a label in each row", f"{missing} missing")
    classes, seen = pd.factorize(codes)
    counts = np.bincount(classes)
    if counts.max() < strategy.nfolds:
        raise _not_stratified(
            "every class has fewer rows than there are folds",
            f"a class with at least {strategy.nfolds} rows",
            f"{len(seen)} classes, the largest with {counts.max()}",
            f"StratifiedCV(nfolds={max(2, counts.max())}), or CV(nfolds={strategy.nfolds}, rng=0)"
            " without strata.",
        )
    return np.asarray(classes)


def _codes(y: Any) -> np.ndarray:
    """For each element the number of its label, in order of appearance; -1 where it is missing."""
    labels = [label for label, _ in Pool(()).match(y)[1]]  # to an empty pool all are strangers
    return Pool(tuple(labels)).codes(y)


def _not_stratified(why: str, expected: str, received: str, remedy: str = "") -> ResamplingError:
    return ResamplingError(
        f"StratifiedCV can't stratify: {why}.",
        expected=expected,
        received=received,
        remedy=remedy or "CV(nfolds=..., rng=0) splits without strata.",
    )


def _are_pairs(given: Any) -> bool:
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        return False
    return all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in given)


def _within(rows: Any, known: np.ndarray, fold: int) -> np.ndarray:
    numbers = _row_numbers(list(rows))
    strangers = numbers[~np.isin(numbers, known)]
    if len(strangers) or not len(numbers):
        raise ResamplingError(
            f"Pair {fold} can't be used.",
            expected="one or more of the given rows on both sides",
            received=f"row {strangers[0]}" if len(strangers) else "no rows on one side",
        )
    return numbers
