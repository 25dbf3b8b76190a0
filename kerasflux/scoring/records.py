"""Curves and residuals as records: frozen arrays, with a table and a picture.

`kerasflux.scoring.curves` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kerasflux import drawing
from kerasflux.errors import MeasureError


class _Curve:
    """What the curves of probabilities share."""

    positive: Any
    n_rows: int

    def to_frame(self) -> pd.DataFrame:
        """One row per point, a column per array."""
        raise NotImplementedError

    def _value(self) -> tuple[str, float]:
        raise NotImplementedError

    def __repr__(self) -> str:
        name, value = self._value()
        points = len(self.to_frame())
        return (
            f"{type(self).__name__}(positive={self.positive!r}, {name} {value:.4g}, "
            f"{points} points, {self.n_rows:,} rows)"
        )


@dataclass(frozen=True, eq=False, repr=False)
class RocCurve(_Curve):
    """True against false positive rates, over all thresholds.

    `fpr, tpr, thresholds = curve` unpacks it as `sklearn.metrics.roc_curve` is.

    Attributes:
        fpr: `(n_points,)` false positive rates, rising from 0 to 1.
        tpr: `(n_points,)` true positive rates, likewise.
        thresholds: `(n_points,)`, falling from infinity: a row counts as positive from there on.
        auc: the area under the curve.
        positive: the label that counts as positive.
        n_rows: how many rows were judged.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray
    auc: float
    positive: Any
    n_rows: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.fpr, self.tpr, self.thresholds))

    def to_frame(self) -> pd.DataFrame:
        """One row per point: `fpr`, `tpr`, `threshold`."""
        return pd.DataFrame({"fpr": self.fpr, "tpr": self.tpr, "threshold": self.thresholds})

    def plot(self, *, label: object = None, title: str = "", ax: Any = None) -> Any:
        """Draw the curve, as a matplotlib figure (extra `plot`).

        Args:
            label: its name in the legend.
            title: above the picture.
            ax: matplotlib axes to draw on, beside what is there; a new figure without.
        """
        return _plotted([self], None if label is None else [label], title, ax)

    def _value(self) -> tuple[str, float]:
        return "AUC", self.auc


@dataclass(frozen=True, eq=False, repr=False)
class PrecisionRecallCurve(_Curve):
    """Precision and recall, over all thresholds.

    `precision, recall, thresholds = curve` unpacks it as `sklearn.metrics.precision_recall_curve`
    is, but for the infinite threshold that belongs to the last point.

    Attributes:
        precision: `(n_points,)`; 1 at the last point, where nothing counts as positive.
        recall: `(n_points,)`, falling from 1 to 0.
        thresholds: `(n_points,)`, rising to infinity: a row counts as positive from there on.
        average_precision: the sum of precisions, each times the recall that is gained by it.
        share: the share of positive rows, which guessing has as its precision.
        positive: the label that counts as positive.
        n_rows: how many rows were judged.
    """

    precision: np.ndarray
    recall: np.ndarray
    thresholds: np.ndarray
    average_precision: float
    share: float
    positive: Any
    n_rows: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.precision, self.recall, self.thresholds))

    def to_frame(self) -> pd.DataFrame:
        """One row per point: `precision`, `recall`, `threshold`."""
        return pd.DataFrame(
            {"precision": self.precision, "recall": self.recall, "threshold": self.thresholds}
        )

    def plot(self, *, label: object = None, title: str = "", ax: Any = None) -> Any:
        """Draw the curve, as a matplotlib figure (extra `plot`).

        Args:
            label: its name in the legend.
            title: above the picture.
            ax: matplotlib axes to draw on, beside what is there; a new figure without.
        """
        return _plotted([self], None if label is None else [label], title, ax)

    def _value(self) -> tuple[str, float]:
        return "average precision", self.average_precision


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationCurve(_Curve):
    """How often the positive label came, against how likely it was said to be.

    `observed, predicted = curve` unpacks it as `sklearn.calibration.calibration_curve` is.

    Attributes:
        observed: `(n_bins,)` the share of positives in each bin that has rows.
        predicted: `(n_bins,)` the mean probability there.
        counts: `(n_bins,)` the rows there, or the sum of their weights.
        lower: `(n_bins,)` the lower end of Wilson's 95 % interval around `observed`.
        upper: `(n_bins,)` the upper end.
        left: `(n_bins,)` where the bin begins; it does not contain this number.
        right: `(n_bins,)` where it ends; it contains this number.
        histogram: `(20,)` the rows, or their weight, by probability in twentieths of [0, 1].
        error: the expected calibration error, the mean of `|observed - predicted|` over rows.
        positive: the label that counts as positive.
        n_rows: how many rows were judged.
    """

    observed: np.ndarray
    predicted: np.ndarray
    counts: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    left: np.ndarray
    right: np.ndarray
    histogram: np.ndarray
    error: float
    positive: Any
    n_rows: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.observed, self.predicted))

    def to_frame(self) -> pd.DataFrame:
        """One row per bin: its ends, and what was predicted, observed and counted in it."""
        names = ("left", "right", "predicted", "observed", "lower", "upper", "counts")
        columns = {name: getattr(self, name) for name in names}
        return pd.DataFrame(columns).rename(columns={"counts": "count"})

    def plot(self, *, label: object = None, title: str = "", ax: Any = None) -> Any:
        """Draw the curve over a histogram of its counts, as a matplotlib figure (extra `plot`).

        Args:
            label: its name in the legend.
            title: above the picture.
            ax: matplotlib axes to draw on, without the histogram then; a new figure without.
        """
        return _plotted([self], None if label is None else [label], title, ax)

    def _value(self) -> tuple[str, float]:
        return "calibration error", self.error


class Curves(dict[Any, Any]):
    """Several curves of one kind by name: one table, one picture.

    Args:
        curves: a mapping of names to curves, or a list of them, which are numbered from 1 on.

    Raises:
        MeasureError: what is no curve, or curves of several kinds.

    Example:
        >>> from kerasflux.predictions import UnivariateFiniteVector
        >>> from kerasflux.scoring.curves import roc_curve
        >>> y = ["no", "yes", "no"]
        >>> p = UnivariateFiniteVector([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], levels=["no", "yes"])
        >>> Curves({label: roc_curve(y, p, positive=label) for label in p.levels})
        Curves of 2
        no    RocCurve(positive='no', AUC 1, 4 points, 3 rows)
        yes   RocCurve(positive='yes', AUC 1, 3 points, 3 rows)
    """

    def __init__(self, curves: Mapping[Any, Any] | Iterable[Any]) -> None:
        named = curves if isinstance(curves, Mapping) else dict(enumerate(curves, 1))
        kinds = {type(curve) for curve in named.values()}
        if len(kinds) != 1 or not all(issubclass(kind, _Curve) for kind in kinds):
            raise MeasureError(
                "These can't be drawn as curves beside one another.",
                expected="one curve or more, all of one kind, by name or in a list",
                received=", ".join(sorted(kind.__name__ for kind in kinds)) or "none",
                remedy="kf.Curves({name: kf.roc_curve(y, p) for name, p in predictions.items()})",
            )
        super().__init__(named)

    def to_frame(self) -> pd.DataFrame:
        """The tables of the curves, one under the other, by name (`curve`) and `point`."""
        frames = {name: curve.to_frame() for name, curve in self.items()}
        return pd.concat(frames, names=["curve", "point"])

    def plot(self, *, title: str = "", ax: Any = None) -> Any:
        """Draw them into one picture, as a matplotlib figure (extra `plot`)."""
        return _plotted(list(self.values()), list(self), title, ax)

    def __repr__(self) -> str:
        width = max(len(str(name)) for name in self)
        lines = [f"{name!s:{width}}   {curve!r}" for name, curve in self.items()]
        return "\n".join([f"Curves of {len(self)}", *lines])


@dataclass(frozen=True, eq=False, repr=False)
class Residuals:
    """Truth, prediction and what is between them, row by row.

    Attributes:
        true: `(n_rows,)`.
        predicted: `(n_rows,)`.
        residual: `(n_rows,)`, truth - prediction.
        index: the index of the rows where the data is pandas', else None.
    """

    true: np.ndarray
    predicted: np.ndarray
    residual: np.ndarray
    index: pd.Index | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per row: `true`, `predicted`, `residual`."""
        columns = {"true": self.true, "predicted": self.predicted, "residual": self.residual}
        return pd.DataFrame(columns, self.index)

    def plot(
        self, *, log: bool | None = None, name: str = "", title: str = "", ax: Any = None
    ) -> Any:
        """Draw truth and residuals against predictions, as a matplotlib figure (extra `plot`).

        Args:
            log: logarithmic axes of truth and prediction; None: where they span three decades.
            name: what is predicted, for the names of the axes.
            title: above the picture.
            ax: matplotlib axes to draw the residuals on; a new figure without.
        """
        return drawing.residuals(self.true, self.predicted, log=log, name=name, title=title, ax=ax)

    def __repr__(self) -> str:
        middle, spread = np.mean(self.residual), np.std(self.residual)
        return f"Residuals(mean {middle:.4g}, spread {spread:.4g}, {len(self.true):,} rows)"


def _plotted(curves: list[Any], labels: list[Any] | None, title: str, ax: Any) -> Any:
    """Curves of one kind in one picture."""
    positives = {curve.positive for curve in curves}
    how: dict[str, Any] = {"labels": labels, "title": title, "ax": ax}
    how["positive"] = positives.pop() if len(positives) == 1 else None
    if isinstance(curves[0], RocCurve):
        arrays = [c.fpr for c in curves], [c.tpr for c in curves]
        return drawing.roc(*arrays, areas=[c.auc for c in curves], **how)
    if isinstance(curves[0], PrecisionRecallCurve):
        shares = {round(c.share, 6) for c in curves}
        how["share"] = shares.pop() if len(shares) == 1 else None
        arrays = [c.recall for c in curves], [c.precision for c in curves]
        return drawing.precision_recall(*arrays, areas=[c.average_precision for c in curves], **how)
    return drawing.calibration(
        [c.predicted for c in curves],
        [c.observed for c in curves],
        intervals=[(c.lower, c.upper) for c in curves] if len(curves) == 1 else None,
        edges=[np.linspace(0, 1, len(c.histogram) + 1) for c in curves],
        counts=[c.histogram for c in curves],
        **how,
    )
