"""Fingerprints: by value, whatever the storage."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import kerasflux as kf
from kerasflux import fingerprints
from kerasflux.fingerprints import fingerprint

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
