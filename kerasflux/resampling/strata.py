"""Classes of a target: folds that have their shares, and folds that lack some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import ResamplingError
from kerasflux.hyperparameters import AtLeast, field
from kerasflux.resampling.base import Pairs, Strategy, enough_rows
from scitypes.inference import elscitype
from scitypes.lattice import Continuous, Never, nonmissing
from scitypes.pools import Pool
from scitypes.tables import is_column


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

    def split(self, rows: np.ndarray, y: Any = None, X: Any = None, groups: Any = None) -> Pairs:
        enough_rows(self, self.nfolds, rows)
        classes = _classes(y, rows, self)
        fold = np.empty(len(rows), dtype=np.intp)
        fold[np.argsort(classes, kind="stable")] = np.arange(len(rows)) % self.nfolds
        return [(rows[fold != k], rows[fold == k]) for k in range(self.nfolds)]


def in_blocks(y: Any) -> bool:
    """Whether the labels of a target come in blocks, so that unshuffled folds would mislead.

    True if labels change from row to row at most a tenth as often as in random order, or as seldom
    as they can. A target of a single class comes in no blocks.

    >>> in_blocks(["a"] * 50 + ["b"] * 50), in_blocks(["a", "b"] * 50)
    (True, False)
    """
    codes = _codes(y)[0]
    n, k = len(codes), int(codes.max(initial=-1)) + 1
    if k < 2 or n <= k:
        return False
    changes = int((np.diff(codes) != 0).sum())
    shares = np.bincount(codes[codes >= 0]) / n
    expected = (n - 1) * (1 - np.sum(shares**2))
    return bool(changes <= max(k - 1, expected / 10))


def absent_classes(folds: Pairs, y: Any) -> dict[int, list[Any]]:
    """The classes that a fold has rows of, but none to train on; for each fold that lacks some.

    >>> absent_classes([(np.array([0, 1]), np.array([2]))], ["a", "a", "b"])
    {0: ['b']}
    """
    codes, labels = _codes(y)
    found = {}
    for k, (train, test) in enumerate(folds):
        absent = np.setdiff1d(codes[test], codes[train])
        if (absent >= 0).any():
            found[k] = [labels[code] for code in absent if code >= 0]
    return found


def _codes(y: Any) -> tuple[np.ndarray, list[Any]]:
    """The number of each element's label, in order of appearance, -1 if missing; the labels."""
    labels = [label for label, _ in Pool(()).match(y)[1]]  # to an empty pool all are strangers
    return Pool(tuple(labels)).codes(y), labels


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
    codes = _codes(y)[0][rows]
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


def _not_stratified(why: str, expected: str, received: str, remedy: str = "") -> ResamplingError:
    return ResamplingError(
        f"StratifiedCV can't stratify: {why}.",
        expected=expected,
        received=received,
        remedy=remedy or "CV(nfolds=..., rng=0) splits without strata.",
    )
