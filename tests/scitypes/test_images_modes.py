"""The table of Pillow's modes in the documentation says what happens, row by row."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

from scitypes.errors import ImageError
from scitypes.images import ImageVector, image_scitype
from scitypes.lattice import ColorImage, GrayImage
from scitypes.pixels import is_known

PAGE = Path(__file__).parents[2] / "docs" / "images.md"
ROW = re.compile(r"^\| `([^`]+)` \| `(GrayImage|ColorImage)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
GRAYS = np.random.default_rng(8).integers(1, 256, (5, 4), dtype=np.uint8)
COLOURS = np.random.default_rng(9).integers(1, 256, (5, 4, 3), dtype=np.uint8)
PATHS = {"La": "LA", "PA": "P", "RGBa": "RGBA", "LAB": None}


def image_of(mode):
    """An image of a mode, opaque and full of values where these are allowed."""
    if mode.startswith("I;16"):
        order = ">" if mode.endswith("B") else "<" if mode.endswith("L") else "="
        content = (GRAYS.astype(f"{order}u2") * 257 // 2).astype(f"{order}u2").tobytes()
        return pillow.frombytes(mode, (4, 5), content)
    if mode == "F":
        return pillow.fromarray(GRAYS / np.float32(300))
    if mode == "LAB":
        return pillow.frombytes("LAB", (4, 5), COLOURS.tobytes())
    start = pillow.fromarray(GRAYS if mode in {"1", "L", "LA", "La", "I"} else COLOURS)
    for step in (PATHS.get(mode), mode):
        start = start.convert(step) if step else start
    return start


def wide(image):
    order = ">" if image.mode.endswith("B") else "<" if image.mode.endswith("L") else "="
    return np.frombuffer(image.tobytes(), f"{order}u2").reshape(5, 4)


def without_alpha(image):
    plain = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode))
    kept = np.asarray(plain.convert("RGBA"))[..., :3]
    return kept[..., :1] if image.mode[:1] == "L" else kept


PIXELS = {
    "as they are": lambda i: np.asarray(i),
    "0 and 255": lambda i: np.asarray(i).astype(np.uint8) * 255,
    "divided by 65535": lambda i: wide(i).astype(np.float32) / np.float32(65535),
    'as `convert("RGB")` gives them': lambda i: np.asarray(i.convert("RGB")),
    "without alpha": without_alpha,
}


def with_alpha(mode):
    if mode == "PA":
        image = image_of("PA")
        image.putalpha(pillow.new("L", image.size, 100))
        return image
    return pillow.new(mode, (4, 5), (9, 100) if mode[:1] == "L" else (9, 9, 9, 100))


def with_key(mode):
    image = image_of(mode)
    first = image.getpixel((0, 0))
    image.info["transparency"] = first
    return image


REFUSED = {
    "any alpha below 255": (with_alpha, "transparent in places"),
    "a transparent key colour in use": (with_key, "transparent in places"),
    "always, since the range is not known": (image_of, "whose range is not known"),
    "any value outside 0 to 1": (lambda m: pillow.new(m, (4, 5), 1.5), "can't be read as images"),
}


def test_every_mode_of_pillow_has_a_row():
    modes = [mode for mode, *_ in ROWS]
    assert len(modes) == len(set(modes)) == 20
    assert set(pillow.MODES) <= set(modes)
    for mode in set(modes) & set(pillow.MODES):
        assert is_known(pillow.new(mode, (2, 2)))


@pytest.fixture(params=ROWS, ids=lambda row: row[0])
def row(request):
    try:
        pillow.new(request.param[0], (2, 2))
    except ValueError as error:
        pytest.skip(f"not a mode of this Pillow: {error}")
    return request.param


def test_the_scitype_is_the_one_of_the_row(row):
    kind = {"GrayImage": GrayImage, "ColorImage": ColorImage}[row[1]]
    assert image_scitype(pillow.new(row[0], (7, 3))) == kind[3, 7]


def test_the_pixels_are_those_of_the_row(row):
    mode, _, pixels, _ = row
    image = image_of(mode)
    assert image.mode == mode
    if pixels == "none":
        return
    expected = PIXELS[pixels](image)
    found = ImageVector([image]).array()[0]
    assert np.array_equal(found, expected.reshape(found.shape))


def test_what_the_row_says_is_refused_is_refused_and_nothing_else(row):
    mode, _, _, refused = row
    if refused == "nothing":
        assert mode in {"RGBX", "CMYK", "YCbCr", "HSV", "LAB"}
        return
    make, reason = REFUSED[refused]
    with pytest.raises(ImageError, match=reason):
        ImageVector([make(mode)])
