"""`Stack`: a model that learns from the out-of-fold predictions of other models.

The base models are hyperparameters, called as the user calls them. As classes of records say which
hyperparameters there are, each set of names has a class of its own, as pipelines do. Who owns what:
folds, and fits that go on in them, are `outoffold`'s; predictions as a table `stack_features`'; how
the metalearner's iterations are those of the whole, `leading`'s. Here is said what learns anew.

A base model that is as it was is kept with all that it has learned, one that changed is updated in
each fold and on all rows. The metalearner goes on from what it had learned only if all base models
were kept: what it learns from is another thing otherwise, and it learns anew. So, whatever changed,
a stack is what it would be if it had learned from scratch, as far as its parts are. The file is
long because a model has the whole protocol to speak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import scitypes as st
from kerasflux import interface
from kerasflux.composition.judging import refuse_misfit
from kerasflux.composition.leading import led
from kerasflux.composition.naming import refuse_names
from kerasflux.composition.parts import refuse_unwritable
from kerasflux.errors import ArgumentError, Interrupted, KerasfluxError
from kerasflux.folding import Watched
from kerasflux.forwarding import Rows
from kerasflux.hyperparameters import Change, difference, field
from kerasflux.interface import QUIET, Fitted, Model, Observations, Run, Supervised
from kerasflux.performance import PerformanceComparison
from kerasflux.planning import judging, measures_of
from kerasflux.portraits import Record
from kerasflux.resampling import Pairs
from kerasflux.structure import same, values
from kerasflux.wrappers.combining import reading_of
from kerasflux.wrappers.ensemble_jobs import as_n_jobs, in_order
from kerasflux.wrappers.outoffold import OutOfFold, as_resampling, folds_of, learn, what_stopped
from kerasflux.wrappers.stack_features import (
    columns_of,
    features,
    features_schema,
    stacked_in_graph,
)
from kerasflux.wrappers.stack_kinds import base_of_stack, metalearner_of_stack, no_bases
from kerasflux.wrappers.stack_reports import evaluations
from kerasflux.wrappers.stack_states import METALEARNER as _META
from kerasflux.wrappers.stack_states import Base, State
from scitypes import tables

_KINDS: dict[tuple[str, ...], type[Stack]] = {}


def _measure(value: Any) -> Any:
    if value is None:
        return None
    found = tuple(measures_of(value))
    return found if isinstance(value, Sequence) and not isinstance(value, str) else found[0]


class Stack(Supervised, positional=True):
    """A model that learns from the predictions of other models, of rows that they did not learn.

    Each base model is fitted on the training rows of each fold and predicts the others. From these
    predictions, together those of all rows, the metalearner learns; then the base models are fitted
    on all rows. New rows are predicted by these, and from what they say by the metalearner.

    It gets of a base model that predicts distributions the probability of each level
    (`net__yes`, `net__no`), of one that predicts labels 1 for that label and 0 for the others, and
    of one that predicts numbers these (`net`, or `net__price` of several targets).

    Args:
        metalearner: learns from the predictions; a model that takes a table of numbers.
        resampling: makes the folds: a strategy, a splitter, or pairs of rows, in which each row is
            predicted once at most; rows that no fold predicts are not shown to the metalearner.
            None: six folds, shuffled with a fixed seed, stratified for a Finite target.
        passthrough: whether the metalearner gets the inputs too, behind the predictions.
        measure: a measure or several, by which the out-of-fold predictions of each base model are
            judged: `report.evaluations`, as `kf.evaluate` of several models gives it, of the last
            fit (files do not hold it).
        n_jobs: how many base models to fit at once, in threads; results do not depend on it.
        **bases: the base models, by name; estimators of scikit-learn are made models of. They are
            hyperparameters: `stack.net.epochs = 20`, `"net.optimiser.learning_rate"`.

    Scitypes: inputs that all base models take (with `passthrough` the metalearner too), a target
        that all parts do, of labels or numbers. That is checked when data is bound. Sample weights
        are used if all parts use them.

    A base model whose `epochs` were raised goes on in each fold and on all rows, one that is as it
    was is kept, and the metalearner learns anew if any of them changed; so all that a stack has
    learned is what a fit from scratch would have. Its iterations are those of the metalearner,
    which validation rows, checkpoints and interrupts are about; one that strikes while base models
    learn keeps nothing of that fit.

    `mach.fitted_params` and `mach.report` hold those of each part under its name; the report also
    has what the metalearner says of its training.

    Raises:
        HyperparameterError: no base models; a part that does not predict; a metalearner that takes
            no numbers; a name that a base model can't have.
        ResamplingError: folds that predict a row twice, or a class of which none trains.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> from sklearn.linear_model import LinearRegression, Ridge
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] * 3})
        >>> net = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=2, rng=1)
        >>> stack = Stack(LinearRegression(), kf.CV(3, rng=0), line=Ridge(), net=net, measure="mae")
        >>> mach = kf.machine(stack, X, 2 * X["a"]).fit(verbosity=0)
        >>> stack.net.epochs = 5
        >>> print(mach.fit(verbosity=0).report.decision)
        continued (4: net.epochs 2 -> 5)
        >>> mach.report.evaluations.to_frame().index.tolist()
        ['line', 'net']

    Source: `Stack` of MLJBase.jl, which refuses models that predict labels; Wolpert, Stacked
        generalization (1992). `StackingClassifier` of scikit-learn leaves out one column of two.
    """

    metalearner: Any = field(convert=metalearner_of_stack, doc="learns from the predictions")
    resampling: Any = field(None, convert=as_resampling, doc="makes the folds; None: six, shuffled")
    passthrough: bool = field(False, doc="whether the metalearner gets the inputs too")
    measure: Any = field(
        None, convert=_measure, continues=True, doc="judges the base models out of their folds"
    )
    n_jobs: int | None = field(
        1, convert=as_n_jobs, continues=True, doc="how many base models to fit at once"
    )

    if TYPE_CHECKING:

        def __init__(
            self,
            metalearner: Any,
            resampling: Any = None,
            passthrough: bool = False,
            measure: Any = None,
            n_jobs: int | None = 1,
            **bases: Any,
        ) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __new__(cls, *args: Any, **named: Any) -> Stack:
        if cls is not Stack:
            return object.__new__(cls)
        names = tuple(name for name in named if name not in Stack._fields)
        if not names:
            raise no_bases(", ".join(named) or "no models by name")
        return object.__new__(_kind(names))

    @classmethod
    def _having(cls, names: tuple[str, ...]) -> type[Stack]:
        return _kind(tuple(name for name in names if name not in Stack._fields))

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (tuple(self.bases),), self.__dict__

    @property
    def bases(self) -> dict[str, Model]:
        """The base models by name, in order."""
        return {name: value for name, value in values(self) if name not in Stack._fields}

    @property
    def _parts(self) -> dict[str, Model]:
        return {**self.bases, _META: self.metalearner}

    # traits

    @property
    def input_scitype(self) -> Any:
        """That of a base model which takes nothing that another one does not, if there is one."""
        return self.bases[self.taker("X").partition(".")[0]].input_scitype

    @property
    def target_scitype(self) -> Any:
        """That of a part which takes nothing that another one does not, if there is one."""
        return self._parts[self.taker("y").partition(".")[0]].target_scitype

    @property
    def prediction_type(self) -> str | None:  # type: ignore[override]
        """That of the metalearner."""
        kind: str | None = self.metalearner.prediction_type
        return kind

    @property
    def iteration_parameter(self) -> str | None:  # type: ignore[override]
        """The path of the metalearner's."""
        path = self.metalearner.iteration_parameter
        return None if path is None else f"{_META}.{path}"

    @property
    def iteration_unit(self) -> str:
        return str(self.metalearner.iteration_unit)

    @property
    def takes_run(self) -> bool:
        """Always: base models train too, whether the metalearner iterates or not."""
        return True

    def iterations(self) -> int | None:
        found: int | None = self.metalearner.iterations()
        return found

    @property
    def unused_paths(self) -> tuple[str, ...]:
        """Those of the parts."""
        return tuple(f"{n}.{path}" for n, part in self._parts.items() for path in part.unused_paths)

    @property
    def supports_weights(self) -> bool:  # type: ignore[override]
        """Whether all parts do."""
        return all(part.supports_weights for part in self._parts.values())

    @property
    def supports_training_losses(self) -> bool:  # type: ignore[override]
        """Whether the metalearner does."""
        return bool(self.metalearner.supports_training_losses)

    @property
    def exportable(self) -> bool:  # type: ignore[override]
        """Whether all parts are."""
        return all(part.exportable for part in self._parts.values())

    # before anything is learned

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        """Refuse data that a part does not take."""
        for name, base in self.bases.items():
            refuse_misfit(name, base, input_schema, "the data")
            self._judge_within(name, input_schema, target_schema)
        if target_schema is None:
            return
        for name, part in self._parts.items():
            refuse_misfit(name, part, target_schema, "", "y")
        known = features_schema(tuple(self.bases), input_schema, target_schema, self.passthrough)
        giver = "the table of predictions and inputs" if self.passthrough else "the base models"
        refuse_misfit(_META, self.metalearner, known, giver)
        self._judge_within(_META, known, target_schema)

    def _judge_within(self, name: str, schema: st.Schema, target: st.Schema | None) -> None:
        try:
            self._parts[name].judge_parts(schema, target)
        except KerasfluxError as error:
            error.add_note(f"This was found within `{name}` of a stack, before fitting.")
            raise

    def judge_target(self, y: Any) -> None:
        """Refuse a target that a part does, or of which predictions can't be learned from."""
        for part in self._parts.values():
            reading_of(part, y)
            part.judge_target(y)
        for base in self.bases.values():
            if self.measure is not None:
                judging(base, Observations(None, y), self.measure)

    def taker(self, argument: str) -> str:
        """The part, or a part of it, that takes least."""
        among = self.bases if argument == "X" else self._parts
        allowed = {
            name: part.input_scitype if argument == "X" else part.target_scitype
            for name, part in among.items()
        }
        least = (n for n, own in allowed.items() if all(own <= o for o in allowed.values()))
        name = next(least, next(iter(allowed)))
        return f"{name}.{among[name].taker(argument)}".rstrip(".")

    # data

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Rows:
        rows = Rows(Observations(X, y, w))
        for base in self.bases.values():
            rows.converted(base)  # now, before there are several threads
        return rows

    def select(self, prepared: Rows, rows: np.ndarray | None) -> Rows:
        return prepared.take(rows)

    # learning

    def fit(self, data: Rows, run: Run = QUIET) -> Fitted:
        return self._learned(data, run, None, None)

    def update(self, fitted: Fitted, old_model: Model, data: Rows, run: Run = QUIET) -> Fitted:
        old: Any = old_model
        return self._learned(data, run, fitted.state, old)

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """Those of the parts, and any change of what the metalearner learns from."""
        old: Any = old_model
        found = [c for c in self._changes_around(old) if not c.continues]
        for name, part in self._parts.items():
            before = old._parts[name]
            if type(part) is not type(before):
                found.append(Change(name, before, part))
            else:
                inner = part.restarts(before)
                found += [replace(c, path=f"{name}.{c.path}".rstrip(".")) for c in inner]
        return tuple(found)

    def as_fresh(self, old_model: Model) -> bool:
        """Whether so it is for the base models, and for the metalearner unless it learns anew."""
        old: Any = old_model
        if any(not c.continues for c in self._changes_around(old)):
            return False
        pairs = [(part, old._parts[name]) for name, part in self._parts.items()]
        if any(type(part) is not type(before) for part, before in pairs):
            return False
        anew = not all(same(part, before) for part, before in pairs[:-1])
        return all(part.as_fresh(before) for part, before in (pairs[:-1] if anew else pairs))

    def _changes_around(self, old: Any) -> list[Change]:
        own = set(Stack._fields) - {_META}
        return [c for c in difference(old, self) if c.path.partition(".")[0] in own]

    def _learned(self, data: Rows, run: Run, before: State | None, old: Any) -> Fitted:
        self._refuse_validation(run)
        if run.on_state is not None:
            refuse_unwritable(self._parts)
        folds = folds_of(self.resampling, data)
        found = self._learn_bases(data, folds, run, before, old)
        bases = {name: base for name, (base, _) in found.items()}
        y = data.y
        report = {} if self.measure is None else {"evaluations": self._evaluations(found, folds, y)}
        reading = reading_of(self.metalearner, y)

        def whole(meta: Fitted, complete: bool = True) -> Fitted:
            return self._whole(State(bases, meta, reading), report)

        own = run
        if run.validation is not None:
            own = replace(run, validation=self._features_of(bases, run.validation))
            own.on_begin = run.begin
        kept = before is not None and self._is_kept(bases, before, old)
        last = (before.metalearner, old.metalearner) if kept and before is not None else None
        return led(self.metalearner, self._out_of_fold(found, data), own, whole, last)

    def _refuse_validation(self, run: Run) -> None:
        if run.validation is not None and not self.metalearner.takes_run:
            name = type(self.metalearner).__name__
            raise ArgumentError(
                f"The metalearner ({name}) takes no `validation`.",
                expected="a metalearner that trains in iterations",
                received=name,
                remedy="`mach.evaluate(...)` measures the stack on other rows.",
            )

    def _is_kept(self, bases: Mapping[str, Base], before: State, old: Any) -> bool:
        """Whether the metalearner gets what it got: then it goes on from what it has learned."""
        alike = all(
            base.folds is before.bases[name].folds and base.whole is before.bases[name].whole
            for name, base in bases.items()
        )
        return alike and self.passthrough == old.passthrough

    def _learn_bases(
        self, data: Rows, folds: Pairs, run: Run, before: State | None, old: Any
    ) -> dict[str, tuple[Base, OutOfFold]]:
        """What each base model learns in the folds and of all rows, or had learned."""
        if self.n_jobs != 1:
            run.begin()

        def job(name: str) -> Any:
            known = None if before is None else (before.bases[name], old.bases[name])
            return lambda stop: self._learn_base(name, data, folds, known, own_run(stop))

        def own_run(stop: Any) -> Run:
            if self.n_jobs != 1:
                return Watched(stop=stop)
            return Watched(run.verbosity, on_begin=run.begin, stop=stop)

        results = in_order((job(name) for name in self.bases), self.n_jobs)
        try:
            return dict(zip(self.bases, results, strict=True))
        finally:
            results.close()

    def _learn_base(
        self, name: str, data: Rows, folds: Pairs, before: tuple[Base, Model] | None, run: Run
    ) -> tuple[Base, OutOfFold]:
        model = self.bases[name]
        known = None if before is None else (before[0].folds, before[1])
        place = f"This happened in the base model `{name}` of a stack."
        try:
            if not model.takes_run:  # which can't say when it begins
                run.begin()
            out = learn(model, data, folds, run, known, f"out-of-fold predictions of {name}")
            whole = self._learn_whole(model, data, before, run)
        except Interrupted as stop:
            raise what_stopped(stop, place) from None
        except Exception as error:
            error.add_note(place)
            raise
        return Base(reading_of(model, data.y), out.fits, whole), out

    def _learn_whole(
        self, model: Model, data: Rows, before: tuple[Base, Model] | None, run: Run
    ) -> Fitted:
        """What a base model learns of all rows."""
        if before is not None and same(model, before[1]):
            return before[0].whole
        own = replace(run, verbosity=0)
        own.on_begin = run.begin
        if before is None or type(before[1]) is not type(model):
            return interface.fit(model, data.of(model), own)
        return interface.update(model, before[0].whole, before[1], data.of(model), own)

    # features

    def _out_of_fold(self, found: Mapping[str, tuple[Base, OutOfFold]], data: Rows) -> Rows:
        """What the metalearner learns from: the rows that folds predicted."""
        outs = [(base, out) for base, out in found.values()]
        rows = data.take(outs[0][1].rows)
        numbers = np.hstack([out.joined(base.reading.numbers) for base, out in outs])
        return self._as_rows(numbers, {name: base for name, (base, _) in found.items()}, rows)

    def _features_of(self, bases: Mapping[str, Base], data: Rows) -> Rows:
        """Other rows, as base models that learned of all training rows predict them."""
        return self._as_rows(self._predicted(bases, data.X), bases, data)

    def _as_rows(self, numbers: np.ndarray, bases: Mapping[str, Base], data: Rows) -> Rows:
        names = columns_of({name: base.reading.columns for name, base in bases.items()})
        made = features(numbers, names, data.X, self.passthrough)
        return Rows(Observations(made, data.y, data.w))

    def _predicted(self, bases: Mapping[str, Base], X: Any) -> np.ndarray:
        parts = [
            base.reading.numbers(self.bases[name].predict(base.whole, X))
            for name, base in bases.items()
        ]
        return np.hstack(parts)

    def _evaluations(
        self, found: Mapping[str, tuple[Base, OutOfFold]], folds: Pairs, y: Any
    ) -> PerformanceComparison:
        parts = {n: (self.bases[n], base.folds.fits, out) for n, (base, out) in found.items()}
        return evaluations(parts, folds, y, self.measure, self.resampling)

    def _whole(self, state: State, report: Mapping[str, Any]) -> Fitted:
        """What the parts have learned as what the stack has."""
        parts = {name: base.whole for name, base in state.bases.items()}
        parts[_META] = state.metalearner
        told = {**state.metalearner.report, "evaluations": None, **report}
        told |= {name: Record(part.report) for name, part in parts.items()}
        return Fitted(state, {name: _shown(part.params) for name, part in parts.items()}, told)

    # verbs over what was learned

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The columns in which all parts do that get them."""
        state: State = fitted.state
        taken = [self.bases[n].takes_unseen(base.whole) for n, base in state.bases.items()]
        if self.passthrough:
            taken.append(self.metalearner.takes_unseen(state.metalearner))
        return frozenset.intersection(*taken)

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """What the metalearner predicts from what the base models do."""
        state: State = fitted.state
        made = features(self._predicted(state.bases, X), state.names, X, self.passthrough)
        found = self.metalearner.predict(state.metalearner, made)
        if tables.is_table(X) and not tables.is_structured(X):
            return found
        return state.reading.prediction(state.reading.numbers(found), X, found)

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the metalearner's network takes for what the base models predict."""
        state: State = fitted.state
        made = features(self._predicted(state.bases, X), state.names, X, self.passthrough)
        return self.metalearner.encode(state.metalearner, made)

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        state: State = fitted.state
        return state.dump(self.bases, self.metalearner)

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return self._whole(State.load(self.bases, self.metalearner, record, arrays), {})

    def differs(self, fitted: Fitted) -> str:
        """That what a part learned differs from what it would learn now."""
        return "; ".join(self._differing(fitted.state))

    def _differing(self, state: State) -> Iterator[str]:
        wholes = {name: base.whole for name, base in state.bases.items()}
        for name, fitted in {**wholes, _META: state.metalearner}.items():
            if text := self._parts[name].differs(fitted):
                yield f"in `{name}` {text}"

    def serving(self, fitted: Fitted) -> Any:
        state: State = fitted.state
        modules = [self.bases[n].serving(base.whole) for n, base in state.bases.items()]
        readings = [base.reading for base in state.bases.values()]
        meta = self.metalearner.serving(state.metalearner)
        return stacked_in_graph(modules, readings, state.names, meta, self.passthrough)


# classes


def _kind(names: tuple[str, ...]) -> type[Stack]:
    """The class of stacks with base models of these names; one for each."""
    if names not in _KINDS:
        reserved = {*dir(Stack), *Stack._fields, "evaluations", "measures"}
        refuse_names(names, reserved, part="A base model of a stack", whole="stacks")
        _KINDS.setdefault(names, _made(names))
    return _KINDS[names]


def _made(names: tuple[str, ...]) -> type[Stack]:
    body = {
        "__doc__": Stack.__doc__,
        "__module__": Stack.__module__,
        "__qualname__": Stack.__qualname__,  # by which files find it again
        "__annotations__": dict.fromkeys(names, Any),
        **{name: field(convert=base_of_stack(name)) for name in names},
    }
    made: Any = type("Stack", (Stack,), body)
    kind: type[Stack] = made
    return kind


def _remade(names: tuple[str, ...]) -> Stack:
    """A stack whose parts are still to come, for unpickling."""
    return object.__new__(_kind(names))


def _shown(params: Any) -> Any:
    return Record(params) if isinstance(params, Mapping) else params
