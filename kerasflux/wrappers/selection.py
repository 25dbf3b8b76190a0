"""Which candidate of a search is chosen: the best, or the simplest of those that are as good.

A rule is pure: it sees the entries of a history and names one. A rule of one's own subclasses
`Selection` and defines `choose`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import AtLeast, Hyperparameters, field, get_path
from kerasflux.interface import Model
from kerasflux.search.binding import full_path
from kerasflux.wrappers.candidates import Entry


class Selection(Hyperparameters, positional=True):
    """The base of rules that choose among candidates; a subclass defines `choose`."""

    @abstractmethod
    def choose(self, entries: Sequence[Entry]) -> Entry:
        """The chosen one of entries that have not failed, of which there is one or more."""


class Best(Selection):
    """The candidate with the smallest loss; of several the first. `"best"` for short."""

    def choose(self, entries: Sequence[Entry]) -> Entry:
        return min(entries, key=lambda entry: (entry.loss, entry.number))


def _by(value: Any) -> Any:
    if callable(value) or (isinstance(value, str) and value.strip("-")):
        return value
    raise HyperparameterError(
        f"Complexity can't be told by {value!r:.60}.",
        expected="a dotted path, or a function of the model",
        received=f"{value!r:.60}, of type {type(value).__name__}",
        remedy='For instance `OneStandardError(by="builder.hidden")`; `by="-lambda_"` takes larger '
        "values for simpler.",
        name="by",
        value=value,
    )


class OneStandardError(Selection):
    """The simplest candidate whose loss is within one standard error of the best one's.

    The best loss is uncertain: its standard error is s / sqrt(n), where s is the standard deviation
    of the first measure over the n folds of the best candidate (with n - 1). All candidates whose
    loss is at most `best + factor * standard error` are taken for equally good, and of those the
    simplest is chosen; of equally simple ones that with the smaller loss, then the first.

    Args:
        by: what makes a model complex, smaller being simpler: a dotted path of the model that is
            tuned, looked for inward as those of ranges are (a number, or numbers, which are added
            up, as in `"builder.hidden"`; None counts as 0), with a `-` in front if larger is
            simpler (`"-lambda_"`); or a function of the candidate's model that gives a number.
            With a function the machine can't be saved.
        factor: how many standard errors.

    Raises:
        HyperparameterError: `by` is neither; what it names is no number; fewer than two folds.

    Example:
        >>> import kerasflux as kf
        >>> rule = OneStandardError(by="builder.hidden")
        >>> net = kf.NeuralNetworkClassifier(builder=kf.MLP((8, 8)))
        >>> rule.complexity(net)
        16.0

    Source: Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, section
    3.4.3. MLJ has a `selection_heuristic` of weights of measures only.
    """

    by: str | Callable[[Model], float] = field(
        convert=_by, doc="a path, or a function of the model"
    )
    factor: float = field(1.0, allowed=AtLeast(0), doc="how many standard errors")

    def choose(self, entries: Sequence[Entry]) -> Entry:
        best = Best().choose(entries)
        radius = best.standard_error
        if math.isnan(radius):
            raise _no_error(len(best.per_fold[0]))
        limit = best.loss + self.factor * radius
        close = [entry for entry in entries if entry.loss <= limit]
        return min(close, key=lambda e: (self.complexity(e.model), e.loss, e.number))

    def refuse_unfit(self, models: Sequence[Model], n_folds: int) -> None:
        """Refuse folds without a standard error, and models without such a hyperparameter."""
        if n_folds < 2:
            raise _no_error(n_folds)
        if isinstance(self.by, str):
            for model in models:
                self.complexity(model)

    def complexity(self, model: Model) -> float:
        """How complex a model is."""
        if not isinstance(self.by, str):
            return float(self.by(model))
        sign = -1.0 if self.by.startswith("-") else 1.0
        path = full_path(model, self.by.lstrip("-"))
        value = get_path(model, path)
        try:
            return sign * float(np.sum([0.0 if v is None else float(v) for v in _several(value)]))
        except (TypeError, ValueError):
            raise HyperparameterError(
                f"`{path}` is no number, so it does not say which model is simpler.",
                expected="a number, or several",
                received=f"{value!r:.60}",
                remedy="Give a function: `OneStandardError(by=lambda model: ...)`.",
                name="by",
            ) from None


def _no_error(n_folds: int) -> HyperparameterError:
    return HyperparameterError(
        "A single fold has no standard error.",
        expected="a resampling strategy of two folds or more",
        received=f"{n_folds} fold",
        remedy='`resampling=kf.CV(rng=0)`, or `selection="best"`.',
        name="selection",
    )


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def as_selection(value: Any) -> Any:
    """`"best"`, or a rule.

    Raises:
        HyperparameterError: it is neither.
    """
    if value == "best" or isinstance(value, Selection):
        return value
    raise HyperparameterError(
        f"Candidates can't be selected by {value!r:.60}.",
        expected='"best", or a rule such as `kf.OneStandardError(by="builder.hidden")`',
        received=f"{value!r:.60}, of type {type(value).__name__}",
        remedy=f"Make an instance: `selection=kf.{value.__name__}(...)`."
        if isinstance(value, type)
        else '`selection="best"` takes the smallest loss.',
        name="selection",
        value=value,
    )


def chosen(rule: Any, entries: Sequence[Entry]) -> Entry | None:
    """The entry that a rule chooses of those that have not failed; None if all have."""
    able = [entry for entry in entries if entry.status == "ok"]
    if not able:
        return None
    found: Entry = (Best() if rule == "best" else rule).choose(able)
    return found
