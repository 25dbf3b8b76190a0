"""Scitypes as text and JSON, the printed hierarchy, and scitypes that a third party adds."""

import copy
import json
import pickle
import subprocess
import sys

import pytest

import scitypes as st
from scitypes import (
    Continuous,
    Count,
    Density,
    Finite,
    Image,
    Infinite,
    Known,
    Missing,
    Multiclass,
    Never,
    Node,
    NotAScitype,
    OrderedFactor,
    Table,
    Textual,
    Tuple,
    Unknown,
    Vector,
)
from scitypes.notation import from_json, hierarchy, parse, to_json, tree

ZIP = Node("Zip", parent=Textual)
GERMAN = Node("GermanZip", parent=ZIP)
GRADE = Node("Grade", parent=OrderedFactor, arity=1)
CUBE = Node("Cube", parent=Image, arity=3)
SENSOR = Node("Sensor")

HIERARCHY = """\
Found
   Unknown
   Known
      Infinite
         Continuous
         Count
      Finite[n]
         Multiclass[n]
         OrderedFactor[n]
      Image[h, w]
         GrayImage[h, w]
         ColorImage[h, w]
      ScientificTimeType
         ScientificDate
         ScientificTime
         ScientificDateTime
      Textual
Missing  Nothing
Sampleable[T] > Density[T]
Vector[T]  Matrix[T]  Array[T, ndim]
Tuple[S, T, ...]  Table(S, T, ...)  (Known)"""


class Zips(list):
    """Data that answers for itself."""

    def __scitype__(self):
        return Vector[ZIP]


def test_the_hierarchy_is_an_indented_text(capsys):
    assert hierarchy() == HIERARCHY
    tree()
    assert capsys.readouterr().out == HIERARCHY + "\n"


def test_nodes_of_ones_own_are_shown_at_their_places_with_those_above_them(capsys):
    tree(GERMAN, GRADE, CUBE, SENSOR)
    shown = capsys.readouterr().out
    assert "      Textual\n         Zip\n            GermanZip\nSensor\nMissing" in shown
    assert "         OrderedFactor[n]\n            Grade[n]\n      Image[h, w]" in shown
    assert "         ColorImage[h, w]\n         Cube[n1, n2, n3]\n" in shown
    assert hierarchy(GERMAN, ZIP, GERMAN) == hierarchy(GERMAN)
    assert hierarchy(GRADE[3]) == hierarchy(GRADE)
    assert hierarchy(Count, Missing) == HIERARCHY


def test_an_added_scitype_has_its_place_in_the_order():
    assert GERMAN < ZIP < Textual < Known
    assert GRADE[3] < GRADE < OrderedFactor < Finite
    assert GRADE[3] < OrderedFactor[3] < Finite[3]
    assert not GRADE[3] <= OrderedFactor[4]
    assert not Known >= SENSOR
    assert ZIP | Textual == Textual
    assert Table(ZIP, GERMAN) == Table(ZIP)
    assert Node("Zip", parent=Textual) == ZIP != Node("Zip", parent=Known)


@pytest.mark.parametrize(
    "scitype",
    [
        *(ZIP, GERMAN, GRADE, GRADE[3], CUBE[1, 2, 3], SENSOR | Missing, Vector[ZIP | Missing]),
        *(Table(GRADE[2], Count), Tuple[Count, GERMAN], Density[GRADE[2]], Never, Tuple[()], Tuple),
    ],
    ids=repr,
)
def test_json_says_where_added_scitypes_stand(scitype):
    again = from_json(json.loads(json.dumps(to_json(scitype))))
    assert again == scitype
    assert repr(again) == repr(scitype)
    assert hash(again) == hash(scitype)
    assert pickle.loads(pickle.dumps(scitype)) == copy.deepcopy(scitype) == scitype


def test_the_json_of_built_in_scitypes_is_their_text():
    assert to_json(Multiclass[3] | Missing) == "Multiclass[3] | Missing"
    assert to_json(Vector[GERMAN]) == {
        "scitype": "Vector[GermanZip]",
        "nodes": {
            "Zip": {"parent": "Textual", "arity": 0},
            "GermanZip": {"parent": "Zip", "arity": 0},
        },
    }


def test_a_schema_with_an_added_scitype_is_loaded_where_nobody_made_it(tmp_path):
    X = {"zip": Zips(["04109", "10115"]), "rent": [520.0, 900.0]}
    found = st.schema(X)
    assert list(found.scitypes) == [ZIP, Continuous]
    found.save(tmp_path / "schema.json")
    code = (
        "import scitypes as st, pickle, sys\n"
        f"found = st.load_schema({str(tmp_path / 'schema.json')!r})\n"
        f"again = pickle.loads({pickle.dumps(ZIP)!r})\n"
        "print(*found.scitypes, found.scitypes[0].parent, again == found.scitypes[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Zip Continuous Textual True\n"


def test_the_text_of_added_scitypes_is_read_with_their_nodes():
    assert parse("Table(Grade[2] | Missing, Zip)", [GRADE, GERMAN]) == Table(
        GRADE[2] | Missing, ZIP
    )
    with pytest.raises(NotAScitype) as caught:
        parse("Zipp", nodes=[ZIP])
    assert caught.value.remedy == "did you mean 'Zip'?"


@pytest.mark.parametrize(
    ("make", "failed", "remedy"),
    [
        (
            lambda: Node("Count", parent=Textual),
            "Count is the name of another scitype.",
            "did you mean the built-in? Count stands below Infinite",
        ),
        (
            lambda: Node("Multiclass", parent=Finite, arity=2),
            "Multiclass is the name of another scitype.",
            "did you mean the built-in? Multiclass stands below Finite",
        ),
        (
            lambda: Node("Table"),
            "Table is the name of another scitype.",
            "did you mean the built-in?",
        ),
        (lambda: Node("zip code"), "'zip code' can't be the name of a scitype.", ""),
        (lambda: Node("None"), "'None' can't be the name of a scitype.", ""),
        (lambda: Node(3), "3 can't be the name of a scitype.", ""),
        (lambda: Node("Zip", parent=ZIP), "Zip is the name of a scitype above it.", ""),
        (lambda: Node("Zip", Finite[2]), "Zip can't stand below Finite[2].", "parent=Finite"),
        (lambda: Node("Zip", str), "Zip can't stand below <class 'str'>.", "write Textual"),
        (lambda: Node("Zip", Vector), "Zip can't stand below Vector.", ""),
        (lambda: Node("Pixel", Image, 1), "Pixel can't take 1 parameters.", ""),
        (lambda: Node("Bit", Known, -1), "Bit can't take -1 parameters.", ""),
        (lambda: Node("Bit", Known, True), "Bit can't take True parameters.", ""),
        (lambda: Node("Bit", Known, 1, (2, 3)), "Bit can't have these parameters.", ""),
        (lambda: GRADE["a"], "Grade['a'] is no scientific type.", None),
        (
            lambda: to_json(ZIP | Vector[Node("Zip", parent=Infinite)]),
            "Two different nodes have the name Zip.",
            "give one of them another name",
        ),
        (lambda: hierarchy(Vector), "Vector is no node.", ""),
        (lambda: parse("Zip", nodes=["Zip"]), "'Zip' is no node.", ""),
        (lambda: from_json(None), "The record is no scientific type.", ""),
        (
            lambda: from_json({"scitype": "A", "nodes": {"A": {"parent": "B", "arity": 0}}}),
            "The record is no scientific type.",
            "",
        ),
        (
            lambda: from_json({"scitype": "Zip", "nodes": {}}),
            "'Zip' does not read as a scientific type.",
            None,
        ),
        (lambda: to_json("Count"), "'Count' is no scientific type.", "write Count without quotes"),
    ],
)
def test_what_can_not_be_added_or_read_is_refused(make, failed, remedy):
    with pytest.raises(NotAScitype) as caught:
        make()
    assert caught.value.failed == failed
    assert remedy in (None, caught.value.remedy)


def test_a_built_in_scitype_made_again_is_itself():
    assert Node("Count", parent=Infinite) == Count
    assert Node("Multiclass", parent=Finite, arity=1)[3] == Multiclass[3]
    assert Node("Unknown", parent=Unknown.parent) == Unknown


@pytest.mark.parametrize(
    ("data", "target"),
    [
        (["a"], ZIP),
        (["a", "b"], GRADE[2]),
        ([1, 2], Node("Money", parent=Continuous)),
        ([1.5], Node("Money", parent=Continuous) | Missing),
        (["a"], ZIP | Node("Street", parent=Textual)),
    ],
)
def test_nothing_is_turned_into_an_added_scitype(data, target):
    with pytest.raises(st.CoercionError, match="no conversion to") as caught:
        st.coerce(data, target)
    assert "__scitype__" in caught.value.remedy


def test_what_has_an_added_scitype_is_coerced_as_what_lies_above_it():
    X = {"zip": Zips(["04109", "10115"]), "rent": [520.0, 900.0]}
    assert st.coerce(X, {"zip": ZIP}) is X
    assert st.coerce(X, {"zip": Textual}) is X
    classes = st.coerce(X, {Textual: Multiclass})["zip"]
    assert st.levels(classes) == ["04109", "10115"]
    assert st.autotype(X) == {}
    assert not st.schema(X).check(X)
    assert str(st.schema(X).difference(st.schema({**X, "zip": ["a", "b"]}))).startswith(
        "'zip': Zip, now Textual"
    )
