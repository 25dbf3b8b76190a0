"""`NeuralNetworkRegressor`: one number per row."""

from __future__ import annotations

from typing import Any, ClassVar

import scitypes as st
from kerasflux.interface import Deterministic, Fitted
from kerasflux.neural import defaults, engine
from kerasflux.neural.base import Regression, Tabular, loss_field
from kerasflux.predictions import like


class NeuralNetworkRegressor(Tabular, Regression, Deterministic):
    """A network that predicts a number from the columns of a table or matrix.

    The network gives one output; the target is standardised while it trains (`target_scaling`), and
    predictions and reported losses are in the target's units.

    Args:
        builder: makes the network; called with `n_in` (inputs after the encoding) and `n_out=1`.
        optimiser: a name, a spec (`kf.optimisers.Adam(...)`) or a Keras optimizer.
        loss: a name (`"l2"`, `"l1"`, `"huber"`, ...), a Keras loss, or a callable
            `(y_true, y_pred) -> per-row loss`.
        epochs: passes over the training rows in all; raising it continues training.
        batch_size: rows per step; `"auto"` chooses 32 to 1,024 by the number of rows.
        lambda_, alpha: the penalty `λ[(1-α)Σw² + αΣ|w|] / n_batches` on all trainable weights.
        shuffle: whether each epoch takes the rows in a new order.
        rng: the seed of everything random; None draws one at each fit from scratch.
        optimiser_changes_trigger_retraining: whether a changed optimiser starts from scratch.
        acceleration: where to train: `"auto"`, `"cpu"`, `"gpu"`, `"mirrored"`, `"multiworker"`,
            names of devices, a strategy of TensorFlow; or an `Acceleration`, which also says in
            what precision.
        target_scaling: `"auto"` standardises the target where the loss commutes with that (l2 and
            l1); None never does.
        embedding_dims: sizes of the embeddings of categorical columns by name: an int is a size, a
            float a fraction of the levels; by default `max(1, min(levels - 1, 10))`.
        scaling: `"robust"` (median, interquartile range, smooth clip), `"standard"` or None.
        missing: `"error"` refuses missing cells, `"impute"` fills medians and adds 0/1 inputs for
            columns that had missing values, and an embedding row for missing categories.

    Scitypes: `X` is a `Table(Infinite, Finite)` or a `Matrix[Infinite]`, `y` a `Vector[Infinite]`.

    Example:
        >>> import numpy, pandas, kerasflux as kf
        >>> X = pandas.DataFrame({"x": numpy.linspace(0, 1, 64)})
        >>> model = kf.NeuralNetworkRegressor(epochs=2, rng=1)
        >>> mach = kf.machine(model, X, 3 * X["x"]).fit(verbosity=0)
        >>> len(mach.predict(X)), len(mach.training_losses)
        (64, 3)

    Source: MLJFlux's `NeuralNetworkRegressor`; defaults, scaling, weights and missing values differ
        (`kf.mljflux_defaults` gives its defaults).
    """

    target_scitype: ClassVar[Any] = st.Vector[st.Infinite]

    builder = defaults.TABULAR_BUILDER
    loss = loss_field("l2", "values")

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """Numbers in the target's units, in the kind of container that `X` is in."""
        values = engine.predict(self, fitted, self.prepare(X))
        return like(values[:, 0], X, name=fitted.state.target.names[0])
