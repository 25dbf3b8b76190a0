"""Candidates of a search: what was found of each, and all of them as a history.

An `Entry` is plain: hyperparameters, numbers and text. What was learned on the folds of a candidate
is kept elsewhere (`kerasflux.wrappers.states`), so that histories stay small.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from kerasflux.errors import BuilderNotFound
from kerasflux.hyperparameters import from_json, get_path, to_json
from kerasflux.interface import Model
from kerasflux.portraits import html_table, short, terminal_table
from kerasflux.search import Told, Trial

Orientation = Literal["loss", "score", "unoriented"]
Status = Literal["ok", "failed", "pruned"]


@dataclass(frozen=True)
class Entry:
    """One candidate of a search.

    Attributes:
        number: its number, from 0 on, in the order in which candidates were proposed.
        model: the model; nobody changes it.
        point: the values of the hyperparameters that it was proposed with, by dotted path.
        measurement: one number per measure, of all folds together; NaN if there is none.
        per_fold: for each measure one number per fold that was finished.
        loss: the first measurement, its sign such that smaller is better; NaN if there is none.
        status: `"ok"`, `"failed"`, or `"pruned"`: given up early, as others were better by then.
        error: why it failed, or `""`.
        iterations: how many iterations (epochs) each fold has trained in all, the longest one where
            folds end by themselves, and of a pruned candidate until it was given up; None for
            models without.
        seconds: how long it took, this time.
        resource: the iterations that it was given by a strategy that hands them out, or None.
        parent: the number of the candidate that it went on from, or None.
        intermediate: what was reported while it trained: pairs of a step and a loss. Steps are
            iterations, fold after fold; where folds end by themselves, each begins at a multiple of
            10,000.
    """

    number: int
    model: Model
    point: Mapping[str, Any]
    measurement: tuple[float, ...]
    per_fold: tuple[tuple[float, ...], ...]
    loss: float
    status: Status = "ok"
    error: str = ""
    iterations: int | None = None
    seconds: float = 0.0
    resource: int | None = None
    parent: int | None = None
    intermediate: tuple[tuple[int, float], ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """Its hyperparameters by dotted path; of a whole model its class, under `"model"`."""
        return {p or "model": v if p else type(v).__name__ for p, v in self.point.items()}

    @property
    def standard_error(self) -> float:
        """The standard error of the first measure over folds; NaN for fewer than two folds."""
        folds = self.per_fold[0] if self.per_fold else ()
        if len(folds) < 2:
            return math.nan
        return float(np.std(folds, ddof=1) / math.sqrt(len(folds)))

    def told(self, trial: Trial) -> Told:
        """What a strategy is told of it."""
        pruned = self.status == "pruned" and self.intermediate
        loss = self.intermediate[-1][1] if pruned else self.loss
        return Told(trial, self.measurement, loss, self.intermediate, self.status)

    def __repr__(self) -> str:
        values = ", ".join(f"{path}={_cell(value)}" for path, value in self.values.items())
        found = f"{self.measurement[0]:.4g}" if self.status == "ok" else self.status
        return f"candidate {self.number} ({values}): {found}"


class History(Sequence[Entry]):
    """The candidates of a search, in the order of their numbers; a sequence of `Entry`.

    Attributes:
        measures: the names of the measures.
        orientation: `"loss"` or `"score"`: of the first one.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        measures: Sequence[str],
        orientation: Orientation = "loss",
    ) -> None:
        self._entries = tuple(sorted(entries, key=lambda entry: entry.number))
        self.measures, self.orientation = tuple(measures), orientation

    @overload
    def __getitem__(self, which: int) -> Entry: ...

    @overload
    def __getitem__(self, which: slice) -> History: ...

    def __getitem__(self, which: int | slice) -> Entry | History:
        if isinstance(which, slice):
            return History(self._entries[which], self.measures, self.orientation)
        return self._entries[which]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and self.to_frame(seconds=False).equals(
            other.to_frame(seconds=False)
        )

    __hash__ = None  # type: ignore[assignment]

    def to_frame(self, *, seconds: bool = True) -> pd.DataFrame:
        """One row per candidate.

        Args:
            seconds: whether to say how long each took, the one thing that differs between two
                equal searches.

        Returns:
            A DataFrame, by `candidate` (its number): a column per hyperparameter, one per measure,
            `status`, `iterations` where models have some, `parent` where candidates go on from
            others, `error` where any failed, `seconds`.
        """
        entries = self._entries
        paths = list(dict.fromkeys(path for entry in entries for path in entry.values))
        columns: dict[str, Any] = {p: [entry.values.get(p) for entry in entries] for p in paths}
        for i, name in enumerate(_distinct(self.measures, columns)):
            columns[name] = [entry.measurement[i] for entry in entries]
        columns["status"] = [entry.status for entry in entries]
        for name in ("iterations", "parent"):
            told = [getattr(entry, name) for entry in entries]
            if any(value is not None for value in told):
                columns[name] = pd.array(told, dtype="Int64")
        if any(entry.error for entry in entries):
            columns["error"] = [entry.error for entry in entries]
        if seconds:
            columns["seconds"] = [entry.seconds for entry in entries]
        index = pd.Index([entry.number for entry in entries], name="candidate", dtype="int64")
        return pd.DataFrame(columns, index=index)

    def running_losses(self) -> list[float]:
        """The smallest loss so far: infinite before the first candidate, then one for each."""
        losses = np.array([math.inf, *(entry.loss for entry in self._entries)])
        return [float(value) for value in np.fmin.accumulate(losses)]

    def _table(self) -> tuple[str, list[str], list[list[str]]]:
        frame, n = self.to_frame().reset_index(), len(self)
        columns = []
        for name in map(str, frame):
            if any(name in entry.values for entry in self):  # blank where it is not in use
                values: Any = [entry.values.get(name) for entry in self]
            else:
                values = frame[name]
            columns.append([_cell(value) for value in values])
        rows = [list(row) for row in zip(*columns, strict=True)]
        return f"{n} candidate{'' if n == 1 else 's'}", [str(c) for c in frame.columns], rows

    def __repr__(self) -> str:
        title, head, rows = self._table()
        cells = [head, *rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["   ".join(map(str.rjust, row, widths)) for row in cells]
        return "\n".join([title, *lines])

    def __rich__(self) -> Any:
        return terminal_table(*self._table())

    def _repr_html_(self) -> str:
        return html_table(*self._table())


def _distinct(measures: Sequence[str], taken: Mapping[str, Any]) -> list[str]:
    return [f"{name} (measured)" if name in taken else name for name in measures]


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, str):
        return textwrap.shorten(value, 80, placeholder="...")
    return str(value) if isinstance(value, np.integer) else short(value)


# outliving the process


def written(entry: Entry) -> dict[str, Any]:
    """An entry as what JSON keeps."""
    return {
        "number": entry.number,
        "model": to_json(entry.model),
        "paths": list(entry.point),
        "measurement": [_text(v) for v in entry.measurement],
        "per_fold": [[_text(v) for v in folds] for folds in entry.per_fold],
        "loss": _text(entry.loss),
        "status": entry.status,
        "error": entry.error,
        "iterations": entry.iterations,
        "seconds": entry.seconds,
        "resource": entry.resource,
        "parent": entry.parent,
        "intermediate": [[step, _text(v)] for step, v in entry.intermediate],
    }


def read(record: Mapping[str, Any], classes: Iterable[type]) -> Entry:
    """What `written` wrote.

    Args:
        record: what it gave.
        classes: classes of records that the model is made of, where they are not kerasflux's own.
    """
    model: Any = from_json(record["model"], classes, absent=True)
    return Entry(
        number=record["number"],
        model=model,
        point={path: _at(model, path) for path in record["paths"]},
        measurement=tuple(map(float, record["measurement"])),
        per_fold=tuple(tuple(map(float, folds)) for folds in record["per_fold"]),
        loss=float(record["loss"]),
        status=record["status"],
        error=record["error"],
        iterations=record["iterations"],
        seconds=record["seconds"],
        resource=record["resource"],
        parent=record["parent"],
        intermediate=tuple((int(step), float(v)) for step, v in record["intermediate"]),
    )


def _at(model: Model, path: str) -> Any:
    try:
        return get_path(model, path) if path else model
    except BuilderNotFound:  # whose values are shown where its class is given
        return None


def _text(value: float) -> Any:
    """A number as JSON has it, in words where it has none."""
    return value if math.isfinite(value) else str(value)
