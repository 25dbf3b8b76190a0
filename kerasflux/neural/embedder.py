"""`EntityEmbedder`: a model of tables as a transformer of categories into numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

import scitypes as st
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Change, field
from kerasflux.interface import QUIET, Fitted, Model, Run, Unsupervised
from kerasflux.neural.base import Tabular
from kerasflux.neural.embedding import embedded_schema, servable_embedding


def _tabular(model: Any) -> Tabular:
    if isinstance(model, Tabular):
        return model
    raise HyperparameterError(
        "EntityEmbedder has to wrap a neural model of tables.",
        expected="for instance EntityEmbedder(NeuralNetworkClassifier())",
        received=f"{model!r}, of type {type(model).__name__}",
        remedy=f"{model.__name__}()" if isinstance(model, type) else "",
    )


class EntityEmbedder(Unsupervised, positional=True):
    """Replaces categorical columns by the embeddings that a neural model learns for them.

    It is fitted with a target, as its model is. `transform` replaces each categorical column `f` in
    place by columns `f_1`, ..., `f_d` (the separator grows where a name is taken) and leaves all
    others as they are. Raising `model.epochs` continues training.

    Args:
        model: a neural model of tables; its `embedding_dims` say how many columns each category
            becomes.

    Scitypes: `X` and `y` as for the model.

    Example:
        >>> import pandas, kerasflux as kf
        >>> X = kf.coerce(pandas.DataFrame({"c": list("abc") * 20}), {"c": kf.Multiclass})
        >>> model = kf.NeuralNetworkRegressor(epochs=1, rng=1, embedding_dims={"c": 2})
        >>> mach = kf.machine(kf.EntityEmbedder(model), X, [0.0, 1.0, 2.0] * 20)
        >>> list(mach.fit(verbosity=0).transform(X).columns)
        ['c_1', 'c_2']

    Source: MLJFlux's `EntityEmbedder`, which always trains from scratch.
    """

    iteration_parameter: ClassVar[str | None] = "model.epochs"
    supports_weights: ClassVar[bool] = True
    supports_training_losses: ClassVar[bool] = True
    exportable: ClassVar[bool] = True

    model: Tabular = field(convert=_tabular, doc="the model that learns the embeddings")

    @property
    def input_scitype(self) -> Any:
        """That of the model."""
        return self.model.input_scitype

    @property
    def target_scitype(self) -> Any:
        """That of the model."""
        return self.model.target_scitype

    def output_schema(self, schema: st.Schema) -> st.Schema:
        """That of the table with a Continuous column for each dimension of an embedding."""
        return embedded_schema(schema, self.model.embedding_dims)

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Any:
        return self.model.prepare(X, y, w)

    def select(self, prepared: Any, rows: np.ndarray | None) -> Any:
        return self.model.select(prepared, rows)

    def fit(self, data: Any, run: Run = QUIET) -> Fitted:
        return self.model.fit(data, run)

    def update(self, fitted: Fitted, old_model: Model, data: Any, run: Run = QUIET) -> Fitted:
        if self.restarts(old_model):
            return self.model.fit(data, run)
        return self.model.update(fitted, old_model.model, data, run)  # type: ignore[attr-defined]

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """Those of the model, which has to be of the same class."""
        old = old_model.model  # type: ignore[attr-defined]
        if type(old) is not type(self.model):
            return (Change("model", old, self.model),)
        return tuple(
            replace(change, path=f"model.{change.path}") for change in self.model.restarts(old)
        )

    def transform(self, fitted: Fitted, X: Any) -> Any:
        """`X` with each categorical column replaced in place by those of its embedding."""
        return self.model.transform(fitted, X)

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the model's network takes."""
        return self.model.encode(fitted, X)

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return self.model.dump(fitted)

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return self.model.load(record, arrays)

    def differs(self, fitted: Fitted) -> str:
        """That the model's builder makes another network now."""
        return self.model.differs(fitted)

    def serving(self, fitted: Fitted) -> Any:
        return servable_embedding(fitted.state)
