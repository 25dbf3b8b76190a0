"""`ContinuousEncoder`: a table of nothing but `Continuous` columns."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import scitypes as st
from kerasflux.hyperparameters import field
from kerasflux.interface import Fitted
from kerasflux.transformers.base import Columnwise, Learned, New
from kerasflux.transformers.one_hot import indicated, known
from kerasflux.transformers.treatments import AsNumber, Drop, Indicators, Treatment
from scitypes.profiles import Column


class ContinuousEncoder(Columnwise):
    """Makes every column `Continuous`, and leaves out those that can't be.

    `Continuous` columns stay as they are, `Count` columns become floats, of an `OrderedFactor` the
    positions of its levels are taken (from 0, as `kf.coerce` has them), a `Multiclass` column is
    one-hot encoded as by `OneHotEncoder`. **All other columns are dropped**: dates, times, text;
    `mach.report.features_dropped` lists them. Missing cells stay missing.

    Args:
        drop_last: whether the last level of a one-hot encoded column gets no column.
        one_hot_ordered_factors: whether ordered factors are one-hot encoded as well.
        handle_unknown: what is done with labels of later rows that are no level: `"error"`, or
            `"ignore"`: zeros in one-hot encoded columns, as by `OneHotEncoder`; others refuse them.

    Scitypes: `X` is a table, of any columns, or a matrix.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"rooms": [1, 2], "town": pd.Categorical(["Ox", "Ur"])})
        >>> kf.machine(kf.ContinuousEncoder(), X).fit(verbosity=0).transform(X)
           rooms  town__Ox  town__Ur
        0    1.0       1.0       0.0
        1    2.0       0.0       1.0

    Source: `ContinuousEncoder` of MLJ, which counts levels from 1.
    """

    input_scitype: ClassVar[Any] = st.Table | st.Matrix[st.Infinite | st.Missing]
    treatments: ClassVar[tuple[type, ...]] = (AsNumber, Indicators, Drop)

    drop_last: bool = field(False, doc="whether the last level gets no column")
    one_hot_ordered_factors: bool = field(False, doc="whether ordered factors are one-hot encoded")
    handle_unknown: Literal["error", "ignore"] = field(
        "error", doc="whether labels that are no level are refused, or give zeros"
    )

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        kind = self._kind(column)
        if kind is Indicators:
            return indicated(column.pool, self.drop_last)
        return {None: None, AsNumber: (New(None),), Drop: ()}[kind]

    def treatment(self, column: Column, values: Any) -> Treatment:
        kind = self._kind(column)
        if kind is Indicators:
            return Indicators(known(column), self.drop_last, self.handle_unknown == "ignore")
        return AsNumber(column.pool) if kind is AsNumber else Drop()

    def _kind(self, column: Column) -> Any:
        """The class of the treatment of a column; None where it stays as it is."""
        plain = st.nonmissing(column.scitype)
        if plain <= st.Continuous:
            return None
        if plain <= st.Infinite or (plain <= st.OrderedFactor and not self.one_hot_ordered_factors):
            return AsNumber
        return Indicators if plain <= st.Finite else Drop

    def _fitted(self, learned: Learned) -> Fitted:
        fitted = super()._fitted(learned)
        dropped = [place.column.name for place in learned.places if not place.outputs]
        return Fitted(learned, fitted.params, {**fitted.report, "features_dropped": dropped})

    def params(self, learned: Learned) -> dict[str, Any]:
        """The levels of each one-hot encoded column."""
        hot = ((p.column.name, t) for p, t in learned if isinstance(t, Indicators))
        return {"levels": {name: list(t.pool.levels) for name, t in hot}}
