"""The difference between two schemas, in words.

Takes columns, anything with `name`, `scitype`, `type` and `pool`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SchemaDifference:
    """What changed from one schema to another, a line for each change; false if nothing did."""

    lines: tuple[str, ...] = ()

    def __len__(self) -> int:
        raise NotImplementedError

    def __str__(self) -> str:
        raise NotImplementedError


def difference(
    old: Sequence[Any], new: Sequence[Any], containers: tuple[str, str]
) -> SchemaDifference:
    """The difference between the columns of two schemas, and between their containers."""
    raise NotImplementedError
