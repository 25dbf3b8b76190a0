"""`OneHotEncoder`: a column of zeros and ones for each level."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import scitypes as st
from kerasflux.hyperparameters import field
from kerasflux.transformers.base import Learned, New, Selective
from kerasflux.transformers.treatments import Indicators
from scitypes.pools import Pool
from scitypes.profiles import Column


class OneHotEncoder(Selective):
    """Replaces each categorical column by a column of zeros and ones for each of its levels.

    The columns of `town` are called `town__Ox`, `town__Ur`, ... (the separator grows where such a
    name is taken), one for **every level of the pool**, whether a row has it or not: folds, single
    rows and later data all get the same columns. A missing label gives missing cells, NaN, in all
    of them. A label that is no level is refused when data is read, by the machine's schema, or
    gives zeros in all of them with `handle_unknown="ignore"`; levels that may come up later can be
    declared beforehand (`kf.set_levels`). Other columns pass through.

    Args:
        features: names of the columns to encode, or a function that is true for their names; none
            named: every categorical column.
        ignore: whether `features` are those to leave as they are.
        drop_last: whether the last level gets no column: zeros in all others say that it is there.
        ordered_factor: whether ordered factors are encoded as well, if none are named.
        handle_unknown: what is done with labels of later rows that are no level: `"error"`, or
            `"ignore"`: zeros, which with `drop_last` say the last level. In a pipeline this holds
            for columns that no step before has changed (`FillImputer` changes all that it fills).
            Missing labels are none of these: they stay missing.

    Scitypes: `X` is a table or a matrix; missing cells are fine.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = kf.coerce(pd.DataFrame({"town": ["Ox", "Ur"]}), {"town": kf.Multiclass})
        >>> kf.machine(kf.OneHotEncoder(), X).fit(verbosity=0).transform(X)
           town__Ox  town__Ur
        0       1.0       0.0
        1       0.0       1.0
        >>> mach = kf.machine(kf.OneHotEncoder(handle_unknown="ignore"), X).fit(verbosity=0)
        >>> mach.transform(pd.DataFrame({"town": ["Atlantis", "Ox"]}))
           town__Ox  town__Ur
        0       0.0       0.0
        1       1.0       0.0

    Source: `OneHotEncoder` of MLJ.
    """

    treatments: ClassVar[tuple[type, ...]] = (Indicators,)
    treats: ClassVar[str] = "categorical columns"

    drop_last: bool = field(False, doc="whether the last level gets no column")
    ordered_factor: bool = field(True, doc="whether ordered factors are encoded as well")
    handle_unknown: Literal["error", "ignore"] = field(
        "error", doc="whether labels that are no level are refused, or give zeros"
    )

    def eligible(self, scitype: Any, named: bool) -> bool:
        if scitype <= st.OrderedFactor:
            return named or self.ordered_factor
        return bool(scitype <= st.Finite)

    def mend(self, names: list[Any]) -> str:
        return f"`X = kf.coerce(X, {{{names[0]!r}: kf.Multiclass}})` makes one categorical."

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        return indicated(column.pool, self.drop_last)

    def treatment(self, column: Column, values: Any) -> Indicators:
        return Indicators(known(column), self.drop_last, self.handle_unknown == "ignore")

    def params(self, learned: Learned) -> dict[str, Any]:
        """The levels of each encoded column."""
        levels = {p.column.name: list(t.pool.levels) for p, t in learned if t is not None}
        return {"levels": levels}


def indicated(pool: Pool | None, drop_last: bool) -> tuple[New, ...]:
    """The new columns of a pool, one for each level."""
    labels = () if pool is None else pool.levels
    texts = [str(label) for label in labels]
    if len(set(texts)) < len(texts):  # "1" beside 1
        texts = [repr(label) for label in labels]
    return tuple(New(text) for text in texts[: len(texts) - drop_last])


def known(column: Column) -> Pool:
    """The pool of a categorical column."""
    assert column.pool is not None  # what is Finite has one
    return column.pool
