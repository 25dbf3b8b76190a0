"""The control that saves what was learned so far."""

from __future__ import annotations

import os
from typing import Any

from kerasflux.control.controls import Control
from kerasflux.control.trainable import Trainable
from kerasflux.errors import StorageError
from kerasflux.hyperparameters import field


def _path(given: Any) -> str:
    path: str = os.fspath(given)
    if not os.path.basename(path):
        raise ValueError("it names no file")
    return path


def refuse_folder(path: str) -> None:
    """Refuse a path in a folder that is not there.

    Raises:
        StorageError: it can't be written.
    """
    folder = os.path.dirname(path) or os.curdir
    if not os.path.isdir(folder):
        raise StorageError(
            f"{path} can't be written: its folder does not exist.",
            expected="a path in a folder that is there",
            received=path,
            remedy=f"create {os.path.realpath(folder)} first",
            path=path,
        )


class Save(Control):
    """Save what was learned so far in each cycle, to files with a running number.

    The number stands before the suffix: `machine1.kflux`, `machine2.kflux`, ... Every tenth cycle
    only: `skip(Save("machine.kflux"), 10)`. What stands at these paths is replaced, also by fits
    in the folds of an evaluation, for candidates of a search and as members of an ensemble: in the
    end snapshots of the last fit lie there. Leave it out where a model is fitted several times.

    Args:
        path: the path without the number.

    Raises:
        StorageError: when training begins, a folder that is not there.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> controls = [Step(), Save("net.kflux"), NumberLimit(2)]
        >>> loop = run_controls(Replay([0.9, 0.8, 0.6]), controls, verbosity=0)
        >>> loop.outcomes[1][1]
        {'saved': ['net1.kflux', 'net2.kflux']}

    Source: `Save` of MLJIteration.jl.
    """

    path: str = field("machine.kflux", convert=_path, doc="the path without the number")

    def check(self, trainable: Trainable) -> None:
        refuse_folder(self.path)

    def init(self) -> int:
        return 0

    def update(self, state: int, trainable: Trainable, cycle: int, verbosity: int) -> int:
        if not trainable.n_iterations:
            return state
        trainable.save(self._numbered(state + 1))
        if verbosity > 1:
            trainable.say(f"saved {self._numbered(state + 1)}")
        return state + 1

    def takedown(self, state: int, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        return {"saved": [self._numbered(number) for number in range(1, state + 1)]}

    def _numbered(self, number: int) -> str:
        stem, suffix = os.path.splitext(self.path)
        return f"{stem}{number}{suffix}"
