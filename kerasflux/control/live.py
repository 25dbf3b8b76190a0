"""The control that draws losses while they come in."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from time import monotonic
from typing import Any, NamedTuple

from kerasflux import drawing, log
from kerasflux.control.controls import Control
from kerasflux.control.snapshots import refuse_folder
from kerasflux.control.trainable import Trainable
from kerasflux.drawing import canvas
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Positive, field


class _Seen(NamedTuple):
    looks: tuple[tuple[int, float], ...]  # iterations, measurement
    screen: Any = None


class LivePlot(Control):
    """Draw losses and measurements while they come in: in a notebook one picture, drawn anew.

    In a terminal nothing is shown; with `path` the last picture is written to a file, wherever the
    training runs. Place it after the `Step`. Needs the extra `plot`.

    Args:
        every: seconds between two drawings at least; the last one is always drawn.
        path: where to write the last picture (`"losses.png"`, `.svg`, `.pdf`), or None.

    Raises:
        DrawingNotInstalled: there is no matplotlib.
        StorageError: when training begins, a folder that is not there.
        HyperparameterError: a suffix of no format that matplotlib writes.

    Example:
        >>> from kerasflux.control.counting import NumberLimit
        >>> from kerasflux.control.loop import run_controls
        >>> from kerasflux.control.steps import Step
        >>> from kerasflux.control.trainable import Replay
        >>> losses = [0.9, 0.6, 0.5, 0.55]
        >>> loop = run_controls(
        ...     Replay(losses, losses), [Step(), LivePlot(), NumberLimit(4)], verbosity=0
        ... )
        >>> loop.outcomes[1][1]
        {'looks': 4}

    Source: none in MLJ; there it is a callback that calls a plotting package.
    """

    every: float = field(1.0, allowed=Positive(), doc="seconds between two drawings at least")
    path: str | None = field(
        None,
        convert=lambda p: p if p is None else os.fspath(p),
        doc="where the last one is written",
    )

    def check(self, trainable: Trainable) -> None:
        if self.path is None:
            return
        formats = sorted(canvas.figure((1.0, 1.0)).canvas.get_supported_filetypes())
        refuse_folder(self.path)
        suffix = os.path.splitext(self.path)[1].removeprefix(".")
        if suffix and suffix.lower() not in formats:
            raise HyperparameterError(
                f"LivePlot can't write pictures of the format {suffix!r}.",
                expected=f"a suffix among {', '.join(formats)}",
                received=self.path,
                remedy='`path="losses.png"`, for instance.',
                name="path",
                value=self.path,
            )

    def init(self) -> _Seen:
        return _Seen(())

    def update(self, state: _Seen, trainable: Trainable, cycle: int, verbosity: int) -> _Seen:
        if not trainable.n_iterations:
            return state
        screen = state.screen or Screen()
        look = (trainable.n_iterations, float(trainable.measurement))
        looks = (*(seen for seen in state.looks if seen[0] < look[0]), look)
        screen.show(lambda: _picture(looks, trainable), self.every)
        return _Seen(looks, screen)

    def takedown(self, state: _Seen, trainable: Trainable, verbosity: int) -> dict[str, Any]:
        if state.looks and state.screen is not None:
            state.screen.show(lambda: _picture(state.looks, trainable), 0.0)
        if state.looks and self.path is not None:
            _picture(state.looks, trainable).savefig(self.path)
        saved = {} if self.path is None or not state.looks else {"saved": self.path}
        return {"looks": len(state.looks), **saved}

    def resumed(self, state: _Seen) -> _Seen:
        """Without the picture, of which the next training has one of its own."""
        return _Seen(state.looks)


class Screen:
    """Where pictures are shown, one in place of the other: a cell of a notebook, or nowhere.

    Copies and pickles of it know nothing: what was shown stays where it is.
    """

    def __init__(self) -> None:
        self._shown_at: float | None = None
        self._handle: Any = None
        self._anywhere = log.in_notebook()

    def show(self, draw: Callable[[], Any], every: float) -> None:
        """Show what `draw` gives, unless something was shown less than `every` seconds ago."""
        if not self._anywhere:
            return
        if self._shown_at is not None and monotonic() - self._shown_at < every:
            return
        picture = draw()
        if self._handle is None:
            self._handle = import_module("IPython.display").display(picture, display_id=True)
        else:
            self._handle.update(picture)
        self._shown_at = monotonic()

    def __reduce__(self) -> tuple[Any, ...]:
        return Screen, ()


def _picture(looks: tuple[tuple[int, float], ...], trainable: Trainable) -> Any:
    """Training losses where there are some, what was measured below them, the best look ringed."""
    measured = dict(looks)
    losses = list(trainable.training_losses)
    named: Any = getattr(trainable.evaluation, "measure", ())
    score = bool(named) and named[0].orientation == "score"
    best = (max if score else min)(
        (pair for pair in looks if pair[1] == pair[1]), key=lambda pair: pair[1], default=None
    )
    n = max(len(losses), looks[-1][0])
    epochs = list(range(1, n + 1))
    nan = float("nan")
    history = {
        "epoch": epochs,
        "training_loss": losses + [nan] * (n - len(losses)),
        "measurement": [measured.get(epoch, nan) for epoch in epochs],
    }
    return drawing.loss_curves(
        history,
        best=None if best is None else best[0],
        measure=named[0].name if named else "loss",
        orientation="score" if score else "loss",
    )
