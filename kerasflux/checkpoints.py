"""Checkpoints: one file in a folder, from which a fit goes on after its process died.

Who owns what: `kerasflux.archiving` makes a file of what was learned, `kerasflux.storage` writes it
so that it appears whole or not at all, `kerasflux.decisions` says what training goes on over. Here
is decided whether a file that is found belongs to the fit that found it, and when one is written:

- Before training the folder is opened: it is made, tried, and what lies in it is read. A file that
  is damaged or of something else is refused, and so is one that this fit could not go on from:
  training never silently starts over, and other people's checkpoints are never overwritten.
- What is found counts as the last, interrupted fit. A machine that has learned already takes it
  only if it is the same training, further on.
- After every k-th epoch, and at the end, the file is replaced. A disk that is full does not end the
  training: that is said, and tried again k epochs later.

Of the workers of a cluster the first one writes; all of them read.

`restart="always"` looks at no checkpoint, and replaces it after its own k-th epoch.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from kerasflux import log, storage
from kerasflux.archiving import archived, refuse_other_kinds, restored
from kerasflux.binding import Binding
from kerasflux.decisions import decide
from kerasflux.errors import (
    ArgumentError,
    BuilderNotFound,
    CannotContinue,
    CheckpointMismatch,
    HyperparameterError,
    NotSupported,
    StorageError,
    UnknownHyperparameter,
)
from kerasflux.fingerprints import differences
from kerasflux.fits import Learned, gathered
from kerasflux.hyperparameters import difference, to_json
from kerasflux.interface import Model
from kerasflux.structure import classes_in
from kerasflux.training.devices import written_elsewhere

FILE = "checkpoint.kflux"
"""The file's name; `kf.load` reads it as a machine."""


def opened(folder: Any, every_epochs: Any, model: Model, restart: str) -> Checkpoint:
    """Make the folder ready, and read what lies in it.

    Args:
        folder: made if there is none; other files in it are left alone.
        every_epochs: after how many epochs a checkpoint is written.
        model: what is going to be trained.
        restart: as for `Machine.fit`; `"always"` looks at no checkpoint.

    Raises:
        StorageError: the folder can't be written to; a checkpoint that is damaged, or is none; a
            model that can't be written.
        NotSupported: the model does not iterate, or has no `dump`.
        CheckpointMismatch: a checkpoint of another model.
    """
    place = Path(folder)
    _refuse_unwritable(model)
    remedy = f"`mach.fit(checkpoint={str(place.parent)!r})`, say: the file is named {FILE}."
    storage.make_folder(place, "The folder of checkpoints", remedy)
    storage.sweep(place / FILE)
    if not (place / FILE).exists():
        return Checkpoint(place, every_epochs, None)
    if restart == "always":
        _refuse_foreign(place)
        return Checkpoint(place, every_epochs, None)
    return Checkpoint(place, every_epochs, _read(place, model))


class Checkpoint:
    """The checkpoint of one fit.

    Attributes:
        folder: where it lies, as the user named it.
        every_epochs: after how many epochs it is written.
        found: what lies there, if anything does and it is asked for.
    """

    def __init__(self, folder: Path, every_epochs: int, found: Learned | None) -> None:
        self.folder, self.every_epochs, self.found = folder, every_epochs, found
        self._path = Path(os.path.abspath(folder)) / FILE  # wherever the fit may change to
        self._start = 0
        self._handed_over = self._failing = False

    def last_fit(
        self, own: Learned | None, model: Model, data: Binding, rows: np.ndarray, restart: str
    ) -> Learned | None:
        """What counts as the last fit: the machine's own, or the one that was found.

        Args:
            own: what the machine's last fit left, or None.
            model, data, rows, restart: as for `fits.advance`.

        Raises:
            CheckpointMismatch: what was found is of another training.
            CannotContinue: with `restart="never"`, as without a checkpoint.
        """
        last = own
        if self.found is not None:
            self._refuse_other_training(self.found, model, data, rows, restart)
            if self._is_further(self.found, own, model, data, rows, restart):
                last = self.found
        if last is not None and restart != "always":
            self._start = _done(last)
        return last

    def keep(self, learned: Learned) -> None:
        """Write what was learned so far."""
        self._handed_over = True
        following = (_done(learned) // self.every_epochs + 1) * self.every_epochs
        self._write(learned, f"Training goes on; after epoch {following} it is tried again.")

    def finish(self, learned: Learned) -> None:
        """Write what a fit left behind, unless it lies there."""
        self._say_if_never_handed_over(learned)
        if self.found is None or not _same(self.found, learned):
            self._write(learned, "The machine holds what was learned: `mach.save(path)` keeps it.")

    def holding(self, learned: Learned) -> str | None:
        """The folder, if what was learned lies in it."""
        whole = self.found is not None and not self._failing and _same(self.found, learned)
        return str(self.folder) if whole else None

    def _write(self, learned: Learned, consolation: str) -> None:
        if written_elsewhere(learned.model):
            self.found = learned
            return
        manifest, arrays = archived(learned)
        try:
            storage.write(self._path, manifest, arrays)
        except StorageError as error:
            disk = isinstance(error.__cause__, OSError) or not self._path.parent.is_dir()
            if not disk:  # not the disk but what was to be written
                raise
            if not (self._failing and learned.interrupted):
                reason = error.__cause__ or "the folder is gone"
                unit = learned.model.iteration_unit.removesuffix("s")
                told = f"The checkpoint of {unit} {learned.done} can't be written: {reason}."
                log.warn(f"{told} {consolation}")
            self._failing = True
        else:
            self.found, self._failing = learned, False

    def _refuse_other_training(
        self, found: Learned, model: Model, data: Binding, rows: np.ndarray, restart: str
    ) -> None:
        """Refuse what the decision table would start from scratch after."""
        try:
            decision = decide(gathered(model, found, data, rows, restart=restart))
        except CannotContinue as error:
            raise _mismatch(self.folder, error.failed, found, error.data) from None
        if decision.action == "scratch":
            changes = model.restarts(found.model) if decision.number == 4 else ()
            data_of_error = {"changes": changes, "number": decision.number}
            reason = decision.reason + _what_differs(decision.reason, found, data)
            raise _mismatch(self.folder, reason, found, data_of_error)
        if reason := found.model.differs(found.fitted):
            raise _mismatch(self.folder, reason, found, {"changes": (), "number": 0})

    def _is_further(
        self,
        found: Learned,
        own: Learned | None,
        model: Model,
        data: Binding,
        rows: np.ndarray,
        restart: str,
    ) -> bool:
        """Whether what was found takes the machine forward on its own way."""
        if own is None or decide(gathered(model, own, data, rows, restart=restart)).number == 2:
            return True
        if model.restarts(own.model):
            return True
        if not _same_training(found, own):
            reason = "its losses are not those of what the machine has learned"
            raise _mismatch(self.folder, reason, found, {"changes": (), "number": 0})
        return _done(found) > _done(own)

    def _say_if_never_handed_over(self, learned: Learned) -> None:
        due = (_done(learned) - 1) // self.every_epochs > self._start // self.every_epochs
        if due and not self._handed_over:
            log.warn(
                f"{type(learned.model).__name__} hands nothing over while it trains (`run.keep`): "
                "there was no checkpoint before the end of the fit."
            )


# before training


def refuse_arguments(checkpoint: Any, every_epochs: Any, model: Model) -> None:
    """Refuse arguments of `fit` that can't be, before anything is looked at."""
    whole = isinstance(every_epochs, (int, np.integer)) and not isinstance(every_epochs, bool)
    if not whole or every_epochs < 1:
        raise ArgumentError(
            "`every_epochs` can't have this value.",
            expected="a whole number of epochs, 1 or more",
            received=repr(every_epochs)[:60],
        )
    if checkpoint is None:
        if every_epochs != 1:
            raise ArgumentError(
                "`every_epochs` says how often a checkpoint is written, but there is none.",
                expected="a folder for it",
                received=f"every_epochs={every_epochs}, checkpoint=None",
                remedy=f'`mach.fit(checkpoint="folder", every_epochs={every_epochs})`.',
            )
        return
    if not isinstance(checkpoint, (str, os.PathLike)) or not os.fspath(checkpoint):
        raise ArgumentError(
            "`checkpoint` can't have this value.",
            expected="the path of a folder",
            received=repr(checkpoint)[:60],
            remedy='`mach.fit(checkpoint="folder")`; the folder is made if there is none.',
        )
    _refuse_unsuited(model)


def _refuse_unsuited(model: Model) -> None:
    """Refuse models that don't train in iterations that can be counted and written."""
    name, kind = type(model).__name__, type(model)
    if not model.takes_run:
        lacking, remedy = "it does not train in iterations", "leave out `checkpoint`; "
        remedy += "`mach.save(path)` keeps what was learned"
    elif kind.dump is Model.dump or kind.load is Model.load:
        lacking, remedy = "it has no `dump` and `load`", f"define both in {name}"
    elif not model.supports_training_losses:
        lacking = "it reports no training losses, by which a checkpoint is known"
        remedy = f"let {name} report `training_losses`, and say `supports_training_losses = True`"
    else:
        return
    raise NotSupported(
        f"{name} has no checkpoints: {lacking}.",
        expected="a model that trains in iterations, with `training_losses`, `dump` and `load`",
        received=name,
        remedy=remedy,
    )


def _refuse_unwritable(model: Model) -> None:
    """Refuse hyperparameters that no file can hold, rather than after k epochs."""
    to_json(model)


def _read(folder: Path, model: Model) -> Learned:
    """What lies in the folder."""
    manifest, arrays = _ours(folder)
    try:
        return restored(manifest, arrays, classes_in(model))
    except (BuilderNotFound, HyperparameterError, UnknownHyperparameter) as error:
        raise _other_model(folder, manifest, model, error) from error


def _ours(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The manifest and arrays of what lies in the folder, if that is a machine and whole."""
    path = folder / FILE
    try:
        manifest, arrays = storage.read(path)
        refuse_other_kinds(path, manifest)
    except StorageError as error:
        raise _unusable(folder, error) from error
    return manifest, arrays


def _refuse_foreign(folder: Path) -> None:
    """Refuse to replace what is no machine; a damaged one may be replaced."""
    try:
        _ours(folder)
    except StorageError as error:
        if error.data["foreign"]:
            raise


# what belongs together


def _done(learned: Learned) -> int:
    return learned.done or 0


def _same_training(one: Learned, other: Learned) -> bool:
    """Whether two fits are one training, by the losses of the epochs that both have."""
    common = min(_done(one), _done(other)) + 1
    a, b = (np.asarray(fit.fitted.report["training_losses"])[:common] for fit in (one, other))
    return np.array_equal(a, b, equal_nan=True)


def _what_differs(reason: str, found: Learned, data: Binding) -> str:
    """How other data differs from that of a checkpoint, in brackets; `""` for another reason."""
    if reason != "other data":
        return ""
    old = {"X": found.input_schema, "y": found.target_schema}
    return f" ({differences(old, {'X': data.input_schema, 'y': data.target_schema})})"


def _same(one: Learned, other: Learned) -> bool:
    """Whether nothing would change if the one were written over the other."""
    return (
        (one.done, one.interrupted, one.fingerprint)
        == (other.done, other.interrupted, other.fingerprint)
        and np.array_equal(one.rows, other.rows)
        and type(one.model) is type(other.model)
        and not difference(one.model, other.model)
        and _same_training(one, other)
    )


# refusals


def _mismatch(folder: Path, reason: str, found: Learned, data: Any) -> CheckpointMismatch:
    epochs = f"{found.done} epoch{'' if found.done == 1 else 's'}"
    return CheckpointMismatch(
        f"The checkpoint in {folder} is of another training: {reason}.",
        expected="the same data, rows and model, but for changes that training continues over",
        received=f"a {type(found.model).__name__} after {epochs} on {len(found.rows)} rows",
        remedy=_remedy(folder),
        path=str(folder / FILE),
        changes=data["changes"],
        number=data["number"],
    )


def _remedy(folder: Path) -> str:
    return (
        "Undo the change, give this training a folder of its own, or start it anew and replace the "
        f"checkpoint: {_anew(folder)}."
    )


def _anew(folder: Path) -> str:
    return f'`mach.fit(checkpoint={str(folder)!r}, restart="always")`'


def _other_model(folder: Path, manifest: Any, model: Model, error: Any) -> CheckpointMismatch:
    name = str(manifest["fitted_model"]["class"]).rpartition(":")[2]
    reason = f"another model class, {name} -> {type(model).__name__}"
    if not isinstance(error, BuilderNotFound):
        reason = f"its hyperparameters can't be read, {error.failed}".rstrip(".")
    return CheckpointMismatch(
        f"The checkpoint in {folder} is of another training: {reason}.",
        expected=f"a checkpoint of a {type(model).__name__}",
        received=f"one of a {name}",
        remedy=_remedy(folder),
        path=str(folder / FILE),
        changes=(),
        number=2,
    )


def _unusable(folder: Path, error: StorageError) -> StorageError:
    foreign = getattr(error, "foreign", False)
    anew = f"Start anew and replace it: {_anew(folder)}."
    return StorageError(
        f"The checkpoint can't be used, and training was not started: {error.failed}",
        expected=f"what `mach.fit(checkpoint={str(folder)!r})` wrote, whole",
        received=error.received or "a file that is not as it was written",
        remedy="Move that file elsewhere, or give another folder." if foreign else anew,
        path=str(folder / FILE),
        foreign=foreign,
    )
