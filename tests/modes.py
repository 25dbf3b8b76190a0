"""Both execution modes, for tests that hold in each."""

import pytest
from training_toys import architecture

from kerasflux.training.graphs import logits_function
from kerasflux.training.programs import checkout

MODES = ("graph", "xla")
modes = pytest.mark.parametrize("mode", MODES)


def executed(mode, *args, **options):
    """`training_toys.architecture` in an execution mode."""
    return architecture(*args, mode=mode, **options)


def logits(arch, state, inputs):
    """The network's logits for some rows, in inference mode."""
    with checkout(arch) as program, arch.placement.on_device():
        program.load(state.network)
        return logits_function(program, inputs)(*inputs).numpy()
