"""Optimisers as specifications: records of a class and its settings.

A Keras optimizer is a thing in use: it owns slots, is tied to one network, loses its slots when it
is copied and compares by identity. A spec here is a value: comparable, printable, editable, and
built anew for every network. Names, arguments and defaults are Keras' own. Constructing, printing
and comparing specs does not load TensorFlow.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kerasflux.allowed import AtLeast, Between, Positive
from kerasflux.errors import BuilderNotFound, HyperparameterError, unknown_name
from kerasflux.hyperparameters import Hyperparameters, copied, field
from kerasflux.training.schedules import Rate as Rate
from kerasflux.training.schedules import Schedule, as_rate, rate_at
from scitypes.errors import nearest

if TYPE_CHECKING:
    import keras


class Optimiser(Hyperparameters):
    """The base of the specs.

    Args:
        learning_rate: the size of steps: a number; a schedule in epochs (`kf.schedules`); or a
            function of the number of finished epochs, which can't be saved. It may change between
            fits without a restart.
    """

    learning_rate: float | Schedule | Callable[[int], float] = field(
        0.001, convert=as_rate, allowed=AtLeast(0), doc="the size of steps, or a schedule of it"
    )

    @property
    def elementwise(self) -> bool:
        """Whether a step moves each weight by its own gradients alone, but for a common factor."""
        return False

    def rate_at(self, epoch: int) -> float:
        """The learning rate of the epoch that follows on `epoch` finished ones.

        Raises:
            HyperparameterError: a schedule gives a negative or infinite rate, or no number.

        >>> SGD(learning_rate=lambda epoch: 0.1 / (1 + epoch)).rate_at(1)
        0.05
        """
        return rate_at(self.learning_rate, epoch)

    def refuse_unusable_rates(self, start: int, end: int) -> None:
        """Refuse a schedule that gives such a rate between two numbers of finished epochs.

        It is looked ahead over 10,000 epochs; later rates are judged before each epoch.
        """
        if isinstance(self.learning_rate, (int, float)):
            return
        for epoch in range(start, min(end, start + _LOOKED_AHEAD)):
            self.rate_at(epoch)

    def class_identity(self) -> str:
        """The class alone: optimisers of one class have the same kinds of slots."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """The arguments of the Keras class, the learning rate left out."""
        raise NotImplementedError

    def build(self) -> keras.Optimizer:
        """A Keras optimizer of this spec, fresh and tied to no network.

        Its learning rate is a number, that of the first epoch under a schedule: training assigns
        the rate before each epoch.
        """
        raise NotImplementedError

    def first_rate(self) -> float:
        """The rate to build with; the default for a schedule whose class is not at hand."""
        try:
            return self.rate_at(0)
        except BuilderNotFound:  # predictions need no rate
            return 0.001

    def identity(self) -> str:
        """Class and settings, the learning rate left out."""
        record = [self.class_identity(), self.settings()]
        return json.dumps(record, sort_keys=True, default=repr)


class Stock(Optimiser):
    """What every optimizer that comes with Keras takes.

    Args:
        learning_rate: the size of steps, a number or a schedule; may change between fits without a
            restart.
        weight_decay: a fraction of each weight taken off per step, times the learning rate; None:
            none.
        clipnorm: the largest norm of a single variable's gradient.
        clipvalue: the largest absolute value of a gradient's elements.
        global_clipnorm: the largest norm of all gradients together.
        use_ema: keep moving averages of the weights; `ema_overwrite_frequency` says how often, in
            steps, they replace the weights.
        ema_momentum: the part of the average that a step keeps.
        ema_overwrite_frequency: steps between replacements; required where `use_ema` is true.
        loss_scale_factor: multiplies the loss before gradients are taken, divides them after.
        gradient_accumulation_steps: steps whose gradients are averaged into one update.
    """

    weight_decay: float | None = field(None, allowed=AtLeast(0))
    clipnorm: float | None = field(None, allowed=Positive())
    clipvalue: float | None = field(None, allowed=Positive())
    global_clipnorm: float | None = field(None, allowed=Positive())
    use_ema: bool = False
    ema_momentum: float = field(0.99, allowed=Between(0, 1))
    ema_overwrite_frequency: int | None = field(None, allowed=AtLeast(1))
    loss_scale_factor: float | None = field(None, allowed=Positive())
    gradient_accumulation_steps: int | None = field(None, allowed=AtLeast(2))

    keras_name: ClassVar[str] = ""
    layerwise: ClassVar[bool] = False

    @property
    def elementwise(self) -> bool:
        return not self.layerwise and self.clipnorm is None

    def class_identity(self) -> str:
        return self.keras_name

    def settings(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in type(self)._fields}
        del values["learning_rate"]
        return values

    def build(self) -> keras.Optimizer:
        import keras

        _require_used(self.settings())
        factory = getattr(keras.optimizers, self.keras_name, None)
        if factory is None:
            raise HyperparameterError(
                f"Keras {keras.__version__} has no optimizer {self.keras_name!r}.",
                remedy="Use another optimiser, or a newer Keras.",
            )
        return factory(learning_rate=self.first_rate(), name="optimiser", **self.settings())


class SGD(Stock):
    """Gradient descent, with momentum: w ← w - η g; with `momentum` m: v ← m v - η g, w ← w + v.

    Args as for `Stock`, and:
        momentum: the part of a step that the next one keeps.
        nesterov: look ahead (Nesterov's momentum).

    >>> SGD(learning_rate=0.1, momentum=0.9)
    SGD(learning_rate=0.1, momentum=0.9)
    """

    keras_name: ClassVar[str] = "SGD"
    learning_rate = 0.01
    momentum: float = field(0.0, allowed=Between(0, 1))
    nesterov: bool = False


class RMSprop(Stock):
    """Steps divided by a moving root mean square of gradients (Hinton 2012).

    >>> RMSprop(rho=0.95)
    RMSprop(rho=0.95)
    """

    keras_name: ClassVar[str] = "RMSprop"
    rho: float = field(0.9, allowed=Between(0, 1))
    momentum: float = field(0.0, allowed=Between(0, 1))
    epsilon: float = field(1e-7, allowed=AtLeast(0))
    centered: bool = False


class Adam(Stock):
    """Adaptive moments (Kingma & Ba 2015), the default of all models.

    As in Keras, ε = 1e-7 is added to √v before bias correction; Julia's Optimisers adds 1e-8 after
    it.

    >>> Adam(learning_rate=2e-3) == Adam(learning_rate=0.002)
    True
    """

    keras_name: ClassVar[str] = "Adam"
    beta_1: float = field(0.9, allowed=Between(0, 1))
    beta_2: float = field(0.999, allowed=Between(0, 1))
    epsilon: float = field(1e-7, allowed=AtLeast(0))
    amsgrad: bool = False


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019).

    >>> AdamW().weight_decay
    0.004
    """

    keras_name: ClassVar[str] = "AdamW"
    weight_decay = field(0.004, allowed=AtLeast(0))


class Adadelta(Stock):
    """Adadelta (Zeiler 2012), at Keras' learning rate of 0.001; the paper's is 1.0.

    >>> Adadelta(learning_rate=1.0)
    Adadelta(learning_rate=1.0)
    """

    keras_name: ClassVar[str] = "Adadelta"
    rho: float = field(0.95, allowed=Between(0, 1))
    epsilon: float = field(1e-7, allowed=AtLeast(0))


class Adagrad(Stock):
    """Adagrad (Duchi et al. 2011).

    >>> Adagrad()
    Adagrad()
    """

    keras_name: ClassVar[str] = "Adagrad"
    initial_accumulator_value: float = field(0.1, allowed=AtLeast(0))
    epsilon: float = field(1e-7, allowed=AtLeast(0))


class Adamax(Stock):
    """Adam in the infinity norm (Kingma & Ba 2015, section 7).

    >>> Adamax()
    Adamax()
    """

    keras_name: ClassVar[str] = "Adamax"
    beta_1: float = field(0.9, allowed=Between(0, 1))
    beta_2: float = field(0.999, allowed=Between(0, 1))
    epsilon: float = field(1e-7, allowed=AtLeast(0))


class Adafactor(Stock):
    """Adafactor (Shazeer & Stern 2018): second moments kept as row and column sums.

    >>> Adafactor()
    Adafactor()
    """

    keras_name: ClassVar[str] = "Adafactor"
    layerwise: ClassVar[bool] = True
    beta_2_decay: float = -0.8
    epsilon_1: float = field(1e-30, allowed=AtLeast(0))
    epsilon_2: float = field(0.001, allowed=AtLeast(0))
    clip_threshold: float = field(1.0, allowed=Positive())
    relative_step: bool = True


class Nadam(Stock):
    """Adam with Nesterov's momentum (Dozat 2016).

    >>> Nadam()
    Nadam()
    """

    keras_name: ClassVar[str] = "Nadam"
    beta_1: float = field(0.9, allowed=Between(0, 1))
    beta_2: float = field(0.999, allowed=Between(0, 1))
    epsilon: float = field(1e-7, allowed=AtLeast(0))


class Ftrl(Stock):
    """Follow the regularised leader (McMahan et al. 2013).

    >>> Ftrl()
    Ftrl()
    """

    keras_name: ClassVar[str] = "Ftrl"
    learning_rate_power: float = -0.5
    initial_accumulator_value: float = field(0.1, allowed=AtLeast(0))
    l1_regularization_strength: float = field(0.0, allowed=AtLeast(0))
    l2_regularization_strength: float = field(0.0, allowed=AtLeast(0))
    l2_shrinkage_regularization_strength: float = field(0.0, allowed=AtLeast(0))
    beta: float = 0.0


class Lion(Stock):
    """The sign of a momentum (Chen et al. 2023).

    >>> Lion()
    Lion()
    """

    keras_name: ClassVar[str] = "Lion"
    beta_1: float = field(0.9, allowed=Between(0, 1))
    beta_2: float = field(0.99, allowed=Between(0, 1))


class Lamb(Stock):
    """Adam with layer-wise steps for large batches (You et al. 2020).

    >>> Lamb()
    Lamb()
    """

    keras_name: ClassVar[str] = "Lamb"
    layerwise: ClassVar[bool] = True
    beta_1: float = field(0.9, allowed=Between(0, 1))
    beta_2: float = field(0.999, allowed=Between(0, 1))
    epsilon: float = field(1e-7, allowed=AtLeast(0))


class Custom(Optimiser):
    """A Keras optimizer without a spec of its own: a class of the user's or of a newer Keras.

    Args:
        optimizer: the class. To save a machine, register it with
            `keras.saving.register_keras_serializable`.
        config: what its `get_config` returns, name and learning rate left out.

    >>> Custom(optimizer="Muon", learning_rate=0.02)
    Custom(learning_rate=0.02, optimizer='Muon')
    """

    optimizer: type | str = field(doc="the Keras class")
    config: dict[str, Any] = field(factory=dict, doc="its settings")

    def settings(self) -> dict[str, Any]:
        return copy.deepcopy(self.config)

    def build(self) -> keras.Optimizer:
        _require_used(self.config)
        kind: Any = self.optimizer
        factory = _registered(kind) if isinstance(kind, str) else kind
        config = {**self.settings(), "learning_rate": self.first_rate(), "name": "optimiser"}
        return factory.from_config(config)

    def class_identity(self) -> str:
        kind = self.optimizer
        return kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"


def _registered(name: str) -> Any:
    import keras

    found = keras.saving.get_registered_object(name) or getattr(keras.optimizers, name, None)
    if found is None:
        raise HyperparameterError(
            f"Keras knows no optimizer class {name!r}.",
            remedy="Register it with keras.saving.register_keras_serializable before loading.",
        )
    return found


_SPECS = (
    Adam, SGD, AdamW, RMSprop, Adadelta, Adagrad, Adamax, Adafactor, Nadam, Ftrl, Lion, Lamb,
)  # fmt: skip
_BY_NAME: Mapping[str, type[Stock]] = {spec.keras_name.lower(): spec for spec in _SPECS}


def _require_used(settings: Mapping[str, Any]) -> None:
    """Refuse averages of weights that nothing would put into the network."""
    if settings.get("use_ema") and not settings.get("ema_overwrite_frequency"):
        raise HyperparameterError(
            "The optimiser averages weights (`use_ema=True`), but nothing uses the averages.",
            expected="`ema_overwrite_frequency`, the number of steps between replacements",
            received="ema_overwrite_frequency=None",
            remedy="Set ema_overwrite_frequency=100, say, or use_ema=False.",
        )


def as_optimiser(value: Any) -> Optimiser:
    """A spec from a spec, a name, or a Keras optimizer: the converter of the hyperparameter.

    Args:
        value: `"adam"` in any case; a spec, which is copied, so that two models never share one; a
            spec's class; or a Keras optimizer,
            whose class and configuration are read. A float32 learning rate becomes the shortest
            decimal with that float32.

    Raises:
        HyperparameterError: no such optimiser, with the nearest names; or a learning rate schedule
            of Keras', which counts steps.

    >>> as_optimiser("adam")
    Adam()
    >>> as_optimiser("adamm")
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: There is no optimiser 'adamm'.
      expected: 'adam', 'sgd', 'adamw', ..., a spec (kf.optimisers.Adam()) or a Keras optimizer
      received: 'adamm'
      to do: did you mean 'adam' or 'nadam'?
    """
    if isinstance(value, Optimiser):
        return copied(value)
    if isinstance(value, type) and issubclass(value, Optimiser):
        return value()
    if isinstance(value, str) and value.lower() in _BY_NAME:
        return _BY_NAME[value.lower()]()
    told = not isinstance(value, type) and hasattr(value, "get_config")
    if told and hasattr(value, "update_step"):
        return _from_keras(value)
    raise HyperparameterError(
        f"There is no optimiser {value!r}.",
        expected="'adam', 'sgd', 'adamw', ..., a spec (kf.optimisers.Adam()) or a Keras optimizer",
        received=repr(value),
        remedy=_offer(value),
    )


def _offer(value: Any) -> str:
    if isinstance(value, str):
        return nearest(value.lower(), _BY_NAME) or "kf.optimisers has them all"
    if isinstance(value, type) and hasattr(value, "update_step"):
        return f"call it: {value.__name__}()"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"write optimiser=kf.optimisers.Adam(learning_rate={value!r})"
    return "write optimiser=kf.optimisers.Adam(learning_rate=0.001)"


def _from_keras(optimizer: keras.Optimizer) -> Optimiser:
    _refuse_wrappers(optimizer)
    _refuse_exclusions(optimizer)
    config = optimizer.get_config()
    config.pop("name", None)
    rate = _plain_rate(config.pop("learning_rate", 0.001))
    spec = _BY_NAME.get(type(optimizer).__name__.lower())
    stock = type(optimizer).__module__.startswith("keras.")
    if spec is None or not stock:
        kind = type(optimizer).__name__ if stock else type(optimizer)
        _require_told(type(optimizer), config)
        return Custom(optimizer=kind, learning_rate=rate, config=config)
    return spec(learning_rate=rate, **{k: v for k, v in config.items() if k in spec._fields})


def _refuse_wrappers(optimizer: Any) -> None:
    """Refuse `LossScaleOptimizer`, whose scale follows the gradients step by step."""
    if not hasattr(optimizer, "inner_optimizer"):
        return
    raise HyperparameterError(
        f"{type(optimizer).__name__} holds another optimizer, so that no settings tell it.",
        expected="an optimizer by itself",
        received=f"{type(optimizer).__name__} of {type(optimizer.inner_optimizer).__name__}",
        remedy="Give the inner optimizer; a fixed scale is its `loss_scale_factor`. Losses are "
        "scaled dynamically with acceleration=kf.Acceleration(precision='mixed_float16').",
    )


def _refuse_exclusions(optimizer: Any) -> None:
    """Refuse what `exclude_from_weight_decay` set: no configuration tells it."""
    variables = getattr(optimizer, "_exclude_from_weight_decay", None)
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    if not variables and pattern is None:
        return
    raise HyperparameterError(
        f"The {type(optimizer).__name__} excludes variables from weight decay, which its "
        "configuration does not tell: a network of another fit would be decayed as a whole.",
        expected="an optimizer that its configuration tells",
        received="one on which exclude_from_weight_decay was called",
        remedy="Leave it out; or set weight_decay=None and give the layers that should decay a "
        "`kernel_regularizer`.",
    )


def omitted(kind: type, config: Mapping[str, Any]) -> list[str]:
    """The arguments of a Keras object's class that its configuration does not tell."""
    parameters = inspect.signature(kind).parameters.values()
    told = {*config, "name", "reduction", "dtype", "learning_rate"}
    return [
        p.name
        for p in parameters
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in told
    ]


def _require_told(kind: type, config: Mapping[str, Any]) -> None:
    absent = omitted(kind, config)
    if absent and not kind.__module__.startswith("keras."):
        raise HyperparameterError(
            f"{kind.__name__} can't be made anew for every network: its configuration does not "
            f"tell {', '.join(absent)}.",
            expected="a `get_config` with all arguments of `__init__`",
            received=f"{', '.join(config)}",
            remedy=f"Define `get_config` in {kind.__name__}.",
        )


def _plain_rate(rate: Any) -> Any:
    """A float32 as the shortest decimal; anything else is judged as a rate that is given."""
    return float(str(np.float32(rate))) if isinstance(rate, (int, float, np.floating)) else rate


_LOOKED_AHEAD = 10_000


def __getattr__(name: str) -> Any:
    records = {k for k, v in globals().items() if isinstance(v, type) and issubclass(v, Optimiser)}
    raise unknown_name("kf.optimisers", name, {k for k in records if not k.startswith("_")})
