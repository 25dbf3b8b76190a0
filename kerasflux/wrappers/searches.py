"""A search as it runs: which candidates are tried, gone on from, or known already.

Who owns what: the strategy says which candidates come (`kerasflux.search`), `wrappers.trials` tries
one, `wrappers.states` keeps what was learned, `wrappers.journals` writes it. Here they are put
together: a candidate that is known as it is asked for is taken over, one that was known with fewer
iterations goes on, and each is kept as soon as it is whole, whatever happens to the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kerasflux import log
from kerasflux.errors import Halted, Interrupted
from kerasflux.folding import outcomes
from kerasflux.interface import Fitted, Model, Run
from kerasflux.search import Searching, Trial, candidate
from kerasflux.structure import same
from kerasflux.wrappers.candidates import Entry
from kerasflux.wrappers.journals import Journal, is_lost
from kerasflux.wrappers.states import Kept, States, bytes_of, within
from kerasflux.wrappers.trials import (
    Attempt,
    Bench,
    Candidate,
    quiet_divergence,
    row_of,
    told_of,
    tried,
)


@dataclass(frozen=True)
class Found:
    """What a search has found so far, or had found before.

    Attributes:
        entries: the candidates by number.
        states: what is kept of what they have learned.
        stopped: why the search ended early, or None.
    """

    entries: Mapping[int, Entry] = field(default_factory=dict)
    states: States = field(default_factory=dict)
    stopped: str | None = None


@dataclass
class Search:
    """One search.

    Attributes:
        searching: the strategy on its way.
        template: the model that candidates are copies of.
        bench: what candidates share.
        n: the most candidates in all that there can be.
        asked: how many were asked for.
        known: what was found before, the most trusted first.
        journal: where candidates are written to, or None.
        n_jobs: how many candidates to try at once.
        skips: whether a candidate that raises is recorded as a failure, and the search goes on.
        megabytes: the budget of memory for what candidates have learned.
        every: how many iterations go by before a candidate may be given up; None: whole folds.
        whole: makes of what was found so far what the fit returns if it ends there.
        run: the caller's side.
    """

    searching: Searching
    template: Model
    bench: Bench
    n: int
    asked: int
    known: Sequence[Found]
    journal: Journal | None
    n_jobs: int | None
    skips: bool
    megabytes: float
    every: int | None
    whole: Callable[[Found], Fitted]
    run: Run
    entries: dict[int, Entry] = field(default_factory=dict)
    states: dict[int, tuple[Kept, ...]] = field(default_factory=dict)
    stopped: str | None = None
    dropped: int = 0
    held_bytes: int = 0
    least: float = math.nan  # of the losses so far

    def __post_init__(self) -> None:
        self.known = [_still_there(found) for found in self.known]

    def go(self) -> Found:
        """Search.

        Raises:
            Interrupted: a keyboard interrupt; it carries what was found so far.
            Halted: a candidate failed, which is not to be skipped; likewise.
            Exception: the same, where nothing was found yet.
        """
        shown = self.run.verbosity >= 1
        with (
            quiet_divergence(),
            log.progress(self.n, "tuning", enabled=shown, unit="candidate") as bar,
        ):
            try:
                while (pending := self.searching.pending) and self.stopped is None:
                    self._batch(pending, bar)
            except Interrupted:
                raise
            except KeyboardInterrupt:
                if not self.found.entries:
                    raise
                raise Interrupted(self.whole(self.found)) from None
        if self.stopped is None and len(self.entries) < self.asked:
            self.stopped = "there are no more candidates"
        self._say_dropped()
        return Found(dict(self.entries), dict(self.states), self.stopped)

    @property
    def found(self) -> Found:
        """What is known now, candidates of earlier searches that are still to come included."""
        old = self.known[0] if self.known else Found()
        left = [k for k in old.entries if k not in self.entries]
        entries = {**{k: old.entries[k] for k in left}, **self.entries}
        states = {**{k: old.states[k] for k in left if k in old.states}, **self.states}
        return Found(dict(sorted(entries.items())), states, self.stopped)

    # a batch

    def _batch(self, pending: Sequence[Trial], bar: log.Progress) -> None:
        jobs: list[tuple[Trial, Model]] = []
        for trial in pending:
            model = self._model(trial)
            if isinstance(model, Exception):
                self._take(trial, self.template, _unmade(trial, model, self.bench), bar)
            elif not self._is_known(trial, model, bar):
                jobs.append((trial, model))
            if self.stopped is not None:
                return
        tasks = (self._task(trial, model) for trial, model in jobs)
        at_once = 1 if self.searching.strategy.prunes else self.n_jobs
        with closing(outcomes(tasks, at_once, tried)) as attempts:
            for (trial, model), attempt in zip(jobs, attempts, strict=True):
                self._take(trial, model, attempt, bar)
                if self.stopped is not None:
                    return

    def _model(self, trial: Trial) -> Model | Exception:
        """The candidate; values that can't go together are a failure like any other."""
        try:
            made: Model = candidate(self.template, trial.point, trial.resource)
        except Exception as error:  # of the user's own classes, too
            return error
        return made

    def _is_known(self, trial: Trial, model: Model, bar: log.Progress) -> bool:
        """Take over what was found of this candidate, if it is known as it is asked for."""
        for found in self.known:
            entry = found.entries.get(trial.number)
            if entry is not None and same(entry.model, model):
                states = found.states.get(trial.number, ())
                if self.journal is not None and not self._is_filed(entry):
                    self.journal.write(entry, states)
                self._keep(trial, entry, states)
                bar.advance(self._best)
                return True
        return False

    def _is_filed(self, entry: Entry) -> bool:
        filed = None if self.journal is None else self.journal.found.get(entry.number)
        return filed is not None and same(filed.model, entry.model)

    def _task(self, trial: Trial, model: Model) -> Candidate:
        prunes = self.searching.strategy.prunes
        return Candidate(
            self.bench,
            trial.number,
            model,
            self._before(trial, model),
            (lambda step, loss: self.searching.prune(trial, step, loss)) if prunes else None,
            self.every if prunes else None,
        )

    def _before(self, trial: Trial, model: Model) -> tuple[Kept | None, ...]:
        """For each fold what a candidate goes on from, where that is as good as new."""
        own = [found.states.get(trial.number) for found in self.known]
        parent = None if trial.parent is None else self.states.get(trial.parent)
        for kept in (parent, *own):
            if kept and _goes_on(model, kept[0].model) and len(kept) == len(self.bench.folds):
                return kept
        return (None,) * len(self.bench.folds)

    # a candidate that was tried

    def _take(self, trial: Trial, model: Model, attempt: Attempt, bar: log.Progress) -> None:
        """Keep what became of a candidate, and tell."""
        if isinstance(attempt.error, Exception) and not self.skips:
            if not self.found.entries:
                raise attempt.error
            raise Halted(self.whole(self.found), attempt.error)
        entry = Entry(
            trial.number,
            model,
            trial.point,
            attempt.measurement,
            attempt.per_fold,
            attempt.loss,
            attempt.status,
            told_of(attempt.error),
            attempt.iterations,
            attempt.seconds,
            trial.resource,
            trial.parent,
            attempt.intermediate,
        )
        states = attempt.states if model.takes_run else ()  # others have nothing to go on with
        if self.journal is not None:
            self.journal.write(entry, states)
        if trial.parent is not None:
            self.held_bytes -= bytes_of(self.states.pop(trial.parent, ()))
        self._keep(trial, entry, states)
        bar.advance(self._best)
        if self.run.epoch(row_of(len(self.entries), self.least, entry.seconds)):
            self.stopped = "on_epoch"
        elif self.run.due(len(self.entries)):
            self.run.keep(self.whole(self.found))

    def _keep(self, trial: Trial, entry: Entry, states: tuple[Kept, ...]) -> None:
        self.entries[entry.number] = entry
        self.least = float(np.fmin(self.least, entry.loss))
        if states:
            self.states[entry.number] = states
            self.held_bytes += bytes_of(states)
        if self.held_bytes > self.megabytes * 1e6:
            self._let_go()
        self.searching.record(entry.told(trial))

    def _let_go(self) -> None:
        """Keep no more in memory than was allowed."""
        losses = {k: known.loss for k, known in self.entries.items()}
        filed = {} if self.journal is None else self.journal.filed
        self.states, gone = within(self.states, losses, self.megabytes, filed)
        self.held_bytes = sum(map(bytes_of, self.states.values()))
        self.dropped += gone

    @property
    def _best(self) -> float | None:
        return None if math.isnan(self.least) else self.bench.sign * self.least

    def _say_dropped(self) -> None:
        if self.dropped and self.run.verbosity >= 1:
            log.say(
                f"what {self.dropped} of {len(self.entries)} candidates have learned is beyond "
                f"keep_states={self.megabytes:g} megabytes and not kept: more iterations will "
                "train them anew (checkpoint=folder keeps it there)"
            )


def _still_there(found: Found) -> Found:
    """What was found, without what candidates had learned in files that are gone."""
    states = {number: kept for number, kept in found.states.items() if not is_lost(kept)}
    return replace(found, states=states)


def _goes_on(model: Model, old: Model) -> bool:
    return type(model) is type(old) and (same(model, old) or model.as_fresh(old))


def _unmade(trial: Trial, error: Exception, bench: Bench) -> Attempt:
    """A candidate that could not even be made."""
    n = len(bench.measures)
    nothing = (math.nan,) * n
    return Attempt(trial.number, nothing, ((),) * n, math.nan, "failed", None, 0.0, error=error)


def failures_told(entries: Sequence[Entry]) -> str:
    """How many candidates failed, and why the first of them did; `""` if none did."""
    failed = [entry for entry in entries if entry.status == "failed"]
    if not failed:
        return ""
    first: Any = failed[0]
    return (
        f"{len(failed)} of {len(entries)} candidates failed (`mach.report.history` says why): "
        f"candidate {first.number}, {first.error}"
    )
