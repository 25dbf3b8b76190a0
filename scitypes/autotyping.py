"""Suggestions of scitypes for columns, by rules that say why."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scitypes.lattice import Scitype


@dataclass(frozen=True)
class Suggestion:
    """What a column could be coerced to, by which rule and why."""

    name: Hashable
    found: Scitype
    suggested: Scitype
    rule: str = ""
    reason: str = ""
    aside: bool = False


class Suggestions:
    """A suggestion for each column of a table."""

    def __len__(self) -> int:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Suggestion]:
        raise NotImplementedError

    def __getitem__(self, i: int) -> Suggestion:
        raise NotImplementedError

    @property
    def types(self) -> dict[Hashable, Scitype]:
        """The scitypes that columns would change to, ready for `coerce`."""
        raise NotImplementedError

    @property
    def aside(self) -> tuple[Hashable, ...]:
        """The names of the columns that were set aside."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The suggestions as a table."""
        raise NotImplementedError


def autotype(
    X: Any,
    rules: str | Sequence[str] = ("text_to_multiclass",),
    *,
    only_changes: bool = True,
    explain: bool = False,
) -> Any:
    """Suggest scitypes for the columns of a table, ready for `coerce`."""
    raise NotImplementedError
