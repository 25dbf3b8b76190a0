"""`kf.programs`: which compiled programs there are, what they cost and how often they were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from kerasflux.training.losses import name_of
from kerasflux.training.programs import GRAPH_PROGRAMS, PLANS, XLA_PROGRAMS, Program

if TYPE_CHECKING:
    import keras

_COLUMNS = {
    "network": "str",
    "loss": "str",
    "optimiser": "str",
    "mode": "str",
    "device": "str",
    "seconds": "float64",
    "uses": "int64",
    "in_use": "bool",
}


_WIDEST = 44


class Programs:
    """The compiled programs that this process keeps: print it, count it, clear it.

    A *program* is a network and an optimizer with the functions traced and compiled over them. It
    is made once for everything that is baked into its graph (the network without the names of its
    layers, the loss, the optimiser but for its learning rate, the device, the mode and, under XLA,
    the batch size), and serves all fits, folds and predictions that agree in these: learning rate,
    λ, α, seeds, numbers of rows and class names may differ. One user has it at a time; a second
    one, in another thread, meanwhile calls the same functions on variables of its own (or, where
    layers are not Keras' own, gets a program of its own).

    16 idle programs of the graph loop are kept, the least recently used of more are dropped. 16 of
    XLA are kept; all are dropped when there are more, because TensorFlow frees the memory of all or
    none. `len` counts programs, idle ones and those in use.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> kf.programs.clear()
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
        >>> for rate in (0.1, 0.01):
        ...     adam = kf.optimisers.Adam(learning_rate=rate)
        ...     model = kf.NeuralNetworkRegressor(epochs=2, optimiser=adam)
        ...     mach = kf.machine(model, X, X["a"]).fit(verbosity=0)
        >>> len(kf.programs)
        1
        >>> kf.programs.to_frame()["mode"].tolist()
        ['xla, batch 32']
    """

    def to_frame(self) -> pd.DataFrame:
        """A row per program: network, loss, optimiser, mode, device, seconds, uses, in_use.

        `seconds` is what building, tracing and compiling took so far; `uses` counts fits,
        predictions and other loans.
        """
        rows = []
        for cache in (GRAPH_PROGRAMS, XLA_PROGRAMS):
            idle, lent = cache.programs()
            of: dict[int, list[Program]] = {}
            for program in (*idle, *lent):
                of.setdefault(id(program.traced), []).append(program)
            rows += [_row(twins, any(one in lent for one in twins)) for twins in of.values()]
        return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)

    def clear(self) -> None:
        """Drop all idle programs, and what is known of how networks are built.

        The next fit of each architecture compiles again. What other functions in this process have
        been compiled to by XLA is dropped too, unless a program is in use, and made again at their
        next calls.
        """
        for cache in (GRAPH_PROGRAMS, XLA_PROGRAMS, PLANS):
            cache.clear()
        XLA_PROGRAMS.forget()

    def __len__(self) -> int:
        caches = (GRAPH_PROGRAMS, XLA_PROGRAMS)
        kept = [program for cache in caches for group in cache.programs() for program in group]
        return len({id(program.traced) for program in kept})

    def __repr__(self) -> str:
        frame = self.to_frame()
        return f"{_heading(frame)}\n{_shown(frame).to_string()}" if len(frame) else _heading(frame)

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        table = _shown(frame).to_html() if len(frame) else ""
        return f"<p>{_heading(frame)}</p>{table}"


programs = Programs()


def _heading(frame: pd.DataFrame) -> str:
    if not len(frame):
        return "no compiled programs"
    many = "s" * (len(frame) > 1)
    return f"{len(frame)} compiled program{many}, {frame['seconds'].sum():.1f} s to compile"


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """What fits on a line: that all are idle, on a CPU, goes without saying."""
    same = [n for n, usual in (("device", "CPU"), ("in_use", False)) if (frame[n] == usual).all()]
    short = frame["network"].map(
        lambda text: text if len(text) <= _WIDEST else text[:_WIDEST] + "…"
    )
    return frame.assign(network=short, seconds=frame["seconds"].round(2)).drop(columns=same)


def _row(twins: list[Program], in_use: bool) -> dict[str, Any]:
    program = twins[0]
    size = "" if program.batch_size is None else f", batch {program.batch_size}"
    return {
        "network": _layers(program.network),
        "loss": name_of(program.objective.loss),
        "optimiser": program.optimiser.class_identity(),
        "mode": program.mode + size,
        "device": program.placement.kind,
        "seconds": sum(tuple(program.seconds.values())),  # another thread may compile meanwhile
        "uses": sum(twin.uses for twin in twins),
        "in_use": in_use,
    }


def _layers(network: keras.Model) -> str:
    """Layers by kind, with their numbers of units: `Dense(32) Dropout Dense(3)`."""
    return " ".join(_layer(layer) for layer in network.layers if _kind(layer) != "InputLayer")


def _layer(layer: Any) -> str:
    if hasattr(layer, "layers"):
        return f"[{_layers(layer)}]"
    size = next((getattr(layer, n) for n in ("units", "filters") if hasattr(layer, n)), None)
    return _kind(layer) if size is None else f"{_kind(layer)}({size})"


def _kind(layer: Any) -> str:
    return type(layer).__name__
