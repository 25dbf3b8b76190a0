"""Stopping rules over a stream of losses, and how they add up.

A rule is a record of hyperparameters and pure functions of an explicit state. It knows numbers and
nothing else: no model, no training. Losses are such that smaller is better: whoever has scores
hands over their negatives. Two rules add up to one that stops where either would; `Never()` is the
zero of that sum.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from kerasflux.allowed import source
from kerasflux.control.states import Stateful
from kerasflux.hyperparameters import field


class Criterion(Stateful):
    """The base of stopping rules, and of your own: define `init`, `update`, `done`, `message`.

    A state is made of numbers, strings, None and tuples of them. Losses are such that smaller is
    better. Training losses are passed on with `training=True`; rules pass over them unless they say
    otherwise. `loosens(old)` may be defined for rules with a limit that can be raised.

    Example:
        >>> from kerasflux.control.stopping import stopping_time
        >>> class Above(Criterion):
        ...     limit: float = 1.0
        ...     def init(self):
        ...         return 0.0
        ...     def update(self, state, loss, training=False):
        ...         return max(state, loss)
        ...     def done(self, state):
        ...         return state > self.limit
        ...     def message(self, state):
        ...         return f"the loss was {state}"
        >>> stopping_time(Above(3.0), [2.0, 3.0, 3.5])
        3
    """

    @abstractmethod
    def init(self) -> Any:
        """The state before any loss."""

    @abstractmethod
    def update(self, state: Any, loss: float, training: bool = False) -> Any:
        """The state after a further loss."""

    @abstractmethod
    def done(self, state: Any) -> bool:
        """Whether to stop."""

    @abstractmethod
    def message(self, state: Any) -> str:
        """Why, in a sentence."""

    def __add__(self, other: Any) -> Criterion:
        """The rule that stops where either would."""
        if not isinstance(other, Criterion):
            return NotImplemented
        parts = _parts((self, other))
        return parts[0] if len(parts) == 1 else Disjunction(*parts) if parts else Never()


class Never(Criterion):
    """Never stop: the zero of the sum of rules.

    Example:
        >>> from kerasflux.control.counting import Patience
        >>> Never() + Patience(3), sum([Patience(3), Patience(4)], Never())
        (Patience(n=3), Patience(n=3) + Patience(n=4))

    Source: `Never` of EarlyStopping.jl.
    """

    def init(self) -> None:
        return None

    def update(self, state: None, loss: float, training: bool = False) -> None:
        return None

    def done(self, state: None) -> bool:
        return False

    def message(self, state: None) -> str:
        return "never"


def _parts(criteria: Any) -> tuple[Any, ...]:
    """The rules in sums of rules, in order, each once: the converter of a sum's field."""
    found: list[Any] = []
    for criterion in criteria if isinstance(criteria, Iterable) else (criteria,):
        inner = criterion.criteria if isinstance(criterion, Disjunction) else (criterion,)
        found += [c for c in inner if not isinstance(c, Never) and c not in found]
    return tuple(found)


class Disjunction(Criterion):
    """Stop where any of several rules would; what `a + b` is.

    Every rule sees every loss. Sums within sums are opened, equal rules are kept once, `Never()`
    is left out; without rules it never stops.

    Args:
        *criteria: the rules.

    Raises:
        HyperparameterError: something that is no rule.

    Example:
        >>> from kerasflux.control.counting import NumberLimit, Patience
        >>> from kerasflux.control.stopping import stopping_time
        >>> rule = Patience(2) + NumberLimit(5)
        >>> rule
        Patience(n=2) + NumberLimit(n=5)
        >>> stopping_time(rule, [3.0, 4.0, 5.0]), stopping_time(rule, [5.0, 4.0, 3.0, 2.0, 1.0])
        (3, 5)

    Source: `Disjunction` of EarlyStopping.jl.
    """

    criteria: tuple[Criterion, ...] = field((), convert=_parts, doc="the rules")

    def __init__(self, *criteria: Criterion) -> None:
        super().__init__(criteria=criteria)  # type: ignore[call-arg]

    def init(self) -> tuple[Any, ...]:
        return tuple(criterion.init() for criterion in self.criteria)

    def update(self, state: tuple[Any, ...], loss: float, training: bool = False) -> Any:
        both = zip(self.criteria, state, strict=True)
        return tuple(criterion.update(inner, loss, training) for criterion, inner in both)

    def done(self, state: tuple[Any, ...]) -> bool:
        return bool(self._met(state))

    def message(self, state: tuple[Any, ...]) -> str:
        return next((c.message(inner) for c, inner in self._met(state)), "no rule is met")

    def reason(self, state: tuple[Any, ...]) -> str:
        """That of the first rule that is met."""
        return next((c.reason(inner) for c, inner in self._met(state)), "no rule is met")

    def resumed(self, state: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(c.resumed(inner) for c, inner in zip(self.criteria, state, strict=True))

    def loosens(self, old: Any) -> bool:
        """Whether each rule loosens that in its place."""
        if not self.kin(old) or len(self.criteria) != len(old.criteria):
            return False
        return all(new.loosens(c) for new, c in zip(self.criteria, old.criteria, strict=True))

    def _met(self, state: tuple[Any, ...]) -> list[tuple[Criterion, Any]]:
        both = zip(self.criteria, state, strict=True)
        return [(criterion, inner) for criterion, inner in both if criterion.done(inner)]

    def _one_line(self) -> str:
        if len(self.criteria) < 2:
            return f"Disjunction({', '.join(map(source, self.criteria))})"
        return " + ".join(map(source, self.criteria))

    def __repr__(self) -> str:
        return self._one_line()
