"""`EnsembleModel`: many copies of a model, each trained on rows of its own, which predict together.

Who owns what: which rows and seeds a member has is drawn by `ensemble_members`; how predictions
become one is the business of `combining`; several members at once are done by `ensemble_jobs`.
Here stands how an ensemble grows: which members are there, which go on, which are new.

A member of a state is whole: trained as far as it was asked to, which `Members.goals` tells. An
interrupt keeps the members that were done. Some may then have been trained further than others; the
next fit brings up those that lag behind. That needs nothing but the goals where only the number of
iterations was raised. Over any other change an interrupt keeps nothing until all the old members
have gone on. The file is long because a model has the whole protocol to speak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from kerasflux import interface, log
from kerasflux.allowed import AtLeast, Between
from kerasflux.composition.parts import refuse_unwritable, written_parts
from kerasflux.composition.steps import as_part
from kerasflux.errors import (
    ArgumentError,
    Halted,
    HyperparameterError,
    Interrupted,
    NotSupported,
)
from kerasflux.folding import Watched
from kerasflux.forwarding import Rows, Wrapper
from kerasflux.hyperparameters import Change, difference, field, set_path
from kerasflux.interface import QUIET, Fitted, Model, Observations, Run, Supervised
from kerasflux.planning import judging, measures_of
from kerasflux.portraits import Record, distinct
from kerasflux.resampling.base import drawn_seed
from kerasflux.wrappers.combining import (
    combined,
    combined_in_graph,
    reading_from_json,
    reading_of,
)
from kerasflux.wrappers.ensemble_jobs import as_n_jobs, in_order
from kerasflux.wrappers.ensemble_members import Members, member_rows, seed_paths, seeded
from kerasflux.wrappers.ensemble_reports import as_measures, line_of, out_of_bag, row_of, shown


def _predicting(value: Any) -> Model:
    model = as_part(value)
    if isinstance(model, Supervised) and model.prediction_type is not None:
        return model
    raise HyperparameterError(
        f"{type(model).__name__} predicts nothing, so there is nothing to combine.",
        expected="a model that predicts",
        received=repr(model)[:60],
        remedy="An ensemble of pipelines is one: `EnsembleModel(transformer | model)`.",
        name="model",
        value=value,
    )


def _listed(value: Any) -> Any:
    """An array as a tuple."""
    return tuple(value.tolist()) if isinstance(value, np.ndarray) and value.ndim == 1 else value


@dataclass(frozen=True)
class Growth:
    """What a fit of an ensemble has to do.

    Attributes:
        before: what there is.
        old: the model as which its members were trained.
        todo: the numbers of the members to be trained, rising.
        alike: whether members that have gone on may stand beside others that have not yet.
    """

    before: Members
    old: Model
    todo: tuple[int, ...]
    alike: bool

    def settled(self, i: int) -> bool:
        """Whether what there is after member i (-1: before all) can be kept."""
        kept = [k for k in self.todo if k < len(self.before.fits)]
        return self.alike or not kept or i >= kept[-1]


class EnsembleModel(Wrapper):
    """Many copies of a model, each trained on a part of the rows, which predict together (bagging).

    Each of the `n` members is the model with a seed of its own, trained on
    `floor(bagging_fraction * rows)` of the training rows, drawn without replacement. Distributions
    and numbers are averaged, `Σ w_i p_i / Σ w_i`; a label is what most members predict, the first
    in the pool among equals.

    Rows and seeds are drawn by counter: those of member i depend on `rng`, i and the number of rows
    alone. So raising `n` trains only the new members, 5 and then 10 are the same bits as 10 at
    once, and lowering it keeps the first ones. Raising `model.epochs` continues each member on its
    rows; other changes of the model do what they do to the model.

    Args:
        model: what each member is, a pipeline for instance; kept by reference, copies are fitted.
            `rng` of it, and of models in it, is not used: members get seeds of their own.
        n: how many members there are; the iteration parameter.
        bagging_fraction: the share of the rows that each is trained on, above 0, at most 1.
        rng: what rows and seeds are drawn from; None draws it at each fit from scratch, and
            `report.rng` keeps it.
        out_of_bag_measure: a measure or several. Each row is predicted by the members that were not
            trained on it; rows that all were trained on are left out, `report.out_of_bag_skipped`
            of them.
        weights: how much each member counts in predictions, `(n,)`, not negative; None: all alike.
        n_jobs: how many members to train at once, in threads; results do not depend on it.

    Scitypes: `X` and `y` as for the model, `y` of labels or numbers. Sample weights pass through to
        the members where the model takes them.

    Learned: `fitted_params.members` and `report.members` hold those of each member. The training
        losses are that of the first member before its training, then the last one of each.

    `report.out_of_bag` holds the out-of-bag measurements by name. Checkpoints are written after
    members (`every_epochs` counts these), if the model reports training losses.

    Raises:
        HyperparameterError: a model that does not predict; weights of another number than `n`;
            out-of-bag measures where no rows are left out.
        DataError: a fraction of so few rows that it is none.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0] * 5})
        >>> net = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=2)
        >>> forest = EnsembleModel(net, n=3, rng=1, out_of_bag_measure="mae")
        >>> mach = kf.machine(forest, X, X["a"]).fit(verbosity=0)
        >>> forest.n = 5
        >>> print(mach.fit(verbosity=0).report.decision)
        continued (4: n 3 -> 5)
        >>> len(mach.fitted_params.members), list(mach.report.out_of_bag)
        (5, ['l1'])

    Source: `EnsembleModel` of MLJEnsembles.jl, whose votes are not weighted (there `weights` is
        `atomic_weights`); Breiman, Bagging predictors (1996), with replacement.
    """

    model: Any = field(convert=_predicting, doc="what each member is")
    n: int = field(100, allowed=AtLeast(1), continues=True, doc="how many members")
    bagging_fraction: float = field(
        0.8, allowed=Between(0, 1, open="left"), doc="share of the rows for each member"
    )
    rng: int | None = field(None, allowed=AtLeast(0), doc="seed; None draws one at each cold fit")
    out_of_bag_measure: Any = field(
        None, convert=as_measures, continues=True, doc="measured on the rows that members left out"
    )
    weights: tuple[float, ...] | None = field(
        None, convert=_listed, allowed=AtLeast(0), continues=True, doc="how much each member counts"
    )
    n_jobs: int | None = field(
        1, convert=as_n_jobs, continues=True, doc="how many members to train at once"
    )

    # traits

    @property
    def iteration_parameter(self) -> str | None:  # type: ignore[override]
        return "n"

    @property
    def iteration_unit(self) -> str:
        return "models"

    @property
    def takes_run(self) -> bool:
        return True

    def iterations(self) -> int | None:
        return self.n

    @property
    def unused_paths(self) -> tuple[str, ...]:
        """The seeds of the model, and what it does not use itself."""
        return (*super().unused_paths, *(f"model.{path}" for path in seed_paths(self.model)))

    def _refuse_contradictions(self) -> None:
        if self.weights is not None and (len(self.weights) != self.n or not sum(self.weights)):
            raise HyperparameterError(
                "The weights of an ensemble don't fit its members.",
                expected=f"{self.n} weights, one for each member, not all zero",
                received=f"{len(self.weights)} of sum {sum(self.weights):g}",
                remedy="`weights=None` counts all alike.",
                name="weights",
            )
        if self.out_of_bag_measure is not None and self.bagging_fraction == 1:
            raise HyperparameterError(
                "No rows are left out that out-of-bag measures could be taken on.",
                expected="`bagging_fraction` below 1, or `out_of_bag_measure=None`",
                received=f"bagging_fraction={self.bagging_fraction}",
                remedy="`kf.evaluate` measures on folds.",
                name="out_of_bag_measure",
            )

    def judge_target(self, y: Any) -> None:
        reading_of(self.model, y)
        if self.out_of_bag_measure is not None:
            judging(self.model, Observations(None, y), self.out_of_bag_measure)
        super().judge_target(y)

    # learning

    def fit(self, data: Rows, run: Run = QUIET) -> Fitted:
        seed = drawn_seed() if self.rng is None else self.rng
        start = Members(seed, reading_of(self.model, data.y))
        return self._grown(self._growth(start, self.model), data, run)

    def update(self, fitted: Fitted, old_model: Model, data: Rows, run: Run = QUIET) -> Fitted:
        old: Any = old_model
        if type(old.model) is not type(self.model) or self.restarts(old_model):
            return self.fit(data, run)
        return self._grown(self._growth(fitted.state, old.model), data, run)

    def restarts_within(self, old_model: Model) -> tuple[Change, ...]:
        """The changes for which the members have to start from scratch."""
        old: Any = old_model
        if type(old.model) is not type(self.model):
            return (Change("model", old.model, self.model),)
        found = _alike(self.model).restarts(_alike(old.model))
        return tuple(replace(c, path=f"model.{c.path}".rstrip(".")) for c in found)

    def as_fresh(self, old_model: Model) -> bool:
        """Whether so it is for each member, and its rows and seeds are the same."""
        old: Any = old_model
        around = self.changes_around(old_model)
        if type(old.model) is not type(self.model) or any(not c.continues for c in around):
            return False
        return bool(_alike(self.model).as_fresh(_alike(old.model)))

    def _growth(self, before: Members, old: Model) -> Growth:
        """What is to be trained, given what there is."""
        known = before.goals[: self.n]
        changes = {goal: difference(_aimed(old, goal), _alike(self.model)) for goal in set(known)}
        todo = [i for i in range(self.n) if i >= len(known) or changes[known[i]]]
        path = self.model.iteration_parameter
        alike = all(c.path == path for found in changes.values() for c in found)
        before = replace(before, fits=before.fits[: self.n], goals=known, stopped=None)
        return Growth(before, old, tuple(todo), alike)

    def _grown(self, growth: Growth, data: Rows, run: Run) -> Fitted:
        """Train what is to be trained, one member after the other or several at once."""
        self._refuse_validation(run)
        if run.on_state is not None:
            refuse_unwritable({"model": self.model})
        member_rows(growth.before.seed, 0, len(data), self.bagging_fraction)  # refuses none
        now, last = growth.before, -1
        found = in_order(self._jobs(growth, data, run), self.n_jobs)
        start = self.n - len(growth.todo)
        if self.n_jobs != 1:
            run.begin()
        try:
            with log.progress(
                self.n, "ensemble", start=start, enabled=run.verbosity == 1, unit="model"
            ) as bar:
                for i, fitted in zip(growth.todo, found, strict=True):
                    now, last = self._with(now, i, fitted), i
                    row = row_of(i, fitted)
                    bar.advance(row["training_loss"], row["validation_loss"])
                    if run.verbosity > 1:
                        log.say(line_of(row, self.n))
                    if run.epoch(row) and growth.settled(i):
                        now = replace(now, stopped="on_epoch" if i + 1 < self.n else None)
                        break
                    if run.due(i + 1) and growth.settled(i):
                        run.keep(self._whole(now))
        except KeyboardInterrupt as stop:
            self._keep_or_raise(stop, growth, now, last, run)
        finally:
            found.close()
        try:
            return self._whole(now, *self._out_of_bag(now, data))
        except KeyboardInterrupt:
            raise Interrupted(self._whole(now)) from None

    def _jobs(self, growth: Growth, data: Rows, run: Run) -> Iterator[Any]:
        """The training of each member, made when it is asked for."""
        validation = None if run.validation is None else run.validation.of(self.model)
        begin = run.begin if self.n_jobs == 1 else None

        def job(i: int) -> Any:
            return lambda stop: self._trained(
                i, growth, data, Watched(validation=validation, on_begin=begin, stop=stop)
            )

        return (job(i) for i in growth.todo)

    def _trained(self, i: int, growth: Growth, data: Rows, run: Run) -> Fitted:
        """Member i, from scratch or from what it had learned."""
        before = growth.before
        mine = member_rows(before.seed, i, len(data), self.bagging_fraction)
        model: Model = seeded(self.model, before.seed, i)
        rows = data.take(mine).of(model)
        try:
            if i >= len(before.fits):
                return interface.fit(model, rows, run)
            old = _at_goal(seeded(growth.old, before.seed, i), before.goals[i])
            return interface.update(model, before.fits[i], old, rows, run)
        except (Exception, Halted) as stop:
            error = stop.error if isinstance(stop, Halted) else stop
            error.add_note(f"This happened in member {i + 1} of {self.n} of an ensemble.")
            raise

    def _with(self, members: Members, i: int, fitted: Fitted) -> Members:
        """The members with one more, or with one that has gone on."""
        goal = self.model.iterations()
        fits = (*members.fits[:i], fitted, *members.fits[i + 1 :])
        goals = (*members.goals[:i], goal, *members.goals[i + 1 :])
        return replace(members, fits=fits, goals=goals)

    def _keep_or_raise(
        self, stop: KeyboardInterrupt, growth: Growth, now: Members, last: int, run: Run
    ) -> NoReturn:
        """End a fit that was interrupted, with the members that are whole if there are some."""
        if not growth.settled(last) or not self._n_done(now):
            error: BaseException | None = getattr(stop, "error", None)
            if error is not None:
                raise error
            raise KeyboardInterrupt from None
        run.begin()
        if not isinstance(stop, Interrupted):
            raise Interrupted(self._whole(now)) from None
        stop.fitted = self._whole(now)
        raise stop

    def _refuse_validation(self, run: Run) -> None:
        if run.validation is not None and not self.model.takes_run:
            raise ArgumentError(
                f"The members ({type(self.model).__name__}) take no `validation`.",
                expected="members that train in iterations",
                received=type(self.model).__name__,
                remedy="`out_of_bag_measure` measures on the rows that members left out.",
            )

    # what was learned, put together

    def _n_done(self, members: Members) -> int:
        """How many members are trained as far as the model asks for."""
        goal = self.model.iterations()
        return sum(reached == goal for reached in members.goals)

    def _whole(
        self, members: Members, measured: Sequence[float] | None = None, skipped: int | None = None
    ) -> Fitted:
        reports = [fitted.report for fitted in members.fits]
        report = {
            "epochs": self._n_done(members),
            "history": [row_of(i, fitted) for i, fitted in enumerate(members.fits)],
            "rng": members.seed,
            "stopped": members.stopped,
            "out_of_bag": None if measured is None else self._named(measured),
            "out_of_bag_skipped": skipped,
            "members": [Record(report) for report in reports],
        }
        if self.supports_training_losses:
            first = [float(reports[0]["training_losses"][0])] if reports else []
            report["training_losses"] = [
                *first,
                *(float(r["training_losses"][-1]) for r in reports),
            ]
        params = {"members": [shown(fitted.params) for fitted in members.fits]}
        return Fitted(members, params, report)

    def _named(self, measured: Sequence[float]) -> Record:
        names = distinct(repr(m) for m in measures_of(self.out_of_bag_measure))
        return Record(dict(zip(names, measured, strict=True)))

    def _weights(self, members: Members) -> list[float]:
        """A weight for each member that is there."""
        n = len(members.fits)
        found = [1.0] * n if self.weights is None else list(self.weights[:n])
        return found if sum(found) else [1.0] * n  # the first ones of a fit that was interrupted

    def _out_of_bag(self, members: Members, data: Rows) -> tuple[list[float] | None, int | None]:
        """The measurements on the rows that members left out, and how many rows none did."""
        if self.out_of_bag_measure is None:
            return None, None
        weights, fraction = self._weights(members), self.bagging_fraction
        return out_of_bag(self.model, members, weights, data, fraction, self.out_of_bag_measure)

    # verbs over what was learned

    def inner(self, fitted: Fitted) -> Fitted:
        """What the first member has learned."""
        first: Fitted = fitted.state.fits[0]
        return first

    def picture(self, fitted: Fitted) -> Any:
        """None: there is none of all members."""
        return None

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The columns in which all members do."""
        taken = [self.model.takes_unseen(part) for part in fitted.state.fits]
        return frozenset.intersection(*taken)

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """The weighted mean of what the members predict; of labels the one with the most votes."""
        members: Members = fitted.state
        predictions = (self.model.predict(part, X) for part in members.fits)
        return combined(members.reading, predictions, self._weights(members), X)

    def encode(self, fitted: Fitted, X: Any) -> Any:
        raise NotSupported(
            "Each member of an ensemble encodes inputs as it learned to from its own rows.",
            expected="a model of one network",
            received=f"{len(fitted.state.fits)} members",
            remedy="`mach.fitted_params.members` holds what each has learned.",
        )

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        members: Members = fitted.state
        records: dict[str, Any] = {}
        arrays: dict[str, np.ndarray] = {}
        for i, part in enumerate(members.fits):
            records[str(i)], own = self.model.dump(part)
            arrays |= {f"{i}/{name}": array for name, array in own.items()}
        measured = fitted.report["out_of_bag"]
        about = {
            "rng": members.seed,
            "reading": members.reading.to_json(),
            "goals": list(members.goals),
            "stopped": members.stopped,
            "out_of_bag": None if measured is None else list(measured.values()),
            "out_of_bag_skipped": fitted.report["out_of_bag_skipped"],
        }
        return {**written_parts(records), **about}, arrays

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        given = {"given": record["given"]} if "given" in record else {}
        parts: dict[str, dict[str, np.ndarray]] = {name: {} for name in record["parts"]}
        for name, array in arrays.items():
            member, _, rest = name.partition("/")
            parts[member][rest] = array
        fits = (self.model.load({**record["parts"][k], **given}, own) for k, own in parts.items())
        members = Members(
            record["rng"],
            reading_from_json(record["reading"]),
            tuple(fits),
            tuple(record["goals"]),
            record["stopped"],
        )
        return self._whole(members, record["out_of_bag"], record["out_of_bag_skipped"])

    def serving(self, fitted: Fitted) -> Any:
        members: Members = fitted.state
        modules = [self.model.serving(part) for part in members.fits]
        return combined_in_graph(members.reading, modules, self._weights(members))


def _alike(model: Model) -> Any:
    """The model with seeds that are the same for all, to be compared with others."""
    return seeded(model, 0, 0)


def _aimed(model: Model, goal: int | None) -> Any:
    return _at_goal(_alike(model), goal)


def _at_goal(model: Any, goal: int | None) -> Any:
    """The model as it was when it was asked for a number of iterations; it is changed."""
    if goal is not None and model.iteration_parameter is not None:
        set_path(model, model.iteration_parameter, goal)
    return model
