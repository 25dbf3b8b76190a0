"""How the steps of a pipeline learn, one after the other, and which of them need not.

Pure functions over steps (a name and a model each) and what they learned before:

- A step that is as it was, behind steps that are as they were, is kept with what it has learned.
- The first step that changed is updated, so that it can go on from what it had learned.
- All steps behind it start from scratch: what they get is another thing now.

The leader is the step whose iterations the pipeline counts as its own. It is always asked to go on
(an interrupt may have ended it), and it alone hears from the caller of the fit (`Run`): what it has
learned so far is handed over as what the whole pipeline has learned so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import scitypes as st
from kerasflux import interface
from kerasflux.binding import kind_of
from kerasflux.checks import refuse_missing
from kerasflux.composition.judging import refuse_misfit
from kerasflux.errors import Interrupted, KerasfluxError
from kerasflux.interface import QUIET, Fitted, Model, Observations, Run
from kerasflux.structure import same
from scitypes import missingness

Step = tuple[str, Model]
Parts = tuple[Fitted, ...]


@dataclass(frozen=True)
class Before:
    """What the steps were at an earlier fit, and what each learned then."""

    models: Sequence[Model]
    fitted: Parts


@dataclass(frozen=True)
class Made:
    """What steps have made of rows for the leader.

    Attributes:
        parts: what the steps before it have learned.
        data: the rows as they reach it.
        schema: their schema, or None.
        kind: of which kind the leader was.
        rows: the same as its `fit` takes them.
    """

    parts: Parts
    data: Observations
    schema: st.Schema | None
    kind: Any
    rows: Any


@dataclass(frozen=True)
class Again(Observations):
    """Rows that are learned from again and again: what reaches the leader is made of them once."""

    makes: list[Made] = field(default_factory=list, repr=False, compare=False)

    def made(self, steps: Sequence[Step], leader: int | None, before: Before | None) -> Made | None:
        """What was made of them, if the same steps, with what they had learned, would make it."""
        if leader is None or before is None or not self.makes:
            return None
        (made,) = self.makes
        earlier = zip(made.parts, steps[:leader], before.models, before.fitted, strict=False)
        kept = all(a is b and same(step, old) for a, (_, step), old, b in earlier)
        fits = len(made.parts) == leader and made.kind == kind_of(steps[leader][1])
        return made if kept and fits else None


def learn(
    steps: Sequence[Step],
    data: Observations,
    *,
    leader: int | None = None,
    whole: Callable[[Parts], Fitted] = lambda parts: Fitted(parts),
    run: Run = QUIET,
    before: Before | None = None,
) -> Parts:
    """What each step learns, of what those before it make of the data.

    Args:
        steps: names and models.
        data: the training rows as they came, or as earlier steps have made them.
        leader: the position of the step that iterates for all, or None.
        whole: what is handed over, or carried by an interrupt, made of a tuple as is returned.
        run: how the fit talks to its caller.
        before: what the same steps had learned, to be kept or gone on from as far as possible.

    Raises:
        Interrupted: while the leader learned; it carries the whole.
        KeyboardInterrupt: while another step did, without which the rest has nothing to learn from.
    """
    validation = run.validation
    again = data if isinstance(data, Again) and validation is None else None
    made = None if again is None else again.made(steps, leader, before)
    learned: list[Fitted] = [] if made is None else list(made.parts)
    data = data if made is None else made.data
    schema: st.Schema | None = st.schema(data.X) if made is None else made.schema
    for k, (name, step) in list(enumerate(steps))[len(learned) :]:
        with _noted(name):
            if k == leader:
                if made is None:
                    made = Made(tuple(learned), data, schema, kind_of(step), observed(step, data))
                rest = _Rest(made.parts, steps[k:], data, validation, whole)
                part = _led(rest, made.rows, run, before, k)
                if again is not None:
                    again.makes[:] = [made]
            else:
                part = _of_step(step, data, run, before, k)
            before = before if _is_kept(step, part, before, k) else None
            learned.append(part)
            if k + 1 == len(steps):
                break
            data = moved(step, part, data)
            schema = _schema_after(step, schema, data, steps[k + 1])
            if validation is not None and leader is not None and k < leader:
                validation = moved(step, part, validation)
    return tuple(learned)


def moved(step: Model, part: Fitted, data: Observations) -> Observations:
    """The same rows as the next step gets them."""
    return Observations(step.transform(part, data.X), data.y, data.w)


def through(steps: Sequence[Step], parts: Parts, X: Any) -> Any:
    """New inputs as the last step gets them; missing cells are refused by the step that does."""
    *earlier, _ = steps
    for (name, step), part, (following, taker) in zip(earlier, parts, steps[1:], strict=False):
        with _noted(name):
            X = step.transform(part, X)
        if not missingness.complete(X):
            with _noted(following):
                refuse_missing(taker, X)
    return X


def observed(step: Model, data: Observations) -> Any:
    """Rows as a step's `fit` takes them: with a target and weights if it has a use for them."""
    y = None if step.target_scitype is None else data.y
    w = data.w if step.supports_weights else None
    return step.select(step.prepare(data.X, y, w), None)


@dataclass(frozen=True)
class _Rest:
    """What makes a whole of what the leader has learned: the steps before it, and those behind."""

    earlier: Parts
    steps: Sequence[Step]
    data: Observations
    validation: Observations | None
    whole: Callable[[Parts], Fitted]

    def with_part(self, part: Fitted) -> Fitted:
        (_, leader), *behind = self.steps
        later = learn(behind, moved(leader, part, self.data)) if behind else ()
        return self.whole((*self.earlier, part, *later))


def _led(rest: _Rest, rows: Any, run: Run, before: Before | None, k: int) -> Fitted:
    """What the leader learns; it goes on wherever it can."""
    (_, step), *_ = rest.steps
    told = run.on_state
    own = replace(
        run,
        validation=None if rest.validation is None else observed(step, rest.validation),
        on_state=None if told is None else lambda part: told(rest.with_part(part)),
    )
    own.on_begin = run.begin
    try:
        return _advanced(step, rows, own, before, k)
    except Interrupted as stop:
        run.begin()
        part: Any = stop.fitted
        stop.fitted = rest.with_part(part)
        raise


def _of_step(step: Model, data: Observations, run: Run, before: Before | None, k: int) -> Fitted:
    """What a step learns that does not lead, or what it had learned if it is as it was."""
    if before is not None and same(step, before.models[k]):
        return before.fitted[k]
    own = Run(run.verbosity, on_begin=run.begin)
    try:
        return _advanced(step, observed(step, data), own, before, k)
    except Interrupted:
        raise KeyboardInterrupt from None


def _is_kept(step: Model, part: Fitted, before: Before | None, k: int) -> bool:
    """Whether a step does what it did: what it learned, and its hyperparameters, are the same."""
    return before is not None and part is before.fitted[k] and same(step, before.models[k])


def _advanced(step: Model, rows: Any, run: Run, before: Before | None, k: int) -> Fitted:
    if before is None or type(before.models[k]) is not type(step):
        return interface.fit(step, rows, run)
    return interface.update(step, before.fitted[k], before.models[k], rows, run)


def _schema_after(
    step: Model, schema: st.Schema | None, data: Observations, following: Step
) -> st.Schema | None:
    """The schema of what a step gave; the next step is judged by it if it was not known before."""
    try:
        known = None if schema is None else step.output_schema(schema)
    except KerasfluxError:  # bound without a check
        known = None
    if known is not None:
        return known
    found = st.schema(data.X)
    refuse_misfit(following[0], following[1], found, "the step before it")
    return found


@contextmanager
def _noted(name: str) -> Iterator[None]:
    """Note the step on whatever goes wrong in it."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This happened in the step `{name}` of a pipeline.")
        raise
