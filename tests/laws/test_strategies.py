"""The public strategies generate what they claim, all of it, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as s

from scitypes import (
    Any_,
    ColorImage,
    Continuous,
    Count,
    Finite,
    Found,
    GrayImage,
    Image,
    ImageVector,
    Infinite,
    Known,
    Missing,
    Multiclass,
    Never,
    Node,
    NotAScitype,
    OrderedFactor,
    Pool,
    ScientificDate,
    ScientificDateTime,
    ScientificTime,
    ScientificTimeType,
    Scitype,
    Table,
    Textual,
    Unknown,
    UnknownColumn,
    Vector,
    elscitype,
    schema,
    scitype,
)
from scitypes import strategies as sts
from scitypes.lattice import members
from scitypes.missingness import missing_mask
from scitypes.notation import parse

ZIP = Node("Zip", parent=Textual)
ELEMENTS = [
    *(Continuous, Count, Infinite, Finite, Multiclass, OrderedFactor, Multiclass[2], Finite[3]),
    *(Textual, ScientificDate, ScientificTime, ScientificDateTime, ScientificTimeType, Unknown),
    *(Multiclass[0], OrderedFactor[1], Known, Found, Image, GrayImage[2, 3], Any_),
    *(Count | Textual, Continuous | Multiclass[2]),
]
HELD = [
    *(Continuous, Count, Infinite, OrderedFactor, OrderedFactor[2], Multiclass, Finite, Textual),
    *(ScientificDate, ScientificTime, ScientificDateTime, Known),
]
LIBRARIES = ["pandas", "dict", "polars", "pyarrow"]


@given(sts.scitypes(nodes=[ZIP]))
def test_scitypes_are_scitypes(drawn):
    assert isinstance(drawn, Scitype)
    assert parse(repr(drawn), nodes=[ZIP]) == drawn


@pytest.mark.parametrize(
    "wanted",
    [
        lambda t: t == ZIP,
        lambda t: t == Multiclass[3],
        lambda t: Vector[ZIP] <= t < Vector,
        lambda t: t < Image[0, 1],
        lambda t: t <= Table and len(members(t)) == 1 and len(t.columns) > 1,
        lambda t: len(members(t)) == 2,
    ],
)
def test_scitypes_of_every_shape_are_drawn_at_some_time(wanted):
    find(sts.scitypes(nodes=[ZIP]), wanted)


@given(sts.labels())
def test_a_label_is_one_that_a_pool_can_hold(label):
    assert Pool.from_json(Pool((label,)).to_json()) == Pool((label,))


@given(s.booleans() | s.none(), s.integers(0, 3), s.data())
def test_pools_have_the_order_and_the_number_of_levels_asked_for(ordered, least, data):
    pool = data.draw(sts.pools(ordered, min_levels=least))
    assert least <= len(pool) <= least + 4
    assert ordered in (None, pool.ordered)
    assert len(data.draw(sts.pools(min_levels=2, max_levels=2))) == 2


@given(s.sampled_from(ELEMENTS), s.booleans(), s.data())
def test_a_column_has_a_scitype_at_or_below_the_one_asked_for(element, gaps, data):
    wanted = element | Missing if gaps else element
    column = data.draw(sts.columns(wanted))
    assert isinstance(column, pd.Series)
    assert elscitype(column) <= wanted
    assert gaps or element == Any_ or not missing_mask(column).any()
    assert len(column) <= 8


@given(sts.columns(Missing))
def test_a_column_of_missing_cells_has_no_others(column):
    assert len(column)
    assert missing_mask(column).all()


@given(sts.columns(Known | Missing, min_size=2, max_size=3))
def test_columns_have_as_many_rows_as_asked_for(column):
    assert 2 <= len(column) <= 3


@pytest.mark.parametrize(
    ("dtype", "element"),
    [
        ("int64", Count),
        ("uint8", Count),
        ("boolean", Count | Missing),
        ("float32", Continuous),
        ("category", Finite[2]),
        ("object", ScientificDate),
        ("datetime64[ns, UTC]", None),
    ],
)
def test_a_dtype_asked_for_is_the_one_drawn(dtype, element):
    @given(sts.columns(element, dtype=dtype))
    def holds(column):
        assert str(column.dtype) == dtype

    holds()


@pytest.mark.parametrize(
    "wanted",
    [
        lambda x: x.dtype == "int64",
        lambda x: x.dtype == "Int64" and x.isna().any(),
        lambda x: x.dtype == object and len({type(cell) for cell in x}) > 3,
        lambda x: x.dtype == "category" and x.cat.ordered and len(x.cat.categories) == 2,
        lambda x: x.dtype == "category" and not len(x),
        lambda x: len(x) and x.isna().all(),
        lambda x: not x.index.is_unique,
        lambda x: x.dtype.kind == "M" and x.dt.tz is not None,
    ],
)
def test_columns_of_every_kind_are_drawn_at_some_time(wanted):
    any_will_do = settings(max_examples=2000, phases=[Phase.generate])
    find(sts.columns(), lambda column: bool(wanted(column)), settings=any_will_do)


@given(s.dictionaries(s.sampled_from("abcd"), s.sampled_from(HELD), max_size=4), s.data())
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_table_has_the_columns_asked_for_in_each_library(library, spec, data):
    if library == "polars":
        spec = {name: wanted for name, wanted in spec.items() if wanted != Multiclass[2]}
    spec = {name: data.draw(s.sampled_from([w, w | Missing])) for name, w in spec.items()}
    X = data.draw(sts.tables(spec, library=library))
    module = type(X).__module__.partition(".")[0]
    assert module == {"dict": "builtins"}.get(library, library)
    found = schema(X) if spec or library != "dict" else None
    if found is not None:
        assert list(found.names) == list(spec)
        assert all(a <= b for a, b in zip(found.scitypes, spec.values(), strict=True))


@given(sts.tables(), s.data())
def test_a_table_of_a_schema_fits_it(X, data):
    wanted = schema(X)
    again = schema(data.draw(sts.tables(wanted)))
    assert list(again.names) == list(wanted.names)
    assert [pool for pool in again.pools if pool] == [pool for pool in wanted.pools if pool]
    assert all(a <= b for a, b in zip(again.scitypes, wanted.scitypes, strict=True))


@given(sts.tables(min_rows=1, max_rows=2))
def test_tables_have_as_many_rows_as_asked_for(X):
    assert 1 <= len(X) <= 2


@given(s.sampled_from([Image, GrayImage, ColorImage, GrayImage[2, 3], ColorImage[1, 4]]), s.data())
def test_image_vectors_hold_images_of_the_kind_asked_for(wanted, data):
    images = data.draw(sts.image_vectors(wanted, max_size=3))
    assert isinstance(images, ImageVector)
    assert len(images) <= 3
    assert scitype(images) <= Vector[wanted]
    assert images.array().dtype == np.uint8


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sts.columns(Vector[Count]),
        lambda: sts.columns(Never),
        lambda: sts.columns(ZIP),
        lambda: sts.columns(Textual, dtype="int64"),
        lambda: sts.columns(Multiclass[0], min_size=1),
        lambda: sts.columns(Missing, max_size=0),
        lambda: sts.columns("Count"),
        lambda: sts.tables({"a": Multiclass[2]}, library="polars"),
        lambda: sts.tables({"a": Unknown}, library="pyarrow"),
        lambda: sts.tables(schema({"a": pd.Categorical(["x"])}), library="polars"),
        lambda: sts.image_vectors(Count),
    ],
)
def test_what_can_not_be_drawn_is_refused_at_once(ask):
    with pytest.raises(NotAScitype) as caught:
        ask()
    assert caught.value.expected


def test_a_library_that_is_not_known_is_refused_at_once():
    with pytest.raises(UnknownColumn, match="'dask' is no table library"):
        sts.tables(library="dask")
