"""The order of modules: each imports only from those above it, deferred imports counted."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Rows of the order, top first. A name ending in "." stands for a whole package.
ORDER = [
    ["scitypes.errors", "scitypes.messages"],
    ["scitypes.lattice"],
    ["scitypes.pools"],
    ["scitypes.tables"],
    ["scitypes.images"],
    ["scitypes.inference"],
    ["scitypes.schemas"],
    ["scitypes.conformance"],
    ["scitypes.coercion"],
    ["scitypes"],
    ["kerasflux.errors", "kerasflux.log"],
    ["kerasflux.hyperparameters"],
    ["kerasflux.storage", "kerasflux.drawing"],
    ["kerasflux.predictions"],
    ["kerasflux.scoring."],
    ["kerasflux.resampling"],
    ["kerasflux.control."],
    ["kerasflux.search."],
    ["kerasflux.training."],
    ["kerasflux.builders."],
    ["kerasflux.interface"],
    ["kerasflux.neural.frontend", "kerasflux.neural.engine"],
    ["kerasflux.neural."],
    ["kerasflux.machines"],
    ["kerasflux.evaluation"],
    ["kerasflux.wrappers."],
    ["kerasflux.saving", "kerasflux.exporting"],
    ["kerasflux.testing"],
]
