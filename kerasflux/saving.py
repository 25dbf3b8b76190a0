"""Machines to and from files: everything but the data, and no pickle.

A saved machine is a manifest and arrays (`kerasflux.storage`). The manifest holds the model as it
is now and as it was at the last fit (JSON of hyperparameters), both schemas, the decision, the
fingerprint of the data and the versions that wrote it; the arrays are the training rows and what
the model's own `dump` gave. Loading makes nothing run but kerasflux's own code and the classes that
the caller gives.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import scitypes as st
from kerasflux import log, storage
from kerasflux.errors import NotFitted, StorageError
from kerasflux.fields import class_not_given
from kerasflux.fits import Learned
from kerasflux.hyperparameters import Absent, from_json, to_json
from kerasflux.interface import Model
from kerasflux.machines import Machine
from kerasflux.structure import Record

_KIND = "machine"
_STATE = "state/"
_LIBRARIES = ("kerasflux", "numpy", "pandas", "keras", "tensorflow")


def save(mach: Machine, path: str | os.PathLike[str]) -> None:
    """Write a fitted machine, without its data, to a file.

    Args:
        mach: a fitted machine. Where its network has classes or functions of the user's that are
            not registered with Keras, a line says which `kf.load` has to be given.
        path: a file, or a folder (a path that ends with a slash, or one that exists). What was
            saved there before is replaced once the new file is whole.

    Raises:
        NotFitted: nothing has been learned yet.
        StorageError: hyperparameters that can't be written (functions, lambdas), by dotted path; or
            a place that can't be written to.
        NotSupported: a model without `dump`.

    Example:
        >>> import kerasflux as kf, pandas as pd, tempfile
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
        >>> mach = kf.machine(kf.NeuralNetworkRegressor(epochs=2), X, X["a"]).fit(verbosity=0)
        >>> path = tempfile.mkdtemp() + "/copier.kflux"
        >>> save(mach, path)
        >>> kf.load(path).predict(X).equals(mach.predict(X))
        True

    Source: `MLJ.save`, which pickles in Julia's way.
    """
    learned = mach.learned
    if learned is None:
        raise NotFitted(
            "This machine has not been fitted, so there is nothing to save.",
            expected="a fitted machine",
            received=repr(mach),
            remedy="`mach.fit()` first.",
        )
    now, then = to_json(mach.model), to_json(learned.model)
    record, arrays = learned.model.dump(learned.fitted)
    manifest = {
        "kind": _KIND,
        "versions": _versions(),
        "model": now,
        "fitted_model": then,
        "input_schema": _schema_to_json(learned.input_schema),
        "target_schema": _schema_to_json(learned.target_schema),
        "fingerprint": learned.fingerprint,
        "decision": learned.decision,
        "interrupted": learned.interrupted,
        "frozen": mach.frozen,
        "state": record,
    }
    named = {f"{_STATE}{name}": np.asarray(array) for name, array in arrays.items()}
    storage.write(path, manifest, {"rows": learned.rows, **named})
    if record.get("needs"):
        log.say(f"to load it elsewhere: kf.load(path, builders=[{', '.join(record['needs'])}])")


def load(
    path: str | os.PathLike[str], *, builders: Iterable[type | Callable[..., Any]] = ()
) -> Machine:
    """Read a machine that `mach.save` wrote.

    It predicts the same bits, and goes on training once it has data again: `with_data` of the same
    data (recognised by its fingerprint) continues, bit for bit as if nothing had happened between.

    Args:
        path: the file or folder.
        builders: classes of the user's own that the machine's hyperparameters are made of:
            builders, and models of third parties. Predicting and continuing need no builder; a fit
            from scratch does. Also layers, and functions of layers, of the user's own that are not
            registered with Keras: these are needed from the first prediction on.

    Returns:
        A machine without data.

    Raises:
        StorageError: no such file, a damaged one, another program's, or a newer format.
        BuilderNotFound: the class of the model itself is not one of kerasflux and was not given.
            For a builder it is raised later, by a fit from scratch; for a layer, by whatever needs
            the network.

    Example:
        >>> import kerasflux as kf, pandas as pd, tempfile
        >>> X, path = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), tempfile.mkdtemp() + "/copier"
        >>> kf.machine(kf.NeuralNetworkRegressor(epochs=2), X, X["a"]).fit(verbosity=0).save(path)
        >>> mach = load(path).with_data(X, X["a"])
        >>> mach.model.epochs = 3
        >>> print(mach.fit(verbosity=0).report.decision)
        continued (4: epochs 2 -> 3)

    Source: `machine(file)` of MLJBase.jl, which can't go on training.
    """
    manifest, arrays = storage.read(path)
    if manifest.get("kind") != _KIND:
        raise StorageError(
            f"{path} holds no machine.",
            expected=f"kind {_KIND!r}",
            received=repr(manifest.get("kind")),
            path=str(path),
        )
    given = tuple(builders)
    classes = tuple(c for c in given if isinstance(c, type) and issubclass(c, Record))
    others = {c.__name__: c for c in given if c not in classes}
    then = _model(manifest["fitted_model"], classes)
    state = {n.removeprefix(_STATE): a for n, a in arrays.items() if n.startswith(_STATE)}
    learned = Learned(
        model=then,
        fitted=then.load({**manifest["state"], **({"given": others} if others else {})}, state),
        rows=arrays["rows"],
        input_schema=_schema_from_json(manifest["input_schema"]),
        target_schema=_schema_from_json(manifest["target_schema"]),
        fingerprint=manifest["fingerprint"],
        decision=manifest["decision"],
        interrupted=manifest["interrupted"],
    )
    return Machine.of_learned(_model(manifest["model"], classes), learned, manifest["frozen"])


def _model(record: Mapping[str, Any], classes: tuple[type, ...]) -> Model:
    model: Any = from_json(record, classes, absent=True)
    if isinstance(model, Absent):
        raise class_not_given(str(record["class"]).rpartition(":")[2])
    read: Model = model
    return read


def _versions() -> dict[str, str]:
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
