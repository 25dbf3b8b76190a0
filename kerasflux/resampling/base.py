"""What a resampling strategy is, and what it takes for rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, TypeAlias

import numpy as np

from kerasflux.errors import ResamplingError
from kerasflux.hyperparameters import Hyperparameters

Pairs: TypeAlias = list[tuple[np.ndarray, np.ndarray]]


class Strategy(Hyperparameters, positional=True):
    """The base of resampling strategies; a subclass defines `split`.

    One that can shuffle has two fields: `shuffle` (None means yes if `rng` is given, else no) and
    `rng`, the seed. With `shuffle=True` and no seed one is drawn when the strategy is made, and
    shown in its `repr`.

    Attributes:
        uses_groups: whether `split` looks at groups; where it does not, groups are refused.
    """

    uses_groups: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if getattr(self, "shuffle", None) and getattr(self, "rng", None) is None:
            self.__dict__["rng"] = drawn_seed()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.__post_init__()

    @property
    def shuffles(self) -> bool:
        """Whether rows are shuffled, `shuffle=None` resolved."""
        shuffle, rng = getattr(self, "shuffle", None), getattr(self, "rng", None)
        return rng is not None if shuffle is None else bool(shuffle)

    @abstractmethod
    def split(self, rows: np.ndarray, y: Any = None, X: Any = None, groups: Any = None) -> Pairs:
        """The pairs of rows already in the order to be cut."""

    def pairs(self, rows: Any, y: Any = None, *, X: Any = None, groups: Any = None) -> Pairs:
        """The training and test rows.

        Args:
            rows: row numbers, `(n,)`, distinct; or the number of rows, meaning all of them.
            y: the target of all rows of the data (row numbers are positions in it), `(n_data,)`;
                needed by stratified strategies, ignored by others.
            X: the inputs of all rows of the data, for strategies that look at times.
            groups: the group of each row of the data, `(n_data,)`, for strategies that keep groups
                together.

        Returns:
            A list of `(train, test)`, arrays of row numbers.

        Raises:
            ResamplingError: too few rows for what was asked, or rows that can't be split.
        """
        if groups is not None and not self.uses_groups:
            raise no_use_of_groups(repr(self))
        rows = row_numbers(rows)
        if self.shuffles:
            rows = np.random.default_rng(getattr(self, "rng", None)).permutation(rows)
        return self.split(rows, y, X, groups)


def drawn_seed() -> int:
    """A seed from the entropy of the system; no global generator is moved."""
    return int(np.random.SeedSequence().generate_state(1)[0] >> 1)  # 31 bits: scikit-learn's limit


def row_numbers(rows: Any) -> np.ndarray:
    """Distinct row numbers, `(n,)`, from these or from their number."""
    if isinstance(rows, int | np.integer):
        return np.arange(rows)
    numbers = np.asarray(rows)
    if numbers.ndim != 1 or (len(numbers) and numbers.dtype.kind not in "iu"):
        raise ResamplingError(
            "Rows to split have to be row numbers.",
            expected="integers of shape (n,)",
            received=f"{numbers.dtype} of shape {numbers.shape}",
            remedy="The rows of a mask are `numpy.flatnonzero(mask)`.",
        )
    if len(np.unique(numbers)) < len(numbers):
        raise ResamplingError(
            "A row was given twice: it would be trained on and tested on.",
            expected="distinct row numbers",
            received=f"{len(numbers)} rows, {len(np.unique(numbers))} of them different",
            remedy="Name each row once: `numpy.unique(rows)`.",
        )
    return numbers.astype(np.intp)


def enough_rows(strategy: Strategy, nfolds: int, rows: np.ndarray) -> None:
    """Refuse fewer rows than folds."""
    if len(rows) < nfolds:
        raise ResamplingError(
            f"{type(strategy).__name__} can't make {nfolds} folds of {len(rows)} rows.",
            expected=f"at least {nfolds} rows",
            received=f"{len(rows)}",
            remedy="Give more rows, or a smaller nfolds.",
        )


def no_use_of_groups(strategy: str) -> ResamplingError:
    """The error for groups that a strategy would ignore."""
    return ResamplingError(
        f"{strategy} makes no use of groups, so rows of one group would train and test.",
        expected="a strategy that keeps groups together, or `groups=None`",
        received="groups",
        remedy="scikit-learn has such ones: `resampling=GroupKFold(n_splits=5)`, "
        "`StratifiedGroupKFold(n_splits=5)` for labels, both of `sklearn.model_selection`.",
    )
