"""Images are upright wherever they come from, and files of several frames are refused."""

import io
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow
from PIL import ImageFile

from scitypes.coercion import coerce
from scitypes.errors import ImageError
from scitypes.images import ImageVector, image_scitype
from scitypes.inference import scitype
from scitypes.lattice import ColorImage, GrayImage, Image, Vector
from scitypes.pixels import sides, upright

RNG = np.random.default_rng(3)
LYING = RNG.integers(0, 256, (3, 5, 3), dtype=np.uint8)
# What each value of the tag means, by the standard: how pixels become what is seen.
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
FORMATS = {
    "png": {},
    "webp": {"lossless": True},
    "tiff": {},
    "tif": {"compression": "tiff_lzw"},
    "jpg": {"quality": 95, "subsampling": 0},
}


def opened(path):
    """An image that holds no file open."""
    return pillow.open(io.BytesIO(Path(path).read_bytes()))


def turned(orientation, pixels=LYING):
    image = pillow.fromarray(pixels)
    image.getexif()[274] = orientation
    return image


def written(path, orientation, pixels=LYING):
    exif = pillow.Exif()
    exif[274] = orientation
    options = FORMATS[path.suffix[1:]]
    pillow.fromarray(pixels).save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("orientation", SEEN)
def test_files_and_images_of_each_orientation_are_upright_everywhere(tmp_path, ending, orientation):
    path = written(tmp_path / f"a.{ending}", orientation)
    plain = written(tmp_path / f"plain.{ending}", 1)
    seen = SEEN[orientation](np.asarray(opened(plain).convert("RGB")))
    files = ImageVector([path])
    assert files.__scitype__() == Vector[ColorImage[seen.shape[:2]]]
    assert (files.array()[0] == seen).all()
    with pillow.open(path) as image:
        assert scitype(image) == ColorImage[seen.shape[:2]]
        assert sides(image) == seen.shape[:2]
        assert (np.asarray(upright(image)) == seen).all()
    read = opened(path)
    read.load()
    for image in (opened(path), read):
        assert (ImageVector([image]).array()[0] == seen).all()
        assert (np.asarray(coerce(image, ColorImage[seen.shape[:2]])) == seen).all()
        assert image_scitype(image) == ColorImage[seen.shape[:2]]


@pytest.mark.parametrize("orientation", SEEN)
@pytest.mark.parametrize("mode", ["1", "L", "I;16", "F", "RGB", "P", "CMYK", "LA"])
def test_images_of_any_mode_are_turned(mode, orientation):
    gray = LYING[..., 0]
    if mode == "I;16":
        image = pillow.fromarray(gray.astype(np.uint16) * 257)
    elif mode == "F":
        image = pillow.fromarray(gray / np.float32(300))
    else:
        image = pillow.fromarray(LYING if mode in {"RGB", "P", "CMYK"} else gray).convert(mode)
    lying = ImageVector([image]).array()[0]
    image.getexif()[274] = orientation
    assert (ImageVector([image]).array()[0] == SEEN[orientation](lying)).all()


def test_what_was_turned_is_not_turned_again_and_the_image_given_is_as_it_was():
    image = turned(6)
    once = coerce(image, ColorImage)
    assert once.size == (3, 5)
    assert coerce(once, ColorImage) is once
    assert image.size == (5, 3)
    assert image.getexif()[274] == 6
    copied = pickle.loads(pickle.dumps(once))
    assert scitype(copied) == ColorImage[5, 3]


def test_upright_images_are_given_back_themselves():
    for image in (turned(1), pillow.fromarray(LYING), turned(0), turned(9)):
        assert upright(image) is image
        assert coerce(image, ColorImage) is image


def test_gray_images_are_turned_on_their_way_to_colour_and_in_columns():
    gray = turned(8, LYING[..., 0])
    assert (np.asarray(coerce(gray, ColorImage))[..., 0] == np.rot90(LYING[..., 0])).all()
    column = coerce(pd.DataFrame({"photo": [gray]}), {"photo": GrayImage[5, 3]})["photo"]
    assert (np.asarray(column[0]) == np.rot90(LYING[..., 0])).all()


def test_sides_in_the_scitype_are_those_of_the_upright_image(tmp_path):
    path = written(tmp_path / "a.png", 6)
    assert ImageVector([path], ColorImage[5, 3]).shape == (1, 5, 3, 3)
    with pytest.raises(ImageError, match="another size"):
        ImageVector([path], ColorImage[3, 5])
    with pytest.raises(ImageError, match=r"5 × 3 \(1 of them\); 3 × 5 \(1 of them\)"):
        ImageVector([path, written(tmp_path / "b.png", 3)])


def test_an_orientation_of_xmp_counts_as_pillow_reads_it():
    image = pillow.fromarray(LYING)
    image.info["XML:com.adobe.xmp"] = '<rdf tiff:Orientation="6"/>'
    once = coerce(image, ColorImage)
    assert once.size == (3, 5)
    assert coerce(once, ColorImage) is once


def test_damaged_exif_data_say_nothing():
    for data in (b"Exif\0\0nonsense", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b""):
        image = pillow.fromarray(LYING)
        image.info["exif"] = data
        assert scitype(image) == ColorImage[3, 5]
        assert (ImageVector([image]).array()[0] == LYING).all()


def test_headers_are_read_without_decoding(tmp_path, monkeypatch):
    paths = [written(tmp_path / f"{o}.{e}", o) for o in (1, 6) for e in FORMATS]
    decoded = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda s: decoded.append(s) or load(s))
    for path in paths:
        ImageVector([path])
        with pillow.open(path) as image:
            scitype(image)
    assert not decoded


def late(orientation):
    """A PNG whose EXIF data come after its pixels, as its standard once allowed."""
    plain, full = io.BytesIO(), io.BytesIO()
    pillow.fromarray(LYING).save(plain, "png")
    exif = pillow.Exif()
    exif[274] = orientation
    pillow.fromarray(LYING).save(full, "png", exif=exif)
    start = full.getvalue().index(b"eXIf") - 4
    length = int.from_bytes(full.getvalue()[start : start + 4], "big") + 12
    chunk = full.getvalue()[start : start + length]
    return plain.getvalue()[:-12] + chunk + plain.getvalue()[-12:]


def test_files_that_say_late_that_they_lie_on_their_side_are_refused(tmp_path):
    path = tmp_path / "late.png"
    path.write_bytes(late(6))
    with pytest.raises(ImageError, match="says only after its pixels") as caught:
        ImageVector([path]).array()
    assert caught.value.files == (str(path),)
    assert (ImageVector([opened(path)]).array()[0] == SEEN[6](LYING)).all()
    path.write_bytes(late(3))
    assert (ImageVector([path]).array()[0] == SEEN[3](LYING)).all()


# frames


def frames(n):
    return [pillow.fromarray(RNG.integers(0, 256, (4, 3), dtype=np.uint8)) for _ in range(n)]


@pytest.mark.parametrize("ending", ["gif", "tiff", "webp", "png"])
def test_files_of_several_frames_are_refused_with_their_number(tmp_path, ending):
    path = str(tmp_path / f"moving.{ending}")
    first, *rest = frames(12)
    first.save(path, save_all=True, append_images=rest)
    for source in (path, opened(path)):
        with pytest.raises(ImageError, match="has 12 frames") as caught:
            ImageVector([source], Image, size=(4, 3))
        assert caught.value.frames == 12
    one = opened(path)
    one.seek(2)
    assert ImageVector([one.copy()]).shape[:3] == (1, 4, 3)


@pytest.mark.parametrize("ending", ["gif", "tiff", "webp", "png"])
def test_files_of_one_frame_are_images(tmp_path, ending):
    path = str(tmp_path / f"still.{ending}")
    frames(1)[0].save(path, save_all=True)
    assert ImageVector([path]).array().shape[:3] == (1, 4, 3)
    image = opened(path)
    assert ImageVector([image]).array().shape[:3] == (1, 4, 3)
    assert ImageVector([image]).array().shape[:3] == (1, 4, 3)


def test_photos_of_phones_which_keep_more_pictures_are_taken_by_the_first(tmp_path):
    path = str(tmp_path / "phone.jpg")
    first, second = frames(2)
    first.save(path, "MPO", save_all=True, append_images=[second])
    with pillow.open(path) as image:
        assert image.format == "MPO"
        assert image.n_frames == 2
        expected = np.asarray(image.convert("L"))
    assert (ImageVector([path]).array()[0, ..., 0] == expected).all()


def test_images_in_memory_whose_file_is_cut_are_named(tmp_path):
    pillow.fromarray(RNG.integers(0, 256, (90, 90), np.uint8)).save(tmp_path / "cut.png")
    content = (tmp_path / "cut.png").read_bytes()
    cut = pillow.open(io.BytesIO(content[: len(content) // 2]))
    with pytest.raises(ImageError, match="image 1 can't be read: "):
        ImageVector([pillow.new("L", (90, 90)), cut])


def test_turned_images_that_can_not_be_decoded_are_refused_before_they_are_turned(tmp_path):
    path = written(tmp_path / "a.jpg", 6, RNG.integers(0, 256, (90, 90, 3), np.uint8))
    content = path.read_bytes()
    cut = pillow.open(io.BytesIO(content[: len(content) // 2]))
    assert scitype(cut) == ColorImage[90, 90]
    with pytest.raises(ImageError, match="the image can't be read: "):
        coerce(cut, ColorImage)
