"""A coercion looked at before it is done: which columns change, and which rows would fail."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from scitypes.lattice import Scitype


@dataclass(frozen=True)
class Change:
    """What a coercion does to one column."""

    name: Hashable
    found: Scitype
    target: Scitype
    result: Scitype | None = None
    fails: int = 0
    values: str = ""
    reason: str = ""
    remedy: str = ""


class Plan:
    """What `coerce` would do with the same arguments; true if nothing would fail."""

    @property
    def steps(self) -> tuple[Change, ...]:
        """The changes, a column each."""
        raise NotImplementedError

    @property
    def ok(self) -> bool:
        """Whether every column can be coerced."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return self.ok

    def to_frame(self) -> pd.DataFrame:
        """The steps as a table."""
        raise NotImplementedError

    def apply(self, *, verbosity: int = 1) -> Any:
        """The data coerced."""
        raise NotImplementedError


def plan(
    X: Any, scitype: Any, *, tight: bool = False, levels: Any = None, missing: Any = None
) -> Plan:
    """What `coerce` would do, column by column, without doing it."""
    raise NotImplementedError
