"""`MultitargetNeuralNetworkRegressor`: several numbers per row."""

from __future__ import annotations

from typing import Any, ClassVar

import scitypes as st
from kerasflux.interface import Deterministic, Fitted
from kerasflux.neural import defaults, engine
from kerasflux.neural.base import Regression, Tabular, loss_field
from kerasflux.predictions import like_table


class MultitargetNeuralNetworkRegressor(Tabular, Regression, Deterministic):
    """A network that predicts several numbers from the columns of a table or matrix.

    The network gives one output per target column. Each target is standardised by itself while the
    network trains, so that none of them outweighs the others; predictions are in the targets'
    units, training losses stay in standardised ones (`report["loss_units"]` says so).

    Args:
        builder: makes the network; called with `n_in` and `n_out`, the number of target columns.
        loss: as in `NeuralNetworkRegressor`; the mean over rows and targets.

    `optimiser`, `epochs`, `batch_size`, `lambda_`, `alpha`, `shuffle`, `rng`,
    `optimiser_changes_trigger_retraining`, `acceleration`, `target_scaling`, `embedding_dims`,
    `scaling` and `missing` are as in `NeuralNetworkRegressor`.

    Scitypes: `X` is a `Table(Infinite, Finite)` or a `Matrix[Infinite]`, `y` a `Table(Infinite)` or
        a `Matrix[Infinite]`.

    Example:
        >>> import numpy, pandas, kerasflux as kf
        >>> X = pandas.DataFrame({"x": numpy.linspace(0, 1, 64)})
        >>> y = pandas.DataFrame({"up": X["x"], "down": -X["x"]})
        >>> model = kf.MultitargetNeuralNetworkRegressor(epochs=2, rng=1)
        >>> list(kf.machine(model, X, y).fit(verbosity=0).predict(X).columns)
        ['up', 'down']

    Source: MLJFlux's `MultitargetNeuralNetworkRegressor`.
    """

    target_scitype: ClassVar[Any] = st.Table(st.Infinite) | st.Matrix[st.Infinite]

    builder = defaults.TABULAR_BUILDER
    loss = loss_field("l2", "values")

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """A column per target, in the targets' units, in the kind of container that `X` is in."""
        values = engine.predict(self, fitted, self.prepare(X))
        return like_table(values, fitted.state.target.names, X)
