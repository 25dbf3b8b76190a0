"""Controls that train, and that take in data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from kerasflux.control.controls import Control, ended
from kerasflux.control.trainable import Trainable
from kerasflux.hyperparameters import AtLeast, field


class _Stepped(NamedTuple):
    ended: bool
    iterations: int


class Step(Control):
    """Train `n` further iterations in each cycle.

    Stops where training ended before that many, as that of a network does at a NaN.

    Args:
        n: how many, at least 1.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.trainable import Replay
        >>> loop = run_controls(Replay([0.9, 0.8, 0.7, 0.6, 0.5]), [Step(2), NumberLimit(2)])
        stopped after 4 iterations: the loss was looked at 2 times (NumberLimit(n=2))

    Source: `Step` of IterationControl.jl, whose help says a default of 1 where the code has 5.
    """

    n: int = field(1, allowed=AtLeast(1), doc="iterations per cycle")

    @property
    def trains(self) -> bool:
        return True

    @property
    def stops(self) -> bool:
        return False

    def init(self) -> _Stepped:
        return _Stepped(False, 0)

    def update(self, state: _Stepped, trainable: Trainable, cycle: int, verbosity: int) -> _Stepped:
        before = trainable.n_iterations
        trainable.train(self.n)
        now = trainable.n_iterations
        return _Stepped(now - before < self.n, now)

    def done(self, state: _Stepped) -> bool:
        return state.ended

    def message(self, state: _Stepped) -> str:
        s = "s" * (state.iterations != 1)
        return f"training ended by itself after {state.iterations} iteration{s}"

    def takedown(self, state: _Stepped, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return {"iterations": state.iterations}

    def resumed(self, state: _Stepped) -> _Stepped:
        """Whoever goes on later may have changed what ended training."""
        return _Stepped(False, state.iterations)


class _Taken(NamedTuple):
    items: int
    exhausted: bool


def _series(given: Any) -> Any:
    iter(given)  # raises where nothing can be taken in turn
    return given


class Data(Control):
    """Hand the next item of a series to the trainable in each cycle, for learning as data arrives.

    When there are no more it does nothing, or asks for a stop in the cycle that finds that out.

    Args:
        items: a list, or anything that can be iterated over. An iterator is used up: where training
            starts anew it goes on, it is not rewound.
        stop_when_exhausted: whether to stop.

    Example:
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.trainable import Replay
        >>> fed = Replay([0.9, 0.8, 0.7, 0.6])
        >>> loop = run_controls(fed, [Data(["mon", "tue"], True), Step()])
        stopped after 3 iterations: there is no more data (...)
        >>> fed.ingested
        ['mon', 'tue']

    Source: `Data` of IterationControl.jl.
    """

    items: Any = field((), convert=_series, doc="a list, or anything that can be iterated over")
    stop_when_exhausted: bool = field(False, doc="whether to stop when there are no more")

    @property
    def stops(self) -> bool:
        return self.stop_when_exhausted

    def init(self) -> _Taken:
        return _Taken(0, False)

    def update(self, state: _Taken, trainable: Trainable, cycle: int, verbosity: int) -> _Taken:
        if state.exhausted:
            return state
        found = list(islice(self._from(state.items), 1))
        if found:
            trainable.ingest(found[0])
            return _Taken(state.items + 1, False)
        if verbosity > 0 and not self.stop_when_exhausted:
            trainable.say(f"there is no more data after {state.items} items")
        return _Taken(state.items, True)

    def _from(self, place: int) -> Iterator[Any]:
        if isinstance(self.items, Sequence):
            return (self.items[k] for k in range(place, len(self.items)))
        rest = iter(self.items)
        return rest if rest is self.items else islice(rest, place, None)

    def done(self, state: _Taken) -> bool:
        return state.exhausted and self.stop_when_exhausted

    def message(self, state: _Taken) -> str:
        return "there is no more data"

    def takedown(self, state: _Taken, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return {**ended(self, state), "items": state.items}

    def _one_line(self) -> str:
        many = f"{len(self.items)} items" if hasattr(self.items, "__len__") else "items"
        return f"Data(<{many}>{', stop_when_exhausted=True' if self.stop_when_exhausted else ''})"

    def __repr__(self) -> str:
        return self._one_line()
