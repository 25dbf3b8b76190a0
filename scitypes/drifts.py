"""Later data against a schema: what is wrong with it, and what has shifted.

Takes columns, anything with `name`, `scitype`, `type`, `pool` and the numbers of a profile.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scitypes.lattice import Scitype


@dataclass(frozen=True)
class Finding:
    """One thing that is not as a schema says: a fault, or a shift of a share."""

    column: Hashable
    kind: str
    severity: str
    expected: Scitype | str | None = None
    found: Scitype | str | None = None
    share: float | None = None
    rows: tuple[Any, ...] = ()
    text: str = ""


class Findings:
    """All that a check found; empty, and false, if the data is as the schema says."""

    def __len__(self) -> int:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Finding]:
        raise NotImplementedError

    def __getitem__(self, i: int) -> Finding:
        raise NotImplementedError

    def to_frame(self, all: bool = False) -> pd.DataFrame:
        """The findings as a table, with `all=True` also shifts within the tolerance."""
        raise NotImplementedError

    def raise_if_any(self, shifts: bool = False) -> None:
        """Raise `SchemaMismatch` if there is a fault; with `shifts=True` for shifts too."""
        raise NotImplementedError


def findings(
    columns: Sequence[Any], container: str, nrows: int, data: Any, tolerance: float
) -> Findings:
    """What is not in the data as these columns were."""
    raise NotImplementedError
