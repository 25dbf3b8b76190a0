"""Transforms of a target and back: by name, by a pair of functions, by a transformer.

A *change* knows what it can be learned from, learns what it needs from the training targets, and
gives something that changes numbers and brings predictions back, in NumPy and in a graph. Targets
are float64 `(n_rows, n_targets)` throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux import log
from kerasflux.errors import DataError, NotExportable
from kerasflux.interface import Fitted, Model

NAMES = ("log", "log1p", "sqrt", "box-cox")
_ABOVE = {"log": 0.0, "log1p": -1.0, "sqrt": 0.0, "box-cox": 0.0}
_POWERS = np.linspace(-0.4, 3.0, 171)
_MANY = 20_000


class Learned(Protocol):
    """A change that has learned what it needs."""

    def there(self, y: np.ndarray) -> np.ndarray:
        """Targets as the model learns them."""

    def back(self, t: np.ndarray) -> np.ndarray:
        """Predictions of the model in the units of the target."""

    def back_in_graph(self) -> tuple[Callable[[Any], Any], Any]:
        """`back` of tensors `(n_rows,)` or `(n_rows, n_targets)`, and what has to be saved."""

    def dump(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What was learned as JSON values and arrays."""


# by name


@dataclass(frozen=True)
class Named:
    """One of `NAMES`; `powers` and `largest` (per target) are what Box-Cox learns."""

    name: str
    powers: tuple[float, ...] = ()
    largest: tuple[float, ...] = ()

    def there(self, y: np.ndarray) -> np.ndarray:
        if self.name == "box-cox":
            return np.stack([_box_cox(y[:, i], p) for i, p in enumerate(self.powers)], axis=1)
        return np.asarray(_THERE[self.name](y))

    def back(self, t: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            if self.name == "box-cox":
                return np.stack([self._from_box_cox(t[:, i], i) for i in range(t.shape[1])], axis=1)
            return np.asarray(_BACK[self.name](t))

    def _from_box_cox(self, t: np.ndarray, i: int) -> np.ndarray:
        power = self.powers[i]
        if power == 0:
            return np.asarray(np.exp(t))
        if power < 0:  # past what any number becomes, numbers are taken for the largest target
            t = np.minimum(t, _box_cox(np.array([self.largest[i]]), power)[0])
        return np.asarray(np.maximum(power * t + 1, 0) ** (1 / power))

    def back_in_graph(self) -> tuple[Callable[[Any], Any], Any]:
        import tensorflow as tf

        simple = {
            "log": tf.exp,
            "log1p": tf.math.expm1,
            "sqrt": lambda t: tf.square(tf.maximum(t, tf.zeros_like(t))),
        }
        if self.name != "box-cox":
            return simple[self.name], None

        def column(t: Any, i: int) -> Any:
            power = self.powers[i]
            if power == 0:
                return tf.exp(t)
            if power < 0:
                top = _box_cox(np.array([self.largest[i]]), power)[0]
                t = tf.minimum(t, tf.cast(top, t.dtype))
            return tf.maximum(power * t + 1, tf.zeros_like(t)) ** (1 / power)

        def back(t: Any) -> Any:
            if len(self.powers) == 1:
                return column(t, 0)
            return tf.stack([column(t[:, i], i) for i in range(len(self.powers))], axis=1)

        return back, None

    def dump(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"name": self.name, "powers": self.powers, "largest": self.largest}, {}


_THERE: Mapping[str, Callable[[Any], Any]] = {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}
_BACK: Mapping[str, Callable[[Any], Any]] = {
    "log": np.exp,
    "log1p": np.expm1,
    "sqrt": lambda t: np.maximum(t, 0) ** 2,
}


def learn_named(name: str, y: np.ndarray) -> Named:
    """A change by name, learned from training targets."""
    if name != "box-cox":
        return Named(name)
    powers = tuple(best_power(column) for column in y.T)
    return Named(name, powers, tuple(float(column.max()) for column in y.T))


def best_power(y: np.ndarray) -> float:
    """The power for which Box and Cox's transform of positive numbers is most like a normal sample.

    Of 171 powers from -0.4 to 3 that whose transform correlates most with the quantiles of the
    normal distribution; of more than 20,000 numbers as many, evenly spaced in order, are looked at.

    Source: `UnivariateBoxCoxTransformer` of MLJModels.jl.

    >>> y = np.exp(np.random.default_rng(1).normal(size=500))
    >>> abs(best_power(y)) < 0.1
    True
    """
    from scipy.special import ndtri

    ordered = np.sort(np.asarray(y, dtype=np.float64))
    if len(ordered) > _MANY:
        ordered = ordered[np.linspace(0, len(ordered) - 1, _MANY).round().astype(np.int64)]
    if len(ordered) < 3 or ordered[0] == ordered[-1]:
        return 1.0
    normal = ndtri(np.arange(1, len(ordered)) / len(ordered))
    scores = [_correlation(_box_cox(ordered, power), normal) for power in _POWERS]
    return float(np.round(_POWERS[int(np.argmax(scores))], 10))


def _correlation(ordered: np.ndarray, normal: np.ndarray) -> float:
    middles = (ordered[1:] + ordered[:-1]) / 2
    spread = middles.std()
    if not spread > 0:
        return -1.0
    return float(np.mean((middles - middles.mean()) * normal) / spread)


def _box_cox(y: np.ndarray, power: float) -> np.ndarray:
    return np.asarray(np.log(y) if power == 0 else (y**power - 1) / power)


def refuse_outside(name: str, y: np.ndarray, names: Sequence[Any], labels: Any) -> None:
    """Refuse targets that a change by name can't take.

    Args:
        name: one of `NAMES`.
        y: `(n_rows, n_targets)`.
        names: what the targets are called.
        labels: from row numbers to how these rows are called.

    Raises:
        DataError: `columns` maps each such target to the numbers of its rows.
    """
    bound, sign = _ABOVE[name], ">=" if name == "sqrt" else ">"
    bad = (y < bound) if name == "sqrt" else (y <= bound)
    if not bad.any():
        return
    rows = {n: np.flatnonzero(column) for n, column in zip(names, bad.T, strict=True)}
    told = [_shown(n, r, y[:, i], labels) for i, (n, r) in enumerate(rows.items()) if len(r)]
    raise DataError(
        f"The target has values that `{name}` does not take.",
        expected=f"numbers {'from 0 on' if name == 'sqrt' else f'above {bound:g}'}",
        received="\n".join(told),
        remedy=f"{_elsewhere(name, y)}leave these rows out, "
        f"`keep = y {sign} {bound:g}; X, y = X[keep], y[keep]`.",
        columns={n: r for n, r in rows.items() if len(r)},
    )


def _shown(name: Any, rows: np.ndarray, y: np.ndarray, labels: Any) -> str:
    first = rows[:3].tolist()
    told = ", ".join(
        f"{y[r]:g} in row {label!r}" for r, label in zip(first, labels(first), strict=True)
    )
    more = f", ... {len(rows)} in all" if len(rows) > 3 else ""
    return f"y[{name!r}]: {told}{more}"


def _elsewhere(name: str, y: np.ndarray) -> str:
    if name in ("log", "box-cox") and y.min() >= 0:
        return 'Zeros are taken by `transformer="log1p"` and "sqrt"; or '
    return "Subtract what is below first, take a pair of functions `(f, f_inverse)`; or "


# by a pair of functions


@dataclass(frozen=True)
class Functions:
    """A function of all targets and its inverse, as the user gave them."""

    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]

    def there(self, y: np.ndarray) -> np.ndarray:
        return _applied(self.forward, y)

    def back(self, t: np.ndarray) -> np.ndarray:
        return _applied(self.inverse, t)

    def back_in_graph(self) -> tuple[Callable[[Any], Any], Any]:
        raise NotExportable(
            "A target that is transformed by functions can't be exported.",
            expected=f"one of {', '.join(map(repr, NAMES))}, or a transformer",
            received=f"functions: {_name(self.forward)}, {_name(self.inverse)}",
            remedy='Transform by name, `transformer="log"` for instance, or save the model.',
        )

    def dump(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {}, {}


def learn_functions(pair: tuple[Any, Any], y: np.ndarray) -> Functions:
    """The pair, tried on the training targets: the second has to undo the first.

    Raises:
        DataError: what they give has another shape, is not finite, or is not what it was.
    """
    made = Functions(*pair)
    t = made.there(y)
    _demand_finite(t, y, made)
    again = made.back(t)
    wrong = ~np.isclose(again, y, rtol=1e-6, atol=1e-9 * max(1.0, float(np.abs(y).max())))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        log.warn(
            f"{_name(made.inverse)} does not undo {_name(made.forward)}: of {y[row, column]:g} "
            f"they make {again[row, column]:g}. Predictions are brought back by it all the same."
        )
    return made


def _applied(function: Callable[[Any], Any], y: np.ndarray) -> np.ndarray:
    one = y.shape[1] == 1
    found = np.asarray(function(y[:, 0] if one else y), dtype=np.float64)
    expected = y.shape[:1] if one else y.shape
    if found.shape != expected:
        raise DataError(
            f"The function {_name(function)} of the target gives something of another shape.",
            expected=f"an array of shape {expected}",
            received=f"an array of shape {found.shape}",
            remedy="It is called with all targets as a NumPy array, and gives as many numbers.",
            columns={},
        )
    return found[:, None] if one else found


def _demand_finite(t: np.ndarray, y: np.ndarray, made: Functions) -> None:
    bad = ~np.isfinite(t)
    if bad.any():
        rows = np.flatnonzero(bad.any(axis=1))
        shown = ", ".join(f"{y[r, int(np.flatnonzero(bad[r])[0])]:g}" for r in rows[:3])
        raise DataError(
            f"{_name(made.forward)} gives no finite number of {len(rows)} targets.",
            expected="a finite number for each target",
            received=f"targets that are {shown}" + (", ..." if len(rows) > 3 else ""),
            remedy="Leave these rows out, or take a function that is defined for them.",
            columns={"y": rows},
        )


def _name(function: Any) -> str:
    return f"`{getattr(function, '__name__', type(function).__name__)}`"


# by a transformer


@dataclass(frozen=True)
class Transformed:
    """What a transformer has learned from the targets, as a table of Continuous columns."""

    model: Model
    fitted: Fitted
    names: tuple[str, ...]

    def there(self, y: np.ndarray) -> np.ndarray:
        return self._matrix(self.model.transform(self.fitted, self._table(y)))

    def back(self, t: np.ndarray) -> np.ndarray:
        return self._matrix(self.model.inverse_transform(self.fitted, self._table(t)))

    def back_in_graph(self) -> tuple[Callable[[Any], Any], Any]:
        import tensorflow as tf

        module = self.model.inverse_serving(self.fitted)

        def back(t: Any) -> Any:
            columns = [t] if len(self.names) == 1 else tf.unstack(t, len(self.names), axis=1)
            made = module(dict(zip(self.names, columns, strict=True)))
            brought = [made[name] for name in self.names]
            return brought[0] if len(brought) == 1 else tf.stack(brought, axis=1)

        return back, module

    def dump(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        record, arrays = self.model.dump(self.fitted)
        return {"names": list(self.names), "model": record}, arrays

    def _table(self, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, columns=list(self.names))

    def _matrix(self, table: Any) -> np.ndarray:
        found = np.asarray(st.matrix(table), dtype=np.float64)
        if found.shape[1] != len(self.names):
            raise DataError(
                f"{type(self.model).__name__} makes {found.shape[1]} columns of a target of "
                f"{len(self.names)}.",
                expected="a transformer that keeps columns",
                received=f"columns {list(map(str, table.columns))}",
                columns={},
            )
        return found


def learn_transformer(model: Model, y: np.ndarray, names: Sequence[Any]) -> Transformed:
    """A transformer, learned from training targets."""
    table = pd.DataFrame(y, columns=list(map(str, names)))
    fitted = model.fit(model.select(model.prepare(table), None))
    return Transformed(model, fitted, tuple(map(str, names)))
