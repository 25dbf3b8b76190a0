"""What is wrong with folds, or doubtful about them, seen before anything is trained.

Each check looks at one thing, and raises or gives the texts of warnings; `kerasflux.planning` asks
them all.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.errors import MeasureError, ResamplingError
from kerasflux.hyperparameters import paths
from kerasflux.portraits import count
from kerasflux.predictions import UnivariateFiniteVector, index_of
from kerasflux.resampling import (
    InSample,
    Pairs,
    TimeSeriesCV,
    absent_classes,
    in_blocks,
    shuffles,
)
from kerasflux.rows import row_numbers
from kerasflux.scoring.base import Measure
from kerasflux.scoring.functions import PlainFunction
from scitypes.messages import listed
from scitypes.pools import Pool
from scitypes.tables import is_column, plain_name


def is_finite(data: Any) -> bool:
    """Whether the target of bound data is one column of labels."""
    return bool(st.scitype(data.y) <= st.Vector[st.Finite])


def brief(strategy: Any) -> str:
    """A strategy or splitter as written, on one line.

    >>> brief([([0], [1])])
    'pairs of rows written out'
    """
    if isinstance(strategy, Sequence):
        return "pairs of rows written out"
    return " ".join(repr(strategy).split())


def blocks(strategy: Any, data: Any, rows: np.ndarray) -> Iterator[str]:
    """A warning of folds that may lack whole classes."""
    name, seed = type(strategy).__name__, _shuffled_by(strategy)
    if not seed or shuffles(strategy) or "Stratified" in name or not is_finite(data):
        return
    if in_blocks(st.selectrows(data.y, rows)):
        stratified = (
            "StratifiedGroupKFold(n_splits=5)" if "Group" in name else "StratifiedCV(rng=0)"
        )
        yield (
            f"the target comes in blocks and {brief(strategy)} does not shuffle: folds may lack "
            f"whole classes. {name}(..., {seed}) shuffles, {stratified} also keeps their shares."
        )


def _shuffled_by(strategy: Any) -> str:
    """What makes a strategy shuffle, or `""` for one that can't: ours, or one of scikit-learn."""
    if hasattr(strategy, "rng"):
        return "rng=0"
    return "shuffle=True, random_state=0" if hasattr(strategy, "shuffle") else ""


def refuse_labels_in(strategy: Any, data: Any) -> None:
    """Refuse pairs written out whose rows are labels of an index."""
    if not isinstance(strategy, (list, tuple)):
        return
    for part in (p for pair in strategy if isinstance(pair, (list, tuple)) for p in pair):
        if isinstance(part, pd.Index):
            row_numbers(part, data.n_rows, data.index)


def overlap(strategy: Any, folds: Pairs) -> Iterator[str]:
    """A warning of rows that test and trained: what is measured on them is too good."""
    if isinstance(strategy, InSample):
        return  # as its name says
    shared = [int(np.isin(test, train).sum()) for train, test in folds]
    if any(shared):
        k = next(i for i, n in enumerate(shared) if n)
        yield (
            f"{count(shared[k], 'test row')} of fold {k + 1} also trained: measurements on rows "
            "that a model was trained on are too good. Take them out of one of the two."
        )


def lacking(strategy: Any, folds: Pairs, data: Any) -> Iterator[str]:
    """Refuse folds that test classes of which no row trains; of pairs written out, a warning."""
    absent = absent_classes(folds, data.y) if is_finite(data) else {}
    if not absent:
        return
    k, classes = next(iter(absent.items()))
    named = f"{'class' if len(classes) == 1 else 'classes'} {listed(classes, 3)}"
    failed = f"fold {k + 1} tests {named}, of which no row trains"
    more = f" ({count(len(absent) - 1, 'other fold')} likewise)" if len(absent) > 1 else ""
    if isinstance(strategy, Sequence):
        yield f"{failed}{more}: the model can't know what it is asked for there."
        return
    raise ResamplingError(
        f"A class is missing where the model learns: {failed}{more}.",
        expected="rows to train on of each class that is tested",
        received=f"{brief(strategy)} of {data.n_rows} rows",
        remedy=_with_all_classes(strategy, classes[0], data),
    )


def _with_all_classes(strategy: Any, label: Any, data: Any) -> str:
    alone = sum(1 for other in data.y if other == label) == 1
    anyway = "Folds written out as pairs are evaluated all the same."
    if alone:
        return f"The data has one row of {label!r}: leave it out (`rows=`). {anyway}"
    if isinstance(strategy, TimeSeriesCV):
        return f"Fewer folds, or a smaller test_size, train on more rows. {anyway}"
    if "Group" in type(strategy).__name__:
        return (
            f"Leave out the rows of classes that only one group has (`rows=`), or try "
            f"`StratifiedGroupKFold(n_splits=5)` of `sklearn.model_selection`. {anyway}"
        )
    return f"`StratifiedCV(rng=0)` has rows of each class everywhere. {anyway}"


def splitting_groups(model: Any) -> list[str]:
    """What is said of a model that splits its training rows again, where there are groups.

    >>> splitting_groups(InSample())
    []
    """
    if not any(path.rpartition(".")[2] == "resampling" for path in paths(model)):
        return []
    return [
        f"groups: the folds that {type(model).__name__} makes of its training rows know no groups"
    ]


def rehearse(
    measures: Sequence[Measure], folds: Pairs, weights: np.ndarray | None, data: Any
) -> None:
    """Let each measure judge made-up predictions of each fold, so that it refuses them now.

    Raises:
        MeasureError: a measure can't judge the test rows of a fold, whatever is predicted for them.
    """
    finite = is_finite(data)
    codes = Pool.of(data.y).codes(data.y) if finite and weights is None else None
    for measure in measures:
        if isinstance(measure, PlainFunction):
            continue  # a user's function is asked about predictions alone
        likely = measure.prediction == "probabilistic" and finite
        seen: set[Any] = set()
        for k, (_, test) in enumerate(folds):
            if codes is not None:  # as many rows of the same classes are judged alike
                alike = (len(test), *np.unique(codes[test]))
                if alike in seen:
                    continue
                seen.add(alike)
            truth = st.selectrows(data.y, test)
            weight = weights[test] if weights is not None and measure.supports_weights else None
            try:
                guess = _made_up(truth) if likely else truth
                _rehearse_one(measure, truth, guess, weight, finite)
            except MeasureError as error:
                error.add_note(f"This would happen in fold {k + 1} of {len(folds)}.")
                raise


def _rehearse_one(
    measure: Measure, truth: Any, guess: Any, weight: np.ndarray | None, finite: bool
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = measure.judged(truth, guess, weight).value
    if isinstance(value, float) and np.isnan(value):
        seen = set(truth) if is_column(truth) else ()
        alike = f", all of {listed(plain_name(value) for value in seen)}" if len(seen) == 1 else ""
        raise MeasureError(
            f"`{measure.name}` has no value for the test rows of a fold.",
            expected="test rows of "
            + ("more than one class: of both, for measures of two" if finite else "several values"),
            received=f"{count(len(truth), 'row')}{alike}",
            remedy="Fewer folds"
            + (
                ", or `StratifiedCV(rng=0)`, with rows of each class in all of them"
                if finite
                else ""
            )
            + "; or measure all out-of-fold predictions at once (`e.predictions_frame()`).",
        )


def _made_up(y: Any) -> UnivariateFiniteVector:
    """Distributions over the labels of a target, no two alike, the true label the likeliest."""
    pool = Pool.of(y)
    codes, k = pool.codes(y), len(pool.levels)
    sure = np.linspace(0.6, 0.9, len(codes))
    probabilities = np.repeat(((1 - sure) / max(k - 1, 1))[:, None], k, axis=1)
    known = codes >= 0
    probabilities[known, codes[known]] = sure[known] if k > 1 else 1.0
    probabilities[~known] = 1 / k
    return UnivariateFiniteVector(probabilities, pool, ordered=pool.ordered, index=index_of(y))
