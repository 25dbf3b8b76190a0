"""Every private interface of Keras and TensorFlow that the library uses, feature-detected.

Each has a fallback that gives the same results, slower or with more memory. Public interfaces that
need care (the backend's name) are here too.
"""

from __future__ import annotations

import collections
import os
import random
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import numpy as np

from kerasflux.errors import EnvironmentMismatch

BUILDING = threading.RLock()
"""Held while a network is built: Python's and NumPy's global generators are set aside meanwhile."""


def keras_on_tensorflow() -> Any:
    """The `keras` module, after a look at its backend.

    Raises:
        EnvironmentMismatch: Keras runs, or is told to run, on another backend than TensorFlow.
    """
    asked = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if asked != "tensorflow" and "keras" not in sys.modules:  # that backend may not be installed
        raise _other_backend(asked, f"KERAS_BACKEND={asked}")
    import keras

    backend = keras.config.backend()
    if backend != "tensorflow":
        raise _other_backend(backend, f"keras.config.backend() == {backend!r}")
    return keras


def _other_backend(backend: str, received: str) -> EnvironmentMismatch:
    return EnvironmentMismatch(
        f"Keras runs on {backend!r} in this process.",
        expected="the TensorFlow backend",
        received=received,
        remedy="Set KERAS_BACKEND=tensorflow in the environment, before Keras is imported.",
    )


def call(function: Any, *arguments: Any, instead: Mapping[int, Any] | None = None) -> Any:
    """Call a concrete function with arrays or tensors, in the order of its signature.

    Binding arguments by name, and letting that convert them, takes longer than what small networks
    compute. Where functions can't be called flat they are called as usual.

    Args:
        function: a concrete function.
        *arguments: what it takes.
        instead: by `id` of a handle that it captured, that of another variable (`swaps`).
    """
    import tensorflow as tf

    host = (np.ndarray, np.generic)
    with interrupts_told():
        tensors = [tf.constant(a) if isinstance(a, host) else a for a in arguments]
        flat = getattr(function, "_call_flat", None)
        if flat is None:
            return function(*tensors)
        captured = function.captured_inputs
        if instead:
            captured = [instead.get(id(handle), handle) for handle in captured]
        return flat(tensors, captured)


@cache
def swaps() -> bool:
    """Whether a concrete function can be called on other variables than it captured."""
    try:
        from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
    except ImportError:
        return False
    return hasattr(ConcreteFunction, "_call_flat")


def like(variable: Any) -> Any:
    """A variable of TensorFlow of the same shape and dtype, of zeros."""
    import tensorflow as tf

    return tf.Variable(tf.zeros(variable.shape, variable.dtype), trainable=False)


def is_of_keras(network: Any, optimizer: Any) -> bool:
    """Whether all layers and the optimizer are Keras' own, or ours."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    kinds = {type(part) for part in (*layers_of(network), optimizer, inner)}
    return all(kind.__module__.partition(".")[0] in ("keras", "kerasflux") for kind in kinds)


@contextmanager
def interrupts_told() -> Iterator[None]:
    """Let a keyboard interrupt that struck within TensorFlow's C code be one.

    NumPy and Python's own C code report it as a `SystemError`: "returned a result with an exception
    set".
    """
    try:
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            raise
        raise KeyboardInterrupt from None


def assign(variable: Any, value: np.ndarray) -> None:
    """Set a variable of TensorFlow to an array of its shape.

    By the operation itself where the variable is a plain one: `assign` converts and checks first.
    """
    import tensorflow as tf

    if _is_plain(variable) and variable.dtype.as_numpy_dtype == value.dtype:
        tf.raw_ops.AssignVariableOp(resource=variable.handle, value=value, validate_shape=True)
    else:
        variable.assign(value, read_value=False)


def _is_plain(variable: Any) -> bool:
    """Whether a variable is on one device, and nothing but a variable."""
    return type(variable) is _plain_variable()


@cache
def _plain_variable() -> type | None:
    try:
        from tensorflow.python.ops.resource_variable_ops import ResourceVariable
    except ImportError:
        return None
    found: type = ResourceVariable
    return found


def sole_replica(optimizer: Any) -> None:
    """Spare an optimizer the reduction of its gradients over its one device.

    Keras' reduction wraps each gradient in `tf.custom_gradient`, whose closure TensorFlow keeps for
    ever, and with it the graph: 2 to 4 MB per trace (tensorflow#97697). On one device it is the
    identity. Without the method to replace, it stays as it is.
    """
    for one in (optimizer, getattr(optimizer, "inner_optimizer", None)):
        if hasattr(one, "_all_reduce_sum_gradients"):
            object.__setattr__(one, "_all_reduce_sum_gradients", list)


_BY_STRATEGY = (
    "_backend_update_step",
    "_apply_weight_decay",
    "_overwrite_model_variables_with_average_value",
    "_backend_increment_gradient_accumulators",
)
"""Methods that Keras' optimizers for TensorFlow override to go through the strategy."""


def own_replica(optimizer: Any) -> None:
    """Let an optimizer move the variables of the replica that it is called in, and no others.

    Keras' optimizers for TensorFlow sum gradients over replicas after clipping, each replica its
    own, and update all replicas from one place, which is impossible within a condition: averages
    that replace weights, accumulated gradients and loss scales fail or come out different. Here
    every replica is given gradients that were summed before, and does what the optimizer of one
    device would do. The methods of Keras' base class do just that.

    Raises:
        EnvironmentMismatch: a version of Keras whose optimizers are made otherwise.
    """
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        own_replica(inner)
        _require(optimizer, "_common_apply")
        object.__setattr__(optimizer, "_tf_apply", optimizer._common_apply)
    _require(optimizer, "_all_reduce_sum_gradients", *_BY_STRATEGY)
    sole_replica(optimizer)
    for name in _BY_STRATEGY:
        owners = [base for base in type(optimizer).__mro__ if name in vars(base)]
        object.__setattr__(optimizer, name, types.MethodType(vars(owners[-1])[name], optimizer))


def _require(optimizer: Any, *names: str) -> None:
    missing = [name for name in names if not hasattr(optimizer, name)]
    if missing:
        raise EnvironmentMismatch(
            "Several devices can't share a batch with this version of Keras.",
            expected="Keras 3.15, or another whose optimizers are made like its own",
            received=f"an optimizer without {', '.join(missing)}",
            remedy='Train on one device, acceleration="auto", or install another version of Keras.',
        )


def scaling(optimizer: Any, network: Any) -> Any:
    """An optimizer with dynamic loss scaling where a network computes in float16.

    Gradients below 6e-8 are zero in float16. An optimizer with a `loss_scale_factor` of its own
    stays as it is. `bfloat16` has the range of float32 and needs no scaling.
    """
    keras = keras_on_tensorflow()
    halves = any(getattr(x, "compute_dtype", None) == "float16" for x in layers_of(network))
    if not halves or optimizer.loss_scale_factor is not None:
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer, name="scaling")


def loss_scale(optimizer: Any) -> Any:
    """What an optimizer multiplies losses by before gradients are taken of them."""
    dynamic = getattr(optimizer, "dynamic_scale", None)
    return (optimizer.loss_scale_factor or 1.0) if dynamic is None else dynamic.value


def seed_generators(layer: Any) -> list[Any]:
    """The seed generators among a layer's own attributes."""
    import keras

    values = vars(layer).values()
    return [value for value in values if isinstance(value, keras.random.SeedGenerator)]


def layers_of(network: Any) -> list[Any]:
    """A network and all layers in it, cells of recurrent layers and layers of layers included."""
    flatten = getattr(network, "_flatten_layers", None)
    if flatten is not None:
        return list(flatten())
    found, queue = [], [network]
    while queue:
        layer = queue.pop()
        found.append(layer)
        queue += [x for x in getattr(layer, "layers", []) if x not in found]
    return found


def settle(network: Any) -> None:
    """Let layers make anew what they keep of their variables' values.

    An adapted `Normalization` computes with constants that it makes of its variables when it is
    adapted or read from a file of Keras'. Called while a function is traced, it makes them of the
    values that the variables have whenever the function runs.
    """
    for layer in layers_of(network):
        if hasattr(layer, "adapt_mean") and hasattr(layer, "finalize_state"):
            layer.finalize_state()


@contextmanager
def build_scope(seed: int) -> Iterator[None]:
    """Build a network in here, with fixed names, seeded, and without a trace in the process.

    Keras draws the seeds of unseeded initialisers and dropout from Python's `random`, of unseeded
    operations from a generator of its own, and numbers its layers from a table that only grows
    (each never-seen variable name costs 35 KB for ever, tensorflow#40171). All of these are put
    aside, set from `seed`, and put back as they were. Another thread that draws from Python's or
    NumPy's global generator meanwhile draws from the one that was set.
    """
    with BUILDING, _standard_generators(seed), _keras_globals(seed):
        yield


@contextmanager
def _standard_generators(seed: int) -> Iterator[None]:
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:  # from the first setting on: an interrupt may come between two
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002


@contextmanager
def _keras_globals(seed: int) -> Iterator[None]:
    """Keras' table of names and its global seed generator, both kept per thread."""
    try:
        from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute
    except ImportError:
        yield
        return
    kept = {
        name: get_global_attribute(name) for name in ("object_name_uids", "global_seed_generator")
    }
    try:
        set_global_attribute("object_name_uids", collections.defaultdict(int))
        set_global_attribute("global_seed_generator", None)
        yield
    finally:
        for name, value in kept.items():
            set_global_attribute(name, value)


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Make layers in here compute in a precision, such as `"mixed_bfloat16"`.

    Keras' default policy is kept per thread. It is put back as it was, unset if it was unset:
    asking Keras for it would fix it to the float type of that moment.
    """
    keras = keras_on_tensorflow()
    try:
        from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute
    except ImportError:
        before = keras.config.dtype_policy()
        try:
            keras.config.set_dtype_policy(name)
            yield
        finally:
            keras.config.set_dtype_policy(before)
        return
    before = get_global_attribute("dtype_policy")
    try:
        keras.config.set_dtype_policy(name)
        yield
    finally:
        set_global_attribute("dtype_policy", before)


def loss_settings(loss: Any, names: list[str]) -> dict[str, Any]:
    """Settings of a Keras loss that its configuration leaves out, such as `delta` of `Huber`.

    Those that can't be found are not in the answer; the loss is then kept as an object.
    """
    kept = getattr(loss, "_fn_kwargs", {})
    return {name: kept[name] for name in names if name in kept}


# what TensorFlow keeps of functions

_INNERMOST = ("framework/ops.py", "framework/func_graph.py", "util/tf_stack.py")
"""Where TensorFlow makes operations: what is left of a trace."""


def short_traces() -> AbstractContextManager[Any]:
    """Let operations made in here not remember the Python code that made them.

    XLA copies the trace of each operation that it compiles, some 60 lines of text, and TensorFlow
    keeps these copies for ever: 5 MB for a network of two layers. A trace that is empty crashes
    XLA, so the lines of the innermost functions are left; where that leaves nothing, traces stay as
    they are.
    """
    if not hasattr(_THREAD, "shortened"):
        _THREAD.shortened = _shortened()
    return _THREAD.shortened or nullcontext()


_THREAD = threading.local()


def _shortened() -> AbstractContextManager[Any] | None:
    """What shortens the traces of this thread, or None with another version of TensorFlow."""
    import tensorflow as tf

    try:
        from tensorflow.python.util import tf_stack

        class Shortened(tf_stack.StackTraceFilter):
            told = False

            def get_filtered_filenames(self) -> set[str]:
                return _files_of_modules()

            def update(self) -> None:
                if not self.told:
                    super().update()
                self.told = True

        with Shortened() as shortened, tf.Graph().as_default():
            left = tf.no_op().traceback
    except (ImportError, AttributeError, TypeError):
        return None
    return shortened if left else None


def _files_of_modules() -> set[str]:
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    return {file for file in files if not file.replace(os.sep, "/").endswith(_INNERMOST)}


def memory_maps() -> float:
    """How much of the pieces of memory that the system lets this process map it uses, from 0 to 1.

    0 where the system has no such limit. Linux allows for 65,530, and every program that XLA
    compiles takes a hundred or more: after some 500 of them XLA crashes the process.
    """
    try:
        with (
            open("/proc/sys/vm/max_map_count", "rb") as limit,
            open("/proc/self/maps", "rb") as maps,
        ):
            return sum(1 for _ in maps) / int(limit.read())
    except (OSError, ValueError):
        return 0.0


def forget_compiled() -> None:
    """Let TensorFlow drop all that it has compiled on the CPU in this process, if it can.

    Whatever is dropped is made again at its next call: what XLA has compiled; and what TensorFlow
    keeps of operations called outside functions, among them a graph for each variable ever made.
    Nothing that XLA compiled may run meanwhile.
    """
    if "tensorflow" in sys.modules:
        _forget_operations()
        _forget_programs()


def _forget_operations() -> None:
    try:
        from tensorflow.python.eager import context

        context.context().clear_kernel_cache()
    except (ImportError, AttributeError):
        return


def _forget_programs() -> None:
    """Drop what XLA has compiled.

    TensorFlow keeps it for ever (tensorflow#64170), in a resource of the device that has a name but
    no handle in Python; here a handle is written by hand.
    """
    import tensorflow as tf
    from tensorflow.core.framework import resource_handle_pb2, tensor_pb2, types_pb2

    kind = b"N10tensorflow14DeviceCompilerIN3xla15LocalExecutableENS1_11LocalClientEEE"
    device = tf.config.list_logical_devices("CPU")[0].name
    found = resource_handle_pb2.ResourceHandleProto(
        device=f"/job:localhost/replica:0/task:0{device}",
        container="localhost",
        name="xla_device_compiler",
        hash_code=_hash(kind),
        maybe_type_name=kind.decode(),
    )
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_RESOURCE, resource_handle_val=[found])
    tensor.tensor_shape.SetInParent()
    try:
        handle = tf.io.parse_tensor(tensor.SerializeToString(), tf.resource)
        tf.raw_ops.DestroyResourceOp(resource=handle, ignore_lookup_error=True)
    except tf.errors.OpError:  # another version of TensorFlow: nothing is dropped
        return


def _hash(name: bytes) -> int:
    """MurmurHash 64A, by which TensorFlow tells the types of resources apart."""
    mask, factor = 2**64 - 1, 0xC6A4A7935BD1E995
    digest = 0xDECAFCAFFE ^ (len(name) * factor & mask)
    whole = len(name) // 8 * 8
    for start in range(0, whole, 8):
        word = int.from_bytes(name[start : start + 8], "little") * factor & mask
        digest = (digest ^ ((word ^ (word >> 47)) * factor & mask)) * factor & mask
    if name[whole:]:
        digest = (digest ^ int.from_bytes(name[whole:], "little")) * factor & mask
    digest = (digest ^ (digest >> 47)) * factor & mask
    return digest ^ (digest >> 47)
