"""What becomes of a state when its architecture changes without a restart.

The network's variables are kept by position. The optimiser's own variables are kept, all of them,
where its class, its kinds of slots and what is trainable are the same; otherwise all of them start
fresh, the count of iterations too. Optimisers correct young averages by that count: slots of zeros
under an old count would make first steps that are several times too large, as would slots of some
ages under one count (`docs/decisions/0009-optimiser-state.md`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kerasflux.errors import CannotContinue
from kerasflux.training import compat
from kerasflux.training.optimisers import Optimiser
from kerasflux.training.programs import Architecture, checkout
from kerasflux.training.state import State


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
    kept = _alike(old_architecture, new_architecture, state.network)
    optimiser = state.optimiser if kept else fresh
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


def _alike(old: Architecture, new: Architecture, network: Sequence[np.ndarray]) -> bool:
    """Whether two optimisers keep the same slots, of the same variables."""
    plan = new.plan()
    if old.optimiser.class_identity() != new.optimiser.class_identity():
        return False
    if old.plan().trainable != plan.trainable:
        return False
    stand_ins = {f"v{k:04d}_{plan.paths[k].replace('/', '_')}": network[k] for k in plan.trainable}
    return _slots(old.optimiser, stand_ins) == _slots(new.optimiser, stand_ins)


def _slots(optimiser: Optimiser, stand_ins: Mapping[str, np.ndarray]) -> list[str]:
    """The names of an optimiser's variables, which tell what they are of which variable.

    Shapes don't: a momentum and a moving average of a weight have the same.
    """
    keras = compat.keras_on_tensorflow()
    with compat.build_scope(0):
        variables = [
            keras.Variable(value, dtype=value.dtype.name, name=name)
            for name, value in stand_ins.items()
        ]
        optimizer = optimiser.build()
        optimizer.build(variables)
    return [v.path for v in optimizer.variables if v is not optimizer.learning_rate]
