"""Calibration maps: from probabilities that are too sure, or not sure enough, to better ones.

Pure functions and records over arrays: a map is learned from probabilities `(n_rows, n_levels)`,
the classes that came and weights; it is called with probabilities, writes itself as arrays, and has
a twin of TensorFlow operations. All compute in float64. Columns are in the order of the pool; of
two levels the second one's probability is what is mapped.

Source: Guo et al., "On calibration of modern neural networks" (2017), for temperatures; Platt,
"Probabilistic outputs for support vector machines" (1999), and Zadrozny and Elkan, "Transforming
classifier scores into accurate multiclass probability estimates" (2002), as in
`sklearn.calibration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from kerasflux.scoring.base import aggregated

EPS = float(np.finfo(np.float64).eps)
"""Probabilities are taken for no smaller than this where their logarithm is needed."""
_LARGEST = 10.0  # of |log T|, as in scikit-learn


class Map(Protocol):
    """A learned calibration map."""

    method: ClassVar[str]

    def __call__(self, p: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of probabilities, `(n_rows, n_levels)` float64 each."""

    def in_graph(self, p: Any) -> Any:
        """The same of float64 tensors."""

    def params(self) -> dict[str, Any]:
        """What a user may look at."""

    def dump(self) -> dict[str, np.ndarray]:
        """Arrays that `loaded` makes the map of again."""


def learned(method: str, p: np.ndarray, codes: np.ndarray, w: np.ndarray | None = None) -> Map:
    """Learn a map.

    Args:
        method: `"temperature"`, `"platt"` or `"isotonic"`.
        p: probabilities, `(n_rows, n_levels)`.
        codes: the classes that came, as columns of `p`, `(n_rows,)`.
        w: one weight per row, or None.
    """
    weights = np.ones(len(codes))
    if w is not None:  # of mean 1: Platt's targets count rows
        weights = np.asarray(w, dtype=np.float64) * (len(codes) / np.sum(w))
    made: Map = _LEARNERS[method](normalised(p), codes, weights)
    return made


def loaded(method: str, arrays: Mapping[str, np.ndarray]) -> Map:
    """The map that `dump` wrote."""
    read = {name: np.asarray(array) for name, array in arrays.items()}
    if method == "temperature":
        return Temperature(float(read["temperature"]))
    if method == "platt":
        return Platt(read["slopes"], read["intercepts"])
    n = sum(1 for name in read if name.startswith("x"))
    return Isotonic(tuple((read[f"x{k}"], read[f"y{k}"]) for k in range(n)))


def log_loss(p: np.ndarray, codes: np.ndarray, w: np.ndarray | None = None) -> float:
    """The mean of -log p(y), clipped as the measure `log_loss` does.

    >>> round(log_loss(np.array([[0.5, 0.5], [0.1, 0.9]]), np.array([0, 1])), 4)
    0.3993
    """
    given = p[np.arange(len(codes)), codes]
    return aggregated(-np.log(np.clip(given, EPS, 1 - EPS)), w, "mean")


def normalised(p: Any) -> np.ndarray:
    """Probabilities as float64 that sum to one; those of networks are float32."""
    p = np.asarray(p, dtype=np.float64)
    return p / p.sum(axis=1, keepdims=True)


def log_odds(p: np.ndarray) -> np.ndarray:
    """log p / (1 - p), column by column; the rest is summed from the other columns, which keeps the
    digits of a probability next to one.
    """
    rest = p @ (1.0 - np.eye(p.shape[1]))
    return np.log(np.maximum(p, EPS)) - np.log(np.maximum(rest, EPS))


# one number


@dataclass(frozen=True)
class Temperature:
    """softmax(log p / T)."""

    temperature: float

    method: ClassVar[str] = "temperature"

    def __call__(self, p: np.ndarray) -> np.ndarray:
        return _softmax(np.log(np.maximum(p, EPS)) / self.temperature)

    def in_graph(self, p: Any) -> Any:
        import tensorflow as tf

        return tf.nn.softmax(tf.math.log(tf.maximum(p, EPS)) / self.temperature, axis=1)

    def params(self) -> dict[str, Any]:
        return {"temperature": self.temperature}

    def dump(self) -> dict[str, np.ndarray]:
        return {"temperature": np.array(self.temperature)}


def learn_temperature(p: np.ndarray, codes: np.ndarray, w: np.ndarray) -> Temperature:
    """The T, from exp(-10) to exp(10), with the least log loss.

    The loss is convex in 1 / T, so its derivative has one root at most.

    >>> p = np.array([[0.1, 0.9], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]])
    >>> learn_temperature(p, np.array([1, 1, 0, 0]), np.ones(4))
    Temperature(temperature=2.0)
    """
    from scipy.optimize import brentq

    z = np.log(np.maximum(p, EPS))
    z -= z.max(axis=1, keepdims=True)
    came = z[np.arange(len(codes)), codes]

    def slope(log_beta: float) -> float:
        expected = (_softmax(z * np.exp(log_beta)) * z).sum(axis=1)
        return float(w @ (expected - came))

    low, high = slope(-_LARGEST), slope(_LARGEST)
    if low >= 0 or high <= 0:  # the more even, or the surer, the better
        log_beta = 0.0 if low == high == 0 else -_LARGEST if low >= 0 else _LARGEST
    else:
        log_beta = float(brentq(slope, -_LARGEST, _LARGEST, xtol=1e-13, rtol=1e-14))
    return Temperature(float(f"{np.exp(-log_beta):.12g}"))  # the digits behind are the search's


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


# one class against the rest


def _of_classes(columns: np.ndarray) -> np.ndarray:
    """What was made of each class against the rest, as distributions; of two levels there is one
    column. Where no class is left any probability, all are alike.
    """
    if columns.shape[1] == 1:
        return np.concatenate([1.0 - columns, columns], axis=1)
    sums = columns.sum(axis=1, keepdims=True)
    even = np.full_like(columns, 1.0 / columns.shape[1])
    return np.divide(columns, sums, out=even, where=sums > 0)


def _of_classes_in_graph(columns: Any) -> Any:
    import tensorflow as tf

    if columns.shape[1] == 1:
        return tf.concat([1.0 - columns, columns], axis=1)
    sums = tf.reduce_sum(columns, axis=1, keepdims=True)
    even = tf.ones_like(columns) / columns.shape[1]
    return tf.where(sums > 0, columns / tf.where(sums > 0, sums, 1.0), even)


def _mapped(n_levels: int) -> range:
    """The columns that are mapped: of two the second one, of more each against the rest."""
    return range(1, 2) if n_levels == 2 else range(n_levels)


@dataclass(frozen=True, eq=False)
class Platt:
    """1 / (1 + exp(A f + B)) of the log-odds f of each class."""

    slopes: np.ndarray
    intercepts: np.ndarray

    method: ClassVar[str] = "platt"

    def __call__(self, p: np.ndarray) -> np.ndarray:
        f = log_odds(p)[:, list(_mapped(p.shape[1]))]
        return _of_classes(_sigmoid(-(self.slopes * f + self.intercepts)))

    def in_graph(self, p: Any) -> Any:
        import tensorflow as tf

        n = max(2, len(self.slopes))
        rest = tf.linalg.matmul(p, tf.constant(1.0 - np.eye(n)))
        f = tf.math.log(tf.maximum(p, EPS)) - tf.math.log(tf.maximum(rest, EPS))
        f = tf.gather(f, list(_mapped(n)), axis=1)
        return _of_classes_in_graph(tf.sigmoid(-(self.slopes * f + self.intercepts)))

    def params(self) -> dict[str, Any]:
        return {"slopes": self.slopes, "intercepts": self.intercepts}

    def dump(self) -> dict[str, np.ndarray]:
        return {"slopes": self.slopes, "intercepts": self.intercepts}


def learn_platt(p: np.ndarray, codes: np.ndarray, w: np.ndarray) -> Platt:
    """A and B of each class, with Platt's targets, which pull a little towards one half."""
    f = log_odds(p)
    found = [platt_line(f[:, k], codes == k, w) for k in _mapped(p.shape[1])]
    slopes, intercepts = zip(*found, strict=True)
    return Platt(np.array(slopes), np.array(intercepts))


def platt_line(f: np.ndarray, positive: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """A and B of 1 / (1 + exp(A f + B)) with the least cross-entropy against Platt's targets.

    Args:
        f: scores, `(n_rows,)`.
        positive: whether each row is of the class, `(n_rows,)` bool.
        w: weights, `(n_rows,)`.
    """
    from scipy.optimize import minimize

    scale = max(1.0, float(np.abs(f).max()))
    scale = scale if scale >= 30 else 1.0  # as scikit-learn: large scores slow the search down
    x = f / scale
    n_positive, n_negative = float(w[positive].sum()), float(w[~positive].sum())
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def loss(ab: np.ndarray) -> tuple[float, np.ndarray]:
        z = -(ab[0] * x + ab[1])
        value = float(w @ (np.logaddexp(0.0, z) - target * z))
        error = w * (_sigmoid(z) - target)
        return value, np.array([-error @ x, -error.sum()])

    start = np.array([0.0, np.log((n_negative + 1) / (n_positive + 1))])
    options = {"gtol": 1e-6, "ftol": 64 * np.finfo(float).eps}
    a, b = minimize(loss, start, method="L-BFGS-B", jac=True, options=options).x
    return float(a / scale), float(b)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1.0, e) / (1.0 + e))


@dataclass(frozen=True, eq=False)
class Isotonic:
    """A rising broken line for each class, level beyond its ends."""

    lines: tuple[tuple[np.ndarray, np.ndarray], ...]

    method: ClassVar[str] = "isotonic"

    def __call__(self, p: np.ndarray) -> np.ndarray:
        columns = [p[:, k] for k in _mapped(p.shape[1])]
        made = [np.interp(c, x, y) for c, (x, y) in zip(columns, self.lines, strict=True)]
        return _of_classes(np.stack(made, axis=1))

    def in_graph(self, p: Any) -> Any:
        import tensorflow as tf

        columns = [p[:, k] for k in _mapped(max(2, len(self.lines)))]
        made = [_interpolated(c, *line) for c, line in zip(columns, self.lines, strict=True)]
        return _of_classes_in_graph(tf.stack(made, axis=1))

    def params(self) -> dict[str, Any]:
        return {"lines": self.lines}

    def dump(self) -> dict[str, np.ndarray]:
        xs = {f"x{k}": x for k, (x, _) in enumerate(self.lines)}
        return {**xs, **{f"y{k}": y for k, (_, y) in enumerate(self.lines)}}


def _interpolated(values: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """`numpy.interp` of tensors."""
    import tensorflow as tf

    if len(x) == 1:
        return tf.ones_like(values) * y[0]
    inside = tf.clip_by_value(values, x[0], x[-1])
    found = tf.searchsorted(tf.constant(x), inside, side="right") - 1
    left = tf.clip_by_value(found, 0, len(x) - 2)
    x0, x1, y0, y1 = (tf.gather(tf.constant(a), left + d) for a in (x, y) for d in (0, 1))
    return y0 + (inside - x0) / (x1 - x0) * (y1 - y0)


def learn_isotonic(p: np.ndarray, codes: np.ndarray, w: np.ndarray) -> Isotonic:
    """For each class the rising function of its probability that is nearest to what came."""
    return Isotonic(tuple(isotonic(p[:, k], codes == k, w) for k in _mapped(p.shape[1])))


def isotonic(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rising function with the least weighted squared distance from `y`, by pooling.

    Neighbours that fall are pooled into their weighted mean, until none does. Of a stretch of equal
    values only the ends are kept; between two points the function is a line.

    Args:
        x: where, `(n_rows,)`; rows at the same place count as one, with their mean.
        y: values, `(n_rows,)`.
        w: weights, `(n_rows,)`; rows of weight 0 do not count.

    Returns:
        the corners of the function, rising, and its values there.

    >>> x, y = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 1.0, 0.0, 1.0])
    >>> [a.tolist() for a in isotonic(x, y, np.ones(4))]
    [[0.1, 0.2, 0.3, 0.4], [0.0, 0.5, 0.5, 1.0]]

    Source: `IsotonicRegression` of scikit-learn.
    """
    counted = w > 0
    places, at = np.unique(x[counted], return_inverse=True)
    weight = np.bincount(at.ravel(), w[counted])
    means = np.bincount(at.ravel(), w[counted] * y[counted]) / weight
    values = _pooled(means, weight)
    kept = np.ones(len(values), dtype=bool)
    kept[1:-1] = (values[1:-1] != values[:-2]) | (values[1:-1] != values[2:])
    return places[kept], values[kept]


def _pooled(means: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Adjacent violators pooled, from left to right."""
    level: list[float] = []
    mass: list[float] = []
    size: list[int] = []
    for value, heavy in zip(means.tolist(), weight.tolist(), strict=True):
        n = 1
        while level and level[-1] > value:
            total = mass[-1] + heavy
            value = (level.pop() * mass[-1] + value * heavy) / total
            heavy, n = total, n + size.pop()
            mass.pop()
        level.append(value)
        mass.append(heavy)
        size.append(n)
    return np.repeat(level, size)


_LEARNERS: Mapping[str, Any] = {
    "temperature": learn_temperature,
    "platt": learn_platt,
    "isotonic": learn_isotonic,
}
