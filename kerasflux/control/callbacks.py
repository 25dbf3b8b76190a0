"""Controls that call a function in each cycle; they differ in what they hand to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kerasflux.control.controls import Control, ended
from kerasflux.control.trainable import Trainable
from kerasflux.hyperparameters import field


class _Called(NamedTuple):
    stop: bool
    seen: int  # training losses


class Calling(Control):
    """The base of controls that call `f(x)`; they define `name` and `value`, which gives x.

    Args:
        f: a function; by default x is printed, where `verbosity` is above 0.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.
    """

    f: Callable[[Any], Any] | None = field(None, doc="what to call; None prints")
    stop_if_true: bool = field(False, doc="whether a returned True stops")
    stop_message: str | None = field(None, doc="why, for the report")

    name: ClassVar[str] = ""

    @property
    def stops(self) -> bool:
        return self.stop_if_true

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        """What the function gets."""
        raise NotImplementedError

    def ready(self, trainable: Trainable) -> bool:
        """Whether there is something to hand over: by default once something was trained."""
        return trainable.n_iterations > 0

    def init(self) -> _Called:
        return _Called(False, 0)

    def update(self, state: _Called, trainable: Trainable, cycle: int, verbosity: int) -> _Called:
        if not self.ready(trainable):
            return state
        value = self.value(trainable, cycle, state.seen)
        seen = len(trainable.training_losses)
        if self.f is None:
            if verbosity > 0:
                trainable.say(f"{self.name}: {value}")
            return _Called(False, seen)
        answer = self.f(value)
        true = isinstance(answer, (bool, np.bool_)) and bool(answer)
        return _Called(self.stop_if_true and true, seen)

    def done(self, state: _Called) -> bool:
        return state.stop

    def message(self, state: _Called) -> str:
        return self.stop_message or f"{type(self).__name__} asked for it"

    def reason(self, state: _Called) -> str:
        return self.message(state)

    def takedown(self, state: _Called, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return ended(self, state)


class Callback(Calling):
    """Call `f(machine)` in each cycle.

    Args:
        f: a function of the machine in training.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.
        raw: hand over the trainable instead, which has `n_iterations`, `loss`, `measurement`,
            `training_losses`, `model`, `set(path, value)` and more; from the first cycle on, also
            before anything was trained.

    Example:
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> low = Callback(lambda t: t.loss < 0.7, stop_if_true=True, raw=True)
        >>> loop = run_controls(Replay([0.9, 0.8, 0.6, 0.5]), [Step(), low])
        stopped after 3 iterations: Callback asked for it

    Source: `Callback` of IterationControl.jl.
    """

    raw: bool = field(False, doc="hand over the trainable instead of the machine")

    name: ClassVar[str] = "machine"

    def ready(self, trainable: Trainable) -> bool:
        return self.raw or super().ready(trainable)

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable if self.raw else trainable.machine


class WithLossDo(Calling):
    """Call `f(loss)` in each cycle, with the loss as stopping rules see it: smaller is better.

    Of a score that is its negative; in its own sign it is `measurement` of `Callback(raw=True)`.

    Args:
        f: a function of a number; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> losses = []
        >>> controls = [Step(), WithLossDo(losses.append), NumberLimit(2)]
        >>> loop = run_controls(Replay([0.9, 0.8, 0.6]), controls, verbosity=0)
        >>> losses
        [0.9, 0.8]

    Source: `WithLossDo` of IterationControl.jl.
    """

    name: ClassVar[str] = "loss"

    def ready(self, trainable: Trainable) -> bool:
        return trainable.loss is not None

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable.loss


class WithTrainingLossesDo(Calling):
    """Call `f(losses)` in each cycle, with the training losses since it was called before.

    Args:
        f: a function of a list of numbers; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> seen = []
        >>> controls = [Step(2), WithTrainingLossesDo(seen.append), NumberLimit(2)]
        >>> replay = Replay([0.9, 0.8, 0.7, 0.6], training_losses=[0.8, 0.7, 0.5, 0.4])
        >>> loop = run_controls(replay, controls, verbosity=0)
        >>> seen
        [[0.8, 0.7], [0.5, 0.4]]

    Source: `WithTrainingLossesDo` of IterationControl.jl.
    """

    name: ClassVar[str] = "training losses"

    def value(self, trainable: Trainable, cycle: int, seen: int) -> list[float]:
        return list(trainable.training_losses[seen:])


class WithIterationsDo(Calling):
    """Call `f(n)` in each cycle, with the number of iterations trained so far.

    Args:
        f: a function of a whole number; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> enough = WithIterationsDo(lambda n: n >= 4, stop_if_true=True, stop_message="enough")
        >>> loop = run_controls(Replay([0.9] * 9), [Step(2), enough])
        stopped after 4 iterations: enough

    Source: `WithIterationsDo` of MLJIteration.jl.
    """

    name: ClassVar[str] = "iterations"

    def ready(self, trainable: Trainable) -> bool:
        return True

    def value(self, trainable: Trainable, cycle: int, seen: int) -> int:
        return trainable.n_iterations


class WithNumberDo(Calling):
    """Call `f(n)` in each cycle, with the number of the cycle, from 1.

    Args:
        f: a function of a whole number; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> third = WithNumberDo(lambda n: n == 3, stop_if_true=True, stop_message="the third")
        >>> loop = run_controls(Replay([0.9] * 9), [Step(2), third])
        stopped after 6 iterations: the third

    Source: `WithNumberDo` of IterationControl.jl.
    """

    name: ClassVar[str] = "cycle"

    def ready(self, trainable: Trainable) -> bool:
        return True

    def value(self, trainable: Trainable, cycle: int, seen: int) -> int:
        return cycle


class WithEvaluationDo(Calling):
    """Call `f(evaluation)` in each cycle, with the evaluation that the loss was taken from.

    Args:
        f: a function of it; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> WithEvaluationDo(print, stop_if_true=True)
        WithEvaluationDo(f=print, stop_if_true=True)

    Source: `WithEvaluationDo` of MLJIteration.jl.
    """

    name: ClassVar[str] = "evaluation"

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable.evaluation


class WithFittedParamsDo(Calling):
    """Call `f(fitted_params)` in each cycle, with the fitted parameters so far.

    Args:
        f: a function of them; by default they are printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> WithFittedParamsDo(lambda params: params["bias"] > 1, stop_if_true=True).stops
        True

    Source: `WithFittedParamsDo` of MLJIteration.jl.
    """

    name: ClassVar[str] = "fitted_params"

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable.fitted_params


class WithReportDo(Calling):
    """Call `f(report)` in each cycle, with the report of training so far.

    Args:
        f: a function of it; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> WithReportDo(print)
        WithReportDo(f=print)

    Source: `WithReportDo` of MLJIteration.jl.
    """

    name: ClassVar[str] = "report"

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable.report


class WithModelDo(Calling):
    """Call `f(model)` in each cycle, with the model in training, which `f` may change.

    Called from the first cycle on, also before anything was trained.

    Args:
        f: a function of it; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> def slower(model):
        ...     model.optimiser.learning_rate *= 0.9
        >>> WithModelDo(slower)
        WithModelDo(f=slower)

    Source: `WithModelDo` of MLJIteration.jl.
    """

    name: ClassVar[str] = "model"

    def ready(self, trainable: Trainable) -> bool:
        return True

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable.model


class WithMachineDo(Calling):
    """Call `f(machine)` in each cycle, with the machine in training; as `Callback`.

    Args:
        f: a function of it; by default it is printed.
        stop_if_true: whether a returned `True` asks for a stop.
        stop_message: why, for the report.

    Example:
        >>> WithMachineDo(print)
        WithMachineDo(f=print)

    Source: `WithMachineDo` of MLJIteration.jl.
    """

    name: ClassVar[str] = "machine"

    def value(self, trainable: Trainable, cycle: int, seen: int) -> Any:
        return trainable.machine
