"""What is said of columns whose scientific type no model takes."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf
from kerasflux.errors import ScitypeMismatch

N = 6
STRANGE = {
    "timedelta64": pd.to_timedelta(range(N), unit="D"),
    "period": pd.period_range("2020", periods=N, freq="Y"),
    "interval": pd.interval_range(0, N),
    "Decimal": [Decimal(i) for i in range(N)],
    "Fraction": [Fraction(i, 2) for i in range(N)],
    "Timedelta": np.array([pd.Timedelta(days=i) for i in range(N)], dtype=object),
    "complex128": np.arange(N) * 1j,
    "float and int and str": [1, "a", 2.5] * 2,
}


def refusal(values):
    X = pd.DataFrame({"age": np.arange(N), "odd": pd.Series(values)})
    if isinstance(values, np.ndarray) and values.dtype == object:
        X["odd"] = X["odd"].astype(object)
    with pytest.raises(ScitypeMismatch) as caught:
        kf.machine(kf.NeuralNetworkRegressor(), X, np.arange(N) / 2)
    return X, caught.value


@pytest.mark.parametrize("held", STRANGE)
def test_columns_of_no_scitype_are_named_with_a_conversion_that_works(held):
    X, error = refusal(STRANGE[held])
    assert held in error.remedy
    code = error.remedy.split("`")[1]
    space = {"X": X}
    exec(code, space)
    found = kf.elscitype(space["X"]["odd"])
    assert found <= (kf.Textual if "str" in held else kf.Infinite)


def test_columns_of_anything_else_are_named_by_the_type_of_their_elements():
    _, error = refusal([object()] * N)
    assert "X['odd'] holds Unknown (object)" in error.remedy
    assert "drop(columns=['odd'])" in error.remedy
