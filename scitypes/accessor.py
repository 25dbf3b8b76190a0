"""`df.sci`: the verbs of scitypes on pandas objects, registered when this module is imported.

    import scitypes.accessor
    df.sci.coerce({Textual: Multiclass}).sci.schema()

Each verb is the function of that name; nothing is kept between calls.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scitypes import autotyping, coercion, conformance, inference, levelling, plans, schemas
from scitypes.drifts import Findings
from scitypes.lattice import Scitype
from scitypes.plans import Plan
from scitypes.schemas import Schema


class Verbs:
    """What a data frame and a Series share.

    >>> pd.DataFrame({"age": [31, 44]}).sci.scitype()
    Table(Count)
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    def scitype(self) -> Scitype:
        """`scitype(data)`."""
        return inference.scitype(self._data)

    def schema(self) -> Schema:
        """`schema(data)`."""
        return schemas.schema(self._data)

    def coerce(self, scitype: Any, **options: Any) -> Any:
        """`coerce(data, scitype, ...)`: the data coerced; it is left as it was itself."""
        return coercion.coerce(self._data, scitype, **options)

    def plan(self, scitype: Any, **options: Any) -> Plan:
        """`plan(data, scitype, ...)`."""
        return plans.plan(self._data, scitype, **options)

    def autotype(self, *rules: Any, **options: Any) -> Any:
        """`autotype(data, rules, ...)`."""
        return autotyping.autotype(self._data, *rules, **options)

    def check(self, schema: Schema, **options: Any) -> Findings:
        """`schema.check(data, ...)`."""
        schemas.demand_schema(schema)
        return schema.check(self._data, **options)

    def conforms(self, scitype: Scitype) -> conformance.Verdict:
        """`conforms(data, scitype)`."""
        return conformance.conforms(self._data, scitype)


class FrameVerbs(Verbs):
    """The verbs on a data frame."""


class SeriesVerbs(Verbs):
    """The verbs on a Series, and those over levels."""

    def levels(self) -> list[Any]:
        """`levels(data)`."""
        return levelling.levels(self._data)

    def set_levels(self, new: Any, *, ordered: bool | None = None) -> Any:
        """`set_levels(data, new, ...)`."""
        return levelling.set_levels(self._data, new, ordered=ordered)

    def codes(self) -> Any:
        """`codes(data)`."""
        return levelling.codes(self._data)


def _register(kind: type, verbs: type[Verbs], registered: Any) -> None:
    # A module that is loaded again would register anew, of which pandas warns.
    if getattr(getattr(kind, "sci", None), "__module__", "") != __name__:
        registered(verbs)


_register(pd.DataFrame, FrameVerbs, pd.api.extensions.register_dataframe_accessor("sci"))
_register(pd.Series, SeriesVerbs, pd.api.extensions.register_series_accessor("sci"))
