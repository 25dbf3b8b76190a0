"""One training step on several replicas: the same step that one device would take.

Every replica has a copy of all variables and takes an equal, contiguous share of the batch. Shares
are padded to one size by repeating the batch's last row, which then weighs nothing. Gradients of
the shares' weighted losses, divided by the number of rows of the whole batch, are summed over the
replicas; each replica then moves its own copy of the variables by that same sum. So clipping,
averages of weights, accumulated gradients and loss scaling see what they see on one device.

Layers that look at a batch as a whole are replaced in place, as in `training.layers`. Random ones
draw for the whole batch and use their own rows of it, `BatchNormalization` sums over replicas.
Dropout inside recurrent layers, and layers of the user's, draw by replica: their masks differ from
those on one device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kerasflux.errors import BuilderError
from kerasflux.training import compat

if TYPE_CHECKING:
    import keras

WHOLE_BATCH = (
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    *("GaussianNoise", "GaussianDropout", "AlphaDropout"),
    *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomCrop"),
    *("RandomContrast", "RandomBrightness"),
)
"""Random layers of Keras that treat each row by itself, but for what they draw."""


class Share:
    """The rows of a batch that one replica takes.

    Args:
        replica: its number.
        n_replicas: how many there are.
        n_rows: the number of rows of the whole batch, a tensor.

    Attributes:
        rows: positions in the batch, `(width,)`, the last row's again where there are no more.
        real: bool, `(width,)`: which of them are the replica's own rows.
    """

    def __init__(self, replica: Any, n_replicas: int, n_rows: Any) -> None:
        import tensorflow as tf

        self.replica = replica
        width = -(-n_rows // n_replicas)
        self._start = tf.minimum(replica * width, n_rows)
        self._stop = tf.minimum(self._start + width, n_rows)
        self._n_rows = n_rows
        positions = self._start + tf.range(width)
        self.real = positions < self._stop
        self.rows = tf.minimum(positions, n_rows - 1)

    def of(self, whole: Any) -> Any:
        """The share's rows of a tensor over the batch."""
        import tensorflow as tf

        return tf.gather(whole, self.rows)

    def in_batch(self, own: Any) -> Any:
        """A tensor over the share as one over the batch, zero in the rows of others."""
        import tensorflow as tf

        around = [[self._start, self._n_rows - self._stop], *[[0, 0]] * (len(own.shape) - 1)]
        return tf.pad(own[: self._stop - self._start], around)


_SHARE: ContextVar[Share | None] = ContextVar("share", default=None)


@contextmanager
def _sharing(share: Share) -> Iterator[None]:
    token = _SHARE.set(share)  # here, for each replica is traced in a thread of its own
    try:
        yield
    finally:
        _SHARE.reset(token)


def on_each(strategy: Any, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step on a batch, taken by all replicas on their shares of it.

    Args:
        strategy: whose replicas; its scope is the one that variables were made in.
        step: takes a share, as a batch with the whole batch's `n_rows`; sums over replicas by
            `summed`, and gives a number that is then the same for all.
    """
    import tensorflow as tf

    def on_replica(batch: Any) -> Any:
        context = tf.distribute.get_replica_context()
        n_rows = tf.shape(batch.weight)[0]
        share = Share(context.replica_id_in_sync_group, context.num_replicas_in_sync, n_rows)
        with _sharing(share):
            return step(
                batch._replace(
                    target=share.of(batch.target),
                    weight=tf.where(share.real, share.of(batch.weight), 0),
                    inputs=tuple(map(share.of, batch.inputs)),
                )
            )

    def together(batch: Any) -> Any:
        answers = strategy.run(lambda: on_replica(batch))
        return strategy.experimental_local_results(answers)[0]

    return together


def part_of_extra_losses(network: keras.Model) -> list[Any]:
    """What regularisers of weights add to the objective, one replica's part of it.

    Raises:
        BuilderError: a layer adds a loss of what it computes, which counts rows of padding and of
            this replica alone.
    """
    extra = network.losses
    of_weights = [v for v in network.trainable_variables if v.regularizer is not None]
    if len(extra) != len(of_weights):
        named = [layer.name for layer in compat.layers_of(network) if _adds_a_loss(layer)]
        raise BuilderError(
            "The network can't be trained on several replicas: its layers add losses of what they "
            "compute.",
            expected="losses of weights alone (`kernel_regularizer=...`)",
            received=f"`activity_regularizer` or `add_loss` in {', '.join(named) or 'its layers'}",
            remedy='Train on one device, acceleration="auto", or leave these losses out.',
        )
    replicas = float(_context().num_replicas_in_sync)
    return [loss / replicas for loss in extra]


def _adds_a_loss(layer: Any) -> bool:
    inner = getattr(layer, "layers", None)
    return not inner and bool(getattr(layer, "activity_regularizer", None))


# sums over replicas


def summed(gradients: Sequence[Any], number: Any) -> tuple[list[Any], Any]:
    """Gradients, and a number, summed over replicas: in one exchange, for small ones take long.

    Args:
        gradients: dense tensors: between processes exchanges have the same shape each time.
        number: a tensor without axes.
    """
    tensors = dict(enumerate([*gradients, number]))
    found: dict[int, Any] = {}
    for kind in sorted({tensor.dtype.name for tensor in tensors.values()}):
        chosen = {k: tensor for k, tensor in tensors.items() if tensor.dtype.name == kind}
        found |= _unpacked(_summed(_packed(chosen)), chosen)
    *sums, total = (found[k] for k in range(len(tensors)))
    return sums, total


def _packed(tensors: dict[int, Any]) -> Any:
    import tensorflow as tf

    return tf.concat([tf.reshape(t, [-1]) for t in tensors.values()], 0)


def _unpacked(packed: Any, like: dict[int, Any]) -> dict[int, Any]:
    import tensorflow as tf

    parts = tf.split(packed, [math.prod(t.shape) for t in like.values()])
    return {k: tf.reshape(p, t.shape) for (k, t), p in zip(like.items(), parts, strict=True)}


def _summed(tensor: Any) -> Any:
    """A tensor summed over replicas, in the order of their numbers within one process.

    Within a process without collective operations: these are counted by each strategy object, but
    told apart by the process, so that two strategies on the same devices would get in each other's
    way.
    """
    import tensorflow as tf

    def merge(strategy: Any, values: Any) -> Any:
        parts = strategy.experimental_local_results(values)
        if len(parts) == strategy.num_replicas_in_sync:
            return tf.add_n(parts)
        return strategy.extended.reduce_to("SUM", values, values)

    return _context().merge_call(merge, args=(tensor,))


def _differentiably_summed(tensor: Any) -> Any:
    import tensorflow as tf

    @tf.custom_gradient
    def total(x: Any) -> Any:
        return _summed(x), _summed

    return total(tensor)


def _context() -> Any:
    import tensorflow as tf

    return tf.distribute.get_replica_context()


# layers


def adapt(network: keras.Model) -> None:
    """Let the layers of a program's own network look at the share that they are traced for.

    Raises:
        BuilderError: batch normalisation that can't be summed over replicas.
    """
    kinds = _replacements()
    for layer in compat.layers_of(network):
        if type(layer) in kinds:
            layer.__class__ = kinds[type(layer)]
        else:
            _refuse_own_statistics(layer)
            for generator in compat.seed_generators(layer):
                generator.__class__ = _seeds_by_replica()


def _refuse_own_statistics(layer: Any) -> None:
    import keras

    if isinstance(layer, keras.layers.BatchNormalization):
        kind = type(layer).__name__
        raise BuilderError(
            f"The layer {layer.name} can't be trained on several replicas: each would keep "
            "statistics of its own rows.",
            expected="keras.layers.BatchNormalization itself",
            received=f"{kind}, of {type(layer).__module__}"
            if _can_be_summed()
            else f"{kind} of a Keras that computes its statistics otherwise",
            remedy='Train on one device, acceleration="auto", or take another normalisation.',
        )


def _can_be_summed() -> bool:
    import keras

    return hasattr(keras.layers.BatchNormalization, "_moments")


@lru_cache(maxsize=1)
def _replacements() -> dict[type, type]:
    import keras

    kinds = [getattr(keras.layers, name, None) for name in WHOLE_BATCH]
    found: dict[type, type] = {kind: _on_whole_batches(kind) for kind in kinds if kind is not None}
    if _can_be_summed():
        found[keras.layers.BatchNormalization] = _batch_normalization()
    return found


def _on_whole_batches(kind: Any) -> type:
    class OnWholeBatches(kind):
        """Works on the whole batch, zero but for the replica's rows, so that all draw alike."""

        adapted_from = kind

        def call(self, inputs: Any, training: bool = False) -> Any:
            import tensorflow as tf

            share = _SHARE.get()
            if share is None or not training:
                return super().call(inputs, training=training)
            whole = super().call(share.in_batch(inputs), training=True)
            return tf.ensure_shape(share.of(whole), [None, *whole.shape[1:]])

    OnWholeBatches.__name__ = OnWholeBatches.__qualname__ = kind.__name__
    return OnWholeBatches


def _batch_normalization() -> type:
    import keras
    import tensorflow as tf

    class BatchNormalization(keras.layers.BatchNormalization):
        """Takes means and variances over the real rows of all replicas."""

        adapted_from = keras.layers.BatchNormalization

        def _moments(self, inputs: Any, mask: Any) -> Any:
            share = _SHARE.get()
            if share is None:
                return super()._moments(inputs, mask)
            ones = [1] * (len(inputs.shape) - 1)
            weights = tf.cast(tf.reshape(share.real, [-1, *ones]), inputs.dtype)
            if mask is not None:
                weights *= tf.cast(mask, inputs.dtype)[..., tf.newaxis]
            weights *= tf.ones_like(inputs)
            axes = self._reduction_axes
            sums = [tf.reduce_sum(weights * inputs, axes), tf.reduce_sum(weights, axes)]
            total, count = tf.unstack(_differentiably_summed(tf.stack(sums)))
            mean = total / count
            shape = [1] * len(inputs.shape)
            shape[self.axis] = -1
            squares = weights * tf.square(inputs - tf.reshape(mean, shape))
            return mean, _differentiably_summed(tf.reduce_sum(squares, axes)) / count

    return BatchNormalization


@lru_cache(maxsize=1)
def _seeds_by_replica() -> type:
    import keras
    import tensorflow as tf

    class SeedGenerator(keras.random.SeedGenerator):
        """Gives each replica seeds of its own; the states stay equal."""

        def next(self, ordered: bool = True) -> Any:
            seed = super().next(ordered)
            share = _SHARE.get()
            if share is None:
                return seed
            apart = tf.stack([tf.cast(share.replica, tf.int32) * 7919, 0])
            return seed + tf.cast(apart, seed.dtype)

    return SeedGenerator
