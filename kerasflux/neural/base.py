"""What all neural models share: hyperparameters, and verbs that hand over to the engine.

Abstract classes only. A model of this package is a file that puts them together and says what
differs: scitypes, the default loss, how the target is read and learned, what predictions are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Literal, cast

import numpy as np

import scitypes as st
from kerasflux.allowed import AtLeast, Between, OneOf, short
from kerasflux.builders.base import as_builder
from kerasflux.builders.dense import as_activation
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Change, difference, field
from kerasflux.interface import QUIET, Fitted, Model, Run
from kerasflux.neural import defaults, engine, frontend, learned
from kerasflux.neural.embedding import embedded
from kerasflux.neural.encoding import EmbeddingSizes, Encoding, ImageEncoding, learn_encoding
from kerasflux.neural.targets import (
    Classes,
    Standardised,
    class_weights,
    learn_classes,
    learn_standardisation,
)
from kerasflux.predictions import UnivariateFiniteVector, index_of
from kerasflux.training.devices import as_acceleration
from kerasflux.training.losses import as_loss, commutes_with_scaling, loss_for
from kerasflux.training.optimisers import as_optimiser
from scitypes.errors import nearest

_LOSS = "a name, a Keras loss or (y_true, y_pred) -> losses"


def loss_field(default: str, kind: str) -> Any:
    """The hyperparameter `loss` of models of one kind of target (`Objective.kind`)."""
    return field(default, convert=loss_for(kind), doc=_LOSS)


class NeuralNetwork(Model):
    """A model that trains a network epoch by epoch; the base of the neural models."""

    iteration_parameter: ClassVar[str | None] = "epochs"
    supports_weights: ClassVar[bool] = True
    supports_training_losses: ClassVar[bool] = True
    exportable: ClassVar[bool] = True
    batches: ClassVar[defaults.Batches] = defaults.TABULAR_BATCHES  # what batch_size="auto" means

    builder: Any = field(convert=as_builder, doc="makes the network from the data's shape")
    optimiser: Any = field("adam", convert=as_optimiser, doc="a name, a spec or a Keras optimizer")
    loss: Any = field(convert=as_loss, doc=_LOSS)
    epochs: int = field(defaults.TABULAR_EPOCHS, allowed=AtLeast(0), doc="0: an untrained network")
    batch_size: int | Literal["auto"] = field(
        "auto", allowed=AtLeast(1), doc='rows per step; "auto" goes by the number of rows'
    )
    lambda_: float = field(0.0, allowed=AtLeast(0), doc="strength of the penalty on weights")
    alpha: float = field(0.0, allowed=Between(0, 1), doc="0: squares of weights, 1: magnitudes")
    shuffle: bool = field(True, doc="a new order of the rows in each epoch")
    rng: int | None = field(None, allowed=AtLeast(0), doc="seed; None draws one at each cold fit")
    optimiser_changes_trigger_retraining: bool = field(
        False, doc="whether a changed optimiser starts training from scratch"
    )
    acceleration: Any = field(
        "auto", convert=as_acceleration, doc="where to train, and in what precision"
    )

    # what differs between models, for the engine

    def read_target(self, y: Any) -> Any:
        """The target as arrays."""
        raise NotImplementedError

    def learn_inputs(self, inputs: Any) -> Encoding | ImageEncoding:
        """Learn from training rows how inputs become what the network takes."""
        raise NotImplementedError

    def learn_target(self, target: Any) -> Standardised | Classes:
        """Learn from training rows how the target becomes what the loss sees."""
        raise NotImplementedError

    def row_weights(self, codec: Any, target: Any) -> np.ndarray | None:
        """Weights of the rows that come from the target, `(n_rows,)`, or None."""
        return None

    # data, converted once per machine

    def select(self, prepared: frontend.Prepared, rows: np.ndarray | None) -> frontend.Prepared:
        return prepared.rows(rows)

    # learning

    def fit(self, data: frontend.Prepared, run: Run = QUIET) -> Fitted:
        frontend.refuse_unprepared(data, type(self).__name__)
        return engine.fit(self, data, run)

    def update(
        self, fitted: Fitted, old_model: Model, data: frontend.Prepared, run: Run = QUIET
    ) -> Fitted:
        if self.restarts(old_model):
            return engine.fit(self, data, run)
        return engine.resume(self, fitted, cast("NeuralNetwork", old_model), data, run)

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """All changes but more epochs, where to train, fields that continue, and the optimiser.

        The optimiser is one of those with `optimiser_changes_trigger_retraining`.
        """
        changes = difference(old_model, self)
        return tuple(change for change in changes if not self._continues(change))

    def _continues(self, change: Change) -> bool:
        name = change.path.split(".")[0]
        if name == "epochs":
            return bool(change.new >= change.old)
        if name == "optimiser":
            return not self.optimiser_changes_trigger_retraining
        if name == "acceleration":
            return change.path != "acceleration.precision"
        return change.continues

    # verbs over what was learned

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the network takes: scaled float32 numbers, int32 codes beside them, or images.

        An array where there is one kind of input; `{"numbers": ..., "codes": ...}` for both.
        """
        return engine.encode(fitted, self.prepare(X))

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return learned.dump(fitted.state)

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        objective = partial(engine.objective_of, self)
        fitted = learned.fitted(learned.load(record, arrays, objective))
        return engine.known_by_its_builder(self, fitted)

    def differs(self, fitted: Fitted) -> str:
        """That the builder, whose code may have been changed, makes another network now."""
        return engine.other_network(self, fitted)

    def serving(self, fitted: Fitted) -> Any:
        return engine.serving(fitted)


def _class_weight(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value == "balanced"):
        return value
    if isinstance(value, Mapping):
        _refuse_weights(value)
        return dict(value)
    raise HyperparameterError(
        f"`class_weight` can't be {short(value)}.",
        expected='None, "balanced", or a dict of weights by label',
        received=f"{short(value)}, of type {type(value).__name__}",
        remedy=nearest(value, ["balanced"])
        or 'class_weight={"label": 2.0}: labels left out have 1',
    )


def _refuse_weights(weights: Mapping[Any, Any]) -> None:
    """Refuse what can't be weights; whether labels are known is judged with the target."""
    numbers = (int, float, np.integer, np.floating)
    for label, weight in weights.items():
        number = isinstance(weight, numbers) and not isinstance(weight, bool)
        if not number or not 0 <= weight < float("inf"):
            raise HyperparameterError(
                f"class_weight[{label!r}] can't be {short(weight)}.",
                expected="a finite number that is not negative, for each label",
                received=f"{short(weight)}, of type {type(weight).__name__}",
                remedy=f"class_weight={{{label!r}: 2.0}}: labels left out have 1",
            )


class Tabular(NeuralNetwork):
    """A neural model for tables and matrices; the base of four."""

    embedding_dims: dict[Any, int | float] = field(
        factory=dict,
        allowed=EmbeddingSizes(),
        doc="sizes of embeddings; a float: a fraction of the levels",
    )
    scaling: str | None = field(
        "robust", allowed=OneOf("robust", "standard", None), doc="how numbers are scaled"
    )
    missing: Literal["error", "impute"] = field("error", doc="what to do with missing values")

    @property
    def input_scitype(self) -> Any:
        """A table of numbers and categories, or a matrix of numbers; with gaps if filled."""
        if self.missing == "error":
            return st.Table(st.Infinite, st.Finite) | st.Matrix[st.Infinite]
        number, category = st.Infinite | st.Missing, st.Finite | st.Missing
        return st.Table(number, category) | st.Matrix[number]

    def learn_inputs(self, inputs: frontend.Features) -> Encoding:
        return learn_encoding(
            inputs,
            scaling=self.scaling,
            missing=self.missing,
            embedding_dims=self.embedding_dims,
        )

    def transform(self, fitted: Fitted, X: Any) -> Any:
        """`X` with each categorical column replaced in place by those of its embedding."""
        return embedded(fitted.state, self.prepare(X).inputs, X)

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> frontend.Prepared:
        target = None if y is None else self.read_target(y)
        return frontend.Prepared(frontend.features(X), target, w)


class Regression(NeuralNetwork):
    """A neural model of numbers: how numeric targets are read and learned."""

    target_scaling: Literal["auto"] | None = field(
        "auto", doc='"auto" standardises the target for l2 and l1 losses'
    )

    def read_target(self, y: Any) -> frontend.Quantities:
        return frontend.quantities(y)

    def learn_target(self, target: frontend.Quantities) -> Standardised:
        scaled = self.target_scaling == "auto" and bool(commutes_with_scaling(self.loss))
        return learn_standardisation(target, scaled)


class Classification(NeuralNetwork):
    """A neural model of labels: how labels are read and learned, and what is predicted."""

    finaliser: Any = field(
        "softmax", convert=as_activation, doc="turns the network's outputs into probabilities"
    )
    class_weight: Any = field(
        None,
        convert=_class_weight,
        doc='None, "balanced" or weights by label, on top of sample weights',
    )
    binary: ClassVar[bool] = False

    def read_target(self, y: Any) -> frontend.Labels:
        return frontend.labels(y)

    def learn_target(self, target: frontend.Labels) -> Classes:
        return learn_classes(target, self.binary)

    def row_weights(self, codec: Classes, target: frontend.Labels) -> np.ndarray | None:
        return class_weights(codec, codec.encode(target), self.class_weight)

    def predict(self, fitted: Fitted, X: Any) -> UnivariateFiniteVector:
        """A distribution over all levels of the target's pool, per row."""
        probabilities = engine.predict(self, fitted, self.prepare(X))
        target = fitted.state.target
        return UnivariateFiniteVector(
            probabilities,
            target.pool,
            ordered=target.pool.ordered,
            index=index_of(X),
            name=target.name,
        )
