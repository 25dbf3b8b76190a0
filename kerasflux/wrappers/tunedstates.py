"""What a search has learned, what is shown of it, and how it outlives its process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kerasflux.composition.parts import written_parts
from kerasflux.interface import Fitted
from kerasflux.portraits import Record
from kerasflux.wrappers.candidates import Entry, History, Orientation, read, written
from kerasflux.wrappers.journals import Filed
from kerasflux.wrappers.searches import Found
from kerasflux.wrappers.selection import chosen
from kerasflux.wrappers.states import States, dumped, from_dump


@dataclass(frozen=True)
class State:
    """What a search has learned.

    Attributes:
        found: candidates, and what is kept of what they have learned.
        measures: the names of the measures.
        orientation: of the first of them.
        best: the number of the chosen candidate, or None.
        winner: the candidate that was trained on all rows, or None.
        inner: what it has learned there.
        complete: whether that fit went to its end.
    """

    found: Found
    measures: tuple[str, ...]
    orientation: Orientation
    best: int | None = None
    winner: Entry | None = None
    inner: Fitted | None = None
    complete: bool = True


def fitted_of(state: State, selection: Any) -> Fitted:
    """What was learned, with what is shown of it."""
    history = History(state.found.entries.values(), state.measures, state.orientation)
    try:
        best = chosen(selection, list(history))
    except Exception:  # of a rule; told where the search ends, which keeps what was found
        best = None
    state = replace(state, best=None if best is None else best.number)
    trained = state.inner is not None
    params: dict[str, Any] = {} if best is None else {"best_model": best.model}
    report: dict[str, Any] = {
        "history": history,
        "best_model": None if best is None else best.model,
        "best_history_entry": best,
        "measure": list(state.measures),
        "training_losses": history.running_losses(),
        "epochs": len(history),
        "stopped": state.found.stopped,
    }
    if trained and state.inner is not None:
        inner = state.inner
        shown = Record(inner.params) if isinstance(inner.params, Mapping) else inner.params
        params["best_fitted_params"] = shown
        report["best_report"] = Record(inner.report)
    return Fitted(state, params, report)


# verbs over what was learned


# outliving the process


def dump(state: State) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A search as a record and arrays; what lies in a folder stays there."""
    records: dict[str, dict[str, Any]] = {}
    arrays: dict[str, np.ndarray] = {}

    def add(part: str, record: dict[str, Any], own: Mapping[str, np.ndarray]) -> None:
        records[part] = record
        arrays.update({f"{part}/{name}": array for name, array in own.items()})

    if state.winner is not None and state.inner is not None:
        add(_WINNER, *state.winner.model.dump(state.inner))
    for number, folds in state.found.states.items():
        for k, kept in enumerate(folds):
            if not isinstance(kept.read, Filed):  # which stays where it lies
                add(f"{number}/{k}", *dumped(kept))
    record = {
        "entries": [written(entry) for entry in state.found.entries.values()],
        "stopped": state.found.stopped,
        "measures": list(state.measures),
        "orientation": state.orientation,
        "winner": None if state.winner is None else written(state.winner),
        "complete": state.complete,
    }
    return {**written_parts(records), **record}, arrays


def load(
    record: Mapping[str, Any], arrays: Mapping[str, np.ndarray], classes: tuple[type, ...]
) -> State:
    """What `dump` wrote.

    Args:
        record, arrays: as it gave them.
        classes: classes of records that candidates are made of.
    """
    entries = {e.number: e for e in (read(entry, classes) for entry in record["entries"])}
    winner = None if record["winner"] is None else read(record["winner"], classes)
    given = {"given": record["given"]} if "given" in record else {}
    parts = {name: {**part, **given} for name, part in record["parts"].items()}
    named = _by_part(arrays)
    inner = None
    if winner is not None and _WINNER in parts:
        inner = winner.model.load(parts[_WINNER], named.get(_WINNER, {}))
    found = Found(entries, _states(entries, parts, named), record["stopped"])
    return State(
        found,
        tuple(record["measures"]),
        record["orientation"],
        winner=winner,
        inner=inner,
        complete=record["complete"],
    )


_WINNER = "best"


def _by_part(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Arrays by the part that they are of, `best` or a candidate's fold, by their own names."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        pieces = name.split("/")
        depth = 1 if pieces[0] == _WINNER else 2
        found.setdefault("/".join(pieces[:depth]), {})["/".join(pieces[depth:])] = array
    return found


def _states(
    entries: Mapping[int, Entry],
    parts: Mapping[str, dict[str, Any]],
    arrays: Mapping[str, Mapping[str, np.ndarray]],
) -> States:
    states: dict[int, list[Any]] = {}
    for name in parts:
        if name != _WINNER:
            number = int(name.partition("/")[0])
            kept = from_dump(entries[number].model, parts[name], arrays.get(name, {}))
            states.setdefault(number, []).append(kept)
    return {number: tuple(folds) for number, folds in states.items()}
