"""Samplers and pruners of Optuna, searching the same ranges by ask and tell.

Who owns what: `OptunaSearch` owns which studies there are and what they are told; a range of
numbers is a parameter from 0 to 1 (whole numbers on a linear or logarithmic scale one of their
own), so that Optuna searches the coordinate in which values are evenly spread. The state is the
list of what happened; the study is only its trace, and made again from the list where it is behind
or ahead of it. Optuna is imported when a search begins.
"""

from __future__ import annotations

import copy
import itertools
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

from kerasflux.allowed import short
from kerasflux.errors import HyperparameterError, KerasfluxError
from kerasflux.hyperparameters import AtLeast
from kerasflux.hyperparameters import field as declared
from kerasflux.search.base import Strategy, Told, Trial, needs_ranges
from kerasflux.search.conditions import met
from kerasflux.search.nominal import NominalRange
from kerasflux.search.numeric import NumericRange
from kerasflux.search.spaces import Dimension, Space

_STUDY = "kerasflux"  # pruners draw by the name of the study
_PROBES = 3  # proposals of two copies of a sampler that are compared
_ORDERED = 3  # numbers written out, rising or falling, that are taken to be an ordered scale


class SearchNotInstalled(KerasfluxError, ImportError):
    """A search needs a package that is not installed."""


@dataclass(frozen=True)
class Happened:
    """The state: what was asked for and told, in order, and a study to which it happened.

    Attributes:
        space, n: what is searched, with how many trials in all.
        events: the size of a batch that was asked for, or the results that were told.
        trace: the study.
    """

    space: Space
    n: int
    events: tuple[int | tuple[Told, ...], ...] = ()
    trace: _Trace | None = field(default=None, repr=False, compare=False)

    @property
    def asked(self) -> int:
        """How many trials were asked for."""
        return sum(event for event in self.events if isinstance(event, int))


class _Allowed:
    """A name, or an object of Optuna that has some method."""

    def __init__(self, names: tuple[str | None, ...], method: str, kind: str) -> None:
        self.names, self.method, self.kind = names, method, kind

    def check(self, value: Any) -> str | None:
        """What is wrong with a value, or None."""
        if value is None or isinstance(value, str):
            return None if value in self.names else f"{short(value)} is not {self}"
        made = not isinstance(value, type) and callable(getattr(value, self.method, None))
        return None if made else f"{short(value)} is not {self}"

    def __str__(self) -> str:
        return f"{', '.join(map(repr, self.names))} or {self.kind}"


_SAMPLERS = _Allowed(("tpe", "gp", "cmaes"), "sample_relative", "a sampler of Optuna")
_PRUNERS = _Allowed((None, "median", "hyperband"), "prune", "a pruner of Optuna")


class OptunaSearch(Strategy):
    """Search by a sampler of Optuna, which learns from the results so far.

    Values are proposed in the coordinate of each range: what `RandomSearch` draws evenly, the
    sampler learns on. Conditional ranges are proposed only where they are in use.

    Args:
        sampler: `"tpe"`, the tree-structured Parzen estimator, multivariate; `"gp"`, a Gaussian
            process, best for few trials of few numbers (needs PyTorch); `"cmaes"`, for many trials
            of two or more numbers; or a sampler of `optuna.samplers` that has a seed.
        pruner: None; `"median"` gives a trial up whose loss is worse than the median of earlier
            ones at the same step, from a third of the first fold's iterations on (the fifth, where
            the model ends by itself); `"hyperband"`; or a pruner of `optuna.pruners`.
        every: how many iterations go by between two questions to the pruner.
        batch: how many trials are proposed at once, before any of their results are known. More
            than one lets them be evaluated at the same time, for somewhat worse proposals.
        rng: the seed; drawn, and shown, if None.

    Raises:
        SearchNotInstalled: Optuna, or what a sampler needs, is not installed.
        HyperparameterError: a sampler without a seed; probabilities of values written out;
            `"cmaes"` for less than two numbers; a batch with a pruner that looks at trials which
            are still going on.

    Example:
        >>> from kerasflux.search import Searching, Space, Told, range
        >>> space = Space([range(None, "x", lower=-4.0, upper=4.0)])
        >>> search = Searching(OptunaSearch(rng=1), space, n=30)
        >>> while search.pending:
        ...     for trial in search.pending:
        ...         loss = (trial.point["x"] - 1) ** 2
        ...         search.record(Told(trial, (loss,), loss))
        >>> best = min(search.told, key=lambda told: told.loss)
        >>> abs(best.trial.point["x"] - 1) < 0.2
        True

    Source: Optuna's `Study.ask` and `Study.tell`; Akiba et al., "Optuna: A Next-generation
    Hyperparameter Optimization Framework" (2019). MLJ has TreeParzen.jl, whose spaces are not its
    ranges.
    """

    adaptive = True

    sampler: Any = declared("tpe", allowed=_SAMPLERS, doc="how points are proposed")
    pruner: Any = declared(None, allowed=_PRUNERS, doc="which trials are given up early")
    every: int = declared(
        1, allowed=AtLeast(1), doc="iterations between two questions to the pruner"
    )
    batch: int = declared(1, allowed=AtLeast(1), doc="how many trials are proposed at once")
    rng: int | None = declared(None, doc="the seed")

    @property
    def prunes(self) -> bool:
        return self.pruner is not None

    def init(self, space: Space, n: int) -> Happened:
        needs_ranges(self, space)
        _installed(self.sampler)
        _refuse_probabilities(space)
        if self.sampler == "cmaes":
            _refuse_few_numbers(space)
        if not isinstance(self.sampler, str):
            self._refuse_unseeded(space)
        self._refuse_shared_pruning(space)
        return Happened(space, n)

    def ask(self, state: Happened) -> tuple[list[Trial], Happened]:
        count = min(self.batch, state.n - state.asked)
        if count <= 0:
            return [], state
        trace = self._trace(state)
        trials = trace.asked(count)
        return trials, replace(state, events=(*state.events, count), trace=trace)

    def tell(self, state: Happened, results: Sequence[Told]) -> Happened:
        trace = self._trace(state)
        trace.told(results)
        return replace(state, events=(*state.events, tuple(results)), trace=trace)

    def prune(self, state: Happened, trial: Trial, step: int, loss: float) -> bool:
        return self.prunes and self._trace(state).prunes(trial, step, loss)

    def _trace(self, state: Happened) -> _Trace:
        """The study to which just this happened."""
        if state.trace is not None and state.trace.happened == len(state.events):
            return state.trace
        trace = self._fresh(state.space)
        for event in state.events:
            if isinstance(event, int):
                trace.asked(event)
            else:
                trace.told(event)
        return trace

    def _fresh(self, space: Space) -> _Trace:
        """A study to which nothing happened."""
        import optuna

        with _silent():
            study = optuna.create_study(
                study_name=_STUDY,
                direction="minimize",
                sampler=_sampler(self.sampler, self.rng, space),
                pruner=_pruner(self.pruner, space),
            )
        return _Trace(space, study)

    def _refuse_unseeded(self, space: Space) -> None:
        """Two copies of a sampler that has a seed propose the same."""
        one, other = (self._fresh(space).asked(_PROBES) for _ in "ab")
        if one != other:
            raise HyperparameterError(
                f"The sampler {type(self.sampler).__name__} has no seed: a search could not be "
                "repeated or gone on with.",
                expected="a sampler with a seed",
                received="two copies of it that propose different points",
                remedy=f"`{type(self.sampler).__name__}(seed=1)`",
            )

    def _refuse_shared_pruning(self, space: Space) -> None:
        import optuna

        alone = (optuna.pruners.PercentilePruner, optuna.pruners.ThresholdPruner)
        pruner = _pruner(self.pruner, space)
        if self.batch > 1 and not isinstance(pruner, (*alone, optuna.pruners.NopPruner)):
            raise HyperparameterError(
                f"{type(pruner).__name__} compares trials with others that are still going on, so "
                "that results would depend on which of a batch is faster.",
                expected='`batch=1`, or `pruner="median"`',
                received=f"batch={self.batch}",
                remedy="With `batch=1` the folds of a trial may still be evaluated at once.",
            )


class _Trace:
    """A study, and how many events happened to it. Reports may come from several threads."""

    def __init__(self, space: Space, study: Any) -> None:
        self.space, self.study = space, study
        self.happened = 0
        self._open: dict[int, Any] = {}
        self._steps: dict[int, dict[int, bool]] = {}  # what was reported, and the answer
        self._lock = threading.Lock()

    def asked(self, count: int) -> list[Trial]:
        with _silent():
            trials = [self._ask() for _ in range(count)]
        self.happened += 1
        return trials

    def told(self, results: Sequence[Told]) -> None:
        with _silent():
            for told in results:
                self._tell(told)
        self.happened += 1

    def prunes(self, trial: Trial, step: int, loss: float) -> bool:
        with self._lock:
            return self._reported(self._open[trial.number], step, loss)

    def _ask(self) -> Trial:
        asked = self.study.ask()
        chosen: dict[str, Any] = {}
        for d in self.space.in_order:
            if met(d.range.when, chosen):
                chosen[d.path] = _suggested(asked, d)
        self._open[asked.number] = asked
        return Trial(asked.number, {p: chosen[p] for p in self.space.paths if p in chosen})

    def _tell(self, told: Told) -> None:
        import optuna

        asked = self._open.pop(told.trial.number)
        for step, loss in told.intermediate:
            self._reported(asked, step, loss)
        states = optuna.trial.TrialState
        if told.status == "pruned":
            self.study.tell(asked, state=states.PRUNED)
        elif told.failed:
            self.study.tell(asked, state=states.FAIL)
        else:
            self.study.tell(asked, told.loss)

    def _reported(self, asked: Any, step: int, loss: float) -> bool:
        """Report a loss, once, and ask whether to go on: a pruner may keep notes of being asked."""
        steps = self._steps.setdefault(asked.number, {})
        if step not in steps:
            asked.report(loss, step)
            steps[step] = bool(asked.should_prune())
        return steps[step]


def _suggested(asked: Any, d: Dimension) -> Any:
    """A value of a range, as a parameter that Optuna knows."""
    made = d.range
    if isinstance(made, NominalRange):
        last = len(made.values) - 1
        if _is_ordered(made.values):
            return made.values[asked.suggest_int(d.path, 0, last)]
        return made.values[asked.suggest_categorical(d.path, list(range(last + 1)))]
    assert isinstance(made, NumericRange)
    if _is_whole(made):
        lower, upper = made.ends
        return asked.suggest_int(d.path, lower, upper, log=made.scale != "linear")
    return made.value(asked.suggest_float(d.path, 0.0, 1.0))


def _is_ordered(values: tuple[Any, ...]) -> bool:
    """Whether values written out are numbers that rise or fall throughout."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    if len(values) < _ORDERED or not numbers:
        return False
    steps = [b - a for a, b in itertools.pairwise(values)]
    return all(s > 0 for s in steps) or all(s < 0 for s in steps)


def _is_whole(made: NumericRange) -> bool:
    """Whether a range is one of Optuna's own of whole numbers."""
    return (
        made.integer
        and made.bounded
        and made.distribution is None
        and made.scale in ("linear", "log", "log2", "log10")
    )


def _sampler(given: Any, seed: int | None, space: Space) -> Any:
    import optuna

    samplers = optuna.samplers
    if given == "tpe":
        return samplers.TPESampler(
            seed=seed, multivariate=True, group=space.conditional, constant_liar=True
        )
    if given == "gp":
        return samplers.GPSampler(seed=seed)
    if given == "cmaes":
        return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
    return copy.deepcopy(given)


_WARM_UP = 5
"""Iterations before which losses say more of how training began than of how it will end."""


def _pruner(given: Any, space: Space) -> Any:
    import optuna

    pruners = optuna.pruners
    if given is None:
        return pruners.NopPruner()
    if given == "median":
        epochs = None if space.resource is None else space.resource[1]
        return pruners.MedianPruner(n_warmup_steps=_WARM_UP if epochs is None else epochs // 3)
    if given == "hyperband":
        epochs = None if space.resource is None else space.resource[1]
        most = "auto" if epochs is None else max(1, epochs)
        return pruners.HyperbandPruner(max_resource=most)
    return copy.deepcopy(given)


@contextmanager
def _silent() -> Iterator[None]:
    """Optuna's notices and its warnings that something is experimental, not shown."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


# what can't be searched


def _installed(sampler: Any) -> None:
    needed = {"optuna": "kerasflux[optuna]"}
    if isinstance(sampler, str):
        needed |= {"gp": {"torch": "torch"}, "cmaes": {"cmaes": "cmaes"}}.get(sampler, {})
    for package, wanted in needed.items():
        if find_spec(package) is None:
            raise SearchNotInstalled(
                f"OptunaSearch(sampler={short(sampler)}) needs the package {package}, which is not "
                "installed.",
                expected=f"the package `{package}`",
                received="none",
                remedy=f"pip install '{wanted}'; or `tuning=RandomSearch()`, which needs nothing.",
            )


def _refuse_probabilities(space: Space) -> None:
    for d in space.dimensions:
        if isinstance(d.range, NominalRange) and d.range.probabilities is not None:
            raise HyperparameterError(
                f"Optuna's samplers take no probabilities of the values of `{d.path}`.",
                expected="a list of values",
                received=repr(d.range),
                remedy="Leave the probabilities out, or search by `RandomSearch()`.",
            )


def _refuse_few_numbers(space: Space) -> None:
    """CMA-ES draws at random where it has less than two numbers, which Optuna says in its log."""
    numbers = [
        d.path
        for d in space.dimensions
        if not d.range.when
        and d.range.n_values > 1
        and (not isinstance(d.range, NominalRange) or _is_ordered(d.range.values))
    ]
    if len(numbers) < 2:
        raise HyperparameterError(
            "CMA-ES searches two or more numbers that are in use everywhere.",
            expected="two or more unconditional ranges of numbers",
            received=", ".join(numbers) or "none",
            remedy='`OptunaSearch(sampler="tpe")` searches any ranges.',
        )
