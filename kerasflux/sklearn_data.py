"""Tables as estimators of scikit-learn take them, and what those take.

The first functions say of an estimator what it can be given (missing cells, categories, targets,
sample weights), most of it by its tags; `encoded` makes an array or a data frame of a table
accordingly. Nothing is learned here: the columns and their pools are fixed by the schema that a
machine reads its inputs through.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.neural.frontend import Features, features
from kerasflux.sklearn_records import is_estimator
from scitypes import tables
from scitypes.pools import as_categorical

MODES = ("auto", "native", "onehot", "codes", "table")
"""How categories are given; see `kerasflux.estimators.from_sklearn`."""

_READS_TABLES = {"ColumnTransformer", "FunctionTransformer", "TableVectorizer"}
_READS_LABELS = {"OneHotEncoder", "OrdinalEncoder", "TargetEncoder"}
_FILLS = {"OneHotEncoder", "TargetEncoder"}  # beside all whose names end with Imputer


# what an estimator takes


def mode_of(estimator: Any, asked: str) -> str:
    """How an estimator is given categories: as asked for, or as it can make use of them."""
    if asked != "auto":
        return asked
    if any(_reads_tables(part) for part in _first(estimator)):
        return "table"
    named = getattr(estimator, "categorical_features", None)
    if named is None:
        return "codes" if hasattr(estimator, "categorical_features") else "onehot"
    return "native" if isinstance(named, str) and named in ("from_dtype", "warn") else "table"


def _first(estimator: Any) -> list[Any]:
    """The estimator, and those within it that see its inputs first."""
    steps = getattr(estimator, "steps", None)
    inner = [part for _, part, *_ in steps[:1]] if steps else []
    inner += [getattr(estimator, name, None) for name in ("estimator", "base_estimator")]
    inner += [part for _, part, *_ in getattr(estimator, "transformer_list", ()) or ()]
    inner += [part for _, part, *_ in getattr(estimator, "estimators", ()) or ()]
    return [estimator, *(p for part in inner if is_estimator(part) for p in _first(part))]


def _reads_tables(estimator: Any) -> bool:
    return type(estimator).__name__ in _READS_TABLES | _READS_LABELS


def missing_in(estimator: Any) -> str:
    """What becomes of missing cells: `"refused"`, `"kept"` (passed on) or `"filled"`.

    >>> from sklearn.impute import SimpleImputer
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> missing_in(Ridge()), missing_in(make_pipeline(SimpleImputer(), Ridge()))
    ('refused', 'filled')
    """
    if not is_estimator(estimator):  # "passthrough", "drop" or None
        return "filled" if estimator == "drop" else "kept"
    if steps := getattr(estimator, "steps", None):
        return _in_turn([part for _, part in steps])
    beside = getattr(estimator, "transformers", None) or getattr(
        estimator, "transformer_list", None
    )
    if beside:
        parts = [missing_in(part) for _, part, *_ in beside]
        parts.append(missing_in(getattr(estimator, "remainder", "drop")))
        return next((kind for kind in ("refused", "kept") if kind in parts), "filled")
    if is_estimator(inner := getattr(estimator, "estimator", None)):
        return missing_in(inner)
    if not allows_nan(estimator):
        return "refused"
    name = type(estimator).__name__
    return "filled" if name in _FILLS or name.endswith("Imputer") else "kept"


def _in_turn(parts: list[Any]) -> str:
    for part in parts:
        if (kind := missing_in(part)) != "kept":
            return kind
    return "kept"


def allows_nan(estimator: Any) -> bool:
    """Whether an estimator takes NaN, by its tags; one that looks at nothing passes them on."""
    return bool(_tag(estimator, "input_tags", "allow_nan") or _tag(estimator, "", "no_validation"))


def takes_several_targets(estimator: Any) -> bool:
    """Whether a regressor predicts several targets at once, by its tags."""
    if steps := getattr(estimator, "steps", None):
        return takes_several_targets(steps[-1][1])
    return bool(_tag(estimator, "target_tags", "multi_output", "multioutput"))


def takes_one_target(estimator: Any) -> bool:
    """Whether a classifier or regressor predicts one target, by its tags."""
    if steps := getattr(estimator, "steps", None):
        return takes_one_target(steps[-1][1])
    if hasattr(estimator, "_get_tags"):  # scikit-learn 1.5
        return not estimator._get_tags().get("multioutput_only", False)
    return bool(_tag(estimator, "target_tags", "single_output"))


def takes_rows(estimator: Any) -> bool:
    """Whether inputs are tables or matrices; not texts one by one, or labels."""
    if hasattr(estimator, "_get_tags"):  # scikit-learn 1.5
        kinds = estimator._get_tags().get("X_types", ["2darray"])
        return bool({"2darray", "categorical"} & set(kinds))
    return bool(_tag(estimator, "input_tags", "two_d_array"))


def needs_target(estimator: Any) -> bool:
    """Whether a transformer learns from a target: by its tags, its `fit` or what it is made of."""
    beside = [getattr(estimator, name, None) for name in ("transformers", "transformer_list")]
    parts = [p[1] for listed in (getattr(estimator, "steps", None), *beside) for p in listed or ()]
    if parts:
        return any(needs_target(part) for part in parts if is_estimator(part))
    inner = getattr(estimator, "estimator", None)
    if hasattr(estimator, "score_func") or (is_estimator(inner) and predicts(inner)):
        return True
    argument = inspect.signature(estimator.fit).parameters.get("y")
    asked = argument is not None and argument.default is argument.empty
    return asked or bool(_tag(estimator, "target_tags", "required", "requires_y"))


def predicts(estimator: Any) -> bool:
    """Whether an estimator is a classifier or a regressor."""
    from sklearn.base import is_classifier, is_regressor

    return bool(is_classifier(estimator) or is_regressor(estimator))


def _tag(estimator: Any, group: str, name: str, old_name: str = "") -> Any:
    """A tag of an estimator; before scikit-learn 1.6 tags were a dict."""
    try:
        from sklearn.utils import get_tags
    except ImportError:
        tags = estimator._get_tags() if hasattr(estimator, "_get_tags") else {}
        return tags.get(old_name or name, False)
    tags = get_tags(estimator)
    return getattr(getattr(tags, group) if group else tags, name)


def weight_argument(estimator: Any) -> str | None:
    """The argument of `fit` that takes sample weights, or None."""
    from sklearn.utils.validation import has_fit_parameter

    if steps := getattr(estimator, "steps", None):
        name, last = steps[-1]
        inner = weight_argument(last) if is_estimator(last) else None
        return None if inner is None else f"{name}__{inner}"
    return "sample_weight" if has_fit_parameter(estimator, "sample_weight") else None


# tables to arrays


def encoded(X: Any, mode: str, most_levels: int = 255) -> tuple[Any, list[str], np.ndarray]:
    """A table or matrix as an estimator takes it.

    Args:
        X: inputs, read through the schema of a machine.
        mode: `"native"` or `"codes"`: categories as positions in their pools; `"onehot"`: a 0/1
            column per level, zeros for a missing label; `"table"`: a data frame as it is.
        most_levels: up to how many levels a column is called categorical.

    Returns:
        The inputs, a name for each column, and which of them hold positions of categories with few
        enough levels, `(n_columns,)` bool.
    """
    if mode == "table":
        frame = as_frame(X)
        return frame, list(map(str, frame.columns)), np.zeros(frame.shape[1], bool)
    read = features(X)
    if not read.pools:
        return read.numbers, list(read.names), np.zeros(len(read.names), bool)
    blocks, names, few = [], [], []
    for name, block, inner, n_levels in _blocks(read, mode):
        blocks.append(block)
        names += [name] if inner is None else [f"{name}__{label}" for label in inner]
        few += [0 < n_levels <= most_levels] * block.shape[1]
    return np.concatenate(blocks, axis=1), names, np.array(few)


def _blocks(read: Features, mode: str) -> Any:
    """Per column: its name, array `(n_rows, k)`, the labels if k is their number, and how many."""
    numbers, codes, pools = iter(read.numbers.T), iter(read.codes.T), iter(read.pools)
    for name, categorical in zip(read.names, read.categorical, strict=True):
        if not categorical:
            yield name, next(numbers)[:, np.newaxis], None, 0
            continue
        places, pool = next(codes), next(pools)
        if mode == "onehot":
            yield (
                name,
                (places[:, np.newaxis] == np.arange(len(pool))).astype(float),
                pool.levels,
                0,
            )
        else:
            yield name, np.where(places < 0, np.nan, places)[:, np.newaxis], None, len(pool)


def as_frame(X: Any) -> pd.DataFrame:
    """Any table as a data frame; categories keep their pools."""
    if isinstance(X, pd.DataFrame):
        return X.set_axis(list(map(str, X.columns)), axis=1)
    if isinstance(X, np.ndarray) and not tables.is_structured(X):
        return pd.DataFrame(X, columns=[f"x{i + 1}" for i in range(X.shape[1])])
    return pd.DataFrame({str(name): _column(column) for name, column in tables.columns(X)})


def _column(column: Any) -> Any:
    categorical = as_categorical(column)
    return np.asarray(column) if categorical is None else categorical
