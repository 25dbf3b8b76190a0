"""`TunedModel`: a model that looks for hyperparameters, and then is the best model that it found.

Who owns what: here stands the model with its hyperparameters, when it goes on, and what is said of
it; `wrappers.searches` runs the search, `wrappers.tunedstates` holds what was learned,
`wrappers.selection` chooses, and `kerasflux.search` knows ranges and strategies. The file is long
because its hyperparameters and their description are many.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

import scitypes as st
from kerasflux import drawing, interface, log
from kerasflux.binding import Binding
from kerasflux.composition.judging import refuse_misfit
from kerasflux.composition.parts import refuse_unwritable
from kerasflux.errors import (
    BuilderNotFound,
    DataError,
    Halted,
    HyperparameterError,
    Interrupted,
    NotFitted,
    SearchFailed,
)
from kerasflux.forwarding import Rows, Wrapper
from kerasflux.hyperparameters import AtLeast, Change, copied, difference, field, set_path
from kerasflux.interface import QUIET, Fitted, Model, Run
from kerasflux.planning import default_holdout, plan_of, tell
from kerasflux.portraits import count
from kerasflux.scoring.measures import oriented
from kerasflux.search import Explicit, RandomSearch, Searching, Space, space_of
from kerasflux.structure import classes_in, same
from kerasflux.wrappers import tunedstates
from kerasflux.wrappers.candidates import Entry, History
from kerasflux.wrappers.journals import opened
from kerasflux.wrappers.outoffold import as_resampling, distinct_rows, with_copies
from kerasflux.wrappers.searches import Found, Search, failures_told
from kerasflux.wrappers.selection import OneStandardError, as_selection, chosen
from kerasflux.wrappers.trials import Bench
from kerasflux.wrappers.tunedfields import (
    as_folder,
    as_measures,
    as_n_jobs,
    as_several,
    as_strategy,
    as_tuned,
)
from kerasflux.wrappers.tunedstates import State, fitted_of

_DEFAULT_N = 10


class TunedModel(Wrapper):
    """A model whose hyperparameters are searched for; it then is the best one, trained on all rows.

    Fitting it tries up to `n` candidates: copies of `model` with other hyperparameters, each fitted
    and measured on the folds of `resampling`. The best one is trained on all rows, and is what
    predicts, saves and exports. The search is a model like any other: it can be evaluated (nested
    cross-validation), stand in a pipeline, or be searched over itself.

    Searches go on. Raising `n` tries only the new candidates. Raising `model.epochs` continues each
    candidate on each fold for the new epochs, ranks them anew and continues the winner's fit; the
    result is that of a new search, bit for bit. (Not with strategies that go by results, such as
    `OptunaSearch`: they start anew.) An interrupt keeps all whole candidates, and the next `fit`
    goes on.

    Args:
        model: the model to tune, or an estimator of scikit-learn; copies of it are fitted.
        range: what to search: a dict of ranges and lists of values by path,
            `{"optimiser.learning_rate": kf.log_range(1e-4, 1e-1), "batch_size": [16, 64]}`, or
            `kf.range(...)`, or a list of these. Paths are looked for inward: `"learning_rate"` will
            do where it is the only one.
        tuning: the strategy: `kf.RandomSearch()` (if None), `kf.Grid()`, `kf.LatinHypercube()`,
            `kf.SuccessiveHalving()`, `kf.OptunaSearch()`, or `kf.Explicit()` of points written out.
        resampling: as for `kf.evaluate`. None: 70 % of the rows train, the rest test, shuffled with
            a fixed seed and stratified for a Finite target.
        measure: as for `kf.evaluate`; the first one decides, and has to say whether larger is
            better.
        n: the most candidates. None: as many as the strategy has (a grid), else 10.
        models: models to choose from, in place of `model` and `range`; of any classes, but all
            probabilistic or all deterministic.
        selection: `"best"`, or a rule, such as `kf.OneStandardError(by="builder.hidden")`.
        on_error: what to do about a candidate that raises: `"raise"` it (the candidates before are
            kept, and the next `fit` goes on with it), or `"skip"` it as a recorded failure. One
            whose loss is no number any more is a recorded failure with either.
        train_best: whether to train the best model on all rows; else nothing can be predicted.
        operation, repeats: as for `kf.evaluate`.
        keep_states: how many megabytes of memory candidates may take to go on from; beyond them the
            worst are trained anew when they have to, or read from `checkpoint`. What is kept is
            saved with the machine, so that 0 keeps its file small.
        checkpoint: a folder to which each candidate is written as it ends. A process that died goes
            on with the next one when it is started again.
        n_jobs: how many candidates to try at once, as for `kf.evaluate`; results do not depend on
            it. Searches that give candidates up early (pruning) try one at a time.

    Scitypes: inputs and target as the model takes them.

    `mach.report` has `history` (a `History` of entries, with `.to_frame()`), `best_model`,
    `best_history_entry` and `best_report`; `mach.fitted_params` has `best_model` and
    `best_fitted_params`. `mach.training_losses` are the smallest losses so far, by candidate,
    infinite before the first one (scores with their sign turned). `mach.plot()` draws what was
    measured.

    Raises:
        HyperparameterError: neither or both of `model` and `models`; a range of values that the
            model does not take, or of hyperparameters that it ignores.
        UnknownHyperparameter: a path that the model does not have, or that may mean several.
        MeasureError: a measure that can't choose.
        SearchFailed: every candidate has failed (by `mach.fit()`).
        CheckpointMismatch: the folder holds another search on the same rows (likewise).

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"a": [float(k) for k in (0, 1, 2, 3)] * 10})
        >>> net = kf.NeuralNetworkRegressor(epochs=5, rng=1)
        >>> tuned = TunedModel(net, {"learning_rate": [1e-4, 1e-2]}, kf.Grid(shuffle=False),
        ...                    resampling=kf.CV(nfolds=2, rng=0), measure="l2")
        >>> mach = kf.machine(tuned, X, 2 * X["a"]).fit(verbosity=0)
        >>> mach.report.best_model.optimiser.learning_rate
        0.01
        >>> tuned.model.epochs = 8
        >>> print(mach.fit(verbosity=0).report.decision)
        continued (4: model.epochs 5 -> 8)
        >>> mach.report.history.to_frame()["iterations"].tolist()
        [8, 8]

    Source: `TunedModel` of MLJTuning.jl, which starts anew when the model changes, and loses the
    search when a candidate fails.
    """

    model: Any = field(None, convert=as_tuned, doc="the model to tune")
    range: Any = field(None, doc="what to search: values or ranges by path")
    tuning: Any = field(
        None, convert=as_strategy, doc="the strategy; None: random, or all of models"
    )
    resampling: Any = field(None, convert=as_resampling, doc="None: a holdout of 30 % of the rows")
    measure: Any = field(None, convert=as_measures, doc="the first one decides")
    n: int | None = field(None, allowed=AtLeast(1), doc="the most candidates")
    models: Any = field(None, convert=as_several, doc="models to choose from")
    selection: Any = field(
        "best", convert=as_selection, continues=True, doc='"best", or a rule that chooses'
    )
    on_error: Literal["raise", "skip"] = field(
        "raise", continues=True, doc="what to do about a candidate that raises"
    )
    train_best: bool = field(True, continues=True, doc="whether to train the best on all rows")
    operation: Any = field(None, doc="what to predict for the measures")
    repeats: int = field(1, allowed=AtLeast(1), doc="how often to repeat the folds")
    keep_states: float = field(
        256.0, allowed=AtLeast(0), continues=True, doc="megabytes of what candidates have learned"
    )
    checkpoint: str | None = field(
        None, convert=as_folder, continues=True, doc="a folder to keep each candidate in"
    )
    n_jobs: int | None = field(
        1, convert=as_n_jobs, continues=True, doc="how many candidates to try at once"
    )

    def __post_init__(self) -> None:
        self._settle()
        self._refuse_contradictions()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self._settle()

    def _settle(self) -> None:
        """Take the usual strategy where none is said, with a seed that is drawn now and shown."""
        if self.tuning is None:
            self.__dict__["tuning"] = RandomSearch() if self.models is None else Explicit()

    def _refuse_contradictions(self) -> None:
        if (self.model is None) == (self.models is None):
            raise HyperparameterError(
                "TunedModel tunes a model, or chooses among several.",
                expected="`model` and `range`, or `models`",
                received="neither" if self.model is None else "both",
                remedy='`TunedModel(model, {"epochs": kf.log_range(1, 100)})`.',
                name="model",
            )
        if self.model is not None and self.range is None:
            raise HyperparameterError(
                "TunedModel needs `range`: what to search.",
                expected='ranges or lists of values by path, such as {"epochs": [1, 3, 10]}',
                received="range=None",
                remedy=f"`TunedModel({type(self.model).__name__}(...), range={{...}})`.",
                name="range",
            )
        if self.models is not None:
            self._refuse_other_kinds()
        try:
            self._space()
        except BuilderNotFound:  # read from a file, to predict
            return

    def _refuse_other_kinds(self) -> None:
        kinds = {model.prediction_type for model in self.models}
        if self.range is not None or len(kinds) > 1:
            raise HyperparameterError(
                "`models` are tried as they are, so there is nothing to `range` over."
                if self.range is not None
                else "`models` predict different things, which no measure can compare.",
                expected="`models` alone; a `TunedModel` may be among them"
                if self.range is not None
                else "models that are all probabilistic, or all deterministic",
                received=", ".join(
                    f"{type(m).__name__} ({m.prediction_type})" for m in self.models
                ),
                remedy="`models=[kf.TunedModel(a, ...), b]` tunes one of them."
                if self.range is not None
                else "Leave out those of the other kind.",
                name="models",
            )

    # traits

    @property
    def _within(self) -> Any:
        return self.model if self.model is not None else self.models[0]

    @property
    def iteration_parameter(self) -> str | None:  # type: ignore[override]
        return "n"

    @property
    def iteration_unit(self) -> str:
        return "candidates"

    @property
    def takes_run(self) -> bool:
        return True

    def iterations(self) -> int | None:
        """The most candidates, where nothing else is said as many as the strategy has."""
        return self._most(self._space())

    def _most(self, space: Space) -> int:
        own = self.tuning.default_n(space)
        n: int = self.n or own or _DEFAULT_N
        n = min(n, own) if own and self.tuning.ends else n
        return int(min(n, space.size)) if self.tuning.distinct else n

    @property
    def supports_training_losses(self) -> bool:  # type: ignore[override]
        return True

    @property
    def supports_weights(self) -> bool:  # type: ignore[override]
        """Whether all models do."""
        return all(model.supports_weights for model in self.models or [self.model])

    @property
    def exportable(self) -> bool:  # type: ignore[override]
        """Whether all models are, and the best one is trained."""
        return self.train_best and all(m.exportable for m in self.models or [self.model])

    @property
    def unused_paths(self) -> tuple[str, ...]:
        """What is searched: the values that the model itself has there are not used."""
        if self.model is None:
            return ()
        always = [d.path for d in self._space().dimensions if not getattr(d.range, "when", None)]
        return (*super().unused_paths, *(f"model.{path}" for path in always))

    def _space(self) -> Space:
        given = self.range if self.models is None else self.models
        found: Space = space_of(given, self._within)
        return found

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        for k, model in enumerate(self.models or [self.model]):
            place = "model" if self.models is None else f"models[{k}]"
            refuse_misfit(place, model, input_schema, "the data")
            if target_schema is not None:
                refuse_misfit(place, model, target_schema, "", "y")
            model.judge_parts(input_schema, target_schema)

    def judge_target(self, y: Any) -> None:
        for model in self.models or [self.model]:
            model.judge_target(y)

    # learning

    def fit(self, data: Rows, run: Run = QUIET) -> Fitted:
        return self._searched(data, run, None)

    def update(self, fitted: Fitted, old_model: Model, data: Rows, run: Run = QUIET) -> Fitted:
        if self.restarts(old_model):
            return self.fit(data, run)
        return self._searched(data, run, fitted.state)

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """The changes for which the search has to start anew: all that change what was found.

        More iterations of the model do not, unless the strategy goes by results, nor does another
        `n`, unless other candidates come first then.
        """
        old: Any = old_model
        ignored = set(self.unused_paths) & set(old.unused_paths)
        changes = [c for c in difference(old, self) if c.path not in ignored]
        return tuple(c for c in changes if not self._goes_on_over(c, old, ignored))

    def _goes_on_over(self, change: Change, old: Any, ignored: set[str]) -> bool:
        top = change.path.partition(".")[0]
        if top not in ("model", "models") and change.continues:
            return True
        if top == "n":
            return bool(self.tuning.prefix_stable)
        if top == "model" and not self.tuning.adaptive:
            return _as_fresh(self.model, old.model, ignored)
        if top == "models" and not self.tuning.adaptive and old.models and self.models:
            pairs = zip(self.models, old.models, strict=False)
            return all(_as_fresh(new, before, set()) for new, before in pairs)
        return False

    def as_fresh(self, old_model: Model) -> bool:
        """Whether no change makes the search start anew: it then goes on as if it were new."""
        return not self.restarts(old_model)

    def _searched(self, rows: Rows, run: Run, before: State | None) -> Fitted:
        if run.on_state is not None:
            refuse_unwritable({"model": self._within})
        space = self._space()
        bench = self._bench(rows, run.verbosity if before is None else -1)
        n = self._most(space)
        searching = Searching(self.tuning, space, n)
        journal = None if self.checkpoint is None else opened(self, self.checkpoint, rows)
        known = [] if before is None else [before.found]
        known += [] if journal is None else [Found(journal.found, journal.filed)]
        empty = State(Found(), tuple(m.name for m in bench.measures), bench.measures[0].orientation)
        base = empty if before is None else before
        search = Search(
            searching=searching,
            template=self._within,
            bench=bench,
            n=n,
            asked=self.n or n,
            known=known,
            journal=journal,
            n_jobs=self.n_jobs,
            skips=self.on_error == "skip",
            megabytes=self.keep_states,
            every=self.tuning.every,
            whole=lambda found: self._whole(replace(base, found=found)),
            run=run,
        )
        run.begin()
        self._announce(n, bench, len(search.found.entries), run.verbosity)
        found = search.go()
        return self._trained(replace(base, found=found), rows, run)

    def _bench(self, rows: Rows, verbosity: int) -> Bench:
        """What all candidates share, planned once; refuses what can be refused beforehand."""
        if rows.y is None:
            raise _no_target(self)
        distinct, copies = distinct_rows(rows)
        part = rows if copies is None else rows.take(distinct)
        data = Binding(self._within, part.X, part.y, None, "off")
        everything = np.arange(len(part))
        folds, note = self.resampling, ""
        if folds is None:
            folds, note = default_holdout(data, everything)
        plan = plan_of(
            self._within,
            data,
            resampling=folds,
            measure=self.measure,
            repeats=self.repeats,
            operation=self.operation,
        )
        oriented(plan.measures[0])
        if isinstance(self.selection, OneStandardError):
            self.selection.refuse_unfit(self.models or [self.model], len(plan.folds))
        tell([replace(plan, notes=[*plan.notes, *filter(None, [note])])], verbosity)
        made = plan.folds if copies is None else with_copies(plan.folds, copies)
        return Bench.of(rows, plan, made, self._within)

    def _announce(self, n: int, bench: Bench, n_known: int, verbosity: int) -> None:
        if verbosity < 1:
            return
        n_folds, n_rows = len(bench.folds), len(bench.rows)
        text = f"tuning: {count(n, 'candidate')}"
        text += f" x {n_folds} folds = {count(n * n_folds, 'fit')}" if n_folds > 1 else ""
        if n_known:
            text += f" at most, as {n_known} {'is' if n_known == 1 else 'are'} known"
        log.say(f"{text}, then the best on all {count(n_rows, 'row')}" if self.train_best else text)

    def _trained(self, state: State, rows: Rows, run: Run) -> Fitted:
        """What was found, with the best candidate trained on all rows."""
        entries = list(state.found.entries.values())
        if told := failures_told(entries):
            log.warn(told)
        try:
            best = chosen(self.selection, entries)
        except Exception as error:
            error.add_note("This happened in choosing among the candidates, all of which are kept.")
            raise Halted(self._whole(state), error) from None
        if best is None:
            raise Halted(self._whole(state), _all_failed(entries))
        if run.verbosity >= 1:
            log.say(f"best: {best}")
        if not self.train_best:
            return self._whole(replace(state, winner=None, inner=None))
        if self._is_trained(state, best):
            return self._whole(replace(state, winner=best))
        own = Run(run.verbosity)
        if run.validation is not None and best.model.takes_run:
            own.validation = run.validation.of(best.model)
        try:
            inner = self._led(state, best.model, rows.of(best.model), own)
        except Interrupted as stop:
            part: Any = stop.fitted
            stop.fitted = self._whole(replace(state, winner=best, inner=part, complete=False))
            raise
        except KeyboardInterrupt:
            raise Interrupted(self._whole(state)) from None
        except Exception as error:
            error.add_note(f"This happened in training the best of them, {best}, on all rows.")
            raise Halted(self._whole(state), error) from None
        return self._whole(replace(state, winner=best, inner=inner, complete=True))

    def _is_trained(self, state: State, best: Entry) -> bool:
        winner = state.winner
        return winner is not None and state.complete and same(winner.model, best.model)

    def _led(self, state: State, model: Model, data: Any, run: Run) -> Fitted:
        """What the best model learns, going on from an earlier fit of it on all rows."""
        old = None if state.winner is None else state.winner.model
        if old is None or state.inner is None or type(old) is not type(model):
            return interface.fit(model, data, run)
        if same(old, model) or model.as_fresh(old):
            return interface.update(model, state.inner, old, data, run)
        return interface.fit(model, data, run)

    def _whole(self, state: State) -> Fitted:
        return fitted_of(state, self.selection)

    def inner(self, fitted: Fitted) -> Fitted:
        """What the best model has learned of all rows."""
        return self._best(fitted)[1]

    def _best(self, fitted: Fitted) -> tuple[Model, Fitted]:
        state: State = fitted.state
        if state.winner is not None and state.inner is not None:
            return state.winner.model, state.inner
        raise NotFitted(
            "The best model was not trained on all rows, so there is nothing to predict with.",
            expected="a search that came to its end, with `train_best=True`",
            received=f"{count(len(state.found.entries), 'candidate')}, none trained on all rows",
            remedy="`mach.model.train_best = True; mach.fit()` trains it."
            if not self.train_best
            else "`mach.fit()` goes on with the search, and trains it.",
        )

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """What the best model predicts."""
        model, inner = self._best(fitted)
        return model.predict(inner, X)

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The columns in which the best model does."""
        if fitted.state.inner is None:
            return frozenset()
        model, inner = self._best(fitted)
        return model.takes_unseen(inner, behind)

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the best model's network takes."""
        model, inner = self._best(fitted)
        return model.encode(inner, X)

    def differs(self, fitted: Fitted) -> str:
        if fitted.state.inner is None:
            return ""
        model, inner = self._best(fitted)
        return model.differs(inner)

    def serving(self, fitted: Fitted) -> Any:
        model, inner = self._best(fitted)
        return model.serving(inner)

    def picture(self, fitted: Fitted) -> Any:
        """What was measured for which hyperparameters."""
        history: History = fitted.report["history"]
        errors = [entry.standard_error for entry in history]
        best = fitted.state.best
        numbers = [entry.number for entry in history]
        return drawing.tuning_results(
            self._parameters(history),
            [entry.measurement[0] for entry in history],
            measure=history.measures[0],
            orientation=history.orientation,
            statuses=[entry.status for entry in history],
            radii=None if all(map(math.isnan, errors)) else errors,
            chosen=None if best is None else numbers.index(best),
        )

    def _parameters(self, history: History) -> list[Any]:
        if self.models is not None:
            names = [type(entry.model).__name__ for entry in history]
            return [drawing.Parameter("model", names, "none")]
        values = [entry.values for entry in history]
        ranges = {d.path: d.range for d in self._space().dimensions}
        paths = dict.fromkeys(path for point in values for path in point)
        return [
            drawing.Parameter(
                path,
                [point.get(path) for point in values],
                getattr(ranges.get(path), "scale", "none"),
                choices=getattr(ranges.get(path), "values", None),
            )
            for path in paths
        ]

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return tunedstates.dump(fitted.state)

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return self._whole(tunedstates.load(record, arrays, tuple(classes_in(self))))


def _as_fresh(model: Model, old: Model, ignored: set[str]) -> bool:
    """Whether going on is as good as new, but for hyperparameters that are searched."""
    if type(model) is not type(old):
        return False
    new = copied(model)
    for change in difference(old, model):
        if f"model.{change.path}" in ignored:
            set_path(new, change.path, change.old)
    return same(new, old) or bool(new.as_fresh(old))


def _no_target(model: Model) -> DataError:
    return DataError(
        "There is no target to measure candidates by.",
        expected="`kf.machine(model, X, y)`",
        received="inputs alone",
        remedy=f"Give a target that {type(model).__name__} takes: {model.target_scitype}.",
        columns={},
    )


def _all_failed(entries: Sequence[Entry]) -> SearchFailed:
    failures = {entry.number: entry.error or entry.status for entry in entries}
    some = [*failures.items()][:3]
    first = "; ".join(f"candidate {number}: {textwrap.shorten(t, 200)}" for number, t in some)
    n = len(failures)
    return SearchFailed(
        f"No candidate can be chosen: {f'all {n}' if n > 1 else 'the only one'} failed.",
        expected="one candidate or more whose measurement is a number",
        received=first,
        remedy="`mach.report.history` has them all. Fit one alone, "
        "`kf.machine(mach.report.history[0].model, X, y).fit()`; search other ranges.",
        failures=failures,
    )
