"""What a measure is: its traits, its call, its value per row, and how folds are put together.

A measure is a frozen object, called `(y_true, y_pred, sample_weight=None, class_weight=None)`. Its
parameters are dataclass fields, so that measures of equal parameters are equal, and
`measure.replace(...)` makes another. A kind of measure says how a pair of columns is read
(`kerasflux.scoring.pairs`) and what it is worth; everything else, weights and aggregation included,
is written here once.
"""

from __future__ import annotations

import dataclasses
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.log import warn
from kerasflux.scoring.confusion import ConfusionMatrix
from kerasflux.scoring.pairs import Pair, counted_pairs, refuse_other_index
from kerasflux.scoring.weights import row_weights
from scitypes.errors import nearest
from scitypes.inference import scitype
from scitypes.lattice import ArrayOf, Scitype, Table, TableOf, nonmissing
from scitypes.messages import counted

Aggregation = Literal["mean", "sum", "root_mean_square"]


@dataclass(frozen=True, eq=False)
class Judged:
    """What a measure made of a truth and a prediction.

    Attributes:
        value: the measure's value.
        per_row: what each row is worth, `(n_rows,)`, NaN for rows left out; None for measures that
            have no value for a single row.
        left_out: how many rows were left out since their truth or prediction is missing.
        positive: the label that counted as positive; None for measures without one.
        weight: the number of rows that were judged, or the sum of their weights: what the value
            weighs beside those of other folds.
    """

    value: Any
    per_row: np.ndarray | None
    left_out: int
    positive: Any
    weight: float


@dataclass(frozen=True, repr=False)
class Measure(ABC):
    """The base of all measures. Subclasses set the traits and define `read` and `aggregate`.

    Attributes:
        name: the public name.
        aliases: other names of the same measure.
        human_name: its name in words.
        orientation: `"loss"` (smaller is better), `"score"` (larger is) or `"unoriented"`.
        prediction: `"deterministic"` (it compares values), `"probabilistic"` (it judges
            distributions) or None (not known: a plain function).
        target_scitype: the scitypes of targets that it is meant for; None for any.
        aggregation: how rows, and folds, are put together: `"mean"`, `"sum"` or
            `"root_mean_square"`.
        supports_weights: whether it takes `sample_weight`.
        supports_class_weights: whether it takes `class_weight`.
        supports_per_observation: whether a single row has a value.
        gives_numbers: whether its value is a number (that of `confusion_matrix` is none).
    """

    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    human_name: ClassVar[str] = ""
    orientation: ClassVar[Literal["loss", "score", "unoriented"]] = "unoriented"
    prediction: ClassVar[Literal["deterministic", "probabilistic"] | None] = None
    target_scitype: ClassVar[Any] = None
    aggregation: ClassVar[Aggregation] = "mean"
    supports_weights: ClassVar[bool] = True
    supports_class_weights: ClassVar[bool] = False
    supports_per_observation: ClassVar[bool] = False
    gives_numbers: ClassVar[bool] = True

    # Some classes have several public instances, named by the value of one parameter:
    # its name, and by value the public name, the name in words and the aliases.
    named_by: ClassVar[str] = ""
    names: ClassVar[Mapping[Any, tuple[str, str, tuple[str, ...]]]] = {}

    def __post_init__(self) -> None:
        self.check()
        own = self.names.get(self.known_as)
        if own is not None:
            for trait, value in zip(("name", "human_name", "aliases"), own, strict=True):
                object.__setattr__(self, trait, value)

    @property
    def known_as(self) -> Any:
        """The key of the public name among `names`."""
        return getattr(self, self.named_by) if self.named_by else None

    @abstractmethod
    def read(self, y_true: Any, y_pred: Any) -> Any:
        """The two columns as arrays that `aggregate` can compare, or a MeasureError."""

    @abstractmethod
    def aggregate(self, pair: Any, weights: np.ndarray | None) -> Any:
        """The measure's value over the rows of a pair."""

    def check(self) -> None:  # noqa: B027 - most have nothing to refuse
        """Refuse parameters that it can't have."""

    def takes(self, target: Scitype) -> bool:
        """Whether targets of this scitype are what it is meant for; missing ones are left out.

        >>> from kerasflux.scoring.measures import rms
        >>> from scitypes import Count, Missing, Textual, Vector
        >>> rms.takes(Vector[Count | Missing]), rms.takes(Vector[Textual])
        (True, False)
        """
        return self.target_scitype is None or without_missing(target) <= self.target_scitype

    def refuse_target(self, y: Any) -> None:
        """Refuse a target that the measure is not meant for.

        Raises:
            MeasureError: its scitype is none of `target_scitype`.
        """
        found = scitype(y)
        if not self.takes(found):
            raise MeasureError(
                f"`{self.name}` is no measure for this target.",
                expected=f"a target of scitype {self.target_scitype}",
                received=str(found),
                remedy="Choose a measure for such targets (`kf.measures(y)` lists them), "
                "or coerce the target.",
            )

    def __call__(
        self,
        y_true: Any,
        y_pred: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
        **parameters: Any,
    ) -> Any:
        measure = self.replace(**parameters) if parameters else self
        pair, weights = measure._read(y_true, y_pred, sample_weight, class_weight)
        if pair.left_out:
            warn(f"`{self.name}` {left_out_words(pair.left_out, pair.n + pair.left_out)}.")
        return measure.aggregate(pair, weights)

    def judged(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
    ) -> Judged:
        """The measure's value with what is to be told about it, without a warning.

        Example:
            >>> from kerasflux.scoring.measures import l1
            >>> l1.judged([1.0, None, 3.0], [1.0, 2.0, 7.0])
            Judged(value=2.0, per_row=array([ 0., nan,  4.]), left_out=1, positive=None, weight=2.0)
        """
        pair, weights = self._read(y_true, y_pred, sample_weight, class_weight)
        return Judged(
            value=self.aggregate(pair, weights),
            per_row=self._per_row(pair),
            left_out=pair.left_out,
            positive=self.positive_of(pair),
            weight=float(pair.n if weights is None else weights.sum()),
        )

    def per_observation(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """What each row is worth before weighting and aggregation.

        Returns:
            `(n_rows,)` float64, NaN where the truth or the prediction is missing.

        Example:
            >>> from kerasflux.scoring.measures import accuracy
            >>> accuracy.per_observation(["a", "b"], ["a", "a"])
            array([1., 0.])
        """
        if not self.supports_per_observation:
            raise MeasureError(
                f"`{self.name}` has no value for a single row.",
                expected="a measure with `supports_per_observation`",
                received=self.name,
                remedy="`kf.measures(supports_per_observation=True)` lists those.",
            )
        found = self._per_row(self.read(y_true, y_pred))
        assert found is not None
        return found

    def positive_of(self, pair: Any) -> Any:
        """The label that counts as positive; None for measures without one."""
        return None

    def combine(self, values: Sequence[Any], n_per_fold: Sequence[float]) -> Any:
        """One value from the values of several folds.

        Args:
            values: the measure's value on each fold.
            n_per_fold: the number of rows (or the sum of their weights) of each fold.

        Returns:
            The weighted mean of the folds; the root of the weighted mean of squares for
            `"root_mean_square"`, so that folds give what all their rows give at once; the plain sum
            for `"sum"`. Of values by label likewise for each label.

        Example:
            >>> from kerasflux.scoring.measures import l1, rms
            >>> l1.combine([1.0, 4.0], [2, 1])
            2.0
            >>> rms.combine([1.0, 7.0], [1, 1])
            5.0

        Source: external aggregation of StatisticalMeasures.jl.
        """
        if len(values) != len(n_per_fold) or not len(values):
            raise MeasureError(
                "The folds of a measure don't fit their sizes.",
                expected="one or more values and as many sizes",
                received=f"{len(values)} values and {len(n_per_fold)} sizes",
            )
        if isinstance(values[0], dict):
            return {
                label: self.combine([value[label] for value in values], n_per_fold)
                for label in values[0]
            }
        if self.aggregation == "sum":
            return sum(values[1:], start=values[0])
        numbers = np.asarray(values, dtype=np.float64)
        return aggregated(numbers, np.asarray(n_per_fold, dtype=np.float64), self.aggregation)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name.

        >>> from kerasflux.scoring.measures import f1
        >>> f1.parameters
        {'positive': None, 'zero_division': None, 'beta': 1.0}
        """
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def replace(self, **parameters: Any) -> Self:
        """The measure with other parameters.

        Raises:
            MeasureError: a parameter that it does not have, or a value that it can't have.

        Example:
            >>> from kerasflux.scoring.measures import f1
            >>> f1.replace(beta=2.0, positive="yes")
            f_score(positive='yes', beta=2.0)
        """
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(self.parameters)
                raise MeasureError(
                    f"`{self.name}` has no parameter `{name}`.",
                    expected=f"one of {known}" if known else "no parameters: it has none",
                    received=f"{name}={parameters[name]!r}"[:80],
                    remedy=nearest(name, self.parameters) or self.advice(name),
                )
        return dataclasses.replace(self, **parameters)

    def advice(self, parameter: str) -> str:
        """Where a parameter belongs that the measure does not have, or `""`."""
        if parameter == "average":
            return "Averages over classes: kf.macro_f1, kf.multiclass_precision and the like."
        if parameter == "positive":
            return "It treats all classes alike: leave `positive` out."
        return ""

    def _read(
        self, y_true: Any, y_pred: Any, sample_weight: Any, class_weight: Any
    ) -> tuple[Any, np.ndarray | None]:
        """The pair, and the weights of its rows."""
        self._refuse_weights(sample_weight, class_weight)
        if y_pred is None and isinstance(y_true, ConfusionMatrix):
            return self._read_counts(y_true, sample_weight, class_weight)
        refuse_other_index(y_true, sample_weight, ("y_true", "sample_weight"), self.name)
        pair = self.read(y_true, y_pred)
        return pair, row_weights(pair, sample_weight, class_weight)

    def _read_counts(
        self, matrix: ConfusionMatrix, sample_weight: Any, class_weight: Any
    ) -> tuple[Any, np.ndarray]:
        """A confusion matrix as rows, one for each cell, which weigh their counts."""
        if not self.judges_labels or sample_weight is not None:
            raise MeasureError(
                f"`{self.name}` can't be computed from a confusion matrix"
                + (" with sample weights." if self.judges_labels else "."),
                expected="the truth and the prediction, row by row",
                received="a ConfusionMatrix",
                remedy=f"{self.name}(y_true, y_pred)",
            )
        pair = counted_pairs(matrix.levels)
        by_class = row_weights(pair, None, class_weight)
        counts = matrix.matrix.ravel()
        return pair, counts if by_class is None else counts * by_class

    @property
    def judges_labels(self) -> bool:
        """Whether it compares labels, so that a confusion matrix says all that it needs."""
        return False

    def _per_row(self, pair: Pair) -> np.ndarray | None:
        return None

    def _refuse_weights(self, sample_weight: Any, class_weight: Any) -> None:
        for given, name, supported in (
            (sample_weight, "sample_weight", self.supports_weights),
            (class_weight, "class_weight", self.supports_class_weights),
        ):
            if given is not None and not supported:
                raise MeasureError(
                    f"`{self.name}` takes no `{name}`.",
                    expected=f"`{name}=None`",
                    received=type(given).__name__,
                )

    @property
    def __name__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        defaults = {f.name: f.default for f in dataclasses.fields(self)}
        implied = self.named_by if self.name != type(self).name else ""
        said = [
            f"{name}={value!r}"
            for name, value in self.parameters.items()
            if name != implied and value != defaults[name]
        ]
        return f"{self.name}({', '.join(said)})" if said else self.name

    def __reduce__(self) -> Any:
        # The measures of a module are pickled by name, so that they stay the same object.
        module = sys.modules.get(type(self).__module__)
        if getattr(module, self.name, None) is self:
            return self.name
        return super().__reduce__()


class Pointwise(Measure):
    """A measure whose rows have values of their own, which are put together as it says."""

    supports_per_observation: ClassVar[bool] = True

    @abstractmethod
    def values(self, pair: Any) -> np.ndarray:
        """What each row is worth, `(n_rows,)` float64."""

    def aggregate(self, pair: Any, weights: np.ndarray | None) -> Any:
        return aggregated(self.values(pair), weights, self.aggregation)

    def _per_row(self, pair: Pair) -> np.ndarray | None:
        return pair.spread(self.values(pair))


def aggregated(values: np.ndarray, weights: np.ndarray | None, aggregation: Aggregation) -> float:
    """Values put together as a measure says; weighted means divide by the sum of the weights.

    >>> aggregated(np.array([1.0, 3.0]), np.array([3.0, 1.0]), "mean")
    1.5
    """
    if aggregation == "sum":
        return float(np.sum(values if weights is None else values * weights))
    if aggregation == "mean":
        return float(np.average(values, weights=weights))
    return float(np.sqrt(np.average(values**2, weights=weights)))


def without_missing(target: Scitype) -> Scitype:
    """The scitype of a column or table less the missing cells.

    >>> from scitypes import Continuous, Count, Missing
    >>> without_missing(Table(Count, Continuous | Missing)) == Table(Count, Continuous)
    True
    """
    if isinstance(target, ArrayOf):
        return replace(target, element=nonmissing(target.element))
    if isinstance(target, TableOf):
        return Table(*map(nonmissing, target.columns))
    return target


def left_out_words(left_out: int, n: int) -> str:
    """How many rows were left out, in words.

    >>> left_out_words(2, 1000)
    'left out 2 of 1,000 rows: their truth or their prediction is missing'
    """
    return (
        f"left out {left_out:,} of {counted(n, 'row')}: their truth or their prediction is missing"
    )


def demand(ok: bool, measure: str, parameter: str, value: Any, expected: str) -> None:
    """Refuse a value of a parameter.

    >>> demand(True, "quantile_loss", "q", 0.5, "a number between 0 and 1")
    """
    if not ok:
        raise MeasureError(
            f"`{parameter}` of `{measure}` can't have this value.",
            expected=expected,
            received=f"{parameter}={value!r}"[:80],
            remedy=f"`{measure}.replace({parameter}=...)` with such a value.",
        )


def is_number(value: Any) -> bool:
    """Whether a parameter is a plain finite number.

    >>> is_number(2), is_number(True), is_number("2")
    (True, False, False)
    """
    plain = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return plain and bool(np.isfinite(value))


def is_natural(value: Any) -> bool:
    """Whether a parameter is a plain finite number from 0 on.

    >>> is_natural(0), is_natural(-1)
    (True, False)
    """
    return is_number(value) and value >= 0
