"""scikit-learn's metrics and scorers as measures.

Metrics are known by name: their orientation, and what they are to be given, labels, numbers, the
probability of the positive class, or the matrix of probabilities in the order of sorted labels.
Scorers (`make_scorer`, `get_scorer`) score estimators; what is taken of one is its function, its
parameters and its sign. scikit-learn is not imported here: what it made is recognised.

Where a metric has a positive label, that is its own `pos_label` if that was given, else the last
level of an ordered pool of two, else 1 if there is such a label, as scikit-learn has it; else the
question is asked back.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from kerasflux.errors import MeasureError
from kerasflux.scoring import pairs
from kerasflux.scoring.base import Measure
from kerasflux.scoring.functions import PlainFunction, as_number
from scitypes.lattice import Finite, Infinite, Matrix, Table, Vector
from scitypes.messages import counted, listed
from scitypes.pools import Pool, as_categorical

LABELS, NUMBERS, PLAIN = "labels", "numbers", "plain"
POSITIVE, PROBABILITIES = "positive", "probabilities"

_KINDS = {
    (LABELS, "score"): (
        "accuracy_score balanced_accuracy_score cohen_kappa_score f1_score fbeta_score "
        "jaccard_score matthews_corrcoef precision_score recall_score"
    ),
    (LABELS, "loss"): "hamming_loss zero_one_loss",
    (NUMBERS, "score"): (
        "d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score "
        "r2_score"
    ),
    (NUMBERS, "loss"): (
        "max_error mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance "
        "mean_pinball_loss mean_poisson_deviance mean_squared_error mean_squared_log_error "
        "mean_tweedie_deviance median_absolute_error root_mean_squared_error "
        "root_mean_squared_log_error"
    ),
    (POSITIVE, "score"): "average_precision_score roc_auc_score",
    (POSITIVE, "loss"): "brier_score_loss",
    (PROBABILITIES, "score"): "d2_brier_score d2_log_loss_score top_k_accuracy_score",
    (PROBABILITIES, "loss"): "log_loss",
}
KNOWN = {name: traits for traits, names in _KINDS.items() for name in names.split()}

_ROOTS = ("root_mean_squared_error", "root_mean_squared_log_error")
_OF_ONE_CLASS = ("f1_score", "fbeta_score", "jaccard_score", "precision_score", "recall_score")
_TARGETS = {NUMBERS: Vector[Infinite] | Table(Infinite) | Matrix[Infinite]}

Given = tuple[Any, Any, dict[str, Any]]


@dataclass(frozen=True, repr=False)
class ForeignMetric(Measure):
    """A metric of scikit-learn, or a function of probabilities of a scorer, as a measure.

    Attributes:
        function: the metric.
        kind: what it is given.
        keywords: its own parameters.
        sign: 1, or -1 where a scorer turns a loss into a score.
    """

    function: Callable[..., Any]
    kind: str
    keywords: tuple[tuple[str, Any], ...] = ()
    sign: int = 1

    def __post_init__(self) -> None:
        own = self.function.__name__
        known = KNOWN.get(own, (self.kind, "score"))[1]
        values = self.kind in (LABELS, NUMBERS)
        for trait, value in {
            "name": own if self.sign > 0 else f"neg_{own}",
            "human_name": f"{own.replace('_', ' ')} of scikit-learn",
            "orientation": known if self.sign > 0 else "score",
            "prediction": "deterministic" if values else "probabilistic",
            "target_scitype": _TARGETS.get(self.kind, Vector[Finite]),
            "aggregation": "root_mean_square" if own in _ROOTS and self.sign > 0 else "mean",
            "supports_weights": "sample_weight" in inspect.signature(self.function).parameters,
        }.items():
            object.__setattr__(self, trait, value)

    def read(self, y_true: Any, y_pred: Any) -> Any:
        if self.kind == NUMBERS:
            return pairs.numbers(y_true, y_pred, self.name)
        if self.kind == LABELS:
            return pairs.labels(y_true, y_pred, self.name)
        return pairs.distributions(y_true, y_pred, self.name)

    def refuse_target(self, y: Any) -> None:
        super().refuse_target(y)
        if self.kind != NUMBERS and as_categorical(y) is not None:
            pool = Pool.of(y)
            self._positive(pool, pool if pool.ordered else None)

    def aggregate(self, pair: Any, weights: np.ndarray | None) -> Any:
        y_true, y_pred, more = self._given(pair)
        if weights is not None:
            more = {**more, "sample_weight": weights}
        try:
            value = self.function(y_true, y_pred, **{**dict(self.keywords), **more})
        except Exception as error:
            raise MeasureError(
                f"scikit-learn's `{self.function.__name__}` failed: {error}",
                expected="a truth and a prediction that it takes",
                received=f"{counted(pair.n, 'row')} and {self!r}",
                remedy=_with_parameters(self.function.__name__),
            ) from error
        return self.sign * as_number(value, repr(self))

    def positive_of(self, pair: Any) -> Any:
        if self.kind == NUMBERS:
            return None
        code = self._positive(pair.pool, pair.ranked)
        return None if code is None else pair.pool.levels[code]

    def _given(self, pair: Any) -> Given:
        """Truth, prediction and further arguments of the metric."""
        if self.kind == NUMBERS:
            one = pair.true.shape[1] == 1
            return (*((c[:, 0] if one else c) for c in (pair.true, pair.predicted)), {})
        names, code = np.array(pair.pool.levels), self._positive(pair.pool, pair.ranked)
        if self.kind == LABELS:
            said = {} if code is None else {"pos_label": pair.pool.levels[code]}
            return names[pair.true], names[pair.predicted], said
        p = pair.probabilities  # in their own precision, by which scikit-learn judges their sums
        if self.kind == PLAIN:
            last = int(np.argmax(names)) if len(names) == 2 else None
            return names[pair.true], p if last is None else p[:, last], {}
        if self.kind == POSITIVE and code is not None:
            without = {"pos_label": 1} if "pos_label" in dict(self.keywords) else {}
            return (pair.true == code).astype(int), p[:, code], without
        if self.kind == POSITIVE and len(names) == 2:
            return pair.true, p[:, 1], {}
        order = np.argsort(names, kind="stable")
        if self.function.__name__ == "average_precision_score":
            return pair.true[:, None] == np.arange(len(names)), p, {}
        return names[pair.true], p[:, order], {"labels": names[order]}

    def _positive(self, pool: Pool, ranked: Pool | None) -> int | None:
        """The code of the positive label; None for metrics that have none."""
        own, keywords = self.function.__name__, dict(self.keywords)
        if own in _OF_ONE_CLASS and keywords.get("average", "binary") == "binary":
            return self._code(pool, ranked, keywords)
        if own in ("average_precision_score", "brier_score_loss") and len(pool) == 2:
            return self._code(pool, ranked, keywords)
        return None

    def _code(self, pool: Pool, ranked: Pool | None, keywords: dict[str, Any]) -> int:
        label = keywords.get("pos_label")
        if label is None and ranked is not None and len(ranked) == 2:
            label = ranked.levels[-1]
        if label is None and 1 in pool.levels and len(pool) == 2:
            label = 1
        if label is not None:
            return int(pool.codes([label])[0])
        own = self.function.__name__
        example = pool.levels[-1] if pool.levels else "yes"
        raise MeasureError(
            f"`{self.name}` has to know which label is the positive one.",
            expected="`pos_label`, or an ordered pool of two levels, of which the last is positive",
            received=f"a pool of {counted(len(pool), 'level')}: {listed(pool.levels)}",
            remedy=f"Say it, functools.partial({own}, pos_label={example!r}); or order the levels, "
            "y = kf.coerce(y, kf.OrderedFactor); or average over classes, "
            f"functools.partial({own}, average='macro').",
        )

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.keywords)
        return f"{self.name}({said})" if said else self.name


def _with_parameters(name: str) -> str:
    more = "multi_class='ovr'" if name == "roc_auc_score" else "average='macro'"
    return (
        f"Its parameters go into `functools.partial({name}, {more})` "
        f"or `sklearn.metrics.make_scorer({name}, {more})`, for example."
    )


@dataclass(frozen=True)
class Signed:
    """A function with parameters of its own and a sign: what a scorer makes of values."""

    function: Callable[..., Any]
    keywords: tuple[tuple[str, Any], ...]
    sign: int

    def __call__(self, y_true: Any, y_pred: Any, **more: Any) -> Any:
        given = np.asarray(y_true), np.asarray(y_pred)
        return self.sign * self.function(*given, **dict(self.keywords), **more)


def foreign(measure: Any) -> Measure | None:
    """A measure of a metric or scorer of scikit-learn; None for anything else.

    Raises:
        MeasureError: a scorer that scores something else than predictions.

    >>> from sklearn.metrics import get_scorer, mean_absolute_error
    >>> foreign(mean_absolute_error), foreign(get_scorer("f1_macro"))
    (mean_absolute_error, f1_score(pos_label=None, average='macro'))
    >>> foreign(len) is None
    True
    """
    function, keywords = measure, {}
    if isinstance(measure, partial) and not measure.args:
        function, keywords = measure.func, measure.keywords
    if _is_scorer(measure):
        return _of_scorer(measure)
    name = getattr(function, "__name__", "")
    if not _is_theirs(function) or name not in KNOWN:
        return None
    return ForeignMetric(function, KNOWN[name][0], _frozen(keywords))


def _is_theirs(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith("sklearn.metrics")


def _is_scorer(measure: Any) -> bool:
    known = type(measure).__module__.startswith("sklearn.metrics._scorer")
    return known and hasattr(measure, "_score_func")


def _of_scorer(scorer: Any) -> Measure:
    function, keywords = scorer._score_func, _frozen(scorer._kwargs)
    sign = int(np.sign(scorer._sign))
    response = scorer._response_method
    responses = [response] if isinstance(response, str) else list(response)
    theirs = _is_theirs(function) and function.__name__ in KNOWN
    if "predict" in responses and not theirs:
        return _of_values(function, keywords, sign)
    if theirs or "predict_proba" in responses:
        kind = KNOWN[function.__name__][0] if theirs else PLAIN
        return ForeignMetric(function, kind, keywords, sign)
    raise MeasureError(
        "This scorer judges decision values, which models here do not have.",
        expected="a scorer of predictions or probabilities",
        received=repr(scorer)[:80],
        remedy='`make_scorer(f, response_method="predict_proba")`',
    )


def _of_values(function: Any, keywords: tuple[tuple[str, Any], ...], sign: int) -> Measure:
    name = str(getattr(function, "__name__", type(function).__name__))
    traits = {
        "name": name if sign > 0 else f"neg_{name}",
        "orientation": "score",
        "prediction": "deterministic",
    }
    return PlainFunction(Signed(function, keywords, sign), tuple(traits.items()))


def _frozen(keywords: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(keywords.items())
