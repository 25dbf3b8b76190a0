"""`df.sci`: the verbs of scitypes on pandas objects, registered when this module is imported."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scitypes.drifts import Findings
from scitypes.lattice import Scitype
from scitypes.plans import Plan
from scitypes.schemas import Schema


class Verbs:
    """What a data frame and a Series share."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def scitype(self) -> Scitype:
        """`scitype(data)`."""
        raise NotImplementedError

    def schema(self) -> Schema:
        """`schema(data)`."""
        raise NotImplementedError

    def coerce(self, scitype: Any, **options: Any) -> Any:
        """`coerce(data, ...)`."""
        raise NotImplementedError

    def plan(self, scitype: Any, **options: Any) -> Plan:
        """`plan(data, ...)`."""
        raise NotImplementedError

    def autotype(self, *rules: Any, **options: Any) -> Any:
        """`autotype(data, ...)`."""
        raise NotImplementedError

    def check(self, schema: Schema) -> Findings:
        """`schema.check(data)`."""
        raise NotImplementedError

    def conforms(self, scitype: Scitype) -> Any:
        """`conforms(data, scitype)`."""
        raise NotImplementedError


@pd.api.extensions.register_dataframe_accessor("sci")
class FrameVerbs(Verbs):
    """The verbs on a data frame."""


@pd.api.extensions.register_series_accessor("sci")
class SeriesVerbs(Verbs):
    """The verbs on a Series, and those over levels."""

    def levels(self) -> list[Any]:
        """`levels(data)`."""
        raise NotImplementedError

    def set_levels(self, new: Any, *, ordered: bool | None = None) -> Any:
        """`set_levels(data, ...)`."""
        raise NotImplementedError

    def codes(self) -> Any:
        """`codes(data)`."""
        raise NotImplementedError
