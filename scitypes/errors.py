"""The exception tree of `scitypes`, and the four-part form that every error of the project has.

An error says what failed and where, what was expected, what came, and what to do next. The parts
are kept as attributes (and further data by name), so that a caller can act on an error without
reading its text. Each error is also the builtin that a Python user would catch.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping


class Explained(Exception):
    """An error in four parts; the base of every error that `scitypes` and `kerasflux` raise.

    Args:
        failed: what failed and where, as a sentence or a short paragraph.
        expected: what was expected there.
        received: what came instead.
        remedy: what to do, ready to paste where it is code.
        **data: anything a caller may want to act on; each becomes an attribute.
    """

    def __init__(
        self,
        failed: str,
        *,
        expected: str = "",
        received: str = "",
        remedy: str = "",
        **data: object,
    ) -> None:
        self.failed = failed
        self.expected = expected
        self.received = received
        self.remedy = remedy
        self.data = data
        super().__init__(failed)
        _set_all(self, data)

    def __str__(self) -> str:
        parts = [("expected", self.expected), ("received", self.received), ("to do", self.remedy)]
        lines = [self.failed]
        lines += [f"  {name}: {_indented(text)}" for name, text in parts if text]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.failed, self.__dict__)


class ScitypeError(Explained):
    """The base of the errors of `scitypes`."""


class CoercionError(ScitypeError, ValueError):
    """Data can't be given the scitype asked for; `columns` maps failing columns to reasons."""


class UnknownColumn(ScitypeError, KeyError):
    """A column was named that the table does not have."""

    __str__ = Explained.__str__


class NotCategorical(ScitypeError, TypeError):
    """Something without levels was given where a categorical column was needed."""


class LevelError(ScitypeError, ValueError):
    """A pool of levels can't be as asked for: repeated or missing labels, or one still in use."""


class UnseenLevel(ScitypeError, ValueError):
    """A label is not in the pool of levels that it has to come from."""


class SchemaMismatch(ScitypeError, ValueError):
    """A table can't be read as the schema says: columns absent, extra, or of another kind."""


class SchemaFileError(ScitypeError, ValueError):
    """A file or record is no schema, or one of a format that this version does not know."""


class ImageError(ScitypeError, ValueError):
    """An array, image or file can't be read as the image asked for."""


class NotATable(ScitypeError, TypeError):
    """Something that is no table was given where a table was needed."""


class BadSelection(ScitypeError, IndexError):
    """Rows or columns were asked for that the data does not have, or ambiguously."""


class PartitionError(ScitypeError, ValueError):
    """Data can't be divided as asked for."""


class NotAScitype(ScitypeError, TypeError):
    """Something that is no scitype was given where a scitype was needed."""


class AutotypeError(ScitypeError, ValueError):
    """Rules for suggesting scitypes were asked for that do not exist or do not fit the data."""


def nearest(name: object, known: Iterable[object]) -> str:
    """A phrase that offers the known names closest to a wrong one, or `""`.

    >>> nearest("epoch", ["epochs", "batch_size"])
    "did you mean 'epochs'?"
    """
    close = difflib.get_close_matches(str(name), [str(k) for k in known], n=2, cutoff=0.6)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else ""


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _rebuilt(kind: type[Explained], failed: str, state: dict[str, object]) -> Explained:
    error = kind.__new__(kind)
    Exception.__init__(error, failed)
    error.__dict__.update(state)
    _set_all(error, error.data)
    return error


def _set_all(error: Explained, data: Mapping[str, object]) -> None:
    """Set attributes one by one: some builtin errors keep `name` or `path` outside `__dict__`."""
    for key, value in data.items():
        setattr(error, key, value)
