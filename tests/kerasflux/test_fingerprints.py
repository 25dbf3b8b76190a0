"""Fingerprints: by value, whatever the storage."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import kerasflux as kf
from kerasflux import fingerprints
from kerasflux.fingerprints import differences, fingerprint

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": pd.Categorical(["u", "v", "u"])})


def test_the_storage_does_not_matter():
    as_floats = FRAME.astype({"a": float})
    assert fingerprint(FRAME) == fingerprint(as_floats) == fingerprint(FRAME.astype({"a": "Int8"}))
    assert fingerprint(np.ones((2, 2), np.int8)) == fingerprint(np.ones((2, 2)))
    assert fingerprint([1.0, None]) == fingerprint([1.0, None])


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(a=[1, 2, 4]),
        FRAME[["b", "a"]],
        FRAME.iloc[[1, 0, 2]],
        FRAME.rename(columns={"a": "c"}),
        FRAME.assign(b=pd.Categorical(["u", "v", "u"], ["v", "u"])),
        FRAME.assign(b=pd.Categorical(["u", "v", "u"], ["u", "v", "w"])),
        FRAME.assign(b=pd.Categorical(["u", "v", "u"], ordered=True)),
        FRAME.assign(b=["u", "v", "u"]),
        FRAME.assign(a=[1, 2, np.nan]),
        FRAME.iloc[:2],
    ],
    ids=["value", "columns", "rows", "name", "levels", "pool", "order", "text", "gap", "fewer"],
)
def test_other_data_has_another_fingerprint(other):
    assert fingerprint(other) != fingerprint(FRAME)


def test_parts_do_not_run_into_each_other():
    assert fingerprint([1.0], None) != fingerprint([1.0])
    assert fingerprint([1.0, 2.0], [3.0]) != fingerprint([1.0], [2.0, 3.0])


def test_great_integers_are_told_apart():
    assert fingerprint(np.array([2**60])) != fingerprint(np.array([2**60 + 1]))


def test_images_in_files_are_the_images_in_memory(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 8), dtype=np.uint8)
    files = [tmp_path / f"{i}.png" for i in range(3)]
    for path, image in zip(files, pixels, strict=True):
        Image.fromarray(image).save(path)
    in_memory = kf.coerce(pixels, kf.GrayImage)
    assert fingerprint(kf.ImageVector(files)) == fingerprint(in_memory)
    assert fingerprint(kf.coerce(pixels[::-1], kf.GrayImage)) != fingerprint(in_memory)


def test_the_index_of_a_frame_is_no_part_of_it():
    assert fingerprint(FRAME.set_axis([7, 8, 9])) == fingerprint(FRAME)


def test_images_have_the_fingerprint_of_their_pixels_however_many_are_read_at_once(monkeypatch):
    images = kf.coerce(np.random.default_rng(0).random((7, 4, 4)), kf.GrayImage)
    whole = fingerprint(images)
    monkeypatch.setattr(fingerprints, "_CHUNK", 2 * 4 * 4 * 4)
    assert fingerprint(images) == whole
    assert fingerprint(images[:6]) != whole


# what differs


ALL_SAME = "the same columns and number of rows, other values or weights"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (FRAME.assign(a=[1, 2, 4]), ALL_SAME),
        (FRAME.assign(a=[1.5, 2, 4]), ALL_SAME),
        (FRAME[["b", "a"]], "the columns of X are in another order"),
        (FRAME.rename(columns={"a": "c"}), "X has no 'a'; X has 'c' in addition"),
        (FRAME.assign(a=[1, None, 3]), "X['a'] is Continuous | Missing, it was Count"),
        (FRAME.assign(b=["u", "v", "u"]), "X['b'] is Textual, it was Multiclass[2]"),
        (
            FRAME.assign(b=pd.Categorical(["u", "w", "u"], ["u", "w", "x"])),
            "X['b'] has the levels 'w', 'x' in addition and no level 'v'",
        ),
        (
            FRAME.assign(b=pd.Categorical(["u", "v", "u"], ["v", "u"])),
            "X['b'] has its levels in another order",
        ),
        (
            FRAME.assign(b=pd.Categorical(["u", "v", "u"], ordered=True)),
            "X['b'] has levels with an order now",
        ),
        (FRAME.iloc[:1], "1 row instead of 3"),
        (FRAME.to_numpy(), "X is a matrix now, it was a table"),
        (
            pd.DataFrame({"a": ["t"] * 3} | {c: [1] * 3 for c in "pqrstuvw"}),
            "X has no 'b'; X has 'p', 'q', 'r', 's', 't' and 3 more in addition; "
            "X['a'] is Textual, it was Count",
        ),
    ],
)
def test_what_differs_is_said_as_far_as_schemas_tell(other, told):
    old, new = ({"X": kf.schema(data), "y": None} for data in (FRAME, other))
    assert differences(old, new) == told


def test_targets_that_come_go_or_change_are_said():
    table, numbers = kf.schema(FRAME), kf.schema([1.0, 2.0])
    classes = kf.schema(pd.Series(["n", "y"], dtype="category", name="sold"))
    told = {
        (None, numbers): "y is there now",
        (numbers, None): "y is absent now",
        (numbers, classes): "y is Multiclass[2], it was Continuous",
        (numbers, kf.schema(pd.Series([1.0, 3.0], name="price"))): ALL_SAME,
    }
    for (old, new), said in told.items():
        assert differences({"X": table, "y": old}, {"X": table, "y": new}) == said


def test_many_differences_are_counted():
    old = pd.DataFrame({c: [1, 2] for c in "abcdef"})
    new = pd.DataFrame({c: ["s", "t"] for c in "abcdef"})
    told = differences({"X": kf.schema(old)}, {"X": kf.schema(new)})
    assert told.endswith("X['d'] is Textual, it was Count; 2 more")
