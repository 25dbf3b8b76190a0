"""Functions as measures: `kf.make_measure`, and plain callables, which have no orientation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.scoring.base import Aggregation, Judged, Measure
from kerasflux.scoring.pairs import Pair
from kerasflux.scoring.weights import row_weights


@dataclass(frozen=True, repr=False)
class PlainFunction(Measure):
    """A function `(y_true, y_pred)` as a measure of which nothing is known but its traits.

    It is given truth and prediction as they are, missing values included.

    Attributes:
        function: the function.
        traits: what is said of it, by name.
    """

    function: Callable[..., Any]
    traits: tuple[tuple[str, Any], ...] = ()

    supports_weights = False

    def __post_init__(self) -> None:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        for trait, value in {"name": str(name), **dict(self.traits)}.items():
            object.__setattr__(self, trait, value)
        if not self.human_name:
            object.__setattr__(self, "human_name", self.name)

    def __call__(
        self,
        y_true: Any,
        y_pred: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
        **parameters: Any,
    ) -> Any:
        self._refuse_weights(sample_weight, class_weight)
        if parameters:
            self.replace(**parameters)
        return self._value(y_true, y_pred, sample_weight)

    def judged(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
    ) -> Judged:
        value = self(y_true, y_pred, sample_weight, class_weight)
        weight = float(len(y_true)) if sample_weight is None else float(np.sum(sample_weight))
        return Judged(value, None, 0, None, weight)

    def read(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        return y_true, y_pred

    def aggregate(self, pair: tuple[Any, Any], weights: np.ndarray | None) -> Any:
        return self._value(*pair, weights)

    def _value(self, y_true: Any, y_pred: Any, sample_weight: Any) -> float:
        """What the function makes of them; its failure is told with what it was given."""
        weights: dict[str, Any] = {}
        if sample_weight is not None:
            pair = Pair(len(y_true), None)
            weights = {"sample_weight": row_weights(pair, sample_weight, None)}
        try:
            value = self.function(y_true, y_pred, **weights)
        except Exception as error:
            raise failed(self.name, error, y_true, y_pred) from error
        return as_number(value, self.name)

    def __repr__(self) -> str:
        return self.name


def failed(name: str, error: Exception, y_true: Any, y_pred: Any) -> MeasureError:
    """The error about a function that failed, with what it was given."""
    return MeasureError(
        f"The function `{name}` failed as a measure: {type(error).__name__}: {error}",
        expected="a function of (y_true, y_pred) that takes these and gives a number",
        received=f"y_true: {type(y_true).__name__}, y_pred: {type(y_pred).__name__}",
        remedy=_for_functions(name, y_pred),
    )


def _for_functions(name: str, prediction: Any) -> str:
    if not isinstance(prediction, UnivariateFiniteVector):
        return "Try it outside: `f(y_true, mach.predict(rows=test))`."
    label, name = prediction.levels[-1], name if name.isidentifier() else "f"
    return (
        f"It was given distributions: take the likeliest labels, `lambda y, p: {name}(y, p.mode())`"
        f", or a probability, `lambda y, p: {name}(y, p.pdf({label!r}))`."
    )


def as_number(value: Any, name: str) -> float:
    """What a function gave, as a float.

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
        f"The function `{name}` gave no number as a measure.",
        expected="one number for all rows",
        received=f"{type(value).__name__}{shape}",
        remedy="Let it return a number; of values per row, `float(numpy.mean(values))`.",
    )


_ORIENTATIONS = ("loss", "score")
_PREDICTIONS = ("deterministic", "probabilistic", None)
_AGGREGATIONS = ("mean", "sum", "root_mean_square")


def make_measure(
    function: Callable[..., Any],
    orientation: Literal["loss", "score"],
    prediction: Literal["deterministic", "probabilistic"] | None = None,
    *,
    name: str | None = None,
    human_name: str = "",
    target_scitype: Any = None,
    aggregation: Aggregation = "mean",
    supports_weights: bool = False,
) -> Measure:
    """Make a measure of a function, saying what a function can't say of itself.

    Plain functions are measures too, but nobody knows whether a larger value of them is better, so
    tuning and early stopping refuse them.

    Args:
        function: called `(y_true, y_pred)` with what `evaluate` has, missing values included;
            it gives one number. With `supports_weights` it has to take `sample_weight=` too.
        orientation: `"loss"` (smaller is better) or `"score"` (larger is).
        prediction: `"deterministic"` if it compares values: it is then given the mode (or mean) of
            probabilistic predictions; `"probabilistic"` if it judges distributions; None: it is
            given whatever the model predicts.
        name: its name in tables; by default that of the function.
        human_name: its name in words.
        target_scitype: the targets that it is meant for, `kf.Vector[kf.Finite]` for example; others
            are refused before anything is fitted. None: any.
        aggregation: how folds are put together, `"mean"`, `"sum"` or `"root_mean_square"`.
        supports_weights: whether it takes `sample_weight=`.

    Returns:
        A measure.

    Raises:
        MeasureError: no function, or a trait that it can't have.

    Example:
        >>> def worst(y_true, y_pred):
        ...     return max(abs(y_true - y_pred))
        >>> measure = make_measure(worst, orientation="loss", prediction="deterministic")
        >>> measure(np.array([1.0, 2.0]), np.array([1.0, 5.0])), measure.orientation
        (3.0, 'loss')

    Source: `Measure` and the wrappers of StatisticalMeasuresBase.jl;
    `sklearn.metrics.make_scorer`.
    """
    if isinstance(function, Measure | type) or not callable(function):
        raise MeasureError(
            "A measure is made of a function.",
            expected="a function of (y_true, y_pred)",
            received=repr(function)[:80],
            remedy="Measures have an orientation of their own: `measure.orientation`.",
        )
    for trait, value, known in (
        ("orientation", orientation, _ORIENTATIONS),
        ("prediction", prediction, _PREDICTIONS),
        ("aggregation", aggregation, _AGGREGATIONS),
        ("supports_weights", supports_weights, (True, False)),
    ):
        if value not in known:
            raise MeasureError(
                f"`{trait}` can't have this value.",
                expected=" or ".join(map(repr, known)),
                received=repr(value)[:80],
                remedy='`orientation="loss"` says that smaller is better, "score" that larger is.',
            )
    traits = {
        "orientation": orientation,
        "prediction": prediction,
        "human_name": human_name,
        "target_scitype": target_scitype,
        "aggregation": aggregation,
        "supports_weights": supports_weights,
    }
    named = {} if name is None else {"name": name}
    return PlainFunction(function, tuple({**traits, **named}.items()))
