"""One fit: from model, data, rows and what was learned before, to what is learned then.

Pure: a `Learned` goes in and a new one comes out. Machines keep one, evaluations one for each set
of training rows; both decide by the same table (`kerasflux.decisions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import scitypes as st
from kerasflux import interface
from kerasflux.binding import Binding, refuse_other_index
from kerasflux.decisions import Decision, Facts, decide
from kerasflux.errors import ArgumentError, Interrupted
from kerasflux.hyperparameters import Change, difference
from kerasflux.interface import Fitted, Model, Run
from kerasflux.portraits import count
from kerasflux.rows import row_numbers
from kerasflux.structure import refuse_contradictions


@dataclass(frozen=True)
class Learned:
    """What a fit leaves behind.

    Attributes:
        model: the model as it was then; a copy that nobody changes.
        fitted: what it learned.
        rows: the numbers of the training rows, `(n_rows,)` int64.
        input_schema: what the inputs were, and later ones are read through.
        target_schema: the same of the target, or None.
        fingerprint: the digest of the whole data.
        decision: why that fit did what it did, as printed.
        interrupted: whether a keyboard interrupt ended it.
    """

    model: Model
    fitted: Fitted
    rows: np.ndarray
    input_schema: Any
    target_schema: Any
    fingerprint: str
    decision: str
    interrupted: bool = False

    @property
    def done(self) -> int | None:
        """How many iterations were finished; None for a model that does not iterate."""
        return iterations_done(self.model, self.fitted)

    def continues_as_fresh(self, model: Model) -> bool:
        """Whether going on with `model` gives what training it from scratch would give."""
        return type(model) is type(self.model) and model.as_fresh(self.model)


def iterations_done(model: Model, fitted: Fitted) -> int | None:
    """How many iterations a fit of a model has finished; None for one that does not iterate."""
    if not model.takes_run:
        return None
    report = fitted.report
    if "epochs" in report:  # an epoch that ended in NaN has a loss, but was undone
        return int(report["epochs"])
    losses = report.get("training_losses")
    return model.iterations() if losses is None else len(losses) - 1


def gathered(
    model: Model,
    last: Learned | None,
    data: Binding,
    rows: np.ndarray,
    *,
    restart: str = "auto",
    frozen: bool = False,
) -> Facts:
    """The facts that the decision depends on."""
    facts = Facts(
        frozen=frozen, restart=restart, goal=model.iterations(), unit=model.iteration_unit
    )
    if last is None:
        return facts
    facts = replace(facts, trained=True, done=last.done, interrupted=last.interrupted)
    if type(model) is not type(last.model):
        return replace(facts, other_class=_class_change(last.model, model))
    changes = _iterations_first(difference(last.model, model), model)
    return replace(
        facts,
        goal=None if _train_within(changes, model, last) else facts.goal,
        other_data=data.fingerprint != last.fingerprint,
        other_rows=not np.array_equal(rows, last.rows),
        changes=changes,
        restarts=model.restarts(last.model),
    )


def _train_within(changes: tuple[Change, ...], model: Model, last: Learned) -> bool:
    """Whether what goes on are the parts: theirs are the iterations that rose, not the model's."""
    path = model.iteration_parameter
    own = not changes or any(change.path == path for change in changes)
    return not own and last.continues_as_fresh(model)


def advance(
    model: Model,
    last: Learned | None,
    data: Binding,
    rows: np.ndarray,
    *,
    run: Run,
    restart: str = "auto",
    frozen: bool = False,
    validation: Any = None,
    announce: Callable[[Decision], None] = lambda decision: None,
    keep: Callable[[Learned], None] | None = None,
) -> Learned | None:
    """Decide by the table, and do it.

    Args:
        model: the model; the caller changes it no more.
        last: what the last fit left, or None.
        data: the whole data.
        rows: numbers of the training rows.
        run: how the fit talks to its caller; `validation` is filled in here.
        restart: as for `Machine.fit`.
        frozen: whether nothing may be learned.
        validation: rows of the data, or a pair `(X, y)`.
        announce: called with the decision before any training.
        keep: called during training, after every `run.every_epochs`-th epoch, with what is learned
            so far, as if an interrupt had ended the fit there.

    Returns:
        What is learned now; None if there was nothing and nothing is to be done.

    Raises:
        CannotContinue: as `decide` does.
        HyperparameterError: fields of the model contradict each other.
        Interrupted: a keyboard interrupt; its `fitted` is a `Learned`.
    """
    if not frozen:
        refuse_contradictions(model)
    decision = decide(gathered(model, last, data, rows, restart=restart, frozen=frozen))
    if decision.action == "continue" and last is not None:
        data = data.read(last.input_schema, last.target_schema)
    measured = _validation(model, data, validation)
    if measured is not None:
        decision = decision.with_validation()
    if decision.action == "nothing":
        announce(decision)
        return None if last is None else replace(last, decision=str(decision))
    selected = model.select(data.prepared(model), rows)
    run = replace(run, validation=measured, on_begin=lambda: announce(decision))
    old = last if decision.number > 2 else None
    return _learn(model, old, data, rows, selected, run, str(decision), keep)


def _learn(
    model: Model,
    old: Learned | None,
    data: Binding,
    rows: np.ndarray,
    selected: Any,
    run: Run,
    decision: str,
    keep: Callable[[Learned], None] | None,
) -> Learned:
    digest = data.fingerprint  # first: it reads all files, and finds those that can't be read

    def learned(fitted: Fitted, interrupted: bool = False) -> Learned:
        schemas = (data.input_schema, data.target_schema)
        return Learned(model, fitted, rows, *schemas, digest, decision, interrupted)

    if keep is not None:
        run = replace(run, on_state=lambda fitted: keep(learned(fitted, interrupted=True)))
    try:
        if old is None:
            fitted = interface.fit(model, selected, run)
        else:
            fitted = interface.update(model, old.fitted, old.model, selected, run)
        run.begin()
        return learned(fitted)
    except Interrupted as stop:
        run.begin()
        kept: Any = stop.fitted
        stop.fitted = learned(kept, interrupted=True)
        raise


def _class_change(old: Model, new: Model) -> str:
    """The names of two classes; of two with one name, that with what they have to be set."""
    names = [type(model).__name__ for model in (old, new)]
    if names[0] == names[1]:
        names = [f"{type(m).__name__}({', '.join(type(m)._fields)})" for m in (old, new)]
    return " -> ".join(names)


def _iterations_first(changes: tuple[Change, ...], model: Model) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: change.path != model.iteration_parameter))


def _validation(model: Model, data: Binding, validation: Any) -> Any:
    if validation is None:
        return None
    if not model.takes_run:
        raise ArgumentError(
            f"{type(model).__name__} takes no `validation`.",
            expected="a model that trains in iterations",
            received=type(model).__name__,
            remedy="`mach.evaluate(...)` measures it on other rows.",
        )
    if not _is_pair(validation):
        return model.select(data.prepared(model), row_numbers(validation, data.n_rows, data.index))
    X, y = validation
    refuse_other_index(X, y, ("validation[0]", "validation[1]"))
    X = st.coerce(X, data.input_schema, verbosity=0)
    y = st.coerce(y, data.target_schema, verbosity=0)
    pair = Binding(model, X, y, None, data.check)
    return model.select(pair.prepared(model), None)


def _is_pair(validation: Any) -> bool:
    return (
        isinstance(validation, (tuple, list))
        and len(validation) == 2
        and not any(isinstance(part, (bool, int, np.number)) for part in validation)
    )


def trained(last: Learned | None) -> str:
    """How far a fit came, in words."""
    if last is None:
        return "not fitted"
    if last.done is None:
        return "fitted"
    text = f"trained for {count(last.done, last.model.iteration_unit[:-1])}"
    if not last.interrupted:
        return text
    return (
        f"{text} of {goal} (interrupted)"
        if (goal := last.model.iterations())
        else f"{text} (interrupted)"
    )


def interrupted_line(learned: Learned, folder: str | None = None, restart: str = "auto") -> str:
    """What to say when a keyboard interrupt ended a fit.

    Args:
        learned: what was learned up to then.
        folder: the checkpoint's, if what was learned lies there.
        restart: as it was for the fit.
    """
    unit, goal = learned.model.iteration_unit[:-1], learned.model.iterations()
    if learned.done == 0:
        return f"interrupted before the first {unit} was done: the machine is as it was"
    held = f"{unit} {learned.done}" + (f" of {goal}" if goal else "")
    if folder is None:
        return f"interrupted: the machine holds {held}, and `mach.fit()` goes on from there"
    call = "the same call" + (' without `restart="always"`' if restart == "always" else "")
    return (
        f"interrupted: the machine holds {held}, which is kept in {folder!r} too, and {call} goes "
        "on from there, in this process or another"
    )
