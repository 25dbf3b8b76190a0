"""`BalancedModel`: a model that trains on rows of which each class has its share.

Who owns what: `samplers` says which rows; here stands the model around another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import scitypes as st
from kerasflux.composition.leading import led
from kerasflux.composition.parts import read_part, written_parts
from kerasflux.composition.steps import as_part
from kerasflux.errors import HyperparameterError
from kerasflux.forwarding import Rows, Wrapper
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Fitted, Model, Run
from kerasflux.neural.frontend import Labels, labels
from kerasflux.neural.refusals import refuse_missing
from kerasflux.portraits import Record
from kerasflux.resampling.base import drawn_seed
from kerasflux.wrappers.samplers import as_sampler
from scitypes.pools import Pool


def _of_labels(value: Any) -> Model:
    model = as_part(value)
    declared = model.target_scitype
    if declared is not None and declared <= st.Vector[st.Finite]:
        return model
    raise HyperparameterError(
        f"{type(model).__name__} learns no labels, so there are no classes to balance.",
        expected="a classifier, such as `kf.NeuralNetworkClassifier()`",
        received=f"a model of {'no target' if declared is None else declared}",
        remedy="Models of numbers take weights: `kf.machine(model, X, y, sample_weight=w)`.",
        name="model",
        value=value,
    )


@dataclass(frozen=True)
class State:
    """What was learned.

    Attributes:
        inner: by the model.
        seed: what the rows were drawn by.
        counts: of each level how many rows there were, and how many were trained on.
        pool: the levels.
    """

    inner: Fitted
    seed: int
    counts: tuple[tuple[int, int], ...]
    pool: Pool


class BalancedModel(Wrapper):
    """A classifier that trains on re-sampled rows, so that rare classes count.

    Only rows that train are re-sampled, within the training rows of each fold; rows to predict, to
    test and to validate on never are. Rows are repeated or left out as they are, with their sample
    weights. The probabilities of the model are those of the re-sampled shares:
    `kf.CalibratedModel(kf.BalancedModel(...))` brings them back to those of the data.

    Args:
        model: a classifier, a pipeline for instance; kept by reference.
        sampler: `"over"` repeats rows of the smaller classes, `"under"` leaves out rows of the
            larger ones; or `kf.RandomOversampler(ratios, rng)`, `kf.RandomUndersampler(...)`.

    Scitypes: `X` and `y` as for the model, whose target is a `Vector[Finite]`.

    Iterations, weights, checkpoints, validation and warm restarts are those of the model: raising
    `model.epochs` goes on with the same rows, drawn again by the seed of the cold fit. A changed
    sampler starts from scratch.

    Learned: as the model. `report.balanced`: `rng`, the seed of the rows, and `before` and `after`,
        the number of rows of each class.

    Raises:
        HyperparameterError: a model without classes; something that is no sampler.
        UnseenLevel: ratios of labels that the target does not have.

    Example:
        >>> import kerasflux as kf, numpy as np, pandas as pd
        >>> X = pd.DataFrame({"a": np.arange(20.0)})
        >>> y = kf.coerce(np.where(X["a"] > 15, "yes", "no"), kf.Multiclass)
        >>> model = BalancedModel(kf.NeuralNetworkClassifier(epochs=1, rng=1))
        >>> kf.machine(model, X, y).fit(verbosity=0).report.balanced.after
        {'no': 16, 'yes': 16}

    Source: `BalancedModel` of MLJBalancing.jl, which takes several balancers one after the other:
    `BalancedModel(BalancedModel(model, "under"), "over")` over-samples first.
    """

    model: Any = field(convert=_of_labels, doc="learns from the re-sampled rows")
    sampler: Any = field("over", convert=as_sampler, doc='"over", "under" or a sampler')

    def judge_target(self, y: Any) -> None:
        super().judge_target(y)
        self.sampler.ratios_of(Pool.of(y))

    # learning

    def fit(self, data: Rows, run: Run = QUIET) -> Fitted:
        seed = drawn_seed() if self.sampler.rng is None else self.sampler.rng
        return self._learned(data, run, seed)

    def update(self, fitted: Fitted, old_model: Model, data: Rows, run: Run = QUIET) -> Fitted:
        if self.restarts(old_model):
            return self.fit(data, run)
        before: State = fitted.state
        old: Any = old_model
        return self._learned(data, run, before.seed, (before.inner, old.model))

    def _learned(
        self, rows: Rows, run: Run, seed: int, before: tuple[Fitted, Model] | None = None
    ) -> Fitted:
        target = labels(rows.y)
        refuse_missing(target.codes[:, None] < 0, ("y",), "target")
        taken = self.sampler.positions(target.codes, target.pool, seed)
        counts = _counts(target, taken)
        whole = lambda inner, _: self._fitted(State(inner, seed, counts, target.pool))
        return led(self.model, rows.take(taken), run, whole, before)

    def _fitted(self, state: State) -> Fitted:
        n_before, n_after = zip(*state.counts, strict=True)
        told = {
            "rng": state.seed,
            "before": dict(zip(state.pool.levels, n_before, strict=True)),
            "after": dict(zip(state.pool.levels, n_after, strict=True)),
        }
        inner = state.inner
        return Fitted(state, inner.params, {**inner.report, "balanced": Record(told)})

    # verbs over what was learned

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """What the model predicts."""
        return self.model.predict(fitted.state.inner, X)

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state: State = fitted.state
        record, own = self.model.dump(state.inner)
        arrays = {f"model/{name}": array for name, array in own.items()}
        written = {
            "seed": state.seed,
            "counts": [list(pair) for pair in state.counts],
            "pool": state.pool.to_json(),
        }
        return {**written_parts({"model": record}), **written}, arrays

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        inner = self.model.load(*read_part("model", record, arrays))
        counts = tuple((before, after) for before, after in record["counts"])
        return self._fitted(State(inner, record["seed"], counts, Pool.from_json(record["pool"])))

    def serving(self, fitted: Fitted) -> Any:
        return self.model.serving(fitted.state.inner)


def _counts(target: Labels, taken: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Of each level how many rows there are, and how many are taken."""
    n = len(target.pool)
    before, after = (np.bincount(c, minlength=n) for c in (target.codes, target.codes[taken]))
    return tuple((int(a), int(b)) for a, b in zip(before, after, strict=True))
