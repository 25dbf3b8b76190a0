"""What the parts of a composite have written, as one record and one set of arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflux.errors import NotSupported
from kerasflux.interface import Model


def written_parts(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What parts have written as one record, with what all of them need to be loaded."""
    needs = sorted({name for record in records.values() for name in record.get("needs", ())})
    return {"parts": dict(records), **({"needs": needs} if needs else {})}


def read_part(
    name: str, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What one part has written, and what was given for all of them."""
    given = {"given": record["given"]} if "given" in record else {}
    own = {k.removeprefix(f"{name}/"): a for k, a in arrays.items() if k.startswith(f"{name}/")}
    return {**record["parts"][name], **given}, own


def refuse_unwritable(parts: Mapping[str, Model]) -> None:
    """Refuse parts that no checkpoint can hold, rather than after k epochs.

    Raises:
        NotSupported: a part that has no `dump`.
    """
    for name, part in parts.items():
        if type(part).dump is Model.dump:
            raise NotSupported(
                f"The part `{name}` ({type(part).__name__}) has no `dump`, so there can be no "
                "checkpoints.",
                expected="parts that define `dump` and `load`",
                received=type(part).__name__,
                remedy="Leave out `checkpoint`, or define both.",
            )
