"""Numbers read exactly: parsing numerals, integers without loss, floats that say what they rounded.

Everything takes a pandas Series of numbers and gives plain values and the rows in question; nothing
raises about data except `NotExact`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from scitypes.missingness import missing_mask

# Stricter than float() and int(), which also take "nan", "inf", "1_000" and digits of any script.
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_NUMERAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_EXACT_FLOAT = 2**53


class NotExact(Exception):
    """Some numbers are no integers of 64 bits; `rows` says which."""

    def __init__(self, rows: Sequence[int]) -> None:
        super().__init__(rows)
        self.rows = rows


def parsed(column: Any) -> tuple[Any, list[int]]:
    """The cells as Python numbers (None where missing), and the rows of those that are none.

    Numerals are ASCII digits with an optional sign, point and exponent, spaces around them allowed.

    >>> parsed(pd.Series([" 12 ", "1e3", "nan", "1,000"], dtype=object))
    (array([12, Decimal('1E+3'), None, None], dtype=object), [2, 3])
    """
    return each_text(column, _number)


def each_text(column: Any, act: Callable[[Any], Any]) -> tuple[Any, list[int]]:
    """The cells as a function reads them (None where missing), and the rows that it refuses.

    Equal texts are read once; a cell is refused by ValueError, or an error of arithmetic.
    """
    cells = column.to_numpy(dtype=object)
    found = texts(column)
    if found is None:
        rows = np.flatnonzero(~missing_mask(column))
        values, refused = read(cells[rows], act)
        result = np.full(len(cells), None, dtype=object)
        result[rows] = values
        return result, rows[refused].tolist()
    positions, distinct = found
    values, refused = read(distinct, act)
    bad = np.zeros(len(distinct) + 1, dtype=bool)
    bad[refused] = True
    return _with_none(values)[positions], np.flatnonzero(bad[positions]).tolist()


def texts(column: Any) -> tuple[Any, Any] | None:
    """For each cell its place among the distinct texts (-1: missing), and these.

    None if cells are no texts, or if hardly any of them are equal.
    """
    text = isinstance(column.dtype, pd.StringDtype) or column.dtype == object
    try:
        if not text or _mostly_distinct(column):
            return None
        positions, distinct = pd.factorize(column)
    except TypeError:
        return None
    cells = np.asarray(distinct, dtype=object)
    return (positions, cells) if set(map(type, cells)) == {str} else None


def read(cells: Any, act: Callable[[Any], Any]) -> tuple[Any, list[int]]:
    """What a function makes of each cell, None where it refuses, and the places of the refused."""
    values = np.full(len(cells), None, dtype=object)
    refused = []
    for i, cell in enumerate(cells):
        try:
            values[i] = act(cell)
        except (ValueError, OverflowError, InvalidOperation):
            refused.append(i)
    return values, refused


def _mostly_distinct(column: Any) -> bool:
    # Of many rows a few say enough: finding equal texts costs as much as reading some.
    some = column.iloc[:: max(1, len(column) // 1000)]
    return bool(some.nunique() > 0.9 * len(some))


def _with_none(values: Any) -> Any:
    """The values and, at the end, where -1 points, None."""
    result = np.full(len(values) + 1, None, dtype=object)
    result[:-1] = values
    return result


def floats(numbers: Any) -> tuple[Any, list[int]]:
    """float64 values (NaN where missing), and the rows of numbers beyond 2^53 that are rounded.

    >>> floats(pd.Series([1, 2**53 + 1]))
    (array([1.00000000e+00, 9.00719925e+15]), [1])
    """
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    if getattr(numbers.dtype, "kind", "O") in "fb" and numbers.dtype != object:
        return values, []
    with np.errstate(invalid="ignore"):
        large = np.flatnonzero(np.abs(values) >= _EXACT_FLOAT)
    return values, [int(row) for row in large if _rounded(numbers.iloc[row], values[row])]


def exact_integers(numbers: Any) -> Any:
    """Integers of 64 bits: an int64 array, or a masked `Int64` one where some are missing.

    Raises:
        NotExact: fractions, infinities, or integers beyond 64 bits.

    >>> exact_integers(pd.Series([1.0, float("nan")]))
    <IntegerArray>
    [1, <NA>]
    Length: 2, dtype: Int64
    """
    gone = missing_mask(numbers)
    if numbers.dtype == object:
        return _masked(_from_objects(numbers.to_numpy(), gone), gone)
    if numbers.dtype.kind == "f":
        return _masked(_from_floats(numbers, gone), gone)
    kind = np.uint64 if numbers.dtype.kind == "u" else np.int64
    return _masked(numbers.to_numpy(dtype=kind, na_value=0), gone)


def beyond_floats(cell: Any) -> bool:
    """Whether this is a number, or a numeral, that no float can hold.

    >>> [beyond_floats(cell) for cell in ("1e400", 10**400, "1e300", "inf", "a")]
    [True, True, False, False, False]
    """
    if isinstance(cell, str):
        return bool(_NUMERAL.fullmatch(cell)) and math.isinf(float(cell))
    try:
        _number(cell)
    except OverflowError:
        return True
    except ValueError:
        return False
    return False


def _number(cell: Any) -> Any:
    if isinstance(cell, str):
        return _from_text(cell)
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, np.longdouble):
        return _from_long(cell)
    if isinstance(cell, int | float | Decimal | Fraction):
        if math.isinf(float(cell)) and math.isfinite(_bounded(cell)):
            raise OverflowError("beyond the range of floats")
        return cell
    raise ValueError(cell)


def _from_long(cell: Any) -> Any:
    """A number wider than float64 as an int where it is whole, else as a float."""
    if np.isfinite(cell) and cell == np.rint(cell):
        return int(cell)
    return float(cell)


def _bounded(number: Any) -> float:
    """A Decimal beyond the floats as a finite float; any other number as the float it is."""
    return 0.0 if isinstance(number, Decimal) and number.is_finite() else float(number)


def _from_text(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        number: Any = int(text)
    elif _NUMERAL.fullmatch(text):
        number = Decimal(text.strip())
    else:
        raise ValueError(text)
    if math.isinf(float(number)):
        raise OverflowError(text)
    return number


def _rounded(number: Any, value: float) -> bool:
    if isinstance(number, np.integer):
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int | Decimal | Fraction):
        return False
    if not math.isfinite(value) or Fraction(number) == Fraction(value):
        return False
    # Of "1e23" no digit is lost, though the float is not that number.
    return not isinstance(number, Decimal) or Decimal(repr(float(value))) != number


def _from_floats(numbers: Any, gone: Any) -> Any:
    wide = isinstance(numbers.dtype, np.dtype) and numbers.dtype.itemsize > 8
    kind = numbers.dtype if wide else np.dtype(np.float64)  # a longdouble holds integers of 64 bits
    values = np.where(gone, kind.type(0), numbers.to_numpy(dtype=kind, na_value=0.0))
    bad = (values != np.rint(values)) | (np.abs(values) >= 2.0**63)
    if bad.any():
        raise NotExact(np.flatnonzero(bad).tolist())
    return values.astype(np.int64)


def _from_objects(cells: Any, gone: Any) -> Any:
    integers = [0 if g else _integer(cell) for cell, g in zip(cells, gone, strict=True)]
    bad = [row for row, integer in enumerate(integers) if integer is None]
    if not bad:
        unsigned = min(integers, default=0) >= 0 and max(integers, default=0) >= 2**63
        low, high = (0, 2**64) if unsigned else (-(2**63), 2**63)
        bad = [row for row, integer in enumerate(integers) if not low <= integer < high]
    if bad:
        raise NotExact(bad)
    return np.array(integers, dtype=np.uint64 if unsigned else np.int64)


def _integer(cell: Any) -> Any:
    """The cell as an int, None if it is a fraction, infinite, or far beyond 64 bits."""
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, Decimal) and (not cell.is_finite() or cell.adjusted() > 30):
        return None  # 1e999999999 is a small Decimal and an int that fills the memory
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    integer = int(cell)
    return integer if integer == cell else None


def _masked(values: Any, gone: Any) -> Any:
    return pd.arrays.IntegerArray(values, gone.copy()) if gone.any() else values
