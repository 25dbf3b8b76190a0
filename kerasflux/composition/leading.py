"""The one model within a wrapper whose iterations are the wrapper's own: how it learns.

Epochs, checkpoints, validation rows and interrupts pass through; what is handed over, or carried by
an interrupt, is what the whole wrapper has learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kerasflux import interface
from kerasflux.composition.parts import refuse_unwritable
from kerasflux.errors import Interrupted
from kerasflux.forwarding import Rows, Wrapper
from kerasflux.interface import QUIET, Fitted, Model, Run

Whole = Callable[[Fitted, bool], Fitted]
"""From what the model has learned, and whether its fit is complete, to what the wrapper has."""


def led(
    model: Model,
    rows: Any,
    run: Run,
    whole: Whole,
    before: tuple[Fitted, Model] | None = None,
    taken: Callable[[Any], Any] | None = None,
) -> Fitted:
    """What the wrapper learns by fitting the model, or by going on from what it had learned.

    Args:
        model: the model within.
        rows: its training rows, `Rows` unless `taken` is given.
        run: the wrapper's; its validation rows are of the same kind.
        whole: makes what the wrapper has learned of what the model has.
        before: what the model had learned, and as which model, if it is to be updated.
        taken: makes of rows what the model's `fit` takes.

    Raises:
        Interrupted: while the model learned; it carries the whole.
    """
    told = run.on_state
    if told is not None:
        refuse_unwritable({"model": model})
    taken = taken or (lambda given: given.of(model))
    own = replace(
        run,
        validation=None if run.validation is None else taken(run.validation),
        on_state=None if told is None else lambda inner: told(whole(inner, False)),
    )
    own.on_begin = run.begin
    data = taken(rows)
    try:
        if before is None or type(before[1]) is not type(model):
            return whole(interface.fit(model, data, own), True)
        return whole(interface.update(model, before[0], before[1], data, own), True)
    except Interrupted as stop:
        run.begin()
        part: Fitted = stop.fitted  # type: ignore[assignment]
        stop.fitted = whole(part, False)
        raise


class Following(Wrapper):
    """A wrapper whose own part follows from what its model predicts: it is learned anew each time.

    Subclasses define `_learned`, whose `before` is their last state, and `old_model` what they were
    then, where the model within goes on.
    """

    def fit(self, data: Rows, run: Run = QUIET) -> Fitted:
        return self._learned(data, run)

    def update(self, fitted: Fitted, old_model: Model, data: Rows, run: Run = QUIET) -> Fitted:
        if self.restarts(old_model):
            return self._learned(data, run)
        return self._learned(data, run, fitted.state, old_model)

    def as_fresh(self, old_model: Model) -> bool:
        """Whether it is for the model."""
        old: Any = old_model
        alike = type(old.model) is type(self.model)
        return alike and bool(self.model.as_fresh(old.model))

    def _learned(self, rows: Rows, run: Run, before: Any = None, old_model: Any = None) -> Fitted:
        raise NotImplementedError
