"""Samplers: which rows a model trains on, so that classes have the shares that were asked for.

A sampler is a record, and a pure function of the classes of rows and a seed: positions among the
rows, some several times or not at all. Each class draws by a generator of its own, seeded with its
position in the pool, so that what one class draws does not depend on the others.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflux.allowed import AtLeast
from kerasflux.errors import HyperparameterError
from kerasflux.hyperparameters import Hyperparameters, field
from kerasflux.wrappers.classifying import no_levels
from scitypes.errors import nearest
from scitypes.pools import Pool


def _ratios(value: Any) -> Any:
    given = value if isinstance(value, Mapping) else {"all": value}
    for ratio in given.values():
        number = isinstance(ratio, int | float | np.number) and not isinstance(ratio, bool)
        if not number or not 0 < ratio < np.inf:
            raise HyperparameterError(
                f"`ratios` can't be {value!r:.60}.",
                expected="a positive number, or a dict of labels to positive numbers",
                received=f"{ratio!r:.60}",
                remedy="`ratios=1.0` makes the classes equal.",
                name="ratios",
                value=value,
            )
    return dict(value) if isinstance(value, Mapping) else float(value)


class Sampler(Hyperparameters, positional=True):
    """The base of samplers."""

    ratios: Any = field(1.0, convert=_ratios, doc="a number for all classes, or a dict by label")
    rng: int | None = field(None, allowed=AtLeast(0), doc="seed; None draws one at each cold fit")

    def positions(self, codes: np.ndarray, pool: Pool, seed: int) -> np.ndarray:
        """The positions of the rows to train on.

        Args:
            codes: the class of each row as a position in the pool, `(n_rows,)`.
            pool: the levels.
            seed: makes the draws.

        Raises:
            UnseenLevel: ratios of labels that are no levels.
        """
        counts = np.bincount(codes, minlength=len(pool))
        wanted = self.wanted(counts, self.ratios_of(pool))
        return self.drawn(codes, counts, wanted, seed)

    def ratios_of(self, pool: Pool) -> np.ndarray:
        """The ratio of each level, NaN for those that a dict leaves out."""
        if not isinstance(self.ratios, dict):
            return np.full(len(pool), float(self.ratios))
        found, (codes, strangers) = np.full(len(pool), np.nan), pool.match(list(self.ratios))
        if strangers:
            unknown = [label for label, _ in strangers]
            raise no_levels(unknown, pool, f"among the ratios of {type(self).__name__}")
        found[codes] = list(self.ratios.values())
        return found

    @abstractmethod
    def wanted(self, counts: np.ndarray, ratios: np.ndarray) -> np.ndarray:
        """How many rows of each class there are to be, `(n_levels,)`."""

    @abstractmethod
    def drawn(
        self, codes: np.ndarray, counts: np.ndarray, wanted: np.ndarray, seed: int
    ) -> np.ndarray:
        """Positions of as many rows of each class."""


class RandomOversampler(Sampler):
    """Repeats rows of the smaller classes, drawn with replacement.

    A class of n rows with ratio r gets `round(r * n_majority)` rows (halves to even), if these are
    more than n: all n rows, and further ones drawn among them. All rows keep their order; the
    repetitions come behind them, class by class.

    Args:
        ratios: r of all classes, relative to the largest one; or a dict by label, in which the
            classes left out stay as they are.
        rng: the seed. None draws one at each cold fit; warm restarts keep it.

    Raises:
        HyperparameterError: ratios that are no positive numbers.

    Example:
        >>> from scitypes import Pool
        >>> codes = np.array([0, 0, 0, 0, 1])
        >>> RandomOversampler().positions(codes, Pool(("no", "yes")), seed=0).tolist()
        [0, 1, 2, 3, 4, 4, 4, 4]
        >>> RandomOversampler({"yes": 0.5}).positions(codes, Pool(("no", "yes")), seed=0).tolist()
        [0, 1, 2, 3, 4, 4]

    Source: `RandomOversampler` of Imbalance.jl.
    """

    def wanted(self, counts: np.ndarray, ratios: np.ndarray) -> np.ndarray:
        asked = np.where(np.isnan(ratios), 0, np.round(np.nan_to_num(ratios) * counts.max()))
        return np.where(counts > 0, np.maximum(counts, asked), 0).astype(np.intp)

    def drawn(
        self, codes: np.ndarray, counts: np.ndarray, wanted: np.ndarray, seed: int
    ) -> np.ndarray:
        parts = [np.arange(len(codes))]
        for code, further in enumerate(wanted - counts):
            own = np.flatnonzero(codes == code)
            if further > 0:
                parts.append(own[_generator(seed, code).integers(0, len(own), further)])
        return np.concatenate(parts)


class RandomUndersampler(Sampler):
    """Leaves out rows of the larger classes, drawn without replacement.

    Of a class of n rows with ratio r there stay `round(r * n_minority)` rows (halves to even, one
    at least), if these are fewer than n. All rows keep their order.

    Args:
        ratios: r of all classes, relative to the smallest one that has rows; or a dict by label, in
            which the classes left out stay as they are.
        rng: the seed. None draws one at each cold fit; warm restarts keep it.

    Raises:
        HyperparameterError: ratios that are no positive numbers.

    Example:
        >>> from scitypes import Pool
        >>> codes = np.array([0, 0, 0, 0, 1])
        >>> kept = RandomUndersampler(2.0).positions(codes, Pool(("no", "yes")), seed=0)
        >>> np.bincount(codes[kept]).tolist()
        [2, 1]

    Source: `RandomUndersampler` of Imbalance.jl.
    """

    def wanted(self, counts: np.ndarray, ratios: np.ndarray) -> np.ndarray:
        least = counts[counts > 0].min(initial=counts.max())
        asked = np.maximum(1, np.round(np.nan_to_num(ratios) * least))
        return np.where(np.isnan(ratios), counts, np.minimum(counts, asked)).astype(np.intp)

    def drawn(
        self, codes: np.ndarray, counts: np.ndarray, wanted: np.ndarray, seed: int
    ) -> np.ndarray:
        kept = np.ones(len(codes), dtype=bool)
        for code, surplus in enumerate(counts - wanted):
            own = np.flatnonzero(codes == code)
            if surplus > 0:
                kept[_generator(seed, code).permutation(own)[:surplus]] = False
        return np.flatnonzero(kept)


def _generator(seed: int, code: int) -> np.random.Generator:
    return np.random.default_rng([seed, code])


_NAMED = {"over": RandomOversampler, "under": RandomUndersampler}


def as_sampler(value: Any) -> Sampler:
    """A sampler, or the one of a name.

    >>> as_sampler("over")
    RandomOversampler()
    """
    if isinstance(value, str) and value in _NAMED:
        made: Sampler = _NAMED[value]()
        return made
    if isinstance(value, Sampler):
        return value
    raise HyperparameterError(
        "This is no sampler.",
        expected='"over", "under", `kf.RandomOversampler(...)` or `kf.RandomUndersampler(...)`',
        received=f"{value!r:.60}, of type {type(value).__name__}",
        remedy=nearest(value, _NAMED)
        if isinstance(value, str)
        else f"Make an instance: `{value.__name__}()`."
        if isinstance(value, type)
        else '`sampler="over"` repeats rows of the smaller classes.',
        name="sampler",
        value=value,
    )
