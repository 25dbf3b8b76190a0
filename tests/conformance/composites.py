"""Models made of models, as rows of the conformance tests; data as it comes and typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import kerasflux as kf
from kerasflux.hyperparameters import set_path

N = 64
GRAPH = kf.Acceleration(jit="graph")
TYPES = {"sold": kf.ScientificDate, "seen": kf.ScientificDateTime, "town": kf.Multiclass}


def _raw() -> pd.DataFrame:
    """Rows as a CSV has them: dates as texts, gaps in every column."""
    draw = np.random.default_rng(4)
    days = pd.date_range("2025-11-03", periods=N, freq="5D")
    raw = pd.DataFrame(
        {
            "sold": days.strftime("%Y-%m-%d"),
            "seen": (days + pd.to_timedelta(draw.integers(0, 86_400, N), "s")).strftime(
                "%Y-%m-%dT%H:%M:%S"
            ),
            "size": draw.normal(90, 25, N),
            "rooms": draw.integers(1, 7, N).astype(float),
            "town": draw.choice(["Ox", "Ur", "Ys"], N),
        },
        index=[f"house {i}" for i in range(N)],
    )
    for k, name in enumerate(["size", "rooms", "town"]):
        raw.loc[raw.index[k::11], name] = None
    return raw


RAW = _raw()
X = kf.coerce(RAW, {**TYPES, "rooms": kf.Count}, verbosity=0)
_value = RAW["size"].fillna(80) / 30 + (RAW["town"] == "Ur")
PRICE = np.exp(_value).rename("price")
BAND = pd.Series(pd.cut(_value, [-9, 2.5, 3.5, 99], labels=["low", "mid", "high"]), name="band")
DEAR = pd.Series(
    pd.Categorical(np.where(BAND == "high", "yes", "no"), ["no", "yes"], ordered=True),
    X.index,
    name="dear",
)


def net(kind: Any = kf.NeuralNetworkRegressor, **changes: Any) -> Any:
    """A small network, in the mode that has one program for the numbers of rows of all folds."""
    own = {"builder": kf.MLP((6,), "relu", dropout=0.25), "acceleration": GRAPH}
    return kind(**{**own, "epochs": 2, "batch_size": 16, "rng": 5, **changes})


def cleaning(**last: Any) -> kf.Pipeline:
    """Fills gaps, takes dates apart, makes columns of labels, scales; then what is given."""
    return kf.Pipeline(
        fill=kf.FillImputer(),
        dates=kf.DateTimeEncoder(),
        hot=kf.OneHotEncoder(),
        scale=kf.Standardizer(count=True),
        **last,
    )


def _embedding() -> kf.Pipeline:
    embedder = kf.EntityEmbedder(net(missing="impute", epochs=1))
    return kf.Pipeline(fill=kf.FillImputer(), dates=kf.DateTimeEncoder(), embed=embedder, net=net())


def _tuned() -> kf.TunedModel:
    return kf.TunedModel(
        cleaning(net=net(epochs=1)),
        {"learning_rate": kf.log_range(1e-3, 1e-1)},
        kf.RandomSearch(rng=3),
        resampling=kf.Holdout(0.5, rng=0),
        n=2,
    )


def _stack() -> kf.Stack:
    bases = {"net": cleaning(net=net(epochs=1)), "mean": kf.ConstantRegressor()}
    return kf.Stack(net(), kf.CV(2, rng=0), **bases)


def _threshold() -> kf.BinaryThresholdPredictor:
    model = cleaning(net=net(kf.NeuralNetworkBinaryClassifier))
    return kf.BinaryThresholdPredictor(model, "tune", resampling=kf.Holdout(0.5, rng=0))


def _calibrated() -> kf.CalibratedModel:
    rare = kf.BalancedModel(net(kf.NeuralNetworkClassifier), kf.RandomOversampler(rng=3))
    return kf.CalibratedModel(cleaning(net=rare), "platt", kf.Holdout(0.5, rng=0))


def until(model: Any, **options: Any) -> kf.IteratedModel:
    """A model that is iterated until it was looked at a number of times: `controls.1.n`."""
    return kf.IteratedModel(model, [kf.Step(1), kf.NumberLimit(2)], **options)


@dataclass(frozen=True)
class Row:
    """A composite with its target; inputs are those of this module.

    Attributes:
        name: what the tests call it.
        make: makes the model.
        y: its target.
        counter: the path of what counts its iterations, where it has no iteration parameter.
        apart: names of checks that do not apply to it.
        ahead: whether other fits within are done before the one that iterates, or after it.
    """

    name: str
    make: Callable[[], Any]
    y: Any
    counter: str = ""
    apart: frozenset[str] = frozenset()
    ahead: bool = False

    @property
    def path(self) -> str:
        """The path of what counts iterations."""
        return self.counter or self.make().iteration_parameter

    def machine(self, epochs: int = 2) -> kf.Machine:
        model = self.make()
        set_path(model, self.path, epochs)
        return kf.machine(model, X, self.y)

    def fitted(self, epochs: int = 2) -> kf.Machine:
        return self.machine(epochs).fit(verbosity=0)


def _of_log() -> Any:
    return kf.TransformedTargetModel(cleaning(net=net()), "log")


def _iterated() -> list[Row]:
    """Iterated models, within and around others; controls count what others have a number for."""
    uncounted = frozenset({"continues_exactly", "survives_a_crash"})
    rows = [
        ("iterated pipeline", lambda: until(cleaning(net=net())), "controls.1.n"),
        (
            "iterated in target in pipeline",
            lambda: cleaning(net=kf.TransformedTargetModel(until(net()), "log")),
            "net.model.controls.1.n",
        ),
    ]
    return [Row(name, make, PRICE, path, uncounted) for name, make, path in rows]


ROWS = [
    Row(
        "pipeline",
        lambda: cleaning(net=net(kf.NeuralNetworkClassifier, acceleration=kf.Acceleration())),
        BAND,
    ),
    Row("target in pipeline", lambda: cleaning(net=kf.TransformedTargetModel(net(), "log")), PRICE),
    Row("pipeline in target", _of_log, PRICE),
    Row(
        "pipelines in targets in pipelines",
        lambda: kf.Pipeline(
            fill=kf.FillImputer(),
            rest=kf.TransformedTargetModel(
                kf.DateTimeEncoder()
                | kf.OneHotEncoder()
                | kf.TransformedTargetModel(kf.Standardizer() | net(), kf.Standardizer()),
                "box-cox",
            ),
        ),
        PRICE,
    ),
    Row("embedding", _embedding, PRICE),
    *_iterated(),
    Row("tuned", _tuned, PRICE, ahead=True),
    Row("ensemble", lambda: kf.EnsembleModel(cleaning(net=net(epochs=1)), n=2, rng=7), PRICE),
    Row("stack", _stack, PRICE),
    Row("threshold", _threshold, DEAR, ahead=True),
    Row("calibrated", _calibrated, BAND, ahead=True),
]


def state(mach: kf.Machine) -> dict[str, np.ndarray]:
    """All that is learned, but for how long it took."""
    return {n: a for n, a in mach.state.items() if not n.endswith("seconds")}


def differing(one: kf.Machine, other: kf.Machine) -> list[str]:
    """The names of what differs in a bit."""
    a, b = state(one), state(other)
    unlike = [
        n
        for n in a.keys() & b.keys()
        if not np.array_equal(a[n], b[n], equal_nan=a[n].dtype.kind == "f")
    ]
    return sorted(a.keys() ^ b.keys()) + sorted(unlike)


def values(predicted: Any) -> np.ndarray:
    """Predictions as an array that a file can hold: labels as texts."""
    found = np.asarray(predicted)
    return found.astype(str) if found.dtype == object else found
