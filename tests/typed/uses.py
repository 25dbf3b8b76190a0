"""Example uses of every public name of scitypes, for the type checker alone: nothing here is run.

Where the type of a result is known, `assert_type` holds it.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pandas as pd

import scitypes as st

# Scitypes are values, and `Scitype` is the class of them all.


def widened(t: st.Scitype) -> st.Scitype:
    return t | st.Missing


Zip: st.Scitype = st.Node("Zip", parent=st.Textual)
Grade: st.Node = st.Node("Grade", parent=st.OrderedFactor, arity=1)
elements: list[st.Scitype] = [
    *(st.Found, st.Unknown, st.Known, st.Infinite, st.Continuous, st.Count, st.Finite, st.Binary),
    *(st.Multiclass[3], st.OrderedFactor, st.Image, st.GrayImage[28, 28], st.ColorImage),
    *(st.ScientificTimeType, st.ScientificDate, st.ScientificTime, st.ScientificDateTime),
    *(st.Textual, st.Missing, st.Nothing, st.Any_, st.Never, Grade[3]),
]
containers: list[st.Scitype] = [
    *(st.Vector[st.Count], st.Matrix[st.Continuous], st.Array[st.Count, 3], st.Tuple[st.Count]),
    *(st.Tuple[st.Count, st.Textual], st.Table(st.Count, st.Finite[2] | st.Missing)),
    *(st.Density[st.Finite], st.Sampleable[st.Continuous]),
]
assert_type(widened(st.Count), st.Scitype)
assert_type(st.Multiclass[3] <= st.Finite, bool)
assert_type(st.nonmissing(st.Count | st.Missing), st.Scitype)
assert_type(st.hierarchy(), str)
st.tree(Grade)

# What data is.

X = pd.DataFrame({"age": [31.0, 44.0], "sex": ["f", "m"]})
assert_type(st.scitype([1, 2]), st.Scitype)
assert_type(st.elscitype(X["age"]), st.Scitype)
verdict = st.conforms(X, st.Table(st.Continuous, st.Textual))
assert_type(verdict, st.Verdict)
assert_type(bool(verdict), bool)
assert_type(verdict.problems, tuple[st.Problem, ...])
found = st.schema(X)
assert_type(found, st.Schema)
assert_type(found.to_frame(), pd.DataFrame)
assert_type(found.difference(st.schema(X.head(1))), st.SchemaDifference)
assert_type(st.load_schema(Path("schema.json")), st.Schema)
findings = found.check(X, tolerance=0.1)
assert_type(findings, st.Findings)
for one in findings:
    assert_type(one, st.Finding)
findings.raise_if_any()


def is_table(x: Any) -> bool:
    return st.scitype(x) <= st.Table


# What it is to be.

assert_type(st.coerce(X, {st.Textual: st.Multiclass}), pd.DataFrame)
column = st.coerce(X["sex"], st.OrderedFactor, levels=["m", "f"])
columns = st.coerce({"a": ["1", "2"]}, {"a": st.Count}, verbosity=0)
array: np.ndarray[Any, Any] = st.coerce(np.array([1, 2]), st.Continuous)
planned = st.plan(X, {"age": st.Count}, missing=["?"])
assert_type(planned, st.Plan)
assert_type(planned.to_frame(), pd.DataFrame)
suggested: dict[Any, st.Scitype] = st.autotype(X)
explained: st.Suggestions = st.autotype(X, rules=("booleans", "numbers"), explain=True)
assert_type(explained[0], st.Suggestion)
assert_type(explained.types, dict[Hashable, st.Scitype])

# Levels.

assert_type(st.levels(column), list[Any])
pool = st.Pool(("low", "high"), ordered=True)
assert_type(pool.scitype, st.Scitype)
column = st.set_levels(column, ["f", "m"])
column = st.add_levels(column, ["other"], after="m")
column = st.recode(column, {"m": "male"})
column = st.drop_levels(column)
column = st.concat([column, column])
restored = st.decoder(column)(st.codes(column))
labels = st.unwrap(column)
st.write_parquet(X, "people.parquet")
again = st.read_parquet("people.parquet")

# Images.

images = st.ImageVector(np.zeros((5, 28, 28), dtype="uint8"))
assert_type(images.shape, tuple[int, int, int, int])
assert_type(images[1:3], st.ImageVector)
photos = st.images_from_directory("photos", size=(64, 64))

# Rows and columns.

assert_type(st.table(np.zeros((2, 2)), names=["a", "b"]), pd.DataFrame)
assert_type(st.nrows(X), int)
numbers: np.ndarray[Any, Any] = st.matrix(X[["age"]])
train, test = st.partition(range(10), 0.7, rng=1)
y, rest = st.unpack(X, "sex")
some = st.selectrows(X, [0])
ages = st.selectcols(X, ["age"])

# Errors, each of which is also a builtin one.

errors: list[type[st.ScitypeError]] = [
    *(st.AutotypeError, st.BadSelection, st.CoercionError, st.ImageError, st.LevelError),
    *(st.NotAScitype, st.NotATable, st.NotCategorical, st.PartitionError, st.SchemaFileError),
    *(st.SchemaMismatch, st.UnknownColumn, st.UnseenLevel),
]
warning: type[UserWarning] = st.ScitypeWarning
try:
    st.coerce(X, {"age": st.Count})
except st.Explained as error:
    assert_type(error.remedy, str)
