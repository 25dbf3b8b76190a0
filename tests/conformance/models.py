"""The rows of the conformance tests: each model with data, typed and as it came.

A new model is tested by one new row in `ROWS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import kerasflux as kf

N = 60
NET = kf.MLP((6,), "relu", dropout=0.25)
OPTIONS = {"builder": NET, "epochs": 2, "batch_size": 16, "rng": 5}
GRAPH = kf.Acceleration(jit="graph")  # for some of the rows: made in two thirds of the time


@dataclass(frozen=True)
class Row:
    """A model with data.

    Attributes:
        name: what the tests call it.
        model: makes the model.
        X, y: data of its scitypes.
        raw: the same inputs as they came: strings, integers, columns in another order.
        verb: what it does with new rows.
    """

    name: str
    model: Callable[..., Any]
    X: Any
    y: Any
    raw: Any
    verb: str = "predict"

    def machine(self, **changes: Any) -> kf.Machine:
        """A machine, not yet fitted; `epochs`, `rng`... changed."""
        return kf.machine(self.model(**changes), self.X, self.y)

    def fitted(self, **changes: Any) -> kf.Machine:
        return self.machine(**changes).fit(verbosity=0)

    def output(self, mach: kf.Machine, X: Any = None, rows: Any = None) -> np.ndarray:
        """What the machine makes of rows, as an array."""
        out = getattr(mach, self.verb)(X, rows)
        return out.to_numpy(dtype=float) if isinstance(out, pd.DataFrame) else np.asarray(out)


def _table() -> tuple[pd.DataFrame, pd.DataFrame]:
    draw = np.random.default_rng(1)
    raw = pd.DataFrame(
        {
            "size": draw.normal(3, 2, N),
            "rooms": draw.integers(1, 9, N),
            "town": draw.choice(["Ox", "Ur", "Ys"], N),
            "stars": draw.choice([1, 2, 3], N),
        },
        index=[f"house {i}" for i in range(N)],
    )
    stars = pd.Categorical(raw["stars"], categories=[1, 2, 3], ordered=True)
    typed = raw.assign(town=pd.Categorical(raw["town"], ["Ys", "Ur", "Ox", "Nowhere"]), stars=stars)
    return typed, raw[["stars", "town", "rooms", "size"]]


X, RAW = _table()
_value = X["size"] + X["rooms"] * (X["town"] == "Ur").to_numpy()
PRICE = (100 + 5 * _value).rename("price")
CLASS = pd.Series(pd.cut(_value, [-99, 3, 6, 99], labels=["low", "mid", "high"]), name="class")
SOLD = pd.Series(pd.Categorical(np.where(_value > 4, "yes", "no")), X.index, name="sold")
TWO = pd.DataFrame({"price": PRICE, "tax": 3 - _value})
PIXELS = np.random.default_rng(2).integers(0, 256, (N, 8, 8), dtype=np.uint8)
IMAGES = kf.coerce(PIXELS, kf.GrayImage)
BRIGHT = pd.Categorical(np.where(PIXELS.mean(axis=(1, 2)) > 127, "bright", "dark"))


def _maker(cls: Any, **fixed: Any) -> Callable[..., Any]:
    return lambda **changes: cls(**{**OPTIONS, **fixed, **changes})


def _embedder(**changes: Any) -> Any:
    return kf.EntityEmbedder(kf.NeuralNetworkClassifier(**{**OPTIONS, **changes}))


ROWS = [
    Row("regressor", _maker(kf.NeuralNetworkRegressor), X, PRICE, RAW),
    Row(
        "multitarget",
        _maker(kf.MultitargetNeuralNetworkRegressor, acceleration=GRAPH),
        *(X, TWO, RAW),
    ),
    Row("classifier", _maker(kf.NeuralNetworkClassifier), X, CLASS, RAW),
    Row("binary", _maker(kf.NeuralNetworkBinaryClassifier, acceleration=GRAPH), X, SOLD, RAW),
    Row("image", _maker(kf.ImageClassifier), IMAGES, BRIGHT, PIXELS),
    Row("embedder", _embedder, X, CLASS, RAW, "transform"),
]
SUPERVISED = [row for row in ROWS if row.verb == "predict"]
TABULAR = [row for row in ROWS if row.name != "image"]


def epochs(row: Row) -> str:
    """The path of the iteration parameter."""
    return row.model().iteration_parameter
