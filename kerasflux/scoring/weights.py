"""Sample weights and class weights as one weight per row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflux.errors import WeightsError
from kerasflux.scoring.pairs import Distributions, Labels, Pair, described
from scitypes.errors import nearest
from scitypes.messages import listed
from scitypes.pools import Pool


def row_weights(pair: Pair, sample_weight: Any, class_weight: Any) -> np.ndarray | None:
    """One weight per row from sample weights and the weights of the rows' true classes.

    Args:
        pair: what is measured.
        sample_weight: non-negative numbers, one for each row given, or None; those of rows left out
            have no effect.
        class_weight: a mapping of labels to non-negative numbers, or None. Classes left out weigh
            1.

    Returns:
        `(n,)` float64, one for each row of the pair, or None if neither is given.

    Raises:
        WeightsError: wrong number, negative, missing, infinite, of unknown classes, or all zero.
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(pair.n)
    if sample_weight is not None:
        given = _sample_weights(sample_weight, pair.n + pair.left_out)
        weights = given if pair.kept is None else given[pair.kept]
    if class_weight is not None:
        assert isinstance(pair, Labels | Distributions)
        weights = weights * class_weights(class_weight, pair.pool)[pair.true]
    if not weights.sum() > 0:
        raise WeightsError(
            "All rows weigh nothing.",
            expected="a positive weight",
            received=f"{pair.n} zeros",
            remedy="Look at what the weights were made of; without any, all rows count alike.",
        )
    return weights


def _sample_weights(given: Any, n: int) -> np.ndarray:
    try:
        weights = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _bad_weights(n, f"{described(given)}: {error}") from error
    if weights.shape != (n,):
        raise _bad_weights(n, f"shape {weights.shape}")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise _bad_weights(n, f"{weights[wrong[0]]} in row {wrong[0]}", rows=wrong)
    return weights


def _bad_weights(n: int, received: str, **data: Any) -> WeightsError:
    return WeightsError(
        "These sample weights can't be used.",
        expected=f"{n} non-negative finite numbers, one per row",
        received=received,
        remedy="Give the weights of the very rows judged: `sample_weight=w[test]` with `y[test]`. "
        "Rows that should not count have weight 0.",
        **data,
    )


def class_weights(given: Any, pool: Pool) -> np.ndarray:
    """The weight of each class of a pool, 1 for those that a dict of labels to weights leaves out.

    >>> class_weights({"b": 3}, Pool(("a", "b")))
    array([1., 3.])
    """
    if not isinstance(given, Mapping):
        raise _bad_class_weights(pool, described(given))
    codes, strangers = pool.match(list(given))
    if strangers:
        label = strangers[0][0]
        raise _bad_class_weights(pool, f"a weight of {label!r}", nearest(label, pool.levels))
    weights = np.ones(len(pool))
    for code, (label, weight) in zip(codes, given.items(), strict=True):
        number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
        if code < 0 or not number or not np.isfinite(weight) or weight < 0:
            raise _bad_class_weights(pool, f"{weight!r} for {label!r}")
        weights[code] = weight
    return weights


def _bad_class_weights(pool: Pool, received: str, remedy: str = "") -> WeightsError:
    return WeightsError(
        "These class weights can't be used.",
        expected="a dict of labels to non-negative finite numbers, with labels of "
        f"{listed(pool.levels, 10)}",
        received=received,
        remedy=remedy
        or f"`class_weight={{{pool.levels[-1]!r}: 2.0}}`, for example; classes left out weigh 1.",
    )
