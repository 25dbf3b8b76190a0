"""Losses: what the hyperparameter `loss` may be, and the loss of each row from logits.

A loss is a name, a Keras loss or a callable `(y_true, y_pred) -> per-row loss`. An `Objective`
joins it to a finaliser (the last activation, which models own and builders leave out). Softmax or
sigmoid with its cross-entropy is computed from logits, which is exact where probabilities
underflow; any other pair as `loss(y, finaliser(logits))`. Naming and validating does not load
TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasflux.errors import HyperparameterError, KerasfluxError
from kerasflux.hyperparameters import Hyperparameters, field
from kerasflux.training import compat
from kerasflux.training.identity import identity
from kerasflux.training.optimisers import omitted
from scitypes.errors import nearest

if TYPE_CHECKING:
    import tensorflow as tf

CROSS_ENTROPY = "categorical_crossentropy"
BINARY = "binary_crossentropy"
SPARSE = "sparse_categorical_crossentropy"

NAMES: Mapping[str, str] = {
    **dict.fromkeys(("l2", "mse", "mean_squared_error", "squared_error"), "mean_squared_error"),
    **dict.fromkeys(("l1", "mae", "mean_absolute_error", "absolute_error"), "mean_absolute_error"),
    **dict.fromkeys(("mape", "mean_absolute_percentage_error"), "mean_absolute_percentage_error"),
    **dict.fromkeys(("msle", "mean_squared_logarithmic_error"), "mean_squared_logarithmic_error"),
    **{
        n: n
        for n in ("huber", "log_cosh", "poisson", "cosine_similarity", "hinge", "squared_hinge")
    },
    **{n: n for n in ("categorical_hinge", "kl_divergence")},
    **{n: n for n in ("categorical_focal_crossentropy", "binary_focal_crossentropy")},
    **dict.fromkeys(("cross_entropy", "crossentropy", "log_loss", CROSS_ENTROPY), CROSS_ENTROPY),
    SPARSE: SPARSE,
    **dict.fromkeys((BINARY, "binary_cross_entropy", "binarycrossentropy"), BINARY),
}
"""Accepted names, with the name of Keras' function. Dice and Tversky are left out: Keras gives one
number for all rows."""

FINALISERS = ("softmax", "sigmoid", "linear")

_OF_LABELS = frozenset(
    {CROSS_ENTROPY, SPARSE, BINARY, "categorical_focal_crossentropy", "binary_focal_crossentropy"}
    | {"kl_divergence", "hinge", "squared_hinge", "categorical_hinge"}
)
_OF_NUMBERS = frozenset(
    {"mean_absolute_percentage_error", "mean_squared_logarithmic_error", "huber", "log_cosh"}
    | {"poisson", "cosine_similarity"}
)
_OF_SEVERAL = frozenset(
    {CROSS_ENTROPY, SPARSE, "categorical_focal_crossentropy", "categorical_hinge", "kl_divergence"}
)
_UNFIT: Mapping[str, frozenset[str]] = {
    "values": _OF_LABELS,
    "codes": _OF_NUMBERS,
    "binary": _OF_NUMBERS | _OF_SEVERAL,
}
"""Losses that make no sense of a kind of target (`Objective.kind`). The squared and the absolute
error are for labels too: of probabilities the former is the Brier score."""

_TARGETS = {
    "values": ("numbers", "l2"),
    "codes": ("labels", "cross_entropy"),
    "binary": ("one of two labels", "binary_cross_entropy"),
}


class Loss(Hyperparameters):
    """A Keras loss as a value: its class and configuration.

    Args:
        loss: the class, or the name of one of Keras'.
        config: its configuration, name and reduction left out (rows are averaged by the model).
    """

    loss: type | str = field(doc="the Keras class")
    config: dict[str, Any] = field(factory=dict, doc="its settings")

    def build(self, **changes: Any) -> Any:
        """A Keras loss of this spec, with some settings changed."""
        import keras

        kind: Any = getattr(keras.losses, self.loss) if isinstance(self.loss, str) else self.loss
        return kind.from_config({**self.config, **changes})

    @property
    def canonical(self) -> str:
        """Keras' name of the function that it wraps, "" for a class of the user's."""
        return _FUNCTIONS.get(self.loss, "") if isinstance(self.loss, str) else ""


_FUNCTIONS = {
    "CategoricalCrossentropy": CROSS_ENTROPY,
    "SparseCategoricalCrossentropy": SPARSE,
    "BinaryCrossentropy": BINARY,
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
}


def as_loss(value: Any) -> Any:
    """A loss as a hyperparameter keeps it: a name as it was written, a `Loss`, or a function.

    Raises:
        HyperparameterError: no such loss, with the nearest names.

    >>> as_loss("mse")
    'mse'
    >>> as_loss("mean_square_error")
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: There is no loss 'mean_square_error'.
      expected: a name, a Keras loss, or a function (y_true, y_pred) -> one loss per row
      received: 'mean_square_error'
      to do: did you mean 'mean_squared_error' or 'squared_error'?
    """
    if isinstance(value, Loss) or (isinstance(value, str) and value in NAMES):
        return value
    if not isinstance(value, type) and hasattr(value, "get_config") and hasattr(value, "call"):
        return _from_keras(value)
    if _function_of_keras(value) in NAMES:
        return _function_of_keras(value)
    if callable(value) and not isinstance(value, type):
        return value
    raise HyperparameterError(
        f"There is no loss {value!r}.",
        expected="a name, a Keras loss, or a function (y_true, y_pred) -> one loss per row",
        received=repr(value),
        remedy=(nearest(value, NAMES) if isinstance(value, str) else "")
        or (f"call it: {value.__name__}()" if isinstance(value, type) else "")
        or f"Names are {', '.join(NAMES)}.",
    )


def loss_for(kind: str) -> Callable[[Any], Any]:
    """`as_loss` for models of one kind of target, which refuses the losses of the others.

    Args:
        kind: `"values"`, `"codes"` or `"binary"`, as `Objective.kind`.

    >>> loss_for("values")("cross_entropy")
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: The loss 'cross_entropy' can't be used here: the model\
 predicts numbers.
      expected: a loss of numbers, such as 'l2'
      received: 'cross_entropy'
      to do: leave the loss out, or take a classifier: kf.NeuralNetworkClassifier()
    """

    def convert(value: Any) -> Any:
        loss = as_loss(value)
        if _keras_name(loss) in _UNFIT[kind]:
            raise _unfit(loss, kind)
        return loss

    return convert


def _unfit(loss: Any, kind: str) -> HyperparameterError:
    predicted, usual = _TARGETS[kind]
    other = "take a classifier: kf.NeuralNetworkClassifier()"
    if _keras_name(loss) in _OF_NUMBERS:
        other = "take a regressor: kf.NeuralNetworkRegressor()"
    elif kind == "binary":
        other = f"write loss={usual!r}"
    name = loss if isinstance(loss, str) else loss.loss
    return HyperparameterError(
        f"The loss {name!r} can't be used here: the model predicts {predicted}.",
        expected=f"a loss of {predicted}, such as {usual!r}",
        received=repr(name),
        remedy=f"leave the loss out, or {other}",
    )


def _keras_name(loss: Any) -> str:
    """The name of Keras' function of any of its losses, "" for others."""
    if isinstance(loss, str):
        return NAMES[loss]
    if not (isinstance(loss, Loss) and isinstance(loss.loss, str)):
        return ""
    joined = {name.replace("_", ""): name for name in NAMES.values()}
    return joined.get(loss.loss.lower(), "")


def _function_of_keras(value: Any) -> str:
    """The name of one of Keras' own functions, "" for anything else."""
    stock = str(getattr(value, "__module__", "")).startswith("keras.")
    return str(getattr(value, "__name__", "")) if stock and not isinstance(value, type) else ""


def _refuse_sums(loss: Any) -> None:
    """Refuse a sum over rows, in place of which the mean would be minimised."""
    if getattr(loss, "reduction", None) == "sum":
        raise HyperparameterError(
            f"The loss {type(loss).__name__} asks for a sum over rows; models minimise the mean.",
            expected="a loss without a `reduction` of its own",
            received="reduction='sum'",
            remedy=f"write {type(loss).__name__}(); a larger learning rate makes up for it",
        )


def _from_keras(loss: Any) -> Any:
    """A `Loss`, or the object itself where its configuration does not tell all of it."""
    _refuse_sums(loss)
    config = {k: v for k, v in loss.get_config().items() if k not in ("name", "reduction", "dtype")}
    stock = type(loss).__module__.startswith("keras.")
    if stock:
        config |= compat.loss_settings(loss, omitted(type(loss), config))
    if omitted(type(loss), config):
        return loss
    return Loss(loss=type(loss).__name__ if stock else type(loss), config=config)


def canonical(loss: Any) -> str:
    """Keras' name of a loss, "" for one without.

    >>> canonical("l2"), canonical(lambda y, p: (y - p) ** 2)
    ('mean_squared_error', '')
    """
    return NAMES[loss] if isinstance(loss, str) else getattr(loss, "canonical", "")


def commutes_with_scaling(loss: Any) -> int | None:
    """The power k in loss(s y, s p) = s^k loss(y, p), or None if there is none.

    >>> commutes_with_scaling("l2"), commutes_with_scaling("mae"), commutes_with_scaling("huber")
    (2, 1, None)
    """
    return {"mean_squared_error": 2, "mean_absolute_error": 1}.get(canonical(loss))


@dataclass(frozen=True)
class Objective:
    """The loss of each row, from what the network gives.

    Attributes:
        loss: what `as_loss` returns.
        finaliser: `"softmax"`, `"sigmoid"`, `"linear"`, the name of another Keras activation, or a
            function of tensors. The last activation, applied to the network's logits.
        kind: what targets are. `"values"`: float32 (n_rows, n_targets). `"codes"`: int32 (n_rows,),
            positions in a pool of `n_out` levels; losses other than the sparse ones get them
            one-hot, (n_rows, n_out). `"binary"`: int32 (n_rows,) of 0 and 1 for a network with one
            output; losses get float32 (n_rows, 1).
    """

    loss: Any
    finaliser: Any = "linear"
    kind: str = "values"

    @property
    def stock(self) -> bool:
        """Whether loss and finaliser are Keras' own, and no functions or classes of the user's."""
        loss = self.loss.loss if isinstance(self.loss, Loss) else self.loss
        return isinstance(loss, str) and isinstance(self.finaliser, str)

    @property
    def key(self) -> Hashable:
        """Equal for objectives that are the same computation."""
        return (_loss_key(self.loss), identity(self.finaliser), self.kind)

    def finalise(self, logits: tf.Tensor) -> tf.Tensor:
        """Predictions from logits."""
        return _activation(self.finaliser)(logits)

    def per_row(self, target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        """The loss of each row, float32 (n_rows,)."""
        import tensorflow as tf

        logits = tf.cast(logits, tf.float32)
        function = _cross_entropy(self)
        if function is None:
            truth = _as_losses_take_it(self, target, logits)
            function, logits = _function(self.loss), self.finalise(logits)
        elif _takes_codes(self):
            truth = target
        else:
            truth = _as_losses_take_it(self, target, logits)
        try:
            return _one_per_row(function(truth, logits), self.loss)
        except KerasfluxError:
            raise
        except Exception as error:
            raise _failing(self.loss, truth, error) from error


def _failing(loss: Any, truth: tf.Tensor, error: Exception) -> HyperparameterError:
    """What to say where a loss raises while its graph is made, as NumPy's functions do there."""
    axes = ", ".join(["n_rows", *map(str, truth.shape[1:])])
    return HyperparameterError(
        f"The loss {name_of(loss)!r} fails where it is made a part of TensorFlow's graph.",
        expected="a function (y_true, y_pred) -> one loss per row, of TensorFlow's or keras.ops' "
        f"functions; y_true is a tensor ({axes}{',' if len(truth.shape) == 1 else ''})",
        received=f"{type(error).__name__}: {_first_line(error)}",
        remedy="write it so: lambda y, p: keras.ops.mean(keras.ops.square(y - p), axis=-1)",
        original=error,
    )


@contextmanager
def causes_kept() -> Iterator[None]:
    """Say again of an error about a loss what caused it: TensorFlow takes causes off errors."""
    try:
        yield
    except HyperparameterError as error:
        original: Any = error.data.get("original")
        raise error from original


def name_of(loss: Any) -> str:
    """What a loss is called: its name, or that of its class or function.

    >>> name_of("l2"), name_of(Loss(loss="Huber", config={"delta": 2.0}))
    ('l2', 'Huber')
    """
    kind = loss.loss if isinstance(loss, Loss) else loss
    return kind if isinstance(kind, str) else getattr(kind, "__name__", type(kind).__name__)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return lines[0] if len(lines[0]) <= 200 else lines[0][:197] + "..."


def _loss_key(loss: Any) -> Hashable:
    if isinstance(loss, Loss):
        kind = loss.loss if isinstance(loss.loss, str) else identity(loss.loss)
        return (kind, identity(loss.config))
    return canonical(loss) or identity(loss)


def _activation(finaliser: Any) -> Any:
    import keras

    return keras.activations.get(finaliser)


def _function(loss: Any) -> Any:
    """A loss as a function of truth and prediction, without a reduction over rows."""
    import keras

    if isinstance(loss, Loss):
        return loss.build().call
    if hasattr(loss, "get_config"):
        return loss.call
    return getattr(keras.losses, NAMES[loss]) if isinstance(loss, str) else loss


def _cross_entropy(objective: Objective) -> Any:
    """The pair of loss and finaliser as one function of truth and logits, where there is one."""
    import tensorflow as tf

    name = canonical(objective.loss)
    pair = (objective.finaliser, name)
    if pair not in (("softmax", CROSS_ENTROPY), ("softmax", SPARSE), ("sigmoid", BINARY)):
        return None
    if isinstance(objective.loss, Loss):
        return objective.loss.build(from_logits=True).call
    if name == BINARY:
        return lambda y, z: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z)
    if _takes_codes(objective):
        return lambda y, z: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)
    return lambda y, z: tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=z)


def _takes_codes(objective: Objective) -> bool:
    """Whether level codes are given: to sparse losses, and plain cross-entropy from logits."""
    name = canonical(objective.loss)
    plain = name == CROSS_ENTROPY and not isinstance(objective.loss, Loss)
    return name == SPARSE or (
        plain and objective.kind == "codes" and objective.finaliser == "softmax"
    )


def _as_losses_take_it(objective: Objective, target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    if objective.kind == "binary":
        return tf.cast(target, tf.float32)[:, tf.newaxis]
    if objective.kind == "codes" and not _takes_codes(objective):
        return tf.one_hot(target, logits.shape[-1], dtype=tf.float32)
    return target


def _one_per_row(losses: tf.Tensor, loss: Any) -> tf.Tensor:
    """One loss per row: what is left of a row's own axes is averaged."""
    import tensorflow as tf

    losses = tf.cast(losses, tf.float32)
    if losses.shape.rank == 0:
        raise HyperparameterError(
            f"The loss {name_of(loss)!r} gives one number for all rows.",
            expected="one loss per row, of shape (n_rows,)",
            received="a scalar",
            remedy="Don't reduce over the first axis: keras.ops.mean(..., axis=-1).",
        )
    return losses if losses.shape.rank == 1 else tf.reduce_mean(losses, range(1, losses.shape.rank))
