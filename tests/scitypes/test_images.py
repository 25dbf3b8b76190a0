"""Images: what is one, how arrays, Pillow images and files become a vector, and what is refused."""

import io
import os
import pickle
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow
from PIL import ImageFile

from scitypes.coercion import coerce
from scitypes.errors import BadSelection, ImageError
from scitypes.images import ImageVector, as_images, image_scitype, is_image
from scitypes.lattice import ColorImage, GrayImage, Image, Missing, Textual, Vector

RNG = np.random.default_rng(5)
GRAYS = RNG.integers(0, 256, (6, 4, 3), dtype=np.uint8)
COLOURS = RNG.integers(0, 256, (6, 4, 3, 3), dtype=np.uint8)


def gray(height=4, width=3):
    return pillow.fromarray(RNG.integers(0, 256, (height, width), dtype=np.uint8))


def saved(image, folder, name):
    path = os.path.join(folder, name)
    image.save(path)
    return path


# what an image is


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "I", "I;16", "F"])
def test_gray_modes_are_gray_images(mode):
    image = pillow.new(mode, (20, 10))
    assert is_image(image)
    assert image_scitype(image) == GrayImage[10, 20]


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "CMYK", "YCbCr", "HSV", "LAB"]
)
def test_colour_modes_are_color_images(mode):
    assert image_scitype(pillow.new(mode, (20, 10))) == ColorImage[10, 20]


def test_arrays_and_unusual_modes_are_no_images():
    assert not is_image(GRAYS[0])
    odd = pillow.new("L", (2, 2))
    odd._mode = odd.im = "BGR;15"  # of older versions of Pillow
    assert not is_image(odd)
    with pytest.raises(ImageError, match="mode 'BGR;15' is neither gray nor colour"):
        image_scitype(odd)


# arrays


@pytest.mark.parametrize("array", [GRAYS, GRAYS[..., None]])
def test_gray_arrays_of_both_layouts_are_read(array):
    images = ImageVector(array)
    assert images.shape == (6, 4, 3, 1)
    assert images.__scitype__() == Vector[GrayImage[4, 3]]
    assert (images.array()[..., 0] == GRAYS).all()


def test_a_colour_array_round_trips_with_height_and_width_in_place():
    images = as_images(COLOURS, ColorImage)
    assert images.__scitype__() == Vector[ColorImage[4, 3]]
    assert (images.array() == COLOURS).all()
    assert images[2].size == (3, 4)
    assert (np.asarray(images[2]) == COLOURS[2]).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_that_are_255ths_are_the_same_pixels_as_uint8(dtype):
    for floats in (
        GRAYS.astype(dtype) / np.array(255, dtype),
        GRAYS.astype(dtype) * np.array(1 / 255, dtype),
    ):
        images = ImageVector(floats)
        assert images.dtype == np.uint8
        assert (images.array()[..., 0] == GRAYS).all()


def test_other_floats_are_kept_as_float32():
    floats = RNG.random((3, 4, 3))
    images = ImageVector(floats)
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images.array()[..., 0], floats.astype(np.float32))
    assert images[0].mode == "F"
    assert (ImageVector(list(images)).array() == images.array()).all()


def test_boolean_arrays_are_black_and_white():
    assert set(np.unique(ImageVector(GRAYS > 100).array())) == {0, 255}


def test_the_vector_does_not_change_with_the_array_it_was_made_from():
    array = GRAYS.copy()
    images = ImageVector(array)
    array[:] = 0
    assert (images.array()[..., 0] == GRAYS).all()
    with pytest.raises(ValueError, match="read-only"):
        images.array()[0] = 1


def test_digits_from_0_to_16_are_refused_with_the_division_to_make():
    with pytest.raises(ImageError) as caught:
        ImageVector(np.full((2, 8, 8), 16.0))
    text = str(caught.value)
    assert "floats in [0, 1]" in text
    assert "values from 16 to 16; the first at [0, 0, 0, 0]: 16" in text
    assert "divide by the largest possible value" in text


def test_int64_pixels_are_refused_with_both_cures():
    with pytest.raises(ImageError, match=r'astype\("uint8"\)'):
        ImageVector(GRAYS.astype(int))
    with pytest.raises(ImageError, match="values from -1 to 4") as caught:
        ImageVector(np.array([[[-1, 4]]]))
    assert "uint8" not in caught.value.remedy


def test_missing_pixels_are_refused_by_place():
    floats = np.zeros((2, 3, 3))
    floats[1, 2, 0] = np.nan
    with pytest.raises(ImageError, match=r"1 missing pixels \(NaN\); the first at \[1, 2, 0, 0\]"):
        ImageVector(floats)


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((5, 3, 8, 8), "transpose"),
        ((5, 8, 8, 4), "alpha"),
        ((8, 8), r"array\[None\]"),
        ((2, 2, 8, 8, 3), "array"),
    ],
)
def test_arrays_of_other_shapes_are_refused_with_what_to_do(shape, remedy):
    with pytest.raises(ImageError, match=remedy):
        ImageVector(np.zeros(shape, dtype=np.uint8))


def test_gray_stacks_are_not_taken_for_colour():
    with pytest.raises(ImageError, match="are GrayImage"):
        as_images(np.zeros((5, 8, 8), np.uint8), ColorImage)


def test_sizes_in_the_scitype_are_enforced():
    assert as_images(GRAYS, GrayImage[4, 3]).shape == (6, 4, 3, 1)
    with pytest.raises(ImageError) as caught:
        as_images(GRAYS, GrayImage[28, 28])
    assert "GrayImage[28, 28]" in caught.value.expected
    assert "GrayImage[4, 3]" in caught.value.received


def test_an_empty_array_of_images_is_a_vector_of_none():
    images = ImageVector(np.zeros((0, 8, 8), np.uint8))
    assert len(images) == 0
    assert images.__scitype__() == Vector[GrayImage[8, 8]]


# one image


def test_one_array_becomes_one_pillow_image():
    one = as_images(GRAYS[0], GrayImage)
    assert isinstance(one, pillow.Image)
    assert (np.asarray(one) == GRAYS[0]).all()
    assert (np.asarray(as_images(COLOURS[0], ColorImage)) == COLOURS[0]).all()


def test_one_pillow_image_that_is_one_already_is_itself():
    image = gray()
    assert as_images(image, GrayImage) is image
    assert as_images(image, ColorImage).mode == "RGB"
    with pytest.raises(ImageError, match="another size"):
        as_images(image, GrayImage[5, 5])


# vectors


def test_coercing_an_image_vector_to_what_it_is_returns_it():
    images = ImageVector(GRAYS)
    for scitype in (Image, GrayImage, GrayImage[4, 3], GrayImage | Missing):
        assert as_images(images, scitype) is images


def test_indexing_gives_images_and_vectors():
    images = ImageVector(GRAYS)
    assert (np.asarray(images[-1]) == GRAYS[-1]).all()
    assert (images[1:3].array()[..., 0] == GRAYS[1:3]).all()
    assert (images[[5, 0]].array()[..., 0] == GRAYS[[5, 0]]).all()
    assert (images[GRAYS[:, 0, 0] > 100].array()[..., 0] == GRAYS[GRAYS[:, 0, 0] > 100]).all()
    assert len(images[[]]) == 0
    assert len(list(images)) == 6
    assert np.asarray(images).shape == (6, 4, 3, 1)
    with pytest.raises(IndexError):
        images[6]


@pytest.mark.parametrize(
    ("rows", "received"),
    [
        (99, "99"),
        (-7, "-7"),
        ([0, 6, 7], "6, 7"),
        ("a", "'a'"),
        ([0.5], "[0.5]"),
        ([True], "a mask of shape (1,)"),
        (True, "a mask of shape ()"),
        (None, "None"),
    ],
)
@pytest.mark.parametrize("in_files", [False, True])
def test_rows_that_are_not_there_are_refused(tmp_path, rows, received, in_files):
    images = ImageVector(GRAYS)
    if in_files:
        for i, image in enumerate(images):
            image.save(tmp_path / f"{i}.png")
        images = ImageVector(sorted(tmp_path.glob("*.png")))
    assert (np.asarray(images[-1]) == GRAYS[-1]).all()
    with pytest.raises(BadSelection, match="no such rows among 6 images") as caught:
        images[rows]
    assert isinstance(caught.value, IndexError)
    assert caught.value.received == received
    assert "numbers from 0 to 5" in caught.value.expected
    assert caught.value.remedy


def test_vectors_pickle():
    images = pickle.loads(pickle.dumps(ImageVector(GRAYS)))
    assert (images.array()[..., 0] == GRAYS).all()


def test_the_representation_says_number_size_and_kind():
    assert repr(ImageVector(GRAYS)) == "<ImageVector of 6 images, GrayImage[4, 3], uint8>"
    assert repr(ImageVector(COLOURS[:1])) == "<ImageVector of 1 image, ColorImage[4, 3], uint8>"


# Pillow images


@pytest.mark.parametrize("container", [list, tuple, pd.Series])
def test_pillow_images_in_any_container_become_a_vector(container):
    images = as_images(container([pillow.fromarray(g) for g in GRAYS]), GrayImage)
    assert (images.array()[..., 0] == GRAYS).all()


def test_lists_of_arrays_become_a_vector():
    assert (ImageVector(list(COLOURS)).array() == COLOURS).all()
    with pytest.raises(ImageError, match="one image"):
        ImageVector([GRAYS[:2, None, None]])


@pytest.mark.parametrize("mode", ["RGB", "RGBX", "P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_colour_modes_become_what_pillow_makes_of_them(mode):
    image = pillow.new(mode, (3, 4))
    expected = np.asarray(image.convert("RGB"))
    assert (ImageVector([image]).array()[0] == expected).all()


def test_bilevel_and_16_bit_and_float_grays_are_scaled_not_clipped():
    one = pillow.fromarray(GRAYS[0]).convert("1")
    assert set(np.unique(ImageVector([one]).array())) <= {0, 255}
    wide = pillow.fromarray(np.array([[0, 1000, 65535]], dtype=np.uint16))
    np.testing.assert_allclose(
        ImageVector([wide]).array()[0, 0, :, 0], [0, 1000 / 65535, 1], rtol=1e-6
    )
    floats = pillow.fromarray(np.array([[0.1, 0.2]], dtype=np.float32))
    assert ImageVector([floats]).dtype == np.float32
    with pytest.raises(ImageError, match="image 0 can't be read"):
        ImageVector([pillow.fromarray(np.array([[0.1, 200]], dtype=np.float32))])


def test_integers_of_unknown_range_are_refused():
    with pytest.raises(ImageError, match="whose range is not known"):
        ImageVector([pillow.new("I", (2, 2), 70000)])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "La", "PA", "RGBa"])
def test_opaque_alpha_is_dropped(mode):
    opaque = gray()
    steps = {"PA": ["P", "PA"], "La": ["LA", "La"], "RGBa": ["RGBA", "RGBa"]}
    for step in steps.get(mode, [mode]):
        opaque = opaque.convert(step)
    plain = {"La": "LA"}.get(mode, mode)
    expected = np.asarray(opaque.convert(plain).convert("RGBA"))[..., :3]
    assert opaque.mode == mode
    assert (ImageVector([opaque], ColorImage).array()[0] == expected).all()


@pytest.mark.parametrize("mode", ["RGBA", "RGBa", "LA", "La"])
def test_transparent_pixels_are_refused_with_the_background_to_lay(mode):
    image = pillow.new(mode, (3, 4), (9, 0) if mode[:1] == "L" else (9, 9, 9, 0))
    with pytest.raises(ImageError, match="12 of 12 pixels with alpha below 255") as caught:
        ImageVector([image])
    assert "alpha_composite" in caught.value.remedy


def test_a_transparent_palette_entry_counts_as_transparent():
    image = pillow.new("P", (2, 2), 0)
    image.info["transparency"] = 0
    with pytest.raises(ImageError, match="transparent in places"):
        ImageVector([image])


def test_gray_images_become_colour_and_back_exactly():
    images = [gray(), gray()]
    colour = ImageVector(images, ColorImage)
    assert colour.shape == (2, 4, 3, 3)
    back = as_images(colour, GrayImage)
    assert (back.array() == ImageVector(images).array()).all()


def test_colours_are_not_turned_gray():
    with pytest.raises(ImageError, match="has colours and can't be a GrayImage"):
        as_images([pillow.fromarray(COLOURS[0])], GrayImage)


def test_mixed_kinds_must_be_told_which():
    mixed = [gray(), pillow.fromarray(COLOURS[0]), gray()]
    with pytest.raises(ImageError, match="2 gray and 1 coloured"):
        ImageVector(mixed)
    assert as_images(mixed, ColorImage).shape == (3, 4, 3, 3)


def test_images_of_different_sizes_are_refused_with_sizes_and_counts():
    with pytest.raises(ImageError) as caught:
        ImageVector([gray(), gray(), gray(5, 5)])
    text = str(caught.value)
    assert "3 images of 2 different sizes" in text
    assert "4 × 3 (2 of them); 5 × 5 (1 of them); the first that differs is image 2" in text
    assert caught.value.sizes == {(4, 3): 2, (5, 5): 1}


def test_elements_that_are_no_images_are_listed_by_row_label():
    series = pd.Series([gray(), None, "x"], index=["a", "b", "c"])
    with pytest.raises(ImageError, match="2 of 3 elements") as caught:
        ImageVector(series)
    assert "NoneType at 'b'; str at 'c'" in caught.value.received


def test_an_empty_list_is_refused_for_lack_of_a_size():
    with pytest.raises(ImageError, match="neither size nor kind"):
        ImageVector([])


def test_what_is_no_vector_and_what_is_no_image_scitype_are_refused():
    with pytest.raises(ImageError, match="put it into a list"):
        ImageVector(7)
    with pytest.raises(ImageError, match="can't be given the scitype Textual"):
        ImageVector(GRAYS, Textual)


def test_folders_patterns_and_iterators_are_told_how_they_become_lists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few" / "cats").mkdir(parents=True)
    (tmp_path / "none").mkdir()
    (tmp_path / "few" / "notes.txt").write_text("milk")
    saved(pillow.fromarray(GRAYS[0]), tmp_path / "few" / "cats", "1.PNG")
    saved(pillow.fromarray(GRAYS[0]), tmp_path, "a.tiff")
    remedies = {
        "few": "sorted(Path('few').glob('*/*.PNG'))",
        Path("few"): "sorted(Path('few').glob('*/*.PNG'))",
        "few/cats": "sorted(Path('few/cats').glob('*.PNG'))",
        "none": "sorted(Path('none').glob('*.png'))",
        ".": "sorted(Path('.').glob('*.tiff'))",
        "few/cats/*.PNG": "sorted(Path('few/cats').glob('*.PNG'))",
        "*.tiff": "sorted(Path('.').glob('*.tiff'))",
        Path().glob("*.tiff"): "list(...)",
        iter(GRAYS): "list(...)",
        "a.tiff": "[image]",
    }
    for source, remedy in remedies.items():
        with pytest.raises(ImageError) as caught:
            coerce(source, Image)
        assert remedy in caught.value.remedy
        if remedy.startswith("sorted") and source != "none":
            assert len(coerce(eval(remedy, {"Path": Path}), GrayImage)) == 1
    with pytest.raises(ImageError, match=r"X\['file'\]"):
        coerce(pd.DataFrame({"file": ["a.tiff"]}), GrayImage)


# files


def test_files_are_read_when_asked_for(tmp_path):
    paths = [saved(pillow.fromarray(g), tmp_path, f"{i}.png") for i, g in enumerate(GRAYS)]
    images = ImageVector(paths)
    assert images.shape == (6, 4, 3, 1)
    assert images.files == tuple(paths)
    assert repr(images).endswith("uint8, read from files>")
    assert (images.array()[..., 0] == GRAYS).all()
    assert (images[[4, 1]].array([1])[0, ..., 0] == GRAYS[1]).all()
    assert (np.asarray(images[3]) == GRAYS[3]).all()
    assert (pickle.loads(pickle.dumps(images)).array() == images.array()).all()
    colour = as_images(images, ColorImage)
    assert colour.files == images.files
    assert (colour.array()[..., 2] == GRAYS).all()


def test_a_series_of_path_objects_will_do(tmp_path):
    path = tmp_path / "a.png"
    gray().save(path)
    assert as_images(pd.Series([path]), GrayImage).shape == (1, 4, 3, 1)
    assert as_images(pd.Series([str(path)]), GrayImage).shape == (1, 4, 3, 1)


def test_missing_and_damaged_files_are_all_named(tmp_path):
    good = saved(gray(), tmp_path, "good.png")
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not an image")
    absent = str(tmp_path / "absent.png")
    with pytest.raises(ImageError) as caught:
        ImageVector([good, str(bad), absent])
    text = str(caught.value)
    assert "2 of 3 image files" in text
    assert "bad.png can't be read: not an image" in text
    assert "absent.png can't be read: No such file" in text
    assert caught.value.files == (str(bad), absent)


def test_a_truncated_file_is_named_when_it_is_read(tmp_path):
    path = saved(pillow.fromarray(RNG.integers(0, 256, (90, 90), np.uint8)), tmp_path, "cut.png")
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(content[: len(content) // 2])
    with pytest.raises(ImageError, match=r"cut\.png can't be read"):
        ImageVector([path]).array()


@pytest.mark.parametrize("ending", ["png", "jpg", "tiff", "gif", "webp", "bmp", "tga", "pcx"])
def test_files_with_wrong_bytes_are_read_or_named(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    pillow.fromarray(RNG.integers(0, 256, (12, 9, 3), np.uint8)).save(path)
    content, refused = path.read_bytes(), []
    for k in range(40):
        wrong = bytearray(content[: RNG.integers(len(content))] if k % 2 else content)
        for place in RNG.integers(0, max(1, min(len(wrong), 100)), 3):
            wrong[place : place + 1] = bytes([RNG.integers(256)])
        path.write_bytes(wrong)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Pillow, about sizes and tags
                ImageVector([path], size=(4, 4)).array()
        except ImageError as error:
            refused.append(error.failed)
    assert len(refused) > 5
    assert all(str(path) in failed for failed in refused)


@pytest.mark.parametrize("error", [RuntimeError("decoder"), EOFError("end"), struct.error("short")])
def test_whatever_a_decoder_raises_the_file_is_named(tmp_path, monkeypatch, error):
    path = saved(gray(), tmp_path, "a.png")
    images = ImageVector([path])

    def broken(self):
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", broken)
    with pytest.raises(ImageError, match=rf"a\.png can't be read: {error}"):
        images.array()
    with pytest.raises(ImageError, match=f"image 0 can't be read: {error}"):
        ImageVector([opened(Path(path))])


def test_files_of_other_sizes_are_named(tmp_path):
    paths = [saved(gray(), tmp_path, "a.png"), saved(gray(9, 9), tmp_path, "b.png")]
    with pytest.raises(ImageError, match=r"different sizes(.|\n)*b\.png"):
        ImageVector(paths)


def test_a_file_that_changed_since_is_refused(tmp_path):
    path = saved(gray(), tmp_path, "a.png")
    images = ImageVector([path])
    for other in (gray(9, 9), gray().convert("RGB"), pillow.fromarray(COLOURS[0])):
        other.save(path)
        with pytest.raises(ImageError, match="changed since the vector was made"):
            images.array()


def test_files_whose_header_does_not_settle_the_kind_are_looked_into(tmp_path):
    plain = saved(gray().convert("RGB"), tmp_path, "gray-looking.png")
    assert ImageVector([plain], GrayImage).shape == (1, 4, 3, 1)
    coloured = saved(pillow.fromarray(COLOURS[0]), tmp_path, "coloured.png")
    with pytest.raises(ImageError, match=r"coloured\.png has colours"):
        ImageVector([plain, coloured], GrayImage)


def test_16_bit_files_make_all_of_the_vector_float(tmp_path):
    wide = pillow.fromarray(np.full((4, 3), 65535, dtype=np.uint16))
    images = ImageVector([saved(wide, tmp_path, "w.png"), saved(gray(), tmp_path, "n.png")])
    assert images.dtype == np.float32
    assert images.array([1]).dtype == np.float32
    assert images.array().max() <= 1


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_do_not_share_memory_with_the_array_they_are_made_of(dtype):
    pixels = np.zeros((2, 3, 3), dtype=dtype)
    images = coerce(pixels, GrayImage)
    pixels[:] = 1
    assert (images.array() == 0).all()


def noise(n, height=40, width=80):
    return RNG.integers(0, 256, (n, height, width, 3), np.uint8)


def test_files_read_in_several_threads_come_in_the_order_asked_for(tmp_path):
    pixels = noise(70)
    paths = [saved(pillow.fromarray(p), tmp_path, f"{i}.png") for i, p in enumerate(pixels)]
    order = RNG.permutation(70)
    assert (ImageVector(paths).array(order) == pixels[order]).all()


def test_all_files_that_fail_while_they_are_read_are_named_and_no_thread_stays(tmp_path):
    paths = [saved(pillow.fromarray(p), tmp_path, f"{i}.png") for i, p in enumerate(noise(70))]
    images = ImageVector(paths)
    for i in (3, 50):
        os.remove(paths[i])
    before = threading.active_count()
    with pytest.raises(ImageError, match="2 of 70 image files") as caught:
        images.array()
    assert caught.value.files == (paths[3], paths[50])
    assert threading.active_count() == before
    with pytest.raises(ImageError, match=r"50\.png can't be read: No such file"):
        images.array([1, 50])


def test_other_pixels_of_the_same_size_are_noticed_too(tmp_path):
    path = saved(pillow.fromarray(GRAYS[0]), tmp_path, "a.png")
    images = ImageVector([path])
    os.utime(path, ns=(0, os.stat(path).st_mtime_ns + 1))
    with pytest.raises(ImageError, match="changed since the vector was made") as caught:
        images.array()
    assert "bytes written at" in caught.value.expected
    assert caught.value.expected != caught.value.received
    assert (ImageVector([path]).array()[0, ..., 0] == GRAYS[0]).all()


def png_of_16_bits(values):
    """A PNG file of uint16 pixels (height, width, 1 to 4), which Pillow can't write in colour."""
    height, width, channels = values.shape

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    colours = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def opened(path):
    return pillow.open(io.BytesIO(path.read_bytes()))


WIDE = np.array([[[0], [1], [300]], [[4095], [65534], [65535]]], dtype=np.uint16)


def test_16_bit_grays_are_the_same_from_arrays_images_and_files_and_lose_nothing(tmp_path):
    path = tmp_path / "wide.png"
    path.write_bytes(png_of_16_bits(WIDE))
    sources = [WIDE[None], [WIDE], [WIDE[..., 0]], [opened(path)], [path]]
    for source in sources:
        vector = ImageVector(source, GrayImage)
        assert vector.dtype == np.float32
        again = np.rint(vector.array()[0].astype(float) * 65535)
        assert np.array_equal(again, WIDE)
    assert np.array_equal(
        np.asarray(coerce(WIDE[..., 0], GrayImage)), WIDE[..., 0] / np.float32(65535)
    )


def test_16_bit_arrays_of_colours_lose_nothing():
    colours = np.stack([WIDE[..., 0], WIDE[::-1, :, 0], WIDE[:, ::-1, 0]], axis=-1)
    vector = ImageVector(colours[None])
    assert vector.shape == (1, 2, 3, 3)
    assert np.array_equal(np.rint(vector.array()[0].astype(float) * 65535), colours)


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("as_source", [lambda path: path, opened], ids=["file", "image"])
def test_16_bit_colours_in_files_are_refused_since_pillow_reads_8(tmp_path, channels, as_source):
    path = tmp_path / "wide.png"
    path.write_bytes(png_of_16_bits(np.full((2, 3, channels), 65535, np.uint16)))
    with pytest.raises(ImageError, match="channels of 16 bits, of which Pillow reads 8") as caught:
        ImageVector([as_source(path)])
    assert "uint16" in caught.value.remedy
    assert ImageVector([opened(path).convert("RGB")]).dtype == np.uint8


def test_16_bit_colours_in_portable_pixmaps_are_refused(tmp_path):
    path = tmp_path / "wide.ppm"
    path.write_bytes(b"P6 3 2 65535\n" + np.full(18, 300, ">u2").tobytes())
    with pytest.raises(ImageError, match="of which Pillow reads 8"):
        ImageVector([path])
    path.write_bytes(b"P6 3 2 255\n" + bytes(18))
    assert ImageVector([path]).dtype == np.uint8


def test_16_bit_arrays_that_may_mean_8_bits_are_refused_with_both_ways_out():
    with pytest.raises(ImageError, match="0 to 65535 as well as 0 to 255") as caught:
        ImageVector(np.full((2, 3, 3), 255, dtype=np.uint16))
    assert 'array.astype("uint8")' in caught.value.remedy
    assert 'array.astype("float32") / 65535' in caught.value.remedy
    assert ImageVector(np.zeros((2, 3, 3), dtype=np.uint16)).array().max() == 0


def test_16_bit_grays_with_a_transparent_key_keep_their_bits_or_are_refused(tmp_path):
    plain = tmp_path / "wide.png"
    plain.write_bytes(png_of_16_bits(WIDE))
    for key, used in ((7, False), (300, True)):
        image = pillow.open(io.BytesIO(plain.read_bytes()))
        image.load()
        image.info["transparency"] = key
        if not used:
            pixels = ImageVector([image]).array()[0].astype(float)
            assert np.array_equal(np.rint(pixels * 65535), WIDE)
            continue
        with pytest.raises(ImageError, match="1 of 6 pixels with alpha below 255") as caught:
            ImageVector([image])
        mended = eval(
            caught.value.remedy.split("; ")[1].removesuffix(" is white there"),
            {"numpy": np, "pixels": np.asarray(image)},
        )
        assert ImageVector([mended]).array().max() == 1
