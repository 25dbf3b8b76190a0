"""The one model within a wrapper whose iterations are the wrapper's own: how it learns.

Epochs, checkpoints, validation rows and interrupts pass through; what is handed over, or carried by
an interrupt, is what the whole wrapper has learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kerasflux import interface
from kerasflux.composition.parts import refuse_unwritable
from kerasflux.errors import Interrupted
from kerasflux.forwarding import Rows
from kerasflux.interface import Fitted, Model, Run

Whole = Callable[[Fitted, bool], Fitted]
"""From what the model has learned, and whether its fit is complete, to what the wrapper has."""


def led(
    model: Model,
    rows: Rows,
    run: Run,
    whole: Whole,
    before: tuple[Fitted, Model] | None = None,
) -> Fitted:
    """What the wrapper learns by fitting the model, or by going on from what it had learned.

    Args:
        model: the model within.
        rows: its training rows.
        run: the wrapper's; its validation rows are `Rows`.
        whole: makes what the wrapper has learned of what the model has.
        before: what the model had learned, and as which model, if it is to be updated.

    Raises:
        Interrupted: while the model learned; it carries the whole.
    """
    told = run.on_state
    if told is not None:
        refuse_unwritable({"model": model})
    own = replace(
        run,
        validation=None if run.validation is None else run.validation.of(model),
        on_state=None if told is None else lambda inner: told(whole(inner, False)),
    )
    own.on_begin = run.begin
    data = rows.of(model)
    try:
        if before is None or type(before[1]) is not type(model):
            return whole(interface.fit(model, data, own), True)
        return whole(interface.update(model, before[0], before[1], data, own), True)
    except Interrupted as stop:
        run.begin()
        part: Fitted = stop.fitted  # type: ignore[assignment]
        stop.fitted = whole(part, False)
        raise
