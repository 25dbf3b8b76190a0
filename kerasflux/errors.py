"""The exception tree of `kerasflux`: four-part errors, as in `scitypes.errors`."""

from __future__ import annotations

from collections.abc import Iterable

from scitypes.errors import Explained, nearest


class KerasfluxError(Explained):
    """The base of the errors of `kerasflux`."""


class HyperparameterError(KerasfluxError, ValueError):
    """A hyperparameter was given a value that it can't have."""


class UnknownHyperparameter(KerasfluxError, AttributeError, TypeError):
    """A hyperparameter was named that the model does not have."""


class UnknownName(KerasfluxError, AttributeError):
    """A public name was asked for that kerasflux, or one of its modules, does not have."""


class DataError(KerasfluxError, ValueError):
    """Data can't be used with a model. `columns` maps each offending column to its reason."""


class ScitypeMismatch(DataError, TypeError):
    """Data has other scitypes than the model declares; the remedy is the `coerce` call to make."""


class RowsError(KerasfluxError, IndexError):
    """Rows were asked for that the data does not have."""


class WeightsError(KerasfluxError, ValueError):
    """Sample or class weights are negative, missing, of the wrong number, or of unknown classes."""


class BuilderError(KerasfluxError, ValueError):
    """A builder's network can't be used: wrong shape, a final softmax, or no network at all."""


class ArgumentError(KerasfluxError, ValueError):
    """An argument of a function or verb has a value that it can't have."""


class ConcurrentUse(KerasfluxError, RuntimeError):
    """A machine was used while another thread, or an outer call, was fitting it."""


class NotFitted(KerasfluxError, RuntimeError):
    """Something learned was asked for before the machine was fitted."""


class CannotContinue(KerasfluxError, RuntimeError):
    """`restart="never"` was asked for where training has to start from scratch."""


class CheckpointMismatch(CannotContinue):
    """A checkpoint is of another training than the fit that it was found by."""


class NotSupported(KerasfluxError, TypeError):
    """A model or prediction has no such operation."""


class NotExportable(KerasfluxError, TypeError):
    """A part can't be written as a graph of TensorFlow operations."""


class SearchFailed(KerasfluxError, RuntimeError):
    """No candidate of a search can be chosen, as each has failed; `failures` says why each did."""


class StorageError(KerasfluxError, OSError):
    """A saved machine can't be written or read: damaged, foreign or of a newer format."""


class BuilderNotFound(KerasfluxError, LookupError):
    """A loaded machine has to build a network, but its builder's class was not given."""


class EnvironmentMismatch(KerasfluxError, RuntimeError):
    """Keras or TensorFlow are configured in a way that the library can't work with."""


class ResamplingError(KerasfluxError, ValueError):
    """Rows can't be split as asked for."""


class MeasureError(KerasfluxError, ValueError):
    """A measure can't be computed from what it was given."""


class Interrupted(KeyboardInterrupt):
    """A keyboard interrupt with what was learned up to the last finished epoch (`fitted`).

    What `fit` and `update` of a model raise once there is a state of training. One that strikes
    while that is prepared has nothing to carry and stays a plain `KeyboardInterrupt`, which is the
    base of this one: `except KeyboardInterrupt` catches both. Machines raise only the plain one.
    """

    def __init__(self, fitted: object) -> None:
        self.fitted = fitted
        super().__init__("interrupted")


class Halted(Interrupted):
    """An error within one part of a fit whose other parts are kept, as if it were an interrupt.

    What a search raises when a candidate fails. It carries the parts that are whole (`fitted`), and
    the error itself (`error`), which machines and evaluations raise in place of it. Whoever puts
    what `fitted` holds into something larger raises this same object again.
    """

    def __init__(self, fitted: object, error: Exception) -> None:
        super().__init__(fitted)
        self.error = error

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


def unknown_name(
    module: str, name: str, known: Iterable[str], *, expected: str = "", remedy: str = ""
) -> AttributeError:
    """The error of a module's `__getattr__` for a name that the module does not have.

    Args:
        module: the module as users write it.
        name: what was asked for; for names with an underscore, which tools ask for, it is plain.
        known: the public names.
        expected: what was expected, where these are too many to list.
        remedy: what to do; by default the nearest name is offered.

    >>> print(unknown_name("kf.schedules", "cosin", ["Cosine", "Step"]))
    kf.schedules has no `cosin`.
      expected: one of Cosine, Step
      received: cosin
      to do: did you mean 'Cosine'?
    """
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    names = sorted(known)
    same = [n for n in names if n.lower() == name.lower()]
    offer = f"did you mean {same[0]!r}?" if same else nearest(name, names)
    return UnknownName(
        f"{module} has no `{name}`.",
        expected=expected or f"one of {', '.join(names)}",
        received=name,
        remedy=remedy or offer,
        name=name,
    )
