"""What a measure is: its traits, its call, its value per row, and how folds are put together.

A measure is an object without state, called `(y_true, y_pred, sample_weight=None,
class_weight=None)`. A kind of measure says how a pair of columns is read
(`kerasflux.scoring.pairs`) and what one row is worth; everything else, weights and aggregation
included, is written here once.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring.pairs import Pair, refuse_other_index
from kerasflux.scoring.weights import row_weights

Aggregation = Literal["mean", "sum", "root_mean_square"]


class Measure(ABC):
    """The base of all measures. Subclasses set the traits and define `read` and `values`.

    Attributes:
        name: the public name.
        aliases: other names of the same measure.
        human_name: its name in words.
        orientation: `"loss"` (smaller is better), `"score"` (larger is) or `"unoriented"`.
        prediction: `"deterministic"` (it compares values), `"probabilistic"` (it judges
            distributions) or None (not known: a plain function).
        target_scitype: the scitypes of targets that it is meant for.
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
    supports_per_observation: ClassVar[bool] = True
    gives_numbers: ClassVar[bool] = True

    @abstractmethod
    def read(self, y_true: Any, y_pred: Any) -> Any:
        """The two columns as arrays that `values` can compare, or a MeasureError."""

    @abstractmethod
    def values(self, pair: Any) -> np.ndarray:
        """What each row is worth, `(n_rows,)` float64."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
    ) -> Any:
        refuse_other_index(y_true, sample_weight, ("y_true", "sample_weight"), self.name)
        pair = self.read(y_true, y_pred)
        return self.aggregate(pair, self._weights(pair, sample_weight, class_weight))

    def judged(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> tuple[Any, np.ndarray | None]:
        """The measure's value and what each row is worth (None where a row has no value).

        As `measure(...)` and `measure.per_observation(...)` give them; columns are read once.
        """
        refuse_other_index(y_true, sample_weight, ("y_true", "sample_weight"), self.name)
        pair = self.read(y_true, y_pred)
        value = self.aggregate(pair, self._weights(pair, sample_weight, None))
        return value, self.values(pair) if self.supports_per_observation else None

    def per_observation(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """What each row is worth before weighting and aggregation, `(n_rows,)` float64.

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
            )
        return self.values(self.read(y_true, y_pred))

    def combine(self, values: Sequence[Any], n_per_fold: Sequence[float]) -> Any:
        """One value from the values of several folds.

        Args:
            values: the measure's value on each fold.
            n_per_fold: the number of rows (or the sum of their weights) of each fold.

        Returns:
            The weighted mean of the folds; the root of the weighted mean of squares for
            `"root_mean_square"`, so that folds give what all their rows give at once; the plain sum
            for `"sum"`.

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
        if self.aggregation == "sum":
            return sum(values[1:], start=values[0])
        numbers = np.asarray(values, dtype=np.float64)
        return aggregated(numbers, np.asarray(n_per_fold, dtype=np.float64), self.aggregation)

    def aggregate(self, pair: Any, weights: np.ndarray | None) -> Any:
        """The measure's value over the rows of a pair."""
        return aggregated(self.values(pair), weights, self.aggregation)

    def _weights(self, pair: Pair, sample_weight: Any, class_weight: Any) -> np.ndarray | None:
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
        return row_weights(pair, sample_weight, class_weight)

    @property
    def __name__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> Any:
        # The measures of a module are pickled by name, so that they stay the same object.
        module = sys.modules.get(type(self).__module__)
        if getattr(module, self.name, None) is self:
            return self.name
        return super().__reduce__()


class PlainFunction(Measure):
    """A function `(y_true, y_pred)` as a measure: a number, without orientation or weights."""

    supports_weights = False
    supports_per_observation = False

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function
        self.name = self.human_name = str(  # type: ignore[misc]
            getattr(function, "__name__", type(function).__name__)
        )

    def read(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        return y_true, y_pred

    def values(self, pair: Any) -> np.ndarray:
        raise NotImplementedError  # `per_observation` refuses, and `aggregate` does without it

    def aggregate(self, pair: tuple[Any, Any], weights: np.ndarray | None) -> Any:
        return self.number(self.function(*pair))

    def number(self, value: Any) -> float:
        """What the function gave, as a float.

        Raises:
            MeasureError: it is no single number.
        """
        try:
            if np.ndim(value) == 0 and not isinstance(value, str | bytes):
                return float(value)
        except (TypeError, ValueError):
            pass
        shape = f" of shape {value.shape}" if hasattr(value, "shape") else f": {value!r}"[:80]
        raise MeasureError(
            f"The function `{self.name}` gave no number as a measure.",
            expected="one number for all rows",
            received=f"{type(value).__name__}{shape}",
            remedy="Let it return a number; of values per row, `float(numpy.mean(values))`.",
        )


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
