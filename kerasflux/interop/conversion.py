"""`to_sklearn`: a model of kerasflux as an estimator of scikit-learn.

`kerasflux.interop.adapters` has the estimators, and needs scikit-learn to be imported; this module
doesn't.
"""

from __future__ import annotations

from typing import Any, Literal

import scitypes as st
from kerasflux.errors import NotSupported
from kerasflux.estimators import as_model
from kerasflux.hyperparameters import copied
from kerasflux.interface import Supervised


def to_sklearn(
    model: Any, *, unseen: Literal["error", "missing"] = "error", verbosity: int = 0
) -> Any:
    """An estimator of scikit-learn that learns by a model.

    It keeps a copy of the model. Its parameters are the model's hyperparameters, dotted paths being
    written with two underscores: `GridSearchCV(kf.to_sklearn(net), {"epochs": [20, 50],
    "optimiser__learning_rate": [1e-3, 1e-2]})`. It clones, pickles, and goes into pipelines,
    searches (`n_jobs` included) and whatever else scikit-learn has. Each `fit` starts from scratch.

    `X` is taken raw: a table (of pandas, polars, Arrow, or a dict of columns) whose columns of
    texts are read as categories, an array of numbers, or, for models of images, an array of pixels.
    As everywhere in scikit-learn, columns have to come in the order of `fit`. The labels of `y` are
    sorted (`classes_`), and predictions are arrays of labels.

    Args:
        model: a model; an estimator is taken too, and gets what models have.
        unseen: what to do about labels of a column that `fit` was not given, as happens in the
            folds of a search: `"error"` refuses them; `"missing"` takes them for missing cells,
            which needs a model that accepts some. A pandas column that is categorical already
            carries all its labels through folds, and needs neither.
        verbosity: as for `Machine.fit`.

    Returns:
        An unfitted classifier (with `predict_proba` for probabilistic models), regressor or
        transformer. Fitted, it has the machine as `machine_`.

    Raises:
        ArgumentError: this is no model; at `set_params`, an unknown parameter.
        NotSupported: scikit-learn is not installed.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X, y = pd.DataFrame({"town": ["Ox", "Ur"] * 20}), ["low", "high"] * 20
        >>> net = kf.to_sklearn(kf.NeuralNetworkClassifier(epochs=30, rng=1))
        >>> net.set_params(epochs=20).fit(X, y).predict(X[:2]).tolist()
        ['low', 'high']
        >>> net.classes_.tolist(), net.predict_proba(X).shape
        (['high', 'low'], (40, 2))

    Source: what SciKeras and skorch do for networks.
    """
    adapters = _adapters()
    model = copied(as_model(model, "`to_sklearn` needs a model."))
    if not isinstance(model, Supervised):
        weighted = model.supports_weights
        plain: Any = adapters.KerasfluxTransformer
        kind = adapters.KerasfluxWeightedTransformer if weighted else plain
    elif model.target_scitype <= st.Vector[st.Finite]:
        kind = adapters.KerasfluxClassifier
    else:
        kind = adapters.KerasfluxRegressor
    return kind(wrapped=model, unseen=unseen, verbosity=verbosity)


def _adapters() -> Any:
    try:
        from kerasflux.interop import adapters
    except ImportError:
        raise NotSupported(
            "`to_sklearn` needs scikit-learn, which is not installed.",
            expected="the package scikit-learn",
            received="no module `sklearn`",
            remedy="`pip install kerasflux[sklearn]`, or `pip install scikit-learn`.",
        ) from None
    return adapters
