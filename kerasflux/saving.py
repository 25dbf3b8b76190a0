"""Machines to and from files: everything but the data, and no pickle.

A saved machine is a manifest and arrays (`kerasflux.archiving`) in a file (`kerasflux.storage`),
its model as it is now and as it was at the last fit. Loading makes nothing run but kerasflux's own
code and the classes that the caller gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kerasflux import log, storage
from kerasflux.archiving import archived, model_of, refuse_other_kinds, restored, sorted_out
from kerasflux.calls import explained, save_advice
from kerasflux.errors import ArgumentError, NotFitted
from kerasflux.machines import Machine

Given = type | Callable[..., Any]


def _load_advice(args: tuple[Any, ...], named: dict[str, Any], unknown: str | None) -> str:
    if unknown in ("builder", "custom_objects", "classes", "objects"):
        return f"Your own classes: `kf.load(path, builders={_told(named[unknown])})`."
    if unknown in ("X", "y", "data", "sample_weight"):
        return "Data is bound afterwards: `kf.load(path).with_data(X, y)`."
    if unknown in ("compile", "safe_mode"):
        return "Leave it out: a machine is read whole, and runs no code that it was not given."
    return "" if unknown else "`kf.load(path, builders=[...])`."


def _told(given: Any) -> str:
    """What was given for builders, as it is written in a call."""
    items = given.values() if isinstance(given, Mapping) else given
    items = items if isinstance(items, Iterable) and not isinstance(items, (str, type)) else [items]
    names = [getattr(item, "__name__", str(item)) for item in items]
    return f"[{', '.join(names)}]"


@explained(save_advice)
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
        HyperparameterError: fields that contradict each other, having been assigned one by one.
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
    manifest, arrays = archived(learned, mach.model, mach.frozen)
    storage.write(path, manifest, arrays)
    if needs := manifest["state"].get("needs"):
        log.say(f"to load it elsewhere: kf.load(path, builders=[{', '.join(needs)}])")


@explained(_load_advice)
def load(
    path: str | os.PathLike[str], *, builders: Given | Iterable[Given] | Mapping[str, Given] = ()
) -> Machine:
    """Read a machine that `mach.save` wrote.

    It predicts the same bits, and goes on training once it has data again: `with_data` of the same
    data (recognised by its fingerprint) continues, bit for bit as if nothing had happened between.

    Args:
        path: the file or folder.
        builders: classes of the user's own that the machine's hyperparameters are made of:
            builders, and models of third parties. Predicting and continuing need no builder; a fit
            from scratch does. Also layers, and functions of layers, of the user's own that are not
            registered with Keras: these are needed from the first prediction on. One alone, several
            in a list, or the values of a mapping (as Keras' `custom_objects`), whose keys say
            nothing: files know a class by its own name.

    Returns:
        A machine without data.

    Raises:
        StorageError: no such file, a damaged one, another program's, or a newer format.
        BuilderNotFound: the class of the model itself is not one of kerasflux and was not given.
            For a builder it is raised later, by a fit from scratch; for a layer, by whatever needs
            the network.
        ArgumentError: `builders` that are no classes or functions.

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
    given = _given(builders)
    manifest, arrays = storage.read(path)
    refuse_other_kinds(path, manifest)
    learned = restored(manifest, arrays, given)
    model = model_of(manifest["model"], sorted_out(given)[0])
    return Machine.of_learned(model, learned, manifest["frozen"])


def _given(builders: Any) -> tuple[Given, ...]:
    """Classes and functions: one alone, several, or the values of a mapping."""
    if isinstance(builders, type) or callable(builders):
        return (builders,)
    listed = isinstance(builders, Iterable) and not isinstance(builders, (str, bytes))
    items = builders.values() if isinstance(builders, Mapping) else builders
    given = tuple(items) if listed else (builders,)
    if strangers := [c for c in given if not (callable(c) and hasattr(c, "__name__"))]:
        raise ArgumentError(
            "`builders` holds what is neither a class nor a function.",
            expected="classes and functions, such as builders=[MyBuilder]",
            received=", ".join(f"{c!r:.60}" for c in strangers[:3]),
            remedy="Give the class itself: not its name, and not a value made by it.",
        )
    return given
