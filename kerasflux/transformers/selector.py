"""`FeatureSelector`: some columns of a table, the others left out."""

from __future__ import annotations

from typing import Any, ClassVar

import scitypes as st
from kerasflux.transformers.base import New, Selective
from kerasflux.transformers.treatments import Drop
from scitypes.profiles import Column


class FeatureSelector(Selective):
    """Keeps the columns that `features` names, in the order of the table, and drops the others.

    Later data still has to have all columns that the machine was fitted on: what it reads is what
    it was fitted on, whatever becomes of it.

    Args:
        features: names of the columns to keep, or a function that is true for their names; none
            named: all of them.
        ignore: whether `features` are those to drop.

    Scitypes: `X` is a table, of any columns, or a matrix.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"id": ["a1", "a2"], "size": [1.5, 2.5]})
        >>> mach = kf.machine(kf.FeatureSelector(features=["id"], ignore=True), X)
        >>> list(mach.fit(verbosity=0).transform(X).columns)
        ['size']

    Source: `FeatureSelector` of MLJ, which keeps the columns in the order of `features`.
    """

    input_scitype: ClassVar[Any] = st.Table | st.Matrix[st.Infinite | st.Missing]
    treatments: ClassVar[tuple[type, ...]] = (Drop,)
    treats: ClassVar[str] = "any columns"

    def eligible(self, scitype: Any, named: bool) -> bool:
        return True

    def chosen(self, schema: st.Schema) -> set[int]:
        """The columns that are not kept: those are treated, by dropping them."""
        return set(range(len(schema))) - super().chosen(schema)

    def _able(self, columns: Any, named: bool) -> set[int]:
        return set(range(len(columns)))

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        return ()

    def treatment(self, column: Column, values: Any) -> Drop:
        return Drop()
