"""What models predict: distributions over the levels of a pool, and plain values.

`distributions` owns `UnivariateFinite` and its vector, `probabilities` judges the numbers that they
are made of, `containers` puts plain predictions back into the kind of container that the data had.
"""

from kerasflux.predictions.containers import index_of, like, like_table, other_index
from kerasflux.predictions.distributions import UnivariateFinite, UnivariateFiniteVector

__all__ = [
    "UnivariateFinite",
    "UnivariateFiniteVector",
    "index_of",
    "like",
    "like_table",
    "other_index",
]
