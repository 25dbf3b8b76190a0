"""Which label is the positive one, and what measures that have one share.

`positive=` says it. Without, the last level of an ordered pool of two is positive; an unordered
pool has no last level, so the question is asked back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure, without_missing
from scitypes.inference import scitype
from scitypes.lattice import Finite, OrderedFactor, Vector
from scitypes.messages import counted, listed
from scitypes.pools import Pool, as_categorical


@dataclass(frozen=True, repr=False)
class OfPositives(Measure):
    """A measure with a positive class."""

    positive: Any = None

    target_scitype = Vector[OrderedFactor[2]]  # any Finite one where `positive` is said

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.positive is not None:
            object.__setattr__(self, "target_scitype", Vector[Finite])

    def refuse_target(self, y: Any) -> None:
        if self.positive is None and without_missing(scitype(y)) <= Vector[Finite]:
            pool = Pool.of(y) if as_categorical(y) is not None else None
            if pool is not None and not (pool.ordered and len(pool) == 2):
                raise unknown_positive(pool, self.name)
        super().refuse_target(y)

    def positive_of(self, pair: Any) -> Any:
        code = positive_code(pair, self.positive, self.name)
        return pair.pool.levels[code] if code >= 0 else self.positive


def positive_code(pair: pairs.OfLevels, positive: Any, measure: str) -> int:
    """The code of the positive label in the pool of a pair; -1 if no row could have it.

    Raises:
        MeasureError: it was not said, and the pool does not say it.
        UnseenLevel: a label that the pool does not have.
    """
    pool = pair.pool
    if positive is None:
        ranked = pair.ranked
        if ranked is None or len(ranked) != 2:
            raise unknown_positive(ranked or pool, measure)
        return int(pool.codes([ranked.levels[-1]])[0])
    codes, strangers = pool.match([positive])
    if strangers and len(pool) > 1:
        raise pool.unseen(strangers, f", as the positive one of `{measure}`")
    return int(codes[0])


def unknown_positive(pool: Pool, measure: str) -> MeasureError:
    """The error that asks which label is positive, with both remedies."""
    kind = "an ordered" if pool.ordered else "an unordered"
    example = pool.levels[-1] if pool.levels else "yes"
    said = f"{measure}(y_true, y_pred, positive={example!r})"
    remedy = f"Say it: kf.{said}, in evaluations measure=kf.{measure}.replace(positive={example!r})"
    if len(pool) == 2:
        remedy += (
            "; or order the levels, y = kf.coerce(y, kf.OrderedFactor): the last one is positive."
        )
    else:
        remedy += (
            ", for that class against the rest; or average over classes: kf.macro_f1, "
            "kf.multiclass_precision, kf.multiclass_recall and the like."
        )
    return MeasureError(
        f"`{measure}` has to know which label is the positive one.",
        expected="`positive=`, or an ordered pool of two levels, of which the last is positive",
        received=f"{kind} pool of {counted(len(pool), 'level')}: {listed(pool.levels)}",
        remedy=remedy,
    )
