"""`BinaryThresholdPredictor`: labels of a probabilistic model, by a threshold other than one half.

Who owns what: `outoffold` makes the predictions that a threshold is tuned on, `scanning` looks at
all thresholds; here stands the model around another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.allowed import Between
from kerasflux.composition.leading import Following, led
from kerasflux.composition.parts import read_part, written_parts
from kerasflux.errors import DataError, MeasureError
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import field
from kerasflux.interface import Fitted, Run
from kerasflux.neural.frontend import Labels, labels
from kerasflux.portraits import Record
from kerasflux.scoring.base import Measure
from kerasflux.scoring.measures import balanced_accuracy, oriented
from kerasflux.structure import same
from kerasflux.wrappers.answers import rewritten
from kerasflux.wrappers.classifying import classifier, no_levels, refuse_one_class
from kerasflux.wrappers.outoffold import FoldFits, as_resampling, folds_of, learn
from kerasflux.wrappers.scanning import Scan, scanned
from scitypes.messages import counted, listed
from scitypes.pools import Pool

_SHOWN = 200  # thresholds of a scan that reports keep


def _of_labels(value: Any) -> Measure | None:
    if value is None:
        return None
    measure = oriented(value)
    if measure.prediction == "probabilistic":
        raise MeasureError(
            f"`{measure.name}` judges probabilities, which no threshold changes.",
            expected="a measure of labels",
            received=repr(measure),
            remedy="`kf.balanced_accuracy`, `kf.f1` or `kf.mcc`, for example.",
        )
    return measure


@dataclass(frozen=True)
class State:
    """What was learned.

    Attributes:
        inner: by the model, on all rows.
        complete: whether that fit went to its end.
        pool: the levels of the target.
        positive: the position of the positive one.
        threshold: what the probability of the positive one has to exceed.
        scan: the thresholds that were looked at, or None.
        folds: what the model learned on folds, to go on from, or None.
    """

    inner: Fitted
    complete: bool
    pool: Pool
    positive: int
    threshold: float
    scan: Scan | None = None
    folds: FoldFits | None = None


class BinaryThresholdPredictor(Following):
    """Predicts labels: the positive one where the model's probability of it exceeds a threshold.

    Of a row whose positive label has probability p, it predicts that label if `p > threshold`, else
    the other one; so a tie is negative. With `threshold="tune"` the model is fitted once for each
    fold, all thresholds between two neighbouring out-of-fold probabilities are looked at, and the
    best by `measure` is taken (among equals the one nearest to 0.5, the lower of two); then the
    model is fitted on all rows. Nothing is fitted again for a threshold.

    Args:
        model: a probabilistic classifier, a pipeline for instance; kept by reference.
        threshold: a number from 0 to 1, or `"tune"`.
        measure: what `"tune"` chooses by, a measure of labels that knows whether a larger value is
            better; rows count by their sample weights where it takes them. None:
            `balanced_accuracy`. Measures that are no function of the confusion matrix look at 1,000
            thresholds at most.
        resampling: the folds of `"tune"`; None: six, stratified, shuffled with a fixed seed. Pairs
            written out are positions among the training rows.
        positive: the positive label. None: the last level of an ordered pool; an unordered one is
            asked back.

    Scitypes: `X` as for the model; `y` is a `Vector[Finite[2]]`.

    Iterations, weights, checkpoints, validation and warm restarts are those of the model on all
    rows. Changing threshold, measure or the positive label trains nothing again; raising
    `model.epochs` continues the fits of the folds and that on all rows, and the scan is repeated.
    An interrupt during the fits of folds leaves the machine as it was.

    Learned: `fitted_params.threshold`, `.positive`, `.model`. `report.threshold`; if tuned also
        `report.measurement`, optimistic as that of any choice (`kf.evaluate` measures on other
        rows), and `report.threshold_scan`: `measure`, its name, and at most 200 thresholds with
        what each is worth.

    Raises:
        HyperparameterError: a model that predicts no probabilities; a threshold that is none.
        MeasureError: a measure of probabilities, or one without orientation.
        DataError: a pool of other than two levels, or an unordered one without `positive=`.
        ResamplingError: with `"tune"`, folds in which a class does not train or is not predicted.

    Example:
        >>> import kerasflux as kf, numpy as np, pandas as pd
        >>> X = pd.DataFrame({"a": np.arange(60.0)})
        >>> y = kf.coerce(np.where(X["a"] > 49, "yes", "no"), kf.OrderedFactor, verbosity=-1)
        >>> net = kf.NeuralNetworkClassifier(epochs=5, rng=1)
        >>> model = BinaryThresholdPredictor(net, "tune", measure=kf.f1)
        >>> mach = kf.machine(model, X, y).fit(verbosity=0)
        >>> 0 < mach.report.threshold < 1, mach.report.positive
        (True, 'yes')

    Source: `BinaryThresholdPredictor` of MLJModels.jl, whose threshold is a number (one outside
    [0, 1) becomes 0.5 with a warning; here it is refused) and which only warns of unordered levels;
    `TunedThresholdClassifierCV` of scikit-learn, which interpolates between 100 thresholds.
    """

    model: Any = field(convert=classifier, doc="predicts the probabilities")
    threshold: float | Literal["tune"] = field(
        0.5, allowed=Between(0, 1), continues=True, doc='what they have to exceed, or "tune"'
    )
    measure: Any = field(
        None, convert=_of_labels, continues=True, doc='what "tune" chooses by; None: bac'
    )
    resampling: Any = field(
        None, convert=as_resampling, continues=True, doc='the folds of "tune"; None: six'
    )
    positive: Any = field(None, continues=True, doc="the positive label; None: the last level")

    @property
    def prediction_type(self) -> str | None:  # type: ignore[override]
        return "deterministic"

    @property
    def target_scitype(self) -> Any:
        return st.Vector[st.Finite[2]]

    def taker(self, argument: str) -> str:
        """The model takes the inputs; that there are two classes is asked here."""
        return "" if argument == "y" else super().taker(argument)

    def judge_target(self, y: Any) -> None:
        super().judge_target(y)
        pool = Pool.of(y)
        self._positive_code(pool)
        if self.threshold == "tune":
            self._measure(pool)

    # learning

    def _learned(
        self, rows: Rows, run: Run, before: State | None = None, old_model: Any = None
    ) -> Fitted:
        target = labels(rows.y)
        positive = self._positive_code(target.pool)
        unchanged = before is not None and same(self.model, old_model.model)
        scan: Scan | None = None
        folds = None if before is None else before.folds
        if self.threshold == "tune":
            scan, folds = self._tuned(rows, target, positive, run, folds, old_model)
            threshold = scan.threshold
        else:
            threshold = float(self.threshold)
            folds = folds if unchanged else None

        def whole(inner: Fitted, complete: bool) -> Fitted:
            made = State(inner, complete, target.pool, positive, threshold, scan, folds)
            return self._fitted(made)

        if before is None:
            return led(self.model, rows, run, whole)
        if unchanged and before.complete:
            return whole(before.inner, True)
        return led(self.model, rows, run, whole, (before.inner, old_model.model))

    def _tuned(
        self,
        rows: Rows,
        target: Labels,
        positive: int,
        run: Run,
        fits: FoldFits | None,
        old_model: Any,
    ) -> tuple[Scan, FoldFits]:
        """The best threshold of out-of-fold predictions."""
        refuse_one_class(target, "A threshold can't be tuned")
        measure = self._measure(target.pool)
        folds = folds_of(self.resampling, rows, every_class=True)
        known = None if fits is None else (fits, old_model.model)
        found = learn(self.model, rows, folds, run, known)
        label = target.pool.levels[positive]
        p = found.joined(lambda predicted: predicted.pdf(label))
        w = rows.w
        scan = scanned(
            p,
            target.codes[found.rows],
            target.pool,
            positive,
            measure,
            None if w is None else w[found.rows],
        )
        return scan, found.fits

    @property
    def _chooser(self) -> Measure:
        """The measure, None resolved."""
        found: Measure = balanced_accuracy if self.measure is None else self.measure
        return found

    def _measure(self, pool: Pool) -> Measure:
        """The measure, with this model's positive label if it has to know one."""
        measure = self._chooser
        if self.positive is not None and measure.parameters.get("positive", 0) is None:
            measure = measure.replace(positive=self.positive)
        measure.refuse_target(pool.decode(np.arange(len(pool))))
        return measure

    def _positive_code(self, pool: Pool) -> int:
        """The position of the positive label."""
        if len(pool) != 2:
            raise DataError(
                "A threshold tells two classes apart, and the target has others.",
                expected="a target with two levels",
                received=f"{counted(len(pool), 'level')}: {listed(pool.levels)}",
                remedy="Drop levels that do not occur, make one class of the others, or use the "
                "model without a threshold.",
                columns={},
            )
        if self.positive is not None:
            codes, strangers = pool.match([self.positive])
            if strangers:
                raise no_levels(
                    [self.positive], pool, f"the positive label of {type(self).__name__}"
                )
            return int(codes[0])
        if not pool.ordered:
            last = pool.levels[-1]
            raise DataError(
                f"{type(self).__name__} has to know which label is the positive one.",
                expected="`positive=`, or an ordered pool, of which the last level is positive",
                received=f"an unordered pool: {listed(pool.levels)}",
                remedy=f"Say it: {type(self).__name__}(model, positive={last!r}); or order the "
                "levels, y = kf.coerce(y, kf.OrderedFactor): the last one is positive.",
                columns={},
            )
        return 1

    def _fitted(self, state: State) -> Fitted:
        inner, label = state.inner, state.pool.levels[state.positive]
        params = Record(inner.params) if isinstance(inner.params, Mapping) else inner.params
        own = {"threshold": state.threshold, "positive": label}
        report: dict[str, Any] = {**inner.report, **own}
        if state.scan is not None:
            shown = state.scan.thinned(_SHOWN)
            report["measurement"] = state.scan.measurement
            report["threshold_scan"] = Record(
                {
                    "measure": self._chooser.name,
                    "threshold": shown.thresholds,
                    "measurement": shown.measurements,
                }
            )
        return Fitted(state, {"model": params, **own}, report)

    # verbs over what was learned

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """The label of each row, a categorical with the whole pool."""
        state: State = fitted.state
        predicted = self.model.predict(state.inner, X)
        p = np.asarray(predicted.pdf(state.pool.levels[state.positive]), dtype=np.float64)
        codes = np.where(p > state.threshold, state.positive, 1 - state.positive)
        found = state.pool.decode(codes)
        if predicted.index is None:
            return found
        return pd.Series(found, predicted.index, name=predicted.name)

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state: State = fitted.state
        record, own = self.model.dump(state.inner)
        arrays = {f"model/{name}": array for name, array in own.items()}
        records = {"model": record}
        if state.folds is not None:
            folds, more = state.folds.dump(self.model)
            records, arrays = {**records, **folds}, {**arrays, **more}
        if state.scan is not None:
            scan = state.scan.thinned(_SHOWN)
            arrays["scan/thresholds"] = scan.thresholds
            arrays["scan/measurements"] = scan.measurements
        written = {
            "complete": state.complete,
            "pool": state.pool.to_json(),
            "positive": state.positive,
            "threshold": state.threshold,
            "best": None if state.scan is None else scan.best,
            "folds": None if state.folds is None else state.folds.digest,
        }
        return {**written_parts(records), **written}, arrays

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        scan = folds = None
        if record["best"] is not None:
            thresholds, measurements = (
                np.asarray(arrays[f"scan/{n}"]) for n in ("thresholds", "measurements")
            )
            scan = Scan(thresholds, measurements, record["best"])
        if record["folds"] is not None:
            folds = FoldFits.load(record["folds"], self.model, record, arrays)
        return self._fitted(
            State(
                self.model.load(*read_part("model", record, arrays)),
                record["complete"],
                Pool.from_json(record["pool"]),
                record["positive"],
                record["threshold"],
                scan,
                folds,
            )
        )

    def serving(self, fitted: Fitted) -> Any:
        """As the model's, with labels by the threshold; probabilities are the model's."""
        import tensorflow as tf

        state: State = fitted.state
        positive, threshold = state.positive, state.threshold

        def relabelled(answer: dict[str, Any]) -> dict[str, Any]:
            p = tf.cast(answer["probabilities"][:, positive], tf.float64)
            codes = tf.where(p > threshold, positive, 1 - positive)
            return {**answer, "labels": tf.gather(answer["classes"], codes)}

        return rewritten(self.model.serving(state.inner), relabelled)
