"""`CalibratedModel`: a model whose probabilities are mapped to such as come true that often.

Who owns what: `outoffold` makes the predictions that the map is learned from, `calibration` has the
maps; here stands the model around another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasflux.composition.leading import Following, led
from kerasflux.composition.parts import read_part, written_parts
from kerasflux.errors import DataError
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import field
from kerasflux.interface import Fitted, Run
from kerasflux.neural.frontend import Labels, labels
from kerasflux.portraits import Record
from kerasflux.predictions import UnivariateFiniteVector
from kerasflux.structure import same
from kerasflux.wrappers import calibration
from kerasflux.wrappers.answers import rewritten
from kerasflux.wrappers.classifying import classifier, refuse_one_class
from kerasflux.wrappers.outoffold import FoldFits, as_resampling, folds_of, learn
from scitypes.messages import listed


@dataclass(frozen=True)
class State:
    """What was learned.

    Attributes:
        inner: by the model, on all rows.
        complete: whether that fit went to its end.
        map: from the model's probabilities to calibrated ones.
        losses: the log loss of the out-of-fold predictions before and after.
        n_rows: how many rows were predicted out of fold.
        folds: what the model learned on folds, to go on from.
    """

    inner: Fitted
    complete: bool
    map: calibration.Map
    losses: tuple[float, float]
    n_rows: int
    folds: FoldFits


class CalibratedModel(Following):
    """A probabilistic classifier whose probabilities are calibrated on out-of-fold predictions.

    The model is fitted once for each fold, a map is learned from what these fits predict of the
    rows that they did not see, and the model is fitted on all rows; what that predicts is mapped.
    With z_k = log p_k of the model's probabilities p:

    - `"temperature"`: softmax(z / T), one T for all classes: the one with the least log loss. It
      never changes which label is likeliest, and the log loss of the predictions that it is learned
      from never rises.
    - `"platt"`: 1 / (1 + exp(A f + B)) of the log-odds f of the second level of two; of more levels
      each against the rest, divided by their sum. A and B minimise the cross-entropy against
      Platt's targets, (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2), which pull a little towards one half.
    - `"isotonic"`: the rising step-like function that is nearest to what came, likewise for the
      second of two levels or each against the rest. It can answer 0 and 1, and wants a thousand
      rows or more.

    Args:
        model: a probabilistic classifier, a pipeline for instance; kept by reference.
        method: see above.
        resampling: the folds; None: six, stratified, shuffled with a fixed seed. Pairs written out
            are positions among the training rows.

    Scitypes: `X` and `y` as for the model, of two levels or more.

    Iterations, weights (which the map is learned with too), checkpoints, validation and warm
    restarts are those of the model on all rows; training losses are of the model without the map.
    Changing `method` trains nothing again; raising `model.epochs` continues the fits of the folds
    and that on all rows, and the map is learned anew. An interrupt during the fits of folds leaves
    the machine as it was.

    Learned: `fitted_params.calibration` (the map: `temperature`, or `slopes` and `intercepts`, or
        `lines`), `.model`. `report.calibration`: `method`, `loss_before` and `loss_after` (log loss
        of the out-of-fold predictions, which the map has seen: `kf.evaluate` measures on others)
        and `n_rows`.

    Raises:
        HyperparameterError: a model that predicts no probabilities; an unknown method.
        DataError: a pool of one level, or training rows of one class.
        ResamplingError: folds in which a class does not train or is not predicted.

    Example:
        >>> import kerasflux as kf, numpy as np, pandas as pd
        >>> X = pd.DataFrame({"a": np.arange(60.0)})
        >>> y = kf.coerce(np.where(X["a"] > 30, "yes", "no"), kf.Multiclass)
        >>> model = CalibratedModel(kf.NeuralNetworkClassifier(epochs=5, rng=1))
        >>> mach = kf.machine(model, X, y).fit(verbosity=0)
        >>> losses = mach.report.calibration
        >>> losses.loss_after <= losses.loss_before
        True

    Source: Guo et al., "On calibration of modern neural networks" (2017); `CalibratedClassifierCV`
    of scikit-learn with `ensemble=False`, whose sigmoid and isotonic maps these are (of classifiers
    that have no `decision_function` its sigmoid takes probabilities in place of log-odds; of others
    its isotonic map is drawn over their scores, between which it interpolates otherwise).
    """

    model: Any = field(convert=classifier, doc="predicts the probabilities")
    method: Literal["temperature", "platt", "isotonic"] = field(
        "temperature", continues=True, doc="the kind of map"
    )
    resampling: Any = field(
        None, convert=as_resampling, continues=True, doc="the folds; None: six, stratified"
    )

    def judge_target(self, y: Any) -> None:
        super().judge_target(y)
        _refuse_one_level(labels(y))

    # learning

    def _learned(
        self, rows: Rows, run: Run, before: State | None = None, old_model: Any = None
    ) -> Fitted:
        target = labels(rows.y)
        _refuse_one_level(target)
        refuse_one_class(target, "Probabilities can't be calibrated")
        folds = folds_of(self.resampling, rows, every_class=True)
        known = None if before is None else (before.folds, old_model.model)
        found = learn(self.model, rows, folds, run, known)
        p = calibration.normalised(found.joined(np.asarray))
        codes = target.codes[found.rows]
        w = None if rows.w is None else rows.w[found.rows]
        made = calibration.learned(self.method, p, codes, w)
        losses = (calibration.log_loss(p, codes, w), calibration.log_loss(made(p), codes, w))

        def whole(inner: Fitted, complete: bool) -> Fitted:
            return self._fitted(State(inner, complete, made, losses, len(codes), found.fits))

        if before is None:
            return led(self.model, rows, run, whole)
        if before.complete and same(self.model, old_model.model):
            return whole(before.inner, True)
        return led(self.model, rows, run, whole, (before.inner, old_model.model))

    def _fitted(self, state: State) -> Fitted:
        inner = state.inner
        params = Record(inner.params) if isinstance(inner.params, Mapping) else inner.params
        before, after = state.losses
        told = {
            "method": state.map.method,
            "loss_before": before,
            "loss_after": after,
            "n_rows": state.n_rows,
        }
        shown = {"model": params, "calibration": Record(state.map.params())}
        return Fitted(state, shown, {**inner.report, "calibration": Record(told)})

    # verbs over what was learned

    def predict(self, fitted: Fitted, X: Any) -> UnivariateFiniteVector:
        """Calibrated distributions."""
        state: State = fitted.state
        predicted = self.model.predict(state.inner, X)
        p = state.map(calibration.normalised(predicted))
        return UnivariateFiniteVector(p, predicted.pool, index=predicted.index, name=predicted.name)

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state: State = fitted.state
        record, own = self.model.dump(state.inner)
        folds, arrays = state.folds.dump(self.model)
        arrays |= {f"model/{name}": array for name, array in own.items()}
        arrays |= {f"map/{name}": array for name, array in state.map.dump().items()}
        written = {
            "complete": state.complete,
            "method": state.map.method,
            "losses": list(state.losses),
            "n_rows": state.n_rows,
            "folds": state.folds.digest,
        }
        return {**written_parts({"model": record, **folds}), **written}, arrays

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        own = {n.removeprefix("map/"): a for n, a in arrays.items() if n.startswith("map/")}
        before, after = record["losses"]
        return self._fitted(
            State(
                self.model.load(*read_part("model", record, arrays)),
                record["complete"],
                calibration.loaded(record["method"], own),
                (before, after),
                record["n_rows"],
                FoldFits.load(record["folds"], self.model, record, arrays),
            )
        )

    def serving(self, fitted: Fitted) -> Any:
        """As the model's, with calibrated probabilities, and the likeliest labels of them."""
        import tensorflow as tf

        state: State = fitted.state

        def calibrated(answer: dict[str, Any]) -> dict[str, Any]:
            p = tf.cast(answer["probabilities"], tf.float64)
            p = state.map.in_graph(p / tf.reduce_sum(p, axis=1, keepdims=True))
            likeliest = tf.gather(answer["classes"], tf.argmax(p, axis=1))
            return {**answer, "labels": likeliest, "probabilities": p}

        return rewritten(self.model.serving(state.inner), calibrated)


def _refuse_one_level(target: Labels) -> None:
    levels = target.pool.levels
    if len(levels) < 2:
        raise DataError(
            "Probabilities of one label can't be calibrated.",
            expected="a target with two levels or more",
            received=f"one: {listed(levels)}",
            remedy="Look at how its levels were made: `kf.levels(y)`.",
            columns={},
        )
