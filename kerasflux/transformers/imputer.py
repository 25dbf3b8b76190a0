"""`FillImputer`: missing cells filled with what is usual in their column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

import scitypes as st
from kerasflux.allowed import short
from kerasflux.errors import DataError, HyperparameterError
from kerasflux.hyperparameters import field
from kerasflux.interface import Fitted, Observations
from kerasflux.transformers.base import Learned, New, Selective
from kerasflux.transformers.one_hot import known
from kerasflux.transformers.tables import columns_by_name, numbers
from kerasflux.transformers.treatments import FillLabel, FillNumber, Treatment
from scitypes import missingness
from scitypes.errors import nearest
from scitypes.profiles import Column

_FILLS: dict[str, Callable[[np.ndarray], Any]] = {
    "median": np.median,
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
}


def _fill(value: Any) -> Any:
    """A name, a finite number, or a function of an array."""
    if callable(value) or (isinstance(value, str) and value in _FILLS):
        return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and np.isfinite(value):
        return value
    raise HyperparameterError(
        f"Missing numbers can't be filled with {short(value)}.",
        expected=f"{', '.join(map(repr, _FILLS))}, a finite number, or a function of an array",
        received=f"{short(value)}, of type {type(value).__name__}",
        remedy=nearest(value, _FILLS) or '"median"',
    )


class FillImputer(Selective):
    """Fills missing cells with the median, or the commonest label, of the training rows.

    Something is learned of every column, whether a training row lacks it or not, so that cells
    which are missing only later are filled too: of numbers the median of those there are, of
    `Count` columns the median rounded to a whole number (halves to the even one), of labels the
    commonest one (of equally common ones, the first level). Dates and times pass through:
    `DateTimeEncoder` before it makes numbers of them.

    Args:
        features: names of the columns to fill, or a function that is true for their names; none
            named: every column of numbers or labels.
        ignore: whether `features` are those to leave as they are.
        continuous_fill: what `Continuous` columns are filled with: "median", "mean", "min", "max",
            a number, or a function of the array of the numbers that are there.
        count_fill: the same for `Count` columns; rounded to a whole number.
        finite_fill: "mode", or a label that is a level of every column that is filled.

    Scitypes: `X` is a table or a matrix; what comes out has no missing cells in filled columns.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"size": [1.0, None, 5.0, 2.0]})
        >>> mach = kf.machine(kf.FillImputer(), X).fit(verbosity=0)
        >>> mach.transform(X)["size"].tolist()
        [1.0, 2.0, 5.0, 2.0]

    Source: `FillImputer` of MLJ.
    """

    treatments: ClassVar[tuple[type, ...]] = (FillNumber, FillLabel)
    treats: ClassVar[str] = "columns of numbers or labels"

    continuous_fill: Any = field("median", convert=_fill, doc="what fills Continuous columns")
    count_fill: Any = field("median", convert=_fill, doc="what fills Count columns, rounded")
    finite_fill: Any = field("mode", doc='what fills labels: "mode", or a label')

    def eligible(self, scitype: Any, named: bool) -> bool:
        return bool(scitype <= st.Infinite or scitype <= st.Finite)

    def mend(self, names: list[Any]) -> str:
        return (
            "Dates and times are made numbers by `kf.DateTimeEncoder`, text is made labels by "
            "`kf.coerce`; then they can be filled."
        )

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        plain = st.nonmissing(column.scitype)
        return (New(None, plain, column.pool, complete=True),)

    def fit(self, data: Observations) -> Fitted:
        self._refuse_empty(data.X)
        return super().fit(data)

    def _refuse_empty(self, X: Any) -> None:
        """Refuse columns without any value, whose scitype says nothing about what they held."""
        empty = [name for name, c in columns_by_name(X).items() if self._asked(name) and _empty(c)]
        if empty:
            raise DataError(
                "FillImputer has nothing to fill columns with: in these rows they have no values.",
                expected="a value in at least one training row of every column that is filled",
                received=f"only missing cells in {', '.join(map(repr, empty))}",
                remedy=f"Leave them out: `X = X.drop(columns={empty!r})`.",
                columns=dict.fromkeys(empty, "no values"),
            )

    def _asked(self, name: Any) -> bool:
        if callable(self.features):
            return bool(self.features(name)) != self.ignore
        return not self.features or (name in self.features) != self.ignore

    def treatment(self, column: Column, values: Any) -> Treatment:
        if column.pool is not None:
            return FillLabel(column.pool, self._label(column, values))
        present = numbers(values)
        present = present[~np.isnan(present)]
        whole = bool(st.nonmissing(column.scitype) <= st.Count)
        filled = _filled(self.count_fill if whole else self.continuous_fill, present)
        return FillNumber(float(np.rint(filled)) if whole else filled, whole)

    def _label(self, column: Column, values: Any) -> Any:
        pool = known(column)
        if isinstance(self.finite_fill, str) and self.finite_fill == "mode":
            codes = pool.codes(values)
            return pool.levels[int(np.bincount(codes[codes >= 0], minlength=len(pool)).argmax())]
        if self.finite_fill in pool.levels:
            return self.finite_fill
        raise HyperparameterError(
            f"Column {column.name!r} can't be filled with {short(self.finite_fill)}.",
            expected=f'"mode", or one of its levels {short(list(pool.levels))}',
            received=f"finite_fill={short(self.finite_fill)}",
            remedy=nearest(self.finite_fill, pool.levels)
            or f"`kf.set_levels` adds a level; `features=` leaves {column.name!r} out.",
        )

    def params(self, learned: Learned) -> dict[str, Any]:
        """What each column is filled with."""
        filled = {place.column.name: t for place, t in learned if t is not None}
        return {
            "fill": {
                name: (t.label if isinstance(t, FillLabel) else t.filler)
                for name, t in filled.items()
            }
        }


def _filled(fill: Any, present: np.ndarray) -> float:
    if callable(fill):
        return float(fill(present))
    return float(_FILLS[fill](present)) if isinstance(fill, str) else float(fill)


def _empty(column: Any) -> bool:
    """Whether all cells are missing, of a column that does not hold dates by its dtype."""
    dated = getattr(getattr(column, "dtype", None), "kind", "") == "M"
    return not dated and bool(missingness.missing_mask(column).all())
