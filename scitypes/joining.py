"""Vectors, tables and image vectors one after another, the pools of their parts merged.

Owns which parts fit together and what is said where they don't; `concat` of `levelling.py` is the
verb for it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from scitypes.errors import BadSelection, ImageError, LevelError
from scitypes.holding import held
from scitypes.images import ImageVector
from scitypes.lattice import ColorImage, GrayImage
from scitypes.libraries import is_foreign_series, library, narwhal
from scitypes.messages import counted, listed
from scitypes.missingness import integers_of, rounded_as
from scitypes.pools import Pool, as_categorical
from scitypes.tables import columns, is_table, names

VECTORS = pd.Series | pd.Index | pd.api.extensions.ExtensionArray | np.ndarray | ImageVector


def _kind(x: Any) -> str:
    """What parts of one `concat` have in common, in words."""
    if is_foreign_series(x) or library(x) in ("polars", "pyarrow"):
        return f"{type(x).__name__} of {library(x)}".replace("ChunkedArray", "Array")
    if is_table(x):
        return "dict of columns" if isinstance(x, dict) else "pandas DataFrame"
    for kind in (ImageVector, pd.Series, pd.Index, pd.Categorical, np.ndarray, list, tuple):
        if isinstance(x, kind):
            return kind.__name__
    return type(x).__name__


def unfit(expected: str, received: str, remedy: str = "") -> BadSelection:
    """The error about parts that do not fit together, ready to raise."""
    return BadSelection(
        "The parts can't be put one after another.",
        expected=expected,
        received=received,
        remedy=remedy,
    )


def demand_alike(parts: list[Any], name: str) -> None:
    """Refuse parts that are not all of one kind, or of a kind that can't be joined."""
    kinds = list(dict.fromkeys(map(_kind, parts)))
    if len(kinds) > 1:
        told = f"parts{name} of kind {', '.join(kinds)}"
        raise unfit("parts of one kind", told, "make them of one kind first")
    known = is_table(parts[0]) or is_foreign_series(parts[0])
    if not known and not isinstance(parts[0], list | tuple | VECTORS):
        raise unfit("vectors, tables or image vectors", f"parts of type {kinds[0]}")


def joined(parts: list[Any], name: str) -> Any:
    """Vectors of one kind as one, with one pool if they have levels."""
    demand_alike(parts, name)
    pooled = [as_categorical(part) is not None for part in parts]
    if not any(pooled):
        whole = _joined_plain(parts)
        _demand_exact(parts, whole, name)
        return whole
    if not all(pooled):
        raise LevelError(
            f"Part {pooled.index(False) + 1}{name} has no levels, and other parts have.",
            expected="levels in all parts, or in none",
            received=f"{pooled.count(True)} of {counted(len(pooled), 'part')} with levels",
            remedy="coerce each part to Multiclass or OrderedFactor first",
        )
    pools = [Pool.of(part) for part in parts]
    try:
        pool = Pool.merged(*pools)
    except LevelError as error:
        if name:
            error.add_note(f"in{name}")
        raise
    positions = np.concatenate([pool.codes(part) for part in parts])
    if isinstance(parts[0], pd.Series):
        index = parts[0].index.append([part.index for part in parts[1:]])
        return pd.Series(pool.decode(positions), index=index, name=_common_name(parts))
    if isinstance(parts[0], pd.Index):
        return pd.Index(pool.decode(positions), name=_common_name(parts))
    return held(parts[0], positions, pool)


def _demand_exact(parts: list[Any], whole: Any, name: str) -> None:
    """Refuse to make floats of integers that floats can't hold."""
    kind = _float_type(whole)
    if kind is None:
        return
    for number, part in enumerate(parts, start=1):
        integers = integers_of(part)
        rounded = [] if integers is None else rounded_as(integers, kind)
        if rounded:
            raise unfit(
                f"numbers that stay what they are as {kind}, the common type of the parts{name}",
                f"{listed([int(integers[row]) for row in rounded], 3)} in part {number}{name}",
                "coerce(x, Continuous) rounds them in each part first; if they are identifiers, "
                "coerce each part to Multiclass",
            )


def _float_type(x: Any) -> Any:
    """NumPy's dtype of a vector of floats, of whatever library; None for any other."""
    if is_foreign_series(x):
        dtype = narwhal(x).dtype
        return np.dtype(str(dtype).lower()) if dtype.is_float() else None
    dtype = getattr(x, "dtype", None)
    if getattr(dtype, "kind", "O") != "f":
        return None
    return np.dtype(getattr(dtype, "numpy_dtype", getattr(dtype, "subtype", dtype)))


def _joined_plain(parts: list[Any]) -> Any:
    first = parts[0]
    if isinstance(first, ImageVector):
        return _joined_images(parts)
    if isinstance(first, list | tuple):
        return type(first)(cell for part in parts for cell in part)
    if is_foreign_series(first):
        return _joined_foreign(parts)
    if isinstance(first, np.ndarray):
        return _joined_arrays(parts)
    if isinstance(first, pd.Index):
        return first.append(parts[1:]).rename(_common_name(parts))
    if isinstance(first, pd.Series):
        return pd.concat(parts).rename(_common_name(parts))
    return pd.concat([pd.Series(part) for part in parts]).array


def _joined_arrays(parts: list[Any]) -> Any:
    if len({part.shape[1:] for part in parts}) > 1:
        raise unfit("arrays of one shape but for the rows", listed(part.shape for part in parts))
    texts = {part.dtype.kind in "USTO" for part in parts}
    masked = any(isinstance(part, np.ma.MaskedArray) for part in parts)
    joined = np.ma.concatenate if masked else np.concatenate
    # NumPy makes texts of numbers that stand beside texts.
    return joined([part.astype(object) for part in parts] if len(texts) > 1 else parts)


def _joined_foreign(parts: list[Any]) -> Any:
    if library(parts[0]) == "polars":
        import polars as pl

        frames = [part.alias("").to_frame() for part in parts]
        return pl.concat(frames, how="vertical_relaxed").to_series().alias(parts[0].name)
    import pyarrow as pa

    tables = [pa.table({"x": part}) for part in parts]
    try:
        whole = pa.concat_tables(tables, promote_options="permissive").column("x")
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise unfit(
            "parts of types that Arrow can make one type of, with no value another one",
            f"{listed((str(part.type) for part in parts), 5)}: {error}",
            "coerce each part to one scitype first; to Continuous rounds integers beyond 2^53",
        ) from error
    return whole if hasattr(parts[0], "chunks") else whole.combine_chunks()


def _common_name(parts: list[Any]) -> Any:
    return parts[0].name if all(part.name == parts[0].name for part in parts) else None


def joined_tables(parts: list[Any]) -> Any:
    """Tables of one kind as one, in the order of the first one's columns."""
    wanted = names(parts[0])
    for number, part in enumerate(parts[1:], start=2):
        _demand_names(wanted, names(part), number)
    every = [dict(columns(part)) for part in parts]
    done = {name: joined([part[name] for part in every], f" of column {name!r}") for name in wanted}
    first = parts[0]
    if isinstance(first, dict):
        return done
    if isinstance(first, pd.DataFrame):
        index = first.index.append([part.index for part in parts[1:]])
        values = {i: column.array for i, column in enumerate(done.values())}
        return pd.DataFrame(values, index=index).set_axis(first.columns, axis=1)
    if library(first) == "polars":
        return type(first)(done)
    import pyarrow as pa

    return pa.table(done)


def _demand_names(wanted: list[Any], found: list[Any], number: int) -> None:
    if len(set(wanted)) == len(wanted) == len(found) and set(wanted) == set(found):
        return
    lacking = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    told = [f"lacks {listed(lacking)}"] * bool(lacking) + [f"has {listed(extra)}"] * bool(extra)
    raise unfit(
        f"the columns of the first part, each once: {listed(wanted, 10)}",
        f"part {number} " + (" and ".join(told) or "with names that repeat"),
        "choose the columns they share: selectcols(X, [...])",
    )


def _joined_images(parts: list[Any]) -> ImageVector:
    shapes = list(dict.fromkeys(part.shape[1:] for part in parts))
    if len(shapes) > 1:
        raise unfit(
            "images of one size and kind", listed(shapes), "make them of one size and kind first"
        )
    files = [path for part in parts for path in part.files or ()]
    if len(files) == sum(map(len, parts)):
        height, width, channels = shapes[0]
        kind = (ColorImage if channels == 3 else GrayImage)[height, width]
        with suppress(ImageError):  # resized files: their pixels are joined then
            return ImageVector(files, kind)
    pixels = [part.array() for part in parts]
    if len({values.dtype for values in pixels}) > 1:
        pixels = [v / np.float32(255) if v.dtype == np.uint8 else v for v in pixels]
    return ImageVector(np.concatenate(pixels))
