"""Where networks train and predict, as a user asks for it.

An `Acceleration` is a value: it is compared, printed and written to files, and loads TensorFlow
only when it is resolved to a `Placement` (`training.placements`) on this computer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from kerasflux import workers
from kerasflux.errors import EnvironmentMismatch, HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, field, get_path, paths
from kerasflux.training.placements import Placement, cluster_strategy, know_cluster_strategy
from scitypes.errors import nearest

STRATEGIES = ("auto", "cpu", "gpu", "mirrored", "multiworker")

WORTH_A_GPU = 5e7
"""Floating point operations per training step from which on `"auto"` takes a GPU: below, launching
kernels takes longer than computing (MLJFlux measures the same: at batch 1 a GPU is the slower
one)."""

_DEVICE = re.compile(r"([A-Za-z_]+):(\d+)$")

_ACCEPTED = ", ".join(map(repr, STRATEGIES)) + ", names of devices, or one of tf.distribute's "
_ACCEPTED += "OneDeviceStrategy, MirroredStrategy and MultiWorkerMirroredStrategy"


def _strategy(value: Any) -> Any:
    """A strategy as it is kept: a name, or names of devices; TensorFlow's own objects are neither
    compared nor written to files."""
    if isinstance(value, str):
        return _named(value)
    if isinstance(value, (tuple, list)):
        return _devices(value)
    if isinstance(value, Mapping):
        raise _of_a_mapping(value)
    if hasattr(value, "num_replicas_in_sync") and hasattr(value, "extended"):
        return _of_tensorflow(value)
    raise HyperparameterError(
        "`acceleration` is no strategy.",
        expected=f"one of {_ACCEPTED}",
        received=f"{value!r}, of type {type(value).__name__}",
    )


def _named(value: str) -> str | tuple[str, ...]:
    if value in STRATEGIES:
        return value
    if _DEVICE.search(value):
        return _devices((value,))
    raise HyperparameterError(
        f"`acceleration` can't be {value!r}.",
        expected=f"one of {_ACCEPTED}",
        received=repr(value),
        remedy=_meant(value),
    )


_ELSEWHERE = {
    **{name: f'jit="{name}"' for name in ("xla", "graph")},
    **{name: f'precision="{name}"' for name in ("float32", "mixed_float16", "mixed_bfloat16")},
    **{name: f'precision="mixed_{name}"' for name in ("float16", "bfloat16")},
}
"""Names that are no strategies, and the argument of `Acceleration` that they belong to."""


def _meant(value: str) -> str:
    """What was meant by a name that is no strategy.

    >>> _meant("GPU"), _meant("xla")
    ("did you mean 'gpu'?", 'kf.Acceleration(jit="xla")')
    """
    name = value.strip().lower()
    if name in _ELSEWHERE:
        return f"kf.Acceleration({_ELSEWHERE[name]})"
    if name in STRATEGIES:
        return f"did you mean {name!r}?"
    return nearest(name, STRATEGIES) or "the default is 'auto'"


def _of_a_mapping(value: Mapping[Any, Any]) -> HyperparameterError:
    options = ", ".join(f"{name}={option!r}" for name, option in value.items())
    return HyperparameterError(
        "`acceleration` is no mapping.",
        expected="a kf.Acceleration, or its strategy",
        received=f"{value!r:.60}",
        remedy=f"kf.Acceleration({options})",
    )


def _devices(value: Any) -> tuple[str, ...]:
    names = all(isinstance(v, str) and _DEVICE.search(v) for v in value)
    devices = tuple(map(_in_this_process, value)) if names else ()
    if not devices or len(set(devices)) < len(devices):
        raise HyperparameterError(
            f"`acceleration` can't be {value!r}.",
            expected='different names of devices, such as ("GPU:0", "GPU:1")',
            received=repr(value),
        )
    return devices


def _of_tensorflow(strategy: Any) -> str | tuple[str, ...]:
    kinds = {base.__name__ for base in type(strategy).__mro__}
    if kinds & {"MultiWorkerMirroredStrategy", "CollectiveAllReduceStrategy"}:
        know_cluster_strategy(strategy)
        return "multiworker"
    if kinds & {"OneDeviceStrategy", "MirroredStrategy"}:
        return tuple(map(_in_this_process, strategy.extended.worker_devices))
    name, replicas = type(strategy).__name__, strategy.num_replicas_in_sync
    raise HyperparameterError(
        f"`acceleration` can't be a {name} of {replicas} replica{'s' * (replicas != 1)}.",
        expected=f"one of {_ACCEPTED}",
        received=name,
        remedy='tf.distribute.MirroredStrategy(), "mirrored" or "auto"',
    )


def _in_this_process(device: str) -> str:
    """The name of a device without job and task, so that equal devices have equal names.

    >>> _in_this_process("/job:localhost/replica:0/task:0/device:CPU:1"), _in_this_process("gpu:0")
    ('/device:CPU:1', '/device:GPU:0')
    """
    kind, number = _DEVICE.findall(device)[0]
    return f"/device:{kind.upper()}:{number}"


class Acceleration(Hyperparameters):
    """Where a network trains and predicts.

    Args:
        strategy: `"auto"` (a GPU where there is one and a step is worth it, else the CPU), `"cpu"`,
            `"gpu"`, `"mirrored"` (all GPUs of this machine share each batch), `"multiworker"` (the
            devices of the machines that the environment variable `TF_CONFIG` names, the same script
            in each), or a `tf.distribute.Strategy`: a `OneDeviceStrategy` or `MirroredStrategy`,
            whose devices are taken, or a `MultiWorkerMirroredStrategy`; or names of devices,
            `("CPU:0", "CPU:1")`, or one of them, `"GPU:0"`.
        jit: how epochs are executed: `"xla"` (compiled as a whole), `"graph"` (a loop in
            TensorFlow's graph), or `"auto"`: by a rule that looks at the network, the loss, the
            optimiser, the batch size and the device (`docs/how_it_works.md`). The two give other
            last bits and other dropout masks. What XLA can't compile runs in the graph loop.
            Several devices run in the graph loop. Under XLA all batches have one size: the last is
            filled up with rows that weigh nothing. Keras' own layers leave them out of batch
            statistics, and `"auto"` leaves other layers that may couple rows to the graph loop;
            with `"xla"` forced, a layer of your own that couples the rows of a batch sees them.
        precision: `"float32"`, or `"mixed_float16"` or `"mixed_bfloat16"`: layers compute in 16
            bits, and keep their variables in 32. Outputs are cast to 32 bits before the loss and
            in predictions. With `"mixed_float16"` losses are scaled dynamically (Keras'
            `LossScaleOptimizer`), so that small gradients don't vanish, unless the optimiser has a
            `loss_scale_factor` of its own. Layers that are given a `dtype` keep it. A changed
            precision trains from scratch.

    >>> Acceleration(strategy="cpu").resolve()
    Placement(device='/device:CPU:0', replicas=(), cluster=None)
    """

    strategy: Any = field("auto", convert=_strategy, doc="a name or a strategy of TensorFlow")
    jit: Literal["auto", "xla", "graph"] = field("auto", doc="how epochs are executed")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = field(
        "float32", doc="what layers compute in"
    )

    def resolve(self, flops_per_step: float | None = None, training: bool = True) -> Placement:
        """The placement that this means on this computer.

        Args:
            flops_per_step: floating point operations of a training step, for `"auto"`; None if
                unknown.
            training: False for what takes one device, and no cluster: predictions.

        Raises:
            EnvironmentMismatch: `"gpu"` or `"mirrored"` where TensorFlow sees none; `"multiworker"`
                in a process that is no worker of a cluster.
            HyperparameterError: `jit="xla"` on several devices.
        """
        if not training:
            return self._of_one_device()._placement(flops_per_step).alone
        placement = self._placement(flops_per_step)
        if placement.n_replicas > 1 and self.jit == "xla":
            raise HyperparameterError(
                "`jit='xla'` is for a single device.",
                expected="jit='auto' or jit='graph' where several devices share a batch",
                received=f"{placement.n_replicas} devices: XLA compiles for one, and can't reach "
                "the variables of the others",
                remedy="kf.Acceleration(strategy=..., jit='graph')",
            )
        return placement

    def _of_one_device(self) -> Acceleration:
        if isinstance(self.strategy, tuple):
            return Acceleration(strategy=self.strategy[:1])
        return Acceleration(strategy="auto" if self.strategy == "multiworker" else self.strategy)

    def agreed(self, number: int) -> int:
        """A number as the first worker of a cluster has it; itself where there is no cluster."""
        return self.resolve().agreed(number) if self.strategy == "multiworker" else number

    def _placement(self, flops_per_step: float | None) -> Placement:
        named = {"cpu": Placement, "gpu": _gpu, "mirrored": _all_gpus, "multiworker": _cluster}
        if self.strategy == "auto":
            return _automatic(flops_per_step)
        return named[self.strategy]() if self.strategy in named else _of_devices(self.strategy)


def as_acceleration(value: Any) -> Acceleration:
    """An `Acceleration` from itself, a name or a strategy: the hyperparameter's converter."""
    return value if isinstance(value, Acceleration) else Acceleration(strategy=value)


def written_elsewhere(model: Hyperparameters) -> bool:
    """Whether another process writes what this model learns: the first worker of its cluster."""
    if not workers.number():
        return False
    parts = [model, *(get_path(model, path) for path in paths(model))]
    return any(isinstance(x, Acceleration) and x.strategy == "multiworker" for x in parts)


def _gpus() -> int:
    import tensorflow as tf

    return len(tf.config.list_logical_devices("GPU"))


def _automatic(flops_per_step: float | None) -> Placement:
    worth = flops_per_step is None or flops_per_step >= WORTH_A_GPU
    return Placement("/device:GPU:0") if worth and _gpus() else Placement()


def _gpu() -> Placement:
    _refuse_no_gpu("gpu")
    return Placement("/device:GPU:0")


def _all_gpus() -> Placement:
    _refuse_no_gpu("mirrored")
    return _of_devices(tuple(f"/device:GPU:{k}" for k in range(_gpus())))


def _of_devices(devices: tuple[str, ...]) -> Placement:
    import tensorflow as tf

    known = [_in_this_process(device.name) for device in tf.config.list_logical_devices()]
    missing = sorted(set(devices) - set(known))
    if missing:
        raise EnvironmentMismatch(
            f"Training was to use {', '.join(missing)}, which TensorFlow does not see.",
            expected=f"devices among {', '.join(known)}",
            received=", ".join(devices),
            remedy='Use devices that are there, or acceleration="auto". Logical devices are made '
            "before TensorFlow is used: `tf.config.set_logical_device_configuration`.",
        )
    return Placement(devices[0], devices if len(devices) > 1 else ())


def _cluster() -> Placement:
    strategy = cluster_strategy()
    first = _in_this_process(strategy.extended.worker_devices[0])
    return Placement(first, cluster=strategy if strategy.num_replicas_in_sync > 1 else None)


def _refuse_no_gpu(asked: str) -> None:
    if not _gpus():
        raise EnvironmentMismatch(
            f"`acceleration='{asked}'` was asked for, but TensorFlow sees no GPU.",
            expected="at least one GPU",
            received="tf.config.list_logical_devices('GPU') == []",
            remedy="Install `tensorflow[and-cuda]` and a driver, or use acceleration='auto'.",
        )
