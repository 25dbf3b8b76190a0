"""Which library data comes from, and data of others (polars, Arrow) as narwhals sees them.

Owns how a library is recognised, without importing it, and what is told about data that is still
to be read: generators, loaders, lazy frames. Nothing here modifies its argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import numpy as np
import pandas as pd

from scitypes.labels import objects


def library(x: object) -> str:
    """The name of the package that the type of `x` comes from, found without importing it.

    >>> library(np.zeros(3))
    'numpy'
    """
    return library_of(type(x))


def library_of(kind: type) -> str:
    """The name of the package that a class comes from."""
    return str(getattr(kind, "__module__", "")).partition(".")[0]


def is_foreign_frame(x: object) -> bool:
    """Whether `x` is an eager polars DataFrame, an Arrow table or an Arrow record batch."""
    frames = {"polars": ("DataFrame",), "pyarrow": ("Table", "RecordBatch")}
    return type(x).__name__ in frames.get(library(x), ())


def is_foreign_series(x: object) -> bool:
    """Whether `x` is a polars Series, an Arrow array or a chunked Arrow array."""
    kind = library(x)
    return (kind == "polars" and type(x).__name__ == "Series") or (
        kind == "pyarrow" and hasattr(x, "type") and hasattr(x, "null_count")
    )


def readable(x: Any) -> Any:
    """A vector of pandas as objects if Arrow can't compare its values; any other as it is.

    Arrow neither finds the distinct values of nested columns nor selects rows of string views.

    >>> readable(pd.Series([1, 2])).dtype
    dtype('int64')
    """
    arrow = getattr(getattr(x, "dtype", None), "pyarrow_dtype", None)
    if arrow is None or not (arrow.num_fields or str(arrow).endswith("_view")):
        return x
    index = x.index if isinstance(x, pd.Series) else None
    name = x.name if isinstance(x, (pd.Series, pd.Index)) else None
    array: Any = x.array if isinstance(x, (pd.Series, pd.Index)) else x
    cells = objects(array.__arrow_array__().to_pylist())
    return pd.Series(cells, index=index, name=name, dtype=object)


def collecting(x: Any) -> str:
    """How what gives its data later (generators, loaders, lazy frames) becomes data, or `""`.

    >>> collecting(row for row in [{"a": 1}])  # doctest: +ELLIPSIS
    'collect it first: pandas.DataFrame(list(x)) of rows, numpy.stack(list(x)) of arrays; files ...'
    >>> collecting({"a": [1]}), collecting({1, 2})
    ('', '')
    """
    kinds = {(library_of(kind), kind.__name__) for kind in type(x).__mro__}
    if ("polars", "LazyFrame") in kinds:
        return "X.collect() reads it"
    if isinstance(x, Iterator):
        how = "pandas.DataFrame(list(x)) of rows, numpy.stack(list(x)) of arrays"
    elif library(x) == "tensorflow" and hasattr(x, "as_numpy_iterator"):
        how = "X, y = map(numpy.concatenate, zip(*x.as_numpy_iterator())) of batches (X, y)"
    elif kinds & {("keras", "PyDataset"), ("torch", "Dataset")}:
        how = "X, y = map(numpy.stack, zip(*(x[i] for i in range(len(x))))), or numpy.concatenate "
        how += "if these are batches"
    elif hasattr(x, "__iter__") and not hasattr(x, "__getitem__") and not isinstance(x, Set | str):
        how = "X, y = map(numpy.concatenate, zip(*x)) of batches (X, y)"
    else:
        return ""
    return f"collect it first: {how}; files of images are ImageVector(files), read when needed"


def narwhal(x: Any) -> Any:
    """A polars or Arrow frame or column as narwhals sees it; run-end encoded values are decoded."""
    import narwhals

    if library(x) == "pyarrow":
        x = _whole(x)
    return narwhals.from_native(x, eager_only=True, allow_series=True)


def _whole(x: Any) -> Any:
    """An Arrow batch as a table, an Arrow array as one of chunks, in which each cell stands."""
    import pyarrow

    if isinstance(x, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([x])
    if isinstance(x, pyarrow.Table):
        return x
    x = decoded(x)
    chunks = x.chunks if isinstance(x, pyarrow.ChunkedArray) else [x]
    if pyarrow.types.is_float16(x.type):  # in which older versions find no NaN
        numbers = [chunk.to_numpy(zero_copy_only=False).astype(np.float32) for chunk in chunks]
        return pyarrow.chunked_array(list(map(pyarrow.array, numbers)), type=pyarrow.float32())
    return x if isinstance(x, pyarrow.ChunkedArray) else pyarrow.chunked_array(chunks)


def decoded(x: Any) -> Any:
    """Arrow data without run-end encoding, in which rows can't be selected."""
    import pyarrow
    import pyarrow.compute

    encoded = pyarrow.types.is_run_end_encoded
    if isinstance(x, (pyarrow.Table, pyarrow.RecordBatch)):
        if not any(map(encoded, x.schema.types)):
            return x
        return type(x).from_arrays(list(map(decoded, x.columns)), names=x.schema.names)
    if not encoded(x.type):
        return x
    if not isinstance(x, pyarrow.ChunkedArray):
        return pyarrow.compute.run_end_decode(x)
    return pyarrow.chunked_array(list(map(decoded, x.chunks)), type=x.type.value_type)
