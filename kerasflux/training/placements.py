"""One device or several, in this process or in those of a cluster: who asks `tf.distribute`.

Under a placement's strategy variables are made and epochs run. What each of several devices does in
a step is told in `training.replicas`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kerasflux import workers
from kerasflux.errors import DataError, EnvironmentMismatch


@dataclass(frozen=True)
class Placement:
    """One device, or several that share each batch; equal placements share programs.

    Attributes:
        device: where data lies and predictions are made: the first of several.
        replicas: the devices in this process that share each batch; () for one alone.
        cluster: the strategy of several processes, or None.
    """

    device: str = "/device:CPU:0"
    replicas: tuple[str, ...] = ()
    cluster: Any = None

    @property
    def n_replicas(self) -> int:
        """How many devices share each batch."""
        if self.cluster is not None:
            return int(self.cluster.num_replicas_in_sync)
        return len(self.replicas) or 1

    @property
    def kind(self) -> str:
        """The kind of device, `"CPU"` or `"GPU"`, with the number of several: `"2 x CPU"`."""
        kind = self.device.split(":")[-2]
        return kind if self.n_replicas == 1 else f"{self.n_replicas} x {kind}"

    @property
    def on_cpu(self) -> bool:
        """Whether it is a single CPU device."""
        return self.kind == "CPU"

    @property
    def alone(self) -> Placement:
        """The first device without the others."""
        return Placement(self.device)

    @property
    def strategy(self) -> Any:
        """Of `tf.distribute`: one object for all equal placements."""
        if self.cluster is not None:
            return self.cluster
        return _mirrored(self.replicas) if self.replicas else _one_device(self.device)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Make variables in here: they belong to this placement's strategy."""
        self._refuse_scopes_of_others()
        copies = _own_copies() if self.n_replicas > 1 else nullcontext()
        with self.strategy.scope(), copies:
            yield

    @contextmanager
    def on_device(self) -> Iterator[None]:
        """Place data and run programs in here."""
        import tensorflow as tf

        self._refuse_scopes_of_others()
        shared = self.strategy.scope() if self.n_replicas > 1 else nullcontext()
        with shared, tf.device(self.device):
            yield

    def _refuse_scopes_of_others(self) -> None:
        import tensorflow as tf

        if tf.distribute.has_strategy() and tf.distribute.get_strategy() is not self.strategy:
            name = type(tf.distribute.get_strategy()).__name__
            raise EnvironmentMismatch(
                f"A network can't be trained or used within the scope of a {name}.",
                expected="no `with strategy.scope():` around; models enter the scope of their own",
                received=f"a call within the scope of a {name}",
                remedy="Make the call outside, and give the model the strategy: "
                "`acceleration=strategy`.",
            )

    def agreed(self, number: int) -> int:
        """A number as the first worker of the cluster has it; the very number without a cluster."""
        return number if self.cluster is None else int(_of_first(self.cluster, number))

    def refuse_differences(self, digest: int) -> None:
        """Refuse to train where workers were given different things, before they wait for ever.

        Args:
            digest: of all that has to be equal.

        Raises:
            DataError: on every worker, if one of them has another digest than the first.
        """
        if self.cluster is None:
            return
        other = self.agreed(digest) != digest
        if int(_over_all(self.cluster, int(other))):
            raise DataError(
                "The workers of the cluster don't train the same machine on the same data.",
                expected="the same script, data, rows, seed, epochs and checkpoint in each process",
                received="others in this process than in the first"
                if other
                else "the same in this process as in the first, others elsewhere",
                remedy="Give each worker all rows, in the same order (training shares them out), "
                "and a checkpoint's folder that all of them see.",
            )


@lru_cache(maxsize=64)
def _one_device(device: str) -> Any:
    """The one strategy of a device: a network and its optimizer have to share it."""
    import tensorflow as tf

    return tf.distribute.OneDeviceStrategy(device)


@lru_cache(maxsize=64)
def _mirrored(devices: tuple[str, ...]) -> Any:
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(list(devices))


_CLUSTER: list[Any] = []
"""The strategy of the cluster that this process belongs to, of which there is one: the first that
was given or made. A second one would get in its way."""


def know_cluster_strategy(strategy: Any) -> None:
    """Take a strategy that was made elsewhere as that of the cluster, unless there is one."""
    if not _CLUSTER:
        _CLUSTER.append(strategy)


def cluster_strategy() -> Any:
    """The strategy of the cluster, made if there is none.

    Raises:
        EnvironmentMismatch: this process is no worker, or TensorFlow began to work before.
    """
    import tensorflow as tf

    if not _CLUSTER:
        workers.refuse_no_cluster()
        try:
            _CLUSTER.append(tf.distribute.MultiWorkerMirroredStrategy())
        except RuntimeError as error:
            raise _too_late(error) from error
    return _CLUSTER[0]


def _too_late(error: RuntimeError) -> EnvironmentMismatch:
    return EnvironmentMismatch(
        "Training on several machines was asked for after TensorFlow had begun to work.",
        expected="nothing computed by TensorFlow in this process before",
        received=str(error).splitlines()[0],
        remedy="Write at the top of the script "
        "`strategy = tf.distribute.MultiWorkerMirroredStrategy()`, before any other use of "
        "TensorFlow, and give the model acceleration=strategy.",
    )


def _own_copies() -> Any:
    """Variables made in here have a copy on each replica, which the replica alone writes to.

    All replicas write the same: see `training.replicas`. Keras' way, updating all copies from one
    place, is impossible within conditions of a graph.
    """
    import tensorflow as tf

    def make(next_creator: Any, **settings: Any) -> Any:
        return next_creator(**{**settings, "aggregation": tf.VariableAggregation.NONE})

    return tf.variable_creator_scope(make)


def _of_first(strategy: Any, number: int) -> Any:
    local = len(strategy.extended.worker_devices)  # each of which adds the number
    return _over_all(strategy, number if workers.number() == 0 else 0, local)


def _over_all(strategy: Any, number: int, times: int = 1) -> Any:
    """A number summed over all replicas."""
    import tensorflow as tf

    def total(x: Any) -> Any:
        return strategy.reduce("SUM", strategy.run(lambda: x + 0), axis=None)

    return tf.function(total, autograph=False)(tf.constant(number, tf.int64)) // times
