"""What stopping rules and controls have in common: records with pure functions of explicit states.

A state is made of numbers, strings, None and tuples of them, so that it can be kept, compared,
written as JSON and taken up again by another process. `dump` and `load` are that JSON form; NaN and
infinities come back as what they were.
"""

from __future__ import annotations

from typing import Any, Self, TypeGuard

from kerasflux.hyperparameters import Hyperparameters, from_json, to_json


class Stateful(Hyperparameters, positional=True):
    """The base of stopping rules and controls: what can be asked of their states."""

    def init(self) -> Any:
        """The state before anything was seen."""
        return None

    def done(self, state: Any) -> bool:
        """Whether to stop."""
        return False

    def message(self, state: Any) -> str:
        """Why, in half a sentence."""
        return ""

    def reason(self, state: Any) -> str:
        """Why, and who says so."""
        return f"{self.message(state)} ({self!r})"

    def resumed(self, state: Any) -> Any:
        """The state with which to go on later: without what holds only while nothing pauses."""
        return state

    def loosens(self, old: Any) -> bool:
        """Whether this goes on wherever `old` does, and can go on from the states of that one.

        By default where the two are equal. Whoever raises a limit can then go on where the old
        limit was reached, and end as if the new one had held from the start.
        """
        return bool(self == old)

    def kin(self, old: Any) -> TypeGuard[Self]:
        """Whether something is of exactly this class."""
        return type(old) is type(self)

    def dump(self, state: Any) -> Any:
        """The state, to be gone on with later, as what `json.dumps` takes."""
        return to_json(Kept(_plain(self.resumed(state))))["values"]["state"]

    def load(self, written: Any) -> Any:
        """The state that `dump` wrote."""
        record = {"class": f"{__name__}:Kept", "values": {"state": written}}
        return _shaped(from_json(record).state, self.init())


class Kept(Hyperparameters, positional=True):
    """A state as a record, for the sake of its JSON form."""

    state: Any = None


def _plain(state: Any) -> Any:
    """A state with plain tuples in place of named ones."""
    return tuple(map(_plain, state)) if isinstance(state, tuple) else state


def _shaped(state: Any, model: Any) -> Any:
    """A state with named tuples where a first state has them."""
    if not isinstance(state, tuple) or not isinstance(model, tuple) or len(state) != len(model):
        return state
    parts = tuple(map(_shaped, state, model))
    return type(model)(*parts) if hasattr(model, "_fields") else parts
