"""Distributions over the levels of a pool.

`UnivariateFiniteVector` is one distribution per row over one shared pool, kept as a matrix of
probabilities; `UnivariateFinite` is one of its rows. Both are frozen.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from kerasflux.errors import DataError, NotSupported
from kerasflux.predictions.probabilities import checked, pool_of
from scitypes.lattice import Density, Vector
from scitypes.messages import listed
from scitypes.pools import Pool
from scitypes.tables import is_column, positions

_ROWS_SHOWN, _LEVELS_SHOWN, _LEVELS_WRITTEN = 5, 3, 10


class _Distributions:
    """What a distribution and a vector of them share: a pool, probabilities on the last axis."""

    # Operators of NumPy arrays and of pandas objects leave the work to ours, which explain.
    __array_ufunc__ = None
    __pandas_priority__ = 5000
    __hash__ = None  # type: ignore[assignment]

    _pool: Pool
    _probabilities: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """The probabilities, read-only, one column per level in the order of the pool."""
        return self._probabilities

    @property
    def pool(self) -> Pool:
        """The pool of levels (`scitypes.Pool`)."""
        return self._pool

    @property
    def levels(self) -> tuple[Any, ...]:
        """Every label of the pool, in its order, seen or not."""
        return self._pool.levels

    @property
    def ordered(self) -> bool:
        """Whether the levels are ordered (`OrderedFactor`) or not (`Multiclass`)."""
        return self._pool.ordered

    def pdf(self, label: Any) -> Any:
        """The probability of a label, or of several.

        Args:
            label: a level, or a list (or array, Series, Categorical) of distinct levels. Labels are
                matched as such: a string is never a number.

        Returns:
            For one label the probabilities of it, `(n_rows,)` or a number; for K labels one column
            each in the order given, `(n_rows, K)` or `(K,)`.

        Raises:
            UnseenLevel: a label is not in the pool.
            DataError: a label is given twice. (For the probability that each row gives to a label
                of its own, see `log_loss.per_observation`.)

        Example:
            >>> p = UnivariateFiniteVector([[0.2, 0.8], [0.5, 0.5]], levels=["no", "yes"])
            >>> p.pdf("yes")
            array([0.8, 0.5])
            >>> p.pdf(["yes", "no"])
            array([[0.8, 0.2],
                   [0.5, 0.5]])

        Source: `pdf` of CategoricalDistributions.jl. A list always means columns here; Julia's
        `pdf.(p, labels)` pairs labels with rows.
        """
        if _is_several(label, self.levels):
            return self._probabilities[..., self._codes(label)]
        found = self._probabilities[..., self._codes([label])[0]]
        return found if found.ndim else float(found)

    def logpdf(self, label: Any) -> Any:
        """The natural logarithm of `pdf(label)`; minus infinity where that is zero.

        Example:
            >>> UnivariateFinite([0.0, 1.0], levels=["no", "yes"]).logpdf(["no", "yes"])
            array([-inf,   0.])
        """
        with np.errstate(divide="ignore"):
            logarithms = np.log(self.pdf(label))
        return logarithms if np.ndim(logarithms) else float(logarithms)

    def mean(self, *_: Any, **__: Any) -> NoReturn:
        """Not there: labels have no mean (always raises `NotSupported`)."""
        raise self._no_such("mean")

    def median(self, *_: Any, **__: Any) -> NoReturn:
        """Not there: labels have no median (always raises `NotSupported`)."""
        raise self._no_such("median")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if dtype is not None and np.dtype(dtype) != self._probabilities.dtype:
            return self._probabilities.astype(dtype)
        return self._probabilities.copy() if copy else self._probabilities

    def __eq__(self, other: object) -> bool:
        if other is None:
            return False
        if type(other) is not type(self):
            raise self._no_order(other)
        return self._pool == other._pool and np.array_equal(
            self._probabilities, other._probabilities
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> NoReturn:
        raise self._no_order(other)

    __gt__ = __le__ = __ge__ = __lt__

    def _codes(self, labels: Any) -> np.ndarray:
        codes = self._pool.codes(labels)
        if (codes < 0).any():
            raise DataError(
                "A missing label has no probability.",
                expected=f"labels of the pool {listed(self.levels, 10)}",
                received=f"{int((codes < 0).sum())} missing",
                remedy="Ask for labels of the pool, `p.pdf(p.levels)` for all.",
            )
        if len(np.unique(codes)) < len(codes):
            raise DataError(
                "`pdf` was given a label twice.",
                expected="one label, or several that differ: each becomes a column",
                received=f"{len(codes)} labels, {len(np.unique(codes))} of them different",
                remedy="For the probability of each row's own label: "
                "-kf.log_loss.per_observation(y_true, p) is its logarithm.",
            )
        return codes

    def _element_scitype(self) -> Any:
        return Density[self._pool.scitype]

    def _no_such(self, name: str) -> NotSupported:
        return NotSupported(
            f"A distribution over labels has no {name}.",
            expected="a distribution over numbers",
            received=f"{type(self).__name__} over {listed(self.levels, 10)}",
            remedy="`.mode()` gives the likeliest label; if the labels stand for numbers, "
            "`numpy.asarray(p) @ numbers` gives the mean.",
        )

    def _no_order(self, other: object) -> NotSupported:
        return NotSupported(
            "Distributions can't be compared with labels.",
            expected="labels on both sides",
            received=f"{type(self).__name__} and {type(other).__name__}",
            remedy="Compare the likeliest labels, `p.mode() == y`, "
            "or the probability of a label, `p.pdf(label) > 0.5`.",
        )


class UnivariateFinite(_Distributions):
    """One distribution over the levels of a pool.

    Args:
        probabilities: one non-negative number per level that sum to one, `(n_levels,)`.
        levels: the labels, distinct, in the order of the pool; or a `scitypes.Pool`, which
            says by itself whether it is ordered.
        ordered: whether the levels are ordered.

    Raises:
        DataError: negative, missing or infinite probabilities, ones that don't sum to one (within
            1e-4; float16: 0.03), another number of them than of levels, or repeated levels.

    Example:
        >>> d = UnivariateFinite([0.1, 0.2, 0.7], levels=["a", "b", "c"])
        >>> d
        UnivariateFinite(a: 0.1, b: 0.2, c: 0.7)
        >>> d.mode(), d.pdf("b")
        ('c', 0.2)

    Source: `UnivariateFinite` of CategoricalDistributions.jl, which also takes masses that don't
    sum to one.
    """

    def __init__(self, probabilities: Any, levels: Any, *, ordered: bool = False) -> None:
        self._pool = pool_of(levels, ordered)
        self._probabilities = checked(probabilities, self.levels, 1)

    def mode(self) -> Any:
        """The likeliest label; the first of the pool among equals.

        Example:
            >>> UnivariateFinite([0.5, 0.5], levels=["b", "a"]).mode()
            'b'
        """
        return self.levels[int(self._probabilities.argmax())]

    def __scitype__(self) -> Any:
        return self._element_scitype()

    def __repr__(self) -> str:
        return f"UnivariateFinite({', '.join(self._entries())})"

    def _repr_html_(self) -> str:
        cell = "text-align:left;padding:.1em 1.2em .1em 0"
        texts = "".join(f'<td style="{cell}">{html.escape(text)}</td>' for text in self._entries())
        return _html_table("UnivariateFinite", f"<tr>{texts}</tr>")

    def _entries(self) -> list[str]:
        if len(self.levels) <= _LEVELS_WRITTEN:
            pairs = zip(self.levels, self._probabilities, strict=True)
            return [f"{label}: {value:.3g}" for label, value in pairs]
        entries = _likeliest(self._probabilities, self.levels)
        return [*entries, f"... {len(self.levels) - len(entries)} more"]

    def __reduce__(self) -> tuple[Any, ...]:
        return _one, (self._pool, self._probabilities)


class UnivariateFiniteVector(_Distributions):
    """One distribution per row, over one pool: what classifiers predict.

    `numpy.asarray(p)` is the matrix of probabilities, `p[i]` one distribution, `p[rows]` (a slice,
    an index array or a mask) a vector again. Distributions can't be compared with labels: compare
    `p.mode()`. Two vectors are equal (`==`, one answer) if pools and probabilities are.

    Args:
        probabilities: `(n_rows, n_levels)`, non-negative, each row sums to one. A copy is kept, in
            the given precision.
        levels: the labels, distinct, in the order of the columns; or a `scitypes.Pool`,
            which says by itself whether it is ordered.
        ordered: whether the levels are ordered; if so, the last of two is the positive class.
        index: a pandas index of the rows, or None. With it `mode()` and `to_frame()` carry it.
        name: the name of the target, for `mode()`.

    Raises:
        DataError: as for `UnivariateFinite`; the message names the first rows at fault.

    Example:
        >>> p = UnivariateFiniteVector([[0.1, 0.9], [0.8, 0.2]], levels=["no", "yes"])
        >>> p
        UnivariateFiniteVector of 2 distributions over 2 levels
        0   no: 0.100   yes: 0.900
        1   no: 0.800   yes: 0.200
        >>> list(p.mode())
        ['yes', 'no']
        >>> np.asarray(p).shape
        (2, 2)

    Source: `UnivariateFiniteArray` of CategoricalDistributions.jl.
    """

    def __init__(
        self,
        probabilities: Any,
        levels: Any,
        *,
        ordered: bool = False,
        index: pd.Index | None = None,
        name: Any = None,
    ) -> None:
        self._pool = pool_of(levels, ordered)
        self._probabilities = checked(probabilities, self.levels, 2)
        if index is not None and len(index) != len(self._probabilities):
            raise DataError(
                "The index does not fit the probabilities.",
                expected=f"{len(self._probabilities)} row labels",
                received=f"{len(index)}",
                remedy="Give the index of the rows that were predicted, `X.index`.",
            )
        self.index = index
        self.name = name

    def mode(self) -> pd.Categorical | pd.Series:
        """The likeliest label of each row; the first of the pool among equals.

        Returns:
            A categorical with the whole pool: a pandas Series if the vector has an index (its data
            came as pandas), else a `pandas.Categorical`.

        Example:
            >>> p = UnivariateFiniteVector([[0.5, 0.5]], levels=[7, 3])
            >>> list(p.mode()), list(p.mode().categories)
            ([7], [7, 3])
        """
        codes = self._probabilities.argmax(axis=1).astype(np.int32)
        labels = self._pool.decode(codes)
        return labels if self.index is None else pd.Series(labels, self.index, name=self.name)

    def to_frame(self) -> pd.DataFrame:
        """The probabilities as a table, `(n_rows, n_levels)`, one column per level.

        Example:
            >>> UnivariateFiniteVector([[0.25, 0.75]], levels=["no", "yes"]).to_frame()
                 no   yes
            0  0.25  0.75
        """
        columns = pd.Index(list(self.levels), tupleize_cols=False)
        return pd.DataFrame(self._probabilities, self.index, columns, copy=True)

    @property
    def shape(self) -> tuple[int]:
        """`(n_rows,)`: a vector of distributions, not a matrix of numbers."""
        return (len(self),)

    def __len__(self) -> int:
        return len(self._probabilities)

    def __iter__(self) -> Iterator[UnivariateFinite]:
        return (_one(self._pool, row) for row in self._probabilities)

    def __getitem__(self, rows: Any) -> Any:
        """One distribution for an integer; a vector for a slice, an index array or a mask."""
        if not isinstance(rows, slice) and np.ndim(rows) == 0:
            return _one(self._pool, self._probabilities[positions(rows, len(self))[0]])
        where = rows if isinstance(rows, slice) else positions(rows, len(self))
        index = None if self.index is None else self.index[where]
        return _vector(self._pool, self._probabilities[where], index, self.name)

    def __scitype__(self) -> Any:
        return Vector[self._element_scitype()]

    def __repr__(self) -> str:
        rows = self._shown()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self._title(), *lines, *self._rest()])

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="dim")
        for row in self._shown():
            table.add_row(*map(Text, row))
        rest = [Text(text, style="dim") for text in self._rest()]
        return Group(Text(self._title(), style="bold"), table, *rest)

    def _repr_html_(self) -> str:
        cell = "text-align:left;padding:.1em 1.2em .1em 0"
        rows = "".join(
            f'<tr><th style="{cell};font-weight:normal;opacity:.65">{html.escape(head)}</th>'
            + "".join(f'<td style="{cell}">{html.escape(text)}</td>' for text in texts)
            + "</tr>"
            for head, *texts in self._shown()
        )
        rest = "".join(f"<div>{html.escape(text)}</div>" for text in self._rest())
        return _html_table(self._title(), rows) + rest

    def _title(self) -> str:
        counted = "1 distribution" if len(self) == 1 else f"{len(self)} distributions"
        return f"UnivariateFiniteVector of {counted} over {len(self.levels)} levels"

    def _rest(self) -> list[str]:
        return [f"... {len(self) - _ROWS_SHOWN} more rows"] if len(self) > _ROWS_SHOWN else []

    def _shown(self) -> list[list[str]]:
        heads = range(len(self)) if self.index is None else self.index
        shown = zip(heads[:_ROWS_SHOWN], self._probabilities[:_ROWS_SHOWN], strict=True)
        if len(self.levels) > _LEVELS_SHOWN:
            return [[str(head), *_likeliest(row, self.levels, ".3f")] for head, row in shown]
        return [
            [str(head), *(f"{x}: {p:.3f}" for x, p in zip(self.levels, row, strict=True))]
            for head, row in shown
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        return _vector, (self._pool, self._probabilities, self.index, self.name)


def _is_several(label: Any, levels: tuple[Any, ...]) -> bool:
    return is_column(label) or (isinstance(label, tuple) and label not in levels)


def _likeliest(row: np.ndarray, levels: tuple[Any, ...], digits: str = ".3g") -> list[str]:
    order = np.argsort(-row, kind="stable")[:_LEVELS_SHOWN]
    return [f"{levels[code]}: {row[code]:{digits}}" for code in order]


def _one(pool: Pool, probabilities: np.ndarray) -> UnivariateFinite:
    """A distribution of probabilities that were checked before."""
    new = UnivariateFinite.__new__(UnivariateFinite)
    new._pool, new._probabilities = pool, _frozen(probabilities)
    return new


def _vector(
    pool: Pool, probabilities: np.ndarray, index: pd.Index | None, name: Any
) -> UnivariateFiniteVector:
    """A vector of probabilities that were checked before."""
    new = UnivariateFiniteVector.__new__(UnivariateFiniteVector)
    new._pool, new._probabilities = pool, _frozen(probabilities)
    new.index, new.name = index, name
    return new


def _frozen(values: np.ndarray) -> np.ndarray:
    values = values.view()
    values.flags.writeable = False
    return values


def _html_table(title: str, rows: str) -> str:
    look = "text-align:left;font-weight:bold;white-space:nowrap"
    caption = f'<caption style="{look}">{html.escape(title)}</caption>'
    return f'<table style="border-collapse:collapse;color:inherit">{caption}{rows}</table>'
