"""Resizing on request: in memory and from files alike, exact where there is nothing to do."""

import pickle

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow

from scitypes.coercion import coerce
from scitypes.errors import ImageError
from scitypes.images import ImageVector
from scitypes.lattice import ColorImage, GrayImage, Image, Vector

RNG = np.random.default_rng(11)
WAYS = {
    "nearest": pillow.Resampling.NEAREST,
    "bilinear": pillow.Resampling.BILINEAR,
    "bicubic": pillow.Resampling.BICUBIC,
    "lanczos": pillow.Resampling.LANCZOS,
}


def pixels(height, width, *channels):
    return RNG.integers(0, 256, (height, width, *channels), dtype=np.uint8)


def saved(arrays, folder):
    paths = [folder / f"{i}.png" for i in range(len(arrays))]
    for path, array in zip(paths, arrays, strict=True):
        pillow.fromarray(array).save(path)
    return paths


MIXED = [pixels(9, 7, 3), pixels(6, 12, 3), pixels(6, 5, 3), pixels(6, 12, 3)]


def test_mixed_sizes_become_one_vector_from_every_source(tmp_path):
    expected = [
        np.asarray(pillow.fromarray(p).resize((5, 6), pillow.Resampling.BILINEAR)) for p in MIXED
    ]
    images = [pillow.fromarray(p) for p in MIXED]
    for source in (saved(MIXED, tmp_path), images, MIXED, pd.Series(images)):
        vector = ImageVector(source, size=(6, 5))
        assert vector.__scitype__() == Vector[ColorImage[6, 5]]
        assert vector.shape == (4, 6, 5, 3)
        assert vector.dtype == np.uint8
        assert (vector.array() == expected).all()
        assert (vector.array()[2] == MIXED[2]).all()  # had the size already


@pytest.mark.parametrize("resample", WAYS)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_each_way_of_resampling_is_that_of_pillow(resample, channels):
    array = pixels(8, 10, *channels)
    expected = np.asarray(pillow.fromarray(array).resize((4, 5), WAYS[resample]))
    for vector in (
        ImageVector(array[None], size=(5, 4), resample=resample),
        ImageVector(array[None]).resized((5, 4), resample),
    ):
        assert (vector.array()[0].squeeze() == expected).all()


def test_files_are_resized_when_they_are_read_and_selections_of_them_too(tmp_path):
    paths = saved(MIXED, tmp_path)
    vector = ImageVector(paths, size=(4, 4), resample="nearest")
    assert vector.files == tuple(map(str, paths))
    chosen = vector[[2, 0]].resized((2, 3))
    assert chosen.shape == (2, 2, 3, 3)
    assert chosen.files == (str(paths[2]), str(paths[0]))
    in_memory = ImageVector(vector.array([2, 0])).resized((2, 3))
    assert (chosen.array() == in_memory.array()).all()
    assert (pickle.loads(pickle.dumps(chosen)).array() == in_memory.array()).all()
    assert chosen[1].size == (3, 2)


def test_making_a_vector_of_a_vector_keeps_how_it_is_resized(tmp_path):
    grays = [p[..., 0] for p in MIXED]
    vector = ImageVector(saved(grays, tmp_path), size=(4, 4))
    colour = coerce(vector, ColorImage)
    assert colour.shape == (4, 4, 4, 3)
    assert (colour.array()[..., 1] == vector.array()[..., 0]).all()
    again = ImageVector(vector, size=(2, 2))
    assert (again.array() == vector.resized((2, 2)).array()).all()
    assert coerce(vector, GrayImage[4, 4]) is vector


def test_the_size_that_is_there_changes_nothing():
    array = RNG.random((3, 6, 5)).astype(np.float32)
    for source in (array, pixels(3, 6, 5)):
        vector = ImageVector(source)
        assert vector.resized((6, 5), "lanczos") is vector
        assert (ImageVector(source, size=(6, 5)).array() == vector.array()).all()


@pytest.mark.parametrize("resample", WAYS)
def test_floats_stay_between_0_and_1_and_keep_their_precision(resample, tmp_path):
    wide = RNG.choice(np.array([0, 1000, 65535], np.uint16), (6, 8, 1))
    narrow = pixels(3, 4)
    pillow.fromarray(wide[..., 0]).save(tmp_path / "wide.png")
    pillow.fromarray(narrow).save(tmp_path / "narrow.png")
    files = [tmp_path / "wide.png", tmp_path / "narrow.png"]
    vector = ImageVector(files, size=(9, 7), resample=resample)
    assert vector.dtype == np.float32
    assert vector.array().min() >= 0
    assert vector.array().max() <= 1
    memory = ImageVector([wide, narrow], size=(9, 7), resample=resample)
    assert (memory.array() == vector.array()).all()


def test_float_colours_are_resized_channel_by_channel():
    array = RNG.random((2, 6, 8, 3)).astype(np.float32)
    vector = ImageVector(array, size=(3, 4))
    for c in range(3):
        alone = ImageVector(np.ascontiguousarray(array[..., c]), size=(3, 4))
        assert (vector.array()[..., c] == alone.array()[..., 0]).all()


def test_the_size_asked_for_in_the_scitype_is_that_after_resizing(tmp_path):
    for source in (saved(MIXED, tmp_path), MIXED, np.stack([MIXED[1], MIXED[3]])):
        assert len(ImageVector(source, ColorImage[4, 4], size=(4, 4))) == len(source)
        with pytest.raises(ImageError, match="another size"):
            ImageVector(source, ColorImage[4, 4], size=(4, 5))


def test_coercing_never_resizes_but_says_how():
    with pytest.raises(ImageError, match="3 different sizes") as caught:
        coerce(MIXED, Image)
    assert "ImageVector(images, size=(6, 12))" in caught.value.remedy
    with pytest.raises(ImageError) as caught:
        coerce(np.zeros((2, 6, 5), np.uint8), GrayImage[28, 28])
    assert "size=(height, width)" in caught.value.remedy


def test_no_image_is_resized_to_none(tmp_path):
    empty = ImageVector(np.zeros((0, 6, 5), np.uint8), size=(3, 3))
    assert empty.shape == (0, 3, 3, 1)
    with pytest.raises(ImageError, match="image 0 has no pixels") as caught:
        ImageVector(np.zeros((2, 0, 5), np.uint8)).resized((3, 3))
    assert caught.value.received == "0 × 5"


@pytest.mark.parametrize(
    ("size", "remedy"),
    [
        (64, "size=(64, 64)"),
        ((64,), "size=(28, 28)"),
        ((0, 64), "size=(28, 28)"),
        ((2.0, 2.0), "size=(28, 28)"),
        ((True, True), "size=(28, 28)"),
        ("64x64", "size=(28, 28)"),
        (None, "size=(28, 28)"),
    ],
)
def test_what_is_no_size_is_refused(size, remedy):
    with pytest.raises(ImageError, match="can't be resized to") as caught:
        ImageVector(MIXED[:1]).resized(size)
    assert caught.value.remedy == remedy


def test_sizes_of_numpy_will_do():
    assert ImageVector(MIXED, size=np.array([3, 4])).shape == (4, 3, 4, 3)
    assert ImageVector(MIXED, size=[np.int64(3), 4]).shape == (4, 3, 4, 3)


def test_a_way_of_resampling_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(ImageError) as caught:
        ImageVector(MIXED, size=(3, 3), resample="bilinaer")
    assert "did you mean 'bilinear'?" in str(caught.value)
    with pytest.raises(ImageError, match="leave it out"):
        ImageVector(MIXED, size=(3, 3), resample=2)
