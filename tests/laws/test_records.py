"""Laws of records and of what they are written to: copies, differences, JSON, files."""

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kerasflux import storage
from kerasflux.hyperparameters import (
    Hyperparameters,
    copied,
    difference,
    from_json,
    get_path,
    paths,
    same,
    set_path,
    to_json,
)


class Leaf(Hyperparameters):
    size: float = 1.0
    name: str = "a"


class Branch(Hyperparameters):
    leaf: Leaf = Leaf()
    n: int = 0
    anything: Any = None


atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
keys = st.booleans() | st.integers() | st.text(max_size=3)
contents = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(keys, inner, max_size=3)
        | st.frozensets(keys, max_size=3)
        | st.builds(Leaf, size=st.floats(), name=st.text(max_size=3))
    ),
    max_leaves=6,
)
branches = st.builds(
    Branch,
    leaf=st.builds(Leaf, size=st.sampled_from([1.0, 2.0, float("nan")])),
    n=st.integers(0, 2),
    anything=contents,
)
arrays = st.dictionaries(
    st.text(max_size=5),
    hnp.arrays(
        st.sampled_from(["float32", "float64", "int64", "uint8", "bool", "<U3"]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
    max_size=3,
)


@given(branches)
def test_a_copy_is_equal_and_differs_in_nothing(record):
    assert copied(record) == record
    assert difference(record, copied(record)) == ()


@given(branches, branches)
def test_records_are_equal_exactly_where_they_differ_in_nothing(a, b):
    assert (a == b) == (b == a) == (difference(a, b) == ())


@given(branches, branches)
def test_applying_the_differences_gives_the_other_record(a, b):
    result = copied(a)
    for change in difference(a, b):
        assert same(get_path(a, change.path), change.old)
        set_path(result, change.path, change.new)
    assert result == b


@given(branches)
def test_json_gives_back_the_record(record):
    text = json.dumps(to_json(record), allow_nan=False)
    assert from_json(json.loads(text), [Branch, Leaf]) == record


@given(branches)
def test_every_path_can_be_read_and_written(record):
    twin = copied(record)
    for path in paths(record):
        set_path(twin, path, get_path(record, path))
    assert twin == record


@given(st.dictionaries(st.text(max_size=4), st.integers() | st.text()), arrays, st.booleans())
def test_storage_gives_back_manifest_and_arrays(tmp_path_factory, manifest, arrays, folder):
    path = f"{tmp_path_factory.mktemp('law')}/net{'/' if folder else ''}"
    storage.write(path, manifest, arrays)
    read, found = storage.read(path)
    assert read == manifest
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f")
