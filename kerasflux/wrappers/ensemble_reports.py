"""What an ensemble reports: a row for each member, and how well rows are predicted out of bag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflux.errors import HyperparameterError
from kerasflux.folding import operated
from kerasflux.forwarding import Rows
from kerasflux.interface import Fitted, Model, Observations
from kerasflux.planning import judging, measures_of
from kerasflux.portraits import Record
from kerasflux.wrappers.ensemble_members import Members, member_rows


def as_measures(value: Any) -> Any:
    """One measure or several, that are numbers; None for none."""
    if value is None:
        return None
    found = tuple(measures_of(value))
    others = [m.name for m in found if not m.gives_numbers]
    if others:
        raise HyperparameterError(
            f"`{others[0]}` is no number, so it can't be an out-of-bag measure.",
            expected="measures that are numbers, such as log_loss",
            received=others[0],
            remedy="`kf.evaluate` measures it on folds.",
            name="out_of_bag_measure",
            value=value,
        )
    return found if isinstance(value, Sequence) and not isinstance(value, str) else found[0]


def out_of_bag(
    model: Model,
    members: Members,
    weights: Sequence[float],
    data: Rows,
    fraction: float,
    measure: Any,
) -> tuple[list[float] | None, int]:
    """Measure each row's prediction by the members that were not trained on it.

    Args:
        model: what the members are.
        members: what was learned.
        weights: how much each member counts.
        data: the training rows of the ensemble.
        fraction: the share of them that each member was trained on.
        measure: a measure or several.

    Returns:
        A number for each measure, None if no row was left out; how many rows no member left out.
    """
    total: Any = None
    weight, example = np.zeros(len(data)), None
    numbers = np.arange(len(data)) if data.numbers is None else data.numbers
    for i, (fitted, own) in enumerate(zip(members.fits, weights, strict=True)):
        mine = member_rows(members.seed, i, len(data), fraction)
        out = np.flatnonzero(~np.isin(numbers, numbers[mine]))  # no copy of a row may be in
        if not len(out):
            continue
        example = model.predict(fitted, data.take(out).X)
        found = members.reading.numbers(example)
        total = np.zeros((len(data), found.shape[1])) if total is None else total
        total[out] += own * found
        weight[out] += own
    rows = np.flatnonzero(weight)
    if not len(rows):
        return None, len(data)
    part = data.take(rows)
    said = members.reading.prediction(total[rows] / weight[rows, None], part.X, example)
    truth = part.y
    pairs = zip(*judging(model, Observations(None, truth), measure), strict=True)
    values = [float(m.judged(truth, operated(model, said, o)).value) for m, o in pairs]
    return values, len(data) - len(rows)


def row_of(i: int, fitted: Fitted) -> dict[str, Any]:
    """The row of a member in the history."""
    told = fitted.report.get("history", ())
    rows = [row for row in told if isinstance(row, Mapping)]  # of a search they are candidates
    losses = fitted.report.get("training_losses")
    seconds = [row["seconds"] for row in rows if row.get("seconds") is not None]
    return {
        "epoch": i + 1,
        "training_loss": None if losses is None else float(losses[-1]),
        "validation_loss": _measured(rows[-1].get("validation_loss")) if rows else None,
        "learning_rate": None,
        "seconds": float(sum(seconds)) if seconds else None,
    }


def _measured(loss: float | None) -> float | None:
    """A validation loss, None where none was measured, which networks write as NaN."""
    return None if loss is None or np.isnan(loss) else float(loss)


def line_of(row: Mapping[str, Any], n: int) -> str:
    """A member's row as a line, for `verbosity=2`."""
    loss = row["training_loss"]
    return f"model {row['epoch']}/{n}" + ("" if loss is None else f"  loss {loss:.4f}")


def shown(params: Any) -> Any:
    """What was learned, for looking at."""
    return Record(params) if isinstance(params, Mapping) else params
