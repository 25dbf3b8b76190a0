"""`Standardizer`: numbers to mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import scitypes as st
from kerasflux.errors import NotSupported
from kerasflux.hyperparameters import field
from kerasflux.interface import Fitted
from kerasflux.transformers.base import TYPED, Learned, New, Selective, found
from kerasflux.transformers.serving import servable_inverse
from kerasflux.transformers.tables import columns_by_name, numbers, reassembled
from kerasflux.transformers.treatments import Scale, positions
from scitypes.profiles import Column


class Standardizer(Selective):
    """Shifts and scales numbers to mean 0 and standard deviation 1 over the training rows.

    `(x - mean) / std`, with the standard deviation of a sample (`ddof=1`). A column that is
    constant, or has fewer than two values, is only shifted: its standard deviation counts as 1.
    Missing cells count for nothing and stay missing. Other columns pass through, in place.

    Args:
        features: names of the columns to standardise, or a function that is true for their names;
            none named: every `Continuous` column, and those that `count` and `ordered_factor` add.
        ignore: whether `features` are those to leave as they are.
        count: whether `Count` columns are standardised too; they become `Continuous`.
        ordered_factor: whether `OrderedFactor` columns are, as the positions of their levels.

    Scitypes: `X` is a table or a matrix; missing cells are fine. Of a vector of numbers (a target)
    the vector itself is standardised, of whole numbers too.

    `inverse_transform` gives the numbers back, counts as floats; not with `ordered_factor`.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"size": [1.0, 2.0, 3.0], "rooms": [1, 2, 2]})
        >>> mach = kf.machine(kf.Standardizer(), X).fit(verbosity=0)
        >>> mach.transform(X)["size"].tolist()
        [-1.0, 0.0, 1.0]
        >>> mach.fitted_params["means"]
        {'size': 2.0}

    Source: `Standardizer` and `UnivariateStandardizer` of MLJ.
    """

    input_scitype: ClassVar[Any] = TYPED | st.Vector[st.Infinite | st.Missing]
    treatments: ClassVar[tuple[type, ...]] = (Scale,)
    treats: ClassVar[str] = "columns of numbers"

    count: bool = field(False, doc="whether Count columns are standardised too")
    ordered_factor: bool = field(False, doc="whether ordered factors are, as positions of levels")

    def chosen(self, schema: st.Schema) -> set[int]:
        return {0} if schema.container == "vector" else super().chosen(schema)

    def eligible(self, scitype: Any, named: bool) -> bool:
        if scitype <= st.OrderedFactor:
            return named or self.ordered_factor
        if scitype <= st.Count:
            return named or self.count
        return bool(scitype <= st.Infinite)

    def mend(self, names: list[Any]) -> str:
        return f"`X = kf.coerce(X, {{{names[0]!r}: kf.Continuous}})` makes numbers of numerals."

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        return (New(None),)

    def treatment(self, column: Column, values: Any) -> Scale:
        x = numbers(values) if column.pool is None else positions(values, column.pool)
        present = x[~np.isnan(x)]
        if not len(present) or present.min() == present.max():  # whose std may not be exactly 0
            return Scale(float(present[0]) if len(present) else 0.0, 1.0, column.pool)
        return Scale(*_mean_and_std(present), column.pool)

    def params(self, learned: Learned) -> dict[str, Any]:
        """Means and standard deviations by column."""
        scales = {place.column.name: t for place, t in learned if t is not None}
        return {
            "means": {name: scale.centre for name, scale in scales.items()},
            "stds": {name: scale.width for name, scale in scales.items()},
        }

    def inverse_transform(self, fitted: Fitted, X: Any) -> Any:
        """The numbers that were standardised, in the kind of table that `X` is.

        Raises:
            NotSupported: ordered factors were standardised: numbers don't give labels back.
        """
        self._refuse_positions(fitted)
        given, columns = columns_by_name(X), []
        for place, scale in fitted.state:
            old = found(place.column.name, given, fitted.state)
            columns.append((place.column.name, old if scale is None else scale.column([old])))
        return reassembled(X, columns)

    def inverse_serving(self, fitted: Fitted) -> Any:
        """`inverse_transform` as a `tf.Module` over a dict of tensors, as `serving` is."""
        self._refuse_positions(fitted)
        return servable_inverse(fitted.state)

    def _refuse_positions(self, fitted: Fitted) -> None:
        names = [p.column.name for p, scale in fitted.state if scale is not None and scale.pool]
        if names:
            raise NotSupported(
                "Ordered factors that were standardised can't be had back.",
                expected="a Standardizer with `ordered_factor=False`",
                received=f"ordered_factor=True, with {', '.join(map(repr, names))}",
                remedy="Leave ordered factors as they are, or keep the table that was transformed.",
            )


def _mean_and_std(x: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation, of numbers of any size: their squares may overflow."""
    _, exponent = np.frexp(np.abs(x).max())
    small = np.ldexp(x, -exponent)  # exact: by a power of two
    mean, std = np.ldexp([small.mean(), small.std(ddof=1)], exponent)
    return float(mean), float(std)
