"""Controls that change the learning rate, or any other number of the model, between cycles.

A rate that is a function of the number of epochs alone is better written as a schedule of the
optimiser (`kf.schedules`); these are for models without schedules, for other hyperparameters, and
for rates that depend on the loss.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from kerasflux.allowed import plain, short
from kerasflux.control.controls import Control
from kerasflux.control.trainable import Trainable
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import AtLeast, Between, field

_RATE = "optimiser.learning_rate"


class CycleLearningRate(Control):
    """A learning rate that goes up and down in lines, between `lower` and `upper`.

    The i-th iteration (from 0) is trained with lower + (upper - lower) j / s, where s = `stepsize`,
    k = i mod 2s, and j = k up to s, 2s - k from there. Place it before the `Step`; the rate holds
    for all iterations of a cycle.

    Args:
        stepsize: iterations from one end to the other, half a period; at least 1.
        lower, upper: the ends, `lower <= upper`.
        path: the hyperparameter.

    Raises:
        HyperparameterError: ends in the wrong order.

    Example:
        >>> rates = CycleLearningRate(stepsize=2, lower=0.1, upper=0.3)
        >>> [rates.rate(iteration) for iteration in range(6)]
        [0.1, 0.2, 0.3, 0.2, 0.1, 0.2]

    Source: `CycleLearningRate` of MLJIteration.jl, which counts how often it was applied instead of
    iterations; L. N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2017).
    """

    stepsize: int = field(4, allowed=AtLeast(1), doc="iterations from one end to the other")
    lower: float = field(0.001, allowed=AtLeast(0), doc="the lower end")
    upper: float = field(0.05, allowed=AtLeast(0), doc="the upper end")
    path: str = field(_RATE, doc="the hyperparameter")

    def __post_init__(self) -> None:
        _refuse_ends(self, self.lower, self.upper)

    def check(self, trainable: Trainable) -> None:
        trainable.get(self.path)

    def rate(self, iteration: int) -> float:
        """The rate of an iteration, counted from 0."""
        k = iteration % (2 * self.stepsize)
        part = min(k, 2 * self.stepsize - k) / self.stepsize
        return (1 - part) * self.lower + part * self.upper

    def update(self, state: None, trainable: Trainable, cycle: int, verbosity: int) -> None:
        _refuse_ends(self, self.lower, self.upper)  # fields may have been assigned one by one since
        _set(trainable, self.path, self.rate(trainable.n_iterations), verbosity)


class CosineLearningRate(Control):
    """A learning rate that falls along half a wave of a cosine from `upper` to `lower`.

    The i-th iteration (from 0) is trained with lower + (upper - lower) (1 + cos(pi t)) / 2, where
    t = min(i / n, 1); with `restart` t = (i mod n) / n, so that every `n` iterations the rate is
    back at `upper`. Place it before the `Step`.

    Args:
        n: iterations to the lower end, at least 1.
        lower: the lower end; at 0 nothing is learned from the n-th iteration on.
        upper: the upper end; None: the value that the model has when this is first applied.
        restart: begin again from the upper end.
        path: the hyperparameter.

    Raises:
        HyperparameterError: ends in the wrong order.

    Example:
        >>> from kerasflux.control.callbacks import Callback
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> replay = Replay([0.5] * 5, settings={"rate": 0.2})
        >>> rates = []
        >>> watch = Callback(lambda t: rates.append(round(t.get("rate"), 3)), raw=True)
        >>> controls = [CosineLearningRate(n=3, path="rate"), watch, Step(), NumberLimit(5)]
        >>> loop = run_controls(replay, controls, verbosity=0)
        >>> rates
        [0.2, 0.15, 0.05, 0.0, 0.0]

    Source: I. Loshchilov & F. Hutter, "SGDR" (2017); `kf.schedules.Cosine` is the same as a
    schedule of the optimiser.
    """

    n: int = field(100, allowed=AtLeast(1), doc="iterations to the lower end")
    lower: float = field(0.0, allowed=AtLeast(0), doc="the lower end")
    upper: float | None = field(None, allowed=AtLeast(0), doc="the upper end; None: the model's")
    restart: bool = field(False, doc="begin again from the upper end")
    path: str = field(_RATE, doc="the hyperparameter")

    def __post_init__(self) -> None:
        _refuse_ends(self, self.lower, self.upper)

    def check(self, trainable: Trainable) -> None:
        trainable.get(self.path) if self.upper is not None else _number(trainable, self.path, self)

    def update(
        self, state: float | None, trainable: Trainable, cycle: int, verbosity: int
    ) -> float | None:
        upper = self.upper if self.upper is not None else state
        if upper is None:
            upper = _number(trainable, self.path, self)
        _refuse_ends(self, self.lower, upper)
        _set(trainable, self.path, self.rate(trainable.n_iterations, upper), verbosity)
        return upper

    def rate(self, iteration: int, upper: float) -> float:
        """The rate of an iteration, counted from 0, with an upper end."""
        part = (iteration % self.n if self.restart else min(iteration, self.n)) / self.n
        wave = (1 + math.cos(math.pi * part)) / 2
        return wave * upper + (1 - wave) * self.lower


class _Plateau(NamedTuple):
    best: float | None
    wait: int
    cooling: int
    reductions: int


class ReduceOnPlateau(Control):
    """Multiply the learning rate by `factor` after `patience` looks without a new best.

    A loss is a new best if it is lower than the best so far by more than `min_delta`; NaN never is.
    After a reduction the count begins anew, and for `cooldown` looks it stands still. Place it
    behind the `Step`. While nothing is trained it is passed over.

    Args:
        factor: what a reduction leaves of the rate, below 1.
        patience: looks without a new best, at least 1.
        min_delta: by how much a loss has to be lower, at least 0.
        lower: where the rate stays.
        cooldown: looks that are not counted after a reduction.
        path: the hyperparameter, which has to be a number.

    Raises:
        HyperparameterError: the hyperparameter is no number (a schedule, say).

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> replay = Replay([0.9, 0.8, 0.8, 0.8, 0.8, 0.8], settings={"rate": 0.4})
        >>> controls = [Step(), ReduceOnPlateau(0.5, patience=2, path="rate"), NumberLimit(6)]
        >>> loop = run_controls(replay, controls, verbosity=0)
        >>> replay.get("rate"), loop.outcomes[1][1]
        (0.1, {'reductions': 2})

    Source: the rule of Keras' `ReduceLROnPlateau`, with its defaults.
    """

    factor: float = field(0.1, allowed=Between(0, 1, open="both"), doc="what a reduction leaves")
    patience: int = field(10, allowed=AtLeast(1), doc="looks without a new best")
    min_delta: float = field(1e-4, allowed=AtLeast(0), doc="what an improvement has to exceed")
    lower: float = field(0.0, allowed=AtLeast(0), doc="where the rate stays")
    cooldown: int = field(0, allowed=AtLeast(0), doc="looks not counted after a reduction")
    path: str = field(_RATE, doc="the hyperparameter")

    def check(self, trainable: Trainable) -> None:
        _number(trainable, self.path, self)

    def init(self) -> _Plateau:
        return _Plateau(None, 0, 0, 0)

    def update(self, state: _Plateau, trainable: Trainable, cycle: int, verbosity: int) -> _Plateau:
        loss = trainable.loss
        if loss is None:
            return state
        cooling = max(state.cooling - 1, 0)
        if self._better(state.best, loss):
            return _Plateau(float(loss), 0, cooling, state.reductions)
        if cooling:
            return _Plateau(state.best, 0, cooling, state.reductions)
        if state.wait + 1 < self.patience:
            return _Plateau(state.best, state.wait + 1, 0, state.reductions)
        return self._reduced(state, trainable, verbosity)

    def _better(self, best: float | None, loss: float) -> bool:
        return not math.isnan(loss) if best is None else best - loss > self.min_delta

    def _reduced(self, state: _Plateau, trainable: Trainable, verbosity: int) -> _Plateau:
        rate = _number(trainable, self.path, self)
        if rate <= self.lower:
            return _Plateau(state.best, 0, 0, state.reductions)
        _set(trainable, self.path, max(rate * self.factor, self.lower), verbosity + 1)
        return _Plateau(state.best, 0, self.cooldown, state.reductions + 1)

    def takedown(self, state: _Plateau, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return {"reductions": state.reductions}


def _set(trainable: Trainable, path: str, rate: float, verbosity: int) -> None:
    trainable.set(path, rate)
    if verbosity > 1:
        trainable.say(f"{path} is {rate:.4g}")


def _number(trainable: Trainable, path: str, control: Control) -> float:
    value = plain(trainable.get(path))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise HyperparameterError(
        f"{type(control).__name__} changes numbers, and `{path}` is none.",
        expected="a number",
        received=f"{short(value)}, of type {type(value).__name__}",
        remedy=f"Set `{path}` to a number to begin with, or leave it to its own schedule and drop "
        "this control.",
    )


def _refuse_ends(control: Control, lower: float, upper: float | None) -> None:
    if upper is not None and lower > upper:
        raise HyperparameterError(
            f"`lower` of {type(control).__name__} is above the upper end.",
            expected="lower <= upper",
            received=f"lower={lower}, upper={upper}",
            remedy="Swap them, or say the upper end.",
        )
