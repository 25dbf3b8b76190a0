"""A table of numbers with two targets, as long as the module that asks says in `N`."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def X(request):
    draw, n = np.random.default_rng(3), request.module.N
    return pd.DataFrame(draw.normal(size=(n, 3)), [f"r{i}" for i in range(n)], ["a", "b", "c"])


@pytest.fixture
def y(X):
    return (X["a"] - 2 * X["b"] + np.sin(9 * X["c"])).rename("price")


@pytest.fixture
def band(y):
    labels = pd.cut(y, [-99, -1, 1, 99], labels=["low", "mid", "high"])
    return pd.Series(labels, y.index, name="band")
