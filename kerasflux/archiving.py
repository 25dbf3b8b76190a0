"""What a fit left behind, as a manifest and arrays, and back: what saving and checkpoints share.

The manifest holds the model as it was at that fit (JSON of hyperparameters), both schemas, the
decision, the fingerprint of the data and the versions that wrote it; the arrays are the training
rows and what the model's own `dump` gave. The data is not in it. Reading makes nothing run but
kerasflux's own code and the classes that the caller gives.
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

import scitypes as st
from kerasflux.errors import StorageError
from kerasflux.fields import class_not_given
from kerasflux.fits import Learned
from kerasflux.hyperparameters import Absent, from_json, to_json
from kerasflux.interface import Model
from kerasflux.sklearn_records import record_class
from kerasflux.structure import Record

KIND = "machine"
_STATE = "state/"
_LIBRARIES = ("kerasflux", "numpy", "pandas", "keras", "tensorflow")


def archived(
    learned: Learned, model: Model | None = None, frozen: bool = False
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A machine as a manifest and arrays for `storage.write`.

    Args:
        learned: what its last fit left.
        model: its model now, where that may be another than at that fit.
        frozen: whether it is frozen.

    Raises:
        StorageError: hyperparameters, or a network, that can't be written.
        NotSupported: a model without `dump`.
    """
    now, then = to_json(model or learned.model), to_json(learned.model)
    record, arrays = learned.model.dump(learned.fitted)
    manifest = {
        "kind": KIND,
        "versions": dict(_versions()),
        "model": now,
        "fitted_model": then,
        "input_schema": _schema_to_json(learned.input_schema),
        "target_schema": _schema_to_json(learned.target_schema),
        "fingerprint": learned.fingerprint,
        "decision": learned.decision,
        "interrupted": learned.interrupted,
        "frozen": frozen,
        "state": record,
    }
    named = {f"{_STATE}{name}": np.asarray(array) for name, array in arrays.items()}
    return manifest, {"rows": learned.rows, **named}


def restored(
    manifest: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    given: Iterable[type | Callable[..., Any]] = (),
) -> Learned:
    """What `archived` was given.

    Args:
        manifest, arrays: as `archived` gave them, and `refuse_other_kinds` let pass.
        given: classes and functions of the user's that hyperparameters and layers are made of.

    Raises:
        BuilderNotFound: the class of the model is neither kerasflux's own nor given.
    """
    classes, others = sorted_out(given)
    model = model_of(manifest["fitted_model"], classes)
    state = {n.removeprefix(_STATE): a for n, a in arrays.items() if n.startswith(_STATE)}
    return Learned(
        model=model,
        fitted=model.load({**manifest["state"], **({"given": others} if others else {})}, state),
        rows=arrays["rows"],
        input_schema=_schema_from_json(manifest["input_schema"]),
        target_schema=_schema_from_json(manifest["target_schema"]),
        fingerprint=manifest["fingerprint"],
        decision=manifest["decision"],
        interrupted=manifest["interrupted"],
    )


def refuse_other_kinds(path: Any, manifest: Mapping[str, Any]) -> None:
    """Refuse what kerasflux wrote, but not of a machine."""
    if manifest.get("kind") != KIND:
        raise StorageError(
            f"{path} holds no machine.",
            expected=f"kind {KIND!r}",
            received=repr(manifest.get("kind")),
            path=str(path),
            foreign=True,
        )


def sorted_out(
    given: Iterable[type | Callable[..., Any]],
) -> tuple[tuple[type, ...], dict[str, Any]]:
    """Classes of records (those of estimators' arguments too), and all others given, by name."""
    types = [c for c in given if isinstance(c, type)]
    classes = [c for c in types if issubclass(c, Record)]
    others = {c.__name__: c for c in given if c not in classes}
    estimators = [record_class(c) for c in types if callable(getattr(c, "get_params", None))]
    return (*classes, *estimators), others


def model_of(record: Mapping[str, Any], classes: tuple[type, ...]) -> Model:
    """The model of its JSON form; builders whose class was not given are `Absent`."""
    model: Any = from_json(record, classes, absent=True)
    if isinstance(model, Absent):
        raise class_not_given(str(record["class"]).rpartition(":")[2])
    read: Model = model
    return read


@cache
def _versions() -> Mapping[str, str]:
    versions = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _schema_to_json(schema: Any) -> Any:
    return None if schema is None else schema.to_json()


def _schema_from_json(record: Any) -> Any:
    return None if record is None else st.Schema.from_json(record)
