"""Scientific types of data: what a column means, whatever its dtype.

`scitype(x)` says what data is, `schema(X)` what each column of a table is, `coerce` changes it,
`conforms` says whether it is what a model asks for. See `lattice.py` for the types themselves.

Each public name is imported at its first use, so that reading an error class loads no pandas.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from scitypes.coercion import coerce
    from scitypes.conformance import Problem, Verdict, conforms
    from scitypes.errors import (
        BadSelection,
        CoercionError,
        Explained,
        ImageError,
        LevelError,
        NotAScitype,
        NotATable,
        NotCategorical,
        PartitionError,
        SchemaFileError,
        SchemaMismatch,
        ScitypeError,
        UnknownColumn,
        UnseenLevel,
    )
    from scitypes.images import ImageVector
    from scitypes.inference import elscitype, scitype
    from scitypes.lattice import (
        Any_,
        Array,
        Binary,
        ColorImage,
        Continuous,
        Count,
        Density,
        Finite,
        Found,
        GrayImage,
        Image,
        Infinite,
        Known,
        Matrix,
        Missing,
        Multiclass,
        Never,
        Node,
        Nothing,
        OrderedFactor,
        Sampleable,
        ScientificDate,
        ScientificDateTime,
        ScientificTime,
        ScientificTimeType,
        Scitype,
        Table,
        Textual,
        Tuple,
        Unknown,
        Vector,
        hierarchy,
        nonmissing,
    )
    from scitypes.messages import ScitypeWarning
    from scitypes.partitions import partition, unpack
    from scitypes.pools import Pool, levels, set_levels, unwrap
    from scitypes.schemas import Schema, load_schema, schema
    from scitypes.tables import matrix, nrows, selectcols, selectrows, table

# Module -> the public names it owns.
_OWNERS = {
    "coercion": "coerce",
    "conformance": "Problem Verdict conforms",
    "errors": (
        "BadSelection CoercionError Explained ImageError LevelError NotAScitype NotATable "
        "NotCategorical PartitionError SchemaFileError SchemaMismatch ScitypeError "
        "UnknownColumn UnseenLevel"
    ),
    "images": "ImageVector",
    "inference": "elscitype scitype",
    "lattice": (
        "Any_ Array Binary ColorImage Continuous Count Density Finite Found GrayImage "
        "Image Infinite Known Matrix Missing Multiclass Never Node Nothing OrderedFactor "
        "Sampleable ScientificDate ScientificDateTime ScientificTime ScientificTimeType "
        "Scitype Table Textual Tuple Unknown Vector hierarchy nonmissing"
    ),
    "messages": "ScitypeWarning",
    "partitions": "partition unpack",
    "pools": "Pool levels set_levels unwrap",
    "schemas": "Schema load_schema schema",
    "tables": "matrix nrows selectcols selectrows table",
}
_MODULES = {name: module for module, names in _OWNERS.items() for name in names.split()}

__all__ = [
    "Any_",
    "Array",
    "BadSelection",
    "Binary",
    "CoercionError",
    "ColorImage",
    "Continuous",
    "Count",
    "Density",
    "Explained",
    "Finite",
    "Found",
    "GrayImage",
    "Image",
    "ImageError",
    "ImageVector",
    "Infinite",
    "Known",
    "LevelError",
    "Matrix",
    "Missing",
    "Multiclass",
    "Never",
    "Node",
    "NotAScitype",
    "NotATable",
    "NotCategorical",
    "Nothing",
    "OrderedFactor",
    "PartitionError",
    "Pool",
    "Problem",
    "Sampleable",
    "Schema",
    "SchemaFileError",
    "SchemaMismatch",
    "ScientificDate",
    "ScientificDateTime",
    "ScientificTime",
    "ScientificTimeType",
    "Scitype",
    "ScitypeError",
    "ScitypeWarning",
    "Table",
    "Textual",
    "Tuple",
    "Unknown",
    "UnknownColumn",
    "UnseenLevel",
    "Vector",
    "Verdict",
    "coerce",
    "conforms",
    "elscitype",
    "hierarchy",
    "levels",
    "load_schema",
    "matrix",
    "nonmissing",
    "nrows",
    "partition",
    "schema",
    "scitype",
    "selectcols",
    "selectrows",
    "set_levels",
    "table",
    "unpack",
    "unwrap",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'scitypes' has no attribute {name!r}")
    value: object = getattr(_import_module(f"scitypes.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
