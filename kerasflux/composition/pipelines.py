"""`Pipeline`: several models one after the other, as one model.

A pipeline's steps are its hyperparameters. As classes of records say which hyperparameters there
are, each set of names has a class of its own, made at its first use and kept: pipelines of the same
names are of the same class, so that they are compared, copied and written like all records. There
are two kinds, those that predict and those that transform, which differ in what their last step may
be. What the steps learn is the business of `composition.learning`, whether they fit together that
of `composition.judging`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import scitypes as st
from kerasflux.composition import learning
from kerasflux.composition.chains import chained, served, taken_unseen
from kerasflux.composition.judging import refuse_misfit
from kerasflux.composition.learning import Before, Parts, Step, through
from kerasflux.composition.naming import numbered, refuse_names
from kerasflux.composition.parts import read_part, refuse_unwritable, written_parts
from kerasflux.composition.steps import as_part, last_of_pipeline, step_of_pipeline
from kerasflux.errors import HyperparameterError, KerasfluxError
from kerasflux.hyperparameters import Change, difference, field, get_path
from kerasflux.interface import QUIET, Fitted, Model, Observations, Run, Supervised, Unsupervised
from kerasflux.portraits import Record
from kerasflux.structure import same, values

_KINDS: dict[tuple[type[Pipeline], tuple[str, ...]], type[Pipeline]] = {}


class Pipeline(Model):
    """Models one after the other, as one: each transforms, the last one may predict.

    Made by `a | b | model`, which joins pipelines into one, or by `Pipeline(scale=..., net=...)`,
    which names the steps; without names they are called after their classes (`standardizer`), and
    numbered where classes repeat (`standardizer_2`). Steps are transformers, pipelines, and, as the
    last, any model; estimators of scikit-learn are made models of. They are the hyperparameters of
    the pipeline, by dotted path: `pipe.net.epochs = 20`, `"net.optimiser.learning_rate"`.

    Each step learns from the training rows alone, as those before it transform them. A step that
    has changed since the last fit, and those behind it, learn anew; those before it are kept. The
    pipeline iterates as its last step does: raising `net.epochs` alone continues training.

    Scitypes: inputs as the first step takes them, a target as the last one does. That the parts fit
    together is checked when data is bound, before anything is fitted.

    `mach.fitted_params` and `mach.report` hold those of each step under its name; the report also
    has what the last step says of its training.

    Raises:
        HyperparameterError: a step that is no model, or predicts without being the last; a name
            that a step can't have.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> pipe = Pipeline(embed=kf.EntityEmbedder(kf.NeuralNetworkRegressor(epochs=2, rng=1)),
        ...                 net=kf.NeuralNetworkRegressor(epochs=3, rng=1))
        >>> X = pd.DataFrame({"town": pd.Categorical(["Ox", "Ur"] * 8), "rooms": range(16)})
        >>> mach = kf.machine(pipe, X, X["rooms"] * 1.5).fit(verbosity=0)
        >>> pipe.net.epochs = 5
        >>> print(mach.fit(verbosity=0).report.decision)
        continued (4: net.epochs 3 -> 5)

    Source: `Pipeline` of MLJBase.jl, where steps may also follow the one that predicts.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __new__(cls, *steps: Any, **named: Any) -> Pipeline:
        if cls._fields:
            return object.__new__(cls)
        models = {name: as_part(step) for name, step in _named(steps, named).items()}
        last = next(reversed(models.values()), None)
        kind = PredictingPipeline if isinstance(last, Supervised) else TransformingPipeline
        return object.__new__(_kind(kind, tuple(models)))

    def __init__(self, *steps: Any, **named: Any) -> None:
        super().__init__(**_named(steps, named))

    @staticmethod
    def joined(left: Any, right: Any) -> Pipeline:
        """The pipeline that `left | right` is: pipelines among the two become steps of it."""
        parts = [pair for side in (left, right) for pair in _unfolded(as_part(side))]
        return Pipeline(**numbered(parts))

    @classmethod
    def _having(cls, names: tuple[str, ...]) -> type[Pipeline]:
        abstract = PredictingPipeline if issubclass(cls, Supervised) else TransformingPipeline
        return _kind(abstract, names)

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (isinstance(self, Supervised), tuple(type(self)._fields)), self.__dict__

    @property
    def steps(self) -> dict[str, Model]:
        """The steps by name, in order."""
        return dict(values(self))

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, which: int | str | slice) -> Any:
        """A step by position or name, or a pipeline of several: `pipe[:-1]`.

        The steps are those of this pipeline, not copies.
        """
        if isinstance(which, slice):
            return Pipeline(**dict(self._steps[which]))
        if isinstance(which, str):
            return get_path(self, which)
        return self._steps[which][1]

    @property
    def _steps(self) -> list[Step]:
        return list(values(self))

    @property
    def _last(self) -> Model:
        return self._steps[-1][1]

    @property
    def _leader(self) -> int | None:
        """The position of the step whose iterations are the pipeline's."""
        iterating = [k for k, (_, step) in enumerate(self._steps) if step.takes_run]
        if isinstance(self, Supervised):
            iterating = [k for k in iterating if k + 1 == len(self._steps)]
        return iterating[-1] if iterating else None

    # traits

    @property
    def input_scitype(self) -> Any:
        """That of the first step."""
        return self._steps[0][1].input_scitype

    @property
    def target_scitype(self) -> Any:
        """That of the last step that has one."""
        found = [s.target_scitype for _, s in self._steps if s.target_scitype is not None]
        return found[-1] if found else None

    @property
    def prediction_type(self) -> str | None:  # type: ignore[override]
        """That of the last step."""
        return self._last.prediction_type if isinstance(self, Supervised) else None

    @property
    def iteration_parameter(self) -> str | None:  # type: ignore[override]
        """The path of that of the step that iterates for all."""
        if self._leader is None:
            return None
        name, step = self._steps[self._leader]
        own = step.iteration_parameter
        return None if own is None else f"{name}.{own}"

    @property
    def iteration_unit(self) -> str:
        """That of the step that iterates for all."""
        return "epochs" if self._leader is None else self._steps[self._leader][1].iteration_unit

    @property
    def takes_run(self) -> bool:
        """Whether a step iterates for all."""
        return self._leader is not None

    @property
    def unused_paths(self) -> tuple[str, ...]:
        """Those of the steps."""
        return tuple(f"{name}.{path}" for name, step in self._steps for path in step.unused_paths)

    def iterations(self) -> int | None:
        return None if self._leader is None else self._steps[self._leader][1].iterations()

    @property
    def supports_weights(self) -> bool:  # type: ignore[override]
        """Whether the last step does; of transformers, whether any does."""
        if isinstance(self, Supervised):
            return self._last.supports_weights
        return any(step.supports_weights for _, step in self._steps)

    @property
    def supports_training_losses(self) -> bool:  # type: ignore[override]
        """Whether the step that iterates for all does."""
        return self._leader is not None and self._steps[self._leader][1].supports_training_losses

    @property
    def exportable(self) -> bool:  # type: ignore[override]
        """Whether all steps are."""
        return all(step.exportable for _, step in self._steps)

    # before anything is learned

    def output_schema(self, schema: st.Schema) -> st.Schema | None:
        """That of what the last step gives for what the others give."""
        known: st.Schema | None = schema
        for name, step in self._steps:
            known = None if known is None else _given(name, step, known)
        return known

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        """Refuse data that a step does not take, as far as that is known before fitting."""
        known: st.Schema | None = input_schema
        giver = ""
        for k, (name, step) in enumerate(self._steps):
            if target_schema is not None and step.target_scitype is not None:
                refuse_misfit(name, step, target_schema, "", "y")
            if known is None:
                continue
            if giver:
                refuse_misfit(name, step, known, giver)
            _judge_within(name, step, known, target_schema)
            if k + 1 < len(self._steps):
                known, giver = _given(name, step, known), f"`{name}`"

    def taker(self, argument: str) -> str:
        """Of inputs the first step, of a target the last one that has one, or a part of it."""
        taking = [p for p in self._steps if p[1].target_scitype is not None]
        name, step = self._steps[0] if argument == "X" or not taking else taking[-1]
        return f"{name}.{step.taker(argument)}".rstrip(".")

    def judge_target(self, y: Any) -> None:
        """Refuse a target that a step does."""
        for _, step in self._steps:
            if step.target_scitype is not None:
                step.judge_target(y)

    # learning

    def fit(self, data: Observations, run: Run = QUIET) -> Fitted:
        return self._learned(data, run, None)

    def update(
        self, fitted: Fitted, old_model: Model, data: Observations, run: Run = QUIET
    ) -> Fitted:
        before = Before([step for _, step in values(old_model)], fitted.state)
        return self._learned(data, run, before)

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """All changes of steps before the one that iterates, and what that one restarts for.

        Without one that iterates, all changes.
        """
        changes: list[Change] = []
        leader = self._leader
        for k, ((name, step), (_, old)) in enumerate(
            zip(self._steps, values(old_model), strict=True)
        ):
            if type(step) is not type(old):
                changes += [Change(name, old, step)] if leader is None or k <= leader else []
            elif leader is None or k < leader:
                changes += _within(name, difference(old, step))
            elif k == leader:
                changes += _within(name, step.restarts(old))
        return tuple(changes)

    def as_fresh(self, old_model: Model) -> bool:
        """Whether nothing changed but the step that iterates for all, and so it is for that one."""
        steps = zip(self._steps, values(old_model), strict=True)
        return all(
            type(step) is type(old) and step.as_fresh(old) if k == self._leader else same(step, old)
            for k, ((_, step), (_, old)) in enumerate(steps)
        )

    def _learned(self, data: Observations, run: Run, before: Before | None) -> Fitted:
        if run.on_state is not None:
            refuse_unwritable(self.steps)
        parts = learning.learn(
            self._steps, data, leader=self._leader, whole=self._whole, run=run, before=before
        )
        return self._whole(parts)

    def _whole(self, parts: Parts) -> Fitted:
        """What the steps have learned as what the pipeline has."""
        named = dict(zip(self.steps, parts, strict=True))
        report = {} if self._leader is None else dict(parts[self._leader].report)
        report |= {name: Record(part.report) for name, part in named.items()}
        return Fitted(parts, {name: _shown(part.params) for name, part in named.items()}, report)

    # verbs over what was learned

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The columns that reach, unchanged, a step which takes such labels."""
        return taken_unseen([step for _, step in self._steps], fitted.state, behind)[0]

    def transform(self, fitted: Fitted, X: Any) -> Any:
        """What the last step gives for what the others make of `X`."""
        return self._last.transform(fitted.state[-1], self._inner(fitted, X))

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the last step's network takes for what the others make of `X`."""
        return self._last.encode(fitted.state[-1], self._inner(fitted, X))

    def picture(self, fitted: Fitted) -> Any:
        """What the step draws whose iterations are the pipeline's."""
        k = self._leader
        return None if k is None else self._steps[k][1].picture(fitted.state[k])

    def _inner(self, fitted: Fitted, X: Any) -> Any:
        return through(self._steps, fitted.state, X)

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        records: dict[str, dict[str, Any]] = {}
        arrays: dict[str, np.ndarray] = {}
        for (name, step), part in zip(self._steps, fitted.state, strict=True):
            records[name], own = step.dump(part)
            arrays |= {f"{name}/{key}": array for key, array in own.items()}
        return written_parts(records), arrays

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        return self._whole(
            tuple(step.load(*read_part(name, record, arrays)) for name, step in self._steps)
        )

    def differs(self, fitted: Fitted) -> str:
        """That what a step learned differs from what it would learn now."""
        parts = zip(self._steps, fitted.state, strict=True)
        told = [f"in `{n}` {text}" for (n, step), part in parts if (text := step.differs(part))]
        return "; ".join(told)

    def serving(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> Any:
        return served([step for _, step in self._steps], fitted.state, behind)


class PredictingPipeline(Pipeline, Supervised):
    """A pipeline whose last step predicts; made by `Pipeline`."""

    def predict(self, fitted: Fitted, X: Any) -> Any:
        """What the last step predicts for what the others make of `X`."""
        return self._last.predict(fitted.state[-1], self._inner(fitted, X))


class TransformingPipeline(Pipeline, Unsupervised):
    """A pipeline whose last step transforms; made by `Pipeline`."""

    def inverse_transform(self, fitted: Fitted, X: Any) -> Any:
        """Undo each step, the last one first."""
        for (_, step), part in zip(self._steps[::-1], fitted.state[::-1], strict=True):
            X = step.inverse_transform(part, X)
        return X

    def inverse_serving(self, fitted: Fitted) -> Any:
        parts = zip(self._steps[::-1], fitted.state[::-1], strict=True)
        return chained([step.inverse_serving(part) for (_, step), part in parts])


# classes


def _named(steps: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The steps of a call by name, those without one first."""
    found = numbered([*((None, step) for step in steps), *named.items()])
    if not found:
        raise HyperparameterError(
            "A pipeline needs steps.",
            expected="models: transformers, and as the last one any model",
            received="none",
            remedy="`kf.Standardizer() | kf.NeuralNetworkClassifier()`, for instance.",
        )
    return found


def _kind(abstract: type[Pipeline], names: tuple[str, ...]) -> type[Pipeline]:
    """The class of pipelines of this kind with steps of these names; one for each."""
    if (abstract, names) not in _KINDS:
        refuse_names(names, {*dir(TransformingPipeline), *dir(PredictingPipeline)})
        _KINDS.setdefault((abstract, names), _made(abstract, names))
    return _KINDS[abstract, names]


def _made(abstract: type[Pipeline], names: tuple[str, ...]) -> type[Pipeline]:
    predicts = issubclass(abstract, Supervised)
    fields = {name: field(convert=step_of_pipeline(name)) for name in names[:-1]}
    fields[names[-1]] = field(convert=last_of_pipeline(names[-1], predicts))
    body = {
        "__doc__": Pipeline.__doc__,
        "__module__": abstract.__module__,
        "__qualname__": abstract.__qualname__,  # by which files find it again
        "__init__": Pipeline.__init__,
        "__annotations__": dict.fromkeys(names, Any),
        **fields,
    }
    made: Any = type("Pipeline", (abstract,), body)
    kind: type[Pipeline] = made
    return kind


def _remade(predicts: bool, names: tuple[str, ...]) -> Pipeline:
    """A pipeline whose steps are still to come, for unpickling."""
    return object.__new__(_kind(PredictingPipeline if predicts else TransformingPipeline, names))


def _unfolded(model: Any) -> list[tuple[str | None, Any]]:
    return list(values(model)) if isinstance(model, Pipeline) else [(None, model)]


# small things


def _given(name: str, step: Model, schema: st.Schema) -> st.Schema | None:
    """The schema of what a step gives, its refusals with a note of which step it is."""
    try:
        return step.output_schema(schema)
    except KerasfluxError as error:
        error.add_note(f"This was found of the step `{name}` of a pipeline, before fitting.")
        raise


def _judge_within(
    name: str, step: Model, schema: st.Schema, target_schema: st.Schema | None
) -> None:
    try:
        step.judge_parts(schema, target_schema)
    except KerasfluxError as error:
        error.add_note(f"This was found within the step `{name}` of a pipeline, before fitting.")
        raise


def _within(name: str, changes: Sequence[Change]) -> list[Change]:
    return [replace(change, path=f"{name}.{change.path}".rstrip(".")) for change in changes]


def _shown(params: Any) -> Any:
    return Record(params) if isinstance(params, Mapping) else params
