"""What becomes of a state when its architecture changes without a restart.

The network's variables are kept by position. The optimiser's slots are kept where its class is the
same and it keeps the same kinds of slots; slots of variables that only now became trainable start
fresh, those of variables that no longer are, are dropped. Otherwise all slots start fresh. The
count of iterations goes on in every case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kerasflux.errors import CannotContinue
from kerasflux.training import compat
from kerasflux.training.optimisers import Optimiser
from kerasflux.training.programs import Architecture, checkout
from kerasflux.training.state import State

Slot = tuple[str, int | None]
"""A kind of slot (`momentum`) and the position of its variable; None for the optimiser's own."""

ITERATION: Slot = ("iteration", None)


def carry_over(
    state: State, old_architecture: Architecture, new_architecture: Architecture
) -> State:
    """A state of one architecture as one of another: after a changed optimiser, or unfreezing.

    Args:
        state: trained with `old_architecture`.
        old_architecture: as it was.
        new_architecture: as it is: another optimiser, or other trainable variables.

    Raises:
        CannotContinue: the networks have other variables, so that nothing can be kept.
    """
    with checkout(new_architecture) as program:
        shapes = [tuple(v.shape) for v in program.variables]
        fresh = program.fresh_slots(state.network)
    _same_variables(state, shapes)
    old_slots = _layout(old_architecture, state.network)
    new_slots = _layout(new_architecture, state.network)
    kept = _kept(old_architecture.optimiser, new_architecture.optimiser, old_slots, new_slots)
    old = dict(zip(old_slots, state.optimiser, strict=True))
    optimiser = tuple(
        old[slot] if slot in kept and slot in old and old[slot].shape == value.shape else value
        for slot, value in zip(new_slots, fresh, strict=True)
    )
    return replace(
        state,
        optimiser=optimiser,
        batch_size=new_architecture.batch_size,
        optimiser_identity=new_architecture.optimiser.identity(),
    )


def _same_variables(state: State, shapes: Sequence[tuple[int, ...]]) -> None:
    found = [a.shape for a in state.network]
    if found == list(shapes):
        return
    raise CannotContinue(
        "Training can't go on with another network.",
        expected=f"variables of shapes {found}",
        received=f"variables of shapes {list(shapes)}",
        remedy="Let fields that say `continues=True` change what is trainable, not the layers.",
    )


def _kept(
    old: Optimiser, new: Optimiser, old_slots: list[Slot], new_slots: list[Slot]
) -> set[Slot]:
    same_kinds = {name for name, _ in old_slots} == {name for name, _ in new_slots}
    if old.class_identity() == new.class_identity() and same_kinds:
        return set(new_slots)
    return {ITERATION}


def _layout(architecture: Architecture, network: Sequence[np.ndarray]) -> list[Slot]:
    """What each of the optimiser's variables is, by names that can be told apart.

    Slots are named after their variable; a network's own names need not differ from one another.
    """
    keras = compat.keras_on_tensorflow()
    plan = architecture.plan()
    names = {k: f"v{k:04d}v_{plan.paths[k].replace('/', '_')}" for k in plan.trainable}
    with compat.build_scope(0):
        stand_ins = [
            keras.Variable(network[k], dtype=network[k].dtype.name, name=name)
            for k, name in names.items()
        ]
        optimizer = architecture.optimiser.build()
        optimizer.build(stand_ins)
    own = [v for v in optimizer.variables if v is not optimizer.learning_rate]
    return _numbered([_slot(v, names) for v in own])


def _slot(variable: Any, names: Mapping[int, str]) -> Slot:
    path = variable.path.split("/")[-1]
    for k, name in names.items():
        if name in path:
            return (path.replace(name, "").strip("_"), k)
    return (path, None)


def _numbered(slots: list[Slot]) -> list[Slot]:
    """Slots that can be told apart: Adafactor has several without a name for each variable."""
    seen: Counter[Slot] = Counter()
    numbered = []
    for slot in slots:
        numbered.append((f"{slot[0]}{seen[slot] or ''}", slot[1]))
        seen[slot] += 1
    return numbered
