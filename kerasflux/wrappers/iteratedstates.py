"""What an iterated model has learned: its state, its report, and its form in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from kerasflux.composition.parts import read_part, written_parts
from kerasflux.control.controls import dump_states, load_states
from kerasflux.control.states import Kept
from kerasflux.hyperparameters import from_json, to_json
from kerasflux.interface import Fitted, Model
from kerasflux.portraits import Record, short
from kerasflux.wrappers.iteratedlooks import Look, best_of
from kerasflux.wrappers.training import Moment, at_moment


@dataclass(frozen=True)
class State:
    """What an iterated model has learned.

    Attributes:
        moment: the model in training after its last complete cycle.
        controls: the states of the controls, in their order; None before the first cycle.
        names: what the measurements are called, the deciding one first.
        orientation: whether that is a `"loss"` or a `"score"`.
        stopped: why the iteration ended; None if it did not.
        outcomes: per control, as printed, what it left for the report.
        retrained: what was learned of all rows at the end, or None.
    """

    moment: Moment = field(default_factory=Moment)
    controls: tuple[Any, ...] | None = None
    names: tuple[str, ...] = ()
    orientation: Literal["loss", "score", "unoriented"] = "loss"
    stopped: str | None = None
    outcomes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    retrained: Fitted | None = None

    @property
    def best(self) -> Look | None:
        """The look that was the best."""
        return best_of(self.moment.looks)

    def predicting(self, restore_best: bool, retrain: bool) -> Fitted:
        """What predictions are made with."""
        moment = self.moment
        assert moment.fitted is not None  # at least no iterations were trained
        if retrain and self.retrained is not None:
            return self.retrained
        return moment.best if restore_best and moment.best is not None else moment.fitted


class Outcome(Record):
    """What a control left for the report, printed on one line: it stands in a list."""

    def __repr__(self) -> str:
        return ", ".join(f"{name}={short(value)}" for name, value in self.items())


def whole(state: State, restore_best: bool, retrain: bool) -> Fitted:
    """What a fit gives: the state with parameters and a report."""
    used = state.predicting(restore_best, retrain)
    params = Record(used.params) if isinstance(used.params, Mapping) else used.params
    return Fitted(state, {"model": params}, _report(state, used))


def _report(state: State, used: Fitted) -> dict[str, Any]:
    last = state.moment.fitted
    assert last is not None
    report = dict(last.report)
    best = None if state.best is None else state.best.epoch
    rows = report.get("history", ())
    if all(isinstance(row, Mapping) for row in rows):
        report["history"] = _history(rows, state.moment.looks, best)
    return report | {
        "epochs": state.moment.n_iterations,
        "stopped": state.stopped,
        "n_iterations": state.moment.n_iterations,
        "best_iteration": best,
        "losses": looks_frame(state),
        "controls": [(name, Outcome(outcome)) for name, outcome in state.outcomes],
        "model_report": Record(used.report),
    }


def _history(rows: Any, looks: Sequence[Look], best: int | None) -> list[dict[str, Any]]:
    """The rows of the iterations with what was measured after them."""
    measured = {look.epoch: look.measurements[0] for look in looks}
    return [
        {**row, "measurement": measured.get(row["epoch"]), "best": row["epoch"] == best}
        for row in rows
    ]


def looks_frame(state: State) -> pd.DataFrame:
    """A row per look: `epoch`, `training_loss`, a column per measure, and whether it is `best`."""
    looks, last = state.moment.looks, state.moment.fitted
    losses = [] if last is None else list(last.report.get("training_losses", ()))
    epochs = [look.epoch for look in looks]
    columns: dict[str, Any] = {"epoch": epochs}
    columns["training_loss"] = [losses[e] if e < len(losses) else np.nan for e in epochs]
    for k, name in enumerate(state.names):
        columns[name] = [look.measurements[k] for look in looks]
    best = state.best
    columns["best"] = [look is best for look in looks]
    return pd.DataFrame(columns)


def plain(value: Any) -> Any:
    """What a control left, with all that no file can hold as it is printed."""
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.item() if isinstance(value, np.generic) else repr(value)


# in files


def dump(
    state: State, model: Model, controls: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The state as JSON-able values and named arrays.

    Args:
        state: what was learned.
        model: the model that was iterated.
        controls: its controls.
    """
    moment = state.moment
    parts = {"last": moment.fitted, "best": moment.best, "retrained": state.retrained}
    same = moment.best is moment.fitted
    records, arrays = {}, _looks_as_arrays(moment.looks)
    for name, part in parts.items():
        if part is None or (name == "best" and same):
            continue
        records[name], own = model.dump(part)
        arrays |= {f"{name}/{key}": array for key, array in own.items()}
    written = written_parts(records) | {
        "n_cycles": moment.n_cycles,
        "n_iterations": moment.n_iterations,
        "settings": _to_json(dict(moment.settings)),
        "ended": moment.ended,
        "ingested": None if moment.ingested is None else _to_json(moment.ingested),
        "best_is_last": same,
        "controls": None if state.controls is None else dump_states(controls, state.controls),
        "names": list(state.names),
        "orientation": state.orientation,
        "stopped": state.stopped,
        "outcomes": [[name, _to_json(found)] for name, found in state.outcomes],
    }
    return written, arrays


def load(
    record: dict[str, Any],
    arrays: Mapping[str, np.ndarray],
    model: Model,
    path: str,
    controls: Sequence[Any],
) -> State:
    """What `dump` wrote."""
    looks = _looks_of_arrays(arrays)
    settings = _from_json(record["settings"])
    last = Moment(n_iterations=record["n_iterations"], settings=settings, fitted=Fitted())
    best = best_of(looks)

    def part(name: str, epoch: int) -> Fitted | None:
        if name not in record["parts"]:
            return None
        then = at_moment(model, path, Moment(0, epoch, settings, Fitted()))
        return then.load(*read_part(name, record, arrays))

    fitted = part("last", last.n_iterations)
    epoch = last.n_iterations if best is None else best.epoch
    found = fitted if record["best_is_last"] else part("best", epoch)
    states = record["controls"]
    return State(
        moment=Moment(
            n_cycles=record["n_cycles"],
            n_iterations=last.n_iterations,
            settings=settings,
            fitted=fitted,
            looks=looks,
            best=found,
            ended=record["ended"],
            ingested=None if record["ingested"] is None else _from_json(record["ingested"]),
        ),
        controls=None if states is None else tuple(load_states(controls, states)),
        names=tuple(record["names"]),
        orientation=record["orientation"],
        stopped=record["stopped"],
        outcomes=tuple((name, _from_json(found)) for name, found in record["outcomes"]),
        retrained=part("retrained", epoch),
    )


def _looks_as_arrays(looks: Sequence[Look]) -> dict[str, np.ndarray]:
    measured = [look.measurements for look in looks]
    return {
        "looks/epochs": np.array([look.epoch for look in looks], dtype=np.int64),
        "looks/losses": np.array([look.loss for look in looks], dtype=np.float64),
        "looks/measurements": np.array(measured, dtype=np.float64).reshape(len(looks), -1),
    }


def _looks_of_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[Look, ...]:
    epochs, losses = arrays["looks/epochs"].tolist(), arrays["looks/losses"].tolist()
    rows = arrays["looks/measurements"].tolist()
    return tuple(Look(e, x, tuple(m)) for e, x, m in zip(epochs, losses, rows, strict=True))


def _to_json(value: Any) -> Any:
    """Any value that hyperparameters may have, NaN and infinities included."""
    return to_json(Kept(value))


def _from_json(record: Any) -> Any:
    return from_json(record).state
