"""Fitted estimators as bytes and back, by `skops`: no pickle, and nothing runs that was not named.

`skops` knows types that can do no harm, and lists the others that a file asks for. Let in are types
that scikit-learn defines, functions of those of its parts that only compute, and a few of NumPy and
SciPy that its estimators hold; what else there is has to be given to `kf.load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from kerasflux.errors import NotSupported, StorageError
from kerasflux.sklearn_records import COMPUTING

_TYPES_OF = ("sklearn.", "scipy.sparse.", "scipy.interpolate.")
_HARMLESS = {
    *("functools.partial", "sklearn.utils.validation.check_array"),  # gradient boosting
    *("numpy.mean", "numpy.dtype", "scipy._lib.array_api_compat.numpy._aliases.asarray"),
}


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
            remedy="Leave functions out of its arguments: transformers of your own can do that.",
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
    strange = [name for name in asked if name not in mine and not _is_harmless(name)]
    if strange:
        names = ", ".join(name.rpartition(".")[2] for name in strange)
        raise StorageError(
            "The file asks for types that were not given.",
            expected="what estimators of scikit-learn are made of, or what was given",
            received=", ".join(strange),
            remedy=f"If you trust the file: kf.load(path, builders=[{names}])",
            types=strange,
        )
    return io.loads(data, trusted=asked)


def _is_harmless(name: str) -> bool:
    """Whether a name is that of something which only computes."""
    if name in _HARMLESS:
        return True
    if not name.startswith(_TYPES_OF):
        return False
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return False
    defined_in = f"{getattr(found, '__module__', '')}."  # what a module imported does not count
    return defined_in.startswith(_TYPES_OF if isinstance(found, type) else COMPUTING)


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
