"""Both execution modes, for tests that hold in each."""

import pytest
from training_toys import architecture

from kerasflux.training import programs
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


def in_the_graph_loop(monkeypatch):
    """Where `jit="auto"` stands for XLA, execute in the graph loop, which takes less to trace.

    For code that trains small networks of its own for a few epochs, whatever their mode.
    """
    mode_of = programs.mode_of

    def looped(jit, *rest):
        return "graph" if jit == "auto" else mode_of(jit, *rest)

    monkeypatch.setattr(programs, "mode_of", looped)
