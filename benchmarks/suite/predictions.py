"""Predictions: a table goes in, checked against the fitted schema; probabilities come out.

Both sides predict with the same weights, so that what they answer is compared number by number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from suite import works
from suite.records import OURS, Bar, Comparison, Faster, Line
from suite.sides import keras_network
from suite.timing import Effort, in_turn, seconds
from suite.works import Work

COLUMNS, CALLS = 10, 1000
KERAS, LARGE = "keras.Model.predict", "keras.Model.predict, batches of 8192"
CALLED = "the Keras network, called"


def _trained(n_rows: int) -> tuple[Any, Any, Work]:
    """A machine and a plain Keras network with its weights."""
    import kerasflux as kf

    work = works.table(n_rows, COLUMNS, batch=256)
    small = works.part(work, 1000)
    builder = kf.Short(n_hidden=work.hidden, dropout=work.dropout, activation=work.activation)
    model = kf.NeuralNetworkClassifier(builder=builder, epochs=2, scaling=None, rng=1)
    y = kf.coerce(small.y, kf.Multiclass, verbosity=0)
    mach = kf.machine(model, _table(small), y).fit(verbosity=0)
    network = keras_network(work, 1, last="softmax")
    network.set_weights([v for n, v in mach.state.items() if _is_weight(n, v)])
    return mach, network, work


def _is_weight(name: str, value: np.ndarray) -> bool:
    """Seeds of dropout are among a network's arrays, as integers."""
    return name.startswith("network/") and np.issubdtype(value.dtype, np.floating)


def _table(work: Work) -> pd.DataFrame:
    return pd.DataFrame(work.X.astype("float64")).add_prefix("x")


def many_rows(effort: Effort) -> list[Comparison]:
    """A million rows at once."""
    n = effort.part(1_000_000, 1000)
    mach, network, work = _trained(n)
    df = _table(work)
    calls = {
        OURS: lambda: np.asarray(mach.predict(df)),
        KERAS: lambda: network.predict(df, verbose=0),
        LARGE: lambda: network.predict(df, batch_size=8192, verbose=0),
    }
    title = f"Predictions for {n:,} rows × {COLUMNS}, 64 hidden"
    how = "A DataFrame goes in on every side; ours is checked against the fitted schema."
    return [_compared(title, how, calls, {KERAS: Faster(10)}, "s", 1, effort)]


def one_row(effort: Effort) -> list[Comparison]:
    """One row, a thousand times."""
    n = effort.part(CALLS, 20)
    mach, network, work = _trained(1000)
    df = _table(work)
    rows = [df.iloc[[k]] for k in range(n)]
    arrays = [row.to_numpy("float32") for row in rows]
    calls = {
        OURS: lambda: _stacked(mach.predict, rows),
        KERAS: lambda: _stacked(lambda x: network.predict(x, verbose=0), arrays),
        CALLED: lambda: _stacked(network, arrays),
    }
    title = f"Predictions for one row, {n:,} times"
    how = "One row of a DataFrame goes in on our side, arrays on the others."
    return [_compared(title, how, calls, {KERAS: Faster(20)}, "ms/call", 1e3 / n, effort)]


def _stacked(predict: Callable[[Any], Any], rows: list[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(predict(row)) for row in rows])


def _apart(difference: float) -> str:
    return f"differs by {difference:.0e}" if difference else "the same bits"


def _compared(
    title: str,
    note: str,
    calls: dict[str, Callable[[], np.ndarray]],
    bars: dict[str, Bar],
    unit: str,
    scale: float,
    effort: Effort,
) -> Comparison:
    """Every side in turn, after a first call that compiles; its figure is the largest difference
    of probabilities, and a difference above 1e-5 makes the losses that are compared infinite."""
    answers = {side: call() for side, call in calls.items()}
    lines = {side: Line(side, bar=bars.get(side)) for side in calls}
    for side, line in lines.items():
        apart = float(np.abs(answers[side] - answers[OURS]).max())
        line.losses = [0.0 if apart <= 1e-5 else np.inf]
        line.note = "" if side == OURS else _apart(apart)
    for _, side in in_turn(list(calls), effort.repeats):
        lines[side].values.append(scale * seconds(calls[side]))
    return Comparison(title, unit, list(lines.values()), note, "whether the answers differ")
