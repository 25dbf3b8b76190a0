"""Ranges of hyperparameters, the spaces that they make, and strategies that search them. An island.

It knows numbers, records of hyperparameters and losses; nothing of data, machines or training. A
strategy of your own is a `Strategy`, or a `Planned` if it does not learn from results. `Searching`
runs a strategy, `space_of` makes spaces of what users write, `candidate` models of points.
"""

from kerasflux.search.base import Planned, Strategy, Told, Trial
from kerasflux.search.binding import candidate, space_of
from kerasflux.search.halving import Hyperband, SuccessiveHalving
from kerasflux.search.optunasearch import OptunaSearch, SearchNotInstalled
from kerasflux.search.plans import Explicit, Grid
from kerasflux.search.ranges import NominalRange, NumericRange, Range, log_range, range
from kerasflux.search.sampling import LatinHypercube, RandomSearch
from kerasflux.search.searching import Searching
from kerasflux.search.spaces import Dimension, Space

__all__ = [
    "Dimension",
    "Explicit",
    "Grid",
    "Hyperband",
    "LatinHypercube",
    "NominalRange",
    "NumericRange",
    "OptunaSearch",
    "Planned",
    "RandomSearch",
    "Range",
    "SearchNotInstalled",
    "Searching",
    "Space",
    "Strategy",
    "SuccessiveHalving",
    "Told",
    "Trial",
    "candidate",
    "log_range",
    "range",
    "space_of",
]
