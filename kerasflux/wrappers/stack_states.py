"""What a stack has learned, and what files hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflux.composition.parts import read_part, written_parts
from kerasflux.interface import Fitted, Model
from kerasflux.wrappers.combining import Reading, reading_from_json
from kerasflux.wrappers.outoffold import FoldFits
from kerasflux.wrappers.stack_features import columns_of

METALEARNER = "metalearner"


@dataclass(frozen=True)
class Base:
    """What a base model has learned.

    Attributes:
        reading: how its predictions are read.
        folds: what it learned in each fold.
        whole: what it learned of all rows.
    """

    reading: Reading
    folds: FoldFits
    whole: Fitted


@dataclass(frozen=True)
class State:
    """What a stack has learned: each base model by name, and the metalearner.

    Attributes:
        reading: how predictions of the metalearner are read.
    """

    bases: Mapping[str, Base]
    metalearner: Fitted
    reading: Reading

    @property
    def names(self) -> list[str]:
        """Of the columns of predictions."""
        return columns_of({name: base.reading.columns for name, base in self.bases.items()})

    def dump(
        self, models: Mapping[str, Model], metalearner: Model
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The state as a JSON-able dict and named arrays.

        Args:
            models: the base models by name.
            metalearner: the one that learns from them.
        """
        records: dict[str, dict[str, Any]] = {}
        arrays: dict[str, np.ndarray] = {}

        def put(part: str, record: dict[str, Any], own: Mapping[str, np.ndarray]) -> None:
            records[part] = record
            arrays.update({f"{part}/{key}": array for key, array in own.items()})

        for name, base in self.bases.items():
            put(f"whole/{name}", *models[name].dump(base.whole))
            of_folds, own = base.folds.dump(models[name])
            put(f"folds/{name}", written_parts(of_folds), own)
        put(METALEARNER, *metalearner.dump(self.metalearner))
        about = {
            "digests": {name: base.folds.digest for name, base in self.bases.items()},
            "readings": {name: base.reading.to_json() for name, base in self.bases.items()},
            "reading": self.reading.to_json(),
        }
        return {**written_parts(records), **about}, arrays

    @classmethod
    def load(
        cls,
        models: Mapping[str, Model],
        metalearner: Model,
        record: dict[str, Any],
        arrays: Mapping[str, np.ndarray],
    ) -> State:
        """What `dump` wrote."""
        bases = {name: _loaded(name, model, record, arrays) for name, model in models.items()}
        meta = metalearner.load(*read_part(METALEARNER, record, arrays))
        return cls(bases, meta, reading_from_json(record["reading"]))


def _loaded(
    name: str, model: Model, record: dict[str, Any], arrays: Mapping[str, np.ndarray]
) -> Base:
    """What a base model has learned, read from what was written of the whole."""
    return Base(
        reading_from_json(record["readings"][name]),
        FoldFits.load(record["digests"][name], model, *read_part(f"folds/{name}", record, arrays)),
        model.load(*read_part(f"whole/{name}", record, arrays)),
    )
