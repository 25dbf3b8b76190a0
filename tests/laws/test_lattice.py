"""Order laws of scitypes: a partial order, `|` its least upper bound, containers covariant."""

import copy
import json
import pickle
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as s

from scitypes import conforms, scitype
from scitypes import strategies as sts
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
    Missing,
    Multiclass,
    Never,
    Node,
    Nothing,
    OrderedFactor,
    Sampleable,
    ScientificDate,
    ScientificDateTime,
    ScientificTimeType,
    Table,
    Textual,
    Tuple,
    Unknown,
    Vector,
    members,
    nonmissing,
    union,
)
from scitypes.notation import from_json, parse, to_json

ATOMS = [
    *(Never, Any_, Missing, Nothing, Found, Unknown, Known, Infinite, Continuous, Count, Finite),
    *(Finite[3], Binary, Multiclass, Multiclass[2], Multiclass[3], OrderedFactor),
    *(OrderedFactor[2], Image, Image[2, 3], GrayImage[2, 3], ColorImage, ColorImage[2, 3], Textual),
    *(ScientificTimeType, ScientificDate, ScientificDateTime, Vector, Array, Table, Table(), Tuple),
    *(Density, Sampleable),
]


ZIP = Node("Zip", parent=Textual)
GRADE = Node("Grade", parent=OrderedFactor, arity=1)
SENSOR = Node("Sensor")
OWN = [ZIP, Node("GermanZip", parent=ZIP), GRADE, SENSOR]
scitypes = sts.scitypes(nodes=OWN)
libraries = s.sampled_from(["pandas", "dict", "polars", "pyarrow"])
data = sts.columns() | libraries.flatmap(lambda library: sts.tables(library=library))


@given(scitypes, scitypes, scitypes)
def test_the_order_is_reflexive_transitive_and_antisymmetric(a, b, c):
    assert a <= a
    if a <= b and b <= c:
        assert a <= c
    if a <= b and b <= a:
        assert a == b
        assert hash(a) == hash(b)


def test_the_order_is_transitive_over_all_atoms():
    for a in ATOMS:
        for b in ATOMS:
            if a <= b:
                assert all(a <= c for c in ATOMS if b <= c), (a, b)


@given(scitypes)
def test_never_and_any_are_the_bounds(a):
    assert Never <= a <= Any_
    assert a | Never == a
    assert a | Any_ == Any_


@given(scitypes, scitypes, scitypes)
def test_union_is_the_least_upper_bound(a, b, c):
    assert a <= a | b
    assert (a | b <= c) == (a <= c and b <= c)
    assert (a | b == b) == (a <= b)


@given(scitypes, scitypes, scitypes)
def test_union_is_commutative_associative_and_idempotent(a, b, c):
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a
    assert repr(a | b) == repr(b | a)


@given(scitypes, scitypes)
def test_containers_are_covariant(a, b):
    below = a <= b
    assert (Vector[a] <= Vector[b]) == below
    assert (Table(a) <= Table(b)) == below
    assert (Density[a] <= Density[b]) == below
    assert (Density[a] <= Sampleable[b]) == below
    assert (Tuple[a, Count] <= Tuple[b, Infinite]) == below
    assert (Vector[a | b] <= Vector[a] | Vector[b]) == (below or b <= a)


@given(s.lists(scitypes, max_size=4), s.lists(scitypes, max_size=4))
def test_a_table_is_below_another_iff_each_of_its_columns_fits_one_of_the_other(a, b):
    assert (Table(*a) <= Table(*b)) == all(any(x <= y for y in b) for x in a)
    assert Table(*a) <= Known
    assert Table(*a) == Table(*reversed(a))


@given(scitypes)
def test_nonmissing_strips_missing_and_nothing_else(a):
    assert nonmissing(nonmissing(a)) == nonmissing(a)
    assert Missing not in members(nonmissing(a))
    assert nonmissing(a) | Missing == a | Missing


@given(s.integers(0, 4), s.integers(0, 4))
def test_parameters_have_to_agree_and_a_bare_name_covers_them_all(n, m):
    assert (Multiclass[n] <= Finite[m]) == (n == m)
    assert Multiclass[n] <= Multiclass < Finite
    assert not Multiclass <= Finite[n]
    assert not Finite <= Multiclass[m]


@given(scitypes)
def test_repr_is_the_expression_that_makes_it(a):
    assert parse(repr(a), nodes=OWN) == a


@given(scitypes)
def test_json_makes_an_equal_scitype_without_the_nodes_it_was_made_of(a):
    again = from_json(json.loads(json.dumps(to_json(a))))
    assert again == a
    assert repr(again) == repr(a)
    assert hash(again) == hash(a)


@given(data, scitypes)
def test_data_conforms_iff_its_scitype_lies_below(x, a):
    found = scitype(x)
    assert bool(conforms(x, a)) == (found <= a)
    assert conforms(x, found | a)
    assert bool(conforms(x, a).problems) == (not found <= a)


@given(scitypes)
def test_copies_and_pickles_are_equal(a):
    for other in (copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert other == a
        assert hash(other) == hash(a)
        assert other <= a <= other


@given(s.lists(scitypes, max_size=5))
def test_the_members_of_a_union_lie_below_no_other(many):
    kept = members(union(many))
    assert not any(a < b for a in kept for b in kept)


def test_hashes_are_the_same_in_every_process():
    expression = "Table(Vector[Multiclass[3] | Missing], Count)"
    code = f"from scitypes.lattice import *; print(hash({expression}))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert runs == {f"{hash(parse(expression))}\n"}
