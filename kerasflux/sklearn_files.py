"""Fitted estimators as bytes and back, by `skops`: no pickle, and nothing runs that was not named.

`skops` lists the types that a file asks for. Types of scikit-learn, NumPy and SciPy are let in,
functions are not, as a function could be anything that these libraries can do; others have to be
given to `kf.load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from kerasflux.errors import NotSupported, StorageError

_KNOWN = {"sklearn", "numpy", "scipy"}


def written(estimator: Any) -> np.ndarray:
    """A fitted estimator as bytes, uint8.

    Raises:
        NotSupported: `skops` is not installed.
        StorageError: a part of the estimator can't be written.
    """
    io = _skops(f"Saving {type(estimator).__name__}")
    try:
        return np.frombuffer(io.dumps(estimator), np.uint8)
    except Exception as error:  # whatever a library of objects of all kinds raises
        raise StorageError(
            f"{type(estimator).__name__} can't be written to a file.",
            expected="an estimator that `skops.io.dumps` can write",
            received=f"{type(error).__name__}: {error}",
            remedy="Replace functions among its arguments by transformers of your own.",
        ) from error


def read(content: np.ndarray, given: Mapping[str, Any]) -> Any:
    """What `written` gave.

    Args:
        content: the bytes.
        given: classes and functions of the user's, by name.

    Raises:
        NotSupported: `skops` is not installed.
        StorageError: the file asks for types that were not given; `types` has them.
    """
    io = _skops("Reading a machine of scikit-learn")
    data = np.asarray(content, np.uint8).tobytes()
    asked = io.get_untrusted_types(data=data)
    mine = {f"{one.__module__}.{one.__qualname__}" for one in given.values()}
    strange = [name for name in asked if name not in mine and not _is_type_of_theirs(name)]
    if strange:
        names = ", ".join(name.rpartition(".")[2] for name in strange)
        raise StorageError(
            "The file asks for types that were not given.",
            expected="types of scikit-learn, NumPy and SciPy, or given ones",
            received=", ".join(strange),
            remedy=f"If you trust the file: kf.load(path, builders=[{names}])",
            types=strange,
        )
    return io.loads(data, trusted=asked)


def _is_type_of_theirs(name: str) -> bool:
    """Whether a name is that of a type in one of the libraries that are let in."""
    module, _, attribute = name.rpartition(".")
    if module.partition(".")[0] not in _KNOWN:
        return False
    try:
        return isinstance(getattr(import_module(module), attribute, None), type)
    except ImportError:
        return False


def _skops(what: str) -> Any:
    try:
        from skops import io
    except ImportError:
        raise NotSupported(
            f"{what} needs `skops`, which is not installed.",
            expected="the package skops, which writes estimators without pickle",
            received="no module `skops`",
            remedy="`pip install kerasflux[sklearn]`, or `pip install skops`.",
        ) from None
    return io
