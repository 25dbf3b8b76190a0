"""Laws of images: pixels survive every way in, turning and resizing commute with selecting."""

import pickle
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as s
from PIL import Image as pillow

from scitypes import strategies as sts
from scitypes.coercion import coerce
from scitypes.imagefolders import images_from_directory
from scitypes.images import ImageVector
from scitypes.inference import scitype
from scitypes.lattice import ColorImage, GrayImage, Image, Vector
from scitypes.schemas import schema

WAYS = s.sampled_from(["nearest", "bilinear", "bicubic", "lanczos"])
SIZES = s.tuples(s.integers(1, 7), s.integers(1, 7))
VECTORS = sts.image_vectors(min_size=1).filter(lambda images: 0 not in images.shape)
# What each value of the EXIF tag means, by the standard: how pixels become what is seen.
SEEN = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p.swapaxes(0, 1)[::-1, ::-1],
    8: lambda p: np.rot90(p),
}


@s.composite
def pixels(draw, n=None, channels=(1, 3)):
    """uint8 pixels (n, h, w, 1 or 3)."""
    n = draw(s.integers(1, 3)) if n is None else n
    shape = (n, *draw(SIZES), draw(s.sampled_from(channels)))
    content = draw(s.binary(min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    return np.frombuffer(content, np.uint8).reshape(shape)


def kind(array):
    return GrayImage if array.shape[-1] == 1 else ColorImage


def saved(arrays, folder, orientation=1):
    """Files without loss, in formats by turns."""
    exif = pillow.Exif()
    exif[274] = orientation
    paths = [Path(folder, f"{i}{'.png' if i % 2 else '.tiff'}") for i in range(len(arrays))]
    for path, array in zip(paths, arrays, strict=True):
        pillow.fromarray(array.squeeze(-1) if array.shape[-1] == 1 else array).save(path, exif=exif)
    return paths


def same(one, other):
    return one.dtype == other.dtype and np.array_equal(one.array(), other.array())


@given(pixels())
def test_pixels_survive_whatever_holds_them(array):
    images = coerce(array, kind(array))
    assert scitype(images) == Vector[kind(array)[array.shape[1:3]]]
    assert np.array_equal(images.array(), array)
    assert same(ImageVector(list(images)), images)
    assert same(coerce(array / 255, kind(array)), images)
    assert same(pickle.loads(pickle.dumps(images)), images)
    with tempfile.TemporaryDirectory() as folder:
        assert same(ImageVector(saved(array, folder)), images)


@given(pixels(channels=(1,)))
def test_gray_to_colour_and_back_is_nothing(array):
    gray = coerce(array, GrayImage)
    assert same(coerce(coerce(gray, ColorImage), GrayImage), gray)


@given(pixels(), s.sampled_from(sorted(SEEN)))
def test_turned_images_are_seen_upright_from_files_and_memory(array, orientation):
    seen = np.stack([SEEN[orientation](image) for image in array])
    images = [pillow.fromarray(p.squeeze(-1) if p.shape[-1] == 1 else p) for p in array]
    for image in images:
        image.getexif()[274] = orientation
    assert np.array_equal(ImageVector(images).array(), seen)
    assert {scitype(image) for image in images} == {kind(array)[seen.shape[1:3]]}
    once = coerce(images[0], Image)
    assert coerce(once, Image) is once
    assert np.array_equal(np.asarray(once).reshape(seen[0].shape), seen[0])
    with tempfile.TemporaryDirectory() as folder:
        assert np.array_equal(ImageVector(saved(array, folder, orientation)).array(), seen)


@given(VECTORS, s.data())
def test_selecting_keeps_the_scitype_and_commutes_with_resizing(images, data):
    rows = data.draw(s.lists(s.integers(-len(images), len(images) - 1)))
    size, way = data.draw(SIZES), data.draw(WAYS)
    chosen = images[rows]
    assert len(chosen) == len(rows)
    assert scitype(chosen) == scitype(images)
    assert schema(chosen).scitypes == schema(images).scitypes
    assert same(chosen.resized(size, way), images.resized(size, way)[rows])


@given(VECTORS, SIZES, WAYS)
def test_resizing_gives_that_size_and_kind_and_stays_in_range(images, size, way):
    resized = images.resized(size, way)
    assert resized.shape == (len(images), *size, images.shape[3])
    assert resized.dtype == images.dtype
    most = 255 if images.dtype == np.uint8 else 1
    assert 0 <= resized.array().min() <= resized.array().max() <= most
    assert resized.resized(size, way) is resized
    assert same(ImageVector(images, size=size, resample=way), resized)


@given(VECTORS, WAYS)
def test_resizing_to_the_size_that_is_there_is_nothing(images, way):
    assert images.resized(images.shape[1:3], way) is images
    assert same(ImageVector(images, size=images.shape[1:3], resample=way), images)


@given(s.integers(0, 255), SIZES, SIZES, WAYS)
def test_one_colour_stays_that_colour(value, before, after, way):
    flat = ImageVector(np.full((1, *before), value, np.uint8))
    assert (flat.resized(after, way).array() == value).all()


@given(s.lists(pixels(n=1, channels=(3,)), min_size=1, max_size=4), s.lists(SIZES, min_size=1))
def test_files_of_any_sizes_are_resized_as_images_in_memory_are(arrays, sizes):
    arrays = [array[0] for array in arrays]
    with tempfile.TemporaryDirectory() as folder:
        files = ImageVector(saved(arrays, folder), size=sizes[0])
        memory = ImageVector(arrays, size=sizes[0])
        for size in sizes[1:]:
            files, memory = files.resized(size), memory.resized(size)
        assert same(files, memory)
        assert same(files[::-1], memory[::-1])


NAMES = s.text("abAB01_", min_size=1, max_size=3)


@given(s.dictionaries(NAMES.map(str.lower), s.sets(NAMES.map(str.lower)), min_size=1))
def test_labels_are_the_folders_of_the_files_whose_order_is_that_of_names(tree):
    with tempfile.TemporaryDirectory() as folder:
        for label, names in tree.items():
            Path(folder, label).mkdir()
            for name in names:
                pillow.new("L", (2, 1)).save(Path(folder, label, f"{name}.png"))
        if not any(tree.values()):
            return
        images, labels = images_from_directory(folder)
        assert [Path(file).parent.name for file in images.files] == list(labels)
        assert list(labels.categories) == sorted(tree)
        assert list(images.files) == sorted(images.files, key=lambda f: Path(f).parts)
        assert images_from_directory(folder, labels=None).files == images.files
