"""What controls need of the thing in training, and a toy that plays recorded losses back.

Controls know nothing of models and machines. Whatever has these attributes can be controlled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from kerasflux import log


class Trainable(Protocol):
    """Something that is trained further and further, and watched on the way.

    Attributes:
        n_cycles: how many cycles of control were begun; the loop counts, and counts on.
        n_iterations: how many iterations were trained.
        loss: the last out-of-sample loss, smaller is better (of a score its negative), NaN
            allowed; None before anything was trained.
        measurement: the same in the sign of the measure.
        training_losses: the losses on the training rows, one for each iteration so far; empty if
            there are none to be had.
        model: the model in training, which may be changed between cycles.
        machine: what `Info`, `Callback` and others hand to their functions.
        fitted_params, report: of what was learned so far.
        evaluation: what the loss was taken from.
    """

    n_cycles: int

    @property
    def n_iterations(self) -> int: ...

    @property
    def loss(self) -> float | None: ...

    @property
    def measurement(self) -> Any: ...

    @property
    def training_losses(self) -> Sequence[float]: ...

    @property
    def model(self) -> Any: ...

    @property
    def machine(self) -> Any: ...

    @property
    def fitted_params(self) -> Any: ...

    @property
    def report(self) -> Any: ...

    @property
    def evaluation(self) -> Any: ...

    def train(self, n: int) -> None:
        """Train `n` further iterations; fewer only where training can't go on."""

    def get(self, path: str) -> Any:
        """A hyperparameter of the model by dotted path."""

    def set(self, path: str, value: Any) -> None:
        """Change a hyperparameter of the model; what was learned is kept."""

    def save(self, path: str) -> None:
        """Write what was learned so far to a file."""

    def ingest(self, item: Any) -> None:
        """Take in further data."""

    def say(self, text: str) -> None:
        """Print a line."""

    def warn(self, text: str) -> None:
        """Warn."""


class Replay:
    """A trainable that trains nothing: it plays recorded losses back, one for each iteration.

    To see what controls would have done.

    Args:
        losses: the out-of-sample losses after 1, 2, ... iterations; training ends with the last.
        training_losses: those on the training rows, as many, or none.
        settings: hyperparameters by path, for controls that read or change them.

    Attributes:
        saved, ingested: what `Save` and `Data` handed over.

    >>> trained = Replay([0.5, 0.4, 0.6])
    >>> trained.train(2)
    >>> trained.loss, trained.n_iterations
    (0.4, 2)
    """

    def __init__(
        self,
        losses: Iterable[float],
        training_losses: Iterable[float] = (),
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.losses, self._training_losses = list(losses), list(training_losses)
        self.model: dict[str, Any] = dict(settings or {})
        self.n_cycles = self.n_iterations = 0
        self.saved: list[str] = []
        self.ingested: list[Any] = []
        self.evaluation = None

    @property
    def loss(self) -> float | None:
        return self.losses[self.n_iterations - 1] if self.n_iterations else None

    @property
    def measurement(self) -> float | None:
        return self.loss

    @property
    def training_losses(self) -> list[float]:
        return self._training_losses[: self.n_iterations]

    @property
    def machine(self) -> Replay:
        return self

    @property
    def fitted_params(self) -> dict[str, Any]:
        return {"iterations": self.n_iterations}

    @property
    def report(self) -> dict[str, Any]:
        return {"training_losses": self.training_losses}

    def train(self, n: int) -> None:
        self.n_iterations = min(self.n_iterations + n, len(self.losses))

    def get(self, path: str) -> Any:
        return self.model[path]

    def set(self, path: str, value: Any) -> None:
        self.model[path] = value

    def save(self, path: str) -> None:
        self.saved.append(path)

    def ingest(self, item: Any) -> None:
        self.ingested.append(item)

    def say(self, text: str) -> None:
        log.say(text)

    def warn(self, text: str) -> None:
        log.warn(text)

    def __repr__(self) -> str:
        return f"Replay({self.n_iterations} of {len(self.losses)} iterations)"
