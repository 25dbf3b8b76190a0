"""Searches that outlive their process: each candidate is written to a folder as it ends.

    folder/4f1c.../search.kflux            the settings of the search
    folder/4f1c.../candidate-00000.kflux   an entry of the history, what was learned on its folds

The folder within is named after the rows, as a search may run on those of each fold of an
evaluation, and after the seeds of what is searched, as members of an ensemble and curves of several
seeds search on the same rows. Each file appears whole or not at all (`kerasflux.storage`), so a
process that is killed loses the candidates that it was at, and nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from kerasflux import storage
from kerasflux.errors import CheckpointMismatch, StorageError
from kerasflux.fingerprints import fingerprint
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import Change, from_json, get_path, paths, to_json
from kerasflux.interface import Fitted, Model
from kerasflux.structure import classes_in
from kerasflux.wrappers.candidates import Entry, read, written
from kerasflux.wrappers.states import Kept, dumped

_SEARCH = "search.kflux"
_NAME = re.compile(r"candidate-(\d{5,})\.kflux")


@dataclass(frozen=True)
class Filed:
    """What was learned on a fold, in a file."""

    model: Model
    path: Path
    fold: int

    def __call__(self) -> Fitted:
        manifest, arrays = storage.read(self.path)
        own = unfolded(arrays, self.fold)
        return self.model.load(manifest["states"][self.fold], own)


def is_lost(states: Sequence[Kept]) -> bool:
    """Whether it lay in files that somebody has deleted meanwhile."""
    return any(isinstance(k.read, Filed) and not k.read.path.exists() for k in states)


def unfolded(arrays: Mapping[str, np.ndarray], fold: int) -> dict[str, np.ndarray]:
    """The arrays of one fold, by their own names."""
    start = f"{fold}/"
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}


class Journal:
    """The folder of one search.

    Attributes:
        folder: where its files lie.
        found: the entries that lie there, by number.
        filed: what their candidates have learned, by number, read when it is asked for.
    """

    def __init__(self, folder: Path, classes: Sequence[type]) -> None:
        self.folder = folder
        self.found: dict[int, Entry] = {}
        self.filed: dict[int, tuple[Kept, ...]] = {}
        for path in sorted(folder.iterdir()):
            if _NAME.fullmatch(path.name):
                self._take(path, classes)

    def _take(self, path: Path, classes: Sequence[type]) -> None:
        manifest = _manifest(path, f"Delete {path}: its candidate is then trained anew.")
        entry = read(manifest["entry"], classes)
        self.found[entry.number] = entry
        self._file(entry, path, len(manifest["states"]))

    def write(self, entry: Entry, states: Sequence[Kept]) -> None:
        """Write a candidate that has ended."""
        records: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        if type(entry.model).dump is not Model.dump:
            for k, kept in enumerate(states):
                record, own = dumped(kept)
                records.append(record)
                arrays |= {f"{k}/{name}": np.asarray(array) for name, array in own.items()}
        path = self.folder / f"candidate-{entry.number:05d}.kflux"
        manifest = {"kind": "candidate", "entry": written(entry), "states": records}
        storage.write(path, manifest, arrays)
        self._file(entry, path, len(records))

    def _file(self, entry: Entry, path: Path, n_folds: int) -> None:
        kept = (Kept(entry.model, Filed(entry.model, path, k)) for k in range(n_folds))
        self.filed[entry.number] = tuple(kept)


def opened(search: Model, folder: Any, rows: Rows) -> Journal:
    """The journal of a search, in a folder that is made if there is none.

    Args:
        search: the model that searches, whose `restarts` says what has to be searched anew.
        folder: as its user gave it.
        rows: what is searched on.

    Raises:
        StorageError: the folder can't be written to; hyperparameters that no file can hold.
        CheckpointMismatch: the folder is of another search on the same rows.
    """
    settings = to_json(search)
    name = fingerprint(rows.X, rows.y, rows.w) + _seeds(search)
    place = Path(os.path.abspath(folder)) / name
    for made in (Path(folder), place):
        storage.make_folder(made, "The folder of the search", "Give the folder that it lies in.")
    classes = tuple(classes_in(search))
    for left in place.glob(".*.kflux.*.tmp"):  # of a process that was killed while it wrote
        left.unlink(missing_ok=True)
    if (place / _SEARCH).exists():
        again = f"Delete {place}: the search then starts anew."
        manifest = _manifest(place / _SEARCH, again)
        _refuse_other_search(search, manifest["search"], classes, folder)
        if manifest["search"] == settings:
            return Journal(place, classes)
    storage.write(place / _SEARCH, {"kind": "search", "search": settings}, {})
    return Journal(place, classes)


def _seeds(search: Any) -> str:
    """What tells searches apart whose models differ in seeds alone; `""` without seeds."""
    models = search.models or [search.model]
    found = [get_path(m, p) for m in models for p in paths(m) if p.rpartition(".")[2] == "rng"]
    if all(seed is None for seed in found):
        return ""
    return "-" + blake2b(" ".join(map(str, found)).encode(), digest_size=4).hexdigest()


def _manifest(path: Path, remedy: str) -> dict[str, Any]:
    """What a file of a search says, or what to do where it can't be read."""
    try:
        return storage.read(path)[0]
    except StorageError as error:
        error.remedy = f"{remedy} Or else: {error.remedy}" if error.remedy else remedy
        raise


def _refuse_other_search(
    search: Model, record: Mapping[str, Any], classes: Iterable[type], folder: Any
) -> None:
    old: Any = from_json(record, classes, absent=True)
    alike = type(old) is type(search)
    changes = search.restarts(old) if alike else (Change("", type(old), type(search)),)
    if changes:
        raise CheckpointMismatch(
            f"The folder {folder} holds another search of the same rows: "
            f"{', '.join(map(str, changes))}.",
            expected="the same search, but for changes that it continues over, such as a larger n",
            received=", ".join(change.path for change in changes),
            remedy="Undo the change, give this search a folder of its own, or delete that one.",
            path=str(folder),
            changes=changes,
            number=4,
        )
