"""Where networks are placed: the one user of `tf.distribute`.

An `Acceleration` is what a user asks for; it resolves to a `Placement`: one device, under whose
strategy variables are made and on which data lies and epochs run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kerasflux.errors import EnvironmentMismatch, HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, field
from scitypes.errors import nearest

STRATEGIES = ("auto", "cpu", "gpu")
WORTH_A_GPU = 5e7
"""Floating point operations per training step from which on `"auto"` takes a GPU: below, launching
kernels takes longer than computing (MLJFlux measures the same: at batch 1 a GPU is the slower
one)."""


@dataclass(frozen=True)
class Placement:
    """One device; equal placements share programs."""

    device: str = "/device:CPU:0"

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Make variables in here: they belong to this placement's strategy."""
        with _one_device(self.device).scope():
            yield

    @contextmanager
    def on_device(self) -> Iterator[None]:
        """Place data and run programs in here."""
        import tensorflow as tf

        with tf.device(self.device):
            yield


@lru_cache(maxsize=64)
def _one_device(device: str) -> Any:
    """The one strategy of a device: a network and its optimizer have to share it."""
    import tensorflow as tf

    return tf.distribute.OneDeviceStrategy(device)


def _strategy(value: Any) -> Any:
    if isinstance(value, str):
        if value in STRATEGIES:
            return value
        raise HyperparameterError(
            f"`acceleration` can't be {value!r}.",
            expected="one of 'auto', 'cpu', 'gpu', or a tf.distribute.Strategy on a single device",
            received=repr(value),
            remedy=nearest(value, STRATEGIES) or "the default is 'auto'",
        )
    if hasattr(value, "num_replicas_in_sync") and hasattr(value, "extended"):
        return _single(value)
    raise HyperparameterError(
        "`acceleration` is no strategy.",
        expected="one of 'auto', 'cpu', 'gpu', or a tf.distribute.Strategy on a single device",
        received=f"{value!r}, of type {type(value).__name__}",
    )


def _single(strategy: Any) -> Any:
    if strategy.num_replicas_in_sync != 1 or "MultiWorker" in type(strategy).__name__:
        raise HyperparameterError(
            f"`acceleration` can't be a {type(strategy).__name__} of "
            f"{strategy.num_replicas_in_sync} replicas: training uses one device.",
            expected="a strategy on a single device",
            received=type(strategy).__name__,
            remedy="tf.distribute.OneDeviceStrategy('/gpu:0'), or 'auto'",
        )
    return strategy


class Acceleration(Hyperparameters):
    """Where a network trains and predicts.

    Args:
        strategy: `"auto"` (a GPU where there is one and a step is worth it, else the CPU), `"cpu"`,
            `"gpu"`, or a `tf.distribute.Strategy` on a single device.

    >>> Acceleration(strategy="cpu").resolve()
    Placement(device='/device:CPU:0')
    """

    strategy: Any = field("auto", convert=_strategy, doc="auto, cpu, gpu or a one-device strategy")

    def resolve(self, flops_per_step: float | None = None) -> Placement:
        """The placement that this means on this computer.

        Args:
            flops_per_step: floating point operations of a training step, for `"auto"`; None if
                unknown.

        Raises:
            EnvironmentMismatch: `"gpu"` where TensorFlow sees none.
        """
        if self.strategy == "cpu":
            return Placement()
        if self.strategy == "auto":
            return _automatic(flops_per_step)
        if self.strategy == "gpu":
            return _gpu()
        return Placement(self.strategy.extended.worker_devices[0])


def as_acceleration(value: Any) -> Acceleration:
    """An `Acceleration` from itself, a name or a strategy: the hyperparameter's converter."""
    return value if isinstance(value, Acceleration) else Acceleration(strategy=value)


def _gpus() -> int:
    import tensorflow as tf

    return len(tf.config.list_logical_devices("GPU"))


def _automatic(flops_per_step: float | None) -> Placement:
    worth = flops_per_step is None or flops_per_step >= WORTH_A_GPU
    return Placement("/device:GPU:0") if worth and _gpus() else Placement()


def _gpu() -> Placement:
    if not _gpus():
        raise EnvironmentMismatch(
            "`acceleration='gpu'` was asked for, but TensorFlow sees no GPU.",
            expected="at least one GPU",
            received="tf.config.list_logical_devices('GPU') == []",
            remedy="Install `tensorflow[and-cuda]` and a driver, or use acceleration='auto'.",
        )
    return Placement("/device:GPU:0")
