"""`NeuralNetworkClassifier`: a distribution over labels per row."""

from __future__ import annotations

from typing import Any, ClassVar

import scitypes as st
from kerasflux.interface import Probabilistic
from kerasflux.neural import defaults
from kerasflux.neural.base import Classification, Tabular, loss_field


class NeuralNetworkClassifier(Tabular, Classification, Probabilistic):
    """A network that predicts label probabilities from the columns of a table or matrix.

    The builder's network gives one output per level of the target's pool, seen or not; `finaliser`
    makes probabilities of them.

    Args:
        builder: makes the network; called with `n_in` (inputs after the encoding) and `n_out`, the
            number of levels. Its last layer has no softmax.
        finaliser: what turns outputs into probabilities.
        loss: a name, a Keras loss, or a callable `(y_true, y_pred) -> per-row loss`; softmax with
            cross-entropy is computed from the outputs.
        class_weight: None, `"balanced"` (`n / (classes * rows of the class)`) or a dict of weights
            by label; multiplies the sample weights.

    `optimiser`, `epochs`, `batch_size`, `lambda_`, `alpha`, `shuffle`, `rng`,
    `optimiser_changes_trigger_retraining`, `acceleration`, `embedding_dims`, `scaling` and
    `missing` are as in `NeuralNetworkRegressor`.

    Scitypes: `X` is a `Table(Infinite, Finite)` or a `Matrix[Infinite]`, `y` a `Vector[Finite]`.

    Example:
        >>> import numpy, pandas, kerasflux as kf
        >>> X = pandas.DataFrame({"x": numpy.linspace(0, 1, 60)})
        >>> y = pandas.Series(["low", "middle", "high"]).repeat(20).astype("category")
        >>> model = kf.NeuralNetworkClassifier(epochs=2, rng=1)
        >>> mach = kf.machine(model, X, y.reset_index(drop=True)).fit(verbosity=0)
        >>> mach.predict(X).levels
        ('high', 'low', 'middle')

    Source: MLJFlux's `NeuralNetworkClassifier`; defaults, scaling, weights and missing values
        differ (`kf.mljflux_defaults` gives its defaults).
    """

    target_scitype: ClassVar[Any] = st.Vector[st.Finite]

    builder = defaults.TABULAR_BUILDER
    loss = loss_field("cross_entropy", "codes")
