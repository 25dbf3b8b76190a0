"""Models around another model: what they say of themselves, and how they take rows of data.

Who owns what: `Forwarding` says of itself what its `model` says (scitypes, traits, what it refuses,
for what it restarts), and leaves learning to its subclasses. `Rows` are data that is converted once
by the model within, of which rows are taken by number as often as one likes; a `Wrapper` is a
model around another one that learns from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import scitypes as st
from kerasflux.binding import kind_of
from kerasflux.hyperparameters import Change, difference
from kerasflux.interface import Fitted, Model, Observations, Supervised


@dataclass(frozen=True)
class Rows:
    """Rows of data as they came, and as models convert them: each kind of model once for all rows.

    Attributes:
        whole: all rows, as they were handed to `prepare`.
        numbers: which of them these are, `(n_rows,)` int64, repeated ones included; None for all.
    """

    whole: Observations
    numbers: np.ndarray | None = None
    _converted: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return st.nrows(self.whole.X) if self.numbers is None else len(self.numbers)

    def take(self, rows: np.ndarray | None) -> Rows:
        """Some of these rows, by their position among these; None for all."""
        if rows is None:
            return self
        numbers = np.asarray(rows) if self.numbers is None else self.numbers[rows]
        return replace(self, numbers=numbers)

    @property
    def observations(self) -> Observations:
        """These rows as they came."""
        return Observations(self.X, self.y, self.w)

    @property
    def X(self) -> Any:
        """The inputs of these rows as they came."""
        return _selected(self.whole.X, self.numbers)

    @property
    def y(self) -> Any:
        """The target of these rows as it came."""
        return None if self.whole.y is None else _selected(self.whole.y, self.numbers)

    @property
    def w(self) -> np.ndarray | None:
        """The weights of these rows, `(n_rows,)`, or None."""
        w = self.whole.w
        return w if w is None or self.numbers is None else w[self.numbers]

    def of(self, model: Model) -> Any:
        """These rows as a model's `fit` and `update` take them."""
        return model.select(self.converted(model), self.numbers)

    def converted(self, model: Model) -> Any:
        """All rows as `model.prepare` converts them: once for each kind of model."""
        kind = kind_of(model)
        if kind not in self._converted:
            whole = self.whole
            y = None if model.target_scitype is None else whole.y
            w = whole.w if model.supports_weights else None
            self._converted[kind] = model.prepare(whole.X, y, w)
        return self._converted[kind]


def _selected(data: Any, numbers: np.ndarray | None) -> Any:
    return data if numbers is None else st.selectrows(data, numbers)


class Forwarding(Supervised, positional=True):
    """A model around another one, its hyperparameter `model`, that says of itself what that says.

    Subclasses declare `model` as their first field, and override the traits in which they differ.
    They iterate as the model within does; the state of what they learn has that of the model as
    `inner`, unless they say otherwise.
    """

    model: Any

    # what the model says

    @property
    def _within(self) -> Any:
        """The model whose traits are those of the wrapper."""
        return self.model

    @property
    def input_scitype(self) -> Any:
        return self._within.input_scitype

    @property
    def target_scitype(self) -> Any:
        return self._within.target_scitype

    @property
    def prediction_type(self) -> str | None:  # type: ignore[override]
        kind: str | None = self._within.prediction_type
        return kind

    @property
    def iteration_parameter(self) -> str | None:  # type: ignore[override]
        path = self._within.iteration_parameter
        return None if path is None else f"model.{path}"

    @property
    def iteration_unit(self) -> str:
        return str(self._within.iteration_unit)

    @property
    def takes_run(self) -> bool:
        return bool(self._within.takes_run)

    @property
    def unused_paths(self) -> tuple[str, ...]:
        return tuple(f"model.{path}" for path in self._within.unused_paths)

    def iterations(self) -> int | None:
        found: int | None = self._within.iterations()
        return found

    @property
    def supports_weights(self) -> bool:  # type: ignore[override]
        return bool(self._within.supports_weights)

    @property
    def supports_training_losses(self) -> bool:  # type: ignore[override]
        return bool(self._within.supports_training_losses)

    @property
    def exportable(self) -> bool:  # type: ignore[override]
        return bool(self._within.exportable)

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        self._within.judge_parts(input_schema, target_schema)

    def judge_target(self, y: Any) -> None:
        self._within.judge_target(y)

    def taker(self, argument: str) -> str:
        """The model, or a part of it."""
        return f"model.{self._within.taker(argument)}".rstrip(".")

    # learning

    def restarts(self, old_model: Model) -> tuple[Change, ...]:
        """Those of the model, and all other changes but those of fields that say `continues`."""
        own = self.changes_around(old_model)
        return (*(c for c in own if not c.continues), *self.restarts_within(old_model))

    def as_fresh(self, old_model: Model) -> bool:
        """Whether nothing changed around the model, and so it is for that one."""
        inner: Any = old_model
        alike = type(inner.model) is type(self.model) and not self.changes_around(old_model)
        return alike and bool(self.model.as_fresh(inner.model))

    def changes_around(self, old_model: Model) -> list[Change]:
        """The changes of other hyperparameters than `model` and those in it."""
        return [c for c in difference(old_model, self) if c.path.partition(".")[0] != "model"]

    def restarts_within(self, old_model: Model) -> tuple[Change, ...]:
        """The changes for which the model has to start from scratch."""
        old: Any = old_model
        if type(old.model) is not type(self.model):
            return (Change("model", old.model, self.model),)
        found = self.model.restarts(old.model)
        return tuple(replace(c, path=f"model.{c.path}".rstrip(".")) for c in found)

    # verbs over what was learned

    def inner(self, fitted: Fitted) -> Fitted:
        """What the model has learned that predictions are made with."""
        found: Fitted = fitted.state.inner
        return found

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The columns in which the model does."""
        found: frozenset[Any] = self.model.takes_unseen(self.inner(fitted), behind)
        return found

    def encode(self, fitted: Fitted, X: Any) -> Any:
        """What the model's network takes."""
        return self.model.encode(self.inner(fitted), X)

    def picture(self, fitted: Fitted) -> Any:
        """What the model draws."""
        return self.model.picture(self.inner(fitted))

    def differs(self, fitted: Fitted) -> str:
        return str(self.model.differs(self.inner(fitted)))


class Wrapper(Forwarding):
    """A model around another one that takes rows of its data and changes none.

    Subclasses define `fit`, which gets `Rows`, and what follows from it.
    """

    def prepare(self, X: Any, y: Any = None, w: np.ndarray | None = None) -> Rows:
        rows = Rows(Observations(X, y, w))
        rows.converted(self._within)  # now, before there are several threads
        return rows

    def select(self, prepared: Rows, rows: np.ndarray | None) -> Rows:
        return prepared.take(rows)
