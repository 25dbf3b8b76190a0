"""The machine's decision at `fit`: a numbered table, as a pure function of facts.

The table, read from the top; the first line that applies decides:

1. The machine is frozen: **nothing** is done.
2. It was never trained, or `restart="always"` was asked for, or the rows or the data are others
   than those of the last fit (by fingerprint), or the model is of another class: training starts
   **from scratch**. `restart="never"` passes over other rows or data and goes on to 3; in every
   other case it raises `CannotContinue`.
3. The model equals that of the last fit: **nothing** is done, unless a keyboard interrupt ended
   that fit, which then **continues** to its last epoch. A fit that `on_epoch` or a NaN loss ended
   counts as finished.
4. Only hyperparameters changed: the model's `update` is called. It **continues** if none of the
   changes is one that the model restarts for (`Model.restarts`), else training starts **from
   scratch**, which `restart="never"` turns into `CannotContinue`, before anything is lost.

The branches of `decide` carry the same numbers, and a test enumerates them. Nothing here knows
machines, data or training: `kerasflux.machines` gathers the facts and acts on the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from kerasflux.errors import ArgumentError, CannotContinue
from kerasflux.hyperparameters import Change
from scitypes.errors import nearest

Action = Literal["nothing", "scratch", "continue"]
RESTARTS = ("auto", "always", "never")


@dataclass(frozen=True)
class Facts:
    """Everything that the decision depends on.

    Attributes:
        frozen: whether the machine is frozen.
        trained: whether there was a fit; everything below is about that last one.
        restart: `"auto"`, `"always"` or `"never"`, as given to `fit`.
        other_rows: whether the rows are others than then.
        other_data: whether the data is another than then, by fingerprint.
        other_class: `"Old -> New"` where the model is of another class than then, else `""`.
        changes: what changed in the hyperparameters since then.
        restarts: those of the changes that the model starts from scratch for.
        interrupted: whether a keyboard interrupt ended that fit.
        done: how many iterations it finished; None for a model that does not iterate.
        goal: how many the model asks for now; None for a model that does not iterate.
        unit: what the iterations are called.
    """

    frozen: bool = False
    trained: bool = False
    restart: str = "auto"
    other_rows: bool = False
    other_data: bool = False
    other_class: str = ""
    changes: tuple[Change, ...] = ()
    restarts: tuple[Change, ...] = ()
    interrupted: bool = False
    done: int | None = None
    goal: int | None = None
    unit: str = "epochs"


@dataclass(frozen=True)
class Decision:
    """What `fit` does and why; `str()` of it is the line that is printed and kept in the report.

    Attributes:
        number: the line of the table that decided.
        action: `"nothing"`, `"scratch"` or `"continue"`.
        reason: why, in a few words.
        discarded: how many iterations are thrown away, in words (`"30 epochs"`), or `""`.
        left: what is left to say: that nothing is left to train, or is measured; or `""`.

    >>> print(Decision(4, "continue", "epochs 10 -> 30"))
    continued (4: epochs 10 -> 30)
    """

    number: int
    action: Action
    reason: str
    discarded: str = ""
    left: str = ""

    def with_validation(self) -> Decision:
        """The same decision where validation rows were given: they count only in training."""
        if self.action != "nothing" and not self.left:
            return self
        unmeasured = "validation not measured"
        return replace(self, left=f"{self.left}, {unmeasured}" if self.left else unmeasured)

    def __str__(self) -> str:
        verb = {"nothing": "nothing to do", "scratch": "from scratch", "continue": "continued"}
        text = f"{verb[self.action]} ({self.number}: {self.reason})"
        text += f", {self.discarded} discarded" if self.discarded else ""
        return f"{text}, {self.left}" if self.left else text


def decide(facts: Facts) -> Decision:
    """Decide by the table in the docstring of this module.

    Args:
        facts: what is the case.

    Returns:
        The decision.

    Raises:
        CannotContinue: `restart="never"`, and training would have to start from scratch.

    >>> print(decide(Facts(trained=False)))
    from scratch (2: never trained)
    """
    _checked_restart(facts.restart)
    if facts.frozen:
        return Decision(1, "nothing", "frozen; thaw() first")
    if reason := _reason_to_start(facts):  # 2
        return _scratch(2, reason, facts)
    if not facts.changes:
        return _unchanged(facts)  # 3
    if facts.restarts:
        return _scratch(4, _listed(facts.restarts), facts)
    reason = _passed_over(facts) + _listed(facts.changes)
    return Decision(4, "continue", reason, left=_nothing_left(facts))


def _reason_to_start(facts: Facts) -> str:
    if not facts.trained:
        return "never trained"
    if facts.other_class:
        return f"another model class, {facts.other_class}"
    if facts.restart == "always":
        return 'restart="always"'
    if facts.restart == "never":
        return ""
    return _others(facts)


def _unchanged(facts: Facts) -> Decision:
    if facts.interrupted:
        far = "" if facts.goal is None else f" to {_count(facts.goal, facts.unit)}"
        going = f"interrupted after {facts.done}, going on{far}"
        return Decision(3, "continue", _passed_over(facts) + going)
    return Decision(3, "nothing", _passed_over(facts) + "the model did not change")


def _scratch(number: int, reason: str, facts: Facts) -> Decision:
    if facts.restart == "never":
        raise _cannot_continue(number, reason, facts)
    discarded = _count(facts.done, facts.unit) if facts.trained and facts.done else ""
    return Decision(number, "scratch", reason, discarded)


def _nothing_left(facts: Facts) -> str:
    """That a fit which continues has reached its goal already, in words, or `""`."""
    if facts.done is None or facts.goal is None or facts.done < facts.goal:
        return ""
    return f"no {facts.unit} left to train"


def _cannot_continue(number: int, reason: str, facts: Facts) -> CannotContinue:
    undo = "fit it first without `restart`" if not facts.trained else "undo the change"
    return CannotContinue(
        reason,
        expected='changes that training continues over, as `restart="never"` asks',
        received=f"a reason to start from scratch (decision {number}): {reason}",
        remedy=f'{undo[0].upper()}{undo[1:]}, or let it start anew (`restart="auto"`).',
        changes=facts.restarts,
        number=number,
    )


def _others(facts: Facts) -> str:
    return "other data" if facts.other_data else "other rows" if facts.other_rows else ""


def _passed_over(facts: Facts) -> str:
    return f"{_others(facts)}, " if _others(facts) else ""


def _listed(changes: tuple[Change, ...]) -> str:
    return ", ".join(map(str, changes))


def _count(number: int | None, unit: str) -> str:
    return f"{number} {unit[:-1] if number == 1 and unit.endswith('s') else unit}"


def _checked_restart(restart: str) -> None:
    if restart not in RESTARTS:
        raise ArgumentError(
            "`restart` can't have this value.",
            expected=" or ".join(f'"{r}"' for r in RESTARTS),
            received=repr(restart),
            remedy=nearest(restart, RESTARTS)
            or 'restart="auto" continues where it can and starts from scratch where it has to',
        )
