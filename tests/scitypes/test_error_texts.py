"""Every error class of the package, provoked by a public call, with its whole text."""

import pickle

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import scitypes as st

PRICES = pd.DataFrame(
    {"price": ["12", "13,50", "n/a"], "rooms": [1.5, 2.0, np.nan]}, index=[10, 20, 30]
)
PEOPLE = {"sex": pd.Categorical(["f", "m"]), "size": [1.6, 1.8]}
OTHERS = {"sex": ["m", "x"], "height": [1.7, 1.9]}


def a_schema_of_an_empty_record(folder):
    (folder / "schema.json").write_text("{}")
    return st.load_schema(folder / "schema.json")


# Class, the builtin that it is too, the call (given an empty folder), the text.
CASES = [
    (
        st.CoercionError,
        ValueError,
        lambda _: st.coerce(PRICES, {"price": st.Continuous, "rooms": st.Count}),
        """\
2 columns can't be coerced, and none was.
  expected: column 'price': numbers, or numerals such as '12', '-0.5' or '1e3'
    column 'rooms': whole numbers, such as 3, 3.0 or '3'
  received: column 'price': from Textual to Continuous: 2 of 3 values are not \
numbers: '13,50' (row 20), 'n/a' (row 30)
    column 'rooms': from Continuous | Missing to Count: 1 of 3 values is not a \
whole number within 64 bits: 1.5 (row 10)
  to do: column 'price': write them with a decimal point and without separators: \
x.str.replace(",", "")
    column 'rooms': round them first, x.round(), or coerce to Continuous""",
    ),
    (
        st.UnknownColumn,
        KeyError,
        lambda _: st.coerce(PRICES, {"prize": st.Count}),
        """\
The table has no column 'prize'.
  expected: names among 'price', 'rooms'
  received: 'prize'
  to do: did you mean 'price'?""",
    ),
    (
        st.NotCategorical,
        TypeError,
        lambda _: st.levels(np.array([1, 2])),
        """\
The levels of a column without levels were asked for.
  expected: a categorical column
  received: a ndarray of int64
  to do: coerce(x, Multiclass) or coerce(x, OrderedFactor, levels=[...]) makes \
it one""",
    ),
    (
        st.LevelError,
        ValueError,
        lambda _: st.set_levels(pd.Categorical(["S", "L"]), ["S", "M"]),
        """\
The level 'L' is in use and can't be removed.
  expected: a list with 'L' among the levels
  received: 'S', 'M'
  to do: it occurs in row 1; recode those values first""",
    ),
    (
        st.UnseenLevel,
        ValueError,
        lambda _: st.Pool(("no", "yes")).codes(["no", "maybe", "yess"]),
        """\
2 labels are not among the levels.
  expected: 'no', 'yes'
  received: 'maybe' (row 1), 'yess' (row 2)
  to do: did you mean 'yes'?""",
    ),
    (
        st.SchemaMismatch,
        ValueError,
        lambda _: st.coerce(OTHERS, st.schema(PEOPLE)),
        """\
The table can't be read as the schema says: 1 column absent, 1 column extra, 1 \
column unreadable.
  expected: the columns 'sex', 'size', in any order
  received: absent: 'size'
    extra: 'height'
    column 'sex': 1 of 2 values is not among the levels known from before: 'x' \
(row 1)
  to do: column 'sex': mend or drop these rows, or learn anew from data with \
these levels""",
    ),
    (
        st.SchemaFileError,
        ValueError,
        lambda folder: a_schema_of_an_empty_record(folder),
        """\
This is no schema that can be read.
  expected: what Schema.to_json gives, format 1 or 2
  received: {}; the first fault: 'format' is absent
  to do: write it again from data, schema(X).save(path); a later format needs a \
later version of this package""",
    ),
    (
        st.ImageError,
        ValueError,
        lambda _: st.coerce([Image.new("L", (28, 28)), Image.new("L", (32, 28))], st.GrayImage),
        """\
2 images of 2 different sizes can't be one vector
  expected: images of one height and width
  received: 28 × 28 (1 of them); 28 × 32 (1 of them); the first that differs is \
image 1
  to do: resize them, ImageVector(images, size=(28, 28)), or pad them to one size""",
    ),
    (
        st.NotATable,
        TypeError,
        lambda _: st.matrix("area"),
        """\
This is no table.
  expected: a table: a DataFrame, or a dict of columns of equal length
  received: the string 'area'
  to do: give the table itself; one column of it is X[['area']]""",
    ),
    (
        st.BadSelection,
        IndexError,
        lambda _: st.selectrows(PRICES, [2, 3]),
        """\
1 row asked for can't be selected: there are too few rows.
  expected: rows 0 to 2
  received: row 3
  to do: rows are counted from 0, whatever their index; for the labels of an \
index, X.index.get_indexer(labels)""",
    ),
    (
        st.PartitionError,
        ValueError,
        lambda _: st.partition(range(10), 0.7, 0.7),
        """\
Data can't be divided in these fractions.
  expected: numbers between 0 and 1 whose sum is below 1; the last piece is the rest
  received: 0.7, 0.7
  to do: leave the last fraction out: partition(X, 0.7) gives 70 % and the rest""",
    ),
    (
        st.NotAScitype,
        TypeError,
        lambda _: st.coerce(PRICES, {"price": float}),
        """\
<class 'float'> is no scientific type.
  expected: a scitype such as Continuous, Multiclass or Vector[Count]
  received: <class 'float'>
  to do: write Continuous""",
    ),
    (
        st.AutotypeError,
        ValueError,
        lambda _: st.autotype(PRICES, rules=("few_to_finit",)),
        """\
There is no rule 'few_to_finit'.
  expected: one or more of 'text_to_multiclass', 'few_to_finite', \
'discrete_to_continuous', 'string_to_multiclass', 'booleans', 'numbers', \
'dates', 'zip_codes', 'identifiers', 'constants'
  received: rules=('few_to_finit',)
  to do: did you mean 'few_to_finite'?""",
    ),
]


@pytest.mark.parametrize(
    ("kind", "builtin", "call", "text"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_an_error_says_what_failed_what_was_expected_what_came_and_what_to_do(
    kind, builtin, call, text, tmp_path
):
    with pytest.raises(kind) as caught:
        call(tmp_path)
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, builtin)
    assert isinstance(error, st.ScitypeError)
    assert str(error) == text
    assert all((error.failed, error.expected, error.received, error.remedy))
    assert str(pickle.loads(pickle.dumps(error))) == text


def test_every_error_class_has_a_case():
    public = {getattr(st, name) for name in st.__all__}
    errors = {x for x in public if isinstance(x, type) and issubclass(x, st.Explained)}
    assert errors - {st.Explained, st.ScitypeError} == {case[0] for case in CASES}


@pytest.mark.parametrize("kind", [st.Explained, st.ScitypeError])
def test_the_bases_have_the_same_four_parts(kind):
    error = kind(
        "It failed.", expected="this\nor that", received="other", remedy="do it", rows=[1, 2]
    )
    assert (
        str(error)
        == """\
It failed.
  expected: this
    or that
  received: other
  to do: do it"""
    )
    assert error.rows == [1, 2]
    assert str(kind("It failed.")) == "It failed."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
