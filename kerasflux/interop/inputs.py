"""What estimators are given as machines take it: raw tables, arrays of numbers, arrays of pixels.

scikit-learn checks the number, the names and the order of columns (`validate_data`); here stands
what it can't know: texts are categories, later labels belong to the pools of the fit, and arrays
that a model takes as a table only become one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.errors import ArgumentError
from kerasflux.interface import Model
from kerasflux.sklearn_data import as_frame
from scitypes import tables
from scitypes.libraries import library

if TYPE_CHECKING:
    from kerasflux.interop.adapters import KerasfluxEstimator, KerasfluxTransformer


def read(estimator: KerasfluxEstimator, model: Model, X: Any, *, reset: bool) -> Any:
    """Inputs of an estimator as its machine takes them.

    Args:
        estimator: the estimator; its `n_features_in_` and `feature_names_in_` are set or held
            against the inputs.
        model: its model.
        X: the inputs.
        reset: whether the estimator is being fitted.
    """
    if st.Vector[st.GrayImage] <= model.input_scitype and _may_be_images(X, model):
        return st.coerce(np.asarray(X) if isinstance(X, list) else X, st.Image, verbosity=0)
    if not _is_table(X):
        return _array(estimator, model, X, reset)
    if isinstance(X, dict) or library(X) == "polars":  # which can't hold pools without an order
        X = as_frame(X)
    _checked_columns(estimator, X, reset)
    if reset:
        return _categories(X)
    fitted = estimator.machine_.input_schema
    if fitted.container == "matrix":
        return st.matrix(X)
    return _without_unseen(X, fitted) if estimator.unseen == "missing" else X


def takes_missing(model: Model | None) -> bool:
    """Whether a model takes missing cells."""
    return model is not None and st.Table(st.Missing) <= model.input_scitype


UNSEEN = (
    "Columns that are categorical in pandas carry all their labels through the folds of a search. "
    'Or labels that `fit` was not given count as missing cells, `set_params(unseen="missing")`, '
    "if the model takes some."
)
"""What can be done about labels that `fit` was not given."""


def holds_labels(estimator: KerasfluxEstimator, names: Iterable[Any]) -> bool:
    """Whether columns of these names held labels at the fit."""
    schema = estimator.machine_.input_schema
    labelled = {n for n, p in zip(schema.names, schema.pools, strict=True) if p is not None}
    return not labelled.isdisjoint(names)


def _may_be_images(X: Any, model: Model) -> bool:
    if isinstance(X, st.ImageVector):
        return True
    takes_numbers = st.Matrix[st.Continuous] <= model.input_scitype
    return not _is_table(X) and (not takes_numbers or len(getattr(X, "shape", ())) in (3, 4))


def _is_table(X: Any) -> bool:
    sparse = hasattr(X, "toarray")  # which has no truth value to be asked for
    return not sparse and not isinstance(X, np.ndarray) and tables.is_table(X)


def _categories(X: Any) -> Any:
    """A table with texts as categories; numbers, dates and the like stay what they are."""
    texts = [n for n, c in tables.columns(X) if st.nonmissing(st.elscitype(c)) <= st.Textual]
    return st.coerce(X, dict.fromkeys(texts, st.Multiclass), verbosity=0) if texts else X


def _without_unseen(X: Any, schema: Any) -> Any:
    """A table with labels that are in no pool of the fit as missing ones."""
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(dict(tables.columns(X)))
    pools = zip(schema.names, schema.pools, strict=True)
    known = {n: p.decode(p.match(frame[n])[0]) for n, p in pools if p is not None}
    return frame.assign(**known)


def _array(estimator: KerasfluxEstimator, model: Model, X: Any, reset: bool) -> Any:
    """An array of numbers, as a matrix or as what the machine was fitted on."""
    X = _checked_array(estimator, X, reset, gaps=takes_missing(model))
    if reset:
        return X if st.scitype(X) <= model.input_scitype else st.table(X)
    names = estimator.machine_.input_schema
    return X if names.container == "matrix" else pd.DataFrame(X, columns=names.names)


def _checked_columns(estimator: KerasfluxEstimator, X: Any, reset: bool) -> None:
    if not st.nrows(X):
        raise ArgumentError(
            f"Found array with 0 sample(s) while a minimum of 1 is required by "
            f"{type(estimator).__name__}.",
            expected="at least one row",
            received="a table without rows",
        )
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # scikit-learn 1.5
        estimator._check_feature_names(X, reset=reset)
        estimator._check_n_features(X, reset=reset)
    else:
        validate_data(estimator, X, reset=reset, skip_check_array=True)


def _checked_array(estimator: KerasfluxEstimator, X: Any, reset: bool, gaps: bool) -> np.ndarray:
    finite = "allow-nan" if gaps else True
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # scikit-learn 1.5
        return estimator._validate_data(X, reset=reset, force_all_finite=finite)
    return validate_data(estimator, X, reset=reset, ensure_all_finite=finite)


# of transformers


def given_back(out: Any, estimator: KerasfluxEstimator) -> Any:
    """What a transformer gives: an array where it was fitted on one and all columns are numbers."""
    if isinstance(out, np.ndarray) or hasattr(estimator, "feature_names_in_"):
        return out
    return st.matrix(out)


def names_out(estimator: KerasfluxTransformer, names: Any) -> np.ndarray:
    """The names of the columns that a fitted transformer gives."""
    from sklearn.utils.validation import _check_feature_names_in

    known = _check_feature_names_in(estimator, names)
    if estimator._given is None:
        n = estimator._n_given
        return known if n == len(known) else np.array([f"x{i}" for i in range(n)], dtype=object)
    own = dict(zip(estimator.machine_.input_schema.names, known, strict=True))
    return np.array([own.get(name, name) for name in estimator._given], dtype=object)
