"""Schedules: learning rates as functions of the number of finished epochs, written as records.

`Adam(learning_rate=kf.schedules.Cosine(peak=0.01, epochs=100, warmup=5))`: a schedule stands where
a number would and holds the rates itself. It is called with the number of epochs that are finished
(0 before the first) and gives the rate of the next one, constant within it. Epochs are counted from
the start of training, not of a call to `fit`, so that 5 + 5 epochs are 10; batch size and number of
rows don't matter. A schedule is a value as the optimiser specs are: it prints, compares, is copied
and saved, and has paths (`"optimiser.learning_rate.peak"`). TensorFlow is not loaded.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux.allowed import AtLeast, Between, Positive, plain, short
from kerasflux.errors import ArgumentError, HyperparameterError, KerasfluxError, unknown_name
from kerasflux.fields import Absent, class_not_given
from kerasflux.hyperparameters import Hyperparameters, copied, field
from kerasflux.training import stepschedules
from scitypes.errors import nearest

if TYPE_CHECKING:
    import pandas as pd

Rate = float | Callable[[int], float]
"""A learning rate: a number, or a function of the number of finished epochs."""


class Schedule(Hyperparameters):
    """The base of the schedules, and of your own: a record with `__call__(epoch) -> rate`.

    Define `__call__` as a function of the record's fields and of `epoch` alone. A machine with a
    schedule of your own is loaded by `kf.load(path, builders=[Inverse])`.

    >>> class Inverse(Schedule):
    ...     peak: float = 0.1
    ...
    ...     def __call__(self, epoch):
    ...         return self.peak / (1 + epoch)
    >>> Inverse().to_frame(3)["learning_rate"].round(3).tolist()
    [0.1, 0.05, 0.033]
    """

    def __call__(self, epoch: int) -> float:
        """The learning rate of the epoch that follows on `epoch` finished ones."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")

    def to_frame(self, epochs: int) -> pd.DataFrame:
        """The rates of the first epochs, in the columns of a machine's `history`.

        Args:
            epochs: how many, at least 0.

        Returns:
            a DataFrame with `epoch`, from 1, and `learning_rate`; `.plot(x="epoch")` draws it.

        Raises:
            ArgumentError: no such number of epochs.
            HyperparameterError: a rate that can't be used, with its epoch.

        >>> Step(peak=0.1, factor=0.5, every=2).to_frame(3)
           epoch  learning_rate
        0      1           0.10
        1      2           0.10
        2      3           0.05
        """
        import pandas as pd

        n = plain(epochs)
        if not isinstance(n, int) or isinstance(n, bool) or n < 0:
            raise ArgumentError(
                "Rates are shown for a number of epochs.",
                expected="an int, at least 0",
                received=short(epochs),
                remedy="schedule.to_frame(100)",
            )
        rates = [rate_at(self, epoch) for epoch in range(n)]
        return pd.DataFrame({"epoch": np.arange(1, n + 1), "learning_rate": np.array(rates, float)})


class Decay(Schedule):
    """Rates that fall from `peak` towards `final`: peak·f(t) + final·(1 - f(t)), with f(0) = 1.

    t counts epochs from the end of the warm-up. During `warmup` epochs the rate rises in a line
    that would have left 0 one epoch before training and reaches `peak` in the epoch that follows:
    peak·(epoch + 1) / (warmup + 1), so that no epoch is spent at a rate of 0. Subclasses define
    `fraction`, the f(t).

    Args:
        peak: the highest rate, that of the first epoch after the warm-up.
        final: the rate that is approached.
        warmup: epochs of warm-up, the first ones of training.

    Raises:
        HyperparameterError: a `final` above `peak`.

    >>> Exponential(peak=0.6, factor=0.5, warmup=2).to_frame(5)["learning_rate"].round(3).tolist()
    [0.2, 0.4, 0.6, 0.3, 0.15]
    """

    peak: float = field(0.001, allowed=AtLeast(0), doc="the highest rate")
    final: float = field(0.0, allowed=AtLeast(0), doc="the rate that is approached")
    warmup: int = field(0, allowed=AtLeast(0), doc="epochs in which the rate rises to its peak")

    def __post_init__(self) -> None:
        self._refuse_contradictions()

    def __call__(self, epoch: int) -> float:
        self._refuse_contradictions()  # fields may have been assigned one by one since
        if epoch < self.warmup:
            return self.peak * (epoch + 1) / (self.warmup + 1)
        part = self.fraction(epoch - self.warmup)
        return self.peak * part + self.final * (1 - part)

    def fraction(self, t: int) -> float:
        """What is left of the way from `final` to `peak`, `t` epochs after the warm-up."""
        raise NotImplementedError(f"{type(self).__name__} does not define fraction")

    def _refuse_contradictions(self) -> None:
        if self.final > self.peak:
            raise HyperparameterError(
                f"`final` of {type(self).__name__} is above its `peak`.",
                expected="final <= peak",
                received=f"peak={self.peak}, final={self.final}",
                remedy="Swap them; for rates that rise write kf.schedules.Piecewise({0: ..., "
                "10: ...}, linear=True).",
            )


class _Bounded(Decay):
    """A decay that ends: from `epochs` on, warm-up included, the rate is `final`."""

    epochs: int = field(allowed=AtLeast(1), doc="when `final` is reached, warm-up included")

    def fraction(self, t: int) -> float:
        part = t / (self.epochs - self.warmup)
        return self._curve(part) if part < 1 else 0.0

    def _curve(self, part: float) -> float:
        """f at a part of the way, from 0 up to 1 (excluded)."""
        raise NotImplementedError

    def _refuse_contradictions(self) -> None:
        super()._refuse_contradictions()
        if self.warmup >= self.epochs:
            raise HyperparameterError(
                f"{type(self).__name__} has no epochs left to fall in after its warm-up.",
                expected="warmup < epochs: `epochs` counts those of the warm-up too",
                received=f"epochs={self.epochs}, warmup={self.warmup}",
                remedy=f"epochs={self.epochs + self.warmup}, or a shorter warm-up; a rate that "
                f"only rises is kf.schedules.Warmup({self.peak}, epochs={self.warmup})",
            )


class Cosine(_Bounded):
    """Half a wave of a cosine from `peak` to `final`: f(t) = (1 + cos(π t / T)) / 2.

    T = epochs - warmup. As a rule `epochs` is that of the model. From then on the rate stays at
    `final`, 0 unless said otherwise, at which nothing is learned.

    Args:
        peak: the highest rate.
        final: the rate from `epochs` on.
        warmup: epochs in which the rate rises to `peak`, in a line.
        epochs: the finished epochs at which `final` is reached, those of the warm-up included.

    Source: Loshchilov & Hutter 2017 (SGDR), without restarts. Keras' `CosineDecay` counts steps,
    its `alpha` is final / peak. PyTorch's `CosineAnnealingLR` rises again after `T_max`.

    >>> schedule = Cosine(peak=0.1, epochs=4)
    >>> [round(schedule(epoch), 4) for epoch in range(6)]
    [0.1, 0.0854, 0.05, 0.0146, 0.0, 0.0]
    """

    def _curve(self, part: float) -> float:
        return (1 + math.cos(math.pi * part)) / 2


class Polynomial(_Bounded):
    """A power of what is left of the way: f(t) = (1 - t / T) ** power; a line by default.

    T = epochs - warmup; from `epochs` on the rate stays at `final`.

    Args:
        peak: the highest rate.
        final: the rate from `epochs` on.
        warmup: epochs in which the rate rises to `peak`, in a line.
        epochs: the finished epochs at which `final` is reached, those of the warm-up included.
        power: the exponent; 1: a line.

    Source: Keras' `PolynomialDecay`, PyTorch's `PolynomialLR`.

    >>> Polynomial(peak=0.1, epochs=4).to_frame(5)["learning_rate"].round(3).tolist()
    [0.1, 0.075, 0.05, 0.025, 0.0]
    """

    power: float = field(1.0, allowed=Positive(), doc="1: a line")

    def _curve(self, part: float) -> float:
        return float((1 - part) ** self.power)


class Exponential(Decay):
    """The same factor from epoch to epoch: f(t) = factor ** t.

    Args:
        peak: the highest rate.
        final: the rate that is approached and never reached.
        warmup: epochs in which the rate rises to `peak`, in a line.
        factor: what an epoch leaves of the rate; 0.9 ** (1 / 10): a tenth less every ten epochs.

    Source: Keras' `ExponentialDecay`, PyTorch's `ExponentialLR` (`gamma`).

    >>> Exponential(peak=0.1, factor=0.5).to_frame(4)["learning_rate"].tolist()
    [0.1, 0.05, 0.025, 0.0125]
    """

    factor: float = field(0.95, allowed=Between(0, 1, open="left"), doc="what an epoch leaves")

    def fraction(self, t: int) -> float:
        return float(self.factor**t)


class Step(Decay):
    """A factor every so many epochs: f(t) = factor ** floor(t / every).

    Args:
        peak: the highest rate.
        final: the rate that is approached and never reached.
        warmup: epochs in which the rate rises to `peak`, in a line; steps are counted from its end.
        factor: what a step leaves of the rate.
        every: epochs between steps.

    Source: PyTorch's `StepLR`, Keras' `ExponentialDecay(staircase=True)`.

    >>> Step(peak=0.1, factor=0.5, every=2).to_frame(5)["learning_rate"].tolist()
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """

    factor: float = field(0.1, allowed=Between(0, 1, open="left"), doc="what a step leaves")
    every: int = field(30, allowed=AtLeast(1), doc="epochs between steps")

    def fraction(self, t: int) -> float:
        return float(self.factor ** (t // self.every))


class CosineRestarts(Decay):
    """Half waves of a cosine, one after the other, each from the peak again.

    Cycle i has cycle·stretch**i epochs, and in it f falls from shrink**i towards 0.

    Args:
        peak: the highest rate.
        final: the rate that is approached at the end of each cycle.
        warmup: epochs in which the rate rises to `peak`, in a line, before the first cycle.
        cycle: epochs of the first cycle.
        stretch: how much longer each cycle is than the one before, at least 1.
        shrink: how high each cycle begins, as a part of the one before.

    Source: Loshchilov & Hutter 2017 (SGDR). Keras' `CosineDecayRestarts` (`t_mul`, `m_mul`),
    PyTorch's `CosineAnnealingWarmRestarts` (`T_0`, `T_mult`).

    >>> CosineRestarts(peak=0.1, cycle=2, stretch=2).to_frame(7)["learning_rate"].round(4).tolist()
    [0.1, 0.05, 0.1, 0.0854, 0.05, 0.0146, 0.1]
    """

    cycle: int = field(allowed=AtLeast(1), doc="epochs of the first cycle")
    stretch: float = field(1.0, allowed=AtLeast(1), doc="how much longer each cycle is")
    shrink: float = field(1.0, allowed=Between(0, 1, open="left"), doc="how high each begins")

    def fraction(self, t: int) -> float:
        place, length, height = float(t), float(self.cycle), 1.0
        while place >= length:
            place, length, height = place - length, length * self.stretch, height * self.shrink
        return height * (1 + math.cos(math.pi * place / length)) / 2


def _points(value: Any) -> Any:
    """Rates by finished epochs, as `Piecewise` keeps them: the converter of its `rates`."""
    points = {plain(k): plain(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
    whole = all(isinstance(k, int) and not isinstance(k, bool) for k in points)
    if not whole or 0 not in points or min(points) < 0:
        raise HyperparameterError(
            f"`rates` of Piecewise can't be {short(value)}.",
            expected="a dict from numbers of finished epochs, 0 among them, to rates",
            received=f"{short(value)}, of type {type(value).__name__}",
            remedy="Write the rate to begin with at 0, and each change where it happens: "
            "{0: 0.1, 30: 0.01, 60: 0.001}.",
        )
    return points


class Piecewise(Schedule, positional=True):
    """Rates written out: each holds from a number of finished epochs up to the next one.

    Args:
        rates: the rates by the numbers of finished epochs from which they hold, 0 among them.
        linear: go from each rate to the next in a line, and stay at the last one.

    Source: Keras' `PiecewiseConstantDecay`, whose boundaries belong to the piece before;
    PyTorch's `MultiStepLR`.

    >>> Piecewise({0: 0.1, 2: 0.01, 3: 0.001}).to_frame(5)["learning_rate"].tolist()
    [0.1, 0.1, 0.01, 0.001, 0.001]
    >>> Piecewise({0: 0.0, 2: 0.1}, linear=True).to_frame(4)["learning_rate"].tolist()
    [0.0, 0.05, 0.1, 0.1]
    """

    rates: dict[int, float] = field(
        convert=_points, allowed=AtLeast(0), doc="rates by finished epochs"
    )
    linear: bool = field(False, doc="lines between the rates instead of steps")

    def __call__(self, epoch: int) -> float:
        if self.linear:
            points = sorted(self.rates)
            return float(np.interp(epoch, points, [self.rates[k] for k in points]))
        return self.rates[max(k for k in self.rates if k <= epoch)]


def as_rate(value: Any) -> Any:
    """A learning rate as records keep it: the converter of `learning_rate`.

    Args:
        value: a number; a schedule, which is copied, so that two optimisers never share one, or its
            class; or a function of the number of finished epochs.

    Raises:
        HyperparameterError: a schedule that counts steps, with the one in epochs to write instead;
            a function that needs more than the epoch; a name.

    >>> as_rate("cosine")
    Traceback (most recent call last):
    ...
    kerasflux.errors.HyperparameterError: `learning_rate` can't be a name.
      expected: a number, a schedule in epochs, or a function of the number of finished epochs
      received: 'cosine'
      to do: learning_rate=kf.schedules.Cosine(epochs=100)
    """
    if isinstance(value, Schedule):
        return copied(value)
    if isinstance(value, type) and issubclass(value, Schedule):
        return value()
    if isinstance(value, (str, type)):
        raise _not_made(value)
    if hasattr(value, "get_config"):
        raise stepschedules.refusal(type(value).__name__, value.get_config())
    if isinstance(value, Mapping) and "class_name" in value:  # a Keras schedule, serialised
        raise stepschedules.refusal(str(value["class_name"]), value.get("config") or {})
    if callable(value):
        _refuse_parameters(value)
    return value


class Warmup(Schedule, positional=True):
    """A rise to another schedule or rate, in a line, then that one, begun when the rise is over.

    With r the first rate of `then`, s = `start`: s + (r - s)·epoch / epochs. What follows is `then`
    with the epochs counted from the end of the warm-up.

    Args:
        then: a rate that stays, a schedule, or a function of the number of finished epochs.
        epochs: epochs of the warm-up.
        start: the rate of the first epoch; None: r / (epochs + 1), as `warmup` of other schedules.

    Source: Goyal et al. 2017. PyTorch's `LinearLR(start_factor)` begins at start = start_factor·r.

    >>> Warmup(0.1, epochs=4).to_frame(6)["learning_rate"].round(3).tolist()
    [0.02, 0.04, 0.06, 0.08, 0.1, 0.1]
    >>> Warmup(Exponential(peak=0.6), epochs=2)(0) == Exponential(peak=0.6, warmup=2)(0)
    True
    """

    then: float | Schedule | Callable[[int], float] = field(
        0.001, convert=as_rate, allowed=AtLeast(0), doc="what follows: a rate, or a schedule"
    )
    epochs: int = field(5, allowed=AtLeast(0), doc="epochs of the warm-up")
    start: float | None = field(None, allowed=AtLeast(0), doc="the rate of the first epoch")

    def __call__(self, epoch: int) -> float:
        if epoch >= self.epochs:
            return _given(self.then, epoch - self.epochs)
        peak = rate_at(self.then, 0)
        if self.start is None:
            return peak * (epoch + 1) / (self.epochs + 1)
        return self.start + (peak - self.start) * epoch / self.epochs


def rate_at(rate: Any, epoch: int) -> float:
    """The learning rate of the epoch that follows on `epoch` finished ones.

    Raises:
        HyperparameterError: what comes out is no finite number, or negative.
        BuilderNotFound: the class of the schedule was not given to `kf.load`.

    >>> rate_at(0.5, 7), rate_at(lambda epoch: 1 / (1 + epoch), 1)
    (0.5, 0.5)
    """
    try:
        value = _given(rate, epoch)
    except KerasfluxError:
        raise
    except Exception as error:
        error.add_note(f"when the learning rate of epoch {epoch + 1} was computed")
        raise
    number = np.asarray(value)
    usable = number.shape == () and number.dtype.kind in "iuf"
    if not usable or not 0 <= float(number) <= _LARGEST:
        raise _unusable(rate, epoch, value)
    return float(number)


_LARGEST = float(np.finfo(np.float32).max)


def _given(rate: Any, epoch: int) -> Any:
    """What a learning rate gives for an epoch, whatever it is."""
    if isinstance(rate, Absent):
        raise class_not_given(rate._name)
    return rate(epoch) if callable(rate) else rate


def _unusable(rate: Any, epoch: int, value: Any) -> HyperparameterError:
    return HyperparameterError(
        f"The learning rate of epoch {epoch + 1} (after {epoch} finished ones) can't be "
        f"{short(value)}.",
        expected="a finite number that float32 can hold, at least 0",
        received=f"{short(value)}, of type {type(value).__name__}, from {short(rate)}",
        remedy=_mended(rate, epoch),
        epoch=epoch,
        value=value,
    )


def _mended(rate: Any, epoch: int) -> str:
    if isinstance(rate, Schedule):
        return f"{short(rate)}.to_frame({epoch}) shows the rates before."
    return (
        f"The function is called with {epoch}, the number of finished epochs; where a rate falls "
        "below 0, `max(0.0, rate)` holds it there."
    )


_NAMED: Mapping[str, str] = {
    "cosine": "Cosine(epochs=100)",
    "cosine_restarts": "CosineRestarts(cycle=10)",
    "exponential": "Exponential(factor=0.95)",
    "linear": "Polynomial(epochs=100)",
    "piecewise": "Piecewise({0: 0.1, 30: 0.01})",
    "polynomial": "Polynomial(epochs=100)",
    "step": "Step(factor=0.1, every=30)",
    "warmup": "Warmup(0.001, epochs=5)",
}


def _not_made(value: Any) -> HyperparameterError:
    kind = "a class" if isinstance(value, type) else "a name"
    call = "" if isinstance(value, type) else _NAMED.get(value.lower(), "")
    offer = f"learning_rate=kf.schedules.{call or 'Cosine(epochs=100)'}"
    return HyperparameterError(
        f"`learning_rate` can't be {kind}.",
        expected="a number, a schedule in epochs, or a function of the number of finished epochs",
        received=short(value),
        remedy=(nearest(value, _NAMED) if kind == "a name" and not call else "") or offer,
    )


def _refuse_parameters(function: Callable[..., Any]) -> None:
    """Refuse functions that can't be called with an epoch alone, as those of Keras' callback."""
    try:
        inspect.signature(function).bind(0)
    except ValueError:  # a builtin that does not tell its parameters
        return
    except TypeError:
        raise HyperparameterError(
            "`learning_rate` can't be this function: it is called with one argument, the number "
            "of finished epochs.",
            expected="a function such as lambda epoch: 0.1 / (1 + epoch)",
            received=f"{short(function)}{inspect.signature(function)}",
            remedy="Write the rate as a function of the epoch alone, so that it is the same "
            "wherever training is taken up again.",
        ) from None


def __getattr__(name: str) -> Any:
    records = {k for k, v in globals().items() if isinstance(v, type) and issubclass(v, Schedule)}
    raise unknown_name("kf.schedules", name, {k for k in records if not k.startswith("_")})
