"""Scientific types of data: what a column means, whatever its dtype.

`scitype(x)` says what data is, `schema(X)` what each column of a table is, `coerce` changes it,
`conforms` says whether it is what a model asks for. See `lattice.py` for the types themselves.

Each public name is imported at its first use, so that reading an error class loads no pandas.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from scitypes.autotyping import Suggestion, Suggestions, autotype
    from scitypes.coercion import coerce
    from scitypes.conformance import Problem, Verdict, conforms
    from scitypes.differences import SchemaDifference
    from scitypes.drifts import Finding, Findings
    from scitypes.errors import (
        AutotypeError,
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
    from scitypes.imagefolders import images_from_directory
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
        nonmissing,
    )
    from scitypes.levelling import (
        add_levels,
        codes,
        concat,
        decoder,
        drop_levels,
        levels,
        recode,
        set_levels,
        unwrap,
    )
    from scitypes.matrices import matrix, table
    from scitypes.messages import ScitypeWarning
    from scitypes.notation import hierarchy, tree
    from scitypes.parquet import read_parquet, write_parquet
    from scitypes.partitions import partition, unpack
    from scitypes.plans import Plan, plan
    from scitypes.pools import Pool
    from scitypes.schemas import Schema, load_schema, schema
    from scitypes.tables import nrows, selectcols, selectrows

# Module -> the public names it owns.
_OWNERS = {
    "autotyping": "Suggestion Suggestions autotype",
    "coercion": "coerce",
    "conformance": "Problem Verdict conforms",
    "differences": "SchemaDifference",
    "drifts": "Finding Findings",
    "errors": (
        "AutotypeError BadSelection CoercionError Explained ImageError LevelError NotAScitype "
        "NotATable NotCategorical PartitionError SchemaFileError SchemaMismatch ScitypeError "
        "UnknownColumn UnseenLevel"
    ),
    "imagefolders": "images_from_directory",
    "images": "ImageVector",
    "inference": "elscitype scitype",
    "lattice": (
        "Any_ Array Binary ColorImage Continuous Count Density Finite Found GrayImage Image "
        "Infinite Known Matrix Missing Multiclass Never Node Nothing OrderedFactor Sampleable "
        "ScientificDate ScientificDateTime ScientificTime ScientificTimeType Scitype Table "
        "Textual Tuple Unknown Vector nonmissing"
    ),
    "levelling": "add_levels codes concat decoder drop_levels levels recode set_levels unwrap",
    "matrices": "matrix table",
    "messages": "ScitypeWarning",
    "notation": "hierarchy tree",
    "parquet": "read_parquet write_parquet",
    "partitions": "partition unpack",
    "plans": "Plan plan",
    "pools": "Pool",
    "schemas": "Schema load_schema schema",
    "tables": "nrows selectcols selectrows",
}
_MODULES = {name: module for module, names in _OWNERS.items() for name in names.split()}

__all__ = [
    "Any_",
    "Array",
    "AutotypeError",
    "BadSelection",
    "Binary",
    "CoercionError",
    "ColorImage",
    "Continuous",
    "Count",
    "Density",
    "Explained",
    "Finding",
    "Findings",
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
    "Plan",
    "Pool",
    "Problem",
    "Sampleable",
    "Schema",
    "SchemaDifference",
    "SchemaFileError",
    "SchemaMismatch",
    "ScientificDate",
    "ScientificDateTime",
    "ScientificTime",
    "ScientificTimeType",
    "Scitype",
    "ScitypeError",
    "ScitypeWarning",
    "Suggestion",
    "Suggestions",
    "Table",
    "Textual",
    "Tuple",
    "Unknown",
    "UnknownColumn",
    "UnseenLevel",
    "Vector",
    "Verdict",
    "add_levels",
    "autotype",
    "codes",
    "coerce",
    "concat",
    "conforms",
    "decoder",
    "drop_levels",
    "elscitype",
    "hierarchy",
    "images_from_directory",
    "levels",
    "load_schema",
    "matrix",
    "nonmissing",
    "nrows",
    "partition",
    "plan",
    "read_parquet",
    "recode",
    "schema",
    "scitype",
    "selectcols",
    "selectrows",
    "set_levels",
    "table",
    "tree",
    "unpack",
    "unwrap",
    "write_parquet",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'scitypes' has no attribute {name!r}")
    value: object = getattr(_import_module(f"scitypes.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
